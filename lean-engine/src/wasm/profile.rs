//! Which functions of Lean a proof run calls, as measured by instrumented code; `xtask profile` makes the file.

use std::io::{Read as _, Write as _};

use super::survey::Survey;

/// The functions that proof runs were seen to call. It decides what is compiled first, never what is right.
pub(super) struct Profile {
    functions: u32,
    code_bytes: u32,
    bits: Vec<u8>,
}

/// The profile of the pinned package.
pub(super) const SHIPPED: &[u8] = include_bytes!("profile.bin");
const HEADER: usize = 8;

impl Profile {
    /// The profile that comes with this tool; `None` if the file is damaged (all is compiled at once then).
    pub(super) fn shipped() -> Option<Self> {
        Self::decode(SHIPPED)
    }

    pub(super) fn decode(data: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?));
        let (functions, code_bytes) = (word(0)?, word(4)?);
        let mut bits = Vec::new();
        flate2::read::DeflateDecoder::new(data.get(HEADER..)?).take(1 << 24).read_to_end(&mut bits).ok()?;
        (bits.len() == (functions as usize).div_ceil(8)).then_some(Self { functions, code_bytes, bits })
    }

    /// A profile from one byte a function (not zero: it was called).
    pub(super) fn of(survey: &Survey<'_>, marks: &[u8]) -> Self {
        let mut bits = vec![0u8; survey.functions.len().div_ceil(8)];
        for (defined, _) in marks.iter().enumerate().filter(|(_, m)| **m != 0) {
            if let Some(byte) = bits.get_mut(defined / 8) {
                *byte |= 1 << (defined % 8);
            }
        }
        Self { functions: survey.functions.len() as u32, code_bytes: code_bytes(survey), bits }
    }

    /// # Errors
    /// None in practice: it writes to memory.
    pub(super) fn encode(&self) -> std::io::Result<Vec<u8>> {
        let mut data = self.functions.to_le_bytes().to_vec();
        data.extend_from_slice(&self.code_bytes.to_le_bytes());
        let mut encoder = flate2::write::DeflateEncoder::new(data, flate2::Compression::best());
        encoder.write_all(&self.bits)?;
        encoder.finish()
    }

    /// Whether it was measured on this module.
    pub(super) fn describes(&self, survey: &Survey<'_>) -> bool {
        (self.functions, self.code_bytes) == (survey.functions.len() as u32, code_bytes(survey))
    }

    pub(super) fn holds(&self, defined: usize) -> bool {
        self.bits.get(defined / 8).is_some_and(|b| b >> (defined % 8) & 1 == 1)
    }
}

fn code_bytes(survey: &Survey<'_>) -> u32 {
    survey.bodies.iter().map(|b| b.range().len() as u32).fold(0, u32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_profile_names_a_part_of_the_functions() {
        let profile = Profile::shipped().expect("readable");
        let named: u32 = profile.bits.iter().map(|b| b.count_ones()).sum();
        assert!(0 < named && named < profile.functions / 2, "{named} of {}", profile.functions);
        assert!(Profile::decode(&SHIPPED[..SHIPPED.len() / 2]).is_none());
    }
}
