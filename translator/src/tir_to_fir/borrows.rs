//! Where `&mut` may stand. State passing reads a mutable borrow as a name for a place: it may be bound to a variable once,
//! passed as an argument, and written through. Anything else (kept in a tuple, a struct or a collection, chosen anew,
//! handed to a type parameter) would lose what is written through it, so it is refused.

use super::*;

/// What is refused in a function, if anything is.
pub(super) fn check(prog: &Program, f: &Function, body: &Expr) -> Vec<Diagnostic> {
    let mut found = vec![];
    let held = "a `&mut` that is kept inside another value";
    for local in &f.locals {
        if holds_mut(prog, &local.ty, &mut vec![]) {
            found.push(refuse("H0512", held, local.span));
        }
    }
    if contains_mut(prog, &f.ret, &mut vec![]) && !matches!(f.ret, Ty::Ref(true, _)) {
        found.push(refuse("H0501", "a function that returns a `&mut` has no functional form yet", f.sig_span));
    }
    visit(body, &mut |e| {
        let problem = match &*e.kind {
            ExprKind::Assign(place, _) if matches!(place.ty, Ty::Ref(true, _)) => {
                Some("a variable that is made to refer to another place")
            }
            ExprKind::Call(_, targs, _) if targs.iter().any(|t| contains_mut(prog, t, &mut vec![])) => {
                Some("a `&mut` as the argument of a type parameter")
            }
            _ if holds_mut(prog, &e.ty, &mut vec![]) => Some(held),
            _ => None,
        };
        if let Some(message) = problem {
            found.push(refuse("H0512", message, e.span));
        }
    });
    found.truncate(1);
    found
}

/// Whether a value of this type has a `&mut` inside, other than by being one.
fn holds_mut(prog: &Program, ty: &Ty, seen: &mut Vec<AdtId>) -> bool {
    match ty {
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => contains_mut(prog, t, seen),
        Ty::Tuple(ts) => ts.iter().any(|t| contains_mut(prog, t, seen)),
        Ty::Adt(id, args) => {
            if args.iter().any(|t| contains_mut(prog, t, seen)) {
                return true;
            }
            if seen.contains(id) {
                return false;
            }
            seen.push(*id);
            let fields = prog.adts[id.0].variants.iter().flat_map(|v| &v.fields);
            let found = fields.into_iter().any(|(_, t)| contains_mut(prog, t, seen));
            seen.pop();
            found
        }
        // Nothing is written through what is not looked into.
        Ty::Opaque(..) => false,
        Ty::Bool | Ty::Char | Ty::Int(_) | Ty::Math | Ty::Str | Ty::String | Ty::Param(_) | Ty::Never => false,
    }
}

fn contains_mut(prog: &Program, ty: &Ty, seen: &mut Vec<AdtId>) -> bool {
    matches!(ty, Ty::Ref(true, _)) || holds_mut(prog, ty, seen)
}
