//! One run of the guest: its threads, its limits, its end.
//!
//! The thread that asks for a run supervises it. Whatever ends a run (an exit, a trap, a limit, the caller) is recorded
//! once, as [`Stop`]; then the supervisor wakes every thread until all have left: those that compute by wasmtime's epoch,
//! those that wait by notifying the address they wait at.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::compile::WASM_STACK;
use super::files::Files;
use super::instance::{Guest, Program};
use super::memory::{GuestMemory, PAGE};
use super::output::{Output, Route, Stream};
use super::vfs::{Mount, Tree};
use crate::{Cancel, EngineError, Failed, Limits};

/// Threads that a run may have at once.
pub(super) const MAX_THREADS: usize = 128;
/// Threads that are kept for further tasks.
const MAX_IDLE: usize = 32;
/// How often the supervisor looks at the clock and at the caller's token.
const TICK: Duration = Duration::from_millis(20);
/// How long a thread may take to leave after the end of its run. Only a call of the host that blocks can take long.
const GRACE: Duration = Duration::from_secs(10);

/// What a caller asks for.
pub(super) struct Setup {
    pub(super) args: Vec<String>,
    pub(super) mounts: Vec<Mount>,
    pub(super) env: Vec<String>,
    pub(super) stdin: Box<dyn Read + Send>,
    pub(super) output: Route,
    pub(super) limits: Limits,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) exit_code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Why guest code is being unwound, as an error that travels through wasm.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwind {
    #[error("exit with status {0}")]
    Exit(i32),
    #[error("the thread ended")]
    ThreadEnd,
    #[error("the run was stopped")]
    Stopped,
}

/// How a run ended.
enum Stop {
    Exit(i32),
    Failed(EngineError),
}

/// A thread that the guest asked for.
struct Task {
    pthread: u32,
    entry: u32,
    argument: u32,
}

/// The threads of a run.
#[derive(Default)]
struct Crew {
    /// Those that run guest code.
    inside: HashSet<u64>,
    /// Those that ended well and wait for another task: what a thread costs most is its instances.
    idle: Vec<(u64, Sender<Task>)>,
    next: u64,
    handles: Vec<JoinHandle<()>>,
    /// Where each waiting thread waits.
    waits: HashMap<u64, u64>,
    /// Threads that left wasm, and threads whose memory the guest asked to free: both make it ready.
    left: HashSet<u32>,
    doomed: HashSet<u32>,
    ready: Vec<u32>,
}

impl Crew {
    /// A thread runs guest code no more.
    fn leave(&mut self, id: u64) {
        self.inside.remove(&id);
        self.waits.remove(&id);
    }
}

/// What all threads of a run share.
pub(super) struct Run {
    pub(super) program: Arc<Program>,
    pub(super) memory: GuestMemory,
    pub(super) max_memory: u64,
    pub(super) tree: Tree,
    pub(super) files: Mutex<Files>,
    pub(super) output: Mutex<Output>,
    pub(super) stdin: Mutex<Box<dyn Read + Send>>,
    pub(super) env: Vec<String>,
    pub(super) started: Instant,
    /// Nanoseconds that were spent on compiling parts of Lean, which the run's time does not count.
    compiling: AtomicU64,
    /// Bytes that the guest printed.
    pub(super) printed: AtomicU64,
    args: Vec<String>,
    stopped: AtomicBool,
    stop: Mutex<Option<Stop>>,
    crew: Mutex<Crew>,
    bell: Condvar,
}

/// Locks; a thread that panicked with the lock held has broken the run anyway, and the data are plain.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the guest's `main`.
pub(super) fn run(program: &Arc<Program>, setup: Setup, cancel: &Cancel) -> Result<Finished, Failed> {
    let Limits { time, silence, memory: max_memory, output } = setup.limits;
    if cancel.is_cancelled() {
        return Err(EngineError::Cancelled.into());
    }
    let (min_pages, max_pages) = program.pages;
    let max_pages = u32::try_from(max_memory / PAGE).unwrap_or(u32::MAX).min(max_pages);
    if max_pages < min_pages {
        return Err(EngineError::Limit("memory").into());
    }
    let memory = GuestMemory::new(&program.engine, min_pages, max_pages)
        .map_err(|e| EngineError::Broken(format!("no memory for Lean: {e:#}")))?;
    let run = Arc::new(Run {
        program: program.clone(),
        memory,
        max_memory: u64::from(max_pages) * PAGE,
        tree: Tree::new(setup.mounts),
        files: Mutex::default(),
        output: Mutex::new(Output::new(output, setup.output)),
        stdin: Mutex::new(setup.stdin),
        env: setup.env,
        started: Instant::now(),
        compiling: AtomicU64::new(0),
        printed: AtomicU64::new(0),
        args: setup.args,
        stopped: AtomicBool::new(false),
        stop: Mutex::new(None),
        crew: Mutex::default(),
        bell: Condvar::new(),
    });
    run.spawn(|run, id| {
        let run = run.clone();
        let mut guest = Guest::new(&run, id)?;
        let outcome = guest.main(&run.args);
        run.settle_main(&mut guest, outcome);
        Ok(())
    })
    .map_err(|e| EngineError::Broken(format!("no thread for Lean: {e}")))?;
    run.supervise(time, silence, cancel)
}

impl Run {
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Does something that the guest's time limit is not meant for.
    pub(super) fn off_the_clock<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        let spent = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.compiling.fetch_add(spent, Ordering::Relaxed);
        result
    }

    /// Ends the run because of an error; the first reason stays.
    pub(super) fn fail(&self, error: EngineError) {
        self.end(Stop::Failed(error));
    }

    fn end(&self, stop: Stop) {
        lock(&self.stop).get_or_insert(stop);
        self.stopped.store(true, Ordering::Release);
        // The crew's lock orders this after a supervisor's look at the flag, so that it cannot sleep through the bell.
        lock(&self.crew).idle.clear();
        self.bell.notify_all();
    }

    /// Starts a thread of the run; its result, if an error, is settled.
    fn spawn(
        self: &Arc<Self>,
        body: impl FnOnce(&Arc<Self>, u64) -> wasmtime::Result<()> + Send + 'static,
    ) -> std::io::Result<()> {
        let mut crew = lock(&self.crew);
        let id = crew.next;
        crew.next += 1;
        let run = self.clone();
        // Above what wasm may use, the host's own frames need room.
        let handle =
            std::thread::Builder::new().name("lean".into()).stack_size(WASM_STACK + (16 << 20)).spawn(move || {
                let outcome = catch_unwind(AssertUnwindSafe(|| body(&run, id)));
                match outcome {
                    Ok(Ok(())) => {}
                    Ok(Err(e)) => run.settle(&e),
                    Err(panic) => {
                        let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
                        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                        run.fail(EngineError::Broken(format!("the engine panicked: {text}")));
                    }
                }
                lock(&run.crew).leave(id);
                run.bell.notify_all();
            })?;
        crew.inside.insert(id);
        // Finished threads need no join any more.
        crew.handles.retain(|h| !h.is_finished());
        crew.handles.push(handle);
        Ok(())
    }

    /// Starts a thread that the guest asked for. `false` if there may be no more.
    pub(super) fn spawn_guest_thread(self: &Arc<Self>, pthread: u32, entry: u32, argument: u32) -> bool {
        let mut crew = lock(&self.crew);
        if self.is_stopped() || crew.inside.len() >= MAX_THREADS {
            return false;
        }
        let task = Task { pthread, entry, argument };
        if let Some((id, idle)) = crew.idle.pop() {
            crew.inside.insert(id);
            // It waits as long as the sender is in the list.
            return idle.send(task).is_ok();
        }
        drop(crew);
        self.spawn(move |run, id| {
            let mut guest = Guest::new(run, id)?;
            let mut next = Some(task);
            while let Some(task) = next {
                run.perform(&mut guest, &task)?;
                next = run.await_task(id);
            }
            Ok(())
        })
        .is_ok()
    }

    fn perform(&self, guest: &mut Guest, task: &Task) -> wasmtime::Result<()> {
        let outcome = guest.thread(task.pthread, task.entry, task.argument);
        if let Err(e) = &outcome
            && let Some(Unwind::Exit(code)) = e.downcast_ref::<Unwind>()
        {
            guest.flush();
            self.end(Stop::Exit(*code));
        }
        let mut crew = lock(&self.crew);
        if crew.doomed.remove(&task.pthread) {
            crew.ready.push(task.pthread);
        } else {
            crew.left.insert(task.pthread);
        }
        outcome
    }

    /// Waits for another task; `None` if there are enough who wait, or the run has ended.
    fn await_task(&self, id: u64) -> Option<Task> {
        let (sender, tasks) = mpsc::channel();
        {
            let mut crew = lock(&self.crew);
            if self.is_stopped() || crew.idle.len() >= MAX_IDLE {
                return None;
            }
            crew.leave(id);
            crew.idle.push((id, sender));
            self.bell.notify_all();
        }
        tasks.recv().ok()
    }

    /// The guest wants a thread's memory freed. `true` if it may be, now.
    pub(super) fn doom(&self, pthread: u32) -> bool {
        let mut crew = lock(&self.crew);
        let left = crew.left.remove(&pthread);
        if !left && crew.doomed.len() < 1 << 20 {
            crew.doomed.insert(pthread);
        }
        left
    }

    /// Threads whose memory can be freed now.
    pub(super) fn take_ready(&self) -> Vec<u32> {
        std::mem::take(&mut lock(&self.crew).ready)
    }

    /// Records that a thread is about to wait at an address, or (`None`) that it no longer does.
    pub(super) fn waits_at(&self, thread: u64, address: Option<u64>) {
        let mut crew = lock(&self.crew);
        match address {
            Some(address) => crew.waits.insert(thread, address),
            None => crew.waits.remove(&thread),
        };
    }

    fn settle_main(&self, guest: &mut Guest, outcome: wasmtime::Result<i32>) {
        let code = match outcome {
            Ok(code) => code,
            Err(e) => match e.downcast_ref::<Unwind>() {
                Some(Unwind::Exit(code)) => *code,
                Some(Unwind::ThreadEnd) => return self.fail(EngineError::Broken("the main thread left".into())),
                _ => return self.settle(&e),
            },
        };
        guest.flush();
        self.end(Stop::Exit(code));
    }

    /// Ends the run if a thread's error calls for it.
    fn settle(&self, error: &wasmtime::Error) {
        match error.downcast_ref::<Unwind>() {
            Some(Unwind::ThreadEnd | Unwind::Stopped | Unwind::Exit(_)) => {}
            None if error.is::<wasmtime::ThrownException>() => {
                self.fail(EngineError::Broken("an exception that nothing in Lean caught".into()));
            }
            None => self.fail(EngineError::Broken(format!("{error:#}"))),
        }
    }

    fn supervise(&self, time: Duration, silence: Duration, cancel: &Cancel) -> Result<Finished, Failed> {
        let mut stopped_at: Option<Instant> = None;
        // How much was printed, and when that was seen first.
        let mut printed = (0, Duration::ZERO);
        let mut crew = lock(&self.crew);
        while !crew.inside.is_empty() {
            if self.is_stopped() {
                if stopped_at.get_or_insert_with(Instant::now).elapsed() > GRACE {
                    drop(crew);
                    let first = match lock(&self.stop).take() {
                        Some(Stop::Failed(error)) => format!(" after this: {error}"),
                        _ => String::new(),
                    };
                    return Err(EngineError::Broken(format!("a thread of the run does not end{first}")).into());
                }
                self.program.engine.increment_epoch();
                for address in crew.waits.values() {
                    // An address that is no good has made its waiter trap already.
                    let _ = self.memory.shared().atomic_notify(*address, u32::MAX);
                }
                crew = self.bell.wait_timeout(crew, Duration::from_millis(1)).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let compiling = Duration::from_nanos(self.compiling.load(Ordering::Relaxed));
            let now = self.started.elapsed().saturating_sub(compiling);
            let so_far = self.printed.load(Ordering::Relaxed);
            if so_far != printed.0 {
                printed = (so_far, now);
            }
            let left = time.saturating_sub(now);
            let too_much = match () {
                () if cancel.is_cancelled() => Some(EngineError::Cancelled),
                () if left.is_zero() => Some(EngineError::Timeout(time)),
                () if now.saturating_sub(printed.1) > silence => Some(EngineError::Silence(silence)),
                () => None,
            };
            if let Some(error) = too_much {
                drop(crew);
                self.fail(error);
                crew = lock(&self.crew);
                continue;
            }
            crew = self.bell.wait_timeout(crew, left.min(TICK)).unwrap_or_else(PoisonError::into_inner).0;
        }
        crew.idle.clear();
        let handles = std::mem::take(&mut crew.handles);
        drop(crew);
        for handle in handles {
            // Panics were caught inside.
            let _ = handle.join();
        }
        self.program.save_marks().map_err(|e| EngineError::Broken(format!("the profile cannot be written: {e}")))?;
        let mut output = lock(&self.output);
        output.finish();
        match lock(&self.stop).take() {
            Some(Stop::Exit(exit_code)) => {
                Ok(Finished { exit_code, stdout: output.take(Stream::Out), stderr: output.take(Stream::Err) })
            }
            Some(Stop::Failed(error)) => Err(Failed { error, stdout: output.take(Stream::Out) }),
            None => Err(EngineError::Broken("every thread of the run left without an exit".into()).into()),
        }
    }
}
