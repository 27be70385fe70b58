//! The learned order of attempts, and the file that holds what was learnt besides what ships with the tool.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use harmonic_prover::policy::Policy;
use harmonic_prover::store::{read_bounded, write_atomically};

use crate::failure::Failure;

/// Size, of some 5,000 examples, from which on the file is written anew, without what is old or tells nothing.
const COMPACT: u64 = 1 << 20;
/// Largest file that is read.
const LARGEST: u64 = 64 << 20;

/// A policy with its file.
pub struct Learning {
    policy: Policy,
    file: Option<PathBuf>,
}

impl Learning {
    /// What ships with the tool, which nothing is added to.
    pub fn shipped() -> Self {
        Self { policy: Policy::shipped(), file: None }
    }

    /// What ships with the tool, and what `file` says besides; a file that is not there is an empty one.
    ///
    /// # Errors
    /// If the file cannot be read, or is not one of these.
    pub fn open(file: PathBuf) -> Result<Self, Failure> {
        let policy = Policy::shipped();
        let failed = |why: String| Failure::new(format!("cannot read the policy {}: {why}", file.display()));
        let text = read(&file).map_err(|e| failed(e.to_string()))?;
        policy.read(&text).map_err(|e| failed(e.to_string()))?;
        Ok(Self { policy, file: Some(file) })
    }

    /// A policy that knows nothing, and a new file for it.
    ///
    /// # Errors
    /// If the file is there.
    pub fn empty(file: PathBuf) -> Result<Self, Failure> {
        if file.exists() {
            return Err(Failure::new(format!("{} is there already", file.display()))
                .help("name a new file with `--policy`, or leave out `--from-empty`"));
        }
        Ok(Self { policy: Policy::default(), file: Some(file) })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Appends what was learnt to the file, if there is one.
    ///
    /// # Errors
    /// What the system says.
    pub fn save(&self) -> io::Result<()> {
        let (Some(path), log) = (&self.file, self.policy.take_log()) else { return Ok(()) };
        if log.is_empty() {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // One write: what several runs append does not mix.
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(log.as_bytes())?;
        if file.metadata()?.len() > COMPACT {
            let all = Policy::default();
            all.relearn(&read(path)?).map_err(io::Error::other)?;
            write_atomically(path, all.text().as_bytes())?;
        }
        Ok(())
    }
}

/// A file that is not there is an empty one.
fn read(path: &Path) -> io::Result<String> {
    match read_bounded(path, LARGEST) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        text => text,
    }
}
