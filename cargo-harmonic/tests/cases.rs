//! Runs the cases below `tests/cases` (format: `tests/README.md`). All of them become modules of one crate, so that few
//! runs of Lean check them all. Needs the embedded Lean, which is set up on first use, and some minutes.

use std::path::Path;
use std::process::Command;

mod case_files;

use case_files::{collect, write_crate};

#[test]
fn every_case_has_its_verdict() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let words = ["verified", "refuted", "unknown", "unsupported", "trusted", "error"];
    let (text, expected) = collect(&root.join("tests/cases"), &words);
    assert!(expected.len() > 20, "the cases were not found");
    let dir = tempfile::tempdir().expect("a folder");
    write_crate(dir.path(), &root.join("harmonic"), &text);
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
        let Some(i) = verdicts.iter().position(|v| e.is_of(v)) else {
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
