//! Codecs whose decoders undo their encoders, for every value: zigzag, big-endian bytes, hexadecimal digits, variable-length numbers.

use harmonic::*;

/// Signed numbers as unsigned ones, small for small ones of either sign: 0, -1, 1, -2, … become 0, 1, 2, 3, …
#[spec(ensures: |out| out as int == if x >= 0 { 2 * (x as int) } else { -2 * (x as int) - 1 })]
pub fn zigzag(x: i32) -> u32 {
    if x >= 0 { (x as u32) * 2 } else { (-(x + 1)) as u32 * 2 + 1 }
}

/// What [`zigzag`] was given.
#[spec(ensures: |out| zigzag(out) == x)]
pub fn unzigzag(x: u32) -> i32 {
    if x % 2 == 0 { (x / 2) as i32 } else { -((x / 2) as i32) - 1 }
}

/// Four bytes, the most significant first.
#[spec(ensures: |out| out[0] as int * 16_777_216 + out[1] as int * 65_536 + out[2] as int * 256 + out[3] as int == x as int)]
pub fn to_bytes(x: u32) -> [u8; 4] {
    [(x / 16_777_216) as u8, (x / 65_536 % 256) as u8, (x / 256 % 256) as u8, (x % 256) as u8]
}

/// The number of four bytes.
#[spec(ensures: |out| to_bytes(out) == bytes)]
pub fn from_bytes(bytes: [u8; 4]) -> u32 {
    bytes[0] as u32 * 16_777_216 + bytes[1] as u32 * 65_536 + bytes[2] as u32 * 256 + bytes[3] as u32
}

/// The digit of a number below 16.
#[spec(
    requires: nibble < 16,
    ensures: |out| digit_value(out) == Some(nibble),
)]
pub fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) }
}

/// The number of a digit.
#[spec(ensures: |out| match out {
    Some(value) => value < 16,
    None => !byte.is_ascii_hexdigit(),
})]
pub fn digit_value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The two digits of a byte.
#[spec(ensures: |(high, low)| decode_byte(high, low) == Some(byte))]
pub fn encode_byte(byte: u8) -> (u8, u8) {
    (digit(byte / 16), digit(byte % 16))
}

/// The byte of two digits.
#[spec]
pub fn decode_byte(high: u8, low: u8) -> Option<u8> {
    Some(digit_value(high)? * 16 + digit_value(low)?)
}

/// Bytes as hexadecimal text: two digits each, in order.
#[spec(
    requires: bytes.len() <= 1_000_000,
    ensures: |ref out| [
        out.len() == 2 * bytes.len(),
        forall(|i: usize| implies(i < bytes.len(), decode_byte(out[2 * i], out[2 * i + 1]) == Some(bytes[i]))),
    ],
)]
pub fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    #[spec(maintains: [
        out.len() == 2 * i,
        forall(|k: usize| implies(k < i, decode_byte(out[2 * k], out[2 * k + 1]) == Some(bytes[k]))),
    ])]
    for i in 0..bytes.len() {
        let (high, low) = encode_byte(bytes[i]);
        out.push(high);
        out.push(low);
    }
    out
}

/// The bytes of a hexadecimal text; what [`encode`] made of them if there are any.
#[spec(
    ensures: |ref out| match out {
        Some(bytes) => 2 * bytes.len() == text.len()
            && forall(|i: usize| implies(i < bytes.len(), decode_byte(text[2 * i], text[2 * i + 1]) == Some(bytes[i]))),
        None => true,
    },
)]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() % 2 != 0 {
        return None;
    }
    let mut out = Vec::new();
    #[spec(maintains: [
        out.len() == i,
        forall(|k: usize| implies(k < i, decode_byte(text[2 * k], text[2 * k + 1]) == Some(out[k]))),
    ])]
    for i in 0..text.len() / 2 {
        out.push(decode_byte(text[2 * i], text[2 * i + 1])?);
    }
    Some(out)
}

/// A number in groups of seven bits, the least significant first, all but the last with 128 added; and how many groups there are.
#[spec(ensures: |(groups, len)| 1 <= len && len <= 3 && from_groups(groups) == Some((x, len)))]
pub fn to_groups(x: u16) -> ([u8; 3], usize) {
    if x < 128 {
        ([x as u8, 0, 0], 1)
    } else if x < 16_384 {
        ([(x % 128) as u8 + 128, (x / 128) as u8, 0], 2)
    } else {
        ([(x % 128) as u8 + 128, (x / 128 % 128) as u8 + 128, (x / 16_384) as u8], 3)
    }
}

/// The number that groups begin with, and how many of them it has; `None` where it does not fit.
#[spec]
pub fn from_groups(groups: [u8; 3]) -> Option<(u16, usize)> {
    let low = groups[0] as u16;
    let middle = groups[1] as u16;
    let high = groups[2] as u16;
    if low < 128 {
        Some((low, 1))
    } else if middle < 128 {
        Some((low - 128 + middle * 128, 2))
    } else if high < 4 {
        Some((low - 128 + (middle - 128) * 128 + high * 16_384, 3))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for x in [0, 1, -1, 77, i32::MIN, i32::MAX] {
            assert_eq!(unzigzag(zigzag(x)), x);
            assert_eq!(from_bytes(to_bytes(x as u32)), x as u32);
        }
        for x in [0, 127, 128, 16_383, 16_384, u16::MAX] {
            let (groups, len) = to_groups(x);
            assert_eq!(from_groups(groups), Some((x, len)));
        }
        assert_eq!(from_groups([255, 255, 4]), None);
        assert_eq!(encode(&[0, 0xab, 0xff]), b"00abff");
        assert_eq!(decode(b"00ABff"), Some(vec![0, 0xab, 0xff]));
        assert_eq!(decode(b"0"), None);
        assert_eq!(decode(b"0g"), None);
    }
}
