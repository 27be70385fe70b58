//! `cargo harmonic audit`: all kept proofs checked anew, and what the verdicts rest on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use harmonic_lean::Cancel;
use serde::Serialize;

use crate::cli::{Proving, Reported, Table};
use crate::engine::Choice;
use crate::failure::Failure;
use crate::invariants::load_all;
use crate::judging::Judging;
use crate::loaded::Loaded;
use crate::project::{self, Project};
use crate::terminal;
use crate::verdict::{Level, Status, Verdict};

/// What one Lean said, and what it rests on.
#[derive(Debug, Serialize)]
struct Base {
    reason: &'static str,
    /// The Lean that judged.
    engine: String,
    /// Functions that are verified.
    verified: usize,
    /// Those that are not, each with its status and why.
    not_verified: Vec<NotVerified>,
    /// Axioms, each with how many verified functions rest on it.
    axioms: BTreeMap<String, usize>,
    /// Functions whose spec is taken on faith.
    trusted: BTreeSet<String>,
    /// What is doubtful about specs.
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct NotVerified {
    function: String,
    status: Status,
    message: Option<String>,
}

impl Base {
    fn new(engine: String) -> Self {
        Self {
            reason: "harmonic-audit",
            engine,
            verified: 0,
            not_verified: Vec::new(),
            axioms: BTreeMap::new(),
            trusted: BTreeSet::new(),
            warnings: Vec::new(),
        }
    }

    fn add(&mut self, verdict: Verdict) {
        match verdict.status {
            Status::Verified => {
                self.verified += 1;
                for axiom in verdict.axioms {
                    *self.axioms.entry(axiom).or_default() += 1;
                }
            }
            Status::Trusted => {}
            status => {
                self.not_verified.push(NotVerified { function: verdict.function, status, message: verdict.message });
            }
        }
        self.trusted.extend(verdict.trusted);
        let doubtful = verdict.findings.into_iter().filter(|f| f.level == Level::Warning);
        self.warnings.extend(doubtful.map(|f| f.title));
    }

    fn print(&self) -> Result<(), Failure> {
        let list = |words: Vec<String>| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
        let axioms = list(self.axioms.iter().map(|(name, count)| format!("{name} ({count})")).collect());
        let trusted = list(self.trusted.iter().cloned().collect());
        terminal::print(format_args!(
            "{}: {} verified, {} not\n  axioms: {axioms}\n  taken on faith: {trusted}\n",
            self.engine,
            self.verified,
            self.not_verified.len()
        ))?;
        for warning in &self.warnings {
            terminal::print(format_args!("  warning: {warning}\n"))?;
        }
        for one in &self.not_verified {
            let why = one.message.as_deref().map_or(String::new(), |m| format!(": {m}"));
            terminal::print(format_args!("  {} {}{why}\n", one.status.word(), one.function))?;
        }
        Ok(())
    }
}

/// Runs the command; the exit status.
///
/// # Errors
/// What keeps the tool from doing its work.
pub fn run(args: &Reported, cancel: &Cancel) -> Result<u8, Failure> {
    let project = project::load(&args.selection, args.common.offline)?;
    let loaded: Vec<Loaded<'_>> = load_all(&project, &args.selection, &args.proving);
    if let Some(failure) = loaded.iter().find_map(Loaded::failure) {
        return Err(failure);
    }
    let mut success = true;
    for lean in leans(args) {
        let base = judge(args, &project, &loaded, &lean, cancel)?;
        success &= base.not_verified.is_empty();
        match args.message_format {
            Table::Human => base.print()?,
            Table::Json => terminal::print_json(&base)?,
        }
    }
    if loaded.iter().any(|one| !one.diagnostics.is_empty()) {
        terminal::say("some specs are not seen; `cargo harmonic verify` shows which");
        success = false;
    }
    let trusted_allowed = loaded.iter().all(|one| {
        let some = one.chosen.iter().any(|id| one.program.functions.get(id.0).is_some_and(|f| f.trusted));
        !some || one.krate.config.allow_trusted.unwrap_or(false)
    });
    Ok(u8::from(!success || !trusted_allowed || cancel.is_cancelled()))
}

/// The Leans that are asked: the one that was named, or the embedded one and that of this machine, if there is one.
fn leans(args: &Reported) -> Vec<String> {
    match &args.proving.lean {
        Some(said) => vec![said.clone()],
        None => match Choice::find(Some("native"), Path::new("")) {
            Ok(_) => vec!["wasm".to_owned(), "native".to_owned()],
            Err(_) => vec!["wasm".to_owned()],
        },
    }
}

fn judge(
    args: &Reported,
    project: &Project,
    loaded: &[Loaded<'_>],
    lean: &str,
    cancel: &Cancel,
) -> Result<Base, Failure> {
    let proving = Proving { locked: true, lean: Some(lean.to_owned()), ..args.proving.clone() };
    let mut judging = Judging::new(project, &proving, &args.common, cancel)?;
    let mut base = Base::new(Choice::find(Some(lean), Path::new(""))?.describe());
    for one in loaded {
        for verdict in judging.judge(one)? {
            base.add(verdict);
        }
    }
    Ok(base)
}
