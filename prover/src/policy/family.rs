//! Candidates that differ in names alone: what was learnt of one is true of the others.

use std::collections::BTreeSet;

use crate::gate::{self, Block, names_in};

/// A family of blocks, by a number for its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Family(pub(super) u32);

impl Family {
    /// The family with this name.
    pub(super) fn named(name: &str) -> Self {
        Self(fnv(name))
    }
    pub(crate) fn of(block: &Block) -> Self {
        Self::named(&name(block))
    }
}

/// Tactics and lemmas of a block, and how many facts it states, by magnitude: a block with twenty costs what many with two do.
pub(super) fn name(block: &Block) -> String {
    let mut words: BTreeSet<String> = BTreeSet::new();
    for word in names_in(block.text()) {
        if gate::is_tactic(&word) {
            words.insert(word);
        } else if word.ends_with(".eq_def") {
            words.insert("eq_def".to_owned());
        } else if word.starts_with(|c: char| c.is_uppercase()) && word.contains('.') && !word.contains("T_") {
            words.insert(word);
        }
    }
    let facts = block.text().matches(":=").count();
    if let Some(log) = facts.checked_ilog2() {
        words.insert(format!("{}+", 1_u32 << log));
    }
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// FNV-1a.
pub(super) fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(text: &str, known: &[&str]) -> String {
        let known = known.iter().map(|k| (*k).to_owned()).collect();
        name(&Block::new(text, &known).expect("it passes the gate"))
    }

    #[test]
    fn a_family_is_what_a_block_does() {
        let block = "intro k0\nintros\nhave i0 := h6 k0 (by omega)\nsimp only [h10, List.length_set] at *\nomega";
        let name = name_of(block, &["h6", "h10"]);
        assert_eq!(name, "1+ List.length_set at by have intro intros omega only simp");
        assert_eq!(name, name_of(&block.replace("k0", "j").replace("h10", "h11"), &["h6", "h11"]));
        assert_ne!(name_of("grind", &[]), name_of("grind (splits := 4)", &[]));
    }
}
