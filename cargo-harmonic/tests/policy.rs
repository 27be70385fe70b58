//! The learned order of attempts: it changes no verdict, whoever wrote it, and it is learnt.
//!
//! Needs what `cargo harmonic setup` makes. Without it these tests say so and pass, unless `HARMONIC_REQUIRE_ENGINE` is set.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[path = "../../prover/tests/cheat_list/mod.rs"]
mod cheat_list;
mod with_engine;

use cheat_list::cheats;
use with_engine::{BIN, Ran, core_library, project, verify};

const SOURCE: &str = "use harmonic::*;
#[spec(requires: x < 100, ensures: |out| out == x + 1)]
pub fn next(x: u8) -> u8 { x + 1 }
#[spec(requires: a <= 1000, ensures: |out| out <= 1_000_000)]
pub fn square(a: u32) -> u32 { a * a }
/// False for one input that no search for counterexamples meets.
#[spec(ensures: |out| out != 123_456_789)]
pub fn twin(a: u64) -> u64 { a ^ 1_234_567 }
";

fn statuses(ran: &Ran) -> [String; 3] {
    ["p::next", "p::square", "p::twin"].map(|f| ran.status(f).to_owned())
}

fn verify_with(folder: &Path, policy: &str) -> Ran {
    let _ = fs::remove_dir_all(folder.join("harmonic-proofs"));
    let _ = fs::remove_dir_all(folder.join("target"));
    verify(folder, &["--policy", policy, "--timeout", "30"], |_| {})
}

#[test]
fn no_policy_changes_a_verdict_and_what_was_learnt_is_kept() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let folder = p.path();
    let fixed = verify_with(folder, "none");
    assert_eq!(statuses(&fixed), ["verified", "verified", "unknown"], "{}", fixed.said);
    assert!(!folder.join("target/harmonic/policy").exists());

    // One that has it that what works never does, and the other way round.
    let wrong = "harmonic-policy 1\nfamily 1000 0 9000000 1000 omega\nfamily 1000 1000 10 1000 rfl\nfamily 1000 1000 10 1000 decide\n";
    fs::write(folder.join("wrong"), wrong).expect("written");
    let ran = verify_with(folder, "wrong");
    assert_eq!(statuses(&ran), statuses(&fixed), "{}", ran.said);
    let learnt = fs::read_to_string(folder.join("wrong")).expect("there");
    assert!(learnt.starts_with(wrong) && learnt.len() > wrong.len(), "what was learnt is appended: {learnt}");
    // What was appended can be read, and is added to.
    let ran = verify_with(folder, "wrong");
    assert_eq!(statuses(&ran), statuses(&fixed), "{}", ran.said);
    assert!(!ran.said.contains("warning: cannot read the policy"), "{}", ran.said);

    // Without the switch it is kept with what cargo makes.
    let _ = fs::remove_dir_all(folder.join("harmonic-proofs"));
    let ran = verify(folder, &["--timeout", "30"], |_| {});
    assert_eq!(statuses(&ran), statuses(&fixed), "{}", ran.said);
    assert!(fs::read_to_string(folder.join("target/harmonic/policy")).expect("there").contains("omega"));
}

#[test]
fn a_hostile_policy_is_refused_and_the_run_goes_on() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let folder = p.path();
    let good = "harmonic-policy 1\nfamily 1 1 10 1 omega\n";
    let mut texts: Vec<Vec<u8>> = cheats().iter().map(|c| format!("{good}{}\n", c.text).into_bytes()).collect();
    assert!(texts.len() >= 60, "{}", texts.len());
    // A cheat for the name of a family is a name and no more: it never comes before Lean.
    let names: String = cheats().iter().map(|c| format!("family 9 9 1 9 {}\n", c.text.replace('\n', " "))).collect();
    let named = format!("{good}{names}");
    texts.extend([vec![0xff, 0xfe], b"\0".repeat(1000), format!("{good}family 1e999 0 0 0 x\n").into_bytes()]);
    for (number, text) in texts.iter().enumerate() {
        fs::write(folder.join(format!("{number}")), text).expect("written");
    }
    fs::write(folder.join("named"), &named).expect("written");
    let ran = verify_with(folder, "named");
    assert_eq!(statuses(&ran), ["verified", "verified", "unknown"], "{}", ran.said);
    let first = verify_with(folder, "0");
    assert_eq!(statuses(&first), ["verified", "verified", "unknown"], "{}", first.said);
    for (number, text) in texts.iter().enumerate() {
        // (The verdicts are known by now: what is looked at is the policy.)
        let name = number.to_string();
        let ran = verify(folder, &["--policy", &name, "--exact", "next"], |_| {});
        assert_eq!(ran.status("p::next"), "verified", "{}", ran.said);
        let why = format!("warning: cannot read the policy {name}: ");
        assert!(ran.said.contains(&why), "{}: {}", String::from_utf8_lossy(text), ran.said);
        assert_eq!(&fs::read(folder.join(&name)).expect("there"), text, "it is left as it is");
    }
}

/// Runs `train`: the points of its curve.
fn train(folder: &Path, args: &[&str]) -> (Option<i32>, Vec<Value>, String) {
    let mut command = Command::new(BIN);
    command.args(["harmonic", "train", "--message-format", "json", "--held-out", "3"]).args(args).current_dir(folder);
    let output = command.output().expect("the command runs");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let points = lines.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    (output.status.code(), points, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn training_learns_from_what_it_invents() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let folder = p.path();
    let (status, points, said) = train(folder, &["--time", "2", "--from-empty", "--policy", "learnt"]);
    assert_eq!(status, Some(0), "{said}");
    let (Some(first), Some(last)) = (points.first(), points.last()) else { panic!("no curve: {said}") };
    assert_eq!((first["invented"].as_u64(), first["closed"].as_u64() > Some(0)), (Some(0), true), "{points:?}");
    let count = |key: &str| last[key].as_u64().expect("a number");
    assert!(count("invented") > 0 && count("proved") > 0, "{points:?}");
    assert!(count("refuted") + count("proved") + count("open") <= count("invented"), "{points:?}");
    let learnt = fs::read_to_string(folder.join("learnt")).expect("written");
    assert!(learnt.contains("omega"), "{learnt}");
    let ran = verify_with(folder, "learnt");
    assert_eq!(statuses(&ran), ["verified", "verified", "unknown"], "{}", ran.said);
    let (status, _, said) = train(folder, &["--time", "1", "--from-empty", "--policy", "learnt"]);
    assert_eq!((status, said.contains("learnt is there already")), (Some(2), true), "{said}");
}
