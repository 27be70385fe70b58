//! Conditions that hold by their form: what most conditions need (an index in bounds, under the bound that their own
//! quantifier states) need not be an obligation, nor a hypothesis of others.

use num_bigint::BigInt;

use super::read::{Tree, proposition};

/// Most steps of a chain of comparisons.
const MAX_STEPS: usize = 6;

/// Whether a proposition is seen to hold. `false` says nothing.
pub(crate) fn obvious(text: &str) -> bool {
    proposition(text).is_some_and(|t| holds(&t, &mut vec![]))
}

fn holds(goal: &Tree, known: &mut Vec<Tree>) -> bool {
    match goal {
        Tree::Name(n) => n == "True",
        Tree::Bind(true, vars, body) => {
            // What is known of an outer variable is not known of an inner one with its name.
            let mut inner: Vec<Tree> = known.iter().filter(|k| !vars.iter().any(|v| k.mentions(v))).cloned().collect();
            holds(body, &mut inner)
        }
        Tree::Op(op, sides) => match (op.as_str(), sides.as_slice()) {
            ("→", [a, b]) => {
                let before = known.len();
                learn(a, known);
                let out = holds(b, known);
                known.truncate(before);
                out
            }
            ("∧", [a, b]) => holds(a, known) && holds(b, known),
            ("≤", [a, b]) => reaches(a, b, false, known, MAX_STEPS),
            ("<", [a, b]) => reaches(a, b, true, known, MAX_STEPS),
            _ => known.contains(goal),
        },
        _ => false,
    }
}

fn learn(fact: &Tree, known: &mut Vec<Tree>) {
    match fact {
        Tree::Op(op, sides) if op == "∧" => sides.iter().for_each(|s| learn(s, known)),
        _ => known.push(fact.clone()),
    }
}

/// Whether `a ≤ b`, or `a < b`, follows from a chain of known comparisons.
fn reaches(a: &Tree, b: &Tree, strict: bool, known: &[Tree], steps: usize) -> bool {
    if let (Tree::Num(x), Tree::Num(y)) = (a, b) {
        return if strict { x < y } else { x <= y };
    }
    if a == b && !strict {
        return true;
    }
    if steps == 0 {
        return false;
    }
    let zero = BigInt::from(0);
    // A length is not negative.
    if let (Tree::Num(x), Tree::Proj(_, field)) = (a, b) {
        if field == "length" && (*x < zero || (*x == zero && !strict)) {
            return true;
        }
    }
    // `n ≤ e - c` is `n + c ≤ e`; `e - c` is below what `e` is below.
    if let (Tree::Num(n), Tree::Op(op, sides)) = (a, b) {
        if let ("-", [e, Tree::Num(c)]) = (op.as_str(), sides.as_slice()) {
            return reaches(&Tree::Num(n + c), e, strict, known, steps - 1);
        }
    }
    if let Tree::Op(op, sides) = a {
        if let ("-", [e, Tree::Num(c)]) = (op.as_str(), sides.as_slice()) {
            if *c >= zero && reaches(e, b, strict && *c == zero, known, steps - 1) {
                return true;
            }
        }
    }
    known.iter().any(|k| {
        let Tree::Op(op, sides) = k else { return false };
        let (low, high, gain) = match (op.as_str(), sides.as_slice()) {
            ("≤", [x, y]) | ("≥", [y, x]) => (x, y, false),
            ("<", [x, y]) | (">", [y, x]) => (x, y, true),
            _ => return false,
        };
        let starts = match (a, low) {
            (Tree::Num(n), Tree::Num(m)) => n <= m,
            _ => a == low,
        };
        starts && reaches(high, b, strict && !gain, known, steps - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::obvious;

    #[test]
    fn a_quantifiers_own_bounds() {
        let len = "(v_1.val.length : Int)";
        assert!(obvious(&format!("(∀ (q'1 : Int), (0 : Int) ≤ q'1 → (q'1 < {len} → ((0 ≤ q'1 ∧ q'1 < {len}))))")));
        assert!(obvious(&format!(
            "(∀ (q'1 : Int), 0 ≤ q'1 → (q'1 ≤ 255 → (((q'1 < {len}) → (0 ≤ q'1 ∧ q'1 < {len})))))"
        )));
        assert!(obvious(&format!(
            "(∀ (i'1 : Int) (j'2 : Int), 0 ≤ i'1 → (((i'1 ≤ j'2) ∧ (j'2 < {len})) → (0 ≤ i'1 ∧ i'1 < {len})))"
        )));
        assert!(obvious(&format!(
            "(∀ (q'1 : Int), (1 : Int) ≤ q'1 → (q'1 < {len} → (0 ≤ (q'1 - (1 : Int)) ∧ (q'1 - (1 : Int)) < {len})))"
        )));
    }

    #[test]
    fn what_does_not_follow_does_not_hold() {
        let len = "(v_1.val.length : Int)";
        assert!(!obvious(&format!("(∀ (q'1 : Int), 0 ≤ q'1 → (q'1 < c_1 → (0 ≤ q'1 ∧ q'1 < {len})))")));
        assert!(!obvious(&format!("(∀ (q'1 : Int), 0 ≤ q'1 → (q'1 ≤ {len} → (q'1 < {len})))")));
        assert!(!obvious(&format!("(∀ (q'1 : Int), 0 ≤ q'1 → (q'1 < {len} → (0 ≤ (q'1 - (1 : Int)))))")));
        assert!(!obvious(&format!("(∀ (q'1 : Int), 0 ≤ q'1 → (q'1 < {len} → ((q'1 + (1 : Int)) < {len})))")));
        assert!(!obvious("(∃ (q'1 : Int), 0 ≤ q'1)"));
        assert!(!obvious("0 ≤ x_1.val ∨ True"));
        assert!(!obvious("(0 < v_1.val.length)"));
    }
}
