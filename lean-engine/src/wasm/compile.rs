//! Set-up: from `lean.wasm` to machine code in files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::{Config, Engine, OptLevel, RegallocAlgorithm};

use super::parts::Parts;
use super::profile::{Profile, SHIPPED};
use super::shim::shim_module;
use super::split::{Options, split};
use super::survey::Survey;

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
    /// Translating to machine code (nearly all of the time) and writing that.
    Compiling,
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

/// How much work the compiler puts into code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// Code runs fast. The time for a function grows faster than its length.
    Fast,
    /// Code is there soon.
    Soon,
}

/// The engine that compiles Lean's own modules: without what these do not use.
fn lean_compiler(effort: Effort) -> Result<Engine, String> {
    let mut config = base_config();
    config.wasm_exceptions(false).wasm_gc(false).wasm_function_references(false);
    if effort == Effort::Soon {
        config.cranelift_opt_level(OptLevel::None).cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    }
    Engine::new(&config).map_err(|e| format!("{e:#}"))
}

/// What compiled code depends on besides the module: wasmtime, its settings, the processor, the profile. A key for a cache.
///
/// Two equal fingerprints mean that code compiled by one process may be opened by the other.
#[must_use]
pub fn fingerprint() -> String {
    use std::hash::{Hash, Hasher};
    // The standard hasher's algorithm is fixed for a given compiler, and a changed key costs a compilation, no more.
    let mut hasher = std::hash::DefaultHasher::new();
    REVISION.hash(&mut hasher);
    SHIPPED.hash(&mut hasher);
    for engine in [runtime_engine(), lean_compiler(Effort::Fast), lean_compiler(Effort::Soon)] {
        match engine {
            Ok(engine) => engine.precompile_compatibility_hash().hash(&mut hasher),
            Err(text) => text.hash(&mut hasher),
        }
    }
    format!("{:016x}", hasher.finish())
}

/// Counts changes of the rewriting and of the file formats in this module.
const REVISION: u32 = 3;

/// How a module is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plan {
    /// What proof runs call is compiled as fast as can be; the rest is kept as it is and compiled when it is first called.
    #[default]
    Quick,
    /// The same with optimisation: it takes three times as long, and runs 1.6 times as fast.
    Optimised,
    /// All is compiled, and every function notes that it was called, for a new profile. Slow, for developers.
    Instrumented,
}

impl Plan {
    /// How much work goes into what the profile names, very long functions apart.
    fn effort(self) -> Effort {
        match self {
            Self::Quick | Self::Instrumented => Effort::Soon,
            Self::Optimised => Effort::Fast,
        }
    }
}

/// Compiles a Lean module for this machine into `lean.cwasm`, `shim.cwasm` and `symbols` inside `out_dir`, and writes what
/// is not compiled yet there as `part-*.wasm`. Parts that were compiled before by [`Plan::Quick`] are taken from `reuse`.
///
/// Takes some 55 s of processor time with [`Plan::Quick`] and 65 s for [`Plan::Optimised`] on top of that, shared by all
/// cores, and 1.4 GB of memory; a tenth of a second for each part on its first use. (All of Lean at once, optimised, took 685 s
/// and 4 GB: the optimising compiler spends minutes on single functions of hundreds of kilobytes.)
///
/// The folder must exist. Files are written plainly: a caller that wants all or nothing compiles into a fresh folder and
/// renames that.
///
/// # Errors
/// [`CompileError`]; what was written until then stays.
pub fn compile(
    plan: Plan,
    lean_wasm: &Path,
    out_dir: &Path,
    reuse: Option<&Path>,
    progress: &dyn Fn(CompilePhase),
) -> Result<(), CompileError> {
    let profile = if plan == Plan::Instrumented { None } else { Profile::shipped() };
    let options = Options { instrumented: plan == Plan::Instrumented, ..Options::with(profile.as_ref()) };
    compile_with(&options, plan.effort(), lean_wasm, out_dir, reuse, progress)
}

pub(super) fn compile_with(
    options: &Options<'_>,
    effort: Effort,
    lean_wasm: &Path,
    out_dir: &Path,
    reuse: Option<&Path>,
    progress: &dyn Fn(CompilePhase),
) -> Result<(), CompileError> {
    progress(CompilePhase::Rewriting);
    let write = |name: &str, data: &[u8]| {
        let path = out_dir.join(name);
        std::fs::write(&path, data).map_err(|e| CompileError::Io(path, e))
    };
    let (split, shim) = {
        let bytes = std::fs::read(lean_wasm).map_err(|e| CompileError::Io(lean_wasm.to_owned(), e))?;
        let mut split = split(&bytes, options)?;
        let shim = shim_module(&bytes, &split)?;
        split.symbols.write(&out_dir.join(SYMBOLS))?;
        (split, shim)
    };
    progress(CompilePhase::Compiling);
    let shim = runtime_engine().map_err(CompileError::Compiler)?.precompile_module(&shim);
    let shim = shim.map_err(|e| CompileError::Compiler(format!("{e:#}")))?;
    write(SHIM, &shim)?;
    let (early, late) = split.parts.split_at(split.early_parts.min(split.parts.len()));
    for (index, part) in late.iter().enumerate() {
        write(&part_source(early.len() + index + 1), part)?;
    }
    let early_part = |index: usize, part: &[u8]| {
        let name = part_code(index + 1);
        let kept =
            reuse.map(|folder| folder.join(&name)).filter(|kept| std::fs::copy(kept, out_dir.join(&name)).is_ok());
        if kept.is_some() {
            return Ok(());
        }
        write(&name, &compile_lean(part, Effort::Soon).map_err(CompileError::Compiler)?)
    };
    // A long function takes a core for up to seconds: as many at a time as there are cores, and beside the many short ones.
    let next = AtomicUsize::new(0);
    let early_parts = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match early.get(index) {
                Some(part) => early_part(index, part)?,
                None => return Ok(()),
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(early_parts)).collect();
        write(LEAN, &compile_lean(&split.core, effort).map_err(CompileError::Compiler)?)?;
        let panicked = || Err(CompileError::Compiler("a thread of it panicked".into()));
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| panicked()))
    })
}

/// Name of the file of a part that is not compiled.
pub(super) fn part_source(part: usize) -> String {
    format!("part-{part:03}.wasm")
}

/// Name of a part's machine code.
pub(super) fn part_code(part: usize) -> String {
    format!("part-{part:03}.cwasm")
}

/// Compiles the core or a part.
pub(super) fn compile_lean(module: &[u8], effort: Effort) -> Result<Vec<u8>, String> {
    lean_compiler(effort)?.precompile_module(module).map_err(|e| format!("{e:#}"))
}

/// The content of `profile.bin`, from what runs of the instrumented code in `compiled_dir` marked.
///
/// # Errors
/// [`CompileError`] if `lean_wasm` or the marks cannot be read.
pub fn profile(lean_wasm: &Path, compiled_dir: &Path) -> Result<Vec<u8>, CompileError> {
    let read = |path: &Path| std::fs::read(path).map_err(|e| CompileError::Io(path.to_owned(), e));
    let marks = Parts::of(compiled_dir).marks();
    let bytes = read(lean_wasm)?;
    let profile = Profile::of(&Survey::of(&bytes)?, &read(&marks)?);
    profile.encode().map_err(|e| CompileError::Io(marks, e))
}
