//! A whole function: parameters, spec, body.

use anodized_core::InputSpecFlags;
use syn::spanned::Spanned;

use super::{Binding, Expect, Fcx, check};
use crate::crate_loader::{diagnostic, plain_name, span_in};
use crate::diagnostic::Diagnostic;
use crate::resolve::{Bound, Crate, FnSig, Known, R};
use crate::tir::*;

/// A function of which nothing is known yet but its name.
fn unread(krate: &Crate<'_>, index: usize) -> Function {
    let data = &krate.fns[index];
    Function {
        path: data.path.clone(),
        module: krate.module_of(data.scope),
        generics: vec![],
        constants: vec![],
        ordered: vec![],
        not_for_integers: false,
        params: vec![],
        ret: Ty::unit(),
        locals: vec![],
        body: None,
        meaning: None,
        spec: None,
        is_unsafe: data.sig.unsafety.is_some(),
        trusted: false,
        instance: false,
        diagnostics: vec![],
        span: data.span,
        sig_span: span_in(data.file, data.sig.span()),
    }
}

/// Infers an instance of a generic function: its type parameters stand for types, and it is known by its body.
pub(super) fn instance(krate: &Crate<'_>, index: usize, known: Known) -> Function {
    let data = &krate.fns[index];
    let mut out = Function { instance: true, ..unread(krate, index) };
    // Refused for any types: what a macro makes of the body is not known.
    if let Some(found) = krate.rewritten_function(index) {
        out.diagnostics.push(found);
        return out;
    }
    let sig = match krate.instance_signature(index, &known) {
        Ok(sig) => sig,
        Err(found) => {
            out.diagnostics.push(*found);
            return out;
        }
    };
    let mut cx = Fcx::new(krate, data.scope, data.file);
    cx.known = known.types;
    cx.self_ty = known.self_ty;
    cx.impl_index = known.impl_index;
    cx.ret = sig.ret.clone();
    out.ret = sig.ret.clone();
    out.params = cx.parameters(&sig);
    let mentioned = sig.params.iter().map(|p| (p.span, &p.ty)).chain([(out.sig_span, &sig.ret)]);
    let checked = mentioned.map(|(at, ty)| check::mentioned(&cx, ty, at)).collect::<R<Vec<()>>>();
    match checked.and_then(|_| cx.body(data.block, &sig)) {
        Ok(body) => {
            out.meaning = body.as_ref().and_then(|body| cx.meaning(body, data.block, &sig));
            out.body = body;
            out.locals = cx.locals;
        }
        Err(found) => out.diagnostics.push(*found),
    }
    out
}

/// Infers a function; what is refused is in its diagnostics.
pub(super) fn function(krate: &Crate<'_>, index: usize) -> Function {
    let data = &krate.fns[index];
    let trusted = krate.is_trusted(data);
    let spec = krate.fn_spec(data);
    let mut out = Function { spec: spec.as_ref().map(|_| FnSpec::default()), trusted, ..unread(krate, index) };
    if let Some(found) = krate.rewritten_function(index) {
        out.diagnostics.push(found);
        return out;
    }
    let sig = match krate.signature(index) {
        Ok(sig) => sig,
        Err(found) => {
            out.diagnostics.push(*found);
            return out;
        }
    };
    let mut cx = Fcx::new(krate, data.scope, data.file);
    cx.generics.clone_from(&sig.generics);
    cx.bounds.clone_from(&sig.bounds);
    cx.foreign.clone_from(&sig.foreign);
    cx.self_ty.clone_from(&sig.self_ty);
    cx.impl_index = data.impl_index;
    cx.ret = sig.ret.clone();
    out.generics.clone_from(&sig.generics);
    out.not_for_integers = sig.not_for_integers;
    out.constants.clone_from(&sig.constants);
    out.ordered = sig.generics.iter().filter(|g| cx.has_bound(g, &["Ord"])).cloned().collect();
    out.ret = sig.ret.clone();
    out.params = cx.parameters(sig);

    let mut found: Vec<Diagnostic> = Vec::new();
    for (param, ty) in sig.params.iter().map(|p| (p.span, &p.ty)).chain([(out.sig_span, &sig.ret)]) {
        if let Err(e) = check::mentioned(&cx, ty, param) {
            found.push(*e);
            break;
        }
    }
    found.extend(needs_instances(data, sig, spec.is_some() || trusted));
    let signature_refused = !found.is_empty();
    // The spec is inferred on its own variables, so that the body cannot give types to its literals.
    if let Some(spec) = spec {
        match spec {
            // What the signature's types are is not known here.
            Ok(_) if !sig.projections.is_empty() => {}
            Ok(spec) => out.spec = Some(cx.fn_spec(&spec, sig, &mut found)),
            Err(error) => found.push(*error),
        }
    } else if trusted {
        let message = "`#[trusted]` without a `#[spec]`: there is nothing to trust";
        found.push(diagnostic("H0107", out.sig_span, message));
    }
    let mut body_found = None;
    if !signature_refused && !trusted {
        match cx.body(data.block, sig) {
            Ok(body) => {
                out.meaning = body.as_ref().and_then(|body| cx.meaning(body, data.block, sig));
                out.body = body;
            }
            Err(error) => body_found = Some(*error),
        }
    }
    // A trusted function's body is not looked at: it may be anything.
    found.extend(body_found);
    if !found.is_empty() {
        (out.body, out.meaning) = (None, None);
    }
    out.diagnostics = found;
    out.locals = cx.locals;
    if out.body.is_none() {
        // Locals of a body that was given up may have no final type.
        for local in &mut out.locals {
            if has_var(&local.ty) {
                local.ty = Ty::unit();
            }
        }
    }
    out
}

/// Why a function has a meaning only where its type parameters are types: traits of whose methods nothing is known stand in
/// its signature. Without a spec its body may still do without these methods.
fn needs_instances(data: &crate::resolve::FnData<'_>, sig: &FnSig, annotated: bool) -> Option<Diagnostic> {
    let sig_span = span_in(data.file, data.sig.span());
    if let Some((param, name)) = sig.projections.first() {
        return Some(diagnostic("H0309", sig_span, format!("the associated type `{param}::{name}`")));
    }
    match sig.foreign.first() {
        Some(_) if data.trait_index.is_some() && annotated => {
            let message = format!("`{}` is a default method of a trait", data.sig.ident);
            Some(diagnostic("H0224", sig_span, message))
        }
        Some((param, bound, span)) if annotated && !matches!(bound, Bound::Std(_)) => {
            Some(diagnostic("H0222", *span, format!("a bound of `{param}` by a trait whose methods are not known")))
        }
        _ => None,
    }
}

fn has_var(ty: &Ty) -> bool {
    match ty {
        Ty::Param(_) => super::unify::var_index(ty).is_some(),
        Ty::Tuple(parts) | Ty::Adt(_, parts) | Ty::Opaque(_, parts) => parts.iter().any(has_var),
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => has_var(t),
        _ => false,
    }
}

/// A type with its invariant; a wrong invariant is reported for the crate.
pub(super) fn adt(krate: &Crate<'_>, id: AdtId, errors: &mut Vec<Diagnostic>) -> Adt {
    let data = &krate.adts[id.0];
    let mut out = Adt {
        name: data.name.clone(),
        path: data.path.clone(),
        params: data.params.clone(),
        is_enum: data.is_enum(),
        variants: krate.variants(id).cloned().unwrap_or_default(),
        derives: data.derives.clone(),
        invariant: vec![],
        invariant_locals: vec![],
        span: data.span,
    };
    if let Some(int) = id.non_zero() {
        (out.invariant, out.invariant_locals) = super::non_zero::invariant(id, int, data.span);
    }
    match &data.spec {
        None => {}
        Some(Err(error)) => errors.push((**error).clone()),
        Some(Ok(spec)) => {
            let mut cx = Fcx::new(krate, data.scope, data.file);
            cx.generics.clone_from(&data.params);
            let own = Ty::Adt(id, data.params.iter().cloned().map(Ty::Param).collect());
            cx.self_ty = Some(own.clone());
            let local = cx.new_local("self", own, false, data.span);
            cx.bind("self", Binding::Local(local));
            for condition in &spec.maintains {
                // Its calls stay those of generic functions: instances are made for functions.
                let whole = cx.whole_condition(&condition.expr);
                match whole.and_then(|e| check::stays_generic(&cx, &e).map(|_| e)) {
                    Ok(e) => out.invariant.push(e),
                    Err(error) => errors.push(*error),
                }
            }
            out.invariant_locals = cx.locals;
        }
    }
    out
}

impl Fcx<'_, '_> {
    /// Makes the locals of the parameters, and binds the names of those that are plain.
    fn parameters(&mut self, sig: &FnSig) -> Vec<LocalId> {
        let mut out = Vec::new();
        for (at, param) in sig.params.iter().enumerate() {
            let (name, mutable) = match &param.pat {
                None => ("self".to_owned(), param.mutable_self),
                Some(syn::Pat::Ident(it)) if it.by_ref.is_none() && it.subpat.is_none() => {
                    (plain_name(&it.ident), it.mutability.is_some())
                }
                Some(_) => (format!("_arg{at}"), false),
            };
            let local = self.new_local(&name, param.ty.clone(), mutable, param.span);
            self.bind(&name, Binding::Local(local));
            out.push(local);
        }
        out
    }

    /// Destructures the parameters that are patterns, in the innermost scope.
    fn destructure(&mut self, sig: &FnSig) -> R<Vec<Stmt>> {
        let mut stmts = Vec::new();
        for (at, param) in sig.params.iter().enumerate() {
            let Some(pat) = &param.pat else { continue };
            if matches!(pat, syn::Pat::Wild(_))
                || matches!(pat, syn::Pat::Ident(it) if it.by_ref.is_none() && it.subpat.is_none())
            {
                continue;
            }
            let value = self.local_value(LocalId(at), param.span);
            let pat = self.pattern(pat, &param.ty)?;
            stmts.push(Stmt::Let { pat, init: Some(value), els: None });
        }
        Ok(stmts)
    }

    fn body(&mut self, block: Option<&syn::Block>, sig: &FnSig) -> R<Option<Expr>> {
        let Some(block) = block else { return Ok(None) };
        self.assigned = std::rc::Rc::new(super::closure::Assignments::of(block));
        let ret = self.ret.clone();
        let mut body = self.scoped(|cx| {
            let stmts = cx.destructure(sig)?;
            let body = cx.block(block, &Expect::Coerce(ret.clone()))?;
            if stmts.is_empty() {
                return Ok(body);
            }
            let span = body.span;
            Ok(cx.expr(ExprKind::Block { label: None, stmts, tail: Some(body) }, ret, span))
        })?;
        self.finish_locals()?;
        self.finish_expr(&mut body)?;
        for ty in std::mem::take(&mut self.boxed) {
            if !matches!(self.final_ty(&ty, body.span), Ok(Ty::Adt(..) | Ty::Vec(_) | Ty::String)) {
                self.krate.boxes_anything.set(true);
            }
        }
        check::locals(self)?;
        check::expression(self, &body)?;
        Ok(Some(body))
    }

    /// What a call in a condition stands for, if that is not the body as it is.
    fn meaning(&mut self, body: &Expr, block: Option<&syn::Block>, sig: &FnSig) -> Option<Expr> {
        if !crate::meaning::has_loops(body) {
            return crate::meaning::without_returns(body);
        }
        if sig.params.iter().any(|p| matches!(p.ty, Ty::Ref(true, _))) {
            return None;
        }
        // The loop may be that of an iterator, which a condition has another form for.
        let known = self.locals.len();
        let meant = self.in_condition(|cx| cx.body(block, sig));
        match meant {
            Ok(Some(meant)) if !crate::meaning::has_loops(&meant) => Some(meant),
            _ => {
                self.locals.truncate(known);
                None
            }
        }
    }

    /// A condition with all its types final.
    fn whole_condition(&mut self, e: &syn::Expr) -> R<Expr> {
        let mut e = self.spec_condition(e)?;
        self.whole(&mut e)?;
        Ok(e)
    }
    fn whole(&mut self, e: &mut Expr) -> R<()> {
        self.in_condition(|cx| {
            cx.finish_locals()?;
            cx.finish_expr(e)?;
            check::locals(cx)?;
            check::expression(cx, e)
        })
    }

    /// A condition over the parameters, those that are patterns destructured around it.
    fn condition_over(&mut self, sig: &FnSig, e: &syn::Expr) -> R<Expr> {
        let known = self.locals.len();
        let out = self.condition_over_inner(sig, e);
        if out.is_err() {
            // Its locals have no final types; nothing refers to them.
            self.locals.truncate(known);
        }
        out
    }
    fn condition_over_inner(&mut self, sig: &FnSig, e: &syn::Expr) -> R<Expr> {
        self.scoped(|cx| {
            let stmts = cx.destructure(sig)?;
            let mut out = cx.spec_condition(e)?;
            if !stmts.is_empty() {
                let span = out.span;
                let ty = out.ty.clone();
                out = cx.expr(ExprKind::Block { label: None, stmts, tail: Some(out) }, ty, span);
            }
            cx.whole(&mut out)?;
            Ok(out)
        })
    }

    fn fn_spec(&mut self, spec: &anodized_core::FnSpec, sig: &FnSig, found: &mut Vec<Diagnostic>) -> FnSpec {
        let mut out = FnSpec::default();
        for condition in spec.requires.iter().chain(&spec.maintains) {
            match self.condition_over(sig, &condition.expr) {
                Ok(e) => out.requires.push(e),
                Err(error) => found.push(*error),
            }
        }
        self.names.push(Default::default());
        for capture in &spec.captures {
            match self.capture(sig, capture) {
                Ok(capture) => out.captures.push(capture),
                Err(error) => found.push(*error),
            }
        }
        let captured = self.names.pop().unwrap_or_default();
        for condition in &spec.maintains {
            // An error was already reported above.
            if let Ok(e) = self.condition_over(sig, &condition.expr) {
                out.ensures.push((None, e));
            }
        }
        for post in &spec.ensures {
            let condition = self.scoped(|cx| {
                if let Some(scope) = cx.names.last_mut() {
                    scope.extend(captured.clone());
                }
                let pat = match &post.pat {
                    Some(pat) => {
                        let ret = cx.ret.clone();
                        let mut pat = cx.pattern(pat.get_pat(), &ret)?;
                        cx.finish_pat(&mut pat)?;
                        Some(pat)
                    }
                    None => None,
                };
                Ok((pat, cx.condition_over(sig, &post.expr)?))
            });
            match condition {
                Ok(condition) => out.ensures.push(condition),
                Err(error) => found.push(*error),
            }
        }
        self.type_specs(spec, sig, &mut out, found);
        out
    }

    fn capture(&mut self, sig: &FnSig, capture: &anodized_core::Capture) -> R<(Pat, Expr)> {
        let mut value = self.scoped(|cx| {
            let stmts = cx.destructure(sig)?;
            let value = cx.in_condition(|cx| cx.check(&capture.expr, &Expect::Nothing))?;
            if stmts.is_empty() {
                return Ok(value);
            }
            let (ty, span) = (value.ty.clone(), value.span);
            Ok(cx.expr(ExprKind::Block { label: None, stmts, tail: Some(value) }, ty, span))
        })?;
        let ty = value.ty.clone();
        let mut pat = self.in_condition(|cx| cx.pattern(&capture.pat, &ty))?;
        self.whole(&mut value)?;
        self.finish_pat(&mut pat)?;
        Ok((pat, value))
    }

    /// The invariants of types that `Spec!` marks in the signature.
    fn type_specs(&mut self, spec: &anodized_core::FnSpec, sig: &FnSig, out: &mut FnSpec, found: &mut Vec<Diagnostic>) {
        for (at, flags) in spec.input_spec_flags.iter().enumerate() {
            let Some(param) = sig.params.get(at) else { continue };
            let (entry, exit) = match flags {
                InputSpecFlags::Neither => continue,
                InputSpecFlags::In(_) => (true, false),
                InputSpecFlags::Out(_) => (false, true),
                InputSpecFlags::Both(_) => (true, true),
            };
            match self.invariant(LocalId(at), &param.ty) {
                Ok(conditions) => {
                    if entry {
                        out.requires.extend(conditions.iter().cloned());
                    }
                    if exit {
                        out.ensures.extend(conditions.into_iter().map(|c| (None, c)));
                    }
                }
                Err(error) => found.push(*error),
            }
        }
        if spec.output_spec_flag {
            let span = self.krate.adts[0].span;
            let local = self.new_local("_out", sig.ret.clone(), false, span);
            let kind = PatKind::Bind { local, by_ref: None, sub: None };
            let pat = Pat { kind: Box::new(kind), ty: sig.ret.clone(), span };
            match self.invariant(local, &sig.ret) {
                Ok(conditions) => out.ensures.extend(conditions.into_iter().map(|c| (Some(pat.clone()), c))),
                Err(error) => found.push(*error),
            }
        }
    }

    /// The invariant of a local's type, over that local.
    fn invariant(&mut self, local: LocalId, ty: &Ty) -> R<Vec<Expr>> {
        let Ty::Adt(id, _) = ty.peel() else {
            return crate::resolve::refuse("H0105", self.locals[local.0].span, "`Spec!` on a type without a spec");
        };
        let data = &self.krate.adts[id.0];
        let span = self.locals[local.0].span;
        let Some(Ok(spec)) = &data.spec else {
            return crate::resolve::refuse("H0105", span, format!("`{}` has no `#[spec]`", data.name));
        };
        if spec.field_spec_flags.iter().flatten().any(|f| *f) {
            return crate::resolve::refuse("H0228", span, "`Spec!` on a field of this type");
        }
        // The conditions belong to the type: its module, its file.
        let before = (self.scope, self.file, std::mem::take(&mut self.names));
        (self.scope, self.file) = (data.scope, data.file);
        self.names.push(Default::default());
        self.bind("self", Binding::Local(local));
        let mut out = Vec::new();
        let mut failed = None;
        for condition in &spec.maintains {
            match self.whole_condition(&condition.expr) {
                Ok(e) => out.push(e),
                Err(error) => failed = Some(error),
            }
        }
        (self.scope, self.file, self.names) = before;
        match failed {
            Some(error) => Err(error),
            None => Ok(out),
        }
    }
}
