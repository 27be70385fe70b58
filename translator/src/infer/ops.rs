//! Operators.

use syn::BinOp as B;

use super::{Expect, Fcx};
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

/// The arithmetic of an operator, and whether it is the assigning form.
fn arithmetic(op: &syn::BinOp) -> Option<(ArithOp, bool, &'static str)> {
    Some(match op {
        B::Add(_) => (ArithOp::Add, false, "Add"),
        B::Sub(_) => (ArithOp::Sub, false, "Sub"),
        B::Mul(_) => (ArithOp::Mul, false, "Mul"),
        B::Div(_) => (ArithOp::Div, false, "Div"),
        B::Rem(_) => (ArithOp::Rem, false, "Rem"),
        B::BitAnd(_) => (ArithOp::BitAnd, false, "BitAnd"),
        B::BitOr(_) => (ArithOp::BitOr, false, "BitOr"),
        B::BitXor(_) => (ArithOp::BitXor, false, "BitXor"),
        B::Shl(_) => (ArithOp::Shl, false, "Shl"),
        B::Shr(_) => (ArithOp::Shr, false, "Shr"),
        B::AddAssign(_) => (ArithOp::Add, true, "AddAssign"),
        B::SubAssign(_) => (ArithOp::Sub, true, "SubAssign"),
        B::MulAssign(_) => (ArithOp::Mul, true, "MulAssign"),
        B::DivAssign(_) => (ArithOp::Div, true, "DivAssign"),
        B::RemAssign(_) => (ArithOp::Rem, true, "RemAssign"),
        B::BitAndAssign(_) => (ArithOp::BitAnd, true, "BitAndAssign"),
        B::BitOrAssign(_) => (ArithOp::BitOr, true, "BitOrAssign"),
        B::BitXorAssign(_) => (ArithOp::BitXor, true, "BitXorAssign"),
        B::ShlAssign(_) => (ArithOp::Shl, true, "ShlAssign"),
        B::ShrAssign(_) => (ArithOp::Shr, true, "ShrAssign"),
        _ => return None,
    })
}

/// The operator of a trait of `std::ops` whose function has this name, and whether it is the assigning form.
pub(super) fn named(of_trait: &str, name: &str) -> Option<(ArithOp, bool)> {
    let (op, base) = match of_trait.strip_suffix("Assign").unwrap_or(of_trait) {
        "Add" => (ArithOp::Add, "add"),
        "Sub" => (ArithOp::Sub, "sub"),
        "Mul" => (ArithOp::Mul, "mul"),
        "Div" => (ArithOp::Div, "div"),
        "Rem" => (ArithOp::Rem, "rem"),
        "BitAnd" => (ArithOp::BitAnd, "bitand"),
        "BitOr" => (ArithOp::BitOr, "bitor"),
        "BitXor" => (ArithOp::BitXor, "bitxor"),
        _ => return None,
    };
    let assigns = of_trait.ends_with("Assign");
    let fits = if assigns { name.strip_suffix("_assign") == Some(base) } else { name == base };
    fits.then_some((op, assigns))
}

fn comparison(op: &syn::BinOp) -> Option<CmpOp> {
    Some(match op {
        B::Eq(_) => CmpOp::Eq,
        B::Ne(_) => CmpOp::Ne,
        B::Lt(_) => CmpOp::Lt,
        B::Le(_) => CmpOp::Le,
        B::Gt(_) => CmpOp::Gt,
        B::Ge(_) => CmpOp::Ge,
        _ => return None,
    })
}

impl Fcx<'_, '_> {
    pub(super) fn binary(&mut self, it: &syn::ExprBinary, expect: &Expect, span: Span) -> R<Expr> {
        match it.op {
            B::And(_) | B::Or(_) => {
                let left = self.check_to(&it.left, &Ty::Bool)?;
                let right = self.check_to(&it.right, &Ty::Bool)?;
                let and = matches!(it.op, B::And(_));
                let kind = if and { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
                return Ok(self.expr(kind, Ty::Bool, span));
            }
            _ => {}
        }
        if let Some(op) = comparison(&it.op) {
            let left = self.check(&it.left, &Expect::Nothing)?;
            let hint = Expect::Hint(self.shallow(&left.ty));
            let right = self.check(&it.right, &hint)?;
            return self.compare(op, left, right, span);
        }
        let Some((op, assigns, trait_name)) = arithmetic(&it.op) else {
            return refuse("H0204", span, "this operator");
        };
        let shift = matches!(op, ArithOp::Shl | ArithOp::Shr);
        let hint = match expect.ty() {
            Some(ty) if !assigns => Expect::Hint(ty.clone()),
            _ => Expect::Nothing,
        };
        let left = self.check(&it.left, &hint)?;
        if assigns {
            self.no_effects("an assignment", span)?;
        }
        let left_ty = self.shallow(left.ty.peel());
        if let Ty::Adt(..) = left_ty {
            return self.user_operator(trait_name, left, &it.right, assigns, span);
        }
        let hint = if shift { Expect::Nothing } else { Expect::Hint(left_ty.clone()) };
        let right = self.check(&it.right, &hint)?;
        if let Ty::Adt(..) = self.shallow(right.ty.peel())
            && !assigns
        {
            return self.operator_from_left(trait_name, left, right, span);
        }
        if self.is_any_text(&left_ty) {
            let sign = if assigns { "+=" } else { "+" };
            return refuse_help("H0304", span, format!("`{sign}` of strings"), "use `push_str`");
        }
        // The target of an assignment is a place: a reference there is not looked through.
        let left = if assigns { left } else { self.peel(left) };
        let right = self.peel(right);
        if !shift {
            self.equate(&right.ty, &left.ty, right.span)?;
        } else if left.ty == Ty::Math {
            return refuse(self.code("H0102", "H0217"), span, "a shift of a mathematical integer");
        }
        if assigns {
            return Ok(self.expr(ExprKind::AssignOp(op, left, right), Ty::unit(), span));
        }
        let ty = left.ty.clone();
        Ok(self.expr(ExprKind::Arith(op, left, right), ty, span))
    }

    /// `Add::add(a, b)` and the like: the operator.
    pub(super) fn operator_by_path(
        &mut self,
        op: ArithOp,
        assigns: bool,
        trait_name: &str,
        it: &syn::ExprCall,
        span: Span,
    ) -> R<Expr> {
        let left = self.check(&it.args[0], &Expect::Nothing)?;
        let left = match (assigns, self.shallow(&left.ty)) {
            (false, _) => left,
            (true, Ty::Ref(true, _)) => self.deref(left),
            (true, _) => return self.unknown_type(span),
        };
        if assigns {
            self.no_effects("an assignment", span)?;
        }
        match self.shallow(left.ty.peel()) {
            Ty::Adt(..) => return self.user_operator(trait_name, left, &it.args[1], assigns, span),
            Ty::Int(_) | Ty::Bool => {}
            ty if self.vars.is_free(&ty) => return self.unknown_type(span),
            ty => return refuse("H0217", span, format!("this operator on `{}`", self.shown(&ty))),
        }
        let left = if assigns { left } else { self.peel(left) };
        let ty = left.ty.clone();
        let right = self.check(&it.args[1], &Expect::Hint(ty.clone()))?;
        let right = self.peel(right);
        self.equate(&right.ty, &ty, right.span)?;
        match assigns {
            true => Ok(self.expr(ExprKind::AssignOp(op, left, right), Ty::unit(), span)),
            false => Ok(self.expr(ExprKind::Arith(op, left, right), ty, span)),
        }
    }

    /// A comparison through references, and between arrays, slices and vectors.
    pub(super) fn compare(&mut self, op: CmpOp, left: Expr, right: Expr, span: Span) -> R<Expr> {
        let left = self.peel(left);
        let right = self.peel(right);
        let ordered = !matches!(op, CmpOp::Eq | CmpOp::Ne);
        if self.is_any_text(&left.ty) && self.is_any_text(&right.ty) {
            if ordered {
                return refuse("H0227", span, "the order of strings");
            }
            let (left, right) = (self.bytes_of(left), self.bytes_of(right));
            return Ok(self.expr(ExprKind::Cmp(op, left, right), Ty::Bool, span));
        }
        if self.vars.resolve(&left.ty) != self.vars.resolve(&right.ty)
            && let Some(out) = self.user_comparison(op, &left, &right, span)?
        {
            return Ok(out);
        }
        let element = |cx: &Self, ty: &Ty| match cx.shallow(ty) {
            Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => Some(*t),
            _ => None,
        };
        let (left, right) = match (element(self, &left.ty), element(self, &right.ty)) {
            (Some(a), Some(b))
                if std::mem::discriminant(&self.shallow(&left.ty))
                    != std::mem::discriminant(&self.shallow(&right.ty)) =>
            {
                self.equate(&b, &a, right.span)?;
                (self.as_slice(left, &a), self.as_slice(right, &a))
            }
            _ => {
                self.equate(&right.ty, &left.ty, right.span)?;
                (left, right)
            }
        };
        if self.is_any_text(&left.ty) {
            if ordered {
                return refuse("H0227", span, "the order of strings");
            }
            let (left, right) = (self.bytes_of(left), self.bytes_of(right));
            return Ok(self.expr(ExprKind::Cmp(op, left, right), Ty::Bool, span));
        }
        if let Some(out) = self.user_comparison(op, &left, &right, span)? {
            return Ok(out);
        }
        if ordered && let Some(out) = self.derived_order(op, &left, &right, span)? {
            return Ok(out);
        }
        Ok(self.expr(ExprKind::Cmp(op, left, right), Ty::Bool, span))
    }

    /// The order of tuples, and what `derive(PartialOrd)` gives structs and enums without data: written out.
    fn derived_order(&mut self, op: CmpOp, left: &Expr, right: &Expr, span: Span) -> R<Option<Expr>> {
        let ty = self.shallow(&left.ty);
        let parts = match &ty {
            Ty::Tuple(parts) if !parts.is_empty() => parts.clone(),
            Ty::Adt(id, _) if id.non_zero().is_some() => id.non_zero().map(Ty::Int).into_iter().collect(),
            Ty::Adt(id, _) if !id.is_of_std() => {
                let derived = self.krate.adts[id.0].derives.iter().any(|d| d == "PartialOrd");
                if !derived || self.krate.has_impl(&ty, "PartialOrd") {
                    return Ok(None);
                }
                if let crate::resolve::AdtAst::Enum(it) = self.krate.adts[id.0].ast {
                    if it.variants.is_empty() || it.variants.iter().any(|v| !v.fields.is_empty()) {
                        return Ok(None);
                    }
                    // Such an enum is ordered by its discriminants.
                    let number = |e: &Expr| self.expr(ExprKind::Cast(e.clone()), Ty::Int(IntTy::I128), span);
                    return Ok(Some(self.expr(ExprKind::Cmp(op, number(left), number(right)), Ty::Bool, span)));
                }
                let fields = self.field_types(*id, 0, &ty, span)?;
                if fields.is_empty() {
                    return Ok(None);
                }
                fields.into_iter().map(|f| f.1).collect()
            }
            _ => return Ok(None),
        };
        // What is derived compares with `partial_cmp` alone, which may disagree with an `==` written by hand.
        if parts.iter().any(|t| self.compares_by_hand(t, &mut vec![])) {
            return refuse("H0227", span, format!("the order of `{}`", self.shown(&ty)));
        }
        let (a, b) = match op {
            CmpOp::Gt | CmpOp::Ge => (right, left),
            _ => (left, right),
        };
        let last = if matches!(op, CmpOp::Lt | CmpOp::Gt) { CmpOp::Lt } else { CmpOp::Le };
        // The operands are evaluated once, in the order they are written.
        let mut stmts = Vec::new();
        let mut bind = |cx: &mut Self, e: &Expr| {
            if matches!(&*e.kind, ExprKind::Local(_)) {
                return e.clone();
            }
            let (stmt, name) = cx.named(e.clone());
            stmts.push(stmt);
            name
        };
        let (a, b) = if std::ptr::eq(a, left) {
            let a = bind(self, a);
            (a, bind(self, b))
        } else {
            let b = bind(self, b);
            (bind(self, a), b)
        };
        let field = |cx: &Self, e: &Expr, i: usize, ty: &Ty| cx.expr(ExprKind::Field(e.clone(), i), ty.clone(), span);
        let mut out: Option<Expr> = None;
        for (i, part) in parts.iter().enumerate().rev() {
            let (x, y) = (field(self, &a, i, part), field(self, &b, i, part));
            out = Some(match out {
                None => self.compare(last, x, y, span)?,
                Some(rest) => {
                    let less = self.compare(CmpOp::Lt, x.clone(), y.clone(), span)?;
                    let same = self.compare(CmpOp::Eq, x, y, span)?;
                    let then = self.expr(ExprKind::And(same, rest), Ty::Bool, span);
                    self.expr(ExprKind::Or(less, then), Ty::Bool, span)
                }
            });
        }
        let Some(tail) = out else { return Ok(None) };
        if stmts.is_empty() {
            return Ok(Some(tail));
        }
        Ok(Some(self.expr(ExprKind::Block { label: None, stmts, tail: Some(tail) }, Ty::Bool, span)))
    }

    /// A place of slice type for an array or vector.
    pub(super) fn as_slice(&self, e: Expr, elem: &Ty) -> Expr {
        let slice = Ty::Slice(Box::new(elem.clone()));
        if matches!(self.shallow(&e.ty), Ty::Slice(_)) {
            return e;
        }
        let span = e.span;
        let borrowed = self.expr(ExprKind::Borrow(false, e), Ty::Ref(false, Box::new(slice.clone())), span);
        self.expr(ExprKind::Deref(borrowed), slice, span)
    }

    pub(super) fn unary(&mut self, it: &syn::ExprUnary, expect: &Expect, span: Span) -> R<Expr> {
        match it.op {
            syn::UnOp::Deref(_) => {
                let inner = self.check(&it.expr, &Expect::Nothing)?;
                match self.shallow(&inner.ty) {
                    Ty::Ref(..) => {
                        let mut out = self.deref(inner);
                        out.span = span;
                        Ok(out)
                    }
                    ty if self.vars.is_free(&ty) => self.unknown_type(span),
                    Ty::Opaque(name, _) if name.starts_with('*') => {
                        refuse("H0208", span, "what a raw pointer points to")
                    }
                    Ty::String => Ok(self.lent_text(inner)),
                    // A box is its content.
                    ty if !self.krate.has_impl(&ty, "Deref")
                        && !matches!(ty, Ty::Vec(_) | Ty::Param(_) | Ty::Opaque(..)) =>
                    {
                        Ok(inner)
                    }
                    ty => refuse("H0217", span, format!("`*` on `{}`", self.shown(&ty))),
                }
            }
            syn::UnOp::Not(_) | syn::UnOp::Neg(_) => {
                let not = matches!(it.op, syn::UnOp::Not(_));
                let hint = match expect.ty() {
                    Some(ty) => Expect::Hint(ty.clone()),
                    None => Expect::Nothing,
                };
                let inner = self.check(&it.expr, &hint)?;
                let ty = self.shallow(inner.ty.peel());
                if let Ty::Adt(..) = ty {
                    let own = self.shallow(&inner.ty);
                    let name = if not { "Not" } else { "Neg" };
                    let found: Vec<usize> = self
                        .krate
                        .impls_of(&own)
                        .filter(|i| self.krate.impls[*i].trait_name.as_ref().is_some_and(|t| t.0 == name))
                        .filter_map(|i| self.krate.impls[i].functions.first().map(|f| f.1))
                        .collect();
                    return match found.as_slice() {
                        [index] => self.call_fn(*index, &[], &[super::calls::Arg::Ready(inner)], Some(&own), span),
                        _ => refuse("H0217", span, format!("`{name}` on `{}`", self.shown(&ty))),
                    };
                }
                let inner = self.peel(inner);
                let ty = inner.ty.clone();
                let kind = if not { ExprKind::Not(inner) } else { ExprKind::Neg(inner) };
                Ok(self.expr(kind, ty, span))
            }
            _ => refuse("H0204", span, "this operator"),
        }
    }
}
