//! A SAT solver that says why: conflict-driven clause learning in which every learnt clause comes with the clauses it follows from
//! by unit propagation, in that order (the hints of LRAT, which solvers as libraries do not give).
//!
//! Two watched literals, first unique implication points with local minimisation, activities, saved phases, Luby restarts
//! (Eén and Sörensson, "An Extensible SAT-solver", SAT 2003).

use std::collections::BinaryHeap;

/// A literal: twice the variable, plus one if it is negated.
pub(super) type Lit = u32;

fn negated(l: Lit) -> Lit {
    l ^ 1
}

fn variable(l: Lit) -> usize {
    (l >> 1) as usize
}

/// Conflicts between restarts, times the Luby sequence.
const RESTART: u64 = 64;

/// A clause by which another follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// One of those given, by its number.
    Given(usize),
    /// One learnt, by its number.
    Learnt(usize),
}

/// A clause that was learnt.
#[derive(Clone, Debug, Default)]
pub(super) struct Learnt {
    pub lits: Vec<Lit>,
    pub hints: Vec<Hint>,
}

/// What became of the search.
#[derive(Debug)]
pub(super) enum Answer {
    /// The clauses contradict each other: what was learnt and is needed, the last one empty.
    Unsatisfiable(Vec<Learnt>),
    Satisfiable,
    /// More conflicts than allowed.
    Unknown,
}

#[derive(Debug)]
struct Clause {
    lits: Vec<Lit>,
    hint: Hint,
}

#[derive(Debug, PartialEq)]
struct Active(f64, usize);
impl Eq for Active {}
impl PartialOrd for Active {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Active {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

/// The state of the search.
#[derive(Debug)]
struct Solver {
    clauses: Vec<Clause>,
    learnt: Vec<Learnt>,
    /// Clauses that watch a literal, by the literal.
    watches: Vec<Vec<usize>>,
    /// By literal: whether it holds.
    holds: Vec<bool>,
    level: Vec<usize>,
    reason: Vec<Option<usize>>,
    /// Where a variable stands in the trail.
    position: Vec<usize>,
    /// At level 0: the unit clause of a variable.
    unit: Vec<Option<Hint>>,
    phase: Vec<bool>,
    trail: Vec<Lit>,
    /// Where levels begin in the trail.
    levels: Vec<usize>,
    head: usize,
    activity: Vec<f64>,
    bump: f64,
    order: BinaryHeap<Active>,
}

/// Searches for values of `variables` variables under which all clauses hold, for at most `conflicts` conflicts.
pub(super) fn solve(variables: usize, given: &[Vec<Lit>], conflicts: u64) -> Answer {
    let mut s = Solver {
        clauses: Vec::new(),
        learnt: Vec::new(),
        watches: vec![Vec::new(); 2 * variables],
        holds: vec![false; 2 * variables],
        level: vec![0; variables],
        reason: vec![None; variables],
        position: vec![0; variables],
        unit: vec![None; variables],
        phase: vec![false; variables],
        trail: Vec::new(),
        levels: Vec::new(),
        head: 0,
        activity: vec![0.0; variables],
        bump: 1.0,
        order: (0..variables).map(|v| Active(0.0, v)).collect(),
    };
    for (n, lits) in given.iter().enumerate() {
        if let Some(last) = s.add(lits.clone(), Hint::Given(n)) {
            return s.refuted(last);
        }
    }
    let mut seen = 0;
    let mut round = 1;
    loop {
        let Some(conflict) = s.propagate() else {
            match s.decide() {
                Some(l) => {
                    s.levels.push(s.trail.len());
                    s.assign(l, None);
                }
                None => return Answer::Satisfiable,
            }
            continue;
        };
        seen += 1;
        if s.levels.is_empty() {
            return s.refuted(s.contradiction(conflict));
        }
        if seen > conflicts {
            return Answer::Unknown;
        }
        let (clause, back) = s.analyse(conflict);
        s.back_to(back);
        let hint = Hint::Learnt(s.learnt.len());
        let lits = clause.lits.clone();
        s.learnt.push(clause);
        if let Some(last) = s.add(lits, hint) {
            return s.refuted(last);
        }
        s.bump /= 0.95;
        if seen % (RESTART * luby(round)) == 0 {
            round += 1;
            s.back_to(0);
        }
    }
}

/// The Luby sequence: 1 1 2 1 1 2 4 …
fn luby(mut i: u64) -> u64 {
    loop {
        let k = u64::from(64 - i.leading_zeros());
        if i + 1 == 1 << k {
            return 1 << (k - 1);
        }
        i -= (1 << (k - 1)) - 1;
    }
}

impl Solver {
    /// Adds a clause whose first literal is the one to assert if it is a unit under the assignment. A learnt clause that
    /// contradicts the assignment at level 0 is answered.
    fn add(&mut self, mut lits: Vec<Lit>, hint: Hint) -> Option<Learnt> {
        if matches!(hint, Hint::Given(_)) {
            lits.sort_unstable();
            lits.dedup();
            if lits.windows(2).any(|w| w[0] == negated(w[1])) {
                return None;
            }
            // What is not false goes first: those two are watched.
            lits.sort_by_key(|l| self.holds[negated(*l) as usize]);
        }
        let index = self.clauses.len();
        let open = lits.iter().filter(|l| !self.holds[negated(**l) as usize]).count();
        if lits.len() > 1 {
            self.watches[lits[0] as usize].push(index);
            self.watches[lits[1] as usize].push(index);
        }
        let first = lits.first().copied();
        self.clauses.push(Clause { lits, hint });
        match (open, first) {
            (0, _) => Some(self.contradiction(index)),
            (1, Some(l)) => {
                if !self.holds[l as usize] {
                    self.assign(l, Some(index));
                }
                None
            }
            _ => None,
        }
    }

    fn assign(&mut self, l: Lit, reason: Option<usize>) {
        let v = variable(l);
        self.holds[l as usize] = true;
        self.level[v] = self.levels.len();
        self.reason[v] = reason;
        self.position[v] = self.trail.len();
        self.phase[v] = l & 1 == 0;
        self.trail.push(l);
        if let (true, Some(index)) = (self.levels.is_empty(), reason) {
            // At level 0 it is a clause of its own, so that what rests on it need not repeat how it came about.
            let clause = &self.clauses[index];
            if clause.lits.len() == 1 {
                self.unit[v] = Some(clause.hint);
            } else {
                let mut hints = self.units_of(index, Some(l));
                hints.push(self.clauses[index].hint);
                self.unit[v] = Some(Hint::Learnt(self.learnt.len()));
                self.learnt.push(Learnt { lits: vec![l], hints });
            }
        }
    }

    /// The unit clauses that make all literals of a clause false but one.
    fn units_of(&self, index: usize, but: Option<Lit>) -> Vec<Hint> {
        let others = self.clauses[index].lits.iter().filter(|l| Some(**l) != but);
        others.filter_map(|l| self.unit[variable(*l)]).collect()
    }

    /// The empty clause, from one that is false at level 0.
    fn contradiction(&self, index: usize) -> Learnt {
        let mut hints = self.units_of(index, None);
        hints.push(self.clauses[index].hint);
        Learnt { lits: Vec::new(), hints }
    }

    /// Draws what follows; the clause that is false, if one is.
    fn propagate(&mut self) -> Option<usize> {
        while let Some(l) = self.trail.get(self.head).copied() {
            self.head += 1;
            let gone = negated(l);
            let watching = std::mem::take(&mut self.watches[gone as usize]);
            let mut kept = Vec::with_capacity(watching.len());
            let mut conflict = None;
            for (at, index) in watching.iter().copied().enumerate() {
                let clause = &mut self.clauses[index];
                if clause.lits[0] == gone {
                    clause.lits.swap(0, 1);
                }
                let first = clause.lits[0];
                if self.holds[first as usize] {
                    kept.push(index);
                    continue;
                }
                let other = (2..clause.lits.len()).find(|i| !self.holds[negated(clause.lits[*i]) as usize]);
                if let Some(i) = other {
                    clause.lits.swap(1, i);
                    let watched = clause.lits[1];
                    self.watches[watched as usize].push(index);
                    continue;
                }
                kept.push(index);
                if self.holds[negated(first) as usize] {
                    kept.extend(&watching[at + 1..]);
                    conflict = Some(index);
                    break;
                }
                self.assign(first, Some(index));
            }
            self.watches[gone as usize] = kept;
            if conflict.is_some() {
                return conflict;
            }
        }
        None
    }

    fn decide(&mut self) -> Option<Lit> {
        while let Some(Active(activity, v)) = self.order.pop() {
            let l = 2 * v as Lit;
            let open = !self.holds[l as usize] && !self.holds[negated(l) as usize];
            if open && activity.total_cmp(&self.activity[v]).is_eq() {
                return Some(if self.phase[v] { l } else { negated(l) });
            }
        }
        // What the queue lost by stale entries.
        let open = |v: &usize| !self.holds[2 * v] && !self.holds[2 * v + 1];
        (0..self.level.len()).find(open).map(|v| 2 * v as Lit + u32::from(!self.phase[v]))
    }

    fn back_to(&mut self, level: usize) {
        let Some(start) = self.levels.get(level).copied() else { return };
        for l in self.trail.drain(start..) {
            let v = variable(l);
            self.holds[l as usize] = false;
            self.order.push(Active(self.activity[v], v));
        }
        self.levels.truncate(level);
        self.head = start;
    }

    /// The clause to learn from a false one, its first literal the one to assert, and the level to go back to.
    fn analyse(&mut self, conflict: usize) -> (Learnt, usize) {
        let now = self.levels.len();
        let mut seen = vec![false; self.level.len()];
        // Variables that were resolved away, and unit clauses used.
        let mut resolved: Vec<usize> = Vec::new();
        let mut units: Vec<usize> = Vec::new();
        let mut rest: Vec<Lit> = Vec::new();
        let mut open = 0;
        let mut at = self.trail.len();
        let mut clause = conflict;
        let mut skip = None;
        let asserted = loop {
            for l in self.clauses[clause].lits.clone() {
                let v = variable(l);
                if Some(l) == skip || seen[v] {
                    continue;
                }
                seen[v] = true;
                if self.level[v] == 0 {
                    units.push(v);
                    continue;
                }
                self.activity[v] += self.bump;
                if self.activity[v] > 1e100 {
                    self.activity.iter_mut().for_each(|a| *a *= 1e-100);
                    self.bump *= 1e-100;
                }
                self.order.push(Active(self.activity[v], v));
                if self.level[v] == now {
                    open += 1;
                } else {
                    rest.push(l);
                }
            }
            loop {
                at -= 1;
                if seen[variable(self.trail[at])] {
                    break;
                }
            }
            let l = self.trail[at];
            open -= 1;
            match self.reason[variable(l)] {
                Some(reason) if open > 0 => {
                    resolved.push(variable(l));
                    clause = reason;
                    skip = Some(l);
                }
                _ => break negated(l),
            }
        };
        // A literal that the others imply is left out.
        let implied = |l: &Lit| {
            let reason = self.reason[variable(*l)]?;
            let others = self.clauses[reason].lits.iter().filter(|o| **o != negated(*l));
            let ok = others.clone().all(|o| {
                let v = variable(*o);
                self.level[v] == 0 || (seen[v] && !resolved.contains(&v))
            });
            ok.then(|| others.copied().filter(|o| self.level[variable(*o)] == 0).map(variable).collect::<Vec<_>>())
        };
        let dropped: Vec<(Lit, Vec<usize>)> = rest.iter().filter_map(|l| Some((*l, implied(l)?))).collect();
        for (l, needs) in dropped {
            rest.retain(|r| *r != l);
            resolved.push(variable(l));
            units.extend(needs);
        }
        resolved.sort_by_key(|v| self.position[*v]);
        units.sort_unstable();
        units.dedup();
        let mut hints: Vec<Hint> = units.iter().filter_map(|v| self.unit[*v]).collect();
        hints.extend(resolved.iter().filter_map(|v| self.reason[*v]).map(|c| self.clauses[c].hint));
        hints.push(self.clauses[conflict].hint);
        rest.sort_by_key(|l| std::cmp::Reverse(self.level[variable(*l)]));
        let back = rest.first().map_or(0, |l| self.level[variable(*l)]);
        let mut lits = vec![asserted];
        lits.extend(rest);
        (Learnt { lits, hints }, back)
    }

    /// What of the learnt clauses the empty one needs, numbered anew.
    fn refuted(&self, last: Learnt) -> Answer {
        let mut all = self.learnt.clone();
        all.push(last);
        let mut needed = vec![false; all.len()];
        if let Some(n) = needed.last_mut() {
            *n = true;
        }
        for i in (0..all.len()).rev() {
            if needed[i] {
                for hint in &all[i].hints {
                    if let Hint::Learnt(n) = hint {
                        needed[*n] = true;
                    }
                }
            }
        }
        let mut number = vec![0; all.len()];
        let mut out = Vec::new();
        for (i, mut clause) in all.into_iter().enumerate() {
            if !needed[i] {
                continue;
            }
            number[i] = out.len();
            for hint in &mut clause.hints {
                if let Hint::Learnt(n) = hint {
                    *n = number[*n];
                }
            }
            out.push(clause);
        }
        Answer::Unsatisfiable(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each learnt clause follows by unit propagation over its hints alone, as the check in Lean asks.
    fn follows(given: &[Vec<Lit>], learnt: &[Learnt]) -> bool {
        learnt.iter().all(|step| {
            let mut held: Vec<Lit> = step.lits.iter().map(|l| negated(*l)).collect();
            for hint in &step.hints {
                let clause = match hint {
                    Hint::Given(n) => &given[*n],
                    Hint::Learnt(n) => &learnt[*n].lits,
                };
                let mut open: Vec<Lit> = clause.iter().copied().filter(|l| !held.contains(&negated(*l))).collect();
                open.dedup();
                match open.as_slice() {
                    [] => return true,
                    [l] => held.push(*l),
                    _ => return false,
                }
            }
            false
        })
    }

    /// `n + 1` pigeons in `n` holes.
    fn pigeons(n: u32) -> Vec<Vec<Lit>> {
        let lit = |p: u32, h: u32| 2 * (p * n + h);
        let mut out: Vec<Vec<Lit>> = (0..=n).map(|p| (0..n).map(|h| lit(p, h)).collect()).collect();
        for h in 0..n {
            for p in 0..=n {
                out.extend((0..p).map(|q| vec![lit(p, h) + 1, lit(q, h) + 1]));
            }
        }
        out
    }

    #[test]
    fn a_refutation_follows_by_its_hints() {
        for n in 1..7 {
            let clauses = pigeons(n);
            let Answer::Unsatisfiable(learnt) = solve(((n + 1) * n) as usize, &clauses, 100_000) else { panic!("{n}") };
            assert!(learnt.last().is_some_and(|l| l.lits.is_empty()));
            assert!(follows(&clauses, &learnt), "{n}");
        }
    }

    #[test]
    fn random_clauses_are_answered_as_by_trying_all_values() {
        let mut seed = 7u64;
        let mut next = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        let mut both = [0, 0];
        for _ in 0..600 {
            let count = 20 + next(40);
            let mut clause = || {
                let mut lits: Vec<Lit> = (0..2 + next(2)).map(|_| next(20) as Lit).collect();
                lits.sort_unstable();
                lits
            };
            let clauses: Vec<Vec<Lit>> = (0..count).map(|_| clause()).collect();
            let holds = |values: u32, c: &Vec<Lit>| c.iter().any(|l| (values >> (l / 2)) & 1 == 1 - (l & 1));
            let satisfiable = (0..1024).any(|values| clauses.iter().all(|c| holds(values, c)));
            match solve(10, &clauses, 10_000) {
                Answer::Satisfiable => assert!(satisfiable, "{clauses:?}"),
                Answer::Unsatisfiable(learnt) => {
                    assert!(!satisfiable, "{clauses:?}");
                    assert!(follows(&clauses, &learnt), "{clauses:?}");
                }
                Answer::Unknown => panic!("{clauses:?}"),
            }
            both[usize::from(satisfiable)] += 1;
        }
        assert!(both[0] > 20 && both[1] > 20, "{both:?}");
    }

    #[test]
    fn the_luby_sequence() {
        assert_eq!((1..=15).map(luby).collect::<Vec<_>>(), [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]);
    }
}
