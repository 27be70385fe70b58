//! What a statement looks like, whatever its names: the features by which earlier ones are found that were like it.

use std::collections::{BTreeMap, BTreeSet};

use harmonic_translator::unit::Obligation;

use crate::normal::normal_form;
use crate::shapes::Statement;

/// A feature, as a number. Two that fall on one number are no more than a little noise.
pub(super) type Feature = u16;

/// What connects the parts of a proposition, the loosest first.
const CONNECTIVES: &[&str] = &["∀", "∃", "→", "∨", "∧", "¬", "↔", "=", "≠", "≤", "<", "≥", ">"];

/// The features of a statement, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features(pub(super) Vec<Feature>);

impl Features {
    /// Reads them off: what may go wrong, the symbols of the goal and their neighbours, the kinds of hypotheses and how many
    /// there are of each, whether one of them looks like the goal, and the size.
    pub(crate) fn of(obligation: &Obligation) -> Self {
        let mut out = BTreeSet::new();
        let mut add = |text: String| {
            out.insert(number(&text));
        };
        add(format!("kind {}", without_quotes(&obligation.kind)));
        // `normal_form` is a statement without `theorem NAME`.
        let normal = format!("theorem it {}", normal_form(&obligation.statement));
        let statement = Statement::read(&normal);
        let goal = symbols(statement.goal());
        add(format!("head {}", connective(&goal)));
        for symbol in &goal {
            add(format!("goal {symbol}"));
        }
        for pair in goal.windows(2) {
            add(format!("pair {} {}", pair[0], pair[1]));
        }
        let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
        let mut alike = 0_u32;
        for (_, proposition) in statement.binders() {
            let symbols = symbols(proposition);
            alike += u32::from(symbols == goal);
            *kinds.entry(kind_of(&symbols)).or_default() += 1;
        }
        for (kind, count) in &kinds {
            add(format!("hypothesis {kind} {}", magnitude(*count)));
        }
        add(format!("alike {}", magnitude(alike)));
        add(format!("binders {}", magnitude(u32::try_from(statement.binders().len()).unwrap_or(u32::MAX))));
        Self(out.into_iter().collect())
    }
}

/// FNV-1a, folded.
fn number(text: &str) -> Feature {
    let hash = super::family::fnv(text);
    (hash >> 16) as Feature ^ hash as Feature
}

fn magnitude(count: u32) -> u32 {
    count.checked_ilog2().map_or(0, |log| log + 1)
}

/// Words of a report without what it quotes from the source.
fn without_quotes(text: &str) -> String {
    text.split('`').step_by(2).collect::<String>().chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// The symbols of a text: names that are bound are variables, with their projections; literals are zero, one or another.
fn symbols(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\'' | '.' | '!' | '?' | '#');
    let mut out: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match is_name(first) {
            true => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        rest = after;
        if first.is_whitespace() || matches!(first, '(' | ')' | ':' | ',') {
            continue;
        }
        let symbol = match word {
            "Int" | "Nat" => continue,
            "0" | "1" | "2" => word.to_owned(),
            _ if first.is_ascii_digit() => "literal".to_owned(),
            _ if first == '#' => {
                let end = word.find('.').unwrap_or(word.len());
                format!("variable{}", &word[end..])
            }
            // Functions of the user's, and that they have a value.
            _ if word.starts_with("df_") => "function".to_owned(),
            _ if word.starts_with("sp_") => "function has a value".to_owned(),
            _ if word.contains("fn_") || word.contains("T_") => "of the crate".to_owned(),
            _ => word.to_owned(),
        };
        // `++`, `&&&`, `>>>` as they are read.
        match out.last_mut() {
            Some(last) if length == first.len_utf8() && !is_name(first) && last.starts_with(first) => last.push(first),
            _ => out.push(symbol),
        }
    }
    out
}

/// The loosest connective that occurs; of a type, none.
fn connective(symbols: &[String]) -> &'static str {
    CONNECTIVES.iter().find(|c| symbols.iter().any(|s| s == *c)).copied().unwrap_or("none")
}

/// A kind of hypothesis: its connective and the operations in it.
fn kind_of(symbols: &[String]) -> String {
    let telling = |s: &&String| {
        let operation = ["*", "/", "%", "++", "set", "function", "[", "&&&", "|||", "^^^", "pow2", "if"];
        operation.contains(&s.as_str()) || s.starts_with("List.") || s.starts_with("Harmonic.")
    };
    let operations: BTreeSet<&String> = symbols.iter().filter(telling).collect();
    let words: Vec<&str> = operations.iter().map(|s| s.as_str()).collect();
    format!("{} {}", connective(symbols), words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use harmonic_translator::span::Span;
    use harmonic_translator::unit::Shape;

    pub(super) fn obligation(kind: &str, statement: &str) -> Obligation {
        Obligation {
            name: "l".into(),
            statement: statement.into(),
            kind: kind.into(),
            span: Span::default(),
            facts: Vec::new(),
            goal: String::new(),
            shape: Shape::default(),
            candidates: Vec::new(),
            inductions: Vec::new(),
        }
    }

    #[test]
    fn names_do_not_matter_and_operations_do() {
        let text = "theorem f.leaf_1 (v_1 : (Slice (MInt .i32))) (h : (i_1.val < (v_1.val.length : Int))) :\n    (i_1.val + (1 : Int)) ≤ (v_1.val.length : Int)";
        let one = Features::of(&obligation("this `+` may overflow `u32`", text));
        let renamed = text.replace("v_1", "values_2").replace("f.leaf_1", "g.leaf_9").replace("(h :", "(h17 :");
        assert_eq!(one, Features::of(&obligation("this `-` may overflow `u32`", &renamed)));
        for other in
            [text.replace(" + ", " * "), text.replace('≤', "="), text.replace("(h : (i_1.val <", "(h : (i_1.val * 2 <")]
        {
            assert_ne!(one, Features::of(&obligation("this `+` may overflow `u32`", &other)), "{other}");
        }
        assert_ne!(one, Features::of(&obligation("this index may be out of bounds", text)));
    }

    #[test]
    fn signs_of_several_characters_are_one_symbol() {
        assert_eq!(
            symbols("(#0.val ++ [#1]) = (3 : Int)"),
            ["variable.val", "++", "[", "variable", "]", "=", "literal"]
        );
    }
}
