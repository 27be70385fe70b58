//! The functions that the guest imports.
//!
//! Whatever the guest passes, a function here answers with an error number or a trap. What is not defined here answers
//! `ENOSYS` if it is a system call, and traps if it is anything else.

mod exceptions;
mod fs;
mod system;
mod threads;

use wasmtime::{Caller, Engine, ExternType, Linker, Module, Val, ValType};

use super::errno::Errno;
use super::instance::Host;
use super::shim::is_served;

pub(super) use exceptions::Exceptions;
pub(super) use threads::install_own;

pub(super) type Call<'a> = Caller<'a, Host>;

const ENV: &str = "env";
const WASI: &str = "wasi_snapshot_preview1";
/// Where the shim imports its host half from.
const SHIM: &str = "host";

/// The answer of a `__syscall_*`: a value, or a negated error number.
fn syscall(result: Result<u32, Errno>) -> i32 {
    match result {
        Ok(value) => value as i32,
        Err(Errno(number)) => -number,
    }
}

/// The answer of a WASI function: zero or an error number.
fn wasi(result: Result<(), Errno>) -> i32 {
    result.err().map_or(0, |Errno(number)| number)
}

/// Host functions for all that the two modules import.
pub(super) fn linker(engine: &Engine, lean: &Module, shim: &Module) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    fs::define(&mut linker)?;
    system::define(&mut linker)?;
    threads::define(&mut linker)?;
    exceptions::define(&mut linker)?;
    exceptions::define_adapters(&mut linker, shim)?;
    exceptions::define_matching(&mut linker, lean)?;
    for import in lean.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        let (module, name) = (import.module(), import.name());
        if is_served(name) {
            continue;
        }
        let full = format!("{module}.{name}");
        let is_syscall = name.starts_with("__syscall_") && ty.results().all(|r| matches!(r, ValType::I32));
        // A name defined above is refused here, which is what is wanted.
        let _ = linker.func_new(module, name, ty, move |_: Call<'_>, _, results| {
            if !is_syscall {
                return Err(wasmtime::Error::msg(format!("the guest called {full}, which this host does not have")));
            }
            results.iter_mut().for_each(|r| *r = Val::I32(-Errno::NOSYS.0));
            Ok(())
        });
    }
    Ok(linker)
}
