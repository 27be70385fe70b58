//! Builds the files that Lean judges, and maps Lean's messages back to what they are about.

use std::collections::{BTreeSet, HashSet};
use std::sync::OnceLock;

use harmonic_lean::{Message, Severity};
use harmonic_translator::rules::LIBRARY;
use harmonic_translator::translate::HEADER;
use harmonic_translator::unit::{Translation, Unit};

use crate::bits;
use crate::gate::{Block, names_in, shielded};

/// Modules of the support library that every file imports; the others they import in turn.
const BASE: [&str; 2] = ["Harmonic.Int", "Harmonic.Products"];
/// Modules that only those files import that name something of them.
const OPTIONAL: [&str; 6] =
    ["Harmonic.Std", "Harmonic.IntMethods", "Harmonic.Slice", "Harmonic.Opaque", LEMMAS, "Harmonic.Bits"];
/// What is known of slices: no statement names it, but the proofs of those that name slices do.
const LEMMAS: &str = "Harmonic.Lemmas";
/// What certificates about bits name; statements never do.
const BIT_BLAST: &str = "Harmonic.BitBlast";
/// What follows the imports, before the translator's own header.
const BUDGET: &str = "set_option maxHeartbeats 1000000\n";
/// Proofs found in a file with this line are not proofs yet: the kernel sees them in the final check.
const NO_KERNEL: &str = "set_option debug.skipKernelTC true\n";

/// The modules of the support library, [`BASE`] apart, that are to be at hand for proofs of these texts.
pub(crate) fn modules_for<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<&'static str> {
    let mut out: BTreeSet<&str> = texts.flat_map(extra_modules).collect();
    if out.contains("Harmonic.Slice") {
        out.insert(LEMMAS);
    }
    if out.contains("Harmonic.Bits") {
        out.insert(BIT_BLAST);
    }
    out
}

/// The modules of the support library that a file with this text imports, [`BASE`] apart.
pub fn extra_modules(text: &str) -> BTreeSet<&'static str> {
    static DECLARED: OnceLock<Vec<(&'static str, HashSet<String>)>> = OnceLock::new();
    let declared = DECLARED.get_or_init(|| {
        let source = |module: &str| LIBRARY.iter().find(|(name, _)| *name == module).map_or("", |(_, text)| *text);
        OPTIONAL.iter().map(|module| (*module, declared_in(source(module)))).collect()
    });
    let mut out = BTreeSet::new();
    for name in names_in(text) {
        let name = name.strip_prefix("Harmonic.").unwrap_or(&name);
        out.extend(declared.iter().filter(|(_, names)| names.contains(name)).map(|(module, _)| *module));
    }
    if text.contains("Harmonic.BitBlast.") {
        out.insert(BIT_BLAST);
    }
    out
}

/// Names of what a module of the support library declares, without the namespace `Harmonic`.
fn declared_in(text: &str) -> HashSet<String> {
    let keyword = |w: &&str| matches!(*w, "def" | "theorem" | "abbrev" | "structure" | "inductive" | "class");
    let lines = text.lines().map(|line| line.split_whitespace().skip_while(|w| w.starts_with('@')));
    let names = lines.filter_map(|mut words| words.next().filter(keyword).and_then(|_| words.next()));
    names.map(str::to_owned).collect()
}

/// The modules that every file imports.
#[must_use]
pub fn always_imported() -> Vec<&'static str> {
    BASE.to_vec()
}

/// All modules that such a file imports by itself.
pub(crate) fn imported(extra: &BTreeSet<&'static str>) -> Vec<&'static str> {
    BASE.iter().chain(extra).copied().collect()
}

/// The first line of a file that needs these modules besides [`BASE`].
pub fn imports(extra: &BTreeSet<&'static str>) -> String {
    let all: Vec<String> = imported(extra).iter().map(|module| format!("import {module}")).collect();
    all.join(" ") + "\n"
}

/// All modules of the support library that the imports of such a file bring in, in the order of their compilation.
pub(crate) fn library(extra: &BTreeSet<&'static str>) -> Vec<(&'static str, &'static str)> {
    let optional = |module: &str| module == BIT_BLAST || OPTIONAL.contains(&module);
    let unwanted = |module: &str| module == "Harmonic" || (optional(module) && !extra.contains(module));
    LIBRARY.iter().copied().filter(|(module, _)| !unwanted(module)).collect()
}

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
    /// This block alone, as it stands in an accepted file.
    Alone(&'a Block),
    /// The first of these that works, else a hole, or else an error. The numbers come back in Lean's messages.
    Try { candidates: Vec<(usize, &'a Block)>, heartbeats: u64, or_hole: bool },
}

#[derive(Debug)]
struct Region {
    place: Place,
    first: u32,
    last: u32,
    /// Candidate number and its lines.
    candidates: Vec<(usize, u32, u32)>,
    /// Whether its one candidate stands alone.
    alone: bool,
    /// Whether its last line fails if nothing closes it.
    or_fail: bool,
}

/// A block as it is written into the proof of a statement, indented.
fn written(block: &Block, statement: &str, spaces: usize) -> String {
    if block.text() != bits::MARK {
        return block.indented(spaces);
    }
    let pad = " ".repeat(spaces);
    bits::block(statement).lines().map(|line| format!("{pad}{line}\n")).collect()
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

/// The last alternative where a hole may not be: an error on a line of its own, which no candidate is on.
const NONE_CLOSED: &str = "  | fail \"no candidate\"";

/// Prefix of the messages by which a file reports the candidate it is at.
const MARK: &str = "hc:";

impl LeanFile {
    /// A file to accept: the kernel checks all of it.
    pub(crate) fn new() -> Self {
        Self::with("")
    }
    /// A file to find proofs with: the kernel, which is most of the cost, comes in at the final check.
    pub(crate) fn search() -> Self {
        Self::with(NO_KERNEL)
    }
    fn with(option: &str) -> Self {
        // Line 1 is for the imports, which depend on what is pushed.
        let mut file = Self { text: String::new(), line: 2, regions: Vec::new() };
        file.push(BUDGET);
        file.push(HEADER);
        if !option.is_empty() {
            file.push(option);
        }
        file
    }
    /// The modules that it names something of, among those that are `available`.
    pub(crate) fn modules(&self, available: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
        extra_modules(&self.text).intersection(available).copied().collect()
    }
    /// The whole text, with imports of these modules.
    pub(crate) fn text_with(&self, modules: &BTreeSet<&'static str>) -> String {
        format!("{}{}", imports(modules), self.text)
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
        self.regions.push(Region {
            place,
            first,
            last: self.line - 1,
            candidates: Vec::new(),
            alone: false,
            or_fail: false,
        });
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
    /// The theorem of a unit that is taken on faith: an axiom, which the audit finds beneath whatever rests on it.
    pub(crate) fn assumed(&mut self, index: usize, unit: &Unit) {
        if let Some(statement) = unit.theorem.split(":=").next().and_then(|t| t.trim_start().strip_prefix("theorem ")) {
            self.part(Place::Theorem(index), &format!("axiom {}", statement.trim_end()));
        }
    }
    pub(crate) fn theorem(&mut self, index: usize, unit: &Unit) {
        if unit.has_theorem() {
            self.part(Place::Theorem(index), &unit.theorem);
        }
    }
    pub(crate) fn leaf(&mut self, unit: usize, leaf: usize, statement: &str, text: &LeafText<'_>) {
        self.push("\n");
        let first = self.line;
        let mut ranges = Vec::new();
        match text {
            LeafText::Alone(block) => {
                self.push(&format!("{statement} := by"));
                // `unsolved goals` is reported at the `by`.
                let start = self.line - 1;
                self.push(&written(block, statement, 2));
                ranges.push((0, start, self.line - 1));
            }
            LeafText::Try { candidates, heartbeats, or_hole } => {
                self.push(&format!("set_option maxHeartbeats {heartbeats} in\n{statement} := by\n  first"));
                for (number, block) in candidates {
                    let start = self.line;
                    self.push(&format!("  | (\n    trace \"{MARK}{number}\""));
                    self.push(&written(block, statement, 4));
                    self.push("    done)");
                    ranges.push((*number, start, self.line - 1));
                }
                self.push(if *or_hole { "  | sorry" } else { NONE_CLOSED });
            }
        }
        let alone = matches!(text, LeafText::Alone(_));
        let or_fail = matches!(text, LeafText::Try { or_hole: false, .. });
        let place = Place::Leaf { unit, leaf };
        self.regions.push(Region { place, first, last: self.line - 1, candidates: ranges, alone, or_fail });
    }
    /// A proof as text, of which it is only to be told what Lean says. It may have holes.
    pub(crate) fn proof(&mut self, statement: &str, heartbeats: u64, proof: &str) {
        self.push("\n");
        let first = self.line;
        // In brackets: a proof that breaks off has its error here, not where the next text begins.
        self.push(&format!("set_option maxHeartbeats {heartbeats} in\n{statement} := by ("));
        // `unsolved goals` is reported at the `by`.
        let start = self.line - 1;
        for line in shielded(proof).lines() {
            self.push(&format!("  {line}"));
        }
        self.push("  )");
        let candidates = vec![(0, start, self.line - 1)];
        let place = Place::Leaf { unit: usize::MAX, leaf: self.regions.len() };
        self.regions.push(Region { place, first, last: self.line - 1, candidates, alone: true, or_fail: false });
    }
    /// What Lean said of each of these proofs, with the lines of the proof counted from 1.
    pub(crate) fn said<'m>(&self, messages: &'m [Message]) -> Vec<Vec<(u32, &'m Message)>> {
        let proofs = self.regions.iter().filter(|r| matches!(r.place, Place::Leaf { unit: usize::MAX, .. }));
        let lines = |region: &Region| {
            let start = region.candidates.first().map_or(region.first, |(_, start, _)| *start);
            self.messages(region, messages).map(|m| (m.pos.line.saturating_sub(start), m)).collect()
        };
        proofs.map(lines).collect()
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
                            None if region.or_fail && m.pos.line == region.last => LeafSays::Open,
                            // Which one was at work when the budget ran out is not always told.
                            None if is_budget(&m.text) && !region.candidates.is_empty() => {
                                LeafSays::OutOfBudget(region.candidates.last().map_or(0, |c| c.0))
                            }
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
            let says = says.unwrap_or(match at {
                Some(number) => LeafSays::Closed(number),
                None if region.alone => LeafSays::Closed(0),
                None => LeafSays::Open,
            });
            out.push((unit, leaf, says));
        }
        out
    }
    /// The leaves that something is tried on and no message is about, in the order of the file: those that a run without an end did
    /// not come to, behind the one that it was at.
    pub(crate) fn unheard(&self, messages: &[Message]) -> Vec<(usize, usize)> {
        let tried = self.regions.iter().filter(|r| !r.alone && self.messages(r, messages).next().is_none());
        let leaf = |region: &Region| match region.place {
            Place::Leaf { unit, leaf } => Some((unit, leaf)),
            _ => None,
        };
        tried.filter_map(leaf).collect()
    }
    /// Errors outside of leaves: what no further candidate mends.
    pub(crate) fn defects(&self, messages: &[Message]) -> Vec<(Option<Place>, String)> {
        let errors = messages.iter().filter(|m| m.severity == Severity::Error);
        errors
            .filter_map(|m| {
                let region = self.regions.iter().find(|r| (r.first..=r.last).contains(&m.pos.line));
                match region {
                    Some(Region { place: Place::Leaf { .. }, .. }) => None,
                    Some(region) => Some((Some(region.place), m.text.clone())),
                    None => Some((None, m.text.clone())),
                }
            })
            .collect()
    }
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
        let text = LeafText::Try { candidates: vec![(0, &a), (4, &b)], heartbeats: 7, or_hole: true };
        file.leaf(0, 0, "theorem a : True", &text);
        file.leaf(0, 1, "theorem b : True", &text);
        let line = |needle: &str, nth: usize| -> u32 {
            let text = file.text_with(&BTreeSet::new());
            let (i, _) = text.match_indices(needle).nth(nth).expect("present");
            u32::try_from(text[..i].matches('\n').count() + 1).expect("small")
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

    #[test]
    fn a_block_alone_is_closed_unless_lean_says_otherwise() {
        let block = Block::new("omega", &HashSet::new()).expect("honest");
        let mut file = LeanFile::new();
        file.leaf(0, 0, "theorem a :\n    True", &LeafText::Alone(&block));
        let nothing = LeafText::Try { candidates: Vec::new(), heartbeats: 7, or_hole: true };
        file.leaf(0, 1, "theorem b : True", &nothing);
        let text = file.text_with(&BTreeSet::new());
        let line = |needle: &str| {
            u32::try_from(text[..text.find(needle).expect("present")].matches('\n').count() + 1).expect("small")
        };
        let says = |at: u32| file.leaves(&[message(Severity::Error, at, "no")]).swap_remove(0).2;
        assert_eq!(file.leaves(&[])[0].2, LeafSays::Closed(0));
        assert_eq!(file.leaves(&[])[1].2, LeafSays::Open);
        assert_eq!(says(line("omega")), LeafSays::BadCandidate(0));
        assert_eq!(says(line("    True := by")), LeafSays::BadCandidate(0));
        assert!(matches!(says(line("theorem a")), LeafSays::Refused(_)));
    }

    #[test]
    fn what_is_said_of_proofs_is_told_by_their_lines() {
        let mut file = LeanFile::search();
        file.proof("theorem a :\n    True", 7, "intro x\nomega");
        file.proof("theorem b : True", 7, "have h : True :=");
        let text = file.text_with(&BTreeSet::new());
        let line = |needle: &str| {
            u32::try_from(text[..text.find(needle).expect("present")].matches('\n').count() + 1).expect("small")
        };
        let end = u32::try_from(text.lines().count()).expect("small");
        let error = |line| message(Severity::Error, line, "no");
        let messages = [error(line("    True := by")), error(line("omega")), error(end)];
        let said = file.said(&messages);
        let lines: Vec<Vec<u32>> = said.iter().map(|all| all.iter().map(|(line, _)| *line).collect()).collect();
        assert_eq!(lines, [vec![0, 2], vec![2]]);
        assert!(text.ends_with("  have «h» : True :=\n  )\n"), "{text}");
        assert!(file.defects(&messages).is_empty());
    }

    #[test]
    fn a_module_is_imported_where_it_is_named() {
        let bits = BTreeSet::from(["Harmonic.Bits"]);
        assert_eq!(extra_modules("theorem t : (MInt.and .u8 a b).holds P := MInt.and_holds h"), bits);
        assert_eq!(extra_modules("rw [Harmonic.bv_inj]"), bits);
        let opaque = "structure T_Entry where\n  f_name : (Opaque \"std''string''String\" [])";
        assert_eq!(extra_modules(opaque), BTreeSet::from(["Harmonic.Opaque"]));
        assert_eq!(
            extra_modules(&format!("{opaque}\ntheorem t : bv_inj")),
            BTreeSet::from(["Harmonic.Bits", "Harmonic.Opaque"])
        );
        assert!(extra_modules("theorem t : (checked .u8 a.val).holds P ∧ band = or").is_empty());
        let slices = "theorem t (v : Slice (MInt .u8)) : (Slice.len v).holds P";
        assert_eq!(extra_modules(slices), BTreeSet::from(["Harmonic.Slice"]));
        assert_eq!(extra_modules("rw [Harmonic.get_set]"), BTreeSet::from([LEMMAS]));
        assert_eq!(modules_for([slices].into_iter()), BTreeSet::from(["Harmonic.Slice", LEMMAS]));
        let all: BTreeSet<&str> = OPTIONAL.into();
        assert!(library(&all).len() == library(&BTreeSet::new()).len() + OPTIONAL.len());
        let mut file = LeanFile::new();
        let before = file.line;
        file.push("#check bv_inj");
        assert_eq!(file.modules(&all), bits);
        assert!(file.modules(&BTreeSet::new()).is_empty());
        let text = file.text_with(&bits);
        assert!(text.starts_with("import Harmonic.Int import") && text.contains("import Harmonic.Bits\n"));
        assert_eq!(text.lines().nth(before as usize - 1), Some("#check bv_inj"));
    }

    /// What a module names must be there whenever it is imported.
    #[test]
    fn the_library_is_closed_under_imports() {
        for extra in [vec![], vec!["Harmonic.Slice"], vec!["Harmonic.Slice", LEMMAS], vec!["Harmonic.Bits"]] {
            let there = library(&extra.into_iter().collect());
            for (name, text) in &there {
                for import in text.lines().filter_map(|l| l.strip_prefix("public import ")) {
                    assert!(there.iter().any(|(other, _)| *other == import), "{name} imports {import}");
                }
            }
        }
    }
}
