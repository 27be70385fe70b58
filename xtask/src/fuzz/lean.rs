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
/// point, which computes nothing.
const EVALUATION: &str = "
deriving instance DecidableEq for Outcome
deriving instance DecidableEq for Harmonic.Result
def boundedLoop {σ ρ : Type} (bound : Nat) (step : σ → Outcome (Step σ ρ)) (s : σ) : Outcome ρ :=
  match bound with
  | 0 => .diverge
  | n + 1 => Outcome.bind (step s) fun r => match r with
    | .next s' => boundedLoop n step s'
    | .done r => .ok r
";

/// A value as a Lean term; `None` for one that inputs do not have.
fn term(typed: &Typed, v: &Value, ty: &Ty) -> Option<String> {
    let all = |c: &[Value], t: &Ty| c.iter().map(|x| term(typed, x, t)).collect::<Option<Vec<_>>>();
    Some(match (v, ty) {
        (v, Ty::Ref(_, t)) => term(typed, v, t)?,
        (Value::Int(x), Ty::Int(t)) => format!("(MInt.lit .{} ({x}) rfl)", t.name()),
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
            format!("(Slice.mk [{}] (by decide))", all(c, t)?.join(", "))
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
        let mut text = format!("import Harmonic\n{HEADER}{EVALUATION}");
        let (mut done, mut shared) = (BTreeSet::new(), BTreeSet::new());
        let mut out: Vec<Evaluated> = vec![];
        // The line of each call, and which call of which program it is.
        let mut lines = BTreeMap::new();
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
            let last = text.lines().count() as u32;
            lines.extend((from..=last).map(|l| (l, (i, None))));
            let instance = Instance::new(typed, FnId(id), &[]).ok_or("the function has no instance")?;
            let mut calls = 0;
            for (n, values) in p.values.iter().enumerate() {
                let args = instance.params.iter().zip(values).map(|((_, t), v)| term(typed, v, t));
                let args = args.collect::<Option<Vec<_>>>().ok_or("an input has no Lean form")?;
                let expected = match instance.run(values, RunLimits::default(), false, &mut Trace::default()) {
                    Run::Good { returned, .. } => {
                        let value =
                            term(typed, &returned, &instance.function.ret).ok_or("a result has no Lean form")?;
                        format!(".ok {value}")
                    }
                    Run::Bad { happened: Happened::Panicked(_), .. } => ".panic".to_owned(),
                    _ => continue,
                };
                let lean_name = &translation.units[unit].lean_name;
                let _ = writeln!(text, "example : {lean_name} {} = {expected} := by decide +kernel", args.join(" "));
                lines.insert(text.lines().count() as u32, (i, Some(n)));
                calls += 1;
            }
            out.push(Evaluated::Same(calls));
        }
        if let Some(file) = std::env::var_os("FUZZ_LEAN") {
            std::fs::write(file, &text)?;
        }
        let limits = Limits { time: Duration::from_secs(600), ..Limits::default() };
        let library = vec![self.library.folder().to_owned()];
        let job = Job { name: "Fuzz".into(), text, library, emit_olean: false, limits };
        let report = self.engine.check(&job, &Cancel::default())?;
        for m in report.messages.iter().filter(|m| m.severity == Severity::Error) {
            let Some((i, call)) = lines.get(&m.pos.line) else {
                return Err(format!("Lean refuses line {}: {}", m.pos.line, m.text).into());
            };
            if !matches!(out[*i], Evaluated::Different(_)) {
                let call = call.map_or("its definition".to_owned(), |n| format!("f({})", programs[*i].calls[n]));
                out[*i] = Evaluated::Different(format!("{call}: Lean says: {}", m.text));
            }
        }
        Ok(out)
    }
}

/// A definition with bounded loops: no loop of a generated program has that many rounds.
fn bounded(definition: &str) -> String {
    definition.replace("Harmonic.loop (", "boundedLoop 64 (")
}
