//! Ranges as values: `Range`, `RangeFrom` and `RangeTo` are structs whose ends are fields.

use super::{Expect, Fcx};
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

impl Fcx<'_, '_> {
    /// `a..b`, `a..` or `..b` as a value.
    pub(super) fn range_value(&mut self, it: &syn::ExprRange, expect: &Expect, span: Span) -> R<Expr> {
        self.not_in_condition("a range as a value", span)?;
        let closed = matches!(it.limits, syn::RangeLimits::Closed(_));
        let id = match (&it.start, &it.end) {
            (Some(_), Some(_)) if !closed => AdtId::RANGE,
            (Some(_), None) => AdtId::RANGE_FROM,
            (None, Some(_)) if !closed => AdtId::RANGE_TO,
            // One that includes its end also says whether that was handed out.
            _ => {
                let help = "use it directly in `for`, an index or `.contains`";
                return refuse_help("H0204", span, "this kind of range as a value", help);
            }
        };
        let mut hint = match expect.ty().map(|t| self.shallow(t)) {
            Some(Ty::Adt(own, args)) if own == id => Expect::Hint(args[0].clone()),
            _ => Expect::Nothing,
        };
        let mut ends: Vec<Expr> = Vec::new();
        for e in [&it.start, &it.end].into_iter().flatten() {
            let end = self.check(e, &hint)?;
            if let Some(first) = ends.first() {
                self.equate(&end.ty, &first.ty, end.span)?;
            }
            hint = Expect::Hint(end.ty.clone());
            ends.push(end);
        }
        let Some(first) = ends.first() else { return refuse("H0204", span, "this range") };
        let ty = Ty::Adt(id, vec![first.ty.clone()]);
        Ok(self.construct(id, 0, ends, ty, span))
    }

    /// The ends of a range, by name.
    fn end_of(&self, range: &Expr, id: AdtId, name: &str) -> Option<Expr> {
        let Ty::Adt(_, args) = self.shallow(&range.ty) else { return None };
        let fields: &[&str] = match id {
            AdtId::RANGE => &["start", "end"],
            AdtId::RANGE_FROM => &["start"],
            _ => &["end"],
        };
        let at = fields.iter().position(|field| *field == name)?;
        Some(self.expr(ExprKind::Field(range.clone(), at), args[0].clone(), range.span))
    }

    /// `base[range]`.
    pub(super) fn index_by_range(&mut self, base: Expr, range: Expr, id: AdtId, elem: Ty, span: Span) -> R<Expr> {
        let usize_ty = Ty::Int(IntTy::Usize);
        // A clone of a range is the range.
        let range = match *range.kind {
            ExprKind::Copy(inner) => inner,
            kind => Expr { kind: Box::new(kind), ..range },
        };
        // Its ends are read one after the other: it must be one value.
        if !is_plain(&range) {
            return refuse("H0204", span, "an index by a range that is computed");
        }
        let (lo, hi) = (self.end_of(&range, id, "start"), self.end_of(&range, id, "end"));
        for end in [&lo, &hi].into_iter().flatten() {
            self.equate(&end.ty, &usize_ty, end.span)?;
        }
        let ty = Ty::Slice(Box::new(elem));
        Ok(self.expr(ExprKind::SliceRange { base, lo, hi, inclusive: false }, ty, span))
    }

    /// What a clone of a range runs over. The range itself would be changed by what takes it as an iterator.
    pub(super) fn over_clone_of_range(&mut self, range: &Expr) -> Option<(ForIter, Ty)> {
        match &*range.kind {
            ExprKind::Copy(inner) => self.over_range(inner),
            _ => None,
        }
    }

    /// What `for x in range` runs over, where that is a variable: it takes the range whole.
    pub(super) fn over_range_variable(&mut self, e: &syn::Expr) -> Option<(ForIter, Ty)> {
        match super::iter::unwrapped(e) {
            e @ (syn::Expr::Path(_) | syn::Expr::Field(_)) => {
                let range = self.check(e, &Expect::Nothing).ok()?;
                self.over_range(&range)
            }
            _ => None,
        }
    }

    fn over_range(&mut self, range: &Expr) -> Option<(ForIter, Ty)> {
        let Ty::Adt(AdtId::RANGE, args) = self.shallow(&range.ty) else { return None };
        if !is_plain(range) {
            return None;
        }
        let (lo, hi) = (self.end_of(range, AdtId::RANGE, "start")?, self.end_of(range, AdtId::RANGE, "end")?);
        Some((ForIter::Range { lo, hi, inclusive: false, rev: false, step: None }, args[0].clone()))
    }

    /// `contains`, `is_empty` and `len`; `None` if it is another method.
    pub(super) fn range_method(
        &mut self,
        place: Expr,
        id: AdtId,
        name: &str,
        args: &[&syn::Expr],
        span: Span,
    ) -> R<Option<Expr>> {
        let lent = self.borrow(false, place);
        let own = match self.shallow(lent.ty.peel()) {
            Ty::Adt(_, args) => self.shallow(&args[0]),
            ty => ty,
        };
        match (name, args) {
            ("contains", [x]) => {
                let x = self.check_to(x, &Ty::Ref(false, Box::new(own)))?;
                let out = self.block_of(vec![lent, x], span, |cx, v| {
                    let range = cx.deref(v[0].clone());
                    let x = cx.deref(v[1].clone());
                    let mut parts = Vec::new();
                    if let Some(start) = cx.end_of(&range, id, "start") {
                        parts.push(cx.compare(CmpOp::Le, start, x.clone(), span)?);
                    }
                    if let Some(end) = cx.end_of(&range, id, "end") {
                        parts.push(cx.compare(CmpOp::Lt, x, end, span)?);
                    }
                    Ok(match (parts.pop(), parts.pop()) {
                        (Some(hi), Some(lo)) => cx.expr(ExprKind::And(lo, hi), Ty::Bool, span),
                        (Some(one), None) => one,
                        _ => cx.bool_value(true, span),
                    })
                })?;
                Ok(Some(out))
            }
            ("is_empty", []) if id == AdtId::RANGE => {
                let out = self.block_of(vec![lent], span, |cx, v| {
                    let range = cx.deref(v[0].clone());
                    let (Some(start), Some(end)) = (cx.end_of(&range, id, "start"), cx.end_of(&range, id, "end"))
                    else {
                        return refuse("H0204", span, "this range");
                    };
                    let some = cx.compare(CmpOp::Lt, start, end, span)?;
                    Ok(cx.expr(ExprKind::Not(some), Ty::Bool, span))
                })?;
                Ok(Some(out))
            }
            ("len", []) if id == AdtId::RANGE && own == Ty::Int(IntTy::Usize) => {
                let out = self.block_of(vec![lent], span, |cx, v| {
                    let range = cx.deref(v[0].clone());
                    let (Some(start), Some(end)) = (cx.end_of(&range, id, "start"), cx.end_of(&range, id, "end"))
                    else {
                        return refuse("H0204", span, "this range");
                    };
                    let some = cx.cmp(CmpOp::Lt, &start, end.clone(), span);
                    let many = cx.arith(ArithOp::Sub, &end, start, span);
                    let none = cx.int_value(0, own.clone(), span);
                    Ok(cx.choose(some, many, none, span))
                })?;
                Ok(Some(out))
            }
            _ => Ok(None),
        }
    }
}

/// Whether an expression is a variable or a part of one: reading it twice reads it once.
fn is_plain(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Local(_) => true,
        ExprKind::Field(inner, _) | ExprKind::Deref(inner) => is_plain(inner),
        _ => false,
    }
}
