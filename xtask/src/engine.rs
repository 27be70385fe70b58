//! The embedded Lean with the support library of this build, for the tasks that ask it.

use std::error::Error;
use std::sync::Arc;

use harmonic_lean::setup::{self, SetupOptions, SupportLibrary};
use harmonic_lean::wasm::WasmEngine;
use harmonic_lean::{Cancel, Engine};
use harmonic_translator::rules::LIBRARY;

/// Opens the Lean that is set up, with Leans that stay where it can have them.
///
/// # Errors
/// If it cannot be set up, or does not accept the support library.
pub(crate) fn open() -> Result<(Arc<dyn Engine>, SupportLibrary), Box<dyn Error>> {
    let ready = setup::ensure(&SetupOptions::default(), &())?;
    let engine = WasmEngine::open(&ready.compiled_dir, &ready.core_library)?;
    let engine: Arc<dyn Engine> = Arc::new(if ready.optimised { engine.with_residents() } else { engine });
    let home = setup::home(&SetupOptions::default())?;
    let library = SupportLibrary::open(Arc::clone(&engine), LIBRARY, &home, Arc::new(()), Cancel::default())?;
    library.wait()?;
    Ok((engine, library))
}
