//! `get_mut`, `first_mut`, `last_mut` and `split_at_mut` where their result is taken apart at once: a `&mut` in an `Option` or
//! in a tuple has no value of its own, but what it refers to is a place that can be named.

use syn::Expr as E;

use super::{Binding, Expect, Fcx};
use crate::crate_loader::plain_name;
use crate::resolve::{R, refuse};
use crate::span::Span;
use crate::tir::*;

/// What `v.get_mut(i)` comes to.
struct Element {
    /// `let i = …` as a condition, where the index is not evaluated twice otherwise.
    index: Option<Expr>,
    /// Whether the element is there.
    guard: Expr,
    /// The element.
    place: Expr,
}

fn plain(mut e: &syn::Expr) -> &syn::Expr {
    loop {
        match e {
            E::Paren(it) => e = &it.expr,
            E::Group(it) => e = &it.expr,
            _ => return e,
        }
    }
}

/// The name in `Some(x)`.
fn named_in_some(pat: &syn::Pat) -> Option<&syn::PatIdent> {
    let syn::Pat::TupleStruct(it) = pat else { return None };
    match it.elems.iter().collect::<Vec<_>>()[..] {
        [syn::Pat::Ident(name)] if it.path.is_ident("Some") && name.by_ref.is_none() && name.subpat.is_none() => {
            Some(name)
        }
        _ => None,
    }
}

/// Whether a name is this one, whoever wrote it.
fn is_named(ident: &syn::Ident, name: &str) -> bool {
    crate::by_example::hygiene::written(&plain_name(ident)) == name
}

fn is_none(pat: &syn::Pat) -> bool {
    match pat {
        syn::Pat::Wild(_) => true,
        syn::Pat::Ident(it) => it.by_ref.is_none() && it.subpat.is_none() && is_named(&it.ident, "None"),
        syn::Pat::Path(it) => it.path.is_ident("None"),
        _ => false,
    }
}

/// Whether an expression may be evaluated several times, as a list is here whose length is asked for beside an element.
fn is_repeatable(e: &Expr) -> bool {
    let own = match &*e.kind {
        ExprKind::Lit(_) | ExprKind::Local(_) | ExprKind::Field(..) | ExprKind::Index(..) | ExprKind::Deref(_) => true,
        ExprKind::SliceRange { .. } | ExprKind::Borrow(..) | ExprKind::Arith(..) | ExprKind::Cast(_) => true,
        ExprKind::Std(key, _) => matches!(*key, "slice.len" | "slice.is_empty"),
        _ => false,
    };
    let mut all = own;
    crate::tir_walk::children(e, &mut |child| all &= is_repeatable(child));
    all
}

impl Fcx<'_, '_> {
    /// The list of a method call, if it is a place.
    fn list_place(&mut self, it: &syn::ExprMethodCall) -> R<Option<(Expr, Ty)>> {
        let receiver = self.check(&it.receiver, &Expect::Nothing)?;
        let base = self.peel(receiver);
        let (Ty::Slice(elem) | Ty::Array(elem, _) | Ty::Vec(elem)) = self.shallow(&base.ty) else { return Ok(None) };
        Ok((super::coerce::is_place(&base) && is_repeatable(&base)).then_some((base, *elem)))
    }

    fn length_of(&self, list: &Expr, elem: &Ty) -> Expr {
        let slice = Ty::Ref(false, Box::new(Ty::Slice(Box::new(elem.clone()))));
        let span = list.span;
        let view = self.expr(ExprKind::Borrow(false, list.clone()), slice, span);
        self.expr(ExprKind::Std("slice.len", vec![view]), Ty::Int(IntTy::Usize), span)
    }

    /// Binds a value to a new local by a condition that holds.
    fn named_by_condition(&mut self, value: Expr) -> (Expr, Expr) {
        let span = value.span;
        let local = self.new_local("_value", value.ty.clone(), false, span);
        let kind = PatKind::Bind { local, by_ref: None, sub: None };
        let pat = Pat { kind: Box::new(kind), ty: value.ty.clone(), span };
        (self.expr(ExprKind::Let(pat, value), Ty::Bool, span), self.local_value(local, span))
    }

    fn element_mut(&mut self, e: &syn::Expr) -> R<Option<Element>> {
        let E::MethodCall(it) = plain(e) else { return Ok(None) };
        let name = plain_name(&it.method);
        let args: Vec<&syn::Expr> = it.args.iter().collect();
        let index = match (name.as_str(), args.as_slice()) {
            ("get_mut", [index]) if !matches!(plain(index), E::Range(_)) => Some(*index),
            ("first_mut" | "last_mut", []) => None,
            _ => return Ok(None),
        };
        let span = self.span(it);
        let usize_ty = Ty::Int(IntTy::Usize);
        let Some((list, elem)) = self.list_place(it)? else { return Ok(None) };
        self.no_effects("a call that gives a `&mut`", span)?;
        let len = self.length_of(&list, &elem);
        let mut condition = None;
        let (at, guard) = match index {
            Some(index) => {
                let value = self.check_to(index, &usize_ty)?;
                let (named, at) = self.named_by_condition(value);
                condition = Some(named);
                let guard = self.expr(ExprKind::Cmp(CmpOp::Lt, at.clone(), len), Ty::Bool, span);
                (at, guard)
            }
            None => {
                let zero = self.int_value(0, usize_ty.clone(), span);
                let guard = self.expr(ExprKind::Cmp(CmpOp::Lt, zero.clone(), len.clone()), Ty::Bool, span);
                let at = match name.as_str() {
                    "first_mut" => zero,
                    _ => {
                        let one = self.int_value(1, usize_ty.clone(), span);
                        self.expr(ExprKind::Arith(ArithOp::Sub, len, one), usize_ty, span)
                    }
                };
                (at, guard)
            }
        };
        let place = self.expr(ExprKind::Index(list, at), elem, span);
        Ok(Some(Element { index: condition, guard, place }))
    }

    /// `let Some(x) = v.get_mut(i)` as a condition, `x` being a name for the element.
    pub(super) fn element_condition(&mut self, pat: &syn::Pat, e: &syn::Expr, span: Span) -> R<Option<Expr>> {
        let Some(name) = named_in_some(pat) else { return Ok(None) };
        let Some(element) = self.element_mut(e)? else { return Ok(None) };
        let elem = element.place.ty.clone();
        let local = self.name_of_mut(name, &elem);
        let kind = PatKind::Bind { local, by_ref: Some(true), sub: None };
        let pat = Pat { kind: Box::new(kind), ty: elem, span };
        let bound = self.expr(ExprKind::Let(pat, element.place), Ty::Bool, span);
        let there = match element.index {
            Some(index) => self.expr(ExprKind::And(index, element.guard), Ty::Bool, span),
            None => element.guard,
        };
        Ok(Some(self.expr(ExprKind::And(there, bound), Ty::Bool, span)))
    }

    fn name_of_mut(&mut self, name: &syn::PatIdent, elem: &Ty) -> LocalId {
        let text = plain_name(&name.ident);
        let ty = Ty::Ref(true, Box::new(elem.clone()));
        let span = self.span(name);
        let local = self.new_local(&text, ty, name.mutability.is_some(), span);
        self.bind(&text, Binding::Local(local));
        local
    }

    /// `match v.get_mut(i) { Some(x) => …, None => … }` as an `if`.
    pub(super) fn element_match(&mut self, it: &syn::ExprMatch, expect: &Expect, span: Span) -> R<Option<Expr>> {
        let [a, b] = it.arms.iter().collect::<Vec<_>>()[..] else { return Ok(None) };
        if a.guard.is_some() || b.guard.is_some() {
            return Ok(None);
        }
        let (some, none) = match (named_in_some(&a.pat), named_in_some(&b.pat)) {
            (Some(_), None) if is_none(&b.pat) => (a, b),
            // `_` first would take all.
            (None, Some(_)) if is_none(&a.pat) && !matches!(a.pat, syn::Pat::Wild(_)) => (b, a),
            _ => return Ok(None),
        };
        let parts = self.scoped(|cx| {
            let Some(cond) = cx.element_condition(&some.pat, &it.expr, span)? else { return Ok(None) };
            Ok(Some((cond, cx.check(&some.body, expect)?)))
        })?;
        let Some((cond, then)) = parts else { return Ok(None) };
        let expect = self.branch_expect(expect, &then);
        let els = self.check(&none.body, &expect)?;
        let (mut branches, ty) = self.join(vec![then, els])?;
        match (branches.pop(), branches.pop()) {
            (Some(els), Some(then)) => Ok(Some(self.expr(ExprKind::If(cond, then, els), ty, span))),
            _ => Ok(None),
        }
    }

    /// `v.get_mut(i).unwrap()`: an element that is not there panics, as indexing does.
    pub(super) fn element_unwrapped(&mut self, it: &syn::ExprMethodCall, span: Span) -> R<Option<Expr>> {
        let fits = match (plain_name(&it.method).as_str(), it.args.len()) {
            ("unwrap", 0) => true,
            ("expect", 1) => matches!(&it.args[0], E::Lit(_)),
            _ => false,
        };
        if !fits {
            return Ok(None);
        }
        let Some(element) = self.element_mut(&it.receiver)? else { return Ok(None) };
        let place = match (element.index, *element.place.kind) {
            // Here the index has one use: its value stands in its place.
            (Some(Expr { kind, .. }), ExprKind::Index(list, _)) => match *kind {
                ExprKind::Let(_, index) => self.expr(ExprKind::Index(list, index), element.place.ty, span),
                _ => return Ok(None),
            },
            (_, kind) => self.expr(kind, element.place.ty, span),
        };
        Ok(Some(self.borrow(true, place)))
    }

    /// `*v.get_mut(i)? = e` and `*v.get_mut(i).ok_or(error)? = e`: the value, then the index, then the way out or the assignment.
    pub(super) fn element_assigned(&mut self, it: &syn::ExprAssign, span: Span) -> R<Option<Expr>> {
        let E::Unary(left) = plain(&it.left) else { return Ok(None) };
        let (syn::UnOp::Deref(_), E::Try(tried)) = (&left.op, plain(&left.expr)) else { return Ok(None) };
        let E::MethodCall(call) = plain(&tried.expr) else { return Ok(None) };
        let (found, error) = match (plain_name(&call.method).as_str(), call.args.len()) {
            ("ok_or" | "ok_or_else", 1) => (&*call.receiver, Some(&call.args[0])),
            _ => (&*tried.expr, None),
        };
        let Some(element) = self.element_mut(found)? else { return Ok(None) };
        if self.no_return {
            return refuse("H0207", span, "`?` inside a closure");
        }
        let ret = self.shallow(&self.ret.clone());
        let value = self.check_to(&it.right, &element.place.ty)?;
        let (stmt, value) = self.named(value);
        let mut stmts = vec![stmt];
        if let Some(Expr { kind, .. }) = element.index
            && let ExprKind::Let(pat, index) = *kind
        {
            stmts.push(Stmt::Let { pat, init: Some(index), els: None });
        }
        let leave = match (error, &ret) {
            (None, Ty::Adt(AdtId::OPTION, _)) => self.construct(AdtId::OPTION, 0, vec![], ret.clone(), span),
            (Some(error), Ty::Adt(AdtId::RESULT, args)) => {
                let wanted = args[1].clone();
                let error = match call.method == "ok_or" {
                    // It is evaluated whether it is needed or not.
                    true => {
                        let error = self.check(error, &Expect::Nothing)?;
                        let (stmt, error) = self.named(error);
                        stmts.push(stmt);
                        error
                    }
                    false => self.apply(error, vec![], &Expect::Nothing, span)?,
                };
                let error = self.question_error(error, &wanted, span)?;
                self.construct(AdtId::RESULT, 1, vec![error], ret.clone(), span)
            }
            (_, ret) => {
                let message = format!("this `?` in a function that returns `{}`", self.shown(ret));
                return refuse("H0212", span, message);
            }
        };
        let missing = self.expr(ExprKind::Not(element.guard), Ty::Bool, span);
        let leave = self.expr(ExprKind::Return(Some(leave)), Ty::unit(), span);
        let unit = self.unit_value(span);
        stmts.push(Stmt::Expr(self.expr(ExprKind::If(missing, leave, unit), Ty::unit(), span)));
        stmts.push(Stmt::Expr(self.expr(ExprKind::Assign(element.place, value), Ty::unit(), span)));
        Ok(Some(self.expr(ExprKind::Block { label: None, stmts, tail: None }, Ty::unit(), span)))
    }

    /// `let (a, b) = v.split_at_mut(n);` and `let Some(x) = v.get_mut(i) else { … };`: statements that name the places.
    pub(super) fn named_parts(&mut self, local: &syn::Local) -> R<Option<Vec<Stmt>>> {
        let Some(init) = &local.init else { return Ok(None) };
        let span = self.span(local);
        match (&local.pat, &init.diverge) {
            (syn::Pat::Tuple(pat), None) => {
                let E::MethodCall(it) = plain(&init.expr) else { return Ok(None) };
                let names: Vec<Option<&syn::PatIdent>> = pat
                    .elems
                    .iter()
                    .map(|p| match p {
                        syn::Pat::Ident(it) if it.by_ref.is_none() && it.subpat.is_none() => Some(it),
                        _ => None,
                    })
                    .collect();
                let ([Some(first), Some(second)], true, 1) =
                    (names.as_slice(), it.method == "split_at_mut", it.args.len())
                else {
                    return Ok(None);
                };
                let Some((list, elem)) = self.list_place(it)? else { return Ok(None) };
                self.no_effects("a call that gives a `&mut`", span)?;
                let mid = self.check_to(&it.args[0], &Ty::Int(IntTy::Usize))?;
                let (stmt, mid) = self.named(mid);
                let slice = Ty::Slice(Box::new(elem));
                let mut stmts = vec![stmt];
                for (name, lo, hi) in [(first, None, Some(mid.clone())), (second, Some(mid), None)] {
                    let kind = ExprKind::SliceRange { base: list.clone(), lo, hi, inclusive: false };
                    let part = self.expr(kind, slice.clone(), span);
                    stmts.push(self.let_mut(name, part));
                }
                Ok(Some(stmts))
            }
            (pat, Some((_, els))) => {
                let Some(name) = named_in_some(pat) else { return Ok(None) };
                let Some(element) = self.element_mut(&init.expr)? else { return Ok(None) };
                let els_span = self.span(els);
                let els = self.check(els, &Expect::Nothing)?;
                if els.ty != Ty::Never {
                    return refuse("H0202", els_span, "the `else` of a `let` must diverge");
                }
                let mut stmts = vec![];
                if let Some(Expr { kind, .. }) = element.index
                    && let ExprKind::Let(pat, index) = *kind
                {
                    stmts.push(Stmt::Let { pat, init: Some(index), els: None });
                }
                let missing = self.expr(ExprKind::Not(element.guard), Ty::Bool, span);
                let els = self.coerce(els, &Ty::unit())?;
                let unit = self.unit_value(span);
                stmts.push(Stmt::Expr(self.expr(ExprKind::If(missing, els, unit), Ty::unit(), span)));
                stmts.push(self.let_mut(name, element.place));
                Ok(Some(stmts))
            }
            _ => Ok(None),
        }
    }

    /// `let name = &mut place;`
    fn let_mut(&mut self, name: &syn::PatIdent, place: Expr) -> Stmt {
        let elem = place.ty.clone();
        let value = self.borrow(true, place);
        let local = self.name_of_mut(name, &elem);
        let kind = PatKind::Bind { local, by_ref: None, sub: None };
        let pat = Pat { kind: Box::new(kind), ty: value.ty.clone(), span: value.span };
        Stmt::Let { pat, init: Some(value), els: None }
    }
}
