//! Whose a name is. In Rust, a variable that a macro's own text binds is another one than a variable of the same name where the
//! macro is called. So names of a macro's text carry a mark, which no name of a source does, for as long as they may be those of
//! variables or labels. All others (of items, fields, methods, types) mean what they mean where the macro is called.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit_mut::{self, VisitMut};

/// What stands between a name and the number of the call that brought it: a letter of no language that Rust is written in.
const MARK: char = '\u{01C3}';
/// The same for the name of a macro that is defined in a body, whose variables it may mean.
const LOCAL_MARK: char = '\u{01C2}';

/// What a call marks the names of the macro's text with.
pub(super) struct Mark {
    pub(super) number: usize,
    pub(super) local: bool,
}

impl Mark {
    /// A name of the macro's text.
    pub(super) fn on(&self, ident: &Ident) -> Result<Ident, super::Refusal> {
        let text = ident.to_string();
        if is_marked(&text) {
            return Err("a letter that names of macros are told apart by".to_owned());
        }
        if text.starts_with("r#") {
            return Err(format!("the name `{text}`"));
        }
        if text == "_" || is_keyword(&text) {
            return Ok(ident.clone());
        }
        let mark = if self.local { LOCAL_MARK } else { MARK };
        Ok(Ident::new(&format!("{text}{mark}{}", self.number), ident.span()))
    }
}

/// Whether a text has a letter of a mark: then names could be taken for marked ones.
pub(crate) fn has_mark(text: &str) -> bool {
    text.contains([MARK, LOCAL_MARK])
}

/// Whether a name is one of a macro's text.
pub(crate) fn is_marked(name: &str) -> bool {
    has_mark(name)
}

/// Whether a name is one of the text of a macro that is defined in a body.
pub(crate) fn is_of_local_macro(name: &str) -> bool {
    name.contains(LOCAL_MARK)
}

/// A name as it is written.
pub(crate) fn written(name: &str) -> &str {
    name.split([MARK, LOCAL_MARK]).next().unwrap_or(name)
}

/// Words that are no names, in any edition.
fn is_keyword(word: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
        "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self",
        "Self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while", "abstract",
        "become", "box", "do", "final", "gen", "macro", "override", "priv", "try", "typeof", "unsized", "virtual",
        "yield",
    ];
    KEYWORDS.contains(&word)
}

/// Takes the marks off all names but those that may be of variables and labels, and the invisible groups around parts of a call's
/// argument, which have done their work when the text is a tree.
#[derive(Default)]
pub(crate) struct Settled {
    /// What is in the tree that is not read as it is meant.
    pub(crate) refused: Option<&'static str>,
}

impl VisitMut for Settled {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        *ident = unmarked(ident);
    }
    fn visit_expr_mut(&mut self, e: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, e);
        while let syn::Expr::Group(group) = e {
            let placeholder = syn::Expr::Verbatim(TokenStream::new());
            *e = std::mem::replace(&mut *group.expr, placeholder);
        }
    }
    fn visit_type_mut(&mut self, ty: &mut syn::Type) {
        visit_mut::visit_type_mut(self, ty);
        while let syn::Type::Group(group) = ty {
            let placeholder = syn::Type::Verbatim(TokenStream::new());
            *ty = std::mem::replace(&mut *group.elem, placeholder);
        }
    }
    fn visit_pat_ident_mut(&mut self, it: &mut syn::PatIdent) {
        if let Some((_, sub)) = &mut it.subpat {
            self.visit_pat_mut(sub);
        }
    }
    fn visit_expr_path_mut(&mut self, it: &mut syn::ExprPath) {
        if it.qself.is_some() || it.path.get_ident().is_none() {
            visit_mut::visit_expr_path_mut(self, it);
        }
    }
    fn visit_label_mut(&mut self, _: &mut syn::Label) {}
    fn visit_expr_continue_mut(&mut self, _: &mut syn::ExprContinue) {}
    fn visit_expr_break_mut(&mut self, it: &mut syn::ExprBreak) {
        if let Some(e) = &mut it.expr {
            self.visit_expr_mut(e);
        }
    }
    fn visit_attribute_mut(&mut self, it: &mut syn::Attribute) {
        visit_mut::visit_attribute_mut(self, it);
        if it.path().segments.last().is_some_and(|s| s.ident == "spec") {
            self.refused = Some("a `#[spec]` that a macro writes");
        }
        if let syn::Meta::List(list) = &mut it.meta {
            list.tokens = without_marks(std::mem::take(&mut list.tokens));
        }
    }
    fn visit_item_mut(&mut self, _: &mut syn::Item) {
        self.refused = Some("items that a macro defines in a body");
    }
}

/// Tokens without marks on any name.
fn without_marks(tokens: TokenStream) -> TokenStream {
    let one = |token: TokenTree| match token {
        TokenTree::Ident(ident) => TokenTree::Ident(unmarked(&ident)),
        TokenTree::Group(group) => {
            let mut new = proc_macro2::Group::new(group.delimiter(), without_marks(group.stream()));
            new.set_span(group.span());
            TokenTree::Group(new)
        }
        other => other,
    };
    tokens.into_iter().map(one).collect()
}

/// A name without its mark.
fn unmarked(ident: &Ident) -> Ident {
    let text = ident.to_string();
    match is_marked(&text) {
        true => Ident::new(written(&text), ident.span()),
        false => ident.clone(),
    }
}
