//! The std items of `std_ops.txt`.

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::int_ops::{self, IntPanic};
use super::machine::{Eval, Machine, PanicCause, Stop};
use super::value::{Located, Place, Step, Value};
use crate::layout::size_of;
use crate::span::Span;
use crate::tir::{AdtId, Expr, IntTy, Ty};

impl<'p> Machine<'p> {
    pub(crate) fn std(&mut self, key: &'static str, args: &'p [Expr], e: &'p Expr) -> Eval<Value> {
        match key.split_once('.') {
            Some(("int", op)) => self.std_int(op, args, e),
            Some(("option" | "result", op)) => self.std_option(key, op, args, e),
            Some(("slice" | "vec", _)) => self.std_list(key, args, e),
            Some(("mem", _)) => self.std_mem(key, args, e),
            _ => self.malformed("this std item", e.span),
        }
    }

    fn std_int(&mut self, op: &str, args: &'p [Expr], e: &'p Expr) -> Eval<Value> {
        let mut xs = Vec::with_capacity(args.len());
        for a in args {
            xs.push(self.integer(a)?);
        }
        let ty = if op == "try_from" {
            match &e.ty {
                Ty::Adt(AdtId::RESULT, ts) => ts.first().cloned(),
                _ => None,
            }
        } else {
            args.first().map(|a| a.ty.peel().clone())
        };
        let in_range = |xs: &[BigInt]| {
            args.iter().zip(xs).all(|(a, x)| match a.ty.peel() {
                Ty::Int(t) => int_ops::fits(*t, x),
                _ => true,
            })
        };
        if self.spec
            && let Some(v) = self.math_std(op, &xs, e.span)?
        {
            return Ok(v);
        }
        let Some(Ty::Int(t)) = ty else { return self.malformed("this std item on a mathematical integer", e.span) };
        // Beyond its type a machine operation means nothing: the condition is left undecided.
        if self.spec && op != "try_from" && !in_range(&xs) {
            return self.malformed("a machine operation on a value outside its type", e.span);
        }
        match int_std(op, t, &xs) {
            Some(Ok(v)) => Ok(v),
            Some(Err(p @ IntPanic::ClampBounds)) => {
                let m = match xs.as_slice() {
                    [_, lo, hi] => format!("{}. min = {lo}, max = {hi}", p.message()),
                    _ => p.message().to_string(),
                };
                self.panic(PanicCause::Int(p), m, e.span)
            }
            Some(Err(p)) => self.int_panic(p, e.span),
            None => self.malformed("this std item", e.span),
        }
    }

    /// The items that are mathematical functions in conditions.
    fn math_std(&mut self, op: &str, xs: &[BigInt], span: Span) -> Eval<Option<Value>> {
        let v = match (op, xs) {
            ("abs" | "unsigned_abs", [a]) => Value::Int(a.abs()),
            ("abs_diff", [a, b]) => Value::Int((a - b).abs()),
            ("min", [a, b]) => Value::Int(a.min(b).clone()),
            ("max", [a, b]) => Value::Int(a.max(b).clone()),
            ("signum", [a]) => Value::Int(a.signum()),
            ("is_positive", [a]) => Value::Bool(a.is_positive()),
            ("is_negative", [a]) => Value::Bool(a.is_negative()),
            ("clamp", [a, lo, hi]) => {
                if lo > hi {
                    return self.int_panic(IntPanic::ClampBounds, span);
                }
                Value::Int(a.max(lo).min(hi).clone())
            }
            ("pow", [a, n]) => match n.to_u32() {
                _ if a.is_zero() && !n.is_zero() => Value::int(0),
                _ if a.is_one() => Value::int(1),
                _ if (-a).is_one() => Value::int(if n.bit(0) { -1 } else { 1 }),
                Some(n) if a.bits().saturating_mul(u64::from(n)) < 1 << 16 => Value::Int(a.pow(n)),
                _ => return self.malformed("a power of this size", span),
            },
            ("div_euclid" | "rem_euclid", [a, b]) => {
                if b.is_zero() {
                    let p = if op == "div_euclid" { IntPanic::DivByZero } else { IntPanic::RemByZero };
                    return self.int_panic(p, span);
                }
                let mut r = a % b;
                if r.is_negative() {
                    r += b.abs();
                }
                if op == "rem_euclid" { Value::Int(r) } else { Value::Int((a - r) / b) }
            }
            _ => return Ok(None),
        };
        Ok(Some(v))
    }

    fn std_option(&mut self, key: &str, op: &str, args: &'p [Expr], e: &'p Expr) -> Eval<Value> {
        let Some((receiver, rest)) = args.split_first() else { return self.malformed("this std item", e.span) };
        let v = self.scalar(receiver)?;
        let mut more = Vec::new();
        for a in rest {
            more.push(self.eval(a)?);
        }
        let Value::Adt(_, variant, fields) = v else { return self.malformed("this std item", e.span) };
        let payload = fields.first().cloned();
        let is_option = key.starts_with("option");
        // `Some` is variant 1, `Ok` is variant 0.
        let good = if is_option { variant == 1 } else { variant == 0 };
        let good_value = if good { payload.clone() } else { None };
        Ok(match (op, more.into_iter().next()) {
            ("is_some" | "is_ok", _) => Value::Bool(good),
            ("is_none" | "is_err", _) => Value::Bool(!good),
            ("unwrap", _) => match good_value {
                Some(v) => v,
                None if is_option => {
                    let m = "called `Option::unwrap()` on a `None` value";
                    return self.panic(PanicCause::Unwrap, m, e.span);
                }
                None => return self.panic(PanicCause::Unwrap, "called `Result::unwrap()` on an `Err` value", e.span),
            },
            ("expect", message) => match (good_value, message) {
                (Some(v), _) => v,
                (None, message) => {
                    let text = message.and_then(|m| m.as_text());
                    return self.panic(PanicCause::Unwrap, text.as_deref().unwrap_or("`expect` failed"), e.span);
                }
            },
            ("unwrap_or", Some(default)) => good_value.unwrap_or(default),
            ("ok_or", Some(error)) => Value::result(good_value.ok_or(error)),
            ("ok", _) => Value::option(good_value),
            ("err", _) => Value::option(if good { None } else { payload }),
            _ => return self.malformed("this std item", e.span),
        })
    }

    /// A receiver as a place or value, references stripped.
    fn receiver(&mut self, e: &'p Expr) -> Eval<Located> {
        let at = self.locate(e)?;
        Ok(self.strip(at))
    }

    fn receiver_place(&mut self, e: &'p Expr) -> Eval<Place> {
        match self.receiver(e)? {
            Located::Place(p) => Ok(p),
            Located::Value(_) => self.malformed("this receiver", e.span),
        }
    }

    fn std_list(&mut self, key: &str, args: &'p [Expr], e: &'p Expr) -> Eval<Value> {
        let span = e.span;
        match (key, args) {
            ("vec.new", []) => Ok(Value::list(vec![])),
            ("vec.with_capacity", [n]) => {
                let n = self.integer(n)?;
                let element = match &e.ty {
                    Ty::Vec(t) => self.concrete(t),
                    _ => return self.malformed("this vector", span),
                };
                self.check_capacity(&n, &element, span)?;
                if n > BigInt::from(self.limits.memory) && size_of(&element, self.program.boxes).least > 0 {
                    return self.stop(Stop::Memory);
                }
                Ok(Value::list(vec![]))
            }
            ("slice.len", [r]) => {
                let at = self.receiver(r)?;
                Ok(Value::int(self.length(&at, span)?))
            }
            ("slice.is_empty", [r]) => {
                let at = self.receiver(r)?;
                Ok(Value::Bool(self.length(&at, span)? == 0))
            }
            ("slice.first" | "slice.last", [r]) => {
                let at = self.receiver(r)?;
                let n = self.length(&at, span)?;
                let i = if key == "slice.first" { 0 } else { n.saturating_sub(1) };
                self.get(at, (n > 0).then_some(i), span)
            }
            ("slice.get", [r, i]) => {
                let at = self.receiver(r)?;
                let i = self.integer(i)?;
                let n = self.length(&at, span)?;
                self.get(at, i.to_usize().filter(|i| *i < n), span)
            }
            ("slice.contains", [r, x]) => {
                let at = self.receiver(r)?;
                let list = self.located_value(at, span)?;
                let x = self.eval(x)?;
                let x = self.resolve(&x);
                let list = self.resolve(&list);
                let found =
                    list.children().unwrap_or_default().iter().any(|v| self.compare(v, &x).is_some_and(|o| o.is_eq()));
                Ok(Value::Bool(found))
            }
            ("slice.to_vec", [r]) => {
                let at = self.receiver(r)?;
                let n = self.length(&at, span)?;
                self.allocate(n)?;
                self.located_value(at, span)
            }
            ("slice.swap", [r, a, b]) => {
                let p = self.receiver_place(r)?;
                let a = self.integer(a)?;
                let b = self.integer(b)?;
                let n = self.length(&Located::Place(p.clone()), span)?;
                for i in [&a, &b] {
                    if *i >= BigInt::from(n) {
                        let m = format!("index out of bounds: the len is {n} but the index is {i}");
                        return self.panic(PanicCause::Bounds, m, span);
                    }
                }
                let (items, lo, _) = self.list_mut(&p, span)?;
                if let (Some(a), Some(b)) = (a.to_usize(), b.to_usize()) {
                    items.swap(lo + a, lo + b);
                }
                Ok(Value::unit())
            }
            ("slice.fill", [r, x]) => {
                let p = self.receiver_place(r)?;
                let x = self.eval(x)?;
                let (items, lo, hi) = self.list_mut(&p, span)?;
                items[lo..hi].fill(x);
                Ok(Value::unit())
            }
            ("slice.reverse", [r]) => {
                let p = self.receiver_place(r)?;
                let (items, lo, hi) = self.list_mut(&p, span)?;
                items[lo..hi].reverse();
                Ok(Value::unit())
            }
            ("slice.copy_from_slice" | "slice.clone_from_slice", [r, s]) => {
                let p = self.receiver_place(r)?;
                let at = self.receiver(s)?;
                let from = self.located_value(at, span)?;
                let from = from.children().unwrap_or_default();
                let (items, lo, hi) = self.list_mut(&p, span)?;
                if from.len() != hi - lo {
                    let m = "copy_from_slice: source slice length does not match destination slice length";
                    return self.panic(PanicCause::Bounds, m, span);
                }
                items[lo..hi].clone_from_slice(from);
                Ok(Value::unit())
            }
            ("vec.push", [r, x]) => {
                let p = self.receiver_place(r)?;
                let x = self.eval(x)?;
                self.allocate(1)?;
                self.list_mut(&p, span)?.0.push(x);
                Ok(Value::unit())
            }
            ("vec.pop", [r]) => {
                let p = self.receiver_place(r)?;
                Ok(Value::option(self.list_mut(&p, span)?.0.pop()))
            }
            ("vec.insert", [r, i, x]) => {
                let p = self.receiver_place(r)?;
                let i = self.integer(i)?;
                let x = self.eval(x)?;
                let n = self.list_mut(&p, span)?.0.len();
                match i.to_usize().filter(|i| *i <= n) {
                    Some(i) => {
                        self.allocate(1)?;
                        self.list_mut(&p, span)?.0.insert(i, x);
                        Ok(Value::unit())
                    }
                    None => {
                        let m = format!("insertion index (is {i}) should be <= len (is {n})");
                        self.panic(PanicCause::Bounds, m, span)
                    }
                }
            }
            ("vec.remove", [r, i]) => {
                let p = self.receiver_place(r)?;
                let i = self.integer(i)?;
                let items = self.list_mut(&p, span)?.0;
                let n = items.len();
                match i.to_usize().filter(|i| *i < n) {
                    Some(i) => Ok(items.remove(i)),
                    None => {
                        let m = format!("removal index (is {i}) should be < len (is {n})");
                        self.panic(PanicCause::Bounds, m, span)
                    }
                }
            }
            ("vec.truncate", [r, n]) => {
                let p = self.receiver_place(r)?;
                let n = self.integer(n)?.to_usize().unwrap_or(usize::MAX);
                self.list_mut(&p, span)?.0.truncate(n);
                Ok(Value::unit())
            }
            ("vec.clear", [r]) => {
                let p = self.receiver_place(r)?;
                self.list_mut(&p, span)?.0.clear();
                Ok(Value::unit())
            }
            ("vec.extend_from_slice", [r, s]) => {
                let p = self.receiver_place(r)?;
                let at = self.receiver(s)?;
                let more = self.located_value(at, span)?;
                let more = more.children().unwrap_or_default();
                self.allocate(more.len())?;
                self.list_mut(&p, span)?.0.extend_from_slice(more);
                Ok(Value::unit())
            }
            _ => self.malformed("this std item", span),
        }
    }

    fn get(&mut self, at: Located, i: Option<usize>, span: Span) -> Eval<Value> {
        match i {
            None => Ok(Value::option(None)),
            Some(i) => {
                let part = self.part(at, Step::At(i), span)?;
                Ok(Value::option(Some(self.located_value(part, span)?)))
            }
        }
    }

    fn std_mem(&mut self, key: &str, args: &'p [Expr], e: &'p Expr) -> Eval<Value> {
        match (key, args) {
            ("mem.swap", [a, b]) => {
                let p = self.one_place(a)?;
                let q = self.one_place(b)?;
                let x = self.read(&p, e.span)?;
                let y = self.read(&q, e.span)?;
                self.write(&p, y, e.span)?;
                self.write(&q, x, e.span)?;
                Ok(Value::unit())
            }
            ("mem.replace", [a, v]) => {
                let p = self.one_place(a)?;
                let v = self.eval(v)?;
                let old = self.read(&p, e.span)?;
                self.write(&p, v, e.span)?;
                Ok(old)
            }
            _ => self.malformed("this std item", e.span),
        }
    }

    /// The place that a `&mut` expression refers to (one level: `T` itself may be a reference).
    fn one_place(&mut self, e: &'p Expr) -> Eval<Place> {
        match self.eval(e)? {
            Value::Mut(p) => Ok(p),
            _ => self.malformed("this argument", e.span),
        }
    }

    /// Panics as `Vec` does when `n` elements exceed `isize::MAX` bytes for sure.
    pub(crate) fn check_capacity(&mut self, n: &BigInt, element: &Ty, span: Span) -> Eval<()> {
        if n * size_of(element, self.program.boxes).least > IntTy::Isize.max() {
            return self.panic(PanicCause::Capacity, "capacity overflow", span);
        }
        Ok(())
    }
}

/// An `int.` item on machine integers: `None` when there is no such item, the panic as an error.
pub fn int_std(op: &str, t: IntTy, xs: &[BigInt]) -> Option<Result<Value, IntPanic>> {
    let int = |x: BigInt| Some(Ok(Value::Int(x)));
    let boolean = |b: bool| Some(Ok(Value::Bool(b)));
    let option = |x: Option<BigInt>| Some(Ok(Value::option(x.map(Value::Int))));
    let pair = |(x, o): (BigInt, bool)| Some(Ok(Value::tuple(vec![Value::Int(x), Value::Bool(o)])));
    let checked = |r: Result<BigInt, IntPanic>| Some(r.map(Value::Int));
    let small = |n: u32| Some(Ok(Value::int(n)));
    match xs {
        [a] => match op {
            "reverse_bits" => int(int_ops::reverse_bits(t, a)),
            "swap_bytes" => int(int_ops::swap_bytes(t, a)),
            "wrapping_neg" => int(int_ops::wrapping_neg(t, a)),
            "checked_neg" => option(int_ops::checked_neg(t, a)),
            "abs" => checked(int_ops::abs(t, a)),
            "unsigned_abs" => int(int_ops::unsigned_abs(t, a)),
            "signum" => int(int_ops::signum(t, a)),
            "is_positive" => boolean(int_ops::is_positive(t, a)),
            "is_negative" => boolean(int_ops::is_negative(t, a)),
            "leading_zeros" => small(int_ops::leading_zeros(t, a)),
            "trailing_zeros" => small(int_ops::trailing_zeros(t, a)),
            "count_ones" => small(int_ops::count_ones(t, a)),
            "count_zeros" => small(int_ops::count_zeros(t, a)),
            "is_power_of_two" => boolean(int_ops::is_power_of_two(t, a)),
            "try_from" => {
                let r = int_ops::try_from(t, a).map(Value::Int);
                Some(Ok(Value::result(r.ok_or_else(|| Value::adt(AdtId::TRY_FROM_INT_ERROR, 0, vec![])))))
            }
            _ => None,
        },
        [a, b] => {
            let n = b.to_u32();
            match op {
                "wrapping_add" => int(int_ops::wrapping_add(t, a, b)),
                "wrapping_sub" => int(int_ops::wrapping_sub(t, a, b)),
                "wrapping_mul" => int(int_ops::wrapping_mul(t, a, b)),
                "wrapping_shl" => int(int_ops::wrapping_shl(t, a, n?)),
                "wrapping_shr" => int(int_ops::wrapping_shr(t, a, n?)),
                "checked_add" => option(int_ops::checked_add(t, a, b)),
                "checked_sub" => option(int_ops::checked_sub(t, a, b)),
                "checked_mul" => option(int_ops::checked_mul(t, a, b)),
                "checked_div" => option(int_ops::checked_div(t, a, b)),
                "checked_rem" => option(int_ops::checked_rem(t, a, b)),
                "saturating_add" => int(int_ops::saturating_add(t, a, b)),
                "saturating_sub" => int(int_ops::saturating_sub(t, a, b)),
                "saturating_mul" => int(int_ops::saturating_mul(t, a, b)),
                "overflowing_add" => pair(int_ops::overflowing_add(t, a, b)),
                "overflowing_sub" => pair(int_ops::overflowing_sub(t, a, b)),
                "overflowing_mul" => pair(int_ops::overflowing_mul(t, a, b)),
                "abs_diff" => int(int_ops::abs_diff(t, a, b)),
                "pow" => checked(int_ops::pow(t, a, n?)),
                "checked_pow" => option(int_ops::pow(t, a, n?).ok()),
                "wrapping_pow" => int(int_ops::wrapping_pow(t, a, n?)),
                "saturating_pow" => int(int_ops::saturating_pow(t, a, n?)),
                "min" => int(int_ops::min(t, a, b)),
                "max" => int(int_ops::max(t, a, b)),
                "rem_euclid" => checked(int_ops::rem_euclid(t, a, b)),
                "div_euclid" => checked(int_ops::div_euclid(t, a, b)),
                "rotate_left" => int(int_ops::rotate_left(t, a, n?)),
                "rotate_right" => int(int_ops::rotate_right(t, a, n?)),
                _ => None,
            }
        }
        [a, lo, hi] if op == "clamp" => checked(int_ops::clamp(t, a, lo, hi)),
        _ => None,
    }
}
