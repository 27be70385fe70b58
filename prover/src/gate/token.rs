//! Lean's tokens, as far as a proof may contain them.
//!
//! The tokenizer knows comments, strings, characters, numbers, names and symbols. What it does not know it refuses, so that
//! Lean can never see a token here that this module did not see.

use super::Refusal;

/// One token of a tactic block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name with its dots: `h.1`, `Int.mul_comm`, `omega`.
    Name(String),
    /// A numeral.
    Number(String),
    /// A character literal.
    Char,
    /// A symbol.
    Symbol(&'static str),
    /// A line break followed by this many spaces.
    Line(usize),
}

/// Symbols of terms and tactics, longest first. Nothing here starts a command, an attribute, a quotation or an option.
const SYMBOLS: &[&str] = &[
    "<;>", "|||", "&&&", "^^^", "<<<", ">>>", ":=", "=>", "->", "<-", "<|", "|>", "++", "::", "..", "==", "!=", "<=",
    ">=", "&&", "||", "∧", "∨", "¬", "∀", "∃", "λ", "→", "←", "↔", "≠", "≤", "≥", "∈", "∉", "∘", "▸", "⊢", "×", "·",
    "•", "∣", "⟨", "⟩", "(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "|", "=", "<", ">", "+", "-", "*", "/", "%",
    "^", "!", "?", "@", "_",
];

pub(super) fn name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || greek(c)
}
/// Greek letters that Lean takes as letters (not λ, Π, Σ, which are symbols).
fn greek(c: char) -> bool {
    matches!(c, 'α'..='κ' | 'μ'..='ω')
}
pub(super) fn name_rest(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '!' | '?') || greek(c) || ('₀'..='₉').contains(&c)
}

/// Splits a block into tokens and gives the text back without its comments.
pub(super) fn tokenize(text: &str) -> Result<(Vec<Token>, String), Refusal> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut clean = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        match c {
            '\n' => {
                while clean.ends_with(' ') {
                    clean.pop();
                }
                clean.push('\n');
                i += 1;
                let start = i;
                while at(i) == ' ' {
                    clean.push(' ');
                    i += 1;
                }
                tokens.push(Token::Line(i - start));
            }
            ' ' => {
                clean.push(' ');
                i += 1;
            }
            '-' if at(i + 1) == '-' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '-' => {
                i = skip_block_comment(&chars, i)?;
                // A comment separates tokens, as it does for Lean.
                clean.push(' ');
            }
            '"' => return Err(Refusal::new("a string literal: a proof needs none")),
            '\'' => i = character(&chars, i, &mut tokens, &mut clean)?,
            c if c.is_ascii_digit() => i = number(&chars, i, &mut tokens, &mut clean)?,
            c if name_start(c) => {
                let start = i;
                loop {
                    while name_rest(at(i)) {
                        i += 1;
                    }
                    // A dot belongs to the name when a further component follows at once.
                    if at(i) == '.' && (name_start(at(i + 1)) || at(i + 1).is_ascii_digit()) {
                        i += 1;
                    } else {
                        break;
                    }
                }
                let name: String = chars[start..i].iter().collect();
                clean.push_str(&name);
                tokens.push(if name == "_" { Token::Symbol("_") } else { Token::Name(name) });
            }
            _ => {
                let rest: String = chars[i..chars.len().min(i + 3)].iter().collect();
                let Some(symbol) = SYMBOLS.iter().find(|s| rest.starts_with(**s)) else {
                    return Err(unknown(c));
                };
                clean.push_str(symbol);
                i += symbol.chars().count();
                if symbol.ends_with('-') && at(i) == '-' {
                    return Err(Refusal::new("`--` that begins within a symbol: others may take it for a comment"));
                }
                tokens.push(Token::Symbol(symbol));
            }
        }
    }
    Ok((tokens, clean))
}

fn unknown(c: char) -> Refusal {
    match c {
        '\0' => Refusal::new("a NUL character"),
        '\t' => Refusal::new("a tab: Lean refuses it as white space"),
        '\r' => Refusal::new("a carriage return"),
        '«' | '»' => Refusal::new("a quoted identifier (`«…»`)"),
        '#' => Refusal::new("`#`: a command"),
        '`' => Refusal::new("a backquote: a quotation"),
        '$' => Refusal::new("`$`: an antiquotation"),
        '\\' => Refusal::new("a backslash"),
        c => Refusal::new(format!("the character U+{:04X} is not in the alphabet of proofs", c as u32)),
    }
}

fn skip_block_comment(chars: &[char], start: usize) -> Result<usize, Refusal> {
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    if matches!(at(start + 2), '-' | '!') {
        return Err(Refusal::new("a documentation comment: it belongs to a command"));
    }
    let (mut depth, mut i) = (0usize, start);
    while i < chars.len() {
        if at(i) == '/' && at(i + 1) == '-' {
            depth += 1;
            i += 2;
        } else if at(i) == '-' && at(i + 1) == '/' {
            depth -= 1;
            i += 2;
            if depth == 0 {
                return Ok(i);
            }
        } else if at(i) == '\n' {
            return Err(Refusal::new("a comment over several lines"));
        } else {
            i += 1;
        }
    }
    Err(Refusal::new("a comment that does not end"))
}

fn character(chars: &[char], i: usize, tokens: &mut Vec<Token>, clean: &mut String) -> Result<usize, Refusal> {
    match (chars.get(i + 1), chars.get(i + 2)) {
        (Some(c), Some('\'')) if c.is_ascii_alphanumeric() || *c == ' ' => {
            clean.extend(&chars[i..i + 3]);
            tokens.push(Token::Char);
            Ok(i + 3)
        }
        _ => Err(Refusal::new("a character literal other than a letter, a digit or a space between quotes")),
    }
}

fn number(chars: &[char], mut i: usize, tokens: &mut Vec<Token>, clean: &mut String) -> Result<usize, Refusal> {
    let start = i;
    while chars.get(i).is_some_and(char::is_ascii_alphanumeric) {
        i += 1;
    }
    let text: String = chars[start..i].iter().collect();
    let ok = match text.as_bytes() {
        [b'0', b'x', rest @ ..] => !rest.is_empty() && rest.iter().all(u8::is_ascii_hexdigit),
        [b'0', b'b', rest @ ..] => !rest.is_empty() && rest.iter().all(|b| matches!(b, b'0' | b'1')),
        digits => digits.iter().all(u8::is_ascii_digit),
    };
    if !ok {
        return Err(Refusal::new(format!("`{text}` is not a numeral")));
    }
    clean.push_str(&text);
    tokens.push(Token::Number(text));
    Ok(i)
}
