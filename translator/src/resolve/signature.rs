//! Signatures of functions, their bounds, and the `#[spec]` and `#[trusted]` attributes.

use anodized_core::annotate::Specified as _;
use quote::ToTokens;
use syn::parse::Parser as _;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Pat, ReturnType};

use super::collect::type_params;
use super::{Bound, Crate, Def, FnData, ModId, R, Space, TypeScope, refuse};
use crate::crate_loader::{diagnostic, plain_name, span_in};
use crate::diagnostic::Diagnostic;
use crate::layout::mentions;
use crate::span::{FileId, Span};
use crate::tir::Ty;

/// A function as its callers see it.
#[derive(Clone, Debug)]
pub(crate) struct FnSig {
    /// Type parameters: those of the impl, then its own.
    pub(crate) generics: Vec<String>,
    /// Those of them that are constants, each with a value of its type.
    pub(crate) constants: Vec<(String, String)>,
    /// Bounds, by parameter: names of traits.
    pub(crate) bounds: Vec<(String, String)>,
    /// Bounds of other traits, by parameter: nothing is known of their methods.
    pub(crate) foreign: Vec<(String, Bound, Span)>,
    /// Whether integers may not meet some bound.
    pub(crate) not_for_integers: bool,
    /// Associated types of parameters that the signature mentions: they are written as the parameter `T::Name`.
    pub(crate) projections: Vec<(String, String)>,
    pub(crate) params: Vec<Param>,
    pub(crate) ret: Ty,
    pub(crate) self_ty: Option<Ty>,
}

/// What the type parameters of a function stand for in one of its instances.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) types: Vec<(String, Ty)>,
    pub(crate) self_ty: Option<Ty>,
    /// The impl that `Self` stands for in a default method.
    pub(crate) impl_index: Option<usize>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    /// `None` for `self`.
    pub(crate) pat: Option<Pat>,
    pub(crate) mutable_self: bool,
    pub(crate) ty: Ty,
    pub(crate) span: crate::span::Span,
}

/// Bounds whose meaning is known for type parameters.
const KNOWN_BOUNDS: [&str; 10] =
    ["Copy", "Clone", "PartialEq", "Eq", "PartialOrd", "Ord", "Sized", "Debug", "Send", "Sync"];

/// Further traits of std that all integers implement.
const OF_INTEGERS: &[&str] = &[
    "Add",
    "AddAssign",
    "Binary",
    "BitAnd",
    "BitOr",
    "BitXor",
    "Default",
    "Display",
    "Div",
    "DivAssign",
    "FromStr",
    "Hash",
    "LowerHex",
    "Mul",
    "MulAssign",
    "Not",
    "Octal",
    "Rem",
    "RemAssign",
    "Sub",
    "SubAssign",
    "Unpin",
    "UpperHex",
];

/// Whether a trait of std gives a type parameter what is known here.
pub(super) fn is_known(name: &syn::Ident) -> bool {
    KNOWN_BOUNDS.contains(&plain_name(name).as_str())
}

impl<'a> Crate<'a> {
    /// The signature of a function.
    pub(crate) fn signature(&self, index: usize) -> R<&FnSig> {
        let data = &self.fns[index];
        data.lowered.get_or_init(|| self.lower_signature(data, None)).as_ref().map_err(Clone::clone)
    }

    /// The signature of an instance of a function: without type parameters.
    pub(crate) fn instance_signature(&self, index: usize, known: &Known) -> R<FnSig> {
        self.lower_signature(&self.fns[index], Some(known))
    }

    fn lower_signature(&self, data: &FnData<'a>, known: Option<&Known>) -> R<FnSig> {
        let file = data.file;
        let span = span_in(file, data.sig.span());
        let name = &data.sig.ident;
        // The markers of type specs are no part of the types.
        let sig = &mut data.sig.clone();
        let _ = anodized_core::FnSpec::from_spec_and_signature(no_fields(), sig);
        if let (Some(token), true) = (&sig.unsafety, data.attrs.iter().any(|a| a.path().is_ident("target_feature"))) {
            let message = format!("`{name}` is an unsafe function of some processors only");
            return refuse("H0208", span_in(file, token.span()), message);
        }
        if let Some(token) = &sig.asyncness {
            return refuse("H0209", span_in(file, token.span()), format!("`{name}` is an async function"));
        }
        if sig.variadic.is_some() {
            return refuse("H0221", span, format!("`{name}` is variadic"));
        }
        let mut generics = Vec::new();
        let mut constants = Vec::new();
        let mut bounds = Bounds::default();
        let mut self_ty = None;
        if let Some(index) = data.trait_index {
            let own = &self.traits[index];
            let name = "Self".to_owned();
            bounds.foreign.push((name.clone(), Bound::Own(index), span));
            bounds.not_for_integers = true;
            self.bound_list(&name, &own.item.supertraits, own.scope, file, &mut bounds)?;
            self.bounds(&own.item.generics, own.scope, file, &mut bounds)?;
            self_ty = Some(Ty::Param(name.clone()));
            generics.push(name);
            generics.extend(type_params(&own.item.generics));
            constants.extend(const_params(&own.item.generics));
        }
        if let Some(index) = data.impl_index {
            let own = &self.impls[index];
            generics.extend(own.generics.iter().cloned());
            constants.extend(const_params(&own.item.generics));
            self.bounds(&own.item.generics, own.scope, own.file, &mut bounds)?;
            self_ty = Some(self.impl_self(index)?);
        }
        generics.extend(type_params(&sig.generics));
        constants.extend(const_params(&sig.generics));
        self.bounds(&sig.generics, data.scope, file, &mut bounds)?;
        let projections = std::cell::RefCell::new(Vec::new());
        if let Some(known) = known {
            generics.clear();
            self_ty = known.self_ty.clone();
        }
        let scope = TypeScope {
            impl_index: known.map_or(data.impl_index, |k| k.impl_index),
            known: known.map_or(&[], |k| &k.types),
            projections: Some(&projections),
            ..TypeScope::new(self, data.scope, file, &generics, self_ty.as_ref())
        };
        let mut params = Vec::new();
        for input in &sig.inputs {
            let span = span_in(file, input.span());
            params.push(match input {
                FnArg::Receiver(it) => Param {
                    pat: None,
                    mutable_self: it.reference.is_none() && it.mutability.is_some(),
                    ty: scope.lower(&it.ty)?,
                    span,
                },
                FnArg::Typed(it) => {
                    Param { pat: Some((*it.pat).clone()), mutable_self: false, ty: scope.lower(&it.ty)?, span }
                }
            });
        }
        let ret = match &sig.output {
            ReturnType::Default => Ty::unit(),
            ReturnType::Type(_, ty) => scope.lower(ty)?,
        };
        let Bounds { known: bounds, foreign, not_for_integers, relaxed } = bounds;
        let header = data.impl_index.is_some_and(|index| mentions_box(&self.impls[index].item.self_ty));
        if let Some(span) = relaxed
            && (header || self.boxes_unsized() || mentions_box(&data.sig) || data.block.is_some_and(mentions_box))
        {
            // A box is its content, but one of an unsized type is a type of its own here.
            return refuse("H0222", span, "a `?Sized` parameter beside a `Box`");
        }
        let projections = projections.into_inner();
        Ok(FnSig { generics, constants, bounds, foreign, not_for_integers, projections, params, ret, self_ty })
    }

    /// The bounds of one parameter.
    fn bound_list(
        &self,
        name: &str,
        list: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>,
        scope: ModId,
        file: FileId,
        out: &mut Bounds,
    ) -> R<()> {
        for bound in list {
            match bound {
                syn::TypeParamBound::Lifetime(_) => {}
                syn::TypeParamBound::Trait(it) => {
                    let shown = it.path.segments.last().map_or(String::new(), |s| plain_name(&s.ident));
                    let span = span_in(file, it.span());
                    if matches!(it.modifier, syn::TraitBoundModifier::Maybe(_)) {
                        if shown == "Sized" {
                            out.relaxed.get_or_insert(span);
                            continue;
                        }
                        return refuse("H0222", span, format!("the bound `{name}: ?{shown}`"));
                    }
                    let bound = self.trait_at(scope, &it.path);
                    // `Sized` and its like are always there, and not among the names that resolve.
                    let of_std = matches!(bound, Bound::Std(_)) || self.type_at(scope, &it.path).is_none();
                    if of_std && KNOWN_BOUNDS.contains(&shown.as_str()) {
                        out.known.push((name.to_owned(), shown));
                    } else {
                        let plain = it.path.segments.iter().all(|s| s.arguments.is_none());
                        let of_integers = matches!(&bound, Bound::Std(of) if OF_INTEGERS.contains(&of.as_str()));
                        out.not_for_integers |= !(plain && of_integers);
                        out.foreign.push((name.to_owned(), bound, span));
                    }
                }
                other => return refuse("H0222", span_in(file, other.span()), "this kind of bound"),
            }
        }
        Ok(())
    }

    fn bounds(&self, generics: &syn::Generics, scope: ModId, file: FileId, out: &mut Bounds) -> R<()> {
        for param in generics.type_params() {
            self.bound_list(&plain_name(&param.ident), &param.bounds, scope, file, out)?;
        }
        for predicate in generics.where_clause.iter().flat_map(|w| &w.predicates) {
            match predicate {
                syn::WherePredicate::Lifetime(_) => {}
                syn::WherePredicate::Type(it) => match &it.bounded_ty {
                    syn::Type::Path(p) if p.path.get_ident().is_some() => {
                        let name = p.path.get_ident().map(plain_name).unwrap_or_default();
                        self.bound_list(&name, &it.bounds, scope, file, out)?;
                    }
                    // Nothing of an associated type is known, whatever its bounds.
                    syn::Type::Path(p) if projects_a_parameter(p, generics) => {}
                    // Nothing is known by it. What is said of types that do not meet it is said of too many.
                    _ => out.not_for_integers = true,
                },
                other => return refuse("H0222", span_in(file, other.span()), "this kind of bound"),
            }
        }
        Ok(())
    }

    /// Whether a type of the crate may box what its parameter stands for, and that may be unsized.
    fn boxes_unsized(&self) -> bool {
        self.adts.iter().any(|adt| {
            let tokens = match adt.ast {
                super::AdtAst::Struct(it) => it.to_token_stream(),
                super::AdtAst::Enum(it) => it.to_token_stream(),
                super::AdtAst::Builtin => return false,
            };
            mentions(tokens.clone(), "Box") && mentions(tokens, "Sized")
        }) || self.aliases.iter().any(|alias| mentions_box(&alias.item) && !alias.item.generics.params.is_empty())
    }

    /// Whether an attribute is the named one of `harmonic` or `anodized`, by any path or import.
    pub(super) fn is_attribute(&self, scope: ModId, path: &syn::Path, wanted: &str) -> bool {
        let names: Vec<String> = path.segments.iter().map(|s| plain_name(&s.ident)).collect();
        let resolved = self.resolve_path(scope, path.leading_colon.is_some(), &names, Space::Type);
        match resolved {
            Some(found) => matches!(&found.def, Def::External(parts)
                if parts.last().is_some_and(|p| p == wanted) && matches!(parts[0].as_str(), "harmonic" | "anodized")),
            // Not imported by anything we can see (`#[macro_use] extern crate`, a prelude of the user's).
            None => names == [wanted],
        }
    }

    /// Whether a function is marked `#[trusted]`.
    pub(crate) fn is_trusted(&self, data: &FnData<'_>) -> bool {
        data.attrs.iter().any(|a| self.is_attribute(data.scope, a.path(), "trusted"))
    }

    /// The spec of a function, or `None` if it has no `#[spec]`.
    pub(crate) fn fn_spec(&self, data: &FnData<'_>) -> Option<R<anodized_core::FnSpec>> {
        let mut attrs = data.attrs.to_vec();
        if !normalise_spec(self, data.scope, &mut attrs) {
            return None;
        }
        let block = syn::Block { brace_token: Default::default(), stmts: Vec::new() };
        let mut item =
            syn::ItemFn { attrs, vis: syn::Visibility::Inherited, sig: data.sig.clone(), block: Box::new(block) };
        let at = data.sig.ident.span();
        Some(item.parse_spec_from_attrs().map_err(|e| spec_error(data.file, &e, at)))
    }
}

/// The parameters that are constants, each with a value of its type.
fn const_params(generics: &syn::Generics) -> impl Iterator<Item = (String, String)> {
    generics.const_params().map(|param| {
        let value = match &param.ty {
            syn::Type::Path(p) if p.path.is_ident("bool") => "true",
            syn::Type::Path(p) if p.path.is_ident("char") => "'a'",
            _ => "4",
        };
        (plain_name(&param.ident), value.to_owned())
    })
}

/// Bounds of type parameters: those whose meaning is known, and others.
#[derive(Default)]
struct Bounds {
    known: Vec<(String, String)>,
    foreign: Vec<(String, Bound, Span)>,
    not_for_integers: bool,
    /// Where a parameter is allowed to be unsized.
    relaxed: Option<Span>,
}

/// Whether the text of an item has the word `Box`.
fn mentions_box(item: &impl ToTokens) -> bool {
    mentions(item.to_token_stream(), "Box")
}

/// Whether a type is `T::Name`, `Self::Name` or `<T as Trait>::Name`.
fn projects_a_parameter(it: &syn::TypePath, generics: &syn::Generics) -> bool {
    let is_param = |ident: &syn::Ident| ident == "Self" || generics.type_params().any(|p| p.ident == *ident);
    match &it.qself {
        Some(qself) => match &*qself.ty {
            syn::Type::Path(p) => p.path.get_ident().is_some_and(is_param),
            _ => false,
        },
        None => it.path.segments.len() == 2 && is_param(&it.path.segments[0].ident),
    }
}

fn no_fields() -> anodized_core::syntax::SpecFields {
    anodized_core::syntax::SpecFields { fields: syn::punctuated::Punctuated::new() }
}

/// Gives every attribute that is `spec` by some path the plain path `spec`; whether there is one.
pub(crate) fn normalise_spec(krate: &Crate<'_>, scope: ModId, attrs: &mut [Attribute]) -> bool {
    let mut found = false;
    for attr in attrs.iter_mut() {
        if !krate.is_attribute(scope, attr.path(), "spec") {
            continue;
        }
        found = true;
        let path = syn::Path::from(syn::Ident::new("spec", attr.path().span()));
        match &mut attr.meta {
            syn::Meta::Path(p) => *p = path,
            syn::Meta::List(list) => {
                list.path = path;
                list.tokens = readable(std::mem::take(&mut list.tokens));
            }
            syn::Meta::NameValue(pair) => pair.path = path,
        }
    }
    found
}

/// The fields of a spec, such that Anodized refuses what it would break on: a field with a number for a name (`0: c`) is named by a
/// word, and a capture of what is no pattern is no assignment.
fn readable(tokens: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let Ok(mut fields) = syn::parse2::<anodized_core::syntax::SpecFields>(tokens.clone()) else { return tokens };
    let mut changed = false;
    for field in &mut fields.fields {
        match &field.member {
            syn::Member::Unnamed(number) => {
                changed = true;
                let name = syn::Ident::new(&format!("_{}", number.index), number.span);
                field.member = syn::Member::Named(name);
            }
            syn::Member::Named(name) if name == "captures" => match &mut field.expr {
                syn::Expr::Array(all) => all.elems.iter_mut().for_each(|e| changed |= no_capture(e)),
                e => changed |= no_capture(e),
            },
            syn::Member::Named(_) => {}
        }
    }
    if changed { fields.into_token_stream() } else { tokens }
}

/// Makes an assignment to what is no pattern none; whether it was one.
fn no_capture(e: &mut syn::Expr) -> bool {
    let syn::Expr::Assign(assignment) = e else { return false };
    let left = (*assignment.left).clone();
    if Pat::parse_multi_with_leading_vert.parse2(left.to_token_stream()).is_ok() {
        return false;
    }
    *e = left;
    true
}

/// A malformed spec, at `item` if its text ends too soon: such an error has no place of its own.
pub(crate) fn spec_error(file: FileId, error: &syn::Error, item: proc_macro2::Span) -> Box<Diagnostic> {
    let span = if error.span().byte_range().is_empty() { item } else { error.span() };
    Box::new(diagnostic("H0105", span_in(file, span), format!("malformed `#[spec]`: {error}")))
}
