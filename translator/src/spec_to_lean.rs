//! Conditions as propositions. Integer arithmetic is over mathematical integers; what a condition needs to have a value
//! (an index in bounds, a divisor that is not zero) is a proposition of its own beside it.

mod bits;
mod cases;
mod functions;
mod inductions;
mod linear;

pub(crate) use bits::low_bits;
pub(crate) use functions::{called_in, definitions, needed};
pub(crate) use inductions::inductions;

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::fir::Scope;
use crate::span::Span;
use crate::terms::{Sym, Terms, adt_name, cmp, ctor_name, lit};
use crate::tir::*;
use crate::tir_to_fir::{element, field_ty, int_ty as int_of, refuse, value_ty};

use cases::Kind;
use functions::{Called, Inside};

/// Locals of the spec, as values.
pub(crate) type Env = HashMap<usize, Sym>;

/// A rendering, with what it needs to be defined.
#[derive(Clone, Debug)]
pub(crate) struct With<T> {
    pub it: T,
    pub needs: Vec<String>,
}

type R<T> = Result<With<T>, Diagnostic>;

pub(crate) struct Spec<'a, 'b> {
    pub terms: &'b Terms<'a>,
    pub locals: &'a [Local],
    fresh: std::cell::Cell<usize>,
    /// Bound integers that are not negative.
    nonneg: std::cell::RefCell<std::collections::HashSet<String>>,
    /// Whether this is the body of a function that a condition calls: its numbers are of machine types.
    code: bool,
    /// The recursive function whose definition this is.
    inside: Option<Inside>,
    /// How many calls deep.
    depth: usize,
}

fn pure<T>(it: T) -> With<T> {
    With { it, needs: vec![] }
}

impl<T> With<T> {
    fn map<U>(self, f: impl FnOnce(T) -> U) -> With<U> {
        With { it: f(self.it), needs: self.needs }
    }
}

fn both<A, B, C>(a: With<A>, b: With<B>, f: impl FnOnce(A, B) -> C) -> With<C> {
    let mut needs = a.needs;
    needs.extend(b.needs);
    With { it: f(a.it, b.it), needs }
}

impl<'a, 'b> Spec<'a, 'b> {
    pub fn new(terms: &'b Terms<'a>, locals: &'a [Local]) -> Self {
        Spec {
            terms,
            locals,
            fresh: std::cell::Cell::new(0),
            nonneg: Default::default(),
            code: false,
            inside: None,
            depth: 0,
        }
    }

    /// The environment of a scope.
    pub fn env(&self, scope: &Scope) -> Env {
        scope
            .iter()
            .map(|(l, v)| {
                (
                    *l,
                    match v {
                        crate::fir::ScopeVal::Val(v) => self.terms.sym(v),
                        crate::fir::ScopeVal::Int(i) => {
                            // A counter: it reads alike at all points of the loop.
                            let counter = self.terms.iexpr(i);
                            self.nonneg.borrow_mut().insert(counter.clone());
                            Sym::Math(counter)
                        }
                    },
                )
            })
            .collect()
    }

    fn bound(&self, name: &str) -> String {
        self.fresh.set(self.fresh.get() + 1);
        let base: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        // No variable of a program has a `'` in its name: a quantifier never captures one.
        format!("q{base}'{}", self.fresh.get())
    }

    fn no<T>(&self, what: &str, span: Span) -> R<T> {
        Err(refuse("H0601", format!("{what} in a condition is not supported"), span))
    }

    fn is_int(ty: &Ty) -> bool {
        matches!(ty.peel(), Ty::Int(_) | Ty::Char | Ty::Math)
    }

    /// A condition. Bound variables never escape into the bounds that are gathered outside.
    pub fn prop(&self, e: &Expr, env: &Env) -> R<String> {
        match &*e.kind {
            ExprKind::Lit(Lit::Bool(true)) => Ok(pure("True".into())),
            ExprKind::Lit(Lit::Bool(false)) => Ok(pure("False".into())),
            ExprKind::Deref(a) | ExprKind::Borrow(_, a) | ExprKind::Copy(a) => self.prop(a, env),
            ExprKind::Not(a) => Ok(self.prop(a, env)?.map(|p| format!("¬({p})"))),
            ExprKind::And(a, b) => {
                if let ExprKind::Let(pat, s) = &*a.kind {
                    let otherwise = Some(pure("False".into()));
                    return self.cases(Kind::Prop, s, &[(pat, None, Some(b))], otherwise, env, e.span);
                }
                let (a, b) = (self.prop(a, env)?, self.prop(b, env)?);
                Ok(self.guarded(a, b, |a, b| format!("(({a}) ∧ ({b}))"), |a| a.to_string()))
            }
            ExprKind::Or(a, b) => {
                let (a, b) = (self.prop(a, env)?, self.prop(b, env)?);
                Ok(self.guarded(a, b, |a, b| format!("(({a}) ∨ ({b}))"), |a| format!("¬({a})")))
            }
            ExprKind::Implies(a, b) => {
                let (a, b) = (self.prop(a, env)?, self.prop(b, env)?);
                Ok(self.guarded(a, b, |a, b| format!("(({a}) → ({b}))"), |a| a.to_string()))
            }
            ExprKind::Arith(op, a, b) if e.ty == Ty::Bool => {
                let sym = match op {
                    ArithOp::BitAnd => "∧",
                    ArithOp::BitOr => "∨",
                    _ => return self.no("`^` of booleans", e.span),
                };
                Ok(both(self.prop(a, env)?, self.prop(b, env)?, |a, b| format!("(({a}) {sym} ({b}))")))
            }
            ExprKind::Cmp(op, a, b) if Self::is_int(&a.ty) => {
                Ok(both(self.int(a, env)?, self.int(b, env)?, |a, b| format!("{a} {} {b}", cmp(*op))))
            }
            ExprKind::Cmp(op @ (CmpOp::Eq | CmpOp::Ne), a, b) => {
                let eq = if a.ty.peel() == &Ty::Bool {
                    both(self.prop(a, env)?, self.prop(b, env)?, |a, b| format!("(({a}) ↔ ({b}))"))
                } else if element(&a.ty).is_some() {
                    // Slices, arrays and vectors are equal when their elements are.
                    both(self.value(a, env)?, self.value(b, env)?, |x, y| {
                        format!(
                            "{}.val = {}.val",
                            self.terms.term(&x, &value_ty(&a.ty)),
                            self.terms.term(&y, &value_ty(&b.ty))
                        )
                    })
                } else {
                    both(self.value(a, env)?, self.value(b, env)?, |x, y| {
                        format!("{} = {}", self.terms.term(&x, &value_ty(&a.ty)), self.terms.term(&y, &value_ty(&b.ty)))
                    })
                };
                Ok(eq.map(|p| if *op == CmpOp::Eq { p } else { format!("¬({p})") }))
            }
            ExprKind::Cmp(op, a, b) if matches!(a.ty.peel(), Ty::Param(_)) => {
                let ty = value_ty(&a.ty);
                Ok(both(self.value(a, env)?, self.value(b, env)?, |x, y| {
                    format!("{} {} {}", self.terms.term(&x, &ty), cmp(*op), self.terms.term(&y, &ty))
                }))
            }
            ExprKind::Cmp(..) => self.no("an ordering of this type", e.span),
            ExprKind::If(c, t, f) => self.branches(Kind::Prop, (c, t, f), env, e.span),
            ExprKind::Match(s, arms) => self.arms(Kind::Prop, s, arms, env, e.span),
            ExprKind::Let(pat, s) => {
                let otherwise = Some(pure("False".into()));
                self.cases(Kind::Prop, s, &[(pat, None, None)], otherwise, env, e.span)
            }
            ExprKind::Block { stmts, tail: Some(t), .. } => {
                let (env, needs) = self.lets(stmts, env)?;
                let mut p = self.prop(t, &env)?;
                p.needs.splice(0..0, needs);
                Ok(p)
            }
            ExprKind::Quant { all, vars, domain, body } => self.quant(*all, vars, domain, body, env),
            ExprKind::Std(key, args) => self.std_prop(key, args, env, e),
            ExprKind::Call(f, targs, args) => match self.call(*f, targs, args, env, e.span)? {
                Called::Body(body) => body.read(self, |spec, e, env| spec.prop(e, env)),
                Called::Term(term) => Ok(term),
            },
            _ => Ok(self.value(e, env)?.map(|s| self.terms.prop_of_bool(&s))),
        }
    }

    fn guarded(
        &self,
        a: With<String>,
        b: With<String>,
        f: impl FnOnce(&str, &str) -> String,
        guard: impl FnOnce(&str) -> String,
    ) -> With<String> {
        let it = f(&a.it, &b.it);
        let g = guard(&a.it);
        let mut needs = a.needs;
        needs.extend(b.needs.into_iter().filter(|n| !says_not_zero(&g, n)).map(|n| format!("(({g}) → {n})")));
        With { it, needs }
    }

    fn lets(&self, stmts: &[Stmt], env: &Env) -> Result<(Env, Vec<String>), Diagnostic> {
        let (mut env, mut needs) = (env.clone(), vec![]);
        for s in stmts {
            match s {
                Stmt::Let { pat, init: Some(e), els: None } => {
                    let v = self.value(e, &env)?;
                    needs.extend(v.needs);
                    self.bind(pat, v.it, &value_ty(&e.ty), &mut env)?;
                }
                _ => {
                    return Err(refuse(
                        "H0601",
                        "a statement in a condition is not supported",
                        self.locals.first().map(|l| l.span).unwrap_or_default(),
                    ));
                }
            }
        }
        Ok((env, needs))
    }

    /// Binds an irrefutable pattern.
    pub fn bind(&self, pat: &Pat, v: Sym, ty: &Ty, env: &mut Env) -> Result<(), Diagnostic> {
        match &*pat.kind {
            PatKind::Wild => {}
            PatKind::Deref(p) => self.bind(p, v, ty, env)?,
            PatKind::Bind { local, sub: None, .. } => {
                env.insert(local.0, v);
            }
            PatKind::Tuple(ps) => {
                let Ty::Tuple(ts) = ty.peel() else {
                    return Err(refuse("H0601", "this pattern in a condition", pat.span));
                };
                for (i, p) in ps.iter().enumerate() {
                    let f = if ps.len() == 1 { v.clone() } else { self.terms.field(v.clone(), ty, None, i, ps.len()) };
                    self.bind(p, f, ts.get(i).unwrap_or(&Ty::Never), env)?;
                }
            }
            PatKind::Variant { adt, fields, .. } if !self.terms.prog.adts[adt.0].is_enum => {
                let Ty::Adt(_, args) = ty.peel() else {
                    return Err(refuse("H0601", "this pattern in a condition", pat.span));
                };
                for (i, p) in fields.iter().enumerate() {
                    self.bind(
                        p,
                        self.terms.field(v.clone(), ty, Some(*adt), i, 0),
                        &field_ty(self.terms.prog, *adt, 0, i, args),
                        env,
                    )?;
                }
            }
            _ => return Err(refuse("H0601", "this pattern in a condition is not supported", pat.span)),
        }
        Ok(())
    }

    fn quant(&self, all: bool, vars: &[LocalId], domain: &Domain, body: &Expr, env: &Env) -> R<String> {
        let mut env = env.clone();
        let (arrow, head) = if all { ("→", "∀") } else { ("∧", "∃") };
        let (binder, guard, mut needs) = match domain {
            Domain::Typed => {
                let (mut binders, mut guards) = (String::new(), vec![]);
                for v in vars {
                    let local = &self.locals[v.0];
                    let name = self.bound(&local.name);
                    match local.ty.peel() {
                        Ty::Int(t) => {
                            binders.push_str(&format!(" ({name} : Int)"));
                            guards.push(format!("{} ≤ {name}", lit(&t.min())));
                            guards.push(format!("{name} ≤ {}", lit(&t.max())));
                            if !t.signed() {
                                self.nonneg.borrow_mut().insert(name.clone());
                            }
                            env.insert(v.0, Sym::Math(name));
                        }
                        Ty::Math => {
                            binders.push_str(&format!(" ({name} : Int)"));
                            env.insert(v.0, Sym::Math(name));
                        }
                        t => {
                            binders.push_str(&format!(
                                " ({name} : {})",
                                crate::terms::ty_text(self.terms.prog, &value_ty(t))
                            ));
                            env.insert(v.0, Sym::Term(name));
                        }
                    }
                }
                (binders, guards, vec![])
            }
            Domain::Range { lo, hi, inclusive } => {
                let from_zero = self.nonneg(lo, &env);
                let (lo, hi) = (self.int(lo, &env)?, self.int(hi, &env)?);
                let Some(v) = vars.first() else { return self.no("a quantifier without a variable", body.span) };
                let name = self.bound(&self.locals[v.0].name);
                env.insert(v.0, Sym::Math(name.clone()));
                if from_zero {
                    self.nonneg.borrow_mut().insert(name.clone());
                }
                let mut needs = lo.needs;
                needs.extend(hi.needs);
                let op = if *inclusive { "≤" } else { "<" };
                (
                    format!(" ({name} : Int)"),
                    vec![format!("{} ≤ {name}", lo.it), format!("{name} {op} {}", hi.it)],
                    needs,
                )
            }
            Domain::Elements(list) => {
                let (base, lo, hi, needs) = self.list(list, &env)?;
                let Some(v) = vars.first() else { return self.no("a quantifier without a variable", body.span) };
                let name = self.bound("k");
                env.insert(v.0, Sym::Term(format!("{base}.val[Int.toNat {name}]!")));
                (format!(" ({name} : Int)"), vec![format!("{lo} ≤ {name}"), format!("{name} < {hi}")], needs)
            }
        };
        let b = self.prop(body, &env)?;
        let g =
            |sep: &str, body: &str| guard.iter().rev().fold(body.to_string(), |acc, g| format!("{g} {sep} ({acc})"));
        needs.extend(b.needs.iter().map(|n| format!("(∀{binder}, {})", g("→", n))));
        Ok(With { it: format!("({head}{binder}, {})", g(arrow, &b.it)), needs })
    }

    /// A list and the part of it that is meant: term, bounds, needs.
    fn list(&self, e: &Expr, env: &Env) -> Result<(String, String, String, Vec<String>), Diagnostic> {
        match &*e.kind {
            ExprKind::Borrow(_, a) | ExprKind::Deref(a) | ExprKind::Copy(a) => self.list(a, env),
            ExprKind::SliceRange { base, lo, hi, inclusive } => {
                let (term, b_lo, b_hi, mut needs) = self.list(base, env)?;
                let mut bound = |b: &Option<Expr>, default: &str, plus: bool| -> Result<String, Diagnostic> {
                    let Some(b) = b else { return Ok(default.to_owned()) };
                    let i = self.int(b, env)?;
                    needs.extend(i.needs);
                    let i = if plus { format!("({} + 1)", i.it) } else { i.it };
                    Ok(if b_lo == "0" { i } else { linear::plus(&b_lo, &i) })
                };
                let (l, h) = (bound(lo, &b_lo, false)?, bound(hi, &b_hi, *inclusive)?);
                needs.push(format!("({b_lo} ≤ {l} ∧ {l} ≤ {h} ∧ {h} ≤ {b_hi})"));
                Ok((term, l, h, needs))
            }
            _ => {
                let v = self.value(e, env)?;
                let (list, lo, hi) = self.part_of(&v.it, &value_ty(&e.ty));
                Ok((list, lo, hi, v.needs))
            }
        }
    }

    /// A list that is a value: the one that it is a part of, and which part.
    fn part_of(&self, v: &Sym, ty: &Ty) -> (String, String, String) {
        match v {
            Sym::Part { list, lo, hi } => (list.clone(), lo.clone(), hi.clone()),
            v => (self.terms.term(v, ty), "0".into(), self.terms.len(v, ty)),
        }
    }

    /// A mathematical integer.
    pub fn int(&self, e: &Expr, env: &Env) -> R<String> {
        match &*e.kind {
            ExprKind::Lit(Lit::Int(n)) => Ok(pure(format!("({n} : Int)"))),
            ExprKind::Lit(Lit::Char(c)) => Ok(pure(format!("({} : Int)", *c as u32))),
            ExprKind::Deref(a) | ExprKind::Borrow(_, a) | ExprKind::Copy(a) => self.int(a, env),
            ExprKind::Neg(a) => Ok(self.checked(&e.ty, self.int(a, env)?.map(|a| format!("(-{a})")))),
            ExprKind::Not(a) => match int_of(&e.ty) {
                Some(t) => self.complement(a, t, env),
                None => self.no("a complement of an `int`", e.span),
            },
            ExprKind::Arith(op, a, b) => {
                let (x, y) = (self.int(a, env)?, self.int(b, env)?);
                let simple = self.nonneg(a, env) && self.nonneg(b, env);
                let t = match e.ty.peel() {
                    Ty::Int(t) => Some(*t),
                    Ty::Math => None,
                    _ => return self.no("this operator", e.span),
                };
                match op {
                    ArithOp::Add => Ok(self.checked(&e.ty, both(x, y, |x, y| format!("({x} + {y})")))),
                    ArithOp::Sub => Ok(self.checked(&e.ty, both(x, y, |x, y| format!("({x} - {y})")))),
                    ArithOp::Mul => Ok(self.checked(&e.ty, both(x, y, |x, y| format!("({x} * {y})")))),
                    ArithOp::Div | ArithOp::Rem => {
                        let mut y = y;
                        if !matches!(&*b.kind, ExprKind::Lit(Lit::Int(n)) if *n != 0.into()) {
                            y.needs.push(format!("({} ≠ 0)", y.it));
                        }
                        let div = *op == ArithOp::Div;
                        if let (true, Some(t)) = (self.code, t.filter(|t| t.signed())) {
                            y.needs.push(format!("(¬({} = {} ∧ {} = -1))", x.it, lit(&t.min()), y.it));
                        }
                        Ok(both(x, y, |x, y| match (simple, div) {
                            (true, true) => format!("({x} / {y})"),
                            (true, false) => format!("({x} % {y})"),
                            (false, true) => format!("(Int.tdiv {x} {y})"),
                            (false, false) => format!("(Int.tmod {x} {y})"),
                        }))
                    }
                    ArithOp::Shl | ArithOp::Shr => {
                        let Some(t) = t else { return self.no("a shift of an `int`", e.span) };
                        let mut y = y;
                        y.needs.push(format!("(0 ≤ {0} ∧ {0} < {1})", y.it, t.bits()));
                        let shl = *op == ArithOp::Shl;
                        Ok(both(x, y, |x, y| {
                            if shl {
                                wrap(&format!("({x} * Harmonic.pow2 {y})"), t)
                            } else {
                                format!("({x} / Harmonic.pow2 {y})")
                            }
                        }))
                    }
                    ArithOp::BitAnd | ArithOp::BitOr | ArithOp::BitXor => self.bits(*op, e, (a, x), (b, y)),
                }
            }
            ExprKind::Cast(a) => {
                if *e.ty.peel() == Ty::Math {
                    return self.int(a, env);
                }
                // Characters are their numbers here.
                if (e.ty.peel(), a.ty.peel()) == (&Ty::Char, &Ty::Int(IntTy::U8)) {
                    return self.int(a, env);
                }
                let Ty::Int(to) = e.ty.peel() else { return self.no("this cast", e.span) };
                let (to, from) = (*to, a.ty.peel().clone());
                match from {
                    Ty::Bool => {
                        let p = self.prop(a, env)?;
                        Ok(p.map(|p| choice(&p, "(1 : Int)", "0")))
                    }
                    Ty::Int(f) if f.min() >= to.min() && f.max() <= to.max() => self.int(a, env),
                    Ty::Int(_) | Ty::Char | Ty::Math => Ok(self.int(a, env)?.map(|n| wrap(&n, to))),
                    _ => self.no("this cast", e.span),
                }
            }
            ExprKind::If(c, t, f) => self.branches(Kind::Int, (c, t, f), env, e.span),
            ExprKind::Block { stmts, tail: Some(t), .. } => {
                let (env, needs) = self.lets(stmts, env)?;
                let mut p = self.int(t, &env)?;
                p.needs.splice(0..0, needs);
                Ok(p)
            }
            ExprKind::Match(s, arms) => self.arms(Kind::Int, s, arms, env, e.span),
            ExprKind::Std(key, args) => self.std_int(key, args, env, e),
            ExprKind::Call(f, targs, args) => match self.call(*f, targs, args, env, e.span)? {
                Called::Body(body) => body.read(self, |spec, e, env| spec.int(e, env)),
                Called::Term(term) => Ok(term),
            },
            _ => Ok(self.value(e, env)?.map(|s| self.terms.int(&s, &value_ty(&e.ty)))),
        }
    }

    /// A value of any type.
    pub fn value(&self, e: &Expr, env: &Env) -> R<Sym> {
        match &*e.kind {
            ExprKind::Lit(Lit::Bool(b)) => Ok(pure(Sym::Bool(*b))),
            ExprKind::Lit(Lit::Char(c)) => Ok(pure(Sym::Char(*c))),
            ExprKind::Lit(Lit::Str(s)) => Ok(pure(Sym::Term(crate::terms::str_text(s)))),
            ExprKind::Lit(Lit::Int(n)) => Ok(pure(match e.ty.peel() {
                Ty::Int(t) => Sym::Int(n.clone(), *t),
                _ => Sym::Math(lit(n)),
            })),
            ExprKind::Local(l) => match env.get(&l.0) {
                Some(s) => Ok(pure(s.clone())),
                None => self.no(&format!("`{}`, which has no value at this point,", self.locals[l.0].name), e.span),
            },
            ExprKind::Deref(a) | ExprKind::Borrow(_, a) | ExprKind::Copy(a) => self.value(a, env),
            ExprKind::Field(b, i) => {
                let ty = value_ty(&b.ty);
                let (adt, n) = match &ty {
                    Ty::Adt(a, _) => (Some(*a), 0),
                    Ty::Tuple(ts) => (None, ts.len()),
                    _ => return self.no("a field of this type", e.span),
                };
                Ok(self.value(b, env)?.map(|v| self.terms.field(v, &ty, adt, *i, n)))
            }
            ExprKind::Index(b, i) => {
                let (list, lo, hi, mut needs) = self.list(b, env)?;
                let i = self.int(i, env)?;
                needs.extend(i.needs);
                let at = if lo == "0" { i.it } else { linear::plus(&lo, &i.it) };
                needs.push(format!("({lo} ≤ {at} ∧ {at} < {hi})"));
                Ok(With { it: Sym::Term(format!("{list}.val[Int.toNat {at}]!")), needs })
            }
            ExprKind::Tuple(es) => {
                let mut needs = vec![];
                let mut vs = vec![];
                for e in es {
                    let v = self.part(e, env)?;
                    needs.extend(v.needs);
                    vs.push(v.it);
                }
                Ok(With { it: Sym::Tuple(vs), needs })
            }
            ExprKind::Construct { adt, variant, fields, base: None, .. } => {
                let Ty::Adt(_, args) = value_ty(&e.ty) else { return self.no("this constructor", e.span) };
                let mut needs = vec![];
                let mut vs = vec![];
                for f in fields.iter().flatten() {
                    let v = self.part(f, env)?;
                    needs.extend(v.needs);
                    vs.push(v.it);
                }
                Ok(With { it: Sym::Ctor { adt: *adt, variant: *variant, fields: vs, args }, needs })
            }
            ExprKind::Std("slice.to_vec", args) if args.len() == 1 => self.value(&args[0], env),
            ExprKind::SliceRange { .. } => {
                let (list, lo, hi, needs) = self.list(e, env)?;
                Ok(With { it: Sym::Part { list, lo, hi }, needs })
            }
            ExprKind::Std(key @ ("slice.first" | "slice.last" | "slice.get"), args) => {
                let (list, lo, hi, mut needs) = self.list(&args[0], env)?;
                let (cond, at) = match *key {
                    "slice.first" => (format!("{lo} < {hi}"), lo),
                    "slice.last" => (format!("{lo} < {hi}"), format!("({hi} - 1)")),
                    _ => {
                        let i = self.int(&args[1], env)?;
                        needs.extend(i.needs);
                        let at = linear::plus(&lo, &i.it);
                        (format!("{at} < {hi}"), at)
                    }
                };
                Ok(With {
                    it: Sym::Term(format!("(if {cond} then some ({list}.val[Int.toNat {at}]!) else none)")),
                    needs,
                })
            }
            ExprKind::Std("option.unwrap" | "option.expect", args) => {
                let v = self.value(&args[0], env)?;
                let ty = value_ty(&args[0].ty);
                let t = self.terms.term(&v.it, &ty);
                // Also where it is seen to be met: a condition has the same parts however its values are rendered.
                let mut needs = v.needs;
                needs.push(format!("({t} ≠ none)"));
                let it = match v.it {
                    Sym::Ctor { variant: 1, mut fields, .. } => fields.swap_remove(0),
                    _ => Sym::Term(format!("({t}).get!")),
                };
                Ok(With { it, needs })
            }
            ExprKind::Block { stmts, tail: Some(t), .. } => {
                let (env, needs) = self.lets(stmts, env)?;
                let mut v = self.value(t, &env)?;
                v.needs.splice(0..0, needs);
                Ok(v)
            }
            ExprKind::Call(f, targs, args) if !Self::is_int(&e.ty) && e.ty != Ty::Bool => {
                match self.call(*f, targs, args, env, e.span)? {
                    Called::Body(body) => body.read(self, |spec, e, env| spec.value(e, env)),
                    Called::Term(term) => Ok(term.map(Sym::Term)),
                }
            }
            _ if Self::is_int(&e.ty)
                && matches!(
                    &*e.kind,
                    ExprKind::Arith(..)
                        | ExprKind::Neg(_)
                        | ExprKind::Not(_)
                        | ExprKind::Cast(_)
                        | ExprKind::Std(..)
                        | ExprKind::Call(..)
                        | ExprKind::If(..)
                        | ExprKind::Match(..)
                ) =>
            {
                Ok(self.int(e, env)?.map(Sym::Math))
            }
            _ if e.ty == Ty::Bool => Ok(self.prop(e, env)?.map(|p| Sym::Term(decision(&p)))),
            ExprKind::If(c, t, f) => Ok(self.branches(Kind::Value, (c, t, f), env, e.span)?.map(Sym::Term)),
            ExprKind::Match(s, arms) => Ok(self.arms(Kind::Value, s, arms, env, e.span)?.map(Sym::Term)),
            _ => self.no("this expression", e.span),
        }
    }

    /// A value that becomes a part of another: a number has to be one of its type there.
    fn part(&self, e: &Expr, env: &Env) -> R<Sym> {
        let mut v = self.value(e, env)?;
        v.needs.extend(self.out_of_type(e, &e.ty, env, &v.it));
        Ok(v)
    }

    /// A value of any type, as a term.
    fn value_term(&self, e: &Expr, env: &Env) -> R<String> {
        Ok(self.part(e, env)?.map(|v| self.terms.term(&v, &value_ty(&e.ty))))
    }

    fn std_int(&self, key: &str, args: &[Expr], env: &Env, e: &Expr) -> R<String> {
        let x = || self.int(&args[0], env);
        let y = || self.int(&args[1], env);
        let t = match args.first().map(|a| a.ty.peel()) {
            Some(Ty::Int(t)) => Some(*t),
            _ => None,
        };
        let wrapped = |op: &str| -> R<String> {
            let Some(t) = t else { return self.no("this method", e.span) };
            Ok(both(x()?, y()?, |x, y| wrap(&format!("({x} {op} {y})"), t)))
        };
        match key {
            "slice.len" => {
                let (_, lo, hi, needs) = self.list(&args[0], env)?;
                Ok(With { it: if lo == "0" { hi } else { linear::minus(&hi, &lo) }, needs })
            }
            "int.min" => Ok(both(x()?, y()?, |x, y| format!("(if {x} ≤ {y} then {x} else {y})"))),
            "int.max" => Ok(both(x()?, y()?, |x, y| format!("(if {x} ≤ {y} then {y} else {x})"))),
            "int.abs" | "int.unsigned_abs" => {
                Ok(self.checked(&e.ty, x()?.map(|x| format!("(if 0 ≤ {x} then {x} else -{x})"))))
            }
            "int.abs_diff" => Ok(both(x()?, y()?, |x, y| format!("(if {y} ≤ {x} then {x} - {y} else {y} - {x})"))),
            "int.pow" => {
                let mut b = y()?;
                if !self.nonneg(&args[1], env) {
                    b.needs.push(format!("(0 ≤ {})", b.it));
                }
                Ok(self.checked(&e.ty, both(x()?, b, |x, y| format!("({x} ^ (Int.toNat {y}))"))))
            }
            "int.wrapping_add" => wrapped("+"),
            "int.wrapping_sub" => wrapped("-"),
            "int.wrapping_mul" => wrapped("*"),
            "int.rem_euclid" | "int.div_euclid" => {
                let mut b = y()?;
                b.needs.push(format!("({} ≠ 0)", b.it));
                let c = if key == "int.rem_euclid" { "%" } else { "/" };
                let x = x()?;
                if let (true, Some(t)) = (self.code, t.filter(|t| t.signed())) {
                    b.needs.push(format!("(¬({} = {} ∧ {} = -1))", x.it, lit(&t.min()), b.it));
                }
                Ok(both(x, b, |x, y| format!("({x} {c} {y})")))
            }
            "int.clamp" if args.len() == 3 => {
                let (lo, hi) = (y()?, self.int(&args[2], env)?);
                let mut x = x()?;
                x.needs.push(format!("({} ≤ {})", lo.it, hi.it));
                let low = both(x, lo, |x, lo| (x, lo));
                Ok(both(low, hi, |(x, lo), hi| {
                    format!("(if {x} < {lo} then {lo} else if {hi} < {x} then {hi} else {x})")
                }))
            }
            "int.signum" => Ok(x()?.map(|x| format!("(if {x} < 0 then -1 else if {x} = 0 then 0 else (1 : Int))"))),
            "option.unwrap_or" if Self::is_int(&e.ty) => {
                let o = self.value(&args[0], env)?;
                let d = self.int(&args[1], env)?;
                if let Sym::Ctor { variant, fields, args: targs, .. } = &o.it {
                    return Ok(both(o.clone(), d, |_, d| {
                        if *variant == 1 { self.terms.int(&fields[0], &targs[0]) } else { d }
                    }));
                }
                let t = self.terms.term(&o.it, &value_ty(&args[0].ty));
                Ok(both(o, d, |_, d| {
                    format!("(match (generalizing := false) {t} with | some o => o.val | none => {d})")
                }))
            }
            "option.unwrap" | "option.expect" | "slice.first" | "slice.last" => {
                Ok(self.value(e, env)?.map(|s| self.terms.int(&s, &value_ty(&e.ty))))
            }
            _ => match t {
                Some(t) => self.bits_method(key, t, args, env, e),
                None => self.no(&format!("`{}`", key.rsplit('.').next().unwrap_or(key)), e.span),
            },
        }
    }

    fn std_prop(&self, key: &str, args: &[Expr], env: &Env, e: &Expr) -> R<String> {
        match key {
            "slice.is_empty" => {
                let (_, lo, hi, needs) = self.list(&args[0], env)?;
                Ok(With { it: format!("{hi} = {lo}"), needs })
            }
            "slice.contains" => {
                let (list, lo, hi, mut needs) = self.list(&args[0], env)?;
                let x = self.part(&args[1], env)?;
                needs.extend(x.needs);
                let t = self.terms.term(&x.it, &value_ty(&args[1].ty));
                let k = self.bound("k");
                Ok(With {
                    it: format!("(∃ {k} : Int, {lo} ≤ {k} ∧ {k} < {hi} ∧ {list}.val[Int.toNat {k}]! = {t})"),
                    needs,
                })
            }
            "option.is_some" | "option.is_none" | "result.is_ok" | "result.is_err" => {
                let v = self.value(&args[0], env)?;
                let t = self.terms.term(&v.it, &value_ty(&args[0].ty));
                Ok(v.map(|_| match key {
                    "option.is_some" => format!("{t} ≠ none"),
                    "option.is_none" => format!("{t} = none"),
                    "result.is_ok" => format!("∃ o, {t} = Harmonic.Result.ok o"),
                    _ => format!("∃ o, {t} = Harmonic.Result.err o"),
                }))
            }
            "int.is_power_of_two" => {
                let Some(t) = int_of(&args[0].ty) else { return self.no("`is_power_of_two`", e.span) };
                let k = self.bound("k");
                Ok(self
                    .int(&args[0], env)?
                    .map(|x| format!("(∃ {k} : Int, 0 ≤ {k} ∧ {k} < {} ∧ {x} = Harmonic.pow2 {k})", t.bits())))
            }
            "int.is_positive" => Ok(self.int(&args[0], env)?.map(|x| format!("0 < {x}"))),
            "int.is_negative" => Ok(self.int(&args[0], env)?.map(|x| format!("{x} < 0"))),
            _ => self.no(&format!("`{}`", key.rsplit('.').next().unwrap_or(key)), e.span),
        }
    }

    /// Whether an integer expression of a condition cannot be negative, by its form. A difference of unsigned numbers may be:
    /// conditions compute over mathematical integers.
    fn nonneg(&self, e: &Expr, env: &Env) -> bool {
        let unsigned = |ty: &Ty| matches!(ty.peel(), Ty::Int(t) if !t.signed()) || *ty.peel() == Ty::Char;
        match &*e.kind {
            // Where such a value is not in its type, there is none.
            _ if self.code => unsigned(&e.ty),
            ExprKind::Call(..) => unsigned(&e.ty),
            ExprKind::Lit(Lit::Int(n)) => n.sign() != num_bigint::Sign::Minus,
            ExprKind::Lit(Lit::Char(_)) => true,
            ExprKind::Deref(a) | ExprKind::Copy(a) | ExprKind::Borrow(_, a) => self.nonneg(a, env),
            ExprKind::Arith(ArithOp::Add | ArithOp::Mul | ArithOp::Div | ArithOp::Rem, a, b) => {
                self.nonneg(a, env) && self.nonneg(b, env)
            }
            ExprKind::Arith(ArithOp::Shl, ..) => unsigned(&e.ty),
            ExprKind::Arith(ArithOp::Shr, a, _) => self.nonneg(a, env),
            ExprKind::Cast(a) => match (a.ty.peel(), e.ty.peel()) {
                (_, Ty::Math) => self.nonneg(a, env),
                (Ty::Int(from), Ty::Int(to)) if from.min() >= to.min() && from.max() <= to.max() => self.nonneg(a, env),
                // Any other cast to an unsigned type takes the low bits.
                (_, to) => unsigned(to),
            },
            ExprKind::Local(l) => match env.get(&l.0) {
                // A value computed in the condition, or bound by a quantifier.
                Some(Sym::Math(m)) if self.nonneg.borrow().contains(m) => unsigned(&e.ty),
                Some(Sym::Math(m)) if m.contains('\'') => false,
                Some(Sym::Math(m)) if m.contains(' ') || m.contains('(') => false,
                Some(_) => unsigned(&e.ty),
                None => false,
            },
            ExprKind::Field(..) | ExprKind::Index(..) => unsigned(&e.ty) && in_range(e, env),
            ExprKind::Std("slice.len", _) => true,
            _ => false,
        }
    }
}

/// Whether a need is that a divisor is not zero, which a conjunction says of it: `d > 0 && n % d == 0`.
fn says_not_zero(guard: &str, need: &str) -> bool {
    let Some(divisor) = need.strip_prefix('(').and_then(|n| n.strip_suffix(" ≠ 0)")) else { return false };
    let conjunction = !["∨", "→", "¬", "↔", "∀", "∃", "(match", "(if", "@"].iter().any(|word| guard.contains(word));
    let said = [format!("({divisor} > (0 : Int))"), format!("({divisor} ≠ (0 : Int))")];
    conjunction && said.iter().any(|said| format!("({guard})").contains(said.as_str()))
}

/// Whether Lean knows how to decide a proposition by its form.
fn is_decidable(p: &str) -> bool {
    let signs: usize = ["∧", "∨", "→", "¬"].iter().map(|sign| p.matches(sign).count()).sum();
    signs <= MOST_SIGNS && !["∀", "∃", "(match", "(sp_"].iter().any(|word| p.contains(word))
}

/// Most connectives of a proposition that Lean is left to find a decision of.
const MOST_SIGNS: usize = 24;

fn choice(c: &str, t: &str, f: &str) -> String {
    match is_decidable(c) {
        true => format!("(if {c} then {t} else {f})"),
        false => {
            format!("(@ite _ ({c}) (Classical.propDecidable _) {} {})", functions::argument(t), functions::argument(f))
        }
    }
}

fn decision(p: &str) -> String {
    match is_decidable(p) {
        true => format!("(decide ({p}))"),
        false => format!("(@decide ({p}) (Classical.propDecidable _))"),
    }
}

fn wrap(n: &str, t: IntTy) -> String {
    crate::terms::fill("{t.wrap {n}}", Some(t), &|name, _| (name == "n").then(|| n.to_string()))
        .unwrap_or_else(|_| n.to_string())
}

/// Whether an expression is a part of a value of the program, so that it is in its type's range.
fn in_range(e: &Expr, env: &Env) -> bool {
    fn of_program(s: &Sym) -> bool {
        match s {
            Sym::Math(_) => false,
            Sym::Tuple(parts) | Sym::Ctor { fields: parts, .. } => parts.iter().all(of_program),
            _ => true,
        }
    }
    match &*e.kind {
        ExprKind::Local(l) => env.get(&l.0).is_some_and(of_program),
        ExprKind::Field(b, _) | ExprKind::Index(b, _) => in_range(b, env),
        ExprKind::Deref(b) | ExprKind::Copy(b) | ExprKind::Borrow(_, b) => in_range(b, env),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::says_not_zero;

    #[test]
    fn a_conjunction_may_say_that_a_divisor_is_not_zero() {
        let need = "(q'1 ≠ 0)";
        assert!(says_not_zero("((q'1 > (0 : Int)) ∧ (x = (2 : Int)))", need));
        assert!(says_not_zero("q'1 > (0 : Int)", need));
        // What one side of it says does not hold by itself; another variable's name may end alike.
        assert!(!says_not_zero("((q'1 > (0 : Int)) ∨ (x = (2 : Int)))", need));
        assert!(!says_not_zero("¬((q'1 > (0 : Int)))", need));
        assert!(!says_not_zero("((aq'1 > (0 : Int)) ∧ (x = (2 : Int)))", need));
        assert!(!says_not_zero("(q'1 > (0 : Int))", "(0 ≤ q'1)"));
    }
}
