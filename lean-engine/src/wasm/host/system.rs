//! Time, memory, environment, symbols, exit: what is neither file nor thread.

use std::time::{SystemTime, UNIX_EPOCH};

use wasmtime::Linker;

use super::{Call, ENV, WASI, syscall, wasi};
use crate::EngineError;
use crate::wasm::errno::Errno;
use crate::wasm::instance::Host;
use crate::wasm::memory::{Fault, PAGE};
use crate::wasm::run::{Run, Unwind};

/// Two of the scripts that Lean's C++ has inline, known by the address of their text in the one module there is:
/// `getenv`, whose argument is a name, and the path of Lean itself. All others do nothing (most print traces).
const SCRIPT_GETENV: u32 = 943_522;
const SCRIPT_OWN_PATH: u32 = 943_765;

/// Longest symbol name or environment variable that is read.
const MAX_NAME: usize = 1 << 16;

fn inline_script(mut c: Call<'_>, script: u32, _signature: u32, arguments: u32) -> wasmtime::Result<u32> {
    let run = c.data().run.clone();
    let answer = match script {
        SCRIPT_OWN_PATH => "/lean/bin/lean".to_owned(),
        SCRIPT_GETENV => {
            let name = run.memory.read_cstr(run.memory.read_u32(arguments)?, MAX_NAME)?;
            let value = run.env.iter().filter_map(|e| e.split_once('=')).find(|(n, _)| n.as_bytes() == name);
            let Some((_, value)) = value else { return Ok(0) };
            value.to_owned()
        }
        _ => return Ok(0),
    };
    let malloc = c.data().exports()?.malloc()?;
    let pointer = malloc.call(&mut c, answer.len() as u32 + 1)?;
    run.memory.write_cstr(pointer, answer.as_bytes())?;
    Ok(pointer)
}

fn symbol(c: Call<'_>, _handle: u32, name: u32, _index: u32) -> wasmtime::Result<u32> {
    let run = &c.data().run;
    let name = run.memory.read_cstr(name, MAX_NAME)?;
    let symbols = &run.program.symbols;
    Ok(symbols.export(&name).or_else(|| symbols.import(&name)).unwrap_or(0))
}

fn environment_sizes(run: &Run, count: u32, size: u32) -> Result<(), Errno> {
    run.memory.write_u32(count, run.env.len() as u32)?;
    run.memory.write_u32(size, run.env.iter().map(|e| e.len() as u32 + 1).sum())?;
    Ok(())
}

fn environment(run: &Run, mut pointers: u32, mut text: u32) -> Result<(), Errno> {
    for entry in &run.env {
        run.memory.write_u32(pointers, text)?;
        run.memory.write_cstr(text, entry.as_bytes())?;
        pointers = pointers.checked_add(4).ok_or(Fault)?;
        text = text.checked_add(entry.len() as u32 + 1).ok_or(Fault)?;
    }
    Ok(())
}

fn clock(run: &Run, id: u32, into: u32) -> Result<(), Errno> {
    let time = match id {
        0 => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        1..=3 => run.started.elapsed(),
        _ => return Err(Errno::INVAL),
    };
    run.memory.write_u64(into, u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))?;
    Ok(())
}

fn random(run: &Run, address: u32, len: u32) -> Result<(), Errno> {
    run.memory.check(address, len)?;
    let mut chunk = [0; 4096];
    let mut at = address;
    let mut left = len;
    while left > 0 && !run.is_stopped() {
        let part = &mut chunk[..left.min(4096) as usize];
        getrandom::fill(part).map_err(|_| Errno::IO)?;
        run.memory.write(at, part)?;
        left -= part.len() as u32;
        // Checked above not to pass the end of a memory of at most 4 GiB; the last step may reach exactly that.
        at = at.wrapping_add(part.len() as u32);
    }
    Ok(())
}

/// Grows the memory to hold at least `wanted` bytes, in steps of a fifth. The limit ends the run: Lean could do nothing
/// with a refusal but abort.
fn resize_heap(run: &Run, wanted: u32) -> u32 {
    let (wanted, have) = (u64::from(wanted), run.memory.size());
    if wanted <= have {
        return 1;
    }
    if wanted > run.max_memory {
        run.fail(EngineError::Limit("memory"));
        return 0;
    }
    let target = wanted.max(have + have / 5).min(run.max_memory);
    // Another thread may have grown it meanwhile, so that a generous step fails where a small one would do.
    let grow = |target: u64| run.memory.shared().grow(target.saturating_sub(run.memory.size()).div_ceil(PAGE)).is_ok();
    if grow(target) || grow(wanted) {
        return 1;
    }
    run.fail(EngineError::Limit("memory"));
    0
}

fn assertion(c: Call<'_>, condition: u32, file: u32, line: u32, _function: u32) -> wasmtime::Result<()> {
    let text = |address| {
        let text = c.data().run.memory.read_cstr(address, 4096).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    };
    Err(wasmtime::Error::msg(format!("assertion of Lean's failed: {} ({}:{line})", text(condition), text(file))))
}

fn exit(code: i32) -> wasmtime::Result<()> {
    Err(Unwind::Exit(code).into())
}

pub(super) fn define(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap(ENV, "emscripten_asm_const_int", inline_script)?;
    linker.func_wrap(ENV, "_dlsym_js", symbol)?;
    linker.func_wrap(WASI, "environ_sizes_get", |c: Call<'_>, count: u32, size: u32| {
        wasi(environment_sizes(&c.data().run, count, size))
    })?;
    linker.func_wrap(WASI, "environ_get", |c: Call<'_>, pointers: u32, text: u32| {
        wasi(environment(&c.data().run, pointers, text))
    })?;
    linker.func_wrap(WASI, "clock_time_get", |c: Call<'_>, id: u32, _precision: i64, into: u32| {
        wasi(clock(&c.data().run, id, into))
    })?;
    linker.func_wrap(WASI, "clock_res_get", |c: Call<'_>, _id: u32, into: u32| {
        wasi(c.data().run.memory.write_u64(into, 1000).map_err(Errno::from))
    })?;
    linker.func_wrap(ENV, "emscripten_get_now", |c: Call<'_>| c.data().run.started.elapsed().as_secs_f64() * 1e3)?;
    linker.func_wrap(ENV, "emscripten_date_now", || {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1e3
    })?;
    linker.func_wrap(ENV, "uv__hrtime", |c: Call<'_>, _kind: u32| {
        u64::try_from(c.data().run.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    })?;
    linker.func_wrap(ENV, "uv__platform_loop_init", |_: u32| 0u32)?;
    linker.func_wrap(ENV, "uv__io_check_fd", |_: u32, _: u32| 0u32)?;
    linker.func_wrap(ENV, "uv__io_fork", |_: u32| 0u32)?;
    linker.func_wrap(ENV, "_setitimer_js", |_: u32, _: f64| 0u32)?;
    linker.func_wrap(ENV, "_tzset_js", |c: Call<'_>, zone: u32, daylight: u32, standard: u32, summer: u32| {
        let memory = &c.data().run.memory;
        memory.write_u32(zone, 0)?;
        memory.write_u32(daylight, 0)?;
        memory.write_cstr(standard, b"UTC")?;
        memory.write_cstr(summer, b"UTC")?;
        wasmtime::Result::Ok(())
    })?;
    // Lean starts as many workers as there are cores. Two: results do not depend on the machine, checks run side by side.
    linker.func_wrap(ENV, "emscripten_num_logical_cores", || 2u32)?;
    linker.func_wrap(WASI, "random_get", |c: Call<'_>, address: u32, len: u32| {
        wasi(random(&c.data().run, address, len))
    })?;
    linker.func_wrap(ENV, "emscripten_get_heap_max", |c: Call<'_>| {
        u32::try_from(c.data().run.max_memory).unwrap_or(u32::MAX)
    })?;
    linker.func_wrap(ENV, "emscripten_resize_heap", |c: Call<'_>, wanted: u32| resize_heap(&c.data().run, wanted))?;
    linker.func_wrap(ENV, "_emscripten_get_progname", |c: Call<'_>, into: u32, len: u32| {
        if len < 5 { Ok(()) } else { c.data().run.memory.write_cstr(into, b"lean").map_err(wasmtime::Error::from) }
    })?;
    linker.func_wrap(ENV, "__syscall_poll", |_: u32, _: u32, _: u32| syscall(Ok(0)))?;
    linker.func_wrap(ENV, "__assert_fail", assertion)?;
    linker.func_wrap(ENV, "_abort_js", || -> wasmtime::Result<()> { Err(wasmtime::Error::msg("Lean aborted")) })?;
    linker.func_wrap(ENV, "exit", exit)?;
    linker.func_wrap(WASI, "proc_exit", exit)?;
    Ok(())
}
