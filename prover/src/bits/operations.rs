//! Each operation on integers as facts about bits. What Lean proves of it is in `lean/Harmonic/BitBlast.lean` under "Ranges and facts".

use harmonic_translator::tir::IntTy;

use super::facts::{Bound, Fact};
use super::read::{BitOp, End, Order, Prop, Term};
use super::values::{DECIDE, Given, State};

impl State {
    /// The integer that a term stands for.
    pub fn operation(&mut self, given: Given, term: &Term) -> Option<usize> {
        match term {
            Term::Var(_) | Term::Made(_) => {
                let a = self.term(term)?;
                Some(self.alias(given, a))
            }
            Term::Ones(..) | Term::Zeros(..) | Term::Moved(..) if given.is_some() => {
                let a = self.term(term)?;
                Some(self.alias(given, a))
            }
            Term::Lit(n) => {
                let (text, eq) = self.define(given, &format!("({n} : Int)"));
                let j = self.value(text, (*n, *n), format!("Harmonic.BitBlast.lit_range {eq}"), &[]);
                self.bounded(j);
                Some(j)
            }
            Term::Add(a, b) => {
                let (a, b) = (self.term(a)?, self.term(b)?);
                let ((al, ah), (bl, bh)) = (self.range_of(a), self.range_of(b));
                let (text, eq) = self.define(given, &format!("{} + {}", self.text(a), self.text(b)));
                let why = self.lemma("add_range", &eq, &[a, b]);
                let j = self.value(text, (al.checked_add(bl)?, ah.checked_add(bh)?), why, &[a, b]);
                self.fact(Fact::Add { j, a, b }, eq);
                Some(j)
            }
            Term::Sub(a, b) => {
                let (a, b) = (self.term(a)?, self.term(b)?);
                let ((al, ah), (bl, bh)) = (self.range_of(a), self.range_of(b));
                let (text, eq) = self.define(given, &format!("{} - {}", self.text(a), self.text(b)));
                let why = self.lemma("sub_range", &eq, &[a, b]);
                let j = self.value(text, (al.checked_sub(bh)?, ah.checked_sub(bl)?), why, &[a, b]);
                self.fact(Fact::Add { j: a, a: b, b: j }, format!("Harmonic.BitBlast.sub_fact {eq}"));
                Some(j)
            }
            Term::Neg(a) => {
                let (a, zero) = (self.term(a)?, self.term(&Term::Lit(0))?);
                let (lo, hi) = self.range_of(a);
                let (text, eq) = self.define(given, &format!("-{}", self.text(a)));
                let why = self.lemma("neg_range", &eq, &[a]);
                let j = self.value(text, (hi.checked_neg()?, lo.checked_neg()?), why, &[a]);
                self.fact(Fact::Add { j: zero, a, b: j }, format!("Harmonic.BitBlast.neg_fact {eq}"));
                Some(j)
            }
            Term::Mul(a, b) => match (&**a, &**b) {
                (_, Term::Pow2(k)) => self.shifted(given, a, k, Shift::Up),
                (_, Term::Lit(c)) => self.times(given, a, *c),
                (Term::Pow2(_) | Term::Lit(_), _) => {
                    let swapped = Term::Mul(b.clone(), a.clone());
                    let (x, y) = (self.term(a)?, self.term(b)?);
                    let (text, eq) = self.define(given, &format!("{} * {}", self.text(x), self.text(y)));
                    self.operation(Some((text, format!("(Harmonic.BitBlast.swap_mul {eq})"))), &swapped)
                }
                _ => None,
            },
            Term::Pow2(k) => {
                let amount = self.term(k)?;
                let (text, eq) = self.define(given, &format!("Harmonic.pow2 {}", self.text(amount)));
                let of_one = format!("(Eq.trans {eq} (Int.one_mul _).symm)");
                self.shifted(Some((text, of_one)), &Term::Lit(1), k, Shift::Up)
            }
            Term::Div(a, b) => match &**b {
                Term::Pow2(k) => self.shifted(given, a, k, Shift::Down),
                Term::Lit(c) if *c > 0 => self.divided(given, a, *c, true),
                _ => None,
            },
            Term::Mod(a, b) => match &**b {
                Term::Lit(c) if *c > 0 => self.divided(given, a, *c, false),
                _ => None,
            },
            Term::Bits(op, ty, a, b) => self.bitwise(given, *op, ty, [a, b]),
            Term::Ite(c, a, b) => {
                let (c, a, b) = (self.prop(c)?, self.term(a)?, self.term(b)?);
                let ((al, ah), (bl, bh)) = (self.range_of(a), self.range_of(b));
                let meaning = format!("if {} then {} else {}", self.said(c), self.text(a), self.text(b));
                let (text, eq) = self.define(given, &meaning);
                let why = self.lemma("ite_range", &eq, &[a, b]);
                let j = self.value(text, (al.min(bl), ah.max(bh)), why, &[a, b]);
                self.fact(Fact::Ite { j, c, a, b }, format!("Harmonic.BitBlast.ite_bits {eq}"));
                Some(j)
            }
            Term::Ones(width, a) => {
                let a = self.term(a)?;
                self.ones(*width, a)
            }
            Term::Zeros(end, width, a) => {
                let a = self.term(a)?;
                self.zeros(*end, *width, a)
            }
            Term::Moved(order, ty, a, by) => {
                let by = match by.as_deref() {
                    None => None,
                    Some(Term::Lit(k @ 0..=1000)) => Some(*k as usize),
                    Some(_) => return None,
                };
                self.moved(*order, ty, a, by)
            }
        }
    }

    /// A proof of a range from an equation and the ranges of what is computed with.
    fn lemma(&self, name: &str, eq: &str, of: &[usize]) -> String {
        let ranges: Vec<String> = of.iter().map(|j| self.range(*j)).collect();
        format!("Harmonic.BitBlast.{name} {eq} {} {DECIDE}", ranges.join(" "))
    }

    /// The same integer under another name.
    fn alias(&mut self, given: Given, a: usize) -> usize {
        if given.is_none() {
            return a;
        }
        let (text, eq) = self.define(given, &self.text(a));
        let why = format!("Harmonic.BitBlast.same_range {eq} {}", self.range(a));
        let j = self.value(text, self.range_of(a), why, &[a]);
        self.fact(Fact::Shl { j, a, k: 0 }, format!("Harmonic.BitBlast.same_fact {eq}"));
        j
    }

    /// `a / 2 ^ k`
    fn shr(&mut self, given: Given, a: usize, k: usize) -> usize {
        let c = 1i128 << k;
        let (text, eq) = self.define(given, &format!("{} / ({c} : Int)", self.text(a)));
        let (lo, hi) = self.range_of(a);
        let why = self.lemma("div_range", &eq, &[a]);
        let j = self.value(text, (lo >> k, hi >> k), why, &[a]);
        self.fact(Fact::Shr { j, a, k }, format!("Harmonic.BitBlast.shr_fact {eq} {DECIDE}"));
        // Its highest bits are bits of `a` beyond the widest word.
        self.bounded(j);
        j
    }

    /// `a * c`, of which only the range is known, and what it is.
    fn product(&mut self, a: usize, c: Bound) -> Option<(usize, String)> {
        let (lo, hi) = self.range_of(a);
        let (p, q) = (lo.checked_mul(c)?, hi.checked_mul(c)?);
        let (text, eq) = self.define(None, &format!("{} * ({c} : Int)", self.text(a)));
        let why = self.lemma("mul_range", &eq, &[a]);
        Some((self.value(text, (p.min(q), p.max(q)), why, &[a]), eq))
    }

    /// `a * 2 ^ k`
    fn shl(&mut self, a: usize, k: usize) -> Option<usize> {
        let c = 1i128.checked_shl(u32::try_from(k).ok()?).filter(|c| *c > 0)?;
        let (j, eq) = self.product(a, c)?;
        self.fact(Fact::Shl { j, a, k }, format!("Harmonic.BitBlast.shl_fact {eq} {DECIDE}"));
        Some(j)
    }

    /// `a / c` or `a % c`.
    fn divided(&mut self, given: Given, a: &Term, c: Bound, quotient: bool) -> Option<usize> {
        let a = self.term(a)?;
        let power = c & (c - 1) == 0;
        let k = c.trailing_zeros() as usize;
        if power && quotient {
            return Some(self.shr(given, a, k));
        }
        let (of_quotient, of_remainder) = if quotient { (given, None) } else { (None, given) };
        let (text, eq) = self.define(of_remainder, &format!("{} % ({c} : Int)", self.text(a)));
        let why = format!("Harmonic.BitBlast.mod_range {eq} {DECIDE}");
        let r = self.value(text, (0, c - 1), why, &[]);
        if power {
            self.fact(Fact::Mod { j: r, a, k }, format!("Harmonic.BitBlast.mod_fact {eq} {DECIDE}"));
            return Some(r);
        }
        // a = q * c + r
        let (text, q_eq) = self.define(of_quotient, &format!("{} / ({c} : Int)", self.text(a)));
        let (lo, hi) = self.range_of(a);
        let why = self.lemma("div_range", &q_eq, &[a]);
        let q = self.value(text, (lo.div_euclid(c), hi.div_euclid(c)), why, &[a]);
        self.bounded(q);
        self.bounded(r);
        let product = self.multiple(q, c)?;
        self.fact(Fact::Add { j: a, a: product, b: r }, format!("Harmonic.BitBlast.divmod_fact {q_eq} {eq}"));
        Some(if quotient { q } else { r })
    }

    /// `&`, `|` or `^`.
    fn bitwise(&mut self, given: Given, op: BitOp, ty: &str, of: [&Term; 2]) -> Option<usize> {
        let (lo, hi) = type_range(ty)?;
        let name = match op {
            BitOp::And => "and",
            BitOp::Or => "or",
            BitOp::Xor => "xor",
        };
        let [a, b] = [self.term(of[0])?, self.term(of[1])?];
        let meaning = format!("Harmonic.i{name} .{ty} {} {}", self.text(a), self.text(b));
        let (text, eq) = self.define(given, &meaning);
        let mut proof = eq.clone();
        let mut args = [a, b];
        for (side, arg) in ["left", "right"].into_iter().zip(&mut args) {
            let (l, h) = self.range_of(*arg);
            // Only the bits that the type has are seen.
            if l < lo || hi < h {
                let whole = self.text(*arg);
                *arg = self.term(&wrapped(ty, Term::Made(*arg))?)?;
                let same = format!("(rfl : {} = Harmonic.IntTy.wrap .{ty} {whole})", self.text(*arg));
                proof = format!("(Harmonic.BitBlast.i{name}_{side}_wrap {proof} {same})");
            }
        }
        let [a, b] = args;
        let (x, y) = (self.within(a, lo, hi), self.within(b, lo, hi));
        let j = self.value(text, (lo, hi), format!("Harmonic.BitBlast.wrap_range (t := .{ty}) {eq}"), &[]);
        self.fact(
            match op {
                BitOp::And => Fact::And { j, a, b },
                BitOp::Or => Fact::Or { j, a, b },
                BitOp::Xor => Fact::Xor { j, a, b },
            },
            format!("Harmonic.BitBlast.{name}_bits (t := .{ty}) {proof} {x} {y}"),
        );
        Some(j)
    }

    /// `term * c`.
    fn times(&mut self, given: Given, term: &Term, c: Bound) -> Option<usize> {
        let a = self.term(term)?;
        let j = self.multiple(a, c)?;
        Some(self.alias(given, j))
    }

    /// An integer times a number, as a sum of shifts.
    fn multiple(&mut self, a: usize, c: Bound) -> Option<usize> {
        if c == 0 {
            let (j, _) = self.product(a, c)?;
            self.bounded(j);
            return Some(j);
        }
        if c < 0 {
            let positive = self.multiple(a, c.checked_neg()?)?;
            let zero = self.term(&Term::Lit(0))?;
            let (j, _) = self.product(a, c)?;
            self.fact(Fact::Add { j: zero, a: positive, b: j }, format!("Harmonic.BitBlast.opposite_fact {DECIDE}"));
            return Some(j);
        }
        let mut sum: Option<(usize, Bound)> = None;
        for k in (0..126).filter(|k| c >> k & 1 == 1) {
            let part = self.shl(a, k)?;
            sum = Some(match sum {
                None => (part, 1 << k),
                Some((before, so_far)) => {
                    let total = so_far + (1 << k);
                    let (j, _) = self.product(a, total)?;
                    let proof = format!(
                        "Harmonic.BitBlast.parts_fact (a := {}) (c := {total}) (lo := {so_far}) (hi := {}) {DECIDE}",
                        self.text(a),
                        1i128 << k
                    );
                    self.fact(Fact::Add { j, a: before, b: part }, proof);
                    (j, total)
                }
            });
        }
        sum.map(|(j, _)| j)
    }

    /// `a * 2 ^ k` or `a / 2 ^ k`: by 1, 2, 4 … as the bits of `k` say.
    fn shifted(&mut self, given: Given, a: &Term, k: &Term, shift: Shift) -> Option<usize> {
        let (a, k) = (self.term(a)?, self.term(k)?);
        let (lo, hi) = self.range_of(k);
        if lo < 0 || hi > 127 {
            return None;
        }
        let (up, sign) = (shift == Shift::Up, shift.sign());
        let name = if up { "up" } else { "down" };
        let (of, amount) = (self.text(a), self.text(k));
        let stage = |c: Bound| format!("{of} {sign} Harmonic.pow2 ({amount} % ({c} : Int))");
        let of_amount = |c: &str| format!("(a := {of}) (k := {amount}) {c}");
        let (text, _) = self.define(None, &stage(1));
        let first = format!("(Harmonic.BitBlast.{name}_first {} : {text} = {of} * 2 ^ 0)", of_amount(""));
        let why = format!("Harmonic.BitBlast.same_range (Eq.trans {first} (Int.mul_one _)) {}", self.range(a));
        let mut so_far = self.value(text, self.range_of(a), why, &[a]);
        self.fact(Fact::Shl { j: so_far, a, k: 0 }, first);
        let bits = 128 - hi.leading_zeros() as usize;
        for i in 0..bits {
            let c: Bound = 1 << i;
            let bit = self.shr(None, k, i);
            let moved = if up { self.shl(so_far, 1 << i)? } else { self.shr(None, so_far, 1 << i) };
            let ((l, h), (ml, mh)) = (self.range_of(so_far), self.range_of(moved));
            let (text, _) = self.define(None, &stage(2 * c));
            let numbers = format!("(i := {i}) (c := {c}) (c' := {}) (p := {}) {DECIDE}", 2 * c, 1i128 << (1 << i));
            let why = format!(
                "Harmonic.BitBlast.stage_range (Harmonic.BitBlast.{name}_or {} : {text} = {} ∨ {text} = {}) {} {} {DECIDE}",
                of_amount(&numbers),
                self.text(moved),
                self.text(so_far),
                self.range(moved),
                self.range(so_far)
            );
            let next = self.value(text, (l.min(ml), h.max(mh)), why, &[moved, so_far]);
            let proof = format!("Harmonic.BitBlast.{name}_stage {}", of_amount(&numbers));
            self.fact(Fact::Ite { j: next, c: bit, a: moved, b: so_far }, proof);
            so_far = next;
        }
        let (text, eq) = self.define(given, &format!("{of} {sign} Harmonic.pow2 {amount}"));
        let known = self.ranged(k);
        let last = format!(
            "(Harmonic.BitBlast.{name}_last (c := {}) {eq} {known} {DECIDE} : {text} = {} * 2 ^ 0)",
            1i128 << bits,
            self.text(so_far)
        );
        let why = format!("Harmonic.BitBlast.same_range (Eq.trans {last} (Int.mul_one _)) {}", self.range(so_far));
        let j = self.value(text, self.range_of(so_far), why, &[so_far, k]);
        self.fact(Fact::Shl { j, a: so_far, k: 0 }, last);
        Some(j)
    }

    /// The number of ones among the lowest bits: of the lower half, and of the upper.
    fn ones(&mut self, width: usize, a: usize) -> Option<usize> {
        let of = self.text(a);
        let (text, eq) = self.define(None, &format!("Harmonic.popcount {width} {of}"));
        let why = format!("Harmonic.BitBlast.popcount_range {eq}");
        if width == 1 {
            let j = self.value(text, (0, 1), why, &[]);
            self.fact(Fact::Mod { j, a, k: 1 }, format!("Harmonic.BitBlast.popcount_one {of}"));
            return Some(j);
        }
        let half = width / 2;
        let upper = self.shr(None, a, half);
        let (low, high) = (self.ones(half, a)?, self.ones(half, upper)?);
        let j = self.value(text, (0, width as Bound), why, &[]);
        let proof = format!(
            "Harmonic.BitBlast.popcount_fact (k := {half}) (m := {half}) (n := {of}) (c := {}) (rfl : {} = _) {DECIDE}",
            1i128 << half,
            self.text(upper)
        );
        self.fact(Fact::Add { j, a: low, b: high }, proof);
        Some(j)
    }

    /// The number of zeros at one end of the lowest bits: half of them decide in which half to go on.
    fn zeros(&mut self, end: End, width: usize, a: usize) -> Option<usize> {
        let (count, of) = (end.lean(), self.text(a));
        let lit = |n: Bound| Box::new(Term::Lit(n));
        let none = |of: Term| Box::new(Prop::Eq(of, Term::Lit(0)));
        let whole = Term::Made(a);
        let (text, _) = self.define(None, &format!("Harmonic.{count} {width} {of}"));
        if width == 1 {
            let odd = Term::Mod(Box::new(whole), lit(2));
            let eq = format!("(Harmonic.BitBlast.{count}_one {of})");
            return self.operation(Some((text, eq)), &Term::Ite(none(odd), lit(1), lit(0)));
        }
        let half = width / 2;
        let c: Bound = 1 << half;
        let upper = Term::Made(self.shr(None, a, half));
        let (seen, there, elsewhere) = match end {
            End::Lowest => (whole.clone(), upper, whole),
            End::Highest => (upper.clone(), whole, upper),
        };
        let empty = none(Term::Mod(Box::new(seen), lit(c)));
        let rest = self.term(&Term::Ite(empty.clone(), Box::new(there), Box::new(elsewhere)))?;
        let skipped = self.term(&Term::Ite(empty, lit(half as Bound), lit(0)))?;
        let of_rest = self.zeros(end, half, rest)?;
        let eq = format!(
            "(Harmonic.BitBlast.{count}_half (m := {half}) (n := {of}) (c := {c}) (z := {}) (s := {}) rfl rfl {DECIDE})",
            self.text(rest),
            self.text(skipped)
        );
        let sum = Term::Add(Box::new(Term::Made(skipped)), Box::new(Term::Made(of_rest)));
        self.operation(Some((text, eq)), &sum)
    }

    /// The bits of a type in another order.
    fn moved(&mut self, order: Order, ty: &str, of: &Term, by: Option<usize>) -> Option<usize> {
        let width = roomy(ty)?.bits() as usize;
        let places = order.places(width, by.unwrap_or(0));
        let a = self.term(of)?;
        let (name, lemma) = order.lean();
        let (text, eq) = self.define(None, &format!("Harmonic.gather {places:?} {}", self.text(a)));
        let why = format!("{eq} ▸ Harmonic.BitBlast.gather_range {DECIDE}");
        let g = self.value(text.clone(), (0, (1 << width) - 1), why, &[]);
        self.fact(Fact::Gather { j: g, a, places }, eq);
        let by = by.map(|k| format!(" {k}")).unwrap_or_default();
        let (named, eq) = self.define(None, &format!("Harmonic.{name} .{ty} {}{by}", self.text(a)));
        let eq = format!("(Harmonic.BitBlast.{lemma} {eq} {DECIDE} : {named} = Harmonic.IntTy.wrap .{ty} {text})");
        self.operation(Some((named, eq)), &wrapped(ty, Term::Made(g))?)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shift {
    Up,
    Down,
}

impl Shift {
    fn sign(self) -> char {
        if self == Self::Up { '*' } else { '/' }
    }
}

/// What a term becomes when a type keeps its low bits: `IntTy.wrap`.
fn wrapped(ty: &str, term: Term) -> Option<Term> {
    let (lo, hi) = type_range(ty)?;
    let lit = |n| Box::new(Term::Lit(n));
    let modulus = lit(hi - lo + 1);
    if lo == 0 {
        return Some(Term::Mod(Box::new(term), modulus));
    }
    let above = Term::Mod(Box::new(Term::Add(Box::new(term), lit(-lo))), modulus);
    Some(Term::Sub(Box::new(above), lit(-lo)))
}

/// An integer type that has room.
fn roomy(ty: &str) -> Option<IntTy> {
    IntTy::from_name(ty).filter(|t| t.bits() <= 64)
}

/// The least and greatest value of such a type.
fn type_range(ty: &str) -> Option<(Bound, Bound)> {
    let ty = roomy(ty)?;
    Some((ty.min().try_into().ok()?, ty.max().try_into().ok()?))
}
