//! The whole run: what is known already, how the rest is cut into batches, who runs them.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harmonic_lean::olean::Auditor;
use harmonic_lean::{Cancel, Engine, EngineError};
use harmonic_translator::unit::{Obligation, Translation, Unit};
use serde::{Deserialize, Serialize};

use crate::gate::{Block, names_in};
use crate::key::{Basis, digest, leaf_key, unit_key};
use crate::lean_file::{extra_modules, has_theorem, library};
use crate::portfolio::{Candidate, Origin, candidates};
use crate::search::{Batch, Context, Judged, Leaf, Stopped, run};
use crate::store::{ProofStore, Sealed};

/// Most leaves in one batch (a batch that breaks is tried again in halves).
const BATCH_LEAVES: usize = 120;

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
    /// Earlier verdicts.
    pub verdicts: Option<&'a Sealed>,
    /// How many Leans at a time.
    pub jobs: usize,
    /// Folder for the Lean texts that are accepted in this run.
    pub accepted: Option<&'a Path>,
    /// Time for a unit; batches have the sum.
    pub unit_time: Duration,
    /// Time for all.
    pub total_time: Option<Duration>,
    /// Stops the run.
    pub cancel: &'a Cancel,
}

/// A Lean with the support library.
#[derive(Clone)]
pub struct Lean {
    /// Who judges.
    pub engine: Arc<dyn Engine>,
    /// Folders of the compiled support library.
    pub library: Vec<PathBuf>,
}

/// How a unit was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// By stored proofs alone.
    Store,
    /// By the portfolio.
    Portfolio,
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
    /// Time spent on its batch, shared out by leaves.
    pub time: Duration,
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

/// The units in an order in which callees come first, or the cycle's member.
fn order(translation: &Translation, roots: &[usize]) -> Result<Vec<usize>, usize> {
    let mut done = BTreeSet::new();
    let mut active = BTreeSet::new();
    let mut out = Vec::new();
    // Explicit stack: call chains may be long.
    for root in roots {
        let mut stack = vec![(*root, 0usize)];
        while let Some((unit, next)) = stack.pop() {
            if next == 0 {
                if done.contains(&unit) {
                    continue;
                }
                if !active.insert(unit) {
                    return Err(unit);
                }
            }
            let depends = translation.units.get(unit).map_or(&[][..], |u| &u.depends);
            match depends.get(next) {
                Some(callee) => {
                    stack.push((unit, next + 1));
                    if !done.contains(callee) {
                        if active.contains(callee) {
                            return Err(*callee);
                        }
                        stack.push((*callee, 0));
                    }
                }
                None => {
                    active.remove(&unit);
                    done.insert(unit);
                    out.push(unit);
                }
            }
        }
    }
    Ok(out)
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
                publish(UnitReport { unit: *unit, outcome, proved: 0, total: total(*unit), time: Duration::ZERO });
                continue;
            }
        };
        let key = unit_key(translation, &order, &|u| request.trusted.contains(&u), request.basis);
        let known: Option<ProvedRecord> = request.verdicts.and_then(|v| v.get("proved", &key));
        match known {
            Some(record) => {
                let trusted = request
                    .trusted
                    .iter()
                    .copied()
                    .filter(|t| translation.units.get(*t).is_some_and(|u| record.trusted.contains(&u.function)))
                    .collect();
                let outcome = Outcome::Proved { axioms: record.axioms, trusted, found: record.found, cached: true };
                publish(UnitReport {
                    unit: *unit,
                    outcome,
                    proved: total(*unit),
                    total: total(*unit),
                    time: Duration::ZERO,
                });
            }
            None => match request.verdicts.and_then(|v| v.get::<OpenRecord>("open", &key)) {
                Some(record) if tries_the_same(request, *unit, &record) => {
                    let proved = total(*unit).saturating_sub(record.leaves.len());
                    let outcome = Outcome::Open { leaves: record.leaves, timeout: record.timeout };
                    publish(UnitReport { unit: *unit, outcome, proved, total: total(*unit), time: Duration::ZERO });
                }
                _ => {
                    keys.insert(*unit, key);
                    todo.push(*unit);
                }
            },
        }
    }
    let queue: Mutex<VecDeque<Vec<usize>>> = Mutex::new(batches(translation, &todo, request.jobs).into());
    let failure: Mutex<Option<EngineError>> = Mutex::default();
    if todo.is_empty() {
        let mut reports = reports.into_inner().unwrap_or_default();
        return Ok(request.wanted.iter().filter_map(|u| reports.remove(u)).collect());
    }
    let modules = modules(translation, &todo);
    let lean = (request.lean)(&library(&modules))?;
    let auditor = Auditor::new(lean.engine.core_library(), lean.library.clone());
    let context = Context {
        translation,
        engine: &*lean.engine,
        cancel: request.cancel,
        auditor: &auditor,
        library: &lean.library,
        modules: &modules,
        trusted: request.trusted,
        unit_time: request.unit_time,
        accepted: request.accepted,
        deadline: request.total_time.map(|t| Instant::now() + t),
    };
    let worker = || {
        while let Some(units) = queue.lock().ok().and_then(|mut q| q.pop_front()) {
            if failure.lock().is_ok_and(|f| f.is_some()) {
                return;
            }
            let started = Instant::now();
            let mut batch = prepare(request, &units);
            match run(&context, &mut batch) {
                Ok(()) => finish(request, &batch, &keys, started.elapsed(), &publish),
                Err(Stopped::Engine(e)) => {
                    if let Ok(mut f) = failure.lock() {
                        f.get_or_insert(e);
                    }
                    return;
                }
                Err(Stopped::TooMuch(reason)) => {
                    let roots: Vec<usize> = units.iter().copied().filter(|u| keys.contains_key(u)).collect();
                    if roots.len() > 1 {
                        if let Ok(mut q) = queue.lock() {
                            for half in roots.chunks(roots.len().div_ceil(2)) {
                                if let Ok(units) = order(translation, half) {
                                    q.push_back(units);
                                }
                            }
                        }
                    } else {
                        let is_time = reason.contains("within") || reason.contains("limit");
                        for unit in &units {
                            let outcome = if is_time {
                                Outcome::Open { leaves: (0..total(*unit)).collect(), timeout: true }
                            } else {
                                Outcome::Broken(reason.clone())
                            };
                            publish(UnitReport {
                                unit: *unit,
                                outcome,
                                proved: 0,
                                total: total(*unit),
                                time: started.elapsed(),
                            });
                        }
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..request.jobs.max(1) {
            scope.spawn(worker);
        }
    });
    if let Some(e) = failure.into_inner().ok().flatten() {
        return Err(e);
    }
    let mut reports = reports.into_inner().unwrap_or_default();
    Ok(request.wanted.iter().filter_map(|u| reports.remove(u)).collect())
}

/// Whether a run would only repeat what an earlier one tried: the same candidates, and no more time.
fn tries_the_same(request: &Request<'_>, unit: usize, record: &OpenRecord) -> bool {
    let Some(unit) = request.translation.units.get(unit) else { return false };
    millis(request.unit_time) <= record.given && tried(request, unit, &record.leaves) == record.tried
}

/// Hash of the candidates of these leaves.
fn tried(request: &Request<'_>, unit: &Unit, leaves: &[usize]) -> String {
    let all = candidates_of(request, unit);
    let blocks: Vec<&str> = leaves.iter().filter_map(|i| all.get(*i)).flatten().map(|c| c.block.text()).collect();
    digest(&blocks)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The modules of the support library that these units and their callees need, besides those that every file imports.
fn modules(translation: &Translation, todo: &[usize]) -> BTreeSet<&'static str> {
    let units = order(translation, todo).unwrap_or_default();
    let mut out = BTreeSet::new();
    for unit in units.iter().filter_map(|u| translation.units.get(*u)) {
        let shared = unit.prelude_types.iter().filter_map(|i| translation.shared.get(*i)).map(String::as_str);
        let own = [unit.definition.as_str(), &unit.theorem];
        let leaves = unit.obligations.iter().map(|o| o.statement.as_str());
        out.extend(shared.chain(own).chain(leaves).flat_map(extra_modules));
    }
    out
}

/// Cuts the work into batches: what calls one another stays together, the rest is spread evenly.
fn batches(translation: &Translation, todo: &[usize], jobs: usize) -> Vec<Vec<usize>> {
    // Union of each root with its callees' groups.
    let mut groups: Vec<BTreeSet<usize>> = Vec::new();
    for root in todo {
        let Ok(mine) = order(translation, &[*root]) else { continue };
        let mut mine: BTreeSet<usize> = mine.into_iter().collect();
        groups.retain(|g| {
            let joined = !g.is_disjoint(&mine) && leaves(translation, g) + leaves(translation, &mine) <= BATCH_LEAVES;
            if joined {
                mine.extend(g);
            }
            !joined
        });
        groups.push(mine);
    }
    let cost = |g: &BTreeSet<usize>| leaves(translation, g) + 2 * g.len();
    groups.sort_by_key(|g| std::cmp::Reverse(cost(g)));
    let all: usize = groups.iter().map(cost).sum();
    let count = all.div_ceil(BATCH_LEAVES).max(jobs).min(groups.len()).max(1);
    let mut bins: Vec<(usize, BTreeSet<usize>)> = vec![(0, BTreeSet::new()); count];
    for group in groups {
        if let Some(bin) = bins.iter_mut().min_by_key(|b| b.0) {
            bin.0 += cost(&group);
            bin.1.extend(group);
        }
    }
    let ordered = bins.into_iter().filter(|b| !b.1.is_empty());
    ordered.filter_map(|(_, units)| order(translation, &units.into_iter().collect::<Vec<_>>()).ok()).collect()
}

fn leaves(translation: &Translation, units: &BTreeSet<usize>) -> usize {
    units.iter().filter_map(|u| translation.units.get(*u)).map(|u| u.obligations.len()).sum()
}

/// What is to be tried on each leaf of a unit, in this order: its stored proof first.
fn candidates_of(request: &Request<'_>, unit: &Unit) -> Vec<Vec<Candidate>> {
    let stored = request.proofs.map(|p| p.load(&unit.function)).unwrap_or_default();
    let in_definition = names_in(&unit.definition);
    let of = |obligation: &Obligation| {
        let mut known = names_in(&obligation.statement);
        known.extend(in_definition.iter().cloned());
        known.insert(unit.lean_name.clone());
        let block: Option<Block> = stored
            .get(&leaf_key(obligation))
            .and_then(|text| request.proofs.and_then(|p| p.admit(&unit.function, text, &known)));
        candidates(obligation, block, &known)
    };
    unit.obligations.iter().map(of).collect()
}

fn prepare(request: &Request<'_>, units: &[usize]) -> Batch {
    let mut leaves = BTreeMap::new();
    for index in units {
        let Some(unit) = request.translation.units.get(*index) else { continue };
        if request.trusted.contains(index) {
            continue;
        }
        for (i, rest) in candidates_of(request, unit).into_iter().enumerate() {
            leaves.insert((*index, i), Leaf::Open { rest, late: Vec::new(), out_of_budget: false });
        }
    }
    Batch { units: units.to_vec(), leaves, judged: BTreeMap::new() }
}

fn finish(
    request: &Request<'_>,
    batch: &Batch,
    keys: &BTreeMap<usize, String>,
    time: Duration,
    publish: &dyn Fn(UnitReport),
) {
    let all = batch.leaves.len().max(1);
    let proved_unit = |u: &usize| {
        request.trusted.contains(u)
            || request.translation.units.get(*u).is_some_and(|u| !has_theorem(u))
            || matches!(batch.judged.get(u), Some(Judged::Proved { .. }))
    };
    for index in &batch.units {
        let Some(unit) = request.translation.units.get(*index) else { continue };
        let mut accepted = Vec::new();
        let mut open = Vec::new();
        let mut found = Found::Store;
        for (i, obligation) in unit.obligations.iter().enumerate() {
            match batch.leaves.get(&(*index, i)) {
                Some(Leaf::Closed(c, _)) => {
                    if c.origin != Origin::Store {
                        found = Found::Portfolio;
                    }
                    accepted.push((leaf_key(obligation), obligation.kind.clone(), c.block.clone()));
                }
                _ => open.push(i),
            }
        }
        if unit.obligations.is_empty() {
            found = Found::Portfolio;
        }
        let proved = accepted.len();
        if let (Some(store), false) = (request.proofs, accepted.is_empty()) {
            // A store that cannot be written costs time on the next run, not truth on this one.
            let _ = store.save(&unit.function, &accepted);
        }
        let outcome = match batch.judged.get(index) {
            Some(Judged::Proved { axioms, trusted }) => {
                // The callees' theorems are beneath this one, so the audit covered them.
                if let (Some(store), Some(key)) = (request.verdicts, keys.get(index)) {
                    let names = trusted
                        .iter()
                        .filter_map(|t| request.translation.units.get(*t))
                        .map(|u| u.function.clone())
                        .collect();
                    let _ = store.put("proved", key, &ProvedRecord { axioms: axioms.clone(), trusted: names, found });
                }
                Outcome::Proved { axioms: axioms.clone(), trusted: trusted.clone(), found, cached: false }
            }
            Some(Judged::Open { .. }) if open.is_empty() => {
                Outcome::Callees(unit.depends.iter().copied().filter(|d| !proved_unit(d)).collect())
            }
            Some(Judged::Open { timeout }) => {
                if let (Some(store), Some(key), None) = (request.verdicts, keys.get(index), request.total_time) {
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
        let share = u32::try_from(unit.obligations.len()).unwrap_or(1);
        let time = time * share / u32::try_from(all).unwrap_or(1).max(1);
        publish(UnitReport { unit: *index, outcome, proved, total: unit.obligations.len(), time });
    }
}
