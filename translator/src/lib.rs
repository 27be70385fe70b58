//! From annotated Rust to Lean 4: files → syn → typed IR → functional IR → Lean text with obligations. No IO, no Lean process.
#![warn(missing_docs)]

mod by_example;
pub mod cfg_set;
pub mod codes;
mod crate_loader;
pub mod diagnostic;
pub mod fir;
mod fir_to_lean;
pub mod front;
mod hidden;
mod infer;
pub mod interp;
mod layout;
mod meaning;
mod opaque;
pub mod print;
mod resolve;
pub mod rules;
pub mod safety;
pub mod span;
mod spec_to_lean;
mod stack;
pub mod std_table;
mod terms;
pub mod tir;
pub mod tir_to_fir;
pub mod tir_walk;
pub mod translate;
pub mod unit;
mod vcg;
mod words;
