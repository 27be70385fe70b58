//! Statements about bits, decided by a SAT solver and checked by Lean's kernel.
//!
//! A statement is taken apart into integers and facts about them ([`reify`]), the facts become clauses on their bits ([`facts`]), the
//! solver refutes those ([`solver`]), and what it learnt is written as a proof by `Harmonic.BitBlast.refute`
//! (`lean/Harmonic/BitBlast.lean`). Nothing of this is trusted: Lean computes the clauses again and follows each step. The candidate is a
//! word, [`MARK`], and the certificate is made when a file is written, so that kept proofs stay small.

mod facts;
mod operations;
mod read;
mod reify;
mod solver;
mod values;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use facts::{Clause, Fact};
use solver::{Answer, Hint, Lit};

use crate::search::lock;
use crate::shapes::Statement;

/// The candidate that stands for the certificate of its statement.
pub(crate) const MARK: &str = "exact Harmonic.BitBlast.certificate";
/// What is written where there is no certificate.
const NONE: &str = "fail";
/// Most conflicts of the solver: what needs more would keep the kernel busy for a minute.
const MAX_CONFLICTS: u64 = 20_000;
/// Most hints of a certificate.
const MAX_HINTS: usize = 400_000;
/// Most words of a certificate in one number, but for a step that alone has more: Lean reads long numbers slowly, and many.
const WORDS: usize = 64;
/// Facts in a list of their own.
const CHUNK: usize = 32;

/// Whether a statement is of the kind that certificates are made for.
pub(crate) fn is_about_bits(statement: &str) -> bool {
    ["iand ", "ior ", "ixor ", "popcount ", "ctz ", "clz ", "irotl ", "irotr ", "ireverse ", "iswap "]
        .iter()
        .any(|w| statement.contains(w))
}

/// The block that [`MARK`] stands for in the proof of a statement: the same for the same statement, made once.
pub(crate) fn block(statement: &str) -> Arc<str> {
    static MADE: OnceLock<Mutex<HashMap<String, Arc<str>>>> = OnceLock::new();
    let made = MADE.get_or_init(Mutex::default);
    let known = lock(made).get(statement).cloned();
    known.unwrap_or_else(|| {
        let block: Arc<str> = certified(statement).unwrap_or_else(|| NONE.to_owned()).into();
        lock(made).insert(statement.to_owned(), Arc::clone(&block));
        block
    })
}

/// A Lean text in which the words that stand for certificates are replaced by them, for reading.
pub fn with_certificates(text: &str) -> String {
    let pieces = text.split_inclusive(MARK).map(|piece| {
        let Some(before) = piece.strip_suffix(MARK) else { return piece.to_owned() };
        let statement = before.rfind("theorem ").and_then(|at| before.get(at..));
        let made = statement.and_then(|s| s.trim_end().strip_suffix(":= by")).map(|s| block(s.trim_end()));
        made.map_or_else(|| piece.to_owned(), |made| format!("{before}{}", made.replace('\n', "\n  ")))
    });
    pieces.collect()
}

fn certified(statement: &str) -> Option<String> {
    let read = Statement::read(statement);
    let reified = reify::reify(read.binders(), read.goal())?;
    let width = reified.width;
    // The table of facts starts at 1.
    let clauses: Vec<Clause> =
        reified.facts.iter().enumerate().flat_map(|(n, fact)| fact.clauses(n + 1, width)).collect();
    let mut dense: HashMap<Lit, Lit> = HashMap::new();
    let mut codes: Vec<Lit> = Vec::new();
    let mut given = Vec::with_capacity(clauses.len());
    for clause in &clauses {
        let lits = clause.lits.iter().map(|l| {
            let v = *dense.entry(l >> 1).or_insert_with(|| {
                codes.push(l >> 1);
                codes.len() as Lit - 1
            });
            2 * v + (l & 1)
        });
        given.push(lits.collect::<Vec<Lit>>());
    }
    let Answer::Unsatisfiable(learnt) = solver::solve(codes.len(), &given, MAX_CONFLICTS) else { return None };
    if learnt.iter().map(|l| l.hints.len()).sum::<usize>() > MAX_HINTS {
        return None;
    }
    let mut chunks: Vec<Vec<Lit>> = vec![Vec::new()];
    for (at, step) in learnt.iter().enumerate() {
        let mut words = vec![Lit::try_from(step.hints.len() << 16 | step.lits.len()).ok()?];
        words.extend(step.lits.iter().map(|l| 2 * (codes[(l >> 1) as usize] + 1) + (1 - (l & 1))));
        words.extend(step.hints.iter().map(|hint| match hint {
            Hint::Given(n) => 2 * clauses[*n].hint as Lit,
            Hint::Learnt(n) => 2 * (at - 1 - n) as Lit + 1,
        }));
        match chunks.last_mut() {
            Some(last) if last.len() + words.len() <= WORDS => last.extend(words),
            _ => chunks.push(words),
        }
    }
    let chunks: Vec<String> = chunks.iter().map(|words| packed(words)).collect();
    let facts: Vec<String> = reified.facts.iter().map(Fact::lean).collect();
    let facts: Vec<String> = facts.chunks(CHUNK).map(|some| format!("[{}]", some.join(", "))).collect();
    let proofs: Vec<String> = (0..reified.facts.len()).map(|n| format!("hf{n}")).collect();
    let proofs: Vec<String> = proofs.chunks(CHUNK).map(|some| format!("⟨{}, trivial⟩", some.join(", "))).collect();
    let values: Vec<(usize, &str)> = reified.values.iter().enumerate().map(|(j, v)| (j + 1, v.as_str())).collect();
    let mut out = format!("refine Classical.byContradiction fun {} => ?_\n", reify::NEGATED);
    for lemma in &reified.lemmas {
        let _ = writeln!(out, "{lemma}");
    }
    let _ = write!(
        out,
        "exact Harmonic.BitBlast.refute {}\n  [{}]\n  {width}\n  [{}]\n  (by decide +kernel)\n  ⟨{}, trivial⟩",
        table(&values),
        facts.join(",\n   "),
        chunks.join(",\n   "),
        proofs.join(",\n   ")
    );
    Some(out)
}

/// `Harmonic.BitBlast.Table`: value 1 at its root, the even ones below to the left, the odd ones to the right.
fn table(values: &[(usize, &str)]) -> String {
    if values.is_empty() {
        return ".leaf".to_owned();
    }
    let root = values.iter().find(|(n, _)| *n == 1).map_or("none".to_owned(), |(_, v)| format!("(some {v})"));
    let half = |parity: usize| {
        let of: Vec<(usize, &str)> =
            values.iter().filter(|(n, _)| *n > 1 && n % 2 == parity).map(|(n, v)| (n / 2, *v)).collect();
        table(&of)
    };
    format!("(.node {} {root} {})", half(0), half(1))
}

/// Numbers as one, 32 bits each.
fn packed(numbers: &[Lit]) -> String {
    let digits: Vec<String> = numbers.iter().rev().map(|n| format!("{n:08x}")).collect();
    format!("0x{}", digits.concat())
}
