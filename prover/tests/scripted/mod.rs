//! A provider on loopback that answers as a test wants it to, in both formats, and badly where that is asked for.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Path of the URL.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Asked {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    /// What the user's message says, in either format.
    pub fn user(&self) -> &str {
        let messages = self.body["messages"].as_array().expect("messages");
        messages.iter().find(|m| m["role"] == "user").and_then(|m| m["content"].as_str()).expect("a user's message")
    }
    /// What all requests are told, in either format.
    pub fn system(&self) -> &str {
        let first = &self.body["messages"][0];
        let text = if first["role"] == "system" { &first["content"] } else { &self.body["system"] };
        text.as_str().expect("a system's message")
    }
}

/// What comes back.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A stream.
    Text(String),
    /// One JSON text.
    Whole(String),
    /// A stream with a pause before each of its parts.
    Slow(String, Duration),
    /// A status with headers and a body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// A stream that begins like this and is cut.
    Cut(String),
    /// A stream with these lines.
    Lines(Vec<String>),
    /// Nothing, for this long.
    Silent(Duration),
}

/// The server.
pub struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    dropped: Arc<AtomicUsize>,
}

impl Server {
    /// A server that answers with what `reply` says; it is told how many requests came before.
    pub fn start(reply: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let dropped: Arc<AtomicUsize> = Arc::default();
        let reply = Arc::new(reply);
        let (all, left) = (Arc::clone(&asked), Arc::clone(&dropped));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (reply, all, left) = (Arc::clone(&reply), Arc::clone(&all), Arc::clone(&left));
                thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    let number = {
                        let mut all = all.lock().expect("no panic");
                        all.push(request.clone());
                        all.len() - 1
                    };
                    let answer = reply(&request, number);
                    if write(stream, &request.path, &answer).is_err() {
                        left.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { address, asked, dropped }
    }
    /// Base of its URLs.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    /// What came.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic").clone()
    }
    /// Connections that were closed by the other side before the answer's end.
    pub fn dropped(&self) -> usize {
        self.dropped.load(Ordering::SeqCst)
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(n, _)| n == "content-length").and_then(|(_, v)| v.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { path, headers, body: serde_json::from_slice(&body).ok()? })
}

/// The parts of a stream with this text, as the path's format has them.
fn events(path: &str, text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = chars.chunks(9).map(|piece| piece.iter().collect()).collect();
    let data = |value: Value| format!("data: {value}\n\n");
    let mut out = Vec::new();
    if path.ends_with("/messages") {
        let named = |value: Value| format!("event: {}\n{}", value["type"].as_str().unwrap_or(""), data(value.clone()));
        out.push(named(json!({"type": "message_start", "message": {"usage": {"input_tokens": 11}}})));
        out.push("event: ping\ndata: {\"type\": \"ping\"}\n\n".into());
        for piece in pieces {
            let delta = json!({"type": "text_delta", "text": piece});
            out.push(named(json!({"type": "content_block_delta", "index": 0, "delta": delta})));
        }
        out.push(named(
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}),
        ));
        out.push(named(json!({"type": "message_stop"})));
    } else {
        for piece in pieces {
            out.push(data(json!({"choices": [{"delta": {"content": piece}, "finish_reason": null}]})));
        }
        out.push(data(json!({"choices": [{"delta": {}, "finish_reason": "stop"}]})));
        out.push(data(json!({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}})));
        out.push("data: [DONE]\n\n".into());
    }
    out
}

fn whole(path: &str, text: &str) -> String {
    let value = if path.ends_with("/messages") {
        json!({"content": [{"type": "text", "text": text}], "usage": {"input_tokens": 11, "output_tokens": 7}})
    } else {
        let message = json!({"role": "assistant", "content": text});
        json!({"choices": [{"message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": 11, "completion_tokens": 7}})
    };
    value.to_string()
}

fn write(mut stream: TcpStream, path: &str, reply: &Reply) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: ";
    let streams = format!("{head}text/event-stream\r\n\r\n");
    match reply {
        Reply::Text(text) => {
            stream.write_all(streams.as_bytes())?;
            stream.write_all(events(path, text).concat().as_bytes())
        }
        Reply::Lines(lines) => {
            stream.write_all(streams.as_bytes())?;
            stream.write_all(lines.join("\n").as_bytes())
        }
        Reply::Whole(text) => {
            let body = whole(path, text);
            let length = body.len();
            stream.write_all(format!("{head}application/json\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes())
        }
        Reply::Slow(text, pause) => {
            stream.write_all(streams.as_bytes())?;
            for event in events(path, text) {
                thread::sleep(*pause);
                stream.write_all(event.as_bytes())?;
                stream.flush()?;
            }
            Ok(())
        }
        Reply::Cut(text) => {
            stream.write_all(streams.as_bytes())?;
            let all = events(path, text).concat();
            let mut half = all.len() / 2;
            while !all.is_char_boundary(half) {
                half -= 1;
            }
            stream.write_all(&all.as_bytes()[..half])
        }
        Reply::Status(status, headers, body) => {
            let mut text = format!("HTTP/1.1 {status} No\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                text += &format!("{name}: {value}\r\n");
            }
            stream.write_all(format!("{text}\r\n{body}").as_bytes())
        }
        Reply::Silent(time) => {
            thread::sleep(*time);
            Ok(())
        }
    }
}
