//! Preconditions that are proposed for functions without a spec, and written where the user wants it.
//!
//! Needs what `cargo harmonic setup` makes. Without it these tests say so and pass, unless `HARMONIC_REQUIRE_ENGINE` is set.

use std::fs;
use std::path::Path;
use std::process::Command;

mod command;
mod with_engine;

use command::run;
use with_engine::{core_library, project, verify};

/// Functions that panic for some arguments, and others: one that never does, one that always may, whatever its parameters, and
/// one with a spec.
const SOURCE: &str = "pub fn add(x: u32, y: u32) -> u32 {
    x + y
}
/// Documented.
#[inline]
pub fn before(v: &[u8], i: usize) -> u8 {
    if i > 0 { v[i - 1] } else { 0 }
}
pub struct Area {
    width: u32,
    height: u32,
}
impl Area {
    pub fn size(&self) -> u32 {
        self.width * self.height
    }
}
pub fn never(x: u32) -> u32 {
    x / 2
}
pub fn sum(v: &[u32]) -> u32 {
    let mut sum = 0;
    for x in v {
        sum += x;
    }
    sum
}
#[harmonic::spec(ensures: |out| out == x)]
pub fn wrong(x: u32) -> u32 {
    x / 2
}
";

fn fix(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    run(folder, &[&["fix"], args].concat())
}

fn git(folder: &Path, args: &[&str]) {
    let who = ["-c", "user.name=t", "-c", "user.email=t@t.example"];
    let status = Command::new("git").args(who).args(args).current_dir(folder).status().expect("git runs");
    assert!(status.success(), "git {args:?}");
}

#[test]
fn preconditions_are_proposed_and_written_and_proved() {
    if core_library().is_none() {
        return;
    }
    let p = project("", SOURCE);
    let folder = p.path();
    let source = || fs::read_to_string(folder.join("src/lib.rs")).expect("there");

    let all = verify(folder, &["--all"], |_| {});
    let proposed = |name: &str| {
        let verdict = all.verdicts.iter().find(|v| v["function"] == name);
        verdict.unwrap_or_else(|| panic!("{name}: {}", all.said))["proposed"].as_str().map(str::to_owned)
    };
    assert_eq!(proposed("p::add").as_deref(), Some("#[harmonic::spec(requires: x + y <= u32::MAX)]"));
    let index = "#[harmonic::spec(requires: harmonic::implies(i > 0, (i - 1) < v.len()))]";
    assert_eq!(proposed("p::before").as_deref(), Some(index));
    assert_eq!((proposed("p::never"), proposed("p::sum"), proposed("p::wrong")), (None, None, None));

    // Without version control, and over changes that are not committed, nothing is written.
    let (status, said) = fix(folder, &[]);
    assert!(status == Some(2) && said.contains("--allow-no-vcs") && source() == SOURCE, "{said}");
    git(folder, &["init", "-q"]);
    let (status, said) = fix(folder, &[]);
    assert!(
        status == Some(2) && said.contains("src/") && said.contains("--allow-dirty") && source() == SOURCE,
        "{said}"
    );
    fs::write(folder.join(".gitignore"), "/target\n/harmonic-proofs\n").expect("written");
    git(folder, &["add", "."]);
    git(folder, &["commit", "-qm", "all"]);

    let (status, said) = fix(folder, &["--dry-run"]);
    assert!(status == Some(0) && said.contains("would write 3 specs") && source() == SOURCE, "{said}");
    let (status, said) = fix(folder, &[]);
    assert!(status == Some(0) && said.contains("wrote 3 specs"), "{said}");
    let mut expected = SOURCE.to_owned();
    for (line, attribute) in [
        ("pub fn add(", "#[harmonic::spec(requires: x + y <= u32::MAX)]\n"),
        ("pub fn before(", &format!("{index}\n")),
        ("    pub fn size(", "    #[harmonic::spec(requires: self.width * self.height <= u32::MAX)]\n"),
    ] {
        let at = expected.find(line).expect("there");
        expected.insert_str(at, attribute);
    }
    assert_eq!(source(), expected);
    let after = verify(folder, &[], |_| {});
    for name in ["p::add", "p::before", "p::Area::size"] {
        assert_eq!(after.status(name), "verified", "{}", after.said);
    }
    assert_eq!(after.status("p::wrong"), "refuted", "{}", after.said);
    // There is no more to do.
    git(folder, &["commit", "-qam", "specs"]);
    assert!(fix(folder, &[]).1.contains("wrote 0 specs"));
}

#[test]
fn a_package_without_harmonic_is_told_to_add_it() {
    if core_library().is_none() {
        return;
    }
    let p = project("", "pub fn add(x: u32, y: u32) -> u32 { x + y }\n");
    let manifest = p.path().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("there");
    fs::write(&manifest, text.split("[dependencies]").next().expect("its head")).expect("written");
    let (status, said) = fix(p.path(), &["--allow-no-vcs"]);
    assert!(status == Some(2) && said.contains("cargo add harmonic"), "{said}");
    assert!(!fs::read_to_string(p.path().join("src/lib.rs")).expect("there").contains("spec"));
}
