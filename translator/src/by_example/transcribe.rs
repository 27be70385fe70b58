//! A rule's right side, with what its names stand for.

use std::collections::HashSet;

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

use super::hygiene::Mark;
use super::matcher::{Bound, Matched};
use super::pattern::{is_punct, repetition};
use super::{MAX_TOKENS, Refusal};

/// A part of a rule's right side.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Token(TokenTree),
    Group(Delimiter, Vec<Text>),
    /// `$name`
    Name(String),
    /// `$crate`
    Crate,
    /// `$( … ) separator operator`
    Repeat(Vec<Text>, Vec<TokenTree>),
}

/// Reads a rule's right side.
pub(super) fn read(tokens: TokenStream) -> Result<Vec<Text>, Refusal> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_punct(tokens.get(at), '$') {
            match tokens.get(at + 1) {
                Some(TokenTree::Ident(name)) => {
                    out.push(if *name == "crate" { Text::Crate } else { Text::Name(name.to_string()) });
                    at += 2;
                }
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    let (separator, _, length) = repetition(&tokens[at + 2..])?;
                    out.push(Text::Repeat(read(group.stream())?, separator));
                    at += 2 + length;
                }
                _ => return Err("a `$` of another use".to_owned()),
            }
            continue;
        }
        out.push(match &tokens[at] {
            TokenTree::Group(group) => Text::Group(group.delimiter(), read(group.stream())?),
            token => Text::Token(token.clone()),
        });
        at += 1;
    }
    Ok(out)
}

/// Writes a right side out.
pub(super) fn transcribed(text: &[Text], bound: &Bound, mark: &Mark, at: Span) -> Result<TokenStream, Refusal> {
    let mut writer = Writer { mark, at, left: MAX_TOKENS };
    writer.all(text, bound)
}

struct Writer<'m> {
    mark: &'m Mark,
    at: Span,
    left: usize,
}

impl Writer<'_> {
    fn all(&mut self, text: &[Text], bound: &Bound) -> Result<TokenStream, Refusal> {
        let mut out = Vec::new();
        for (i, part) in text.iter().enumerate() {
            self.left = self.left.checked_sub(1).ok_or("an expansion of this length")?;
            match part {
                // What stands beside `$x` in the rule is no operator together with what `$x` stands for.
                Text::Token(TokenTree::Punct(p))
                    if p.as_char() != '\'' && !matches!(text.get(i + 1), Some(Text::Token(TokenTree::Punct(_)))) =>
                {
                    let mut p = Punct::new(p.as_char(), Spacing::Alone);
                    p.set_span(self.at);
                    out.push(TokenTree::Punct(p));
                }
                Text::Token(token) => out.push(self.token(token)?),
                Text::Group(delimiter, inner) => {
                    let mut group = Group::new(*delimiter, self.all(inner, bound)?);
                    group.set_span(self.at);
                    out.push(TokenTree::Group(group));
                }
                Text::Crate => out.push(TokenTree::Ident(Ident::new("crate", self.at))),
                Text::Name(name) => match bound.get(name).map(|m| &**m) {
                    Some(Matched::Tokens(tokens)) => {
                        self.left = self.left.checked_sub(tokens.len()).ok_or("an expansion of this length")?;
                        out.extend(tokens.iter().cloned());
                    }
                    Some(Matched::Each(_)) => return Err(format!("`${name}` outside its repetition")),
                    None => return Err(format!("`${name}`, which its rule does not bind")),
                },
                Text::Repeat(inner, separator) => self.repeat(inner, separator, bound, &mut out)?,
            }
        }
        Ok(out.into_iter().collect())
    }

    fn token(&self, token: &TokenTree) -> Result<TokenTree, Refusal> {
        Ok(match token {
            TokenTree::Ident(ident) => {
                let mut ident = self.mark.on(ident)?;
                ident.set_span(self.at);
                TokenTree::Ident(ident)
            }
            TokenTree::Punct(p) => {
                let mut p = p.clone();
                p.set_span(self.at);
                TokenTree::Punct(p)
            }
            TokenTree::Literal(literal) => {
                let mut literal = literal.clone();
                literal.set_span(self.at);
                TokenTree::Literal(literal)
            }
            TokenTree::Group(_) => return Err("a group of another kind".to_owned()),
        })
    }

    /// A repetition: as often as the names in it were bound.
    fn repeat(
        &mut self,
        inner: &[Text],
        separator: &[TokenTree],
        bound: &Bound,
        out: &mut Vec<TokenTree>,
    ) -> Result<(), Refusal> {
        let mut names = HashSet::new();
        mentioned(inner, &mut names);
        let mut times: Option<usize> = None;
        for name in &names {
            if let Some(Matched::Each(each)) = bound.get(name).map(|m| &**m)
                && times.replace(each.len()).is_some_and(|n| n != each.len())
            {
                return Err("a repetition of names that repeat differently".to_owned());
            }
        }
        let Some(times) = times else { return Err("a repetition of nothing that repeats".to_owned()) };
        for i in 0..times {
            if i > 0 {
                for (n, token) in separator.iter().enumerate() {
                    out.push(match self.token(token)? {
                        TokenTree::Punct(p) if n + 1 == separator.len() => {
                            let mut alone = Punct::new(p.as_char(), Spacing::Alone);
                            alone.set_span(self.at);
                            TokenTree::Punct(alone)
                        }
                        token => token,
                    });
                }
            }
            let mut own = bound.clone();
            for name in &names {
                if let Some(Matched::Each(each)) = bound.get(name).map(|m| &**m)
                    && let Some(one) = each.get(i)
                {
                    own.insert(name.clone(), one.clone());
                }
            }
            out.extend(self.all(inner, &own)?);
        }
        Ok(())
    }
}

/// The names that a text mentions.
fn mentioned(text: &[Text], out: &mut HashSet<String>) {
    for part in text {
        match part {
            Text::Name(name) => {
                out.insert(name.clone());
            }
            Text::Group(_, inner) | Text::Repeat(inner, _) => mentioned(inner, out),
            Text::Token(_) | Text::Crate => {}
        }
    }
}
