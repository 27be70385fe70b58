//! Misbehaving guests: whatever one does, the host answers with a result and goes on.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::compile::{Effort, compile_with};
use super::instance::Program;
use super::output::Route;
use super::profile::Profile;
use super::run::{Finished, MAX_THREADS, Setup, run};
use super::split::Options;
use super::survey::Survey;
use super::vfs::Mount;
use crate::{Cancel, EngineError, Limits};

/// A guest whose `main` has the given body; `others` are further functions, `$thread` among them if it starts any.
struct Guest {
    program: Arc<Program>,
    dir: tempfile::TempDir,
}

const THREAD: &str = "(func $thread (param i32) (result i32) (i32.const 0))";

impl Guest {
    fn new(body: &str, others: &str) -> Self {
        Self::with_imports("", body, others)
    }

    fn with_imports(imports: &str, body: &str, others: &str) -> Self {
        Self::compiled(imports, body, others, None)
    }

    /// A guest of which only the functions that the host calls are core; a part has a function or two.
    fn cold(imports: &str, body: &str, others: &str) -> Self {
        Self::compiled(imports, body, others, Some(1))
    }

    fn compiled(imports: &str, body: &str, others: &str, part_bytes: Option<usize>) -> Self {
        let text = format!(
            r#"(module
            (import "env" "memory" (memory 16 32768 shared))
            (import "env" "__syscall_openat" (func $open (param i32 i32 i32 i32) (result i32)))
            (import "env" "__syscall_stat64" (func $stat (param i32 i32) (result i32)))
            (import "env" "__syscall_getdents64" (func $dents (param i32 i32 i32) (result i32)))
            (import "env" "__syscall_getcwd" (func $cwd (param i32 i32) (result i32)))
            (import "env" "__syscall_symlinkat" (func $symlink (param i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
            (import "env" "emscripten_resize_heap" (func $resize (param i32) (result i32)))
            (import "env" "__pthread_create_js" (func $spawn (param i32 i32 i32 i32) (result i32)))
            (import "env" "__cxa_end_catch" (func $end_catch))
            (import "env" "__cxa_begin_catch" (func $begin_catch (param i32) (result i32)))
            (import "env" "exit" (func $exit (param i32)))
            (import "env" "_emscripten_system" (func $system (param i32) (result i32)))
            {imports}
            (global $top (mut i32) (i32.const 65536))
            (table 3 funcref) (elem (i32.const 1) $thread)
            (data (i32.const 1024) "../secret\00")
            (data (i32.const 1056) "/lean/lib/lean/../../../secret\00")
            (data (i32.const 1120) "/lean/lib/lean/new\00")
            (data (i32.const 1152) "/lean/lib/lean/Init.olean\00")
            (data (i32.const 1184) "new\00")
            (data (i32.const 1216) "/etc/passwd\00")
            (func (export "malloc") (param i32) (result i32) (global.get $top)
                (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get 0) (i32.const 7)) (i32.const -8)))))
            {others}
            (func (export "main") (param i32 i32) (result i32) (local $i i32) {body}))"#
        );
        let dir = tempfile::tempdir().expect("a folder");
        for folder in ["compiled", "lib", "work"] {
            std::fs::create_dir(dir.path().join(folder)).expect("a folder");
        }
        std::fs::write(dir.path().join("secret"), "s").expect("a file");
        std::fs::write(dir.path().join("lib/Init.olean"), "x").expect("a file");
        let module = dir.path().join("guest.wasm");
        let bytes = wat::parse_str(&text).expect("a module");
        std::fs::write(&module, &bytes).expect("a file");
        let profile = part_bytes.map(|_| Profile::of(&Survey::of(&bytes).expect("a survey"), &[]));
        let part_bytes = part_bytes.unwrap_or(usize::MAX);
        let options = Options { part_bytes, ..Options::with(profile.as_ref()) };
        compile_with(&options, Effort::Fast, &module, &dir.path().join("compiled"), None, &|_| {}).expect("compiled");
        let program = Program::open(&dir.path().join("compiled")).expect("opened");
        Self { program: Arc::new(program), dir }
    }

    fn run(&self, limits: Limits, cancel: &Cancel) -> Result<Finished, EngineError> {
        let mount = |guest: &str, host: &Path, writable| Mount::new(guest, host, writable).expect("a folder");
        let setup = Setup {
            args: vec!["x".into()],
            mounts: vec![
                mount("/lean/lib/lean", &self.dir.path().join("lib"), false),
                mount("/work", &self.dir.path().join("work"), true),
            ],
            env: vec![],
            stdin: Box::new(std::io::empty()),
            output: Route::Kept,
            limits,
        };
        Ok(run(&self.program, setup, cancel)?)
    }

    fn exit_code(&self) -> i32 {
        self.run(short(20_000), &Cancel::default()).expect("an end").exit_code
    }
}

fn short(milliseconds: u64) -> Limits {
    Limits { time: Duration::from_millis(milliseconds), memory: 64 << 20, output: 1 << 20, ..Limits::default() }
}

/// A body that returns the number of the first call whose answer is not the expected one, or 0.
fn expect_all(calls: &[(&str, i32)]) -> String {
    let mut body = String::new();
    for (index, (call, expected)) in calls.iter().enumerate() {
        let number = index + 1;
        body.push_str(&format!("(if (i32.ne {call} (i32.const {expected})) (then (return (i32.const {number}))))"));
    }
    body + "(i32.const 0)"
}

#[test]
fn arguments_and_exit_status() {
    assert_eq!(Guest::new("(local.get 0)", THREAD).exit_code(), 2);
    assert_eq!(Guest::new("(call $exit (i32.const 7)) (i32.const 0)", THREAD).exit_code(), 7);
}

#[test]
fn wild_pointers_are_faults() {
    let body = expect_all(&[
        ("(call $open (i32.const -100) (i32.const -16) (i32.const 0) (i32.const 0))", -21),
        ("(call $stat (i32.const 1024) (i32.const -1))", -44),
        ("(call $stat (i32.const 1152) (i32.const -1))", -21),
        ("(call $stat (i32.const 1048575) (i32.const 0))", -44),
        ("(call $cwd (i32.const -3) (i32.const 100))", -21),
        ("(call $cwd (i32.const 0) (i32.const 2))", -68),
        ("(call $random (i32.const 1048570) (i32.const 100))", 21),
        ("(call $random (i32.const 0) (i32.const -1))", 21),
        ("(call $clock (i32.const 0) (i64.const 0) (i32.const -8))", 21),
        ("(call $write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 0))", 21),
        ("(call $write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 0))", 28),
        ("(call $dents (i32.const 0) (i32.const -1) (i32.const 64))", -21),
        ("(call $dents (i32.const 77) (i32.const 0) (i32.const 64))", -8),
        ("(call $write (i32.const 77) (i32.const 0) (i32.const 0) (i32.const 0))", 0),
    ]);
    assert_eq!(Guest::new(&body, THREAD).exit_code(), 0);
}

#[test]
fn buffers_outside_memory_are_faults() {
    // A vector at 2048 with one buffer that leaves the memory.
    let body = format!(
        "(i32.store (i32.const 2048) (i32.const 1048570)) (i32.store (i32.const 2052) (i32.const 100)) {}",
        expect_all(&[
            ("(call $write (i32.const 1) (i32.const 2048) (i32.const 1) (i32.const 0))", 21),
            ("(call $read (i32.const 0) (i32.const 2048) (i32.const 1) (i32.const 0))", 21),
        ])
    );
    assert_eq!(Guest::new(&body, THREAD).exit_code(), 0);
}

#[test]
fn paths_do_not_escape() {
    let open = |path: u32, flags: u32| {
        format!("(call $open (i32.const -100) (i32.const {path}) (i32.const {flags}) (i32.const 0))")
    };
    let calls = [
        (open(1024, 0), -44),
        (open(1056, 0), -44),
        (open(1216, 0), -44),
        (open(1120, 0o101), -69),
        (open(1152, 0o1001), -69),
        (open(1152, 0o2), -69),
        // What is allowed works: the first free descriptor is 3.
        (open(1152, 0), 3),
        (open(1184, 0o101), 4),
        ("(call $symlink (i32.const 1216) (i32.const -100) (i32.const 1184))".to_owned(), -52),
    ];
    let calls: Vec<_> = calls.iter().map(|(call, expected)| (call.as_str(), *expected)).collect();
    let guest = Guest::new(&expect_all(&calls), THREAD);
    assert_eq!(guest.exit_code(), 0);
    assert!(guest.dir.path().join("work/new").is_file());
    assert!(!guest.dir.path().join("lib/new").exists());
}

#[test]
fn no_processes() {
    let guest = Guest::new("(call $system (i32.const 1216))", THREAD);
    let outcome = guest.run(short(20_000), &Cancel::default());
    assert!(matches!(outcome, Err(EngineError::Broken(_))), "{outcome:?}");
}

#[test]
fn endless_loop_meets_the_time_limit() {
    let guest = Guest::new("(loop $l (br $l)) (i32.const 0)", THREAD);
    let started = Instant::now();
    let outcome = guest.run(short(200), &Cancel::default());
    assert!(matches!(outcome, Err(EngineError::Timeout(_))), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn waiting_threads_are_cancelled() {
    let wait = "(drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1)))";
    let guest = Guest::new(
        &format!(
            "(drop (call $spawn (i32.const 4096) (i32.const 0) (i32.const 1) (i32.const 0))) {wait} (i32.const 0)"
        ),
        &format!("(func $thread (param i32) (result i32) {wait} (i32.const 0))"),
    );
    let cancel = Cancel::default();
    let token = cancel.clone();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        token.cancel();
        Instant::now()
    });
    let outcome = guest.run(short(60_000), &cancel);
    let ended = Instant::now();
    assert!(matches!(outcome, Err(EngineError::Cancelled)), "{outcome:?}");
    let cancelled = canceller.join().expect("joined");
    assert!(ended.saturating_duration_since(cancelled) < Duration::from_secs(1));
}

#[test]
fn waiting_works() {
    let body = expect_all(&[
        ("(memory.atomic.wait32 (i32.const 64) (i32.const 5) (i64.const -1))", 1),
        ("(memory.atomic.wait64 offset=64 (i32.const 8) (i64.const 0) (i64.const 1000))", 2),
    ]);
    assert_eq!(Guest::new(&body, THREAD).exit_code(), 0);
    let guest = Guest::new("(memory.atomic.wait32 (i32.const -4) (i32.const 5) (i64.const -1))", THREAD);
    assert!(matches!(guest.run(short(20_000), &Cancel::default()), Err(EngineError::Broken(_))));
}

#[test]
fn memory_bomb_meets_the_limit() {
    let bomb =
        "(loop $l (drop (call $resize (i32.add (i32.mul (memory.size) (i32.const 65536)) (i32.const 65536)))) (br $l))";
    let outcome = Guest::new(&format!("{bomb} (i32.const 0)"), THREAD).run(short(60_000), &Cancel::default());
    assert!(matches!(outcome, Err(EngineError::Limit("memory"))), "{outcome:?}");
    // The instruction is bounded too; it fails without ending the run.
    assert_eq!(Guest::new("(memory.grow (i32.const 2000))", THREAD).exit_code(), -1);
}

#[test]
fn output_flood_meets_the_limit() {
    let flood = "(i32.store (i32.const 2048) (i32.const 0)) (i32.store (i32.const 2052) (i32.const 65536))
        (loop $l (drop (call $write (i32.const 1) (i32.const 2048) (i32.const 1) (i32.const 2056))) (br $l)) (i32.const 0)";
    let outcome = Guest::new(flood, THREAD).run(short(60_000), &Cancel::default());
    assert!(matches!(outcome, Err(EngineError::Limit("output"))), "{outcome:?}");
}

#[test]
fn thread_bomb_is_refused() {
    let guest = Guest::new(
        "(block $full (loop $l
            (br_if $full (call $spawn (i32.const 4096) (i32.const 0) (i32.const 1) (i32.const 0)))
            (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))
        (local.get $i)",
        "(func $thread (param i32) (result i32) (loop $l (br $l)) (i32.const 0))",
    );
    assert_eq!(guest.exit_code(), MAX_THREADS as i32 - 1);
}

#[test]
fn threads_that_ended_serve_again_and_tell_the_allocator() {
    // Twenty threads, one after the other. Each counts in its instance how often that was used; the most is at 64, and how
    // often the allocator was told of an end is at 68.
    let guest = Guest::new(
        "(loop $l
            (drop (call $spawn (i32.const 4096) (i32.const 0) (i32.const 1) (i32.const 0)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (loop $w
                (drop (memory.atomic.wait32 (i32.const 72) (i32.const 0) (i64.const 10000000)))
                (br_if $w (i32.lt_u (i32.atomic.load (i32.const 68)) (local.get $i))))
            (br_if $l (i32.lt_u (local.get $i) (i32.const 20))))
        (i32.add (i32.mul (i32.const 1000) (i32.atomic.load (i32.const 68))) (i32.atomic.load (i32.const 64)))",
        "(global $runs (mut i32) (i32.const 0))
        (func $thread (param i32) (result i32)
            (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
            (drop (i32.atomic.rmw.xchg (i32.const 64) (global.get $runs)))
            (i32.const 0))
        (func (export \"mi_thread_done\") (drop (i32.atomic.rmw.add (i32.const 68) (i32.const 1))))",
    );
    let code = guest.exit_code();
    assert_eq!(code / 1000, 20);
    assert!(code % 1000 > 1, "every thread had instances of its own");
}

#[test]
fn a_thread_that_traps_ends_the_run() {
    let guest = Guest::new(
        "(drop (call $spawn (i32.const 4096) (i32.const 0) (i32.const 1) (i32.const 0))) (loop $l (br $l)) (i32.const 0)",
        "(func $thread (param i32) (result i32) (unreachable))",
    );
    let outcome = guest.run(short(60_000), &Cancel::default());
    assert!(matches!(outcome, Err(EngineError::Broken(_))), "{outcome:?}");
    // An entry that is no function, and a thread structure outside the memory.
    for arguments in ["(i32.const 4096) (i32.const 0) (i32.const 999)", "(i32.const -4) (i32.const 0) (i32.const 1)"] {
        let body = format!("(drop (call $spawn {arguments} (i32.const 0))) (loop $l (br $l)) (i32.const 0)");
        let outcome = Guest::new(&body, THREAD).run(short(60_000), &Cancel::default());
        assert!(matches!(outcome, Err(EngineError::Broken(_))), "{outcome:?}");
    }
}

#[test]
fn exceptions_out_of_nowhere_are_traps() {
    for body in
        ["(call $end_catch) (i32.const 0)", "(call $begin_catch (i32.const 3))", "(call $begin_catch (i32.const -1))"]
    {
        let outcome = Guest::new(body, THREAD).run(short(60_000), &Cancel::default());
        assert!(matches!(outcome, Err(EngineError::Broken(_))), "{outcome:?}");
    }
}

#[test]
fn deep_recursion_is_a_trap() {
    let guest = Guest::new(
        "(call $deep (i32.const 0))",
        &format!("{THREAD} (func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))"),
    );
    let outcome = guest.run(short(60_000), &Cancel::default());
    assert!(matches!(outcome, Err(EngineError::Broken(_))), "{outcome:?}");
}

/// A guest whose slot 2 throws; `$threw` counts how often it was told so.
const THROW_IMPORTS: &str = r#"(import "env" "invoke_v" (func $invoke (param i32)))
    (import "env" "__cxa_throw" (func $throw (param i32 i32 i32)))"#;
const THROWER: &str = r#"(func $thread (param i32) (result i32) (i32.const 0))
    (global $threw (mut i32) (i32.const 0))
    (func $thrower (call $throw (i32.const 4096) (i32.const 8) (i32.const 0)))
    (elem (i32.const 2) $thrower)
    (func (export "setThrew") (param i32 i32) (global.set $threw (i32.add (global.get $threw) (local.get 0))))
    (func (export "emscripten_stack_get_current") (result i32) (i32.const 512))
    (func (export "_emscripten_stack_restore") (param i32))"#;

#[test]
fn a_throw_is_caught_by_invoke() {
    // `main` invokes a thrower through the shim, which must set the flag and come back.
    let once = "(call $invoke (i32.const 2)) (global.get $threw)";
    assert_eq!(Guest::with_imports(THROW_IMPORTS, once, THROWER).exit_code(), 1);
}

#[test]
fn long_functions_are_compiled_at_set_up_but_not_with_the_core() {
    let guest = Guest::new(CALLS, COLD);
    let module = guest.dir.path().join("guest.wasm");
    let bytes = std::fs::read(&module).expect("read");
    let survey = Survey::of(&bytes).expect("a survey");
    // All is hot; `$twice`, of more than 12 bytes, is long here.
    let profile = Profile::of(&survey, &vec![1; survey.functions.len()]);
    let out = guest.dir.path().join("long");
    std::fs::create_dir(&out).expect("a folder");
    let options = Options { core_function_bytes: 12, part_bytes: 1, ..Options::with(Some(&profile)) };
    compile_with(&options, Effort::Fast, &module, &out, None, &|_| {}).expect("compiled");
    assert!(out.join("part-001.cwasm").exists() && !out.join("part-001.wasm").exists());
    let program = Arc::new(Program::open(&out).expect("opened"));
    assert_eq!(Guest { program: program.clone(), dir: guest.dir }.exit_code(), 0);
    assert!(!program.parts.folder().exists(), "nothing was left to compile");
}

/// Cold code: `$thread` and `$thrower` in the table, `$twice` called directly, from the core and from another part.
const COLD: &str = r#"
    (global $calls (mut i32) (i32.const 0))
    (type $unary (func (param i32) (result i32)))
    (func $thread (param i32) (result i32)
        (drop (call_indirect (type $unary) (i32.const 5) (i32.const 2)))
        (i32.atomic.store (i32.const 64) (i32.const 1))
        (drop (memory.atomic.notify (i32.const 64) (i32.const 1)))
        (i32.const 0))
    (func $twice (param i32) (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (i32.mul (local.get 0) (call $two)))
    (func $two (result i32) (i32.const 2))
    (func $more (param i32) (result i32) (i32.add (call $twice (local.get 0)) (global.get $calls)))
    (elem (i32.const 2) $twice)"#;
const CALLS: &str = r#"
    (if (i32.ne (call $more (i32.const 10)) (i32.const 21)) (then (return (i32.const 1))))
    (if (i32.ne (call_indirect (type $unary) (i32.const 8) (i32.const 2)) (i32.const 16)) (then (return (i32.const 2))))
    (if (i32.ne (global.get $calls) (i32.const 2)) (then (return (i32.const 3))))
    (drop (call $spawn (i32.const 4096) (i32.const 0) (i32.const 1) (i32.const 0)))
    (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1)))
    (if (i32.ne (call $more (i32.const 1)) (i32.const 5)) (then (return (i32.const 4))))
    (i32.const 0)"#;

#[test]
fn cold_code_is_compiled_when_it_is_called() {
    assert_eq!(Guest::new(CALLS, COLD).exit_code(), 0);
    let guest = Guest::cold("", CALLS, COLD);
    let folder = guest.program.parts.folder().to_owned();
    assert!(!folder.exists());
    assert_eq!(guest.exit_code(), 0);
    let kept = || -> Vec<_> {
        std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    };
    assert_eq!(kept().len(), 4, "{:?}", kept());

    // What is kept serves another process; what is damaged does not, and is made good.
    for (index, path) in kept().iter().enumerate() {
        let mut code = std::fs::read(path).expect("read");
        let whole = code.clone();
        match index {
            0 => code.truncate(code.len() / 2),
            1 => *code.last_mut().expect("a byte") ^= 1,
            2 => code.clear(),
            _ => code[1000] ^= 1,
        }
        std::fs::write(path, &code).expect("written");
        let program = Arc::new(Program::open(&guest.dir.path().join("compiled")).expect("opened"));
        let outcome = Guest { program, dir: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(outcome.dir.path().join("lib")).expect("a folder");
        std::fs::create_dir(outcome.dir.path().join("work")).expect("a folder");
        assert_eq!(outcome.exit_code(), 0);
        assert_eq!(std::fs::read(path).expect("read"), whole);
    }
}

#[test]
fn an_empty_slot_stays_an_error() {
    for slot in ["0", "100000"] {
        let body = format!("(call_indirect (type $unary) (i32.const 8) (i32.const {slot}))");
        let outcome = Guest::cold("", &body, COLD).run(short(20_000), &Cancel::default());
        assert!(matches!(outcome, Err(EngineError::Broken(_))), "{outcome:?}");
    }
}

#[test]
fn a_throw_leaves_cold_code() {
    let twice = "(call $invoke (i32.const 2)) (call $invoke (i32.const 2)) (global.get $threw)";
    assert_eq!(Guest::cold(THROW_IMPORTS, twice, THROWER).exit_code(), 2);
}

#[test]
fn instrumented_code_marks_what_it_calls() {
    let guest = Guest::new("(i32.const 0)", COLD);
    let module = guest.dir.path().join("guest.wasm");
    let out = guest.dir.path().join("instrumented");
    std::fs::create_dir(&out).expect("a folder");
    compile_with(&Options { instrumented: true, ..Options::with(None) }, Effort::Soon, &module, &out, None, &|_| {})
        .expect("compiled");
    let program = Arc::new(Program::open(&out).expect("opened"));
    let guest = Guest { program: program.clone(), dir: guest.dir };
    assert_eq!(guest.exit_code(), 0);
    let bytes = std::fs::read(&module).expect("read");
    let survey = Survey::of(&bytes).expect("a survey");
    let marks = std::fs::read(program.parts.marks()).expect("marks");
    let profile = Profile::of(&survey, &marks);
    let profile = Profile::decode(&profile.encode().expect("encoded")).expect("decoded");
    assert!(profile.describes(&survey));
    // `malloc` and `main` ran, the functions between them did not.
    let called: Vec<usize> = (0..survey.functions.len()).filter(|f| profile.holds(*f)).collect();
    assert_eq!(called, [0, survey.functions.len() - 1]);
}
