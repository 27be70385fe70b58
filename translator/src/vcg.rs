//! Symbolic execution of the functional IR: the obligations of a function, and the glue that makes them its theorem.
//!
//! The glue is a proof term that mirrors the program, rule by rule; at every place that may go wrong it names a leaf.
//! Each leaf is stated in the whole context of its place: the variables and the facts that the path has brought.

use std::collections::HashMap;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::fir::*;
use crate::rules::{self, Out};
use crate::span::Span;
use crate::spec_to_lean::{Env as SpecEnv, Spec};
use crate::terms::{Sym, Terms, elim_name, fill, fn_name, lit, proj, ty_text};
use crate::tir::{AdtId, Function, IntTy, Program, Ty};
use crate::tir_to_fir::{element, refuse, value_ty};
use crate::unit::{Obligation, Shape};

/// Paths after which a function is given up: the way out is a spec on a part of it.
const MAX_LEAVES: usize = 4000;

#[derive(Clone)]
enum Entry {
    Var { name: String, ty: Ty },
    Hyp { name: String, prop: String, proof: String },
}

/// The context of a place: a shared list, so that paths cost what they add.
#[derive(Clone, Default)]
struct Ctx(Option<Rc<(Entry, Ctx)>>);

impl Ctx {
    fn push(&self, e: Entry) -> Ctx {
        Ctx(Some(Rc::new((e, self.clone()))))
    }
    fn list(&self) -> Vec<&Entry> {
        let mut out = vec![];
        let mut at = self;
        while let Some(node) = &at.0 {
            out.push(&node.0);
            at = &node.1;
        }
        out.reverse();
        out
    }
}

/// What comes after `Ret`: the function's own end, or the rest of the caller of an inlined function.
#[derive(Clone)]
enum Return<'a> {
    Ensures,
    Inlined { dst: Var, next: &'a Code, frame: Rc<Frame<'a>> },
}

/// Where execution stands: which definition, what its join points and loops are.
#[derive(Clone)]
struct Frame<'a> {
    def: &'a Def,
    env: HashMap<Var, Sym>,
    ctx: Ctx,
    joins: HashMap<Join, (&'a [Var], &'a Code)>,
    loops: Vec<LoopHead<'a>>,
    ret: Return<'a>,
    /// Loops of callers around an inlined function.
    depth: usize,
}

#[derive(Clone)]
struct LoopHead<'a> {
    l: &'a Loop,
    inv: Vec<Inv>,
    measure_now: Option<String>,
    frame: Rc<Frame<'a>>,
}

#[derive(Clone)]
struct Inv {
    kind: String,
    span: Span,
    source: InvSource,
}
#[derive(Clone)]
enum InvSource {
    User(usize),
    /// What the user's condition needs to have a value.
    Needs(usize, usize),
    Known(usize),
}

/// The statement of a function and how it is proved.
pub(crate) struct Outcome {
    pub obligations: Vec<Obligation>,
    pub theorem: String,
}

pub(crate) struct Vcg<'a> {
    prog: &'a Program,
    defs: &'a [Option<Def>],
    f: &'a Function,
    def: &'a Def,
    recursive: bool,
    name: String,
    obligations: Vec<Obligation>,
    seen: HashMap<String, String>,
    fresh: usize,
    errors: Vec<Diagnostic>,
    entry: SpecEnv,
    captured: SpecEnv,
    rec_measure: Option<(String, Vec<(String, Ty)>)>,
}

/// The spec-level environment and the theorem's binders for the parameters of a function.
pub(crate) struct Statement {
    /// ` {P_T : Type} … (a : A) (b : B)`
    pub binders: String,
    /// Names of the parameters.
    pub params: Vec<(String, Ty)>,
    /// Preconditions: hypothesis name, proposition, what it is in the source.
    pub pre: Vec<(String, String, Span)>,
    /// `fun r => …`
    pub post: String,
}

/// The precondition's propositions in an environment: what each condition needs, then the condition.
fn preconditions(
    spec: &Spec<'_, '_>,
    f: &Function,
    env: &SpecEnv,
    params: &[(Sym, Ty)],
    terms: &Terms<'_>,
) -> Result<Vec<(String, Span)>, Diagnostic> {
    let mut out = vec![];
    for (s, ty) in params {
        if let Ty::Array(_, n) = ty {
            out.push((format!("({}.val.length : Int) = {n}", terms.term(s, ty)), f.sig_span));
        }
    }
    if let Some(s) = &f.spec {
        for r in &s.requires {
            let p = spec.prop(r, env)?;
            // What a precondition needs is part of it: a caller must establish it, too.
            out.extend(p.needs.into_iter().map(|n| (n, r.span)));
            out.push((p.it, r.span));
        }
    }
    Ok(out)
}

/// The postcondition's parts: proposition, place, what may go wrong.
fn postconditions(
    spec: &Spec<'_, '_>,
    f: &Function,
    entry: &SpecEnv,
    captured: &SpecEnv,
    result: &Sym,
    ret: &Ty,
    muts: &[usize],
    n: usize,
) -> Result<Vec<(String, Span, String)>, Diagnostic> {
    let mut env = entry.clone();
    env.extend(captured.iter().map(|(k, v)| (*k, v.clone())));
    let part = |i: usize| if n == 1 { result.clone() } else { spec.terms.field(result.clone(), ret, None, i, n) };
    for (i, m) in muts.iter().enumerate() {
        env.insert(f.params[*m].0, part(i + 1));
    }
    let value = part(0);
    let mut out = vec![];
    if let Ty::Array(_, len) = value_ty(&f.ret) {
        out.push((
            format!("{} = {len}", spec.terms.len(&value, &value_ty(&f.ret))),
            f.sig_span,
            "the length of the array".into(),
        ));
    }
    for m in muts {
        let p = f.params[*m].0;
        if let (Ty::Array(_, len), Some(s)) = (value_ty(&f.locals[p].ty), env.get(&p)) {
            out.push((
                format!("{} = {len}", spec.terms.len(s, &value_ty(&f.locals[p].ty))),
                f.sig_span,
                "the length of the array".into(),
            ));
        }
    }
    for (i, (pat, e)) in f.spec.iter().flat_map(|s| &s.ensures).enumerate() {
        let mut env = env.clone();
        if let Some(p) = pat {
            spec.bind(p, value.clone(), &value_ty(&f.ret), &mut env)?;
        }
        let p = spec.prop(e, &env)?;
        out.extend(p.needs.into_iter().map(|w| (w, e.span, "a part of this `ensures` may have no value".to_string())));
        out.push((p.it, e.span, format!("`ensures` {} may not hold", i + 1)));
    }
    Ok(out)
}

/// The statement of a function's theorem.
pub(crate) fn statement(prog: &Program, def: &Def) -> Result<(Statement, SpecEnv, SpecEnv), Diagnostic> {
    let f = &prog.functions[def.id.0];
    let terms = Terms::new(prog, &def.vars);
    let spec = Spec::new(&terms, &f.locals);
    let mut binders = crate::fir_to_lean::generics(&f.generics);
    let (mut entry, mut params, mut syms) = (SpecEnv::new(), vec![], vec![]);
    for (p, v) in f.params.iter().zip(&def.params) {
        let info = &def.vars[*v];
        binders.push_str(&format!(" ({} : {})", info.name, ty_text(prog, &info.ty)));
        entry.insert(p.0, Sym::Term(info.name.clone()));
        params.push((info.name.clone(), info.ty.clone()));
        syms.push((Sym::Term(info.name.clone()), info.ty.clone()));
    }
    let pre = preconditions(&spec, f, &entry, &syms, &terms)?
        .into_iter()
        .enumerate()
        .map(|(i, (p, s))| (format!("h_req{i}"), p, s))
        .collect();
    let mut captured = SpecEnv::new();
    for (pat, e) in f.spec.iter().flat_map(|s| &s.captures) {
        let v = spec.value(e, &entry)?;
        if !v.needs.is_empty() {
            return Err(refuse("H0603", "a capture that may have no value", e.span));
        }
        spec.bind(pat, v.it, &value_ty(&e.ty), &mut captured)?;
    }
    let n = 1 + def.muts.len();
    let post = postconditions(&spec, f, &entry, &captured, &Sym::Term("r".into()), &def.ret, &def.muts, n)?;
    let text = if post.is_empty() {
        "True".to_string()
    } else {
        post.iter().map(|p| format!("({})", p.0)).collect::<Vec<_>>().join(" ∧ ")
    };
    Ok((Statement { binders, params, pre, post: format!("fun r => {text}") }, entry, captured))
}

impl<'a> Vcg<'a> {
    /// Executes a function symbolically.
    pub(crate) fn run(
        prog: &'a Program,
        defs: &'a [Option<Def>],
        def: &'a Def,
        recursive: bool,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let f = &prog.functions[def.id.0];
        let (st, entry, captured) = statement(prog, def).map_err(|d| vec![d])?;
        let name = fn_name(&f.path);
        let mut v = Vcg {
            prog,
            defs,
            f,
            def,
            recursive,
            name: name.clone(),
            obligations: vec![],
            seen: HashMap::new(),
            fresh: 0,
            errors: vec![],
            entry,
            captured,
            rec_measure: None,
        };
        let mut ctx = Ctx::default();
        for (n, t) in &st.params {
            ctx = ctx.push(Entry::Var { name: n.clone(), ty: t.clone() });
        }
        for (n, p, _) in &st.pre {
            ctx = ctx.push(Entry::Hyp { name: n.clone(), prop: p.clone(), proof: n.clone() });
        }
        let pre: String = st.pre.iter().map(|(n, p, _)| format!(" ({n} : {p})")).collect();
        let args: String = st.params.iter().map(|(n, _)| format!(" {n}")).collect();
        let goal = format!("({name}{args}).holds ({})", st.post);
        if recursive {
            v.rec_measure = v.find_measure(&st);
            if v.rec_measure.is_none() {
                return Err(vec![refuse(
                    "H0604",
                    "no measure was found for this recursion: no integer or list argument gets smaller in its calls",
                    f.sig_span,
                )]);
            }
        }
        let frame = Frame {
            def,
            env: HashMap::new(),
            ctx,
            joins: HashMap::new(),
            loops: vec![],
            ret: Return::Ensures,
            depth: 0,
        };
        let body = v.code(&def.code, frame);
        if !v.errors.is_empty() {
            return Err(v.errors);
        }
        let theorem = match &v.rec_measure {
            None => {
                format!("theorem {name}.spec{}{pre} :\n    {goal} :=\n  {}\n", st.binders, unfold(&name, &args, &body))
            }
            Some((measure, _)) => {
                // Induction on the measure, with everything the statement quantifies over generalised.
                let forall: String = st.params.iter().map(|(n, t)| format!(" ({n} : {})", ty_text(prog, t))).collect();
                let pres: String = st.pre.iter().map(|(n, p, _)| format!("({n} : {p}) → ")).collect();
                let pre_names: String = st.pre.iter().map(|(n, _, _)| format!(" {n}")).collect();
                let generics = crate::fir_to_lean::generics(&f.generics);
                format!(
                    "theorem {name}.spec{generics} :\n    ∀{forall}, {pres}{goal} := by\n  intro{args}{pre_names}\n  generalize hm : ({measure} + 1).toNat = m\n  induction m using Nat.strongRecOn generalizing{args} with\n  | _ m ih =>\n    exact {}\n",
                    unfold(&name, &args, &body)
                )
            }
        };
        Ok(Outcome { obligations: v.obligations, theorem })
    }

    /// The measure of a recursion: the first integer or list parameter that some call makes smaller by its form.
    fn find_measure(&self, st: &Statement) -> Option<(String, Vec<(String, Ty)>)> {
        let user = self.f.spec.as_ref().and_then(|s| s.decreases.as_ref());
        let terms = Terms::new(self.prog, &self.def.vars);
        if let Some(e) = user {
            let spec = Spec::new(&terms, &self.f.locals);
            return spec.int(e, &self.entry).ok().map(|w| (w.it, st.params.clone()));
        }
        let mut best: Option<usize> = None;
        if let Some(body) = &self.f.body {
            crate::tir_to_fir::visit(body, &mut |e| {
                if let crate::tir::ExprKind::Call(g, _, args) = &*e.kind {
                    if *g == self.def.id {
                        for (i, a) in args.iter().enumerate() {
                            let mut shrinks = false;
                            crate::tir_to_fir::visit(a, &mut |e| {
                                use crate::tir::{ArithOp::*, ExprKind};
                                shrinks |= matches!(
                                    &*e.kind,
                                    ExprKind::Arith(Sub | Div | Rem | Shr, ..) | ExprKind::SliceRange { .. }
                                );
                            });
                            if shrinks && best.is_none() {
                                best = Some(i);
                            }
                        }
                    }
                }
            });
        }
        let i = best?;
        let (name, ty) = st.params.get(i)?;
        let m = match ty {
            Ty::Int(_) => format!("{name}.val"),
            t if element(t).is_some() => format!("({name}.val.length : Int)"),
            _ => return None,
        };
        Some((m, st.params.clone()))
    }

    fn name(&mut self, base: &str) -> String {
        self.fresh += 1;
        format!("{base}{}", self.fresh)
    }

    fn terms(&self, frame: &Frame<'a>) -> Terms<'a> {
        Terms { prog: self.prog, vars: &frame.def.vars, env: frame.env.clone(), met: Default::default() }
    }

    fn fail(&mut self, d: Diagnostic) -> String {
        self.errors.push(d);
        "sorry_is_refused".into()
    }

    /// States a leaf in the context of `frame`; the term that applies it.
    fn leaf(&mut self, frame: &Frame<'a>, goal: &str, kind: &str, span: Span) -> String {
        if self.obligations.len() >= MAX_LEAVES {
            if self.errors.is_empty() {
                self.errors.push(refuse(
                    "H0605",
                    "this function has too many paths: give a spec to parts of it",
                    self.f.sig_span,
                ));
            }
            return "sorry_is_refused".into();
        }
        let (mut binders, mut args) = (crate::fir_to_lean::generics(&self.f.generics), String::new());
        let (mut facts, mut shape) = (vec![], Shape::default());
        let mut bounds = vec![];
        let mut texts = goal.to_string();
        for e in frame.ctx.list() {
            match e {
                Entry::Var { name, ty } => {
                    binders.push_str(&format!(" ({name} : {})", ty_text(self.prog, ty)));
                    args.push_str(&format!(" {name}"));
                    if let Ty::Int(t) = ty {
                        bounds.push((format!("{name}.val"), format!("(MInt.bounds {name})"), *t));
                    }
                    shape.has_list |= element(ty).is_some();
                }
                Entry::Hyp { name, prop, proof } => {
                    binders.push_str(&format!(" ({name} : {prop})"));
                    args.push_str(&format!(" ({proof})"));
                    facts.push(prop.clone());
                    texts.push('\n');
                    texts.push_str(prop);
                }
            }
        }
        for (term, t) in int_terms(&texts, self.prog, frame) {
            bounds.push((format!("{term}.val"), format!("(MInt.bounds {term})"), t));
        }
        for (i, (shown, proof, t)) in bounds.iter().enumerate() {
            binders.push_str(&format!(" (hb{i} : {} ≤ {shown} ∧ {shown} ≤ {})", lit(&t.min()), lit(&t.max())));
            args.push_str(&format!(" {proof}"));
        }
        for (i, e) in frame.ctx.list().into_iter().enumerate() {
            if let Entry::Var { name, ty } = e {
                if element(ty).is_some() {
                    binders.push_str(&format!(" (hl{i} : {name}.val.length ≤ 18446744073709551615)"));
                    args.push_str(&format!(" {name}.fits"));
                }
            }
        }
        shape.quantifier = texts.contains('∀') || texts.contains('∃');
        shape.bits = texts.contains("&&&")
            || texts.contains("|||")
            || texts.contains("^^^")
            || texts.contains("pow2")
            || texts.contains("BitVec");
        shape.nonlinear = texts.contains(" * ")
            || texts.contains(" / ")
            || texts.contains(" % ")
            || texts.contains("tdiv")
            || texts.contains(" ^ ");
        shape.has_list |= texts.contains(".val[");
        let statement = format!("{binders} :\n    {goal}");
        let name = match self.seen.get(&statement) {
            Some(n) => n.clone(),
            None => {
                let name = format!("{}.leaf_{}", self.name, self.obligations.len() + 1);
                self.obligations.push(Obligation {
                    name: name.clone(),
                    statement: format!("theorem {name}{statement}"),
                    kind: kind.to_string(),
                    span,
                    facts,
                    goal: goal.to_string(),
                    shape,
                    candidates: vec![],
                });
                self.seen.insert(statement, name.clone());
                name
            }
        };
        format!("({name}{args})")
    }

    /// The proof of `code`, standing in `frame`. Each step waits (`by`) until the one around it has fixed what it proves.
    fn code(&mut self, code: &'a Code, frame: Frame<'a>) -> String {
        format!("(by exact {})", self.step(code, frame))
    }

    fn step(&mut self, code: &'a Code, mut frame: Frame<'a>) -> String {
        if !self.errors.is_empty() {
            return "sorry_is_refused".into();
        }
        match code {
            Code::Panic(kind, span) => {
                use crate::tir::PanicKind::*;
                let what = match kind {
                    Panic => "this panic may be reached",
                    Assert | DebugAssert => "this assertion may fail",
                    Unreachable => "this `unreachable!` may be reached",
                    Todo => "this `todo!` may be reached",
                };
                let l = self.leaf(&frame, "False", what, *span);
                format!("(Outcome.holds_panic {l})")
            }
            Code::Ret(v) => {
                let result = self.terms(&frame).sym(v);
                match frame.ret.clone() {
                    Return::Ensures => {
                        let t = self.terms(&frame);
                        let spec = Spec::new(&t, &self.f.locals);
                        let posts = match postconditions(
                            &spec,
                            self.f,
                            &self.entry,
                            &self.captured,
                            &result,
                            &self.def.ret,
                            &self.def.muts,
                            1 + self.def.muts.len(),
                        ) {
                            Ok(p) => p,
                            Err(d) => return self.fail(d),
                        };
                        let parts: Vec<String> =
                            posts.iter().map(|(p, span, what)| self.leaf(&frame, p, what, *span)).collect();
                        format!("(Outcome.holds_ok {})", conj(&parts))
                    }
                    Return::Inlined { dst, next, frame: caller } => {
                        let mut after = (*caller).clone();
                        after.ctx = frame.ctx.clone();
                        after.env.insert(dst, result);
                        let g = self.code(next, after);
                        format!("(Outcome.holds_ok {g})")
                    }
                }
            }
            Code::Op(op, next) => self.op(op, next, frame),
            Code::Call(dst, f, _, args, span, next) => self.call(*dst, *f, args, *span, next, frame),
            Code::If(cond, t, e) => {
                let terms = self.terms(&frame);
                let p = terms.cond(cond);
                if let Cond::True(v) = cond {
                    if let Sym::Bool(b) = terms.sym(v) {
                        return if b {
                            let g = self.code(t, frame);
                            format!("(Harmonic.holds_if_pos rfl {g})")
                        } else {
                            let g = self.code(e, frame);
                            format!("(Harmonic.holds_if_neg Bool.false_ne_true {g})")
                        };
                    }
                }
                let h = self.name("h");
                let mut yes = frame.clone();
                yes.ctx = frame.ctx.push(Entry::Hyp { name: h.clone(), prop: p.clone(), proof: h.clone() });
                let mut no = frame;
                no.ctx = no.ctx.push(Entry::Hyp { name: h.clone(), prop: format!("¬({p})"), proof: h.clone() });
                let (t, e) = (self.code(t, yes), self.code(e, no));
                format!("(Outcome.holds_ite (fun {h} => {t}) (fun {h} => {e}))")
            }
            Code::Case(v, adt, arms) => self.case(v, *adt, arms, frame),
            Code::LetJoin(j, params, body, next) => {
                frame.joins.insert(*j, (params, body));
                let g = self.code(next, frame);
                if self.recursive { g } else { format!("(Harmonic.join_holds {g})") }
            }
            Code::Jump(j, args) => {
                let Some((params, body)) = frame.joins.get(j).copied() else {
                    return self.fail(refuse("H0606", "a jump out of scope", self.f.sig_span));
                };
                let t = self.terms(&frame);
                let syms: Vec<Sym> = args.iter().map(|a| t.sym(a)).collect();
                frame.env.extend(params.iter().copied().zip(syms));
                self.code(body, frame)
            }
            Code::Loop(l) => self.enter_loop(l, frame),
            Code::Next(args) => {
                let Some(head) = frame.loops.last().cloned() else {
                    return self.fail(refuse("H0606", "a round of no loop", self.f.sig_span));
                };
                let syms = self.arg_syms(&frame, args);
                let inv = self.invariants(&head, &syms, &frame, "after a round");
                let Some(now) = &head.measure_now else {
                    let l =
                        self.leaf(&frame, "False", "no measure was found for this loop: add `decreases`", head.l.span);
                    return format!("(Harmonic.step_next {inv} {l}.elim)");
                };
                let then = self.measure(&head, &syms, &frame);
                let then = match then {
                    Ok(Some(m)) => m,
                    Ok(None) => now.clone(),
                    Err(d) => return self.fail(d),
                };
                let span = head.l.spec.decreases.as_ref().map_or(head.l.span, |e| e.span);
                let a = self.leaf(&frame, &format!("0 ≤ {now}"), "this measure may be negative", span);
                let b = self.leaf(&frame, &format!("{then} < {now}"), "this loop's measure may not decrease", span);
                format!("(Harmonic.step_next {inv} (And.intro {a} {b}))")
            }
            Code::Done(k, vals) => {
                let t = self.terms(&frame);
                let syms: Vec<Sym> = vals.iter().map(|v| t.sym(v)).collect();
                let Some(head) = frame.loops.last().cloned() else {
                    return self.fail(refuse("H0606", "an exit of no loop", self.f.sig_span));
                };
                let (params, after) = &head.l.exits[*k];
                let mut out = (*head.frame).clone();
                out.ctx = frame.ctx.clone();
                let keep = out.env.clone();
                out.env = frame.env.clone();
                out.env.extend(keep);
                out.env.extend(params.iter().copied().zip(syms));
                let g = self.code(after, out);
                let n = head.l.exits.len();
                let mut g = if n > 1 && *k + 1 < n { format!("(Harmonic.exit_inl {g})") } else { g };
                for _ in 0..*k {
                    g = format!("(Harmonic.exit_inr {g})");
                }
                format!("(Harmonic.step_done {g})")
            }
        }
    }

    fn arg_syms(&self, frame: &Frame<'a>, args: &[Arg]) -> Vec<Sym> {
        let t = self.terms(frame);
        args.iter()
            .map(|a| match a {
                Arg::Val(v) => t.sym(v),
                Arg::Int(e) => Sym::Math(t.iexpr(e)),
                Arg::List(..) => Sym::Term(t.arg(a).0),
            })
            .collect()
    }

    fn op(&mut self, op: &'a Op, next: &'a Code, mut frame: Frame<'a>) -> String {
        let Some(rule) = rules::rule(&op.key, op.ty.map(|t| t.signed())) else {
            return self.fail(refuse("H0607", format!("`{}` has no model", op.key), op.span));
        };
        let terms = self.terms(&frame);
        let mut shown: HashMap<&str, (String, String)> = HashMap::new();
        let mut arg_syms: HashMap<&str, (Sym, Ty)> = HashMap::new();
        let mut args = op.args.iter();
        for name in &rule.args {
            if name == "t" {
                continue;
            }
            if let Some(a) = args.next() {
                shown.insert(name, terms.arg(a));
                if let Arg::Val(v) = a {
                    arg_syms.insert(name, (terms.sym(v), terms_ty(self.prog, frame.def, v)));
                }
            }
        }
        let mut proof = format!("Harmonic.{}_holds", rule.def);
        for (what, req) in &rule.reqs {
            let look = |n: &str, term: bool| shown.get(n).map(|(t, s)| if term { t.clone() } else { s.clone() });
            let goal = match fill(req, op.ty, &look) {
                Ok(g) => g,
                Err(e) => return self.fail(refuse("H0607", e, op.span)),
            };
            let kind = match &op.what {
                Some(w) if rule.reqs.len() == 1 => w.clone(),
                _ => fill(what, op.ty, &look).unwrap_or_else(|_| what.clone()),
            };
            let l = self.leaf(&frame, &goal, &kind, op.span);
            proof.push_str(&format!(" {l}"));
            // Later obligations of the same operation may use earlier ones.
        }
        let dst_ty = frame.def.vars[op.dst].ty.clone();
        let base = frame.def.vars[op.dst].name.clone();
        for (ci, case) in rule.cases.iter().enumerate() {
            let mut inner = frame.clone();
            let mut names: HashMap<String, (String, bool)> = HashMap::new();
            let mut binder = String::new();
            for (v, is_int) in &case.vars {
                let unique = if case.vars.len() == 1 && rule.cases.len() == 1 && frame.depth == 0 && !self.used(&base) {
                    base.clone()
                } else {
                    self.name(&format!("{base}_"))
                };
                let ty = var_ty(v, &case.result, &dst_ty).unwrap_or_else(|| dst_ty.clone());
                inner.ctx = inner.ctx.push(Entry::Var { name: unique.clone(), ty });
                binder.push_str(&format!(" {unique}"));
                names.insert(v.clone(), (unique, *is_int));
            }
            let look = |n: &str, term: bool| -> Option<String> {
                if let Some((u, is_int)) = names.get(n) {
                    return Some(if *is_int && !term { format!("{u}.val") } else { u.clone() });
                }
                shown.get(n).map(|(t, s)| if term { t.clone() } else { s.clone() })
            };
            for fact in &case.facts {
                let prop = match fill(fact, op.ty, &look) {
                    Ok(p) => p,
                    Err(e) => return self.fail(refuse("H0607", e, op.span)),
                };
                let h = self.name("h");
                inner.ctx = inner.ctx.push(Entry::Hyp { name: h.clone(), prop, proof: h.clone() });
                binder.push_str(&format!(" {h}"));
            }
            let sym = match out_sym(&case.result, &dst_ty, &names, &arg_syms, &shown, op.ty, &look) {
                Ok(s) => s,
                Err(e) => return self.fail(refuse("H0607", e, op.span)),
            };
            inner.env.insert(op.dst, sym);
            let g = self.code(next, inner);
            let _ = ci;
            proof.push_str(&if binder.is_empty() { format!(" {g}") } else { format!(" (fun{binder} => {g})") });
        }
        frame.env.clear();
        format!("(Outcome.holds_bind ({proof}))")
    }

    fn used(&mut self, name: &str) -> bool {
        // A name of the source is given to the first variable only: paths and inlined bodies may come here again.
        !self.seen_names().insert(name.to_string())
    }

    fn seen_names(&mut self) -> SeenNames<'_> {
        SeenNames(&mut self.seen)
    }

    fn call(
        &mut self,
        dst: Var,
        g: crate::tir::FnId,
        args: &'a [Val],
        span: Span,
        next: &'a Code,
        frame: Frame<'a>,
    ) -> String {
        let callee = &self.prog.functions[g.0];
        let terms = self.terms(&frame);
        let tys: Vec<Ty> = args.iter().map(|a| terms_ty(self.prog, frame.def, a)).collect();
        let syms: Vec<Sym> = args.iter().map(|a| terms.sym(a)).collect();
        let recursive_call = g == self.def.id;
        if callee.spec.is_none() && !recursive_call {
            let Some(Some(def)) = self.defs.get(g.0) else {
                return self.fail(refuse(
                    "H0205",
                    format!("this calls `{}`, which is not supported", callee.path),
                    span,
                ));
            };
            if frame.depth > 20 {
                return self.fail(refuse(
                    "H0608",
                    format!(
                        "`{}` has no spec and is recursive, or the calls are nested too deeply: give it a spec",
                        callee.path
                    ),
                    span,
                ));
            }
            let inner = Frame {
                def,
                env: def.params.iter().copied().zip(syms).collect(),
                ctx: frame.ctx.clone(),
                joins: HashMap::new(),
                loops: vec![],
                depth: frame.depth + 1,
                ret: Return::Inlined { dst, next, frame: Rc::new(frame) },
            };
            let body = self.code(&def.code, inner);
            return format!("(Outcome.holds_bind ({}.unfold_holds {body}))", fn_name(&callee.path));
        }
        let Some(Some(def)) = self.defs.get(g.0) else {
            return self.fail(refuse("H0205", format!("this calls `{}`, which is not supported", callee.path), span));
        };
        // The callee's precondition at these arguments.
        let spec = Spec::new(&terms, &callee.locals);
        let entry: SpecEnv = callee.params.iter().map(|p| p.0).zip(syms.iter().cloned()).collect();
        let params: Vec<(Sym, Ty)> =
            syms.iter().cloned().zip(callee.params.iter().map(|p| value_ty(&callee.locals[p.0].ty))).collect();
        let pre = match preconditions(&spec, callee, &entry, &params, &terms) {
            Ok(p) => p,
            Err(d) => return self.fail(d),
        };
        let arg_text: String = syms.iter().zip(&tys).map(|(s, t)| format!(" {}", terms.term(s, t))).collect();
        let mut reqs = String::new();
        for (p, req_span) in &pre {
            let _ = req_span;
            let l = self.leaf(&frame, p, &format!("this call may not meet a `requires` of `{}`", callee.path), span);
            reqs.push_str(&format!(" {l}"));
        }
        let r = self.name("r");
        let h = self.name("h");
        let ret_ty = frame.def.vars[dst].ty.clone();
        let mut inner = frame.clone();
        inner.ctx = inner.ctx.push(Entry::Var { name: r.clone(), ty: ret_ty.clone() });
        let result = Sym::Term(r.clone());
        let mut captured = SpecEnv::new();
        for (pat, e) in callee.spec.iter().flat_map(|s| &s.captures) {
            match spec.value(e, &entry).and_then(|v| spec.bind(pat, v.it, &value_ty(&e.ty), &mut captured)) {
                Ok(()) => {}
                Err(d) => return self.fail(d),
            }
        }
        let posts =
            match postconditions(&spec, callee, &entry, &captured, &result, &ret_ty, &def.muts, 1 + def.muts.len()) {
                Ok(p) => p,
                Err(d) => return self.fail(d),
            };
        for (i, (p, _, _)) in posts.iter().enumerate() {
            let n = self.name("h");
            inner.ctx =
                inner.ctx.push(Entry::Hyp { name: n, prop: p.clone(), proof: format!("{h}{}", proj(i, posts.len())) });
        }
        inner.env.insert(dst, result);
        let theorem = if recursive_call {
            let Some((measure, params)) = self.rec_measure.clone() else {
                return self.fail(refuse("H0604", "a recursion without a measure", span));
            };
            let then = match self.measure_at(&measure, &params, &syms, &terms) {
                Some(m) => m,
                None => return self.fail(refuse("H0604", "a recursion without a measure", span)),
            };
            let a = self.leaf(&frame, &format!("0 ≤ {measure}"), "this recursion's measure may be negative", span);
            let b = self.leaf(
                &frame,
                &format!("{then} < {measure}"),
                "this recursive call may not decrease the measure",
                span,
            );
            format!("ih _ (hm ▸ Harmonic.measure_lt {a} {b}){arg_text}{reqs} rfl")
        } else {
            format!("{}.spec{arg_text}{reqs}", fn_name(&callee.path))
        };
        let g = self.code(next, inner);
        format!("(Outcome.holds_bind (Outcome.holds_mono ({theorem}) (fun {r} {h} => {g})))")
    }

    /// The recursion's measure at other arguments: re-rendered, not replaced in text.
    fn measure_at(&self, _measure: &str, params: &[(String, Ty)], syms: &[Sym], terms: &Terms<'a>) -> Option<String> {
        if let Some(e) = self.f.spec.as_ref().and_then(|s| s.decreases.as_ref()) {
            let env: SpecEnv = self.f.params.iter().map(|p| p.0).zip(syms.iter().cloned()).collect();
            return Spec::new(terms, &self.f.locals).int(e, &env).ok().map(|w| w.it);
        }
        let measure = &self.rec_measure.as_ref()?.0;
        params.iter().zip(syms).find_map(|((n, t), s)| match t {
            Ty::Int(_) if *measure == format!("{n}.val") => Some(terms.int(s, t)),
            t if *measure == format!("({n}.val.length : Int)") => Some(terms.len(s, t)),
            _ => None,
        })
    }

    fn case(&mut self, v: &'a Val, adt: AdtId, arms: &'a [(Vec<Var>, Code)], frame: Frame<'a>) -> String {
        let terms = self.terms(&frame);
        let sym = terms.sym(v);
        let elim = elim_name(self.prog, adt);
        if let Sym::Ctor { variant, fields, .. } = sym {
            let (vars, code) = &arms[variant];
            let mut inner = frame;
            inner.env.extend(vars.iter().copied().zip(fields));
            let g = self.code(code, inner);
            return format!("({elim}_c{variant} {g})");
        }
        let ty = terms_ty(self.prog, frame.def, v);
        let Ty::Adt(_, args) = &ty else { return self.fail(refuse("H0606", "a split of this value", self.f.sig_span)) };
        let shown = terms.term(&sym, &ty);
        let mut out = format!("({elim}_holds");
        for (variant, (vars, code)) in arms.iter().enumerate() {
            let mut inner = frame.clone();
            let (mut names, mut fields) = (String::new(), vec![]);
            for x in vars {
                let info = &frame.def.vars[*x];
                let n = self.name(&format!("{}_", info.name));
                inner.ctx = inner.ctx.push(Entry::Var { name: n.clone(), ty: info.ty.clone() });
                inner.env.insert(*x, Sym::Term(n.clone()));
                names.push_str(&format!(" {n}"));
                fields.push(Sym::Term(n));
            }
            let ctor = terms.term(&Sym::Ctor { adt, variant, fields, args: args.clone() }, &ty);
            let h = self.name("h");
            inner.ctx =
                inner.ctx.push(Entry::Hyp { name: h.clone(), prop: format!("{shown} = {ctor}"), proof: h.clone() });
            let g = self.code(code, inner);
            out.push_str(&format!(" (fun{names} {h} => {g})"));
        }
        out + ")"
    }

    fn enter_loop(&mut self, l: &'a Loop, frame: Frame<'a>) -> String {
        let init = self.arg_syms(&frame, &l.init);
        let mut inv = vec![];
        for i in 0..l.known.len() {
            inv.push(Inv {
                kind: "what is known of this loop's counter or lengths".into(),
                span: l.span,
                source: InvSource::Known(i),
            });
        }
        // How many conditions each user invariant needs is the same at every place: count once, at the entry.
        {
            let mut at_entry = frame.clone();
            at_entry.env.extend(l.state.iter().copied().zip(init.clone()));
            let t = self.terms(&at_entry);
            let spec = Spec::new(&t, frame_locals(self.prog, frame.def));
            let env = spec.env(&l.scope);
            for (i, m) in l.spec.maintains.iter().enumerate() {
                match spec.prop(m, &env) {
                    Ok(p) => {
                        for j in 0..p.needs.len() {
                            inv.push(Inv {
                                kind: "a part of this invariant may have no value".into(),
                                span: m.span,
                                source: InvSource::Needs(i, j),
                            });
                        }
                        inv.push(Inv {
                            kind: "this invariant may not hold".into(),
                            span: m.span,
                            source: InvSource::User(i),
                        });
                    }
                    Err(d) => return self.fail(d),
                }
            }
        }
        let mut head = LoopHead { l, inv, measure_now: None, frame: Rc::new(frame.clone()) };
        let entry = self.invariants(&head, &init, &frame, "on entry");
        // The round: the state's components are fresh variables.
        let names: Vec<String> = l.state.iter().map(|v| self.name(&format!("{}_", frame.def.vars[*v].name))).collect();
        let mut inner = frame.clone();
        for (v, n) in l.state.iter().zip(&names) {
            inner.ctx = inner.ctx.push(Entry::Var { name: n.clone(), ty: frame.def.vars[*v].ty.clone() });
            inner.env.insert(*v, Sym::Term(n.clone()));
        }
        let now: Vec<Sym> = names.iter().map(|n| Sym::Term(n.clone())).collect();
        let h = self.name("h");
        let count = head.inv.len();
        for i in 0..count {
            let p = match self.inv_prop(&head, i, &now, &frame) {
                Ok(p) => p,
                Err(d) => return self.fail(d),
            };
            let n = self.name("h");
            inner.ctx = inner.ctx.push(Entry::Hyp { name: n, prop: p, proof: format!("{h}{}", proj(i, count)) });
        }
        head.measure_now = match self.measure(&head, &now, &frame) {
            Ok(m) => m,
            Err(d) => return self.fail(d),
        };
        // As functions of the state, for the rule.
        let n = l.state.len();
        let comps: Vec<Sym> = (0..n).map(|i| Sym::Term(format!("s{}", proj(i, n)))).collect();
        let mut parts = vec![];
        for i in 0..count {
            match self.inv_prop(&head, i, &comps, &frame) {
                Ok(p) => parts.push(format!("({p})")),
                Err(d) => return self.fail(d),
            }
        }
        let inv_text = if parts.is_empty() { "True".into() } else { parts.join(" ∧ ") };
        let measure_text = match self.measure(&head, &comps, &frame) {
            Ok(m) => m.unwrap_or_else(|| "0".into()),
            Err(d) => return self.fail(d),
        };
        inner.loops.push(head);
        let step = self.code(&l.step, inner);
        let s_ty = crate::fir_to_lean::tuple_ty(
            self.prog,
            &l.state.iter().map(|v| frame.def.vars[*v].ty.clone()).collect::<Vec<_>>(),
        );
        let state = match names.as_slice() {
            [] => "_".to_string(),
            [one] => one.clone(),
            many => format!("(({}) : {s_ty})", many.join(", ")),
        };
        format!(
            "(Outcome.holds_bind (Harmonic.loop_holds (fun (s : {s_ty}) => {inv_text}) (fun (s : {s_ty}) => ({measure_text} : Int)) (fun {state} {h} => {step}) _ {entry}))"
        )
    }

    fn inv_prop(&self, head: &LoopHead<'a>, i: usize, state: &[Sym], frame: &Frame<'a>) -> Result<String, Diagnostic> {
        let mut at = frame.clone();
        at.env.extend(head.frame.env.iter().map(|(k, v)| (*k, v.clone())));
        at.env.extend(head.l.state.iter().copied().zip(state.iter().cloned()));
        let t = self.terms(&at);
        match head.inv[i].source {
            InvSource::Known(k) => Ok(match &head.l.known[k] {
                Known::Le(a, b) => format!("{} ≤ {}", t.iexpr(a), t.iexpr(b)),
                Known::LeOrEq(a, b, c) => {
                    format!("({} ≤ {} ∨ {} = {})", t.iexpr(a), t.iexpr(b), t.iexpr(a), t.iexpr(c))
                }
                Known::Eq(a, b) => format!("{} = {}", t.iexpr(a), t.iexpr(b)),
            }),
            InvSource::User(m) | InvSource::Needs(m, _) => {
                let spec = Spec::new(&t, frame_locals(self.prog, head.frame.def));
                let p = spec.prop(&head.l.spec.maintains[m], &spec.env(&head.l.scope))?;
                Ok(match head.inv[i].source {
                    InvSource::Needs(_, j) => p.needs.get(j).cloned().unwrap_or_else(|| "True".into()),
                    _ => p.it,
                })
            }
        }
    }

    fn invariants(&mut self, head: &LoopHead<'a>, state: &[Sym], frame: &Frame<'a>, when: &str) -> String {
        let mut parts = vec![];
        for i in 0..head.inv.len() {
            match self.inv_prop(head, i, state, frame) {
                Ok(p) => {
                    let kind = format!("{} {when}", head.inv[i].kind);
                    let l = self.leaf(frame, &p, &kind, head.inv[i].span);
                    parts.push(l);
                }
                Err(d) => return self.fail(d),
            }
        }
        conj(&parts)
    }

    fn measure(&self, head: &LoopHead<'a>, state: &[Sym], frame: &Frame<'a>) -> Result<Option<String>, Diagnostic> {
        let mut at = frame.clone();
        at.env.extend(head.frame.env.iter().map(|(k, v)| (*k, v.clone())));
        at.env.extend(head.l.state.iter().copied().zip(state.iter().cloned()));
        let t = self.terms(&at);
        match &head.l.spec.decreases {
            Some(e) => {
                let spec = Spec::new(&t, frame_locals(self.prog, head.frame.def));
                let w = spec.int(e, &spec.env(&head.l.scope))?;
                Ok(Some(w.it))
            }
            None => Ok(head.l.measure.as_ref().map(|m| t.iexpr(m))),
        }
    }
}

struct SeenNames<'s>(&'s mut HashMap<String, String>);
impl SeenNames<'_> {
    fn insert(&mut self, name: String) -> bool {
        self.0.insert(format!("name {name}"), String::new()).is_none()
    }
}

fn frame_locals<'a>(prog: &'a Program, def: &Def) -> &'a [crate::tir::Local] {
    &prog.functions[def.id.0].locals
}

fn terms_ty(prog: &Program, def: &Def, v: &Val) -> Ty {
    crate::tir_to_fir::val_ty(prog, &def.vars, v)
}

fn unfold(name: &str, args: &str, body: &str) -> String {
    format!("Harmonic.holds_of_eq ({name}.eq_1{args}) {body}")
}

/// `⟨a, b, c⟩`, or the one part, or the proof of `True`.
fn conj(parts: &[String]) -> String {
    match parts {
        [] => "trivial".into(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("(And.intro {first} {})", conj(rest)),
    }
}

/// The type of a rule's new variable, from its place in the result.
fn var_ty(name: &str, out: &Out, ty: &Ty) -> Option<Ty> {
    match (out, ty) {
        (Out::Var(n), t) if n == name => Some(t.clone()),
        (Out::Some(o) | Out::Ok(o), Ty::Adt(_, args)) => var_ty(name, o, args.first()?),
        (Out::Err(o), Ty::Adt(_, args)) => var_ty(name, o, args.get(1)?),
        (Out::Pair(a, b), Ty::Tuple(ts)) => var_ty(name, a, ts.first()?).or_else(|| var_ty(name, b, ts.get(1)?)),
        _ => None,
    }
}

#[allow(clippy::too_many_arguments)]
fn out_sym(
    out: &Out,
    ty: &Ty,
    names: &HashMap<String, (String, bool)>,
    args: &HashMap<&str, (Sym, Ty)>,
    shown: &HashMap<&str, (String, String)>,
    t: Option<IntTy>,
    look: &dyn Fn(&str, bool) -> Option<String>,
) -> Result<Sym, String> {
    let go = |o: &Out, ty: &Ty| out_sym(o, ty, names, args, shown, t, look);
    let arg = |i: usize| match ty {
        Ty::Adt(_, args) => args.get(i).cloned().unwrap_or(Ty::Never),
        Ty::Tuple(ts) => ts.get(i).cloned().unwrap_or(Ty::Never),
        _ => Ty::Never,
    };
    let targs = match ty {
        Ty::Adt(_, args) => args.clone(),
        _ => vec![],
    };
    Ok(match out {
        Out::Var(n) => match names.get(n) {
            Some((u, _)) => Sym::Term(u.clone()),
            None => match (args.get(n.as_str()), shown.get(n.as_str())) {
                (Some((s, _)), _) => s.clone(),
                (None, Some((term, _))) => Sym::Term(term.clone()),
                _ => return Err(format!("a rule's result names `{n}`, which is nothing")),
            },
        },
        Out::None => Sym::Ctor { adt: AdtId::OPTION, variant: 0, fields: vec![], args: targs },
        Out::Some(o) => Sym::Ctor { adt: AdtId::OPTION, variant: 1, fields: vec![go(o, &arg(0))?], args: targs },
        Out::Ok(o) => Sym::Ctor { adt: AdtId::RESULT, variant: 0, fields: vec![go(o, &arg(0))?], args: targs },
        Out::Err(o) => Sym::Ctor { adt: AdtId::RESULT, variant: 1, fields: vec![go(o, &arg(1))?], args: targs },
        Out::Pair(a, b) => Sym::Tuple(vec![go(a, &arg(0))?, go(b, &arg(1))?]),
        Out::Bool(b) => Sym::Bool(*b),
        Out::Unit => Sym::Tuple(vec![]),
        Out::Lit(n) => match (n.parse(), t) {
            (Ok(n), Some(t)) => Sym::Int(n, t),
            _ => return Err(format!("a rule's literal `{n}` is no number")),
        },
        Out::Term(template) => Sym::Term(format!("({})", fill(template, t, look)?)),
    })
}

/// Machine-integer terms that are no variables and occur in the text of a leaf outside its binders: elements of lists and
/// fields, whose bounds are facts. They are found by their form `….val[…]!.val`, with only names of the context in them.
fn int_terms(texts: &str, prog: &Program, frame: &Frame<'_>) -> Vec<(String, IntTy)> {
    let mut out: Vec<(String, IntTy)> = vec![];
    let list_vars: Vec<(&String, IntTy)> = frame
        .ctx
        .list()
        .into_iter()
        .filter_map(|e| match e {
            Entry::Var { name, ty } => match element(ty) {
                Some(Ty::Int(t)) => Some((name, t)),
                _ => None,
            },
            Entry::Hyp { .. } => None,
        })
        .collect();
    let _ = prog;
    for (name, t) in list_vars {
        let head = format!("{name}.val[");
        let mut rest = texts;
        while let Some(at) = rest.find(&head) {
            let before_ok = at == 0 || !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
            let tail = &rest[at..];
            let Some(end) = tail.find("]!") else { break };
            let term = &tail[..end + 2];
            rest = &tail[head.len()..];
            // Bound variables of quantifiers start with `q`; nested indices are left alone.
            let bound = term[head.len()..]
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|w| w.starts_with('q') && w.contains('_'));
            if before_ok
                && !bound
                && !term[head.len()..].contains('[')
                && out.iter().all(|(o, _)| o != &format!("({term})"))
            {
                out.push((format!("({term})"), t));
            }
        }
    }
    out
}
