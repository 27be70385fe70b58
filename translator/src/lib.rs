//! From annotated Rust to Lean 4: files → syn → typed IR → functional IR → Lean text with obligations. No IO, no Lean process.
#![warn(missing_docs)]

pub mod codes;
pub mod diagnostic;
pub mod interp;
pub mod span;
pub mod tir;
pub mod unit;
pub mod fir;
pub mod tir_to_fir;
pub mod rules;
pub mod translate;
mod terms;
mod fir_to_lean;
mod spec_to_lean;
mod vcg;
pub mod cfg_set;
mod crate_loader;
pub mod front;
mod infer;
pub mod print;
mod resolve;
pub mod std_table;
pub mod tir_walk;
