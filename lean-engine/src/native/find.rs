//! Where a Lean may be, and whether it is new enough.

use std::path::PathBuf;

/// The executable's file name.
pub(super) const EXECUTABLE: &str = if cfg!(windows) { "lean.exe" } else { "lean" };

/// The oldest Lean whose output and compiled modules are understood.
pub const MINIMUM_VERSION: &str = "4.28.0";

/// A version of Lean, with its suffix (`-rc1`, `-nightly-…`) if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u32; 3],
    suffix: String,
}

impl Version {
    /// Reads what `lean --version` prints: `Lean (version 4.28.0, x86_64-…, commit …, Release)`.
    #[must_use]
    pub fn parse(printed: &str) -> Option<Self> {
        let rest = printed.trim().strip_prefix("Lean (version ")?;
        let text = rest.split([',', ')']).next()?.trim();
        let (numbers, suffix) = text.split_at(text.find(['-', '+']).unwrap_or(text.len()));
        let mut parts = numbers.split('.').map(|part| part.parse().ok());
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then(|| Self { numbers, suffix: suffix.to_owned() })
    }

    /// Whether this is [`MINIMUM_VERSION`] or newer. Candidates and nightlies count as the version they lead to.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        self.numbers >= [4, 28, 0]
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}{}", self.suffix)
    }
}

/// Files that may be a Lean, best first.
pub(super) fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = std::env::split_paths(&path)
        // An empty entry means the current folder, where a checked-out crate may have put anything.
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(EXECUTABLE))
        .collect();
    let elan = std::env::var_os("ELAN_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let elan = elan.or_else(|| dirs::home_dir().map(|home| home.join(".elan")));
    found.extend(elan.map(|home| home.join("bin").join(EXECUTABLE)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        let version = |text: &str| {
            Version::parse(&format!("Lean (version {text}, x86_64-unknown-linux-gnu, commit abc, Release)"))
        };
        for (text, supported) in [
            ("4.28.0", true),
            ("4.28.0-rc1", true),
            ("4.29.1", true),
            ("5.0.0", true),
            ("4.27.9", false),
            ("3.51.0", false),
        ] {
            let version = version(text).unwrap();
            assert_eq!(version.is_supported(), supported, "{text}");
            assert_eq!(version.to_string(), text);
        }
        for text in ["4.28", "4.28.0.1", "x", "4.-1.0"] {
            assert_eq!(version(text), None, "{text}");
        }
        assert_eq!(Version::parse("Lake version 5.0.0 (Lean version 4.28.0)"), None);
    }
}
