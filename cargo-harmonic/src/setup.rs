//! `cargo harmonic setup` and `cargo harmonic explain`.

use std::path::Path;

use harmonic_lean::Cancel;
use harmonic_lean::setup::{self, SetupOptions};
use harmonic_translator::rules::LIBRARY;

use crate::cli::Setup;
use crate::engine::{Choice, SetupProgress};
use crate::failure::Failure;
use crate::terminal::print;

/// Runs `cargo harmonic setup`.
///
/// # Errors
/// What set-up says.
pub fn run(args: &Setup) -> Result<u8, Failure> {
    let options = SetupOptions { from: args.from.clone(), offline: args.common.offline, ..SetupOptions::default() };
    let fail = |e: setup::SetupError| Failure::new(e.to_string());
    if args.remove {
        let folder = setup::remove(&options).map_err(fail)?;
        print(format_args!("removed what was in {}\n", folder.display()))?;
        return Ok(0);
    }
    let progress = SetupProgress::new(&args.common);
    let ready = if args.check { setup::check(&options, &progress) } else { setup::ensure(&options, &progress) }
        .map_err(fail)?;
    drop(progress);
    let embedded = Choice::find(None, Path::new(""))?;
    if !args.check {
        // The support library too, so that the first `verify` starts at once.
        let lean = embedded.lean(&args.common, LIBRARY, &Cancel::default());
        lean.and_then(|lean| lean.library.wait()).map_err(|e| Failure::new(e.to_string()))?;
        embedded.optimise(&args.common);
    }
    print(format_args!("Lean is ready ({}, library in {})\n", embedded.describe(), ready.core_library.display()))?;
    Ok(0)
}

/// Runs `cargo harmonic explain`.
///
/// # Errors
/// An unknown code.
pub fn explain(code: Option<&str>) -> Result<u8, Failure> {
    let codes = harmonic_translator::diagnostic::CODES;
    let Some(code) = code else {
        for (code, page) in codes {
            print(format_args!("{code}  {}\n", page.lines().next().unwrap_or_default()))?;
        }
        return Ok(0);
    };
    let wanted = code.to_ascii_uppercase();
    match codes.iter().find(|(c, _)| *c == wanted) {
        Some((code, page)) => {
            print(format_args!("{code}: {}\n", page.trim_end()))?;
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
