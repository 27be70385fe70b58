//! What agents are told of a goal.

use std::fmt::Write as _;

use harmonic_translator::span::SourceMap;
use harmonic_translator::unit::{Obligation, Translation, Unit};

use super::role::Role;
use crate::gate::names_in;

/// Most bytes of definitions.
const MAX_DEFINITIONS: usize = 6_000;
/// Most failed attempts that are told of.
const MOST_ATTEMPTS: usize = 4;
/// Most characters of what was said of one of them.
const MAX_SAID: usize = 500;

/// A goal, as prompts speak of it.
pub(super) struct Subject {
    /// The statement of the obligation.
    pub statement: String,
    /// For a hole: the sketch around it and what Lean knows there.
    pub state: String,
    /// The Rust function, with a mark.
    pub source: String,
    /// What may go wrong, in Rust's words.
    pub kind: String,
    pub facts: String,
    pub definitions: String,
    pub lemmas: String,
}

impl Subject {
    pub(super) fn of(
        translation: &Translation,
        sources: &SourceMap,
        unit: &Unit,
        obligation: &Obligation,
        lemmas: &[&str],
    ) -> Self {
        let section = |title: &str, body: &str, language: &str| match body.trim() {
            "" => String::new(),
            body => format!("\n{title}\n\n```{language}\n{body}\n```\n"),
        };
        let mut facts = String::new();
        if !obligation.facts.is_empty() {
            let _ = writeln!(facts, "\nKnown there: {}.", obligation.facts.join("; "));
        }
        if !obligation.goal.is_empty() {
            let _ = writeln!(facts, "\nTo show: {}.", obligation.goal);
        }
        Self {
            statement: obligation.statement.clone(),
            state: String::new(),
            source: excerpt(sources, unit, obligation),
            kind: obligation.kind.clone(),
            facts,
            definitions: section("Definitions:", &definitions(translation, unit, obligation), "lean"),
            lemmas: section("Lemmas that may help:", &lemmas.join("\n"), "lean"),
        }
    }

    /// The same for a hole of a sketch.
    pub(super) fn hole(&self, name: &str, sketch: &str, state: &str) -> Self {
        let state = format!(
            "\nThe proof of it is this one, but for the hole `{name}`, marked `hole` (others are left out). Answer with the tactics for that hole alone.\n\n```lean\n{sketch}\n```\n\nAt the hole, Lean has:\n\n```\n{}\n```\n",
            state.trim()
        );
        Self {
            statement: self.statement.clone(),
            state,
            source: self.source.clone(),
            kind: self.kind.clone(),
            facts: self.facts.clone(),
            definitions: self.definitions.clone(),
            lemmas: self.lemmas.clone(),
        }
    }
}

/// A proof that failed.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub proof: String,
    pub said: String,
}

/// The prompt of a role. `mend` is what a repairer is to mend; `attempts` are others that failed.
pub(super) fn prompt(
    role: Role,
    subject: &Subject,
    mend: Option<&Attempt>,
    attempts: &[Attempt],
    holes: bool,
) -> String {
    let mut told = String::new();
    let others = attempts.iter().filter(|a| mend.is_none_or(|m| m.proof != a.proof));
    let others: Vec<&Attempt> = others.collect();
    for attempt in others.iter().skip(others.len().saturating_sub(MOST_ATTEMPTS)) {
        let said: String = attempt.said.chars().take(MAX_SAID).collect();
        let _ = write!(told, "\nThis was tried, and failed:\n\n```lean\n{}\n```\n\n{said}\n", attempt.proof);
    }
    let holes = if holes { "\nThe proof may have holes, written `have h : … := by hole`." } else { "" };
    let value = |name: &str| match name {
        "statement" => subject.statement.as_str(),
        "state" => &subject.state,
        "source" => &subject.source,
        "kind" => &subject.kind,
        "facts" => &subject.facts,
        "definitions" => &subject.definitions,
        "lemmas" => &subject.lemmas,
        "attempts" => &told,
        "proof" => mend.map_or("", |m| &m.proof),
        "messages" => mend.map_or("", |m| &m.said),
        "holes" => holes,
        _ => "",
    };
    // In one go: what stands in a place is not looked at for places.
    let mut out = String::new();
    let mut rest = role.template();
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        out.push_str(before);
        out.push_str(value(name));
        rest = after;
    }
    out + rest
}

/// The function, with a line below the place that the obligation is about.
fn excerpt(sources: &SourceMap, unit: &Unit, obligation: &Obligation) -> String {
    let text = sources.snippet(unit.span);
    let at = obligation.span;
    let inside = at.file == unit.span.file && at.lo >= unit.span.lo && at.lo < unit.span.hi;
    let mut offset = unit.span.lo as usize;
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        out.push_str(line.trim_end_matches('\n'));
        out.push('\n');
        let place = (at.lo as usize).checked_sub(offset).filter(|place| inside && *place < line.len());
        if let Some(column) = place.and_then(|place| line.get(..place)).map(|before| before.chars().count()) {
            let _ = writeln!(out, "//{}^ here", " ".repeat(column.saturating_sub(2)));
        }
        offset += line.len();
    }
    out.trim_end().to_owned()
}

/// The definitions that a statement names.
fn definitions(translation: &Translation, unit: &Unit, obligation: &Obligation) -> String {
    let named = names_in(&obligation.statement.replacen(&obligation.name, "", 1));
    let names = |declared: &str| named.iter().any(|n| n == declared || n.starts_with(&format!("{declared}.")));
    let shared = unit.prelude_types.iter().filter_map(|i| translation.shared.get(*i));
    let units = unit.depends.iter().filter_map(|u| translation.units.get(*u)).chain([unit]).map(|u| &u.definition);
    let mut out = String::new();
    for text in shared.chain(units) {
        if out.len() + text.len() <= MAX_DEFINITIONS && declared(text).is_some_and(names) {
            out.push_str(text.trim());
            out.push_str("\n\n");
        }
    }
    out
}

/// The name that a declaration gives.
fn declared(text: &str) -> Option<&str> {
    let keyword = |word: &&str| matches!(*word, "def" | "structure" | "inductive" | "abbrev");
    let mut words = text.split_whitespace().skip_while(|word| !keyword(word));
    words.nth(1).map(|name| name.trim_end_matches(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            statement: "theorem t : {{kind}}".into(),
            state: String::new(),
            source: "fn f() {}".into(),
            kind: "this may panic".into(),
            facts: String::new(),
            definitions: String::new(),
            lemmas: String::new(),
        }
    }

    #[test]
    fn prompts_are_filled_once() {
        for role in Role::ALL {
            let text = prompt(role, &subject(), None, &[], false);
            assert!(text.contains("theorem t : {{kind}}") && text.contains("this may panic"), "{text}");
            assert_eq!(text.matches("{{").count(), 1, "{text}");
        }
    }

    #[test]
    fn failed_attempts_are_told_and_the_mended_one_only_once() {
        let attempt = |proof: &str| Attempt { proof: proof.into(), said: format!("{proof} failed") };
        let attempts: Vec<Attempt> = ["a1", "a2", "a3", "a4", "a5", "a6"].map(attempt).to_vec();
        let text = prompt(Role::Repairer, &subject(), attempts.last(), &attempts, true);
        assert!(text.contains("a6 failed") && text.contains("a5 failed") && text.contains("a2 failed"), "{text}");
        assert!(!text.contains("a1 failed") && text.matches("a6 failed").count() == 1, "{text}");
        assert!(text.contains("by hole"));
    }
}
