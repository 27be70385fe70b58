//! Loops: evaluation, recognition of endless ones, and run-time checks of invariants.

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};

use super::LoopHint;
use super::machine::{Eval, Flow, Machine, PanicCause, Stop};
use super::value::{Located, Place, Step, Value};
use crate::span::Span;
use crate::tir::{ElementBy, Expr, ExprKind, ForIter, IntTy, Local, LoopId, LoopSpec, Pat, PatKind, Ty};

/// After this many iterations of one loop its states are compared (before, that would only cost time).
const WATCH_FROM: u64 = 256;
/// Steps that checks of invariants may take in one run.
const MAX_WATCH_STEPS: u64 = 50_000;
/// Violated invariants kept of one run.
const MAX_HINTS: usize = 8;

/// Recognises a state that repeats, by Brent's method: the state is kept at iterations that are powers of two.
#[derive(Default)]
struct CycleWatch {
    iteration: u64,
    kept: Option<Vec<Value>>,
}

impl<'p> Machine<'p> {
    /// `loop` (no condition) and `while`.
    pub(crate) fn run_loop(
        &mut self,
        id: LoopId,
        spec: &'p LoopSpec,
        cond: Option<&'p Expr>,
        body: &'p Expr,
        span: Span,
    ) -> Eval<Value> {
        let mut watch = CycleWatch::default();
        loop {
            self.tick()?;
            self.loop_head(spec, watch.iteration == 0);
            self.watch_cycle(&mut watch, span)?;
            let r = match cond {
                None => self.eval(body),
                Some(c) => match self.condition(c) {
                    Ok(true) => self.eval(body),
                    Ok(false) => return Ok(Value::unit()),
                    Err(flow) => Err(flow),
                },
            };
            if let Some(v) = loop_exit(id, r)? {
                return Ok(v);
            }
        }
    }

    fn watch_cycle(&mut self, watch: &mut CycleWatch, span: Span) -> Eval<()> {
        watch.iteration += 1;
        if watch.iteration < WATCH_FROM {
            return Ok(());
        }
        let state = self.state();
        if watch.kept.as_ref() == Some(&state) {
            return self.stop(Stop::Cycle(span));
        }
        if watch.iteration.is_power_of_two() {
            watch.kept = Some(state);
        }
        Ok(())
    }

    /// All that the rest of the current function's run depends on: its variables and what they refer to.
    fn state(&self) -> Vec<Value> {
        match self.frames.last() {
            Some(f) => {
                let end = f.base + f.locals.len();
                let slots = self.slots.get(f.base..end).unwrap_or_default();
                // Only types with a `&mut` in them are worth a walk through the value.
                let state = |(v, l): (&Value, &Local)| if may_borrow(&l.ty) { self.resolve(v) } else { v.clone() };
                slots.iter().zip(f.locals).map(state).collect()
            }
            None => Vec::new(),
        }
    }

    /// `for`.
    pub(crate) fn run_for(
        &mut self,
        id: LoopId,
        spec: &'p LoopSpec,
        pat: &'p Pat,
        iter: &'p ForIter,
        body: &'p Expr,
        span: Span,
    ) -> Eval<Value> {
        match iter {
            ForIter::Range { lo, hi, inclusive, rev, step } => {
                let lo_value = self.scalar(lo)?;
                let hi_value = self.scalar(hi)?;
                let step_value = match step {
                    Some(s) => Some(self.integer(s)?),
                    None => None,
                };
                if step_value.as_ref().is_some_and(Zero::is_zero) {
                    return self.panic(PanicCause::Std, "assertion failed: step != 0", span);
                }
                let (lo, hi, chars) = match (lo_value, hi_value) {
                    (Value::Int(a), Value::Int(b)) => (a, b, false),
                    (Value::Char(a), Value::Char(b)) => (BigInt::from(u32::from(a)), BigInt::from(u32::from(b)), true),
                    _ => return self.malformed("this range", span),
                };
                let end = if *inclusive { hi + 1 } else { hi };
                let plain = !rev && step_value.is_none() && !chars;
                let step = step_value.unwrap_or_else(BigInt::one);
                let mut i = if *rev { &end - 1 } else { lo.clone() };
                let mut first = true;
                loop {
                    self.tick()?;
                    let inside = if *rev { i >= lo } else { i < end };
                    if plain && self.watch_invariants {
                        // At the last head the counter stands at the end (at `lo` for an empty range).
                        let counter = if inside || first { i.clone() } else { end.clone() };
                        if let PatKind::Bind { local, .. } = &*pat.kind
                            && (!*inclusive || fits_pat(pat, &counter))
                        {
                            let slot = self.local_slot(local.0, pat.span)?;
                            self.slots[slot] = Value::Int(counter);
                            self.loop_head(spec, first);
                        }
                    }
                    if !inside {
                        return Ok(Value::unit());
                    }
                    first = false;
                    let item = match (chars, i.to_u32()) {
                        (false, _) => Some(Value::Int(i.clone())),
                        (true, code) => code.and_then(char::from_u32).map(Value::Char),
                    };
                    if *rev {
                        i -= &step;
                    } else {
                        i += &step;
                    }
                    // A char range skips the surrogates.
                    let Some(item) = item else { continue };
                    if !self.matches(pat, Located::Value(item))? {
                        return self.malformed("a `for` pattern that does not match", pat.span);
                    }
                    let r = self.eval(body);
                    if let Some(v) = loop_exit(id, r)? {
                        return Ok(v);
                    }
                }
            }
            ForIter::Elements { base, by, enumerate, rev } => {
                if *enumerate && *rev {
                    return self.malformed("`enumerate` together with `rev`", span);
                }
                let at = self.locate(base)?;
                let at = self.strip(at);
                let len = self.length(&at, base.span)?;
                let source = self.element_source(at, *by, base)?;
                for k in 0..=len {
                    self.tick()?;
                    if *enumerate
                        && self.watch_invariants
                        && let PatKind::Tuple(parts) = &*pat.kind
                        && let Some(PatKind::Bind { local, .. }) = parts.first().map(|p| &*p.kind)
                    {
                        let slot = self.local_slot(local.0, pat.span)?;
                        self.slots[slot] = Value::int(k);
                        self.loop_head(spec, k == 0);
                    } else if !*enumerate {
                        self.loop_head(spec, k == 0);
                    }
                    if k == len {
                        break;
                    }
                    let index = if *rev { len - 1 - k } else { k };
                    let item = match (&source, by) {
                        (Located::Place(p), ElementBy::RefMut) => Value::Mut(p.clone().then(Step::At(index))),
                        (source, _) => {
                            let part = self.part(source.clone(), Step::At(index), span)?;
                            self.located_value(part, span)?
                        }
                    };
                    let item = if *enumerate { Value::tuple(vec![Value::int(k), item]) } else { item };
                    if !self.matches(pat, Located::Value(item))? {
                        return self.malformed("a `for` pattern that does not match", pat.span);
                    }
                    let r = self.eval(body);
                    if let Some(v) = loop_exit(id, r)? {
                        return Ok(v);
                    }
                }
                Ok(Value::unit())
            }
        }
    }

    /// What elements are taken from: the list as it is now, or for `&mut` its place.
    fn element_source(&mut self, at: Located, by: ElementBy, base: &'p Expr) -> Eval<Located> {
        match (by, at) {
            (ElementBy::RefMut, Located::Value(v)) => {
                self.allocate(1)?;
                self.slots.push(v);
                Ok(Located::Place(Place::slot(self.slots.len() - 1)))
            }
            (ElementBy::RefMut, at) => Ok(at),
            (_, at) => Ok(Located::Value(self.located_value(at, base.span)?)),
        }
    }

    /// Evaluates the invariants at a loop head and records those that are false. Never changes the run.
    fn loop_head(&mut self, spec: &'p LoopSpec, entry: bool) {
        if !self.watch_invariants || self.hints.len() >= MAX_HINTS || spec.maintains.is_empty() {
            return;
        }
        let steps = self.steps;
        let outer = std::mem::replace(&mut self.spec, true);
        for condition in &spec.maintains {
            if self.hints.iter().any(|h| h.span == condition.span) {
                continue;
            }
            let failed = match self.condition(condition).map_err(|f| *f) {
                Ok(holds) => !holds,
                Err(Flow::Stop(Stop::Partial(_))) => true,
                Err(_) => false,
            };
            if failed {
                let mut locals = Vec::new();
                mentioned_locals(condition, &mut locals);
                let values = locals
                    .into_iter()
                    .filter_map(|l| {
                        let frame = self.frames.last()?;
                        let value = self.slots.get(frame.base + l)?;
                        let local = frame.locals.get(l)?;
                        let value = self.resolve(value);
                        (value != Value::Uninit).then(|| (local.name.clone(), local.ty.clone(), value))
                    })
                    .collect();
                let function = self.frames.last().and_then(|f| f.function);
                self.hints.push(LoopHint { function, span: condition.span, entry, values, inputs: Vec::new() });
            }
        }
        self.spec = outer;
        // Checks must not change the run, but they may not cost much more than it either.
        self.watch_steps += self.steps - steps;
        self.steps = steps;
        if self.watch_steps > MAX_WATCH_STEPS {
            self.watch_invariants = false;
        }
    }
}

fn may_borrow(ty: &Ty) -> bool {
    match ty {
        Ty::Ref(true, _) => true,
        Ty::Ref(false, t) | Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => may_borrow(t),
        Ty::Tuple(ts) | Ty::Adt(_, ts) => ts.iter().any(may_borrow),
        _ => false,
    }
}

/// Whether the counter of a range loop can hold this value (`0..=255u8` ends outside its type).
fn fits_pat(pat: &Pat, x: &BigInt) -> bool {
    match &pat.ty {
        Ty::Int(t) => super::int_ops::fits(*t, x),
        _ => super::int_ops::fits(IntTy::I128, x),
    }
}

/// The loop's value when the body's outcome leaves it, `None` when it goes on.
fn loop_exit(id: LoopId, r: Eval<Value>) -> Eval<Option<Value>> {
    match r {
        Ok(_) => Ok(None),
        Err(flow) => match *flow {
            Flow::Continue(to) if to == id => Ok(None),
            Flow::Break(to, v) if to == id => Ok(Some(v)),
            flow => Err(Box::new(flow)),
        },
    }
}

/// Locals that an expression reads, in order of first appearance.
pub(crate) fn mentioned_locals(e: &Expr, out: &mut Vec<usize>) {
    if let ExprKind::Local(l) = &*e.kind
        && !out.contains(&l.0)
    {
        out.push(l.0);
    }
    super::walk::children(e, &mut |c| mentioned_locals(c, out));
}
