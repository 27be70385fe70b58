//! Proof search: the gate, the portfolio, rounds of Lean, the final check, the agents that come last, and the
//! stores of what was found.
//!
//! Candidates are untrusted. What is believed is one fresh run of Lean over generated statements and gated blocks, and the
//! axioms read from what that run emitted.
#![warn(missing_docs)]

pub mod agents;
mod bits;
mod board;
mod event;
pub mod gate;
mod key;
mod lean_file;
mod normal;
mod order;
pub mod policy;
pub mod portfolio;
pub mod proofs;
mod prove;
mod search;
mod shapes;
pub mod store;

pub use bits::with_certificates;
pub use event::{Effort, Event, Said};
pub use key::{Basis, digest, leaf_key, unit_key};
pub use lean_file::{always_imported, extra_modules, imports};
pub use prove::{Asking, Found, Lean, Outcome, Request, UnitReport, prove, verdict_key};
