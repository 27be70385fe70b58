//! How an argument fits a rule: all ways in which it does. A call that rustc accepts has one at most.

use std::collections::HashMap;
use std::rc::Rc;

use proc_macro2::{Delimiter, TokenTree};

use super::fragments::taken;
use super::pattern::{Part, same, token_length};
use super::{MAX_TOKENS, Refusal};

/// What the names of a rule stand for.
pub(super) type Bound = HashMap<String, Rc<Matched>>;

/// What a name stands for.
#[derive(Debug)]
pub(super) enum Matched {
    Tokens(Vec<TokenTree>),
    /// In a repetition: once for each time.
    Each(Vec<Rc<Matched>>),
}

/// The ways in which the whole argument fits.
pub(super) fn matched(parts: &[Part], input: &[TokenTree]) -> Result<Vec<Bound>, Refusal> {
    let mut left = MAX_TOKENS;
    let ends = ends(parts, input, &mut left)?;
    Ok(ends.into_iter().filter(|(at, _)| *at == input.len()).map(|(_, bound)| bound).collect())
}

/// Where parts may end that begin with the input.
fn ends(parts: &[Part], input: &[TokenTree], left: &mut usize) -> Result<Vec<(usize, Bound)>, Refusal> {
    let mut states = vec![(0, Bound::new())];
    for part in parts {
        let mut next = Vec::new();
        for (at, bound) in states {
            *left = left.checked_sub(1).ok_or("an argument of this length")?;
            let rest = &input[at..];
            match part {
                Part::Token(token) => {
                    let length = token_length(rest);
                    if length > 0 && same(token, &rest[..length]) {
                        next.push((at + length, bound));
                    }
                }
                Part::Group(delimiter, inner) => {
                    if let Some(TokenTree::Group(group)) = rest.first()
                        && group.delimiter() == *delimiter
                        && *delimiter != Delimiter::None
                    {
                        let content: Vec<TokenTree> = group.stream().into_iter().collect();
                        for (end, found) in ends(inner, &content, left)? {
                            if end == content.len() {
                                next.push((at + 1, bound.clone().into_iter().chain(found).collect()));
                            }
                        }
                    }
                }
                Part::Fragment(name, kind) => {
                    if let Some(taken) = taken(*kind, rest)? {
                        let mut bound = bound;
                        bound.insert(name.clone(), Rc::new(Matched::Tokens(taken.tokens)));
                        next.push((at + taken.length, bound));
                    }
                }
                Part::Repeat { parts, separator, least, most } => {
                    for (end, times) in repeated(parts, separator, *most, rest, left)? {
                        if times.len() >= *least {
                            let mut bound = bound.clone();
                            for name in names(parts) {
                                let each = times.iter().filter_map(|t| t.get(&name).cloned()).collect();
                                bound.insert(name, Rc::new(Matched::Each(each)));
                            }
                            next.push((at + end, bound));
                        }
                    }
                }
            }
        }
        states = next;
    }
    Ok(states)
}

/// Where a repetition may end, with what was bound each time.
fn repeated(
    parts: &[Part],
    separator: &[TokenTree],
    most: usize,
    input: &[TokenTree],
    left: &mut usize,
) -> Result<Vec<(usize, Vec<Rc<Bound>>)>, Refusal> {
    let mut out = vec![(0, Vec::new())];
    let mut last: Vec<(usize, Vec<Rc<Bound>>)> = vec![(0, Vec::new())];
    while !last.is_empty() {
        let mut next = Vec::new();
        for (at, times) in last {
            if times.len() >= most {
                continue;
            }
            let mut from = at;
            if !times.is_empty() && !separator.is_empty() {
                let length = token_length(&input[at..]);
                if length == 0 || !same(separator, &input[at..at + length]) {
                    continue;
                }
                from += length;
            }
            for (end, bound) in ends(parts, &input[from..], left)? {
                if end > 0 {
                    let mut times = times.clone();
                    times.push(Rc::new(bound));
                    next.push((from + end, times));
                }
            }
        }
        out.extend(next.iter().cloned());
        last = next;
    }
    Ok(out)
}

/// The names that parts bind.
fn names(parts: &[Part]) -> Vec<String> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            Part::Token(_) => {}
            Part::Group(_, inner) | Part::Repeat { parts: inner, .. } => out.extend(names(inner)),
            Part::Fragment(name, _) => out.push(name.clone()),
        }
    }
    out
}
