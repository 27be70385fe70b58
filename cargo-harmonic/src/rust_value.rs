//! Values of the interpreter as Rust writes them, and the test that shows a counterexample.

use harmonic_translator::interp::{Counterexample, Happened, Input, Value};
use harmonic_translator::tir::{FnId, Program, Ty};

use crate::verdict::{CounterexampleReport, InputValue};

/// A type as Rust writes it.
pub fn type_text(program: &Program, ty: &Ty) -> String {
    let list = |tys: &[Ty]| tys.iter().map(|t| type_text(program, t)).collect::<Vec<_>>().join(", ");
    match ty {
        Ty::Bool => "bool".into(),
        Ty::Char => "char".into(),
        Ty::Int(t) => t.name().into(),
        Ty::Math => "int".into(),
        Ty::Tuple(tys) if tys.len() == 1 => format!("({},)", list(tys)),
        Ty::Tuple(tys) => format!("({})", list(tys)),
        Ty::Adt(id, args) => {
            let name = program.adts.get(id.0).map_or("?", |a| a.name.as_str());
            if args.is_empty() { name.into() } else { format!("{name}<{}>", list(args)) }
        }
        Ty::Ref(mutable, t) => format!("&{}{}", if *mutable { "mut " } else { "" }, type_text(program, t)),
        Ty::Slice(t) => format!("[{}]", type_text(program, t)),
        Ty::Array(t, n) => format!("[{}; {n}]", type_text(program, t)),
        Ty::Vec(t) => format!("Vec<{}>", type_text(program, t)),
        Ty::Str => "str".into(),
        Ty::Param(name) => name.clone(),
        Ty::Never => "!".into(),
    }
}

/// A value of a type as Rust writes it; references are written where the type has them. `qualify` says how a type is named.
pub fn value_text(program: &Program, ty: &Ty, value: &Value, qualify: &dyn Fn(&str) -> String) -> String {
    let all = |tys: &mut dyn Iterator<Item = (&Ty, &Value)>| -> Vec<String> {
        tys.map(|(t, v)| value_text(program, t, v, qualify)).collect()
    };
    match (ty, value) {
        (Ty::Ref(mutable, t), v) => {
            let inner = match (&**t, v) {
                (Ty::Slice(e), Value::List(items)) => format!("[{}]", all(&mut items.iter().map(|v| (&**e, v))).join(", ")),
                (t, v) => value_text(program, t, v, qualify),
            };
            if matches!(&**t, Ty::Str) { inner } else { format!("&{}{inner}", if *mutable { "mut " } else { "" }) }
        }
        (_, Value::Bool(b)) => b.to_string(),
        (_, Value::Char(c)) => format!("{c:?}"),
        (_, Value::Int(n)) => n.to_string(),
        (_, Value::Str(s)) => format!("{s:?}"),
        (Ty::Tuple(tys), Value::Tuple(items)) => {
            let parts = all(&mut tys.iter().zip(items.iter()));
            if parts.len() == 1 { format!("({},)", parts[0]) } else { format!("({})", parts.join(", ")) }
        }
        (Ty::Vec(t), Value::List(items)) => format!("vec![{}]", all(&mut items.iter().map(|v| (&**t, v))).join(", ")),
        (Ty::Slice(t) | Ty::Array(t, _), Value::List(items)) => format!("[{}]", all(&mut items.iter().map(|v| (&**t, v))).join(", ")),
        (Ty::Adt(_, args), Value::Adt(id, variant, fields)) => {
            let Some(adt) = program.adts.get(id.0) else { return format!("{value:?}") };
            let Some(v) = adt.variants.get(*variant) else { return format!("{value:?}") };
            let tys: Vec<Ty> =
                v.fields.iter().map(|(_, t)| harmonic_translator::tir_to_fir::subst(t, &adt.params, args)).collect();
            let parts = all(&mut tys.iter().zip(fields.iter()));
            let name = match (adt.is_enum, adt.path.starts_with("core::")) {
                (true, true) => if v.name == "Less" || v.name == "Equal" || v.name == "Greater" { format!("std::cmp::Ordering::{}", v.name) } else { v.name.clone() },
                (true, false) => format!("{}::{}", qualify(&adt.path), v.name),
                (false, _) => qualify(&adt.path),
            };
            if v.fields.is_empty() {
                name
            } else if v.tuple_like {
                format!("{name}({})", parts.join(", "))
            } else {
                let named: Vec<String> = v.fields.iter().zip(parts).map(|((n, _), p)| format!("{n}: {p}")).collect();
                format!("{name} {{ {} }}", named.join(", "))
            }
        }
        _ => format!("{value:?}"),
    }
}

fn last_segment(path: &str) -> String {
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

/// What happened, in a sentence without its end.
pub fn happened_text(program: &Program, ret: &Ty, happened: &Happened) -> String {
    match happened {
        Happened::Panicked(info) => format!("panics: {}", info.message),
        Happened::DidNotReturn { proven: true, .. } => "never returns (a state repeats)".into(),
        Happened::DidNotReturn { steps, .. } => format!("did not return within {steps} steps"),
        Happened::EnsuresFalse { index, returned, .. } => {
            format!("returns {}, and `ensures` {} is false", value_text(program, ret, returned, &last_segment), index + 1)
        }
        Happened::EnsuresUndefined { index, returned, info, .. } => {
            let value = value_text(program, ret, returned, &last_segment);
            format!("returns {value}, and evaluating `ensures` {} panics: {}", index + 1, info.message)
        }
    }
}

/// The inputs as `name = value`.
pub fn inputs_text(program: &Program, inputs: &[Input]) -> String {
    let one = |i: &Input| format!("{} = {}", i.name, value_text(program, &i.ty, &i.value, &last_segment));
    if inputs.is_empty() { "no inputs".into() } else { inputs.iter().map(one).collect::<Vec<_>>().join(", ") }
}

/// A counterexample as reports have it.
pub fn report(program: &Program, c: &Counterexample) -> CounterexampleReport {
    let ret = program.functions.get(c.function.0).map_or(Ty::unit(), |f| f.ret.clone());
    let inputs = c
        .inputs
        .iter()
        .map(|i| InputValue {
            name: i.name.clone(),
            ty: type_text(program, &i.ty),
            value: value_text(program, &i.ty, &i.value, &last_segment),
        })
        .collect();
    CounterexampleReport { inputs, happened: happened_text(program, &ret, &c.happened), test: test_text(program, c) }
}

/// A test for the crate's root module that fails because of the counterexample: the call panics by itself, or the
/// specification's run-time check does. `None` where no such text can be written.
fn test_text(program: &Program, c: &Counterexample) -> Option<String> {
    let function = program.functions.get(c.function.0)?;
    if matches!(c.happened, Happened::DidNotReturn { .. }) || function.path.contains('<') {
        return None;
    }
    let name: String = function.path.chars().map(|ch| if ch.is_ascii_alphanumeric() { ch } else { '_' }).collect();
    let qualify = |path: &str| format!("crate::{path}");
    let mut lines = String::new();
    let mut args = Vec::new();
    for (i, input) in c.inputs.iter().enumerate() {
        let variable = format!("input_{i}");
        let (mutable, by_ref, owned) = match &input.ty {
            Ty::Ref(m, t) => (*m, true, (**t).clone()),
            t => (false, false, t.clone()),
        };
        let text = value_text(program, &owned, &input.value, &qualify);
        let declared = match &owned {
            Ty::Int(t) => format!(": {}", t.name()),
            Ty::Slice(t) => match &input.value {
                Value::List(items) => format!(": [{}; {}]", full_type(program, t), items.len()),
                _ => String::new(),
            },
            t => format!(": {}", full_type(program, t)),
        };
        lines.push_str(&format!("    let {}{variable}{declared} = {text};\n", if mutable { "mut " } else { "" }));
        args.push(format!("{}{variable}", if !by_ref { "" } else if mutable { "&mut " } else { "&" }));
    }
    Some(format!("#[test]\nfn counterexample_{name}() {{\n{lines}    let _ = crate::{}({});\n}}\n", function.path, args.join(", ")))
}

/// A type with paths that resolve from anywhere in the crate.
fn full_type(program: &Program, ty: &Ty) -> String {
    match ty {
        Ty::Adt(id, args) => {
            let Some(adt) = program.adts.get(id.0) else { return "_".into() };
            let name = if adt.path.starts_with("core::") { adt.path.clone() } else { format!("crate::{}", adt.path) };
            let args: Vec<String> = args.iter().map(|t| full_type(program, t)).collect();
            if args.is_empty() { name } else { format!("{name}<{}>", args.join(", ")) }
        }
        Ty::Tuple(tys) => {
            let parts: Vec<String> = tys.iter().map(|t| full_type(program, t)).collect();
            if parts.len() == 1 { format!("({},)", parts[0]) } else { format!("({})", parts.join(", ")) }
        }
        Ty::Vec(t) => format!("Vec<{}>", full_type(program, t)),
        Ty::Array(t, n) => format!("[{}; {n}]", full_type(program, t)),
        Ty::Slice(t) => format!("[{}]", full_type(program, t)),
        Ty::Ref(m, t) => format!("&{}{}", if *m { "mut " } else { "" }, full_type(program, t)),
        Ty::Param(_) => "_".into(),
        t => type_text(program, t),
    }
}

/// The place that a counterexample points at.
pub fn place(happened: &Happened) -> harmonic_translator::span::Span {
    match happened {
        Happened::Panicked(info) => info.span,
        Happened::DidNotReturn { span, .. } | Happened::EnsuresFalse { span, .. } | Happened::EnsuresUndefined { span, .. } => *span,
    }
}

/// The functions that have a spec or are trusted.
pub fn annotated(program: &Program) -> impl Iterator<Item = FnId> + '_ {
    program.functions.iter().enumerate().filter(|(_, f)| f.spec.is_some() || f.trusted).map(|(i, _)| FnId(i))
}
