//! Blocks for statements about the elements of lists.

use super::Statement;
use super::syntax::{argument, expand, holds, introduced, is_term, leading_variables, named, positions_in, premises};

/// Most positions at which hypotheses are taken.
const MAX_POSITIONS: usize = 4;
/// Most instances of hypotheses in a block.
const MAX_INSTANCES: usize = 24;
/// Most witnesses that are tried.
const MAX_WITNESSES: usize = 4;

impl<'a> Statement<'a> {
    /// For goals about all positions, and for what follows from hypotheses about all positions: the hypotheses at the positions
    /// that matter, definitions and updates of lists rewritten, equal positions told apart, then linear arithmetic.
    ///
    /// First with those instances alone whose premises hold as they stand: an implication costs `omega` a case split, and some
    /// of them a minute. Then with all of them.
    pub(crate) fn pointwise(&self) -> Vec<String> {
        let definitions = self.definitions();
        let arity = leading_variables(self.goal);
        let hypotheses: Vec<(&str, usize, usize)> = self
            .binders
            .iter()
            .map(|(name, prop)| (*name, leading_variables(prop), premises(prop)))
            .filter(|(_, n, _)| (1..=2).contains(n))
            .collect();
        if arity > 2 || (arity == 0 && hypotheses.is_empty()) {
            return Vec::new();
        }
        let mut positions: Vec<String> = Vec::new();
        for term in positions_in(self.goal).into_iter().chain(positions_in(self.whole)) {
            let term = expand(term, &definitions, 0);
            if positions.len() < MAX_POSITIONS && !positions.contains(&term) {
                positions.push(term);
            }
        }
        if arity == 0 && positions.is_empty() {
            return Vec::new();
        }
        let variables = named(arity);
        let lines = introduced(&variables);
        let at: Vec<&String> = variables.iter().chain(&positions).collect();
        let (mut instances, mut discharged) = (Vec::new(), Vec::new());
        for (name, n, premises) in &hypotheses {
            let mut instance = |arguments: &str| {
                let count = instances.len();
                if count < MAX_INSTANCES {
                    instances.push(format!("have i{count} := {name} {arguments}"));
                    let holds = holds(*premises);
                    discharged.push(format!("(try have i{count} := {name} {arguments}{holds})"));
                }
            };
            for x in &at {
                match n {
                    1 => instance(&argument(x)),
                    _ => at
                        .iter()
                        .filter(|y| *y != x)
                        .for_each(|y| instance(&format!("{} {}", argument(x), argument(y)))),
                }
            }
        }
        let lists: Vec<&str> = self.made();
        let mut rules: Vec<&str> = definitions.values().map(|(name, _)| *name).collect();
        rules.extend(&lists);
        if !lists.is_empty() {
            rules.extend(["List.length_append", "List.length_cons", "List.length_nil", "List.length_set"]);
        }
        let rewrite = match rules.is_empty() {
            true => Vec::new(),
            false => vec![format!("try simp only [{}] at *", rules.join(", "))],
        };
        let mut end = String::new();
        let mut last = String::new();
        for (i, (k, t)) in variables.iter().flat_map(|k| positions.iter().take(2).map(move |t| (k, t))).enumerate() {
            end.push_str(&format!("by_cases c{i} : {k} = {t} <;> "));
            last.push_str(&format!("(try subst c{i}) <;> "));
        }
        let update = if lists.is_empty() {
            "omega".to_owned()
        } else {
            let step = |rule: &str| format!("(try (rw [Harmonic.{rule}] <;> try omega))");
            format!("first | omega | ({}; {}; first | omega | (split <;> omega))", step("get_push"), step("get_set"))
        };
        let with = |instances: &[String], last: String| [&lines, instances, &rewrite, &[last]].concat().join("\n");
        let all = with(&instances, format!("{end}{last}({update})"));
        if discharged.is_empty() || hypotheses.iter().all(|(_, _, premises)| *premises == 0) {
            return vec![all];
        }
        let mut closing = update;
        if self.has_abstract_elements() {
            // Linear arithmetic does not know their order; `grind` does, and would not be done with what is under quantifiers.
            let names: Vec<&str> = hypotheses.iter().map(|(name, _, _)| *name).collect();
            closing = format!("first | ({closing}) | assumption | (clear {}; grind (splits := 4))", names.join(" "));
        }
        vec![with(&[], format!("{end}{last}({}; {closing})", discharged.join("; "))), all]
    }

    /// Whether the statement is about values of a type parameter.
    fn has_abstract_elements(&self) -> bool {
        self.whole.contains("{P_")
    }

    /// For lists that were updated: what they were made of, then `grind` with the rules for elements of updated lists.
    pub(crate) fn updates(&self) -> Vec<String> {
        let lists = self.made();
        if lists.is_empty() {
            return Vec::new();
        }
        let definitions = self.definitions();
        let mut rules: Vec<&str> = definitions.values().map(|(name, _)| *name).collect();
        rules.extend(lists);
        // Bounds of what is replaced only make more cases.
        let replaced: Vec<&str> = definitions.keys().copied().collect();
        let idle = |(name, prop): &&(&'a str, &'a str)| {
            name.starts_with("hb") && replaced.iter().any(|t| prop.contains(&format!(" ≤ {t} ∧ {t} ≤ ")))
        };
        let idle: Vec<&str> = self.binders.iter().filter(idle).map(|(name, _)| *name).collect();
        let clear = if idle.is_empty() { String::new() } else { format!("clear {}\n", idle.join(" ")) };
        let rules = rules.join(", ");
        vec![format!(
            "intros\n{clear}try simp only [{rules}, List.length_set, List.length_append, List.length_cons, List.length_nil] at *\n\
             grind (splits := 8) [Harmonic.get_set, Harmonic.get_push]"
        )]
    }

    /// Hypotheses that say what a list was made of.
    pub(super) fn made(&self) -> Vec<&'a str> {
        let mut out = Vec::new();
        for (name, prop) in &self.binders {
            let Some((left, right)) = prop.split_once(" = ") else { continue };
            let made = right == "[]" || right.contains(".val.set (") || right.contains(".val ++ [");
            if is_term(left) && made && !right.contains(left) {
                out.push(*name);
            }
        }
        out
    }

    /// For a goal that something exists, also as what a `bool` says: the positions that the statement reads, and what hypotheses say
    /// to exist.
    pub(crate) fn witnesses(&self) -> Vec<String> {
        let (goal, first) = match self.goal.strip_prefix("((true = true) ↔ (") {
            Some(inner) => (inner, "refine ⟨fun _ => ?_, fun _ => rfl⟩\n"),
            None => (self.goal, ""),
        };
        let variables = match goal.trim_start_matches('(').strip_prefix('∃') {
            Some(bound) => bound.split(',').next().unwrap_or_default().matches(": Int").count(),
            None => return Vec::new(),
        };
        let terms = positions_in(self.whole);
        let close = "first | omega | grind (splits := 4)";
        let one = |witness: &str| format!("  | (refine ⟨{witness}, ?_⟩; {close})");
        let mut lines: Vec<String> = match variables {
            2 => self.pairs(&terms).iter().map(|(a, b)| one(&format!("{a}, {b}"))).collect(),
            _ => terms.iter().take(MAX_WITNESSES).map(|t| one(t)).collect(),
        };
        for (name, _) in self.binders.iter().filter(|(_, p)| p.trim_start_matches('(').starts_with('∃')) {
            lines.push(format!("  | (obtain ⟨w, hw⟩ := {name}; refine ⟨w, ?_⟩; {close})"));
        }
        if variables == 1 && self.whole.contains(".val[0]!") {
            lines.push("  | (refine ⟨0, ?_⟩; simp at *; first | omega | grind (splits := 4))".to_owned());
        }
        if lines.is_empty() { Vec::new() } else { vec![format!("{first}first\n{}", lines.join("\n"))] }
    }

    /// For a goal that something does not hold of all pairs, also as what a `bool` says: pairs of positions that the statement reads.
    pub(crate) fn denied_of_pairs(&self) -> Vec<String> {
        let inside = |before: &str| self.goal.strip_prefix(before);
        let (all, first) = match (inside("¬("), inside("((false = true) ↔ (")) {
            (Some(all), _) => (all, "intro hall"),
            (_, Some(all)) => (all, "refine ⟨fun h => absurd h (by decide), fun hall => ?_⟩\nexfalso"),
            _ => return Vec::new(),
        };
        if leading_variables(all) != 2 {
            return Vec::new();
        }
        let closed = all.strip_suffix("))").unwrap_or(all);
        let holds = holds(premises(closed).max(premises(all)));
        let pairs = self.pairs(&positions_in(self.whole));
        let line = |(a, b): &(String, String)| {
            format!("  | (have i := hall {a} {b}{holds}; omega)\n  | (have i := hall {a} {b}; omega)")
        };
        let lines: Vec<String> = pairs.iter().map(line).collect();
        if lines.is_empty() { Vec::new() } else { vec![format!("{first}\nfirst\n{}", lines.join("\n"))] }
    }

    /// Pairs of different positions, the last read first: they are what the last test was about.
    fn pairs(&self, terms: &[&str]) -> Vec<(String, String)> {
        let definitions = self.definitions();
        let mut positions: Vec<String> = Vec::new();
        for term in terms.iter().rev() {
            let plain = expand(term, &definitions, 0);
            if !positions.contains(&plain) && !positions.iter().any(|p| p == term) {
                positions.push((*term).to_owned());
            }
        }
        positions.truncate(MAX_WITNESSES);
        let mut out = Vec::new();
        for a in &positions {
            out.extend(positions.iter().filter(|b| *b != a).map(|b| (argument(a), argument(b))));
        }
        out
    }
}
