//! Counterexamples as reports have them.

use harmonic_translator::interp::{Counterexample, Happened, Input, Render};
use harmonic_translator::span::{SourceMap, Span};
use harmonic_translator::tir::{FnId, Program};

use crate::verdict::{CounterexampleReport, InputValue};

/// The inputs as `name = value`.
pub fn inputs_text(program: &Program, inputs: &[Input]) -> String {
    let one = |i: &Input| format!("{} = {}", i.name, i.expression(program));
    if inputs.is_empty() { "no inputs".into() } else { inputs.iter().map(one).collect::<Vec<_>>().join(", ") }
}

/// A counterexample as reports have it.
pub fn report(program: &Program, sources: &SourceMap, crate_name: &str, c: &Counterexample) -> CounterexampleReport {
    let render = Render { program, prefix: "" };
    let input = |i: &Input| InputValue { name: i.name.clone(), ty: render.ty(&i.ty), value: i.expression(program) };
    let path = program.functions.get(c.function.0).map_or("", |f| f.path.as_str());
    CounterexampleReport {
        inputs: c.inputs.iter().map(input).collect(),
        happened: c.what_happened(program, sources),
        test: c.to_test(program, sources, crate_name, path),
    }
}

/// The place that a counterexample points at.
pub fn place(happened: &Happened) -> Span {
    match happened {
        Happened::Panicked(info) => info.span,
        Happened::DidNotReturn { span, .. }
        | Happened::EnsuresFalse { span, .. }
        | Happened::InvariantFalse { span, .. }
        | Happened::EnsuresUndefined { span, .. } => *span,
    }
}

/// The functions that have a spec or are trusted.
pub fn annotated(program: &Program) -> impl Iterator<Item = FnId> + '_ {
    program.functions.iter().enumerate().filter(|(_, f)| f.spec.is_some() || f.trusted).map(|(i, _)| FnId(i))
}
