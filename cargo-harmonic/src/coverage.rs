//! `cargo harmonic coverage`: how many functions of each module are verified, and what keeps the others from it.

mod causes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use harmonic_lean::Cancel;
use harmonic_translator::codes;
use harmonic_translator::diagnostic::Diagnostic;
use harmonic_translator::tir::FnId;
use serde::Serialize;

use causes::Causes;

use crate::cli::{Coverage, Format, Table};
use crate::failure::Failure;
use crate::invariants::load;
use crate::judging::Judging;
use crate::loaded::Loaded;
use crate::project;
use crate::report::Reporter;
use crate::terminal;
use crate::verdict::{Location, Status};
use crate::verify::finding;

/// How many functions there are of each kind.
#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    functions: usize,
    verified: usize,
    refuted: usize,
    unknown: usize,
    unsupported: usize,
    trusted: usize,
    error: usize,
    /// Can be translated; nothing was proved because nothing should be.
    translated: usize,
    no_spec: usize,
}

/// The columns of the table, each with its number.
const COLUMNS: [(&str, fn(&Counts) -> usize); 9] = [
    ("functions", |c| c.functions),
    ("verified", |c| c.verified),
    ("refuted", |c| c.refuted),
    ("unknown", |c| c.unknown),
    ("unsupported", |c| c.unsupported),
    ("trusted", |c| c.trusted),
    ("error", |c| c.error),
    ("translated", |c| c.translated),
    ("no spec", |c| c.no_spec),
];

/// What a function counts as.
enum Kind {
    Verdict(Status),
    Translated,
    NoSpec,
}

impl Kind {
    /// The name of its column, as one word.
    fn name(&self) -> &'static str {
        match self {
            Kind::Verdict(status) => status.word(),
            Kind::Translated => "translated",
            Kind::NoSpec => "no_spec",
        }
    }
}

impl Counts {
    fn add(&mut self, kind: &Kind) {
        self.functions += 1;
        *match kind {
            Kind::Verdict(Status::Verified) => &mut self.verified,
            Kind::Verdict(Status::Refuted) => &mut self.refuted,
            Kind::Verdict(Status::Unknown) => &mut self.unknown,
            Kind::Verdict(Status::Unsupported) => &mut self.unsupported,
            Kind::Verdict(Status::Trusted) => &mut self.trusted,
            Kind::Verdict(Status::Error) => &mut self.error,
            Kind::Translated => &mut self.translated,
            Kind::NoSpec => &mut self.no_spec,
        } += 1;
    }
    fn plus(self, other: Self) -> Self {
        Self {
            functions: self.functions + other.functions,
            verified: self.verified + other.verified,
            refuted: self.refuted + other.refuted,
            unknown: self.unknown + other.unknown,
            unsupported: self.unsupported + other.unsupported,
            trusted: self.trusted + other.trusted,
            error: self.error + other.error,
            translated: self.translated + other.translated,
            no_spec: self.no_spec + other.no_spec,
        }
    }
}

/// How many functions a code keeps from being translated.
#[derive(Clone, Copy, Default)]
struct Blocks {
    functions: usize,
    /// Those that no other code blocks.
    alone: usize,
}

/// A row of the table as JSON.
#[derive(Serialize)]
struct ModuleRow<'a> {
    reason: &'static str,
    module: &'a str,
    #[serde(flatten)]
    counts: Counts,
}

/// A function as JSON.
#[derive(Serialize)]
struct FunctionRow<'a> {
    reason: &'static str,
    function: &'a str,
    status: &'static str,
    causes: Vec<Cause>,
}

/// What keeps a function from being translated, as JSON.
#[derive(Serialize)]
struct Cause {
    code: &'static str,
    message: String,
    span: Location,
}

/// A code as JSON.
#[derive(Serialize)]
struct CodeRow<'a> {
    reason: &'static str,
    code: &'a str,
    title: &'a str,
    functions: usize,
    alone: usize,
}

/// The last line as JSON.
#[derive(Serialize)]
struct TotalRow {
    reason: &'static str,
    #[serde(flatten)]
    counts: Counts,
}

/// Runs the command; the exit status: 0 whatever is verified, 2 if a crate could not be read whole.
///
/// # Errors
/// What keeps the tool from doing its work.
pub fn run(args: &Coverage, cancel: &Cancel) -> Result<u8, Failure> {
    let project = project::load(&args.selection, args.common.offline)?;
    // For its colours and for what is wrong with a crate, which is no part of the table.
    let reporter = Reporter::new(Format::Human, &args.common);
    let mut judging = Judging::new(&project, &args.proving, &args.common, cancel)?;
    let mut modules: BTreeMap<String, Counts> = BTreeMap::new();
    let mut blocks: BTreeMap<&'static str, Blocks> = BTreeMap::new();
    let mut rows = Vec::new();
    let mut broken = false;
    for krate in &project.crates {
        let one = load(krate, &args.selection, project.kept(krate, &args.proving).as_ref());
        for d in &one.diagnostics {
            broken |= d.is_error;
            reporter.crate_finding(&krate.package, &finding(d), &one.sources).map_err(terminal::output_failed)?;
        }
        let causes = Causes::of(&one);
        for name in one.functions.iter().map(|(_, name)| name.as_str()) {
            let codes: BTreeSet<_> = causes.roots(&krate.name, name).into_iter().map(|d| d.code).collect();
            for code in &codes {
                let entry = blocks.entry(code).or_default();
                entry.functions += 1;
                entry.alone += usize::from(codes.len() == 1);
            }
        }
        let kinds = kinds(args, &mut judging, &one, &causes)?;
        for (id, name) in &one.functions {
            let module = one.program.functions.get(id.0).map_or("", |f| f.module.as_str());
            let separator = if module.is_empty() { "" } else { "::" };
            let counts = modules.entry(format!("{}{separator}{module}", krate.name)).or_default();
            let kind = kinds.get(name.as_str()).unwrap_or(&Kind::NoSpec);
            counts.add(kind);
            if args.message_format == Table::Json {
                let cause = |d: &Diagnostic| {
                    let (code, message) = (d.code, d.message.clone());
                    Cause { code, message, span: Location::of(&one.sources, d.span) }
                };
                let causes = causes.roots(&krate.name, name).into_iter().map(cause).collect();
                let row =
                    FunctionRow { reason: "harmonic-coverage-function", function: name, status: kind.name(), causes };
                rows.push(serde_json::to_string(&row));
            }
        }
    }
    let total = modules.values().copied().fold(Counts::default(), Counts::plus);
    let mut codes: Vec<(&str, Blocks)> = blocks.into_iter().collect();
    codes.sort_by_key(|(code, b)| (std::cmp::Reverse(b.functions), *code));
    terminal::print(match args.message_format {
        Table::Human => human(&modules, &total, &codes),
        Table::Json => json(rows, &modules, total, &codes)?,
    })?;
    judging.finish();
    Ok(if broken { 2 } else { 0 })
}

/// What each function that has a verdict, or would have one, counts as.
fn kinds(
    args: &Coverage,
    judging: &mut Judging<'_>,
    one: &Loaded<'_>,
    causes: &Causes,
) -> Result<BTreeMap<String, Kind>, Failure> {
    if !args.no_run {
        let verdicts = judging.judge(one)?;
        return Ok(verdicts.into_iter().map(|v| (v.function, Kind::Verdict(v.status))).collect());
    }
    let kind = |id: &FnId| {
        let trusted = one.program.functions.get(id.0).is_some_and(|f| f.trusted);
        let name = one.name(*id);
        let kind = match (causes.is_wrong(&name), trusted, causes.is_refused(&name)) {
            (true, ..) => Kind::Verdict(Status::Error),
            (_, true, _) => Kind::Verdict(Status::Trusted),
            (.., true) => Kind::Verdict(Status::Unsupported),
            _ => Kind::Translated,
        };
        (name, kind)
    };
    Ok(one.chosen.iter().map(kind).collect())
}

fn human(modules: &BTreeMap<String, Counts>, total: &Counts, codes: &[(&str, Blocks)]) -> String {
    let columns: Vec<_> = COLUMNS.iter().enumerate().filter(|(i, (_, of))| *i < 2 || of(total) > 0).collect();
    let width = modules.keys().map(|m| m.chars().count()).max().unwrap_or(0).max("module".len());
    let mut out = format!("{:width$}", "module");
    for (_, (title, _)) in &columns {
        let _ = write!(out, "  {title:>9}");
    }
    out.push('\n');
    for (name, counts) in modules.iter().map(|(m, c)| (m.as_str(), c)).chain([("total", total)]) {
        let _ = write!(out, "{name:width$}");
        for (_, (title, of)) in &columns {
            let _ = write!(out, "  {:>1$}", of(counts), title.len().max(9));
        }
        out.push('\n');
    }
    if !codes.is_empty() {
        out.push_str("\nfunctions that a code keeps from being translated (alone: no other code does)\n");
        for (code, blocks) in codes {
            let _ = writeln!(out, "{:>6}  {:>5} alone  {code}  {}", blocks.functions, blocks.alone, title(code));
        }
        out.push_str("`cargo harmonic explain CODE` has a page for each\n");
    }
    out
}

/// The table after lines about functions.
fn json(
    mut lines: Vec<serde_json::Result<String>>,
    modules: &BTreeMap<String, Counts>,
    total: Counts,
    codes: &[(&str, Blocks)],
) -> Result<String, Failure> {
    for (module, counts) in modules {
        lines.push(serde_json::to_string(&ModuleRow { reason: "harmonic-coverage-module", module, counts: *counts }));
    }
    for (code, Blocks { functions, alone }) in codes {
        let (functions, alone) = (*functions, *alone);
        let row = CodeRow { reason: "harmonic-coverage-code", code, title: title(code), functions, alone };
        lines.push(serde_json::to_string(&row));
    }
    lines.push(serde_json::to_string(&TotalRow { reason: "harmonic-coverage-total", counts: total }));
    let lines: Result<Vec<String>, _> = lines.into_iter().collect();
    let lines = lines.map_err(|e| Failure::new(format!("the table cannot be written as JSON: {e}")))?;
    Ok(lines.join("\n") + "\n")
}

/// The first line of a code's page.
fn title(code: &str) -> &'static str {
    codes::explain(code).and_then(|page| page.lines().next()).unwrap_or_default()
}
