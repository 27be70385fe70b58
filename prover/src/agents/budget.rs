//! What agents spent, and may still spend.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::provider::{Answer, Question};
use super::settings::{Allowance, Price};
use crate::search::lock;

/// What a run of agents came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spent {
    /// Requests that were answered.
    pub requests: u64,
    /// Tokens of the prompts.
    pub tokens_in: u64,
    /// Tokens of the answers.
    pub tokens_out: u64,
    /// Money, if the models' prices are known.
    pub cost: Option<f64>,
    /// Milliseconds since the first request.
    pub time_ms: u64,
    /// Which bound was reached.
    pub exhausted: Option<&'static str>,
}

/// Keeps count, also of what was asked for and not answered yet.
#[derive(Debug)]
pub(super) struct Budget {
    allowance: Allowance,
    prices: BTreeMap<String, Price>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spent: Spent,
    cost: f64,
    /// What answers on the way may come to at most.
    held_tokens: u64,
    held_cost: f64,
    began: Option<Instant>,
}

/// What one request may come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    tokens: u64,
    cost: f64,
}

/// Bytes for a token of a prompt, at least: English has four, Lean's symbols have three bytes each.
const BYTES: u64 = 2;

/// How many tokens a text has, where nobody counted them.
fn guess(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES)
}

impl Budget {
    pub(super) fn new(allowance: Allowance, prices: BTreeMap<String, Price>) -> Self {
        Self { allowance, prices, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn cost(&self, model: &str, tokens_in: u64, tokens_out: u64) -> Option<f64> {
        let price = self.prices.get(model)?;
        #[allow(clippy::cast_precision_loss)]
        Some((tokens_in as f64 * price.input + tokens_out as f64 * price.output) / 1e6)
    }

    /// Sets aside what a request may come to at most, or says which bound it would break.
    pub(super) fn hold(&self, question: &Question) -> Result<Held, &'static str> {
        let tokens_in = guess(question.system.len() + question.user.len());
        let cost = self.cost(&question.model, tokens_in, question.max_tokens).unwrap_or(0.0);
        let held = Held { tokens: tokens_in + question.max_tokens, cost };
        let mut state = self.state();
        let began = *state.began.get_or_insert_with(Instant::now);
        let tokens = state.spent.tokens_in + state.spent.tokens_out + state.held_tokens + held.tokens;
        let broken = if self.allowance.tokens.is_some_and(|most| tokens > most) {
            Some("tokens")
        } else if self.allowance.cost.is_some_and(|most| state.cost + state.held_cost + held.cost > most) {
            Some("cost")
        } else if self.allowance.time.is_some_and(|most| began.elapsed() >= most) {
            Some("time")
        } else {
            None
        };
        if let Some(bound) = broken {
            state.spent.exhausted = Some(bound);
            return Err(bound);
        }
        state.held_tokens += held.tokens;
        state.held_cost += held.cost;
        Ok(held)
    }

    /// Counts what an answer came to; what was set aside is free again.
    pub(super) fn settle(&self, held: Held, question: &Question, answer: Option<&Answer>) {
        let mut state = self.state();
        state.held_tokens = state.held_tokens.saturating_sub(held.tokens);
        state.held_cost = (state.held_cost - held.cost).max(0.0);
        let Some(answer) = answer else { return };
        let tokens_in = answer.tokens_in.unwrap_or_else(|| guess(question.system.len() + question.user.len()));
        let tokens_out = answer.tokens_out.unwrap_or_else(|| guess(answer.text.len()));
        state.spent.requests += 1;
        state.spent.tokens_in += tokens_in;
        state.spent.tokens_out += tokens_out;
        if let Some(cost) = self.cost(&question.model, tokens_in, tokens_out) {
            state.cost += cost;
            state.spent.cost = Some(state.cost);
        }
    }

    /// Whether the time is over.
    pub(super) fn late(&self) -> bool {
        let began = self.state().began;
        let late = match (self.allowance.time, began) {
            (Some(most), Some(began)) => began.elapsed() >= most,
            _ => false,
        };
        if late {
            self.state().spent.exhausted = Some("time");
        }
        late
    }

    /// What was spent until now.
    pub(super) fn spent(&self) -> Spent {
        let state = self.state();
        let time = state.began.map_or(Duration::ZERO, |began| began.elapsed());
        Spent { time_ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX), ..state.spent.clone() }
    }

    pub(super) fn allowance(&self) -> &Allowance {
        &self.allowance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::role::Role;

    fn question() -> Question {
        Question {
            role: Role::Closer,
            model: "m".into(),
            temperature: None,
            max_tokens: 100,
            system: String::new(),
            user: "x".repeat(200),
        }
    }

    fn answer(tokens_in: u64, tokens_out: u64) -> Answer {
        Answer { text: String::new(), tokens_in: Some(tokens_in), tokens_out: Some(tokens_out) }
    }

    #[test]
    fn tokens_are_kept_to() {
        let budget = Budget::new(Allowance { tokens: Some(450), ..Allowance::default() }, BTreeMap::new());
        let first = budget.hold(&question()).expect("200 of 450");
        let second = budget.hold(&question()).expect("400 of 450");
        // What is on the way counts.
        assert_eq!(budget.hold(&question()).expect_err("600 of 450"), "tokens");
        budget.settle(first, &question(), Some(&answer(90, 10)));
        budget.settle(second, &question(), None);
        // 100 are spent, so 200 more may be.
        let third = budget.hold(&question()).expect("300 of 450");
        budget.settle(third, &question(), Some(&answer(100, 100)));
        assert_eq!(budget.hold(&question()).expect_err("500 of 450"), "tokens");
        let spent = budget.spent();
        assert_eq!((spent.requests, spent.tokens_in, spent.tokens_out), (2, 190, 110));
        assert_eq!((spent.cost, spent.exhausted), (None, Some("tokens")));
    }

    #[test]
    fn cost_is_kept_to() {
        let prices = BTreeMap::from([("m".to_owned(), Price { input: 1.0, output: 10.0 })]);
        // A request may cost 100 · 1 + 100 · 10 millionths.
        let budget = Budget::new(Allowance { cost: Some(0.002), ..Allowance::default() }, prices);
        let held = budget.hold(&question()).expect("0.0011");
        budget.settle(held, &question(), Some(&answer(100, 90)));
        assert!((budget.spent().cost.expect("a price") - 0.001).abs() < 1e-9);
        assert_eq!(budget.hold(&question()).expect_err("0.0021"), "cost");
    }

    #[test]
    fn time_is_kept_to() {
        let budget = Budget::new(Allowance { time: Some(Duration::ZERO), ..Allowance::default() }, BTreeMap::new());
        assert!(!budget.late());
        assert_eq!(budget.hold(&question()).expect_err("over"), "time");
        assert!(budget.late());
    }
}
