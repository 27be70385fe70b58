//! Blocks made for one statement: facts about its products, witnesses for what it says to exist.
//!
//! A statement is read as the translator prints it: binders `(name : type)`, a colon, the goal; arithmetic in full
//! parentheses. What is not of that form yields no block, never a wrong one: Lean judges each.

mod data;
mod elements;
mod facts;
mod functions;
mod implied;
mod lists;
mod matching;
mod order;
mod powers;
mod products;
mod segments;
mod single_bits;
mod syntax;
mod tables;
mod updated;

use std::collections::{BTreeMap, BTreeSet};

use syntax::{balanced, closing, is_term};

/// A leaf's statement, taken apart.
pub(crate) struct Statement<'a> {
    /// Names and types or propositions.
    binders: Vec<(&'a str, &'a str)>,
    goal: &'a str,
    whole: &'a str,
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

    /// Names and types or propositions.
    pub(crate) fn binders(&self) -> &[(&'a str, &'a str)] {
        &self.binders
    }

    /// What is to be shown.
    pub(crate) fn goal(&self) -> &'a str {
        self.goal
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
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::gate::{Block, names_in};

    const TRIANGLE: &str = "theorem f.leaf_6 (n_1 : (MInt .u32)) (h_req0 : n_1.val ≤ (1000 : Int)) (x_1 : (MInt .u32)) (h2 : x_1.val = (n_1.val - (1 : Int))) (r3 : (MInt .u32)) (h5 : r3.val = ((x_1.val * (x_1.val + (1 : Int))) / (2 : Int))) (hb0 : 0 ≤ n_1.val ∧ n_1.val ≤ 4294967295) (hb1 : 0 ≤ x_1.val ∧ x_1.val ≤ 4294967295) :\n    0 ≤ (r3.val + n_1.val) ∧ (r3.val + n_1.val) ≤ 4294967295";

    pub(super) fn admitted(statement: &str, blocks: &[String]) {
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
        let element = "theorem l (v_1 : (Slice (MInt .i16))) (h : x.val = (v_1.val[Int.toNat i.val]!).val) (h2 : y.val = (v_1.val[Int.toNat i.val]!).val) (hb : (-32768) ≤ (v_1.val[Int.toNat i.val]!).val ∧ (v_1.val[Int.toNat i.val]!).val ≤ 32767) :\n    (x.val * y.val) ≤ 9";
        let made = Statement::read(element).products();
        assert!(made[0].contains("0 ≤ x.val * y.val ∧ x.val * y.val ≤ 32768 * 32768"), "{made:?}");
        admitted(element, &made);
        let signed = "theorem l (hb : (-128) ≤ a.val ∧ a.val ≤ 127) :\n    (a.val * a.val) ≤ 9";
        assert!(Statement::read(signed).products()[0].contains("0 ≤ a.val * a.val ∧ a.val * a.val ≤ 128 * 128"));
    }

    #[test]
    fn hypotheses_are_taken_at_the_positions_that_matter() {
        let statement = "theorem l (v_1 : (Slice (MInt .u32))) (h6 : (∀ (qk'1 : Int), (1 : Int) ≤ qk'1 → (qk'1 < c_1 → ((v_1.val[Int.toNat qk'1]!).val ≤ m_1.val)))) (i_1 : (MInt .usize)) (h10 : i_1.val = c_1) (h12 : (v_1.val[Int.toNat i_1.val]!).val ≤ m_1.val) :\n    (∀ (qk'1 : Int), (1 : Int) ≤ qk'1 → (qk'1 < (c_1 + (1 : Int)) → ((v_1.val[Int.toNat qk'1]!).val ≤ m_1.val)))";
        let made = Statement::read(statement).pointwise();
        let [discharged, all] = made.as_slice() else { panic!("{made:?}") };
        assert!(all.contains("have i0 := h6 k0\nhave i1 := h6 c_1\n"), "{all}");
        assert!(all.contains("simp only [h10] at *\nby_cases c0 : k0 = c_1 <;> (try subst c0) <;> (omega)"), "{all}");
        assert!(discharged.contains("<;> ((try have i0 := h6 k0 (by omega) (by omega)); (try have i1"), "{discharged}");
        admitted(statement, &made);
        let push = "theorem l (h8 : (∀ (qk'1 : Int), (0 : Int) ≤ qk'1 → (x_2.val[Int.toNat qk'1]!).val ≤ 3)) (h19 : x_3.val = x_2.val ++ [i_1]) :\n    (∀ (qk'1 : Int), (0 : Int) ≤ qk'1 → (x_3.val[Int.toNat qk'1]!).val ≤ 3)";
        let made = Statement::read(push).pointwise();
        assert!(made[0].contains("[h19, List.length_append"), "{}", made[0]);
        admitted(push, &made);
        assert!(Statement::read(TRIANGLE).pointwise().is_empty());
        // Of one that is about two positions there is no instance where there is but one.
        let pairs = "theorem l (h : (∀ (qi'1 : Int) (qj'2 : Int), 0 ≤ qi'1 → (qi'1 < qj'2 → P))) :\n    (∀ (qk'1 : Int), 0 ≤ qk'1 → qk'1 < n)";
        assert_eq!(Statement::read(pairs).pointwise(), ["intro k0\nintros\n(omega)"]);
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

    #[test]
    fn facts_are_stated_of_products_quotients_and_bits() {
        let cell = "theorem l (m_1 : (Slice (MInt .i32))) (h_req2 : (m_1.val.length : Int) = (rows_1.val * cols_1.val)) (h_req3 : r_1.val < rows_1.val) (h1 : x_1.val = (r_1.val * cols_1.val)) (h2 : q_1.val = (a_1.val / b_1.val)) (hb1 : 0 ≤ cols_1.val ∧ cols_1.val ≤ 1000) :\n    x_1.val < (m_1.val.length : Int)";
        let made = Statement::read(cell).facts();
        assert_eq!(made.len(), 3);
        let says = |fact: &str| assert!(made[0].contains(fact), "{fact} is not in {}", made[0]);
        says("have := Int.mul_comm rows_1.val cols_1.val");
        says("Harmonic.mul_lt_step r_1.val rows_1.val cols_1.val (by omega) (by omega)");
        says("Harmonic.ediv_between a_1.val b_1.val (by omega)");
        admitted(cell, &made);
        let bits = "theorem l (h4 : 0 ≤ b_1.val → 0 ≤ (32 : Int) → x_1.val = ((Int.toNat b_1.val &&& Int.toNat (32 : Int) : Nat) : Int)) (h5 : 0 ≤ b_1.val → 0 ≤ c_1.val → x_1.val = ((Int.toNat b_1.val ||| Int.toNat c_1.val : Nat) : Int)) :\n    x_1.val = 1";
        let made = Statement::read(bits).facts();
        let says = |fact: &str| assert!(made[0].contains(fact), "{fact} is not in {}", made[0]);
        says("try have d0 := h4 (by omega) (by omega)");
        says("Harmonic.and_mask (Int.toNat b_1.val) 5 1");
        says("try have := Harmonic.and_of_low (Int.toNat c_1.val) (Int.toNat b_1.val) 5 (by omega) (by omega)");
        admitted(bits, &made);
        let power = "theorem l (h : n_1.val < (40 : Int)) :\n    x_1.val ≥ pow2 (n_1.val + (1 : Int))";
        let made = Statement::read(power).facts();
        let says = |fact: &str| assert!(made[0].contains(fact), "{fact} is not in {}", made[0]);
        says("have := Harmonic.pow2_pos (n_1.val + (1 : Int))");
        says("| have q1 := Harmonic.pow2_le_two_pow (n_1.val + (1 : Int)) 40 (by omega)");
        says(
            "try have : Harmonic.pow2 (n_1.val + (1 : Int)) = 2 * Harmonic.pow2 n_1.val := Harmonic.pow2_succ (by omega)",
        );
        admitted(power, &made);
        assert!(Statement::read("theorem l (h : a.val < 3) :\n    a.val < 4").facts().is_empty());
    }

    #[test]
    fn updates_replace_lists_by_what_they_were_made_of() {
        let statement = "theorem l (x_3 : (Slice (MInt .i32))) (h18 : x_3.val = (v_2.val.set (Int.toNat i_1.val) (v_2.val[Int.toNat s_3.val]!))) (x_4 : (MInt .usize)) (h20 : x_4.val = (s_3.val + (1 : Int))) (hb4 : 0 ≤ x_4.val ∧ x_4.val ≤ 255) :\n    (∀ (qk'1 : Int), x_4.val ≤ qk'1 → (x_3.val[Int.toNat qk'1]!.val < 3))";
        let made = Statement::read(statement).updates();
        assert!(made[0].contains("clear hb4\ntry simp only [h20, h18, List.length_set"), "{made:?}");
        admitted(statement, &made);
    }
}
