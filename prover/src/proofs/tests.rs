use super::*;

fn obligation(statement: &str, kind: &str) -> Obligation {
    Obligation {
        name: "t".into(),
        statement: statement.into(),
        kind: kind.into(),
        span: Default::default(),
        facts: Vec::new(),
        goal: String::new(),
        shape: Default::default(),
        candidates: Vec::new(),
        inductions: Vec::new(),
    }
}

fn block(text: &str) -> Block {
    Block::new(text, &HashSet::from(["h".to_owned(), "h2".to_owned()])).expect("honest")
}

struct Fixture {
    folder: tempfile::TempDir,
    known: HashSet<String>,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), known: HashSet::from(["h".to_owned(), "h2".to_owned()]) }
    }
    /// A store that has read nothing yet.
    fn store(&self) -> ProofStore {
        ProofStore::new(self.folder.path().to_owned())
    }
    fn found(&self, function: &str, o: &Obligation) -> Vec<String> {
        self.store().proofs_of(function, o, &self.known).iter().map(|b| b.text().to_owned()).collect()
    }
    fn file(&self, function: &str) -> PathBuf {
        self.store().path(function)
    }
    fn text(&self, function: &str) -> String {
        fs::read_to_string(self.file(function)).expect("it is there")
    }
}

#[test]
fn proofs_survive_renaming_and_moving() {
    let f = Fixture::new();
    let a = obligation("theorem fn_f.leaf_1 (x_1 : Int) (h : x_1 < 3) : x_1 < 4", "k");
    let b = obligation("theorem fn_f.leaf_2 (x_1 : Int) : x_1 = x_1", "k");
    f.store().save("m::f", &[(&a, &block("have := h\nomega")), (&b, &block("rfl"))]);
    assert_eq!(f.found("m::f", &a), ["have := h\nomega"]);
    let renamed = obligation("theorem fn_g.leaf_7 (y_1 : Int) (h2 : y_1 < 3) : y_1 < 4", "k");
    assert_eq!(f.found("other::g", &renamed), ["have := h2\nomega"]);
    let changed = obligation("theorem fn_f.leaf_1 (x_1 : Int) (h : x_1 < 3) : x_1 < 5", "k");
    assert!(f.found("m::f", &changed).is_empty());
    // What it was proved by before may still do.
    let old = f.store().old_proofs_of("m::f", &changed, &f.known);
    assert!(old.contains(&block("have := h\nomega")), "{old:?}");
    assert!(f.store().old_proofs_of("m::g", &changed, &f.known).is_empty());
}

#[test]
fn files_are_stable_and_keep_remarks() {
    let f = Fixture::new();
    let all: Vec<Obligation> = (0..4).map(|i| obligation(&format!("theorem t : {i} = {i}"), "k")).collect();
    let rfl = block("rfl");
    let of = |indices: &[usize]| indices.iter().map(|i| (&all[*i], &rfl)).collect::<Vec<_>>();
    f.store().save("f", &of(&[2, 0, 1]));
    let before = f.text("f");
    f.store().save("f", &of(&[1, 2, 0]));
    assert_eq!(f.text("f"), before);
    let keys: Vec<&str> = before.lines().filter(|l| l.starts_with("leaf")).collect();
    assert!(keys.is_sorted() && keys.len() == 3, "{before}");
    // A remark stays with its entry, one more entry is one hunk.
    let at = before.find(keys[1]).expect("there");
    fs::write(f.file("f"), format!("{}# why\n{}# the end\n", &before[..at], &before[at..])).expect("written");
    f.store().save("f", &of(&[3]));
    let after = f.text("f");
    assert!(after.contains(&format!("# why\n{}", keys[1])) && after.ends_with("# the end\n"), "{after}");
    assert_eq!(after.lines().count(), before.lines().count() + 4);
}

#[test]
fn lines_of_two_versions_make_a_whole() {
    let f = Fixture::new();
    let (a, b) = (obligation("theorem t : 1 = 1", "k"), obligation("theorem t : 2 = 2", "k"));
    f.store().save("f", &[(&a, &block("rfl"))]);
    let one = f.text("f");
    fs::remove_file(f.file("f")).expect("there");
    f.store().save("f", &[(&a, &block("omega")), (&b, &block("rfl"))]);
    fs::write(f.file("f"), format!("{one}{}", f.text("f"))).expect("written");
    assert_eq!((f.found("f", &a), f.found("f", &b)), (vec!["rfl".into(), "omega".into()], vec!["rfl".to_owned()]));
    assert_eq!(f.store().take_refusals(), [""; 0]);
    // The one that closed it remains.
    f.store().save("f", &[(&a, &block("omega"))]);
    assert_eq!(f.found("f", &a), ["omega"]);
}

#[test]
fn what_no_function_has_is_pruned() {
    let f = Fixture::new();
    let (a, b) = (obligation("theorem t : 1 = 1", "k"), obligation("theorem t : 2 = 2", "k"));
    f.store().save("f", &[(&a, &block("rfl")), (&b, &block("rfl"))]);
    f.store().save("gone", &[(&a, &block("rfl"))]);
    let dropped = f.store().prune(&[("f", &a)], true).expect("read");
    assert_eq!(dropped.values().copied().collect::<Vec<_>>(), [1, 1]);
    assert!(f.file("gone").exists() && f.found("f", &b).len() == 1);
    f.store().prune(&[("f", &a)], false).expect("written");
    assert!(!f.file("gone").exists() && f.found("f", &b).is_empty() && f.found("f", &a).len() == 1);
    assert!(f.store().prune(&[("f", &a)], false).expect("read").is_empty());
}

#[test]
fn poison_is_refused_with_a_reason() {
    let f = Fixture::new();
    let o = obligation("theorem t (h : 1 = 2) : False", "k");
    let key = leaf_key(&o);
    let poisoned = format!(
        "{HEADER}\nleaf {key}: x\n  exact sorryAx _\nleaf nonsense: y\n  omega\nstray\nleaf {key}: z\n  exact #5\n"
    );
    fs::create_dir_all(f.folder.path()).expect("made");
    fs::write(f.file("f"), poisoned).expect("written");
    let store = f.store();
    assert!(store.proofs_of("f", &o, &f.known).is_empty());
    let refusals = store.take_refusals().join("\n");
    for reason in ["sorryAx", "not a leaf's key", "neither", "does not have"] {
        assert!(refusals.contains(reason), "{reason}: {refusals}");
    }
    for bad in [&b"garbage"[..], &[0xff, 0xfe]] {
        fs::write(f.file("f"), bad).expect("written");
        let store = f.store();
        assert!(store.proofs_of("f", &o, &f.known).is_empty());
        assert_eq!(store.take_refusals().len(), 1);
    }
}
