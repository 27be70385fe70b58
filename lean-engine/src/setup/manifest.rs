//! What a folder is to contain: a list of its files with sizes, times and digests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::{Progress, SetupError};

const NAME: &str = "MANIFEST.json";

/// Why a folder is not what its manifest says.
#[derive(Debug)]
pub(super) enum Fault {
    /// There is no such folder.
    Absent,
    /// It was altered; the text says how.
    Damaged(String),
}

impl Fault {
    pub(super) fn into_error(self, folder: PathBuf) -> SetupError {
        match self {
            Self::Absent => SetupError::NotSetUp,
            Self::Damaged(reason) => SetupError::Damaged { folder, reason },
        }
    }
}

/// A file's entry.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Entry {
    size: u64,
    /// Nanoseconds since the epoch; a file with another time is compared by its digest.
    modified: u64,
    sha256: String,
}

/// The list of a folder's files, by path with `/`.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Manifest {
    files: BTreeMap<String, Entry>,
    /// Digest of the list itself, which a careless edit does not survive.
    sha256: String,
}

impl Manifest {
    /// Lists what is in `folder` and writes the list there.
    pub(super) fn write(folder: &Path) -> Result<(), SetupError> {
        let mut files = BTreeMap::new();
        for path in files_below(folder).map_err(|e| SetupError::io(folder, e))? {
            let full = folder.join(&path);
            let entry = (|| {
                let file = File::open(&full)?;
                // Whole on disk before its folder gets the name that promises it.
                file.sync_all()?;
                let (size, modified) = size_and_time(&full)?;
                Ok(Entry { size, modified, sha256: digest(file)? })
            })();
            files.insert(path, entry.map_err(|e| SetupError::io(&full, e))?);
        }
        let sha256 = list_digest(&files);
        let path = folder.join(NAME);
        let io = |e: std::io::Error| SetupError::io(&path, e);
        let text = serde_json::to_vec_pretty(&Self { files, sha256 }).map_err(|e| io(e.into()))?;
        std::fs::write(&path, text).map_err(io)
    }

    fn read(folder: &Path) -> Result<Self, Fault> {
        if !folder.exists() {
            return Err(Fault::Absent);
        }
        let damaged = |what: &str| Fault::Damaged(format!("{NAME} {what}"));
        let text = std::fs::read(folder.join(NAME)).map_err(|e| damaged(&format!("cannot be read ({e})")))?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|_| damaged("is not readable"))?;
        if list_digest(&manifest.files) != manifest.sha256 {
            return Err(damaged("was altered"));
        }
        Ok(manifest)
    }

    /// Compares sizes and times, and the digest of each file whose time differs.
    pub(super) fn verify_quickly(folder: &Path) -> Result<(), Fault> {
        Self::read(folder)?.verify(folder, false, &())
    }

    /// Compares all digests, and that there are no other files.
    pub(super) fn verify_fully(folder: &Path, progress: &dyn Progress) -> Result<(), Fault> {
        let manifest = Self::read(folder)?;
        manifest.verify(folder, true, progress)?;
        let there = files_below(folder).map_err(|e| Fault::Damaged(e.to_string()))?;
        match there.iter().find(|path| !manifest.files.contains_key(*path)) {
            Some(extra) => Err(Fault::Damaged(format!("{extra} does not belong there"))),
            None => Ok(()),
        }
    }

    fn verify(&self, folder: &Path, fully: bool, progress: &dyn Progress) -> Result<(), Fault> {
        let total = self.files.values().map(|entry| entry.size).sum();
        let mut done = 0;
        for (path, entry) in &self.files {
            let full = folder.join(path);
            let fault = |what: String| Fault::Damaged(format!("{path} {what}"));
            let unreadable = |e: std::io::Error| fault(format!("cannot be read ({e})"));
            let (size, modified) = size_and_time(&full).map_err(unreadable)?;
            if size != entry.size {
                return Err(fault(format!("has {size} bytes instead of {}", entry.size)));
            }
            if fully || modified != entry.modified {
                let found = File::open(&full).and_then(digest).map_err(unreadable)?;
                if found != entry.sha256 {
                    return Err(fault("was altered".to_owned()));
                }
                done += size;
                progress.advance(done, Some(total));
            }
        }
        Ok(())
    }
}

fn list_digest(files: &BTreeMap<String, Entry>) -> String {
    let mut digest = Sha256::new();
    for (path, entry) in files {
        digest.update(format!("{path}\0{}\0{}\0{}\n", entry.size, entry.modified, entry.sha256));
    }
    hex(&digest.finalize())
}

fn size_and_time(path: &Path) -> std::io::Result<(u64, u64)> {
    // A link is not a file that was put there.
    let metadata = std::fs::symlink_metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let since = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((metadata.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}

fn digest(mut file: File) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            count => digest.update(&buffer[..count]),
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Paths of all files below `folder` except its manifest, with `/`.
fn files_below(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut open = vec![String::new()];
    while let Some(prefix) = open.pop() {
        for entry in std::fs::read_dir(folder.join(&prefix))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| std::io::Error::other("a file's name is not text"))?;
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if path != NAME {
                files.push(path);
            }
        }
    }
    Ok(files)
}
