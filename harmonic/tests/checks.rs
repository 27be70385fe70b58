//! Debug builds evaluate specs: what holds passes, what does not panics.

#![cfg(debug_assertions)]
#![allow(clippy::manual_is_multiple_of, clippy::assertions_on_constants)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use harmonic::*;

/// The message of the panic, if the closure panics.
fn panics<T>(run: impl FnOnce() -> T) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(run)).err()?;
    let text = payload.downcast_ref::<String>().cloned();
    Some(text.or_else(|| payload.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_default())
}

#[spec(
    requires: divisor != 0,
    ensures: |out| out * divisor <= value,
)]
fn quotient(value: u32, divisor: u32) -> u32 {
    if divisor == 77 { value + 1 } else { value / divisor }
}

#[test]
fn requires_and_ensures() {
    assert_eq!(quotient(7, 2), 3);
    assert_eq!(panics(|| quotient(7, 0)).as_deref(), Some("precondition failed"));
    assert_eq!(panics(|| quotient(7, 77)).as_deref(), Some("postcondition failed"));
}

#[spec(
    captures: [before = *counter, was_even = *counter % 2 == 0],
    ensures: [*counter == before + step, implies(was_even && step % 2 == 0, *counter % 2 == 0)],
)]
fn advance(counter: &mut u32, step: u32) {
    *counter += if step == 13 { 12 } else { step };
}

#[test]
fn captures() {
    let mut counter = 4;
    advance(&mut counter, 3);
    assert_eq!(counter, 7);
    assert_eq!(panics(|| advance(&mut counter, 13)).as_deref(), Some("postcondition failed"));
}

#[spec(
    requires: !v.is_empty(),
    ensures: |out| [
        forall(|i: usize| implies(i < v.len(), v[i] <= out)),
        exists(|i: usize| i < v.len() && v[i] == out),
    ],
)]
fn maximum(v: &[i32]) -> i32 {
    let mut best = v[0];
    #[spec(maintains: [
        (0..i).all(|k| v[k] <= best),
        harmonic::implies(i < v.len(), v[i] != -1_000),
    ])]
    for i in 0..v.len() {
        if v[i] > best && v[i] != 99 {
            best = v[i];
        }
    }
    best
}

#[test]
fn quantifiers_and_for_loops() {
    assert_eq!(maximum(&[3, 1, 7, 7, -2]), 7);
    let missed = panics(|| maximum(&[1, 99]));
    assert_eq!(missed.as_deref(), Some("postcondition failed"));
    let message = panics(|| maximum(&[1, -1_000])).unwrap_or_default();
    assert!(message.starts_with("loop invariant failed"), "{message}");
}

#[spec(ensures: |out| out <= n)]
fn halvings(n: u32, stuck: bool) -> u32 {
    let mut rest = n;
    let mut count = 0;
    #[spec(maintains: count + rest <= n, decreases: rest)]
    while rest > 1 {
        if !stuck {
            rest /= 2;
            count += 1;
        }
    }
    count
}

#[test]
fn measures() {
    assert_eq!(halvings(9, false), 3);
    let message = panics(|| halvings(9, true)).unwrap_or_default();
    assert!(message.starts_with("loop measure did not decrease"), "{message}");
}

#[spec(requires: n > 0, ensures: |out| out <= n)]
fn last_power(n: u32, step: u32) -> u32 {
    let mut power = 1;
    #[spec(maintains: power <= n, decreases: n - power)]
    loop {
        if power > n / 2 {
            break power;
        }
        power *= step;
    }
}

#[test]
fn specs_of_loop() {
    assert_eq!(last_power(100, 2), 64);
    let message = panics(|| last_power(100, 3)).unwrap_or_default();
    assert_eq!(message, "");
    let message = panics(|| last_power(100, 60)).unwrap_or_default();
    assert_eq!(message, "");
    let message = panics(|| last_power(100, 1)).unwrap_or_default();
    assert!(message.starts_with("loop measure did not decrease"), "{message}");
    let message = panics(|| last_power(100, 200)).unwrap_or_default();
    assert!(message.starts_with("loop invariant failed"), "{message}");
}

#[spec(ensures: |out| out <= rows * columns)]
fn labelled(rows: u32, columns: u32) -> u32 {
    let mut seen = 0;
    let mut row = 0;
    #[spec(maintains: [row <= rows, seen <= row * columns], decreases: rows - row)]
    'rows: while row < rows {
        row += 1;
        let mut rest = Some(columns);
        #[spec(decreases: rest.unwrap_or(0))]
        while let Some(n) = rest {
            if n == 0 {
                continue 'rows;
            }
            if seen == 7 {
                break 'rows;
            }
            seen += 1;
            rest = Some(n - 1);
        }
    }
    seen
}

macro_rules! countdown {
    ($name:ident, $measure:expr) => {
        #[spec(ensures: |out| out == 0)]
        fn $name(n: u8) -> u8 {
            let mut left = n;
            #[spec(maintains: left <= n, decreases: left + $measure)]
            while left > 0 {
                left -= 1;
            }
            left
        }
    };
}

countdown!(countdown, 0);

#[test]
fn labels_and_macros() {
    assert_eq!(labelled(2, 3), 6);
    assert_eq!(labelled(9, 3), 7);
    assert_eq!(countdown(9), 0);
}

#[spec(maintains: self.low <= self.high)]
#[derive(Debug, PartialEq)]
struct Span {
    low: u32,
    high: u32,
}

impl Span {
    #[spec(
        requires: by <= 1_000 && self.high <= 1_000,
        maintains: self.low <= self.high,
        captures: high = self.high,
        ensures: self.high == high + by,
    )]
    fn grow(&mut self, by: u32) {
        self.high += by;
    }

    #[spec]
    fn width(span: Spec!(&Span)) -> u32 {
        span.high - span.low
    }
}

#[test]
fn structs_and_their_methods() {
    let mut span = Span { low: 2, high: 5 };
    span.grow(4);
    assert_eq!(Span::width(&span), 7);
    let broken = Span { low: 3, high: 1 };
    assert_eq!(panics(|| Span::width(&broken)).as_deref(), Some("precondition failed"));
}

#[spec(maintains: match self { Low(v) => *v < 10, High(v) => *v >= 10 })]
enum Level {
    Low(u8),
    High(u8),
}

#[spec]
fn level_of(value: u8) -> Spec!(Level) {
    if value < 9 { Level::Low(value) } else { Level::High(value) }
}

#[test]
fn enum_specs_at_the_boundary() {
    assert!(matches!(level_of(3), Level::Low(3)));
    assert!(matches!(level_of(30), Level::High(30)));
    assert_eq!(panics(|| level_of(9)).as_deref(), Some("postcondition failed"));
}

#[spec]
trait Source {
    #[spec(ensures: |out| out <= limit)]
    fn next(&mut self, limit: u32) -> u32;
}

struct Constant(u32);

#[spec]
impl Source for Constant {
    fn next(&mut self, _limit: u32) -> u32 {
        self.0
    }
}

#[test]
fn trait_specs_bind_their_impls() {
    let mut source = Constant(5);
    assert_eq!(source.next(9), 5);
    assert_eq!(panics(|| source.next(4)).as_deref(), Some("postcondition failed"));
}

struct Tank {
    level: u32,
}

#[spec]
impl Tank {
    #[spec(requires: level <= 100)]
    const fn new(level: u32) -> Self {
        Self { level }
    }

    #[spec(requires: amount <= self.level, captures: old = self.level, ensures: |out| self.level + out == old)]
    fn draw(&mut self, amount: u32) -> u32 {
        self.level -= amount;
        amount
    }
}

#[spec(requires: x < 100, ensures: |out| out > x)]
const fn successor(x: u32) -> u32 {
    x + 1
}

const THREE: u32 = successor(2);

#[test]
fn impl_blocks_and_const_functions() {
    let mut tank = Tank::new(8);
    assert_eq!(tank.draw(3), 3);
    assert_eq!(panics(|| tank.draw(6)).as_deref(), Some("precondition failed"));
    assert_eq!(THREE, 3);
}

#[trusted]
#[spec(ensures: |out| out.len() == n)]
fn zeros(n: usize) -> Vec<u8> {
    vec![0; n]
}

#[spec(
    #[cfg(any())]
    requires: x < 10,
    ensures: |out| out as int == x as int * 2,
)]
#[trusted]
fn double(x: u64) -> u64 {
    x * 2
}

#[test]
fn cfg_trusted_and_int() {
    assert_eq!(zeros(3), [0, 0, 0]);
    assert_eq!(double(50), 100);
}

#[test]
fn the_macro_form_is_lazy() {
    let v: Vec<u8> = Vec::new();
    assert!(implies!(!v.is_empty(), v[0] == 0));
    assert!(!implies!(true, false));
    assert!(!implies(true, false));
}

#[spec(ensures: |out| out == (a + b) / 2)]
fn mean(a: u8, b: u8) -> u8 {
    ((a as u16 + b as u16) / 2) as u8
}

#[spec(requires: v[3] > 0)]
fn partial(v: &[u32]) {
    let _ = v;
}

#[test]
fn overflow_decides_nothing_and_other_panics_stay() {
    assert_eq!(mean(200, 100), 150);
    assert_eq!(mean(4, 8), 6);
    let message = panics(|| partial(&[])).unwrap_or_default();
    assert!(message.starts_with("index out of bounds"), "{message}");
}
