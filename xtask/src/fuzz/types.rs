//! Types of generated programs, and inputs of them.

use harmonic_translator::interp::Value;
use harmonic_translator::tir::IntTy;
use num_bigint::BigInt;

use super::choices::Choices;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    Int(IntTy),
    Bool,
    Char,
    Tuple(Vec<Ty>),
    Option(Box<Ty>),
    Result(Box<Ty>, Box<Ty>),
    Array(Box<Ty>, u32),
    Vec(Box<Ty>),
    /// A type of the program, by its number.
    Adt(usize),
    /// `&[T]`, of parameters alone.
    Slice(Box<Ty>),
}

/// The integer types, the common ones first.
const INTS: [IntTy; 12] = [
    IntTy::U32,
    IntTy::I32,
    IntTy::U8,
    IntTy::Usize,
    IntTy::I64,
    IntTy::U64,
    IntTy::I8,
    IntTy::I16,
    IntTy::U16,
    IntTy::I128,
    IntTy::U128,
    IntTy::Isize,
];

impl Ty {
    pub(crate) fn int(c: &mut Choices) -> IntTy {
        *c.pick(&INTS)
    }

    /// A type that is copied and has no parts of the program's own.
    pub(crate) fn plain(c: &mut Choices, depth: u32) -> Ty {
        match c.below(if depth == 0 { 8 } else { 12 }) {
            0..=5 => Ty::Int(Self::int(c)),
            6 => Ty::Bool,
            7 => {
                if c.one_in(2) {
                    Ty::Char
                } else {
                    Ty::Bool
                }
            }
            8 => Ty::Option(Box::new(Self::plain(c, depth - 1))),
            9 => Ty::Tuple((0..2 + c.below(2)).map(|_| Self::plain(c, depth - 1)).collect()),
            10 => Ty::Array(Box::new(Self::plain(c, 0)), 1 + c.below(3)),
            _ => Ty::Result(Box::new(Self::plain(c, depth - 1)), Box::new(Self::plain(c, 0))),
        }
    }

    /// As Rust writes it.
    pub(crate) fn text(&self) -> String {
        match self {
            Ty::Int(t) => t.name().to_owned(),
            Ty::Bool => "bool".into(),
            Ty::Char => "char".into(),
            Ty::Tuple(parts) => format!("({})", parts.iter().map(Ty::text).collect::<Vec<_>>().join(", ")),
            Ty::Option(t) => format!("Option<{}>", t.text()),
            Ty::Result(t, e) => format!("Result<{}, {}>", t.text(), e.text()),
            Ty::Array(t, n) => format!("[{}; {n}]", t.text()),
            Ty::Vec(t) => format!("Vec<{}>", t.text()),
            Ty::Adt(i) => format!("T{i}"),
            Ty::Slice(t) => format!("&[{}]", t.text()),
        }
    }

    /// Whether its values are copied.
    pub(crate) fn copied(&self) -> bool {
        match self {
            Ty::Vec(_) => false,
            Ty::Tuple(parts) => parts.iter().all(Ty::copied),
            Ty::Option(t) | Ty::Array(t, _) => t.copied(),
            Ty::Result(t, e) => t.copied() && e.copied(),
            _ => true,
        }
    }
}

/// A number of the type that is worth a try.
pub(crate) fn number(c: &mut Choices, t: IntTy) -> BigInt {
    let edge = c.below(10);
    let small = BigInt::from(c.below(if edge < 6 { 10 } else { 120 }));
    match edge {
        7 if t.signed() => -small - 1,
        8 => t.max() - small % 4,
        9 => t.min() + small % 4,
        _ => small,
    }
}

/// An input: as Rust writes it, and as the interpreter has it.
pub(crate) fn input(c: &mut Choices, ty: &Ty) -> (String, Value) {
    match ty {
        Ty::Int(t) => {
            let x = number(c, *t);
            (format!("({x}{})", t.name()).replace("(-", "(-"), Value::Int(x))
        }
        Ty::Bool => {
            let b = c.one_in(2);
            (b.to_string(), Value::Bool(b))
        }
        Ty::Char => {
            let x = *c.pick(&['a', 'Z', '0', ' ', 'é', '\u{10ffff}']);
            (format!("'{}'", x.escape_unicode()), Value::Char(x))
        }
        Ty::Tuple(parts) => {
            let (texts, values): (Vec<_>, Vec<_>) = parts.iter().map(|t| input(c, t)).unzip();
            (format!("({})", texts.join(", ")), Value::tuple(values))
        }
        Ty::Option(t) => match c.below(3) {
            0 => (format!("None::<{}>", t.text()), Value::option(None)),
            _ => {
                let (text, value) = input(c, t);
                (format!("Some({text})"), Value::option(Some(value)))
            }
        },
        Ty::Result(t, e) => {
            let second = c.one_in(2);
            let (text, value) = input(c, if second { e } else { t });
            let name = if second { "Err" } else { "Ok" };
            let adt = harmonic_translator::tir::AdtId::RESULT;
            (format!("{name}::<{}, {}>({text})", t.text(), e.text()), Value::adt(adt, usize::from(second), vec![value]))
        }
        Ty::Array(t, n) => {
            let (texts, values): (Vec<_>, Vec<_>) = (0..*n).map(|_| input(c, t)).unzip();
            (format!("[{}]", texts.join(", ")), Value::list(values))
        }
        Ty::Vec(t) | Ty::Slice(t) => {
            let (texts, values): (Vec<_>, Vec<_>) = (0..c.below(5)).map(|_| input(c, t)).unzip();
            let list = if matches!(ty, Ty::Vec(_)) { "vec!" } else { "&" };
            let texts = format!("{list}[{}]", texts.join(", "));
            (if texts == "&[]" { format!("&[] as &[{}]", t.text()) } else { texts }, Value::list(values))
        }
        // Parameters of functions that are called from outside have none.
        Ty::Adt(_) => ("()".into(), Value::unit()),
    }
}
