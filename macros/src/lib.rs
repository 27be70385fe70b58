//! The `#[spec]` attribute of the `harmonic` crate: a thin proc macro over `anodized-core`.
//!
//! The grammar is Anodized's, unchanged, and so are its `--cfg anodized_*` settings. Two things differ:
//!
//! - With no `anodized_*` setting, conditions are *checked* where the annotated crate is compiled with
//!   `debug_assertions` (`cargo test`, `cargo run`), and only type-checked elsewhere (`--release`). That is what
//!   `debug_assert!` does, so it is what a Rust user expects; the reasons are in `checks.rs`.
//! - Generated code names the crate `harmonic`, so an annotated crate needs no other dependency.
//!
//! Use it through the `harmonic` crate; on its own the expansion does not resolve.
#![warn(missing_docs)]
// The settings are Anodized's and come from RUSTFLAGS; no build script of ours declares them.
#![allow(unexpected_cfgs)]

mod checks;
mod dispatch;
mod loops;
mod paths;

use proc_macro::TokenStream;
use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, Item, parse_macro_input};

use anodized_core::instrument::fns::make_try_call;
use anodized_core::syntax::SpecFields;

/// Attaches a specification to a function, a type, a trait, an `impl` block or (inside an annotated function) a loop.
///
/// | field | meaning |
/// |---|---|
/// | `requires: c` | holds when the function is called |
/// | `maintains: c` | holds when it is called and when it returns; on a loop, at the head of every iteration |
/// | `captures: x = e` | names a value of the entry for use in `ensures` |
/// | `ensures: \|out\| c` | holds when it returns |
/// | `decreases: e` | on a loop: falls with every iteration |
///
/// Several conditions are written `[c, d]`. `cargo harmonic verify` proves them for all inputs; the expansion of
/// this attribute checks them for the inputs that a debug build meets: a violated condition is printed and panics.
/// In builds without `debug_assertions` conditions are type-checked but not evaluated; `captures` still are.
///
/// The `anodized_*` settings of the Anodized reference (`--cfg anodized_discard_specs`, `anodized_embed_specs`,
/// `anodized_panic`, `anodized_print`, `anodized_try`, …) replace that default when one is given.
///
/// # Errors
/// A malformed spec, and an item that cannot carry one, is a compile error at its place.
#[proc_macro_attribute]
pub fn spec(args: TokenStream, input: TokenStream) -> TokenStream {
    let fields = parse_macro_input!(args as SpecFields);
    let item = parse_macro_input!(input as Item);
    if let Some(field) = fields.fields.iter().find(|f| matches!(f.member, syn::Member::Unnamed(_))) {
        // Anodized takes the number for a name, and breaks.
        return syn::Error::new_spanned(&field.member, "a number is no field of a spec").to_compile_error().into();
    }
    match checks::expand(fields, item) {
        Ok(tokens) => paths::to_harmonic(tokens).into(),
        Err(error) => error.to_compile_error().into(),
    }
}

/// Marks an annotated function whose spec is taken on faith: `cargo harmonic verify` does not prove it, names it in
/// the report, and lets callers rely on it.
///
/// Changes nothing in the code; write it beside `#[spec]`.
///
/// # Errors
/// Arguments are refused: the attribute has none.
#[proc_macro_attribute]
pub fn trusted(args: TokenStream, input: TokenStream) -> TokenStream {
    if args.is_empty() {
        return input;
    }
    let mut tokens: TokenStream =
        syn::Error::new(Span::call_site(), "`#[trusted]` takes no arguments").to_compile_error().into();
    tokens.extend(input);
    tokens
}

/// Calls a function that has a `#[spec]` and returns violations as a `Result` (see `harmonic::result`).
///
/// # Errors
/// A compile error unless the build sets `--cfg anodized_panic --cfg anodized_try`, and on anything that is not a
/// method call or a call by a qualified path.
#[proc_macro]
pub fn try_call(args: TokenStream) -> TokenStream {
    if !checks::emits_try_fn() {
        let message = "`try_call` needs the `anodized_try` build `cfg` to be enabled";
        return syn::Error::new(Span::call_site(), message).to_compile_error().into();
    }
    let expr = parse_macro_input!(args as Expr);
    match make_try_call(expr) {
        Ok(call) => call.into_token_stream().into(),
        Err(error) => error.to_compile_error().into(),
    }
}

/// Marks a type in a signature or a field whose type spec is enforced: `Spec!(T)`, `Spec!(T, out)`, `Spec!(T, inout)`.
///
/// `#[spec]` on the enclosing item consumes the marker; the macro itself only carries this documentation.
///
/// # Errors
/// Always a compile error where no `#[spec]` consumed it.
#[proc_macro]
#[allow(non_snake_case)]
pub fn Spec(_: TokenStream) -> TokenStream {
    syn::Error::new(Span::call_site(), "`Spec!` must appear inside an item annotated with `#[spec]`")
        .to_compile_error()
        .into()
}
