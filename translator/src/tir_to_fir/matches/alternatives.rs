//! Alternatives inside patterns: a pattern for each choice.

use crate::tir::{Pat, PatKind};

/// Most patterns that one with alternatives inside becomes.
const MOST_ALTERNATIVES: usize = 256;

/// A pattern without alternatives for each choice among those inside `pat`, in the order in which Rust tries them.
/// Patterns of more than [`MOST_ALTERNATIVES`] choices come back as they are.
pub(crate) fn alternatives(pat: &Pat) -> Vec<std::rc::Rc<Pat>> {
    match expand(pat) {
        Some(list) => list.into_iter().map(std::rc::Rc::new).collect(),
        None => vec![std::rc::Rc::new(pat.clone())],
    }
}

fn expand(pat: &Pat) -> Option<Vec<Pat>> {
    let of = |kind: PatKind| Pat { kind: Box::new(kind), ty: pat.ty.clone(), span: pat.span };
    // All choices of a sequence; those of the last pattern change fastest.
    let all = |pats: &[&Pat]| -> Option<Vec<Vec<Pat>>> {
        let mut out: Vec<Vec<Pat>> = vec![vec![]];
        for p in pats {
            let choices = expand(p)?;
            if out.len() * choices.len() > MOST_ALTERNATIVES {
                return None;
            }
            out = out
                .iter()
                .flat_map(|done| choices.iter().map(move |c| done.iter().cloned().chain([c.clone()]).collect()))
                .collect();
        }
        Some(out)
    };
    let list = match &*pat.kind {
        PatKind::Wild | PatKind::Lit(_) | PatKind::Range { .. } | PatKind::Bind { sub: None, .. } => {
            vec![pat.clone()]
        }
        PatKind::Or(ps) => ps.iter().map(expand).collect::<Option<Vec<_>>>()?.concat(),
        PatKind::Deref(p) => expand(p)?.into_iter().map(|p| of(PatKind::Deref(p))).collect(),
        PatKind::Bind { local, by_ref, sub: Some(p) } => {
            expand(p)?.into_iter().map(|p| of(PatKind::Bind { local: *local, by_ref: *by_ref, sub: Some(p) })).collect()
        }
        PatKind::Tuple(ps) => {
            all(&ps.iter().collect::<Vec<_>>())?.into_iter().map(|ps| of(PatKind::Tuple(ps))).collect()
        }
        PatKind::Variant { adt, variant, fields } => all(&fields.iter().collect::<Vec<_>>())?
            .into_iter()
            .map(|fields| of(PatKind::Variant { adt: *adt, variant: *variant, fields }))
            .collect(),
        PatKind::Slice { prefix, rest, suffix } => {
            let inner: Vec<&Pat> = prefix.iter().chain(rest.iter().flatten()).chain(suffix).collect();
            all(&inner)?
                .into_iter()
                .map(|mut ps| {
                    let tail = ps.split_off(ps.len() - suffix.len());
                    let bound = rest.as_ref().map(|r| if r.is_some() { ps.pop() } else { None });
                    of(PatKind::Slice { prefix: ps, rest: bound, suffix: tail })
                })
                .collect()
        }
    };
    (list.len() <= MOST_ALTERNATIVES).then_some(list)
}
