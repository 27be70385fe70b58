//! Facts about products, from bounds of their factors.

use std::collections::{BTreeMap, BTreeSet};

use super::Statement;
use super::syntax::{balanced, bare, is_term, literal, products};

/// Most product facts in a block.
const MAX_PRODUCTS: usize = 6;

/// Bounds of a term, as far as literals and other terms give them.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub low: Option<i128>,
    pub high: Option<i128>,
}

impl Statement<'_> {
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
        let same = |a: &str, b: &str| a == b || self.value_of(a).is_some_and(|v| Some(v) == self.value_of(b));
        let facts = |pairs: &BTreeSet<(String, String)>| -> Vec<String> {
            let facts = pairs.iter().filter_map(|(a, b)| fact(a, b, same(a, b), &bounds));
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

    /// What a hypothesis says that a variable is.
    fn value_of(&self, term: &str) -> Option<&str> {
        self.binders.iter().find_map(|(_, p)| p.strip_prefix(term)?.strip_prefix(" = "))
    }

    /// Literal bounds of terms, handed on along `a ≤ b` and `a < b`.
    pub(super) fn bounds(&self) -> BTreeMap<String, Bounds> {
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
                            (Some(n), None) if is_known(high) => raise(&mut out, high, n + strict),
                            (None, Some(n)) if is_known(low) => lower(&mut out, low, n - strict),
                            (None, None) if is_known(low) && is_known(high) => order.push((low, high, strict)),
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

/// A variable, or an element of a list.
fn is_known(text: &str) -> bool {
    let element = || text.strip_suffix(".val").is_some_and(|t| t.ends_with("]!)") && balanced(t));
    is_term(text) || element()
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
fn fact(a: &str, b: &str, same: bool, bounds: &BTreeMap<String, Bounds>) -> Option<String> {
    let (x, y) = (bounds.get(a)?, bounds.get(b)?);
    // An element of a list is read by its function's name: that is what a proof may say.
    let said = |term: &str| match term.strip_suffix(".val").filter(|t| t.ends_with(')')) {
        Some(element) => format!("(Harmonic.MInt.val {element})"),
        None => term.to_owned(),
    };
    let product = format!("{} * {}", said(a), said(b));
    let steps = "(by omega) (by omega) (by omega) (by omega)";
    if x.low? >= 0 && y.low? >= 0 {
        let (p, q) = (x.high?, y.high?);
        return Some(format!("0 ≤ {product} ∧ {product} ≤ {p} * {q} := Harmonic.mul_bounds {steps}"));
    }
    let size = |b: &Bounds| Some(b.low?.checked_abs()?.max(b.high?.checked_abs()?));
    let (p, q) = (size(x)?, size(y)?);
    if same {
        let p = p.min(q);
        let steps = "(by omega) (by omega) (by omega)";
        return Some(format!("0 ≤ {product} ∧ {product} ≤ {p} * {p} := Harmonic.mul_same_bounds {steps}"));
    }
    Some(format!("-({p} * {q}) ≤ {product} ∧ {product} ≤ {p} * {q} := Harmonic.mul_abs_bounds {steps}"))
}
