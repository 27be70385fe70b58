//! The hostile candidates of `tests/cheats.md`.

/// One of them.
#[derive(Clone, Debug)]
// (Some who read the list need the texts alone.)
#[allow(dead_code)]
pub struct Cheat {
    /// Its heading.
    pub name: String,
    /// The text that takes the place of a proof.
    pub text: String,
    /// What the gate's reason has to contain; `None` if it passes the gate and only Lean keeps it out.
    pub reason: Option<String>,
}

/// All of them.
///
/// # Panics
/// If the file is not as it has to be.
pub fn cheats() -> Vec<Cheat> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cheats.md");
    let text = std::fs::read_to_string(file).expect("the list is there");
    let all: Vec<Cheat> = text.split("\n## ").skip(1).map(cheat).collect();
    assert!(!all.is_empty(), "no candidates in {file}");
    all
}

fn cheat(part: &str) -> Cheat {
    let (head, rest) = part.split_once("\n```\n").unwrap_or_else(|| panic!("no fence: {part}"));
    let (name, claim) = head.split_once('\n').unwrap_or_else(|| panic!("no claim: {part}"));
    let (block, _) = rest.split_once("\n```").unwrap_or_else(|| panic!("the fence does not end: {part}"));
    let reason = match claim.trim().split_once(": ") {
        Some(("refused", reason)) => Some(reason.to_owned()),
        Some(("admitted", _)) => None,
        _ => panic!("no claim: {part}"),
    };
    Cheat { name: name.to_owned(), text: with_characters(block), reason }
}

/// A text with characters in place of `\u{…}`.
fn with_characters(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("`}` after a character's number");
        out.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32).expect("a character's number"));
        out.push_str(rest);
    }
    out
}
