//! Recursion: the functions of a circle of calls, what gets smaller from call to call, and theorems by induction on it.

use super::measure::{Shape, shapes};
use super::statement::{Statement, statement};
use super::{Entry, Frame, Return, Vcg, conj, unfold};
use crate::diagnostic::Diagnostic;
use crate::fir::Def;
use crate::span::Span;
use crate::terms::{Sym, Terms, fn_name, own_type_arguments, proj, ty_text};
use crate::tir::{FnId, Ty};
use crate::tir_to_fir::{calls_unsupported, element, refuse};

/// A circle of calls.
#[derive(Clone, Default)]
pub(super) struct Circle {
    /// All functions in it.
    pub all: Vec<FnId>,
    /// Those that have a theorem.
    members: Vec<Member>,
    /// Ranks are below this.
    ranks: usize,
}

/// A function of a circle with what gets smaller.
#[derive(Clone)]
struct Member {
    id: FnId,
    shape: Shape,
    rank: usize,
}

/// What a member claims.
struct Claim<'a> {
    def: &'a Def,
    st: Statement,
    name: String,
    types: String,
    args: String,
    goal: String,
    measure: String,
}

impl Circle {
    fn index(&self, id: FnId) -> Option<usize> {
        self.members.iter().position(|m| m.id == id)
    }
    pub(super) fn has_theorem(&self, id: FnId) -> bool {
        self.index(id).is_some()
    }
}

impl<'a> Vcg<'a> {
    /// Sets out a circle: measures for its functions with a spec.
    pub(super) fn circle(&mut self, all: &[FnId]) -> Result<(), Diagnostic> {
        self.circle = Circle { all: all.to_vec(), members: vec![], ranks: 1 };
        for (id, guess) in all.iter().zip(shapes(self.prog, all)) {
            let f = &self.prog.functions[id.0];
            if f.spec.is_none() {
                continue;
            }
            let Some((shape, rank)) = guess else {
                return Err(refuse(
                    "H0604",
                    "no measure was found for this recursion: no integer, list or value of a recursive type gets smaller in its calls",
                    f.sig_span,
                ));
            };
            self.circle.ranks = self.circle.ranks.max(rank + 1);
            self.circle.members.push(Member { id: *id, shape, rank });
        }
        Ok(())
    }

    /// The measure of a member at arguments.
    fn measure_of(&self, id: FnId, args: &[(Sym, Ty)], terms: &Terms<'a>) -> Option<String> {
        let member = &self.circle.members[self.circle.index(id)?];
        let size = |i: usize| {
            let (sym, ty) = args.get(i)?;
            match ty {
                Ty::Int(_) => Some(terms.int(sym, ty)),
                ty if element(ty).is_some() => Some(terms.len(sym, ty)),
                ty if self.prog.is_built_of_itself(ty) => Some(terms.size(sym, ty)),
                _ => None,
            }
        };
        let size = match member.shape {
            Shape::Param(i) => size(i)?,
            Shape::Left { list, at } => format!("({} - {})", size(list)?, size(at)?),
        };
        Some(match self.circle.ranks {
            1 => size,
            n => format!("({n} * {size} + {})", member.rank),
        })
    }

    /// The obligations and the theorems of the circle's members.
    pub(super) fn recursive_theorems(&mut self) -> Result<Vec<(FnId, String)>, Diagnostic> {
        let claims = self.circle.members.clone().iter().map(|m| self.claim(m.id)).collect::<Result<Vec<_>, _>>()?;
        let mut bodies = vec![];
        for claim in &claims {
            bodies.push(self.recursive_body(claim));
        }
        let forall = |c: &Claim<'_>| -> String {
            c.st.params.iter().map(|(n, t)| format!(" ({n} : {})", ty_text(self.prog, t))).collect()
        };
        let pres = |c: &Claim<'_>| -> String { c.st.pre.iter().map(|(n, p)| format!("({n} : {p}) → ")).collect() };
        let pre_names = |c: &Claim<'_>| -> String { c.st.pre.iter().map(|(n, _)| format!(" {n}")).collect() };
        if let ([c], [body]) = (claims.as_slice(), bodies.as_slice()) {
            // Induction on the measure, with everything the statement quantifies over generalised.
            let (forall, pres, pre_names) = (forall(c), pres(c), pre_names(c));
            let generics = crate::fir_to_lean::generics(self.f);
            let Claim { name, types, args, goal, measure, .. } = c;
            let text = format!(
                "theorem {name}.spec{generics} :\n    ∀{forall}, {pres}{goal} := by\n  intro{args}{pre_names}\n  generalize hm : ({measure} + 1).toNat = m\n  induction m using Nat.strongRecOn generalizing{args} with\n  | _ m ih =>\n    exact {}\n",
                unfold(name, &format!("{types}{args}"), body)
            );
            return Ok(vec![(c.def.id, text)]);
        }
        // One induction for all: what holds of every member at smaller measures holds of each at this one.
        let binder = |s: String| if s.is_empty() { s } else { format!("∀{s}, ") };
        let parts: Vec<String> = claims
            .iter()
            .map(|c| format!("({}{}({} + 1).toNat = m → {})", binder(forall(c)), pres(c), c.measure, c.goal))
            .collect();
        let proofs: Vec<String> = claims
            .iter()
            .zip(&bodies)
            .map(|(c, body)| {
                format!(
                    "(fun{}{} hm => {})",
                    c.args,
                    pre_names(c),
                    unfold(&c.name, &format!("{}{}", c.types, c.args), body)
                )
            })
            .collect();
        let circle = format!("{}.circle", self.name);
        let joint = format!(
            "theorem {circle} : ∀ (m : Nat), {} := by\n  intro m\n  induction m using Nat.strongRecOn with\n  | _ m ih =>\n    exact {}\n",
            parts.join(" ∧ "),
            conj(&proofs)
        );
        let mut out = vec![];
        for (i, c) in claims.iter().enumerate() {
            let pre: String = c.st.pre.iter().map(|(n, p)| format!(" ({n} : {p})")).collect();
            let mut text = format!(
                "theorem {}.spec{}{pre} :\n    {} :=\n  ({circle} (({} + 1).toNat)){}{}{} rfl\n",
                c.name,
                c.st.binders,
                c.goal,
                c.measure,
                proj(i, claims.len()),
                c.args,
                pre_names(c)
            );
            if c.def.id == self.def.id {
                text = format!("{joint}{text}");
            }
            out.push((c.def.id, text));
        }
        Ok(out)
    }

    fn claim(&self, id: FnId) -> Result<Claim<'a>, Diagnostic> {
        let f = &self.prog.functions[id.0];
        let Some(Some(def)) = self.defs.get(id.0) else {
            return Err(calls_unsupported(&f.path, f.sig_span));
        };
        let st = statement(self.prog, def, &self.met)?;
        let name = fn_name(&f.path);
        let args: String = st.params.iter().map(|(n, _)| format!(" {n}")).collect();
        let types = own_type_arguments(self.prog, f);
        let goal = format!("({name}{types}{args}).holds ({})", st.post);
        let own: Vec<(Sym, Ty)> = st.params.iter().map(|(n, t)| (Sym::Term(n.clone()), t.clone())).collect();
        let terms = Terms { met: self.met.clone(), ..Terms::new(self.prog, &def.vars) };
        let Some(measure) = self.measure_of(id, &own, &terms) else {
            return Err(refuse("H0604", "a recursion without a measure", f.sig_span));
        };
        Ok(Claim { def, st, name, types, args, goal, measure })
    }

    /// The proof of a member's body, which may use the induction hypothesis.
    fn recursive_body(&mut self, claim: &Claim<'a>) -> String {
        let (f, def) = (self.f, self.def);
        self.f = &self.prog.functions[claim.def.id.0];
        self.def = claim.def;
        self.entry = claim.st.entry.clone();
        self.captured = claim.st.captured.clone();
        self.post_stated = claim.st.post_stated.clone();
        let frame = Frame::of_function(claim.def, &claim.st, true);
        let body = self.code(&claim.def.code, frame);
        (self.f, self.def) = (f, def);
        body
    }

    /// The induction hypothesis at the arguments of a recursive call, up to the callee's preconditions.
    pub(super) fn induction(
        &mut self,
        callee: FnId,
        args: &[(Sym, Ty)],
        arg_text: &str,
        reqs: &str,
        frame: &Frame<'a>,
        span: Span,
    ) -> Result<String, Diagnostic> {
        let none = || refuse("H0604", "a recursion without a measure", span);
        let own: Vec<(Sym, Ty)> = self
            .def
            .params
            .iter()
            .map(|v| (Sym::Term(self.def.vars[*v].name.clone()), self.def.vars[*v].ty.clone()))
            .collect();
        let here = Terms { met: self.met.clone(), ..Terms::new(self.prog, &self.def.vars) };
        let now = self.measure_of(self.def.id, &own, &here).ok_or_else(none)?;
        let then = self.measure_of(callee, args, &self.terms(frame)).ok_or_else(none)?;
        let (index, n) = (self.circle.index(callee).ok_or_else(none)?, self.circle.members.len());
        let a = self.leaf(frame, &format!("0 ≤ {now}"), "this recursion's measure may be negative", span);
        let b = self.leaf(frame, &format!("{then} < {now}"), "this recursive call may not decrease the measure", span);
        if n == 1 {
            return Ok(format!("ih _ (hm ▸ Harmonic.measure_lt {a} {b}){arg_text}{reqs} rfl"));
        }
        let smaller = format!("(ih (({then} + 1).toNat) (hm ▸ Harmonic.measure_lt {a} {b}))");
        Ok(format!("{smaller}{}{arg_text}{reqs} rfl", proj(index, n)))
    }

    /// Whether a function is being written out in place already, around this place.
    pub(super) fn within(frame: &Frame<'a>, id: FnId) -> bool {
        frame.def.id == id
            || match &frame.ret {
                Return::Inlined { frame, .. } => Self::within(frame, id),
                Return::Ensures => false,
            }
    }
}

impl<'a> Frame<'a> {
    /// The start of a function: its parameters, and what it may assume.
    pub(super) fn of_function(def: &'a Def, st: &Statement, recursive: bool) -> Self {
        let mut ctx = super::Ctx::default();
        for (n, t) in &st.params {
            ctx = ctx.push(Entry::Var { name: n.clone(), ty: t.clone() });
        }
        for (n, p) in &st.pre {
            ctx = ctx.push(Entry::Hyp { name: n.clone(), prop: p.clone(), proof: n.clone() });
        }
        Frame {
            def,
            env: Default::default(),
            ctx,
            joins: Default::default(),
            loops: vec![],
            ret: Return::Ensures,
            depth: 0,
            recursive,
        }
    }
}
