//! `cargo harmonic verify`: from the project to verdicts, crate by crate.

use harmonic_lean::Cancel;
use harmonic_translator::diagnostic::Diagnostic;
use harmonic_translator::span::Span;

use crate::agents;
use crate::cli::{Format, Selection, Stage, Verify};
use crate::counterexample::annotated;
use crate::failure::Failure;
use crate::invariants::{self, infer_all};
use crate::judging::Judging;
use crate::loaded::Loaded;
use crate::project;
use crate::propose::propose_all;
use crate::report::Reporter;
use crate::terminal;
use crate::verdict::{Finding, Finished, Level, Status};

/// Runs the command; the exit status.
///
/// # Errors
/// What keeps the tool from doing its work.
pub fn run(args: &Verify, cancel: &Cancel) -> Result<u8, Failure> {
    let selection = &args.selection;
    let project = project::load(selection, args.common.offline)?;
    let reporter = Reporter::new(args.message_format, &args.common);
    let out = terminal::output_failed;
    let loaded: Vec<Loaded<'_>> = invariants::load_all(&project, selection, &args.proving);
    let annotated_count: usize = loaded.iter().map(|one| annotated(&one.program).count()).sum();
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
                terminal::print(format_args!("{}\n", one.name(*id)))?;
            }
        }
        return Ok(if broken { 2 } else { 0 });
    }
    let shows = args.emit == Some(Stage::Prompt);
    if let Some(stage) = args.emit.filter(|_| !shows) {
        for one in &loaded {
            let (translation, _) = harmonic_translator::translate::translate(&one.program);
            terminal::print(crate::emit::emit(stage, &one.program, &one.sources, &translation, &one.chosen))?;
        }
        return Ok(if broken { 2 } else { 0 });
    }
    if chosen_count == 0 && annotated_count > 0 && !selection.filters.is_empty() {
        return Err(no_such_function(selection));
    }
    if annotated_count == 0 && !broken && !args.common.quiet && args.message_format == Format::Human {
        terminal::say(format_args!(
            "no function has a spec yet. To begin:\n  cargo add harmonic\n  use harmonic::spec;\n\n  #[spec(requires: x < 100, ensures: |out| out > x)]\n  fn next(x: u32) -> u32 {{ x + 1 }}\n"
        ));
    }
    let mut judging = Judging::new(&project, &args.proving, &args.common, cancel)?;
    if shows {
        let mut judging = judging.showing_prompts()?;
        for one in &loaded {
            judging.judge(one)?;
            let prices = one.krate.config.agents.as_ref().map(|a| a.prices()).unwrap_or_default();
            terminal::print(agents::show(&one.krate.name, &judging.take_shown(), &prices))?;
        }
        return Ok(if broken { 2 } else { 0 });
    }
    let mut sum = Finished::new();
    for one in &loaded {
        let allow_trusted = args.allow_trusted.or(one.krate.config.allow_trusted).unwrap_or(false);
        let mut verdicts = judging.judge(one)?;
        if selection.all && !args.proving.locked {
            propose_all(&project, one, selection, &args.proving, &args.common, cancel, &mut verdicts)?;
        }
        let mut again = None;
        if !args.proving.locked
            && infer_all(&project, one, selection, &args.proving, &args.common, cancel, &mut verdicts)?
            && verdicts.iter().any(|v| v.status == Status::Unknown && v.open.is_empty())
            && let Some(store) = project.kept(one.krate, &args.proving)
        {
            // What calls a function that is proved now may be proved, too.
            let with = again.insert(invariants::load(one.krate, selection, Some(&store)));
            verdicts = judging.judge(with)?;
        }
        let one = again.as_ref().unwrap_or(one);
        for verdict in verdicts {
            sum.add(verdict.status, allow_trusted);
            reporter.verdict(&verdict, &one.sources).map_err(out)?;
        }
    }
    sum.success &= !broken && !hidden && !cancel.is_cancelled();
    sum.agents = judging.spent();
    reporter.finished(&sum).map_err(out)?;
    if cancel.is_cancelled() && !args.common.quiet {
        terminal::say("stopped before the end");
    }
    judging.finish();
    Ok(if broken { 2 } else { u8::from(!sum.success) })
}

/// That the filters name no function with a spec.
pub fn no_such_function(selection: &Selection) -> Failure {
    let how = if selection.exact { "is named exactly" } else { "has a path that contains" };
    let filters = selection.filters.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or ");
    Failure::new(format!("no annotated function {how} {filters}"))
        .help("`cargo harmonic verify --list` shows the annotated functions")
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
