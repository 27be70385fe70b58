//! Configuration predicates: which `#[cfg(…)]` holds for the build that is verified, and the removal of what does not.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, Stmt, Token, TraitItem};

/// The configuration of a build: names (`unix`) and pairs (`target_os = "linux"`, `feature = "std"`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CfgSet {
    entries: BTreeSet<(String, Option<String>)>,
}

impl CfgSet {
    /// The empty configuration.
    pub fn new() -> CfgSet {
        CfgSet::default()
    }
    /// Adds a name, as in `#[cfg(unix)]`.
    pub fn insert(&mut self, name: &str) {
        self.entries.insert((name.to_owned(), None));
    }
    /// Adds a pair, as in `#[cfg(feature = "std")]`.
    pub fn insert_value(&mut self, name: &str, value: &str) {
        self.entries.insert((name.to_owned(), Some(value.to_owned())));
    }
    /// Whether a pair is among it.
    pub(crate) fn has_value(&self, name: &str, value: &str) -> bool {
        self.entries.contains(&(name.to_owned(), Some(value.to_owned())))
    }
    /// Adds what a line of `rustc --print cfg` says: `unix` or `target_os="linux"`.
    pub fn insert_line(&mut self, line: &str) {
        match line.split_once('=') {
            Some((name, value)) => self.insert_value(name.trim(), value.trim().trim_matches('"')),
            None => self.insert(line.trim()),
        }
    }

    /// Whether a predicate holds.
    ///
    /// # Errors
    /// A predicate that is none is returned with a message at its place.
    pub fn holds(&self, meta: &Meta) -> syn::Result<bool> {
        match meta {
            Meta::Path(path) => {
                let name = path.require_ident()?.to_string();
                Ok(self.entries.contains(&(name, None)))
            }
            Meta::NameValue(pair) => {
                let name = pair.path.require_ident()?.to_string();
                match &pair.value {
                    Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => {
                        Ok(self.entries.contains(&(name, Some(text.value()))))
                    }
                    other => Err(syn::Error::new_spanned(other, "a cfg value must be a string literal")),
                }
            }
            Meta::List(list) => {
                let name = list.path.require_ident()?.to_string();
                let parts = list.parse_args_with(Punctuated::<Predicate, Token![,]>::parse_terminated)?;
                let mut values = Vec::new();
                for part in &parts {
                    values.push(part.holds(self)?);
                }
                match (name.as_str(), values.as_slice()) {
                    ("all", all) => Ok(all.iter().all(|v| *v)),
                    ("any", any) => Ok(any.iter().any(|v| *v)),
                    ("not", [one]) => Ok(!one),
                    _ => Err(syn::Error::new_spanned(list, "expected `all(…)`, `any(…)` or `not(one)`")),
                }
            }
        }
    }

    /// Whether the predicate in the argument of `cfg!` holds.
    pub(crate) fn holds_tokens(&self, tokens: TokenStream) -> syn::Result<bool> {
        let whole = |input: syn::parse::ParseStream<'_>| {
            let predicate: Predicate = input.parse()?;
            input.parse::<Option<Token![,]>>()?;
            Ok(predicate)
        };
        whole.parse2(tokens)?.holds(self)
    }

    /// Expands the `cfg_attr`s of a node and says whether its `cfg`s hold; both kinds are removed.
    fn keep(&self, attrs: &mut Vec<Attribute>) -> syn::Result<bool> {
        if !attrs.iter().any(|a| a.path().is_ident("cfg") || a.path().is_ident("cfg_attr")) {
            return Ok(true);
        }
        let mut kept = Vec::new();
        let mut queue: Vec<Attribute> = std::mem::take(attrs);
        queue.reverse();
        let mut holds = true;
        while let Some(attr) = queue.pop() {
            if attr.path().is_ident("cfg") {
                holds &= attr.parse_args::<Predicate>()?.holds(self)?;
            } else if attr.path().is_ident("cfg_attr") {
                let parts = attr.parse_args_with(CfgAttr::parse)?;
                if parts.predicate.holds(self)? {
                    for meta in parts.attributes.into_iter().rev() {
                        queue.push(Attribute { meta, ..attr.clone() });
                    }
                }
            } else {
                kept.push(attr);
            }
        }
        *attrs = kept;
        Ok(holds)
    }
}

/// A predicate, `true` and `false` included (which are no paths).
enum Predicate {
    Constant(bool),
    Meta(Meta),
}
impl Predicate {
    fn holds(&self, cfg: &CfgSet) -> syn::Result<bool> {
        match self {
            Predicate::Constant(value) => Ok(*value),
            Predicate::Meta(meta) => cfg.holds(meta),
        }
    }
}
impl syn::parse::Parse for Predicate {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        if input.peek(syn::LitBool) {
            return Ok(Predicate::Constant(input.parse::<syn::LitBool>()?.value));
        }
        Ok(Predicate::Meta(input.parse()?))
    }
}
struct CfgAttr {
    predicate: Predicate,
    attributes: Vec<Meta>,
}
impl CfgAttr {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<CfgAttr> {
        let predicate = input.parse()?;
        let mut attributes = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            attributes.push(input.parse()?);
        }
        Ok(CfgAttr { predicate, attributes })
    }
}

/// Removes from a file what its configuration excludes, and expands `cfg_attr`.
pub(crate) struct Strip<'a> {
    cfg: &'a CfgSet,
    /// Malformed predicates.
    pub(crate) errors: Vec<syn::Error>,
}

impl<'a> Strip<'a> {
    pub(crate) fn new(cfg: &'a CfgSet) -> Self {
        Strip { cfg, errors: Vec::new() }
    }
    fn keep(&mut self, attrs: Option<&mut Vec<Attribute>>) -> bool {
        let Some(attrs) = attrs else { return true };
        match self.cfg.keep(attrs) {
            Ok(keep) => keep,
            Err(error) => {
                self.errors.push(error);
                false
            }
        }
    }
    fn punctuated<T, P: Default>(
        &mut self,
        list: &mut Punctuated<T, P>,
        attrs: impl Fn(&mut T) -> Option<&mut Vec<Attribute>>,
    ) {
        let old = std::mem::take(list);
        for mut item in old {
            if self.keep(attrs(&mut item)) {
                list.push(item);
            }
        }
    }
    fn list<T>(&mut self, list: &mut Vec<T>, attrs: impl Fn(&mut T) -> Option<&mut Vec<Attribute>>) {
        list.retain_mut(|item| self.keep(attrs(item)));
    }
}

impl VisitMut for Strip<'_> {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        self.list(&mut file.items, item_attrs_mut);
        visit_mut::visit_file_mut(self, file);
    }
    fn visit_item_mod_mut(&mut self, item: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut item.content {
            self.list(items, item_attrs_mut);
        }
        visit_mut::visit_item_mod_mut(self, item);
    }
    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        self.list(&mut block.stmts, stmt_attrs);
        visit_mut::visit_block_mut(self, block);
    }
    fn visit_item_impl_mut(&mut self, item: &mut syn::ItemImpl) {
        self.list(&mut item.items, impl_item_attrs);
        visit_mut::visit_item_impl_mut(self, item);
    }
    fn visit_item_trait_mut(&mut self, item: &mut syn::ItemTrait) {
        self.list(&mut item.items, trait_item_attrs);
        visit_mut::visit_item_trait_mut(self, item);
    }
    fn visit_fields_named_mut(&mut self, fields: &mut syn::FieldsNamed) {
        self.punctuated(&mut fields.named, |f| Some(&mut f.attrs));
        visit_mut::visit_fields_named_mut(self, fields);
    }
    fn visit_fields_unnamed_mut(&mut self, fields: &mut syn::FieldsUnnamed) {
        self.punctuated(&mut fields.unnamed, |f| Some(&mut f.attrs));
        visit_mut::visit_fields_unnamed_mut(self, fields);
    }
    fn visit_item_enum_mut(&mut self, item: &mut syn::ItemEnum) {
        self.punctuated(&mut item.variants, |v| Some(&mut v.attrs));
        visit_mut::visit_item_enum_mut(self, item);
    }
    fn visit_expr_match_mut(&mut self, expr: &mut syn::ExprMatch) {
        self.list(&mut expr.arms, |a| Some(&mut a.attrs));
        visit_mut::visit_expr_match_mut(self, expr);
    }
    fn visit_expr_struct_mut(&mut self, expr: &mut syn::ExprStruct) {
        self.punctuated(&mut expr.fields, |f| Some(&mut f.attrs));
        visit_mut::visit_expr_struct_mut(self, expr);
    }
    fn visit_expr_array_mut(&mut self, expr: &mut syn::ExprArray) {
        self.punctuated(&mut expr.elems, expr_attrs);
        visit_mut::visit_expr_array_mut(self, expr);
    }
    fn visit_pat_struct_mut(&mut self, pat: &mut syn::PatStruct) {
        self.punctuated(&mut pat.fields, |f| Some(&mut f.attrs));
        visit_mut::visit_pat_struct_mut(self, pat);
    }
    fn visit_signature_mut(&mut self, sig: &mut syn::Signature) {
        self.punctuated(&mut sig.inputs, |arg| match arg {
            syn::FnArg::Receiver(r) => Some(&mut r.attrs),
            syn::FnArg::Typed(t) => Some(&mut t.attrs),
        });
        visit_mut::visit_signature_mut(self, sig);
    }
}

macro_rules! attrs_by_variant {
    ($value:expr, $enum:ident: $($variant:ident)*) => {
        match $value {
            $($enum::$variant(it) => Some(&mut it.attrs),)*
            _ => None,
        }
    };
    (shared $value:expr, $enum:ident: $($variant:ident)*) => {
        match $value {
            $($enum::$variant(it) => &it.attrs,)*
            _ => &[],
        }
    };
}

/// The attributes of an item.
pub(crate) fn item_attrs(item: &Item) -> &[Attribute] {
    attrs_by_variant!(shared item, Item: Const Enum ExternCrate Fn ForeignMod Impl Macro Mod Static Struct Trait TraitAlias Type Union Use)
}
fn item_attrs_mut(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    attrs_by_variant!(item, Item: Const Enum ExternCrate Fn ForeignMod Impl Macro Mod Static Struct Trait TraitAlias Type Union Use)
}
fn impl_item_attrs(item: &mut ImplItem) -> Option<&mut Vec<Attribute>> {
    attrs_by_variant!(item, ImplItem: Const Fn Type Macro)
}
fn trait_item_attrs(item: &mut TraitItem) -> Option<&mut Vec<Attribute>> {
    attrs_by_variant!(item, TraitItem: Const Fn Type Macro)
}
fn stmt_attrs(stmt: &mut Stmt) -> Option<&mut Vec<Attribute>> {
    match stmt {
        Stmt::Local(local) => Some(&mut local.attrs),
        Stmt::Item(item) => item_attrs_mut(item),
        Stmt::Expr(expr, _) => expr_attrs(expr),
        Stmt::Macro(mac) => Some(&mut mac.attrs),
    }
}
/// The attributes of an expression.
pub(crate) fn expr_attrs(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    attrs_by_variant!(expr, Expr: Array Assign Async Await Binary Block Break Call Cast Closure Const Continue Field
        ForLoop Group If Index Infer Let Lit Loop Macro Match MethodCall Paren Path Range RawAddr Reference Repeat
        Return Struct Try TryBlock Tuple Unary Unsafe While Yield)
}
