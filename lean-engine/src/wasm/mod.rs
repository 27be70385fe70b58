//! The embedded engine: Lean, compiled to WebAssembly, run by wasmtime inside this process.
//!
//! Elaborating a file runs arbitrary code, so the guest gets nothing of the machine but what a run needs: its own
//! library and the caller's library folders to read, one folder to write, random numbers, the time. There is no network,
//! no process, no environment of the host. Time, memory, output, threads, open files and written bytes are bounded.
//!
//! - [`compile`] turns the downloaded module into machine code once; `split.rs` and `shim.rs` say what is changed on the
//!   way, and `parts.rs` how the code that few runs call is compiled when it is called.
//! - [`WasmEngine`] maps that code and runs it; `run.rs` has the life of a run and its threads, `instance.rs` the
//!   instances in each thread, `host/` the functions that the guest calls, `vfs.rs` its file system.

mod body;
mod compile;
mod errno;
mod files;
mod host;
mod instance;
mod memory;
mod output;
mod parts;
mod profile;
mod resident;
mod residents;
mod run;
mod shim;
mod split;
mod survey;
mod symbols;
#[cfg(test)]
mod tests;
mod vfs;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub use compile::{CompileError, CompilePhase, Plan, compile, fingerprint, profile};
pub use output::{Sink, Stream};
pub use resident::Resident;

use crate::{Cancel, Engine, EngineError, Job, Limits, Report, Severity, Unfinished, messages};
use instance::Program;
use output::Route;
use residents::Residents;
use run::Setup;
use vfs::Mount;

/// The Lean that is embedded.
pub const LEAN_VERSION: &str = "4.28.0-pre";

/// Lean in WebAssembly. Cheap to share; each check is an instance of its own.
pub struct WasmEngine {
    program: Arc<Program>,
    core_library: PathBuf,
    /// For search; `None` if each file has a fresh Lean.
    residents: Option<Residents>,
}

/// A run of Lean by hand ([`WasmEngine::run_lean`]).
pub struct Session<'a> {
    /// Lean's arguments, without its name.
    pub args: &'a [String],
    /// The folder that Lean sees as its current one (`/work`) and may write to.
    pub work_dir: &'a Path,
    /// Folders of compiled modules, searched after the core library.
    pub library: &'a [PathBuf],
    /// Lean's standard input.
    pub stdin: Box<dyn Read + Send>,
    /// Receives what Lean prints, whole lines, without the traces of its own.
    pub output: Sink,
    /// Bounds of the run.
    pub limits: Limits,
}

impl WasmEngine {
    /// Opens what [`compile`] wrote; `core_library` is the folder with `Init.olean`.
    ///
    /// # Errors
    /// [`EngineError::NotReady`] if files are missing, damaged, or made by another version or for another processor.
    pub fn open(compiled_dir: &Path, core_library: &Path) -> Result<Self, EngineError> {
        if !core_library.join("Init.olean").is_file() {
            let folder = core_library.display();
            return Err(EngineError::NotReady(format!(
                "Lean's library is missing in {folder}; run `cargo harmonic setup`"
            )));
        }
        Ok(Self {
            program: Arc::new(Program::open(compiled_dir)?),
            core_library: core_library.to_owned(),
            residents: None,
        })
    }

    /// Lets search have Leans that stay. What they call besides is not among what set-up compiles, but is compiled on first use
    /// and kept, in some 20 s of processor time; so this is for code that set-up is done with ([`crate::setup::Ready::optimised`]).
    #[must_use]
    pub fn with_residents(self) -> Self {
        Self { residents: Some(Residents::default()), ..self }
    }

    /// Runs Lean with arguments of the caller's choice and returns its exit status.
    ///
    /// # Errors
    /// [`EngineError`] if the run did not come to an end of its own.
    pub fn run_lean(&self, session: Session<'_>, cancel: &Cancel) -> Result<i32, EngineError> {
        let setup = Setup {
            args: session.args.to_vec(),
            mounts: self.mounts(session.library, session.work_dir)?,
            env: environment(session.library.len()),
            stdin: session.stdin,
            output: Route::Lines(session.output),
            limits: session.limits,
        };
        Ok(run::run(&self.program, setup, cancel)?.exit_code)
    }

    fn mounts(&self, library: &[PathBuf], work: &Path) -> Result<Vec<Mount>, EngineError> {
        let mount = |guest: &str, host: &Path, writable| {
            Mount::new(guest, host, writable).map_err(|e| EngineError::Broken(format!("{}: {e}", host.display())))
        };
        let mut mounts = vec![mount("/lean/lib/lean", &self.core_library, false)?, mount(vfs::CWD, work, true)?];
        for (index, folder) in library.iter().enumerate() {
            mounts.push(mount(&format!("/lib/{index}"), folder, false)?);
        }
        Ok(mounts)
    }
}

/// The guest's whole environment.
fn environment(libraries: usize) -> Vec<String> {
    let mut path = "LEAN_PATH=/lean/lib/lean".to_owned();
    for index in 0..libraries {
        path.push_str(&format!(":/lib/{index}"));
    }
    vec!["LEAN_SYSROOT=/lean".to_owned(), path]
}

/// Whether a job's name can be a file name and a module name as it stands.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl Engine for WasmEngine {
    fn describe(&self) -> String {
        format!("wasm {LEAN_VERSION}")
    }

    fn check(&self, job: &Job, cancel: &Cancel) -> Result<Report, Unfinished> {
        let started = Instant::now();
        if !is_plain_name(&job.name) {
            return Err(EngineError::Broken(format!("`{}` is no module name", job.name)).into());
        }
        let unwritable = |e: std::io::Error| EngineError::Scratch(e.to_string());
        let scratch = tempfile::Builder::new().prefix("harmonic-").tempdir().map_err(unwritable)?;
        let file = format!("{}.lean", job.name);
        let compiled = format!("{}.olean", job.name);
        std::fs::write(scratch.path().join(&file), &job.text).map_err(unwritable)?;

        let mut args = vec!["--json".to_owned()];
        if job.emit_olean {
            args.extend(["-o".to_owned(), compiled.clone()]);
        }
        args.push(file);
        let setup = Setup {
            args,
            mounts: self.mounts(&job.library, scratch.path())?,
            env: environment(job.library.len()),
            stdin: Box::new(std::io::empty()),
            output: Route::Kept,
            limits: job.limits.clone(),
        };
        let finished = run::run(&self.program, setup, cancel)?;
        let messages = messages::parse(&finished.stdout);
        if finished.exit_code != 0 && !messages.iter().any(|m| m.severity == Severity::Error) {
            let said: Vec<_> =
                finished.stderr.lines().filter(|l| !messages::is_trace(l) && !l.trim().is_empty()).take(5).collect();
            let (code, said) = (finished.exit_code, said.join("; "));
            let why = format!("Lean ended with status {code} and no error message: {said}");
            return Err(EngineError::Broken(why).into());
        }
        let olean = if job.emit_olean {
            // Proofs are in the private part, so all parts are kept.
            match crate::olean::Parts::read(&scratch.path().join(&compiled)) {
                Ok(parts) => Some(parts.encode()),
                Err(crate::olean::OleanError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                    None
                }
                Err(e) => return Err(EngineError::Broken(format!("compiled module: {e}")).into()),
            }
        } else {
            None
        };
        Ok(Report { messages, exit_code: finished.exit_code, olean, elapsed: started.elapsed() })
    }

    fn explore(&self, job: &Job, cancel: &Cancel) -> Result<Report, Unfinished> {
        match &self.residents {
            Some(residents) => residents.check(self, job, cancel),
            None => self.check(&Job { emit_olean: false, ..job.clone() }, cancel),
        }
    }

    fn core_library(&self) -> PathBuf {
        self.core_library.clone()
    }
}
