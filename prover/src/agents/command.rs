//! A program that reads a prompt on its standard input and prints an answer.

use std::io::{Read, Write};
use std::process::{self, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::provider::{Answer, MAX_ANSWER, Provider, ProviderError, Question, Stop};

/// How often the program is looked after.
const TICK: Duration = Duration::from_millis(20);
/// How much of what it says on standard error is told.
const MAX_SAID: usize = 400;

/// The program.
#[derive(Debug)]
pub(super) struct Command {
    words: Vec<String>,
    timeout: Duration,
}

impl Command {
    pub(super) fn new(words: Vec<String>, timeout: Duration) -> Self {
        Self { words, timeout }
    }
}

/// Reads all that comes, up to a bound, without anybody waiting for it.
fn reader(from: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (tell, hear) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.take(MAX_ANSWER).read_to_end(&mut bytes);
        let _ = tell.send(bytes);
    });
    hear
}

impl Provider for Command {
    fn ask(&self, question: &Question, stop: Stop<'_>) -> Result<Answer, ProviderError> {
        let Some((program, arguments)) = self.words.split_first() else {
            return Err(ProviderError::Refused("the command is empty".into()));
        };
        let mut child = process::Command::new(program)
            .args(arguments)
            // What a program that serves several roles and models chooses by.
            .env("HARMONIC_ROLE", question.role.name())
            .env("HARMONIC_MODEL", &question.model)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| ProviderError::Refused(format!("cannot run `{program}`: {e}")))?;
        let prompt = format!("{}\n\n{}", question.system, question.user);
        if let Some(mut to) = child.stdin.take() {
            // A program that does not read its prompt is judged by its answer.
            thread::spawn(move || to.write_all(prompt.as_bytes()));
        }
        let (Some(out), Some(err)) = (child.stdout.take().map(reader), child.stderr.take().map(reader)) else {
            return Err(ProviderError::Failed("the command's output cannot be read".into()));
        };
        let started = Instant::now();
        let mut answer = None;
        let status = loop {
            if answer.is_none() {
                answer = out.try_recv().ok();
            }
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if stop() || started.elapsed() > self.timeout => {
                    // It may have ended just now.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(match stop() {
                        true => ProviderError::Stopped,
                        false => ProviderError::Failed(format!("`{program}` gave no answer within {:?}", self.timeout)),
                    });
                }
                Ok(None) => thread::sleep(TICK),
                Err(e) => return Err(ProviderError::Failed(format!("cannot wait for `{program}`: {e}"))),
            }
        };
        if !status.success() {
            let said = err.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
            let said: String = String::from_utf8_lossy(&said).trim().chars().take(MAX_SAID).collect();
            let why = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
            return Err(ProviderError::Failed(format!("`{program}` failed: {why}")));
        }
        let bytes = match answer {
            Some(bytes) => bytes,
            // Something that the program left running may keep the pipe open.
            None => out.recv_timeout(Duration::from_secs(5)).unwrap_or_default(),
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| ProviderError::Failed(format!("the answer of `{program}` is not UTF-8")))?;
        Ok(Answer { text, tokens_in: None, tokens_out: None })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::agents::role::Role;

    fn ask(script: &str, timeout: Duration, stop: Stop<'_>) -> Result<Answer, ProviderError> {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        let question = Question {
            role: Role::Closer,
            model: "m".into(),
            temperature: None,
            max_tokens: 10,
            system: "be brief".into(),
            user: "what is it?".repeat(20_000),
        };
        Command::new(words, timeout).ask(&question, stop)
    }

    #[test]
    fn a_program_answers() {
        let minute = Duration::from_secs(60);
        let answer = ask("wc -c; echo $HARMONIC_ROLE $HARMONIC_MODEL", minute, &|| false).expect("an answer");
        let words: Vec<&str> = answer.text.split_whitespace().collect();
        assert_eq!(words, ["220010", "closer", "m"]);
        // One that does not read.
        assert_eq!(ask("echo omega", minute, &|| false).expect("an answer").text, "omega\n");
    }

    #[test]
    fn a_program_that_fails_is_told_of() {
        let minute = Duration::from_secs(60);
        let failed = ask("echo no model >&2; exit 3", minute, &|| false).expect_err("it fails").to_string();
        assert!(failed.contains('3') && failed.contains("no model"), "{failed}");
        let binary = ask("printf '\\377'", minute, &|| false).expect_err("no text").to_string();
        assert!(binary.contains("UTF-8"), "{binary}");
        let slow = ask("sleep 30", Duration::from_millis(100), &|| false).expect_err("slow").to_string();
        assert!(slow.contains("within"), "{slow}");
        let started = Instant::now();
        let stopped = ask("sleep 30", minute, &|| started.elapsed() > Duration::from_millis(100));
        assert_eq!(stopped, Err(ProviderError::Stopped));
        assert!(started.elapsed() < Duration::from_secs(10));
        let missing = Command::new(vec!["/nowhere/model".into()], minute);
        let question = Question {
            role: Role::Closer,
            model: String::new(),
            temperature: None,
            max_tokens: 1,
            system: String::new(),
            user: String::new(),
        };
        assert!(matches!(missing.ask(&question, &|| false), Err(ProviderError::Refused(_))));
    }
}
