//! The code that few runs call: compiled when one of its functions is first called, and kept for later runs.
//!
//! A part's machine code is kept beside the engine's folder, behind a digest of itself: a file that was cut short or
//! altered is compiled again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use wasmtime::{AsContextMut, Engine, Extern, Func, Instance, Module, Ref};

use super::compile::{Effort, compile_lean, part_code, part_source};
use super::instance::Host;
use super::run::lock;

/// The parts of one compiled program.
pub(super) struct Parts {
    sources: PathBuf,
    kept: PathBuf,
    loaded: Mutex<HashMap<u16, Arc<Mutex<Option<Module>>>>>,
}

const DIGEST: usize = 32;

impl Parts {
    /// The parts of the program in `dir`. Their machine code is kept in a folder beside it.
    pub(super) fn of(dir: &Path) -> Self {
        let mut name = dir.file_name().unwrap_or_default().to_owned();
        name.push("-parts");
        Self { sources: dir.to_owned(), kept: dir.with_file_name(name), loaded: Mutex::default() }
    }

    /// Folder of what is kept.
    pub(super) fn folder(&self) -> &Path {
        &self.kept
    }

    /// File of what instrumented code marked.
    pub(super) fn marks(&self) -> PathBuf {
        self.kept.join("marks")
    }

    /// The part's code. Takes about a second when it was never called before on this machine.
    fn module(&self, engine: &Engine, part: u16) -> wasmtime::Result<Module> {
        let cell = lock(&self.loaded).entry(part).or_default().clone();
        // Threads that want the same part wait for the first; others go on.
        let mut module = lock(&cell);
        if let Some(module) = &*module {
            return Ok(module.clone());
        }
        let part = usize::from(part);
        let early = self.sources.join(part_code(part));
        if early.exists() {
            // SAFETY: as for the core (see `Program::open`): the file is of set-up, like that.
            return Ok(module.insert(unsafe { Module::deserialize_file(engine, early) }?).clone());
        }
        let path = self.kept.join(part_code(part));
        let found = match kept(&path) {
            // SAFETY: the code is what `compile_lean` wrote, as its digest says, into the tool's own cache, which belongs
            // to the user; wasmtime checks that it is of its own version and settings.
            Some(code) => unsafe { Module::deserialize(engine, code) }.ok(),
            None => None,
        };
        let found = match found {
            Some(found) => found,
            None => {
                let source = std::fs::read(self.sources.join(part_source(part)))?;
                let code = compile_lean(&source, Effort::Soon).map_err(wasmtime::Error::msg)?;
                // Not kept means compiled again by the next process: slower, not wrong.
                let _ = keep(&path, &code);
                // SAFETY: as above; it was compiled just now.
                unsafe { Module::deserialize(engine, code) }?
            }
        };
        Ok(module.insert(found).clone())
    }
}

fn kept(path: &Path) -> Option<Vec<u8>> {
    let mut data = std::fs::read(path).ok()?;
    let digest = data.split_off(data.len().checked_sub(DIGEST)?);
    (Sha256::digest(&data).as_slice() == digest).then_some(data)
}

fn keep(path: &Path, code: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, code)?;
    std::io::Write::write_all(&mut file, &Sha256::digest(code))?;
    file.persist(path).map(drop).map_err(|e| e.error)
}

/// The function in a table slot, loaded if need be.
pub(super) fn function_at(mut c: impl AsContextMut<Data = Host>, slot: u32) -> wasmtime::Result<Func> {
    let table = c.as_context().data().exports()?.table;
    if matches!(table.get(&mut c, u64::from(slot)), Some(Ref::Func(None))) {
        load(&mut c, slot)?;
    }
    match table.get(&mut c, u64::from(slot)) {
        Some(Ref::Func(Some(function))) => Ok(function),
        _ => Err(empty(slot)),
    }
}

fn empty(slot: u32) -> wasmtime::Error {
    wasmtime::Error::msg(format!("the guest calls the empty table slot {slot}"))
}

/// Serves the guest's call of an empty slot: fills it, and the others of its part, in the table of the calling thread.
pub(super) fn load(mut c: impl AsContextMut<Data = Host>, slot: u32) -> wasmtime::Result<()> {
    let run = c.as_context().data().run.clone();
    let part = run.program.symbols.part_of(slot).ok_or_else(|| empty(slot))?;
    let exports = c.as_context().data().exports()?.clone();
    if !c.as_context_mut().data_mut().parts.insert(part) {
        // The guest emptied the slot itself.
        return Err(empty(slot));
    }
    let module = run.off_the_clock(|| run.program.parts.module(&run.program.engine, part))?;
    let mut externs = vec![];
    for import in module.imports() {
        externs.push(match import.ty() {
            wasmtime::ExternType::Memory(_) => Extern::from(run.memory.shared().clone()),
            wasmtime::ExternType::Table(_) => Extern::from(exports.table),
            _ => exports
                .instance
                .get_export(&mut c, import.name())
                .ok_or_else(|| wasmtime::Error::msg(format!("the core lacks {}", import.name())))?,
        });
    }
    Instance::new(&mut c, &module, &externs).map(drop)
}
