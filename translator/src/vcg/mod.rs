//! Symbolic execution of the functional IR: the obligations of a function, and the glue that makes them its theorem.
//!
//! The glue is a proof term that mirrors the program, rule by rule; at every place that may go wrong it names a leaf.
//! Each leaf is stated in the whole context of its place: the variables and the facts that the path has brought.

mod leaf;
mod loops;
pub(crate) mod measure;
mod ops;
mod recursion;
mod statement;

use std::collections::HashMap;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::fir::*;
use crate::span::Span;
use crate::spec_to_lean::{Env as SpecEnv, Spec};
use crate::terms::{Met, Sym, Terms, elim_name, fn_name, own_type_arguments, proj, type_arguments};
use crate::tir::{AdtId, FnId, Function, Program, Ty};
use crate::tir_to_fir::{calls_unsupported, refuse, value_ty};
use crate::unit::Obligation;
use crate::words::Names;
use recursion::Circle;
use statement::{Condition, Exit, Stated, postconditions, preconditions, statement};

/// Paths after which a function is given up: the way out is a spec on a part of it.
const MAX_LEAVES: usize = 4000;
/// Bytes of statements after which it is given up, those that come up again included: paths through functions that are written out
/// multiply, though what is to be proved on them may be the same.
const MAX_TEXT: usize = 16 << 20;

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
    /// Whether its definition is one of a recursion, in which join points are written out.
    recursive: bool,
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
    /// What the type of a component of the state says (lengths of arrays), by the fact's number.
    Types(usize, usize),
}

/// Whether a chain of calls leads from a function back to it.
fn reaches_itself(defs: &[Option<Def>], of: FnId) -> bool {
    let calls = |f: FnId| defs.get(f.0).and_then(Option::as_ref).map_or(&[][..], |d| &d.calls);
    let mut seen = vec![];
    let mut open = calls(of).to_vec();
    while let Some(f) = open.pop() {
        if f == of {
            return true;
        }
        if !seen.contains(&f) {
            seen.push(f);
            open.extend(calls(f));
        }
    }
    false
}

/// The statement of a function and how it is proved.
pub(crate) struct Outcome {
    pub obligations: Vec<Obligation>,
    /// The theorems, of the functions of a circle of calls together. All obligations are those of the first.
    pub theorems: Vec<(FnId, String)>,
}

pub(crate) struct Vcg<'a> {
    prog: &'a Program,
    defs: &'a [Option<Def>],
    f: &'a Function,
    def: &'a Def,
    circle: Circle,
    name: String,
    obligations: Vec<Obligation>,
    seen: HashMap<String, String>,
    /// Bytes of statements so far.
    stated: usize,
    fresh: usize,
    errors: Vec<Diagnostic>,
    entry: SpecEnv,
    captured: SpecEnv,
    post_stated: Stated,
    met: Met,
    names: &'a Names,
    /// Which call a variable is the result of, as a term.
    calls: HashMap<String, String>,
}

impl<'a> Vcg<'a> {
    /// Executes a function symbolically; with it those of its circle of calls, if it is in one.
    pub(crate) fn run(
        prog: &'a Program,
        defs: &'a [Option<Def>],
        def: &'a Def,
        circle: &[FnId],
        names: &'a Names,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let f = &prog.functions[def.id.0];
        let met = Met::default();
        let st = statement(prog, def, &met).map_err(|d| vec![d])?;
        let name = fn_name(&f.path);
        let mut v = Vcg {
            prog,
            defs,
            f,
            def,
            circle: Circle::default(),
            name: name.clone(),
            obligations: vec![],
            seen: HashMap::new(),
            stated: 0,
            fresh: 0,
            errors: vec![],
            entry: st.entry.clone(),
            captured: st.captured.clone(),
            post_stated: st.post_stated.clone(),
            met,
            names,
            calls: HashMap::new(),
        };
        let theorems = if circle.is_empty() {
            let pre: String = st.pre.iter().map(|(n, p)| format!(" ({n} : {p})")).collect();
            let args: String = st.params.iter().map(|(n, _)| format!(" {n}")).collect();
            let types = own_type_arguments(prog, f);
            let goal = format!("({name}{types}{args}).holds ({})", st.post);
            let proof = match f.trusted {
                // The prover states it as an axiom. As a theorem it would not be accepted.
                true => "by fail \"taken on faith\"".to_owned(),
                false => {
                    let body = v.code(&def.code, Frame::of_function(def, &st, false));
                    unfold(&name, &(types + &args), &body)
                }
            };
            vec![(def.id, format!("theorem {name}.spec{}{pre} :\n    {goal} :=\n  {proof}\n", st.binders))]
        } else {
            v.circle(circle).and_then(|()| v.recursive_theorems()).map_err(|d| vec![d])?
        };
        if !v.errors.is_empty() {
            return Err(v.errors);
        }
        Ok(Outcome { obligations: v.obligations, theorems })
    }

    fn name(&mut self, base: &str) -> String {
        self.fresh += 1;
        format!("{base}{}", self.fresh)
    }

    fn terms(&self, frame: &Frame<'a>) -> Terms<'a> {
        Terms { prog: self.prog, vars: &frame.def.vars, env: frame.env.clone(), met: self.met.clone() }
    }

    fn fail(&mut self, d: Diagnostic) -> String {
        self.errors.push(d);
        "sorry_is_refused".into()
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
                        let exit = Exit {
                            entry: &self.entry,
                            captured: &self.captured,
                            result: &result,
                            ret: &self.def.ret,
                            muts: &self.def.muts,
                        };
                        let posts = match postconditions(&spec, self.f, &exit) {
                            Ok(p) => self.post_stated.among(p),
                            Err(d) => return self.fail(d),
                        };
                        let parts: Vec<String> =
                            posts.iter().map(|c| self.leaf(&frame, &c.prop, &c.what, c.span)).collect();
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
            Code::Call(dst, f, types, args, span, next) => self.call(*dst, (*f, types), args, *span, next, frame),
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
                let recursive = frame.recursive;
                frame.joins.insert(*j, (params, body));
                let g = self.code(next, frame);
                if recursive { g } else { format!("(Harmonic.join_holds {g})") }
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
        (g, types): (FnId, &[Ty]),
        args: &'a [Val],
        span: Span,
        next: &'a Code,
        frame: Frame<'a>,
    ) -> String {
        let callee = &self.prog.functions[g.0];
        let types = type_arguments(self.prog, callee, types);
        let terms = self.terms(&frame);
        let tys: Vec<Ty> = args.iter().map(|a| terms_ty(self.prog, frame.def, a)).collect();
        let syms: Vec<Sym> = args.iter().map(|a| terms.sym(a)).collect();
        let recursive_call = self.circle.has_theorem(g);
        let in_circle = self.circle.all.contains(&g);
        if callee.spec.is_none() {
            let Some(Some(def)) = self.defs.get(g.0) else {
                return self.fail(calls_unsupported(&callee.path, span));
            };
            // (Whether this call comes back to it or not: a definition by recursion has no rule to write it out by.)
            let recursive = !in_circle && reaches_itself(self.defs, g);
            if recursive || frame.depth > 20 || Self::within(&frame, g) {
                return self.fail(refuse(
                    "H0608",
                    format!(
                        "`{}` has no spec and is recursive, or the calls are nested too deeply: give it a spec",
                        callee.path
                    ),
                    span,
                ));
            }
            let arg_text: String = syms.iter().zip(&tys).map(|(s, t)| format!(" {}", terms.term(s, t))).collect();
            let inner = Frame {
                def,
                recursive: in_circle,
                env: def.params.iter().copied().zip(syms).collect(),
                ctx: frame.ctx.clone(),
                joins: HashMap::new(),
                loops: vec![],
                depth: frame.depth + 1,
                ret: Return::Inlined { dst, next, frame: Rc::new(frame) },
            };
            let body = self.code(&def.code, inner);
            let name = fn_name(&callee.path);
            // A definition by recursion unfolds by its equation only.
            let proof = if in_circle {
                unfold(&name, &(types + &arg_text), &body)
            } else {
                format!("{name}.unfold_holds {body}")
            };
            return format!("(Outcome.holds_bind ({proof}))");
        }
        let Some(Some(def)) = self.defs.get(g.0) else {
            return self.fail(calls_unsupported(&callee.path, span));
        };
        // The callee's precondition at these arguments.
        let spec = Spec::new(&terms, &callee.locals);
        let entry: SpecEnv = callee.params.iter().map(|p| p.0).zip(syms.iter().cloned()).collect();
        let params: Vec<(Sym, Ty)> =
            syms.iter().cloned().zip(callee.params.iter().map(|p| value_ty(&callee.locals[p.0].ty))).collect();
        // As the callee's theorem states it.
        let st = match statement(self.prog, def, &Met::default()) {
            Ok(st) => st,
            Err(d) => return self.fail(d),
        };
        let pre = match preconditions(&spec, callee, &entry, &params) {
            Ok(p) => st.pre_stated.among(p),
            Err(d) => return self.fail(d),
        };
        let arg_text: String = syms.iter().zip(&tys).map(|(s, t)| format!(" {}", terms.term(s, t))).collect();
        let mut reqs = String::new();
        for Condition { prop, what, .. } in &pre {
            let l = self.leaf(&frame, prop, what, span);
            reqs.push_str(&format!(" {l}"));
        }
        let r = self.name("r");
        let h = self.name("h");
        if def.muts.is_empty() {
            self.calls.insert(r.clone(), format!("({}{arg_text})", fn_name(&callee.path)));
        }
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
        let exit = Exit { entry: &entry, captured: &captured, result: &result, ret: &ret_ty, muts: &def.muts };
        let posts = match postconditions(&spec, callee, &exit) {
            Ok(p) => st.post_stated.among(p),
            Err(d) => return self.fail(d),
        };
        for (i, c) in posts.iter().enumerate() {
            let name = self.name("h");
            let proof = format!("{h}{}", proj(i, posts.len()));
            inner.ctx = inner.ctx.push(Entry::Hyp { name, prop: c.prop.clone(), proof });
        }
        inner.env.insert(dst, result);
        let theorem = if recursive_call {
            match self.induction(g, &params, &arg_text, &reqs, &frame, span) {
                Ok(text) => text,
                Err(d) => return self.fail(d),
            }
        } else {
            format!("{}.spec{types}{arg_text}{reqs}", fn_name(&callee.path))
        };
        let g = self.code(next, inner);
        format!("(Outcome.holds_bind (Outcome.holds_mono ({theorem}) (fun {r} {h} => {g})))")
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
