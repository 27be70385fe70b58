//! Expressions, conditions, blocks and calls.

use super::assigned::assigned;
use super::*;
use crate::layout::size_of;
use crate::tir_walk::children;

impl<'p> Lower<'p> {
    /// How many bytes each of so many elements of a list takes at most, or 0 where they cannot take too many.
    fn element_size(&self, number: &Expr, list: &Ty) -> Option<u64> {
        if self.as_many_fit(number, list) { Some(0) } else { size_of(bare_element(list)?, self.prog.boxes).most }
    }

    /// Whether a number is at most the length of a list that there is, whose elements are no smaller than those of another: no list
    /// takes more than `isize::MAX` bytes (Rust reference, "Slice types"), so that as many of these fit, too.
    fn as_many_fit(&self, number: &Expr, of: &Ty) -> bool {
        match &*number.kind {
            ExprKind::Std("slice.len", list) => {
                let there = list.first().and_then(|list| bare_element(&list.ty));
                let (Some(there), Some(new)) = (there, bare_element(of)) else { return false };
                let boxes = self.prog.boxes;
                let least = size_of(there, boxes).least;
                boxes.tell(new) && there == new || size_of(new, boxes).most.is_some_and(|most| most <= least)
            }
            // What goes below zero has panicked.
            ExprKind::Arith(ArithOp::Sub | ArithOp::Div, number, _) if int_ty(&number.ty) == Some(IntTy::Usize) => {
                self.as_many_fit(number, of)
            }
            ExprKind::Local(local) => {
                let named = self.f.locals.get(local.0).is_some_and(|l| !l.mutable);
                let init = self.f.body.as_ref().filter(|_| named).and_then(|body| bound_to(body, *local));
                init.is_some_and(|init| self.as_many_fit(init, of))
            }
            _ => false,
        }
    }

    fn op(
        &mut self,
        key: &str,
        ty: Option<IntTy>,
        args: Vec<Arg>,
        ret: &Ty,
        e: &Expr,
        what: Option<String>,
    ) -> (Op, Val) {
        let dst = self.var("x", ret);
        (Op { dst, key: key.into(), ty, args, span: e.span, what }, Val::Var(dst))
    }

    /// Evaluates `e` and goes on with its value.
    pub(super) fn expr(&mut self, e: &'p Expr, env: Env, k: K<'p>) -> Code {
        match &*e.kind {
            ExprKind::Lit(lit) => match lit_val(lit, &e.ty) {
                Some(v) => k(self, v, env),
                None => k(self, Val::Tuple(vec![]), env),
            },
            ExprKind::Local(_) | ExprKind::Field(..) | ExprKind::Index(..) | ExprKind::Deref(_) => self.place(
                e,
                env,
                Box::new(move |l, p, env| {
                    let (ops, v) = l.read(&p, &env, e.span);
                    let code = k(l, v, env);
                    Self::wrap(ops, code)
                }),
            ),
            ExprKind::Borrow(_, inner) | ExprKind::Copy(inner) => self.expr(inner, env, k),
            ExprKind::SliceRange { base, lo, hi, inclusive } => self.slice_range(e, base, lo, hi, *inclusive, env, k),
            ExprKind::Arith(op, a, b) if matches!(e.ty, Ty::Int(_)) => {
                let op = *op;
                self.two(a, b, env, Box::new(move |l, x, y, env| l.arith(op, x, y, e, env, k)))
            }
            ExprKind::Arith(..) | ExprKind::Cmp(..) | ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Let(..) => {
                self.bool_value(e, env, k)
            }
            ExprKind::Not(_) if e.ty == Ty::Bool => self.bool_value(e, env, k),
            ExprKind::Not(a) => self.expr(
                a,
                env,
                Box::new(move |l, v, env| {
                    let ty = int_ty(&e.ty);
                    let (op, x) = l.op("not", ty, vec![Arg::Val(v)], &e.ty, e, None);
                    Self::wrap(vec![op], k(l, x, env))
                }),
            ),
            ExprKind::Neg(a) => self.expr(
                a,
                env,
                Box::new(move |l, v, env| {
                    let ty = int_ty(&e.ty);
                    let n = IExpr::Bin('-', Box::new(IExpr::Lit(0.into())), Box::new(IExpr::Of(v)));
                    let what = ty.map(|t| format!("this negation may overflow `{}`", t.name()));
                    let (op, x) = l.op("checked", ty, vec![Arg::Int(n)], &e.ty, e, what);
                    Self::wrap(vec![op], k(l, x, env))
                }),
            ),
            ExprKind::Cast(a) => self.expr(a, env, Box::new(move |l, v, env| l.cast(v, e, env, k))),
            ExprKind::Tuple(es) => self.list(
                es.iter().collect(),
                env,
                Box::new(move |l, vs, env| k(l, if vs.len() == 1 { vs[0].clone() } else { Val::Tuple(vs) }, env)),
            ),
            ExprKind::Array(es) => self.list(
                es.iter().collect(),
                env,
                Box::new(move |l, vs, env| {
                    let t = element(&e.ty).unwrap_or(Ty::Never);
                    let (op, x) = l.op("mk_slice", None, vec![Arg::List(vs, t)], &e.ty, e, None);
                    Self::wrap(vec![op], k(l, x, env))
                }),
            ),
            ExprKind::Repeat(a, number) => self.two(
                a,
                number,
                env,
                Box::new(move |l, v, n, env| {
                    let Some(size) = l.element_size(number, &e.ty) else {
                        return l.fail(
                            "H0505",
                            "the size of the repeated element's type is not known to the model",
                            e.span,
                        );
                    };
                    let (op, x) = l.op(
                        "repeat",
                        None,
                        vec![Arg::Val(v), Arg::Val(n), Arg::Int(IExpr::Lit(size.into()))],
                        &e.ty,
                        e,
                        None,
                    );
                    Self::wrap(vec![op], k(l, x, env))
                }),
            ),
            ExprKind::Construct { adt, variant, fields, order, base } => {
                self.construct(e, *adt, *variant, fields, order, base, env, k)
            }
            ExprKind::Call(f, targs, args) => self.call(e, *f, targs, args, env, k),
            ExprKind::Std(key, args) => self.std_call(e, key, args, env, k),
            ExprKind::If(c, t, els) => {
                let modified = assigned(e).into_iter().collect();
                self.joined(&e.ty, modified, env, k, move |l, env, join, modified| {
                    let (ty, m1, m2) = (e.ty.clone(), modified.clone(), modified);
                    let t2 = ty.clone();
                    l.cond(
                        c,
                        env,
                        Box::new(move |l, env| {
                            let k = l.join_k(&ty, join, m1);
                            l.expr(t, env, k)
                        }),
                        Box::new(move |l, env| {
                            let k = l.join_k(&t2, join, m2);
                            l.expr(els, env, k)
                        }),
                    )
                })
            }
            ExprKind::Match(s, arms) => self.match_expr(e, s, arms, env, k),
            ExprKind::Block { label: None, stmts, tail } => self.stmts(stmts, tail.as_ref(), env, k),
            ExprKind::Block { label: Some(id), stmts, tail } => {
                let id = *id;
                let modified: Vec<usize> = assigned(e).into_iter().collect();
                self.joined(&e.ty, modified, env, k, move |l, env, join, modified| {
                    let depth = l.frames.len();
                    l.labels.insert(id, Label { depth, join, modified: modified.clone() });
                    let k = l.join_k(&e.ty, join, modified);
                    l.stmts(stmts, tail.as_ref(), env, k)
                })
            }
            ExprKind::Loop { id, spec, body } => self.loop_loop(e, *id, spec, body, env, k),
            ExprKind::While { id, spec, cond, body } => self.while_loop(e, *id, spec, cond, body, env, k),
            ExprKind::For { id, spec, pat, iter, body } => self.for_loop(e, *id, spec, pat, iter, body, env, k),
            ExprKind::Break(id, v) => {
                let id = *id;
                let go = move |l: &mut Self, v: Option<Val>, env: Env| {
                    let (modified, has_value) = match l.labels.get(&id) {
                        Some(label) => (label.modified.clone(), v.is_some()),
                        None => match l.frames.iter().find(|f| f.id == id) {
                            Some(f) => (f.modified.clone(), f.has_value),
                            None => return l.fail("H0502", "a `break` out of nothing", e.span),
                        },
                    };
                    let mut vals: Vec<Val> = if has_value { v.into_iter().collect() } else { vec![] };
                    vals.extend(l.carried(&modified, &env));
                    let depth = l.frames.len();
                    l.leave(Target::Break(id), vals, depth)
                };
                match v {
                    None => go(self, None, env),
                    Some(v) => {
                        let unit = v.ty == Ty::unit();
                        self.expr(v, env, Box::new(move |l, v, env| go(l, if unit { None } else { Some(v) }, env)))
                    }
                }
            }
            ExprKind::Continue(id) => {
                let Some(frame) = self.frames.iter().find(|f| f.id == *id) else {
                    return self.fail("H0502", "a `continue` of nothing", e.span);
                };
                let vals = self.carried(&frame.modified.clone(), &env);
                self.leave(Target::Continue(*id), vals, self.frames.len())
            }
            ExprKind::Return(None) => self.ret(Val::Tuple(vec![]), &env),
            ExprKind::Return(Some(v)) => self.expr(v, env, Box::new(|l, v, env| l.ret(v, &env))),
            ExprKind::Assign(p, v) => self.expr(
                v,
                env,
                Box::new(move |l, v, env| {
                    if let ExprKind::Local(id) = &*p.kind {
                        if !env.contains_key(&id.0) {
                            let mut env = env;
                            env.insert(id.0, Slot::Val(v));
                            return k(l, Val::Tuple(vec![]), env);
                        }
                    }
                    l.place(
                        p,
                        env,
                        Box::new(move |l, place, mut env| {
                            let ops = l.write(&place, &mut env, v, p.span);
                            Self::wrap(ops, k(l, Val::Tuple(vec![]), env))
                        }),
                    )
                }),
            ),
            ExprKind::AssignOp(op, p, v) => {
                let op = *op;
                self.expr(
                    v,
                    env,
                    Box::new(move |l, v, env| {
                        l.place(
                            p,
                            env,
                            Box::new(move |l, place, env| {
                                let (ops, old) = l.read(&place, &env, p.span);
                                let store: K<'p> = Box::new(move |l, new, mut env| {
                                    let ops = l.write(&place, &mut env, new, p.span);
                                    Self::wrap(ops, k(l, Val::Tuple(vec![]), env))
                                });
                                let code = if p.ty.peel() == &Ty::Bool {
                                    l.bool_arith(op, old, v, env, store)
                                } else {
                                    l.arith_at(op, old, v, p.ty.peel(), e, env, store)
                                };
                                Self::wrap(ops, code)
                            }),
                        )
                    }),
                )
            }
            ExprKind::Panic(kind, _) => Code::Panic(*kind, e.span),
            ExprKind::Implies(..) | ExprKind::Quant { .. } => {
                self.fail("H0506", "a quantifier or `implies` outside a spec", e.span)
            }
        }
    }

    fn two(
        &mut self,
        a: &'p Expr,
        b: &'p Expr,
        env: Env,
        k: Box<dyn FnOnce(&mut Self, Val, Val, Env) -> Code + 'p>,
    ) -> Code {
        self.expr(a, env, Box::new(move |l, x, env| l.expr(b, env, Box::new(move |l, y, env| k(l, x, y, env)))))
    }

    pub(super) fn list(
        &mut self,
        es: Vec<&'p Expr>,
        env: Env,
        k: Box<dyn FnOnce(&mut Self, Vec<Val>, Env) -> Code + 'p>,
    ) -> Code {
        self.list_from(es.into_iter(), vec![], env, k)
    }

    fn list_from(
        &mut self,
        mut es: std::vec::IntoIter<&'p Expr>,
        mut done: Vec<Val>,
        env: Env,
        k: Box<dyn FnOnce(&mut Self, Vec<Val>, Env) -> Code + 'p>,
    ) -> Code {
        match es.next() {
            None => k(self, done, env),
            Some(e) => self.expr(
                e,
                env,
                Box::new(move |l, v, env| {
                    done.push(v);
                    l.list_from(es, done, env, k)
                }),
            ),
        }
    }

    fn arith(&mut self, op: ArithOp, x: Val, y: Val, e: &'p Expr, env: Env, k: K<'p>) -> Code {
        self.arith_at(op, x, y, &e.ty, e, env, k)
    }

    fn arith_at(&mut self, op: ArithOp, x: Val, y: Val, ty: &Ty, e: &'p Expr, env: Env, k: K<'p>) -> Code {
        let Some(t) = int_ty(ty) else { return self.fail("H0507", "arithmetic on this type", e.span) };
        let bin = |c| Arg::Int(IExpr::Bin(c, Box::new(IExpr::Of(x.clone())), Box::new(IExpr::Of(y.clone()))));
        let may = |s: &str| Some(format!("this `{s}` may overflow `{}`", t.name()));
        let both = vec![Arg::Val(x.clone()), Arg::Val(y.clone())];
        let (key, args, what) = match op {
            ArithOp::Add => ("checked", vec![bin('+')], may("+")),
            ArithOp::Sub => ("checked", vec![bin('-')], may("-")),
            ArithOp::Mul => ("checked", vec![bin('*')], may("*")),
            ArithOp::Div => ("div", both, None),
            ArithOp::Rem => ("rem", both, None),
            ArithOp::BitAnd => match low_bits_of(&x, &y, t) {
                Some(rem) => ("rem", rem, None),
                None => ("and", both, None),
            },
            ArithOp::BitOr => ("or", both, None),
            ArithOp::BitXor => ("xor", both, None),
            ArithOp::Shl => ("shl", both, None),
            ArithOp::Shr => ("shr", both, None),
        };
        let (op, v) = self.op(key, Some(t), args, &Ty::Int(t), e, what);
        Self::wrap(vec![op], k(self, v, env))
    }

    /// `&`, `|`, `^` on booleans that are already values.
    fn bool_arith(&mut self, op: ArithOp, x: Val, y: Val, env: Env, k: K<'p>) -> Code {
        self.joined(&Ty::Bool, vec![], env, k, move |_, _, join, _| {
            let jump = |b: bool| Code::Jump(join, vec![Val::Bool(b)]);
            let (t1, t2, f1, f2) = match op {
                ArithOp::BitAnd => (true, false, false, false),
                ArithOp::BitOr => (true, true, true, false),
                _ => (false, true, true, false),
            };
            let second = |a, b| Code::If(Cond::True(y.clone()), Box::new(jump(a)), Box::new(jump(b)));
            Code::If(Cond::True(x.clone()), Box::new(second(t1, t2)), Box::new(second(f1, f2)))
        })
    }

    fn bool_value(&mut self, e: &'p Expr, env: Env, k: K<'p>) -> Code {
        let modified: Vec<usize> = assigned(e).into_iter().collect();
        if let ExprKind::Arith(op, a, b) = &*e.kind {
            let op = *op;
            return self.two(a, b, env, Box::new(move |l, x, y, env| l.bool_arith(op, x, y, env, k)));
        }
        self.joined(&Ty::Bool, modified, env, k, move |l, env, join, modified| {
            let m2 = modified.clone();
            l.cond(
                e,
                env,
                Box::new(move |l, env| Code::Jump(join, l.join_args(&Ty::Bool, Val::Bool(true), &env, &modified))),
                Box::new(move |l, env| Code::Jump(join, l.join_args(&Ty::Bool, Val::Bool(false), &env, &m2))),
            )
        })
    }

    /// Branches on a condition. `no` may be wanted in two places: it then becomes a join point.
    pub(super) fn cond(
        &mut self,
        e: &'p Expr,
        env: Env,
        yes: Box<dyn FnOnce(&mut Self, Env) -> Code + 'p>,
        no: Box<dyn FnOnce(&mut Self, Env) -> Code + 'p>,
    ) -> Code {
        match &*e.kind {
            ExprKind::Lit(Lit::Bool(b)) => {
                if *b {
                    yes(self, env)
                } else {
                    no(self, env)
                }
            }
            ExprKind::Not(a) if a.ty == Ty::Bool => self.cond(a, env, no, yes),
            ExprKind::And(a, b) => {
                let modified: Vec<usize> = assigned(e).into_iter().collect();
                self.joined(
                    &Ty::unit(),
                    modified,
                    env,
                    Box::new(move |l, _, env| no(l, env)),
                    move |l, env, join, modified| {
                        let m2 = modified.clone();
                        l.cond(
                            a,
                            env,
                            Box::new(move |l, env| {
                                l.cond(
                                    b,
                                    env,
                                    yes,
                                    Box::new(move |l, env| {
                                        Code::Jump(join, l.join_args(&Ty::unit(), Val::Tuple(vec![]), &env, &modified))
                                    }),
                                )
                            }),
                            Box::new(move |l, env| {
                                Code::Jump(join, l.join_args(&Ty::unit(), Val::Tuple(vec![]), &env, &m2))
                            }),
                        )
                    },
                )
            }
            ExprKind::Or(a, b) => {
                let modified: Vec<usize> = assigned(e).into_iter().collect();
                self.joined(
                    &Ty::unit(),
                    modified,
                    env,
                    Box::new(move |l, _, env| yes(l, env)),
                    move |l, env, join, modified| {
                        let m2 = modified.clone();
                        l.cond(
                            a,
                            env,
                            Box::new(move |l, env| {
                                Code::Jump(join, l.join_args(&Ty::unit(), Val::Tuple(vec![]), &env, &modified))
                            }),
                            Box::new(move |l, env| {
                                l.cond(
                                    b,
                                    env,
                                    Box::new(move |l, env| {
                                        Code::Jump(join, l.join_args(&Ty::unit(), Val::Tuple(vec![]), &env, &m2))
                                    }),
                                    no,
                                )
                            }),
                        )
                    },
                )
            }
            ExprKind::Let(pat, s) => self.if_let(pat, s, env, yes, no),
            ExprKind::Cmp(op, a, b) => {
                let op = *op;
                self.two(
                    a,
                    b,
                    env,
                    Box::new(move |l, x, y, env| {
                        let cond = match a.ty.peel() {
                            Ty::Int(_) | Ty::Char => Cond::Cmp(op, IExpr::Of(x), IExpr::Of(y)),
                            _ if matches!(op, CmpOp::Eq | CmpOp::Ne) => Cond::Eq(op == CmpOp::Eq, x, y),
                            Ty::Bool => Cond::Cmp(op, IExpr::OfBool(x), IExpr::OfBool(y)),
                            Ty::Param(p) if l.f.ordered.contains(p) => Cond::Order(op, x, y),
                            _ => return l.fail("H0508", "an ordering of values of this type", e.span),
                        };
                        let then = yes(l, env.clone());
                        let els = no(l, env);
                        Code::If(cond, Box::new(then), Box::new(els))
                    }),
                )
            }
            _ => self.expr(
                e,
                env,
                Box::new(move |l, v, env| match v {
                    Val::Bool(true) => yes(l, env),
                    Val::Bool(false) => no(l, env),
                    v => {
                        let then = yes(l, env.clone());
                        let els = no(l, env);
                        Code::If(Cond::True(v), Box::new(then), Box::new(els))
                    }
                }),
            ),
        }
    }

    fn cast(&mut self, v: Val, e: &'p Expr, env: Env, k: K<'p>) -> Code {
        let from = self.val_ty(&v);
        let Ty::Int(to) = &e.ty else {
            if e.ty == from {
                return k(self, v, env);
            }
            if (&e.ty, &from) == (&Ty::Char, &Ty::Int(IntTy::U8)) {
                let (op, x) = self.op("char.of_byte", None, vec![Arg::Val(v)], &e.ty, e, None);
                return Self::wrap(vec![op], k(self, x, env));
            }
            return self.fail("H0509", "this cast", e.span);
        };
        let (key, n) = match &from {
            Ty::Int(t) if t == to => return k(self, v, env),
            Ty::Int(t) if (*t).min() >= (*to).min() && (*t).max() <= (*to).max() => ("known", IExpr::Of(v)),
            Ty::Int(_) => ("wrapped", IExpr::Of(v)),
            Ty::Char => (if to.bits() >= 32 { "known" } else { "wrapped" }, IExpr::Of(v)),
            Ty::Bool => ("known", IExpr::OfBool(v)),
            Ty::Adt(a, _) if self.prog.adts[a.0].is_enum => ("wrapped", IExpr::Discriminant(v, *a)),
            _ => return self.fail("H0509", "this cast", e.span),
        };
        let (op, x) = self.op(key, Some(*to), vec![Arg::Int(n)], &e.ty, e, None);
        Self::wrap(vec![op], k(self, x, env))
    }

    #[allow(clippy::too_many_arguments)]
    fn slice_range(
        &mut self,
        e: &'p Expr,
        base: &'p Expr,
        lo: &'p Option<Expr>,
        hi: &'p Option<Expr>,
        inclusive: bool,
        env: Env,
        k: K<'p>,
    ) -> Code {
        let bounds: Vec<&'p Expr> = lo.iter().chain(hi).collect();
        let (has_lo, has_hi) = (lo.is_some(), hi.is_some());
        self.expr(
            base,
            env,
            Box::new(move |l, v, env| {
                l.list(
                    bounds,
                    env,
                    Box::new(move |l, bs, env| {
                        let mut bs = bs.into_iter();
                        let mut ops = vec![];
                        let lo = if has_lo { bs.next() } else { None }.unwrap_or(Val::Int(0.into(), IntTy::Usize));
                        let hi = match if has_hi { bs.next() } else { None } {
                            Some(hi) if !inclusive => hi,
                            hi => l.range_end(e, v.clone(), hi, &mut ops),
                        };
                        let ty = Ty::Slice(Box::new(element(&base.ty).unwrap_or(Ty::Never)));
                        let (op, x) =
                            l.op("subslice", None, vec![Arg::Val(v), Arg::Val(lo), Arg::Val(hi)], &ty, e, None);
                        ops.push(op);
                        Self::wrap(ops, k(l, x, env))
                    }),
                )
            }),
        )
    }

    /// The end of a range in a list that is not written as `..hi`.
    pub(super) fn range_end(&mut self, e: &Expr, list: Val, hi: Option<Val>, ops: &mut Vec<Op>) -> Val {
        let usize_ty = Ty::Int(IntTy::Usize);
        let (op, x) = match hi {
            // `a..=MAX` panics, as `MAX + 1` does.
            Some(hi) => {
                let next = IExpr::Bin('+', Box::new(IExpr::Of(hi)), Box::new(IExpr::Lit(1.into())));
                let what = Some("this range may end at `usize::MAX`".to_owned());
                self.op("checked", Some(IntTy::Usize), vec![Arg::Int(next)], &usize_ty, e, what)
            }
            None => self.op("slice.len", None, vec![Arg::Val(list)], &usize_ty, e, None),
        };
        ops.push(op);
        x
    }

    #[allow(clippy::too_many_arguments)]
    fn construct(
        &mut self,
        e: &'p Expr,
        adt: AdtId,
        variant: usize,
        fields: &'p [Option<Expr>],
        order: &'p [usize],
        base: &'p Option<Expr>,
        env: Env,
        k: K<'p>,
    ) -> Code {
        let Ty::Adt(_, args) = value_ty(&e.ty) else { return self.fail("H0511", "a constructor of this type", e.span) };
        let mut es: Vec<&'p Expr> = order.iter().filter_map(|i| fields[*i].as_ref()).collect();
        let has_base = base.is_some();
        es.extend(base);
        let order: Vec<usize> = order.iter().copied().filter(|i| fields[*i].is_some()).collect();
        let n = fields.len();
        self.list(
            es,
            env,
            Box::new(move |l, mut vs, env| {
                let base = if has_base { vs.pop() } else { None };
                let fields = (0..n)
                    .map(|i| match order.iter().position(|o| *o == i) {
                        Some(p) => vs[p].clone(),
                        None => base.clone().map_or(Val::Tuple(vec![]), |b| l.field(b, i)),
                    })
                    .collect();
                k(l, Val::Ctor { adt, args, variant, fields }, env)
            }),
        )
    }

    fn stmts(&mut self, stmts: &'p [Stmt], tail: Option<&'p Expr>, env: Env, k: K<'p>) -> Code {
        let Some((first, rest)) = stmts.split_first() else {
            return match tail {
                Some(e) => self.expr(e, env, k),
                None => k(self, Val::Tuple(vec![]), env),
            };
        };
        match first {
            Stmt::Expr(e) => self.expr(e, env, Box::new(move |l, _, env| l.stmts(rest, tail, env, k))),
            Stmt::Let { pat, init: None, .. } => {
                // Rust reads it only where it was assigned on every way there: what it is before is not seen, but joins
                // and loops carry it along.
                let mut env = env;
                if let (PatKind::Bind { local, .. }, Some(any)) = (&*pat.kind, any_value(&pat.ty)) {
                    env.insert(local.0, Slot::Val(any));
                }
                self.stmts(rest, tail, env, k)
            }
            Stmt::Let { pat, init: Some(init), els } => {
                // A mutable borrow that is given a name is an alias of its place.
                if let (Ty::Ref(true, _), PatKind::Bind { local, by_ref: None, sub: None }) = (&init.ty, &*pat.kind) {
                    if super::assigned::root(init).is_none() {
                        return self.fail("H0512", "a `&mut` that is not a borrow of a place written here", init.span);
                    }
                    let local = local.0;
                    return self.place(
                        init,
                        env,
                        Box::new(move |l, place, mut env| {
                            let (ops, _) = l.read(&place, &env, init.span);
                            env.insert(local, Slot::Alias(place));
                            Self::wrap(ops, l.stmts(rest, tail, env, k))
                        }),
                    );
                }
                match els {
                    None => self.expr(
                        init,
                        env,
                        Box::new(move |l, v, env| {
                            l.bind_irrefutable(pat, v, env, Box::new(move |l, env| l.stmts(rest, tail, env, k)))
                        }),
                    ),
                    Some(els) => self.if_let(
                        pat,
                        init,
                        env,
                        Box::new(move |l, env| l.stmts(rest, tail, env, k)),
                        Box::new(move |l, env| {
                            // The block never ends (rustc has checked it): what would come then is not reached.
                            l.expr(els, env, Box::new(|_, _, _| Code::Panic(PanicKind::Unreachable, els.span)))
                        }),
                    ),
                }
            }
        }
    }

    fn call(&mut self, e: &'p Expr, f: FnId, targs: &'p [Ty], args: &'p [Expr], env: Env, k: K<'p>) -> Code {
        let callee = &self.prog.functions[f.0];
        self.calls.insert(f);
        let targs: Vec<Ty> = targs.iter().map(value_ty).collect();
        for (param, ty) in callee.generics.iter().zip(&targs) {
            let has_order = match ty {
                Ty::Int(_) => true,
                Ty::Param(p) => self.f.ordered.contains(p),
                _ => false,
            };
            if callee.ordered.contains(param) && !has_order {
                return self.fail("H0508", "an ordering of values of this type", e.span);
            }
        }
        let mut ret = vec![subst(&value_ty(&callee.ret), &callee.generics, &targs)];
        for p in &callee.params {
            let t = &callee.locals[p.0].ty;
            if matches!(t, Ty::Ref(true, _)) {
                ret.push(subst(&value_ty(t), &callee.generics, &targs));
            }
        }
        self.args(
            args,
            env,
            Box::new(move |l, vals, places, mut env| {
                let ty = if ret.len() == 1 { ret[0].clone() } else { Ty::Tuple(ret.clone()) };
                let dst = l.var("r", &ty);
                let n = ret.len();
                let result = if n == 1 { Val::Var(dst) } else { Val::Proj(Box::new(Val::Var(dst)), 0, n) };
                let mut ops = vec![];
                for (i, p) in places.iter().enumerate() {
                    ops.extend(l.write(p, &mut env, Val::Proj(Box::new(Val::Var(dst)), i + 1, n), e.span));
                }
                let next = Self::wrap(ops, k(l, result, env));
                Code::Call(dst, f, targs, vals, e.span, Box::new(next))
            }),
        )
    }

    /// Evaluates arguments; those of type `&mut` also give the place to write back to.
    fn args(
        &mut self,
        args: &'p [Expr],
        env: Env,
        k: Box<dyn FnOnce(&mut Self, Vec<Val>, Vec<Place>, Env) -> Code + 'p>,
    ) -> Code {
        self.args_from(args.iter(), vec![], vec![], env, k)
    }

    fn args_from(
        &mut self,
        mut es: std::slice::Iter<'p, Expr>,
        mut vals: Vec<Val>,
        mut places: Vec<Place>,
        env: Env,
        k: Box<dyn FnOnce(&mut Self, Vec<Val>, Vec<Place>, Env) -> Code + 'p>,
    ) -> Code {
        match es.next() {
            None => k(self, vals, places, env),
            Some(e) if matches!(e.ty, Ty::Ref(true, _)) => {
                if super::assigned::root(e).is_none() {
                    return self.fail("H0512", "a `&mut` that is not a borrow of a place written here", e.span);
                }
                self.place(
                    e,
                    env,
                    Box::new(move |l, p, env| {
                        let (ops, v) = l.read(&p, &env, e.span);
                        vals.push(v);
                        places.push(p);
                        let code = l.args_from(es, vals, places, env, k);
                        Self::wrap(ops, code)
                    }),
                )
            }
            Some(e) => self.expr(
                e,
                env,
                Box::new(move |l, v, env| {
                    vals.push(v);
                    l.args_from(es, vals, places, env, k)
                }),
            ),
        }
    }

    fn std_call(&mut self, e: &'p Expr, key: &'static str, args: &'p [Expr], env: Env, k: K<'p>) -> Code {
        let int = args.first().and_then(|a| int_ty(&a.ty));
        let t = if key == "int.try_from" { result_int(&e.ty) } else { int };
        self.args(
            args,
            env,
            Box::new(move |l, mut vals, places, mut env| {
                match key {
                    "mem.swap" => {
                        let (Some(a), Some(b), 2) = (places.first(), places.get(1), vals.len()) else {
                            return l.fail("H0512", "`swap` of places that are not written here", e.span);
                        };
                        let mut ops = l.write(a, &mut env, vals[1].clone(), e.span);
                        ops.extend(l.write(b, &mut env, vals[0].clone(), e.span));
                        return Self::wrap(ops, k(l, Val::Tuple(vec![]), env));
                    }
                    "mem.replace" => {
                        let (Some(a), 2) = (places.first(), vals.len()) else {
                            return l.fail("H0512", "`replace` of a place that is not written here", e.span);
                        };
                        let new = vals.swap_remove(1);
                        let ops = l.write(a, &mut env, new, e.span);
                        return Self::wrap(ops, k(l, vals.swap_remove(0), env));
                    }
                    _ => {}
                }
                // The message of `expect` has no part in the meaning.
                let kept = if key.ends_with(".expect") { 1 } else { vals.len() };
                let mut call: Vec<Arg> = vals.into_iter().take(kept).map(Arg::Val).collect();
                if key == "vec.with_capacity" {
                    let Some(size) = l.element_size(&args[0], &e.ty) else {
                        return l.fail("H0505", "the size of the element's type is not known to the model", e.span);
                    };
                    call.push(Arg::Int(IExpr::Lit(size.into())));
                }
                let ret = value_ty(&e.ty);
                let (ty, n) = match places.first() {
                    None => (ret.clone(), 1),
                    Some(_) => (Ty::Tuple(vec![ret.clone(), value_ty(&args[0].ty)]), 2),
                };
                let (op, x) = l.op(key, t, call, &ty, e, None);
                let mut ops = vec![op];
                let result = if n == 1 { x.clone() } else { Val::Proj(Box::new(x.clone()), 0, 2) };
                if let Some(p) = places.first() {
                    ops.extend(l.write(p, &mut env, Val::Proj(Box::new(x), 1, 2), e.span));
                }
                Self::wrap(ops, k(l, result, env))
            }),
        )
    }
}

/// What a `let` without a pattern binds a variable to.
fn bound_to(body: &Expr, local: LocalId) -> Option<&Expr> {
    let mut todo = vec![body];
    while let Some(e) = todo.pop() {
        if let ExprKind::Block { stmts, .. } = &*e.kind {
            for stmt in stmts {
                if let Stmt::Let { pat, init: Some(init), els: None } = stmt
                    && matches!(*pat.kind, PatKind::Bind { local: l, by_ref: None, sub: None } if l == local)
                {
                    return Some(init);
                }
            }
        }
        children(e, &mut |child| todo.push(child));
    }
    None
}

/// `x & (2^k - 1)` of unsigned numbers as the remainder that it is, which proofs know more of.
fn low_bits_of(x: &Val, y: &Val, t: IntTy) -> Option<Vec<Arg>> {
    let modulus = |v: &Val| match v {
        // All bits are no remainder of the type.
        Val::Int(n, _) if *n < t.max() => crate::spec_to_lean::low_bits(n).map(|n| Val::Int(n, t)),
        _ => None,
    };
    if t.signed() {
        return None;
    }
    let (value, by) = match (modulus(x), modulus(y)) {
        (_, Some(by)) => (x, by),
        (Some(by), None) => (y, by),
        _ => return None,
    };
    Some(vec![Arg::Val(value.clone()), Arg::Val(by)])
}

fn result_int(ty: &Ty) -> Option<IntTy> {
    match ty {
        Ty::Adt(AdtId::RESULT, args) => args.first().and_then(int_ty),
        _ => None,
    }
}

pub(crate) fn int_ty(ty: &Ty) -> Option<IntTy> {
    match ty.peel() {
        Ty::Int(t) => Some(*t),
        _ => None,
    }
}

pub(super) fn lit_val(lit: &Lit, ty: &Ty) -> Option<Val> {
    match lit {
        Lit::Bool(b) => Some(Val::Bool(*b)),
        Lit::Char(c) => Some(Val::Char(*c)),
        Lit::Int(n) => int_ty(ty).map(|t| Val::Int(n.clone(), t)),
        Lit::Str(s) => Some(Val::Str(s.clone())),
    }
}

/// Some value of a type, where one is at hand.
fn any_value(ty: &Ty) -> Option<Val> {
    Some(match ty {
        Ty::Int(t) => Val::Int(0.into(), *t),
        Ty::Bool => Val::Bool(false),
        Ty::Char => Val::Char('\0'),
        Ty::Tuple(parts) => Val::Tuple(parts.iter().map(any_value).collect::<Option<_>>()?),
        Ty::Adt(AdtId::OPTION, args) => {
            Val::Ctor { adt: AdtId::OPTION, args: args.iter().map(value_ty).collect(), variant: 0, fields: vec![] }
        }
        Ty::Ref(false, t) => any_value(t)?,
        _ => return None,
    })
}
