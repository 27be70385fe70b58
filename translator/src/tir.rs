//! The typed IR: resolved names, explicit types, patterns and borrows; still Rust's own evaluation order and places.
//!
//! It is what [`crate::infer`] makes of syn's tree, what [`crate::interp`] runs, and what [`crate::tir_to_fir`] lowers.
//! Sugar is gone: `?`, `while let`, `let else`, `assert!`, compound conditions with `let`, operators on user types and
//! method calls are written in the nodes below. What cannot be written in them is refused before this point.

use num_bigint::BigInt;

use crate::layout::Boxes;
use crate::span::Span;

/// A machine integer type. Not `Ord`, whose `min` and `max` would hide the type's own behind a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum IntTy {
    U8,
    U16,
    U32,
    U64,
    U128,
    Usize,
    I8,
    I16,
    I32,
    I64,
    I128,
    Isize,
}

impl IntTy {
    /// Every integer type.
    pub const ALL: [IntTy; 12] = [
        IntTy::U8,
        IntTy::U16,
        IntTy::U32,
        IntTy::U64,
        IntTy::U128,
        IntTy::Usize,
        IntTy::I8,
        IntTy::I16,
        IntTy::I32,
        IntTy::I64,
        IntTy::I128,
        IntTy::Isize,
    ];
    /// Rust's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            IntTy::U8 => "u8",
            IntTy::U16 => "u16",
            IntTy::U32 => "u32",
            IntTy::U64 => "u64",
            IntTy::U128 => "u128",
            IntTy::Usize => "usize",
            IntTy::I8 => "i8",
            IntTy::I16 => "i16",
            IntTy::I32 => "i32",
            IntTy::I64 => "i64",
            IntTy::I128 => "i128",
            IntTy::Isize => "isize",
        }
    }
    /// The type with this Rust name.
    pub fn from_name(name: &str) -> Option<IntTy> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }
    /// Width in bits (`usize` is 64: targets of another pointer width are refused by the command line).
    pub fn bits(self) -> u32 {
        match self {
            IntTy::U8 | IntTy::I8 => 8,
            IntTy::U16 | IntTy::I16 => 16,
            IntTy::U32 | IntTy::I32 => 32,
            IntTy::U64 | IntTy::I64 | IntTy::Usize | IntTy::Isize => 64,
            IntTy::U128 | IntTy::I128 => 128,
        }
    }
    /// Whether the type is signed.
    pub fn signed(self) -> bool {
        matches!(self, IntTy::I8 | IntTy::I16 | IntTy::I32 | IntTy::I64 | IntTy::I128 | IntTy::Isize)
    }
    /// The smallest value.
    pub fn min(self) -> BigInt {
        if self.signed() { -(BigInt::from(1) << (self.bits() - 1)) } else { BigInt::from(0) }
    }
    /// The largest value.
    pub fn max(self) -> BigInt {
        (BigInt::from(1) << (self.bits() - u32::from(self.signed()))) - 1
    }
    /// The name of the type that leaves out the zero: `NonZeroU8`.
    pub fn non_zero_name(self) -> String {
        let (sign, width) = self.name().split_at(1);
        format!("NonZero{}{width}", sign.to_uppercase())
    }
    /// The unsigned type of the same width.
    pub fn unsigned(self) -> IntTy {
        match self {
            IntTy::I8 => IntTy::U8,
            IntTy::I16 => IntTy::U16,
            IntTy::I32 => IntTy::U32,
            IntTy::I64 => IntTy::U64,
            IntTy::I128 => IntTy::U128,
            IntTy::Isize => IntTy::Usize,
            t => t,
        }
    }
}

/// Index of an [`Adt`] in [`Program::adts`]. The first are those of std.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AdtId(pub usize);
impl AdtId {
    /// `Option`: variants `None` (0), `Some(T)` (1).
    pub const OPTION: AdtId = AdtId(0);
    /// `Result`: variants `Ok(T)` (0), `Err(E)` (1).
    pub const RESULT: AdtId = AdtId(1);
    /// `Ordering`: `Less` (0), `Equal` (1), `Greater` (2).
    pub const ORDERING: AdtId = AdtId(2);
    /// `core::num::TryFromIntError`: a unit struct.
    pub const TRY_FROM_INT_ERROR: AdtId = AdtId(3);
    /// `core::marker::PhantomData<T>`: a unit struct.
    pub const PHANTOM_DATA: AdtId = AdtId(4);

    /// `core::num::NonZeroU8` and the like, in the order of [`IntTy::ALL`]: structs of one field, which is not zero.
    pub fn of_non_zero(int: IntTy) -> AdtId {
        let at = IntTy::ALL.iter().position(|own| *own == int).unwrap_or_default();
        AdtId(AdtId::PHANTOM_DATA.0 + 1 + at)
    }
    /// `core::array::TryFromSliceError`: a unit struct.
    pub const TRY_FROM_SLICE_ERROR: AdtId = AdtId(AdtId::PHANTOM_DATA.0 + 1 + IntTy::ALL.len());

    /// `core::ops::Range<T>`: a struct of `start` and `end`.
    pub const RANGE: AdtId = AdtId(AdtId::TRY_FROM_SLICE_ERROR.0 + 1);
    /// `core::ops::RangeFrom<T>`: a struct of `start`.
    pub const RANGE_FROM: AdtId = AdtId(AdtId::RANGE.0 + 1);
    /// `core::ops::RangeTo<T>`: a struct of `end`.
    pub const RANGE_TO: AdtId = AdtId(AdtId::RANGE_FROM.0 + 1);

    /// Whether the type is a range whose ends are fields.
    pub fn is_range(self) -> bool {
        (AdtId::RANGE..=AdtId::RANGE_TO).contains(&self)
    }
    /// The integer of a type that leaves out its zero.
    pub fn non_zero(self) -> Option<IntTy> {
        IntTy::ALL.get(self.0.checked_sub(AdtId::PHANTOM_DATA.0 + 1)?).copied()
    }
    /// Whether the type is one of std.
    pub fn is_of_std(self) -> bool {
        self <= AdtId::RANGE_TO
    }
}
/// Index of a [`Function`] in [`Program::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FnId(pub usize);
/// Index of a [`Local`] in its function's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub usize);
/// A loop or labelled block, unique in its function; the target of `break` and `continue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LoopId(pub usize);

/// A type. Lifetimes are gone; `Box<T>` is `T`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// `bool`
    Bool,
    /// `char`
    Char,
    /// A machine integer.
    Int(IntTy),
    /// A mathematical integer: only in specs (`int`), never in code.
    Math,
    /// A tuple; the empty one is `()`.
    Tuple(Vec<Ty>),
    /// A struct or an enum with its type arguments.
    Adt(AdtId, Vec<Ty>),
    /// `&T` or `&mut T`.
    Ref(bool, Box<Ty>),
    /// `[T]`, only behind a reference.
    Slice(Box<Ty>),
    /// `[T; N]`
    Array(Box<Ty>, u64),
    /// `Vec<T>`
    Vec(Box<Ty>),
    /// `str`, only behind a reference: its bytes, which are UTF-8.
    Str,
    /// `String`: its bytes, which are UTF-8.
    String,
    /// A type parameter of the function, by name. Only `Copy`/`Clone`/`Eq`/`Ord`-like bounds are accepted.
    Param(String),
    /// A type that is not looked into: its values are moved, kept and given on, and nothing else. The name says which type it
    /// is; what the name leaves open are the arguments.
    Opaque(String, Vec<Ty>),
    /// `!`
    Never,
}
impl Ty {
    /// `()`
    pub fn unit() -> Ty {
        Ty::Tuple(vec![])
    }
    /// `Option<t>`
    pub fn option(t: Ty) -> Ty {
        Ty::Adt(AdtId::OPTION, vec![t])
    }
    /// What a string is: its bytes.
    pub fn text() -> Ty {
        Ty::Slice(Box::new(Ty::Int(IntTy::U8)))
    }
    /// Whether this is, behind any number of references, a type that is not looked into.
    pub fn is_opaque(&self) -> bool {
        matches!(self.peel(), Ty::Opaque(..))
    }
    /// The type behind any number of references.
    pub fn peel(&self) -> &Ty {
        match self {
            Ty::Ref(_, t) => t.peel(),
            t => t,
        }
    }
}

impl Program {
    /// Whether values of a type may hold values of one and the same type, however deep: a list of `Box`es, a tree.
    pub fn is_built_of_itself(&self, ty: &Ty) -> bool {
        let mut seen = vec![];
        let mut todo = vec![];
        self.data_in(ty, &mut todo);
        while let Some(adt) = todo.pop() {
            if seen.contains(&adt) {
                continue;
            }
            seen.push(adt);
            let (mut beneath, mut next) = (vec![], vec![adt]);
            while let Some(a) = next.pop() {
                let Some(a) = self.adts.get(a.0) else { continue };
                let mut parts = vec![];
                a.variants.iter().flat_map(|v| &v.fields).for_each(|(_, t)| self.data_in(t, &mut parts));
                parts.retain(|p| !beneath.contains(p));
                beneath.extend(parts.iter().copied());
                next.extend(parts);
            }
            if beneath.contains(&adt) {
                return true;
            }
            todo.extend(beneath);
        }
        false
    }

    /// The structs and enums that a type names.
    fn data_in(&self, ty: &Ty, out: &mut Vec<AdtId>) {
        match ty {
            Ty::Adt(a, args) => {
                out.push(*a);
                args.iter().for_each(|t| self.data_in(t, out));
            }
            Ty::Tuple(ts) => ts.iter().for_each(|t| self.data_in(t, out)),
            Ty::Ref(_, t) | Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => self.data_in(t, out),
            _ => {}
        }
    }
}

/// A struct (one variant) or an enum.
#[derive(Clone, Debug)]
pub struct Adt {
    /// Last segment of its path, as the user wrote it.
    pub name: String,
    /// Path inside the crate, `::`-separated, without the crate's name; `core::option::Option` for the built-in ones.
    pub path: String,
    /// Names of its type parameters.
    pub params: Vec<String>,
    /// Whether it is an enum (a struct has exactly one variant).
    pub is_enum: bool,
    /// Its variants.
    pub variants: Vec<Variant>,
    /// Structural traits that are derived: `PartialEq`, `PartialOrd`, `Ord`, `Clone`, `Copy`, `Default`, …
    pub derives: Vec<String>,
    /// Type invariant (`#[spec(maintains: …)]` on the type): conditions over local 0 (`self`) of `invariant_locals`.
    pub invariant: Vec<Expr>,
    /// Locals of the invariant.
    pub invariant_locals: Vec<Local>,
    /// Where it is defined.
    pub span: Span,
}
/// One variant of an enum, or the body of a struct.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Name (the struct's name for a struct).
    pub name: String,
    /// Fields in order; names are `0`, `1`, … for tuple-like ones.
    pub fields: Vec<(String, Ty)>,
    /// Whether the fields are positional.
    pub tuple_like: bool,
    /// Discriminant value for `as` casts of field-less enums.
    pub discriminant: BigInt,
}

/// A variable of a function: parameter, `let`, pattern or spec binding.
#[derive(Clone, Debug)]
pub struct Local {
    /// As the user wrote it (made-up ones start with `_`).
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Whether it was declared `mut`.
    pub mutable: bool,
    /// Where it is bound.
    pub span: Span,
}

/// A whole crate.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// All types that translated functions mention.
    pub adts: Vec<Adt>,
    /// All translated functions, and those that were refused (with their reason).
    pub functions: Vec<Function>,
    /// Which values may be boxed: a type here does not tell.
    pub boxes: Boxes,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Path as reports print it, without the package: `module::name`, `module::Type::method`, `module::<Type as Trait>::method`.
    pub path: String,
    /// Path of the module it is in, without the package; empty in the crate's root.
    pub module: String,
    /// Type parameters.
    pub generics: Vec<String>,
    /// Those of them that are constants, each with a value that it may have.
    pub constants: Vec<(String, String)>,
    /// Those of them that have an order (`T: Ord`).
    pub ordered: Vec<String>,
    /// Whether some type parameter has a bound that integers may not meet.
    pub not_for_integers: bool,
    /// Parameters: the first `params.len()` locals, in order (patterns are destructured at the start of the body).
    pub params: Vec<LocalId>,
    /// Return type.
    pub ret: Ty,
    /// All locals of body and spec.
    pub locals: Vec<Local>,
    /// The body, or why it is refused (kept so that callers are refused too). `None`: a trusted function's body may be untranslatable.
    pub body: Option<Expr>,
    /// What a call in a condition stands for, if that is not the body as it is: without early returns, with quantifiers in place of
    /// the loops of iterators.
    pub meaning: Option<Expr>,
    /// The spec; `None` when the function has no `#[spec]` at all.
    pub spec: Option<FnSpec>,
    /// Whether it is an `unsafe fn`: what its callers owe is said by its spec, if at all.
    pub is_unsafe: bool,
    /// Whether it is marked `trusted`.
    pub trusted: bool,
    /// Whether it is an instance of a generic function, made for its callers.
    pub instance: bool,
    /// Refusals met in this function; non-empty means `unsupported` (or `error`, by the diagnostic's code).
    pub diagnostics: Vec<crate::diagnostic::Diagnostic>,
    /// The whole item.
    pub span: Span,
    /// Just the signature, for short excerpts.
    pub sig_span: Span,
}

impl Function {
    /// What a call in a condition stands for.
    pub fn meaning(&self) -> Option<&Expr> {
        self.meaning.as_ref().or(self.body.as_ref())
    }
}

/// `#[spec(…)]` of a function. In conditions, integer arithmetic is mathematical. A `&mut` parameter means its value on entry in
/// `requires` and captures, its value on exit in `ensures`; `maintains` stands in both lists already.
#[derive(Clone, Debug, Default)]
pub struct FnSpec {
    /// Preconditions (with `maintains`).
    pub requires: Vec<Expr>,
    /// Values captured on entry.
    pub captures: Vec<(Pat, Expr)>,
    /// Postconditions (with `maintains`): pattern for the result, then the condition.
    pub ensures: Vec<(Option<Pat>, Expr)>,
    /// Measure for recursion, if the user gave one.
    pub decreases: Option<Expr>,
}

/// `#[spec(…)]` of a loop.
#[derive(Clone, Debug, Default)]
pub struct LoopSpec {
    /// Invariants, over the locals in scope at the loop (in a `for` over a range or with `enumerate`, the counter too).
    pub maintains: Vec<Expr>,
    /// Measure.
    pub decreases: Option<Expr>,
    /// Whether the invariants are not the user's but come with a method that was written out: what cannot be stated is left out.
    pub implied: bool,
}

/// An expression with its type and place in the source.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: Box<ExprKind>,
    /// Its type after coercion.
    pub ty: Ty,
    /// Where it stands.
    pub span: Span,
}

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Lit {
    Bool(bool),
    Int(BigInt),
    Char(char),
    Str(String),
}

/// Integer arithmetic that may panic in code and is mathematical in specs, and bit operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ArithOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
}
/// A comparison. On integers, chars, bools; `Eq`/`Ne` also on types whose equality is structural.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum CmpOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// The domain of a quantifier or of an iterator condition in a spec.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // a variant\'s comment explains its fields
pub enum Domain {
    /// All values of the bound locals' types (`forall(|i: usize| …)`).
    Typed,
    /// `(lo..hi)` or `(lo..=hi)`; one bound local, an integer.
    Range { lo: Expr, hi: Expr, inclusive: bool },
    /// The elements of a slice, array or vector, in order (`s.iter()`); one bound local of the element's type (references peeled).
    Elements(Expr),
}

/// What an expression does.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // a variant\'s comment explains its fields
pub enum ExprKind {
    /// A literal; an integer literal fits its type (a negated one is folded).
    Lit(Lit),
    /// A local (a place).
    Local(LocalId),
    /// Integer arithmetic; both operands of the expression's type, except the right one of a shift. `bool` for `& | ^` too (not lazy).
    Arith(ArithOp, Expr, Expr),
    /// `-x` on signed integers (panics on `MIN`).
    Neg(Expr),
    /// `!x` on `bool` and integers.
    Not(Expr),
    /// A comparison; both operands of one type, references peeled.
    Cmp(CmpOp, Expr, Expr),
    /// `a && b`; `a` may contain [`ExprKind::Let`], whose bindings are in scope in `b`.
    And(Expr, Expr),
    /// `a || b`
    Or(Expr, Expr),
    /// `implies(a, b)`: lazy, spec only.
    Implies(Expr, Expr),
    /// `let PAT = e` as a condition (in `if`, `while`, match guards).
    Let(Pat, Expr),
    /// `e as T`, T being the expression's type: between integers, from `bool`, `char`, a field-less enum; `u8 as char`.
    Cast(Expr),
    /// A tuple.
    Tuple(Vec<Expr>),
    /// `[a, b, c]`, and `vec![a, b, c]` when the type is `Vec`.
    Array(Vec<Expr>),
    /// `[e; n]` with a constant n, and `vec![e; n]` with any n (an `usize` expression).
    Repeat(Expr, Expr),
    /// Builds a struct or a variant: one expression a field, in field order, evaluated in the order given by the second list
    /// (indices into the fields). `base` is functional update: fields without an expression come from it.
    Construct { adt: AdtId, variant: usize, fields: Vec<Option<Expr>>, order: Vec<usize>, base: Option<Expr> },
    /// Field of a struct or tuple (a place if its base is one). References are dereferenced explicitly.
    Field(Expr, usize),
    /// `base[index]`, base a slice, array or vector (a place), index an `usize`.
    Index(Expr, Expr),
    /// `base[lo..hi]`, a place of slice type; missing bounds are `None`.
    SliceRange { base: Expr, lo: Option<Expr>, hi: Option<Expr>, inclusive: bool },
    /// `*e` (a place).
    Deref(Expr),
    /// `&e`, `&mut e` of a place or a temporary. Array/Vec-to-slice coercion is a `Borrow` whose type is `&[T]`.
    Borrow(bool, Expr),
    /// A call of a function of the crate, with type arguments for its generics.
    Call(FnId, Vec<Ty>, Vec<Expr>),
    /// A call of an std item by its key in `std_ops.txt`; a `&mut` receiver or argument is an expression of type `&mut …`;
    /// by-reference receivers (`&self`) are passed as values of the peeled type or as references, equally.
    Std(&'static str, Vec<Expr>),
    /// `.clone()`, `.to_owned()`, `.as_slice()`, `.copied()`-like identity on the value.
    Copy(Expr),
    /// `if c { t } else { e }`; without `else`, `e` is `()`.
    If(Expr, Expr, Expr),
    /// `match`.
    Match(Expr, Vec<Arm>),
    /// A block; its value is `tail`, or `()`; `label` when it can be left by `break 'label value`.
    Block { label: Option<LoopId>, stmts: Vec<Stmt>, tail: Option<Expr> },
    /// `loop { … }`, value from `break`.
    Loop { id: LoopId, spec: LoopSpec, body: Expr },
    /// `while c { … }` (`c` may contain `Let`).
    While { id: LoopId, spec: LoopSpec, cond: Expr, body: Expr },
    /// `for PAT in ITER { … }`.
    For { id: LoopId, spec: LoopSpec, pat: Pat, iter: ForIter, body: Expr },
    /// `break`, with a value for `loop` and labelled blocks.
    Break(LoopId, Option<Expr>),
    /// `continue`
    Continue(LoopId),
    /// `return`
    Return(Option<Expr>),
    /// `place = e`
    Assign(Expr, Expr),
    /// `place op= e`
    AssignOp(ArithOp, Expr, Expr),
    /// `panic!`, `unreachable!`, `todo!`, `unimplemented!`, a failed `assert!` (written as `if !c { panic }`): kind, message.
    Panic(PanicKind, String),
    /// A quantifier in a spec: `true` for "all", bound locals, domain, body. `(a..b).all(|i| …)`, `s.iter().any(|x| …)`, `forall(|…| …)`.
    Quant { all: bool, vars: Vec<LocalId>, domain: Domain, body: Expr },
}

/// Which macro panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PanicKind {
    Panic,
    Assert,
    DebugAssert,
    Unreachable,
    Todo,
}

/// What a `for` runs over.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // a variant\'s comment explains its fields
pub enum ForIter {
    /// `lo..hi`, `lo..=hi`, perhaps `.rev()` and/or `.step_by(n)` (a step of `None` is 1; with `rev`, step is applied after it).
    Range { lo: Expr, hi: Expr, inclusive: bool, rev: bool, step: Option<Expr> },
    /// Elements of a slice, array or vector: by reference (`iter()`, `&v`), by mutable reference, or by value (arrays, `Vec` by move, `.copied()`).
    Elements { base: Expr, by: ElementBy, enumerate: bool, rev: bool },
}
/// How a `for` over elements hands them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ElementBy {
    Ref,
    RefMut,
    Value,
}

/// An arm of a `match`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Its pattern.
    pub pat: Pat,
    /// Its guard.
    pub guard: Option<Expr>,
    /// Its value.
    pub body: Expr,
}
/// A statement.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // a variant\'s comment explains its fields
pub enum Stmt {
    /// `let PAT: T = e;` (irrefutable), or with `els`, `let PAT = e else { … };`.
    Let { pat: Pat, init: Option<Expr>, els: Option<Expr> },
    /// `e;`
    Expr(Expr),
}

/// A pattern; default binding modes are already written out.
#[derive(Clone, Debug)]
pub struct Pat {
    /// What it matches.
    pub kind: Box<PatKind>,
    /// The type of what it is matched against.
    pub ty: Ty,
    /// Where it stands.
    pub span: Span,
}
/// What a pattern matches.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // a variant\'s comment explains its fields
pub enum PatKind {
    /// `_`
    Wild,
    /// `x`, `ref x` (`Some(false)`), `ref mut x` (`Some(true)`), `x @ sub`. With `ref`, the local's type is the reference.
    Bind { local: LocalId, by_ref: Option<bool>, sub: Option<Pat> },
    /// A literal or a constant's value.
    Lit(Lit),
    /// `lo..=hi`, `lo..hi`, `lo..`, `..=hi` on integers and chars.
    Range { lo: Option<Lit>, hi: Option<Lit>, inclusive: bool },
    /// A tuple, one pattern a field (`..` is filled with `Wild`).
    Tuple(Vec<Pat>),
    /// A variant or struct, one pattern a field.
    Variant { adt: AdtId, variant: usize, fields: Vec<Pat> },
    /// Looks through a reference: `&p`, or implied by a default binding mode.
    Deref(Pat),
    /// `a | b`: every alternative binds the same locals.
    Or(Vec<Pat>),
    /// `[a, b, rest @ .., z]` on slices and arrays: prefix, the rest (`Some(None)` for a bare `..`), suffix.
    Slice { prefix: Vec<Pat>, rest: Option<Option<Pat>>, suffix: Vec<Pat> },
}
