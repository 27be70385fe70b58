//! Lean's hierarchical names: reading, comparing, printing.

use super::Result;
use super::region::{Region, Value, malformed};

/// Names in real modules have a dozen components; a cyclic one in a forged file has no end.
const MAX_COMPONENTS: usize = 512;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Component {
    Text(String),
    Number(Vec<u8>),
}

/// A name, outermost component first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(super) struct Name(Vec<Component>);

impl Name {
    /// Reads the name at `value`.
    pub(super) fn read(region: &Region, mut value: Value) -> Result<Self> {
        let mut components = Vec::new();
        loop {
            if let Value::Small(0) = value {
                components.reverse();
                return Ok(Self(components));
            }
            let object = region.constructor(value, "name")?;
            if components.len() == MAX_COMPONENTS {
                return malformed("name without end", object.at);
            }
            components.push(match object.tag {
                1 => Component::Text(region.string(object.field(1, "name")?, "name")?.to_owned()),
                2 => Component::Number(region.natural(object.field(1, "name")?, "name")?),
                _ => return malformed("name", object.at),
            });
            value = object.field(0, "name")?;
        }
    }

    /// The hash that Lean stored in the name at `value`: a key that both sides of a comparison carry.
    pub(super) fn stored_hash(region: &Region, value: Value) -> Result<u64> {
        match value {
            Value::Small(0) => Ok(1723),
            _ => region.constructor(value, "name")?.scalar64("name"),
        }
    }

    /// What the user wrote, if this is a private name (`_private.Module.0.what.the.user.wrote`).
    pub(super) fn without_privacy(&self) -> Option<Self> {
        let Some(Component::Text(first)) = self.0.first() else { return None };
        if first != "_private" {
            return None;
        }
        // The module's own name may have numbers in it only after the marker, so the first number ends the prefix.
        let marker = self.0.iter().position(|component| matches!(component, Component::Number(_)))?;
        Some(Self(self.0[marker + 1..].to_vec()))
    }

    /// The last component, if it is text.
    pub(super) fn last(&self) -> Option<&str> {
        match self.0.last() {
            Some(Component::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The components as text, if all are: the path of a module's file.
    pub(super) fn texts(&self) -> Option<Vec<&str>> {
        self.0
            .iter()
            .map(|component| match component {
                Component::Text(text) => Some(text.as_str()),
                Component::Number(_) => None,
            })
            .collect()
    }

    /// An encoding in which different names differ.
    pub(super) fn hash_into(&self, mut write: impl FnMut(&[u8])) {
        write(&(self.0.len() as u64).to_le_bytes());
        for component in &self.0 {
            let (kind, bytes) = match component {
                Component::Text(text) => (0, text.as_bytes()),
                Component::Number(digits) => (1, digits.as_slice()),
            };
            write(&[kind]);
            write(&(bytes.len() as u64).to_le_bytes());
            write(bytes);
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, component) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            match component {
                // As Lean prints it, so that a component with a dot in it cannot pass for two.
                Component::Text(text) if plain(text) => f.write_str(text)?,
                Component::Text(text) => write!(f, "«{text}»")?,
                Component::Number(digits) if digits.len() <= 16 => {
                    let mut wide = [0; 16];
                    wide[..digits.len()].copy_from_slice(digits);
                    write!(f, "{}", u128::from_le_bytes(wide))?;
                }
                Component::Number(digits) => write!(f, "#{}", digits.len())?,
            }
        }
        Ok(())
    }
}

/// Whether Lean would print the component without guillemets, near enough: what matters is that no separator hides in it.
fn plain(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| {
            c.is_alphanumeric()
                || matches!(c, '_' | '\'' | '!' | '?' | '@')
                || (c > '\u{7f}' && !matches!(c, '«' | '»'))
        })
}
