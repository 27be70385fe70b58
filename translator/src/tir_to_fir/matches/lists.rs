//! Slice patterns: what they need to know of a list is found out once on each path.

use super::*;

/// What a slice pattern asks of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::tir_to_fir) enum ListNeed {
    /// Its length.
    Length,
    /// Whether it has exactly, or at least, so many elements.
    Shape { count: usize, exact: bool },
    /// An element, counted from the front or (from 1) from the end.
    Element { at: usize, from_end: bool },
    /// What lies between the first `prefix` and the last `suffix` elements.
    Rest { prefix: usize, suffix: usize },
}

/// What is known of a list on the way to here.
#[derive(Clone, Debug)]
pub(in crate::tir_to_fir) enum ListFact {
    Length(Val),
    Shape {
        count: usize,
        exact: bool,
        holds: bool,
    },
    /// The value that a need stands for, and the index it was read at.
    Part(ListNeed, Val, Val),
}

impl<'p> Lower<'p> {
    /// What is known of a list; an array's length is known by its type.
    pub(super) fn list_facts<'a>(&'a self, v: &'a Val) -> impl Iterator<Item = &'a ListFact> {
        self.known_lists.iter().rev().filter(move |(part, _)| part == v).map(|(_, fact)| fact)
    }

    /// Whether a list has exactly (or at least) so many elements, if that is known.
    pub(super) fn list_shape(&self, v: &Val, count: usize, exact: bool) -> Option<bool> {
        if let Ty::Array(_, n) = self.val_ty(v) {
            return Some(if exact { n == count as u64 } else { n >= count as u64 });
        }
        if count == 0 && !exact {
            return Some(true);
        }
        self.list_facts(v).find_map(|fact| match *fact {
            ListFact::Shape { count: n, exact: true, holds: true } => Some(if exact { n == count } else { n >= count }),
            ListFact::Shape { count: n, exact: e, holds } if e == exact && n == count => Some(holds),
            ListFact::Shape { count: n, exact: false, holds: true } if exact && count < n => Some(false),
            ListFact::Shape { count: n, exact: false, holds: true } if !exact && count <= n => Some(true),
            ListFact::Shape { count: n, exact: false, holds: false } if count >= n => Some(false),
            _ => None,
        })
    }

    pub(super) fn slice(
        &self,
        pat: &Pat,
        prefix: &[Pat],
        rest: Option<&Option<Pat>>,
        suffix: &[Pat],
        v: &Val,
        place: Option<&Place>,
    ) -> Test {
        let (count, exact) = (prefix.len() + suffix.len(), rest.is_none());
        match self.list_shape(v, count, exact) {
            Some(false) => return Test::No,
            Some(true) => {}
            None if self.list_facts(v).any(|f| matches!(f, ListFact::Length(_))) => {
                return Test::List(v.clone(), ListNeed::Shape { count, exact });
            }
            None => return Test::List(v.clone(), ListNeed::Length),
        }
        let mut out = Test::Yes(vec![]);
        let elements = prefix.iter().enumerate().map(|(at, p)| (p, ListNeed::Element { at, from_end: false }));
        // Without a rest the length is known, and all are counted from the front.
        let behind = suffix.iter().enumerate().map(|(i, p)| match exact {
            true => (p, ListNeed::Element { at: prefix.len() + i, from_end: false }),
            false => (p, ListNeed::Element { at: suffix.len() - i, from_end: true }),
        });
        for (p, need) in elements.chain(behind) {
            if matches!(&*p.kind, PatKind::Wild) {
                continue;
            }
            let part = self.list_facts(v).find_map(|f| match f {
                ListFact::Part(n, value, index) if *n == need => Some((value.clone(), index.clone())),
                _ => None,
            });
            let Some((value, index)) = part else { return Test::List(v.clone(), need) };
            let place = place.map(|base| {
                let mut at = base.clone();
                at.path.push(Step::Index(index));
                at
            });
            out = and(out, || self.test(p, &value, place.as_ref()));
        }
        match rest {
            Some(Some(p)) if !matches!(&*p.kind, PatKind::Wild) => {
                if binds_mut(p) {
                    return Test::Refuse("H0514", "a `ref mut` binding to a part of a slice".into(), pat.span);
                }
                let need = ListNeed::Rest { prefix: prefix.len(), suffix: suffix.len() };
                let part = self.list_facts(v).find_map(|f| match f {
                    ListFact::Part(n, value, _) if *n == need => Some(value.clone()),
                    _ => None,
                });
                match part {
                    Some(value) => and(out, || self.test(p, &value, None)),
                    None => Test::List(v.clone(), need),
                }
            }
            _ => out,
        }
    }

    /// The length of a list, if it is known.
    pub(super) fn list_length(&self, part: &Val) -> Option<Val> {
        let found = self.list_facts(part).find_map(|f| match f {
            ListFact::Length(n) => Some(n.clone()),
            _ => None,
        });
        found.or(match self.val_ty(part) {
            Ty::Array(_, n) => Some(Val::Int(n.into(), IntTy::Usize)),
            _ => None,
        })
    }

    /// The operations that find out something of a list, and what is known then.
    pub(super) fn list_read(&mut self, part: &Val, need: ListNeed, span: Span) -> Option<(Vec<Op>, ListFact)> {
        let usize_ty = Ty::Int(IntTy::Usize);
        let op = |l: &mut Self, key: &str, args: Vec<Arg>, ret: &Ty| {
            let dst = l.var("x", ret);
            let ty = (key == "checked").then_some(IntTy::Usize);
            (Op { dst, key: key.into(), ty, args, span, what: None }, Val::Var(dst))
        };
        let literal = |n: usize| Val::Int(n.into(), IntTy::Usize);
        let less = |len: &Val, n: usize| {
            let by = IExpr::Lit(num_bigint::BigInt::from(n));
            vec![Arg::Int(IExpr::Bin('-', Box::new(IExpr::Of(len.clone())), Box::new(by)))]
        };
        let mut ops = vec![];
        let fact = match (need, self.list_length(part)) {
            (ListNeed::Length, _) => {
                let (one, n) = op(self, "slice.len", vec![Arg::Val(part.clone())], &usize_ty);
                ops.push(one);
                ListFact::Length(n)
            }
            (ListNeed::Shape { .. }, _) | (_, None) => return None,
            (ListNeed::Element { at, from_end }, Some(n)) => {
                let index = if from_end {
                    let (one, at) = op(self, "checked", less(&n, at), &usize_ty);
                    ops.push(one);
                    at
                } else {
                    literal(at)
                };
                let ty = element(&self.val_ty(part)).unwrap_or(Ty::Never);
                let (one, value) = op(self, "index", vec![Arg::Val(part.clone()), Arg::Val(index.clone())], &ty);
                ops.push(one);
                ListFact::Part(need, value, index)
            }
            (ListNeed::Rest { prefix, suffix }, Some(n)) => {
                let end = if suffix == 0 {
                    n
                } else {
                    let (one, end) = op(self, "checked", less(&n, suffix), &usize_ty);
                    ops.push(one);
                    end
                };
                let ty = Ty::Slice(Box::new(element(&self.val_ty(part)).unwrap_or(Ty::Never)));
                let args = vec![Arg::Val(part.clone()), Arg::Val(literal(prefix)), Arg::Val(end)];
                let (one, value) = op(self, "subslice", args, &ty);
                ops.push(one);
                ListFact::Part(need, value, literal(prefix))
            }
        };
        Some((ops, fact))
    }
}
