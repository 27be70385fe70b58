//! Set-up: from `lean.wasm` to machine code in files.

use std::path::{Path, PathBuf};

use wasmtime::{Config, Engine, OptLevel};

use super::rewrite::rewrite;
use super::shim::shim_module;

/// Names of the files inside the folder of compiled code.
pub(super) const LEAN: &str = "lean.cwasm";
pub(super) const SHIM: &str = "shim.cwasm";
pub(super) const SYMBOLS: &str = "symbols";

/// Native stack that wasm code may use in each thread. Lean recurses deeply and guards only its own shadow stack.
pub(super) const WASM_STACK: usize = 256 << 20;

/// What [`compile`] is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompilePhase {
    /// Reading and rewriting the module (about a second).
    Rewriting,
    /// Translating to machine code (nearly all of the time).
    Compiling,
    /// Writing the files.
    Writing,
}

/// Why there is no compiled engine.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A file could not be read or written.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] std::io::Error),
    /// The module is damaged.
    #[error("not a WebAssembly module that can be read: {0}")]
    Parse(#[from] wasmparser::BinaryReaderError),
    /// The module is not built as expected.
    #[error("unexpected shape of the WebAssembly module: {0}")]
    Shape(String),
    /// The compiler failed.
    #[error("compilation failed: {0}")]
    Compiler(String),
}

fn base_config() -> Config {
    let mut config = Config::new();
    config
        .wasm_threads(true)
        .shared_memory(true)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        // Nothing runs asynchronously, but the stack may not be larger than this.
        .async_stack_size(WASM_STACK + (16 << 20))
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .memory_init_cow(false)
        .cranelift_opt_level(OptLevel::Speed);
    #[cfg(not(windows))]
    config.native_unwind_info(false);
    config
}

/// The engine that runs the code: it has exceptions, which the shim needs.
pub(super) fn runtime_engine() -> Result<Engine, String> {
    let mut config = base_config();
    config.wasm_exceptions(true).wasm_gc(true).wasm_function_references(true);
    Engine::new(&config).map_err(|e| format!("{e:#}"))
}

/// The engine that compiles Lean's own module: without what that module does not use.
fn lean_compiler() -> Result<Engine, String> {
    let mut config = base_config();
    config.wasm_exceptions(false).wasm_gc(false).wasm_function_references(false);
    Engine::new(&config).map_err(|e| format!("{e:#}"))
}

/// What compiled code depends on besides the module: wasmtime, its settings, the processor. A key for a cache.
///
/// Two equal fingerprints mean that code compiled by one process may be opened by the other.
#[must_use]
pub fn fingerprint() -> String {
    use std::hash::{Hash, Hasher};
    // The standard hasher's algorithm is fixed for a given compiler, and a changed key costs a compilation, no more.
    let mut hasher = std::hash::DefaultHasher::new();
    REVISION.hash(&mut hasher);
    for engine in [runtime_engine(), lean_compiler()] {
        match engine {
            Ok(engine) => engine.precompile_compatibility_hash().hash(&mut hasher),
            Err(text) => text.hash(&mut hasher),
        }
    }
    format!("{:016x}", hasher.finish())
}

/// Counts changes of the rewriting and of the file formats in this module.
const REVISION: u32 = 1;

/// Compiles a Lean module for this machine into `lean.cwasm`, `shim.cwasm` and `symbols` inside `out_dir`.
///
/// On two cores a prototype with the same compiler but without interruption took 75 s without and 160 s with wasm
/// exceptions in this module (which is why only the shim has them), and up to 4.4 GB; this version's figures have not
/// been measured yet.
///
/// The folder must exist. Files are written plainly: a caller that wants all or nothing compiles into a fresh folder and
/// renames that.
///
/// # Errors
/// [`CompileError`]; what was written until then stays.
pub fn compile(lean_wasm: &Path, out_dir: &Path, progress: &dyn Fn(CompilePhase)) -> Result<(), CompileError> {
    progress(CompilePhase::Rewriting);
    let (rewritten, shim) = {
        let bytes = std::fs::read(lean_wasm).map_err(|e| CompileError::Io(lean_wasm.to_owned(), e))?;
        let rewritten = rewrite(&bytes)?;
        let shim = shim_module(&bytes, &rewritten)?;
        (rewritten, shim)
    };
    progress(CompilePhase::Compiling);
    let write = |name: &str, data: &[u8]| {
        let path = out_dir.join(name);
        std::fs::write(&path, data).map_err(|e| CompileError::Io(path, e))
    };
    let failed = |e: wasmtime::Error| CompileError::Compiler(format!("{e:#}"));
    let shim = runtime_engine().map_err(CompileError::Compiler)?.precompile_module(&shim).map_err(failed)?;
    write(SHIM, &shim)?;
    let lean = lean_compiler().map_err(CompileError::Compiler)?.precompile_module(&rewritten.module).map_err(failed)?;
    progress(CompilePhase::Writing);
    write(LEAN, &lean)?;
    rewritten.symbols.write(&out_dir.join(SYMBOLS))
}
