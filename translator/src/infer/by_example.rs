//! Calls of the crate's macros by example: what they expand to is read where they stand, as an expression or as statements.

use proc_macro2::TokenStream;
use syn::Stmt as S;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;

use super::{Expect, Fcx};
use crate::by_example::hygiene::Settled;
use crate::cfg_set::Strip;
use crate::crate_loader::plain_name;
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::Expr;

/// Macros that call macros, as far as rustc follows them at most.
const MAX_DEPTH: usize = 64;
/// Expansions in one function.
const MAX_EXPANSIONS: usize = 2_000;

impl Fcx<'_, '_> {
    /// Whether a call is one of a macro that the crate defines or imports.
    fn is_of_crate(&self, mac: &syn::Macro) -> bool {
        mac.path.segments.last().is_some_and(|s| self.krate.macros.contains(&plain_name(&s.ident)))
    }

    /// A macro of the crate in the place of an expression; `None` if it is none of the crate.
    pub(super) fn macro_of_crate(&mut self, mac: &syn::Macro, span: Span, expect: &Expect) -> R<Option<Expr>> {
        if !self.is_of_crate(mac) {
            return Ok(None);
        }
        let tokens = self.expanded(mac, span)?;
        let parse = |input: syn::parse::ParseStream<'_>| {
            let e: syn::Expr = input.parse()?;
            // rustc lets it stand there, and takes no notice of it.
            input.parse::<Option<syn::Token![;]>>()?;
            Ok(e)
        };
        let Ok(mut e) = syn::parse::Parser::parse2(parse, tokens) else {
            return self.unread(mac, span, "its expansion is no expression");
        };
        self.settled(mac, span, |settled, strip| {
            settled.visit_expr_mut(&mut e);
            strip.visit_expr_mut(&mut e);
        })?;
        self.expanding += 1;
        let out = self.check(&e, expect);
        self.expanding -= 1;
        out.map(Some)
    }

    /// A block's statements, with those of macros of the crate in their place; `None` if there are no such macros.
    pub(super) fn with_expansions(&mut self, stmts: &[S]) -> R<Option<Vec<S>>> {
        let expands = |cx: &Self, stmt: &S| matches!(stmt, S::Macro(it) if cx.is_of_crate(&it.mac));
        if !stmts.iter().any(|stmt| expands(self, stmt)) {
            return Ok(None);
        }
        let mut out = Vec::new();
        for stmt in stmts {
            match stmt {
                S::Macro(it) if self.is_of_crate(&it.mac) => {
                    let new = self.statements_of(it)?;
                    self.expanding += 1;
                    let inner = self.with_expansions(&new);
                    self.expanding -= 1;
                    out.extend(inner?.unwrap_or(new));
                }
                other => out.push(other.clone()),
            }
        }
        Ok(Some(out))
    }

    /// What a macro in the place of a statement expands to.
    fn statements_of(&mut self, it: &syn::StmtMacro) -> R<Vec<S>> {
        let span = self.span(it);
        if !it.attrs.is_empty() {
            return self.unread(&it.mac, span, "it has an attribute");
        }
        let tokens = self.expanded(&it.mac, span)?;
        let Ok(stmts) = syn::parse::Parser::parse2(syn::Block::parse_within, tokens) else {
            return self.unread(&it.mac, span, "its expansion is no list of statements");
        };
        let mut block = syn::Block { brace_token: Default::default(), stmts };
        self.settled(&it.mac, span, |settled, strip| {
            settled.visit_block_mut(&mut block);
            strip.visit_block_mut(&mut block);
        })?;
        // A macro that ends an expansion is a statement, too.
        if let Some(S::Expr(syn::Expr::Macro(_), None)) = block.stmts.last()
            && let Some(S::Expr(syn::Expr::Macro(last), None)) = block.stmts.pop()
        {
            block.stmts.push(S::Macro(syn::StmtMacro { attrs: last.attrs, mac: last.mac, semi_token: None }));
        }
        // The call's semicolon is one of the last statement.
        match (&it.semi_token, block.stmts.last_mut()) {
            (Some(semi), Some(S::Expr(_, none @ None))) => *none = Some(*semi),
            (Some(semi), Some(S::Macro(last))) => {
                last.semi_token.get_or_insert(*semi);
            }
            _ => {}
        }
        Ok(block.stmts)
    }

    /// The tokens that a call expands to.
    fn expanded(&mut self, mac: &syn::Macro, span: Span) -> R<TokenStream> {
        self.not_in_condition("a macro of the crate", span)?;
        let krate = self.krate;
        let Some(found) = krate.macro_named(self.scope, span, &mac.path) else {
            return self.unread(mac, span, "which macro it is, is not certain");
        };
        self.expansions += 1;
        if self.expanding >= MAX_DEPTH || self.expansions > MAX_EXPANSIONS {
            return self.unread(mac, span, "it expands too often");
        }
        let expansion = found
            .rules()
            .and_then(|rules| rules.expand(mac.tokens.clone(), self.expansions, krate.is_local(found), mac.span()));
        match expansion {
            Ok(tokens) => Ok(tokens),
            Err(why) => self.unread(mac, span, &why),
        }
    }

    /// Makes a tree of an expansion one as of a source.
    fn settled(&self, mac: &syn::Macro, span: Span, run: impl FnOnce(&mut Settled, &mut Strip<'_>)) -> R<()> {
        let (mut settled, mut strip) = (Settled::default(), Strip::new(&self.krate.cfg));
        run(&mut settled, &mut strip);
        match (settled.refused, strip.errors.is_empty()) {
            (None, true) => Ok(()),
            (Some(why), _) => self.unread(mac, span, why),
            (None, false) => self.unread(mac, span, "a `cfg` in it is malformed"),
        }
    }

    fn unread<T>(&self, mac: &syn::Macro, span: Span, why: &str) -> R<T> {
        let name = mac.path.segments.last().map_or(String::new(), |s| plain_name(&s.ident));
        let name = crate::by_example::hygiene::written(&name).to_owned();
        refuse_help("H0203", span, format!("the macro `{name}!` of the crate: {why}"), "write what it stands for")
    }

    /// Refuses a name of a macro that is defined in a body, where that may be one of a variable around the definition.
    pub(super) fn not_around_a_macro(&self, name: &str, span: Span) -> R<()> {
        use crate::by_example::hygiene::{is_of_local_macro, written};
        match is_of_local_macro(name) && self.lookup(written(name)).is_some() {
            true => refuse("H0203", span, format!("a macro that uses `{}` where it is defined", written(name))),
            false => Ok(()),
        }
    }
}
