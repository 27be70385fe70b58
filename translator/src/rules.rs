//! The table of operations, read from the annotations of the support library: one source for Lean and for Rust.
//!
//! An operation is a Lean definition `D` that returns an `Outcome`, with one theorem `D_holds` whose hypotheses are the
//! obligations (`@req`) and then one continuation for each way it may come out (`@case`). `lean/README.md` has the grammar.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The support library's modules, each after those that it imports, what most proofs need first: name and text.
pub const LIBRARY: &[(&str, &str)] = &[
    ("Harmonic.Core", include_str!("../../lean/Harmonic/Core.lean")),
    ("Harmonic.Int", include_str!("../../lean/Harmonic/Int.lean")),
    ("Harmonic.Products", include_str!("../../lean/Harmonic/Products.lean")),
    ("Harmonic.Std", include_str!("../../lean/Harmonic/Std.lean")),
    ("Harmonic.IntMethods", include_str!("../../lean/Harmonic/IntMethods.lean")),
    ("Harmonic.Slice", include_str!("../../lean/Harmonic/Slice.lean")),
    ("Harmonic.Opaque", include_str!("../../lean/Harmonic/Opaque.lean")),
    ("Harmonic.Lemmas", include_str!("../../lean/Harmonic/Lemmas.lean")),
    ("Harmonic.Bits", include_str!("../../lean/Harmonic/Bits.lean")),
    ("Harmonic.BitBlast", include_str!("../../lean/Harmonic/BitBlast.lean")),
    ("Harmonic", include_str!("../../lean/Harmonic.lean")),
];

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Lean name of the definition, without the namespace `Harmonic`.
    pub def: String,
    /// Names of its explicit arguments; a first one called `t` is the integer type.
    pub args: Vec<String>,
    /// Obligations: what may go wrong, and the proposition's template.
    pub reqs: Vec<(String, String)>,
    /// Ways to come out.
    pub cases: Vec<Case>,
}

/// One way an operation may come out.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// New variables with their kinds: `int(t)` is a machine integer, `math` a mathematical one.
    pub vars: Vec<(String, String)>,
    /// Facts about them, as templates.
    pub facts: Vec<String>,
    /// The result.
    pub result: Out,
}

/// A result template.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Out {
    Var(String),
    None,
    Some(Box<Out>),
    Ok(Box<Out>),
    Err(Box<Out>),
    Pair(Box<Out>, Box<Out>),
    Bool(bool),
    Unit,
    Lit(String),
    Term(String),
}

/// The rule for a key; at an integer type of the given signedness the key may stand in the table with `u` or `s` before it.
pub fn rule(key: &str, signed: Option<bool>) -> Option<&'static Rule> {
    let table = table();
    let prefixed = signed.and_then(|s| table.get(&format!("{}{key}", if s { 's' } else { 'u' })));
    prefixed.or_else(|| table.get(key))
}

/// All rules by key.
///
/// # Panics
/// If an annotation of the library does not parse: a test reads them all.
pub fn table() -> &'static HashMap<String, Rule> {
    static TABLE: OnceLock<HashMap<String, Rule>> = OnceLock::new();
    TABLE.get_or_init(|| LIBRARY.iter().flat_map(|(name, text)| parse(name, text)).collect())
}

fn parse(name: &str, text: &str) -> Vec<(String, Rule)> {
    let mut out: Vec<(String, Rule)> = vec![];
    for (i, line) in text.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("-- @") else { continue };
        let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let rest = rest.trim();
        let bad = |why: &str| panic!("{name}:{}: {why}: {line}", i + 1);
        match word {
            "op" => {
                let mut words = rest.split_whitespace().map(str::to_string);
                let (Some(key), Some(def)) = (words.next(), words.next()) else {
                    bad("`@op` takes a key and a definition")
                };
                out.push((key, Rule { def, args: words.collect(), reqs: vec![], cases: vec![] }));
            }
            "req" => {
                let Some((_, rule)) = out.last_mut() else { bad("`@req` before `@op`") };
                let Some((what, prop)) = rest.split_once(": ") else { bad("`@req` takes `WHAT: PROP`") };
                rule.reqs.push((what.into(), prop.into()));
            }
            "case" => {
                let Some((_, rule)) = out.last_mut() else { bad("`@case` before `@op`") };
                let Some((left, result)) = rest.rsplit_once("=>") else { bad("`@case` has no `=>`") };
                let Some((vars, facts)) = left.split_once('|') else { bad("`@case` has no `|`") };
                let vars = vars
                    .split(", ")
                    .map(str::trim)
                    .filter(|v| !v.is_empty())
                    .map(|v| match v.split_once(':') {
                        Some((n, kind)) => (n.trim().to_string(), kind.trim().to_string()),
                        None => bad("a variable has no type"),
                    })
                    .collect();
                let facts = facts.split(" ; ").map(|f| f.trim().to_string()).filter(|f| !f.is_empty()).collect();
                let Some(result) = result_of(result.trim()) else { bad("the result does not parse") };
                rule.cases.push(Case { vars, facts, result });
            }
            _ => {}
        }
    }
    out
}

fn result_of(s: &str) -> Option<Out> {
    let s = s.trim();
    let inside = |head: &str| s.strip_prefix(head)?.strip_prefix('(')?.strip_suffix(')');
    Some(match s {
        "none" => Out::None,
        "true" => Out::Bool(true),
        "false" => Out::Bool(false),
        "unit" => Out::Unit,
        _ => {
            if let Some(t) = inside("term") {
                Out::Term(t.into())
            } else if let Some(t) = inside("lit") {
                Out::Lit(t.split_once(',')?.1.trim().into())
            } else if let Some(t) = inside("some") {
                Out::Some(Box::new(result_of(t)?))
            } else if let Some(t) = inside("ok") {
                Out::Ok(Box::new(result_of(t)?))
            } else if let Some(t) = inside("err") {
                Out::Err(Box::new(result_of(t)?))
            } else if let Some(t) = inside("pair") {
                let mut depth = 0;
                let at = t.char_indices().find(|(_, c)| {
                    match c {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth -= 1,
                        _ => {}
                    }
                    *c == ',' && depth == 0
                })?;
                Out::Pair(Box::new(result_of(&t[..at.0])?), Box::new(result_of(&t[at.0 + 1..])?))
            } else if s.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '\'') && !s.is_empty() {
                Out::Var(s.into())
            } else {
                return None;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_std_item_has_a_rule() {
        let table = super::table();
        let without: Vec<&str> = include_str!("std_ops.txt")
            .lines()
            .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
            .filter_map(|l| l.split_whitespace().next())
            .filter(|k| !k.starts_with("mem."))
            .filter(|k| !["", "u", "s"].iter().any(|p| table.contains_key(&format!("{p}{k}"))))
            .collect();
        assert!(without.is_empty(), "std items without a rule in lean/: {without:?}");
    }
}
