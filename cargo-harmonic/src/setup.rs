//! `cargo harmonic setup` and `cargo harmonic lean`.

use std::io::Write;
use std::path::Path;

use harmonic_lean::setup::{self, SetupOptions};
use harmonic_lean::{Cancel, EngineError, Job, Limits, Severity};
use harmonic_translator::rules::LIBRARY;

use crate::cli::{Common, Setup};
use crate::engine::{Choice, SetupProgress};
use crate::failure::Failure;

/// Runs `cargo harmonic setup`.
///
/// # Errors
/// What set-up says.
pub fn run(args: &Setup) -> Result<u8, Failure> {
    let options = SetupOptions { from: args.from.clone(), offline: args.common.offline, ..SetupOptions::default() };
    let fail = |e: setup::SetupError| Failure::new(e.to_string());
    if args.remove {
        let folder = setup::remove(&options).map_err(fail)?;
        println!("removed what was in {}", folder.display());
        return Ok(0);
    }
    let progress = SetupProgress::new(&args.common);
    let ready = if args.check { setup::check(&options, &progress) } else { setup::ensure(&options, &progress) }
        .map_err(fail)?;
    drop(progress);
    let embedded = Choice::find(None, Path::new(""))?;
    if !args.check {
        // The support library too, so that the first `verify` starts at once: what every proof imports, and then all of it.
        let extra = harmonic_prover::extra_modules("");
        for modules in [harmonic_prover::library(&extra), LIBRARY.to_vec()] {
            embedded.lean(&args.common, &modules, &Cancel::default()).map_err(|e| Failure::new(e.to_string()))?;
        }
    }
    println!("Lean is ready ({}, library in {})", embedded.describe(), ready.core_library.display());
    Ok(0)
}

/// Runs `cargo harmonic lean -- FILE` with the Lean that `--lean` names: Lean's messages on standard output, Lean's exit status.
///
/// # Errors
/// An unreadable file, an engine that cannot work.
pub fn run_lean(file: &Path, lean: Option<&str>, common: &Common, cancel: &Cancel) -> Result<u8, Failure> {
    let text =
        std::fs::read_to_string(file).map_err(|e| Failure::new(format!("cannot read {}: {e}", file.display())))?;
    let lean = Choice::find(lean, Path::new(""))?
        .lean(common, LIBRARY, cancel)
        .map_err(|e| Failure::new(e.to_string()))?;
    let name = "Main".to_owned();
    let job = Job { name, text, library: lean.library, emit_olean: false, limits: Limits::default() };
    let report = match lean.engine.check(&job, cancel) {
        Ok(report) => report,
        Err(EngineError::Cancelled) => return Ok(130),
        Err(e) => return Err(Failure::new(e.to_string())),
    };
    let mut out = std::io::stdout().lock();
    for m in &report.messages {
        let severity = match m.severity {
            Severity::Error => "error: ",
            Severity::Warning => "warning: ",
            Severity::Information => "",
        };
        let written = writeln!(out, "{}:{}:{}: {severity}{}", file.display(), m.pos.line, m.pos.column, m.text);
        written.map_err(|e| Failure::new(format!("standard output: {e}")))?;
    }
    Ok(u8::try_from(report.exit_code).unwrap_or(1))
}

/// Runs `cargo harmonic explain`.
///
/// # Errors
/// An unknown code.
pub fn explain(code: Option<&str>) -> Result<u8, Failure> {
    let codes = harmonic_translator::diagnostic::CODES;
    let Some(code) = code else {
        for (code, page) in codes {
            println!("{code}  {}", page.lines().next().unwrap_or_default());
        }
        return Ok(0);
    };
    let wanted = code.to_ascii_uppercase();
    match codes.iter().find(|(c, _)| *c == wanted) {
        Some((code, page)) => {
            println!("{code}: {}", page.trim_end());
            Ok(0)
        }
        None => {
            let nearest = codes.iter().map(|(c, _)| (strsim::damerau_levenshtein(c, &wanted), *c)).min();
            let failure = Failure::new(format!("there is no code `{code}`"));
            Err(match nearest {
                Some((d, c)) if d <= 2 => failure.help(format!("did you mean `{c}`?")),
                _ => failure.help("`cargo harmonic explain` lists all codes"),
            })
        }
    }
}
