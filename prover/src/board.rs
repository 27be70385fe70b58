//! Where a run stands: each leaf with its candidates, each unit with what is known of it, and what is to be done next.
//!
//! The order of work: every unit is first attempted whole, with the cheap candidates of its leaves, in a file that is accepted if
//! all goes well; most units end there. Leaves that stay open are then searched apart from their units, those with the cheapest
//! candidates first, whatever function they belong to. A unit whose last leaf is closed is checked at once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::time::Duration;

use harmonic_lean::Limits;
use harmonic_translator::unit::{Translation, Unit};

use crate::lean_file::LeafSays;
use crate::order::order;
use crate::policy::{Family, Features, Policy};
use crate::portfolio::{Candidate, Origin, STAGES};

/// Most leaves in a file that is to be accepted, unless one unit has more. One block that is refused costs the whole file, so that
/// larger ones save less of what starting Lean costs (as much as some five leaves) than they lose.
pub(crate) const CHECK_LEAVES: usize = 30;
/// Most leaves in a search file, by the stage of their candidates: dear ones are few, so that others need not wait for them.
const SEARCH_LEAVES: [usize; STAGES + 1] = [24, 12, 12, 4, 4, 2];

/// Time of a file in which things are tried, and what it gets more for each leaf.
const FILE_TIME: Duration = Duration::from_secs(15);
const LEAF_TIME: Duration = Duration::from_secs(2);
/// Longest time without a word in such a file: Lean is at something that no budget of its own ends.
const SILENCE: Duration = Duration::from_secs(20);

/// Most candidates of a leaf that get the larger budget.
const MAX_LATE: usize = 2;

/// A leaf on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaf {
    /// Candidates still to try, by stage.
    pub rest: Vec<Candidate>,
    /// Those that ran out of their budget, to be tried last, with more.
    pub late: Vec<Candidate>,
    /// The one that closed it, as far as is known.
    pub closed: Option<Candidate>,
    /// Lean refused the statement.
    pub refused: Option<String>,
    /// Whether a candidate ran out of a budget.
    pub out_of_budget: bool,
    /// Whether the kernel refused what a search file accepted: from then on, it is searched with the kernel.
    pub kernel: bool,
    /// Whether Lean came to no end with it: it is tried in files of its own, a candidate at a time.
    pub alone: bool,
    /// Whether agents were asked.
    pub asked: bool,
    /// What it looks like, for the policy.
    features: Features,
    /// What was tried of it in vain.
    failed: Vec<Family>,
    busy: bool,
}

impl Leaf {
    /// Puts what is left to try in the order in which a proof is likeliest to come.
    fn arrange(&mut self, policy: Option<&Policy>) {
        if let Some(policy) = policy.filter(|_| self.rest.len() > 1) {
            self.rest = policy.arrange(&self.features, std::mem::take(&mut self.rest));
        }
    }
    /// The stage at which it is; one past the last for what ran out of budget; `None` if nothing is left to try.
    fn stage(&self) -> Option<usize> {
        match (self.rest.first(), self.late.first()) {
            (Some(c), _) => Some(usize::from(c.stage)),
            (None, Some(_)) => Some(STAGES),
            (None, None) => None,
        }
    }
    fn open(&self) -> bool {
        self.closed.is_none() && self.refused.is_none()
    }
    /// What is tried of it in one go.
    pub fn turn(&self) -> Turn {
        let Some(stage) = self.rest.first().map(|c| c.stage) else {
            return Turn { candidates: self.late.iter().take(1).cloned().collect(), late: true };
        };
        let most = if self.alone { 1 } else { usize::MAX };
        let candidates = self.rest.iter().take_while(|c| c.stage == stage).take(most).cloned().collect();
        Turn { candidates, late: false }
    }
    /// Takes in what Lean said of a turn, which may be an earlier one.
    pub fn learn(&mut self, turn: &Turn, says: LeafSays) {
        if !self.open() {
            return;
        }
        let tried = &turn.candidates;
        match says {
            LeafSays::Closed(n) => {
                self.failed(tried.get(..n).unwrap_or(tried));
                self.closed = tried.get(n).cloned();
                self.forget(tried.get(n..=n).unwrap_or(tried));
            }
            LeafSays::Open => self.failed(tried),
            LeafSays::OutOfBudget(n) => {
                self.failed(tried.get(..=n).unwrap_or(tried));
                self.out_of_budget = true;
                if !turn.late && self.late.len() < MAX_LATE {
                    self.late.extend(tried.get(n).cloned());
                }
            }
            LeafSays::BadCandidate(n) => self.failed(tried.get(n..=n).unwrap_or(tried)),
            LeafSays::Refused(text) => self.refused = Some(text),
        }
    }
    fn forget(&mut self, tried: &[Candidate]) {
        let kept = |c: &Candidate| tried.iter().all(|t| t.block != c.block);
        self.rest.retain(kept);
        self.late.retain(kept);
    }
    fn failed(&mut self, tried: &[Candidate]) {
        self.forget(tried);
        for family in tried.iter().map(|c| Family::of(&c.block)) {
            if !self.failed.contains(&family) {
                self.failed.push(family);
            }
        }
    }
    /// Opens it again: the final check did not accept its block.
    pub fn reopen(&mut self, says: LeafSays) {
        match says {
            LeafSays::Closed(_) => return,
            LeafSays::Refused(text) => self.refused = Some(text),
            LeafSays::OutOfBudget(_) => self.out_of_budget = true,
            LeafSays::Open | LeafSays::BadCandidate(_) => {}
        }
        self.closed = None;
        self.kernel = true;
    }
    /// Gives up what takes too long.
    fn give_up(&mut self) {
        self.rest.clear();
        self.late.clear();
        self.out_of_budget = true;
    }
}

/// Candidates that are tried on a leaf in one go.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub candidates: Vec<Candidate>,
    /// Whether they have the larger budget.
    pub late: bool,
}

/// What came of a unit.
#[derive(Clone, Debug)]
pub(crate) enum Judged {
    Proved {
        axioms: Vec<String>,
        trusted: Vec<usize>,
    },
    /// Leaves are open, or callees are not proved.
    Open {
        timeout: bool,
    },
    Broken(String),
    Cancelled,
}

#[derive(Debug, Default)]
struct State {
    judged: Option<Judged>,
    /// Whether a file with all of it was tried.
    attempted: bool,
    /// Files that it is in at the moment.
    busy: usize,
    spent: Duration,
}

/// What a worker does next.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// A file of these units, callees first, to be accepted.
    Check(Vec<usize>),
    /// A file of leaves to find proofs for.
    Search { leaves: Vec<(usize, usize)>, kernel: bool },
    /// Agents are asked for a proof of a leaf that all others left open.
    Ask((usize, usize)),
}

/// The state of a run.
pub(crate) struct Board<'a> {
    pub translation: &'a Translation,
    pub trusted: &'a HashSet<usize>,
    unit_time: Duration,
    pub leaves: BTreeMap<(usize, usize), Leaf>,
    units: BTreeMap<usize, State>,
    attempts: VecDeque<Vec<usize>>,
    /// Knows what is likeliest to be a proof.
    policy: Option<&'a Policy>,
    /// Whether there are agents to ask.
    agents: bool,
    /// Whether they are asked about leaves of units that are lost, too.
    all: bool,
}

impl<'a> Board<'a> {
    /// A run of these batches, each with callees first.
    pub fn new(
        translation: &'a Translation,
        trusted: &'a HashSet<usize>,
        unit_time: Duration,
        batches: Vec<Vec<usize>>,
        policy: Option<&'a Policy>,
        candidates: impl Fn(usize) -> Vec<Vec<Candidate>>,
    ) -> Self {
        let units: BTreeSet<usize> = batches.iter().flatten().copied().collect();
        let mut leaves = BTreeMap::new();
        for unit in units.iter().filter(|u| !trusted.contains(u)) {
            let obligations = translation.units.get(*unit).map_or(&[][..], |u| &u.obligations);
            for (i, (rest, obligation)) in candidates(*unit).into_iter().zip(obligations).enumerate() {
                let features = policy.map(|_| Features::of(obligation)).unwrap_or_default();
                let mut leaf = Leaf { rest, features, ..Leaf::default() };
                leaf.arrange(policy);
                leaves.insert((*unit, i), leaf);
            }
        }
        let units = units.into_iter().map(|u| (u, State::default())).collect();
        let attempts = batches.into();
        Self { translation, trusted, unit_time, leaves, units, attempts, policy, agents: false, all: false }
    }

    /// Takes in what Lean said of a leaf.
    pub fn learn(&mut self, at: (usize, usize), turn: &Turn, says: LeafSays) {
        let Some(leaf) = self.leaves.get_mut(&at).filter(|leaf| leaf.open()) else { return };
        leaf.learn(turn, says);
        match (self.policy, &leaf.closed) {
            (Some(policy), Some(won)) if won.origin == Origin::Portfolio => {
                policy.learn(&leaf.features, &leaf.failed, Some(won));
            }
            (policy, _) => leaf.arrange(policy),
        }
    }

    /// Takes in that leaves of a unit that has its verdict were left open.
    pub fn learn_open(&self, unit: usize) {
        for (_, leaf) in self.leaves_of(unit).filter(|(_, l)| l.open() && !l.failed.is_empty()) {
            if let Some(policy) = self.policy {
                policy.learn(&leaf.features, &leaf.failed, None);
            }
        }
    }

    /// Takes in what attempts cost.
    pub fn learn_cost(&self, attempts: &[Candidate], time: Duration) {
        if let Some(policy) = self.policy {
            policy.learn_cost(attempts, time);
        }
    }

    /// Agents are asked when nothing else is left. Units of which an earlier run closed leaves with these candidates need no
    /// attempt as a whole, if none but those that it left open are missing. With `all`, agents hear of leaves of lost units, too.
    pub fn with_agents(mut self, closed: &BTreeMap<usize, BTreeMap<usize, Candidate>>, all: bool) -> Self {
        (self.agents, self.all) = (true, all);
        for (at, leaf) in &mut self.leaves {
            if let Some(candidate) = closed.get(&at.0).and_then(|leaves| leaves.get(&at.1)) {
                (leaf.rest, leaf.closed) = (Vec::new(), Some(candidate.clone()));
            }
        }
        let known = |leaf: &Leaf| leaf.closed.is_some() || leaf.stage().is_none();
        let ready: BTreeSet<usize> =
            self.units.keys().copied().filter(|u| self.leaves_of(*u).all(|(_, leaf)| known(leaf))).collect();
        for unit in &ready {
            if let Some(state) = self.units.get_mut(unit) {
                state.attempted = true;
            }
        }
        self.attempts.retain(|units| units.iter().any(|u| !ready.contains(u)));
        self
    }

    /// Whether a proof of a leaf still matters.
    pub fn wants(&self, at: (usize, usize)) -> bool {
        self.judged(at.0).is_none() && self.leaves.get(&at).is_some_and(Leaf::open)
    }

    pub fn judged(&self, unit: usize) -> Option<&Judged> {
        self.units.get(&unit).and_then(|s| s.judged.as_ref())
    }
    pub fn spent(&self, unit: usize) -> Duration {
        self.units.get(&unit).map_or(Duration::ZERO, |s| s.spent)
    }
    /// Records a verdict; the first one stays.
    pub fn judge(&mut self, unit: usize, verdict: Judged) {
        if let Some(state) = self.units.get_mut(&unit) {
            state.judged.get_or_insert(verdict);
        }
    }
    /// The run was stopped before these could be judged.
    pub fn cancel(&mut self) {
        for unit in self.undecided() {
            self.judge(unit, Judged::Cancelled);
        }
    }
    pub fn undecided(&self) -> Vec<usize> {
        self.units.iter().filter(|(_, s)| s.judged.is_none()).map(|(u, _)| *u).collect()
    }
    pub fn leaves_of(&self, unit: usize) -> impl Iterator<Item = (usize, &Leaf)> {
        self.leaves.range((unit, 0)..=(unit, usize::MAX)).map(|((_, i), leaf)| (*i, leaf))
    }
    /// Whether its own leaves are closed and nothing is wrong with it.
    pub fn closed(&self, unit: usize) -> bool {
        let broken = matches!(self.judged(unit), Some(Judged::Broken(_) | Judged::Cancelled));
        !broken && self.leaves_of(unit).all(|(_, leaf)| leaf.closed.is_some())
    }
    fn states(&self, unit: usize) -> bool {
        self.translation.units.get(unit).is_some_and(Unit::has_theorem) && !self.trusted.contains(&unit)
    }
    /// Whether its leaves and those of all that it calls are closed.
    fn ready(&self, unit: usize) -> Option<Vec<usize>> {
        let with_callees = order(self.translation, &[unit]).ok()?;
        with_callees.iter().all(|u| self.closed(*u)).then_some(with_callees)
    }

    /// The next task, if there is one at the moment; its leaves or units are taken until [`Board::done`].
    pub fn next(&mut self) -> Option<Task> {
        let task = self.attempt().or_else(|| self.check()).or_else(|| self.search()).or_else(|| self.ask())?;
        match &task {
            Task::Check(units) => units.iter().for_each(|u| {
                if let Some(state) = self.units.get_mut(u) {
                    state.busy += 1;
                    state.attempted = true;
                }
            }),
            Task::Search { leaves, .. } => leaves.iter().for_each(|at| {
                if let Some(leaf) = self.leaves.get_mut(at) {
                    leaf.busy = true;
                }
            }),
            Task::Ask(at) => {
                if let Some(leaf) = self.leaves.get_mut(at) {
                    leaf.busy = true;
                }
            }
        }
        Some(task)
    }

    fn attempt(&mut self) -> Option<Task> {
        while let Some(units) = self.attempts.pop_front() {
            if units.iter().any(|u| self.judged(*u).is_none()) {
                return Some(Task::Check(units));
            }
        }
        None
    }

    fn check(&self) -> Option<Task> {
        let (mut roots, mut count) = (Vec::new(), 0);
        for (unit, state) in &self.units {
            let waits = state.judged.is_none() && state.attempted && state.busy == 0 && self.states(*unit);
            if !waits || count >= CHECK_LEAVES {
                continue;
            }
            if let Some(with_callees) = self.ready(*unit) {
                count += with_callees.iter().map(|u| self.leaves_of(*u).count()).sum::<usize>();
                roots.push(*unit);
            }
        }
        let units = order(self.translation, &roots).ok()?;
        (!units.is_empty()).then_some(Task::Check(units))
    }

    fn search(&self) -> Option<Task> {
        let mut waiting = Vec::new();
        for (unit, state) in self.units.iter().filter(|(_, s)| s.judged.is_none() && s.attempted && s.busy == 0) {
            // A unit with a leaf that nothing closed is not proved any more: what it spends comes last.
            let lost = self.leaves_of(*unit).any(|(_, l)| l.open() && l.stage().is_none());
            for (i, leaf) in self.leaves_of(*unit).filter(|(_, l)| l.open() && !l.busy) {
                if let Some(stage) = leaf.stage() {
                    let most = if leaf.alone { 1 } else { SEARCH_LEAVES.get(stage).copied().unwrap_or(1) };
                    waiting.push(((lost, stage, Reverse(most), leaf.kernel, state.spent), (*unit, i)));
                }
            }
        }
        waiting.sort();
        let (lost, stage, most, kernel, _) = waiting.first()?.0;
        let alike = waiting.iter().filter(|(key, _)| (key.0, key.1, key.2, key.3) == (lost, stage, most, kernel));
        Some(Task::Search { leaves: alike.take(most.0).map(|(_, at)| *at).collect(), kernel })
    }

    /// Whether a leaf that nobody has a proof for keeps the unit from its own.
    fn lost(&self, unit: usize) -> bool {
        let lost = |l: &Leaf| l.open() && !l.busy && l.stage().is_none() && (l.asked || !self.agents);
        !self.all && self.leaves_of(unit).any(|(_, l)| lost(l))
    }

    /// A leaf to ask agents about: of the unit that is nearest to its proof.
    fn ask(&self) -> Option<Task> {
        if !self.agents {
            return None;
        }
        let waits = |unit: &usize, s: &State| s.judged.is_none() && s.attempted && s.busy == 0 && !self.lost(*unit);
        let open = |unit: usize| self.leaves_of(unit).filter(|(_, l)| l.open());
        let units = self.units.iter().filter(|(unit, state)| waits(unit, state)).map(|(unit, _)| *unit);
        let free = |unit: usize| open(unit).find(|(_, l)| !l.busy && !l.asked && l.stage().is_none());
        let asked = units.filter_map(|unit| Some((open(unit).count(), (unit, free(unit)?.0))));
        asked.min().map(|(_, at)| Task::Ask(at))
    }

    /// What Lean may take for a task.
    pub fn limits_for(&self, task: &Task) -> Limits {
        let share = |leaves: usize| FILE_TIME + LEAF_TIME.saturating_mul(u32::try_from(leaves).unwrap_or(u32::MAX));
        match task {
            Task::Check(units) => {
                let all = self.unit_time.saturating_mul(u32::try_from(units.len()).unwrap_or(u32::MAX));
                let leaves: usize = units.iter().map(|u| self.leaves_of(*u).count()).sum();
                if units.iter().all(|u| self.closed(*u)) {
                    // All that was spent on the search is lost if this comes to no end.
                    return Limits { time: all + share(leaves), ..Limits::default() };
                }
                // A first attempt: what it does not come to in a third of the time is searched for apart.
                Limits { time: share(leaves).min(all / 3), silence: SILENCE, ..Limits::default() }
            }
            Task::Search { leaves, .. } => {
                let units: BTreeSet<usize> = leaves.iter().map(|(u, _)| *u).collect();
                let left: Duration = units.iter().map(|u| self.unit_time.saturating_sub(self.spent(*u))).sum();
                Limits { time: share(leaves.len()).min(left), silence: SILENCE, ..Limits::default() }
            }
            // Agents have a budget of their own.
            Task::Ask(_) => Limits { time: self.unit_time, ..Limits::default() },
        }
    }

    /// Gives back what a task took, charges its time, and settles what can be settled.
    pub fn done(&mut self, task: &Task, time: Duration) {
        let charged: Vec<usize> = match task {
            Task::Check(units) => {
                for unit in units {
                    if let Some(state) = self.units.get_mut(unit) {
                        state.busy = state.busy.saturating_sub(1);
                    }
                }
                let leaves = |u: &usize| std::iter::repeat_n(*u, self.leaves_of(*u).count().max(1));
                units.iter().flat_map(leaves).collect()
            }
            Task::Search { leaves, .. } => {
                for at in leaves {
                    if let Some(leaf) = self.leaves.get_mut(at) {
                        leaf.busy = false;
                    }
                }
                leaves.iter().map(|(u, _)| *u).collect()
            }
            Task::Ask(at) => {
                if let Some(leaf) = self.leaves.get_mut(at) {
                    (leaf.busy, leaf.asked) = (false, true);
                }
                Vec::new()
            }
        };
        let share = time / u32::try_from(charged.len()).unwrap_or(u32::MAX).max(1);
        for unit in charged {
            if let Some(state) = self.units.get_mut(&unit) {
                state.spent += share;
                if state.spent >= self.unit_time {
                    let leaves = self.leaves.range_mut((unit, 0)..=(unit, usize::MAX));
                    leaves.filter(|(_, l)| l.open()).for_each(|(_, l)| l.give_up());
                }
            }
        }
        self.settle();
    }

    /// Says of units that nothing is left to try for why they are not proved.
    fn settle(&mut self) {
        for unit in self.undecided() {
            let Some(state) = self.units.get(&unit) else { continue };
            if !state.attempted || state.busy > 0 {
                continue;
            }
            let refused = self.leaves_of(unit).find_map(|(_, l)| l.refused.clone());
            let asks = self.agents && !self.lost(unit);
            let busy = |l: &Leaf| l.busy || l.stage().is_some() || (asks && !l.asked);
            let searching = self.leaves_of(unit).any(|(_, l)| l.open() && busy(l));
            let open = self.leaves_of(unit).any(|(_, l)| l.open());
            let timeout = self.leaves_of(unit).any(|(_, l)| l.open() && l.out_of_budget);
            let callees = self.translation.units.get(unit).map_or(&[][..], |u| &u.depends);
            let lost =
                |d: &usize| self.states(*d) && matches!(self.judged(*d), Some(Judged::Open { .. } | Judged::Broken(_)));
            if let Some(text) = refused {
                self.judge(unit, Judged::Broken(format!("Lean refused a generated statement: {text}")));
            } else if open && !searching {
                self.judge(unit, Judged::Open { timeout });
            } else if !open && (callees.iter().any(lost) || !self.states(unit)) {
                self.judge(unit, Judged::Open { timeout: false });
            }
        }
    }

    /// A file took more than it may, with Lean at the leaf `at`: what is tried instead.
    pub fn too_much(&mut self, task: &Task, at: Option<(usize, usize)>, reason: &str, is_time: bool) {
        if let Some(leaf) = at.and_then(|at| self.leaves.get_mut(&at)) {
            let turn = leaf.turn();
            if leaf.alone && matches!(task, Task::Search { .. }) {
                // With the larger budget it would be no better.
                leaf.learn(&Turn { late: true, ..turn }, LeafSays::OutOfBudget(0));
            }
            leaf.alone = true;
        }
        if let Task::Check(units) = task
            && units.iter().all(|u| self.closed(*u))
        {
            let roots: Vec<usize> = units.iter().copied().filter(|u| self.judged(*u).is_none()).collect();
            if let [unit] = roots.as_slice() {
                let open = Judged::Open { timeout: true };
                self.judge(*unit, if is_time { open } else { Judged::Broken(reason.to_owned()) });
            } else {
                let halves = roots.chunks(roots.len().div_ceil(2).max(1));
                self.attempts.extend(halves.filter_map(|half| order(self.translation, half).ok()));
            }
        }
    }

    /// The units of a file that nothing is known of after it was checked, though all of their leaves are closed: each is tried
    /// alone, and one that was alone is broken.
    pub fn unexplained(&mut self, units: &[usize]) {
        let roots: Vec<usize> = units.iter().copied().filter(|u| self.judged(*u).is_none()).collect();
        match roots.as_slice() {
            [unit] => self.judge(*unit, Judged::Broken("no compiled module was written".into())),
            _ => self.attempts.extend(roots.iter().filter_map(|u| order(self.translation, &[*u]).ok())),
        }
    }
}

#[cfg(test)]
mod tests;
