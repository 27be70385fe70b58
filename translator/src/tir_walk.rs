//! Walking the typed IR.

use crate::tir::*;

/// Calls a function on every direct part of an expression.
pub fn children(e: &Expr, f: &mut dyn FnMut(&Expr)) {
    match &*e.kind {
        ExprKind::Lit(_) | ExprKind::Local(_) | ExprKind::Continue(_) | ExprKind::Panic(..) => {}
        ExprKind::Neg(a)
        | ExprKind::Not(a)
        | ExprKind::Let(_, a)
        | ExprKind::Cast(a)
        | ExprKind::Field(a, _)
        | ExprKind::Deref(a)
        | ExprKind::Borrow(_, a)
        | ExprKind::Copy(a) => f(a),
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
        ExprKind::Tuple(parts) | ExprKind::Array(parts) | ExprKind::Call(_, _, parts) | ExprKind::Std(_, parts) => {
            parts.iter().for_each(f);
        }
        ExprKind::Construct { fields, base, .. } => {
            fields.iter().flatten().for_each(&mut *f);
            base.iter().for_each(f);
        }
        ExprKind::SliceRange { base, lo, hi, .. } => {
            f(base);
            lo.iter().for_each(&mut *f);
            hi.iter().for_each(f);
        }
        ExprKind::If(c, t, e) => {
            f(c);
            f(t);
            f(e);
        }
        ExprKind::Match(value, arms) => {
            f(value);
            for arm in arms {
                arm.guard.iter().for_each(&mut *f);
                f(&arm.body);
            }
        }
        ExprKind::Block { stmts, tail, .. } => {
            for stmt in stmts {
                match stmt {
                    Stmt::Let { init, els, .. } => {
                        init.iter().for_each(&mut *f);
                        els.iter().for_each(&mut *f);
                    }
                    Stmt::Expr(e) => f(e),
                }
            }
            tail.iter().for_each(f);
        }
        ExprKind::Loop { spec, body, .. } => {
            loop_spec(spec, f);
            f(body);
        }
        ExprKind::While { spec, cond, body, .. } => {
            loop_spec(spec, f);
            f(cond);
            f(body);
        }
        ExprKind::For { spec, iter, body, .. } => {
            match iter {
                ForIter::Range { lo, hi, step, .. } => {
                    f(lo);
                    f(hi);
                    step.iter().for_each(&mut *f);
                }
                ForIter::Elements { base, .. } => f(base),
            }
            loop_spec(spec, f);
            f(body);
        }
        ExprKind::Break(_, value) | ExprKind::Return(value) => value.iter().for_each(f),
        ExprKind::Quant { domain, body, .. } => {
            match domain {
                Domain::Typed => {}
                Domain::Range { lo, hi, .. } => {
                    f(lo);
                    f(hi);
                }
                Domain::Elements(base) => f(base),
            }
            f(body);
        }
    }
}

fn loop_spec(spec: &LoopSpec, f: &mut dyn FnMut(&Expr)) {
    spec.maintains.iter().for_each(&mut *f);
    spec.decreases.iter().for_each(f);
}
