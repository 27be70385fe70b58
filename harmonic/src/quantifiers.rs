//! Quantifiers that run, and what a condition means when one of them cannot be sure.
//!
//! A search of a part of a domain can refute `forall` and can prove `exists`; the other answer is a guess. Guesses are
//! recorded, and a false condition is evaluated again with other guesses: it counts as false only if it is false for
//! all of them. So a run-time check never raises a false alarm over a quantifier; it may miss a violation.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::domain::Domain;

/// Evaluations of one condition before its guesses are taken as undecided.
const MAX_RUNS: usize = 64;

/// Evaluations of a quantifier's closure, about.
const BUDGET: usize = 65_536;

/// The guesses of one evaluation of a condition, in the order in which they were asked for.
#[derive(Default)]
struct Guesses {
    /// The answer given, and whether the other one was tried before.
    answers: Vec<(bool, bool)>,
    /// How many were asked for in this run.
    asked: usize,
}

thread_local! {
    static GUESSES: RefCell<Option<Guesses>> = const { RefCell::new(None) };
}

/// Restores the guesses of an enclosing condition, also when the inner one panics.
struct Enclosing(Option<Guesses>);

impl Drop for Enclosing {
    fn drop(&mut self) {
        let outer = self.0.take();
        GUESSES.with(|cell| *cell.borrow_mut() = outer);
    }
}

/// The answer of a quantifier that could not be sure: `natural` unless this condition is being tried with the other.
fn guess(natural: bool) -> bool {
    GUESSES.with(|cell| {
        let mut guesses = cell.borrow_mut();
        let Some(guesses) = guesses.as_mut() else { return natural };
        let at = guesses.asked;
        guesses.asked += 1;
        if let Some((answer, _)) = guesses.answers.get(at) {
            return *answer;
        }
        guesses.answers.push((natural, false));
        natural
    })
}

/// Evaluates a condition; `None` if its machine arithmetic overflows, where the mathematical one has an answer.
fn decide(condition: impl Fn() -> bool) -> Option<bool> {
    let payload = match catch_unwind(AssertUnwindSafe(condition)) {
        Ok(answer) => return Some(answer),
        Err(payload) => payload,
    };
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
    if !(message.starts_with("attempt to ") && message.ends_with(" with overflow")) {
        resume_unwind(payload);
    }
    eprintln!("note: a condition of a #[spec] overflowed and was not decided; cast its operands `as int`");
    None
}

/// Whether a condition is false for all answers of its unsure quantifiers.
pub(crate) fn is_refuted(condition: impl Fn() -> bool) -> bool {
    let _enclosing = Enclosing(GUESSES.with(|cell| cell.borrow_mut().replace(Guesses::default())));
    for _ in 0..MAX_RUNS {
        match decide(&condition) {
            Some(false) => {}
            Some(true) | None => return false,
        }
        let exhausted = GUESSES.with(|cell| {
            let mut slot = cell.borrow_mut();
            let Some(guesses) = slot.as_mut() else { return true };
            guesses.asked = 0;
            // The next assignment in depth-first order.
            while let Some((answer, flipped)) = guesses.answers.pop() {
                if !flipped {
                    guesses.answers.push((!answer, true));
                    return false;
                }
            }
            true
        });
        if exhausted {
            return true;
        }
    }
    false
}

/// A closure of one to three arguments that a quantifier ranges over. The arguments carry their types.
pub trait Predicate<Args> {
    /// The first answer that equals `wanted`, if the search met one, and whether the search was complete.
    #[doc(hidden)]
    fn search(&self, wanted: bool) -> (bool, bool);
}

impl<P: Fn(A) -> bool, A: Domain> Predicate<(A,)> for P {
    fn search(&self, wanted: bool) -> (bool, bool) {
        let (values, all) = A::values(BUDGET);
        (values.into_iter().any(|a| self(a) == wanted), all)
    }
}

impl<P: Fn(A, B) -> bool, A: Domain, B: Domain> Predicate<(A, B)> for P {
    fn search(&self, wanted: bool) -> (bool, bool) {
        const EACH: usize = 256;
        let ((first, all_a), (second, all_b)) = (A::values(EACH), B::values(EACH));
        let found = first.into_iter().any(|a| second.iter().any(|b| self(a, *b) == wanted));
        (found, all_a && all_b)
    }
}

impl<P: Fn(A, B, C) -> bool, A: Domain, B: Domain, C: Domain> Predicate<(A, B, C)> for P {
    fn search(&self, wanted: bool) -> (bool, bool) {
        const EACH: usize = 40;
        let ((first, all_a), (second, all_b)) = (A::values(EACH), B::values(EACH));
        let (third, all_c) = C::values(EACH);
        let found = first.into_iter().any(|a| second.iter().any(|b| third.iter().any(|c| self(a, *b, *c) == wanted)));
        (found, all_a && all_b && all_c)
    }
}

/// Whether the closure holds for all values of its arguments.
///
/// The verifier means all of them. At run time a single argument of at most 16 bits is searched whole, and so are two
/// of 8 bits; of wider types the values `0..1024` (signed: `-511..=511`) and some of each magnitude are tried, fewer
/// with two or three arguments. `false` is certain; `true` then only says that no counterexample was met.
pub fn forall<Args>(predicate: impl Predicate<Args>) -> bool {
    match predicate.search(false) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => guess(true),
    }
}

/// Whether the closure holds for some value of its arguments.
///
/// Searches what [`forall`] searches. `true` is certain; `false`, where the search was not complete, only says that
/// no witness was met, and a condition is not reported on that ground.
pub fn exists<Args>(predicate: impl Predicate<Args>) -> bool {
    match predicate.search(true) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => guess(false),
    }
}

#[cfg(test)]
mod tests {
    use super::{exists, forall, is_refuted};

    #[test]
    fn complete_searches_decide() {
        assert!(forall(|x: u8| x as u16 <= 255));
        assert!(!forall(|x: i16| x > i16::MIN));
        assert!(exists(|x: u16| x == 65_535));
        assert!(is_refuted(|| exists(|x: u8| x as u16 > 255)));
        assert!(forall(|x: u8, y: bool| y || x as u16 + 1 > 0));
    }

    #[test]
    fn a_guess_is_no_refutation() {
        let far = 1_u64 << 40 | 12345;
        assert!(!exists(|x: u64| x == far));
        assert!(!is_refuted(|| exists(|x: u64| x == far)));
        assert!(!is_refuted(|| !forall(|x: u64| x != far)));
        // Two guesses of which only one assignment makes the condition true.
        assert!(!is_refuted(|| !exists(|x: u64| x == far) && exists(|x: u64| x == far + 2)));
    }

    #[test]
    fn what_guesses_cannot_save_is_refuted() {
        let far = 1_u64 << 40 | 12345;
        assert!(is_refuted(|| exists(|x: u64| x == far) && far == 0));
        assert!(is_refuted(|| forall(|x: u64| x < 100)));
        assert!(is_refuted(|| forall(|x: u64| x < far) && forall(|x: u64| x < 100)));
    }

    #[test]
    fn nested_conditions_keep_their_own_guesses() {
        let far = 1_u64 << 40 | 12345;
        let outer = || exists(|x: u64| x == far) && !is_refuted(|| forall(|x: u64| x != 1 << 50));
        assert!(!is_refuted(outer));
    }
}
