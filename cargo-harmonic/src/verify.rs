//! `cargo harmonic verify`: from the project to verdicts, crate by crate.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use harmonic_lean::Cancel;
use harmonic_prover::store::{ProofStore, Sealed};
use harmonic_translator::diagnostic::Diagnostic;
use harmonic_translator::front;
use harmonic_translator::safety::state_safety;
use harmonic_translator::span::{SourceMap, Span};
use harmonic_translator::tir::{FnId, Program};

use crate::cli::{Format, Verify};
use crate::counterexample::annotated;
use crate::engine::{self, Choice};
use crate::events::Events;
use crate::failure::Failure;
use crate::jobs;
use crate::judge::{self, Work};
use crate::project::{self, Crate};
use crate::report::Reporter;
use crate::terminal;
use crate::verdict::{Finding, Finished, Level};

/// Time for a function's proof unless the user says otherwise.
const DEFAULT_TIME: Duration = Duration::from_secs(180);

/// A loaded crate.
struct Loaded<'c> {
    krate: &'c Crate,
    program: Program,
    sources: SourceMap,
    diagnostics: Vec<Diagnostic>,
    chosen: Vec<FnId>,
    /// Those of them that have no spec.
    plain: BTreeSet<FnId>,
}

/// Runs the command; the exit status.
///
/// # Errors
/// What keeps the tool from doing its work.
pub fn run(args: &Verify, cancel: &Cancel) -> Result<u8, Failure> {
    let project = project::load(args)?;
    let reporter = Reporter::new(args.message_format, &args.common);
    let out = terminal::output_failed;
    let mut loaded = Vec::new();
    let mut annotated_count = 0;
    for krate in &project.crates {
        let one = load(krate, args);
        annotated_count += annotated(&one.program).count();
        loaded.push(one);
    }
    // Hidden: a spec that no verdict speaks of.
    let (mut broken, mut hidden) = (false, false);
    for one in &loaded {
        for d in &one.diagnostics {
            broken |= d.is_error;
            hidden |= !d.is_error;
            reporter.crate_finding(&one.krate.package, &finding(d), &one.sources).map_err(out)?;
        }
    }
    let chosen_count: usize = loaded.iter().map(|l| l.chosen.len()).sum();
    if args.list {
        for one in &loaded {
            for id in &one.chosen {
                terminal::print(format_args!("{}\n", name(one.krate, &one.program, *id)))?;
            }
        }
        return Ok(if broken { 2 } else { 0 });
    }
    if let Some(stage) = args.emit {
        for one in &loaded {
            let (translation, _) = harmonic_translator::translate::translate(&one.program);
            terminal::print(crate::emit::emit(stage, &one.program, &one.sources, &translation, &one.chosen))?;
        }
        return Ok(if broken { 2 } else { 0 });
    }
    if chosen_count == 0 && annotated_count > 0 && !args.filters.is_empty() {
        let how = if args.exact { "is named exactly" } else { "has a path that contains" };
        return Err(Failure::new(format!("no annotated function {how} {}", quoted(&args.filters)))
            .help("`cargo harmonic verify --list` shows the annotated functions"));
    }
    if annotated_count == 0 && !broken && !args.common.quiet && args.message_format == Format::Human {
        terminal::say(format_args!(
            "no function has a spec yet. To begin:\n  cargo add harmonic\n  use harmonic::spec;\n\n  #[spec(requires: x < 100, ensures: |out| out > x)]\n  fn next(x: u32) -> u32 {{ x + 1 }}\n"
        ));
    }
    let proofs_default = project.target_folder.join("harmonic").join("proofs");
    let verdicts = if args.no_cache { None } else { open_verdicts(&project.target_folder, args) };
    let events = args.events.as_deref().map(Events::create).transpose()?;
    let mut sum = Finished::new();
    let mut used = None;
    for one in &loaded {
        let config = &one.krate.config;
        let proofs = match (&args.proofs, &config.proofs) {
            (Some(folder), _) => ProofStore::new(folder.clone()),
            (None, Some(folder)) => ProofStore::new(one.krate.folder.join(folder)),
            (None, None) => ProofStore::new(proofs_default.join(&one.krate.name)),
        };
        let lean = match &args.lean {
            Some(said) => Choice::find(Some(said), Path::new(""))?,
            None => Choice::find(config.lean.as_deref(), &one.krate.folder)?,
        };
        let mut asked = false;
        let allow_trusted = args.allow_trusted.or(config.allow_trusted).unwrap_or(false);
        let work = Work {
            krate: one.krate,
            target: &project.target,
            program: &one.program,
            sources: &one.sources,
            chosen: &one.chosen,
            plain: &one.plain,
            common: &args.common,
            lean: &lean,
            jobs: args.jobs.or(config.jobs).unwrap_or_else(jobs::default).max(1),
            accepted: args.keep_lean.as_deref(),
            events: events.as_ref(),
            unit_time: args.timeout.or(config.timeout).unwrap_or(DEFAULT_TIME),
            proofs: (!args.no_cache).then_some(&proofs),
            verdicts: verdicts.as_ref(),
            cancel,
        };
        for verdict in judge::judge(&work)? {
            sum.add(verdict.status, allow_trusted);
            asked |= verdict.time_ms > 0;
            reporter.verdict(&verdict, &one.sources).map_err(out)?;
        }
        if asked {
            used = Some(lean);
        }
        if !args.common.quiet {
            for refusal in proofs.take_refusals().into_iter().chain(verdicts.iter().flat_map(Sealed::take_refusals)) {
                terminal::say(format_args!("warning: {refusal}"));
            }
        }
    }
    sum.success &= !broken && !hidden && !cancel.is_cancelled();
    reporter.finished(&sum).map_err(out)?;
    if cancel.is_cancelled() && !args.common.quiet {
        terminal::say("stopped before the end");
    }
    if let Some(lean) = used.filter(|_| !cancel.is_cancelled()) {
        // Everything is said: from here on, one Ctrl-C ends the process.
        cancel.cancel();
        lean.optimise(&args.common);
    }
    Ok(if broken { 2 } else { u8::from(!sum.success) })
}

fn open_verdicts(target: &Path, args: &Verify) -> Option<Sealed> {
    let key = engine::home().ok()?.join("key");
    match Sealed::open(target.join("harmonic").join("verdicts"), &key) {
        Ok(sealed) => Some(sealed),
        Err(e) => {
            if !args.common.quiet {
                terminal::say(format_args!("warning: verdicts are not kept: {e}"));
            }
            None
        }
    }
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or ")
}

/// A function's path as reports print it.
pub fn name(krate: &Crate, program: &Program, id: FnId) -> String {
    format!("{}::{}", krate.name, program.functions.get(id.0).map_or("?", |f| f.path.as_str()))
}

fn load<'c>(krate: &'c Crate, args: &Verify) -> Loaded<'c> {
    let read = |path: &str| std::fs::read(krate.folder.join(path));
    let (mut program, sources, diagnostics) = front::load(&krate.root, &krate.cfg, &read);
    let plain: BTreeSet<FnId> =
        if args.all { state_safety(&mut program).into_iter().collect() } else { BTreeSet::new() };
    let wanted = |id: &FnId| {
        let full = name(krate, &program, *id);
        let plain = program.functions.get(id.0).map_or("", |f| f.path.as_str());
        args.filters.is_empty()
            || args
                .filters
                .iter()
                .any(|f| if args.exact { *f == full || f == plain } else { full.contains(f.as_str()) })
    };
    let mut chosen: Vec<FnId> = annotated(&program).filter(wanted).collect();
    // In the order of the source, which twins of functions without a spec are not in.
    chosen.sort_by_key(|id| program.functions.get(id.0).map(|f| (f.span.file, f.span.lo)));
    Loaded { krate, program, sources, diagnostics, chosen, plain }
}

/// A diagnostic of the translator for a reader.
pub fn finding(d: &Diagnostic) -> Finding {
    let labels = if d.span == Span::default() { Vec::new() } else { vec![(d.span, String::new())] };
    Finding {
        level: if d.is_error { Level::Error } else { Level::Warning },
        code: Some(d.code.to_owned()),
        title: d.message.clone(),
        labels,
        notes: Vec::new(),
        help: d.help.clone(),
    }
}
