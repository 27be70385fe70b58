//! `cargo xtask fuzz`: random programs, run by rustc, by the translator's interpreter and by Lean, have to do the same.
//!
//! A program is a function of a list of choices (`choices`), which `program`, `statements` and `expressions` make well-typed Rust
//! of. Programs are run in batches (`rustc`, `interpreter`, `lean`); one that differs is shrunk (`shrink`) and printed as a case.
//! `syntax` is of another kind: texts that need not be Rust, and must not break the tool. So is `cheats`: proofs that are none, and
//! must not pass the gate as something else than they seem.

mod cheats;
pub(crate) mod choices;
mod expressions;
mod interpreter;
mod lean;
mod program;
mod rustc;
mod shrink;
mod statements;
mod syntax;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::Instant;

use choices::Choices;
use interpreter::Ran;
use lean::{Evaluated, Lean};
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
    /// Calls that Lean evaluated.
    pub(crate) evaluated: usize,
    /// Programs with recursion, which Lean does not evaluate.
    pub(crate) recursive: usize,
    pub(crate) differences: Vec<(Program, String)>,
}

/// Runs programs both ways; for each what differs, if something does.
pub(crate) fn compare(
    programs: &[Program],
    lean: Option<&Lean>,
    measured: &mut Measured,
) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    let expected = rustc::run(programs)?;
    let typed = interpreter::typed(programs)?;
    let got = interpreter::run(&typed, programs);
    let mut out = vec![];
    let mut not_compared = BTreeSet::new();
    for (i, ((p, expected), got)) in programs.iter().zip(expected).zip(got).enumerate() {
        measured.programs += 1;
        let expected = match expected {
            Ok(lines) => lines,
            Err(said) => {
                let code = said.split("error").nth(1).map_or("?", |r| r.split(':').next().unwrap_or("?"));
                *measured.not_rust.entry(code.to_owned()).or_default() += 1;
                not_compared.insert(i);
                out.push(None);
                continue;
            }
        };
        out.push(match got {
            Ran::Refused(code) => {
                refuse(&mut measured.refused, &code);
                not_compared.insert(i);
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
    let Some(lean) = lean else { return Ok(out) };
    for ((i, said), out) in lean.compare(&typed, programs)?.into_iter().enumerate().zip(&mut out) {
        match said {
            // What rustc does not accept, or the interpreter sees otherwise, is no measure for Lean.
            _ if not_compared.contains(&i) || out.is_some() => {}
            Evaluated::Same(calls) => measured.evaluated += calls,
            Evaluated::Different(how) => *out = Some(how),
            Evaluated::Recursive => measured.recursive += 1,
            Evaluated::Refused(code) => refuse(&mut measured.refused, &code),
        }
    }
    Ok(out)
}

/// Notes a refusal: its code with its first message.
fn refuse(refused: &mut BTreeMap<String, (usize, String)>, said: &str) {
    let (code, message) = said.split_once(' ').unwrap_or((said, ""));
    refused.entry(code.to_owned()).or_insert((0, message.to_owned())).0 += 1;
}

/// Runs that many programs from a seed.
///
/// # Errors
/// If rustc or the front end cannot do a whole batch.
pub(crate) fn fuzz(programs: usize, seed: u64, lean: Option<&Lean>) -> Result<Measured, Box<dyn Error>> {
    let mut measured = Measured::default();
    let mut at = 0;
    while at < programs {
        let n = BATCH.min(programs - at);
        let batch: Vec<_> =
            (at..at + n).map(|i| program(Choices::random(seed.wrapping_mul(1 << 32) ^ i as u64))).collect();
        for (p, different) in batch.iter().zip(compare(&batch, lean, &mut measured)?) {
            if let Some(how) = different {
                eprintln!("difference, to be shrunk: {how}");
                measured.differences.push((p.clone(), how));
            }
        }
        at += n;
    }
    Ok(measured)
}

/// `[--programs N] [--seed S] [--no-lean | --syntax | --cheats]`.
///
/// # Errors
/// If an argument is wrong, a batch could not be run, or a program differs.
pub(crate) fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let (mut programs, mut seed, mut with_lean, mut other) = (10_000, 1, true, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--no-lean" => with_lean = false,
            "--syntax" => other = Some(syntax::run as fn(usize, u64) -> _),
            "--cheats" => other = Some(cheats::run),
            _ => {}
        }
        if arg == "--no-lean" || arg == "--syntax" || arg == "--cheats" {
            continue;
        }
        let value = args.next().ok_or_else(|| format!("`{arg}` needs a number"))?.parse::<u64>()?;
        match arg.as_str() {
            "--programs" => programs = value as usize,
            "--seed" => seed = value,
            _ => return Err(format!("`{arg}` is not known").into()),
        }
    }
    if let Some(run) = other {
        return run(programs, seed);
    }
    let started = Instant::now();
    let lean = if with_lean { Some(Lean::open()?) } else { None };
    let measured = fuzz(programs, seed, lean.as_ref())?;
    for (p, _) in measured.differences.iter().take(3) {
        let (p, how) = shrink::shrink(p, lean.as_ref())?;
        println!("## {how}\n\n```rust\n{}```\n", p.text);
    }
    println!(
        "{} programs, {} calls, {} panics, {} undecided, {} evaluated by Lean, {} recursive, {} differences, {:.0} s",
        measured.programs,
        measured.calls,
        measured.panics,
        measured.undecided,
        measured.evaluated,
        measured.recursive,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_programs_do_what_rustc_makes_of_them() {
        let measured = fuzz(200, 7, None).expect("the programs run");
        let found: Vec<_> = measured.differences.iter().map(|(p, how)| format!("{how}\n{}", p.text)).collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
        assert!(measured.calls > 800 && measured.panics > 50, "{} calls, {} panics", measured.calls, measured.panics);
    }

    /// The two sides differ in whether `debug_assertions` is set.
    #[test]
    fn a_planted_difference_is_found() {
        let mut planted = program(Choices::replay(vec![]));
        let (head, _) = planted.text.split_once("-> ").expect("it returns something");
        planted.text = format!(
            "#[cfg(debug_assertions)] fn planted() -> u32 {{ 1 }}\n\
             #[cfg(not(debug_assertions))] fn planted() -> u32 {{ 2 }}\n{head}-> u32 {{ planted() }}\n"
        );
        let found = compare(&[planted], None, &mut Measured::default()).expect("it runs");
        assert!(found[0].as_ref().is_some_and(|how| how.contains("rustc's is 1, the interpreter's 2")), "{found:?}");
    }

    #[test]
    fn choices_make_the_same_program_again() {
        for seed in 0..50 {
            let made = program(Choices::random(seed));
            assert_eq!(program(Choices::replay(made.choices.clone())).text, made.text);
        }
    }
}
