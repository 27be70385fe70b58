//! Loops: what the body assigns is the state; ways out are exits.

use super::assigned::{assigned, keeps_length, root};
use super::tallies::{known_by_test, rounds_counter, tallies};
use super::*;

/// The counter of a `for`.
struct Counter {
    init: IExpr,
    /// Whether it counts down.
    rev: bool,
    step: IExpr,
}

type Body<'p> = Box<dyn FnOnce(&mut Lower<'p>, Env, Option<Var>) -> Code + 'p>;

impl<'p> Lower<'p> {
    #[allow(clippy::too_many_arguments)]
    fn any_loop(
        &mut self,
        e: &'p Expr,
        id: LoopId,
        spec: &'p LoopSpec,
        bodies: &[&'p Expr],
        has_value: bool,
        mut env: Env,
        counter: Option<Counter>,
        head: impl FnOnce(&Lower<'p>, Option<Var>, &mut Scope) -> (Vec<Known>, Option<IExpr>),
        body: Body<'p>,
        k: K<'p>,
    ) -> Code {
        let mut modified: BTreeSet<usize> = bodies.iter().flat_map(|b| assigned(b)).collect();
        // An alias that is written through changes the place it stands for.
        let through: Vec<usize> = modified
            .iter()
            .filter_map(|m| match env.get(m) {
                Some(Slot::Alias(p)) => Some(p.root),
                _ => None,
            })
            .collect();
        modified.extend(through);
        let modified: Vec<usize> = modified.into_iter().filter(|m| matches!(env.get(m), Some(Slot::Val(_)))).collect();
        let before: BTreeMap<usize, Val> = modified.iter().map(|m| (*m, self.current(&env, *m))).collect();
        let mut init: Vec<Arg> = before.values().cloned().map(Arg::Val).collect();
        let mut state = vec![];
        let mut known = vec![];
        for m in &modified {
            let (name, ty) = (self.local_name(*m), self.local_ty(*m));
            let v = self.var(&name, &ty);
            state.push(v);
            if element(&ty).is_some()
                && (matches!(ty, Ty::Array(..)) || bodies.iter().all(|b| keeps_length(b, *m)))
                && let Some(before) = before.get(m)
            {
                known.push(Known::Eq(IExpr::Len(Val::Var(v)), IExpr::Len(before.clone())));
            }
            env.insert(*m, Slot::Val(Val::Var(v)));
        }
        let mut counter_var = None;
        let mut next_counter = None;
        let mut rounds = None;
        if let Some(c) = counter {
            let v = self.var("c", &Ty::Math);
            state.push(v);
            counter_var = Some(v);
            let now = IExpr::Of(Val::Var(v));
            if c.step == IExpr::Lit(1.into()) {
                let (now, init) = (now.clone(), c.init.clone());
                rounds = Some(if c.rev { bin('-', init, now) } else { bin('-', now, init) });
            }
            next_counter = Some(bin(if c.rev { '-' } else { '+' }, now, c.step));
            init.push(Arg::Int(c.init));
        }
        let mut scope = self.scope(&env);
        let (more, measure) = head(self, counter_var, &mut scope);
        known.extend(more);
        known.extend(self.counted_in(bodies, spec, rounds, &before, &env, &scope));
        let changes = Changes::new(modified.clone(), &env);
        self.frames.push(Frame { id, modified: changes, has_value, exits: vec![], next_counter });
        let step = body(self, env.clone(), counter_var);
        let Some(frame) = self.frames.pop() else { return step };
        let mut exits = vec![];
        let mut params = vec![];
        let mut value = Val::Tuple(vec![]);
        if has_value {
            let v = self.var("r", &e.ty);
            params.push(v);
            value = Val::Var(v);
        }
        for m in &modified {
            let (name, ty) = (self.local_name(*m), self.local_ty(*m));
            let v = self.var(&name, &ty);
            params.push(v);
            env.insert(*m, Slot::Val(Val::Var(v)));
        }
        let after = k(self, value, env);
        exits.push((params, after));
        for (target, tys) in frame.exits {
            let params: Vec<Var> = tys.iter().map(|t| self.var("o", t)).collect();
            let vals = params.iter().map(|v| Val::Var(*v)).collect();
            let code = self.leave(target, vals, self.frames.len());
            exits.push((params, code));
        }
        Code::Loop(Box::new(Loop { state, init, step, exits, spec: spec.clone(), scope, known, measure, span: e.span }))
    }

    /// What is known of the variables that a loop only counts and that the user says nothing of.
    fn counted_in(
        &self,
        bodies: &[&Expr],
        spec: &LoopSpec,
        rounds: Option<IExpr>,
        before: &BTreeMap<usize, Val>,
        env: &Env,
        scope: &Scope,
    ) -> Vec<Known> {
        // What a `for` goes over is evaluated once.
        let parts: Vec<&Expr> = bodies
            .iter()
            .map(|part| match &*part.kind {
                ExprKind::For { body, .. } => body,
                _ => *part,
            })
            .collect();
        let all = tallies(&parts);
        let now = |local: &usize| self.current(env, *local);
        let mut rounds = rounds;
        let mut steady = None;
        if let [_, body] = bodies {
            steady = rounds_counter(body, &all).filter(|local| before.contains_key(local));
            rounds =
                steady.and_then(|local| Some(bin('-', IExpr::Of(now(&local)), IExpr::Of(before.get(&local)?.clone()))));
        }
        let mut mentioned = BTreeSet::new();
        for m in &spec.maintains {
            visit(m, &mut |e| {
                if let ExprKind::Local(l) = &*e.kind {
                    mentioned.insert(l.0);
                }
            });
        }
        let mut out = vec![];
        let silent = |local: &usize| !mentioned.contains(local);
        for (local, tally) in all.iter().filter(|(local, _)| silent(local)) {
            let Some(before) = before.get(local) else { continue };
            out.extend(tally.known(before, &now(local), rounds.as_ref().filter(|_| steady != Some(*local))));
        }
        if let [test, _] = bodies {
            let silent = all.into_iter().filter(|(local, _)| silent(local)).collect();
            let changes: BTreeSet<usize> = before.keys().copied().collect();
            out.extend(known_by_test(test, &silent, &changes, before, scope));
        }
        out
    }

    fn next(&mut self, env: &Env) -> Code {
        let Some(frame) = self.frames.last() else { return Code::Next(vec![]) };
        let id = frame.id;
        let vals = self.carried(&frame.modified.clone(), env);
        self.leave(Target::Continue(id), vals, self.frames.len())
    }

    fn finish(&mut self, env: &Env) -> Code {
        let Some(frame) = self.frames.last() else { return Code::Next(vec![]) };
        let vals = self.carried(&frame.modified.clone(), env);
        Code::Done(0, vals)
    }

    pub(super) fn loop_loop(
        &mut self,
        e: &'p Expr,
        id: LoopId,
        spec: &'p LoopSpec,
        body: &'p Expr,
        env: Env,
        k: K<'p>,
    ) -> Code {
        let has_value = e.ty != Ty::unit() && e.ty != Ty::Never;
        self.any_loop(
            e,
            id,
            spec,
            &[body],
            has_value,
            env,
            None,
            |_, _, _| (vec![], None),
            Box::new(move |l, env, _| l.expr(body, env, Box::new(|l, _, env| l.next(&env)))),
            k,
        )
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn while_loop(
        &mut self,
        e: &'p Expr,
        id: LoopId,
        spec: &'p LoopSpec,
        cond: &'p Expr,
        body: &'p Expr,
        env: Env,
        k: K<'p>,
    ) -> Code {
        let changes: BTreeSet<usize> = assigned(body).into_iter().chain(assigned(cond)).collect();
        let prog = self.prog;
        self.any_loop(
            e,
            id,
            spec,
            &[cond, body],
            false,
            env,
            None,
            move |_, _, scope| (vec![], guess_measure(prog, cond, scope, &changes)),
            Box::new(move |l, env, _| {
                l.cond(
                    cond,
                    env,
                    Box::new(move |l, env| l.expr(body, env, Box::new(|l, _, env| l.next(&env)))),
                    Box::new(|l, env| l.finish(&env)),
                )
            }),
            k,
        )
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn for_loop(
        &mut self,
        e: &'p Expr,
        id: LoopId,
        spec: &'p LoopSpec,
        pat: &'p Pat,
        iter: &'p ForIter,
        body: &'p Expr,
        env: Env,
        k: K<'p>,
    ) -> Code {
        match iter {
            ForIter::Range { lo, hi, inclusive, rev, step } => {
                let (inclusive, rev) = (*inclusive, *rev);
                let Some(ty) = super::exprs::int_ty(&lo.ty) else {
                    return self.fail("H0520", "a range of this type", lo.span);
                };
                let mut bounds = vec![lo, hi];
                bounds.extend(step);
                self.list(
                    bounds,
                    env,
                    Box::new(move |l, bs, env| {
                        let lo = IExpr::Of(bs[0].clone());
                        let hi = match inclusive {
                            false => IExpr::Of(bs[1].clone()),
                            true => plus(IExpr::Of(bs[1].clone()), 1),
                        };
                        let by = bs.get(2).cloned();
                        let go = move |l: &mut Self, env: Env| {
                            let step = by.map_or(IExpr::Lit(1.into()), IExpr::Of);
                            l.counted(e, id, spec, pat, ty, lo, hi, rev, step, env, body, k, None)
                        };
                        match bs.get(2) {
                            None => go(l, env),
                            // `step_by(0)` panics.
                            Some(n) => Code::If(
                                Cond::Cmp(CmpOp::Eq, IExpr::Of(n.clone()), IExpr::Lit(0.into())),
                                Box::new(Code::Panic(PanicKind::Panic, e.span)),
                                Box::new(go(l, env)),
                            ),
                        }
                    }),
                )
            }
            ForIter::Elements { base, by, enumerate, rev } => {
                let (enumerate, rev) = (*enumerate, *rev);
                let each = move |l: &mut Self, place, list: Val, env: Env| {
                    let (zero, one, len) = (IExpr::Lit(0.into()), IExpr::Lit(1.into()), IExpr::Len(list.clone()));
                    let source = Some(Source { place, list, enumerate });
                    l.counted(e, id, spec, pat, IntTy::Usize, zero, len, rev, one, env, body, k, source)
                };
                if !matches!(by, ElementBy::RefMut) {
                    return self.expr(base, env, Box::new(move |l, v, env| each(l, None, v, env)));
                }
                if root(base).is_none() {
                    return self.fail("H0512", "`iter_mut` of a place that is not written here", base.span);
                }
                self.place(
                    base,
                    env,
                    Box::new(move |l, place, env| {
                        let (ops, v) = l.read(&place, &env, base.span);
                        let code = each(l, Some(place), v, env);
                        Self::wrap(ops, code)
                    }),
                )
            }
        }
    }

    /// A loop that counts from `lo` up to (not with) `hi`, or down from `hi` to `lo`.
    #[allow(clippy::too_many_arguments)]
    fn counted(
        &mut self,
        e: &'p Expr,
        id: LoopId,
        spec: &'p LoopSpec,
        pat: &'p Pat,
        ty: IntTy,
        lo: IExpr,
        hi: IExpr,
        rev: bool,
        step: IExpr,
        env: Env,
        body: &'p Expr,
        k: K<'p>,
        source: Option<Source>,
    ) -> Code {
        let of = |v: Var| IExpr::Of(Val::Var(v));
        let counter = Counter { init: if rev { hi.clone() } else { lo.clone() }, rev, step: step.clone() };
        let unit_step = step == IExpr::Lit(1.into());
        let (lo2, hi2) = (lo.clone(), hi.clone());
        // The local that names the position in the user's invariants.
        let named = match (&*pat.kind, &source) {
            (PatKind::Bind { local, .. }, None) => Some(local.0),
            (PatKind::Tuple(ps), Some(s)) if s.enumerate => match ps.first().map(|p| &*p.kind) {
                Some(PatKind::Bind { local, .. }) => Some(local.0),
                _ => None,
            },
            _ => None,
        };
        let head = move |_: &Lower<'p>, c: Option<Var>, scope: &mut Scope| {
            let Some(c) = c else { return (vec![], None) };
            let c = of(c);
            if let Some(n) = named {
                scope.insert(n, ScopeVal::Int(if rev { bin('-', c.clone(), IExpr::Lit(1.into())) } else { c.clone() }));
            }
            let (known, measure) = if rev {
                let mut known = vec![Known::Le(c.clone(), hi2.clone())];
                if unit_step {
                    known.push(Known::LeOrEq(lo2.clone(), c.clone(), hi2));
                }
                (known, bin('-', c, lo2))
            } else {
                let mut known = vec![Known::Le(lo2.clone(), c.clone())];
                if unit_step {
                    known.push(Known::LeOrEq(c.clone(), hi2.clone(), lo2));
                }
                (known, bin('-', hi2, c))
            };
            (known, Some(measure))
        };
        let inner: Body<'p> = Box::new(move |l, env, c| {
            let Some(c) = c else { return l.fail("H0520", "this loop", e.span) };
            let c = of(c);
            let cond = if rev { Cond::Cmp(CmpOp::Lt, lo, c.clone()) } else { Cond::Cmp(CmpOp::Lt, c.clone(), hi) };
            let done = l.finish(&env);
            let at = if rev { bin('-', c, IExpr::Lit(1.into())) } else { c };
            let i = l.var("i", &Ty::Int(ty));
            let mut ops = vec![Op {
                dst: i,
                key: "known".into(),
                ty: Some(ty),
                args: vec![Arg::Int(at)],
                span: e.span,
                what: Some("this loop's counter may leave its type".into()),
            }];
            let round: Box<dyn FnOnce(&mut Lower<'p>, Env) -> Code + 'p> =
                Box::new(move |l, env| l.expr(body, env, Box::new(|l, _, env| l.next(&env))));
            let item = match &source {
                None => Val::Var(i),
                Some(Source { place: Some(p), enumerate, .. }) => {
                    let mut p = p.clone();
                    p.path.push(super::Step::Index(Val::Var(i)));
                    let mut env = env;
                    let (counter, item) = match (enumerate, &*pat.kind) {
                        (false, PatKind::Bind { local, .. }) => (None, local.0),
                        (true, PatKind::Tuple(ps)) => match (ps.first().map(|p| &*p.kind), ps.get(1).map(|p| &*p.kind))
                        {
                            (Some(PatKind::Bind { local: n, .. }), Some(PatKind::Bind { local, .. })) => {
                                (Some(n.0), local.0)
                            }
                            (Some(PatKind::Wild), Some(PatKind::Bind { local, .. })) => (None, local.0),
                            _ => return l.fail("H0521", "this pattern in a loop over `iter_mut`", pat.span),
                        },
                        _ => return l.fail("H0521", "this pattern in a loop over `iter_mut`", pat.span),
                    };
                    if let Some(n) = counter {
                        env.insert(n, Slot::Val(Val::Var(i)));
                    }
                    env.insert(item, Slot::Alias(p));
                    let code = round(l, env);
                    return Code::If(cond, Box::new(Self::wrap(ops, code)), Box::new(done));
                }
                Some(Source { place: None, list, enumerate }) => {
                    let t = element(&l.val_ty(list)).unwrap_or(Ty::Never);
                    let x = l.var("x", &t);
                    ops.push(Op {
                        dst: x,
                        key: "index".into(),
                        ty: None,
                        args: vec![Arg::Val(list.clone()), Arg::Val(Val::Var(i))],
                        span: pat.span,
                        what: None,
                    });
                    if *enumerate { Val::Tuple(vec![Val::Var(i), Val::Var(x)]) } else { Val::Var(x) }
                }
            };
            let code = l.bind_irrefutable(pat, item, env, round);
            Code::If(cond, Box::new(Self::wrap(ops, code)), Box::new(done))
        });
        self.any_loop(e, id, spec, &[e], false, env, Some(counter), head, inner, k)
    }
}

/// What a `for` over elements runs over.
struct Source {
    place: Option<Place>,
    list: Val,
    enumerate: bool,
}

pub(super) fn plus(e: IExpr, n: i64) -> IExpr {
    bin('+', e, IExpr::Lit(n.into()))
}

pub(super) fn bin(op: char, a: IExpr, b: IExpr) -> IExpr {
    IExpr::Bin(op, Box::new(a), Box::new(b))
}

/// A measure from the loop's test: `a < b` shrinks `b - a`; what is taken apart, and is of a recursive type, becomes a part of itself.
fn guess_measure(prog: &Program, cond: &Expr, scope: &Scope, changes: &BTreeSet<usize>) -> Option<IExpr> {
    let guess = |e| guess_measure(prog, e, scope, changes);
    match &*cond.kind {
        ExprKind::And(a, b) => guess(a).or_else(|| guess(b)),
        ExprKind::Let(_, s) if prog.is_built_of_itself(&s.ty) => match iexpr(s, scope)? {
            IExpr::Of(v) if root(s).is_some_and(|r| changes.contains(&r)) => Some(IExpr::Size(v)),
            _ => None,
        },
        ExprKind::Cmp(op, a, b) => {
            let (x, y) = (iexpr(a, scope)?, iexpr(b, scope)?);
            let moves = |e: &Expr| {
                root(e).is_some_and(|r| changes.contains(&r)) || {
                    let mut found = false;
                    super::assigned::visit(e, &mut |e| {
                        found |= matches!(&*e.kind, ExprKind::Local(l) if changes.contains(&l.0))
                    });
                    found
                }
            };
            if !moves(a) && !moves(b) {
                return None;
            }
            match op {
                CmpOp::Lt => Some(bin('-', y, x)),
                CmpOp::Le => Some(plus(bin('-', y, x), 1)),
                CmpOp::Gt => Some(bin('-', x, y)),
                CmpOp::Ge => Some(plus(bin('-', x, y), 1)),
                CmpOp::Ne if matches!(&y, IExpr::Lit(_) | IExpr::Of(Val::Int(..))) => Some(x),
                CmpOp::Ne | CmpOp::Eq => None,
            }
        }
        _ => None,
    }
}

pub(super) fn iexpr(e: &Expr, scope: &Scope) -> Option<IExpr> {
    match &*e.kind {
        ExprKind::Lit(Lit::Int(n)) => Some(IExpr::Lit(n.clone())),
        ExprKind::Local(l) => match scope.get(&l.0)? {
            ScopeVal::Val(v) => Some(IExpr::Of(v.clone())),
            ScopeVal::Int(i) => Some(i.clone()),
        },
        ExprKind::Deref(a) | ExprKind::Copy(a) | ExprKind::Borrow(_, a) => iexpr(a, scope),
        ExprKind::Cast(a) => iexpr(a, scope),
        ExprKind::Arith(op, a, b) => {
            let c = match op {
                ArithOp::Add => '+',
                ArithOp::Sub => '-',
                ArithOp::Mul => '*',
                _ => return None,
            };
            Some(IExpr::Bin(c, Box::new(iexpr(a, scope)?), Box::new(iexpr(b, scope)?)))
        }
        ExprKind::Std("slice.len", args) => match iexpr(args.first()?, scope)? {
            IExpr::Of(v) => Some(IExpr::Len(v)),
            _ => None,
        },
        _ => None,
    }
}
