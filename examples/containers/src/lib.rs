//! Generic containers: what holds of them for values of any type.

use harmonic::*;

/// A stack.
#[derive(Clone, Debug)]
pub struct Stack<T> {
    /// The values, the topmost last.
    pub items: Vec<T>,
}

impl<T: Copy> Stack<T> {
    /// A stack of nothing.
    #[spec(ensures: |ref out| out.items.len() == 0)]
    pub fn new() -> Stack<T> {
        Stack { items: Vec::new() }
    }

    /// Puts a value on top.
    #[spec(
        requires: self.items.len() < 1_000_000,
        captures: before = self.items.len(),
        ensures: [self.items.len() == before + 1, self.items[before] == value],
    )]
    pub fn push(&mut self, value: T)
    where
        T: Eq,
    {
        self.items.push(value);
    }

    /// Takes the value on top.
    #[spec(
        captures: before = self.items.len(),
        ensures: |ref out| match out {
            Some(_) => self.items.len() + 1 == before,
            None => before == 0 && self.items.len() == 0,
        },
    )]
    pub fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    /// The value on top.
    #[spec(ensures: |ref out| out.is_some() == (self.items.len() > 0))]
    pub fn peek(&self) -> Option<T> {
        if self.items.is_empty() { None } else { Some(self.items[self.items.len() - 1]) }
    }
}

/// Two values, the smaller first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ordered<T> {
    /// The smaller.
    pub low: T,
    /// The greater.
    pub high: T,
}

impl<T: Ord + Copy> Ordered<T> {
    /// Orders two values.
    #[spec(ensures: |out| [
        out.low <= out.high,
        (out.low == a && out.high == b) || (out.low == b && out.high == a),
    ])]
    pub fn new(a: T, b: T) -> Ordered<T> {
        if a <= b { Ordered { low: a, high: b } } else { Ordered { low: b, high: a } }
    }

    /// Whether a value lies between the two.
    #[spec(ensures: |out| out == (self.low <= value && value <= self.high))]
    pub fn holds(&self, value: T) -> bool {
        !(value < self.low || self.high < value)
    }

    /// Makes room for a value.
    #[spec(
        maintains: self.low <= self.high,
        ensures: self.low <= value && value <= self.high,
    )]
    pub fn widen(&mut self, value: T) {
        if value < self.low {
            self.low = value;
        }
        if value > self.high {
            self.high = value;
        }
    }
}

/// Where a value is, if it is there.
#[spec(ensures: |out| match out {
    Some(i) => i < items.len() && items[i] == value,
    None => forall(|i: usize| implies(i < items.len(), items[i] != value)),
})]
pub fn find<T: Eq + Copy>(items: &[T], value: T) -> Option<usize> {
    #[spec(maintains: forall(|k: usize| implies(k < i, items[k] != value)))]
    for i in 0..items.len() {
        if items[i] == value {
            return Some(i);
        }
    }
    None
}

/// Where the greatest value is.
#[spec(
    requires: !items.is_empty(),
    ensures: |out| out < items.len() && items.iter().all(|&x| x <= items[out]),
)]
pub fn greatest<T: Ord + Copy>(items: &[T]) -> usize {
    let mut best = 0;
    #[spec(maintains: best < items.len() && forall(|k: usize| implies(k < i, items[k] <= items[best])))]
    for i in 1..items.len() {
        if items[i] > items[best] {
            best = i;
        }
    }
    best
}

/// Exchanges two elements.
#[spec(
    requires: i < items.len() && j < items.len(),
    captures: [a = items[i], b = items[j]],
    ensures: items[i] == b && items[j] == a,
)]
pub fn exchange<T: Copy + Eq>(items: &mut [T], i: usize, j: usize) {
    let kept = items[i];
    items[i] = items[j];
    items[j] = kept;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks() {
        let mut stack = Stack::new();
        stack.push('a');
        stack.push('b');
        assert_eq!(stack.peek(), Some('b'));
        assert_eq!(stack.pop(), Some('b'));
        assert_eq!(stack.pop(), Some('a'));
        assert_eq!(stack.pop(), None);
    }

    #[test]
    fn orders() {
        let mut both = Ordered::new(7, 3);
        assert!(both.holds(5) && !both.holds(8));
        both.widen(9);
        assert_eq!(both, Ordered { low: 3, high: 9 });
    }

    #[test]
    fn searches() {
        assert_eq!(find(&["x", "y"], "y"), Some(1));
        assert_eq!(find(&[1, 2], 3), None);
        assert_eq!(greatest(&[3, 9, 4]), 1);
        let mut pair = [1, 2];
        exchange(&mut pair, 0, 1);
        assert_eq!(pair, [2, 1]);
    }
}
