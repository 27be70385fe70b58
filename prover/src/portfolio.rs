//! Which tactic blocks are tried on an obligation, in which order.
//!
//! Cheap ones first: a failing `grind` costs seconds, a failing `omega` milliseconds. So candidates come in stages: all leaves
//! go through the first before any goes through the second, and most never see the last. The translator's own suggestions
//! and blocks that are made for the statement (see [`crate::shapes`]) come before those that know nothing of it.

use std::collections::HashSet;

use harmonic_translator::unit::Obligation;

use crate::bits;
use crate::gate::Block;
use crate::shapes;

/// Where a candidate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A proof found earlier.
    Store,
    /// Ours.
    Portfolio,
    /// An agent's answer.
    Agents,
}

/// Stages of candidates.
pub(crate) const STAGES: usize = 5;

/// A block to try.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The block, past the gate.
    pub block: Block,
    /// Where it comes from.
    pub origin: Origin,
    /// How dear it is: candidates of a later stage are tried on what all earlier ones left open.
    pub stage: u8,
}

/// Most hypotheses that a cheap block makes of others.
const MAX_CHEAP: usize = 8;

/// Most hypotheses under quantifiers beside which `grind` is cheap.
const MAX_QUANTIFIED: usize = 5;

/// What most leaves need. The bound on case splits keeps a failing `grind` from costing seconds.
const FIRST: &[&str] = &["omega", "grind (splits := 4)"];
/// Statements under quantifiers: some are among the hypotheses.
const FIRST_QUANTIFIED: &[&str] = &["omega", "assumption", "grind (splits := 4)"];
/// Simplification, splits and conjunctions before the cheap tactics.
const SECOND: &[&str] = &[
    "intros <;> simp_all <;> omega",
    "simp_all [Harmonic.MInt.eq_iff]",
    "and_intros <;> first | omega | (simp_all; done) | grind (splits := 4)",
    "split <;> first | omega | (simp_all <;> omega) | grind (splits := 4)",
];
/// Lists: updates and lengths rewritten first.
const SECOND_LISTS: &[&str] = &[
    "intros <;> (try simp only [List.length_set, List.length_append, List.getElem_set] at *) <;> grind (splits := 6)",
];
/// Products.
const SECOND_NONLINEAR: &[&str] = &[
    "simp only [Int.mul_add, Int.add_mul, Int.mul_sub, Int.sub_mul, Int.mul_one, Int.one_mul] at * <;> omega",
    "first | (apply Int.mul_le_mul <;> omega) | (apply Int.mul_nonneg <;> omega) | (apply Int.mul_pos <;> omega)",
    "first | (apply Int.mul_le_mul_of_nonneg_left <;> omega) | (apply Int.mul_le_mul_of_nonneg_right <;> omega)",
];
/// Bits: by deciding, or by index.
const SECOND_BITS: &[&str] = &["decide", "ext i; simp_all; grind", "bv_omega"];
/// The strongest tactic, with more room.
const THIRD: &[&str] = &["grind"];
/// Last resorts.
const LAST: &[&str] = &[
    "rfl",
    "decide",
    "simp_all <;> grind",
    "and_intros <;> first | omega | (simp_all <;> omega) | grind",
    "split <;> first | omega | (simp_all <;> omega) | grind",
];

/// Proofs that were kept, as candidates.
pub fn from_store(blocks: Vec<Block>) -> Vec<Candidate> {
    blocks.into_iter().map(|block| Candidate { block, origin: Origin::Store, stage: 0 }).collect()
}

/// The blocks to try on an obligation, best first, without repetition: `stored` and then those of the portfolio. A suggestion that
/// the gate refuses is left out.
pub fn candidates(obligation: &Obligation, stored: Vec<Block>, known: &HashSet<String>) -> Vec<Candidate> {
    let mut out = from_store(stored);
    let shape = obligation.shape;
    let made = shapes::Statement::read(&obligation.statement);
    let products = if shape.nonlinear { made.products() } else { Vec::new() };
    let witnesses = made.witnesses();
    let mut pointwise = if shape.quantifier { made.matched() } else { Vec::new() };
    let (mut dear, mut dearest) = (Vec::new(), Vec::new());
    for block in if shape.quantifier { made.pointwise() } else { Vec::new() } {
        let instances = block.matches(" := ").count();
        match () {
            () if instances <= MAX_CHEAP => pointwise.push(block),
            () if instances <= 2 * MAX_CHEAP => dear.push(block),
            () => dearest.push(block),
        }
    }
    let texts = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    let mut first = texts(if shape.quantifier || shape.has_list { FIRST_QUANTIFIED } else { FIRST });
    let mut second = witnesses;
    second.extend(dear);
    second.extend(made.updated());
    if shape.quantifier {
        second.extend(made.implied());
    }
    second.extend(made.denied_of_pairs());
    second.extend(made.segments());
    second.extend(made.sorted());
    second.extend(made.equations());
    second.extend(made.euclid());
    if shape.nonlinear {
        second.extend(made.computed_powers());
    }
    second.extend(made.facts());
    if shape.has_list || shape.quantifier {
        second.extend(made.updates());
    }
    let mut inductions = obligation.inductions.clone();
    if made.quantified() > MAX_QUANTIFIED {
        // Among many facts under quantifiers `grind` takes half a minute to fail; and that a recursive function has a value is
        // better shown along its recursion than found among them.
        second.extend(first.pop());
        if made.goal().contains("(df_") {
            first.extend(inductions.iter().map(|block| made.unburdened(block)));
            inductions.clear();
        }
    }
    // Proofs by induction have a stage of their own budget: what comes before them often takes much of it.
    let mut stages =
        vec![[obligation.candidates.clone(), first].concat(), second, [inductions, texts(SECOND)].concat()];
    // A product that `omega` takes for a variable may do; if not, its expansion comes before the other tactics.
    let at = usize::from(stages[0].first().is_some_and(|t| t == "omega"));
    stages[0].splice(at..at, products);
    // One step of arithmetic may do. If not, a certificate is quick or there is none; but its neighbours must not wait for it.
    if bits::is_about_bits(&obligation.statement) {
        stages[1].insert(0, bits::MARK.to_owned());
    }
    // Before `grind`, which comes to the same end the long way.
    let end = stages[0].len() - usize::from(stages[0].last().is_some_and(|t| t.starts_with("grind")));
    stages[0].splice(end..end, [made.single_bits(), made.constructors(), pointwise].concat());
    for (yes, list) in [(shape.has_list, SECOND_LISTS), (shape.nonlinear, SECOND_NONLINEAR), (shape.bits, SECOND_BITS)]
    {
        if yes {
            stages[2].extend(texts(list));
        }
    }
    // Dear where they fail.
    let mut third = if shape.has_list || shape.quantifier { made.elements() } else { Vec::new() };
    // Machine integers inside of other values, computed by a condition.
    if made.goal().contains("MInt.ofInt ") || made.goal().contains("(if ") {
        third.push("grind [Harmonic.MInt.eq_iff, Harmonic.MInt.ofInt_val]".to_owned());
    }
    third.extend(made.tables());
    third.extend(dearest);
    third.extend(texts(THIRD));
    stages.extend([third, texts(LAST)]);
    for (stage, texts) in stages.into_iter().enumerate() {
        for text in texts {
            let Ok(block) = Block::new(&text, known) else { continue };
            if out.iter().all(|c| c.block != block) {
                out.push(Candidate { block, origin: Origin::Portfolio, stage: stage as u8 });
            }
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
        let all = [FIRST, FIRST_QUANTIFIED, SECOND, SECOND_LISTS, SECOND_NONLINEAR, SECOND_BITS, THIRD, LAST];
        for text in all.concat() {
            if let Err(refusal) = Block::new(text, &HashSet::new()) {
                panic!("{text}: {refusal}");
            }
        }
    }
}
