//! Configuration: `[workspace.metadata.harmonic]` and `[package.metadata.harmonic]`, the package's winning.

use std::time::Duration;

use serde_json::Value;

use crate::agents_config::AgentsConfig;
use crate::failure::Failure;

/// Every key, with its type as error messages name it.
const KEYS: &[(&str, &str)] = &[
    ("timeout", "a positive number of seconds"),
    ("jobs", "a positive integer"),
    ("allow-trusted", "a boolean"),
    ("proofs", "a path"),
    ("lean", "`wasm`, `native` or the path of a Lean"),
    ("agents", "a table"),
];

/// What the manifest says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Time for a function (`--timeout`).
    pub timeout: Option<Duration>,
    /// Leans at a time (`--jobs`).
    pub jobs: Option<usize>,
    /// Whether trusted functions leave the run a success.
    pub allow_trusted: Option<bool>,
    /// Folder of found proofs, relative to the package.
    pub proofs: Option<String>,
    /// Which engine.
    pub lean: Option<String>,
    /// Who may be asked for proofs.
    pub agents: Option<AgentsConfig>,
}

impl Config {
    /// Reads one table.
    ///
    /// # Errors
    /// An unknown key (with the nearest valid one) or a value of the wrong type.
    pub fn read(metadata: &Value, table: &str) -> Result<Self, Failure> {
        let mut config = Self::default();
        let map = match metadata.get("harmonic") {
            None => return Ok(config),
            Some(Value::Object(map)) => map,
            Some(_) => return Err(Failure::new(format!("`{table}` must be a table"))),
        };
        for (key, value) in map {
            let Some((_, kind)) = KEYS.iter().find(|(k, _)| k == key) else {
                let nearest = KEYS.iter().map(|(k, _)| (strsim::damerau_levenshtein(k, key), *k)).min();
                let failure = Failure::new(format!("unknown key `{key}` in `{table}`"));
                return Err(match nearest {
                    Some((distance, k)) if distance <= 3 => failure.help(format!("did you mean `{k}`?")),
                    _ => failure
                        .help(format!("the keys are {}", KEYS.iter().map(|(k, _)| *k).collect::<Vec<_>>().join(", "))),
                });
            };
            let wrong = || Failure::new(format!("`{key}` in `{table}` must be {kind}, not `{value}`"));
            match key.as_str() {
                "timeout" => {
                    let seconds = value.as_f64().ok_or_else(wrong)?;
                    let time = Duration::try_from_secs_f64(seconds).ok().filter(|t| !t.is_zero()).ok_or_else(wrong)?;
                    config.timeout = Some(time);
                }
                "jobs" => {
                    let jobs =
                        value.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0).ok_or_else(wrong)?;
                    config.jobs = Some(jobs);
                }
                "allow-trusted" => config.allow_trusted = Some(value.as_bool().ok_or_else(wrong)?),
                "agents" => config.agents = Some(AgentsConfig::read(value, table)?),
                "proofs" => config.proofs = Some(value.as_str().ok_or_else(wrong)?.to_owned()),
                _ => config.lean = Some(value.as_str().ok_or_else(wrong)?.to_owned()),
            }
        }
        Ok(config)
    }
    /// This table over that of the workspace.
    #[must_use]
    pub fn over(self, below: &Self) -> Self {
        Self {
            timeout: self.timeout.or(below.timeout),
            jobs: self.jobs.or(below.jobs),
            allow_trusted: self.allow_trusted.or(below.allow_trusted),
            proofs: self.proofs.or_else(|| below.proofs.clone()),
            lean: self.lean.or_else(|| below.lean.clone()),
            agents: match (self.agents, below.agents.clone()) {
                (Some(own), Some(below)) => Some(own.over(below)),
                (own, below) => own.or(below),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_are_read_and_laid_over_each_other() {
        let below = Config::read(&json!({"harmonic": {"timeout": 5, "jobs": 2}}), "w").expect("good");
        let above = Config::read(&json!({"harmonic": {"timeout": 1.5, "allow-trusted": true}}), "p").expect("good");
        let both = above.over(&below);
        assert_eq!(
            (both.timeout, both.jobs, both.allow_trusted),
            (Some(Duration::from_millis(1500)), Some(2), Some(true))
        );
        assert_eq!(Config::read(&json!(null), "w").expect("good"), Config::default());
    }
    #[test]
    fn wrong_keys_and_types_are_named() {
        let bad = |v: Value| Config::read(&v, "package.metadata.harmonic").expect_err("bad");
        let unknown = bad(json!({"harmonic": {"timeuot": 5}}));
        assert!(unknown.message.contains("timeuot") && unknown.help.as_deref() == Some("did you mean `timeout`?"));
        assert!(bad(json!({"harmonic": {"zzzzzzzzzz": 5}})).help.expect("help").contains("allow-trusted"));
        for wrong in [
            json!({"timeout": "x"}),
            json!({"timeout": 0}),
            json!({"jobs": -1}),
            json!({"jobs": 0}),
            json!({"allow-trusted": 1}),
            json!({"proofs": 3}),
            json!({"lean": []}),
        ] {
            assert!(bad(json!({"harmonic": wrong})).message.contains("must be"));
        }
        assert!(bad(json!({"harmonic": 3})).message.contains("table"));
    }
}
