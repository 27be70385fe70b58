//! A digest of a declaration's type: equal exactly if the types are the same up to names of bound variables and metadata.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::Result;
use super::constant::{Constant, list_items};
use super::name::Name;
use super::region::{Constructor, Region, Value, malformed};

type Hash = [u8; 32];

/// Digest of the constant's universe parameters and type.
pub(super) fn type_digest(region: &Region, constant: &Constant) -> Result<Hash> {
    let mut digest = Sha256::new();
    let mut levels = Vec::new();
    list_items(region, constant.levels, &mut levels)?;
    digest.update((levels.len() as u64).to_le_bytes());
    for level in levels {
        Name::read(region, level)?.hash_into(|bytes| digest.update(bytes));
    }
    digest.update(Hasher { region, done: HashMap::new(), open: HashSet::new() }.run(Sort::Expr, constant.kernel_type)?);
    Ok(digest.finalize().into())
}

/// Levels and expressions have overlapping tags, so a node is known by what it is read as, too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sort {
    Expr,
    Level,
}

struct Hasher<'a> {
    region: &'a Region,
    done: HashMap<(Sort, u64), Hash>,
    /// Entered and not left: meeting one of them again is a cycle.
    open: HashSet<(Sort, u64)>,
}

/// A node is identified by its address; `Level.zero` may be a boxed number, which no address collides with (it is odd).
fn key(sort: Sort, value: Value) -> (Sort, u64) {
    match value {
        Value::Small(number) => (sort, number << 1 | 1),
        Value::Object(at) => (sort, at),
    }
}

impl Hasher<'_> {
    fn run(&mut self, sort: Sort, root: Value) -> Result<Hash> {
        let mut stack = vec![(sort, root)];
        while let Some((sort, value)) = stack.last().copied() {
            let key = key(sort, value);
            if self.done.contains_key(&key) {
                stack.pop();
                continue;
            }
            let node = self.region.constructor(value, "expression")?;
            let children = self.children(sort, &node)?;
            let missing: Vec<_> = children
                .iter()
                .copied()
                .filter(|(sort, value)| !self.done.contains_key(&self::key(*sort, *value)))
                .collect();
            if missing.is_empty() {
                let hash = self.hash(sort, &node, &children)?;
                self.open.remove(&key);
                self.done.insert(key, hash);
                stack.pop();
            } else if self.open.insert(key) {
                stack.extend(missing);
            } else {
                return malformed("cyclic expression", node.at);
            }
        }
        match self.done.get(&key(sort, root)) {
            Some(hash) => Ok(*hash),
            None => malformed("expression", 0),
        }
    }

    fn children(&self, sort: Sort, node: &Constructor<'_>) -> Result<Vec<(Sort, Value)>> {
        let (child_sort, fields): (Sort, &[u8]) = match (sort, node.tag) {
            (Sort::Level, 0 | 4) | (Sort::Expr, 0 | 9) => (sort, &[]),
            (Sort::Level, 1) => (sort, &[0]),
            (Sort::Level, 2 | 3) => (sort, &[0, 1]),
            (Sort::Expr, 3) => (Sort::Level, &[0]),
            (Sort::Expr, 4) => {
                let mut levels = Vec::new();
                list_items(self.region, node.field(1, "expression")?, &mut levels)?;
                return Ok(levels.into_iter().map(|level| (Sort::Level, level)).collect());
            }
            (Sort::Expr, 5) => (sort, &[0, 1]),
            (Sort::Expr, 6 | 7) => (sort, &[1, 2]),
            (Sort::Expr, 8) => (sort, &[1, 2, 3]),
            (Sort::Expr, 10) => (sort, &[1]),
            (Sort::Expr, 11) => (sort, &[2]),
            _ => return malformed("expression", node.at),
        };
        fields.iter().map(|field| Ok((child_sort, node.field(*field, "expression")?))).collect()
    }

    fn hash(&self, sort: Sort, node: &Constructor<'_>, children: &[(Sort, Value)]) -> Result<Hash> {
        let below = children.iter().filter_map(|(sort, value)| self.done.get(&key(*sort, *value)));
        if (sort, node.tag) == (Sort::Expr, 10)
            && let Some(hash) = below.clone().next()
        {
            return Ok(*hash);
        }
        let mut digest = Sha256::new();
        digest.update([sort as u8, node.tag]);
        let what = "expression";
        match (sort, node.tag) {
            (Sort::Level, 4) | (Sort::Expr, 4 | 11) => {
                Name::read(self.region, node.field(0, what)?)?.hash_into(|bytes| digest.update(bytes));
                if (sort, node.tag) == (Sort::Expr, 11) {
                    update_sized(&mut digest, &self.region.natural(node.field(1, what)?, what)?);
                }
            }
            (Sort::Expr, 0) => update_sized(&mut digest, &self.region.natural(node.field(0, what)?, what)?),
            (Sort::Expr, 9) => {
                let literal = node.region().constructor(node.field(0, what)?, "literal")?;
                digest.update([literal.tag]);
                match literal.tag {
                    0 => update_sized(&mut digest, &self.region.natural(literal.field(0, what)?, what)?),
                    1 => update_sized(&mut digest, self.region.string(literal.field(0, what)?, what)?.as_bytes()),
                    _ => return malformed("literal", literal.at),
                }
            }
            _ => {}
        }
        digest.update((children.len() as u64).to_le_bytes());
        below.for_each(|hash| digest.update(hash));
        Ok(digest.finalize().into())
    }
}

fn update_sized(digest: &mut Sha256, bytes: &[u8]) {
    digest.update((bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}
