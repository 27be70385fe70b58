//! Blocks for functions that add something up over a part of a list: sums, counts.
//!
//! What such a function is of a part is the sum of what it is of the part's segments, and depends on the elements there alone. Both are
//! shown by induction, for the one function; then a part that grew by an element, or a list that was pushed onto, is one step. So is a
//! list of which elements were replaced or swapped.

use super::Statement;
use super::elements::{at_arguments, bound_variables};
use super::functions::applications;
use super::matching::Made;
use super::syntax::{argument, bare, holds, introduced, leading_variables, named, premises, side_by_side};

/// Most parts in a goal that are taken apart.
const MAX_PARTS: usize = 4;

/// An application to a part of a list: `f before… list from to after…`.
struct Part<'a> {
    function: &'a str,
    before: Vec<&'a str>,
    list: &'a str,
    from: &'a str,
    to: &'a str,
    after: Vec<&'a str>,
}

impl Part<'_> {
    /// Of another part, or another list.
    fn of(&self, list: &str, from: &str, to: &str) -> String {
        let part = [list, from, to];
        let all: Vec<&str> = self.before.iter().chain(&part).chain(&self.after).copied().collect();
        all.join(" ")
    }
    /// What it is of no elements, that it depends on the elements alone, and that it is the sum of what it is of two segments: for a
    /// recursion that begins at the front, and for one that begins at the back.
    fn laws(&self, i: usize, list_type: &str, clear: &str) -> [Vec<String>; 2] {
        let f = self.function;
        let of = |list: &str, from: &str, to: &str| format!("{f} {}", self.of(list, from, to));
        let unfold = |list: &str, from: &str, to: &str| format!("{f}.eq_def {}", self.of(list, from, to));
        let (vlh, wlh) = (unfold("v", "l", "h"), unfold("w", "l", "h"));
        let empty = format!(
            "have u{i} : ∀ (v : {list_type}) (l h : Int), h = l → {} = 0 := by{clear}\n  intro v l h e\n  subst e\n  rw [{}]\n  simp",
            of("v", "l", "h"),
            unfold("v", "h", "h")
        );
        let alike = format!(
            "have a{i} : ∀ (v w : {list_type}) (n : Nat) (l h : Int), h - l = n → (∀ k : Int, l ≤ k → k < h → Harmonic.MInt.val (v.val[Int.toNat k]!) = Harmonic.MInt.val (w.val[Int.toNat k]!)) → {} = {} := by{clear}
  intro v w n
  induction n with
  | zero =>
    intro l h e hk
    rw [u{i} v l h (by omega), u{i} w l h (by omega)]
  | succ n ih =>
    intro l h e hk
    first
    | (have a := hk l (by omega) (by omega); have b := ih (l + 1) h (by omega) (fun k c d => hk k (by omega) d); rw [{vlh}, {wlh}, a, b])
    | (have a := hk (h - 1) (by omega) (by omega); have b := ih l (h - 1) (by omega) (fun k c d => hk k c (by omega)); rw [{vlh}, {wlh}, a, b])",
            of("v", "l", "h"),
            of("w", "l", "h"),
        );
        // By induction over the segment from `lower` to `upper`; `order` is what has to be known of the other one.
        let sum = |bound: &str, [lower, upper]: [&str; 2], order: &str, before: &str, [held, unfolded]: [&str; 2]| {
            [
                format!(
                    "have s{i} : ∀ (v : {list_type}) (n : Nat) ({bound} : Int), {upper} - {lower} = n → {order} → {} = {} + {} := by{clear}
  intro v n
  induction n with
  | zero =>
    intro {bound} e hm
    have q : {upper} = {lower} := by omega
    subst q
    rw [u{i} v {upper} {upper} rfl]
    omega
  | succ n ih =>
    intro {bound} e hm
    have b := ih {before} (by omega) hm
    rw [{vlh}, {unfolded}, b]
    {}",
                    of("v", "l", "h"),
                    of("v", "l", "m"),
                    of("v", "m", "h"),
                    cases(),
                ),
                format!(
                    "have s{i} := fun (v : {list_type}) (l m h : Int) (a : l ≤ m) (b : m ≤ h) => s{i} v (Int.toNat ({upper} - {lower})) {bound} (by omega) {held}"
                ),
            ]
        };
        let one = format!(
            "have t{i} : ∀ (v w : {list_type}) (l m : Int), Harmonic.MInt.val (v.val[Int.toNat l]!) = Harmonic.MInt.val (w.val[Int.toNat m]!) → {} = {} := by{clear}
  intro v w l m e
  have a := u{i} v l l rfl
  have b := u{i} w m m rfl
  have c := u{i} v (l + 1) (l + 1) rfl
  have d := u{i} w (m + 1) (m + 1) rfl
  rw [{}, {}]
  try simp only [Int.add_sub_cancel]
  {}",
            of("v", "l", "(l + 1)"),
            of("w", "m", "(m + 1)"),
            unfold("v", "l", "(l + 1)"),
            unfold("w", "m", "(m + 1)"),
            cases(),
        );
        let front = sum("l m h", ["l", "m"], "m ≤ h", "(l + 1) m h", ["b", &unfold("v", "l", "m")]);
        let back = sum("h m l", ["m", "h"], "l ≤ m", "(h - 1) m l", ["a", &unfold("v", "m", "h")]);
        [front, back].map(|sum| [empty.clone(), alike.clone(), one.clone()].into_iter().chain(sum).collect())
    }
}

/// Lines of a proof, and the equations among them that the goal is rewritten by.
type Step = (Vec<String>, Vec<String>);

impl Part<'_> {
    /// The part that ends at `cut`, and the element behind it; perhaps of a list onto which that was pushed.
    fn grown(&self, i: usize, n: usize, cut: &str, pushed: Option<(&str, &Made)>) -> Step {
        let (list, from, to, f) = (self.list, self.from, self.to, self.function);
        let mut lines = vec![
            format!("have c{n} := s{i} {list} {from} {cut} {to} (by omega) (by omega)"),
            format!("have o{n} := {f}.eq_def {}", self.of(list, cut, to)),
            format!("have z{n} := u{i} {list} ({cut} + 1) {to} (by omega)"),
            format!("have y{n} := u{i} {list} {cut} ({to} - 1) (by omega)"),
        ];
        if let Some((name, made)) = pushed {
            let old = made.before().trim_end_matches(".val");
            lines.push(format!(
                "have g{n} := a{i} {list} {old} (Int.toNat ({cut} - {from})) {from} {cut} (by omega) (fun k p q => Harmonic.pushed_before {name} k (by omega) q)"
            ));
            lines.push(format!("have m{n} := Harmonic.pushed_last {name} {cut} rfl"));
        }
        (lines, vec![format!("c{n}"), format!("o{n}")])
    }

    /// The part of a list of which an element was replaced, or two were swapped.
    fn updated(&self, i: usize, n: usize, name: &str, made: &Made) -> Step {
        let (list, from, to, f) = (self.list, self.from, self.to, self.function);
        let old = made.before().trim_end_matches(".val");
        let (of_it, of_old) = (format!("{f} {}", self.of(list, from, to)), format!("{f} {}", self.of(old, from, to)));
        let laws = format!(
            "(fun v l h => {f} {}) s{i} (fun v w l h c => a{i} v w (Int.toNat (h - l)) l h (by omega))",
            self.of("v", "l", "h")
        );
        // As much is known of the old one as of one that is as long as that.
        let length = |list: &str| format!("({list}.val.length : Int)");
        let (mut lines, mut rules) = (Vec::new(), vec![format!("c{n}")]);
        if to == length(list) {
            lines.push(format!("have l{n} : {to} = {} := by omega", length(old)));
            rules.push(format!("l{n}"));
        }
        match made {
            Made::Swapped { .. } => {
                lines.push(format!(
                    "have c{n} : {of_it} = {of_old} := Harmonic.swapped_total {laws} t{i} {name}{}",
                    holds(6)
                ));
                (lines, rules)
            }
            Made::Replaced { at, .. } => {
                let at = &argument(at);
                let [new, gone] = [list, old].map(|l| self.of(l, at, &format!("({at} + 1)")));
                lines.extend([
                    format!(
                        "have c{n} : {of_it} = {of_old} - {f} {gone} + {f} {new} := Harmonic.replaced_total {laws} {name}{}",
                        holds(4)
                    ),
                    format!("have o{n} := {f}.eq_def {new}"),
                    format!("have w{n} := {f}.eq_def {gone}"),
                    format!("have m{n} := Harmonic.replaced_at {name} {at} (by omega) (by omega) rfl"),
                    format!("try simp only [Harmonic.MInt.lit_val] at m{n}"),
                ]);
                for (k, l) in [list, old].iter().enumerate() {
                    lines.push(format!("have z{n}{k} := u{i} {l} ({at} + 1) ({at} + 1) rfl"));
                    lines.push(format!("have y{n}{k} := u{i} {l} {at} ({at} + 1 - 1) (by omega)"));
                }
                rules.extend([format!("o{n}"), format!("w{n}")]);
                (lines, rules)
            }
            Made::Pushed { .. } => Step::default(),
        }
    }
}

/// Linear arithmetic in each of the cases that a function makes.
fn cases() -> String {
    (0..6).fold("omega".to_owned(), |inner, _| format!("first | omega | (split <;> {inner})"))
}

impl<'a> Statement<'a> {
    /// For goals about what a function adds up over a part of a list that ends with one element more than before.
    pub(crate) fn segments(&self) -> Vec<String> {
        let named = named(bound_variables(self.goal).len());
        if named.len() != leading_variables(self.goal) {
            return Vec::new();
        }
        let goal = at_arguments(self.goal, &named);
        let made = self.made_of();
        let clear = self.clear_all_but(&["hl"]);
        let mut lines: [Vec<String>; 2] = Default::default();
        let (mut rewritten, mut steps) = (Vec::new(), 0);
        let mut laws: Vec<(String, String)> = Vec::new();
        for part in applications(&goal).into_iter().filter_map(|(f, all)| self.part(f, all)).take(MAX_PARTS) {
            let changed = made.iter().find(|(_, list, _)| list.strip_suffix(".val") == Some(part.list));
            let grown = match changed {
                Some((_, _, Made::Pushed { before, .. })) => Some(format!("({before}.length : Int)")),
                Some(_) => None,
                None => self.one_less(part.to),
            };
            if changed.is_none() && grown.is_none() {
                continue;
            }
            let Some((_, ty)) = self.binders.iter().find(|(n, _)| *n == part.list) else { continue };
            // One function with other arguments besides the part is another one.
            let law = (format!("{} {}", part.function, part.of("", "", "")), (*ty).to_owned());
            let i = laws.iter().position(|l| *l == law).unwrap_or_else(|| {
                let along = part.laws(laws.len(), ty, &clear);
                lines.iter_mut().zip(along).for_each(|(l, laws)| l.extend(laws));
                laws.push(law);
                laws.len() - 1
            });
            let n = steps;
            steps += 1;
            let (more, rules) = match (changed, grown) {
                (Some((name, _, made)), None) => part.updated(i, n, name, made),
                (_, Some(cut)) => part.grown(i, n, &cut, changed.map(|(name, _, made)| (*name, made))),
                (None, None) => continue,
            };
            lines.iter_mut().for_each(|l| l.extend(more.iter().cloned()));
            rewritten.extend(rules);
        }
        if rewritten.is_empty() {
            return Vec::new();
        }
        let first = introduced(&named);
        // What was known for the same numbers.
        let mut last = Vec::new();
        for (name, prop) in self.binders.iter().filter(|(_, p)| p.contains("(sp_")) {
            if !named.is_empty() && leading_variables(prop) == named.len() {
                last.push(format!("try have i{} := {name} {}{}", last.len(), named.join(" "), holds(premises(prop))));
            }
        }
        last.push(format!("rw [{}]", rewritten.join(", ")));
        // Rewriting may have ended it.
        last.push(format!("all_goals ({})", cases()));
        lines.map(|l| [first.clone(), l, last.clone()].concat().join("\n")).to_vec()
    }

    fn part<'t>(&self, function: &'t str, arguments: &'t str) -> Option<Part<'t>> {
        let all = side_by_side(arguments);
        let at = all.iter().position(|term| self.is_of_integers(term))?;
        let [list, from, to, ..] = all[at..] else { return None };
        let (before, after) = (all[..at].to_vec(), all[at + 3..].to_vec());
        (function.starts_with("sp_") && !self.is_of_integers(from)).then_some(Part {
            function,
            before,
            list,
            from,
            to,
            after,
        })
    }

    /// The number that this one is one more than.
    fn one_less(&self, to: &str) -> Option<String> {
        let plain = |text: &str| bare(text).strip_suffix(" + (1 : Int)").map(str::to_owned);
        let defined =
            || self.binders.iter().find_map(|(_, prop)| prop.strip_prefix(to)?.strip_prefix(" = ").and_then(plain));
        plain(to).or_else(defined)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::admitted;
    use super::*;

    const PUSHED: &str = "theorem l (a_1 : (Slice (MInt .i32))) (b_1 : (Slice (MInt .i32))) (x_2 : (Slice (MInt .i32))) (i_1 : (MInt .usize)) (i_2 : (MInt .usize)) \
        (h1 : (∀ (qx'1 : Int), 0 ≤ qx'1 → ((sp_count b_1 0 (b_1.val.length : Int) qx'1) = (sp_count a_1 0 i_1.val qx'1)))) \
        (h2 : x_2.val = b_1.val ++ [(a_1.val[Int.toNat i_1.val]!)]) (h3 : i_2.val = (i_1.val + (1 : Int))) (hl0 : a_1.val.length ≤ 9) :\n    \
        (∀ (qx'1 : Int), 0 ≤ qx'1 → ((sp_count x_2 0 (x_2.val.length : Int) qx'1) = (sp_count a_1 0 i_2.val qx'1)))";

    #[test]
    fn an_updated_list_is_the_old_one_but_for_what_was_put_there() {
        let swapped = "(b_1.val.set (Int.toNat i_1.val) (b_1.val[Int.toNat i_2.val]!)).set (Int.toNat i_2.val) (b_1.val[Int.toNat i_1.val]!)";
        let replaced = "b_1.val.set (Int.toNat i_1.val) (MInt.lit .i32 3)";
        for (right, line) in [
            (
                swapped,
                "have c0 : sp_count x_2 0 (x_2.val.length : Int) k0 = sp_count b_1 0 (x_2.val.length : Int) k0 := Harmonic.swapped_total ",
            ),
            (
                replaced,
                "have o0 := sp_count.eq_def x_2 i_1.val (i_1.val + 1) k0\nhave w0 := sp_count.eq_def b_1 i_1.val (i_1.val + 1) k0\n",
            ),
        ] {
            let statement = PUSHED.replace("b_1.val ++ [(a_1.val[Int.toNat i_1.val]!)]", right);
            let made = Statement::read(&statement).segments();
            admitted(&statement, &made);
            let [front, _] = made.as_slice() else { panic!("{made:?}") };
            assert!(front.contains(line), "{line}: {front}");
        }
    }

    #[test]
    fn parts_with_one_element_more_are_taken_apart() {
        let made = Statement::read(PUSHED).segments();
        admitted(PUSHED, &made);
        let [front, _] = made.as_slice() else { panic!("{made:?}") };
        for line in [
            "have u0 : ∀ (v : (Slice (MInt .i32))) (l h : Int), h = l → sp_count v l h k0 = 0 := by\n  clear h1 h2 h3\n",
            "have c0 := s0 x_2 0 (b_1.val.length : Int) (x_2.val.length : Int) (by omega) (by omega)\n",
            "have m0 := Harmonic.pushed_last h2 (b_1.val.length : Int) rfl\n",
            "have c1 := s0 a_1 0 i_1.val i_2.val (by omega) (by omega)\n",
            "try have i0 := h1 k0 (by omega)\nrw [c0, o0, c1, o1]\n",
        ] {
            assert!(front.contains(line), "{line}: {front}");
        }
        assert!(!front.contains("have u1"), "both are of one function: {front}");
        // Nothing is added.
        let same =
            PUSHED.replace("i_2.val qx'1)))", "i_1.val qx'1)))").replace("sp_count x_2 0 (x_2", "sp_count b_1 0 (b_1");
        assert!(Statement::read(&same).segments().is_empty());
    }
}
