//! Bit operations in conditions.

use super::*;

impl<'a> Spec<'a, '_> {
    /// A bit operation. What it computes with must be in the type's range, where sums need not be.
    pub(super) fn bits(&self, op: ArithOp, e: &Expr, x: (&Expr, With<String>), y: (&Expr, With<String>)) -> R<String> {
        let Ty::Int(t) = e.ty.peel() else { return self.no("a bit operation on an `int`", e.span) };
        let in_range = |e: &Expr, v: With<String>| within(e, v, *t);
        // The low bits are a remainder.
        for (mask, other) in [(x.0, &y), (y.0, &x)] {
            if let (ArithOp::BitAnd, ExprKind::Lit(Lit::Int(n))) = (op, &*mask.kind)
                && let Some(modulus) = low_bits(n)
            {
                return Ok(in_range(other.0, other.1.clone()).map(|v| format!("({v} % {modulus})")));
            }
        }
        let name = match op {
            ArithOp::BitAnd => "iand",
            ArithOp::BitOr => "ior",
            _ => "ixor",
        };
        let (x, y) = (in_range(x.0, x.1), in_range(y.0, y.1));
        Ok(both(x, y, |x, y| format!("(Harmonic.{name} {} {x} {y})", crate::terms::int_name(*t))))
    }

    /// A method that sees the bits of an integer of type `t`: what it computes with must be in the type's range.
    pub(super) fn bits_method(&self, key: &str, t: IntTy, args: &[Expr], env: &Env, e: &Expr) -> R<String> {
        let x = within(&args[0], self.int(&args[0], env)?, t);
        let (bits, name) = (t.bits(), crate::terms::int_name(t));
        let amount = || Ok(within(&args[1], self.int(&args[1], env)?, IntTy::U32));
        let rotated = |f: &str| Ok(both(x.clone(), amount()?, |x, k| format!("(Harmonic.{f} {name} {x} {k})")));
        match key {
            "int.count_ones" => Ok(x.map(|x| format!("(Harmonic.popcount {bits} {x})"))),
            "int.count_zeros" => Ok(x.map(|x| format!("({bits} - Harmonic.popcount {bits} {x})"))),
            "int.trailing_zeros" => Ok(x.map(|x| format!("(Harmonic.ctz {bits} {x})"))),
            "int.leading_zeros" => {
                let modulus = lit(&(t.unsigned().max() + 1));
                Ok(x.map(|x| format!("(Harmonic.clz {bits} ({x} % {modulus}))")))
            }
            "int.reverse_bits" => Ok(x.map(|x| format!("(Harmonic.ireverse {name} {x})"))),
            "int.swap_bytes" => Ok(x.map(|x| format!("(Harmonic.iswap {name} {x})"))),
            "int.rotate_left" => rotated("irotl"),
            "int.rotate_right" => rotated("irotr"),
            "int.wrapping_neg" => Ok(x.map(|x| wrap(&format!("(-{x})"), t))),
            "int.wrapping_shl" => {
                Ok(both(x, amount()?, |x, k| wrap(&format!("({x} * Harmonic.pow2 ({k} % {bits}))"), t)))
            }
            "int.wrapping_shr" => Ok(both(x, amount()?, |x, k| format!("({x} / Harmonic.pow2 ({k} % {bits}))"))),
            _ => self.no(&format!("`{}`", key.rsplit('.').next().unwrap_or(key)), e.span),
        }
    }

    /// `!x` on an integer of type `t`.
    pub(super) fn complement(&self, x: &Expr, t: IntTy, env: &Env) -> R<String> {
        let v = within(x, self.int(x, env)?, t);
        Ok(v.map(|x| format!("({} - {x})", lit(&(t.min() + t.max())))))
    }
}

/// A value of which the bits are seen, with what must hold for that.
fn within(e: &Expr, mut v: With<String>, t: IntTy) -> With<String> {
    if !matches!(&*e.kind, ExprKind::Lit(_)) {
        v.needs.push(format!("({} ≤ {1} ∧ {1} ≤ {2})", lit(&t.min()), v.it, lit(&t.max())));
    }
    v
}

/// `n + 1`, if that is a power of two: `x & n` is the remainder by it, also of a negative `x`.
pub(crate) fn low_bits(n: &num_bigint::BigInt) -> Option<num_bigint::BigInt> {
    let next: num_bigint::BigInt = n + 1;
    (n.sign() != num_bigint::Sign::Minus && (&next & n) == 0.into()).then_some(next)
}
