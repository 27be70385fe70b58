//! The symbol table beside the compiled module: where each function that Lean looks up by name sits in the table.
//!
//! Lean finds its own functions by name (`dlsym`), 200,000 of them; the rewritten module exports none of these, so this
//! file answers. It is a header of little-endian words, the part that each table slot belongs to (half a word each), an
//! index sorted by name, and the names.

use std::path::Path;

use super::CompileError;

const MAGIC: u32 = u32::from_le_bytes(*b"hsy2");
const HEADER: usize = 16;
const ENTRY: usize = 12;

/// What the rewriting found out.
#[derive(Default)]
pub(super) struct SymbolsBuilder {
    /// The part that each table slot belongs to, those of the host included (0, as for the core).
    pub(super) slot_parts: Vec<u16>,
    /// Slot of the host's `memory.atomic.wait32`; the ones for `wait64` and for loading a part follow.
    pub(super) wait_slot: u32,
    /// Kind (`I`mport, `E`xport), name, and table slot or address.
    entries: Vec<(u8, String, u32)>,
}

impl SymbolsBuilder {
    pub(super) fn import(&mut self, name: &str, slot: u32) {
        self.entries.push((b'I', name.to_owned(), slot));
    }

    pub(super) fn export(&mut self, name: &str, value: u32) {
        self.entries.push((b'E', name.to_owned(), value));
    }

    pub(super) fn write(&mut self, path: &Path) -> Result<(), CompileError> {
        self.entries.sort_unstable();
        let parts = 2 * self.slot_parts.len();
        let mut index = Vec::with_capacity(HEADER + parts + self.entries.len() * ENTRY);
        let mut names = Vec::new();
        let too_large = || CompileError::Shape("the symbol table is too large".into());
        let count = u32::try_from(self.entries.len()).map_err(|_| too_large())?;
        let table_size = u32::try_from(self.slot_parts.len()).map_err(|_| too_large())?;
        for word in [MAGIC, table_size, self.wait_slot, count] {
            index.extend_from_slice(&word.to_le_bytes());
        }
        for part in &self.slot_parts {
            index.extend_from_slice(&part.to_le_bytes());
        }
        for (kind, name, value) in &self.entries {
            let start = u32::try_from(names.len()).map_err(|_| too_large())?;
            names.push(*kind);
            names.extend_from_slice(name.as_bytes());
            let end = u32::try_from(names.len()).map_err(|_| too_large())?;
            for word in [start, end, *value] {
                index.extend_from_slice(&word.to_le_bytes());
            }
        }
        index.extend_from_slice(&names);
        std::fs::write(path, index).map_err(|e| CompileError::Io(path.to_owned(), e))
    }
}

/// The table as it is used.
pub(super) struct Symbols {
    data: Vec<u8>,
    count: usize,
    /// Where the index begins.
    index: usize,
    pub(super) table_size: u32,
    pub(super) wait_slot: u32,
}

impl Symbols {
    /// Reads the file; `None` if it is not such a file, or damaged.
    pub(super) fn parse(data: Vec<u8>) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?));
        if word(0)? != MAGIC {
            return None;
        }
        let (table_size, wait_slot, count) = (word(4)?, word(8)?, word(12)? as usize);
        let index = (table_size as usize).checked_mul(2)?.checked_add(HEADER)?;
        if data.len() < count.checked_mul(ENTRY)?.checked_add(index)? {
            return None;
        }
        Some(Self { count, index, table_size, wait_slot, data })
    }

    /// Table slot of an imported function.
    pub(super) fn import(&self, name: &[u8]) -> Option<u32> {
        self.find(b'I', name)
    }

    /// Table slot of an exported function, or address of exported data.
    pub(super) fn export(&self, name: &[u8]) -> Option<u32> {
        self.find(b'E', name)
    }

    /// The part that a table slot belongs to; `None` for a slot beyond the table, and for one of the core.
    pub(super) fn part_of(&self, slot: u32) -> Option<u16> {
        let at = HEADER + 2 * slot as usize;
        let part = u16::from_le_bytes(self.data.get(at..at + 2).filter(|_| slot < self.table_size)?.try_into().ok()?);
        (part != 0).then_some(part)
    }

    fn find(&self, kind: u8, name: &[u8]) -> Option<u32> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let (key, value) = self.entry(middle)?;
            let (&found, rest) = key.split_first()?;
            match (found, rest).cmp(&(kind, name)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(value),
            }
        }
        None
    }

    fn entry(&self, index: usize) -> Option<(&[u8], u32)> {
        let at = self.index + index * ENTRY;
        let word = |at: usize| Some(u32::from_le_bytes(self.data.get(at..at + 4)?.try_into().ok()?));
        let names = self.data.get(self.index + self.count * ENTRY..)?;
        Some((names.get(word(at)? as usize..word(at + 4)? as usize)?, word(at + 8)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_written() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("symbols");
        let mut b = SymbolsBuilder { slot_parts: vec![0, 0, 3, 0, 0, 0, 0, 0, 0], wait_slot: 6, ..Default::default() };
        for (i, name) in ["zeta", "alpha", "exit", "mid"].iter().enumerate() {
            b.export(name, i as u32);
        }
        b.import("exit", 44);
        b.write(&path).expect("written");
        let s = Symbols::parse(std::fs::read(&path).expect("read")).expect("parsed");
        assert_eq!((s.table_size, s.wait_slot), (9, 6));
        assert_eq!((s.part_of(2), s.part_of(3), s.part_of(9), s.part_of(u32::MAX)), (Some(3), None, None, None));
        assert_eq!(s.export(b"zeta"), Some(0));
        assert_eq!(s.export(b"exit"), Some(2));
        assert_eq!(s.import(b"exit"), Some(44));
        assert_eq!(s.export(b"nothing"), None);
        assert!(
            Symbols::parse(b"hsy2\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()).is_none()
        );
        assert!(Symbols::parse(vec![]).is_none());
    }
}
