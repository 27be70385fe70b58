//! From the types that a user writes to types of the IR.

use std::cell::RefCell;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, Type};

use super::{Crate, Def, ModId, R, Space, refuse, refuse_help};
use crate::crate_loader::{plain_name, span_in};
use crate::span::{FileId, Span};
use crate::tir::{AdtId, IntTy, Ty};

/// What a type's names mean where it stands.
#[derive(Clone, Copy)]
pub(crate) struct TypeScope<'b, 'a> {
    pub(crate) krate: &'b Crate<'a>,
    pub(crate) scope: ModId,
    pub(crate) file: FileId,
    pub(crate) generics: &'b [String],
    pub(crate) self_ty: Option<&'b Ty>,
    /// What type parameters stand for, in an instance of a function.
    pub(crate) known: &'b [(String, Ty)],
    /// Collects the associated types of type parameters, where they may be mentioned.
    pub(crate) projections: Option<&'b RefCell<Vec<(String, String)>>>,
    /// The impl whose associated types `Self::X` may name.
    pub(crate) impl_index: Option<usize>,
    /// Whether `int` is the mathematical integers.
    pub(crate) in_spec: bool,
    /// Whether this is a part of another type, which keeps values of it: then whatever has no meaning here is opaque.
    pub(crate) kept: bool,
    /// Gives a type variable for `_` and left-out arguments, where that is allowed.
    pub(crate) hole: Option<&'b RefCell<&'b mut dyn FnMut() -> Ty>>,
}

impl<'b, 'a> TypeScope<'b, 'a> {
    pub(crate) fn new(
        krate: &'b Crate<'a>,
        scope: ModId,
        file: FileId,
        generics: &'b [String],
        self_ty: Option<&'b Ty>,
    ) -> Self {
        TypeScope {
            krate,
            scope,
            file,
            generics,
            self_ty,
            known: &[],
            projections: None,
            impl_index: None,
            in_spec: false,
            kept: false,
            hole: None,
        }
    }

    fn span(&self, node: &impl Spanned) -> Span {
        span_in(self.file, node.span())
    }

    /// Lowers a type.
    pub(crate) fn lower(&self, ty: &Type) -> R<Ty> {
        match self.lower_node(ty) {
            Err(found) if self.kept && !found.is_error && !matches!(ty, Type::ImplTrait(_) | Type::Infer(_)) => {
                Ok(self.opaque_text(ty))
            }
            lowered => lowered,
        }
    }

    fn lower_node(&self, ty: &Type) -> R<Ty> {
        match ty {
            Type::Paren(it) => self.lower(&it.elem),
            Type::Group(it) => self.lower(&it.elem),
            Type::Tuple(it) => Ok(Ty::Tuple(it.elems.iter().map(|t| self.lower(t)).collect::<R<_>>()?)),
            Type::Never(_) => Ok(Ty::Never),
            Type::Reference(it) => {
                let inner = self.lower(&it.elem)?;
                if self.kept && it.mutability.is_some() {
                    return Ok(Ty::Opaque(crate::opaque::MUTABLE.to_owned(), vec![inner]));
                }
                Ok(Ty::Ref(it.mutability.is_some(), Box::new(inner)))
            }
            Type::Slice(it) => Ok(Ty::Slice(Box::new(self.lower(&it.elem)?))),
            Type::Array(it) => {
                let elem = self.lower(&it.elem)?;
                if let Some(len) = self.parameter(&it.len) {
                    return Ok(Ty::Opaque(crate::opaque::ARRAY.to_owned(), vec![elem, len]));
                }
                let len = crate::infer::array_length(self, &it.len)?;
                Ok(Ty::Array(Box::new(elem), len))
            }
            Type::Path(it) => match &it.qself {
                None => self.path(&it.path),
                Some(qself) => self.projection(it, qself),
            },
            Type::Infer(_) => self.hole(self.span(ty)),
            Type::ImplTrait(_) => refuse("H0302", self.span(ty), "`impl Trait` types"),
            Type::Ptr(_) if self.in_spec => refuse("H0305", self.span(ty), "raw pointers"),
            Type::BareFn(_) if self.in_spec => refuse("H0305", self.span(ty), "function pointers"),
            Type::TraitObject(_) if self.in_spec => refuse("H0302", self.span(ty), "trait objects"),
            Type::Ptr(_) | Type::BareFn(_) | Type::TraitObject(_) => Ok(self.opaque_text(ty)),
            other => refuse("H0309", self.span(other), format!("the type `{}`", other.to_token_stream())),
        }
    }

    /// `<T as Trait>::Name`
    fn projection(&self, it: &syn::TypePath, qself: &syn::QSelf) -> R<Ty> {
        let span = self.span(it);
        let segments = &it.path.segments;
        if qself.position == 0 || segments.len() != qself.position + 1 {
            return refuse("H0309", span, "this form of associated type");
        }
        let of = self.lower(&qself.ty)?;
        let of_trait = plain_name(&segments[qself.position - 1].ident);
        let name = plain_name(&segments[qself.position].ident);
        match &of {
            Ty::Param(param) => self.of_parameter(param, &name, span),
            of => self.krate.project(of, &name, Some(&of_trait), span),
        }
    }

    /// An associated type of a type parameter.
    fn of_parameter(&self, param: &str, name: &str, span: Span) -> R<Ty> {
        match self.projections {
            Some(found) if !param.contains("::") && !param.starts_with('?') => {
                let entry = (param.to_owned(), name.to_owned());
                let mut found = found.borrow_mut();
                if !found.contains(&entry) {
                    found.push(entry);
                }
                Ok(Ty::Param(format!("{param}::{name}")))
            }
            _ => refuse("H0309", span, format!("the associated type `{param}::{name}`")),
        }
    }

    fn hole(&self, span: Span) -> R<Ty> {
        match self.hole {
            Some(hole) => Ok((hole.borrow_mut())()),
            None => refuse("H0309", span, "a type is left out where it must be written"),
        }
    }

    fn path(&self, path: &syn::Path) -> R<Ty> {
        let span = self.span(path);
        let names: Vec<String> = path.segments.iter().map(|s| plain_name(&s.ident)).collect();
        if let [name] = names.as_slice() {
            if name == "Self" {
                return match self.self_ty {
                    Some(ty) => Ok(ty.clone()),
                    None => refuse("H0309", span, "`Self` outside an impl"),
                };
            }
            if let Some((_, ty)) = self.known.iter().find(|(param, _)| param == name) {
                return Ok(ty.clone());
            }
            if self.generics.contains(name) {
                return Ok(Ty::Param(name.clone()));
            }
        }
        if let [first, name] = names.as_slice() {
            if first == "Self" {
                // In an instance the impl's own parameters stand for types.
                let associated = self.impl_index.filter(|_| self.known.is_empty());
                let associated = associated.and_then(|i| self.krate.impls[i].types.get(name));
                if let Some(found) = associated.and(self.impl_index).and_then(|i| self.krate.rewritten_impl(i)) {
                    return Err(Box::new(found));
                }
                return match (associated, self.self_ty) {
                    (Some(ty), _) => self.lower(ty),
                    (None, Some(Ty::Param(param))) => self.of_parameter(param, name, span),
                    (None, Some(ty)) if !self.known.is_empty() => self.krate.project(ty, name, None, span),
                    _ => refuse("H0309", span, format!("the associated type `Self::{name}`")),
                };
            }
            if let Some((_, ty)) = self.known.iter().find(|(param, _)| param == first) {
                return self.krate.project(ty, name, None, span);
            }
            if self.generics.contains(first) {
                return self.of_parameter(first, name, span);
            }
        }
        let found = self.krate.resolve_path(self.scope, path.leading_colon.is_some(), &names, Space::Type);
        let Some(found) = found else {
            if self.in_spec && names == ["int"] {
                return refuse_help("H0101", span, "no type `int` is in scope", "`use harmonic::int;`");
            }
            let code = if self.in_spec { "H0101" } else { "H0201" };
            return refuse(code, span, format!("no type `{}` is in scope", names.join("::")));
        };
        if found.used < names.len() {
            return refuse("H0309", span, format!("the associated type `{}`", names.join("::")));
        }
        self.definition(found.def, path, span)
    }

    fn definition(&self, def: Def, path: &syn::Path, span: Span) -> R<Ty> {
        match def {
            Def::Adt(id) => {
                let params = self.krate.adts[id.0].params.len();
                // Whatever an attribute makes of it, it is a type.
                if self.kept && self.krate.adts[id.0].refused_as("H0230") {
                    return Ok(self.opaque_text(path));
                }
                let scope = TypeScope { kept: self.kept || id == AdtId::PHANTOM_DATA, ..*self };
                if self.hole.is_none() {
                    let mut args = scope.written_arguments(path)?;
                    if args.len() < params && scope.left_out(id, &mut args)? {
                        return Ok(Ty::Adt(id, args));
                    }
                }
                let args = scope.arguments(path, params, span)?;
                Ok(Ty::Adt(id, args))
            }
            Def::Alias(index) => {
                let alias = &self.krate.aliases[index];
                if let Some(found) = self.krate.rewritten(&alias.around) {
                    return Err(Box::new(found));
                }
                let params = super::collect::type_params(&alias.item.generics);
                let args = self.arguments(path, params.len(), span)?;
                let scope = TypeScope {
                    generics: &params,
                    self_ty: None,
                    impl_index: None,
                    ..TypeScope::new(self.krate, alias.scope, alias.file, &params, None)
                };
                let ty = scope.lower(&alias.item.ty)?;
                Ok(substitute(&ty, &params, &args))
            }
            Def::Prim(name) => match (IntTy::from_name(&name), name.as_str()) {
                (Some(int), _) => Ok(Ty::Int(int)),
                (None, "bool") => Ok(Ty::Bool),
                (None, "char") => Ok(Ty::Char),
                (None, "str") => Ok(Ty::Str),
                _ if self.in_spec => {
                    refuse_help("H0301", span, format!("`{name}` is a floating-point type"), "use integers")
                }
                _ => Ok(Ty::Opaque(name, Vec::new())),
            },
            Def::External(parts) => self.external(&parts, path, span),
            Def::Refused("H0307", _) if !self.in_spec => Ok(self.opaque_text(path)),
            Def::Refused(code, message) => refuse(code, span, message),
            Def::Trait(_) => refuse("H0302", span, "a trait used as a type"),
            _ => refuse("H0309", span, format!("`{}` is no type", path.to_token_stream())),
        }
    }

    fn external(&self, parts: &[String], path: &syn::Path, span: Span) -> R<Ty> {
        let last = parts.last().map_or("", String::as_str);
        let std = matches!(parts.first().map(String::as_str), Some("std" | "core" | "alloc"));
        let ours = matches!(parts.first().map(String::as_str), Some("harmonic" | "anodized"));
        match last {
            "Vec" if std => {
                let mut args = self.arguments(path, 1, span)?;
                Ok(Ty::Vec(Box::new(args.remove(0))))
            }
            "Box" if std => {
                let mut args = self.arguments(path, 1, span)?;
                let inner = args.remove(0);
                match inner {
                    // A box is its content here, so a box of a reference could not be told from the reference.
                    Ty::Ref(..) if self.in_spec => refuse("H0310", span, "a `Box` of a reference"),
                    Ty::Slice(_) | Ty::Str if self.in_spec => refuse("H0310", span, "a `Box` of an unsized type"),
                    Ty::Ref(..) | Ty::Slice(_) | Ty::Str => self.opaque_path(parts, path),
                    inner => Ok(inner),
                }
            }
            "Result" if std && parts.len() == 3 && matches!(parts[1].as_str(), "io" | "fmt") => {
                // Aliases, the second of one type only.
                let mut args = match parts[1].as_str() {
                    "io" => self.arguments(path, 1, span)?,
                    _ => vec![Ty::unit()],
                };
                args.push(Ty::Opaque(format!("std::{}::Error", parts[1]), Vec::new()));
                Ok(Ty::Adt(AdtId::RESULT, args))
            }
            "NonZero" if std && parts.len() == 3 && parts[1] == "num" && !self.in_spec => {
                match self.arguments(path, 1, span)?.as_slice() {
                    [Ty::Int(int)] => Ok(Ty::Adt(AdtId::of_non_zero(*int), Vec::new())),
                    _ => self.opaque_path(parts, path),
                }
            }
            "String" if std && parts.len() == 3 && parts[1] == "string" => Ok(Ty::String),
            "int" if ours && self.in_spec => Ok(Ty::Math),
            "int" if ours => Ok(Ty::Int(IntTy::I128)),
            // `std::io::Result` and others share a name, not a meaning.
            "Option" if std && parts.len() == 3 && parts[1] == "option" => {
                Ok(Ty::Adt(AdtId::OPTION, self.arguments(path, 1, span)?))
            }
            _ if ours || self.in_spec => {
                refuse("H0306", span, format!("the type `{}` is not modelled", parts.join("::")))
            }
            _ => self.opaque_path(parts, path),
        }
    }

    /// Adds the arguments that a type's declaration gives where they are left out; whether it gives all of them.
    fn left_out(&self, id: AdtId, args: &mut Vec<Ty>) -> R<bool> {
        let data = &self.krate.adts[id.0];
        let generics = match data.ast {
            super::AdtAst::Struct(it) => &it.generics,
            super::AdtAst::Enum(it) => &it.generics,
            super::AdtAst::Builtin => return Ok(false),
        };
        let params = generics.params.iter().filter(|p| !matches!(p, syn::GenericParam::Lifetime(_)));
        for param in params.skip(args.len()) {
            let syn::GenericParam::Type(syn::TypeParam { default: Some(default), .. }) = param else {
                return Ok(false);
            };
            let scope =
                TypeScope { kept: self.kept, ..TypeScope::new(self.krate, data.scope, data.file, &data.params, None) };
            // A default may name the parameters before it.
            let ty = scope.lower(default)?;
            args.push(substitute(&ty, &data.params, args));
        }
        Ok(true)
    }

    /// The type arguments of a path's last segment.
    fn arguments(&self, path: &syn::Path, count: usize, span: Span) -> R<Vec<Ty>> {
        let written = self.written_arguments(path)?;
        if written.len() == count {
            return Ok(written);
        }
        if written.is_empty() && self.hole.is_some() {
            return (0..count).map(|_| self.hole(span)).collect();
        }
        refuse("H0309", span, format!("{} type arguments where {count} are expected", written.len()))
    }

    /// The type arguments that are written in a path's last segment.
    fn written_arguments(&self, path: &syn::Path) -> R<Vec<Ty>> {
        Ok(match path.segments.last().map(|s| &s.arguments) {
            Some(PathArguments::AngleBracketed(args)) => {
                let mut out = Vec::new();
                for arg in &args.args {
                    match arg {
                        GenericArgument::Type(ty) => out.push(self.lower(ty)?),
                        GenericArgument::Lifetime(_) => {}
                        other => match super::opaque::constant(other) {
                            Some(constant) => out.push(constant),
                            None => return refuse("H0309", self.span(other), "this kind of generic argument"),
                        },
                    }
                }
                out
            }
            _ => Vec::new(),
        })
    }
}

/// Replaces type parameters by name.
pub(crate) fn substitute(ty: &Ty, params: &[String], args: &[Ty]) -> Ty {
    let go = |t: &Ty| substitute(t, params, args);
    match ty {
        Ty::Param(name) => match params.iter().position(|p| p == name) {
            Some(at) => args.get(at).cloned().unwrap_or_else(|| ty.clone()),
            None => ty.clone(),
        },
        Ty::Tuple(parts) => Ty::Tuple(parts.iter().map(go).collect()),
        Ty::Adt(id, parts) => Ty::Adt(*id, parts.iter().map(go).collect()),
        Ty::Opaque(name, parts) => Ty::Opaque(name.clone(), parts.iter().map(go).collect()),
        Ty::Ref(m, t) => Ty::Ref(*m, Box::new(go(t))),
        Ty::Slice(t) => Ty::Slice(Box::new(go(t))),
        Ty::Vec(t) => Ty::Vec(Box::new(go(t))),
        Ty::Array(t, n) => Ty::Array(Box::new(go(t)), *n),
        other => other.clone(),
    }
}
