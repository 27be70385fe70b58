//! Methods of integers, characters, booleans and slices that are written out in other nodes: what std defines by
//! comparisons, casts and the operations of the table needs no model of its own.
//!
//! A difference to std would be a wrong verdict: `tests/differential.rs` compares each with rustc.

use super::{Expect, Fcx};
use crate::resolve::R;
use crate::span::Span;
use crate::tir::*;

/// The bytes for which an `is_ascii_…` method holds: inclusive ranges.
fn ascii_class(name: &str) -> Option<&'static [(u8, u8)]> {
    Some(match name {
        "is_ascii" => &[(0, 127)],
        "is_ascii_digit" => &[(b'0', b'9')],
        "is_ascii_uppercase" => &[(b'A', b'Z')],
        "is_ascii_lowercase" => &[(b'a', b'z')],
        "is_ascii_alphabetic" => &[(b'A', b'Z'), (b'a', b'z')],
        "is_ascii_alphanumeric" => &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')],
        "is_ascii_hexdigit" => &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
        "is_ascii_whitespace" => &[(b'\t', b'\n'), (b'\x0C', b'\r'), (b' ', b' ')],
        "is_ascii_punctuation" => &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')],
        "is_ascii_graphic" => &[(b'!', b'~')],
        "is_ascii_control" => &[(0, 31), (127, 127)],
        _ => return None,
    })
}

impl Fcx<'_, '_> {
    /// A method of an integer, a character, a `bool` or a slice; `None` if it is not written out here.
    pub(super) fn written_out(
        &mut self,
        receiver: Expr,
        name: &str,
        args: &[&syn::Expr],
        span: Span,
    ) -> R<Option<Expr>> {
        let value = self.peel(receiver);
        let ty = self.shallow(&value.ty);
        match &ty {
            Ty::Int(IntTy::U8) | Ty::Char if args.is_empty() && ascii_class(name).is_some() => {
                let ranges = ascii_class(name).unwrap_or_default();
                self.block_of(vec![value], span, |cx, v| Ok(cx.in_ranges(&v[0], ranges, span))).map(Some)
            }
            Ty::Char => match (name, args) {
                ("to_ascii_lowercase" | "to_ascii_uppercase", []) => {
                    let out = self.block_of(vec![value], span, |cx, v| {
                        let byte = cx.cast(&v[0], IntTy::U8, span);
                        let lower = name == "to_ascii_lowercase";
                        let (range, op) =
                            if lower { ((b'A', b'Z'), ArithOp::Add) } else { ((b'a', b'z'), ArithOp::Sub) };
                        let gap = cx.int_value(32, Ty::Int(IntTy::U8), span);
                        let other = cx.arith(op, &byte, gap, span);
                        let other = cx.expr(ExprKind::Cast(other), Ty::Char, span);
                        Ok(cx.choose(cx.in_ranges(&v[0], &[range], span), other, v[0].clone(), span))
                    })?;
                    Ok(Some(out))
                }
                ("to_digit" | "is_digit", [syn::Expr::Lit(radix)]) => {
                    let syn::Lit::Int(radix) = &radix.lit else { return Ok(None) };
                    let Ok(radix) = radix.base10_parse::<u8>() else { return Ok(None) };
                    if !(2..=36).contains(&radix) {
                        return Ok(None);
                    }
                    let out = self.block_of(vec![value], span, |cx, v| Ok(cx.digit(&v[0], radix, name, span)))?;
                    Ok(Some(out))
                }
                _ => Ok(None),
            },
            Ty::Int(int) => self.int_method(value, *int, name, args, span),
            Ty::Param(_) => match (name, args) {
                ("max" | "min", [other]) => {
                    let other = self.check_to(other, &ty)?;
                    // Of equal values `max` takes the second, `min` the first.
                    let out = self.block_of(vec![value, other], span, |cx, v| {
                        let swap = cx.cmp(CmpOp::Lt, &v[1], v[0].clone(), span);
                        let (then, els) = if name == "max" { (0, 1) } else { (1, 0) };
                        Ok(cx.choose(swap, v[then].clone(), v[els].clone(), span))
                    })?;
                    Ok(Some(out))
                }
                _ => Ok(None),
            },
            Ty::Adt(id, _) if id.is_range() => self.range_method(value, *id, name, args, span),
            Ty::Adt(..) => Ok(self.non_zero_method(value, name, args, span)),
            Ty::Bool => self.bool_method(value, name, args, span),
            Ty::Slice(elem) => {
                let elem = (**elem).clone();
                self.slice_method(value, &elem, name, args, span)
            }
            _ => Ok(None),
        }
    }

    /// Evaluates values once, in order, and goes on with their names.
    pub(super) fn block_of(
        &mut self,
        values: Vec<Expr>,
        span: Span,
        body: impl FnOnce(&mut Self, Vec<Expr>) -> R<Expr>,
    ) -> R<Expr> {
        let (mut stmts, mut names) = (Vec::new(), Vec::new());
        for value in values {
            match &*value.kind {
                // Nothing between here and its uses can change what these stand for.
                ExprKind::Lit(_) => names.push(value),
                ExprKind::Local(id) if !self.locals[id.0].mutable => names.push(value),
                _ => {
                    let (stmt, name) = self.named(value);
                    stmts.push(stmt);
                    names.push(name);
                }
            }
        }
        let tail = body(self, names)?;
        if stmts.is_empty() {
            return Ok(tail);
        }
        let ty = tail.ty.clone();
        Ok(self.expr(ExprKind::Block { label: None, stmts, tail: Some(tail) }, ty, span))
    }

    pub(super) fn cmp(&self, op: CmpOp, a: &Expr, b: Expr, span: Span) -> Expr {
        self.expr(ExprKind::Cmp(op, a.clone(), b), Ty::Bool, span)
    }
    pub(super) fn arith(&self, op: ArithOp, a: &Expr, b: Expr, span: Span) -> Expr {
        self.expr(ExprKind::Arith(op, a.clone(), b), a.ty.clone(), span)
    }
    pub(super) fn choose(&self, cond: Expr, then: Expr, els: Expr, span: Span) -> Expr {
        let ty = then.ty.clone();
        self.expr(ExprKind::If(cond, then, els), ty, span)
    }
    pub(super) fn std(&self, key: &'static str, args: Vec<Expr>, ty: Ty, span: Span) -> Expr {
        self.expr(ExprKind::Std(key, args), ty, span)
    }
    fn cast(&self, e: &Expr, to: IntTy, span: Span) -> Expr {
        match e.ty {
            Ty::Int(from) if from == to => e.clone(),
            _ => self.expr(ExprKind::Cast(e.clone()), Ty::Int(to), span),
        }
    }
    pub(super) fn pair(&self, a: Expr, b: Expr, span: Span) -> Expr {
        let ty = Ty::Tuple(vec![a.ty.clone(), b.ty.clone()]);
        self.expr(ExprKind::Tuple(vec![a, b]), ty, span)
    }

    /// `c.to_digit(radix)` or `c.is_digit(radix)`.
    fn digit(&self, c: &Expr, radix: u8, name: &str, span: Span) -> Expr {
        let u32_ty = Ty::Int(IntTy::U32);
        let letters = radix.saturating_sub(10);
        let mut ranges = vec![(b'0', b'0' + radix.min(10) - 1, 0)];
        if letters > 0 {
            ranges.extend([(b'a', b'a' + letters - 1, 10), (b'A', b'A' + letters - 1, 10)]);
        }
        if name == "is_digit" {
            let plain: Vec<(u8, u8)> = ranges.iter().map(|r| (r.0, r.1)).collect();
            return self.in_ranges(c, &plain, span);
        }
        let mut out = self.none(Ty::option(u32_ty.clone()), span);
        for (lo, hi, first) in ranges.into_iter().rev() {
            let code = self.cast(c, IntTy::U32, span);
            let base = self.int_value(u32::from(lo) - first, u32_ty.clone(), span);
            let value = self.arith(ArithOp::Sub, &code, base, span);
            out = self.choose(self.in_ranges(c, &[(lo, hi)], span), self.some(value, span), out, span);
        }
        out
    }

    fn in_ranges(&self, x: &Expr, ranges: &[(u8, u8)], span: Span) -> Expr {
        let lit = |n: u8| match x.ty {
            Ty::Char => self.expr(ExprKind::Lit(Lit::Char(char::from(n))), Ty::Char, span),
            _ => self.int_value(n, x.ty.clone(), span),
        };
        let mut out: Option<Expr> = None;
        for (lo, hi) in ranges {
            let one = if lo == hi {
                self.cmp(CmpOp::Eq, x, lit(*lo), span)
            } else {
                let (from, to) = (self.cmp(CmpOp::Ge, x, lit(*lo), span), self.cmp(CmpOp::Le, x, lit(*hi), span));
                self.expr(ExprKind::And(from, to), Ty::Bool, span)
            };
            out = Some(match out {
                None => one,
                Some(before) => self.expr(ExprKind::Or(before, one), Ty::Bool, span),
            });
        }
        out.unwrap_or_else(|| self.bool_value(false, span))
    }

    fn int_method(&mut self, x: Expr, int: IntTy, name: &str, args: &[&syn::Expr], span: Span) -> R<Option<Expr>> {
        let ty = Ty::Int(int);
        let signed = int.signed();
        let mut values = vec![x];
        // What the arguments are.
        let other = match name {
            "checked_shl" | "checked_shr" | "overflowing_shl" | "overflowing_shr" => vec![Ty::Int(IntTy::U32)],
            "wrapping_div" | "wrapping_rem" | "checked_div_euclid" | "checked_rem_euclid" | "saturating_div" => {
                vec![ty.clone()]
            }
            "unchecked_add" | "unchecked_sub" | "unchecked_mul" => vec![ty.clone()],
            "is_multiple_of" | "div_ceil" | "next_multiple_of" | "checked_next_multiple_of" | "midpoint" if !signed => {
                vec![ty.clone()]
            }
            "checked_add_signed" | "wrapping_add_signed" | "saturating_add_signed" if !signed => {
                let Some(signed) = signed_twin(int) else { return Ok(None) };
                vec![Ty::Int(signed)]
            }
            "eq_ignore_ascii_case" if int == IntTy::U8 => {
                vec![Ty::Ref(false, Box::new(ty.clone()))]
            }
            "to_ascii_lowercase" | "to_ascii_uppercase" if int == IntTy::U8 => vec![],
            "wrapping_abs" | "checked_abs" | "saturating_abs" | "saturating_neg" | "overflowing_abs" if signed => {
                vec![]
            }
            "overflowing_neg" | "leading_ones" | "trailing_ones" | "ilog2" | "checked_ilog2" | "swap_bytes"
            | "to_be_bytes" | "to_le_bytes" => vec![],
            "to_le" | "to_be" | "to_ne_bytes" if self.order_of_bytes().is_some() => vec![],
            "next_power_of_two" | "checked_next_power_of_two" if !signed => vec![],
            "cast_signed" if !signed => vec![],
            "cast_unsigned" if signed => vec![],
            _ => return Ok(None),
        };
        if other.len() != args.len() {
            return Ok(None);
        }
        for (arg, wanted) in args.iter().zip(&other) {
            let value = self.check_to(arg, wanted)?;
            values.push(self.peel(value));
        }
        self.block_of(values, span, |cx, v| Ok(cx.int_written(&v, int, name, span))).map(Some)
    }

    /// The meaning of a method of [`Self::int_method`] on values that may be repeated.
    fn int_written(&mut self, v: &[Expr], int: IntTy, name: &str, span: Span) -> Expr {
        let ty = Ty::Int(int);
        let x = &v[0];
        let lit = |cx: &Self, n: i64| cx.int_value(n, ty.clone(), span);
        let (min, max) = (self.int_value(int.min(), ty.clone(), span), self.int_value(int.max(), ty.clone(), span));
        let is_min = self.cmp(CmpOp::Eq, x, min.clone(), span);
        let negative = self.cmp(CmpOp::Lt, x, lit(self, 0), span);
        let neg = self.expr(ExprKind::Neg(x.clone()), ty.clone(), span);
        let option = Ty::option(ty.clone());
        let none = self.none(option.clone(), span);
        match name {
            // An overflow is undefined, which counts as the panic that it is without `unchecked`.
            "unchecked_add" => self.arith(ArithOp::Add, x, v[1].clone(), span),
            "unchecked_sub" => self.arith(ArithOp::Sub, x, v[1].clone(), span),
            "unchecked_mul" => self.arith(ArithOp::Mul, x, v[1].clone(), span),
            "to_ascii_lowercase" => {
                let upper = self.in_ranges(x, &[(b'A', b'Z')], span);
                self.choose(upper, self.arith(ArithOp::Add, x, lit(self, 32), span), x.clone(), span)
            }
            "to_ascii_uppercase" => {
                let lower = self.in_ranges(x, &[(b'a', b'z')], span);
                self.choose(lower, self.arith(ArithOp::Sub, x, lit(self, 32), span), x.clone(), span)
            }
            "eq_ignore_ascii_case" => {
                let a = self.int_written(&v[..1], int, "to_ascii_lowercase", span);
                let b = self.int_written(&v[1..], int, "to_ascii_lowercase", span);
                self.cmp(CmpOp::Eq, &a, b, span)
            }
            "wrapping_abs" => {
                let wrapped = self.std("int.wrapping_neg", vec![x.clone()], ty, span);
                self.choose(negative, wrapped, x.clone(), span)
            }
            "checked_abs" => {
                let negated = self.std("int.checked_neg", vec![x.clone()], option, span);
                self.choose(negative, negated, self.some(x.clone(), span), span)
            }
            "saturating_abs" => {
                let inner = self.choose(negative, neg, x.clone(), span);
                self.choose(is_min, max, inner, span)
            }
            "saturating_neg" => self.choose(is_min, max, neg, span),
            "overflowing_abs" => {
                let inner = self.choose(negative, neg, x.clone(), span);
                let (over, fine) = (self.bool_value(true, span), self.bool_value(false, span));
                self.choose(is_min, self.pair(min, over, span), self.pair(inner, fine, span), span)
            }
            "overflowing_neg" => {
                let wrapped = self.std("int.wrapping_neg", vec![x.clone()], ty.clone(), span);
                let over = if int.signed() { is_min } else { self.cmp(CmpOp::Ne, x, lit(self, 0), span) };
                self.pair(wrapped, over, span)
            }
            "leading_ones" | "trailing_ones" => {
                let inverted = self.expr(ExprKind::Not(x.clone()), ty, span);
                let key = if name == "leading_ones" { "int.leading_zeros" } else { "int.trailing_zeros" };
                self.std(key, vec![inverted], Ty::Int(IntTy::U32), span)
            }
            "ilog2" | "checked_ilog2" => {
                let u32_ty = Ty::Int(IntTy::U32);
                let zeros = self.std("int.leading_zeros", vec![x.clone()], u32_ty.clone(), span);
                let top = self.int_value(int.bits() - 1, u32_ty.clone(), span);
                let log = self.arith(ArithOp::Sub, &top, zeros, span);
                let positive = self.cmp(CmpOp::Gt, x, lit(self, 0), span);
                let (then, els) = match name {
                    "ilog2" => (log, self.expr(ExprKind::Panic(PanicKind::Panic, String::new()), u32_ty, span)),
                    _ => (self.some(log, span), self.none(Ty::option(u32_ty), span)),
                };
                self.choose(positive, then, els, span)
            }
            "cast_signed" => match signed_twin(int) {
                Some(to) => self.cast(x, to, span),
                None => x.clone(),
            },
            "cast_unsigned" => self.cast(x, int.unsigned(), span),
            "checked_shl" | "checked_shr" => {
                let fits = self.shift_fits(&v[1], int, span);
                let op = if name == "checked_shl" { ArithOp::Shl } else { ArithOp::Shr };
                let shifted = self.arith(op, x, v[1].clone(), span);
                self.choose(fits, self.some(shifted, span), none, span)
            }
            "overflowing_shl" | "overflowing_shr" => {
                let fits = self.shift_fits(&v[1], int, span);
                let key = if name == "overflowing_shl" { "int.wrapping_shl" } else { "int.wrapping_shr" };
                let shifted = self.std(key, vec![x.clone(), v[1].clone()], ty, span);
                self.pair(shifted, self.expr(ExprKind::Not(fits), Ty::Bool, span), span)
            }
            "wrapping_div" | "wrapping_rem" | "saturating_div" => {
                let op = if name == "wrapping_rem" { ArithOp::Rem } else { ArithOp::Div };
                let plain = self.arith(op, x, v[1].clone(), span);
                if !int.signed() {
                    return plain;
                }
                let minus_one = self.cmp(CmpOp::Eq, &v[1], lit(self, -1), span);
                let special = match name {
                    "wrapping_rem" => lit(self, 0),
                    "wrapping_div" => self.std("int.wrapping_neg", vec![x.clone()], ty, span),
                    _ => self.choose(is_min, max, neg, span),
                };
                self.choose(minus_one, special, plain, span)
            }
            "checked_div_euclid" | "checked_rem_euclid" => {
                let key = if name == "checked_div_euclid" { "int.div_euclid" } else { "int.rem_euclid" };
                let value = self.std(key, vec![x.clone(), v[1].clone()], ty.clone(), span);
                let mut bad = self.cmp(CmpOp::Eq, &v[1], lit(self, 0), span);
                if int.signed() {
                    let minus_one = self.cmp(CmpOp::Eq, &v[1], lit(self, -1), span);
                    let over = self.expr(ExprKind::And(is_min, minus_one), Ty::Bool, span);
                    bad = self.expr(ExprKind::Or(bad, over), Ty::Bool, span);
                }
                self.choose(bad, none, self.some(value, span), span)
            }
            "is_multiple_of" => {
                let by_zero = self.cmp(CmpOp::Eq, &v[1], lit(self, 0), span);
                let zero = self.cmp(CmpOp::Eq, x, lit(self, 0), span);
                let rem = self.arith(ArithOp::Rem, x, v[1].clone(), span);
                let divides = self.cmp(CmpOp::Eq, &rem, lit(self, 0), span);
                self.choose(by_zero, zero, divides, span)
            }
            "div_ceil" => {
                let quotient = self.arith(ArithOp::Div, x, v[1].clone(), span);
                let rem = self.arith(ArithOp::Rem, x, v[1].clone(), span);
                let more = self.cmp(CmpOp::Gt, &rem, lit(self, 0), span);
                let up = self.arith(ArithOp::Add, &quotient, lit(self, 1), span);
                self.choose(more, up, quotient, span)
            }
            "next_multiple_of" | "checked_next_multiple_of" => {
                let rem = self.arith(ArithOp::Rem, x, v[1].clone(), span);
                let whole = self.cmp(CmpOp::Eq, &rem, lit(self, 0), span);
                let missing = self.arith(ArithOp::Sub, &v[1], rem, span);
                if name == "next_multiple_of" {
                    let up = self.arith(ArithOp::Add, x, missing, span);
                    return self.choose(whole, x.clone(), up, span);
                }
                let up = self.std("int.checked_add", vec![x.clone(), missing], option, span);
                let inner = self.choose(whole, self.some(x.clone(), span), up, span);
                let by_zero = self.cmp(CmpOp::Eq, &v[1], lit(self, 0), span);
                self.choose(by_zero, none, inner, span)
            }
            "midpoint" => {
                // The mean of both without a sum that could overflow.
                let half = |cx: &Self, small: &Expr, large: &Expr| {
                    let gap = cx.arith(ArithOp::Sub, large, small.clone(), span);
                    let half = cx.arith(ArithOp::Div, &gap, lit(cx, 2), span);
                    cx.arith(ArithOp::Add, small, half, span)
                };
                let ordered = self.cmp(CmpOp::Le, x, v[1].clone(), span);
                self.choose(ordered, half(self, x, &v[1]), half(self, &v[1], x), span)
            }
            "checked_add_signed" | "saturating_add_signed" | "wrapping_add_signed" => {
                let low = self.cast(&v[1], int, span);
                if name == "wrapping_add_signed" {
                    return self.std("int.wrapping_add", vec![x.clone(), low], ty, span);
                }
                let size = self.std("int.unsigned_abs", vec![v[1].clone()], ty.clone(), span);
                let (up, down, out) = match name {
                    "checked_add_signed" => ("int.checked_add", "int.checked_sub", option),
                    _ => ("int.saturating_add", "int.saturating_sub", ty),
                };
                let down = self.std(down, vec![x.clone(), size], out.clone(), span);
                let up = self.std(up, vec![x.clone(), low], out, span);
                let zero = self.int_value(0, v[1].ty.clone(), span);
                let negative = self.cmp(CmpOp::Lt, &v[1], zero, span);
                self.choose(negative, down, up, span)
            }
            "next_power_of_two" | "checked_next_power_of_two" => {
                // All bits below it: then one more.
                let one = lit(self, 1);
                let before = self.arith(ArithOp::Sub, x, one.clone(), span);
                let zeros = self.std("int.leading_zeros", vec![before], Ty::Int(IntTy::U32), span);
                let below = self.arith(ArithOp::Shr, &max, zeros, span);
                let small = self.cmp(CmpOp::Le, x, one.clone(), span);
                let below = self.choose(small, lit(self, 0), below, span);
                match name {
                    "next_power_of_two" => self.arith(ArithOp::Add, &below, one, span),
                    _ => self.std("int.checked_add", vec![below, one], option, span),
                }
            }
            "to_le" | "to_be" => match (name, self.order_of_bytes()) {
                ("to_le", Some(Order::Little)) | ("to_be", Some(Order::Big)) => x.clone(),
                _ => self.std("int.swap_bytes", vec![x.clone()], ty, span),
            },
            // Bytes, the most or the least significant first.
            _ => {
                let unsigned = self.cast(x, int.unsigned(), span);
                let count = int.bits() / 8;
                let byte = |cx: &Self, i: u32| {
                    let by = cx.int_value(8 * i, Ty::Int(IntTy::U32), span);
                    let shifted = if i == 0 { unsigned.clone() } else { cx.arith(ArithOp::Shr, &unsigned, by, span) };
                    cx.cast(&shifted, IntTy::U8, span)
                };
                let big = match name {
                    "to_le_bytes" => false,
                    "to_ne_bytes" => self.order_of_bytes() == Some(Order::Big),
                    _ => true,
                };
                let bytes: Vec<Expr> = (0..count).map(|i| byte(self, if big { count - 1 - i } else { i })).collect();
                if name == "swap_bytes" {
                    let swapped = self.bytes_to_int(&bytes, int, false, span);
                    return swapped;
                }
                let ty = Ty::Array(Box::new(Ty::Int(IntTy::U8)), u64::from(count));
                self.expr(ExprKind::Array(bytes), ty, span)
            }
        }
    }

    /// The integer whose bytes these are.
    fn bytes_to_int(&self, bytes: &[Expr], int: IntTy, big: bool, span: Span) -> Expr {
        let unsigned = int.unsigned();
        let ordered: Vec<&Expr> = if big { bytes.iter().collect() } else { bytes.iter().rev().collect() };
        let mut out: Option<Expr> = None;
        for byte in ordered {
            let byte = self.cast(byte, unsigned, span);
            out = Some(match out {
                None => byte,
                Some(before) => {
                    let base = self.int_value(256, Ty::Int(unsigned), span);
                    let moved = self.arith(ArithOp::Mul, &before, base, span);
                    self.arith(ArithOp::Add, &moved, byte, span)
                }
            });
        }
        let value = out.unwrap_or_else(|| self.int_value(0, Ty::Int(unsigned), span));
        self.cast(&value, int, span)
    }

    /// `T::from_be_bytes(bytes)` and `T::from_le_bytes(bytes)`.
    pub(super) fn int_from_bytes(&mut self, int: IntTy, name: &str, arg: &syn::Expr, span: Span) -> R<Option<Expr>> {
        let big = match name {
            "from_be_bytes" => true,
            "from_le_bytes" => false,
            "from_ne_bytes" if self.order_of_bytes().is_some() => self.order_of_bytes() == Some(Order::Big),
            "from_be" | "from_le" if self.order_of_bytes().is_some() => {
                let value = self.check_to(arg, &Ty::Int(int))?;
                let name = if name == "from_be" { "to_be" } else { "to_le" };
                return self.block_of(vec![value], span, |cx, v| Ok(cx.int_written(&v, int, name, span))).map(Some);
            }
            _ => return Ok(None),
        };
        let count = int.bits() / 8;
        let wanted = Ty::Array(Box::new(Ty::Int(IntTy::U8)), u64::from(count));
        let value = self.check_to(arg, &wanted)?;
        let out = self.block_of(vec![value], span, |cx, v| {
            let bytes: Vec<Expr> = (0..count)
                .map(|i| {
                    let at = cx.int_value(i, Ty::Int(IntTy::Usize), span);
                    cx.expr(ExprKind::Index(v[0].clone(), at), Ty::Int(IntTy::U8), span)
                })
                .collect();
            Ok(cx.bytes_to_int(&bytes, int, big, span))
        })?;
        Ok(Some(out))
    }

    /// The order of bytes of the build that is verified.
    fn order_of_bytes(&self) -> Option<Order> {
        let is = |value| self.krate.cfg.has_value("target_endian", value);
        match (is("little"), is("big")) {
            (true, false) => Some(Order::Little),
            (false, true) => Some(Order::Big),
            _ => None,
        }
    }

    fn shift_fits(&self, by: &Expr, int: IntTy, span: Span) -> Expr {
        self.cmp(CmpOp::Lt, by, self.int_value(int.bits(), Ty::Int(IntTy::U32), span), span)
    }

    fn bool_method(&mut self, value: Expr, name: &str, args: &[&syn::Expr], span: Span) -> R<Option<Expr>> {
        match (name, args) {
            ("then_some", [arg]) => {
                let arg = self.check(arg, &Expect::Nothing)?;
                let out = self.block_of(vec![value, arg], span, |cx, v| {
                    let none = cx.none(Ty::option(v[1].ty.clone()), span);
                    Ok(cx.choose(v[0].clone(), cx.some(v[1].clone(), span), none, span))
                })?;
                Ok(Some(out))
            }
            ("then", [f]) => {
                let inner = self.apply(f, vec![], &Expect::Nothing, span)?;
                let some = self.some(inner, span);
                let none = self.none(some.ty.clone(), span);
                Ok(Some(self.choose(value, some, none, span)))
            }
            _ => Ok(None),
        }
    }

    /// A part `s[lo..hi]` of a slice, as a reference.
    pub(super) fn part(&self, slice: &Expr, elem: &Ty, lo: Option<Expr>, hi: Option<Expr>, span: Span) -> Expr {
        let ty = Ty::Slice(Box::new(elem.clone()));
        let part = self.expr(ExprKind::SliceRange { base: slice.clone(), lo, hi, inclusive: false }, ty, span);
        self.borrow(false, part)
    }

    /// `slice.starts_with(other)` or `slice.ends_with(other)`.
    pub(super) fn starts_or_ends(&mut self, slice: Expr, other: Expr, elem: &Ty, starts: bool, span: Span) -> R<Expr> {
        self.block_of(vec![slice, other], span, |cx, v| {
            let base = cx.deref(v[0].clone());
            let len = |cx: &Self, e: &Expr| cx.std("slice.len", vec![e.clone()], Ty::Int(IntTy::Usize), span);
            let (own, needle) = (len(cx, &v[0]), len(cx, &v[1]));
            let fits = cx.cmp(CmpOp::Le, &needle, own.clone(), span);
            let part = if starts {
                cx.part(&base, elem, None, Some(needle), span)
            } else {
                let from = cx.arith(ArithOp::Sub, &own, needle, span);
                cx.part(&base, elem, Some(from), None, span)
            };
            let same = cx.compare(CmpOp::Eq, part, v[1].clone(), span)?;
            Ok(cx.expr(ExprKind::And(fits, same), Ty::Bool, span))
        })
    }

    fn slice_method(&mut self, place: Expr, elem: &Ty, name: &str, args: &[&syn::Expr], span: Span) -> R<Option<Expr>> {
        let usize_ty = Ty::Int(IntTy::Usize);
        let borrowed = |cx: &Self| cx.borrow(false, place.clone());
        match (name, args) {
            ("split_at", [mid]) => {
                let slice = borrowed(self);
                let mid = self.check_to(mid, &usize_ty)?;
                let out = self.block_of(vec![slice, mid], span, |cx, v| {
                    let base = cx.deref(v[0].clone());
                    let first = cx.part(&base, elem, None, Some(v[1].clone()), span);
                    let second = cx.part(&base, elem, Some(v[1].clone()), None, span);
                    Ok(cx.pair(first, second, span))
                })?;
                Ok(Some(out))
            }
            ("split_first" | "split_last", []) => {
                let slice = borrowed(self);
                let out = self.block_of(vec![slice], span, |cx, v| {
                    let base = cx.deref(v[0].clone());
                    let empty = cx.std("slice.is_empty", vec![v[0].clone()], Ty::Bool, span);
                    let one = cx.int_value(1, usize_ty.clone(), span);
                    let (at, rest) = if name == "split_first" {
                        let zero = cx.int_value(0, usize_ty.clone(), span);
                        (zero, cx.part(&base, elem, Some(one), None, span))
                    } else {
                        let len = cx.std("slice.len", vec![v[0].clone()], usize_ty.clone(), span);
                        let last = cx.arith(ArithOp::Sub, &len, one, span);
                        (last.clone(), cx.part(&base, elem, None, Some(last), span))
                    };
                    let item = cx.expr(ExprKind::Index(base, at), elem.clone(), span);
                    let item = cx.borrow(false, item);
                    let some = cx.some(cx.pair(item, rest, span), span);
                    let none = cx.none(some.ty.clone(), span);
                    Ok(cx.choose(empty, none, some, span))
                })?;
                Ok(Some(out))
            }
            // What is not there is undefined, which counts as the panic of an index.
            ("get_unchecked" | "get_unchecked_mut", [index]) => {
                let mutable = name == "get_unchecked_mut";
                if mutable {
                    self.no_effects("`get_unchecked_mut`", span)?;
                }
                let base = if mutable { self.without_slice_view(place) } else { place };
                let part = self.index_into(base, index, elem.clone(), span)?;
                Ok(Some(self.borrow(mutable, part)))
            }
            ("starts_with" | "ends_with", [other]) => {
                let slice = borrowed(self);
                let slice_ty = Ty::Ref(false, Box::new(Ty::Slice(Box::new(elem.clone()))));
                let other = self.check_to(other, &slice_ty)?;
                self.starts_or_ends(slice, other, elem, name == "starts_with", span).map(Some)
            }
            ("get", [syn::Expr::Range(range)]) => {
                let slice = borrowed(self);
                let closed = matches!(range.limits, syn::RangeLimits::Closed(_));
                let mut values = vec![slice];
                for bound in [&range.start, &range.end].into_iter().flatten() {
                    values.push(self.check_to(bound, &usize_ty)?);
                }
                let (has_lo, has_hi) = (range.start.is_some(), range.end.is_some());
                let out = self.block_of(values, span, |cx, v| {
                    let base = cx.deref(v[0].clone());
                    let mut bounds = v[1..].iter().cloned();
                    let lo = if has_lo { bounds.next() } else { None };
                    let hi = if has_hi { bounds.next() } else { None };
                    let len = cx.std("slice.len", vec![v[0].clone()], usize_ty.clone(), span);
                    let zero = cx.int_value(0, usize_ty.clone(), span);
                    let from = lo.clone().unwrap_or(zero);
                    let one = cx.int_value(1, usize_ty.clone(), span);
                    let fits = match (&hi, closed) {
                        (None, _) => cx.cmp(CmpOp::Le, &from, len, span),
                        (Some(hi), false) => {
                            let ordered = cx.cmp(CmpOp::Le, &from, hi.clone(), span);
                            let inside = cx.cmp(CmpOp::Le, hi, len, span);
                            cx.expr(ExprKind::And(ordered, inside), Ty::Bool, span)
                        }
                        (Some(hi), true) => {
                            // `hi < len` first: then `hi + 1` does not overflow.
                            let inside = cx.cmp(CmpOp::Lt, hi, len, span);
                            let next = cx.arith(ArithOp::Add, hi, one.clone(), span);
                            let ordered = cx.cmp(CmpOp::Le, &from, next, span);
                            cx.expr(ExprKind::And(inside, ordered), Ty::Bool, span)
                        }
                    };
                    let end = hi.map(|hi| if closed { cx.arith(ArithOp::Add, &hi, one, span) } else { hi });
                    let part = cx.part(&base, elem, lo, end, span);
                    let some = cx.some(part, span);
                    let none = cx.none(some.ty.clone(), span);
                    Ok(cx.choose(fits, some, none, span))
                })?;
                Ok(Some(out))
            }
            _ => Ok(None),
        }
    }
}

/// Which byte of an integer comes first in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

fn signed_twin(int: IntTy) -> Option<IntTy> {
    IntTy::ALL.into_iter().find(|t| t.signed() && t.unsigned() == int)
}
