//! The learned order of attempts.
//!
//! What closed a statement closes statements like it. The policy remembers what was tried on earlier ones and what came of it,
//! and puts the candidates of a new one in the order in which a proof is likeliest to come next: by the chance that a candidate
//! closes it, divided by what it costs, stage by stage. The chance is the share of successes among the nearest earlier statements (features
//! weighted by how rare they are, later ones more than earlier ones), which a family's own share of successes fills in where
//! neighbours say little (Beta prior of a Bernoulli bandit). Nothing is left out, so that a policy that is wrong costs time and
//! nothing else; and it is made of numbers alone, so that no text of it ever comes before Lean.

mod family;
mod features;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub(crate) use family::Family;
use features::Feature;
pub(crate) use features::Features;
pub use text::PolicyError;

use crate::portfolio::{Candidate, Origin, STAGES};

/// Neighbours that are asked.
const NEIGHBOURS: usize = 12;
/// Least likeness of a neighbour.
const LEAST_LIKENESS: f32 = 0.25;
/// How much a family's own record counts beside its neighbours', in neighbours that are wholly alike.
const PRIOR_WEIGHT: f32 = 0.4;
/// After so many later statements, one counts half.
const HALF_LIFE: f32 = 4000.0;
/// What a candidate costs of which nothing is known, in milliseconds, by the stage in which it would be tried without a policy.
const UNKNOWN_COST: [f32; STAGES] = [100.0, 400.0, 400.0, 1500.0, 1500.0];
/// Least cost, in milliseconds.
const LEAST_COST: f32 = 10.0;
/// A family that failed on a statement has less of a chance with its next block.
const AGAIN: f32 = 0.5;
/// Without a neighbour of this weight, candidates stay in the order of the portfolio.
const LEAST_EVIDENCE: f32 = 0.15;
/// Chances from which on a success, and up to which a failure, was foreseen.
const FORESEEN: f32 = 0.6;
const UNFORESEEN: f32 = 0.25;
/// How many measurements of what a family costs count; later ones push out earlier ones, whose company was less well known.
const MOST_TIMED: f32 = 64.0;
/// Most examples that are kept when a log is made shorter.
pub const MOST_EXAMPLES: usize = 3000;
/// What is known of a family.
#[derive(Clone, Debug, Default, PartialEq)]
struct Record {
    name: String,
    tried: f32,
    won: f32,
    /// Milliseconds, and over how many attempts.
    time: f32,
    timed: f32,
}

impl Record {
    /// The chance of success: as if it had been tried four times before, once well.
    fn chance(&self) -> f32 {
        (self.won + 1.0) / (self.tried + 4.0)
    }
}

/// An earlier statement: what was tried on it in vain, and what closed it.
#[derive(Clone, Debug, PartialEq)]
struct Example {
    features: Vec<Feature>,
    failed: Vec<Family>,
    won: Option<Family>,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<Family, Record>,
    examples: Vec<Example>,
    /// In how many examples a feature occurs.
    frequency: HashMap<Feature, u32>,
    /// What features weigh, and the examples; made anew when there are more of these.
    weights: Option<Weights>,
    /// What was learnt since it was read.
    log: Log,
}

/// How much each feature tells: the rarer, the more (inverse document frequency).
#[derive(Debug)]
struct Weights {
    features: Vec<f32>,
    /// Sums over the features of each example.
    examples: Vec<f32>,
}

impl Weights {
    fn of(examples: &[Example], frequency: &HashMap<Feature, u32>) -> Self {
        let all = examples.len() as f32;
        let mut features = vec![(all + 1.0).ln() + 0.1; usize::from(Feature::MAX) + 1];
        for (feature, count) in frequency {
            features[usize::from(*feature)] = ((all + 1.0) / (*count as f32 + 1.0)).ln() + 0.1;
        }
        let mut out = Self { features, examples: Vec::new() };
        out.examples = examples.iter().map(|e| out.sum(e.features.iter().copied())).collect();
        out
    }
    fn sum(&self, features: impl Iterator<Item = Feature>) -> f32 {
        features.map(|f| self.features[usize::from(f)]).sum()
    }
}

#[derive(Debug, Default)]
struct Log {
    records: BTreeMap<Family, Record>,
    examples: Vec<Example>,
}

/// A policy, which learns while it is used.
#[derive(Debug, Default)]
pub struct Policy {
    state: Mutex<State>,
}

impl Policy {
    /// What ships with this tool: learnt by `cargo xtask policy` from the cases of this repository.
    #[must_use]
    pub fn shipped() -> Self {
        let policy = Self::default();
        // A test reads it.
        let _ = policy.read(include_str!("shipped.txt"));
        policy
    }

    /// Takes in what another policy, or a log of one, has learnt.
    ///
    /// # Errors
    /// [`PolicyError`] with the first line that is not understood; nothing is taken in then.
    pub fn read(&self, text: &str) -> Result<(), PolicyError> {
        let log = text::read(text)?;
        let mut state = self.lock();
        state.count_all(log.records);
        log.examples.into_iter().for_each(|example| state.add(example));
        Ok(())
    }

    /// Takes in what a log says as if it were learnt now: of its last [`MOST_EXAMPLES`] examples, those that say something new.
    /// Quadratic in their number.
    ///
    /// # Errors
    /// As [`Policy::read`].
    pub fn relearn(&self, text: &str) -> Result<(), PolicyError> {
        let log = text::read(text)?;
        let mut state = self.lock();
        state.count_all(log.records);
        let old = log.examples.len().saturating_sub(MOST_EXAMPLES);
        for example in log.examples.into_iter().skip(old) {
            if state.is_news(&example) {
                state.add(example);
            }
        }
        Ok(())
    }

    /// What was learnt since it was read or this was last asked, as text to append to a file; empty if nothing was.
    pub fn take_log(&self) -> String {
        let mut state = self.lock();
        let mut log = std::mem::take(&mut state.log);
        for (family, record) in &mut log.records {
            record.name = state.records.get(family).map(|r| r.name.clone()).unwrap_or_default();
        }
        text::write(&log.records, &log.examples)
    }

    /// All that it knows, as text.
    pub fn text(&self) -> String {
        let state = self.lock();
        text::write(&state.records, &state.examples)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the candidates of each stage in order; kept proofs stay first. The stages stay as they are: what is learnt of small
    /// statements says little of what a dear tactic costs on large ones, which is what stages are for.
    pub(crate) fn arrange(&self, features: &Features, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let mut state = self.lock();
        let neighbours = state.neighbours(&features.0);
        if neighbours.first().is_none_or(|(weight, _)| *weight < LEAST_EVIDENCE) {
            return candidates;
        }
        let mut seen: HashMap<Family, i32> = HashMap::new();
        let mut ranked: Vec<(u8, f32, Candidate)> = candidates
            .into_iter()
            .map(|candidate| {
                let family = Family::of(&candidate.block);
                let before = seen.entry(family).or_default();
                let chance = state.chance(family, &neighbours) * AGAIN.powi(*before);
                *before += 1;
                let rank = match candidate.origin {
                    Origin::Store => f32::INFINITY,
                    Origin::Portfolio | Origin::Agents => chance / state.cost(family, candidate.stage),
                };
                (candidate.stage, rank, candidate)
            })
            .collect();
        ranked.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        ranked.into_iter().map(|(_, _, candidate)| candidate).collect()
    }

    /// Learns what came of candidates of these families on a statement: all but `won` failed.
    pub(crate) fn learn(&self, features: &Features, failed: &[Family], won: Option<&Candidate>) {
        let mut state = self.lock();
        let family = won.map(|c| Family::of(&c.block));
        let example = Example { features: features.0.clone(), failed: failed.to_vec(), won: family };
        let is_news = state.is_news(&example);
        for family in failed {
            state.learn_record(*family, &Record { tried: 1.0, ..Record::default() });
        }
        if let Some(won) = won {
            let name = family::name(&won.block);
            state.learn_record(Family::named(&name), &Record { name, tried: 1.0, won: 1.0, ..Record::default() });
        }
        if is_news {
            state.log.examples.push(example.clone());
            state.add(example);
        }
    }

    /// Learns what attempts cost from the time of a file in which they were made. The time is divided among them in proportion
    /// to what they were thought to cost, which comes to the truth as their company changes (the step of expectation
    /// maximization for a sum of unknowns).
    pub(crate) fn learn_cost(&self, attempts: &[Candidate], time: Duration) {
        let mut state = self.lock();
        let of = |c: &Candidate| (Family::of(&c.block), family::name(&c.block), c.stage);
        let attempts: Vec<_> = attempts.iter().map(of).collect();
        let overhead = (Family::named(OVERHEAD), OVERHEAD.to_owned(), 1);
        let all: Vec<_> = attempts.into_iter().chain([overhead]).collect();
        let expected: Vec<f32> = all.iter().map(|(family, _, stage)| state.cost(*family, *stage)).collect();
        let factor = time.as_secs_f32() * 1000.0 / expected.iter().sum::<f32>().max(LEAST_COST);
        for ((family, name, _), expected) in all.into_iter().zip(expected) {
            state.learn_record(family, &Record { name, time: expected * factor, timed: 1.0, ..Record::default() });
        }
    }
}

/// What a file costs whatever is tried in it.
const OVERHEAD: &str = "(a file)";

impl State {
    fn count_all(&mut self, records: BTreeMap<Family, Record>) {
        records.iter().for_each(|(family, record)| self.count(*family, record));
    }

    fn count(&mut self, family: Family, more: &Record) {
        add(self.records.entry(family).or_default(), more);
    }

    fn learn_record(&mut self, family: Family, more: &Record) {
        self.count(family, more);
        add(self.log.records.entry(family).or_default(), more);
    }

    fn add(&mut self, example: Example) {
        for feature in &example.features {
            *self.frequency.entry(*feature).or_default() += 1;
        }
        self.examples.push(example);
        self.weights = None;
    }

    /// Earlier statements and what they weigh, most alike first: likeness is the weight of the features that both have, by that of
    /// those that either has (weighted Jaccard).
    fn neighbours(&mut self, features: &[Feature]) -> Neighbours {
        let weights = self.weights.get_or_insert_with(|| Weights::of(&self.examples, &self.frequency));
        let mine = weights.sum(features.iter().copied());
        let count = self.examples.len();
        let mut out: Neighbours = Vec::new();
        for (i, (example, theirs)) in self.examples.iter().zip(&weights.examples).enumerate() {
            let shared = weights.sum(common(features, &example.features));
            let likeness = shared / (mine + theirs - shared).max(f32::MIN_POSITIVE);
            if likeness >= LEAST_LIKENESS {
                let age = (count - i) as f32;
                out.push((likeness.powi(4) * 0.5_f32.powf(age / HALF_LIFE), i));
            }
        }
        out.sort_by(|a, b| b.0.total_cmp(&a.0));
        out.truncate(NEIGHBOURS);
        out
    }

    /// The chance that a block of a family closes a statement with these neighbours.
    fn chance(&self, family: Family, neighbours: &[(f32, usize)]) -> f32 {
        let record = self.records.get(&family).map_or_else(|| Record::default().chance(), Record::chance);
        let (mut won, mut tried) = (PRIOR_WEIGHT * record, PRIOR_WEIGHT);
        for (weight, i) in neighbours {
            let Some(example) = self.examples.get(*i) else { continue };
            if example.won == Some(family) {
                won += weight;
                tried += weight;
            } else if example.failed.contains(&family) {
                tried += weight;
            }
        }
        won / tried
    }

    /// What an attempt costs, in milliseconds.
    fn cost(&self, family: Family, stage: u8) -> f32 {
        let guess = UNKNOWN_COST.get(usize::from(stage)).copied().unwrap_or(1500.0);
        let known = self.records.get(&family).map_or((0.0, 0.0), |r| (r.time, r.timed));
        ((known.0 + guess) / (known.1 + 1.0)).max(LEAST_COST)
    }

    /// Whether what came of a statement was not foreseen: only such examples are remembered (condensed nearest neighbours, Hart
    /// 1968; IB2 of Aha 1991).
    fn is_news(&mut self, example: &Example) -> bool {
        let neighbours = self.neighbours(&example.features);
        let chance = |family: &Family| self.chance(*family, &neighbours);
        example.won.iter().any(|won| chance(won) < FORESEEN) || example.failed.iter().any(|f| chance(f) > UNFORESEEN)
    }
}

/// Weights and indices of examples.
type Neighbours = Vec<(f32, usize)>;

fn add(record: &mut Record, more: &Record) {
    if record.name.is_empty() {
        record.name.clone_from(&more.name);
    }
    record.tried += more.tried;
    record.won += more.won;
    record.time += more.time;
    record.timed += more.timed;
    if record.timed > MOST_TIMED {
        record.time *= MOST_TIMED / record.timed;
        record.timed = MOST_TIMED;
    }
}

/// What is in both of two sorted lists.
fn common<'f>(a: &'f [Feature], b: &'f [Feature]) -> impl Iterator<Item = Feature> + 'f {
    let mut rest = b;
    a.iter().copied().filter(move |f| {
        let at = rest.partition_point(|other| other < f);
        rest = &rest[at..];
        rest.first() == Some(f)
    })
}

#[cfg(test)]
mod tests;
