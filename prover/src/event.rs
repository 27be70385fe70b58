//! What a run tells of its attempts, for those who want to watch it.

use serde::{Deserialize, Serialize};

use crate::lean_file::LeafSays;

/// Candidates that were tried on an obligation in one file.
#[derive(Debug, Serialize)]
pub struct Event<'a> {
    /// Kind of event: `attempt`.
    pub reason: &'static str,
    /// Path of the function.
    pub function: &'a str,
    /// Number of the obligation.
    pub obligation: usize,
    /// What may go wrong there.
    pub kind: &'a str,
    /// Tactic blocks, in the order in which they were tried; after one that closed it, none was.
    pub candidates: Vec<&'a str>,
    /// How many of the candidates, from the first on, are kept proofs.
    pub kept: usize,
    /// Whether they had the larger budget.
    pub late: bool,
    /// What came of it.
    pub said: Said,
    /// Obligations in the same file.
    pub file_leaves: usize,
    /// Milliseconds that the whole file took.
    pub file_ms: u64,
}

/// What an obligation took, over all files that it was in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effort {
    /// Candidates that Lean came to until one closed it.
    pub attempts: usize,
    /// Its share of the milliseconds of those files, by obligations.
    pub milliseconds: f64,
    /// Whether one closed it.
    pub closed: bool,
}

impl Effort {
    /// Adds an event of this obligation.
    pub fn add(&mut self, event: &Event<'_>) {
        self.milliseconds += event.file_ms as f64 / event.file_leaves.max(1) as f64;
        self.attempts += if self.closed { 0 } else { event.attempts() };
        self.closed |= matches!(event.said, Said::Closed(_));
    }
}

impl Event<'_> {
    /// How many of the candidates Lean came to.
    fn attempts(&self) -> usize {
        match self.said {
            Said::Closed(n) | Said::OutOfBudget(n) => n + 1,
            Said::Open => self.candidates.len(),
            Said::BadCandidate(_) | Said::Refused | Said::Unfinished => 1,
        }
    }
}

/// What came of an attempt; numbers are indices of candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// This candidate closed it.
    Closed(usize),
    /// None closed it.
    Open,
    /// This candidate ran out of its budget; those before it failed.
    OutOfBudget(usize),
    /// This candidate is no tactic block for Lean.
    BadCandidate(usize),
    /// Lean refused the statement itself.
    Refused,
    /// Lean came to no end with it.
    Unfinished,
}

impl Said {
    pub(crate) fn of(says: &LeafSays) -> Self {
        match says {
            LeafSays::Closed(n) => Self::Closed(*n),
            LeafSays::Open => Self::Open,
            LeafSays::OutOfBudget(n) => Self::OutOfBudget(*n),
            LeafSays::BadCandidate(n) => Self::BadCandidate(*n),
            LeafSays::Refused(_) => Self::Refused,
        }
    }
}
