//! Instances of generic functions. A function whose meaning depends on the types that its parameters stand for (it calls a
//! method of a bound, it is a default method) has none by itself, but it has one wherever the types are known: there it is
//! inferred anew, with the types in place of the parameters. So is every other generic function without a spec: what it does
//! with known types may be understood where what it does with any types is not. Where an instance cannot be made, the call
//! stays one of the generic function.
//!
//! In such a body a name means what it means in the generic one. So a method is looked up only where a single function of the
//! crate can be meant; an inherent one beside that of a trait is refused ([`super::Fcx::functions_of`]).

use std::collections::HashMap;

use super::{Fcx, check, finish, function};
use crate::resolve::{Crate, Known, R};
use crate::span::Span;
use crate::tir::*;

/// Instances of a crate; a function that calls itself with ever larger types has no end of them.
const MAX_INSTANCES: usize = 2_000;

/// Whether a type has no parameters, and nothing that an instance cannot have in place of one.
pub(super) fn is_closed(ty: &Ty) -> bool {
    match ty {
        Ty::Bool | Ty::Char | Ty::Int(_) | Ty::Str | Ty::String => true,
        Ty::Tuple(parts) | Ty::Adt(_, parts) => parts.iter().all(is_closed),
        Ty::Opaque(_, parts) => !parts.iter().any(has_parameter),
        Ty::Ref(false, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => is_closed(t),
        Ty::Ref(true, _) | Ty::Math | Ty::Param(_) | Ty::Never => false,
    }
}

fn has_parameter(ty: &Ty) -> bool {
    match ty {
        Ty::Param(_) => true,
        Ty::Tuple(parts) | Ty::Adt(_, parts) | Ty::Opaque(_, parts) => parts.iter().any(has_parameter),
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => has_parameter(t),
        Ty::Bool | Ty::Char | Ty::Int(_) | Ty::Math | Ty::Str | Ty::String | Ty::Never => false,
    }
}

/// Whether a call with these types is to be one of an instance: one of a generic function that is known by its body.
pub(super) fn may_be_wanted(krate: &Crate<'_>, id: FnId, types: &[Ty]) -> bool {
    let data = &krate.fns[id.0];
    // A function with a spec is known by that, and so it has to have one of its own.
    !types.is_empty() && types.iter().all(is_closed) && !krate.is_trusted(data) && krate.fn_spec(data).is_none()
}

/// Turns calls of generic functions at known types into calls of their instances.
pub(super) fn instantiate(krate: &Crate<'_>, functions: &mut Vec<Function>) {
    let mut made: HashMap<(FnId, Vec<Ty>), Option<FnId>> = HashMap::new();
    let mut at = 0;
    while at < functions.len() {
        if functions[at].diagnostics.is_empty() {
            let mut wanted = Vec::new();
            check::each_call(&functions[at], &mut |id, types, span| wanted.push((id, types.to_vec(), span)));
            for (id, types, span) in wanted {
                if functions[id.0].instance || !may_be_wanted(krate, id, &types) {
                    continue;
                }
                let key = (id, types);
                if !made.contains_key(&key) {
                    // What is wrong in any case is no better where its types are known.
                    let hopeless = functions[id.0].diagnostics.iter().any(|d| d.is_error);
                    let new = match !hopeless && functions.len() < krate.fns.len() + MAX_INSTANCES {
                        true => instance(krate, functions, id, &key.1),
                        false => None,
                    };
                    made.insert(key.clone(), new);
                }
                if made[&key].is_none()
                    && let Err(found) = stays_generic(krate, &functions[at], id, &key.1, span)
                {
                    functions[at].diagnostics.push(*found);
                    functions[at].body = None;
                    break;
                }
            }
            each_call_mut(&mut functions[at], &mut |id, types| {
                if let Some(Some(new)) = made.get(&(*id, types.clone())) {
                    *id = *new;
                    types.clear();
                }
            });
        }
        at += 1;
    }
}

/// Whether a call without an instance may be one of the generic function.
fn stays_generic(krate: &Crate<'_>, caller: &Function, id: FnId, types: &[Ty], span: Span) -> R<()> {
    let file = caller.span.file;
    check::arguments_of_types(&Fcx::new(krate, krate.fns[id.0].scope, file), id, types, span)
}

fn instance(krate: &Crate<'_>, functions: &mut Vec<Function>, id: FnId, types: &[Ty]) -> Option<FnId> {
    let sig = krate.signature(id.0).ok()?;
    let data = &krate.fns[id.0];
    let mut known =
        Known { types: sig.generics.iter().cloned().zip(types.iter().cloned()).collect(), ..Known::default() };
    match (data.trait_index, data.impl_index) {
        (Some(of), _) => {
            let own = types.first()?;
            // Its `Self::Name` are those of the impl.
            let mut impls = krate.impls_of(own).filter(|i| krate.trait_of_impl(*i) == Some(of));
            known.impl_index = Some(impls.next()?);
            if impls.next().is_some() {
                return None;
            }
            known.self_ty = Some(own.clone());
        }
        (None, Some(index)) => {
            let own = krate.impl_self(index).ok()?;
            known.self_ty = Some(crate::resolve::substitute(&own, &sig.generics, types));
            known.impl_index = Some(index);
        }
        (None, None) => {}
    }
    let mut new = function::instance(krate, id.0, known);
    if !new.diagnostics.is_empty() {
        if let Some(reason) = functions[id.0].diagnostics.first_mut() {
            reason.help = new.diagnostics.first().map(|d| format!("where its types are known: {}", d.message));
        }
        return None;
    }
    let shown: Vec<String> =
        types.iter().map(|t| crate::print::ty_with(&|id| krate.adts[id.0].path.clone(), t)).collect();
    new.path = format!("{}<{}>", new.path, shown.join(", "));
    functions.push(new);
    Some(FnId(functions.len() - 1))
}

fn each_call_mut(function: &mut Function, f: &mut dyn FnMut(&mut FnId, &mut Vec<Ty>)) {
    fn walk(e: &mut Expr, f: &mut dyn FnMut(&mut FnId, &mut Vec<Ty>)) {
        if let ExprKind::Call(id, types, _) = &mut *e.kind {
            f(id, types);
        }
        finish::children(e, &mut |child| walk(child, f));
    }
    function.body.iter_mut().chain(&mut function.meaning).for_each(|e| walk(e, f));
    if let Some(spec) = &mut function.spec {
        spec.requires.iter_mut().for_each(|e| walk(e, f));
        spec.captures.iter_mut().for_each(|c| walk(&mut c.1, f));
        spec.ensures.iter_mut().for_each(|c| walk(&mut c.1, f));
        spec.decreases.iter_mut().for_each(|e| walk(e, f));
    }
}
