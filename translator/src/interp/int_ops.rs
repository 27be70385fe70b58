//! Reference semantics of integer operations: one function an operator or std item, on mathematical integers with the
//! machine type given. Overflow checks are always on. `tests/differential.rs` compares every one of them with rustc.
//!
//! Operands are expected in the range of their type; every result is then in the range of its type.

use num_bigint::{BigInt, Sign};
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::tir::{ArithOp, IntTy};

/// Why an integer operation panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum IntPanic {
    AddOverflow,
    SubOverflow,
    MulOverflow,
    DivOverflow,
    RemOverflow,
    NegOverflow,
    ShlOverflow,
    ShrOverflow,
    DivByZero,
    RemByZero,
    /// `clamp` with `min > max`.
    ClampBounds,
}

impl IntPanic {
    /// The message of the panic, as rustc and std print it (for `clamp`, its beginning).
    pub fn message(self) -> &'static str {
        match self {
            IntPanic::AddOverflow => "attempt to add with overflow",
            IntPanic::SubOverflow => "attempt to subtract with overflow",
            IntPanic::MulOverflow => "attempt to multiply with overflow",
            IntPanic::DivOverflow => "attempt to divide with overflow",
            IntPanic::RemOverflow => "attempt to calculate the remainder with overflow",
            IntPanic::NegOverflow => "attempt to negate with overflow",
            IntPanic::ShlOverflow => "attempt to shift left with overflow",
            IntPanic::ShrOverflow => "attempt to shift right with overflow",
            IntPanic::DivByZero => "attempt to divide by zero",
            IntPanic::RemByZero => "attempt to calculate the remainder with a divisor of zero",
            IntPanic::ClampBounds => "min > max",
        }
    }
}

/// Result of an operation that may panic.
pub type Checked = Result<BigInt, IntPanic>;

/// Whether `x` is a value of type `ty`.
pub fn fits(ty: IntTy, x: &BigInt) -> bool {
    // A bit count decides all but the boundary, without building the bounds.
    let bits = x.bits();
    let width = u64::from(ty.bits());
    match (ty.signed(), x.sign()) {
        (_, Sign::NoSign) => true,
        (false, Sign::Minus) => false,
        (false, Sign::Plus) => bits <= width,
        (true, Sign::Plus) => bits < width,
        (true, Sign::Minus) => bits < width || (bits == width && *x == ty.min()),
    }
}

/// The value of type `ty` that is congruent to `x` modulo `2^bits`: what `as` does between integers.
pub fn wrap(ty: IntTy, x: &BigInt) -> BigInt {
    if fits(ty, x) {
        return x.clone();
    }
    let modulus = BigInt::one() << ty.bits();
    let mut r = x % &modulus;
    if r.is_negative() {
        r += &modulus;
    }
    if ty.signed() && r > ty.max() {
        r -= modulus;
    }
    r
}

fn checked(ty: IntTy, x: BigInt, panic: IntPanic) -> Checked {
    if fits(ty, &x) { Ok(x) } else { Err(panic) }
}

fn saturate(ty: IntTy, x: BigInt) -> BigInt {
    if fits(ty, &x) {
        x
    } else if x.is_negative() {
        ty.min()
    } else {
        ty.max()
    }
}

/// The bits of `x` as an unsigned number.
fn bits_of(ty: IntTy, x: &BigInt) -> BigInt {
    wrap(ty.unsigned(), x)
}

/// A shift amount, when it is in `0..bits`.
fn shift_amount(ty: IntTy, amount: &BigInt) -> Option<u32> {
    amount.to_u32().filter(|n| *n < ty.bits())
}

// Operators.

/// `a + b`
pub fn add(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    checked(ty, a + b, IntPanic::AddOverflow)
}
/// `a - b`
pub fn sub(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    checked(ty, a - b, IntPanic::SubOverflow)
}
/// `a * b`
pub fn mul(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    checked(ty, a * b, IntPanic::MulOverflow)
}
/// `a / b`, truncated toward zero.
pub fn div(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    if b.is_zero() {
        return Err(IntPanic::DivByZero);
    }
    checked(ty, a / b, IntPanic::DivOverflow)
}
/// `a % b`, with the sign of `a`; `MIN % -1` panics.
pub fn rem(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    if b.is_zero() {
        return Err(IntPanic::RemByZero);
    }
    if !fits(ty, &(a / b)) {
        return Err(IntPanic::RemOverflow);
    }
    Ok(a % b)
}
/// `a & b`
pub fn bit_and(_: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    a & b
}
/// `a | b`
pub fn bit_or(_: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    a | b
}
/// `a ^ b`
pub fn bit_xor(_: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    a ^ b
}
/// `a << b`; bits that leave the type are lost, an amount outside `0..bits` panics.
pub fn shl(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    let n = shift_amount(ty, b).ok_or(IntPanic::ShlOverflow)?;
    Ok(wrap(ty, &(a << n)))
}
/// `a >> b`, arithmetic on signed types; an amount outside `0..bits` panics.
pub fn shr(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    let n = shift_amount(ty, b).ok_or(IntPanic::ShrOverflow)?;
    Ok(a >> n)
}
/// `-a`
pub fn neg(ty: IntTy, a: &BigInt) -> Checked {
    checked(ty, -a, IntPanic::NegOverflow)
}
/// `!a`
pub fn not(ty: IntTy, a: &BigInt) -> BigInt {
    if ty.signed() { -a - 1 } else { ty.max() - a }
}
/// Any binary operator.
pub fn arith(op: ArithOp, ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    match op {
        ArithOp::Add => add(ty, a, b),
        ArithOp::Sub => sub(ty, a, b),
        ArithOp::Mul => mul(ty, a, b),
        ArithOp::Div => div(ty, a, b),
        ArithOp::Rem => rem(ty, a, b),
        ArithOp::BitAnd => Ok(bit_and(ty, a, b)),
        ArithOp::BitOr => Ok(bit_or(ty, a, b)),
        ArithOp::BitXor => Ok(bit_xor(ty, a, b)),
        ArithOp::Shl => shl(ty, a, b),
        ArithOp::Shr => shr(ty, a, b),
    }
}
/// `a as ty`
pub fn cast(ty: IntTy, a: &BigInt) -> BigInt {
    wrap(ty, a)
}

// Std items, in the order of `std_ops.txt`.

/// `a.wrapping_add(b)`
pub fn wrapping_add(ty: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    wrap(ty, &(a + b))
}
/// `a.wrapping_sub(b)`
pub fn wrapping_sub(ty: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    wrap(ty, &(a - b))
}
/// `a.wrapping_mul(b)`
pub fn wrapping_mul(ty: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    wrap(ty, &(a * b))
}
/// `a.wrapping_neg()`
pub fn wrapping_neg(ty: IntTy, a: &BigInt) -> BigInt {
    wrap(ty, &-a)
}
/// `a.wrapping_shl(n)`: the amount is taken modulo the width.
pub fn wrapping_shl(ty: IntTy, a: &BigInt, n: u32) -> BigInt {
    wrap(ty, &(a << (n % ty.bits())))
}
/// `a.wrapping_shr(n)`: the amount is taken modulo the width.
pub fn wrapping_shr(ty: IntTy, a: &BigInt, n: u32) -> BigInt {
    a >> (n % ty.bits())
}
/// `a.checked_add(b)`
pub fn checked_add(ty: IntTy, a: &BigInt, b: &BigInt) -> Option<BigInt> {
    add(ty, a, b).ok()
}
/// `a.checked_sub(b)`
pub fn checked_sub(ty: IntTy, a: &BigInt, b: &BigInt) -> Option<BigInt> {
    sub(ty, a, b).ok()
}
/// `a.checked_mul(b)`
pub fn checked_mul(ty: IntTy, a: &BigInt, b: &BigInt) -> Option<BigInt> {
    mul(ty, a, b).ok()
}
/// `a.checked_div(b)`
pub fn checked_div(ty: IntTy, a: &BigInt, b: &BigInt) -> Option<BigInt> {
    div(ty, a, b).ok()
}
/// `a.checked_rem(b)`
pub fn checked_rem(ty: IntTy, a: &BigInt, b: &BigInt) -> Option<BigInt> {
    rem(ty, a, b).ok()
}
/// `a.checked_neg()`
pub fn checked_neg(ty: IntTy, a: &BigInt) -> Option<BigInt> {
    neg(ty, a).ok()
}
/// `a.saturating_add(b)`
pub fn saturating_add(ty: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    saturate(ty, a + b)
}
/// `a.saturating_sub(b)`
pub fn saturating_sub(ty: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    saturate(ty, a - b)
}
/// `a.saturating_mul(b)`
pub fn saturating_mul(ty: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    saturate(ty, a * b)
}
/// `a.overflowing_add(b)`
pub fn overflowing_add(ty: IntTy, a: &BigInt, b: &BigInt) -> (BigInt, bool) {
    overflowing(ty, a + b)
}
/// `a.overflowing_sub(b)`
pub fn overflowing_sub(ty: IntTy, a: &BigInt, b: &BigInt) -> (BigInt, bool) {
    overflowing(ty, a - b)
}
/// `a.overflowing_mul(b)`
pub fn overflowing_mul(ty: IntTy, a: &BigInt, b: &BigInt) -> (BigInt, bool) {
    overflowing(ty, a * b)
}
fn overflowing(ty: IntTy, x: BigInt) -> (BigInt, bool) {
    let over = !fits(ty, &x);
    (wrap(ty, &x), over)
}
/// `a.abs()`; panics on `MIN`.
pub fn abs(ty: IntTy, a: &BigInt) -> Checked {
    checked(ty, a.abs(), IntPanic::NegOverflow)
}
/// `a.unsigned_abs()`
pub fn unsigned_abs(_: IntTy, a: &BigInt) -> BigInt {
    a.abs()
}
/// `a.abs_diff(b)`
pub fn abs_diff(_: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    (a - b).abs()
}
/// `a.pow(n)`
pub fn pow(ty: IntTy, a: &BigInt, n: u32) -> Checked {
    if a.abs() <= BigInt::one() {
        // 0, 1 and -1 never overflow, however large the exponent.
        let even = n.is_multiple_of(2);
        return Ok(match () {
            () if n == 0 => BigInt::one(),
            () if a.is_negative() && even => BigInt::one(),
            () => a.clone(),
        });
    }
    // |a| ≥ 2: an exponent of the width or more is out of range.
    if n > ty.bits() {
        return Err(IntPanic::MulOverflow);
    }
    checked(ty, a.pow(n), IntPanic::MulOverflow)
}
/// `a.wrapping_pow(n)`
pub fn wrapping_pow(ty: IntTy, a: &BigInt, n: u32) -> BigInt {
    wrap(ty, &a.modpow(&BigInt::from(n), &(BigInt::one() << ty.bits())))
}
/// `a.saturating_pow(n)`
pub fn saturating_pow(ty: IntTy, a: &BigInt, n: u32) -> BigInt {
    match pow(ty, a, n) {
        Ok(x) => x,
        Err(_) if a.is_negative() && !n.is_multiple_of(2) => ty.min(),
        Err(_) => ty.max(),
    }
}
/// `a.min(b)`
pub fn min(_: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    a.min(b).clone()
}
/// `a.max(b)`
pub fn max(_: IntTy, a: &BigInt, b: &BigInt) -> BigInt {
    a.max(b).clone()
}
/// `a.clamp(lo, hi)`; panics when `lo > hi`.
pub fn clamp(_: IntTy, a: &BigInt, lo: &BigInt, hi: &BigInt) -> Checked {
    if lo > hi {
        return Err(IntPanic::ClampBounds);
    }
    Ok(a.max(lo).min(hi).clone())
}
/// `a.rem_euclid(b)`
pub fn rem_euclid(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    let r = rem(ty, a, b)?;
    Ok(if r.is_negative() { r + b.abs() } else { r })
}
/// `a.div_euclid(b)`
pub fn div_euclid(ty: IntTy, a: &BigInt, b: &BigInt) -> Checked {
    let q = div(ty, a, b)?;
    if !(a % b).is_negative() {
        return Ok(q);
    }
    Ok(if b.is_positive() { q - 1 } else { q + 1 })
}
/// `a.signum()`
pub fn signum(_: IntTy, a: &BigInt) -> BigInt {
    a.signum()
}
/// `a.is_positive()`
pub fn is_positive(_: IntTy, a: &BigInt) -> bool {
    a.is_positive()
}
/// `a.is_negative()`
pub fn is_negative(_: IntTy, a: &BigInt) -> bool {
    a.is_negative()
}
/// `a.leading_zeros()`
pub fn leading_zeros(ty: IntTy, a: &BigInt) -> u32 {
    ty.bits() - u32::try_from(bits_of(ty, a).bits()).unwrap_or(ty.bits())
}
/// `a.trailing_zeros()`
pub fn trailing_zeros(ty: IntTy, a: &BigInt) -> u32 {
    bits_of(ty, a).trailing_zeros().and_then(|n| u32::try_from(n).ok()).unwrap_or(ty.bits())
}
/// `a.count_ones()`
pub fn count_ones(ty: IntTy, a: &BigInt) -> u32 {
    bits_of(ty, a).iter_u64_digits().map(u64::count_ones).sum()
}
/// `a.count_zeros()`
pub fn count_zeros(ty: IntTy, a: &BigInt) -> u32 {
    ty.bits() - count_ones(ty, a)
}
/// `a.is_power_of_two()`
pub fn is_power_of_two(ty: IntTy, a: &BigInt) -> bool {
    count_ones(ty, a) == 1
}
/// `a.rotate_left(n)`
pub fn rotate_left(ty: IntTy, a: &BigInt, n: u32) -> BigInt {
    let n = n % ty.bits();
    let bits = bits_of(ty, a);
    wrap(ty, &((&bits << n) | (&bits >> (ty.bits() - n))))
}
/// `a.reverse_bits()`
pub fn reverse_bits(ty: IntTy, a: &BigInt) -> BigInt {
    let bits = bits_of(ty, a);
    let high = u64::from(ty.bits()) - 1;
    let reversed = (0..=high).filter(|i| bits.bit(*i)).fold(BigInt::ZERO, |r, i| r | BigInt::one() << (high - i));
    wrap(ty, &reversed)
}
/// `a.swap_bytes()`
pub fn swap_bytes(ty: IntTy, a: &BigInt) -> BigInt {
    let (_, mut bytes) = bits_of(ty, a).to_bytes_le();
    bytes.resize(ty.bits() as usize / 8, 0);
    wrap(ty, &BigInt::from_bytes_be(Sign::Plus, &bytes))
}
/// `a.rotate_right(n)`
pub fn rotate_right(ty: IntTy, a: &BigInt, n: u32) -> BigInt {
    rotate_left(ty, a, ty.bits() - n % ty.bits())
}
/// `ty::try_from(a)`: `None` stands for the error.
pub fn try_from(ty: IntTy, a: &BigInt) -> Option<BigInt> {
    fits(ty, a).then(|| a.clone())
}
