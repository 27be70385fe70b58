//! Which locals an expression may change: assignments, `&mut` borrows, calls that take `&mut`.

use std::collections::{BTreeSet, HashSet};

use crate::tir::*;

/// The local a place expression is rooted in.
pub(super) fn root(e: &Expr) -> Option<usize> {
    match &*e.kind {
        ExprKind::Local(l) => Some(l.0),
        ExprKind::Field(b, _) | ExprKind::Index(b, _) | ExprKind::Deref(b) | ExprKind::Borrow(_, b) => root(b),
        ExprKind::SliceRange { base, .. } => root(base),
        _ => None,
    }
}

/// Collects the locals that `e` may change.
pub(super) fn assigned(e: &Expr) -> BTreeSet<usize> {
    let mut out = Changed::default();
    visit(e, &mut |e| out.add(e));
    out.locals
}

/// Locals that expressions may change, collected on a walk that comes to a whole before its parts.
#[derive(Default)]
pub(super) struct Changed {
    pub locals: BTreeSet<usize>,
    /// Places of which a part is named, or that are borrowed to be read: they are changed only where that part is.
    passed: HashSet<*const ExprKind>,
}

impl Changed {
    /// Adds the locals that `e` may change otherwise than by the expressions in it.
    pub fn add(&mut self, e: &Expr) {
        if let ExprKind::Index(part, _)
        | ExprKind::Field(part, _)
        | ExprKind::Deref(part)
        | ExprKind::Borrow(false, part)
        | ExprKind::SliceRange { base: part, .. } = &*e.kind
        {
            self.passed.insert(&raw const *part.kind);
        }
        // Who has a `&mut` may write through it.
        let handed_on = matches!(e.ty, Ty::Ref(true, _)) && !self.passed.contains(&(&raw const *e.kind));
        self.locals.extend(if handed_on { root(e) } else { None });
        changed_here(e, &mut self.locals);
    }
}

fn changed_here(e: &Expr, out: &mut BTreeSet<usize>) {
    let place = match &*e.kind {
        ExprKind::Assign(p, _) | ExprKind::AssignOp(_, p, _) => Some(p),
        ExprKind::Borrow(true, p) => Some(p),
        ExprKind::For { iter: ForIter::Elements { base, by: ElementBy::RefMut, .. }, .. } => Some(base),
        // What a pattern names by `ref mut` changes the place that it is part of.
        ExprKind::Match(s, arms) if arms.iter().any(|a| super::matches::binds_mut(&a.pat)) => Some(s),
        ExprKind::Let(pat, s) if super::matches::binds_mut(pat) => Some(s),
        ExprKind::Block { stmts, .. } => {
            for s in stmts {
                if let Stmt::Let { pat, init: Some(init), .. } = s
                    && super::matches::binds_mut(pat)
                {
                    out.extend(root(init));
                }
            }
            None
        }
        _ => None,
    };
    out.extend(place.and_then(root));
}

/// Whether `local`, a list, keeps its length in `e`: it is changed by element assignments and swaps only.
pub(super) fn keeps_length(e: &Expr, local: usize) -> bool {
    let mut ok = true;
    visit(e, &mut |e| match &*e.kind {
        ExprKind::Assign(p, _) if root(p) == Some(local) => ok &= passes_index(p),
        ExprKind::Borrow(true, p) if root(p) == Some(local) && !passes_index(p) => {
            ok &= matches!(e.ty.peel(), Ty::Slice(_) | Ty::Array(..))
        }
        _ => {}
    });
    // A vector that is handed on as `&mut Vec` may be pushed to.
    visit(e, &mut |e| {
        if let ExprKind::Call(_, _, args) | ExprKind::Std(_, args) = &*e.kind {
            for a in args {
                if matches!(a.ty, Ty::Ref(true, _)) && root(a) == Some(local) && !passes_index(a) {
                    ok &= matches!(a.ty.peel(), Ty::Slice(_) | Ty::Array(..));
                }
            }
        }
    });
    ok
}

fn passes_index(p: &Expr) -> bool {
    match &*p.kind {
        ExprKind::Index(..) => true,
        ExprKind::Field(b, _) | ExprKind::Deref(b) | ExprKind::Borrow(_, b) => passes_index(b),
        _ => false,
    }
}

/// Calls `f` on `e` and every expression in it.
pub(crate) fn visit(e: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(e);
    use ExprKind::*;
    match &*e.kind {
        Lit(_) | Local(_) | Continue(_) | Panic(..) => {}
        Arith(_, a, b)
        | Cmp(_, a, b)
        | And(a, b)
        | Or(a, b)
        | Implies(a, b)
        | Repeat(a, b)
        | Index(a, b)
        | Assign(a, b)
        | AssignOp(_, a, b) => {
            visit(a, f);
            visit(b, f);
        }
        Neg(a) | Not(a) | Let(_, a) | Cast(a) | Field(a, _) | Deref(a) | Borrow(_, a) | Copy(a) => visit(a, f),
        Tuple(es) | Array(es) | Call(_, _, es) | Std(_, es) => es.iter().for_each(|e| visit(e, f)),
        Construct { fields, base, .. } => {
            fields.iter().flatten().for_each(|e| visit(e, f));
            base.iter().for_each(|e| visit(e, f));
        }
        SliceRange { base, lo, hi, .. } => {
            visit(base, f);
            lo.iter().chain(hi).for_each(|e| visit(e, f));
        }
        If(c, t, e) => [c, t, e].into_iter().for_each(|e| visit(e, f)),
        Match(s, arms) => {
            visit(s, f);
            for a in arms {
                a.guard.iter().for_each(|e| visit(e, f));
                visit(&a.body, f);
            }
        }
        Block { stmts, tail, .. } => {
            for s in stmts {
                match s {
                    Stmt::Let { init, els, .. } => init.iter().chain(els).for_each(|e| visit(e, f)),
                    Stmt::Expr(e) => visit(e, f),
                }
            }
            tail.iter().for_each(|e| visit(e, f));
        }
        Loop { body, .. } => visit(body, f),
        While { cond, body, .. } => {
            visit(cond, f);
            visit(body, f);
        }
        For { iter, body, .. } => {
            match iter {
                ForIter::Range { lo, hi, step, .. } => {
                    visit(lo, f);
                    visit(hi, f);
                    step.iter().for_each(|e| visit(e, f));
                }
                ForIter::Elements { base, .. } => visit(base, f),
            }
            visit(body, f);
        }
        Break(_, e) | Return(e) => e.iter().for_each(|e| visit(e, f)),
        Quant { domain, body, .. } => {
            match domain {
                Domain::Typed => {}
                Domain::Range { lo, hi, .. } => {
                    visit(lo, f);
                    visit(hi, f);
                }
                Domain::Elements(e) => visit(e, f),
            }
            visit(body, f);
        }
    }
}
