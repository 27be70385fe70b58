//! Constants: their values, and what must be constant (array lengths, discriminants).

use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

use super::{Fcx, finish};
use crate::resolve::{ConstState, Crate, Def, ModId, R, TypeScope, refuse};
use crate::span::{FileId, Span};
use crate::tir::*;

/// The length in an array type.
pub(crate) fn array_length(scope: &TypeScope<'_, '_>, e: &syn::Expr) -> R<u64> {
    let mut cx = Fcx::new(scope.krate, scope.scope, scope.file);
    cx.self_ty = scope.self_ty.cloned();
    cx.generics = scope.generics.to_vec();
    cx.known = scope.known.to_vec();
    cx.impl_index = scope.impl_index;
    cx.length(e)
}

/// The discriminant of a variant.
pub(crate) fn discriminant(krate: &Crate<'_>, scope: ModId, file: FileId, e: &syn::Expr) -> R<BigInt> {
    let mut cx = Fcx::new(krate, scope, file);
    let value = cx.check_to(e, &Ty::Int(IntTy::Isize))?;
    let value = finish::constant(&mut cx, value)?;
    match fold(value) {
        Expr { kind, .. } if matches!(&*kind, ExprKind::Lit(Lit::Int(_))) => match *kind {
            ExprKind::Lit(Lit::Int(n)) => Ok(n),
            _ => refuse("H0215", cx.span(e), "this discriminant"),
        },
        _ => refuse("H0215", cx.span(e), "this discriminant could not be evaluated"),
    }
}

impl Fcx<'_, '_> {
    /// A length: a constant `usize`.
    pub(super) fn length(&mut self, e: &syn::Expr) -> R<u64> {
        let span = self.span(e);
        let mut cx = Fcx::new(self.krate, self.scope, self.file);
        cx.self_ty = self.self_ty.clone();
        cx.generics = self.generics.clone();
        cx.known = self.known.clone();
        cx.impl_index = self.impl_index;
        let value = cx.check_to(e, &Ty::Int(IntTy::Usize))?;
        let value = fold(finish::constant(&mut cx, value)?);
        let number = match &*value.kind {
            ExprKind::Lit(Lit::Int(n)) => n.to_u64(),
            _ => None,
        };
        match number {
            Some(n) => Ok(n),
            None => refuse("H0215", span, "this length could not be evaluated"),
        }
    }

    /// The value of a constant that a path names.
    pub(super) fn constant_value(&mut self, def: Def, rest: &[String], span: Span) -> R<Expr> {
        match (def, rest) {
            (Def::Const(index), []) => {
                let mut value = self.const_item(index, span)?;
                move_to(&mut value, span);
                Ok(value)
            }
            (Def::Prim(name), [item]) => match IntTy::from_name(&name) {
                Some(int) => self.associated_const(&Ty::Int(int), item, None, span),
                None => refuse("H0401", span, format!("`{name}::{item}` is not modelled")),
            },
            (Def::Adt(id), [item]) => {
                let args = (0..self.krate.adts[id.0].params.len()).map(|_| self.fresh()).collect();
                self.associated_const(&Ty::Adt(id, args), item, None, span)
            }
            (Def::External(path), []) => self.external_const(&path, span),
            (Def::Refused(code, message), _) => refuse(code, span, message),
            _ => refuse(self.code("H0101", "H0201"), span, "this is no constant"),
        }
    }

    /// `Type::NAME`, or `<Type as Trait>::NAME`.
    pub(super) fn associated_const(&mut self, ty: &Ty, name: &str, of_trait: Option<&str>, span: Span) -> R<Expr> {
        let ty = self.shallow(ty);
        if self.vars.is_free(&ty) {
            return self.unknown_type(span);
        }
        if of_trait.is_none() {
            self.not_of_opaque(&ty, name, span)?;
        }
        let krate = self.krate;
        let found: Vec<usize> = krate
            .impls_of(&ty)
            .filter(|i| {
                of_trait.is_none_or(|wanted| krate.impls[*i].trait_name.as_ref().is_some_and(|t| t.0 == wanted))
            })
            .flat_map(|i| {
                let own = krate.impls[i].consts.iter().filter(|c| c.0 == name).map(|c| c.1);
                own.chain(krate.default_const(i, name))
            })
            .collect();
        let builtin = match &ty {
            _ if of_trait.is_some() => None,
            Ty::Int(int) => match name {
                "MAX" => Some(self.int_value(int.max(), ty.clone(), span)),
                "MIN" => Some(self.int_value(int.min(), ty.clone(), span)),
                "BITS" => Some(self.int_value(int.bits(), Ty::Int(IntTy::U32), span)),
                _ => None,
            },
            Ty::Char if name == "MAX" => Some(self.expr(ExprKind::Lit(Lit::Char(char::MAX)), ty.clone(), span)),
            _ => None,
        };
        match builtin {
            // In an instance `T::MAX` is that of a trait.
            Some(_) if self.is_instance() && !found.is_empty() => {
                return refuse("H0206", span, format!("several constants `{name}` fit"));
            }
            Some(value) => return Ok(value),
            None => {}
        }
        match found.as_slice() {
            [index] => {
                let mut value = self.const_item(*index, span)?;
                move_to(&mut value, span);
                Ok(value)
            }
            [] => {
                let message = format!("no constant `{name}` of `{}`", self.shown(&ty));
                refuse(self.code("H0101", "H0201"), span, message)
            }
            _ => refuse("H0206", span, format!("several constants `{name}` fit")),
        }
    }

    /// A constant of std by its path.
    pub(super) fn external_const(&mut self, path: &[String], span: Span) -> R<Expr> {
        let shown = path.join("::");
        if let [std, module, name] = path
            && matches!(std.as_str(), "std" | "core")
            && let Some(int) = IntTy::from_name(module)
        {
            return self.associated_const(&Ty::Int(int), name, None, span);
        }
        let ours = matches!(path[0].as_str(), "std" | "core" | "alloc");
        refuse(if ours { "H0401" } else { "H0404" }, span, format!("`{shown}` is not modelled"))
    }

    fn const_item(&self, index: usize, span: Span) -> R<Expr> {
        let data = &self.krate.consts[index];
        let state = data.value.borrow().clone();
        match state {
            ConstState::Done(value) => return value,
            ConstState::Running => {
                return refuse("H0215", span, format!("the constant `{}` depends on itself", data.name));
            }
            ConstState::Unvisited => {}
        }
        *data.value.borrow_mut() = ConstState::Running;
        let value = self.evaluate(index);
        *data.value.borrow_mut() = ConstState::Done(value.clone());
        value
    }

    fn evaluate(&self, index: usize) -> R<Expr> {
        let data = &self.krate.consts[index];
        if let Some(found) = &data.refusal {
            return Err(Box::new(found.clone()));
        }
        let mut cx = Fcx::new(self.krate, data.scope, data.file);
        if let Some(index) = data.impl_index {
            cx.self_ty = Some(self.krate.impl_self(index)?);
            cx.generics = self.krate.impls[index].generics.clone();
            cx.impl_index = Some(index);
        }
        let ty = cx.lower_ty(data.ty)?;
        let value = cx.check_to(data.expr, &ty)?;
        let value = fold(finish::constant(&mut cx, value)?);
        if uses_locals(&value) {
            let span = cx.span(data.expr);
            return refuse("H0215", span, format!("the value of the constant `{}` could not be evaluated", data.name));
        }
        Ok(value)
    }
}

/// Gives all parts of a value the place of its use.
fn move_to(e: &mut Expr, span: Span) {
    e.span = span;
    finish::children(e, &mut |child| move_to(child, span));
}

fn uses_locals(e: &Expr) -> bool {
    let own = matches!(
        &*e.kind,
        ExprKind::Local(_)
            | ExprKind::Let(..)
            | ExprKind::Match(..)
            | ExprKind::Block { .. }
            | ExprKind::Loop { .. }
            | ExprKind::While { .. }
            | ExprKind::For { .. }
            | ExprKind::Quant { .. }
            | ExprKind::Return(_)
    );
    let mut found = own;
    crate::tir_walk::children(e, &mut |child| found |= uses_locals(child));
    found
}

/// Evaluates what can be evaluated. rustc has evaluated it too, so nothing overflows.
fn fold(mut e: Expr) -> Expr {
    finish::children(&mut e, &mut |child| {
        let taken = std::mem::replace(
            child,
            Expr { kind: Box::new(ExprKind::Tuple(vec![])), ty: Ty::unit(), span: child.span },
        );
        *child = fold(taken);
    });
    let (ty, span) = (e.ty.clone(), e.span);
    let lit = |lit: Lit| Expr { kind: Box::new(ExprKind::Lit(lit)), ty: ty.clone(), span };
    let int = |e: &Expr| match &*e.kind {
        ExprKind::Lit(Lit::Int(n)) => Some(n.clone()),
        _ => None,
    };
    let boolean = |e: &Expr| match &*e.kind {
        ExprKind::Lit(Lit::Bool(b)) => Some(*b),
        _ => None,
    };
    let fits = |n: &BigInt| match &ty {
        Ty::Int(t) => t.min() <= *n && *n <= t.max(),
        _ => false,
    };
    let folded = match &*e.kind {
        ExprKind::Arith(op, a, b) => match (int(a), int(b)) {
            (Some(a), Some(b)) => {
                let value = match (op, &ty) {
                    // A shift to the left drops the bits that do not fit.
                    (ArithOp::Shl, Ty::Int(t)) => arith(*op, &a, &b).map(|n| wrap(&n, *t)),
                    _ => arith(*op, &a, &b),
                };
                value.filter(fits).map(|n| lit(Lit::Int(n)))
            }
            _ => None,
        },
        ExprKind::Neg(a) => int(a).map(|n| -n).filter(fits).map(|n| lit(Lit::Int(n))),
        ExprKind::Not(a) => match (boolean(a), int(a), &ty) {
            (Some(b), _, _) => Some(lit(Lit::Bool(!b))),
            (_, Some(n), Ty::Int(t)) => Some(lit(Lit::Int(if t.signed() { -n - 1 } else { t.max() - n }))),
            _ => None,
        },
        ExprKind::Cmp(op, a, b) => match (int(a), int(b)) {
            (Some(a), Some(b)) => Some(lit(Lit::Bool(match op {
                CmpOp::Eq => a == b,
                CmpOp::Ne => a != b,
                CmpOp::Lt => a < b,
                CmpOp::Le => a <= b,
                CmpOp::Gt => a > b,
                CmpOp::Ge => a >= b,
            }))),
            _ => None,
        },
        ExprKind::If(c, t, f) => boolean(c).map(|c| if c { t.clone() } else { f.clone() }),
        ExprKind::Block { label: None, stmts, tail: Some(tail) } if stmts.is_empty() => Some(tail.clone()),
        ExprKind::Cast(a) => match (&*a.kind, &ty) {
            (ExprKind::Lit(Lit::Int(n)), Ty::Int(t)) => Some(lit(Lit::Int(wrap(n, *t)))),
            (ExprKind::Lit(Lit::Bool(b)), Ty::Int(_)) => Some(lit(Lit::Int(BigInt::from(u8::from(*b))))),
            (ExprKind::Lit(Lit::Char(c)), Ty::Int(t)) => Some(lit(Lit::Int(wrap(&BigInt::from(*c as u32), *t)))),
            _ => None,
        },
        ExprKind::Field(base, at) => match &*base.kind {
            ExprKind::Tuple(parts) => parts.get(*at).cloned(),
            ExprKind::Construct { fields, base: None, .. } => fields.get(*at).cloned().flatten(),
            _ => None,
        },
        ExprKind::Index(base, at) => match (&*base.kind, int(at).and_then(|n| n.to_usize())) {
            (ExprKind::Array(parts), Some(at)) => parts.get(at).cloned(),
            _ => None,
        },
        _ => None,
    };
    folded.unwrap_or(e)
}

fn arith(op: ArithOp, a: &BigInt, b: &BigInt) -> Option<BigInt> {
    Some(match op {
        ArithOp::Add => a + b,
        ArithOp::Sub => a - b,
        ArithOp::Mul => a * b,
        ArithOp::Div if !b.is_zero() => a / b,
        ArithOp::Rem if !b.is_zero() => a % b,
        ArithOp::BitAnd => a & b,
        ArithOp::BitOr => a | b,
        ArithOp::BitXor => a ^ b,
        ArithOp::Shl => a << b.to_u32().filter(|n| *n < 128)?,
        ArithOp::Shr => a >> b.to_u32().filter(|n| *n < 128)?,
        ArithOp::Div | ArithOp::Rem => return None,
    })
}

/// The value of a type that agrees with a number modulo the type's size.
fn wrap(n: &BigInt, ty: IntTy) -> BigInt {
    let size = BigInt::from(1) << ty.bits();
    let mut low = n % &size;
    if low < BigInt::zero() {
        low += &size;
    }
    if low > ty.max() { low - size } else { low }
}
