//! The guest's file system: a few host folders under names of the guest's own, nothing else.
//!
//! Guest paths are normalised lexically before a host path is made from them, so `..` cannot leave the guest's root; a
//! symbolic link that leads out of its mount is refused.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::errno::Errno;

/// A host folder that the guest sees.
#[derive(Clone, Debug)]
pub(super) struct Mount {
    /// Components of the guest's name for it.
    guest: Vec<String>,
    /// Canonical host folder.
    host: PathBuf,
    writable: bool,
}

impl Mount {
    /// # Errors
    /// If the folder does not exist.
    pub(super) fn new(guest: &str, host: &Path, writable: bool) -> io::Result<Self> {
        Ok(Self { guest: components("/", guest), host: host.canonicalize()?, writable })
    }
}

/// What a guest path names.
pub(super) enum Place {
    Host {
        path: PathBuf,
        writable: bool,
        is_root: bool,
    },
    /// A folder that exists only to lead to mounts, with its entries.
    Folder(Vec<String>),
    Random,
    Null,
    /// A file without content (Lean's own path).
    Empty,
}

/// What `stat` tells.
#[derive(Clone, Copy, Default)]
pub(super) struct Stat {
    pub(super) mode: u32,
    pub(super) size: u64,
    pub(super) mtime: u64,
    pub(super) inode: u64,
}

pub(super) const DIR: u32 = 0o040_000;
pub(super) const REGULAR: u32 = 0o100_000;
pub(super) const CHARACTER: u32 = 0o020_000;

/// The guest's current folder, which never changes.
pub(super) const CWD: &str = "/work";

const SPECIAL: &[(&str, &str)] = &[("dev", "urandom"), ("dev", "null"), ("lean/bin", "lean")];

/// Splits a guest path, from `base` if it is relative, into its components without `.` and `..`.
fn components(base: &str, path: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![];
    let base = if path.starts_with('/') { "" } else { base };
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part.to_owned()),
        }
    }
    parts
}

/// The whole tree.
pub(super) struct Tree {
    mounts: Vec<Mount>,
}

impl Tree {
    pub(super) fn new(mounts: Vec<Mount>) -> Self {
        Self { mounts }
    }

    /// The absolute, normal form of a guest path.
    pub(super) fn absolute(base: &str, path: &[u8]) -> Result<String, Errno> {
        if path.is_empty() {
            return Err(Errno::NOENT);
        }
        let path = std::str::from_utf8(path).map_err(|_| Errno::INVAL)?;
        // On Windows these would be separators or drive prefixes once they are part of a host path.
        if cfg!(windows) && path.contains(['\\', ':']) {
            return Err(Errno::INVAL);
        }
        Ok(format!("/{}", components(base, path).join("/")))
    }

    /// Finds what an absolute guest path names. `follow`: whether a link at the end is followed.
    pub(super) fn find(&self, absolute: &str, follow: bool) -> Result<Place, Errno> {
        let parts = components("/", absolute);
        let best = self.mounts.iter().filter(|m| parts.starts_with(&m.guest)).max_by_key(|m| m.guest.len());
        if let Some(mount) = best {
            let rest = &parts[mount.guest.len()..];
            let mut path = mount.host.clone();
            path.extend(rest);
            // What exists of the path must lie inside the mount once links are followed.
            let mut existing = if follow { Some(path.as_path()) } else { path.parent().filter(|_| !rest.is_empty()) };
            while let Some(candidate) = existing {
                match candidate.canonicalize() {
                    Ok(real) if real.starts_with(&mount.host) => break,
                    Ok(_) => return Err(Errno::ACCES),
                    // A dangling link: creating through it would write outside.
                    Err(_) if candidate.symlink_metadata().is_ok() => return Err(Errno::ACCES),
                    Err(_) => existing = candidate.parent().filter(|p| p.starts_with(&mount.host)),
                }
            }
            return Ok(Place::Host { path, writable: mount.writable, is_root: rest.is_empty() });
        }
        let joined = parts.join("/");
        match joined.as_str() {
            "dev/urandom" | "dev/random" => return Ok(Place::Random),
            "dev/null" => return Ok(Place::Null),
            "lean/bin/lean" => return Ok(Place::Empty),
            _ => {}
        }
        let mut entries = vec![];
        let mut leads = |whole: &[String]| {
            if whole.len() > parts.len() && whole.starts_with(&parts) && !entries.contains(&whole[parts.len()]) {
                entries.push(whole[parts.len()].clone());
            }
        };
        self.mounts.iter().for_each(|m| leads(&m.guest));
        for (folder, name) in SPECIAL {
            leads(&components(folder, name));
        }
        if entries.is_empty() { Err(Errno::NOENT) } else { Ok(Place::Folder(entries)) }
    }

    pub(super) fn stat(&self, absolute: &str, follow: bool) -> Result<Stat, Errno> {
        let inode = inode(absolute);
        Ok(match self.find(absolute, follow)? {
            Place::Host { path, writable, .. } => {
                let metadata = if follow { path.metadata() } else { path.symlink_metadata() }?;
                Stat { inode, ..of_metadata(&metadata, writable) }
            }
            Place::Folder(_) => Stat { mode: DIR | 0o555, inode, ..Stat::default() },
            Place::Random | Place::Null => Stat { mode: CHARACTER | 0o444, inode, ..Stat::default() },
            Place::Empty => Stat { mode: REGULAR | 0o555, inode, ..Stat::default() },
        })
    }

    /// The host path of something that may be changed; never a mount itself.
    pub(super) fn writable(&self, absolute: &str) -> Result<PathBuf, Errno> {
        match self.find(absolute, false)? {
            Place::Host { path, writable: true, is_root: false } => Ok(path),
            Place::Host { writable: true, is_root: true, .. } => Err(Errno::ACCES),
            _ => Err(Errno::ROFS),
        }
    }

    /// Opens a host file.
    pub(super) fn open_host(path: &Path, writable: bool, flags: OpenFlags) -> Result<File, Errno> {
        if !writable && (flags.write || flags.truncate) {
            return Err(Errno::ROFS);
        }
        if !writable && flags.create && !path.exists() {
            return Err(Errno::ROFS);
        }
        let mut options = OpenOptions::new();
        options.read(flags.read);
        if writable && flags.write {
            options.write(true).truncate(flags.truncate && !flags.append).append(flags.append);
            options.create(flags.create && !flags.exclusive).create_new(flags.create && flags.exclusive);
        }
        // A pipe or device that a user left in a folder would block the run or worse.
        if path.metadata().is_ok_and(|m| !m.is_file()) {
            return Err(Errno::ACCES);
        }
        Ok(options.open(path)?)
    }
}

/// How a file is to be opened.
#[derive(Clone, Copy, Default)]
pub(super) struct OpenFlags {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) create: bool,
    pub(super) exclusive: bool,
    pub(super) truncate: bool,
    pub(super) append: bool,
}

/// `stat` of a host file, without its inode.
pub(super) fn of_metadata(metadata: &std::fs::Metadata, writable: bool) -> Stat {
    let since = |t: io::Result<std::time::SystemTime>| {
        t.ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok()).map_or(0, |d| d.as_secs())
    };
    let mode = match (metadata.is_dir(), writable) {
        (true, true) => DIR | 0o755,
        (true, false) => DIR | 0o555,
        (false, true) => REGULAR | 0o644,
        (false, false) => REGULAR | 0o444,
    };
    Stat { mode, size: metadata.len(), mtime: since(metadata.modified()), inode: 0 }
}

/// A number that differs between paths (FNV-1a); host inodes are nothing that a guest should see.
pub(super) fn inode(path: &str) -> u64 {
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(dir: &Path) -> Tree {
        std::fs::create_dir_all(dir.join("lib")).expect("folder");
        std::fs::create_dir_all(dir.join("work")).expect("folder");
        std::fs::write(dir.join("lib/Init.olean"), b"x").expect("file");
        std::fs::write(dir.join("secret"), b"s").expect("file");
        Tree::new(vec![
            Mount::new("/lean/lib/lean", &dir.join("lib"), false).expect("mount"),
            Mount::new("/work", &dir.join("work"), true).expect("mount"),
        ])
    }

    #[test]
    fn dots_do_not_escape() {
        let dir = tempfile::tempdir().expect("folder");
        let t = tree(dir.path());
        for path in ["../secret", "/work/../secret", "/lean/lib/lean/../secret", "/../../secret", "a/../../secret"] {
            let absolute = Tree::absolute(CWD, path.as_bytes()).expect("normal");
            assert!(t.stat(&absolute, true).is_err(), "{path}");
        }
        assert!(t.stat("/lean/lib/lean/Init.olean", true).is_ok());
        assert_eq!(t.stat("/lean", true).map(|s| s.mode & DIR), Ok(DIR));
        assert!(t.stat("/etc/passwd", true).is_err());
        assert_eq!(t.writable("/lean/lib/lean/Init.olean"), Err(Errno::ROFS));
        assert_eq!(t.writable("/work"), Err(Errno::ACCES));
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_escape() {
        let dir = tempfile::tempdir().expect("folder");
        let t = tree(dir.path());
        std::os::unix::fs::symlink(dir.path().join("secret"), dir.path().join("work/link")).expect("link");
        std::os::unix::fs::symlink(dir.path(), dir.path().join("work/up")).expect("link");
        std::os::unix::fs::symlink(dir.path().join("new"), dir.path().join("work/dangling")).expect("link");
        for path in ["/work/link", "/work/up/secret", "/work/up/new", "/work/dangling"] {
            assert!(matches!(t.find(path, true), Err(Errno::ACCES)), "{path}");
        }
        assert_eq!(t.writable("/work/up/new"), Err(Errno::ACCES));
    }
}
