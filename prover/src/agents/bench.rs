//! Asks Lean about proofs of one obligation, and tells what it said line by line.

use std::time::Duration;

use harmonic_lean::{EngineError, Limits, Severity, Unfinished};
use harmonic_translator::unit::{Obligation, Translation};

use crate::lean_file::LeanFile;
use crate::order::order;
use crate::search::Context;

/// Budget of a proof, in Lean's heartbeats.
const HEARTBEATS: u64 = 400_000;
/// Time of a file.
const TIME: Duration = Duration::from_secs(120);
/// Most messages that are told of.
const MOST: usize = 6;
/// Most characters of one of them.
const MAX_MESSAGE: usize = 1_200;

/// One message about a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Line of the proof, from 1; 0 for the statement.
    pub line: u32,
    pub severity: Severity,
    pub text: String,
}

/// Where proofs of one obligation are tried.
pub(super) struct Bench<'a> {
    pub context: &'a Context<'a>,
    pub translation: &'a Translation,
    pub unit: usize,
    pub obligation: &'a Obligation,
}

impl Bench<'_> {
    /// What Lean says of these proofs, in one file. The kernel does not look at them: it has its say in the final check.
    ///
    /// # Errors
    /// If the engine cannot work at all. A file that takes too long is an error in each of its proofs.
    pub(super) fn run(&self, proofs: &[String]) -> Result<Vec<Vec<Said>>, EngineError> {
        let mut file = LeanFile::search();
        let with_callees = order(self.translation, &[self.unit]).unwrap_or_default();
        file.shared(self.translation, &with_callees);
        for index in with_callees {
            if let Some(unit) = self.translation.units.get(index) {
                file.definition(index, unit);
            }
        }
        for (i, proof) in proofs.iter().enumerate() {
            // Each under a name of its own.
            let name = &self.obligation.name;
            let statement = self.obligation.statement.replacen(name.as_str(), &format!("{name}_{i}"), 1);
            file.proof(&statement, HEARTBEATS, proof);
        }
        let failed = |text: String| vec![vec![Said { line: 0, severity: Severity::Error, text }]; proofs.len()];
        match self.context.explore(&file, Limits { time: TIME, ..Limits::default() }) {
            Ok(report) => {
                let all = file.said(&report.messages).into_iter();
                Ok(all.map(|m| m.into_iter().map(|(line, m)| said(line, m)).collect()).collect())
            }
            Err(Unfinished { error, .. }) => match error {
                EngineError::Cancelled | EngineError::NotReady(_) | EngineError::Scratch(_) => Err(error),
                _ => Ok(failed(error.to_string())),
            },
        }
    }
}

fn said(line: u32, message: &harmonic_lean::Message) -> Said {
    Said { line, severity: message.severity, text: without_numbers(&message.text) }
}

/// What is wrong with a proof, for who is to mend it; `None` if nothing is.
pub(super) fn wrong(said: &[Said]) -> Option<String> {
    wrong_in(said, 0, u32::MAX)
}

/// The same for some lines of it, which are numbered from 1 again.
pub(super) fn wrong_in(said: &[Said], before: u32, lines: u32) -> Option<String> {
    let errors: Vec<&Said> = said.iter().filter(|s| s.severity == Severity::Error).collect();
    let told = errors.iter().take(MOST).map(|s| {
        let text: String = s.text.trim().chars().take(MAX_MESSAGE).collect();
        match s.line.checked_sub(before) {
            None | Some(0) => text,
            Some(line) if line <= lines => format!("line {line}: {text}"),
            Some(_) => format!("after it: {text}"),
        }
    });
    (!errors.is_empty()).then(|| told.collect::<Vec<_>>().join("\n"))
}

/// The last of the marks that a proof with alternatives left behind: the alternative that was taken.
pub(super) fn last_mark<'s>(said: &'s [Said], prefix: &str) -> Option<&'s str> {
    let marks = said.iter().filter(|s| s.severity == Severity::Information);
    marks.filter_map(|s| s.text.trim().strip_prefix(prefix)).next_back()
}

/// A message without the numbers of metavariables, which differ from run to run.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('?') {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        rest = after;
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if let Some(digits) = rest[word..].strip_prefix('.') {
            let count = digits.bytes().take_while(u8::is_ascii_digit).count();
            if count > 0 {
                out.push_str(&rest[..word]);
                rest = &digits[count..];
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_the_same_in_every_run() {
        assert_eq!(without_numbers("type ?m.123 and ?u.7, ?x y? 1.5 ?"), "type ?m and ?u, ?x y? 1.5 ?");
    }

    #[test]
    fn what_is_wrong_is_told_by_line() {
        let said = |line, severity, text: &str| Said { line, severity, text: text.into() };
        let all = [
            said(1, Severity::Information, "hc:0"),
            said(2, Severity::Information, "hc:none"),
            said(2, Severity::Warning, "declaration uses `sorry`"),
        ];
        assert_eq!(wrong(&all), None);
        assert_eq!(last_mark(&all, "hc:"), Some("none"));
        let bad = [said(3, Severity::Error, "no"), said(0, Severity::Error, "unsolved goals")];
        assert_eq!(wrong(&bad).as_deref(), Some("line 3: no\nunsolved goals"));
        assert_eq!(wrong_in(&bad, 2, 1).as_deref(), Some("line 1: no\nunsolved goals"));
        assert_eq!(wrong_in(&bad, 1, 1).as_deref(), Some("after it: no\nunsolved goals"));
    }
}
