//! What the command prints, word for word: `tests/transcripts/*.md`, each in the project of the same name beside it.
//!
//! A block of language `console` holds a command after `$ `, what it prints on both outputs, and, where it is not 0, its exit
//! status as `[exit 1]`. `HARMONIC_TRANSCRIPTS=write cargo test --workspace --test transcripts` writes down what is printed now.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a command line in a copy of the project, so that nothing is left in the repository.
fn printed(project: &Path, line: &str) -> String {
    let mut words = line.split(' ').skip_while(|w| *w == "cargo");
    assert_eq!(words.next(), Some("harmonic"), "`{line}` is not for this command");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-harmonic"))
        .arg("harmonic")
        .args(words)
        .current_dir(project)
        .env("NO_COLOR", "1")
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .expect("the command runs");
    // Progress, then the result.
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stdout));
    let mut text: String = text.lines().map(|l| format!("{}\n", l.trim_end())).collect();
    if let Some(code) = output.status.code().filter(|c| *c != 0) {
        let _ = writeln!(text, "[exit {code}]");
    }
    text
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn the_command_prints_what_is_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).expect("transcripts").flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "md"));
    assert!(!files.is_empty(), "no transcript was found");
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        let project = tempfile::tempdir().expect("a folder");
        copy(&file.with_extension(""), project.path());
        let mut now = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            now.push_str(line);
            now.push('\n');
            if line != "```console" {
                continue;
            }
            let command = lines.next().and_then(|l| l.strip_prefix("$ ")).expect("a command after `$ `");
            assert!(lines.by_ref().any(|l| l == "```"), "the block ends");
            let _ = writeln!(now, "$ {command}\n{}```", printed(project.path(), command));
        }
        if std::env::var_os("HARMONIC_TRANSCRIPTS").is_some() {
            fs::write(&file, &now).expect("written");
            continue;
        }
        assert_eq!(now, text, "{} is not what is printed", file.display());
    }
}
