//! How far inputs are from meeting a condition, as a number that search can follow downhill.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::machine::{Eval, Flow, Machine, Stop};
use super::quantifier::{Progress, guard_bounds};
use super::value::Value;
use crate::tir::{CmpOp, Domain, Expr, ExprKind, LocalId, Ty};

/// Distance of what cannot be evaluated.
const FAR: f64 = 64.0;
/// Instances of a quantifier that count.
const INSTANCES: u64 = 400;

fn gap(d: &BigInt) -> f64 {
    // Logarithmic: a step from 10 to 9 and one from 10^9 to 10^8 are both progress.
    1.0 + d.abs().to_f64().unwrap_or(f64::MAX).ln_1p() / 4.0
}

impl<'p> Machine<'p> {
    /// Zero when the condition is `want`; positive, and smaller the closer the inputs are, otherwise. Numbers that failed
    /// comparisons would like to see are added to `wanted`.
    pub(crate) fn distance(&mut self, e: &'p Expr, want: bool, wanted: &mut Vec<BigInt>) -> f64 {
        if self.tick().is_err() {
            return FAR;
        }
        match (&*e.kind, want) {
            (ExprKind::And(a, b), true) | (ExprKind::Or(a, b), false) => {
                let d = self.distance(a, want, wanted);
                // Behind a guard that fails, the rest may mean nothing; it still gives a direction.
                d + self.distance(b, want, wanted)
            }
            (ExprKind::And(a, b), false) | (ExprKind::Or(a, b), true) => {
                let d = self.distance(a, want, wanted);
                if d == 0.0 { d } else { d.min(self.distance(b, want, wanted)) }
            }
            (ExprKind::Implies(a, b), true) => {
                let d = self.distance(a, false, wanted);
                if d == 0.0 { d } else { d.min(self.distance(b, true, wanted)) }
            }
            (ExprKind::Implies(a, b), false) => {
                let d = self.distance(a, true, wanted);
                d + self.distance(b, false, wanted)
            }
            (ExprKind::Not(a), _) if a.ty == Ty::Bool => self.distance(a, !want, wanted),
            (ExprKind::If(c, t, f), _) => match self.condition(c) {
                Ok(true) => self.distance(t, want, wanted),
                Ok(false) => self.distance(f, want, wanted),
                Err(_) => FAR,
            },
            (ExprKind::Block { label: None, stmts, tail: Some(tail) }, _) if stmts.is_empty() => {
                self.distance(tail, want, wanted)
            }
            (ExprKind::Cmp(op, a, b), _) => self.distance_cmp(*op, a, b, want, wanted),
            (ExprKind::Quant { all, vars, domain, body }, _) => {
                self.distance_quant(*all, vars, domain, body, want, wanted).unwrap_or(FAR)
            }
            _ => self.plain(e, want),
        }
    }

    fn plain(&mut self, e: &'p Expr, want: bool) -> f64 {
        match self.condition(e) {
            Ok(b) if b == want => 0.0,
            Ok(_) => 2.0,
            Err(_) => FAR,
        }
    }

    fn distance_cmp(&mut self, op: CmpOp, a: &'p Expr, b: &'p Expr, want: bool, wanted: &mut Vec<BigInt>) -> f64 {
        let (Ok(x), Ok(y)) = (self.eval(a), self.eval(b)) else { return FAR };
        let (x, y) = (self.resolve(&x), self.resolve(&y));
        let op = match (op, want) {
            (op, true) => op,
            (CmpOp::Eq, false) => CmpOp::Ne,
            (CmpOp::Ne, false) => CmpOp::Eq,
            (CmpOp::Lt, false) => CmpOp::Ge,
            (CmpOp::Le, false) => CmpOp::Gt,
            (CmpOp::Gt, false) => CmpOp::Le,
            (CmpOp::Ge, false) => CmpOp::Lt,
        };
        match (&x, &y) {
            (Value::Int(x), Value::Int(y)) => {
                let d = match op {
                    CmpOp::Eq => (x - y).abs(),
                    CmpOp::Ne => BigInt::from(u8::from(x == y)),
                    CmpOp::Lt => x - y + 1,
                    CmpOp::Le => x - y,
                    CmpOp::Gt => y - x + 1,
                    CmpOp::Ge => y - x,
                };
                if !d.is_positive() {
                    return 0.0;
                }
                if wanted.len() < 64 {
                    for v in [x, y] {
                        wanted.extend([v.clone(), v - 1, v + 1]);
                    }
                    wanted.push(x + y);
                    wanted.push((x - y).abs());
                }
                gap(&d)
            }
            (x, y) => match self.compare(x, y) {
                None => FAR,
                Some(o) => {
                    let holds = match op {
                        CmpOp::Eq => o.is_eq(),
                        CmpOp::Ne => o.is_ne(),
                        CmpOp::Lt => o.is_lt(),
                        CmpOp::Le => o.is_le(),
                        CmpOp::Gt => o.is_gt(),
                        CmpOp::Ge => o.is_ge(),
                    };
                    if holds { 0.0 } else { 1.0 + difference(x, y).ln_1p() }
                }
            },
        }
    }

    fn distance_quant(
        &mut self,
        all: bool,
        vars: &'p [LocalId],
        domain: &'p Domain,
        body: &'p Expr,
        want: bool,
        wanted: &mut Vec<BigInt>,
    ) -> Eval<f64> {
        // "All are true" and "none is true" are sums over instances, the others a minimum.
        let sum = all == want;
        let mut total = 0.0;
        let mut least = FAR;
        let mut take = |d: f64| {
            total += d;
            least = f64::min(least, d);
        };
        match (domain, vars) {
            (Domain::Range { lo, hi, inclusive }, [v]) => {
                let lo = self.integer(lo)?;
                let hi = self.integer(hi)? + u8::from(*inclusive);
                let slot = self.local_slot(v.0, body.span)?;
                let mut i = lo;
                let mut count = 0;
                while i < hi && count < INSTANCES {
                    self.slots[slot] = Value::Int(i.clone());
                    take(self.distance(body, want, wanted));
                    i += 1;
                    count += 1;
                }
            }
            (Domain::Elements(list), [v]) => {
                let list = self.scalar(list)?;
                let slot = self.local_slot(v.0, body.span)?;
                for item in list.children().unwrap_or_default().iter().take(INSTANCES as usize) {
                    self.slots[slot] = item.clone();
                    take(self.distance(body, want, wanted));
                }
            }
            (Domain::Typed, _) => {
                let mut guards = Vec::new();
                guard_bounds(body, all, &mut guards);
                let types: Vec<Ty> = vars
                    .iter()
                    .filter_map(|v| self.frames.last()?.locals.get(v.0).map(|l| self.concrete(&l.ty)))
                    .collect();
                let mut budget = INSTANCES;
                let mut leaf = |m: &mut Machine<'p>| {
                    take(m.distance(body, want, wanted));
                    Ok(None)
                };
                let p = self.bounded(vars, &types, &mut Vec::new(), &guards, &mut leaf, &mut budget)?;
                if !matches!(p, Progress::Complete) {
                    return Ok(match self.quantifier(all, vars, domain, body, body.span) {
                        Ok(Value::Bool(b)) if b == want => 0.0,
                        Ok(_) => 4.0,
                        Err(_) => FAR,
                    });
                }
            }
            _ => return Err(Box::new(Flow::Stop(Stop::Unknown("this quantifier".into(), body.span)))),
        }
        Ok(if sum { total } else { least })
    }
}

/// How different two values are: differing scalars and lengths.
fn difference(x: &Value, y: &Value) -> f64 {
    match (x, y) {
        (Value::Int(a), Value::Int(b)) => (a - b).abs().to_f64().unwrap_or(f64::MAX).ln_1p(),
        (Value::Adt(_, i, _), Value::Adt(_, j, _)) if i != j => 8.0,
        _ => match (x.children(), y.children()) {
            (Some(a), Some(b)) => {
                let parts: f64 = a.iter().zip(b).map(|(p, q)| difference(p, q)).sum();
                parts + 4.0 * a.len().abs_diff(b.len()) as f64
            }
            _ => f64::from(u8::from(x != y)),
        },
    }
}
