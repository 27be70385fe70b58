//! The modules of `tests/cases` and of `examples`, with the functions that are expected `verified`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// A module.
pub(crate) struct Source {
    /// File and heading, or the example.
    pub(crate) name: String,
    /// Its text, without `use harmonic::*;`.
    pub(crate) text: String,
    /// The lines, from 1, of the `fn` of each function that is expected `verified`.
    pub(crate) lines: BTreeSet<usize>,
}

/// Entries of a folder in order.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    Ok(paths)
}

/// The cases of a file (format: `tests/README.md`).
fn cases(stem: &str, markdown: &str) -> Vec<Source> {
    let new = |name: String| Source { name, text: String::new(), lines: BTreeSet::new() };
    let mut all = vec![new(stem.to_owned())];
    let mut in_rust = false;
    for line in markdown.lines() {
        if in_rust && line.trim_end() == "```" {
            in_rust = false;
        } else if in_rust {
            let Some(case) = all.last_mut() else { continue };
            case.text.push_str(line);
            case.text.push('\n');
            if line
                .rsplit_once("// ")
                .is_some_and(|(code, verdict)| code.contains("fn ") && verdict.trim() == "verified")
            {
                case.lines.insert(case.text.lines().count());
            }
        } else if let Some(title) = line.strip_prefix("## ") {
            all.push(new(format!("{stem}: {title}")));
        } else {
            in_rust = line.trim_end() == "```rust";
        }
    }
    all.retain(|case| !case.text.is_empty());
    all
}

/// An example, whose annotated functions are all verified unless they are trusted.
fn example(name: &str, text: &str) -> Result<Source, Box<dyn Error>> {
    // A module has its inner comments before anything else, and `use harmonic::*;` is to stand first.
    let plain = |line: &str| if line.starts_with("//!") { "//\n".to_owned() } else { format!("{line}\n") };
    let text: String = text.lines().map(plain).collect();
    let mut lines = BTreeSet::new();
    super::edits::functions(&syn::parse_file(&text)?, &mut |attributes, line, _| {
        let has = |name: &str| attributes.iter().any(|a| a.path().is_ident(name));
        if has("spec") && !has("trusted") {
            lines.insert(line);
        }
    });
    Ok(Source { name: format!("examples/{name}"), text, lines })
}

/// All of them.
///
/// # Errors
/// If a file cannot be read or does not parse.
pub(crate) fn sources(root: &Path) -> Result<Vec<Source>, Box<dyn Error>> {
    let mut out = vec![];
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    for path in sorted(&root.join("tests/cases"))? {
        if path.extension().is_some_and(|e| e == "md") {
            out.extend(cases(&name(&path), &fs::read_to_string(&path)?));
        }
    }
    for path in sorted(&root.join("examples"))? {
        let file = path.join("src/lib.rs");
        // Every function there contradicts its spec.
        if file.exists() && name(&path) != "false-specs" {
            out.push(example(&name(&path), &fs::read_to_string(&file)?)?);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_are_to_be_verified_are_found() {
        let text = "# T\n## a\n```rust\nfn f() { // verified\n}\nfn g() {} // refuted\n```\n## b\n```rust\nfn h() {} // refuted\n```\n";
        let found = cases("t", text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].lines.clone()), ("t: a", BTreeSet::from([1])));
        assert_eq!((found[1].name.as_str(), found[1].lines.len()), ("t: b", 0));
        let text = "//! Doc.\n#[spec(ensures: |out| out == 1)]\npub fn f() -> u8 {\n    1\n}\nfn g() {}\n";
        assert_eq!(example("e", text).expect("it parses").lines, BTreeSet::from([3]));
    }
}
