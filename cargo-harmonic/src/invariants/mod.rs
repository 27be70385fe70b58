//! Invariants that a loop's author left out.
//!
//! Guesses are made of the spec, the loop's tests and what is in scope ([`candidates`]); those that the interpreter sees false while
//! the function runs are dropped, and of the others those that Lean cannot show, until what is left holds together (Houdini:
//! Flanagan and Leino, FME 2001). They are hints and no part of what is claimed: the theorem of the function stays the same.

mod candidates;
mod guesses;
mod kept;
mod loops;
mod rewrite;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use harmonic_lean::Cancel;
use harmonic_prover::proofs::{Invariant, ProofStore};
use harmonic_translator::span::Span;
use harmonic_translator::tir::{FnId, Program};
use harmonic_translator::tir_walk::callees;
use harmonic_translator::translate::translate;
use serde::Serialize;

use crate::cli::{Common, Proving, Selection};
use crate::failure::Failure;
use crate::judging::Judging;
use crate::loaded::Loaded;
use crate::progress::Meter;
use crate::project::Project;
use crate::verdict::{Location, Status, Verdict};
use guesses::Guesses;
pub use kept::{load, load_all, written};
use kept::{load_but, says_the_same};

/// Most time for the invariants of a function.
const TIME: Duration = Duration::from_secs(120);
/// Most time for one attempt to prove a function with what is guessed.
const ATTEMPT: Duration = Duration::from_secs(60);
/// Stages of the portfolio that Lean is given to show a guess, as long as some fall.
const STAGES: u8 = 2;

/// What was found of one loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inferred {
    /// Which loop of its function, from 0 in the order of the source.
    #[serde(rename = "loop")]
    pub loop_number: usize,
    /// Its line, from 1.
    pub line: usize,
    /// What holds when it is reached and after each round.
    pub maintains: Vec<String>,
}

/// Looks for the invariants of functions that were left open, and says so in their verdicts. Whether any were found.
///
/// # Errors
/// If Lean cannot work at all.
pub fn infer_all(
    project: &Project,
    one: &Loaded<'_>,
    selection: &Selection,
    proving: &Proving,
    common: &Common,
    cancel: &Cancel,
    verdicts: &mut [Verdict],
) -> Result<bool, Failure> {
    let open = |v: &&Verdict| v.annotated && v.status == Status::Unknown && !v.open.is_empty();
    let mut open: BTreeSet<String> = verdicts.iter().filter(open).map(|v| v.function.clone()).collect();
    if open.is_empty() {
        return Ok(false);
    }
    // What is kept of these may be of loops that have changed.
    let store = project.kept(one.krate, proving);
    let mut base = load_but(one.krate, selection, store.as_ref(), &open);
    let guessed = |id: &FnId| open.contains(&base.name(*id)) && Guesses::of(&base, *id).is_some();
    let wanted: Vec<String> =
        callees_first(&base.program, &base.chosen).into_iter().filter(guessed).map(|id| base.name(id)).collect();
    if wanted.is_empty() {
        return Ok(false);
    }
    // Runs of their own, of which nothing is seen.
    let time = proving.timeout.or(one.krate.config.timeout).map_or(TIME, |given| given.min(TIME));
    let hushed = Common { quiet: true, verbose: 0, ..common.clone() };
    let proofs = tempfile::tempdir().map_err(|e| Failure::new(format!("no folder for trials: {e}")))?;
    let trial = Proving {
        events: None,
        keep_lean: None,
        timeout: Some(time.min(ATTEMPT)),
        proofs: Some(proofs.path().to_owned()),
        ..proving.clone()
    };
    let mut judging = Judging::new(project, &trial, &hushed, cancel)?.without_agents();
    let meter = Meter::new(common, "looking for invariants", wanted.len());
    let mut any = false;
    for function in wanted {
        if cancel.is_cancelled() {
            break;
        }
        let id = base.chosen.iter().copied().find(|id| base.name(*id) == function);
        let verdict = verdicts.iter_mut().find(|v| v.function == function);
        let (Some(id), Some(verdict)) = (id, verdict) else { continue };
        let Some(mut guesses) = Guesses::of(&base, id) else { continue };
        let found = infer(&mut judging, &base, selection, time, verdict.open.len(), &mut guesses)?;
        meter.done(&function, if found.is_some() { "proved" } else { "open" });
        let Some((changed, found)) = found else { continue };
        let span = base.program.functions.get(id.0).map(|f| f.span).unwrap_or_default();
        *verdict = Verdict { span: Location::of(&base.sources, span), inferred: guesses.found(), ..found };
        any = true;
        if let Some(store) = &store {
            keep(store, proofs.path(), &changed, guesses.path(), &verdict.inferred);
            // What calls it is proved with what was found of it.
            open.remove(&function);
            base = load_but(one.krate, selection, Some(store), &open);
        }
    }
    Ok(any)
}

/// Functions in an order in which what a function calls comes before it, as far as there is one.
fn callees_first(program: &Program, functions: &[FnId]) -> Vec<FnId> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    let mut todo: Vec<(FnId, bool)> = functions.iter().rev().map(|id| (*id, false)).collect();
    while let Some((id, callees_are_done)) = todo.pop() {
        if callees_are_done {
            out.push(id);
        } else if let Some(function) = program.functions.get(id.0).filter(|_| seen.insert(id)) {
            todo.push((id, true));
            todo.extend(callees(function).into_iter().map(|callee| (callee, false)));
        }
    }
    out.retain(|id| functions.contains(id));
    out
}

/// Keeps invariants, and the proofs that were found with them.
fn keep(store: &ProofStore, trial: &Path, changed: &Loaded<'_>, path: &str, inferred: &[Inferred]) {
    let (translation, _) = translate(&changed.program);
    let unit = translation.units.iter().find(|u| u.function == path && u.has_theorem());
    let of_loop = |found: &Inferred| {
        let of = found.loop_number;
        found.maintains.clone().into_iter().map(move |condition| Invariant { of, condition })
    };
    store.keep_invariants(path, &inferred.iter().flat_map(of_loop).collect::<Vec<_>>());
    store.take_over(&ProofStore::new(trial.to_owned()), path, unit.map_or(&[], |u| &u.obligations));
}

/// Drops guesses about a function until it is verified with the others; the crate with these, and the verdict. Without any of them,
/// `open_without` of its obligations are open.
///
/// # Errors
/// If Lean cannot work at all.
fn infer<'c>(
    judging: &mut Judging<'_>,
    one: &Loaded<'c>,
    selection: &Selection,
    time: Duration,
    open_without: usize,
    guesses: &mut Guesses,
) -> Result<Option<(Loaded<'c>, Verdict)>, Failure> {
    let filters = vec![guesses.path().to_owned()];
    let selection = Selection { all: false, exact: true, filters, ..selection.clone() };
    if !guesses.that_can_be_read(one, &selection) || !guesses.that_runs_show(one, &selection) {
        return Ok(None);
    }
    let started = Instant::now();
    let mut stages = Some(STAGES);
    while started.elapsed() < time {
        let Some((changed, _)) = guesses.inserted(one, &selection) else { return Ok(None) };
        let Some(verdict) = judging.judge_in(&changed, stages)?.pop() else { return Ok(None) };
        match verdict.status {
            Status::Verified if says_the_same(one, &changed, guesses.path()) => {
                return without_the_needless(judging, one, &selection, guesses, (changed, verdict), time).map(Some);
            }
            Status::Unknown => {}
            _ => return Ok(None),
        }
        let open: Vec<Span> = verdict.open.iter().map(|o| o.at).collect();
        // With all that is guessed taken for true, no more is proved: with less of it there will not be either.
        let useless = open.iter().filter(|at| !guesses.are_about(**at)).count() >= open_without;
        match (!useless && guesses.without(&open), stages) {
            (true, _) if guesses.is_empty() => return Ok(None),
            (true, _) => {}
            (false, Some(_)) => stages = None,
            (false, None) => return Ok(None),
        }
    }
    Ok(None)
}

/// Drops what is not needed, as far as a quarter of the time goes.
fn without_the_needless<'c>(
    judging: &mut Judging<'_>,
    one: &Loaded<'c>,
    selection: &Selection,
    guesses: &mut Guesses,
    found: (Loaded<'c>, Verdict),
    time: Duration,
) -> Result<(Loaded<'c>, Verdict), Failure> {
    let mut best = found;
    let started = Instant::now();
    let (mut l, mut g) = (0, 0);
    while let Some(of_loop) = guesses.count(l) {
        if g >= of_loop {
            (l, g) = (l + 1, 0);
            continue;
        }
        if guesses.total() == 1 || started.elapsed() > time / 4 {
            break;
        }
        let dropped = guesses.take(l, g);
        let fewer = guesses.inserted(one, selection);
        let verdict = match &fewer {
            Some((changed, _)) => judging.judge_in(changed, Some(STAGES))?.pop(),
            None => None,
        };
        match (fewer, verdict.filter(|v| v.status == Status::Verified)) {
            (Some((changed, _)), Some(verdict)) => best = (changed, verdict),
            _ => {
                guesses.put_back(l, g, dropped);
                g += 1;
            }
        }
    }
    Ok(best)
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |t| t.matches('\n').count()) + 1
}
