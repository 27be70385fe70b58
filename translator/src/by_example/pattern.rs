//! What the argument of a macro has to look like.

use proc_macro2::{Delimiter, Punct, Spacing, TokenStream, TokenTree};

use super::Refusal;

/// A part of a rule's left side.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A token as rustc's lexer has it: the characters of an operator together.
    Token(Vec<TokenTree>),
    Group(Delimiter, Vec<Part>),
    /// `$name:kind`
    Fragment(String, Kind),
    /// `$( … ) separator operator`
    Repeat {
        parts: Vec<Part>,
        separator: Vec<TokenTree>,
        least: usize,
        most: usize,
    },
}

/// What a fragment may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Expr,
    Ident,
    Tt,
    Literal,
    Ty,
    Block,
    Lifetime,
    Pat,
    PatParam,
    /// One that is not read here.
    Other,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "expr" | "expr_2021" => Kind::Expr,
            "ident" => Kind::Ident,
            "tt" => Kind::Tt,
            "literal" => Kind::Literal,
            "ty" => Kind::Ty,
            "block" => Kind::Block,
            "lifetime" => Kind::Lifetime,
            "pat" => Kind::Pat,
            "pat_param" => Kind::PatParam,
            _ => Kind::Other,
        }
    }
}

/// Operators of several characters, the longest first.
const OPERATORS: &[&str] = &[
    "<<=", ">>=", "...", "..=", "::", "->", "<-", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=",
    "%=", "^=", "&=", "|=", "<<", ">>", "..",
];

/// How many token trees the token is that the input goes on with: operators and lifetimes are several.
pub(super) fn token_length(input: &[TokenTree]) -> usize {
    let Some(TokenTree::Punct(first)) = input.first() else { return input.len().min(1) };
    if first.as_char() == '\'' {
        return input.len().min(2);
    }
    // `$` is never glued: what follows it is a name.
    let mut run = String::from(first.as_char());
    let mut last: &Punct = first;
    while let (Spacing::Joint, Some(TokenTree::Punct(next))) = (last.spacing(), input.get(run.len()))
        && run.len() < 3
        && next.as_char().is_ascii()
        && !['$', '\''].contains(&next.as_char())
    {
        run.push(next.as_char());
        last = next;
    }
    OPERATORS.iter().find(|op| run.starts_with(**op)).map_or(1, |op| op.len())
}

/// Whether two tokens are the same to a macro: their marks do not matter.
pub(super) fn same(a: &[TokenTree], b: &[TokenTree]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| match (a, b) {
            (TokenTree::Ident(a), TokenTree::Ident(b)) => {
                super::hygiene::written(&a.to_string()) == super::hygiene::written(&b.to_string())
            }
            (TokenTree::Punct(a), TokenTree::Punct(b)) => a.as_char() == b.as_char(),
            (TokenTree::Literal(a), TokenTree::Literal(b)) => a.to_string() == b.to_string(),
            _ => false,
        })
}

pub(super) fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == c)
}

/// What follows a repetition's group: its separator, its operator, and how many token trees these are.
pub(super) fn repetition(after: &[TokenTree]) -> Result<(Vec<TokenTree>, char, usize), Refusal> {
    let operator = |at: usize| match after.get(at) {
        Some(TokenTree::Punct(p)) if ['*', '+', '?'].contains(&p.as_char()) => Some(p.as_char()),
        _ => None,
    };
    if let Some(c) = operator(0) {
        return Ok((Vec::new(), c, 1));
    }
    // The separator is one token; its last character may be joined to the operator.
    for length in [token_length(after), 1] {
        if length > 0
            && let (Some(c), Some(separator)) = (operator(length), after.get(..length))
            && !separator.iter().any(|t| matches!(t, TokenTree::Group(_)))
        {
            return Ok((separator.to_vec(), c, length + 1));
        }
    }
    Err("a repetition of another form".to_owned())
}

/// Reads a rule's left side.
pub(super) fn read(tokens: TokenStream) -> Result<Vec<Part>, Refusal> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_punct(tokens.get(at), '$') {
            match (&tokens.get(at + 1), &tokens.get(at + 3)) {
                (Some(TokenTree::Ident(name)), Some(TokenTree::Ident(kind))) if is_punct(tokens.get(at + 2), ':') => {
                    out.push(Part::Fragment(name.to_string(), Kind::of(&kind.to_string())));
                    at += 4;
                }
                (Some(TokenTree::Group(group)), _) if group.delimiter() == Delimiter::Parenthesis => {
                    let parts = read(group.stream())?;
                    let (separator, operator, length) = repetition(&tokens[at + 2..])?;
                    let (least, most) = match operator {
                        '*' => (0, usize::MAX),
                        '+' => (1, usize::MAX),
                        _ => (0, 1),
                    };
                    if parts.is_empty() {
                        return Err("a repetition of nothing".to_owned());
                    }
                    out.push(Part::Repeat { parts, separator, least, most });
                    at += 2 + length;
                }
                _ => return Err("a `$` of another use".to_owned()),
            }
            continue;
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                out.push(Part::Group(group.delimiter(), read(group.stream())?));
                at += 1;
            }
            _ => {
                let length = token_length(&tokens[at..]);
                out.push(Part::Token(tokens[at..at + length].to_vec()));
                at += length;
            }
        }
    }
    Ok(out)
}
