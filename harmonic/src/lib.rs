//! What a crate verified by `cargo harmonic` depends on: the [`macro@spec`] attribute and the words of its conditions.
//!
//! ```
//! use harmonic::*;
//!
//! #[spec(
//!     requires: !v.is_empty(),
//!     ensures: |out| forall(|i: usize| implies(i < v.len(), v[i] <= out)),
//! )]
//! pub fn max(v: &[u32]) -> u32 {
//!     let mut best = v[0];
//!     #[spec(maintains: (0..i).all(|k| v[k] <= best))]
//!     for i in 1..v.len() {
//!         if v[i] > best {
//!             best = v[i];
//!         }
//!     }
//!     best
//! }
//!
//! assert_eq!(max(&[3, 9, 4]), 9);
//! ```
//!
//! `cargo harmonic verify` proves a spec for all inputs. Debug builds, and with them `cargo test`, also evaluate it
//! for the inputs they meet, and panic where a condition does not hold. What that evaluation means:
//!
//! - Conditions run as ordinary Rust. The verifier reads their arithmetic over mathematical integers, the machine
//!   does not: a condition that overflows is left undecided, with a note on standard error. Write `a as int + b as int`
//!   where a sum may not fit.
//! - [`forall`] and [`exists`] search a part of their domain; see there. A condition is reported only if it is false
//!   whatever the unsearched part would have answered.
//! - The check of a loop invariant happens at the head of every iteration.
#![warn(missing_docs)]

#[doc(hidden)]
pub mod __;
mod domain;
mod quantifiers;
pub mod result;
pub mod types;

pub use harmonic_macros::{spec, trusted};
pub use quantifiers::{Predicate, exists, forall};

/// The type of integers that conditions compute with: `a as int + b as int`.
///
/// An alias of `i128`, so a cast keeps the value of every integer type but `u128`. It is no unbounded integer: a
/// product of two such values overflows at run time as any `i128` does.
#[allow(non_camel_case_types)]
pub type int = i128;

/// Material implication: `b` holds, or `a` does not.
///
/// A function evaluates both arguments. Inside conditions `#[spec]` makes it lazy, so `implies(i < v.len(), v[i] > 0)`
/// is safe there; elsewhere use [`implies!`].
#[must_use]
pub fn implies(a: bool, b: bool) -> bool {
    !a || b
}

/// Material implication that evaluates its conclusion only where the premise holds.
#[macro_export]
macro_rules! implies {
    ($premise:expr, $conclusion:expr $(,)?) => {
        if $premise { $conclusion } else { true }
    };
}

/// The pages of the repository whose examples have to compile and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/specs.md")]
    struct Specs;
}
