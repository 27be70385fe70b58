//! Blocks that compute recursive functions of one number from zero up to a literal that bounds it: that factorials and Fibonacci
//! numbers fit into their types is known by their values alone.

use super::Statement;
use super::functions::applications;
use super::syntax::bare;

/// Longest table.
const LONGEST: usize = 100;
/// Rows up to which a row may be made of those at the half and at the tenth of its number; the others are made of the two before.
const HALVES: usize = 64;
/// Most arguments at which it is looked into.
const MAX_ARGUMENTS: usize = 6;

impl Statement<'_> {
    /// Values and definedness from zero to the bound; then what the statement says at its arguments and at the numbers behind them.
    pub(crate) fn tables(&self) -> Vec<String> {
        let mut functions: Vec<&str> = Vec::new();
        let mut arguments: Vec<&str> = Vec::new();
        for (name, argument) in applications(self.whole) {
            let single = argument.starts_with('(') || !argument.contains(' ');
            let Some(ending) = name.strip_prefix("sp_").or_else(|| name.strip_prefix("df_")).filter(|_| single) else {
                continue;
            };
            if !functions.contains(&ending) {
                functions.push(ending);
            }
            if !arguments.contains(&argument) {
                arguments.push(argument);
            }
        }
        let [function] = functions[..] else { return Vec::new() };
        let Some(bound) = self.literal_bound() else { return Vec::new() };
        let mut at: Vec<String> = Vec::new();
        for argument in arguments {
            let before = bare(argument).strip_suffix(" - (1 : Int)").map(str::to_owned);
            let next = format!("({argument} + (1 : Int))");
            for a in before.into_iter().chain([argument.to_owned(), next]) {
                if at.len() < MAX_ARGUMENTS && !at.contains(&a) {
                    at.push(a);
                }
            }
        }
        // Where a step of two is known, as for Fibonacci numbers, it is the one that matters; and what fails before it is dear.
        at.sort_by_key(|a| std::cmp::Reverse(a.matches(" + (1 : Int)").count() >= 2));
        // The statement may be about the number behind the last one, too.
        let definitions = self.definitions();
        let definitions: Vec<&str> = definitions.values().map(|(name, _)| *name).collect();
        let replaced = format!("try simp only [{}] at *", definitions.join(", "));
        [bound + 1, bound].into_iter().map(|n| table(function, n, &at, &replaced)).collect()
    }

    /// The largest literal that bounds a variable, of those that are small enough.
    fn literal_bound(&self) -> Option<usize> {
        let mut best = None;
        for (_, prop) in self.binders.iter().filter(|(name, _)| !name.starts_with("hb")) {
            for sign in [" ≤ (", " < ("] {
                for (at, sign) in prop.match_indices(sign) {
                    let literal = prop[at + sign.len()..].split(" : Int)").next().and_then(|n| n.parse().ok());
                    best = best.max(literal.filter(|n| (2..LONGEST).contains(n)));
                }
            }
        }
        best
    }
}

fn table(function: &str, bound: usize, at: &[String], replaced: &str) -> String {
    let mut lines = Vec::new();
    for k in 0..=bound {
        let parts = (bound <= HALVES).then_some([k / 2, k / 10]).into_iter().flatten();
        let before = [k.checked_sub(1), k.checked_sub(2)].into_iter().flatten();
        let mut before: Vec<usize> = before.chain(parts).filter(|j| *j < k).collect();
        before.sort_unstable();
        before.dedup();
        let named = |letter: char| before.iter().map(|j| format!("{letter}{j}")).collect::<Vec<_>>();
        let (values, both) = (named('t').join(", "), [named('t'), named('d')].concat().join(", "));
        // Each row is a proof of its own: `simp … at` would leave one term that grows with all of them, and Lean's time with its
        // square.
        lines.push(format!(
            "have t{k} : sp_{function} {k} = _ := Eq.trans (sp_{function}.eq_def {k}) (by simp [{values}]; rfl)"
        ));
        lines.push(format!("have d{k} : df_{function} {k} := by rw [df_{function}.eq_def]; simp [{both}]"));
        lines.push(match k.checked_sub(1) {
            None => format!("have a0 : ∀ k : Int, 0 ≤ k → k ≤ 0 → df_{function} k := Harmonic.upto_zero d0"),
            Some(last) => format!("have a{k} := Harmonic.upto_succ a{last} (by decide) d{k}"),
        });
    }
    let used: Vec<String> = (0..bound).map(|k| format!("t{k} d{k} a{k}")).collect();
    lines.push(format!("clear {} t{bound} d{bound}\nfirst", used.join(" ")));
    // One argument at a time: with the equations at all of them, `grind` looks into too many cases.
    for a in at {
        lines.push(format!(
            "  | (have e := a{bound} {a} (by omega) (by omega); have u := sp_{function}.eq_def {a}; \
             have w := df_{function}.eq_def {a}; {}first | omega | ({replaced}; grind))",
            less(a)
        ));
    }
    lines.join("\n")
}

/// What the function is asked at, behind a number that is written as a sum: `n` for `(n + 1) - 1`.
fn less(argument: &str) -> String {
    let before = |a: &str| bare(a).strip_suffix(" + (1 : Int)").map(str::to_owned);
    let Some(one) = before(argument) else { return String::new() };
    let two = before(&one).map_or(String::new(), |two| format!(", show {argument} - 2 = {two} by omega"));
    format!("(try simp only [show {argument} - 1 = {one} by omega{two}] at u w); ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::tests::admitted;

    #[test]
    fn tables_reach_to_the_bound_and_one_further() {
        let statement = "theorem l (n_1 : (MInt .u32)) (h_req0 : n_1.val ≤ (20 : Int)) (a_1 : (MInt .u64)) (h : a_1.val = (sp_m''fact (c_1 - (1 : Int)))) (h2 : (df_m''fact (c_1 - (1 : Int)))) :\n    (a_1.val * c_1) ≤ 18446744073709551615";
        let made = Statement::read(statement).tables();
        assert!(
            made[0].contains(
                "have t21 : sp_m''fact 21 = _ := Eq.trans (sp_m''fact.eq_def 21) (by simp [t2, t10, t19, t20]; rfl)"
            ),
            "{}",
            made[0]
        );
        assert!(made[1].contains("| (have e := a20 c_1 (by omega)") && !made[1].contains("t21"), "{}", made[1]);
        admitted(statement, &made);
        let next = statement.replace("(sp_m''fact (c_1 - (1 : Int)))", "(sp_m''fact (c_1 + (1 : Int)))");
        let made = Statement::read(&next).tables();
        let ends = "simp only [show ((c_1 + (1 : Int)) + (1 : Int)) - 1 = (c_1 + (1 : Int)) by omega, show ((c_1 + (1 : Int)) + (1 : Int)) - 2 = c_1 by omega] at u w";
        assert!(made[0].contains(ends), "{}", made[0]);
        admitted(&next, &made);
        let unbounded = statement.replace("(20 : Int)", "(2000 : Int)");
        assert!(Statement::read(&unbounded).tables().is_empty());
    }
}
