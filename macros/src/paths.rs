//! Rewrites what `anodized-core` generates for a crate that depends on `harmonic` alone.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

/// Maps `::anodized::{__, types, result}` to the same modules of `harmonic`, conditions to `condition` (which knows
/// about quantifiers), and makes `implies(a, b)` lazy inside conditions.
pub(crate) fn to_harmonic(tokens: TokenStream) -> TokenStream {
    rewrite(tokens, false)
}

fn rewrite(tokens: TokenStream, in_condition: bool) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out: Vec<TokenTree> = Vec::with_capacity(tokens.len());
    // Set between `eval::<bool>` and its argument list.
    let mut condition_next = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if *ident == "anodized" && is_support_path(&tokens, at) => {
                out.push(Ident::new("harmonic", ident.span()).into());
            }
            TokenTree::Ident(ident) if *ident == "eval" && is_condition(&tokens, at) => {
                condition_next = true;
                out.push(Ident::new("condition", ident.span()).into());
            }
            TokenTree::Group(group) => {
                let is_call = group.delimiter() == Delimiter::Parenthesis;
                let inner = rewrite(group.stream(), in_condition || (is_call && condition_next));
                let inner = match is_call && in_condition && follows_implies(&tokens, at) {
                    true => lazy_implication(inner),
                    false => inner,
                };
                condition_next &= !is_call;
                let mut new = Group::new(group.delimiter(), inner);
                new.set_span(group.span());
                out.push(new.into());
            }
            other => out.push(other.clone()),
        }
    }
    out.into_iter().collect()
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(at) && colon(at + 1)
}

fn is_ident(tokens: &[TokenTree], at: usize, names: &[&str]) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Ident(ident)) if names.iter().any(|name| ident == name))
}

/// `::anodized::__`, `::anodized::types`, `::anodized::result`.
fn is_support_path(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2
        && is_colons(tokens, at - 2)
        && is_colons(tokens, at + 1)
        && is_ident(tokens, at + 3, &["__", "types", "result"])
}

/// `__::eval::<…`: conditions carry the type argument, captured values do not.
fn is_condition(tokens: &[TokenTree], at: usize) -> bool {
    at >= 3
        && is_ident(tokens, at - 3, &["__"])
        && is_colons(tokens, at - 2)
        && is_colons(tokens, at + 1)
        && matches!(tokens.get(at + 3), Some(TokenTree::Punct(p)) if p.as_char() == '<')
}

/// Whether the group at this place is the argument list of a plain or path call of `implies`.
fn follows_implies(tokens: &[TokenTree], at: usize) -> bool {
    let is_method = at >= 2 && matches!(&tokens[at - 2], TokenTree::Punct(p) if p.as_char() == '.');
    at >= 1 && is_ident(tokens, at - 1, &["implies"]) && !is_method
}

/// `implies(a, b)` becomes `implies(true, !a || b)`: a function evaluates its arguments first, and `b` may only make
/// sense under `a` (`implies(i < v.len(), v[i] == 0)`). The call stays, so that its import stays in use.
fn lazy_implication(args: TokenStream) -> TokenStream {
    match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(args.clone()) {
        Ok(parsed) if parsed.len() == 2 => {
            let (premise, conclusion) = (&parsed[0], &parsed[1]);
            quote!(true, if #premise { #conclusion } else { true })
        }
        _ => args,
    }
}
