//! Blocks that tell constructors apart.

use super::Statement;
use super::syntax::{balanced, has_bound_variable, is_term};

impl Statement<'_> {
    /// Blocks that tell the constructors of a value apart: one that is read as a number, one that a condition matches on.
    pub(crate) fn constructors(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (at, dot) in self.whole.match_indices(".elim ") {
            let name = &self.whole[..at + dot.len() - 1];
            let name = &name[name
                .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '\'')))
                .map_or(0, |i| i + 1)..];
            let value = self.whole[at + dot.len()..].split([' ', ')']).next().unwrap_or_default();
            let block = format!("cases {value} <;> simp_all [{name}] <;> omega");
            let variable = self.binders.iter().any(|(n, _)| *n == value);
            if variable && name.starts_with("T_") && !out.contains(&block) {
                out.push(block);
            }
        }
        // Equal structures are equal in their fields.
        let structures: Vec<&str> =
            self.binders.iter().filter(|(_, ty)| ty.starts_with("(T_")).map(|(name, _)| *name).collect();
        let equated =
            |name: &&&str| [format!("{name} = "), format!(" = {name}")].iter().any(|e| self.goal.contains(e.as_str()));
        let equated: Vec<String> = structures.iter().filter(equated).map(|name| format!("cases {name}")).collect();
        if !equated.is_empty() {
            let cases = equated.join(" <;> ");
            out.push(format!("{cases} <;> simp_all [Harmonic.MInt.eq_iff] <;> omega"));
            out.push(format!("{cases} <;> simp_all [Harmonic.MInt.eq_iff]"));
        }
        let arms = self.arms();
        if !arms.is_empty() {
            let lines: Vec<&str> = arms.iter().map(|(line, _)| line.as_str()).collect();
            let more: Vec<String> = arms.iter().map(|(_, prop)| prop.clone()).collect();
            let mut inner = Statement { binders: self.binders.clone(), goal: self.goal, whole: self.whole };
            inner.binders.extend(more.iter().map(|p| ("", p.as_str())));
            let mut ends = inner.products();
            ends.push("first | omega | grind (splits := 4)".to_owned());
            out.extend(ends.into_iter().map(|end| format!("{}\n{end}", lines.join("\n"))));
        }
        out
    }

    /// What hypotheses `match x with …` say where another one says which constructor `x` is: a line that proves it, and it.
    fn arms(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for (name, prop) in &self.binders {
            let Some(rest) = prop.strip_prefix("(match (generalizing := false) ") else { continue };
            let Some((value, arms)) = rest.strip_suffix(')').unwrap_or(rest).split_once(" with | ") else { continue };
            let is = self.binders.iter().find_map(|(h, p)| Some((*h, p.strip_prefix(value)?.strip_prefix(" = (")?)));
            let Some((equation, built)) = is else { continue };
            let mut built = built.split(" : ").next().unwrap_or_default().split(' ');
            let (constructor, fields) = (built.next().unwrap_or_default(), built.collect::<Vec<_>>());
            let arm = arms.split(" | ").find_map(|arm| {
                let (pattern, body) = arm.split_once(" => ")?;
                let mut words = pattern.trim_matches(['(', ')']).split(' ');
                (words.next() == Some(constructor)).then(|| (words.collect::<Vec<_>>(), body.trim()))
            });
            let Some((names, body)) = arm else { continue };
            let plain = balanced(body) && !body.contains("=>") && names.len() == fields.len();
            if !plain || !fields.iter().all(|f| is_term(f)) {
                continue;
            }
            let body = names.iter().zip(&fields).fold(body.to_owned(), |b, (n, f)| {
                // A bound name is whole where a `.`, a space or a bracket follows.
                [".", " ", ")", "]"].iter().fold(b, |b, end| b.replace(&format!("{n}{end}"), &format!("{f}{end}")))
            });
            if !has_bound_variable(&body) {
                let k = out.len();
                out.push((format!("have m{k} : {body} := by rw [{equation}] at {name}; exact {name}"), body));
            }
        }
        out
    }
}
