//! Blocks and statements.

use syn::Stmt as S;

use super::{Expect, Fcx, Frame};
use crate::resolve::{R, refuse};
use crate::span::Span;
use crate::tir::*;

impl Fcx<'_, '_> {
    /// A block, in a scope of its own.
    pub(super) fn block(&mut self, block: &syn::Block, expect: &Expect) -> R<Expr> {
        let outer = self.scope;
        let key = (self.file, self.span(&block.brace_token.span.open()).lo);
        if let Some(inner) = self.krate.blocks.get(&key) {
            self.scope = *inner;
        } else if block.stmts.iter().any(|s| matches!(s, S::Item(_))) {
            return refuse("H0225", self.span(block), "items inside a macro's argument");
        }
        let out = self.scoped(|cx| cx.statements(block, expect));
        self.scope = outer;
        out
    }

    /// A block that `break 'label` can leave.
    pub(super) fn labelled_block(&mut self, label: &syn::Label, block: &syn::Block, expect: &Expect) -> R<Expr> {
        let id = self.new_loop_id();
        let ty = expect.ty().cloned().unwrap_or_else(|| self.fresh());
        let name = label.name.ident.to_string();
        self.frames.push(Frame { label: Some(name), id, is_loop: false, ty: Some(ty.clone()), broken: false });
        let inner = self.block(block, &Expect::Coerce(ty.clone()));
        let frame = self.frames.pop();
        let mut inner = inner?;
        if frame.is_some_and(|f| f.broken) {
            inner.ty = ty;
        }
        match &mut *inner.kind {
            ExprKind::Block { label, .. } => *label = Some(id),
            _ => {
                let (ty, span) = (inner.ty.clone(), inner.span);
                let kind = ExprKind::Block { label: Some(id), stmts: vec![], tail: Some(inner) };
                inner = self.expr(kind, ty, span);
            }
        }
        Ok(inner)
    }

    fn statements(&mut self, block: &syn::Block, expect: &Expect) -> R<Expr> {
        let braces = block.brace_token.span;
        let span = Span { hi: self.span(&braces.close()).hi, ..self.span(&braces.open()) };
        let mut stmts = Vec::new();
        let mut tail = None;
        let mut diverges = false;
        let expanded = self.with_expansions(&block.stmts)?;
        let all = expanded.as_ref().unwrap_or(&block.stmts);
        let count = all.len();
        for (at, stmt) in all.iter().enumerate() {
            let last = at + 1 == count;
            match stmt {
                S::Item(_) => {}
                S::Local(local) => {
                    if let Some(named) = self.named_parts(local)? {
                        stmts.extend(named);
                        continue;
                    }
                    if let Some(taken) = self.named_closure(local)? {
                        stmts.extend(taken);
                        continue;
                    }
                    let (stmt, never) = self.local(local)?;
                    diverges |= never;
                    stmts.push(stmt);
                }
                S::Expr(e, None) if last => {
                    let value = self.check(e, expect)?;
                    diverges |= value.ty == Ty::Never;
                    tail = Some(value);
                }
                S::Macro(mac) if last && mac.semi_token.is_none() => {
                    let value = self.macro_call(&mac.mac, self.span(mac), expect)?;
                    let value = self.finish_expect(value, expect)?;
                    diverges |= value.ty == Ty::Never;
                    tail = Some(value);
                }
                S::Expr(e, semi) => {
                    // A block-like statement without `;` is of type `()`.
                    let expect = if semi.is_none() { Expect::Coerce(Ty::unit()) } else { Expect::Nothing };
                    let before = self.check(e, &Expect::Nothing);
                    let value = match expect {
                        Expect::Coerce(_) => {
                            let value = before?;
                            diverges |= value.ty == Ty::Never;
                            self.coerce(value, &Ty::unit())?
                        }
                        _ => before?,
                    };
                    diverges |= value.ty == Ty::Never;
                    stmts.push(Stmt::Expr(value));
                }
                S::Macro(mac) => {
                    let value = self.macro_call(&mac.mac, self.span(mac), &Expect::Nothing)?;
                    diverges |= value.ty == Ty::Never;
                    stmts.push(Stmt::Expr(value));
                }
            }
        }
        let ty = match &tail {
            Some(tail) => tail.ty.clone(),
            None if diverges => Ty::Never,
            None => Ty::unit(),
        };
        let block = self.expr(ExprKind::Block { label: None, stmts, tail }, ty, span);
        self.finish_expect(block, expect)
    }

    /// A `let`; whether its initializer diverges.
    fn local(&mut self, local: &syn::Local) -> R<(Stmt, bool)> {
        let (pat, ty) = match &local.pat {
            syn::Pat::Type(it) => (&*it.pat, Some(self.lower_ty(&it.ty)?)),
            pat => (pat, None),
        };
        let Some(init) = &local.init else {
            let ty = ty.unwrap_or_else(|| self.fresh());
            let pat = self.pattern(pat, &ty)?;
            return Ok((Stmt::Let { pat, init: None, els: None }, false));
        };
        let value = match &ty {
            Some(ty) => self.check(&init.expr, &Expect::Coerce(ty.clone()))?,
            None => self.check(&init.expr, &Expect::Nothing)?,
        };
        let never = value.ty == Ty::Never;
        // What follows `let x: T = e` sees T, also when e diverges.
        let target = ty.unwrap_or_else(|| value.ty.clone());
        let els = match &init.diverge {
            Some((_, els)) => {
                let els_span = self.span(els);
                let value = self.check(els, &Expect::Nothing)?;
                if value.ty != Ty::Never {
                    return refuse(self.code("H0102", "H0202"), els_span, "the `else` of a `let` must diverge");
                }
                Some(value)
            }
            None => None,
        };
        let pat = self.pattern(pat, &target)?;
        Ok((Stmt::Let { pat, init: Some(value), els }, never))
    }

    /// Converts if a conversion is wanted.
    pub(super) fn finish_expect(&mut self, e: Expr, expect: &Expect) -> R<Expr> {
        match expect {
            Expect::Coerce(ty) => self.coerce(e, &ty.clone()),
            _ => Ok(e),
        }
    }
}
