//! What uses a chain of iterators up: loops over its positions, with the invariants that say what the method promises.
//!
//! The invariants are proved like those a user writes. One that is not true, or that cannot be stated, costs proofs of what
//! depends on it and nothing else.

use num_bigint::BigInt;

use super::chain::{Chain, Item, Lazy, Over, has_positions, is_chain, usize_ty};
use super::{Binding, Expect, Fcx, Frame};
use crate::crate_loader::plain_name;
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

/// Whether a method call uses up an iterator that is made on the spot.
pub(super) fn is_consumer(it: &syn::ExprMethodCall) -> bool {
    let known = match plain_name(&it.method).as_str() {
        "any" | "all" | "position" | "find" | "for_each" => it.args.len() == 1,
        "fold" => it.args.len() == 2,
        "count" | "sum" | "product" | "max" | "min" | "collect" => it.args.is_empty(),
        _ => false,
    };
    known && is_chain(&it.receiver)
}

impl Fcx<'_, '_> {
    pub(super) fn consumer(&mut self, it: &syn::ExprMethodCall, expect: &Expect, span: Span) -> R<Expr> {
        let name = plain_name(&it.method);
        self.not_in_condition(&format!("`{name}` of an iterator"), span)?;
        let chain = self.chain(&it.receiver)?;
        // A place that is written through goes straight into its pattern.
        let place = matches!(chain.item, Item::Element { .. }) && chain.lazy.is_empty() && name == "for_each";
        if chain.item.writes() && !place {
            return refuse_help("H0211", span, format!("`{name}` of mutable references"), "write the loop");
        }
        match name.as_str() {
            "any" | "all" => self.search(chain, name == "any", Found::Truth(name == "any"), &it.args[0], span),
            "position" => {
                if !chain.lazy.is_empty() && chain.lazy.iter().any(|l| matches!(l, Lazy::Filter(_)))
                    || !self.counts(&chain)
                {
                    return refuse_help("H0211", span, "`position` of this iterator", "write the loop");
                }
                let chain = self.renumbered(chain, span);
                self.search(chain, true, Found::Position, &it.args[0], span)
            }
            "find" => self.search(chain, true, Found::Item, &it.args[0], span),
            "max" | "min" => self.extreme(chain, name == "max", span),
            "for_each" => {
                let f = &it.args[0];
                let at = self.position_of(&chain, span);
                let place = self.local_value(at, span);
                let body = self.passed(&chain, &place, Over::Run, span, &mut |cx, item| {
                    let value = cx.apply(f, vec![item], &Expect::Coerce(Ty::unit()), span)?;
                    Ok(cx.statement(value, span))
                })?;
                let (stmts, each) = self.each(chain, at, vec![], body, span);
                let unit = self.unit_value(span);
                Ok(self.after(stmts, each, unit, span))
            }
            _ => self.accumulated(chain, &name, it, expect, span),
        }
    }

    fn counts(&self, chain: &Chain<'_>) -> bool {
        chain.lo.ty == usize_ty() && !chain.inclusive
    }

    /// The local that holds the position.
    fn position_of(&mut self, chain: &Chain<'_>, span: Span) -> LocalId {
        self.new_local("_at", chain.lo.ty.clone(), false, span)
    }

    /// The loop over a chain's positions, and what stands before it.
    fn each(
        &mut self,
        chain: Chain<'_>,
        at: LocalId,
        maintains: Vec<Expr>,
        body: Expr,
        span: Span,
    ) -> (Vec<Stmt>, Expr) {
        let id = self.new_loop_id();
        let kind = PatKind::Bind { local: at, by_ref: None, sub: None };
        let pat = Pat { kind: Box::new(kind), ty: chain.lo.ty.clone(), span };
        let iter =
            ForIter::Range { lo: chain.lo, hi: chain.hi, inclusive: chain.inclusive, rev: chain.rev, step: None };
        let spec = LoopSpec { maintains, decreases: None, implied: true };
        (chain.stmts, self.expr(ExprKind::For { id, spec, pat, iter, body }, Ty::unit(), span))
    }

    /// `{ stmts; each; tail }`
    fn after(&self, mut stmts: Vec<Stmt>, each: Expr, tail: Expr, span: Span) -> Expr {
        stmts.push(Stmt::Expr(each));
        let ty = tail.ty.clone();
        self.expr(ExprKind::Block { label: None, stmts, tail: Some(tail) }, ty, span)
    }

    /// `{ e; }`
    fn statement(&self, e: Expr, span: Span) -> Expr {
        self.expr(ExprKind::Block { label: None, stmts: vec![Stmt::Expr(e)], tail: None }, Ty::unit(), span)
    }

    /// A condition, if it can be stated: a closure may do what a condition may not.
    fn stated(&mut self, make: impl FnOnce(&mut Self) -> R<Expr>) -> Option<Expr> {
        let known = self.locals.len();
        let out = self.in_condition(|cx| cx.scoped(make));
        if out.is_err() {
            // Its locals have no final types; nothing refers to them.
            self.locals.truncate(known);
        }
        out.ok()
    }

    /// A condition of all items, or of some, at the positions that are behind the loop.
    fn behind(
        &mut self,
        chain: &Chain<'_>,
        at: LocalId,
        over: Over,
        span: Span,
        of: &mut dyn FnMut(&mut Self, Expr) -> R<Expr>,
    ) -> Option<Expr> {
        self.stated(|cx| {
            let ty = chain.lo.ty.clone();
            let local = cx.new_local("_k", ty.clone(), false, span);
            let k = cx.local_value(local, span);
            let body = cx.passed(chain, &k, over, span, of)?;
            let here = cx.local_value(at, span);
            let (lo, hi, inclusive) = if chain.rev {
                let next = cx.arith(ArithOp::Add, &here, cx.int_value(1, ty, span), span);
                (next, chain.hi.clone(), chain.inclusive)
            } else {
                (chain.lo.clone(), here, false)
            };
            let domain = Domain::Range { lo, hi, inclusive };
            Ok(cx.expr(ExprKind::Quant { all: over == Over::All, vars: vec![local], domain, body }, Ty::Bool, span))
        })
    }

    /// The number of positions behind the loop, as a mathematical integer.
    fn steps(&self, chain: &Chain<'_>, at: LocalId, span: Span) -> Expr {
        let math = |e: &Expr| self.expr(ExprKind::Cast(e.clone()), Ty::Math, span);
        let here = math(&self.local_value(at, span));
        if !chain.rev {
            return self.arith(ArithOp::Sub, &here, math(&chain.lo), span);
        }
        let left = self.arith(ArithOp::Sub, &math(&chain.hi), here, span);
        let one = i32::from(!chain.inclusive);
        self.arith(ArithOp::Sub, &left, self.int_value(one, Ty::Math, span), span)
    }

    /// `any`, `all`, `position`, `find`: a loop that is left at the first item for which the closure says `wanted`.
    fn search(&mut self, chain: Chain<'_>, wanted: bool, found: Found, f: &syn::Expr, span: Span) -> R<Expr> {
        let at = self.position_of(&chain, span);
        let here = self.local_value(at, span);
        let out = self.new_loop_id();
        let mut ty = Ty::Bool;
        let body = self.passed(&chain, &here, Over::Run, span, &mut |cx, item| {
            let (stmt, item) = cx.named(item);
            let arg = if matches!(found, Found::Item) { cx.borrow(false, item.clone()) } else { item.clone() };
            let mut cond = cx.apply(f, vec![arg], &Expect::Coerce(Ty::Bool), span)?;
            if !wanted {
                cond = cx.expr(ExprKind::Not(cond), Ty::Bool, span);
            }
            let value = match found {
                Found::Truth(truth) => cx.bool_value(truth, span),
                Found::Position => cx.some(here.clone(), span),
                Found::Item => cx.some(item, span),
            };
            ty = value.ty.clone();
            let leave = cx.expr(ExprKind::Break(out, Some(value)), Ty::Never, span);
            let leave = cx.statement(leave, span);
            let test = cx.choose(cond, leave, cx.unit_value(span), span);
            Ok(cx.expr(ExprKind::Block { label: None, stmts: vec![stmt], tail: Some(test) }, Ty::unit(), span))
        })?;
        let not_yet = self.behind(&chain, at, Over::All, span, &mut |cx, item| {
            let (stmt, item) = cx.named(item);
            let arg = if matches!(found, Found::Item) { cx.borrow(false, item) } else { item };
            let mut cond = cx.apply(f, vec![arg], &Expect::Coerce(Ty::Bool), span)?;
            if wanted {
                cond = cx.expr(ExprKind::Not(cond), Ty::Bool, span);
            }
            Ok(cx.expr(ExprKind::Block { label: None, stmts: vec![stmt], tail: Some(cond) }, Ty::Bool, span))
        });
        let (mut stmts, each) = self.each(chain, at, not_yet.into_iter().collect(), body, span);
        stmts.push(Stmt::Expr(each));
        let none = match found {
            Found::Truth(truth) => self.bool_value(!truth, span),
            _ => self.none(ty.clone(), span),
        };
        Ok(self.expr(ExprKind::Block { label: Some(out), stmts, tail: Some(none) }, ty, span))
    }

    /// `max` and `min`: the first item is the best until there is a better one.
    fn extreme(&mut self, chain: Chain<'_>, max: bool, span: Span) -> R<Expr> {
        if chain.inclusive || chain.lazy.iter().any(|l| matches!(l, Lazy::Filter(_))) {
            return refuse_help("H0211", span, "`max` or `min` of this iterator", "write the loop");
        }
        let mut item_ty = Ty::unit();
        let one = self.int_value(1, chain.lo.ty.clone(), span);
        let start = match chain.rev {
            false => chain.lo.clone(),
            true => self.arith(ArithOp::Sub, &chain.hi, one.clone(), span),
        };
        let first = self.passed(&chain, &start, Over::Run, span, &mut |cx, item| {
            item_ty = item.ty.clone();
            Ok(cx.peel(item))
        })?;
        let ty = self.shallow(&first.ty);
        // Equal values of these cannot be told apart: which of them it is does not matter.
        if !matches!(ty, Ty::Int(_) | Ty::Bool | Ty::Char) && !self.vars.is_free_int(&ty) {
            return refuse("H0227", span, format!("the greatest or least of `{}`", self.shown(&ty)));
        }
        let best = self.new_local("_best", ty.clone(), true, span);
        let kind = PatKind::Bind { local: best, by_ref: None, sub: None };
        let begin = Stmt::Let { pat: Pat { kind: Box::new(kind), ty: ty.clone(), span }, init: Some(first), els: None };
        let best = self.local_value(best, span);
        let at = self.position_of(&chain, span);
        let here = self.local_value(at, span);
        let body = self.passed(&chain, &here, Over::Run, span, &mut |cx, item| {
            let item = cx.peel(item);
            let (stmt, item) = cx.named(item);
            let op = if max { CmpOp::Ge } else { CmpOp::Lt };
            let better = cx.cmp(op, &item, best.clone(), span);
            let take = cx.expr(ExprKind::Assign(best.clone(), item), Ty::unit(), span);
            let test = cx.choose(better, take, cx.unit_value(span), span);
            Ok(cx.expr(ExprKind::Block { label: None, stmts: vec![stmt], tail: Some(test) }, Ty::unit(), span))
        })?;
        let mut maintains = vec![];
        for (over, op) in [(Over::All, if max { CmpOp::Le } else { CmpOp::Ge }), (Over::Some, CmpOp::Eq)] {
            maintains.extend(self.behind(&chain, at, over, span, &mut |cx, item| {
                let item = cx.peel(item);
                Ok(cx.cmp(op, &item, best.clone(), span))
            }));
        }
        let some_at_all = self.cmp(CmpOp::Lt, &chain.lo, chain.hi.clone(), span);
        let mut rest = chain;
        let before = std::mem::take(&mut rest.stmts);
        // The invariants speak of the whole chain; the loop begins behind its first item.
        if rest.rev {
            rest.hi = start;
        } else {
            rest.lo = self.arith(ArithOp::Add, &start, one, span);
        }
        let (_, each) = self.each(rest, at, maintains, body, span);
        let value = match item_ty {
            Ty::Ref(..) => self.borrow(false, best),
            _ => best,
        };
        let some = self.some(value, span);
        let none = self.none(some.ty.clone(), span);
        let out = some.ty.clone();
        let then = self.expr(
            ExprKind::Block { label: None, stmts: vec![begin, Stmt::Expr(each)], tail: Some(some) },
            out.clone(),
            span,
        );
        let out_value = self.choose(some_at_all, then, none, span);
        Ok(self.expr(ExprKind::Block { label: None, stmts: before, tail: Some(out_value) }, out, span))
    }

    /// `count`, `sum`, `product`, `fold`, `collect`: a loop whose state is what was made so far.
    fn accumulated(
        &mut self,
        mut chain: Chain<'_>,
        name: &str,
        it: &syn::ExprMethodCall,
        expect: &Expect,
        span: Span,
    ) -> R<Expr> {
        let written = match &it.turbofish {
            Some(t) if name != "fold" => match t.args.iter().collect::<Vec<_>>()[..] {
                [syn::GenericArgument::Type(ty)] => Some(self.lower_ty(ty)?),
                _ => return refuse("H0309", span, "this kind of generic argument"),
            },
            _ => None,
        };
        let wanted = written.or_else(|| expect.ty().cloned());
        let init = match name {
            "fold" => match expect.ty() {
                Some(ty) => self.check(&it.args[0], &Expect::Hint(ty.clone()))?,
                None => self.check(&it.args[0], &Expect::Nothing)?,
            },
            "count" => self.int_value(0, usize_ty(), span),
            "collect" => {
                let ty = wanted.unwrap_or_else(|| self.fresh());
                let ty = match self.shallow(&ty) {
                    ty @ Ty::Vec(_) => ty,
                    ty if self.vars.is_free(&ty) => return self.unknown_type(span),
                    ty => return refuse("H0211", span, format!("`collect` into `{}`", self.shown(&ty))),
                };
                self.std("vec.new", vec![], ty, span)
            }
            _ => {
                let ty = wanted.unwrap_or_else(|| self.fresh());
                self.int_value(i32::from(name == "product"), ty, span)
            }
        };
        let ty = init.ty.clone();
        let so_far = self.new_local("_so_far", ty.clone(), true, span);
        let kind = PatKind::Bind { local: so_far, by_ref: None, sub: None };
        let pat = Pat { kind: Box::new(kind), ty: ty.clone(), span };
        // The iterator is made before `fold`'s first value.
        chain.stmts.push(Stmt::Let { pat, init: Some(init), els: None });
        let so_far = self.local_value(so_far, span);
        let at = self.position_of(&chain, span);
        let here = self.local_value(at, span);
        let mut bounds = None;
        let body = self.passed(&chain, &here, Over::Run, span, &mut |cx, item| {
            let kind = match name {
                "fold" => {
                    let next = cx.apply(&it.args[1], vec![so_far.clone(), item], &Expect::Coerce(ty.clone()), span)?;
                    ExprKind::Assign(so_far.clone(), next)
                }
                "count" => {
                    let (stmt, _) = cx.named(item);
                    let one = cx.int_value(1, usize_ty(), span);
                    let more = cx.expr(ExprKind::AssignOp(ArithOp::Add, so_far.clone(), one), Ty::unit(), span);
                    ExprKind::Block { label: None, stmts: vec![stmt, Stmt::Expr(more)], tail: None }
                }
                "collect" => {
                    let Ty::Vec(elem) = cx.shallow(&ty) else { return cx.unknown_type(span) };
                    let item = cx.coerce(item, &elem)?;
                    let place = cx.borrow(true, so_far.clone());
                    ExprKind::Std("vec.push", vec![place, item])
                }
                _ => {
                    let item = cx.peel(item);
                    cx.equate(&item.ty, &ty, span)?;
                    let found = cx.shallow(&ty);
                    if !matches!(found, Ty::Int(_)) && !cx.vars.is_free_int(&found) {
                        return refuse("H0211", span, format!("`{name}` of `{}`", cx.shown(&found)));
                    }
                    bounds = bounds_of(&item);
                    let op = if name == "sum" { ArithOp::Add } else { ArithOp::Mul };
                    ExprKind::AssignOp(op, so_far.clone(), item)
                }
            };
            Ok(cx.expr(kind, Ty::unit(), span))
        })?;
        let filtered = chain.lazy.iter().any(|l| matches!(l, Lazy::Filter(_)));
        let mut maintains = vec![];
        let steps = self.steps(&chain, at, span);
        let math = |cx: &Self, e: Expr| cx.expr(ExprKind::Cast(e), Ty::Math, span);
        let op = if filtered { CmpOp::Le } else { CmpOp::Eq };
        match name {
            "count" => {
                let n = math(self, so_far.clone());
                maintains.push(self.cmp(op, &n, steps, span));
            }
            "collect" => {
                let len = self.list_length(&so_far, span)?;
                let len = math(self, len);
                maintains.push(self.cmp(op, &len, steps, span));
                maintains.extend(self.collected(&chain, &so_far, filtered, span));
            }
            "sum" => {
                if let Some((mut lo, mut hi)) = bounds {
                    if filtered {
                        (lo, hi) = (lo.min(0.into()), hi.max(0.into()));
                    }
                    let sum = math(self, so_far.clone());
                    for (op, bound) in [(CmpOp::Ge, lo), (CmpOp::Le, hi)] {
                        let bound = self.int_value(bound, Ty::Math, span);
                        let most = self.arith(ArithOp::Mul, &bound, steps.clone(), span);
                        maintains.push(self.cmp(op, &sum, most, span));
                    }
                }
            }
            _ => {}
        }
        let (stmts, each) = self.each(chain, at, maintains, body, span);
        Ok(self.after(stmts, each, so_far, span))
    }

    /// What is known of the elements that were collected.
    fn collected(&mut self, chain: &Chain<'_>, list: &Expr, filtered: bool, span: Span) -> Option<Expr> {
        let Ty::Vec(elem) = self.shallow(&list.ty) else { return None };
        // What an item passed before it was changed says nothing of what became of it.
        let changed = chain.lazy.iter().rposition(|l| matches!(l, Lazy::Map(_))).map_or(0, |at| at + 1);
        let passed = chain.lazy.get(changed..).unwrap_or_default();
        if !self.counts(chain) || filtered && passed.is_empty() {
            return None;
        }
        let len = self.list_length(list, span).ok()?;
        let zero = self.is_zero(&chain.lo);
        self.stated(|cx| {
            let local = cx.new_local("_k", usize_ty(), false, span);
            let k = cx.local_value(local, span);
            let element = cx.expr(ExprKind::Index(list.clone(), k.clone()), (*elem).clone(), span);
            let body = if filtered {
                // Which item stands here is not said, but that it passed.
                let mut all: Option<Expr> = None;
                for lazy in passed {
                    let Lazy::Filter(f) = lazy else { continue };
                    let lent = cx.borrow(false, element.clone());
                    let passes = cx.apply(f, vec![lent], &Expect::Coerce(Ty::Bool), span)?;
                    all = Some(match all {
                        None => passes,
                        Some(all) => cx.expr(ExprKind::And(all, passes), Ty::Bool, span),
                    });
                }
                match all {
                    Some(all) => all,
                    None => cx.bool_value(true, span),
                }
            } else {
                let from = if chain.rev { &chain.hi } else { &chain.lo };
                let from_zero = !chain.rev && zero;
                let at = if from_zero { k.clone() } else { cx.moved(from, chain.rev, &k, span) };
                cx.passed(chain, &at, Over::All, span, &mut |cx, item| {
                    cx.compare(CmpOp::Eq, element.clone(), item, span)
                })?
            };
            let domain = Domain::Range { lo: cx.int_value(0, usize_ty(), span), hi: len, inclusive: false };
            Ok(cx.expr(ExprKind::Quant { all: true, vars: vec![local], domain, body }, Ty::Bool, span))
        })
    }

    /// A `for` over a chain.
    pub(super) fn for_chain(&mut self, it: &syn::ExprForLoop, span: Span) -> R<Option<Expr>> {
        if !has_positions(&it.expr) {
            return Ok(None);
        }
        let chain = self.chain(&it.expr)?;
        if chain.item.writes() && !chain.lazy.is_empty() {
            return refuse_help("H0211", span, "closures over mutable references", "write the loop");
        }
        let id = self.new_loop_id();
        let label = it.label.as_ref().map(|l| l.name.ident.to_string());
        let ty = chain.lo.ty.clone();
        let counted = match (&chain.item, &*it.pat) {
            (Item::Counted(item), syn::Pat::Tuple(pat)) if pat.elems.len() == 2 && chain.lazy.is_empty() => {
                match &pat.elems[0] {
                    syn::Pat::Ident(i) if i.by_ref.is_none() && i.mutability.is_none() && i.subpat.is_none() => {
                        Some((plain_name(&i.ident), &**item, &pat.elems[1]))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let (at, spec, body) = self.scoped(|cx| {
            // The user's invariants may name the position.
            let at = match &counted {
                Some((name, ..)) => {
                    let local = cx.new_local(name, ty.clone(), false, span);
                    cx.bind(name, Binding::Local(local));
                    local
                }
                None => cx.position_of(&chain, span),
            };
            let here = cx.local_value(at, span);
            let spec = cx.loop_spec(&it.attrs, syn::spanned::Spanned::span(it))?;
            let round = |cx: &mut Self| {
                cx.frames.push(Frame { label, id, is_loop: true, ty: None, broken: false });
                let body = cx.block(&it.body, &Expect::Coerce(Ty::unit()));
                cx.frames.pop();
                body
            };
            let body = if chain.lazy.is_empty() {
                let mut stmts = vec![];
                match counted {
                    Some((_, item, pat)) => cx.bind_item(item, pat, &here, &mut stmts, span)?,
                    None => cx.bind_item(&chain.item, &it.pat, &here, &mut stmts, span)?,
                }
                let body = round(cx)?;
                cx.expr(ExprKind::Block { label: None, stmts, tail: Some(body) }, Ty::unit(), span)
            } else {
                let mut round = Some(round);
                cx.passed(&chain, &here, Over::Run, span, &mut |cx, item| {
                    let pat = cx.pattern(&it.pat, &item.ty.clone())?;
                    let stmts = vec![Stmt::Let { pat, init: Some(item), els: None }];
                    let Some(round) = round.take() else { return cx.unknown_type(span) };
                    let body = round(cx)?;
                    Ok(cx.expr(ExprKind::Block { label: None, stmts, tail: Some(body) }, Ty::unit(), span))
                })?
            };
            Ok((at, spec, body))
        })?;
        let kind = PatKind::Bind { local: at, by_ref: None, sub: None };
        let pat = Pat { kind: Box::new(kind), ty, span };
        let iter =
            ForIter::Range { lo: chain.lo, hi: chain.hi, inclusive: chain.inclusive, rev: chain.rev, step: None };
        let each = self.expr(ExprKind::For { id, spec, pat, iter, body }, Ty::unit(), span);
        let kind = ExprKind::Block { label: None, stmts: chain.stmts, tail: Some(each) };
        Ok(Some(self.expr(kind, Ty::unit(), span)))
    }

    /// Binds the parts of an item, each by itself: a part may be a place.
    fn bind_item(&mut self, item: &Item, pat: &syn::Pat, at: &Expr, stmts: &mut Vec<Stmt>, span: Span) -> R<()> {
        let mut plain = pat;
        while let syn::Pat::Paren(it) = plain {
            plain = &it.pat;
        }
        if let (Item::Pair(a, b), syn::Pat::Tuple(pat)) = (item, plain)
            && let [first, second] = pat.elems.iter().collect::<Vec<_>>()[..]
            && !matches!(first, syn::Pat::Rest(_))
            && !matches!(second, syn::Pat::Rest(_))
        {
            self.bind_item(a, first, at, stmts, span)?;
            return self.bind_item(b, second, at, stmts, span);
        }
        if let (Item::Counted(item), syn::Pat::Tuple(pat)) = (item, plain)
            && let [first, second] = pat.elems.iter().collect::<Vec<_>>()[..]
            && !matches!(first, syn::Pat::Rest(_))
            && !matches!(second, syn::Pat::Rest(_))
        {
            self.bind_item(&Item::Position, first, at, stmts, span)?;
            return self.bind_item(item, second, at, stmts, span);
        }
        if let Item::Moved { item, from, backwards } = item {
            let at = self.moved(from, *backwards, at, span);
            let (stmt, at) = self.named(at);
            stmts.push(stmt);
            return self.bind_item(item, pat, &at, stmts, span);
        }
        let place = matches!(item, Item::Element { .. }) && matches!(plain, syn::Pat::Ident(_) | syn::Pat::Wild(_));
        if item.writes() && !place {
            return refuse("H0211", self.span(pat), "this pattern for mutable references");
        }
        let value = self.item_at(item, at, span);
        let pat = self.pattern(pat, &value.ty.clone())?;
        stmts.push(Stmt::Let { pat, init: Some(value), els: None });
        Ok(())
    }
}

/// What a search gives.
#[derive(Clone, Copy)]
enum Found {
    /// This answer, and its negation if nothing is found.
    Truth(bool),
    Position,
    Item,
}

/// Bounds that a value has by its form.
fn bounds_of(e: &Expr) -> Option<(BigInt, BigInt)> {
    match &*e.kind {
        ExprKind::Lit(Lit::Int(n)) => Some((n.clone(), n.clone())),
        ExprKind::Cast(inner) => {
            let Ty::Int(to) = e.ty else { return None };
            let (lo, hi) = match inner.ty {
                Ty::Int(from) => (from.min(), from.max()),
                Ty::Bool => (0.into(), 1.into()),
                _ => return None,
            };
            (to.min() <= lo && hi <= to.max()).then_some((lo, hi))
        }
        ExprKind::If(_, a, b) => {
            let ((a_lo, a_hi), (b_lo, b_hi)) = (bounds_of(a)?, bounds_of(b)?);
            Some((a_lo.min(b_lo), a_hi.max(b_hi)))
        }
        ExprKind::Block { label: None, tail: Some(tail), .. } => bounds_of(tail),
        ExprKind::Copy(inner) => bounds_of(inner),
        _ => None,
    }
}
