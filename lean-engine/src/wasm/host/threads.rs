//! Threads and waiting.

use std::time::Duration;

use wasmtime::{AsContextMut, Func, Linker, Ref, Store, Table, ValType, WaitResult};

use super::{Call, ENV};
use crate::wasm::errno::Errno;
use crate::wasm::instance::{Host, wait_type};
use crate::wasm::memory::Fault;
use crate::wasm::parts::load;
use crate::wasm::run::Unwind;

/// Initial memory of emscripten's main thread structure, as its own script passes it.
const DEFAULT_STACK: i32 = 65536;

fn init_main_thread(mut c: Call<'_>, pthread: u32) -> wasmtime::Result<()> {
    let exports = c.data().exports()?.clone();
    exports.thread_init()?.call(&mut c, (pthread, 1, 1, 1, DEFAULT_STACK, 0))?;
    if let Ok(tls) = exports.tls_init() {
        tls.call(&mut c, ())?;
    }
    Ok(())
}

fn create(mut c: Call<'_>, pthread: u32, _attributes: u32, entry: u32, argument: u32) -> wasmtime::Result<i32> {
    let run = c.data().run.clone();
    // Memory of finished threads is freed by a living one; here is as good a moment as any.
    let ready = run.take_ready();
    if !ready.is_empty() {
        let free = c.data().exports()?.thread_free()?;
        for dead in ready {
            free.call(&mut c, dead)?;
        }
    }
    Ok(if run.spawn_guest_thread(pthread, entry, argument) { 0 } else { Errno::AGAIN.0 })
}

fn cleanup(mut c: Call<'_>, pthread: u32) -> wasmtime::Result<()> {
    if c.data().run.doom(pthread) {
        let free = c.data().exports()?.thread_free()?;
        free.call(&mut c, pthread)?;
    }
    Ok(())
}

/// A waiting instruction, made interruptible: the run knows where the thread waits and notifies it there at the end.
fn wait<C: AsContextMut<Data = Host>>(
    c: C,
    address: u32,
    timeout: i64,
    offset: u32,
    block: impl FnOnce(&wasmtime::SharedMemory, u64, Option<Duration>) -> Result<WaitResult, wasmtime::Trap>,
) -> wasmtime::Result<u32> {
    let host = c.as_context().data().run.clone();
    let thread = c.as_context().data().thread;
    let address = u64::from(address) + u64::from(offset);
    if address >= host.memory.size() {
        return Err(Fault.into());
    }
    let timeout = u64::try_from(timeout).ok().map(Duration::from_nanos);
    host.waits_at(thread, Some(address));
    let result = if host.is_stopped() { Ok(WaitResult::Ok) } else { block(host.memory.shared(), address, timeout) };
    host.waits_at(thread, None);
    if host.is_stopped() {
        return Err(Unwind::Stopped.into());
    }
    Ok(match result? {
        WaitResult::Ok => 0,
        WaitResult::Mismatch => 1,
        WaitResult::TimedOut => 2,
    })
}

/// Puts the functions that stand for waiting instructions, and the one that loads parts, into their table slots (see
/// `split.rs`).
pub(in crate::wasm) fn install_own(store: &mut Store<Host>, table: Table, slot: u32) -> wasmtime::Result<()> {
    let wait32 = Func::wrap(
        &mut *store,
        |c: Call<'_>, address: u32, expected: u32, timeout: i64, offset: u32| -> wasmtime::Result<u32> {
            wait(c, address, timeout, offset, |memory, at, timeout| memory.atomic_wait32(at, expected, timeout))
        },
    );
    let wait64 = Func::wrap(
        &mut *store,
        |c: Call<'_>, address: u32, expected: u64, timeout: i64, offset: u32| -> wasmtime::Result<u32> {
            wait(c, address, timeout, offset, |memory, at, timeout| memory.atomic_wait64(at, expected, timeout))
        },
    );
    debug_assert!(wait32.matches_ty(&*store, &wait_type(store.engine(), ValType::I32)));
    table.set(&mut *store, u64::from(slot), Ref::Func(Some(wait32)))?;
    table.set(&mut *store, u64::from(slot) + 1, Ref::Func(Some(wait64)))?;
    let load = Func::wrap(&mut *store, |c: Call<'_>, slot: u32| load(c, slot));
    table.set(&mut *store, u64::from(slot) + 2, Ref::Func(Some(load)))
}

pub(super) fn define(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap(ENV, "_emscripten_init_main_thread_js", init_main_thread)?;
    linker.func_wrap(ENV, "__pthread_create_js", create)?;
    linker.func_wrap(ENV, "_emscripten_thread_cleanup", cleanup)?;
    linker.func_wrap(ENV, "_emscripten_thread_mailbox_await", |_: u32| {})?;
    linker.func_wrap(ENV, "_emscripten_thread_exit_joinable", |_: u32| {})?;
    linker.func_wrap(ENV, "_emscripten_thread_set_strongref", |_: u32| {})?;
    linker.func_wrap(ENV, "_emscripten_notify_mailbox_postmessage", |_: u32, _: u32| {})?;
    linker.func_wrap(ENV, "_emscripten_dlsync_threads", || {})?;
    linker.func_wrap(ENV, "emscripten_check_blocking_allowed", || {})?;
    linker.func_wrap(ENV, "emscripten_unwind_to_js_event_loop", || -> wasmtime::Result<()> {
        Err(Unwind::ThreadEnd.into())
    })?;
    linker.func_wrap(ENV, "emscripten_exit_with_live_runtime", || -> wasmtime::Result<()> {
        Err(Unwind::ThreadEnd.into())
    })?;
    Ok(())
}
