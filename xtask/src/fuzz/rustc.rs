//! What rustc makes of generated programs: one compilation for many of them.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::process::Command;

use super::program::Program;

/// What comes before the programs.
const HEAD: &str = "#![allow(warnings, arithmetic_overflow, unconditional_panic, overflowing_literals, unconditional_recursion)]\n\
    fn run<T: std::fmt::Debug>(f: impl FnOnce() -> T) {\n\
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) {\n\
            Ok(v) => println!(\"{v:?}\"),\n\
            Err(_) => println!(\"panic\"),\n\
        }\n\
    }\n";

/// The programs as one, and the number of the first line of each.
fn text(programs: &[Program], left_out: &BTreeSet<usize>) -> (String, Vec<usize>) {
    let mut out = HEAD.to_owned();
    let mut first = vec![];
    for (i, p) in programs.iter().enumerate() {
        first.push(out.lines().count() + 1);
        if left_out.contains(&i) {
            continue;
        }
        let _ = write!(out, "pub mod p{i} {{\n{}\npub fn run() {{\n", p.text.replace("#[spec]\n", ""));
        for call in &p.calls {
            let _ = writeln!(out, "crate::run(|| f({call}));");
        }
        out.push_str("}}\n");
    }
    out.push_str("fn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n");
    for i in (0..programs.len()).filter(|i| !left_out.contains(i)) {
        let _ = writeln!(out, "    p{i}::run();");
    }
    out.push_str("}\n");
    (out, first)
}

/// What each call of each program prints (its result, or `panic`); `Err` for a program that rustc refuses, with what it says.
///
/// # Errors
/// If rustc does not run, refuses something that is in no program, or the compiled program breaks.
pub(crate) fn run(programs: &[Program]) -> Result<Vec<Result<Vec<String>, String>>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (source, binary) = (folder.path().join("program.rs"), folder.path().join("program"));
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut left_out = BTreeSet::new();
    let mut out: Vec<Result<Vec<String>, String>> = programs.iter().map(|_| Ok(vec![])).collect();
    loop {
        let (text, first) = text(programs, &left_out);
        std::fs::write(&source, &text)?;
        let compiled = Command::new(&rustc)
            .args([
                "--edition",
                "2024",
                "-C",
                "overflow-checks=on",
                "-C",
                "debuginfo=0",
                "--error-format",
                "short",
                "-o",
            ])
            .arg(&binary)
            .arg(&source)
            .output()?;
        if compiled.status.success() {
            break;
        }
        let said = String::from_utf8_lossy(&compiled.stderr).into_owned();
        let before = left_out.len();
        for line in said.lines().filter(|l| l.contains(": error")) {
            let Some(at) = line.split("program.rs:").nth(1).and_then(|r| r.split(':').next()?.parse::<usize>().ok())
            else {
                continue;
            };
            let program = first.partition_point(|f| *f <= at).wrapping_sub(1);
            if program < programs.len() && left_out.insert(program) {
                let shown = text.lines().nth(at - 1).unwrap_or_default();
                out[program] = Err(format!("{}\n{shown}", line.split("program.rs:").nth(1).unwrap_or(line)));
            }
        }
        if left_out.len() == before {
            return Err(format!("rustc refuses what no program says:\n{said}").into());
        }
    }
    let output = Command::new(&binary).output()?;
    if !output.status.success() {
        return Err(format!("the compiled programs broke: {}", output.status).into());
    }
    let printed = String::from_utf8(output.stdout)?;
    let mut lines = printed.lines();
    for (i, p) in programs.iter().enumerate().filter(|(i, _)| !left_out.contains(i)) {
        out[i] = Ok(p.calls.iter().map(|_| lines.next().unwrap_or_default().to_owned()).collect());
    }
    Ok(out)
}
