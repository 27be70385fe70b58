//! `NonZeroU8` and the like: a struct of std with one field, which is not zero. Its invariant is what makes it one.

use super::Fcx;
use crate::resolve::R;
use crate::span::Span;
use crate::tir::*;

/// `self.0 != 0`, over the local `self`.
pub(super) fn invariant(id: AdtId, int: IntTy, span: Span) -> (Vec<Expr>, Vec<Local>) {
    let own = Ty::Adt(id, vec![]);
    let expr = |kind, ty| Expr { kind: Box::new(kind), ty, span };
    let value = expr(ExprKind::Local(LocalId(0)), own.clone());
    let field = expr(ExprKind::Field(value, 0), Ty::Int(int));
    let zero = expr(ExprKind::Lit(Lit::Int(0.into())), Ty::Int(int));
    let local = Local { name: "self".to_owned(), ty: own, mutable: false, span };
    (vec![expr(ExprKind::Cmp(CmpOp::Ne, field, zero), Ty::Bool)], vec![local])
}

impl Fcx<'_, '_> {
    /// `NonZeroU8::new(x)` and the like; `None` if it is no such function.
    pub(super) fn non_zero_function(
        &mut self,
        id: AdtId,
        name: &str,
        args: &[&syn::Expr],
        span: Span,
    ) -> R<Option<Expr>> {
        let Some(int) = id.non_zero() else { return Ok(None) };
        let [arg] = args else { return Ok(None) };
        if !matches!(name, "new" | "new_unchecked") {
            return Ok(None);
        }
        let (int, ty) = (Ty::Int(int), Ty::Adt(id, vec![]));
        let value = self.check_to(arg, &int)?;
        let out = self.block_of(vec![value], span, |cx, v| {
            let zero = cx.int_value(0, int, span);
            let is_zero = cx.cmp(CmpOp::Eq, &v[0], zero, span);
            let made = cx.construct(id, 0, vec![v[0].clone()], ty.clone(), span);
            Ok(match name {
                "new" => cx.choose(is_zero, cx.none(Ty::option(ty), span), cx.some(made, span), span),
                _ => {
                    let undefined = cx.undefined(ty, span);
                    cx.choose(is_zero, undefined, made, span)
                }
            })
        })?;
        Ok(Some(out))
    }

    /// `x.get()`; `None` if it is another method.
    pub(super) fn non_zero_method(&mut self, value: Expr, name: &str, args: &[&syn::Expr], span: Span) -> Option<Expr> {
        let Ty::Adt(id, _) = self.shallow(&value.ty) else { return None };
        match (id.non_zero(), name, args) {
            (Some(int), "get", []) => Some(self.expr(ExprKind::Field(value, 0), Ty::Int(int), span)),
            _ => None,
        }
    }

    /// What is undefined: it counts as a panic, so that a verified function has none of it.
    pub(super) fn undefined(&self, ty: Ty, span: Span) -> Expr {
        self.expr(ExprKind::Panic(PanicKind::Panic, "undefined behaviour".to_owned()), ty, span)
    }
}
