//! The roles that agents play, and the prompts that tell them so.

use serde::{Deserialize, Serialize};

/// What an agent is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A proof of one goal.
    Closer,
    /// A proof in which Lean found mistakes, mended.
    Repairer,
    /// A proof with holes.
    Sketcher,
}

/// What all roles are told.
pub(super) const SYSTEM: &str = include_str!("../../prompts/system.md");

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Closer, Self::Repairer, Self::Sketcher];

    /// Its name in configuration, events and recordings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closer => "closer",
            Self::Repairer => "repairer",
            Self::Sketcher => "sketcher",
        }
    }

    /// Its prompt, with places for what is known of the goal.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::Closer => include_str!("../../prompts/closer.md"),
            Self::Repairer => include_str!("../../prompts/repairer.md"),
            Self::Sketcher => include_str!("../../prompts/sketcher.md"),
        }
    }
}
