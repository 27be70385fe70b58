//! A counterexample as a `#[test]` that fails under `cargo test`.

use std::fmt::Write as _;

use super::machine::substitute;
use super::render::{Render, one_line};
use super::value::Value;
use super::walk;
use super::{Counterexample, Happened};
use crate::span::SourceMap;
use crate::tir::{Domain, Expr, ExprKind, Function, Program, Ty};

impl Counterexample {
    /// The source of a `#[test]` function that calls `function_path` (as in [`Function::path`]) of the crate with these inputs
    /// and fails. A violated postcondition is asserted as the spec has it where plain Rust can evaluate it, else the returned
    /// value is asserted not to be the one that is known to be wrong.
    ///
    /// For items that are private, the test belongs into their module, with `use super::*;` and the paths shortened.
    pub fn to_test(&self, program: &Program, sources: &SourceMap, crate_name: &str, function_path: &str) -> String {
        let krate = crate_name.replace('-', "_");
        let prefix = format!("{krate}::");
        let render = Render { program, prefix: &prefix };
        let function = program.functions.get(self.function.0);
        let types: Vec<(String, Ty)> = function
            .map(|f| f.generics.iter().cloned().zip(self.type_args.iter().cloned()).collect())
            .unwrap_or_default();
        let (condition, ensures) = self.condition(function);
        let plain = condition.is_some_and(is_plain_rust)
            && self.inputs.iter().all(|i| matches!(i.ty, Ty::Ref(..)) || clonable(program, &i.ty))
            && function.and_then(|f| f.spec.as_ref()).is_none_or(|s| s.captures.iter().all(|(_, e)| is_plain_rust(e)))
            && !self.dereferences(sources, condition, function);

        let mut body = String::new();
        let mut args = Vec::new();
        for (k, input) in self.inputs.iter().enumerate() {
            // `self` and made-up names are not names of variables.
            let name = match input.name.as_str() {
                "self" => "receiver".to_string(),
                n if n.is_empty() || n.starts_with('_') => format!("argument_{k}"),
                n => n.to_string(),
            };
            let (owned, mutable) = match &input.ty {
                // What is lent is a literal.
                t @ Ty::Ref(false, of) if **of == Ty::Str => (t.clone(), false),
                Ty::Ref(m, t) => (owned_type(t), *m),
                t => (owned_type(t), false),
            };
            let keyword = if mutable { "let mut" } else { "let" };
            let value = render.value(&owned, &input.value);
            let _ = writeln!(body, "    {keyword} {name}: {} = {value};", render.ty(&owned));
            args.push(match &input.ty {
                Ty::Ref(true, _) => format!("&mut {name}"),
                Ty::Ref(false, of) if **of == Ty::Str => name,
                Ty::Ref(false, _) => format!("&{name}"),
                t if plain && !is_copy(t) => format!("{name}.clone()"),
                _ => name,
            });
        }
        let call = format!("{}({})", call_path(&krate, function_path), args.join(", "));
        match &self.happened {
            Happened::Panicked(info) => {
                let _ = writeln!(body, "    // panics: {}", one_line(&info.message));
                let _ = writeln!(body, "    let _ = {call};");
            }
            Happened::DidNotReturn { .. } => {
                body.push_str("    let (done, wait) = std::sync::mpsc::channel();\n    std::thread::spawn(move || {\n");
                for input in &self.inputs {
                    if matches!(input.ty, Ty::Ref(true, _)) {
                        let _ = writeln!(body, "        let mut {0} = {0};", input.name.replace("self", "receiver"));
                    }
                }
                let _ = writeln!(body, "        let _ = {call};\n        let _ = done.send(());\n    }});");
                body.push_str("    let outcome = wait.recv_timeout(std::time::Duration::from_secs(5));\n");
                body.push_str("    assert!(outcome.is_ok(), \"did not return\");\n");
            }
            Happened::EnsuresFalse { returned, span, .. } | Happened::EnsuresUndefined { returned, span, .. } => {
                let source = sources.snippet(*span);
                if plain && !source.is_empty() {
                    self.plain_assertion(&mut body, function, sources, &call, source, ensures);
                } else {
                    let ret = function.map_or_else(Ty::unit, |f| substitute(&f.ret, &types));
                    self.value_assertion(&mut body, &render, &ret, returned, &call, &one_line(source));
                }
            }
            Happened::InvariantFalse { broken, span, parameter, returned } => {
                let source = one_line(sources.snippet(*span));
                let condition = program.adts.get(broken.adt.0).and_then(|a| a.invariant.get(broken.index));
                let whole = match parameter.and_then(|p| self.inputs.get(p)) {
                    Some(input) if input.name == "self" => "receiver",
                    Some(input) => input.name.as_str(),
                    None => "result",
                };
                match &broken.path {
                    // A parameter named `_…` has another name in the test.
                    // `*self` of a value is not written `*value`.
                    Some(path)
                        if condition.is_some_and(is_plain_rust)
                            && !whole.starts_with('_')
                            && !source.contains("*self") =>
                    {
                        let _ = writeln!(body, "    let result = {call};");
                        let condition = replace_word(&source, "self", &format!("{whole}{path}"));
                        let _ = writeln!(body, "    assert!({condition});");
                    }
                    _ => {
                        let ret = function.map_or_else(Ty::unit, |f| substitute(&f.ret, &types));
                        self.value_assertion(&mut body, &render, &ret, returned, &call, &source);
                    }
                }
            }
        }
        let name: String = function_path
            .rsplit("::")
            .next()
            .unwrap_or("function")
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        // With these inputs rustc may see that the condition itself panics, which it would not compile.
        let condition = match &self.happened {
            Happened::EnsuresFalse { span, .. } | Happened::EnsuresUndefined { span, .. } if plain => {
                sources.snippet(*span)
            }
            _ => "",
        };
        let allowed = match condition.contains(['+', '-', '*', '/', '%', '<', '[']) {
            true => "#[allow(arithmetic_overflow, unconditional_panic)]\n",
            false => "",
        };
        format!("#[test]\n{allowed}fn counterexample_{name}() {{\n{body}}}\n")
    }

    /// Whether the condition, or what is captured for it, writes `*x` for a parameter that is a reference: the test has the
    /// value itself under that name.
    fn dereferences(&self, sources: &SourceMap, condition: Option<&Expr>, function: Option<&Function>) -> bool {
        let captures = function.and_then(|f| f.spec.as_ref()).map_or(&[][..], |s| &s.captures);
        let texts = condition.into_iter().chain(captures.iter().map(|c| &c.1)).map(|e| sources.snippet(e.span));
        let names: Vec<&str> =
            self.inputs.iter().filter(|i| matches!(i.ty, Ty::Ref(..))).map(|i| i.name.as_str()).collect();
        texts.into_iter().any(|text| {
            text.match_indices('*').any(|(at, _)| {
                let after = text[at + 1..].trim_start();
                names.iter().any(|n| {
                    after
                        .strip_prefix(n)
                        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
                })
            })
        })
    }

    fn condition<'a>(&self, function: Option<&'a Function>) -> (Option<&'a Expr>, usize) {
        match &self.happened {
            Happened::EnsuresFalse { index, .. } | Happened::EnsuresUndefined { index, .. } => {
                (function.and_then(|f| f.spec.as_ref()?.ensures.get(*index)).map(|(_, e)| e), *index)
            }
            _ => (None, 0),
        }
    }

    fn plain_assertion(
        &self,
        body: &mut String,
        function: Option<&Function>,
        sources: &SourceMap,
        call: &str,
        source: &str,
        index: usize,
    ) {
        let spec = function.and_then(|f| f.spec.as_ref());
        let has_self = self.inputs.iter().any(|i| i.name == "self");
        let text = |s: &str| if has_self { replace_word(&one_line(s), "self", "receiver") } else { one_line(s) };
        for (pat, e) in spec.map_or(&[][..], |s| &s.captures) {
            let _ = writeln!(body, "    let {} = {};", text(sources.snippet(pat.span)), text(sources.snippet(e.span)));
        }
        let pattern = spec.and_then(|s| s.ensures.get(index)).and_then(|(p, _)| p.as_ref());
        match pattern.map(|p| (one_line(sources.snippet(p.span)), p)) {
            Some((p, pat)) if !p.is_empty() => {
                let by_ref = matches!(pat.ty, Ty::Ref(..)) && !function.is_some_and(|f| matches!(f.ret, Ty::Ref(..)));
                let _ = writeln!(body, "    let {p} = {}{call};", if by_ref { "&" } else { "" });
            }
            _ => {
                let _ = writeln!(body, "    let _ = {call};");
            }
        }
        let _ = writeln!(body, "    assert!({});", text(source));
    }

    fn value_assertion(
        &self,
        body: &mut String,
        render: &Render<'_>,
        ret: &Ty,
        returned: &Value,
        call: &str,
        source: &str,
    ) {
        let _ = writeln!(body, "    let result = {call};");
        let _ = writeln!(body, "    // what comes out violates: {source}");
        let mut same = Vec::new();
        if *ret != Ty::unit() {
            if !comparable(render.program, ret) {
                let _ = writeln!(body, "    panic!(\"the returned value violates the postcondition\");");
                return;
            }
            let _ = writeln!(body, "    let wrong: {} = {};", render.ty(ret), render.value(ret, returned));
            same.push("result == wrong".to_string());
        }
        for (input, exit) in self.inputs.iter().zip(&self.exits) {
            if let (Some(v), Ty::Ref(true, t)) = (exit, &input.ty)
                && comparable(render.program, t)
            {
                let name = if input.name == "self" { "receiver" } else { &input.name };
                let t = owned_type(t);
                let _ = writeln!(body, "    let wrong_{name}: {} = {};", render.ty(&t), render.value(&t, v));
                same.push(format!("{name} == wrong_{name}"));
            }
        }
        if same.is_empty() {
            let _ = writeln!(body, "    panic!(\"the postcondition does not hold\");");
        } else {
            let _ = writeln!(body, "    assert!(!({}));", same.join(" && "));
        }
    }
}

/// The type that a test stores to lend it: a slice is lent by a vector.
fn owned_type(t: &Ty) -> Ty {
    match t {
        Ty::Slice(t) => Ty::Vec(t.clone()),
        t => t.clone(),
    }
}

fn call_path(krate: &str, path: &str) -> String {
    // `module::<Type as Trait>::method`
    if let Some((module, rest)) = path.split_once('<')
        && let Some((types, method)) = rest.split_once('>')
        && let Some((ty, tr)) = types.split_once(" as ")
    {
        return format!("<{krate}::{module}{ty} as {krate}::{module}{tr}>{method}");
    }
    format!("{krate}::{path}")
}

/// Whether rustc alone can evaluate the condition with the meaning it has in the spec, or panic on overflow (which fails the
/// test as well).
fn is_plain_rust(e: &Expr) -> bool {
    !walk::any(e, &|e| {
        e.ty == Ty::Math
            || match &*e.kind {
                ExprKind::Implies(..) | ExprKind::Call(..) | ExprKind::Construct { .. } | ExprKind::Match(..) => true,
                ExprKind::Quant { domain, .. } => matches!(domain, Domain::Typed),
                _ => false,
            }
    })
}

fn is_copy(t: &Ty) -> bool {
    match t {
        Ty::Bool | Ty::Char | Ty::Int(_) | Ty::Ref(false, _) => true,
        Ty::Tuple(ts) => ts.iter().all(is_copy),
        Ty::Array(t, _) => is_copy(t),
        _ => false,
    }
}

fn derived(program: &Program, t: &Ty, name: &str) -> bool {
    match t {
        Ty::Adt(id, ts) => {
            (id.is_of_std() || program.adts.get(id.0).is_some_and(|a| a.derives.iter().any(|d| d == name)))
                && ts.iter().all(|t| derived(program, t, name))
        }
        Ty::Tuple(ts) => ts.iter().all(|t| derived(program, t, name)),
        Ty::Array(t, _) | Ty::Vec(t) | Ty::Slice(t) | Ty::Ref(_, t) => derived(program, t, name),
        Ty::Opaque(..) => false,
        _ => true,
    }
}

fn clonable(program: &Program, t: &Ty) -> bool {
    derived(program, t, "Clone")
}

fn comparable(program: &Program, t: &Ty) -> bool {
    derived(program, t, "PartialEq")
}

/// Replaces a whole word.
fn replace_word(text: &str, from: &str, to: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let before = rest[..at].chars().next_back().is_some_and(is_word);
        let after = rest[at + from.len()..].chars().next().is_some_and(is_word);
        out.push_str(&rest[..at]);
        out.push_str(if before || after { from } else { to });
        rest = &rest[at + from.len()..];
    }
    out + rest
}
