//! `cargo xtask fuzz --cheats`: hostile proofs with a few tokens changed. What the gate lets through is read again, plainly: no word
//! outside of its lists but in quotes, nothing left of its place, and the same text when it comes again.

use std::collections::HashSet;
use std::error::Error;
use std::panic::catch_unwind;
use std::time::Instant;

use harmonic_prover::gate::{Block, is_word};

use super::choices::Choices;

#[path = "../../../prover/tests/cheat_list/mod.rs"]
mod cheat_list;

/// Proofs as they are: most of what is mixed into them has to be refused, and some not.
const HONEST: &[&str] = &[
    "omega",
    "intro a b hab\nexact hab",
    "obtain ⟨h1, h2⟩ := h\nconstructor <;> omega",
    "induction v with\n| nil => simp\n| cons a as ih =>\n  simp_all [List.length_append]\n  omega",
    "cases x <;> first | rfl | (simp at h; omega)",
    "have e : x = y := by omega\nsubst e\nrfl",
    "by_cases hc : x < y\n· omega\n· simp [hc]",
    "refine ⟨?_, ?_⟩ <;> grind (splits := 4)",
];
/// Characters that look like others, or like nothing.
const ALIKE: &[char] = &[
    'о', 'е', 'ѕ', '\u{200b}', '\u{200d}', '\u{202e}', '\u{feff}', '\u{a0}', 'ｓ', 'λ', '«', '»', '‹', '\r', '\t', '\0',
];
/// Pieces that end something, or begin something.
const PIECES: &[&str] = &[
    "--",
    "/-",
    "-/",
    "(",
    ")",
    "[",
    "]",
    "⟨",
    "⟩",
    "@[",
    "#",
    "`",
    "$",
    "\"",
    "'",
    "\n",
    "\n  ",
    ";",
    " <;> ",
    ":=",
    "=>",
    "|",
    ".",
    "..",
    " by ",
    " in ",
    " where ",
    " intro ",
    " with ",
    " have ",
    " let rec ",
    "«",
    "»",
    "?",
    "!",
    " end ",
    " sorry ",
    " initialize ",
];

/// Names that a statement would bring into scope.
const KNOWN: &[&str] = &["x", "y", "h", "v", "f", "fn_squares", "a_1", "b_1"];

fn tokens(text: &str) -> Vec<&str> {
    let (mut out, mut from) = (vec![], 0);
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let within = before.is_some_and(|b| b.is_alphanumeric() && c.is_alphanumeric());
        if at > 0 && !within {
            out.push(&text[from..at]);
            from = at;
        }
        before = Some(c);
    }
    out.push(&text[from..]);
    out
}

/// A text with some tokens changed.
fn changed(texts: &[String], choices: &mut Choices) -> String {
    let mut parts: Vec<String> = tokens(choices.pick::<String>(texts)).into_iter().map(str::to_owned).collect();
    for _ in 0..=choices.below(4) {
        let at = choices.below(parts.len() as u32) as usize;
        match choices.below(8) {
            0 => drop(parts.remove(at)),
            1 => parts.insert(at, parts[at].clone()),
            2 => parts.insert(at, choices.pick::<char>(ALIKE).to_string()),
            3 => parts.insert(at, (*choices.pick::<&str>(PIECES)).to_owned()),
            4 => parts[at] = parts[at].to_uppercase(),
            5 => {
                let other = choices.below(parts.len() as u32) as usize;
                parts.swap(at, other);
            }
            6 => {
                let other: Vec<String> = tokens(choices.pick::<String>(texts)).into_iter().map(str::to_owned).collect();
                let from = choices.below(other.len() as u32) as usize;
                parts.truncate(at);
                parts.extend_from_slice(&other[from..]);
            }
            _ => {
                let other: Vec<String> = tokens(choices.pick::<String>(texts)).into_iter().map(str::to_owned).collect();
                parts.insert(at, choices.pick::<String>(&other).clone());
            }
        }
        if parts.is_empty() {
            break;
        }
    }
    parts.concat()
}

/// What is wrong with a text that passed.
fn wrong(block: &Block, known: &HashSet<String>) -> Option<String> {
    match Block::new(block.text(), known) {
        Ok(again) if again == *block => {}
        Ok(again) => return Some(format!("becomes {:?} when it comes again", again.text())),
        Err(refusal) => return Some(format!("{refusal} when it comes again")),
    }
    let written = block.indented(4);
    if let Some(line) = written.lines().find(|line| !line.starts_with("    ")) {
        return Some(format!("leaves its place: {line:?}"));
    }
    if written.lines().next().is_none_or(|line| line.starts_with("     ")) {
        return Some("the first line is not where it has to be".into());
    }
    if let Some(mark) = ["--", "/-", "#", "@[", "`", "$", "\"", "\\"].into_iter().find(|mark| written.contains(mark)) {
        return Some(format!("holds {mark:?}"));
    }
    // Read again as Lean would, without the gate's own reader: what is in quotes is a name.
    let mut plain = String::new();
    let mut rest = written.as_str();
    while let Some((before, after)) = rest.split_once('«') {
        let (name, after) = after.split_once('»')?;
        if name.is_empty() || name.contains(['«', '\n', ' ']) {
            return Some(format!("quotes {name:?}"));
        }
        plain.push_str(before);
        plain.push_str(" .q");
        rest = after;
    }
    plain.push_str(rest);
    // (`λ` is a symbol for Lean.)
    let part = |c: char| (c.is_alphanumeric() && c != 'λ') || matches!(c, '_' | '\'' | '.' | '!' | '?');
    let words = plain.split(|c: char| !part(c)).filter(|w| w.starts_with(|c: char| c.is_alphabetic()));
    for word in words {
        let (head, dotted) =
            word.split_once('.').map_or((word, false), |(head, rest)| (head, !rest.trim_matches('.').is_empty()));
        if !is_word(head, dotted) {
            return Some(format!("the word `{word}` is in no list"));
        }
    }
    None
}

/// Changes that many texts from a seed: how many passed, and what is wrong.
fn fuzz(count: usize, seed: u64) -> (usize, Vec<(String, String)>) {
    let listed = cheat_list::cheats().into_iter().map(|c| c.text).filter(|text| text.len() < 1000);
    let texts: Vec<String> = listed.chain(HONEST.iter().flat_map(|t| [(*t).to_owned(), (*t).to_owned()])).collect();
    let known: HashSet<String> = KNOWN.iter().map(|n| (*n).to_owned()).collect();
    let (mut passed, mut found) = (0, vec![]);
    for i in 0..count {
        let mut choices = Choices::random(seed.wrapping_mul(1 << 32) ^ i as u64);
        let text = changed(&texts, &mut choices);
        match catch_unwind(|| Block::new(&text, &known)) {
            Err(_) => found.push(("a panic".into(), text)),
            Ok(Err(_)) => {}
            Ok(Ok(block)) => {
                passed += 1;
                found.extend(wrong(&block, &known).map(|why| (why, text)));
            }
        }
    }
    (passed, found)
}

/// Changes that many texts from a seed and prints what came of them.
///
/// # Errors
/// If one passed that must not.
pub(crate) fn run(count: usize, seed: u64) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let (passed, found) = fuzz(count, seed);
    for (why, text) in &found {
        println!("## {why}\n\n{text:?}\n");
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{count} texts, {passed} passed the gate, {} must not, {seconds:.0} s", found.len());
    match found.len() {
        0 => Ok(()),
        n => Err(format!("{n} texts must not pass").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_what_it_seems() {
        let (passed, found) = fuzz(20_000, 3);
        assert!(found.is_empty(), "{:#?}", &found[..found.len().min(5)]);
        // Enough of them are proofs still.
        assert!(passed > 1000, "{passed}");
    }
}
