//! `cargo xtask profile`: makes `lean-engine/src/wasm/profile.bin` anew.
//!
//! It compiles all of Lean so that each function notes that it was called (some minutes), verifies the examples and the
//! cases of `tests/` with that, failing proofs included, and writes down what was called.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use harmonic_lean::setup::{self, SetupOptions};
use harmonic_lean::wasm::{self, Plan};

/// Command lines of cargo whose Lean runs are measured.
const RUNS: &[&[&str]] = &[
    &["harmonic", "verify", "--manifest-path", "examples/Cargo.toml", "--workspace"],
    &["test", "--package", "cargo-harmonic", "--test", "cases"],
];

/// Measures and writes.
///
/// # Errors
/// If set-up fails or a file cannot be read or written; a run that finds functions unproved is none.
pub(crate) fn run(root: &Path) -> Result<(), Box<dyn Error>> {
    let home = root.join("target/profile");
    let options = SetupOptions { home: Some(home.clone()), plan: Plan::Instrumented, ..SetupOptions::default() };
    eprintln!("compiling Lean with marks, in {}", home.display());
    let ready = setup::ensure(&options, &())?;
    for arguments in RUNS {
        eprintln!("cargo {}", arguments.join(" "));
        let status = Command::new("cargo").args(*arguments).current_dir(root).env("HARMONIC_HOME", &home).status()?;
        eprintln!("{status}");
    }
    let package = ready.core_library.parent().ok_or("the package has no folder")?;
    let profile = wasm::profile(&package.join("lean.wasm"), &ready.compiled_dir)?;
    let file = root.join("lean-engine/src/wasm/profile.bin");
    std::fs::write(&file, &profile)?;
    eprintln!("{} bytes in {}", profile.len(), file.display());
    Ok(())
}
