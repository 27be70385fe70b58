//! Runs the cases below `tests/cases` (format: `tests/README.md`). All of them become modules of one crate, so that few
//! runs of Lean check them all. Needs the embedded Lean, which is set up on first use, and some minutes.

mod case_files;

use case_files::{collect, root, verify};

#[test]
fn every_case_has_its_verdict() {
    let words = ["verified", "refuted", "unknown", "unsupported", "trusted", "error"];
    let (text, expected) = collect(&root().join("tests/cases"), &words);
    assert!(expected.len() > 20, "the cases were not found");
    let (verdicts, said) = verify(&text, &[]);
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
    assert!(wrong.is_empty(), "{} of {}:\n{}\n{}", wrong.len(), expected.len(), wrong.join("\n"), said);
}
