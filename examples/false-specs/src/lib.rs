//! Specs that are false, each in a way that is easily written. `cargo harmonic verify` shows the inputs that break them.
//!
//! The tests call the functions where the specs happen to hold: that is how such errors stay unseen.

use harmonic::*;

/// The sum may not fit.
#[spec(
    ensures: |out| out >= a,
)]
pub fn add(a: u8, b: u8) -> u8 {
    a + b
}

/// Nobody excluded zero.
#[spec(
    ensures: |out| out <= value,
)]
pub fn ratio(value: u32, divisor: u32) -> u32 {
    value / divisor
}

/// The largest number has no absolute value: `-i32::MIN` does not exist.
#[spec(
    ensures: |out| out >= 0,
)]
pub fn magnitude(x: i32) -> i32 {
    if x < 0 { -x } else { x }
}

/// The last position is one less than the length, and there may be none.
#[spec(
    ensures: |out| out <= 255,
)]
pub fn last(v: &[u16]) -> u16 {
    v[v.len() - 1]
}

/// The comparison is the wrong way round.
#[spec(
    ensures: |out| out >= a && out >= b,
)]
pub fn larger(a: i32, b: i32) -> i32 {
    if a < b { a } else { b }
}

/// Equal values are forgotten: the result is not strictly between.
#[spec(
    requires: lo <= hi,
    ensures: |out| lo < out && out <= hi,
)]
pub fn middle(lo: u16, hi: u16) -> u16 {
    lo + (hi - lo) / 2
}

/// A month of 29 days is missing from the claim.
#[spec(
    requires: 1 <= month && month <= 12,
    ensures: |out| out == 28 || out == 30 || out == 31,
)]
pub fn days(month: u8, leap: bool) -> u8 {
    match month {
        2 => {
            if leap {
                29
            } else {
                28
            }
        }
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A counter of small capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// At most ten.
    pub value: u8,
}

impl Counter {
    /// Eleven is reached from ten.
    #[spec(maintains: self.value <= 10)]
    pub fn tick(&mut self) {
        self.value += 1;
    }
}

/// The bound is off by one: the loop adds `n` itself, too.
#[spec(
    requires: n <= 100,
    ensures: |out| out == n * (n - 1) / 2,
)]
pub fn sum(n: u32) -> u32 {
    let mut total = 0;
    let mut i = 0;
    #[spec(maintains: i <= n, decreases: n - i)]
    while i < n {
        i += 1;
        total += i;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_specs_hold() {
        assert_eq!(add(1, 2), 3);
        assert_eq!(ratio(7, 2), 3);
        assert_eq!(magnitude(-7), 7);
        assert_eq!(last(&[1, 2]), 2);
        assert_eq!(larger(4, 4), 4);
        assert_eq!(middle(2, 6), 4);
        assert_eq!(days(2, false), 28);
        let mut counter = Counter { value: 3 };
        counter.tick();
        assert_eq!(counter.value, 4);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "postcondition failed")]
    fn debug_builds_check_them_too() {
        larger(1, 2);
    }
}
