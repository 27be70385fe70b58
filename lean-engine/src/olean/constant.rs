//! One declaration: its kind, its type, its body, and what it names besides its expressions.

use super::Result;
use super::region::{Region, Value, malformed};

/// Kind of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Axiom,
    Definition,
    Theorem,
    Opaque,
    Quotient,
    Inductive,
    Constructor,
    Recursor,
}

impl Kind {
    fn from_info(tag: u8) -> Option<Self> {
        use Kind::*;
        [Axiom, Definition, Theorem, Opaque, Quotient, Inductive, Constructor, Recursor].get(usize::from(tag)).copied()
    }

    /// From Lean's `ConstantKind`, which has another order than `ConstantInfo`.
    pub(super) fn from_original(number: u64) -> Option<Self> {
        use Kind::*;
        let kinds = [Definition, Theorem, Axiom, Opaque, Quotient, Inductive, Constructor, Recursor];
        kinds.get(usize::try_from(number).ok()?).copied()
    }

    /// For messages, with its article.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Axiom => "an axiom",
            Self::Definition => "a definition",
            Self::Theorem => "a theorem",
            Self::Opaque => "an opaque constant",
            Self::Quotient => "a quotient primitive",
            Self::Inductive => "an inductive type",
            Self::Constructor => "a constructor",
            Self::Recursor => "a recursor",
        }
    }
}

/// A declaration as the kernel holds it.
#[derive(Debug)]
pub(super) struct Constant {
    pub(super) kind: Kind,
    pub(super) is_unsafe: bool,
    pub(super) is_partial: bool,
    /// Its own name, as the kernel's record has it.
    pub(super) name: Value,
    /// Universe parameters, a list of names.
    pub(super) levels: Value,
    pub(super) kernel_type: Value,
    /// Value of a definition, theorem or opaque constant; right-hand sides of a recursor.
    pub(super) bodies: Vec<Value>,
    /// Names it refers to outside of expressions: constructors of a type, type of a constructor, its mutual block.
    pub(super) names: Vec<Value>,
}

impl Constant {
    /// Reads the declaration at `info`.
    pub(super) fn read(region: &Region, info: Value) -> Result<Self> {
        let info = region.constructor(info, "constant")?;
        let Some(kind) = Kind::from_info(info.tag) else { return malformed("kind of constant", info.at) };
        let record = region.constructor(info.field(0, "constant")?, "constant")?;
        let signature = region.constructor(record.field(0, "constant")?, "signature")?;
        let mut constant = Self {
            kind,
            is_unsafe: false,
            is_partial: false,
            name: signature.field(0, "signature")?,
            levels: signature.field(1, "signature")?,
            kernel_type: signature.field(2, "signature")?,
            bodies: Vec::new(),
            names: Vec::new(),
        };
        match kind {
            Kind::Axiom => constant.is_unsafe = record.scalar(0, "axiom")? != 0,
            Kind::Definition => {
                constant.bodies.push(record.field(1, "definition")?);
                match record.scalar(0, "definition")? {
                    0 => constant.is_unsafe = true,
                    1 => {}
                    2 => constant.is_partial = true,
                    _ => return malformed("safety of a definition", record.at),
                }
            }
            Kind::Theorem => constant.bodies.push(record.field(1, "theorem")?),
            Kind::Opaque => {
                constant.bodies.push(record.field(1, "opaque")?);
                constant.is_unsafe = record.scalar(0, "opaque")? != 0;
            }
            Kind::Quotient => {}
            Kind::Inductive => {
                for list in [3, 4] {
                    list_items(region, record.field(list, "inductive")?, &mut constant.names)?;
                }
                constant.is_unsafe = record.scalar(1, "inductive")? != 0;
            }
            Kind::Constructor => {
                constant.names.push(record.field(1, "constructor")?);
                constant.is_unsafe = record.scalar(0, "constructor")? != 0;
            }
            Kind::Recursor => {
                list_items(region, record.field(1, "recursor")?, &mut constant.names)?;
                let mut rules = Vec::new();
                list_items(region, record.field(6, "recursor")?, &mut rules)?;
                for rule in rules {
                    let rule = region.constructor(rule, "recursor rule")?;
                    constant.names.push(rule.field(0, "recursor rule")?);
                    constant.bodies.push(rule.field(2, "recursor rule")?);
                }
                constant.is_unsafe = record.scalar(1, "recursor")? != 0;
            }
        }
        Ok(constant)
    }
}

/// Appends the items of a list.
pub(super) fn list_items(region: &Region, mut list: Value, items: &mut Vec<Value>) -> Result<()> {
    let limit = items.len() + region.capacity();
    loop {
        let cell = region.constructor(list, "list")?;
        match (cell.tag, cell.fields()) {
            (0, 0) => return Ok(()),
            (1, 2) if items.len() < limit => {
                items.push(cell.field(0, "list")?);
                list = cell.field(1, "list")?;
            }
            _ => return malformed("list", cell.at),
        }
    }
}
