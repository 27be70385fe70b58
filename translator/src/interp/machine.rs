//! The interpreter's state: stack, budgets, and reading and writing of places.

use std::sync::Arc;

use super::value::{Located, Place, Step, Value};
use super::{LoopHint, int_ops::IntPanic};
use crate::span::Span;
use crate::tir::{FnId, Local, LoopId, PanicKind, Program, Ty};

/// Class of a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PanicCause {
    /// Integer overflow, division by zero, shift amount.
    Int(IntPanic),
    /// An index or a range outside a slice.
    Bounds,
    /// `unwrap` or `expect` on `None` or `Err`.
    Unwrap,
    /// A capacity above `isize::MAX` bytes.
    Capacity,
    /// `panic!` and its kin.
    Macro(PanicKind),
    /// Another assertion of std (`step_by(0)`).
    Std,
}

/// A panic: what and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicInfo {
    /// Class.
    pub cause: PanicCause,
    /// Message as Rust prints it.
    pub message: String,
    /// The expression that panics.
    pub span: Span,
}

/// Why evaluation stops without a Rust-level outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The step budget is used up.
    Steps,
    /// The nesting budget is used up.
    Depth,
    /// The memory budget is used up.
    Memory,
    /// A state repeats: the loop or recursion at this place never ends.
    Cycle(Span),
    /// A condition of a spec is not defined: what it would panic with.
    Partial(Box<PanicInfo>),
    /// The interpreter cannot tell (with the reason).
    Unknown(String, Span),
}

/// Leaving an expression other than with a value.
#[derive(Clone, Debug)]
pub(crate) enum Flow {
    Break(LoopId, Value),
    Continue(LoopId),
    Return(Value),
    Panic(PanicInfo),
    Stop(Stop),
}

pub(crate) type Eval<T> = Result<T, Box<Flow>>;

/// Limits of one evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Expression evaluations.
    pub steps: u64,
    /// Nesting of expressions, across calls.
    pub depth: usize,
    /// Elements that collections may hold together, roughly.
    pub memory: usize,
    /// Instances of one quantifier.
    pub instances: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: 200_000, depth: 8_000, memory: 1 << 20, instances: 1 << 16 }
    }
}

/// One activation of a function or of a condition.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'p> {
    pub(crate) base: usize,
    pub(crate) locals: &'p [Local],
    pub(crate) function: Option<FnId>,
    pub(crate) types: Vec<(String, Ty)>,
}

/// A call remembered to recognise endless recursion.
#[derive(Debug)]
pub(crate) struct CallMark {
    pub(crate) level: usize,
    pub(crate) function: FnId,
    pub(crate) args: Vec<Value>,
}

/// An interpreter at work.
#[derive(Debug)]
pub struct Machine<'p> {
    pub(crate) program: &'p Program,
    pub(crate) limits: Limits,
    pub(crate) slots: Vec<Value>,
    pub(crate) frames: Vec<Frame<'p>>,
    pub(crate) steps: u64,
    pub(crate) depth: usize,
    pub(crate) memory: usize,
    /// Conditions of specs: mathematical integers, panics are partiality.
    pub(crate) spec: bool,
    pub(crate) call_mark: Option<CallMark>,
    /// Whether loop invariants are evaluated at loop heads.
    pub(crate) watch_invariants: bool,
    /// Steps that such evaluations took.
    pub(crate) watch_steps: u64,
    pub(crate) hints: Vec<LoopHint>,
}

impl<'p> Machine<'p> {
    /// A fresh machine.
    pub fn new(program: &'p Program, limits: Limits) -> Machine<'p> {
        Machine {
            program,
            limits,
            slots: Vec::new(),
            frames: Vec::new(),
            steps: 0,
            depth: 0,
            memory: 0,
            spec: false,
            call_mark: None,
            watch_invariants: false,
            watch_steps: 0,
            hints: Vec::new(),
        }
    }

    pub(crate) fn stop<T>(&self, stop: Stop) -> Eval<T> {
        Err(Box::new(Flow::Stop(stop)))
    }

    /// The program is not what the interpreter expects; never a verdict about the user's code.
    pub(crate) fn malformed<T>(&self, what: &str, span: Span) -> Eval<T> {
        self.stop(Stop::Unknown(format!("the interpreter does not handle {what}"), span))
    }

    pub(crate) fn panic<T>(&self, cause: PanicCause, message: impl Into<String>, span: Span) -> Eval<T> {
        let info = PanicInfo { cause, message: message.into(), span };
        if self.spec { self.stop(Stop::Partial(Box::new(info))) } else { Err(Box::new(Flow::Panic(info))) }
    }

    pub(crate) fn int_panic<T>(&self, p: IntPanic, span: Span) -> Eval<T> {
        self.panic(PanicCause::Int(p), p.message(), span)
    }

    pub(crate) fn tick(&mut self) -> Eval<()> {
        self.steps += 1;
        if self.steps > self.limits.steps { self.stop(Stop::Steps) } else { Ok(()) }
    }

    pub(crate) fn allocate(&mut self, elements: usize) -> Eval<()> {
        self.memory = self.memory.saturating_add(elements);
        if self.memory > self.limits.memory { self.stop(Stop::Memory) } else { Ok(()) }
    }

    pub(crate) fn push_frame(&mut self, locals: &'p [Local], function: Option<FnId>, types: Vec<(String, Ty)>) {
        let base = self.slots.len();
        self.slots.resize(base + locals.len(), Value::Uninit);
        self.frames.push(Frame { base, locals, function, types });
    }

    pub(crate) fn pop_frame(&mut self) {
        if let Some(f) = self.frames.pop() {
            self.slots.truncate(f.base);
        }
    }

    pub(crate) fn local_slot(&self, local: usize, span: Span) -> Eval<usize> {
        match self.frames.last() {
            Some(f) if local < f.locals.len() => Ok(f.base + local),
            _ => self.malformed("a local outside its function", span),
        }
    }

    /// A type with the parameters of the current function replaced.
    pub(crate) fn concrete(&self, ty: &Ty) -> Ty {
        match self.frames.last() {
            Some(f) => substitute(ty, &f.types),
            None => ty.clone(),
        }
    }

    /// The value at a place, without copying; `None` for a sub-slice or an ill-formed path.
    pub(crate) fn peek(&self, place: &Place) -> Option<&Value> {
        let mut v = self.slots.get(place.slot)?;
        for step in &place.path {
            match step {
                Step::At(i) => v = v.children()?.get(*i)?,
                Step::Range(..) => return None,
            }
        }
        Some(v)
    }

    /// The value at a place, for writing; a sub-slice yields the list that it is a part of.
    pub(crate) fn peek_mut(&mut self, place: &Place) -> Option<&mut Value> {
        let mut v = self.slots.get_mut(place.slot)?;
        for step in &place.path {
            match step {
                Step::At(i) => v = v.children_mut()?.get_mut(*i)?,
                Step::Range(..) => break,
            }
        }
        Some(v)
    }

    pub(crate) fn read(&self, place: &Place, span: Span) -> Eval<Value> {
        if let Some(v) = self.peek(place) {
            return match v {
                Value::Uninit => self.malformed("a variable that is not initialised", span),
                v => Ok(v.clone()),
            };
        }
        if let Some((Step::Range(lo, hi), init)) = place.path.split_last() {
            let whole = Place { slot: place.slot, path: init.to_vec() };
            if let Some(Value::List(items)) = self.peek(&whole)
                && let Some(part) = items.get(*lo..*hi)
            {
                return Ok(Value::list(part.to_vec()));
            }
        }
        self.malformed("this place", span)
    }

    pub(crate) fn write(&mut self, place: &Place, value: Value, span: Span) -> Eval<()> {
        if !matches!(place.path.last(), Some(Step::Range(..)))
            && let Some(v) = self.peek_mut(place)
        {
            *v = value;
            return Ok(());
        }
        self.malformed("an assignment to this place", span)
    }

    /// The list behind a place with the window that the place denotes.
    pub(crate) fn list_mut(&mut self, place: &Place, span: Span) -> Eval<(&mut Vec<Value>, usize, usize)> {
        let window = match place.path.last() {
            Some(Step::Range(lo, hi)) => Some((*lo, *hi)),
            _ => None,
        };
        if !matches!(self.peek_mut(place), Some(Value::List(_))) {
            return self.malformed("this collection", span);
        }
        match self.peek_mut(place) {
            Some(Value::List(items)) => {
                let items = Arc::make_mut(items);
                let (lo, hi) = window.unwrap_or((0, items.len()));
                Ok((items, lo, hi))
            }
            _ => Err(Box::new(Flow::Stop(Stop::Unknown("a collection".into(), span)))),
        }
    }

    pub(crate) fn located_value(&self, at: Located, span: Span) -> Eval<Value> {
        match at {
            Located::Value(v) => Ok(v),
            Located::Place(p) => self.read(&p, span),
        }
    }

    pub(crate) fn part(&self, at: Located, step: Step, span: Span) -> Eval<Located> {
        match at {
            Located::Place(p) => Ok(Located::Place(p.then(step))),
            Located::Value(v) => {
                let part = match (v.children(), step) {
                    (Some(c), Step::At(i)) => c.get(i).cloned(),
                    (Some(c), Step::Range(lo, hi)) => c.get(lo..hi).map(|s| Value::list(s.to_vec())),
                    (None, _) => None,
                };
                match part {
                    Some(v) => Ok(Located::Value(v)),
                    None => self.malformed("a part of this value", span),
                }
            }
        }
    }

    /// Looks through mutable references.
    pub(crate) fn strip(&self, mut at: Located) -> Located {
        loop {
            let next = match &at {
                Located::Value(Value::Mut(p)) => p.clone(),
                Located::Place(p) => match self.peek(p) {
                    Some(Value::Mut(q)) => q.clone(),
                    _ => return at,
                },
                Located::Value(_) => return at,
            };
            at = Located::Place(next);
        }
    }

    /// Length of the list at a place or in a value.
    pub(crate) fn length(&self, at: &Located, span: Span) -> Eval<usize> {
        let n = match at {
            Located::Value(Value::List(l)) => Some(l.len()),
            Located::Value(_) => None,
            Located::Place(p) => match p.path.last() {
                Some(Step::Range(lo, hi)) => Some(hi - lo),
                _ => match self.peek(p) {
                    Some(Value::List(l)) => Some(l.len()),
                    _ => None,
                },
            },
        };
        match n {
            Some(n) => Ok(n),
            None => self.malformed("the length of this value", span),
        }
    }

    /// The value with every mutable reference in it replaced by what it refers to.
    pub(crate) fn resolve(&self, v: &Value) -> Value {
        match v {
            Value::Mut(p) => match self.read(p, Span::default()) {
                Ok(v) => self.resolve(&v),
                Err(_) => Value::Uninit,
            },
            Value::Tuple(c) if has_mut(v) => Value::tuple(c.iter().map(|x| self.resolve(x)).collect()),
            Value::List(c) if has_mut(v) => Value::list(c.iter().map(|x| self.resolve(x)).collect()),
            Value::Adt(a, k, c) if has_mut(v) => Value::adt(*a, *k, c.iter().map(|x| self.resolve(x)).collect()),
            v => v.clone(),
        }
    }
}

fn has_mut(v: &Value) -> bool {
    match v {
        Value::Mut(_) => true,
        v => v.children().is_some_and(|c| c.iter().any(has_mut)),
    }
}

/// A type with named parameters replaced.
pub fn substitute(ty: &Ty, types: &[(String, Ty)]) -> Ty {
    let sub = |t: &Ty| substitute(t, types);
    match ty {
        Ty::Param(name) => types.iter().find(|(n, _)| n == name).map_or_else(|| ty.clone(), |(_, t)| t.clone()),
        Ty::Tuple(ts) => Ty::Tuple(ts.iter().map(sub).collect()),
        Ty::Adt(a, ts) => Ty::Adt(*a, ts.iter().map(sub).collect()),
        Ty::Opaque(name, ts) => Ty::Opaque(name.clone(), ts.iter().map(sub).collect()),
        Ty::Ref(m, t) => Ty::Ref(*m, Box::new(sub(t))),
        Ty::Slice(t) => Ty::Slice(Box::new(sub(t))),
        Ty::Array(t, n) => Ty::Array(Box::new(sub(t)), *n),
        Ty::Vec(t) => Ty::Vec(Box::new(sub(t))),
        t => t.clone(),
    }
}
