//! Walking the typed IR.

use std::collections::BTreeSet;

use crate::tir::{Domain, Expr, ExprKind, FnId, ForIter, Function, Stmt};

/// The functions that a function's body calls.
pub fn callees(function: &Function) -> BTreeSet<FnId> {
    let mut out = BTreeSet::new();
    let mut todo: Vec<&Expr> = function.body.iter().collect();
    while let Some(e) = todo.pop() {
        if let ExprKind::Call(id, ..) = &*e.kind {
            out.insert(*id);
        }
        children(e, &mut |child| todo.push(child));
    }
    out
}

/// Calls `f` on every direct sub-expression, in order of evaluation.
pub fn children<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    match &*e.kind {
        ExprKind::Lit(_) | ExprKind::Local(_) | ExprKind::Continue(_) | ExprKind::Panic(..) => {}
        ExprKind::Break(_, v) | ExprKind::Return(v) => v.iter().for_each(f),
        ExprKind::Arith(_, a, b)
        | ExprKind::Cmp(_, a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Implies(a, b)
        | ExprKind::Repeat(a, b)
        | ExprKind::Index(a, b)
        | ExprKind::Assign(a, b)
        | ExprKind::AssignOp(_, a, b) => {
            f(a);
            f(b);
        }
        ExprKind::Neg(a)
        | ExprKind::Not(a)
        | ExprKind::Let(_, a)
        | ExprKind::Cast(a)
        | ExprKind::Field(a, _)
        | ExprKind::Deref(a)
        | ExprKind::Borrow(_, a)
        | ExprKind::Copy(a) => f(a),
        ExprKind::Tuple(es) | ExprKind::Array(es) | ExprKind::Call(_, _, es) | ExprKind::Std(_, es) => {
            es.iter().for_each(f);
        }
        ExprKind::Construct { fields, base, .. } => fields.iter().flatten().chain(base).for_each(f),
        ExprKind::SliceRange { base, lo, hi, .. } => std::iter::once(base).chain(lo).chain(hi).for_each(f),
        ExprKind::If(a, b, c) => {
            f(a);
            f(b);
            f(c);
        }
        ExprKind::Match(s, arms) => {
            f(s);
            for arm in arms {
                arm.guard.iter().for_each(&mut *f);
                f(&arm.body);
            }
        }
        ExprKind::Block { stmts, tail, .. } => {
            for s in stmts {
                match s {
                    Stmt::Let { init, els, .. } => init.iter().chain(els).for_each(&mut *f),
                    Stmt::Expr(e) => f(e),
                }
            }
            tail.iter().for_each(f);
        }
        ExprKind::Loop { spec, body, .. } => spec.maintains.iter().chain(&spec.decreases).chain([body]).for_each(f),
        ExprKind::While { spec, cond, body, .. } => {
            spec.maintains.iter().chain(&spec.decreases).chain([cond, body]).for_each(f);
        }
        ExprKind::For { spec, iter, body, .. } => {
            match iter {
                ForIter::Range { lo, hi, step, .. } => [lo, hi].into_iter().chain(step).for_each(&mut *f),
                ForIter::Elements { base, .. } => f(base),
            }
            spec.maintains.iter().chain(&spec.decreases).chain([body]).for_each(f);
        }
        ExprKind::Quant { domain, body, .. } => {
            match domain {
                Domain::Typed => {}
                Domain::Range { lo, hi, .. } => {
                    f(lo);
                    f(hi);
                }
                Domain::Elements(e) => f(e),
            }
            f(body);
        }
    }
}
