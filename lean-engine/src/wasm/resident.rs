//! A Lean that stays: its own worker for editors, which elaborates a changed file from the first changed command on.
//!
//! It speaks the Language Server Protocol on standard input and output (`lean --worker`). A change costs what its commands
//! cost, without the half second in which a fresh Lean imports its library. It serves search alone: what it says is no
//! verdict, since one file's elaboration is not apart from the next one's. The final check is always a fresh run.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use super::output::{Route, Stream};
use super::run::{self, Setup};
use super::{WasmEngine, environment};
use crate::{Cancel, EngineError, Limits, Message, Pos, Severity, Unfinished};

/// Name of the file as Lean sees it.
const URI: &str = "file:///work/search.lean";
/// How often a wait looks at the caller's token and at whether Lean is still there.
const TICK: Duration = Duration::from_millis(20);

/// A running worker.
pub struct Resident {
    to: Option<Sender<Vec<u8>>>,
    from: Receiver<Vec<u8>>,
    frames: Frames,
    worker: Option<JoinHandle<Result<(), EngineError>>>,
    stop: Cancel,
    version: i64,
    /// Its current folder; a worker writes nothing.
    _work: tempfile::TempDir,
}

impl Resident {
    /// Starts a worker that sees the modules in `library`.
    ///
    /// `limits.time` bounds its whole life, `limits.output` all that it ever says.
    ///
    /// # Errors
    /// [`EngineError`] if it does not start.
    pub fn start(engine: &WasmEngine, library: &[std::path::PathBuf], limits: Limits) -> Result<Self, EngineError> {
        let work = tempfile::Builder::new().prefix("harmonic-").tempdir();
        let work = work.map_err(|e| EngineError::Scratch(e.to_string()))?;
        let (to, input) = mpsc::channel();
        let (output, from) = mpsc::channel();
        let setup = Setup {
            args: ["-Dserver.reportDelayMs=0", "--worker", URI].map(str::to_owned).to_vec(),
            mounts: engine.mounts(library, work.path())?,
            env: environment(library.len()),
            stdin: Box::new(Pipe { input, rest: Vec::new() }),
            output: Route::Raw(Box::new(move |stream, data| {
                if stream == Stream::Out {
                    // Nobody listens any more when the worker is being stopped.
                    let _ = output.send(data.to_vec());
                }
            })),
            limits,
        };
        let (program, stop) = (Arc::clone(&engine.program), Cancel::default());
        let token = stop.clone();
        let worker = std::thread::Builder::new()
            .name("resident".into())
            .spawn(move || Ok(run::run(&program, setup, &token).map(drop)?))
            .map_err(|e| EngineError::Broken(format!("no thread for Lean: {e}")))?;
        let resident =
            Self { to: Some(to), from, frames: Frames::default(), worker: Some(worker), stop, version: 0, _work: work };
        let params = json!({ "processId": null, "rootUri": null, "capabilities": {} });
        resident.send(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }));
        Ok(resident)
    }

    /// Elaborates a text in place of the one before and returns Lean's messages, in the order of the file.
    ///
    /// # Errors
    /// [`Unfinished`] if the worker did not keep to the bounds on time, or is broken; then it is of no more use.
    pub fn check(&mut self, text: &str, limits: &Limits, cancel: &Cancel) -> Result<Vec<Message>, Unfinished> {
        self.version += 1;
        let document = json!({ "uri": URI, "languageId": "lean4", "version": self.version, "text": text });
        let message = if self.version == 1 {
            json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen",
                "params": { "textDocument": document, "dependencyBuildMode": "never" } })
        } else {
            json!({ "jsonrpc": "2.0", "method": "textDocument/didChange",
                "params": { "textDocument": document, "contentChanges": [{ "text": text }] } })
        };
        self.send(&message);
        // Progress is told by another thread than the diagnostics are: that the file is done does not mean that all was said.
        let wait = json!({ "jsonrpc": "2.0", "id": self.version, "method": "textDocument/waitForDiagnostics",
            "params": { "uri": URI, "version": self.version } });
        self.send(&wait);
        let mut diagnostics = Vec::new();
        match self.diagnostics(&mut diagnostics, limits, cancel) {
            Ok(()) => Ok(diagnostics.into_iter().map(Message::from).collect()),
            Err(error) => Err(Unfinished { error, said: diagnostics.into_iter().map(Message::from).collect() }),
        }
    }

    /// Collects what Lean says of the current version until all is said.
    fn diagnostics(
        &mut self,
        diagnostics: &mut Vec<Diagnostic>,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        let started = Instant::now();
        let mut heard = started;
        loop {
            let said = self.receive(started, heard, limits, cancel)?;
            match (said.get("method").and_then(Value::as_str), said.get("params")) {
                (Some("textDocument/publishDiagnostics"), Some(params)) => {
                    let found = Published::deserialize(params);
                    let found = found.map_err(|e| EngineError::Broken(format!("diagnostics of Lean: {e}")))?;
                    if found.version == Some(self.version) {
                        heard = Instant::now();
                        *diagnostics = found.diagnostics;
                    }
                }
                (None, _) if said.get("id").and_then(Value::as_i64) == Some(self.version) => {
                    return match said.get("error") {
                        None => Ok(()),
                        Some(error) => Err(EngineError::Broken(format!("an answer of Lean: {error}"))),
                    };
                }
                _ => {}
            }
        }
    }

    fn send(&self, message: &Value) {
        let body = message.to_string();
        if let Some(to) = &self.to {
            // A worker that is gone is seen when its answer is awaited.
            let _ = to.send(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
        }
    }

    fn receive(
        &mut self,
        started: Instant,
        heard: Instant,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<Value, EngineError> {
        loop {
            if let Some(message) = self.frames.next()? {
                return Ok(message);
            }
            match self.from.recv_timeout(TICK) {
                Ok(data) => self.frames.add(&data),
                Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => return Err(EngineError::Cancelled),
                Err(RecvTimeoutError::Timeout) if started.elapsed() > limits.time => {
                    return Err(EngineError::Timeout(limits.time));
                }
                Err(RecvTimeoutError::Timeout) if heard.elapsed() > limits.silence => {
                    return Err(EngineError::Silence(limits.silence));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.end()),
            }
        }
    }

    /// Why there is no worker any more.
    fn end(&mut self) -> EngineError {
        match self.worker.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => error,
            _ => EngineError::Broken("Lean's worker ended".into()),
        }
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        self.stop.cancel();
        self.to = None;
        if let Some(worker) = self.worker.take() {
            // It was told to stop, and how it ends is of no interest.
            let _ = worker.join();
        }
    }
}

/// Standard input of the worker: what is sent, in order, until the sender is gone.
struct Pipe {
    input: Receiver<Vec<u8>>,
    rest: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.input.recv_timeout(TICK) {
                Ok(data) => self.rest = data,
                // So that a run that was stopped is not held up by who waits for input.
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        let len = into.len().min(self.rest.len());
        into[..len].copy_from_slice(&self.rest[..len]);
        self.rest.drain(..len);
        Ok(len)
    }
}

/// The messages in what the worker writes, among lines that are none.
#[derive(Default)]
struct Frames {
    data: Vec<u8>,
}

impl Frames {
    fn add(&mut self, data: &[u8]) {
        self.data.extend_from_slice(data);
    }

    /// The next whole message.
    fn next(&mut self) -> Result<Option<Value>, EngineError> {
        const HEADER: &[u8] = b"Content-Length: ";
        let Some(start) = memchr::memmem::find(&self.data, HEADER) else { return Ok(None) };
        let Some(end) = memchr::memmem::find(&self.data[start..], b"\r\n\r\n") else { return Ok(None) };
        let body = start + end + 4;
        let header = String::from_utf8_lossy(&self.data[start + HEADER.len()..start + end]).into_owned();
        let len: Option<usize> = header.lines().next().and_then(|l| l.trim().parse().ok());
        let len = len.ok_or_else(|| EngineError::Broken(format!("a message of Lean's with the length `{header}`")))?;
        if self.data.len() < body + len {
            return Ok(None);
        }
        let message = serde_json::from_slice(&self.data[body..body + len]);
        self.data.drain(..body + len);
        message.map(Some).map_err(|e| EngineError::Broken(format!("a message of Lean's: {e}")))
    }
}

#[derive(Deserialize)]
struct Published {
    version: Option<i64>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Diagnostic {
    /// Where the message is; `range` may be cut to its first line.
    full_range: Option<Range>,
    range: Range,
    severity: Option<u8>,
    message: String,
}

#[derive(Clone, Copy, Deserialize)]
struct Range {
    start: Place,
    end: Place,
}

/// Line from 0, character in units of UTF-16.
#[derive(Clone, Copy, Deserialize)]
struct Place {
    line: u32,
    character: u32,
}

impl From<Diagnostic> for Message {
    fn from(d: Diagnostic) -> Self {
        let range = d.full_range.unwrap_or(d.range);
        let pos = |at: Place| Pos { line: at.line + 1, column: at.character };
        let severity = match d.severity {
            Some(1) | None => Severity::Error,
            Some(2) => Severity::Warning,
            _ => Severity::Information,
        };
        Self { severity, pos: pos(range.start), end: Some(pos(range.end)), text: d.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_pieces_and_among_traces() {
        let mut frames = Frames::default();
        frames.add(b"[DEBUG:A] starting\nContent-Length: 7\r\n");
        assert!(matches!(frames.next(), Ok(None)));
        frames.add(b"\r\n{\"a\":1}Content-Length: 2\r\n\r\n[]");
        assert!(matches!(frames.next(), Ok(Some(v)) if v == json!({ "a": 1 })));
        assert!(matches!(frames.next(), Ok(Some(v)) if v == json!([])));
        assert!(matches!(frames.next(), Ok(None)));
        frames.add(b"Content-Length: x\r\n\r\n");
        assert!(frames.next().is_err());
    }

    #[test]
    fn a_pipe_hands_out_what_was_sent_and_then_ends() {
        let (to, input) = mpsc::channel();
        let mut pipe = Pipe { input, rest: Vec::new() };
        to.send(b"abc".to_vec()).expect("sent");
        to.send(b"d".to_vec()).expect("sent");
        drop(to);
        let mut buffer = [0; 2];
        let mut all = Vec::new();
        loop {
            let n = pipe.read(&mut buffer).expect("read");
            if n == 0 {
                break;
            }
            all.extend_from_slice(&buffer[..n]);
        }
        assert_eq!(all, b"abcd");
    }
}
