//! The support library with an engine that copies texts.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use crate::olean::Parts;
use crate::setup::{SetupError, SupportLibrary};
use crate::{Cancel, Engine, EngineError, Job, Message, Pos, Report, Severity, Unfinished};

/// Answers with the text itself as the exported part, and notes what it was asked.
#[derive(Default)]
struct Copier {
    jobs: Mutex<Vec<String>>,
}

impl Engine for Copier {
    fn describe(&self) -> String {
        "copier 1".into()
    }
    fn check(&self, job: &Job, _: &Cancel) -> Result<Report, Unfinished> {
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

/// A whole library.
fn library(engine: &Arc<Copier>, sources: &[(&str, &str)], home: &Path) -> SupportLibrary {
    let engine = Arc::<Copier>::clone(engine);
    let library = SupportLibrary::open(engine, sources, home, Arc::new(()), Cancel::default()).unwrap();
    library.wait().unwrap();
    assert!(library.is_whole());
    library
}

/// Where this file of a module is kept.
fn kept(home: &Path, file: &str) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(home).unwrap().flatten().map(|entry| entry.path().join(file));
    folders.filter(|path| path.is_file()).collect()
}

#[test]
fn a_library_is_compiled_in_order_once_and_again_when_altered() {
    let home = tempfile::tempdir().unwrap();
    let engine = Arc::new(Copier::default());
    let first = library(&engine, &SOURCES, home.path());
    assert_eq!(first.repaired(), None);
    assert_eq!(*engine.jobs.lock().unwrap(), ["Base", "Base_More"]);
    let used = first.folder().join("Base/More.olean");
    assert_eq!(std::fs::read(&used).unwrap(), b"import Base");
    assert_eq!(std::fs::read(Parts::sibling(&used, "private")).unwrap(), b"proofs");

    let second = library(&engine, &SOURCES, home.path());
    assert_eq!(std::fs::read(second.folder().join("Base/More.olean")).unwrap(), b"import Base");
    assert_eq!(engine.jobs.lock().unwrap().len(), 2);

    let more = kept(home.path(), "Base/More.olean").swap_remove(0);
    // Same size, same time: only the digest tells.
    let time = std::fs::metadata(&more).unwrap().modified().unwrap();
    std::fs::write(&more, b"import Evil").unwrap();
    std::fs::File::options().write(true).open(&more).unwrap().set_modified(time).unwrap();
    let repaired = library(&engine, &SOURCES, home.path());
    assert!(repaired.repaired().is_some_and(|reason| reason.contains("More.olean")));
    assert_eq!(std::fs::read(&more).unwrap(), b"import Base");
    assert_eq!(std::fs::read(repaired.folder().join("Base/More.olean")).unwrap(), b"import Base");
    assert_eq!(*engine.jobs.lock().unwrap(), ["Base", "Base_More", "Base_More"]);

    std::fs::write(more.with_file_name("Extra.olean"), b"x").unwrap();
    assert!(library(&engine, &SOURCES, home.path()).repaired().is_some());
}

#[test]
fn modules_are_kept_by_what_they_are_made_of() {
    let home = tempfile::tempdir().unwrap();
    let engine = Arc::new(Copier::default());
    library(&engine, &SOURCES[..1], home.path());
    library(&engine, &SOURCES, home.path());
    assert_eq!(*engine.jobs.lock().unwrap(), ["Base", "Base_More"]);
    // A module whose import changed is another one.
    library(&engine, &[("Base", "other"), SOURCES[1]], home.path());
    assert_eq!(engine.jobs.lock().unwrap().len(), 4);
    assert_eq!(kept(home.path(), "Base/More.olean").len(), 2);
}

/// Compiles `Slow` when it is told to.
struct Gated {
    inner: Copier,
    open: Mutex<mpsc::Receiver<()>>,
}

impl Engine for Gated {
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn check(&self, job: &Job, cancel: &Cancel) -> Result<Report, Unfinished> {
        if job.name == "Slow" {
            self.open.lock().unwrap().recv_timeout(Duration::from_secs(60)).expect("nobody waits for `Slow`");
        }
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled.into());
        }
        self.inner.check(job, cancel)
    }
    fn core_library(&self) -> PathBuf {
        self.inner.core_library()
    }
}

/// A library with a module that takes long, and what ends it.
fn gated(home: &Path, cancel: Cancel) -> (SupportLibrary, mpsc::Sender<()>) {
    let (send, receive) = mpsc::channel();
    let engine = Arc::new(Gated { inner: Copier::default(), open: Mutex::new(receive) });
    let sources = [("Slow", "slow"), ("Base", "base"), ("Base.More", "import Base"), ("All", "import Slow")];
    (SupportLibrary::open(engine, &sources, home, Arc::new(()), cancel).unwrap(), send)
}

#[test]
fn a_module_is_there_before_the_others_are() {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (library, open) = gated(home.path(), Cancel::default());
    library.wait_for(&["Base.More"]).unwrap();
    assert!(!library.is_whole());
    let there = |name: &str| library.folder().join(name).is_file();
    assert!(there("Base.olean") && there("Base/More.olean") && !there("Slow.olean"));
    open.send(()).unwrap();
    library.wait().unwrap();
    assert!(library.is_whole());
    drop(library);

    // One that is kept is of no use without what it imports.
    std::fs::write(kept(home.path(), "Slow.olean").swap_remove(0), "altered").unwrap();
    let (library, open) = gated(home.path(), Cancel::default());
    library.wait_for(&["Base.More"]).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| library.wait_for(&["All"]));
        std::thread::sleep(Duration::from_millis(50));
        assert!(!waiting.is_finished());
        open.send(()).unwrap();
        assert!(waiting.join().unwrap().is_ok());
    });
}

#[test]
fn who_waits_hears_of_the_end() {
    let home = tempfile::tempdir().unwrap();
    let cancel = Cancel::default();
    let (library, open) = gated(home.path(), cancel.clone());
    assert!(matches!(library.wait_for(&["Other"]), Err(EngineError::NotReady(text)) if text.contains("`Other`")));
    cancel.cancel();
    open.send(()).unwrap();
    assert!(matches!(library.wait(), Err(EngineError::Cancelled)));
}

#[test]
fn errors_and_bad_names_leave_nothing() {
    let home = tempfile::tempdir().unwrap();
    let open = |source| {
        SupportLibrary::open(Arc::new(Copier::default()), &[source], home.path(), Arc::new(()), Cancel::default())
    };
    for source in [("../Base", "x"), ("Base..More", "x"), ("", "x")] {
        assert!(matches!(open(source), Err(SetupError::Library(_))));
    }
    let said = open(("Base", "wrong")).unwrap().wait();
    assert!(matches!(&said, Err(EngineError::NotReady(text)) if text.contains("Base:2:1: no")), "{said:?}");
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["lock"]);
}
