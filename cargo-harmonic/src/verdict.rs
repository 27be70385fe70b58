//! Verdicts and their serialized form.

use harmonic_prover::agents::Spent;
use harmonic_translator::span::{SourceMap, Span};
use serde::Serialize;

use crate::invariants::Inferred;

/// The status of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Lean accepted the theorem.
    Verified,
    /// Inputs contradict the spec.
    Refuted,
    /// Neither.
    Unknown,
    /// The translator refuses an item.
    Unsupported,
    /// The user said so.
    Trusted,
    /// The spec or the crate is wrong, or the tool broke.
    Error,
}

impl Status {
    /// As reports say it, in JSON and to people.
    pub fn word(self) -> &'static str {
        match self {
            Status::Verified => "verified",
            Status::Refuted => "refuted",
            Status::Unknown => "unknown",
            Status::Unsupported => "unsupported",
            Status::Trusted => "trusted",
            Status::Error => "error",
        }
    }
}

/// A place in a file, lines and columns from 1, the end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Location {
    pub file: String,
    pub line_start: usize,
    pub column_start: usize,
    pub line_end: usize,
    pub column_end: usize,
}

impl Location {
    /// The place of a span.
    pub fn of(sources: &SourceMap, span: Span) -> Self {
        let (line_start, column_start) = sources.line_column(span.file, span.lo);
        let (line_end, column_end) = sources.line_column(span.file, span.hi);
        let file = sources.files.get(span.file.0 as usize).map_or_else(String::new, |f| f.0.clone());
        Self { file, line_start, column_start, line_end, column_end }
    }
}

/// How many obligations there are and how many are proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Count {
    pub total: usize,
    pub proved: usize,
}

/// An input of a counterexample.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct InputValue {
    /// The parameter.
    pub name: String,
    /// Its type, as Rust writes it.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its value, as Rust writes it.
    pub value: String,
}

/// Inputs that contradict the spec.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct CounterexampleReport {
    /// In the order of the parameters.
    pub inputs: Vec<InputValue>,
    /// What they lead to.
    pub happened: String,
    /// A test that fails because of it.
    pub test: String,
}

/// An open obligation.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct OpenObligation {
    /// What may go wrong, in Rust's words.
    pub kind: String,
    /// Where.
    pub span: Location,
    /// Known facts in Rust's words.
    pub facts: Vec<String>,
    /// What has to hold.
    pub goal: String,
    /// The goal as Lean has it.
    pub lean: String,
    /// Where, in bytes.
    #[serde(skip)]
    pub at: Span,
}

/// The verdict on one function, in the order of the documented fields.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Verdict {
    pub reason: &'static str,
    pub package: String,
    pub function: String,
    pub status: Status,
    pub cause: Option<String>,
    pub span: Location,
    pub obligations: Count,
    pub proof: Option<String>,
    pub engine: Option<String>,
    pub time_ms: u64,
    pub axioms: Vec<String>,
    pub trusted: Vec<String>,
    pub message: Option<String>,
    pub counterexample: Option<CounterexampleReport>,
    pub target: String,
    pub annotated: bool,
    pub open: Vec<OpenObligation>,
    /// For a function without a spec: one with which it is verified.
    pub proposed: Option<String>,
    /// Invariants of its loops that are not in the source.
    pub inferred: Vec<Inferred>,
    #[serde(skip)]
    pub findings: Vec<Finding>,
}

/// How grave a finding is for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something is wrong.
    Error,
    /// Something is not known, or odd.
    Warning,
}

/// What a reader is shown at a place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How grave.
    pub level: Level,
    /// Its code, if it has one.
    pub code: Option<String>,
    /// The title.
    pub title: String,
    /// Places with their words; the first is the main one.
    pub labels: Vec<(Span, String)>,
    /// Notes below.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

/// The closing line.
#[derive(Clone, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct Finished {
    pub reason: &'static str,
    pub verified: usize,
    pub refuted: usize,
    pub unknown: usize,
    pub unsupported: usize,
    pub trusted: usize,
    pub error: usize,
    pub success: bool,
    /// What agents came to, if there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agents: Option<Spent>,
}

impl Finished {
    /// An empty sum.
    pub fn new() -> Self {
        Self { reason: "harmonic-finished", success: true, ..Self::default() }
    }
    /// Adds a verdict; `allow_trusted` says whether a trusted function is a success.
    pub fn add(&mut self, status: Status, allow_trusted: bool) {
        let field = match status {
            Status::Verified => &mut self.verified,
            Status::Refuted => &mut self.refuted,
            Status::Unknown => &mut self.unknown,
            Status::Unsupported => &mut self.unsupported,
            Status::Trusted => &mut self.trusted,
            Status::Error => &mut self.error,
        };
        *field += 1;
        self.success &= status == Status::Verified || (status == Status::Trusted && allow_trusted);
    }
}
