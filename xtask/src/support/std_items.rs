//! The rows of the std items that `std_ops.txt` declares: their probes are made of the declarations.

use harmonic_translator::rules;
use harmonic_translator::std_table::{Letters, StdOp, table};

use super::probes::{Claim, Probe};
use super::verdict::Verdict;

/// An item with its probes: one for all ways to give integer types to its letters.
pub(crate) struct Item {
    /// Its declaration.
    pub(crate) title: String,
    /// The definition that models it, and what may go wrong.
    pub(crate) how: String,
    pub(crate) uses: Vec<Tried>,
}

/// A probe of an item.
pub(crate) struct Tried {
    /// The types that stand for the letters of integers.
    pub(crate) types: String,
    pub(crate) code: String,
    /// The same in a condition, if it changes nothing.
    pub(crate) condition: Option<String>,
}

/// The definition of the support library that models an item.
fn how(op: &StdOp) -> String {
    let all: Vec<_> = [None, Some(false), Some(true)].into_iter().filter_map(|s| rules::rule(op.key, s)).collect();
    let mut out: Vec<String> = vec![];
    for rule in all {
        let mut text = format!("`Harmonic.{}`", rule.def);
        for (what, _) in &rule.reqs {
            text.push_str(&format!("; a panic: {what}"));
        }
        if !out.contains(&text) {
            out.push(text);
        }
    }
    match out.is_empty() {
        true => "an assignment".into(),
        false => out.join(", "),
    }
}

fn tried(op: &StdOp, letters: &Letters) -> Result<Tried, String> {
    let used = op.used(letters).map_err(|letter| format!("`{}`: no type for `{letter}`", op.key))?;
    let text = format!("#[spec]\n{}", used.function("probe"));
    let claim = Claim::Supported { how: String::new(), conditions: None };
    let probe = Probe { title: op.key.to_owned(), claim, text };
    let condition = match used.is_pure() {
        true => Some(probe.in_condition()?),
        false => None,
    };
    let integers = op.letters().into_iter().filter(|(integer, _)| *integer);
    let types: Vec<&str> =
        integers.filter_map(|(_, letter)| Some(letters.iter().find(|l| l.0 == letter)?.1.as_str())).collect();
    Ok(Tried { types: types.join(", "), code: probe.text, condition })
}

/// The items of the table, in its order.
///
/// # Errors
/// If a declaration has a form that no Rust is made of.
pub(crate) fn items() -> Result<Vec<Item>, String> {
    let declaration = |op: &StdOp| {
        let line = harmonic_translator::std_table::TEXT.lines().find(|l| l.split_whitespace().next() == Some(op.key));
        let words = line.unwrap_or_default().split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
        words.trim_start_matches("path ").trim_end_matches(" -> ()").to_owned()
    };
    table()
        .iter()
        .map(|op| {
            let instances = op.instances(&["u32", "u8", "bool"]);
            let uses = instances.iter().map(|letters| tried(op, letters)).collect::<Result<_, _>>()?;
            Ok(Item { title: format!("`{}`", declaration(op)), how: how(op), uses })
        })
        .collect()
}

/// What holds of all uses, or in words of which it does not.
pub(crate) fn summary(uses: &[(&Tried, Verdict)]) -> (Verdict, String) {
    let refused: Vec<&(&Tried, Verdict)> = uses.iter().filter(|(_, v)| *v != Verdict::Supported).collect();
    let Some((_, first)) = refused.first() else { return (Verdict::Supported, String::new()) };
    if refused.len() == uses.len() {
        return (first.clone(), String::new());
    }
    let types: Vec<&str> = refused.iter().map(|(t, _)| t.types.as_str()).collect();
    (first.clone(), format!("not for {}", types.join(", ")))
}
