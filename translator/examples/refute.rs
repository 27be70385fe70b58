//! Prints what the translator says of each annotated function of a crate root without Lean: its refusals, or what the
//! search for counterexamples found. For looking at both by hand.
use harmonic_translator::interp::{Budget, Outcome, refute};
use harmonic_translator::tir::FnId;
use harmonic_translator::{cfg_set::CfgSet, front, translate};

fn main() {
    let path = std::env::args().nth(1).expect("usage: refute FILE.rs [FILTER]");
    let filter = std::env::args().nth(2).unwrap_or_default();
    let (program, map, errors) = front::load(&path, &CfgSet::new(), &|p| std::fs::read(p));
    for e in &errors {
        println!("{}: {} at {:?}", e.code, e.message, map.line_column(e.span.file, e.span.lo));
    }
    let (_, refused) = translate::translate(&program);
    for (i, f) in program.functions.iter().enumerate().filter(|(_, f)| f.spec.is_some()) {
        if !f.path.contains(&filter) {
            continue;
        }
        let late = refused.iter().filter(|(id, _)| id.0 == i).flat_map(|(_, ds)| ds);
        for d in f.diagnostics.iter().chain(late) {
            println!("{}: {}: {} `{}`", f.path, d.code, d.message, map.snippet(d.span));
        }
        if f.diagnostics.is_empty() {
            let found = refute(&program, FnId(i), &Budget::default());
            match &found.outcome {
                Outcome::Refuted(c) => println!("{}: refuted {:?}", f.path, c.inputs),
                Outcome::NotFound => println!(
                    "{}: not refuted, {} of {} inputs met `requires`, {} good, {:?}, hints {}",
                    f.path,
                    found.met_requires,
                    found.tried,
                    found.good,
                    found.undecided,
                    found.hints.len()
                ),
                Outcome::NotRunnable(why) => println!("{}: not runnable: {why}", f.path),
            }
        }
    }
}
