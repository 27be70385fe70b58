//! Which argument of a recursive function gets smaller: a guess, which the proof has to confirm.

use std::collections::HashSet;

use crate::tir::{ArithOp, Expr, ExprKind, FnId, LocalId, Pat, PatKind, Stmt};
use crate::tir_to_fir::visit;

/// The first argument that some recursive call of `f` in `body` makes smaller, by its form.
pub(super) fn shrinking_argument(body: &Expr, f: FnId) -> Option<usize> {
    let mut small = HashSet::new();
    // Locals may be made of each other, in any order.
    loop {
        let before = small.len();
        visit(body, &mut |e| match &*e.kind {
            ExprKind::Match(s, arms) => arms.iter().for_each(|a| bindings(&a.pat, shrinks(s, &small), &mut small)),
            ExprKind::Let(pat, s) => bindings(pat, shrinks(s, &small), &mut small),
            ExprKind::Block { stmts, .. } => {
                for s in stmts {
                    if let Stmt::Let { pat, init: Some(e), .. } = s {
                        bindings(pat, shrinks(e, &small), &mut small);
                    }
                }
            }
            _ => {}
        });
        if small.len() == before {
            break;
        }
    }
    let mut best = None;
    visit(body, &mut |e| {
        if let ExprKind::Call(g, _, args) = &*e.kind
            && *g == f
            && best.is_none()
        {
            best = args.iter().position(|a| shrinks(a, &small));
        }
    });
    best
}

/// Whether an expression holds something that is smaller than what it is made of.
fn shrinks(e: &Expr, small: &HashSet<LocalId>) -> bool {
    let mut found = false;
    visit(e, &mut |e| {
        found |= match &*e.kind {
            ExprKind::Arith(ArithOp::Sub | ArithOp::Div | ArithOp::Rem | ArithOp::Shr, ..)
            | ExprKind::SliceRange { .. } => true,
            ExprKind::Local(l) => small.contains(l),
            _ => false,
        };
    });
    found
}

/// Takes note of the locals that a pattern binds to a part of a slice, or (`all`) to a part of something smaller.
fn bindings(pat: &Pat, all: bool, small: &mut HashSet<LocalId>) {
    match &*pat.kind {
        PatKind::Bind { local, sub, .. } => {
            if all {
                small.insert(*local);
            }
            sub.iter().for_each(|p| bindings(p, all, small));
        }
        PatKind::Tuple(ps) | PatKind::Variant { fields: ps, .. } | PatKind::Or(ps) => {
            ps.iter().for_each(|p| bindings(p, all, small));
        }
        PatKind::Deref(p) => bindings(p, all, small),
        PatKind::Slice { prefix, rest, suffix } => {
            prefix.iter().chain(suffix).for_each(|p| bindings(p, all, small));
            rest.iter().flatten().for_each(|p| bindings(p, true, small));
        }
        PatKind::Wild | PatKind::Lit(_) | PatKind::Range { .. } => {}
    }
}
