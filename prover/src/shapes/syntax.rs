//! Reading the text of a statement: brackets, literals, terms.

use std::collections::BTreeMap;

/// A name with its projections.
pub(super) fn is_term(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

/// Without parentheses around the whole.
pub(super) fn bare(text: &str) -> &str {
    let mut text = text.trim();
    while text.starts_with('(') && closing(text) == Some(text.len() - 1) {
        text = text[1..text.len() - 1].trim();
    }
    // `(a.val` and `b.val)` are what is left of a conjunction that was split.
    if !balanced(text) { text.trim_matches(['(', ')']) } else { text }
}

pub(super) fn argument(term: &str) -> String {
    if is_term(term) || balanced_whole(term) { term.to_owned() } else { format!("({term})") }
}

pub(super) fn literal(text: &str) -> Option<i128> {
    let text = bare(text);
    bare(text.strip_suffix(": Int").unwrap_or(text)).parse().ok()
}

pub(super) fn balanced(text: &str) -> bool {
    let mut depth = 0i32;
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Whether a text is one pair of parentheses.
pub(super) fn balanced_whole(text: &str) -> bool {
    text.starts_with('(') && closing(text) == Some(text.len() - 1)
}

/// The index of the bracket that closes the one that the text starts with.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(i, c)| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(i)
    })
}

/// The index of the bracket that opens the one that the text ends with.
pub(super) fn opening(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().rev().find_map(|(i, c)| {
        match c {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(i)
    })
}

/// Both sides of each `a ⊙ b` whose sides are terms or in parentheses; the sign comes with a space on either side.
pub(super) fn operands<'a>(text: &'a str, sign: &str) -> Vec<(&'a str, &'a str)> {
    let mut out = Vec::new();
    for (at, sign) in text.match_indices(sign) {
        let (before, after) = (&text[..at], &text[at + sign.len()..]);
        let start = if before.ends_with(')') { opening(before) } else { before.rfind(['(', ' ']).map(|i| i + 1) };
        let end = if after.starts_with('(') { closing(after).map(|e| e + 1) } else { after.find([')', ' ', '\n']) };
        let mut end = end.unwrap_or(after.len());
        if after[..end].ends_with("pow2") {
            end += 1 + arguments(after, " ").first().map_or(0, |a| a.len());
        }
        if let (Some(left), Some(right)) = (start.and_then(|s| before.get(s..)), after.get(..end)) {
            out.push((left, right));
        }
    }
    out
}

/// The terms that stand side by side in a text.
pub(super) fn side_by_side(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let terms = text.split(|c| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        c == ' ' && depth == 0
    });
    terms.filter(|t| !t.is_empty()).collect()
}

/// What each application of a function, named with a space at its end, is applied to.
pub(super) fn arguments<'a>(text: &'a str, function: &str) -> Vec<&'a str> {
    let mut out = Vec::new();
    for (at, head) in text.match_indices(function) {
        let rest = &text[at + head.len()..];
        let end = if rest.starts_with('(') { closing(rest).map(|e| e + 1) } else { rest.find([')', ']', ' ', '\n']) };
        out.extend(rest.get(..end.unwrap_or(rest.len())));
    }
    out
}

/// Both sides of each product of two unknowns.
pub(super) fn products(text: &str) -> Vec<(&str, &str)> {
    let unknown = |side: &str| literal(bare(side)).is_none();
    operands(text, " * ").into_iter().filter(|(a, b)| unknown(a) && unknown(b)).collect()
}

/// Both sides of each `Int.toNat a ⊙ Int.toNat b : Nat`, without `Int.toNat`.
pub(super) fn nat_operands<'a>(text: &'a str, sign: &str) -> Vec<(&'a str, &'a str)> {
    let head = "Int.toNat ";
    let mut out = Vec::new();
    for (at, sign) in text.match_indices(&format!(" {sign} {head}")) {
        let (before, after) = (&text[..at], &text[at + sign.len()..]);
        let left = before.rfind(head).and_then(|s| before.get(s + head.len()..));
        let right = after.find(" : Nat)").and_then(|e| after.get(..e));
        if let (Some(left), Some(right)) = (left, right)
            && balanced(left)
            && balanced(right)
        {
            out.push((left, right));
        }
    }
    out
}

/// The positions that a text reads from lists, without bound variables in them.
pub(super) fn positions_in(text: &str) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for term in arguments(text, "Int.toNat ") {
        if !has_bound_variable(term) && !out.contains(&term) {
            out.push(term);
        }
    }
    out
}

/// Whether a text has a variable that a quantifier binds: `qk'1`. What stands in a module has two quotes between its names.
pub(super) fn has_bound_variable(text: &str) -> bool {
    text.replace("''", "").contains('\'')
}

/// How many integer variables a proposition quantifies over first.
pub(super) fn leading_variables(prop: &str) -> usize {
    let Some(mut rest) = prop.trim_start_matches('(').strip_prefix('∀') else { return 0 };
    let mut n = 0;
    loop {
        rest = rest.trim_start();
        let Some(end) = rest.starts_with('(').then(|| closing(rest)).flatten() else { return n };
        if !rest[..end].ends_with(": Int") {
            return 0;
        }
        n += 1;
        rest = &rest[end + 1..];
    }
}

/// How many premises a proposition has, below the variables that it quantifies over first.
pub(super) fn premises(prop: &str) -> usize {
    let mut rest = prop.trim();
    let mut n = 0;
    loop {
        while rest.starts_with('(') && closing(rest) == Some(rest.len() - 1) {
            rest = rest[1..rest.len() - 1].trim();
        }
        if let Some(quantified) = rest.strip_prefix('∀') {
            let Some(comma) = top_level(quantified, ", ") else { return n };
            rest = quantified[comma + 2..].trim();
            continue;
        }
        let Some(arrow) = top_level(rest, " → ") else { return n };
        n += 1;
        rest = rest[arrow + " → ".len()..].trim();
    }
}

/// The arguments that stand for so many premises, each of which linear arithmetic shows.
pub(super) fn holds(premises: usize) -> String {
    " (by omega)".repeat(premises)
}

/// Names for so many variables.
pub(super) fn named(variables: usize) -> Vec<String> {
    (0..variables).map(|i| format!("k{i}")).collect()
}

/// How a proof about all integers begins, if they are to be called so.
pub(super) fn introduced(names: &[String]) -> Vec<String> {
    match names {
        [] => Vec::new(),
        _ => vec![format!("intro {}", names.join(" ")), "intros".to_owned()],
    }
}

/// Where a word stands outside of all parentheses, first.
fn top_level(text: &str, word: &str) -> Option<usize> {
    let mut depth = 0_i32;
    text.char_indices().find_map(|(i, c)| {
        match c {
            '(' | '[' | '{' | '⟨' => depth += 1,
            ')' | ']' | '}' | '⟩' => depth -= 1,
            _ => {}
        }
        (depth == 0 && text[i..].starts_with(word)).then_some(i)
    })
}

/// A term with its variables replaced by their definitions, as rewriting does it.
pub(super) fn expand(term: &str, definitions: &BTreeMap<&str, (&str, &str)>, depth: usize) -> String {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let mut out = String::new();
    let mut rest = term;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|d: char| word(d) != word(c)).unwrap_or(rest.len());
        let (part, tail) = rest.split_at(end);
        match definitions.get(part) {
            Some((_, right)) if word(c) && depth < 8 => {
                let right = expand(right, definitions, depth + 1);
                out.push_str(&if is_term(&right) || balanced_whole(&right) { right } else { format!("({right})") });
            }
            _ => out.push_str(part),
        }
        rest = tail;
    }
    out
}
