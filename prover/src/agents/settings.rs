//! What the user chose: who is asked, in which role, and how much it may cost.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::role::Role;

/// A key, which no text of this program shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A key, without the spaces and line ends that come with it from a file.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
    /// The key itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What is the user's alone, each with what stands in its place.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Private(Vec<(String, String)>);

impl Private {
    /// These, longest first; what is too short to be anybody's is left out.
    pub fn new(mut words: Vec<(String, String)>) -> Self {
        words.retain(|(what, _)| what.len() > 3);
        words.sort_by_key(|(what, _)| std::cmp::Reverse(what.len()));
        words.dedup();
        Self(words)
    }
    /// These and one more.
    #[must_use]
    pub fn and(self, what: &str, instead: &str) -> Self {
        let mut words = self.0;
        words.push((what.to_owned(), instead.to_owned()));
        Self::new(words)
    }
    /// A text without them.
    pub fn redacted(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (what, instead)| text.replace(what, instead))
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Private({})", self.0.len())
    }
}

/// How a provider is reached.
#[derive(Clone, Debug)]
pub enum Access {
    /// OpenAI-compatible chat completions below this URL (which ends in `/v1` as a rule).
    OpenAi {
        /// The base.
        url: String,
        /// Local servers need none.
        key: Option<Secret>,
    },
    /// Anthropic messages below this URL.
    Anthropic {
        /// The base.
        url: String,
        /// The key.
        key: Option<Secret>,
    },
    /// A program with its arguments: the prompt on its standard input, the answer on its standard output.
    Command(Vec<String>),
}

/// Who plays a role.
#[derive(Clone, Debug, PartialEq)]
pub struct Cast {
    /// Name of the provider.
    pub provider: String,
    /// The model, as the provider names it; may be empty for a command.
    pub model: String,
    /// What it begins with; it rises with failure. Without one, none is sent.
    pub temperature: Option<f64>,
}

/// What a model costs, for a million tokens each, in any currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Price {
    /// Of the prompt.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
}

/// What may be spent in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Allowance {
    /// Tokens of prompts and answers.
    pub tokens: Option<u64>,
    /// Money, in the currency of the prices.
    pub cost: Option<f64>,
    /// Time from the first request on.
    pub time: Option<Duration>,
}

/// What becomes of the exchanges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Taping {
    /// They are forgotten.
    #[default]
    Off,
    /// They are written to this folder.
    Record(PathBuf),
    /// They come from this folder, and nothing is sent.
    Replay(PathBuf),
    /// Requests are collected to be shown, and nothing is sent.
    Show,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Those who can be asked, by name.
    pub providers: BTreeMap<String, Access>,
    /// Who is asked in each role.
    pub roles: BTreeMap<Role, Cast>,
    /// Most requests for one obligation.
    pub requests: usize,
    /// Longest answer, in tokens.
    pub max_tokens: u64,
    /// Time for one answer.
    pub timeout: Duration,
    /// How often a request is sent again after trouble on the way.
    pub retries: u32,
    /// First pause before that; it doubles, and is cut by chance.
    pub pause: Duration,
    /// What may be spent.
    pub allowance: Allowance,
    /// Costs, by model.
    pub prices: BTreeMap<String, Price>,
    /// Parts of paths of functions of which nothing is told to anybody.
    pub exclude: Vec<String>,
    /// Record, replay, or neither.
    pub taping: Taping,
    /// What is never sent nor recorded: folders of the user, keys.
    pub private: Private,
}

impl Settings {
    /// Settings in which nobody is asked.
    pub fn none() -> Self {
        Self {
            providers: BTreeMap::new(),
            roles: BTreeMap::new(),
            requests: 12,
            max_tokens: 4096,
            timeout: Duration::from_secs(300),
            retries: 3,
            pause: Duration::from_millis(500),
            allowance: Allowance::default(),
            prices: BTreeMap::new(),
            exclude: Vec::new(),
            taping: Taping::Off,
            private: Private::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_is_cut_out_and_not_shown() {
        let word = |what: &str, instead: &str| (what.to_owned(), instead.to_owned());
        let private = Private::new(vec![word("/home/ann", "~"), word("", "?"), word("/", "?")]);
        let private = private.and("/home/ann/project", ".").and("sk-secret", "[key]");
        let text = "/home/ann/project/src and /home/ann/other: sk-secret / 2";
        assert_eq!(private.redacted(text), "./src and ~/other: [key] / 2");
        let settings = Settings {
            private,
            providers: BTreeMap::from([(
                "a".to_owned(),
                Access::Anthropic { url: "u".into(), key: Some(Secret::new("sk-secret")) },
            )]),
            ..Settings::none()
        };
        let shown = format!("{settings:?}");
        assert!(!shown.contains("sk-secret") && !shown.contains("ann"), "{shown}");
    }
}
