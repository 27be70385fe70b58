//! State machines as enums: which step leads where, and what no step can do.

use harmonic::*;

/// A traffic light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// Stop.
    Red,
    /// Go.
    Green,
    /// Get ready to stop.
    Yellow,
}

impl Light {
    /// The light that follows.
    #[spec(
        ensures: |out| [
            out != self,
            implies(self == Light::Red, out == Light::Green),
            implies(out == Light::Red, self == Light::Yellow),
        ],
    )]
    pub fn next(self) -> Light {
        match self {
            Light::Red => Light::Green,
            Light::Green => Light::Yellow,
            Light::Yellow => Light::Red,
        }
    }

    /// How long it stays, in seconds.
    #[spec(
        ensures: |out| [out >= 3, implies(self == Light::Yellow, out == 3)],
    )]
    pub fn seconds(self) -> u32 {
        match self {
            Light::Red => 40,
            Light::Green => 30,
            Light::Yellow => 3,
        }
    }
}

/// A door with a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Open.
    Open,
    /// Closed, not locked.
    Closed,
    /// Locked with a code.
    Locked(u32),
}

/// What can be done to a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open it.
    Open,
    /// Close it.
    Close,
    /// Lock it with a code.
    Lock(u32),
    /// Unlock it with a code.
    Unlock(u32),
}

/// One action; `Err` leaves the door as it is.
#[spec(
    ensures: |out| [
        implies(door == Door::Open && action == Action::Close, out == Ok(Door::Closed)),
        match (door, out) {
            (Door::Locked(code), Ok(next)) => action == Action::Unlock(code) && next == Door::Closed,
            _ => true,
        },
    ],
)]
pub fn act(door: Door, action: Action) -> Result<Door, Action> {
    match (door, action) {
        (Door::Open, Action::Close) => Ok(Door::Closed),
        (Door::Closed, Action::Open) => Ok(Door::Open),
        (Door::Closed, Action::Lock(code)) => Ok(Door::Locked(code)),
        (Door::Locked(code), Action::Unlock(key)) if code == key => Ok(Door::Closed),
        (_, action) => Err(action),
    }
}

/// A connection that gives up after some attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Not connected.
    Idle,
    /// Trying; the number of failed attempts.
    Trying(u8),
    /// Connected.
    Up,
    /// Given up.
    Failed,
}

/// Attempts before giving up.
pub const ATTEMPTS: u8 = 5;

/// What follows an attempt.
#[spec(
    requires: match state {
        Connection::Trying(failures) => failures < ATTEMPTS,
        _ => true,
    },
    ensures: |out| [
        match out {
            Connection::Trying(failures) => failures < ATTEMPTS,
            _ => true,
        },
        implies(state == Connection::Failed, out == Connection::Failed),
    ],
)]
pub fn attempt(state: Connection, success: bool) -> Connection {
    match state {
        Connection::Idle => Connection::Trying(0),
        Connection::Trying(_) if success => Connection::Up,
        Connection::Trying(failures) => {
            if failures + 1 == ATTEMPTS {
                Connection::Failed
            } else {
                Connection::Trying(failures + 1)
            }
        }
        other => other,
    }
}

/// A machine that sells one thing for three coins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vending {
    /// Coins put in since the last sale.
    pub coins: u8,
    /// What is left.
    pub stock: u32,
}

impl Vending {
    /// Takes a coin; whether something was sold for it.
    #[spec(
        requires: self.stock > 0,
        maintains: self.coins < 3,
        captures: [coins = self.coins, stock = self.stock],
        ensures: |out| [
            out == (coins == 2),
            implies(out, self.coins == 0 && self.stock == stock - 1),
            implies(!out, self.coins == coins + 1 && self.stock == stock),
        ],
    )]
    pub fn coin(&mut self) -> bool {
        if self.coins < 2 {
            self.coins += 1;
            return false;
        }
        self.coins = 0;
        self.stock -= 1;
        true
    }

    /// Gives the coins back.
    #[spec(
        maintains: self.coins < 3,
        captures: coins = self.coins,
        ensures: |out| out == coins && self.coins == 0,
    )]
    pub fn refund(&mut self) -> u8 {
        let coins = self.coins;
        self.coins = 0;
        coins
    }
}

/// Whether parentheses match, `true` for an opening one: the deepest nesting, if they do.
#[spec(
    requires: text.len() <= 1_000_000,
    ensures: |out| match out {
        Some(depth) => depth <= text.len(),
        None => true,
    },
)]
pub fn nesting(text: &[bool]) -> Option<usize> {
    let mut depth = 0;
    let mut deepest = 0;
    #[spec(maintains: [depth <= i, deepest <= i])]
    for i in 0..text.len() {
        if text[i] {
            depth += 1;
            if depth > deepest {
                deepest = depth;
            }
        } else if depth == 0 {
            return None;
        } else {
            depth -= 1;
        }
    }
    if depth == 0 { Some(deepest) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lights() {
        assert_eq!(Light::Red.next().next().next(), Light::Red);
        assert_eq!(Light::Yellow.seconds(), 3);
    }

    #[test]
    fn doors() {
        assert_eq!(act(Door::Open, Action::Close), Ok(Door::Closed));
        assert_eq!(act(Door::Closed, Action::Lock(7)), Ok(Door::Locked(7)));
        assert_eq!(act(Door::Locked(7), Action::Unlock(8)), Err(Action::Unlock(8)));
        assert_eq!(act(Door::Locked(7), Action::Unlock(7)), Ok(Door::Closed));
    }

    #[test]
    fn connections() {
        let mut state = attempt(Connection::Idle, false);
        for _ in 0..ATTEMPTS {
            state = attempt(state, false);
        }
        assert_eq!(state, Connection::Failed);
        assert_eq!(attempt(Connection::Trying(2), true), Connection::Up);
    }

    #[test]
    fn vending() {
        let mut machine = Vending { coins: 0, stock: 1 };
        assert!(!machine.coin());
        assert_eq!(machine.refund(), 1);
        assert!(!machine.coin() && !machine.coin() && machine.coin());
        assert_eq!(machine.stock, 0);
    }

    #[test]
    fn parentheses() {
        assert_eq!(nesting(&[true, true, false, false, true, false]), Some(2));
        assert_eq!(nesting(&[false]), None);
        assert_eq!(nesting(&[true]), None);
    }
}
