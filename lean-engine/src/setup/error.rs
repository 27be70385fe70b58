//! What can go wrong in set-up, said so that the reader knows what to do.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::wasm::CompileError;

/// How to go on without a network; shown by every error that it helps with.
const FROM_FILE: &str = "with the package at hand, run `cargo harmonic setup --from FILE`";

/// Why set-up did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There is no folder to keep anything in.
    #[error("this machine names no cache folder; set HARMONIC_HOME to a folder that can be written to")]
    NoHome,
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The disk is full.
    #[error("no space left for {0} (set-up needs about 1.2 GB); set HARMONIC_HOME to a folder on another disk")]
    DiskFull(PathBuf),
    /// The folder may not be written to.
    #[error("{0} cannot be written to; set HARMONIC_HOME to a folder that can")]
    NotWritable(PathBuf),
    /// The network is not to be used and the package is not there.
    #[error("Lean is not set up and the network is not to be used; {FROM_FILE}")]
    Offline,
    /// The registry could not be reached or broke off.
    #[error("cannot download {url}: {reason}; run `cargo harmonic setup` again to go on from there, or {FROM_FILE}")]
    Network {
        /// What was asked for, without credentials.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The registry answered, but not with the package.
    #[error("{url} answered with status {status}; check the registry in your npm configuration, or {FROM_FILE}")]
    Refused {
        /// What was asked for, without credentials.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The user's npm configuration cannot be used.
    #[error("npm configuration: {0}")]
    Configuration(String),
    /// The bytes are not the package's.
    #[error("{origin} is not {package}: expected sha512 {expected}, found {found}")]
    Digest {
        /// Where the bytes came from.
        origin: String,
        /// The package's name and version.
        package: String,
        /// The digest that is pinned.
        expected: String,
        /// The digest of the bytes.
        found: String,
    },
    /// The package's content is not as expected.
    #[error("the package cannot be unpacked: {0}")]
    Archive(String),
    /// Machine code could not be made.
    #[error("cannot compile Lean for this machine: {0}")]
    Compile(String),
    /// Nothing is set up.
    #[error("Lean is not set up; run `cargo harmonic setup`")]
    NotSetUp,
    /// What is kept is not what was put there.
    #[error("{folder} is damaged: {reason}; run `cargo harmonic setup` to repair it")]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The support library does not compile.
    #[error("the support library does not compile: {0}")]
    Library(String),
    /// Lean could not be run.
    #[error(transparent)]
    Engine(#[from] crate::EngineError),
}

impl SetupError {
    /// Sorts out what the system said about `path`.
    pub(super) fn io(path: &Path, source: std::io::Error) -> Self {
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull(path.into()),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::NotWritable(path.into()),
            _ => Self::Io { path: path.into(), source },
        }
    }

    pub(super) fn from_compile(error: CompileError) -> Self {
        match error {
            CompileError::Io(path, source) => Self::io(&path, source),
            other => Self::Compile(other.to_string()),
        }
    }
}
