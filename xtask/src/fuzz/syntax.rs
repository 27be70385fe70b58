//! `cargo xtask fuzz --syntax`: texts with a few tokens changed. What comes of one is a diagnostic or a translation, and it comes
//! soon; nothing that a user may write breaks the tool.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::interp::{Budget, Outcome, refute};
use harmonic_translator::tir::FnId;
use harmonic_translator::translate::translate;
use proc_macro2::{TokenStream, TokenTree};

use super::choices::Choices;
use crate::mutate::sources::sources;

/// Longer is a hang: texts take some milliseconds.
const TIME: Duration = Duration::from_secs(30);
/// Stack of the thread that translates, as large as that of a main thread.
const STACK: usize = 8 << 20;

/// Tokens that the texts may lack.
const ODD: &[&str] = &[
    "0",
    "1_000_000_000_000_000_000_000_000_000_000_000_000_000",
    "0xffu8",
    "1.5",
    "''",
    "'a'",
    "b'a'",
    "\"\"",
    "\"\\u{10ffff}\"",
    "b\"x\"",
    "()",
    "[]",
    "{}",
    "..",
    "..=",
    "=>",
    "->",
    "::",
    "?",
    "_",
    "'_",
    "'a",
    "#",
    "!",
    "&",
    "&&",
    "*",
    "<",
    ">",
    "|",
    "||",
    "self",
    "Self",
    "super",
    "crate",
    "mut",
    "ref",
    "move",
    "dyn",
    "impl",
    "where",
    "as",
    "async",
    "await",
    "const",
    "static",
    "unsafe",
    "extern",
    "fn",
    "struct",
    "enum",
    "trait",
    "type",
    "union",
    "loop",
    "while",
    "for",
    "if",
    "else",
    "match",
    "return",
    "break",
    "continue",
    "let",
    "pub",
    "use",
    "mod",
    "macro_rules",
    "box",
    "u8",
    "i128",
    "usize",
    "bool",
    "char",
    "str",
    "f64",
    "Option",
    "Vec",
    "Box",
    "String",
    "None",
    "Some",
    "out",
    "x",
    "r#type",
    "é",
];

/// What came of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    /// It does not parse.
    Unread,
    /// Nothing of it has a Lean form.
    Diagnosed,
    /// Some function of it has a Lean form.
    Translated,
    /// The tool broke.
    Broke(String),
}

/// The kinds of tokens: one takes the place of another of its kind more often.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Name,
    Mark,
    Literal,
    Group,
}

/// The tokens of a text, groups and what is in them.
fn tokens(stream: TokenStream, out: &mut Vec<(Kind, Range<usize>)>) {
    for token in stream {
        let range = token.span().byte_range();
        match token {
            TokenTree::Group(group) => {
                out.push((Kind::Group, range));
                tokens(group.stream(), out);
            }
            TokenTree::Ident(_) => out.push((Kind::Name, range)),
            TokenTree::Punct(_) => out.push((Kind::Mark, range)),
            TokenTree::Literal(_) => out.push((Kind::Literal, range)),
        }
    }
}

/// The tokens of all texts, by kind.
fn pool(texts: &[String]) -> BTreeMap<Kind, Vec<String>> {
    let mut out: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for text in texts {
        let mut found = vec![];
        tokens(TokenStream::from_str(text).unwrap_or_default(), &mut found);
        for (kind, range) in found {
            let all = out.entry(kind).or_default();
            // Groups can be whole modules: a large one would only make another text of it.
            if range.len() < 200 {
                all.push(text[range].to_owned());
            }
        }
    }
    for all in out.values_mut() {
        all.sort();
        all.dedup();
    }
    out
}

/// A text with some tokens changed.
fn changed(text: &str, pool: &BTreeMap<Kind, Vec<String>>, choices: &mut Choices) -> String {
    let mut text = text.to_owned();
    for _ in 0..=choices.below(3) {
        let mut all = vec![];
        tokens(TokenStream::from_str(&text).unwrap_or_default(), &mut all);
        if all.is_empty() {
            break;
        }
        let (kind, at) = choices.pick(&all).clone();
        let alike = pool.get(&kind).filter(|alike| !alike.is_empty());
        match choices.below(8) {
            0 => text.replace_range(at, ""),
            1 => text.insert_str(at.end, &format!(" {}", &text[at].to_owned())),
            2 => text.insert_str(at.start, &format!("{} ", choices.pick(ODD))),
            3 => text.replace_range(at, choices.pick::<&str>(ODD)),
            4 => {
                let (_, other) = choices.pick(&all).clone();
                let (first, second) = if at.start < other.start { (at, other) } else { (other, at) };
                if first.end <= second.start {
                    let (a, b) = (text[first.clone()].to_owned(), text[second.clone()].to_owned());
                    text.replace_range(second, &a);
                    text.replace_range(first, &b);
                }
            }
            _ => {
                if let Some(alike) = alike {
                    text.replace_range(at, choices.pick::<String>(alike));
                }
            }
        }
    }
    text
}

/// What the tool makes of a text, up to where Lean would be asked.
fn tool(text: &str) -> Came {
    let whole = format!("use harmonic::*;\n{text}");
    let (program, _, errors) = load("src/lib.rs", &CfgSet::new(), &|path| match path {
        "src/lib.rs" => Ok(whole.clone().into_bytes()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    });
    if let Some(e) = errors.iter().find(|e| e.message.contains("the front end broke")) {
        return Came::Broke(e.message.clone());
    }
    let (translation, _) = translate(&program);
    let budget = Budget { inputs: 20, total_steps: 5_000, long_steps: 5_000, ..Budget::default() };
    for (i, _) in program.functions.iter().enumerate().filter(|(_, f)| f.spec.is_some() && f.diagnostics.is_empty()) {
        if let Outcome::NotRunnable(why) = refute(&program, FnId(i), &budget).outcome
            && why.contains("failed")
        {
            return Came::Broke(why);
        }
    }
    if program.functions.is_empty() && !errors.is_empty() {
        Came::Unread
    } else if !translation.units.is_empty() {
        Came::Translated
    } else {
        Came::Diagnosed
    }
}

/// What a tool makes of a text within its time.
fn in_time(text: &str, time: Duration, tool: fn(&str) -> Came) -> Came {
    let (send, receive) = mpsc::channel();
    let own = text.to_owned();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || drop(send.send(tool(&own))));
    if let Err(e) = thread {
        return Came::Broke(format!("no thread: {e}"));
    }
    match receive.recv_timeout(time) {
        Ok(came) => came,
        Err(mpsc::RecvTimeoutError::Timeout) => Came::Broke(format!("it took more than {time:?}")),
        Err(mpsc::RecvTimeoutError::Disconnected) => Came::Broke("a panic".into()),
    }
}

/// The texts that are changed.
fn texts() -> Result<Vec<String>, Box<dyn Error>> {
    Ok(sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))?.into_iter().map(|s| s.text).collect())
}

/// Changes that many texts from a seed: how often each came, and what broke the tool.
fn fuzz(count: usize, seed: u64) -> Result<(BTreeMap<Came, usize>, Vec<(String, String)>), Box<dyn Error>> {
    let texts = texts()?;
    let pool = pool(&texts);
    let (mut came, mut broke) = (BTreeMap::new(), vec![]);
    for i in 0..count {
        let mut choices = Choices::random(seed.wrapping_mul(1 << 32) ^ i as u64);
        let text = changed(choices.pick::<String>(&texts), &pool, &mut choices);
        match in_time(&text, TIME, tool) {
            Came::Broke(why) => broke.push((why, text)),
            other => *came.entry(other).or_default() += 1,
        }
    }
    Ok((came, broke))
}

/// Changes that many texts from a seed and prints what came of them.
///
/// # Errors
/// If the texts cannot be read, or one broke the tool.
pub(crate) fn run(count: usize, seed: u64) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let (came, broke) = fuzz(count, seed)?;
    for (why, text) in &broke {
        println!("## {why}\n\n```rust\n{text}```\n");
    }
    let of = |c: Came| came.get(&c).copied().unwrap_or(0);
    println!(
        "{count} texts, {} do not parse, {} diagnosed, {} translated, {} broke the tool, {:.0} s",
        of(Came::Unread),
        of(Came::Diagnosed),
        of(Came::Translated),
        broke.len(),
        started.elapsed().as_secs_f64()
    );
    match broke.len() {
        0 => Ok(()),
        n => Err(format!("{n} texts broke the tool").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_texts_do_not_break_the_tool() {
        let (came, broke) = fuzz(300, 5).expect("the texts are there");
        assert!(broke.is_empty(), "{broke:#?}");
        // Enough of them get as far as the translation.
        assert!(came[&Came::Unread] > 10 && came[&Came::Translated] > 30, "{came:?}");
    }

    #[test]
    fn a_panic_and_a_hang_are_found() {
        // A panic on a busy machine may need seconds for its backtrace.
        assert_eq!(in_time("x", 10 * TIME, |_| panic!("planted")), Came::Broke("a panic".into()));
        let hang = |_: &str| loop {
            std::thread::sleep(Duration::from_secs(1));
        };
        assert!(
            matches!(in_time("x", Duration::from_millis(100), hang), Came::Broke(why) if why.contains("more than"))
        );
    }
}
