//! What a path in an expression names, and calls through paths.

use quote::ToTokens;
use syn::{Expr as E, PathArguments};

use super::{Expect, Fcx};
use crate::by_example::hygiene::written;
use crate::crate_loader::plain_name;
use crate::resolve::{Def, R, Space, refuse, refuse_help, substitute};
use crate::span::Span;
use crate::std_table::{self, Receiver};
use crate::tir::*;

/// What a path names.
pub(super) enum Callee {
    Fn {
        index: usize,
        args: Vec<Ty>,
    },
    Variant {
        adt: AdtId,
        variant: usize,
        args: Vec<Ty>,
    },
    Const(usize),
    /// `Type::name`.
    Assoc {
        ty: Ty,
        name: String,
        args: Vec<Ty>,
        of_trait: Option<String>,
    },
    External(Vec<String>),
}

/// An argument: still syntax, or already inferred (a receiver).
pub(super) enum Arg<'e> {
    Syntax(&'e syn::Expr),
    Ready(Expr),
}

/// How far aliases are followed.
const MAX_ALIASES: usize = 16;

fn names_of(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|s| written(&plain_name(&s.ident)).to_owned()).collect()
}

impl Fcx<'_, '_> {
    /// Resolves a value path without type arguments; what is left over is associated.
    pub(super) fn value_path(&self, names: &[String], absolute: bool, span: Span) -> R<(Def, Vec<String>)> {
        if let [name] = names
            && (self.generics.contains(name) || self.known.iter().any(|(param, _)| param == name))
            && name != "Self"
        {
            return refuse("H0308", span, format!("the value of the parameter `{name}`"));
        }
        if let (Some("Self"), Some(Ty::Adt(id, _))) = (names.first().map(String::as_str), &self.self_ty) {
            if names.len() == 1 {
                return Ok((Def::Variant(*id, 0), vec![]));
            }
            let variants = self.krate.variants(*id)?;
            if let Some(index) = variants.iter().position(|v| v.name == names[1])
                && !self.is_struct(*id)
                && names.len() == 2
                // The `Self` of a default method is no enum, whatever it is in an instance.
                && !self.known.iter().any(|k| k.0 == "Self")
            {
                return Ok((Def::Variant(*id, index), vec![]));
            }
            return Ok((Def::Adt(*id), names[1..].to_vec()));
        }
        match self.krate.resolve_path(self.scope, absolute, names, Space::Value) {
            Some(found) => Ok((found.def, names[found.used..].to_vec())),
            None => self.unknown_name(names, span),
        }
    }

    fn unknown_name<T>(&self, names: &[String], span: Span) -> R<T> {
        let name = names.join("::");
        match self.in_spec {
            true => refuse_help(
                "H0101",
                span,
                format!("no `{name}` is in scope"),
                "the names of a condition are those of the function and of its module",
            ),
            false => refuse_help(
                "H0201",
                span,
                format!("`{name}` cannot be resolved"),
                "items of other crates and items that macros generate are not seen",
            ),
        }
    }

    /// The types written in a path's segment.
    fn written_args(&mut self, segment: &syn::PathSegment) -> R<Vec<Ty>> {
        let mut out = Vec::new();
        if let PathArguments::AngleBracketed(args) = &segment.arguments {
            for arg in &args.args {
                match arg {
                    syn::GenericArgument::Type(ty) => out.push(self.lower_ty(ty)?),
                    syn::GenericArgument::Lifetime(_) => {}
                    other => match crate::resolve::constant(other) {
                        Some(constant) => out.push(constant),
                        None => return refuse("H0309", self.span(other), "this kind of generic argument"),
                    },
                }
            }
        }
        Ok(out)
    }

    fn adt_args(&mut self, adt: AdtId, written: Vec<Ty>, span: Span) -> R<Vec<Ty>> {
        let count = self.krate.adts[adt.0].params.len();
        match written.len() {
            0 => Ok((0..count).map(|_| self.fresh()).collect()),
            n if n == count => Ok(written),
            n => refuse("H0309", span, format!("{n} type arguments where {count} are expected")),
        }
    }

    /// The type that the first segments of a path name.
    fn prefix_type(&mut self, path: &syn::Path, take: usize) -> R<Ty> {
        let mut prefix = syn::Path { leading_colon: path.leading_colon, segments: Default::default() };
        prefix.segments.extend(path.segments.iter().take(take).cloned());
        self.lower_ty(&syn::Type::Path(syn::TypePath { qself: None, path: prefix }))
    }

    /// What a path in an expression names.
    pub(super) fn callee(&mut self, it: &syn::ExprPath, span: Span) -> R<Callee> {
        let path = &it.path;
        if let Some(ident) = path.get_ident() {
            self.not_around_a_macro(&plain_name(ident), span)?;
        }
        let names = names_of(path);
        let last_args = match path.segments.last() {
            Some(segment) => self.written_args(segment)?,
            None => Vec::new(),
        };
        if let Some(qself) = &it.qself {
            let ty = self.lower_ty(&qself.ty)?;
            let name = names.last().cloned().unwrap_or_default();
            if names.len() != qself.position + 1 {
                return refuse("H0204", span, "this qualified path");
            }
            let of_trait = (qself.position > 0).then(|| names[qself.position - 1].clone());
            return Ok(Callee::Assoc { ty, name, args: last_args, of_trait });
        }
        if let [first, name] = names.as_slice() {
            if let Some((_, ty)) = self.known.iter().find(|(param, _)| param == first) {
                let ty = ty.clone();
                return Ok(Callee::Assoc { ty, name: name.clone(), args: last_args, of_trait: None });
            }
            if self.generics.contains(first) {
                let ty = Ty::Param(first.clone());
                return Ok(Callee::Assoc { ty, name: name.clone(), args: last_args, of_trait: None });
            }
            if first == "Self"
                && let Some(ty) = self.self_ty.clone()
                && !matches!(ty, Ty::Adt(..))
            {
                return Ok(Callee::Assoc { ty, name: name.clone(), args: last_args, of_trait: None });
            }
        }
        let (def, rest) = self.value_path(&names, path.leading_colon.is_some(), span)?;
        match (def, rest.as_slice()) {
            (Def::Fn(index), []) => Ok(Callee::Fn { index, args: last_args }),
            (Def::Variant(adt, variant), []) => {
                if names[0] == "Self"
                    && let Some(Ty::Adt(_, args)) = &self.self_ty
                {
                    return Ok(Callee::Variant { adt, variant, args: args.clone() });
                }
                // `Option::<T>::None` or `None::<T>`.
                let mut written = last_args;
                if written.is_empty() && path.segments.len() > 1 {
                    written = self.written_args(&path.segments[path.segments.len() - 2])?;
                }
                let args = self.adt_args(adt, written, span)?;
                Ok(Callee::Variant { adt, variant, args })
            }
            (Def::Const(index), []) => Ok(Callee::Const(index)),
            (Def::Adt(_) | Def::Alias(_) | Def::Prim(_), [name]) => {
                let ty = match names[0].as_str() {
                    "Self" if names.len() == 2 => self.self_ty.clone(),
                    _ => None,
                };
                let ty = match ty {
                    Some(ty) => ty,
                    None => self.prefix_type(path, path.segments.len() - 1)?,
                };
                // A variant through an alias of its enum.
                if let Ty::Adt(id, args) = &ty
                    && !self.is_struct(*id)
                    && let Some(variant) = self.krate.variants(*id)?.iter().position(|v| v.name == *name)
                {
                    return Ok(Callee::Variant { adt: *id, variant, args: args.clone() });
                }
                Ok(Callee::Assoc { ty, name: name.clone(), args: last_args, of_trait: None })
            }
            (Def::External(parts), []) => {
                let std = matches!(parts[0].as_str(), "std" | "core" | "alloc");
                let of_string = parts.len() == 4 && parts[1] == "string" && parts[2] == "String";
                if std && parts.len() >= 2 && (of_string || parts[parts.len() - 2] == "Vec") {
                    let ty = self.prefix_type(path, path.segments.len() - 1)?;
                    let name = parts.last().cloned().unwrap_or_default();
                    return Ok(Callee::Assoc { ty, name, args: last_args, of_trait: None });
                }
                Ok(Callee::External(parts))
            }
            (Def::Trait(index), [name]) => {
                let of_trait = Some(self.krate.traits[index].name.clone());
                Ok(Callee::Assoc { ty: self.fresh(), name: name.clone(), args: last_args, of_trait })
            }
            (Def::Refused(code, message), _) => refuse(code, span, message),
            _ => self.unknown_name(&names, span),
        }
    }

    /// The variant (or struct) that a pattern or struct expression names, with type arguments.
    pub(super) fn variant_path(&mut self, path: &syn::Path, span: Span) -> R<(AdtId, usize, Vec<Ty>)> {
        let names = names_of(path);
        if names.len() == 1
            && names[0] != "Self"
            && let Some(found) = self.krate.resolve_path(self.scope, path.leading_colon.is_some(), &names, Space::Type)
            && matches!(found.def, Def::Adt(_) | Def::Alias(_))
            && found.used == 1
            && !matches!(self.value_path(&names, path.leading_colon.is_some(), span), Ok((Def::Variant(..), _)))
        {
            return match self.prefix_type(path, 1)? {
                Ty::Adt(id, args) if self.is_struct(id) => Ok((id, 0, args)),
                ty => refuse(self.code("H0102", "H0202"), span, format!("`{}` is no struct", self.shown(&ty))),
            };
        }
        // `module::Struct { … }` is found among the types, a variant among both.
        let absolute = path.leading_colon.is_some();
        if names[0] != "Self"
            && let Some(found) = self.krate.resolve_path(self.scope, absolute, &names, Space::Type)
            && let (Def::Adt(id), true) = (&found.def, found.used == names.len())
            && self.is_struct(*id)
        {
            return match self.prefix_type(path, names.len())? {
                Ty::Adt(id, args) => Ok((id, 0, args)),
                _ => self.unknown_name(&names, span),
            };
        }
        let expr = syn::ExprPath { attrs: vec![], qself: None, path: path.clone() };
        match self.callee(&expr, span)? {
            Callee::Variant { adt, variant, args } => Ok((adt, variant, args)),
            _ => self.unknown_name(&names, span),
        }
    }

    pub(super) fn call(&mut self, it: &syn::ExprCall, expect: &Expect, span: Span) -> R<Expr> {
        let mut func = &*it.func;
        while let E::Paren(inner) = func {
            func = &inner.expr;
        }
        let E::Path(path) = func else { return refuse("H0207", span, "a call of a computed function") };
        if let Some(index) = self.closure_named(func) {
            // In a condition its arithmetic would be another.
            self.not_in_condition("a call of a closure", span)?;
            let args = it.args.iter().map(Arg::Syntax).collect();
            return self.call_closure(index, args, expect, span);
        }
        if path.qself.is_none()
            && let Some(ident) = path.path.get_ident()
            && self.lookup(&plain_name(ident)).is_some()
        {
            return refuse("H0207", span, format!("`{ident}` is a closure or function value"));
        }
        if let Some(word) = self.spec_word(path) {
            return self.spec_call(word, it, span);
        }
        let args: Vec<Arg> = it.args.iter().map(Arg::Syntax).collect();
        match self.callee(path, span)? {
            Callee::Fn { index, args: written } => self.call_fn(index, &written, &args, None, span),
            Callee::Variant { adt, variant, args: types } => {
                let ty = Ty::Adt(adt, types);
                if let Some(wanted) = expect.ty() {
                    let wanted = wanted.clone();
                    let _ = self.unify_hint(&ty, &wanted);
                }
                let fields = self.field_types(adt, variant, &ty, span)?;
                if fields.len() != it.args.len() {
                    let message = format!("{} arguments for {} fields", it.args.len(), fields.len());
                    return refuse(self.code("H0102", "H0202"), span, message);
                }
                let mut values = Vec::new();
                for (arg, field) in it.args.iter().zip(&fields) {
                    values.push(self.check_to(arg, &field.1)?);
                }
                Ok(self.construct(adt, variant, values, ty, span))
            }
            Callee::Const(_) => refuse("H0207", span, "a call of a constant"),
            Callee::Assoc { ty, name, args: written, of_trait } => {
                self.call_assoc(ty, &name, &written, of_trait.as_deref(), it, expect, span)
            }
            Callee::External(parts) => self.call_external(&parts, it, expect, span),
        }
    }

    /// Unifies a result with what is wanted of it if that cannot preclude a conversion.
    fn unify_hint(&mut self, ty: &Ty, wanted: &Ty) -> bool {
        fn has_ref(ty: &Ty) -> bool {
            match ty {
                Ty::Ref(..) => true,
                Ty::Tuple(ts) | Ty::Adt(_, ts) => ts.iter().any(has_ref),
                Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => has_ref(t),
                _ => false,
            }
        }
        let (a, b) = (self.vars.resolve(ty), self.vars.resolve(wanted));
        if has_ref(&a) || (has_ref(&b) && !matches!(b, Ty::Adt(..))) {
            return false;
        }
        let saved = self.vars.clone();
        let ok = self.vars.unify(&a, &b);
        if !ok {
            self.vars = saved;
        }
        ok
    }

    /// A call of a function of the crate.
    pub(super) fn call_fn(
        &mut self,
        index: usize,
        written: &[Ty],
        args: &[Arg<'_>],
        self_ty: Option<&Ty>,
        span: Span,
    ) -> R<Expr> {
        if let Some(out) = self.call_with_closure(index, written, args, self_ty, span)? {
            return Ok(out);
        }
        let krate = self.krate;
        let path = &krate.fns[index].path;
        let sig = match krate.signature(index) {
            Ok(sig) => sig,
            Err(reason) => {
                let found = crate::tir_to_fir::calls_unsupported(path, span);
                let help = Some(format!("its reason: {}", reason.message));
                return Err(Box::new(crate::diagnostic::Diagnostic { help, ..found }));
            }
        };
        let mut types: Vec<Ty> = sig.generics.iter().map(|_| self.fresh()).collect();
        let mut params = sig.generics.clone();
        if let (Some(wanted), Some(own)) = (self_ty, &sig.self_ty) {
            let own = substitute(own, &sig.generics, &types);
            let wanted = self.shallow(wanted);
            self.equate(&own, &wanted, span)?;
        }
        if !written.is_empty() {
            let own = &types[types.len() - written.len().min(types.len())..];
            if own.len() != written.len() {
                return refuse(self.code("H0102", "H0202"), span, "too many type arguments");
            }
            for (var, ty) in own.iter().zip(written) {
                self.equate(var, ty, span)?;
            }
        }
        if args.len() != sig.params.len() {
            let message = format!("{} arguments for the {} parameters of `{path}`", args.len(), sig.params.len());
            return refuse(self.code("H0102", "H0202"), span, message);
        }
        // Associated types of the parameters, as far as these are known by now.
        let own_types = types.len();
        for (param, name) in &sig.projections {
            params.push(format!("{param}::{name}"));
            types.push(self.fresh());
        }
        let mut values = Vec::new();
        for (arg, param) in args.iter().zip(&sig.params) {
            self.project_known(sig, &types, own_types, span)?;
            let ty = substitute(&param.ty, &params, &types);
            values.push(match arg {
                Arg::Syntax(e) => self.check_to(e, &ty)?,
                Arg::Ready(value) => self.coerce(value.clone(), &ty)?,
            });
        }
        if !self.project_known(sig, &types, own_types, span)? {
            return self.unknown_type(span);
        }
        let ret = substitute(&sig.ret, &params, &types);
        types.truncate(own_types);
        Ok(self.expr(ExprKind::Call(FnId(index), types, values), ret, span))
    }

    /// Gives the associated types of a callee's parameters what they are; whether all are known.
    fn project_known(&mut self, sig: &crate::resolve::FnSig, types: &[Ty], own: usize, span: Span) -> R<bool> {
        let mut all = true;
        for (at, (param, name)) in sig.projections.iter().enumerate() {
            let of = sig.generics.iter().position(|g| g == param).map(|i| self.vars.resolve(&types[i]));
            match of {
                Some(of) if super::instances::is_closed(&of) => {
                    let ty = self.krate.project(&of, name, None, span)?;
                    self.equate(&types[own + at], &ty, span)?;
                }
                _ => all = false,
            }
        }
        Ok(all)
    }

    /// Refuses a function of a type of the crate that is not seen to be inherent, if a macro may define such a one.
    pub(super) fn not_by_macro(&self, ty: &Ty, name: &str, span: Span) -> R<()> {
        let Ty::Adt(id, _) = ty else { return Ok(()) };
        let may_be = !id.is_of_std() && (self.krate.made_by_macros.contains(name) || self.krate.may_derive(*id, name));
        if may_be && !self.all_functions_of(ty, name, None).iter().any(|f| f.1) {
            return refuse("H0232", span, format!("`{name}` may be a function that a macro defines"));
        }
        Ok(())
    }

    /// Refuses an item of a type that is not looked into: the type may have one of its own besides those of the crate's traits.
    pub(super) fn not_of_opaque(&self, ty: &Ty, name: &str, span: Span) -> R<()> {
        match self.vars.resolve(ty) {
            Ty::Opaque(..) => refuse("H0313", span, format!("`{name}` of `{}`", self.shown(ty))),
            _ => Ok(()),
        }
    }

    /// Functions of this name in the crate's impls for a type: inherent ones, or else those of traits. In an instance they are
    /// those of the traits that bound the type parameter, whatever else has their name: all are returned.
    pub(super) fn functions_of(&self, ty: &Ty, name: &str, of_trait: Option<&str>) -> Vec<usize> {
        let all = self.all_functions_of(ty, name, of_trait);
        if self.is_instance() {
            return all.into_iter().map(|f| f.0).collect();
        }
        let inherent: Vec<usize> = all.iter().filter(|f| f.1).map(|f| f.0).collect();
        if inherent.is_empty() { all.into_iter().map(|f| f.0).collect() } else { inherent }
    }

    /// The same, all of them; each with whether it is inherent.
    pub(super) fn all_functions_of(&self, ty: &Ty, name: &str, of_trait: Option<&str>) -> Vec<(usize, bool)> {
        self.krate
            .impls_that_may_be_of(ty)
            .filter(|i| match (of_trait, &self.krate.impls[*i].trait_name) {
                (Some(wanted), Some((own, _))) => wanted == own,
                (Some(_), None) => false,
                (None, _) => true,
            })
            .flat_map(|i| {
                let data = &self.krate.impls[i];
                let inherent = data.trait_name.is_none();
                let own = data.functions.iter().filter(|f| f.0 == name).map(move |f| (f.1, inherent));
                own.chain(self.krate.default_function(i, name).map(|f| (f, false)))
            })
            .collect()
    }

    #[allow(clippy::too_many_arguments)]
    fn call_assoc(
        &mut self,
        ty: Ty,
        name: &str,
        written: &[Ty],
        of_trait: Option<&str>,
        it: &syn::ExprCall,
        expect: &Expect,
        span: Span,
    ) -> R<Expr> {
        let mut ty = self.shallow(&ty);
        let mut args: Vec<Arg> = it.args.iter().map(Arg::Syntax).collect();
        if self.vars.is_free(&ty) {
            // `Trait::method(x)`: the type is that of the receiver.
            let Some(first) = it.args.first() else { return self.unknown_type(span) };
            let receiver = self.check(first, &Expect::Nothing)?;
            ty = self.shallow(receiver.ty.peel());
            args[0] = Arg::Ready(receiver);
        }
        if of_trait.is_none() {
            self.not_by_macro(&ty, name, span)?;
            self.not_of_opaque(&ty, name, span)?;
        }
        let candidates = if self.vars.is_free(&ty) { vec![] } else { self.functions_of(&ty, name, of_trait) };
        match candidates.as_slice() {
            [index] => return self.call_fn(*index, written, &args, Some(&ty), span),
            [] => {}
            many => {
                // `From` for several sources: the argument's type decides.
                if let [E::Lit(_)] = it.args.iter().collect::<Vec<_>>().as_slice() {
                    return refuse("H0206", span, format!("several `{name}` fit"));
                }
                if it.args.len() == 1 && matches!(args[0], Arg::Syntax(_)) {
                    let value = self.check(&it.args[0], &Expect::Nothing)?;
                    let found = self.vars.resolve(&value.ty);
                    let fits: Vec<usize> = many
                        .iter()
                        .copied()
                        .filter(|i| {
                            self.krate.signature(*i).is_ok_and(|s| s.params.first().is_some_and(|p| p.ty == found))
                        })
                        .collect();
                    if let [index] = fits.as_slice() {
                        return self.call_fn(*index, written, &[Arg::Ready(value)], Some(&ty), span);
                    }
                }
                return refuse("H0206", span, format!("several `{name}` fit"));
            }
        }
        if let Ty::Param(param) = &ty {
            return refuse("H0206", span, format!("`{name}` of the type parameter `{param}`"));
        }
        if of_trait.is_some_and(|t| self.krate.traits.iter().any(|own| own.name == t)) {
            return refuse("H0206", span, format!("no implementation of `{name}` for `{}` is seen", self.shown(&ty)));
        }
        if let Ty::Adt(id, _) = &ty {
            let args: Vec<&syn::Expr> = it.args.iter().collect();
            if let Some(out) = self.non_zero_function(*id, name, &args, span)? {
                return Ok(out);
            }
        }
        match (name, it.args.len()) {
            ("new", 0) if ty == Ty::String => return Ok(self.empty_string(span)),
            ("with_capacity", 1) if ty == Ty::String => {
                let size = self.check_to(&it.args[0], &Ty::Int(IntTy::Usize))?;
                return Ok(self.expr(ExprKind::Std("vec.with_capacity", vec![size]), ty, span));
            }
            ("from", 1) => {
                let value = match args.remove(0) {
                    Arg::Syntax(e) => self.check(e, &Expect::Nothing)?,
                    Arg::Ready(value) => value,
                };
                return self.convert(value, &ty, span);
            }
            ("try_from", 1) => {
                let value = self.check(&it.args[0], &Expect::Nothing)?;
                return self.try_convert(value, &ty, span);
            }
            ("default", 0) => return self.default_value(&ty, span),
            _ => {}
        }
        if let (Ty::Int(int), 1) = (&ty, it.args.len())
            && let Some(out) = self.int_from_bytes(*int, name, &it.args[0], span)?
        {
            return Ok(out);
        }
        if let Some(op) = std_table::path_of_type(head_name(&ty), name) {
            return self.std_path(op, Some(&ty), it, span);
        }
        // `u32::min(a, b)`, `Option::is_some(&x)`: a method called by its path.
        if let Some(first) = it.args.first() {
            let receiver = match args.remove(0) {
                Arg::Syntax(_) => self.check(first, &Expect::Hint(ty.clone()))?,
                Arg::Ready(value) => value,
            };
            let own = receiver.ty.peel().clone();
            // A function of std that is no method: `String::from_utf8(bytes)`.
            let fits = self.equate(&own, &ty, span);
            if fits.is_err() && (!matches!(ty, Ty::Adt(id, _) if !id.is_of_std())) {
                return refuse("H0401", span, format!("`{}::{name}` is not modelled", self.shown(&ty)));
            }
            fits?;
            let rest: Vec<&syn::Expr> = it.args.iter().skip(1).collect();
            return self.method_on(receiver, name, &[], &rest, expect, span);
        }
        let shown = self.shown(&ty);
        match &ty {
            Ty::Adt(id, _) if !id.is_of_std() => {
                refuse(self.code("H0103", "H0223"), span, format!("no function `{name}` on `{shown}`"))
            }
            _ => refuse("H0401", span, format!("`{shown}::{name}` is not modelled")),
        }
    }

    fn call_external(&mut self, parts: &[String], it: &syn::ExprCall, expect: &Expect, span: Span) -> R<Expr> {
        let shown = parts.join("::");
        let std = matches!(parts[0].as_str(), "std" | "core" | "alloc");
        if !std {
            return refuse("H0404", span, format!("`{shown}` belongs to another crate"));
        }
        let tail: Vec<&str> = parts[1..].iter().map(String::as_str).collect();
        match (tail.as_slice(), it.args.len()) {
            (["boxed", "Box", "new"], 1) => {
                let inner = self.check(&it.args[0], expect)?;
                self.boxed.push(inner.ty.clone());
                return Ok(inner);
            }
            (["prelude", "Default", "default"] | ["default", "Default", "default"], 0) => {
                return match expect.ty() {
                    Some(ty) => self.default_value(&ty.clone(), span),
                    None => self.unknown_type(span),
                };
            }
            (["cmp", name @ ("min" | "max")], 2) => {
                let receiver = self.check(&it.args[0], expect)?;
                let second: Vec<&syn::Expr> = it.args.iter().skip(1).collect();
                return self.method_on(receiver, name, &[], &second, expect, span);
            }
            (["mem", "take"], 1) => {
                let place = self.check(&it.args[0], &Expect::Nothing)?;
                let Ty::Ref(true, inner) = self.shallow(&place.ty) else { return self.unknown_type(span) };
                let place = self.coerce(place, &Ty::Ref(true, inner.clone()))?;
                let fresh = self.default_value(&inner, span)?;
                return Ok(self.expr(ExprKind::Std("mem.replace", vec![place, fresh]), *inner, span));
            }
            (["hint", "unreachable_unchecked"], 0) => return Ok(self.undefined(Ty::Never, span)),
            (["hint", "assert_unchecked"], 1) => {
                let cond = self.check_to(&it.args[0], &Ty::Bool)?;
                let (undefined, unit) = (self.undefined(Ty::unit(), span), self.unit_value(span));
                return Ok(self.choose(cond, unit, undefined, span));
            }
            (["mem", "size_of"], 0) => {
                let E::Path(path) = &*it.func else { return self.unknown_type(span) };
                let args = path.path.segments.last().map(|s| &s.arguments);
                let size = match args {
                    Some(PathArguments::AngleBracketed(args)) => match args.args.first() {
                        Some(syn::GenericArgument::Type(ty)) => self.written_size(ty)?,
                        _ => None,
                    },
                    _ => None,
                };
                return match size {
                    Some(size) => Ok(self.int_value(size, Ty::Int(IntTy::Usize), span)),
                    None => refuse("H0401", span, "`size_of` of a type that is not written as a primitive one"),
                };
            }
            (["prelude", "From", "from"] | ["convert", "From", "from"], 1) => {
                return match expect.ty() {
                    Some(ty) => self.call_assoc(ty.clone(), "from", &[], Some("From"), it, expect, span),
                    None => self.unknown_type(span),
                };
            }
            (["ops", of_trait, name], 2) if super::ops::named(of_trait, name).is_some() => {
                let Some((op, assigns)) = super::ops::named(of_trait, name) else { return self.unknown_type(span) };
                return self.operator_by_path(op, assigns, of_trait, it, span);
            }
            // A method of a std trait or type by its path: `Clone::clone(&x)`.
            (["prelude", "Clone", "clone"] | ["clone", "Clone", "clone"], 1) => {
                let receiver = self.check(&it.args[0], &Expect::Nothing)?;
                return self.method_on(receiver, "clone", &[], &[], expect, span);
            }
            _ => {}
        }
        match std_table::path(&parts[1..]) {
            Some(op) => self.std_path(op, None, it, span),
            None => refuse("H0401", span, format!("`{shown}` is not modelled")),
        }
    }

    /// The size of a primitive type, or of an array of such, that is written as one, perhaps by aliases: behind a parameter there
    /// may be a box, which is its content here.
    fn written_size(&mut self, ty: &syn::Type) -> R<Option<u64>> {
        match ty {
            syn::Type::Array(it) => {
                let Some(one) = self.written_size(&it.elem)? else { return Ok(None) };
                match self.lower_ty(ty)? {
                    Ty::Array(_, n) => Ok(one.checked_mul(n)),
                    _ => Ok(None),
                }
            }
            syn::Type::Path(it) if it.qself.is_none() => {
                Ok(self.primitive(&it.path).and_then(|name| match (IntTy::from_name(&name), name.as_str()) {
                    (Some(int), _) => Some(u64::from(int.bits()) / 8),
                    (None, "bool") => Some(1),
                    (None, "char" | "f32") => Some(4),
                    (None, "f64") => Some(8),
                    _ => None,
                }))
            }
            _ => Ok(None),
        }
    }

    /// The primitive type that a path names, by aliases, or as the `Self` of an impl.
    fn primitive(&self, path: &syn::Path) -> Option<String> {
        let mut names = names_of(path);
        let (mut scope, mut absolute) = (self.scope, path.leading_colon.is_some());
        let own = |name: &String| self.generics.contains(name) || self.known.iter().any(|(param, _)| param == name);
        if names.len() == 1 && own(&names[0]) {
            return None;
        }
        if names == ["Self"] {
            let data = &self.krate.impls[self.impl_index?];
            let syn::Type::Path(it) = &*data.item.self_ty else { return None };
            if data.generics.iter().any(|g| it.path.is_ident(g))
                || self.krate.rewritten_impl(self.impl_index?).is_some()
            {
                return None;
            }
            (names, scope, absolute) = (names_of(&it.path), data.scope, it.path.leading_colon.is_some());
        }
        for _ in 0..MAX_ALIASES {
            let found = self.krate.resolve_path(scope, absolute, &names, Space::Type)?;
            match found.def {
                Def::Prim(name) if found.used == names.len() => return Some(name),
                Def::Alias(index) if found.used == names.len() => {
                    let alias = &self.krate.aliases[index];
                    let syn::Type::Path(it) = &*alias.item.ty else { return None };
                    let plain = alias.item.generics.params.is_empty() && it.qself.is_none();
                    if !plain || self.krate.rewritten(&alias.around).is_some() {
                        return None;
                    }
                    (names, scope, absolute) = (names_of(&it.path), alias.scope, it.path.leading_colon.is_some());
                }
                _ => return None,
            }
        }
        None
    }

    /// A call of a function in the table of std items.
    fn std_path(&mut self, op: &'static std_table::StdOp, own: Option<&Ty>, it: &syn::ExprCall, span: Span) -> R<Expr> {
        let mut names = std_table::Names::default();
        let ret = self.std_type(&op.ret, &mut names);
        if let (Some(own), Receiver::None) = (own, &op.receiver) {
            let own = own.clone();
            // `Vec::<T>::new()`: the result is of the type that was named.
            let _ = self.vars.unify(&ret, &own);
        }
        if it.args.len() != op.args.len() {
            return refuse(
                self.code("H0102", "H0202"),
                span,
                format!("wrong number of arguments for `{}`", it.func.to_token_stream()),
            );
        }
        let mut values = Vec::new();
        for (arg, ty) in it.args.iter().zip(&op.args) {
            let ty = self.std_type(ty, &mut names);
            if matches!(ty, Ty::Ref(true, _)) {
                self.no_effects("a call that changes its argument", span)?;
            }
            values.push(self.check_to(arg, &ty)?);
        }
        Ok(self.expr(ExprKind::Std(op.key, values), ret, span))
    }
}

/// The name under which the table knows a type.
pub(super) fn head_name(ty: &Ty) -> &'static str {
    match ty {
        Ty::Int(_) => "I",
        Ty::Vec(_) => "Vec",
        Ty::Slice(_) => "[T]",
        Ty::Adt(AdtId::OPTION, _) => "Option",
        Ty::Adt(AdtId::RESULT, _) => "Result",
        _ => "",
    }
}
