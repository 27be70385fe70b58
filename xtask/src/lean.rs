//! `cargo xtask lean FILE`: what the embedded Lean says of a file, for trying things by hand. Modules of `lean/Harmonic` that it
//! imports are compiled first, as they stand in the checkout. `exact Harmonic.BitBlast.certificate` stands for the certificate
//! of the theorem's statement.

use std::error::Error;
use std::path::{Path, PathBuf};

use harmonic_lean::{Cancel, Job};

/// Prints Lean's messages.
///
/// # Errors
/// If the file cannot be read, the library does not compile or Lean does not run to its end.
pub(crate) fn run(root: &Path, file: &Path) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let text = harmonic_prover::with_certificates(&text);
    // `Harmonic.lean` names the modules in the order of their imports.
    let all = std::fs::read_to_string(root.join("lean/Harmonic.lean"))?;
    let mut sources = Vec::new();
    for name in all.split_whitespace().filter(|w| w.starts_with("Harmonic.")) {
        let path = root.join("lean").join(format!("{}.lean", name.replace('.', "/")));
        sources
            .push((name.to_owned(), std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?));
    }
    let named: Vec<(&str, &str)> = sources.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (engine, library) = crate::engine::open_with(&named)?;
    let wanted: Vec<&str> = text.split_whitespace().filter(|w| named.iter().any(|(n, _)| n == w)).collect();
    library.wait_for(&wanted)?;
    let folders: Vec<PathBuf> = vec![library.folder().to_owned()];
    let report =
        engine.check(&Job { name: "Tried".into(), text, library: folders, ..Job::default() }, &Cancel::default())?;
    for m in &report.messages {
        println!("{}:{}: {:?}: {}", m.pos.line, m.pos.column, m.severity, m.text);
    }
    println!("{:.2} s", report.elapsed.as_secs_f64());
    Ok(())
}
