//! Attempts to cheat, each with the reason it must be refused for; and honest proofs, which must pass.

use super::*;

fn gate(text: &str) -> Result<Block, Refusal> {
    let known = ["x", "y", "h", "f", "f.Inv", "v"].into_iter().map(str::to_owned).collect();
    Block::new(text, &known)
}

#[test]
fn honest_proofs_pass() {
    for text in [
        "omega",
        "simp_all\nomega",
        "grind",
        "intro a b hab\n  exact hab",
        "obtain ⟨h1, h2⟩ := h\nconstructor <;> omega",
        "have := Int.mul_le_mul h.1 h.2 (by omega) (by omega)\nomega",
        "induction v with\n| nil => simp\n| cons a as ih =>\n  simp_all [List.length_append]\n  omega",
        "cases x <;> first | rfl | (simp at h; omega)",
        "exact ⟨_, rfl, h⟩ -- done",
        "refine ⟨?_, ?_⟩ /- two goals -/ <;> grind",
        "rw [Int.mul_comm, ← Int.add_mul]\nexact Int.le_of_lt h",
        "unfold f.Inv at *\ngrind",
        "have e : x = y := by omega\nsubst e\nrfl",
        "revert x\ndecide",
        "by_cases hc : x < y\n· omega\n· simp [hc]",
        "show x = 'a'\nrfl",
    ] {
        assert!(gate(text).is_ok(), "{text:?}: {:?}", gate(text));
    }
}

#[test]
fn cheats_are_refused() {
    let long = "omega\n".repeat(10_000);
    let deep = format!("exact {}x{}", "(".repeat(70), ")".repeat(70));
    let cheats: &[(&str, &str)] = &[
        ("sorry", "unproved"),
        ("exact sorryAx _ true", "unproved"),
        ("exact (sorryAx _)", "unproved"),
        ("admit", "unproved"),
        ("stop omega", "unproved"),
        ("axiom cheat : False", "axiom"),
        ("native_decide", "compiled code"),
        ("decide +native", "compiled code"),
        ("decide (config := { native := true })", "options"),
        ("exact Lean.ofReduceBool _ _ rfl", "elaborator"),
        ("exact ofReduceBool x y rfl", "compiled code"),
        ("bv_decide", "allow-list"),
        ("set_option maxRecDepth 100000 in omega", "option"),
        ("run_tac return", "runs code"),
        ("open Classical in simp", "names mean"),
        ("omega\nend\ntheorem x : False := by", "command"),
        ("omega\n\ntheorem other : False := sorry", "command"),
        ("  omega\nend Harmonic", "left of the first"),
        ("omega)\n(skip", "did not open"),
        ("(omega", "stays open"),
        ("exact ⟨h)", "did not open"),
        ("#eval 1", "command"),
        ("omega #print axioms", "command"),
        ("@[simp] have h := x", "attribute"),
        ("attribute [local simp] f", "attributes"),
        ("notation a => b", "syntax"),
        ("notation3 x => y", "scope"),
        ("macro_rules | x => y", "syntax"),
        ("syntax x", "syntax"),
        ("exact unsafeCast h", "unsafe"),
        ("unsafe omega", "unsafe"),
        ("exact @lcProof _", "unsafe"),
        ("implemented_by f", "compiled code"),
        ("extern f", "compiled code"),
        ("exact?", "searches"),
        ("by exact?", "searches"),
        ("apply?", "searches"),
        ("exact «sorry»", "quoted identifier"),
        ("elab x", "runs code"),
        ("exact by_elab x", "runs code"),
        ("exact `(sorry)", "quotation"),
        ("exact $x", "antiquotation"),
        ("omega -- \nsorry", "unproved"),
        ("/- -/ sorry", "unproved"),
        ("/- /- -/ omega", "does not end"),
        ("/- a\n-/ omega", "several lines"),
        ("/-- doc -/ omega", "documentation comment"),
        ("exact s\"x\"", "string"),
        ("exact \"-- \" sorry", "string"),
        ("omega\0", "NUL"),
        ("\tomega", "tab"),
        ("omega\r\nomega\r", "carriage return"),
        ("sоrry", "U+043E"),
        ("omеga", "U+0435"),
        ("omega\u{200b}", "U+200B"),
        ("omega\u{202e}", "U+202E"),
        ("omega\u{a0}", "U+00A0"),
        ("exact Lean.Elab.Tactic.foo", "elaborator"),
        ("exact Classical.sorryAx", "unproved"),
        ("let_cheat", "scope"),
        ("first | nativeDecide | omega", "scope"),
        ("first | omega | unknown_tactic", "scope"),
        ("exact Foo.bar", "scope"),
        ("exact '\u{27}' ", "character"),
        ("exact 0sorry", "numeral"),
        ("dbg_trace x", "runs code"),
        ("", "empty"),
        ("-- only a comment", "empty"),
        (&long, "longer"),
        (&deep, "nested deeper"),
    ];
    assert!(cheats.len() >= 30);
    let mut wrong = Vec::new();
    for (text, reason) in cheats {
        match gate(text) {
            Ok(b) => wrong.push(format!("admitted {:?}", b.text())),
            Err(r) if !r.reason().contains(reason) => wrong.push(format!("{text:?}: {}", r.reason())),
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_comment_is_not_carried_over() {
    assert_eq!(gate("omega -- done").expect("honest").text(), "omega");
    assert_eq!(gate("(/- a /- b -/ c -/omega)").expect("honest").text(), "( omega)");
    // The first line stands at column 0 all the same.
    assert_eq!(gate("/- why -/ omega").expect("honest").text(), "omega");
    assert_eq!(gate("-- why\n  intro a\n  omega").expect("honest").text(), "intro a\nomega");
    assert!(gate("/- why -/ omega\nomega").is_err_and(|r| r.reason().contains("left of the first")));
}

#[test]
fn text_left_in_place_keeps_its_indentation() {
    let block = gate("  constructor\n  · omega\n\n    -- why\n  · intro a\n    omega").expect("honest");
    assert_eq!(block.text(), "constructor\n· omega\n· intro a\n  omega");
}

/// Whatever the bytes, the gate answers and never panics.
#[test]
fn random_bytes_never_panic() {
    let alphabet: Vec<char> = "omega sorry\n\t-/'\"«»()[]{}⟨⟩|=>?!@#$`.x1·∀λ\0é".chars().collect();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..24 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push(alphabet[(seed >> 33) as usize % alphabet.len()]);
        }
        if let Ok(block) = gate(&text) {
            assert!(!block.text().contains("sorry") || block.text().contains("sorry."), "{text:?}");
        }
    }
}
