//! The command with a Lean: a stand-in for an installed one, interruption, what is kept between runs and what is made of it
//! when it was altered.
//!
//! Needs what `cargo harmonic setup` makes. Without it these tests say so and pass, unless `HARMONIC_REQUIRE_ENGINE` is set.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

mod with_engine;

use with_engine::{BIN, Ran, core_library, project, verify};

/// One that holds, its false twin, and one that is true and has no proof in the portfolio.
const SOURCE: &str = "use harmonic::*;
#[spec(requires: x < 100, ensures: |out| out == x + 1)]
pub fn next(x: u8) -> u8 { x + 1 }
#[spec(requires: x < 100, ensures: |out| out == x)]
pub fn wrong(x: u8) -> u8 { x + 1 }
";

/// An executable that speaks Lean's interface and lets the embedded Lean do the work.
fn stand_in(folder: &Path, core: &Path) -> PathBuf {
    fs::create_dir_all(folder).expect("a folder");
    let path = folder.join("lean");
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in\n--version) echo 'Lean (version 4.28.0, stand-in, commit abc, Release)'; exit 0;;\n\
         --print-libdir) echo '{}'; exit 0;;\n--print-prefix) echo /nonexistent; exit 0;;\nesac\n\
         out=\nwhile [ $# -gt 0 ]; do case \"$1\" in -o) out=$2; shift;; *.lean) file=$1;; esac; shift; done\n\
         echo ran >> '{}/ran'\nexec '{BIN}' harmonic lean -q --json ${{out:+-o \"$out\"}} -- \"$file\"\n",
        core.display(),
        folder.display(),
    );
    fs::write(&path, script).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    path
}

#[test]
fn an_installed_lean_judges() {
    let Some(core) = core_library() else { return };
    let tools = tempfile::tempdir().expect("a folder");
    let lean = stand_in(&tools.path().join("bin"), &core);
    let ran = tools.path().join("bin/ran");
    let check = |r: &Ran| {
        assert_eq!((r.status("p::next"), r.status("p::wrong")), ("verified", "refuted"), "{}", r.said);
        let engine = r.verdicts.iter().find(|v| v["function"] == "p::next").map(|v| v["engine"].clone());
        assert_eq!(engine, Some(Value::from("native 4.28.0")), "{}", r.said);
        assert!(ran.is_file(), "the stand-in was not asked");
        fs::remove_file(&ran).expect("removed");
    };
    // By its path, in the configuration.
    let manifest = format!("[package.metadata.harmonic]\nlean = {:?}\n", lean.display().to_string());
    check(&verify(project(&manifest, SOURCE).path(), &["--no-cache"], |_| {}));
    // On PATH, and as elan's.
    let p = project("", SOURCE);
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = tools.path().join("bin").display().to_string();
    check(&verify(p.path(), &["--no-cache", "--lean", "native"], |c| {
        c.env("PATH", format!("{bin}:{path}"));
    }));
    let elan = |c: &mut Command| {
        c.env("ELAN_HOME", tools.path());
    };
    if !path.split(':').any(|folder| Path::new(folder).join("lean").is_file()) {
        check(&verify(p.path(), &["--no-cache", "--engine", "native"], elan));
    }
}

#[test]
fn a_second_run_needs_no_search_and_poison_is_refused() {
    if core_library().is_none() {
        return;
    }
    let p = project("[package.metadata.harmonic]\nproofs = \"proofs\"\n", SOURCE);
    let expected = ("verified", "refuted");
    let of = |r: &Ran| (r.status("p::next").to_owned(), r.status("p::wrong").to_owned());
    let is = |r: &Ran| assert_eq!((of(r).0.as_str(), of(r).1.as_str()), expected, "{}", r.said);
    is(&verify(p.path(), &[], |_| {}));
    let events = p.path().join("events");
    let log = events.display().to_string();
    is(&verify(p.path(), &["--events", &log], |_| {}));
    assert_eq!(fs::read_to_string(&events).expect("made"), "", "a proof was searched for again");
    // Every record altered: refused with a reason, and proved again.
    let verdicts = p.path().join("target/harmonic/verdicts");
    let mut altered = 0;
    for entry in fs::read_dir(&verdicts).expect("kept verdicts").flatten() {
        let text = fs::read_to_string(entry.path()).expect("readable");
        fs::write(entry.path(), text.replace('}', ",\"x\":1}").replace("true", "false")).expect("written");
        altered += 1;
    }
    assert!(altered > 0, "nothing was kept");
    let third = verify(p.path(), &[], |_| {});
    is(&third);
    assert!(third.said.contains("the seal does not match"), "{}", third.said);
    // Every proof poisoned: refused with a reason, and found again.
    fs::remove_dir_all(&verdicts).expect("removed");
    let mut poisoned = 0;
    for entry in fs::read_dir(p.path().join("proofs")).expect("kept proofs").flatten() {
        let text = fs::read_to_string(entry.path()).expect("readable");
        let bad: String = text
            .lines()
            .map(|l| if l.starts_with("  ") { "  exact sorryAx _\n".into() } else { format!("{l}\n") })
            .collect();
        fs::write(entry.path(), bad).expect("written");
        poisoned += 1;
    }
    assert!(poisoned > 0, "no proof was kept");
    let fourth = verify(p.path(), &[], |_| {});
    is(&fourth);
    assert!(fourth.said.contains("sorryAx"), "{}", fourth.said);
    // A stored proof that passes the gate and proves nothing is found out by Lean.
    fs::remove_dir_all(&verdicts).expect("removed");
    for entry in fs::read_dir(p.path().join("proofs")).expect("kept proofs").flatten() {
        let text = fs::read_to_string(entry.path()).expect("readable");
        let bad: String =
            text.lines().map(|l| if l.starts_with("  ") { "  rfl\n".into() } else { format!("{l}\n") }).collect();
        fs::write(entry.path(), bad).expect("written");
    }
    is(&verify(p.path(), &[], |_| {}));
}

#[test]
fn an_interrupt_ends_the_run_soon_and_tells_what_is_known() {
    if core_library().is_none() {
        return;
    }
    let many: String = (0..40)
        .map(|i| format!("#[spec(requires: x < 1000 && y < 1000, ensures: |out| out == x * y + {i})]\npub fn f{i}(x: u32, y: u32) -> u32 {{ let a = x * y; a + {i} }}\n"))
        .collect();
    let p = project("", &format!("{SOURCE}{many}"));
    let mut child = Command::new(BIN)
        .args(["harmonic", "verify", "--message-format", "json", "--no-cache"])
        .current_dir(p.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut lines = stderr.lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|l| l.starts_with("proving")), "it never came to proving");
    std::thread::sleep(Duration::from_millis(1500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    // The pipe is read on, so that the child does not wait for it.
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let output = child.wait_with_output().expect("it ends");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(lines.contains("harmonic-finished"), "{lines}{rest:?}");
    assert!(lines.contains("\"refuted\"") && !output.status.success(), "{lines}{rest:?}");
    // What was not reached is said to be stopped, not taken for open.
    assert!(lines.contains("stopped before the end"), "{lines}{rest:?}");
}

/// A copy of the cache in which files can be replaced without touching the original.
fn linked_home(core: &Path) -> tempfile::TempDir {
    let home = core.parent().and_then(Path::parent).expect("the cache");
    let copy = tempfile::Builder::new().prefix("home-").tempdir_in(home.parent().expect("a folder")).expect("a folder");
    link(home, copy.path());
    copy
}

fn link(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let name = entry.file_name();
        let target = to.join(&name);
        if name.to_string_lossy().starts_with("tmp-") {
            continue;
        }
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            fs::create_dir(&target).expect("a folder");
            link(&entry.path(), &target);
        } else {
            fs::hard_link(entry.path(), &target).expect("a link");
        }
    }
}

/// Replaces a file by one with one bit changed; the original stays as it is.
fn alter(path: &Path) {
    let mut bytes = fs::read(path).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(path).expect("removed");
    fs::write(path, bytes).expect("written");
}

#[test]
fn altered_libraries_are_not_used() {
    let Some(core) = core_library() else { return };
    let p = project("", SOURCE);
    let home = linked_home(&core);
    // The support library must be there, made for this home's core library, to be altered.
    let before = verify(p.path(), &["--no-cache", "next"], |c| {
        c.env("HARMONIC_HOME", home.path());
    });
    assert_eq!(before.status("p::next"), "verified", "{}", before.said);
    let mut oleans = 0;
    for entry in fs::read_dir(home.path()).expect("a folder").flatten() {
        let olean = entry.path().join("Harmonic/Core.olean");
        if olean.is_file() {
            alter(&olean);
            oleans += 1;
        }
    }
    assert!(oleans > 0, "no support library was kept");
    let with_home = |c: &mut Command| {
        c.env("HARMONIC_HOME", home.path());
    };
    let ran = verify(p.path(), &["--no-cache", "next"], with_home);
    assert!(ran.said.contains("was compiled again") && ran.status("p::next") == "verified", "{}", ran.said);
    // The core library is not compiled here: without a network nothing can be made good, and nothing is proved.
    let init = core.strip_prefix(core.parent().and_then(Path::parent).expect("the cache")).expect("below it");
    alter(&home.path().join(init).join("Init/Core.olean"));
    let ran = verify(p.path(), &["--no-cache", "--offline", "next"], |c| {
        c.env("HARMONIC_HOME", home.path());
    });
    let verified = ran.verdicts.iter().any(|v| v["status"] == "verified");
    assert!(!verified || ran.said.contains("making good"), "{}", ran.said);
}

#[test]
fn a_condition_without_a_value_is_never_silently_true() {
    if core_library().is_none() {
        return;
    }
    let source = "use harmonic::*;
#[spec(requires: v.len() > 2, ensures: |out| out == v[2])]
pub fn third(v: &[u8]) -> u8 { v[2] }
#[spec(requires: v.len() > 1, ensures: |out| implies(v[2] == out, out == v[2]))]
pub fn undefined(v: &[u8]) -> u8 { v[1] }
#[spec(requires: v[2] > 1, ensures: |out| out > 1)]
pub fn needs(v: &[u8]) -> u8 { v[2] }
#[spec(ensures: |out| out <= 255)]
pub fn calls(v: &[u8]) -> u8 { if v.len() == 2 { needs(v) } else { 0 } }
";
    let ran = verify(project("", source).path(), &["--no-cache"], |_| {});
    assert_eq!(ran.status("p::third"), "verified", "{}", ran.said);
    assert_eq!(ran.status("p::undefined"), "refuted", "{}", ran.said);
    // A precondition holds where it has a value and is true; who calls has to show both.
    assert_eq!(ran.status("p::needs"), "verified", "{}", ran.said);
    assert_ne!(ran.status("p::calls"), "verified", "{}", ran.said);
}

#[test]
fn what_cannot_be_kept_is_said_and_the_verdict_stands() {
    if core_library().is_none() {
        return;
    }
    // A file where the folder should be, as on a medium that cannot be written to.
    let p = project("", SOURCE);
    fs::write(p.path().join("target"), "").expect("written");
    let ran = verify(p.path(), &["next"], |_| {});
    assert_eq!(ran.status("p::next"), "verified", "{}", ran.said);
    assert!(ran.said.contains("warning:"), "{}", ran.said);
    // No file may grow, as on a full disk: Lean's own files cannot be written, which is no verdict.
    let p = project("", SOURCE);
    // Cargo's lock file is not what is looked at here.
    verify(p.path(), &["--list"], |_| {});
    let script = format!("trap '' XFSZ; ulimit -f 0; exec '{BIN}' harmonic verify next");
    let output = Command::new("sh").args(["-c", &script]).current_dir(p.path()).env_remove("CARGO_TARGET_DIR").output();
    let output = output.expect("it runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.code() == Some(2) && said.contains("cannot write Lean's files"), "{said}");
    let kept = fs::read_dir(p.path().join("target/harmonic/verdicts")).into_iter().flatten().flatten();
    let half: Vec<_> = kept.filter(|e| e.file_name().to_string_lossy().starts_with("proved")).collect();
    assert!(half.is_empty(), "{half:?}");
    assert_eq!(verify(p.path(), &["next"], |_| {}).status("p::next"), "verified");
}

#[test]
fn functions_without_a_spec_are_held_to_returning() {
    if core_library().is_none() {
        return;
    }
    let source = "use harmonic::*;
fn add(x: u8) -> u8 { x + 1 }
pub fn small(x: u8) -> u8 { if x < 10 { add(x) } else { 0 } }
pub fn small_wrong(x: u8) -> u8 { if x > 10 { add(x) } else { 0 } }
pub fn gcd(a: u32, b: u32) -> u32 { if b == 0 { a } else { gcd(b, a % b) } }
pub fn gcd_wrong(a: u32, b: u32) -> u32 { if b == 1 { a } else { gcd_wrong(b, a % b) } }
#[spec(requires: x < 9, ensures: |out| out == x + 1)]
pub fn next(x: u8) -> u8 { add(x) }
";
    let p = project("", source);
    let ran = verify(p.path(), &["--no-cache", "--all"], |_| {});
    let verified = ["small", "gcd", "next"].map(|f| ran.status(&format!("p::{f}")).to_owned());
    assert_eq!(verified, ["verified"; 3], "{}", ran.said);
    let refuted = ["add", "small_wrong", "gcd_wrong"].map(|f| ran.status(&format!("p::{f}")).to_owned());
    assert_eq!(refuted, ["refuted"; 3], "{}", ran.said);
    let annotated = |f: &str| ran.verdicts.iter().find(|v| v["function"] == f).map(|v| v["annotated"].clone());
    assert_eq!((annotated("p::next"), annotated("p::add")), (Some(true.into()), Some(false.into())));
    // Without the switch they have no verdict, and what calls them still sees their bodies.
    let ran = verify(p.path(), &["--no-cache"], |_| {});
    assert_eq!((ran.verdicts.len(), ran.status("p::next")), (1, "verified"), "{}", ran.said);
}
