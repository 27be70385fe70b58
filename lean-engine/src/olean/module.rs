//! The record at the root of a compiled module.

use std::collections::{HashMap, HashSet};

use super::Result;
use super::constant::Kind;
use super::name::Name;
use super::parts::Parts;
use super::region::{Region, Value, malformed};

/// One compiled module, its declarations not yet looked into.
#[derive(Debug)]
pub(super) struct Module {
    /// The bytes.
    pub(super) region: Region,
    /// Names of imported modules.
    pub(super) imports: Vec<Name>,
    /// Name and declaration of each constant.
    pub(super) constants: Vec<(Value, Value)>,
    /// Stored hash of a name, to positions in `constants`.
    by_hash: HashMap<u64, Vec<u32>>,
    /// True kinds of what is exported as an axiom.
    true_kinds: HashMap<Name, Kind>,
    /// Declarations whose compiled code is another's.
    pub(super) implemented_by: HashSet<Name>,
}

impl Module {
    /// Reads the record of the most complete part.
    pub(super) fn new(parts: Parts) -> Result<Self> {
        let region = Region::new(parts)?;
        let root = region.root()?;
        let mut imports = Vec::new();
        for import in region.array(root.field(0, "imports")?, "imports")? {
            let import = region.constructor(import, "import")?;
            imports.push(Name::read(&region, import.field(0, "import")?)?);
        }
        let names = region.array(root.field(1, "constant names")?, "constant names")?;
        let infos = region.array(root.field(2, "constants")?, "constants")?;
        if names.len() != infos.len() {
            return malformed("constants", root.at);
        }
        let constants: Vec<(Value, Value)> = names.zip(infos).collect();
        let mut by_hash: HashMap<u64, Vec<u32>> = HashMap::with_capacity(constants.len());
        for (position, (name, _)) in constants.iter().enumerate() {
            // More than 2^32 eight-byte entries would be a file of 32 GiB; those beyond are not found, which is an error.
            if let Ok(position) = u32::try_from(position) {
                by_hash.entry(Name::stored_hash(&region, *name)?).or_default().push(position);
            }
        }
        let mut true_kinds = HashMap::new();
        let mut implemented_by = HashSet::new();
        for root in region.roots() {
            for extension in region.array(root?.field(4, "entries")?, "entries")? {
                let extension = region.constructor(extension, "entries")?;
                let name = Name::read(&region, extension.field(0, "entries")?)?;
                let which = name.last();
                if !matches!(which, Some("privateConstKindsExt" | "implementedByAttr")) {
                    continue;
                }
                for entry in region.array(extension.field(1, "entries")?, "entries")? {
                    let entry = region.constructor(entry, "entry")?;
                    let declaration = Name::read(&region, entry.field(0, "entry")?)?;
                    if which == Some("implementedByAttr") {
                        implemented_by.insert(declaration);
                    } else if let Value::Small(kind) = entry.field(1, "entry")? {
                        Kind::from_original(kind).map(|kind| true_kinds.insert(declaration, kind));
                    }
                }
            }
        }
        Ok(Self { imports, constants, by_hash, true_kinds, implemented_by, region })
    }

    /// Position of the constant called `name`, whose stored hash is `hash`.
    pub(super) fn find(&self, hash: u64, name: &Name) -> Result<Option<u32>> {
        for position in self.by_hash.get(&hash).into_iter().flatten() {
            let Some((at, _)) = self.constants.get(*position as usize) else { continue };
            if Name::read(&self.region, *at)? == *name {
                return Ok(Some(*position));
            }
        }
        Ok(None)
    }

    /// What a constant that is exported as an axiom was declared as, if that is another kind.
    pub(super) fn true_kind(&self, name: &Name) -> Option<Kind> {
        self.true_kinds.get(name).copied()
    }

    /// Positions whose stored hash this is.
    pub(super) fn hashes(&self) -> impl Iterator<Item = u64> + '_ {
        self.by_hash.keys().copied()
    }
}
