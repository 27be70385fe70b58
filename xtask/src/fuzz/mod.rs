//! `cargo xtask fuzz`: random programs, run by rustc and by the translator's interpreter, have to do the same.
//!
//! A program is a function of a list of choices (`choices`), which `program`, `statements` and `expressions` make well-typed Rust
//! of. Programs are run in batches (`rustc`, `interpreter`); one that differs is shrunk (`shrink`) and printed as a case.

mod choices;
mod expressions;
mod interpreter;
mod program;
mod rustc;
mod shrink;
mod statements;
mod types;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use choices::Choices;
use interpreter::Ran;
use program::{Program, program};

/// Programs of one compilation.
const BATCH: usize = 200;

/// What a run measured.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) programs: usize,
    /// Programs that rustc does not accept: a fault of the generator.
    pub(crate) not_rust: BTreeMap<String, usize>,
    pub(crate) refused: BTreeMap<String, (usize, String)>,
    pub(crate) calls: usize,
    pub(crate) panics: usize,
    pub(crate) undecided: usize,
    pub(crate) differences: Vec<(Program, String)>,
}

/// Runs programs both ways; for each what differs, if something does.
pub(crate) fn compare(programs: &[Program], measured: &mut Measured) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    let expected = rustc::run(programs)?;
    let typed = interpreter::typed(programs)?;
    let got = interpreter::run(&typed, programs);
    let mut out = vec![];
    for ((p, expected), got) in programs.iter().zip(expected).zip(got) {
        measured.programs += 1;
        let expected = match expected {
            Ok(lines) => lines,
            Err(said) => {
                let code = said.split("error").nth(1).map_or("?", |r| r.split(':').next().unwrap_or("?"));
                *measured.not_rust.entry(code.to_owned()).or_default() += 1;
                if std::env::var_os("FUZZ_SHOW").is_some() {
                    eprintln!("not Rust: {said}");
                }
                out.push(None);
                continue;
            }
        };
        out.push(match got {
            Ran::Refused(code) => {
                let (code, message) = code.split_once(' ').unwrap_or((&code, ""));
                measured.refused.entry(code.to_owned()).or_insert((0, message.to_owned())).0 += 1;
                if std::env::var_os("FUZZ_SHOW").is_some() {
                    eprintln!("refused: {code} {message}");
                }
                None
            }
            Ran::Broken(why) => Some(why),
            Ran::Calls(calls) => {
                let mut difference = None;
                for ((call, expected), got) in p.calls.iter().zip(&expected).zip(calls) {
                    measured.calls += 1;
                    measured.panics += usize::from(expected == "panic");
                    match got {
                        None => measured.undecided += 1,
                        Some(got) if got != *expected && difference.is_none() => {
                            difference = Some(format!("f({call}): rustc's is {expected}, the interpreter's {got}"));
                        }
                        Some(_) => {}
                    }
                }
                difference
            }
        });
    }
    Ok(out)
}

/// Runs that many programs from a seed.
///
/// # Errors
/// If rustc or the front end cannot do a whole batch.
pub(crate) fn fuzz(programs: usize, seed: u64) -> Result<Measured, Box<dyn Error>> {
    let mut measured = Measured::default();
    let mut at = 0;
    while at < programs {
        let n = BATCH.min(programs - at);
        let batch: Vec<_> =
            (at..at + n).map(|i| program(Choices::random(seed.wrapping_mul(1 << 32) ^ i as u64))).collect();
        for (p, different) in batch.iter().zip(compare(&batch, &mut measured)?) {
            if let Some(how) = different {
                measured.differences.push((p.clone(), how));
            }
        }
        at += n;
    }
    Ok(measured)
}

/// `[--programs N] [--seed S]`.
///
/// # Errors
/// If an argument is wrong, a batch could not be run, or a program differs.
pub(crate) fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let (mut programs, mut seed) = (10_000, 1);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{arg}` needs a number"))?.parse::<u64>()?;
        match arg.as_str() {
            "--programs" => programs = value as usize,
            "--seed" => seed = value,
            _ => return Err(format!("`{arg}` is not known").into()),
        }
    }
    let started = Instant::now();
    let measured = fuzz(programs, seed)?;
    for (p, _) in measured.differences.iter().take(8) {
        let (p, how) = shrink::shrink(p)?;
        println!("## {how}\n\n```rust\n{}```\n", p.text);
    }
    println!(
        "{} programs, {} calls, {} panics, {} undecided, {} differences, {:.0} s",
        measured.programs,
        measured.calls,
        measured.panics,
        measured.undecided,
        measured.differences.len(),
        started.elapsed().as_secs_f64()
    );
    for (code, (n, message)) in &measured.refused {
        println!("refused {code}: {n} ({message})");
    }
    for (code, n) in &measured.not_rust {
        println!("not Rust, error{code}: {n}");
    }
    match measured.differences.len() {
        0 => Ok(()),
        n => Err(format!("{n} programs differ").into()),
    }
}
