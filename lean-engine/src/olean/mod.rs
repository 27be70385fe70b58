//! Reads Lean's compiled modules (`.olean`) and answers what a theorem rests on.
//!
//! `#print axioms` is refused by the embedded Lean, and output of a run is not evidence anyway: the axioms are read here from
//! the declarations that the kernel accepted. `FORMAT.md` beside this file describes the bytes. No input makes this
//! module panic or loop: every read is bounds-checked, every walk is iterative and visits an address once.

mod audit;
mod constant;
mod digest;
mod env;
mod expr;
mod module;
mod name;
mod parts;
mod region;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use audit::{ALLOWED_AXIOMS, Audit, Auditor, audit};
pub use parts::Parts;

/// Why a module could not be audited. Every one of them means: not accepted.
#[derive(Debug, thiserror::Error)]
pub enum OleanError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not a compiled Lean module of a known version.
    #[error("not a compiled Lean module: {0}")]
    NotOlean(&'static str),
    /// The bytes contradict the format.
    #[error("damaged Lean module: {what} at address {at:#x}")]
    Malformed {
        /// What was being read.
        what: &'static str,
        /// The address inside the module.
        at: u64,
    },
    /// The module does not declare the theorem.
    #[error("the compiled module has no theorem `{0}`")]
    TheoremAbsent(String),
    /// Two declarations answer to the name.
    #[error("the compiled module has more than one declaration that answers to `{0}`")]
    Ambiguous(String),
    /// The name is declared, but not as a theorem.
    #[error("`{name}` is declared as {kind}, not as a theorem")]
    NotATheorem {
        /// The name asked for.
        name: String,
        /// What it is.
        kind: &'static str,
    },
    /// A proof or value is not in the files, so what it rests on is unknown.
    #[error("the body of `{0}` is not in the compiled module, so its axioms cannot be known")]
    BodyAbsent(String),
    /// A declaration refers to a constant that no module at hand declares.
    #[error("`{user}` refers to `{name}`, which no imported module declares{}", missing_note(.missing))]
    UnknownConstant {
        /// The constant.
        name: String,
        /// Who refers to it.
        user: String,
        /// Imported modules whose files were not found.
        missing: Vec<String>,
    },
}

fn missing_note(missing: &[String]) -> String {
    if missing.is_empty() { String::new() } else { format!(" (module files not found: {})", missing.join(", ")) }
}

type Result<T> = std::result::Result<T, OleanError>;
