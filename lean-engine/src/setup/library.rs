//! The support library, compiled once and kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
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
/// File in a library's folder that names its modules and their keys, so that another library can take them over.
const KEYS: &str = "KEYS";

/// A compiled support library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportLibrary {
    /// The folder to name in [`Job::library`] and to give to [`crate::olean::Auditor`].
    pub folder: PathBuf,
    /// Why a library that was there was not used but compiled again.
    pub repaired: Option<String>,
}

/// Compiles Lean modules into a folder below `home`, or finds them there.
///
/// `sources` are module names (with dots) and texts; a module may import those before it. Modules that do not need each
/// other are compiled at the same time, and those that a whole library of an earlier call has are taken over from there.
/// What is kept is keyed by the sources and the engine, and every byte of it is compared with its digest before it is used:
/// an altered module is compiled again, and [`SupportLibrary::repaired`] says why.
///
/// # Errors
/// [`SetupError::Library`] if Lean does not accept a source, [`SetupError::Engine`] if it cannot be run.
pub fn support_library(
    engine: &dyn Engine,
    sources: &[(&str, &str)],
    home: &Path,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<SupportLibrary, SetupError> {
    let modules = modules(engine, sources)?;
    let store = Store::new(home.to_owned());
    let folder = home.join(format!("library-{}", library_key(engine, &modules)));
    if Manifest::verify_fully(&folder, &()).is_ok() {
        return Ok(SupportLibrary { folder, repaired: None });
    }
    let _lock = store.lock(progress)?;
    let repaired = match Manifest::verify_fully(&folder, &()) {
        Ok(()) => return Ok(SupportLibrary { folder, repaired: None }),
        Err(Fault::Absent) => None,
        Err(Fault::Damaged(reason)) => Some(reason),
    };
    store.build(&folder, |fresh| {
        progress.phase(Phase::Library);
        let known = take_over(home, &folder, fresh, &modules)?;
        compile_all(engine, &modules, known, fresh, progress, cancel)?;
        let keys: String = modules.iter().map(|m| format!("{} {}\n", m.name, m.key)).collect();
        std::fs::write(fresh.join(KEYS), keys).map_err(|e| SetupError::io(fresh, e))
    })?;
    Ok(SupportLibrary { folder, repaired })
}

/// A module of the library that is to be made.
struct Module<'a> {
    name: &'a str,
    text: &'a str,
    /// Path of its `.olean` in the folder.
    path: String,
    /// Those of the library that it imports, by index.
    imports: Vec<usize>,
    /// Hash of all that its compiled form depends on.
    key: String,
}

fn modules<'a>(engine: &dyn Engine, sources: &[(&'a str, &'a str)]) -> Result<Vec<Module<'a>>, SetupError> {
    let describe = engine.describe();
    // Two Leans of one version with different core libraries are different engines.
    let core = engine.core_library().to_string_lossy().into_owned();
    let mut out: Vec<Module<'a>> = Vec::with_capacity(sources.len());
    for (name, text) in sources.iter().copied() {
        let wanted = imports(text);
        let imports: Vec<usize> = (0..out.len()).filter(|i| wanted.contains(out[*i].name)).collect();
        let keys = imports.iter().map(|i| out[*i].key.as_str());
        let key = digest([describe.as_str(), &core, name, text].into_iter().chain(keys));
        out.push(Module { name, text, path: module_path(name)?, imports, key });
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

/// Copies the modules that other whole libraries in `home` have already, and says which.
fn take_over(home: &Path, target: &Path, fresh: &Path, modules: &[Module<'_>]) -> Result<BTreeSet<usize>, SetupError> {
    let mut done = BTreeSet::new();
    for entry in std::fs::read_dir(home).into_iter().flatten().flatten() {
        let other = entry.path();
        let named = entry.file_name().to_string_lossy().starts_with("library-");
        // Cheap before costly: most often no module of another library is wanted.
        let keys = if named && other != target { std::fs::read_to_string(other.join(KEYS)).ok() } else { None };
        let Some(keys) = keys else { continue };
        let has = |m: &Module<'_>| keys.lines().any(|line| line.split_once(' ') == Some((m.name, m.key.as_str())));
        let wanted: Vec<usize> = (0..modules.len()).filter(|i| !done.contains(i) && has(&modules[*i])).collect();
        if wanted.is_empty() || Manifest::verify_fully(&other, &()).is_err() {
            continue;
        }
        for i in wanted {
            let parts = Parts::read(&other.join(&modules[i].path))
                .map_err(|e| SetupError::Library(format!("{}: {e}", modules[i].name)))?;
            write(fresh, &modules[i].path, &parts)?;
            done.insert(i);
        }
    }
    Ok(done)
}

/// Compiles the modules that are not in `done`, each as soon as those that it imports are there.
fn compile_all(
    engine: &dyn Engine,
    modules: &[Module<'_>],
    mut done: BTreeSet<usize>,
    fresh: &Path,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<(), SetupError> {
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
                    let made =
                        compile(engine, module, fresh, cancel).and_then(|parts| write(fresh, &module.path, &parts));
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

fn compile(engine: &dyn Engine, module: &Module<'_>, library: &Path, cancel: &Cancel) -> Result<Parts, SetupError> {
    let name = module.name;
    let job = Job {
        // The engine wants a single identifier. It is only what private names are marked with.
        name: name.replace('.', "_"),
        text: module.text.to_owned(),
        library: vec![library.to_owned()],
        emit_olean: true,
        limits: Limits { time: MODULE_TIME, ..Limits::default() },
    };
    let report = engine.check(&job, cancel)?;
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
fn write(folder: &Path, path: &str, parts: &Parts) -> Result<(), SetupError> {
    let olean = folder.join(path);
    let fail = |e| SetupError::io(&olean, e);
    if let Some(parent) = olean.parent() {
        std::fs::create_dir_all(parent).map_err(fail)?;
    }
    parts.write(&olean).map_err(fail)
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

fn library_key(engine: &dyn Engine, modules: &[Module<'_>]) -> String {
    let describe = engine.describe();
    let all = modules.iter().flat_map(|m| [m.name, m.key.as_str()]);
    digest(std::iter::once(describe.as_str()).chain(all))[..32].to_owned()
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
