//! Variables that a loop does nothing with but count: what is known of them without an invariant of the user's.
//!
//! A round raises such a variable by at most the literals that are added to it on one way through the body, so its bounds
//! follow from the number of rounds. Each fact is an obligation like the user's invariants, and holds by the loop's form.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;

use super::assigned::{Changed, assigned, visit};
use super::loops::{bin, iexpr, plus};
use crate::fir::{IExpr, Known, Scope, Val};
use crate::tir::{ArithOp, CmpOp, Expr, ExprKind, Lit, Stmt, Ty};
use crate::tir_walk::children;

/// The most by which a round may raise and lower a variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    up: BigInt,
    down: BigInt,
}

/// The variables that are changed by no more than `x += LITERAL` and `x -= LITERAL` outside of inner loops, or by 0 or 1 as a
/// truth value says. Linear in the size of the loop's parts, times the depth of its branches.
pub(super) fn tallies(parts: &[&Expr]) -> BTreeMap<usize, Tally> {
    let mut others = Changed::default();
    for part in parts {
        visit(part, &mut |e| match &*e.kind {
            ExprKind::Loop { .. } | ExprKind::While { .. } | ExprKind::For { .. } => others.locals.extend(assigned(e)),
            _ if site(e).is_none() => others.add(e),
            _ => {}
        });
    }
    let mut out = BTreeMap::new();
    parts.iter().for_each(|part| add(&mut out, most(part)));
    out.retain(|local, _| !others.locals.contains(local));
    out
}

/// A statement that counts: the variable, whether up, by how much at most.
fn site(e: &Expr) -> Option<(usize, bool, BigInt)> {
    let ExprKind::AssignOp(op @ (ArithOp::Add | ArithOp::Sub), place, by) = &*e.kind else { return None };
    let ExprKind::Local(local) = &*place.kind else { return None };
    let by = match &*by.kind {
        ExprKind::Lit(Lit::Int(n)) if *n >= BigInt::ZERO => n.clone(),
        ExprKind::Cast(truth) if truth.ty == Ty::Bool => BigInt::from(1),
        _ => return None,
    };
    matches!(place.ty, Ty::Int(_)).then_some((local.0, *op == ArithOp::Add, by))
}

/// What one way through an expression changes at most.
fn most(e: &Expr) -> BTreeMap<usize, Tally> {
    let mut out = BTreeMap::new();
    if let Some((local, up, by)) = site(e) {
        let tally: &mut Tally = out.entry(local).or_default();
        *(if up { &mut tally.up } else { &mut tally.down }) += by;
    }
    match &*e.kind {
        ExprKind::If(cond, yes, no) => {
            add(&mut out, most(cond));
            add(&mut out, either([yes, no].map(most)));
        }
        ExprKind::Match(of, arms) => {
            add(&mut out, most(of));
            arms.iter().flat_map(|a| &a.guard).for_each(|g| add(&mut out, most(g)));
            add(&mut out, either(arms.iter().map(|a| most(&a.body))));
        }
        _ => children(e, &mut |child| add(&mut out, most(child))),
    }
    out
}

fn add(to: &mut BTreeMap<usize, Tally>, more: BTreeMap<usize, Tally>) {
    for (local, tally) in more {
        let sum = to.entry(local).or_default();
        sum.up += tally.up;
        sum.down += tally.down;
    }
}

fn either(ways: impl IntoIterator<Item = BTreeMap<usize, Tally>>) -> BTreeMap<usize, Tally> {
    let mut out: BTreeMap<usize, Tally> = BTreeMap::new();
    for (local, tally) in ways.into_iter().flatten() {
        let greatest = out.entry(local).or_default();
        greatest.up = std::mem::take(&mut greatest.up).max(tally.up);
        greatest.down = std::mem::take(&mut greatest.down).max(tally.down);
    }
    out
}

impl Tally {
    /// What is known of a variable that was `before`, is `now`, and was counted in so many rounds.
    pub(super) fn known(&self, before: &Val, now: &Val, rounds: Option<&IExpr>) -> Vec<Known> {
        let of = |v: &Val| IExpr::Of(v.clone());
        let times = |n: &BigInt, rounds: &IExpr| match *n == BigInt::from(1) {
            true => rounds.clone(),
            false => bin('*', IExpr::Lit(n.clone()), rounds.clone()),
        };
        let mut out = Vec::new();
        if self.down == BigInt::ZERO {
            out.push(Known::Le(of(before), of(now)));
        } else if let Some(rounds) = rounds {
            out.push(Known::Le(bin('-', of(before), times(&self.down, rounds)), of(now)));
        }
        if self.up == BigInt::ZERO {
            out.push(Known::Le(of(now), of(before)));
        } else if let Some(rounds) = rounds {
            out.push(Known::Le(of(now), bin('+', of(before), times(&self.up, rounds))));
        }
        out
    }

    fn counts_up_by_one(&self) -> bool {
        self.up == BigInt::from(1) && self.down == BigInt::ZERO
    }
}

/// The variable that a round of a `while` always raises by one: what it was raised by is the number of rounds.
pub(super) fn rounds_counter(body: &Expr, tallies: &BTreeMap<usize, Tally>) -> Option<usize> {
    let ExprKind::Block { stmts, tail, .. } = &*body.kind else { return None };
    let mut goes_on = false;
    visit(body, &mut |e| goes_on |= matches!(&*e.kind, ExprKind::Continue(_)));
    let one = BigInt::from(1);
    let always = |e: &Expr| {
        site(e).filter(|(_, up, by)| {
            *up && *by == one
                && matches!(&*e.kind, ExprKind::AssignOp(_, _, by) if matches!(&*by.kind, ExprKind::Lit(_)))
        })
    };
    let statements = stmts.iter().filter_map(|s| match s {
        Stmt::Expr(e) => Some(e),
        Stmt::Let { .. } => None,
    });
    let mut found = statements.chain(tail).filter_map(always).map(|(local, ..)| local);
    found.find(|local| !goes_on && tallies.get(local).is_some_and(Tally::counts_up_by_one))
}

/// What a loop's test says of a variable that is raised by at most one a round: `i < n` that `i ≤ n`, unless it never held.
pub(super) fn known_by_test(
    test: &Expr,
    tallies: &BTreeMap<usize, Tally>,
    changes: &BTreeSet<usize>,
    before: &BTreeMap<usize, Val>,
    scope: &Scope,
) -> Vec<Known> {
    match &*test.kind {
        ExprKind::And(a, b) => {
            let mut out = known_by_test(a, tallies, changes, before, scope);
            out.extend(known_by_test(b, tallies, changes, before, scope));
            out
        }
        ExprKind::Cmp(op, a, b) => {
            let (less, most, or_equal) = match op {
                CmpOp::Lt => (a, b, 0),
                CmpOp::Le => (a, b, 1),
                CmpOp::Gt => (b, a, 0),
                CmpOp::Ge => (b, a, 1),
                CmpOp::Eq | CmpOp::Ne => return Vec::new(),
            };
            let mut moves = false;
            visit(most, &mut |e| moves |= matches!(&*e.kind, ExprKind::Local(l) if changes.contains(&l.0)));
            let local = local_of(less).filter(|l| tallies.get(l).is_some_and(Tally::counts_up_by_one));
            let (Some(local), false) = (local, moves) else { return Vec::new() };
            match (iexpr(less, scope), iexpr(most, scope), before.get(&local)) {
                (Some(now), Some(bound), Some(before)) => {
                    let bound = if or_equal == 0 { bound } else { plus(bound, or_equal) };
                    vec![Known::LeOrEq(now, bound, IExpr::Of(before.clone()))]
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn local_of(e: &Expr) -> Option<usize> {
    match &*e.kind {
        ExprKind::Local(l) => Some(l.0),
        ExprKind::Copy(inner) => local_of(inner),
        _ => None,
    }
}
