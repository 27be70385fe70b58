//! What a statement says without the names that its source gave: the same for a function that was moved, or whose variables were
//! renamed.
//!
//! A name that the statement binds is written as `#` and its position among those. A proof is kept with these, and gets the names
//! of the statement that it is offered to.

use std::collections::HashMap;

/// The names that a statement binds.
pub(crate) struct Bound<'s> {
    names: Vec<&'s str>,
    positions: HashMap<&'s str, usize>,
}

impl<'s> Bound<'s> {
    /// Reads them off: `(x y : T)`, at any depth, and `fun x y =>`. One that is not found keeps its name, which only means that
    /// proofs do not survive its change.
    pub(crate) fn of(statement: &'s str) -> Self {
        let mut out = Self { names: Vec::new(), positions: HashMap::new() };
        let mut group: Option<Vec<&str>> = None;
        for (word, is_name) in words(statement) {
            match (word, &mut group) {
                ("(" | "{", _) => group = Some(Vec::new()),
                ("fun", _) => group = Some(Vec::new()),
                (":" | "=>", Some(names)) => {
                    for name in std::mem::take(names) {
                        out.add(name);
                    }
                    group = None;
                }
                (name, Some(names)) if is_name => names.push(name),
                (space, Some(_)) if space.trim().is_empty() => {}
                _ => group = None,
            }
        }
        out
    }

    fn add(&mut self, name: &'s str) {
        if name != "_" && !self.positions.contains_key(name) {
            self.positions.insert(name, self.names.len());
            self.names.push(name);
        }
    }

    /// A text with positions in place of the names.
    pub(crate) fn generic(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (word, is_name) in words(text) {
            let head = word.split('.').next().unwrap_or_default();
            match self.positions.get(head).filter(|_| is_name) {
                Some(position) => {
                    out.push_str(&format!("#{position}"));
                    out.push_str(&word[head.len()..]);
                }
                None => out.push_str(word),
            }
        }
        out
    }

    /// A text with the names in place of positions; `None` if it has one that there is no name for.
    pub(crate) fn specific(&self, text: &str) -> Option<String> {
        let mut parts = text.split('#');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            out.push_str(self.names.get(part[..digits].parse::<usize>().ok()?)?);
            out.push_str(&part[digits..]);
        }
        Some(out)
    }
}

/// A statement without the name of its theorem, and with positions in place of the names that it binds.
pub(crate) fn normal_form(statement: &str) -> String {
    let statement = statement.trim_start();
    let rest = statement.strip_prefix("theorem").map(str::trim_start);
    let rest = rest.and_then(|rest| rest.split_once(char::is_whitespace));
    let text = rest.map_or(statement, |(_, rest)| rest.trim_start());
    Bound::of(text).generic(text)
}

/// The names of a text, and all that lies between them: a character each.
fn words(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\'' | '.' | '!' | '?');
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let arrow = rest.starts_with("=>");
        let end = match is_name(first) {
            true => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            false if arrow => 2,
            false => first.len_utf8(),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some((word, is_name(first) && !first.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str = "theorem fn_max.leaf_3 (v_1 : (Slice (MInt .i32))) (h_req0 : ¬((v_1.val.length : Int) = 0)) {x y : Int} :\n    \
                             (∀ (k'1 : Int), k'1 ≤ x → v_1.val[Int.toNat k'1]!.val = f (fun a => a + y))";

    #[test]
    fn renaming_and_moving_change_nothing() {
        let other = STATEMENT
            .replace("fn_max.leaf_3", "m.fn_largest.leaf_7")
            .replace("v_1", "values_1")
            .replace("k'1", "index'1")
            .replace("h_req0", "h0")
            .replace("fun a => a", "fun b => b");
        assert_eq!(normal_form(STATEMENT), normal_form(&other));
        for different in [
            STATEMENT.replace(".i32", ".i64"),
            STATEMENT.replace("≤ x", "≤ y"),
            STATEMENT.replace("length", "size"),
            STATEMENT.replace("Int.toNat", "Int.natAbs"),
        ] {
            assert_ne!(normal_form(STATEMENT), normal_form(&different), "{different}");
        }
    }

    #[test]
    fn proofs_go_from_names_to_names() {
        let bound = Bound::of(STATEMENT);
        let proof = "intro k hk\nhave := h_req0\nsimp [v_1.val, Harmonic.get_set] at *; omega";
        let generic = bound.generic(proof);
        assert_eq!(generic, "intro k hk\nhave := #1\nsimp [#0.val, Harmonic.get_set] at *; omega");
        assert_eq!(bound.specific(&generic).as_deref(), Some(proof));
        let other = STATEMENT.replace("v_1", "w_1").replace("h_req0", "h5");
        let moved = Bound::of(&other).specific(&generic);
        assert_eq!(moved.as_deref(), Some("intro k hk\nhave := h5\nsimp [w_1.val, Harmonic.get_set] at *; omega"));
        assert_eq!(bound.specific("exact #99"), None);
        assert_eq!(bound.specific("exact #"), None);
    }
}
