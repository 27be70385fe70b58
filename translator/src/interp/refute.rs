//! The search for counterexamples and for witnesses of `requires`.
//!
//! Inputs are tried from simple to odd: all combinations of simple values, then random ones; inputs that miss `requires` are
//! moved toward it downhill; inputs that meet it are kept and varied. A candidate is made smaller while it still fails, and
//! run once more before it is reported.

use super::distance_budget;
use super::generate::Generator;
use super::machine::{Limits, Stop};
use super::run::{Instance, Run, Trace, Truth, well_typed};
use super::shrink::shrink;
use super::types::{enumerate_type, is_evident, samples, simplest};
use super::value::Value;
use super::{Counterexample, Happened, Input, LoopHint};
use crate::tir::{FnId, IntTy, Program, Ty};

/// Limits of a search. The work is counted, not timed, so that the search repeats exactly.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Inputs tried.
    pub inputs: usize,
    /// Evaluation steps, over all inputs together (some millions a second).
    pub total_steps: u64,
    /// Limits of one run.
    pub limits: Limits,
    /// Steps after which a run that never showed a repeated state counts as one that does not return (small inputs only).
    pub long_steps: u64,
    /// Seed.
    pub seed: u64,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { inputs: 6_000, total_steps: 6_000_000, limits: Limits::default(), long_steps: 3_000_000, seed: 1 }
    }
}

/// What the search found.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A counterexample, made small and run again.
    Refuted(Box<Counterexample>),
    /// None within the budget.
    NotFound,
    /// The function cannot be run at all, and why (no body, a parameter whose values cannot be made).
    NotRunnable(String),
}

/// Result of [`refute`].
#[derive(Clone, Debug)]
pub struct Refutation {
    /// What was found.
    pub outcome: Outcome,
    /// Inputs tried.
    pub tried: usize,
    /// Those that meet `requires`.
    pub met_requires: usize,
    /// Those among them whose run agreed with the spec for sure.
    pub good: usize,
    /// Why the last undecided run or condition was undecided.
    pub undecided: Option<String>,
    /// Inputs that meet `requires`: it is satisfiable. `None`: none was found (which does not show that there is none).
    pub witness: Option<Vec<Input>>,
    /// Loop invariants seen false at run time.
    pub hints: Vec<LoopHint>,
}

/// Looks for inputs that meet `requires` and contradict the rest of the spec.
pub fn refute(program: &Program, f: FnId, budget: &Budget) -> Refutation {
    match crate::stack::large("interpreter", || search(program, f, budget)) {
        Ok(Ok(r)) => r,
        Ok(Err(_)) => not_runnable("the interpreter failed"),
        Err(e) => not_runnable(&format!("no thread for the interpreter: {e}")),
    }
}

fn not_runnable(why: &str) -> Refutation {
    Refutation {
        outcome: Outcome::NotRunnable(why.to_string()),
        tried: 0,
        met_requires: 0,
        good: 0,
        undecided: None,
        witness: None,
        hints: vec![],
    }
}

fn search(program: &Program, f: FnId, budget: &Budget) -> Refutation {
    let Some(function) = program.functions.get(f.0) else { return not_runnable("no such function") };
    if function.body.is_none() && function.spec.is_none() {
        return not_runnable("the function has no body");
    }
    let mut best: Option<Refutation> = None;
    let choices: &[IntTy] = if function.generics.is_empty() { &[IntTy::I32] } else { &[IntTy::I32, IntTy::U8] };
    for t in choices {
        let Some(instance) = instance(program, f, *t) else { return not_runnable("no such function") };
        let mut s = Search::new(instance, *budget);
        s.go();
        let mut r = s.finish();
        if function.not_for_integers && matches!(r.outcome, Outcome::Refuted(_)) {
            // No type that its parameters stand for need have such values.
            r.outcome = Outcome::NotFound;
        }
        let found = matches!(r.outcome, Outcome::Refuted(_));
        best = match best {
            Some(b) if !found => Some(b),
            _ => Some(r),
        };
        if found {
            break;
        }
    }
    best.unwrap_or_else(|| not_runnable("no instance of the function"))
}

/// A function with this integer for its type parameters.
fn instance(program: &Program, f: FnId, t: IntTy) -> Option<Instance<'_>> {
    let function = program.functions.get(f.0)?;
    let constant = |name: &String| function.constants.iter().find(|c| c.0 == *name).map(|c| c.1.clone());
    let choose = |name| constant(name).map_or(Ty::Int(t), |value| Ty::Opaque(value, vec![]));
    let types: Vec<Ty> = function.generics.iter().map(choose).collect();
    Instance::new(program, f, &types)
}

/// An instance of the function, and inputs of it that meet `requires`: a sample of those that a search with this budget comes upon.
pub fn sample<'p>(program: &'p Program, f: FnId, budget: &Budget) -> Option<(Instance<'p>, Vec<Vec<Value>>)> {
    let instance = instance(program, f, IntTy::I32)?;
    let search = || {
        let mut search = Search::new(instance.clone(), *budget);
        search.go();
        search.corpus
    };
    let corpus = crate::stack::large("interpreter", search).ok()?.ok()?;
    Some((instance, corpus))
}

/// A search in progress.
struct Search<'p> {
    instance: Instance<'p>,
    types: Vec<Ty>,
    budget: Budget,
    generator: Generator<'p>,
    steps: u64,
    long_runs: usize,
    /// Inputs that meet `requires`.
    corpus: Vec<Vec<Value>>,
    result: Refutation,
}

impl<'p> Search<'p> {
    fn new(instance: Instance<'p>, budget: Budget) -> Search<'p> {
        let types = instance.params.iter().map(|(_, t)| t.clone()).collect();
        let generator = Generator::new(instance.program, instance.id, budget.seed);
        let mut result = not_runnable("");
        result.outcome = Outcome::NotFound;
        Search { instance, types, budget, generator, steps: 0, long_runs: 0, corpus: vec![], result }
    }

    fn finish(mut self) -> Refutation {
        if self.result.witness.is_none() {
            self.result.witness = self.corpus.first().map(|v| self.inputs(v));
        }
        self.result
    }

    fn inputs(&self, values: &[Value]) -> Vec<Input> {
        let params = self.instance.params.iter();
        params.zip(values).map(|((n, t), v)| Input { name: n.clone(), ty: t.clone(), value: v.clone() }).collect()
    }

    fn done(&self) -> bool {
        !matches!(self.result.outcome, Outcome::NotFound)
            || self.result.tried >= self.budget.inputs
            || self.steps >= self.budget.total_steps
    }

    fn go(&mut self) {
        let program = self.instance.program;
        for (name, ty) in &self.instance.params {
            let nested = match ty {
                Ty::Ref(true, t) => has_mut(t),
                t => has_mut(t),
            };
            if nested || simplest(program, ty, 0).is_none() {
                self.result.outcome = Outcome::NotRunnable(format!("no values can be made for the parameter `{name}`"));
                return;
            }
        }
        self.systematic();
        self.random();
    }

    /// Combinations of simple values, the simplest first.
    fn systematic(&mut self) {
        let program = self.instance.program;
        let pools: Vec<Vec<Value>> = self.types.clone().iter().map(|t| self.pool(t)).collect();
        let whole: u64 = pools.iter().map(|p| p.len() as u64).fold(1, u64::saturating_mul);
        let cap = (self.budget.inputs as u64 / 3).max(64);
        // All of a small domain, else the corner of simplest values.
        let small: Option<Vec<Vec<Value>>> =
            self.types.iter().map(|t| enumerate_type(program, t.peel(), 65_536)).collect();
        let small = small.filter(|p| p.iter().map(|p| p.len() as u64).fold(1, u64::saturating_mul) <= 65_536);
        let pools = match small {
            Some(p) => {
                let total = p.iter().map(Vec::len).product::<usize>();
                self.budget.inputs = self.budget.inputs.max(total + 1);
                p
            }
            None if whole <= cap => pools,
            None => {
                let mut side = 1usize;
                while ((side + 1) as u64).saturating_pow(u32::try_from(pools.len()).unwrap_or(u32::MAX)) <= cap {
                    side += 1;
                }
                pools.into_iter().map(|p| p.into_iter().take(side.max(2)).collect()).collect()
            }
        };
        let mut odometer = vec![0usize; pools.len()];
        let mut tried: u64 = 0;
        loop {
            if self.done() || (tried > cap && self.budget.inputs as u64 / 3 < tried && tried > 65_536) {
                return;
            }
            let values = odometer.iter().zip(&pools).filter_map(|(i, p)| p.get(*i).cloned()).collect::<Vec<_>>();
            if values.len() != pools.len() {
                return;
            }
            self.attempt(&values);
            tried += 1;
            let mut digit = 0;
            while digit < odometer.len() {
                odometer[digit] += 1;
                if odometer[digit] < pools[digit].len() {
                    break;
                }
                odometer[digit] = 0;
                digit += 1;
            }
            if digit == odometer.len() {
                return;
            }
        }
    }

    fn pool(&mut self, ty: &Ty) -> Vec<Value> {
        let mut values = match ty.peel() {
            Ty::Int(t) => {
                let mut v: Vec<Value> = super::types::edge_ints(*t).into_iter().map(Value::Int).collect();
                let near = self.generator.constants.iter().filter(|x| super::int_ops::fits(*t, x)).take(12);
                let near: Vec<_> = near.cloned().map(Value::Int).collect();
                let at = v.len().min(8);
                v.splice(at..at, near);
                v
            }
            t @ (Ty::Bool | Ty::Char) => samples(self.instance.program, t),
            t => {
                let mut v: Vec<Value> = simplest(self.instance.program, t, 0).into_iter().collect();
                for _ in 0..48 {
                    v.extend(self.generator.value(t, 1));
                }
                v.sort_by_key(Value::size);
                v
            }
        };
        let mut seen: Vec<Value> = Vec::new();
        values.retain(|v| {
            let new = !seen.contains(v);
            if new {
                seen.push(v.clone());
            }
            new
        });
        values
    }

    fn random(&mut self) {
        let mut round: usize = 0;
        while !self.done() {
            round += 1;
            let from_corpus = !self.corpus.is_empty() && !round.is_multiple_of(4);
            if from_corpus {
                let i = self.generator.rng.below(self.corpus.len());
                let mut values = self.corpus[i].clone();
                for _ in 0..=self.generator.rng.below(3) {
                    self.generator.mutate(&mut values, &self.types);
                }
                self.attempt(&values);
                continue;
            }
            let values: Option<Vec<Value>> = self.types.clone().iter().map(|t| self.generator.value(t, 0)).collect();
            let Some(values) = values else { return };
            if !self.attempt(&values) && (self.corpus.len() < 32 || self.generator.rng.one_in(4)) {
                self.climb(values);
            }
        }
    }

    /// Moves inputs toward `requires`, a random change at a time.
    fn climb(&mut self, mut values: Vec<Value>) {
        let mut d = self.distance(&values);
        for _ in 0..300 {
            if self.done() {
                return;
            }
            if d == 0.0 {
                // The distance is a guide only: `attempt` decides.
                self.attempt(&values);
                return;
            }
            let mut next = values.clone();
            for _ in 0..=self.generator.rng.below(2) {
                self.generator.mutate(&mut next, &self.types);
            }
            let e = self.distance(&next);
            if e <= d {
                values = next;
                d = e;
            }
        }
    }

    fn distance(&mut self, values: &[Value]) -> f64 {
        let (mut m, _) = self.instance.set_up(values, distance_budget(self.budget.limits));
        m.spec = true;
        let mut wanted = Vec::new();
        let requires = self.instance.function.spec.as_ref().map_or(&[][..], |s| &s.requires);
        let mut d = 0.0;
        for c in requires {
            d += m.distance(c, true, &mut wanted);
        }
        if d == 0.0 && self.instance.requires_in(&mut m, values) != Truth::True {
            // Type invariants have no distance of their own.
            d = 16.0;
        }
        if !wanted.is_empty() {
            self.generator.wanted = wanted;
        }
        self.steps += m.steps;
        d
    }

    /// Runs one input; whether it meets `requires`.
    fn attempt(&mut self, values: &[Value]) -> bool {
        self.result.tried += 1;
        let mut trace = Trace::default();
        let watch = self.result.hints.len() < 8;
        let run = self.instance.run(values, self.budget.limits, watch, &mut trace);
        self.steps += trace.steps;
        if let Run::NotMet(truth) = run {
            if let Truth::Unknown(why) = truth {
                self.result.undecided = Some(why);
            }
            return false;
        }
        self.result.met_requires += 1;
        if self.corpus.len() < 256 {
            self.corpus.push(values.to_vec());
        } else {
            let i = self.generator.rng.below(self.corpus.len());
            self.corpus[i] = values.to_vec();
        }
        if self.result.witness.is_none() {
            self.result.witness = Some(self.inputs(values));
        }
        for mut h in trace.hints {
            if !self.result.hints.iter().any(|k| k.span == h.span) {
                h.inputs = self.inputs(values);
                self.result.hints.push(h);
            }
        }
        match run {
            Run::NotMet(_) => {}
            Run::Good { undecided: false, .. } => self.result.good += 1,
            Run::Good { undecided: true, .. } => {
                self.result.undecided = Some("a part of `ensures` could not be evaluated".into());
            }
            Run::Bad { happened, .. } => self.report(values, &happened),
            Run::Inconclusive(stop) => self.inconclusive(values, stop),
        }
        true
    }

    fn inconclusive(&mut self, values: &[Value], stop: Stop) {
        let exhausted = matches!(stop, Stop::Steps | Stop::Depth);
        self.result.undecided = Some(match stop {
            Stop::Steps => "a run took more steps than its budget".into(),
            Stop::Depth => "a run nested deeper than its budget".into(),
            Stop::Memory => "a run took more memory than its budget".into(),
            Stop::Unknown(why, _) => why,
            Stop::Cycle(_) | Stop::Partial(_) => "a run could not be told".into(),
        });
        // Only tiny inputs: a run that merely takes long must not be called one that never ends.
        if exhausted && self.long_runs < 3 && values.iter().all(is_tiny) {
            self.long_runs += 1;
            let mut trace = Trace::default();
            match self.instance.run(values, self.long_limits(), false, &mut trace) {
                Run::Bad { happened, .. } => self.report(values, &happened),
                Run::Inconclusive(Stop::Steps) => {
                    let span = self.instance.function.sig_span;
                    let happened = Happened::DidNotReturn { steps: trace.steps, proven: false, span };
                    self.accept(values.to_vec(), happened, vec![None; values.len()]);
                }
                _ => {}
            }
        }
    }

    fn long_limits(&self) -> Limits {
        let l = self.budget.limits;
        Limits { steps: self.budget.long_steps, depth: 4 * l.depth, memory: 8 * l.memory, ..l }
    }

    /// Shrinks a candidate, runs it again, and takes it.
    fn report(&mut self, values: &[Value], happened: &Happened) {
        let limits = Limits { steps: self.budget.limits.steps * 2, ..self.budget.limits };
        let instance = self.instance.clone();
        let run = |v: &[Value]| match instance.run(v, limits, false, &mut Trace::default()) {
            Run::Bad { happened: h, exits } if same_kind(&h, happened) => Some((h, exits)),
            _ => None,
        };
        let small = shrink(self.instance.program, &self.types, values, &|v| run(v).is_some());
        for v in [small.as_slice(), values] {
            let typed = v.iter().zip(&self.types).all(|(v, t)| well_typed(self.instance.program, t, v));
            if typed
                && self.is_evident(v)
                && let Some((h, exits)) = run(v)
            {
                self.accept(v.to_vec(), h, exits);
                return;
            }
        }
        // Only reached when the failing run needed the long budget.
        let again = self.instance.run(values, self.long_limits(), false, &mut Trace::default());
        if let Run::Bad { happened, exits } = again {
            self.accept(values.to_vec(), happened, exits);
        }
    }

    fn is_evident(&self, values: &[Value]) -> bool {
        let program = self.instance.program;
        values.iter().zip(&self.types).all(|(v, t)| is_evident(program, t, v))
    }

    fn accept(&mut self, values: Vec<Value>, happened: Happened, exits: Vec<Option<Value>>) {
        if !self.is_evident(&values) {
            self.result.undecided = Some("what fails needs a value of a type that is not looked into".into());
            return;
        }
        self.result.outcome = Outcome::Refuted(Box::new(Counterexample {
            function: self.instance.id,
            type_args: self.instance.type_args(),
            inputs: self.inputs(&values),
            happened,
            exits,
        }));
    }
}

fn same_kind(a: &Happened, b: &Happened) -> bool {
    match (a, b) {
        (Happened::Panicked(x), Happened::Panicked(y)) => x.cause == y.cause && x.span == y.span,
        (Happened::EnsuresFalse { index: i, .. }, Happened::EnsuresFalse { index: j, .. }) => i == j,
        (Happened::EnsuresUndefined { index: i, .. }, Happened::EnsuresUndefined { index: j, .. }) => i == j,
        (
            Happened::InvariantFalse { broken: x, parameter: p, .. },
            Happened::InvariantFalse { broken: y, parameter: q, .. },
        ) => x.adt == y.adt && x.index == y.index && p == q,
        (Happened::DidNotReturn { .. }, Happened::DidNotReturn { .. }) => true,
        _ => false,
    }
}

fn is_tiny(v: &Value) -> bool {
    match v {
        Value::Int(x) => x.bits() <= 2,
        v => v.children().is_none_or(|c| c.len() <= 3 && c.iter().all(is_tiny)),
    }
}

fn has_mut(t: &Ty) -> bool {
    match t {
        Ty::Ref(true, _) => true,
        Ty::Ref(false, t) | Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => has_mut(t),
        Ty::Tuple(ts) | Ty::Adt(_, ts) => ts.iter().any(has_mut),
        _ => false,
    }
}
