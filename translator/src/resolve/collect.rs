//! Fills the tables from the items of all modules, and of all blocks of functions.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use anodized_core::annotate::Specified as _;
use num_bigint::BigInt;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Fields, Item};

use super::rewritten::suspects;
use super::*;
use crate::cfg_set::item_attrs;
use crate::crate_loader::{Module, diagnostic, plain_name, span_in};
use crate::tir::IntTy;

pub(super) fn collect<'a>(root: &'a Module, cfg: &CfgSet) -> Crate<'a> {
    let (made_by_macros, doubtful) = super::macro_names::made_by_macros(root);
    let mut krate = Crate { made_by_macros, cfg: cfg.clone(), ..Crate::default() };
    builtins(&mut krate);
    let mut collector = Collector { krate, around: Vec::new() };
    collector.module(root, None, Vec::new());
    krate = collector.krate;
    krate.made_by_macros.extend(doubtful.iter().cloned());
    if !doubtful.is_empty() && krate.is_macro_of_std(super::macro_names::THREAD_LOCAL) {
        krate.made_by_macros.retain(|name| !doubtful.contains(name));
    }
    mark_specs(&mut krate);
    mark_rewritten(&mut krate);
    mark_refusals(&krate);
    krate
}

/// Option, Result, Ordering, TryFromIntError, PhantomData, NonZeroU8 and the like, at the ids that the typed IR promises.
fn builtins(krate: &mut Crate<'_>) {
    let unit = |name: &str, fields: Vec<Ty>, discriminant: i32| Variant {
        name: name.to_owned(),
        fields: fields.into_iter().enumerate().map(|(i, t)| (i.to_string(), t)).collect(),
        tuple_like: true,
        discriminant: BigInt::from(discriminant),
    };
    let param = |name: &str| Ty::Param(name.to_owned());
    let all = ["Clone", "Copy", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash"];
    let list: [(&str, &str, &[&str], Vec<Variant>); 5] = [
        ("Option", "core::option::Option", &["T"], vec![unit("None", vec![], 0), unit("Some", vec![param("T")], 1)]),
        (
            "Result",
            "core::result::Result",
            &["T", "E"],
            vec![unit("Ok", vec![param("T")], 0), unit("Err", vec![param("E")], 1)],
        ),
        (
            "Ordering",
            "core::cmp::Ordering",
            &[],
            vec![unit("Less", vec![], -1), unit("Equal", vec![], 0), unit("Greater", vec![], 1)],
        ),
        ("TryFromIntError", "core::num::TryFromIntError", &[], vec![unit("TryFromIntError", vec![], 0)]),
        ("PhantomData", "core::marker::PhantomData", &["T"], vec![unit("PhantomData", vec![], 0)]),
    ];
    let mut list: Vec<(String, String, &[&str], Vec<Variant>)> =
        list.into_iter().map(|(name, path, params, v)| (name.to_owned(), path.to_owned(), params, v)).collect();
    for int in IntTy::ALL {
        let name = int.non_zero_name();
        let variants = vec![unit(&name, vec![Ty::Int(int)], 0)];
        list.push((name.clone(), format!("core::num::{name}"), &[], variants));
    }
    let name = "TryFromSliceError";
    list.push((name.to_owned(), format!("core::array::{name}"), &[], vec![unit(name, vec![], 0)]));
    for (name, fields) in [("Range", &["start", "end"][..]), ("RangeFrom", &["start"]), ("RangeTo", &["end"])] {
        let fields = fields.iter().map(|field| ((*field).to_owned(), param("T"))).collect();
        let variant = Variant { name: name.to_owned(), fields, tuple_like: false, discriminant: BigInt::from(0) };
        list.push((name.to_owned(), format!("core::ops::{name}"), &["T"], vec![variant]));
    }
    for (name, path, params, variants) in list {
        let cell = OnceCell::new();
        // A fresh cell is empty, so this cannot fail.
        let _ = cell.set(Ok(variants));
        krate.adts.push(AdtData {
            name,
            path,
            params: params.iter().map(|p| (*p).to_owned()).collect(),
            ast: AdtAst::Builtin,
            scope: ModId(0),
            file: FileId(0),
            span: Span::default(),
            attrs: &[],
            around: Vec::new(),
            derives: all.iter().map(|d| (*d).to_owned()).collect(),
            variants: cell,
            drops: Cell::new(false),
            refusal: RefCell::new(None),
            spec: None,
        });
    }
}

struct Collector<'a> {
    krate: Crate<'a>,
    /// What may rewrite the item that is being read.
    around: Vec<Suspect<'a>>,
}

impl<'a> Collector<'a> {
    fn module(&mut self, module: &'a Module, parent: Option<ModId>, path: Vec<String>) -> ModId {
        let id = self.new_module(path.clone(), module.file, parent, None);
        self.krate.modules[id.0].declared = module.declared;
        for child in &module.children {
            let mut child_path = path.clone();
            child_path.push(child.name.clone());
            let child_id = self.within(&child.attrs, id, |me| me.module(child, Some(id), child_path));
            self.krate.modules[id.0].types.insert(child.name.clone(), Def::Mod(child_id));
        }
        for item in &module.items {
            self.item(item, id);
        }
        id
    }

    fn new_module(&mut self, path: Vec<String>, file: FileId, parent: Option<ModId>, around: Option<ModId>) -> ModId {
        self.krate.modules.push(ModuleData { path, file, parent, around, ..ModuleData::default() });
        ModId(self.krate.modules.len() - 1)
    }

    fn path_of(&self, scope: ModId, name: &str) -> String {
        let mut path = self.krate.modules[scope.0].path.clone();
        path.push(name.to_owned());
        path.join("::")
    }

    fn define(
        &mut self,
        scope: ModId,
        ident: &syn::Ident,
        vis: &syn::Visibility,
        in_types: Option<Def>,
        in_values: Option<Def>,
    ) {
        let name = plain_name(ident);
        let module = &mut self.krate.modules[scope.0];
        if matches!(vis, syn::Visibility::Inherited) {
            module.private.insert(name.clone());
        }
        if let Some(def) = in_types {
            module.types.insert(name.clone(), def);
        }
        if let Some(def) = in_values {
            module.values.insert(name, def);
        }
    }

    /// Reads something with its attributes.
    fn within<T>(&mut self, attrs: &'a [syn::Attribute], scope: ModId, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.around.len();
        let file = self.krate.modules[scope.0].file;
        self.around.extend(suspects(attrs, scope, file));
        let out = read(self);
        self.around.truncate(before);
        out
    }

    fn item(&mut self, item: &'a Item, scope: ModId) {
        self.within(item_attrs(item), scope, |me| me.item_inside(item, scope));
    }

    fn item_inside(&mut self, item: &'a Item, scope: ModId) {
        let file = self.krate.modules[scope.0].file;
        match item {
            Item::Fn(it) => {
                let path = self.path_of(scope, &plain_name(&it.sig.ident));
                let span = span_in(file, it.span());
                let index = self.function(path, scope, &it.attrs, &it.sig, Some(&it.block), None, span);
                self.define(scope, &it.sig.ident, &it.vis, None, Some(Def::Fn(index)));
            }
            Item::Struct(it) => {
                let id = self.adt(scope, &it.ident, &it.generics, &it.attrs, AdtAst::Struct(it), it.span());
                let as_value = match it.fields {
                    Fields::Named(_) => None,
                    _ => Some(Def::Variant(id, 0)),
                };
                self.define(scope, &it.ident, &it.vis, Some(Def::Adt(id)), as_value);
            }
            Item::Enum(it) => {
                let id = self.adt(scope, &it.ident, &it.generics, &it.attrs, AdtAst::Enum(it), it.span());
                self.define(scope, &it.ident, &it.vis, Some(Def::Adt(id)), None);
            }
            Item::Const(it) => {
                let index = self.constant(scope, &it.ident, &it.ty, &it.expr, None, None);
                self.define(scope, &it.ident, &it.vis, None, Some(Def::Const(index)));
            }
            Item::Static(it) => {
                let refusal = match it.mutability {
                    syn::StaticMutability::None => None,
                    _ => Some(diagnostic("H0214", span_in(file, it.span()), format!("`static mut {}`", it.ident))),
                };
                let index = self.constant(scope, &it.ident, &it.ty, &it.expr, None, refusal);
                self.define(scope, &it.ident, &it.vis, None, Some(Def::Const(index)));
            }
            Item::Type(it) => {
                self.krate.aliases.push(AliasData { item: it, scope, file, around: self.around.clone() });
                let def = Def::Alias(self.krate.aliases.len() - 1);
                self.define(scope, &it.ident, &it.vis, Some(def), None);
            }
            Item::Union(it) => {
                let message = format!("`{}` is a union", it.ident);
                let def = Def::Refused("H0307", message);
                self.define(scope, &it.ident, &it.vis, Some(def), None);
            }
            Item::Trait(it) => self.a_trait(it, scope, file),
            Item::Impl(it) => self.an_impl(it, scope, file),
            // What it imports is what the macro makes of it.
            Item::Use(it) if suspects(&it.attrs, scope, file).next().is_some() => {
                let mut names = Vec::new();
                imported_names(&it.tree, &mut names);
                for ident in names {
                    let def =
                        Def::Refused("H0230", format!("the import of `{ident}` has an attribute that may rewrite it"));
                    self.define(scope, ident, &it.vis, Some(def.clone()), Some(def));
                }
            }
            Item::Use(it) => {
                let public = !matches!(it.vis, syn::Visibility::Inherited);
                self.import(scope, &it.tree, Vec::new(), public, it.leading_colon.is_some());
            }
            Item::ExternCrate(it) => {
                self.krate.uses_macros |= it.attrs.iter().any(|a| a.path().is_ident("macro_use"));
                let name = it.rename.as_ref().map_or(&it.ident, |r| &r.1);
                let def = match it.ident == "self" {
                    true => Def::Mod(ModId(0)),
                    false => Def::External(vec![plain_name(&it.ident)]),
                };
                self.define(scope, name, &it.vis, Some(def), None);
            }
            Item::ForeignMod(it) => {
                for item in &it.items {
                    match item {
                        syn::ForeignItem::Fn(f) => {
                            let def = Def::Refused("H0221", format!("`{}` is a foreign function", f.sig.ident));
                            self.define(scope, &f.sig.ident, &f.vis, None, Some(def));
                        }
                        syn::ForeignItem::Static(s) => {
                            let def = Def::Refused("H0221", format!("`{}` is a foreign static", s.ident));
                            self.define(scope, &s.ident, &s.vis, None, Some(def));
                        }
                        // `safe fn` and `unsafe fn` are handed on as they are written.
                        syn::ForeignItem::Verbatim(tokens) => {
                            if let Some(name) = foreign_name(tokens) {
                                let def = Def::Refused("H0221", format!("`{name}` is a foreign item"));
                                self.define(scope, &name, &syn::Visibility::Inherited, None, Some(def));
                            }
                        }
                        _ => {}
                    }
                }
            }
            // Those of files are children; this one is in a body.
            Item::Mod(it) => {
                let def = Def::Refused("H0225", format!("the module `{}` in a body", it.ident));
                self.define(scope, &it.ident, &it.vis, Some(def), None);
            }
            Item::Macro(it) => {
                if let Some(name) = &it.ident {
                    self.krate.macros.insert(plain_name(name));
                    self.krate.by_example.push(MacroData {
                        name: plain_name(name),
                        scope,
                        span: span_in(file, it.span()),
                        tokens: &it.mac.tokens,
                        around: self.around.clone(),
                        definition: OnceCell::new(),
                    });
                }
            }
            _ => {}
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn function(
        &mut self,
        path: String,
        scope: ModId,
        attrs: &'a [syn::Attribute],
        sig: &'a syn::Signature,
        block: Option<&'a syn::Block>,
        impl_index: Option<usize>,
        span: Span,
    ) -> usize {
        let file = self.krate.modules[scope.0].file;
        let index = self.krate.fns.len();
        self.krate.fns.push(FnData {
            path: path.clone(),
            scope,
            file,
            attrs,
            sig,
            block,
            impl_index,
            trait_index: None,
            around: self.around.clone(),
            span,
            lowered: OnceCell::new(),
        });
        if let Some(block) = block {
            self.items_of_block(block, scope, &path);
        }
        index
    }

    /// Items inside a body live in a module of their own, around which lies the function's scope.
    fn items_of_block(&mut self, block: &'a syn::Block, scope: ModId, path: &str) {
        struct Blocks<'a>(Vec<&'a syn::Block>);
        impl<'a> Visit<'a> for Blocks<'a> {
            fn visit_block(&mut self, block: &'a syn::Block) {
                self.0.push(block);
            }
            fn visit_item(&mut self, _: &'a Item) {}
        }
        let file = self.krate.modules[scope.0].file;
        let mut inner = scope;
        if block.stmts.iter().any(|s| matches!(s, syn::Stmt::Item(_))) {
            let parent = self.krate.modules[scope.0].parent;
            // `self::` and `super::` mean the module around the function, also inside a block.
            let path: Vec<String> = path.split("::").map(str::to_owned).collect();
            inner = self.new_module(path, file, parent, Some(scope));
            self.krate.blocks.insert((file, span_in(file, block.brace_token.span.open()).lo), inner);
            for stmt in &block.stmts {
                if let syn::Stmt::Item(item) = stmt {
                    self.item(item, inner);
                }
            }
        }
        let mut blocks = Blocks(Vec::new());
        for stmt in &block.stmts {
            visit::visit_stmt(&mut blocks, stmt);
        }
        for block in blocks.0 {
            self.items_of_block(block, inner, path);
        }
    }

    fn adt(
        &mut self,
        scope: ModId,
        ident: &syn::Ident,
        generics: &syn::Generics,
        attrs: &'a [syn::Attribute],
        ast: AdtAst<'a>,
        span: proc_macro2::Span,
    ) -> AdtId {
        let file = self.krate.modules[scope.0].file;
        let id = AdtId(self.krate.adts.len());
        self.krate.adts.push(AdtData {
            name: plain_name(ident),
            path: self.path_of(scope, &plain_name(ident)),
            params: type_params(generics),
            ast,
            scope,
            file,
            span: span_in(file, span),
            attrs,
            around: self.around.clone(),
            derives: Vec::new(),
            variants: OnceCell::new(),
            drops: Cell::new(false),
            refusal: RefCell::new(None),
            spec: None,
        });
        id
    }

    fn constant(
        &mut self,
        scope: ModId,
        ident: &syn::Ident,
        ty: &'a syn::Type,
        expr: &'a syn::Expr,
        impl_index: Option<usize>,
        refusal: Option<Diagnostic>,
    ) -> usize {
        let file = self.krate.modules[scope.0].file;
        self.krate.consts.push(ConstData {
            name: plain_name(ident),
            scope,
            file,
            ty,
            expr,
            impl_index,
            around: self.around.clone(),
            refusal,
            value: RefCell::new(ConstState::Unvisited),
        });
        self.krate.consts.len() - 1
    }

    fn a_trait(&mut self, it: &'a syn::ItemTrait, scope: ModId, file: FileId) {
        let name = plain_name(&it.ident);
        let index = self.krate.traits.len();
        let data = TraitData { name: name.clone(), item: it, scope, functions: Vec::new(), consts: Vec::new() };
        self.krate.traits.push(data);
        for item in &it.items {
            if let syn::TraitItem::Const(c) = item
                && let Some((_, value)) = &c.default
            {
                let at = self.within(&c.attrs, scope, |me| me.constant(scope, &c.ident, &c.ty, value, None, None));
                self.krate.traits[index].consts.push((plain_name(&c.ident), at));
            }
            if let syn::TraitItem::Fn(f) = item {
                let method = plain_name(&f.sig.ident);
                if let Some(block) = &f.default {
                    let path = format!("{}::{method}", self.path_of(scope, &name));
                    let span = span_in(file, f.span());
                    let at = self.within(&f.attrs, scope, |me| {
                        me.function(path, scope, &f.attrs, &f.sig, Some(block), None, span)
                    });
                    self.krate.fns[at].trait_index = Some(index);
                    self.krate.traits[index].functions.push((method.clone(), at));
                }
                let has_spec = f.attrs.iter().any(|a| a.path().segments.last().is_some_and(|s| s.ident == "spec"));
                if f.default.is_none() && has_spec {
                    let path = format!("{}::{method}", self.path_of(scope, &name));
                    let span = span_in(file, f.span());
                    self.function(path, scope, &f.attrs, &f.sig, None, None, span);
                    if let Some(last) = self.krate.fns.last() {
                        let message = format!("a spec on the declaration of `{method}` in trait `{name}`");
                        let found = diagnostic("H0229", span_in(file, f.sig.span()), message);
                        let _ = last.lowered.set(Err(Box::new(found)));
                    }
                }
            }
        }
        let def = Def::Trait(index);
        self.define(scope, &it.ident, &it.vis, Some(def), None);
    }

    fn an_impl(&mut self, it: &'a syn::ItemImpl, scope: ModId, file: FileId) {
        let self_name = match &*it.self_ty {
            syn::Type::Path(p) => p.path.segments.last().map_or(String::new(), |s| plain_name(&s.ident)),
            other => other.to_token_stream().to_string().replace(' ', ""),
        };
        let last_segment = it.trait_.as_ref().and_then(|t| t.1.segments.last());
        let trait_name = last_segment.map(|s| (plain_name(&s.ident), s.to_token_stream().to_string().replace(' ', "")));
        let head = match &trait_name {
            Some((_, shown)) => format!("<{self_name} as {shown}>"),
            None => self_name,
        };
        let index = self.krate.impls.len();
        self.krate.impls.push(ImplData {
            item: it,
            scope,
            file,
            generics: type_params(&it.generics),
            self_ty: OnceCell::new(),
            trait_name,
            functions: Vec::new(),
            consts: Vec::new(),
            types: HashMap::new(),
            around: self.around.clone(),
        });
        for item in &it.items {
            match item {
                syn::ImplItem::Fn(f) => {
                    let name = plain_name(&f.sig.ident);
                    let path = self.path_of(scope, &format!("{head}::{name}"));
                    let span = span_in(file, f.span());
                    let fn_index = self.krate.fns.len();
                    self.krate.impls[index].functions.push((name, fn_index));
                    self.within(&f.attrs, scope, |me| {
                        me.function(path, scope, &f.attrs, &f.sig, Some(&f.block), Some(index), span)
                    });
                }
                syn::ImplItem::Const(c) => {
                    let const_index = self
                        .within(&c.attrs, scope, |me| me.constant(scope, &c.ident, &c.ty, &c.expr, Some(index), None));
                    self.krate.impls[index].consts.push((plain_name(&c.ident), const_index));
                }
                syn::ImplItem::Type(t) => {
                    self.krate.impls[index].types.insert(plain_name(&t.ident), &t.ty);
                }
                _ => {}
            }
        }
    }

    fn import(&mut self, scope: ModId, tree: &syn::UseTree, mut path: Vec<String>, public: bool, absolute: bool) {
        match tree {
            syn::UseTree::Path(it) => {
                path.push(plain_name(&it.ident));
                self.import(scope, &it.tree, path, public, absolute);
            }
            syn::UseTree::Name(it) => {
                let name = plain_name(&it.ident);
                let shown = if name == "self" { path.last().cloned() } else { Some(name.clone()) };
                if name != "self" {
                    path.push(name);
                }
                if let Some(shown) = shown {
                    self.add_import(scope, shown, Import { path, public, absolute });
                }
            }
            syn::UseTree::Rename(it) => {
                let name = plain_name(&it.ident);
                if name != "self" {
                    path.push(name);
                }
                self.add_import(scope, plain_name(&it.rename), Import { path, public, absolute });
            }
            syn::UseTree::Glob(_) => {
                self.krate.modules[scope.0].globs.push(Import { path, public, absolute });
            }
            syn::UseTree::Group(it) => {
                for tree in &it.items {
                    self.import(scope, tree, path.clone(), public, absolute);
                }
            }
        }
    }

    fn add_import(&mut self, scope: ModId, name: String, import: Import) {
        let std =
            matches!(import.path.first().map(String::as_str), Some("std" | "core" | "alloc" | "harmonic" | "anodized"));
        if !std {
            // It may be a macro that stands in front of one of std.
            self.krate.macros.insert(name.clone());
        }
        self.krate.modules[scope.0].imports.entry(name).or_default().push(import);
    }
}

/// The names that an import brings, but for those of globs.
fn imported_names<'a>(tree: &'a syn::UseTree, out: &mut Vec<&'a syn::Ident>) {
    match tree {
        syn::UseTree::Path(it) => imported_names(&it.tree, out),
        syn::UseTree::Name(it) => out.push(&it.ident),
        syn::UseTree::Rename(it) => out.push(&it.rename),
        syn::UseTree::Glob(_) => {}
        syn::UseTree::Group(it) => it.items.iter().for_each(|tree| imported_names(tree, out)),
    }
}

/// Names of the parameters but for lifetimes. A constant is one like a type: which type something is depends on it, and its
/// value is not read.
pub(super) fn type_params(generics: &syn::Generics) -> Vec<String> {
    let names = generics.params.iter().filter_map(|param| match param {
        syn::GenericParam::Type(it) => Some(&it.ident),
        syn::GenericParam::Const(it) => Some(&it.ident),
        syn::GenericParam::Lifetime(_) => None,
    });
    names.map(plain_name).collect()
}

/// Parses the specs of types.
fn mark_specs(krate: &mut Crate<'_>) {
    for index in 0..krate.adts.len() {
        let data = &krate.adts[index];
        let (file, scope) = (data.file, data.scope);
        let at;
        let parsed = match data.ast {
            AdtAst::Builtin => continue,
            AdtAst::Struct(it) => {
                let mut it = it.clone();
                at = it.ident.span();
                let has = super::signature::normalise_spec(krate, scope, &mut it.attrs);
                has.then(|| it.parse_spec_from_attrs())
            }
            AdtAst::Enum(it) => {
                let mut it = it.clone();
                at = it.ident.span();
                let has = super::signature::normalise_spec(krate, scope, &mut it.attrs);
                has.then(|| it.parse_spec_from_attrs())
            }
        };
        krate.adts[index].spec = parsed.map(|p| p.map_err(|e| super::signature::spec_error(file, &e, at)));
    }
}

/// Marks what macros may have rewritten, and the derives that are of std.
fn mark_rewritten(krate: &mut Crate<'_>) {
    for index in 0..krate.adts.len() {
        let data = &krate.adts[index];
        if matches!(data.ast, AdtAst::Builtin) {
            continue;
        }
        let derives = krate.derives(data.attrs, data.scope);
        *data.refusal.borrow_mut() = krate.rewritten(&data.around);
        krate.adts[index].derives = derives;
    }
    for index in 0..krate.consts.len() {
        if let Some(found) = krate.rewritten(&krate.consts[index].around) {
            krate.consts[index].refusal = Some(found);
        }
    }
}

/// Lowers the fields of a type.
pub(super) fn lower_variants(krate: &Crate<'_>, data: &AdtData<'_>) -> R<Vec<Variant>> {
    let self_ty = Ty::Adt(
        AdtId(krate.adts.iter().position(|d| std::ptr::eq(d, data)).unwrap_or(0)),
        data.params.iter().cloned().map(Ty::Param).collect(),
    );
    let scope = TypeScope { kept: true, ..TypeScope::new(krate, data.scope, data.file, &data.params, Some(&self_ty)) };
    let fields_of = |fields: &Fields| -> R<Vec<(String, Ty)>> {
        let mut fields = fields.clone();
        fields
            .iter_mut()
            .enumerate()
            .map(|(i, field)| {
                // A marker that does not parse is refused with the type.
                let _ = anodized_core::syntax::extract_spec_marker(&mut field.ty);
                let name = field.ident.as_ref().map_or_else(|| i.to_string(), plain_name);
                Ok((name, scope.lower(&field.ty)?))
            })
            .collect()
    };
    match data.ast {
        AdtAst::Builtin => Ok(Vec::new()),
        AdtAst::Struct(it) => Ok(vec![Variant {
            name: data.name.clone(),
            fields: fields_of(&it.fields)?,
            tuple_like: !matches!(it.fields, Fields::Named(_)),
            discriminant: BigInt::from(0),
        }]),
        AdtAst::Enum(it) => {
            let mut next = BigInt::from(0);
            let mut out = Vec::new();
            for variant in &it.variants {
                if let Some((_, expr)) = &variant.discriminant {
                    next = crate::infer::discriminant(krate, data.scope, data.file, expr)?;
                }
                out.push(Variant {
                    name: plain_name(&variant.ident),
                    fields: fields_of(&variant.fields)?,
                    tuple_like: !matches!(variant.fields, Fields::Named(_)),
                    discriminant: next.clone(),
                });
                next += 1;
            }
            Ok(out)
        }
    }
}

/// Marks types that no function may mention: fields that cannot be translated, and what contains such a type; and those that
/// implement `Drop`.
fn mark_refusals(krate: &Crate<'_>) {
    for (index, data) in krate.adts.iter().enumerate() {
        if data.refusal.borrow().is_some() {
            continue;
        }
        if matches!(data.ast, AdtAst::Enum(it) if it.variants.is_empty()) {
            let found = diagnostic("H0303", data.span, format!("`{}` has no values", data.name));
            *data.refusal.borrow_mut() = Some(found);
        } else if let Err(found) = krate.variants(AdtId(index)) {
            *data.refusal.borrow_mut() = Some(*found);
        } else if let Some(Err(found)) = &data.spec {
            *data.refusal.borrow_mut() = Some((**found).clone());
        }
    }
    for index in 0..krate.impls.len() {
        let Some((name, _)) = &krate.impls[index].trait_name else { continue };
        if name == "Drop" {
            if let Ok(Ty::Adt(id, _)) = krate.impl_self(index) {
                krate.adts[id.0].drops.set(true);
            }
        }
    }
    loop {
        let mut changed = false;
        for (index, data) in krate.adts.iter().enumerate() {
            if data.refusal.borrow().is_some() {
                continue;
            }
            let Ok(variants) = krate.variants(AdtId(index)) else { continue };
            let bad = variants.iter().flat_map(|v| &v.fields).find_map(|(_, ty)| refused_part(krate, ty));
            if let Some(bad) = bad {
                let message = format!("`{}` contains `{}`, which is unsupported", data.name, krate.adts[bad.0].name);
                *data.refusal.borrow_mut() = Some(diagnostic("H0303", data.span, message));
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// A refused type inside a type.
pub(crate) fn refused_part(krate: &Crate<'_>, ty: &Ty) -> Option<AdtId> {
    match ty {
        Ty::Adt(id, args) => match krate.adts[id.0].refusal.borrow().is_some() {
            true => Some(*id),
            false => args.iter().find_map(|t| refused_part(krate, t)),
        },
        Ty::Tuple(parts) => parts.iter().find_map(|t| refused_part(krate, t)),
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => refused_part(krate, t),
        _ => None,
    }
}

/// A type whose `Drop` the crate writes, and of which a value of this type has one: it is dropped with it.
pub(crate) fn dropped_part(krate: &Crate<'_>, ty: &Ty) -> Option<AdtId> {
    fn part(krate: &Crate<'_>, ty: &Ty, seen: &mut Vec<AdtId>) -> Option<AdtId> {
        match ty {
            Ty::Adt(id, args) => {
                if krate.adts[id.0].drops.get() {
                    return Some(*id);
                }
                if let Some(found) = args.iter().find_map(|t| part(krate, t, seen)) {
                    return Some(found);
                }
                if seen.contains(id) {
                    return None;
                }
                seen.push(*id);
                let variants = krate.variants(*id).ok()?;
                variants.iter().flat_map(|v| &v.fields).find_map(|(_, t)| part(krate, t, seen))
            }
            Ty::Tuple(parts) | Ty::Opaque(_, parts) => parts.iter().find_map(|t| part(krate, t, seen)),
            Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => part(krate, t, seen),
            // What is lent is not dropped.
            Ty::Ref(..) => None,
            _ => None,
        }
    }
    part(krate, ty, &mut Vec::new())
}

/// The name of a foreign function or static.
fn foreign_name(tokens: &proc_macro2::TokenStream) -> Option<syn::Ident> {
    let mut words = tokens.clone().into_iter().filter_map(|token| match token {
        proc_macro2::TokenTree::Ident(ident) => Some(ident),
        _ => None,
    });
    words.find(|word| word == "fn" || word == "static")?;
    words.find(|word| word != "mut")
}
