//! Operators that the crate defines: arithmetic, comparisons and indexing are calls of the functions of its impls.

use super::calls::Arg;
use super::{Expect, Fcx};
use crate::resolve::{AdtAst, R, may_match, refuse};
use crate::span::Span;
use crate::tir::*;

impl Fcx<'_, '_> {
    /// The functions of an operator's impls for a type: their `Self` may be it.
    fn operator_functions(&self, own: &Ty, trait_name: &str, name: Option<&str>) -> Vec<usize> {
        self.krate
            .impls_of(own)
            .filter(|i| self.krate.impls[*i].trait_name.as_ref().is_some_and(|t| t.0 == trait_name))
            .filter_map(|i| {
                let mut functions = self.krate.impls[i].functions.iter();
                functions.find(|f| name.is_none_or(|name| f.0 == name)).map(|f| f.1)
            })
            .collect()
    }

    /// Whether a function takes a second argument of this type.
    fn takes(&self, index: usize, right: &Ty) -> bool {
        let right = self.vars.resolve(right);
        match self.krate.signature(index) {
            Ok(sig) => sig.params.get(1).is_some_and(|p| match p.ty.peel() {
                // A literal is of any integer type, and of none else.
                own if self.vars.is_free_int(right.peel()) => matches!(own, Ty::Int(_) | Ty::Param(_)),
                _ => may_match(&p.ty, &right),
            }),
            Err(_) => true,
        }
    }

    /// An operator that the crate defines for a type of its own.
    pub(super) fn user_operator(
        &mut self,
        trait_name: &str,
        left: Expr,
        right: &syn::Expr,
        assigns: bool,
        span: Span,
    ) -> R<Expr> {
        let receiver = match assigns {
            true => self.borrow(true, left),
            false => left,
        };
        let own = if assigns { self.shallow(receiver.ty.peel()) } else { self.shallow(&receiver.ty) };
        let found = self.operator_functions(&own, trait_name, None);
        match found.as_slice() {
            [index] => {
                let args = [Arg::Ready(receiver), Arg::Syntax(right)];
                self.call_fn(*index, &[], &args, Some(&own), span)
            }
            [] => refuse("H0217", span, format!("no `{trait_name}` for `{}`", self.shown(&own))),
            many => {
                let right = self.check(right, &Expect::Nothing)?;
                let fits: Vec<usize> = many.iter().copied().filter(|i| self.takes(*i, &right.ty)).collect();
                let [index] = fits.as_slice() else {
                    return refuse("H0217", span, format!("several `{trait_name}` for `{}`", self.shown(&own)));
                };
                self.call_fn(*index, &[], &[Arg::Ready(receiver), Arg::Ready(right)], Some(&own), span)
            }
        }
    }

    /// `2 * v`: an operator for a type of std and one of the crate.
    pub(super) fn operator_from_left(&mut self, trait_name: &str, left: Expr, right: Expr, span: Span) -> R<Expr> {
        let own = self.vars.resolve(&left.ty);
        let literal = self.vars.is_free_int(&own);
        let mut found = self.operator_functions(&own, trait_name, None);
        found.retain(|i| {
            let own = self.krate.signature(*i).ok().and_then(|s| s.self_ty.as_ref());
            self.takes(*i, &right.ty) && (!literal || matches!(own, Some(Ty::Int(_))))
        });
        match found.as_slice() {
            [index] => self.call_fn(*index, &[], &[Arg::Ready(left), Arg::Ready(right)], Some(&own), span),
            _ => {
                let (left, right) = (self.shown(&own), self.shown(&right.ty));
                refuse("H0217", span, format!("`{trait_name}` of `{left}` and `{right}`"))
            }
        }
    }

    /// A comparison that the crate defines by hand; `None` if it defines none for these types.
    pub(super) fn user_comparison(&mut self, op: CmpOp, left: &Expr, right: &Expr, span: Span) -> R<Option<Expr>> {
        let (own, other) = (self.vars.resolve(&left.ty), self.vars.resolve(&right.ty));
        if self.vars.is_free(&own) && !self.vars.is_free_int(&own) {
            return Ok(None);
        }
        let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
        let (trait_name, name) = if equality { ("PartialEq", "eq") } else { ("PartialOrd", "partial_cmp") };
        let lent = Ty::Ref(false, Box::new(other));
        let mut found = self.operator_functions(&own, trait_name, Some(name));
        let literal = self.vars.is_free(&own);
        found.retain(|i| {
            let own = self.krate.signature(*i).ok().and_then(|s| s.self_ty.as_ref());
            self.takes(*i, &lent) && (!literal || matches!(own, Some(Ty::Int(_))))
        });
        let index = match found.as_slice() {
            [] => return Ok(None),
            [index] if !literal => *index,
            _ => return refuse("H0217", span, format!("several `{trait_name}` for `{}`", self.shown(&own))),
        };
        // The other methods of the trait are those it has by itself.
        let own_impl = self.krate.fns[index].impl_index.map(|i| &self.krate.impls[i].functions);
        if own_impl.is_none_or(|functions| functions.len() != 1) {
            return refuse("H0217", span, format!("more than `{name}` in an impl of `{trait_name}`"));
        }
        let args = [self.borrow(false, left.clone()), self.borrow(false, right.clone())].map(Arg::Ready);
        let call = self.call_fn(index, &[], &args, Some(&own), span)?;
        let out = match op {
            CmpOp::Eq => call,
            CmpOp::Ne => self.expr(ExprKind::Not(call), Ty::Bool, span),
            // Whether Less, Equal and Greater are what is asked for; values without an order are none of them.
            CmpOp::Lt => self.ordered_as(call, [true, false, false], span),
            CmpOp::Le => self.ordered_as(call, [true, true, false], span),
            CmpOp::Gt => self.ordered_as(call, [false, false, true], span),
            CmpOp::Ge => self.ordered_as(call, [false, true, true], span),
        };
        Ok(Some(out))
    }

    fn ordered_as(&mut self, value: Expr, answers: [bool; 3], span: Span) -> Expr {
        let ty = value.ty.clone();
        let ordering = Ty::Adt(AdtId::ORDERING, vec![]);
        let mut arms = Vec::new();
        for (variant, answer) in answers.into_iter().enumerate() {
            let inner = self.variant_pat(&ordering, AdtId::ORDERING, variant, vec![], span);
            let pat = self.variant_pat(&ty, AdtId::OPTION, 1, vec![inner], span);
            arms.push(Arm { pat, guard: None, body: self.bool_value(answer, span) });
        }
        let pat = self.variant_pat(&ty, AdtId::OPTION, 0, vec![], span);
        arms.push(Arm { pat, guard: None, body: self.bool_value(false, span) });
        self.expr(ExprKind::Match(value, arms), Ty::Bool, span)
    }

    /// Whether the crate compares values of a type, or of a part of it, by hand.
    pub(super) fn compares_by_hand(&self, ty: &Ty, seen: &mut Vec<AdtId>) -> bool {
        match self.shallow(ty) {
            Ty::Tuple(parts) => parts.iter().any(|t| self.compares_by_hand(t, seen)),
            Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => self.compares_by_hand(&t, seen),
            Ty::Adt(id, args) => {
                if args.iter().any(|t| self.compares_by_hand(t, seen)) {
                    return true;
                }
                let data = &self.krate.adts[id.0];
                if matches!(data.ast, AdtAst::Builtin) || seen.contains(&id) {
                    return false;
                }
                seen.push(id);
                let own = Ty::Adt(id, args);
                let by_hand = ["PartialEq", "PartialOrd", "Ord"].iter().any(|t| self.krate.has_impl(&own, t));
                let fields = self.krate.variants(id).map(|v| v.iter().flat_map(|v| &v.fields).collect::<Vec<_>>());
                by_hand || fields.is_ok_and(|fields| fields.iter().any(|f| self.compares_by_hand(&f.1, seen)))
            }
            _ => false,
        }
    }

    /// `base[index]` where the crate defines `Index`: only for reading. `None` if it defines none.
    pub(super) fn user_index(&mut self, base: &Expr, index: &syn::Expr, span: Span) -> R<Option<Expr>> {
        let own = self.shallow(&base.ty);
        let found = self.operator_functions(&own, "Index", Some("index"));
        if found.is_empty() {
            return Ok(None);
        }
        let index = self.check(index, &Expect::Nothing)?;
        let fits: Vec<usize> = match found.as_slice() {
            [only] => vec![*only],
            many => many.iter().copied().filter(|i| self.takes(*i, &index.ty)).collect(),
        };
        let [function] = fits.as_slice() else {
            return refuse("H0217", span, format!("several `Index` for `{}`", self.shown(&own)));
        };
        let lent = self.borrow(false, base.clone());
        let call = self.call_fn(*function, &[], &[Arg::Ready(lent), Arg::Ready(index)], Some(&own), span)?;
        Ok(Some(self.deref(call)))
    }
}
