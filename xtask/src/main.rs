//! Development tasks: `cargo xtask tidy` checks what no other tool does, `cargo xtask profile` measures which of Lean's
//! functions proof runs call, `cargo xtask bench` what a verification costs, `cargo xtask soak` how long a resident Lean holds,
//! `cargo xtask lean` what Lean says of a file, `cargo xtask fuzz` whether random programs do what rustc makes of them,
//! `cargo xtask mutate` whether a verified function that is changed for the worse stays verified, `cargo xtask policy` learns in which order proofs
//! are tried, `cargo xtask invariants` how many functions are verified without the invariants of their author, `cargo xtask corpus` how much of published crates is understood, and `cargo xtask support` writes the page of what is supported.

mod bench;
mod corpus;
mod engine;
mod fuzz;
mod invariants;
mod lean;
mod mutate;
mod policy;
mod profile;
mod soak;
mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

/// Longest source file, in lines.
const MAX_LINES: usize = 800;

fn sources(folder: &Path, out: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            sources(&path, out)?;
        } else if path.extension().is_some_and(|e| e == "rs" || e == "lean" || e == "md") {
            out.push(path);
        }
    }
    Ok(())
}

/// What is untidy in a file.
fn untidy(path: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let at = |line: usize, what: &str| format!("{}:{line}: {what}", path.display());
    for (i, line) in text.lines().enumerate() {
        if line.ends_with([' ', '\t']) && path.extension().is_some_and(|e| e != "md") {
            found.push(at(i + 1, "white space at the end of the line"));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        found.push(at(text.lines().count(), "no line break at the end of the file"));
    }
    if path.extension().is_some_and(|e| e == "rs") {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            found.push(at(1, &format!("{lines} lines; more than {MAX_LINES} hold more than one idea")));
        }
    }
    if path.file_stem().is_some_and(|s| s == "utils" || s == "helpers" || s == "misc") {
        found.push(at(1, "a file named for no idea"));
    }
    found
}

fn tidy(root: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    sources(root, &mut files)?;
    files.sort();
    let mut found = Vec::new();
    for path in files {
        let shown = path.strip_prefix(root).unwrap_or(&path).to_owned();
        match fs::read_to_string(&path) {
            Ok(text) => found.extend(untidy(&shown, &text)),
            Err(e) => found.push(format!("{}: {e}", shown.display())),
        }
    }
    Ok(found)
}

fn finished(outcome: Result<(), Box<dyn std::error::Error>>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::from(2)
        }
    }
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match env::args().nth(1).as_deref() {
        Some("tidy") => match tidy(&root) {
            Ok(found) if found.is_empty() => ExitCode::SUCCESS,
            Ok(found) => {
                eprintln!("{}", found.join("\n"));
                ExitCode::FAILURE
            }
            Err(e) => {
                eprintln!("error: {e}");
                ExitCode::from(2)
            }
        },
        Some("profile") => finished(profile::run(&root)),
        Some("soak") => match env::args().nth(2).map_or(Ok(10_000), |n| n.parse()) {
            Ok(checks) => finished(soak::run(checks)),
            Err(e) => finished(Err(format!("the number of checks: {e}").into())),
        },
        Some("lean") => match env::args().nth(2) {
            Some(file) => finished(lean::run(&root, Path::new(&file))),
            None => finished(Err("`cargo xtask lean` needs a file".into())),
        },
        Some("fuzz") => finished(fuzz::run(&env::args().skip(2).collect::<Vec<_>>())),
        Some("policy") => finished(policy::run(&root, &env::args().skip(2).collect::<Vec<_>>())),
        Some("invariants") => finished(invariants::run(&root, &env::args().skip(2).collect::<Vec<_>>())),
        Some("mutate") => finished(mutate::run(&root, &env::args().skip(2).collect::<Vec<_>>())),
        Some("support") => finished(support::run(&root, &env::args().skip(2).collect::<Vec<_>>())),
        Some("corpus") => finished(corpus::run(&root, &env::args().skip(2).collect::<Vec<_>>())),
        Some("bench") => finished(bench::run_all(&root, &env::args().skip(2).collect::<Vec<_>>())),
        _ => {
            eprintln!(
                "usage: cargo xtask tidy|profile|bench [LEAN]...|soak [CHECKS]|lean FILE|\
                 fuzz [--programs N] [--seed S] [--no-lean|--syntax|--cheats]|mutate [--mutants N] [--seed S]|policy [--measure]|\
                 invariants [PACKAGE]...|\
                 support [--check]|corpus [--verify] [--crate NAME] [--limit SECONDS] [-- ARGUMENT...]"
            );
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untidiness_is_found() {
        let found = untidy(Path::new("src/utils.rs"), "a \nb");
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(untidy(Path::new("src/gate.rs"), "a\nb\n").is_empty());
    }
}
