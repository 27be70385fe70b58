//! What judging takes, opened once for all crates of a run: the stores, the log of attempts, the Lean that was chosen.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harmonic_lean::Cancel;
use harmonic_prover::agents::{Agents, Settings, Shown, Spent, Taping};
use harmonic_prover::store::Sealed;

use crate::agents;
use crate::cli::{Common, Proving};
use crate::engine::{self, Choice};
use crate::events::Events;
use crate::failure::Failure;
use crate::jobs;
use crate::judge::{self, Work};
use crate::learning::Learning;
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
    events: Option<Arc<Events>>,
    agents: Option<Agents>,
    learning: Option<Learning>,
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
        Self::with(project, args, common, cancel, verdicts, events)
    }

    /// Believes no earlier verdict, which does not say how it came about, and remembers attempts.
    ///
    /// # Errors
    /// As [`Judging::new`].
    pub fn remembering(
        project: &'a Project,
        args: &'a Proving,
        common: &'a Common,
        cancel: &'a Cancel,
    ) -> Result<Self, Failure> {
        let events = args.events.as_deref().map(Events::create).transpose()?.unwrap_or_default();
        Self::with(project, args, common, cancel, None, Some(events.remembered()))
    }

    fn with(
        project: &'a Project,
        args: &'a Proving,
        common: &'a Common,
        cancel: &'a Cancel,
        verdicts: Option<Sealed>,
        events: Option<Events>,
    ) -> Result<Self, Failure> {
        let events = events.map(Arc::new);
        let agents = agents_of(project, args, common)?.map(|settings| asked(settings, events.clone()));
        let learning = learning_of(project, args, common);
        Ok(Self { project, args, common, cancel, verdicts, events, agents, learning, used: None, on_trial: false })
    }

    /// Collects what agents would be sent, and sends nothing.
    ///
    /// # Errors
    /// As [`Judging::new`].
    pub fn showing_prompts(self) -> Result<Self, Failure> {
        let settings = agents_of(self.project, self.args, self.common)?.unwrap_or_else(Settings::none);
        let agents = Some(asked(Settings { taping: Taping::Show, ..settings }, None));
        Ok(Self { agents, ..self })
    }

    /// Takes the attempts that are remembered, each a JSON object.
    pub fn take_events(&self) -> Vec<String> {
        self.events.as_ref().map(|events| events.take()).unwrap_or_default()
    }

    /// What agents would have been sent for the crate that was judged last.
    pub fn take_shown(&self) -> Vec<Shown> {
        let mut shown = self.agents.as_ref().map(Agents::take_shown).unwrap_or_default();
        shown.sort_by(|a, b| (&a.function, a.obligation).cmp(&(&b.function, b.obligation)));
        shown
    }

    /// What agents came to; nothing if nobody was asked.
    pub fn spent(&self) -> Option<Spent> {
        let spent = self.agents.as_ref()?.spent();
        (spent.requests > 0 || spent.exhausted.is_some()).then_some(spent)
    }

    /// For what is no part of the project: its proofs are not kept.
    #[must_use]
    pub fn on_trial(self) -> Self {
        Self { on_trial: true, ..self.without_agents() }
    }

    /// Nobody is asked.
    #[must_use]
    pub fn without_agents(self) -> Self {
        Self { agents: None, ..self }
    }

    /// The verdicts on the functions chosen of a crate, in the order of the source.
    ///
    /// # Errors
    /// If Lean cannot work at all.
    pub fn judge(&mut self, one: &Loaded<'_>) -> Result<Vec<Verdict>, Failure> {
        self.judge_in(one, None)
    }

    /// The same with so many stages of the portfolio, the cheapest first.
    ///
    /// # Errors
    /// As [`Judging::judge`].
    pub fn judge_in(&mut self, one: &Loaded<'_>, stages: Option<u8>) -> Result<Vec<Verdict>, Failure> {
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
            inferred: &one.inferred,
            common: self.common,
            lean: &lean,
            jobs: args.jobs.or(config.jobs).unwrap_or_else(jobs::default).max(1),
            accepted: args.keep_lean.as_deref(),
            events: self.events.as_deref(),
            agents: self.agents.as_ref(),
            unit_time: args.timeout.or(config.timeout).unwrap_or(DEFAULT_TIME),
            proofs: (!args.no_cache && !self.on_trial).then_some(&proofs),
            locked: args.locked,
            stages,
            policy: self.learning.as_ref().map(Learning::policy),
            verdicts: self.verdicts.as_ref(),
            cancel: self.cancel,
        };
        let verdicts = judge::judge(&work)?;
        if verdicts.iter().any(|v| v.time_ms > 0) {
            self.used = Some(lean);
        }
        if let Some(agents) = &self.agents {
            if !self.common.quiet {
                agents.take_warnings().iter().for_each(|w| terminal::say(format_args!("warning: {w}")));
            }
            if let Some(why) = agents.failure() {
                return Err(Failure::new(why).help("record the run again with `--record`"));
            }
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
        if let Some(Err(e)) = self.learning.as_ref().map(Learning::save)
            && !self.common.quiet
        {
            terminal::say(format_args!("warning: what was learnt is not kept: {e}"));
        }
        if let (Some(spent), Some(agents), false) = (self.spent(), &self.agents, self.common.quiet) {
            terminal::say(agents::summary(&spent, agents.allowance()));
        }
        if let Some(lean) = self.used.filter(|_| !self.cancel.is_cancelled()) {
            self.cancel.cancel();
            lean.optimise(self.common);
        }
    }
}

fn asked(settings: Settings, events: Option<Arc<Events>>) -> Agents {
    Agents::new(settings, Box::new(move |event| events.iter().for_each(|e| e.write(event))))
}

/// The agents of a run, which share one budget.
fn agents_of(project: &Project, args: &Proving, common: &Common) -> Result<Option<Settings>, Failure> {
    let mut configs = project.crates.iter().map(|krate| krate.config.agents.as_ref());
    let config = configs.next().flatten();
    let switched_off = args.agents.provider.as_deref() == Some("none") || args.locked;
    if !switched_off && configs.any(|other| other != config) {
        return Err(Failure::new("packages have different `agents` tables")
            .help("choose one with `--package`, or move the table to `[workspace.metadata.harmonic]`"));
    }
    let env = |name: &str| std::env::var(name).ok();
    match agents::choose(&args.agents, config, args.locked, common.offline, &env, &project.root)? {
        agents::Choice::On(settings) => Ok(Some(*settings)),
        agents::Choice::Off(why) => {
            if let Some(why) = why.filter(|_| !common.quiet) {
                terminal::say(format_args!("warning: {why}"));
            }
            Ok(None)
        }
    }
}

/// In which order proofs are tried; `None`: in a fixed one.
fn learning_of(project: &Project, args: &Proving, common: &Common) -> Option<Learning> {
    let none = args.policy.as_deref() == Some(Path::new("none"));
    if none || args.locked {
        return None;
    }
    let own = || (!args.no_cache).then(|| project.target_folder.join("harmonic").join("policy"));
    let file = args.policy.clone().or_else(own);
    Some(file.map_or_else(Learning::shipped, |file| {
        Learning::open(file).unwrap_or_else(|why| {
            // It only says in which order proofs are tried.
            if !common.quiet {
                terminal::say(format_args!("warning: {why}; what ships with the tool is used instead"));
            }
            Learning::shipped()
        })
    }))
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
