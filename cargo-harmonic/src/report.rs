//! Results on standard output: excerpts for people, JSON lines for programs, annotations for workflows.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level as Shown, Renderer, Snippet};
use harmonic_translator::span::{SourceMap, Span};
use serde::Serialize;

use crate::cli::{Color, Common, Format};
use crate::failure::Failure;
use crate::verdict::{Finding, Finished, Level, Location, Status, Verdict};

/// Prints results in the form asked for.
pub struct Reporter {
    format: Format,
    verbose: u8,
    quiet: bool,
}

#[derive(Serialize)]
struct CrateDiagnostic<'a> {
    reason: &'static str,
    package: &'a str,
    code: Option<&'a str>,
    span: Option<Location>,
    message: &'a str,
}

impl Reporter {
    /// A reporter; sets the colours of the process.
    pub fn new(format: Format, common: &Common) -> Self {
        match common.color {
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self { format, verbose: common.verbose, quiet: common.quiet }
    }
    fn line(&self, text: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    }
    fn json(&self, value: &impl Serialize) -> io::Result<()> {
        self.line(&serde_json::to_string(value).map_err(io::Error::other)?)
    }
    /// One verdict.
    ///
    /// # Errors
    /// If standard output is closed or full.
    pub fn verdict(&self, verdict: &Verdict, sources: &SourceMap) -> io::Result<()> {
        match self.format {
            Format::Json => self.json(verdict),
            Format::Github => {
                for finding in &verdict.findings {
                    self.github(finding, sources)?;
                }
                Ok(())
            }
            Format::Human => {
                if verdict.status == Status::Verified && !self.quiet {
                    let proved = verdict.obligations.proved;
                    let plural = if proved == 1 { "" } else { "s" };
                    let mut text = format!("verified {} ({proved} obligation{plural}", verdict.function);
                    let inferred: usize = verdict.inferred.iter().map(|i| i.maintains.len()).sum();
                    if inferred > 0 {
                        let plural = if inferred == 1 { "" } else { "s" };
                        text.push_str(&format!(", {inferred} invariant{plural} inferred"));
                    }
                    if self.verbose > 0 {
                        if let Some(proof) = &verdict.proof {
                            text.push_str(&format!(", {proof}, {} ms", verdict.time_ms));
                        }
                        text.push_str(&format!(
                            "; axioms: {}",
                            if verdict.axioms.is_empty() { "none".into() } else { verdict.axioms.join(", ") }
                        ));
                    }
                    if !verdict.trusted.is_empty() {
                        text.push_str(&format!("; trusting {}", verdict.trusted.join(", ")));
                    }
                    self.line(&(text + ")"))?;
                } else if verdict.status == Status::Trusted && !self.quiet {
                    self.line(&format!("trusted {} (its spec is taken on faith)", verdict.function))?;
                }
                for finding in &verdict.findings {
                    self.line(&render(finding, sources))?;
                    self.line("")?;
                }
                Ok(())
            }
        }
    }
    /// A finding that concerns no function.
    ///
    /// # Errors
    /// If the output is closed or full.
    pub fn crate_finding(&self, package: &str, finding: &Finding, sources: &SourceMap) -> io::Result<()> {
        match self.format {
            Format::Json => self.json(&CrateDiagnostic {
                reason: "harmonic-diagnostic",
                package,
                code: finding.code.as_deref(),
                span: finding.labels.first().map(|(s, _)| Location::of(sources, *s)),
                message: &finding.title,
            }),
            Format::Github => self.github(finding, sources),
            Format::Human => writeln!(anstream::stderr(), "{}\n", render(finding, sources)),
        }
    }
    /// The closing line.
    ///
    /// # Errors
    /// If the output is closed or full.
    pub fn finished(&self, sum: &Finished) -> io::Result<()> {
        match self.format {
            Format::Json => self.json(sum),
            Format::Human | Format::Github => {
                let parts = [
                    (sum.verified, "verified"),
                    (sum.refuted, "refuted"),
                    (sum.unknown, "unknown"),
                    (sum.unsupported, "unsupported"),
                    (sum.trusted, "trusted"),
                    (sum.error, if sum.error == 1 { "error" } else { "errors" }),
                ];
                let shown: Vec<String> = parts
                    .iter()
                    .enumerate()
                    .filter(|(i, (n, _))| *i == 0 || *n > 0)
                    .map(|(_, (n, word))| format!("{n} {word}"))
                    .collect();
                self.line(&shown.join(", "))
            }
        }
    }
    fn github(&self, finding: &Finding, sources: &SourceMap) -> io::Result<()> {
        let kind = if finding.level == Level::Error { "error" } else { "warning" };
        let title = finding.code.as_ref().map_or_else(String::new, |c| format!(",title={}", property(c)));
        let mut text = finding.title.clone();
        for note in &finding.notes {
            text.push('\n');
            text.push_str(note);
        }
        let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        match finding.labels.first() {
            Some((span, _)) => {
                let at = Location::of(sources, *span);
                self.line(&format!(
                    "::{kind} file={},line={},col={},endLine={}{title}::{text}",
                    property(&at.file),
                    at.line_start,
                    at.column_start,
                    at.line_end
                ))
            }
            None => self.line(&format!("::{kind} {}::{text}", title.trim_start_matches(','))),
        }
    }
}

fn property(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace(':', "%3A").replace(',', "%2C")
}

/// A finding with its excerpts.
pub fn render(finding: &Finding, sources: &SourceMap) -> String {
    let level = || match finding.level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
    };
    let mut title = level().primary_title(finding.title.as_str());
    if let Some(code) = &finding.code {
        title = title.id(code.as_str());
    }
    let mut group = Group::with_title(title);
    // One excerpt a file, the main one first.
    let mut files: Vec<u32> = Vec::new();
    for (span, _) in &finding.labels {
        if !files.contains(&span.file.0) {
            files.push(span.file.0);
        }
    }
    for file in files {
        let Some((path, text)) = sources.files.get(file as usize) else { continue };
        let mut snippet = Snippet::source(text.as_str()).path(path.as_str()).fold(true);
        for (i, (span, label)) in finding.labels.iter().enumerate() {
            if span.file.0 != file {
                continue;
            }
            let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let mut annotation = kind.span(range(text, *span));
            if !label.is_empty() {
                annotation = annotation.label(label.as_str());
            }
            snippet = snippet.annotation(annotation);
        }
        group = group.element(snippet);
    }
    for note in &finding.notes {
        group = group.element(Shown::NOTE.message(note.as_str()));
    }
    if let Some(help) = &finding.help {
        group = group.element(Shown::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// The span cut to what is in the text, at character boundaries.
fn range(text: &str, span: Span) -> std::ops::Range<usize> {
    let clamp = |at: u32| {
        let mut at = (at as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (lo, hi) = (clamp(span.lo), clamp(span.hi));
    lo..hi.max(lo)
}

/// Prints why the tool could not do its work.
pub fn failure(failure: &Failure) {
    let finding = Finding {
        level: Level::Error,
        code: None,
        title: failure.message.clone(),
        labels: Vec::new(),
        notes: Vec::new(),
        help: failure.help.clone(),
    };
    let _ = writeln!(anstream::stderr(), "{}", render(&finding, &SourceMap::default()));
}
