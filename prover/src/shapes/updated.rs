//! Blocks for goals about elements of a list of which elements were replaced, swapped or pushed: case by case, what is read of it is
//! read of the old list, and in each case the hypotheses about elements are taken where that is read, and nowhere else.

use super::Statement;
use super::elements::{at_arguments, bound_variables, reads_of};
use super::matching::{Made, Read, matches, read};
use super::syntax::{argument, bare, has_bound_variable, holds, introduced, leading_variables, named, premises};

/// Most cases.
const MAX_BRANCHES: usize = 9;
/// Most hypotheses that are taken in a case.
const MAX_INSTANCES: usize = 10;
/// Most pairs of positions in a case that are asked whether they are one.
const MAX_PAIRS: usize = 16;

/// A read of an updated list: which hypothesis says how it was made, and where it is read.
struct Traced<'s> {
    name: &'s str,
    made: &'s Made,
    at: String,
}

/// A hypothesis at positions.
pub(super) struct Instance<'s> {
    name: &'s str,
    prop: &'s str,
    arguments: Vec<String>,
}

impl Instance<'_> {
    /// With premises that stay.
    pub(super) fn implied(&self) -> String {
        format!("{} {}", self.name, self.arguments.join(" "))
    }
    /// With premises that linear arithmetic shows.
    fn discharged(&self) -> String {
        format!("{}{}", self.implied(), holds(premises(self.prop)))
    }
    fn said(&self) -> String {
        at_arguments(self.prop, &self.arguments)
    }
}

/// Two positions of a list that may be one.
pub(super) struct SamePlace {
    list: String,
    at: String,
    other: String,
}

impl SamePlace {
    /// That the elements are equal if the positions are.
    pub(super) fn implied(&self) -> String {
        format!("fun (e : {} = {}) => Harmonic.same_place {} e", self.at, self.other, self.list)
    }
    /// That they are equal because linear arithmetic shows that the positions are.
    fn discharged(&self) -> String {
        format!("Harmonic.same_place {} (show {} = {} by omega)", self.list, self.at, self.other)
    }
}

impl Traced<'_> {
    /// That it is one of these cases, and what is read of other lists in each.
    fn cases(&self) -> (String, Vec<Option<Read>>) {
        let (rule, n) = match self.made {
            Made::Pushed { .. } => ("pushed_cases", 2),
            Made::Replaced { .. } => ("replaced_cases", 3),
            Made::Swapped { .. } => ("swapped_cases", 5),
        };
        let before = |at: &str| Some(read(self.made.before(), at));
        let reads = match self.made {
            Made::Pushed { put, .. } | Made::Replaced { put, .. } => {
                let value = reads_of(put).first().map(|(list, at)| read(list, at));
                vec![before(&self.at), value]
            }
            Made::Swapped { first, last, .. } => vec![before(&self.at), before(last), before(first)],
        };
        (format!("Harmonic.{rule} {} {}{}", self.name, argument(&self.at), holds(n)), reads)
    }
}

impl<'a> Statement<'a> {
    /// See the module's text.
    pub(crate) fn updated(&self) -> Vec<String> {
        if let Some((first, inner)) = self.without_bool() {
            return inner.updated().into_iter().map(|block| format!("{first}\n{block}")).collect();
        }
        let variables = bound_variables(self.goal).len();
        if variables != leading_variables(self.goal) || variables > 2 || self.goal.contains('∃') {
            return Vec::new();
        }
        let named = named(variables);
        let goal = at_arguments(self.goal, &named);
        let all_made = self.made_of();
        let (mut traced, mut others): (Vec<Traced<'_>>, Vec<Read>) = Default::default();
        for (list, at) in reads_of(&goal) {
            match all_made.iter().find(|(_, made, _)| *made == list) {
                Some((name, _, made)) => traced.push(Traced { name, made, at: bare(at).to_owned() }),
                None => others.push(read(list, at)),
            }
        }
        let cases: Vec<(String, Vec<Option<Read>>)> = traced.iter().map(Traced::cases).collect();
        let branches: usize = cases.iter().map(|(_, reads)| reads.len()).product();
        if cases.is_empty() || branches > MAX_BRANCHES {
            return Vec::new();
        }
        let mut lines = introduced(&named);
        lines.extend(cases.iter().enumerate().map(|(i, (fact, _))| format!("have m{i} := {fact}")));
        let mut block = lines.join("\n");
        self.branch(&cases, 0, &others, &mut block);
        vec![block]
    }

    /// The cases of one read after the other, one level deeper each.
    fn branch(&self, cases: &[(String, Vec<Option<Read>>)], depth: usize, reads: &[Read], block: &mut String) {
        let indent = "  ".repeat(depth);
        let Some((_, alternatives)) = cases.get(depth) else {
            let (hypotheses, places) = self.of_reads(reads);
            let facts = hypotheses.iter().map(Instance::discharged).chain(places.iter().map(SamePlace::discharged));
            let facts: Vec<String> = facts.enumerate().map(|(i, fact)| format!("try have i{i} := {fact}")).collect();
            let lines = [facts, vec!["omega".to_owned()]].concat();
            block.push_str(&match cases.len() {
                1 => format!("\n{indent}{}", lines.join(&format!("\n{indent}"))),
                // Most cases of several reads contradict each other: of these no element has to be known.
                _ => {
                    let inner = format!("\n{indent}     ");
                    format!("\n{indent}first\n{indent}  | omega\n{indent}  | ({})", lines.join(&inner))
                }
            });
            return;
        };
        let ways = vec![format!("⟨c{depth}, e{depth}⟩"); alternatives.len()].join(" | ");
        block.push_str(&format!("\n{indent}rcases m{depth} with {ways}"));
        for read in alternatives {
            let more: Vec<Read> = reads.iter().chain(read).cloned().collect();
            let mut inner = String::new();
            self.branch(cases, depth + 1, &more, &mut inner);
            block.push_str(&format!("\n{indent}· {}", inner.trim_start()));
        }
    }

    /// What is known of elements that are read: hypotheses at their positions, and which positions are one.
    pub(super) fn of_reads(&self, reads: &[Read]) -> (Vec<Instance<'a>>, Vec<SamePlace>) {
        let mut instances: Vec<Instance<'a>> = Vec::new();
        let quantified = self.binders.iter().filter(|(_, p)| {
            let variables = leading_variables(p);
            let says = p.rsplit(" → ").next().unwrap_or_default();
            matches!(variables, 1 | 2) && bound_variables(p).len() == variables && says.contains("]!")
        });
        for (name, prop) in quantified {
            for arguments in matches(prop, reads) {
                if instances.len() < MAX_INSTANCES {
                    instances.push(Instance { name, prop, arguments });
                }
            }
        }
        // Positions that are written differently where they are read elsewhere.
        let mut all: Vec<Read> = reads.to_vec();
        let plain =
            self.binders.iter().filter(|(_, p)| !p.contains('∀') && !p.contains(".set ") && !p.contains(" ++ "));
        let said: Vec<String> = instances.iter().map(Instance::said).collect();
        for (list, at) in said.iter().map(String::as_str).chain(plain.map(|(_, p)| *p)).flat_map(reads_of) {
            let new = read(list, at);
            if !has_bound_variable(at) && !all.contains(&new) {
                all.push(new);
            }
        }
        let mut places = Vec::new();
        for (i, (list, at)) in reads.iter().enumerate() {
            for (_, other) in all.iter().skip(i + 1).filter(|(l, _)| l == list) {
                if at != other && places.len() < MAX_PAIRS {
                    places.push(SamePlace { list: list.clone(), at: at.clone(), other: other.clone() });
                }
            }
        }
        (instances, places)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::admitted;
    use super::*;

    const SWAPPED: &str = "theorem l (v_1 : (Slice (MInt .i32))) (x_2 : (Slice (MInt .i32))) (i_1 : (MInt .usize)) (j_1 : (MInt .usize)) \
        (h1 : (∀ (qk'1 : Int), i_1.val ≤ qk'1 → (qk'1 < 9 → (v_1.val[Int.toNat j_1.val]!.val ≤ v_1.val[Int.toNat qk'1]!.val)))) \
        (h2 : (∀ (qk'1 : Int), 0 ≤ qk'1 → (0 ≤ qk'1 ∧ qk'1 < (v_1.val.length : Int)))) \
        (h3 : x_2.val = (v_1.val.set (Int.toNat i_1.val) (v_1.val[Int.toNat j_1.val]!)).set (Int.toNat j_1.val) (v_1.val[Int.toNat i_1.val]!)) :\n    \
        (∀ (qk'1 : Int), i_1.val ≤ qk'1 → (qk'1 < 9 → (x_2.val[Int.toNat i_1.val]!.val ≤ x_2.val[Int.toNat qk'1]!.val)))";

    #[test]
    fn each_case_has_the_hypotheses_at_what_is_read_in_it() {
        let made = Statement::read(SWAPPED).updated();
        admitted(SWAPPED, &made);
        let [block] = made.as_slice() else { panic!("{made:?}") };
        for part in [
            "have m1 := Harmonic.swapped_cases h3 k0 (by omega) (by omega) (by omega) (by omega) (by omega)\n",
            "try have i0 := h1 i_1.val (by omega) (by omega)",
            ":= Harmonic.same_place v_1.val (show i_1.val = k0 by omega)",
        ] {
            assert!(block.contains(part), "{part}: {block}");
        }
        assert_eq!(block.matches("rcases").count(), 4, "{block}");
        assert!(!block.contains("h2"), "it says nothing of elements: {block}");
        // A list that nothing says the making of.
        assert!(Statement::read(&SWAPPED.replace("h3 : x_2.val = ", "h3 : x_1.val = ")).updated().is_empty());
    }
}
