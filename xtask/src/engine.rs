//! The embedded Lean and the support library, for the tasks that ask it.

use std::error::Error;
use std::sync::Arc;

use harmonic_lean::setup::{self, SetupOptions, SupportLibrary};
use harmonic_lean::wasm::WasmEngine;
use harmonic_lean::{Cancel, Engine};
use harmonic_translator::rules::LIBRARY;

/// Opens the Lean that is set up, with Leans that stay where it can have them, and the support library of this build.
///
/// # Errors
/// If it cannot be set up, or does not accept the library.
pub(crate) fn open() -> Result<(Arc<dyn Engine>, SupportLibrary), Box<dyn Error>> {
    let (engine, library) = open_with(LIBRARY)?;
    library.wait()?;
    Ok((engine, library))
}

/// The same with these modules for a library, named and in the order of their imports. They are compiled meanwhile.
///
/// # Errors
/// If it cannot be set up.
pub(crate) fn open_with(modules: &[(&str, &str)]) -> Result<(Arc<dyn Engine>, SupportLibrary), Box<dyn Error>> {
    let options = SetupOptions::default();
    let ready = setup::ensure(&options, &())?;
    let engine = WasmEngine::open(&ready.compiled_dir, &ready.core_library)?;
    let engine: Arc<dyn Engine> = Arc::new(if ready.optimised { engine.with_residents() } else { engine });
    let home = setup::home(&options)?;
    let library = SupportLibrary::open(Arc::clone(&engine), modules, &home, Arc::new(()), Cancel::default())?;
    Ok((engine, library))
}
