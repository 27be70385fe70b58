//! `cargo xtask support`: the page of what is supported, made by running the translator on probes, so that it says what is so.

mod compared;
mod page;
mod probes;
mod rustc;
mod std_items;
mod verdict;

use std::error::Error;
use std::path::Path;

use page::{PATH, Page, contradiction};
use probes::{Claim, sections};
use verdict::{Verdict, verdicts};

/// What is said before the rows of the table's items.
const ITEMS: &str = "`I` and `J` are any integer type, `S` a signed and `N` an unsigned one; `T` and `E` any type. A row holds for all\n\
    integer types that its letters can be. What changes its receiver (`&mut`) has no place in conditions.\n";

/// The page as it should be.
///
/// # Errors
/// If a probe is not of the format, is no Rust, has words that contradict the translator, or does what it does not do as Rust.
fn made(root: &Path) -> Result<Page, Box<dyn Error>> {
    let sections = sections(root)?;
    let items = std_items::items()?;
    // All texts, with the names that errors give them.
    let mut texts: Vec<(String, String)> = vec![];
    let mut wrong: Vec<String> = vec![];
    for section in &sections {
        for probe in &section.probes {
            let name = format!("{}: {}", section.title, probe.title);
            if let Claim::Supported { conditions: Some(_), .. } = probe.claim {
                match probe.in_condition() {
                    Ok(condition) => texts.push((format!("{name} in a condition"), condition)),
                    Err(e) => wrong.push(format!("{name}: {e}")),
                }
            }
            texts.push((name, probe.text.clone()));
        }
    }
    for item in &items {
        for tried in &item.uses {
            let name = format!("{} of {}", item.title, tried.types);
            texts.extend(tried.condition.iter().map(|c| (format!("{name} in a condition"), c.clone())));
            texts.push((name, tried.code.clone()));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    let plain: Vec<String> = texts.iter().map(|(_, text)| text.clone()).collect();
    let mut found = texts.iter().zip(verdicts(&plain));
    let mut next = |wrong: &mut Vec<String>| match found.next() {
        Some((_, Ok(verdict))) => verdict,
        Some(((name, _), Err(e))) => {
            wrong.push(format!("{name}: {e}"));
            Verdict::Supported
        }
        None => Verdict::Supported,
    };
    let mut all = vec![];
    let mut supported = vec![];
    for section in &sections {
        let mut verdicts = vec![];
        for probe in &section.probes {
            let asked = matches!(probe.claim, Claim::Supported { conditions: Some(_), .. });
            let condition = asked.then(|| next(&mut wrong));
            let code = next(&mut wrong);
            if let Some(e) = contradiction(probe, &code, condition.as_ref()) {
                wrong.push(format!("{}: {}: {e}", section.title, probe.title));
            }
            if code == Verdict::Supported {
                supported.push((format!("{}: {}", section.title, probe.title), probe.text.clone()));
            }
            verdicts.push((code, condition, false));
        }
        all.push((section, verdicts));
    }
    let mut rows = vec![];
    for item in &items {
        let mut verdicts = vec![];
        for tried in &item.uses {
            let condition = tried.condition.as_ref().map(|_| next(&mut wrong));
            let code = next(&mut wrong);
            if let Verdict::Refused { code, message, .. } = &code {
                wrong.push(format!("{} of {}: in the table, and refused: {code}: {message}", item.title, tried.types));
            }
            verdicts.push((code, condition));
        }
        rows.push((item, verdicts));
    }
    if let Err(e) = rustc::compile(&texts) {
        wrong.push(e.to_string());
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    let mut run = compared::compare(&supported)?.into_iter();
    let mut page = Page::new();
    for (section, verdicts) in &mut all {
        for (_, _, compared) in verdicts.iter_mut().filter(|v| v.0 == Verdict::Supported) {
            *compared = run.next() == Some(true);
        }
        page.section(section, verdicts);
    }
    page.items("std: what the table declares", ITEMS, &rows);
    Ok(page.finished())
}

/// Writes the page, or with `--check` says whether the kept one is as it should be.
///
/// # Errors
/// If the page cannot be made (see [`made`]) or written, or is to be checked and stale.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let check = match arguments {
        [] => false,
        [one] if one == "--check" => true,
        _ => return Err("`cargo xtask support` takes nothing but `--check`".into()),
    };
    let page = made(root)?;
    let path = root.join(PATH);
    if check {
        if std::fs::read_to_string(&path)? != page.text {
            return Err(format!("{PATH} is stale: `cargo xtask support` writes it").into());
        }
    } else {
        std::fs::write(&path, &page.text)?;
    }
    println!(
        "{} rows, {} of them supported, {} of these compared with rustc",
        page.rows,
        page.rows - page.refused,
        page.run
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_translator_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let page = made(&root).unwrap_or_else(|e| panic!("{e}"));
        let kept = std::fs::read_to_string(root.join(PATH)).expect("the page is kept");
        assert!(kept == page.text, "{PATH} is stale: `cargo xtask support` writes it");
    }
}
