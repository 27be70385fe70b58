//! The audit on modules written by hand; `tests/audit.rs` has those that Lean writes.

mod forge;

use std::path::PathBuf;

use super::*;
use forge::{Forge, KINDS, boxed};

/// A core library with `True`, `True.intro`, the axioms, and a lemma that is exported without its proof.
fn core(word: usize) -> tempfile::TempDir {
    let mut forge = Forge::new(word);
    let prop = forge.object(3, &[boxed(0)], &[0; 8]);
    forge.axiom("True", prop);
    let truth = forge.constant("True");
    for name in ["True.intro", "propext", "sorryAx", "Core.lemma", "Classical.choice"] {
        forge.axiom(name, truth);
    }
    forge.extension(KINDS, &[("Core.lemma", boxed(1)), ("True", boxed(5)), ("True.intro", boxed(6))]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Init.olean"), forge.finish()).unwrap();
    folder
}

/// A module whose theorem `T : True` has the proof that `proof` makes.
fn module(word: usize, proof: impl FnOnce(&mut Forge) -> u64) -> Vec<u8> {
    let mut forge = Forge::new(word);
    forge.import("Init");
    let ty = forge.constant("True");
    let proof = proof(&mut forge);
    forge.theorem("T", ty, proof);
    forge.finish()
}

fn names(found: &std::collections::BTreeSet<String>) -> Vec<&str> {
    found.iter().map(String::as_str).collect()
}

#[test]
fn axioms_are_found_through_applications() {
    for word in [4, 8] {
        let core = core(word);
        let module = module(word, |forge| {
            let [lemma, propext] = ["Core.lemma", "propext"].map(|name| forge.constant(name));
            forge.apply(lemma, propext)
        });
        let audit = audit("T", &module, &[core.path().into()]).unwrap();
        assert_eq!(names(&audit.axioms), ["propext"]);
        assert!(audit.is_clean());
    }
}

#[test]
fn sorry_and_own_axioms_are_not_clean() {
    let core = core(4);
    let module = module(4, |forge| {
        let ty = forge.constant("True");
        forge.axiom("mine", ty);
        let [sorry, mine] = ["sorryAx", "mine"].map(|name| forge.constant(name));
        let inner = forge.apply(sorry, mine);
        // Behind metadata, a let and a projection.
        let data = forge.object(10, &[boxed(0), inner], &[0; 8]);
        let ty = forge.constant("True");
        let anonymous = boxed(0);
        let bound = forge.object(8, &[anonymous, ty, data, data], &[0; 9]);
        let structure = forge.name("True");
        forge.object(11, &[structure, boxed(0), bound], &[0; 8])
    });
    let audit = audit("T", &module, &[core.path().into()]).unwrap();
    assert_eq!(names(&audit.axioms), ["mine", "sorryAx"]);
    assert_eq!(audit.forbidden_axioms().collect::<Vec<_>>(), ["mine", "sorryAx"]);
    assert!(!audit.is_clean());
}

#[test]
fn the_theorem_must_be_there_and_be_one() {
    let core = core(4);
    let search = [PathBuf::from(core.path())];
    let proof = |forge: &mut Forge| forge.constant("True.intro");
    let bytes = module(4, proof);
    assert!(matches!(audit("U", &bytes, &search), Err(OleanError::TheoremAbsent(_))));
    let bytes = module(4, |forge| {
        let ty = forge.constant("True");
        let value = forge.constant("True.intro");
        forge.declare(1, "d", ty, &[value, boxed(0), boxed(0)], &[1]);
        forge.theorem("_private.M.0.hidden", ty, value);
        forge.theorem("_private.M.0.twice", ty, value);
        forge.theorem("twice", ty, value);
        value
    });
    assert!(matches!(audit("d", &bytes, &search), Err(OleanError::NotATheorem { .. })));
    assert!(audit("hidden", &bytes, &search).unwrap().is_clean());
    assert!(matches!(audit("twice", &bytes, &search), Err(OleanError::Ambiguous(_))));
}

#[test]
fn unsafe_partial_opaque_and_replaced_code_are_flagged() {
    let core = core(4);
    let bytes = module(4, |forge| {
        let ty = forge.constant("True");
        let value = forge.constant("True.intro");
        forge.declare(1, "u", ty, &[value, boxed(0), boxed(0)], &[0]);
        forge.declare(1, "p", ty, &[value, boxed(0), boxed(0)], &[2]);
        forge.declare(3, "o", ty, &[value, boxed(0)], &[0]);
        let other = forge.name("u");
        forge.extension("Lean.Compiler.implementedByAttr", &[("o", other)]);
        let [u, p, o] = ["u", "p", "o"].map(|name| forge.constant(name));
        let inner = forge.apply(u, p);
        forge.apply(inner, o)
    });
    let audit = audit("T", &bytes, &[core.path().into()]).unwrap();
    assert_eq!(names(&audit.unsafe_declarations), ["p", "u"]);
    assert_eq!((names(&audit.opaque), names(&audit.implemented_by)), (vec!["o"], vec!["o"]));
    assert!(!audit.is_clean());
}

#[test]
fn a_library_is_followed_and_must_have_its_proofs() {
    let core = core(4);
    let library = tempfile::tempdir().unwrap();
    std::fs::create_dir(library.path().join("Sup")).unwrap();
    let olean = library.path().join("Sup/Lib.olean");
    let mut exported = Forge::new(4);
    let ty = exported.constant("True");
    exported.axiom("Sup.lemma", ty);
    exported.extension(KINDS, &[("Sup.lemma", boxed(1))]);
    let mut private = exported.next_part();
    private.import("Init");
    let proof = private.constant("sorryAx");
    // The type is in the other part.
    private.theorem("Sup.lemma", ty, proof);
    std::fs::write(&olean, exported.finish()).unwrap();

    let mut user = Forge::new(4);
    user.import("Sup.Lib");
    user.import("Init");
    let (ty, proof) = (user.constant("True"), user.constant("Sup.lemma"));
    user.theorem("T", ty, proof);
    let user = user.finish();
    let auditor = Auditor::new(core.path().into(), vec![library.path().into()]);
    assert!(matches!(auditor.audit("T", &user), Err(OleanError::BodyAbsent(_))));
    std::fs::write(Parts::sibling(&olean, "private"), private.finish()).unwrap();
    // The same auditor sees that the library changed.
    assert_eq!(names(&auditor.audit("T", &user).unwrap().axioms), ["sorryAx"]);
    std::fs::remove_file(&olean).unwrap();
    let error = auditor.audit("T", &user).unwrap_err();
    assert!(error.to_string().contains("Sup.Lib"), "{error}");
}

#[test]
fn digests_are_of_the_type_alone() {
    let cores = [core(4), core(8)];
    let digest = |word: usize, binder: &str, literal: u32, proof: &str| {
        let mut forge = Forge::new(word);
        forge.import("Init");
        let (domain, truth) = (forge.constant("True"), forge.constant("True"));
        let number = forge.big(&[literal, 0, 7]);
        let number = forge.object(0, &[number], &[]);
        let number = forge.object(9, &[number], &[0; 8]);
        let body = forge.apply(truth, number);
        let binder = forge.name(binder);
        let ty = forge.object(7, &[binder, domain, body], &[0; 9]);
        let proof = forge.constant(proof);
        forge.theorem("T", ty, proof);
        audit("T", &forge.finish(), &[cores[word / 8].path().into()]).unwrap().type_digest
    };
    let one = digest(4, "x", 1, "propext");
    assert_eq!(one, digest(8, "other", 1, "sorryAx"));
    assert_ne!(one, digest(4, "x", 2, "propext"));
}

#[test]
fn cycles_end() {
    let core = core(4);
    for own_type in [false, true] {
        let mut forge = Forge::new(4);
        forge.import("Init");
        let ty = forge.constant("True");
        // The next object's address is known before it is written.
        let probe = forge.apply(ty, ty);
        let next = probe + 24;
        let cycle = forge.apply(next, ty);
        assert_eq!(cycle, next);
        forge.theorem("T", if own_type { cycle } else { ty }, cycle);
        let result = audit("T", &forge.finish(), &[core.path().into()]);
        assert_eq!(result.is_err(), own_type, "{result:?}");
    }
    let mut forge = Forge::new(4);
    let text = forge.string("a");
    let next = text + 24;
    let name = forge.object(1, &[next, text], &[0; 8]);
    assert_eq!(name, next);
    let ty = forge.object(4, &[name, boxed(0)], &[0; 8]);
    forge.theorem("T", ty, ty);
    assert!(matches!(audit("T", &forge.finish(), &[core.path().into()]), Err(OleanError::Malformed { .. })));
}

#[test]
fn no_bytes_make_it_panic() {
    for word in [4, 8] {
        let core = core(word);
        let auditor = Auditor::new(core.path().into(), Vec::new());
        let bytes = module(word, |forge| {
            let [a, b] = ["Core.lemma", "propext"].map(|name| forge.constant(name));
            let number = forge.big(&[1, 2, 3]);
            let number = forge.object(0, &[number], &[]);
            let number = forge.object(9, &[number], &[0; 8]);
            let rule = forge.name("True.intro");
            let rule = forge.object(0, &[rule, boxed(1), a], &[]);
            let (all, rules) = (forge.list(&[boxed(0)]), forge.list(&[rule]));
            let zero = boxed(0);
            forge.declare(7, "R.rec", a, &[boxed(0), zero, zero, zero, zero, rules], &[0, 0]);
            let names = forge.list(&[all]);
            let _ = names;
            let inner = forge.apply(a, number);
            forge.apply(inner, b)
        });
        assert!(auditor.audit("T", &bytes).is_ok());
        for cut in 0..bytes.len() {
            let _ = auditor.audit("T", &bytes[..cut]);
        }
        for at in 0..bytes.len() {
            for change in [1, 2, 4, 0x10, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let _ = auditor.audit("T", &changed);
            }
        }
    }
    for bytes in [&b""[..], b"olean", &[0xff; 4096], b"HLPARTS1"] {
        assert!(audit("T", bytes, &[]).is_err());
    }
}
