//! Found proofs as text, to be kept with the source: suggestions, gated and checked again whenever they are used.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use harmonic_translator::unit::Obligation;

use crate::gate::Block;
use crate::key::{digest, leaf_key};
use crate::normal::Bound;
use crate::store::{MAX_FILE, read_bounded, write_atomically};

/// First line of a file.
const HEADER: &str = "harmonic-proofs 1";
/// How files end.
const EXTENSION: &str = "proofs";
/// Digits of a key.
const KEY: usize = 32;
/// Most invariants that are kept of a function, and the longest of them, in bytes.
const MOST_INVARIANTS: usize = 200;
const LONGEST_INVARIANT: usize = 2_000;
/// Most proofs that are taken over from statements that have changed.
const MOST_OLD: usize = 2;

/// A folder of proofs, one file a function.
///
/// ```text
/// harmonic-proofs 1
/// # a remark, which stays
/// leaf 3f…: this `+` may overflow `u32`
///   omega
/// ```
///
/// An entry is named by its statement, without the names that the source gives, and a proof is found wherever it is in the folder:
/// a function that moved, or whose variables were renamed, keeps its proofs. Entries are in the order of their names, so that a
/// change of one is a change of few lines, and two versions of a file can be merged by taking the lines of both.
///
/// Invariants that were found for a function's loops, which are numbered from 0 in the order of the source, come first:
///
/// ```text
/// loop 0: lo <= hi
/// ```
#[derive(Debug)]
pub struct ProofStore {
    folder: PathBuf,
    read: OnceLock<Index>,
    refusals: Mutex<Vec<String>>,
}

/// What is in the folder.
#[derive(Debug, Default)]
struct Index {
    /// By statement; each with its file.
    by_key: HashMap<String, Vec<(PathBuf, String)>>,
    /// By file and what the obligation is about.
    by_kind: HashMap<(PathBuf, String), Vec<String>>,
}

/// A file as it is read.
#[derive(Debug, Default)]
struct Proofs {
    invariants: Vec<Invariant>,
    entries: Vec<Entry>,
    /// Remarks after the last entry.
    end: Vec<String>,
}

/// An invariant of a loop, as Rust writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Which loop of the function, from 0 in the order of the source.
    pub of: usize,
    /// The condition, on one line.
    pub condition: String,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Remarks before it.
    remarks: Vec<String>,
    key: String,
    kind: String,
    /// With positions in place of names.
    text: String,
}

impl ProofStore {
    /// A store in this folder, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, read: OnceLock::new(), refusals: Mutex::default() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, function: &str) -> PathBuf {
        let plain: String =
            function.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).take(80).collect();
        self.folder.join(format!("{plain}.{}.{EXTENSION}", &digest(&[function])[..8]))
    }

    fn refuse(&self, path: &Path, reason: &str) {
        if let Ok(mut refusals) = self.refusals.lock() {
            refusals.push(format!("{}: {reason}", path.display()));
        }
    }

    /// What was refused so far, with reasons.
    pub fn take_refusals(&self) -> Vec<String> {
        self.refusals.lock().map(|mut r| std::mem::take(&mut *r)).unwrap_or_default()
    }

    fn index(&self) -> &Index {
        self.read.get_or_init(|| {
            let mut index = Index::default();
            for path in self.files() {
                for entry in self.read(&path).entries {
                    index.by_key.entry(entry.key).or_default().push((path.clone(), entry.text.clone()));
                    index.by_kind.entry((path.clone(), entry.kind)).or_default().push(entry.text);
                }
            }
            index
        })
    }

    /// Its files, in the order of their names.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == EXTENSION)).collect();
        files.sort();
        files
    }

    /// Reads a file; what cannot be read of it is refused.
    fn read(&self, path: &Path) -> Proofs {
        let mut out = Proofs::default();
        let text = match read_bounded(path, MAX_FILE) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return out,
            Err(e) => {
                self.refuse(path, &format!("cannot be read: {e}"));
                return out;
            }
        };
        let mut lines = text.lines().enumerate();
        if lines.next().is_none_or(|(_, line)| line != HEADER) {
            self.refuse(path, &format!("does not start with `{HEADER}`"));
            return out;
        }
        let mut remarks = Vec::new();
        // Whether lines of a proof are expected.
        let mut open = false;
        for (number, line) in lines {
            if let Some(rest) = line.strip_prefix("leaf ") {
                let (key, kind) = rest.split_once(": ").unwrap_or((rest, ""));
                open = key.len() == KEY && key.bytes().all(|b| b.is_ascii_hexdigit());
                if !open {
                    self.refuse(path, &format!("line {}: not a leaf's key", number + 1));
                    continue;
                }
                let remarks = std::mem::take(&mut remarks);
                out.entries.push(Entry { remarks, key: key.to_owned(), kind: kind.to_owned(), text: String::new() });
            } else if let Some(rest) = line.strip_prefix("loop ") {
                open = false;
                let read = rest.split_once(": ").and_then(|(of, condition)| Some((of.parse().ok()?, condition)));
                let fits = out.invariants.len() < MOST_INVARIANTS;
                match read.filter(|(_, condition)| fits && condition.len() <= LONGEST_INVARIANT) {
                    Some((of, condition)) => {
                        let invariant = Invariant { of, condition: condition.to_owned() };
                        if !out.invariants.contains(&invariant) {
                            out.invariants.push(invariant);
                        }
                    }
                    None => self.refuse(path, &format!("line {}: not an invariant of a loop", number + 1)),
                }
            } else if let (true, Some(body), Some(entry)) = (open, line.strip_prefix("  "), out.entries.last_mut()) {
                entry.text.push_str(body);
                entry.text.push('\n');
            } else if line.starts_with('#') {
                remarks.push(line.to_owned());
                open = false;
            } else if !line.trim().is_empty() && line != HEADER {
                // (The header is there twice if lines of two files were put together.)
                self.refuse(
                    path,
                    &format!("line {}: neither a `leaf` or `loop` line nor a line of a proof", number + 1),
                );
            }
        }
        out.end = remarks;
        out
    }

    /// Whether anything is kept for an obligation, be it of use or not.
    pub fn keeps(&self, obligation: &Obligation) -> bool {
        self.index().by_key.contains_key(&leaf_key(obligation))
    }

    /// The proofs that are kept of an obligation, with its names and past the gate: those of the same function first.
    /// A refusal is remembered with its reason.
    pub fn proofs_of(&self, function: &str, obligation: &Obligation, known: &HashSet<String>) -> Vec<Block> {
        let own = self.path(function);
        let mut found: Vec<&(PathBuf, String)> =
            self.index().by_key.get(&leaf_key(obligation)).into_iter().flatten().collect();
        found.sort_by_key(|(path, _)| *path != own);
        let bound = Bound::of(&obligation.statement);
        let mut out = Vec::new();
        for (path, text) in found {
            let block = bound.specific(text).ok_or_else(|| "a name that the statement does not have".to_owned());
            match block.and_then(|text| Block::new(&text, known).map_err(|refusal| refusal.to_string())) {
                Ok(block) if out.contains(&block) => {}
                Ok(block) => out.push(block),
                Err(reason) => self.refuse(path, &reason),
            }
        }
        out
    }

    /// Proofs of what the function's obligations of this kind were before they changed: they may still do.
    pub fn old_proofs_of(&self, function: &str, obligation: &Obligation, known: &HashSet<String>) -> Vec<Block> {
        let old = self.index().by_kind.get(&(self.path(function), plain_kind(obligation)));
        let bound = Bound::of(&obligation.statement);
        let blocks = old.into_iter().flatten().filter_map(|text| Block::new(&bound.specific(text)?, known).ok());
        let mut out: Vec<Block> = Vec::new();
        for block in blocks {
            if out.len() < MOST_OLD && !out.contains(&block) {
                out.push(block);
            }
        }
        out
    }

    /// Keeps the accepted blocks of a function. What is kept of other statements stays, see [`ProofStore::prune`]. If it cannot be
    /// written, that is among the refusals: it costs time on the next run, not truth on this one.
    pub fn save(&self, function: &str, leaves: &[(&Obligation, &Block)]) {
        let path = self.path(function);
        let mut file = self.read(&path);
        for (obligation, block) in leaves {
            let key = leaf_key(obligation);
            let text = Bound::of(&obligation.statement).generic(&format!("{}\n", block.text()));
            let kind = plain_kind(obligation);
            let mut same = file.entries.iter_mut().filter(|e| e.key == key);
            match same.next() {
                Some(entry) => {
                    (entry.kind, entry.text) = (kind, text);
                    // Two versions of a file that were put together: the other proof is not needed.
                    let mut first = true;
                    file.entries.retain(|e| e.key != key || std::mem::take(&mut first));
                }
                None => file.entries.push(Entry { remarks: Vec::new(), key, kind, text }),
            }
        }
        file.entries.sort_by(|a, b| a.key.cmp(&b.key));
        self.put(&path, &file);
    }

    fn put(&self, path: &Path, file: &Proofs) {
        if let Err(error) = write(path, file) {
            self.refuse(path, &format!("cannot be written: {error}"));
        }
    }

    /// The invariants that are kept of a function's loops.
    pub fn invariants_of(&self, function: &str) -> Vec<Invariant> {
        self.read(&self.path(function)).invariants
    }

    /// Keeps these invariants of a function's loops and no others. Failures are told as by [`ProofStore::save`].
    pub fn keep_invariants(&self, function: &str, invariants: &[Invariant]) {
        let path = self.path(function);
        let mut file = self.read(&path);
        file.invariants = invariants.to_vec();
        self.put(&path, &file);
    }

    /// Takes over what another folder keeps of a function's obligations. Failures are told as by [`ProofStore::save`].
    pub fn take_over(&self, other: &ProofStore, function: &str, obligations: &[Obligation]) {
        let path = self.path(function);
        let keys: HashSet<String> = obligations.iter().map(leaf_key).collect();
        let mut file = self.read(&path);
        let taken = other.read(&other.path(function)).entries.into_iter().filter(|e| keys.contains(&e.key));
        for entry in taken {
            file.entries.retain(|e| e.key != entry.key);
            file.entries.push(entry);
        }
        file.entries.sort_by(|a, b| a.key.cmp(&b.key));
        self.put(&path, &file);
    }

    /// Drops what is kept of statements that are not among those of any function, and says how many there were of each file.
    /// Nothing is changed if `dry`.
    ///
    /// # Errors
    /// What the system says.
    pub fn prune(&self, obligations: &[(&str, &Obligation)], dry: bool) -> io::Result<BTreeMap<PathBuf, usize>> {
        let mut wanted: HashMap<PathBuf, HashSet<String>> = HashMap::new();
        for (function, obligation) in obligations {
            wanted.entry(self.path(function)).or_default().insert(leaf_key(obligation));
        }
        let mut dropped = BTreeMap::new();
        for path in self.files() {
            let mut file = self.read(&path);
            let before = file.entries.len() + file.invariants.len();
            file.entries.retain(|e| wanted.get(&path).is_some_and(|keys| keys.contains(&e.key)));
            if !wanted.contains_key(&path) {
                file.invariants.clear();
            }
            let left = file.entries.len() + file.invariants.len();
            if left == before && before > 0 {
                continue;
            }
            dropped.insert(path.clone(), before - left);
            match (dry, left == 0) {
                (true, _) => {}
                (false, true) => fs::remove_file(&path)?,
                (false, false) => write(&path, &file)?,
            }
        }
        Ok(dropped)
    }
}

/// What an obligation is about, on one line.
fn plain_kind(obligation: &Obligation) -> String {
    obligation.kind.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn write(path: &Path, file: &Proofs) -> io::Result<()> {
    let mut text = format!("{HEADER}\n");
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    for Invariant { of, condition } in &file.invariants {
        line(&format!("loop {of}: {condition}"));
    }
    for entry in &file.entries {
        entry.remarks.iter().for_each(|remark| line(remark));
        line(&format!("leaf {}: {}", entry.key, entry.kind));
        entry.text.lines().for_each(|l| line(&format!("  {l}")));
    }
    file.end.iter().for_each(|remark| line(remark));
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    write_atomically(path, text.as_bytes())
}

#[cfg(test)]
mod tests;
