//! Stack enough: recursion follows the nesting of the user's expressions, and in the functional form the length of functions.

use std::{io, thread};

/// Only what is used of it is ever backed by memory.
const BYTES: usize = 512 << 20;

/// Runs something on a thread of its own with a large stack; the inner error is its panic.
///
/// # Errors
/// If there is no thread to be had.
pub(crate) fn large<T: Send>(name: &str, run: impl FnOnce() -> T + Send) -> io::Result<thread::Result<T>> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name(name.to_owned()).stack_size(BYTES).spawn_scoped(scope, run)?;
        Ok(thread.join())
    })
}
