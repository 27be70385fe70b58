//! `cargo xtask mutate`: functions that are verified, changed in one place, must not stay verified if an input shows that they do not
//! meet their spec any more.
//!
//! The two sides do not know of each other. The interpreter looks for an input that meets `requires` and leads to a panic, to no
//! end, or to a false `ensures`; the proof path translates the changed function and searches for a proof, and runs no input. A
//! change that both the interpreter kills and Lean accepts is a wrong `verified`.

pub(crate) mod behaviour;
mod edits;
mod proofs;
mod report;
pub(crate) mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use harmonic_translator::interp::{Budget, Outcome, refute};
use harmonic_translator::translate::translate;
use harmonic_translator::unit::Translation;

use crate::fuzz::choices::Choices;
use behaviour::{Crate, Fate, fates};
use edits::{Change, changes};
use proofs::{Effort, Leaves, Proof, Prover};
use report::Report;
use sources::{Source, sources};

/// Mutants of one crate.
const BATCH: usize = 80;

/// A function with a change.
#[derive(Clone)]
pub(crate) struct Mutant<'s> {
    pub(crate) source: &'s Source,
    /// The line of its `fn`.
    pub(crate) line: usize,
    pub(crate) change: Change,
}

impl Mutant<'_> {
    /// Where its function is.
    fn name(&self) -> String {
        format!("{}, line {}", self.source.name, self.line)
    }
}

/// What came of a mutant, for each function at its line.
pub(crate) struct Judged<'s> {
    pub(crate) mutant: Mutant<'s>,
    pub(crate) fates: Vec<Fate>,
    pub(crate) proofs: Vec<Proof>,
}

impl Judged<'_> {
    /// Why `verified` is wrong of it, if it is.
    pub(crate) fn wrongly_verified(&self) -> Option<&str> {
        self.fates.iter().zip(&self.proofs).find_map(|(fate, proof)| match (fate, proof) {
            (Fate::Killed(how), Proof::Verified) => Some(how.as_str()),
            _ => None,
        })
    }
}

/// The look for inputs that every mutant gets.
fn short_look() -> Budget {
    Budget { inputs: 1_500, total_steps: 1_000_000, ..Budget::default() }
}

/// The look for inputs that a mutant gets which Lean accepts.
fn long_look() -> Budget {
    Budget { inputs: 20_000, total_steps: 20_000_000, seed: 2, ..Budget::default() }
}

/// All mutants, in a random order.
fn mutants(sources: &[Source], seed: u64) -> Vec<Mutant<'_>> {
    let mut all = vec![];
    for source in sources {
        for line in &source.lines {
            let of = |change| Mutant { source, line: *line, change };
            all.extend(changes(&source.text, *line).into_iter().map(of));
        }
    }
    let mut choices = Choices::random(seed);
    for i in (1..all.len()).rev() {
        all.swap(i, choices.below(i as u32 + 1) as usize);
    }
    all
}

/// Stack of a thread that runs functions: a changed one may call itself until a budget ends.
const STACK: usize = 512 << 20;

/// Does something with each, on that many threads; what came of it, in order.
fn on_threads<T: Sync, R: Send>(jobs: usize, of: &[T], task: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, R>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let work = || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = of.get(i) else { return };
                    let result = task(one);
                    if let Ok(mut done) = done.lock() {
                        done.insert(i, result);
                    }
                }
            };
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            if let Err(e) = thread {
                panic!("no thread: {e}");
            }
        }
    });
    done.into_inner().unwrap_or_default().into_values().collect()
}

/// The functions at a line of each text, as units of one translation; `None` where there is none.
fn units(texts: &[(&str, usize)]) -> Result<(Translation, Vec<Vec<Option<usize>>>), Box<dyn Error>> {
    let all = Crate::of(&texts.iter().map(|(text, _)| *text).collect::<Vec<_>>())?;
    let (translation, _) = translate(&all.program);
    let by_path = translation.provable();
    let of = |(i, (_, line)): (usize, &(&str, usize))| {
        let at = all.at(i, *line);
        at.iter().map(|f| by_path.get(all.program.functions[f.0].path.as_str()).copied()).collect()
    };
    let units = texts.iter().enumerate().map(of).collect();
    Ok((translation, units))
}

/// Proves functions as they are: which of them were not proved. What closed their leaves is tried on the changed ones.
fn originals(mutants: &[Mutant<'_>], prover: &Prover, leaves: &mut Leaves) -> Result<Vec<String>, Box<dyn Error>> {
    let mut seen = BTreeSet::new();
    let all: Vec<&Mutant<'_>> = mutants.iter().filter(|m| seen.insert(m.name())).collect();
    let mut open = vec![];
    for batch in all.chunks(BATCH) {
        let texts: Vec<_> = batch.iter().map(|m| (m.source.text.as_str(), m.line)).collect();
        let (translation, units) = units(&texts)?;
        let proofs = prover.judge(&translation, &named(batch.iter().copied(), &units), Effort::Full, leaves)?;
        for (m, units) in batch.iter().zip(units) {
            if units.is_empty() || units.iter().any(|u| u.and_then(|u| proofs.get(&u)) != Some(&Proof::Verified)) {
                open.push(m.name());
            }
        }
    }
    Ok(open)
}

/// The units of mutants, with the names of their functions.
fn named<'m, 's: 'm>(
    mutants: impl Iterator<Item = &'m Mutant<'s>>,
    units: &[Vec<Option<usize>>],
) -> BTreeMap<usize, String> {
    let of = |(m, units): (&Mutant<'_>, &Vec<Option<usize>>)| {
        units.iter().flatten().map(|unit| (*unit, m.name())).collect::<Vec<_>>()
    };
    mutants.zip(units).flat_map(of).collect()
}

/// Judges mutants both ways. Lean is given the text that `given` says, which is a mutant's own but in a test.
fn judge<'s>(
    mutants: &[Mutant<'s>],
    prover: &Prover,
    leaves: &mut Leaves,
    jobs: usize,
    given: &dyn Fn(&Mutant<'s>) -> String,
) -> Result<Vec<Judged<'s>>, Box<dyn Error>> {
    let look = |m: &Mutant<'_>| fates(&m.source.text, &m.change.text, m.line, &short_look());
    let fates = on_threads(jobs, mutants, look);
    let judged = mutants.iter().cloned().zip(fates);
    let mut judged: Vec<Judged<'s>> = judged.map(|(mutant, fates)| Judged { mutant, fates, proofs: vec![] }).collect();
    let mut translated: Vec<&mut Judged<'s>> =
        judged.iter_mut().filter(|j| j.fates.iter().any(|f| !matches!(f, Fate::Refused(_)))).collect();
    let texts: Vec<String> = translated.iter().map(|j| given(&j.mutant)).collect();
    let texts: Vec<(&str, usize)> =
        texts.iter().zip(&translated).map(|(text, j)| (text.as_str(), j.mutant.line)).collect();
    let (translation, units) = units(&texts)?;
    let wanted = named(translated.iter().map(|j| &j.mutant), &units);
    let proofs = prover.judge(&translation, &wanted, Effort::Cheap, leaves)?;
    for (j, units) in translated.iter_mut().zip(units) {
        let said = |unit: Option<usize>| unit.and_then(|u| proofs.get(&u).cloned()).unwrap_or(Proof::Open);
        j.proofs = units.into_iter().map(said).collect();
    }
    on_threads(jobs, &translated.iter_mut().map(Mutex::new).collect::<Vec<_>>(), |j| {
        if let Ok(mut j) = j.lock() {
            look_longer(&mut j);
        }
    });
    Ok(judged)
}

/// Looks longer for inputs that kill what Lean accepts.
fn look_longer(j: &mut Judged<'_>) {
    let survives = |fate: &Fate| matches!(fate, Fate::Same(_) | Fate::Differs(_));
    if !j.fates.iter().zip(&j.proofs).any(|(fate, proof)| survives(fate) && *proof == Proof::Verified) {
        return;
    }
    let Ok(changed) = Crate::of(&[&j.mutant.change.text]) else { return };
    for (fate, id) in j.fates.iter_mut().zip(changed.at(0, j.mutant.line)) {
        if let (true, Outcome::Refuted(c)) = (survives(fate), refute(&changed.program, id, &long_look()).outcome) {
            *fate = Fate::Killed(format!("{c:?}"));
        }
    }
}

/// `[--mutants N] [--seed S]`.
///
/// # Errors
/// If an argument is wrong, something could not be run, or a mutant is wrongly `verified`.
pub(crate) fn run(root: &Path, args: &[String]) -> Result<(), Box<dyn Error>> {
    let (mut count, mut seed) = (2_000, 1);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{arg}` needs a number"))?.parse::<u64>()?;
        match arg.as_str() {
            "--mutants" => count = value as usize,
            "--seed" => seed = value,
            _ => return Err(format!("`{arg}` is not known").into()),
        }
    }
    let started = Instant::now();
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut sources = sources(root)?;
    sources.retain(|source| !source.lines.is_empty());
    let mut mutants = mutants(&sources, seed);
    let there = mutants.len();
    mutants.truncate(count);
    let prover = Prover::open(jobs)?;
    let mut leaves = Leaves::default();
    let open = originals(&mutants, &prover, &mut leaves)?;
    let functions = mutants.iter().map(Mutant::name).collect::<BTreeSet<_>>().len();
    eprintln!("{functions} functions, {:.0} s; they have {there} mutants", started.elapsed().as_secs_f64());
    for one in &open {
        println!("not proved as it is: {one}");
    }
    let mut report = Report::default();
    for batch in mutants.chunks(BATCH) {
        for judged in judge(batch, &prover, &mut leaves, jobs, &|m| m.change.text.clone())? {
            if let Some(how) = judged.wrongly_verified() {
                eprintln!("wrongly verified: {}: {how}", judged.mutant.name());
            }
            report.add(&judged);
        }
        eprintln!("{}, {:.0} s", report.sum(), started.elapsed().as_secs_f64());
    }
    println!("{report}{functions} functions, {:.0} s", started.elapsed().as_secs_f64());
    match report.wrong() {
        0 => Ok(()),
        n => Err(format!("{n} mutants are wrongly verified").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// A function of which some change is killed, some is verified for it does the same, and some for the spec allows it.
    fn small() -> Source {
        let text = "#[spec(requires: a < 100, ensures: |out| out >= a)]\n\
                    fn f(a: u32, b: bool) -> u32 {\n    if b && true { a + 1 } else { a }\n}\n";
        Source { name: "small".into(), text: text.into(), lines: BTreeSet::from([2]) }
    }

    fn judged<'s>(mutants: &[Mutant<'s>], given: &dyn Fn(&Mutant<'s>) -> String) -> Vec<Judged<'s>> {
        let prover = Prover::open(1).expect("Lean is there");
        judge(mutants, &prover, &mut Leaves::default(), 1, given).expect("Lean runs")
    }

    #[test]
    fn no_mutant_is_wrongly_verified() {
        let sources = [small()];
        let all = mutants(&sources, 1);
        let judged = judged(&all, &|m| m.change.text.clone());
        let of = |fate: fn(&Fate) -> bool, proof: &Proof| {
            judged.iter().filter(|j| fate(&j.fates[0]) && j.proofs.first() == Some(proof)).count()
        };
        assert_eq!(of(|f| matches!(f, Fate::Killed(_)), &Proof::Verified), 0);
        assert!(of(|f| matches!(f, Fate::Killed(_)), &Proof::Open) > 0);
        assert!(of(|f| matches!(f, Fate::Differs(_)), &Proof::Verified) > 0);
        assert!(of(|f| matches!(f, Fate::Same(_)), &Proof::Verified) > 0);
    }

    /// Lean is given the functions as they were, as if the translator did not see what was changed.
    #[test]
    fn a_translator_that_misses_changes_is_found() {
        let sources = [small()];
        let all = mutants(&sources, 1);
        let judged = judged(&all, &|m| m.source.text.clone());
        let mut report = Report::default();
        judged.iter().for_each(|j| report.add(j));
        let killed = judged.iter().filter(|j| matches!(j.fates[0], Fate::Killed(_))).count();
        assert!(killed > 0);
        assert_eq!(report.wrong(), killed);
        assert!(report.to_string().contains("## wrongly verified: small, line 3, "), "{report}");
    }

    #[test]
    fn the_sources_have_mutants() {
        let sources = sources(&root()).expect("the cases are there");
        let all = mutants(&sources, 1);
        assert!(sources.iter().any(|s| s.name.starts_with("examples/")));
        assert!(all.len() > 2_000, "{} mutants", all.len());
        let again = mutants(&sources, 1);
        assert!(all.iter().zip(&again).all(|(a, b)| a.change.text == b.change.text));
    }

    #[test]
    fn inputs_tell_what_became_of_a_function() {
        let source = small();
        let fate = |from: &str, to: &str| {
            let changed = source.text.replace(from, to);
            fates(&source.text, &changed, 2, &short_look()).remove(0)
        };
        assert!(matches!(fate("a + 1", "a - 1"), Fate::Killed(_)));
        assert!(matches!(fate("a + 1", "a + 2"), Fate::Differs(_)));
        assert!(matches!(fate("b && true", "b"), Fate::Same(n) if n > 10));
        assert!(matches!(fate("a + 1", "a + nowhere"), Fate::Refused(_)));
        // It never returns, which no look for values shows.
        assert!(matches!(fate("if b", "while a < 100 {} if b"), Fate::Killed(_)));
    }
}
