//! What `for` loops and iterator conditions run over.

use syn::Expr as E;

use super::{Expect, Fcx};
use crate::crate_loader::plain_name;
use crate::resolve::{R, refuse, refuse_help};
use crate::tir::*;

pub(super) fn unwrapped(mut e: &syn::Expr) -> &syn::Expr {
    loop {
        match e {
            E::Paren(it) => e = &it.expr,
            E::Group(it) => e = &it.expr,
            _ => return e,
        }
    }
}

impl Fcx<'_, '_> {
    /// What a `for` runs over, and the type of what it hands out.
    pub(super) fn for_iter(&mut self, e: &syn::Expr) -> R<(ForIter, Ty)> {
        let e = unwrapped(e);
        let span = self.span(e);
        match e {
            E::Range(range) => {
                let (lo, hi, inclusive) = self.range(range)?;
                let ty = lo.ty.clone();
                Ok((ForIter::Range { lo, hi, inclusive, rev: false, step: None }, ty))
            }
            E::MethodCall(it) => {
                let name = plain_name(&it.method);
                match (name.as_str(), it.args.len()) {
                    ("rev", 0) => {
                        let (iter, ty) = self.for_iter(&it.receiver)?;
                        match iter {
                            ForIter::Range { lo, hi, inclusive, rev: false, step: None } => {
                                Ok((ForIter::Range { lo, hi, inclusive, rev: true, step: None }, ty))
                            }
                            ForIter::Elements { base, by, enumerate: false, rev: false } => {
                                Ok((ForIter::Elements { base, by, enumerate: false, rev: true }, ty))
                            }
                            _ => refuse("H0211", span, "`rev` here"),
                        }
                    }
                    ("step_by", 1) => {
                        let (iter, ty) = self.for_iter(&it.receiver)?;
                        let n = self.check_to(&it.args[0], &Ty::Int(IntTy::Usize))?;
                        match iter {
                            ForIter::Range { lo, hi, inclusive, rev, step: None } => {
                                Ok((ForIter::Range { lo, hi, inclusive, rev, step: Some(n) }, ty))
                            }
                            _ => refuse("H0211", span, "`step_by` here"),
                        }
                    }
                    ("enumerate", 0) => {
                        let (iter, ty) = self.for_iter(&it.receiver)?;
                        match iter {
                            ForIter::Elements { base, by, enumerate: false, rev: false } => {
                                let ty = Ty::Tuple(vec![Ty::Int(IntTy::Usize), ty]);
                                Ok((ForIter::Elements { base, by, enumerate: true, rev: false }, ty))
                            }
                            _ => refuse("H0211", span, "`enumerate` here"),
                        }
                    }
                    ("copied" | "cloned", 0) => {
                        let (iter, ty) = self.for_iter(&it.receiver)?;
                        match (iter, self.shallow(&ty)) {
                            // What a `clone` written by hand gives is not the element.
                            (ForIter::Elements { base, by: ElementBy::Ref, enumerate: false, rev }, Ty::Ref(_, ty))
                                if name == "copied" || !matches!(self.shallow(&ty), Ty::Adt(..) | Ty::Tuple(_)) =>
                            {
                                Ok((ForIter::Elements { base, by: ElementBy::Value, enumerate: false, rev }, *ty))
                            }
                            _ => refuse("H0211", span, format!("`{name}` here")),
                        }
                    }
                    ("bytes", 0) => {
                        let value = self.check(&it.receiver, &Expect::Nothing)?;
                        if !self.is_any_text(&value.ty) {
                            let shown = self.shown(&value.ty);
                            return refuse("H0211", span, format!("iterating over `.bytes()` of `{shown}`"));
                        }
                        let base = self.bytes_of(value);
                        let iter = ForIter::Elements { base, by: ElementBy::Value, enumerate: false, rev: false };
                        Ok((iter, Ty::Int(IntTy::U8)))
                    }
                    ("iter", 0) => self.elements(&it.receiver, ElementBy::Ref),
                    ("iter_mut", 0) => self.elements(&it.receiver, ElementBy::RefMut),
                    ("into_iter", 0) => match unwrapped(&it.receiver) {
                        E::Range(_) => self.for_iter(&it.receiver),
                        _ => self.elements_of(&it.receiver),
                    },
                    _ => {
                        let help = "loop over a range, or over `iter()`, `iter_mut()`, `enumerate()`, `rev()`, `step_by(n)`, `copied()`";
                        // A method of the crate may still return a slice or vector.
                        match self.elements_of(e) {
                            Ok(found) => Ok(found),
                            Err(_) => refuse_help("H0211", span, format!("iterating over `.{name}(…)`"), help),
                        }
                    }
                }
            }
            _ => self.elements_of(e),
        }
    }

    /// Both ends of a range of integers.
    pub(super) fn range(&mut self, range: &syn::ExprRange) -> R<(Expr, Expr, bool)> {
        let span = self.span(range);
        let (Some(lo), Some(hi)) = (&range.start, &range.end) else {
            return refuse("H0211", span, "a range without an end");
        };
        let lo = self.check(lo, &Expect::Nothing)?;
        let hint = Expect::Hint(lo.ty.clone());
        let hi = self.check(hi, &hint)?;
        self.equate(&hi.ty, &lo.ty, hi.span)?;
        Ok((lo, hi, matches!(range.limits, syn::RangeLimits::Closed(_))))
    }

    /// `v.iter()` and `v.iter_mut()`.
    fn elements(&mut self, base: &syn::Expr, by: ElementBy) -> R<(ForIter, Ty)> {
        let value = self.check(base, &Expect::Nothing)?;
        let base = self.peel(value);
        let elem = self.element_type(&base)?;
        let ty = match by {
            ElementBy::Ref => Ty::Ref(false, Box::new(elem)),
            ElementBy::RefMut => Ty::Ref(true, Box::new(elem)),
            ElementBy::Value => elem,
        };
        Ok((ForIter::Elements { base, by, enumerate: false, rev: false }, ty))
    }

    pub(super) fn element_type(&self, base: &Expr) -> R<Ty> {
        match self.shallow(&base.ty) {
            Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => Ok(*t),
            ty if self.vars.is_free(&ty) => self.unknown_type(base.span),
            ty => refuse("H0211", base.span, format!("iterating over `{}`", self.shown(&ty))),
        }
    }

    /// `for x in e`: by the references around the collection.
    fn elements_of(&mut self, e: &syn::Expr) -> R<(ForIter, Ty)> {
        let value = self.check(e, &Expect::Nothing)?;
        if let Some(found) = self.over_clone_of_range(&value) {
            return Ok(found);
        }
        let by = match self.shallow(&value.ty) {
            Ty::Ref(true, _) => ElementBy::RefMut,
            Ty::Ref(false, _) => ElementBy::Ref,
            _ => ElementBy::Value,
        };
        let base = if by == ElementBy::Value { value } else { self.deref(value) };
        let elem = self.element_type(&base)?;
        let ty = match by {
            ElementBy::Ref => Ty::Ref(false, Box::new(elem)),
            ElementBy::RefMut => Ty::Ref(true, Box::new(elem)),
            ElementBy::Value => elem,
        };
        Ok((ForIter::Elements { base, by, enumerate: false, rev: false }, ty))
    }

    /// `(a..b).all(|i| …)`, `s.iter().any(|x| …)`.
    pub(super) fn iterator_condition(
        &mut self,
        all: bool,
        receiver: &syn::Expr,
        closure: &syn::Expr,
        span: crate::span::Span,
    ) -> R<Expr> {
        if !self.in_spec {
            let name = if all { "all" } else { "any" };
            return refuse_help("H0211", span, format!("`{name}` of this iterator"), "write the loop");
        }
        let E::Closure(closure) = unwrapped(closure) else {
            return refuse("H0207", span, "a function value");
        };
        let [pat] = closure.inputs.iter().collect::<Vec<_>>()[..] else {
            return refuse(self.code("H0102", "H0202"), span, "the closure takes one argument");
        };
        let (iter, item) = self.for_iter(receiver)?;
        let (domain, elem) = match iter {
            ForIter::Range { lo, hi, inclusive, step: None, .. } => (Domain::Range { lo, hi, inclusive }, item.clone()),
            ForIter::Elements { base, by: ElementBy::Ref | ElementBy::Value, enumerate: false, .. } => {
                let elem = self.element_type(&base)?;
                (Domain::Elements(base), elem)
            }
            _ => return refuse("H0211", span, "this iterator in a condition"),
        };
        self.quantifier(all, vec![(pat, elem, item)], domain, &closure.body, span)
    }
}
