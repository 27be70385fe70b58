//! Loops: invariants on entry and after each round, the measure, and the rule that joins them.

use std::rc::Rc;

use super::statement::TypeFacts;
use super::{Entry, Frame, Inv, InvSource, LoopHead, Vcg, conj, frame_locals};
use crate::diagnostic::Diagnostic;
use crate::fir::{Known, Loop};
use crate::spec_to_lean::Spec;
use crate::terms::{Sym, proj};

impl<'a> Vcg<'a> {
    pub(super) fn enter_loop(&mut self, l: &'a Loop, frame: Frame<'a>) -> String {
        let init = self.arg_syms(&frame, &l.init);
        let mut inv = vec![];
        for i in 0..l.known.len() {
            inv.push(Inv {
                kind: "what is known of this loop's counter or lengths".into(),
                span: l.span,
                source: InvSource::Known(i),
            });
        }
        {
            let t = self.terms(&frame);
            for (i, (v, sym)) in l.state.iter().zip(&init).enumerate() {
                match TypeFacts::new(&t, false, l.span).of(sym, &frame.def.vars[*v].ty) {
                    Ok(facts) => inv.extend((0..facts.len()).map(|j| Inv {
                        kind: "what is known of this loop's counter or lengths".into(),
                        span: l.span,
                        source: InvSource::Types(i, j),
                    })),
                    Err(d) => return self.fail(d),
                }
            }
        }
        // As functions of the state, for the rule.
        let n = l.state.len();
        let comps: Vec<Sym> = (0..n).map(|i| Sym::Term(format!("s{}", proj(i, n)))).collect();
        // How many conditions each user invariant needs is the same at every place, and those that hold by their form are
        // those that do so in any state.
        {
            let mut anywhere = frame.clone();
            anywhere.env.extend(l.state.iter().copied().zip(comps.iter().cloned()));
            let t = self.terms(&anywhere);
            let spec = Spec::new(&t, frame_locals(self.prog, frame.def));
            let env = spec.env(&l.scope);
            for (i, m) in l.spec.maintains.iter().enumerate() {
                match spec.prop(m, &env) {
                    Ok(p) => {
                        for j in (0..p.needs.len()).filter(|j| !crate::words::obvious(&p.needs[*j])) {
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
                    Err(_) if l.spec.implied => {}
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
            InvSource::Types(v, j) => {
                let ty = &frame.def.vars[head.l.state[v]].ty;
                let facts = TypeFacts::new(&t, false, head.l.span).of(&state[v], ty)?;
                Ok(facts.into_iter().nth(j).map_or_else(|| "True".into(), |c| c.prop))
            }
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

    pub(super) fn invariants(&mut self, head: &LoopHead<'a>, state: &[Sym], frame: &Frame<'a>, when: &str) -> String {
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

    pub(super) fn measure(
        &self,
        head: &LoopHead<'a>,
        state: &[Sym],
        frame: &Frame<'a>,
    ) -> Result<Option<String>, Diagnostic> {
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
