//! Running any of the subcommands.

use std::path::Path;
use std::process::Command;

/// Runs `cargo harmonic` with these arguments in a folder: the exit status, and both outputs.
pub fn run(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-harmonic"));
    // What is kept is looked for in the project's own folder.
    let output = command.arg("harmonic").args(args).current_dir(folder).env_remove("CARGO_TARGET_DIR").output();
    let output = output.expect("the command runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}
