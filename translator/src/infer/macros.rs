//! Macros whose meaning is known, those that the crate defines apart. All others are refused: what they expand to is not seen.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut as _;
use syn::{Token, parse::ParseStream};

use super::{Expect, Fcx};
use crate::by_example::hygiene::Settled;
use crate::crate_loader::plain_name;
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

impl Fcx<'_, '_> {
    pub(super) fn macro_call(&mut self, mac: &syn::Macro, span: Span, expect: &Expect) -> R<Expr> {
        let name = mac.path.segments.last().map_or(String::new(), |s| plain_name(&s.ident));
        if let Some(out) = self.macro_of_crate(mac, span, expect)? {
            return Ok(out);
        }
        match name.as_str() {
            "assert" | "debug_assert" => {
                self.no_effects("an assertion", span)?;
                let args = self.arguments(mac)?;
                let Some(cond) = args.first() else { return self.malformed(span) };
                let cond = self.check_to(cond, &Ty::Bool)?;
                self.assertion(&name, cond, args.get(1..), span)
            }
            "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => {
                self.no_effects("an assertion", span)?;
                let args = self.arguments(mac)?;
                let [left, right, rest @ ..] = args.as_slice() else { return self.malformed(span) };
                let left = self.check(left, &Expect::Nothing)?;
                let hint = Expect::Hint(self.shallow(&left.ty));
                let right = self.check(right, &hint)?;
                let op = if name.ends_with("_eq") { CmpOp::Eq } else { CmpOp::Ne };
                let cond = self.compare(op, left, right, span)?;
                self.assertion(&name, cond, Some(rest), span)
            }
            "cfg" => match self.krate.cfg.holds_tokens(mac.tokens.clone()) {
                Ok(value) => Ok(self.bool_value(value, span)),
                Err(_) => self.malformed(span),
            },
            "panic" => self.panic(PanicKind::Panic, mac, span),
            "unreachable" => self.panic(PanicKind::Unreachable, mac, span),
            "todo" | "unimplemented" => self.panic(PanicKind::Todo, mac, span),
            "matches" => {
                let parse = |input: ParseStream<'_>| {
                    let value: syn::Expr = input.parse()?;
                    input.parse::<Token![,]>()?;
                    let pat = syn::Pat::parse_multi_with_leading_vert(input)?;
                    let guard = match input.parse::<Option<Token![if]>>()? {
                        Some(_) => Some(input.parse::<syn::Expr>()?),
                        None => None,
                    };
                    input.parse::<Option<Token![,]>>()?;
                    Ok((value, pat, guard))
                };
                let Ok((mut value, mut pat, mut guard)) = parse.parse2(mac.tokens.clone()) else {
                    return self.malformed(span);
                };
                let mut settled = Settled::default();
                settled.visit_expr_mut(&mut value);
                settled.visit_pat_mut(&mut pat);
                guard.iter_mut().for_each(|e| settled.visit_expr_mut(e));
                let value = self.check(&value, &Expect::Nothing)?;
                let ty = value.ty.clone();
                let (pat, guard) = self.scoped(|cx| {
                    let pat = cx.pattern(&pat, &ty)?;
                    let guard = match &guard {
                        Some(guard) => Some(cx.condition(guard)?),
                        None => None,
                    };
                    Ok((pat, guard))
                })?;
                let wild = Pat { kind: Box::new(PatKind::Wild), ty, span };
                let arms = vec![
                    Arm { pat, guard, body: self.bool_value(true, span) },
                    Arm { pat: wild, guard: None, body: self.bool_value(false, span) },
                ];
                Ok(self.expr(ExprKind::Match(value, arms), Ty::Bool, span))
            }
            "vec" => {
                let parse = |input: ParseStream<'_>| {
                    let elem: syn::Expr = input.parse()?;
                    input.parse::<Token![;]>()?;
                    Ok((elem, input.parse::<syn::Expr>()?))
                };
                if let Ok((mut elem, mut count)) = parse.parse2(mac.tokens.clone()) {
                    let mut settled = Settled::default();
                    settled.visit_expr_mut(&mut elem);
                    settled.visit_expr_mut(&mut count);
                    let value = match self.element_hint(expect) {
                        Some(ty) => self.check_to(&elem, &ty)?,
                        None => self.check(&elem, &Expect::Nothing)?,
                    };
                    let count = self.check_to(&count, &Ty::Int(IntTy::Usize))?;
                    let ty = Ty::Vec(Box::new(value.ty.clone()));
                    return Ok(self.expr(ExprKind::Repeat(value, count), ty, span));
                }
                let args = self.arguments(mac)?;
                self.array(args.iter(), expect, true, span)
            }
            "implies" if self.in_spec => {
                let args = self.arguments(mac)?;
                let [a, b] = args.as_slice() else { return self.malformed(span) };
                let a = self.check_to(a, &Ty::Bool)?;
                let b = self.check_to(b, &Ty::Bool)?;
                Ok(self.expr(ExprKind::Implies(a, b), Ty::Bool, span))
            }
            "implies" => refuse("H0506", span, "`implies!` outside a condition"),
            "write" | "writeln" => refuse("H0403", span, format!("`{name}!` writes formatted text")),
            "println" | "print" | "eprintln" | "eprint" | "dbg" => refuse("H0403", span, format!("`{name}!` prints")),
            "format" | "concat" | "stringify" | "format_args" | "include_str" | "file" => {
                refuse("H0304", span, format!("`{name}!` makes a string"))
            }
            _ => refuse_help(
                "H0203",
                span,
                format!("the macro `{name}!`"),
                "macros of other crates are not expanded; write what it stands for, or mark the function `#[trusted]`",
            ),
        }
    }

    fn malformed<T>(&self, span: Span) -> R<T> {
        refuse("H0203", span, "the arguments of this macro")
    }

    fn arguments(&self, mac: &syn::Macro) -> R<Vec<syn::Expr>> {
        match Punctuated::<syn::Expr, Token![,]>::parse_terminated.parse2(mac.tokens.clone()) {
            Ok(args) => {
                let mut args: Vec<syn::Expr> = args.into_iter().collect();
                args.iter_mut().for_each(|e| Settled::default().visit_expr_mut(e));
                Ok(args)
            }
            Err(_) => self.malformed(self.span(&mac.path)),
        }
    }

    /// The literal text of a message, as far as there is one. What else is in it is not evaluated here: if that does not return,
    /// there is no panic but no result either. It may not leave the function or a loop before there is a panic.
    fn message(&self, args: Option<&[syn::Expr]>) -> R<String> {
        if let Some(e) = args.into_iter().flatten().find(|e| self.may_leave(e.to_token_stream())) {
            return refuse("H0203", self.span(e), "a message that may leave the function or a loop");
        }
        Ok(match args.and_then(<[_]>::first) {
            Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })) => text.value(),
            _ => String::new(),
        })
    }

    /// `if !cond { panic }`. What the message would print is only evaluated when it panics anyway.
    fn assertion(&mut self, name: &str, cond: Expr, message: Option<&[syn::Expr]>, span: Span) -> R<Expr> {
        let kind = if name.starts_with("debug") { PanicKind::DebugAssert } else { PanicKind::Assert };
        let text = self.message(message)?;
        let panic = self.expr(ExprKind::Panic(kind, text), Ty::unit(), span);
        let cond_span = cond.span;
        let failed = self.expr(ExprKind::Not(cond), Ty::Bool, cond_span);
        let unit = self.unit_value(span);
        Ok(self.expr(ExprKind::If(failed, panic, unit), Ty::unit(), span))
    }

    fn panic(&mut self, kind: PanicKind, mac: &syn::Macro, span: Span) -> R<Expr> {
        let args = self.arguments(mac)?;
        let text = self.message(Some(&args))?;
        Ok(self.expr(ExprKind::Panic(kind, text), Ty::Never, span))
    }

    /// Whether there is a `?`, `return`, `break` or `continue` among the tokens, or a macro of the crate, which may have one.
    fn may_leave(&self, tokens: proc_macro2::TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => self.may_leave(group.stream()),
            TokenTree::Punct(punct) => punct.as_char() == '?',
            TokenTree::Ident(ident) => {
                let name = plain_name(&ident);
                matches!(name.as_str(), "return" | "break" | "continue") || self.krate.macros.contains(&name)
            }
            TokenTree::Literal(_) => false,
        })
    }
}
