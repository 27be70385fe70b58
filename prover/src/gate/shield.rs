//! How a block is written into a file of Lean: the words that are not ours stand in quotes, `«so»`.
//!
//! A block may bind names of its own choice, and which words are no names is decided by Lean, differently in each version. A word
//! that Lean takes for the beginning of a command would end the proof there and then: `omega <;> intro x seal y` is a proof and a
//! command. In quotes it is a name for every Lean there ever will be, so that nothing but our own lists can be a keyword.

use super::token::{name_rest, name_start};
use super::words;

/// What files for search say besides, which no block does.
const OURS: &[&str] = &["sorry", "trace", "trace_state"];

/// A text past the gate, with every word quoted that does not stand in the lists of words. What was aligned stays so.
pub(crate) fn shielded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    // The lines that the one at hand is indented more than.
    let mut above: Vec<Line> = Vec::new();
    for line in text.lines() {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        while above.last().is_some_and(|line| line.spaces >= spaces) {
            above.pop();
        }
        let written = above.last().map_or(spaces, |line| line.column(spaces));
        out.push_str(&" ".repeat(written));
        let mut marks = Vec::new();
        quote(&line[spaces..], spaces, &mut out, &mut marks);
        out.push('\n');
        above.push(Line { spaces, written, marks });
    }
    out.pop();
    out
}

/// A line, and where its columns came to be.
struct Line {
    spaces: usize,
    written: usize,
    /// Columns before which there is a mark more.
    marks: Vec<usize>,
}

impl Line {
    /// Where what was under this column is to be.
    fn column(&self, column: usize) -> usize {
        // (A word that begins here has its own mark to the right.)
        let shift = self.marks.iter().filter(|at| **at < column).count();
        self.written + (column - self.spaces) + shift
    }
}

fn quote(line: &str, start: usize, out: &mut String, marks: &mut Vec<usize>) {
    let chars: Vec<char> = line.chars().collect();
    let mut i = 0;
    while let Some(c) = chars.get(i) {
        let end = match c {
            '"' => end_of(&chars, i + 1, |c| c == '"') + 1,
            // A character; the quotes in names are passed by with their names.
            '\'' => i + 3,
            c if name_start(*c) => end_of(&chars, i, |c| !name_rest(c)),
            // (A numeral in full: the `b` of `0b1` begins no name.)
            c if c.is_ascii_digit() => end_of(&chars, i, |c| !c.is_ascii_alphanumeric()),
            _ => i + 1,
        };
        let end = end.min(chars.len());
        let word: String = chars[i..end].iter().collect();
        let dotted = chars.get(end) == Some(&'.') && chars.get(end + 1).is_some_and(|c| name_start(*c));
        // What follows the dot of a name is part of that: no keyword has dots.
        let part = i > 1 && chars[i - 1] == '.' && (name_rest(chars[i - 2]) || chars[i - 2] == '»');
        if !name_start(*c) || part || is_ours(&word, dotted) {
            out.push_str(&word);
        } else {
            out.push('«');
            out.push_str(&word);
            out.push('»');
            // What is right of the word's beginning has one mark before it, what is right of its end two.
            marks.extend([start + i, start + end - 1]);
        }
        i = end;
    }
}

fn end_of(chars: &[char], from: usize, ends: impl Fn(char) -> bool) -> usize {
    (from..chars.len()).find(|i| ends(chars[*i])).unwrap_or(chars.len())
}

fn is_ours(word: &str, dotted: bool) -> bool {
    word == "_" || OURS.contains(&word) || is_word(word, dotted)
}

/// Whether a word stands in the lists of words that proofs are made of, as the head of a longer name if `dotted`.
pub fn is_word(word: &str, dotted: bool) -> bool {
    words::TACTICS.contains(&word) || words::TERMS.contains(&word) || (dotted && words::NAMESPACES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::shielded;

    #[test]
    fn words_that_are_not_ours_are_quoted() {
        for (text, expected) in [
            ("omega", "omega"),
            ("omega <;> intro x seal y", "omega <;> intro «x» «seal» «y»"),
            ("exact h.1", "exact «h».1"),
            ("exact (h).val.2", "exact («h»).«val».2"),
            ("exact Int.le_trans h.left (by decide)", "exact Int.le_trans «h».left (by decide)"),
            ("exact fn_f.leaf_1 x_1.val", "exact «fn_f».leaf_1 «x_1».val"),
            ("have := Int'.x' 'a' 0b1", "have := «Int'».x' 'a' 0b1"),
            ("exact ⟨_, rfl, ?a⟩", "exact ⟨_, rfl, ?«a»⟩"),
            ("trace \"hc:where x\"\nsorry", "trace \"hc:where x\"\nsorry"),
        ] {
            assert_eq!(shielded(text), expected);
        }
    }

    #[test]
    fn what_is_aligned_stays_so() {
        let text = "cases h with\n| inl a => simp\n           omega\n| inr b =>\n  have c := by rfl\n  omega";
        let written =
            "cases «h» with\n| «inl» «a» => simp\n               omega\n| «inr» «b» =>\n  have «c» := by rfl\n  omega";
        assert_eq!(shielded(text), written);
        let text = "exact f a b\n        c\n  d";
        assert_eq!(shielded(text), "exact «f» «a» «b»\n          «c»\n  «d»");
    }
}
