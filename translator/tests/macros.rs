//! Macros of a crate: which call is which macro, and what is refused because it is not certain.

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front;

/// The code and the message of a function's refusal, or nothing.
fn refusal(text: &str, name: &str) -> Option<(&'static str, String)> {
    let (program, _, errors) = front::load("src/lib.rs", &CfgSet::new(), &|_| Ok(text.as_bytes().to_vec()));
    assert_eq!(errors, []);
    let found = program.functions.iter().find(|f| f.path == name).expect("the function is there");
    found.diagnostics.first().map(|d| (d.code, d.message.clone()))
}

fn refused(text: &str, why: &str) {
    match refusal(text, "f") {
        Some(("H0203", message)) if message.contains(why) => {}
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn another_macro_may_have_the_name() {
    let body = "fn f(x: u8) -> u8 { m!(x) }";
    let one = "macro_rules! m { ($e:expr) => { $e } }";
    assert_eq!(refusal(&format!("{one} {body}"), "f"), None);
    assert_eq!(refusal(&format!("{body} {one}"), "f"), None);
    refused(&format!("{body} {one} mod a {{ macro_rules! m {{ () => {{ 1 }} }} }}"), "is not certain");
    refused(&format!("use other::m; {body} {one}"), "is not certain");
    refused(&format!("use other::*; {body} {one}"), "is not certain");
    refused(&format!("#[macro_use] extern crate other; {body} {one}"), "is not certain");
    // What is defined before its use, in the same module or in one around it, is found first of all.
    assert_eq!(refusal(&format!("use other::*; {one} {body}"), "f"), None);
    assert_eq!(refusal(&format!("#[macro_use] extern crate other; {one} mod a {{ {body} }}"), "a::f"), None);
    assert_eq!(refusal(&format!("{one} pub(crate) use m; mod a {{ use crate::m; {body} }}"), "a::f"), None);
    // The name of a macro of std: before its definition it is that one.
    let own = "macro_rules! matches { ($a:expr, $b:expr) => { $a == $b + 1 } }";
    let body = "fn f(x: u8) -> bool { matches!(x, 1) }";
    assert_eq!(refusal(&format!("{own} {body}"), "f"), None);
    refused(&format!("{body} {own}"), "is not certain");
    // In a body, each is there from its definition on.
    let text =
        "fn f() -> u8 { macro_rules! k { () => { 1 } } k!() } fn g() -> u8 { macro_rules! k { () => { 2 } } k!() }";
    assert_eq!((refusal(text, "f"), refusal(text, "g")), (None, None));
    refused("fn f() -> u8 { macro_rules! k { () => { 1 } } macro_rules! k { () => { 2 } } k!() }", "is not certain");
}

#[test]
fn what_is_not_certain_is_refused() {
    let with = |rules: &str, call: &str| format!("macro_rules! m {{ {rules} }} fn f(x: u8) -> u8 {{ {call} }}");
    refused(&with("($p:path) => { $p }", "m!(x)"), "of a kind that is not read");
    refused(&with("($e:expr) => { $e }", "m!(const { 1 })"), "`const` where an expression may stand");
    refused(&with("($a:tt) => { $a }; ($(a)* $(a)*) => { 1 }", "m!(a a)"), "in several ways");
    refused(&with("($a:tt) => { $b }", "m!(x)"), "which its rule does not bind");
    refused(&with("($($a:tt)*) => { $a }", "m!(x)"), "outside its repetition");
    refused(&with("($a:tt) => { $a }", "m!(x y)"), "none of its rules fits");
    refused(&with("() => { fn g() {} 1 }", "m! {}"), "items that a macro defines");
    refused(&with("($($t:tt)*) => { m!($($t)* 1) }", "m!()"), "too often");
    refused(&with("($e:expr) => {{ let r#y = 1; $e + r#y }}", "m!(x)"), "the name `r#y`");
    // An expression that was handed on is none of its tokens.
    let rules = "($e:expr) => { m!(@ $e) }; (@ 1) => { 2 }; (@ $e:expr) => { $e }";
    assert_eq!(refusal(&with(rules, "m!(1)"), "f"), None);
}

#[test]
fn a_macro_of_a_body_may_use_its_variables() {
    refused("fn f(x: u8) -> u8 { macro_rules! k { () => { x } } let x = 2; k!() }", "where it is defined");
    refused(
        "fn f(x: u8) -> u8 { let g = |y: u8| y; macro_rules! k { () => { g(1) } } k!() + x }",
        "where it is defined",
    );
}

#[test]
fn what_a_message_may_do_is_refused() {
    let text = "macro_rules! bail { () => { return 1 } } fn f(x: u8) -> u8 { assert!(x > 1, \"{}\", bail!()); x }";
    refused(text, "a message that may leave");
}
