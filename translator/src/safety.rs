//! Functions without a spec, held to what every function owes: that it returns, without a panic.

use std::collections::BTreeSet;

use crate::tir::{FnId, FnSpec, Program};
use crate::tir_walk::callees;

/// Gives an empty spec to what has none and is not trusted (nor an instance of something else), and says which functions these are.
///
/// What calls such a function goes on to see its body, not that it merely returns: the function with the empty spec is a twin of
/// the one that is called, under the same path. Only functions that reach themselves have no twin, since their calls cannot be
/// written out. Quadratic in the number of functions at worst.
pub fn state_safety(program: &mut Program) -> Vec<FnId> {
    let calls: Vec<BTreeSet<FnId>> = program.functions.iter().map(callees).collect();
    let mut stated = Vec::new();
    for id in 0..calls.len() {
        let Some(function) = program.functions.get_mut(id) else { continue };
        // What an unsafe function may be called with is not known without its spec.
        if function.spec.is_some() || function.trusted || function.instance || function.is_unsafe {
            continue;
        }
        if reaches(&calls, FnId(id)) {
            function.spec = Some(FnSpec::default());
            stated.push(FnId(id));
            continue;
        }
        let twin = crate::tir::Function { spec: Some(FnSpec::default()), ..function.clone() };
        // No path of Rust has a prime, so the two have different names in Lean.
        function.path.push('\'');
        stated.push(FnId(program.functions.len()));
        program.functions.push(twin);
    }
    stated
}

/// Whether a chain of calls leads from a function back to it.
fn reaches(calls: &[BTreeSet<FnId>], from: FnId) -> bool {
    let mut seen = BTreeSet::new();
    let mut todo: Vec<FnId> = calls.get(from.0).into_iter().flatten().copied().collect();
    while let Some(id) = todo.pop() {
        if id == from {
            return true;
        }
        if seen.insert(id) {
            todo.extend(calls.get(id.0).into_iter().flatten());
        }
    }
    false
}
