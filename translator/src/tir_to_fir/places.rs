//! Places: reading, updating, aliasing.

use super::*;

type PlaceK<'p> = Box<dyn FnOnce(&mut Lower<'p>, Place, Env) -> Code + 'p>;

impl<'p> Lower<'p> {
    /// Evaluates a place expression; a temporary becomes a place of its own.
    pub(super) fn place(&mut self, e: &'p Expr, env: Env, k: PlaceK<'p>) -> Code {
        match &*e.kind {
            ExprKind::Local(l) => {
                let place = match env.get(&l.0) {
                    Some(Slot::Alias(p)) => p.clone(),
                    Some(Slot::Val(_)) => Place { root: l.0, path: vec![] },
                    None => {
                        return self.fail("H0503", "a variable that is not initialised where it is declared", e.span);
                    }
                };
                k(self, place, env)
            }
            ExprKind::Deref(b) | ExprKind::Borrow(_, b) => self.place(b, env, k),
            ExprKind::Field(b, i) => {
                let i = *i;
                self.place(
                    b,
                    env,
                    Box::new(move |l, mut p, env| {
                        p.path.push(Step::Field(i));
                        k(l, p, env)
                    }),
                )
            }
            ExprKind::Index(b, i) => self.place(
                b,
                env,
                Box::new(move |l, p, env| {
                    l.expr(
                        i,
                        env,
                        Box::new(move |l, i, env| {
                            let mut p = p;
                            p.path.push(Step::Index(i));
                            k(l, p, env)
                        }),
                    )
                }),
            ),
            ExprKind::SliceRange { base, lo, hi, inclusive } if super::assigned::root(base).is_some() => {
                let (inclusive, bounds) = (*inclusive, (lo.as_ref(), hi.as_ref()));
                self.place(base, env, Box::new(move |l, p, env| l.range_of(e, p, bounds, inclusive, env, k)))
            }
            _ => self.expr(
                e,
                env,
                Box::new(move |l, v, mut env| {
                    let root = l.temps;
                    l.temps += 1;
                    let ty = l.val_ty(&v);
                    l.temp_tys.insert(root, ty);
                    if matches!(e.kind.as_ref(), ExprKind::SliceRange { .. }) || matches!(e.ty, Ty::Ref(true, _)) {
                        l.views.insert(root);
                    }
                    env.insert(root, Slot::Val(v));
                    k(l, Place { root, path: vec![] }, env)
                }),
            ),
        }
    }

    /// The part of a list at a place.
    fn range_of(
        &mut self,
        e: &'p Expr,
        list: Place,
        bounds: (Option<&'p Expr>, Option<&'p Expr>),
        inclusive: bool,
        env: Env,
        k: PlaceK<'p>,
    ) -> Code {
        let (has_lo, has_hi) = (bounds.0.is_some(), bounds.1.is_some());
        let bounds = [bounds.0, bounds.1].into_iter().flatten().collect();
        self.list(
            bounds,
            env,
            Box::new(move |l, bs, env| {
                let mut bs = bs.into_iter();
                let lo = if has_lo { bs.next() } else { None }.unwrap_or(Val::Int(0.into(), IntTy::Usize));
                let hi = if has_hi { bs.next() } else { None };
                let mut ops = vec![];
                let hi = match hi {
                    Some(hi) if !inclusive => hi,
                    hi => {
                        let (reads, v) = l.read(&list, &env, e.span);
                        ops.extend(reads);
                        l.range_end(e, v, hi, &mut ops)
                    }
                };
                let mut part = list;
                part.path.push(Step::Range(lo, hi));
                // The bounds are looked at here, whatever is done with the part.
                ops.extend(l.read(&part, &env, e.span).0);
                Self::wrap(ops, k(l, part, env))
            }),
        )
    }

    /// The field or component of a value.
    pub(super) fn field(&self, base: Val, i: usize) -> Val {
        match base {
            Val::Tuple(mut vs) if i < vs.len() => vs.swap_remove(i),
            Val::Ctor { mut fields, .. } if i < fields.len() => fields.swap_remove(i),
            base => match self.val_ty(&base) {
                Ty::Adt(adt, _) => Val::Field(Box::new(base), adt, i),
                Ty::Tuple(ts) => Val::Proj(Box::new(base), i, ts.len()),
                _ => Val::Proj(Box::new(base), i, i + 1),
            },
        }
    }

    /// Reads a place; the operations to run first (bounds checks) and the value.
    pub(super) fn read(&mut self, place: &Place, env: &Env, span: Span) -> (Vec<Op>, Val) {
        let mut v = self.current(env, place.root);
        let mut ops = vec![];
        for step in &place.path {
            v = self.step_into(v, step, span, &mut ops);
        }
        (ops, v)
    }

    fn step_into(&mut self, v: Val, step: &Step, span: Span, ops: &mut Vec<Op>) -> Val {
        match step {
            Step::Field(i) => self.field(v, *i),
            Step::Payload(variant, i) => match self.resolve(&v) {
                Val::Ctor { variant: known, mut fields, .. } if known == *variant && *i < fields.len() => {
                    fields.swap_remove(*i)
                }
                _ => {
                    self.errors.push(refuse("H0514", "a part of an enum whose variant is not known here", span));
                    v
                }
            },
            Step::Range(lo, hi) => {
                let ty = Ty::Slice(Box::new(element(&self.val_ty(&v)).unwrap_or(Ty::Never)));
                let dst = self.var("x", &ty);
                let args = vec![Arg::Val(v), Arg::Val(lo.clone()), Arg::Val(hi.clone())];
                ops.push(Op { dst, key: "part".into(), ty: None, args, span, what: None });
                Val::Var(dst)
            }
            Step::Index(i) => {
                let ty = element(&self.val_ty(&v)).unwrap_or(Ty::Never);
                let dst = self.var("x", &ty);
                ops.push(Op {
                    dst,
                    key: "index".into(),
                    ty: None,
                    args: vec![Arg::Val(v), Arg::Val(i.clone())],
                    span,
                    what: None,
                });
                Val::Var(dst)
            }
        }
    }

    /// Stores into a place; the operations to run first. The environment is updated.
    pub(super) fn write(&mut self, place: &Place, env: &mut Env, v: Val, span: Span) -> Vec<Op> {
        let mut ops = vec![];
        if self.views.contains(&place.root) {
            self.errors.push(refuse(
                "H0512",
                "a write through a `&mut` to a part of a slice, or to a chosen place",
                span,
            ));
        }
        let base = self.current(env, place.root);
        let new = self.updated(base, &place.path, v, span, &mut ops);
        env.insert(place.root, Slot::Val(new));
        ops
    }

    fn updated(&mut self, base: Val, path: &[Step], v: Val, span: Span, ops: &mut Vec<Op>) -> Val {
        let Some((step, rest)) = path.split_first() else { return v };
        match step {
            Step::Field(i) => {
                let inner = self.field(base.clone(), *i);
                let new = self.updated(inner, rest, v, span, ops);
                let ty = self.val_ty(&base);
                match ty {
                    Ty::Tuple(ts) => Val::Tuple(
                        (0..ts.len())
                            .map(|j| if j == *i { new.clone() } else { self.field(base.clone(), j) })
                            .collect(),
                    ),
                    Ty::Adt(adt, args) => {
                        let n = self.prog.adts[adt.0].variants[0].fields.len();
                        let fields =
                            (0..n).map(|j| if j == *i { new.clone() } else { self.field(base.clone(), j) }).collect();
                        Val::Ctor { adt, args, variant: 0, fields }
                    }
                    _ => {
                        self.errors.push(refuse("H0504", "an assignment into a value of this type", span));
                        new
                    }
                }
            }
            Step::Payload(variant, i) => match self.resolve(&base) {
                Val::Ctor { adt, args, variant: known, mut fields } if known == *variant && *i < fields.len() => {
                    fields[*i] = self.updated(fields[*i].clone(), rest, v, span, ops);
                    Val::Ctor { adt, args, variant: known, fields }
                }
                _ => {
                    self.errors.push(refuse("H0514", "a part of an enum whose variant is not known here", span));
                    base
                }
            },
            Step::Range(lo, hi) => {
                let new = self.inner_updated(&base, step, rest, v, span, ops);
                self.stored("set_part", base, vec![lo.clone(), hi.clone(), new], span, ops)
            }
            Step::Index(i) => {
                let new = self.inner_updated(&base, step, rest, v, span, ops);
                self.stored("set", base, vec![i.clone(), new], span, ops)
            }
        }
    }

    /// What stands at a step of `base` once the value is stored at the rest of the path.
    fn inner_updated(&mut self, base: &Val, step: &Step, rest: &[Step], v: Val, span: Span, ops: &mut Vec<Op>) -> Val {
        if rest.is_empty() {
            return v;
        }
        let inner = self.step_into(base.clone(), step, span, ops);
        self.updated(inner, rest, v, span, ops)
    }

    /// The list that an operation makes of another one.
    fn stored(&mut self, key: &str, base: Val, others: Vec<Val>, span: Span, ops: &mut Vec<Op>) -> Val {
        let ty = self.val_ty(&base);
        let dst = self.var("v", &ty);
        let args = std::iter::once(base).chain(others).map(Arg::Val).collect();
        ops.push(Op { dst, key: key.into(), ty: None, args, span, what: None });
        Val::Var(dst)
    }
}
