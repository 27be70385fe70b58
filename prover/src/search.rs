//! One task of a run: its file, Lean's answer, and what the board learns from it.
//!
//! A search file holds open leaves with their candidates, and the kernel does not look at it: what it says is a guess. What is
//! believed is a check alone: a fresh run over a file that holds generated statements and gated blocks, without a hole. If all
//! of that file is accepted, the axioms beneath its theorems are read from what that run emitted. If one block of it is not, its
//! leaf is open again, and nothing of the run is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use harmonic_lean::olean::{ALLOWED_AXIOMS, Auditor};
use harmonic_lean::setup::SupportLibrary;
use harmonic_translator::unit::{Obligation, Unit};

use harmonic_lean::{Cancel, Engine, EngineError, Job, Limits, Message, Report, Severity, Unfinished};

use crate::board::{Board, Judged, Task, Turn};
use crate::event::{Event, Said};
use crate::lean_file::{LeafSays, LeafText, LeanFile, Place, imported};
use crate::portfolio::{Candidate, Origin};
use crate::prove::Asking;

/// Budget of a leaf while all candidates of a stage are tried in one go, in Lean's heartbeats: so much, and so much again for each
/// candidate. What is left to a candidate is what those before it did not use, and without any it fails as if it were no proof.
const FIRST_HEARTBEATS: u64 = 30_000;
/// Budget of a single candidate that ran out of the first one, and of a kept proof.
const LATE_HEARTBEATS: u64 = 200_000;

/// The name of a job's module.
const MODULE: &str = "Check";
/// What Lean puts before the names of what such a module declares.
const PRIVATE: &str = "_private.Check.0.";

/// What is fixed for a whole run.
pub(crate) struct Context<'a> {
    pub engine: &'a dyn Engine,
    pub cancel: &'a Cancel,
    pub auditor: &'a Auditor,
    pub library: &'a SupportLibrary,
    /// Modules of the library that are there besides those that every file imports.
    pub modules: &'a BTreeSet<&'static str>,
    /// Folder for the texts that were accepted.
    pub accepted: Option<&'a std::path::Path>,
    /// Hears of what was tried.
    pub on_event: &'a (dyn Fn(&Event<'_>) + Sync),
    /// Whom to ask last.
    pub asking: Option<&'a Asking<'a>>,
}

impl Context<'_> {
    /// What Lean says of a file that nothing is believed of.
    ///
    /// # Errors
    /// If the engine cannot work, or the file takes too much of something.
    pub(crate) fn explore(&self, file: &LeanFile, limits: Limits) -> Result<Report, Unfinished> {
        let needed = file.modules(self.modules);
        // With all imports that any file of the run has: a Lean that stays is of use for files with the same ones.
        let modules = if self.library.is_whole() { self.modules } else { &needed };
        self.engine.explore(&self.job(file, modules, limits)?, self.cancel)
    }

    /// What Lean says of a file to be believed, which imports no more than it needs.
    fn check(&self, file: &LeanFile, limits: Limits) -> Result<Report, Unfinished> {
        let job = Job { emit_olean: true, ..self.job(file, &file.modules(self.modules), limits)? };
        self.engine.check(&job, self.cancel)
    }

    /// A file with these modules of the library, as soon as they are there.
    fn job(&self, file: &LeanFile, modules: &BTreeSet<&'static str>, limits: Limits) -> Result<Job, EngineError> {
        self.library.wait_for(&imported(modules))?;
        Ok(Job {
            name: MODULE.into(),
            text: file.text_with(modules),
            library: vec![self.library.folder().to_owned()],
            emit_olean: false,
            limits,
        })
    }
}

/// What a mutex guards, whoever held it before.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is tried on each leaf of a file.
type Turns = BTreeMap<(usize, usize), Turn>;

/// Runs a task and tells the board what came of it.
///
/// # Errors
/// If the engine cannot work at all.
pub(crate) fn run(context: &Context<'_>, board: &Mutex<Board<'_>>, task: &Task) -> Result<(), EngineError> {
    let started = Instant::now();
    let (file, turns, limits) = {
        let guard = lock(board);
        let (file, turns) = match task {
            Task::Check(units) => check_file(&guard, units),
            Task::Search { leaves, kernel } => search_file(&guard, leaves, *kernel),
            Task::Ask(at) => {
                drop(guard);
                let result = context.asking.map_or(Ok(()), |asking| crate::agents::run(context, asking, board, *at));
                lock(board).done(task, started.elapsed());
                return result;
            }
        };
        (file, turns, guard.limits_for(task))
    };
    let report = match task {
        Task::Check(_) => context.check(&file, limits),
        Task::Search { .. } | Task::Ask(_) => context.explore(&file, limits),
    };
    let elapsed = started.elapsed();
    let mut board = lock(board);
    match report {
        Ok(report) => {
            let heard = Heard { messages: &report.messages, turns: &turns, unheard: &[], elapsed };
            let all_closed = learn(context, &mut board, &file, &heard);
            defects(&mut board, task, &file, &report, all_closed);
            if let Task::Check(units) = task {
                accept(context, &mut board, units, &file, &report, all_closed)?;
            }
        }
        Err(Unfinished { error, said }) => match error {
            EngineError::Cancelled => board.cancel(),
            EngineError::NotReady(_) | EngineError::Scratch(_) => return Err(error),
            EngineError::Timeout(_) | EngineError::Silence(_) | EngineError::Limit(_) | EngineError::Broken(_) => {
                // What was said before counts all the same, as a guess: a check is repeated.
                let unheard = file.unheard(&said);
                let heard = Heard { messages: &said, turns: &turns, unheard: &unheard, elapsed };
                learn(context, &mut board, &file, &heard);
                let is_time = !matches!(error, EngineError::Broken(_));
                board.too_much(task, unheard.first().copied(), &error.to_string(), is_time);
            }
        },
    }
    board.done(task, elapsed);
    Ok(())
}

/// A file with just these leaves (and the definitions that their statements need).
fn search_file(board: &Board<'_>, leaves: &[(usize, usize)], kernel: bool) -> (LeanFile, Turns) {
    let mut turns = Turns::new();
    let units: BTreeSet<usize> = leaves.iter().map(|(unit, _)| *unit).collect();
    let with_callees = crate::order::order(board.translation, &units.iter().copied().collect::<Vec<_>>());
    let with_callees = with_callees.unwrap_or_default();
    let mut file = if kernel { LeanFile::new() } else { LeanFile::search() };
    file.shared(board.translation, &with_callees);
    for index in with_callees {
        let Some(unit) = board.translation.units.get(index) else { continue };
        file.definition(index, unit);
        for (i, obligation) in unit.obligations.iter().enumerate() {
            let at = (index, i);
            if !leaves.contains(&at) {
                continue;
            }
            let Some(turn) = board.leaves.get(&at).map(|l| l.turn()) else { continue };
            let heartbeats = if turn.late { LATE_HEARTBEATS } else { first_heartbeats(&turn) };
            file.leaf(index, i, &obligation.statement, &tried(&turn, heartbeats, true));
            turns.insert(at, turn);
        }
    }
    (file, turns)
}

fn first_heartbeats(turn: &Turn) -> u64 {
    // A kept proof was one once, whatever it took.
    let kept = turn.candidates.iter().filter(|c| c.origin == Origin::Store).count() as u64;
    FIRST_HEARTBEATS.saturating_mul(turn.candidates.len() as u64 + 1) + LATE_HEARTBEATS * kept
}

fn tried(turn: &Turn, heartbeats: u64, or_hole: bool) -> LeafText<'_> {
    LeafText::Try { candidates: turn.candidates.iter().map(|c| &c.block).enumerate().collect(), heartbeats, or_hole }
}

/// The text to accept: generated statements, and for each leaf the block that closed it, or those of its first stage.
fn check_file(board: &Board<'_>, units: &[usize]) -> (LeanFile, Turns) {
    let mut turns = Turns::new();
    let mut file = LeanFile::new();
    file.shared(board.translation, units);
    for index in units {
        let Some(unit) = board.translation.units.get(*index) else { continue };
        file.definition(*index, unit);
        if board.trusted.contains(index) {
            file.assumed(*index, unit);
            continue;
        }
        for (i, obligation) in unit.obligations.iter().enumerate() {
            let Some(leaf) = board.leaves.get(&(*index, i)) else { continue };
            match &leaf.closed {
                Some(candidate) => file.leaf(*index, i, &obligation.statement, &LeafText::Alone(&candidate.block)),
                None => {
                    let turn = leaf.turn();
                    file.leaf(*index, i, &obligation.statement, &tried(&turn, first_heartbeats(&turn), false));
                    turns.insert((*index, i), turn);
                }
            }
        }
        file.theorem(*index, unit);
    }
    (file, turns)
}

/// What was heard of a file.
struct Heard<'a> {
    messages: &'a [Message],
    turns: &'a Turns,
    /// Leaves that Lean did not come to.
    unheard: &'a [(usize, usize)],
    elapsed: Duration,
}

/// Tells the leaves what Lean said of them. Says whether all of them are closed.
fn learn(context: &Context<'_>, board: &mut Board<'_>, file: &LeanFile, heard: &Heard<'_>) -> bool {
    let Heard { messages, turns, unheard, .. } = heard;
    if let Some(at) = unheard.first()
        && let Some(unit) = board.translation.units.get(at.0)
        && let (Some(obligation), Some(turn)) = (unit.obligations.get(at.1), turns.get(at))
    {
        tell(context, unit, obligation, at.1, turn, heard, Said::Unfinished);
    }
    let mut all = true;
    let mut attempts = Vec::new();
    for (unit, index, says) in file.leaves(messages) {
        if unheard.contains(&(unit, index)) {
            all = false;
            continue;
        }
        all &= matches!(says, LeafSays::Closed(_));
        let obligation = board.translation.units.get(unit).and_then(|u| Some((u, u.obligations.get(index)?)));
        let Some(turn) = turns.get(&(unit, index)) else {
            if let Some(leaf) = board.leaves.get_mut(&(unit, index)) {
                leaf.reopen(says);
            }
            continue;
        };
        if let Some((u, obligation)) = obligation {
            tell(context, u, obligation, index, turn, heard, Said::of(&says));
        }
        attempts.extend(attempted(turn, &says).iter().cloned());
        board.learn((unit, index), turn, says);
    }
    // Of several candidates it is not known at which Lean was when it came to no end.
    match unheard.first().and_then(|at| turns.get(at)) {
        Some(turn) if turn.candidates.len() == 1 && turns.len() == 1 => {
            attempts.extend(turn.candidates.iter().cloned())
        }
        Some(_) => attempts.clear(),
        None => {}
    }
    if !attempts.is_empty() {
        board.learn_cost(&attempts, heard.elapsed);
    }
    all
}

/// Those candidates of a turn that Lean came to.
fn attempted<'t>(turn: &'t Turn, says: &LeafSays) -> &'t [Candidate] {
    match says {
        LeafSays::Closed(n) | LeafSays::OutOfBudget(n) => turn.candidates.get(..=*n).unwrap_or(&turn.candidates),
        LeafSays::Open => &turn.candidates,
        LeafSays::BadCandidate(_) | LeafSays::Refused(_) => &[],
    }
}

/// Tells who wants to know what came of a turn.
fn tell(
    context: &Context<'_>,
    unit: &Unit,
    obligation: &Obligation,
    index: usize,
    turn: &Turn,
    heard: &Heard<'_>,
    said: Said,
) {
    (context.on_event)(&Event {
        reason: "attempt",
        function: &unit.function,
        obligation: index,
        kind: &obligation.kind,
        candidates: turn.candidates.iter().map(|c| c.block.text()).collect(),
        kept: turn.candidates.iter().take_while(|c| c.origin == Origin::Store).count(),
        late: turn.late,
        said,
        file_leaves: heard.turns.len(),
        file_ms: u64::try_from(heard.elapsed.as_millis()).unwrap_or(u64::MAX),
    });
}

/// Turns errors that no candidate mends into verdicts.
fn defects(board: &mut Board<'_>, task: &Task, file: &LeanFile, report: &Report, all_closed: bool) {
    let units: Vec<usize> = match task {
        Task::Check(units) => units.clone(),
        Task::Search { leaves, .. } => leaves.iter().map(|(unit, _)| *unit).collect(),
        Task::Ask((unit, _)) => vec![*unit],
    };
    for (place, text) in file.defects(&report.messages) {
        let (concerned, text): (Vec<usize>, String) = match place {
            // A leaf that ended in an error is not declared: what names it fails for that reason alone.
            Some(Place::Theorem(_)) if !all_closed => continue,
            Some(Place::Definition(unit) | Place::Theorem(unit) | Place::Leaf { unit, .. }) => (vec![unit], text),
            Some(Place::Shared(shared)) => {
                let uses =
                    |u: &usize| board.translation.units.get(*u).is_some_and(|u| u.prelude_types.contains(&shared));
                (units.iter().copied().filter(uses).collect(), format!("a shared declaration: {text}"))
            }
            None => (units.clone(), text),
        };
        for unit in concerned {
            board.judge(unit, Judged::Broken(format!("Lean refused the generated text: {text}")));
        }
    }
}

/// If all of a file was accepted: verdicts by the axioms beneath its theorems.
fn accept(
    context: &Context<'_>,
    board: &mut Board<'_>,
    units: &[usize],
    file: &LeanFile,
    report: &Report,
    all_closed: bool,
) -> Result<(), EngineError> {
    let clean = report.exit_code == 0 && !report.messages.iter().any(|m| m.severity == Severity::Error);
    match &report.olean {
        Some(olean) if clean && all_closed => {
            for unit in units {
                audit(context, board, *unit, olean);
            }
            keep(context, board, units, file)
        }
        // Neither a module nor an error that concerns one unit: nothing can be believed of it.
        _ if all_closed && units.iter().all(|u| !matches!(board.judged(*u), Some(Judged::Broken(_)))) => {
            board.unexplained(units);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Reads the axioms beneath the theorem of a unit.
fn audit(context: &Context<'_>, board: &mut Board<'_>, unit: usize, olean: &[u8]) {
    let Some(u) = board.translation.units.get(unit) else { return };
    if board.judged(unit).is_some() || board.trusted.contains(&unit) || !u.has_theorem() {
        return;
    }
    let audit = match context.auditor.audit(&format!("{}.spec", u.lean_name), olean) {
        Ok(audit) => audit,
        Err(e) => return board.judge(unit, Judged::Broken(format!("the audit of axioms failed: {e}"))),
    };
    let assumed = |axiom: &str| {
        // Lean makes what a file that nobody imports declares private to that.
        let plain = axiom.strip_prefix(PRIVATE).unwrap_or(axiom);
        let names = |t: &harmonic_translator::unit::Unit| plain == format!("{}.spec", t.lean_name);
        board.trusted.iter().copied().find(|t| board.translation.units.get(*t).is_some_and(names))
    };
    let mut trusted: Vec<usize> = audit.axioms.iter().filter_map(|a| assumed(a)).collect();
    trusted.sort_unstable();
    trusted.dedup();
    let axioms: Vec<String> = audit.axioms.iter().filter(|a| assumed(a).is_none()).cloned().collect();
    let foreign: Vec<&String> = axioms.iter().filter(|a| !ALLOWED_AXIOMS.contains(&a.as_str())).collect();
    let verdict = if !foreign.is_empty() {
        Judged::Broken(format!("rests on axioms that are not allowed: {foreign:?}"))
    } else if !audit.unsafe_declarations.is_empty() || !audit.implemented_by.is_empty() {
        Judged::Broken("rests on unsafe or replaced code".into())
    } else {
        Judged::Proved { axioms, trusted }
    };
    board.judge(unit, verdict);
}

/// Writes an accepted text where the caller wants it, under the name of its first function.
fn keep(context: &Context<'_>, board: &Board<'_>, units: &[usize], file: &LeanFile) -> Result<(), EngineError> {
    let Some(folder) = context.accepted else { return Ok(()) };
    let Some(unit) = units.last().and_then(|u| board.translation.units.get(*u)) else { return Ok(()) };
    let path = folder.join(format!("{}.lean", unit.lean_name));
    let text = file.text_with(&file.modules(context.modules));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
    written.map_err(|e| EngineError::Broken(format!("cannot write {}: {e}", path.display())))
}
