//! Methods of std that are written out in other nodes: `clone`, `into`, `cmp`, and those of `Option` and `Result` that
//! take closures.

use syn::Expr as E;

use super::{Expect, Fcx};
use crate::resolve::{R, refuse};
use crate::span::Span;
use crate::tir::*;

impl Fcx<'_, '_> {
    /// A method that is no item of the table; `None` if it is not known.
    pub(super) fn known_method(
        &mut self,
        receiver: Expr,
        name: &str,
        args: &[&syn::Expr],
        expect: &Expect,
        span: Span,
    ) -> R<Option<Expr>> {
        let peeled = self.shallow(receiver.ty.peel());
        let peeled = self.shallow(peeled.peel());
        let out = match (name, args) {
            ("clone", []) => {
                // On `&&T` this copies the outer reference's target.
                let value =
                    if matches!(self.shallow(&receiver.ty), Ty::Ref(..)) { self.deref(receiver) } else { receiver };
                let ty = value.ty.clone();
                self.expr(ExprKind::Copy(value), ty, span)
            }
            ("to_owned", []) => {
                let value = self.peel(receiver);
                match self.shallow(&value.ty) {
                    Ty::Slice(elem) => {
                        let value = self.borrow(false, value);
                        self.expr(ExprKind::Std("slice.to_vec", vec![value]), Ty::Vec(elem), span)
                    }
                    ty => self.expr(ExprKind::Copy(value), ty, span),
                }
            }
            ("as_slice" | "as_ref" | "as_mut_slice", []) if matches!(peeled, Ty::Vec(_) | Ty::Array(..)) => {
                let mutable = name == "as_mut_slice";
                if mutable {
                    self.no_effects("`as_mut_slice`", span)?;
                }
                let (Ty::Vec(elem) | Ty::Array(elem, _)) = &peeled else { return Ok(None) };
                let place = self.peel(receiver);
                let ty = Ty::Ref(mutable, Box::new(Ty::Slice(elem.clone())));
                self.expr(ExprKind::Borrow(mutable, place), ty, span)
            }
            ("into", []) => match expect.ty() {
                Some(target) => {
                    let target = target.clone();
                    let from = self.shallow(&receiver.ty);
                    let mut fits = self.functions_of(&target, "from", Some("From"));
                    fits.retain(|i| {
                        self.krate.signature(*i).is_ok_and(|s| s.params.first().is_some_and(|p| p.ty == from))
                    });
                    if let [index] = fits.as_slice() {
                        let args = [super::calls::Arg::Ready(receiver)];
                        return self.call_fn(*index, &[], &args, Some(&target), span).map(Some);
                    }
                    self.convert(receiver, &target, span)?
                }
                None => return self.unknown_type(span),
            },
            ("try_into", []) => {
                let target = match expect.ty().map(|t| self.shallow(t)) {
                    Some(Ty::Adt(AdtId::RESULT, args)) => args[0].clone(),
                    _ => self.fresh(),
                };
                self.try_convert(receiver, &target, span)?
            }
            ("cmp" | "partial_cmp", [other]) => {
                let left = self.peel(receiver);
                let right = self.check(other, &Expect::Nothing)?;
                let right = self.peel(right);
                self.equate(&right.ty, &left.ty, right.span)?;
                if self.compares_by_hand(&left.ty, &mut vec![]) {
                    return refuse("H0227", span, format!("`{name}` on `{}`", self.shown(&left.ty)));
                }
                let value = self.three_way(left, right, span)?;
                match name {
                    "cmp" => value,
                    _ => {
                        let ty = Ty::option(value.ty.clone());
                        self.construct(AdtId::OPTION, 1, vec![value], ty, span)
                    }
                }
            }
            ("eq" | "ne" | "lt" | "le" | "gt" | "ge", [other]) => {
                let right = self.check(other, &Expect::Nothing)?;
                let op = match name {
                    "eq" => CmpOp::Eq,
                    "ne" => CmpOp::Ne,
                    "lt" => CmpOp::Lt,
                    "le" => CmpOp::Le,
                    "gt" => CmpOp::Gt,
                    _ => CmpOp::Ge,
                };
                self.compare(op, receiver, right, span)?
            }
            _ => match peeled {
                Ty::Adt(AdtId::ORDERING, _) => return self.ordering_method(receiver, name, args, span),
                Ty::Adt(AdtId::OPTION, _) => return self.option_method(receiver, name, args, span),
                Ty::Adt(AdtId::RESULT, _) => return self.result_method(receiver, name, args, span),
                _ => return Ok(None),
            },
        };
        Ok(Some(out))
    }

    /// Binds a value to a new local: the statement, and the local's value.
    pub(super) fn named(&mut self, value: Expr) -> (Stmt, Expr) {
        let span = value.span;
        let local = self.new_local("_value", value.ty.clone(), false, span);
        let kind = PatKind::Bind { local, by_ref: None, sub: None };
        let pat = Pat { kind: Box::new(kind), ty: value.ty.clone(), span };
        (Stmt::Let { pat, init: Some(value), els: None }, self.local_value(local, span))
    }

    fn ordering(&self, variant: usize, span: Span) -> Expr {
        self.construct(AdtId::ORDERING, variant, vec![], Ty::Adt(AdtId::ORDERING, vec![]), span)
    }

    /// `left.cmp(&right)`.
    fn three_way(&mut self, left: Expr, right: Expr, span: Span) -> R<Expr> {
        let (first, a) = self.named(left);
        let (second, b) = self.named(right);
        let less = self.compare(CmpOp::Lt, a.clone(), b.clone(), span)?;
        let equal = self.compare(CmpOp::Eq, a, b, span)?;
        let ty = Ty::Adt(AdtId::ORDERING, vec![]);
        let kind = ExprKind::If(equal, self.ordering(1, span), self.ordering(2, span));
        let rest = self.expr(kind, ty.clone(), span);
        let tail = self.expr(ExprKind::If(less, self.ordering(0, span), rest), ty.clone(), span);
        Ok(self.expr(ExprKind::Block { label: None, stmts: vec![first, second], tail: Some(tail) }, ty, span))
    }

    fn ordering_method(&mut self, receiver: Expr, name: &str, args: &[&syn::Expr], span: Span) -> R<Option<Expr>> {
        let value = self.peel(receiver);
        let ty = value.ty.clone();
        // What becomes of Less, Equal, Greater.
        let answers = match (name, args) {
            ("is_lt", []) => [true, false, false],
            ("is_le", []) => [true, true, false],
            ("is_gt", []) => [false, false, true],
            ("is_ge", []) => [false, true, true],
            ("is_eq", []) => [false, true, false],
            ("is_ne", []) => [true, false, true],
            ("then" | "then_with", [other]) => {
                // The argument of `then` is evaluated in any case.
                let (mut stmts, value) = match name {
                    "then" if !super::coerce::is_place(&value) => {
                        let (stmt, value) = self.named(value);
                        (vec![stmt], value)
                    }
                    _ => (vec![], value),
                };
                let next = match name {
                    "then" => {
                        let next = self.check_to(other, &ty)?;
                        let (stmt, next) = self.named(next);
                        stmts.push(stmt);
                        next
                    }
                    _ => self.apply(other, vec![], &Expect::Coerce(ty.clone()), span)?,
                };
                let mut arms = Vec::new();
                for v in 0..3 {
                    let body = if v == 1 { next.clone() } else { self.ordering(v, span) };
                    let pat = self.variant_pat(&ty, AdtId::ORDERING, v, vec![], span);
                    arms.push(Arm { pat, guard: None, body });
                }
                let out = self.expr(ExprKind::Match(value, arms), ty.clone(), span);
                return Ok(Some(self.expr(ExprKind::Block { label: None, stmts, tail: Some(out) }, ty, span)));
            }
            ("reverse", []) => {
                let arms = (0..3)
                    .map(|v| Arm {
                        pat: self.variant_pat(&ty, AdtId::ORDERING, v, vec![], span),
                        guard: None,
                        body: self.ordering(2 - v, span),
                    })
                    .collect();
                return Ok(Some(self.expr(ExprKind::Match(value, arms), ty, span)));
            }
            _ => return Ok(None),
        };
        let arms = (0..3)
            .map(|v| Arm {
                pat: self.variant_pat(&ty, AdtId::ORDERING, v, vec![], span),
                guard: None,
                body: self.bool_value(answers[v], span),
            })
            .collect();
        Ok(Some(self.expr(ExprKind::Match(value, arms), Ty::Bool, span)))
    }

    /// A closure (or function name) applied to values, written out in place.
    pub(super) fn apply(&mut self, f: &syn::Expr, args: Vec<Expr>, expect: &Expect, span: Span) -> R<Expr> {
        if let Some(index) = self.closure_named(f) {
            let args = args.into_iter().map(super::calls::Arg::Ready).collect();
            return self.call_closure(index, args, expect, span);
        }
        match f {
            E::Paren(it) => self.apply(&it.expr, args, expect, span),
            E::Closure(closure) if closure.inputs.len() == args.len() => self.scoped(|cx| {
                let mut stmts = Vec::new();
                for (pat, value) in closure.inputs.iter().zip(args) {
                    let (pat, ty) = match pat {
                        syn::Pat::Type(it) => (&*it.pat, Some(cx.lower_ty(&it.ty)?)),
                        pat => (pat, None),
                    };
                    if let Some(ty) = ty {
                        cx.equate(&value.ty, &ty, value.span)?;
                    }
                    let pat = cx.pattern(pat, &value.ty.clone())?;
                    stmts.push(Stmt::Let { pat, init: Some(value), els: None });
                }
                let before = std::mem::replace(&mut cx.no_return, true);
                // A closure cannot leave the loops around it.
                let frames = std::mem::take(&mut cx.frames);
                let body = cx.check(&closure.body, expect);
                cx.frames = frames;
                cx.no_return = before;
                let body = body?;
                if stmts.is_empty() {
                    return Ok(body);
                }
                let ty = body.ty.clone();
                Ok(cx.expr(ExprKind::Block { label: None, stmts, tail: Some(body) }, ty, span))
            }),
            E::Path(path) => {
                let value = match self.callee(path, span)? {
                    super::calls::Callee::Fn { index, args: written } => {
                        let args: Vec<_> = args.into_iter().map(super::calls::Arg::Ready).collect();
                        self.call_fn(index, &written, &args, None, span)?
                    }
                    super::calls::Callee::Variant { adt, variant, args: types } => {
                        let ty = Ty::Adt(adt, types);
                        let fields = self.field_types(adt, variant, &ty, span)?;
                        if fields.len() != args.len() {
                            return refuse("H0207", span, "this function value");
                        }
                        let mut values = Vec::new();
                        for (arg, field) in args.into_iter().zip(&fields) {
                            values.push(self.coerce(arg, &field.1)?);
                        }
                        self.construct(adt, variant, values, ty, span)
                    }
                    super::calls::Callee::Assoc { ty, name, .. } if name == "from" && args.len() == 1 => {
                        let Some(value) = args.into_iter().next() else { return self.unknown_type(span) };
                        self.convert(value, &ty, span)?
                    }
                    _ => return refuse("H0207", span, "this function value"),
                };
                self.finish_expect(value, expect)
            }
            _ => refuse("H0207", span, "this function value"),
        }
    }

    pub(super) fn some(&self, value: Expr, span: Span) -> Expr {
        let ty = Ty::option(value.ty.clone());
        self.construct(AdtId::OPTION, 1, vec![value], ty, span)
    }
    pub(super) fn none(&self, ty: Ty, span: Span) -> Expr {
        self.construct(AdtId::OPTION, 0, vec![], ty, span)
    }

    fn option_method(&mut self, receiver: Expr, name: &str, args: &[&syn::Expr], span: Span) -> R<Option<Expr>> {
        let value = self.peel(receiver);
        let ty = self.shallow(&value.ty);
        let Ty::Adt(_, params) = &ty else { return Ok(None) };
        let inner = params[0].clone();
        if matches!((name, args), ("take", []) | ("replace", [_])) {
            self.no_effects("a call that changes its receiver", span)?;
            let new = match args {
                [e] => {
                    let new = self.check_to(e, &inner)?;
                    self.some(new, span)
                }
                _ => self.none(ty.clone(), span),
            };
            let place = self.expr(ExprKind::Borrow(true, value), Ty::Ref(true, Box::new(ty.clone())), span);
            return Ok(Some(self.expr(ExprKind::Std("mem.replace", vec![place, new]), ty, span)));
        }
        if matches!((name, args), ("as_ref", [])) {
            let local_ty = Ty::Ref(false, Box::new(inner.clone()));
            let local = self.new_local("_value", local_ty.clone(), false, span);
            let kind = PatKind::Bind { local, by_ref: Some(false), sub: None };
            let bound = Pat { kind: Box::new(kind), ty: inner, span };
            let read = self.local_value(local, span);
            let some = Arm {
                pat: self.variant_pat(&ty, AdtId::OPTION, 1, vec![bound], span),
                guard: None,
                body: self.some(read, span),
            };
            let out = Ty::option(local_ty);
            let none = Arm {
                pat: self.variant_pat(&ty, AdtId::OPTION, 0, vec![], span),
                guard: None,
                body: self.none(out.clone(), span),
            };
            return Ok(Some(self.expr(ExprKind::Match(value, vec![some, none]), out, span)));
        }
        // Arguments that are values are evaluated before the receiver is looked at.
        let mut before = Vec::new();
        let (some_pat, read) = self.bound_variant(&ty, AdtId::OPTION, 1, &inner, span);
        let (in_some, in_none) = match (name, args) {
            ("copied" | "cloned", []) => {
                let read = self.deref(read);
                let read = match name {
                    "cloned" => {
                        let ty = read.ty.clone();
                        self.expr(ExprKind::Copy(read), ty, span)
                    }
                    _ => read,
                };
                let out = self.some(read, span);
                let none = self.none(out.ty.clone(), span);
                (out, none)
            }
            ("unwrap_unchecked", []) => {
                let undefined = self.undefined(inner, span);
                (read, undefined)
            }
            ("unwrap_or_default", []) => {
                let default = self.default_value(&inner, span)?;
                (read, default)
            }
            ("unwrap_or_else", [f]) => {
                let other = self.apply(f, vec![], &Expect::Coerce(inner), span)?;
                (read, other)
            }
            ("map", [f]) => {
                let mapped = self.apply(f, vec![read], &Expect::Nothing, span)?;
                let out = self.some(mapped, span);
                let none = self.none(out.ty.clone(), span);
                (out, none)
            }
            ("and_then", [f]) => {
                let out = self.apply(f, vec![read], &Expect::Nothing, span)?;
                let none = self.none(out.ty.clone(), span);
                (out, none)
            }
            ("map_or", [default, f]) => {
                let default = self.check(default, &Expect::Nothing)?;
                let (stmt, default) = self.named(default);
                before.push(stmt);
                let out = self.apply(f, vec![read], &Expect::Coerce(default.ty.clone()), span)?;
                (out, default)
            }
            ("is_some_and", [f]) => {
                let out = self.apply(f, vec![read], &Expect::Coerce(Ty::Bool), span)?;
                (out, self.bool_value(false, span))
            }
            ("is_none_or", [f]) => {
                let out = self.apply(f, vec![read], &Expect::Coerce(Ty::Bool), span)?;
                (out, self.bool_value(true, span))
            }
            ("or_else", [f]) => {
                let other = self.apply(f, vec![], &Expect::Coerce(ty.clone()), span)?;
                (self.some(read, span), other)
            }
            ("filter", [f]) => {
                let seen = self.borrow(false, read.clone());
                let keep = self.apply(f, vec![seen], &Expect::Coerce(Ty::Bool), span)?;
                let none = self.none(ty.clone(), span);
                let kept = self.some(read, span);
                (self.expr(ExprKind::If(keep, kept, none.clone()), ty.clone(), span), none)
            }
            ("map_or_else", [default, f]) => {
                let other = self.apply(default, vec![], &Expect::Nothing, span)?;
                let out = self.apply(f, vec![read], &Expect::Coerce(other.ty.clone()), span)?;
                (out, other)
            }
            ("and", [other]) => {
                let other = self.check(other, &Expect::Nothing)?;
                let (stmt, other) = self.named(other);
                before.push(stmt);
                let none = self.none(other.ty.clone(), span);
                (other, none)
            }
            ("ok_or_else", [f]) => {
                let error = self.apply(f, vec![], &Expect::Nothing, span)?;
                let out = Ty::Adt(AdtId::RESULT, vec![inner, error.ty.clone()]);
                let ok = self.construct(AdtId::RESULT, 0, vec![read], out.clone(), span);
                (ok, self.construct(AdtId::RESULT, 1, vec![error], out, span))
            }
            ("flatten", []) if matches!(self.shallow(&inner), Ty::Adt(AdtId::OPTION, _)) => {
                let none = self.none(inner, span);
                (read, none)
            }
            ("or", [other]) => {
                let other = self.check_to(other, &ty)?;
                let (stmt, other) = self.named(other);
                before.push(stmt);
                (self.some(read, span), other)
            }
            _ => return Ok(None),
        };
        self.two_arms(value, before, (some_pat, in_some), (AdtId::OPTION, 0, None, in_none), span).map(Some)
    }

    /// A match on two variants; values that Rust evaluates first are bound before it.
    fn two_arms(
        &mut self,
        value: Expr,
        mut before: Vec<Stmt>,
        first: (Pat, Expr),
        second: (AdtId, usize, Option<Pat>, Expr),
        span: Span,
    ) -> R<Expr> {
        let ty = value.ty.clone();
        let (adt, variant, field, other) = second;
        let other_pat = self.variant_pat(&ty, adt, variant, field.into_iter().collect(), span);
        let out = if first.1.ty == Ty::Never { other.ty.clone() } else { first.1.ty.clone() };
        let one = self.coerce(first.1, &out)?;
        let other = self.coerce(other, &out)?;
        let arms = vec![Arm { pat: first.0, guard: None, body: one }, Arm { pat: other_pat, guard: None, body: other }];
        if before.is_empty() {
            return Ok(self.expr(ExprKind::Match(value, arms), out, span));
        }
        // The receiver comes first of all; a place stays a place.
        let value = match super::coerce::is_place(&value) {
            true => value,
            false => {
                let (stmt, value) = self.named(value);
                before.insert(0, stmt);
                value
            }
        };
        let tail = self.expr(ExprKind::Match(value, arms), out.clone(), span);
        Ok(self.expr(ExprKind::Block { label: None, stmts: before, tail: Some(tail) }, out, span))
    }

    fn result_method(&mut self, receiver: Expr, name: &str, args: &[&syn::Expr], span: Span) -> R<Option<Expr>> {
        let value = self.peel(receiver);
        let ty = self.shallow(&value.ty);
        let Ty::Adt(_, params) = &ty else { return Ok(None) };
        let (ok, err) = (params[0].clone(), params[1].clone());
        let (ok_pat, ok_read) = self.bound_variant(&ty, AdtId::RESULT, 0, &ok, span);
        let (err_pat, err_read) = self.bound_variant(&ty, AdtId::RESULT, 1, &err, span);
        let result = |a: &Ty, b: &Ty| Ty::Adt(AdtId::RESULT, vec![a.clone(), b.clone()]);
        let mut before = Vec::new();
        let (in_ok, in_err) = match (name, args) {
            ("map", [f]) => {
                let mapped = self.apply(f, vec![ok_read], &Expect::Nothing, span)?;
                let out = result(&mapped.ty, &err);
                let in_ok = self.construct(AdtId::RESULT, 0, vec![mapped], out.clone(), span);
                (in_ok, self.construct(AdtId::RESULT, 1, vec![err_read], out, span))
            }
            ("map_err", [f]) => {
                let mapped = self.apply(f, vec![err_read], &Expect::Nothing, span)?;
                let out = result(&ok, &mapped.ty);
                let in_ok = self.construct(AdtId::RESULT, 0, vec![ok_read], out.clone(), span);
                (in_ok, self.construct(AdtId::RESULT, 1, vec![mapped], out, span))
            }
            ("and_then", [f]) => {
                let out = self.apply(f, vec![ok_read], &Expect::Nothing, span)?;
                let in_err = self.construct(AdtId::RESULT, 1, vec![err_read], out.ty.clone(), span);
                (out, in_err)
            }
            ("unwrap_unchecked", []) => {
                let undefined = self.undefined(ok, span);
                (ok_read, undefined)
            }
            ("unwrap_or_default", []) => {
                let default = self.default_value(&ok, span)?;
                (ok_read, default)
            }
            ("unwrap_or_else", [f]) => {
                let other = self.apply(f, vec![err_read], &Expect::Coerce(ok), span)?;
                (ok_read, other)
            }
            ("map_or", [default, f]) => {
                let default = self.check(default, &Expect::Nothing)?;
                let (stmt, default) = self.named(default);
                before.push(stmt);
                let out = self.apply(f, vec![ok_read], &Expect::Coerce(default.ty.clone()), span)?;
                (out, default)
            }
            ("map_or_else", [default, f]) => {
                let other = self.apply(default, vec![err_read], &Expect::Nothing, span)?;
                let out = self.apply(f, vec![ok_read], &Expect::Coerce(other.ty.clone()), span)?;
                (out, other)
            }
            ("or_else", [f]) => {
                let other = self.apply(f, vec![err_read], &Expect::Nothing, span)?;
                let in_ok = self.construct(AdtId::RESULT, 0, vec![ok_read], other.ty.clone(), span);
                (in_ok, other)
            }
            ("is_err_and", [f]) => {
                let out = self.apply(f, vec![err_read], &Expect::Coerce(Ty::Bool), span)?;
                (self.bool_value(false, span), out)
            }
            ("is_ok_and", [f]) => {
                let out = self.apply(f, vec![ok_read], &Expect::Coerce(Ty::Bool), span)?;
                (out, self.bool_value(false, span))
            }
            _ => return Ok(None),
        };
        let Some(Pat { kind, .. }) = Some(err_pat) else { return Ok(None) };
        let field = match *kind {
            PatKind::Variant { mut fields, .. } => fields.pop(),
            _ => None,
        };
        self.two_arms(value, before, (ok_pat, in_ok), (AdtId::RESULT, 1, field, in_err), span).map(Some)
    }
}
