//! Policies as text: lines that add up, so that what was learnt is appended, and files of several machines are joined end to end.
//!
//! ```text
//! harmonic-policy 1
//! family TRIED WON MILLISECONDS TIMED NAME
//! example WON FAILED,FAILED FEATURE FEATURE …
//! ```
//! Families in examples and features are numbers in hexadecimal; `-` stands for none.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::family::Family;
use super::{Example, Log, Record};

const HEADER: &str = "harmonic-policy 1";
/// Most of what one line may hold: nothing of ours comes near.
const MOST: usize = 1000;

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct PolicyError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

pub(super) fn read(text: &str) -> Result<Log, PolicyError> {
    let mut log = Log::default();
    let mut lines = text.lines().enumerate();
    if let Some((_, first)) = lines.next().filter(|(_, first)| *first != HEADER) {
        let reason = if first.starts_with("harmonic-policy ") {
            "written by another version of this tool"
        } else {
            "`harmonic-policy 1` was expected"
        };
        return Err(PolicyError { line: 1, reason });
    }
    for (i, line) in lines {
        let result = match line.split_once(' ') {
            // Where one file ends and the next begins.
            _ if line.is_empty() || line == HEADER => Ok(()),
            Some(("family", rest)) => {
                family(rest).map(|(family, record)| super::add(log.records.entry(family).or_default(), &record))
            }
            Some(("example", rest)) => example(rest).map(|example| log.examples.push(example)),
            _ => Err("`family` or `example` was expected"),
        };
        result.map_err(|reason| PolicyError { line: i + 1, reason })?;
    }
    Ok(log)
}

fn family(rest: &str) -> Result<(Family, Record), &'static str> {
    let mut words = rest.splitn(5, ' ');
    let mut number = || {
        let number = words.next().and_then(|w| w.parse::<f32>().ok()).filter(|n| n.is_finite() && *n >= 0.0);
        number.ok_or("four numbers were expected")
    };
    let (tried, won, time, timed) = (number()?, number()?, number()?, number()?);
    if won > tried {
        return Err("more successes than attempts");
    }
    let name = words.next().filter(|n| !n.is_empty() && n.len() <= 40 * MOST).ok_or("a name was expected")?;
    Ok((Family::named(name), Record { name: name.to_owned(), tried, won, time, timed }))
}

fn example(rest: &str) -> Result<Example, &'static str> {
    let mut words = rest.split(' ');
    let family =
        |word: &str| u32::from_str_radix(word, 16).map(Family).map_err(|_| "the number of a family was expected");
    let won = match words.next() {
        Some("-") => None,
        word => Some(family(word.unwrap_or_default())?),
    };
    let failed = match words.next() {
        Some("-") => Vec::new(),
        word => word.unwrap_or_default().split(',').map(family).collect::<Result<_, _>>()?,
    };
    let features: Result<Vec<_>, _> = words.map(|w| u16::from_str_radix(w, 16)).collect();
    let mut features = features.map_err(|_| "the number of a feature was expected")?;
    features.sort_unstable();
    features.dedup();
    match features.len() <= MOST && failed.len() <= MOST {
        true => Ok(Example { features, failed, won }),
        false => Err("longer than an example may be"),
    }
}

/// Empty if there is nothing to write.
pub(super) fn write(records: &BTreeMap<Family, Record>, examples: &[Example]) -> String {
    if records.is_empty() && examples.is_empty() {
        return String::new();
    }
    let mut out = format!("{HEADER}\n");
    let mut records: Vec<&Record> = records.values().filter(|r| !r.name.is_empty()).collect();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    for r in records {
        let _ = writeln!(out, "family {} {} {:.0} {} {}", r.tried, r.won, r.time, r.timed, r.name);
    }
    for e in examples {
        let number = |f: &Family| format!("{:x}", f.0);
        let won = e.won.as_ref().map_or("-".into(), number);
        let failed =
            if e.failed.is_empty() { "-".into() } else { e.failed.iter().map(number).collect::<Vec<_>>().join(",") };
        let features: Vec<String> = e.features.iter().map(|f| format!("{f:x}")).collect();
        let _ = writeln!(out, "example {won} {failed} {}", features.join(" "));
    }
    out
}
