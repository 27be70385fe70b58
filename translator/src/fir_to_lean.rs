//! Prints a function's definition.

use std::collections::HashMap;

use crate::fir::*;
use crate::rules;
use crate::terms::{Sym, Terms, elim_name, fn_name, int_name, proj, ty_text, type_arguments};
use crate::tir::{Program, Ty};

/// What a computation ends with: the function's result, or a round of a loop.
struct Printer<'a> {
    terms: Terms<'a>,
    prog: &'a Program,
    joins: HashMap<Join, (Vec<Var>, Code)>,
    /// Join points are written out where they are jumped to (in recursive functions, for `partial_fixpoint`).
    inline: bool,
    exits: Vec<Vec<Vec<Ty>>>,
    /// What the innermost code computes, as a Lean type: the function's result, or a step of a loop.
    results: Vec<String>,
    /// Loops so far: their states and exits are `s0`, `e0`, `s1`, …
    loops: usize,
    error: Option<String>,
}

/// Lean text of a definition; an error says which operation has no rule.
pub(crate) fn definition(prog: &Program, def: &Def, recursive: bool) -> Result<String, String> {
    let f = &prog.functions[def.id.0];
    let mut p = Printer {
        terms: Terms::new(prog, &def.vars),
        prog,
        joins: HashMap::new(),
        inline: recursive,
        exits: vec![],
        results: vec![ty_text(prog, &def.ret)],
        loops: 0,
        error: None,
    };
    let params: String =
        def.params.iter().map(|v| format!(" ({} : {})", def.vars[*v].name, ty_text(prog, &def.vars[*v].ty))).collect();
    let ans = format!("Outcome {}", ty_text(prog, &def.ret));
    if f.trusted {
        // Nothing is known of it but what its spec says.
        return Ok(format!("opaque {}{}{params} : {ans}\n", fn_name(&f.path), generics(f)));
    }
    let body = p.code(&def.code, &def.ret, 1);
    if let Some(e) = p.error {
        return Err(e);
    }
    let end = if recursive { "\npartial_fixpoint" } else { "" };
    Ok(format!("def {}{}{params} : {ans} :=\n  {body}{end}\n", fn_name(&f.path), generics(f)))
}

/// Binders of a function's type parameters, with what their bounds give.
pub(crate) fn generics(f: &crate::tir::Function) -> String {
    let mut out = String::new();
    for g in &f.generics {
        out.push_str(&format!(" {{P_{g} : Type}} [Inhabited P_{g}] [DecidableEq P_{g}]"));
        if f.ordered.contains(g) {
            for class in ["LE", "LT", "DecidableLE", "DecidableLT", "Std.IsLinearOrder", "Std.LawfulOrderLT"] {
                out.push_str(&format!(" [{class} P_{g}]"));
            }
        }
    }
    out
}

impl Printer<'_> {
    fn lambda(&self, vars: &[Var]) -> String {
        if vars.is_empty() {
            return "(_ : Unit)".into();
        }
        vars.iter()
            .map(|v| format!("({} : {})", self.terms.vars[*v].name, ty_text(self.prog, &self.terms.vars[*v].ty)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn val(&self, v: &Val, ty: &Ty) -> String {
        self.terms.term(&self.terms.sym(v), ty)
    }

    fn code(&mut self, c: &Code, ret: &Ty, ind: usize) -> String {
        let nl = format!("\n{}", "  ".repeat(ind));
        match c {
            Code::Ret(v) => format!("Outcome.ok {}", self.val(v, ret)),
            // Nothing else may tell its type, where a join point does no more than panic.
            Code::Panic(..) => format!("(Outcome.panic : Outcome {})", self.results.last().map_or("_", String::as_str)),
            Code::Op(op, next) => {
                let call = match op_call(&self.terms, op) {
                    Ok(c) => c,
                    Err(e) => {
                        self.error = Some(e);
                        String::new()
                    }
                };
                let next = self.code(next, ret, ind);
                let dst = &self.terms.vars[op.dst];
                // An empty list: nothing of it tells its type, and not all uses do.
                let name = match call.contains(' ') {
                    true => dst.name.clone(),
                    false => format!("({} : {})", dst.name, ty_text(self.prog, &dst.ty)),
                };
                format!("Outcome.bind ({call}) fun {name} =>{nl}{next}")
            }
            Code::Call(dst, f, types, args, _, next) => {
                let callee = &self.prog.functions[f.0];
                let args: String = args
                    .iter()
                    .zip(&callee.params)
                    .map(|(a, p)| format!(" {}", self.val(a, &crate::tir_to_fir::value_ty(&callee.locals[p.0].ty))))
                    .collect();
                let next = self.code(next, ret, ind);
                format!(
                    "Outcome.bind ({}{}{args}) fun {} =>{nl}{next}",
                    fn_name(&callee.path),
                    type_arguments(self.prog, callee, types),
                    self.terms.vars[*dst].name
                )
            }
            Code::If(cond, t, e) => {
                let c = self.terms.cond(cond);
                let (t, e) = (self.code(t, ret, ind + 1), self.code(e, ret, ind + 1));
                format!("if {c} then{nl}  {t}{nl}else{nl}  {e}")
            }
            Code::Case(v, adt, arms) => {
                let ty = crate::tir_to_fir::val_ty(self.prog, self.terms.vars, v);
                let mut out = format!("{} {}", elim_name(self.prog, *adt), self.val(v, &ty));
                for (vars, code) in arms {
                    let l = self.lambda(vars);
                    let code = self.code(code, ret, ind + 2);
                    out.push_str(&format!("{nl}  (fun {l} =>{nl}    {code})"));
                }
                out
            }
            Code::LetJoin(j, params, body, next) => {
                if self.inline {
                    self.joins.insert(*j, (params.clone(), (**body).clone()));
                    return self.code(next, ret, ind);
                }
                let l = self.lambda(params);
                let body = self.code(body, ret, ind + 1);
                let next = self.code(next, ret, ind);
                // Where nothing goes on with it, nothing else tells its type.
                let body = match next.contains(&format!("j{j} ")) {
                    true => body,
                    false => format!("({body} : Outcome {})", self.results.last().map_or("_", String::as_str)),
                };
                format!("Harmonic.join (fun {l} =>{nl}  {body}) fun j{j} =>{nl}{next}")
            }
            Code::Jump(j, args) => {
                if self.inline {
                    let Some((params, body)) = self.joins.get(j).cloned() else { return "Outcome.panic".into() };
                    let syms: Vec<Sym> = args.iter().map(|a| self.terms.sym(a)).collect();
                    for (p, s) in params.iter().zip(syms) {
                        self.terms.env.insert(*p, s);
                    }
                    return self.code(&body, ret, ind);
                }
                let args: String = args
                    .iter()
                    .map(|a| {
                        let ty = crate::tir_to_fir::val_ty(self.prog, self.terms.vars, a);
                        format!(" {}", self.val(a, &ty))
                    })
                    .collect();
                format!("j{j}{}", if args.is_empty() { " ()".into() } else { args })
            }
            Code::Next(args) => format!("Outcome.ok (Step.next {})", self.tuple_args(args)),
            Code::Done(k, vals) => {
                let (n, tys) = match self.exits.last() {
                    Some(e) => (e.len(), e[*k].clone()),
                    None => (1, vec![]),
                };
                let vals: Vec<String> = vals.iter().zip(&tys).map(|(v, t)| self.val(v, t)).collect();
                format!("Outcome.ok (Step.done {})", inject(*k, n, &tuple(&vals)))
            }
            Code::Loop(l) => {
                let exits: Vec<Vec<Ty>> =
                    l.exits.iter().map(|(ps, _)| ps.iter().map(|p| self.terms.vars[*p].ty.clone()).collect()).collect();
                let state: Vec<Ty> = l.state.iter().map(|v| self.terms.vars[*v].ty.clone()).collect();
                let (s_ty, e_ty) = (tuple_ty(self.prog, &state), exits_ty(self.prog, &exits));
                self.exits.push(exits);
                let k = self.loops;
                self.loops += 1;
                for (i, v) in l.state.iter().enumerate() {
                    self.terms.env.insert(*v, Sym::Term(format!("s{k}{}", proj(i, state.len()))));
                }
                self.results.push(format!("(Step ({s_ty}) ({e_ty}))"));
                let step = self.code(&l.step, ret, ind + 2);
                self.results.pop();
                self.exits.pop();
                let init = self.tuple_args(&l.init);
                let after = self.exit_code(&l.exits, ret, ind, k);
                format!(
                    "Outcome.bind (Harmonic.loop (σ := {s_ty}) (ρ := {e_ty}) (fun s{k} =>{nl}    {step}) {init}) fun e{k} =>{nl}{after}"
                )
            }
        }
    }

    fn exit_code(&mut self, exits: &[(Vec<Var>, Code)], ret: &Ty, ind: usize, k: usize) -> String {
        let nl = format!("\n{}", "  ".repeat(ind));
        let one = |p: &mut Self, (params, code): &(Vec<Var>, Code), ind: usize| {
            for (i, v) in params.iter().enumerate() {
                p.terms.env.insert(*v, Sym::Term(format!("e{k}{}", proj(i, params.len()))));
            }
            p.code(code, ret, ind)
        };
        let Some((first, rest)) = exits.split_first() else { return "Outcome.panic".into() };
        if rest.is_empty() {
            return one(self, first, ind);
        }
        let a = one(self, first, ind);
        let b = self.exit_code(rest, ret, ind, k);
        format!("Harmonic.exitElim e{k} (fun e{k} =>{nl}{a}) (fun e{k} =>{nl}{b})")
    }

    fn tuple_args(&self, args: &[Arg]) -> String {
        tuple(&args.iter().map(|a| self.terms.arg(a).0).collect::<Vec<_>>())
    }
}

/// `D t a b` of an operation.
pub(crate) fn op_call(terms: &Terms<'_>, op: &Op) -> Result<String, String> {
    let rule = rules::rule(&op.key, op.ty.map(|t| t.signed()))
        .ok_or_else(|| format!("`{}` has no rule in the support library", op.key))?;
    let mut out = format!("Harmonic.{}", rule.def);
    let mut args = op.args.iter();
    for name in &rule.args {
        if name == "t" {
            out.push_str(&format!(" {}", op.ty.map_or_else(|| ".usize".into(), int_name)));
        } else {
            let Some(a) = args.next() else {
                return Err(format!("`{}` takes more arguments in the support library", op.key));
            };
            out.push_str(&format!(" {}", terms.arg(a).0));
        }
    }
    if args.next().is_some() {
        return Err(format!("`{}` takes fewer arguments in the support library", op.key));
    }
    Ok(out)
}

pub(crate) fn tuple(items: &[String]) -> String {
    match items {
        [] => "()".into(),
        [one] => one.clone(),
        many => format!("({})", many.join(", ")),
    }
}

pub(crate) fn tuple_ty(prog: &Program, tys: &[Ty]) -> String {
    match tys {
        [] => "Unit".into(),
        [one] => ty_text(prog, one),
        many => ty_text(prog, &Ty::Tuple(many.to_vec())),
    }
}

fn exits_ty(prog: &Program, exits: &[Vec<Ty>]) -> String {
    match exits {
        [] => "Unit".into(),
        [one] => tuple_ty(prog, one),
        [first, rest @ ..] => format!("({} ⊕ {})", tuple_ty(prog, first), exits_ty(prog, rest)),
    }
}

/// Exit `k` of `n`.
fn inject(k: usize, n: usize, v: &str) -> String {
    if n <= 1 {
        v.to_string()
    } else if k == 0 {
        format!("(Sum.inl {v})")
    } else {
        format!("(Sum.inr {})", inject(k - 1, n - 1, v))
    }
}
