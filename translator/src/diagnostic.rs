//! Coded diagnostics: what the translator refuses or finds wrong, at its span. Rendering belongs to the command line.

use crate::span::Span;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code (`H0101`), documented by `cargo harmonic explain`.
    pub code: &'static str,
    /// Whether it makes the verdict `error` (the spec or crate is wrong) rather than `unsupported`.
    pub is_error: bool,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do.
    pub help: Option<String>,
    /// Path of the function that is called and has no Lean form, if that is all there is to it (`H0205`).
    pub callee: Option<String>,
}

/// Every code with its page for `cargo harmonic explain`: what it means, an example, what to do. `H01xx`: errors of crate or
/// spec; `H02xx`: unsupported items, statements, expressions; `H03xx`: unsupported types; `H04xx`: unsupported std items.
pub const CODES: &[(&str, &str)] = crate::codes::CODES;
