//! `cargo xtask corpus`: published crates as they are, through the tool.
//!
//! The crates of `tests/corpus/crates.txt` are downloaded by cargo, and each is made a project of its own in the target folder, where
//! nothing of it is committed. `cargo harmonic coverage --all --no-run` says of each how many functions can be translated and
//! what keeps the others from it; with `--verify`, `cargo harmonic verify --all` says what their verdicts are. A crash, a hang, or
//! an end that the tool does not promise is an error.

mod list;
mod measured;
mod projects;
mod report;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use measured::{End, Measured};
use report::{Figures, Report};

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    verify: bool,
    /// Only crates of this name.
    name: Option<String>,
    /// Seconds for each crate.
    limit: Option<u64>,
    /// What the tool is handed on.
    rest: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Box<dyn Error>> {
        let mut out = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--verify" => out.verify = true,
                "--crate" => out.name = Some(value()?.clone()),
                "--limit" => out.limit = Some(value()?.parse()?),
                "--" => out.rest = arguments.by_ref().cloned().collect(),
                _ => return Err(format!("`{argument}` is not known").into()),
            }
        }
        Ok(out)
    }

    /// What the tool is asked.
    fn command(&self) -> Vec<String> {
        let own: &[&str] = match self.verify {
            true => &["harmonic", "verify", "--all", "--quiet"],
            false => &["harmonic", "coverage", "--all", "--no-run"],
        };
        let own = own.iter().chain(&["--lib", "--message-format", "json"]);
        own.map(|word| (*word).to_owned()).chain(self.rest.iter().cloned()).collect()
    }

    /// How long a crate may take. Translation takes seconds at most, proofs take what they take.
    fn time(&self) -> Duration {
        Duration::from_secs(self.limit.unwrap_or(if self.verify { 3_600 } else { 60 }))
    }
}

/// Whether a run ended as the tool promises, and what it said.
fn figures(run: &Measured, verify: bool) -> Result<Figures, String> {
    let said = run.stderr.trim_end();
    match run.end {
        End::Status(0) => Figures::read(&run.stdout),
        End::Status(1) if verify => Figures::read(&run.stdout),
        End::Status(status) => Err(format!("it ended with status {status}\n{said}")),
        End::Crash => Err(format!("it crashed\n{said}")),
        End::TimedOut => Err(format!("it was stopped after {:.0} s", run.time.as_secs_f64())),
    }
}

/// Where the crates and what is said of them are.
fn folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("corpus")
}

/// `[--verify] [--crate NAME] [--limit SECONDS] [-- ARGUMENT...]`.
///
/// # Errors
/// If an argument is wrong, the crates are not to be had, or the tool did not do its work on one.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let options = Options::parse(arguments)?;
    let mut list = list::read(root)?;
    list.retain(|pinned| options.name.as_ref().is_none_or(|name| *name == pinned.name));
    if list.is_empty() {
        return Err("no crate of the list has that name".into());
    }
    let tool = crate::bench::build(root)?;
    let folder = folder(root);
    let said = folder.join(if options.verify { "verdicts" } else { "coverage" });
    std::fs::create_dir_all(&said)?;
    let projects = projects::projects(&list, &folder)?;
    let mut report = Report::default();
    for (pinned, project) in list.iter().zip(&projects) {
        let run = measured::run(&tool, &options.command(), project, options.time())?;
        std::fs::write(said.join(format!("{}.json", pinned.folder())), &run.stdout)?;
        let figures = figures(&run, options.verify);
        eprintln!("{}: {:.1} s", pinned.folder(), run.time.as_secs_f64());
        report.add(pinned, &run, figures);
    }
    let file = folder.join(if options.verify { "verdicts.json" } else { "coverage.json" });
    std::fs::write(&file, report.json())?;
    println!("{report}\nwritten to {}", file.display());
    match report.faults.len() {
        0 => Ok(()),
        n => Err(format!("{n} faults of the tool").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read() {
        let parse = |text: &str| Options::parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let options = parse("--verify --crate gcd --limit 5 -- --jobs 1").expect("they are known");
        assert_eq!((options.name.as_deref(), options.time()), (Some("gcd"), Duration::from_secs(5)));
        let command = options.command().join(" ");
        assert_eq!(command, "harmonic verify --all --quiet --lib --message-format json --jobs 1");
        assert!(parse("--crate").is_err() && parse("--limit x").is_err() && parse("--other").is_err());
    }

    #[test]
    fn an_end_that_is_not_promised_is_a_fault() {
        let run = |end, stdout: &str| Measured {
            end,
            stdout: stdout.to_owned(),
            stderr: String::new(),
            time: Duration::ZERO,
            peak: None,
        };
        let whole = "{\"reason\":\"harmonic-finished\"}";
        assert!(figures(&run(End::Status(0), whole), false).is_ok());
        assert!(figures(&run(End::Status(1), whole), true).is_ok());
        assert!(figures(&run(End::Status(1), whole), false).is_err());
        for end in [End::Status(2), End::Status(101), End::Crash, End::TimedOut] {
            assert!(figures(&run(end, whole), true).is_err(), "{end:?}");
        }
        assert!(figures(&run(End::Status(0), ""), false).is_err());
    }
}
