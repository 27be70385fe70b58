//! Leans that stay: what they say of a file is what a fresh one says, whatever they saw before.
//!
//! Needs what `cargo harmonic setup` makes. Without it these tests say so and pass, unless `HARMONIC_REQUIRE_ENGINE` is set.

use std::time::Duration;

use harmonic_lean::setup::{self, SetupOptions};
use harmonic_lean::wasm::WasmEngine;
use harmonic_lean::{Cancel, Engine, EngineError, Job, Limits, Message, Unfinished};

fn engine() -> Option<WasmEngine> {
    let options = SetupOptions { offline: true, ..SetupOptions::default() };
    match setup::ensure(&options, &()) {
        Ok(ready) => {
            let engine = WasmEngine::open(&ready.compiled_dir, &ready.core_library).expect("an engine that is set up");
            Some(engine.with_residents())
        }
        Err(error) if std::env::var_os("HARMONIC_REQUIRE_ENGINE").is_none() => {
            eprintln!("not tested: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn job(text: &str) -> Job {
    let limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
    Job { name: "Check".into(), text: text.to_owned(), limits, ..Job::default() }
}

/// What can be compared: neither the order of messages of one place nor their ends are promised.
fn said(messages: &[Message]) -> Vec<(u32, u32, String)> {
    let mut said: Vec<_> =
        messages.iter().map(|m| (m.pos.line, m.pos.column, format!("{:?} {}", m.severity, m.text))).collect();
    said.sort();
    said
}

const FILES: &[&str] = &[
    "theorem a (x : Int) (h : x < 3) : x ≤ 2 := by omega\n",
    "theorem a (x : Int) (h : x < 3) : x ≤ 1 := by omega\n",
    "theorem a (x : Int) (h : x < 3) : x ≤ 2 := by\n  first\n  | (trace \"hc:0\"; assumption; done)\n  | (trace \"hc:1\"; omega; done)\n  | sorry\n",
    "theorem a (x : Int) : x ≤ 2 := by\n  first\n  | (trace \"hc:0\"; omega; done)\n  | sorry\ntheorem b : 1 = 1 := rfl\n",
    "set_option maxHeartbeats 50 in\ntheorem a (x y z : Int) (h : x < y) (i : y < z) : x + 1 < z := by omega\n",
    "theorem a : (1 : Nat) = \"s\" := by omega\n",
    "theorem a (l : List Nat) : (l ++ []).length = l.length := by simp\n",
    "theorem a : 1 = 2 := by decide\n)\n",
];

#[test]
fn a_lean_that_stays_says_what_a_fresh_one_says() {
    let Some(engine) = engine() else { return };
    let fresh: Vec<_> = FILES
        .iter()
        .map(|text| {
            engine.check(&job(text), &Cancel::default()).map(|r| (said(&r.messages), r.exit_code)).expect("runs")
        })
        .collect();
    // Twice, and in the other order: what came before makes no difference.
    for i in (0..FILES.len()).chain((0..FILES.len()).rev()) {
        let report = engine.explore(&job(FILES[i]), &Cancel::default()).expect("runs");
        assert_eq!((said(&report.messages), report.exit_code), fresh[i], "{}", FILES[i]);
        assert!(report.olean.is_none());
    }
}

#[test]
fn a_lean_that_takes_too_long_is_given_up_and_another_goes_on() {
    let Some(engine) = engine() else { return };
    // Minutes of work, each step of which is short.
    let theorem = |i| format!("theorem t{i} (a b c : Int) (h : a < b) (i : b < c) : a + {i} < c + {i} := by omega\n");
    let long: String = (0..5000).map(theorem).collect();
    let slow = Job { limits: Limits { time: Duration::from_millis(1500), ..Limits::default() }, ..job(&long) };
    let outcome = engine.explore(&slow, &Cancel::default());
    assert!(matches!(outcome, Err(Unfinished { error: EngineError::Timeout(_), .. })), "{outcome:?}");
    let cancel = Cancel::default();
    cancel.cancel();
    let outcome = engine.explore(&job(FILES[0]), &cancel);
    assert!(matches!(outcome, Err(Unfinished { error: EngineError::Cancelled, .. })), "{outcome:?}");
    let report = engine.explore(&job(FILES[0]), &Cancel::default()).expect("runs");
    assert_eq!(report.exit_code, 0, "{:?}", report.messages);
}

#[test]
fn what_was_said_before_lean_fell_silent_is_kept() {
    let Some(engine) = engine() else { return };
    // Some ten minutes in a single step, between two theorems.
    let text = "theorem a : 1 = 1 := by trace \"first\"; rfl\n\
        set_option maxRecDepth 1000000 in set_option maxHeartbeats 0 in\n\
        theorem b : (List.range 3000000).foldl (· + ·) 0 = 1 := by trace \"second\"; decide\n\
        theorem c : 1 = 1 := by trace \"third\"; rfl\n";
    let limits = Limits { time: Duration::from_secs(100), silence: Duration::from_secs(5), ..Limits::default() };
    let job = Job { limits, ..job(text) };
    for outcome in [engine.explore(&job, &Cancel::default()), engine.check(&job, &Cancel::default())] {
        let Err(unfinished) = outcome else { panic!("{outcome:?}") };
        assert!(matches!(unfinished.error, EngineError::Silence(_)), "{unfinished:?}");
        let texts: Vec<&str> = unfinished.said.iter().map(|m| m.text.as_str()).collect();
        // Theorems may be worked at side by side.
        assert!(texts.contains(&"first") && !texts.contains(&"second"), "{texts:?}");
    }
}
