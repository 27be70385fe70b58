//! What judging takes, opened once for all crates of a run: the stores, the log of attempts, the Lean that was chosen.

use std::path::Path;
use std::time::Duration;

use harmonic_lean::Cancel;
use harmonic_prover::store::Sealed;

use crate::cli::{Common, Proving};
use crate::engine::{self, Choice};
use crate::events::Events;
use crate::failure::Failure;
use crate::jobs;
use crate::judge::{self, Work};
use crate::loaded::Loaded;
use crate::project::Project;
use crate::terminal;
use crate::verdict::Verdict;

/// Time for a function's proof unless the user says otherwise.
const DEFAULT_TIME: Duration = Duration::from_secs(180);

/// What judging takes.
pub struct Judging<'a> {
    project: &'a Project,
    args: &'a Proving,
    common: &'a Common,
    cancel: &'a Cancel,
    verdicts: Option<Sealed>,
    events: Option<Events>,
    /// The Lean that was asked, if one was.
    used: Option<Choice>,
    /// Whether what is judged is no part of the project: then its proofs are not kept with that.
    on_trial: bool,
}

impl<'a> Judging<'a> {
    /// Opens the store of verdicts and the log. With `--locked` no earlier verdict is believed.
    ///
    /// # Errors
    /// If the log cannot be made. A store that cannot be opened is a warning.
    pub fn new(
        project: &'a Project,
        args: &'a Proving,
        common: &'a Common,
        cancel: &'a Cancel,
    ) -> Result<Self, Failure> {
        let verdicts = if args.no_cache || args.locked { None } else { open_verdicts(&project.target_folder, common) };
        let events = args.events.as_deref().map(Events::create).transpose()?;
        Ok(Self { project, args, common, cancel, verdicts, events, used: None, on_trial: false })
    }

    /// For what is no part of the project: its proofs are not kept.
    #[must_use]
    pub fn on_trial(self) -> Self {
        Self { on_trial: true, ..self }
    }

    /// The verdicts on the functions chosen of a crate, in the order of the source.
    ///
    /// # Errors
    /// If Lean cannot work at all.
    pub fn judge(&mut self, one: &Loaded<'_>) -> Result<Vec<Verdict>, Failure> {
        let (args, config) = (self.args, &one.krate.config);
        let proofs = self.project.proofs(one.krate, args.proofs.as_deref());
        let lean = match &args.lean {
            Some(said) => Choice::find(Some(said), Path::new(""))?,
            None => Choice::find(config.lean.as_deref(), &one.krate.folder)?,
        };
        let work = Work {
            krate: one.krate,
            target: &self.project.target,
            program: &one.program,
            sources: &one.sources,
            chosen: &one.chosen,
            plain: &one.plain,
            common: self.common,
            lean: &lean,
            jobs: args.jobs.or(config.jobs).unwrap_or_else(jobs::default).max(1),
            accepted: args.keep_lean.as_deref(),
            events: self.events.as_ref(),
            unit_time: args.timeout.or(config.timeout).unwrap_or(DEFAULT_TIME),
            proofs: (!args.no_cache && !self.on_trial).then_some(&proofs),
            locked: args.locked,
            verdicts: self.verdicts.as_ref(),
            cancel: self.cancel,
        };
        let verdicts = judge::judge(&work)?;
        if verdicts.iter().any(|v| v.time_ms > 0) {
            self.used = Some(lean);
        }
        if !self.common.quiet {
            let sealed = self.verdicts.iter().flat_map(Sealed::take_refusals);
            for refusal in proofs.take_refusals().into_iter().chain(sealed) {
                terminal::say(format_args!("warning: {refusal}"));
            }
        }
        Ok(verdicts)
    }

    /// What can wait until everything is said: from here on, one Ctrl-C ends the process.
    pub fn finish(self) {
        if let Some(lean) = self.used.filter(|_| !self.cancel.is_cancelled()) {
            self.cancel.cancel();
            lean.optimise(self.common);
        }
    }
}

fn open_verdicts(target: &Path, common: &Common) -> Option<Sealed> {
    let key = engine::home().ok()?.join("key");
    match Sealed::open(target.join("harmonic").join("verdicts"), &key) {
        Ok(sealed) => Some(sealed),
        Err(e) => {
            if !common.quiet {
                terminal::say(format_args!("warning: verdicts are not kept: {e}"));
            }
            None
        }
    }
}
