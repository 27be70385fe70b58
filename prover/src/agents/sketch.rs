//! Proofs with holes: `have h : … := by hole`.

use std::collections::HashSet;

use crate::gate::{Block, Refusal, names_in};

/// The word for a hole. It is no tactic of Lean's, so that a sketch that is taken for a proof is none.
pub(super) const HOLE: &str = "hole";
/// Most holes of a sketch.
const MOST: usize = 12;

/// A hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// Where the word is, in bytes.
    at: usize,
    /// Spaces before what stands in its place.
    pad: usize,
    /// The name of its step, or a number.
    pub name: String,
    /// What it states, if that was found.
    pub statement: Option<String>,
}

/// A sketch past the gate.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    text: String,
    /// Its holes, in the order of the text.
    pub holes: Vec<Hole>,
    /// What a block in a hole may name.
    pub known: HashSet<String>,
}

impl Sketch {
    /// Admits a sketch, or says why not.
    pub(super) fn new(text: &str, known: &HashSet<String>) -> Result<Self, String> {
        let mut with_hole = known.clone();
        with_hole.insert(HOLE.to_owned());
        let block = Block::new(text, &with_hole).map_err(|refusal: Refusal| refusal.reason().to_owned())?;
        let text = block.text().to_owned();
        let holes = holes(&text)?;
        if holes.is_empty() {
            return Err("a sketch without a hole".into());
        }
        if holes.len() > MOST {
            return Err(format!("more than {MOST} holes"));
        }
        let mut known = known.clone();
        // The sketch passed the gate: what it names is allowed, and what it binds may be in scope.
        known.extend(names_in(&text).into_iter().filter(|name| name != HOLE));
        Ok(Self { text, holes, known })
    }

    /// The text, with its holes.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text with these lines in place of the holes.
    pub(super) fn filled(&self, with: impl Fn(usize) -> String) -> String {
        self.filled_up_to(self.holes.len(), &with) + self.holes.last().map_or("", |h| &self.text[h.at + HOLE.len()..])
    }

    /// How many lines stand before those of a hole.
    pub(super) fn lines_before(&self, hole: usize, with: impl Fn(usize) -> String) -> u32 {
        let at = self.holes.get(hole).map_or(0, |h| h.at);
        let from = hole.checked_sub(1).and_then(|last| self.holes.get(last)).map_or(0, |h| h.at + HOLE.len());
        let before = self.filled_up_to(hole, &with) + self.text.get(from..at).unwrap_or_default();
        u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
    }

    /// The text up to the end of the last of so many holes.
    fn filled_up_to(&self, count: usize, with: &dyn Fn(usize) -> String) -> String {
        let mut out = String::new();
        let mut from = 0;
        for (i, hole) in self.holes.iter().enumerate().take(count) {
            out.push_str(&self.text[from..hole.at]);
            let pad = " ".repeat(hole.pad);
            let lines: Vec<String> = with(i).lines().map(|line| format!("\n{pad}{line}")).collect();
            out.push('(');
            out.push_str(&lines.concat());
            out.push(')');
            from = hole.at + HOLE.len();
        }
        out
    }
}

fn holes(text: &str) -> Result<Vec<Hole>, String> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\'' | '.' | '!' | '?');
    let mut out = Vec::new();
    for (at, _) in text.match_indices(HOLE) {
        let (before, after) = (&text[..at], &text[at + HOLE.len()..]);
        if before.ends_with(is_name) || after.starts_with(is_name) {
            continue;
        }
        let Some(step) = before.trim_end().strip_suffix("by").filter(|s| !s.ends_with(is_name)) else {
            return Err("`hole` stands after `by` alone: `have h : … := by hole`".into());
        };
        let line = before.rsplit('\n').next().unwrap_or_default();
        let pad = line.find(char::is_alphanumeric).map_or(line.chars().count(), |i| line[..i].chars().count()) + 2;
        let number = out.len() + 1;
        let (name, statement) = stated(step).unwrap_or_else(|| (number.to_string(), None));
        out.push(Hole { at, pad, name, statement });
    }
    Ok(out)
}

/// The name and the statement of the `have` whose proof begins here.
fn stated(step: &str) -> Option<(String, Option<String>)> {
    let head = step.trim_end().strip_suffix(":=")?;
    let (_, have) = head.rsplit_once("have ")?;
    let (name, statement) = have.split_once(':')?;
    let name = name.trim();
    let words = name.split_whitespace().count();
    let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    // `have h x : …` binds, and its statement alone would say something else.
    (words == 1).then(|| (name.to_owned(), (!statement.contains(":=")).then_some(statement)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(text: &str) -> Result<Sketch, String> {
        Sketch::new(text, &["x", "y"].into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn holes_are_found_and_filled() {
        let s = sketch("have h1 : 0 ≤ x * x := by hole\nby_cases c : x < y\n· have h2 : x ≤ y :=\n    by\n      hole\n  omega\n· omega")
            .expect("a sketch");
        let holes: Vec<_> = s.holes.iter().map(|h| (h.name.as_str(), h.statement.as_deref())).collect();
        assert_eq!(holes, [("h1", Some("0 ≤ x * x")), ("h2", Some("x ≤ y"))]);
        let filled = s.filled(|i| if i == 0 { "first\n| omega".into() } else { "grind".into() });
        assert_eq!(
            filled,
            "have h1 : 0 ≤ x * x := by (\n  first\n  | omega)\nby_cases c : x < y\n· have h2 : x ≤ y :=\n    by\n      (\n        grind)\n  omega\n· omega"
        );
        assert!(Block::new(&filled, &s.known).is_ok());
        let lines: Vec<&str> = filled.lines().collect();
        let before =
            |i: usize| s.lines_before(i, |i| if i == 0 { "first\n| omega".into() } else { "grind".into() }) as usize;
        assert_eq!((lines[before(0)].trim(), lines[before(1)].trim()), ("first", "grind)"));
        // What a sketch binds, its holes may name; the word itself they may not.
        assert!(s.known.contains("h1") && !s.known.contains(HOLE));
    }

    #[test]
    fn what_is_no_sketch_is_refused() {
        let many = "have h : x = y := by hole\n".repeat(13);
        for (text, reason) in [
            ("omega", "without a hole"),
            ("exact hole", "after `by` alone"),
            ("have h : x = y := by hole\nsorry", "unproved"),
            ("have h : x = y := by hole\nend X\ntheorem y : False := by hole", "command"),
            ("set_option maxRecDepth 9 in\nhave h : x = y := by hole", "option"),
            (many.as_str(), "more than"),
        ] {
            let refusal = sketch(text).expect_err(text);
            assert!(refusal.contains(reason), "{text}: {refusal}");
        }
        // A sketch that is taken for a proof is refused as one.
        let known = ["x", "y"].into_iter().map(str::to_owned).collect();
        assert!(Block::new("have h : x = y := by hole", &known).is_err());
    }
}
