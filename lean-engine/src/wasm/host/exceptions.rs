//! The book-keeping of C++ exceptions, which emscripten leaves to JavaScript. The throw itself happens in the shim.
//!
//! An exception is known by the address of its object; 24 bytes before it lies a header: type at 4, destructor at 8,
//! `caught` at 12, `rethrown` at 13, adjusted pointer at 16.

use wasmtime::{ExternType, Linker, Module, Val};

use super::{Call, ENV, SHIM};
use crate::wasm::instance::Host;
use crate::wasm::memory::Fault;
use crate::wasm::parts::function_at;

/// One thread's exceptions.
#[derive(Default)]
pub(in crate::wasm) struct Exceptions {
    /// The exception in flight, or 0.
    last: u32,
    uncaught: u32,
    /// Those being handled, innermost last.
    caught: Vec<u32>,
}

/// Nesting of handlers beyond anything a real guest reaches.
const MAX_CAUGHT: usize = 1 << 16;

impl Exceptions {
    fn push(&mut self, exception: u32) -> wasmtime::Result<()> {
        if self.caught.len() >= MAX_CAUGHT {
            return Err(wasmtime::Error::msg("too many nested exceptions"));
        }
        self.caught.push(exception);
        Ok(())
    }

    fn pop(&mut self) -> wasmtime::Result<u32> {
        self.caught.pop().ok_or_else(|| wasmtime::Error::msg("the guest ended a handler that it did not begin"))
    }
}

fn header(exception: u32) -> Result<u32, Fault> {
    exception.checked_sub(24).ok_or(Fault)
}

fn throw(mut c: Call<'_>, exception: u32, ty: u32, destructor: u32) -> wasmtime::Result<()> {
    let memory = &c.data().run.memory;
    let info = header(exception)?;
    memory.write_u32(info + 16, 0)?;
    memory.write_u32(info + 4, ty)?;
    memory.write_u32(info + 8, destructor)?;
    let state = &mut c.data_mut().exceptions;
    state.last = exception;
    state.uncaught = state.uncaught.wrapping_add(1);
    Ok(())
}

fn begin_catch(mut c: Call<'_>, exception: u32) -> wasmtime::Result<u32> {
    let info = header(exception)?;
    let run = c.data().run.clone();
    if run.memory.read_u8(info + 12)? == 0 {
        run.memory.write_u8(info + 12, 1)?;
        let state = &mut c.data_mut().exceptions;
        state.uncaught = state.uncaught.wrapping_sub(1);
    }
    run.memory.write_u8(info + 13, 0)?;
    c.data_mut().exceptions.push(exception)?;
    let exports = c.data().exports()?.clone();
    exports.increment_refcount()?.call(&mut c, exception)?;
    exports.exception_pointer()?.call(&mut c, exception)
}

fn end_catch(mut c: Call<'_>) -> wasmtime::Result<()> {
    let exports = c.data().exports()?.clone();
    exports.set_threw()?.call(&mut c, (0, 0))?;
    let exception = c.data_mut().exceptions.pop()?;
    exports.decrement_refcount()?.call(&mut c, exception)?;
    c.data_mut().exceptions.last = 0;
    Ok(())
}

fn rethrow(mut c: Call<'_>) -> wasmtime::Result<()> {
    let exception = c.data_mut().exceptions.pop()?;
    let info = header(exception)?;
    let run = c.data().run.clone();
    if run.memory.read_u8(info + 13)? == 0 {
        run.memory.write_u8(info + 13, 1)?;
        run.memory.write_u8(info + 12, 0)?;
        let state = &mut c.data_mut().exceptions;
        state.push(exception)?;
        state.uncaught = state.uncaught.wrapping_add(1);
    }
    c.data_mut().exceptions.last = exception;
    Ok(())
}

fn rethrow_primary(mut c: Call<'_>, exception: u32) -> wasmtime::Result<()> {
    c.data().run.memory.write_u8(header(exception)? + 13, 1)?;
    let state = &mut c.data_mut().exceptions;
    state.push(exception)?;
    state.uncaught = state.uncaught.wrapping_add(1);
    state.last = exception;
    Ok(())
}

fn current_primary(mut c: Call<'_>) -> wasmtime::Result<u32> {
    let Some(exception) = c.data().exceptions.caught.last().copied() else { return Ok(0) };
    c.data().exports()?.clone().increment_refcount()?.call(&mut c, exception)?;
    Ok(exception)
}

/// Which of a handler's types takes the exception in flight: the adjusted object is returned, the type goes into the
/// second result (`tempret`).
fn find_matching(c: &mut Call<'_>, types: &[u32]) -> wasmtime::Result<u32> {
    let exports = c.data().exports()?.clone();
    let thrown = c.data().exceptions.last;
    let mut found = 0;
    if thrown != 0 {
        let run = c.data().run.clone();
        let info = header(thrown)?;
        run.memory.write_u32(info + 16, thrown)?;
        found = run.memory.read_u32(info + 4)?;
        if found != 0 {
            for candidate in types {
                if *candidate == 0 || *candidate == found {
                    break;
                }
                if exports.can_catch()?.call(&mut *c, (*candidate, found, info + 16))? != 0 {
                    found = *candidate;
                    break;
                }
            }
        }
    }
    exports.set_temp_ret()?.call(&mut *c, found)?;
    Ok(thrown)
}

pub(super) fn define(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap(SHIM, "__cxa_throw", throw)?;
    linker.func_wrap(SHIM, "__cxa_rethrow", rethrow)?;
    linker.func_wrap(SHIM, "__cxa_rethrow_primary_exception", rethrow_primary)?;
    linker.func_wrap(SHIM, "__resumeException", |mut c: Call<'_>, exception: u32| {
        let state = &mut c.data_mut().exceptions;
        if state.last == 0 {
            state.last = exception;
        }
    })?;
    linker.func_wrap(SHIM, "_emscripten_throw_longjmp", || {})?;
    linker.func_wrap(ENV, "__cxa_begin_catch", begin_catch)?;
    linker.func_wrap(ENV, "__cxa_end_catch", end_catch)?;
    linker.func_wrap(ENV, "llvm_eh_typeid_for", |ty: u32| ty)?;
    linker.func_wrap(ENV, "__cxa_uncaught_exceptions", |c: Call<'_>| c.data().exceptions.uncaught)?;
    linker.func_wrap(ENV, "__cxa_current_primary_exception", current_primary)?;
    Ok(())
}

/// `__cxa_find_matching_catch_N`, of as many types as the module imports it with.
pub(super) fn define_matching(linker: &mut Linker<Host>, lean: &Module) -> wasmtime::Result<()> {
    for import in lean.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        if !import.name().starts_with("__cxa_find_matching_catch_") {
            continue;
        }
        linker.func_new(import.module(), import.name(), ty, |mut c: Call<'_>, params, results| {
            let types: Vec<u32> = params.iter().filter_map(Val::i32).map(|v| v as u32).collect();
            let found = find_matching(&mut c, &types)?;
            if let Some(result) = results.first_mut() {
                *result = Val::I32(found as i32);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// `invoke_*` for a callee whose type is not that of the call: arguments are dropped or padded, as JavaScript does.
/// An exception passes through here into the shim, which catches it.
pub(super) fn define_adapters(linker: &mut Linker<Host>, shim: &Module) -> wasmtime::Result<()> {
    for import in shim.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        if !import.name().starts_with("invoke_") {
            continue;
        }
        linker.func_new(SHIM, import.name(), ty, |mut c: Call<'_>, params, results| {
            let slot = params.first().and_then(Val::i32).unwrap_or(0) as u32;
            let callee = function_at(&mut c, slot)?;
            let ty = callee.ty(&c);
            let zero = |ty: &wasmtime::ValType| {
                Val::default_for_ty(ty).ok_or_else(|| wasmtime::Error::msg("a callee with a value that is no number"))
            };
            let mut arguments = params.iter().skip(1).take(ty.params().len()).copied().collect::<Vec<_>>();
            for missing in ty.params().skip(arguments.len()) {
                arguments.push(zero(&missing)?);
            }
            let mut returned = ty.results().map(|r| zero(&r)).collect::<wasmtime::Result<Vec<_>>>()?;
            callee.call(&mut c, &arguments, &mut returned)?;
            for (result, value) in results.iter_mut().zip(returned) {
                *result = value;
            }
            Ok(())
        })?;
    }
    Ok(())
}
