//! Machine integers: overflow and division are proved absent, and results mean what they should.
//!
//! Conditions compute over mathematical integers when they are proved. `cargo test` evaluates them too, as ordinary Rust,
//! so sums that may not fit are written with a cast to `int`.

use harmonic::*;

/// A percentage that cannot exceed one hundred.
#[spec(
    ensures: |out| [out <= 100, implies(x <= 100, out == x)],
)]
pub fn clamp_percent(x: u8) -> u8 {
    if x > 100 { 100 } else { x }
}

/// The middle of an interval, without the overflow of `(lo + hi) / 2`.
#[spec(
    requires: lo <= hi,
    ensures: |out| [lo <= out, out <= hi, out as int == (lo as int + hi as int) / 2],
)]
pub fn midpoint(lo: u32, hi: u32) -> u32 {
    lo + (hi - lo) / 2
}

/// Distance between two values.
#[spec(
    ensures: |out| [implies(a >= b, out == a - b), implies(a < b, out == b - a)],
)]
pub fn distance(a: u16, b: u16) -> u16 {
    if a >= b { a - b } else { b - a }
}

/// Division that has an answer for every pair of arguments.
#[spec(
    ensures: |out| out.is_none() == (divisor == 0 || (value == i32::MIN && divisor == -1)),
)]
pub fn divide(value: i32, divisor: i32) -> Option<i32> {
    if divisor == 0 || (value == i32::MIN && divisor == -1) { None } else { Some(value / divisor) }
}

/// Quotient and remainder.
#[spec(
    requires: d != 0,
    ensures: |(q, r)| [q * d + r == n, r < d],
)]
pub fn div_rem(n: u32, d: u32) -> (u32, u32) {
    (n / d, n % d)
}

/// Whether a year of the Gregorian calendar has 366 days.
#[spec(
    ensures: |out| implies(out, year % 4 == 0),
)]
pub fn is_leap(year: u32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month.
#[spec(
    requires: 1 <= month && month <= 12,
    ensures: |out| [28 <= out, out <= 31, implies(month != 2, out >= 30)],
)]
pub fn days_in_month(year: u32, month: u8) -> u8 {
    match month {
        2 => {
            if is_leap(year) {
                29
            } else {
                28
            }
        }
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Adds to a balance; `None` if it would not fit.
#[spec(
    ensures: |out| match out {
        Some(sum) => sum as int == balance as int + amount as int,
        None => balance as int + amount as int > u64::MAX as int,
    },
)]
pub fn deposit(balance: u64, amount: u64) -> Option<u64> {
    balance.checked_add(amount)
}

/// Degrees Fahrenheit of degrees Celsius, rounded towards zero before the offset.
#[spec(
    requires: -273 <= celsius && celsius <= 1_000_000,
    ensures: |out| out == celsius * 9 / 5 + 32,
)]
pub fn fahrenheit(celsius: i32) -> i32 {
    celsius * 9 / 5 + 32
}

/// Puts two values in order.
#[spec(
    captures: [a0 = *a, b0 = *b],
    ensures: [*a <= *b, (*a == a0 && *b == b0) || (*a == b0 && *b == a0)],
)]
pub fn order(a: &mut i64, b: &mut i64) {
    if *a > *b {
        let t = *a;
        *a = *b;
        *b = t;
    }
}

/// The sum of the numbers up to `n`, by recursion.
#[spec(
    requires: n <= 1_000,
    ensures: |out| out == n * (n + 1) / 2,
)]
pub fn triangle(n: u32) -> u32 {
    if n == 0 { 0 } else { triangle(n - 1) + n }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        assert_eq!(clamp_percent(250), 100);
        assert_eq!(clamp_percent(7), 7);
        assert_eq!(midpoint(u32::MAX - 2, u32::MAX), u32::MAX - 1);
        assert_eq!(distance(3, 10), 7);
    }

    #[test]
    fn division() {
        assert_eq!(divide(7, 0), None);
        assert_eq!(divide(i32::MIN, -1), None);
        assert_eq!(divide(-7, 2), Some(-3));
        assert_eq!(div_rem(17, 5), (3, 2));
    }

    #[test]
    fn calendar() {
        assert!(is_leap(2000) && !is_leap(1900) && is_leap(2024));
        assert_eq!(days_in_month(2023, 2), 28);
        assert_eq!(days_in_month(2024, 2), 29);
        assert_eq!(days_in_month(2024, 9), 30);
    }

    #[test]
    fn sums() {
        assert_eq!(deposit(1, 2), Some(3));
        assert_eq!(deposit(u64::MAX, 1), None);
        assert_eq!(fahrenheit(100), 212);
        assert_eq!(triangle(100), 5050);
        let (mut a, mut b) = (5, -5);
        order(&mut a, &mut b);
        assert_eq!((a, b), (-5, 5));
    }
}
