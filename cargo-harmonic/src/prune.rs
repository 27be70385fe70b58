//! `cargo harmonic prune`: drops kept proofs of what no function has any more.

use harmonic_translator::translate::translate;
use harmonic_translator::unit::Translation;

use crate::cli::{Prune, Selection};
use crate::failure::Failure;
use crate::invariants::load;
use crate::project;
use crate::terminal;

/// Runs the command; the exit status.
///
/// # Errors
/// What keeps the tool from doing its work. A crate with errors is one: nothing is known of its functions.
pub fn run(args: &Prune) -> Result<u8, Failure> {
    let project = project::load(&args.selection, args.common.offline)?;
    for krate in &project.crates {
        // The obligations of functions without a spec are kept too, under what `--all` asks of them.
        let proofs = project.proofs(krate, args.proofs.as_deref());
        let translations = [false, true].map(|all| {
            let selection = Selection { all, filters: Vec::new(), ..args.selection.clone() };
            let loaded = load(krate, &selection, Some(&proofs));
            match loaded.failure() {
                Some(failure) => Err(failure),
                None => Ok(translate(&loaded.program).0),
            }
        });
        let translations = translations.into_iter().collect::<Result<Vec<Translation>, Failure>>()?;
        let units = translations.iter().flat_map(|t| &t.units);
        let obligations: Vec<_> =
            units.flat_map(|unit| unit.obligations.iter().map(|o| (unit.function.as_str(), o))).collect();
        let dropped = proofs.prune(&obligations, args.dry_run);
        let dropped = dropped.map_err(|e| Failure::new(format!("{}: {e}", proofs.folder().display())))?;
        for refusal in proofs.take_refusals() {
            terminal::say(format_args!("warning: {refusal}"));
        }
        let word = if args.dry_run { "would drop" } else { "dropped" };
        for (path, count) in &dropped {
            terminal::print(format_args!("{word} {count} of {}\n", path.display()))?;
        }
    }
    Ok(0)
}
