//! Resident Leans that are at rest, for whoever has a file with the same imports.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::WasmEngine;
use super::resident::Resident;
use super::run::lock;
use crate::{Cancel, Engine, EngineError, Job, Limits, Report, Severity, Unfinished};

/// Checks after which a Lean is replaced. It has been seen to hold for ten times as many (`cargo xtask soak`).
const MOST_CHECKS: u32 = 1000;
/// Leans at rest.
const MOST_AT_REST: usize = 4;
/// Longest life of one.
const LIFE: Duration = Duration::from_secs(86_400);
/// What one may say in its life, in bytes.
const OUTPUT: usize = 1 << 30;

/// What a Lean has imported.
#[derive(PartialEq, Eq)]
struct Imports {
    library: Vec<PathBuf>,
    header: String,
    /// A Lean with other memory is another Lean.
    memory: u64,
}

impl Imports {
    fn of(job: &Job) -> Self {
        let header: Vec<&str> = job.text.lines().take_while(|l| l.starts_with("import ") || l.is_empty()).collect();
        Self { library: job.library.clone(), header: header.join("\n"), memory: job.limits.memory }
    }
}

struct AtRest {
    imports: Imports,
    lean: Resident,
    checks: u32,
}

/// The Leans at rest, the one used last at the end.
#[derive(Default)]
pub(super) struct Residents(Mutex<Vec<AtRest>>);

impl Residents {
    /// Elaborates a file in a Lean that has its imports, or in a new one that stays.
    ///
    /// # Errors
    /// [`EngineError`] as [`Engine::check`] has it. One that breaks is no error: the file goes to a fresh run.
    pub(super) fn check(&self, engine: &WasmEngine, job: &Job, cancel: &Cancel) -> Result<Report, Unfinished> {
        let started = Instant::now();
        let mut chosen = match self.take(Imports::of(job)) {
            Ok(at_rest) => at_rest,
            Err(imports) => {
                let limits = Limits { time: LIFE, memory: job.limits.memory, output: OUTPUT, ..Limits::default() };
                AtRest { imports, lean: Resident::start(engine, &job.library, limits)?, checks: 0 }
            }
        };
        match chosen.lean.check(&job.text, &job.limits, cancel) {
            Ok(messages) => {
                chosen.checks += 1;
                if chosen.checks < MOST_CHECKS {
                    self.put(chosen);
                }
                let exit_code = i32::from(messages.iter().any(|m| m.severity == Severity::Error));
                Ok(Report { messages, exit_code, olean: None, elapsed: started.elapsed() })
            }
            Err(Unfinished { error: EngineError::Broken(_) | EngineError::Limit(_), .. }) => {
                // Maybe only what earlier files left behind was too much.
                drop(chosen);
                engine.check(&Job { emit_olean: false, ..job.clone() }, cancel)
            }
            Err(unfinished) => Err(unfinished),
        }
    }

    fn take(&self, imports: Imports) -> Result<AtRest, Imports> {
        let mut all = lock(&self.0);
        match all.iter().rposition(|r| r.imports == imports) {
            Some(at) => Ok(all.remove(at)),
            None => Err(imports),
        }
    }

    fn put(&self, lean: AtRest) {
        let mut all = lock(&self.0);
        all.push(lean);
        let oldest = (all.len() > MOST_AT_REST).then(|| all.remove(0));
        drop(all);
        // Ending it takes a moment, which is no reason for others to wait.
        drop(oldest);
    }
}
