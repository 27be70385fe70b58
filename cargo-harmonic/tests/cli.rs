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

/// The verdicts of a run that needs no Lean, by function.
fn verdicts(folder: &Path, args: &[&str]) -> (Option<i32>, Vec<serde_json::Value>, String) {
    let mut all = vec!["verify", "--message-format", "json"];
    all.extend(args);
    let (output, text) = run(folder, &all);
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let verdicts = lines.lines().filter_map(|l| serde_json::from_str(l).ok());
    (output.status.code(), verdicts.filter(|v: &serde_json::Value| v["reason"] == "harmonic-verdict").collect(), text)
}

#[test]
fn wrong_specs_are_errors_at_their_place() {
    let cases = [
        // Its text ends too soon, so the place is the function's.
        ("#[spec(ensures: |out| out ==)]\npub fn f(x: u8) -> u8 { x }\n", 3),
        ("#[spec(ensures: |out| out == nothing)]\npub fn f(x: u8) -> u8 { x }\n", 2),
        ("#[spec(ensures: |out| out + 1)]\npub fn f(x: u8) -> u8 { x }\n", 2),
        ("#[spec(requires: x, ensures: |out| out == x)]\npub fn f(x: u8) -> u8 { x }\n", 2),
    ];
    for (source, line) in cases {
        let p = project("", format!("use harmonic::*;\n{source}").as_bytes());
        let (code, verdicts, text) = verdicts(p.path(), &[]);
        assert!(matches!(code, Some(1 | 2)), "{source}: {text}");
        let error = verdicts.iter().any(|v| v["status"] == "error") || text.contains("\"level\":\"error\"");
        assert!(error, "{source}: {text}");
        let (_, human) = run(p.path(), &["verify"]);
        assert!(human.contains(&format!("src/lib.rs:{line}:")), "{source}: {human}");
    }
}

#[test]
fn two_modules_with_one_path_are_named() {
    let p = project("", b"pub mod a;\n");
    fs::create_dir(p.path().join("src/a")).expect("a folder");
    fs::write(p.path().join("src/a.rs"), "").expect("written");
    fs::write(p.path().join("src/a/mod.rs"), "").expect("written");
    let (output, text) = run(p.path(), &["verify"]);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("src/a.rs") && text.contains("mod.rs"), "{text}");
}

#[test]
fn what_cfg_removes_and_what_a_path_names() {
    let p = project(
        "",
        b"use harmonic::*;\n#[cfg(absent)]\n#[spec(ensures: |out| out == x)]\npub fn gone(x: u8) -> u8 { x }\n\
          #[path = \"elsewhere/other.rs\"]\npub mod named;\n",
    );
    fs::create_dir(p.path().join("src/elsewhere")).expect("a folder");
    let inner = "use harmonic::*;\n#[spec(ensures: |out| out == x)]\npub fn there(x: u8) -> u8 { x }\n";
    fs::write(p.path().join("src/elsewhere/other.rs"), inner).expect("written");
    let (output, text) = run(p.path(), &["verify", "--list"]);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.trim(), "p::named::there");
}

#[test]
fn specs_that_macros_write_are_not_passed_over() {
    let specs = "#[spec(ensures: |out| out == x)]\n    fn same(x: u8) -> u8 { x }";
    let made = format!("macro_rules! make {{ () => {{ {specs} }} }}\nmake!();\n");
    let passed = format!("macro_rules! pass {{ ($($t:tt)*) => {{ $($t)* }} }}\npass! {{\n    {specs}\n}}\n");
    let in_impl = format!("macro_rules! make {{ () => {{ {specs} }} }}\npub struct S;\nimpl S {{ make!(); }}\n");
    for source in [&made, &passed, &in_impl] {
        let (output, text) = run(project("", source.as_bytes()).path(), &["verify"]);
        assert_eq!(output.status.code(), Some(1), "{source}: {text}");
        assert!(text.contains("H0231") && text.contains("src/lib.rs:"), "{source}: {text}");
    }
    let harmless = "macro_rules! make { () => { pub fn spec() {} } }\nmake!();\n";
    let (output, text) = run(project("", harmless.as_bytes()).path(), &["verify"]);
    assert!(output.status.success() && !text.contains("H0231"), "{text}");
}

#[test]
fn outputs_that_cannot_be_written_to_are_no_panic() {
    let p = project("", SPEC);
    let full = |args: &[&str], stdout: bool| {
        let file = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-harmonic"));
        command.arg("harmonic").args(args).current_dir(p.path());
        if stdout {
            command.stdout(file)
        } else {
            command.stderr(file)
        };
        command.output().expect("the command runs")
    };
    let output = full(&["verify", "--list"], true);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("cannot write to standard output"), "{said}");
    assert_eq!(full(&["verify", "nothing"], false).status.code(), Some(2));
    assert_eq!(full(&["explain"], true).status.code(), Some(2));
}

#[test]
fn deep_nesting_and_long_functions_end() {
    let deep = format!("pub fn f(x: u64) -> u64 {{ {}x{} }}\n", "(".repeat(3000), ")".repeat(3000));
    let not = format!("pub fn f(x: u64) -> u64 {{ {}x }}\n", "!".repeat(3000));
    let sum = format!("pub fn f(x: u64) -> u64 {{ x{} }}\n", " ^ x".repeat(3000));
    let long = format!("pub fn f(x: u64) -> u64 {{\n{}x\n}}\n", "let x = x ^ 1;\n".repeat(5000));
    for (name, source) in [("deep", deep), ("not", not), ("sum", sum), ("long", long)] {
        let p = project("", source.as_bytes());
        let (output, text) = run(p.path(), &["verify"]);
        assert!(output.status.code().is_some(), "{name}: ended by a signal: {}", &text[..text.len().min(400)]);
    }
}

#[test]
fn every_key_of_the_configuration_has_a_switch_and_is_documented() {
    let p = project("", SPEC);
    let (_, help) = run(p.path(), &["verify", "--help"]);
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md"));
    let docs = docs.expect("the page");
    for key in ["timeout", "jobs", "allow-trusted", "proofs", "lean"] {
        assert!(help.contains(&format!("--{key}")), "{key}: {help}");
        assert!(docs.contains(&format!("| `{key}` | `--{key}` |")), "{key} is not in docs/configuration.md");
    }
}

#[test]
fn a_lean_that_cannot_be_used_is_named() {
    let cases = [
        (project("", SPEC), vec!["verify", "--lean", "no/such/lean"], "no/such/lean"),
        (project("[package.metadata.harmonic]\nlean = \"tools/lean\"\n", SPEC), vec!["verify"], "tools/lean"),
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
