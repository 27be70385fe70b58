//! What only conditions may say: quantifiers, implication, loop specs.

use anodized_core::annotate::Specified as _;
use syn::Expr as E;

use super::{Binding, Expect, Fcx};
use crate::crate_loader::plain_name;
use crate::resolve::{Def, R, Space, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

/// A word of conditions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    ForAll,
    Exists,
    Implies,
}

impl Fcx<'_, '_> {
    /// Whether a path is `forall`, `exists` or `implies` of `harmonic` (or `anodized`), and not something of the crate.
    pub(super) fn spec_word(&self, path: &syn::ExprPath) -> Option<Word> {
        let names: Vec<String> = path.path.segments.iter().map(|s| plain_name(&s.ident)).collect();
        let word = match names.last()?.as_str() {
            "forall" => Word::ForAll,
            "exists" => Word::Exists,
            "implies" => Word::Implies,
            _ => return None,
        };
        let found = self.krate.resolve_path(self.scope, path.path.leading_colon.is_some(), &names, Space::Value);
        match found.map(|f| f.def) {
            Some(Def::External(parts)) => matches!(parts[0].as_str(), "harmonic" | "anodized").then_some(word),
            Some(_) => None,
            None => (names.len() == 1).then_some(word),
        }
    }

    pub(super) fn spec_call(&mut self, word: Word, it: &syn::ExprCall, span: Span) -> R<Expr> {
        if word == Word::Implies {
            let [a, b] = it.args.iter().collect::<Vec<_>>()[..] else {
                return refuse(self.code("H0102", "H0202"), span, "`implies` takes two arguments");
            };
            // The function evaluates both; only conditions make it lazy.
            if !self.in_spec {
                return refuse("H0506", span, "`implies` outside a condition");
            }
            let a = self.check_to(a, &Ty::Bool)?;
            let b = self.check_to(b, &Ty::Bool)?;
            return Ok(self.expr(ExprKind::Implies(a, b), Ty::Bool, span));
        }
        if !self.in_spec {
            return refuse("H0506", span, "a quantifier outside a condition");
        }
        let [E::Closure(closure)] = it.args.iter().collect::<Vec<_>>()[..] else {
            return refuse(self.code("H0102", "H0202"), span, "a quantifier takes one closure");
        };
        let mut vars = Vec::new();
        for input in &closure.inputs {
            let ty = match input {
                syn::Pat::Type(it) => self.lower_ty(&it.ty)?,
                _ => self.fresh(),
            };
            vars.push((input, ty.clone(), ty));
        }
        if vars.is_empty() {
            return refuse("H0102", span, "a quantifier needs a variable");
        }
        self.quantifier(word == Word::ForAll, vars, Domain::Typed, &closure.body, span)
    }

    /// A quantifier over variables, each with its pattern, the type of its local and the type its pattern sees.
    pub(super) fn quantifier(
        &mut self,
        all: bool,
        vars: Vec<(&syn::Pat, Ty, Ty)>,
        domain: Domain,
        body: &syn::Expr,
        span: Span,
    ) -> R<Expr> {
        self.scoped(|cx| {
            let mut locals = Vec::new();
            let mut stmts = Vec::new();
            for (pat, ty, seen) in vars {
                let at = cx.span(pat);
                let by_ref = matches!(cx.shallow(&seen), Ty::Ref(..)) && !matches!(cx.shallow(&ty), Ty::Ref(..));
                let mut plain = pat;
                let mut written = None;
                if let syn::Pat::Type(it) = pat {
                    plain = &it.pat;
                    written = Some(cx.lower_ty(&it.ty)?);
                }
                if let Some(written) = written {
                    cx.equate(&written, &seen, at)?;
                }
                // `|&x|` takes the element itself.
                let mut by_ref = by_ref;
                if let (true, syn::Pat::Reference(it)) = (by_ref, plain) {
                    plain = &it.pat;
                    by_ref = false;
                }
                match plain {
                    syn::Pat::Ident(it) if it.by_ref.is_none() && it.subpat.is_none() => {
                        let name = plain_name(&it.ident);
                        let local = cx.new_local(&name, ty, false, at);
                        cx.bind(&name, if by_ref { Binding::Borrowed(local) } else { Binding::Local(local) });
                        locals.push(local);
                    }
                    syn::Pat::Wild(_) => locals.push(cx.new_local("_", ty, false, at)),
                    _ => {
                        let local = cx.new_local("_element", ty.clone(), false, at);
                        locals.push(local);
                        let mut value = cx.local_value(local, at);
                        if by_ref {
                            value = cx.borrow(false, value);
                        }
                        let pat = cx.pattern(plain, &value.ty.clone())?;
                        stmts.push(Stmt::Let { pat, init: Some(value), els: None });
                    }
                }
            }
            let mut body = cx.check_to(body, &Ty::Bool)?;
            if !stmts.is_empty() {
                let at = body.span;
                body = cx.expr(ExprKind::Block { label: None, stmts, tail: Some(body) }, Ty::Bool, at);
            }
            Ok(cx.expr(ExprKind::Quant { all, vars: locals, domain, body }, Ty::Bool, span))
        })
    }

    /// Runs as in a condition.
    pub(super) fn in_condition<T>(&mut self, run: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        let before = (self.in_spec, self.no_return);
        (self.in_spec, self.no_return) = (true, true);
        let out = run(self);
        (self.in_spec, self.no_return) = before;
        out
    }

    /// A condition of a spec.
    pub(super) fn spec_condition(&mut self, e: &syn::Expr) -> R<Expr> {
        self.in_condition(|cx| {
            let value = cx.check(e, &Expect::Nothing)?;
            let value = cx.peel(value);
            let ty = cx.shallow(&value.ty);
            match ty {
                Ty::Bool | Ty::Never => cx.coerce(value, &Ty::Bool),
                ty if cx.vars.is_free(&ty) && cx.vars.unify(&ty, &Ty::Bool) => Ok(value),
                ty => {
                    let message = format!("a condition must be a `bool`, this is `{}`", cx.shown(&ty));
                    refuse_help("H0104", cx.span(e), message, "compare the value with something")
                }
            }
        })
    }

    /// A measure.
    pub(super) fn measure(&mut self, e: &syn::Expr) -> R<Expr> {
        self.in_condition(|cx| {
            let value = cx.check(e, &Expect::Nothing)?;
            Ok(cx.peel(value))
        })
    }

    /// The spec among a loop's attributes.
    pub(super) fn loop_spec(&mut self, attrs: &[syn::Attribute], span: proc_macro2::Span) -> R<LoopSpec> {
        let mut attrs = attrs.to_vec();
        if !crate::resolve::signature::normalise_spec(self.krate, self.scope, &mut attrs) {
            return Ok(LoopSpec::default());
        }
        let block = syn::Block { brace_token: Default::default(), stmts: vec![] };
        // Anodized knows `while` and `for`; a `loop` has the same spec.
        let mut carrier = syn::ExprWhile {
            attrs,
            label: None,
            while_token: syn::token::While(span),
            cond: Box::new(E::Infer(syn::ExprInfer { attrs: vec![], underscore_token: syn::token::Underscore(span) })),
            body: block,
        };
        let parsed = match carrier.parse_spec_from_attrs() {
            Ok(parsed) => parsed,
            Err(error) => return Err(crate::resolve::signature::spec_error(self.file, &error, span)),
        };
        let mut spec = LoopSpec::default();
        for condition in &parsed.maintains {
            spec.maintains.push(self.spec_condition(&condition.expr)?);
        }
        if let Some(variant) = &parsed.decreases {
            spec.decreases = Some(self.measure(&variant.expr)?);
        }
        Ok(spec)
    }
}
