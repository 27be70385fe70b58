//! Violations as values, for fuzzers and property tests: needs `--cfg anodized_panic --cfg anodized_try`.

/// Calls a function that has a `#[spec]` and returns a [`Result`] instead of panicking on a violation.
///
/// Accepts a method call or a call by a qualified path.
pub use harmonic_macros::try_call;

/// What a call wrapped by [`try_call!`] returns.
pub type Result<T> = std::result::Result<T, Error<T>>;

/// A violated precondition.
///
/// # Errors
/// Always [`Error::Pre`].
pub fn pre_err<T>() -> Result<T> {
    Result::Err(Error::Pre)
}

/// A violated postcondition, with what the function returned.
///
/// # Errors
/// Always [`Error::Post`].
pub fn post_err<T>(output: T) -> Result<T> {
    Result::Err(Error::Post(output))
}

/// Which side of a spec was violated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error<T> {
    /// The caller's: a precondition did not hold.
    Pre,
    /// The function's: a postcondition did not hold for this output.
    Post(T),
}
