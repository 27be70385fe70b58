//! Codecs: a decoder that undoes its encoder for every value, bytes of numbers, hexadecimal digits, variable-length numbers.

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
#[spec(ensures: |(a, b, c, d)| a as int * 16_777_216 + b as int * 65_536 + c as int * 256 + d as int == x as int)]
pub fn to_bytes(x: u32) -> (u8, u8, u8, u8) {
    ((x / 16_777_216) as u8, (x / 65_536 % 256) as u8, (x / 256 % 256) as u8, (x % 256) as u8)
}

/// The number of four bytes.
#[spec(ensures: |out| out as int
    == bytes.0 as int * 16_777_216 + bytes.1 as int * 65_536 + bytes.2 as int * 256 + bytes.3 as int)]
pub fn from_bytes(bytes: (u8, u8, u8, u8)) -> u32 {
    bytes.0 as u32 * 16_777_216 + bytes.1 as u32 * 65_536 + bytes.2 as u32 * 256 + bytes.3 as u32
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

/// The byte of two digits.
#[spec]
pub fn decode_byte(high: u8, low: u8) -> Option<u8> {
    match (digit_value(high), digit_value(low)) {
        (Some(high), Some(low)) => Some(high * 16 + low),
        _ => None,
    }
}

/// The number that groups of seven bits begin with, the least significant first, all but the last with 128 added; and how many
/// groups there are. `None` where it does not fit.
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
        assert_eq!(from_groups([255, 255, 4]), None);
        assert_eq!(decode_byte(b'a', b'F'), Some(0xaf));
        assert_eq!(decode_byte(b'0', b'g'), None);
        assert_eq!(from_groups([0x80, 1, 0]), Some((128, 2)));
    }
}
