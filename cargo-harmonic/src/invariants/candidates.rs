//! What may hold at the head of a loop: guesses, which traces and Lean sort out.

use std::collections::BTreeSet;

use harmonic_translator::tir::{IntTy, Ty};

use super::loops::{Body, Comparison, Head, Loop};
use super::rewrite::{Part, Table, elements, opposite, parts, renamed_apart, replaced, variables};

/// Most candidates for a loop.
const MOST: usize = 96;
/// Most orders between variables among them.
const MOST_ORDERS: usize = 24;
/// Most comparisons of elements among them.
const MOST_COMPARED: usize = 32;

/// What a function's spec says, as it is written.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Preconditions.
    pub requires: Vec<String>,
    /// Postconditions, each with the pattern of the result.
    pub ensures: Vec<(Option<String>, String)>,
}

/// Candidates for a loop, those first that others may need. `scope`: the names that are bound there, with types.
pub fn candidates(of: &Loop, body: &Body, says: &Conditions, scope: &[(String, Ty)]) -> Vec<String> {
    let names: BTreeSet<&str> = scope.iter().map(|(n, _)| n.as_str()).collect();
    let bounds = bounds(of, body);
    let mut out = Out { names: &names, found: Vec::new() };
    orders(of, scope, &mut out);
    sums(of, scope, &mut out);
    for condition in &says.requires {
        let changed = variables(condition).iter().any(|v| of.changed.contains(v));
        if changed {
            out.push(condition.clone());
        }
    }
    unchanged(of, body, scope, &mut out);
    exits(of, body, scope, &mut out);
    compared(of, scope, &mut out);
    for (result, condition) in &says.ensures {
        let results = results(result.as_deref(), body.result.as_deref());
        let condition = renamed_apart(condition, &names);
        for part in parts(&condition) {
            let Some(part) = replaced(&part, &results, None) else { continue };
            out.push(part.clone());
            for (table, list) in &bounds {
                let list: Part<'_> = list.as_ref().map(|(list, part)| (list.as_str(), part.as_str()));
                out.extend(replaced(&part, table, list));
            }
        }
    }
    out.found.truncate(MOST);
    out.found
}

/// What was found.
struct Out<'a> {
    names: &'a BTreeSet<&'a str>,
    found: Vec<String>,
}

impl Out<'_> {
    /// What speaks of what is in scope, once.
    fn push(&mut self, text: String) {
        let known = |v: &String| self.names.contains(v.as_str());
        let text = on_one_line(text);
        if !self.found.contains(&text) && variables(&text).iter().all(known) && !variables(&text).is_empty() {
            self.found.push(text);
        }
    }
}

impl Extend<String> for Out<'_> {
    fn extend<T: IntoIterator<Item = String>>(&mut self, texts: T) {
        texts.into_iter().for_each(|t| self.push(t));
    }
}

/// Without the line breaks of a longer condition.
fn on_one_line(text: String) -> String {
    let quotes = text.contains(['"', '\'']);
    if quotes { text } else { text.split_whitespace().collect::<Vec<_>>().join(" ") }
}

fn peeled(ty: &Ty) -> &Ty {
    match ty {
        Ty::Ref(_, inner) => peeled(inner),
        other => other,
    }
}

fn integer(ty: &Ty) -> Option<IntTy> {
    match peeled(ty) {
        Ty::Int(t) => Some(*t),
        _ => None,
    }
}

fn element(ty: &Ty) -> Option<&Ty> {
    match peeled(ty) {
        Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => Some(t),
        _ => None,
    }
}

/// Which of two integers is greater, where a round changes one of them.
fn orders(of: &Loop, scope: &[(String, Ty)], out: &mut Out<'_>) {
    // The test holds, or just held.
    if let Head::While(comparisons) = &of.head {
        for c in comparisons {
            let weak = match c.sign.as_str() {
                "<" | "!=" => "<=",
                ">" => ">=",
                _ => continue,
            };
            out.push(format!("{} {weak} {}", c.left, c.right));
        }
    }
    let changed = |name: &str| of.changed.contains(name);
    let mut terms: Vec<(String, IntTy, bool)> = Vec::new();
    for (name, ty) in scope {
        match integer(ty) {
            Some(t) => terms.push((name.clone(), t, changed(name))),
            None if element(ty).is_some() => terms.push((format!("{name}.len()"), IntTy::Usize, changed(name))),
            None => {}
        }
    }
    let before = out.found.len();
    for a in terms.iter().filter(|t| t.2) {
        if a.1.signed() {
            out.push(format!("{} >= 0", a.0));
        }
        for b in terms.iter().filter(|b| b.0 != a.0 && b.1 == a.1) {
            // Two that move are met twice.
            out.push(format!("{} <= {}", a.0, b.0));
            if !b.2 {
                out.push(format!("{} <= {}", b.0, a.0));
            }
        }
    }
    out.found.truncate(before + MOST_ORDERS);
}

/// A sum of so many elements of a narrow type.
fn sums(of: &Loop, scope: &[(String, Ty)], out: &mut Out<'_>) {
    let (Head::Range { counter, .. } | Head::Enumerated { counter, .. }) = &of.head else { return };
    for (sum, ty) in scope.iter().filter(|(n, _)| of.changed.contains(n)) {
        let Some(wide) = integer(ty) else { continue };
        for narrow in scope.iter().filter_map(|(_, ty)| integer(element(ty)?)) {
            if narrow.bits() < wide.bits() && !narrow.signed() {
                let count =
                    if wide == IntTy::Usize { counter.clone() } else { format!("{counter} as {}", wide.name()) };
                out.push(format!("{sum} <= ({count}) * ({}::MAX as {})", narrow.name(), wide.name()));
            }
        }
    }
}

/// Elements that are still as they were when a copy was taken: those that a counter has not come to, or those that it has left.
fn unchanged(of: &Loop, body: &Body, scope: &[(String, Ty)], out: &mut Out<'_>) {
    for (old, is) in &body.bound_to {
        let list = [".to_vec()", ".clone()", ".to_owned()"].into_iter().find_map(|copies| is.strip_suffix(copies));
        let Some(list) = list.filter(|list| of.changed.contains(*list) && !of.changed.contains(old)) else { continue };
        out.push(format!("{list}.len() == {old}.len()"));
        for (counter, ty) in scope {
            if integer(ty) == Some(IntTy::Usize) {
                let bound = |test: &str| {
                    format!("harmonic::forall(|k: usize| harmonic::implies({test}, {list}[k] == {old}[k]))")
                };
                out.push(bound(&format!("{counter} <= k && k < {list}.len()")));
                out.push(bound(&format!("k < {counter}")));
            }
        }
    }
}

/// What made earlier rounds go on: no test that leaves held of what was counted before.
fn exits(of: &Loop, body: &Body, scope: &[(String, Ty)], out: &mut Out<'_>) {
    let (counter, from, reversed) = match &of.head {
        Head::Range { counter, from, reversed, .. } => (counter.clone(), from.clone(), *reversed),
        Head::Enumerated { counter, .. } => (counter.clone(), "0".to_owned(), false),
        Head::While(comparisons) => {
            let counts = comparisons.iter().find(|c| of.changed.contains(&c.left));
            let Some(counter) = counts.map(|c| c.left.clone()) else { return };
            let from = body.bound_to.get(&counter).cloned().unwrap_or_else(|| "0".to_owned());
            (counter, from, false)
        }
        Head::Other => return,
    };
    let Some(ty) = scope.iter().find(|(n, _)| *n == counter).and_then(|(_, ty)| integer(ty)) else { return };
    for exit in &of.exits {
        let Some(earlier) = replaced(exit, &vec![(counter.clone(), "k".to_owned())], None) else { continue };
        if earlier == *exit || reversed {
            continue;
        }
        let test = if from == "0" { format!("k < {counter}") } else { format!("{from} <= k && k < {counter}") };
        let name = ty.name();
        let fails = opposite(&earlier).unwrap_or_else(|| format!("!({earlier})"));
        out.push(format!("harmonic::forall(|k: {name}| harmonic::implies({test}, {fails}))"));
    }
}

/// What is tested of an element may hold of all on one side of a counter.
fn compared(of: &Loop, scope: &[(String, Ty)], out: &mut Out<'_>) {
    let counter = match &of.head {
        Head::Range { counter, .. } | Head::Enumerated { counter, .. } => Some(counter),
        _ => None,
    };
    let moving = |(name, ty): &&(String, Ty)| {
        integer(ty) == Some(IntTy::Usize) && (of.changed.contains(name) || Some(name) == counter)
    };
    let before = out.found.len();
    for test in &of.compares {
        let [(list, element)] = &*elements(&test.holds()) else { continue };
        for said in [test.holds(), test.fails()] {
            let table = vec![(element.clone(), format!("{list}[k]"))];
            let Some(said) = replaced(&said, &table, None) else { continue };
            for (name, _) in scope.iter().filter(moving) {
                let all = |range: String| format!("harmonic::forall(|k: usize| harmonic::implies({range}, {said}))");
                out.push(all(format!("k < {name}")));
                out.push(all(format!("{name} <= k && k < {list}.len()")));
            }
        }
    }
    out.found.truncate(before + MOST_COMPARED);
}

/// What the result is called in the body.
fn results(pattern: Option<&str>, result: Option<&str>) -> Table {
    let (Some(pattern), Some(result)) = (pattern, result) else { return Vec::new() };
    let pattern = pattern.trim_start_matches('&').trim();
    let mut table = Vec::new();
    let names: Vec<&str> = pattern.trim_matches(['(', ')']).split(',').map(str::trim).collect();
    match syn::parse_str::<syn::Expr>(result) {
        Ok(syn::Expr::Tuple(parts)) => {
            for (i, part) in parts.elems.iter().enumerate() {
                let part = quote::ToTokens::to_token_stream(part).to_string();
                match names.as_slice() {
                    [whole] => table.push((format!("{whole}.{i}"), part)),
                    many => table.extend(many.get(i).map(|n| ((*n).to_owned(), part))),
                }
            }
        }
        Ok(syn::Expr::Path(_)) if names.len() == 1 && !variables(result).is_empty() => {
            table.push((pattern.to_owned(), result.to_owned()))
        }
        Ok(syn::Expr::Struct(it)) if names.len() == 1 => {
            for field in &it.fields {
                let syn::Member::Named(name) = &field.member else { continue };
                let value = quote::ToTokens::to_token_stream(&field.expr).to_string();
                table.push((format!("{pattern}.{name}"), value));
            }
        }
        _ => {}
    }
    table
}

/// Ways to say "as far as it has come": the end of what is counted, replaced by the counter.
fn bounds(of: &Loop, body: &Body) -> Vec<(Table, Option<(String, String)>)> {
    let mut out = Vec::new();
    let mut reaches = |end: &str, counter: &str| {
        // `end - 1` is reached when the counter and one is the end.
        let (mut end, mut counter) = (end.to_owned(), counter.to_owned());
        if let Some((whole, less)) = end.rsplit_once(" - ")
            && less.parse::<u32>().is_ok()
        {
            (end, counter) = (whole.trim_matches(['(', ')']).to_owned(), format!("{counter} + {less}"));
        }
        let mut table = vec![(end.clone(), counter.clone())];
        if let Some(is) = body.bound_to.get(&end) {
            table.push((is.clone(), counter.clone()));
            end.clone_from(is);
        } else {
            // The end may have a name that the spec does not use, or the other way round.
            let named = body.bound_to.iter().find(|(_, is)| **is == end);
            table.extend(named.map(|(name, _)| (name.clone(), counter.clone())));
        }
        let part = end.strip_suffix(".len()").map(|list| (list.to_owned(), format!("{list}[..{counter}]")));
        out.push((table, part));
    };
    match &of.head {
        Head::Range { counter, from, reversed: true, .. } => reaches(from, counter),
        Head::Range { counter, to, inclusive, .. } => {
            if *inclusive {
                reaches(to, &format!("{counter} - 1"));
            }
            reaches(to, counter);
        }
        Head::Enumerated { counter, list } => reaches(&format!("{list}.len()"), counter),
        Head::While(comparisons) => {
            for Comparison { left, sign, right } in comparisons {
                let changes = |text: &str| variables(text).iter().any(|v| of.changed.contains(v));
                match (changes(left), changes(right)) {
                    (true, false) => reaches(right, left),
                    (false, true) => reaches(left, right),
                    _ => {}
                }
                // `i <= n` ends with `i == n + 1`.
                if sign == "<=" && changes(left) && !changes(right) {
                    reaches(right, &format!("{left} - 1"));
                }
            }
        }
        Head::Other => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is guessed of the first loop of a function `f`.
    fn guessed(text: &str, says: &Conditions, scope: &[(&str, Ty)]) -> Vec<String> {
        let body = Body::of(text, 0..text.len()).expect("a function");
        let scope: Vec<(String, Ty)> = scope.iter().map(|(n, ty)| ((*n).to_owned(), ty.clone())).collect();
        candidates(&body.loops[0], &body, says, &scope)
    }

    fn ensures(pattern: &str, condition: &str) -> Conditions {
        Conditions { ensures: vec![(Some(pattern.to_owned()), condition.to_owned())], ..Conditions::default() }
    }

    fn list(of: IntTy) -> Ty {
        Ty::Ref(false, Box::new(Ty::Slice(Box::new(Ty::Int(of)))))
    }

    #[test]
    fn what_is_promised_holds_as_far_as_the_loop_has_come() {
        let text =
            "fn f(v: &[u8]) -> u64 { let n = v.len(); let mut sum = 0; for i in 0..n { sum += u64::from(v[i]); } sum }";
        let scope = [("v", list(IntTy::U8)), ("sum", Ty::Int(IntTy::U64)), ("i", Ty::Int(IntTy::Usize))];
        let found = guessed(text, &ensures("out", "out == total(v) && out <= v.len() * 255"), &scope);
        for guess in ["sum == total(&v[..i])", "sum <= i * 255", "sum <= (i as u64) * (u8::MAX as u64)"] {
            assert!(found.iter().any(|g| g == guess), "{guess}: {found:?}");
        }
        // A name that is not in scope there.
        assert!(found.iter().all(|g| !g.contains("out")), "{found:?}");
    }

    #[test]
    fn tests_hold_on_one_side_of_where_a_search_is() {
        let text = "fn f(v: &[i32], x: i32) -> bool { let mut lo = 0; let mut hi = v.len(); while lo < hi { let m = lo; \
                    if v[m] < x { lo = m + 1; } else { hi = m; } } false }";
        let usize = Ty::Int(IntTy::Usize);
        let scope = [("v", list(IntTy::I32)), ("x", Ty::Int(IntTy::I32)), ("lo", usize.clone()), ("hi", usize)];
        let found = guessed(text, &ensures("out", "!out"), &scope);
        for guess in [
            "lo <= hi",
            "hi <= v.len()",
            "harmonic::forall(|k: usize| harmonic::implies(k < lo, v[k] < x))",
            "harmonic::forall(|k: usize| harmonic::implies(hi <= k && k < v.len(), v[k] >= x))",
        ] {
            assert!(found.iter().any(|g| g == guess), "{guess}: {found:?}");
        }
    }

    #[test]
    fn a_copy_tells_what_is_unchanged_yet_and_an_exit_what_was_not_met() {
        let text = "fn f(v: &mut [u8]) { let before = v.to_vec(); for i in 0..v.len() { if v[i] == 7 { return; } v[i] += 1; } }";
        let vec = Ty::Vec(Box::new(Ty::Int(IntTy::U8)));
        let scope = [("v", list(IntTy::U8)), ("before", vec), ("i", Ty::Int(IntTy::Usize))];
        let found = guessed(text, &Conditions::default(), &scope);
        for guess in [
            "harmonic::forall(|k: usize| harmonic::implies(i <= k && k < v.len(), v[k] == before[k]))",
            "harmonic::forall(|k: usize| harmonic::implies(k < i, v[k] != 7))",
        ] {
            assert!(found.iter().any(|g| g == guess), "{guess}: {found:?}");
        }
    }

    #[test]
    fn results_are_taken_apart() {
        let table = |pattern, result| results(Some(pattern), Some(result));
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(table("out", "(lo, hi)"), [pair("out.0", "lo"), pair("out.1", "hi")]);
        assert_eq!(table("(a, b)", "(lo, hi)"), [pair("a", "lo"), pair("b", "hi")]);
        assert_eq!(table("out", "Stack { items, len: n }"), [pair("out.items", "items"), pair("out.len", "n")]);
        assert!(table("out", "None").is_empty() && table("out", "x + 1").is_empty());
    }
}
