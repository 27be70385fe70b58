//! Blocks for what is said of neighbours in a list and holds of any two elements: that it is sorted.

use super::Statement;
use super::elements::reads_of;
use super::syntax::{has_bound_variable, holds, leading_variables, premises};

/// Most hypotheses about neighbours that are taken.
const MAX_HYPOTHESES: usize = 3;

impl Statement<'_> {
    /// What hypotheses about neighbours say of any two elements, then the blocks for statements about elements.
    pub(crate) fn sorted(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut said = Vec::new();
        for (name, prop) in self.binders.iter().filter(|(_, p)| leading_variables(p) == 1) {
            if lines.len() >= MAX_HYPOTHESES {
                break;
            }
            if let Some((line, prop)) = any_two(name, prop, lines.len()) {
                lines.push(line);
                said.push(prop);
            }
        }
        if lines.is_empty() {
            return Vec::new();
        }
        let named: Vec<String> = (0..said.len()).map(|i| format!("s{i}")).collect();
        let mut inner = Statement { binders: self.binders.clone(), goal: self.goal, whole: self.whole };
        inner.binders.extend(named.iter().zip(&said).map(|(n, p)| (n.as_str(), p.as_str())));
        let before = lines.join("\n");
        let mut ends = vec!["intros\nfirst | omega | grind (splits := 4)".to_owned()];
        ends.extend(inner.pointwise());
        ends.into_iter().map(|end| format!("{before}\n{end}")).collect()
    }
}

/// A line that proves of any two positions what a hypothesis says of neighbours, and what it proves.
fn any_two(name: &str, prop: &str, index: usize) -> Option<(String, String)> {
    let variable = super::elements::bound_variables(prop).first()?.to_string();
    let reads = reads_of(prop);
    let [(list, first), (other, second)] = reads[..] else { return None };
    let (behind, before) = (format!("({variable} + (1 : Int))"), format!("({variable} - (1 : Int))"));
    // Which of both neighbours the variable is, and how far the hypothesis reaches.
    let (here, is_second) = match (first, second) {
        _ if first == variable && second == behind => ("k", false),
        _ if first == before && second == variable => ("k + 1", true),
        _ => return None,
    };
    let read = |at: &str| prop.find(&format!("[Int.toNat {at}]!"));
    let between = &prop[read(first)?..read(second)?];
    let (sign, lemma) = match (between.contains(" ≤ "), between.contains(" < ")) {
        (true, false) => ("≤", "sorted_of_adjacent"),
        (false, true) => ("<", "strict_of_adjacent"),
        _ => return None,
    };
    if other != list {
        return None;
    }
    let upper = prop.split(&format!("{variable} < ")).nth(1).or_else(|| prop.split(&format!("{behind} < ")).nth(1))?;
    let end = match upper.starts_with('(') {
        true => super::syntax::closing(upper).map(|e| e + 1)?,
        false => upper.find([')', ' '])?,
    };
    let (bound, owner) = (&upper[..end], list.strip_suffix(".val")?);
    if has_bound_variable(bound) {
        return None;
    }
    let bound = match prop.contains(&format!("{behind} < ")) || is_second {
        true => bound.to_owned(),
        false => format!("({bound} + 1)"),
    };
    let holds = holds(premises(prop));
    let said = format!(
        "(∀ (qi'90 : Int) (qj'91 : Int), 0 ≤ qi'90 → (qi'90 {sign} qj'91 → (qj'91 < {bound} → \
         ({list}[Int.toNat qi'90]!.val {sign} {list}[Int.toNat qj'91]!.val))))"
    );
    let line = format!(
        "have s{index} : ∀ (i j : Int), 0 ≤ i → (i {sign} j → (j < {bound} → (Harmonic.MInt.val ({list}[Int.toNat i]!) {sign} Harmonic.MInt.val ({list}[Int.toNat j]!)))) := \
         @Harmonic.{lemma} _ {owner} 0 {bound} (fun k g1 g2 => by\n  have q := {name} ({here}){holds}\n  \
         simp only [Int.add_sub_cancel] at q\n  omega)"
    );
    Some((line, said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::tests::admitted;

    #[test]
    fn neighbours_say_something_of_any_two() {
        for (first, second) in [("qk'1", "(qk'1 + (1 : Int))"), ("(qk'1 - (1 : Int))", "qk'1")] {
            let statement = format!(
                "theorem l (v_1 : (Slice (MInt .u8))) (h1 : (∀ (qk'1 : Int), (0 : Int) ≤ qk'1 → (qk'1 < (n_1.val - (1 : Int)) → (v_1.val[Int.toNat {first}]!.val ≤ v_1.val[Int.toNat {second}]!.val)))) :\n    (∀ (qi'1 : Int) (qj'2 : Int), 0 ≤ qi'1 → (qi'1 < qj'2 → (qj'2 < n_1.val → (v_1.val[Int.toNat qi'1]!.val ≤ v_1.val[Int.toNat qj'2]!.val))))"
            );
            let made = Statement::read(&statement).sorted();
            assert!(made[0].contains("@Harmonic.sorted_of_adjacent _ v_1 0 "), "{made:?}");
            admitted(&statement, &made);
        }
    }
}
