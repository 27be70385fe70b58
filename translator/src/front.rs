//! The front end as one call: from a root file to the typed program.

use crate::cfg_set::CfgSet;
use crate::crate_loader::{CrateLoader, Loader, diagnostic};
use crate::diagnostic::Diagnostic;
use crate::span::{SourceMap, Span};
use crate::tir::Program;

/// Loads a crate from its root file, resolves it and infers its types.
///
/// `root_file` and the paths given to `loader` are as the source map shows them; `loader` reads a file. The returned
/// diagnostics are those of the crate as a whole (files that are missing or do not parse, specs that macros write); what concerns one function
/// is in [`crate::tir::Function::diagnostics`]. A crate whose root cannot be loaded gives an empty program.
pub fn load(
    root_file: &str,
    cfg: &CfgSet,
    loader: &(dyn Fn(&str) -> std::io::Result<Vec<u8>> + Sync),
) -> (Program, SourceMap, Vec<Diagnostic>) {
    let failed = |message: &str| {
        let error = diagnostic("H0118", Span::default(), message);
        (Program::default(), SourceMap { files: vec![(root_file.to_owned(), String::new())] }, vec![error])
    };
    let run = || {
        let loader: &Loader = loader;
        let mut crate_loader = CrateLoader::new(cfg, loader);
        let root = crate_loader.load_root(root_file);
        let CrateLoader { sources, mut errors, .. } = crate_loader;
        let program = match &root {
            Some(root) => {
                errors.extend(crate::hidden::hidden_specs(root));
                crate::infer::program(root, cfg, &mut errors)
            }
            None => Program::default(),
        };
        (program, sources, errors)
    };
    match crate::stack::large("front", run) {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => failed("the front end broke; please report this with the crate"),
        Err(error) => failed(&format!("cannot start a thread: {error}")),
    }
}
