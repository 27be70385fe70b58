//! A stand-in executable that speaks Lean's interface; there need be no Lean on the machine.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::NativeEngine;
use crate::olean::Parts;
use crate::{Cancel, Engine, EngineError, Job, Limits, Severity};

struct StandIn {
    folder: tempfile::TempDir,
}

impl StandIn {
    /// `body` runs for a file, with `$file` and `$out` set.
    fn new(version: &str, body: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        std::fs::create_dir_all(folder.path().join("lib")).unwrap();
        std::fs::write(folder.path().join("lib/Init.olean"), "x").unwrap();
        let script = format!(
            "#!/bin/sh\ncase \"$1\" in\n--version) echo 'Lean (version {version}, some-target, commit abc, Release)'; exit 0;;\n\
             --print-libdir) echo '{at}/lib'; exit 0;;\n--print-prefix) echo '{at}/none'; exit 0;;\nesac\n\
             while [ $# -gt 0 ]; do case \"$1\" in -o) out=$2; shift;; *.lean) file=$1;; esac; shift; done\n{body}\n"
        );
        let path = folder.path().join("lean");
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("lean")
    }

    fn engine(&self) -> NativeEngine {
        NativeEngine::find(Some(&self.path())).unwrap()
    }
}

fn job(limits: Limits) -> Job {
    Job {
        name: "Goal".into(),
        text: "theorem t : True := trivial".into(),
        library: Vec::new(),
        emit_olean: true,
        limits,
    }
}

#[test]
fn a_run_gives_messages_and_all_parts_of_the_module() {
    let lean = StandIn::new(
        "4.29.0",
        r#"[ -f "$file" ] || exit 9
echo '{"severity":"warning","pos":{"line":1,"column":2},"endPos":null,"data":"said '"$LEAN_PATH"'"}'
printf one > "$out"; printf two > "$out.private""#,
    );
    let engine = lean.engine();
    assert_eq!(engine.describe(), "native 4.29.0");
    assert_eq!(engine.core_library(), lean.folder.path().join("lib"));
    let report = engine.check(&job(Limits::default()), &Cancel::default()).unwrap();
    assert_eq!(report.exit_code, 0);
    assert_eq!(report.messages[0].severity, Severity::Warning);
    assert!(report.messages[0].text.contains("/lib"), "{:?}", report.messages);
    let parts = Parts::decode(&report.olean.unwrap()).unwrap();
    assert_eq!((parts.exported, parts.private), (b"one".to_vec(), Some(b"two".to_vec())));
}

#[test]
fn failure_without_a_message_is_no_report() {
    let lean = StandIn::new("4.28.0", "echo 'out of memory' >&2; exit 3");
    let error = lean.engine().check(&job(Limits::default()), &Cancel::default()).unwrap_err();
    assert!(error.to_string().contains("status 3") && error.to_string().contains("out of memory"), "{error}");
}

#[test]
fn errors_of_the_file_are_a_report_without_a_module() {
    let lean = StandIn::new(
        "4.28.0",
        r#"echo '{"severity":"error","pos":{"line":1,"column":0},"endPos":null,"data":"no"}'; exit 1"#,
    );
    let report = lean.engine().check(&job(Limits::default()), &Cancel::default()).unwrap();
    assert_eq!((report.exit_code, report.messages.len(), report.olean), (1, 1, None));
}

#[test]
fn old_and_wrong_and_absent_executables_are_refused() {
    let old = StandIn::new("4.27.0", "");
    let error = NativeEngine::find(Some(&old.path())).unwrap_err();
    assert!(matches!(error, EngineError::NotReady(_)) && error.to_string().contains("4.27.0"), "{error}");
    for other in [Path::new("/bin/true"), Path::new("/does/not/exist")] {
        assert!(matches!(NativeEngine::find(Some(other)), Err(EngineError::NotReady(_))));
    }
}

/// Whatever the stand-in started must end with it: it would write `alive` a second later.
fn ended_soon(body: &str, limits: Limits, cancel: &Cancel) -> EngineError {
    let marker = tempfile::tempdir().unwrap();
    let alive = marker.path().join("alive");
    let body = format!("(sleep 1; echo yes > '{}') & {body}", alive.display());
    let lean = StandIn::new("4.28.0", &body);
    let engine = lean.engine();
    let started = Instant::now();
    let error = engine.check(&job(limits), cancel).unwrap_err().error;
    assert!(started.elapsed() < Duration::from_secs(20));
    std::thread::sleep(Duration::from_millis(1500));
    assert!(!alive.exists(), "a child outlived the run");
    error
}

#[test]
fn time_is_bounded() {
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    assert!(matches!(ended_soon("sleep 60", limits, &Cancel::default()), EngineError::Timeout(_)));
}

#[test]
fn silence_is_bounded_and_what_was_said_before_is_kept() {
    let line = r#"{"severity":"information","pos":{"line":2,"column":0},"data":"so far"}"#;
    let lean = StandIn::new("4.28.0", &format!("echo '{line}'; sleep 60"));
    let limits = Limits { silence: Duration::from_millis(500), ..Limits::default() };
    let unfinished = lean.engine().check(&job(limits), &Cancel::default()).unwrap_err();
    assert!(matches!(unfinished.error, EngineError::Silence(_)), "{unfinished:?}");
    assert_eq!(unfinished.said.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["so far"]);
}

#[test]
fn output_is_bounded() {
    let limits = Limits { output: 1000, ..Limits::default() };
    assert!(matches!(ended_soon("yes", limits, &Cancel::default()), EngineError::Limit("output")));
}

#[test]
fn a_run_can_be_cancelled() {
    let cancel = Cancel::default();
    let later = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        later.cancel();
    });
    assert!(matches!(ended_soon("sleep 60", Limits::default(), &cancel), EngineError::Cancelled));
}
