//! Names that macros may define. Their expansions are not seen, and an item that one of them makes stands in front of what a
//! glob or the prelude brings, an inherent method in front of that of a trait: such a name is refused rather than guessed.

use std::collections::{HashMap, HashSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{ImplItem, Item, TraitItem};

use crate::crate_loader::{Module, plain_name};

/// What the text of a macro may define.
#[derive(Default)]
struct Defined {
    names: HashSet<String>,
    /// Whether it defines what its arguments name.
    by_argument: bool,
}

/// All names that macros of a crate may define, wherever.
pub(super) fn made_by_macros(root: &Module) -> HashSet<String> {
    let mut definitions = HashMap::new();
    let mut uses = Vec::new();
    read(root, &mut definitions, &mut uses);
    let mut out = HashSet::new();
    for mac in uses {
        let local = mac.path.get_ident().and_then(|i| definitions.get(&plain_name(i)));
        let mut own = Defined::default();
        defined(&mac.tokens, &mut own);
        out.extend(own.names);
        // What a macro of another crate defines, it takes the names of from its arguments.
        if local.is_none_or(|d: &Defined| d.by_argument) {
            identifiers(&mac.tokens, &mut out);
        }
    }
    // A macro may call others: all that any of them defines.
    out.extend(definitions.into_values().flat_map(|d| d.names));
    out
}

fn read<'a>(module: &'a Module, definitions: &mut HashMap<String, Defined>, uses: &mut Vec<&'a syn::Macro>) {
    for item in &module.items {
        match item {
            Item::Macro(it) => match &it.ident {
                Some(name) => defined(&it.mac.tokens, definitions.entry(plain_name(name)).or_default()),
                None => uses.push(&it.mac),
            },
            Item::Impl(it) => uses.extend(it.items.iter().filter_map(|item| match item {
                ImplItem::Macro(it) => Some(&it.mac),
                _ => None,
            })),
            Item::Trait(it) => uses.extend(it.items.iter().filter_map(|item| match item {
                TraitItem::Macro(it) => Some(&it.mac),
                _ => None,
            })),
            _ => {}
        }
    }
    module.children.iter().for_each(|child| read(child, definitions, uses));
}

/// The names after the keywords of items, at any depth.
fn defined(tokens: &TokenStream, out: &mut Defined) {
    const KEYWORDS: &[&str] = &["const", "enum", "fn", "mod", "static", "struct", "trait", "type", "union"];
    let mut after_keyword = false;
    let mut in_use = false;
    for token in tokens.clone() {
        let was_keyword = std::mem::take(&mut after_keyword);
        match token {
            TokenTree::Ident(ident) => {
                let name = plain_name(&ident);
                in_use |= name == "use";
                after_keyword = KEYWORDS.contains(&name.as_str()) || was_keyword && name == "mut";
                if (was_keyword || in_use) && !after_keyword {
                    out.names.insert(name);
                }
            }
            TokenTree::Punct(p) => {
                out.by_argument |= p.as_char() == '$' && (was_keyword || in_use);
                in_use &= p.as_char() != ';';
            }
            TokenTree::Group(group) if in_use => identifiers(&group.stream(), &mut out.names),
            TokenTree::Group(group) => defined(&group.stream(), out),
            TokenTree::Literal(_) => {}
        }
    }
}

fn identifiers(tokens: &TokenStream, out: &mut HashSet<String>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => {
                out.insert(plain_name(&ident));
            }
            TokenTree::Group(group) => identifiers(&group.stream(), out),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
