//! Blocks for single bits at positions that are no literals: `(x.val / pow2 k) % 2`, as a set of flags has them. A bit of `a | b` follows
//! from those of `a` and `b`, `1 << x` has one bit, and linear arithmetic and `grind` do the rest.

use super::Statement;
use super::elements::{at_arguments, bound_variables};
use super::syntax::{
    bare, has_bound_variable, introduced, is_term, leading_variables, literal, named, operands, side_by_side,
};

/// Most facts of a block.
const MAX_FACTS: usize = 16;

/// What is known of an integer by its bits.
enum Bits<'a> {
    /// By `&`, `|` or `^` of two others: the name of the operation, and of the hypothesis that says so.
    Of { operation: &'static str, says: &'a str, left: &'a str, right: &'a str },
    /// By `1 << x` at a width.
    Single { says: &'a str, width: u32 },
    /// By `!a` at a width.
    Not { largest: i128, of: &'a str, width: u32 },
}

impl<'a> Statement<'a> {
    /// See the module's text.
    pub(crate) fn single_bits(&self) -> Vec<String> {
        if !self.whole.contains("pow2 ") {
            return Vec::new();
        }
        let variables = leading_variables(self.goal);
        if variables != bound_variables(self.goal).len() {
            return Vec::new();
        }
        let named = named(variables);
        let goal = at_arguments(self.goal, &named);
        let mut facts = Facts { statement: self, lines: Vec::new(), done: Vec::new() };
        for (number, at) in bits_in(&goal) {
            facts.within(number, at);
            facts.bit(number, at);
        }
        for (_, prop) in &self.binders {
            for (number, at) in bits_in(prop) {
                facts.bit(number, at);
            }
        }
        facts.masks();
        if facts.lines.is_empty() || facts.lines.len() > 2 * MAX_FACTS {
            return Vec::new();
        }
        let lines = [introduced(&named), facts.lines].concat().join("\n");
        vec![format!("{lines}\nfirst\n  | omega\n  | grind\n  | (simp_all; done)")]
    }

    fn bits_of(&self, number: &str) -> Option<Bits<'a>> {
        self.binders.iter().find_map(|(says, prop)| {
            let right = bare(prop.strip_prefix(number)?.strip_prefix(" = ")?);
            for (head, operation) in [("ior ", "bit_ior"), ("iand ", "bit_iand"), ("ixor ", "bit_ixor")] {
                if let [_, left, right] = side_by_side(right.strip_prefix(head).unwrap_or_default())[..] {
                    return Some(Bits::Of { operation, says, left, right });
                }
            }
            if let Some((single, modulus)) = right.rsplit_once(" % ") {
                bare(single).strip_prefix("(1 : Int) * pow2 ")?;
                return Some(Bits::Single { says, width: width(literal(modulus)?)? });
            }
            let (largest, of) = right.strip_prefix("0 + ").unwrap_or(right).split_once(" - ")?;
            let largest = literal(largest).filter(|_| is_term(of))?;
            Some(Bits::Not { largest, of, width: width(largest.checked_add(1)?)? })
        })
    }
}

/// The exponent of a power of two.
fn width(number: i128) -> Option<u32> {
    let number = u128::try_from(number).ok()?;
    number.is_power_of_two().then(|| number.trailing_zeros())
}

/// The integers that a text asks for a bit of, with the positions.
fn bits_in(text: &str) -> Vec<(&str, &str)> {
    let all = [" / Harmonic.pow2 ", " / pow2 "].into_iter().flat_map(|sign| operands(text, sign));
    all.filter(|(number, at)| is_term(number) && !has_bound_variable(at)).collect()
}

/// An integer that is no literal, without `.val`.
fn machine_integer(number: &str) -> Option<&str> {
    number.strip_suffix(".val").filter(|n| is_term(n))
}

/// The facts of a block.
struct Facts<'s, 'a> {
    statement: &'s Statement<'a>,
    lines: Vec<String>,
    done: Vec<(String, String)>,
}

impl Facts<'_, '_> {
    fn push(&mut self, fact: String, rewritten: Option<&str>) {
        let n = self.lines.len();
        self.lines.push(format!("try have e{n} := {fact}"));
        self.lines.extend(rewritten.map(|says| format!("try rw [← {says}] at e{n}")));
    }

    /// What is shifted to the right stays in its type.
    fn within(&mut self, number: &str, at: &str) {
        let bounds = format!("0 ≤ {number} ∧ {number} ≤ ");
        if let Some((name, _)) = self.statement.binders.iter().find(|(_, p)| p.starts_with(&bounds)) {
            self.push(format!("Harmonic.shifted_within {at} {name}"), None);
        }
    }

    /// What a bit is, by what its number is made of.
    fn bit(&mut self, number: &str, at: &str) {
        let key = (number.to_owned(), at.to_owned());
        if self.done.contains(&key) || self.done.len() >= MAX_FACTS {
            return;
        }
        self.done.push(key);
        match self.statement.bits_of(number) {
            Some(Bits::Of { operation, says, left, right }) => {
                if let (Some(a), Some(b)) = (machine_integer(left), machine_integer(right)) {
                    self.push(format!("Harmonic.{operation} {a} {b} {at} (by omega) (by omega)"), Some(says));
                    self.bit(left, at);
                    self.bit(right, at);
                }
            }
            Some(Bits::Single { says, width }) => {
                self.push(
                    format!("Harmonic.bit_single {width} {at} {says} rfl (by omega) (by omega) (by omega)"),
                    None,
                );
            }
            Some(Bits::Not { largest, of, width }) => {
                let says = format!("(show {number} = {largest} - {of} by omega)");
                self.push(format!("Harmonic.bit_not {width} {at} {says} rfl (by omega) (by omega) (by omega)"), None);
                self.bit(of, at);
            }
            None => {}
        }
    }

    /// What `a & (1 << x)` says of a bit.
    fn masks(&mut self) {
        for (name, prop) in &self.statement.binders {
            let Some((result, _)) = prop.split_once(" = iand ") else { continue };
            let Some(Bits::Of { left, right, .. }) = self.statement.bits_of(result) else { continue };
            let commuted = format!("(Eq.trans {name} (Harmonic.iand_comm _ _ _))");
            for (number, mask, says) in [(left, right, *name), (right, left, commuted.as_str())] {
                let (Some(a), Some(b)) = (machine_integer(number), machine_integer(mask)) else { continue };
                if let Some(Bits::Single { says: single, width }) = self.statement.bits_of(mask) {
                    self.push(
                        format!(
                            "Harmonic.mask_zero {width} {a} {b} {single} rfl (by omega) (by omega) (by omega) {says}"
                        ),
                        None,
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::tests::admitted;

    #[test]
    fn a_bit_follows_from_what_its_number_is_made_of() {
        let statement = "theorem l (s_1 : (T_m''Set)) (x_1 : (MInt .u32)) (h_req0 : x_1.val < (64 : Int)) (x_2 : (MInt .u64)) (h1 : x_2.val = (((1 : Int) * pow2 x_1.val) % 18446744073709551616)) (x_3 : (MInt .u64)) (h2 : x_3.val = iand IntTy.u64 s_1.f_bits.val x_2.val) (h7 : x_4.val = ior IntTy.u64 s_1.f_bits.val x_2.val) (hb3 : 0 ≤ x_4.val ∧ x_4.val ≤ 18446744073709551615) :\n    (∀ (qy'1 : Int), (0 : Int) ≤ qy'1 → (qy'1 < (64 : Int) → ((((x_4.val / Harmonic.pow2 qy'1) % 2) = (1 : Int)))))";
        let made = Statement::read(statement).single_bits();
        admitted(statement, &made);
        for fact in [
            "Harmonic.shifted_within k0 hb3",
            "Harmonic.bit_ior s_1.f_bits x_2 k0 (by omega) (by omega)\ntry rw [← h7] at e1",
            "Harmonic.bit_single 64 k0 h1 rfl (by omega) (by omega) (by omega)",
            "Harmonic.mask_zero 64 s_1.f_bits x_2 h1 rfl (by omega) (by omega) (by omega) h2",
        ] {
            assert!(made[0].contains(fact), "{fact} is not in {}", made[0]);
        }
        let not = statement.replace("ior IntTy.u64 s_1.f_bits.val x_2.val", "0 + 18446744073709551615 - x_2.val");
        assert!(
            Statement::read(&not).single_bits()[0]
                .contains("(show x_4.val = 18446744073709551615 - x_2.val by omega) rfl")
        );
        assert!(Statement::read("theorem l (h : a.val < 3) :\n    a.val < 4").single_bits().is_empty());
    }
}
