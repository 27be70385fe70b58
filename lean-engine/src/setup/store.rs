//! The home folder: one writer at a time, and folders that appear whole or not at all.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::{Phase, Progress, SetupError};

/// Names of folders that are still being made, or being deleted.
const TEMPORARY: &str = "tmp-";
/// Names of everything that is ours to delete.
const OURS: [&str; 5] = [TEMPORARY, "package-", "engine-", "library-", "downloads"];

/// The home folder.
#[derive(Debug)]
pub(super) struct Store {
    home: PathBuf,
}

impl Store {
    pub(super) fn new(home: PathBuf) -> Self {
        Self { home }
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Makes the home folder and takes its lock, which the operating system gives back however this process ends.
    pub(super) fn lock(&self, progress: &dyn Progress) -> Result<File, SetupError> {
        std::fs::create_dir_all(&self.home).map_err(|e| SetupError::io(&self.home, e))?;
        let path = self.home.join("lock");
        let fail = |e| SetupError::io(&path, e);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.phase(Phase::Waiting);
                file.lock().map_err(fail)?;
            }
            Err(TryLockError::Error(e)) => return Err(fail(e)),
        }
        Ok(file)
    }

    /// Deletes what interrupted processes left. Only with the lock held.
    pub(super) fn clear_leftovers(&self) {
        for entry in std::fs::read_dir(&self.home).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                // It is in nobody's way; the next run tries again.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Makes the folder `target` with `fill` and a manifest, replacing what is there. Only with the lock held.
    pub(super) fn build(
        &self,
        target: &Path,
        fill: impl FnOnce(&Path) -> Result<(), SetupError>,
    ) -> Result<(), SetupError> {
        let fail = |e| SetupError::io(&self.home, e);
        let fresh = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(&self.home).map_err(fail)?;
        fill(fresh.path())?;
        Manifest::write(fresh.path())?;
        if std::fs::symlink_metadata(target).is_ok() {
            // A folder cannot be renamed over another, so the old one steps aside first.
            let old = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(&self.home).map_err(fail)?;
            std::fs::rename(target, old.path().join("old")).map_err(|e| SetupError::io(target, e))?;
        }
        std::fs::rename(fresh.path(), target).map_err(|e| SetupError::io(target, e))?;
        // The folder has another name now, so there is nothing left to delete under this one.
        let _ = fresh.keep();
        Ok(())
    }

    /// Deletes everything that set-up made, and nothing else that may be in the folder.
    pub(super) fn remove(&self) -> Result<(), SetupError> {
        if !self.home.exists() {
            return Ok(());
        }
        let lock = self.lock(&())?;
        for entry in std::fs::read_dir(&self.home).map_err(|e| SetupError::io(&self.home, e))? {
            let entry = entry.map_err(|e| SetupError::io(&self.home, e))?;
            let name = entry.file_name();
            if OURS.iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
                std::fs::remove_dir_all(entry.path()).map_err(|e| SetupError::io(&entry.path(), e))?;
            }
        }
        drop(lock);
        // The lock's file goes too; a folder with something of the user's in it stays.
        let _ = std::fs::remove_file(self.home.join("lock"));
        let _ = std::fs::remove_dir(&self.home);
        Ok(())
    }
}
