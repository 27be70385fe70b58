//! Operations of the support library: their obligations, and the ways they come out.

use std::collections::HashMap;

use super::{Entry, Frame, Vcg, terms_ty};
use crate::fir::{Arg, Code, Op};
use crate::rules::{self, Out};
use crate::terms::{Sym, fill};
use crate::tir::{AdtId, IntTy, Ty};
use crate::tir_to_fir::refuse;

impl<'a> Vcg<'a> {
    pub(super) fn op(&mut self, op: &'a Op, next: &'a Code, mut frame: Frame<'a>) -> String {
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
        for case in &rule.cases {
            let mut inner = frame.clone();
            let mut names: HashMap<String, (String, bool)> = HashMap::new();
            let mut binder = String::new();
            for (v, kind) in &case.vars {
                let unique = if case.vars.len() == 1 && rule.cases.len() == 1 && frame.depth == 0 && !self.used(&base) {
                    base.clone()
                } else {
                    self.name(&format!("{base}_"))
                };
                let math = (kind == "math").then_some(Ty::Math);
                let ty = var_ty(v, &case.result, &dst_ty).or_else(|| payload(v, &case.facts, &arg_syms)).or(math);
                let Some(ty) = ty else {
                    return self.fail(refuse(
                        "H0607",
                        format!("`{}` does not tell the type of `{v}`", op.key),
                        op.span,
                    ));
                };
                inner.ctx = inner.ctx.push(Entry::Var { name: unique.clone(), ty });
                binder.push_str(&format!(" {unique}"));
                names.insert(v.clone(), (unique, kind.starts_with("int")));
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
            proof.push_str(&if binder.is_empty() { format!(" {g}") } else { format!(" (fun{binder} => {g})") });
        }
        frame.env.clear();
        format!("(Outcome.holds_bind ({proof}))")
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

/// The type of a rule's new variable that a fact says to be the payload of an argument: `{o} = some {y!}`.
fn payload(name: &str, facts: &[String], args: &HashMap<&str, (Sym, Ty)>) -> Option<Ty> {
    facts.iter().find_map(|fact| {
        let (arg, ctor) = fact.strip_prefix('{')?.split_once("} = ")?;
        let at = match ctor.strip_suffix(&format!(" {{{name}!}}"))? {
            "some" | "Result.ok" => 0,
            "Result.err" => 1,
            _ => return None,
        };
        match &args.get(arg)?.1 {
            Ty::Adt(_, types) => types.get(at).cloned(),
            _ => None,
        }
    })
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
