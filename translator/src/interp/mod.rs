//! Interpreter of the typed IR with rustc's semantics under overflow checks, and the search for counterexamples.
//!
//! Nothing here is trusted for `verified`; it is for `refuted`, whose inputs are shown and run again. Evaluation of conditions
//! is three-valued: what cannot be told is never taken for true or false.

mod distance;
mod eval;
mod generate;
pub mod int_ops;
mod loops;
mod machine;
mod pattern;
mod quantifier;
mod refute;
mod render;
mod rng;
mod run;
mod shrink;
mod std_eval;
mod test_case;
mod types;
mod value;
mod walk;

use crate::span::Span;
use crate::tir::{AdtId, FnId, Ty};

pub use machine::{Limits, Machine, PanicCause, PanicInfo, Stop};
pub use refute::{Budget, Outcome, Refutation, refute, sample};
pub use render::Render;
pub use run::{Instance, Run, Trace, Truth, eval_closed};
pub use std_eval::int_std;
pub use value::{Place, Step, Value};

/// Limits for measuring how far inputs are from `requires`.
fn distance_budget(limits: Limits) -> Limits {
    Limits { steps: limits.steps / 4, instances: limits.instances.min(4096), ..limits }
}

/// How a run contradicts the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It panicked.
    Panicked(PanicInfo),
    /// It did not return.
    DidNotReturn {
        /// Steps taken before giving up.
        steps: u64,
        /// Whether a state was seen to repeat; otherwise a large budget ran out on small inputs.
        proven: bool,
        /// The loop or call, when known, else the function.
        span: Span,
    },
    /// A postcondition is false.
    EnsuresFalse {
        /// Index into the spec's `ensures`.
        index: usize,
        /// The condition.
        span: Span,
        /// What was returned.
        returned: Value,
    },
    /// A postcondition is not defined for what was returned.
    EnsuresUndefined {
        /// Index into the spec's `ensures`.
        index: usize,
        /// The condition.
        span: Span,
        /// What was returned.
        returned: Value,
        /// What evaluating it would panic with.
        info: PanicInfo,
    },
    /// What comes out violates the invariant of its type.
    InvariantFalse {
        /// Which invariant.
        broken: Broken,
        /// The condition.
        span: Span,
        /// The parameter behind which it stands; the result if there is none.
        parameter: Option<usize>,
        /// What was returned.
        returned: Value,
    },
}

/// An invariant that does not hold, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The type.
    pub adt: AdtId,
    /// Index of the condition.
    pub index: usize,
    /// How the part that it does not hold of is written behind the whole (`.field`, `[0]`), if it can be.
    pub path: Option<String>,
}

/// An input of a counterexample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The parameter's name.
    pub name: String,
    /// Its type, references included.
    pub ty: Ty,
    /// The value (for a reference, what it refers to).
    pub value: Value,
}

/// Inputs that meet `requires` and what they lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The function.
    pub function: FnId,
    /// Types chosen for its generics.
    pub type_args: Vec<Ty>,
    /// Inputs, in order of the parameters.
    pub inputs: Vec<Input>,
    /// What happens.
    pub happened: Happened,
    /// Values behind `&mut` parameters on exit (`None` for other parameters, and when it did not return).
    pub exits: Vec<Option<Value>>,
}

/// A loop invariant that a run found false at a loop head: why a proof with it cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopHint {
    /// The function whose loop it is.
    pub function: Option<FnId>,
    /// The invariant.
    pub span: Span,
    /// Whether it is false when the loop is reached, before any iteration.
    pub entry: bool,
    /// Variables that the invariant mentions: name, type, value.
    pub values: Vec<(String, Ty, Value)>,
    /// Inputs of the run.
    pub inputs: Vec<Input>,
}
