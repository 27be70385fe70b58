//! Integer semantics against rustc: every operator, cast and `int.` item of `std_ops.txt`, for all twelve types, on edge values
//! and a thousand random ones. One Rust program prints what really happens (overflow checks on, panics caught, with their
//! messages); the interpreter must say the same.

use std::fmt::Write as _;

mod against_rustc;

use against_rustc::{Rng, printed};
use harmonic_translator::interp::{Value, eval_closed};
use harmonic_translator::span::Span;
use harmonic_translator::std_table::{Receiver, StdOp, StdTy, admits, table};
use harmonic_translator::tir::{AdtId, ArithOp, CmpOp, Expr, ExprKind, IntTy, Lit, Program, Ty};
use num_bigint::BigInt;

/// Random operands for each operation and type.
const RANDOM: usize = 1_000;

fn edges(t: IntTy) -> Vec<BigInt> {
    against_rustc::edges(t, [0, 1, 2, 3, 5, 7, 10, -1, -2, -3, -7])
}

/// Operands `(a, b, c, n)`: three of the type and a `u32`.
fn operands(t: IntTy) -> Vec<(BigInt, BigInt, BigInt, BigInt)> {
    let mut rng = Rng(0x9e37_79b9 + t as u64);
    let edges = edges(t);
    let amounts: Vec<BigInt> =
        [0, 1, 2, 3, 7, t.bits() - 1, t.bits(), t.bits() + 1, 200, u32::MAX].map(BigInt::from).to_vec();
    let mut all = Vec::new();
    for (i, a) in edges.iter().enumerate() {
        for (j, b) in edges.iter().enumerate() {
            let c = edges[(i * 7 + j * 3) % edges.len()].clone();
            all.push((a.clone(), b.clone(), c, amounts[(i + j) % amounts.len()].clone()));
        }
    }
    for _ in 0..RANDOM {
        let n = if rng.next().is_multiple_of(8) {
            BigInt::from(rng.next() >> 32)
        } else {
            BigInt::from(rng.next() % u64::from(t.bits() + 2))
        };
        all.push((rng.int(t), rng.int(t), rng.int(t), n));
    }
    all
}

#[derive(Clone, Copy)]
enum Op {
    Arith(ArithOp, &'static str),
    Cmp(CmpOp, &'static str),
    /// A shift by an amount of another type.
    Shift(ArithOp, IntTy),
    Neg,
    Not,
    /// An item of the table.
    Std(&'static StdOp),
    Cast(IntTy),
    TryFrom(IntTy),
    ToBool,
}
fn ops(t: IntTy) -> Vec<Op> {
    let mut v = vec![Op::Not, Op::ToBool];
    for (op, s) in [
        (ArithOp::Add, "+"),
        (ArithOp::Sub, "-"),
        (ArithOp::Mul, "*"),
        (ArithOp::Div, "/"),
        (ArithOp::Rem, "%"),
        (ArithOp::BitAnd, "&"),
        (ArithOp::BitOr, "|"),
        (ArithOp::BitXor, "^"),
    ] {
        v.push(Op::Arith(op, s));
    }
    for (op, s) in
        [(CmpOp::Eq, "=="), (CmpOp::Ne, "!="), (CmpOp::Lt, "<"), (CmpOp::Le, "<="), (CmpOp::Gt, ">"), (CmpOp::Ge, ">=")]
    {
        v.push(Op::Cmp(op, s));
    }
    for amount in [IntTy::U32, IntTy::I32, IntTy::U8, IntTy::I64, IntTy::U128, IntTy::Usize] {
        v.push(Op::Shift(ArithOp::Shl, amount));
        v.push(Op::Shift(ArithOp::Shr, amount));
    }
    for to in IntTy::ALL {
        v.push(Op::Cast(to));
        v.push(Op::TryFrom(to));
    }
    v.extend(table().iter().filter_map(|op| match &op.receiver {
        Receiver::Method(_, StdTy::Int(letter)) if admits(letter, t) => Some(Op::Std(op)),
        _ => None,
    }));
    if t.signed() {
        v.push(Op::Neg);
    }
    v
}

/// The operands of an item behind its receiver: `b` and `c` of the type, `n` for an amount.
fn letters(op: &StdOp) -> Vec<&'static str> {
    let mut own = ["b", "c"].into_iter();
    let letter = |arg: &StdTy| match arg {
        StdTy::Int(_) => own.next(),
        StdTy::Plain(Ty::Int(IntTy::U32)) => Some("n"),
        _ => None,
    };
    op.args.iter().map(letter).collect::<Option<_>>().unwrap_or_else(|| panic!("no operands for `{}`", op.key))
}

/// What an item gives for a type.
fn result(ty: &StdTy, t: IntTy) -> Ty {
    match ty {
        StdTy::Int(_) => Ty::Int(t),
        StdTy::Unsigned(_) => Ty::Int(t.unsigned()),
        StdTy::Plain(ty) => ty.clone(),
        StdTy::Option(inner) => Ty::option(result(inner, t)),
        StdTy::Tuple(parts) => Ty::Tuple(parts.iter().map(|p| result(p, t)).collect()),
        other => panic!("no result {other:?} of an integer's item"),
    }
}

fn rust(op: Op) -> String {
    match op {
        Op::Arith(_, s) | Op::Cmp(_, s) => format!("a {s} b"),
        Op::Shift(ArithOp::Shl, t) => format!("a << (n as {})", t.name()),
        Op::Shift(_, t) => format!("a >> (n as {})", t.name()),
        Op::Neg => "-a".into(),
        Op::Not => "!a".into(),
        Op::Std(op) => format!("a.{}({})", op.name, letters(op).join(", ")),
        Op::Cast(t) => format!("a as {}", t.name()),
        Op::TryFrom(t) => format!("{}::try_from(a)", t.name()),
        Op::ToBool => "(a > b) as u64 + (char::from(n as u8) as u64) + ((n as u8 as char) as u8 as u64)".into(),
    }
}

fn expr(kind: ExprKind, ty: Ty) -> Expr {
    Expr { kind: Box::new(kind), ty, span: Span::default() }
}
fn lit(t: IntTy, x: &BigInt) -> Expr {
    expr(ExprKind::Lit(Lit::Int(x.clone())), Ty::Int(t))
}

fn tir(op: Op, t: IntTy, (a, b, c, n): &(BigInt, BigInt, BigInt, BigInt)) -> Expr {
    let same = Ty::Int(t);
    match op {
        Op::Arith(op, _) => expr(ExprKind::Arith(op, lit(t, a), lit(t, b)), same),
        Op::Cmp(op, _) => expr(ExprKind::Cmp(op, lit(t, a), lit(t, b)), Ty::Bool),
        Op::Shift(op, amount) => {
            let n = expr(ExprKind::Cast(lit(IntTy::U32, n)), Ty::Int(amount));
            expr(ExprKind::Arith(op, lit(t, a), n), same)
        }
        Op::Neg => expr(ExprKind::Neg(lit(t, a)), same),
        Op::Not => expr(ExprKind::Not(lit(t, a)), same),
        Op::Cast(to) => expr(ExprKind::Cast(lit(t, a)), Ty::Int(to)),
        Op::TryFrom(to) => {
            let ty = Ty::Adt(AdtId::RESULT, vec![Ty::Int(to), Ty::Adt(AdtId::TRY_FROM_INT_ERROR, vec![])]);
            expr(ExprKind::Std("int.try_from", vec![lit(t, a)]), ty)
        }
        Op::ToBool => {
            let u64 = Ty::Int(IntTy::U64);
            let byte = || expr(ExprKind::Cast(lit(IntTy::U32, n)), Ty::Int(IntTy::U8));
            let char = || expr(ExprKind::Cast(byte()), Ty::Char);
            let greater = expr(ExprKind::Cmp(CmpOp::Gt, lit(t, a), lit(t, b)), Ty::Bool);
            let first = expr(ExprKind::Cast(greater), u64.clone());
            let second = expr(ExprKind::Cast(char()), u64.clone());
            let narrow = expr(ExprKind::Cast(char()), Ty::Int(IntTy::U8));
            let third = expr(ExprKind::Cast(narrow), u64.clone());
            let sum = expr(ExprKind::Arith(ArithOp::Add, first, second), u64.clone());
            expr(ExprKind::Arith(ArithOp::Add, sum, third), u64)
        }
        Op::Std(op) => {
            let operand = |letter: &str| match letter {
                "b" => lit(t, b),
                "c" => lit(t, c),
                _ => lit(IntTy::U32, n),
            };
            let operands = [lit(t, a)].into_iter().chain(letters(op).into_iter().map(operand)).collect();
            expr(ExprKind::Std(op.key, operands), result(&op.ret, t))
        }
    }
}

/// A value as `{:?}` prints it.
fn debug(v: &Value) -> String {
    match v {
        Value::Int(x) => x.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Tuple(c) => format!("({})", c.iter().map(debug).collect::<Vec<_>>().join(", ")),
        Value::Adt(AdtId::OPTION, 0, _) => "None".into(),
        Value::Adt(AdtId::OPTION, _, c) => format!("Some({})", debug(&c[0])),
        Value::Adt(AdtId::RESULT, 0, c) => format!("Ok({})", debug(&c[0])),
        Value::Adt(AdtId::RESULT, ..) => "Err(TryFromIntError(()))".into(),
        v => format!("{v:?}"),
    }
}

fn program_text() -> String {
    let mut text = String::from(
        "#![allow(warnings)]\n\
         use std::panic::{catch_unwind, AssertUnwindSafe};\n\
         fn run<T: std::fmt::Debug>(f: impl FnOnce() -> T) {\n\
             match catch_unwind(AssertUnwindSafe(f)) {\n\
                 Ok(v) => println!(\"{v:?}\"),\n\
                 Err(e) => {\n\
                     let m = e.downcast_ref::<String>().cloned().or_else(|| e.downcast_ref::<&str>().map(|s| s.to_string()));\n\
                     println!(\"panic: {}\", m.unwrap_or_default());\n\
                 }\n\
             }\n\
         }\n\
         fn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n",
    );
    for t in IntTy::ALL {
        let _ = writeln!(text, "    test_{}();", t.name());
    }
    text.push_str("}\n");
    for t in IntTy::ALL {
        let name = t.name();
        let operands = operands(t);
        let _ = writeln!(text, "static V_{name}: [({name}, {name}, {name}, u32); {}] = [", operands.len());
        for (a, b, c, n) in operands {
            let _ = writeln!(text, "({a}, {b}, {c}, {n}),");
        }
        let _ = writeln!(text, "];\nfn test_{name}() {{");
        for op in ops(t) {
            let _ = writeln!(text, "    for &(a, b, c, n) in &V_{name} {{ run(|| {}); }}", rust(op));
        }
        text.push_str("}\n");
    }
    text
}

#[test]
fn integers_are_those_of_rustc() {
    let printed = printed(&program_text());
    let mut lines = printed.lines();
    let program = Program::default();
    let mut compared = 0usize;
    let mut panics = 0usize;
    for t in IntTy::ALL {
        let operands = operands(t);
        for op in ops(t) {
            for values in &operands {
                let expected = lines.next().expect("one line for each case");
                let got = match eval_closed(&program, &tir(op, t, values), false) {
                    Ok(v) => debug(&v),
                    Err(Ok(info)) => {
                        panics += 1;
                        format!("panic: {}", info.message)
                    }
                    Err(Err(stop)) => panic!("{}: {} on {values:?}: {stop:?}", t.name(), rust(op)),
                };
                assert_eq!(got, expected, "{}: `{}` on {values:?}", t.name(), rust(op));
                compared += 1;
            }
        }
    }
    assert_eq!(lines.next(), None);
    assert!(compared > 500_000 && panics > 10_000, "{compared} cases, {panics} panics");
}

#[test]
fn every_integer_item_is_compared() {
    let compared: Vec<&str> = IntTy::ALL
        .into_iter()
        .flat_map(ops)
        .filter_map(|op| match op {
            Op::Std(op) => Some(op.key),
            Op::TryFrom(_) => Some("int.try_from"),
            _ => None,
        })
        .collect();
    for op in table().iter().filter(|op| op.key.starts_with("int.")) {
        assert!(compared.contains(&op.key), "`{}` is not compared with rustc", op.key);
    }
}

/// Where machine arithmetic neither panics nor wraps, a condition has the same value.
#[test]
fn conditions_agree_where_nothing_overflows() {
    let program = Program::default();
    for t in IntTy::ALL {
        let operands = operands(t);
        for op in ops(t) {
            for values in operands.iter().step_by(5) {
                let e = tir(op, t, values);
                let Ok(code) = eval_closed(&program, &e, false) else { continue };
                match eval_closed(&program, &e, true) {
                    Ok(spec) => assert_eq!(spec, code, "{}: `{}` on {values:?}", t.name(), rust(op)),
                    Err(e) => panic!("{}: `{}` on {values:?}: {e:?}", t.name(), rust(op)),
                }
            }
        }
    }
}
