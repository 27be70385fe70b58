//! `cargo harmonic train`: the prover against functions that it invents.
//!
//! Rounds of inventions: the interpreter looks for inputs that contradict their specs, and what it does not refute is searched for
//! proofs, in the order that the policy says, which learns from what Lean accepts. Levels open as those before them are mastered,
//! and the specs of what was proved are changed to make new ones. Functions that nothing is ever learnt from are held out, and
//! show what was gained.

mod invent;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use harmonic_lean::Cancel;
use harmonic_prover::policy::Policy;
use harmonic_prover::{Effort, Outcome, Request, prove};
use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::interp::{Budget, Outcome as Search, refute};
use harmonic_translator::tir::FnId;
use harmonic_translator::translate::translate;
use serde::Serialize;

use crate::cli::{Table, Train};
use crate::engine::Choice;
use crate::failure::Failure;
use crate::jobs;
use crate::learning::Learning;
use crate::terminal;
use invent::{Draw, Invention, LEVELS, invent};

/// Functions of a round.
const ROUND: usize = 12;
/// How many times what was learnt is measured, the beginning and the end included.
const MEASURED: u32 = 6;
/// Time for an invented function: those that take longer teach too little for it.
const UNIT_TIME: Duration = Duration::from_secs(30);
/// The next level opens when so large a part of a round's obligations is closed at the first attempt.
const MASTERED: f64 = 0.8;

/// A point of the curve.
#[derive(Clone, Debug, Default, Serialize)]
struct Point {
    reason: &'static str,
    /// Seconds of training.
    seconds: f64,
    /// Functions invented, and what came of them.
    invented: usize,
    refuted: usize,
    proved: usize,
    open: usize,
    /// Levels that are open.
    levels: usize,
    /// Of the functions held out: obligations, and how many of them were closed, and at the first attempt.
    obligations: usize,
    closed: usize,
    closed_at_once: usize,
    /// Attempts and milliseconds of Lean for each obligation closed.
    attempts: f64,
    lean_ms: f64,
}

/// What came of a round.
#[derive(Default)]
struct Round {
    refuted: usize,
    open: usize,
    proved: Vec<Invention>,
    leaves: Vec<Effort>,
}

impl Round {
    fn closed(&self) -> impl Iterator<Item = &Effort> {
        self.leaves.iter().filter(|l| l.closed)
    }
    fn closed_at_once(&self) -> usize {
        self.closed().filter(|l| l.attempts == 1).count()
    }
}

/// Runs the command; the exit status: 0.
///
/// # Errors
/// What keeps the tool from doing its work.
pub fn run(args: &Train, cancel: &Cancel) -> Result<u8, Failure> {
    let learning = match args.from_empty {
        true => Learning::empty(args.policy.clone())?,
        false => Learning::open(args.policy.clone())?,
    };
    let lean = Choice::find(args.lean.as_deref(), std::path::Path::new(""))?;
    let training = Training { args, cancel, lean: &lean, jobs: args.jobs.unwrap_or_else(jobs::default).max(1) };
    let mut held_out = Draw::new(args.seed ^ 0x5eed_0f0b_ad00_7e57);
    let held_out: Vec<Invention> =
        (0..args.held_out).map(|i| invent(&mut held_out, &format!("held{i}"), LEVELS)).collect();
    training.headline()?;
    let mut total = Point { reason: "training", levels: 2, ..Point::default() };
    training.measure(&mut total, learning.policy(), &held_out)?;
    let mut draw = Draw::new(args.seed);
    let mut pool: Vec<Invention> = Vec::new();
    let mut spent = Duration::ZERO;
    let mut measured = 1;
    while spent < args.time && !cancel.is_cancelled() {
        let started = Instant::now();
        let names = (total.invented..total.invented + ROUND).map(|i| format!("f{i}"));
        let round: Vec<Invention> = names
            .map(|name| match pool.len() {
                n if n > 0 && draw.below(4) == 0 => pool[draw.below(n)].changed(&mut draw, &name),
                _ => invent(&mut draw, &name, total.levels),
            })
            .collect();
        let came = training.prove(&round, learning.policy())?;
        total.invented += round.len();
        total.refuted += came.refuted;
        total.proved += came.proved.len();
        total.open += came.open;
        if came.closed_at_once() as f64 >= MASTERED * came.leaves.len() as f64 {
            total.levels = (total.levels + 1).min(LEVELS);
        }
        pool.extend(came.proved);
        learning.save().map_err(|e| Failure::new(format!("cannot write {}: {e}", args.policy.display())))?;
        spent += started.elapsed();
        total.seconds = spent.as_secs_f64();
        if spent >= args.time * measured / (MEASURED - 1) {
            measured += 1;
            training.measure(&mut total, learning.policy(), &held_out)?;
        }
    }
    Ok(0)
}

/// What all rounds have in common.
struct Training<'a> {
    args: &'a Train,
    cancel: &'a Cancel,
    lean: &'a Choice,
    jobs: usize,
}

impl Training<'_> {
    fn headline(&self) -> Result<(), Failure> {
        if self.args.message_format == Table::Json {
            return Ok(());
        }
        terminal::print(
            "          functions invented                   held out: obligations closed   for each closed\n  \
             minutes    all  refuted  proved  open  levels  closed  at once  of    attempts  Lean ms\n",
        )
    }

    /// Measures what a policy is worth on functions that nothing is learnt from, and prints it.
    fn measure(&self, total: &mut Point, policy: &Policy, held_out: &[Invention]) -> Result<(), Failure> {
        let copy = Policy::default();
        copy.read(&policy.text()).map_err(|e| Failure::new(format!("a defect of this tool: {e}")))?;
        let came = self.prove(held_out, &copy)?;
        let closed = came.closed().count();
        let each = |sum: f64| sum / closed.max(1) as f64;
        (total.obligations, total.closed, total.closed_at_once) = (came.leaves.len(), closed, came.closed_at_once());
        total.attempts = each(came.closed().map(|l| l.attempts as f64).sum());
        total.lean_ms = each(came.leaves.iter().map(|l| l.milliseconds).sum());
        if self.args.message_format == Table::Json {
            return terminal::print_json(total);
        }
        let p = total;
        terminal::print(format_args!(
            "{:>9.1}  {:>5}  {:>7}  {:>6}  {:>4}  {:>6}  {:>6}  {:>7}  {:<4}  {:>8.2}  {:>7.0}\n",
            p.seconds / 60.0,
            p.invented,
            p.refuted,
            p.proved,
            p.open,
            p.levels,
            p.closed,
            p.closed_at_once,
            p.obligations,
            p.attempts,
            p.lean_ms,
        ))
    }

    /// Refuter and prover on a crate of inventions.
    fn prove(&self, inventions: &[Invention], policy: &Policy) -> Result<Round, Failure> {
        let text: String =
            "use harmonic::*;\n".to_owned() + &inventions.iter().map(|i| i.text.as_str()).collect::<String>();
        let (program, _, errors) = load("lib.rs", &CfgSet::new(), &|_| Ok(text.clone().into_bytes()));
        if let Some(error) = errors.first() {
            return Err(Failure::new(format!("a defect of this tool: an invented function: {}", error.message)));
        }
        let (translation, _) = translate(&program);
        let units = translation.provable();
        let mut round = Round::default();
        let mut wanted: BTreeMap<usize, &Invention> = BTreeMap::new();
        for (id, function) in program.functions.iter().enumerate() {
            let Some(invention) = inventions.iter().find(|i| i.names(&function.path)) else { continue };
            if self.cancel.is_cancelled() {
                return Ok(round);
            }
            match (&refute(&program, FnId(id), &short_look()).outcome, units.get(function.path.as_str())) {
                (Search::Refuted(_), _) => round.refuted += 1,
                (_, Some(unit)) => drop(wanted.insert(*unit, invention)),
                (_, None) => {}
            }
        }
        let leaves: Mutex<BTreeMap<(String, usize), Effort>> = Mutex::default();
        let (units, basis) = (wanted.keys().copied().collect::<Vec<_>>(), self.lean.basis());
        let lean = |modules: &[(&str, &str)]| self.lean.lean(&self.args.common, modules, self.cancel);
        let request = Request {
            translation: &translation,
            wanted: &units,
            trusted: &Default::default(),
            lean: &lean,
            basis: &basis,
            proofs: None,
            locked: false,
            stages: None,
            policy: Some(policy),
            verdicts: None,
            jobs: self.jobs,
            accepted: None,
            unit_time: UNIT_TIME,
            on_event: &|event| {
                let Ok(mut leaves) = leaves.lock() else { return };
                leaves.entry((event.function.to_owned(), event.obligation)).or_default().add(event);
            },
            agents: None,
            cancel: self.cancel,
        };
        let reports = match prove(&request, &|_| {}) {
            Ok(reports) => reports,
            Err(harmonic_lean::EngineError::Cancelled) => Vec::new(),
            Err(e) => return Err(Failure::new(e.to_string())),
        };
        for report in reports {
            match (report.outcome, wanted.get(&report.unit)) {
                (Outcome::Proved { .. }, Some(invention)) => round.proved.push((*invention).clone()),
                _ => round.open += 1,
            }
        }
        round.leaves = leaves.into_inner().unwrap_or_default().into_values().collect();
        Ok(round)
    }
}

/// Enough for most false specs.
fn short_look() -> Budget {
    Budget { inputs: 1_500, total_steps: 1_000_000, ..Budget::default() }
}
