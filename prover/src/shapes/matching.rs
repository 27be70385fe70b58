//! Blocks that take hypotheses about elements where they meet what is read.
//!
//! A hypothesis `∀ i j, … v[i] … v[j] …` is of use at positions at which `v` is read, and nowhere else: with ten of them and ten
//! positions, a few of the hundreds of instances matter. Solvers for quantifiers call that matching on triggers (Detlefs, Nelson and
//! Saxe, "Simplify", 2005); here the triggers are reads, and what is made of them is left to linear arithmetic.

use super::Statement;
use super::elements::{at_arguments, bound_variables, reads_of};
use super::syntax::{
    argument, bare, closing, has_bound_variable, holds, introduced, leading_variables, named, premises,
};

/// Most positions at which a list is looked at.
const MAX_POSITIONS: usize = 4;
/// Most instances of hypotheses.
const MAX_INSTANCES: usize = 20;
/// Most comparisons that cases are made of: each of them doubles the work.
const MAX_CASES: usize = 3;

/// A list at a position.
pub(super) type Read = (String, String);

/// A list at a position, in one form however the position is put into parentheses.
pub(super) fn read(list: &str, at: &str) -> Read {
    (list.to_owned(), bare(at).to_owned())
}

/// How a hypothesis says that a list was made.
pub(super) enum Made {
    /// `list = before ++ [put]`
    Pushed { before: String, put: String },
    /// `list = before.set at put`
    Replaced { before: String, at: String, put: String },
    /// `list = (before.set first _).set last _`
    Swapped { before: String, first: String, last: String },
}

impl Made {
    fn read(right: &str) -> Option<Self> {
        let list = |text: &str| text.ends_with(".val").then(|| text.to_owned());
        if let Some((before, put)) = right.split_once(" ++ [") {
            return Some(Made::Pushed { before: list(before)?, put: put.to_owned() });
        }
        if let Some(inner) = right.strip_prefix('(') {
            let (before, rest) = inner.split_once(".set ")?;
            let last = rest.rsplit_once(").set ")?.1;
            return Some(Made::Swapped { before: list(before)?, first: index(rest)?, last: index(last)? });
        }
        let (before, rest) = right.split_once(".set ")?;
        Some(Made::Replaced {
            before: list(before)?,
            at: index(rest)?,
            put: rest.get(closing(rest)? + 1..)?.to_owned(),
        })
    }
    pub(super) fn before(&self) -> &str {
        let (Made::Pushed { before, .. } | Made::Replaced { before, .. } | Made::Swapped { before, .. }) = self;
        before
    }
    /// Positions at which it is not what it was.
    fn changed(&self) -> Vec<String> {
        match self {
            Made::Pushed { before, .. } => vec![format!("({before}.length : Int)")],
            Made::Replaced { at, .. } => vec![at.clone()],
            Made::Swapped { first, last, .. } => vec![first.clone(), last.clone()],
        }
    }
    /// What is known of its element at a position, case by case.
    fn facts(&self, name: &str, at: &str) -> Vec<String> {
        let rules: &[(&str, usize)] = match self {
            Made::Pushed { .. } => &[("pushed_before", 2), ("pushed_last", 1)],
            Made::Replaced { .. } => &[("replaced_elsewhere", 4), ("replaced_at", 3)],
            Made::Swapped { .. } => &[("swapped_elsewhere", 7), ("swapped_first", 6), ("swapped_last", 3)],
        };
        let fact = |(rule, n): &(&str, usize)| format!("Harmonic.{rule} {name} {}{}", argument(at), holds(*n));
        rules.iter().map(fact).collect()
    }
}

/// The position in `(Int.toNat at) …`.
fn index(text: &str) -> Option<String> {
    let inner = text.strip_prefix('(')?;
    let end = closing(text)?;
    Some(inner.get(..end - 1)?.strip_prefix("Int.toNat ")?.to_owned())
}

/// Takes note of what is read of one of these lists.
fn note(reads: &mut Vec<Read>, lists: &[String], list: &str, at: &str) {
    let read = read(list, at);
    let few = reads.iter().filter(|(l, _)| l == list).count() < MAX_POSITIONS;
    if few && !has_bound_variable(at) && lists.iter().any(|l| l == list) && !reads.contains(&read) {
        reads.push(read);
    }
}

/// Where a goal goes one step beyond what was known: `end` in `k < (end + 1)`.
fn one_step_beyond<'t>(goal: &'t str, k: &str) -> Vec<&'t str> {
    let below = format!("{k} < (");
    let ends = goal.split(&below).skip(1).filter_map(|rest| rest.split_once(" + (1 : Int))"));
    ends.map(|(end, _)| end).filter(|end| !end.contains(['(', '∧', '→'])).collect()
}

impl<'a> Statement<'a> {
    /// For goals about elements of lists of integers: the hypotheses at the positions at which the statement reads the same lists,
    /// and what updated lists are made of.
    pub(crate) fn matched(&self) -> Vec<String> {
        if let Some((first, inner)) = self.without_bool() {
            return inner.matched().into_iter().map(|block| format!("{first}\n{block}")).collect();
        }
        let variables = bound_variables(self.goal).len();
        let reads_nothing = !self.goal.contains("]!") && self.goal != "False";
        if variables != leading_variables(self.goal) || variables > 2 || reads_nothing || self.goal.contains('∃') {
            return Vec::new();
        }
        let named = named(variables);
        let goal = at_arguments(self.goal, &named);
        let made: Vec<(&str, &str, Made)> = self.made_of();
        let quantified: Vec<(&str, &str)> = self
            .binders
            .iter()
            .filter(|(_, p)| matches!(leading_variables(p), 1 | 2) && bound_variables(p).len() == leading_variables(p))
            .map(|(n, p)| (*n, *p))
            .collect();
        let lists = self.lists_of(&goal, &made, &quantified);
        let mut reads: Vec<Read> = Vec::new();
        for text in std::iter::once(goal.as_str()).chain(self.binders.iter().map(|(_, p)| *p)) {
            for (list, at) in reads_of(text) {
                note(&mut reads, &lists, list, at);
            }
        }
        let mut facts = Vec::new();
        let mut cases: Vec<String> = Vec::new();
        let mut case = |a: &str, b: &str| {
            let test = format!("{a} = {b}");
            if a != b && cases.len() < MAX_CASES && !cases.contains(&test) {
                cases.push(test);
            }
        };
        // From the newest list to what it was made of: what is read of the one is read of the other.
        for (name, list, how) in made.iter().rev() {
            let at: Vec<String> = reads.iter().filter(|(l, _)| l == list).map(|(_, at)| at.clone()).collect();
            for at in at {
                facts.extend(how.facts(name, &at));
                if named.contains(&at) {
                    how.changed().iter().for_each(|changed| case(&at, changed));
                }
                note(&mut reads, &lists, how.before(), &at);
            }
        }
        for (k, at) in self.excepted(&named, &quantified, &lists) {
            case(&k, &at);
        }
        named.iter().for_each(|k| one_step_beyond(&goal, k).iter().for_each(|end| case(k, end)));
        for (i, test) in cases.iter().enumerate() {
            let Some((a, b)) = test.split_once(" = ") else { continue };
            for (list, _) in reads.iter().filter(|(l, at)| at == b && reads.contains(&(l.clone(), a.to_owned()))) {
                facts.push(format!("Harmonic.same_place {list} c{i}"));
            }
        }
        let mut instances = Vec::new();
        for (name, prop) in &quantified {
            for arguments in matches(prop, &reads) {
                if instances.len() < MAX_INSTANCES {
                    instances.push(format!("{name} {}{}", arguments.join(" "), holds(premises(prop))));
                }
            }
        }
        if facts.is_empty() && instances.is_empty() {
            return Vec::new();
        }
        let mut block: String = introduced(&named).iter().map(|line| format!("{line}\n")).collect();
        for (i, test) in cases.iter().enumerate() {
            block.push_str(&format!("by_cases c{i} : {test} <;> "));
        }
        let all: Vec<String> =
            facts.iter().chain(&instances).enumerate().map(|(i, f)| format!("(try have m{i} := {f})")).collect();
        vec![format!("{block}({}; omega)", all.join("; "))]
    }

    /// Positions of the goal that hypotheses except (`at` in `q ≠ at`): the element there is known by what it is compared with, so
    /// that the other position of the goal may be that of this one.
    fn excepted(&self, named: &[String], quantified: &[(&str, &str)], lists: &[String]) -> Vec<(String, String)> {
        let concerned = |prop: &str| reads_of(prop).iter().any(|(list, _)| lists.iter().any(|l| l == list));
        let mut out = Vec::new();
        for (_, prop) in quantified.iter().filter(|(_, prop)| concerned(prop)) {
            for (i, variable) in bound_variables(prop).iter().enumerate() {
                let Some((_, rest)) = prop.split_once(&format!("({variable} ≠ ")) else { continue };
                let at = bare(rest.split_once(')').map_or(rest, |(at, _)| at));
                let Some(k) = named.get(i).or(named.last()).filter(|_| !has_bound_variable(at)) else { continue };
                out.push((k.clone(), at.to_owned()));
                for other in self.read_beside(at) {
                    out.extend(named.iter().filter(|n| *n != k).map(|n| (n.clone(), other.to_owned())));
                }
            }
        }
        out
    }

    /// The other positions that a hypothesis without a quantifier reads if it reads this one.
    fn read_beside(&self, at: &str) -> Vec<&'a str> {
        let plain = self.binders.iter().filter(|(name, p)| !name.starts_with("hb") && leading_variables(p) == 0);
        let reads = plain.map(|(_, p)| reads_of(p).iter().map(|(_, position)| bare(position)).collect::<Vec<_>>());
        reads.filter(|all| all.contains(&at)).flatten().filter(|other| *other != at).collect()
    }

    /// Lists that hypotheses say the making of.
    pub(super) fn made_of(&self) -> Vec<(&'a str, &'a str, Made)> {
        let made = self.made();
        let of = |(name, prop): &(&'a str, &'a str)| {
            let (list, right) = prop.split_once(" = ")?;
            (made.contains(name) && self.is_of_integers(list)).then_some((*name, list, Made::read(right)?))
        };
        self.binders.iter().filter_map(of).collect()
    }

    pub(super) fn is_of_integers(&self, list: &str) -> bool {
        self.whole.contains(&format!("({} : (Slice (MInt ", list.trim_end_matches(".val")))
    }

    /// The lists that matter: those that the goal reads, what they were made of, and those that hypotheses read beside them.
    fn lists_of(&self, goal: &str, made: &[(&str, &str, Made)], quantified: &[(&str, &str)]) -> Vec<String> {
        let mut lists: Vec<String> = Vec::new();
        let add_list = |list: &str, lists: &mut Vec<String>| {
            if self.is_of_integers(list) && !lists.iter().any(|l| l == list) {
                lists.push(list.to_owned());
            }
        };
        let add = |text: &str, lists: &mut Vec<String>| {
            reads_of(text).iter().for_each(|(list, _)| add_list(list, lists));
        };
        let close = |lists: &mut Vec<String>| {
            for (name, list, how) in made.iter().rev() {
                if lists.iter().any(|l| l == list) {
                    add_list(how.before(), lists);
                    let right = self.binders.iter().find(|(n, _)| n == name).map_or("", |(_, p)| *p);
                    add(right, lists);
                }
            }
        };
        add(goal, &mut lists);
        if let (true, Some((_, denied))) = (lists.is_empty(), quantified.last()) {
            add(denied, &mut lists);
        }
        close(&mut lists);
        for (_, prop) in quantified {
            if reads_of(prop).iter().any(|(list, _)| lists.iter().any(|l| l == list)) {
                add(prop, &mut lists);
            }
        }
        close(&mut lists);
        lists
    }
}

/// What the variables of a hypothesis may be, so that what it reads is read.
pub(super) fn matches(prop: &str, reads: &[Read]) -> Vec<Vec<String>> {
    let variables = bound_variables(prop);
    let of = |variable: &str| {
        let mut out: Vec<String> = Vec::new();
        for (list, at) in reads_of(prop) {
            // From the other end: `total - variable`.
            let total = at.strip_prefix('(').and_then(|at| at.strip_suffix(&format!(" - {variable})")));
            let (before, after) = match total.filter(|total| !has_bound_variable(total)) {
                Some(total) => (format!("{} - ", argument(total)), ""),
                None if at == variable => (String::new(), ""),
                None if at == format!("({variable} + (1 : Int))") => (String::new(), " - 1"),
                None if at == format!("({variable} - (1 : Int))") => (String::new(), " + 1"),
                None => continue,
            };
            for (_, position) in reads.iter().filter(|(l, _)| l == list) {
                // `total - (total - k)` is `k`.
                let back = position.strip_prefix(&before).filter(|_| !before.is_empty());
                let value = back.map_or_else(|| argument(&format!("{before}{}{after}", argument(position))), argument);
                if !out.contains(&value) {
                    out.push(value);
                }
            }
        }
        out
    };
    match variables.as_slice() {
        [one] => of(one).into_iter().map(|v| vec![v]).collect(),
        [one, other] => {
            let (first, second) = (of(one), of(other));
            let pairs = first.iter().flat_map(|a| second.iter().map(move |b| vec![a.clone(), b.clone()]));
            pairs.filter(|p| p[0] != p[1]).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::admitted;
    use super::*;

    /// A push onto `out`, which is below what `a` has at `i`.
    const PUSHED: &str = "theorem l (a_1 : (Slice (MInt .i32))) (b_1 : (Slice (MInt .i32))) (out_1 : (Slice (MInt .i32))) (x_2 : (Slice (MInt .i32))) (i_1 : (MInt .usize)) (i_2 : (MInt .usize)) \
        (h1 : (∀ (qi'1 : Int) (qj'2 : Int), 0 ≤ qi'1 → (0 ≤ qj'2 → (qi'1 < qj'2 → (a_1.val[Int.toNat qi'1]!.val ≤ a_1.val[Int.toNat qj'2]!.val))))) \
        (h2 : (∀ (qp'1 : Int), 0 ≤ qp'1 → (qp'1 < (out_1.val.length : Int) → (out_1.val[Int.toNat qp'1]!.val ≤ a_1.val[Int.toNat i_1.val]!.val)))) \
        (h3 : (∀ (qp'1 : Int), 0 ≤ qp'1 → (b_1.val[Int.toNat qp'1]!.val ≤ 3))) \
        (h4 : x_2.val = out_1.val ++ [(a_1.val[Int.toNat i_1.val]!)]) (h5 : i_2.val = (i_1.val + (1 : Int))) :\n    \
        (∀ (qp'1 : Int), 0 ≤ qp'1 → (qp'1 < (x_2.val.length : Int) → (x_2.val[Int.toNat qp'1]!.val ≤ a_1.val[Int.toNat i_2.val]!.val)))";

    #[test]
    fn hypotheses_are_taken_where_their_lists_are_read() {
        let made = Statement::read(PUSHED).matched();
        admitted(PUSHED, &made);
        let [block] = made.as_slice() else { panic!("{made:?}") };
        for part in [
            "intro k0\nintros\nby_cases c0 : k0 = (out_1.val.length : Int) <;> (",
            ":= Harmonic.pushed_before h4 k0 (by omega) (by omega))",
            ":= h1 i_1.val i_2.val (by omega) (by omega) (by omega))",
            ":= h2 k0 (by omega) (by omega))",
        ] {
            assert!(block.contains(part), "{part}: {block}");
        }
        assert!(!block.contains("h3 ") && !block.contains("h1 k0"), "{block}");
    }

    #[test]
    fn what_a_hypothesis_excepts_is_a_case() {
        let insertion = "theorem l (v_1 : (Slice (MInt .i32))) (j_1 : (MInt .usize)) (x_3 : (MInt .usize)) \
            (h1 : (∀ (qp'1 : Int) (qq'2 : Int), 0 ≤ qp'1 → (0 ≤ qq'2 → (((qp'1 < qq'2) ∧ (qq'2 ≠ j_1.val)) → (v_1.val[Int.toNat qp'1]!.val ≤ v_1.val[Int.toNat qq'2]!.val))))) \
            (h2 : x_3.val = (j_1.val - (1 : Int))) (h3 : ¬((v_1.val[Int.toNat x_3.val]!).val > (v_1.val[Int.toNat j_1.val]!).val)) :\n    \
            (∀ (qp'1 : Int) (qq'2 : Int), 0 ≤ qp'1 → (0 ≤ qq'2 → (qp'1 < qq'2 → (v_1.val[Int.toNat qp'1]!.val ≤ v_1.val[Int.toNat qq'2]!.val))))";
        let made = Statement::read(insertion).matched();
        admitted(insertion, &made);
        let block = made.first().expect("a block");
        assert!(block.contains("by_cases c0 : k1 = j_1.val <;> by_cases c1 : k0 = x_3.val <;> ("), "{block}");
        assert!(block.contains("Harmonic.same_place v_1.val c1") && block.contains(":= h1 k0 x_3.val "), "{block}");
    }

    #[test]
    fn a_swap_changes_two_elements() {
        let swapped = "theorem l (v_1 : (Slice (MInt .u8))) (w_2 : (Slice (MInt .u8))) (i_1 : (MInt .usize)) (j_1 : (MInt .usize)) \
            (h1 : w_2.val = (v_1.val.set (Int.toNat i_1.val) (v_1.val[Int.toNat j_1.val]!)).set (Int.toNat j_1.val) (v_1.val[Int.toNat i_1.val]!)) \
            (h2 : (∀ (qk'1 : Int), 0 ≤ qk'1 → (v_1.val[Int.toNat qk'1]!.val ≤ 3))) :\n    \
            (∀ (qk'1 : Int), 0 ≤ qk'1 → (w_2.val[Int.toNat qk'1]!.val ≤ 3))";
        let made = Statement::read(swapped).matched();
        admitted(swapped, &made);
        let block = made.first().expect("a block");
        assert!(block.contains("by_cases c0 : k0 = i_1.val <;> by_cases c1 : k0 = j_1.val <;> ("), "{block}");
        assert!(block.contains(":= Harmonic.swapped_last h1 k0 (by omega) (by omega) (by omega))"), "{block}");
        // What is read of the list before is known by the hypothesis.
        assert!(block.contains(":= h2 k0 (by omega))") && block.contains(":= h2 j_1.val (by omega))"), "{block}");
        let replaced =
            swapped.replace("(v_1.val.set (Int.toNat i_1.val) (v_1.val[Int.toNat j_1.val]!)).set", "v_1.val.set");
        let made = Statement::read(&replaced).matched();
        assert!(made[0].contains("Harmonic.replaced_elsewhere h1 k0"), "{made:?}");
    }
}
