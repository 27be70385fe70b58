//! How many bytes a value takes, as far as the language fixes it: `Vec` panics where its elements exceed `isize::MAX` of them.

use quote::ToTokens;

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

/// The size of a type, as the Rust reference fixes it ("Type layout"). A box is its content in the model's types
/// ([`Ty`]): where there are `boxes`, each part may be a pointer to what it seems to be.
pub(crate) fn size_of(ty: &Ty, boxes: bool) -> Size {
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
    if !boxes {
        return bare;
    }
    Size { least: bare.least.min(POINTER), most: bare.most.map(|n| n.max(POINTER)) }
}

/// Whether a crate's source has the word `Box`: without it no value of the crate's own is boxed.
pub(crate) fn has_boxes(module: &Module) -> bool {
    module.items.iter().any(|item| mentions(item.to_token_stream(), "Box")) || module.children.iter().any(has_boxes)
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
        assert_eq!(size_of(&byte, false), Size::exactly(1));
        assert_eq!(size_of(&byte, true), Size { least: 1, most: Some(8) });
        let bytes = Ty::Array(Box::new(byte), 100);
        assert_eq!(size_of(&bytes, false), Size::exactly(100));
        assert_eq!(size_of(&bytes, true), Size { least: 8, most: Some(800) });
        assert_eq!(size_of(&Ty::unit(), true), Size { least: 0, most: Some(8) });
    }
}
