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

use std::path::Path;
use std::time::{Duration, Instant};

use harmonic_lean::Cancel;
use harmonic_prover::proofs::{Invariant, ProofStore};
use harmonic_translator::span::Span;
use harmonic_translator::tir::FnId;
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
use kept::says_the_same;
pub use kept::{load, written};

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
    let open = |v: &Verdict| v.annotated && v.status == Status::Unknown && !v.open.is_empty();
    if !verdicts.iter().any(open) {
        return Ok(false);
    }
    // What is kept may be of a loop that has changed.
    let plain = (!one.inferred.is_empty()).then(|| Loaded::of(one.krate, selection));
    let one = plain.as_ref().unwrap_or(one);
    let of_verdict = |v: &Verdict| one.chosen.iter().copied().find(|id| one.name(*id) == v.function);
    let open = verdicts.iter_mut().filter(|v| open(v));
    let guessed = open.filter_map(|v| of_verdict(v).and_then(|id| Some((v, id, Guesses::of(one, id)?))));
    let guessed: Vec<(&mut Verdict, FnId, Guesses)> = guessed.collect();
    if guessed.is_empty() {
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
    let meter = Meter::new(common, "looking for invariants", guessed.len());
    let mut any = false;
    for (verdict, id, mut guesses) in guessed {
        if cancel.is_cancelled() {
            break;
        }
        let found = infer(&mut judging, one, selection, time, verdict.open.len(), &mut guesses)?;
        meter.done(&verdict.function, if found.is_some() { "proved" } else { "open" });
        let Some((changed, found)) = found else { continue };
        let span = one.program.functions.get(id.0).map(|f| f.span).unwrap_or_default();
        *verdict = Verdict { span: Location::of(&one.sources, span), inferred: guesses.found(), ..found };
        any = true;
        if let Some(store) = project.kept(one.krate, proving) {
            keep(&store, proofs.path(), &changed, guesses.path(), &verdict.inferred);
        }
    }
    Ok(any)
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
