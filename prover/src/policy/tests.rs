use super::*;
use crate::gate::Block;

fn candidate(text: &str, stage: u8) -> Candidate {
    let block = Block::new(text, &Default::default()).expect("it passes the gate");
    Candidate { block, origin: Origin::Portfolio, stage }
}

/// As a portfolio has them.
fn three() -> Vec<Candidate> {
    vec![candidate("omega", 0), candidate("grind (splits := 4)", 0), candidate("intros <;> simp_all <;> omega", 0)]
}

fn texts(candidates: &[Candidate]) -> Vec<&str> {
    candidates.iter().map(|c| c.block.text()).collect()
}

fn families(texts: &[&str]) -> Vec<Family> {
    texts.iter().map(|t| Family::of(&candidate(t, 0).block)).collect()
}

/// Features by numbers: those of one kind of statement, and of another.
fn kind(first: u16, own: u16) -> Features {
    Features((first..first + 10).chain([1000 + own]).collect())
}

/// Shows it statements of two kinds: `omega` closes the one, `simp_all` the other.
fn taught() -> Policy {
    let policy = Policy::default();
    for i in 0..20 {
        policy.learn(&kind(0, i), &families(&["intros <;> simp_all <;> omega"]), Some(&three()[0]));
        policy.learn(&kind(100, i), &families(&["omega", "grind (splits := 4)"]), Some(&three()[2]));
    }
    policy
}

#[test]
fn what_closed_a_statement_is_first_for_one_like_it() {
    let policy = taught();
    let first = |features: &Features| policy.arrange(features, three())[0].block.text().to_owned();
    assert_eq!(first(&kind(0, 77)), "omega");
    assert_eq!(first(&kind(100, 77)), "intros <;> simp_all <;> omega");
}

#[test]
fn nothing_is_left_out_and_kept_proofs_stay_first() {
    let policy = taught();
    let mut all = three();
    all.insert(0, Candidate { origin: Origin::Store, ..candidate("rfl", 0) });
    let arranged = policy.arrange(&kind(100, 5), all.clone());
    assert_eq!(arranged[0].block.text(), "rfl");
    let sorted = |list: &[Candidate]| {
        let mut texts: Vec<String> = texts(list).into_iter().map(str::to_owned).collect();
        texts.sort();
        texts
    };
    assert_eq!(sorted(&arranged), sorted(&all));
    assert!(arranged.is_sorted_by_key(|c| c.stage));
}

#[test]
fn only_what_is_news_is_remembered() {
    let policy = taught();
    let before = policy.lock().examples.len();
    assert!(before < 6, "what was to be expected is no news: {before} of 40");
    let other = families(&["intros <;> simp_all <;> omega"]);
    policy.learn(&kind(100, 9), &other, Some(&three()[0]));
    assert_eq!(policy.lock().examples.len(), before + 1);
}

#[test]
fn cost_counts() {
    let policy = Policy::default();
    let (cheap, dear) = (candidate("omega", 0), candidate("grind", 0));
    // In company that changes: 20 ms and 4 s, and a tenth of a second for the file.
    for i in 0..400_u64 {
        let (a, b) = (1 + i % 3, i % 4);
        let attempts: Vec<Candidate> = std::iter::repeat_n(cheap.clone(), a as usize)
            .chain(std::iter::repeat_n(dear.clone(), b as usize))
            .collect();
        policy.learn_cost(&attempts, Duration::from_millis(100 + 20 * a + 4000 * b));
    }
    let cost = |c: &Candidate| policy.lock().cost(Family::of(&c.block), 0);
    assert!(cost(&dear) > 10.0 * cost(&cheap), "{} and {}", cost(&dear), cost(&cheap));
    // Alike in their chances, the cheap one is first.
    let features = kind(0, 0);
    policy.learn(&features, &[], Some(&candidate("rfl", 0)));
    assert_eq!(texts(&policy.arrange(&features, vec![dear, cheap])), ["omega", "grind"]);
}

#[test]
fn it_is_the_same_after_it_was_written_and_read() {
    let policy = taught();
    policy.learn_cost(&three(), Duration::from_millis(900));
    let (text, log) = (policy.text(), policy.take_log());
    assert_eq!(text, log, "it began empty");
    assert_eq!(policy.take_log(), "", "each thing is written once");
    let again = Policy::default();
    again.read(&text).expect("it was written by us");
    assert_eq!(again.text(), text);
    assert_eq!(texts(&again.arrange(&kind(100, 3), three())), texts(&policy.arrange(&kind(100, 3), three())));
    // Logs of two machines, end to end.
    let both = Policy::default();
    both.read(&format!("{text}\n{text}")).expect("logs add up");
    assert_eq!(both.lock().examples.len(), 2 * again.lock().examples.len());
}

#[test]
fn what_is_no_policy_is_refused_whole() {
    let good = taught().text();
    for (bad, line) in [
        ("nonsense".to_owned(), 1),
        ("harmonic-policy 2\n".to_owned(), 1),
        (format!("{good}family 1 2 0 0 omega\n"), good.lines().count() + 1),
        (format!("{good}family 1 1 NaN 0 omega\n"), good.lines().count() + 1),
        (format!("{good}family -1 -1 0 0 omega\n"), good.lines().count() + 1),
        (format!("{good}example zz - 1\n"), good.lines().count() + 1),
        (format!("{good}example - - 10000\n"), good.lines().count() + 1),
        (format!("{good}theorem x : False := sorry\n"), good.lines().count() + 1),
    ] {
        let policy = Policy::default();
        let error = policy.read(&bad).expect_err(&bad);
        assert_eq!(error.line, line, "{bad}");
        assert_eq!(policy.text(), "");
    }
    Policy::default().read("").expect("an empty log");
}

#[test]
fn what_ships_can_be_read() {
    let policy = Policy::default();
    policy.read(include_str!("shipped.txt")).expect("it was written by us");
}
