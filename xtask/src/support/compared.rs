//! Supported probes against rustc: what they return, what they leave behind their `&mut`, and whether they panic, on edge values.
//! Probes whose arguments or results are of types of their own are left out.

use std::error::Error;
use std::fmt::Write as _;

use harmonic_translator::front::load;
use harmonic_translator::interp::{Happened, Instance, Limits, Run, Trace, Value};
use harmonic_translator::tir::{AdtId, FnId, IntTy};
use num_bigint::BigInt;

use super::rustc;

/// Most inputs of a probe.
const INPUTS: usize = 16;

/// Stack of the thread that interprets: probes may call themselves until a budget runs out.
const STACK: usize = 256 << 20;

/// A value as Rust and as the interpreter has it.
type Both = (String, Value);

/// The types whose values are made and shown here.
enum Shape {
    Unit,
    Int(IntTy),
    Bool,
    Char,
    Ordering,
    /// `str`, and `String` with `true`.
    Text(bool),
    /// A slice, an array of this length, or a `Vec`.
    Slice(Box<Shape>),
    Array(Box<Shape>, usize),
    Vec(Box<Shape>),
    Option(Box<Shape>),
    Result(Box<Shape>, Box<Shape>),
    Tuple(Vec<Shape>),
    Ref(bool, Box<Shape>),
}

/// What a type is; `None` if it is none of these.
fn shape(ty: &syn::Type) -> Option<Shape> {
    let boxed = |ty: &syn::Type| shape(ty).map(Box::new);
    Some(match ty {
        syn::Type::Tuple(it) if it.elems.is_empty() => Shape::Unit,
        syn::Type::Tuple(it) => Shape::Tuple(it.elems.iter().map(shape).collect::<Option<_>>()?),
        syn::Type::Reference(it) => Shape::Ref(it.mutability.is_some(), boxed(&it.elem)?),
        syn::Type::Slice(it) => Shape::Slice(boxed(&it.elem)?),
        syn::Type::Array(it) => match &it.len {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(n), .. }) => {
                Shape::Array(boxed(&it.elem)?, n.base10_parse().ok()?)
            }
            _ => return None,
        },
        syn::Type::Path(it) => {
            let last = it.path.segments.last()?;
            let name = last.ident.to_string();
            let args: Vec<&syn::Type> = match &last.arguments {
                syn::PathArguments::AngleBracketed(args) => {
                    let mut types = vec![];
                    for arg in &args.args {
                        match arg {
                            syn::GenericArgument::Type(ty) => types.push(ty),
                            _ => return None,
                        }
                    }
                    types
                }
                _ => vec![],
            };
            match (name.as_str(), args.as_slice()) {
                ("bool", []) => Shape::Bool,
                ("char", []) => Shape::Char,
                ("str", []) => Shape::Text(false),
                ("String", []) => Shape::Text(true),
                ("Ordering", []) => Shape::Ordering,
                ("Vec", [one]) => Shape::Vec(boxed(one)?),
                ("Option", [one]) => Shape::Option(boxed(one)?),
                ("Result", [ok, err]) => Shape::Result(boxed(ok)?, boxed(err)?),
                (name, []) => Shape::Int(IntTy::from_name(name)?),
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn integers(int: IntTy) -> Vec<BigInt> {
    let more: &[i32] = if int == IntTy::Usize { &[0, 1, 2, 3] } else { &[0, 1, 3, 7, -1, -3, 97] };
    let mut all: Vec<BigInt> = more.iter().map(|x| BigInt::from(*x)).chain([int.min(), int.max()]).collect();
    all.retain(|x| *x >= int.min() && *x <= int.max());
    all.dedup();
    all
}

/// Values from the edges of a type.
fn values(shape: &Shape) -> Vec<Both> {
    let each = |inner: &Shape, text: fn(&str) -> String, value: fn(Value) -> Value| -> Vec<Both> {
        values(inner).into_iter().map(|(t, v)| (text(&t), value(v))).collect()
    };
    let list = |of: &Shape, picks: &[usize], open: &str| -> Both {
        let of = values(of);
        let all: Vec<&Both> = picks.iter().map(|i| &of[i % of.len()]).collect();
        let text = all.iter().map(|b| b.0.as_str()).collect::<Vec<_>>().join(", ");
        (format!("{open}[{text}]"), Value::list(all.iter().map(|b| b.1.clone()).collect()))
    };
    const PICKS: &[&[usize]] = &[&[], &[0], &[1, 0, 2], &[2, 3, 3, 1], &[3, 2, 1, 0, 1, 4], &[1, 2]];
    match shape {
        Shape::Unit => vec![("()".into(), Value::unit())],
        Shape::Int(int) => integers(*int).into_iter().map(|x| (x.to_string(), Value::Int(x))).collect(),
        Shape::Bool => [false, true].iter().map(|x| (x.to_string(), Value::Bool(*x))).collect(),
        Shape::Char => {
            ['a', 'Z', '5', 'é', '\n', char::MAX].iter().map(|c| (format!("{c:?}"), Value::Char(*c))).collect()
        }
        Shape::Ordering => ["Less", "Equal", "Greater"]
            .iter()
            .enumerate()
            .map(|(i, name)| (format!("std::cmp::Ordering::{name}"), Value::adt(AdtId::ORDERING, i, vec![])))
            .collect(),
        Shape::Text(owned) => ["", "a", "ab", "1é", "€a"]
            .iter()
            .map(|s| (format!("{s:?}{}", if *owned { ".to_string()" } else { "" }), Value::text(s)))
            .collect(),
        Shape::Slice(of) => PICKS.iter().map(|picks| list(of, picks, "")).collect(),
        Shape::Vec(of) => PICKS.iter().map(|picks| list(of, picks, "vec!")).collect(),
        Shape::Array(of, n) => {
            (0..3).map(|from| list(of, &(0..*n).map(|i| i * 2 + from).collect::<Vec<_>>(), "")).collect()
        }
        Shape::Option(of) => {
            let some = each(of, |t| format!("Some({t})"), |v| Value::option(Some(v)));
            [("None".to_owned(), Value::option(None))].into_iter().chain(some).collect()
        }
        Shape::Result(ok, err) => {
            let ok = each(ok, |t| format!("Ok({t})"), |v| Value::result(Ok(v)));
            ok.into_iter().chain(each(err, |t| format!("Err({t})"), |v| Value::result(Err(v)))).collect()
        }
        Shape::Tuple(parts) => {
            let parts: Vec<Vec<Both>> = parts.iter().map(values).collect();
            let most = parts.iter().map(Vec::len).max().unwrap_or(0);
            let at = |i: usize| parts.iter().enumerate().map(move |(j, part)| &part[(i * (j + 1)) % part.len()]);
            let one = |i: usize| {
                let text = at(i).map(|b| b.0.as_str()).collect::<Vec<_>>().join(", ");
                (format!("({text},)"), Value::tuple(at(i).map(|b| b.1.clone()).collect()))
            };
            (0..most).map(one).collect()
        }
        Shape::Ref(_, of) => match &**of {
            Shape::Text(false) => values(of),
            Shape::Slice(_) => each(of, |t| format!("&{t}[..]"), |v| v),
            _ => each(of, |t| format!("&{t}"), |v| v),
        },
    }
}

/// A value as `{:?}` prints it.
fn shown(shape: &Shape, v: &Value) -> String {
    let all = |of: &Shape, c: &[Value]| c.iter().map(|v| shown(of, v)).collect::<Vec<_>>().join(", ");
    match (shape, v) {
        (Shape::Ref(_, of), v) => shown(of, v),
        (Shape::Text(_), v) => v.as_text().map_or_else(|| format!("{v:?}"), |s| format!("{s:?}")),
        (Shape::Slice(of) | Shape::Vec(of) | Shape::Array(of, _), Value::List(c)) => format!("[{}]", all(of, c)),
        (Shape::Option(_), Value::Adt(_, 0, _)) => "None".into(),
        (Shape::Option(of), Value::Adt(_, _, c)) => format!("Some({})", all(of, c)),
        (Shape::Result(ok, _), Value::Adt(_, 0, c)) => format!("Ok({})", all(ok, c)),
        (Shape::Result(_, err), Value::Adt(_, _, c)) => format!("Err({})", all(err, c)),
        (Shape::Ordering, Value::Adt(_, i, _)) => ["Less", "Equal", "Greater"][*i % 3].into(),
        (Shape::Tuple(parts), Value::Tuple(c)) => {
            let shown: Vec<String> = parts.iter().zip(c.iter()).map(|(p, v)| shown(p, v)).collect();
            format!("({})", shown.join(", "))
        }
        (Shape::Int(_), Value::Int(x)) => x.to_string(),
        (Shape::Bool, Value::Bool(b)) => b.to_string(),
        (Shape::Char, Value::Char(c)) => format!("{c:?}"),
        (Shape::Unit, _) => "()".into(),
        (_, v) => format!("{v:?}"),
    }
}

/// A probe with what the interpreter makes of its inputs: the call as Rust, and what it should print.
struct Case<'p> {
    name: &'p str,
    text: &'p str,
    calls: Vec<(String, String)>,
}

/// The inputs of parameters: all there are, or some of them from everywhere.
fn inputs(params: &[Shape]) -> Vec<Vec<Both>> {
    let parts: Vec<Vec<Both>> = params.iter().map(values).collect();
    let total: usize = parts.iter().map(Vec::len).product();
    let step = if total <= INPUTS { 1 } else { (total / INPUTS) | 1 };
    let at = |mut i: usize| {
        let pick = |part: &Vec<Both>| {
            let one = part[i % part.len()].clone();
            i /= part.len();
            one
        };
        parts.iter().map(pick).collect()
    };
    (0..total.min(INPUTS)).map(|i| at(i * step)).collect()
}

/// The case of a probe; `None` if its values cannot be made here, or no run of it comes to an end.
fn case<'p>(name: &'p str, text: &'p str) -> Option<Case<'p>> {
    let file = syn::parse_file(text).ok()?;
    let sig = file.items.iter().find_map(|item| match item {
        syn::Item::Fn(f) if f.sig.ident == "probe" => Some(&f.sig),
        _ => None,
    })?;
    if sig.asyncness.is_some() || sig.unsafety.is_some() || sig.generics.type_params().next().is_some() {
        return None;
    }
    let typed = |input: &syn::FnArg| match input {
        syn::FnArg::Typed(it) => shape(&it.ty),
        syn::FnArg::Receiver(_) => None,
    };
    let params: Vec<Shape> = sig.inputs.iter().map(typed).collect::<Option<_>>()?;
    let ret = match &sig.output {
        syn::ReturnType::Default => Shape::Unit,
        syn::ReturnType::Type(_, ty) => shape(ty)?,
    };
    let whole = format!("use harmonic::*;\n{text}");
    let (program, ..) = load("src/lib.rs", &super::verdict::cfg(), &|_| Ok(whole.clone().into_bytes()));
    let found = program.functions.iter().position(|f| f.path == "probe")?;
    let instance = Instance::new(&program, FnId(found), &[])?;
    let mut calls = vec![];
    for input in inputs(&params) {
        let values: Vec<Value> = input.iter().map(|b| b.1.clone()).collect();
        let expected = match instance.run(&values, Limits::default(), false, &mut Trace::default()) {
            Run::Good { returned, exits, .. } => {
                let mut out = shown(&ret, &returned);
                for (param, exit) in params.iter().zip(&exits) {
                    if let (Shape::Ref(true, of), Some(exit)) = (param, exit) {
                        let _ = write!(out, " {}", shown(of, exit));
                    }
                }
                out
            }
            Run::Bad { happened: Happened::Panicked(_), .. } => "panic".to_owned(),
            _ => continue,
        };
        let (mut before, mut args, mut after) = (String::new(), vec![], String::new());
        for (i, (param, (text, _))) in params.iter().zip(&input).enumerate() {
            match param {
                Shape::Ref(true, of) => {
                    let kept = text.trim_start_matches('&').trim_end_matches("[..]");
                    let list = if matches!(**of, Shape::Slice(_)) { "vec!" } else { "" };
                    let _ = write!(before, "let mut a{i} = {list}{kept}; ");
                    let _ = write!(after, " + &format!(\" {{a{i}:?}}\")");
                    args.push(format!("&mut a{i}"));
                }
                _ => args.push(text.clone()),
            }
        }
        let call = format!("{{ {before}let out = format!(\"{{:?}}\", probe({})); out{after} }}", args.join(", "));
        calls.push((call, expected));
    }
    (!calls.is_empty()).then_some(Case { name, text, calls })
}

/// Which of the named probes did, on all their inputs, what rustc makes of them: those whose values can be made here.
///
/// # Errors
/// If rustc does not run, or one did something else.
pub(crate) fn compare(probes: &[(String, String)]) -> Result<Vec<bool>, Box<dyn Error>> {
    let all: Vec<Option<Case<'_>>> = std::thread::scope(|scope| {
        let run = || probes.iter().map(|(name, text)| case(name, text)).collect();
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run)?;
        thread.join().map_err(|_| std::io::Error::other("the interpreter broke"))
    })?;
    let cases: Vec<&Case<'_>> = all.iter().flatten().collect();
    let mut rust = String::from(
        "fn run(f: &dyn Fn() -> String) {\n\
             match std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) {\n\
                 Ok(v) => println!(\"{v}\"),\n\
                 Err(_) => println!(\"panic\"),\n\
             }\n\
         }\n",
    );
    let mut main = String::from("fn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n");
    for (i, case) in cases.iter().enumerate() {
        let _ = writeln!(rust, "mod p{i} {{\nuse harmonic::*;\n{}\npub fn run() {{", case.text);
        for (call, _) in &case.calls {
            let _ = writeln!(rust, "crate::run(&|| {call});");
        }
        rust.push_str("}\n}\n");
        let _ = writeln!(main, "    p{i}::run();");
    }
    let printed = rustc::printed(&format!("{rust}{main}}}\n"))?;
    let (mut lines, mut wrong) = (printed.lines(), String::new());
    for case in &cases {
        for (call, expected) in &case.calls {
            let line = lines.next().unwrap_or("nothing");
            if line != expected {
                let _ = writeln!(wrong, "{}: {call} is {expected} to the interpreter, and {line} to rustc", case.name);
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(all.iter().map(Option::is_some).collect()),
        false => Err(wrong.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_rustc_is_said() {
        let probe = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let good = probe(
            "good",
            "#[spec(requires: n < 9)]\nfn probe(v: &mut [u8], n: usize, s: &str) -> Option<(usize, bool)> { v[n] += 1; Some((s.len(), v.len() > 1)) }",
        );
        let own = probe("own", "struct P(u8);\n#[spec]\nfn probe(p: P) -> u8 { p.0 }");
        let endless = probe("endless", "#[spec]\nfn probe() -> u8 { loop {} }");
        assert_eq!(compare(&[good, own, endless]).expect("rustc runs"), [true, false, false]);
        // The probe that rustc compiles is another one: it has a `cfg` that the interpreter has not.
        let differs =
            probe("differs", "#[spec]\nfn probe(x: u8) -> u8 { if x > 3 { #[cfg(panic = \"unwind\")] return 1; } 2 }");
        let said = compare(&[differs]).expect_err("they differ").to_string();
        assert!(said.starts_with("differs: ") && said.contains("to rustc"), "{said}");
    }
}
