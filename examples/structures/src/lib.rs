//! Structures whose methods keep an invariant: `maintains` holds when a method is called and when it returns.

use harmonic::*;

/// An account that may not exceed its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// What is on it.
    pub balance: u64,
    /// What may be on it.
    pub limit: u64,
}

impl Account {
    /// An empty account.
    #[spec(ensures: |ref out| out.balance == 0 && out.limit == limit)]
    pub fn new(limit: u64) -> Account {
        Account { balance: 0, limit }
    }

    /// Puts money on it.
    #[spec(
        requires: amount <= self.limit - self.balance,
        maintains: self.balance <= self.limit,
        captures: before = self.balance,
        ensures: self.balance == before + amount,
    )]
    pub fn deposit(&mut self, amount: u64) {
        self.balance += amount;
    }

    /// Takes money from it, if there is enough.
    #[spec(
        maintains: self.balance <= self.limit,
        captures: before = self.balance,
        ensures: |out| [
            out == (amount <= before),
            implies(out, self.balance == before - amount),
            implies(!out, self.balance == before),
        ],
    )]
    pub fn withdraw(&mut self, amount: u64) -> bool {
        if amount > self.balance {
            return false;
        }
        self.balance -= amount;
        true
    }

    /// What may still be put on it.
    #[spec(
        maintains: self.balance <= self.limit,
        ensures: |out| self.balance + out == self.limit,
    )]
    pub fn room(&self) -> u64 {
        self.limit - self.balance
    }
}

/// A stack of at most eight numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The places; those from `len` on are not in use.
    pub items: [u32; 8],
    /// How many are in use.
    pub len: usize,
}

impl Stack {
    /// Puts a number on top; gives it back if the stack is full.
    #[spec(
        maintains: self.len <= 8,
        captures: before = self.len,
        ensures: |out| [
            out.is_ok() == (before < 8),
            implies(before < 8, self.len == before + 1 && self.items[before] == value),
        ],
    )]
    pub fn push(&mut self, value: u32) -> Result<(), u32> {
        if self.len == 8 {
            return Err(value);
        }
        self.items[self.len] = value;
        self.len += 1;
        Ok(())
    }

    /// Takes the number on top.
    #[spec(
        maintains: self.len <= 8,
        captures: before = self.len,
        ensures: |out| match out {
            Some(value) => self.len + 1 == before && self.items[self.len] == value,
            None => before == 0 && self.len == 0,
        },
    )]
    pub fn pop(&mut self) -> Option<u32> {
        if self.len == 0 {
            None
        } else {
            self.len -= 1;
            Some(self.items[self.len])
        }
    }
}

/// A position in a ring of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The slot.
    pub at: usize,
    /// How many slots there are.
    pub slots: usize,
}

impl Cursor {
    /// Goes to the next slot.
    #[spec(
        requires: self.slots <= 1_000_000,
        maintains: self.at < self.slots,
        captures: [before = self.at, slots = self.slots],
        ensures: [self.slots == slots, implies(before + 1 < slots, self.at == before + 1)],
    )]
    pub fn advance(&mut self) {
        self.at += 1;
        if self.at == self.slots {
            self.at = 0;
        }
    }

    /// Slots between this one and the end.
    #[spec(
        maintains: self.at < self.slots,
        ensures: |out| out >= 1 && self.at + out == self.slots,
    )]
    pub fn remaining(&self) -> usize {
        self.slots - self.at
    }
}

/// A half-open interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// First point in it.
    pub start: u32,
    /// First point behind it.
    pub end: u32,
}

impl Interval {
    /// Whether a point lies in it.
    #[spec(ensures: |out| out == (self.start <= point && point < self.end))]
    pub fn contains(&self, point: u32) -> bool {
        self.start <= point && point < self.end
    }

    /// What two intervals share.
    #[spec(
        requires: self.start < self.end && other.start < other.end,
        ensures: |out| match out {
            Some(both) => both.start < both.end
                && self.start <= both.start && other.start <= both.start
                && both.end <= self.end && both.end <= other.end,
            None => self.end <= other.start || other.end <= self.start,
        },
    )]
    pub fn intersection(&self, other: &Interval) -> Option<Interval> {
        let start = if self.start > other.start { self.start } else { other.start };
        let end = if self.end < other.end { self.end } else { other.end };
        if start < end { Some(Interval { start, end }) } else { None }
    }

    /// The least interval that holds both.
    #[spec(
        requires: self.start <= self.end && other.start <= other.end,
        ensures: |out| [out.start <= self.start, out.start <= other.start, self.end <= out.end, other.end <= out.end],
    )]
    pub fn hull(&self, other: &Interval) -> Interval {
        Interval { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts() {
        let mut account = Account::new(100);
        account.deposit(70);
        assert_eq!(account.room(), 30);
        assert!(!account.withdraw(71));
        assert!(account.withdraw(70));
        assert_eq!(account.balance, 0);
    }

    #[test]
    fn stacks() {
        let mut stack = Stack::default();
        for n in 0..8 {
            assert_eq!(stack.push(n), Ok(()));
        }
        assert_eq!(stack.push(8), Err(8));
        assert_eq!(stack.pop(), Some(7));
        assert_eq!(Stack::default().pop(), None);
    }

    #[test]
    fn cursors() {
        let mut cursor = Cursor { at: 1, slots: 3 };
        cursor.advance();
        assert_eq!(cursor.remaining(), 1);
        cursor.advance();
        assert_eq!(cursor.at, 0);
    }

    #[test]
    fn intervals() {
        let (a, b) = (Interval { start: 1, end: 5 }, Interval { start: 4, end: 9 });
        assert!(a.contains(4) && !a.contains(5));
        assert_eq!(a.intersection(&b), Some(Interval { start: 4, end: 5 }));
        assert_eq!(a.intersection(&Interval { start: 5, end: 6 }), None);
        assert_eq!(a.hull(&b), Interval { start: 1, end: 9 });
    }
}
