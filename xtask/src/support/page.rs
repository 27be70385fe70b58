//! The page of what is supported: probes with what the translator says of them, as Markdown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use harmonic_translator::codes;

use super::probes::{Claim, Probe, Section};
use super::std_items::{Item, summary};
use super::verdict::Verdict;

/// Where the page is kept.
pub(crate) const PATH: &str = "docs/support.md";

const HEAD: &str = "# What is supported\n\n\
    <!-- Made by `cargo xtask support` of the probes in tests/support. Do not edit: a test compares it with what is made. -->\n\n\
    Every row is a probe: a function that rustc compiles and that the translator was run on. A row says *yes* where all of it was\n\
    translated, and names the [code](#codes) where it was refused, with the translator's own words. Where it says *run*, it was also run\n\
    on edge values, and did what rustc makes of it. The column *in conditions* says of the expression inside `#[spec]` whether it was\n\
    translated; it is empty where that was not tried. The probes are in\n\
    [`tests/support`](../tests/support), each below its row's name; those of std items are made of the declarations in\n\
    [`std_ops.txt`](../translator/src/std_ops.txt). Translated is not proved: what search finds proofs for is another question.\n";

/// A row as it is printed.
struct Row {
    title: String,
    code: Verdict,
    /// Whether it was compared with rustc.
    run: bool,
    condition: Option<Verdict>,
    /// How it is modelled; what to write instead.
    words: String,
}

/// A finished page.
pub(crate) struct Page {
    pub(crate) text: String,
    pub(crate) rows: usize,
    /// Rows that are refused.
    pub(crate) refused: usize,
    /// Rows that were compared with rustc.
    pub(crate) run: usize,
    /// The codes in it.
    pub(crate) codes: BTreeSet<&'static str>,
}

/// Where the words of a probe contradict what the translator says of it.
pub(crate) fn contradiction(probe: &Probe, code: &Verdict, condition: Option<&Verdict>) -> Option<String> {
    let refusal = |v: &Verdict| match v {
        Verdict::Refused { code, message, .. } => Some(format!("{code}: {message}")),
        Verdict::Supported => None,
    };
    match (&probe.claim, refusal(code)) {
        (Claim::Supported { .. }, Some(why)) => return Some(format!("said to be supported, and refused: {why}")),
        (Claim::Refused { .. }, None) => return Some("said to be refused, and supported".into()),
        _ => {}
    }
    match (&probe.claim, condition.map(refusal)) {
        (Claim::Supported { conditions: Some(true), .. }, Some(Some(why))) => {
            Some(format!("said to be supported in conditions, and refused there: {why}"))
        }
        (Claim::Supported { conditions: Some(false), .. }, Some(None)) => {
            Some("said to be refused in conditions, and supported there".into())
        }
        _ => None,
    }
}

impl Page {
    /// A page without sections.
    pub(crate) fn new() -> Self {
        Page { text: HEAD.to_owned(), rows: 0, refused: 0, run: 0, codes: BTreeSet::new() }
    }

    fn begin(&mut self, title: &str, intro: &str) {
        let _ = write!(self.text, "\n## {title}\n\n");
        if !intro.is_empty() {
            let _ = writeln!(self.text, "{}\n", intro.trim_end());
        }
        self.text.push_str("| Rust | in code | in conditions | meaning, or why not |\n|---|---|---|---|\n");
    }

    fn verdict(&mut self, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Supported => "yes".into(),
            Verdict::Refused { code, .. } => {
                self.codes.insert(code);
                format!("[{code}](#{})", code.to_lowercase())
            }
        }
    }

    fn row(&mut self, row: Row) {
        let why = |v: &Verdict| match v {
            Verdict::Refused { message, help, .. } => Some((message.clone(), help.clone())),
            Verdict::Supported => None,
        };
        let mut words = vec![];
        if let Some((message, help)) = why(&row.code) {
            words.push(message);
            words.extend(if row.words.is_empty() { help } else { None });
        }
        if !row.words.is_empty() {
            words.push(row.words.clone());
        }
        if let Some((message, _)) = row.condition.as_ref().and_then(why) {
            words.push(format!("in conditions: {message}"));
        }
        self.rows += 1;
        self.refused += usize::from(row.code != Verdict::Supported);
        let mut code = self.verdict(&row.code);
        if row.run {
            self.run += 1;
            code.push_str(", run");
        }
        let condition = row.condition.as_ref().map(|v| self.verdict(v)).unwrap_or_default();
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(self.text, "| {} | {code} | {condition} | {} |", cell(&row.title), cell(&words.join("; ")));
    }

    /// A section of probes, each with its verdicts and whether it was compared with rustc.
    pub(crate) fn section(&mut self, section: &Section, verdicts: &[(Verdict, Option<Verdict>, bool)]) {
        self.begin(&section.title, &section.intro);
        for (probe, (code, condition, run)) in section.probes.iter().zip(verdicts) {
            let words = match &probe.claim {
                Claim::Supported { how, .. } => how.clone(),
                Claim::Refused { remark } => remark.clone(),
            };
            let title = probe.title.clone();
            self.row(Row { title, code: code.clone(), run: *run, condition: condition.clone(), words });
        }
    }

    /// The std items of the table, each with the verdicts of its uses.
    pub(crate) fn items(&mut self, title: &str, intro: &str, items: &[(&Item, Vec<(Verdict, Option<Verdict>)>)]) {
        self.begin(title, intro);
        for (item, verdicts) in items {
            let uses = || item.uses.iter().zip(verdicts);
            let (code, _) = summary(&uses().map(|(t, v)| (t, v.0.clone())).collect::<Vec<_>>());
            let conditions: Vec<_> = uses().filter_map(|(t, v)| Some((t, v.1.clone()?))).collect();
            let (condition, but) = match conditions.is_empty() {
                true => (None, String::new()),
                false => {
                    let (verdict, but) = summary(&conditions);
                    (Some(verdict), but)
                }
            };
            let words = if but.is_empty() { item.how.clone() } else { format!("{} ({but} in conditions)", item.how) };
            self.row(Row { title: item.title.clone(), code, run: true, condition, words });
        }
    }

    /// The page with the meaning of its codes.
    pub(crate) fn finished(mut self) -> Self {
        self.text.push_str(
            "\n## Codes\n\n`cargo harmonic explain CODE` has a page for each.\n\n| code | meaning |\n|---|---|\n",
        );
        for code in &self.codes {
            let meaning = codes::explain(code).and_then(|page| page.lines().next()).unwrap_or_default();
            let _ = writeln!(self.text, "| <a id=\"{}\"></a>{code} | {meaning} |", code.to_lowercase());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Verdict {
        Verdict::Refused { code: "H0209", message: "`a | b`".into(), help: Some("write c".into()) }
    }

    #[test]
    fn words_that_contradict_the_translator_are_found() {
        let probe = |claim| Probe { title: "t".into(), claim, text: String::new() };
        let supported = |conditions| probe(Claim::Supported { how: "h".into(), conditions });
        let is_refused = probe(Claim::Refused { remark: String::new() });
        let yes = Verdict::Supported;
        assert_eq!(contradiction(&supported(None), &yes, None), None);
        assert_eq!(contradiction(&supported(Some(true)), &yes, Some(&yes)), None);
        assert_eq!(contradiction(&supported(Some(false)), &yes, Some(&refused())), None);
        assert_eq!(contradiction(&is_refused, &refused(), None), None);
        assert!(contradiction(&supported(None), &refused(), None).is_some_and(|c| c.contains("H0209")));
        assert!(contradiction(&supported(Some(true)), &yes, Some(&refused())).is_some());
        assert!(contradiction(&supported(Some(false)), &yes, Some(&yes)).is_some());
        assert!(contradiction(&is_refused, &yes, None).is_some());
    }

    #[test]
    fn rows_say_what_the_translator_says() {
        let probe =
            Probe { title: "`async`".into(), claim: Claim::Refused { remark: String::new() }, text: String::new() };
        let section = Section { title: "Items".into(), intro: "Words.\n".into(), probes: vec![probe] };
        let mut page = Page::new();
        page.section(&section, &[(refused(), None, false)]);
        let page = page.finished();
        assert!(page.text.contains("| `async` | [H0209](#h0209) |  | `a \\| b`; write c |"), "{}", page.text);
        assert!(page.text.contains("| <a id=\"h0209\"></a>H0209 | Async code is not supported. |"), "{}", page.text);
        assert_eq!((page.rows, page.refused), (1, 1));
    }
}
