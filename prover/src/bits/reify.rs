//! From a statement to named integers and facts about them, each with its proof in Lean.

use std::collections::{BTreeSet, HashMap};

use super::facts::{Bound, Fact, fits};
use super::read::{BitOp, Prop, Term, proposition};

/// Widest word: more than products of two 64-bit integers are not read.
const MAX_WIDTH: usize = 100;
/// Most integers.
const MAX_VALUES: usize = 600;

/// A statement's negation, taken apart.
#[derive(Debug, Default)]
pub(super) struct Reified {
    /// The integers, in Lean.
    pub values: Vec<String>,
    /// What is known of them, and why.
    pub facts: Vec<(Fact, String)>,
    /// What the proofs need besides.
    pub lemmas: Vec<String>,
    /// Bits in which all of them have room.
    pub width: usize,
}

/// The proof of a fact about sums, products and quotients by numbers: its words unfolded where Lean does not see through them.
const OMEGA: &str = "(by first | omega | (simp only [Harmonic.BitBlast.Fact.holds, Harmonic.BitBlast.nth, \
                     List.getD_cons_zero, List.getD_cons_succ]; omega))";

/// The name of the hypothesis that the goal is false.
pub(super) const NEGATED: &str = "hn";

/// Takes a statement apart: binders `(name, type)` and the goal. `None` if the goal is not about bits and integers alone.
pub(super) fn reify(binders: &[(&str, &str)], goal: &str) -> Option<Reified> {
    let goal = proposition(goal)?;
    let mut state = State::default();
    let mut premises = Vec::new();
    for (name, text) in binders {
        let Some(prop) = proposition(text) else { continue };
        if let Some((v, lo, hi)) = bounds(&prop) {
            state.bounds.entry(v).or_insert(((*name).to_owned(), lo, hi));
            continue;
        }
        if let Prop::Eq(Term::Var(v), right) = &prop
            && !state.definitions.contains_key(v)
            && !mentions(right, v, &state.definitions)
        {
            state.definitions.insert(v.clone(), ((*name).to_owned(), right.clone()));
            continue;
        }
        // What operations say of their results follows from their bits.
        let implied = matches!(prop, Prop::Imp(..)) || text.contains('*');
        if !implied {
            premises.push(((*name).to_owned(), prop));
        }
    }
    let g = state.prop(&goal)?;
    state.fact(Fact::Range { j: g, lo: 0, hi: 0 }, format!("Harmonic.BitBlast.ind_no {NEGATED}"));
    let roots = state.roots.clone();
    for (name, prop) in premises {
        let mut of = BTreeSet::new();
        variables(&prop, &mut of);
        let mut reached = BTreeSet::new();
        of.iter().for_each(|v| roots_of(v, &state.definitions, &mut reached));
        if of.is_empty() || reached.is_disjoint(&roots) {
            continue;
        }
        // One that cannot be put in bits is left out: less is known then.
        let before = (state.out.values.len(), state.out.facts.len());
        match state.prop(&prop) {
            Some(j) => state.fact(Fact::Range { j, lo: 1, hi: 1 }, format!("Harmonic.BitBlast.ind_yes {name}")),
            None => state.forget(before),
        }
    }
    let needs = state.ranges.iter().filter_map(|(lo, hi)| (0..MAX_WIDTH).find(|i| fits(*lo, *hi, *i)));
    state.out.width = needs.max().unwrap_or(0) + 2;
    let roomy = state.ranges.iter().all(|(lo, hi)| fits(*lo, *hi, MAX_WIDTH - 1));
    (roomy && state.out.values.len() <= MAX_VALUES).then_some(state.out)
}

/// `lo ≤ v ∧ v ≤ hi`, with numbers.
fn bounds(prop: &Prop) -> Option<(String, Bound, Bound)> {
    let Prop::And(p, q) = prop else { return None };
    match (&**p, &**q) {
        (Prop::Le(Term::Lit(lo), Term::Var(v)), Prop::Le(Term::Var(w), Term::Lit(hi))) if v == w => {
            Some((v.clone(), *lo, *hi))
        }
        _ => None,
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
        Term::Lit(_) => {}
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
        Term::Ones(_, a) => in_term(a, out),
    }
}

type Definitions = HashMap<String, (String, Term)>;

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

#[derive(Default)]
struct State {
    out: Reified,
    /// Where each integer lies.
    ranges: Vec<(Bound, Bound)>,
    /// The hypothesis that says so of one, if it is a variable's.
    known: Vec<Option<String>>,
    terms: HashMap<Term, usize>,
    props: HashMap<Prop, usize>,
    definitions: Definitions,
    bounds: HashMap<String, (String, Bound, Bound)>,
    /// Variables without a definition that were met.
    roots: BTreeSet<String>,
}

impl State {
    fn value(&mut self, text: String, range: (Bound, Bound)) -> usize {
        self.out.values.push(text);
        self.ranges.push(range);
        self.known.push(None);
        self.out.values.len() - 1
    }
    fn fact(&mut self, fact: Fact, proof: String) {
        self.out.facts.push((fact, proof));
    }
    /// Takes back what was added since.
    fn forget(&mut self, (values, facts): (usize, usize)) {
        self.out.values.truncate(values);
        self.ranges.truncate(values);
        self.known.truncate(values);
        self.out.facts.truncate(facts);
        self.terms.retain(|_, j| *j < values);
        self.props.retain(|_, j| *j < values);
    }

    /// The proof that an integer lies in a range that it is known to lie in.
    fn within(&self, j: usize, lo: Bound, hi: Bound) -> String {
        match (&self.known[j], self.ranges[j]) {
            (Some(name), range) if range == (lo, hi) => name.clone(),
            _ => {
                let value = &self.out.values[j];
                format!(
                    "(show ({lo} : Int) ≤ {value} ∧ {value} ≤ {hi} from by first | omega | decide | (constructor <;> split <;> omega))"
                )
            }
        }
    }

    fn term(&mut self, term: &Term) -> Option<usize> {
        if let Some(j) = self.terms.get(term) {
            return Some(*j);
        }
        if self.out.values.len() > MAX_VALUES {
            return None;
        }
        let j = match term {
            Term::Var(v) => {
                let before = (self.out.values.len(), self.out.facts.len());
                let defined = self.definitions.get(v).cloned();
                match defined.and_then(|(h, right)| self.operation(v.clone(), Some(&h), &right)) {
                    Some(j) => j,
                    None => {
                        self.forget(before);
                        let (name, lo, hi) = self.bounds.get(v)?.clone();
                        self.roots.insert(v.clone());
                        let j = self.value(v.clone(), (lo, hi));
                        self.known[j] = Some(name.clone());
                        self.fact(Fact::Range { j, lo, hi }, name);
                        j
                    }
                }
            }
            _ => self.operation(term.lean(), None, term)?,
        };
        self.terms.insert(term.clone(), j);
        Some(j)
    }

    /// The integer with this text that is equal to a term, by a hypothesis or because it is that term.
    fn operation(&mut self, text: String, named: Option<&str>, term: &Term) -> Option<usize> {
        let eq = named.unwrap_or("rfl");
        match term {
            Term::Var(_) => {
                let a = self.term(term)?;
                let j = self.value(text, self.ranges[a]);
                self.fact(Fact::Shl { j, a, k: 0 }, OMEGA.into());
                Some(j)
            }
            Term::Lit(n) => {
                let j = self.value(text, (*n, *n));
                let proof = if named.is_some() { OMEGA } else { "⟨Int.le_refl _, Int.le_refl _⟩" };
                self.fact(Fact::Range { j, lo: *n, hi: *n }, proof.into());
                Some(j)
            }
            Term::Add(a, b) => {
                let (a, b) = (self.term(a)?, self.term(b)?);
                let ((al, ah), (bl, bh)) = (self.ranges[a], self.ranges[b]);
                let j = self.value(text, (al.checked_add(bl)?, ah.checked_add(bh)?));
                self.fact(Fact::Add { j, a, b }, OMEGA.into());
                Some(j)
            }
            Term::Sub(a, b) => {
                let (a, b) = (self.term(a)?, self.term(b)?);
                let ((al, ah), (bl, bh)) = (self.ranges[a], self.ranges[b]);
                let j = self.value(text, (al.checked_sub(bh)?, ah.checked_sub(bl)?));
                self.fact(Fact::Add { j: a, a: b, b: j }, OMEGA.into());
                Some(j)
            }
            Term::Mul(a, b) => match (&**a, &**b) {
                (_, Term::Lit(c)) => self.times(text, a, *c),
                (Term::Lit(c), _) => self.times(text, b, *c),
                _ => None,
            },
            Term::Div(a, b) | Term::Mod(a, b) => {
                let Term::Lit(c) = **b else { return None };
                if c <= 0 {
                    return None;
                }
                let (a, quotient) = (self.term(a)?, matches!(term, Term::Div(..)));
                let (al, ah) = self.ranges[a];
                let of_quotient = (al.div_euclid(c), ah.div_euclid(c));
                if c & (c - 1) == 0 {
                    let k = c.trailing_zeros() as usize;
                    let j = self.value(text, if quotient { of_quotient } else { (0, c - 1) });
                    self.fact(if quotient { Fact::Shr { j, a, k } } else { Fact::Mod { j, a, k } }, OMEGA.into());
                    return Some(j);
                }
                // a = c * q + r
                let value = self.out.values[a].clone();
                let (q, r) = (format!("({value} / {c})"), format!("({value} % {c})"));
                let q = self.value(if quotient { text.clone() } else { q }, of_quotient);
                let r = self.value(if quotient { r } else { text }, (0, c - 1));
                for j in [q, r] {
                    let (lo, hi) = self.ranges[j];
                    self.fact(Fact::Range { j, lo, hi }, OMEGA.into());
                }
                let product = self.multiple(q, c)?;
                self.fact(Fact::Add { j: a, a: product, b: r }, OMEGA.into());
                Some(if quotient { q } else { r })
            }
            Term::Bits(op, ty, a, b) => {
                let (lo, hi) = type_range(ty)?;
                let (a, b) = (self.term(a)?, self.term(b)?);
                for of in [a, b] {
                    let (l, h) = self.ranges[of];
                    if l < lo || hi < h {
                        return None;
                    }
                }
                let lemma = match op {
                    BitOp::And => "and_bits",
                    BitOp::Or => "or_bits",
                    BitOp::Xor => "xor_bits",
                };
                let proofs = (self.within(a, lo, hi), self.within(b, lo, hi));
                if named.is_none() {
                    let n = self.out.lemmas.len();
                    self.out.lemmas.push(format!(
                        "have hl{n} : ({lo} : Int) ≤ {text} ∧ {text} ≤ {hi} := Harmonic.IntTy.wrap_bounds .{ty} _"
                    ));
                }
                let j = self.value(text, (lo, hi));
                self.fact(
                    match op {
                        BitOp::And => Fact::And { j, a, b },
                        BitOp::Or => Fact::Or { j, a, b },
                        BitOp::Xor => Fact::Xor { j, a, b },
                    },
                    format!("Harmonic.BitBlast.{lemma} (t := .{ty}) {eq} {} {}", proofs.0, proofs.1),
                );
                Some(j)
            }
            Term::Ite(c, a, b) => {
                let (c, a, b) = (self.prop(c)?, self.term(a)?, self.term(b)?);
                let ((al, ah), (bl, bh)) = (self.ranges[a], self.ranges[b]);
                let j = self.value(text, (al.min(bl), ah.max(bh)));
                self.fact(Fact::Ite { j, c, a, b }, format!("Harmonic.BitBlast.ite_bits {eq}"));
                Some(j)
            }
            Term::Ones(width, a) => self.ones(text, named, *width, a),
        }
    }

    /// `term * c`.
    fn times(&mut self, text: String, term: &Term, c: Bound) -> Option<usize> {
        let a = self.term(term)?;
        let (lo, hi) = self.ranges[a];
        let (p, q) = (lo.checked_mul(c)?, hi.checked_mul(c)?);
        let j = self.multiple(a, c)?;
        // The same integer under the name that was asked for.
        let named = self.value(text, (p.min(q), p.max(q)));
        self.fact(Fact::Shl { j: named, a: j, k: 0 }, OMEGA.into());
        Some(named)
    }

    /// An integer times a number, as a sum of shifts.
    fn multiple(&mut self, a: usize, c: Bound) -> Option<usize> {
        let value = self.out.values[a].clone();
        let (lo, hi) = self.ranges[a];
        let range = |c: Bound| -> Option<(Bound, Bound)> {
            let (p, q) = (lo.checked_mul(c)?, hi.checked_mul(c)?);
            Some((p.min(q), p.max(q)))
        };
        if c < 0 {
            let positive = self.multiple(a, c.checked_neg()?)?;
            let zero = self.term(&Term::Lit(0))?;
            let j = self.value(format!("({value} * ({c}))"), range(c)?);
            self.fact(Fact::Add { j: zero, a: positive, b: j }, OMEGA.into());
            return Some(j);
        }
        let mut sum: Option<(usize, Bound)> = None;
        for k in (0..100).filter(|k| c >> k & 1 == 1) {
            let part = self.value(format!("({value} * {})", 1i128 << k), range(1 << k)?);
            self.fact(Fact::Shl { j: part, a, k }, OMEGA.into());
            sum = Some(match sum {
                None => (part, 1 << k),
                Some((before, so_far)) => {
                    let total = so_far + (1 << k);
                    let j = self.value(format!("({value} * {total})"), range(total)?);
                    self.fact(Fact::Add { j, a: before, b: part }, OMEGA.into());
                    (j, total)
                }
            });
        }
        match sum {
            Some((j, _)) => Some(j),
            None => self.term(&Term::Lit(0)),
        }
    }

    /// The number of ones among the lowest bits, as a sum.
    fn ones(&mut self, text: String, named: Option<&str>, width: usize, of: &Term) -> Option<usize> {
        let a = self.term(of)?;
        let value = self.out.values[a].clone();
        // Level by level: the numbers of ones in neighbouring fields of 1, 2, 4 … bits, as they are added in pairs.
        let mut level: Vec<(usize, String)> = Vec::new();
        for i in 0..width {
            let shifted = if i == 0 {
                a
            } else {
                let (lo, hi) = self.ranges[a];
                let j = self.value(format!("({value} / {})", 1i128 << i), (lo >> i, hi >> i));
                self.fact(Fact::Shr { j, a, k: i }, OMEGA.into());
                j
            };
            let bit = format!("({} % 2)", self.out.values[shifted].clone());
            let j = self.value(bit.clone(), (0, 1));
            self.fact(Fact::Mod { j, a: shifted, k: 1 }, OMEGA.into());
            level.push((j, bit));
        }
        while level.len() > 1 {
            let mut next = Vec::new();
            for pair in level.chunks(2) {
                let [(x, left), (y, right)] = pair else {
                    next.extend(pair.iter().cloned());
                    continue;
                };
                let sum = format!("({left} + {right})");
                let hi = self.ranges[*x].1 + self.ranges[*y].1;
                let j = self.value(sum.clone(), (0, hi));
                self.fact(Fact::Add { j, a: *x, b: *y }, "rfl".into());
                next.push((j, sum));
            }
            level = next;
        }
        let (sum, total) = level.pop()?;
        let name = format!("hl{}", self.out.lemmas.len());
        self.out.lemmas.push(format!(
            "have {name} : Harmonic.popcount {width} {value} = {total} := by\n  \
             simp only [Harmonic.popcount]\n  omega"
        ));
        let j = self.value(text, (0, width as Bound));
        let why =
            named.map_or(OMEGA.to_owned(), |h| format!("(by rw [Int.pow_zero, Int.mul_one]; exact {h}.trans {name})"));
        self.fact(Fact::Shl { j, a: sum, k: 0 }, why);
        Some(j)
    }

    /// The integer 1 or 0 that says whether a proposition holds.
    fn prop(&mut self, prop: &Prop) -> Option<usize> {
        if let Some(j) = self.props.get(prop) {
            return Some(*j);
        }
        let text = format!("(Harmonic.BitBlast.ind {})", prop.lean());
        let lemma = |name: &str| format!("Harmonic.BitBlast.{name}");
        let one = self.term(&Term::Lit(1))?;
        let value = |state: &mut Self| state.value(text.clone(), (0, 1));
        let j = match prop {
            Prop::Known(yes) | Prop::Same(yes, true) => {
                let j = value(self);
                let (n, why) = if *yes { (1, "ind_yes (by decide)") } else { (0, "ind_no (by decide)") };
                self.fact(Fact::Range { j, lo: n, hi: n }, lemma(why));
                j
            }
            Prop::Same(a, false) => {
                let j = value(self);
                let (n, why) = if *a { (0, "ind_no (by decide)") } else { (1, "ind_yes (by decide)") };
                self.fact(Fact::Range { j, lo: n, hi: n }, lemma(why));
                j
            }
            Prop::Var(v) => {
                self.roots.insert(v.clone());
                value(self)
            }
            Prop::Le(a, b) => {
                let difference = self.term(&Term::Sub(Box::new(b.clone()), Box::new(a.clone())))?;
                let (lo, hi) = self.ranges[difference];
                let within = self.within(difference, lo, hi);
                let j = value(self);
                self.fact(Fact::Sign { j, a: difference, lo, hi }, format!("⟨{} _ _, {within}⟩", lemma("le_bit")));
                j
            }
            Prop::Lt(a, b) => {
                let not = self.prop(&Prop::Le(b.clone(), a.clone()))?;
                let j = value(self);
                self.fact(Fact::Xor { j, a: not, b: one }, lemma("ind_lt _ _"));
                j
            }
            Prop::Eq(a, b) => {
                let (a, b) = (self.term(a)?, self.term(b)?);
                let ((al, ah), (bl, bh)) = (self.ranges[a], self.ranges[b]);
                let (lo, hi) = (al.min(bl), ah.max(bh));
                let (x, y) = (self.within(a, lo, hi), self.within(b, lo, hi));
                let j = value(self);
                self.fact(Fact::Eq { j, a, b, lo, hi }, format!("⟨{} _, {x}, {y}⟩", lemma("ind_bit")));
                j
            }
            Prop::Not(p) => {
                if let Prop::Iff(p, q) = &**p {
                    let (a, b) = (self.prop(p)?, self.prop(q)?);
                    let j = value(self);
                    self.fact(Fact::Xor { j, a, b }, lemma("ind_xor _ _"));
                    j
                } else {
                    let a = self.prop(p)?;
                    let j = value(self);
                    self.fact(Fact::Xor { j, a, b: one }, lemma("ind_not _"));
                    j
                }
            }
            Prop::And(p, q) => {
                let (a, b) = (self.prop(p)?, self.prop(q)?);
                let j = value(self);
                self.fact(Fact::And { j, a, b }, lemma("ind_and _ _"));
                j
            }
            Prop::Or(p, q) => {
                let (a, b) = (self.prop(p)?, self.prop(q)?);
                let j = value(self);
                self.fact(Fact::Or { j, a, b }, lemma("ind_or _ _"));
                j
            }
            Prop::Imp(p, q) => {
                let (a, b) = (self.prop(&Prop::Not(p.clone()))?, self.prop(q)?);
                let j = value(self);
                self.fact(Fact::Or { j, a, b }, lemma("ind_imp _ _"));
                j
            }
            Prop::Iff(..) => {
                let a = self.prop(&Prop::Not(Box::new(prop.clone())))?;
                let j = value(self);
                self.fact(Fact::Xor { j, a, b: one }, lemma("ind_iff _ _"));
                j
            }
        };
        self.props.insert(prop.clone(), j);
        Some(j)
    }
}

/// The least and greatest value of an integer type that has room.
fn type_range(ty: &str) -> Option<(Bound, Bound)> {
    let (signed, bits) = match ty {
        "usize" => (false, 64),
        "isize" => (true, 64),
        _ => (ty.starts_with('i'), ty.get(1..)?.parse::<u32>().ok()?),
    };
    match (signed, bits) {
        (false, 8..=64) => Some((0, (1 << bits) - 1)),
        (true, 8..=64) => Some((-(1 << (bits - 1)), (1 << (bits - 1)) - 1)),
        _ => None,
    }
}
