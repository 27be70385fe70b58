//! The functional IR: pure values, single assignment, tail calls to join points; what Lean's definitions print.
//!
//! A function is one [`Code`] tree that ends in [`Code::Ret`]. References are gone: a `&mut` parameter is a value that
//! comes in and a further component of the result. A loop is a step function over the tuple of what its body changes;
//! every way out of it (end, `break`, `return`, a jump to an outer loop) is one of its exits.

use num_bigint::BigInt;

use crate::span::Span;
use crate::tir::{AdtId, CmpOp, FnId, IntTy, LoopSpec, PanicKind, Ty};

/// Index into [`Def::vars`].
pub type Var = usize;
/// A join point, unique in its function.
pub type Join = usize;

/// A variable: its Lean name (unique in the function) and its type (no references in it).
#[derive(Clone, Debug)]
pub struct VarInfo {
    /// Lean identifier, unique in its function.
    pub name: String,
    /// Value type.
    pub ty: Ty,
}

/// A pure value.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    /// A variable.
    Var(Var),
    /// A machine integer.
    Int(BigInt, IntTy),
    /// A boolean.
    Bool(bool),
    /// A character.
    Char(char),
    /// A string literal.
    Str(String),
    /// A tuple (the empty one is `()`).
    Tuple(Vec<Val>),
    /// A constructor with all its fields.
    Ctor {
        /// The type.
        adt: AdtId,
        /// Its arguments.
        args: Vec<Ty>,
        /// Which variant.
        variant: usize,
        /// All fields.
        fields: Vec<Val>,
    },
    /// Field of a struct value.
    Field(Box<Val>, AdtId, usize),
    /// Component `i` of a tuple of `n`.
    Proj(Box<Val>, usize, usize),
}

/// An integer expression over the mathematical values of machine integers: the argument of a range check.
#[derive(Clone, Debug, PartialEq)]
pub enum IExpr {
    /// The mathematical value of a machine integer, a character's code, or a counter.
    Of(Val),
    /// A literal.
    Lit(BigInt),
    /// A sum, difference or product.
    Bin(char, Box<IExpr>, Box<IExpr>),
    /// Length of a list value.
    Len(Val),
    /// How much a value of a recursive type is made of: more than any part of it.
    Size(Val),
    /// 1 for `true`, 0 for `false`.
    OfBool(Val),
    /// The discriminant of a field-less enum.
    Discriminant(Val, AdtId),
}

/// What an operation of the support library is applied to.
#[derive(Clone, Debug)]
pub enum Arg {
    /// A value.
    Val(Val),
    /// A mathematical integer.
    Int(IExpr),
    /// A list literal.
    List(Vec<Val>, Ty),
}

/// An atomic condition.
#[derive(Clone, Debug)]
pub enum Cond {
    /// A comparison of integers, characters or counters.
    Cmp(CmpOp, IExpr, IExpr),
    /// Equality (or not) of values of one type.
    Eq(bool, Val, Val),
    /// An order of two values of a type parameter.
    Order(CmpOp, Val, Val),
    /// A boolean is true.
    True(Val),
}

/// A computation.
#[derive(Clone, Debug)]
pub enum Code {
    /// The function's result (with the final values of its `&mut` parameters after it, as one tuple).
    Ret(Val),
    /// Runs an operation of the support library, by its key in the table of rules.
    Op(Op, Box<Code>),
    /// Calls a function: result variable, callee, type arguments, arguments, place, what comes then.
    Call(Var, FnId, Vec<Ty>, Vec<Val>, Span, Box<Code>),
    /// Branches.
    If(Cond, Box<Code>, Box<Code>),
    /// Splits a value by its constructor; one arm a variant, in order.
    Case(Val, AdtId, Vec<(Vec<Var>, Code)>),
    /// Defines a join point.
    LetJoin(Join, Vec<Var>, Box<Code>, Box<Code>),
    /// Continues at a join point.
    Jump(Join, Vec<Val>),
    /// A loop.
    Loop(Box<Loop>),
    /// Goes round the innermost loop.
    Next(Vec<Arg>),
    /// Leaves the innermost loop by an exit.
    Done(usize, Vec<Val>),
    /// Panics.
    Panic(PanicKind, Span),
}

/// An operation of the support library.
#[derive(Clone, Debug)]
pub struct Op {
    /// Its result.
    pub dst: Var,
    /// Its key in the table of rules; a key with `u` or `s` before it is taken where the table tells signedness apart.
    pub key: String,
    /// The integer type it works at, if it is one of integers.
    pub ty: Option<IntTy>,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// The Rust expression.
    pub span: Span,
    /// What may go wrong, if that is not what the table says.
    pub what: Option<String>,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// What changes.
    pub state: Vec<Var>,
    /// Its first value.
    pub init: Vec<Arg>,
    /// One round.
    pub step: Code,
    /// Ways out: what they hand on, and what comes then.
    pub exits: Vec<(Vec<Var>, Code)>,
    /// The user's invariants and measure.
    pub spec: LoopSpec,
    /// What the source's locals are called here, at the head of the loop: for the spec.
    pub scope: Scope,
    /// Invariants that the lowering knows of (each is an obligation like the user's).
    pub known: Vec<Known>,
    /// Measure that the lowering knows of.
    pub measure: Option<IExpr>,
    /// The whole loop, or its head.
    pub span: Span,
}

/// An invariant that comes from the loop's form.
#[derive(Clone, Debug)]
pub enum Known {
    /// `a ≤ b`
    Le(IExpr, IExpr),
    /// `a ≤ b ∨ a = c`
    LeOrEq(IExpr, IExpr, IExpr),
    /// `a = b`
    Eq(IExpr, IExpr),
}

/// The values of the source's locals at a point.
pub type Scope = std::collections::BTreeMap<usize, ScopeVal>;

/// What a local stands for.
#[derive(Clone, Debug)]
pub enum ScopeVal {
    /// A value.
    Val(Val),
    /// A mathematical integer (a counter).
    Int(IExpr),
}

/// A function in functional form.
#[derive(Clone, Debug)]
pub struct Def {
    /// Which function.
    pub id: FnId,
    /// All variables.
    pub vars: Vec<VarInfo>,
    /// Parameters, in order.
    pub params: Vec<Var>,
    /// Indices of the parameters that are `&mut`.
    pub muts: Vec<usize>,
    /// Type of the result, with the final values of `&mut` parameters.
    pub ret: Ty,
    /// The body.
    pub code: Code,
    /// Functions it calls.
    pub calls: Vec<FnId>,
}
