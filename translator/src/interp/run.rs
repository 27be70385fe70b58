//! Running a function on inputs: `requires`, the body, `ensures`.

use super::int_ops;
use super::machine::{Eval, Flow, Limits, Machine, PanicInfo, Stop, substitute};
use super::types::field_types;
use super::value::{Located, Place, Value};
use super::{Broken, Happened, LoopHint};
use crate::span::Span;
use crate::tir::{Expr, FnId, Function, Pat, Program, Ty};

/// What a condition of a spec evaluates to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It is not defined: evaluating it divides by zero, indexes out of bounds, or calls what panics.
    Partial(PanicInfo),
    /// It cannot be told within the budget, and why.
    Unknown(String),
}

/// A function with concrete types for its generics.
#[derive(Clone, Debug)]
pub struct Instance<'p> {
    /// The program.
    pub program: &'p Program,
    /// The function's index.
    pub id: FnId,
    /// The function.
    pub function: &'p Function,
    /// Type arguments by name.
    pub types: Vec<(String, Ty)>,
    /// Parameter names and types; a `&mut T` parameter is listed as such.
    pub params: Vec<(String, Ty)>,
}

/// One run.
#[derive(Clone, Debug)]
pub enum Run {
    /// `requires` is not met (false or undefined), or cannot be told.
    NotMet(Truth),
    /// The run agrees with the spec.
    Good {
        /// What was returned.
        returned: Value,
        /// Values behind `&mut` parameters on exit, `None` for other parameters.
        exits: Vec<Option<Value>>,
        /// Whether some part of `ensures` could not be told.
        undecided: bool,
    },
    /// The run contradicts the spec.
    Bad {
        /// How.
        happened: Happened,
        /// Values behind `&mut` parameters on exit, `None` for other parameters.
        exits: Vec<Option<Value>>,
    },
    /// A budget ran out, or the interpreter cannot tell.
    Inconclusive(Stop),
}

/// What a run cost and noticed.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Steps taken.
    pub steps: u64,
    /// Invariants seen false.
    pub hints: Vec<LoopHint>,
}

impl<'p> Instance<'p> {
    /// A function of the program with types for its generics; `None` when an index is out of range.
    pub fn new(program: &'p Program, id: FnId, types: &[Ty]) -> Option<Instance<'p>> {
        let function = program.functions.get(id.0)?;
        let types: Vec<_> = function.generics.iter().cloned().zip(types.iter().cloned()).collect();
        let params = function
            .params
            .iter()
            .map(|p| function.locals.get(p.0).map(|l| (l.name.clone(), substitute(&l.ty, &types))))
            .collect::<Option<_>>()?;
        Some(Instance { program, id, function, types, params })
    }

    /// Type arguments in order.
    pub fn type_args(&self) -> Vec<Ty> {
        self.types.iter().map(|(_, t)| t.clone()).collect()
    }

    /// A machine with the arguments in place and a frame for conditions over them.
    pub(crate) fn set_up(&self, inputs: &[Value], limits: Limits) -> (Machine<'p>, Vec<Value>) {
        let mut m = Machine::new(self.program, limits);
        let mut args = Vec::with_capacity(inputs.len());
        for ((_, ty), v) in self.params.iter().zip(inputs) {
            if matches!(ty, Ty::Ref(true, _)) {
                m.slots.push(v.clone());
                args.push(Value::Mut(Place::slot(m.slots.len() - 1)));
            } else {
                args.push(v.clone());
            }
        }
        m.push_frame(&self.function.locals, Some(self.id), self.types.clone());
        let base = m.slots.len() - self.function.locals.len();
        for (p, v) in self.function.params.iter().zip(&args) {
            if let Some(slot) = m.slots.get_mut(base + p.0) {
                *slot = v.clone();
            }
        }
        (m, args)
    }

    /// Whether the inputs meet the type invariants and `requires`.
    pub fn requires(&self, inputs: &[Value], limits: Limits) -> Truth {
        let (mut m, _) = self.set_up(inputs, limits);
        self.requires_in(&mut m, inputs)
    }

    pub(crate) fn requires_in(&self, m: &mut Machine<'p>, inputs: &[Value]) -> Truth {
        let mut unknown = None;
        for ((_, ty), v) in self.params.iter().zip(inputs) {
            match invariants(m, ty, v, None, &mut None) {
                Truth::True => {}
                Truth::Unknown(why) => unknown = Some(why),
                other => return other,
            }
        }
        let requires = self.function.spec.as_ref().map_or(&[][..], |s| &s.requires);
        for c in requires {
            match truth(m, c) {
                Truth::True => {}
                Truth::Unknown(why) => unknown = Some(why),
                other => return other,
            }
        }
        unknown.map_or(Truth::True, Truth::Unknown)
    }

    /// Runs the function on inputs (the values behind references).
    pub fn run(&self, inputs: &[Value], limits: Limits, watch_invariants: bool, trace: &mut Trace) -> Run {
        let (mut m, args) = self.set_up(inputs, limits);
        let met = self.requires_in(&mut m, inputs);
        trace.steps = m.steps;
        if met != Truth::True {
            return Run::NotMet(met);
        }
        m.steps = 0;
        m.watch_invariants = watch_invariants;
        let run = self.run_body(&mut m, args.clone());
        trace.steps += m.steps + m.watch_steps;
        trace.hints = std::mem::take(&mut m.hints);
        match run {
            Err(stop) => match stop {
                Stop::Cycle(span) => {
                    let happened = Happened::DidNotReturn { steps: m.steps, proven: true, span };
                    Run::Bad { happened, exits: vec![None; args.len()] }
                }
                stop => Run::Inconclusive(stop),
            },
            Ok((happened, undecided)) => {
                let exits = args.iter().map(|a| matches!(a, Value::Mut(_)).then(|| m.resolve(a))).collect();
                match happened {
                    Ok(returned) => Run::Good { returned, exits, undecided },
                    Err(happened) => Run::Bad { happened, exits },
                }
            }
        }
    }

    /// The invariants of the types of what comes out: the result, and what `&mut` parameters refer to.
    fn kept_invariants(
        &self,
        m: &mut Machine<'p>,
        args: &[Value],
        returned: &Value,
        undecided: &mut bool,
    ) -> Option<Happened> {
        let ret = substitute(&self.function.ret, &self.types);
        let result = m.resolve(returned);
        let mut out = vec![(None, ret, result.clone())];
        for (at, ((_, ty), arg)) in self.params.iter().zip(args).enumerate() {
            if matches!(ty, Ty::Ref(true, _)) {
                out.push((Some(at), ty.clone(), m.resolve(arg)));
            }
        }
        for (parameter, ty, value) in out {
            let mut broken = None;
            match invariants(m, &ty, &value, Some(String::new()), &mut broken) {
                Truth::True => {}
                Truth::False => {
                    let broken = broken?;
                    let condition = m.program.adts.get(broken.adt.0)?.invariant.get(broken.index)?;
                    return Some(Happened::InvariantFalse {
                        broken,
                        span: condition.span,
                        parameter,
                        returned: result,
                    });
                }
                Truth::Unknown(_) | Truth::Partial(_) => *undecided = true,
            }
        }
        None
    }

    #[allow(clippy::type_complexity)]
    fn run_body(&self, m: &mut Machine<'p>, args: Vec<Value>) -> Result<(Result<Value, Happened>, bool), Stop> {
        let spec = self.function.spec.as_ref();
        m.spec = true;
        for (pat, e) in spec.map_or(&[][..], |s| &s.captures) {
            let bound = capture(m, pat, e);
            if let Err(flow) = bound {
                return Err(match *flow {
                    Flow::Stop(stop) => stop,
                    _ => Stop::Unknown("a capture that does not evaluate".into(), e.span),
                });
            }
        }
        m.spec = false;
        let returned = match m.call(self.id, &self.type_args(), args.clone(), self.function.span).map_err(|f| *f) {
            Ok(v) => v,
            Err(Flow::Panic(info)) => return Ok((Err(Happened::Panicked(info)), false)),
            Err(Flow::Stop(stop)) => return Err(stop),
            Err(_) => return Err(Stop::Unknown("a jump out of the function".into(), self.function.span)),
        };
        m.watch_invariants = false;
        let steps = std::mem::take(&mut m.steps);
        let mut undecided = false;
        for (index, (pat, c)) in spec.map_or(&[][..], |s| &s.ensures).iter().enumerate() {
            if let Some(pat) = pat {
                m.spec = true;
                let bound = m.matches(pat, Located::Value(returned.clone()));
                m.spec = false;
                if !matches!(bound, Ok(true)) {
                    undecided = true;
                    continue;
                }
            }
            match truth(m, c) {
                Truth::True => {}
                Truth::Unknown(_) => undecided = true,
                Truth::False => {
                    let returned = m.resolve(&returned);
                    return Ok((Err(Happened::EnsuresFalse { index, span: c.span, returned }), false));
                }
                Truth::Partial(info) => {
                    let returned = m.resolve(&returned);
                    return Ok((Err(Happened::EnsuresUndefined { index, span: c.span, returned, info }), false));
                }
            }
        }
        if spec.is_some()
            && let Some(happened) = self.kept_invariants(m, &args, &returned, &mut undecided)
        {
            return Ok((Err(happened), false));
        }
        m.steps += steps;
        Ok((Ok(m.resolve(&returned)), undecided))
    }
}

fn capture<'p>(m: &mut Machine<'p>, pat: &'p Pat, e: &'p Expr) -> Eval<bool> {
    // The value on entry is meant, also of what lies behind a `&mut`.
    let v = m.eval(e)?;
    let v = m.resolve(&v);
    m.matches(pat, Located::Value(v))
}

/// The truth of a condition in the machine's current frame.
pub(crate) fn truth<'p>(m: &mut Machine<'p>, c: &'p Expr) -> Truth {
    let outer = std::mem::replace(&mut m.spec, true);
    let r = m.condition(c);
    m.spec = outer;
    verdict(r)
}

fn verdict(r: Eval<bool>) -> Truth {
    match r.map_err(|f| *f) {
        Ok(true) => Truth::True,
        Ok(false) => Truth::False,
        Err(Flow::Stop(Stop::Partial(info))) => Truth::Partial(*info),
        Err(Flow::Panic(info)) => Truth::Partial(info),
        Err(Flow::Stop(Stop::Unknown(why, _))) => Truth::Unknown(why),
        Err(Flow::Stop(Stop::Steps | Stop::Depth | Stop::Memory | Stop::Cycle(_))) => {
            Truth::Unknown("the condition did not evaluate within its budget".into())
        }
        Err(Flow::Break(..) | Flow::Continue(_) | Flow::Return(_)) => {
            Truth::Unknown("the condition jumps out of itself".into())
        }
    }
}

/// The type invariants of a value and of all its parts. The path is how the value is written, if it can be.
fn invariants<'p>(
    m: &mut Machine<'p>,
    ty: &Ty,
    v: &Value,
    mut path: Option<String>,
    broken: &mut Option<Broken>,
) -> Truth {
    if !mentions_adt(ty) {
        return Truth::True;
    }
    let program = m.program;
    let mut unknown = None;
    let parts: Vec<(Ty, &Value, String)> = match (ty, v) {
        (Ty::Ref(_, t), v) => vec![((**t).clone(), v, String::new())],
        (Ty::Tuple(ts), Value::Tuple(vs)) => {
            ts.iter().zip(vs.iter()).enumerate().map(|(i, (t, v))| (t.clone(), v, format!(".{i}"))).collect()
        }
        (Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t), Value::List(vs)) => {
            vs.iter().enumerate().map(|(i, v)| ((**t).clone(), v, format!("[{i}]"))).collect()
        }
        (Ty::Adt(id, args), Value::Adt(_, k, vs)) => {
            if let Some(adt) = program.adts.get(id.0)
                && !adt.invariant.is_empty()
                && !adt.invariant_locals.is_empty()
            {
                let types = adt.params.iter().cloned().zip(args.iter().cloned()).collect();
                m.push_frame(&adt.invariant_locals, None, types);
                let base = m.slots.len() - adt.invariant_locals.len();
                if let Some(slot) = m.slots.get_mut(base) {
                    *slot = v.clone();
                }
                let mut bad = None;
                for (index, c) in adt.invariant.iter().enumerate() {
                    match truth(m, c) {
                        Truth::True => {}
                        Truth::Unknown(why) => unknown = Some(why),
                        other => {
                            *broken = Some(Broken { adt: *id, index, path: path.clone() });
                            bad = Some(other);
                            break;
                        }
                    }
                }
                m.pop_frame();
                if let Some(bad) = bad {
                    return bad;
                }
            }
            let adt = program.adts.get(id.0);
            // A part of a variant has no name outside a `match`.
            let named = adt.is_some_and(|a| !a.is_enum && !id.is_of_std());
            path = path.filter(|_| named);
            let names = adt.and_then(|a| a.variants.get(*k)).map_or(&[][..], |v| &v.fields);
            let name = |i: usize| names.get(i).map_or_else(String::new, |(name, _)| format!(".{name}"));
            let types = field_types(program, *id, *k, args).unwrap_or_default();
            types.into_iter().zip(vs.iter()).enumerate().map(|(i, (t, v))| (t, v, name(i))).collect()
        }
        _ => vec![],
    };
    for (t, v, step) in parts {
        match invariants(m, &t, v, path.as_ref().map(|p| format!("{p}{step}")), broken) {
            Truth::True => {}
            Truth::Unknown(why) => unknown = Some(why),
            other => return other,
        }
    }
    unknown.map_or(Truth::True, Truth::Unknown)
}

fn mentions_adt(ty: &Ty) -> bool {
    match ty {
        Ty::Adt(id, ts) => !id.is_of_std() || id.non_zero().is_some() || ts.iter().any(mentions_adt),
        Ty::Tuple(ts) => ts.iter().any(mentions_adt),
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => mentions_adt(t),
        _ => false,
    }
}

/// Evaluates an expression without free variables in code mode (`spec: false`) or as part of a condition.
///
/// # Errors
/// The panic, or why there is no value.
pub fn eval_closed(program: &Program, e: &Expr, spec: bool) -> Result<Value, Result<PanicInfo, Stop>> {
    let mut m = Machine::new(program, Limits::default());
    m.push_frame(&[], None, vec![]);
    m.spec = spec;
    m.eval(e).map_err(|f| match *f {
        Flow::Panic(info) => Ok(info),
        Flow::Stop(stop) => Err(stop),
        _ => Err(Stop::Unknown("a jump".into(), Span::default())),
    })
}

/// Whether a value is one of its type (integers in range, lengths of arrays): inputs must be.
pub(crate) fn well_typed(program: &Program, ty: &Ty, v: &Value) -> bool {
    match (ty, v) {
        (Ty::Int(t), Value::Int(x)) => int_ops::fits(*t, x),
        (Ty::Opaque(..), Value::Opaque) => true,
        (Ty::Bool, Value::Bool(_)) | (Ty::Char, Value::Char(_)) => true,
        (Ty::Str | Ty::String, v) => v.as_text().is_some(),
        (Ty::Tuple(ts), Value::Tuple(vs)) => {
            ts.len() == vs.len() && ts.iter().zip(vs.iter()).all(|(t, v)| well_typed(program, t, v))
        }
        (Ty::Array(t, n), Value::List(vs)) => vs.len() as u64 == *n && vs.iter().all(|v| well_typed(program, t, v)),
        (Ty::Slice(t) | Ty::Vec(t), Value::List(vs)) => vs.iter().all(|v| well_typed(program, t, v)),
        (Ty::Ref(_, t), v) => well_typed(program, t, v),
        (Ty::Adt(id, args), Value::Adt(vid, k, vs)) => {
            id == vid
                && field_types(program, *id, *k, args).is_some_and(|ts| {
                    ts.len() == vs.len() && ts.iter().zip(vs.iter()).all(|(t, v)| well_typed(program, t, v))
                })
        }
        _ => false,
    }
}
