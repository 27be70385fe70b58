//! The catalogue of diagnostic codes.

/// Code and explanation, in order.
pub const CODES: &[(&str, &str)] = &[];
