//! Strings as their bytes: `str` is a slice of `u8` that is UTF-8. What depends on more of them than that is refused.
//!
//! Whatever holds of all bytes holds of those of strings, so nothing is assumed of them. A part of a string is cut only where
//! std would: next to a byte that begins a character.

use super::Fcx;
use super::iter::unwrapped;
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

impl Fcx<'_, '_> {
    /// Whether this is a `str` or a `String`, behind any number of references.
    pub(super) fn is_any_text(&self, ty: &Ty) -> bool {
        matches!(self.vars.resolve(ty).peel(), Ty::Str | Ty::String)
    }

    /// `*s` of a `String`: a place of type `str`.
    pub(super) fn lent_text(&self, string: Expr) -> Expr {
        let span = string.span;
        let lent = self.expr(ExprKind::Borrow(false, string), Ty::Ref(false, Box::new(Ty::Str)), span);
        self.deref(lent)
    }

    /// A `String` of what a string is.
    pub(super) fn owned_text(&self, text: Expr, span: Span) -> R<Expr> {
        Ok(self.expr(ExprKind::Copy(text), Ty::String, span))
    }

    /// `String::new()`
    pub(super) fn empty_string(&self, span: Span) -> Expr {
        let empty = self.expr(ExprKind::Lit(Lit::Str(String::new())), Ty::Ref(false, Box::new(Ty::Str)), span);
        self.expr(ExprKind::Copy(empty), Ty::String, span)
    }

    /// A method that a `String` has and a `str` has not, or that gives something else; `None` if it is none of those.
    pub(super) fn string_method(
        &mut self,
        receiver: Expr,
        name: &str,
        args: &[&syn::Expr],
        span: Span,
    ) -> R<Option<Expr>> {
        const CHANGES: &[&str] = &["push_str", "push", "clear"];
        if (CHANGES.contains(&name) || matches!(name, "as_str" | "into_bytes" | "clone" | "to_owned"))
            && !self.all_functions_of(&Ty::String, name, None).is_empty()
        {
            return refuse("H0206", span, format!("several methods `{name}` may fit"));
        }
        let depth = |ty: &Ty| match ty {
            Ty::Ref(_, inner) if matches!(**inner, Ty::Ref(..)) => 2,
            Ty::Ref(..) => 1,
            _ => 0,
        };
        let depth = depth(&self.vars.resolve(&receiver.ty));
        if CHANGES.contains(&name) {
            self.no_effects("a call that changes its receiver", span)?;
        }
        let changed = |cx: &Self| {
            let place = cx.peel(receiver.clone());
            cx.borrow(true, place)
        };
        Ok(Some(match (name, args) {
            // What is cloned behind two references is the inner one.
            ("clone" | "to_owned", []) if depth < 2 => self.owned_text(receiver, span)?,
            ("as_str", []) => {
                let text = self.lent_text(self.peel(receiver));
                self.borrow(false, text)
            }
            ("into_bytes", []) if depth == 0 => {
                self.expr(ExprKind::Copy(receiver), Ty::Vec(Box::new(Ty::Int(IntTy::U8))), span)
            }
            ("clear", []) => self.std("vec.clear", vec![changed(self)], Ty::unit(), span),
            ("push_str", [more]) => {
                let more = self.check_to(more, &Ty::Ref(false, Box::new(Ty::Str)))?;
                let bytes = self.bytes_of(more);
                let bytes = self.borrow(false, bytes);
                self.std("vec.extend_from_slice", vec![changed(self), bytes], Ty::unit(), span)
            }
            ("push", [c]) => match unwrapped(c) {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Char(c), .. }) => {
                    let ty = Ty::Ref(false, Box::new(Ty::Str));
                    let text = self.expr(ExprKind::Lit(Lit::Str(c.value().to_string())), ty, span);
                    let bytes = self.bytes_of(text);
                    let bytes = self.borrow(false, bytes);
                    self.std("vec.extend_from_slice", vec![changed(self), bytes], Ty::unit(), span)
                }
                c => return refuse("H0304", self.span(c), "`push` of a character that is not written out"),
            },
            _ => return Ok(None),
        }))
    }

    /// The bytes of a string, as a place.
    pub(super) fn bytes_of(&self, text: Expr) -> Expr {
        let text = self.peel(text);
        self.as_slice(text, &Ty::Int(IntTy::U8))
    }

    /// The string whose bytes these are.
    fn text_of(&self, bytes: Expr, span: Span) -> Expr {
        let place = self.deref(bytes);
        self.expr(ExprKind::Borrow(false, place), Ty::Ref(false, Box::new(Ty::Str)), span)
    }

    /// Whether the crate has a function of this name for strings, or for references to them.
    fn has_text_function(&self, name: &str) -> bool {
        let lent = |t: &Ty| Ty::Ref(false, Box::new(t.clone()));
        let (one, two) = (lent(&Ty::Str), lent(&lent(&Ty::Str)));
        let (owned, owned_one) = (Ty::String, lent(&Ty::String));
        [Ty::Str, one, two, owned, owned_one].iter().any(|ty| !self.all_functions_of(ty, name, None).is_empty())
    }

    /// Whether a method of a string can only be one of the crate.
    pub(super) fn is_only_of_crate(&self, name: &str) -> bool {
        !METHODS.contains(&name) && self.has_text_function(name)
    }

    /// A method of a string.
    pub(super) fn text_method(&mut self, receiver: Expr, name: &str, args: &[&syn::Expr], span: Span) -> R<Expr> {
        let usize_ty = Ty::Int(IntTy::Usize);
        // A method of the crate's may come before std's where the receiver is a reference to a reference, and before `clone`.
        if self.has_text_function(name) {
            return refuse("H0206", span, format!("several methods `{name}` may fit"));
        }
        let bytes = self.bytes_of(receiver.clone());
        let bytes = self.borrow(false, bytes);
        match (name, args) {
            // The clone of a reference is the reference.
            ("clone", []) if matches!(self.shallow(&receiver.ty), Ty::Ref(false, t) if *t == Ty::Str) => {
                let ty = receiver.ty.clone();
                Ok(self.expr(ExprKind::Copy(receiver), ty, span))
            }
            ("to_string", []) => self.owned_text(receiver, span),
            ("to_owned", []) if matches!(self.vars.resolve(&receiver.ty), Ty::Ref(false, t) if *t == Ty::Str) => {
                self.owned_text(receiver, span)
            }
            ("as_bytes", []) => Ok(bytes),
            ("len", []) => Ok(self.std("slice.len", vec![bytes], usize_ty, span)),
            ("is_empty", []) => Ok(self.std("slice.is_empty", vec![bytes], Ty::Bool, span)),
            ("is_char_boundary", [at]) => {
                let at = self.check_to(at, &usize_ty)?;
                self.block_of(vec![bytes, at], span, |cx, v| Ok(cx.is_boundary(&v[0], &v[1], span)))
            }
            ("starts_with" | "ends_with", [pattern]) => {
                let pattern = self.text_pattern(pattern, name, span)?;
                let out = self.starts_or_ends(bytes, pattern, &Ty::Int(IntTy::U8), name == "starts_with", span)?;
                Ok(out)
            }
            ("strip_prefix" | "strip_suffix", [pattern]) => {
                let first = name == "strip_prefix";
                let pattern = self.text_pattern(pattern, name, span)?;
                self.block_of(vec![bytes, pattern], span, |cx, v| {
                    let u8_ty = Ty::Int(IntTy::U8);
                    let found = cx.starts_or_ends(v[0].clone(), v[1].clone(), &u8_ty, first, span)?;
                    // What is left of UTF-8 without UTF-8 at its beginning or end is UTF-8.
                    let length = |cx: &Self, e: &Expr| cx.std("slice.len", vec![e.clone()], usize_ty.clone(), span);
                    let (own, cut) = (length(cx, &v[0]), length(cx, &v[1]));
                    let base = cx.deref(v[0].clone());
                    let rest = if first {
                        cx.part(&base, &u8_ty, Some(cut), None, span)
                    } else {
                        let end = cx.arith(ArithOp::Sub, &own, cut, span);
                        cx.part(&base, &u8_ty, None, Some(end), span)
                    };
                    let some = cx.some(cx.text_of(rest, span), span);
                    let none = cx.none(some.ty.clone(), span);
                    Ok(cx.choose(found, some, none, span))
                })
            }
            _ => refuse_help(
                "H0304",
                span,
                format!("the method `{name}` of a string"),
                "`cargo harmonic explain H0304` lists what is known",
            ),
        }
    }

    /// What is looked for in a string: a string, or a character that is written out. A reference to its bytes.
    fn text_pattern(&mut self, pattern: &syn::Expr, name: &str, span: Span) -> R<Expr> {
        let value = match unwrapped(pattern) {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Char(c), .. }) => {
                let at = self.span(pattern);
                let ty = Ty::Ref(false, Box::new(Ty::Str));
                self.expr(ExprKind::Lit(Lit::Str(c.value().to_string())), ty, at)
            }
            syn::Expr::Closure(_) => return refuse("H0304", span, format!("`{name}` of a string with a closure")),
            pattern => self.check(pattern, &super::Expect::Nothing)?,
        };
        if !self.is_any_text(&value.ty) {
            let shown = self.shown(&value.ty);
            return refuse("H0304", span, format!("`{name}` of a string with a pattern of type `{shown}`"));
        }
        let bytes = self.bytes_of(value);
        Ok(self.borrow(false, bytes))
    }

    /// Whether a position is one where a character begins, or the end. Of the bytes of UTF-8, those from 128 to 191 go on with one.
    fn is_boundary(&self, bytes: &Expr, at: &Expr, span: Span) -> Expr {
        let usize_ty = Ty::Int(IntTy::Usize);
        let len = self.std("slice.len", vec![bytes.clone()], usize_ty.clone(), span);
        let start = self.cmp(CmpOp::Eq, at, self.int_value(0, usize_ty, span), span);
        let end = self.cmp(CmpOp::Eq, at, len.clone(), span);
        let inside = self.cmp(CmpOp::Lt, at, len, span);
        let u8_ty = Ty::Int(IntTy::U8);
        let byte = self.expr(ExprKind::Index(self.deref(bytes.clone()), at.clone()), u8_ty.clone(), span);
        let low = self.cmp(CmpOp::Lt, &byte, self.int_value(128, u8_ty.clone(), span), span);
        let high = self.cmp(CmpOp::Ge, &byte, self.int_value(192, u8_ty, span), span);
        let begins = self.expr(ExprKind::Or(low, high), Ty::Bool, span);
        let begins = self.expr(ExprKind::And(inside, begins), Ty::Bool, span);
        let edge = self.expr(ExprKind::Or(start, end), Ty::Bool, span);
        self.expr(ExprKind::Or(edge, begins), Ty::Bool, span)
    }

    /// `s[lo..hi]`: a panic where a bound is not next to the beginning of a character, or the bounds are not in order.
    pub(super) fn text_part(&mut self, text: Expr, range: &syn::ExprRange, span: Span) -> R<Expr> {
        let usize_ty = Ty::Int(IntTy::Usize);
        self.not_in_condition("a part of a string", span)?;
        if matches!(range.limits, syn::RangeLimits::Closed(_)) {
            return refuse("H0304", span, "a part of a string up to and with a byte");
        }
        let bytes = self.bytes_of(text);
        let mut values = vec![self.borrow(false, bytes)];
        for bound in [&range.start, &range.end].into_iter().flatten() {
            values.push(self.check_to(bound, &usize_ty)?);
        }
        let has_lo = range.start.is_some();
        let out = self.block_of(values, span, |cx, v| {
            let u8_ty = Ty::Int(IntTy::U8);
            let (lo, hi) = if has_lo { (v.get(1), v.get(2)) } else { (None, v.get(1)) };
            let base = cx.deref(v[0].clone());
            let part = cx.part(&base, &u8_ty, lo.cloned(), hi.cloned(), span);
            let mut out = cx.text_of(part, span);
            for bound in [lo, hi].into_iter().flatten() {
                let message = "this is not the boundary of a character".to_owned();
                let panics = cx.expr(ExprKind::Panic(PanicKind::Panic, message), out.ty.clone(), span);
                out = cx.choose(cx.is_boundary(&v[0], bound, span), out, panics, span);
            }
            Ok(out)
        })?;
        Ok(self.deref(out))
    }

    /// A pattern of exactly these bytes against a string, a slice or an array.
    pub(super) fn bytes_pattern(&self, bytes: &[u8], span: Span) -> PatKind {
        let u8_ty = Ty::Int(IntTy::U8);
        let byte = |b: &u8| {
            let kind = Box::new(PatKind::Lit(Lit::Int((*b).into())));
            Pat { kind, ty: u8_ty.clone(), span }
        };
        PatKind::Slice { prefix: bytes.iter().map(byte).collect(), rest: None, suffix: vec![] }
    }
}

/// Methods that `str` and `String` have of std, their own and those of traits.
const METHODS: &[&str] = &[
    "as_mut_str",
    "as_mut_vec",
    "capacity",
    "clear",
    "drain",
    "extend_from_within",
    "insert",
    "insert_str",
    "into_boxed_str",
    "into_bytes",
    "into_chars",
    "leak",
    "pop",
    "push",
    "push_str",
    "remove",
    "remove_matches",
    "replace_range",
    "replace_first",
    "replace_last",
    "reserve",
    "reserve_exact",
    "retain",
    "shrink_to",
    "shrink_to_fit",
    "split_off",
    "truncate",
    "try_reserve",
    "try_reserve_exact",
    "into_raw_parts",
    "extend",
    "extend_one",
    "write_str",
    "write_char",
    "write_fmt",
    "add",
    "add_assign",
    "deref",
    "deref_mut",
    "as_bytes",
    "as_bytes_mut",
    "as_mut_ptr",
    "as_ptr",
    "bytes",
    "char_indices",
    "chars",
    "contains",
    "ends_with",
    "eq_ignore_ascii_case",
    "encode_utf16",
    "escape_debug",
    "escape_default",
    "escape_unicode",
    "find",
    "floor_char_boundary",
    "get",
    "get_mut",
    "get_unchecked",
    "get_unchecked_mut",
    "into_boxed_bytes",
    "into_string",
    "is_ascii",
    "is_char_boundary",
    "is_empty",
    "len",
    "lines",
    "lines_any",
    "make_ascii_lowercase",
    "make_ascii_uppercase",
    "match_indices",
    "matches",
    "parse",
    "repeat",
    "replace",
    "replacen",
    "rfind",
    "rmatch_indices",
    "rmatches",
    "rsplit",
    "rsplit_once",
    "rsplit_terminator",
    "rsplitn",
    "slice_mut_unchecked",
    "slice_unchecked",
    "split",
    "split_ascii_whitespace",
    "split_at",
    "split_at_checked",
    "split_at_mut",
    "split_at_mut_checked",
    "split_inclusive",
    "split_once",
    "split_terminator",
    "split_whitespace",
    "splitn",
    "starts_with",
    "strip_prefix",
    "strip_suffix",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_uppercase",
    "trim",
    "trim_ascii",
    "trim_ascii_end",
    "trim_ascii_start",
    "trim_end",
    "trim_end_matches",
    "trim_left",
    "trim_left_matches",
    "trim_matches",
    "trim_prefix",
    "trim_right",
    "trim_right_matches",
    "trim_start",
    "trim_start_matches",
    "trim_suffix",
    "as_str",
    "ceil_char_boundary",
    "substr_range",
    "strip_circumfix",
    "word_to_titlecase",
    "as_ascii",
    "as_ascii_unchecked",
    "clone",
    "clone_from",
    "clone_into",
    "clone_to_uninit",
    "to_owned",
    "to_string",
    "into",
    "try_into",
    "cmp",
    "partial_cmp",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "max",
    "min",
    "clamp",
    "as_ref",
    "as_mut",
    "borrow",
    "borrow_mut",
    "hash",
    "fmt",
    "type_id",
    "join",
    "concat",
    "default",
    "to_socket_addrs",
    "index",
    "index_mut",
    "from",
    "try_from",
];
