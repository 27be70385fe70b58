//! Conversions that Rust inserts by itself, and places.

use super::Fcx;
use crate::resolve::{R, refuse};
use crate::span::Span;
use crate::tir::*;

impl Fcx<'_, '_> {
    /// Makes two types equal, or says that they are not.
    pub(super) fn equate(&mut self, found: &Ty, wanted: &Ty, span: Span) -> R<()> {
        if self.vars.unify(found, wanted) {
            return Ok(());
        }
        let is_kept = |t: &Ty| matches!(t, Ty::Opaque(name, _) if name == crate::opaque::MUTABLE);
        if let (Ty::Ref(true, _), kept) | (kept, Ty::Ref(true, _)) = (self.shallow(found), self.shallow(wanted))
            && is_kept(&kept)
        {
            return refuse("H0512", span, "a `&mut` that is kept inside another value");
        }
        let of_parameter = |t: &Ty| matches!(t, Ty::Opaque(name, _) if name == crate::opaque::ARRAY);
        if let (Ty::Array(..), other) | (other, Ty::Array(..)) = (self.shallow(found), self.shallow(wanted))
            && of_parameter(&other)
        {
            return refuse("H0308", span, "an array in the place of one whose length is a parameter");
        }
        let (found, wanted) = (self.shown(found), self.shown(wanted));
        let code = self.code("H0102", "H0202");
        refuse(code, span, format!("expected `{wanted}`, found `{found}`"))
    }

    /// A type as messages show it.
    pub(super) fn shown(&self, ty: &Ty) -> String {
        let ty = self.vars.resolve(ty);
        crate::print::ty_with(&|id| self.krate.adts[id.0].name.clone(), &ty)
    }

    /// `*e`, simplified where `e` is a borrow.
    pub(super) fn deref(&self, e: Expr) -> Expr {
        let ty = match self.shallow(&e.ty) {
            Ty::Ref(_, inner) => *inner,
            other => other,
        };
        let span = e.span;
        match *e.kind {
            ExprKind::Borrow(_, inner) if self.vars.resolve(&inner.ty) == self.vars.resolve(&ty) => inner,
            kind => self.expr(ExprKind::Deref(Expr { kind: Box::new(kind), ty: e.ty, span }), ty, span),
        }
    }
    /// Dereferences until no reference is left.
    pub(super) fn peel(&self, mut e: Expr) -> Expr {
        while matches!(self.shallow(&e.ty), Ty::Ref(..)) {
            e = self.deref(e);
        }
        e
    }
    /// `&e` or `&mut e`; `&*r` of a shared reference is `r`.
    pub(super) fn borrow(&self, mutable: bool, e: Expr) -> Expr {
        if let (false, ExprKind::Deref(inner)) = (mutable, &*e.kind)
            && matches!(self.shallow(&inner.ty), Ty::Ref(false, _))
        {
            return inner.clone();
        }
        let (ty, span) = (Ty::Ref(mutable, Box::new(e.ty.clone())), e.span);
        self.expr(ExprKind::Borrow(mutable, e), ty, span)
    }

    /// Converts an expression to a type, as at a `let` with a type, an argument, a result.
    pub(super) fn coerce(&mut self, mut e: Expr, wanted: &Ty) -> R<Expr> {
        let found = self.shallow(&e.ty);
        let wanted = self.shallow(wanted);
        if found == Ty::Never && wanted != Ty::Never {
            // A value that never is can be of any type.
            e.ty = wanted;
            return Ok(e);
        }
        let (Ty::Ref(to_mut, to), Ty::Ref(from_mut, from)) = (&wanted, &found) else {
            self.equate(&found, &wanted, e.span)?;
            return Ok(e);
        };
        if *to_mut && !*from_mut {
            self.equate(&found, &wanted, e.span)?;
            return Ok(e);
        }
        let (to, mut from) = (self.shallow(to), self.shallow(from));
        let mut place: Option<Expr> = None;
        // Deref coercion: `&&T` where `&T` is wanted.
        if !matches!(to, Ty::Ref(..)) && !self.vars.is_free(&to) {
            while let Ty::Ref(_, inner) = &from {
                let inner = self.shallow(inner);
                let at = place.take().unwrap_or_else(|| self.deref(e.clone()));
                place = Some(self.deref(at));
                from = inner;
            }
        }
        if let (Ty::Slice(elem), Ty::Vec(of) | Ty::Array(of, _)) = (&to, &from) {
            self.equate(of, elem, e.span)?;
            let span = e.span;
            let base = place.unwrap_or_else(|| self.deref(e));
            return Ok(self.expr(ExprKind::Borrow(*to_mut, base), wanted.clone(), span));
        }
        if (to.clone(), from.clone(), *to_mut) == (Ty::Str, Ty::String, false) {
            let base = place.unwrap_or_else(|| self.deref(e));
            let text = self.lent_text(base);
            return Ok(self.borrow(false, text));
        }
        self.equate(&from, &to, e.span)?;
        let reborrow = *to_mut && is_place(&e) || to_mut != from_mut;
        match place {
            Some(place) => Ok(self.borrow(*to_mut, place)),
            None if reborrow => {
                let place = self.deref(e);
                Ok(self.borrow(*to_mut, place))
            }
            None => Ok(e),
        }
    }
}

/// Whether an expression is a place.
pub(super) fn is_place(e: &Expr) -> bool {
    matches!(
        &*e.kind,
        ExprKind::Local(_)
            | ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::Deref(_)
            | ExprKind::SliceRange { .. }
    )
}
