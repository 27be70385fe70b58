//! What a candidate proof may contain: the only door between found text and the text that Lean judges.
//!
//! A candidate is a tactic block. It is tokenized, every word is held to an allow-list, brackets must balance and indentation
//! may not fall below the first line, so that a block can neither leave its place nor reach anything but tactics and lemmas.
//! Lean's kernel and the audit of axioms judge afterwards all the same.

mod shield;
mod token;
mod words;

use std::collections::HashSet;

pub use shield::is_word;
pub(crate) use shield::shielded;
use token::Token;

/// Longest block, in bytes.
pub const MAX_BLOCK: usize = 40_000;
/// Deepest nesting of brackets.
pub const MAX_NESTING: usize = 64;

/// Why a block was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused: {0}")]
pub struct Refusal(String);

impl Refusal {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
    fn word(word: &str, reason: &str) -> Self {
        Self(format!("`{word}` {reason}"))
    }
    /// The reason as one sentence.
    pub fn reason(&self) -> &str {
        &self.0
    }
}

/// A tactic block that passed the gate: no comments, first line at column 0. Only [`Block::new`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Block(String);

impl Block {
    /// Admits a block, or says why not. `known` holds the names that the statement and its file bring into scope.
    ///
    /// # Errors
    /// [`Refusal`] with the first reason found.
    pub fn new(text: &str, known: &HashSet<String>) -> Result<Self, Refusal> {
        if text.len() > MAX_BLOCK {
            return Err(Refusal::new(format!("longer than {MAX_BLOCK} bytes")));
        }
        let text = dedent(text)?;
        let (tokens, clean) = token::tokenize(&text)?;
        if !tokens.iter().any(|t| !matches!(t, Token::Line(_))) {
            return Err(Refusal::new("an empty block"));
        }
        balanced(&tokens)?;
        let introduced = introduced(&tokens);
        for (i, token) in tokens.iter().enumerate() {
            match token {
                Token::Name(name) => check_name(name, known, &introduced)?,
                Token::Symbol("@") if matches!(tokens.get(i + 1), Some(Token::Symbol("["))) => {
                    return Err(Refusal::new("`@[`: an attribute"));
                }
                // `exact ?` and `h !` with a space would be other tokens; a lone mark never starts a tactic or a term here.
                Token::Symbol("?") if !matches!(tokens.get(i + 1), Some(Token::Name(_) | Token::Symbol("_"))) => {
                    return Err(Refusal::new("a `?` that names no goal"));
                }
                _ => {}
            }
        }
        let lines: Vec<&str> = clean.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect();
        // Without the comment that it began with, the first line may not begin where it did.
        Ok(Self(dedent(&lines.join("\n"))?))
    }
    /// The text, first line at column 0.
    pub fn text(&self) -> &str {
        &self.0
    }
    /// The text as it stands in a proof: every line indented, and words that are not ours in quotes, so that none of them is a
    /// keyword for Lean.
    pub fn indented(&self, spaces: usize) -> String {
        let pad = " ".repeat(spaces);
        shielded(&self.0).lines().map(|l| format!("{pad}{l}\n")).collect()
    }
}

/// Removes the indentation of the first line from all; no line may start before it.
fn dedent(text: &str) -> Result<String, Refusal> {
    let mut lines = text.lines().skip_while(|l| l.trim().is_empty());
    let Some(first) = lines.next() else { return Err(Refusal::new("an empty block")) };
    let margin = first.len() - first.trim_start_matches(' ').len();
    let mut out = first[margin..].to_owned();
    for line in lines {
        out.push('\n');
        if line.trim_matches(' ').is_empty() {
            continue;
        }
        let spaces = line.len() - line.trim_start_matches(' ').len();
        if spaces < margin {
            return Err(Refusal::new("a line that starts left of the first one"));
        }
        out.push_str(&line[margin..]);
    }
    Ok(out)
}

fn balanced(tokens: &[Token]) -> Result<(), Refusal> {
    let mut open = Vec::new();
    for token in tokens {
        let Token::Symbol(s) = token else { continue };
        match *s {
            "(" => open.push(")"),
            "[" => open.push("]"),
            "{" => open.push("}"),
            "⟨" => open.push("⟩"),
            ")" | "]" | "}" | "⟩" if open.pop() != Some(s) => {
                return Err(Refusal::new(format!("`{s}` closes a bracket that the block did not open")));
            }
            _ => {}
        }
        if open.len() > MAX_NESTING {
            return Err(Refusal::new(format!("brackets nested deeper than {MAX_NESTING}")));
        }
    }
    match open.pop() {
        None => Ok(()),
        Some(s) => Err(Refusal::new(format!("a bracket stays open (`{s}` is missing)"))),
    }
}

/// Names that the block itself binds. One that is a keyword for Lean is none where it is written: see [`shield`].
fn introduced(tokens: &[Token]) -> HashSet<String> {
    let mut names = HashSet::new();
    for (i, token) in tokens.iter().enumerate() {
        let follow = match token {
            Token::Name(n) => words::BINDERS.contains(&n.as_str()),
            Token::Symbol("∀" | "∃" | "λ") => true,
            Token::Symbol("|") => {
                // An arm `| succ n ih =>`: names only up to the arrow.
                let arm: Vec<&Token> = tokens[i + 1..]
                    .iter()
                    .take_while(|t| {
                        matches!(t, Token::Name(_) | Token::Symbol("_" | "." | "@" | "⟨" | "⟩" | "," | "(" | ")"))
                    })
                    .collect();
                matches!(tokens.get(i + 1 + arm.len()), Some(Token::Symbol("=>")))
            }
            _ => false,
        };
        if !follow {
            continue;
        }
        for t in &tokens[i + 1..] {
            match t {
                Token::Name(n) if !n.contains('.') => {
                    if words::TACTICS.contains(&n.as_str()) {
                        break;
                    }
                    names.insert(n.clone());
                }
                Token::Symbol("_" | "⟨" | "⟩" | "," | "(" | ")" | "|" | "@" | "-" | "." | "{" | "}")
                | Token::Name(_) => {}
                // `have h : …`, `cases h : e with`: only what stands before the colon is bound.
                _ => break,
            }
        }
    }
    names
}

fn check_name(name: &str, known: &HashSet<String>, introduced: &HashSet<String>) -> Result<(), Refusal> {
    for part in name.split('.') {
        if let Some((word, reason)) = words::BARRED.iter().find(|(w, _)| *w == part) {
            return Err(Refusal::word(word, reason));
        }
        if part.ends_with('?') && !part.starts_with("get") && !part.starts_with("head") && !part.starts_with("back") {
            return Err(Refusal::word(part, "searches"));
        }
    }
    let head = name.split('.').next().unwrap_or_default();
    let dotted = name.contains('.');
    let admitted = known.contains(name)
        || known.contains(head)
        || introduced.contains(head)
        || (!dotted && (words::TACTICS.contains(&name) || words::TERMS.contains(&name)))
        || (dotted && (words::NAMESPACES.contains(&head) || head == "this"))
        || head.is_empty();
    if admitted { Ok(()) } else { Err(Refusal::word(name, "is neither an allowed word nor a name in scope")) }
}

/// Whether a word is a tactic, or belongs to the syntax of one.
pub(crate) fn is_tactic(word: &str) -> bool {
    words::TACTICS.contains(&word)
}

/// The names that a Lean text of our own mentions, for `known`.
pub fn names_in(lean: &str) -> HashSet<String> {
    let mut names = HashSet::new();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\'' | '.' | '!' | '?');
    for word in lean.split(|c: char| !is_name(c)) {
        let word = word.trim_matches('.');
        if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        names.insert(word.to_owned());
    }
    names
}

#[cfg(test)]
mod tests;
