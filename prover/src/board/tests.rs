use super::*;
use crate::gate::Block;
use crate::portfolio::Origin;
use harmonic_translator::span::Span;
use harmonic_translator::unit::{Obligation, Shape, Unit};

fn unit(name: &str, leaves: usize, depends: &[usize]) -> Unit {
    let obligation = |i: usize| Obligation {
        name: format!("{name}.leaf_{i}"),
        statement: format!("theorem {name}.leaf_{i} : True"),
        kind: String::new(),
        span: Span::default(),
        facts: Vec::new(),
        goal: String::new(),
        shape: Shape::default(),
        candidates: Vec::new(),
        inductions: Vec::new(),
    };
    Unit {
        function: name.into(),
        lean_name: name.into(),
        prelude_types: Vec::new(),
        depends: depends.to_vec(),
        definition: String::new(),
        obligations: (0..leaves).map(obligation).collect(),
        theorem: format!("theorem {name}.spec : True"),
        span: Span::default(),
        statement_key: name.into(),
    }
}

fn translation(units: Vec<Unit>) -> Translation {
    Translation { shared: Vec::new(), units }
}

fn candidate(text: &str, stage: u8) -> Candidate {
    let block = Block::new(text, &HashSet::new()).expect("it passes the gate");
    Candidate { block, origin: Origin::Portfolio, stage }
}

/// Two cheap candidates, and one of a later stage.
fn three() -> Vec<Candidate> {
    vec![candidate("omega", 0), candidate("rfl", 0), candidate("grind", 1)]
}

const MINUTE: Duration = Duration::from_secs(60);

fn board<'a>(t: &'a Translation, trusted: &'a HashSet<usize>, batches: Vec<Vec<usize>>) -> Board<'a> {
    Board::new(t, trusted, MINUTE, batches, None, |unit| vec![three(); t.units[unit].obligations.len()])
}

fn checks(task: Option<Task>) -> Vec<usize> {
    match task {
        Some(Task::Check(units)) => units,
        other => panic!("no check: {other:?}"),
    }
}

fn searches(task: &Option<Task>) -> Vec<(usize, usize)> {
    match task {
        Some(Task::Search { leaves, .. }) => leaves.clone(),
        other => panic!("no search: {other:?}"),
    }
}

/// Tells all leaves of a unit but `open` that their first candidate closed them, and ends the task.
fn answer(board: &mut Board<'_>, task: &Task, units: &[usize], open: &[(usize, usize)]) {
    for (at, leaf) in &mut board.leaves {
        if units.contains(&at.0) {
            let turn = leaf.turn();
            leaf.learn(&turn, if open.contains(at) { LeafSays::Open } else { LeafSays::Closed(0) });
        }
    }
    board.done(task, Duration::ZERO);
}

#[test]
fn units_are_attempted_whole_then_cheap_leaves_are_searched_before_dear_ones() {
    let t = translation(vec![unit("a", 2, &[]), unit("b", 1, &[])]);
    let none = HashSet::new();
    let mut board = board(&t, &none, vec![vec![0], vec![1]]);
    let first = board.next();
    assert_eq!(checks(first.clone()), [0]);
    assert_eq!(checks(board.next()), [1]);
    assert!(board.next().is_none(), "both are being worked at");
    answer(&mut board, &Task::Check(vec![0]), &[0], &[(0, 1)]);
    answer(&mut board, &Task::Check(vec![1]), &[1], &[(1, 0)]);
    // One of them is sent back to a cheap stage: it comes first, alone.
    board.leaves.get_mut(&(1, 0)).expect("there").rest.insert(0, candidate("decide", 0));
    let task = board.next();
    assert_eq!(searches(&task), [(1, 0)]);
    let second = board.next();
    assert_eq!(searches(&second), [(0, 1)]);
    assert!(board.next().is_none());
}

#[test]
fn a_unit_whose_last_leaf_is_closed_is_checked_with_its_callees() {
    let t = translation(vec![unit("callee", 1, &[]), unit("caller", 1, &[0])]);
    let none = HashSet::new();
    let mut board = board(&t, &none, vec![vec![0, 1]]);
    let task = board.next().expect("a task");
    answer(&mut board, &task, &[0, 1], &[(0, 0)]);
    let task = board.next();
    assert_eq!(searches(&task), [(0, 0)]);
    answer(&mut board, &task.expect("a task"), &[0], &[]);
    assert_eq!(checks(board.next()), [0, 1]);
    assert!(board.judged(0).is_none() && board.judged(1).is_none(), "nothing is proved before the check");
}

#[test]
fn what_rests_on_an_open_callee_is_open() {
    let t = translation(vec![unit("callee", 1, &[]), unit("caller", 1, &[0])]);
    let none = HashSet::new();
    let mut board = board(&t, &none, vec![vec![0, 1]]);
    let task = board.next().expect("a task");
    answer(&mut board, &task, &[0, 1], &[(0, 0)]);
    let task = board.next().expect("a task");
    answer(&mut board, &task, &[0], &[(0, 0)]);
    assert!(matches!(board.judged(0), Some(Judged::Open { timeout: false })), "every candidate was tried");
    assert!(matches!(board.judged(1), Some(Judged::Open { timeout: false })));
    assert!(board.next().is_none());
}

#[test]
fn a_callee_without_a_spec_or_taken_on_faith_is_no_obstacle() {
    let mut plain = unit("plain", 0, &[]);
    plain.theorem.clear();
    let t = translation(vec![plain, unit("trusted", 3, &[]), unit("caller", 1, &[0, 1])]);
    let trusted = HashSet::from([1]);
    let mut board = board(&t, &trusted, vec![vec![0, 1, 2]]);
    assert!(board.leaves.keys().all(|(unit, _)| *unit == 2), "what is taken on faith has nothing to prove");
    let task = board.next().expect("a task");
    answer(&mut board, &task, &[2], &[]);
    assert!(board.judged(2).is_none());
    assert_eq!(checks(board.next()), [0, 1, 2]);
}

#[test]
fn a_unit_that_has_had_its_time_is_given_up() {
    let t = translation(vec![unit("a", 1, &[])]);
    let none = HashSet::new();
    let mut board = board(&t, &none, vec![vec![0]]);
    let task = board.next().expect("a task");
    board.done(&task, MINUTE);
    assert!(matches!(board.judged(0), Some(Judged::Open { timeout: true })));
    assert!(board.next().is_none());
}

#[test]
fn the_leaf_at_which_lean_hangs_is_tried_apart_from_the_others() {
    let t = translation(vec![unit("a", 2, &[]), unit("b", 1, &[])]);
    let none = HashSet::new();
    let mut board = board(&t, &none, vec![vec![0, 1]]);
    let whole = board.next().expect("a task");
    // Lean said of the first leaf that it is closed, and came to no end with the second.
    let turn = board.leaves[&(0, 0)].turn();
    board.leaves.get_mut(&(0, 0)).expect("there").learn(&turn, LeafSays::Closed(0));
    board.too_much(&whole, Some((0, 1)), "", true);
    board.done(&whole, Duration::ZERO);
    let rest = board.next();
    assert_eq!(searches(&rest), [(1, 0)], "nothing is wrong with it");
    let alone = board.next();
    assert_eq!(searches(&alone), [(0, 1)]);
    answer(&mut board, &rest.expect("a task"), &[1], &[]);
    assert_eq!(checks(board.next()), [1]);
    // A candidate at a time, until none is left.
    let mut next = alone;
    for left in [2, 1, 0] {
        let task = next.take().expect("a task");
        assert_eq!(board.leaves[&(0, 1)].turn().candidates.len(), 1);
        board.too_much(&task, Some((0, 1)), "", true);
        board.done(&task, Duration::ZERO);
        let leaf = &board.leaves[&(0, 1)];
        assert_eq!((leaf.rest.len(), leaf.late.len()), (left, 0), "with more it would be no better");
        next = board.next();
    }
    assert!(next.is_none());
    assert!(matches!(board.judged(0), Some(Judged::Open { timeout: true })));
}

#[test]
fn a_check_that_takes_too_long_is_halved() {
    let t = translation(vec![unit("a", 1, &[]), unit("b", 1, &[])]);
    let none = HashSet::new();
    let mut board = board(&t, &none, vec![vec![0, 1]]);
    let whole = board.next().expect("a task");
    answer(&mut board, &whole, &[0, 1], &[]);
    let both = board.next();
    assert_eq!(checks(both.clone()), [0, 1]);
    let both = both.expect("a task");
    board.too_much(&both, None, "", true);
    board.done(&both, Duration::ZERO);
    let (a, b) = (board.next().expect("a task"), board.next().expect("a task"));
    assert_eq!((checks(Some(a.clone())), checks(Some(b.clone()))), (vec![0], vec![1]));
    board.too_much(&a, None, "", true);
    board.too_much(&b, None, "a trap", false);
    assert!(matches!(board.judged(0), Some(Judged::Open { timeout: true })));
    assert!(matches!(board.judged(1), Some(Judged::Broken(text)) if text == "a trap"));
}

#[test]
fn a_block_that_the_kernel_refuses_is_replaced() {
    let t = translation(vec![unit("a", 1, &[])]);
    let none = HashSet::new();
    let mut board = board(&t, &none, vec![vec![0]]);
    let task = board.next().expect("a task");
    answer(&mut board, &task, &[0], &[]);
    let task = board.next().expect("a task");
    let leaf = board.leaves.get_mut(&(0, 0)).expect("there");
    assert_eq!(leaf.closed.as_ref().map(|c| c.block.text()), Some("omega"));
    leaf.reopen(LeafSays::BadCandidate(0));
    board.done(&task, Duration::ZERO);
    match board.next() {
        Some(Task::Search { leaves, kernel: true }) => assert_eq!(leaves, [(0, 0)]),
        other => panic!("no search with the kernel: {other:?}"),
    }
    assert!(board.leaves[&(0, 0)].rest.iter().all(|c| c.block.text() != "omega"));
}

fn asks(task: Option<Task>) -> (usize, usize) {
    match task {
        Some(Task::Ask(at)) => at,
        other => panic!("nobody is asked: {other:?}"),
    }
}

#[test]
fn agents_are_asked_when_nothing_else_is_left() {
    let t = translation(vec![unit("a", 3, &[]), unit("b", 1, &[])]);
    let none = HashSet::new();
    let closed = BTreeMap::from([(0, BTreeMap::from([(0, candidate("omega", 0))]))]);
    // What an earlier run tried in vain has no candidates any more.
    let left = |unit: usize| if unit == 0 { vec![three(), vec![], vec![]] } else { vec![three()] };
    let fresh = || Board::new(&t, &none, MINUTE, vec![vec![0], vec![1]], None, left);
    assert_eq!(checks(fresh().next()), [0], "without agents, it is attempted");

    let mut board = fresh().with_agents(&closed, false);
    let attempt = board.next().expect("a task");
    assert_eq!(checks(Some(attempt.clone())), [1], "all of the other unit that can be closed is");
    let first = board.next();
    assert_eq!(asks(first.clone()), (0, 1));
    assert_eq!(asks(board.next()), (0, 2));
    assert!(board.next().is_none() && board.wants((0, 1)));
    board.leaves.get_mut(&(0, 1)).expect("there").closed = Some(candidate("omega", 0));
    board.done(&first.expect("a task"), MINUTE);
    assert!(!board.wants((0, 1)) && board.judged(0).is_none());
    assert_eq!(board.spent(0), Duration::ZERO, "an agent's time is none of Lean's");
    // Nobody found a proof of the other one.
    board.done(&Task::Ask((0, 2)), Duration::ZERO);
    assert!(matches!(board.judged(0), Some(Judged::Open { timeout: false })));
    answer(&mut board, &attempt, &[1], &[]);
    assert_eq!(checks(board.next()), [1]);
}

#[test]
fn agents_are_not_asked_about_what_is_lost() {
    let t = translation(vec![unit("a", 2, &[])]);
    let none = HashSet::new();
    let fresh = |all| {
        let board = Board::new(&t, &none, MINUTE, vec![vec![0]], None, |_| vec![vec![], vec![]]);
        board.with_agents(&BTreeMap::new(), all)
    };
    let mut board = fresh(false);
    let first = board.next().expect("a task");
    board.done(&first, Duration::ZERO);
    assert!(matches!(board.judged(0), Some(Judged::Open { .. })), "one of them has no proof");
    assert!(board.next().is_none());
    // Unless all requests are to be shown.
    let mut board = fresh(true);
    let first = board.next().expect("a task");
    board.done(&first, Duration::ZERO);
    assert!(board.judged(0).is_none());
    assert_eq!(asks(board.next()), (0, 1));
}
