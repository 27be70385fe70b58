//! Names that macros may define. Their expansions are not seen, and an item that one of them makes stands in front of what a
//! glob or the prelude brings, an inherent method in front of that of a trait: such a name is refused rather than guessed.

use std::collections::{HashMap, HashSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{ImplItem, Item, TraitItem};

use super::{Crate, Def, Import, ModId, ModuleData, Space};
use crate::crate_loader::{Module, plain_name};

/// What the text of a macro may define.
#[derive(Default)]
struct Defined {
    names: HashSet<String>,
    /// Whether it defines what its arguments name.
    by_argument: bool,
}

/// All names that macros of a crate may define, wherever; and those among them that only `thread_local!` may, if that is not the
/// one of std.
pub(super) fn made_by_macros(root: &Module) -> (HashSet<String>, HashSet<String>) {
    let mut definitions = HashMap::new();
    let mut uses = Vec::new();
    read(root, &mut definitions, &mut uses);
    let mut out = HashSet::new();
    let mut doubtful = HashSet::new();
    for mac in uses {
        let local = mac.path.get_ident().and_then(|i| definitions.get(&plain_name(i)));
        let mut own = Defined::default();
        defined(&mac.tokens, &mut own);
        out.extend(own.names);
        // What a macro of another crate defines, it takes the names of from its arguments.
        if local.is_none_or(|d: &Defined| d.by_argument) {
            identifiers(&mac.tokens, if is_thread_local(mac) { &mut doubtful } else { &mut out });
        }
    }
    // A macro may call others: all that any of them defines.
    out.extend(definitions.into_values().flat_map(|d| d.names));
    doubtful.retain(|name| !out.contains(name));
    (out, doubtful)
}

/// The macro of std that defines what follows the word `static` in its argument, and nothing else.
pub(super) const THREAD_LOCAL: &str = "thread_local";

fn is_thread_local(mac: &syn::Macro) -> bool {
    let names: Vec<String> = mac.path.segments.iter().map(|s| plain_name(&s.ident)).collect();
    names == [THREAD_LOCAL] || names == ["std", THREAD_LOCAL]
}

impl Crate<'_> {
    /// Whether no import puts another macro in the place of one of std.
    pub(super) fn is_macro_of_std(&self, name: &str) -> bool {
        let imported = self.modules.iter().any(|module| module.imports.contains_key(name));
        !imported && !self.macros.contains(name) && !self.may_bring_macro(name)
    }

    /// Whether a macro of another crate may be in scope whose name is not written in this one.
    pub(super) fn may_bring_macro(&self, name: &str) -> bool {
        let of_harmonic = ["implies", "try_call", "Spec"].contains(&name);
        let known = |krate: &str| match krate {
            "std" | "core" | "alloc" => true,
            "harmonic" => !of_harmonic,
            _ => false,
        };
        let brings = |at: usize, import: &Import| {
            let found = self.resolve_path(ModId(at), import.absolute, &import.path, Space::Type);
            match found.map(|f| f.def) {
                Some(Def::External(parts)) => !known(&parts[0]),
                Some(Def::Refused(..)) | None => true,
                Some(_) => false,
            }
        };
        let any = |(at, module): (usize, &ModuleData)| module.globs.iter().any(|import| brings(at, import));
        self.uses_macros || self.modules.iter().enumerate().any(any)
    }
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
