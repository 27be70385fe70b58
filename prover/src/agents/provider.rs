//! Who can be asked: one trait, three ways.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::anthropic::Anthropic;
use super::command::Command;
use super::http::Http;
use super::openai::OpenAi;
use super::role::Role;
use super::settings::{Access, Settings};

/// A request as all providers have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked for.
    pub role: Role,
    /// Who is to answer, as the provider names it.
    pub model: String,
    /// How much the answer may vary.
    pub temperature: Option<f64>,
    /// Longest answer.
    pub max_tokens: u64,
    /// What holds for all requests.
    pub system: String,
    /// The request.
    pub user: String,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Tokens of the prompt, as the provider counts them.
    pub tokens_in: Option<u64>,
    /// Tokens of the answer.
    pub tokens_out: Option<u64>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Nobody wants it any more.
    #[error("stopped")]
    Stopped,
    /// No request of this kind will be answered: a wrong key, an unknown model, a program that is not there.
    #[error("{0}")]
    Refused(String),
    /// Trouble on the way, for all that was tried.
    #[error("{0}")]
    Failed(String),
}

/// Whether an answer is still wanted.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// Answers requests.
pub trait Provider: Send + Sync {
    /// Asks, and waits for the answer as long as `stop` is false.
    ///
    /// # Errors
    /// [`ProviderError`]; trouble that may pass was met with patience before.
    fn ask(&self, question: &Question, stop: Stop<'_>) -> Result<Answer, ProviderError>;
}

/// Longest answer that is read, in bytes.
pub(super) const MAX_ANSWER: u64 = 1 << 20;

/// A provider as the settings have it.
pub fn provider(access: &Access, settings: &Settings) -> Arc<dyn Provider> {
    match access {
        Access::OpenAi { url, key } => Arc::new(Http::new(OpenAi::new(url, key.clone()), url, settings)),
        Access::Anthropic { url, key } => Arc::new(Http::new(Anthropic::new(key.clone()), url, settings)),
        Access::Command(words) => Arc::new(Command::new(words.clone(), settings.timeout)),
    }
}
