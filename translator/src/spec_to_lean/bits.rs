//! Bit operations in conditions.

use super::*;

impl<'a> Spec<'a, '_> {
    /// A bit operation. What it computes with must be in the type's range, where sums need not be.
    pub(super) fn bits(&self, op: ArithOp, e: &Expr, x: (&Expr, With<String>), y: (&Expr, With<String>)) -> R<String> {
        let Ty::Int(t) = e.ty.peel() else { return self.no("a bit operation on an `int`", e.span) };
        let in_range = |e: &Expr, mut v: With<String>| {
            if !matches!(&*e.kind, ExprKind::Lit(_)) {
                v.needs.push(format!("({} ≤ {1} ∧ {1} ≤ {2})", lit(&t.min()), v.it, lit(&t.max())));
            }
            v
        };
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
}

/// `n + 1`, if that is a power of two: `x & n` is the remainder by it, also of a negative `x`.
pub(crate) fn low_bits(n: &num_bigint::BigInt) -> Option<num_bigint::BigInt> {
    let next: num_bigint::BigInt = n + 1;
    (n.sign() != num_bigint::Sign::Minus && (&next & n) == 0.into()).then_some(next)
}
