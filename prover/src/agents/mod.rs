//! Language-model agents: the last layer, which sees only what all others left open.
//!
//! An agent's answer is a suggestion like any other: a tactic block that has to pass the gate and that Lean judges. Nothing is
//! sent unless the user chose a provider, and what is sent holds neither keys nor folders of the user.

mod answer;
mod anthropic;
mod bench;
mod budget;
mod command;
mod http;
mod openai;
mod premises;
mod prompt;
mod provider;
mod role;
mod settings;
mod sketch;
mod solve;
mod tape;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;

pub use budget::Spent;
pub use http::is_local;
pub use provider::{Answer, Provider, ProviderError, Question, Stop, provider};
pub use role::Role;
pub use settings::{Access, Allowance, Cast, Price, Private, Secret, Settings, Taping};
pub(crate) use solve::run;

use crate::search::lock;
use budget::Budget;
use tape::Tape;

/// Trouble in a row after which nobody is asked any more.
const MOST_TROUBLE: u32 = 3;

/// What an agent was asked and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct AgentEvent {
    /// Kind of event: `agent`.
    pub reason: &'static str,
    /// Path of the function.
    pub function: String,
    /// Number of the obligation.
    pub obligation: usize,
    /// The hole of a sketch that it is about.
    pub hole: Option<String>,
    /// Role.
    pub role: Role,
    /// Name of the provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The tactic block that was answered.
    pub block: Option<String>,
    /// What came of it.
    pub came: Came,
    /// Why: the gate's reason, Lean's messages, the provider's complaint.
    pub message: Option<String>,
    /// Tokens of the prompt, if they were counted.
    pub tokens_in: Option<u64>,
    /// Tokens of the answer, if they were counted.
    pub tokens_out: Option<u64>,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    /// Lean accepted the block for the goal.
    Closed,
    /// Lean accepted the sketch but for its holes.
    Sketched,
    /// A block found without asking, for a hole.
    Filled,
    /// It was proved in another function, whose proof does here, too.
    Known,
    /// The gate refused the block.
    Refused,
    /// Lean did not accept it.
    Failed,
    /// There was no answer.
    NoAnswer,
}

/// The agents of a run.
pub struct Agents {
    settings: Settings,
    providers: BTreeMap<String, Arc<dyn Provider>>,
    budget: Budget,
    tape: Option<Tape>,
    on_event: Box<dyn Fn(&AgentEvent) + Send + Sync>,
    shown: Mutex<Vec<Shown>>,
    /// Proofs that were found, by statement; both without the names of the source.
    found: Mutex<BTreeMap<String, String>>,
    warnings: Mutex<Vec<String>>,
    failure: Mutex<Option<String>>,
    trouble: AtomicU32,
    off: AtomicBool,
}

/// A request that is shown and not sent.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Path of the function.
    pub function: String,
    /// Number of the obligation.
    pub obligation: usize,
    /// The request.
    pub question: Question,
}

/// Why there is nothing more from an agent for an obligation.
#[derive(Debug)]
pub(crate) struct NoMore(pub Option<String>);

impl Agents {
    /// Agents as the settings have them. `on_event` hears of each request.
    pub fn new(settings: Settings, on_event: Box<dyn Fn(&AgentEvent) + Send + Sync>) -> Self {
        let open = |(name, access): (&String, &Access)| (name.clone(), provider(access, &settings));
        let providers = settings.providers.iter().map(open).collect();
        let tape = match &settings.taping {
            Taping::Record(folder) | Taping::Replay(folder) => Some(Tape::new(folder.clone())),
            Taping::Off | Taping::Show => None,
        };
        Self {
            budget: Budget::new(settings.allowance, settings.prices.clone()),
            providers,
            tape,
            settings,
            on_event,
            shown: Mutex::default(),
            found: Mutex::default(),
            warnings: Mutex::default(),
            failure: Mutex::default(),
            trouble: AtomicU32::new(0),
            off: AtomicBool::new(false),
        }
    }

    /// What they spent until now.
    pub fn spent(&self) -> Spent {
        self.budget.spent()
    }

    /// What they may spend.
    pub fn allowance(&self) -> &Allowance {
        self.budget.allowance()
    }

    /// Trouble with providers since this was last asked.
    pub fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.warnings))
    }

    /// Why the run is to fail: a request that was not recorded.
    pub fn failure(&self) -> Option<String> {
        lock(&self.failure).clone()
    }

    /// The requests that would have been sent, where they are only shown.
    pub fn take_shown(&self) -> Vec<Shown> {
        std::mem::take(&mut *lock(&self.shown))
    }

    /// Whether nothing may be told of a function.
    pub fn excludes(&self, function: &str) -> bool {
        self.settings.exclude.iter().any(|part| function.contains(part.as_str()))
    }

    /// Whether requests are only shown: then all obligations have theirs, those of a function that is lost, too.
    pub(crate) fn shows(&self) -> bool {
        self.settings.taping == Taping::Show
    }

    /// Whether no request will be made any more.
    pub(crate) fn is_off(&self) -> bool {
        self.off.load(Ordering::Relaxed) || self.budget.late()
    }

    fn switch_off(&self) {
        self.off.store(true, Ordering::Relaxed);
    }

    fn warn(&self, text: String) {
        let mut warnings = lock(&self.warnings);
        if !warnings.contains(&text) {
            warnings.push(text);
        }
    }

    /// A text without what is the user's alone.
    fn redacted(&self, text: &str) -> String {
        self.settings.private.redacted(text)
    }

    /// Who plays a role.
    fn cast(&self, role: Role) -> Cast {
        let nobody = || Cast { provider: "none".into(), model: String::new(), temperature: None };
        self.settings.roles.get(&role).cloned().unwrap_or_else(nobody)
    }

    /// Asks for an answer; `round` is how often all was tried before.
    pub(crate) fn ask(
        &self,
        role: Role,
        round: usize,
        user: &str,
        goal: (&str, usize),
        stop: Stop<'_>,
    ) -> Result<Answer, NoMore> {
        let cast = self.cast(role);
        // What failed is not tried again in the same way.
        let risen =
            |t: f64| ((t + 0.2 * f64::from(u32::try_from(round).unwrap_or(9))).min(1.0) * 100.0).round() / 100.0;
        let question = Question {
            role,
            model: cast.model,
            temperature: cast.temperature.map(risen),
            max_tokens: self.settings.max_tokens,
            system: role::SYSTEM.trim().to_owned(),
            user: self.redacted(user.trim()),
        };
        if self.settings.taping == Taping::Show {
            let shown = Shown { function: goal.0.to_owned(), obligation: goal.1, question };
            lock(&self.shown).push(shown);
            return Err(NoMore(None));
        }
        if self.is_off() || stop() {
            return Err(NoMore(None));
        }
        let held = self.budget.hold(&question).map_err(|bound| {
            self.switch_off();
            NoMore(Some(format!("no {bound} left of the budget")))
        })?;
        let result = self.answer(&cast.provider, &question, stop);
        self.budget.settle(held, &question, result.as_ref().ok());
        result
    }

    fn answer(&self, provider: &str, question: &Question, stop: Stop<'_>) -> Result<Answer, NoMore> {
        if let (Taping::Replay(_), Some(tape)) = (&self.settings.taping, &self.tape) {
            return tape.replay(question).map_err(|why| {
                self.switch_off();
                lock(&self.failure).get_or_insert(why.clone());
                NoMore(Some(why))
            });
        }
        let Some(asked) = self.providers.get(provider) else {
            self.switch_off();
            return Err(NoMore(Some(format!("there is no provider `{provider}`"))));
        };
        let any = || stop() || self.budget.late();
        match asked.ask(question, &any) {
            Ok(answer) => {
                self.trouble.store(0, Ordering::Relaxed);
                let answer = Answer { text: self.redacted(&answer.text), ..answer };
                if let Some(Err(e)) = self.tape.as_ref().map(|tape| tape.record(question, &answer)) {
                    self.warn(format!("an exchange was not recorded: {e}"));
                }
                Ok(answer)
            }
            Err(ProviderError::Stopped) => Err(NoMore(None)),
            Err(error) => {
                // A server may repeat what it was sent.
                let why = self.redacted(&format!("`{provider}`: {error}"));
                let lasting = matches!(error, ProviderError::Refused(_));
                if lasting || self.trouble.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_TROUBLE {
                    self.switch_off();
                    self.warn(format!("agents are asked no more: {why}"));
                } else {
                    self.warn(why.clone());
                }
                Err(NoMore(Some(why)))
            }
        }
    }

    /// The proof of a statement that is the same but for its names.
    fn found(&self, key: &str) -> Option<String> {
        lock(&self.found).get(key).cloned()
    }

    fn keep(&self, key: String, proof: String) {
        lock(&self.found).insert(key, proof);
    }

    pub(crate) fn tell(&self, event: &AgentEvent) {
        (self.on_event)(event);
    }
}
