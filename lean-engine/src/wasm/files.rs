//! The guest's open files, and what it does with files by name.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::atomic::Ordering;

use super::errno::Errno;
use super::output::Stream;
use super::run::{Run, lock};
use super::vfs::{CHARACTER, CWD, DIR, OpenFlags, Place, REGULAR, Stat, Tree, inode, of_metadata};
use crate::EngineError;

/// Longest path that is read.
pub(super) const MAX_PATH: usize = 4096;
/// Files open at once.
const MAX_OPEN: usize = 256;
/// Bytes that a run may write to files.
const MAX_WRITTEN: u64 = 1 << 30;
/// Files and folders that a run may create.
const MAX_CREATED: u32 = 4096;
/// Size of the host's buffer between a file and the guest.
const CHUNK: u32 = 256 << 10;
/// The folder argument that stands for the current folder.
const AT_CWD: i32 = -100;

const O_CREAT: u32 = 0o100;
const O_EXCL: u32 = 0o200;
const O_TRUNC: u32 = 0o1000;
const O_APPEND: u32 = 0o2000;
const O_DIRECTORY: u32 = 0o200_000;

enum Node {
    Stdin,
    Out(Stream),
    File { file: File, path: String, writable: bool },
    Dir { path: String, entries: Vec<(String, bool)>, next: usize },
    Random,
    Null,
    Empty,
}

/// The table of open files.
pub(super) struct Files {
    open: Vec<Option<Node>>,
    written: u64,
    created: u32,
}

impl Default for Files {
    fn default() -> Self {
        let standard = [Node::Stdin, Node::Out(Stream::Out), Node::Out(Stream::Err)];
        Self { open: standard.into_iter().map(Some).collect(), written: 0, created: 0 }
    }
}

impl Files {
    fn get(&mut self, fd: i32) -> Result<&mut Node, Errno> {
        let index = usize::try_from(fd).map_err(|_| Errno::BADF)?;
        self.open.get_mut(index).and_then(Option::as_mut).ok_or(Errno::BADF)
    }

    fn insert(&mut self, node: Node) -> Result<u32, Errno> {
        let index = match self.open.iter().position(Option::is_none) {
            Some(free) => free,
            None if self.open.len() >= MAX_OPEN => return Err(Errno::MFILE),
            None => {
                self.open.push(None);
                self.open.len() - 1
            }
        };
        self.open[index] = Some(node);
        Ok(index as u32)
    }

    fn create(&mut self) -> Result<(), Errno> {
        self.created += 1;
        if self.created > MAX_CREATED { Err(Errno::NOSPC) } else { Ok(()) }
    }

    fn charge(&mut self, bytes: u64) -> Result<(), Errno> {
        let written = self.written.saturating_add(bytes);
        if written > MAX_WRITTEN {
            return Err(Errno::NOSPC);
        }
        self.written = written;
        Ok(())
    }
}

/// Where an offset counts from.
pub(super) enum Whence {
    Start,
    Current,
    End,
}

impl Run {
    /// The absolute form of a path as the guest gave it, with the open folder that it is relative to.
    pub(super) fn absolute(&self, dir: i32, path: &[u8]) -> Result<String, Errno> {
        if dir == AT_CWD || path.first() == Some(&b'/') {
            return Tree::absolute(CWD, path);
        }
        match lock(&self.files).get(dir)? {
            Node::Dir { path: base, .. } => Tree::absolute(base, path),
            _ => Err(Errno::NOTDIR),
        }
    }

    pub(super) fn open(&self, absolute: &str, flags: u32) -> Result<u32, Errno> {
        let access = flags & 3;
        let wants = OpenFlags {
            read: access != 1,
            write: access != 0,
            create: flags & O_CREAT != 0,
            exclusive: flags & O_EXCL != 0,
            truncate: flags & O_TRUNC != 0,
            append: flags & O_APPEND != 0,
        };
        let node = match self.tree.find(absolute, true)? {
            Place::Folder(names) => {
                let entries = names.into_iter().map(|name| {
                    let below = format!("{}/{name}", absolute.trim_end_matches('/'));
                    let is_dir = self.tree.stat(&below, true).is_ok_and(|s| s.mode & DIR != 0);
                    (name, is_dir)
                });
                Node::Dir { path: absolute.to_owned(), entries: entries.collect(), next: 0 }
            }
            Place::Host { path, .. } if path.is_dir() => {
                let mut entries = vec![];
                for entry in std::fs::read_dir(&path)? {
                    let entry = entry?;
                    // A name that is no text cannot be named by Lean either.
                    let Ok(name) = entry.file_name().into_string() else { continue };
                    entries.push((name, entry.path().is_dir()));
                }
                entries.sort_unstable();
                Node::Dir { path: absolute.to_owned(), entries, next: 0 }
            }
            _ if flags & O_DIRECTORY != 0 => return Err(Errno::NOTDIR),
            Place::Host { path, writable, .. } => {
                if writable && wants.write && wants.create && !path.exists() {
                    lock(&self.files).create()?;
                }
                let file = Tree::open_host(&path, writable, wants)?;
                Node::File { file, path: absolute.to_owned(), writable: writable && wants.write }
            }
            Place::Random => Node::Random,
            Place::Null => Node::Null,
            Place::Empty if wants.write => return Err(Errno::ROFS),
            Place::Empty => Node::Empty,
        };
        if wants.write && matches!(node, Node::Dir { .. }) {
            return Err(Errno::ISDIR);
        }
        lock(&self.files).insert(node)
    }

    pub(super) fn close(&self, fd: i32) -> Result<(), Errno> {
        let mut files = lock(&self.files);
        files.get(fd)?;
        // The standard streams stay: code that closes them would send later output to a file of the same number.
        if fd > 2 {
            files.open[fd as usize] = None;
        }
        Ok(())
    }

    pub(super) fn stat_open(&self, fd: i32) -> Result<Stat, Errno> {
        Ok(match lock(&self.files).get(fd)? {
            Node::File { file, path, writable } => {
                Stat { inode: inode(path), ..of_metadata(&file.metadata()?, *writable) }
            }
            Node::Dir { path, .. } => Stat { mode: DIR | 0o555, inode: inode(path), ..Stat::default() },
            Node::Empty => Stat { mode: REGULAR | 0o555, ..Stat::default() },
            _ => Stat { mode: CHARACTER | 0o666, ..Stat::default() },
        })
    }

    /// Passes a folder's entries from where the last call ended on; `each` returns whether it took the entry.
    pub(super) fn list(
        &self,
        fd: i32,
        mut each: impl FnMut(usize, &str, bool) -> Result<bool, Errno>,
    ) -> Result<(), Errno> {
        match lock(&self.files).get(fd)? {
            Node::Dir { entries, next, .. } => {
                while let Some((name, is_dir)) = entries.get(*next) {
                    if !each(*next, name, *is_dir)? {
                        break;
                    }
                    *next += 1;
                }
                Ok(())
            }
            _ => Err(Errno::NOTDIR),
        }
    }

    pub(super) fn seek(&self, fd: i32, offset: i64, whence: Whence) -> Result<u64, Errno> {
        match lock(&self.files).get(fd)? {
            Node::File { file, .. } => {
                let to = match whence {
                    Whence::Start => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::INVAL)?),
                    Whence::Current => SeekFrom::Current(offset),
                    Whence::End => SeekFrom::End(offset),
                };
                Ok(file.seek(to)?)
            }
            Node::Random | Node::Null | Node::Empty => Ok(0),
            Node::Dir { next, .. } => {
                *next = usize::try_from(offset).map_err(|_| Errno::INVAL)?;
                Ok(*next as u64)
            }
            _ => Err(Errno::SPIPE),
        }
    }

    /// Reads into the guest (`len` bytes at `pointer`, already checked), from the file's position or from `at`.
    pub(super) fn read(&self, fd: i32, pointer: u32, len: u32, at: Option<u64>) -> Result<u32, Errno> {
        let mut buffer = vec![0; len.min(CHUNK) as usize];
        let is_stdin = matches!(lock(&self.files).get(fd)?, Node::Stdin);
        if is_stdin {
            // Not under the lock of the files: this may block for long.
            let moved = loop {
                match lock(&self.stdin).read(&mut buffer) {
                    Err(e) if e.kind() == std::io::ErrorKind::WouldBlock && !self.is_stopped() => {}
                    done => break done?,
                }
            };
            self.memory.write(pointer, &buffer[..moved])?;
            return Ok(moved as u32);
        }
        let mut total: u32 = 0;
        while total < len && !self.is_stopped() {
            let part = (len - total).min(CHUNK) as usize;
            let part = &mut buffer[..part];
            let moved = match lock(&self.files).get(fd)? {
                Node::File { file, .. } => match at {
                    None => file.read(part)?,
                    Some(at) => {
                        let back = file.stream_position()?;
                        let from = at.checked_add(u64::from(total)).ok_or(Errno::INVAL)?;
                        file.seek(SeekFrom::Start(from))?;
                        let moved = file.read(part);
                        file.seek(SeekFrom::Start(back))?;
                        moved?
                    }
                },
                Node::Random => {
                    getrandom::fill(part).map_err(|_| Errno::IO)?;
                    part.len()
                }
                Node::Null | Node::Empty => 0,
                Node::Dir { .. } => return Err(Errno::ISDIR),
                Node::Stdin | Node::Out(_) => return Err(Errno::BADF),
            };
            if moved == 0 {
                break;
            }
            self.memory.write(pointer.wrapping_add(total), &part[..moved])?;
            total += moved as u32;
        }
        Ok(total)
    }

    /// Writes from the guest (`len` bytes at `pointer`, already checked).
    pub(super) fn write(&self, fd: i32, pointer: u32, len: u32) -> Result<u32, Errno> {
        let mut buffer = vec![0; len.min(CHUNK) as usize];
        let mut total: u32 = 0;
        while total < len && !self.is_stopped() {
            let part = (len - total).min(CHUNK) as usize;
            let part = &mut buffer[..part];
            self.memory.read(pointer.wrapping_add(total), part)?;
            let mut files = lock(&self.files);
            match files.get(fd)? {
                Node::Out(stream) => {
                    let stream = *stream;
                    drop(files);
                    self.printed.fetch_add(part.len() as u64, Ordering::Relaxed);
                    if lock(&self.output).write(stream, part).is_err() {
                        self.fail(EngineError::Limit("output"));
                        return Err(Errno::NOSPC);
                    }
                }
                Node::File { writable: true, .. } => {
                    files.charge(part.len() as u64)?;
                    if let Node::File { file, .. } = files.get(fd)?
                        && let Err(e) = file.write_all(part)
                    {
                        // Not Lean's doing, and no ground for a verdict.
                        self.fail(EngineError::Scratch(e.to_string()));
                        return Err(e.into());
                    }
                }
                Node::Null => {}
                _ => return Err(Errno::BADF),
            }
            total += part.len() as u32;
        }
        Ok(total)
    }

    pub(super) fn truncate(&self, fd: i32, len: i64) -> Result<u32, Errno> {
        let len = u64::try_from(len).map_err(|_| Errno::INVAL)?;
        let mut files = lock(&self.files);
        let Node::File { file, writable: true, .. } = files.get(fd)? else { return Err(Errno::INVAL) };
        let more = len.saturating_sub(file.metadata()?.len());
        files.charge(more)?;
        if let Node::File { file, .. } = files.get(fd)? {
            file.set_len(len)?;
        }
        Ok(0)
    }

    pub(super) fn remove(&self, absolute: &str, folder: bool) -> Result<u32, Errno> {
        let path = self.tree.writable(absolute)?;
        if folder {
            std::fs::remove_dir(path)?;
        } else if path.is_dir() && !path.is_symlink() {
            return Err(Errno::ISDIR);
        } else {
            std::fs::remove_file(path)?;
        }
        Ok(0)
    }

    pub(super) fn make_folder(&self, absolute: &str) -> Result<u32, Errno> {
        let path = match self.tree.writable(absolute) {
            Err(_) if self.tree.stat(absolute, true).is_ok() => return Err(Errno::EXIST),
            path => path?,
        };
        lock(&self.files).create()?;
        std::fs::create_dir(path)?;
        Ok(0)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<u32, Errno> {
        let (from, to) = (self.tree.writable(from)?, self.tree.writable(to)?);
        // A link moved elsewhere would resolve differently.
        if from.is_symlink() {
            return Err(Errno::PERM);
        }
        std::fs::rename(from, to)?;
        Ok(0)
    }

    /// Fills a checked range of the guest with zeros.
    pub(super) fn zero(&self, pointer: u32, len: u32) -> Result<(), Errno> {
        self.memory.check(pointer, len)?;
        let zeros = [0; 4096];
        let mut at = 0;
        while at < len {
            let part = (len - at).min(4096);
            self.memory.write(pointer.wrapping_add(at), &zeros[..part as usize])?;
            at += part;
        }
        Ok(())
    }
}
