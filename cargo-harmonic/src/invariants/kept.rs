//! Invariants that are kept beside the proofs which rest on them.

use std::collections::{BTreeMap, BTreeSet};

use harmonic_prover::proofs::{Invariant, ProofStore};
use harmonic_translator::tir::FnId;
use harmonic_translator::translate::translate;
use harmonic_translator::unit::Unit;

use super::loops::{Body, Loop};
use super::{Inferred, line_of};
use crate::cli::{Proving, Selection};
use crate::loaded::Loaded;
use crate::project::{Crate, Project};

/// A crate with the invariants that are kept of its functions, where they can still be read.
pub fn load<'c>(krate: &'c Crate, selection: &Selection, store: Option<&ProofStore>) -> Loaded<'c> {
    load_but(krate, selection, store, &BTreeSet::new())
}

/// All crates of a project, with what is kept of them where it may be used.
pub fn load_all<'p>(project: &'p Project, selection: &Selection, proving: &Proving) -> Vec<Loaded<'p>> {
    let load_one = |krate: &'p Crate| load(krate, selection, project.kept(krate, proving).as_ref());
    project.crates.iter().map(load_one).collect()
}

/// The same with nothing that is kept of these functions, named as reports do.
pub fn load_but<'c>(
    krate: &'c Crate,
    selection: &Selection,
    store: Option<&ProofStore>,
    but: &BTreeSet<String>,
) -> Loaded<'c> {
    let one = Loaded::of(krate, selection);
    let Some(store) = store else { return one };
    let kept = |id: &FnId| {
        let function = one.program.functions.get(id.0)?;
        let invariants = store.invariants_of(&function.path);
        (!invariants.is_empty()).then_some((*id, invariants))
    };
    let chosen = one.chosen.iter().filter(|id| !but.contains(&one.name(**id)));
    let kept: Vec<(FnId, Vec<Invariant>)> = chosen.filter_map(kept).collect();
    if kept.is_empty() {
        return one;
    }
    let Some(all) = with(&one, selection, &kept) else { return one };
    let (before, after) = (claims(&one), claims(&all));
    let fits = |id: &FnId| {
        let path = one.program.functions.get(id.0).map_or("", |f| f.path.as_str());
        before.get(path).is_some_and(|claim| after.get(path) == Some(claim))
    };
    if kept.iter().all(|(id, _)| fits(id)) {
        return all;
    }
    let fitting: Vec<(FnId, Vec<Invariant>)> = kept.into_iter().filter(|(id, _)| fits(id)).collect();
    with(&one, selection, &fitting).unwrap_or(one)
}

/// The crate with these invariants where they belong, on the lines of their loops.
fn with<'c>(one: &Loaded<'c>, selection: &Selection, kept: &[(FnId, Vec<Invariant>)]) -> Option<Loaded<'c>> {
    let mut files: BTreeMap<&str, Vec<(usize, String)>> = BTreeMap::new();
    let mut inferred = BTreeMap::new();
    for (id, invariants) in kept {
        let (file, text, body) = body_of(one, *id)?;
        let mut loops: Vec<Inferred> = Vec::new();
        for (number, of) in body.loops.iter().enumerate() {
            let those = invariants.iter().filter(|i| i.of == number).map(|i| i.condition.clone());
            let maintains: Vec<String> = those.collect();
            // What is no expression could be anything, once it stands in the source.
            if maintains.is_empty() || maintains.iter().any(|c| syn::parse_str::<syn::Expr>(c).is_err()) {
                continue;
            }
            let (before, after) = around(of);
            let conditions: String = maintains.iter().map(|c| format!("{}, ", without_comments(c))).collect();
            files.entry(file).or_default().push((of.at, format!("{before}{conditions}{after}")));
            loops.push(Inferred { loop_number: number, line: line_of(text, of.at), maintains });
        }
        inferred.insert(one.name(*id), loops);
    }
    let read = |path: &str| match (files.get(path), one.sources.files.iter().find(|(name, _)| name == path)) {
        (Some(insertions), Some((_, text))) => {
            let mut text = text.clone();
            let mut insertions = insertions.clone();
            insertions.sort();
            for (at, insertion) in insertions.into_iter().rev() {
                text.insert_str(at, &insertion);
            }
            Ok(text.into_bytes())
        }
        _ => one.read(path),
    };
    Some(Loaded { inferred, ..Loaded::reading(one.krate, selection, &read) })
}

/// A function's file, its text, and its body as it is written.
pub fn body_of<'l>(one: &'l Loaded<'_>, id: FnId) -> Option<(&'l str, &'l str, Body)> {
    let function = one.program.functions.get(id.0)?;
    let (file, text) = one.sources.files.get(function.sig_span.file.0 as usize)?;
    let signature = usize::try_from(function.sig_span.lo).ok()?..usize::try_from(function.sig_span.hi).ok()?;
    Some((file, text, Body::of(text, signature)?))
}

/// What stands before and behind the conditions that are given to a loop.
pub fn around(of: &Loop) -> (&'static str, &'static str) {
    if of.has_spec { ("maintains: [", "], ") } else { ("#[harmonic::spec(maintains: [", "])] ") }
}

/// What is written into the source of a function to say what was found of its loops: where, in bytes, and the text.
pub fn written(one: &Loaded<'_>, id: FnId, inferred: &[Inferred]) -> Option<(String, Vec<(usize, String)>)> {
    let (file, text, body) = body_of(one, id)?;
    let mut out = Vec::new();
    for found in inferred {
        let of = body.loops.get(found.loop_number)?;
        let start = text.get(..of.at)?.rfind('\n').map_or(0, |end| end + 1);
        let indentation: String = text.get(start..of.at)?.chars().take_while(|c| c.is_whitespace()).collect();
        let all = match found.maintains.as_slice() {
            [one] => one.clone(),
            many => {
                let lines: String = many.iter().map(|m| format!("{indentation}    {m},\n")).collect();
                format!("[\n{lines}{indentation}]")
            }
        };
        out.push(match of.has_spec {
            true => (of.at, format!("maintains: {all}, ")),
            false => (of.at, format!("#[harmonic::spec(maintains: {all})]\n{indentation}")),
        });
    }
    Some((file.to_owned(), out))
}

/// A condition of nothing but what the compiler sees.
fn without_comments(condition: &str) -> String {
    condition.parse::<proc_macro2::TokenStream>().map(|t| t.to_string()).unwrap_or_default()
}

/// What each function with a spec does and claims, whatever its loops are said to maintain.
fn claims(of: &Loaded<'_>) -> BTreeMap<String, (String, String)> {
    let units = translate(&of.program).0.units.into_iter().filter(Unit::has_theorem);
    units.map(|u| (u.function, (u.statement_key, u.definition))).collect()
}

/// Whether two versions of a function do and claim the same.
pub fn says_the_same(one: &Loaded<'_>, other: &Loaded<'_>, path: &str) -> bool {
    let before = claims(one);
    before.get(path).is_some_and(|claim| claims(other).get(path) == Some(claim))
}
