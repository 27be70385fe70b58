//! The files that one compiled module consists of, and one byte string that carries them all.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{OleanError, Result};

/// Starts the byte string of several parts. A plain `.olean` starts with `olean`, so the two cannot be confused.
const MAGIC: &[u8; 8] = b"HLPARTS1";

/// The parts of one compiled module. Proofs are in [`Parts::private`] whenever Lean wrote that file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// `X.olean`: what importers see.
    pub exported: Vec<u8>,
    /// `X.olean.server`: what editors see; the private part points into it.
    pub server: Option<Vec<u8>>,
    /// `X.olean.private`: everything, proofs included.
    pub private: Option<Vec<u8>>,
}

impl Parts {
    /// Reads `X.olean` and, where they exist, `X.olean.server` and `X.olean.private`.
    ///
    /// # Errors
    /// [`OleanError::Io`] if `X.olean` is absent or one of the files cannot be read.
    pub fn read(olean: &Path) -> Result<Self> {
        let exported = std::fs::read(olean).map_err(|source| OleanError::Io { path: olean.into(), source })?;
        Ok(Self {
            exported,
            server: read_if_there(Self::sibling(olean, "server"))?,
            private: read_if_there(Self::sibling(olean, "private"))?,
        })
    }

    /// Writes the files that [`Parts::read`] reads, `X.olean` last: whoever finds it finds the others.
    ///
    /// # Errors
    /// If one cannot be written; those before it stay.
    pub fn write(&self, olean: &Path) -> std::io::Result<()> {
        for (part, bytes) in [("server", &self.server), ("private", &self.private)] {
            if let Some(bytes) = bytes {
                std::fs::write(Self::sibling(olean, part), bytes)?;
            }
        }
        std::fs::write(olean, &self.exported)
    }

    /// Path of a part beside `X.olean`: `X.olean.<part>`.
    pub fn sibling(olean: &Path, part: &str) -> PathBuf {
        let mut name = olean.as_os_str().to_owned();
        name.push(".");
        name.push(part);
        PathBuf::from(name)
    }

    /// One byte string for all parts, as [`crate::Report::olean`] holds it.
    pub fn encode(&self) -> Vec<u8> {
        let parts = [Some(&self.exported), self.server.as_ref(), self.private.as_ref()];
        let mut out = MAGIC.to_vec();
        for part in &parts {
            // A part that is absent is not the same as an empty one; no file is this long.
            let len = part.map_or(u64::MAX, |bytes| bytes.len() as u64);
            out.extend_from_slice(&len.to_le_bytes());
        }
        parts.iter().flatten().for_each(|bytes| out.extend_from_slice(bytes));
        out
    }

    /// Takes apart what [`Parts::encode`] made; the bytes of a lone `.olean` count as its exported part.
    ///
    /// # Errors
    /// [`OleanError::NotOlean`] if the bytes are neither.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Ok(Self { exported: bytes.to_vec(), ..Self::default() });
        };
        let bad = || OleanError::NotOlean("the parts do not add up");
        let (lengths, mut data) = rest.split_at_checked(24).ok_or_else(bad)?;
        let mut parts = [const { None }; 3];
        for (part, length) in parts.iter_mut().zip(lengths.chunks_exact(8)) {
            let length = u64::from_le_bytes(length.try_into().map_err(|_| bad())?);
            if length != u64::MAX {
                let length = usize::try_from(length).map_err(|_| bad())?;
                let (head, tail) = data.split_at_checked(length).ok_or_else(bad)?;
                *part = Some(head.to_vec());
                data = tail;
            }
        }
        let [exported, server, private] = parts;
        if !data.is_empty() {
            return Err(bad());
        }
        Ok(Self { exported: exported.ok_or_else(bad)?, server, private })
    }
}

fn read_if_there(path: PathBuf) -> Result<Option<Vec<u8>>> {
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(OleanError::Io { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_survive_the_round_trip() {
        let parts = Parts { exported: vec![1, 2], server: None, private: Some(Vec::new()) };
        assert_eq!(Parts::decode(&parts.encode()).unwrap(), parts);
    }

    #[test]
    fn cut_and_grown_strings_are_refused() {
        let bytes = Parts { exported: vec![7; 9], server: Some(vec![1]), private: Some(vec![2; 3]) }.encode();
        for cut in MAGIC.len()..bytes.len() {
            assert!(Parts::decode(&bytes[..cut]).is_err());
        }
        let mut grown = bytes;
        grown.push(0);
        assert!(Parts::decode(&grown).is_err());
    }
}
