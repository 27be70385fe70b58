//! The probes below `tests/support` (format: `tests/README.md`).

use std::error::Error;
use std::fs;
use std::path::Path;

use syn::spanned::Spanned as _;

/// What the words of a probe claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is supported, and how it is modelled; in conditions, too, or not there, if that is asked.
    Supported { how: String, conditions: Option<bool> },
    /// It is refused; what to write instead, or what else there is to say.
    Refused { remark: String },
}

/// Something that a user may write: a row of the page.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    /// What it is about, as Markdown.
    pub(crate) title: String,
    pub(crate) claim: Claim,
    /// Items, among them a function `probe` with a `#[spec]`.
    pub(crate) text: String,
}

/// A section of the page.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// What is said before the rows.
    pub(crate) intro: String,
    pub(crate) probes: Vec<Probe>,
}

/// The words of a claim as its line has them.
fn claim(line: &str) -> Option<Claim> {
    let (word, words) = line.split_once(": ").unwrap_or((line, ""));
    let words = words.trim().to_owned();
    let supported = |conditions| Some(Claim::Supported { how: words.clone(), conditions });
    match word {
        "supported" => supported(None),
        "supported, in conditions too" => supported(Some(true)),
        "supported, not in conditions" => supported(Some(false)),
        "refused" => Some(Claim::Refused { remark: words }),
        "refused, instead" => Some(Claim::Refused { remark: format!("instead: {words}") }),
        _ => None,
    }
}

/// A function on one line as a probe of its body.
fn of_line(line: &str, claim: &Claim) -> Result<Probe, String> {
    let wrong = || format!("`{line}` is no function with a body on one line");
    let rest = line.strip_prefix("fn ").ok_or_else(wrong)?;
    let (open, close) = (line.find(" { ").ok_or_else(wrong)?, line.rfind(" }").ok_or_else(wrong)?);
    let body = line.get(open + 3..close).ok_or_else(wrong)?;
    let after_name = rest.find(['(', '<']).ok_or_else(wrong)?;
    let text = format!("#[spec]\nfn probe{}\n", &rest[after_name..]);
    Ok(Probe { title: format!("`{body}`"), claim: claim.clone(), text })
}

/// The section of a file.
///
/// # Errors
/// If it is not of the format, with the line.
pub(crate) fn section(markdown: &str) -> Result<Section, String> {
    let mut out = Section { title: String::new(), intro: String::new(), probes: vec![] };
    let mut heading: Option<String> = None;
    let mut claimed: Option<Claim> = None;
    // The fence that is open: whether each of its lines is a probe, and its text.
    let mut fence: Option<(bool, String)> = None;
    for (i, line) in markdown.lines().enumerate() {
        let at = |what: &str| format!("line {}: {what}", i + 1);
        if let Some((each, text)) = &mut fence {
            if line.trim_end() != "```" {
                if *each && !line.trim().is_empty() {
                    let claim = claimed.as_ref().ok_or_else(|| at("a probe without a claim"))?;
                    out.probes.push(of_line(line.trim(), claim).map_err(|e| at(&e))?);
                } else {
                    text.push_str(line);
                    text.push('\n');
                }
                continue;
            }
            if !*each {
                let title = heading.take().ok_or_else(|| at("a second probe below one heading"))?;
                let claim = claimed.take().ok_or_else(|| at("a probe without a claim"))?;
                out.probes.push(Probe { title, claim, text: std::mem::take(text) });
            }
            fence = None;
        } else if let Some(title) = line.strip_prefix("# ") {
            out.title = title.to_owned();
        } else if let Some(title) = line.strip_prefix("## ") {
            (heading, claimed) = (Some(title.to_owned()), None);
        } else if line.starts_with("```") {
            fence = match line.trim_end() {
                "```rust" => Some((false, String::new())),
                "```rust each" => Some((true, String::new())),
                _ => return Err(at("a fence that is neither `rust` nor `rust each`")),
            };
        } else if line.trim().is_empty() {
        } else if heading.is_none() && out.probes.is_empty() {
            out.intro.push_str(line);
            out.intro.push('\n');
        } else if claimed.is_some() {
            return Err(at("a second claim"));
        } else {
            claimed = Some(claim(line).ok_or_else(|| at("neither `supported` nor `refused`"))?);
        }
    }
    match out.probes.is_empty() {
        true => Err("no probes".into()),
        false => Ok(out),
    }
}

/// The sections of the repository, in the order of their files' names.
///
/// # Errors
/// If a file cannot be read or is not of the format.
pub(crate) fn sections(root: &Path) -> Result<Vec<Section>, Box<dyn Error>> {
    let folder = root.join("tests/support");
    let mut files: Vec<_> = fs::read_dir(&folder)?.flatten().map(|e| e.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "md"));
    files.sort();
    files.iter().map(|f| section(&fs::read_to_string(f)?).map_err(|e| format!("{}: {e}", f.display()).into())).collect()
}

impl Probe {
    /// The same expression in a condition: `probe` gets a parameter `wanted` that its body has to be equal to.
    ///
    /// # Errors
    /// If there is no function `probe` whose body is a value.
    pub(crate) fn in_condition(&self) -> Result<String, String> {
        let file = syn::parse_file(&self.text).map_err(|e| format!("it does not parse: {e}"))?;
        let found = file.items.iter().find_map(|item| match item {
            syn::Item::Fn(f) if f.sig.ident == "probe" => Some(f),
            _ => None,
        });
        let Some(f) = found else { return Err("no function `probe` to make a condition of".into()) };
        let syn::ReturnType::Type(_, ty) = &f.sig.output else { return Err("`probe` has no result".into()) };
        let of = |span: proc_macro2::Span| &self.text[span.byte_range()];
        let body = match f.block.stmts.as_slice() {
            [syn::Stmt::Expr(value, None)] => format!("({})", of(value.span())),
            _ => of(f.block.span()).to_owned(),
        };
        let inputs = f.sig.inputs.iter().map(|p| format!("{}, ", of(p.span()))).collect::<String>();
        let item = f.span().byte_range();
        let generics = of(f.sig.generics.span());
        let bounds = f.sig.generics.where_clause.as_ref().map_or("", |w| of(w.span()));
        Ok(format!(
            "{}#[spec(requires: {body} == wanted)]\nfn probe{generics}({inputs}wanted: {}) {bounds} {{}}{}",
            &self.text[..item.start],
            of(ty.span()),
            &self.text[item.end..]
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_read() {
        let text = "# Theme\nWords.\n## `a`\nsupported, in conditions too: as such\n```rust\n#[spec]\nfn probe(x: u8) -> u8 { x }\n```\n\
                    ## more\nrefused, instead: a loop\n```rust each\nfn a() -> u8 { 1 }\nfn b<T>(x: T) -> u8 { 2 }\n```\n";
        let found = section(text).expect("it is of the format");
        assert_eq!((found.title.as_str(), found.intro.as_str()), ("Theme", "Words.\n"));
        let titles: Vec<&str> = found.probes.iter().map(|p| p.title.as_str()).collect();
        assert_eq!(titles, ["`a`", "`1`", "`2`"]);
        assert_eq!(found.probes[0].claim, Claim::Supported { how: "as such".into(), conditions: Some(true) });
        assert_eq!(found.probes[2].claim, Claim::Refused { remark: "instead: a loop".into() });
        assert_eq!(found.probes[2].text, "#[spec]\nfn probe<T>(x: T) -> u8 { 2 }\n");
        let condition = found.probes[0].in_condition().expect("its body is a value");
        assert_eq!(condition.trim(), "#[spec(requires: (x) == wanted)]\nfn probe(x: u8, wanted: u8)  {}");
    }

    #[test]
    fn what_is_not_of_the_format_is_said() {
        for (text, what) in [
            ("# T\n## a\n```rust\nfn probe() {}\n```\n", "without a claim"),
            ("# T\n## a\nperhaps: so\n```rust\nfn probe() {}\n```\n", "neither"),
            ("# T\n## a\nrefused\n```toml\n```\n", "a fence"),
            ("# T\n## a\nrefused\n```rust each\nfn probe() {}\n```\n", "no function"),
            ("# T\n", "no probes"),
        ] {
            let wrong = section(text).expect_err(text);
            assert!(wrong.contains(what), "{wrong}");
        }
    }
}
