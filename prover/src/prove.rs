//! The whole run: what is known already, how the rest is cut into batches, who runs them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use harmonic_lean::olean::Auditor;
use harmonic_lean::setup::SupportLibrary;
use harmonic_lean::{Cancel, Engine, EngineError};
use harmonic_translator::span::SourceMap;
use harmonic_translator::unit::{Obligation, Translation, Unit};
use serde::{Deserialize, Serialize};

use crate::agents::Agents;
use crate::board::{Board, Judged};
use crate::event::Event;
use crate::gate::{Block, names_in};
use crate::key::{Basis, digest, unit_key};
use crate::lean_file::{library, modules_for};
use crate::order::{batches, order};
use crate::policy::Policy;
use crate::portfolio::{Candidate, Origin, candidates, from_store};
use crate::proofs::ProofStore;
use crate::search::{Context, lock, run};
use crate::store::Sealed;

/// What to prove and how.
pub struct Request<'a> {
    /// The units.
    pub translation: &'a Translation,
    /// Which of them get a verdict; their callees are taken in as needed.
    pub wanted: &'a [usize],
    /// Units whose spec is taken on faith.
    pub trusted: &'a HashSet<usize>,
    /// Gives the Lean that judges, with these modules of the support library (names and texts, in the order of their imports).
    /// Asked once, and only if something is not known from earlier runs.
    pub lean: &'a (dyn Fn(&[(&str, &str)]) -> Result<Lean, EngineError> + Sync),
    /// What verdicts rest on besides the units' text.
    pub basis: &'a Basis,
    /// Found proofs.
    pub proofs: Option<&'a ProofStore>,
    /// Whether these are all that is tried, and nothing is written to where they are kept.
    pub locked: bool,
    /// How many stages of candidates are tried, the cheapest first; `None`: all.
    pub stages: Option<u8>,
    /// In which order candidates are tried; `None`: in that of the portfolio.
    pub policy: Option<&'a Policy>,
    /// Earlier verdicts.
    pub verdicts: Option<&'a Sealed>,
    /// How many Leans at a time.
    pub jobs: usize,
    /// Folder for the Lean texts that are accepted in this run.
    pub accepted: Option<&'a Path>,
    /// Time for a unit, over all files that it is in.
    pub unit_time: Duration,
    /// Hears of each attempt on an obligation.
    pub on_event: &'a (dyn Fn(&Event<'_>) + Sync),
    /// Agents, for what an earlier run without them left open.
    pub agents: Option<Asking<'a>>,
    /// Stops the run.
    pub cancel: &'a Cancel,
}

/// Agents, and where the others left off.
pub struct Asking<'a> {
    /// Whom to ask.
    pub agents: &'a Agents,
    /// The Rust source.
    pub sources: &'a SourceMap,
    /// What the run without agents came to.
    pub before: &'a [UnitReport],
}

/// A Lean with the support library.
#[derive(Clone)]
pub struct Lean {
    /// Who judges.
    pub engine: Arc<dyn Engine>,
    /// The support library, maybe still in the making.
    pub library: Arc<SupportLibrary>,
}

/// How a unit was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// By stored proofs alone.
    Store,
    /// By the portfolio.
    Portfolio,
    /// By agents, one leaf at least.
    Agents,
}

/// What came of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Lean accepted the theorem and only these axioms are beneath it, besides the specs of the trusted units named.
    Proved {
        /// Lean's own axioms.
        axioms: Vec<String>,
        /// Units taken on faith.
        trusted: Vec<usize>,
        /// How.
        found: Found,
        /// Whether the verdict was known from an earlier run.
        cached: bool,
    },
    /// Some leaves are open.
    Open {
        /// Their indices.
        leaves: Vec<usize>,
        /// Whether a bound was reached while trying.
        timeout: bool,
    },
    /// Every leaf of its own is closed, but these callees are not proved.
    Callees(Vec<usize>),
    /// The generated text was refused, or the engine broke on it: a defect of this tool.
    Broken(String),
    /// Stopped before its end.
    Cancelled,
}

/// A unit's report.
#[derive(Clone, Debug)]
pub struct UnitReport {
    /// The unit.
    pub unit: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// Leaves that are closed.
    pub proved: usize,
    /// All leaves.
    pub total: usize,
    /// Its share, by leaves, of the time of the files that it was in.
    pub time: Duration,
    /// What closed its leaves, as far as this run found out.
    pub closed: BTreeMap<usize, Candidate>,
}

impl UnitReport {
    fn known(unit: usize, outcome: Outcome, proved: usize, total: usize) -> Self {
        Self { unit, outcome, proved, total, time: Duration::ZERO, closed: BTreeMap::new() }
    }
}

/// Leaves that no candidate closed, so that the next run does not try the same again.
#[derive(Serialize, Deserialize)]
struct OpenRecord {
    leaves: Vec<usize>,
    timeout: bool,
    /// Hash of what was tried.
    tried: String,
    /// Milliseconds that the unit was given: with more, it is tried again.
    given: u64,
}

#[derive(Serialize, Deserialize)]
struct ProvedRecord {
    axioms: Vec<String>,
    trusted: Vec<String>,
    found: Found,
}

/// The name under which what is known of a unit may be kept; `None` for an unknown unit or one in a circle of calls.
pub fn verdict_key(translation: &Translation, unit: usize, trusted: &HashSet<usize>, basis: &Basis) -> Option<String> {
    translation.units.get(unit)?;
    let order = order(translation, &[unit]).ok()?;
    Some(unit_key(translation, &order, &|u| trusted.contains(&u), basis))
}

/// Proves units. Reports come in the order of `wanted`; `on_done` sees each as soon as it is known.
///
/// # Errors
/// [`EngineError`] if the engine cannot work at all.
pub fn prove(request: &Request<'_>, on_done: &(dyn Fn(&UnitReport) + Sync)) -> Result<Vec<UnitReport>, EngineError> {
    let translation = request.translation;
    let wanted: BTreeSet<usize> = request.wanted.iter().copied().collect();
    let reports: Mutex<BTreeMap<usize, UnitReport>> = Mutex::default();
    let publish = |report: UnitReport| {
        if wanted.contains(&report.unit) {
            on_done(&report);
        }
        if let Ok(mut all) = reports.lock() {
            all.insert(report.unit, report);
        }
    };
    let total = |unit: usize| translation.units.get(unit).map_or(0, |u| u.obligations.len());
    let mut keys = BTreeMap::new();
    let mut todo = Vec::new();
    for unit in &wanted {
        if request.trusted.contains(unit) {
            continue;
        }
        let order = match order(translation, &[*unit]) {
            Ok(order) => order,
            Err(_) => {
                let outcome = Outcome::Broken("the functions call each other in a circle that was not resolved".into());
                publish(UnitReport::known(*unit, outcome, 0, total(*unit)));
                continue;
            }
        };
        let key = unit_key(translation, &order, &|u| request.trusted.contains(&u), request.basis);
        let known: Option<ProvedRecord> = request.verdicts.and_then(|v| v.get("proved", &key));
        match known {
            Some(record) if !proofs_are_missing(request, *unit) => {
                let trusted = request
                    .trusted
                    .iter()
                    .copied()
                    .filter(|t| translation.units.get(*t).is_some_and(|u| record.trusted.contains(&u.function)))
                    .collect();
                let outcome = Outcome::Proved { axioms: record.axioms, trusted, found: record.found, cached: true };
                publish(UnitReport::known(*unit, outcome, total(*unit), total(*unit)));
            }
            _ => match request.verdicts.and_then(|v| v.get::<OpenRecord>("open", &key)) {
                Some(record) if request.agents.is_none() && tries_the_same(request, *unit, &record) => {
                    let proved = total(*unit).saturating_sub(record.leaves.len());
                    let outcome = Outcome::Open { leaves: record.leaves, timeout: record.timeout };
                    publish(UnitReport::known(*unit, outcome, proved, total(*unit)));
                }
                _ => {
                    keys.insert(*unit, key);
                    todo.push(*unit);
                }
            },
        }
    }
    if todo.is_empty() {
        let mut reports = reports.into_inner().unwrap_or_default();
        return Ok(request.wanted.iter().filter_map(|u| reports.remove(u)).collect());
    }
    let modules = modules_of(translation, &todo);
    let lean = (request.lean)(&library(&modules))?;
    let auditor = Auditor::new(lean.engine.core_library(), vec![lean.library.folder().to_owned()]);
    let context = Context {
        engine: &*lean.engine,
        cancel: request.cancel,
        auditor: &auditor,
        library: &lean.library,
        modules: &modules,
        accepted: request.accepted,
        on_event: request.on_event,
        asking: request.agents.as_ref(),
    };
    // While the library is being made, what needs less of it comes first.
    let mut classes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for unit in todo {
        let needed = if lean.library.is_whole() { 0 } else { modules_of(translation, &[unit]).len() };
        classes.entry(needed).or_default().push(unit);
    }
    let batches = classes.values().flat_map(|units| batches(translation, units, request.jobs)).collect();
    let candidates = |unit: usize| {
        let mut all = translation.units.get(unit).map(|u| candidates_of(request, u)).unwrap_or_default();
        let before = request.agents.iter().flat_map(|a| a.before).find(|r| r.unit == unit).map(|r| &r.outcome);
        if let Some(Outcome::Open { leaves, .. }) = before {
            // All of them were tried in vain.
            leaves.iter().for_each(|i| all.get_mut(*i).into_iter().for_each(Vec::clear));
        }
        all
    };
    let mut board = Board::new(translation, request.trusted, request.unit_time, batches, request.policy, candidates);
    if let Some(asking) = &request.agents {
        let closed = asking.before.iter().map(|r| (r.unit, r.closed.clone())).collect();
        board = board.with_agents(&closed, asking.agents.shows());
    }
    let done = |board: &Board<'_>, published: &mut BTreeSet<usize>| {
        for (unit, key) in &keys {
            if board.judged(*unit).is_some() && published.insert(*unit) {
                publish(finish(request, board, *unit, key));
            }
        }
    };
    work(&context, &Mutex::new(board), request.jobs, &done)?;
    let mut reports = reports.into_inner().unwrap_or_default();
    Ok(request.wanted.iter().filter_map(|u| reports.remove(u)).collect())
}

/// Workers take tasks from the board until none is left; `done` sees the board after each.
fn work(
    context: &Context<'_>,
    board: &Mutex<Board<'_>>,
    jobs: usize,
    done: &(dyn Fn(&Board<'_>, &mut BTreeSet<usize>) + Sync),
) -> Result<(), EngineError> {
    /// What workers share besides the board.
    #[derive(Default)]
    struct Shared {
        running: usize,
        failure: Option<EngineError>,
        published: BTreeSet<usize>,
    }
    let shared: Mutex<Shared> = Mutex::default();
    let changed = Condvar::new();
    let worker = || {
        let Ok(mut mine) = shared.lock() else { return };
        loop {
            if mine.failure.is_some() {
                return;
            }
            let Some(task) = lock(board).next() else {
                if mine.running == 0 {
                    return;
                }
                // What another worker is at may open new work.
                match changed.wait(mine) {
                    Ok(again) => mine = again,
                    Err(_) => return,
                }
                continue;
            };
            mine.running += 1;
            drop(mine);
            let result = run(context, board, &task);
            let Ok(again) = shared.lock() else { return };
            mine = again;
            mine.running -= 1;
            if let Err(e) = result {
                mine.failure.get_or_insert(e);
            }
            done(&lock(board), &mut mine.published);
            changed.notify_all();
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(worker);
        }
    });
    match shared.into_inner().ok().and_then(|s| s.failure) {
        Some(e) => Err(e),
        None => Ok(()),
    }
}

/// Whether a proof was found once and is not kept any more: the user's folder is part of what a run leaves behind.
fn proofs_are_missing(request: &Request<'_>, unit: usize) -> bool {
    let Some((proofs, unit)) = request.proofs.zip(request.translation.units.get(unit)) else { return false };
    !request.locked && unit.obligations.iter().any(|obligation| !proofs.keeps(obligation))
}

/// Whether a run would only repeat what an earlier one tried: the same candidates, and no more time.
fn tries_the_same(request: &Request<'_>, unit: usize, record: &OpenRecord) -> bool {
    let Some(unit) = request.translation.units.get(unit) else { return false };
    millis(request.unit_time) <= record.given && tried(request, unit, &record.leaves) == record.tried
}

/// Hash of the candidates of these leaves.
fn tried(request: &Request<'_>, unit: &Unit, leaves: &[usize]) -> String {
    let all = candidates_of(request, unit);
    let mut blocks: Vec<&str> = leaves.iter().filter_map(|i| all.get(*i)).flatten().map(|c| c.block.text()).collect();
    // In which order they were tried is not told.
    blocks.sort_unstable();
    digest(&blocks)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The modules of the support library that these units and their callees need, besides those that every file imports.
fn modules_of(translation: &Translation, todo: &[usize]) -> BTreeSet<&'static str> {
    let units = order(translation, todo).unwrap_or_default();
    let texts = units.iter().filter_map(|u| translation.units.get(*u)).flat_map(|unit| {
        let shared = unit.prelude_types.iter().filter_map(|i| translation.shared.get(*i)).map(String::as_str);
        let own = [unit.definition.as_str(), &unit.theorem];
        let leaves = unit.obligations.iter().map(|o| o.statement.as_str());
        shared.chain(own).chain(leaves)
    });
    modules_for(texts)
}

/// The names that a proof of a leaf may use.
pub(crate) fn known_names(unit: &Unit, obligation: &Obligation) -> HashSet<String> {
    let mut known = names_in(&obligation.statement);
    known.extend(names_in(&unit.definition));
    known.insert(unit.lean_name.clone());
    // The value of a recursive function and that it has one are declared together.
    let twin = |name: &String| match name.split_once('_') {
        Some(("df", end)) => Some(format!("sp_{end}")),
        Some(("sp", end)) => Some(format!("df_{end}")),
        _ => None,
    };
    known.extend(known.iter().filter_map(twin).collect::<Vec<_>>());
    known
}

/// What is to be tried on each leaf of a unit, in this order: its stored proof first.
fn candidates_of(request: &Request<'_>, unit: &Unit) -> Vec<Vec<Candidate>> {
    let of = |obligation: &Obligation| {
        let known = known_names(unit, obligation);
        let mut stored: Vec<Block> =
            request.proofs.map(|p| p.proofs_of(&unit.function, obligation, &known)).unwrap_or_default();
        if request.locked {
            return from_store(stored);
        }
        if let (Some(proofs), true) = (request.proofs, stored.is_empty()) {
            stored = proofs.old_proofs_of(&unit.function, obligation, &known);
        }
        let mut all = candidates(obligation, stored, &known);
        all.retain(|c| request.stages.is_none_or(|stages| c.stage < stages));
        all
    };
    unit.obligations.iter().map(of).collect()
}

/// The report of a unit that has its verdict, and what of it is kept.
fn finish(request: &Request<'_>, board: &Board<'_>, index: usize, key: &str) -> UnitReport {
    let translation = request.translation;
    let obligations = translation.units.get(index).map_or(&[][..], |u| &u.obligations);
    let mut report = UnitReport {
        unit: index,
        outcome: Outcome::Cancelled,
        proved: 0,
        total: obligations.len(),
        time: board.spent(index),
        closed: board.leaves_of(index).filter_map(|(i, leaf)| Some((i, leaf.closed.clone()?))).collect(),
    };
    let Some(unit) = translation.units.get(index) else { return report };
    let mut accepted = Vec::new();
    let mut open = Vec::new();
    let mut found = if obligations.is_empty() { Found::Portfolio } else { Found::Store };
    for (i, leaf) in board.leaves_of(index) {
        match (&leaf.closed, obligations.get(i)) {
            (Some(c), Some(obligation)) => {
                found = match (c.origin, found) {
                    (Origin::Agents, _) | (_, Found::Agents) => Found::Agents,
                    (Origin::Store, found) => found,
                    (Origin::Portfolio, _) => Found::Portfolio,
                };
                accepted.push((obligation, &c.block));
            }
            _ => open.push(i),
        }
    }
    board.learn_open(index);
    report.proved = accepted.len();
    if let (Some(store), false, false) = (request.proofs, accepted.is_empty(), request.locked) {
        store.save(&unit.function, &accepted);
    }
    report.outcome = match board.judged(index) {
        Some(Judged::Proved { axioms, trusted }) => {
            // The callees' theorems are beneath this one, so the audit covered them.
            if let Some(store) = request.verdicts {
                let names =
                    trusted.iter().filter_map(|t| translation.units.get(*t)).map(|u| u.function.clone()).collect();
                let _ = store.put("proved", key, &ProvedRecord { axioms: axioms.clone(), trusted: names, found });
            }
            Outcome::Proved { axioms: axioms.clone(), trusted: trusted.clone(), found, cached: false }
        }
        Some(Judged::Open { timeout }) if open.is_empty() && !timeout => {
            let proved = |d: &usize| {
                let states = translation.units.get(*d).is_some_and(Unit::has_theorem);
                !states || request.trusted.contains(d) || matches!(board.judged(*d), Some(Judged::Proved { .. }))
            };
            Outcome::Callees(unit.depends.iter().copied().filter(|d| !proved(d)).collect())
        }
        Some(Judged::Open { timeout }) => {
            if let Some(store) = request.verdicts {
                let given = millis(request.unit_time);
                let tried = tried(request, unit, &open);
                let record = OpenRecord { leaves: open.clone(), timeout: *timeout, tried, given };
                let _ = store.put("open", key, &record);
            }
            Outcome::Open { leaves: open, timeout: *timeout }
        }
        Some(Judged::Broken(text)) => Outcome::Broken(text.clone()),
        Some(Judged::Cancelled) | None => Outcome::Cancelled,
    };
    report
}
