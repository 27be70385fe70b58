//! Proofs that are kept with the source: what `--locked`, `audit` and `prune` make of them.
//!
//! Needs what `cargo harmonic setup` makes. Without it these tests say so and pass, unless `HARMONIC_REQUIRE_ENGINE` is set.

use std::fs;
use std::path::Path;

use serde_json::Value;

mod command;
mod with_engine;

use command::run;
use with_engine::{Ran, core_library, project, verify};

const SOURCE: &str = "use harmonic::*;
#[spec(requires: x < 100, ensures: |out| out == x + 1)]
pub fn next(x: u8) -> u8 { x + 1 }
#[spec(requires: !v.is_empty(), ensures: |out| v.contains(&out))]
pub fn first(v: &[u32]) -> u32 { v[0] }
";

/// Runs `verify --locked` as on another machine: nothing is there but what is kept with the source.
fn locked(folder: &Path) -> Ran {
    let _ = fs::remove_dir_all(folder.join("target"));
    verify(folder, &["--locked"], |_| {})
}

/// All kept files with their texts.
fn kept(folder: &Path) -> Vec<(String, String)> {
    let files = fs::read_dir(folder.join("harmonic-proofs/p")).into_iter().flatten().flatten();
    let mut all: Vec<_> = files
        .map(|e| (e.file_name().to_string_lossy().into_owned(), fs::read_to_string(e.path()).expect("text")))
        .collect();
    all.sort();
    all
}

fn write(folder: &Path, source: &str) {
    fs::write(folder.join("src/lib.rs"), source).expect("written");
}

#[test]
fn kept_proofs_are_checked_and_nothing_is_searched() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let folder = p.path();
    // Nothing is kept yet.
    let none = locked(folder);
    assert_eq!((none.status("p::next"), none.status("p::first")), ("unknown", "unknown"), "{}", none.said);
    assert!(none.said.contains("without a kept proof") && kept(folder).is_empty(), "{}", none.said);

    let found = verify(folder, &[], |_| {});
    assert_eq!((found.status("p::next"), found.status("p::first")), ("verified", "verified"), "{}", found.said);
    let proofs = kept(folder);
    assert_eq!(proofs.len(), 2, "{proofs:?}");
    // A folder that was lost is made again, although the verdicts are known.
    fs::remove_dir_all(folder.join("harmonic-proofs")).expect("there");
    let lost = verify(folder, &[], |_| {});
    assert_eq!((lost.status("p::next"), lost.status("p::first")), ("verified", "verified"), "{}", lost.said);
    assert_eq!(kept(folder), proofs);
    let events = folder.join("events");
    fs::remove_dir_all(folder.join("target")).expect("there");
    let again = verify(folder, &["--locked", "--events", &events.display().to_string()], |_| {});
    assert_eq!((again.status("p::next"), again.status("p::first")), ("verified", "verified"), "{}", again.said);
    assert!(again.verdicts.iter().all(|v| v["proof"] == "store"), "{}", again.said);
    let tried = fs::read_to_string(&events).expect("made");
    assert!(tried.lines().all(|l| !l.contains("portfolio")), "{tried}");
    assert_eq!(kept(folder), proofs);
    let (status, said) = run(folder, &["verify", "--locked"]);
    assert_eq!(status, Some(0), "{said}");

    // Other names, another place, remarks: the same proofs.
    let moved = "pub mod inner { use harmonic::*;
// A remark.
#[spec(requires: number < 100, ensures: |result| result == number + 1)]
pub fn successor(number: u8) -> u8 { number + 1 } }
use harmonic::*;
#[spec(requires: !values.is_empty(), ensures: |out| values.contains(&out))]
pub fn first(values: &[u32]) -> u32 { values[0] }
";
    write(folder, moved);
    let renamed = locked(folder);
    let both = (renamed.status("p::inner::successor"), renamed.status("p::first"));
    assert_eq!(both, ("verified", "verified"), "{}", renamed.said);

    // Another statement has no proof until one is found, and the old one is dropped when asked.
    write(folder, &SOURCE.replace("x < 100", "x < 200"));
    let changed = locked(folder);
    assert_eq!((changed.status("p::next"), changed.status("p::first")), ("unknown", "verified"), "{}", changed.said);
    let (status, said) = run(folder, &["verify", "--locked"]);
    assert!(status == Some(1) && said.contains("`p::next`") && said.contains("without `--locked`"), "{said}");
    assert_eq!(kept(folder), proofs);
    assert_eq!(verify(folder, &[], |_| {}).status("p::next"), "verified");
    assert_eq!(locked(folder).status("p::next"), "verified");
    let before = kept(folder);
    let (_, said) = run(folder, &["prune", "--dry-run"]);
    assert!(said.contains("would drop") && kept(folder) == before, "{said}");
    let (status, said) = run(folder, &["prune"]);
    assert!(status == Some(0) && said.contains("dropped") && kept(folder) != before, "{said}");
    assert_eq!(locked(folder).status("p::next"), "verified");
    assert_eq!(run(folder, &["prune"]), (Some(0), String::new()));
}

/// A false function is not verified by whatever is kept for it, and a proof that is none is none.
#[test]
fn kept_proofs_are_not_believed() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let folder = p.path();
    assert_eq!(verify(folder, &[], |_| {}).status("p::next"), "verified");
    let proofs = kept(folder);
    for lie in ["rfl", "exact sorryAx _", "omega; done; skip\n  theorem x : False := by", "trivial"] {
        for (name, text) in &proofs {
            let lines = text.lines().map(|l| if l.starts_with("  ") { format!("  {lie}\n") } else { format!("{l}\n") });
            fs::write(folder.join("harmonic-proofs/p").join(name), lines.collect::<String>()).expect("written");
        }
        let ran = locked(folder);
        assert_ne!(ran.status("p::next"), "verified", "{lie}: {}", ran.said);
    }
    for (name, text) in &proofs {
        fs::write(folder.join("harmonic-proofs/p").join(name), text).expect("written");
    }
    assert_eq!(locked(folder).status("p::next"), "verified");
    // True for the interpreter's short look and beyond what the proofs are of.
    write(folder, &SOURCE.replace("out == x + 1", "out == x + 1 && (x != 77 || out == 0)"));
    assert_ne!(locked(folder).status("p::next"), "verified");
}

#[test]
fn an_audit_names_what_verdicts_rest_on() {
    if core_library().is_none() {
        return;
    }
    let p = project(
        "[package.metadata.harmonic]\nallow-trusted = true\n",
        &format!(
            "{SOURCE}#[trusted]\n#[spec(ensures: |out| out > 0)]\npub fn faith() -> u8 {{ 1 }}\n#[spec(ensures: |out| out > 0)]\npub fn above() -> u8 {{ faith() }}\n"
        ),
    );
    let folder = p.path();
    let audit = || {
        let (status, said) = run(folder, &["audit", "-q", "--lean", "wasm", "--message-format", "json"]);
        let line = said.lines().find(|l| l.starts_with('{')).unwrap_or_else(|| panic!("{said}"));
        (status, serde_json::from_str::<Value>(line).expect("JSON"))
    };
    let (status, before) = audit();
    assert_eq!((status, &before["verified"]), (Some(1), &Value::from(0)), "{before}");
    verify(folder, &[], |_| {});
    let (status, after) = audit();
    assert_eq!(status, Some(0), "{after}");
    assert_eq!((&after["reason"], &after["verified"]), (&"harmonic-audit".into(), &Value::from(3)), "{after}");
    assert_eq!(after["trusted"], serde_json::json!(["p::faith"]), "{after}");
    assert!(after["axioms"].as_object().is_some_and(|axioms| !axioms.is_empty()), "{after}");
    assert_eq!(after["not_verified"], serde_json::json!([]), "{after}");
    let (_, said) = run(folder, &["audit", "-q", "--lean", "wasm"]);
    assert!(said.contains("3 verified, 0 not") && said.contains("taken on faith: p::faith"), "{said}");
}

/// A report of `explain-proof` on one function.
fn explained(folder: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let args: Vec<&str> =
        ["explain-proof", "--message-format", "json", "--quiet"].iter().chain(args).copied().collect();
    let (status, said) = run(folder, &args);
    let report = said.lines().find_map(|line| serde_json::from_str(line).ok());
    (status, report.unwrap_or_else(|| panic!("no report in:\n{said}")))
}

#[test]
fn a_proof_is_explained_by_what_closed_it_and_what_failed() {
    if core_library().is_none() {
        return;
    }
    // 10007 is a prime and 5 no square modulo it, of which no tactic knows.
    let source = format!(
        "{SOURCE}#[spec(requires: n < 4_000_000_000, ensures: |out| out != 5)]
pub fn residue(n: u64) -> u64 {{ n * n % 10007 }}
"
    );
    let p = project("", &source);
    let folder = p.path();
    let (status, first) = explained(folder, &["first", "--exact", "--no-cache"]);
    let obligations = first["obligations"].as_array().expect("a list");
    assert_eq!((status, &first["status"]), (Some(0), &Value::from("verified")), "{first}");
    assert!(obligations.iter().all(|o| o["proof"]["from"] == "portfolio"), "{first}");
    // What is kept is what closes them the next time, and nothing else is tried.
    verify(folder, &["first"], |_| {});
    let (_, kept) = explained(folder, &["first", "--exact"]);
    let all = kept["obligations"].as_array().expect("a list");
    assert!(all.iter().all(|o| o["proof"]["from"] == "store" && o["failed"] == Value::Array(Vec::new())), "{kept}");

    let (status, open) = explained(folder, &["residue", "--exact", "--no-cache", "--timeout", "60"]);
    assert_eq!((status, &open["status"]), (Some(1), &Value::from("unknown")), "{open}");
    let of =
        open["obligations"].as_array().expect("a list").iter().find(|o| o["proof"].is_null()).expect("one is open");
    let failed = of["failed"].as_array().expect("a list");
    assert!(failed.iter().any(|f| f["block"] == "omega" && f["why"] == "failed"), "{open}");
    assert!(of["kind"].as_str().is_some_and(|k| k.contains("ensures")), "{open}");
    let (status, said) = run(folder, &["explain-proof", "nowhere"]);
    assert!(status == Some(2) && said.contains("no annotated function has a path that contains `nowhere`"), "{said}");
}

#[test]
fn what_is_no_kept_proof_is_told_and_the_run_goes_on() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let folder = p.path();
    let found = verify(folder, &[], |_| {});
    assert_eq!((found.status("p::next"), found.status("p::first")), ("verified", "verified"), "{}", found.said);
    let proofs = folder.join("harmonic-proofs/p");
    let hostile: [(&str, &[u8]); 4] = [
        ("bytes.proofs", b"harmonic-proofs 1\nleaf \xff\xfe: x\n  omega\n"),
        ("version.proofs", b"harmonic-proofs 2\n"),
        ("key.proofs", b"harmonic-proofs 1\nleaf ../../etc/passwd: x\n  omega\n"),
        ("nothing.proofs", b""),
    ];
    for (name, text) in hostile {
        fs::write(proofs.join(name), text).expect("written");
    }
    fs::write(proofs.join("large.proofs"), vec![b' '; 5 << 20]).expect("written");
    fs::create_dir(proofs.join("folder.proofs")).expect("made");
    let again = locked(folder);
    assert_eq!((again.status("p::next"), again.status("p::first")), ("verified", "verified"), "{}", again.said);
    for name in ["bytes", "version", "key", "nothing", "large", "folder"] {
        let told = again.said.lines().any(|l| l.starts_with("warning: ") && l.contains(&format!("{name}.proofs: ")));
        assert!(told, "{name}: {}", again.said);
    }

    // A proof under the key of another statement is tried for that one, and Lean refuses it.
    for (name, _) in hostile {
        fs::remove_file(proofs.join(name)).expect("there");
    }
    fs::remove_file(proofs.join("large.proofs")).expect("there");
    fs::remove_dir(proofs.join("folder.proofs")).expect("there");
    let texts = kept(folder);
    let entries = |text: &str| -> Vec<String> { text.split("\nleaf ").skip(1).map(str::to_owned).collect() };
    let keys: Vec<String> =
        texts.iter().flat_map(|(_, t)| entries(t)).filter_map(|e| Some(e.split_once(':')?.0.to_owned())).collect();
    for (name, text) in &texts {
        let moved = keys.iter().enumerate().fold(text.clone(), |text, (i, key)| {
            text.replace(key.as_str(), &format!("KEY{}", (i + keys.len() / 2) % keys.len()))
        });
        let moved = keys.iter().enumerate().rev().fold(moved, |text, (i, key)| text.replace(&format!("KEY{i}"), key));
        assert_ne!(&moved, text);
        fs::write(proofs.join(name), moved).expect("written");
    }
    let foreign = locked(folder);
    let statuses = [foreign.status("p::next"), foreign.status("p::first")];
    assert!(statuses.contains(&"unknown"), "{}", foreign.said);
    assert!(foreign.said.contains("harmonic-finished"), "{}", foreign.said);
}
