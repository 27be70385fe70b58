//! Blocks made for one statement: facts about its products, witnesses for what it says to exist.
//!
//! A statement is read as the translator prints it: binders `(name : type)`, a colon, the goal; arithmetic in full
//! parentheses. What is not of that form yields no block, never a wrong one: Lean judges each.

use std::collections::{BTreeMap, BTreeSet};

/// Most product facts in a block.
const MAX_PRODUCTS: usize = 6;
/// Most positions at which hypotheses are taken.
const MAX_POSITIONS: usize = 4;
/// Most instances of hypotheses in a block.
const MAX_INSTANCES: usize = 24;
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

    /// For goals about all positions, and for what follows from hypotheses about all positions: the hypotheses at the positions
    /// that matter, definitions and updates of lists rewritten, equal positions told apart, then linear arithmetic.
    pub(crate) fn pointwise(&self) -> Vec<String> {
        let definitions = self.definitions();
        let arity = leading_variables(self.goal);
        let hypotheses: Vec<(&str, usize)> = self
            .binders
            .iter()
            .map(|(name, prop)| (*name, leading_variables(prop)))
            .filter(|(_, n)| (1..=2).contains(n))
            .collect();
        if arity > 2 || (arity == 0 && hypotheses.is_empty()) {
            return Vec::new();
        }
        let mut positions: Vec<String> = Vec::new();
        for term in positions_in(self.goal).into_iter().chain(positions_in(self.whole)) {
            let term = expand(term, &definitions, 0);
            if positions.len() < MAX_POSITIONS && !positions.contains(&term) {
                positions.push(term);
            }
        }
        if arity == 0 && positions.is_empty() {
            return Vec::new();
        }
        let variables: Vec<String> = (0..arity).map(|i| format!("k{i}")).collect();
        let mut lines = Vec::new();
        if arity > 0 {
            lines.push(format!("intro {}", variables.join(" ")));
            lines.push("intros".to_owned());
        }
        let at: Vec<&String> = variables.iter().chain(&positions).collect();
        let mut count = 0;
        for (name, n) in &hypotheses {
            let mut instance = |arguments: &str| {
                if count < MAX_INSTANCES {
                    lines.push(format!("have i{count} := {name} {arguments}"));
                    count += 1;
                }
            };
            for x in &at {
                match n {
                    1 => instance(&argument(x)),
                    _ => at
                        .iter()
                        .filter(|y| *y != x)
                        .for_each(|y| instance(&format!("{} {}", argument(x), argument(y)))),
                }
            }
        }
        let lists: Vec<&str> = self.lists();
        let mut rules: Vec<&str> = definitions.values().map(|(name, _)| *name).collect();
        rules.extend(&lists);
        if !lists.is_empty() {
            rules.extend(["List.length_append", "List.length_cons", "List.length_nil", "List.length_set"]);
        }
        if !rules.is_empty() {
            lines.push(format!("try simp only [{}] at *", rules.join(", ")));
        }
        let mut end = String::new();
        let mut last = String::new();
        for (i, (k, t)) in variables.iter().flat_map(|k| positions.iter().take(2).map(move |t| (k, t))).enumerate() {
            end.push_str(&format!("by_cases c{i} : {k} = {t} <;> "));
            last.push_str(&format!("(try subst c{i}) <;> "));
        }
        let update = if lists.is_empty() {
            "omega".to_owned()
        } else {
            let step = |rule: &str| format!("(try (rw [Harmonic.{rule}] <;> try omega))");
            format!("first | omega | ({}; {}; first | omega | (split <;> omega))", step("get_push"), step("get_set"))
        };
        lines.push(format!("{end}{last}({update})"));
        vec![lines.join("\n")]
    }

    /// Blocks that tell the constructors of a value apart: one that is read as a number, one that a condition matches on.
    pub(crate) fn constructors(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (at, dot) in self.whole.match_indices(".elim ") {
            let name = &self.whole[..at + dot.len() - 1];
            let name = &name
                [name.rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).map_or(0, |i| i + 1)..];
            let value = self.whole[at + dot.len()..].split([' ', ')']).next().unwrap_or_default();
            let block = format!("cases {value} <;> simp_all [{name}] <;> omega");
            let variable = self.binders.iter().any(|(n, _)| *n == value);
            if variable && name.starts_with("T_") && !out.contains(&block) {
                out.push(block);
            }
        }
        let arms = self.arms();
        if !arms.is_empty() {
            let lines: Vec<&str> = arms.iter().map(|(line, _)| line.as_str()).collect();
            let more: Vec<String> = arms.iter().map(|(_, prop)| prop.clone()).collect();
            let mut inner = Statement { binders: self.binders.clone(), goal: self.goal, whole: self.whole };
            inner.binders.extend(more.iter().map(|p| ("", p.as_str())));
            let mut ends = inner.products();
            ends.push("first | omega | grind (splits := 4)".to_owned());
            out.extend(ends.into_iter().map(|end| format!("{}\n{end}", lines.join("\n"))));
        }
        out
    }

    /// What hypotheses `match x with …` say where another one says which constructor `x` is: a line that proves it, and it.
    fn arms(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for (name, prop) in &self.binders {
            let Some(rest) = prop.strip_prefix("(match (generalizing := false) ") else { continue };
            let Some((value, arms)) = rest.strip_suffix(')').unwrap_or(rest).split_once(" with | ") else { continue };
            let is = self.binders.iter().find_map(|(h, p)| Some((*h, p.strip_prefix(value)?.strip_prefix(" = (")?)));
            let Some((equation, built)) = is else { continue };
            let mut built = built.split(" : ").next().unwrap_or_default().split(' ');
            let (constructor, fields) = (built.next().unwrap_or_default(), built.collect::<Vec<_>>());
            let arm = arms.split(" | ").find_map(|arm| {
                let (pattern, body) = arm.split_once(" => ")?;
                let mut words = pattern.trim_matches(['(', ')']).split(' ');
                (words.next() == Some(constructor)).then(|| (words.collect::<Vec<_>>(), body.trim()))
            });
            let Some((names, body)) = arm else { continue };
            let plain = balanced(body) && !body.contains("=>") && names.len() == fields.len();
            if !plain || !fields.iter().all(|f| is_term(f)) {
                continue;
            }
            let body = names.iter().zip(&fields).fold(body.to_owned(), |b, (n, f)| {
                // A bound name is whole where a `.`, a space or a bracket follows.
                [".", " ", ")", "]"].iter().fold(b, |b, end| b.replace(&format!("{n}{end}"), &format!("{f}{end}")))
            });
            if !body.contains('\'') {
                let k = out.len();
                out.push((format!("have m{k} : {body} := by rw [{equation}] at {name}; exact {name}"), body));
            }
        }
        out
    }

    /// Hypotheses that say what a list was made of.
    fn lists(&self) -> Vec<&'a str> {
        let mut out = Vec::new();
        for (name, prop) in &self.binders {
            let Some((left, right)) = prop.split_once(" = ") else { continue };
            let made = right == "[]" || right.contains(".val.set (") || right.contains(".val ++ [");
            if is_term(left) && made && !right.contains(left) {
                out.push(*name);
            }
        }
        out
    }

    /// For a goal that something exists: the positions that the statement reads, and what hypotheses say to exist.
    pub(crate) fn witnesses(&self) -> Vec<String> {
        if !self.goal.trim_start_matches('(').starts_with('∃') {
            return Vec::new();
        }
        let terms = positions_in(self.whole);
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

/// The positions that a text reads from lists, without bound variables in them.
fn positions_in(text: &str) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for (at, head) in text.match_indices("Int.toNat ") {
        let rest = &text[at + head.len()..];
        let end = if rest.starts_with('(') { closing(rest).map(|e| e + 1) } else { rest.find([')', ']', ' ']) };
        let Some(term) = end.and_then(|e| rest.get(..e)) else { continue };
        if !term.contains('\'') && !out.contains(&term) {
            out.push(term);
        }
    }
    out
}

/// A term with its variables replaced by their definitions, as rewriting does it.
fn expand(term: &str, definitions: &BTreeMap<&str, (&str, &str)>, depth: usize) -> String {
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

/// Whether a text is one pair of parentheses.
fn balanced_whole(text: &str) -> bool {
    text.starts_with('(') && closing(text) == Some(text.len() - 1)
}

fn argument(term: &str) -> String {
    if is_term(term) || balanced_whole(term) { term.to_owned() } else { format!("({term})") }
}

/// How many integer variables a proposition quantifies over first.
fn leading_variables(prop: &str) -> usize {
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
    fn hypotheses_are_taken_at_the_positions_that_matter() {
        let statement = "theorem l (v_1 : (Slice (MInt .u32))) (h6 : (∀ (qk'1 : Int), (1 : Int) ≤ qk'1 → (qk'1 < c_1 → ((v_1.val[Int.toNat qk'1]!).val ≤ m_1.val)))) (i_1 : (MInt .usize)) (h10 : i_1.val = c_1) (h12 : (v_1.val[Int.toNat i_1.val]!).val ≤ m_1.val) :\n    (∀ (qk'1 : Int), (1 : Int) ≤ qk'1 → (qk'1 < (c_1 + (1 : Int)) → ((v_1.val[Int.toNat qk'1]!).val ≤ m_1.val)))";
        let made = Statement::read(statement).pointwise();
        assert!(made[0].contains("have i0 := h6 k0\nhave i1 := h6 c_1\n"), "{}", made[0]);
        assert!(
            made[0].contains("simp only [h10] at *\nby_cases c0 : k0 = c_1 <;> (try subst c0) <;> (omega)"),
            "{}",
            made[0]
        );
        admitted(statement, &made);
        let push = "theorem l (h8 : (∀ (qk'1 : Int), (0 : Int) ≤ qk'1 → (x_2.val[Int.toNat qk'1]!).val ≤ 3)) (h19 : x_3.val = x_2.val ++ [i_1]) :\n    (∀ (qk'1 : Int), (0 : Int) ≤ qk'1 → (x_3.val[Int.toNat qk'1]!).val ≤ 3)";
        let made = Statement::read(push).pointwise();
        assert!(made[0].contains("[h19, List.length_append"), "{}", made[0]);
        admitted(push, &made);
        assert!(Statement::read(TRIANGLE).pointwise().is_empty());
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
