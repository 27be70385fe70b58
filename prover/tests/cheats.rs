//! Every hostile candidate of `tests/cheats.md` through the gate.

use std::collections::HashSet;

use harmonic_prover::gate::Block;

mod cheat_list;

/// What a statement would bring into scope; the list's own texts name no more than this.
fn known() -> HashSet<String> {
    ["x", "y", "h", "f", "fn_squares", "a_1", "b_1", "MInt", "where"].into_iter().map(str::to_owned).collect()
}

#[test]
fn every_cheat_is_refused_for_its_reason_or_left_to_lean() {
    let all = cheat_list::cheats();
    let mut wrong = Vec::new();
    for cheat in &all {
        match (Block::new(&cheat.text, &known()), &cheat.reason) {
            (Err(refusal), Some(reason)) if refusal.reason().contains(reason.as_str()) => {}
            (Ok(_), None) => {}
            (Ok(block), Some(_)) => wrong.push(format!("{}: admitted as {:?}", cheat.name, block.text())),
            (Err(refusal), _) => wrong.push(format!("{}: {refusal}", cheat.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.iter().filter(|c| c.reason.is_some()).count() >= 60, "the list has shrunk to {}", all.len());
    let names: HashSet<&str> = all.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "two candidates have one name");
}

/// Whatever a block binds, none of it is a keyword where it is written.
#[test]
fn names_of_a_block_are_written_in_quotes() {
    let block = Block::new("omega <;> intro x register_tactic_tag y", &known()).expect("names");
    assert_eq!(block.indented(2), "  omega <;> intro «x» «register_tactic_tag» «y»\n");
    let block = Block::new("intro where\nexact where", &known()).expect("names");
    assert_eq!(block.indented(0), "intro «where»\nexact «where»\n");
}
