//! `cargo xtask soak [CHECKS]`: how long a resident Lean holds, and what a check costs in it.

use std::error::Error;
use std::time::{Duration, Instant};

use harmonic_lean::setup::{self, SetupOptions};
use harmonic_lean::wasm::{Resident, WasmEngine};
use harmonic_lean::{Cancel, Limits};

/// Checks between two lines of output.
const STEP: u32 = 100;

/// A file with a theorem that holds and one that does not, both new in each round, below some that stay.
fn text(round: u32) -> String {
    let mut out = String::new();
    for i in 0..10 {
        out.push_str(&format!("theorem o{i} (a b : Int) (h : a < b) : a + {i} < b + {i} := by omega\n"));
    }
    // What proofs are made of: arithmetic, lists, evaluation, rewriting.
    let (good, bad, tactic) = match round % 4 {
        0 => {
            (format!("(x : Int) (h : x < {round}) : x + 1 ≤ {round}"), format!("(x : Int) : x + 1 ≤ {round}"), "omega")
        }
        1 => (
            format!("(l : List Nat) (h : l.length = {round}) : (l.set 0 1).length = {round}"),
            format!("(l : List Nat) (h : l.length = {round}) : (l.set 0 1)[0]? = some 2"),
            "simp [h]",
        ),
        2 => (format!(": {round} * 2 = {round} + {round}"), format!(": {round} * 2 = {round}"), "decide"),
        _ => (
            format!("(f : Int → Int) (a b : Int) (h : a = b + {round}) : f a = f (b + {round})"),
            format!("(f : Int → Int) (a b : Int) (h : a = b + {round}) : f a = f b"),
            "grind",
        ),
    };
    out.push_str(&format!("theorem good{round} {good} := by {tactic}\n"));
    out.push_str(&format!("theorem bad{round} {bad} := by {tactic}\n"));
    out
}

/// Checks until the number is reached or the worker breaks.
///
/// # Errors
/// If the worker breaks or says something wrong.
pub(crate) fn run(checks: u32) -> Result<(), Box<dyn Error>> {
    let ready = setup::ensure(&SetupOptions::default(), &())?;
    let engine = WasmEngine::open(&ready.compiled_dir, &ready.core_library)?;
    let limits = Limits { time: Duration::from_secs(86_400), output: 1 << 40, ..Limits::default() };
    let started = Instant::now();
    let mut lean = Resident::start(&engine, &[], limits)?;
    let mut since = Instant::now();
    for round in 1..=checks {
        let limits = Limits { time: Duration::from_secs(600), ..Limits::default() };
        let said = lean.check(&text(round), &limits, &Cancel::default());
        let said = said.map_err(|e| format!("check {round}, after {:?}: {e}", started.elapsed()))?;
        let (errors, line) = (said.len(), said.first().map(|m| m.pos.line));
        if errors != 1 || line != Some(12) {
            return Err(format!("check {round}: {said:?}").into());
        }
        if round == 1 {
            println!("open      {:.2} s", since.elapsed().as_secs_f64());
            since = Instant::now();
        } else if round % STEP == 0 {
            println!(
                "{round:>9} {:.1} ms a check, {} MB resident",
                since.elapsed().as_secs_f64() * 1e3 / f64::from(STEP),
                resident_mb()
            );
            since = Instant::now();
        }
    }
    Ok(())
}

/// Memory of this process, where the system tells.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kb| kb / 1024)
}
