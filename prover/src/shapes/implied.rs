//! Blocks for goals about elements that say the same as hypotheses do in several ranges: each hypothesis at what is read, with its
//! premises, and that elements are equal where positions are. Which range it is, is left to linear arithmetic.

use super::Statement;
use super::elements::{at_arguments, bound_variables, reads_of};
use super::matching::{Read, read};
use super::syntax::{has_bound_variable, introduced, is_term, leading_variables, named};
use super::updated::{Instance, SamePlace};

impl Statement<'_> {
    /// See the module's text.
    pub(crate) fn implied(&self) -> Vec<String> {
        let (rules, text) = self.one_name_each();
        let Some((first, lines)) = Statement::read(&text).with_premises() else { return Vec::new() };
        let rewrite = match rules.is_empty() {
            true => String::new(),
            false => format!("try simp only [{}] at *\n", rules.join(", ")),
        };
        vec![format!("{first}{rewrite}{}\nomega", lines.join("\n"))]
    }

    /// The statement with one name for what hypotheses say to be one: lists, and lengths that a variable has. Those hypotheses as rules.
    fn one_name_each(&self) -> (Vec<&str>, String) {
        let (mut rules, mut text, mut done) = (Vec::new(), self.whole.to_owned(), Vec::new());
        for (name, prop) in &self.binders {
            let Some((a, b)) = prop.split_once(" = ").filter(|(a, _)| !done.contains(a)) else { continue };
            let is_list = |t: &str| !t.contains('.') && self.is_of_integers(t);
            if is_list(a) && is_list(b) {
                text = text.replace(&format!("{a}.val"), &format!("{b}.val"));
            } else if a.ends_with(".val.length : Int)") && is_term(b) && b.ends_with(".val") {
                text = text.replace(a, b);
            } else {
                continue;
            }
            rules.push(*name);
            done.push(a);
        }
        (rules, text)
    }

    /// How a proof begins, and the facts.
    fn with_premises(&self) -> Option<(String, Vec<String>)> {
        if let Some((first, inner)) = self.without_bool() {
            return inner.with_premises().map(|(then, lines)| (format!("{first}\n{then}"), lines));
        }
        let variables = bound_variables(self.goal).len();
        if variables != leading_variables(self.goal) || variables > 2 || self.goal.contains('∃') {
            return None;
        }
        let named = named(variables);
        let mut reads: Vec<Read> = Vec::new();
        for (list, at) in reads_of(&at_arguments(self.goal, &named)) {
            let new = read(list, at);
            if !has_bound_variable(at) && self.is_of_integers(list) && !reads.contains(&new) {
                reads.push(new);
            }
        }
        let (instances, places) = self.of_reads(&reads);
        let facts = instances.iter().map(Instance::implied).chain(places.iter().map(SamePlace::implied));
        let first: String = introduced(&named).iter().map(|line| format!("{line}\n")).collect();
        let lines: Vec<String> = facts.enumerate().map(|(i, fact)| format!("have i{i} := {fact}")).collect();
        (!instances.is_empty()).then_some((first, lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::tests::admitted;

    #[test]
    fn hypotheses_have_their_premises_and_positions_from_the_other_end() {
        let reversed = "theorem l (v_1 : (Slice (MInt .i32))) (x_2 : (Slice (MInt .i32))) (w_3 : (Slice (MInt .i32))) (n_1 : (MInt .usize)) (i_1 : (MInt .usize)) (h2 : x_2 = v_1) \
            (h3 : (∀ (qk'1 : Int), (0 : Int) ≤ qk'1 → (qk'1 < i_1.val → (w_3.val[Int.toNat (n_1.val - qk'1)]!.val = x_2.val[Int.toNat qk'1]!.val)))) \
            (h4 : (∀ (qk'1 : Int), i_1.val ≤ qk'1 → (qk'1 < n_1.val → (w_3.val[Int.toNat qk'1]!.val = x_2.val[Int.toNat qk'1]!.val)))) :\n    \
            (∀ (qi'1 : Int), 0 ≤ qi'1 → (qi'1 < n_1.val → (w_3.val[Int.toNat qi'1]!.val = v_1.val[Int.toNat (n_1.val - qi'1)]!.val)))";
        let made = Statement::read(reversed).implied();
        admitted(reversed, &made);
        let [block] = made.as_slice() else { panic!("{made:?}") };
        for part in [
            "intro k0\nintros\ntry simp only [h2] at *\n",
            ":= h3 (n_1.val - k0)\n",
            ":= h4 k0\n",
            ":= fun (e : k0 = n_1.val - (n_1.val - k0)) => Harmonic.same_place w_3.val e\n",
        ] {
            assert!(block.contains(part), "{part}: {block}");
        }
        assert!(!block.contains("same_place x_2.val"), "{block}");
    }
}
