//! A run of a program, with its end, its time and the most memory it had.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself, with this status.
    Status(i32),
    /// By a signal, as on an overflow of its stack.
    Crash,
    /// It was stopped, for it took too long.
    TimedOut,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) end: End,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) time: Duration,
    /// The most memory that the program itself had, in bytes, where the system tells: Linux does.
    pub(crate) peak: Option<u64>,
}

/// How often the program is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Runs a program in a folder, for no longer than the limit.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn run(program: &Path, arguments: &[String], folder: &Path, limit: Duration) -> std::io::Result<Measured> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let mut peak = None;
    let end = loop {
        // What a process had is forgotten when it has ended.
        peak = peak.max(memory(&child));
        if let Some(status) = child.try_wait()? {
            break status.code().map_or(End::Crash, End::Status);
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break End::TimedOut;
        }
        std::thread::sleep(LOOK);
    };
    let text = |reader: std::thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(Measured { end, time: started.elapsed(), stdout: text(stdout), stderr: text(stderr), peak })
}

/// Reads on a thread, so that a pipe that is full stops nobody.
fn reader(from: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut out = vec![];
        if let Some(mut from) = from {
            // What was read before an error is all there is.
            let _ = from.read_to_end(&mut out);
        }
        String::from_utf8_lossy(&out).into_owned()
    })
}

/// The most memory that a running process has had so far.
fn memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Measured {
        let arguments = ["-c".to_owned(), script.to_owned()];
        run(Path::new("/bin/sh"), &arguments, Path::new("/"), limit).expect("there is a shell")
    }

    #[test]
    fn ends_are_told_apart() {
        let long = Duration::from_secs(60);
        let ended = shell("echo out; echo err >&2; exit 3", long);
        assert_eq!((ended.end, ended.stdout.as_str(), ended.stderr.as_str()), (End::Status(3), "out\n", "err\n"));
        assert_eq!(shell("kill -9 $$", long).end, End::Crash);
        assert_eq!(shell("exec sleep 60", Duration::from_millis(50)).end, End::TimedOut);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_is_read() {
        let peak = shell("sleep 0.2", Duration::from_secs(60)).peak;
        assert!(peak.is_some_and(|bytes| bytes > 100_000), "{peak:?}");
    }
}
