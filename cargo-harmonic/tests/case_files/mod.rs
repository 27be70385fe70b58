//! Reads case files (format: `tests/README.md`) and makes one crate of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An expected verdict: case, line of the `fn` in the crate made, what the comment says.
pub struct Expected {
    /// File and heading.
    pub case: String,
    /// Line of the `fn`.
    pub line: usize,
    /// The comment.
    pub verdict: String,
}

impl Expected {
    /// Whether a verdict of the report is that of this function.
    pub fn is_of(&self, verdict: &serde_json::Value) -> bool {
        let line = self.line as u64;
        let span = &verdict["span"];
        match (span["line_start"].as_u64(), span["line_end"].as_u64()) {
            (Some(a), Some(b)) => (a..=b).contains(&line),
            _ => false,
        }
    }
}

/// The text of a crate with a module for each case of a folder's files, and what is expected of its functions: those
/// whose `fn` line ends with a comment that starts with one of `words`.
pub fn collect(folder: &Path, words: &[&str]) -> (String, Vec<Expected>) {
    let mut files: Vec<_> = fs::read_dir(folder).expect("the case files").flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "md"));
    files.sort();
    let (mut text, mut expected, mut number) = (String::new(), Vec::new(), 0);
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let markdown = fs::read_to_string(&file).expect("a readable case file");
        let (mut case, mut in_rust, mut open) = (stem.clone(), false, false);
        for line in markdown.lines() {
            if in_rust {
                if line.trim_end() == "```" {
                    in_rust = false;
                    continue;
                }
                let _ = writeln!(text, "{line}");
                if let Some((code, comment)) = line.rsplit_once("// ") {
                    let word = comment.split(':').next().unwrap_or_default().trim();
                    if code.contains("fn ") && words.contains(&word) {
                        let line = text.matches('\n').count();
                        expected.push(Expected { case: case.clone(), line, verdict: comment.trim().to_owned() });
                    }
                }
            } else if let Some(title) = line.strip_prefix("## ") {
                if open {
                    text.push_str("}\n");
                    open = false;
                }
                case = format!("{stem}: {title}");
            } else if line.trim_end() == "```rust" {
                in_rust = true;
                if !open {
                    let _ = writeln!(text, "pub mod c{number} {{\nuse harmonic::*;");
                    number += 1;
                    open = true;
                }
            }
        }
        if open {
            text.push_str("}\n");
        }
    }
    (text, expected)
}

/// Writes a crate `cases` with this library.
fn write_crate(folder: &Path, harmonic: &Path, text: &str) {
    fs::create_dir_all(folder.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"cases\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nharmonic = {{ path = {:?} }}\n[workspace]\n",
        harmonic.display().to_string()
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("written");
    fs::write(folder.join("src/lib.rs"), text).expect("written");
}

/// Verifies the crate of these functions without caches: its verdicts, and what was said on standard error.
pub fn verify(text: &str, arguments: &[&str]) -> (Vec<serde_json::Value>, String) {
    let dir = tempfile::tempdir().expect("a folder");
    write_crate(dir.path(), &root().join("harmonic"), text);
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-harmonic"))
        .args(["harmonic", "verify", "--message-format", "json", "--no-cache"])
        .args(arguments)
        .current_dir(dir.path())
        .output()
        .expect("the command runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let lines = stdout.lines().filter_map(|l| serde_json::from_str(l).ok());
    let verdicts = lines.filter(|v: &serde_json::Value| v["reason"] == "harmonic-verdict").collect();
    (verdicts, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The repository's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
