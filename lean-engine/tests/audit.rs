//! The audit, the support library and the embedded Lean together.
//!
//! Needs what `cargo harmonic setup` makes. Without it these tests say so and pass, unless `HARMONIC_REQUIRE_ENGINE` is set.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use harmonic_lean::olean::{Auditor, OleanError};
use harmonic_lean::setup::{self, SetupOptions, SupportLibrary};
use harmonic_lean::wasm::WasmEngine;
use harmonic_lean::{Cancel, Engine, Job, Limits, Severity};

fn engine() -> Option<&'static Arc<WasmEngine>> {
    static ENGINE: OnceLock<Option<Arc<WasmEngine>>> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        let options = SetupOptions { offline: true, ..SetupOptions::default() };
        let ready = match setup::ensure(&options, &()) {
            Ok(ready) => ready,
            Err(error) if std::env::var_os("HARMONIC_REQUIRE_ENGINE").is_none() => {
                eprintln!("not tested: {error}");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        let engine = WasmEngine::open(&ready.compiled_dir, &ready.core_library);
        Some(Arc::new(engine.expect("an engine that is set up opens")))
    });
    engine.as_ref()
}

/// Compiles a file that must be accepted.
fn compile(engine: &WasmEngine, text: &str, library: &[PathBuf]) -> Vec<u8> {
    let job = Job {
        name: "Goal".into(),
        text: text.into(),
        library: library.to_vec(),
        emit_olean: true,
        limits: Limits::default(),
    };
    let report = engine.check(&job, &Cancel::default()).expect("Lean runs");
    let errors: Vec<_> = report.messages.iter().filter(|message| message.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    report.olean.expect("a module was asked for")
}

const FILE: &str = "
axiom mine : 1 = 2
private theorem hidden : 3 = 4 := by simpa using mine
theorem uses_hidden : 3 = 4 := hidden
theorem unfinished : 3 = 5 := by sorry
theorem fine (a b : Nat) (h : a < b) : a + 1 ≤ b := by omega
theorem classical (p : Prop) : p ∨ ¬p := Classical.em p
theorem direct (p q : Prop) (h : p ↔ q) : p = q := propext h
def f1 (n : Nat) : Nat := n
@[implemented_by f1] def f2 (n : Nat) : Nat := n + 0
theorem replaced : f2 3 = 3 := rfl
partial def endless (n : Nat) : Nat := endless (n + 1)
theorem unknown_value : endless 3 = endless 3 := rfl
inductive Tree | leaf | node (l r : Tree)
def Tree.size : Tree → Nat | leaf => 1 | node l r => l.size + r.size
theorem Tree.size_pos (t : Tree) : 0 < t.size := by induction t <;> simp_all [Tree.size] <;> omega
theorem dotted.«a.b» : True := trivial
";

#[test]
fn what_theorems_rest_on() {
    let Some(engine) = engine() else { return };
    let module = compile(engine, FILE, &[]);
    let auditor = Auditor::new(engine.core_library(), Vec::new());
    let audit = |theorem: &str| auditor.audit(theorem, &module).expect("auditable");
    for theorem in ["fine", "classical", "direct", "Tree.size_pos", "dotted.«a.b»"] {
        assert!(audit(theorem).is_clean(), "{theorem}: {:?}", audit(theorem));
    }
    assert!(audit("direct").axioms.contains("propext"));
    for theorem in ["uses_hidden", "hidden"] {
        let audit = audit(theorem);
        assert_eq!(audit.forbidden_axioms().count(), 1, "{audit:?}");
        assert!(audit.axioms.iter().any(|axiom| axiom.ends_with("mine")), "{audit:?}");
    }
    assert_eq!(audit("unfinished").forbidden_axioms().collect::<Vec<_>>(), ["sorryAx"]);
    assert!(!audit("replaced").is_clean());
    assert_eq!(audit("unknown_value").opaque.len(), 1);
    assert!(matches!(auditor.audit("absent", &module), Err(OleanError::TheoremAbsent(_))));
    assert!(matches!(auditor.audit("f1", &module), Err(OleanError::NotATheorem { .. })));
}

#[test]
fn the_digest_is_of_the_statement() {
    let Some(engine) = engine() else { return };
    let auditor = Auditor::new(engine.core_library(), Vec::new());
    let digest = |text: &str| auditor.audit("t", &compile(engine, text, &[])).expect("auditable").type_digest;
    let one = digest("theorem t (a b : Nat) (h : a < b) : a ≤ b := by omega");
    assert_eq!(one, digest("theorem t (x y : Nat) (lt : x < y) : x ≤ y := Nat.le_of_lt lt"));
    assert_ne!(one, digest("theorem t (a b : Nat) (h : a ≤ b) : a ≤ b := h"));
}

#[test]
fn proofs_of_the_support_library_are_followed() {
    let Some(engine) = engine() else { return };
    let home = tempfile::tempdir().expect("a folder");
    let base = "module\n@[expose] public section\ndef Sup.double (n : Nat) : Nat := n + n\n\
                theorem Sup.double_even (n : Nat) : Sup.double n % 2 = 0 := by unfold Sup.double; omega\n\
                private theorem secret : 1 = 2 := sorry\ntheorem Sup.bad : 1 = 2 := secret\nend\n";
    let more = "module\npublic import Sup.Base\n@[expose] public section\n\
                theorem Sup.more : Sup.double 2 = 4 := rfl\nend\n";
    let sources = [("Sup.Base", base), ("Sup.More", more)];
    let make = || {
        let engine = Arc::<WasmEngine>::clone(engine);
        let library = SupportLibrary::open(engine, &sources, home.path(), Arc::new(()), Cancel::default());
        let library = library.expect("the names are good");
        library.wait().expect("the library compiles");
        library
    };
    let library = make();
    let folders = [library.folder().to_owned()];
    let text = "import Sup.More\ntheorem good (n : Nat) : (Sup.double n + Sup.double 2) % 2 = 0 := by\n  \
                have := Sup.double_even n; have := Sup.more; omega\ntheorem bad : 1 = 2 := Sup.bad\n";
    let module = compile(engine, text, &folders);
    let auditor = Auditor::new(engine.core_library(), folders.to_vec());
    assert!(auditor.audit("good", &module).expect("auditable").is_clean());
    assert_eq!(auditor.audit("bad", &module).expect("auditable").forbidden_axioms().collect::<Vec<_>>(), ["sorryAx"]);

    // Without its private part the library's proofs are unknown, and unknown is not accepted.
    std::fs::remove_file(folders[0].join("Sup/Base.olean.private")).expect("it is there");
    let auditor = Auditor::new(engine.core_library(), folders.to_vec());
    assert!(matches!(auditor.audit("good", &module), Err(OleanError::BodyAbsent(_))));
    // What is kept was not touched.
    let again = make();
    assert_eq!(again.repaired(), None);
    let auditor = Auditor::new(engine.core_library(), vec![again.folder().to_owned()]);
    assert!(auditor.audit("good", &module).expect("auditable").is_clean());
}
