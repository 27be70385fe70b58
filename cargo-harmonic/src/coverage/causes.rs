//! Why functions have no Lean form, led back to where it begins: a function that calls an unsupported one is not the cause.

use std::collections::{BTreeMap, BTreeSet};

use harmonic_translator::diagnostic::Diagnostic;
use harmonic_translator::translate::translate;

use crate::loaded::Loaded;

/// What was refused of each function.
pub struct Causes(BTreeMap<String, Vec<Diagnostic>>);

impl Causes {
    /// Translates a crate and keeps what was refused.
    pub fn of(one: &Loaded<'_>) -> Self {
        let mut out: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let found = |id: usize| one.program.functions.get(id).into_iter().flat_map(|f| f.diagnostics.iter().cloned());
        // A twin of a function without a spec has the name of the original.
        let twins = one.chosen.iter().map(|id| (*id, one.name(*id)));
        let originals = one.functions.iter().map(|(id, name)| (*id, name.clone()));
        let names: BTreeMap<usize, String> = originals.chain(twins).map(|(id, name)| (id.0, name)).collect();
        for (id, name) in &names {
            out.entry(name.clone()).or_default().extend(found(*id));
        }
        for (id, more) in translate(&one.program).1 {
            if let Some(name) = names.get(&id.0) {
                out.entry(name.clone()).or_default().extend(more);
            }
        }
        Self(out)
    }

    fn found(&self, name: &str) -> &[Diagnostic] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a function has no Lean form.
    pub fn is_refused(&self, name: &str) -> bool {
        !self.found(name).is_empty()
    }

    /// Whether its spec or its code is wrong.
    pub fn is_wrong(&self, name: &str) -> bool {
        self.found(name).iter().any(|d| d.is_error)
    }

    /// What keeps a function from being translated: what was refused of it, and of the functions that it could not call.
    pub fn roots(&self, krate: &str, name: &str) -> Vec<&Diagnostic> {
        let (mut out, mut seen, mut todo) = (Vec::new(), BTreeSet::new(), vec![name.to_owned()]);
        while let Some(name) = todo.pop() {
            for d in self.found(&name) {
                match d.callee.as_ref().map(|path| format!("{krate}::{path}")) {
                    // What the filters left out is not known here.
                    Some(callee) if self.is_refused(&callee) => {
                        todo.extend(Some(callee).filter(|c| seen.insert(c.clone())))
                    }
                    // A loop's condition, for one, is looked at more than once.
                    _ if out.contains(&d) => {}
                    _ => out.push(d),
                }
            }
        }
        out
    }
}
