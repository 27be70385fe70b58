//! How many bytes a value takes, as far as the language fixes it: `Vec` panics where its elements exceed `isize::MAX` of them.

use std::collections::HashSet;

use quote::ToTokens;
use syn::visit::{self, Visit};

use crate::crate_loader::Module;
use crate::tir::Ty;

/// Bytes of a pointer: the model's target has 64 bits.
const POINTER: u64 = 8;

/// `size_of::<T>()`, between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// At least so many bytes.
    pub least: u64,
    /// At most so many; `None` where the compiler may choose a layout.
    pub most: Option<u64>,
}

impl Size {
    const fn exactly(n: u64) -> Self {
        Self { least: n, most: Some(n) }
    }
}

/// What of a crate's values may be boxed. A box is its content in the model's types ([`Ty`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boxes {
    /// Nothing.
    #[default]
    None,
    /// Structs, enums, vectors and strings.
    Named,
    /// Anything.
    Anything,
}

impl Boxes {
    /// What a crate's source says, which names these types its own; `anything`: whether a body was seen to box something else.
    pub(crate) fn of(root: &Module, anything: bool, own: &HashSet<&str>) -> Self {
        fn of_module(module: &Module, own: &HashSet<&str>) -> Boxes {
            let items = module.items.iter().map(|item| {
                let mut written = Written { own, words: 0, anything: false };
                written.visit_item(item);
                match count(item.to_token_stream()) {
                    // Where else the word is, a macro may make anything of it.
                    words if written.anything || words != written.words => Boxes::Anything,
                    0 => Boxes::None,
                    _ => Boxes::Named,
                }
            });
            let children = module.children.iter().map(|child| of_module(child, own));
            items.chain(children).max_by_key(|b| *b as u8).unwrap_or_default()
        }
        match of_module(root, own) {
            _ if !has_boxes(root) => Boxes::None,
            _ if anything => Boxes::Anything,
            some => some,
        }
    }

    /// Whether a value of this type may be a pointer to what it seems to be.
    fn may_be(self, ty: &Ty) -> bool {
        match self {
            Boxes::None => false,
            Boxes::Named => matches!(ty, Ty::Adt(..) | Ty::Vec(_) | Ty::String),
            Boxes::Anything => true,
        }
    }

    /// Whether all values of this type take as many bytes, wherever it is written.
    pub(crate) fn tell(self, ty: &Ty) -> bool {
        let inside = match ty {
            Ty::Array(t, _) => self.tell(t),
            Ty::Tuple(ts) => ts.iter().all(|t| self.tell(t)),
            _ => true,
        };
        inside && !self.may_be(ty)
    }
}

/// How the source of an item writes the word `Box`.
struct Written<'n> {
    own: &'n HashSet<&'n str>,
    /// Where it stands for the type, be it as a type or in the path of a function.
    words: usize,
    anything: bool,
}

impl Written<'_> {
    /// Whether a path is that of a struct, an enum, a vector or a string: no type parameter's, no alias', no associated type.
    fn is_named(&self, path: &syn::TypePath) -> bool {
        let mut names = path.path.segments.iter().rev().map(|s| s.ident.to_string());
        let last = names.next().unwrap_or_default();
        let known = matches!(last.as_str(), "Option" | "Result" | "Vec" | "String") || self.own.contains(last.as_str());
        path.qself.is_none() && known && names.all(|module| !module.starts_with(char::is_uppercase))
    }
}

impl Visit<'_> for Written<'_> {
    // Other things of the same name.
    fn visit_type_param(&mut self, it: &syn::TypeParam) {
        self.anything |= self.own.contains(it.ident.to_string().as_str());
        visit::visit_type_param(self, it);
    }
    fn visit_item_type(&mut self, it: &syn::ItemType) {
        self.anything |= self.own.contains(it.ident.to_string().as_str());
        visit::visit_item_type(self, it);
    }
    fn visit_use_rename(&mut self, it: &syn::UseRename) {
        self.anything |= self.own.contains(it.rename.to_string().as_str());
    }
    fn visit_expr_call(&mut self, it: &syn::ExprCall) {
        // Of a call of `Box::new` inference knows the type.
        if let syn::Expr::Path(function) = &*it.func {
            let mut names = function.path.segments.iter().rev();
            let (last, before) = (names.next(), names.next());
            let bare = |s: &&syn::PathSegment| s.arguments.is_none();
            if last.filter(bare).is_some_and(|s| s.ident == "new")
                && before.filter(bare).is_some_and(|s| s.ident == "Box")
            {
                self.words += 1;
                return it.args.iter().for_each(|a| self.visit_expr(a));
            }
        }
        visit::visit_expr_call(self, it);
    }
    fn visit_path(&mut self, it: &syn::Path) {
        for (place, segment) in it.segments.iter().enumerate().filter(|(_, s)| s.ident == "Box") {
            self.words += 1;
            // What else is made by a function of `Box`, or by one that is handed on.
            self.anything |= place + 1 < it.segments.len();
            let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { continue };
            self.anything |= !arguments.args.iter().all(|argument| match argument {
                syn::GenericArgument::Type(syn::Type::Path(path)) => self.is_named(path),
                // They are opaque types, with a name of their own.
                syn::GenericArgument::Type(syn::Type::TraitObject(_)) => true,
                _ => false,
            });
        }
        visit::visit_path(self, it);
    }
}

/// Whether a crate's source has the word `Box`: without it no value of the crate's own is boxed.
fn has_boxes(module: &Module) -> bool {
    module.items.iter().any(|item| mentions(item.to_token_stream(), "Box")) || module.children.iter().any(has_boxes)
}

/// How often an item's tokens are the word `Box`.
fn count(tokens: proc_macro2::TokenStream) -> usize {
    let words = tokens.into_iter().map(|token| match token {
        proc_macro2::TokenTree::Ident(ident) => usize::from(ident == "Box"),
        proc_macro2::TokenTree::Group(group) => count(group.stream()),
        _ => 0,
    });
    words.sum()
}

/// The size of a type, as the Rust reference fixes it ("Type layout").
pub(crate) fn size_of(ty: &Ty, boxes: Boxes) -> Size {
    let bare = match ty {
        Ty::Bool => Size::exactly(1),
        Ty::Char => Size::exactly(4),
        Ty::Int(t) => Size::exactly(u64::from(t.bits()) / 8),
        Ty::Vec(_) | Ty::String => Size::exactly(3 * POINTER),
        Ty::Ref(..) => Size { least: POINTER, most: Some(2 * POINTER) },
        Ty::Array(t, n) => {
            let t = size_of(t, boxes);
            Size { least: t.least.saturating_mul(*n), most: t.most.and_then(|t| t.checked_mul(*n)) }
        }
        Ty::Tuple(ts) => {
            let least = ts.iter().map(|t| size_of(t, boxes).least).fold(0, u64::saturating_add);
            Size { least, most: ts.is_empty().then_some(0) }
        }
        _ => Size { least: 0, most: None },
    };
    if !boxes.may_be(ty) {
        return bare;
    }
    Size { least: bare.least.min(POINTER), most: bare.most.map(|n| n.max(POINTER)) }
}

/// Whether an identifier is among some tokens.
pub(crate) fn mentions(tokens: proc_macro2::TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        proc_macro2::TokenTree::Ident(ident) => ident == word,
        proc_macro2::TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tir::IntTy;

    #[test]
    fn where_there_are_boxes_a_byte_may_be_a_pointer_and_an_array_too() {
        let byte = Ty::Int(IntTy::U8);
        assert_eq!(size_of(&byte, Boxes::Named), Size::exactly(1));
        assert_eq!(size_of(&byte, Boxes::Anything), Size { least: 1, most: Some(8) });
        let bytes = Ty::Array(Box::new(byte), 100);
        assert_eq!(size_of(&bytes, Boxes::Named), Size::exactly(100));
        assert_eq!(size_of(&bytes, Boxes::Anything), Size { least: 8, most: Some(800) });
        let (node, list) = (Ty::Adt(crate::tir::AdtId(7), vec![]), Ty::Vec(Box::new(Ty::Int(IntTy::U8))));
        assert!(Boxes::None.tell(&node) && !Boxes::Named.tell(&node) && !Boxes::Anything.tell(&bytes));
        assert_eq!(size_of(&list, Boxes::Named), Size { least: 8, most: Some(24) });
        assert_eq!(size_of(&Ty::unit(), Boxes::Anything), Size { least: 0, most: Some(8) });
    }

    #[test]
    fn the_source_tells_what_may_be_boxed() {
        let boxes = |text: &str| {
            let text = format!("struct Node(u8); {text}");
            let read = |_: &str| Ok(text.clone().into_bytes());
            let (program, _, _) = crate::front::load("lib.rs", &crate::cfg_set::CfgSet::new(), &read);
            program.boxes
        };
        assert_eq!(boxes("fn f() {}"), Boxes::None);
        assert_eq!(boxes("enum L { Nil, Cons(u8, Box<L>) } fn f(l: L) -> L { L::Cons(1, Box::new(l)) }"), Boxes::Named);
        assert_eq!(boxes("mod m { pub struct N; } fn f(n: Option<Box<m::N>>, o: Box<Option<u8>>) {}"), Boxes::Named);
        for anything in [
            "fn f(b: Box<u8>) {}",
            "fn f() { let b = Box::new(1u8); }",
            "fn f() -> usize { let b = Box::new([1u8, 2]); b.len() }",
            "fn f<T>(b: Box<T>) {}",
            "fn f<Node>(b: Box<Node>) {}",
            "mod m { pub type Node = u8; } use m::Node; fn f(b: Box<Node>) {}",
            "mod m { pub type Byte = u8; } fn f() { use m::Byte as Node; fn g(b: Box<Node>) {} }",
            "fn f() { let b = Box::<u8>::default(); }",
            "fn f(o: Option<u8>) { let b = o.map(Box::new); }",
            "trait T { type Node; } fn f<S: T>(b: Box<S::Node>) {}",
            "macro_rules! m { () => { Box::new(1u8) } } fn f() { let b = m!(); }",
            "use std::boxed::Box as B; fn f(b: B<u8>) {}",
            "fn f(b: Box<(u8, u8)>) {}",
        ] {
            assert_eq!(boxes(anything), Boxes::Anything, "{anything}");
        }
    }
}
