//! Invariants that are inferred: what they are worth, that they are kept, and that nobody gets in by them.
//!
//! Needs what `cargo harmonic setup` makes. Without it these tests say so and pass, unless `HARMONIC_REQUIRE_ENGINE` is set.

use std::fs;
use std::path::{Path, PathBuf};

mod command;
mod with_engine;

use command::run;
use with_engine::{Ran, core_library, project, verify};

/// One function whose loop needs an invariant, two that call it, of which one needs its own, one that needs more beside its own, and one
/// for which there is none: what it says is false of one number of so many that no run comes upon it.
const SOURCE: &str = "use harmonic::*;

#[spec(ensures: |out| match out {
    Some(i) => i < xs.len(),
    None => forall(|j: usize, i: usize| implies(j < xs.len() && i < v.len(), v[i] != xs[j])),
})]
pub fn first_known(v: &[u8], xs: &[u8]) -> Option<usize> {
    for i in 0..xs.len() {
        if find(v, xs[i]).is_some() {
            return Some(i);
        }
    }
    None
}

#[spec(ensures: |out| implies(out, v.len() > 0))]
pub fn has(v: &[u8], x: u8) -> bool {
    find(v, x).is_some()
}

#[spec(ensures: |out| match out {
    Some(i) => i < v.len() && v[i] == x,
    None => forall(|i: usize| implies(i < v.len(), v[i] != x)),
})]
pub fn find(v: &[u8], x: u8) -> Option<usize> {
    for i in 0..v.len() {
        if v[i] == x {
            return Some(i);
        }
    }
    None
}

#[spec(requires: n < 1000, ensures: |out| out == n * (n + 1) / 2)]
pub fn triangle(n: u32) -> u32 {
    let mut total = 0;
    let mut i = 0;
    #[spec(maintains: i <= n, decreases: n - i)]
    while i < n {
        i += 1;
        total += i;
    }
    total
}

#[spec(ensures: |out| out.wrapping_mul(0x9e37_79b9_7f4a_7c15) != 0x1234_5678_9abc_def1)]
pub fn mixed_wrong(v: &[u64]) -> u64 {
    let mut x = 0;
    for i in 0..v.len() {
        x = v[i];
    }
    x
}
";

/// As on another machine: nothing is there but what is kept with the source.
fn locked(folder: &Path, functions: &[&str]) -> Ran {
    let _ = fs::remove_dir_all(folder.join("target"));
    verify(folder, &[&["--locked"], functions].concat(), |_| {})
}

/// The file that keeps a function's proofs.
fn kept(folder: &Path, function: &str) -> PathBuf {
    let files = fs::read_dir(folder.join("harmonic-proofs/p")).into_iter().flatten().flatten().map(|e| e.path());
    let named = |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&format!("{function}.")));
    files.into_iter().find(named).unwrap_or_else(|| panic!("nothing is kept of {function}"))
}

fn inferred(ran: &Ran, function: &str) -> Vec<String> {
    let verdict = ran.verdicts.iter().find(|v| v["function"] == function).unwrap_or_else(|| panic!("{}", ran.said));
    let loops = verdict["inferred"].as_array().cloned().unwrap_or_default();
    let all = loops.iter().flat_map(|l| l["maintains"].as_array().cloned().unwrap_or_default());
    all.filter_map(|m| m.as_str().map(str::to_owned)).collect()
}

#[test]
fn invariants_are_inferred_and_kept_and_written() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let folder = p.path();
    let source = || fs::read_to_string(folder.join("src/lib.rs")).expect("there");

    let ran = verify(folder, &["--timeout", "60"], |_| {});
    assert_eq!(ran.status("p::find"), "verified", "{}", ran.said);
    assert_eq!(ran.status("p::triangle"), "verified", "{}", ran.said);
    for caller in ["p::first_known", "p::has"] {
        assert_eq!(ran.status(caller), "verified", "{caller}: {}", ran.said);
    }
    assert_eq!(ran.status("p::mixed_wrong"), "unknown", "{}", ran.said);
    let (found, total) = (inferred(&ran, "p::find"), inferred(&ran, "p::triangle"));
    assert!(found.iter().any(|m| m.contains("k < i") && m.contains("v[k] != x")), "{found:?}");
    assert!(total.iter().any(|m| m.contains("total == i * (i + 1) / 2")), "{total:?}");
    assert_eq!(source(), SOURCE);

    // What was found is kept with the proofs that rest on it, and nothing is searched.
    let again = locked(folder, &[]);
    assert_eq!((again.status("p::find"), again.status("p::triangle")), ("verified", "verified"), "{}", again.said);
    assert_eq!(inferred(&again, "p::find"), found);
    let (_, audit) = run(folder, &["audit", "--lean", "wasm"]);
    assert!(audit.contains("4 verified, 1 not"), "{audit}");

    // What is kept is nobody's word: text that leaves its place, invariants that are false, words for which there is no name.
    let path = kept(folder, "find");
    let good = fs::read_to_string(&path).expect("there");
    let evil = [
        "true])] #[trusted] #[spec(maintains: [true",
        "true // ",
        "{ #[trusted] fn find() {} true }",
        "false",
        "no_such_name == 1",
        "i <= v.len() && v[i] == x",
    ];
    for condition in evil {
        let lines = good.lines().map(|l| match l.starts_with("loop ") {
            true => format!("loop 0: {condition}\n"),
            false => format!("{l}\n"),
        });
        fs::write(&path, lines.collect::<String>()).expect("written");
        let ran = locked(folder, &["p::find"]);
        assert_eq!(ran.status("p::find"), "unknown", "{condition}: {}", ran.said);
    }
    fs::write(&path, &good).expect("written");

    let (status, said) = run(folder, &["fix", "--timeout", "60", "--dry-run", "--allow-no-vcs"]);
    assert!(status == Some(0) && said.contains("+    #[harmonic::spec(maintains: "), "{said}");
    assert_eq!(source(), SOURCE);
    let (status, said) = run(folder, &["fix", "--timeout", "60", "--allow-no-vcs"]);
    assert!(status == Some(0) && said.contains("wrote 3 specs"), "{said}");
    let written = source();
    assert!(written.contains("    #[harmonic::spec(maintains: "), "{written}");
    assert!(written.contains("    #[spec(maintains: total == i * (i + 1) / 2, maintains: i <= n, "), "{written}");
    assert!(!fs::read_to_string(&path).expect("there").contains("\nloop "));
    let after = locked(folder, &[]);
    assert_eq!((after.status("p::find"), after.status("p::triangle")), ("verified", "verified"), "{}", after.said);
    assert!(inferred(&after, "p::find").is_empty());
}
