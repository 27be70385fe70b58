//! Lemmas of the support library that speak of what a statement speaks of.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use harmonic_translator::rules::LIBRARY;

use crate::gate::names_in;

/// Most lemmas that are named.
const MOST: usize = 10;

struct Lemma {
    module: &'static str,
    text: String,
    words: BTreeSet<String>,
}

/// All lemmas with the modules that they are in.
fn lemmas() -> &'static (Vec<Lemma>, HashMap<String, usize>) {
    static ALL: OnceLock<(Vec<Lemma>, HashMap<String, usize>)> = OnceLock::new();
    ALL.get_or_init(|| {
        let all: Vec<Lemma> =
            LIBRARY.iter().flat_map(|(module, text)| stated(text).map(|text| lemma(module, text))).collect();
        let mut counts = HashMap::new();
        for word in all.iter().flat_map(|l| &l.words) {
            *counts.entry(word.clone()).or_default() += 1;
        }
        (all, counts)
    })
}

fn lemma(module: &'static str, text: String) -> Lemma {
    let words = symbols(&text);
    Lemma { module, text, words }
}

/// The statements of the theorems in a module.
fn stated(text: &str) -> impl Iterator<Item = String> {
    let starts = text.match_indices("theorem ").filter(|(at, _)| text[..*at].ends_with(['\n', ' ', ']']));
    starts.filter_map(|(at, _)| {
        let statement = text[at..].split(":=").next()?;
        // One that is proved by cases has none.
        (statement.len() < 600 && !statement.contains("\n|"))
            .then(|| statement.split_whitespace().collect::<Vec<_>>().join(" "))
    })
}

/// What a text speaks of: names, and the operators that matter.
fn symbols(text: &str) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = BTreeSet::new();
    for name in names_in(text) {
        words.extend(name.split('.').filter(|part| part.len() > 2).map(str::to_owned));
    }
    for operator in ["*", "/", "%", "∀", "∃", "&&&", "<<<", ">>>", "++", "[", "∈"] {
        if text.contains(operator) {
            words.insert(operator.to_owned());
        }
    }
    words
}

/// The lemmas that fit a statement best, among those of these modules.
pub(super) fn relevant(statement: &str, modules: &[&str]) -> Vec<&'static str> {
    let (all, counts) = lemmas();
    let wanted = symbols(statement);
    #[allow(clippy::cast_precision_loss)]
    let weight = |word: &String| (all.len() as f64 / *counts.get(word).unwrap_or(&1) as f64).ln();
    let score = |l: &Lemma| {
        let common: f64 = l.words.intersection(&wanted).map(weight).sum();
        let other: f64 = l.words.difference(&wanted).map(weight).sum();
        common - 0.2 * other
    };
    let there = all.iter().filter(|l| modules.contains(&l.module));
    let mut scored: Vec<(f64, &Lemma)> = there.map(|l| (score(l), l)).filter(|(s, _)| *s > 0.0).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.text.cmp(&b.1.text)));
    scored.into_iter().take(MOST).map(|(_, l)| l.text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lemmas_about_the_same_things_come_first() {
        let modules: Vec<&str> = LIBRARY.iter().map(|(name, _)| *name).collect();
        let found = relevant("theorem t (v : Slice (MInt .u8)) : (v.list.set 3 x).length = 4", &modules);
        assert!(!found.is_empty() && found.len() <= MOST, "{found:?}");
        assert!(found.iter().all(|l| l.starts_with("theorem ")), "{found:?}");
        assert!(found.iter().any(|l| l.contains("set") || l.contains("length")), "{found:?}");
        assert_eq!(relevant("theorem t : True", &[]), Vec::<&str>::new());
    }
}
