//! Opens the engine: set-up on first use, the support library, progress of both.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use harmonic_lean::setup::{self, Phase, Progress, SetupOptions};
use harmonic_lean::wasm::{LEAN_VERSION, WasmEngine};
use harmonic_lean::{Cancel, Engine, EngineError};
use harmonic_prover::{Basis, Lean};
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Common;
use crate::failure::Failure;

/// The support library's source.
pub mod library {
    include!(concat!(env!("OUT_DIR"), "/library.rs"));
}

/// Where everything of the user is kept.
///
/// # Errors
/// If this machine names no such folder.
pub fn home() -> Result<PathBuf, Failure> {
    setup::home(&SetupOptions::default()).map_err(|e| Failure::new(e.to_string()))
}

/// The engine's name in reports.
pub fn describe() -> String {
    format!("wasm {LEAN_VERSION}")
}

/// What verdicts rest on besides the units' text.
pub fn basis() -> Basis {
    let texts: Vec<&str> = library::SOURCES.iter().flat_map(|(name, text)| [*name, *text]).collect();
    Basis { library: harmonic_prover::digest(&texts), engine: describe(), tool: env!("CARGO_PKG_VERSION").into() }
}

/// Shows set-up on standard error.
pub struct SetupProgress {
    bar: ProgressBar,
    plain: bool,
    last: std::sync::Mutex<Option<Phase>>,
}

impl SetupProgress {
    /// Progress as the switches want it.
    pub fn new(common: &Common) -> Self {
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let bar = if common.quiet || !terminal { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        Self { bar, plain: !common.quiet && !terminal, last: std::sync::Mutex::default() }
    }
    fn say(&self, text: &str) {
        if self.plain {
            eprintln!("{text}");
        } else {
            self.bar.println(text);
        }
    }
}

fn phase_text(phase: Phase) -> &'static str {
    match phase {
        Phase::Waiting => "waiting for another process that sets up Lean",
        Phase::Verify => "checking the package",
        Phase::Download => "downloading Lean (about 120 MB)",
        Phase::Unpack => "unpacking Lean",
        Phase::Compile(_) => "compiling Lean for this machine (once, some minutes)",
    }
}

impl Progress for SetupProgress {
    fn phase(&self, phase: Phase) {
        let text = phase_text(phase);
        let known = self.last.lock().ok().and_then(|mut l| l.replace(phase)).is_some_and(|old| phase_text(old) == text);
        if self.plain && !known {
            eprintln!("{text}");
        }
        self.bar.reset();
        self.bar.set_message(text);
        self.bar.enable_steady_tick(Duration::from_millis(120));
    }
    fn advance(&self, done: u64, total: Option<u64>) {
        if let Some(total) = total {
            self.bar.set_length(total);
            let template = if self.last.lock().is_ok_and(|l| matches!(*l, Some(Phase::Download))) {
                "{spinner} {msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
            } else {
                "{spinner} {msg} [{bar:30}] {pos}/{len}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style);
            }
        }
        self.bar.set_position(done);
    }
    fn repair(&self, reason: &str) {
        self.say(&format!("making good what was damaged: {reason}"));
    }
}

impl Drop for SetupProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Opens the embedded Lean, setting it up first if need be.
///
/// # Errors
/// [`EngineError::NotReady`] with what to do.
pub fn open(common: &Common) -> Result<Arc<dyn Engine>, EngineError> {
    let options = SetupOptions { offline: common.offline, ..SetupOptions::default() };
    let progress = SetupProgress::new(common);
    let ready = setup::ensure(&options, &progress).map_err(|e| EngineError::NotReady(e.to_string()))?;
    drop(progress);
    Ok(Arc::new(WasmEngine::open(&ready.compiled_dir, &ready.core_library)?))
}

/// The engine with the support library.
///
/// # Errors
/// [`EngineError`] if the engine cannot be opened, or Lean does not accept the library.
pub fn lean(common: &Common, cancel: &Cancel) -> Result<Lean, EngineError> {
    let engine = open(common)?;
    let home = setup::home(&SetupOptions::default()).map_err(|e| EngineError::NotReady(e.to_string()))?;
    let library = setup::support_library(&*engine, library::SOURCES, &home, cancel).map_err(|e| match e {
        setup::SetupError::Engine(e) => e,
        other => EngineError::NotReady(other.to_string()),
    })?;
    if let Some(reason) = library.repaired.filter(|_| !common.quiet) {
        eprintln!("the support library was compiled again: {reason}");
    }
    Ok(Lean { engine, library: vec![library.folder] })
}

#[cfg(test)]
mod tests {
    use super::library::SOURCES;

    fn imports(text: &str) -> Vec<&str> {
        text.lines().filter_map(|l| l.trim_start_matches("public ").strip_prefix("import ")).map(str::trim).collect()
    }

    /// The prover imports what the library's root module imports, no less.
    #[test]
    fn the_prover_imports_the_whole_library() {
        let (_, root) = SOURCES.iter().find(|(name, _)| *name == "Harmonic").expect("the root module");
        assert_eq!(imports(root), imports(harmonic_prover::IMPORTS));
    }
}
