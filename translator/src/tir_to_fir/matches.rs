//! Patterns: a scrutinee is split by constructor only where an arm needs to know it, and at most once on each path.

mod alternatives;
mod lists;

pub(crate) use alternatives::alternatives;
pub(super) use lists::ListFact;
use lists::ListNeed;

use super::assigned::assigned;
use super::exprs::{int_ty, lit_val};
use super::*;

/// What testing a pattern against a partly known value shows.
enum Test {
    /// It matches, binding these.
    Yes(Vec<(usize, Slot)>),
    No,
    /// The constructor of this part must be known first.
    Split(Val),
    /// Something of this list must be known first.
    List(Val, ListNeed),
    /// It matches if all of these hold.
    If(Vec<Cond>, Vec<(usize, Slot)>),
    Refuse(&'static str, String, Span),
}

impl<'p> Lower<'p> {
    /// `place`: where the value lives, for `ref mut` bindings.
    fn test(&self, pat: &Pat, v: &Val, place: Option<&Place>) -> Test {
        match &*pat.kind {
            PatKind::Wild => Test::Yes(vec![]),
            PatKind::Deref(p) => self.test(p, v, place),
            PatKind::Bind { local, by_ref, sub } => {
                let slot = match (by_ref, place) {
                    (Some(true), Some(p)) => Slot::Alias(p.clone()),
                    (Some(true), None) => {
                        return Test::Refuse(
                            "H0514",
                            "a `ref mut` binding into a value that has no place".into(),
                            pat.span,
                        );
                    }
                    _ => Slot::Val(v.clone()),
                };
                let mine = vec![(local.0, slot)];
                match sub {
                    None => Test::Yes(mine),
                    Some(p) => and(Test::Yes(mine), || self.test(p, v, place)),
                }
            }
            PatKind::Lit(lit) => self.lit(lit, pat, v),
            PatKind::Range { lo, hi, inclusive } => {
                let mut conds = vec![];
                for (lit, upper) in [(lo, false), (hi, true)] {
                    if let Some(b) = lit.as_ref().and_then(|l| lit_val(l, pat.ty.peel())) {
                        let op = match (upper, inclusive) {
                            (false, _) => CmpOp::Ge,
                            (true, true) => CmpOp::Le,
                            (true, false) => CmpOp::Lt,
                        };
                        conds.push(Cond::Cmp(op, IExpr::Of(v.clone()), IExpr::Of(b)));
                    }
                }
                Test::If(conds, vec![])
            }
            PatKind::Tuple(ps) => self.all(ps.iter().enumerate().map(|(i, p)| {
                (p, if ps.len() == 1 { v.clone() } else { self.field(v.clone(), i) }, step_place(place, i))
            })),
            PatKind::Variant { adt, variant, fields } => {
                let a = &self.prog.adts[adt.0];
                if a.is_enum {
                    match &self.resolve(v) {
                        Val::Ctor { variant: got, fields: vs, .. } => {
                            if got != variant {
                                return Test::No;
                            }
                            let part = |i| {
                                place.map(|at| {
                                    let mut at = at.clone();
                                    at.path.push(Step::Payload(*variant, i));
                                    at
                                })
                            };
                            self.all(fields.iter().zip(vs).enumerate().map(|(i, (p, v))| (p, v.clone(), part(i))))
                        }
                        v => Test::Split(v.clone()),
                    }
                } else {
                    self.all(
                        fields.iter().enumerate().map(|(i, p)| (p, self.field(v.clone(), i), step_place(place, i))),
                    )
                }
            }
            // Told apart before a test (see [`alternatives`]); too many of them are left as they are.
            PatKind::Or(_) => Test::Refuse(
                "H0516",
                "alternatives in a `let`, or too many of them inside another pattern".into(),
                pat.span,
            ),
            PatKind::Slice { prefix, rest, suffix } => self.slice(pat, prefix, rest.as_ref(), suffix, v, place),
        }
    }

    /// The constructor of a value that a split around this point has shown.
    pub(super) fn resolve(&self, v: &Val) -> Val {
        self.known.iter().rev().find(|(part, _)| part == v).map_or_else(|| v.clone(), |(_, known)| known.clone())
    }

    /// Finds out what a slice pattern needs to know, and tests the arms from `i` on again.
    fn learn(
        &mut self,
        part: Val,
        need: ListNeed,
        arms: std::rc::Rc<Vec<ArmRef<'p>>>,
        i: usize,
        v: Val,
        place: Option<Place>,
        env: Env,
    ) -> Code {
        let span = arms.get(i).map_or(self.f.sig_span, |a| a.pat.span);
        if let (ListNeed::Shape { count, exact }, Some(n)) = (need, self.list_length(&part)) {
            let compare = if exact { CmpOp::Eq } else { CmpOp::Ge };
            let cond = Cond::Cmp(compare, IExpr::Of(n), IExpr::Lit(num_bigint::BigInt::from(count)));
            let branch = |l: &mut Self, holds| {
                l.known_lists.push((part.clone(), ListFact::Shape { count, exact, holds }));
                let code = l.arms(arms.clone(), i, v.clone(), place.clone(), env.clone());
                l.known_lists.pop();
                code
            };
            let (yes, no) = (branch(self, true), branch(self, false));
            return Code::If(cond, Box::new(yes), Box::new(no));
        }
        let Some((ops, fact)) = self.list_read(&part, need, span) else {
            return self.fail("H0515", "this slice pattern", span);
        };
        self.known_lists.push((part, fact));
        let code = self.arms(arms, i, v, place, env);
        self.known_lists.pop();
        Self::wrap(ops, code)
    }

    fn lit(&self, lit: &Lit, pat: &Pat, v: &Val) -> Test {
        let ty = pat.ty.peel();
        let Some(b) = lit_val(lit, ty) else {
            return Test::Refuse("H0517", "a literal pattern of this type".into(), pat.span);
        };
        if *ty == Ty::Bool {
            return match (v, &b) {
                (Val::Bool(x), Val::Bool(y)) => {
                    if x == y {
                        Test::Yes(vec![])
                    } else {
                        Test::No
                    }
                }
                (v, Val::Bool(true)) => Test::If(vec![Cond::True(v.clone())], vec![]),
                (v, _) => Test::If(vec![Cond::Eq(true, v.clone(), Val::Bool(false))], vec![]),
            };
        }
        if v == &b {
            return Test::Yes(vec![]);
        }
        if int_ty(ty).is_some() || *ty == Ty::Char {
            Test::If(vec![Cond::Cmp(CmpOp::Eq, IExpr::Of(v.clone()), IExpr::Of(b))], vec![])
        } else {
            Test::Refuse("H0517", "a literal pattern of this type".into(), pat.span)
        }
    }

    fn all<'a>(&self, parts: impl Iterator<Item = (&'a Pat, Val, Option<Place>)>) -> Test {
        parts.fold(Test::Yes(vec![]), |acc, (p, v, place)| and(acc, || self.test(p, &v, place.as_ref())))
    }

    /// Tests the arms from `i` on against `v`.
    fn arms(&mut self, arms: std::rc::Rc<Vec<ArmRef<'p>>>, i: usize, v: Val, place: Option<Place>, env: Env) -> Code {
        let Some(arm) = arms.get(i).cloned() else {
            // rustc has checked exhaustiveness: only a chain of tests on integers gets here, and it cannot.
            return Code::Panic(PanicKind::Unreachable, self.f.sig_span);
        };
        match self.test(&arm.pat, &v, place.as_ref()) {
            Test::Refuse(code, message, span) => self.fail(code, message, span),
            Test::No => self.arms(arms, i + 1, v, place, env),
            Test::Split(part) => {
                let Ty::Adt(adt, args) = self.val_ty(&part) else {
                    return self.fail("H0518", "a match on this value", arm.pat.span);
                };
                let n = self.prog.adts[adt.0].variants.len();
                let mut out = vec![];
                for variant in 0..n {
                    let names: Vec<(String, Ty)> = (0..self.prog.adts[adt.0].variants[variant].fields.len())
                        .map(|j| {
                            (
                                self.prog.adts[adt.0].variants[variant].fields[j].0.clone(),
                                field_ty(self.prog, adt, variant, j, &args),
                            )
                        })
                        .collect();
                    let vars: Vec<Var> = names.iter().map(|(n, t)| self.var(&format!("f{n}"), t)).collect();
                    let known = Val::Ctor {
                        adt,
                        args: args.clone(),
                        variant,
                        fields: vars.iter().map(|v| Val::Var(*v)).collect(),
                    };
                    self.known.push((part.clone(), known));
                    let code = self.arms(arms.clone(), i, v.clone(), place.clone(), env.clone());
                    self.known.pop();
                    out.push((vars, code));
                }
                Code::Case(part, adt, out)
            }
            Test::List(part, need) => self.learn(part, need, arms, i, v, place, env),
            Test::Yes(binds) => self.enter(arms, i, &arm, v, place, binds, env),
            Test::If(conds, binds) => {
                let then = self.enter(arms.clone(), i, &arm, v.clone(), place.clone(), binds, env.clone());
                // One join point for the way on, since several conditions may lead there.
                let join = self.new_join();
                let rest = self.arms(arms, i + 1, v, place, env);
                let code = conds
                    .into_iter()
                    .rev()
                    .fold(then, |code, c| Code::If(c, Box::new(code), Box::new(Code::Jump(join, vec![]))));
                Code::LetJoin(join, vec![], Box::new(rest), Box::new(code))
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn enter(
        &mut self,
        arms: std::rc::Rc<Vec<ArmRef<'p>>>,
        i: usize,
        arm: &ArmRef<'p>,
        v: Val,
        place: Option<Place>,
        binds: Vec<(usize, Slot)>,
        env: Env,
    ) -> Code {
        let mut inner = env.clone();
        inner.extend(binds);
        match arm.guard {
            None => (arm.body)(self, inner),
            Some(g) => {
                let body = arm.body.clone();
                self.cond(
                    g,
                    inner,
                    Box::new(move |l, env| body(l, env)),
                    Box::new(move |l, _| l.arms(arms, i + 1, v, place, env)),
                )
            }
        }
    }

    pub(super) fn match_expr(&mut self, e: &'p Expr, s: &'p Expr, arms: &'p [Arm], env: Env, k: K<'p>) -> Code {
        let modified: Vec<usize> = assigned(e).into_iter().collect();
        let ty = e.ty.clone();
        self.scrutinee(
            s,
            env,
            Box::new(move |l, v, place, env| {
                l.joined(&ty.clone(), modified, env, k, move |l, env, join, modified| {
                    let mut list = vec![];
                    for arm in arms {
                        // Alternatives at the top are arms of their own.
                        for pat in alternatives(&arm.pat) {
                            let (ty, modified) = (ty.clone(), modified.clone());
                            list.push(ArmRef {
                                pat,
                                guard: arm.guard.as_ref(),
                                body: std::rc::Rc::new(move |l: &mut Lower<'p>, env| {
                                    let k = l.join_k(&ty, join, modified.clone());
                                    l.expr(&arm.body, env, k)
                                }),
                            });
                        }
                    }
                    l.arms(std::rc::Rc::new(list), 0, v, place, env)
                })
            }),
        )
    }

    #[allow(clippy::type_complexity)]
    fn scrutinee(
        &mut self,
        s: &'p Expr,
        env: Env,
        k: Box<dyn FnOnce(&mut Self, Val, Option<Place>, Env) -> Code + 'p>,
    ) -> Code {
        if super::assigned::root(s).is_some() {
            self.place(
                s,
                env,
                Box::new(move |l, place, env| {
                    let (ops, v) = l.read(&place, &env, s.span);
                    let code = k(l, v, Some(place), env);
                    Self::wrap(ops, code)
                }),
            )
        } else {
            self.expr(s, env, Box::new(move |l, v, env| k(l, v, None, env)))
        }
    }

    pub(super) fn if_let(
        &mut self,
        pat: &'p Pat,
        s: &'p Expr,
        env: Env,
        yes: Box<dyn FnOnce(&mut Self, Env) -> Code + 'p>,
        no: Box<dyn FnOnce(&mut Self, Env) -> Code + 'p>,
    ) -> Code {
        // `yes` is wanted once for each alternative and each way to it: what it binds goes through a join point.
        let mut bound = vec![];
        bound_locals(pat, &mut bound);
        let aliases = binds_mut(pat);
        self.scrutinee(
            s,
            env,
            Box::new(move |l, v, place, env| {
                let (jy, jn) = (l.new_join(), l.new_join());
                let mut params = vec![];
                let mut yes_env = env.clone();
                if aliases {
                    // A name for a part of a place is no value that a join point could take: the way in must be one.
                    let no_code = no(l, env.clone());
                    let (span, yes) = (pat.span, std::cell::RefCell::new(Some(yes)));
                    let mut list: Vec<ArmRef<'p>> = vec![];
                    let body: std::rc::Rc<dyn Fn(&mut Lower<'p>, Env) -> Code + 'p> =
                        std::rc::Rc::new(move |l: &mut Lower<'p>, env: Env| match yes.borrow_mut().take() {
                            Some(yes) => yes(l, env),
                            None => {
                                l.fail("H0514", "a `ref mut` binding in a pattern that is reached in two ways", span)
                            }
                        });
                    for pat in alternatives(pat) {
                        list.push(ArmRef { pat, guard: None, body: body.clone() });
                    }
                    let no_body = std::rc::Rc::new(move |_: &mut Lower<'p>, _: Env| Code::Jump(jn, vec![]));
                    list.push(ArmRef { pat: wild(), guard: None, body: no_body });
                    let code = l.arms(std::rc::Rc::new(list), 0, v, place, env);
                    return Code::LetJoin(jn, vec![], Box::new(no_code), Box::new(code));
                }
                for b in &bound {
                    let (name, t) = (l.local_name(*b), l.local_ty(*b));
                    let p = l.var(&name, &t);
                    params.push(p);
                    yes_env.insert(*b, Slot::Val(Val::Var(p)));
                }
                let yes_code = yes(l, yes_env);
                let no_code = no(l, env.clone());
                let bound2 = bound.clone();
                let mut list: Vec<ArmRef<'p>> = alternatives(pat)
                    .into_iter()
                    .map(|pat| {
                        let bound = bound2.clone();
                        ArmRef {
                            pat,
                            guard: None,
                            body: std::rc::Rc::new(move |l: &mut Lower<'p>, env: Env| {
                                Code::Jump(jy, bound.iter().map(|b| l.current(&env, *b)).collect())
                            }),
                        }
                    })
                    .collect();
                list.push(ArmRef {
                    pat: wild(),
                    guard: None,
                    body: std::rc::Rc::new(move |_, _| Code::Jump(jn, vec![])),
                });
                let code = l.arms(std::rc::Rc::new(list), 0, v, place, env);
                Code::LetJoin(
                    jy,
                    params,
                    Box::new(yes_code),
                    Box::new(Code::LetJoin(jn, vec![], Box::new(no_code), Box::new(code))),
                )
            }),
        )
    }

    pub(super) fn bind_irrefutable(
        &mut self,
        pat: &'p Pat,
        v: Val,
        mut env: Env,
        k: Box<dyn FnOnce(&mut Self, Env) -> Code + 'p>,
    ) -> Code {
        let (before, mut all) = (self.known_lists.len(), vec![]);
        loop {
            let code = match self.test(pat, &v, None) {
                Test::Yes(binds) => {
                    env.extend(binds);
                    k(self, env)
                }
                // Arrays: nothing but their elements is to be found out.
                Test::List(part, need) => match self.list_read(&part, need, pat.span) {
                    Some((ops, fact)) => {
                        all.extend(ops);
                        self.known_lists.push((part, fact));
                        continue;
                    }
                    None => self.fail("H0515", "this slice pattern", pat.span),
                },
                Test::Refuse(code, message, span) => self.fail(code, message, span),
                _ => self.fail("H0519", "a `let` of this pattern", pat.span),
            };
            self.known_lists.truncate(before);
            return Self::wrap(all, code);
        }
    }
}

#[derive(Clone)]
struct ArmRef<'p> {
    pat: std::rc::Rc<Pat>,
    guard: Option<&'p Expr>,
    #[allow(clippy::type_complexity)]
    body: std::rc::Rc<dyn Fn(&mut Lower<'p>, Env) -> Code + 'p>,
}

fn wild() -> std::rc::Rc<Pat> {
    std::rc::Rc::new(Pat { kind: Box::new(PatKind::Wild), ty: Ty::Never, span: Span::default() })
}

fn and(a: Test, b: impl FnOnce() -> Test) -> Test {
    match a {
        Test::Yes(mut binds) => match b() {
            Test::Yes(more) => {
                binds.extend(more);
                Test::Yes(binds)
            }
            Test::If(conds, more) => {
                binds.extend(more);
                Test::If(conds, binds)
            }
            t => t,
        },
        Test::If(mut conds, mut binds) => match b() {
            Test::Yes(more) => {
                binds.extend(more);
                Test::If(conds, binds)
            }
            Test::If(more, binds2) => {
                conds.extend(more);
                binds.extend(binds2);
                Test::If(conds, binds)
            }
            t => t,
        },
        t => t,
    }
}

fn step_place(place: Option<&Place>, i: usize) -> Option<Place> {
    place.map(|p| {
        let mut p = p.clone();
        p.path.push(Step::Field(i));
        p
    })
}

fn bound_locals(pat: &Pat, out: &mut Vec<usize>) {
    match &*pat.kind {
        PatKind::Bind { local, sub, .. } => {
            out.push(local.0);
            sub.iter().for_each(|p| bound_locals(p, out));
        }
        PatKind::Tuple(ps) | PatKind::Variant { fields: ps, .. } => ps.iter().for_each(|p| bound_locals(p, out)),
        PatKind::Deref(p) => bound_locals(p, out),
        PatKind::Or(ps) => ps.iter().take(1).for_each(|p| bound_locals(p, out)),
        PatKind::Slice { prefix, rest, suffix } => {
            prefix.iter().chain(rest.iter().flatten()).chain(suffix).for_each(|p| bound_locals(p, out))
        }
        PatKind::Wild | PatKind::Lit(_) | PatKind::Range { .. } => {}
    }
}

pub(super) fn binds_mut(pat: &Pat) -> bool {
    match &*pat.kind {
        PatKind::Bind { by_ref, sub, .. } => *by_ref == Some(true) || sub.as_ref().is_some_and(binds_mut),
        PatKind::Tuple(ps) | PatKind::Variant { fields: ps, .. } | PatKind::Or(ps) => ps.iter().any(binds_mut),
        PatKind::Deref(p) => binds_mut(p),
        PatKind::Slice { prefix, rest, suffix } => {
            prefix.iter().chain(rest.iter().flatten()).chain(suffix).any(binds_mut)
        }
        PatKind::Wild | PatKind::Lit(_) | PatKind::Range { .. } => false,
    }
}
