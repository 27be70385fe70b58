//! The table of std items (`std_ops.txt`), parsed once.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::tir::{IntTy, Ty};

mod uses;

pub use uses::{Letters, Use, admits};

/// The table as text, one item a line.
pub const TEXT: &str = include_str!("std_ops.txt");

/// A type in a signature of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StdTy {
    /// `I`, `J`: any integer type; `S` a signed one, `N` an unsigned one.
    Int(String),
    /// `T`, `E`: any type.
    Any(String),
    /// The unsigned type of the same width.
    Unsigned(Box<StdTy>),
    /// A type without parts.
    Plain(Ty),
    /// `()`, `(A, B)`.
    Tuple(Vec<StdTy>),
    /// `Option<A>`.
    Option(Box<StdTy>),
    /// `Result<A, B>`.
    Result(Box<StdTy>, Box<StdTy>),
    /// `Vec<A>`.
    Vec(Box<StdTy>),
    /// `[A]`.
    Slice(Box<StdTy>),
    /// `&A`, `&mut A`.
    Ref(bool, Box<StdTy>),
}

/// How an item is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// By its path.
    None,
    /// As a method of this type; `true` if it changes the receiver.
    Method(bool, StdTy),
}

/// An item of std.
#[derive(Clone, Debug)]
pub struct StdOp {
    /// Its key, as in [`crate::tir::ExprKind::Std`].
    pub key: &'static str,
    /// How it is called.
    pub receiver: Receiver,
    /// Its name or path.
    pub name: &'static str,
    /// Its arguments, the receiver apart.
    pub args: Vec<StdTy>,
    /// Its result.
    pub ret: StdTy,
}

/// The types that a use of an item gave to its letters.
#[derive(Default)]
pub struct Names {
    /// By letter.
    pub types: HashMap<String, Ty>,
}

/// All items.
///
/// # Panics
/// Never: lines that do not parse are left out, and a test holds that there are none.
pub fn table() -> &'static [StdOp] {
    static TABLE: OnceLock<Vec<StdOp>> = OnceLock::new();
    TABLE.get_or_init(|| lines().filter_map(parse_line).collect())
}

fn lines() -> impl Iterator<Item = &'static str> {
    TEXT.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'))
}

/// The method of this name on a type, by the name the table gives the type (`I`, `Vec`, `[T]`, `Option`, `Result`).
pub fn method(head: &str, name: &str) -> Option<&'static StdOp> {
    table().iter().find(|op| match &op.receiver {
        Receiver::Method(_, ty) => op.name == name && head_of(ty) == head,
        Receiver::None => false,
    })
}

/// The function of this name on a type (`Vec::new`).
pub fn path_of_type(head: &str, name: &str) -> Option<&'static StdOp> {
    table().iter().find(|op| match op.name.split_once("::") {
        Some((own, own_name)) => op.receiver == Receiver::None && own == head && own_name == name,
        None => false,
    })
}

/// The function with this path in std.
pub fn path(parts: &[String]) -> Option<&'static StdOp> {
    let full = format!("std::{}", parts.join("::"));
    table().iter().find(|op| op.receiver == Receiver::None && op.name == full)
}

fn head_of(ty: &StdTy) -> &str {
    match ty {
        StdTy::Int(_) => "I",
        StdTy::Option(_) => "Option",
        StdTy::Result(..) => "Result",
        StdTy::Vec(_) => "Vec",
        StdTy::Slice(_) => "[T]",
        StdTy::Plain(Ty::Char) => "char",
        StdTy::Plain(Ty::Bool) => "bool",
        _ => "",
    }
}

fn parse_line(line: &'static str) -> Option<StdOp> {
    let (key, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim();
    let (call, ret) = rest.rsplit_once("->")?;
    let ret = Parser::whole(ret)?;
    let call = call.trim();
    let open = matching_open(call)?;
    let args = Parser::list(&call[open + 1..call.len() - 1])?;
    let head = &call[..open];
    if let Some(name) = head.strip_prefix("path ") {
        return Some(StdOp { key, receiver: Receiver::None, name: name.trim(), args, ret });
    }
    let (own, name) = head.rsplit_once('.')?;
    let (changes, own) = match own.strip_prefix("&mut ") {
        Some(own) => (true, own),
        None => (false, own),
    };
    Some(StdOp { key, receiver: Receiver::Method(changes, Parser::whole(own)?), name, args, ret })
}

/// Where the parenthesis that closes a text was opened.
fn matching_open(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

struct Parser<'t> {
    rest: &'t str,
}

impl<'t> Parser<'t> {
    fn whole(text: &'t str) -> Option<StdTy> {
        let mut parser = Parser { rest: text };
        let ty = parser.ty()?;
        parser.rest.trim().is_empty().then_some(ty)
    }
    fn list(text: &'t str) -> Option<Vec<StdTy>> {
        let mut parser = Parser { rest: text };
        parser.until("")
    }
    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
    /// Types separated by commas up to a token (or, with an empty one, the end).
    fn until(&mut self, close: &str) -> Option<Vec<StdTy>> {
        let mut out = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            let done = if close.is_empty() { self.rest.is_empty() } else { self.eat(close) };
            if done {
                return Some(out);
            }
            out.push(self.ty()?);
            self.eat(",");
        }
    }
    fn ty(&mut self) -> Option<StdTy> {
        if self.eat("&mut ") {
            return Some(StdTy::Ref(true, Box::new(self.ty()?)));
        }
        if self.eat("&") {
            return Some(StdTy::Ref(false, Box::new(self.ty()?)));
        }
        if self.eat("(") {
            return Some(StdTy::Tuple(self.until(")")?));
        }
        if self.eat("[") {
            let inner = self.ty()?;
            return self.eat("]").then(|| StdTy::Slice(Box::new(inner)));
        }
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let mut parts = if self.eat("<") { self.until(">")? } else { Vec::new() };
        match (name, parts.len()) {
            ("Option", 1) => Some(StdTy::Option(Box::new(parts.remove(0)))),
            ("Vec", 1) => Some(StdTy::Vec(Box::new(parts.remove(0)))),
            ("Result", 2) => {
                let error = parts.remove(1);
                Some(StdTy::Result(Box::new(parts.remove(0)), Box::new(error)))
            }
            ("unsigned", 0) if self.eat("(") => {
                let inner = self.ty()?;
                self.eat(")").then(|| StdTy::Unsigned(Box::new(inner)))
            }
            ("bool", 0) => Some(StdTy::Plain(Ty::Bool)),
            ("char", 0) => Some(StdTy::Plain(Ty::Char)),
            ("str", 0) => Some(StdTy::Plain(Ty::Str)),
            ("Ordering", 0) => Some(StdTy::Plain(Ty::Adt(crate::tir::AdtId::ORDERING, vec![]))),
            ("TryFromIntError", 0) => Some(StdTy::Plain(Ty::Adt(crate::tir::AdtId::TRY_FROM_INT_ERROR, vec![]))),
            ("I" | "J" | "S" | "N", 0) => Some(StdTy::Int(name.to_owned())),
            ("T" | "E" | "U", 0) => Some(StdTy::Any(name.to_owned())),
            (name, 0) => IntTy::from_name(name).map(|i| StdTy::Plain(Ty::Int(i))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_parses() {
        for line in super::lines() {
            assert!(super::parse_line(line).is_some(), "{line}");
        }
    }
    #[test]
    fn items_are_found() {
        assert_eq!(super::method("I", "wrapping_add").map(|o| o.key), Some("int.wrapping_add"));
        assert_eq!(super::method("Vec", "push").map(|o| o.key), Some("vec.push"));
        assert_eq!(super::path_of_type("Vec", "new").map(|o| o.key), Some("vec.new"));
        assert_eq!(super::path(&["mem".to_owned(), "swap".to_owned()]).map(|o| o.key), Some("mem.swap"));
    }
}
