//! What Lean makes of generated programs: it evaluates the functions that the translator writes, which theorems speak of.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use harmonic_lean::setup::SupportLibrary;
use harmonic_lean::{Cancel, Engine, Job, Limits, Severity};
use harmonic_translator::interp::{Happened, Instance, Limits as RunLimits, Run, Trace, Value};
use harmonic_translator::tir::{AdtId, FnId, Program as Typed, Ty};
use harmonic_translator::translate::{HEADER, translate};
use harmonic_translator::unit::Translation;

use super::program::Program;
use crate::engine;

/// What Lean makes of a program.
pub(crate) enum Evaluated {
    /// That many calls have the outcome that the interpreter gives them.
    Same(usize),
    /// A call has another one, or the definition is not accepted.
    Different(String),
    /// The translator has no Lean form of it: a code.
    Refused(String),
    /// It calls a recursive function, which is a least fixed point and computes nothing.
    Recursive,
}

/// The embedded Lean with the support library.
pub(crate) struct Lean {
    engine: Arc<dyn Engine>,
    library: SupportLibrary,
}

/// What evaluation in the kernel needs: outcomes that can be told apart, and the loop with a bound instead of its least fixed
/// point, which computes nothing. Inputs are made by functions that need no proof: to elaborate those costs more than to evaluate
/// the calls.
const EVALUATION: &str = "
deriving instance DecidableEq for Outcome
deriving instance DecidableEq for Harmonic.Result
def boundedLoop {σ ρ : Type} (bound : Nat) (step : σ → Outcome (Step σ ρ)) (s : σ) : Outcome ρ :=
  match bound with
  | 0 => .diverge
  | n + 1 => Outcome.bind (step s) fun r => match r with
    | .next s' => boundedLoop n step s'
    | .done r => .ok r
def allSame {α : Type} [DecidableEq α] (calls : List (Outcome α × Outcome α)) : Bool := calls.all fun c => decide (c.1 = c.2)
def litOf (t : IntTy) (n : Int) : MInt t := if h : t.min ≤ n ∧ n ≤ t.max then ⟨n, h⟩ else default
def sliceOf {α : Type} (l : List α) : Slice α := if h : l.length ≤ 18446744073709551615 then ⟨l, h⟩ else ⟨[], Nat.zero_le _⟩
";

/// Calls of a program in Lean's words: which call it is, the arguments, and the outcome that is expected.
struct Calls {
    /// The function's place among the units.
    unit: usize,
    calls: Vec<(usize, String, String)>,
}

/// Whether the calls of a program are one statement, which Lean reads sooner, or one each, which tells them apart.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Together,
    Apart,
}

/// A value as a Lean term; `None` for one that inputs do not have.
fn term(typed: &Typed, v: &Value, ty: &Ty) -> Option<String> {
    let all = |c: &[Value], t: &Ty| c.iter().map(|x| term(typed, x, t)).collect::<Option<Vec<_>>>();
    Some(match (v, ty) {
        (v, Ty::Ref(_, t)) => term(typed, v, t)?,
        (Value::Int(x), Ty::Int(t)) => format!("(litOf .{} ({x}))", t.name()),
        (Value::Bool(b), _) => b.to_string(),
        (Value::Char(c), _) => format!("(Char.ofNat {})", u32::from(*c)),
        (Value::Adt(adt, k, c), Ty::Adt(..)) if *adt != AdtId::OPTION && *adt != AdtId::RESULT => {
            let adt = typed.adts.get(adt.0)?;
            let variant = adt.variants.get(*k)?;
            let parts =
                c.iter().zip(&variant.fields).map(|(x, (_, t))| term(typed, x, t)).collect::<Option<Vec<_>>>()?;
            format!("(T_{}.v_{} {})", adt.path.replace("::", "''"), variant.name, parts.join(" "))
        }
        (Value::Tuple(c), Ty::Tuple(ts)) => {
            let parts = c.iter().zip(ts).map(|(x, t)| term(typed, x, t)).collect::<Option<Vec<_>>>()?;
            format!("({})", parts.join(", "))
        }
        (Value::List(c), Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _)) => {
            format!("(sliceOf [{}])", all(c, t)?.join(", "))
        }
        (Value::Adt(AdtId::OPTION, 0, _), _) => "Option.none".into(),
        (Value::Adt(AdtId::OPTION, _, c), Ty::Adt(_, ts)) => format!("(Option.some {})", term(typed, &c[0], &ts[0])?),
        (Value::Adt(AdtId::RESULT, k, c), Ty::Adt(_, ts)) => {
            format!("(Harmonic.Result.{} {})", ["ok", "err"][*k], term(typed, &c[0], &ts[*k])?)
        }
        _ => return None,
    })
}

/// The units that one needs, itself last.
fn needed(t: &Translation, unit: usize, out: &mut Vec<usize>) {
    if !out.contains(&unit) {
        for d in &t.units[unit].depends {
            needed(t, *d, out);
        }
        if !out.contains(&unit) {
            out.push(unit);
        }
    }
}

impl Lean {
    /// Opens the Lean that is set up.
    ///
    /// # Errors
    /// If it cannot be set up, or does not accept the support library.
    pub(crate) fn open() -> Result<Lean, Box<dyn Error>> {
        let (engine, library) = engine::open()?;
        Ok(Lean { engine, library })
    }

    /// For each program: the first call where Lean has another outcome than the interpreter, how many calls were compared, or why
    /// there is no Lean form to compare.
    ///
    /// # Errors
    /// If Lean does not run.
    pub(crate) fn compare(&self, typed: &Typed, programs: &[Program]) -> Result<Vec<Evaluated>, Box<dyn Error>> {
        let (translation, refused) = translate(typed);
        let mut out: Vec<Evaluated> = vec![];
        let mut all = BTreeMap::new();
        for (i, p) in programs.iter().enumerate() {
            let path = format!("p{i}::f");
            let id = typed.functions.iter().position(|f| f.path == path).ok_or("the function is not there")?;
            let Some(unit) = translation.units.iter().position(|u| u.function == path) else {
                let why = refused.iter().find(|(f, _)| f.0 == id).and_then(|(_, d)| d.first());
                out.push(Evaluated::Refused(
                    why.map_or_else(
                        || "H0000 refused by the front end".into(),
                        |d| format!("{} {}", d.code, d.message),
                    ),
                ));
                continue;
            };
            let mut units = vec![];
            needed(&translation, unit, &mut units);
            if units.iter().any(|u| translation.units[*u].definition.contains("partial_fixpoint")) {
                out.push(Evaluated::Recursive);
                continue;
            }
            let calls = calls(typed, FnId(id), p)?;
            out.push(Evaluated::Same(calls.len()));
            all.insert(i, Calls { unit, calls });
        }
        let mut wrong = self.errors(&translation, &all, Form::Together)?;
        let apart: BTreeMap<usize, Calls> = all.into_iter().filter(|(i, _)| wrong.contains_key(i)).collect();
        // What is wrong together and not apart stays as it was said.
        wrong.extend(self.errors(&translation, &apart, Form::Apart)?);
        for (i, (call, said)) in wrong {
            let call = call.map_or("it".to_owned(), |n| format!("f({})", programs[i].calls[n]));
            out[i] = Evaluated::Different(format!("{call}: Lean says: {said}"));
        }
        Ok(out)
    }

    /// What Lean says against each of these programs first: which call it is about, if one, and what it says.
    fn errors(
        &self,
        translation: &Translation,
        of: &BTreeMap<usize, Calls>,
        form: Form,
    ) -> Result<BTreeMap<usize, (Option<usize>, String)>, Box<dyn Error>> {
        let all: Vec<(&usize, &Calls)> = of.iter().collect();
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let run = |part: &[(&usize, &Calls)]| {
            let (text, lines) = file(translation, part, form);
            if let Some(file) = std::env::var_os("FUZZ_LEAN") {
                std::fs::write(file, &text).map_err(|e| e.to_string())?;
            }
            let limits = Limits { time: Duration::from_secs(600), ..Limits::default() };
            let library = vec![self.library.folder().to_owned()];
            let job = Job { name: "Fuzz".into(), text, library, emit_olean: false, limits };
            let report = self.engine.check(&job, &Cancel::default()).map_err(|e| e.to_string())?;
            let mut out = BTreeMap::new();
            for m in report.messages.into_iter().filter(|m| m.severity == Severity::Error) {
                let Some((i, call)) = lines.get(&m.pos.line) else {
                    return Err(format!("Lean refuses line {}: {}", m.pos.line, m.text));
                };
                out.entry(*i).or_insert((*call, m.text));
            }
            Ok(out)
        };
        let mut out = BTreeMap::new();
        std::thread::scope(|scope| {
            let parts: Vec<_> = all.chunks(all.len().div_ceil(jobs).max(1)).collect();
            let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(|| run(part))).collect();
            for thread in threads {
                out.extend(thread.join().map_err(|_| "a thread broke")??);
            }
            Ok(out)
        })
    }
}

/// The calls of a program that the interpreter can tell the outcome of.
fn calls(typed: &Typed, id: FnId, p: &Program) -> Result<Vec<(usize, String, String)>, Box<dyn Error>> {
    let instance = Instance::new(typed, id, &[]).ok_or("the function has no instance")?;
    let mut out = vec![];
    for (n, values) in p.values.iter().enumerate() {
        let args = instance.params.iter().zip(values).map(|((_, t), v)| term(typed, v, t));
        let args = args.collect::<Option<Vec<_>>>().ok_or("an input has no Lean form")?;
        let expected = match instance.run(values, RunLimits::default(), false, &mut Trace::default()) {
            Run::Good { returned, .. } => {
                let value = term(typed, &returned, &instance.function.ret).ok_or("a result has no Lean form")?;
                format!(".ok {value}")
            }
            Run::Bad { happened: Happened::Panicked(_), .. } => ".panic".to_owned(),
            _ => continue,
        };
        out.push((n, args.join(" "), expected));
    }
    Ok(out)
}

/// A file with the definitions and calls of programs, and which program, and call if it is about one, each line belongs to.
fn file(
    translation: &Translation,
    of: &[(&usize, &Calls)],
    form: Form,
) -> (String, BTreeMap<u32, (usize, Option<usize>)>) {
    let mut text = format!("import Harmonic\n{HEADER}{EVALUATION}");
    let (mut done, mut shared) = (BTreeSet::new(), BTreeSet::new());
    let mut lines = BTreeMap::new();
    for (i, of) in of {
        let mut units = vec![];
        needed(translation, of.unit, &mut units);
        let from = text.lines().count() as u32 + 1;
        for s in units.iter().flat_map(|u| &translation.units[*u].prelude_types) {
            if shared.insert(*s) {
                text.push_str(&translation.shared[*s]);
                text.push('\n');
            }
        }
        for u in units {
            if done.insert(u) {
                text.push_str(&bounded(&translation.units[u].definition));
                text.push('\n');
            }
        }
        let name = &translation.units[of.unit].lean_name;
        if form == Form::Together && !of.calls.is_empty() {
            let calls = of.calls.iter().map(|(_, args, expected)| format!("({name} {args}, {expected})"));
            let calls = calls.collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "example : allSame [{calls}] = true := by decide +kernel");
        }
        let last = text.lines().count() as u32;
        lines.extend((from..=last).map(|l| (l, (**i, None))));
        for (n, args, expected) in of.calls.iter().filter(|_| form == Form::Apart) {
            let _ = writeln!(text, "example : {name} {args} = {expected} := by decide +kernel");
            lines.insert(text.lines().count() as u32, (**i, Some(*n)));
        }
    }
    (text, lines)
}

/// A definition with bounded loops: no loop of a generated program has that many rounds.
fn bounded(definition: &str) -> String {
    definition.replace("Harmonic.loop (", "boundedLoop 64 (")
}
