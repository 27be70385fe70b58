//! Which instrumentation of `anodized-core` serves which item: the same table as Anodized's own macro.

use anodized_core::annotate::Specified as _;
use anodized_core::instrument::{Mode, make_item_error};
use anodized_core::syntax::SpecFields;
use proc_macro2::TokenStream;
use syn::{Item, Result, TraitItemFn};

/// Expands one annotated item in one mode.
pub(crate) fn instrument(mode: &Mode, fields: SpecFields, item: Item) -> Result<TokenStream> {
    match item {
        Item::Fn(mut func) => func.parse_spec_from_fields(fields).and_then(|spec| mode.instrument_item_fn(spec, func)),
        Item::Trait(mut item) => {
            item.parse_spec_from_fields(fields).and_then(|spec| mode.instrument_item_trait(spec, item))
        }
        Item::Impl(mut item) if item.trait_.is_some() => {
            item.parse_spec_from_fields(fields).and_then(|spec| mode.instrument_item_trait_impl(spec, item))
        }
        Item::Impl(mut item) => {
            item.parse_spec_from_fields(fields).and_then(|spec| mode.instrument_item_impl(spec, item))
        }
        Item::Enum(mut item) => {
            item.parse_spec_from_fields(fields).and_then(|spec| mode.instrument_item_enum(spec, item))
        }
        Item::Struct(mut item) => {
            item.parse_spec_from_fields(fields).and_then(|spec| mode.instrument_item_struct(spec, item))
        }
        Item::Const(_) => Err(make_item_error(&item, "const")),
        Item::ExternCrate(_) => Err(make_item_error(&item, "extern crate")),
        Item::ForeignMod(_) => Err(make_item_error(&item, "extern block")),
        Item::Macro(_) => Err(make_item_error(&item, "macro")),
        Item::Mod(_) => Err(make_item_error(&item, "mod")),
        Item::Static(_) => Err(make_item_error(&item, "static")),
        Item::TraitAlias(_) => Err(make_item_error(&item, "trait alias")),
        Item::Type(_) => Err(make_item_error(&item, "type")),
        Item::Union(_) => Err(make_item_error(&item, "union")),
        Item::Use(_) => Err(make_item_error(&item, "use")),
        Item::Verbatim(ref tokens) if syn::parse2::<TraitItemFn>(tokens.clone()).is_ok() => {
            Err(syn::Error::new_spanned(tokens, "The enclosing trait must have a `#[spec]` annotation."))
        }
        _ => Err(make_item_error(&item, "<unknown>")),
    }
}
