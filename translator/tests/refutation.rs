//! The search for counterexamples on the cases of `tests/cases`: what is `// refuted` there is refuted, what is `// verified`
//! never is, and every verified function has a witness of its `requires`.

use std::fmt::Write as _;
use std::path::Path;

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::interp::{Budget, Outcome, refute};
use harmonic_translator::tir::FnId;

/// `(name, source)` of every case of a file.
fn cases(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut in_rust = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ")
            && !in_rust
        {
            out.push((name.to_string(), "use harmonic::*;\n".to_string()));
        } else if line.trim_start().starts_with("```") {
            in_rust = !in_rust && line.trim_end().ends_with("rust");
        } else if in_rust && let Some((_, source)) = out.last_mut() {
            source.push_str(line);
            source.push('\n');
        }
    }
    out
}

/// The expected verdict at the end of a line that holds the `fn` of this name.
fn expected<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("fn {name}");
    source.lines().find_map(|l| {
        let rest = &l[l.find(&start)? + start.len()..];
        if !rest.starts_with(['(', '<']) {
            return None;
        }
        Some(l.rsplit_once("// ")?.1.trim())
    })
}

#[test]
fn cases_are_refuted_exactly_where_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the cases").filter_map(|e| Some(e.ok()?.path())).collect();
    files.sort();
    let mut problems = String::new();
    let mut counts = [0usize; 3];
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(file).expect("a readable case");
        for (case, source) in cases(&text) {
            let read = |_: &str| Ok(source.clone().into_bytes());
            let (program, sources, _) = load("src/lib.rs", &CfgSet::new(), &read);
            for (i, function) in program.functions.iter().enumerate() {
                let name = function.path.rsplit("::").next().unwrap_or_default();
                let Some(verdict) = expected(&source, name) else { continue };
                if function.spec.is_none() || !function.diagnostics.is_empty() {
                    continue;
                }
                let at = format!("{}: {case}: {name}", file.file_stem().unwrap_or_default().to_string_lossy());
                let started = std::time::Instant::now();
                let r = refute(&program, FnId(i), &Budget::default());
                let seconds = started.elapsed().as_secs_f64();
                let summary = match &r.outcome {
                    Outcome::Refuted(c) => {
                        format!("{} {}", c.inputs_line(&program), c.what_happened(&program, &sources))
                    }
                    other => format!("{other:?} tried {} met {} undecided {:?}", r.tried, r.met_requires, r.undecided),
                };
                println!("{at} [{verdict}] {seconds:.2} s: {summary}");
                for h in &r.hints {
                    println!("    hint: `{}` entry {} {:?}", sources.snippet(h.span), h.entry, h.values);
                }
                let refuted = matches!(r.outcome, Outcome::Refuted(_));
                match verdict.split(':').next().unwrap_or_default() {
                    "refuted" => {
                        counts[0] += 1;
                        if !refuted {
                            let _ = writeln!(problems, "{at}: not refuted: {summary}");
                        }
                    }
                    "verified" => {
                        counts[1] += 1;
                        if refuted || r.witness.is_none() {
                            let _ = writeln!(problems, "{at}: {summary} (witness: {})", r.witness.is_some());
                        }
                    }
                    // A spec taken on faith may be false; that is what makes the report name it.
                    "trusted" => {}
                    _ => {
                        counts[2] += 1;
                        if refuted {
                            let _ = writeln!(problems, "{at}: [{verdict}] but refuted: {summary}");
                        }
                    }
                }
            }
        }
    }
    println!("{counts:?} refuted, verified, other");
    assert!(problems.is_empty(), "{problems}");
    assert!(counts[0] > 0 && counts[1] > 0);
}
