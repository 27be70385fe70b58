//! What is owed.

/// A tenth.
pub fn tenth(price: u64) -> u64 {
    price / 10
}

/// As a float.
pub fn share(price: u64) -> f64 {
    price as f64 / 10.0
}
