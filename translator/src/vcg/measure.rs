//! What gets smaller in a recursion, of one function or of several that call each other: a guess, which the proof has to
//! confirm.

use std::collections::HashSet;

use crate::tir::{ArithOp, Expr, ExprKind, FnId, LocalId, Pat, PatKind, Program, Stmt, Ty};
use crate::tir_to_fir::{element, visit};

/// What gets smaller, in terms of a function's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An integer, the length of a list, or how much a value of a recursive type is made of.
    Param(usize),
    /// What is left of a list behind a position in it.
    Left { list: usize, at: usize },
}

/// An argument of a call within a circle.
struct Arg {
    shrinks: bool,
    grows: bool,
    /// The caller's parameter that is handed on as it is.
    same: Option<usize>,
    /// Whether its type has a measure: an integer, a list.
    int: bool,
    list: bool,
    /// Whether it is another value of a recursive type.
    data: bool,
}
struct Call {
    from: usize,
    to: usize,
    args: Vec<Arg>,
}

/// A measure for each function of a circle of calls, and its rank: a call that does not make the measure smaller by its form
/// goes to a function of a lower rank. `None` where there is no guess.
pub(crate) fn shapes(prog: &Program, circle: &[FnId]) -> Vec<Option<(Shape, usize)>> {
    let calls = calls_within(prog, circle);
    let mut found: Vec<Option<Shape>> = vec![None; circle.len()];
    // What is taken apart by all calls.
    for (to, found) in found.iter_mut().enumerate() {
        let here: Vec<&Call> = calls.iter().filter(|c| c.to == to).collect();
        let arguments = here.first().map_or(0, |c| c.args.len());
        *found = (0..arguments).find(|i| here.iter().all(|c| c.args[*i].data)).map(Shape::Param);
    }
    for c in &calls {
        if found[c.to].is_none() {
            found[c.to] = c.args.iter().position(|a| a.shrinks && (a.int || a.list)).map(Shape::Param);
        }
    }
    for c in &calls {
        let (at, list) =
            (c.args.iter().position(|a| a.grows && a.int), c.args.iter().position(|a| a.list && a.same.is_some()));
        if let (None, Some(at), Some(list)) = (found[c.to], at, list) {
            found[c.to] = Some(Shape::Left { list, at });
        }
    }
    // What is handed on as it is has the same measure on both sides.
    for _ in circle {
        for c in &calls {
            let to = |p: usize| c.args.iter().position(|a| a.same == Some(p));
            let from = |i: usize| c.args.get(i).and_then(|a| a.same);
            match (found[c.from], found[c.to]) {
                (Some(Shape::Param(p)), None) => found[c.to] = to(p).map(Shape::Param),
                (Some(Shape::Left { list, at }), None) => {
                    found[c.to] = to(list).zip(to(at)).map(|(list, at)| Shape::Left { list, at });
                }
                (None, Some(Shape::Param(i))) => found[c.from] = from(i).map(Shape::Param),
                (None, Some(Shape::Left { list, at })) => {
                    found[c.from] = from(list).zip(from(at)).map(|(list, at)| Shape::Left { list, at });
                }
                _ => {}
            }
        }
    }
    // Nothing is smaller by its form: an integer or a list that changes may be, by what is known at the call.
    for c in &calls {
        if found[c.to].is_none() {
            let changes = |a: &Arg| a.same.is_none() && (a.int || a.list);
            found[c.to] = c.args.iter().position(changes).map(Shape::Param);
        }
    }
    let falls = |c: &Call| match found[c.to] {
        Some(Shape::Param(i)) => c.args.get(i).is_some_and(|a| a.shrinks || a.data),
        Some(Shape::Left { at, .. }) => c.args.get(at).is_some_and(|a| a.grows),
        None => false,
    };
    let mut ranks = vec![0; circle.len()];
    for _ in circle {
        for c in calls.iter().filter(|c| c.from != c.to && !falls(c)) {
            ranks[c.from] = ranks[c.from].max(ranks[c.to] + 1);
        }
    }
    if ranks.iter().any(|r| *r >= circle.len()) {
        // Calls that go round without a smaller measure: no order of the functions helps.
        ranks = vec![0; circle.len()];
    }
    found.into_iter().zip(ranks).map(|(s, r)| s.map(|s| (s, r))).collect()
}

fn calls_within(prog: &Program, circle: &[FnId]) -> Vec<Call> {
    let mut out = vec![];
    for (from, id) in circle.iter().enumerate() {
        let f = &prog.functions[id.0];
        let Some(body) = &f.body else { continue };
        let (small, large) = (locals(body, &shrinks), locals(body, &grows));
        visit(body, &mut |e| {
            let ExprKind::Call(g, _, args) = &*e.kind else { return };
            let Some(to) = circle.iter().position(|c| c == g) else { return };
            let of = |a: &Expr| {
                let same = handed_on(a).and_then(|l| f.params.iter().position(|p| *p == l));
                Arg {
                    shrinks: shrinks(a, &small),
                    grows: grows(a, &large),
                    same,
                    int: matches!(a.ty.peel(), Ty::Int(_)),
                    list: element(&a.ty).is_some(),
                    data: same.is_none() && prog.is_built_of_itself(&a.ty),
                }
            };
            out.push(Call { from, to, args: args.iter().map(of).collect() });
        });
    }
    out
}

/// The local that an expression is, as it is.
pub(crate) fn handed_on(e: &Expr) -> Option<LocalId> {
    match &*e.kind {
        ExprKind::Local(l) => Some(*l),
        ExprKind::Deref(a) | ExprKind::Borrow(_, a) | ExprKind::Copy(a) => handed_on(a),
        _ => None,
    }
}

/// The locals that are made of what `test` finds smaller (or larger), in any order: they may be made of each other.
fn locals(body: &Expr, test: &dyn Fn(&Expr, &HashSet<LocalId>) -> bool) -> HashSet<LocalId> {
    let mut found = HashSet::new();
    loop {
        let before = found.len();
        visit(body, &mut |e| match &*e.kind {
            ExprKind::Match(s, arms) => arms.iter().for_each(|a| bindings(&a.pat, test(s, &found), &mut found)),
            ExprKind::Let(pat, s) => bindings(pat, test(s, &found), &mut found),
            ExprKind::Block { stmts, .. } => {
                for s in stmts {
                    if let Stmt::Let { pat, init: Some(e), .. } = s {
                        bindings(pat, test(e, &found), &mut found);
                    }
                }
            }
            _ => {}
        });
        if found.len() == before {
            return found;
        }
    }
}

/// Whether an expression holds a sum, or something that is made of one.
fn grows(e: &Expr, large: &HashSet<LocalId>) -> bool {
    let mut found = false;
    visit(e, &mut |e| {
        found |= match &*e.kind {
            ExprKind::Arith(ArithOp::Add, ..) => true,
            ExprKind::Local(l) => large.contains(l),
            _ => false,
        };
    });
    found
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
