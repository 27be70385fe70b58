//! Functions of the crate in conditions: a call stands for the value that the callee returns, and needs that it returns.
//!
//! What calls itself nowhere is written out where it is called. What does is two Lean functions, `sp_f` and `df_f`: the value, and
//! whether there is one (no overflow, no index out of bounds, and a measure that falls with every call). Their recursion is
//! well-founded by its form: a call that does not make the measure smaller has no value.

use std::collections::BTreeSet;

use super::*;
use crate::fir_to_lean::generics;
use crate::terms::{fn_name, ty_text};
use crate::vcg::measure::{Shape, handed_on, shapes};

/// Deepest nesting of functions that are written out.
const DEEPEST: usize = 12;

/// The recursive function whose definition is being made.
#[derive(Clone)]
pub(super) struct Inside {
    f: FnId,
    shape: Shape,
    /// Its measure at its parameters.
    measure: String,
}

/// What a call comes to.
pub(super) enum Called<'a> {
    /// An expression over other locals.
    Body(Body<'a>),
    /// A term.
    Term(With<String>),
}

/// The body of a function at its arguments, and what these need.
pub(super) struct Body<'a> {
    env: Env,
    locals: &'a [Local],
    body: &'a Expr,
    needs: Vec<String>,
}

impl<'a> Body<'a> {
    /// Reads it as what it is wanted for.
    pub(super) fn read<T>(self, spec: &Spec<'a, '_>, read: impl Fn(&Spec<'a, '_>, &Expr, &Env) -> R<T>) -> R<T> {
        let mut it = read(&spec.within(self.locals), self.body, &self.env)?;
        it.needs.splice(0..0, self.needs);
        Ok(it)
    }
}

/// Names of the two Lean functions of a function of the crate.
pub(super) fn names(path: &str) -> (String, String) {
    let name = fn_name(path);
    let bare = name.strip_prefix("fn_").unwrap_or(&name);
    (format!("sp_{bare}"), format!("df_{bare}"))
}

/// The two Lean functions of a function of the crate.
pub(crate) struct Definition {
    /// Whose they are.
    pub function: FnId,
    /// Both, as text.
    pub text: String,
    /// What their names end with.
    name: String,
}

/// The ends of the names of such functions that a text has among its words.
pub(crate) fn called_in(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '\''));
    words.filter_map(|w| w.strip_prefix("sp_").or_else(|| w.strip_prefix("df_")))
}

/// The definitions of functions, given by the ends of their names, and of those that they call; these come first.
pub(crate) fn definitions(prog: &Program, named: &BTreeSet<String>) -> Vec<Definition> {
    let mut found = named.clone();
    let mut out: Vec<Definition> = Vec::new();
    while let Some(name) = found.pop_first() {
        let is_it = |f: &Function| names(&f.path).0.strip_prefix("sp_") == Some(name.as_str());
        let Some(at) = prog.functions.iter().position(is_it) else { continue };
        // A call was written only where there is a definition.
        let Ok(text) = definition(prog, FnId(at)) else { continue };
        out.push(Definition { function: FnId(at), text, name });
        let new = |w: &&str| out.iter().all(|d| d.name != **w);
        found.extend(out.last().into_iter().flat_map(|d| called_in(&d.text)).filter(new).map(str::to_owned));
    }
    // Of functions that call each other one is written out in the other, so this is an order.
    out.sort_by_key(|d| reached(prog, d.function).len());
    out
}

/// Which of the definitions a text needs that names these functions, the last first.
pub(crate) fn needed(all: &[Definition], named: &BTreeSet<String>) -> Vec<usize> {
    let mut named: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    for (at, d) in all.iter().enumerate().rev() {
        if named.contains(d.name.as_str()) {
            named.extend(called_in(&d.text));
            out.push(at);
        }
    }
    out
}

/// The functions that a function may come to call.
fn reached(prog: &Program, from: FnId) -> Vec<FnId> {
    let mut seen: Vec<FnId> = vec![];
    let mut todo = vec![from];
    while let Some(f) = todo.pop() {
        let callee = &prog.functions[f.0];
        if let Some(body) = callee.meaning() {
            crate::tir_to_fir::visit(body, &mut |e| {
                if let ExprKind::Call(g, ..) = &*e.kind
                    && !seen.contains(g)
                {
                    seen.push(*g);
                    todo.push(*g);
                }
            });
        }
    }
    seen
}

/// The functions by whose calls a recursive function comes to call itself, with it.
fn circle(prog: &Program, f: FnId) -> Vec<FnId> {
    let mut circle = reached(prog, f);
    circle.retain(|g| *g == f || reached(prog, *g).contains(&f));
    circle
}

/// What gets smaller in a recursive function.
pub(super) fn measure_shape(prog: &Program, f: FnId) -> Option<Shape> {
    let circle = circle(prog, f);
    let at = circle.iter().position(|g| *g == f)?;
    shapes(prog, &circle).into_iter().nth(at)?.map(|(shape, _)| shape)
}

/// The two Lean functions of a recursive function, as text.
fn definition(prog: &Program, f: FnId) -> Result<String, Diagnostic> {
    let callee = &prog.functions[f.0];
    let refused = |why: &str| refuse("H0602", format!("a condition calls `{}`, {why}", callee.path), callee.sig_span);
    let Some(body) = callee.meaning() else {
        return Err(refused("which is not supported"));
    };
    let Some(shape) = measure_shape(prog, f) else {
        return Err(refused("which calls itself without a parameter that gets smaller"));
    };
    let terms = Terms::new(prog, &[]);
    let mut spec = Spec { code: true, ..Spec::new(&terms, &callee.locals) };
    let (mut env, mut binders, mut needs) = (Env::new(), generics(callee), vec![]);
    for (p, in_parts) in callee.params.iter().zip(in_parts(prog, f)) {
        let local = &callee.locals[p.0];
        let name = spec.bound(&local.name);
        if in_parts {
            let (lo, hi) = (spec.bound("lo"), spec.bound("hi"));
            binders.push_str(&format!(" ({name} : {}) ({lo} {hi} : Int)", ty_text(prog, &value_ty(&local.ty))));
            let sym = Sym::Term(name.clone());
            needs.push(format!("(0 ≤ {lo} ∧ {lo} ≤ {hi} ∧ {hi} ≤ {})", terms.len(&sym, &value_ty(&local.ty))));
            env.insert(p.0, Sym::Part { list: name, lo, hi });
        } else if Spec::is_int(&local.ty) {
            binders.push_str(&format!(" ({name} : Int)"));
            if let Some(t) = int_of(local.ty.peel()) {
                needs.push(within(&name, t));
                if !t.signed() {
                    spec.nonneg.borrow_mut().insert(name.clone());
                }
            }
            env.insert(p.0, Sym::Math(name));
        } else {
            binders.push_str(&format!(" ({name} : {})", ty_text(prog, &value_ty(&local.ty))));
            env.insert(p.0, Sym::Term(name));
        }
    }
    let params: Vec<(String, String)> = callee
        .params
        .iter()
        .map(|p| (env[&p.0].clone(), &callee.locals[p.0].ty))
        .map(|(sym, ty)| match element(ty) {
            Some(_) => (String::new(), spec.length(&sym, &value_ty(ty))),
            None if prog.is_built_of_itself(ty) => (terms.size(&sym, &value_ty(ty)), String::new()),
            None => (terms.int(&sym, &value_ty(ty)), String::new()),
        })
        .collect();
    let measure = shape_text(shape, &params);
    spec.inside = Some(Inside { f, shape, measure: measure.clone() });
    let (it, result) = match callee.ret.peel() {
        Ty::Bool => (spec.prop(body, &env)?, "Prop"),
        _ if Spec::is_int(&callee.ret) => (spec.int(body, &env)?, "Int"),
        _ => return Err(refused("which calls itself and returns neither a number nor a `bool`")),
    };
    needs.extend(it.needs);
    let end = format!("termination_by ({measure}).toNat\ndecreasing_by all_goals first | omega | (simp; omega)\n");
    let (value, defined) = names(&callee.path);
    Ok(format!(
        "def {value}{binders} : {result} :=\n  {}\n{end}def {defined}{binders} : Prop :=\n  {}\n{end}",
        it.it,
        needs.join(" ∧ ")
    ))
}

/// Which parameters of a recursive function stand for a part of a list, which is given by the list and two positions: those that it
/// calls itself with anything else for than what it was given. So that what is said of a list that is one element longer is said
/// with the same list.
pub(super) fn in_parts(prog: &Program, f: FnId) -> Vec<bool> {
    let callee = &prog.functions[f.0];
    let mut out = vec![false; callee.params.len()];
    for caller in circle(prog, f) {
        let caller = &prog.functions[caller.0];
        let Some(body) = caller.meaning() else { continue };
        crate::tir_to_fir::visit(body, &mut |e| {
            let ExprKind::Call(g, _, args) = &*e.kind else { return };
            if *g == f {
                for (out, a) in out.iter_mut().zip(args) {
                    *out |= element(&a.ty).is_some() && !handed_on(a).is_some_and(|l| caller.params.contains(&l));
                }
            }
        });
    }
    out
}

/// A measure, given the value and the length of each parameter.
fn shape_text(shape: Shape, params: &[(String, String)]) -> String {
    let value = |i: usize| params.get(i).map_or("0", |p| if p.1.is_empty() { &p.0 } else { &p.1 });
    match shape {
        Shape::Param(i) => value(i).to_owned(),
        Shape::Left { list, at } => format!("({} - {})", value(list), value(at)),
    }
}

/// That a number is one of a type.
pub(super) fn within(n: &str, t: IntTy) -> String {
    format!("({} ≤ {n} ∧ {n} ≤ {})", lit(&t.min()), lit(&t.max()))
}

impl<'a> Spec<'a, '_> {
    /// In the body of a function, that a result is in the range of its type; in a condition proper, numbers have no bounds.
    pub(super) fn checked(&self, ty: &Ty, mut out: With<String>) -> With<String> {
        if let (true, Some(t)) = (self.code, int_of(ty.peel())) {
            out.needs.push(within(&out.it, t));
        }
        out
    }

    /// A call.
    pub(super) fn call(
        &self,
        f: FnId,
        targs: &[Ty],
        args: &[Expr],
        env: &Env,
        span: Span,
    ) -> Result<Called<'a>, Diagnostic> {
        let prog: &'a Program = self.terms.prog;
        let callee = &prog.functions[f.0];
        let refused = |why: &str| refuse("H0602", format!("a condition calls `{}`, {why}", callee.path), span);
        let Some(body) = callee.meaning() else {
            return Err(refused("which is not supported"));
        };
        if !targs.is_empty() {
            return Err(refused("which is generic"));
        }
        if let Some(why) = no_expression(body) {
            return Err(refused(why));
        }
        let inside = self.inside.as_ref().filter(|i| i.f == f);
        let beneath = reached(prog, f);
        let within_circle = self.inside.as_ref().is_some_and(|i| beneath.contains(&i.f));
        let is_recursive = beneath.contains(&f);
        if inside.is_none() && (!is_recursive || within_circle) {
            if self.depth >= DEEPEST {
                return Err(refused("and so on: the calls are nested too deeply"));
            }
            let (mut inner, mut needs) = (Env::new(), vec![]);
            for (p, a) in callee.params.iter().zip(args) {
                let v = self.value(a, env)?;
                needs.extend(v.needs);
                needs.extend(self.out_of_type(a, &callee.locals[p.0].ty, env, &v.it));
                inner.insert(p.0, v.it);
            }
            return Ok(Called::Body(Body { env: inner, locals: &callee.locals, body, needs }));
        }
        if inside.is_none() {
            // What cannot be defined cannot be called.
            definition(prog, f).map_err(|d| Diagnostic { span, ..d })?;
        }
        let (mut texts, mut params, mut needs) = (String::new(), vec![], vec![]);
        for ((p, a), in_parts) in callee.params.iter().zip(args).zip(in_parts(prog, f)) {
            let ty = &callee.locals[p.0].ty;
            if in_parts {
                let (list, lo, hi, own) = self.list(a, env)?;
                texts.push_str(&format!(" {} {} {}", argument(&list), argument(&lo), argument(&hi)));
                needs.extend(own);
                params.push((String::new(), linear::minus(&hi, &lo)));
            } else if Self::is_int(ty) {
                let n = self.int(a, env)?;
                texts.push_str(&format!(" {}", argument(&n.it)));
                needs.extend(n.needs);
                params.push((n.it, String::new()));
            } else {
                let v = self.part(a, env)?;
                needs.extend(v.needs);
                let len = element(ty).map(|_| self.length(&v.it, &value_ty(ty))).unwrap_or_default();
                texts.push_str(&format!(" {}", argument(&self.terms.term(&v.it, &value_ty(ty)))));
                let size = match prog.is_built_of_itself(ty) {
                    true => self.terms.size(&v.it, &value_ty(ty)),
                    false => String::new(),
                };
                params.push((size, len));
            }
        }
        let (value, defined) = names(&callee.path);
        Ok(Called::Term(match inside {
            None => {
                needs.push(format!("({defined}{texts})"));
                With { it: format!("({value}{texts})"), needs }
            }
            Some(Inside { shape, measure, .. }) => {
                let smaller = shape_text(*shape, &params);
                let falls = format!("if h : 0 ≤ {smaller} ∧ {smaller} < {measure} then");
                needs.push(format!("({falls} {defined}{texts} else False)"));
                let none = if *callee.ret.peel() == Ty::Bool { "False" } else { "0" };
                With { it: format!("({falls} {value}{texts} else {none})"), needs }
            }
        }))
    }

    /// The length of a list, or of the part of it that is meant.
    fn length(&self, v: &Sym, ty: &Ty) -> String {
        let (_, lo, hi) = self.part_of(v, ty);
        if lo == "0" { hi } else { linear::minus(&hi, &lo) }
    }

    /// That a number is one of a type, where that is not plain.
    pub(super) fn out_of_type(&self, a: &Expr, ty: &Ty, env: &Env, v: &Sym) -> Option<String> {
        let t = int_of(ty.peel())?;
        let plain = in_range(a, env) || !matches!(v, Sym::Math(_));
        (!plain).then(|| within(&self.terms.int(v, &value_ty(ty)), t))
    }

    /// For the body of a function that a condition calls: bound names stay apart.
    fn within(&self, locals: &'a [Local]) -> Spec<'a, '_> {
        Spec {
            terms: self.terms,
            locals,
            fresh: std::cell::Cell::new(self.fresh.get() + 1000),
            nonneg: self.nonneg.clone(),
            code: true,
            inside: self.inside.clone(),
            depth: self.depth + 1,
        }
    }
}

/// A term as an argument.
pub(super) fn argument(text: &str) -> String {
    if text.contains(' ') && !text.starts_with('(') { format!("({text})") } else { text.to_owned() }
}

/// Why a body is no expression that a condition may have.
fn no_expression(body: &Expr) -> Option<&'static str> {
    let mut why = None;
    crate::tir_to_fir::visit(body, &mut |e| {
        let found = match &*e.kind {
            ExprKind::Loop { .. } | ExprKind::While { .. } | ExprKind::For { .. } => "which has a loop",
            ExprKind::Assign(..) | ExprKind::AssignOp(..) => "which changes a variable",
            ExprKind::Return(_) | ExprKind::Break(..) => "which returns from the middle of an expression",
            ExprKind::Panic(..) => "which may panic",
            _ => return,
        };
        why.get_or_insert(found);
    });
    why
}
