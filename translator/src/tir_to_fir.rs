//! Lowers the typed IR to the functional IR.
//!
//! Statements become nested computations in continuation-passing style; what an `if`, a `match` or a block assigns is
//! handed to a join point; what a loop assigns is the loop's state. `&mut` is state passing: a local borrow is an alias
//! of its place, a `&mut` parameter a value that is returned.

mod assigned;
mod borrows;
pub(crate) use assigned::visit;
pub(crate) use exprs::int_ty;
pub(crate) use matches::alternatives;
mod exprs;
mod loops;
mod matches;
mod places;
mod tallies;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::diagnostic::Diagnostic;
use crate::fir::*;
use crate::span::Span;
use crate::tir::*;

/// A place: a local and a path into it, indices evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    root: usize,
    path: Vec<Step>,
}
#[derive(Clone, Debug)]
enum Step {
    Field(usize),
    Index(Val),
    /// The part of a list from one position to (not with) another.
    Range(Val, Val),
    /// A field of a variant, which the value is known to be.
    Payload(usize, usize),
}

/// What a local stands for at a point of the function.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Val(Val),
    Alias(Place),
}
pub(crate) type Env = BTreeMap<usize, Slot>;
pub(crate) type K<'p> = Box<dyn FnOnce(&mut Lower<'p>, Val, Env) -> Code + 'p>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Target {
    Break(LoopId),
    Continue(LoopId),
    Return,
}

/// What a branch or a round changes, and what it leaves as it is.
#[derive(Clone)]
struct Changes {
    locals: Vec<usize>,
    kept: std::rc::Rc<Vec<(usize, Val)>>,
}

impl Changes {
    fn new(locals: Vec<usize>, env: &Env) -> Self {
        let value = |(local, slot): (&usize, &Slot)| match slot {
            Slot::Val(v) if !locals.contains(local) => Some((*local, v.clone())),
            _ => None,
        };
        let kept = env.iter().filter_map(value).collect();
        Self { locals, kept: std::rc::Rc::new(kept) }
    }
}

struct Frame {
    id: LoopId,
    modified: Changes,
    has_value: bool,
    exits: Vec<(Target, Vec<Ty>)>,
    next_counter: Option<IExpr>,
}

struct Label {
    depth: usize,
    join: Join,
    modified: Changes,
}

pub(crate) struct Lower<'p> {
    prog: &'p Program,
    f: &'p Function,
    vars: Vec<VarInfo>,
    names: HashMap<String, usize>,
    joins: usize,
    frames: Vec<Frame>,
    labels: HashMap<LoopId, Label>,
    errors: Vec<Diagnostic>,
    calls: BTreeSet<FnId>,
    muts: Vec<usize>,
    known: Vec<(Val, Val)>,
    /// What slice patterns have found out about lists on the way to here.
    known_lists: Vec<(Val, matches::ListFact)>,
    temps: usize,
    temp_tys: HashMap<usize, Ty>,
    /// Temporaries that stand for a part of a place, or for what a `&mut` that was computed refers to: a write to them
    /// would be a write elsewhere.
    views: BTreeSet<usize>,
}

/// The value type behind references; arrays and slices are lists, a string is the list of its bytes.
pub fn value_ty(ty: &Ty) -> Ty {
    match ty {
        Ty::Ref(_, t) => value_ty(t),
        Ty::Tuple(ts) => Ty::Tuple(ts.iter().map(value_ty).collect()),
        Ty::Adt(a, ts) => Ty::Adt(*a, ts.iter().map(value_ty).collect()),
        Ty::Opaque(name, ts) => Ty::Opaque(name.clone(), ts.iter().map(value_ty).collect()),
        Ty::Slice(t) => Ty::Slice(Box::new(value_ty(t))),
        Ty::Array(t, n) => Ty::Array(Box::new(value_ty(t)), *n),
        Ty::Vec(t) => Ty::Vec(Box::new(value_ty(t))),
        Ty::Str => Ty::text(),
        Ty::String => Ty::Vec(Box::new(Ty::Int(IntTy::U8))),
        t => t.clone(),
    }
}

/// The element type of a list type.
pub fn element(ty: &Ty) -> Option<Ty> {
    bare_element(ty).map(value_ty)
}

/// The type of a list's elements, as Rust has it: with its references.
fn bare_element(list: &Ty) -> Option<&Ty> {
    match list.peel() {
        Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => Some(t),
        Ty::Str | Ty::String => Some(&Ty::Int(IntTy::U8)),
        _ => None,
    }
}

/// Lowers a function whose body is there, or that is taken on faith: then what it computes is not said.
///
/// # Errors
/// The diagnostics of what has no functional form.
pub fn lower(prog: &Program, id: FnId) -> Result<Def, Vec<Diagnostic>> {
    let f = &prog.functions[id.0];
    if f.body.is_none() && !f.trusted {
        return Err(f.diagnostics.clone());
    }
    let refused = f.body.as_ref().map_or_else(Vec::new, |body| borrows::check(prog, f, body));
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut l = Lower {
        prog,
        f,
        vars: vec![],
        names: HashMap::new(),
        joins: 0,
        frames: vec![],
        labels: HashMap::new(),
        errors: vec![],
        calls: BTreeSet::new(),
        muts: vec![],
        known: vec![],
        known_lists: vec![],
        temps: f.locals.len(),
        temp_tys: HashMap::new(),
        views: BTreeSet::new(),
    };
    let mut env = Env::new();
    let mut params = vec![];
    for (i, p) in f.params.iter().enumerate() {
        let local = &f.locals[p.0];
        let v = l.var(&local.name, &local.ty);
        if matches!(local.ty, Ty::Ref(true, _)) {
            l.muts.push(i);
        }
        params.push(v);
        env.insert(p.0, Slot::Val(Val::Var(v)));
    }
    if matches!(f.ret, Ty::Ref(true, _)) {
        return Err(vec![refuse("H0501", "a function that returns `&mut` has no functional form yet", f.sig_span)]);
    }
    let code = match &f.body {
        Some(body) => l.expr(body, env, Box::new(|l, v, env| l.ret(v, &env))),
        // Nobody reads it: see `fir_to_lean::definition` and `Vcg::run`.
        None => Code::Panic(crate::tir::PanicKind::Todo, f.span),
    };
    if !l.errors.is_empty() {
        return Err(l.errors);
    }
    let mut out = vec![value_ty(&f.ret)];
    out.extend(l.muts.iter().map(|i| value_ty(&f.locals[f.params[*i].0].ty)));
    let ret = if out.len() == 1 { out.remove(0) } else { Ty::Tuple(out) };
    Ok(Def { id, vars: l.vars, params, muts: l.muts, ret, code, calls: l.calls.into_iter().collect() })
}

pub(crate) fn refuse(code: &'static str, message: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic { code, is_error: false, message: message.into(), span, help: None, callee: None }
}

/// That a function cannot be translated because it calls `path`.
pub(crate) fn calls_unsupported(path: &str, span: Span) -> Diagnostic {
    // Without the mark of a function whose twin has its path.
    let path = path.trim_end_matches('\'');
    let found = refuse("H0205", format!("this calls `{path}`, which is unsupported"), span);
    Diagnostic { callee: Some(path.to_owned()), ..found }
}

impl<'p> Lower<'p> {
    fn var(&mut self, name: &str, ty: &Ty) -> Var {
        let base: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { 'u' }).collect();
        let base = base.trim_start_matches("ru").trim_matches('_').to_string();
        let base =
            if base.is_empty() || base.starts_with(|c: char| c.is_ascii_digit()) { format!("x{base}") } else { base };
        let n = self.names.entry(base.clone()).or_insert(0);
        *n += 1;
        // A trailing number keeps every name apart from Lean's keywords and from library names.
        let name = format!("{base}_{n}");
        self.vars.push(VarInfo { name, ty: value_ty(ty) });
        self.vars.len() - 1
    }

    fn fail(&mut self, code: &'static str, message: impl Into<String>, span: Span) -> Code {
        self.errors.push(refuse(code, message, span));
        Code::Panic(PanicKind::Panic, span)
    }

    fn new_join(&mut self) -> Join {
        self.joins += 1;
        self.joins - 1
    }

    fn current(&self, env: &Env, local: usize) -> Val {
        match env.get(&local) {
            Some(Slot::Val(v)) => v.clone(),
            _ => Val::Tuple(vec![]),
        }
    }

    /// The values at the end of a branch or a round of what it changes. What it is not seen to change has to be what it was: a
    /// change that got lost would make false statements true.
    fn carried(&mut self, changes: &Changes, env: &Env) -> Vec<Val> {
        let lost = changes.kept.iter().find(|(local, v)| self.current(env, *local) != *v);
        if let Some((local, _)) = lost {
            let message = format!("a change of `{}` that is not followed", self.local_name(*local));
            self.errors.push(refuse("H0512", message, self.f.sig_span));
        }
        changes.locals.iter().map(|m| self.current(env, *m)).collect()
    }

    fn local_ty(&self, local: usize) -> Ty {
        match self.temp_tys.get(&local) {
            Some(t) => t.clone(),
            None => value_ty(&self.f.locals[local].ty),
        }
    }

    fn ret(&mut self, v: Val, env: &Env) -> Code {
        let mut vals = vec![v];
        for i in self.muts.clone() {
            vals.push(self.current(env, self.f.params[i].0));
        }
        self.leave(Target::Return, vals, self.frames.len())
    }

    fn target_tys(&self, target: Target, vals: &[Val]) -> Vec<Ty> {
        match target {
            Target::Return => {
                let mut out = vec![value_ty(&self.f.ret)];
                out.extend(self.muts.iter().map(|i| value_ty(&self.f.locals[self.f.params[*i].0].ty)));
                out
            }
            Target::Break(id) | Target::Continue(id) => {
                let modified = match self.labels.get(&id) {
                    Some(l) => l.modified.locals.clone(),
                    None => {
                        self.frames.iter().find(|f| f.id == id).map(|f| f.modified.locals.clone()).unwrap_or_default()
                    }
                };
                let extra = vals.len().saturating_sub(modified.len());
                let mut out: Vec<Ty> = vals[..extra].iter().map(|v| self.val_ty(v)).collect();
                out.extend(modified.iter().map(|m| self.local_ty(*m)));
                out
            }
        }
    }

    /// Control leaves for `target` with `vals`, standing inside `depth` loops.
    fn leave(&mut self, target: Target, vals: Vec<Val>, depth: usize) -> Code {
        if depth == 0 && target == Target::Return {
            return Code::Ret(if vals.len() == 1 {
                vals.into_iter().next().unwrap_or(Val::Tuple(vec![]))
            } else {
                Val::Tuple(vals)
            });
        }
        if let Target::Break(id) | Target::Continue(id) = target {
            if let Some(label) = self.labels.get(&id) {
                if label.depth == depth {
                    return Code::Jump(label.join, vals);
                }
            } else if depth > 0 && self.frames[depth - 1].id == id {
                return match target {
                    Target::Continue(_) => {
                        let mut args: Vec<Arg> = vals.into_iter().map(Arg::Val).collect();
                        args.extend(self.frames[depth - 1].next_counter.clone().map(Arg::Int));
                        Code::Next(args)
                    }
                    _ => Code::Done(0, vals),
                };
            }
        }
        if depth == 0 {
            return self.fail("H0502", "a jump to a place that is not in scope", self.f.sig_span);
        }
        let tys = self.target_tys(target, &vals);
        let frame = &mut self.frames[depth - 1];
        let index = match frame.exits.iter().position(|(t, _)| *t == target) {
            Some(i) => i,
            None => {
                frame.exits.push((target, tys));
                frame.exits.len() - 1
            }
        };
        Code::Done(index + 1, vals)
    }

    /// The type of a value.
    pub(crate) fn val_ty(&self, v: &Val) -> Ty {
        val_ty(self.prog, &self.vars, v)
    }

    fn wrap(ops: Vec<Op>, code: Code) -> Code {
        ops.into_iter().rev().fold(code, |next, op| Code::Op(op, Box::new(next)))
    }

    /// The locals that hold what is changed: a name for a place stands for the local that the place is part of.
    fn roots(changed: impl IntoIterator<Item = usize>, env: &Env) -> Vec<usize> {
        let roots: BTreeSet<usize> = changed
            .into_iter()
            .filter_map(|local| match env.get(&local) {
                Some(Slot::Alias(place)) => Some(place.root),
                Some(Slot::Val(_)) => Some(local),
                None => None,
            })
            .collect();
        roots.into_iter().filter(|r| matches!(env.get(r), Some(Slot::Val(_)))).collect()
    }

    /// Runs `inner` with a continuation that hands its value (if `ty` has one) and what it assigned to a join point,
    /// after which `k` goes on.
    fn joined(
        &mut self,
        ty: &Ty,
        modified: Vec<usize>,
        env: Env,
        k: K<'p>,
        inner: impl FnOnce(&mut Self, Env, Join, Changes) -> Code,
    ) -> Code {
        let join = self.new_join();
        let has_value = !matches!(ty, Ty::Never);
        let modified = Self::roots(modified, &env);
        let mut params = vec![];
        let mut after = env.clone();
        let mut value = Val::Tuple(vec![]);
        if has_value && *ty != Ty::unit() {
            let v = self.var("r", ty);
            params.push(v);
            value = Val::Var(v);
        }
        for m in &modified {
            let (name, t) = (self.local_name(*m), self.local_ty(*m));
            let v = self.var(&name, &t);
            params.push(v);
            after.insert(*m, Slot::Val(Val::Var(v)));
        }
        let changes = Changes::new(modified, &env);
        let next = inner(self, env, join, changes);
        let body = k(self, value, after);
        Code::LetJoin(join, params, Box::new(body), Box::new(next))
    }

    fn local_name(&self, local: usize) -> String {
        self.f.locals.get(local).map_or("t".into(), |l| l.name.clone())
    }

    /// The jump at the end of a branch of [`Lower::joined`].
    fn join_args(&mut self, ty: &Ty, v: Val, env: &Env, modified: &Changes) -> Vec<Val> {
        let mut args = vec![];
        if !matches!(ty, Ty::Never) && *ty != Ty::unit() {
            args.push(v);
        }
        args.extend(self.carried(modified, env));
        args
    }

    fn join_k(&self, ty: &Ty, join: Join, modified: Changes) -> K<'p> {
        let ty = ty.clone();
        Box::new(move |l, v, env| Code::Jump(join, l.join_args(&ty, v, &env, &modified)))
    }

    fn scope(&self, env: &Env) -> Scope {
        env.iter()
            .filter_map(|(l, s)| match s {
                Slot::Val(v) => Some((*l, ScopeVal::Val(v.clone()))),
                Slot::Alias(p) if p.path.is_empty() => Some((*l, ScopeVal::Val(self.current(env, p.root)))),
                Slot::Alias(_) => None,
            })
            .collect()
    }
}

/// The type of a value.
pub fn val_ty(prog: &Program, vars: &[VarInfo], v: &Val) -> Ty {
    match v {
        Val::Var(v) => vars[*v].ty.clone(),
        Val::Int(_, t) => Ty::Int(*t),
        Val::Bool(_) => Ty::Bool,
        Val::Char(_) => Ty::Char,
        Val::Str(_) => Ty::text(),
        Val::Tuple(vs) => Ty::Tuple(vs.iter().map(|v| val_ty(prog, vars, v)).collect()),
        Val::Ctor { adt, args, .. } => Ty::Adt(*adt, args.clone()),
        Val::Field(b, adt, i) => match val_ty(prog, vars, b) {
            Ty::Adt(_, args) => field_ty(prog, *adt, 0, *i, &args),
            _ => Ty::Never,
        },
        Val::Proj(b, i, _) => match val_ty(prog, vars, b) {
            Ty::Tuple(ts) => ts.get(*i).cloned().unwrap_or(Ty::Never),
            _ => Ty::Never,
        },
    }
}

/// The type of a field with the type's arguments filled in.
pub fn field_ty(prog: &Program, adt: AdtId, variant: usize, field: usize, args: &[Ty]) -> Ty {
    let a = &prog.adts[adt.0];
    let Some((_, ty)) = a.variants.get(variant).and_then(|v| v.fields.get(field)) else { return Ty::Never };
    value_ty(&subst(ty, &a.params, args))
}

/// Replaces type parameters.
pub fn subst(ty: &Ty, params: &[String], args: &[Ty]) -> Ty {
    let go = |t: &Ty| subst(t, params, args);
    match ty {
        Ty::Param(p) => match params.iter().position(|q| q == p) {
            Some(i) => args.get(i).cloned().unwrap_or_else(|| ty.clone()),
            None => ty.clone(),
        },
        Ty::Tuple(ts) => Ty::Tuple(ts.iter().map(go).collect()),
        Ty::Adt(a, ts) => Ty::Adt(*a, ts.iter().map(go).collect()),
        Ty::Opaque(name, ts) => Ty::Opaque(name.clone(), ts.iter().map(go).collect()),
        Ty::Ref(m, t) => Ty::Ref(*m, Box::new(go(t))),
        Ty::Slice(t) => Ty::Slice(Box::new(go(t))),
        Ty::Array(t, n) => Ty::Array(Box::new(go(t)), *n),
        Ty::Vec(t) => Ty::Vec(Box::new(go(t))),
        t => t.clone(),
    }
}
