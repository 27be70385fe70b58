//! `cargo harmonic explain-proof`: the obligations of a function, what proved each of them, and what was tried in vain.

use std::collections::BTreeMap;
use std::fmt::Write;

use harmonic_lean::Cancel;
use harmonic_prover::Said;
use harmonic_translator::translate::translate;
use serde::{Deserialize, Serialize};

use crate::cli::{Reported, Table};
use crate::failure::Failure;
use crate::invariants::load_all;
use crate::judging::Judging;
use crate::loaded::Loaded;
use crate::project;
use crate::terminal;
use crate::verdict::{Location, Status, Verdict};
use crate::verify::no_such_function;

/// An attempt, as it was written down.
#[derive(Debug, Deserialize)]
struct Attempt {
    function: String,
    obligation: usize,
    candidates: Vec<String>,
    kept: usize,
    late: bool,
    said: Said,
}

/// A request to an agent, as it was written down.
#[derive(Debug, Deserialize)]
struct Asked {
    function: String,
    obligation: usize,
    role: String,
    model: String,
    block: Option<String>,
    came: String,
    message: Option<String>,
}

/// What was written down.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Event {
    Attempt(Attempt),
    Agent(Asked),
}

/// What proved an obligation.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Proof {
    /// Where it comes from: `store`, `portfolio` or `agents`.
    from: &'static str,
    block: String,
}

/// What was tried in vain.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Failed {
    block: String,
    why: String,
}

/// An obligation and what is known of its proof.
#[derive(Debug, Serialize)]
struct Explained {
    /// Its number, from 1.
    number: usize,
    kind: String,
    span: Location,
    facts: Vec<String>,
    goal: String,
    lean: String,
    proof: Option<Proof>,
    failed: Vec<Failed>,
}

/// A function's report.
#[derive(Debug, Serialize)]
struct Report {
    reason: &'static str,
    package: String,
    function: String,
    status: Status,
    message: Option<String>,
    axioms: Vec<String>,
    trusted: Vec<String>,
    obligations: Vec<Explained>,
}

/// Runs the command; the exit status: 0 if all functions named are verified.
///
/// # Errors
/// What keeps the tool from doing its work.
pub fn run(args: &Reported, cancel: &Cancel) -> Result<u8, Failure> {
    let selection = &args.selection;
    if selection.filters.is_empty() {
        return Err(Failure::new("no function is named")
            .help("`cargo harmonic verify --list` shows the annotated functions; a part of a path is enough"));
    }
    let project = project::load(selection, args.common.offline)?;
    let loaded: Vec<Loaded<'_>> = load_all(&project, selection, &args.proving);
    if let Some(failure) = loaded.iter().find_map(Loaded::failure) {
        return Err(failure);
    }
    if loaded.iter().all(|one| one.chosen.is_empty()) {
        return Err(no_such_function(selection));
    }
    let mut judging = Judging::remembering(&project, &args.proving, &args.common, cancel)?;
    let mut success = true;
    for one in &loaded {
        let verdicts = judging.judge(one)?;
        let events: Result<_, _> = judging.take_events().iter().map(|line| serde_json::from_str(line)).collect();
        let events = events.map_err(|e| Failure::new(format!("an attempt is not told as expected: {e}")))?;
        for report in explain(one, verdicts, events) {
            success &= report.status == Status::Verified;
            match args.message_format {
                Table::Human => terminal::print(text(&report, args.common.verbose > 0))?,
                Table::Json => terminal::print_json(&report)?,
            }
        }
    }
    judging.finish();
    Ok(u8::from(!success))
}

fn explain(one: &Loaded<'_>, verdicts: Vec<Verdict>, events: Vec<Event>) -> Vec<Report> {
    let (translation, _) = translate(&one.program);
    let provable = translation.provable();
    let mut known: BTreeMap<(String, usize), (Option<Proof>, Vec<Failed>)> = BTreeMap::new();
    for event in events {
        match event {
            Event::Attempt(attempt) => {
                let (proof, failed) = known.entry((attempt.function.clone(), attempt.obligation)).or_default();
                tell(attempt, proof, failed);
            }
            Event::Agent(asked) => {
                let (proof, failed) = known.entry((asked.function.clone(), asked.obligation)).or_default();
                tell_asked(asked, proof, failed);
            }
        }
    }
    let report = |verdict: Verdict| {
        let path = verdict.function.strip_prefix(&format!("{}::", one.krate.name)).unwrap_or(&verdict.function);
        let unit = provable.get(path).and_then(|u| translation.units.get(*u));
        let obligations = unit.into_iter().flat_map(|unit| unit.obligations.iter().enumerate());
        let obligations = obligations.map(|(i, o)| {
            let (proof, failed) = known.remove(&(path.to_owned(), i)).unwrap_or_default();
            Explained {
                number: i + 1,
                kind: o.kind.clone(),
                span: Location::of(&one.sources, o.span),
                facts: o.facts.clone(),
                goal: o.goal.clone(),
                lean: o.statement.clone(),
                proof,
                failed,
            }
        });
        let obligations = obligations.collect();
        Report {
            reason: "harmonic-proof",
            package: verdict.package,
            function: verdict.function,
            status: verdict.status,
            message: verdict.message,
            axioms: verdict.axioms,
            trusted: verdict.trusted,
            obligations,
        }
    };
    verdicts.into_iter().map(report).collect()
}

/// What an attempt says of its obligation.
fn tell(attempt: Attempt, proof: &mut Option<Proof>, failed: &mut Vec<Failed>) {
    let Attempt { candidates, kept, late, said, .. } = attempt;
    let long = if late { ", the larger one" } else { "" };
    for (i, block) in candidates.into_iter().enumerate() {
        let why = match said {
            Said::Closed(n) if i == n => {
                *proof = Some(Proof { from: if i < kept { "store" } else { "portfolio" }, block });
                continue;
            }
            Said::OutOfBudget(n) if i == n => format!("ran out of its budget{long}"),
            Said::BadCandidate(n) if i == n => "is no proof for Lean's parser".to_owned(),
            Said::Closed(n) | Said::OutOfBudget(n) if i < n => "failed".to_owned(),
            Said::Open => "failed".to_owned(),
            Said::Unfinished => "Lean came to no end with it, or with one that was tried with it".to_owned(),
            // Not tried in this file.
            Said::Closed(_) | Said::OutOfBudget(_) | Said::BadCandidate(_) | Said::Refused => continue,
        };
        failed.retain(|f| f.block != block);
        failed.push(Failed { block, why });
    }
}

/// What came of asking an agent.
fn tell_asked(asked: Asked, proof: &mut Option<Proof>, failed: &mut Vec<Failed>) {
    let Asked { role, model, block, came, message, .. } = asked;
    match (came.as_str(), block) {
        ("closed", Some(block)) => *proof = Some(Proof { from: "agents", block }),
        (_, block) => {
            let why = message.map_or(String::new(), |m| format!(": {m}"));
            failed.push(Failed { block: block.unwrap_or_default(), why: format!("{role}, {model}: {came}{why}") });
        }
    }
}

/// The report for people.
fn text(report: &Report, whole: bool) -> String {
    let all = report.obligations.len();
    let proved = report.obligations.iter().filter(|o| o.proof.is_some()).count();
    let mut out = format!("{} {}: {proved} of {all} obligations proved", report.status.word(), report.function);
    if let Some(message) = &report.message {
        let _ = write!(out, "; {message}");
    }
    out.push('\n');
    if !report.axioms.is_empty() {
        let _ = writeln!(out, "  axioms: {}", report.axioms.join(", "));
    }
    if !report.trusted.is_empty() {
        let _ = writeln!(out, "  taken on faith: {}", report.trusted.join(", "));
    }
    for o in &report.obligations {
        let _ = writeln!(
            out,
            "\n{}. {}\n   at {}:{}:{}",
            o.number, o.kind, o.span.file, o.span.line_start, o.span.column_start
        );
        if !o.facts.is_empty() {
            let _ = writeln!(out, "   known here: {}", o.facts.join(", "));
        }
        if !o.goal.is_empty() {
            let _ = writeln!(out, "   to show: {}", o.goal);
        }
        if whole {
            let _ = writeln!(out, "   in Lean:\n{}", indented(&o.lean, 6));
        }
        match &o.proof {
            Some(proof) => {
                let from = match proof.from {
                    "store" => "a kept proof",
                    "agents" => "an agent's proof",
                    _ => "the portfolio",
                };
                let _ = writeln!(out, "   proved by {from}:\n{}", indented(&proof.block, 6));
            }
            None if o.failed.is_empty() => out.push_str("   no proof was tried\n"),
            None => out.push_str("   open\n"),
        }
        if !o.failed.is_empty() {
            let _ = writeln!(out, "   tried in vain:");
        }
        for Failed { block, why } in &o.failed {
            match (whole, block.split_once('\n')) {
                (true, Some(_)) => {
                    let _ = writeln!(out, "   -  {why}\n{}", indented(block, 6));
                }
                (false, Some((first, rest))) => {
                    let _ = writeln!(out, "   -  {first} … ({} lines more): {why}", rest.lines().count());
                }
                (_, None) => {
                    let _ = writeln!(out, "   -  {block}: {why}");
                }
            }
        }
    }
    out
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{:by$}{line}", "")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(candidates: &[&str], kept: usize, said: Said) -> Attempt {
        let candidates = candidates.iter().map(|c| (*c).to_owned()).collect();
        Attempt { function: "f".into(), obligation: 0, candidates, kept, late: false, said }
    }
    fn after(attempts: Vec<Attempt>) -> (Option<Proof>, Vec<(String, String)>) {
        let (mut proof, mut failed) = (None, Vec::new());
        attempts.into_iter().for_each(|a| tell(a, &mut proof, &mut failed));
        (proof, failed.into_iter().map(|f: Failed| (f.block, f.why)).collect())
    }
    fn pair(block: &str, why: &str) -> (String, String) {
        (block.into(), why.into())
    }

    #[test]
    fn what_comes_behind_the_proof_was_not_tried() {
        let (proof, failed) = after(vec![attempt(&["omega", "grind", "simp"], 0, Said::Closed(1))]);
        assert_eq!(proof, Some(Proof { from: "portfolio", block: "grind".into() }));
        assert_eq!(failed, [pair("omega", "failed")]);
    }
    #[test]
    fn a_kept_proof_is_told_from_one_that_was_found() {
        let (proof, _) = after(vec![attempt(&["exact h", "omega"], 1, Said::Closed(0))]);
        assert_eq!(proof.map(|p| p.from), Some("store"));
    }
    #[test]
    fn the_last_word_on_a_block_counts() {
        let first = attempt(&["omega", "grind"], 0, Said::OutOfBudget(1));
        let late = Attempt { late: true, ..attempt(&["grind"], 0, Said::Open) };
        let (proof, failed) = after(vec![first, late]);
        assert_eq!(proof, None);
        assert_eq!(failed, [pair("omega", "failed"), pair("grind", "failed")]);
    }
}
