//! Uses of std items as Rust text, made from their declarations: what the page of supported items and the tests against rustc
//! go through, so that no item can be added without either.

use super::{Receiver, StdOp, StdTy};
use crate::tir::{IntTy, Ty};

/// A call of an item on parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The parameters' types in the table, the receiver's first; `true` for one that the call changes.
    pub params: Vec<(bool, StdTy)>,
    /// Their types as Rust, references included.
    pub types: Vec<String>,
    /// The call, on parameters `a0`, `a1`, …
    pub call: String,
    /// The type of its result.
    pub ret: String,
}

/// The types that stand for the letters of a declaration.
pub type Letters = Vec<(String, String)>;

/// Whether a letter that stands for an integer type can be this one.
pub fn admits(letter: &str, int: IntTy) -> bool {
    match letter {
        "S" => int.signed(),
        "N" => !int.signed(),
        _ => true,
    }
}

/// Whether std has `impl From<from> for to`. What a `usize` holds is not the same everywhere, so that it is 16 bits at least here.
fn is_from(from: IntTy, to: IntTy) -> bool {
    let least = |int: IntTy| if matches!(int, IntTy::Usize | IntTy::Isize) { 17 } else { int.bits() };
    from == to
        || !matches!(from, IntTy::Usize | IntTy::Isize)
            && match (from.signed(), to.signed()) {
                (false, true) => from.bits() + u32::from(to == IntTy::Isize) < least(to),
                (true, false) => false,
                _ => from.bits() < least(to),
            }
}

impl StdTy {
    /// The type as Rust.
    ///
    /// # Errors
    /// The letter that stands for nothing.
    pub fn rust(&self, letters: &[(String, String)]) -> Result<String, String> {
        let all = |parts: &[StdTy]| parts.iter().map(|p| p.rust(letters)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            StdTy::Int(letter) | StdTy::Any(letter) => match letters.iter().find(|(own, _)| own == letter) {
                Some((_, ty)) => ty.clone(),
                None => return Err(letter.clone()),
            },
            StdTy::Unsigned(inner) => {
                let inner = inner.rust(letters)?;
                IntTy::from_name(&inner).map_or(inner, |int| int.unsigned().name().to_owned())
            }
            StdTy::Plain(ty) => match ty {
                Ty::Bool => "bool".into(),
                Ty::Char => "char".into(),
                Ty::Str => "str".into(),
                Ty::Int(int) => int.name().into(),
                Ty::Adt(crate::tir::AdtId::ORDERING, _) => "std::cmp::Ordering".into(),
                Ty::Adt(crate::tir::AdtId::TRY_FROM_INT_ERROR, _) => "std::num::TryFromIntError".into(),
                other => return Err(format!("{other:?}")),
            },
            StdTy::Tuple(parts) => format!("({})", all(parts)?.join(", ")),
            StdTy::Option(inner) => format!("Option<{}>", inner.rust(letters)?),
            StdTy::Result(ok, err) => format!("Result<{}, {}>", ok.rust(letters)?, err.rust(letters)?),
            StdTy::Vec(inner) => format!("Vec<{}>", inner.rust(letters)?),
            StdTy::Slice(inner) => format!("[{}]", inner.rust(letters)?),
            StdTy::Ref(true, inner) => format!("&mut {}", inner.rust(letters)?),
            StdTy::Ref(false, inner) => format!("&{}", inner.rust(letters)?),
        })
    }

    /// The letters in it, each once: those of integers with `true`.
    fn letters(&self, out: &mut Vec<(bool, String)>) {
        match self {
            StdTy::Int(letter) | StdTy::Any(letter) => {
                let found = (matches!(self, StdTy::Int(_)), letter.clone());
                if !out.contains(&found) {
                    out.push(found);
                }
            }
            StdTy::Plain(_) => {}
            StdTy::Unsigned(a) | StdTy::Option(a) | StdTy::Vec(a) | StdTy::Slice(a) | StdTy::Ref(_, a) => {
                a.letters(out)
            }
            StdTy::Result(a, b) => [a, b].iter().for_each(|p| p.letters(out)),
            StdTy::Tuple(parts) => parts.iter().for_each(|p| p.letters(out)),
        }
    }
}

impl StdOp {
    /// The letters of the declaration, each once: those of integers with `true`.
    pub fn letters(&self) -> Vec<(bool, String)> {
        let mut out = vec![];
        if let Receiver::Method(_, own) = &self.receiver {
            own.letters(&mut out);
        }
        self.args.iter().chain([&self.ret]).for_each(|ty| ty.letters(&mut out));
        // The target of a path (`I::try_from`) stands in its name.
        if let (Receiver::None, Some((own, _))) = (&self.receiver, self.name.split_once("::"))
            && own.len() == 1
            && !out.iter().any(|(_, letter)| letter == own)
        {
            out.push((true, own.to_owned()));
        }
        out
    }

    /// All ways to give integer types to the declaration's letters, with `others` for the letters of any types, in order. A
    /// `try_from` that cannot fail is left out: std gives it another error.
    pub fn instances(&self, others: &[&str]) -> Vec<Letters> {
        let mut all: Vec<Letters> = vec![vec![]];
        let mut others = others.iter();
        for (integer, letter) in self.letters() {
            let types: Vec<String> = match integer {
                true => IntTy::ALL.into_iter().filter(|i| admits(&letter, *i)).map(|i| i.name().to_owned()).collect(),
                false => others.next().map(|ty| (*ty).to_owned()).into_iter().collect(),
            };
            let with = |letters: &Letters, ty: &String| {
                let mut letters = letters.clone();
                letters.push((letter.clone(), ty.clone()));
                letters
            };
            all = all.iter().flat_map(|letters| types.iter().map(|ty| with(letters, ty)).collect::<Vec<_>>()).collect();
        }
        if self.key == "int.try_from" {
            let of = |letters: &Letters, own: &str| {
                letters.iter().find(|(letter, _)| letter == own).and_then(|(_, ty)| IntTy::from_name(ty))
            };
            all.retain(|l| matches!((of(l, "J"), of(l, "I")), (Some(from), Some(to)) if !is_from(from, to)));
        }
        all
    }

    /// The item's call, with these types for its letters.
    ///
    /// # Errors
    /// The letter that stands for nothing.
    pub fn used(&self, letters: &[(String, String)]) -> Result<Use, String> {
        let mut params = vec![];
        if let Receiver::Method(changes, own) = &self.receiver {
            params.push((*changes, own.clone()));
        }
        for arg in &self.args {
            params.push(match arg {
                StdTy::Ref(true, inner) => (true, (**inner).clone()),
                other => (false, other.clone()),
            });
        }
        let mut types = vec![];
        for (changes, ty) in &params {
            let shown = ty.rust(letters)?;
            types.push(match ty {
                _ if *changes => format!("&mut {shown}"),
                StdTy::Slice(_) | StdTy::Plain(Ty::Str) => format!("&{shown}"),
                _ => shown,
            });
        }
        let name = |at: usize| format!("a{at}");
        let list = |from: usize| (from..params.len()).map(name).collect::<Vec<_>>().join(", ");
        let call = match &self.receiver {
            Receiver::Method(..) => format!("a0.{}({})", self.name, list(1)),
            Receiver::None => {
                let path = match self.name.split_once("::") {
                    Some((own, rest)) => match letters.iter().find(|(letter, _)| letter == own) {
                        Some((_, ty)) => format!("{ty}::{rest}"),
                        None if own == "Vec" && matches!(self.ret, StdTy::Vec(_)) => {
                            format!("{}::{rest}", self.ret.rust(letters)?.replacen('<', "::<", 1))
                        }
                        None => self.name.to_owned(),
                    },
                    None => self.name.to_owned(),
                };
                format!("{path}({})", list(0))
            }
        };
        Ok(Use { types, call, ret: self.ret.rust(letters)?, params })
    }
}

impl Use {
    /// Whether it changes nothing.
    pub fn is_pure(&self) -> bool {
        !self.params.iter().any(|p| p.0)
    }

    /// The call as a function of this name.
    pub fn function(&self, name: &str) -> String {
        let params: Vec<String> = self.types.iter().enumerate().map(|(i, ty)| format!("a{i}: {ty}")).collect();
        // A result that borrows does so from the receiver.
        let lifetime = self.ret.contains('&');
        let (params, ret) = match lifetime {
            true => (
                params.iter().map(|p| p.replacen('&', "&'a ", 1)).collect::<Vec<_>>().join(", "),
                self.ret.replacen('&', "&'a ", 1),
            ),
            false => (params.join(", "), self.ret.clone()),
        };
        let generics = if lifetime { "<'a>" } else { "" };
        format!("fn {name}{generics}({params}) -> {ret} {{ {} }}\n", self.call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::std_table::{method, path, table};

    fn letters(all: &[(&str, &str)]) -> Letters {
        all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn uses_are_rust() {
        let text = |op: &StdOp, of: &[(&str, &str)]| op.used(&letters(of)).expect("all letters").function("f");
        let abs = method("I", "unsigned_abs").expect("an item");
        assert_eq!(text(abs, &[("S", "i8")]), "fn f(a0: i8) -> u8 { a0.unsigned_abs() }\n");
        assert_eq!(abs.instances(&[]).len(), 6);
        let swap = path(&["mem".to_owned(), "swap".to_owned()]).expect("an item");
        assert_eq!(text(swap, &[("T", "u8")]), "fn f(a0: &mut u8, a1: &mut u8) -> () { std::mem::swap(a0, a1) }\n");
        let first = method("[T]", "first").expect("an item");
        assert_eq!(text(first, &[("T", "u8")]), "fn f<'a>(a0: &'a [u8]) -> Option<&'a u8> { a0.first() }\n");
        let from = table().iter().find(|op| op.key == "int.try_from").expect("an item");
        assert_eq!(
            text(from, &[("I", "u8"), ("J", "i16")]),
            "fn f(a0: i16) -> Result<u8, std::num::TryFromIntError> { u8::try_from(a0) }\n"
        );
        assert!(is_from(IntTy::U16, IntTy::Usize) && !is_from(IntTy::U16, IntTy::Isize));
    }

    #[test]
    fn every_item_can_be_used() {
        for op in table() {
            let instances = op.instances(&["u32", "u8", "bool"]);
            assert!(!instances.is_empty(), "{}", op.key);
            for letters in instances {
                assert!(op.used(&letters).is_ok(), "{}: {letters:?}", op.key);
            }
        }
    }
}
