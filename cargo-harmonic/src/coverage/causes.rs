//! Why functions have no Lean form, led back to where it begins: a function that calls an unsupported one is not the cause.

use std::collections::{BTreeMap, BTreeSet};

use harmonic_translator::tir_walk::callees;
use harmonic_translator::translate::translate;

use crate::loaded::Loaded;

/// The code of a function that calls one without a Lean form.
const CALLS_UNSUPPORTED: &str = "H0205";

/// The codes of each refused function, and whom it calls.
pub struct Causes {
    codes: BTreeMap<String, BTreeSet<&'static str>>,
    wrong: BTreeSet<String>,
    calls: BTreeMap<String, BTreeSet<String>>,
}

impl Causes {
    /// Translates a crate and keeps what was refused.
    pub fn of(one: &Loaded<'_>) -> Self {
        let (_, refused) = translate(&one.program);
        let refused: BTreeMap<_, _> = refused.iter().map(|(id, found)| (*id, found)).collect();
        let path: BTreeMap<_, _> = one.functions.iter().map(|(id, name)| (*id, name.as_str())).collect();
        // A twin of a function without a spec has the name of the original.
        let twins = one.chosen.iter().map(|id| (*id, one.name(*id)));
        let originals = one.functions.iter().map(|(id, name)| (*id, name.clone()));
        let mut out = Self { codes: BTreeMap::new(), wrong: BTreeSet::new(), calls: BTreeMap::new() };
        for (id, name) in originals.chain(twins) {
            let Some(function) = one.program.functions.get(id.0) else { continue };
            for d in function.diagnostics.iter().chain(refused.get(&id).into_iter().flat_map(|found| found.iter())) {
                out.codes.entry(name.clone()).or_default().insert(d.code);
                if d.is_error {
                    out.wrong.insert(name.clone());
                }
            }
            let called = callees(function).into_iter().filter_map(|c| path.get(&c).map(|p| (*p).to_owned()));
            out.calls.entry(name).or_default().extend(called);
        }
        out
    }

    /// Whether a function has no Lean form.
    pub fn is_refused(&self, name: &str) -> bool {
        self.codes.contains_key(name)
    }

    /// Whether its spec or its code is wrong.
    pub fn is_wrong(&self, name: &str) -> bool {
        self.wrong.contains(name)
    }

    /// The codes that keep a function from being translated: its own, and those of what it calls where that is all there is.
    pub fn roots(&self, name: &str) -> BTreeSet<&'static str> {
        let (mut out, mut seen, mut todo) = (BTreeSet::new(), BTreeSet::new(), vec![name]);
        while let Some(name) = todo.pop() {
            let Some(codes) = self.codes.get(name).filter(|_| seen.insert(name)) else { continue };
            let own = codes.iter().filter(|c| **c != CALLS_UNSUPPORTED);
            out.extend(own.copied());
            if codes.contains(CALLS_UNSUPPORTED) {
                todo.extend(self.calls.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        if out.is_empty() && self.is_refused(name) {
            // It calls what the filters left out.
            out.insert(CALLS_UNSUPPORTED);
        }
        out
    }
}
