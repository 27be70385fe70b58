//! Which agents a run has: what the manifest, the command line and the environment say together.
//!
//! A key in the environment alone asks nobody. A manifest may come from a stranger, so what it says without `--provider` neither
//! runs a program nor sends a key to an address that the user did not choose.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use harmonic_prover::agents::{
    Access, Allowance, Cast, Price, Private, Role, Secret, Settings, Shown, Spent, Taping, is_local,
};

use crate::agents_config::{AgentsConfig, Kind, ProviderConfig};
use crate::cli::Agents as Args;
use crate::failure::Failure;

/// What there is to say of agents before a run.
#[derive(Debug)]
pub enum Choice {
    /// Nobody is asked; there may be a reason that the user wants to know.
    Off(Option<String>),
    /// These are.
    On(Box<Settings>),
}

/// The words of the environment.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Providers that need no table.
const KNOWN: [&str; 3] = ["openai", "anthropic", "ollama"];

/// Reads all that is said of agents.
///
/// # Errors
/// What contradicts itself, or names what is not there.
pub fn choose(
    args: &Args,
    config: Option<&AgentsConfig>,
    locked: bool,
    offline: bool,
    env: Env<'_>,
    root: &Path,
) -> Result<Choice, Failure> {
    let nothing = AgentsConfig::default();
    let config = config.unwrap_or(&nothing);
    let by_user = args.provider.is_some();
    let wanted = args.provider.as_ref().or(config.provider.as_ref());
    let in_roles = config.roles.values().any(|r| r.provider.is_some());
    let taping = match (&args.record, &args.replay) {
        (Some(folder), _) => Taping::Record(folder.clone()),
        (None, Some(folder)) => Taping::Replay(folder.clone()),
        (None, None) => Taping::Off,
    };
    let replays = matches!(taping, Taping::Replay(_));
    if locked || wanted.is_some_and(|name| name == "none") || (wanted.is_none() && !in_roles) {
        if wanted.is_none() && !in_roles && taping != Taping::Off && !locked {
            return Err(Failure::new("`--record` and `--replay` need agents").help("name a provider with `--provider`"));
        }
        return Ok(Choice::Off(None));
    }
    if offline && !replays {
        return match by_user {
            true => Err(Failure::new("`--provider` with `--offline`: agents need the network")),
            false => Ok(Choice::Off(Some("agents are not asked: `--offline`".into()))),
        };
    }
    let mut settings = Settings {
        requests: config.requests.unwrap_or(12),
        max_tokens: config.max_tokens.unwrap_or(4096).max(1),
        timeout: Duration::from_secs_f64(config.timeout.unwrap_or(300.0)),
        retries: config.retries.unwrap_or(3),
        allowance: Allowance {
            tokens: args.budget_tokens.or(config.budget_tokens),
            cost: args.budget_cost.or(config.budget_cost),
            time: args.budget_time.or(config.budget_time.map(Duration::from_secs_f64)),
        },
        prices: config.prices(),
        exclude: config.exclude.clone(),
        taping,
        private: private(env, root),
        ..Settings::none()
    };
    for role in Role::ALL {
        let own = config.roles.get(&role);
        // What the user says now goes before what a table says of roles.
        let name = match (&args.provider, own.and_then(|r| r.provider.as_ref()), &config.provider) {
            (Some(name), ..) | (None, Some(name), _) | (None, None, Some(name)) => name.clone(),
            (None, None, None) => {
                return Err(Failure::new(format!("no provider for the role `{}`", role.name()))
                    .help("`provider` in the table `agents` is the one for all roles that name none"));
            }
        };
        let table = config.providers.get(&name);
        if !settings.providers.contains_key(&name) {
            match access(&name, table, by_user, replays, env)? {
                Ok(access) => {
                    if let Access::OpenAi { key: Some(key), .. } | Access::Anthropic { key: Some(key), .. } = &access {
                        settings.private = settings.private.and(key.reveal(), "[key]");
                    }
                    settings.providers.insert(name.clone(), access);
                }
                Err(why) => return Ok(Choice::Off(Some(format!("agents are not asked: {why}")))),
            }
        }
        let of_role = own.filter(|r| !by_user || r.provider.as_ref() == Some(&name));
        let model = args.model.clone().or_else(|| of_role.and_then(|r| r.model.clone()));
        let model = model.or_else(|| table.and_then(|t| t.model.clone())).or_else(|| config.model.clone());
        let is_command = table.is_some_and(|t| t.kind == Kind::Command);
        let Some(model) = model.or_else(|| is_command.then(String::new)) else {
            return Err(Failure::new(format!("no model for the provider `{name}`")).help("name one with `--model`"));
        };
        let temperature = own.and_then(|r| r.temperature).or(config.temperature);
        if settings.allowance.cost.is_some() && !settings.prices.contains_key(&model) {
            return Err(Failure::new(format!("a budget for costs, and no price of the model `{model}`"))
                .help("add it to the table `agents.prices`"));
        }
        settings.roles.insert(role, Cast { provider: name, model, temperature });
    }
    Ok(Choice::On(Box::new(settings)))
}

/// How a provider is reached, or why it is not without the user's word.
fn access(
    name: &str,
    table: Option<&ProviderConfig>,
    by_user: bool,
    replays: bool,
    env: Env<'_>,
) -> Result<Result<Access, String>, Failure> {
    let kind = match (table, name) {
        (Some(table), _) => table.kind,
        (None, "openai" | "ollama") => Kind::OpenAi,
        (None, "anthropic") => Kind::Anthropic,
        (None, _) => {
            return Err(Failure::new(format!("there is no provider `{name}`")).help(format!(
                "the table `agents.providers` names providers; {} are known without one",
                KNOWN.map(|k| format!("`{k}`")).join(", ")
            )));
        }
    };
    if kind == Kind::Command {
        let words = table.and_then(|t| t.command.clone()).unwrap_or_default();
        return Ok(match by_user || replays {
            true => Ok(Access::Command(words)),
            false => Err(format!("`{name}` is a program of the manifest, which runs with `--provider {name}` alone")),
        });
    }
    let ollama = table.is_none() && name == "ollama";
    let (variable, standard, key_variable) = match kind {
        Kind::Anthropic => ("ANTHROPIC_BASE_URL", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
        _ => ("OPENAI_BASE_URL", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    };
    let in_table = table.and_then(|t| t.url.clone());
    let url = match (&in_table, ollama) {
        (Some(url), _) => url.clone(),
        (None, true) => ollama_url(env("OLLAMA_HOST").as_deref()),
        (None, false) => env(variable).unwrap_or_else(|| standard.to_owned()),
    };
    let local = is_local(&url);
    let own_variable = table.and_then(|t| t.key_env.as_deref()).filter(|own| *own != key_variable);
    let key = match ollama || replays {
        true => None,
        false => {
            env(own_variable.unwrap_or(key_variable)).filter(|key| !key.trim().is_empty()).map(|k| Secret::new(&k))
        }
    };
    // A manifest must not decide alone which of the user's secrets goes where.
    let foreign = (in_table.is_some() && !local) || own_variable.is_some();
    if foreign && !by_user && key.is_some() {
        return Ok(Err(format!(
            "the manifest names where a key goes or which; that is done with `--provider {name}` alone"
        )));
    }
    if key.is_some() && url.starts_with("http://") && !local {
        return Err(Failure::new(format!("`{name}`: a key would go unencrypted to {url}")).help("use `https://`"));
    }
    if key.is_none() && !local && !replays && in_table.is_none() {
        return Err(Failure::new(format!("no key for the provider `{name}`"))
            .help(format!("set {} in the environment", own_variable.unwrap_or(key_variable))));
    }
    Ok(Ok(match kind {
        Kind::Anthropic => Access::Anthropic { url, key },
        _ => Access::OpenAi { url, key },
    }))
}

/// The URL of an Ollama, whose variable is also what it listens on.
fn ollama_url(host: Option<&str>) -> String {
    let host = host.map(str::trim).filter(|h| !h.is_empty()).unwrap_or("127.0.0.1:11434");
    let (scheme, rest) = host.split_once("://").unwrap_or(("http", host));
    let rest = rest.trim_end_matches('/').replace("0.0.0.0", "127.0.0.1");
    let port = if rest.contains(':') { "" } else { ":11434" };
    format!("{scheme}://{rest}{port}/v1")
}

/// What is never sent nor written down: the user's folders and keys.
fn private(env: Env<'_>, root: &Path) -> Private {
    let mut out: Vec<(String, String)> = vec![(root.display().to_string(), ".".into())];
    for home in ["HOME", "USERPROFILE"].into_iter().filter_map(env) {
        out.push((home, "~".into()));
    }
    for key in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"].into_iter().filter_map(env) {
        out.push((key.trim().to_owned(), "[key]".into()));
    }
    Private::new(out)
}

/// What agents came to, for people.
pub fn summary(spent: &Spent, allowance: &Allowance) -> String {
    let of = |most: Option<String>| most.map(|m| format!(" of {m}")).unwrap_or_default();
    let tokens = format!(
        "{} tokens{} ({} in, {} out)",
        spent.tokens_in + spent.tokens_out,
        of(allowance.tokens.map(|t| t.to_string())),
        spent.tokens_in,
        spent.tokens_out
    );
    let cost = match spent.cost {
        Some(cost) => format!(", cost {cost:.4}{}", of(allowance.cost.map(|c| c.to_string()))),
        None => String::new(),
    };
    #[allow(clippy::cast_precision_loss)]
    let seconds = spent.time_ms as f64 / 1000.0;
    let time = format!(", {seconds:.1} s{}", of(allowance.time.map(|t| format!("{} s", t.as_secs_f64()))));
    let end = spent.exhausted.map(|bound| format!("; no {bound} left of the budget")).unwrap_or_default();
    let plural = if spent.requests == 1 { "" } else { "s" };
    format!("agents: {} answer{plural}, {tokens}{cost}{time}{end}", spent.requests)
}

/// Requests that would be sent, for people.
pub fn show(package: &str, shown: &[Shown], prices: &BTreeMap<String, Price>) -> String {
    let mut out = String::new();
    for one in shown {
        let q = &one.question;
        let bytes = q.system.len() + q.user.len();
        #[allow(clippy::cast_precision_loss)]
        let cost = prices.get(&q.model).map(|p| (bytes as f64 / 3.0 * p.input + q.max_tokens as f64 * p.output) / 1e6);
        let cost = cost.map(|c| format!(", at most {c:.4} for the answer")).unwrap_or_default();
        let model = if q.model.is_empty() { String::new() } else { format!(" to {}", q.model) };
        out += &format!(
            "// {package}::{}, obligation {}: the {}'s prompt{model}, about {} tokens{cost}\n\n{}\n\n{}\n\n",
            one.function,
            one.obligation + 1,
            q.role.name(),
            bytes / 3,
            q.system,
            q.user
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Proving;
    use clap::Parser;
    use serde_json::{Value, json};

    fn proving(args: &[&str]) -> Proving {
        let line = ["cargo", "harmonic", "verify"].iter().chain(args);
        match crate::cli::Cargo::parse_from(line) {
            crate::cli::Cargo::Harmonic(crate::cli::Harmonic { command: crate::cli::Command::Verify(v) }) => v.proving,
            crate::cli::Cargo::Harmonic(other) => panic!("{other:?}"),
        }
    }

    fn chosen(args: &[&str], config: Value, env: &[(&str, &str)]) -> Result<Choice, Failure> {
        let config = AgentsConfig::read(&config, "t").expect("good");
        let env = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let proving = proving(args);
        choose(&proving.agents, Some(&config), proving.locked, false, &env, Path::new("/work/project"))
    }

    fn on(choice: Result<Choice, Failure>) -> Settings {
        match choice {
            Ok(Choice::On(settings)) => *settings,
            other => panic!("{other:?}"),
        }
    }

    const KEYS: [(&str, &str); 2] = [("OPENAI_API_KEY", "sk-secret"), ("ANTHROPIC_API_KEY", "ak-secret")];

    #[test]
    fn a_key_alone_asks_nobody() {
        assert!(matches!(chosen(&[], json!({}), &KEYS), Ok(Choice::Off(None))));
        let table = json!({"providers": {"a": {"kind": "openai", "model": "m"}}, "model": "m"});
        assert!(matches!(chosen(&[], table.clone(), &KEYS), Ok(Choice::Off(None))));
        assert!(matches!(chosen(&["--provider", "none"], table, &KEYS), Ok(Choice::Off(None))));
        let on_in_manifest = json!({"provider": "openai", "model": "m"});
        assert!(matches!(chosen(&["--locked"], on_in_manifest.clone(), &KEYS), Ok(Choice::Off(None))));
        assert_eq!(on(chosen(&[], on_in_manifest, &KEYS)).roles.len(), 3);
    }

    #[test]
    fn a_manifest_alone_runs_no_program_and_sends_no_key_elsewhere() {
        let program = json!({"provider": "p", "providers": {"p": {"kind": "command", "command": ["x"]}}});
        assert!(
            matches!(chosen(&[], program.clone(), &[]), Ok(Choice::Off(Some(why))) if why.contains("--provider p"))
        );
        on(chosen(&["--provider", "p"], program, &[]));
        let elsewhere = json!({"provider": "e", "model": "m",
            "providers": {"e": {"kind": "openai", "url": "https://models.example.com/v1"}}});
        assert!(matches!(chosen(&[], elsewhere.clone(), &KEYS), Ok(Choice::Off(Some(_)))));
        let settings = on(chosen(&["--provider", "e"], elsewhere, &KEYS));
        assert_eq!(settings.private.redacted("sk-secret in /work/project/src"), "[key] in ./src");
        assert!(
            matches!(&settings.providers["e"], Access::OpenAi { key: Some(key), .. } if key.reveal() == "sk-secret")
        );
        let other_secret = json!({"provider": "e", "model": "m",
            "providers": {"e": {"kind": "anthropic", "key-env": "BANK_PASSWORD"}}});
        let env = [("BANK_PASSWORD", "x")];
        assert!(matches!(chosen(&[], other_secret, &env), Ok(Choice::Off(Some(_)))));
        let open = json!({"provider": "e", "model": "m",
            "providers": {"e": {"kind": "openai", "url": "http://models.example.com/v1"}}});
        assert!(chosen(&["--provider", "e"], open, &KEYS).is_err());
        // This machine is where the user says that it is.
        let here = json!({"provider": "e", "model": "m", "providers": {"e": {"kind": "openai", "url": "http://localhost:1/v1"}}});
        on(chosen(&[], here, &[]));
    }

    #[test]
    fn roles_models_and_budgets_are_read() {
        let table = json!({
            "provider": "a", "budget-tokens": 5, "budget-time": 9,
            "providers": {"a": {"kind": "openai", "model": "m"}, "b": {"kind": "anthropic", "model": "n"}},
            "roles": {"sketcher": {"provider": "b", "temperature": 0.7}, "closer": {"model": "o"}},
        });
        let settings = on(chosen(&["--budget-tokens", "7"], table.clone(), &KEYS));
        let cast = |s: &Settings, role| (s.roles[&role].provider.clone(), s.roles[&role].model.clone());
        assert_eq!(cast(&settings, Role::Sketcher), ("b".into(), "n".into()));
        assert_eq!(cast(&settings, Role::Closer), ("a".into(), "o".into()));
        assert_eq!(cast(&settings, Role::Repairer), ("a".into(), "m".into()));
        assert_eq!(settings.roles[&Role::Sketcher].temperature, Some(0.7));
        let expected = Allowance { tokens: Some(7), cost: None, time: Some(Duration::from_secs(9)) };
        assert_eq!(settings.allowance, expected);
        let settings = on(chosen(&["--provider", "b", "--model", "z"], table.clone(), &KEYS));
        assert!(Role::ALL.iter().all(|r| cast(&settings, *r) == ("b".into(), "z".into())));
        for (args, config, why) in [
            (vec!["--provider", "c"], table.clone(), "no provider `c`"),
            (vec!["--provider", "ollama"], json!({}), "no model"),
            (vec!["--budget-cost", "1"], table.clone(), "no price"),
            (vec!["--replay", "x"], json!({}), "need agents"),
        ] {
            let failure = chosen(&args, config, &KEYS).expect_err(why);
            assert!(failure.message.contains(why), "{}", failure.message);
        }
        let no_key = chosen(&["--provider", "openai", "--model", "m"], json!({}), &[]).expect_err("no key");
        assert!(no_key.help.expect("help").contains("OPENAI_API_KEY"));
        on(chosen(&["--provider", "openai", "--model", "m", "--replay", "x"], json!({}), &[]));
        on(chosen(&["--provider", "ollama", "--model", "m"], json!({}), &[]));
    }

    #[test]
    fn an_ollama_is_found() {
        for (host, url) in [
            (None, "http://127.0.0.1:11434/v1"),
            (Some("0.0.0.0:80"), "http://127.0.0.1:80/v1"),
            (Some("box"), "http://box:11434/v1"),
            (Some("https://box:1/"), "https://box:1/v1"),
        ] {
            assert_eq!(ollama_url(host), url);
        }
    }
}
