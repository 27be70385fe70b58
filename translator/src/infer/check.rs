//! A last look at every node: whatever has no known meaning is refused, wherever inference let it through.

use super::Fcx;
use crate::resolve::{R, dropped_part, refuse, refuse_help, refused_part};
use crate::span::Span;
use crate::tir::*;

/// Nesting that everything behind the front end can follow on an ordinary stack.
const MAX_DEPTH: usize = 400;

/// Calls in a function's body and spec, with their places.
pub(super) fn calls(function: &Function) -> Vec<(FnId, Span)> {
    let mut out = Vec::new();
    each(function, &mut |e| {
        if let ExprKind::Call(id, _, _) = &*e.kind {
            out.push((*id, e.span));
        }
    });
    out
}

/// The calls of a function's body and spec, with their type arguments and places.
pub(super) fn each_call(function: &Function, f: &mut dyn FnMut(FnId, &[Ty], Span)) {
    each(function, &mut |e| {
        if let ExprKind::Call(id, types, _) = &*e.kind {
            f(*id, types, e.span);
        }
    });
}

/// Every expression of a function's body and spec.
fn each(function: &Function, f: &mut dyn FnMut(&Expr)) {
    fn walk(e: &Expr, out: &mut dyn FnMut(&Expr)) {
        out(e);
        for_each(e, &mut |child| walk(child, out));
    }
    for e in function.body.iter().chain(&function.meaning) {
        walk(e, f);
    }
    if let Some(spec) = &function.spec {
        spec.requires.iter().for_each(|e| walk(e, f));
        spec.captures.iter().for_each(|c| walk(&c.1, f));
        spec.ensures.iter().for_each(|c| walk(&c.1, f));
        spec.decreases.iter().for_each(|e| walk(e, f));
    }
}

/// Direct parts of an expression, without copying.
pub(super) fn for_each(e: &Expr, f: &mut dyn FnMut(&Expr)) {
    crate::tir_walk::children(e, f);
}

/// Checks an expression and all its parts.
pub(super) fn expression(cx: &Fcx<'_, '_>, e: &Expr) -> R<()> {
    check(cx, e, 0)
}

/// Checks the types of locals.
pub(super) fn locals(cx: &Fcx<'_, '_>) -> R<()> {
    for local in &cx.locals {
        mentioned(cx, &local.ty, local.span)?;
    }
    Ok(())
}

/// Refuses a type whose values are owned here, and that contains a refused one, or one with code that runs when it is dropped.
pub(super) fn mentioned(cx: &Fcx<'_, '_>, ty: &Ty, span: Span) -> R<()> {
    lent(cx, ty, span)?;
    match dropped_part(cx.krate, ty) {
        Some(id) => {
            refuse("H0312", span, format!("a value that is dropped by the `Drop` of `{}`", cx.krate.adts[id.0].name))
        }
        None => Ok(()),
    }
}

/// Refuses a type that contains a refused one.
fn lent(cx: &Fcx<'_, '_>, ty: &Ty, span: Span) -> R<()> {
    let Some(id) = refused_part(cx.krate, ty) else { return Ok(()) };
    let data = &cx.krate.adts[id.0];
    let reason = data.refusal.borrow().clone();
    let message = format!("the type `{}` is unsupported", data.name);
    match reason {
        Some(reason) if reason.is_error => Err(Box::new(reason)),
        Some(reason) => refuse_help("H0303", span, message, format!("its reason: {}", reason.message)),
        None => refuse("H0303", span, message),
    }
}

fn check(cx: &Fcx<'_, '_>, e: &Expr, depth: usize) -> R<()> {
    if depth > MAX_DEPTH {
        return refuse_help("H0219", e.span, "expressions nest too deeply", "bind parts of it with `let`");
    }
    // What a place behind a reference holds cannot be moved out of it; it is dropped where it is owned, which is elsewhere.
    match is_behind_reference(e) {
        true => lent(cx, &e.ty, e.span)?,
        false => mentioned(cx, &e.ty, e.span)?,
    }
    dropped_in_place(cx, e)?;
    node(cx, e)?;
    let mut out = Ok(());
    for_each(e, &mut |child| {
        if out.is_ok() {
            out = check(cx, child, depth + 1);
        }
    });
    out
}

/// Whether an expression is a place behind a reference.
fn is_behind_reference(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Deref(inner) => matches!(inner.ty, Ty::Ref(..)),
        ExprKind::Field(base, _) | ExprKind::Index(base, _) | ExprKind::SliceRange { base, .. } => {
            is_behind_reference(base)
        }
        _ => false,
    }
}

/// Refuses operations that drop values where they are, which no expression then has.
fn dropped_in_place(cx: &Fcx<'_, '_>, e: &Expr) -> R<()> {
    let found = match &*e.kind {
        ExprKind::Std("slice.swap" | "slice.reverse" | "mem.swap", _) => None,
        ExprKind::Std(_, args) => args.iter().find_map(|a| match &a.ty {
            Ty::Ref(true, t) => dropped_part(cx.krate, t),
            _ => None,
        }),
        // What the function does with values of its type parameters is not known by the types of this one.
        ExprKind::Call(_, types, _) => types.iter().find_map(|t| dropped_part(cx.krate, t.peel())),
        ExprKind::For { iter: ForIter::Elements { base, by: ElementBy::Value, .. }, .. } => {
            dropped_part(cx.krate, base.ty.peel())
        }
        _ => None,
    };
    match found {
        Some(id) => {
            let message = format!("values may be dropped by the `Drop` of `{}`", cx.krate.adts[id.0].name);
            refuse("H0312", e.span, message)
        }
        None => Ok(()),
    }
}

fn node(cx: &Fcx<'_, '_>, e: &Expr) -> R<()> {
    let shown = |ty: &Ty| cx.shown(ty);
    let bad = |what: &str, ty: &Ty| refuse("H0217", e.span, format!("{what} on `{}`", shown(ty)));
    if written(e).into_iter().any(is_lent) {
        return refuse("H0217", e.span, "a write to what the crate's `Index` gives");
    }
    match &*e.kind {
        ExprKind::Lit(Lit::Int(n)) => match &e.ty {
            Ty::Int(t) if t.min() <= *n && *n <= t.max() => Ok(()),
            Ty::Math => Ok(()),
            ty => refuse("H0220", e.span, format!("the literal {n} does not fit `{}`", shown(ty))),
        },
        ExprKind::Arith(op, a, b) => {
            operands(*op, &a.ty, &b.ty, &e.ty).then_some(()).map_or_else(|| bad("this operator", &a.ty), Ok)
        }
        ExprKind::AssignOp(op, a, b) => {
            operands(*op, &a.ty, &b.ty, &a.ty).then_some(()).map_or_else(|| bad("this operator", &a.ty), Ok)
        }
        ExprKind::Neg(a) => match &a.ty {
            Ty::Int(t) if t.signed() => Ok(()),
            Ty::Math => Ok(()),
            ty => bad("`-`", ty),
        },
        ExprKind::Not(a) => match &a.ty {
            Ty::Int(_) | Ty::Bool => Ok(()),
            ty => bad("`!`", ty),
        },
        ExprKind::Cmp(op, a, _) => comparison(cx, *op, &a.ty, e.span),
        ExprKind::Cast(a) => cast(cx, &a.ty, &e.ty, e.span),
        ExprKind::Copy(a) => cloned(cx, &a.ty, e.span),
        ExprKind::Std(key, args) => match (*key, args.as_slice()) {
            ("slice.contains", [_, x]) => comparison(cx, CmpOp::Eq, x.ty.peel(), e.span),
            ("slice.to_vec" | "vec.extend_from_slice" | "slice.fill" | "slice.clone_from_slice", args) => {
                args.iter().try_for_each(|a| cloned(cx, a.ty.peel(), e.span))
            }
            ("int.try_from", [x]) => match (&x.ty, &e.ty) {
                (Ty::Int(_), Ty::Adt(AdtId::RESULT, args)) if matches!(args[0], Ty::Int(_)) => Ok(()),
                _ => refuse("H0401", e.span, "this `try_from` is not modelled"),
            },
            _ => Ok(()),
        },
        ExprKind::Repeat(x, _) if matches!(e.ty, Ty::Vec(_)) => cloned(cx, &x.ty, e.span),
        // An instance has the operations of its types, whatever these are.
        ExprKind::Call(id, types, _) if super::instances::may_be_wanted(cx.krate, *id, types) => Ok(()),
        ExprKind::Call(id, types, _) => arguments_of_types(cx, *id, types, e.span),
        ExprKind::For { iter: ForIter::Range { lo, .. }, .. } => match &lo.ty {
            Ty::Int(_) => Ok(()),
            ty => refuse("H0211", e.span, format!("a range of `{}`", shown(ty))),
        },
        // Whether there are such values, and which, is not known.
        ExprKind::Quant { domain: Domain::Typed, vars, .. } => {
            match vars.iter().map(|v| &cx.locals[v.0]).find(|v| holds_opaque(cx, &v.ty, &mut Vec::new())) {
                Some(var) => refuse("H0313", var.span, format!("all values of `{}`", shown(&var.ty))),
                None => Ok(()),
            }
        }
        ExprKind::Quant { domain: Domain::Range { lo, .. }, .. } => match &lo.ty {
            Ty::Int(_) | Ty::Math => Ok(()),
            ty => refuse("H0211", e.span, format!("a range of `{}`", shown(ty))),
        },
        _ => Ok(()),
    }
}

/// Checks the calls of a condition that gets no instances.
pub(super) fn stays_generic(cx: &Fcx<'_, '_>, e: &Expr) -> R<()> {
    let mut out = match &*e.kind {
        ExprKind::Call(id, types, _) => arguments_of_types(cx, *id, types, e.span),
        _ => Ok(()),
    };
    for_each(e, &mut |child| {
        if out.is_ok() {
            out = stays_generic(cx, child);
        }
    });
    out
}

/// What the bounds of a generic function give it is what they mean here: the types that it is called with have no operations
/// of their own in its place.
pub(super) fn arguments_of_types(cx: &Fcx<'_, '_>, id: FnId, types: &[Ty], span: Span) -> R<()> {
    let Ok(sig) = cx.krate.signature(id.0) else { return Ok(()) };
    for (name, ty) in sig.generics.iter().zip(types) {
        let has = |wanted: &[&str]| sig.bounds.iter().any(|(p, b)| p == name && wanted.contains(&b.as_str()));
        if has(&["Eq", "Ord", "PartialEq", "PartialOrd"]) {
            comparison(cx, CmpOp::Eq, ty, span)?;
        }
        if has(&["Ord", "PartialOrd"]) {
            comparison(cx, CmpOp::Lt, ty, span)?;
        }
        if has(&["Clone", "Copy"]) {
            cloned(cx, ty, span)?;
        }
    }
    Ok(())
}

/// The places that an expression writes to, or lends to be written to.
fn written(e: &Expr) -> Vec<&Expr> {
    fn by_mut(pat: &Pat) -> bool {
        match &*pat.kind {
            PatKind::Bind { by_ref, sub, .. } => *by_ref == Some(true) || sub.as_ref().is_some_and(by_mut),
            PatKind::Deref(p) => by_mut(p),
            PatKind::Tuple(ps) | PatKind::Or(ps) | PatKind::Variant { fields: ps, .. } => ps.iter().any(by_mut),
            PatKind::Slice { prefix, rest, suffix } => {
                prefix.iter().chain(suffix).chain(rest.iter().flatten()).any(by_mut)
            }
            PatKind::Wild | PatKind::Lit(_) | PatKind::Range { .. } => false,
        }
    }
    match &*e.kind {
        ExprKind::Assign(place, _) | ExprKind::AssignOp(_, place, _) | ExprKind::Borrow(true, place) => vec![place],
        ExprKind::For { iter: ForIter::Elements { base, by: ElementBy::RefMut, .. }, .. } => vec![base],
        ExprKind::Let(pat, value) if by_mut(pat) => vec![value],
        ExprKind::Match(value, arms) if arms.iter().any(|a| by_mut(&a.pat)) => vec![value],
        ExprKind::Block { stmts, .. } => stmts
            .iter()
            .filter_map(|s| match s {
                Stmt::Let { pat, init: Some(init), .. } if by_mut(pat) => Some(init),
                _ => None,
            })
            .collect(),
        _ => vec![],
    }
}

/// Whether a place is inside what a function has lent.
fn is_lent(place: &Expr) -> bool {
    match &*place.kind {
        ExprKind::Deref(e) => match &*e.kind {
            ExprKind::Call(..) => matches!(e.ty, Ty::Ref(false, _)),
            _ => is_lent(e),
        },
        ExprKind::Field(e, _) | ExprKind::Index(e, _) | ExprKind::Borrow(_, e) => is_lent(e),
        ExprKind::SliceRange { base, .. } => is_lent(base),
        _ => false,
    }
}

fn operands(op: ArithOp, a: &Ty, b: &Ty, out: &Ty) -> bool {
    let bits = matches!(op, ArithOp::BitAnd | ArithOp::BitOr | ArithOp::BitXor);
    match op {
        ArithOp::Shl | ArithOp::Shr => matches!((a, b), (Ty::Int(_), Ty::Int(_))) && a == out,
        _ => {
            let kind = matches!(a, Ty::Int(_)) || (matches!(a, Ty::Math) && !bits) || (bits && matches!(a, Ty::Bool));
            kind && a == b && a == out
        }
    }
}

/// Comparisons with a known meaning.
fn comparison(cx: &Fcx<'_, '_>, op: CmpOp, ty: &Ty, span: Span) -> R<()> {
    let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
    let ok = if equality { structural(cx, ty, &mut Vec::new()) } else { ordered(cx, ty) };
    if ok {
        return Ok(());
    }
    let shown = cx.shown(ty);
    match equality {
        true => refuse_help(
            "H0216",
            span,
            format!("`{shown}` has no structural equality"),
            "derive `PartialEq` (and `Eq` for a type parameter)",
        ),
        false => refuse_help("H0227", span, format!("the order of `{shown}`"), "compare the integers inside it"),
    }
}

fn ordered(cx: &Fcx<'_, '_>, ty: &Ty) -> bool {
    match ty {
        Ty::Int(_) | Ty::Bool | Ty::Char | Ty::Math => true,
        Ty::Param(name) => cx.has_bound(name, &["Ord"]),
        _ => false,
    }
}

/// Whether `==` compares all parts, and nothing but the parts.
fn structural(cx: &Fcx<'_, '_>, ty: &Ty, seen: &mut Vec<AdtId>) -> bool {
    match ty {
        Ty::Int(_) | Ty::Bool | Ty::Char | Ty::Math | Ty::Str | Ty::String => true,
        Ty::Tuple(parts) => parts.iter().all(|t| structural(cx, t, seen)),
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => structural(cx, t, seen),
        Ty::Param(name) => cx.has_bound(name, &["Eq", "Ord"]),
        Ty::Adt(id, args) => {
            // Two values of it are the same, whatever its parameter.
            if *id == AdtId::PHANTOM_DATA {
                return true;
            }
            if !args.iter().all(|t| structural(cx, t, seen)) {
                return false;
            }
            let data = &cx.krate.adts[id.0];
            if matches!(data.ast, crate::resolve::AdtAst::Builtin) || seen.contains(id) {
                return true;
            }
            seen.push(*id);
            let derived = data.derives.iter().any(|d| d == "PartialEq") && !cx.krate.has_impl(ty, "PartialEq");
            derived && fields(cx, *id).iter().all(|t| matches!(t, Ty::Param(_)) || structural(cx, t, seen))
        }
        Ty::Opaque(..) | Ty::Never => false,
    }
}

/// Whether a value of a type may hold one that is not looked into.
fn holds_opaque(cx: &Fcx<'_, '_>, ty: &Ty, seen: &mut Vec<AdtId>) -> bool {
    match ty {
        Ty::Opaque(..) | Ty::Str | Ty::String => true,
        Ty::Tuple(parts) => parts.iter().any(|t| holds_opaque(cx, t, seen)),
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => holds_opaque(cx, t, seen),
        // Its zero is no value, and what is said of all values is not said of that.
        Ty::Adt(id, _) if id.non_zero().is_some() => true,
        Ty::Adt(id, args) => {
            let new = !seen.contains(id);
            seen.push(*id);
            args.iter().any(|t| holds_opaque(cx, t, seen))
                || new && fields(cx, *id).iter().any(|t| holds_opaque(cx, t, seen))
        }
        Ty::Bool | Ty::Char | Ty::Int(_) | Ty::Math | Ty::Param(_) | Ty::Never => false,
    }
}

fn fields(cx: &Fcx<'_, '_>, id: AdtId) -> Vec<Ty> {
    match cx.krate.variants(id) {
        Ok(variants) => variants.iter().flat_map(|v| &v.fields).map(|f| f.1.clone()).collect(),
        Err(_) => Vec::new(),
    }
}

/// Refuses copies that a hand-written `Clone` makes.
fn cloned(cx: &Fcx<'_, '_>, ty: &Ty, span: Span) -> R<()> {
    /// A part whose clone may be anything.
    fn own(cx: &Fcx<'_, '_>, ty: &Ty, seen: &mut Vec<AdtId>) -> Option<Ty> {
        match ty {
            Ty::Opaque(name, _) if !crate::opaque::is_its_clone(name) => Some(ty.clone()),
            Ty::Tuple(parts) => parts.iter().find_map(|t| own(cx, t, seen)),
            Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => own(cx, t, seen),
            Ty::Adt(AdtId::PHANTOM_DATA, _) => None,
            Ty::Adt(id, args) => {
                if let Some(found) = args.iter().find_map(|t| own(cx, t, seen)) {
                    return Some(found);
                }
                let builtin = matches!(cx.krate.adts[id.0].ast, crate::resolve::AdtAst::Builtin);
                if builtin || seen.contains(id) {
                    return None;
                }
                seen.push(*id);
                // A `Copy` type's clone is a copy by convention, but nothing holds a hand-written one to it.
                if cx.krate.has_impl(ty, "Clone") {
                    return Some(ty.clone());
                }
                fields(cx, *id).iter().find_map(|t| own(cx, t, seen))
            }
            _ => None,
        }
    }
    match own(cx, ty, &mut Vec::new()) {
        Some(part @ Ty::Opaque(..)) => refuse("H0313", span, format!("a clone of `{}`", cx.shown(&part))),
        Some(part) => {
            let message = format!("`{}` implements `Clone` by hand", cx.shown(&part));
            refuse_help("H0226", span, message, "derive `Clone`")
        }
        None => Ok(()),
    }
}

fn cast(cx: &Fcx<'_, '_>, from: &Ty, to: &Ty, span: Span) -> R<()> {
    let fieldless = |id: &AdtId| {
        let is_enum = matches!(cx.krate.adts[id.0].ast, crate::resolve::AdtAst::Enum(_)) || *id == AdtId::ORDERING;
        is_enum && cx.krate.variants(*id).is_ok_and(|v| v.iter().all(|v| v.fields.is_empty()))
    };
    let ok = match (from, to) {
        (Ty::Int(_), Ty::Int(_)) => true,
        (Ty::Int(_) | Ty::Math, Ty::Math) | (Ty::Bool | Ty::Char, Ty::Int(_)) | (Ty::Int(IntTy::U8), Ty::Char) => true,
        (Ty::Adt(id, _), Ty::Int(_)) => fieldless(id),
        (Ty::Bool, Ty::Bool) | (Ty::Char, Ty::Char) => true,
        _ => false,
    };
    match ok {
        true => Ok(()),
        false => refuse("H0218", span, format!("the cast from `{}` to `{}`", cx.shown(from), cx.shown(to))),
    }
}
