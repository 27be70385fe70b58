//! Which tactic blocks are tried on an obligation, in which order.
//!
//! Cheap ones first: a failing `grind` costs seconds, a failing `omega` milliseconds. The translator's own suggestions, made
//! with the obligation at hand, come before all.

use std::collections::HashSet;

use harmonic_translator::unit::Obligation;

use crate::gate::Block;

/// Where a candidate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A proof found earlier.
    Store,
    /// Ours.
    Portfolio,
}

/// A block to try.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The block, past the gate.
    pub block: Block,
    /// Where it comes from.
    pub origin: Origin,
}

/// Linear arithmetic, then simplification before it.
const LINEAR: &[&str] = &[
    "omega",
    "simp_all <;> omega",
    "intros <;> simp_all <;> omega",
    "refine ⟨?_, ?_⟩ <;> first | omega | (simp_all <;> omega) | grind",
    "grind",
    "and_intros <;> first | omega | (simp_all <;> omega) | grind",
];
/// Lists: `grind` knows indices, updates and lengths.
const LISTS: &[&str] = &[
    "omega",
    "first | (simp_all; done) | (simp_all <;> omega)",
    "grind",
    "intros <;> simp_all <;> grind",
    "and_intros <;> first | omega | (simp_all; done) | grind",
    "intros <;> (try simp only [List.length_set, List.length_append, List.getElem_set] at *) <;> grind",
];
/// Products: `grind` has a ring module, `omega` takes product facts.
const NONLINEAR: &[&str] = &[
    "omega",
    "grind",
    "simp_all <;> grind",
    "and_intros <;> first | omega | grind",
    "simp only [Int.mul_add, Int.add_mul, Int.mul_sub, Int.sub_mul, Int.mul_one, Int.one_mul] at * <;> omega",
    "first | (apply Int.mul_le_mul <;> omega) | (apply Int.mul_nonneg <;> omega) | (apply Int.mul_pos <;> omega)",
    "first | (apply Int.mul_le_mul_of_nonneg_left <;> omega) | (apply Int.mul_le_mul_of_nonneg_right <;> omega)",
];
/// Bits: by deciding, or by index.
const BITS: &[&str] = &["omega", "simp_all <;> omega", "grind", "decide", "ext i; simp_all; grind", "bv_omega"];
/// Statements under quantifiers.
const QUANTIFIED: &[&str] =
    &["intros <;> omega", "intros <;> grind", "constructor <;> intros <;> grind", "constructor <;> grind"];
/// Last resorts of every shape.
const LAST: &[&str] = &[
    "simp_all",
    "rfl",
    "decide",
    "trivial",
    "assumption",
    "split <;> first | omega | (simp_all <;> omega) | grind",
    "constructor <;> first | omega | (simp_all <;> omega) | grind",
    "exfalso <;> grind",
];

/// Product facts for the products of two plain terms in a statement, from the bounds written in it.
fn products(statement: &str) -> Vec<String> {
    let is_term = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let mut facts: Vec<String> = Vec::new();
    for (at, _) in statement.match_indices(" * ") {
        let (before, after) = (&statement[..at], &statement[at + 3..]);
        let left = &before[before.trim_end_matches(is_term).len()..];
        let right = &after[..after.len() - after.trim_start_matches(is_term).len()];
        let named = |t: &str| t.starts_with(|c: char| c.is_ascii_alphabetic()) && t.ends_with(".val");
        let (true, true) = (named(left), named(right)) else { continue };
        let (Some(a), Some(b)) = (upper_bound(statement, left), upper_bound(statement, right)) else { continue };
        let fact = format!(
            "have hp{} : 0 ≤ {left} * {right} ∧ {left} * {right} ≤ {a} * {b} := \
             Harmonic.mul_bounds (by omega) (by omega) (by omega) (by omega)",
            facts.len()
        );
        if !facts.iter().any(|f| f.split_once(':').map(|p| p.1) == fact.split_once(':').map(|p| p.1)) {
            facts.push(fact);
        }
    }
    if facts.is_empty() { Vec::new() } else { vec![format!("{}\nomega", facts.join("\n"))] }
}

/// The least number that the statement says a term does not exceed.
fn upper_bound(statement: &str, term: &str) -> Option<u128> {
    let mut least: Option<u128> = None;
    for (relation, strict) in [(" < ", 1), (" ≤ ", 0)] {
        for (at, found) in statement.match_indices(&format!("{term}{relation}")) {
            let rest = statement[at + found.len()..].trim_start_matches('(');
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let whole = rest[digits.len()..].starts_with([')', ' ']) && !rest[digits.len()..].starts_with(" *");
            let alone = !statement[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
            if let (true, true, Some(n)) =
                (whole, alone, digits.parse::<u128>().ok().and_then(|n| n.checked_sub(strict)))
            {
                least = Some(least.map_or(n, |l| l.min(n)));
            }
        }
    }
    least
}

/// The blocks to try on an obligation, best first, without repetition. A suggestion that the gate refuses is left out.
pub fn candidates(obligation: &Obligation, stored: Option<Block>, known: &HashSet<String>) -> Vec<Candidate> {
    let mut out: Vec<Candidate> = Vec::new();
    if let Some(block) = stored {
        out.push(Candidate { block, origin: Origin::Store });
    }
    let shape = obligation.shape;
    let mut lists: Vec<&[&str]> = Vec::new();
    if shape.bits {
        lists.push(BITS);
    }
    if shape.nonlinear {
        lists.push(NONLINEAR);
    }
    if shape.has_list {
        lists.push(LISTS);
    }
    if shape.quantifier {
        lists.push(QUANTIFIED);
    }
    if lists.is_empty() {
        lists.push(LINEAR);
    }
    lists.push(LAST);
    let products = products(&obligation.statement);
    let suggested = obligation.candidates.iter().chain(&products).map(String::as_str);
    let texts = suggested.chain(lists.into_iter().flatten().copied());
    for text in texts {
        let Ok(block) = Block::new(text, known) else { continue };
        if out.iter().all(|c| c.block != block) {
            out.push(Candidate { block, origin: Origin::Portfolio });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_take_their_bounds_from_the_statement() {
        let statement = "theorem l (h : ((a_1.val < (16 : Int)) ∧ (b_1.val < (9 : Int)))) (hb : 0 ≤ a_1.val ∧ a_1.val ≤ 255) : (a_1.val * b_1.val) ≤ 255";
        let found = products(statement);
        assert!(found[0].contains("a_1.val * b_1.val ≤ 15 * 8"), "{found:?}");
        let known = crate::gate::names_in(statement);
        assert!(Block::new(&found[0], &known).is_ok(), "{:?}", Block::new(&found[0], &known));
        assert!(products("theorem l : x * 2 = y").is_empty());
    }

    /// Every block of ours passes our own gate (a refused one would silently never be tried).
    #[test]
    fn every_block_passes_the_gate() {
        for text in [LINEAR, LISTS, NONLINEAR, BITS, QUANTIFIED, LAST].concat() {
            if let Err(refusal) = Block::new(text, &HashSet::new()) {
                panic!("{text}: {refusal}");
            }
        }
    }
}
