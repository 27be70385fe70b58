//! What the lowering hands to the prover: functions as Lean text, with their obligations.

use std::collections::BTreeMap;

use crate::span::Span;

/// One function ready for Lean.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Path as reports print it, without the package.
    pub function: String,
    /// Name of its Lean definition; the theorem is `<lean_name>.spec`.
    pub lean_name: String,
    /// Indices into [`Translation::shared`]: the shared declarations it needs, in order.
    pub prelude_types: Vec<usize>,
    /// Other units whose text must precede (callees), as indices into [`Translation::units`].
    pub depends: Vec<usize>,
    /// Lean text of the definition.
    pub definition: String,
    /// Its leaves.
    pub obligations: Vec<Obligation>,
    /// Statement and glue of its theorem; refers to leaves by name.
    pub theorem: String,
    /// The whole item.
    pub span: Span,
    /// Identifies the statement: equal keys mean equal statements.
    pub statement_key: String,
}

/// A leaf lemma that the theorem of its function rests on.
#[derive(Clone, Debug)]
pub struct Obligation {
    /// Lean name of the leaf's theorem.
    pub name: String,
    /// `theorem NAME (binders) : goal`, without `:= …`.
    pub statement: String,
    /// What may go wrong, in Rust's words: "this `+` may overflow `u32`".
    pub kind: String,
    /// The Rust expression it is about.
    pub span: Span,
    /// Known facts in Rust's words, as far as they have such words.
    pub facts: Vec<String>,
    /// What has to hold, in Rust's words; empty if it has none.
    pub goal: String,
    /// Features that order the portfolio.
    pub shape: Shape,
    /// Tactic blocks suggested by the translator, best first.
    pub candidates: Vec<String>,
    /// Proofs by induction, which are tried behind those by the equations of functions.
    pub inductions: Vec<String>,
}

/// Features of an obligation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Mentions lists (slices, arrays, vectors).
    pub has_list: bool,
    /// Multiplies or divides two unknowns.
    pub nonlinear: bool,
    /// Has a quantifier in a hypothesis or in the goal.
    pub quantifier: bool,
    /// Bit operations.
    pub bits: bool,
}

/// A whole crate for Lean.
#[derive(Clone, Debug, Default)]
pub struct Translation {
    /// Declarations shared by units: types of the crate, helper functions.
    pub shared: Vec<String>,
    /// The functions, in an order in which callees may come later (see [`Unit::depends`]).
    pub units: Vec<Unit>,
}

impl Unit {
    /// Whether it states anything: a function without a spec has a definition only.
    pub fn has_theorem(&self) -> bool {
        !self.theorem.trim().is_empty()
    }
}

impl Translation {
    /// The units that have a theorem, by the path of their function.
    pub fn provable(&self) -> BTreeMap<&str, usize> {
        let units = self.units.iter().enumerate().filter(|(_, u)| u.has_theorem());
        units.map(|(i, u)| (u.function.as_str(), i)).collect()
    }
}
