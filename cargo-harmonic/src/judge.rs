//! The verdicts of one crate: the interpreter and Lean each say what they know, and this module adds it up.
//!
//! A short look for counterexamples comes first, so that Lean spends no time on what is false; a long one follows on what
//! Lean left open.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harmonic_lean::Cancel;
use harmonic_prover::agents::Agents;
use harmonic_prover::policy::Policy;
use harmonic_prover::proofs::ProofStore;
use harmonic_prover::store::Sealed;
use harmonic_prover::{Asking, Found, Outcome, Request, UnitReport, digest, prove, verdict_key};
use harmonic_translator::diagnostic::Diagnostic;
use harmonic_translator::interp::{Budget, Outcome as Search, Refutation, Render, refute};
use harmonic_translator::span::SourceMap;
use harmonic_translator::tir::{FnId, Program};
use harmonic_translator::translate::translate;
use harmonic_translator::unit::Translation;
use serde::{Deserialize, Serialize};

use crate::cli::Common;
use crate::counterexample::{inputs_text, place, report};
use crate::engine::Choice;
use crate::events::Events;
use crate::failure::Failure;
use crate::invariants::Inferred;
use crate::loaded::name;
use crate::progress::Meter;
use crate::project::Crate;
use crate::verdict::{Count, Finding, Level, Location, OpenObligation, Status, Verdict};
use crate::verify::finding;

/// What is to be judged and with what.
pub struct Work<'a> {
    /// The crate.
    pub krate: &'a Crate,
    /// The target's triple.
    pub target: &'a str,
    /// The typed program.
    pub program: &'a Program,
    /// Its files.
    pub sources: &'a SourceMap,
    /// Functions that get a verdict.
    pub chosen: &'a [FnId],
    /// Those of them that have no spec, and are held to returning alone.
    pub plain: &'a BTreeSet<FnId>,
    /// Invariants that are not in the source, by function.
    pub inferred: &'a BTreeMap<String, Vec<Inferred>>,
    /// Switches.
    pub common: &'a Common,
    /// Which Lean judges.
    pub lean: &'a Choice,
    /// Threads.
    pub jobs: usize,
    /// Folder for accepted Lean texts.
    pub accepted: Option<&'a std::path::Path>,
    /// Where attempts are written down.
    pub events: Option<&'a Events>,
    /// Time for a proof.
    pub unit_time: Duration,
    /// Found proofs.
    pub proofs: Option<&'a ProofStore>,
    /// Whether these are all that is tried.
    pub locked: bool,
    /// How many stages of the portfolio are tried; `None`: all.
    pub stages: Option<u8>,
    /// In which order proofs are tried.
    pub policy: Option<&'a Policy>,
    /// Earlier verdicts.
    pub verdicts: Option<&'a Sealed>,
    /// Agents, who are asked for what all else left open.
    pub agents: Option<&'a Agents>,
    /// Stops everything.
    pub cancel: &'a Cancel,
}

/// The first look: enough for most false specs.
fn short_look() -> Budget {
    Budget { inputs: 400, total_steps: 200_000, ..Budget::default() }
}

/// What a search for counterexamples came to, kept for the next run. It is never believed, only used to spend less time: a
/// counterexample is found again before it is reported.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Look {
    /// Whether there was one.
    refuted: bool,
    /// Whether the long search was needed.
    long: bool,
}

/// What is known of a function.
#[derive(Default)]
struct Known {
    /// What an earlier run's searches came to.
    look: Option<Look>,
    refused: Vec<Diagnostic>,
    unit: Option<usize>,
    search: Option<Refutation>,
    /// Whether inputs that meet `requires` are known from an earlier run.
    witness_kept: bool,
    proof: Option<UnitReport>,
}

/// Judges the chosen functions, in the order of the source.
///
/// # Errors
/// If the engine cannot work at all.
pub fn judge(work: &Work<'_>) -> Result<Vec<Verdict>, Failure> {
    let program = work.program;
    if work.chosen.is_empty() {
        return Ok(Vec::new());
    }
    let (translation, refused) = translate(program);
    let basis = work.lean.basis();
    let unit_of = translation.provable();
    let trusted: HashSet<usize> =
        program.functions.iter().filter(|f| f.trusted).filter_map(|f| unit_of.get(f.path.as_str()).copied()).collect();
    let mut known: BTreeMap<usize, Known> = BTreeMap::new();
    for id in work.chosen {
        let Some(function) = program.functions.get(id.0) else { continue };
        let mut k = Known { refused: function.diagnostics.clone(), ..Known::default() };
        if let Some((_, more)) = refused.iter().find(|(f, _)| f == id) {
            k.refused.extend(more.iter().cloned());
        }
        k.unit = unit_of.get(function.path.as_str()).copied();
        known.insert(id.0, k);
    }
    let key_of = |k: &Known| k.unit.and_then(|u| verdict_key(&translation, u, &trusted, &basis));
    // What has no Lean text is known by all text of the crate.
    let texts: Vec<&str> = work.sources.files.iter().flat_map(|(path, text)| [path.as_str(), text]).collect();
    let cfg = format!("{:?} {}", work.krate.cfg, env!("CARGO_PKG_VERSION"));
    let whole = digest(&texts);
    let look_key = |id: usize, k: &Known| {
        let path = program.functions.get(id).map_or("", |f| f.path.as_str());
        key_of(k).unwrap_or_else(|| digest(&[path, &whole, &cfg]))
    };

    // Functions that were proved before, with a witness, need no second look at all.
    for (id, k) in &mut known {
        k.look = work.verdicts.and_then(|store| store.get("look", &look_key(*id, k)));
        if let (Some(store), Some(key)) = (work.verdicts, key_of(k)) {
            k.witness_kept = store.get::<bool>("witness", &key) == Some(true) && store.holds("proved", &key);
        }
    }
    let wrong = |k: &Known| k.refused.iter().any(|d| d.is_error);
    let look: Vec<FnId> = work
        .chosen
        .iter()
        .copied()
        .filter(|id| {
            let trusted = program.functions.get(id.0).is_some_and(|f| f.trusted);
            !trusted && known.get(&id.0).is_some_and(|k| !wrong(k) && !k.witness_kept)
        })
        .collect();
    let found_late = |id: &FnId| known.get(&id.0).and_then(|k| k.look).is_some_and(|l| l.refuted && l.long);
    let (long, short): (Vec<FnId>, Vec<FnId>) = look.iter().copied().partition(found_late);
    search_all(work, &mut known, &short, &short_look(), "looking for counterexamples");
    search_all(work, &mut known, &long, &Budget::default(), "looking for known counterexamples");

    let refuted = |k: &Known| matches!(&k.search, Some(Refutation { outcome: Search::Refuted(_), .. }));
    let wanted: Vec<usize> = known
        .values()
        .filter(|k| k.refused.is_empty() && !refuted(k))
        .filter_map(|k| k.unit)
        .filter(|u| !trusted.contains(u))
        .collect();
    if !wanted.is_empty() && !work.cancel.is_cancelled() {
        let reports = run_prover(work, &translation, &wanted, &trusted, &basis, None)?;
        for report in reports {
            if let Some(k) = known.values_mut().find(|k| k.unit == Some(report.unit)) {
                k.proof = Some(report);
            }
        }
    }
    let proved = |k: &Known| matches!(&k.proof, Some(UnitReport { outcome: Outcome::Proved { .. }, .. }));
    let witness = |k: &Known| k.witness_kept || k.search.as_ref().is_some_and(|s| s.witness.is_some());
    let again: Vec<FnId> = look
        .iter()
        .copied()
        .filter(|id| !long.contains(id))
        .filter(|id| known.get(&id.0).is_some_and(|k| !(refuted(k) || proved(k) && witness(k))))
        .filter(|id| known.get(&id.0).and_then(|k| k.look).is_none_or(|l| l.refuted))
        .collect();
    if !again.is_empty() && !work.cancel.is_cancelled() {
        search_all(work, &mut known, &again, &Budget::default(), "looking longer for counterexamples");
    }
    // Agents are the last to be asked: nothing is spent on what is false as far as anybody can see.
    if let Some(agents) = work.agents.filter(|_| !work.locked && !work.cancel.is_cancelled()) {
        let open = |k: &&Known| match &k.proof {
            Some(report) => matches!(report.outcome, Outcome::Open { .. } | Outcome::Callees(_)),
            None => false,
        };
        let wanted: Vec<usize> = known.values().filter(open).filter(|k| !refuted(k)).filter_map(|k| k.unit).collect();
        let before: Vec<UnitReport> = known.values().filter_map(|k| k.proof.clone()).collect();
        let asking = Asking { agents, sources: work.sources, before: &before };
        if !wanted.is_empty() {
            for report in run_prover(work, &translation, &wanted, &trusted, &basis, Some(asking))? {
                if let Some(k) = known.values_mut().find(|k| k.unit == Some(report.unit)) {
                    let time = k.proof.as_ref().map_or(Duration::ZERO, |p| p.time);
                    k.proof = Some(UnitReport { time: report.time + time, ..report });
                }
            }
        }
    }
    for id in look.iter().filter(|_| !work.cancel.is_cancelled()) {
        let (Some(store), Some(k)) = (work.verdicts, known.get(&id.0)) else { continue };
        let looked_long = long.contains(id) || again.contains(id);
        if k.search.is_some() && (refuted(k) || looked_long) {
            // As below: what is not kept costs time.
            let _ = store.put("look", &look_key(id.0, k), &Look { refuted: refuted(k), long: looked_long });
        }
    }
    for k in known.values() {
        if let (true, true, false, Some(store), Some(key)) =
            (proved(k), witness(k), k.witness_kept, work.verdicts, key_of(k))
        {
            // Not kept means looked for again: slower, not wrong.
            let _ = store.put("witness", &key, &true);
        }
    }
    Ok(work.chosen.iter().filter_map(|id| known.get(&id.0).map(|k| verdict(work, &translation, *id, k))).collect())
}

fn search_all(work: &Work<'_>, known: &mut BTreeMap<usize, Known>, ids: &[FnId], budget: &Budget, what: &str) {
    if ids.is_empty() {
        return;
    }
    let meter = Meter::new(work.common, what, ids.len());
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(FnId, Refutation)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..work.jobs.min(ids.len()) {
            scope.spawn(|| {
                while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if work.cancel.is_cancelled() {
                        return;
                    }
                    let result = refute(work.program, *id, budget);
                    if let Search::Refuted(_) = result.outcome {
                        meter.done(&name(work.krate, work.program, *id), "refuted");
                    } else {
                        meter.quietly_done();
                    }
                    if let Ok(mut all) = results.lock() {
                        all.push((*id, result));
                    }
                }
            });
        }
    });
    for (id, result) in results.into_inner().unwrap_or_default() {
        if let Some(k) = known.get_mut(&id.0) {
            // A witness found once stays found.
            let witness = k.search.take().and_then(|s| s.witness);
            k.search = Some(Refutation { witness: result.witness.clone().or(witness), ..result });
        }
    }
}

fn run_prover(
    work: &Work<'_>,
    translation: &Translation,
    wanted: &[usize],
    trusted: &HashSet<usize>,
    basis: &harmonic_prover::Basis,
    agents: Option<Asking<'_>>,
) -> Result<Vec<UnitReport>, Failure> {
    let lean = |modules: &[(&str, &str)]| work.lean.lean(work.common, modules, work.cancel);
    let what = if agents.is_some() { "asking agents" } else { "proving" };
    let request = Request {
        agents,
        translation,
        wanted,
        trusted,
        lean: &lean,
        basis,
        proofs: work.proofs,
        locked: work.locked,
        stages: work.stages,
        policy: work.policy,
        verdicts: work.verdicts,
        jobs: work.jobs,
        accepted: work.accepted,
        unit_time: work.unit_time,
        on_event: &|event| work.events.iter().for_each(|e| e.write(event)),
        cancel: work.cancel,
    };
    let meter = Meter::new(work.common, what, wanted.len());
    let done = |r: &UnitReport| {
        let word = match &r.outcome {
            Outcome::Proved { .. } => "proved",
            Outcome::Cancelled => "stopped",
            _ => "open",
        };
        if let Some(unit) = translation.units.get(r.unit) {
            meter.done(&format!("{}::{}", work.krate.name, unit.function), word);
        }
    };
    match prove(&request, &done) {
        Ok(reports) => Ok(reports),
        Err(harmonic_lean::EngineError::Cancelled) => Ok(Vec::new()),
        Err(e) => Err(Failure::new(e.to_string())),
    }
}

fn verdict(work: &Work<'_>, translation: &Translation, id: FnId, k: &Known) -> Verdict {
    let program = work.program;
    let Some(function) = program.functions.get(id.0) else { return blank(work, id) };
    let mut v = blank(work, id);
    let unit = k.unit.and_then(|u| translation.units.get(u));
    if let Some(report) = &k.proof {
        v.obligations = Count { total: report.total, proved: report.proved };
        v.time_ms = u64::try_from(report.time.as_millis()).unwrap_or(u64::MAX);
        v.engine = Some(work.lean.describe());
    } else if let Some(unit) = unit {
        v.obligations.total = unit.obligations.len();
    }
    let fail = |v: &mut Verdict, status: Status, cause: Option<&str>, message: String| {
        v.status = status;
        v.cause = cause.map(str::to_owned);
        v.message = Some(message);
    };
    // A spec or crate that is wrong comes before everything that is said of it.
    if let Some(first) = k.refused.iter().find(|d| d.is_error) {
        fail(&mut v, Status::Error, Some(first.code), first.message.clone());
        v.findings = k.refused.iter().filter(|d| d.is_error).map(finding).collect();
        return v;
    }
    if function.trusted {
        v.status = Status::Trusted;
        v.trusted = vec![v.function.clone()];
        return v;
    }
    let full = v.function.clone();
    if let Some(Refutation { outcome: Search::Refuted(c), .. }) = &k.search {
        let counterexample = report(program, work.sources, &work.krate.name, c);
        let inputs = inputs_text(program, &c.inputs);
        let happened = counterexample.happened.clone();
        let mut message = format!("with {inputs}, it {happened}");
        if matches!(&k.proof, Some(UnitReport { outcome: Outcome::Proved { .. }, .. })) {
            message
                .push_str("; yet Lean accepted its theorem: one of the two is a defect of this tool, please report it");
        }
        v.findings.push(Finding {
            level: Level::Error,
            code: None,
            title: match work.plain.contains(&id) {
                true => format!("`{full}` does not return for all arguments"),
                false => format!("`{full}` does not meet its spec"),
            },
            labels: vec![(place(&c.happened), happened), (function.sig_span, format!("called with {inputs}"))],
            notes: vec![format!("this test shows it:\n{}", counterexample.test)],
            help: None,
        });
        fail(&mut v, Status::Refuted, None, message);
        v.counterexample = Some(counterexample);
        return v;
    }
    if let Some(first) = k.refused.first() {
        fail(&mut v, Status::Unsupported, Some(first.code), first.message.clone());
        v.findings = k.refused.iter().map(finding).collect();
        if let Some(f) = v.findings.first_mut() {
            f.notes.push(format!("`{full}` is not verified because of this"));
        }
        return v;
    }
    let Some(proof) = &k.proof else {
        let stopped = work.cancel.is_cancelled();
        if stopped {
            fail(&mut v, Status::Unknown, None, "stopped before the end".into());
        } else {
            fail(
                &mut v,
                Status::Error,
                None,
                "the translator gave no theorem for it; please report this with the function".into(),
            );
            v.findings.push(plain(
                Level::Error,
                format!("`{full}` got no theorem: a defect of this tool"),
                function.sig_span,
            ));
        }
        return v;
    };
    match &proof.outcome {
        Outcome::Proved { axioms, trusted, found, .. } => {
            v.axioms.clone_from(axioms);
            v.trusted = trusted
                .iter()
                .filter_map(|t| translation.units.get(*t))
                .map(|u| format!("{}::{}", work.krate.name, u.function))
                .collect();
            v.proof = Some(
                match found {
                    Found::Store => "store",
                    Found::Portfolio => "portfolio",
                    Found::Agents => "agents",
                }
                .to_owned(),
            );
            let witness = k.witness_kept || k.search.as_ref().is_some_and(|s| s.witness.is_some());
            if witness {
                v.status = Status::Verified;
            } else if work.cancel.is_cancelled() {
                fail(&mut v, Status::Unknown, None, "stopped before inputs that meet `requires` were found".into());
            } else {
                let why = "no inputs are known that meet `requires`, so the spec may say nothing";
                fail(&mut v, Status::Unknown, Some("vacuous"), why.into());
                v.findings.push(Finding {
                    help: Some("relax `requires`, or write it so that inputs are easier to find".into()),
                    ..plain(Level::Error, format!("`requires` of `{full}` may never hold"), function.sig_span)
                });
            }
        }
        Outcome::Open { leaves, timeout } => {
            let cause = if *timeout { "timeout" } else { "exhausted" };
            let n = leaves.len();
            let open = if work.locked { "without a kept proof that holds" } else { "open" };
            let message = format!("{n} of {} obligations {} {open}", proof.total, if n == 1 { "is" } else { "are" });
            fail(&mut v, Status::Unknown, Some(cause), message);
            for leaf in leaves {
                let Some(o) = unit.and_then(|u| u.obligations.get(*leaf)) else { continue };
                v.open.push(OpenObligation {
                    kind: o.kind.clone(),
                    span: Location::of(work.sources, o.span),
                    facts: o.facts.clone(),
                    goal: o.goal.clone(),
                    lean: o.statement.clone(),
                    at: o.span,
                });
                let mut notes = Vec::new();
                if !o.facts.is_empty() {
                    notes.push(format!("known here: {}", o.facts.join(", ")));
                }
                if !o.goal.is_empty() {
                    notes.push(format!("to show: {}", o.goal));
                }
                if work.common.verbose > 0 {
                    notes.push(o.statement.clone());
                }
                let (found, help) = match work.locked {
                    true => (
                        "is kept",
                        Some("run `cargo harmonic verify` without `--locked`, and keep what it finds".into()),
                    ),
                    false => ("was found", None),
                };
                v.findings.push(Finding {
                    level: Level::Error,
                    code: None,
                    title: format!("{}, and no proof that all is well {found}", o.kind),
                    labels: vec![(o.span, o.kind.clone()), (function.sig_span, format!("in `{full}`"))],
                    notes,
                    help,
                });
            }
            hints(work, k, &mut v);
        }
        Outcome::Callees(callees) => {
            let names: Vec<String> = callees
                .iter()
                .filter_map(|u| translation.units.get(*u))
                .map(|u| format!("`{}::{}`", work.krate.name, u.function))
                .collect();
            let message = format!("it calls {}, which is not verified", names.join(", "));
            v.findings.push(plain(Level::Error, format!("`{full}` is not verified: {message}"), function.sig_span));
            fail(&mut v, Status::Unknown, Some("exhausted"), message);
        }
        Outcome::Broken(text) => {
            fail(&mut v, Status::Error, None, text.clone());
            let title = format!("`{full}`: a defect of this tool, please report it");
            v.findings.push(Finding { notes: vec![text.clone()], ..plain(Level::Error, title, function.sig_span) });
        }
        Outcome::Cancelled => fail(&mut v, Status::Unknown, None, "stopped before the end".into()),
    }
    v
}

/// Loop invariants that were seen false while the function ran: the likely reason for an open proof.
fn hints(work: &Work<'_>, k: &Known, v: &mut Verdict) {
    for hint in k.search.iter().flat_map(|s| &s.hints) {
        let render = Render { program: work.program, prefix: "" };
        let values: Vec<String> =
            hint.values.iter().map(|(n, ty, value)| format!("{n} = {}", render.value(ty, value))).collect();
        let when = if hint.entry { "when the loop is reached" } else { "after an iteration" };
        v.findings.push(Finding {
            notes: vec![
                format!("with {}", inputs_text(work.program, &hint.inputs)),
                format!("there {}", values.join(", ")),
            ],
            ..plain(Level::Warning, format!("this invariant is false {when}"), hint.span)
        });
    }
}

fn plain(level: Level, title: String, span: harmonic_translator::span::Span) -> Finding {
    Finding { level, code: None, title, labels: vec![(span, String::new())], notes: Vec::new(), help: None }
}

fn blank(work: &Work<'_>, id: FnId) -> Verdict {
    let span = work.program.functions.get(id.0).map(|f| f.span).unwrap_or_default();
    Verdict {
        reason: "harmonic-verdict",
        package: work.krate.package.clone(),
        function: name(work.krate, work.program, id),
        status: Status::Unknown,
        cause: None,
        span: Location::of(work.sources, span),
        obligations: Count::default(),
        proof: None,
        engine: None,
        time_ms: 0,
        axioms: Vec::new(),
        trusted: Vec::new(),
        message: None,
        counterexample: None,
        target: work.target.to_owned(),
        annotated: !work.plain.contains(&id),
        open: Vec::new(),
        proposed: None,
        inferred: work.inferred.get(&name(work.krate, work.program, id)).cloned().unwrap_or_default(),
        findings: Vec::new(),
    }
}
