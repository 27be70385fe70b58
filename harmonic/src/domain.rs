//! The values that a quantifier tries at run time.

/// A type that a quantifier ranges over: `bool`, `char` and the integers.
pub trait Domain: Copy {
    /// At most about `budget` values, and whether they are all there are.
    ///
    /// A sample is the small values, then a few of each larger magnitude up to the square root of the type's maximum.
    /// Nothing near the extremes: the verifier reads conditions over mathematical integers, and `i + 1` or `i * i` at
    /// an extreme would overflow where the condition is true.
    fn values(budget: usize) -> (Vec<Self>, bool);
}

impl Domain for bool {
    fn values(_: usize) -> (Vec<Self>, bool) {
        (vec![false, true], true)
    }
}

impl Domain for char {
    fn values(budget: usize) -> (Vec<Self>, bool) {
        ((0..0xD800_u32).take(budget).filter_map(char::from_u32).collect(), false)
    }
}

/// Powers of two with their neighbours, below `1 << bits`.
fn magnitudes(bits: u32) -> impl Iterator<Item = i128> {
    (0..bits).flat_map(|k| {
        let power = 1_i128 << k;
        [power - 1, power, power + 1]
    })
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl Domain for $ty {
            fn values(budget: usize) -> (Vec<Self>, bool) {
                if Self::BITS <= 16 && 1_usize << Self::BITS <= budget {
                    return ((Self::MIN..=Self::MAX).collect(), true);
                }
                // The small values take what the magnitudes leave; signed types split it between the signs.
                let signed = Self::MIN != 0;
                let small = (budget.saturating_sub(budget / 4).min(1024) / if signed { 2 } else { 1 }) as i128;
                let mut wide: Vec<i128> = (0..small).collect();
                let step = if budget < 1024 { 3 } else { 1 };
                wide.extend(magnitudes(Self::BITS / 2).step_by(step).filter(|v| *v >= small));
                let negated: Vec<i128> = if signed { wide.iter().map(|v| -v).collect() } else { Vec::new() };
                wide.extend(negated.into_iter().filter(|v| *v != 0));
                (wide.into_iter().filter_map(|v| Self::try_from(v).ok()).collect(), false)
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

#[cfg(test)]
mod tests {
    use super::Domain;

    #[test]
    fn small_types_are_searched_whole() {
        let (values, all) = u8::values(65_536);
        assert!(all);
        assert_eq!(values.len(), 256);
        assert!(i16::values(65_536).1);
        assert!(!u16::values(256).1);
    }

    #[test]
    fn samples_hold_their_squares() {
        let (values, all) = i64::values(65_536);
        assert!(!all);
        assert!(values.contains(&-1) && values.contains(&0) && values.contains(&(1 << 31)));
        assert!(values.iter().all(|v| v.checked_mul(*v).is_some()));
        assert!(usize::values(65_536).0.iter().take(1024).copied().eq(0..1024));
    }

    #[test]
    fn samples_respect_their_budget() {
        for budget in [40, 256, 65_536] {
            assert!(u64::values(budget).0.len() <= 2 * budget);
            assert!(i128::values(budget).0.len() <= 4 * budget);
        }
    }
}
