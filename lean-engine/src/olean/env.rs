//! Imported modules: found on disk, read once, indexed by the hashes of the names they declare.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::Result;
use super::module::Module;
use super::name::Name;
use super::parts::Parts;

/// A module file's identity on disk; it is read again when this changes.
type Stamp = [Option<(u64, Option<SystemTime>)>; 2];

/// A module with where it came from.
#[derive(Debug)]
pub(super) struct Imported {
    pub(super) module: Module,
    /// From the pinned core library: trusted to have been checked when it was built.
    pub(super) core: bool,
}

/// Everything that a list of imports brings in.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) modules: Vec<Arc<Imported>>,
    by_hash: HashMap<u64, Vec<u32>>,
    /// Modules that are imported somewhere and have no file.
    pub(super) missing: Vec<String>,
}

impl Environment {
    /// The module that declares `name` and its position there.
    pub(super) fn find(&self, hash: u64, name: &Name) -> Result<Option<(u32, u32)>> {
        for index in self.by_hash.get(&hash).into_iter().flatten() {
            if let Some(imported) = self.modules.get(*index as usize)
                && let Some(position) = imported.module.find(hash, name)?
            {
                return Ok(Some((*index, position)));
            }
        }
        Ok(None)
    }
}

/// Reads modules and remembers them.
#[derive(Debug, Default)]
pub(super) struct Loader {
    core: PathBuf,
    libraries: Vec<PathBuf>,
    modules: Mutex<HashMap<PathBuf, (Stamp, Arc<Imported>)>>,
    environments: Mutex<HashMap<Vec<Name>, Arc<Environment>>>,
}

impl Loader {
    pub(super) fn new(core: PathBuf, libraries: Vec<PathBuf>) -> Self {
        Self { core, libraries, ..Self::default() }
    }

    /// What `imports` bring in, transitively and whatever their visibility.
    pub(super) fn environment(&self, imports: &[Name]) -> Result<Arc<Environment>> {
        let known = lock(&self.environments).get(imports).cloned();
        let mut modules = Vec::new();
        let mut missing = Vec::new();
        let mut queued: HashSet<Name> = imports.iter().cloned().collect();
        let mut open = imports.to_vec();
        while let Some(name) = open.pop() {
            let Some(imported) = self.load(&name)? else {
                missing.push(name.to_string());
                continue;
            };
            for import in &imported.module.imports {
                if queued.insert(import.clone()) {
                    open.push(import.clone());
                }
            }
            modules.push(imported);
        }
        if let Some(known) = known
            && known.modules.len() == modules.len()
            && known.modules.iter().zip(&modules).all(|(old, new)| Arc::ptr_eq(old, new))
        {
            return Ok(known);
        }
        let mut by_hash: HashMap<u64, Vec<u32>> = HashMap::new();
        for (index, imported) in modules.iter().enumerate() {
            let Ok(index) = u32::try_from(index) else { break };
            for hash in imported.module.hashes() {
                by_hash.entry(hash).or_default().push(index);
            }
        }
        let environment = Arc::new(Environment { modules, by_hash, missing });
        lock(&self.environments).insert(imports.to_vec(), Arc::clone(&environment));
        Ok(environment)
    }

    fn load(&self, name: &Name) -> Result<Option<Arc<Imported>>> {
        // A component that is not a plain file name would lead out of the library's folder.
        let relative = name.texts().filter(|parts| parts.iter().all(|part| is_file_name(part)));
        let Some(relative) = relative.map(|parts| parts.join("/") + ".olean") else { return Ok(None) };
        let folders = std::iter::once((&self.core, true)).chain(self.libraries.iter().map(|folder| (folder, false)));
        for (folder, core) in folders {
            let path = folder.join(&relative);
            // The core library does not change under a process; looking at 2,000 files a call would cost more than the audit.
            if core && let Some((_, imported)) = lock(&self.modules).get(&path) {
                return Ok(Some(Arc::clone(imported)));
            }
            let stamp = [stamp(&path), stamp(&Parts::sibling(&path, "private"))];
            if stamp[0].is_none() {
                continue;
            }
            if let Some((old, imported)) = lock(&self.modules).get(&path)
                && *old == stamp
            {
                return Ok(Some(Arc::clone(imported)));
            }
            let imported = Arc::new(Imported { module: Module::new(Parts::read(&path)?)?, core });
            lock(&self.modules).insert(path, (stamp, Arc::clone(&imported)));
            return Ok(Some(imported));
        }
        Ok(None)
    }
}

fn stamp(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

fn is_file_name(part: &str) -> bool {
    !part.is_empty() && part != "." && part != ".." && !part.contains(['/', '\\', ':', '\0'])
}

/// The maps stay valid whatever a panicking thread did: they only ever gain whole entries.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
