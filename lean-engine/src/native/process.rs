//! Runs a process with bounds on time and output, and ends it with all of its children.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::{Cancel, EngineError, Failed, Limits};

/// How often a running process is looked at.
const TICK: Duration = Duration::from_millis(5);

pub(super) struct Finished {
    pub(super) exit_code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs `command` to its end, or to the first bound it reaches.
pub(super) fn run(mut command: Command, limits: &Limits, cancel: &Cancel) -> Result<Finished, Failed> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let started = Instant::now();
    let child = command.spawn().map_err(|e| EngineError::Broken(e.to_string()))?;
    let mut group = Group { child, ended: false };
    let printed = Arc::new(AtomicUsize::new(0));
    let stdout = group.child.stdout.take().map(|pipe| collect(pipe, &printed, limits.output));
    let stderr = group.child.stderr.take().map(|pipe| collect(pipe, &printed, limits.output));
    let mut heard = (0, started);
    let status = loop {
        let so_far = printed.load(Ordering::Relaxed);
        if so_far != heard.0 {
            heard = (so_far, Instant::now());
        }
        let too_much = match () {
            () if cancel.is_cancelled() => Some(EngineError::Cancelled),
            () if started.elapsed() >= limits.time => Some(EngineError::Timeout(limits.time)),
            () if heard.1.elapsed() > limits.silence => Some(EngineError::Silence(limits.silence)),
            () if so_far > limits.output => Some(EngineError::Limit("output")),
            () => None,
        };
        let error = match (too_much, group.child.try_wait()) {
            (Some(error), _) => error,
            (None, Ok(Some(status))) => break status,
            (None, Ok(None)) => {
                std::thread::sleep(TICK);
                continue;
            }
            (None, Err(e)) => EngineError::Broken(e.to_string()),
        };
        group.end();
        return Err(Failed { error, stdout: joined(stdout) });
    };
    // A child that outlives its parent would keep the pipes open.
    group.end();
    let (stdout, stderr) = (joined(stdout), joined(stderr));
    if printed.load(Ordering::Relaxed) > limits.output {
        return Err(EngineError::Limit("output").into());
    }
    let Some(exit_code) = status.code() else {
        let error = EngineError::Broken(format!("Lean was ended from outside ({status})"));
        return Err(Failed { error, stdout });
    };
    Ok(Finished { exit_code, stdout, stderr })
}

/// What a reader of a pipe has kept, once the pipe is closed.
fn joined(reader: Option<JoinHandle<Vec<u8>>>) -> String {
    let bytes = reader.and_then(|thread| thread.join().ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a pipe to its end. Beyond the limit nothing is kept, but reading goes on so that the process does not block.
fn collect(mut pipe: impl Read + Send + 'static, printed: &Arc<AtomicUsize>, limit: usize) -> JoinHandle<Vec<u8>> {
    let printed = Arc::clone(printed);
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = [0; 1 << 14];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return kept,
                Ok(count) => {
                    if printed.fetch_add(count, Ordering::Relaxed) + count <= limit {
                        kept.extend_from_slice(&buffer[..count]);
                    }
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return kept,
            }
        }
    })
}

/// A process and all that it started. Dropped, it is ended.
struct Group {
    child: Child,
    ended: bool,
}

impl Group {
    fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        #[cfg(unix)]
        {
            let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
            if let Some(id) = id {
                // Fails if all of them are gone already.
                let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}
