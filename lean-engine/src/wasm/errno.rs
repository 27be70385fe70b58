//! Error numbers as the guest's C library knows them (those of WASI).

use std::io::ErrorKind;

use super::memory::Fault;

/// A failed call of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Errno(pub(super) i32);

impl Errno {
    pub(super) const ACCES: Self = Self(2);
    pub(super) const AGAIN: Self = Self(6);
    pub(super) const BADF: Self = Self(8);
    pub(super) const EXIST: Self = Self(20);
    pub(super) const FAULT: Self = Self(21);
    pub(super) const INVAL: Self = Self(28);
    pub(super) const IO: Self = Self(29);
    pub(super) const ISDIR: Self = Self(31);
    pub(super) const MFILE: Self = Self(33);
    pub(super) const NOENT: Self = Self(44);
    pub(super) const NOSPC: Self = Self(51);
    pub(super) const NOSYS: Self = Self(52);
    pub(super) const NOTDIR: Self = Self(54);
    pub(super) const NOTEMPTY: Self = Self(55);
    pub(super) const NOTTY: Self = Self(59);
    pub(super) const PERM: Self = Self(63);
    pub(super) const RANGE: Self = Self(68);
    pub(super) const ROFS: Self = Self(69);
    pub(super) const SPIPE: Self = Self(70);
}

impl From<Fault> for Errno {
    fn from(_: Fault) -> Self {
        Self::FAULT
    }
}

impl From<std::io::Error> for Errno {
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            ErrorKind::NotFound => Self::NOENT,
            ErrorKind::PermissionDenied => Self::ACCES,
            ErrorKind::AlreadyExists => Self::EXIST,
            ErrorKind::IsADirectory => Self::ISDIR,
            ErrorKind::NotADirectory => Self::NOTDIR,
            ErrorKind::DirectoryNotEmpty => Self::NOTEMPTY,
            ErrorKind::StorageFull => Self::NOSPC,
            ErrorKind::ReadOnlyFilesystem => Self::ROFS,
            ErrorKind::InvalidInput => Self::INVAL,
            _ => Self::IO,
        }
    }
}
