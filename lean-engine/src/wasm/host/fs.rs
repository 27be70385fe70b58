//! System calls on files: arguments in and out of the guest; `files.rs` does the work.

use wasmtime::Linker;

use super::{Call, ENV, WASI, syscall, wasi};
use crate::wasm::errno::Errno;
use crate::wasm::files::{MAX_PATH, Whence};
use crate::wasm::instance::Host;
use crate::wasm::memory::Fault;
use crate::wasm::run::Run;
use crate::wasm::vfs::{CWD, Stat};

fn path(run: &Run, dir: i32, pointer: u32) -> Result<String, Errno> {
    let text = run.memory.read_cstr(pointer, MAX_PATH)?;
    run.absolute(dir, &text)
}

/// The current folder as a folder argument.
const AT_CWD: i32 = -100;
const AT_SYMLINK_NOFOLLOW: u32 = 0x100;
const AT_EMPTY_PATH: u32 = 0x1000;
const AT_REMOVEDIR: u32 = 0x200;

/// Emscripten's `struct stat`: 96 bytes.
fn put_stat(run: &Run, into: u32, stat: Stat) -> Result<u32, Errno> {
    let mut b = [0; 96];
    let mut put = |at: usize, bytes: &[u8]| b[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &1u32.to_le_bytes());
    put(4, &stat.mode.to_le_bytes());
    put(8, &1u32.to_le_bytes());
    put(24, &stat.size.to_le_bytes());
    put(32, &4096u32.to_le_bytes());
    put(36, &u32::try_from(stat.size.div_ceil(512)).unwrap_or(u32::MAX).to_le_bytes());
    for at in [40, 56, 72] {
        put(at, &stat.mtime.to_le_bytes());
    }
    put(88, &stat.inode.to_le_bytes());
    run.memory.write(into, &b)?;
    Ok(0)
}

fn stat_at(run: &Run, dir: i32, pointer: u32, into: u32, flags: u32) -> Result<u32, Errno> {
    let text = run.memory.read_cstr(pointer, MAX_PATH)?;
    if text.is_empty() && flags & AT_EMPTY_PATH != 0 {
        return put_stat(run, into, run.stat_open(dir)?);
    }
    let absolute = run.absolute(dir, &text)?;
    put_stat(run, into, run.tree.stat(&absolute, flags & AT_SYMLINK_NOFOLLOW == 0)?)
}

/// Emscripten's `struct dirent`: inode, offset, length, kind, name.
fn entries(run: &Run, fd: i32, into: u32, len: u32) -> Result<u32, Errno> {
    run.memory.check(into, len)?;
    let mut used = 0;
    run.list(fd, |index, name, is_dir| {
        let size = (19 + name.len() + 1).next_multiple_of(8);
        let Ok(size16) = u16::try_from(size) else { return Ok(true) };
        if used + size > len as usize {
            return if used == 0 { Err(Errno::INVAL) } else { Ok(false) };
        }
        let mut b = vec![0; size];
        let number = (index as u64 + 1).to_le_bytes();
        b[0..8].copy_from_slice(&number);
        b[8..16].copy_from_slice(&number);
        b[16..18].copy_from_slice(&size16.to_le_bytes());
        b[18] = if is_dir { 4 } else { 8 };
        b[19..19 + name.len()].copy_from_slice(name.as_bytes());
        run.memory.write(into + used as u32, &b)?;
        used += size;
        Ok(true)
    })?;
    Ok(used as u32)
}

fn readlink(run: &Run, dir: i32, pointer: u32) -> Result<u32, Errno> {
    let absolute = path(run, dir, pointer)?;
    run.tree.stat(&absolute, true)?;
    // Nothing is a link here: those of the host are followed, or refused.
    Err(Errno::INVAL)
}

fn getcwd(run: &Run, into: u32, len: u32) -> Result<u32, Errno> {
    if (len as usize) < CWD.len() + 1 {
        return Err(Errno::RANGE);
    }
    run.memory.write_cstr(into, CWD.as_bytes())?;
    Ok(CWD.len() as u32 + 1)
}

/// Calls `body` for each non-empty part of a vector of buffers until it moves less than the part holds.
fn vectored(
    run: &Run,
    vector: u32,
    count: u32,
    total_into: u32,
    mut body: impl FnMut(u32, u32) -> Result<u32, Errno>,
) -> Result<(), Errno> {
    if count > 1024 {
        return Err(Errno::INVAL);
    }
    run.memory.check(vector, count * 8)?;
    run.memory.check(total_into, 4)?;
    let mut total: u32 = 0;
    for i in 0..count {
        let (pointer, len) = (run.memory.read_u32(vector + 8 * i)?, run.memory.read_u32(vector + 8 * i + 4)?);
        if len == 0 {
            continue;
        }
        run.memory.check(pointer, len)?;
        let moved = match body(pointer, len) {
            Ok(moved) => moved,
            // What was moved before the failure counts.
            Err(_) if total > 0 => break,
            Err(e) => return Err(e),
        };
        total = total.checked_add(moved).ok_or(Errno::INVAL)?;
        if moved < len {
            break;
        }
    }
    run.memory.write_u32(total_into, total)?;
    Ok(())
}

fn seek(run: &Run, fd: i32, offset: i64, whence: u32, into: u32) -> Result<(), Errno> {
    let whence = match whence {
        0 => Whence::Start,
        1 => Whence::Current,
        2 => Whence::End,
        _ => return Err(Errno::INVAL),
    };
    run.memory.check(into, 8)?;
    run.memory.write_u64(into, run.seek(fd, offset, whence)?)?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the parameters of mmap")]
fn map(
    mut c: Call<'_>,
    len: u32,
    _protection: u32,
    _flags: u32,
    fd: i32,
    offset: i64,
    allocated: u32,
    address: u32,
) -> wasmtime::Result<i32> {
    let run = c.data().run.clone();
    let Ok(offset) = u64::try_from(offset) else { return Ok(-Errno::INVAL.0) };
    let Some(rounded) = len.checked_next_multiple_of(65536).filter(|r| *r > 0) else { return Ok(-Errno::INVAL.0) };
    let memalign = c.data().exports()?.memalign()?;
    let pointer = memalign.call(&mut c, (65536, rounded))?;
    let fill = || {
        run.memory.check(pointer, rounded)?;
        let mut at = 0;
        while at < len {
            match run.read(fd, pointer + at, len - at, Some(offset + u64::from(at)))? {
                0 => break,
                moved => at += moved,
            }
        }
        run.zero(pointer + at, rounded - at)?;
        run.memory.write_u32(allocated, 1)?;
        run.memory.write_u32(address, pointer)?;
        Ok(0)
    };
    Ok(syscall(fill()))
}

fn fdstat(run: &Run, fd: i32, into: u32) -> Result<(), Errno> {
    let mut b = [0; 24];
    b[0] = if run.stat_open(fd)?.mode & crate::wasm::vfs::CHARACTER != 0 { 2 } else { 4 };
    run.memory.write(into, &b)?;
    Ok(())
}

pub(super) fn define(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap(ENV, "__syscall_stat64", |c: Call<'_>, pointer: u32, into: u32| {
        syscall(stat_at(&c.data().run, AT_CWD, pointer, into, 0))
    })?;
    linker.func_wrap(ENV, "__syscall_lstat64", |c: Call<'_>, pointer: u32, into: u32| {
        syscall(stat_at(&c.data().run, AT_CWD, pointer, into, AT_SYMLINK_NOFOLLOW))
    })?;
    linker.func_wrap(ENV, "__syscall_newfstatat", |c: Call<'_>, dir: i32, pointer: u32, into: u32, flags: u32| {
        syscall(stat_at(&c.data().run, dir, pointer, into, flags))
    })?;
    linker.func_wrap(ENV, "__syscall_fstat64", |c: Call<'_>, fd: i32, into: u32| {
        let run = &c.data().run;
        syscall(run.stat_open(fd).and_then(|stat| put_stat(run, into, stat)))
    })?;
    linker.func_wrap(ENV, "__syscall_faccessat", |c: Call<'_>, dir: i32, pointer: u32, _mode: u32, _flags: u32| {
        let run = &c.data().run;
        syscall(path(run, dir, pointer).and_then(|p| run.tree.stat(&p, true)).map(|_| 0))
    })?;
    linker.func_wrap(ENV, "__syscall_openat", |c: Call<'_>, dir: i32, pointer: u32, flags: u32, _varargs: u32| {
        let run = &c.data().run;
        syscall(path(run, dir, pointer).and_then(|p| run.open(&p, flags)))
    })?;
    linker.func_wrap(ENV, "__syscall_getdents64", |c: Call<'_>, fd: i32, into: u32, len: u32| {
        syscall(entries(&c.data().run, fd, into, len))
    })?;
    linker.func_wrap(ENV, "__syscall_readlinkat", |c: Call<'_>, dir: i32, pointer: u32, _into: u32, _len: u32| {
        syscall(readlink(&c.data().run, dir, pointer))
    })?;
    linker.func_wrap(ENV, "__syscall_getcwd", |c: Call<'_>, into: u32, len: u32| {
        syscall(getcwd(&c.data().run, into, len))
    })?;
    linker.func_wrap(ENV, "__syscall_unlinkat", |c: Call<'_>, dir: i32, pointer: u32, flags: u32| {
        let run = &c.data().run;
        syscall(path(run, dir, pointer).and_then(|p| run.remove(&p, flags & AT_REMOVEDIR != 0)))
    })?;
    linker.func_wrap(ENV, "__syscall_rmdir", |c: Call<'_>, pointer: u32| {
        let run = &c.data().run;
        syscall(path(run, AT_CWD, pointer).and_then(|p| run.remove(&p, true)))
    })?;
    linker.func_wrap(ENV, "__syscall_mkdirat", |c: Call<'_>, dir: i32, pointer: u32, _mode: u32| {
        let run = &c.data().run;
        syscall(path(run, dir, pointer).and_then(|p| run.make_folder(&p)))
    })?;
    linker.func_wrap(ENV, "__syscall_renameat", |c: Call<'_>, from_dir: i32, from: u32, to_dir: i32, to: u32| {
        let run = &c.data().run;
        let rename = || run.rename(&path(run, from_dir, from)?, &path(run, to_dir, to)?);
        syscall(rename())
    })?;
    linker.func_wrap(ENV, "__syscall_ftruncate64", |c: Call<'_>, fd: i32, len: i64| {
        syscall(c.data().run.truncate(fd, len))
    })?;
    linker.func_wrap(ENV, "__syscall_fcntl64", |c: Call<'_>, fd: i32, _command: u32, _varargs: u32| {
        syscall(c.data().run.stat_open(fd).map(|_| 0))
    })?;
    linker.func_wrap(ENV, "__syscall_ioctl", |_: i32, _: u32, _: u32| syscall(Err(Errno::NOTTY)))?;
    linker.func_wrap(ENV, "__syscall_fadvise64", |_: i32, _: i64, _: i64, _: u32| syscall(Ok(0)))?;
    linker.func_wrap(ENV, "__syscall_fdatasync", |_: i32| syscall(Ok(0)))?;
    linker.func_wrap(WASI, "fd_sync", |_: i32| 0)?;
    linker.func_wrap(WASI, "fd_close", |c: Call<'_>, fd: i32| wasi(c.data().run.close(fd)))?;
    linker.func_wrap(WASI, "fd_fdstat_get", |c: Call<'_>, fd: i32, into: u32| wasi(fdstat(&c.data().run, fd, into)))?;
    linker.func_wrap(WASI, "fd_seek", |c: Call<'_>, fd: i32, offset: i64, whence: u32, into: u32| {
        wasi(seek(&c.data().run, fd, offset, whence, into))
    })?;
    linker.func_wrap(WASI, "fd_read", |c: Call<'_>, fd: i32, vector: u32, count: u32, total: u32| {
        let run = &c.data().run;
        wasi(vectored(run, vector, count, total, |pointer, len| run.read(fd, pointer, len, None)))
    })?;
    linker.func_wrap(WASI, "fd_pread", |c: Call<'_>, fd: i32, vector: u32, count: u32, offset: i64, total: u32| {
        let run = &c.data().run;
        let Ok(mut at) = u64::try_from(offset) else { return wasi(Err(Errno::INVAL)) };
        wasi(vectored(run, vector, count, total, |pointer, len| {
            let moved = run.read(fd, pointer, len, Some(at))?;
            at = at.checked_add(u64::from(moved)).ok_or(Fault)?;
            Ok(moved)
        }))
    })?;
    linker.func_wrap(WASI, "fd_write", |c: Call<'_>, fd: i32, vector: u32, count: u32, total: u32| {
        let run = &c.data().run;
        wasi(vectored(run, vector, count, total, |pointer, len| run.write(fd, pointer, len)))
    })?;
    linker.func_wrap(ENV, "_mmap_js", map)?;
    linker.func_wrap(ENV, "_munmap_js", |_: u32, _: u32, _: u32, _: u32, _: u32, _: i64| 0u32)?;
    linker.func_wrap(ENV, "_msync_js", |_: u32, _: u32, _: u32, _: u32, _: u32, _: i64| 0u32)?;
    Ok(())
}
