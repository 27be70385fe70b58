//! Expressions, by form.

use syn::Expr as E;
use syn::spanned::Spanned;

use super::iter::unwrapped;
use super::{Binding, Expect, Fcx, Frame};
use crate::crate_loader::plain_name;
use crate::resolve::{Def, R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

impl Fcx<'_, '_> {
    /// Infers an expression, converted if that is wanted.
    pub(super) fn check(&mut self, e: &syn::Expr, expect: &Expect) -> R<Expr> {
        let value = self.nested(e, |cx| cx.check_form(e, expect))?;
        self.finish_expect(value, expect)
    }

    /// One level deeper, if that is not too deep.
    fn nested(&mut self, e: &syn::Expr, run: impl FnOnce(&mut Self) -> R<Expr>) -> R<Expr> {
        if self.depth >= super::MAX_NESTING {
            return refuse_help(
                "H0219",
                self.expr_span(e),
                "expressions nest too deeply",
                "bind parts of it with `let`",
            );
        }
        self.depth += 1;
        let out = run(self);
        self.depth -= 1;
        out
    }

    /// Infers an expression of a known type, with conversion.
    pub(super) fn check_to(&mut self, e: &syn::Expr, ty: &Ty) -> R<Expr> {
        self.check(e, &Expect::Coerce(ty.clone()))
    }

    fn check_form(&mut self, e: &syn::Expr, expect: &Expect) -> R<Expr> {
        let span = self.expr_span(e);
        match e {
            E::Paren(it) => self.check(&it.expr, expect),
            E::Group(it) => self.check(&it.expr, expect),
            E::Lit(it) => self.literal(&it.lit, expect, span),
            E::Path(it) => self.path_value(it, span),
            E::Binary(it) => self.binary(it, expect, span),
            E::Unary(it) => self.unary(it, expect, span),
            E::Call(it) => self.call(it, expect, span),
            E::MethodCall(it) => self.method_call(it, expect, span),
            E::Field(it) => self.field(it, span),
            E::Index(it) => self.index(it, span),
            E::Reference(it) => self.reference(it, expect, span),
            E::If(it) => self.if_expr(it, expect, span),
            E::Match(it) => self.match_expr(it, expect, span),
            E::Block(it) => match &it.label {
                Some(label) => self.labelled_block(label, &it.block, expect),
                None => self.block(&it.block, expect),
            },
            E::Tuple(it) => {
                let hints = match expect.ty().map(|t| self.shallow(t)) {
                    Some(Ty::Tuple(parts)) if parts.len() == it.elems.len() => parts,
                    _ => Vec::new(),
                };
                let coerce = matches!(expect, Expect::Coerce(_));
                let mut parts = Vec::new();
                for (at, part) in it.elems.iter().enumerate() {
                    let expect = match hints.get(at) {
                        Some(ty) if coerce => Expect::Coerce(ty.clone()),
                        Some(ty) => Expect::Hint(ty.clone()),
                        None => Expect::Nothing,
                    };
                    parts.push(self.check(part, &expect)?);
                }
                let ty = Ty::Tuple(parts.iter().map(|p| p.ty.clone()).collect());
                Ok(self.expr(ExprKind::Tuple(parts), ty, span))
            }
            E::Array(it) => self.array(it.elems.iter(), expect, false, span),
            E::Repeat(it) => {
                let elem = self.element_hint(expect);
                let value = match elem {
                    Some(ty) => self.check_to(&it.expr, &ty)?,
                    None => self.check(&it.expr, &Expect::Nothing)?,
                };
                let len = self.length(&it.len)?;
                let count = self.int_value(len, Ty::Int(IntTy::Usize), self.span(&it.len));
                let ty = Ty::Array(Box::new(value.ty.clone()), len);
                Ok(self.expr(ExprKind::Repeat(value, count), ty, span))
            }
            E::Struct(it) => self.struct_value(it, expect, span),
            E::Cast(it) => {
                let target = self.lower_ty(&it.ty)?;
                // Only a literal takes its type from the cast; `(1 + x) as u64` is of the type of `x`.
                let expect = if is_literal(&it.expr) { Expect::Hint(target.clone()) } else { Expect::Nothing };
                let value = self.check(&it.expr, &expect)?;
                let same = self.vars.resolve(&value.ty) == self.vars.resolve(&target);
                if same && !matches!(target, Ty::Int(_) | Ty::Math) {
                    return Ok(value);
                }
                Ok(self.expr(ExprKind::Cast(value), target, span))
            }
            E::Try(it) => self.question_mark(it, span),
            E::Macro(it) => self.macro_call(&it.mac, span, expect),
            E::Assign(it) => {
                self.no_effects("an assignment", span)?;
                if matches!(&*it.left, E::Infer(_)) {
                    let value = self.check(&it.right, &Expect::Nothing)?;
                    let pat = Pat { kind: Box::new(PatKind::Wild), ty: value.ty.clone(), span };
                    let stmts = vec![Stmt::Let { pat, init: Some(value), els: None }];
                    return Ok(self.expr(ExprKind::Block { label: None, stmts, tail: None }, Ty::unit(), span));
                }
                if let Some(out) = self.element_assigned(it, span)? {
                    return Ok(out);
                }
                if let E::Tuple(left) = &*it.left {
                    return self.assign_tuple(left, &it.right, span);
                }
                if matches!(&*it.left, E::Array(_) | E::Struct(_) | E::Call(_)) {
                    let help = "assign the parts one by one";
                    return refuse_help("H0204", span, "a destructuring assignment", help);
                }
                let place = self.check(&it.left, &Expect::Nothing)?;
                let value = self.check_to(&it.right, &place.ty)?;
                Ok(self.expr(ExprKind::Assign(place, value), Ty::unit(), span))
            }
            E::Return(it) => {
                self.no_effects("`return`", span)?;
                if self.no_return {
                    return refuse("H0207", span, "`return` inside a closure");
                }
                let ret = self.ret.clone();
                let value = match &it.expr {
                    Some(e) => Some(self.check_to(e, &ret)?),
                    None => {
                        self.equate(&Ty::unit(), &ret, span)?;
                        None
                    }
                };
                Ok(self.expr(ExprKind::Return(value), Ty::Never, span))
            }
            E::Break(it) => self.break_expr(it, span),
            E::Continue(it) => {
                let at = self.frame(it.label.as_ref(), true, span)?;
                Ok(self.expr(ExprKind::Continue(self.frames[at].id), Ty::Never, span))
            }
            E::Loop(it) => self.loop_expr(it, expect, span),
            E::While(it) => self.while_expr(it, span),
            E::ForLoop(it) => self.for_expr(it, span),
            E::Let(_) => refuse("H0204", span, "`let` outside a condition"),
            E::Range(it) => self.range_value(it, expect, span),
            E::Closure(_) => refuse("H0207", span, "a closure"),
            E::Unsafe(it) => {
                self.not_in_condition("an `unsafe` block", span)?;
                self.block(&it.block, expect)
            }
            E::RawAddr(_) => refuse("H0305", span, "a raw pointer"),
            E::Async(_) | E::Await(_) => refuse("H0209", span, "async code"),
            E::Infer(_) => refuse("H0204", span, "`_` as a value"),
            _ => refuse("H0204", span, "this kind of expression"),
        }
    }

    /// The place of an expression. `syn` would write all its tokens out; only the first and the last matter.
    fn expr_span(&self, e: &syn::Expr) -> Span {
        let (first, last) = (first_token(e), last_token(e));
        let (first, last) = (self.span(&first), self.span(&last));
        Span { hi: last.hi.max(first.hi), ..first }
    }

    /// Refuses what a condition may not do.
    pub(super) fn no_effects(&self, what: &str, span: Span) -> R<()> {
        if self.in_spec {
            return refuse_help(
                "H0106",
                span,
                format!("{what} in a condition"),
                "a condition may only compute a value",
            );
        }
        Ok(())
    }

    /// Refuses in conditions what has no effect, and no form there yet.
    pub(super) fn not_in_condition(&self, what: &str, span: Span) -> R<()> {
        match self.in_spec {
            true => refuse_help(
                "H0601",
                span,
                format!("{what} in a condition is not supported"),
                "a function without a spec may do it, if that has no loop",
            ),
            false => Ok(()),
        }
    }

    fn literal(&mut self, lit: &syn::Lit, expect: &Expect, span: Span) -> R<Expr> {
        match lit {
            syn::Lit::Bool(b) => Ok(self.bool_value(b.value, span)),
            syn::Lit::Char(c) => Ok(self.expr(ExprKind::Lit(Lit::Char(c.value())), Ty::Char, span)),
            syn::Lit::Byte(b) => Ok(self.int_value(b.value(), Ty::Int(IntTy::U8), span)),
            syn::Lit::Int(n) => {
                let suffix = n.suffix();
                let ty = match IntTy::from_name(suffix) {
                    Some(int) => Ty::Int(int),
                    None if suffix.is_empty() => match expect.ty().map(|t| self.shallow(t)) {
                        Some(ty @ (Ty::Int(_) | Ty::Math)) => ty,
                        _ => self.vars.fresh_int(),
                    },
                    None => return refuse("H0301", span, "a floating-point literal"),
                };
                match n.base10_digits().parse::<num_bigint::BigInt>() {
                    Ok(value) => Ok(self.int_value(value, ty, span)),
                    Err(_) => refuse("H0204", span, "this literal"),
                }
            }
            syn::Lit::Float(_) => refuse_help("H0301", span, "a floating-point literal", "use integers"),
            syn::Lit::Str(s) => {
                let ty = Ty::Ref(false, Box::new(Ty::Str));
                Ok(self.expr(ExprKind::Lit(Lit::Str(s.value())), ty, span))
            }
            syn::Lit::ByteStr(s) => {
                let u8_ty = Ty::Int(IntTy::U8);
                let bytes: Vec<Expr> = s.value().iter().map(|b| self.int_value(*b, u8_ty.clone(), span)).collect();
                let ty = Ty::Array(Box::new(u8_ty), bytes.len() as u64);
                let array = self.expr(ExprKind::Array(bytes), ty, span);
                Ok(self.borrow(false, array))
            }
            _ => refuse("H0204", span, "this kind of literal"),
        }
    }

    fn path_value(&mut self, it: &syn::ExprPath, span: Span) -> R<Expr> {
        if it.qself.is_none()
            && let Some(ident) = it.path.get_ident()
            && let Some(binding) = self.lookup(&plain_name(ident))
        {
            return Ok(match binding {
                Binding::Local(id) => self.local_value(id, span),
                Binding::Closure(_) => return refuse("H0207", span, "a closure used as a value"),
                Binding::Borrowed(id) => {
                    let value = self.local_value(id, span);
                    self.borrow(false, value)
                }
            });
        }
        match self.callee(it, span)? {
            super::calls::Callee::Variant { adt, variant, args } => {
                let ty = Ty::Adt(adt, args);
                if !self.field_types(adt, variant, &ty, span)?.is_empty() {
                    return refuse("H0207", span, "a constructor used as a function value");
                }
                let kind = ExprKind::Construct { adt, variant, fields: vec![], order: vec![], base: None };
                Ok(self.expr(kind, ty, span))
            }
            super::calls::Callee::Const(index) => {
                let value = self.constant_value(Def::Const(index), &[], span)?;
                Ok(value)
            }
            super::calls::Callee::Assoc { ty, name, of_trait, .. } => {
                self.associated_const(&ty, &name, of_trait.as_deref(), span)
            }
            super::calls::Callee::External(path) => self.external_const(&path, span),
            super::calls::Callee::Fn { .. } => refuse("H0207", span, "a function used as a value"),
        }
    }

    fn field(&mut self, it: &syn::ExprField, span: Span) -> R<Expr> {
        let base = self.check(&it.base, &Expect::Nothing)?;
        let base = self.peel(base);
        let name = super::pattern::member_name(&it.member);
        let member_span = self.span(&it.member);
        let ty = self.shallow(&base.ty);
        match &ty {
            Ty::Tuple(parts) => {
                let at: Option<usize> = name.parse().ok();
                match at.and_then(|at| parts.get(at).cloned().map(|t| (at, t))) {
                    Some((at, part)) => Ok(self.expr(ExprKind::Field(base, at), part, span)),
                    None => refuse(self.code("H0103", "H0223"), member_span, format!("no field `{name}` in a tuple")),
                }
            }
            Ty::Adt(id, _) if self.is_struct(*id) => {
                let fields = self.field_types(*id, 0, &ty, span)?;
                match fields.iter().position(|f| f.0 == name) {
                    Some(at) => Ok(self.expr(ExprKind::Field(base, at), fields[at].1.clone(), span)),
                    None => {
                        let message = format!("no field `{name}` on `{}`", self.shown(&ty));
                        refuse(self.code("H0103", "H0223"), member_span, message)
                    }
                }
            }
            _ if self.vars.is_free(&ty) => self.unknown_type(span),
            Ty::Opaque(..) => {
                let message = format!("the field `{name}` of `{}`", self.shown(&ty));
                refuse("H0313", member_span, message)
            }
            _ => {
                let message = format!("no field `{name}` on `{}`", self.shown(&ty));
                refuse(self.code("H0103", "H0223"), member_span, message)
            }
        }
    }

    pub(super) fn is_struct(&self, id: AdtId) -> bool {
        matches!(self.krate.adts[id.0].ast, crate::resolve::AdtAst::Struct(_)) || id.is_range()
    }

    pub(super) fn unknown_type<T>(&self, span: Span) -> R<T> {
        refuse_help(self.code("H0108", "H0213"), span, "the type of this is not known here", "write the type")
    }

    fn index(&mut self, it: &syn::ExprIndex, span: Span) -> R<Expr> {
        let base = self.check(&it.expr, &Expect::Nothing)?;
        let base = self.peel(base);
        if let Ty::Adt(..) = self.shallow(&base.ty)
            && let Some(out) = self.user_index(&base, &it.index, span)?
        {
            return Ok(out);
        }
        if let (true, E::Range(range)) = (self.is_any_text(&base.ty), unwrapped(&it.index)) {
            return self.text_part(base, range, span);
        }
        let elem = match self.shallow(&base.ty) {
            Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => *t,
            ty if self.vars.is_free(&ty) => return self.unknown_type(span),
            ty => return refuse(self.code("H0102", "H0217"), span, format!("indexing into `{}`", self.shown(&ty))),
        };
        self.index_into(base, &it.index, elem, span)
    }

    /// `base[index]` or `base[lo..hi]` of a list.
    pub(super) fn index_into(&mut self, base: Expr, mut index: &syn::Expr, elem: Ty, span: Span) -> R<Expr> {
        let usize_ty = Ty::Int(IntTy::Usize);
        while let E::Paren(inner) = index {
            index = &inner.expr;
        }
        if let E::Range(range) = index {
            let mut bound = |e: &Option<Box<syn::Expr>>| match e {
                Some(e) => self.check_to(e, &usize_ty).map(Some),
                None => Ok(None),
            };
            let lo = bound(&range.start)?;
            let hi = bound(&range.end)?;
            let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
            return Ok(self.expr(ExprKind::SliceRange { base, lo, hi, inclusive }, Ty::Slice(Box::new(elem)), span));
        }
        // What is no literal may be a range.
        if matches!(index, E::Path(_) | E::Field(_) | E::MethodCall(_)) {
            let index = self.check(index, &Expect::Hint(usize_ty.clone()))?;
            if let Ty::Adt(id, _) = self.shallow(&index.ty)
                && id.is_range()
            {
                return self.index_by_range(base, index, id, elem, span);
            }
            let index = self.coerce(index, &usize_ty)?;
            return Ok(self.expr(ExprKind::Index(base, index), elem, span));
        }
        let index = self.check_to(index, &usize_ty)?;
        Ok(self.expr(ExprKind::Index(base, index), elem, span))
    }

    fn reference(&mut self, it: &syn::ExprReference, expect: &Expect, span: Span) -> R<Expr> {
        let mutable = it.mutability.is_some();
        if mutable {
            self.no_effects("`&mut`", span)?;
        }
        let hint = match expect.ty().map(|t| self.shallow(t)) {
            Some(Ty::Ref(_, inner)) => match self.shallow(&inner) {
                // `&[1, 2]` where `&[T]` is wanted: only the elements are known.
                Ty::Slice(_) | Ty::Array(..) | Ty::Int(_) | Ty::Adt(..) => Expect::Hint(*inner),
                _ => Expect::Nothing,
            },
            _ => Expect::Nothing,
        };
        let inner = self.check(&it.expr, &hint)?;
        let ty = Ty::Ref(mutable, Box::new(inner.ty.clone()));
        Ok(self.expr(ExprKind::Borrow(mutable, inner), ty, span))
    }

    /// The condition of `if`, `while` or a guard; its bindings go to the innermost scope.
    pub(super) fn condition(&mut self, e: &syn::Expr) -> R<Expr> {
        self.nested(e, |cx| cx.condition_form(e))
    }

    fn condition_form(&mut self, e: &syn::Expr) -> R<Expr> {
        let span = self.expr_span(e);
        match e {
            E::Paren(it) => self.condition(&it.expr),
            E::Group(it) => self.condition(&it.expr),
            E::Let(it) => {
                if let Some(named) = self.element_condition(&it.pat, &it.expr, span)? {
                    return Ok(named);
                }
                let value = self.check(&it.expr, &Expect::Nothing)?;
                let pat = self.pattern(&it.pat, &value.ty.clone())?;
                Ok(self.expr(ExprKind::Let(pat, value), Ty::Bool, span))
            }
            E::Binary(it) if matches!(it.op, syn::BinOp::And(_)) => {
                let left = self.condition(&it.left)?;
                let right = self.condition(&it.right)?;
                Ok(self.expr(ExprKind::And(left, right), Ty::Bool, span))
            }
            _ => self.check_to(e, &Ty::Bool),
        }
    }

    fn if_expr(&mut self, it: &syn::ExprIf, expect: &Expect, span: Span) -> R<Expr> {
        let (cond, then) = self.scoped(|cx| {
            let cond = cx.condition(&it.cond)?;
            let inner = if it.else_branch.is_none() { Expect::Coerce(Ty::unit()) } else { expect.clone() };
            Ok((cond, cx.block(&it.then_branch, &inner)?))
        })?;
        let Some((_, els)) = &it.else_branch else {
            let els = self.unit_value(span);
            return Ok(self.expr(ExprKind::If(cond, then, els), Ty::unit(), span));
        };
        let expect = self.branch_expect(expect, &then);
        let els = self.check(els, &expect)?;
        let (mut branches, ty) = self.join(vec![then, els])?;
        match (branches.pop(), branches.pop()) {
            (Some(els), Some(then)) => Ok(self.expr(ExprKind::If(cond, then, els), ty, span)),
            _ => refuse("H0204", span, "this `if`"),
        }
    }

    /// What is wanted of a later branch, given an earlier one.
    pub(super) fn branch_expect(&self, expect: &Expect, earlier: &Expr) -> Expect {
        match expect {
            Expect::Coerce(_) => expect.clone(),
            _ if earlier.ty != Ty::Never => Expect::Coerce(earlier.ty.clone()),
            other => other.clone(),
        }
    }

    /// Gives branches that never end the type of those that do.
    pub(super) fn join(&mut self, branches: Vec<Expr>) -> R<(Vec<Expr>, Ty)> {
        let ty = branches.iter().map(|b| &b.ty).find(|t| **t != Ty::Never).cloned().unwrap_or(Ty::Never);
        let branches = branches.into_iter().map(|b| self.coerce(b, &ty)).collect::<R<_>>()?;
        Ok((branches, ty))
    }

    fn match_expr(&mut self, it: &syn::ExprMatch, expect: &Expect, span: Span) -> R<Expr> {
        if let Some(named) = self.element_match(it, expect, span)? {
            return Ok(named);
        }
        let scrutinee = self.check(&it.expr, &Expect::Nothing)?;
        let mut arms = Vec::new();
        let mut bodies: Vec<Expr> = Vec::new();
        for arm in &it.arms {
            let wanted = match bodies.iter().find(|b| b.ty != Ty::Never) {
                Some(earlier) => self.branch_expect(expect, earlier),
                None => expect.clone(),
            };
            let (pat, guard, body) = self.scoped(|cx| {
                let pat = cx.pattern(&arm.pat, &scrutinee.ty)?;
                let guard = match &arm.guard {
                    Some((_, guard)) => Some(cx.condition(guard)?),
                    None => None,
                };
                Ok((pat, guard, cx.check(&arm.body, &wanted)?))
            })?;
            arms.push((pat, guard));
            bodies.push(body);
        }
        let (bodies, ty) = self.join(bodies)?;
        let arms = arms.into_iter().zip(bodies).map(|((pat, guard), body)| Arm { pat, guard, body }).collect();
        Ok(self.expr(ExprKind::Match(scrutinee, arms), ty, span))
    }

    pub(super) fn element_hint(&self, expect: &Expect) -> Option<Ty> {
        match expect.ty().map(|t| self.shallow(t)) {
            Some(Ty::Array(t, _) | Ty::Slice(t) | Ty::Vec(t)) => Some(*t),
            _ => None,
        }
    }

    /// `[a, b]`, or `vec![a, b]`.
    pub(super) fn array<'e>(
        &mut self,
        elems: impl Iterator<Item = &'e syn::Expr>,
        expect: &Expect,
        vec: bool,
        span: Span,
    ) -> R<Expr> {
        let mut elem = self.element_hint(expect);
        let mut parts = Vec::new();
        for e in elems {
            let part = match &elem {
                Some(ty) => self.check_to(e, &ty.clone())?,
                None => self.check(e, &Expect::Nothing)?,
            };
            if elem.is_none() && part.ty != Ty::Never {
                elem = Some(part.ty.clone());
            }
            parts.push(part);
        }
        let elem = Box::new(elem.unwrap_or_else(|| self.fresh()));
        let ty = if vec { Ty::Vec(elem) } else { Ty::Array(elem, parts.len() as u64) };
        Ok(self.expr(ExprKind::Array(parts), ty, span))
    }

    /// `(a, b) = e`: the value is taken apart, then its parts are assigned from the left.
    fn assign_tuple(&mut self, left: &syn::ExprTuple, right: &syn::Expr, span: Span) -> R<Expr> {
        let mut places = Vec::new();
        for e in &left.elems {
            places.push(match e {
                E::Infer(_) => None,
                E::Path(_) | E::Field(_) | E::Index(_) | E::Unary(_) => Some(self.check(e, &Expect::Nothing)?),
                _ => return refuse_help("H0204", span, "a destructuring assignment", "assign the parts one by one"),
            });
        }
        let types: Vec<Ty> =
            places.iter().map(|p| p.as_ref().map_or_else(|| self.vars.fresh(), |p| p.ty.clone())).collect();
        let value = self.check_to(right, &Ty::Tuple(types.clone()))?;
        let (mut fields, mut stmts) = (Vec::new(), Vec::new());
        for (place, ty) in places.into_iter().zip(&types) {
            let kind = match place {
                None => PatKind::Wild,
                Some(place) => {
                    let local = self.new_local("_part", ty.clone(), false, span);
                    let part = self.local_value(local, span);
                    stmts.push(Stmt::Expr(self.expr(ExprKind::Assign(place, part), Ty::unit(), span)));
                    PatKind::Bind { local, by_ref: None, sub: None }
                }
            };
            fields.push(Pat { kind: Box::new(kind), ty: ty.clone(), span });
        }
        let pat = Pat { kind: Box::new(PatKind::Tuple(fields)), ty: value.ty.clone(), span };
        stmts.insert(0, Stmt::Let { pat, init: Some(value), els: None });
        Ok(self.expr(ExprKind::Block { label: None, stmts, tail: None }, Ty::unit(), span))
    }

    fn struct_value(&mut self, it: &syn::ExprStruct, expect: &Expect, span: Span) -> R<Expr> {
        if it.qself.is_some() {
            return refuse("H0204", span, "a struct expression with a qualified path");
        }
        let (adt, variant, args) = self.variant_path(&it.path, span)?;
        let ty = Ty::Adt(adt, args);
        if let Some(wanted) = expect.ty() {
            // Only to know more about the type arguments.
            let wanted = wanted.clone();
            let _ = self.vars.unify(&ty, &wanted);
        }
        let types = self.field_types(adt, variant, &ty, span)?;
        let mut fields: Vec<Option<Expr>> = vec![None; types.len()];
        let mut order = Vec::new();
        for field in &it.fields {
            let name = super::pattern::member_name(&field.member);
            let Some(at) = types.iter().position(|f| f.0 == name) else {
                return refuse(self.code("H0103", "H0223"), self.span(field), format!("no field `{name}`"));
            };
            fields[at] = Some(self.check_to(&field.expr, &types[at].1)?);
            order.push(at);
        }
        let base = match &it.rest {
            Some(base) => Some(self.check_to(base, &ty)?),
            None => None,
        };
        if base.is_none() && fields.iter().any(Option::is_none) {
            return refuse(self.code("H0102", "H0202"), span, "the struct expression leaves out fields");
        }
        Ok(self.expr(ExprKind::Construct { adt, variant, fields, order, base }, ty, span))
    }

    fn question_mark(&mut self, it: &syn::ExprTry, span: Span) -> R<Expr> {
        self.no_effects("`?`", span)?;
        if self.no_return {
            return refuse("H0207", span, "`?` inside a closure");
        }
        let value = self.check(&it.expr, &Expect::Nothing)?;
        let ret = self.shallow(&self.ret.clone());
        let arm = |pat, body| Arm { pat, guard: None, body };
        match (self.shallow(&value.ty), ret) {
            (Ty::Adt(AdtId::OPTION, args), Ty::Adt(AdtId::OPTION, _)) => {
                let inner = args[0].clone();
                let none = self.construct(AdtId::OPTION, 0, vec![], self.ret.clone(), span);
                let leave = self.expr(ExprKind::Return(Some(none)), inner.clone(), span);
                let none_pat = self.variant_pat(&value.ty, AdtId::OPTION, 0, vec![], span);
                let (some_pat, read) = self.bound_variant(&value.ty, AdtId::OPTION, 1, &inner, span);
                let arms = vec![arm(some_pat, read), arm(none_pat, leave)];
                Ok(self.expr(ExprKind::Match(value, arms), inner, span))
            }
            (Ty::Adt(AdtId::RESULT, args), Ty::Adt(AdtId::RESULT, ret_args)) => {
                let (ok, err) = (args[0].clone(), args[1].clone());
                let (err_pat, err_read) = self.bound_variant(&value.ty, AdtId::RESULT, 1, &err, span);
                let err_read = self.question_error(err_read, &ret_args[1], span)?;
                let error = self.construct(AdtId::RESULT, 1, vec![err_read], self.ret.clone(), span);
                let leave = self.expr(ExprKind::Return(Some(error)), ok.clone(), span);
                let (ok_pat, read) = self.bound_variant(&value.ty, AdtId::RESULT, 0, &ok, span);
                let arms = vec![arm(ok_pat, read), arm(err_pat, leave)];
                Ok(self.expr(ExprKind::Match(value, arms), ok, span))
            }
            (ty, _) if self.vars.is_free(&ty) => self.unknown_type(span),
            (ty, ret) => {
                let message = format!("`?` on `{}` in a function that returns `{}`", self.shown(&ty), self.shown(&ret));
                refuse("H0212", span, message)
            }
        }
    }

    /// The error that `?` returns: as it is, or through the crate's `From`.
    pub(super) fn question_error(&mut self, error: Expr, wanted: &Ty, span: Span) -> R<Expr> {
        let (from, to) = (self.vars.resolve(&error.ty), self.vars.resolve(wanted));
        if from != to && !self.vars.is_free(&from) && !self.vars.is_free(&to) {
            let fits: Vec<usize> = self
                .functions_of(&to, "from", Some("From"))
                .into_iter()
                .filter(|i| self.krate.signature(*i).is_ok_and(|s| s.params.first().is_some_and(|p| p.ty == from)))
                .collect();
            if let [index] = fits.as_slice() {
                return self.call_fn(*index, &[], &[super::calls::Arg::Ready(error)], Some(&to), span);
            }
        }
        if self.vars.unify(&from, &to) {
            return Ok(error);
        }
        let message = format!("`?` converts `{}` into `{}`", self.shown(&from), self.shown(&to));
        refuse_help("H0212", span, message, "match on the result and build the error yourself")
    }

    /// A variant with all its fields.
    pub(super) fn construct(&self, adt: AdtId, variant: usize, fields: Vec<Expr>, ty: Ty, span: Span) -> Expr {
        let order = (0..fields.len()).collect();
        let fields = fields.into_iter().map(Some).collect();
        self.expr(ExprKind::Construct { adt, variant, fields, order, base: None }, ty, span)
    }
    /// A pattern for a variant.
    pub(super) fn variant_pat(&self, ty: &Ty, adt: AdtId, variant: usize, fields: Vec<Pat>, span: Span) -> Pat {
        Pat { kind: Box::new(PatKind::Variant { adt, variant, fields }), ty: ty.clone(), span }
    }
    /// A pattern that binds a variant's only field to a new local, and that local's value.
    pub(super) fn bound_variant(&mut self, ty: &Ty, adt: AdtId, variant: usize, field: &Ty, span: Span) -> (Pat, Expr) {
        let local = self.new_local("_value", field.clone(), false, span);
        let kind = PatKind::Bind { local, by_ref: None, sub: None };
        let inner = Pat { kind: Box::new(kind), ty: field.clone(), span };
        (self.variant_pat(ty, adt, variant, vec![inner], span), self.local_value(local, span))
    }

    /// The frame that `break` or `continue` means.
    fn frame(&self, label: Option<&syn::Lifetime>, must_loop: bool, span: Span) -> R<usize> {
        let found = match label {
            Some(label) => {
                let name = label.ident.to_string();
                self.frames.iter().rposition(|f| f.label.as_deref() == Some(&name))
            }
            None => self.frames.iter().rposition(|f| f.is_loop),
        };
        match found {
            Some(at) if !must_loop || self.frames[at].is_loop => Ok(at),
            _ => refuse("H0204", span, "there is no such loop here"),
        }
    }

    fn break_expr(&mut self, it: &syn::ExprBreak, span: Span) -> R<Expr> {
        let at = self.frame(it.label.as_ref(), false, span)?;
        let ty = self.frames[at].ty.clone();
        let value = match (&it.expr, &ty) {
            (Some(e), Some(ty)) => Some(self.check_to(e, ty)?),
            (Some(_), None) => return refuse(self.code("H0102", "H0202"), span, "a value for this kind of loop"),
            (None, Some(ty)) => {
                self.equate(&Ty::unit(), &ty.clone(), span)?;
                None
            }
            (None, None) => None,
        };
        self.frames[at].broken = true;
        Ok(self.expr(ExprKind::Break(self.frames[at].id, value), Ty::Never, span))
    }

    fn loop_expr(&mut self, it: &syn::ExprLoop, expect: &Expect, span: Span) -> R<Expr> {
        self.no_effects("a loop", span)?;
        let spec = self.loop_spec(&it.attrs, it.span())?;
        let id = self.new_loop_id();
        let ty = expect.ty().cloned().unwrap_or_else(|| self.fresh());
        let label = it.label.as_ref().map(|l| l.name.ident.to_string());
        self.frames.push(Frame { label, id, is_loop: true, ty: Some(ty.clone()), broken: false });
        let body = self.block(&it.body, &Expect::Coerce(Ty::unit()));
        let broken = self.frames.pop().is_some_and(|f| f.broken);
        let ty = if broken { ty } else { Ty::Never };
        Ok(self.expr(ExprKind::Loop { id, spec, body: body? }, ty, span))
    }

    fn while_expr(&mut self, it: &syn::ExprWhile, span: Span) -> R<Expr> {
        self.no_effects("a loop", span)?;
        let spec = self.loop_spec(&it.attrs, it.span())?;
        let id = self.new_loop_id();
        let label = it.label.as_ref().map(|l| l.name.ident.to_string());
        self.frames.push(Frame { label, id, is_loop: true, ty: None, broken: false });
        let parts = self.scoped(|cx| {
            let cond = cx.condition(&it.cond)?;
            Ok((cond, cx.block(&it.body, &Expect::Coerce(Ty::unit()))?))
        });
        self.frames.pop();
        let (cond, body) = parts?;
        Ok(self.expr(ExprKind::While { id, spec, cond, body }, Ty::unit(), span))
    }

    fn for_expr(&mut self, it: &syn::ExprForLoop, span: Span) -> R<Expr> {
        self.no_effects("a loop", span)?;
        if let Some(out) = self.for_chain(it, span)? {
            return Ok(out);
        }
        let (iter, item) = match self.over_range_variable(&it.expr) {
            Some(found) => found,
            None => self.for_iter(&it.expr)?,
        };
        let id = self.new_loop_id();
        let label = it.label.as_ref().map(|l| l.name.ident.to_string());
        let parts = self.scoped(|cx| {
            let pat = cx.pattern(&it.pat, &item)?;
            let spec = cx.loop_spec(&it.attrs, it.span())?;
            cx.frames.push(Frame { label, id, is_loop: true, ty: None, broken: false });
            let body = cx.block(&it.body, &Expect::Coerce(Ty::unit()));
            cx.frames.pop();
            Ok((pat, spec, body?))
        });
        let (pat, spec, body) = parts?;
        Ok(self.expr(ExprKind::For { id, spec, pat, iter, body }, Ty::unit(), span))
    }
}

fn is_literal(e: &syn::Expr) -> bool {
    match e {
        E::Lit(_) => true,
        E::Paren(it) => is_literal(&it.expr),
        E::Unary(it) => is_literal(&it.expr),
        _ => false,
    }
}

/// The first token of an expression, or all of it where that is as cheap.
fn first_token(mut e: &syn::Expr) -> proc_macro2::Span {
    loop {
        e = match e {
            E::Binary(it) => &it.left,
            E::MethodCall(it) => &it.receiver,
            E::Call(it) => &it.func,
            E::Field(it) => &it.base,
            E::Index(it) => &it.expr,
            E::Cast(it) => &it.expr,
            E::Try(it) => &it.expr,
            E::Assign(it) => &it.left,
            E::Paren(it) => return it.paren_token.span.open(),
            E::Reference(it) => return it.and_token.span,
            E::Unary(it) => return it.op.span(),
            E::Tuple(it) => return it.paren_token.span.open(),
            E::Array(it) => return it.bracket_token.span.open(),
            E::If(it) => return it.if_token.span,
            E::Match(it) => return it.match_token.span,
            E::Block(it) if it.label.is_none() => return it.block.brace_token.span.open(),
            other => return other.span(),
        };
    }
}

/// The last token of an expression, or all of it where that is as cheap.
fn last_token(mut e: &syn::Expr) -> proc_macro2::Span {
    loop {
        e = match e {
            E::Binary(it) => &it.right,
            E::Reference(it) => &it.expr,
            E::Unary(it) => &it.expr,
            E::Assign(it) => &it.right,
            E::Paren(it) => return it.paren_token.span.close(),
            E::MethodCall(it) => return it.paren_token.span.close(),
            E::Call(it) => return it.paren_token.span.close(),
            E::Field(it) => return it.member.span(),
            E::Index(it) => return it.bracket_token.span.close(),
            E::Cast(it) => return it.ty.span(),
            E::Try(it) => return it.question_token.span,
            E::Tuple(it) => return it.paren_token.span.close(),
            E::Array(it) => return it.bracket_token.span.close(),
            E::Match(it) => return it.brace_token.span.close(),
            E::Block(it) => return it.block.brace_token.span.close(),
            E::If(it) => match &it.else_branch {
                Some((_, els)) => els,
                None => return it.then_branch.brace_token.span.close(),
            },
            other => return other.span(),
        };
    }
}
