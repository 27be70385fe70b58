//! What macros may have made of an item. Only their expansion is compiled, and it is not seen here: an attribute that may be
//! a macro takes the meaning from what it stands on, and from all that lies inside.

use syn::Attribute;
use syn::spanned::Spanned;

use super::{Crate, Def, ModId, Space};
use crate::crate_loader::{diagnostic, plain_name, span_in};
use crate::diagnostic::Diagnostic;
use crate::span::FileId;
use crate::tir::{AdtId, Variant};

/// Attributes of the language on items; it does not let a macro of the same name stand beside them.
const BUILTIN: &[&str] = &[
    "allow",
    "automatically_derived",
    "cold",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "export_name",
    "forbid",
    "global_allocator",
    "ignore",
    "inline",
    "link",
    "link_section",
    "macro_export",
    "macro_use",
    "must_use",
    "no_mangle",
    "non_exhaustive",
    "path",
    "repr",
    "should_panic",
    "target_feature",
    "track_caller",
    "unsafe",
    "used",
    "warn",
];

/// Attributes that are macros of std: an import may put another one in their place.
const MACROS_OF_STD: &[&str] = &["bench", "test"];

/// Tools whose attributes change nothing.
const TOOLS: &[&str] = &["clippy", "diagnostic", "miri", "rust_analyzer", "rustfmt"];

/// The traits that std derives.
const DERIVED: &[&str] = &["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// An attribute that is none of the language's.
#[derive(Clone, Copy)]
pub(crate) struct Suspect<'a> {
    attr: &'a Attribute,
    scope: ModId,
    file: FileId,
    /// Whether a derive of another crate stands beside it, whose helper it may be.
    beside_derive: bool,
}

/// The attributes that may be macros.
pub(super) fn suspects<'a>(attrs: &'a [Attribute], scope: ModId, file: FileId) -> impl Iterator<Item = Suspect<'a>> {
    let beside_derive = derives_more(attrs);
    let suspect = move |attr: &'a Attribute| {
        let path = attr.path();
        let first = path.segments.first()?;
        let known = match path.segments.len() {
            1 => BUILTIN.iter().any(|b| first.ident == b),
            _ => TOOLS.iter().any(|t| first.ident == t),
        };
        (!known).then_some(Suspect { attr, scope, file, beside_derive })
    };
    attrs.iter().filter_map(suspect)
}

/// The paths of all derives.
fn derive_paths(attrs: &[Attribute]) -> Vec<syn::Path> {
    let parse = syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
    let lists = attrs.iter().filter(|a| a.path().is_ident("derive"));
    lists.filter_map(|a| a.parse_args_with(parse).ok()).flatten().collect()
}

/// Whether there is a derive that is none of std's.
fn derives_more(attrs: &[Attribute]) -> bool {
    derive_paths(attrs).iter().any(|p| !p.get_ident().is_some_and(|i| DERIVED.iter().any(|d| i == d)))
}

impl<'a> Crate<'a> {
    /// Whether a derive of another crate may define an inherent method of this name: such ones are named as fields are.
    pub(crate) fn may_derive(&self, id: AdtId, name: &str) -> bool {
        let field = |v: &Variant| v.fields.iter().any(|(field, _)| field == name);
        derives_more(self.adts[id.0].attrs) && self.variants(id).is_ok_and(|v| v.iter().any(field))
    }

    /// The first attribute of those around an item that may rewrite it.
    pub(crate) fn rewritten(&self, around: &[Suspect<'a>]) -> Option<Diagnostic> {
        let found = around.iter().find(|s| !self.is_harmless(s))?;
        let shown: Vec<String> = found.attr.path().segments.iter().map(|s| s.ident.to_string()).collect();
        let message = format!("the attribute `{}` may rewrite what it stands on", shown.join("::"));
        Some(diagnostic("H0230", span_in(found.file, found.attr.span()), message))
    }

    /// The same for a function.
    pub(crate) fn rewritten_function(&self, index: usize) -> Option<Diagnostic> {
        self.rewritten(&self.fns[index].around)
    }

    /// The same for an impl.
    pub(crate) fn rewritten_impl(&self, index: usize) -> Option<Diagnostic> {
        self.rewritten(&self.impls[index].around)
    }

    fn is_harmless(&self, suspect: &Suspect<'_>) -> bool {
        let path = suspect.attr.path();
        if ["spec", "trusted"].iter().any(|word| self.is_attribute(suspect.scope, path, word)) {
            return true;
        }
        let Some(ident) = path.get_ident() else { return false };
        let name = plain_name(ident);
        let imported = self.is_imported(suspect.scope, &name);
        let helper = suspect.beside_derive && !self.has_foreign_names(suspect.scope);
        !imported && (helper || MACROS_OF_STD.contains(&name.as_str()))
    }

    /// Whether a name is imported by itself, from wherever.
    fn is_imported(&self, scope: ModId, name: &str) -> bool {
        let mut at = Some(scope);
        while let Some(module) = at {
            let data = &self.modules[module.0];
            if data.imports.contains_key(name) {
                return true;
            }
            at = data.around;
        }
        false
    }

    /// Whether names of other crates are in scope that are not written there.
    fn has_foreign_names(&self, scope: ModId) -> bool {
        let mut at = Some(scope);
        while let Some(module) = at {
            let data = &self.modules[module.0];
            // What a glob of the crate's own brings may come from further globs.
            if self.uses_macros || !data.globs.iter().all(|g| g.path.first().is_some_and(|p| is_std(p))) {
                return true;
            }
            at = data.around;
        }
        false
    }

    /// The traits of std that a type derives.
    pub(super) fn derives(&self, attrs: &[Attribute], scope: ModId) -> Vec<String> {
        let derived = |path: syn::Path| {
            let names: Vec<String> = path.segments.iter().map(|s| plain_name(&s.ident)).collect();
            let last = names.last().filter(|n| DERIVED.contains(&n.as_str()))?.clone();
            let of_std = match self.resolve_path(scope, path.leading_colon.is_some(), &names, Space::Type) {
                Some(found) => matches!(&found.def, Def::External(parts) if is_std(&parts[0])),
                // Of the prelude, but not one of the names that resolve.
                None => names.len() == 1,
            };
            of_std.then_some(last)
        };
        derive_paths(attrs).into_iter().filter_map(derived).collect()
    }
}

fn is_std(name: &str) -> bool {
    matches!(name, "std" | "core" | "alloc")
}
