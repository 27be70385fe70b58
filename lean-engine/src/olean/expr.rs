//! Which constants an expression names.

use std::collections::HashSet;

use super::Result;
use super::region::{Region, Value, malformed};

/// Calls `found` with the name of each constant in the expressions at `roots`, skipping what `seen` already holds.
///
/// Expressions are graphs with sharing: each address is visited once, so a cycle in a forged file ends too.
pub(super) fn constants_of(
    region: &Region,
    roots: &[Value],
    seen: &mut HashSet<u64>,
    mut found: impl FnMut(Value) -> Result<()>,
) -> Result<()> {
    let mut open = roots.to_vec();
    while let Some(value) = open.pop() {
        let Value::Object(at) = value else { return malformed("expression", 0) };
        if !seen.insert(at) {
            continue;
        }
        let node = region.constructor(value, "expression")?;
        let fields: &[u8] = match node.tag {
            0 | 3 | 9 => &[],
            4 => {
                found(node.field(0, "expression")?)?;
                &[]
            }
            5 => &[0, 1],
            6 | 7 => &[1, 2],
            8 => &[1, 2, 3],
            10 => &[1],
            11 => {
                found(node.field(0, "expression")?)?;
                &[2]
            }
            // Free and meta variables cannot occur in what the kernel accepted.
            _ => return malformed("expression", at),
        };
        for field in fields {
            open.push(node.field(*field, "expression")?);
        }
    }
    Ok(())
}
