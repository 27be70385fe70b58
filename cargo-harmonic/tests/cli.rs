//! The command line where no Lean is needed: listing, bad input, exit statuses.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn project(manifest: &str, source: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("src")).expect("a folder");
    let head = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(dir.path().join("Cargo.toml"), format!("{head}{manifest}")).expect("written");
    fs::write(dir.path().join("src/lib.rs"), source).expect("written");
    dir
}

fn run(folder: &Path, args: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-harmonic"))
        .arg("harmonic")
        .args(args)
        .env("NO_COLOR", "1")
        .current_dir(folder)
        .output()
        .expect("the command runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, text)
}

const SPEC: &[u8] =
    b"use harmonic::*;\npub mod m {\n#[spec(ensures: |out| out == x)]\npub fn same(x: u8) -> u8 { x }\n}\n";

#[test]
fn annotated_functions_are_listed() {
    let p = project("", SPEC);
    let (output, text) = run(p.path(), &["verify", "--list"]);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.trim(), "p::m::same");
}

#[test]
fn a_filter_that_matches_nothing_is_an_error() {
    let p = project("", SPEC);
    let (output, text) = run(p.path(), &["verify", "nothing"]);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("no annotated function"), "{text}");
}

#[test]
fn a_crate_without_specs_says_how_to_begin() {
    let p = project("", b"pub fn f() {}\n");
    let (output, text) = run(p.path(), &["verify"]);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("cargo add harmonic"), "{text}");
}

#[test]
fn bad_input_is_named_and_exits_with_2() {
    let empty = tempfile::tempdir().expect("a folder");
    let cases = [
        (project("", b"pub fn f( {\n"), vec!["verify"], "src/lib.rs"),
        (project("", b"pub mod absent;\n"), vec!["verify"], "absent"),
        (project("", &[0xff, 0xfe, b'x']), vec!["verify"], "src/lib.rs"),
        (project("[package.metadata.harmonic]\ntimeuot = 3\n", SPEC), vec!["verify"], "did you mean `timeout`?"),
        (project("[package.metadata.harmonic]\njobs = \"x\"\n", SPEC), vec!["verify"], "must be a positive integer"),
        (project("", SPEC), vec!["verify", "-p", "other"], "other"),
        (project("", SPEC), vec!["verify", "--bin", "other"], "other"),
        (project("", SPEC), vec!["verify", "--timeout", "0"], "timeout"),
        (project("", SPEC), vec!["explain", "H9999"], "no code `H9999`"),
        (empty, vec!["verify"], "Cargo.toml"),
    ];
    for (folder, args, expected) in cases {
        let (output, text) = run(folder.path(), &args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(text.contains(expected), "{args:?}: {text}");
    }
}

#[test]
fn every_code_has_a_page() {
    let p = project("", SPEC);
    for (code, page) in harmonic_translator::diagnostic::CODES {
        assert!(page.trim().len() > 20, "{code} has no page");
        let (output, text) = run(p.path(), &["explain", code]);
        assert!(output.status.success() && text.contains(code), "{text}");
    }
}
