//! What the tool said of each crate, as a table with totals and the codes in the order of functions blocked.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::list::Pinned;
use super::measured::Measured;

/// Functions by what became of them, and by code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) functions: usize,
    /// `translated`, or the status of a verdict.
    pub(crate) kinds: BTreeMap<String, usize>,
    /// Functions that a code keeps from being translated: one may have several codes.
    pub(crate) codes: BTreeMap<String, usize>,
}

/// What functions may become, in the order of the columns.
const KINDS: [&str; 7] = ["translated", "verified", "refuted", "unknown", "unsupported", "trusted", "error"];

impl Figures {
    /// Reads what `coverage` or `verify` printed as JSON.
    ///
    /// # Errors
    /// If a line is no JSON, or the last one, with the sum, is missing.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut out = Self::default();
        let mut whole = false;
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).map_err(|e| format!("`{line}` is no JSON: {e}"))?;
            let number = |key: &str| line[key].as_u64().map_or(0, |n| n as usize);
            match line["reason"].as_str() {
                Some("harmonic-coverage-code") => {
                    out.codes.insert(line["code"].as_str().unwrap_or_default().to_owned(), number("functions"));
                }
                Some("harmonic-coverage-total") => {
                    whole = true;
                    out.functions = number("functions");
                    out.kinds = KINDS.iter().map(|kind| ((*kind).to_owned(), number(kind))).collect();
                }
                Some("harmonic-verdict") => {
                    let status = line["status"].as_str().unwrap_or_default();
                    out.functions += 1;
                    *out.kinds.entry(status.to_owned()).or_default() += 1;
                    if let ("unsupported", Some(code)) = (status, line["cause"].as_str()) {
                        *out.codes.entry(code.to_owned()).or_default() += 1;
                    }
                }
                Some("harmonic-finished") => whole = true,
                _ => {}
            }
        }
        if whole { Ok(out) } else { Err("it did not come to its last line".into()) }
    }

    /// How many became this.
    pub(crate) fn of(&self, kind: &str) -> usize {
        self.kinds.get(kind).copied().unwrap_or(0)
    }

    fn add(&mut self, other: &Self) {
        self.functions += other.functions;
        for (own, other) in [(&mut self.kinds, &other.kinds), (&mut self.codes, &other.codes)] {
            for (key, n) in other {
                *own.entry(key.clone()).or_default() += n;
            }
        }
    }

    /// The codes in the order of functions blocked.
    fn ordered(&self) -> Vec<(&str, usize)> {
        let mut codes: Vec<(&str, usize)> = self.codes.iter().map(|(code, n)| (code.as_str(), *n)).collect();
        codes.sort_by_key(|(code, n)| (std::cmp::Reverse(*n), *code));
        codes
    }
}

/// A crate with what was said of it.
struct Row {
    pinned: Pinned,
    figures: Figures,
    seconds: f64,
    peak: Option<u64>,
}

/// What was said of all crates.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    /// Where the tool did not do its work.
    pub(crate) faults: Vec<String>,
}

impl Report {
    /// Adds a crate; `figures` is why there are none, where that is so.
    pub(crate) fn add(&mut self, pinned: &Pinned, run: &Measured, figures: Result<Figures, String>) {
        let figures = figures.unwrap_or_else(|why| {
            self.faults.push(format!("{}: {why}", pinned.folder()));
            Figures::default()
        });
        if figures.of("error") > 0 {
            self.faults.push(format!("{}: {} functions are in error", pinned.folder(), figures.of("error")));
        }
        let seconds = run.time.as_secs_f64();
        self.rows.push(Row { pinned: pinned.clone(), figures, seconds, peak: run.peak });
    }

    fn total(&self) -> Figures {
        let mut total = Figures::default();
        self.rows.iter().for_each(|row| total.add(&row.figures));
        total
    }

    /// The same for programs, a JSON object a line.
    pub(crate) fn json(&self) -> String {
        let figures = |f: &Figures| json!({ "functions": f.functions, "kinds": f.kinds, "codes": f.codes });
        let mut lines: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let mut line = figures(&row.figures);
                line["crate"] = json!(row.pinned.name);
                line["version"] = json!(row.pinned.version);
                line["kind"] = json!(row.pinned.kind);
                line["seconds"] = json!(row.seconds);
                line["peak_bytes"] = json!(row.peak);
                line
            })
            .collect();
        lines.push(json!({ "total": figures(&self.total()), "faults": self.faults }));
        lines.into_iter().map(|line| format!("{line}\n")).collect()
    }
}

/// The codes that block most, with their numbers, in a few words.
fn most(figures: &Figures) -> String {
    let shown = figures.ordered().into_iter().take(4).map(|(code, n)| format!("{code} {n}"));
    shown.collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| total.of(kind) > 0).collect();
        let name = |row: &Row| format!("{} {}", row.pinned.name, row.pinned.version);
        let width = self.rows.iter().map(|row| name(row).len()).max().unwrap_or(0).max(5);
        write!(f, "{:10} {:width$} {:>9}", "kind", "crate", "functions")?;
        for kind in &kinds {
            write!(f, " {kind:>11}")?;
        }
        writeln!(f, " {:>7} {:>7}  blocked by", "seconds", "MB")?;
        let line = |f: &mut fmt::Formatter<'_>, kind: &str, name: &str, figures: &Figures| {
            write!(f, "{kind:10} {name:width$} {:>9}", figures.functions)?;
            kinds.iter().try_for_each(|kind| write!(f, " {:>11}", figures.of(kind)))
        };
        for row in &self.rows {
            line(f, &row.pinned.kind, &name(row), &row.figures)?;
            let megabytes = row.peak.map_or_else(|| "?".to_owned(), |bytes| (bytes / 1_000_000).to_string());
            writeln!(f, " {:>7.1} {megabytes:>7}  {}", row.seconds, most(&row.figures))?;
        }
        line(f, "", "total", &total)?;
        let seconds: f64 = self.rows.iter().map(|row| row.seconds).sum();
        let peak = self.rows.iter().filter_map(|row| row.peak).max().unwrap_or(0);
        writeln!(f, " {seconds:>7.1} {:>7}", peak / 1_000_000)?;
        writeln!(f, "\nfunctions that a code keeps from being translated")?;
        for (code, n) in total.ordered() {
            writeln!(f, "{n:>6}  {code}")?;
        }
        self.faults.iter().try_for_each(|fault| writeln!(f, "fault: {fault}"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::measured::End;
    use super::*;

    fn run() -> Measured {
        let (stdout, stderr) = (String::new(), String::new());
        Measured { end: End::Status(0), stdout, stderr, time: Duration::from_secs(1), peak: Some(5_000_000) }
    }

    fn pinned(name: &str) -> Pinned {
        Pinned { kind: "bits".into(), name: name.into(), version: "1.0.0".into() }
    }

    #[test]
    fn coverage_and_verdicts_are_read() {
        let coverage = r#"{"reason":"harmonic-coverage-module","module":"a","functions":3}
{"reason":"harmonic-coverage-code","code":"H0208","functions":2,"alone":2}
{"reason":"harmonic-coverage-total","functions":3,"unsupported":2,"translated":1}"#;
        let coverage = Figures::read(coverage).expect("it is whole");
        assert_eq!((coverage.functions, coverage.of("translated"), coverage.of("unsupported")), (3, 1, 2));
        assert_eq!(coverage.ordered(), [("H0208", 2)]);
        let verdicts = r#"{"reason":"harmonic-verdict","status":"verified","cause":null}
{"reason":"harmonic-verdict","status":"unknown","cause":"exhausted"}
{"reason":"harmonic-verdict","status":"unsupported","cause":"H0206"}
{"reason":"harmonic-finished","verified":1}"#;
        let verdicts = Figures::read(verdicts).expect("it is whole");
        assert_eq!((verdicts.functions, verdicts.of("verified"), verdicts.of("unknown")), (3, 1, 1));
        assert_eq!(verdicts.ordered(), [("H0206", 1)]);
        assert!(Figures::read("{\"reason\":\"harmonic-verdict\"}").is_err());
        assert!(Figures::read("thread 'main' panicked").is_err());
    }

    #[test]
    fn the_table_sums_up() {
        let figures = |translated: usize, blocked: usize| Figures {
            functions: translated + blocked,
            kinds: [("translated".to_owned(), translated), ("unsupported".to_owned(), blocked)].into(),
            codes: [("H0206".to_owned(), blocked)].into(),
        };
        let mut report = Report::default();
        report.add(&pinned("one"), &run(), Ok(figures(1, 2)));
        report.add(&pinned("two"), &run(), Ok(figures(10, 20)));
        report.add(&pinned("three"), &run(), Err("a panic".into()));
        let shown = report.to_string();
        assert!(shown.contains("total              33          11          22"), "{shown}");
        assert!(shown.contains("    22  H0206") && shown.contains("fault: three-1.0.0: a panic"), "{shown}");
        assert_eq!(report.json().lines().count(), 4);
    }
}
