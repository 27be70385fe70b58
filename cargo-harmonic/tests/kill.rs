//! `kill -9` at moments spread over a run and over set-up: what comes after works, says nothing wrong, and has lost nothing that
//! was reported.
//!
//! The test of set-up compiles Lean many times over and needs the network; it is run by hand:
//!
//! ```text
//! cargo test --package cargo-harmonic --test kill -- --ignored --nocapture
//! ```
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

mod with_engine;

use with_engine::{BIN, core_library, project, verify};

/// Times that each is killed.
const KILLS: u32 = 20;
/// Functions that hold, in the crate whose run is killed: enough for some batches.
const FUNCTIONS: usize = 40;

/// Moments that are spread over `[0, 1)` without a pattern: the fractional parts of multiples of the golden ratio.
fn moment(i: u32) -> f64 {
    (f64::from(i) * 0.618_033_988_75).fract()
}

/// Starts a command, kills it after a while, and gives back what it said on standard error until then.
fn killed(mut command: Command, after: Duration) -> String {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    std::thread::sleep(after);
    child.kill().expect("killed");
    let mut said = Vec::new();
    child.stderr.take().expect("piped").read_to_end(&mut said).expect("readable");
    child.wait().expect("it ended");
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn a_killed_run_loses_nothing_that_it_reported() {
    if core_library().is_none() {
        return;
    }
    let mut source = "use harmonic::*;\n".to_owned();
    for i in 0..FUNCTIONS {
        let _ = writeln!(
            source,
            "#[spec(requires: x < 100, ensures: |out| out == x + {i})]\npub fn f{i}(x: u8) -> u8 {{ x + {i} }}"
        );
    }
    source += "#[spec(requires: x < 100, ensures: |out| out == x)]\npub fn wrong(x: u8) -> u8 { x + 1 }\n";
    let p = project("", &source);
    let started = Instant::now();
    verify(p.path(), &["--no-cache", "--jobs", "1"], |_| {});
    let whole = started.elapsed();
    let (mut proved_before, mut kills_with_proofs) = (BTreeSet::new(), 0);
    for i in 0..KILLS {
        let mut command = Command::new(BIN);
        command.args(["harmonic", "verify", "--jobs", "1"]).current_dir(p.path()).env_remove("CARGO_TARGET_DIR");
        let said = killed(command, whole.mul_f64(1.2 * moment(i)));
        let reported = said.lines().filter_map(|l| l.trim().strip_suffix(": proved")).map(str::to_owned);
        let before = proved_before.len();
        proved_before.extend(reported);
        kills_with_proofs += u32::from(proved_before.len() > before);
        if i % 4 == 3 {
            // The next run: everything is judged rightly, and what was reported is not proved again.
            let events = p.path().join("events").display().to_string();
            let ran = verify(p.path(), &["--events", &events], |_| {});
            for v in &ran.verdicts {
                let function = v["function"].as_str().expect("a name");
                let expected = if function.contains("wrong") { "refuted" } else { "verified" };
                assert_eq!(v["status"], expected, "{function} after {i}: {}", ran.said);
            }
            assert_eq!(ran.verdicts.len(), FUNCTIONS + 1, "{}", ran.said);
            let attempts = fs::read_to_string(p.path().join("events")).expect("made");
            for function in &proved_before {
                let again = format!("\"function\":\"{}\"", function.trim_start_matches("p::"));
                assert!(!attempts.contains(&again), "{function} was reported proved, and searched for again: {said}");
            }
            fs::remove_dir_all(p.path().join("target/harmonic")).expect("removed");
            proved_before.clear();
        }
    }
    println!("{kills_with_proofs} of {KILLS} kills came after a proof was reported");
    assert!(kills_with_proofs > 0, "no kill came after a report: the moments are wrong");
}

#[test]
#[ignore = "compiles Lean many times over, from the network"]
fn a_killed_setup_leaves_nothing_half_done() {
    let home = tempfile::tempdir().expect("a folder");
    let setup = |args: &[&str]| {
        let mut command = Command::new(BIN);
        command.args(["harmonic", "setup"]).args(args).env("HARMONIC_HOME", home.path());
        command
    };
    let p = project(
        "",
        "use harmonic::*;\n#[spec(requires: x < 9, ensures: |out| out == x + 1)]\npub fn f(x: u8) -> u8 { x + 1 }\n",
    );
    let started = Instant::now();
    assert!(setup(&[]).status().expect("it runs").success());
    let whole = started.elapsed();
    println!("set-up takes {whole:?}");
    fs::remove_dir_all(home.path()).expect("removed");
    for i in 0..KILLS {
        let after = whole.mul_f64(moment(i));
        killed(setup(&[]), after);
        let check = setup(&["--check"]).output().expect("it runs");
        println!(
            "killed after {after:?}: {}",
            String::from_utf8_lossy(&check.stderr).lines().next().unwrap_or("whole")
        );
        // What the check calls whole works; what it does not, the next run makes whole.
        if check.status.success() || i % 5 == 4 {
            let ran = verify(p.path(), &["--no-cache"], |c| {
                c.env("HARMONIC_HOME", home.path());
            });
            assert_eq!(ran.status("p::f"), "verified", "{}", ran.said);
            fs::remove_dir_all(home.path()).expect("removed");
        }
    }
    assert!(setup(&[]).status().expect("it runs").success());
    let left: Vec<_> = fs::read_dir(home.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    let half = left.iter().filter(|n| n.to_string_lossy().starts_with("tmp-")).count();
    assert_eq!(half, 0, "{left:?}");
}
