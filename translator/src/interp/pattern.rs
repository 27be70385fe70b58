//! Matching of patterns against places.

use super::eval::lit;
use super::machine::{Eval, Machine};
use super::value::{Located, Place, Step, Value};
use crate::span::Span;
use crate::tir::{Lit, Pat, PatKind, Ty};

impl<'p> Machine<'p> {
    /// Whether the pattern matches; its variables are bound on the way (a failed match may have bound some of them: they are
    /// out of scope then).
    pub(crate) fn matches(&mut self, pat: &'p Pat, at: Located) -> Eval<bool> {
        match &*pat.kind {
            PatKind::Wild => Ok(true),
            PatKind::Bind { local, by_ref, sub } => {
                if let Some(sub) = sub
                    && !self.matches(sub, at.clone())?
                {
                    return Ok(false);
                }
                let value = match by_ref {
                    Some(true) => match at {
                        Located::Place(p) => Value::Mut(p),
                        Located::Value(v) => {
                            self.allocate(1)?;
                            self.slots.push(v);
                            Value::Mut(Place::slot(self.slots.len() - 1))
                        }
                    },
                    _ => self.located_value(at, pat.span)?,
                };
                let slot = self.local_slot(local.0, pat.span)?;
                self.slots[slot] = value;
                Ok(true)
            }
            PatKind::Lit(l) => {
                let at = self.strip(at);
                let v = self.located_value(at, pat.span)?;
                Ok(v == lit(l))
            }
            PatKind::Range { lo, hi, inclusive } => {
                let at = self.strip(at);
                let v = self.located_value(at, pat.span)?;
                self.in_range(&v, lo.as_ref(), hi.as_ref(), *inclusive, pat.span)
            }
            PatKind::Tuple(pats) => self.match_fields(pats, at),
            PatKind::Variant { variant, fields, .. } => {
                let at = self.strip(at);
                let found = match &at {
                    Located::Value(Value::Adt(_, v, _)) => Some(*v),
                    Located::Value(_) => None,
                    Located::Place(p) => match self.peek(p) {
                        Some(Value::Adt(_, v, _)) => Some(*v),
                        _ => None,
                    },
                };
                match found {
                    Some(v) if v == *variant => self.match_fields(fields, at),
                    Some(_) => Ok(false),
                    None => self.malformed("this pattern", pat.span),
                }
            }
            PatKind::Deref(inner) => {
                let through = !matches!(&pat.ty, Ty::Ref(false, t) if matches!(**t, Ty::Ref(true, _)));
                let at = if through { self.strip_one(at) } else { at };
                self.matches(inner, at)
            }
            PatKind::Or(pats) => {
                for p in pats {
                    if self.matches(p, at.clone())? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            PatKind::Slice { prefix, rest, suffix } => {
                let at = self.strip(at);
                let len = self.length(&at, pat.span)?;
                let fixed = prefix.len() + suffix.len();
                if len < fixed || (rest.is_none() && len != fixed) {
                    return Ok(false);
                }
                for (i, p) in prefix.iter().enumerate() {
                    let part = self.part(at.clone(), Step::At(i), p.span)?;
                    if !self.matches(p, part)? {
                        return Ok(false);
                    }
                }
                for (i, p) in suffix.iter().enumerate() {
                    let part = self.part(at.clone(), Step::At(len - suffix.len() + i), p.span)?;
                    if !self.matches(p, part)? {
                        return Ok(false);
                    }
                }
                if let Some(Some(p)) = rest {
                    let part = self.part(at, Step::Range(prefix.len(), len - suffix.len()), p.span)?;
                    return self.matches(p, part);
                }
                Ok(true)
            }
        }
    }

    fn match_fields(&mut self, pats: &'p [Pat], at: Located) -> Eval<bool> {
        let at = self.strip(at);
        for (i, p) in pats.iter().enumerate() {
            if matches!(*p.kind, PatKind::Wild) {
                continue;
            }
            let part = self.part(at.clone(), Step::At(i), p.span)?;
            if !self.matches(p, part)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn strip_one(&self, at: Located) -> Located {
        match &at {
            Located::Value(Value::Mut(p)) => Located::Place(p.clone()),
            Located::Place(p) => match self.peek(p) {
                Some(Value::Mut(q)) => Located::Place(q.clone()),
                _ => at,
            },
            Located::Value(_) => at,
        }
    }

    fn in_range(&self, v: &Value, lo: Option<&Lit>, hi: Option<&Lit>, inclusive: bool, span: Span) -> Eval<bool> {
        if let Some(lo) = lo {
            match self.compare(v, &lit(lo)) {
                Some(o) if o.is_lt() => return Ok(false),
                Some(_) => {}
                None => return self.malformed("this range pattern", span),
            }
        }
        if let Some(hi) = hi {
            match self.compare(v, &lit(hi)) {
                Some(o) => return Ok(o.is_lt() || (inclusive && o.is_eq())),
                None => return self.malformed("this range pattern", span),
            }
        }
        Ok(true)
    }
}
