//! Writing to standard output and standard error where they may be full or closed.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use serde::Serialize;

use crate::failure::Failure;

/// A line on standard error. One that cannot be written is no reason to stop.
pub fn say(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Text on standard output.
///
/// # Errors
/// If it cannot be written.
pub fn print(text: impl Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    write!(out, "{text}").and_then(|()| out.flush()).map_err(output_failed)
}

/// A JSON object on a line of standard output.
///
/// # Errors
/// If it cannot be written.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value).map_err(|e| Failure::new(e.to_string()))?;
    print(format_args!("{line}\n"))
}

/// That standard output cannot be written to.
pub fn output_failed(error: std::io::Error) -> Failure {
    let mut failure = Failure::new(format!("cannot write to standard output: {error}"));
    failure.reader_left = error.kind() == ErrorKind::BrokenPipe;
    failure
}
