//! Blocks made for one statement: facts about its products, witnesses for what it says to exist.
//!
//! A statement is read as the translator prints it: binders `(name : type)`, a colon, the goal; arithmetic in full
//! parentheses. What is not of that form yields no block, never a wrong one: Lean judges each.

use std::collections::{BTreeMap, BTreeSet};

/// Most product facts in a block.
const MAX_PRODUCTS: usize = 6;
/// Most witnesses that are tried.
const MAX_WITNESSES: usize = 4;

/// A leaf's statement, taken apart.
pub(crate) struct Statement<'a> {
    /// Names and types or propositions.
    binders: Vec<(&'a str, &'a str)>,
    goal: &'a str,
    whole: &'a str,
}

/// Bounds of a term, as far as literals and other terms give them.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Bounds {
    low: Option<i128>,
    high: Option<i128>,
}

impl<'a> Statement<'a> {
    pub(crate) fn read(text: &'a str) -> Self {
        let mut binders = Vec::new();
        let mut rest = text.trim_start().strip_prefix("theorem ").unwrap_or(text);
        // Past the theorem's name.
        rest = rest.split_once(' ').map_or("", |(_, r)| r);
        loop {
            rest = rest.trim_start();
            let Some(end) = rest.starts_with(['(', '{', '[']).then(|| closing(rest)).flatten() else { break };
            if let Some((name, ty)) = rest.get(1..end).and_then(|b| b.split_once(" : ")) {
                binders.push((name.trim(), ty.trim()));
            }
            rest = &rest[end + 1..];
        }
        let goal = rest.trim_start().strip_prefix(':').unwrap_or(rest).trim();
        Self { binders, goal, whole: text }
    }

    /// Facts about the products of the statement, then linear arithmetic: as they stand, and multiplied out in the variables
    /// that the others are defined by.
    pub(crate) fn products(&self) -> Vec<String> {
        let definitions = self.definitions();
        let bounds = self.bounds();
        let mut pairs = BTreeSet::new();
        let mut plain = BTreeSet::new();
        for (left, right) in products(self.whole) {
            let (a, b) = (self.roots(left, &definitions, 0), self.roots(right, &definitions, 0));
            for x in &a {
                for y in &b {
                    pairs.insert(if x <= y { (x.clone(), y.clone()) } else { (y.clone(), x.clone()) });
                }
            }
            if is_term(left) && is_term(right) {
                plain.insert((left.to_owned(), right.to_owned()));
            }
        }
        let facts = |pairs: &BTreeSet<(String, String)>| -> Vec<String> {
            let facts = pairs.iter().filter_map(|(a, b)| fact(a, b, &bounds));
            facts.take(MAX_PRODUCTS).enumerate().map(|(i, f)| format!("have hp{i} : {f}")).collect()
        };
        let mut out = Vec::new();
        let as_they_stand = facts(&plain);
        if !as_they_stand.is_empty() {
            out.push(format!("{}\nomega", as_they_stand.join("\n")));
        }
        if !pairs.is_empty() {
            let mut lines = facts(&pairs);
            let rules: Vec<&str> = definitions.values().map(|(name, _)| *name).collect();
            let comma = if rules.is_empty() { "" } else { ", " };
            lines.push(format!(
                "try simp only [{}{comma}Int.mul_add, Int.add_mul, Int.mul_sub, Int.sub_mul, Int.mul_one, Int.one_mul, \
                 Int.mul_comm, Int.mul_left_comm, Int.mul_assoc] at *",
                rules.join(", ")
            ));
            lines.push("omega".to_owned());
            out.push(lines.join("\n"));
        }
        out
    }

    /// For a goal that something exists: the positions that the statement reads, and what hypotheses say to exist.
    pub(crate) fn witnesses(&self) -> Vec<String> {
        if !self.goal.trim_start_matches('(').starts_with('∃') {
            return Vec::new();
        }
        let mut terms: Vec<&str> = Vec::new();
        for (at, head) in self.whole.match_indices("Int.toNat ") {
            let rest = &self.whole[at + head.len()..];
            let end = if rest.starts_with('(') { closing(rest).map(|e| e + 1) } else { rest.find([')', ']', ' ']) };
            let Some(term) = end.and_then(|e| rest.get(..e)) else { continue };
            if !term.contains('\'') && !terms.contains(&term) {
                terms.push(term);
            }
        }
        let close = "first | omega | grind (splits := 4)";
        let mut lines: Vec<String> =
            terms.iter().take(MAX_WITNESSES).map(|t| format!("  | (refine ⟨{t}, ?_⟩; {close})")).collect();
        for (name, _) in self.binders.iter().filter(|(_, p)| p.trim_start_matches('(').starts_with('∃')) {
            lines.push(format!("  | (obtain ⟨w, hw⟩ := {name}; refine ⟨w, ?_⟩; {close})"));
        }
        if lines.is_empty() { Vec::new() } else { vec![format!("first\n{}", lines.join("\n"))] }
    }

    /// Hypotheses `x.val = …` that define a variable by others: name of the hypothesis and the right side.
    fn definitions(&self) -> BTreeMap<&'a str, (&'a str, &'a str)> {
        let mut out: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        for (name, prop) in &self.binders {
            let Some((left, right)) = prop.split_once(" = ") else { continue };
            let whole = !right.contains([':']) || balanced(right);
            let arithmetic = !["∧", "∨", "→", "∀", "∃", "≤", "<", "[", "if "].iter().any(|w| right.contains(w));
            if is_term(left) && whole && arithmetic && !right.contains(left) && !out.contains_key(left) {
                // A circle of definitions would make the rewriting run in circles.
                if !self.roots(right, &out, 0).iter().any(|r| r == left) {
                    out.insert(left, (name, right));
                }
            }
        }
        out
    }

    /// The variables that a term is made of, definitions replaced.
    fn roots(&self, term: &str, definitions: &BTreeMap<&str, (&str, &str)>, depth: usize) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for word in term.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '\''))) {
            if !self.is_number_term(word) {
                continue;
            }
            match definitions.get(word) {
                Some((_, right)) if depth < 8 => out.extend(self.roots(right, definitions, depth + 1)),
                _ => {
                    out.insert(word.to_owned());
                }
            }
        }
        out
    }

    fn is_number_term(&self, word: &str) -> bool {
        is_term(word) && (word.ends_with(".val") || self.binders.iter().any(|(n, t)| *n == word && *t == "Int"))
    }

    /// Literal bounds of terms, handed on along `a ≤ b` and `a < b`.
    fn bounds(&self) -> BTreeMap<String, Bounds> {
        let mut out: BTreeMap<String, Bounds> = BTreeMap::new();
        let mut order: Vec<(&str, &str, i128)> = Vec::new();
        for (_, prop) in &self.binders {
            // Only what holds as it stands: no disjunction, implication, negation or quantifier.
            if ["∨", "→", "∀", "∃", "¬", "↔", "match", "if "].iter().any(|w| prop.contains(w)) {
                continue;
            }
            for part in prop.split(" ∧ ") {
                for (sign, strict) in [(" ≤ ", 0), (" < ", 1), (" ≥ ", 0), (" > ", 1), (" = ", 0)] {
                    let Some((left, right)) = part.split_once(sign) else { continue };
                    let (left, right) = (bare(left), bare(right));
                    let (low, high) = if matches!(sign, " ≥ " | " > ") { (right, left) } else { (left, right) };
                    let sides = if sign == " = " { vec![(low, high), (high, low)] } else { vec![(low, high)] };
                    for (low, high) in sides {
                        match (literal(low), literal(high)) {
                            (Some(n), None) if is_term(high) => raise(&mut out, high, n + strict),
                            (None, Some(n)) if is_term(low) => lower(&mut out, low, n - strict),
                            (None, None) if is_term(low) && is_term(high) => order.push((low, high, strict)),
                            _ => {}
                        }
                    }
                    break;
                }
            }
        }
        for _ in 0..4 {
            for (low, high, strict) in &order {
                if let Some(n) = out.get(*high).and_then(|b| b.high) {
                    lower(&mut out, low, n - strict);
                }
                if let Some(n) = out.get(*low).and_then(|b| b.low) {
                    raise(&mut out, high, n + strict);
                }
            }
        }
        out
    }
}

fn raise(bounds: &mut BTreeMap<String, Bounds>, term: &str, n: i128) {
    let b = bounds.entry(term.to_owned()).or_default();
    b.low = Some(b.low.map_or(n, |l| l.max(n)));
}

fn lower(bounds: &mut BTreeMap<String, Bounds>, term: &str, n: i128) {
    let b = bounds.entry(term.to_owned()).or_default();
    b.high = Some(b.high.map_or(n, |h| h.min(n)));
}

/// What is known of a product of two bounded terms, with its proof.
fn fact(a: &str, b: &str, bounds: &BTreeMap<String, Bounds>) -> Option<String> {
    let (x, y) = (bounds.get(a)?, bounds.get(b)?);
    let product = format!("{a} * {b}");
    let steps = "(by omega) (by omega) (by omega) (by omega)";
    if x.low? >= 0 && y.low? >= 0 {
        let (p, q) = (x.high?, y.high?);
        return Some(format!("0 ≤ {product} ∧ {product} ≤ {p} * {q} := Harmonic.mul_bounds {steps}"));
    }
    let size = |b: &Bounds| Some(b.low?.checked_abs()?.max(b.high?.checked_abs()?));
    let (p, q) = (size(x)?, size(y)?);
    Some(format!("-({p} * {q}) ≤ {product} ∧ {product} ≤ {p} * {q} := Harmonic.mul_abs_bounds {steps}"))
}

/// Both sides of each `(a * b)`.
fn products(text: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    for (at, sign) in text.match_indices(" * ") {
        let (before, after) = (&text[..at], &text[at + sign.len()..]);
        let start = if before.ends_with(')') { opening(before) } else { before.rfind(['(', ' ']).map(|i| i + 1) };
        let end = if after.starts_with('(') { closing(after).map(|e| e + 1) } else { after.find([')', ' ']) };
        let (Some(start), Some(end)) = (start, end) else { continue };
        if let (Some(left), Some(right)) = (before.get(start..), after.get(..end)) {
            if literal(bare(left)).is_none() && literal(bare(right)).is_none() {
                out.push((left, right));
            }
        }
    }
    out
}

/// A name with its projections.
fn is_term(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

/// Without parentheses around the whole.
fn bare(text: &str) -> &str {
    let mut text = text.trim();
    while text.starts_with('(') && closing(text) == Some(text.len() - 1) {
        text = text[1..text.len() - 1].trim();
    }
    // `(a.val` and `b.val)` are what is left of a conjunction that was split.
    if !balanced(text) { text.trim_matches(['(', ')']) } else { text }
}

fn literal(text: &str) -> Option<i128> {
    let text = bare(text);
    bare(text.strip_suffix(": Int").unwrap_or(text)).parse().ok()
}

fn balanced(text: &str) -> bool {
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

/// The index of the bracket that closes the one that the text starts with.
fn closing(text: &str) -> Option<usize> {
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
fn opening(text: &str) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Block, names_in};

    const TRIANGLE: &str = "theorem f.leaf_6 (n_1 : (MInt .u32)) (h_req0 : n_1.val ≤ (1000 : Int)) (x_1 : (MInt .u32)) (h2 : x_1.val = (n_1.val - (1 : Int))) (r3 : (MInt .u32)) (h5 : r3.val = ((x_1.val * (x_1.val + (1 : Int))) / (2 : Int))) (hb0 : 0 ≤ n_1.val ∧ n_1.val ≤ 4294967295) (hb1 : 0 ≤ x_1.val ∧ x_1.val ≤ 4294967295) :\n    0 ≤ (r3.val + n_1.val) ∧ (r3.val + n_1.val) ≤ 4294967295";

    fn admitted(statement: &str, blocks: &[String]) {
        for b in blocks {
            assert!(Block::new(b, &names_in(statement)).is_ok(), "{b}: {:?}", Block::new(b, &names_in(statement)));
        }
    }

    #[test]
    fn a_product_is_multiplied_out_in_what_its_factors_are_defined_by() {
        let made = Statement::read(TRIANGLE).products();
        let last = made.last().expect("a block");
        assert!(last.contains("0 ≤ n_1.val * n_1.val ∧ n_1.val * n_1.val ≤ 1000 * 1000"), "{last}");
        assert!(last.contains("simp only [h5, h2, Int.mul_add") || last.contains("simp only [h2, h5"), "{last}");
        admitted(TRIANGLE, &made);
    }

    #[test]
    fn bounds_come_from_literals_and_from_other_terms() {
        let statement = "theorem l (a_1 : (MInt .u8)) (i_1 : (MInt .u8)) (h : ((a_1.val < (16 : Int)) ∧ (b_1.val < (9 : Int)))) (h2 : i_1.val ≤ a_1.val) (hb : 0 ≤ a_1.val ∧ a_1.val ≤ 255) (hc : 0 ≤ b_1.val ∧ b_1.val ≤ 255) (hd : 0 ≤ i_1.val ∧ i_1.val ≤ 255) :\n    (i_1.val * b_1.val) ≤ 255";
        let made = Statement::read(statement).products();
        assert!(made[0].contains("i_1.val * b_1.val ≤ 15 * 8"), "{made:?}");
        admitted(statement, &made);
        assert!(Statement::read("theorem l (x : Int) :\n    x * 2 = y").products().is_empty());
        // A bound inside a disjunction is none.
        let maybe = "theorem l (h : (a.val < (16 : Int) ∨ b.val = 0)) (hb : 0 ≤ a.val ∧ a.val ≤ 255) :\n    (a.val * a.val) ≤ 9";
        assert!(Statement::read(maybe).products()[0].contains("≤ 255 * 255"));
        let signed = "theorem l (hb : (-128) ≤ a.val ∧ a.val ≤ 127) :\n    (a.val * a.val) ≤ 9";
        assert!(Statement::read(signed).products()[0].contains("-(128 * 128) ≤ a.val * a.val"));
    }

    #[test]
    fn witnesses_are_positions_that_are_read() {
        let statement = "theorem l (v_1 : (Slice (MInt .i32))) (h3 : (∃ (qk'1 : Int), 0 ≤ qk'1)) (hb1 : 0 ≤ (v_1.val[Int.toNat (0 : Int)]!).val) :\n    (∃ (qk'1 : Int), 0 ≤ qk'1 ∧ (v_1.val[Int.toNat qk'1]!.val = (v_1.val[Int.toNat (0 : Int)]!).val))";
        let made = Statement::read(statement).witnesses();
        assert!(
            made[0].contains("⟨(0 : Int), ?_⟩") && made[0].contains(":= h3;") && !made[0].contains('\''),
            "{made:?}"
        );
        admitted(statement, &made);
        assert!(Statement::read(TRIANGLE).witnesses().is_empty());
    }
}
