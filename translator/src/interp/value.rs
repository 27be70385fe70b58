//! Values and places of the interpreter.
//!
//! A shared reference is represented by the value it refers to: while it lives, nothing can change that value (what has
//! interior mutability is not looked into). A `&mut` is a [`Place`], so aliasing is Rust's. Compound values are
//! shared and copied on write.

use std::sync::Arc;

use num_bigint::BigInt;

use crate::tir::AdtId;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A local that has not been initialised.
    Uninit,
    /// `bool`
    Bool(bool),
    /// `char`
    Char(char),
    /// An integer of any type.
    Int(BigInt),
    /// A tuple.
    Tuple(Arc<Vec<Value>>),
    /// A struct or a variant: type, variant, fields.
    Adt(AdtId, usize, Arc<Vec<Value>>),
    /// A slice, an array or a vector; a string as its bytes.
    List(Arc<Vec<Value>>),
    /// Some value of a type that is not looked into.
    Opaque,
    /// A mutable reference.
    Mut(Place),
}

impl Value {
    /// `()`
    pub fn unit() -> Value {
        Value::Tuple(Arc::new(Vec::new()))
    }
    /// An integer.
    pub fn int(x: impl Into<BigInt>) -> Value {
        Value::Int(x.into())
    }
    /// A list.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::new(items))
    }
    /// A tuple.
    pub fn tuple(items: Vec<Value>) -> Value {
        Value::Tuple(Arc::new(items))
    }
    /// A struct or variant.
    pub fn adt(adt: AdtId, variant: usize, fields: Vec<Value>) -> Value {
        Value::Adt(adt, variant, Arc::new(fields))
    }
    /// `Some(v)` or `None`.
    pub fn option(v: Option<Value>) -> Value {
        match v {
            None => Value::adt(AdtId::OPTION, 0, vec![]),
            Some(v) => Value::adt(AdtId::OPTION, 1, vec![v]),
        }
    }
    /// `Ok(v)` or `Err(e)`.
    pub fn result(v: Result<Value, Value>) -> Value {
        match v {
            Ok(v) => Value::adt(AdtId::RESULT, 0, vec![v]),
            Err(e) => Value::adt(AdtId::RESULT, 1, vec![e]),
        }
    }
    /// A string.
    pub fn text(s: &str) -> Value {
        Value::list(s.bytes().map(Value::int).collect())
    }
    /// The string whose bytes these are, if they are those of one.
    pub fn as_text(&self) -> Option<String> {
        let Value::List(items) = self else { return None };
        let byte = |v: &Value| match v {
            Value::Int(x) => u8::try_from(x).ok(),
            _ => None,
        };
        String::from_utf8(items.iter().map(byte).collect::<Option<_>>()?).ok()
    }
    /// The parts of a compound value.
    pub fn children(&self) -> Option<&[Value]> {
        match self {
            Value::Tuple(v) | Value::List(v) | Value::Adt(_, _, v) => Some(v),
            _ => None,
        }
    }
    /// The parts of a compound value, for writing.
    pub fn children_mut(&mut self) -> Option<&mut Vec<Value>> {
        match self {
            Value::Tuple(v) | Value::List(v) | Value::Adt(_, _, v) => Some(Arc::make_mut(v)),
            _ => None,
        }
    }
    /// Number of scalars in the value.
    pub fn size(&self) -> usize {
        1 + self.children().map_or(0, |c| c.iter().map(Value::size).sum())
    }
}

/// One step from a place to a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A field or an element.
    At(usize),
    /// A sub-slice; only ever the last step.
    Range(usize, usize),
}

/// A place in memory: a slot of the interpreter's stack and the way from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The slot.
    pub slot: usize,
    /// The way to the part.
    pub path: Vec<Step>,
}

impl Place {
    /// A whole slot.
    pub fn slot(slot: usize) -> Place {
        Place { slot, path: Vec::new() }
    }
    /// A part of this place. A step into a sub-slice is folded, so a range stays last.
    pub fn then(mut self, step: Step) -> Place {
        match (self.path.last().copied(), step) {
            (Some(Step::Range(lo, _)), Step::At(i)) => {
                self.path.pop();
                self.path.push(Step::At(lo + i));
            }
            (Some(Step::Range(lo, _)), Step::Range(a, b)) => {
                self.path.pop();
                self.path.push(Step::Range(lo + a, lo + b));
            }
            _ => self.path.push(step),
        }
        self
    }
}

/// What a place expression evaluates to: a place, or a temporary.
#[derive(Clone, Debug)]
pub(crate) enum Located {
    Place(Place),
    Value(Value),
}
