//! Blocks that know where two positions are one: linear arithmetic takes the elements of a list at `a` and at `b` for unknowns that
//! have nothing to do with each other.

use super::Statement;
use super::syntax::{argument, closing, has_bound_variable, holds, introduced, leading_variables, named, premises};

/// Most hypotheses about all positions that are taken.
const MAX_HYPOTHESES: usize = 6;
/// Most positions at which they are taken.
const MAX_POSITIONS: usize = 5;
/// Most pairs of positions.
const MAX_PAIRS: usize = 10;

impl<'a> Statement<'a> {
    /// For goals about elements: hypotheses at the positions that matter, what lists were updated to, and that elements at equal
    /// positions are equal.
    pub(crate) fn elements(&self) -> Vec<String> {
        if let Some((first, inner)) = self.without_bool() {
            return inner.elements().into_iter().map(|block| format!("{first}\n{block}")).collect();
        }
        let variables = bound_variables(self.goal);
        if variables.len() > 2 || (variables.is_empty() && !self.goal.contains("]!") && self.goal != "False") {
            return Vec::new();
        }
        let named = named(variables.len());
        self.at_positions(&introduced(&named), &named)
    }

    /// What is to be shown where a goal says that something is so, or of something about all that it is not: what comes first in a
    /// proof, and the statement that is left.
    pub(super) fn without_bool(&self) -> Option<(&'static str, Statement<'a>)> {
        let inside = |before: &str, after: &str| self.goal.strip_prefix(before).and_then(|g| g.strip_suffix(after));
        // What is denied of all is shown false of one.
        let denied = |all: &'a str| {
            let mut inner = Statement { binders: self.binders.clone(), goal: "False", whole: self.whole };
            inner.binders.push(("hall", all));
            inner
        };
        if let Some(all) = inside("¬(", ")").filter(|g| g.contains('∀')) {
            return Some(("intro hall", denied(all)));
        }
        if let Some(all) = inside("((false = true) ↔ (", "))").filter(|g| g.contains('∀')) {
            return Some(("refine ⟨fun h => absurd h (by decide), fun hall => ?_⟩\nexfalso", denied(all)));
        }
        let goal = inside("((true = true) ↔ (", "))")?;
        let inner = Statement { binders: self.binders.clone(), goal, whole: self.whole };
        Some(("refine ⟨fun _ => ?_, fun _ => rfl⟩", inner))
    }

    fn at_positions(&self, first: &[String], named: &[String]) -> Vec<String> {
        let goal = at_arguments(self.goal, named);
        let mut reads: Vec<(String, String)> = Vec::new();
        let take = |text: &str, reads: &mut Vec<(String, String)>| {
            for (list, position) in reads_of(text) {
                let read = (list.to_owned(), position.to_owned());
                if !has_bound_variable(position) && !reads.contains(&read) {
                    reads.push(read);
                }
            }
        };
        take(&goal, &mut reads);
        let of_goal = reads.len();
        let mut positions: Vec<String> = named.to_vec();
        let mut note = |position: &String| {
            if positions.len() < MAX_POSITIONS && !positions.contains(position) {
                positions.push(position.clone());
            }
        };
        reads.iter().for_each(|(_, position)| note(position));
        let mut others = Vec::new();
        take(self.whole, &mut others);
        others.iter().for_each(|(_, position)| note(position));
        let hypotheses: Vec<(&str, &str)> =
            self.binders.iter().filter(|(_, p)| leading_variables(p) == 1).map(|(n, p)| (*n, *p)).collect();
        if hypotheses.is_empty() && reads.len() + others.len() < 2 {
            return Vec::new();
        }
        let mut instances = Vec::new();
        for (name, prop) in hypotheses.iter().rev().take(MAX_HYPOTHESES) {
            for position in &positions {
                let at = argument(position);
                let i = instances.len();
                let holds = holds(premises(prop));
                instances.push(format!("first | have i{i} := {name} {at}{holds} | have i{i} := {name} {at}"));
                take(&at_arguments(prop, std::slice::from_ref(&at)), &mut others);
            }
        }
        for read in others {
            if !reads.contains(&read) {
                reads.push(read);
            }
        }
        let integers = |list: &str| self.whole.contains(&format!("({} : (Slice (MInt ", list.trim_end_matches(".val")));
        let mut equal = Vec::new();
        for (i, (list, a)) in reads.iter().enumerate().take(of_goal.max(1)) {
            for (_, b) in reads.iter().skip(i + 1).filter(|(other, b)| other == list && b != a) {
                if equal.len() < MAX_PAIRS {
                    let value = if integers(list) { "Harmonic.MInt.val " } else { "" };
                    let read = |p: &str| format!("{value}({list}[Int.toNat {}]!)", argument(p));
                    equal.push(format!(
                        "have e{} : {} = {} → {} = {} := fun e => congrArg (fun z => {}) e",
                        equal.len(),
                        argument(a),
                        argument(b),
                        read(a),
                        read(b),
                        read("z"),
                    ));
                }
            }
        }
        if instances.is_empty() && equal.is_empty() {
            return Vec::new();
        }
        // Definitions stay as they are: linear arithmetic knows what to do with them, and what is put into a list is known by them.
        let mut lines: Vec<String> = first.to_vec();
        lines.extend(instances);
        lines.extend(equal);
        let under: Vec<&str> = hypotheses.iter().map(|(name, _)| *name).collect();
        if !under.is_empty() {
            lines.push(format!("clear {}", under.join(" ")));
        }
        if self.whole.contains("Int.tmod ") || self.whole.contains("Int.tdiv ") {
            let signless =
                "try simp (disch := omega) only [Int.tmod_eq_emod_of_nonneg, Int.tdiv_eq_ediv_of_nonneg] at *";
            // Once more: that one number is not negative may follow from what another one is.
            lines.extend([signless.to_owned(), signless.to_owned()]);
        }
        let updates = self.made();
        let step = |rule: &str| format!("(try (rw [Harmonic.{rule}] <;> try omega))");
        let close = "first | omega | assumption | grind (splits := 4)";
        lines.push(match updates.is_empty() {
            true => close.to_owned(),
            false => format!(
                "try simp only [{}, List.length_append, List.length_cons, List.length_nil, List.length_set] at *\n\
                 first | omega | ({}; {}; first | omega | (split <;> first | omega | assumption | grind (splits := 4)))",
                updates.join(", "),
                step("get_push"),
                step("get_set")
            ),
        });
        vec![lines.join("\n")]
    }
}

/// The integer variables that a proposition quantifies over first.
pub(super) fn bound_variables(prop: &str) -> Vec<&str> {
    let Some(rest) = prop.trim_start_matches('(').strip_prefix('∀') else { return Vec::new() };
    let Some((binders, _)) = rest.split_once(',') else { return Vec::new() };
    let names = binders.split('(').filter_map(|b| b.trim().strip_suffix(" : Int)"));
    names.filter(|n| n.contains('\'')).collect()
}

/// A proposition with terms in place of the variables that it quantifies over first.
pub(super) fn at_arguments(prop: &str, arguments: &[String]) -> String {
    let variables = bound_variables(prop);
    variables.iter().zip(arguments).fold(prop.to_owned(), |text, (name, by)| text.replace(name, by))
}

/// What a text reads of lists: list and position, with bound variables among them.
pub(super) fn reads_of(text: &str) -> Vec<(&str, &str)> {
    const READ: &str = "[Int.toNat ";
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '\'');
    let mut out: Vec<(&str, &str)> = Vec::new();
    for (at, _) in text.match_indices(READ) {
        let list = text[..at].rsplit(|c| !word(c)).next().unwrap_or_default();
        let rest = &text[at + READ.len()..];
        let position = match rest.starts_with('(').then(|| closing(rest)).flatten() {
            Some(end) => &rest[..=end],
            None => rest.split(']').next().unwrap_or_default(),
        };
        if list.ends_with(".val") && !position.is_empty() && !out.contains(&(list, position)) {
            out.push((list, position));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Block, names_in};

    #[test]
    fn elements_at_equal_positions_are_equal() {
        let statement = "theorem l (s_1 : (Slice (MInt .u8))) (i_1 : (MInt .usize)) (h1 : (∀ (qk'1 : Int), 0 ≤ qk'1 → (qk'1 < i_1.val → (s_1.val[Int.toNat qk'1]!.val = s_1.val[Int.toNat (i_1.val - qk'1)]!.val)))) :\n    (∀ (qk'2 : Int), 0 ≤ qk'2 → (qk'2 < i_1.val → (s_1.val[Int.toNat (i_1.val - qk'2)]!.val = s_1.val[Int.toNat qk'2]!.val)))";
        let made = Statement::read(statement).elements();
        assert!(
            made[0].contains(
                "→ Harmonic.MInt.val (s_1.val[Int.toNat (i_1.val - k0)]!) = Harmonic.MInt.val (s_1.val[Int.toNat k0]!)"
            ),
            "{made:?}"
        );
        assert!(made[0].contains("first | have i0 := h1 k0 (by omega) (by omega) | have i0 := h1 k0"), "{made:?}");
        let known = names_in(statement);
        assert!(Block::new(&made[0], &known).is_ok(), "{:?}", Block::new(&made[0], &known));
    }

    #[test]
    fn what_is_denied_of_all_is_shown_of_one() {
        let statement = "theorem l (s_1 : (Slice (MInt .u8))) (i_1 : (MInt .usize)) (h : s_1.val[Int.toNat i_1.val]!.val = (3 : Int)) :\n    ¬((∀ (qk'2 : Int), 0 ≤ qk'2 → (qk'2 < i_1.val → (s_1.val[Int.toNat qk'2]!.val = (4 : Int)))))";
        let made = Statement::read(statement).elements();
        assert!(made[0].starts_with("intro hall\n") && made[0].contains("hall i_1.val (by omega)"), "{made:?}");
    }
}
