//! Which types become opaque: those with no meaning here, where a value of one may still be moved, kept and given on.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use super::{R, TypeScope};
use crate::opaque;
use crate::tir::Ty;

impl TypeScope<'_, '_> {
    /// A type of std or of another crate, by its path.
    pub(super) fn opaque_path(&self, parts: &[String], path: &syn::Path) -> R<Ty> {
        let name = match parts {
            [krate, rest @ ..] if matches!(krate.as_str(), "core" | "alloc") => format!("std::{}", rest.join("::")),
            parts => parts.join("::"),
        };
        let Some(last) = path.segments.last() else { return Ok(self.opaque_text(path)) };
        let args = match &last.arguments {
            syn::PathArguments::None => Vec::new(),
            syn::PathArguments::Parenthesized(_) => return Ok(self.opaque_text(path)),
            syn::PathArguments::AngleBracketed(list) => {
                let inside = TypeScope { kept: true, ..*self };
                let mut args = Vec::new();
                for arg in &list.args {
                    match arg {
                        syn::GenericArgument::Type(ty) => args.push(inside.lower(ty)?),
                        syn::GenericArgument::Lifetime(_) => {}
                        // Its name is all that is read of it.
                        _ => return Ok(self.opaque_text(path)),
                    }
                }
                args
            }
        };
        Ok(Ty::Opaque(name, args))
    }

    /// What a length is that is a parameter.
    pub(super) fn parameter(&self, len: &syn::Expr) -> Option<Ty> {
        let syn::Expr::Path(path) = len else { return None };
        let name = crate::crate_loader::plain_name(path.path.get_ident()?);
        let known = self.known.iter().find(|(param, _)| *param == name).map(|(_, ty)| ty.clone());
        known.or_else(|| self.generics.contains(&name).then_some(Ty::Param(name)))
    }

    /// A type that is known by its text alone. What type parameters in it stand for is a part of which type it is.
    pub(super) fn opaque_text(&self, ty: &impl ToTokens) -> Ty {
        let tokens = ty.to_token_stream();
        let mut names = BTreeSet::new();
        mentioned(tokens.clone(), &mut names);
        let mut args = Vec::new();
        for name in names {
            if name == "Self" {
                args.extend(self.self_ty.cloned());
            } else if let Some((_, ty)) = self.known.iter().find(|(param, _)| *param == name) {
                args.push(ty.clone());
            } else if self.generics.contains(&name) {
                args.push(Ty::Param(name));
            }
        }
        let module = &self.krate.modules[self.scope.0];
        let place = format!("{}#{}", module.path.join("::"), self.scope.0);
        Ty::Opaque(opaque::written(&text(tokens), &place), args)
    }
}

/// A constant in the place of a parameter, by its value. Only literals have one that is plain.
pub(crate) fn constant(arg: &syn::GenericArgument) -> Option<Ty> {
    let syn::GenericArgument::Const(syn::Expr::Lit(it)) = arg else { return None };
    let name = match &it.lit {
        syn::Lit::Int(n) if n.suffix().is_empty() => n.base10_digits().to_owned(),
        syn::Lit::Bool(b) => b.value.to_string(),
        _ => return None,
    };
    Some(Ty::Opaque(name, Vec::new()))
}

fn mentioned(tokens: TokenStream, out: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                out.insert(crate::crate_loader::plain_name(&ident));
            }
            TokenTree::Group(group) => mentioned(group.stream(), out),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The text of a type on one line, as it is usually written.
fn text(tokens: TokenStream) -> String {
    let mut out = tokens.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        ("* ", "*"),
        (" ,", ","),
        (" (", "("),
        ("' ", "'"),
    ] {
        out = out.replace(from, to);
    }
    out
}
