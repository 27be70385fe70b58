//! Arrays of slices: `<[u8; 4]>::try_from(slice)`, `slice.try_into().unwrap()`.

use super::{Expect, Fcx};
use crate::crate_loader::plain_name;
use crate::resolve::R;
use crate::span::Span;
use crate::tir::*;

/// Elements of an array that is written out.
const MAX_ELEMENTS: u64 = 64;

impl Fcx<'_, '_> {
    /// What is wanted of `s.try_into()` in `s.try_into().unwrap()`, where that is an array: its length decides.
    pub(super) fn wanted_of_receiver(&mut self, it: &syn::ExprMethodCall, name: &str, expect: &Expect) -> Expect {
        let converts = match &*it.receiver {
            syn::Expr::MethodCall(inner) => plain_name(&inner.method) == "try_into" && inner.args.is_empty(),
            _ => false,
        };
        let array = |cx: &Self, ty: &Ty| match cx.shallow(ty) {
            Ty::Array(..) => true,
            Ty::Ref(false, inner) => matches!(cx.shallow(&inner), Ty::Array(..)),
            _ => false,
        };
        let expected = expect.ty().map(|ty| self.shallow(ty));
        let expected = match (name, expected) {
            ("ok", Some(Ty::Adt(AdtId::OPTION, args))) => args.first().cloned(),
            ("ok", _) => None,
            (_, ty) => ty,
        };
        match expected {
            Some(ty) if converts && matches!(name, "unwrap" | "expect" | "ok") && array(self, &ty) => {
                let error = Ty::Adt(AdtId::TRY_FROM_SLICE_ERROR, vec![]);
                Expect::Hint(Ty::Adt(AdtId::RESULT, vec![ty, error]))
            }
            _ => Expect::Nothing,
        }
    }

    /// An array (or a reference to one) of a slice that has its length; `None` if it is another conversion.
    pub(super) fn array_of_slice(&mut self, value: &Expr, target: &Ty, span: Span) -> R<Option<Expr>> {
        // A place of slice type is lent, as a receiver is.
        let lent = match self.shallow(&value.ty) {
            Ty::Slice(_) => self.borrow(false, value.clone()),
            _ => value.clone(),
        };
        let Ty::Ref(false, from) = self.shallow(&lent.ty) else { return Ok(None) };
        let Ty::Slice(elem) = self.shallow(&from) else { return Ok(None) };
        let target = self.shallow(target);
        let (array, by_reference) = match &target {
            Ty::Ref(false, inner) => (self.shallow(inner), true),
            other => (other.clone(), false),
        };
        let Ty::Array(own, n) = array else { return Ok(None) };
        self.equate(&own, &elem, span)?;
        let elem = self.shallow(&elem);
        // Elements that are copies of themselves, and no more than can be written out.
        if n > MAX_ELEMENTS || !matches!(elem, Ty::Int(_) | Ty::Bool | Ty::Char) {
            return Ok(None);
        }
        let error = Ty::Adt(AdtId::TRY_FROM_SLICE_ERROR, vec![]);
        let ty = Ty::Adt(AdtId::RESULT, vec![target, error.clone()]);
        let usize_ty = Ty::Int(IntTy::Usize);
        let out = self.block_of(vec![lent], span, |cx, v| {
            let len = cx.std("slice.len", vec![v[0].clone()], usize_ty.clone(), span);
            let fits = cx.cmp(CmpOp::Eq, &len, cx.int_value(n, usize_ty.clone(), span), span);
            let base = cx.deref(v[0].clone());
            let element = |i: u64| {
                let at = cx.int_value(i, usize_ty.clone(), span);
                cx.expr(ExprKind::Index(base.clone(), at), elem.clone(), span)
            };
            let all = (0..n).map(element).collect();
            let all = cx.expr(ExprKind::Array(all), Ty::Array(Box::new(elem.clone()), n), span);
            let all = if by_reference { cx.borrow(false, all) } else { all };
            let ok = cx.construct(AdtId::RESULT, 0, vec![all], ty.clone(), span);
            let error = cx.construct(AdtId::TRY_FROM_SLICE_ERROR, 0, vec![], error, span);
            let err = cx.construct(AdtId::RESULT, 1, vec![error], ty, span);
            Ok(cx.choose(fits, ok, err, span))
        })?;
        Ok(Some(out))
    }
}
