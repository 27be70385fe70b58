//! From a statement to named integers and facts about them, each with its proof in Lean.

use std::collections::{BTreeSet, HashMap};

use super::facts::{Bound, Fact, fits};
use super::read::{Prop, Term, proposition};
use super::values::{DECIDE, MAX_VALUES, MAX_WIDTH, State};

/// A statement's negation, taken apart.
#[derive(Debug)]
pub(super) struct Reified {
    /// The integers, in Lean.
    pub values: Vec<String>,
    /// What is known of them.
    pub facts: Vec<Fact>,
    /// Names of integers, and the proofs of the facts, `hf0`, `hf1` …: lines of a tactic block.
    pub lemmas: Vec<String>,
    /// Bits in which all of them have room.
    pub width: usize,
}

/// The name of the hypothesis that the goal is false.
pub(super) const NEGATED: &str = "hn";

/// What variables are equal to, and the hypothesis that says so.
pub(super) type Definitions = HashMap<String, (String, Term)>;
/// The range of a variable, and what proves it.
pub(super) type Bounds = HashMap<String, (String, Bound, Bound)>;

/// Takes a statement apart: binders `(name, type)` and the goal. `None` if the goal is not about bits and integers alone.
pub(super) fn reify(binders: &[(&str, &str)], goal: &str) -> Option<Reified> {
    let goal = proposition(goal)?;
    let (mut bounds, mut definitions, mut premises) = (Bounds::new(), Definitions::new(), Vec::new());
    for (name, text) in binders {
        let Some(prop) = proposition(text) else { continue };
        if let Some((v, lo, hi)) = range(&prop) {
            bounds.entry(v).or_insert(((*name).to_owned(), lo, hi));
            continue;
        }
        if let Prop::Eq(Term::Var(v), right) = &prop
            && !definitions.contains_key(v)
            && !mentions(right, v, &definitions)
        {
            definitions.insert(v.clone(), ((*name).to_owned(), right.clone()));
            continue;
        }
        parts((*name).to_owned(), prop, &mut premises);
    }
    // Twice: what two of them say together.
    for _ in 0..2 {
        premises.iter().for_each(|(proof, prop)| narrow(&mut bounds, proof, prop));
    }
    let mut state = State::new(definitions, bounds);
    let g = state.prop(&goal)?;
    state.fact(Fact::Range { j: g, lo: 0, hi: 0 }, format!("Harmonic.BitBlast.ind_no {NEGATED}"));
    let roots = state.roots.clone();
    for (proof, prop) in premises {
        // What operations say of their results follows from their bits.
        if matches!(&prop, Prop::Imp(p, _) if matches!(**p, Prop::Le(Term::Lit(0), _) | Prop::Lt(_, Term::Lit(0)))) {
            continue;
        }
        let mut of = BTreeSet::new();
        variables(&prop, &mut of);
        let mut reached = BTreeSet::new();
        of.iter().for_each(|v| roots_of(v, &state.definitions, &mut reached));
        if of.is_empty() || reached.is_disjoint(&roots) {
            continue;
        }
        // One that cannot be put in bits is left out: less is known then.
        let before = state.mark();
        match state.prop(&prop) {
            Some(j) => state.fact(Fact::Range { j, lo: 1, hi: 1 }, format!("Harmonic.BitBlast.ind_yes {proof}")),
            None => state.forget(before),
        }
    }
    let needs = state.ranges().filter_map(|(lo, hi)| (0..MAX_WIDTH).find(|i| fits(lo, hi, *i)));
    // Bits are gathered from all places of a type.
    let gathered = state.facts().map(|fact| if let Fact::Gather { places, .. } = fact { places.len() } else { 0 });
    let width = needs.max().unwrap_or(0).max(gathered.max().unwrap_or(0)) + 2;
    let roomy = state.ranges().all(|(lo, hi)| fits(lo, hi, MAX_WIDTH - 1));
    (roomy && state.len() <= MAX_VALUES).then(|| state.finished(width))
}

/// `lo ≤ v ∧ v ≤ hi`, with numbers.
fn range(prop: &Prop) -> Option<(String, Bound, Bound)> {
    let Prop::And(p, q) = prop else { return None };
    match (&**p, &**q) {
        (Prop::Le(Term::Lit(lo), Term::Var(v)), Prop::Le(Term::Var(w), Term::Lit(hi))) if v == w => {
            Some((v.clone(), *lo, *hi))
        }
        _ => None,
    }
}

/// The parts of a conjunction, each with its proof.
fn parts(proof: String, prop: Prop, out: &mut Vec<(String, Prop)>) {
    match prop {
        Prop::And(p, q) => {
            parts(format!("{proof}.1"), *p, out);
            parts(format!("{proof}.2"), *q, out);
        }
        prop => out.push((proof, prop)),
    }
}

/// Makes a variable's bounds narrower by a comparison with a number.
fn narrow(bounds: &mut Bounds, proof: &str, prop: &Prop) {
    let (v, lemma, n, decided) = match prop {
        Prop::Le(Term::Var(v), Term::Lit(n)) => (v, "at_most", *n, ""),
        Prop::Lt(Term::Var(v), Term::Lit(n)) => (v, "below", *n - 1, DECIDE),
        Prop::Le(Term::Lit(n), Term::Var(v)) => (v, "at_least", *n, ""),
        Prop::Lt(Term::Lit(n), Term::Var(v)) => (v, "above", *n + 1, DECIDE),
        Prop::Not(p) => match &**p {
            Prop::Eq(Term::Var(v), Term::Lit(n)) if bounds.get(v).is_some_and(|(_, lo, _)| lo == n) => {
                (v, "not_least", *n + 1, DECIDE)
            }
            _ => return,
        },
        _ => return,
    };
    let Some((known, lo, hi)) = bounds.get_mut(v) else { return };
    let upper = matches!(lemma, "at_most" | "below");
    if if upper { n < *hi && *lo <= n } else { *lo < n && n <= *hi } {
        *known = format!("(Harmonic.BitBlast.{lemma} {known} {proof} {decided})");
        *(if upper { hi } else { lo }) = n;
    }
}

fn variables(prop: &Prop, out: &mut BTreeSet<String>) {
    match prop {
        Prop::Known(_) | Prop::Same(..) => {}
        Prop::Var(v) => {
            out.insert(v.clone());
        }
        Prop::Le(a, b) | Prop::Lt(a, b) | Prop::Eq(a, b) => {
            in_term(a, out);
            in_term(b, out);
        }
        Prop::Not(p) => variables(p, out),
        Prop::And(p, q) | Prop::Or(p, q) | Prop::Imp(p, q) | Prop::Iff(p, q) => {
            variables(p, out);
            variables(q, out);
        }
    }
}

fn in_term(term: &Term, out: &mut BTreeSet<String>) {
    match term {
        Term::Var(v) => {
            out.insert(v.clone());
        }
        Term::Lit(_) | Term::Made(_) => {}
        Term::Add(a, b)
        | Term::Sub(a, b)
        | Term::Mul(a, b)
        | Term::Div(a, b)
        | Term::Mod(a, b)
        | Term::Bits(_, _, a, b) => {
            in_term(a, out);
            in_term(b, out);
        }
        Term::Ite(c, a, b) => {
            variables(c, out);
            in_term(a, out);
            in_term(b, out);
        }
        Term::Neg(a) | Term::Ones(_, a) | Term::Zeros(_, _, a) | Term::Pow2(a) => in_term(a, out),
        Term::Moved(_, _, a, by) => {
            in_term(a, out);
            by.iter().for_each(|k| in_term(k, out));
        }
    }
}

/// The variables without a definition that a variable rests on.
fn roots_of(v: &str, definitions: &Definitions, out: &mut BTreeSet<String>) {
    match definitions.get(v) {
        None => {
            out.insert(v.to_owned());
        }
        Some((_, term)) => {
            let mut of = BTreeSet::new();
            in_term(term, &mut of);
            of.iter().for_each(|v| roots_of(v, definitions, out));
        }
    }
}

/// Whether a definition would go in a circle.
fn mentions(term: &Term, v: &str, definitions: &Definitions) -> bool {
    let mut of = BTreeSet::new();
    in_term(term, &mut of);
    of.iter().any(|w| w == v || definitions.get(w).is_some_and(|(_, t)| mentions(t, v, definitions)))
}
