//! Fragments of an argument: whether one may begin at a token is what rustc asks; if it may, then rustc reads one there or fails.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser as _};

use super::Refusal;
use super::hygiene::written;
use super::pattern::{Kind, token_length};

/// What a fragment takes of the input: how many token trees, and what it is in the expansion.
pub(super) struct Taken {
    pub(super) length: usize,
    pub(super) tokens: Vec<TokenTree>,
}

/// A fragment at the start of the input; `None` if none may begin there.
///
/// # Errors
/// If it is not certain that rustc reads the same.
pub(super) fn taken(kind: Kind, input: &[TokenTree]) -> Result<Option<Taken>, Refusal> {
    let Some(first) = input.first() else { return Ok(None) };
    if let TokenTree::Group(group) = first
        && group.delimiter() == Delimiter::None
    {
        return invisible(kind, group, input);
    }
    let plain = |length: usize| Ok(Some(Taken { length, tokens: input[..length].to_vec() }));
    match kind {
        Kind::Tt => plain(token_length(input)),
        Kind::Ident => match first {
            TokenTree::Ident(name) if *name != "_" => plain(1),
            _ => Ok(None),
        },
        Kind::Lifetime => match first {
            TokenTree::Punct(p) if p.as_char() == '\'' => plain(2.min(input.len())),
            _ => Ok(None),
        },
        Kind::Block => match first {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => plain(1),
            TokenTree::Punct(p) if p.as_char() == '\'' => Err("a block with a label".to_owned()),
            _ => Ok(None),
        },
        Kind::Literal => match (first, input.get(1)) {
            (TokenTree::Literal(_), _) => Ok(Some(grouped(kind, 1, input))),
            (TokenTree::Punct(p), Some(TokenTree::Literal(_))) if p.as_char() == '-' => {
                Ok(Some(grouped(kind, 2, input)))
            }
            (TokenTree::Punct(p), _) if p.as_char() == '-' => Err("`-` where a literal may stand".to_owned()),
            (TokenTree::Ident(word), _) if *word == "true" || *word == "false" => Ok(Some(grouped(kind, 1, input))),
            _ => Ok(None),
        },
        Kind::Expr => match begins_expression(first)? {
            true => Ok(Some(grouped(kind, parsed(input, syn::Expr::parse)?, input))),
            false => Ok(None),
        },
        Kind::Ty => match begins_type(input)? {
            true => Ok(Some(grouped(kind, parsed(input, syn::Type::parse)?, input))),
            false => Ok(None),
        },
        Kind::Pat | Kind::PatParam => match begins_pattern(first)? {
            true => {
                let length = parsed(input, syn::Pat::parse_single)?;
                // Whether alternatives belong to it depends on the edition.
                if kind == Kind::Pat && length != parsed(input, syn::Pat::parse_multi_with_leading_vert)? {
                    return Err("alternatives of patterns".to_owned());
                }
                Ok(Some(grouped(kind, length, input)))
            }
            false => Ok(None),
        },
        Kind::Other => Err("a fragment of a kind that is not read".to_owned()),
    }
}

/// A part that was a fragment of another call: it is one still, of the kind that it was.
fn invisible(kind: Kind, group: &Group, input: &[TokenTree]) -> Result<Option<Taken>, Refusal> {
    let content: Vec<TokenTree> = group.stream().into_iter().collect();
    let is_literal = match content.as_slice() {
        [TokenTree::Literal(_)] => true,
        [TokenTree::Punct(p), TokenTree::Literal(_)] => p.as_char() == '-',
        [TokenTree::Ident(word)] => *word == "true" || *word == "false",
        _ => false,
    };
    match (kind, is_expression(group)) {
        (Kind::Tt, _) => Ok(Some(Taken { length: 1, tokens: vec![TokenTree::Group(group.clone())] })),
        (Kind::Ident | Kind::Lifetime, _) => Ok(None),
        (Kind::Literal, true) if is_literal => {
            Ok(Some(Taken { length: 1, tokens: vec![TokenTree::Group(group.clone())] }))
        }
        (Kind::Literal, true) => Ok(None),
        // An expression may go on behind it: `$x.y`.
        (Kind::Expr, true) => Ok(Some(grouped(kind, parsed(input, syn::Expr::parse)?, input))),
        _ => Err("a part of another macro's argument".to_owned()),
    }
}

/// A fragment that keeps together in the expansion, whatever stands beside it.
fn grouped(kind: Kind, length: usize, input: &[TokenTree]) -> Taken {
    let tokens: TokenStream = input[..length].iter().cloned().collect();
    let mut group = Group::new(Delimiter::None, tokens);
    if matches!(kind, Kind::Expr | Kind::Literal)
        && let Some(first) = input.first()
    {
        group.set_span(first.span());
    }
    Taken { length, tokens: vec![TokenTree::Group(group)] }
}

/// Whether a group is of an expression: only such ones have a place of their own.
fn is_expression(group: &Group) -> bool {
    !group.span().byte_range().is_empty()
}

/// How many token trees the syntax takes that the input begins with.
fn parsed<T>(input: &[TokenTree], read: fn(ParseStream<'_>) -> syn::Result<T>) -> Result<usize, Refusal> {
    let all: TokenStream = input.iter().cloned().collect();
    let parse = |stream: ParseStream<'_>| {
        read(stream)?;
        let rest: TokenStream = stream.parse()?;
        Ok(rest.into_iter().count())
    };
    match parse.parse2(all) {
        Ok(rest) if rest < input.len() => Ok(input.len() - rest),
        _ => Err("a part of its argument does not read as Rust".to_owned()),
    }
}

/// Whether a pattern may begin with a token.
fn begins_pattern(first: &TokenTree) -> Result<bool, Refusal> {
    Ok(match first {
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        TokenTree::Literal(_) | TokenTree::Ident(_) => true,
        TokenTree::Punct(p) if p.as_char() == '|' => return Err("alternatives of patterns".to_owned()),
        TokenTree::Punct(p) => "&-.<:".contains(p.as_char()) && !is_lone_colon(p),
    })
}

/// Whether an expression may begin with a token.
fn begins_expression(first: &TokenTree) -> Result<bool, Refusal> {
    Ok(match first {
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
        TokenTree::Punct(p) => "!-*|&.<:'#".contains(p.as_char()) && !is_lone_colon(p),
        TokenTree::Ident(word) => match written(&word.to_string()) {
            // These depend on the edition.
            "_" | "const" | "let" | "gen" | "builtin" | "safe" => {
                return Err(format!("`{word}` where an expression may stand"));
            }
            "as" | "dyn" | "else" | "enum" | "extern" | "fn" | "impl" | "in" | "mod" | "mut" | "pub" | "ref"
            | "struct" | "trait" | "type" | "use" | "where" | "abstract" | "become" | "final" | "macro"
            | "override" | "priv" | "typeof" | "unsized" | "virtual" => false,
            "static" | "await" | "try" | "do" | "box" | "yield" => {
                return Err(format!("`{word}` where an expression may stand"));
            }
            _ => true,
        },
    })
}

/// Whether a `:` is no part of `::`.
fn is_lone_colon(p: &proc_macro2::Punct) -> bool {
    p.as_char() == ':' && p.spacing() == proc_macro2::Spacing::Alone
}

/// Whether a type may begin at the input.
fn begins_type(input: &[TokenTree]) -> Result<bool, Refusal> {
    Ok(match &input[0] {
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        TokenTree::Literal(_) => false,
        TokenTree::Punct(p) => "!*&?<:'".contains(p.as_char()) && !is_lone_colon(p),
        TokenTree::Ident(word) => match written(&word.to_string()) {
            "crate" | "self" | "Self" | "super" | "_" | "for" | "impl" | "fn" | "unsafe" | "extern" | "typeof"
            | "dyn" => true,
            "as" | "break" | "const" | "continue" | "else" | "enum" | "false" | "if" | "in" | "let" | "loop"
            | "match" | "mod" | "move" | "mut" | "pub" | "ref" | "return" | "static" | "struct" | "trait" | "true"
            | "type" | "use" | "where" | "while" => false,
            "async" | "await" | "abstract" | "become" | "box" | "do" | "final" | "gen" | "macro" | "override"
            | "priv" | "try" | "unsized" | "virtual" | "yield" => {
                return Err(format!("`{word}` where a type may stand"));
            }
            _ => true,
        },
    })
}
