//! Run-time checks of loop specs, which Anodized leaves to static tools.
//!
//! The invariant is checked at the head of the body, where the verifier assumes it; the measure is compared with
//! that of the iteration before. The invariant after the last iteration of a `for` is not checked: its variable is
//! out of scope there.

use anodized_core::LoopSpec;
use anodized_core::annotate::Specified as _;
use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Error, Expr, ExprClosure, ExprForLoop, ExprLoop, ExprWhile, Ident, Item, ItemFn, Result, Stmt,
    parse_quote, parse_quote_spanned,
};

/// Whether an attribute is `#[spec]`, by any path.
pub(crate) fn is_spec(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == "spec")
}

/// Replaces the specs of the loops of an item by checks, or (with `evaluate` off) by code that is only type-checked.
pub(crate) fn check_loops(item: &mut Item, evaluate: bool) -> Result<()> {
    let mut visitor = LoopChecks { evaluate, error: None };
    match item {
        Item::Fn(func) => visitor.visit_block_mut(&mut func.block),
        Item::Impl(_) | Item::Trait(_) => visitor.visit_item_mut(item),
        _ => {}
    }
    match visitor.error {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Removes the specs of the loops of a body.
pub(crate) fn drop_loop_specs(body: &mut Block) {
    DropSpecs { unconditional_only: false }.visit_block_mut(body);
}

/// Removes the specs of each `loop` of an item, where Anodized takes care of those of `while` and `for`: it leaves what it does not know.
pub(crate) fn drop_specs_of_unconditional_loops(item: &mut Item) {
    DropSpecs { unconditional_only: true }.visit_item_mut(item);
}

struct DropSpecs {
    unconditional_only: bool,
}

impl VisitMut for DropSpecs {
    fn visit_expr_while_mut(&mut self, it: &mut ExprWhile) {
        it.attrs.retain(|attr| self.unconditional_only || !is_spec(attr));
        visit_mut::visit_expr_while_mut(self, it);
    }
    fn visit_expr_for_loop_mut(&mut self, it: &mut ExprForLoop) {
        it.attrs.retain(|attr| self.unconditional_only || !is_spec(attr));
        visit_mut::visit_expr_for_loop_mut(self, it);
    }
    fn visit_expr_loop_mut(&mut self, it: &mut ExprLoop) {
        it.attrs.retain(|attr| !is_spec(attr));
        visit_mut::visit_expr_loop_mut(self, it);
    }
}

/// The spec of a `loop`, taken off it. Anodized knows specs of `while` and `for`; a `loop` is a `while true`.
fn spec_of_loop(it: &mut ExprLoop) -> Result<LoopSpec> {
    let mut same: ExprWhile = parse_quote! { while true {} };
    same.attrs = std::mem::take(&mut it.attrs);
    let spec = same.parse_spec_from_attrs();
    it.attrs = same.attrs;
    spec
}

/// The variable that holds the last measure. One span for all its uses, wherever the spec's tokens come from.
fn measure_name() -> Ident {
    Ident::new("__harmonic_measure", Span::call_site())
}

struct LoopChecks {
    evaluate: bool,
    error: Option<Error>,
}

impl LoopChecks {
    /// The loop with its checks, given what its spec says; `None` if it says nothing.
    fn checked(&self, spec: &LoopSpec, body: &mut Block) -> bool {
        let mut stmts: Vec<Stmt> = Vec::new();
        let on = self.evaluate;
        let last = measure_name();
        for condition in &spec.maintains {
            let expr = &condition.expr;
            let text = format!("loop invariant failed: {}", expr.to_token_stream());
            let cfg = condition.cfg.as_ref().map(|meta| quote::quote!(&&cfg!(#meta)));
            stmts.push(parse_quote_spanned! { expr.span() =>
                if #on #cfg && !::anodized::__::eval::<bool>(|| #expr) { panic!("{}", #text); }
            });
        }
        let has_measure = spec.decreases.is_some();
        if let Some(measure) = &spec.decreases {
            let expr = &measure.expr;
            let text = format!("loop measure did not decrease: {}", expr.to_token_stream());
            let cfg = measure.cfg.as_ref().map(|meta| quote::quote!(&&cfg!(#meta)));
            stmts.push(parse_quote_spanned! { expr.span() =>
                if #on #cfg && !::anodized::__::decreases(&mut #last, || #expr) { panic!("{}", #text); }
            });
        }
        stmts.append(&mut body.stmts);
        body.stmts = stmts;
        has_measure
    }

    fn note(&mut self, error: Error) {
        match &mut self.error {
            Some(first) => first.combine(error),
            None => self.error = Some(error),
        }
    }
}

impl VisitMut for LoopChecks {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let has_measure = match expr {
            Expr::While(it) if it.attrs.iter().any(is_spec) => {
                it.parse_spec_from_attrs().map(|spec| self.checked(&spec, &mut it.body))
            }
            Expr::ForLoop(it) if it.attrs.iter().any(is_spec) => {
                it.parse_spec_from_attrs().map(|spec| self.checked(&spec, &mut it.body))
            }
            Expr::Loop(it) if it.attrs.iter().any(is_spec) => {
                spec_of_loop(it).map(|spec| self.checked(&spec, &mut it.body))
            }
            _ => return,
        };
        match has_measure {
            Ok(true) => {
                let (inner, last) = (&*expr, measure_name());
                *expr = parse_quote! {{ let mut #last = ::core::option::Option::None; #inner }};
            }
            Ok(false) => {}
            Err(error) => self.note(error),
        }
    }

    // As in Anodized: closures and nested functions are not part of the annotated function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_item_fn_mut(&mut self, _: &mut ItemFn) {}
}
