//! Blocks for powers that conditions compute by recursion: what is multiplied at each step by a number up to a literal stays within the
//! powers of that literal, so that it fits where those do.

use super::Statement;
use super::functions::applications;
use super::syntax::{is_term, operands, side_by_side};

/// Largest exponent: what is below `M ^ 128` fits into no type for larger ones.
const LARGEST: i128 = 128;

impl Statement<'_> {
    /// For a product in the goal of a power and its base.
    pub(crate) fn computed_powers(&self) -> Vec<String> {
        let bounds = self.bounds();
        let literal = |term: &str| bounds.get(term).and_then(|b| b.high);
        let mut out = Vec::new();
        for (left, right) in operands(self.goal, " * ") {
            for (name, arguments) in applications(self.whole).into_iter().filter(|(name, _)| name.starts_with("sp_")) {
                let [base, exponent] = side_by_side(arguments)[..] else { continue };
                let power = if base == left { right } else { left };
                if (base != left && base != right) || !is_term(power) || power == base {
                    continue;
                }
                let says = format!("{power} = ({name} {arguments})");
                let definition = self.binders.iter().find(|(_, p)| *p == says).map(|(n, _)| *n);
                let most = literal(exponent).filter(|n| (1..=LARGEST).contains(n));
                let (Some(h), Some(n), Some(m)) = (definition, most, literal(base).filter(|m| *m >= 1)) else {
                    continue;
                };
                let step = |at: &str| format!("have e := {name}.eq_def {base} {at}; grind");
                out.push(format!(
                    "have p := Harmonic.power_bounds (fun k => {name} {base} k) {base} {m} (by {}) (fun k h => by {}) (by omega) \
                     (by omega) (by omega) {n} {exponent} (by omega) (by omega)\n\
                     have m := Harmonic.mul_bounds p.1 p.2 (by omega) (show {base} ≤ {m} by omega)\n\
                     simp only [← {h}] at m\nsimp [Int.mul_comm] at m\nsimp only [Int.mul_comm] at *\nomega",
                    step("0"),
                    step("k")
                ));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::tests::admitted;

    #[test]
    fn a_power_stays_within_those_of_the_largest_base() {
        let statement = "theorem l (b_1 : (MInt .u64)) (n_1 : (MInt .u32)) (h0 : b_1.val ≤ (10 : Int)) (h1 : n_1.val ≤ (19 : Int)) (r_1 : (MInt .u64)) (c_1 : Int) (h4 : (0 : Int) ≤ c_1) (h7 : r_1.val = (sp_m''pow b_1.val c_1)) (h8 : c_1 < n_1.val) (hb0 : 0 ≤ b_1.val ∧ b_1.val ≤ 18446744073709551615) (hb1 : 0 ≤ n_1.val ∧ n_1.val ≤ 4294967295) :\n    0 ≤ (r_1.val * b_1.val) ∧ (r_1.val * b_1.val) ≤ 18446744073709551615";
        let made = Statement::read(statement).computed_powers();
        admitted(statement, &made);
        assert!(made[0].contains("b_1.val 10 (by have") && made[0].contains("18 c_1 (by omega)"), "{made:?}");
        assert!(Statement::read(&statement.replace("(19 : Int)", "(1900 : Int)")).computed_powers().is_empty());
        assert!(
            Statement::read(&statement.replace("(r_1.val * b_1.val)", "(r_1.val * n_1.val)"))
                .computed_powers()
                .is_empty()
        );
    }
}
