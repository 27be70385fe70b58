//! Method calls: autoderef and autoref over the crate's methods and the table of std items; conversions.

use syn::Expr as E;

use super::calls::{Arg, head_name};
use super::{Expect, Fcx};
use crate::crate_loader::plain_name;
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::std_table::{self, Names, Receiver, StdOp, StdTy};
use crate::tir::*;

/// What is said of an iterator that is not used up where it is made.
const AS_VALUE: &str = "an iterator as a value";
/// What is said of a method of one that is not known.
const OF_ITERATOR: &str = " of an iterator";

impl Fcx<'_, '_> {
    pub(super) fn method_call(&mut self, it: &syn::ExprMethodCall, expect: &Expect, span: Span) -> R<Expr> {
        let name = plain_name(&it.method);
        if super::consume::is_consumer(it) && !(self.in_spec && matches!(name.as_str(), "all" | "any")) {
            return self.consumer(it, expect, span);
        }
        if matches!(name.as_str(), "all" | "any") && it.args.len() == 1 {
            return self.iterator_condition(name == "all", &it.receiver, &it.args[0], span);
        }
        let mut receiver = &*it.receiver;
        while let E::Paren(inner) = receiver {
            receiver = &inner.expr;
        }
        if let (E::Range(range), "contains", 1) = (receiver, name.as_str(), it.args.len()) {
            return self.range_contains(range, &it.args[0], span);
        }
        if let Some(named) = self.element_unwrapped(it, span)? {
            return Ok(named);
        }
        let wanted = self.wanted_of_receiver(it, &name, expect);
        let receiver = match self.check(&it.receiver, &wanted) {
            // What is not known is this method, not that an iterator begins where it does.
            Err(found)
                if super::chain::is_chain(&it.receiver)
                    && (found.message == AS_VALUE || found.message.ends_with(OF_ITERATOR)) =>
            {
                return refuse_help("H0211", span, format!("`{name}`{OF_ITERATOR}"), "write the loop");
            }
            receiver => receiver?,
        };
        let mut written = Vec::new();
        for arg in it.turbofish.iter().flat_map(|t| &t.args) {
            match arg {
                syn::GenericArgument::Type(ty) => written.push(self.lower_ty(ty)?),
                syn::GenericArgument::Lifetime(_) => {}
                other => match crate::resolve::constant(other) {
                    Some(constant) => written.push(constant),
                    None => return refuse("H0309", self.span(other), "this kind of generic argument"),
                },
            }
        }
        let args: Vec<&syn::Expr> = it.args.iter().collect();
        self.method_on(receiver, &name, &written, &args, expect, span)
    }

    /// A method on a receiver that is already inferred.
    pub(super) fn method_on(
        &mut self,
        receiver: Expr,
        name: &str,
        written: &[Ty],
        args: &[&syn::Expr],
        expect: &Expect,
        span: Span,
    ) -> R<Expr> {
        let original = receiver.clone();
        if *self.vars.resolve(&receiver.ty).peel() == Ty::String
            && let Some(out) = self.string_method(receiver.clone(), name, args, span)?
        {
            return Ok(out);
        }
        if name == "into" && self.is_any_text(&receiver.ty) && args.is_empty() {
            return match expect.ty().map(|t| self.shallow(t)) {
                Some(Ty::String) => self.owned_text(receiver, span),
                _ => match self.known_method(receiver, name, args, expect, span)? {
                    Some(out) => Ok(out),
                    None => self.unknown_type(span),
                },
            };
        }
        if self.is_any_text(&receiver.ty) && !self.is_only_of_crate(name) {
            return self.text_method(receiver, name, args, span);
        }
        if let Ty::Opaque(of, _) = self.vars.resolve(&receiver.ty).peel() {
            return match (name, args) {
                ("clone", []) if crate::opaque::is_its_clone(of) => {
                    let value = self.peel(receiver);
                    let ty = value.ty.clone();
                    Ok(self.expr(ExprKind::Copy(value), ty, span))
                }
                _ => {
                    let shown = self.shown(&original.ty);
                    refuse("H0313", span, format!("the method `{name}` of `{shown}`"))
                }
            };
        }
        let mut at = receiver;
        loop {
            let ty = self.shallow(&at.ty);
            if self.vars.is_free_int(&ty) {
                // Rust, too, looks up methods of traits on a number whose type is still open.
                let found = match name {
                    "max" | "min" | "clamp" => self.std_method_of("I", &at, &ty, name, args, span)?,
                    "cmp" | "partial_cmp" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "clone" => {
                        self.known_method(at, name, args, expect, span)?
                    }
                    _ => None,
                };
                return match found {
                    Some(out) => Ok(out),
                    None => self.unknown_type(original.span),
                };
            }
            if self.vars.is_free(&ty) {
                return self.unknown_type(original.span);
            }
            if let Ty::Param(param) = &ty
                && self.may_be_foreign(param, name)
            {
                return refuse("H0206", span, format!("the method `{name}` of the type parameter `{param}`"));
            }
            if let Some(out) = self.user_method(&at, &ty, name, written, args, span)? {
                return Ok(out);
            }
            // `get` with a range is not the table's `get`.
            let ranged = name == "get" && matches!(args, [E::Range(_)]);
            if !ranged && let Some(out) = self.std_method(&at, &ty, name, args, span)? {
                return Ok(out);
            }
            match ty {
                Ty::Ref(..) => at = self.deref(at),
                Ty::Vec(elem) | Ty::Array(elem, _) => at = self.as_slice(at, &elem),
                _ => break,
            }
        }
        if let Some(out) = self.written_out(at, name, args, span)? {
            return Ok(out);
        }
        if let Some(out) = self.known_method(original.clone(), name, args, expect, span)? {
            return Ok(out);
        }
        let ty = self.shallow(original.ty.peel());
        let shown = self.shown(&ty);
        match &ty {
            Ty::Adt(id, _) if !id.is_of_std() => {
                refuse(self.code("H0103", "H0223"), span, format!("no method `{name}` on `{shown}` is seen"))
            }
            Ty::Param(_) => refuse("H0206", span, format!("the method `{name}` of a type parameter")),
            Ty::Slice(_) | Ty::Vec(_) | Ty::Array(..)
                if matches!(name, "iter" | "iter_mut" | "into_iter" | "windows") =>
            {
                refuse_help("H0211", span, AS_VALUE, "use it up where it is made, or write the loop")
            }
            _ => refuse_help(
                "H0402",
                span,
                format!("the method `{name}` of `{shown}` is not modelled"),
                "`cargo harmonic explain H0402` lists what is",
            ),
        }
    }

    /// A method of the crate, if there is one for exactly this type.
    fn user_method(
        &mut self,
        at: &Expr,
        ty: &Ty,
        name: &str,
        written: &[Ty],
        args: &[&syn::Expr],
        span: Span,
    ) -> R<Option<Expr>> {
        self.not_by_macro(ty, name, span)?;
        let is_method = |i: &usize| matches!(self.krate.fns[*i].sig.inputs.first(), Some(syn::FnArg::Receiver(_)));
        let mut found = self.functions_of(ty, name, None);
        found.retain(is_method);
        if matches!(ty, Ty::Ref(..)) && self.in_blanket(ty, name) {
            // Of a reference Rust takes what is lent to be the type, and asks whether that meets the bounds.
            let lends = |i: &usize| match self.krate.fns[*i].sig.inputs.first() {
                Some(syn::FnArg::Receiver(r)) => r.reference.is_some(),
                _ => false,
            };
            match found.as_slice() {
                [only] if lends(only) => return Ok(None),
                _ => return refuse("H0206", span, format!("several methods `{name}` may fit")),
            }
        }
        // Rust tries receivers by value before those by reference, whoever defines them: only one kind is safe to pick from.
        let mut kinds: Vec<Option<bool>> = self
            .all_functions_of(ty, name, None)
            .iter()
            .filter_map(|(i, _)| match self.krate.fns[*i].sig.inputs.first() {
                Some(syn::FnArg::Receiver(r)) => Some(r.reference.as_ref().map(|_| r.mutability.is_some())),
                _ => None,
            })
            .collect();
        kinds.dedup();
        if kinds.len() > 1 {
            return refuse("H0206", span, format!("several methods `{name}` fit"));
        }
        let index = match found.as_slice() {
            [] => return Ok(None),
            [index] => *index,
            _ => return refuse("H0206", span, format!("several methods `{name}` fit")),
        };
        let builtin = !matches!(ty, Ty::Adt(id, _) if !id.is_of_std());
        if builtin && (is_std_method(name) || std_table::method(head_name(ty), name).is_some()) {
            let message = format!("`{name}` is also a method of `{}` itself", self.shown(ty));
            return refuse_help("H0206", span, message, "call it by its path, `<Type as Trait>::method(x)`");
        }
        let own = match self.krate.signature(index) {
            Ok(sig) => sig.params.first().map(|p| p.ty.clone()),
            Err(_) => None,
        };
        let value = at.clone();
        let receiver = match own {
            Some(Ty::Ref(mutable, _)) if !matches!(ty, Ty::Ref(..)) => {
                if mutable {
                    self.no_effects("a call that changes its receiver", span)?;
                }
                self.borrow(mutable, value)
            }
            _ => value,
        };
        let mut all = vec![Arg::Ready(receiver)];
        all.extend(args.iter().map(|a| Arg::Syntax(a)));
        self.call_fn(index, written, &all, Some(ty), span).map(Some)
    }

    /// Whether an `impl<T> Trait for T` has a function of this name.
    fn in_blanket(&self, ty: &Ty, name: &str) -> bool {
        self.krate.impls_of(ty).any(|i| {
            let own = self.krate.impls[i].functions.iter().any(|f| f.0 == name);
            let has = own || self.krate.default_function(i, name).is_some();
            has && matches!(self.krate.impl_self(i), Ok(Ty::Param(_)))
        })
    }

    /// A method of the table, if there is one for exactly this type.
    fn std_method(&mut self, at: &Expr, ty: &Ty, name: &str, args: &[&syn::Expr], span: Span) -> R<Option<Expr>> {
        self.std_method_of(head_name(ty), at, ty, name, args, span)
    }

    fn std_method_of(
        &mut self,
        head: &'static str,
        at: &Expr,
        ty: &Ty,
        name: &str,
        args: &[&syn::Expr],
        span: Span,
    ) -> R<Option<Expr>> {
        let Some(op) = std_table::method(head, name) else { return Ok(None) };
        let Receiver::Method(changes, own) = &op.receiver else { return Ok(None) };
        let mut names = Names::default();
        let own = self.std_type(own, &mut names);
        self.equate(ty, &own, span)?;
        let receiver = match (changes, ty) {
            (true, _) => {
                self.no_effects("a call that changes its receiver", span)?;
                let place = self.without_slice_view(at.clone());
                let span = place.span;
                self.expr(ExprKind::Borrow(true, place), Ty::Ref(true, Box::new(own)), span)
            }
            (false, Ty::Slice(_)) => self.borrow(false, at.clone()),
            (false, _) => at.clone(),
        };
        self.std_call(op, receiver, &mut names, args, span).map(Some)
    }

    /// `*(&v as &[T])` back to `v`, so that a borrow of it may be mutable.
    pub(super) fn without_slice_view(&self, e: Expr) -> Expr {
        match *e.kind {
            ExprKind::Deref(inner) => match *inner.kind {
                ExprKind::Borrow(false, base) if matches!(self.shallow(&base.ty), Ty::Vec(_) | Ty::Array(..)) => base,
                kind => {
                    let inner = Expr { kind: Box::new(kind), ty: inner.ty, span: inner.span };
                    self.expr(ExprKind::Deref(inner), e.ty, e.span)
                }
            },
            kind => self.expr(kind, e.ty, e.span),
        }
    }

    fn std_call(&mut self, op: &StdOp, receiver: Expr, names: &mut Names, args: &[&syn::Expr], span: Span) -> R<Expr> {
        if args.len() != op.args.len() {
            let message = format!("{} arguments for `{}`", args.len(), op.name);
            return refuse(self.code("H0102", "H0202"), span, message);
        }
        let mut values = vec![receiver];
        for (arg, ty) in args.iter().zip(&op.args) {
            let ty = self.std_type(ty, names);
            let ty = match ty {
                Ty::Slice(_) | Ty::Str => Ty::Ref(false, Box::new(ty)),
                ty => ty,
            };
            values.push(self.check_to(arg, &ty)?);
        }
        let ret = self.std_type(&op.ret, names);
        // The table is static, so its keys are.
        let key = std_table::table().iter().find(|o| o.key == op.key && o.name == op.name).map_or("", |o| o.key);
        Ok(self.expr(ExprKind::Std(key, values), ret, span))
    }

    /// A type of the table, its letters standing for variables.
    pub(super) fn std_type(&mut self, ty: &StdTy, names: &mut Names) -> Ty {
        match ty {
            StdTy::Int(letter) => match names.types.get(letter) {
                Some(ty) => ty.clone(),
                None => {
                    let var = self.vars.fresh_int();
                    names.types.insert(letter.clone(), var.clone());
                    var
                }
            },
            StdTy::Any(letter) => match names.types.get(letter) {
                Some(ty) => ty.clone(),
                None => {
                    let var = self.fresh();
                    names.types.insert(letter.clone(), var.clone());
                    var
                }
            },
            StdTy::Unsigned(inner) => {
                let inner = self.std_type(inner, names);
                match self.shallow(&inner) {
                    Ty::Int(int) => Ty::Int(int.unsigned()),
                    other => other,
                }
            }
            StdTy::Plain(ty) => ty.clone(),
            StdTy::Tuple(parts) => Ty::Tuple(parts.iter().map(|p| self.std_type(p, names)).collect()),
            StdTy::Option(inner) => Ty::option(self.std_type(inner, names)),
            StdTy::Result(ok, err) => {
                let ok = self.std_type(ok, names);
                let err = self.std_type(err, names);
                Ty::Adt(AdtId::RESULT, vec![ok, err])
            }
            StdTy::Vec(inner) => Ty::Vec(Box::new(self.std_type(inner, names))),
            StdTy::Slice(inner) => Ty::Slice(Box::new(self.std_type(inner, names))),
            StdTy::Ref(mutable, inner) => Ty::Ref(*mutable, Box::new(self.std_type(inner, names))),
        }
    }

    /// `T::from(value)`, `value.into()` where that loses nothing.
    pub(super) fn convert(&mut self, value: Expr, target: &Ty, span: Span) -> R<Expr> {
        let (from, to) = (self.shallow(&value.ty), self.shallow(target));
        if self.vars.is_free(&from) || self.vars.is_free(&to) {
            return self.unknown_type(span);
        }
        let fits = match (&from, &to) {
            (Ty::Int(a), Ty::Int(b)) => b.min() <= a.min() && a.max() <= b.max(),
            (Ty::Bool, Ty::Int(_)) | (Ty::Int(IntTy::U8), Ty::Char) => true,
            (Ty::Char, Ty::Int(b)) => matches!(b, IntTy::U32 | IntTy::U64 | IntTy::U128),
            (Ty::Int(_), Ty::Math) => true,
            _ => false,
        };
        if let (Ty::Adt(id, _), Ty::Int(int)) = (&from, &to)
            && id.non_zero() == Some(*int)
        {
            return Ok(self.expr(ExprKind::Field(value, 0), to, span));
        }
        if fits {
            return Ok(self.expr(ExprKind::Cast(value), to, span));
        }
        if self.vars.resolve(&from) == self.vars.resolve(&to) {
            return Ok(value);
        }
        if to == Ty::String && matches!(&from, Ty::Ref(false, t) if matches!(self.shallow(t), Ty::Str | Ty::String)) {
            return self.owned_text(value, span);
        }
        let message = format!("the conversion from `{}` to `{}` is not modelled", self.shown(&from), self.shown(&to));
        refuse("H0401", span, message)
    }

    /// `T::try_from(value)`.
    pub(super) fn try_convert(&mut self, value: Expr, target: &Ty, span: Span) -> R<Expr> {
        if let Some(out) = self.array_of_slice(&value, target, span)? {
            return Ok(out);
        }
        let value = self.peel(value);
        let from = self.shallow(&value.ty);
        if !matches!(from, Ty::Int(_)) && !self.vars.is_free_int(&from) {
            return refuse("H0401", span, format!("`try_from` of `{}` is not modelled", self.shown(&from)));
        }
        let error = Ty::Adt(AdtId::TRY_FROM_INT_ERROR, vec![]);
        let ty = Ty::Adt(AdtId::RESULT, vec![target.clone(), error]);
        Ok(self.expr(ExprKind::Std("int.try_from", vec![value]), ty, span))
    }

    /// `T::default()`.
    pub(super) fn default_value(&mut self, ty: &Ty, span: Span) -> R<Expr> {
        let ty = self.shallow(ty);
        match &ty {
            Ty::Int(_) => Ok(self.int_value(0, ty, span)),
            Ty::Bool => Ok(self.bool_value(false, span)),
            Ty::Char => Ok(self.expr(ExprKind::Lit(Lit::Char('\0')), ty, span)),
            Ty::Tuple(parts) => {
                let values = parts.iter().map(|p| self.default_value(p, span)).collect::<R<_>>()?;
                Ok(self.expr(ExprKind::Tuple(values), ty, span))
            }
            Ty::Array(elem, n) => {
                let value = self.default_value(elem, span)?;
                let count = self.int_value(*n, Ty::Int(IntTy::Usize), span);
                Ok(self.expr(ExprKind::Repeat(value, count), ty, span))
            }
            Ty::Vec(_) => Ok(self.expr(ExprKind::Std("vec.new", vec![]), ty, span)),
            Ty::String => Ok(self.empty_string(span)),
            Ty::Adt(AdtId::OPTION, _) => Ok(self.construct(AdtId::OPTION, 0, vec![], ty.clone(), span)),
            Ty::Adt(id, _) => {
                if let [index] = self.functions_of(&ty, "default", Some("Default")).as_slice() {
                    return self.call_fn(*index, &[], &[], Some(&ty), span);
                }
                let data = &self.krate.adts[id.0];
                if !data.derives.iter().any(|d| d == "Default") {
                    return refuse("H0401", span, format!("`{}` has no known default", self.shown(&ty)));
                }
                let variant = match data.ast {
                    crate::resolve::AdtAst::Enum(it) => it
                        .variants
                        .iter()
                        .position(|v| v.attrs.iter().any(|a| a.path().is_ident("default")))
                        .unwrap_or(0),
                    _ => 0,
                };
                let mut values = Vec::new();
                for (_, field) in self.field_types(*id, variant, &ty, span)? {
                    values.push(self.default_value(&field, span)?);
                }
                Ok(self.construct(*id, variant, values, ty.clone(), span))
            }
            _ if self.vars.is_free(&ty) => self.unknown_type(span),
            _ => refuse("H0401", span, format!("`{}` has no known default", self.shown(&ty))),
        }
    }

    /// `(lo..hi).contains(&x)`.
    fn range_contains(&mut self, range: &syn::ExprRange, arg: &syn::Expr, span: Span) -> R<Expr> {
        let x = self.check(arg, &Expect::Nothing)?;
        let x = self.peel(x);
        let local = self.new_local("_x", x.ty.clone(), false, span);
        let pat = Pat { kind: Box::new(PatKind::Bind { local, by_ref: None, sub: None }), ty: x.ty.clone(), span };
        let mut parts = Vec::new();
        let mut stmts = Vec::new();
        // The bounds are evaluated before the argument.
        let closed = matches!(range.limits, syn::RangeLimits::Closed(_));
        for (bound, op) in [(&range.start, CmpOp::Le), (&range.end, if closed { CmpOp::Le } else { CmpOp::Lt })] {
            let Some(bound) = bound else { continue };
            let is_lo = parts.is_empty() && std::ptr::eq(bound, range.start.as_ref().unwrap_or(bound));
            let value = self.check(bound, &Expect::Hint(x.ty.clone()))?;
            let value = self.peel(value);
            self.equate(&value.ty, &x.ty, span)?;
            let bound_local = self.new_local("_bound", value.ty.clone(), false, span);
            let kind = PatKind::Bind { local: bound_local, by_ref: None, sub: None };
            let bound_pat = Pat { kind: Box::new(kind), ty: value.ty.clone(), span };
            stmts.push(Stmt::Let { pat: bound_pat, init: Some(value), els: None });
            let (bound, x) = (self.local_value(bound_local, span), self.local_value(local, span));
            let (a, b) = if is_lo && range.start.is_some() { (bound, x) } else { (x, bound) };
            parts.push(self.expr(ExprKind::Cmp(op, a, b), Ty::Bool, span));
        }
        stmts.push(Stmt::Let { pat, init: Some(x), els: None });
        let tail = match (parts.pop(), parts.pop()) {
            (Some(hi), Some(lo)) => self.expr(ExprKind::And(lo, hi), Ty::Bool, span),
            (Some(one), None) => one,
            _ => self.bool_value(true, span),
        };
        Ok(self.expr(ExprKind::Block { label: None, stmts, tail: Some(tail) }, Ty::Bool, span))
    }
}

/// Methods that std's own types have: a trait's method of the same name would lose to them.
fn is_std_method(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "isqrt",
        "ilog",
        "ilog2",
        "ilog10",
        "midpoint",
        "div_ceil",
        "next_multiple_of",
        "is_multiple_of",
        "to_be",
        "to_le",
        "checked_next_power_of_two",
        "to_ne_bytes",
        "to_be_bytes",
        "to_le_bytes",
        "cast_signed",
        "cast_unsigned",
        "next_power_of_two",
        "contains",
        "is_empty",
        "checked_pow",
        "get_unchecked",
        "get_unchecked_mut",
        "unchecked_add",
        "unchecked_sub",
        "unchecked_mul",
        "unwrap_unchecked",
        "wrapping_pow",
        "saturating_pow",
        "overflowing_pow",
        "leading_ones",
        "trailing_ones",
        "bit_width",
        "isolate_most_significant_one",
        "carrying_add",
        "widening_mul",
        "strict_add",
        "map",
        "and_then",
        "filter",
        "take",
        "replace",
        "insert",
        "iter",
        "iter_mut",
        "sort",
        "reverse",
        "concat",
        "join",
        "fill",
        "rotate_left",
        "rotate_right",
        "split_at",
        "chunks",
        "windows",
        "starts_with",
        "ends_with",
        "first_mut",
        "last_mut",
        "get_mut",
        "copy_from_slice",
        "clone_from_slice",
        "drain",
        "dedup",
        "retain",
        "append",
        "split_off",
        "resize",
        "len",
        "capacity",
        "reserve",
        "then",
        "then_some",
        "is_digit",
        "to_digit",
        "is_alphabetic",
        "is_numeric",
        "is_alphanumeric",
        "is_whitespace",
        "len_utf8",
        "flatten",
        "zip",
        "unzip",
        "wrapping_abs",
        "checked_abs",
        "saturating_abs",
        "saturating_neg",
        "overflowing_abs",
        "overflowing_neg",
        "checked_shl",
        "checked_shr",
        "overflowing_shl",
        "overflowing_shr",
        "wrapping_div",
        "wrapping_rem",
        "checked_div_euclid",
        "checked_rem_euclid",
        "saturating_div",
        "checked_next_multiple_of",
        "checked_add_signed",
        "wrapping_add_signed",
        "saturating_add_signed",
        "checked_ilog2",
        "eq_ignore_ascii_case",
        "to_ascii_lowercase",
        "to_ascii_uppercase",
    ];
    NAMES.contains(&name) || name.starts_with("is_ascii")
}
