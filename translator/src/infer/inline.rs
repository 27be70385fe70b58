//! Calls of functions that take closures: `fn twice(f: impl Fn(u32) -> u32, x: u32)`. What such a function does depends on the
//! closure, so a call that hands one over is the function's body, its parameters bound to the arguments.

use std::collections::HashMap;
use std::rc::Rc;

use syn::{Expr as E, FnArg, ReturnType, Type, TypeParamBound};

use super::calls::Arg;
use super::closure::{Assignments, Home};
use super::{Binding, Expect, Fcx, Frame, finish};
use crate::crate_loader::plain_name;
use crate::resolve::{FnData, R, refuse, substitute};
use crate::span::Span;
use crate::tir::*;

/// What is different in another function.
struct Context {
    home: Home,
    names: Vec<HashMap<String, Binding>>,
    ret: Ty,
    frames: Vec<Frame>,
    no_return: bool,
}

/// `Fn(A) -> B`, `FnMut` or `FnOnce` among bounds.
fn function_bound<'s>(
    bounds: impl IntoIterator<Item = &'s TypeParamBound>,
) -> Option<&'s syn::ParenthesizedGenericArguments> {
    bounds.into_iter().find_map(|b| match b {
        TypeParamBound::Trait(it) => match it.path.segments.last() {
            Some(s) if matches!(s.ident.to_string().as_str(), "Fn" | "FnMut" | "FnOnce") => match &s.arguments {
                syn::PathArguments::Parenthesized(args) => Some(args),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// How a function may be called, if a parameter's type is that of functions.
fn called_as<'s>(generics: &'s syn::Generics, ty: &'s Type) -> Option<&'s syn::ParenthesizedGenericArguments> {
    match ty {
        Type::Paren(it) => called_as(generics, &it.elem),
        Type::Reference(it) => called_as(generics, &it.elem),
        Type::ImplTrait(it) => function_bound(&it.bounds),
        Type::TraitObject(it) => function_bound(&it.bounds),
        Type::Path(it) => {
            let name = it.path.get_ident()?;
            let own = generics.type_params().find(|p| p.ident == *name)?;
            function_bound(&own.bounds).or_else(|| {
                generics.where_clause.iter().flat_map(|w| &w.predicates).find_map(|p| match p {
                    syn::WherePredicate::Type(p) => match &p.bounded_ty {
                        Type::Path(it) if it.path.is_ident(name) => function_bound(&p.bounds),
                        _ => None,
                    },
                    _ => None,
                })
            })
        }
        _ => None,
    }
}

impl<'a> Fcx<'_, 'a> {
    fn swap_context(&mut self, other: &mut Context) {
        self.swap_home(&mut other.home);
        std::mem::swap(&mut self.names, &mut other.names);
        std::mem::swap(&mut self.ret, &mut other.ret);
        std::mem::swap(&mut self.frames, &mut other.frames);
        std::mem::swap(&mut self.no_return, &mut other.no_return);
    }

    /// A call that hands a closure or a function over; `None` if this is none.
    pub(super) fn call_with_closure(
        &mut self,
        index: usize,
        written: &[Ty],
        args: &[Arg<'_>],
        self_ty: Option<&Ty>,
        span: Span,
    ) -> R<Option<Expr>> {
        let krate = self.krate;
        let data = &krate.fns[index];
        let functions: Vec<_> = data
            .sig
            .inputs
            .iter()
            .map(|input| match input {
                FnArg::Typed(it) => called_as(&data.sig.generics, &it.ty),
                FnArg::Receiver(_) => None,
            })
            .collect();
        if functions.iter().all(Option::is_none) || args.len() != functions.len() {
            return Ok(None);
        }
        let Some(block) = data.block else { return Ok(None) };
        if krate.fn_spec(data).is_some() || krate.is_trusted(data) {
            return refuse("H0207", span, format!("a closure as an argument of `{}`, which has a spec", data.path));
        }
        if let Some(found) = krate.rewritten_function(index) {
            return Err(Box::new(found));
        }
        let generics = &data.sig.generics;
        let plain = data.sig.unsafety.is_none() && data.sig.asyncness.is_none() && data.sig.variadic.is_none();
        if !plain || generics.const_params().next().is_some() || data.trait_index.is_some() {
            return refuse("H0207", span, format!("a closure as an argument of `{}`", data.path));
        }
        if self.inlining.contains(&index) {
            let message = format!("`{}` hands a closure to itself", data.path);
            return refuse("H0207", span, message);
        }
        self.not_in_condition("a call with a closure", span)?;
        self.inlining.push(index);
        let out = self.inlined_call(data, &functions, block, written, args, self_ty, span);
        self.inlining.pop();
        out.map(Some)
    }

    #[allow(clippy::too_many_arguments)]
    fn inlined_call(
        &mut self,
        data: &FnData<'a>,
        functions: &[Option<&syn::ParenthesizedGenericArguments>],
        block: &syn::Block,
        written: &[Ty],
        args: &[Arg<'_>],
        self_ty: Option<&Ty>,
        span: Span,
    ) -> R<Expr> {
        let krate = self.krate;
        let mut known: Vec<(String, Ty)> = Vec::new();
        let mut own = None;
        if let Some(index) = data.impl_index {
            let data = &krate.impls[index];
            known.extend(data.generics.iter().map(|g| (g.clone(), self.vars.fresh())));
            let types: Vec<Ty> = known.iter().map(|k| k.1.clone()).collect();
            let ty = substitute(&krate.impl_self(index)?, &data.generics, &types);
            if let Some(wanted) = self_ty {
                let wanted = self.shallow(wanted);
                self.equate(&ty, &wanted, span)?;
            }
            own = Some(ty);
        }
        let names: Vec<String> = data.sig.generics.type_params().map(|p| plain_name(&p.ident)).collect();
        if !written.is_empty() && written.len() != names.len() {
            return refuse(self.code("H0102", "H0202"), span, "another number of type arguments");
        }
        for (at, name) in names.iter().enumerate() {
            let ty = written.get(at).cloned().unwrap_or_else(|| self.vars.fresh());
            known.push((name.clone(), ty));
        }
        let home = Home {
            scope: data.scope,
            file: data.file,
            generics: vec![],
            bounds: vec![],
            foreign: vec![],
            known,
            self_ty: own,
            impl_index: data.impl_index,
            assigned: Rc::new(Assignments::of(block)),
        };
        let names = vec![HashMap::new()];
        let mut context = Context { home, names, ret: Ty::unit(), frames: vec![], no_return: false };
        self.swap_context(&mut context);
        let types = self.parameter_types(data, functions);
        self.swap_context(&mut context);
        let (params, ret) = types?;
        context.ret = ret.clone();
        // The arguments, where they stand.
        let (mut stmts, mut values) = (Vec::new(), Vec::new());
        for ((arg, param), input) in args.iter().zip(&params).zip(&data.sig.inputs) {
            values.push(match (param, arg) {
                (Param::Value(ty), Arg::Syntax(e)) => Given::Value(self.check_to(e, ty)?),
                (Param::Value(ty), Arg::Ready(value)) => {
                    let lent = match input {
                        FnArg::Receiver(it) if it.reference.is_some() => Some(it.mutability.is_some()),
                        _ => None,
                    };
                    let value = match lent {
                        Some(mutable) if !matches!(self.shallow(&value.ty), Ty::Ref(..)) => {
                            self.borrow(mutable, value.clone())
                        }
                        _ => value.clone(),
                    };
                    Given::Value(self.coerce(value, ty)?)
                }
                (Param::Function(of, ret), Arg::Syntax(e)) => {
                    let (taken, index) = self.function_value(e, of, ret, span)?;
                    stmts.extend(taken);
                    Given::Function(index)
                }
                (Param::Function(..), Arg::Ready(value)) => {
                    return refuse("H0207", value.span, "this function value");
                }
            });
        }
        self.swap_context(&mut context);
        let body = self.bound_body(data, block, values, &mut stmts, &ret);
        self.swap_context(&mut context);
        let mut body = body?;
        let leave = self.new_loop_id();
        leave_by(&mut body, leave);
        let inner =
            self.expr(ExprKind::Block { label: Some(leave), stmts: vec![], tail: Some(body) }, ret.clone(), span);
        Ok(self.expr(ExprKind::Block { label: None, stmts, tail: Some(inner) }, ret, span))
    }

    fn parameter_types(
        &mut self,
        data: &FnData<'a>,
        functions: &[Option<&syn::ParenthesizedGenericArguments>],
    ) -> R<(Vec<Param>, Ty)> {
        let mut out = Vec::new();
        for (input, function) in data.sig.inputs.iter().zip(functions) {
            out.push(match (input, function) {
                (_, Some(of)) => {
                    let params = of.inputs.iter().map(|t| self.lower_ty(t)).collect::<R<_>>()?;
                    let ret = match &of.output {
                        ReturnType::Default => Ty::unit(),
                        ReturnType::Type(_, ty) => self.lower_ty(ty)?,
                    };
                    Param::Function(params, ret)
                }
                (FnArg::Receiver(it), None) => Param::Value(self.lower_ty(&it.ty)?),
                (FnArg::Typed(it), None) => Param::Value(self.lower_ty(&it.ty)?),
            });
        }
        let ret = match &data.sig.output {
            ReturnType::Default => Ty::unit(),
            ReturnType::Type(_, ty) => self.lower_ty(ty)?,
        };
        Ok((out, ret))
    }

    /// A closure, or the name of one or of a function, that is called as a bound says.
    fn function_value(&mut self, e: &E, of: &[Ty], ret: &Ty, span: Span) -> R<(Vec<Stmt>, usize)> {
        if let Some(index) = self.closure_named(e) {
            let named = self.closures[index].clone();
            named.is_called_as(self, of, ret, span)?;
            return Ok((vec![], index));
        }
        match e {
            E::Paren(it) => self.function_value(&it.expr, of, ret, span),
            E::Reference(it) => self.function_value(&it.expr, of, ret, span),
            E::Closure(closure) => {
                let (stmts, index) = self.keep_closure(closure)?;
                let named = self.closures[index].clone();
                named.is_called_as(self, of, ret, span)?;
                Ok((stmts, index))
            }
            E::Path(path) if !self.is_local(path) => Ok((vec![], self.keep_function(path, of, ret))),
            _ => refuse("H0207", span, "this function value"),
        }
    }

    /// The body of a function whose parameters are bound to values, in its own context.
    fn bound_body(
        &mut self,
        data: &FnData<'a>,
        block: &syn::Block,
        values: Vec<Given>,
        stmts: &mut Vec<Stmt>,
        ret: &Ty,
    ) -> R<Expr> {
        let mut patterns = Vec::new();
        for (value, input) in values.into_iter().zip(&data.sig.inputs) {
            match (value, input) {
                (Given::Function(index), FnArg::Typed(it)) => match &*it.pat {
                    syn::Pat::Ident(name) => self.bind(&plain_name(&name.ident), Binding::Closure(index)),
                    syn::Pat::Wild(_) => {}
                    pat => return refuse("H0207", self.span(pat), "a pattern for a function value"),
                },
                (Given::Value(value), FnArg::Typed(it)) => {
                    // All arguments are there before any is taken apart.
                    let (stmt, name) = self.named(value);
                    stmts.push(stmt);
                    patterns.push((&*it.pat, name));
                }
                (Given::Value(value), FnArg::Receiver(it)) => {
                    let span = value.span;
                    let mutable = it.reference.is_none() && it.mutability.is_some();
                    let local = self.new_local("self", value.ty.clone(), mutable, span);
                    self.bind("self", Binding::Local(local));
                    let kind = PatKind::Bind { local, by_ref: None, sub: None };
                    let pat = Pat { kind: Box::new(kind), ty: value.ty.clone(), span };
                    stmts.push(Stmt::Let { pat, init: Some(value), els: None });
                }
                (Given::Function(_), FnArg::Receiver(it)) => {
                    return refuse("H0207", self.span(it), "a function value as `self`");
                }
            }
        }
        for (pat, value) in patterns {
            let pat = self.pattern(pat, &value.ty.clone())?;
            stmts.push(Stmt::Let { pat, init: Some(value), els: None });
        }
        self.block(block, &Expect::Coerce(ret.clone()))
    }
}

/// What a parameter is.
enum Param {
    Value(Ty),
    Function(Vec<Ty>, Ty),
}
/// What a parameter is bound to.
enum Given {
    Value(Expr),
    Function(usize),
}

/// Makes every `return` leave a block instead.
fn leave_by(e: &mut Expr, block: LoopId) {
    if let ExprKind::Return(value) = &mut *e.kind {
        let value = value.take();
        *e.kind = ExprKind::Break(block, value);
    }
    finish::children(e, &mut |child| leave_by(child, block));
}
