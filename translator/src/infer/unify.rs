//! Type variables and unification.
//!
//! A variable is written as a type parameter whose name cannot be one of Rust's (`?3`), so that unfinished trees are
//! trees of the IR; `finish` replaces all of them.

use crate::tir::Ty;

#[derive(Clone, Debug)]
enum Var {
    Free,
    /// The type of an integer literal.
    FreeInt,
    Bound(Ty),
}

/// All variables of a function.
#[derive(Clone, Debug, Default)]
pub(super) struct Vars {
    vars: Vec<Var>,
}

/// The number of a variable.
pub(super) fn var_index(ty: &Ty) -> Option<usize> {
    match ty {
        Ty::Param(name) => name.strip_prefix('?')?.parse().ok(),
        _ => None,
    }
}

impl Vars {
    pub(super) fn fresh(&mut self) -> Ty {
        self.vars.push(Var::Free);
        Ty::Param(format!("?{}", self.vars.len() - 1))
    }
    pub(super) fn fresh_int(&mut self) -> Ty {
        self.vars.push(Var::FreeInt);
        Ty::Param(format!("?{}", self.vars.len() - 1))
    }
    pub(super) fn shallow(&self, ty: &Ty) -> Ty {
        let mut ty = ty;
        while let Some(index) = var_index(ty) {
            match &self.vars[index] {
                Var::Bound(next) => ty = next,
                _ => break,
            }
        }
        ty.clone()
    }
    /// Whether the type is an undetermined variable (of literals or of any kind).
    pub(super) fn is_free(&self, ty: &Ty) -> bool {
        var_index(&self.shallow(ty)).is_some()
    }
    /// Whether the type is that of an integer literal and nothing more is known.
    pub(super) fn is_free_int(&self, ty: &Ty) -> bool {
        var_index(&self.shallow(ty)).is_some_and(|i| matches!(self.vars[i], Var::FreeInt))
    }
    /// Replaces all bound variables.
    pub(super) fn resolve(&self, ty: &Ty) -> Ty {
        match self.shallow(ty) {
            Ty::Tuple(parts) => Ty::Tuple(parts.iter().map(|t| self.resolve(t)).collect()),
            Ty::Adt(id, parts) => Ty::Adt(id, parts.iter().map(|t| self.resolve(t)).collect()),
            Ty::Opaque(name, parts) => Ty::Opaque(name, parts.iter().map(|t| self.resolve(t)).collect()),
            Ty::Ref(m, t) => Ty::Ref(m, Box::new(self.resolve(&t))),
            Ty::Slice(t) => Ty::Slice(Box::new(self.resolve(&t))),
            Ty::Vec(t) => Ty::Vec(Box::new(self.resolve(&t))),
            Ty::Array(t, n) => Ty::Array(Box::new(self.resolve(&t)), n),
            other => other,
        }
    }

    /// Makes two types equal; `false` if they cannot be.
    pub(super) fn unify(&mut self, a: &Ty, b: &Ty) -> bool {
        let (a, b) = (self.shallow(a), self.shallow(b));
        if a == b {
            return true;
        }
        match (var_index(&a), var_index(&b)) {
            (Some(i), Some(j)) => {
                // The literal's variable survives, so that it keeps its default.
                match (&self.vars[i], &self.vars[j]) {
                    (Var::FreeInt, _) => self.vars[j] = Var::Bound(a),
                    _ => self.vars[i] = Var::Bound(b),
                }
                true
            }
            (Some(i), None) => self.assign(i, b),
            (None, Some(j)) => self.assign(j, a),
            (None, None) => match (&a, &b) {
                (Ty::Tuple(x), Ty::Tuple(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| self.unify(x, y)),
                (Ty::Adt(i, x), Ty::Adt(j, y)) => i == j && x.iter().zip(y).all(|(x, y)| self.unify(x, y)),
                (Ty::Opaque(i, x), Ty::Opaque(j, y)) => {
                    i == j && x.len() == y.len() && x.iter().zip(y).all(|(x, y)| self.unify(x, y))
                }
                (Ty::Ref(m, x), Ty::Ref(n, y)) => m == n && self.unify(x, y),
                (Ty::Slice(x), Ty::Slice(y)) | (Ty::Vec(x), Ty::Vec(y)) => self.unify(x, y),
                (Ty::Array(x, n), Ty::Array(y, m)) => n == m && self.unify(x, y),
                _ => false,
            },
        }
    }

    fn assign(&mut self, index: usize, ty: Ty) -> bool {
        if matches!(self.vars[index], Var::FreeInt) && !matches!(ty, Ty::Int(_) | Ty::Math) {
            return false;
        }
        if self.occurs(index, &ty) {
            return false;
        }
        self.vars[index] = Var::Bound(ty);
        true
    }

    fn occurs(&self, index: usize, ty: &Ty) -> bool {
        let ty = self.shallow(ty);
        if var_index(&ty) == Some(index) {
            return true;
        }
        match &ty {
            Ty::Tuple(parts) | Ty::Adt(_, parts) | Ty::Opaque(_, parts) => parts.iter().any(|t| self.occurs(index, t)),
            Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) | Ty::Array(t, _) => self.occurs(index, t),
            _ => false,
        }
    }
}
