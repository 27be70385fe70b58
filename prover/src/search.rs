//! One batch of units: rounds of search files, then the final check.
//!
//! A search file holds the open leaves with their candidates, and the kernel does not look at it: what it says is a guess.
//! What is believed is the final check alone: a fresh run over a file that holds generated statements and, for each leaf, one
//! block. If all of that file is accepted, the axioms beneath its theorems are read from what that run emitted. If a block is
//! not, its leaf is open again, and nothing of the run is believed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};

use harmonic_lean::olean::{ALLOWED_AXIOMS, Auditor};
use harmonic_lean::{Cancel, Engine, EngineError, Job, Limits, Report, Severity};
use harmonic_translator::unit::Translation;

use crate::lean_file::{LeafSays, LeafText, LeanFile, Place, has_theorem};
use crate::portfolio::{Candidate, Origin};

/// Budget of a leaf while all its candidates are tried in one go, in Lean's heartbeats.
const FIRST_HEARTBEATS: u64 = 60_000;
/// Budget of a single candidate that ran out of the first one.
const LATE_HEARTBEATS: u64 = 400_000;
/// Most rounds a batch goes through.
const MAX_ROUNDS: usize = 24;
/// A batch of so many leaves goes to the final check with the first candidate of each.
const FEW_LEAVES: usize = 6;

/// What is fixed for a whole run.
pub(crate) struct Context<'a> {
    pub translation: &'a Translation,
    pub engine: &'a dyn Engine,
    pub cancel: &'a Cancel,
    pub auditor: &'a Auditor,
    pub library: &'a [std::path::PathBuf],
    /// Modules of the library that are there besides those that every file imports.
    pub modules: &'a BTreeSet<&'static str>,
    pub trusted: &'a HashSet<usize>,
    pub unit_time: Duration,
    pub deadline: Option<Instant>,
    /// Folder for the texts that were accepted.
    pub accepted: Option<&'a std::path::Path>,
}

/// How far a leaf is.
#[derive(Clone, Debug)]
pub(crate) enum Leaf {
    /// Closed by the first, as far as is known; the rest in case that the final check says otherwise.
    Closed(Candidate, Vec<Candidate>),
    /// Candidates still to try, and those that ran out of budget.
    Open {
        rest: Vec<Candidate>,
        late: Vec<Candidate>,
        out_of_budget: bool,
    },
    Refused(String),
}

/// What came of a unit.
#[derive(Clone, Debug)]
pub(crate) enum Judged {
    Proved { axioms: Vec<String>, trusted: Vec<usize> },
    Open { timeout: bool },
    Broken(String),
    Cancelled,
}

/// A batch: units in an order in which callees come first.
pub(crate) struct Batch {
    pub units: Vec<usize>,
    pub leaves: BTreeMap<(usize, usize), Leaf>,
    pub judged: BTreeMap<usize, Judged>,
}

impl Batch {
    fn closed(&self, context: &Context<'_>, unit: usize) -> bool {
        let n = context.translation.units.get(unit).map_or(0, |u| u.obligations.len());
        context.trusted.contains(&unit)
            || (0..n).all(|leaf| matches!(self.leaves.get(&(unit, leaf)), Some(Leaf::Closed(..))))
    }
    fn undecided(&self, unit: usize) -> bool {
        !self.judged.contains_key(&unit)
    }
    fn judge_rest(&mut self, verdict: &Judged) {
        for unit in self.units.clone() {
            self.judged.entry(unit).or_insert_with(|| verdict.clone());
        }
    }
}

/// Why a batch could not be finished as one.
pub(crate) enum Stopped {
    /// Time or another bound of the engine was reached: try smaller batches.
    TooMuch(String),
    /// The engine cannot work at all.
    Engine(EngineError),
}

/// Runs a batch to its end.
pub(crate) fn run(context: &Context<'_>, batch: &mut Batch) -> Result<(), Stopped> {
    let started = Instant::now();
    let count = u32::try_from(batch.units.len()).unwrap_or(u32::MAX);
    let end = started + context.unit_time.saturating_mul(count);
    let end = context.deadline.map_or(end, |d| d.min(end));
    guess(batch);
    let mut with_kernel = false;
    // The final check opens a leaf again only by taking a candidate from it, so this ends; two turns are what is usual.
    for _ in 0..MAX_ROUNDS {
        search(context, batch, end, with_kernel)?;
        if batch.units.iter().all(|u| !batch.undecided(*u)) || !final_check(context, batch, end)? {
            break;
        }
        // What the kernel refused once is found with the kernel from now on.
        with_kernel = true;
    }
    conclude(context, batch);
    Ok(())
}

/// Takes the first candidate for the proof where that is likely: where it proved the same statement before, and in small
/// batches, whose cost is mostly that of starting Lean.
fn guess(batch: &mut Batch) {
    let few = batch.leaves.len() <= FEW_LEAVES;
    for leaf in batch.leaves.values_mut() {
        if let Leaf::Open { rest, .. } = leaf
            && let Some(first) = rest.first()
            && (few || first.origin == Origin::Store)
        {
            let first = rest.remove(0);
            *leaf = Leaf::Closed(first, std::mem::take(rest));
        }
    }
}

/// Rounds of search files until no leaf has a candidate left to try.
fn search(context: &Context<'_>, batch: &mut Batch, end: Instant, with_kernel: bool) -> Result<(), Stopped> {
    let mut late_turn = false;
    for round in 0..MAX_ROUNDS {
        let open: Vec<(usize, usize)> = batch
            .leaves
            .iter()
            .filter(|((unit, _), leaf)| {
                batch.undecided(*unit)
                    && matches!(leaf, Leaf::Open { rest, late, .. } if !(rest.is_empty() && (late.is_empty() || !late_turn)))
            })
            .map(|(at, _)| *at)
            .collect();
        if open.is_empty() {
            let late = |((u, _), l): (&(usize, usize), &Leaf)| {
                batch.undecided(*u) && matches!(l, Leaf::Open { late, .. } if !late.is_empty())
            };
            if late_turn || !batch.leaves.iter().any(late) {
                break;
            }
            late_turn = true;
            continue;
        }
        let (file, tried) = search_file(context, batch, &open, late_turn, with_kernel);
        let report = match check(context, &file, false, end) {
            Ok(report) => report,
            Err(EngineError::Cancelled) => {
                batch.judge_rest(&Judged::Cancelled);
                return Ok(());
            }
            Err(EngineError::Timeout(_) | EngineError::Limit(_) | EngineError::Broken(_)) if round > 0 => {
                // A later round that does not end is no verdict on what is closed already.
                for at in &open {
                    if let Some(Leaf::Open { rest, late, out_of_budget }) = batch.leaves.get_mut(at) {
                        rest.clear();
                        late.clear();
                        *out_of_budget = true;
                    }
                }
                break;
            }
            Err(e) => return Err(stopped(e)),
        };
        learn(batch, &file, &report, &tried, late_turn);
        defects(context, batch, &file, &report);
    }
    Ok(())
}

fn stopped(error: EngineError) -> Stopped {
    match error {
        EngineError::Timeout(_) | EngineError::Limit(_) | EngineError::Broken(_) => Stopped::TooMuch(error.to_string()),
        other => Stopped::Engine(other),
    }
}

/// Which candidates of a leaf stand in a file, by their number there.
type Tried = BTreeMap<(usize, usize), Vec<Candidate>>;

/// What is tried of a leaf in one go: the candidates of the stage that it is at.
fn turn(rest: &[Candidate]) -> Vec<Candidate> {
    let stage = rest.first().map(|c| c.stage);
    rest.iter().take_while(|c| Some(c.stage) == stage).cloned().collect()
}

fn open_text<'a>(candidates: &'a [Candidate], heartbeats: u64) -> LeafText<'a> {
    if candidates.is_empty() {
        return LeafText::Hole;
    }
    LeafText::Try { candidates: candidates.iter().map(|c| &c.block).enumerate().collect(), heartbeats }
}

/// A file with just the open leaves (and the definitions that their statements need).
fn search_file(
    context: &Context<'_>,
    batch: &Batch,
    open: &[(usize, usize)],
    late: bool,
    with_kernel: bool,
) -> (LeanFile, Tried) {
    let mut tried = Tried::new();
    for at in open {
        if let Some(Leaf::Open { rest, late: later, .. }) = batch.leaves.get(at) {
            let candidates = if rest.is_empty() && late { later.iter().take(1).cloned().collect() } else { turn(rest) };
            tried.insert(*at, candidates);
        }
    }
    let mut file = if with_kernel { LeanFile::new() } else { LeanFile::search() };
    file.shared(context.translation, &batch.units);
    for index in &batch.units {
        let Some(unit) = context.translation.units.get(*index) else { continue };
        file.definition(*index, unit);
        for (i, obligation) in unit.obligations.iter().enumerate() {
            if let Some(candidates) = tried.get(&(*index, i)) {
                let heartbeats = if late { LATE_HEARTBEATS } else { FIRST_HEARTBEATS };
                file.leaf(*index, i, &obligation.statement, &open_text(candidates, heartbeats));
            }
        }
    }
    (file, tried)
}

fn check(context: &Context<'_>, file: &LeanFile, emit_olean: bool, end: Instant) -> Result<Report, EngineError> {
    let time = end.saturating_duration_since(Instant::now());
    if time.is_zero() {
        return Err(EngineError::Timeout(context.unit_time));
    }
    let job = Job {
        name: "Check".into(),
        text: file.text(context.modules),
        library: context.library.to_vec(),
        emit_olean,
        limits: Limits { time, ..Limits::default() },
    };
    context.engine.check(&job, context.cancel)
}

fn learn(batch: &mut Batch, file: &LeanFile, report: &Report, tried: &Tried, late_turn: bool) {
    for (unit, index, says) in file.leaves(&report.messages) {
        let at = (unit, index);
        let Some(candidates) = tried.get(&at) else { continue };
        let Some(leaf) = batch.leaves.get_mut(&at) else { continue };
        let Leaf::Open { rest, late, out_of_budget } = leaf else { continue };
        let was_late = late_turn && rest.is_empty();
        match says {
            LeafSays::Closed(n) => {
                if let Some(candidate) = candidates.get(n) {
                    let rest = rest.iter().skip(if was_late { 0 } else { n + 1 });
                    let others = rest.chain(late.iter().filter(|_| !was_late)).cloned().collect();
                    *leaf = Leaf::Closed(candidate.clone(), others);
                }
            }
            LeafSays::Open if was_late => {
                late.remove(0);
            }
            LeafSays::Open => drop(rest.drain(..candidates.len().min(rest.len()))),
            LeafSays::OutOfBudget(_) if was_late => {
                late.remove(0);
                *out_of_budget = true;
            }
            LeafSays::OutOfBudget(n) => {
                late.extend(candidates.get(n).cloned());
                rest.drain(..(n + 1).min(rest.len()));
                *out_of_budget = true;
            }
            LeafSays::BadCandidate(_) if was_late => {
                late.remove(0);
            }
            LeafSays::BadCandidate(n) => {
                if n < rest.len() {
                    rest.remove(n);
                }
            }
            LeafSays::Refused(text) => *leaf = Leaf::Refused(text),
        }
    }
}

/// Turns errors that no candidate mends into verdicts.
fn defects(context: &Context<'_>, batch: &mut Batch, file: &LeanFile, report: &Report) {
    // A leaf that ended in an error is not declared: what names it fails for that reason alone.
    let undeclared =
        file.leaves(&report.messages).iter().any(|(.., says)| !matches!(says, LeafSays::Closed(_) | LeafSays::Open));
    for (place, text) in file.defects(&report.messages) {
        if undeclared && matches!(place, Some(Place::Theorem(_))) {
            continue;
        }
        let unit = match place {
            Some(Place::Definition(unit) | Place::Theorem(unit) | Place::Leaf { unit, .. }) => unit,
            Some(Place::Shared(shared)) => {
                for unit in batch.units.clone() {
                    if context.translation.units.get(unit).is_some_and(|u| u.prelude_types.contains(&shared)) {
                        broken(batch, unit, &format!("a shared declaration: {text}"));
                    }
                }
                continue;
            }
            None => {
                for unit in batch.units.clone() {
                    broken(batch, unit, &text);
                }
                continue;
            }
        };
        broken(batch, unit, &text);
    }
}

fn broken(batch: &mut Batch, unit: usize, text: &str) {
    batch.judged.entry(unit).or_insert_with(|| Judged::Broken(format!("Lean refused the generated text: {text}")));
}

/// Reads the axioms beneath each theorem whose leaves are closed.
fn audit_all(context: &Context<'_>, batch: &mut Batch, olean: &[u8]) {
    for unit in batch.units.clone() {
        if !batch.undecided(unit) || !batch.closed(context, unit) {
            continue;
        }
        let Some(u) = context.translation.units.get(unit) else { continue };
        let theorem = format!("{}.spec", u.lean_name);
        if context.trusted.contains(&unit) || !has_theorem(u) {
            continue;
        }
        match context.auditor.audit(&theorem, olean) {
            Err(e) => {
                batch.judged.insert(unit, Judged::Broken(format!("the audit of axioms failed: {e}")));
            }
            Ok(audit) => {
                let assumed = |axiom: &str| {
                    context.trusted.iter().copied().find(|t| {
                        context
                            .translation
                            .units
                            .get(*t)
                            .is_some_and(|t| axiom == format!("{}.spec", t.lean_name) || axiom == t.lean_name)
                    })
                };
                let mut trusted: Vec<usize> = audit.axioms.iter().filter_map(|a| assumed(a)).collect();
                trusted.sort_unstable();
                trusted.dedup();
                let rest: Vec<String> = audit.axioms.iter().filter(|a| assumed(a).is_none()).cloned().collect();
                let foreign: Vec<&String> = rest.iter().filter(|a| !ALLOWED_AXIOMS.contains(&a.as_str())).collect();
                if foreign.iter().any(|a| *a == "sorryAx") {
                    // A callee beneath it is not proved; decided when that is known.
                    continue;
                }
                let verdict = if !foreign.is_empty() {
                    Judged::Broken(format!("rests on axioms that are not allowed: {foreign:?}"))
                } else if !audit.unsafe_declarations.is_empty() || !audit.implemented_by.is_empty() {
                    Judged::Broken("rests on unsafe or replaced code".into())
                } else {
                    Judged::Proved { axioms: rest, trusted }
                };
                batch.judged.insert(unit, verdict);
            }
        }
    }
}

/// Checks, in a fresh file, the units whose leaves are closed and whose callees are as well. Says whether leaves were opened
/// again.
fn final_check(context: &Context<'_>, batch: &mut Batch, end: Instant) -> Result<bool, Stopped> {
    let mut reopened = false;
    // Each turn removes at least one unit that Lean refused.
    for _ in 0..=batch.units.len() {
        let mut ready: Vec<usize> = Vec::new();
        for index in &batch.units {
            let Some(unit) = context.translation.units.get(*index) else { continue };
            let broken = matches!(batch.judged.get(index), Some(Judged::Broken(_) | Judged::Cancelled));
            let callees = unit.depends.iter().all(|d| ready.contains(d));
            if !broken && callees && batch.closed(context, *index) {
                ready.push(*index);
            }
        }
        let states =
            |u: usize| context.translation.units.get(u).is_some_and(has_theorem) && !context.trusted.contains(&u);
        if !ready.iter().any(|u| batch.undecided(*u) && states(*u)) {
            break;
        }
        let file = final_file(context, batch, &ready);
        let report = match check(context, &file, true, end.max(Instant::now() + context.unit_time)) {
            Ok(report) => report,
            Err(EngineError::Cancelled) => {
                batch.judge_rest(&Judged::Cancelled);
                return Ok(false);
            }
            Err(e) => return Err(stopped(e)),
        };
        let before = batch.judged.len();
        let refused = reopen(batch, &file, &report);
        reopened |= refused;
        defects(context, batch, &file, &report);
        let clean = report.exit_code == 0 && !report.messages.iter().any(|m| m.severity == Severity::Error);
        match &report.olean {
            Some(olean) if clean && !refused => {
                audit_all(context, batch, olean);
                keep(context, &ready, &file).map_err(Stopped::Engine)?;
                break;
            }
            // Search first: the units that were well are in the file of the next turn, too.
            _ if refused => break,
            _ if batch.judged.len() == before => {
                // Neither a module nor an error that concerns one unit: nothing can be believed of it.
                for unit in ready {
                    broken(batch, unit, "no compiled module was written");
                }
                break;
            }
            _ => {}
        }
    }
    Ok(reopened)
}

/// Writes an accepted text where the caller wants it, under the name of its first function.
fn keep(context: &Context<'_>, ready: &[usize], file: &LeanFile) -> Result<(), EngineError> {
    let Some(folder) = context.accepted else { return Ok(()) };
    let Some(unit) = ready.first().and_then(|u| context.translation.units.get(*u)) else { return Ok(()) };
    let path = folder.join(format!("{}.lean", unit.lean_name));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, file.text(context.modules)));
    written.map_err(|e| EngineError::Broken(format!("cannot write {}: {e}", path.display())))
}

/// The text to accept: generated statements, and one block for each leaf.
fn final_file(context: &Context<'_>, batch: &Batch, ready: &[usize]) -> LeanFile {
    let mut file = LeanFile::new();
    file.shared(context.translation, ready);
    for index in ready {
        let Some(unit) = context.translation.units.get(*index) else { continue };
        file.definition(*index, unit);
        if context.trusted.contains(index) {
            file.assumed(*index, unit);
            continue;
        }
        for (i, obligation) in unit.obligations.iter().enumerate() {
            if let Some(Leaf::Closed(candidate, _)) = batch.leaves.get(&(*index, i)) {
                file.leaf(*index, i, &obligation.statement, &LeafText::Alone(&candidate.block));
            }
        }
        file.theorem(*index, unit);
    }
    file
}

/// Opens the leaves whose block the final check did not accept. Says whether there are any.
fn reopen(batch: &mut Batch, file: &LeanFile, report: &Report) -> bool {
    let mut any = false;
    for (unit, index, says) in file.leaves(&report.messages) {
        let Some(leaf) = batch.leaves.get_mut(&(unit, index)) else { continue };
        let Leaf::Closed(_, others) = leaf else { continue };
        match says {
            LeafSays::Closed(_) => continue,
            LeafSays::Refused(text) => *leaf = Leaf::Refused(text),
            LeafSays::Open | LeafSays::OutOfBudget(_) | LeafSays::BadCandidate(_) => {
                let out_of_budget = matches!(says, LeafSays::OutOfBudget(_));
                *leaf = Leaf::Open { rest: std::mem::take(others), late: Vec::new(), out_of_budget };
            }
        }
        any = true;
    }
    any
}

/// Says of the units without a verdict why they have none.
fn conclude(context: &Context<'_>, batch: &mut Batch) {
    for unit in batch.units.clone() {
        let Some(u) = context.translation.units.get(unit) else { continue };
        if !batch.undecided(unit) {
            continue;
        }
        let leaves = || (0..u.obligations.len()).filter_map(|i| batch.leaves.get(&(unit, i)));
        let refused = leaves().find_map(|l| match l {
            Leaf::Refused(text) => Some(text.clone()),
            _ => None,
        });
        let timeout = leaves().any(|l| matches!(l, Leaf::Open { out_of_budget: true, .. }));
        let verdict = match refused {
            Some(text) => Judged::Broken(format!("Lean refused a generated statement: {text}")),
            None => Judged::Open { timeout },
        };
        batch.judged.insert(unit, verdict);
    }
}
