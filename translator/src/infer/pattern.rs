//! Patterns, with default binding modes written out.

use std::collections::HashMap;

use syn::Pat as P;

use super::{Binding, Fcx};
use crate::by_example::hygiene::written;
use crate::crate_loader::plain_name;
use crate::resolve::{Def, R, Space, refuse};
use crate::span::Span;
use crate::tir::*;

/// How names bind: by value, or by a reference that a default binding mode implies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Move,
    Ref(bool),
}

impl Fcx<'_, '_> {
    /// A pattern against a type; its names are bound in the innermost scope.
    pub(super) fn pattern(&mut self, pat: &syn::Pat, ty: &Ty) -> R<Pat> {
        let mut seen = HashMap::new();
        let out = self.pat(pat, ty, Mode::Move, &mut seen)?;
        for (name, local) in seen {
            self.bind(&name, Binding::Local(local));
        }
        Ok(out)
    }

    fn make(&self, kind: PatKind, ty: &Ty, span: Span) -> Pat {
        Pat { kind: Box::new(kind), ty: ty.clone(), span }
    }

    fn pat(&mut self, pat: &syn::Pat, ty: &Ty, mode: Mode, seen: &mut HashMap<String, LocalId>) -> R<Pat> {
        let span = self.span(pat);
        let ty = self.shallow(ty);
        match pat {
            P::Paren(it) => return self.pat(&it.pat, &ty, mode, seen),
            P::Wild(_) => return Ok(self.make(PatKind::Wild, &ty, span)),
            P::Type(it) => {
                let written = self.lower_ty(&it.ty)?;
                self.equate(&ty, &written, span)?;
                return self.pat(&it.pat, &written, mode, seen);
            }
            P::Or(it) => {
                let mut alternatives = Vec::new();
                let mut first: Option<Vec<String>> = None;
                for case in &it.cases {
                    let mut own = seen.clone();
                    alternatives.push(self.pat(case, &ty, mode, &mut own)?);
                    let mut names: Vec<String> = binders(alternatives.last(), &self.locals);
                    names.sort();
                    if first.get_or_insert_with(|| names.clone()) != &names {
                        return refuse(self.code("H0102", "H0210"), span, "the alternatives bind different names");
                    }
                    *seen = own;
                }
                return Ok(self.make(PatKind::Or(alternatives), &ty, span));
            }
            P::Reference(it) => {
                let Ty::Ref(_, inner) = &ty else {
                    return refuse(self.code("H0102", "H0202"), span, format!("`&` against `{}`", self.shown(&ty)));
                };
                let inner = self.pat(&it.pat, inner, Mode::Move, seen)?;
                return Ok(self.make(PatKind::Deref(inner), &ty, span));
            }
            P::Ident(it) if it.by_ref.is_some() || it.subpat.is_some() || !self.is_constant(&it.ident) => {
                return self.binding(it, &ty, mode, seen, span);
            }
            P::Rest(_) => return refuse("H0210", span, "`..` here"),
            _ => {}
        }
        // Any other pattern looks through references.
        if let Ty::Ref(mutable, inner) = &ty {
            let mode = match mode {
                Mode::Ref(false) => Mode::Ref(false),
                Mode::Move | Mode::Ref(true) => Mode::Ref(*mutable),
            };
            let inner = self.pat(pat, inner, mode, seen)?;
            return Ok(self.make(PatKind::Deref(inner), &ty, span));
        }
        match pat {
            P::Ident(it) => {
                let names = [written(&plain_name(&it.ident)).to_owned()];
                self.path_pattern(&names, false, &ty, span)
            }
            P::Path(it) => {
                if it.qself.is_some() {
                    return refuse("H0210", span, "a pattern with a qualified path");
                }
                let names: Vec<String> = it.path.segments.iter().map(|s| plain_name(&s.ident)).collect();
                self.path_pattern(&names, it.path.leading_colon.is_some(), &ty, span)
            }
            P::Lit(syn::ExprLit { lit: syn::Lit::Str(s), .. }) if ty == Ty::Str => {
                Ok(self.make(self.bytes_pattern(s.value().as_bytes(), span), &ty, span))
            }
            P::Lit(syn::ExprLit { lit: syn::Lit::ByteStr(s), .. }) if self.is_list_of_bytes(&ty) => {
                Ok(self.make(self.bytes_pattern(&s.value(), span), &ty, span))
            }
            P::Lit(it) => {
                let lit = self.pattern_literal(&syn::Expr::Lit(it.clone()), &ty)?;
                Ok(self.make(PatKind::Lit(lit), &ty, span))
            }
            P::Const(_) => refuse("H0210", span, "a `const` block as a pattern"),
            P::Range(it) => {
                let bound = |cx: &mut Self, e: &Option<Box<syn::Expr>>| match e {
                    Some(e) => cx.pattern_literal(e, &ty).map(Some),
                    None => Ok(None),
                };
                let lo = bound(self, &it.start)?;
                let hi = bound(self, &it.end)?;
                let inclusive = matches!(it.limits, syn::RangeLimits::Closed(_));
                Ok(self.make(PatKind::Range { lo, hi, inclusive }, &ty, span))
            }
            P::Tuple(it) => {
                let parts = match &ty {
                    Ty::Tuple(parts) => parts.clone(),
                    _ if self.vars.is_free(&ty) && !it.elems.iter().any(|e| matches!(e, P::Rest(_))) => {
                        let parts: Vec<Ty> = it.elems.iter().map(|_| self.fresh()).collect();
                        self.equate(&ty, &Ty::Tuple(parts.clone()), span)?;
                        parts
                    }
                    _ => return self.not_matching("a tuple pattern", &ty, span),
                };
                let fields = self.sequence(&it.elems, &parts, mode, seen, span)?;
                Ok(self.make(PatKind::Tuple(fields), &ty, span))
            }
            P::TupleStruct(it) => {
                let (adt, variant) = self.variant_of(&it.path, &ty, span)?;
                let types = self.field_types(adt, variant, &ty, span)?;
                let types: Vec<Ty> = types.into_iter().map(|f| f.1).collect();
                let fields = self.sequence(&it.elems, &types, mode, seen, span)?;
                Ok(self.make(PatKind::Variant { adt, variant, fields }, &ty, span))
            }
            P::Struct(it) => self.struct_pattern(it, &ty, mode, seen, span),
            P::Slice(it) => self.slice_pattern(it, &ty, mode, seen, span),
            other => refuse("H0210", self.span(other), "this kind of pattern"),
        }
    }

    fn is_list_of_bytes(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Slice(elem) | Ty::Array(elem, _) => self.shallow(elem) == Ty::Int(IntTy::U8),
            _ => false,
        }
    }

    fn not_matching<T>(&self, what: &str, ty: &Ty, span: Span) -> R<T> {
        refuse(self.code("H0102", "H0202"), span, format!("{what} against `{}`", self.shown(ty)))
    }

    fn is_constant(&self, ident: &syn::Ident) -> bool {
        let name = written(&plain_name(ident)).to_owned();
        let found = self.krate.resolve_path(self.scope, false, &[name], Space::Value);
        match found.map(|f| f.def) {
            Some(Def::Const(_) | Def::Refused(..)) => true,
            // A tuple variant's name alone is no pattern; a unit one is.
            Some(Def::Variant(id, index)) => {
                self.krate.variants(id).is_ok_and(|v| v.get(index).is_some_and(|v| v.fields.is_empty()))
            }
            _ => false,
        }
    }

    fn binding(
        &mut self,
        it: &syn::PatIdent,
        ty: &Ty,
        mode: Mode,
        seen: &mut HashMap<String, LocalId>,
        span: Span,
    ) -> R<Pat> {
        let name = plain_name(&it.ident);
        let by_ref = match (it.by_ref.is_some(), mode) {
            (true, _) => Some(it.mutability.is_some()),
            (false, Mode::Ref(mutable)) => Some(mutable),
            (false, Mode::Move) => None,
        };
        let local_ty = match by_ref {
            Some(mutable) => Ty::Ref(mutable, Box::new(ty.clone())),
            None => ty.clone(),
        };
        let local = match seen.get(&name) {
            Some(local) => {
                // The same name in another alternative.
                let known = self.locals[local.0].ty.clone();
                self.equate(&local_ty, &known, span)?;
                *local
            }
            None => {
                let mutable = it.by_ref.is_none() && it.mutability.is_some();
                let at = self.span(&it.ident.span());
                self.new_local(&name, local_ty, mutable, at)
            }
        };
        seen.insert(name, local);
        let sub = match &it.subpat {
            Some((_, sub)) => Some(self.pat(sub, ty, mode, seen)?),
            None => None,
        };
        Ok(self.make(PatKind::Bind { local, by_ref, sub }, ty, span))
    }

    /// A constant or a unit variant.
    fn path_pattern(&mut self, names: &[String], absolute: bool, ty: &Ty, span: Span) -> R<Pat> {
        let (def, rest) = self.value_path(names, absolute, span)?;
        match (def, rest.as_slice()) {
            (Def::Variant(adt, variant), []) => {
                self.expect_adt(adt, ty, span)?;
                if !self.field_types(adt, variant, ty, span)?.is_empty() {
                    return refuse(self.code("H0102", "H0202"), span, "a variant with fields needs them in a pattern");
                }
                Ok(self.make(PatKind::Variant { adt, variant, fields: vec![] }, ty, span))
            }
            (def, rest) => {
                let value = self.constant_value(def, rest, span)?;
                self.equate(&value.ty, ty, span)?;
                self.value_pattern(&value, ty, span)
            }
        }
    }

    /// A pattern that matches exactly a constant's value.
    fn value_pattern(&mut self, value: &Expr, ty: &Ty, span: Span) -> R<Pat> {
        match &*value.kind {
            ExprKind::Lit(lit @ (Lit::Bool(_) | Lit::Int(_) | Lit::Char(_))) => {
                Ok(self.make(PatKind::Lit(lit.clone()), ty, span))
            }
            ExprKind::Construct { adt, variant, fields, base: None, .. } => {
                let mut pats = Vec::new();
                for field in fields {
                    match field {
                        Some(field) => pats.push(self.value_pattern(field, &field.ty, span)?),
                        None => return refuse("H0210", span, "this constant as a pattern"),
                    }
                }
                Ok(self.make(PatKind::Variant { adt: *adt, variant: *variant, fields: pats }, ty, span))
            }
            ExprKind::Tuple(parts) => {
                let pats = parts.iter().map(|p| self.value_pattern(p, &p.ty, span)).collect::<R<_>>()?;
                Ok(self.make(PatKind::Tuple(pats), ty, span))
            }
            _ => refuse("H0210", span, "this constant as a pattern"),
        }
    }

    fn pattern_literal(&mut self, e: &syn::Expr, ty: &Ty) -> R<Lit> {
        let span = self.span(e);
        let value = self.check(e, &super::Expect::Hint(ty.clone()))?;
        if let ExprKind::Lit(Lit::Str(_)) = &*value.kind {
            return refuse("H0304", span, "a string as a pattern");
        }
        self.equate(&value.ty, ty, span)?;
        match *value.kind {
            ExprKind::Lit(lit @ (Lit::Bool(_) | Lit::Int(_) | Lit::Char(_))) => Ok(lit),
            ExprKind::Neg(inner) => match *inner.kind {
                ExprKind::Lit(Lit::Int(n)) => Ok(Lit::Int(-n)),
                _ => refuse("H0210", span, "this literal as a pattern"),
            },
            _ => refuse("H0210", span, "this literal as a pattern"),
        }
    }

    /// Patterns of fields in order, `..` filled with wildcards.
    fn sequence<'p>(
        &mut self,
        pats: impl IntoIterator<Item = &'p syn::Pat, IntoIter: ExactSizeIterator>,
        types: &[Ty],
        mode: Mode,
        seen: &mut HashMap<String, LocalId>,
        span: Span,
    ) -> R<Vec<Pat>> {
        let pats: Vec<&syn::Pat> = pats.into_iter().collect();
        let rest = pats.iter().position(|p| matches!(p, P::Rest(_)));
        let fits = match rest {
            Some(_) => pats.len() - 1 <= types.len(),
            None => pats.len() == types.len(),
        };
        if !fits {
            let message = format!("{} patterns for {} fields", pats.len(), types.len());
            return refuse(self.code("H0102", "H0202"), span, message);
        }
        let skipped = types.len() + 1 - pats.len().min(types.len() + 1);
        let mut out = Vec::new();
        let mut at = 0;
        for pat in pats {
            if matches!(pat, P::Rest(_)) {
                for _ in 0..skipped {
                    out.push(self.make(PatKind::Wild, &types[at], span));
                    at += 1;
                }
            } else {
                out.push(self.pat(pat, &types[at], mode, seen)?);
                at += 1;
            }
        }
        Ok(out)
    }

    fn struct_pattern(
        &mut self,
        it: &syn::PatStruct,
        ty: &Ty,
        mode: Mode,
        seen: &mut HashMap<String, LocalId>,
        span: Span,
    ) -> R<Pat> {
        let (adt, variant) = self.variant_of(&it.path, ty, span)?;
        let types = self.field_types(adt, variant, ty, span)?;
        let mut fields: Vec<Option<Pat>> = vec![None; types.len()];
        for field in &it.fields {
            let name = member_name(&field.member);
            let at_span = self.span(field);
            let Some(at) = types.iter().position(|f| f.0 == name) else {
                return refuse(self.code("H0103", "H0223"), at_span, format!("no field `{name}`"));
            };
            fields[at] = Some(self.pat(&field.pat, &types[at].1, mode, seen)?);
        }
        if it.rest.is_none() && fields.iter().any(Option::is_none) {
            return refuse(self.code("H0102", "H0202"), span, "the pattern leaves out fields");
        }
        let fields = fields
            .into_iter()
            .zip(&types)
            .map(|(pat, field)| pat.unwrap_or_else(|| self.make(PatKind::Wild, &field.1, span)))
            .collect();
        Ok(self.make(PatKind::Variant { adt, variant, fields }, ty, span))
    }

    fn slice_pattern(
        &mut self,
        it: &syn::PatSlice,
        ty: &Ty,
        mode: Mode,
        seen: &mut HashMap<String, LocalId>,
        span: Span,
    ) -> R<Pat> {
        let (elem, array) = match ty {
            Ty::Slice(elem) => (self.shallow(elem), None),
            Ty::Array(elem, n) => (self.shallow(elem), Some(*n)),
            _ => return self.not_matching("a slice pattern", ty, span),
        };
        let (mut prefix, mut rest, mut suffix) = (Vec::new(), None, Vec::new());
        let count = it.elems.len();
        for pat in &it.elems {
            let as_rest = match pat {
                P::Rest(_) => Some(None),
                P::Ident(ident) => match &ident.subpat {
                    Some((_, sub)) if matches!(**sub, P::Rest(_)) => Some(Some(ident)),
                    _ => None,
                },
                _ => None,
            };
            if let Some(bound) = as_rest {
                let bound = match bound {
                    None => None,
                    Some(ident) => {
                        let part = match array {
                            None => Ty::Slice(Box::new(elem.clone())),
                            Some(n) => Ty::Array(Box::new(elem.clone()), n.saturating_sub(count as u64 - 1)),
                        };
                        let ident = syn::PatIdent { subpat: None, ..ident.clone() };
                        let at = self.span(&ident);
                        Some(self.binding(&ident, &part, mode, seen, at)?)
                    }
                };
                rest = Some(bound);
            } else {
                let pat = self.pat(pat, &elem, mode, seen)?;
                if rest.is_some() { suffix.push(pat) } else { prefix.push(pat) }
            }
        }
        Ok(self.make(PatKind::Slice { prefix, rest, suffix }, ty, span))
    }

    /// The variant that a pattern or struct expression names, for a value of this type.
    pub(super) fn variant_of(&mut self, path: &syn::Path, ty: &Ty, span: Span) -> R<(AdtId, usize)> {
        let (adt, variant, written) = self.variant_path(path, span)?;
        self.equate(&Ty::Adt(adt, written), ty, span)?;
        Ok((adt, variant))
    }

    fn expect_adt(&mut self, adt: AdtId, ty: &Ty, span: Span) -> R<()> {
        let count = self.krate.adts[adt.0].params.len();
        let args = (0..count).map(|_| self.fresh()).collect();
        self.equate(&Ty::Adt(adt, args), ty, span)
    }

    /// Names and types of a variant's fields, for a value of this type.
    pub(super) fn field_types(&self, adt: AdtId, variant: usize, ty: &Ty, span: Span) -> R<Vec<(String, Ty)>> {
        let Ty::Adt(_, args) = self.shallow(ty) else { return refuse("H0204", span, "this type's fields") };
        let data = &self.krate.adts[adt.0];
        let Some(found) = self.krate.variants(adt)?.get(variant) else {
            return refuse("H0204", span, "this variant");
        };
        let fields = found.fields.iter();
        Ok(fields.map(|(n, t)| (n.clone(), crate::resolve::substitute(t, &data.params, &args))).collect())
    }
}

/// The name of a field.
pub(super) fn member_name(member: &syn::Member) -> String {
    match member {
        syn::Member::Named(ident) => plain_name(ident),
        syn::Member::Unnamed(index) => index.index.to_string(),
    }
}

/// Names that a pattern binds.
fn binders(pat: Option<&Pat>, locals: &[Local]) -> Vec<String> {
    let mut out = Vec::new();
    let mut todo: Vec<&Pat> = pat.into_iter().collect();
    while let Some(pat) = todo.pop() {
        match &*pat.kind {
            PatKind::Bind { local, sub, .. } => {
                out.push(locals[local.0].name.clone());
                todo.extend(sub);
            }
            PatKind::Tuple(ps) => todo.extend(ps),
            PatKind::Variant { fields, .. } => todo.extend(fields),
            PatKind::Deref(p) => todo.push(p),
            PatKind::Or(ps) => todo.extend(ps.first()),
            PatKind::Slice { prefix, rest, suffix } => {
                todo.extend(prefix);
                todo.extend(suffix);
                todo.extend(rest.iter().flatten());
            }
            PatKind::Wild | PatKind::Lit(_) | PatKind::Range { .. } => {}
        }
    }
    out
}
