//! A crate, read and typed, with the functions that the command line chose of it.

use std::collections::{BTreeMap, BTreeSet};

use harmonic_translator::diagnostic::Diagnostic;
use harmonic_translator::front;
use harmonic_translator::safety::state_safety;
use harmonic_translator::span::SourceMap;
use harmonic_translator::tir::{FnId, Program};

use crate::cli::Selection;
use crate::counterexample::annotated;
use crate::failure::Failure;
use crate::invariants::Inferred;
use crate::project::Crate;

/// A loaded crate.
pub struct Loaded<'c> {
    /// As cargo knows it.
    pub krate: &'c Crate,
    /// The typed program.
    pub program: Program,
    /// Its files.
    pub sources: SourceMap,
    /// What is said of the crate as a whole.
    pub diagnostics: Vec<Diagnostic>,
    /// All functions that the filters name, with their paths as reports print them, in the order of the source.
    pub functions: Vec<(FnId, String)>,
    /// Those that get a verdict: those with a spec and, where asked for, twins of those without, in the order of the source.
    pub chosen: Vec<FnId>,
    /// Those of the chosen that have no spec.
    pub plain: BTreeSet<FnId>,
    /// Invariants that are not in the source, by the path of their function as reports print it.
    pub inferred: BTreeMap<String, Vec<Inferred>>,
}

impl<'c> Loaded<'c> {
    /// Reads a crate.
    pub fn of(krate: &'c Crate, selection: &Selection) -> Self {
        Self::reading(krate, selection, &|path| std::fs::read(krate.folder.join(path)))
    }

    /// Reads a crate whose files are what `read` says.
    pub fn reading(
        krate: &'c Crate,
        selection: &Selection,
        read: &(dyn Fn(&str) -> std::io::Result<Vec<u8>> + Sync),
    ) -> Self {
        let (mut program, sources, diagnostics) = front::load(&krate.root, &krate.cfg, read);
        let wanted = |program: &Program, id: &FnId| {
            let full = name(krate, program, *id);
            let plain = program.functions.get(id.0).map_or("", |f| f.path.as_str());
            selection.filters.is_empty()
                || selection
                    .filters
                    .iter()
                    .any(|f| if selection.exact { *f == full || f == plain } else { full.contains(f.as_str()) })
        };
        let in_order = |program: &Program, mut ids: Vec<FnId>| {
            ids.sort_by_key(|id| program.functions.get(id.0).map(|f| (f.span.file, f.span.lo)));
            ids
        };
        let own = |id: &FnId| program.functions.get(id.0).is_some_and(|f| !f.instance);
        let all = (0..program.functions.len()).map(FnId).filter(|id| own(id) && wanted(&program, id)).collect();
        let functions = in_order(&program, all).into_iter().map(|id| (id, name(krate, &program, id))).collect();
        let plain: BTreeSet<FnId> =
            if selection.all { state_safety(&mut program).into_iter().collect() } else { BTreeSet::new() };
        let chosen = in_order(&program, annotated(&program).filter(|id| wanted(&program, id)).collect());
        let inferred = BTreeMap::new();
        Self { krate, program, sources, diagnostics, functions, chosen, plain, inferred }
    }

    /// The text of a file, as it was read: with what is kept beside the source in its place.
    ///
    /// # Errors
    /// What the system says of a file that is no part of the crate yet.
    pub fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        match self.sources.files.iter().find(|(name, _)| name == path) {
            Some((_, text)) => Ok(text.clone().into_bytes()),
            None => std::fs::read(self.krate.folder.join(path)),
        }
    }

    /// For a command that has no use for a crate with errors: the first of them.
    pub fn failure(&self) -> Option<Failure> {
        let error = self.diagnostics.iter().find(|d| d.is_error)?;
        let failure = Failure::new(format!("crate `{}` cannot be read: {}", self.krate.name, error.message));
        Some(failure.help("`cargo harmonic verify` shows where"))
    }

    /// A function's path as reports print it.
    pub fn name(&self, id: FnId) -> String {
        name(self.krate, &self.program, id)
    }
}

/// A function's path as reports print it.
pub fn name(krate: &Crate, program: &Program, id: FnId) -> String {
    format!("{}::{}", krate.name, program.functions.get(id.0).map_or("?", |f| f.path.as_str()))
}
