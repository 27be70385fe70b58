//! Exchanges as files: recorded in one run, replayed in another, with no provider.
//!
//! A file is named by the hash of its request, which holds nothing of the machine: neither keys nor the user's folders are in
//! requests at all, and which provider it was does not matter. The same request made again has the next answer of its file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::provider::{Answer, Question};
use crate::key::digest;
use crate::search::lock;
use crate::store::{MAX_FILE, read_bounded, write_atomically};

/// The format of the files.
const VERSION: u32 = 1;

/// A file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Exchange {
    version: u32,
    request: Question,
    answers: Vec<Answer>,
}

/// A folder of exchanges.
#[derive(Debug)]
pub(super) struct Tape {
    folder: PathBuf,
    /// How often each request was made in this run.
    made: Mutex<BTreeMap<String, usize>>,
}

/// The name of a request.
pub(super) fn name(question: &Question) -> String {
    let mut name = digest(&["exchange", &serde_json::to_string(question).unwrap_or_default()]);
    name.truncate(32);
    name
}

impl Tape {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, made: Mutex::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// Which time it is that this request is made, from 0.
    fn count(&self, name: &str) -> usize {
        let mut made = lock(&self.made);
        let count = made.entry(name.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// Writes an exchange down; what an earlier run wrote of it is replaced.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn record(&self, question: &Question, answer: &Answer) -> io::Result<()> {
        let name = name(question);
        let path = self.path(&name);
        let count = self.count(&name);
        let earlier = if count == 0 { None } else { read(&path).ok() };
        let mut exchange =
            earlier.unwrap_or_else(|| Exchange { version: VERSION, request: question.clone(), answers: Vec::new() });
        exchange.answers.truncate(count);
        exchange.answers.push(answer.clone());
        let text = serde_json::to_string_pretty(&exchange).map_err(io::Error::other)?;
        write_atomically(&path, format!("{text}\n").as_bytes())
    }

    /// The answer that was recorded, or how the nearest recorded request differs.
    pub(super) fn replay(&self, question: &Question) -> Result<Answer, String> {
        let name = name(question);
        let count = self.count(&name);
        match read(&self.path(&name)) {
            // The name is a hash: that it fits is not taken from the file's name alone.
            Ok(exchange) if exchange.request == *question => match exchange.answers.get(count) {
                Some(answer) => Ok(answer.clone()),
                None => Err(format!(
                    "{name}.json has {} answers, and this request was made {} times",
                    exchange.answers.len(),
                    count + 1
                )),
            },
            Ok(_) => Err(format!("{name}.json was altered: it holds another request")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(self.missing(&name, question)),
            Err(e) => Err(format!("{name}.json cannot be read: {e}")),
        }
    }

    /// What is told of a request that was not recorded.
    fn missing(&self, name: &str, question: &Question) -> String {
        let role = question.role.name();
        let head = format!("no recording of a request to the {role} ({name}.json)");
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|e| e.path());
        let recorded = files.filter_map(|path| Some((path.clone(), read(&path).ok()?.request)));
        let nearest = recorded.max_by_key(|(path, other)| (likeness(question, other), path.clone()));
        match nearest {
            None => format!("{head}: nothing is recorded in {}", self.folder.display()),
            Some((path, other)) => {
                let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                format!("{head}; the nearest recorded one, {file}, differs:\n{}", difference(&other, question))
            }
        }
    }
}

fn read(path: &Path) -> io::Result<Exchange> {
    let text = read_bounded(path, MAX_FILE)?;
    let exchange: Exchange = serde_json::from_str(&text).map_err(io::Error::other)?;
    if exchange.version == VERSION { Ok(exchange) } else { Err(io::Error::other("written by another version")) }
}

/// How much of two requests is the same, in thousandths, those of the same role first.
fn likeness(a: &Question, b: &Question) -> (bool, usize) {
    let lines: BTreeSet<&str> = a.user.lines().collect();
    let common = b.user.lines().filter(|line| lines.contains(line)).count();
    let all = a.user.lines().count() + b.user.lines().count();
    (a.role == b.role, 2000 * common / all.max(1))
}

/// Most lines of a difference that are shown.
const MOST_LINES: usize = 24;

/// The lines that only one of two texts has, with their numbers: `-` for the first, `+` for the second.
fn changes<'t>(a: &[&'t str], b: &[&'t str]) -> Vec<(usize, char, &'t str)> {
    // Longest common part of what follows each pair of places.
    let mut common = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            out.push((i + 1, '-', a[i]));
            i += 1;
        } else {
            out.push((j + 1, '+', b[j]));
            j += 1;
        }
    }
    out
}

/// Where two requests differ: `-` was recorded, `+` is asked now.
fn difference(old: &Question, new: &Question) -> String {
    let mut out = String::new();
    let mut field = |what: &str, old: &str, new: &str| {
        if old != new {
            let _ = writeln!(out, "  - {what}: {old}\n  + {what}: {new}");
        }
    };
    field("role", old.role.name(), new.role.name());
    field("model", &old.model, &new.model);
    let temperature = |q: &Question| q.temperature.map_or("none".to_owned(), |t| t.to_string());
    field("temperature", &temperature(old), &temperature(new));
    field("max_tokens", &old.max_tokens.to_string(), &new.max_tokens.to_string());
    for (a, b) in [(&old.system, &new.system), (&old.user, &new.user)] {
        let (a, b): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
        let changes = changes(&a, &b);
        for (number, sign, line) in changes.iter().take(MOST_LINES) {
            let _ = writeln!(out, "  {sign} {number}: {line}");
        }
        if changes.len() > MOST_LINES {
            let _ = writeln!(out, "  … {} lines more", changes.len() - MOST_LINES);
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::role::Role;

    fn question(user: &str) -> Question {
        Question {
            role: Role::Closer,
            model: "m".into(),
            temperature: Some(0.2),
            max_tokens: 10,
            system: "s".into(),
            user: user.into(),
        }
    }

    fn answer(text: &str) -> Answer {
        Answer { text: text.into(), tokens_in: Some(1), tokens_out: None }
    }

    #[test]
    fn what_was_recorded_is_replayed_in_its_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let tape = || Tape::new(folder.path().to_owned());
        // The second run replaces what the first one wrote.
        for prefix in ["old ", ""] {
            let recording = tape();
            for text in ["one", "two"] {
                recording.record(&question("a\nb"), &answer(&format!("{prefix}{text}"))).expect("written");
            }
        }
        let replaying = tape();
        assert_eq!(replaying.replay(&question("a\nb")), Ok(answer("one")));
        assert_eq!(replaying.replay(&question("a\nb")), Ok(answer("two")));
        assert!(replaying.replay(&question("a\nb")).expect_err("made twice").contains("2 answers"));
    }

    #[test]
    fn a_missing_one_is_told_with_the_nearest() {
        let folder = tempfile::tempdir().expect("a folder");
        let tape = Tape::new(folder.path().to_owned());
        assert!(tape.replay(&question("a")).expect_err("empty").contains("nothing is recorded"));
        tape.record(&question("a\nb\nc"), &answer("abc")).expect("written");
        tape.record(&question("x\ny"), &answer("xy")).expect("written");
        let missing = tape.replay(&question("a\nB\nc")).expect_err("another");
        assert!(missing.contains("differs:\n  - 2: b\n  + 2: B") && !missing.contains('x'), "{missing}");
        let warmer = Question { temperature: Some(0.4), ..question("a\nb\nc") };
        let missing = tape.replay(&warmer).expect_err("another");
        assert!(missing.contains("- temperature: 0.2\n  + temperature: 0.4"), "{missing}");
    }

    #[test]
    fn an_altered_recording_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let tape = Tape::new(folder.path().to_owned());
        tape.record(&question("a"), &answer("x")).expect("written");
        let path = tape.path(&name(&question("a")));
        let text = fs::read_to_string(&path).expect("there");
        fs::write(&path, text.replace("\"a\"", "\"b\"")).expect("written");
        assert!(tape.replay(&question("a")).expect_err("altered").contains("altered"));
        fs::write(&path, "{").expect("written");
        assert!(tape.replay(&question("a")).expect_err("cut").contains("cannot be read"));
    }
}
