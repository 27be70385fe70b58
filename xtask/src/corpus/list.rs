//! The list of crates: `tests/corpus/crates.txt`.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

/// A published crate in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pinned {
    /// What it is for.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) version: String,
}

impl Pinned {
    /// Its folder in the target folder.
    pub(crate) fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// Reads the list.
///
/// # Errors
/// If there is none, a line has other than three words, or a crate stands twice in it.
pub(crate) fn read(root: &Path) -> Result<Vec<Pinned>, Box<dyn Error>> {
    let path = root.join("tests/corpus/crates.txt");
    parse(&std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?)
}

fn parse(text: &str) -> Result<Vec<Pinned>, Box<dyn Error>> {
    let mut seen = BTreeSet::new();
    let mut out = vec![];
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [kind, name, version] = words[..] else {
            return Err(format!("`{line}` is not KIND NAME VERSION").into());
        };
        if version.split('.').count() < 3 {
            return Err(format!("`{line}`: the version is not a whole one").into());
        }
        if !seen.insert((name, version)) {
            return Err(format!("`{name} {version}` stands there twice").into());
        }
        let [kind, name, version] = [kind, name, version].map(str::to_owned);
        out.push(Pinned { kind, name, version });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_enough_of_each_kind() {
        let list = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("it can be read");
        assert!(list.len() >= 25, "{} crates", list.len());
        let kinds: BTreeSet<&str> = list.iter().map(|p| p.kind.as_str()).collect();
        for kind in ["bits", "parser", "encoder", "checksum", "structure", "date", "geometry", "version", "memory"] {
            assert!(kinds.contains(kind), "{kind}");
        }
    }

    #[test]
    fn what_is_not_pinned_is_refused() {
        assert!(parse("bits gcd").is_err());
        assert!(parse("bits gcd 2").is_err());
        assert!(parse("bits gcd 2.3.0\nmath gcd 2.3.0").is_err());
        assert_eq!(parse("# c\n\nbits gcd 2.3.0\nbits gcd 2.2.0").map(|l| l.len()).ok(), Some(2));
    }
}
