//! Builds the files that Lean judges, and maps Lean's messages back to what they are about.

use harmonic_lean::{Message, Severity};
use harmonic_translator::translate::HEADER;
use harmonic_translator::unit::{Translation, Unit};

use crate::gate::Block;

/// What every file starts with, before the translator's own header: the modules of the support library.
///
/// They are named one by one, not as `Harmonic`: Lean writes that module (imports alone) with a private part whose root
/// lies in its exported part, which the audit does not read.
pub const IMPORTS: &str = "import Harmonic.Core\nimport Harmonic.Int\nimport Harmonic.IntMethods\nimport Harmonic.Bits\n\
    import Harmonic.Slice\nimport Harmonic.Std\nimport Harmonic.Lemmas\n\nset_option maxHeartbeats 1000000\n";

/// What a part of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Shared(usize),
    Definition(usize),
    Leaf { unit: usize, leaf: usize },
    Theorem(usize),
}

/// How a leaf is written.
#[derive(Clone, Debug)]
pub(crate) enum LeafText<'a> {
    /// Accepted: this block alone.
    Accepted(&'a Block),
    /// The first of these that works, else a hole. The numbers come back in Lean's messages.
    Try { candidates: Vec<(usize, &'a Block)>, heartbeats: u64 },
    /// A hole.
    Hole,
}

#[derive(Debug)]
struct Region {
    place: Place,
    first: u32,
    last: u32,
    /// Candidate number and its lines.
    candidates: Vec<(usize, u32, u32)>,
}

/// A file in the making.
#[derive(Debug)]
pub(crate) struct LeanFile {
    text: String,
    line: u32,
    regions: Vec<Region>,
}

/// What Lean said of one leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeafSays {
    /// This candidate closed it.
    Closed(usize),
    /// No error, nothing tried or all failed in the ordinary way.
    Open,
    /// This candidate ran out of its budget; those before it failed.
    OutOfBudget(usize),
    /// This candidate is not even a tactic block for Lean.
    BadCandidate(usize),
    /// The statement itself was refused.
    Refused(String),
}

/// Prefix of the messages by which a file reports the candidate it is at.
const MARK: &str = "hc:";

impl LeanFile {
    pub(crate) fn new() -> Self {
        let mut file = Self { text: String::new(), line: 1, regions: Vec::new() };
        file.push(IMPORTS);
        file.push(HEADER);
        file
    }
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.line += u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
        if !text.ends_with('\n') {
            self.text.push('\n');
            self.line += 1;
        }
    }
    fn part(&mut self, place: Place, text: &str) {
        self.push("\n");
        let first = self.line;
        self.push(text);
        self.regions.push(Region { place, first, last: self.line - 1, candidates: Vec::new() });
    }
    pub(crate) fn shared(&mut self, translation: &Translation, units: &[usize]) {
        let mut wanted: Vec<usize> = units
            .iter()
            .filter_map(|u| translation.units.get(*u))
            .flat_map(|u| u.prelude_types.iter().copied())
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        for i in wanted {
            if let Some(text) = translation.shared.get(i) {
                self.part(Place::Shared(i), text);
            }
        }
    }
    pub(crate) fn definition(&mut self, index: usize, unit: &Unit) {
        self.part(Place::Definition(index), &unit.definition);
    }
    pub(crate) fn theorem(&mut self, index: usize, unit: &Unit) {
        if has_theorem(unit) {
            self.part(Place::Theorem(index), &unit.theorem);
        }
    }
    pub(crate) fn leaf(&mut self, unit: usize, leaf: usize, statement: &str, text: &LeafText<'_>) {
        self.push("\n");
        let first = self.line;
        let mut ranges = Vec::new();
        match text {
            LeafText::Accepted(block) => {
                self.push(&format!("{statement} := by"));
                self.push(&block.indented(2));
            }
            LeafText::Hole => self.push(&format!("{statement} := by\n  sorry")),
            LeafText::Try { candidates, heartbeats } => {
                self.push(&format!("set_option maxHeartbeats {heartbeats} in\n{statement} := by\n  first"));
                for (number, block) in candidates {
                    let start = self.line;
                    self.push(&format!("  | (\n    trace \"{MARK}{number}\""));
                    self.push(&block.indented(4));
                    self.push("    done)");
                    ranges.push((*number, start, self.line - 1));
                }
                self.push("  | sorry");
            }
        }
        self.regions.push(Region { place: Place::Leaf { unit, leaf }, first, last: self.line - 1, candidates: ranges });
    }
    fn messages<'m>(&self, region: &Region, messages: &'m [Message]) -> impl Iterator<Item = &'m Message> + use<'m> {
        let (first, last) = (region.first, region.last);
        messages.iter().filter(move |m| (first..=last).contains(&m.pos.line))
    }
    /// What the messages say of each leaf of the file.
    pub(crate) fn leaves(&self, messages: &[Message]) -> Vec<(usize, usize, LeafSays)> {
        let mut out = Vec::new();
        for region in &self.regions {
            let Place::Leaf { unit, leaf } = region.place else { continue };
            let mut at = None;
            let mut says = None;
            for m in self.messages(region, messages) {
                match m.severity {
                    Severity::Error => {
                        let number = region
                            .candidates
                            .iter()
                            .find(|(_, first, last)| (*first..=*last).contains(&m.pos.line))
                            .map(|(number, ..)| *number);
                        says = Some(match number.or(at) {
                            Some(number) if is_budget(&m.text) => LeafSays::OutOfBudget(number),
                            Some(number) => LeafSays::BadCandidate(number),
                            None => LeafSays::Refused(m.text.clone()),
                        });
                        break;
                    }
                    Severity::Information => {
                        if let Some(n) = m.text.trim().strip_prefix(MARK).and_then(|n| n.parse().ok()) {
                            at = Some(n);
                        }
                    }
                    Severity::Warning if m.text.contains("sorry") => says = Some(LeafSays::Open),
                    Severity::Warning => {}
                }
            }
            let says = says.unwrap_or_else(|| match at {
                Some(number) => LeafSays::Closed(number),
                None => LeafSays::Open,
            });
            out.push((unit, leaf, says));
        }
        out
    }
    /// Errors outside of leaves, and of accepted leaves: what no further candidate mends.
    pub(crate) fn defects(&self, messages: &[Message]) -> Vec<(Option<Place>, String)> {
        let errors = messages.iter().filter(|m| m.severity == Severity::Error);
        errors
            .filter_map(|m| {
                let region = self.regions.iter().find(|r| (r.first..=r.last).contains(&m.pos.line));
                match region {
                    Some(Region { place: Place::Leaf { .. }, candidates, .. }) if !candidates.is_empty() => None,
                    Some(region) => Some((Some(region.place), m.text.clone())),
                    None => Some((None, m.text.clone())),
                }
            })
            .collect()
    }
}

/// Whether the unit states anything: a function without a spec has a definition only.
pub(crate) fn has_theorem(unit: &Unit) -> bool {
    !unit.theorem.trim().is_empty()
}

/// Whether an error means that a budget ran out (these are not caught by `first`).
fn is_budget(text: &str) -> bool {
    text.contains("maximum number of heartbeats")
        || text.contains("maximum recursion depth")
        || text.contains("deep recursion")
}

#[cfg(test)]
mod tests {
    use super::*;
    use harmonic_lean::Pos;
    use std::collections::HashSet;

    fn message(severity: Severity, line: u32, text: &str) -> Message {
        Message { severity, pos: Pos { line, column: 0 }, end: None, text: text.into() }
    }

    #[test]
    fn messages_find_their_candidate() {
        let known = HashSet::new();
        let a = Block::new("omega", &known).expect("honest");
        let b = Block::new("simp_all\ngrind", &known).expect("honest");
        let mut file = LeanFile::new();
        let text = LeafText::Try { candidates: vec![(0, &a), (4, &b)], heartbeats: 7 };
        file.leaf(0, 0, "theorem a : True", &text);
        file.leaf(0, 1, "theorem b : True", &text);
        let line = |needle: &str, nth: usize| -> u32 {
            let (i, _) = file.text().match_indices(needle).nth(nth).expect("present");
            u32::try_from(file.text()[..i].matches('\n').count() + 1).expect("small")
        };
        let ok = vec![
            message(Severity::Information, line("hc:4", 0), "hc:4"),
            message(
                Severity::Error,
                line("grind", 1),
                "(deterministic) timeout, maximum number of heartbeats (7) has been reached",
            ),
        ];
        assert_eq!(file.leaves(&ok), vec![(0, 0, LeafSays::Closed(4)), (0, 1, LeafSays::OutOfBudget(4))]);
        let bad = vec![
            message(Severity::Error, line("theorem a", 0), "unknown identifier"),
            message(Severity::Warning, line("theorem b", 0), "declaration uses `sorry`"),
        ];
        assert!(matches!(file.leaves(&bad)[0].2, LeafSays::Refused(_)));
        assert_eq!(file.leaves(&bad)[1].2, LeafSays::Open);
    }
}
