//! Lean 4 as a library: one trait, two engines (`wasm`, embedded; `native`, a Lean on this machine).
//!
//! An [`Engine`] elaborates one file in a fresh Lean and returns its messages and, on request, the `.olean` that the
//! run emitted. Nothing here knows about Rust programs or about proofs: text in, judgement out.
#![warn(missing_docs)]

pub mod messages;
pub mod native;
pub mod olean;
pub mod setup;
pub mod wasm;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Asks running checks to stop. Cloned freely; once cancelled it stays cancelled.
#[derive(Clone, Default, Debug)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks every check that holds this token to end soon (within a second).
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one run of Lean may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Wall-clock bound of the run.
    pub time: Duration,
    /// Longest time in which a run may say nothing.
    pub silence: Duration,
    /// Guest memory bound in bytes (at most 2 GiB for the wasm engine).
    pub memory: u64,
    /// Bound on what the run may print, in bytes.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(120), silence: Duration::MAX, memory: 2 << 30, output: 64 << 20 }
    }
}

/// One file to elaborate.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Module name, a single Lean identifier; the file is `<name>.lean`.
    pub name: String,
    /// The whole text, its `import` lines included.
    pub text: String,
    /// Folders of compiled modules, searched after the core library (the support library's folder).
    pub library: Vec<PathBuf>,
    /// Whether to ask for the compiled module.
    pub emit_olean: bool,
    /// Bounds of the run.
    pub limits: Limits,
}

/// A place in a Lean file as Lean prints it: line from 1, column from 0, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
pub struct Pos {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 0, in characters.
    pub column: u32,
}

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The declaration was not accepted.
    Error,
    /// Accepted, with a remark (`sorry` is one).
    Warning,
    /// Output of a command or of `trace`.
    Information,
}

/// One message of Lean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How grave it is.
    pub severity: Severity,
    /// Where it starts.
    pub pos: Pos,
    /// Where it ends, if Lean says.
    pub end: Option<Pos>,
    /// The text.
    pub text: String,
}

/// What a run of Lean said.
#[derive(Clone, Debug)]
pub struct Report {
    /// Lean's messages in the order of the file.
    pub messages: Vec<Message>,
    /// Lean's exit status (0: no errors).
    pub exit_code: i32,
    /// The compiled module, if it was asked for and Lean wrote it: all its parts, as [`olean::Parts::encode`] joins them.
    pub olean: Option<Vec<u8>>,
    /// Wall-clock time of the run.
    pub elapsed: Duration,
}

/// Why a run gave no report.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The time bound was reached.
    #[error("Lean did not finish within {0:?}")]
    Timeout(Duration),
    /// Nothing was said for too long.
    #[error("Lean said nothing for {0:?}")]
    Silence(Duration),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Memory or output bound was reached.
    #[error("Lean exceeded its {0} limit")]
    Limit(&'static str),
    /// The engine broke: a trap, a missing file, an unreadable message.
    #[error("Lean engine failure: {0}")]
    Broken(String),
    /// This machine did not let Lean's files be written: a full disk, a folder that is read-only.
    #[error("cannot write Lean's files: {0}")]
    Scratch(String),
    /// Set-up is missing or damaged; the text says what to run.
    #[error("{0}")]
    NotReady(String),
}

/// A run that gave no report.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unfinished {
    /// Why.
    pub error: EngineError,
    /// What Lean had said by then of the file, whose later commands may not have been reached: a guess, whatever was asked for.
    pub said: Vec<Message>,
}

impl From<EngineError> for Unfinished {
    fn from(error: EngineError) -> Self {
        Self { error, said: Vec::new() }
    }
}

impl From<Unfinished> for EngineError {
    fn from(unfinished: Unfinished) -> Self {
        unfinished.error
    }
}

/// How a run of Lean ended that did not come to an end of its own.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: EngineError,
    /// What was kept of what it printed.
    pub(crate) stdout: String,
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        Self { error, stdout: String::new() }
    }
}

impl From<Failed> for EngineError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

impl From<Failed> for Unfinished {
    fn from(failed: Failed) -> Self {
        Self { error: failed.error, said: messages::parse(&failed.stdout) }
    }
}

/// A Lean that can be asked to judge a file. Implementations are shared between threads.
pub trait Engine: Send + Sync {
    /// The engine's kind and Lean's version, as reports print it (`wasm 4.28.0-pre`).
    fn describe(&self) -> String;
    /// Elaborates one file in a fresh Lean.
    ///
    /// # Errors
    /// [`Unfinished`] if no complete run took place. Errors of the file itself are messages, not an `Err`.
    fn check(&self, job: &Job, cancel: &Cancel) -> Result<Report, Unfinished>;
    /// Elaborates one file for search, where what is said is a guess: an engine may use a Lean that has seen other files. Nothing
    /// is emitted.
    ///
    /// # Errors
    /// As [`Engine::check`].
    fn explore(&self, job: &Job, cancel: &Cancel) -> Result<Report, Unfinished> {
        self.check(&Job { emit_olean: false, ..job.clone() }, cancel)
    }
    /// The folder of the core library's `.olean` files (`Init.olean` is in it).
    fn core_library(&self) -> PathBuf;
}
