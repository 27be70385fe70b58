//! Opens the engine: set-up on first use, the support library, progress of both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harmonic_lean::native::NativeEngine;
use harmonic_lean::setup::{self, Phase, Progress, SetupOptions, SupportLibrary};
use harmonic_lean::wasm::{LEAN_VERSION, WasmEngine};
use harmonic_lean::{Cancel, Engine, EngineError, Job};
use harmonic_prover::{Basis, Lean};
use harmonic_translator::rules::LIBRARY;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Common;
use crate::failure::Failure;

/// Where everything of the user is kept.
///
/// # Errors
/// If this machine names no such folder.
pub fn home() -> Result<PathBuf, Failure> {
    setup::home(&SetupOptions::default()).map_err(|e| Failure::new(e.to_string()))
}

/// Which Lean judges.
pub struct Choice {
    /// `None`: the embedded one.
    native: Option<Arc<NativeEngine>>,
}

impl Choice {
    /// What `--lean` or the configuration says: `wasm` (also if nothing is said), `native` (a `lean` on `PATH`, or elan's), or a
    /// path, which is taken from `base` if it is relative.
    ///
    /// # Errors
    /// There is no such Lean, or it is too old.
    pub fn find(said: Option<&str>, base: &Path) -> Result<Self, Failure> {
        let explicit = match said {
            None | Some("wasm") => return Ok(Self { native: None }),
            Some("native") => None,
            Some(path) => Some(base.join(path)),
        };
        let found = NativeEngine::find(explicit.as_deref()).map_err(|e| Failure::new(e.to_string()))?;
        Ok(Self { native: Some(Arc::new(found)) })
    }
    /// Kind and version, as reports print them.
    pub fn describe(&self) -> String {
        self.native.as_ref().map_or_else(|| format!("wasm {LEAN_VERSION}"), |native| native.describe())
    }
    /// What verdicts rest on besides the units' text.
    pub fn basis(&self) -> Basis {
        let texts: Vec<&str> = LIBRARY.iter().flat_map(|(name, text)| [*name, *text]).collect();
        // Two executables of one version are not one Lean.
        let which = self.native.as_ref().map(|native| {
            let path = native.executable();
            let (size, time) = std::fs::metadata(path).map_or((0, None), |m| (m.len(), m.modified().ok()));
            format!(" {} {size} {time:?}", path.display())
        });
        Basis {
            library: harmonic_prover::digest(&texts),
            engine: self.describe() + &which.unwrap_or_default(),
            tool: env!("CARGO_PKG_VERSION").into(),
        }
    }
    /// Opens it; the embedded one is set up first if need be.
    ///
    /// # Errors
    /// [`EngineError::NotReady`] with what to do.
    pub fn open(&self, common: &Common) -> Result<Arc<dyn Engine>, EngineError> {
        if let Some(native) = &self.native {
            return Ok(Arc::<NativeEngine>::clone(native));
        }
        let options = SetupOptions { offline: common.offline, ..SetupOptions::default() };
        let progress = SetupProgress::new(common);
        let ready = setup::ensure(&options, &progress).map_err(|e| EngineError::NotReady(e.to_string()))?;
        drop(progress);
        let engine = WasmEngine::open(&ready.compiled_dir, &ready.core_library)?;
        Ok(Arc::new(if ready.optimised { engine.with_residents() } else { engine }))
    }
    /// Makes the embedded one's code better for later runs, if that is still to be done: once, a minute of all cores, and best after
    /// everything that the user waits for.
    pub fn optimise(&self, common: &Common) {
        if self.native.is_some() {
            return;
        }
        let progress = SetupProgress::new(common);
        match setup::optimise(&SetupOptions::default(), &progress) {
            Ok(true) => {
                // What a Lean that stays calls besides is compiled on first use: here, and not when a proof waits for it.
                let job = Job { name: "First".into(), text: "theorem t : True := by omega\n".into(), ..Job::default() };
                let _ = self.open(common).map(|engine| engine.explore(&job, &Cancel::default()));
            }
            Ok(false) => {}
            Err(e) => progress.say(&format!("Lean was not optimised: {e}")),
        }
    }
    /// Opens it with modules of the support library (names and texts, in the order of their imports). Those that every proof
    /// imports are there then; the others may still be in the making.
    ///
    /// # Errors
    /// [`EngineError`] if the engine cannot be opened, or Lean does not accept the library.
    pub fn lean(&self, common: &Common, modules: &[(&str, &str)], cancel: &Cancel) -> Result<Lean, EngineError> {
        let engine = self.open(common)?;
        let not_ready = |e: setup::SetupError| EngineError::NotReady(e.to_string());
        let home = setup::home(&SetupOptions::default()).map_err(not_ready)?;
        let progress = Arc::new(SetupProgress::new(common));
        let told = Arc::<SetupProgress>::clone(&progress);
        let library =
            SupportLibrary::open(Arc::clone(&engine), modules, &home, told, cancel.clone()).map_err(not_ready)?;
        library.wait_for(&harmonic_prover::always_imported())?;
        // What else is made is made beside proofs, which have a progress of their own.
        progress.end();
        if let Some(reason) = library.repaired().filter(|_| !common.quiet) {
            crate::terminal::say(format_args!("the support library was compiled again: {reason}"));
        }
        Ok(Lean { engine, library: Arc::new(library) })
    }
}

/// Shows set-up on standard error.
pub struct SetupProgress {
    bar: ProgressBar,
    plain: bool,
    last: std::sync::Mutex<Option<Phase>>,
    ended: AtomicBool,
}

impl SetupProgress {
    /// Progress as the switches want it.
    pub fn new(common: &Common) -> Self {
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let bar = if common.quiet || !terminal { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        Self {
            bar,
            plain: !common.quiet && !terminal,
            last: std::sync::Mutex::default(),
            ended: AtomicBool::new(false),
        }
    }
    /// Shows nothing any more.
    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
    fn say(&self, text: &str) {
        if self.plain {
            crate::terminal::say(text);
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
        Phase::Compile(_) => "compiling Lean for this machine (once)",
        Phase::Optimise => "optimising Lean for later runs (once; it may be interrupted)",
        Phase::Library => "compiling the support library (once)",
    }
}

impl Progress for SetupProgress {
    fn phase(&self, phase: Phase) {
        if self.has_ended() {
            return;
        }
        let text = phase_text(phase);
        let known = self.last.lock().ok().and_then(|mut l| l.replace(phase)).is_some_and(|old| phase_text(old) == text);
        if self.plain && !known {
            crate::terminal::say(text);
        }
        self.bar.reset();
        self.bar.set_message(text);
        self.bar.enable_steady_tick(Duration::from_millis(120));
    }
    fn advance(&self, done: u64, total: Option<u64>) {
        if self.has_ended() {
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lean_that_is_not_there_is_named() {
        let base = Path::new("/nowhere");
        let Err(failure) = Choice::find(Some("tools/lean"), base) else { panic!("found") };
        assert!(failure.message.contains("/nowhere/tools/lean"), "{}", failure.message);
        assert!(Choice::find(None, base).is_ok_and(|c| c.describe().starts_with("wasm ")));
    }
}
