//! What is known of the integers of a statement, and the clauses on their bits that follow: `Fact.clause` of
//! `lean/Harmonic/BitBlast.lean`, clause for clause.

use super::solver::Lit;

/// A bound of an integer; statements about numbers beyond are not read.
pub(super) type Bound = i128;

/// What is known; numbers name integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Range { j: usize, lo: Bound, hi: Bound },
    And { j: usize, a: usize, b: usize },
    Or { j: usize, a: usize, b: usize },
    Xor { j: usize, a: usize, b: usize },
    Ite { j: usize, c: usize, a: usize, b: usize },
    Add { j: usize, a: usize, b: usize },
    Shl { j: usize, a: usize, k: usize },
    Shr { j: usize, a: usize, k: usize },
    Mod { j: usize, a: usize, k: usize },
    Gather { j: usize, a: usize, places: Vec<usize> },
    Sign { j: usize, a: usize, lo: Bound, hi: Bound },
    Eq { j: usize, a: usize, b: usize, lo: Bound, hi: Bound },
}

/// A clause with the number by which Lean finds it.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub lits: Vec<Lit>,
    pub hint: usize,
}

/// Whether bits `0 … i` have room for `lo … hi`, bit `i` being the sign.
pub(super) fn fits(lo: Bound, hi: Bound, i: usize) -> bool {
    above(lo, i) && below(hi, i)
}

/// Whether `n < 2 ^ i`.
fn below(n: Bound, i: usize) -> bool {
    i >= 127 || n < 1i128 << i
}

/// Whether `-2 ^ i ≤ n`.
fn above(n: Bound, i: usize) -> bool {
    i >= 127 || -(1i128 << i) <= n
}

impl Fact {
    /// In Lean.
    pub fn lean(&self) -> String {
        match self {
            Self::Range { j, lo, hi } => format!(".range {j} ({lo}) ({hi})"),
            Self::And { j, a, b } => format!(".and {j} {a} {b}"),
            Self::Or { j, a, b } => format!(".or {j} {a} {b}"),
            Self::Xor { j, a, b } => format!(".xor {j} {a} {b}"),
            Self::Ite { j, c, a, b } => format!(".ite {j} {c} {a} {b}"),
            Self::Add { j, a, b } => format!(".add {j} {a} {b}"),
            Self::Shl { j, a, k } => format!(".shl {j} {a} {k}"),
            Self::Shr { j, a, k } => format!(".shr {j} {a} {k}"),
            Self::Mod { j, a, k } => format!(".mod {j} {a} {k}"),
            Self::Gather { j, a, places } => format!(".gather {j} {a} {places:?}"),
            Self::Sign { j, a, lo, hi } => format!(".sign {j} {a} ({lo}) ({hi})"),
            Self::Eq { j, a, b, lo, hi } => format!(".eq {j} {a} {b} ({lo}) ({hi})"),
        }
    }

    /// What it says, in Lean, of integers with these texts: `Fact.holds` of `lean/Harmonic/BitBlast.lean`.
    pub fn statement<'t>(&self, text: impl Fn(usize) -> &'t str) -> String {
        let bit = |j: &usize, i: &str| format!("Harmonic.BitBlast.bit {} {i}", text(*j));
        let inside = |j: &usize, lo: &Bound, hi: &Bound| {
            let j = text(*j);
            format!("({lo} : Int) ≤ {j} ∧ {j} ≤ ({hi} : Int)")
        };
        let bitwise = |j, a, b, op: &str| format!("∀ i, {} = ({} {op} {})", bit(j, "i"), bit(a, "i"), bit(b, "i"));
        match self {
            Self::Range { j, lo, hi } => inside(j, lo, hi),
            Self::And { j, a, b } => bitwise(j, a, b, "&&"),
            Self::Or { j, a, b } => bitwise(j, a, b, "||"),
            Self::Xor { j, a, b } => bitwise(j, a, b, "^^"),
            Self::Ite { j, c, a, b } => {
                format!("∀ i, {} = cond ({}) ({}) ({})", bit(j, "i"), bit(c, "0"), bit(a, "i"), bit(b, "i"))
            }
            Self::Add { j, a, b } => format!("{} = {} + {}", text(*j), text(*a), text(*b)),
            Self::Shl { j, a, k } => format!("{} = {} * 2 ^ {k}", text(*j), text(*a)),
            Self::Shr { j, a, k } => format!("{} = {} / 2 ^ {k}", text(*j), text(*a)),
            Self::Mod { j, a, k } => format!("{} = {} % 2 ^ {k}", text(*j), text(*a)),
            Self::Gather { j, a, places } => format!("{} = Harmonic.gather {places:?} {}", text(*j), text(*a)),
            Self::Sign { j, a, lo, hi } => {
                format!("{} = decide (0 ≤ {}) ∧ {}", bit(j, "0"), text(*a), inside(a, lo, hi))
            }
            Self::Eq { j, a, b, lo, hi } => {
                let (x, y) = (inside(a, lo, hi), inside(b, lo, hi));
                format!("{} = decide ({} = {}) ∧ ({x}) ∧ ({y})", bit(j, "0"), text(*a), text(*b))
            }
        }
    }

    /// Its clauses on words of `width` bits, as fact number `n`.
    pub fn clauses(&self, n: usize, width: usize) -> Vec<Clause> {
        let mut out = Clauses { n, width, out: Vec::new() };
        let aux = 2 * n + 1;
        let word = |j: &usize| 2 * j;
        for i in 0..width {
            match self {
                Self::Range { j, lo, hi } => {
                    let j = word(j);
                    if lo == hi {
                        out.push(i, 1, &[(j, i, (lo >> i.min(127)) & 1 == 0)]);
                        continue;
                    }
                    if *lo >= 0 && below(*hi, i) {
                        out.push(i, 0, &[(j, i, true)]);
                    } else if *hi < 0 && above(*lo, i) {
                        out.push(i, 4, &[(j, i, false)]);
                    } else if fits(*lo, *hi, i) {
                        out.push(i, 2, &[(j, i, true), (j, i + 1, false)]);
                        out.push(i, 3, &[(j, i, false), (j, i + 1, true)]);
                    }
                }
                Self::And { j, a, b } => {
                    let (j, a, b) = (word(j), word(a), word(b));
                    out.push(i, 0, &[(j, i, true), (a, i, false)]);
                    out.push(i, 1, &[(j, i, true), (b, i, false)]);
                    out.push(i, 2, &[(j, i, false), (a, i, true), (b, i, true)]);
                }
                Self::Or { j, a, b } => {
                    let (j, a, b) = (word(j), word(a), word(b));
                    out.push(i, 0, &[(j, i, false), (a, i, true)]);
                    out.push(i, 1, &[(j, i, false), (b, i, true)]);
                    out.push(i, 2, &[(j, i, true), (a, i, false), (b, i, false)]);
                }
                Self::Xor { j, a, b } => out.odd(i, word(j), word(a), word(b)),
                Self::Ite { j, c, a, b } => {
                    let (j, c, a, b) = (word(j), word(c), word(a), word(b));
                    out.push(i, 0, &[(c, 0, true), (j, i, true), (a, i, false)]);
                    out.push(i, 1, &[(c, 0, true), (j, i, false), (a, i, true)]);
                    out.push(i, 2, &[(c, 0, false), (j, i, true), (b, i, false)]);
                    out.push(i, 3, &[(c, 0, false), (j, i, false), (b, i, true)]);
                }
                Self::Add { j, a, b } => {
                    let (j, a, b) = ((word(j), i), (word(a), i), (word(b), i));
                    let (c, next) = ((aux, i), (aux, i + 1));
                    if i == 0 {
                        out.push(0, 0, &[(aux, 0, true)]);
                    }
                    let mut clause = |k, lits: &[((usize, usize), bool)]| {
                        let lits: Vec<_> = lits.iter().map(|((w, i), n)| (*w, *i, *n)).collect();
                        out.push(i, k, &lits);
                    };
                    clause(1, &[(a, true), (b, true), (next, false)]);
                    clause(2, &[(a, true), (c, true), (next, false)]);
                    clause(3, &[(b, true), (c, true), (next, false)]);
                    clause(4, &[(a, false), (b, false), (next, true)]);
                    clause(5, &[(a, false), (c, false), (next, true)]);
                    clause(6, &[(b, false), (c, false), (next, true)]);
                    clause(7, &[(j, false), (a, true), (b, true), (c, true)]);
                    clause(8, &[(j, true), (a, false), (b, true), (c, true)]);
                    clause(9, &[(j, true), (a, true), (b, false), (c, true)]);
                    clause(10, &[(j, true), (a, true), (b, true), (c, false)]);
                    clause(11, &[(j, false), (a, false), (b, false), (c, true)]);
                    clause(12, &[(j, false), (a, false), (b, true), (c, false)]);
                    clause(13, &[(j, false), (a, true), (b, false), (c, false)]);
                    clause(14, &[(j, true), (a, false), (b, false), (c, false)]);
                }
                Self::Shl { j, a, k } => match i.checked_sub(*k) {
                    Some(from) => out.same(i, word(j), word(a), from),
                    None => out.push(i, 0, &[(word(j), i, true)]),
                },
                Self::Shr { j, a, k } => out.same(i, word(j), word(a), i + k),
                Self::Mod { j, a, k } if i < *k => out.same(i, word(j), word(a), i),
                Self::Mod { j, .. } => out.push(i, 0, &[(word(j), i, true)]),
                Self::Gather { j, a, places } => match places.get(i) {
                    Some(from) => out.same(i, word(j), word(a), *from),
                    None => out.push(i, 0, &[(word(j), i, true)]),
                },
                Self::Sign { j, a, lo, hi } => {
                    if fits(*lo, *hi, i) {
                        out.push(i, 0, &[(word(j), 0, false), (word(a), i, false)]);
                        out.push(i, 1, &[(word(j), 0, true), (word(a), i, true)]);
                        break;
                    }
                }
                Self::Eq { j, a, b, lo, hi } => {
                    out.odd(i, aux, word(a), word(b));
                    out.push(i, 4, &[(word(j), 0, true), (aux, i, true)]);
                    if fits(*lo, *hi, i) {
                        let mut lits = vec![(word(j), 0, false)];
                        lits.extend((0..=i).map(|i| (aux, i, false)));
                        out.push(i, 5, &lits);
                        break;
                    }
                }
            }
        }
        out.out
    }
}

struct Clauses {
    n: usize,
    width: usize,
    out: Vec<Clause>,
}

impl Clauses {
    /// Clause `k` at bit `i`: words, bits and whether they are negated. One that reaches beyond the words is none.
    fn push(&mut self, i: usize, k: usize, lits: &[(usize, usize, bool)]) {
        if lits.iter().all(|(_, i, _)| *i < self.width) {
            let lits = lits.iter().map(|(w, i, n)| (2 * (w * self.width + i)) as Lit + Lit::from(*n)).collect();
            self.out.push(Clause { lits, hint: (self.n * self.width + i) * 16 + k });
        }
    }
    fn same(&mut self, i: usize, j: usize, a: usize, from: usize) {
        self.push(i, 0, &[(j, i, true), (a, from, false)]);
        self.push(i, 1, &[(j, i, false), (a, from, true)]);
    }
    fn odd(&mut self, i: usize, j: usize, a: usize, b: usize) {
        self.push(i, 0, &[(j, i, true), (a, i, false), (b, i, false)]);
        self.push(i, 1, &[(j, i, true), (a, i, true), (b, i, true)]);
        self.push(i, 2, &[(j, i, false), (a, i, true), (b, i, false)]);
        self.push(i, 3, &[(j, i, false), (a, i, false), (b, i, true)]);
    }
}
