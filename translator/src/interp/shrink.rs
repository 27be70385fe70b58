//! Making failing inputs small.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::types::{field_types, simplest};
use super::value::Value;
use crate::tir::{Program, Ty};

/// Candidates tried at most.
const TRIES: usize = 600;

/// Smaller inputs that still fail, as small as greedy steps get them.
pub(crate) fn shrink(
    program: &Program,
    types: &[Ty],
    values: &[Value],
    fails: &dyn Fn(&[Value]) -> bool,
) -> Vec<Value> {
    let mut best = values.to_vec();
    let mut tries = 0;
    'again: loop {
        for i in 0..best.len() {
            for candidate in smaller(program, &types[i], &best[i]) {
                if tries >= TRIES {
                    return best;
                }
                tries += 1;
                let mut next = best.clone();
                next[i] = candidate;
                if fails(&next) {
                    best = next;
                    continue 'again;
                }
            }
        }
        return best;
    }
}

/// Simpler values of a type, the simplest first. Every chain of them ends.
fn smaller(program: &Program, ty: &Ty, v: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    match (ty, v) {
        (Ty::Ref(_, t), v) => return smaller(program, t, v),
        (Ty::Bool, Value::Bool(true)) => out.push(Value::Bool(false)),
        (Ty::Char, Value::Char(c)) if *c != 'a' => {
            out.push(Value::Char('a'));
            if *c > '0' && !c.is_ascii_lowercase() {
                out.push(Value::Char('0'));
            }
        }
        (Ty::Int(_), Value::Int(x)) => out.extend(smaller_ints(x).into_iter().map(Value::Int)),
        (Ty::Slice(t) | Ty::Vec(t), Value::List(c)) => {
            if !c.is_empty() {
                out.push(Value::list(vec![]));
            }
            if c.len() > 1 {
                out.push(Value::list(c[..c.len() / 2].to_vec()));
                out.push(Value::list(c[c.len() / 2..].to_vec()));
            }
            for i in 0..c.len() {
                let mut d = c.to_vec();
                d.remove(i);
                out.push(Value::list(d));
            }
            parts(program, &vec![(**t).clone(); c.len()], c, &mut out, &Value::list);
        }
        (Ty::Str | Ty::String, v) => {
            let chars: Vec<char> = v.as_text().unwrap_or_default().chars().collect();
            let text = |chars: &[char]| Value::text(&chars.iter().collect::<String>());
            if !chars.is_empty() {
                out.push(text(&[]));
            }
            if chars.len() > 1 {
                out.push(text(&chars[..chars.len() / 2]));
                out.push(text(&chars[chars.len() / 2..]));
            }
            for i in 0..chars.len() {
                let mut fewer = chars.clone();
                fewer.remove(i);
                out.push(text(&fewer));
                if chars[i] != 'a' {
                    let mut plain = chars.clone();
                    plain[i] = 'a';
                    out.push(text(&plain));
                }
            }
        }
        (Ty::Array(t, _), Value::List(c)) => {
            parts(program, &vec![(**t).clone(); c.len()], c, &mut out, &Value::list);
        }
        (Ty::Tuple(ts), Value::Tuple(c)) => parts(program, ts, c, &mut out, &Value::tuple),
        (Ty::Adt(id, args), Value::Adt(_, k, c)) => {
            if let Some(s) = simplest(program, ty, 0)
                && s.size() < v.size()
            {
                out.push(s);
            }
            // A part of the same type (a tail, a subtree) in place of the whole.
            let types = field_types(program, *id, *k, args).unwrap_or_default();
            for (t, x) in types.iter().zip(c.iter()) {
                if t == ty {
                    out.push(x.clone());
                }
            }
            for j in 0..*k {
                let fields = field_types(program, *id, j, args).unwrap_or_default();
                let fields: Option<Vec<_>> = fields.iter().map(|t| simplest(program, t, 0)).collect();
                if let Some(fields) = fields {
                    let w = Value::adt(*id, j, fields);
                    if w.size() <= v.size() {
                        out.push(w);
                    }
                }
            }
            let (id, k) = (*id, *k);
            parts(program, &types, c, &mut out, &move |d| Value::adt(id, k, d));
        }
        _ => {}
    }
    out
}

fn parts(program: &Program, types: &[Ty], c: &[Value], out: &mut Vec<Value>, build: &dyn Fn(Vec<Value>) -> Value) {
    for (i, t) in types.iter().enumerate().take(c.len()) {
        for s in smaller(program, t, &c[i]) {
            let mut d = c.to_vec();
            d[i] = s;
            out.push(build(d));
        }
    }
}

fn smaller_ints(x: &BigInt) -> Vec<BigInt> {
    if x.is_zero() {
        return vec![];
    }
    let mut out = vec![BigInt::zero()];
    if x.is_negative() {
        out.push(-x);
    }
    let mut step: BigInt = x / 2;
    while !step.is_zero() {
        out.push(x - &step);
        step /= 2;
    }
    out.push(x - x.signum());
    out.dedup();
    out.retain(|y| y != x);
    out
}
