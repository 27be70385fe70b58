//! The guest's memory as the host sees it: every access is checked, none creates a reference into it.

use wasmtime::{Engine, MemoryType, SharedMemory};

/// The guest named an address outside its memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the guest passed an address outside its memory")]
pub(super) struct Fault;

pub(super) const PAGE: u64 = 65536;

/// A linear memory shared between the threads of a run.
pub(super) struct GuestMemory(SharedMemory);

impl GuestMemory {
    pub(super) fn new(engine: &Engine, min_pages: u32, max_pages: u32) -> wasmtime::Result<Self> {
        SharedMemory::new(engine, MemoryType::shared(min_pages, max_pages)).map(Self)
    }

    /// For imports and waits.
    pub(super) fn shared(&self) -> &SharedMemory {
        &self.0
    }

    pub(super) fn size(&self) -> u64 {
        self.0.data_size() as u64
    }

    /// A pointer to `len` bytes at `address`, all inside the memory.
    fn at(&self, address: u32, len: usize) -> Result<*mut u8, Fault> {
        let data = self.0.data();
        let start = address as usize;
        let end = start.checked_add(len).ok_or(Fault)?;
        let range = data.get(start..end).ok_or(Fault)?;
        Ok(range.as_ptr().cast::<u8>().cast_mut())
    }

    /// Copies out of the guest.
    pub(super) fn read(&self, address: u32, into: &mut [u8]) -> Result<(), Fault> {
        let from = self.at(address, into.len())?;
        // SAFETY: `at` checked the range, a shared memory neither moves nor shrinks while `self` lives, and `into` is host
        // memory, so the two do not overlap. Guest threads may write meanwhile; the copy then holds a mixture of bytes,
        // all of which are valid `u8`, and nothing in the host depends on their agreeing.
        unsafe { std::ptr::copy_nonoverlapping(from, into.as_mut_ptr(), into.len()) };
        Ok(())
    }

    /// Copies into the guest.
    pub(super) fn write(&self, address: u32, from: &[u8]) -> Result<(), Fault> {
        let to = self.at(address, from.len())?;
        // SAFETY: as in `read`, the other way round.
        unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()) };
        Ok(())
    }

    /// Checks a range without touching it, so that a host does no work for a guest that passed nonsense.
    pub(super) fn check(&self, address: u32, len: u32) -> Result<(), Fault> {
        self.at(address, len as usize).map(drop)
    }

    pub(super) fn read_u8(&self, address: u32) -> Result<u8, Fault> {
        let mut b = [0];
        self.read(address, &mut b)?;
        Ok(b[0])
    }

    pub(super) fn read_u32(&self, address: u32) -> Result<u32, Fault> {
        let mut b = [0; 4];
        self.read(address, &mut b)?;
        Ok(u32::from_le_bytes(b))
    }

    pub(super) fn write_u8(&self, address: u32, value: u8) -> Result<(), Fault> {
        self.write(address, &[value])
    }

    pub(super) fn write_u32(&self, address: u32, value: u32) -> Result<(), Fault> {
        self.write(address, &value.to_le_bytes())
    }

    pub(super) fn write_u64(&self, address: u32, value: u64) -> Result<(), Fault> {
        self.write(address, &value.to_le_bytes())
    }

    /// Reads a string that ends in a zero byte, without it. More than `limit` bytes are a fault.
    pub(super) fn read_cstr(&self, address: u32, limit: usize) -> Result<Vec<u8>, Fault> {
        let mut text = Vec::new();
        let mut at = address;
        loop {
            let left = usize::try_from(self.size().saturating_sub(u64::from(at))).unwrap_or(usize::MAX);
            let mut chunk = [0; 128];
            let len = left.min(chunk.len());
            if len == 0 {
                return Err(Fault);
            }
            self.read(at, &mut chunk[..len])?;
            if let Some(end) = memchr::memchr(0, &chunk[..len]) {
                text.extend_from_slice(&chunk[..end]);
                return if text.len() <= limit { Ok(text) } else { Err(Fault) };
            }
            text.extend_from_slice(&chunk[..len]);
            if text.len() > limit {
                return Err(Fault);
            }
            at = at.checked_add(len as u32).ok_or(Fault)?;
        }
    }

    /// Writes a string and a zero byte.
    pub(super) fn write_cstr(&self, address: u32, text: &[u8]) -> Result<(), Fault> {
        self.check(address, u32::try_from(text.len() + 1).map_err(|_| Fault)?)?;
        self.write(address, text)?;
        self.write_u8(address.checked_add(text.len() as u32).ok_or(Fault)?, 0)
    }
}
