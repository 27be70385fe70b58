//! The command line's grammar.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// What cargo passes on: `cargo-harmonic harmonic …`.
#[derive(Debug, Parser)]
#[command(name = "cargo", bin_name = "cargo", styles = clap_cargo::style::CLAP_STYLING)]
pub enum Cargo {
    /// Prove that functions meet their #[spec], with Lean as the judge.
    #[command(name = "harmonic", version, arg_required_else_help = true)]
    Harmonic(Harmonic),
}

/// `cargo harmonic`.
#[derive(Debug, Args)]
pub struct Harmonic {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify the annotated functions of the selected packages.
    Verify(Box<Verify>),
    /// Count, by module, the functions that are verified and those that are not, and what keeps them from it.
    Coverage(Box<Coverage>),
    /// Write a `requires` that was proved to be enough on functions without a spec that do not return for all arguments.
    Fix(Box<Fix>),
    /// Check all kept proofs anew, with every Lean there is, and name all that the verdicts rest on.
    Audit(Box<Reported>),
    /// Drop kept proofs of what no function has any more.
    Prune(Box<Prune>),
    /// Show a function's obligations: what proved each, and what was tried in vain.
    ExplainProof(Box<Reported>),
    /// Learn in which order proofs are best tried, from functions that are invented for it: no network, no model.
    Train(Train),
    /// Explain a diagnostic code.
    Explain {
        /// The code, such as H0201; without one, all are listed.
        code: Option<String>,
    },
    /// Fetch and prepare the embedded Lean (this also happens by itself on first use).
    Setup(Setup),
    /// Run Lean on a file, as `lean` would.
    Lean {
        /// The file; the support library can be imported (or what is in the folders of LEAN_PATH, if that is set).
        #[arg(last = true, required = true)]
        file: PathBuf,
        /// Messages as JSON, one a line.
        #[arg(long)]
        json: bool,
        /// Write the compiled module here.
        #[arg(short, value_name = "OLEAN")]
        output: Option<PathBuf>,
        /// Which Lean: `wasm` (the embedded one), `native` (on PATH, or elan's), or the path of one.
        #[arg(long, alias = "engine", value_name = "LEAN")]
        lean: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

/// Switches that all commands have.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Only results: no progress.
    #[arg(short, long)]
    pub quiet: bool,
    /// More: every verdict, open goals as Lean sees them. Twice: what was refused from the stores.
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// When to colour.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Use no network.
    #[arg(long)]
    pub offline: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// When the output is a terminal and NO_COLOR is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `cargo harmonic setup`.
#[derive(Debug, Args)]
pub struct Setup {
    /// Take the package from this file instead of the network.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "remove"])]
    pub from: Option<PathBuf>,
    /// Say whether the embedded Lean is ready, and change nothing.
    #[arg(long, conflicts_with = "remove")]
    pub check: bool,
    /// Remove what set-up made.
    #[arg(long)]
    pub remove: bool,
    #[command(flatten)]
    pub common: Common,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Diagnostics with source excerpts, then a summary.
    Human,
    /// One JSON object a line.
    Json,
    /// Workflow annotations.
    Github,
}

/// A representation on the way to Lean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Names and paths.
    Resolved,
    /// The typed program.
    Typed,
    /// The functional form.
    Functional,
    /// What has to be proved.
    Obligations,
    /// The Lean text.
    Lean,
    /// What agents would be sent for the obligations that are left open. Nothing is.
    Prompt,
}

/// Which packages. As cargo has it, but for `--all`, cargo's old word for `--workspace`, which means functions here.
#[derive(Clone, clap::Args, Debug)]
pub struct Packages {
    /// Package to process (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC")]
    pub package: Vec<String>,
    /// Process all packages in the workspace
    #[arg(long)]
    pub workspace: bool,
    /// Exclude packages from being processed
    #[arg(long, value_name = "SPEC")]
    pub exclude: Vec<String>,
}

impl Packages {
    /// The same for what sorts packages.
    pub fn selection(&self) -> clap_cargo::Workspace {
        let mut out = clap_cargo::Workspace::default();
        out.package.clone_from(&self.package);
        out.workspace = self.workspace;
        out.exclude.clone_from(&self.exclude);
        out
    }
}

/// Which functions of which crates.
#[derive(Clone, Debug, Args)]
pub struct Selection {
    /// Only functions whose path contains one of these.
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// A filter names a function's whole path.
    #[arg(long)]
    pub exact: bool,
    /// Functions without a spec, too: that they return, without a panic, for all arguments.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub manifest: clap_cargo::Manifest,
    #[command(flatten)]
    pub packages: Packages,
    #[command(flatten)]
    pub features: clap_cargo::Features,
    /// Only the library.
    #[arg(long, help_heading = "Target Selection")]
    pub lib: bool,
    /// All binaries.
    #[arg(long, help_heading = "Target Selection")]
    pub bins: bool,
    /// This binary.
    #[arg(long, value_name = "NAME", help_heading = "Target Selection")]
    pub bin: Vec<String>,
    /// The target triple whose `cfg`s hold.
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
}

/// How proofs are searched.
#[derive(Clone, Debug, Args)]
pub struct Proving {
    /// How many Leans run at a time.
    #[arg(short, long, value_name = "N", value_parser = positive)]
    pub jobs: Option<usize>,
    /// Seconds that the proof of one function may take.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Folder to write the Lean files to that are accepted in this run, for reading and for other Leans.
    #[arg(long, value_name = "FOLDER")]
    pub keep_lean: Option<PathBuf>,
    /// File to write each attempt on an obligation to, a JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Which Lean judges: `wasm` (the embedded one, the default), `native` (on PATH, or elan's), or the path of one.
    #[arg(long, alias = "engine", value_name = "LEAN")]
    pub lean: Option<String>,
    /// Folder of found proofs, to be kept with the source [default: harmonic-proofs/CRATE in the workspace].
    #[arg(long, value_name = "FOLDER")]
    pub proofs: Option<PathBuf>,
    /// File of what was learnt of which proofs work, which is read and added to [default: harmonic/policy in the target folder];
    /// `none` tries proofs in a fixed order.
    #[arg(long, value_name = "FILE", conflicts_with = "locked")]
    pub policy: Option<PathBuf>,
    /// Search for no proof: check those that are kept, all of them anew, and write nothing.
    #[arg(long)]
    pub locked: bool,
    /// Neither read nor write earlier verdicts and proofs.
    #[arg(long, conflicts_with = "locked")]
    pub no_cache: bool,
    #[command(flatten)]
    pub agents: Agents,
}

/// Language-model agents, which are asked for what is left open.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Agents")]
pub struct Agents {
    /// Ask this provider: one of the manifest, `openai`, `anthropic` or `ollama`; `none` asks nobody.
    #[arg(long, value_name = "NAME", conflicts_with = "locked")]
    pub provider: Option<String>,
    /// The model, as the provider names it.
    #[arg(long, value_name = "NAME", requires = "provider")]
    pub model: Option<String>,
    /// Most tokens of prompts and answers.
    #[arg(long, value_name = "N")]
    pub budget_tokens: Option<u64>,
    /// Most money, in the currency of the manifest's prices.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub budget_cost: Option<f64>,
    /// Seconds from the first request on.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub budget_time: Option<Duration>,
    /// Write all exchanges to this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["replay", "locked"])]
    pub record: Option<PathBuf>,
    /// Take all answers from this folder, and send nothing.
    #[arg(long, value_name = "FOLDER", conflicts_with = "locked")]
    pub replay: Option<PathBuf>,
}

/// `cargo harmonic verify`.
#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub proving: Proving,
    /// List the annotated functions and stop.
    #[arg(long)]
    pub list: bool,
    /// How results are printed.
    #[arg(long, value_name = "FMT", default_value = "human")]
    pub message_format: Format,
    /// Print a representation of the selected functions instead of verifying.
    #[arg(long, value_name = "STAGE")]
    pub emit: Option<Stage>,
    /// Trusted functions leave the run a success.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_trusted: Option<bool>,
    #[command(flatten)]
    pub common: Common,
}

/// `cargo harmonic coverage`.
#[derive(Debug, Args)]
pub struct Coverage {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub proving: Proving,
    /// Prove nothing: what can be translated is `translated`.
    #[arg(long)]
    pub no_run: bool,
    /// How the table is printed.
    #[arg(long, value_name = "FMT", default_value = "human")]
    pub message_format: Table,
    #[command(flatten)]
    pub common: Common,
}

/// `cargo harmonic fix`.
#[derive(Debug, Args)]
pub struct Fix {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub proving: Proving,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write even if files have changes that are not committed.
    #[arg(long)]
    pub allow_dirty: bool,
    /// Write even if files have staged changes.
    #[arg(long)]
    pub allow_staged: bool,
    /// Write even if no version control is found.
    #[arg(long)]
    pub allow_no_vcs: bool,
    #[command(flatten)]
    pub common: Common,
}

/// `cargo harmonic audit` and `cargo harmonic explain-proof`: functions are judged, and a report is printed.
#[derive(Debug, Args)]
pub struct Reported {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub proving: Proving,
    /// How the report is printed.
    #[arg(long, value_name = "FMT", default_value = "human")]
    pub message_format: Table,
    #[command(flatten)]
    pub common: Common,
}

/// `cargo harmonic train`.
#[derive(Debug, Args)]
pub struct Train {
    /// Seconds of training; what is held out is measured besides.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "1800")]
    pub time: Duration,
    /// How many functions are held out to measure by, before false ones are dropped.
    #[arg(long, value_name = "N", value_parser = positive, default_value = "36")]
    pub held_out: usize,
    /// Which functions are invented.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The file that is learnt into, for `cargo harmonic verify --policy FILE`; one that is there is added to.
    #[arg(long, value_name = "FILE", default_value = "harmonic-policy.txt")]
    pub policy: PathBuf,
    /// Begin with nothing: neither with what ships, nor with what the file says (which has to be new).
    #[arg(long)]
    pub from_empty: bool,
    /// How many Leans run at a time.
    #[arg(short, long, value_name = "N", value_parser = positive)]
    pub jobs: Option<usize>,
    /// Which Lean judges: `wasm` (the embedded one, the default), `native` (on PATH, or elan's), or the path of one.
    #[arg(long, alias = "engine", value_name = "LEAN")]
    pub lean: Option<String>,
    /// How the curve is printed.
    #[arg(long, value_name = "FMT", default_value = "human")]
    pub message_format: Table,
    #[command(flatten)]
    pub common: Common,
}

/// `cargo harmonic prune`.
#[derive(Debug, Args)]
pub struct Prune {
    #[command(flatten)]
    pub selection: Selection,
    /// Folder of found proofs [default: harmonic-proofs/CRATE in the workspace].
    #[arg(long, value_name = "FOLDER")]
    pub proofs: Option<PathBuf>,
    /// Say what would be dropped, and drop nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub common: Common,
}

/// How a table is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Table {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "not a positive integer".to_owned())
}

fn amount(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0).ok_or_else(|| "not a positive amount".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let value: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(value) {
        Ok(d) if !d.is_zero() => Ok(d),
        _ => Err("not a positive number of seconds".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_consistent() {
        Cargo::command().debug_assert();
    }
    #[test]
    fn durations_are_checked() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for bad in ["0", "-1", "x", "NaN", "inf"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
