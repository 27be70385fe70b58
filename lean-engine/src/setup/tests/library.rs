//! The support library with an engine that copies texts.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use crate::olean::Parts;
use crate::setup::{SetupError, support_library};
use crate::{Cancel, Engine, EngineError, Job, Message, Pos, Report, Severity};

/// Answers with the text itself as the exported part, and notes what it was asked.
#[derive(Default)]
struct Copier {
    jobs: Mutex<Vec<String>>,
}

impl Engine for Copier {
    fn describe(&self) -> String {
        "copier 1".into()
    }
    fn check(&self, job: &Job, _: &Cancel) -> Result<Report, EngineError> {
        if job.text.contains("import Base") {
            assert!(job.library[0].join("Base.olean").is_file(), "what was compiled before cannot be imported");
        }
        self.jobs.lock().unwrap().push(job.name.clone());
        let wrong = job.text.contains("wrong");
        let message =
            Message { severity: Severity::Error, pos: Pos { line: 2, column: 0 }, end: None, text: "no".into() };
        let parts = Parts { exported: job.text.clone().into_bytes(), server: None, private: Some(b"proofs".to_vec()) };
        Ok(Report {
            messages: if wrong { vec![message] } else { Vec::new() },
            exit_code: wrong.into(),
            olean: (!wrong).then(|| parts.encode()),
            elapsed: Duration::ZERO,
        })
    }
    fn core_library(&self) -> PathBuf {
        "/core".into()
    }
}

const SOURCES: [(&str, &str); 2] = [("Base", "base"), ("Base.More", "import Base")];

#[test]
fn a_library_is_compiled_in_order_once_and_again_when_altered() {
    let home = tempfile::tempdir().unwrap();
    let engine = Copier::default();
    let cancel = Cancel::default();
    let library = support_library(&engine, &SOURCES, home.path(), &(), &cancel).unwrap();
    assert_eq!(library.repaired, None);
    assert_eq!(*engine.jobs.lock().unwrap(), ["Base", "Base_More"]);
    let more = library.folder.join("Base/More.olean");
    assert_eq!(std::fs::read(&more).unwrap(), b"import Base");
    assert_eq!(std::fs::read(Parts::sibling(&more, "private")).unwrap(), b"proofs");

    assert_eq!(support_library(&engine, &SOURCES, home.path(), &(), &cancel).unwrap(), library);
    assert_eq!(engine.jobs.lock().unwrap().len(), 2);

    // Same size, same time: only the digest tells.
    let time = std::fs::metadata(&more).unwrap().modified().unwrap();
    std::fs::write(&more, b"import Evil").unwrap();
    std::fs::File::options().write(true).open(&more).unwrap().set_modified(time).unwrap();
    let repaired = support_library(&engine, &SOURCES, home.path(), &(), &cancel).unwrap();
    assert!(repaired.repaired.is_some_and(|reason| reason.contains("More.olean")));
    assert_eq!(std::fs::read(&more).unwrap(), b"import Base");

    std::fs::write(library.folder.join("Extra.olean"), b"x").unwrap();
    assert!(support_library(&engine, &SOURCES, home.path(), &(), &cancel).unwrap().repaired.is_some());
}

#[test]
fn other_sources_are_another_library() {
    let home = tempfile::tempdir().unwrap();
    let engine = Copier::default();
    let first = support_library(&engine, &SOURCES, home.path(), &(), &Cancel::default()).unwrap();
    let second = support_library(&engine, &SOURCES[..1], home.path(), &(), &Cancel::default()).unwrap();
    assert_ne!(first.folder, second.folder);
}

#[test]
fn modules_of_a_whole_library_are_taken_over() {
    let home = tempfile::tempdir().unwrap();
    let engine = Copier::default();
    let cancel = Cancel::default();
    let first = support_library(&engine, &SOURCES[..1], home.path(), &(), &cancel).unwrap();
    let second = support_library(&engine, &SOURCES, home.path(), &(), &cancel).unwrap();
    assert_eq!(*engine.jobs.lock().unwrap(), ["Base", "Base_More"]);
    for name in ["Base.olean", "Base.olean.private"] {
        assert_eq!(std::fs::read(first.folder.join(name)).unwrap(), std::fs::read(second.folder.join(name)).unwrap());
    }
    // A module whose import changed is another one, and nothing is taken from a library that was altered.
    let changed = [("Base", "other"), SOURCES[1]];
    support_library(&engine, &changed, home.path(), &(), &cancel).unwrap();
    assert_eq!(engine.jobs.lock().unwrap().len(), 4);
    std::fs::write(first.folder.join("Base.olean"), "evil").unwrap();
    std::fs::write(second.folder.join("Base.olean"), "evil").unwrap();
    let extended = [SOURCES[0], SOURCES[1], ("More", "more")];
    let third = support_library(&engine, &extended, home.path(), &(), &cancel).unwrap();
    assert_eq!(std::fs::read(third.folder.join("Base.olean")).unwrap(), b"base");
}

#[test]
fn independent_modules_are_compiled_at_the_same_time() {
    struct Slow(Copier);
    impl Engine for Slow {
        fn describe(&self) -> String {
            self.0.describe()
        }
        fn check(&self, job: &Job, cancel: &Cancel) -> Result<Report, EngineError> {
            std::thread::sleep(Duration::from_millis(300));
            self.0.check(job, cancel)
        }
        fn core_library(&self) -> PathBuf {
            self.0.core_library()
        }
    }
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let sources = [("Base", "base"), ("A", "import Base a"), ("B", "import Base b")];
    let started = std::time::Instant::now();
    support_library(&Slow(Copier::default()), &sources, home.path(), &(), &Cancel::default()).unwrap();
    assert!(started.elapsed() < Duration::from_millis(850), "{:?}", started.elapsed());
}

#[test]
fn errors_and_bad_names_leave_nothing() {
    let home = tempfile::tempdir().unwrap();
    for source in [("Base", "wrong"), ("../Base", "x"), ("Base..More", "x"), ("", "x")] {
        let error = support_library(&Copier::default(), &[source], home.path(), &(), &Cancel::default()).unwrap_err();
        assert!(matches!(error, SetupError::Library(_)), "{error}");
    }
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["lock"]);
}
