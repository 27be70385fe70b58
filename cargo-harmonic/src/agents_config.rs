//! `[workspace.metadata.harmonic.agents]`: who may be asked for proofs, and how much that may cost.

use std::collections::BTreeMap;

use harmonic_prover::agents::{Price, Role};
use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;

/// The table.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct AgentsConfig {
    /// Who is asked where a role says nothing else. Without it, nobody is.
    pub provider: Option<String>,
    pub model: Option<String>,
    pub temperature: Option<f64>,
    /// Most requests for one obligation.
    pub requests: Option<usize>,
    pub max_tokens: Option<u64>,
    /// Seconds for one answer.
    pub timeout: Option<f64>,
    pub retries: Option<u32>,
    pub budget_tokens: Option<u64>,
    pub budget_cost: Option<f64>,
    pub budget_time: Option<f64>,
    /// Parts of paths of functions of which nothing is told.
    #[serde(default)]
    pub exclude: Vec<String>,
    #[serde(default)]
    pub providers: BTreeMap<String, ProviderConfig>,
    #[serde(default)]
    pub roles: BTreeMap<Role, RoleConfig>,
    #[serde(default)]
    pub prices: BTreeMap<String, PriceConfig>,
}

/// What a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Kind {
    OpenAi,
    Anthropic,
    Command,
}

/// A provider.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct ProviderConfig {
    pub kind: Kind,
    pub url: Option<String>,
    pub model: Option<String>,
    /// The variable that holds the key.
    pub key_env: Option<String>,
    /// The program and its arguments.
    pub command: Option<Vec<String>>,
}

/// Who plays a role.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct RoleConfig {
    pub provider: Option<String>,
    pub model: Option<String>,
    pub temperature: Option<f64>,
}

/// What a million tokens of a model cost.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PriceConfig {
    pub input: f64,
    pub output: f64,
}

impl AgentsConfig {
    /// Reads the table.
    ///
    /// # Errors
    /// An unknown key or a value of the wrong type or size.
    pub fn read(value: &Value, table: &str) -> Result<Self, Failure> {
        let config: Self =
            serde_json::from_value(value.clone()).map_err(|e| Failure::new(format!("`agents` in `{table}`: {e}")))?;
        let wrong = |key: &str, why: &str| Err(Failure::new(format!("`agents.{key}` in `{table}` {why}")));
        for (name, provider) in &config.providers {
            let key = format!("providers.{name}");
            let command = provider.command.as_ref().is_some_and(|words| !words.is_empty());
            match provider.kind {
                Kind::Command if !command => return wrong(&key, "needs a `command`: a program and its arguments"),
                Kind::Command if provider.url.is_some() || provider.key_env.is_some() => {
                    return wrong(&key, "is a command, which has no `url` and no `key-env`");
                }
                Kind::OpenAi | Kind::Anthropic if provider.command.is_some() => {
                    return wrong(&key, "has a `command`, and its `kind` is another");
                }
                _ => {}
            }
            let http = |url: &String| url.starts_with("http://") || url.starts_with("https://");
            if provider.url.as_ref().is_some_and(|url| !http(url)) {
                return wrong(&key, "has a `url` that begins neither with `https://` nor with `http://`");
            }
        }
        let temperatures = config.roles.values().map(|r| r.temperature).chain([config.temperature]).flatten();
        if temperatures.into_iter().any(|t| !(0.0..=2.0).contains(&t)) {
            return wrong("temperature", "is not between 0 and 2");
        }
        let numbers =
            [("timeout", config.timeout), ("budget-cost", config.budget_cost), ("budget-time", config.budget_time)];
        for (key, number) in numbers {
            if number.is_some_and(|n| !(n.is_finite() && n > 0.0 && n < 1e9)) {
                return wrong(key, "is not a positive number");
            }
        }
        let prices = config.prices.values().flat_map(|p| [p.input, p.output]);
        if prices.into_iter().any(|p| !(p.is_finite() && p >= 0.0)) {
            return wrong("prices", "has a price that is none");
        }
        Ok(config)
    }

    /// Costs, by model.
    pub fn prices(&self) -> BTreeMap<String, Price> {
        self.prices.iter().map(|(m, p)| (m.clone(), Price { input: p.input, output: p.output })).collect()
    }

    /// This table over that of the workspace.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            provider: self.provider.or(below.provider),
            model: self.model.or(below.model),
            temperature: self.temperature.or(below.temperature),
            requests: self.requests.or(below.requests),
            max_tokens: self.max_tokens.or(below.max_tokens),
            timeout: self.timeout.or(below.timeout),
            retries: self.retries.or(below.retries),
            budget_tokens: self.budget_tokens.or(below.budget_tokens),
            budget_cost: self.budget_cost.or(below.budget_cost),
            budget_time: self.budget_time.or(below.budget_time),
            exclude: [below.exclude, self.exclude].concat(),
            providers: below.providers.into_iter().chain(self.providers).collect(),
            roles: below.roles.into_iter().chain(self.roles).collect(),
            prices: below.prices.into_iter().chain(self.prices).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_are_read_and_laid_over_each_other() {
        let read = |value: Value| AgentsConfig::read(&value, "t").expect("good");
        let below = read(json!({
            "provider": "a", "budget-tokens": 5, "exclude": ["x"],
            "providers": {"a": {"kind": "openai", "url": "http://localhost:1/v1", "model": "m"}},
        }));
        let above = read(json!({
            "provider": "b", "exclude": ["y"],
            "providers": {"b": {"kind": "command", "command": ["model"]}},
            "roles": {"closer": {"temperature": 0.5}},
            "prices": {"m": {"input": 1, "output": 2.5}},
        }));
        let both = above.over(below);
        assert_eq!((both.provider.as_deref(), both.budget_tokens), (Some("b"), Some(5)));
        assert_eq!((both.providers.len(), both.exclude), (2, vec!["x".to_owned(), "y".to_owned()]));
    }

    #[test]
    fn wrong_tables_are_refused() {
        for (wrong, why) in [
            (json!({"providr": "a"}), "providr"),
            (json!({"roles": {"poet": {}}}), "poet"),
            (json!({"providers": {"a": {"kind": "telepathy"}}}), "telepathy"),
            (json!({"providers": {"a": {"kind": "command"}}}), "needs a `command`"),
            (json!({"providers": {"a": {"kind": "command", "command": ["x"], "url": "http://x"}}}), "no `url`"),
            (json!({"providers": {"a": {"kind": "openai", "command": ["x"]}}}), "another"),
            (json!({"providers": {"a": {"kind": "openai", "url": "file:///etc"}}}), "https://"),
            (json!({"temperature": 3}), "between 0 and 2"),
            (json!({"budget-cost": -1}), "positive"),
            (json!({"prices": {"m": {"input": -1, "output": 1}}}), "none"),
            (json!(3), "agents"),
        ] {
            let failure = AgentsConfig::read(&wrong, "t").expect_err(why);
            assert!(failure.message.contains(why), "{wrong}: {}", failure.message);
        }
    }
}
