//! Prints the Lean text of a crate root, every leaf with one generic tactic: for looking at translations by hand.
use harmonic_translator::{cfg_set::CfgSet, front, translate};

fn main() {
    let path = std::env::args().nth(1).expect("usage: emit_lean FILE.rs");
    let tactic = std::env::args().nth(2).unwrap_or_else(|| "first | omega | grind | (simp_all; omega) | sorry".into());
    let (program, map, errors) = front::load(&path, &CfgSet::new(), &|p| std::fs::read(p));
    for e in &errors {
        eprintln!("{}: {} at {:?}", e.code, e.message, map.line_column(e.span.file, e.span.lo));
    }
    for f in &program.functions {
        for d in &f.diagnostics {
            eprintln!("{}: {}: {} `{}`", f.path, d.code, d.message, map.snippet(d.span));
        }
    }
    let (t, refused) = translate::translate(&program);
    for (f, ds) in refused {
        for d in ds {
            eprintln!("{}: {}: {} `{}`", program.functions[f.0].path, d.code, d.message, map.snippet(d.span));
        }
    }
    println!("import Harmonic\n{}", translate::HEADER);
    for s in &t.shared {
        println!("{s}");
    }
    for u in &t.units {
        println!("{}", u.definition);
        for o in &u.obligations {
            println!("-- {}\n{} := by {tactic}", o.kind, o.statement);
        }
        println!("{}", u.theorem);
    }
}
