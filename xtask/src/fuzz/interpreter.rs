//! What the translator's interpreter makes of generated programs.

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::interp::{Happened, Instance, Limits, Run, Trace, Value};
use harmonic_translator::tir::{AdtId, FnId, Program as Typed};

use super::program::Program;

/// What came of a program.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ran {
    /// What each call prints; `None` where a budget ran out.
    Calls(Vec<Option<String>>),
    /// The translator does not support it: a code.
    Refused(String),
    /// The translator takes it for an error, or broke.
    Broken(String),
}

/// A value as `{:?}` prints it.
pub(crate) fn debug(program: &Typed, v: &Value) -> String {
    let all = |c: &[Value]| c.iter().map(|v| debug(program, v)).collect::<Vec<_>>().join(", ");
    match v {
        Value::Int(x) => x.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Char(c) => format!("{c:?}"),
        Value::Tuple(c) if c.len() == 1 => format!("({},)", all(c)),
        Value::Tuple(c) => format!("({})", all(c)),
        Value::List(c) => format!("[{}]", all(c)),
        Value::Adt(AdtId::OPTION, 0, _) => "None".into(),
        Value::Adt(AdtId::OPTION, _, c) => format!("Some({})", all(c)),
        Value::Adt(AdtId::RESULT, 0, c) => format!("Ok({})", all(c)),
        Value::Adt(AdtId::RESULT, _, c) => format!("Err({})", all(c)),
        Value::Adt(adt, variant, c) => {
            let Some(v) = program.adts.get(adt.0).and_then(|a| a.variants.get(*variant)) else {
                return format!("{v:?}");
            };
            if v.fields.is_empty() {
                v.name.clone()
            } else if v.tuple_like {
                format!("{}({})", v.name, all(c))
            } else {
                let fields = v.fields.iter().zip(c.iter()).map(|((n, _), c)| format!("{n}: {}", debug(program, c)));
                format!("{} {{ {} }}", v.name, fields.collect::<Vec<_>>().join(", "))
            }
        }
        v => format!("{v:?}"),
    }
}

/// The programs as one crate, typed.
pub(crate) fn typed(programs: &[Program]) -> Result<Typed, String> {
    let modules =
        programs.iter().enumerate().map(|(i, p)| format!("pub mod p{i} {{\nuse harmonic::*;\n{}}}\n", p.text));
    let text: String = modules.collect();
    let (program, _, errors) = load("src/lib.rs", &CfgSet::new(), &|_| Ok(text.clone().into_bytes()));
    match errors.first() {
        None => Ok(program),
        Some(e) => Err(format!("{}: {}", e.code, e.message)),
    }
}

/// Runs the calls of the programs, which are those of the typed crate.
pub(crate) fn run(typed: &Typed, programs: &[Program]) -> Vec<Ran> {
    programs
        .iter()
        .enumerate()
        .map(|(i, p)| {
            let Some(found) = typed.functions.iter().position(|f| f.path == format!("p{i}::f")) else {
                return Ran::Broken("the function is not there".into());
            };
            // What a function calls is refused at its callers when they are translated.
            let module = format!("p{i}");
            let mut refused = typed.functions.iter().filter(|f| f.module == module).flat_map(|f| &f.diagnostics);
            if let Some(d) =
                typed.functions.iter().filter(|f| f.module == module).flat_map(|f| &f.diagnostics).find(|d| d.is_error)
            {
                return Ran::Broken(format!("{}: {}", d.code, d.message));
            }
            if let Some(d) = refused.next() {
                return Ran::Refused(format!("{} {}", d.code, d.message));
            }
            let Some(instance) = Instance::new(typed, FnId(found), &[]) else {
                return Ran::Broken("the function has no instance".into());
            };
            let call = |values: &Vec<Value>| match instance.run(values, Limits::default(), false, &mut Trace::default())
            {
                Run::Good { returned, .. } => Some(debug(typed, &returned)),
                Run::Bad { happened: Happened::Panicked(_), .. } => Some("panic".to_owned()),
                Run::Inconclusive(
                    harmonic_translator::interp::Stop::Steps | harmonic_translator::interp::Stop::Memory,
                ) => None,
                other => Some(format!("{other:?}")),
            };
            Ran::Calls(p.values.iter().map(call).collect())
        })
        .collect()
}
