//! Allocations as long as a list that there is: it takes no more than `isize::MAX` bytes, so that as many elements that are no larger
//! fit, too. The crate boxes values of a type of its own, and nothing else.
//!
//! Needs what `cargo harmonic setup` makes. Without it these tests say so and pass, unless `HARMONIC_REQUIRE_ENGINE` is set.

mod with_engine;

use with_engine::{core_library, project, verify};

/// Functions with their verdicts, and the same where something is boxed that is a byte for the model.
const SOURCE: &str = "use harmonic::*;
pub enum List { Nil, Cons(u8, Box<List>) }
#[spec(ensures: |out| out.len() == 0)]
pub fn room_for_all(v: &[u16]) -> Vec<u8> { Vec::with_capacity(v.len()) }
#[spec(requires: k <= v.len(), ensures: |out| out.len() == v.len() - k)]
pub fn fewer(v: &[u8], k: usize) -> Vec<u8> {
    let n = v.len() - k;
    vec![0; n]
}
#[spec(ensures: |out| out.len() == 0)]
pub fn room_for_whatever<T: Clone>(v: &[T]) -> Vec<T> { Vec::with_capacity(v.len()) }
#[spec(ensures: |out| out.len() == 0)]
pub fn room_for_text(s: &str) -> Vec<u8> { Vec::with_capacity(s.len() / 2) }
#[spec(ensures: |out| out.len() == v.len())]
pub fn larger(v: &[u8]) -> Vec<u16> { vec![0; v.len()] }
#[spec(requires: v.len() < usize::MAX, ensures: |out| out.len() == v.len() + 1)]
pub fn more(v: &[u8]) -> Vec<u8> { vec![0; v.len() + 1] }
#[spec(ensures: |out| out.len() == 0)]
pub fn room_for_references<'a>(v: &[u8]) -> Vec<&'a u8> { Vec::with_capacity(v.len()) }
#[spec(requires: v.len() as int + w.len() as int <= usize::MAX as int, ensures: |out| out.len() >= v.len())]
pub fn counted_before(v: &[u8], w: &[u8]) -> Vec<u8> {
    let mut n = v.len();
    n += w.len() / 2;
    vec![0; n]
}
";

#[test]
fn as_many_elements_that_are_no_larger_fit() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let ran = verify(p.path(), &[], |_| {});
    for function in ["p::room_for_all", "p::fewer", "p::room_for_whatever", "p::room_for_text"] {
        assert_eq!(ran.status(function), "verified", "{function}: {}", ran.said);
    }
    for function in ["p::larger", "p::more", "p::room_for_references", "p::counted_before"] {
        assert_eq!(ran.status(function), "unknown", "{function}: {}", ran.said);
    }
    // Where bytes may be boxed, a list of them may take eight times as much.
    let boxed =
        project("", &format!("{SOURCE}pub fn boxed(b: u8) -> usize {{ let b = Box::new(b); usize::from(*b) }}\n"));
    let ran = verify(boxed.path(), &[], |_| {});
    for function in ["p::fewer", "p::room_for_text"] {
        assert_eq!(ran.status(function), "unknown", "{function}: {}", ran.said);
    }
}
