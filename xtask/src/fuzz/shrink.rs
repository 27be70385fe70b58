//! From a program that differs to a small one that does: fewer choices, then smaller ones.

use std::collections::BTreeSet;
use std::error::Error;

use super::choices::Choices;
use super::lean::Lean;
use super::program::{Program, program};
use super::{Measured, compare};

/// Attempts of one round, which rustc compiles together.
const TOGETHER: usize = 60;
const ROUNDS: usize = 12;

/// How large a program is: its text first.
fn size(p: &Program) -> (usize, usize) {
    (p.text.len(), p.choices.len())
}

/// Lists of choices that are simpler.
fn simpler(choices: &[u32], round: usize) -> Vec<Vec<u32>> {
    let mut out = vec![];
    let mut width = choices.len().div_ceil(2).max(1);
    let with = |at: usize, end: usize, put: &[u32]| [&choices[..at], put, &choices[end..]].concat();
    loop {
        let mut at = (round * 7) % width.max(1);
        while at < choices.len() {
            let end = (at + width).min(choices.len());
            out.push(with(at, end, &[]));
            if choices[at..end].iter().any(|x| *x != 0) {
                out.push(with(at, end, &vec![0; end - at]));
                if width == 1 {
                    out.push(with(at, end, &[choices[at] / 2]));
                    out.push(with(at, end, &[choices[at] - 1]));
                }
            }
            at += width;
        }
        if width == 1 {
            return out;
        }
        width = width.div_ceil(2);
    }
}

/// A small program that differs as well, and how.
///
/// # Errors
/// If the attempts cannot be run.
pub(crate) fn shrink(from: &Program, lean: Option<&Lean>) -> Result<(Program, String), Box<dyn Error>> {
    let mut best = from.clone();
    let mut how =
        compare(std::slice::from_ref(from), lean, &mut Measured::default())?.pop().flatten().unwrap_or_default();
    let mut tried = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut attempts: Vec<Program> = vec![];
        for choices in simpler(&best.choices, round) {
            let p = program(Choices::replay(choices));
            if size(&p) < size(&best) && tried.insert(p.text.clone()) {
                attempts.push(p);
            }
        }
        // The smallest first would be the luckiest; a spread of sizes makes progress.
        attempts.sort_by_key(size);
        let step = attempts.len().div_ceil(TOGETHER).max(1);
        let attempts: Vec<_> = attempts.into_iter().step_by(step).collect();
        if attempts.is_empty() {
            break;
        }
        let results = compare(&attempts, lean, &mut Measured::default())?;
        if let Some((p, h)) = attempts.into_iter().zip(results).find_map(|(p, r)| Some((p, r?))) {
            (best, how) = (p, h);
        }
    }
    Ok((best, how))
}
