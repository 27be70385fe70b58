//! Evaluation of expressions, in Rust's order.

use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

use super::int_ops::{self, IntPanic};
use super::machine::{CallMark, Eval, Flow, Machine, PanicCause, PanicInfo, Stop};
use super::value::{Located, Place, Step, Value};
use crate::span::Span;
use crate::tir::{ArithOp, CmpOp, Expr, ExprKind, FnId, IntTy, Lit, LoopId, Pat, PatKind, Stmt, Ty};

/// Bits that a mathematical integer of a condition may have.
const MAX_MATH_BITS: u64 = 1 << 16;

/// Whether every value of `from` is a value of `to`.
pub(crate) fn widens(from: IntTy, to: IntTy) -> bool {
    match (from.signed(), to.signed()) {
        (a, b) if a == b => from.bits() <= to.bits(),
        (false, true) => from.bits() < to.bits(),
        _ => false,
    }
}

impl<'p> Machine<'p> {
    /// The value of an expression.
    pub(crate) fn eval(&mut self, e: &'p Expr) -> Eval<Value> {
        self.tick()?;
        self.depth += 1;
        if self.depth > self.limits.depth {
            self.depth -= 1;
            return self.stop(Stop::Depth);
        }
        let r = self.eval_kind(e);
        self.depth -= 1;
        r
    }

    fn eval_kind(&mut self, e: &'p Expr) -> Eval<Value> {
        match &*e.kind {
            ExprKind::Lit(l) => Ok(lit(l)),
            ExprKind::Local(l) => {
                let slot = self.local_slot(l.0, e.span)?;
                match &self.slots[slot] {
                    Value::Uninit => self.malformed("a variable that is not initialised", e.span),
                    v => Ok(v.clone()),
                }
            }
            ExprKind::Arith(op, a, b) => {
                let x = self.scalar(a)?;
                let y = self.scalar(b)?;
                self.arith(*op, &e.ty, x, y, e.span)
            }
            ExprKind::Neg(a) => self.negate(e, a),
            ExprKind::Not(a) => self.complement(e, a),
            ExprKind::Cmp(op, a, b) => self.compare_exprs(*op, a, b, e.span),
            ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Implies(..) | ExprKind::Let(..) => {
                let b = self.condition(e)?;
                Ok(Value::Bool(b))
            }
            ExprKind::Cast(a) => self.cast(e, a),
            ExprKind::Tuple(es) => Ok(Value::tuple(self.eval_all(es)?)),
            ExprKind::Array(es) => {
                self.allocate(es.len())?;
                Ok(Value::list(self.eval_all(es)?))
            }
            ExprKind::Repeat(x, n) => self.repeat(e, x, n),
            ExprKind::Construct { adt, variant, fields, order, base } => {
                let mut values = vec![None; fields.len()];
                for i in order {
                    if let Some(Some(f)) = fields.get(*i) {
                        values[*i] = Some(self.eval(f)?);
                    }
                }
                if let Some(b) = base {
                    let at = self.locate(b)?;
                    let from = self.located_value(self.strip(at), b.span)?;
                    for (i, v) in values.iter_mut().enumerate() {
                        if v.is_none() {
                            *v = from.children().and_then(|c| c.get(i)).cloned();
                        }
                    }
                }
                match values.into_iter().collect::<Option<Vec<_>>>() {
                    Some(values) => Ok(Value::adt(*adt, *variant, values)),
                    None => self.malformed("a structure with missing fields", e.span),
                }
            }
            ExprKind::Field(..) | ExprKind::Index(..) | ExprKind::SliceRange { .. } | ExprKind::Deref(_) => {
                let at = self.locate(e)?;
                self.located_value(at, e.span)
            }
            ExprKind::Borrow(mutable, a) => self.borrow(*mutable, a),
            ExprKind::Call(f, types, args) => {
                let values = self.eval_all(args)?;
                self.call(*f, types, values, e.span)
            }
            ExprKind::Std(key, args) => self.std(key, args, e),
            ExprKind::Copy(a) => {
                let at = self.locate(a)?;
                // Cloning through a mutable reference clones what it refers to.
                let at = if matches!(e.ty, Ty::Ref(true, _)) { at } else { self.strip(at) };
                self.located_value(at, a.span)
            }
            ExprKind::If(c, t, f) => {
                if self.condition(c)? {
                    self.eval(t)
                } else {
                    self.eval(f)
                }
            }
            ExprKind::Match(scrutinee, arms) => {
                let at = self.locate(scrutinee)?;
                for arm in arms {
                    if !self.matches(&arm.pat, at.clone())? {
                        continue;
                    }
                    if let Some(g) = &arm.guard
                        && !self.condition(g)?
                    {
                        continue;
                    }
                    return self.eval(&arm.body);
                }
                self.malformed("a match that no arm takes", e.span)
            }
            ExprKind::Block { label, stmts, tail } => self.block(*label, stmts, tail.as_ref()),
            ExprKind::Loop { id, spec, body } => self.run_loop(*id, spec, None, body, e.span),
            ExprKind::While { id, spec, cond, body } => self.run_loop(*id, spec, Some(cond), body, e.span),
            ExprKind::For { id, spec, pat, iter, body } => self.run_for(*id, spec, pat, iter, body, e.span),
            ExprKind::Break(id, v) => {
                let v = match v {
                    Some(v) => self.eval(v)?,
                    None => Value::unit(),
                };
                Err(Box::new(Flow::Break(*id, v)))
            }
            ExprKind::Continue(id) => Err(Box::new(Flow::Continue(*id))),
            ExprKind::Return(v) => {
                let v = match v {
                    Some(v) => self.eval(v)?,
                    None => Value::unit(),
                };
                Err(Box::new(Flow::Return(v)))
            }
            ExprKind::Assign(place, v) => {
                let v = self.eval(v)?;
                let at = self.locate(place)?;
                self.assign(at, v, e.span)
            }
            ExprKind::AssignOp(op, place, v) => {
                // For primitive operands the right side is evaluated first.
                let y = self.scalar(v)?;
                let at = self.locate(place)?;
                let at = self.strip(at);
                let x = self.located_value(at.clone(), place.span)?;
                let r = self.arith(*op, place.ty.peel(), x, y, e.span)?;
                self.assign(at, r, e.span)
            }
            ExprKind::Panic(kind, message) => self.panic(PanicCause::Macro(*kind), message.clone(), e.span),
            ExprKind::Quant { all, vars, domain, body } => self.quantifier(*all, vars, domain, body, e.span),
        }
    }

    fn eval_all(&mut self, es: &'p [Expr]) -> Eval<Vec<Value>> {
        es.iter().map(|e| self.eval(e)).collect()
    }

    /// A value behind any number of references.
    pub(crate) fn scalar(&mut self, e: &'p Expr) -> Eval<Value> {
        match self.eval(e)? {
            v @ Value::Mut(_) => {
                let at = self.strip(Located::Value(v));
                self.located_value(at, e.span)
            }
            v => Ok(v),
        }
    }

    pub(crate) fn integer(&mut self, e: &'p Expr) -> Eval<BigInt> {
        match self.scalar(e)? {
            Value::Int(x) => Ok(x),
            _ => self.malformed("an integer expression of another type", e.span),
        }
    }

    pub(crate) fn index_value(&mut self, e: &'p Expr) -> Eval<BigInt> {
        self.integer(e)
    }

    fn assign(&mut self, at: Located, v: Value, span: Span) -> Eval<Value> {
        match at {
            Located::Place(p) => {
                self.write(&p, v, span)?;
                Ok(Value::unit())
            }
            Located::Value(_) => self.malformed("an assignment to a temporary", span),
        }
    }

    /// A condition: `&&`, `||`, `implies` and `let` by Rust's rules, with three-valued logic on what cannot be told.
    pub(crate) fn condition(&mut self, e: &'p Expr) -> Eval<bool> {
        match &*e.kind {
            ExprKind::And(a, b) => self.connect(a, b, false, false),
            ExprKind::Or(a, b) => self.connect(a, b, true, false),
            ExprKind::Implies(a, b) => self.connect(a, b, true, true),
            ExprKind::Let(pat, v) => {
                let at = self.locate(v)?;
                self.matches(pat, at)
            }
            _ => match self.scalar(e)? {
                Value::Bool(b) => Ok(b),
                _ => self.malformed("a condition that is not a bool", e.span),
            },
        }
    }

    /// `a` decides with `decider` (after negation, for `implies`), else `b` does.
    fn connect(&mut self, a: &'p Expr, b: &'p Expr, decider: bool, negate: bool) -> Eval<bool> {
        let left = self.condition(a);
        match left {
            Ok(x) if (x != negate) == decider => Ok(decider),
            Ok(_) => self.condition(b),
            Err(flow) => {
                if self.spec && matches!(*flow, Flow::Stop(Stop::Unknown(..))) {
                    // Whatever `a` is, `b` may decide alone; bindings of a `let` in `a` would be missing, which is Unknown too.
                    if let Ok(y) = self.condition(b)
                        && y == decider
                    {
                        return Ok(decider);
                    }
                }
                Err(flow)
            }
        }
    }

    /// The place that an expression denotes, or its value as a temporary.
    pub(crate) fn locate(&mut self, e: &'p Expr) -> Eval<Located> {
        match &*e.kind {
            ExprKind::Local(l) => Ok(Located::Place(Place::slot(self.local_slot(l.0, e.span)?))),
            ExprKind::Field(base, i) => {
                let at = self.locate(base)?;
                let at = self.strip(at);
                self.part(at, Step::At(*i), e.span)
            }
            ExprKind::Index(base, i) => {
                let at = self.locate(base)?;
                let at = self.strip(at);
                let i = self.index_value(i)?;
                let len = self.length(&at, base.span)?;
                match i.to_usize().filter(|n| *n < len) {
                    Some(n) => self.part(at, Step::At(n), e.span),
                    None => {
                        let m = format!("index out of bounds: the len is {len} but the index is {i}");
                        self.panic(PanicCause::Bounds, m, e.span)
                    }
                }
            }
            ExprKind::SliceRange { base, lo, hi, inclusive } => {
                let at = self.locate(base)?;
                let at = self.strip(at);
                let lo = match lo {
                    Some(e) => Some(self.index_value(e)?),
                    None => None,
                };
                let hi = match hi {
                    Some(e) => Some(self.index_value(e)?),
                    None => None,
                };
                let len = self.length(&at, base.span)?;
                self.sub_slice(at, lo, hi, *inclusive, len, e.span)
            }
            ExprKind::Deref(inner) => {
                let at = self.locate(inner)?;
                // `& &mut T` is represented by the `&mut T`; only a mutable reference is a step.
                let through = match &inner.ty {
                    Ty::Ref(false, t) => !matches!(**t, Ty::Ref(true, _)),
                    _ => true,
                };
                if !through {
                    return Ok(at);
                }
                Ok(match &at {
                    Located::Value(Value::Mut(p)) => Located::Place(p.clone()),
                    Located::Place(p) => match self.peek(p) {
                        Some(Value::Mut(q)) => Located::Place(q.clone()),
                        _ => at,
                    },
                    Located::Value(_) => at,
                })
            }
            _ => Ok(Located::Value(self.eval(e)?)),
        }
    }

    fn sub_slice(
        &mut self,
        at: Located,
        lo: Option<BigInt>,
        hi: Option<BigInt>,
        inclusive: bool,
        len: usize,
        span: Span,
    ) -> Eval<Located> {
        let lo = lo.unwrap_or_default();
        let hi = match hi {
            None => BigInt::from(len),
            Some(h) if inclusive => h + 1,
            Some(h) => h,
        };
        if lo > hi {
            let m = format!("slice index starts at {lo} but ends at {hi}");
            return self.panic(PanicCause::Bounds, m, span);
        }
        match (lo.to_usize(), hi.to_usize()) {
            (Some(a), Some(b)) if b <= len => self.part(at, Step::Range(a, b), span),
            _ => {
                let m = format!("range end index {hi} out of range for slice of length {len}");
                self.panic(PanicCause::Bounds, m, span)
            }
        }
    }

    fn borrow(&mut self, mutable: bool, a: &'p Expr) -> Eval<Value> {
        let at = self.locate(a)?;
        match (mutable, at) {
            (false, at) => {
                // `&r` of a `&mut` is a reference to the reference, unless the type says that it was coerced.
                let at = if matches!(a.ty, Ty::Ref(true, _)) { at } else { self.strip(at) };
                self.located_value(at, a.span)
            }
            (true, Located::Place(p)) => Ok(Value::Mut(p)),
            (true, Located::Value(v)) => {
                // The temporary lives until the function returns.
                self.allocate(1)?;
                self.slots.push(v);
                Ok(Value::Mut(Place::slot(self.slots.len() - 1)))
            }
        }
    }

    fn repeat(&mut self, e: &'p Expr, x: &'p Expr, n: &'p Expr) -> Eval<Value> {
        let x = self.eval(x)?;
        let n = self.integer(n)?;
        let element = match &e.ty {
            Ty::Vec(t) | Ty::Array(t, _) => self.concrete(t),
            _ => return self.malformed("this repetition", e.span),
        };
        if matches!(e.ty, Ty::Vec(_)) {
            self.check_capacity(&n, &element, e.span)?;
        }
        let Some(n) = n.to_usize() else { return self.stop(Stop::Memory) };
        self.allocate(n)?;
        Ok(Value::list(vec![x; n]))
    }

    fn negate(&mut self, e: &'p Expr, a: &'p Expr) -> Eval<Value> {
        let x = self.integer(a)?;
        if self.spec {
            return Ok(Value::Int(-x));
        }
        match &e.ty {
            Ty::Int(t) => match int_ops::neg(*t, &x) {
                Ok(v) => Ok(Value::Int(v)),
                Err(p) => self.int_panic(p, e.span),
            },
            _ => self.malformed("this negation", e.span),
        }
    }

    fn complement(&mut self, e: &'p Expr, a: &'p Expr) -> Eval<Value> {
        match (self.scalar(a)?, e.ty.peel()) {
            (Value::Bool(b), _) => Ok(Value::Bool(!b)),
            (Value::Int(x), Ty::Int(t)) if int_ops::fits(*t, &x) => Ok(Value::Int(int_ops::not(*t, &x))),
            (Value::Int(x), Ty::Math) => Ok(Value::Int(-x - 1)),
            _ => self.malformed("this complement (its operand may be outside its type)", e.span),
        }
    }

    /// `x op y` in code or in a condition.
    pub(crate) fn arith(&mut self, op: ArithOp, ty: &Ty, x: Value, y: Value, span: Span) -> Eval<Value> {
        match (x, y) {
            (Value::Bool(a), Value::Bool(b)) => match op {
                ArithOp::BitAnd => Ok(Value::Bool(a & b)),
                ArithOp::BitOr => Ok(Value::Bool(a | b)),
                ArithOp::BitXor => Ok(Value::Bool(a ^ b)),
                _ => self.malformed("arithmetic on bool", span),
            },
            (Value::Int(a), Value::Int(b)) if self.spec => self.math_arith(op, ty, &a, &b, span),
            (Value::Int(a), Value::Int(b)) => match ty {
                Ty::Int(t) => match int_ops::arith(op, *t, &a, &b) {
                    Ok(v) => Ok(Value::Int(v)),
                    Err(p) => self.int_panic(p, span),
                },
                _ => self.malformed("arithmetic of this type", span),
            },
            _ => self.malformed("arithmetic on these operands", span),
        }
    }

    fn math_arith(&mut self, op: ArithOp, ty: &Ty, a: &BigInt, b: &BigInt, span: Span) -> Eval<Value> {
        let machine = match ty {
            Ty::Int(t) => Some(*t),
            _ => None,
        };
        if a.bits() + b.bits() > MAX_MATH_BITS {
            return self.malformed("integers of this size", span);
        }
        let r = match op {
            ArithOp::Add => a + b,
            ArithOp::Sub => a - b,
            ArithOp::Mul => a * b,
            ArithOp::Div | ArithOp::Rem if b.is_zero() => {
                let p = if op == ArithOp::Div { IntPanic::DivByZero } else { IntPanic::RemByZero };
                return self.int_panic(p, span);
            }
            ArithOp::Div => a / b,
            ArithOp::Rem => a % b,
            ArithOp::BitAnd | ArithOp::BitOr | ArithOp::BitXor => {
                if machine.is_some_and(|t| !int_ops::fits(t, a) || !int_ops::fits(t, b)) {
                    return self.malformed("a bit operation on a value outside its type", span);
                }
                match op {
                    ArithOp::BitAnd => a & b,
                    ArithOp::BitOr => a | b,
                    _ => a ^ b,
                }
            }
            ArithOp::Shl | ArithOp::Shr => match machine {
                Some(t) => {
                    let r = if op == ArithOp::Shl { int_ops::shl(t, a, b) } else { int_ops::shr(t, a, b) };
                    match r {
                        Ok(v) => v,
                        Err(p) => return self.int_panic(p, span),
                    }
                }
                None => match b.to_u32().filter(|n| u64::from(*n) < MAX_MATH_BITS) {
                    Some(n) if op == ArithOp::Shl => a << n,
                    Some(n) => a >> n,
                    None => return self.malformed("a shift by this amount", span),
                },
            },
        };
        Ok(Value::Int(r))
    }

    fn cast(&mut self, e: &'p Expr, a: &'p Expr) -> Eval<Value> {
        let v = self.scalar(a)?;
        let x = match (&v, &e.ty) {
            (Value::Int(x), Ty::Int(to)) => {
                let identity = match a.ty.peel() {
                    Ty::Int(from) => self.spec && widens(*from, *to),
                    _ => false,
                };
                return Ok(Value::Int(if identity { x.clone() } else { int_ops::cast(*to, x) }));
            }
            (Value::Int(_), Ty::Math) => return Ok(v),
            (Value::Int(x), Ty::Char) => {
                return match x.to_u8() {
                    Some(c) => Ok(Value::Char(char::from(c))),
                    None => self.malformed("a cast to char of a value outside u8", e.span),
                };
            }
            (Value::Char(_), Ty::Char) | (Value::Bool(_), Ty::Bool) => return Ok(v),
            (Value::Bool(b), _) => BigInt::from(u8::from(*b)),
            (Value::Char(c), _) => BigInt::from(u32::from(*c)),
            (Value::Adt(adt, variant, _), _) => {
                match self.program.adts.get(adt.0).and_then(|a| a.variants.get(*variant)) {
                    Some(v) => v.discriminant.clone(),
                    None => return self.malformed("a cast of this type", e.span),
                }
            }
            _ => return self.malformed("this cast", e.span),
        };
        match &e.ty {
            Ty::Int(to) => Ok(Value::Int(int_ops::cast(*to, &x))),
            Ty::Math => Ok(Value::Int(x)),
            _ => self.malformed("this cast", e.span),
        }
    }

    fn compare_exprs(&mut self, op: CmpOp, a: &'p Expr, b: &'p Expr, span: Span) -> Eval<Value> {
        let x = self.eval(a)?;
        let y = self.eval(b)?;
        let (x, y) = (self.resolve(&x), self.resolve(&y));
        let ordering = match self.compare(&x, &y) {
            Some(o) => o,
            None => return self.malformed("this comparison", span),
        };
        Ok(Value::Bool(match op {
            CmpOp::Eq => ordering.is_eq(),
            CmpOp::Ne => ordering.is_ne(),
            CmpOp::Lt => ordering.is_lt(),
            CmpOp::Le => ordering.is_le(),
            CmpOp::Gt => ordering.is_gt(),
            CmpOp::Ge => ordering.is_ge(),
        }))
    }

    /// Structural order, as derived `PartialOrd` has it; `None` for values without one.
    pub(crate) fn compare(&self, a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
        use std::cmp::Ordering;
        Some(match (a, b) {
            (Value::Bool(x), Value::Bool(y)) => x.cmp(y),
            (Value::Char(x), Value::Char(y)) => x.cmp(y),
            (Value::Int(x), Value::Int(y)) => x.cmp(y),
            (Value::Tuple(x), Value::Tuple(y)) | (Value::List(x), Value::List(y)) => {
                if Arc::ptr_eq(x, y) {
                    return Some(Ordering::Equal);
                }
                for (p, q) in x.iter().zip(y.iter()) {
                    match self.compare(p, q)? {
                        Ordering::Equal => {}
                        o => return Some(o),
                    }
                }
                x.len().cmp(&y.len())
            }
            (Value::Adt(s, i, x), Value::Adt(t, j, y)) if s == t => {
                if i != j {
                    let variants = &self.program.adts.get(s.0)?.variants;
                    return Some(variants.get(*i)?.discriminant.cmp(&variants.get(*j)?.discriminant).then(i.cmp(j)));
                }
                for (p, q) in x.iter().zip(y.iter()) {
                    match self.compare(p, q)? {
                        Ordering::Equal => {}
                        o => return Some(o),
                    }
                }
                Ordering::Equal
            }
            _ => return None,
        })
    }

    fn block(&mut self, label: Option<LoopId>, stmts: &'p [Stmt], tail: Option<&'p Expr>) -> Eval<Value> {
        let r = self.block_inner(stmts, tail);
        match (r, label) {
            (Err(flow), Some(label)) => match *flow {
                Flow::Break(id, v) if id == label => Ok(v),
                flow => Err(Box::new(flow)),
            },
            (r, _) => r,
        }
    }

    fn block_inner(&mut self, stmts: &'p [Stmt], tail: Option<&'p Expr>) -> Eval<Value> {
        for s in stmts {
            match s {
                Stmt::Expr(e) => {
                    self.eval(e)?;
                }
                Stmt::Let { pat, init: None, .. } => self.forget(pat),
                Stmt::Let { pat, init: Some(init), els } => {
                    let at = self.locate(init)?;
                    if !self.matches(pat, at)? {
                        match els {
                            Some(els) => {
                                self.eval(els)?;
                                return self.malformed("a `let … else` whose else returns", els.span);
                            }
                            None => return self.malformed("a `let` pattern that does not match", pat.span),
                        }
                    }
                }
            }
        }
        match tail {
            Some(e) => self.eval(e),
            None => Ok(Value::unit()),
        }
    }

    /// `let x;` makes the variable uninitialised again.
    fn forget(&mut self, pat: &'p Pat) {
        if let PatKind::Bind { local, .. } = &*pat.kind
            && let Ok(slot) = self.local_slot(local.0, pat.span)
        {
            self.slots[slot] = Value::Uninit;
        }
    }

    /// Calls a function. In a condition its body still runs with machine integers; its panic makes the condition partial.
    pub(crate) fn call(&mut self, f: FnId, types: &[Ty], args: Vec<Value>, span: Span) -> Eval<Value> {
        let program = self.program;
        let Some(function) = program.functions.get(f.0) else { return self.malformed("this call", span) };
        let Some(body) = &function.body else {
            return self.stop(Stop::Unknown(format!("the body of `{}` is not available", function.path), span));
        };
        if args.len() != function.params.len() {
            return self.malformed("a call with this number of arguments", span);
        }
        if self.spec {
            for (p, v) in function.params.iter().zip(&args) {
                if let (Some(Ty::Int(t)), Value::Int(x)) = (function.locals.get(p.0).map(|l| &l.ty), v)
                    && !int_ops::fits(*t, x)
                {
                    // What computes such a number panics in Rust.
                    let why = format!("{x} is no `{}` for `{}` to be called with", t.name(), function.path);
                    return self.panic(PanicCause::Std, why, span);
                }
            }
        }
        self.mark_call(f, &args, span)?;
        let types = types.iter().map(|t| self.concrete(t));
        let types = function.generics.iter().cloned().zip(types).collect();
        self.push_frame(&function.locals, Some(f), types);
        let base = self.slots.len() - function.locals.len();
        for (p, v) in function.params.iter().zip(args) {
            if let Some(slot) = self.slots.get_mut(base + p.0) {
                *slot = v;
            }
        }
        let spec = std::mem::replace(&mut self.spec, false);
        let r = self.eval(body);
        self.spec = spec;
        self.pop_frame();
        if self.call_mark.as_ref().is_some_and(|m| m.level >= self.frames.len()) {
            self.call_mark = None;
        }
        match r.map_err(|f| *f) {
            Ok(v) | Err(Flow::Return(v)) => Ok(v),
            Err(Flow::Panic(info)) if spec => {
                let info = PanicInfo { span, ..info };
                self.stop(Stop::Partial(Box::new(info)))
            }
            Err(Flow::Break(..) | Flow::Continue(_)) => self.malformed("a break out of a function", span),
            Err(flow) => Err(Box::new(flow)),
        }
    }

    /// Recognises a call that meets its own arguments again further down: endless recursion. Only deep stacks are watched,
    /// and only one call at a time, which finds every cycle sooner or later.
    fn mark_call(&mut self, f: FnId, args: &[Value], span: Span) -> Eval<()> {
        let level = self.frames.len();
        if level < 64 {
            return Ok(());
        }
        if let Some(mark) = &self.call_mark
            && mark.function == f
            && mark.level < level
        {
            let now: Vec<Value> = args.iter().map(|v| self.resolve(v)).collect();
            if now == mark.args {
                return self.stop(Stop::Cycle(span));
            }
        }
        if level.is_power_of_two() {
            let args = args.iter().map(|v| self.resolve(v)).collect();
            self.call_mark = Some(CallMark { level, function: f, args });
        }
        Ok(())
    }
}

pub(crate) fn lit(l: &Lit) -> Value {
    match l {
        Lit::Bool(b) => Value::Bool(*b),
        Lit::Int(x) => Value::Int(x.clone()),
        Lit::Char(c) => Value::Char(*c),
        Lit::Str(s) => Value::text(s),
    }
}
