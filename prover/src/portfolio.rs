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
    let texts = obligation.candidates.iter().map(String::as_str).chain(lists.into_iter().flatten().copied());
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
