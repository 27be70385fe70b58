//! Facts that linear arithmetic does not know by itself, stated before it is asked: about products and quotients of unknowns,
//! and about numbers combined bit by bit.

use std::collections::BTreeSet;

use super::Statement;
use super::syntax::{
    argument, arguments, balanced, bare, has_bound_variable, holds, is_term, leading_variables, literal, nat_operands,
    operands, premises, products,
};

/// Most products that facts are stated of.
const MAX_PRODUCTS: usize = 4;
/// Most bounds that are guessed for a factor.
const MAX_GUESSES: usize = 5;
/// Most powers of two that facts are stated of.
const MAX_POWERS: usize = 4;
/// Most operations on bits that facts are stated of.
const MAX_BITS: usize = 6;
/// Widest mask whose bits are counted.
const MAX_BIT: u32 = 63;

impl Statement<'_> {
    /// Facts about what the statement computes, then linear arithmetic; and the same with definitions replaced.
    pub(crate) fn facts(&self) -> Vec<String> {
        let mut facts = self.factors();
        let nonlinear = !facts.is_empty();
        facts.extend(self.quotients());
        facts.extend(self.powers());
        let bits = self.bits();
        let chained = self.chained();
        facts.extend(bits);
        if facts.is_empty() {
            return Vec::new();
        }
        let before: Vec<String> = std::iter::once("intros".to_owned()).chain(self.discharged()).collect();
        let (before, facts) = (before.join("\n"), facts.join("\n"));
        let start = format!("{before}\n{facts}");
        let end = "first | omega | (and_intros <;> omega) | grind (splits := 4)";
        let definitions = self.definitions();
        let rules: Vec<&str> = definitions.values().map(|(name, _)| *name).collect();
        let replaced = format!("try simp only [{}] at *\n", rules.join(", "));
        let mut out = vec![format!("{start}\n{end}")];
        if !rules.is_empty() {
            out.push(format!("{start}\n{replaced}{end}"));
        }
        if nonlinear {
            // What the goal denies bounds the factors, too.
            let denied = "refine Classical.byContradiction (fun hn => ?_)\ntry simp only [] at hn";
            out.push(format!("{before}\n{denied}\n{facts}\nomega"));
        }
        if !chained.is_empty() {
            out.push(format!("{before}\n{}\nomega", chained.join("\n")));
        }
        out
    }

    /// For divisibility by what changes from round to round: the step of Euclid's algorithm.
    pub(crate) fn euclid(&self) -> Vec<String> {
        let unknown = |(a, b): &(&str, &str)| literal(bare(b)).is_none() && literal(bare(a)).is_none();
        if !operands(self.whole, " % ").iter().any(unknown) {
            return Vec::new();
        }
        let rules = "Int.emod_self, Int.zero_emod, Harmonic.le_of_emod_eq_zero";
        let block = |more: &str| format!("intros\ngrind [{rules}{more}]");
        let mut out = vec![block(""), block(", Harmonic.emod_emod_eq_zero_iff")];
        // A divisor is no larger: what is known of all divisors, at the one that stands for any.
        let about: Vec<&(&str, &str)> =
            self.binders.iter().filter(|(_, p)| leading_variables(p) == 1 && p.contains(" % ")).collect();
        if leading_variables(self.goal) == 1 && !about.is_empty() {
            let mut lines = vec!["intro k0\nintros".to_owned()];
            let mut divided: Vec<&str> = Vec::new();
            for (i, (name, prop)) in about.iter().enumerate() {
                lines.push(format!("try have i{i} := {name} k0{}", holds(premises(prop))));
                divided.extend(operands(prop, " % ").iter().map(|(n, _)| *n).filter(|n| is_term(n)));
            }
            divided.sort_unstable();
            divided.dedup();
            let no_larger = |(i, n): (usize, &&str)| format!("have m{i} := @Harmonic.le_of_emod_eq_zero {n} k0");
            lines.extend(divided.iter().enumerate().map(no_larger));
            let names: Vec<&str> = about.iter().map(|(name, _)| *name).collect();
            lines.push(format!("clear {}\nfirst | omega | grind", names.join(" ")));
            out.push(lines.join("\n"));
        }
        out
    }

    /// Hypotheses that hold for numbers that are not negative: name, how many such premises, conclusion.
    fn conditional(&self) -> Vec<(&str, usize, &str)> {
        let mut out = Vec::new();
        for (name, prop) in &self.binders {
            let parts: Vec<&str> = prop.split(" → ").collect();
            let premises = parts.iter().take_while(|p| p.starts_with("0 ≤ ") && !p.contains('∧')).count();
            if premises > 0 && premises + 1 == parts.len() && parts.iter().all(|p| balanced(p)) {
                out.push((*name, premises, parts[premises]));
            }
        }
        out
    }

    /// These hypotheses, where linear arithmetic sees that the numbers are not negative.
    fn discharged(&self) -> Vec<String> {
        let all = self.conditional();
        let one = |(i, (name, n, _)): (usize, &(&str, usize, &str))| format!("try have d{i} := {name}{}", holds(*n));
        all.iter().enumerate().map(one).collect()
    }

    /// Numbers combined bit by bit whose operands were combined before: one put into the other.
    fn chained(&self) -> Vec<String> {
        let all = self.conditional();
        let mut out = Vec::new();
        for (i, (_, _, first)) in all.iter().enumerate() {
            let Some((made, _)) = first.split_once(" = ((Int.toNat ") else { continue };
            for (j, (_, _, second)) in all.iter().enumerate().skip(i + 1) {
                if second.contains(&format!("Int.toNat {made} ")) {
                    out.push(format!(
                        "try simp only [d{i}, Int.toNat_natCast, Nat.xor_assoc, Nat.xor_self, Nat.xor_zero] at d{j}"
                    ));
                }
            }
        }
        out
    }

    /// Of products: the planes that they lie between, and how far those with a common factor are apart.
    fn factors(&self) -> Vec<String> {
        let bounds = self.bounds();
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in products(self.whole) {
            let bound_variable = has_bound_variable(pair.0) || has_bound_variable(pair.1);
            if pairs.len() < MAX_PRODUCTS && !bound_variable && !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        // Bounds that a type gives are known anyway; the number before a bound is one where the bound is excluded.
        let given = self.binders.iter().filter(|(name, _)| !name.starts_with("hb")).map(|(_, p)| *p);
        let given = given.chain([self.goal]).flat_map(literals);
        let literals: BTreeSet<i128> = given.flat_map(|n| [n.saturating_sub(1), n]).collect();
        let highs = |term: &str| -> Vec<i128> {
            let known = bounds.get(term).and_then(|b| b.high);
            let below = literals.iter().copied().filter(|n| *n > 1 && known.is_none_or(|k| *n < k));
            below.take(MAX_GUESSES).chain(known).collect()
        };
        let low = |term: &str| bounds.get(term).and_then(|b| b.low).unwrap_or(0);
        let mut out = Vec::new();
        for (a, b) in &pairs {
            let mut alternatives = Vec::new();
            for p in highs(a) {
                let others = if a == b { vec![p] } else { highs(b) };
                for q in others {
                    let steps = "(by omega) (by omega) (by omega) (by omega)";
                    let numbers = [low(a), p, low(b), q].map(number).join(" ");
                    alternatives.push(format!(
                        "  | have p{} := Harmonic.mul_between {} {} {numbers} {steps}",
                        out.len(),
                        argument(a),
                        argument(b)
                    ));
                }
            }
            if !alternatives.is_empty() {
                out.push(format!("first\n{}\n  | skip", alternatives.join("\n")));
            }
        }
        for (i, (a, b)) in pairs.iter().enumerate() {
            for (c, d) in pairs.iter().skip(i + 1) {
                for (x, f, y, g) in [(a, b, c, d), (a, b, d, c), (b, a, c, d), (b, a, d, c)] {
                    if f != g || x == y {
                        continue;
                    }
                    let (x, y, f) = (argument(x), argument(y), argument(f));
                    for (less, more) in [(&x, &y), (&y, &x)] {
                        for rule in ["mul_lt_step", "mul_le_step"] {
                            out.push(format!("try have := Harmonic.{rule} {less} {more} {f} (by omega) (by omega)"));
                        }
                    }
                }
            }
        }
        // The rules speak of one order of the factors.
        let flips = pairs
            .iter()
            .filter(|(a, b)| a != b)
            .map(|(a, b)| format!("have := Int.mul_comm {} {}", argument(a), argument(b)));
        if out.is_empty() { Vec::new() } else { flips.chain(out).collect() }
    }

    /// Of quotients: what times the divisor they lie between.
    fn quotients(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for (a, b) in operands(self.whole, " / ").into_iter().take(2 * MAX_PRODUCTS) {
            let fact = format!("try have := Harmonic.ediv_between {} {} (by omega)", argument(a), argument(b));
            if literal(b).is_none() && !has_bound_variable(a) && !has_bound_variable(b) && !out.contains(&fact) {
                out.push(fact);
            }
        }
        out
    }

    /// Of powers of two with an unknown exponent: that they are positive, how large they are, what the next one is.
    fn powers(&self) -> Vec<String> {
        let mut exponents: Vec<&str> = Vec::new();
        for k in arguments(self.whole, "pow2 ") {
            if exponents.len() < MAX_POWERS && !has_bound_variable(k) && literal(k).is_none() && !exponents.contains(&k)
            {
                exponents.push(k);
            }
        }
        let known = self.binders.iter().flat_map(|(_, p)| literals(p)).filter(|n| (1..128).contains(n));
        let bounds: BTreeSet<i128> = known.chain([7, 15, 31, 63, 127]).collect();
        let mut out = Vec::new();
        for k in exponents {
            out.push(format!("have := Harmonic.pow2_pos {k}"));
            let one = |n: &i128| format!("  | have q{} := Harmonic.pow2_le_two_pow {k} {n} (by omega)", out.len());
            let all: Vec<String> = bounds.iter().map(one).collect();
            let next = bare(k).strip_suffix(" + (1 : Int)").map(str::to_owned);
            out.push(format!("first\n{}\n  | skip", all.join("\n")));
            if let Some(before) = next {
                let before = argument(&before);
                out.push(format!(
                    "try have : Harmonic.pow2 {k} = 2 * Harmonic.pow2 {before} := Harmonic.pow2_succ (by omega)"
                ));
            }
        }
        out
    }

    /// Of operations on bits: their sums, masks, and operands without a bit in common.
    fn bits(&self) -> Vec<String> {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        let mut out = Vec::new();
        let powers = self.binders.iter().flat_map(|(_, p)| literals(p)).filter_map(power_of_two);
        let widths: BTreeSet<u32> = powers.filter(|k| (1..=32).contains(k)).collect();
        for sign in ["&&&", "|||", "^^^"] {
            for (a, b) in nat_operands(self.whole, sign) {
                if seen.len() >= MAX_BITS || seen.contains(&(a, b)) {
                    continue;
                }
                seen.push((a, b));
                let mask = literal(b).and_then(mask_of);
                let (a, b) = (&format!("(Int.toNat {a})"), &format!("(Int.toNat {b})"));
                out.push(format!("have := Harmonic.and_add_or {a} {b}"));
                out.push(format!("have := Harmonic.or_eq_and_add_xor {a} {b}"));
                if let Some((k, n)) = mask {
                    out.push(format!("have := Harmonic.and_mask {a} {k} {n}"));
                } else if sign != "&&&" {
                    for k in &widths {
                        for (x, y) in [(a, b), (b, a)] {
                            out.push(format!("try have := Harmonic.and_of_low {x} {y} {k} (by omega) (by omega)"));
                        }
                    }
                    out.push(format!("have := Nat.and_comm {a} {b}"));
                }
            }
        }
        if !out.is_empty() {
            out.push("try simp only [Nat.reducePow, Nat.reduceSub, Nat.reduceMul, Int.reduceToNat] at *".to_owned());
        }
        out
    }
}

fn number(n: i128) -> String {
    if n < 0 { format!("({n})") } else { n.to_string() }
}

/// The number literals of a proposition.
fn literals(prop: &str) -> Vec<i128> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '\''));
    prop.split(word).filter(|w| w.starts_with(|c: char| c.is_ascii_digit())).filter_map(|w| w.parse().ok()).collect()
}

fn power_of_two(n: i128) -> Option<u32> {
    (n > 0 && n & (n - 1) == 0).then(|| n.trailing_zeros())
}

/// `k` and `n` of a mask of `n` ones above `k` zeros.
fn mask_of(mask: i128) -> Option<(u32, u32)> {
    if mask <= 0 {
        return None;
    }
    let k = mask.trailing_zeros();
    let n = power_of_two((mask >> k) + 1)?;
    (k + n <= MAX_BIT + 1).then_some((k, n))
}
