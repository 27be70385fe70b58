//! Providers over HTTP: patience with trouble that may pass, none with what will not; answers as a stream or whole.
//!
//! Each exchange has a thread of its own, so that whoever waits for it can leave at any time; the thread drops the connection at
//! the next sign of life, or when its time is over.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};

use super::provider::{Answer, MAX_ANSWER, Provider, ProviderError, Question, Stop};
use super::settings::Settings;

/// How often it is looked whether an answer is still wanted.
const TICK: Duration = Duration::from_millis(30);
/// Longest pause before a request is sent again.
const MAX_PAUSE: Duration = Duration::from_secs(20);
/// Longest pause that a server may ask for; with more, it is not waited for.
const MAX_ASKED: Duration = Duration::from_secs(90);
/// How much is told of what a server said.
const MAX_SAID: usize = 300;

/// A format on the wire.
pub(super) trait Wire: Send + Sync + 'static {
    /// What it is called when something is told of it.
    const NAME: &'static str;
    /// Path below the base.
    const PATH: &'static str;
    /// Headers besides those that all have.
    fn headers(&self) -> Vec<(&'static str, String)>;
    /// A request.
    fn body(&self, question: &Question) -> Value;
    /// Takes in an answer that came whole.
    fn whole(message: &Value, sum: &mut Sum);
    /// Takes in a part of a stream.
    fn part(message: &Value, sum: &mut Sum);
}

/// What is there of an answer.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub answer: Answer,
    /// Whether it says that it is whole.
    pub ended: bool,
}

impl Sum {
    /// Takes in a count of tokens, where there is one.
    pub(super) fn count(field: &mut Option<u64>, usage: Option<&Value>) {
        if let Some(count) = usage.and_then(Value::as_u64) {
            *field = Some(count);
        }
    }
}

/// Why an exchange did not end with an answer.
#[derive(Debug)]
enum Trouble {
    /// It may pass; the server may have said when.
    Passing(String, Option<Duration>),
    /// It will not.
    Lasting(String),
    Stopped,
}

struct Inner<W> {
    wire: W,
    agent: ureq::Agent,
    url: String,
}

/// A provider over HTTP.
pub(super) struct Http<W> {
    inner: Arc<Inner<W>>,
    retries: u32,
    pause: Duration,
    timeout: Duration,
}

/// The host of a URL.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|h| h.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Whether a URL is of this machine.
pub fn is_local(url: &str) -> bool {
    let host = host(url);
    host == "localhost" || host == "::1" || (host.starts_with("127.") && host.parse::<std::net::Ipv4Addr>().is_ok())
}

impl<W: Wire> Http<W> {
    pub(super) fn new(wire: W, url: &str, settings: &Settings) -> Self {
        let mut config = ureq::Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .http_status_as_error(false)
            .user_agent(concat!("cargo-harmonic/", env!("CARGO_PKG_VERSION")))
            // A key goes to nobody but whom it is for.
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(15).min(settings.timeout)))
            .timeout_global(Some(settings.timeout));
        if is_local(url) {
            config = config.proxy(None);
        }
        let url = format!("{}{}", url.trim_end_matches('/'), W::PATH);
        Self {
            inner: Arc::new(Inner { wire, agent: config.build().new_agent(), url }),
            retries: settings.retries,
            pause: settings.pause,
            timeout: settings.timeout,
        }
    }

    fn once(&self, body: &str, stop: Stop<'_>) -> Result<Answer, Trouble> {
        let (tell, hear) = mpsc::channel();
        let dropped = Arc::new(AtomicBool::new(false));
        let (inner, body, left) = (Arc::clone(&self.inner), body.to_owned(), Arc::clone(&dropped));
        thread::spawn(move || tell.send(exchange(&inner, &body, &left)));
        // The client's own bound does not hold while a name is looked up.
        let latest = Instant::now() + self.timeout + Duration::from_secs(5);
        loop {
            match hear.recv_timeout(TICK) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Timeout) if !stop() && Instant::now() < latest => {}
                Err(RecvTimeoutError::Timeout) => {
                    dropped.store(true, Ordering::Relaxed);
                    return Err(match stop() {
                        true => Trouble::Stopped,
                        false => Trouble::Passing(format!("no answer within {:?}", self.timeout), None),
                    });
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Trouble::Passing("the exchange broke off".into(), None));
                }
            }
        }
    }
}

impl<W: Wire> Provider for Http<W> {
    fn ask(&self, question: &Question, stop: Stop<'_>) -> Result<Answer, ProviderError> {
        let body = self.inner.wire.body(question).to_string();
        let mut pause = self.pause;
        let mut tries = 0;
        loop {
            tries += 1;
            let told = |why: &str| format!("{} at {}: {why}", W::NAME, host(&self.inner.url));
            let (why, asked) = match self.once(&body, stop) {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Stopped) => return Err(ProviderError::Stopped),
                Err(Trouble::Lasting(why)) => return Err(ProviderError::Refused(told(&why))),
                Err(Trouble::Passing(why, asked)) => (why, asked),
            };
            if tries > self.retries {
                return Err(ProviderError::Failed(told(&format!("{why} ({tries} tries)"))));
            }
            let wait = match asked {
                Some(asked) if asked > MAX_ASKED => {
                    return Err(ProviderError::Failed(told(&format!("{why}; it asks to be left alone for {asked:?}"))));
                }
                Some(asked) => asked,
                // Many who were turned away at once should not come back at once.
                None => pause.mul_f64(0.5 + chance() / 2.0),
            };
            pause = (pause * 2).min(MAX_PAUSE);
            let until = Instant::now() + wait;
            while Instant::now() < until {
                if stop() {
                    return Err(ProviderError::Stopped);
                }
                thread::sleep(TICK.min(until.saturating_duration_since(Instant::now())));
            }
        }
    }
}

/// A number in `[0, 1)`.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}

/// One request and its answer.
fn exchange<W: Wire>(inner: &Inner<W>, body: &str, dropped: &AtomicBool) -> Result<Answer, Trouble> {
    let mut request = inner.agent.post(&inner.url).content_type("application/json");
    request = request.header("accept", "text/event-stream, application/json");
    for (name, value) in inner.wire.headers() {
        request = request.header(name, value);
    }
    let mut response = request.send(body).map_err(unreached)?;
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let asked = header("retry-after").and_then(|text| text.trim().parse::<f64>().ok());
    let asked = asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let streamed = header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
    let mut reader = BufReader::new(response.body_mut().as_reader().take(MAX_ANSWER));
    if !(200..300).contains(&status) {
        let mut text = Vec::new();
        // What there is of it is told.
        let _ = reader.take(1 << 16).read_to_end(&mut text);
        let why = format!("status {status}: {}", complaint(&String::from_utf8_lossy(&text)));
        return Err(match status {
            408 | 409 | 425 | 429 | 500..=599 => Trouble::Passing(why, asked),
            _ => Trouble::Lasting(why),
        });
    }
    let mut sum = Sum::default();
    if !streamed {
        let mut text = String::new();
        reader.read_to_string(&mut text).map_err(cut)?;
        let message = json(&text)?;
        error_in(&message)?;
        W::whole(&message, &mut sum);
        return match sum.ended {
            true => Ok(sum.answer),
            false => Err(Trouble::Passing(format!("an answer without a text: {}", short(&text)), None)),
        };
    }
    let mut line = String::new();
    let mut data = String::new();
    loop {
        if dropped.load(Ordering::Relaxed) {
            return Err(Trouble::Stopped);
        }
        line.clear();
        if reader.read_line(&mut line).map_err(cut)? == 0 {
            break;
        }
        let text = line.trim_end_matches(['\r', '\n']);
        if let Some(more) = text.strip_prefix("data:") {
            if !data.is_empty() {
                data.push('\n');
            }
            data.push_str(more.strip_prefix(' ').unwrap_or(more));
        } else if text.is_empty() && !data.is_empty() {
            if data == "[DONE]" {
                sum.ended = true;
            } else {
                let message = json(&data)?;
                error_in(&message)?;
                W::part(&message, &mut sum);
            }
            data.clear();
        }
    }
    // A part that no empty line ends was cut; but for the very last one, after which nothing is missed.
    sum.ended |= data == "[DONE]";
    match sum.ended {
        true => Ok(sum.answer),
        false => Err(Trouble::Passing("the answer was cut before its end".into(), None)),
    }
}

fn unreached(error: ureq::Error) -> Trouble {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Trouble::Lasting("its URL or key is not valid".into()),
        // The text of a proxy's URL may have a password in it.
        ureq::Error::InvalidProxyUrl => Trouble::Lasting("the proxy's URL is not valid".into()),
        ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => {
            Trouble::Lasting("it sends the request elsewhere; name that URL instead".into())
        }
        ureq::Error::Timeout(_) => Trouble::Passing("no answer in time".into(), None),
        other => Trouble::Passing(format!("the connection failed: {other}"), None),
    }
}

fn cut(error: std::io::Error) -> Trouble {
    Trouble::Passing(format!("the connection was cut: {error}"), None)
}

fn json(text: &str) -> Result<Value, Trouble> {
    serde_json::from_str(text).map_err(|e| Trouble::Passing(format!("not JSON ({e}): {}", short(text)), None))
}

/// An error in place of an answer.
fn error_in(message: &Value) -> Result<(), Trouble> {
    let is_error = message.get("error").is_some_and(|e| !e.is_null()) || message["type"] == "error";
    if is_error { Err(Trouble::Passing(complaint(&message.to_string()), None)) } else { Ok(()) }
}

/// What a server complains of, in its own words.
fn complaint(text: &str) -> String {
    let message = serde_json::from_str::<Value>(text).ok().and_then(|value| {
        let error = value.get("error").unwrap_or(&value);
        let words = error.get("message").unwrap_or(error);
        words.as_str().map(short)
    });
    message.unwrap_or_else(|| short(text))
}

fn short(text: &str) -> String {
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SAID).collect();
    if line.is_empty() { "(nothing)".into() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found() {
        assert_eq!(host("https://api.example.com/v1"), "api.example.com");
        assert_eq!(host("http://user:word@[::1]:80/x"), "::1");
        assert!(is_local("http://localhost:11434/v1") && is_local("http://127.0.0.1:1") && is_local("http://[::1]:1"));
        for far in ["http://127.0.0.1.example.com", "http://example.com/localhost", "http://localhost@example.com"] {
            assert!(!is_local(far), "{far}");
        }
    }

    #[test]
    fn complaints_are_in_the_servers_words() {
        assert_eq!(complaint(r#"{"error":{"message":"no such model","type":"x"}}"#), "no such model");
        assert_eq!(complaint(r#"{"type":"error","error":{"type":"t","message":"Overloaded"}}"#), "Overloaded");
        assert_eq!(complaint(r#"{"error":"model not found"}"#), "model not found");
        assert_eq!(complaint("<html>\nno"), "<html> no");
        assert_eq!(complaint(""), "(nothing)");
    }
}
