//! Specs that only macros write: their functions are not in the source, so they get no verdict. That has to be said.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{ImplItem, Item};

use crate::crate_loader::{Module, diagnostic, plain_name, span_in};
use crate::diagnostic::Diagnostic;

/// A finding for each use of a macro, in the place of an item, whose definition or arguments hold a `#[spec]`.
pub(crate) fn hidden_specs(root: &Module) -> Vec<Diagnostic> {
    let mut writers = HashSet::new();
    definitions(root, &mut writers);
    let mut found = Vec::new();
    uses(root, &writers, &mut found);
    found
}

fn definitions(module: &Module, writers: &mut HashSet<String>) {
    for item in &module.items {
        if let Item::Macro(it) = item
            && let Some(name) = &it.ident
            && holds_spec(&it.mac.tokens)
        {
            writers.insert(plain_name(name));
        }
    }
    module.children.iter().for_each(|child| definitions(child, writers));
}

fn uses(module: &Module, writers: &HashSet<String>, found: &mut Vec<Diagnostic>) {
    let mut one = |mac: &syn::Macro| {
        let named = mac.path.segments.last().is_some_and(|s| writers.contains(&plain_name(&s.ident)));
        if named || holds_spec(&mac.tokens) {
            let message = "this macro makes functions with specs, which are not seen and not verified";
            let mut diagnostic = diagnostic("H0231", span_in(module.file, mac.span()), message);
            diagnostic.help = Some("write the functions out, or the `#[spec]` on a function that these call".into());
            found.push(diagnostic);
        }
    };
    for item in &module.items {
        match item {
            Item::Macro(it) if it.ident.is_none() => one(&it.mac),
            Item::Impl(it) => it.items.iter().for_each(|item| {
                if let ImplItem::Macro(it) = item {
                    one(&it.mac);
                }
            }),
            _ => {}
        }
    }
    module.children.iter().for_each(|child| uses(child, writers, found));
}

/// Whether the tokens hold `#[spec…]` or `#[path::spec…]`, at any depth.
fn holds_spec(tokens: &TokenStream) -> bool {
    let mut after_hash = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => {
                let names_spec = || {
                    let words = group.stream().into_iter().take_while(|t| !matches!(t, TokenTree::Group(_)));
                    words.last().is_some_and(|t| matches!(t, TokenTree::Ident(name) if name == "spec"))
                };
                if after_hash && names_spec() || holds_spec(&group.stream()) {
                    return true;
                }
                after_hash = false;
            }
            TokenTree::Punct(p) => after_hash = p.as_char() == '#',
            _ => after_hash = false,
        }
    }
    false
}
