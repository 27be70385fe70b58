//! Chains of iterator adapters as positions: a range of positions, what stands at each, and the closures it passes through.
//!
//! An iterator that is used up where it is made does nothing between its items, so a loop over positions does the same in the
//! same order. Sources and arguments are evaluated once, in the order they are written.

use syn::Expr as E;

use super::iter::unwrapped;
use super::{Expect, Fcx};
use crate::crate_loader::plain_name;
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

/// What stands at a position.
pub(super) enum Item {
    /// The position itself.
    Position,
    /// An element of a list.
    Element { list: Expr, by: ElementBy },
    /// The part of a list of this length that begins at the position.
    Window { list: Expr, size: Expr },
    /// What the reference that stands there refers to; with `true`, its clone.
    Target(Box<Item>, bool),
    /// The position and what stands there.
    Counted(Box<Item>),
    /// What stands at the same position of both.
    Pair(Box<Item>, Box<Item>),
    /// What stands at the position counted from the first (`from`), or backwards from the end.
    Moved { item: Box<Item>, from: Expr, backwards: bool },
}

impl Item {
    /// Whether places are handed out for writing.
    pub(super) fn writes(&self) -> bool {
        match self {
            Item::Position | Item::Window { .. } => false,
            Item::Element { by, .. } => *by == ElementBy::RefMut,
            Item::Target(item, _) | Item::Counted(item) | Item::Moved { item, .. } => item.writes(),
            Item::Pair(a, b) => a.writes() || b.writes(),
        }
    }
}

/// A closure that items pass through.
pub(super) enum Lazy<'s> {
    Map(&'s syn::Expr),
    Filter(&'s syn::Expr),
}

/// An iterator.
pub(super) struct Chain<'s> {
    /// Evaluates the sources and bounds.
    pub(super) stmts: Vec<Stmt>,
    /// The positions; `lo <= hi` where they are positions of lists.
    pub(super) lo: Expr,
    pub(super) hi: Expr,
    pub(super) inclusive: bool,
    /// Whether they are taken from the last to the first.
    pub(super) rev: bool,
    pub(super) item: Item,
    pub(super) lazy: Vec<Lazy<'s>>,
}

/// What is made of the items: code for each, or a condition of all, or of some.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Run,
    All,
    Some,
}

const ADAPTERS: &[(&str, usize)] = &[
    ("rev", 0),
    ("enumerate", 0),
    ("copied", 0),
    ("cloned", 0),
    ("skip", 1),
    ("take", 1),
    ("zip", 1),
    ("map", 1),
    ("filter", 1),
];

/// Whether an expression is written as a chain on a list or a range.
pub(super) fn is_chain(e: &syn::Expr) -> bool {
    match unwrapped(e) {
        E::Range(_) => true,
        E::MethodCall(it) => match (plain_name(&it.method).as_str(), it.args.len()) {
            ("iter" | "iter_mut" | "into_iter" | "bytes", 0) | ("windows", 1) => true,
            (name, args) => ADAPTERS.contains(&(name, args)) && is_chain(&it.receiver),
        },
        _ => false,
    }
}

/// Whether a `for` over this needs its positions: the rest is [`ForIter`]'s own.
pub(super) fn has_positions(e: &syn::Expr) -> bool {
    fn names(e: &syn::Expr, out: &mut Vec<String>) {
        if let E::MethodCall(it) = unwrapped(e) {
            out.push(plain_name(&it.method));
            names(&it.receiver, out);
        }
    }
    let mut found = vec![];
    names(e, &mut found);
    let has = |name: &str| found.iter().any(|f| f == name);
    let own = ["skip", "take", "zip", "map", "filter", "windows", "cloned"].into_iter().any(has);
    is_chain(e) && (own || has("enumerate") && has("rev")) && !has("step_by")
}

pub(super) fn usize_ty() -> Ty {
    Ty::Int(IntTy::Usize)
}

impl<'s> Chain<'s> {
    /// Whether positions are those of lists, from 0 to a length: they can be counted in `usize`.
    fn counts(&self) -> bool {
        self.lo.ty == usize_ty() && !self.inclusive
    }
}

impl Fcx<'_, '_> {
    /// Evaluates a value once.
    fn keep(&mut self, stmts: &mut Vec<Stmt>, value: Expr) -> Expr {
        match &*value.kind {
            ExprKind::Lit(_) => value,
            ExprKind::Local(id) if !self.locals[id.0].mutable => value,
            _ => {
                let (stmt, name) = self.named(value);
                stmts.push(stmt);
                name
            }
        }
    }

    pub(super) fn is_zero(&self, e: &Expr) -> bool {
        matches!(&*e.kind, ExprKind::Lit(Lit::Int(n)) if *n == 0.into())
    }

    fn zero(&self, span: Span) -> Expr {
        self.int_value(0, usize_ty(), span)
    }

    /// The number of elements of a list.
    pub(super) fn list_length(&mut self, list: &Expr, span: Span) -> R<Expr> {
        let elem = match self.shallow(&list.ty) {
            Ty::Array(_, n) => return Ok(self.int_value(n, usize_ty(), span)),
            Ty::Vec(elem) | Ty::Slice(elem) => *elem,
            ty => return refuse("H0211", span, format!("iterating over `{}`", self.shown(&ty))),
        };
        let slice = self.as_slice(list.clone(), &elem);
        let slice = self.borrow(false, slice);
        Ok(self.std("slice.len", vec![slice], usize_ty(), span))
    }

    /// A chain as it is written.
    pub(super) fn chain<'s>(&mut self, e: &'s syn::Expr) -> R<Chain<'s>> {
        let e = unwrapped(e);
        let span = self.span(e);
        match e {
            E::Range(range) => self.range_chain(range, span),
            E::MethodCall(it) => {
                let name = plain_name(&it.method);
                match (name.as_str(), it.args.len()) {
                    ("iter" | "iter_mut" | "into_iter", 0) => {
                        if let E::Range(range) = unwrapped(&it.receiver) {
                            return self.range_chain(range, span);
                        }
                        self.list_chain(e, span)
                    }
                    ("bytes", 0) => self.list_chain(e, span),
                    ("windows", 1) => self.windows(it, span),
                    (name, args) if ADAPTERS.contains(&(name, args)) && is_chain(&it.receiver) => {
                        let chain = self.chain(&it.receiver)?;
                        self.adapted(chain, name, it, span)
                    }
                    _ => self.list_chain(e, span),
                }
            }
            _ => self.list_chain(e, span),
        }
    }

    fn range_chain<'s>(&mut self, range: &syn::ExprRange, span: Span) -> R<Chain<'s>> {
        let (lo, hi, inclusive) = self.range(range)?;
        let mut stmts = vec![];
        let lo = self.keep(&mut stmts, lo);
        let mut hi = self.keep(&mut stmts, hi);
        if lo.ty == usize_ty() && !inclusive && !self.is_zero(&lo) {
            // An empty range may end before it begins.
            let end = self.std("int.max", vec![lo.clone(), hi], usize_ty(), span);
            hi = self.keep(&mut stmts, end);
        }
        Ok(Chain { stmts, lo, hi, inclusive, rev: false, item: Item::Position, lazy: vec![] })
    }

    /// The elements of a list: `v.iter()`, `&v`, `v`.
    fn list_chain<'s>(&mut self, e: &syn::Expr, span: Span) -> R<Chain<'s>> {
        let (ForIter::Elements { base, by, .. }, _) = self.for_iter(e)? else {
            return refuse("H0211", span, "this iterator");
        };
        let mut stmts = vec![];
        let list = match by {
            ElementBy::RefMut if plain_place(&base) => base,
            ElementBy::RefMut => return refuse("H0211", span, "`iter_mut` of a computed place in a chain"),
            ElementBy::Ref => self.kept_list(&mut stmts, base),
            ElementBy::Value => self.keep(&mut stmts, base),
        };
        let len = self.list_length(&list, span)?;
        let hi = self.keep(&mut stmts, len);
        let item = Item::Element { list, by };
        Ok(Chain { stmts, lo: self.zero(span), hi, inclusive: false, rev: false, item, lazy: vec![] })
    }

    fn kept_list(&mut self, stmts: &mut Vec<Stmt>, base: Expr) -> Expr {
        let list = self.borrow(false, base);
        let list = self.keep(stmts, list);
        self.deref(list)
    }

    fn windows<'s>(&mut self, it: &syn::ExprMethodCall, span: Span) -> R<Chain<'s>> {
        let value = self.check(&it.receiver, &Expect::Nothing)?;
        let base = self.peel(value);
        let elem = self.element_type(&base)?;
        let base = self.as_slice(base, &elem);
        let mut stmts = vec![];
        let list = self.kept_list(&mut stmts, base);
        let size = self.check_to(&it.args[0], &usize_ty())?;
        let size = self.keep(&mut stmts, size);
        if !matches!(&*size.kind, ExprKind::Lit(Lit::Int(n)) if *n > 0.into()) {
            let empty = self.cmp(CmpOp::Eq, &size, self.zero(span), span);
            let message = "window size must be non-zero".to_owned();
            let panics = self.expr(ExprKind::Panic(PanicKind::Panic, message), Ty::unit(), span);
            stmts.push(Stmt::Expr(self.choose(empty, panics, self.unit_value(span), span)));
        }
        let len = self.list_length(&list, span)?;
        let len = self.keep(&mut stmts, len);
        let before = match &*size.kind {
            ExprKind::Lit(Lit::Int(n)) => self.int_value(n - 1, usize_ty(), span),
            _ => self.arith(ArithOp::Sub, &size, self.int_value(1, usize_ty(), span), span),
        };
        let count = self.std("int.saturating_sub", vec![len, before], usize_ty(), span);
        let hi = self.keep(&mut stmts, count);
        let item = Item::Window { list, size };
        Ok(Chain { stmts, lo: self.zero(span), hi, inclusive: false, rev: false, item, lazy: vec![] })
    }

    fn adapted<'s>(
        &mut self,
        mut chain: Chain<'s>,
        name: &str,
        it: &'s syn::ExprMethodCall,
        span: Span,
    ) -> R<Chain<'s>> {
        let help = "write the loop";
        // What counts positions cannot stand behind a closure.
        let counted = matches!(name, "enumerate" | "skip" | "take" | "zip");
        if !chain.lazy.is_empty() && name != "map" && name != "filter" {
            return refuse_help("H0211", span, format!("`{name}` behind a closure"), help);
        }
        if counted && !chain.counts() {
            return refuse_help("H0211", span, format!("`{name}` of this range"), help);
        }
        match name {
            "map" => chain.lazy.push(Lazy::Map(&it.args[0])),
            "filter" => chain.lazy.push(Lazy::Filter(&it.args[0])),
            "rev" => chain.rev = !chain.rev,
            "copied" | "cloned" => {
                let refs = match &chain.item {
                    Item::Element { by, .. } => *by == ElementBy::Ref,
                    Item::Moved { item, .. } => matches!(**item, Item::Element { by: ElementBy::Ref, .. }),
                    _ => false,
                };
                if !refs {
                    return refuse_help("H0211", span, format!("`{name}` here"), help);
                }
                chain.item = Item::Target(Box::new(chain.item), name == "cloned");
            }
            "enumerate" => {
                let mut counted = self.renumbered(chain, span);
                counted.item = Item::Counted(Box::new(counted.item));
                chain = counted;
            }
            "skip" | "take" => {
                let n = self.check_to(&it.args[0], &usize_ty())?;
                let n = self.keep(&mut chain.stmts, n);
                let gap = match self.is_zero(&chain.lo) {
                    true => chain.hi.clone(),
                    false => self.arith(ArithOp::Sub, &chain.hi, chain.lo.clone(), span),
                };
                // How many items are left.
                let key = if name == "skip" { "int.saturating_sub" } else { "int.min" };
                let left = self.std(key, vec![gap, n], usize_ty(), span);
                let left = self.keep(&mut chain.stmts, left);
                // Items of a list begin with `lo`, or in reverse with what is before `hi`.
                if (name == "skip") != chain.rev {
                    let cut = self.arith(ArithOp::Sub, &chain.hi, left, span);
                    chain.lo = self.keep(&mut chain.stmts, cut);
                } else if self.is_zero(&chain.lo) {
                    chain.hi = left;
                } else {
                    let cut = self.arith(ArithOp::Add, &chain.lo, left, span);
                    chain.hi = self.keep(&mut chain.stmts, cut);
                }
            }
            _ => {
                let mut first = self.renumbered(chain, span);
                let second = self.chain(&it.args[0])?;
                if !second.lazy.is_empty() || !second.counts() {
                    return refuse_help("H0211", span, "`zip` with this iterator", help);
                }
                let second = self.renumbered(second, span);
                first.stmts.extend(second.stmts);
                let end = self.std("int.min", vec![first.hi, second.hi], usize_ty(), span);
                first.hi = self.keep(&mut first.stmts, end);
                first.item = Item::Pair(Box::new(first.item), Box::new(second.item));
                chain = first;
            }
        }
        Ok(chain)
    }

    /// The same items at the positions from 0 on.
    pub(super) fn renumbered<'s>(&mut self, mut chain: Chain<'s>, span: Span) -> Chain<'s> {
        let zero = self.is_zero(&chain.lo);
        if zero && !chain.rev {
            return chain;
        }
        let from = if chain.rev { chain.hi.clone() } else { chain.lo.clone() };
        if !zero {
            let count = self.arith(ArithOp::Sub, &chain.hi, chain.lo, span);
            chain.hi = self.keep(&mut chain.stmts, count);
        }
        chain.lo = self.zero(span);
        chain.item = Item::Moved { item: Box::new(chain.item), from, backwards: chain.rev };
        chain.rev = false;
        chain
    }

    /// What stands at a position.
    pub(super) fn item_at(&self, item: &Item, at: &Expr, span: Span) -> Expr {
        match item {
            Item::Position => at.clone(),
            Item::Element { list, by } => {
                let elem = match self.shallow(&list.ty) {
                    Ty::Array(elem, _) | Ty::Vec(elem) | Ty::Slice(elem) => *elem,
                    other => other,
                };
                let place = self.expr(ExprKind::Index(list.clone(), at.clone()), elem, span);
                match by {
                    ElementBy::Value => place,
                    by => self.borrow(*by == ElementBy::RefMut, place),
                }
            }
            Item::Window { list, size } => {
                let hi = Some(self.arith(ArithOp::Add, at, size.clone(), span));
                let kind = ExprKind::SliceRange { base: list.clone(), lo: Some(at.clone()), hi, inclusive: false };
                self.borrow(false, self.expr(kind, list.ty.clone(), span))
            }
            Item::Target(item, clones) => {
                let value = self.deref(self.item_at(item, at, span));
                let ty = value.ty.clone();
                if *clones { self.expr(ExprKind::Copy(value), ty, span) } else { value }
            }
            Item::Counted(item) => self.pair(at.clone(), self.item_at(item, at, span), span),
            Item::Pair(a, b) => self.pair(self.item_at(a, at, span), self.item_at(b, at, span), span),
            Item::Moved { item, from, backwards } => self.item_at(item, &self.moved(from, *backwards, at, span), span),
        }
    }

    pub(super) fn moved(&self, from: &Expr, backwards: bool, at: &Expr, span: Span) -> Expr {
        if !backwards {
            return self.arith(ArithOp::Add, from, at.clone(), span);
        }
        let before = self.arith(ArithOp::Sub, from, self.int_value(1, from.ty.clone(), span), span);
        self.arith(ArithOp::Sub, &before, at.clone(), span)
    }

    /// What becomes of the item at a position when it has passed the closures.
    pub(super) fn passed(
        &mut self,
        chain: &Chain<'_>,
        at: &Expr,
        over: Over,
        span: Span,
        end: &mut dyn FnMut(&mut Self, Expr) -> R<Expr>,
    ) -> R<Expr> {
        let item = self.item_at(&chain.item, at, span);
        self.through(&chain.lazy, item, over, span, end)
    }

    fn through(
        &mut self,
        lazy: &[Lazy<'_>],
        item: Expr,
        over: Over,
        span: Span,
        end: &mut dyn FnMut(&mut Self, Expr) -> R<Expr>,
    ) -> R<Expr> {
        let Some((first, rest)) = lazy.split_first() else { return end(self, item) };
        let (stmt, value) = self.named(item);
        let out = match first {
            Lazy::Map(f) => {
                let mapped = self.apply(f, vec![value], &Expect::Nothing, span)?;
                self.through(rest, mapped, over, span, end)?
            }
            Lazy::Filter(f) => {
                let lent = self.borrow(false, value.clone());
                let cond = self.apply(f, vec![lent], &Expect::Coerce(Ty::Bool), span)?;
                let then = self.through(rest, value, over, span, end)?;
                match over {
                    Over::Run => self.choose(cond, then, self.unit_value(span), span),
                    Over::All => self.expr(ExprKind::Implies(cond, then), Ty::Bool, span),
                    Over::Some => self.expr(ExprKind::And(cond, then), Ty::Bool, span),
                }
            }
        };
        let ty = out.ty.clone();
        Ok(self.expr(ExprKind::Block { label: None, stmts: vec![stmt], tail: Some(out) }, ty, span))
    }
}

/// Whether a place is the same at every evaluation, and costs none.
fn plain_place(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Local(_) => true,
        ExprKind::Field(e, _) | ExprKind::Deref(e) => plain_place(e),
        _ => false,
    }
}
