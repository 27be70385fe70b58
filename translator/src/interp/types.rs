//! Values of a type: all of them when they are few, samples, and the simplest.

use num_bigint::BigInt;
use num_traits::One;

use super::machine::substitute;
use super::value::Value;
use crate::tir::{AdtId, IntTy, Program, Ty};

/// Field types of a variant with the type's arguments put in.
pub(crate) fn field_types(program: &Program, adt: AdtId, variant: usize, args: &[Ty]) -> Option<Vec<Ty>> {
    let a = program.adts.get(adt.0)?;
    let types: Vec<_> = a.params.iter().cloned().zip(args.iter().cloned()).collect();
    Some(a.variants.get(variant)?.fields.iter().map(|(_, t)| substitute(t, &types)).collect())
}

/// All values of a type when there are at most `max`.
pub(crate) fn enumerate_type(program: &Program, ty: &Ty, max: u64) -> Option<Vec<Value>> {
    enumerate(program, ty, max, 0)
}

fn enumerate(program: &Program, ty: &Ty, max: u64, depth: usize) -> Option<Vec<Value>> {
    if depth > 8 {
        return None;
    }
    let all = match ty {
        Ty::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Ty::Int(t) if t.bits() <= 16 => {
            if 1 << t.bits() > max {
                return None;
            }
            let mut v = Vec::with_capacity(1 << t.bits());
            let mut x = (*t).min();
            while x <= (*t).max() {
                v.push(Value::Int(x.clone()));
                x += 1;
            }
            v
        }
        Ty::Tuple(ts) => product(program, ts, max, depth)?.into_iter().map(Value::tuple).collect(),
        Ty::Array(t, n) if *n <= 16 => {
            let ts = vec![(**t).clone(); usize::try_from(*n).ok()?];
            product(program, &ts, max, depth)?.into_iter().map(Value::list).collect()
        }
        Ty::Ref(false, t) => enumerate(program, t, max, depth + 1)?,
        Ty::Adt(id, args) => {
            let mut all = Vec::new();
            for k in 0..program.adts.get(id.0)?.variants.len() {
                let ts = field_types(program, *id, k, args)?;
                all.extend(product(program, &ts, max, depth)?.into_iter().map(|f| Value::adt(*id, k, f)));
                if all.len() as u64 > max {
                    return None;
                }
            }
            all
        }
        _ => return None,
    };
    (all.len() as u64 <= max).then_some(all)
}

fn product(program: &Program, ts: &[Ty], max: u64, depth: usize) -> Option<Vec<Vec<Value>>> {
    let mut rows = vec![vec![]];
    for t in ts {
        let values = enumerate(program, t, max, depth + 1)?;
        if rows.len() as u64 * values.len() as u64 > max {
            return None;
        }
        rows = rows
            .iter()
            .flat_map(|r| {
                values.iter().map(move |v| {
                    let mut r: Vec<Value> = r.clone();
                    r.push(v.clone());
                    r
                })
            })
            .collect();
    }
    Some(rows)
}

/// Integers at the edges of a type, simplest first.
pub(crate) fn edge_ints(t: IntTy) -> Vec<BigInt> {
    let mut v: Vec<BigInt> = [0, 1, 2, 3, -1, -2].into_iter().map(BigInt::from).collect();
    v.extend([t.max(), t.min(), t.max() - 1, t.min() + 1, t.max() / 2, t.max() / 2 + 1]);
    v.extend([4, 5, 7, 8, 10, 15, 16, 17, -3, -8].into_iter().map(BigInt::from));
    let mut k = 5;
    while k < t.bits() {
        let p = BigInt::one() << k;
        v.extend([&p - 1, p.clone(), &p + 1, -&p]);
        k += if t.bits() > 16 { 8 - k % 8 } else { 1 };
    }
    v.retain(|x| super::int_ops::fits(t, x));
    let mut seen = std::collections::HashSet::new();
    v.retain(|x| seen.insert(x.clone()));
    v
}

/// Some values of any type, simplest first.
pub(crate) fn samples(program: &Program, ty: &Ty) -> Vec<Value> {
    match ty {
        Ty::Int(t) => edge_ints(*t).into_iter().map(Value::Int).collect(),
        Ty::Math => (-20..=20).chain([-1000, 1000, i64::MAX, i64::MIN]).map(Value::int).collect(),
        Ty::Char => ['\0', 'a', 'z', 'A', '0', ' ', '\u{7f}', 'é', '\u{10ffff}'].map(Value::Char).to_vec(),
        Ty::Str | Ty::String => ["", "a", "0", "ab", " ", "Z9_", "é"].map(Value::text).to_vec(),
        Ty::Ref(false, t) => samples(program, t),
        ty => enumerate_type(program, ty, 256).unwrap_or_else(|| simplest(program, ty, 0).into_iter().collect()),
    }
}

/// Whether the value can be written down: a type that is not looked into may have none, or none that is known.
pub(crate) fn is_evident(program: &Program, ty: &Ty, v: &Value) -> bool {
    match (ty, v) {
        (Ty::Opaque(name, args), _) => crate::opaque::evident(name, args).is_some(),
        (Ty::Ref(_, t), v) => is_evident(program, t, v),
        (Ty::Tuple(ts), Value::Tuple(vs)) => ts.iter().zip(vs.iter()).all(|(t, v)| is_evident(program, t, v)),
        (Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t), Value::List(vs)) => vs.iter().all(|v| is_evident(program, t, v)),
        (Ty::Adt(id, args), Value::Adt(_, k, vs)) => field_types(program, *id, *k, args)
            .is_some_and(|ts| ts.iter().zip(vs.iter()).all(|(t, v)| is_evident(program, t, v))),
        _ => true,
    }
}

/// The simplest value of a type; `None` when there is none that is small (or none at all).
pub(crate) fn simplest(program: &Program, ty: &Ty, depth: usize) -> Option<Value> {
    if depth > 12 {
        return None;
    }
    Some(match ty {
        Ty::Bool => Value::Bool(false),
        Ty::Char => Value::Char('a'),
        Ty::Int(_) | Ty::Math => Value::int(0),
        Ty::Tuple(ts) => Value::tuple(ts.iter().map(|t| simplest(program, t, depth + 1)).collect::<Option<_>>()?),
        Ty::Array(t, n) => {
            let v = simplest(program, t, depth + 1)?;
            Value::list(vec![v; usize::try_from(*n).ok().filter(|n| *n <= 4096)?])
        }
        Ty::Slice(_) | Ty::Vec(_) => Value::list(vec![]),
        Ty::Ref(_, t) => simplest(program, t, depth)?,
        Ty::Adt(id, args) => (0..program.adts.get(id.0)?.variants.len()).find_map(|k| {
            let fields = field_types(program, *id, k, args)?;
            let fields = fields.iter().map(|t| simplest(program, t, depth + 1)).collect::<Option<Vec<_>>>()?;
            Some(Value::adt(*id, k, fields))
        })?,
        Ty::Str | Ty::String => Value::text(""),
        Ty::Opaque(..) => Value::Opaque,
        Ty::Param(_) | Ty::Never => return None,
    })
}
