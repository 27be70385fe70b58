//! Traits of the crate: their default methods and constants, what a bound lets one call, associated types.

use syn::TraitItem;

use super::{Crate, Def, ModId, R, Space, TypeScope, refuse, substitute};
use crate::crate_loader::plain_name;
use crate::span::Span;
use crate::tir::Ty;

/// A trait of the crate.
pub(crate) struct TraitData<'a> {
    pub(crate) name: String,
    pub(crate) item: &'a syn::ItemTrait,
    pub(crate) scope: ModId,
    /// Its methods with a body.
    pub(crate) functions: Vec<(String, usize)>,
    /// Its constants with a value.
    pub(crate) consts: Vec<(String, usize)>,
}

/// A bound that gives a type parameter methods of no meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// By a trait of the crate.
    Own(usize),
    /// By a trait of std, by its last segment.
    Std(String),
    /// By a trait of another crate, or one that is not found.
    Unknown,
}

/// Traits of std with no method that shares its name with one that is known on type parameters.
const HARMLESS: &[&str] = &[
    "Add",
    "AddAssign",
    "AsMut",
    "AsRef",
    "Binary",
    "BitAnd",
    "BitAndAssign",
    "BitOr",
    "BitOrAssign",
    "BitXor",
    "BitXorAssign",
    "Default",
    "Display",
    "Div",
    "DivAssign",
    "Error",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromStr",
    "Hash",
    "Into",
    "LowerHex",
    "Mul",
    "MulAssign",
    "Neg",
    "Not",
    "Octal",
    "Rem",
    "RemAssign",
    "Shl",
    "ShlAssign",
    "Shr",
    "ShrAssign",
    "Sub",
    "SubAssign",
    "TryFrom",
    "TryInto",
    "Unpin",
    "UpperHex",
];

/// How far supertraits are followed.
const MAX_SUPERTRAITS: usize = 16;

impl<'a> Crate<'a> {
    /// What a path means as a type or a trait.
    pub(super) fn type_at(&self, scope: ModId, path: &syn::Path) -> Option<Def> {
        let names: Vec<String> = path.segments.iter().map(|s| plain_name(&s.ident)).collect();
        self.resolve_path(scope, path.leading_colon.is_some(), &names, Space::Type).map(|r| r.def)
    }

    /// The trait of the crate that a path names.
    pub(crate) fn trait_at(&self, scope: ModId, path: &syn::Path) -> Bound {
        let names: Vec<String> = path.segments.iter().map(|s| plain_name(&s.ident)).collect();
        match self.type_at(scope, path) {
            Some(Def::Trait(index)) => Bound::Own(index),
            Some(Def::External(parts)) if matches!(parts[0].as_str(), "std" | "core" | "alloc") => {
                Bound::Std(names.last().cloned().unwrap_or_default())
            }
            // Of the prelude, but not one of the names that resolve.
            None if names.len() == 1 && matches!(names[0].as_str(), "Fn" | "FnMut" | "FnOnce" | "AsRef" | "AsMut") => {
                Bound::Std(names[0].clone())
            }
            _ => Bound::Unknown,
        }
    }

    /// The trait of the crate that an impl implements.
    pub(crate) fn trait_of_impl(&self, index: usize) -> Option<usize> {
        let data = &self.impls[index];
        match self.trait_at(data.scope, &data.item.trait_.as_ref()?.1) {
            Bound::Own(index) => Some(index),
            Bound::Std(_) | Bound::Unknown => None,
        }
    }

    /// Whether a bound may give its type a method of this name.
    pub(crate) fn may_have_method(&self, bound: &Bound, name: &str) -> bool {
        self.may_have(bound, name, 0)
    }

    fn may_have(&self, bound: &Bound, name: &str, depth: usize) -> bool {
        match bound {
            _ if depth > MAX_SUPERTRAITS => true,
            Bound::Unknown => true,
            // `Add::add` and the like are no names that are known on type parameters.
            Bound::Std(of) => !HARMLESS.contains(&of.as_str()),
            Bound::Own(index) => {
                let data = &self.traits[*index];
                let own = data.item.items.iter().any(|i| match i {
                    TraitItem::Fn(f) => plain_name(&f.sig.ident) == name,
                    TraitItem::Macro(_) | TraitItem::Verbatim(_) => true,
                    _ => false,
                });
                own || data.item.supertraits.iter().any(|b| match b {
                    syn::TypeParamBound::Trait(it) => {
                        let known = it.path.segments.last().is_some_and(|s| super::signature::is_known(&s.ident));
                        let bound = self.trait_at(data.scope, &it.path);
                        let known = known && !matches!(bound, Bound::Own(_));
                        !known && self.may_have(&bound, name, depth + 1)
                    }
                    syn::TypeParamBound::Lifetime(_) => false,
                    _ => true,
                })
            }
        }
    }

    /// Whether a trait's default methods are those of an impl: the impl does not write this one.
    pub(crate) fn default_function(&self, impl_index: usize, name: &str) -> Option<usize> {
        let data = &self.impls[impl_index];
        if data.functions.iter().any(|f| f.0 == name) || self.may_define(impl_index, name) {
            return None;
        }
        let of = self.trait_of_impl(impl_index)?;
        self.traits[of].functions.iter().find(|f| f.0 == name).map(|f| f.1)
    }

    /// Whether a macro may define an item of this name in an impl.
    fn may_define(&self, impl_index: usize, name: &str) -> bool {
        let macros = self.impls[impl_index].item.items.iter().any(|i| matches!(i, syn::ImplItem::Macro(_)));
        macros && self.made_by_macros.contains(name) || self.rewritten_impl(impl_index).is_some()
    }

    /// The same for its constants.
    pub(crate) fn default_const(&self, impl_index: usize, name: &str) -> Option<usize> {
        let data = &self.impls[impl_index];
        if data.consts.iter().any(|f| f.0 == name) || self.may_define(impl_index, name) {
            return None;
        }
        let of = self.trait_of_impl(impl_index)?;
        self.traits[of].consts.iter().find(|f| f.0 == name).map(|f| f.1)
    }

    /// What an associated type of a type without type parameters is.
    pub(crate) fn project(&self, ty: &Ty, name: &str, of_trait: Option<&str>, span: Span) -> R<Ty> {
        if has_variable(ty) {
            return refuse("H0309", span, format!("the associated type `{name}` of a type that is not known yet"));
        }
        let fits = |i: &usize| {
            let data = &self.impls[*i];
            let named = of_trait.is_none_or(|wanted| data.trait_name.as_ref().is_some_and(|t| t.0 == wanted));
            named && data.types.contains_key(name)
        };
        let found: Vec<usize> = self.impls_of(ty).filter(fits).collect();
        match found.as_slice() {
            [] if name == "Output" && matches!(ty, Ty::Int(_)) => Ok(ty.clone()),
            [index] if !(name == "Output" && matches!(ty, Ty::Int(_))) => {
                let data = &self.impls[*index];
                if let Some(found) = self.rewritten_impl(*index) {
                    return Err(Box::new(found));
                }
                let own = self.impl_self(*index)?;
                let scope = TypeScope {
                    impl_index: Some(*index),
                    ..TypeScope::new(self, data.scope, data.file, &data.generics, Some(&own))
                };
                let out = scope.lower(data.types[name])?;
                let mut args: Vec<Option<Ty>> = vec![None; data.generics.len()];
                matched(&own, ty, &data.generics, &mut args);
                match args.into_iter().collect::<Option<Vec<Ty>>>() {
                    Some(args) => Ok(substitute(&out, &data.generics, &args)),
                    None => refuse("H0309", span, format!("the associated type `{name}`")),
                }
            }
            _ => refuse("H0309", span, format!("the associated type `{name}`")),
        }
    }
}

/// Whether a type is not fully inferred.
fn has_variable(ty: &Ty) -> bool {
    match ty {
        Ty::Param(name) => name.starts_with('?'),
        Ty::Tuple(parts) | Ty::Adt(_, parts) | Ty::Opaque(_, parts) => parts.iter().any(has_variable),
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => has_variable(t),
        _ => false,
    }
}

/// What the parameters of an impl's `Self` are where it is this type.
fn matched(pattern: &Ty, ty: &Ty, params: &[String], out: &mut [Option<Ty>]) {
    match (pattern, ty) {
        (Ty::Param(name), _) => {
            if let Some(at) = params.iter().position(|p| p == name) {
                out[at] = Some(ty.clone());
            }
        }
        (Ty::Tuple(a), Ty::Tuple(b)) | (Ty::Adt(_, a), Ty::Adt(_, b)) | (Ty::Opaque(_, a), Ty::Opaque(_, b)) => {
            a.iter().zip(b).for_each(|(a, b)| matched(a, b, params, out));
        }
        (Ty::Ref(_, a), Ty::Ref(_, b))
        | (Ty::Slice(a), Ty::Slice(b))
        | (Ty::Vec(a), Ty::Vec(b))
        | (Ty::Array(a, _), Ty::Array(b, _)) => matched(a, b, params, out),
        _ => {}
    }
}
