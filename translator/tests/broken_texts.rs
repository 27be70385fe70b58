//! Texts that once broke the tool.

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::tir::Program;
use harmonic_translator::translate::translate;

/// The program, and the codes of what is wrong with it as a whole.
fn program(text: &str) -> (Program, Vec<&'static str>) {
    let text = format!("use harmonic::*;\n{text}");
    let (program, _, errors) = load("src/lib.rs", &CfgSet::new(), &|_| Ok(text.clone().into_bytes()));
    (program, errors.iter().map(|e| e.code).collect())
}

#[test]
fn what_does_not_parse_has_no_translation() {
    let (program, errors) = program("fn f( {}");
    assert_eq!(errors, ["H0111"]);
    assert!(translate(&program).0.units.is_empty());
}

#[test]
fn specs_that_anodized_breaks_on_are_malformed() {
    for spec in ["0: x > 1", "captures: {} = x", "captures: [a = x, {} = x]"] {
        let (program, errors) = program(&format!("#[spec({spec})] fn f(x: u8) {{}}"));
        assert!(errors.is_empty(), "{errors:?}");
        let codes: Vec<_> = program.functions.iter().flat_map(|f| &f.diagnostics).map(|d| d.code).collect();
        assert_eq!(codes, ["H0105"], "{spec}");
    }
}

#[test]
fn long_functions_do_not_overflow_the_stack() {
    let reads: String = (0..1500).map(|i| format!("let _ = v[{i}];\n")).collect();
    let (program, errors) = program(&format!("#[spec] fn f(v: &[u32; 1500]) {{ {reads} }}"));
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(translate(&program).0.units.len(), 1);
}
