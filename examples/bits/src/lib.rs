//! Bit tricks: what words compute without a branch or a wider type. Their proofs are found by a SAT solver, and Lean's kernel follows them.

use harmonic::*;

/// The mean of two numbers, rounded down, without a wider type.
#[spec(ensures: |out| out as u64 == (x as u64 + y as u64) / 2)]
pub fn mean_down(x: u32, y: u32) -> u32 {
    (x & y) + ((x ^ y) >> 1)
}

/// A 12-bit number in two's complement.
#[spec(
    requires: x < 4096,
    ensures: |out| out as int == if x < 2048 { x as int } else { x as int - 4096 },
)]
pub fn sign_extended(x: u32) -> i32 {
    (x ^ 2048).wrapping_sub(2048) as i32
}

/// Whether one of two numbers is negative and the other is not.
#[spec(ensures: |out| out == ((x < 0) != (y < 0)))]
pub fn opposite_signs(x: i32, y: i32) -> bool {
    (x ^ y) < 0
}

/// Bits of `x` where the mask is set, of `y` elsewhere.
#[spec(ensures: |out| out == (x & mask) | (y & !mask))]
pub fn merged(x: u32, y: u32, mask: u32) -> u32 {
    y ^ ((x ^ y) & mask)
}

/// One step of the CRC-32 of IEEE 802.3, without a branch.
#[spec(ensures: |out| out == if crc % 2 == 1 { (crc / 2) ^ 0xedb8_8320 } else { crc / 2 })]
pub fn crc_step(crc: u32) -> u32 {
    (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
}

/// The bits, moved seven to the left, those that fall out coming in at the right.
#[spec(ensures: |out| out == x.rotate_left(7))]
pub fn rotated(x: u32) -> u32 {
    x << 7 | x >> 25
}
