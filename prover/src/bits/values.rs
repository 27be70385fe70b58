//! The integers of a statement, what is known of each, and the propositions over them.

use std::collections::{BTreeSet, HashMap};

use super::facts::{Bound, Fact};
use super::read::{Prop, Term};
use super::reify::{Bounds, Definitions, Reified};

/// Widest word: more than integers of 64 bits, shifted by up to 63, are not read.
pub(super) const MAX_WIDTH: usize = 130;
/// Most integers.
pub(super) const MAX_VALUES: usize = 900;
/// The proof of what Lean decides by computing with numbers.
pub(super) const DECIDE: &str = "rfl";

/// The text of an integer and a proof of what a term says of it, where there is one already.
pub(super) type Given = Option<(String, String)>;

/// An integer.
struct Value {
    text: String,
    range: (Bound, Bound),
    /// Why it lies there; ranges of others are named by [`State::range`].
    why: String,
    /// Those others.
    of: Vec<usize>,
}

#[derive(Default)]
pub(super) struct State {
    values: Vec<Value>,
    facts: Vec<(Fact, String)>,
    /// Names for integers, in Lean: texts would grow with each operation.
    names: Vec<String>,
    /// The integers whose range is in a proof.
    ranged: BTreeSet<usize>,
    terms: HashMap<Term, usize>,
    props: HashMap<Prop, usize>,
    /// Propositions in Lean, by the integer that says whether they hold.
    said: HashMap<usize, String>,
    pub definitions: Definitions,
    pub bounds: Bounds,
    /// Variables without a definition that were met.
    pub roots: BTreeSet<String>,
}

impl State {
    pub fn new(definitions: Definitions, bounds: Bounds) -> Self {
        Self { definitions, bounds, ..Self::default() }
    }
    pub fn len(&self) -> usize {
        self.values.len()
    }
    pub fn ranges(&self) -> impl Iterator<Item = (Bound, Bound)> {
        self.values.iter().map(|v| v.range)
    }
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.iter().map(|(fact, _)| fact)
    }
    pub fn range_of(&self, j: usize) -> (Bound, Bound) {
        self.values[j].range
    }
    pub fn text(&self, j: usize) -> String {
        self.values[j].text.clone()
    }
    /// A new integer, where it lies, and why: a proof that may name the ranges of others.
    pub fn value(&mut self, text: String, range: (Bound, Bound), why: String, of: &[usize]) -> usize {
        self.values.push(Value { text, range, why, of: of.to_vec() });
        self.values.len() - 1
    }
    pub fn fact(&mut self, fact: Fact, proof: String) {
        self.facts.push((fact, proof));
    }
    /// Makes the range of an integer a fact.
    pub fn bounded(&mut self, j: usize) {
        let ((lo, hi), proof) = (self.range_of(j), self.ranged(j));
        self.fact(Fact::Range { j, lo, hi }, proof);
    }
    pub fn mark(&self) -> (usize, usize) {
        (self.values.len(), self.facts.len())
    }
    /// Takes back what was added since.
    pub fn forget(&mut self, (values, facts): (usize, usize)) {
        self.values.truncate(values);
        self.facts.truncate(facts);
        self.ranged.retain(|j| *j < values);
        self.terms.retain(|_, j| *j < values);
        self.props.retain(|_, j| *j < values);
    }

    /// The name of the proof that an integer lies in its range, for the range of another.
    pub fn range(&self, j: usize) -> String {
        format!("hr{j}")
    }
    /// The proof that an integer lies in a range that holds its own.
    pub fn within(&mut self, j: usize, lo: Bound, hi: Bound) -> String {
        self.ranged.insert(j);
        if self.values[j].range == (lo, hi) {
            self.range(j)
        } else {
            format!("(Harmonic.BitBlast.widen {} {DECIDE})", self.range(j))
        }
    }
    /// The proof that an integer lies in its range.
    pub fn ranged(&mut self, j: usize) -> String {
        let (lo, hi) = self.values[j].range;
        self.within(j, lo, hi)
    }
    /// The text of an integer and a proof of what it is equal to: as given, or a new name for it.
    pub fn define(&mut self, given: Given, meaning: &str) -> (String, String) {
        let (text, proof) = given.unwrap_or_else(|| {
            let name = format!("z{}", self.names.len());
            self.names.push(format!("let {name} : Int := {meaning}"));
            (name, "rfl".to_owned())
        });
        let eq = format!("({proof} : {text} = {meaning})");
        (text, eq)
    }

    pub fn finished(mut self, width: usize) -> Reified {
        for j in (0..self.values.len()).rev() {
            if self.ranged.contains(&j) {
                self.ranged.extend(&self.values[j].of);
            }
        }
        let range = |j: &usize| {
            let Value { text, range: (lo, hi), why, .. } = &self.values[*j];
            format!("have hr{j} : ({lo} : Int) ≤ {text} ∧ {text} ≤ ({hi} : Int) := {why}")
        };
        let fact = |(n, (fact, proof)): (usize, &(Fact, String))| {
            format!("have hf{n} : {} := {proof}", fact.statement(|j| &self.values[j].text))
        };
        let mut lemmas = self.names;
        lemmas.extend(self.ranged.iter().map(range));
        lemmas.extend(self.facts.iter().enumerate().map(fact));
        let facts = self.facts.into_iter().map(|(fact, _)| fact).collect();
        let values = self.values.into_iter().map(|v| v.text).collect();
        Reified { values, facts, lemmas, width }
    }

    pub fn term(&mut self, term: &Term) -> Option<usize> {
        if let Term::Made(j) = term {
            return Some(*j);
        }
        if let Some(j) = self.terms.get(term) {
            return Some(*j);
        }
        if self.values.len() > MAX_VALUES {
            return None;
        }
        let j = match term {
            Term::Var(v) => {
                let before = self.mark();
                let defined = self.definitions.get(v).cloned();
                match defined.and_then(|(h, right)| self.operation(Some((v.clone(), h)), &right)) {
                    Some(j) => {
                        self.narrowed(v, j);
                        j
                    }
                    None => {
                        self.forget(before);
                        let (proof, lo, hi) = self.bounds.get(v)?.clone();
                        self.roots.insert(v.clone());
                        let j = self.value(v.clone(), (lo, hi), proof, &[]);
                        self.bounded(j);
                        j
                    }
                }
            }
            _ => self.operation(None, term)?,
        };
        self.terms.insert(term.clone(), j);
        Some(j)
    }

    /// What is known of a variable's range besides what follows from its definition.
    fn narrowed(&mut self, v: &str, j: usize) {
        let Some((proof, lo, hi)) = self.bounds.get(v).cloned() else { return };
        let (l, h) = self.values[j].range;
        if (l, h) != (lo, hi) && l <= lo && hi <= h {
            self.values[j] = Value { text: v.to_owned(), range: (lo, hi), why: proof, of: Vec::new() };
            self.bounded(j);
        }
    }

    /// The proposition that an integer says holds or not, in Lean.
    pub fn said(&self, j: usize) -> &str {
        self.said.get(&j).map_or("", String::as_str)
    }

    /// The integer 1 or 0 that says whether a proposition holds.
    pub fn prop(&mut self, prop: &Prop) -> Option<usize> {
        if let Some(j) = self.props.get(prop) {
            return Some(*j);
        }
        let one = self.term(&Term::Lit(1))?;
        let j = match prop {
            Prop::Known(_) | Prop::Same(..) => {
                let (yes, text) = match prop {
                    Prop::Same(a, b) => (a == b, format!("({a} = {b})")),
                    Prop::Known(true) => (true, "True".to_owned()),
                    _ => (false, "False".to_owned()),
                };
                let j = self.indicator(text);
                let (n, why) = if yes { (1, "ind_yes (by decide)") } else { (0, "ind_no (by decide)") };
                self.fact(Fact::Range { j, lo: n, hi: n }, lemma(why));
                j
            }
            Prop::Var(v) => {
                self.roots.insert(v.clone());
                self.indicator(format!("({v} = true)"))
            }
            Prop::Le(a, b) => {
                let difference = self.term(&Term::Sub(Box::new(b.clone()), Box::new(a.clone())))?;
                let (a, b) = (self.term(a)?, self.term(b)?);
                let (lo, hi) = self.range_of(difference);
                let within = self.within(difference, lo, hi);
                let j = self.indicator(format!("({} ≤ {})", self.text(a), self.text(b)));
                let of = format!("⟨{} {} {}, {within}⟩", lemma("le_bit"), self.text(a), self.text(b));
                self.fact(Fact::Sign { j, a: difference, lo, hi }, of);
                j
            }
            Prop::Lt(a, b) => {
                let not = self.prop(&Prop::Le(b.clone(), a.clone()))?;
                let (a, b) = (self.term(a)?, self.term(b)?);
                let j = self.indicator(format!("({} < {})", self.text(a), self.text(b)));
                self.fact(Fact::Xor { j, a: not, b: one }, lemma("ind_lt _ _"));
                j
            }
            Prop::Eq(a, b) => {
                let (a, b) = (self.term(a)?, self.term(b)?);
                let ((al, ah), (bl, bh)) = (self.range_of(a), self.range_of(b));
                let (lo, hi) = (al.min(bl), ah.max(bh));
                let (x, y) = (self.within(a, lo, hi), self.within(b, lo, hi));
                let j = self.indicator(format!("({} = {})", self.text(a), self.text(b)));
                self.fact(Fact::Eq { j, a, b, lo, hi }, format!("⟨{} _, {x}, {y}⟩", lemma("ind_bit")));
                j
            }
            Prop::Not(p) => {
                if let Prop::Iff(p, q) = &**p {
                    let (a, b) = (self.prop(p)?, self.prop(q)?);
                    let j = self.indicator(format!("(¬({} ↔ {}))", self.said(a), self.said(b)));
                    self.fact(Fact::Xor { j, a, b }, lemma("ind_xor _ _"));
                    j
                } else {
                    let a = self.prop(p)?;
                    let j = self.indicator(format!("(¬{})", self.said(a)));
                    self.fact(Fact::Xor { j, a, b: one }, lemma("ind_not _"));
                    j
                }
            }
            Prop::And(p, q) => {
                let (a, b) = (self.prop(p)?, self.prop(q)?);
                let j = self.indicator(format!("({} ∧ {})", self.said(a), self.said(b)));
                self.fact(Fact::And { j, a, b }, lemma("ind_and _ _"));
                j
            }
            Prop::Or(p, q) => {
                let (a, b) = (self.prop(p)?, self.prop(q)?);
                let j = self.indicator(format!("({} ∨ {})", self.said(a), self.said(b)));
                self.fact(Fact::Or { j, a, b }, lemma("ind_or _ _"));
                j
            }
            Prop::Imp(p, q) => {
                let (a, b) = (self.prop(&Prop::Not(p.clone()))?, self.prop(q)?);
                let p = self.prop(p)?;
                let j = self.indicator(format!("({} → {})", self.said(p), self.said(b)));
                self.fact(Fact::Or { j, a, b }, lemma("ind_imp _ _"));
                j
            }
            Prop::Iff(p, q) => {
                let a = self.prop(&Prop::Not(Box::new(prop.clone())))?;
                let (p, q) = (self.prop(p)?, self.prop(q)?);
                let j = self.indicator(format!("({} ↔ {})", self.said(p), self.said(q)));
                self.fact(Fact::Xor { j, a, b: one }, lemma("ind_iff _ _"));
                j
            }
        };
        self.props.insert(prop.clone(), j);
        Some(j)
    }

    /// A new integer that says whether a proposition holds.
    fn indicator(&mut self, said: String) -> usize {
        let (text, _) = self.define(None, &format!("Harmonic.BitBlast.ind {said}"));
        let j = self.value(text, (0, 1), lemma("ind_range _"), &[]);
        self.said.insert(j, said);
        j
    }
}

fn lemma(name: &str) -> String {
    format!("Harmonic.BitBlast.{name}")
}
