//! Quantifiers in conditions: by enumeration where the domain is finite and small, else by the bounds that the body implies,
//! else by samples, which can only decide one way.

use num_bigint::BigInt;
use num_traits::Zero;

use super::machine::{Eval, Flow, Machine, Stop};
use super::types::{enumerate_type, samples};
use super::value::Value;
use super::walk;
use crate::span::Span;
use crate::tir::{ArithOp, CmpOp, Domain, Expr, ExprKind, LocalId, Ty};

/// What the instances seen so far say.
struct Tally {
    all: bool,
    undecided: Option<Box<Flow>>,
}

impl Tally {
    /// Takes one instance; `Some` when it decides the quantifier.
    fn take(&mut self, r: Eval<bool>) -> Eval<Option<bool>> {
        match r {
            Ok(b) if b != self.all => Ok(Some(b)),
            Ok(_) => Ok(None),
            Err(flow) if matches!(*flow, Flow::Stop(Stop::Unknown(..))) => {
                self.undecided.get_or_insert(flow);
                Ok(None)
            }
            Err(flow) => Err(flow),
        }
    }
    fn end(self) -> Eval<bool> {
        match self.undecided {
            Some(flow) => Err(flow),
            None => Ok(self.all),
        }
    }
}

impl<'p> Machine<'p> {
    pub(crate) fn quantifier(
        &mut self,
        all: bool,
        vars: &'p [LocalId],
        domain: &'p Domain,
        body: &'p Expr,
        span: Span,
    ) -> Eval<Value> {
        let decided = match (domain, vars) {
            (Domain::Typed, _) => self.typed(all, vars, body, span)?,
            (Domain::Range { lo, hi, inclusive }, [v]) => {
                let lo = self.integer(lo)?;
                let mut hi = self.integer(hi)?;
                if *inclusive {
                    hi += 1;
                }
                self.over_range(all, *v, &lo, &hi, body, span)?
            }
            (Domain::Elements(list), [v]) => {
                let at = self.locate(list)?;
                let at = self.strip(at);
                let list = self.located_value(at, span)?;
                let list = self.resolve(&list);
                let Some(items) = list.children() else { return self.malformed("this quantifier", span) };
                let slot = self.local_slot(v.0, span)?;
                let mut tally = Tally { all, undecided: None };
                let mut decided = None;
                for item in items {
                    self.slots[slot] = item.clone();
                    let r = self.condition(body);
                    decided = tally.take(r)?;
                    if decided.is_some() {
                        break;
                    }
                }
                match decided {
                    Some(b) => b,
                    None => tally.end()?,
                }
            }
            _ => return self.malformed("this quantifier", span),
        };
        Ok(Value::Bool(decided))
    }

    fn over_range(
        &mut self,
        all: bool,
        v: LocalId,
        lo: &BigInt,
        hi: &BigInt,
        body: &'p Expr,
        span: Span,
    ) -> Eval<bool> {
        let slot = self.local_slot(v.0, span)?;
        let mut tally = Tally { all, undecided: None };
        let budget = BigInt::from(self.limits.instances);
        let complete = hi - lo <= budget;
        let end = if complete { hi.clone() } else { lo + &budget };
        let mut i = lo.clone();
        while i < end {
            self.slots[slot] = Value::Int(i.clone());
            let r = self.condition(body);
            if let Some(b) = tally.take(r)? {
                return Ok(b);
            }
            i += 1;
        }
        if complete {
            return tally.end();
        }
        // Too many to enumerate: the other end may still decide.
        let mut i: BigInt = hi - 1;
        for _ in 0..64 {
            self.slots[slot] = Value::Int(i.clone());
            let r = self.condition(body);
            if let Some(b) = tally.take(r)? {
                return Ok(b);
            }
            i -= 1;
        }
        self.malformed("a quantifier over this many values", span)
    }

    fn typed(&mut self, all: bool, vars: &'p [LocalId], body: &'p Expr, span: Span) -> Eval<bool> {
        let mut types = Vec::new();
        for v in vars {
            let ty = self.frames.last().and_then(|f| f.locals.get(v.0)).map(|l| self.concrete(&l.ty));
            match ty {
                Some(ty) => types.push(ty),
                None => return self.malformed("this quantifier", span),
            }
        }
        let mut tally = Tally { all, undecided: None };
        // Bounds implied by the body are exact whatever the size of the type, and usually give far fewer instances.
        let mut guards = Vec::new();
        guard_bounds(body, all, &mut guards);
        let mut budget = self.limits.instances;
        let outcome = {
            let mut leaf = |m: &mut Machine<'p>| {
                let r = m.condition(body);
                tally.take(r)
            };
            self.bounded(vars, &types, &mut Vec::new(), &guards, &mut leaf, &mut budget)?
        };
        match outcome {
            Progress::Decided(b) => return Ok(b),
            Progress::Complete => return tally.end(),
            Progress::Unbounded => {}
        }
        // All values of a small product of types.
        let mut total: u64 = 1;
        let mut domains = Vec::new();
        for ty in &types {
            match enumerate_type(self.program, ty, self.limits.instances) {
                Some(values) => {
                    total = total.saturating_mul(values.len() as u64);
                    domains.push(values);
                }
                None => total = u64::MAX,
            }
        }
        let complete = total <= self.limits.instances;
        if !complete {
            domains = types.iter().map(|t| samples(self.program, t)).collect();
        }
        let mut tally = Tally { all, undecided: None };
        let mut odometer = vec![0usize; domains.len()];
        let mut count: u64 = 0;
        if domains.iter().any(Vec::is_empty) {
            return if complete { tally.end() } else { self.malformed("a quantifier over this type", span) };
        }
        loop {
            for ((v, values), i) in vars.iter().zip(&domains).zip(&odometer) {
                let slot = self.local_slot(v.0, span)?;
                self.slots[slot] = values[*i].clone();
            }
            let r = self.condition(body);
            if let Some(b) = tally.take(r)? {
                return Ok(b);
            }
            count += 1;
            if !complete && count >= 4096 {
                break;
            }
            let mut digit = 0;
            while digit < odometer.len() {
                odometer[digit] += 1;
                if odometer[digit] < domains[digit].len() {
                    break;
                }
                odometer[digit] = 0;
                digit += 1;
            }
            if digit == odometer.len() {
                break;
            }
        }
        if complete { tally.end() } else { self.malformed("a quantifier over all values of this type", span) }
    }

    /// Enumerates integer variables one after another, each between bounds that the guard gives in terms of values already
    /// known. Outside these bounds the body is trivially true (or false, for "exists").
    pub(crate) fn bounded(
        &mut self,
        vars: &'p [LocalId],
        types: &[Ty],
        assigned: &mut Vec<LocalId>,
        guards: &[Guard<'p>],
        leaf: &mut dyn FnMut(&mut Machine<'p>) -> Eval<Option<bool>>,
        budget: &mut u64,
    ) -> Eval<Progress> {
        if assigned.len() == vars.len() {
            if *budget == 0 {
                return Ok(Progress::Unbounded);
            }
            *budget -= 1;
            return Ok(match leaf(self)? {
                Some(b) => Progress::Decided(b),
                None => Progress::Complete,
            });
        }
        // The open variable with the fewest values.
        let mut best: Option<(LocalId, BigInt, BigInt)> = None;
        for (v, ty) in vars.iter().zip(types) {
            if assigned.contains(v) {
                continue;
            }
            let Some((lo, hi)) = self.bounds_of(*v, ty, vars, assigned, guards) else { continue };
            if best.as_ref().is_none_or(|(_, l, h)| &hi - &lo < h - l) {
                best = Some((*v, lo, hi));
            }
        }
        let Some((v, lo, hi)) = best else { return Ok(Progress::Unbounded) };
        if &hi - &lo > BigInt::from(*budget) {
            return Ok(Progress::Unbounded);
        }
        let slot = self.local_slot(v.0, Span::default())?;
        assigned.push(v);
        let mut i = lo;
        let mut outcome = Progress::Complete;
        while i <= hi {
            self.slots[slot] = Value::Int(i.clone());
            match self.bounded(vars, types, assigned, guards, leaf, budget)? {
                Progress::Complete => {}
                other => {
                    outcome = other;
                    break;
                }
            }
            i += 1;
        }
        assigned.pop();
        Ok(outcome)
    }

    /// Inclusive bounds of a variable from its type and the guards that can be evaluated.
    fn bounds_of(
        &mut self,
        v: LocalId,
        ty: &Ty,
        vars: &[LocalId],
        assigned: &[LocalId],
        guards: &[Guard<'p>],
    ) -> Option<(BigInt, BigInt)> {
        let (mut lo, mut hi) = match ty {
            Ty::Int(t) => (Some((*t).min()), Some((*t).max())),
            Ty::Math => (None, None),
            _ => return None,
        };
        for g in guards.iter().filter(|g| g.var == v) {
            let open = |l: &LocalId| vars.contains(l) && !assigned.contains(l);
            if walk::any(g.bound, &|e| matches!(&*e.kind, ExprKind::Local(l) if open(l))) {
                continue;
            }
            let Ok(b) = self.integer(g.bound) else { continue };
            let b = b - &g.offset;
            let (l, h) = match g.op {
                CmpOp::Lt => (None, Some(b - 1)),
                CmpOp::Le => (None, Some(b)),
                CmpOp::Gt => (Some(b + 1), None),
                CmpOp::Ge => (Some(b), None),
                CmpOp::Eq => (Some(b.clone()), Some(b)),
                CmpOp::Ne => (None, None),
            };
            if let Some(l) = l {
                lo = Some(lo.map_or(l.clone(), |x| x.max(l)));
            }
            if let Some(h) = h {
                hi = Some(hi.map_or(h.clone(), |x| x.min(h)));
            }
        }
        Some((lo?, hi?))
    }
}

pub(crate) enum Progress {
    Decided(bool),
    Complete,
    Unbounded,
}

/// `var + offset op bound` holds wherever the body is not trivial.
pub(crate) struct Guard<'p> {
    var: LocalId,
    offset: BigInt,
    op: CmpOp,
    bound: &'p Expr,
}

/// Collects the guards at the front of a quantifier's body. Only comparisons evaluated before anything that might be undefined
/// count: behind `v[i] > 0 && i < n` the body is undefined, not trivial, for large `i`.
pub(crate) fn guard_bounds<'p>(body: &'p Expr, all: bool, out: &mut Vec<Guard<'p>>) -> bool {
    match (&*body.kind, all) {
        (ExprKind::Implies(a, b), true) => conjuncts(a, false, out) && guard_bounds(b, all, out),
        (ExprKind::Or(a, b), true) => conjuncts(a, true, out) && guard_bounds(b, all, out),
        (ExprKind::And(a, b), false) => guard_bounds(a, all, out) && guard_bounds(b, all, out),
        (_, false) => conjuncts(body, false, out),
        _ => false,
    }
}

fn conjuncts<'p>(e: &'p Expr, negated: bool, out: &mut Vec<Guard<'p>>) -> bool {
    match (&*e.kind, negated) {
        (ExprKind::And(a, b), false) | (ExprKind::Or(a, b), true) => {
            conjuncts(a, negated, out) && conjuncts(b, negated, out)
        }
        (ExprKind::Not(a), _) => conjuncts(a, !negated, out),
        (ExprKind::Cmp(op, a, b), _) => {
            if walk::any(e, &may_be_undefined) {
                return false;
            }
            let op = if negated { negate(*op) } else { *op };
            if let Some((var, offset)) = linear(a) {
                out.push(Guard { var, offset, op, bound: b });
            }
            if let Some((var, offset)) = linear(b) {
                out.push(Guard { var, offset, op: mirror(op), bound: a });
            }
            true
        }
        _ => !walk::any(e, &may_be_undefined),
    }
}

fn may_be_undefined(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Index(..) | ExprKind::SliceRange { .. } | ExprKind::Call(..) | ExprKind::Panic(..) => true,
        ExprKind::Arith(op, ..) => matches!(op, ArithOp::Div | ArithOp::Rem | ArithOp::Shl | ArithOp::Shr),
        ExprKind::Std(key, _) => {
            key.ends_with("unwrap") || key.ends_with("expect") || key.ends_with("euclid") || key.ends_with("clamp")
        }
        _ => false,
    }
}

/// `v`, `v + c`, `v - c`, or a widening cast of these.
fn linear(e: &Expr) -> Option<(LocalId, BigInt)> {
    match &*e.kind {
        ExprKind::Local(l) => Some((*l, BigInt::zero())),
        ExprKind::Cast(a) => match (a.ty.peel(), &e.ty) {
            (_, Ty::Math) => linear(a),
            (Ty::Int(from), Ty::Int(to)) if super::eval::widens(*from, *to) => linear(a),
            _ => None,
        },
        ExprKind::Copy(a) | ExprKind::Deref(a) => linear(a),
        ExprKind::Arith(op @ (ArithOp::Add | ArithOp::Sub), a, b) => {
            let (l, c) = linear(a)?;
            match &*b.kind {
                ExprKind::Lit(crate::tir::Lit::Int(k)) if *op == ArithOp::Add => Some((l, c + k)),
                ExprKind::Lit(crate::tir::Lit::Int(k)) => Some((l, c - k)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn negate(op: CmpOp) -> CmpOp {
    match op {
        CmpOp::Eq => CmpOp::Ne,
        CmpOp::Ne => CmpOp::Eq,
        CmpOp::Lt => CmpOp::Ge,
        CmpOp::Le => CmpOp::Gt,
        CmpOp::Gt => CmpOp::Le,
        CmpOp::Ge => CmpOp::Lt,
    }
}

fn mirror(op: CmpOp) -> CmpOp {
    match op {
        CmpOp::Lt => CmpOp::Gt,
        CmpOp::Le => CmpOp::Ge,
        CmpOp::Gt => CmpOp::Lt,
        CmpOp::Ge => CmpOp::Le,
        op => op,
    }
}
