//! Bodies as expressions: what a call of a function stands for in a condition.

use crate::tir::{Arm, Expr, ExprKind, Pat, PatKind, Stmt};
use crate::tir_to_fir::visit;

/// Whether an expression has a loop.
pub(crate) fn has_loops(e: &Expr) -> bool {
    let mut found = false;
    visit(e, &mut |e| {
        found |= matches!(&*e.kind, ExprKind::Loop { .. } | ExprKind::While { .. } | ExprKind::For { .. });
    });
    found
}

fn has_returns(e: &Expr) -> bool {
    let mut found = false;
    visit(e, &mut |e| found |= matches!(&*e.kind, ExprKind::Return(_)));
    found
}

/// A body whose early returns became the other branches of what they stand in; `None` if it has none, or one that stands elsewhere.
pub(crate) fn without_returns(body: &Expr) -> Option<Expr> {
    if has_returns(body) { result(body, body) } else { None }
}

/// What a function returns that ends with an expression; `whole` has the type of that.
fn result(e: &Expr, whole: &Expr) -> Option<Expr> {
    let of_type = |kind: ExprKind| Expr { kind: Box::new(kind), ty: whole.ty.clone(), span: e.span };
    match &*e.kind {
        _ if !has_returns(e) => Some(e.clone()),
        ExprKind::Return(Some(value)) => result(value, whole),
        ExprKind::Block { label: None, stmts, tail } => sequence(stmts, tail.as_ref(), e, whole),
        ExprKind::If(c, t, f) if !has_returns(c) => {
            Some(of_type(ExprKind::If(c.clone(), result(t, whole)?, result(f, whole)?)))
        }
        ExprKind::Match(s, arms) if !has_returns(s) => {
            let arm = |a: &Arm| match a.guard.as_ref().is_some_and(has_returns) {
                true => None,
                false => Some(Arm { body: result(&a.body, whole)?, ..a.clone() }),
            };
            Some(of_type(ExprKind::Match(s.clone(), arms.iter().map(arm).collect::<Option<_>>()?)))
        }
        _ => None,
    }
}

fn sequence(stmts: &[Stmt], tail: Option<&Expr>, at: &Expr, whole: &Expr) -> Option<Expr> {
    let of_type = |kind: ExprKind| Expr { kind: Box::new(kind), ty: whole.ty.clone(), span: at.span };
    let Some((first, rest)) = stmts.split_first() else { return result(tail?, whole) };
    match first {
        Stmt::Let { pat, init: Some(init), els } if !has_returns(init) => {
            let rest = sequence(rest, tail, at, whole)?;
            Some(of_type(match els {
                None => ExprKind::Block { label: None, stmts: vec![first.clone()], tail: Some(rest) },
                Some(els) => {
                    let wild = Pat { kind: Box::new(PatKind::Wild), ty: pat.ty.clone(), span: pat.span };
                    let arm = |pat: Pat, body: Expr| Arm { pat, guard: None, body };
                    let arms = vec![arm(pat.clone(), rest), arm(wild, result(els, whole)?)];
                    ExprKind::Match(init.clone(), arms)
                }
            }))
        }
        Stmt::Expr(e) => match &*e.kind {
            ExprKind::Return(_) => result(e, whole),
            // What else such a branch does comes to nothing.
            ExprKind::If(c, t, f) if !has_returns(c) && leaves(t) && is_nothing(f) => {
                Some(of_type(ExprKind::If(c.clone(), result(t, whole)?, sequence(rest, tail, at, whole)?)))
            }
            _ => None,
        },
        Stmt::Let { .. } => None,
    }
}

/// Whether an expression ends the function by its form.
fn leaves(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Return(_) => true,
        ExprKind::Block { label: None, stmts, tail } => match (tail, stmts.last()) {
            (Some(tail), _) => leaves(tail),
            (None, Some(Stmt::Expr(last))) => leaves(last),
            _ => false,
        },
        ExprKind::If(_, t, f) => leaves(t) && leaves(f),
        ExprKind::Match(_, arms) => !arms.is_empty() && arms.iter().all(|a| leaves(&a.body)),
        _ => false,
    }
}

fn is_nothing(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Tuple(parts) => parts.is_empty(),
        ExprKind::Block { label: None, stmts, tail: None } => stmts.is_empty(),
        ExprKind::Block { label: None, stmts, tail: Some(tail) } => stmts.is_empty() && is_nothing(tail),
        _ => false,
    }
}
