//! Every item of `std_ops.txt` against rustc. Calls are made of the declarations, with values from the edges of each type, so that
//! an item cannot be added without: results, what a call leaves behind its `&mut`, and panics have to be those of rustc.

use std::fmt::Write as _;

mod against_rustc;

use against_rustc::{Rng, edges, printed};
use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::interp::{Happened, Instance, Limits, Run, Trace, Value};
use harmonic_translator::std_table::{Letters, StdOp, StdTy, Use, table};
use harmonic_translator::tir::{AdtId, FnId, IntTy, Ty};

/// What stands for the letters of any types: two types each, of which values can be copied.
const ANY: [[&str; 3]; 2] = [["u8", "bool", "u16"], ["(i8, bool)", "u8", "u8"]];

/// A value as Rust text and as the interpreter has it.
type Both = (String, Value);

fn both(text: impl Into<String>, value: Value) -> Both {
    (text.into(), value)
}

/// The edge values of an integer type; of `u32` and `usize` those that matter as amounts and positions.
fn integers(int: IntTy, width: u32) -> Vec<Both> {
    let values = match int {
        // No vector can be as long as the largest value; one of half of it would be asked of the allocator.
        IntTy::Usize => [0, 1, 2, 3].into_iter().map(num_bigint::BigInt::from).chain([int.max()]).collect(),
        IntTy::U32 => {
            let mut all = edges(int, [0, 1, 2]);
            all.extend([width - 1, width, width + 1].map(num_bigint::BigInt::from));
            all
        }
        int => edges(int, [0, 1, -1, 2, -2, 7]),
    };
    values.into_iter().map(|x| both(x.to_string(), Value::Int(x))).collect()
}

/// A few values of a type that stands for a letter.
fn any(ty: &str) -> Vec<Both> {
    match ty {
        "u8" => [0u8, 1, 255].iter().map(|x| both(x.to_string(), Value::int(*x))).collect(),
        "u16" => [0u16, 65535].iter().map(|x| both(x.to_string(), Value::int(*x))).collect(),
        "bool" => [false, true].iter().map(|x| both(x.to_string(), Value::Bool(*x))).collect(),
        "(i8, bool)" => [(0i8, false), (-128, true), (127, false)]
            .iter()
            .map(|x| both(format!("{x:?}"), Value::tuple(vec![Value::int(x.0), Value::Bool(x.1)])))
            .collect(),
        other => panic!("no values for `{other}`"),
    }
}

/// Lists of the values of an element's type: empty ones, short ones, and one in which a value comes twice.
fn lists(of: &[Both]) -> Vec<Both> {
    let picks: &[&[usize]] = &[&[], &[0], &[1], &[0, 1], &[1, 0, 2], &[2, 1, 1, 0]];
    picks
        .iter()
        .map(|picks| {
            let all: Vec<&Both> = picks.iter().map(|i| &of[i % of.len()]).collect();
            let text = all.iter().map(|b| b.0.as_str()).collect::<Vec<_>>().join(", ");
            both(format!("vec![{text}]"), Value::list(all.iter().map(|b| b.1.clone()).collect()))
        })
        .collect()
}

/// The width of the integers that a use is about.
fn width(op: &StdOp, letters: &Letters) -> u32 {
    let named = op.letters().into_iter().find(|(integer, _)| *integer);
    let ty = named.and_then(|(_, letter)| letters.iter().find(|l| l.0 == letter));
    ty.and_then(|(_, ty)| IntTy::from_name(ty)).map_or(32, IntTy::bits)
}

/// The values that a parameter is given.
fn values(ty: &StdTy, letters: &Letters, width: u32) -> Vec<Both> {
    let of = |ty: &StdTy| values(ty, letters, width);
    match ty {
        StdTy::Int(_) | StdTy::Unsigned(_) => {
            let name = ty.rust(letters).expect("a type for each letter");
            let int = IntTy::from_name(&name).expect("an integer type");
            let mut rng = Rng(0x9e37_79b9 + int as u64);
            let random: Vec<_> = (0..3).map(|_| rng.int(int)).collect();
            let all = edges(int, [0, 1, -1, 2, -2, 7]).into_iter().chain(random);
            all.map(|x| both(x.to_string(), Value::Int(x))).collect()
        }
        StdTy::Any(_) => any(&ty.rust(letters).expect("a type for each letter")),
        StdTy::Plain(Ty::Int(int)) => integers(*int, width),
        StdTy::Plain(Ty::Bool) => any("bool"),
        StdTy::Plain(Ty::Char) => ['\0', 'a', 'Z', '9', '\u{7f}', '\u{80}', 'é', '\u{d7ff}', '\u{e000}', char::MAX]
            .iter()
            .map(|c| both(format!("{c:?}"), Value::Char(*c)))
            .collect(),
        StdTy::Plain(Ty::Str) => {
            ["", "a", "aé€", "\n\u{10ffff}"].iter().map(|s| both(format!("{s:?}"), Value::text(s))).collect()
        }
        StdTy::Plain(Ty::Adt(AdtId::ORDERING, _)) => ["Less", "Equal", "Greater"]
            .iter()
            .enumerate()
            .map(|(i, name)| both(format!("std::cmp::Ordering::{name}"), Value::adt(AdtId::ORDERING, i, vec![])))
            .collect(),
        StdTy::Option(inner) => {
            let some = of(inner).into_iter().map(|b| both(format!("Some({})", b.0), Value::option(Some(b.1))));
            [both("None", Value::option(None))].into_iter().chain(some).collect()
        }
        StdTy::Result(ok, err) => {
            let ok = of(ok).into_iter().map(|b| both(format!("Ok({})", b.0), Value::result(Ok(b.1))));
            let err = of(err).into_iter().map(|b| both(format!("Err({})", b.0), Value::result(Err(b.1))));
            ok.chain(err).collect()
        }
        StdTy::Vec(inner) | StdTy::Slice(inner) => lists(&of(inner)),
        StdTy::Ref(_, inner) => of(inner),
        StdTy::Tuple(parts) => {
            let mut all: Vec<(Vec<String>, Vec<Value>)> = vec![(vec![], vec![])];
            for part in parts {
                let next = of(part);
                let with = |(texts, values): &(Vec<String>, Vec<Value>), b: &Both| {
                    let (mut texts, mut values) = (texts.clone(), values.clone());
                    texts.push(b.0.clone());
                    values.push(b.1.clone());
                    (texts, values)
                };
                all = all.iter().flat_map(|one| next.iter().map(|b| with(one, b)).collect::<Vec<_>>()).collect();
            }
            all.into_iter().map(|(t, v)| both(format!("({},)", t.join(", ")), Value::tuple(v))).collect()
        }
        other => panic!("no values for {other:?}"),
    }
}

/// The type of a parameter's values where they are kept.
fn owned(ty: &StdTy, letters: &Letters) -> String {
    match ty {
        StdTy::Slice(inner) => format!("Vec<{}>", owned(inner, letters)),
        StdTy::Plain(Ty::Str) => "&'static str".into(),
        StdTy::Ref(_, inner) => owned(inner, letters),
        other => other.rust(letters).expect("a type for each letter"),
    }
}

/// How a kept value is handed to the call.
fn handed(at: usize, changes: bool, ty: &StdTy) -> String {
    match ty {
        _ if changes => format!("&mut a{at}"),
        StdTy::Slice(_) | StdTy::Ref(false, _) => format!("&a{at}"),
        _ => format!("a{at}"),
    }
}

/// A value of a type as `{:?}` prints it.
fn debug(ty: &StdTy, v: &Value) -> String {
    let all = |ty: &StdTy, c: &[Value]| c.iter().map(|v| debug(ty, v)).collect::<Vec<_>>().join(", ");
    match (ty, v) {
        (StdTy::Ref(_, inner), v) => debug(inner, v),
        (StdTy::Plain(Ty::Str), v) => format!("{:?}", v.as_text().expect("UTF-8")),
        (StdTy::Vec(inner) | StdTy::Slice(inner), Value::List(c)) => format!("[{}]", all(inner, c)),
        (StdTy::Option(_), Value::Adt(_, 0, _)) => "None".into(),
        (StdTy::Option(inner), Value::Adt(_, _, c)) => format!("Some({})", all(inner, c)),
        (StdTy::Result(ok, _), Value::Adt(_, 0, c)) => format!("Ok({})", all(ok, c)),
        (StdTy::Result(_, err), Value::Adt(_, _, c)) => format!("Err({})", all(err, c)),
        (StdTy::Plain(Ty::Adt(AdtId::TRY_FROM_INT_ERROR, _)), _) => "TryFromIntError(())".into(),
        (StdTy::Plain(Ty::Adt(AdtId::ORDERING, _)), Value::Adt(_, i, _)) => ["Less", "Equal", "Greater"][*i].into(),
        (StdTy::Tuple(parts), Value::Tuple(c)) => {
            let shown: Vec<String> = parts.iter().zip(c.iter()).map(|(ty, v)| debug(ty, v)).collect();
            format!("({})", shown.join(", "))
        }
        (_, Value::Int(x)) => x.to_string(),
        (_, Value::Bool(b)) => b.to_string(),
        (_, Value::Char(c)) => format!("{c:?}"),
        (_, Value::Tuple(c)) => format!("({})", all(ty, c)),
        (ty, v) => panic!("a value {v:?} of {ty:?}"),
    }
}

/// An item with types for its letters, and the values of each parameter.
struct Case {
    op: &'static StdOp,
    letters: Letters,
    used: Use,
    values: Vec<Vec<Both>>,
}

impl Case {
    /// All inputs, those of the last parameter changing fastest.
    fn inputs(&self) -> Vec<Vec<&Both>> {
        self.values.iter().fold(vec![vec![]], |all, next| {
            all.iter().flat_map(|one| next.iter().map(|b| [&one[..], &[b]].concat()).collect::<Vec<_>>()).collect()
        })
    }

    /// A Rust function that prints what comes of each input.
    fn rust(&self, at: usize) -> String {
        let mut out = format!("{}fn test{at}() {{\n", self.used.function(&format!("f{at}")));
        let params: Vec<&(bool, StdTy)> = self.used.params.iter().collect();
        for (i, (param, values)) in params.iter().zip(&self.values).enumerate() {
            let texts: Vec<&str> = values.iter().map(|b| b.0.as_str()).collect();
            let _ = writeln!(out, "let v{i}: Vec<{}> = vec![{}];", owned(&param.1, &self.letters), texts.join(", "));
        }
        for i in 0..params.len() {
            let _ = writeln!(out, "for a{i} in &v{i} {{");
        }
        out.push_str("run(|| {\n");
        for i in 0..params.len() {
            let _ = writeln!(out, "let mut a{i} = a{i}.clone();");
        }
        let handed: Vec<String> = params.iter().enumerate().map(|(i, p)| handed(i, p.0, &p.1)).collect();
        let _ = writeln!(out, "let mut out = format!(\"{{:?}}\", f{at}({}));", handed.join(", "));
        for (i, _) in params.iter().enumerate().filter(|(_, p)| p.0) {
            let _ = writeln!(out, "out += &format!(\" {{a{i}:?}}\");");
        }
        out.push_str("out\n});\n");
        out.push_str(&"}\n".repeat(params.len() + 1));
        out
    }
}

fn cases() -> Vec<Case> {
    let mut out = vec![];
    for op in table() {
        let any = op.letters().iter().any(|(integer, _)| !integer);
        for others in if any { &ANY[..] } else { &ANY[..1] } {
            for letters in op.instances(others) {
                let used = op.used(&letters).expect("a type for each letter");
                let width = width(op, &letters);
                let values = used.params.iter().map(|p| values(&p.1, &letters, width)).collect();
                out.push(Case { op, letters, used, values });
            }
        }
    }
    out
}

#[test]
fn every_item_does_what_rustc_does() {
    let cases = cases();
    for op in table() {
        let tried: usize = cases.iter().filter(|c| c.op.key == op.key).map(|c| c.inputs().len()).sum();
        assert!(tried > 0, "`{}` is not compared with rustc", op.key);
    }
    let mut rust = String::from(
        "#![allow(warnings)]\n\
         fn run(f: impl FnOnce() -> String) {\n\
             match std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) {\n\
                 Ok(v) => println!(\"{v}\"),\n\
                 Err(_) => println!(\"panic\"),\n\
             }\n\
         }\n",
    );
    let (mut ours, mut main) =
        (String::new(), String::from("fn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n"));
    for (i, case) in cases.iter().enumerate() {
        rust.push_str(&case.rust(i));
        ours.push_str(&case.used.function(&format!("f{i}")));
        let _ = writeln!(main, "    test{i}();");
    }
    let printed = printed(&format!("{rust}{main}}}\n"));
    let mut lines = printed.lines();
    let (program, _, errors) = load("src/lib.rs", &CfgSet::new(), &|_| Ok(ours.clone().into_bytes()));
    assert!(errors.is_empty(), "{errors:?}");
    let mut problems = String::new();
    let (mut compared, mut panics) = (0, 0);
    for (i, case) in cases.iter().enumerate() {
        let found = program.functions.iter().position(|f| f.path == format!("f{i}")).expect("the function is there");
        let refused = &program.functions[found].diagnostics;
        let mut wrong = refused.first().map(|d| format!("{}: {}", d.code, d.message));
        let instance = Instance::new(&program, FnId(found), &[]).expect("the function is there");
        for input in case.inputs() {
            let expected = lines.next().expect("one line for each input");
            let values: Vec<Value> = input.iter().map(|b| b.1.clone()).collect();
            let got = match instance.run(&values, Limits::default(), false, &mut Trace::default()) {
                Run::Good { returned, exits, .. } => {
                    let mut out = debug(&case.op.ret, &returned);
                    for ((changes, ty), exit) in case.used.params.iter().zip(&exits) {
                        if *changes {
                            let exit = exit.as_ref().expect("what is behind the `&mut`");
                            let _ = write!(out, " {}", debug(ty, exit));
                        }
                    }
                    out
                }
                Run::Bad { happened: Happened::Panicked(_), .. } => "panic".to_owned(),
                other => format!("{other:?}"),
            };
            compared += 1;
            panics += usize::from(expected == "panic");
            if got != expected && wrong.is_none() {
                let texts: Vec<&str> = input.iter().map(|b| b.0.as_str()).collect();
                wrong = Some(format!("on {}: {got}, rustc's is {expected}", texts.join(", ")));
            }
        }
        if let Some(wrong) = wrong {
            let _ = writeln!(problems, "`{}` of {:?} {wrong}", case.op.key, case.letters);
        }
    }
    assert_eq!(lines.next(), None);
    println!("{compared} compared, {panics} panics");
    assert!(problems.is_empty(), "{problems}");
    assert!(compared > 20_000 && panics > 100, "{compared} cases, {panics} panics");
}
