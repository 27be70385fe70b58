//! Runs the cases below `tests/cases` (format: `tests/README.md`). All of them become modules of one crate, so that few
//! runs of Lean check them all. Needs the embedded Lean (set up on first use), hence `--ignored`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// An expected verdict: case, line of the `fn` in the crate made, what the comment says.
struct Expected {
    case: String,
    line: usize,
    verdict: String,
}

/// The crate's text and what is expected of it. `None` for a case that need not compile: it would break the others.
fn collect(folder: &Path) -> (String, Vec<Expected>) {
    let mut files: Vec<_> = fs::read_dir(folder).expect("tests/cases").flatten().map(|e| e.path()).collect();
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
                    let words = ["verified", "refuted", "unknown", "unsupported", "trusted", "error"];
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

#[test]
#[ignore = "needs the embedded Lean and some minutes"]
fn every_case_has_its_verdict() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (text, expected) = collect(&root.join("tests/cases"));
    assert!(expected.len() > 20, "the cases were not found");
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"cases\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nharmonic = {{ path = {:?} }}\n[workspace]\n",
        root.join("harmonic").display().to_string()
    );
    fs::write(dir.path().join("Cargo.toml"), manifest).expect("written");
    fs::write(dir.path().join("src/lib.rs"), text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-harmonic"))
        .args(["harmonic", "verify", "--message-format", "json", "--no-cache"])
        .current_dir(dir.path())
        .output()
        .expect("the command runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let verdicts: Vec<serde_json::Value> = stdout
        .lines()
        .filter_map(|l| serde_json::from_str(l).ok())
        .filter(|v: &serde_json::Value| v["reason"] == "harmonic-verdict")
        .collect();
    let mut wrong = Vec::new();
    let mut met = vec![false; verdicts.len()];
    for e in &expected {
        let line = e.line as u64;
        let inside = |v: &serde_json::Value| {
            let (Some(a), Some(b)) = (v["span"]["line_start"].as_u64(), v["span"]["line_end"].as_u64()) else {
                return false;
            };
            (a..=b).contains(&line)
        };
        let Some(i) = verdicts.iter().position(inside) else {
            wrong.push(format!("{}: no verdict, expected {}", e.case, e.verdict));
            continue;
        };
        met[i] = true;
        let v = &verdicts[i];
        let (status, cause) = (v["status"].as_str().unwrap_or_default(), v["cause"].as_str().unwrap_or_default());
        let fits = match e.verdict.split_once(": ") {
            Some((s, c)) => s == status && c == cause,
            None => e.verdict == status,
        };
        if !fits {
            wrong.push(format!(
                "{} ({}): {status} {cause} {}, expected {}",
                e.case, v["function"], v["message"], e.verdict
            ));
        }
    }
    for (v, met) in verdicts.iter().zip(met) {
        if !met {
            wrong.push(format!("{} has a verdict that no comment expects", v["function"]));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}\n{}",
        wrong.len(),
        expected.len(),
        wrong.join("\n"),
        String::from_utf8_lossy(&output.stderr)
    );
}
