//! A parser of sums such as `12 + (3 + 40)`: for no text does it panic, overflow, or read behind the end.

use harmonic::*;

/// Whether a byte is a decimal digit.
#[spec(ensures: |out| out == (byte >= 48 && byte <= 57))]
pub fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// The first place from `at` on that is not a space.
#[spec(
    requires: at <= text.len(),
    ensures: |out| [
        at <= out && out <= text.len(),
        forall(|k: usize| implies(at <= k && k < out, text[k] == b' ')),
        implies(out < text.len(), text[out] != b' '),
    ],
)]
pub fn skip_spaces(text: &[u8], at: usize) -> usize {
    let mut i = at;
    #[spec(
        maintains: at <= i && i <= text.len() && forall(|k: usize| implies(at <= k && k < i, text[k] == b' ')),
        decreases: text.len() - i,
    )]
    while i < text.len() && text[i] == b' ' {
        i += 1;
    }
    i
}

/// A number at `at`, and the place behind it; `None` where there is none or it does not fit.
#[spec(
    requires: at <= text.len(),
    ensures: |out| match out {
        Some((_, behind)) => at < behind && behind <= text.len()
            && forall(|k: usize| implies(at <= k && k < behind, text[k] >= 48 && text[k] <= 57)),
        None => true,
    },
)]
pub fn number(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let mut i = at;
    let mut value: u32 = 0;
    #[spec(
        maintains: [
            at <= i && i <= text.len(),
            forall(|k: usize| implies(at <= k && k < i, text[k] >= 48 && text[k] <= 57)),
        ],
        decreases: text.len() - i,
    )]
    while i < text.len() && is_digit(text[i]) {
        value = value.checked_mul(10)?.checked_add(u32::from(text[i] - b'0'))?;
        i += 1;
    }
    if i == at { None } else { Some((value, i)) }
}

/// A number or a sum in parentheses.
#[spec(
    requires: at <= text.len(),
    ensures: |out| match out {
        Some((_, behind)) => at < behind && behind <= text.len(),
        None => true,
    },
)]
pub fn term(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let start = skip_spaces(text, at);
    if start < text.len() && text[start] == b'(' {
        let (value, behind) = sum(text, start + 1)?;
        let end = skip_spaces(text, behind);
        if end < text.len() && text[end] == b')' { Some((value, end + 1)) } else { None }
    } else {
        number(text, start)
    }
}

/// Terms with `+` between them.
#[spec(
    requires: at <= text.len(),
    ensures: |out| match out {
        Some((_, behind)) => at < behind && behind <= text.len(),
        None => true,
    },
)]
pub fn sum(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let (left, behind) = term(text, at)?;
    let next = skip_spaces(text, behind);
    if next < text.len() && text[next] == b'+' {
        let (right, end) = sum(text, next + 1)?;
        Some((left.checked_add(right)?, end))
    } else {
        Some((left, behind))
    }
}

/// The value of a text that is a sum and nothing else.
#[spec]
pub fn evaluate(text: &[u8]) -> Option<u32> {
    let (value, behind) = sum(text, 0)?;
    if skip_spaces(text, behind) == text.len() { Some(value) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!(evaluate(b"12 + (3 + 40)"), Some(55));
        assert_eq!(evaluate(b" ( 7 ) "), Some(7));
        for wrong in [&b""[..], b"(", b"1 +", b"1)", b"4294967296", b"4294967295 + 1"] {
            assert_eq!(evaluate(wrong), None);
        }
    }
}
