//! Running the command with the embedded Lean, where it is set up.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The command.
pub const BIN: &str = env!("CARGO_BIN_EXE_cargo-harmonic");

/// Folder of the core library, if the embedded Lean is set up.
pub fn core_library() -> Option<PathBuf> {
    let output = Command::new(BIN).args(["harmonic", "setup", "--check", "-q"]).output().expect("the command runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let folder = text.split_once("library in ").map(|(_, rest)| PathBuf::from(rest.trim().trim_end_matches(')')));
    if folder.is_none() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(std::env::var_os("HARMONIC_REQUIRE_ENGINE").is_none(), "{said}");
        eprintln!("not tested: {said}");
    }
    folder
}

/// A crate that depends on `harmonic`.
pub fn project(manifest: &str, source: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("src")).expect("a folder");
    let harmonic = Path::new(env!("CARGO_MANIFEST_DIR")).join("../harmonic");
    let head = format!(
        "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\nharmonic = {{ path = {:?} }}\n",
        harmonic.display().to_string()
    );
    fs::write(dir.path().join("Cargo.toml"), format!("{head}{manifest}")).expect("written");
    fs::write(dir.path().join("src/lib.rs"), source).expect("written");
    dir
}

/// What a run said.
pub struct Ran {
    /// The verdicts.
    pub verdicts: Vec<Value>,
    /// Both outputs.
    pub said: String,
}

impl Ran {
    /// A function's status.
    pub fn status(&self, function: &str) -> &str {
        let v = self.verdicts.iter().find(|v| v["function"] == function);
        v.and_then(|v| v["status"].as_str()).unwrap_or_else(|| panic!("{function}: {}", self.said))
    }
}

/// Runs `verify` with JSON output.
pub fn verify(folder: &Path, args: &[&str], change: impl FnOnce(&mut Command)) -> Ran {
    let mut command = Command::new(BIN);
    command.args(["harmonic", "verify", "--message-format", "json"]).args(args).current_dir(folder);
    // What is kept is looked for in the project's own folder.
    command.env_remove("CARGO_TARGET_DIR");
    change(&mut command);
    let output = command.output().expect("the command runs");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let verdicts = lines.lines().filter_map(|l| serde_json::from_str(l).ok());
    let verdicts = verdicts.filter(|v: &Value| v["reason"] == "harmonic-verdict").collect();
    Ran { verdicts, said: format!("{lines}{}", String::from_utf8_lossy(&output.stderr)) }
}
