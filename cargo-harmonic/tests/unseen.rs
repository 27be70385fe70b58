//! Measures the command on the functions below `tests/unseen` (format: `tests/README.md`), which nothing is tuned for:
//!
//! ```text
//! cargo test --package cargo-harmonic --test unseen -- --ignored --nocapture
//! ```
//!
//! prints a table and gates on what must hold: no true function refuted, no false one verified, half of the true ones
//! verified, four fifths of the false ones refuted.

use std::collections::BTreeMap;

mod case_files;

use case_files::{collect, root, verify};

#[test]
#[ignore = "needs the embedded Lean and many minutes"]
fn functions_never_seen_get_true_verdicts() {
    let (text, expected) = collect(&root().join("tests/unseen"), &["true", "false"]);
    assert!(expected.len() >= 100, "the functions were not found");
    let (verdicts, said) = verify(&text, &["--timeout", "60"]);
    let mut wrong = Vec::new();
    let mut table: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for e in &expected {
        let Some(v) = verdicts.iter().find(|v| e.is_of(v)) else {
            wrong.push(format!("{}: no verdict", e.case));
            continue;
        };
        let status = v["status"].as_str().unwrap_or_default();
        let truth = if e.verdict == "true" { "true" } else { "false" };
        *table.entry((truth, status.to_owned())).or_default() += 1;
        let function = v["function"].as_str().unwrap_or_default();
        if (truth, status) == ("true", "refuted") || (truth, status) == ("false", "verified") || status == "error" {
            wrong.push(format!("{function}: {truth}, but {status} {}", v["message"]));
        }
        let good = matches!((truth, status), ("true", "verified") | ("false", "refuted"));
        println!("{} {truth:5} {status:11} {:10} {function}", if good { ' ' } else { '·' }, v["cause"]);
    }
    for ((truth, status), n) in &table {
        println!("{n:4} {truth:5} {status}");
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), said);
    let share = |truth: &'static str, status: &str| {
        let all: usize = table.iter().filter(|((t, _), _)| *t == truth).map(|(_, n)| n).sum();
        let some = table.get(&(truth, status.to_owned())).copied().unwrap_or_default();
        some as f64 / all.max(1) as f64
    };
    let (verified, refuted) = (share("true", "verified"), share("false", "refuted"));
    println!("{:.0} % of the true verified, {:.0} % of the false refuted", 100.0 * verified, 100.0 * refuted);
    assert!(verified >= 0.5, "only {verified:.2} of the true functions verified");
    assert!(refuted >= 0.8, "only {refuted:.2} of the false functions refuted");
}
