//! `cargo harmonic lean`: Lean on one file, as `lean` would run on it.

use std::io::Write;
use std::path::{Path, PathBuf};

use harmonic_lean::olean::Parts;
use harmonic_lean::{Cancel, EngineError, Job, Limits, Message, Severity, Unfinished};
use harmonic_translator::rules::LIBRARY;

use crate::cli::Common;
use crate::engine::Choice;
use crate::failure::Failure;

/// What to run.
pub struct Run<'a> {
    /// The file.
    pub file: &'a Path,
    /// Whether messages are JSON.
    pub json: bool,
    /// Where the compiled module goes.
    pub output: Option<&'a Path>,
    /// Which Lean.
    pub lean: Option<&'a str>,
    /// Switches.
    pub common: &'a Common,
}

/// Prints Lean's messages on standard output; Lean's exit status.
///
/// # Errors
/// An unreadable file, an engine that cannot work, an output that cannot be written.
pub fn run(args: &Run<'_>, cancel: &Cancel) -> Result<u8, Failure> {
    let file = args.file;
    let text =
        std::fs::read_to_string(file).map_err(|e| Failure::new(format!("cannot read {}: {e}", file.display())))?;
    let engine_failure = |e: EngineError| Failure::new(e.to_string());
    let choice = Choice::find(args.lean, Path::new(""))?;
    let (engine, folders, _library) = match std::env::var_os("LEAN_PATH").filter(|path| !path.is_empty()) {
        Some(path) => {
            let engine = choice.open(args.common).map_err(engine_failure)?;
            let folders: Vec<PathBuf> = std::env::split_paths(&path).filter(|p| !p.as_os_str().is_empty()).collect();
            (engine, folders, None)
        }
        None => {
            let lean = choice.lean(args.common, LIBRARY, cancel).map_err(engine_failure)?;
            lean.library.wait().map_err(engine_failure)?;
            let folders = vec![lean.library.folder().to_owned()];
            // Kept, because its folder goes with it.
            (lean.engine, folders, Some(lean.library))
        }
    };
    let stem = file.file_stem().and_then(|s| s.to_str()).filter(|s| is_identifier(s)).unwrap_or("Main");
    let emit_olean = args.output.is_some();
    let job = Job { name: stem.to_owned(), text, library: folders, emit_olean, limits: Limits::default() };
    let report = match engine.check(&job, cancel) {
        Ok(report) => report,
        Err(Unfinished { error: EngineError::Cancelled, .. }) => return Ok(130),
        Err(e) => return Err(engine_failure(e.error)),
    };
    let mut out = std::io::stdout().lock();
    for m in &report.messages {
        let line = if args.json { json(m) } else { plain(file, m) };
        writeln!(out, "{line}").map_err(|e| Failure::new(format!("standard output: {e}")))?;
    }
    if let (Some(path), Some(olean)) = (args.output, &report.olean) {
        let parts = Parts::decode(olean).map_err(|e| Failure::new(format!("compiled module: {e}")))?;
        parts.write(path).map_err(|e| Failure::new(format!("cannot write {}: {e}", path.display())))?;
    }
    Ok(u8::try_from(report.exit_code).unwrap_or(1))
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn plain(file: &Path, m: &Message) -> String {
    let severity = match m.severity {
        Severity::Error => "error: ",
        Severity::Warning => "warning: ",
        Severity::Information => "",
    };
    format!("{}:{}:{}: {severity}{}", file.display(), m.pos.line, m.pos.column, m.text)
}

fn json(m: &Message) -> String {
    serde_json::json!({ "severity": m.severity, "pos": m.pos, "endPos": m.end, "data": m.text }).to_string()
}
