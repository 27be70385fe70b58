//! Types that are not looked into ([`Ty::Opaque`]): what they are called, and what is known of those of std.
//!
//! A value of such a type is moved, kept and given on. Whatever is true of code that does no more with it is true whatever the
//! type is. So nothing depends on whether a name is that of the type it seems to be, but for what is said here.

use crate::tir::Ty;

/// Stands between the text of a type and the place whose names it is written in.
const WRITTEN_IN: &str = " @ ";

/// The name of a type that is known by its text, where that is read in a module (or block).
pub(crate) fn written(text: &str, place: &str) -> String {
    format!("{text}{WRITTEN_IN}{place}")
}

/// A type as Rust writes it, its arguments given.
pub(crate) fn shown(name: &str, args: &[String]) -> String {
    match (name.split_once(WRITTEN_IN), args) {
        (Some((text, _)), _) => text.to_owned(),
        (None, []) => name.rsplit("::").next().unwrap_or_default().to_owned(),
        (None, [inner]) if name == MUTABLE => format!("&mut {inner}"),
        (None, [elem, len]) if name == ARRAY => format!("[{elem}; {len}]"),
        (None, args) => format!("{}<{}>", name.rsplit("::").next().unwrap_or_default(), args.join(", ")),
    }
}

/// The name of `&mut T`, where it is kept inside another value.
pub(crate) const MUTABLE: &str = "&mut";

/// The name of an array whose length is a parameter; the length is an argument like the type of the elements.
pub(crate) const ARRAY: &str = "[;]";

/// Whether the name is not that of a type but the value of a const parameter.
pub(crate) fn is_constant(name: &str) -> bool {
    name == "true" || name == "false" || name.starts_with(|c: char| c.is_ascii_digit() || c == '\'')
}

/// An expression for a value of the type, if it has one that std makes of nothing. Other types may have no values at all.
pub(crate) fn evident(name: &str, args: &[Ty]) -> Option<String> {
    let fresh = || Some(format!("{name}::new()"));
    match (name, args.len()) {
        ("f32" | "f64", 0) => Some("0.0".to_owned()),
        ("std::path::PathBuf" | "std::ffi::OsString", 0) => fresh(),
        ("std::time::Duration", 0) => Some(format!("{name}::ZERO")),
        ("std::collections::HashMap" | "std::collections::BTreeMap", 2) => fresh(),
        (
            "std::collections::HashSet"
            | "std::collections::BTreeSet"
            | "std::collections::VecDeque"
            | "std::collections::LinkedList",
            1,
        ) => fresh(),
        _ => None,
    }
}

/// Whether a clone of such a value is, for all that is done with it here, the value.
pub(crate) fn is_its_clone(name: &str) -> bool {
    matches!(
        name,
        "f32"
            | "f64"
            | "std::path::PathBuf"
            | "std::ffi::OsString"
            | "std::time::Duration"
            | "std::rc::Rc"
            | "std::sync::Arc"
    )
}
