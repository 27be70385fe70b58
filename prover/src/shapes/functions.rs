//! Blocks for statements about the crate's recursive functions: their equations at the arguments that the statement has.

use super::Statement;
use super::elements::{at_arguments, bound_variables};
use super::syntax::{closing, has_bound_variable, introduced, named};

/// Most applications whose equations are stated.
const MAX_EQUATIONS: usize = 6;
/// Largest literal that is counted down.
const LONGEST_COUNT: usize = 8;

impl<'a> Statement<'a> {
    /// A proof by induction for which bounds and lengths alone have to be known: without the other hypotheses, of which each of its
    /// steps would make something.
    pub(crate) fn unburdened(&self, induction: &str) -> String {
        let clear = self.clear_all_but(&["hb", "hl"]);
        induction.replacen(":= by\n", &format!(":= by{clear}\n"), 1)
    }

    /// The line of a proof within another that does away with the hypotheses but those of these kinds; nothing if there are none.
    pub(super) fn clear_all_but(&self, kinds: &[&str]) -> String {
        let kept = |name: &str| kinds.iter().any(|kind| name.starts_with(kind));
        let facts = self.binders.iter().map(|(name, _)| *name).filter(|n| n.starts_with('h') && !kept(n));
        let all: Vec<&str> = facts.collect();
        if all.is_empty() { String::new() } else { format!("\n  clear {}", all.join(" ")) }
    }

    /// How many hypotheses are about all integers.
    pub(crate) fn quantified(&self) -> usize {
        self.binders.iter().filter(|(_, prop)| prop.trim_start_matches('(').starts_with('∀')).count()
    }

    /// The equations of recursive functions where the goal speaks of them; then where the hypotheses do, too.
    pub(crate) fn equations(&self) -> Vec<String> {
        let all = applications(self.whole);
        let variables = bound_variables(self.goal);
        let fresh = named(variables.len());
        let goal = at_arguments(self.goal, &fresh);
        let of_any = if variables.is_empty() { Vec::new() } else { applications(&goal) };
        if all.is_empty() && of_any.is_empty() {
            return Vec::new();
        }
        let here = applications(self.goal);
        let stated = |terms: &[(&str, &str)]| -> Vec<String> {
            let one =
                |(i, (name, arguments)): (usize, &(&str, &str))| format!("have u{i} := {name}.eq_def {arguments}");
            terms.iter().take(MAX_EQUATIONS + LONGEST_COUNT).enumerate().map(one).collect()
        };
        let mut out = Vec::new();
        let mut block = |first: &[String], terms: &[(&str, &str)], end: &str| {
            let block = [first, &stated(terms), &[end.to_owned()]].concat().join("\n");
            if !out.contains(&block) {
                out.push(block);
            }
        };
        // What a condition computes becomes a machine integer where it is put into a value.
        let rules = match self.whole.contains("MInt.ofInt ") {
            true => " [Harmonic.MInt.eq_iff, Harmonic.MInt.ofInt_val]",
            false => "",
        };
        let close = &format!("first | omega | grind (splits := 6){rules}");
        let definitions = self.definitions();
        let definitions: Vec<&str> = definitions.values().map(|(name, _)| *name).collect();
        if let [(name, arguments)] = here[..]
            && name.starts_with("df_")
            && self.goal == format!("({name} {arguments})")
        {
            block(&[format!("rw [{name}.eq_def]")], &[], close);
        }
        if !here.is_empty() {
            block(&["intros".to_owned()], &here, close);
        }
        // Where the goal is about all numbers, at the number that stands for any.
        if !of_any.is_empty() {
            block(&introduced(&fresh), &of_any, close);
        }
        // A small number is counted down to zero.
        let below: Vec<(&str, String)> = all.iter().flat_map(|(name, a)| counted_down(name, a)).collect();
        if !below.is_empty() {
            let below: Vec<(&str, &str)> = below.iter().map(|(name, a)| (*name, a.as_str())).collect();
            block(&["intros".to_owned()], &[&all, &below[..]].concat(), close);
        }
        if !all.is_empty() {
            block(&["intros".to_owned()], &all, close);
        }
        if !definitions.is_empty() && !all.is_empty() {
            block(&[], &all, &format!("try simp only [{}] at *\n{close}", definitions.join(", ")));
        }
        out
    }
}

/// Applications `(sp_f …)` and `(df_f …)` to arguments without bound variables: function and arguments, each once.
pub(super) fn applications(text: &str) -> Vec<(&str, &str)> {
    let mut out: Vec<(&str, &str)> = Vec::new();
    for (at, _) in text.match_indices("(sp_").chain(text.match_indices("(df_")) {
        let rest = &text[at..];
        let Some((name, arguments)) = closing(rest).and_then(|end| rest.get(1..end)).and_then(|t| t.split_once(' '))
        else {
            continue;
        };
        if !has_bound_variable(arguments) && !out.contains(&(name, arguments)) {
            out.push((name, arguments));
        }
    }
    out
}

/// An application to a small literal, at the numbers below it.
fn counted_down<'a>(name: &'a str, arguments: &str) -> Vec<(&'a str, String)> {
    let Some((before, rest)) = arguments.rsplit_once('(') else { return Vec::new() };
    let Some((literal, after)) = rest.split_once(" : Int)") else { return Vec::new() };
    match literal.parse::<usize>() {
        Ok(n) if n <= LONGEST_COUNT => (0..n).rev().map(|k| (name, format!("{before}({k} : Int){after}"))).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::tests::admitted;

    #[test]
    fn equations_are_those_of_the_goal_first() {
        let statement = "theorem l (i_1 : (MInt .u32)) (a_1 : (MInt .u64)) (h : a_1.val = (sp_m''fib i_1.val)) (h2 : (df_m''fib i_1.val)) :\n    (sp_m''fib (i_1.val + (1 : Int))) = (0 : Int)";
        let made = Statement::read(statement).equations();
        assert!(
            made[0].contains("have u0 := sp_m''fib.eq_def (i_1.val + (1 : Int))") && !made[0].contains("u1"),
            "{made:?}"
        );
        assert!(made[1].contains(":= df_m''fib.eq_def i_1.val"), "{made:?}");
        admitted(statement, &made);
        assert!(Statement::read("theorem l (x : Int) :\n    x = x").equations().is_empty());
    }

    #[test]
    fn what_is_bound_has_no_equation() {
        assert!(applications("∀ (qi'1 : Int), (sp_f qi'1) = 0").is_empty());
        // The name of a type in a module has quotes of its own.
        assert_eq!(applications("(sp_m''f (T_m''List.v_Nil : T_m''List))").len(), 1);
    }
}
