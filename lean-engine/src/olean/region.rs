//! Bounds-checked access to the objects of a compacted region that may span several files.

use super::parts::Parts;
use super::{OleanError, Result};

const HEADER: usize = 80;
const MAX_CONSTRUCTOR: u8 = 244;
const ARRAY: u8 = 246;
const STRING: u8 = 249;
const BIG_NUMBER: u8 = 250;

/// A word of the region: a boxed number or the address of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Small(u64),
    Object(u64),
}

/// The parts of a module, laid out at the addresses that their pointers mean.
#[derive(Debug)]
pub(super) struct Region {
    parts: Vec<(u64, Vec<u8>)>,
    word: u64,
    gmp: bool,
    roots: Vec<u64>,
}

/// A constructor object whose extent is known to lie inside the region.
#[derive(Clone, Copy)]
pub(super) struct Constructor<'a> {
    region: &'a Region,
    /// Which constructor of its type.
    pub(super) tag: u8,
    /// Address, for messages and for "seen before".
    pub(super) at: u64,
    fields: u8,
    body: &'a [u8],
}

pub(super) fn malformed<T>(what: &'static str, at: u64) -> Result<T> {
    Err(OleanError::Malformed { what, at })
}

impl Region {
    /// Takes the parts over and finds their word size and roots.
    pub(super) fn new(parts: Parts) -> Result<Self> {
        let files: Vec<Vec<u8>> = [Some(parts.exported), parts.server, parts.private].into_iter().flatten().collect();
        let mut gmp = None;
        for file in &files {
            let header = file.get(..HEADER).ok_or(OleanError::NotOlean("shorter than its header"))?;
            if &header[..5] != b"olean" {
                return Err(OleanError::NotOlean("it does not start with `olean`"));
            }
            if header[5] != 2 {
                return Err(OleanError::NotOlean("unknown version of the file format"));
            }
            if *gmp.get_or_insert(header[6] & 1 == 1) != (header[6] & 1 == 1) {
                return Err(OleanError::NotOlean("parts of different builds of Lean"));
            }
        }
        let gmp = gmp.unwrap_or(false);
        // The word size is not in the header: the one under which the first root is a module's record is right.
        for word in [4, 8] {
            let based: Option<Vec<_>> = files.iter().map(|file| Some((read_word(file, 80, word)?, file))).collect();
            let roots: Option<Vec<_>> = files.iter().map(|file| read_word(file, 80 + word as usize, word)).collect();
            let (Some(based), Some(roots)) = (based, roots) else { continue };
            let ends = based.iter().map(|(base, file)| base.checked_add(file.len() as u64));
            let apart = based.iter().skip(1).zip(ends).all(|((next, _), end)| end.is_some_and(|end| end <= *next));
            let last_fits = based.last().is_some_and(|(base, file)| base.checked_add(file.len() as u64).is_some());
            // A part that adds nothing (a module of imports alone has such a private one) shares the root of one before it.
            let plausible = roots.iter().enumerate().all(|(part, root)| {
                based.iter().take(part + 1).any(|(base, file)| root_plausible(file, *base, *root, word))
            });
            if apart && last_fits && plausible {
                let bases: Vec<u64> = based.into_iter().map(|(base, _)| base).collect();
                return Ok(Self { parts: bases.into_iter().zip(files).collect(), word, gmp, roots });
            }
        }
        Err(OleanError::NotOlean("no root object under either word size"))
    }

    /// The root of the most complete part, and whether that is the private one.
    pub(super) fn root(&self) -> Result<Constructor<'_>> {
        let last = self.roots.last().copied().ok_or(OleanError::NotOlean("no parts"))?;
        self.constructor(Value::Object(last), "root")
    }

    /// The roots of all parts, exported first.
    pub(super) fn roots(&self) -> impl Iterator<Item = Result<Constructor<'_>>> {
        self.roots.iter().map(|root| self.constructor(Value::Object(*root), "root"))
    }

    /// Upper bound of how many objects there can be: what any list may hold at most.
    pub(super) fn capacity(&self) -> usize {
        self.parts.iter().map(|(_, bytes)| bytes.len() / 8).sum()
    }

    fn slice(&self, at: u64, len: u64, what: &'static str) -> Result<&[u8]> {
        for (base, bytes) in &self.parts {
            let Some(start) = at.checked_sub(*base) else { continue };
            if start < bytes.len() as u64 {
                let end = start.checked_add(len).filter(|end| *end <= bytes.len() as u64);
                let Some(end) = end else { return malformed(what, at) };
                // Both are at most the length of a slice, so they fit.
                return Ok(&bytes[start as usize..end as usize]);
            }
        }
        malformed(what, at)
    }

    fn header(&self, at: u64, what: &'static str) -> Result<(u16, u8, u8)> {
        let head = self.slice(at, 8, what)?;
        Ok((u16::from_le_bytes([head[4], head[5]]), head[6], head[7]))
    }

    fn word_at(&self, at: u64, what: &'static str) -> Result<u64> {
        let bytes = self.slice(at, self.word, what)?;
        read_word(bytes, 0, self.word).ok_or(OleanError::Malformed { what, at })
    }

    fn value(&self, word: u64) -> Value {
        if word & 1 == 1 { Value::Small(word >> 1) } else { Value::Object(word) }
    }

    /// Reads a constructor object. A boxed number is the constructor of that number without fields.
    pub(super) fn constructor(&self, value: Value, what: &'static str) -> Result<Constructor<'_>> {
        match value {
            Value::Small(number) => match u8::try_from(number) {
                Ok(tag) if tag <= MAX_CONSTRUCTOR => Ok(Constructor { region: self, tag, at: 0, fields: 0, body: &[] }),
                _ => malformed(what, number),
            },
            Value::Object(at) => {
                let (size, fields, tag) = self.header(at, what)?;
                let size = u64::from(size);
                if tag > MAX_CONSTRUCTOR || size < 8 + u64::from(fields) * self.word {
                    return malformed(what, at);
                }
                Ok(Constructor { region: self, tag, at, fields, body: &self.slice(at, size, what)?[8..] })
            }
        }
    }

    /// The elements of an array.
    pub(super) fn array(&self, value: Value, what: &'static str) -> Result<impl ExactSizeIterator<Item = Value> + '_> {
        let Value::Object(at) = value else { return malformed(what, 0) };
        if self.header(at, what)?.2 != ARRAY {
            return malformed(what, at);
        }
        let start = at.checked_add(8).ok_or(OleanError::Malformed { what, at })?;
        let len = self.word_at(start, what)?.checked_mul(self.word).ok_or(OleanError::Malformed { what, at })?;
        let bytes = self.slice(start, (2 * self.word).saturating_add(len), what)?;
        let words = bytes[2 * self.word as usize..].chunks_exact(self.word as usize);
        Ok(words.map(|bytes| self.value(read_word(bytes, 0, self.word).unwrap_or(1))))
    }

    /// The text of a string.
    pub(super) fn string(&self, value: Value, what: &'static str) -> Result<&str> {
        let Value::Object(at) = value else { return malformed(what, 0) };
        if self.header(at, what)?.2 != STRING {
            return malformed(what, at);
        }
        let size = self.word_at(at.saturating_add(8), what)?;
        let bytes = self.slice(at.saturating_add(8 + 3 * self.word), size, what)?;
        let Some((0, text)) = bytes.split_last() else { return malformed(what, at) };
        std::str::from_utf8(text).map_err(|_| OleanError::Malformed { what, at })
    }

    /// A natural number as little-endian bytes without leading zeros: the same for both word sizes.
    pub(super) fn natural(&self, value: Value, what: &'static str) -> Result<Vec<u8>> {
        let mut bytes = match value {
            Value::Small(number) => number.to_le_bytes().to_vec(),
            Value::Object(at) => {
                if self.header(at, what)?.2 != BIG_NUMBER {
                    return malformed(what, at);
                }
                let start = at.saturating_add(8);
                let (len, digits) = if self.gmp {
                    let size = self.slice(start.saturating_add(4), 4, what)?;
                    let limbs = i32::from_le_bytes([size[0], size[1], size[2], size[3]]);
                    let Ok(limbs) = u64::try_from(limbs) else { return malformed(what, at) };
                    (limbs * self.word, self.word_at(start.saturating_add(8), what)?)
                } else {
                    if self.slice(start, 1, what)?[0] != 0 {
                        return malformed(what, at);
                    }
                    let count = self.word_at(start.saturating_add(self.word), what)?;
                    (count.saturating_mul(4), self.word_at(start.saturating_add(2 * self.word), what)?)
                };
                self.slice(digits, len, what)?.to_vec()
            }
        };
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        Ok(bytes)
    }
}

impl<'a> Constructor<'a> {
    /// The region the object lies in.
    pub(super) fn region(&self) -> &'a Region {
        self.region
    }

    /// Field `index`.
    pub(super) fn field(&self, index: u8, what: &'static str) -> Result<Value> {
        let start = usize::from(index) * self.region.word as usize;
        match read_word(self.body, start, self.region.word) {
            Some(word) if index < self.fields => Ok(self.region.value(word)),
            _ => malformed(what, self.at),
        }
    }

    /// Byte `index` of the scalars behind the fields.
    pub(super) fn scalar(&self, index: usize, what: &'static str) -> Result<u8> {
        let start = usize::from(self.fields) * self.region.word as usize;
        self.body.get(start + index).copied().ok_or(OleanError::Malformed { what, at: self.at })
    }

    /// The first 64-bit number behind the fields.
    pub(super) fn scalar64(&self, what: &'static str) -> Result<u64> {
        let start = usize::from(self.fields) * self.region.word as usize;
        read_word(self.body, start, 8).ok_or(OleanError::Malformed { what, at: self.at })
    }

    /// How many fields the object has.
    pub(super) fn fields(&self) -> u8 {
        self.fields
    }
}

fn read_word(bytes: &[u8], at: usize, word: u64) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(word as usize)?)?;
    let mut wide = [0; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(u64::from_le_bytes(wide))
}

/// Whether `root` is the address of a constructor with five fields inside `file`.
fn root_plausible(file: &[u8], base: u64, root: u64, word: u64) -> bool {
    let Some(offset) = root.checked_sub(base).and_then(|offset| usize::try_from(offset).ok()) else { return false };
    offset >= HEADER + 2 * word as usize
        && offset.is_multiple_of(word as usize)
        && offset.checked_add(8).and_then(|end| file.get(offset..end)).is_some_and(|head| head[6] == 5 && head[7] == 0)
}
