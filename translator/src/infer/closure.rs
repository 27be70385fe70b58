//! Closures that are bound to a name and only called: `let f = |x| …; f(1)`. A call is the closure's body, with the names that
//! were in scope where it was written.
//!
//! Rust checks that nobody changes what a closure has borrowed, so reading a variable at the call finds what it was at the
//! closure. There are two exceptions, and both are looked after here: a `move` closure has its own copies, and a variable whose
//! value was moved or reborrowed into the closure may be given a new one.

use std::collections::HashMap;
use std::rc::Rc;

use syn::Expr as E;
use syn::visit::{self, Visit};

use super::calls::Arg;
use super::{Binding, Expect, Fcx};
use crate::crate_loader::plain_name;
use crate::resolve::{Bound, ModId, R, refuse, refuse_help};
use crate::span::{FileId, Span};
use crate::tir::*;

/// What names and types mean where something is written.
#[derive(Clone)]
pub(super) struct Home {
    pub(super) scope: ModId,
    pub(super) file: FileId,
    pub(super) generics: Vec<String>,
    pub(super) bounds: Vec<(String, String)>,
    pub(super) foreign: Vec<(String, Bound, Span)>,
    pub(super) known: Vec<(String, Ty)>,
    pub(super) self_ty: Option<Ty>,
    pub(super) impl_index: Option<usize>,
    /// What the body around it assigns to.
    pub(super) assigned: Rc<Assignments>,
}

/// A closure that has a name.
pub(super) struct Named {
    /// A closure, or the path of a function.
    function: syn::Expr,
    /// The names in scope where it was written.
    names: Vec<HashMap<String, Binding>>,
    home: Home,
    params: Vec<Ty>,
    ret: Ty,
}

impl Named {
    /// Gives the closure's parameters and result the types that a bound says.
    pub(super) fn is_called_as(&self, cx: &mut Fcx<'_, '_>, of: &[Ty], ret: &Ty, span: Span) -> R<()> {
        if of.len() != self.params.len() {
            return refuse("H0202", span, "a closure of another number of parameters");
        }
        for (own, wanted) in self.params.iter().zip(of) {
            cx.equate(own, wanted, span)?;
        }
        cx.equate(&self.ret, ret, span)
    }
}

/// Closures that call closures are written out again and again.
const MAX_CALLS: usize = 500;

/// How often variables are given a new value, by name.
#[derive(Default)]
pub(super) struct Assignments(HashMap<String, usize>);
impl Assignments {
    /// Those of a block.
    pub(super) fn of(block: &syn::Block) -> Self {
        let mut out = Self::default();
        out.visit_block(block);
        out
    }
    fn place(&mut self, mut e: &E) {
        loop {
            e = match e {
                E::Paren(it) => &it.expr,
                E::Group(it) => &it.expr,
                E::Field(it) => &it.base,
                E::Tuple(it) => return it.elems.iter().for_each(|e| self.place(e)),
                E::Array(it) => return it.elems.iter().for_each(|e| self.place(e)),
                E::Struct(it) => return it.fields.iter().for_each(|f| self.place(&f.expr)),
                E::Call(it) => return it.args.iter().for_each(|e| self.place(e)),
                E::Path(it) => {
                    let name = it.path.get_ident().map(plain_name).unwrap_or_default();
                    *self.0.entry(name).or_default() += 1;
                    return;
                }
                _ => return,
            };
        }
    }
}
impl Visit<'_> for Assignments {
    fn visit_expr_assign(&mut self, it: &syn::ExprAssign) {
        self.place(&it.left);
        visit::visit_expr_assign(self, it);
    }
    fn visit_macro(&mut self, it: &syn::Macro) {
        // Whatever is named in a macro's argument may be assigned there.
        let mut names = Mentioned::default();
        names.tokens(it.tokens.clone());
        names.0.into_iter().for_each(|name| *self.0.entry(name).or_default() += 1);
    }
}

/// The identifiers that an expression mentions.
#[derive(Default)]
struct Mentioned(std::collections::BTreeSet<String>);
impl Mentioned {
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Ident(ident) => {
                    self.0.insert(plain_name(&ident));
                }
                proc_macro2::TokenTree::Group(group) => self.tokens(group.stream()),
                _ => {}
            }
        }
    }
}

/// Whether values of a type are copied and hold no reference, as far as that is plain.
fn is_scalar(ty: &Ty) -> bool {
    match ty {
        Ty::Int(_) | Ty::Bool | Ty::Char => true,
        Ty::Tuple(parts) => parts.iter().all(is_scalar),
        Ty::Array(t, _) => is_scalar(t),
        _ => false,
    }
}

impl Fcx<'_, '_> {
    fn home(&self) -> Home {
        Home {
            scope: self.scope,
            file: self.file,
            generics: self.generics.clone(),
            bounds: self.bounds.clone(),
            foreign: self.foreign.clone(),
            known: self.known.clone(),
            self_ty: self.self_ty.clone(),
            impl_index: self.impl_index,
            assigned: self.assigned.clone(),
        }
    }
    /// Goes to another place, or back.
    pub(super) fn swap_home(&mut self, other: &mut Home) {
        std::mem::swap(&mut self.scope, &mut other.scope);
        std::mem::swap(&mut self.file, &mut other.file);
        std::mem::swap(&mut self.generics, &mut other.generics);
        std::mem::swap(&mut self.bounds, &mut other.bounds);
        std::mem::swap(&mut self.foreign, &mut other.foreign);
        std::mem::swap(&mut self.known, &mut other.known);
        std::mem::swap(&mut self.self_ty, &mut other.self_ty);
        std::mem::swap(&mut self.impl_index, &mut other.impl_index);
        std::mem::swap(&mut self.assigned, &mut other.assigned);
    }

    /// `let f = |x| …;`: the name, and what a `move` closure takes with it.
    pub(super) fn named_closure(&mut self, local: &syn::Local) -> R<Option<Vec<Stmt>>> {
        let (syn::Pat::Ident(name), Some(init)) = (&local.pat, &local.init) else { return Ok(None) };
        let (None, None, None, E::Closure(closure)) = (&name.by_ref, &name.subpat, &init.diverge, &*init.expr) else {
            return Ok(None);
        };
        self.not_in_condition("a closure", self.span(closure))?;
        let (stmts, index) = self.keep_closure(closure)?;
        self.bind(&plain_name(&name.ident), Binding::Closure(index));
        Ok(Some(stmts))
    }

    /// Keeps a closure for its calls: what a `move` closure takes with it, and its number.
    pub(super) fn keep_closure(&mut self, closure: &syn::ExprClosure) -> R<(Vec<Stmt>, usize)> {
        let span = self.span(closure);
        if closure.asyncness.is_some() || closure.constness.is_some() || closure.movability.is_some() {
            return refuse("H0207", span, "this kind of closure");
        }
        let mut params = Vec::new();
        for pat in &closure.inputs {
            params.push(match pat {
                syn::Pat::Type(it) => self.lower_ty(&it.ty)?,
                _ => self.fresh(),
            });
        }
        let ret = match &closure.output {
            syn::ReturnType::Type(_, ty) => self.lower_ty(ty)?,
            syn::ReturnType::Default => self.fresh(),
        };
        let mut mentioned = Mentioned::default();
        mentioned.tokens(quote::ToTokens::to_token_stream(&closure.body));
        let mut inside = Assignments::default();
        inside.visit_expr(&closure.body);
        let (mut stmts, mut own) = (Vec::new(), HashMap::new());
        for captured in mentioned.0 {
            let Some(Binding::Local(id)) = self.lookup(&captured) else { continue };
            let data = self.locals[id.0].clone();
            let ty = self.vars.resolve(&data.ty);
            if !data.mutable || matches!(ty, Ty::Ref(true, _)) {
                continue;
            }
            if crate::by_example::hygiene::is_marked(&captured) && !is_scalar(&ty) {
                return refuse("H0207", span, "a closure over a variable of a macro");
            }
            if closure.capture.is_some() {
                let value = self.local_value(id, span);
                let copy = self.new_local(&captured, ty.clone(), true, span);
                let kind = PatKind::Bind { local: copy, by_ref: None, sub: None };
                let pat = Pat { kind: Box::new(kind), ty, span };
                stmts.push(Stmt::Let { pat, init: Some(value), els: None });
                own.insert(captured, Binding::Local(copy));
                continue;
            }
            let all = self.assigned.0.get(&captured).copied().unwrap_or(0);
            if !is_scalar(&ty) && all > inside.0.get(&captured).copied().unwrap_or(0) {
                let message = format!("a closure over `{captured}`, which is given another value");
                return refuse_help("H0207", span, message, "bind what the closure needs to a variable of its own");
            }
        }
        let mut names = self.names.clone();
        names.push(own);
        Ok((stmts, self.keep_value(E::Closure(closure.clone()), names, params, ret)))
    }

    /// The same for a function.
    pub(super) fn keep_function(&mut self, path: &syn::ExprPath, params: &[Ty], ret: &Ty) -> usize {
        let names = self.names.clone();
        self.keep_value(E::Path(path.clone()), names, params.to_vec(), ret.clone())
    }

    fn keep_value(&mut self, function: E, names: Vec<HashMap<String, Binding>>, params: Vec<Ty>, ret: Ty) -> usize {
        let home = self.home();
        self.closures.push(Rc::new(Named { function, names, home, params, ret }));
        self.closures.len() - 1
    }

    /// Whether a path is a variable.
    pub(super) fn is_local(&self, path: &syn::ExprPath) -> bool {
        path.qself.is_none() && path.path.get_ident().is_some_and(|name| self.lookup(&plain_name(name)).is_some())
    }

    /// The closure that a path names.
    pub(super) fn closure_named(&self, e: &E) -> Option<usize> {
        match e {
            E::Paren(it) => self.closure_named(&it.expr),
            E::Reference(it) => self.closure_named(&it.expr),
            E::Path(it) if it.qself.is_none() => match self.lookup(&plain_name(it.path.get_ident()?)) {
                Some(Binding::Closure(index)) => Some(index),
                _ => None,
            },
            _ => None,
        }
    }

    /// A call of a closure that has a name.
    pub(super) fn call_closure(&mut self, index: usize, args: Vec<Arg<'_>>, expect: &Expect, span: Span) -> R<Expr> {
        let named = self.closures[index].clone();
        if args.len() != named.params.len() {
            let message = format!("{} arguments for the {} of a closure", args.len(), named.params.len());
            return refuse(self.code("H0102", "H0202"), span, message);
        }
        self.inlined += 1;
        if self.inlined > MAX_CALLS {
            return refuse("H0207", span, "so many calls of closures");
        }
        let mut values = Vec::new();
        for (arg, ty) in args.into_iter().zip(&named.params) {
            values.push(match arg {
                Arg::Syntax(e) => self.check_to(e, ty)?,
                Arg::Ready(value) => self.coerce(value, ty)?,
            });
        }
        let names = std::mem::replace(&mut self.names, named.names.clone());
        let mut home = named.home.clone();
        self.swap_home(&mut home);
        let out = self.apply(&named.function, values, &Expect::Coerce(named.ret.clone()), span);
        self.swap_home(&mut home);
        self.names = names;
        let out = out?;
        self.finish_expect(out, expect)
    }
}
