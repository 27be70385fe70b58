//! Sums and differences as text, in their simplest form: positions in a part of a list count from where the part begins.

/// `a + b`.
pub(super) fn plus(a: &str, b: &str) -> String {
    combined(a, b, 1)
}

/// `a - b`.
pub(super) fn minus(a: &str, b: &str) -> String {
    combined(a, b, -1)
}

fn combined(a: &str, b: &str, sign: i128) -> String {
    let mut sum = Sum::default();
    if sum.add(a, 1).is_none() || sum.add(b, sign).is_none() {
        return format!("({a} {} {b})", if sign < 0 { "-" } else { "+" });
    }
    sum.text()
}

/// Terms with how often each is taken, in the order in which they were met, and a number.
#[derive(Default)]
struct Sum {
    terms: Vec<(String, i128)>,
    number: i128,
}

impl Sum {
    /// Takes in what a text says, so many times; `None` where the numbers become too large.
    fn add(&mut self, text: &str, times: i128) -> Option<()> {
        let text = text.trim();
        if let Some(n) = number(text) {
            self.number = self.number.checked_add(n.checked_mul(times)?)?;
            return Some(());
        }
        if let Some((left, sign, right)) = inside(text).and_then(split) {
            self.add(left, times)?;
            return self.add(right, if sign == '-' { times.checked_neg()? } else { times });
        }
        match self.terms.iter_mut().find(|(t, _)| t == text) {
            Some((_, n)) => *n = n.checked_add(times)?,
            None => self.terms.push((text.to_owned(), times)),
        }
        Some(())
    }

    fn text(mut self) -> String {
        // What is added comes before what is taken away.
        self.terms.sort_by_key(|(_, n)| *n < 0);
        let mut out = String::new();
        for (term, n) in &self.terms {
            for _ in 0..n.unsigned_abs() {
                out = match (out.is_empty(), *n < 0) {
                    (true, false) => term.clone(),
                    (true, true) => format!("(0 - {term})"),
                    (false, minus) => format!("({out} {} {term})", if minus { '-' } else { '+' }),
                };
            }
        }
        match (self.number, out.is_empty()) {
            (0, true) => "0".into(),
            (n, true) => format!("({n} : Int)"),
            (0, false) => out,
            (n, false) => format!("({out} {} ({} : Int))", if n < 0 { '-' } else { '+' }, n.unsigned_abs()),
        }
    }
}

/// A literal: `(3 : Int)`, `(-3 : Int)` or `3`.
fn number(text: &str) -> Option<i128> {
    text.strip_prefix('(').and_then(|t| t.strip_suffix(" : Int)")).unwrap_or(text).parse().ok()
}

/// What the parentheses around a whole text hold.
fn inside(text: &str) -> Option<&str> {
    let mut depth = 0_i32;
    let end = text.char_indices().find_map(|(i, c)| {
        depth += match c {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        };
        (depth == 0).then_some(i)
    })?;
    (text.starts_with('(') && end + 1 == text.len()).then(|| &text[1..end])
}

/// `a + b` or `a - b`, with no other operator outside of parentheses.
fn split(text: &str) -> Option<(&str, char, &str)> {
    match words(text)[..] {
        [left, "+", right] => Some((left, '+', right)),
        [left, "-", right] => Some((left, '-', right)),
        _ => None,
    }
}

/// What stands between spaces outside of brackets: the arguments of an application, say.
pub(super) fn words(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|c| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        c == ' ' && depth == 0
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cancels_is_left_out() {
        assert_eq!(plus("lo", "((hi - lo) - (1 : Int))"), "(hi - (1 : Int))");
        assert_eq!(plus("0", "(i + (1 : Int))"), "(i + (1 : Int))");
        assert_eq!(minus("hi", "0"), "hi");
        assert_eq!(minus("((v.val.length : Int) - (1 : Int))", "(v.val.length : Int)"), "(-1 : Int)");
        assert_eq!(plus("(2 * x)", "(2 * x)"), "((2 * x) + (2 * x))");
        assert_eq!(minus("(a - b)", "c"), "((a - b) - c)");
        assert_eq!(plus("(f x)", "(1 : Int)"), "((f x) + (1 : Int))");
        assert_eq!(minus("(1 : Int)", "x"), "((0 - x) + (1 : Int))");
    }

    #[test]
    fn other_operators_are_terms() {
        assert_eq!(inside("(a) + (b)"), None);
        assert_eq!(split("a + b - c"), None);
        assert_eq!(split("if a then b"), None);
        assert_eq!(split("v.val.length : Int"), None);
        assert_eq!(split("(a * b) - c"), Some(("(a * b)", '-', "c")));
    }
}
