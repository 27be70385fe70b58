//! `cargo xtask profile`: makes `lean-engine/src/wasm/profile.bin` anew.
//!
//! It compiles all of Lean so that each function notes that it was called (some minutes), compiles the support library and
//! verifies the examples and the cases of `tests/` with that, failing proofs included, and writes down what was called.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use harmonic_lean::setup::{self, SetupOptions};
use harmonic_lean::wasm::{self, Plan};

/// Measures and writes.
///
/// # Errors
/// If set-up fails or a file cannot be read or written; a run that finds functions unproved is none.
pub(crate) fn run(root: &Path) -> Result<(), Box<dyn Error>> {
    let home = root.join("target/profile");
    let options = SetupOptions { home: Some(home.clone()), plan: Plan::Instrumented, ..SetupOptions::default() };
    eprintln!("compiling Lean with marks, in {}", home.display());
    let ready = setup::ensure(&options, &())?;
    let binary = crate::bench::build(root)?;
    let measure = |command: &mut Command| -> std::io::Result<()> {
        eprintln!("{command:?}");
        let status = command.current_dir(root).env("HARMONIC_HOME", &home).status()?;
        eprintln!("{status}");
        Ok(())
    };
    measure(Command::new(&binary).args([
        "harmonic",
        "verify",
        "--manifest-path",
        "examples/Cargo.toml",
        "--workspace",
    ]))?;
    // All packages: another choice of packages has other features, and compiles the dependencies anew.
    measure(Command::new("cargo").args(["test", "--workspace", "--test", "cases"]))?;
    let package = ready.core_library.parent().ok_or("the package has no folder")?;
    let profile = wasm::profile(&package.join("lean.wasm"), &ready.compiled_dir)?;
    let file = root.join("lean-engine/src/wasm/profile.bin");
    std::fs::write(&file, &profile)?;
    eprintln!("{} bytes in {}", profile.len(), file.display());
    Ok(())
}
