//! Called by the code that `#[spec]` generates. Not a public interface.

use crate::quantifiers::is_refuted;
use crate::types::Spec;

/// Applies the closure to an owned value and gives the value back.
pub fn apply_keep<T, U>(closure: impl Fn(U) -> (T, U), value: U) -> (T, U) {
    closure(value)
}

/// Gives the closure's input the type of a reference.
pub fn coerce_input<T>(_: impl Fn(T), _: &T) {}

/// Evaluates a captured expression; `Fn` keeps it from changing what it sees.
pub fn eval<T>(closure: impl Fn() -> T) -> T {
    closure()
}

/// Evaluates the function's body.
pub fn eval_once<T>(closure: impl FnOnce() -> T) -> T {
    closure()
}

/// Evaluates a condition: `false` only if no answer of its unsearched quantifiers would make it true.
///
/// The type parameter is always `bool`; generated code names it.
pub fn condition<T: Into<bool>>(closure: impl Fn() -> T) -> bool {
    !is_refuted(|| closure().into())
}

/// Evaluates the spec of a type.
pub fn eval_type_spec<T: Spec + ?Sized>(value: &T) -> bool {
    value.predicate()
}

/// Whether a loop's measure is below that of the iteration before; remembers it for the next.
pub fn decreases<T: PartialOrd>(last: &mut Option<T>, measure: impl Fn() -> T) -> bool {
    let now = measure();
    let falls = last.as_ref().is_none_or(|before| now < *before);
    *last = Some(now);
    falls
}
