//! When conditions are evaluated.
//!
//! Whether a *crate* has `debug_assertions` is not known to a macro, only to the compiler of the expansion. So the
//! default emits an item twice, one under `cfg(debug_assertions)` with checks, one under its negation without. Both
//! have the same interface, so crates of different profiles still fit together.

use anodized_core::instrument::{CheckSettings, Mode, PanicSettings, RawCfg};
use anodized_core::syntax::SpecFields;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, File, ImplItem, Item, ItemImpl, Result, parse_quote};

use crate::dispatch::instrument;
use crate::loops;

const RAW: RawCfg = RawCfg {
    anodized_discard_specs: cfg!(anodized_discard_specs),
    anodized_embed_specs: cfg!(anodized_embed_specs),
    anodized_charon: cfg!(anodized_charon),
    anodized_hax: cfg!(anodized_hax),
    anodized_panic: cfg!(anodized_panic),
    anodized_print: cfg!(anodized_print),
    anodized_try: cfg!(anodized_try),
};

/// Anodized's mode for these settings. Contradictory settings stop the build of this crate here.
const MODE: Mode = Mode::from_raw_cfg(RAW);

const CHECKED: Mode =
    Mode::Dynamic(CheckSettings { does_print: true, does_panic: Some(PanicSettings { has_try_fn: false }) });

const UNCHECKED: Mode = Mode::Dynamic(CheckSettings { does_print: false, does_panic: None });

/// Whether any `anodized_*` setting was given.
const fn is_configured() -> bool {
    let (any_static, any_runtime) = RAW.get_any_static_any_runtime();
    RAW.anodized_discard_specs || any_static || any_runtime
}

/// Whether the build asks for entry points that return violations.
pub(crate) fn emits_try_fn() -> bool {
    MODE.emits_try_fn()
}

/// Expands an annotated item by the settings of the build.
pub(crate) fn expand(fields: SpecFields, mut item: Item) -> Result<TokenStream> {
    if let Item::Fn(func) = &item
        && func.sig.constness.is_some()
        && matches!(MODE, Mode::Dynamic(_))
    {
        // A check is a call of a function that is not const. The spec of a `const fn` is for the verifier only.
        loops::drop_specs_of_unconditional_loops(&mut item);
        return instrument(&Mode::Off, fields, item);
    }
    let apart = take_const_methods(&mut item).map(ToTokens::into_token_stream).unwrap_or_default();
    let mut tokens = expand_runtime(fields, item)?;
    tokens.extend(apart);
    Ok(tokens)
}

fn expand_runtime(fields: SpecFields, mut item: Item) -> Result<TokenStream> {
    if is_configured() {
        if let Mode::Dynamic(settings) = &MODE {
            loops::check_loops(&mut item, settings.does_panic.is_some())?;
        } else {
            loops::drop_specs_of_unconditional_loops(&mut item);
        }
        return instrument(&MODE, fields, item);
    }
    if matches!(item, Item::Struct(_) | Item::Enum(_)) {
        // A type spec is a predicate that boundaries call; it holds no check of its own.
        return instrument(&UNCHECKED, fields, item);
    }
    let mut unchecked = item.clone();
    loops::check_loops(&mut item, true)?;
    loops::check_loops(&mut unchecked, false)?;
    let mut tokens = guarded(instrument(&CHECKED, fields.clone(), item)?, parse_quote!(#[cfg(debug_assertions)]))?;
    tokens.extend(guarded(instrument(&UNCHECKED, fields, unchecked)?, parse_quote!(#[cfg(not(debug_assertions))]))?);
    Ok(tokens)
}

/// Moves the `const` methods of an inherent block, without their specs, to a block of their own: Anodized wraps every
/// function of an annotated block in calls that are not const (see [`expand`]).
fn take_const_methods(item: &mut Item) -> Option<ItemImpl> {
    let (Item::Impl(block), Mode::Dynamic(_)) = (item, &MODE) else { return None };
    let is_const = |member: &ImplItem| matches!(member, ImplItem::Fn(method) if method.sig.constness.is_some());
    let (mut apart, rest): (Vec<_>, Vec<_>) = block.items.drain(..).partition(is_const);
    block.items = rest;
    if apart.is_empty() {
        return None;
    }
    for member in &mut apart {
        if let ImplItem::Fn(method) = member {
            method.attrs.retain(|attr| !loops::is_spec(attr));
            loops::drop_loop_specs(&mut method.block);
        }
    }
    let shell = ItemImpl { items: Vec::new(), ..block.clone() };
    Some(ItemImpl { items: apart, ..shell })
}

/// Puts a `cfg` before every item of an expansion.
fn guarded(tokens: TokenStream, cfg: Attribute) -> Result<TokenStream> {
    // A method may be expanded on its own, and a method is no item: its tokens are one function either way.
    let Ok(file) = syn::parse2::<File>(tokens.clone()) else {
        let mut out = cfg.into_token_stream();
        out.extend(tokens);
        return Ok(out);
    };
    let mut out = TokenStream::new();
    for item in file.items {
        cfg.to_tokens(&mut out);
        item.to_tokens(&mut out);
    }
    Ok(out)
}
