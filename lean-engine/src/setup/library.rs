//! The support library: each module compiled once and kept in a folder of its own.
//!
//! Lean looks for all modules of a package in one folder, so a process has one with copies (some megabytes) of those that it
//! uses. Proofs need not wait for all of them: what a file imports is there as soon as those modules are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::manifest::{Fault, Manifest, hex};
use super::store::Store;
use super::{Phase, Progress, SetupError};
use crate::olean::Parts;
use crate::{Cancel, Engine, EngineError, Job, Limits, Severity};

/// Time for one module. Some seconds are enough for each; a machine that is busy with other things may need many times that.
const MODULE_TIME: Duration = Duration::from_secs(600);
/// Most Leans at a time: each needs some hundred megabytes.
const MOST_WORKERS: usize = 4;

/// A support library, whole or in the making. Dropping it waits for what is being made.
pub struct SupportLibrary {
    shared: Arc<Shared>,
    maker: Option<JoinHandle<()>>,
}

struct Shared {
    modules: Vec<Module>,
    /// The folder that Lean is given.
    folder: tempfile::TempDir,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Modules that are there and whole, by index.
    done: BTreeSet<usize>,
    failed: Option<EngineError>,
    repaired: Option<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Puts the modules that are kept and whole where Lean looks. What was altered is noted.
    fn find(&self) -> Result<BTreeSet<usize>, SetupError> {
        let mut done = self.lock().done.clone();
        for (i, module) in self.modules.iter().enumerate().filter(|(i, _)| !done.contains(i)).collect::<Vec<_>>() {
            match Manifest::verify_fully(&module.kept, &()) {
                Ok(()) => {
                    let parts = Parts::read(&module.kept.join(&module.path));
                    let parts = parts.map_err(|e| SetupError::Library(format!("{}: {e}", module.name)))?;
                    self.put(i, &parts)?;
                    done.insert(i);
                }
                Err(Fault::Absent) => {}
                Err(Fault::Damaged(reason)) => {
                    self.lock().repaired.get_or_insert(reason);
                }
            }
        }
        Ok(done)
    }

    /// Puts a module where Lean looks.
    fn put(&self, index: usize, parts: &Parts) -> Result<(), SetupError> {
        write(self.folder.path(), &self.modules[index].path, parts).map_err(unwritable)?;
        self.lock().done.insert(index);
        self.changed.notify_all();
        Ok(())
    }
}

impl SupportLibrary {
    /// Finds Lean modules in folders below `home`; those that are not there are compiled, which goes on after this returns.
    ///
    /// `sources` are module names (with dots) and texts; a module may import those before it. Modules that do not need each
    /// other are compiled at the same time, in the order of `sources`. What is kept is keyed by a module's text, those of its
    /// imports and the engine, and every byte of it is compared with its digest before it is used: an altered module is compiled
    /// again, and [`SupportLibrary::repaired`] says why.
    ///
    /// # Errors
    /// [`SetupError::Library`] if a name is none of a module. What goes wrong later, [`SupportLibrary::wait_for`] says.
    pub fn open(
        engine: Arc<dyn Engine>,
        sources: &[(&str, &str)],
        home: &Path,
        progress: Arc<dyn Progress + Send + Sync>,
        cancel: Cancel,
    ) -> Result<Self, SetupError> {
        let modules = modules(&*engine, sources, home)?;
        let folder = tempfile::Builder::new().prefix("harmonic-").tempdir();
        let folder = folder.map_err(unwritable)?;
        let shared = Arc::new(Shared { modules, folder, state: Mutex::default(), changed: Condvar::new() });
        shared.find()?;
        let maker = (!is_whole(&shared)).then(|| {
            let (shared, store) = (Arc::clone(&shared), Store::new(home.to_owned()));
            std::thread::spawn(move || {
                if let Err(error) = make(&*engine, &shared, &store, &*progress, &cancel) {
                    shared.lock().failed = Some(match error {
                        SetupError::Engine(error) => error,
                        other => EngineError::NotReady(other.to_string()),
                    });
                    shared.changed.notify_all();
                }
            })
        });
        Ok(Self { shared, maker })
    }

    /// Waits until these modules and all that they import are there.
    ///
    /// # Errors
    /// [`EngineError::NotReady`] if one does not compile or is no module of the library, or what the engine said.
    pub fn wait_for(&self, modules: &[&str]) -> Result<(), EngineError> {
        let all = &self.shared.modules;
        let mut wanted = BTreeSet::new();
        for name in modules {
            let index = all.iter().position(|m| m.name == *name);
            let unknown = || EngineError::NotReady(format!("the support library has no `{name}`"));
            let mut open = vec![index.ok_or_else(unknown)?];
            while let Some(index) = open.pop() {
                if wanted.insert(index) {
                    open.extend(&all[index].imports);
                }
            }
        }
        let mut state = self.shared.lock();
        loop {
            if wanted.is_subset(&state.done) {
                return Ok(());
            }
            match &state.failed {
                Some(EngineError::Cancelled) => return Err(EngineError::Cancelled),
                Some(error) => return Err(EngineError::NotReady(error.to_string())),
                None => state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Waits until all modules are there.
    ///
    /// # Errors
    /// As [`SupportLibrary::wait_for`].
    pub fn wait(&self) -> Result<(), EngineError> {
        self.wait_for(&self.shared.modules.iter().map(|m| m.name.as_str()).collect::<Vec<_>>())
    }

    /// Whether all modules are there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        is_whole(&self.shared)
    }

    /// The folder to name in [`Job::library`] and to give to [`crate::olean::Auditor`]. It is deleted with this.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.shared.folder.path()
    }

    /// Why a module that was there was not used but compiled again.
    #[must_use]
    pub fn repaired(&self) -> Option<String> {
        self.shared.lock().repaired.clone()
    }
}

impl Drop for SupportLibrary {
    fn drop(&mut self) {
        if let Some(maker) = self.maker.take() {
            // It has said what went wrong.
            let _ = maker.join();
        }
    }
}

fn is_whole(shared: &Shared) -> bool {
    shared.lock().done.len() == shared.modules.len()
}

/// A module of the library.
struct Module {
    name: String,
    text: String,
    /// Path of its `.olean` in a folder.
    path: String,
    /// Those of the library that it imports, by index.
    imports: Vec<usize>,
    /// Hash of all that its compiled form depends on.
    key: String,
    /// Where it is kept.
    kept: PathBuf,
}

fn modules(engine: &dyn Engine, sources: &[(&str, &str)], home: &Path) -> Result<Vec<Module>, SetupError> {
    let describe = engine.describe();
    // Two Leans of one version with different core libraries are different engines.
    let core = engine.core_library().to_string_lossy().into_owned();
    let mut out: Vec<Module> = Vec::with_capacity(sources.len());
    for (name, text) in sources.iter().copied() {
        let wanted = imports(text);
        let imports: Vec<usize> = (0..out.len()).filter(|i| wanted.contains(out[*i].name.as_str())).collect();
        let keys = imports.iter().map(|i| out[*i].key.as_str());
        let key = digest([describe.as_str(), &core, name, text].into_iter().chain(keys));
        let kept = home.join(format!("library-{}", key.get(..32).unwrap_or(&key)));
        let (path, name, text) = (module_path(name)?, name.to_owned(), text.to_owned());
        out.push(Module { name, text, path, imports, key, kept });
    }
    Ok(out)
}

/// The modules that a source's header names.
fn imports(text: &str) -> BTreeSet<&str> {
    let mut words = text.lines().flat_map(str::split_whitespace).skip_while(|w| *w == "module").peekable();
    let mut out = BTreeSet::new();
    // The header ends at the first word that is no part of an import.
    while let Some(word) = words.next() {
        match word {
            "public" | "meta" | "all" | "prelude" => {}
            "import" => {
                if words.peek() == Some(&"all") {
                    words.next();
                }
                out.extend(words.next());
            }
            _ => break,
        }
    }
    out
}

/// Compiles the modules that are not there, each as soon as those that it imports are.
fn make(
    engine: &dyn Engine,
    shared: &Shared,
    store: &Store,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<(), SetupError> {
    let _lock = store.lock(progress)?;
    // Another process may have made them meanwhile.
    let mut done = shared.find()?;
    progress.phase(Phase::Library);
    let modules = &shared.modules;
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
    let total = modules.len() as u64;
    let mut running = BTreeSet::new();
    let (send, receive) = mpsc::channel();
    // After a failure nothing more is started.
    let mut failed = None;
    std::thread::scope(|scope| {
        loop {
            progress.advance(done.len() as u64, Some(total));
            let is_ready = |i: &usize| modules[*i].imports.iter().all(|import| done.contains(import));
            let ready: Vec<usize> = (0..modules.len())
                .filter(|i| !done.contains(i) && !running.contains(i) && is_ready(i))
                .take(if failed.is_none() { workers - running.len() } else { 0 })
                .collect();
            for i in ready {
                running.insert(i);
                let (send, module) = (send.clone(), &modules[i]);
                scope.spawn(move || {
                    let made = compile(engine, module, shared.folder.path(), cancel).and_then(|parts| {
                        store.build(&module.kept, |fresh| {
                            write(fresh, &module.path, &parts).map_err(|e| SetupError::io(&module.kept, e))
                        })?;
                        shared.put(i, &parts)
                    });
                    // The receiver outlives this thread.
                    let _ = send.send((i, made));
                });
            }
            if running.is_empty() {
                break;
            }
            let Ok((i, made)) = receive.recv() else { break };
            running.remove(&i);
            match made {
                Ok(()) => {
                    done.insert(i);
                }
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn compile(engine: &dyn Engine, module: &Module, library: &Path, cancel: &Cancel) -> Result<Parts, SetupError> {
    let name = &module.name;
    let job = Job {
        // The engine wants a single identifier. It is only what private names are marked with.
        name: name.replace('.', "_"),
        text: module.text.clone(),
        library: vec![library.to_owned()],
        emit_olean: true,
        limits: Limits { time: MODULE_TIME, ..Limits::default() },
    };
    let report = engine.check(&job, cancel).map_err(EngineError::from)?;
    if let Some(error) = report.messages.iter().find(|message| message.severity == Severity::Error) {
        let (line, column) = (error.pos.line, error.pos.column + 1);
        return Err(SetupError::Library(format!("{name}:{line}:{column}: {}", error.text)));
    }
    let compiled = report.olean.filter(|_| report.exit_code == 0);
    let Some(bytes) = compiled else {
        return Err(EngineError::Broken(format!("no compiled module came of {name}")).into());
    };
    Parts::decode(&bytes).map_err(|e| SetupError::Library(format!("{name}: {e}")))
}

/// Writes a module's parts. Importers need the first; the audit follows proofs into the others.
fn write(folder: &Path, path: &str, parts: &Parts) -> std::io::Result<()> {
    let olean = folder.join(path);
    if let Some(parent) = olean.parent() {
        std::fs::create_dir_all(parent)?;
    }
    parts.write(&olean)
}

fn unwritable(error: std::io::Error) -> EngineError {
    EngineError::Scratch(error.to_string())
}

/// Where a module's `.olean` goes. A name that is no module name would lead out of the folder.
fn module_path(module: &str) -> Result<String, SetupError> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if module.split('.').all(plain) {
        Ok(module.replace('.', "/") + ".olean")
    } else {
        Err(SetupError::Library(format!("`{module}` is not a module name")))
    }
}

fn digest<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for text in parts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    }
    hex(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn imports_are_read_from_the_header_alone() {
        let text = "module\npublic import A.B\nimport all C\nmeta import D import E\n\n/-! import F -/\nimport G\n";
        assert_eq!(imports(text).into_iter().collect::<Vec<_>>(), ["A.B", "C", "D", "E"]);
        assert!(imports("theorem t : True := trivial").is_empty());
    }
}
