//! Names: the tables of a crate (modules, types, functions, constants, impls) and what a path means in them.

pub(crate) mod collect;
mod macro_names;
mod macros;
mod opaque;
mod path;
mod rewritten;
pub(crate) mod signature;
mod traits;
mod types;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

pub(crate) use collect::{dropped_part, refused_part};
pub(crate) use opaque::constant;
pub(crate) use path::{Def, Space};
pub(crate) use rewritten::Suspect;
pub(crate) use signature::{FnSig, Known};
pub(crate) use traits::{Bound, TraitData};
pub(crate) use types::{TypeScope, substitute};

use crate::cfg_set::CfgSet;
use crate::diagnostic::Diagnostic;
use crate::span::{FileId, Span};
use crate::tir::{AdtId, Ty, Variant};

/// The result of a step that can refuse.
pub(crate) type R<T> = Result<T, Box<Diagnostic>>;

/// A refusal at a place; `H01xx` codes are errors.
pub(crate) fn refuse<T>(code: &'static str, span: Span, message: impl Into<String>) -> R<T> {
    Err(Box::new(crate::crate_loader::diagnostic(code, span, message)))
}
/// A refusal with what to do about it.
pub(crate) fn refuse_help<T>(
    code: &'static str,
    span: Span,
    message: impl Into<String>,
    help: impl Into<String>,
) -> R<T> {
    let mut found = crate::crate_loader::diagnostic(code, span, message);
    found.help = Some(help.into());
    Err(Box::new(found))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ModId(pub(crate) usize);

/// An import, resolved when it is needed.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    pub(crate) public: bool,
    /// Whether the path starts with `::`.
    pub(crate) absolute: bool,
}

#[derive(Debug, Default)]
pub(crate) struct ModuleData {
    /// Path from the crate's root, without the crate's name.
    pub(crate) path: Vec<String>,
    pub(crate) file: FileId,
    /// Where the module is declared.
    pub(crate) declared: Span,
    /// For `super`.
    pub(crate) parent: Option<ModId>,
    /// The scope around a block's items; names not found in the block are looked up there.
    pub(crate) around: Option<ModId>,
    pub(crate) types: HashMap<String, Def>,
    pub(crate) values: HashMap<String, Def>,
    pub(crate) imports: HashMap<String, Vec<Import>>,
    pub(crate) globs: Vec<Import>,
    /// Names of private items, which globs of strangers do not see.
    pub(crate) private: std::collections::HashSet<String>,
}

pub(crate) enum AdtAst<'a> {
    /// Option, Result, Ordering, TryFromIntError, PhantomData, NonZeroU8 and the like.
    Builtin,
    Struct(&'a syn::ItemStruct),
    Enum(&'a syn::ItemEnum),
}

pub(crate) struct AdtData<'a> {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) params: Vec<String>,
    pub(crate) ast: AdtAst<'a>,
    pub(crate) scope: ModId,
    pub(crate) file: FileId,
    pub(crate) span: Span,
    pub(crate) attrs: &'a [syn::Attribute],
    /// What may rewrite it.
    pub(crate) around: Vec<Suspect<'a>>,
    /// The traits of std that it derives.
    pub(crate) derives: Vec<String>,
    /// Fields, lowered when first needed, or why that fails.
    pub(crate) variants: OnceCell<R<Vec<Variant>>>,
    /// Whether the crate implements `Drop` for it.
    pub(crate) drops: std::cell::Cell<bool>,
    /// Why no function may mention the type (itself or something inside it).
    pub(crate) refusal: RefCell<Option<Diagnostic>>,
    /// The type's own spec.
    pub(crate) spec: Option<R<anodized_core::TypeSpec>>,
}

impl AdtData<'_> {
    /// Whether no function may mention the type for this reason.
    pub(crate) fn refused_as(&self, code: &str) -> bool {
        self.refusal.borrow().as_ref().is_some_and(|found| found.code == code)
    }
    pub(crate) fn is_enum(&self) -> bool {
        match self.ast {
            AdtAst::Struct(_) => false,
            AdtAst::Enum(_) => true,
            AdtAst::Builtin => matches!(self.name.as_str(), "Option" | "Result" | "Ordering"),
        }
    }
}

pub(crate) struct FnData<'a> {
    pub(crate) path: String,
    pub(crate) scope: ModId,
    pub(crate) file: FileId,
    pub(crate) attrs: &'a [syn::Attribute],
    pub(crate) sig: &'a syn::Signature,
    /// `None` for declarations without a body.
    pub(crate) block: Option<&'a syn::Block>,
    pub(crate) impl_index: Option<usize>,
    /// The trait whose default method it is.
    pub(crate) trait_index: Option<usize>,
    /// What may rewrite it.
    pub(crate) around: Vec<Suspect<'a>>,
    pub(crate) span: Span,
    pub(crate) lowered: OnceCell<R<FnSig>>,
}

pub(crate) struct ConstData<'a> {
    pub(crate) name: String,
    pub(crate) scope: ModId,
    pub(crate) file: FileId,
    pub(crate) ty: &'a syn::Type,
    pub(crate) expr: &'a syn::Expr,
    pub(crate) impl_index: Option<usize>,
    /// What may rewrite it.
    pub(crate) around: Vec<Suspect<'a>>,
    /// Why it may not be used.
    pub(crate) refusal: Option<Diagnostic>,
    pub(crate) value: RefCell<ConstState>,
}
/// How far a constant's evaluation is.
#[derive(Clone)]
pub(crate) enum ConstState {
    Unvisited,
    Running,
    Done(R<crate::tir::Expr>),
}

pub(crate) struct AliasData<'a> {
    pub(crate) item: &'a syn::ItemType,
    pub(crate) scope: ModId,
    pub(crate) file: FileId,
    /// What may rewrite it.
    pub(crate) around: Vec<Suspect<'a>>,
}

pub(crate) struct ImplData<'a> {
    pub(crate) item: &'a syn::ItemImpl,
    pub(crate) scope: ModId,
    pub(crate) file: FileId,
    pub(crate) generics: Vec<String>,
    /// Its `Self`.
    pub(crate) self_ty: OnceCell<R<Ty>>,
    /// The trait: last segment of its path, and that segment as written.
    pub(crate) trait_name: Option<(String, String)>,
    pub(crate) functions: Vec<(String, usize)>,
    pub(crate) consts: Vec<(String, usize)>,
    /// Associated types.
    pub(crate) types: HashMap<String, &'a syn::Type>,
    /// What may rewrite it.
    pub(crate) around: Vec<Suspect<'a>>,
}

/// A macro by example.
pub(crate) struct MacroData<'a> {
    pub(crate) name: String,
    pub(crate) scope: ModId,
    pub(crate) span: Span,
    pub(crate) tokens: &'a proc_macro2::TokenStream,
    /// What may rewrite it.
    pub(crate) around: Vec<Suspect<'a>>,
    pub(crate) definition: OnceCell<Result<crate::by_example::Definition, crate::by_example::Refusal>>,
}

/// All tables of a crate.
#[derive(Default)]
pub(crate) struct Crate<'a> {
    pub(crate) modules: Vec<ModuleData>,
    pub(crate) adts: Vec<AdtData<'a>>,
    pub(crate) fns: Vec<FnData<'a>>,
    pub(crate) consts: Vec<ConstData<'a>>,
    pub(crate) aliases: Vec<AliasData<'a>>,
    pub(crate) impls: Vec<ImplData<'a>>,
    /// The crate's traits.
    pub(crate) traits: Vec<TraitData<'a>>,
    /// Modules of blocks that hold items, by the place of the block.
    pub(crate) blocks: HashMap<(FileId, u32), ModId>,
    /// Names whose lookup in a module is under way.
    pub(crate) lookups: RefCell<std::collections::HashSet<(ModId, String, bool)>>,
    /// The crate's macros by example.
    pub(crate) by_example: Vec<MacroData<'a>>,
    /// Macros of the crate: one of them may stand in front of one of std.
    pub(crate) macros: std::collections::HashSet<String>,
    /// Names that macros may define.
    pub(crate) made_by_macros: std::collections::HashSet<String>,
    /// The configuration of the build, for `cfg!`.
    pub(crate) cfg: CfgSet,
    /// Whether a body was seen to box what is no struct, enum, list or string.
    pub(crate) boxes_anything: std::cell::Cell<bool>,
    /// Whether an `extern crate` brings all macros of a crate.
    pub(crate) uses_macros: bool,
}

impl<'a> Crate<'a> {
    /// Path of the module that a scope is in: that of the function for a block's scope.
    pub(crate) fn module_of(&self, mut scope: ModId) -> String {
        while let Some(around) = self.modules[scope.0].around {
            scope = around;
        }
        self.modules[scope.0].path.join("::")
    }
    /// The `Self` of an impl.
    pub(crate) fn impl_self(&self, index: usize) -> R<Ty> {
        let data = &self.impls[index];
        data.self_ty
            .get_or_init(|| {
                let scope = TypeScope::new(self, data.scope, data.file, &data.generics, None);
                scope.lower(&data.item.self_ty)
            })
            .clone()
    }

    /// The variants of a type (one for a struct).
    pub(crate) fn variants(&self, id: AdtId) -> R<&Vec<Variant>> {
        let data = &self.adts[id.0];
        data.variants.get_or_init(|| collect::lower_variants(self, data)).as_ref().map_err(Clone::clone)
    }

    /// The impls of a type's head, inherent or of traits.
    pub(crate) fn impls_of<'b>(&'b self, ty: &'b Ty) -> impl Iterator<Item = usize> + 'b {
        (0..self.impls.len()).filter(move |i| self.impl_self(*i).is_ok_and(|own| may_match(&own, ty)))
    }

    /// The same, with those of which it is not known what they are for.
    pub(crate) fn impls_that_may_be_of<'b>(&'b self, ty: &'b Ty) -> impl Iterator<Item = usize> + 'b {
        (0..self.impls.len()).filter(move |i| self.impl_self(*i).map_or(true, |own| may_match(&own, ty)))
    }

    /// Whether the crate implements a trait by hand for a type.
    pub(crate) fn has_impl(&self, ty: &Ty, trait_name: &str) -> bool {
        self.impls_of(ty).any(|i| self.impls[i].trait_name.as_ref().is_some_and(|t| t.0 == trait_name))
    }
}

/// Whether an impl's `Self` (with parameters) may be this type; unknown parts match.
pub(crate) fn may_match(pattern: &Ty, ty: &Ty) -> bool {
    match (pattern, ty) {
        (Ty::Param(_), _) => true,
        // An undetermined variable of inference; a type parameter of the function is only itself.
        (_, Ty::Param(name)) if name.starts_with('?') => true,
        (Ty::Tuple(a), Ty::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| may_match(a, b)),
        (Ty::Adt(a, x), Ty::Adt(b, y)) => a == b && x.iter().zip(y).all(|(a, b)| may_match(a, b)),
        // An array whose length is a parameter.
        (Ty::Opaque(name, x), Ty::Array(b, _)) if name == crate::opaque::ARRAY => {
            x.first().is_some_and(|a| may_match(a, b))
        }
        // Two names may be those of one type.
        (Ty::Opaque(a, x), Ty::Opaque(b, y)) => {
            a != b || x.len() != y.len() || x.iter().zip(y).all(|(a, b)| may_match(a, b))
        }
        (Ty::Ref(m, a), Ty::Ref(n, b)) => m == n && may_match(a, b),
        (Ty::Slice(a), Ty::Slice(b)) | (Ty::Vec(a), Ty::Vec(b)) => may_match(a, b),
        (Ty::Array(a, n), Ty::Array(b, m)) => n == m && may_match(a, b),
        (a, b) => a == b,
    }
}

/// Resolves a whole crate; names that cannot be resolved are met later, where they are used.
pub(crate) fn resolve<'a>(root: &'a crate::crate_loader::Module, cfg: &CfgSet) -> Crate<'a> {
    collect::collect(root, cfg)
}
