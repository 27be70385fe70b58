//! From annotated Rust to Lean 4: files → syn → typed IR → functional IR → Lean text with obligations. No IO, no Lean process.
#![warn(missing_docs)]

pub mod codes;
pub mod diagnostic;
pub mod span;
pub mod tir;
pub mod unit;
