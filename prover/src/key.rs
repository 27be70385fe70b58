//! Names for what is stored: hashes of statements and of everything a verdict rests on.

use harmonic_translator::unit::{Obligation, Translation};
use sha2::{Digest, Sha256};

use crate::normal::normal_form;

/// What a verdict depends on besides the text of its unit.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Hash of the compiled support library.
    pub library: String,
    /// The engine, as [`harmonic_lean::Engine::describe`] names it.
    pub engine: String,
    /// Version of this tool.
    pub tool: String,
}

/// Hash of texts; no two lists of texts give the same bytes to it.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Key of a leaf in the proof store: what its statement says, whatever its source names, for a stored proof is only a suggestion.
pub fn leaf_key(obligation: &Obligation) -> String {
    let mut key = digest(&["leaf", &normal_form(&obligation.statement)]);
    key.truncate(32);
    key
}

/// Key of a unit's verdict: all text that its file would hold, callees included, and the basis.
pub fn unit_key(translation: &Translation, order: &[usize], trusted: &dyn Fn(usize) -> bool, basis: &Basis) -> String {
    let mut parts: Vec<&str> =
        vec!["unit", harmonic_translator::translate::HEADER, &basis.library, &basis.engine, &basis.tool];
    for index in order {
        let Some(unit) = translation.units.get(*index) else { continue };
        parts.push(if trusted(*index) { "trusted" } else { "proved" });
        for shared in unit.prelude_types.iter().filter_map(|i| translation.shared.get(*i)) {
            parts.push(shared);
        }
        parts.extend([unit.lean_name.as_str(), &unit.definition, &unit.theorem, &unit.statement_key]);
        for o in &unit.obligations {
            parts.extend([o.statement.as_str(), "leaf"]);
        }
    }
    digest(&parts)
}
