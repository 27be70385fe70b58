//! `cargo xtask policy`: learns the policy that ships from the cases and examples; with `--measure`, what a policy that was learnt
//! from two functions of three saves on the third, against the fixed order.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harmonic_lean::Cancel;
use harmonic_prover::policy::Policy;
use harmonic_prover::{Basis, Effort, Lean, Request, digest, prove};
use harmonic_translator::translate::translate;

use crate::engine;
use crate::mutate::behaviour::Crate;
use crate::mutate::sources::{Source, sources};

/// Modules of one crate: a batch of functions that are proved side by side.
const BATCH: usize = 24;
/// Time for a function.
const UNIT_TIME: Duration = Duration::from_secs(120);

/// What search came to on some functions.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Obligations that were closed.
    proofs: u32,
    /// Attempts on those that were closed, the last one included.
    attempts: u32,
    /// Milliseconds of Lean for these.
    time: f64,
    /// Proofs that took more than one attempt, and attempts on these.
    hard: u32,
    hard_attempts: u32,
}

/// Which functions.
type Chosen<'c> = &'c dyn Fn(&str) -> bool;

struct Search {
    lean: Lean,
    jobs: usize,
}

impl Search {
    /// Proves the functions chosen, in the order that a policy says.
    fn run(
        &self,
        sources: &[Source],
        chosen: Chosen<'_>,
        policy: Option<&Policy>,
    ) -> Result<BTreeMap<String, Effort>, Box<dyn Error>> {
        let mut all = BTreeMap::new();
        for (number, batch) in sources.chunks(BATCH).enumerate() {
            eprintln!("{} of {} modules", number * BATCH, sources.len());
            let texts: Vec<&str> = batch.iter().map(|s| s.text.as_str()).collect();
            let krate = Crate::of(&texts)?;
            let (translation, _) = translate(&krate.program);
            let by_path = translation.provable();
            let mut wanted = Vec::new();
            for (i, source) in batch.iter().enumerate() {
                for function in source.lines.iter().flat_map(|line| krate.at(i, *line)) {
                    let path = krate.program.functions[function.0].path.as_str();
                    let unit = by_path.get(path).copied();
                    wanted.extend(unit.filter(|_| chosen(&format!("{}: {path}", source.name))));
                }
            }
            wanted.sort_unstable();
            wanted.dedup();
            let leaves: Mutex<BTreeMap<String, Effort>> = Mutex::default();
            let lean = self.lean.clone();
            let request = Request {
                translation: &translation,
                wanted: &wanted,
                trusted: &Default::default(),
                lean: &|_| Ok(lean.clone()),
                basis: &Basis { library: String::new(), engine: String::new(), tool: String::new() },
                proofs: None,
                locked: false,
                policy,
                stages: None,
                agents: None,
                verdicts: None,
                jobs: self.jobs,
                accepted: None,
                unit_time: UNIT_TIME,
                on_event: &|event| {
                    let Ok(mut leaves) = leaves.lock() else { return };
                    leaves.entry(format!("{} {}", event.function, event.obligation)).or_default().add(event);
                },
                cancel: &Cancel::default(),
            };
            prove(&request, &|_| {})?;
            let first = batch.first().map_or("", |s| s.name.as_str());
            let leaves = leaves.into_inner().unwrap_or_default();
            all.extend(leaves.into_iter().map(|(name, leaf)| (format!("{first} {name}"), leaf)));
        }
        Ok(all)
    }
}

/// Adds up what was found, over the leaves that both orders closed.
fn tally(of: &BTreeMap<String, Effort>, other: &BTreeMap<String, Effort>) -> Tally {
    let mut out = Tally::default();
    for (name, leaf) in of {
        out.proofs += u32::from(leaf.closed);
        let Some(there) = other.get(name).filter(|there| there.closed && leaf.closed) else { continue };
        out.attempts += leaf.attempts as u32;
        out.time += leaf.milliseconds;
        if leaf.attempts > 1 || there.attempts > 1 {
            out.hard += 1;
            out.hard_attempts += leaf.attempts as u32;
        }
    }
    out
}

/// The part of the functions that is held out: every third by its name's hash.
fn held_out(name: &str) -> bool {
    digest(&[name]).bytes().map(u32::from).sum::<u32>() % 3 == 0
}

/// Runs it.
///
/// # Errors
/// If the cases cannot be read or Lean does not run.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let (engine, library) = engine::open()?;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let search = Search { lean: Lean { engine, library: Arc::new(library) }, jobs };
    let sources = sources(root)?;
    let policy = Policy::default();
    match arguments.first().map(String::as_str) {
        None => {
            search.run(&sources, &|_| true, Some(&policy))?;
            let path = root.join("prover/src/policy/shipped.txt");
            fs::write(&path, policy.text())?;
            println!("written: {}", path.display());
        }
        Some("--measure") => {
            search.run(&sources, &|name| !held_out(name), Some(&policy))?;
            let learnt = policy.text();
            let fixed = search.run(&sources, &held_out, None)?;
            let by_policy = search.run(&sources, &held_out, Some(&policy))?;
            let (a, b) = (tally(&fixed, &by_policy), tally(&by_policy, &fixed));
            println!("policy learnt from two functions of three: {} KB", learnt.len() / 1024);
            println!("{:28} {:>12} {:>12} {:>7}", "held out", "fixed order", "policy", "ratio");
            let row = |what: &str, a: f64, b: f64| println!("{what:28} {a:>12.2} {b:>12.2} {:>7.2}", a / b);
            row("obligations proved", f64::from(a.proofs), f64::from(b.proofs));
            let per = |n: f64, of: u32| n / f64::from(of.max(1));
            row("attempts a proof", per(f64::from(a.attempts), a.proofs), per(f64::from(b.attempts), b.proofs));
            row(
                "the same, beyond the first",
                per(f64::from(a.hard_attempts), a.hard),
                per(f64::from(b.hard_attempts), b.hard),
            );
            row("Lean ms a proof", per(a.time, a.proofs), per(b.time, b.proofs));
        }
        Some(other) => return Err(format!("`cargo xtask policy [--measure]`, not `{other}`").into()),
    }
    Ok(())
}
