//! The end of inference: every variable is replaced by its type, literals default to `i32`, what is still open is an error.

use super::{Fcx, check, unify};
use crate::resolve::{R, refuse, refuse_help};
use crate::span::Span;
use crate::tir::*;

/// Calls a function on every direct part of an expression.
pub(super) fn children(e: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    match &mut *e.kind {
        ExprKind::Lit(_) | ExprKind::Local(_) | ExprKind::Continue(_) | ExprKind::Panic(..) => {}
        ExprKind::Neg(a)
        | ExprKind::Not(a)
        | ExprKind::Let(_, a)
        | ExprKind::Cast(a)
        | ExprKind::Field(a, _)
        | ExprKind::Deref(a)
        | ExprKind::Borrow(_, a)
        | ExprKind::Copy(a) => f(a),
        ExprKind::Arith(_, a, b)
        | ExprKind::Cmp(_, a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Implies(a, b)
        | ExprKind::Repeat(a, b)
        | ExprKind::Index(a, b)
        | ExprKind::Assign(a, b)
        | ExprKind::AssignOp(_, a, b) => {
            f(a);
            f(b);
        }
        ExprKind::Tuple(parts) | ExprKind::Array(parts) | ExprKind::Call(_, _, parts) | ExprKind::Std(_, parts) => {
            parts.iter_mut().for_each(f);
        }
        ExprKind::Construct { fields, base, .. } => {
            fields.iter_mut().flatten().for_each(&mut *f);
            base.iter_mut().for_each(f);
        }
        ExprKind::SliceRange { base, lo, hi, .. } => {
            f(base);
            lo.iter_mut().for_each(&mut *f);
            hi.iter_mut().for_each(f);
        }
        ExprKind::If(c, t, e) => {
            f(c);
            f(t);
            f(e);
        }
        ExprKind::Match(value, arms) => {
            f(value);
            for arm in arms {
                arm.guard.iter_mut().for_each(&mut *f);
                f(&mut arm.body);
            }
        }
        ExprKind::Block { stmts, tail, .. } => {
            for stmt in stmts {
                match stmt {
                    Stmt::Let { init, els, .. } => {
                        init.iter_mut().for_each(&mut *f);
                        els.iter_mut().for_each(&mut *f);
                    }
                    Stmt::Expr(e) => f(e),
                }
            }
            tail.iter_mut().for_each(f);
        }
        ExprKind::Loop { spec, body, .. } => {
            loop_spec(spec, f);
            f(body);
        }
        ExprKind::While { spec, cond, body, .. } => {
            loop_spec(spec, f);
            f(cond);
            f(body);
        }
        ExprKind::For { spec, iter, body, .. } => {
            match iter {
                ForIter::Range { lo, hi, step, .. } => {
                    f(lo);
                    f(hi);
                    step.iter_mut().for_each(&mut *f);
                }
                ForIter::Elements { base, .. } => f(base),
            }
            loop_spec(spec, f);
            f(body);
        }
        ExprKind::Break(_, value) | ExprKind::Return(value) => value.iter_mut().for_each(f),
        ExprKind::Quant { domain, body, .. } => {
            match domain {
                Domain::Typed => {}
                Domain::Range { lo, hi, .. } => {
                    f(lo);
                    f(hi);
                }
                Domain::Elements(base) => f(base),
            }
            f(body);
        }
    }
}

fn loop_spec(spec: &mut LoopSpec, f: &mut dyn FnMut(&mut Expr)) {
    spec.maintains.iter_mut().for_each(&mut *f);
    spec.decreases.iter_mut().for_each(f);
}

/// Calls a function on every direct pattern of an expression.
fn patterns(e: &mut Expr, f: &mut dyn FnMut(&mut Pat)) {
    match &mut *e.kind {
        ExprKind::Let(pat, _) | ExprKind::For { pat, .. } => f(pat),
        ExprKind::Match(_, arms) => arms.iter_mut().for_each(|a| f(&mut a.pat)),
        ExprKind::Block { stmts, .. } => {
            for stmt in stmts {
                if let Stmt::Let { pat, .. } = stmt {
                    f(pat);
                }
            }
        }
        _ => {}
    }
}

impl Fcx<'_, '_> {
    /// The final type, literals of no other type being `i32`.
    pub(super) fn final_ty(&mut self, ty: &Ty, span: Span) -> R<Ty> {
        let resolved = self.vars.resolve(ty);
        self.close(resolved, span)
    }

    fn close(&mut self, ty: Ty, span: Span) -> R<Ty> {
        Ok(match ty {
            Ty::Param(_) if unify::var_index(&ty).is_some() => {
                if !self.vars.is_free_int(&ty) {
                    return refuse_help(
                        self.code("H0108", "H0213"),
                        span,
                        "the type of this is not determined",
                        "write the type",
                    );
                }
                self.vars.unify(&ty, &Ty::Int(IntTy::I32));
                Ty::Int(IntTy::I32)
            }
            Ty::Tuple(parts) => Ty::Tuple(parts.into_iter().map(|t| self.close(t, span)).collect::<R<_>>()?),
            Ty::Adt(id, parts) => Ty::Adt(id, parts.into_iter().map(|t| self.close(t, span)).collect::<R<_>>()?),
            Ty::Opaque(name, parts) => {
                Ty::Opaque(name, parts.into_iter().map(|t| self.close(t, span)).collect::<R<_>>()?)
            }
            Ty::Ref(m, t) => Ty::Ref(m, Box::new(self.close(*t, span)?)),
            Ty::Slice(t) => Ty::Slice(Box::new(self.close(*t, span)?)),
            Ty::Vec(t) => Ty::Vec(Box::new(self.close(*t, span)?)),
            Ty::Array(t, n) => Ty::Array(Box::new(self.close(*t, span)?), n),
            other => other,
        })
    }

    /// Gives all locals their final types.
    pub(super) fn finish_locals(&mut self) -> R<()> {
        for at in 0..self.locals.len() {
            let (ty, span) = (self.locals[at].ty.clone(), self.locals[at].span);
            self.locals[at].ty = self.final_ty(&ty, span)?;
        }
        Ok(())
    }

    /// Gives an expression and all its parts their final types, and folds negated literals.
    pub(super) fn finish_expr(&mut self, e: &mut Expr) -> R<()> {
        e.ty = self.final_ty(&e.ty.clone(), e.span)?;
        let span = e.span;
        if let ExprKind::Call(_, types, _) = &mut *e.kind {
            for ty in types {
                *ty = self.final_ty(&ty.clone(), span)?;
            }
        }
        let mut failed = None;
        patterns(e, &mut |pat| {
            if failed.is_none() {
                failed = self.finish_pat(pat).err();
            }
        });
        children(e, &mut |child| {
            if failed.is_none() {
                failed = self.finish_expr(child).err();
            }
        });
        if let Some(found) = failed {
            return Err(found);
        }
        if let ExprKind::Neg(inner) = &*e.kind
            && let ExprKind::Lit(Lit::Int(n)) = &*inner.kind
        {
            let n = -n.clone();
            *e.kind = ExprKind::Lit(Lit::Int(n));
        }
        Ok(())
    }

    pub(super) fn finish_pat(&mut self, pat: &mut Pat) -> R<()> {
        pat.ty = self.final_ty(&pat.ty.clone(), pat.span)?;
        match &mut *pat.kind {
            PatKind::Wild | PatKind::Range { .. } | PatKind::Lit(_) => {}
            PatKind::Bind { sub, .. } => {
                if let Some(sub) = sub {
                    self.finish_pat(sub)?;
                }
            }
            PatKind::Deref(p) => self.finish_pat(p)?,
            PatKind::Tuple(ps) | PatKind::Or(ps) | PatKind::Variant { fields: ps, .. } => {
                for p in ps {
                    self.finish_pat(p)?;
                }
            }
            PatKind::Slice { prefix, rest, suffix } => {
                for p in prefix.iter_mut().chain(suffix).chain(rest.iter_mut().flatten()) {
                    self.finish_pat(p)?;
                }
            }
        }
        let fits = |lit: &Lit| match (lit, &pat.ty) {
            (Lit::Int(n), Ty::Int(t)) => t.min() <= *n && *n <= t.max(),
            (Lit::Int(_), Ty::Math) | (Lit::Bool(_), Ty::Bool) | (Lit::Char(_), Ty::Char) => true,
            _ => false,
        };
        let ok = match &*pat.kind {
            PatKind::Lit(lit) => fits(lit),
            PatKind::Range { lo, hi, .. } => lo.iter().chain(hi).all(fits),
            _ => true,
        };
        if !ok {
            return refuse("H0220", pat.span, "this literal does not fit its type");
        }
        Ok(())
    }
}

/// Finishes the value of a constant.
pub(super) fn constant(cx: &mut Fcx<'_, '_>, mut value: Expr) -> R<Expr> {
    cx.finish_locals()?;
    cx.finish_expr(&mut value)?;
    check::expression(cx, &value)?;
    Ok(value)
}
