//! A registry on a socket of this machine, with the faults that real ones have.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What the server does with a request.
#[derive(Clone, Copy)]
pub(super) enum Behaviour {
    /// Serves the file, or the range asked for.
    Good,
    /// Announces all of it and closes after so many bytes.
    CutAfter(usize),
    /// Serves the whole file whatever was asked for.
    NoRanges,
    /// Answers with a status.
    Status(u16),
}

#[derive(Default)]
struct Seen {
    paths: Vec<String>,
    starts: Vec<usize>,
}

pub(super) struct Registry {
    address: std::net::SocketAddr,
    seen: Arc<Mutex<Seen>>,
    thread: Option<JoinHandle<()>>,
}

impl Registry {
    /// Serves `archive`; request number `i` meets behaviour `i`, later ones the last.
    pub(super) fn serve(archive: Vec<u8>, behaviours: Vec<Behaviour>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let thread = std::thread::spawn(move || {
            for (index, stream) in listener.incoming().enumerate() {
                let behaviour = behaviours.get(index).or(behaviours.last()).copied().unwrap_or(Behaviour::Good);
                // A client that goes away is what some tests are about.
                match stream
                    .map_err(|_| ())
                    .and_then(|stream| answer(stream, &archive, behaviour, &shared).map_err(|_| ()))
                {
                    Ok(true) | Err(()) => {}
                    Ok(false) => return,
                }
            }
        });
        Self { address, seen, thread: Some(thread) }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().paths.clone()
    }

    /// Where each request wanted to start.
    pub(super) fn starts(&self) -> Vec<usize> {
        self.seen.lock().unwrap().starts.clone()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(self.address) {
            let _ = stream.write_all(b"GET /stop HTTP/1.1\r\n\r\n");
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether to go on.
fn answer(mut stream: TcpStream, archive: &[u8], behaviour: Behaviour, seen: &Mutex<Seen>) -> std::io::Result<bool> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    if path == "/stop" {
        return Ok(false);
    }
    let mut start = 0;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().unwrap();
        }
    }
    {
        let mut seen = seen.lock().unwrap();
        seen.paths.push(path);
        seen.starts.push(start);
    }
    if let Behaviour::Status(status) = behaviour {
        write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        return Ok(true);
    }
    if matches!(behaviour, Behaviour::NoRanges) {
        start = 0;
    }
    let total = archive.len();
    let body = archive.get(start..).unwrap_or_default();
    let length = body.len();
    if start > 0 && !body.is_empty() {
        let last = total - 1;
        write!(stream, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{last}/{total}\r\n")?;
    } else {
        write!(stream, "HTTP/1.1 200 OK\r\n")?;
    }
    write!(stream, "Content-Length: {length}\r\nConnection: close\r\n\r\n")?;
    match behaviour {
        Behaviour::CutAfter(bytes) => stream.write_all(&body[..bytes.min(length)])?,
        _ => stream.write_all(body)?,
    }
    Ok(true)
}
