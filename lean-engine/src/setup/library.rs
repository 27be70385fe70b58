//! The support library, compiled once and kept.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::SetupError;
use super::manifest::{Fault, Manifest, hex};
use super::store::Store;
use crate::olean::Parts;
use crate::{Cancel, Engine, EngineError, Job, Limits, Severity};

/// A compiled support library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportLibrary {
    /// The folder to name in [`Job::library`] and to give to [`crate::olean::Auditor`].
    pub folder: PathBuf,
    /// Why a library that was there was not used but compiled again.
    pub repaired: Option<String>,
}

/// Compiles Lean modules, in this order, into a folder below `home`, or finds them there.
///
/// `sources` are module names (with dots) and texts; a module may import those before it. What is kept is keyed by the
/// sources and the engine, and every byte of it is compared with its digest before it is used: an altered module is
/// compiled again, and [`SupportLibrary::repaired`] says why.
///
/// # Errors
/// [`SetupError::Library`] if Lean does not accept a source, [`SetupError::Engine`] if it cannot be run.
pub fn support_library(
    engine: &dyn Engine,
    sources: &[(&str, &str)],
    home: &std::path::Path,
    cancel: &Cancel,
) -> Result<SupportLibrary, SetupError> {
    let store = Store::new(home.to_owned());
    let folder = home.join(format!("library-{}", key(engine, sources)));
    if Manifest::verify_fully(&folder, &()).is_ok() {
        return Ok(SupportLibrary { folder, repaired: None });
    }
    let _lock = store.lock(&())?;
    let repaired = match Manifest::verify_fully(&folder, &()) {
        Ok(()) => return Ok(SupportLibrary { folder, repaired: None }),
        Err(Fault::Absent) => None,
        Err(Fault::Damaged(reason)) => Some(reason),
    };
    store.build(&folder, |fresh| {
        for (module, text) in sources {
            let target = module_path(module)?;
            let parts = compile(engine, module, text, fresh, cancel)?;
            let olean = fresh.join(target);
            let fail = |e| SetupError::io(&olean, e);
            if let Some(parent) = olean.parent() {
                std::fs::create_dir_all(parent).map_err(fail)?;
            }
            // Importers need the first; the audit follows proofs into the others.
            std::fs::write(&olean, &parts.exported).map_err(fail)?;
            for (part, bytes) in [("server", &parts.server), ("private", &parts.private)] {
                if let Some(bytes) = bytes {
                    std::fs::write(Parts::sibling(&olean, part), bytes).map_err(fail)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(SupportLibrary { folder, repaired })
}

fn compile(
    engine: &dyn Engine,
    module: &str,
    text: &str,
    library: &std::path::Path,
    cancel: &Cancel,
) -> Result<Parts, SetupError> {
    let job = Job {
        // The engine wants a single identifier. It is only what private names are marked with.
        name: module.replace('.', "_"),
        text: text.to_owned(),
        library: vec![library.to_owned()],
        emit_olean: true,
        limits: Limits::default(),
    };
    let report = engine.check(&job, cancel)?;
    if let Some(error) = report.messages.iter().find(|message| message.severity == Severity::Error) {
        let (line, column) = (error.pos.line, error.pos.column + 1);
        return Err(SetupError::Library(format!("{module}:{line}:{column}: {}", error.text)));
    }
    let compiled = report.olean.filter(|_| report.exit_code == 0);
    let Some(bytes) = compiled else {
        return Err(EngineError::Broken(format!("no compiled module came of {module}")).into());
    };
    Parts::decode(&bytes).map_err(|e| SetupError::Library(format!("{module}: {e}")))
}

/// Where a module's `.olean` goes. A name that is no module name would lead out of the folder.
fn module_path(module: &str) -> Result<String, SetupError> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if module.split('.').all(plain) {
        Ok(module.replace('.', "/") + ".olean")
    } else {
        Err(SetupError::Library(format!("`{module}` is not a module name")))
    }
}

fn key(engine: &dyn Engine, sources: &[(&str, &str)]) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    };
    add(&engine.describe());
    // Two Leans of one version with different core libraries are different engines.
    add(&engine.core_library().to_string_lossy());
    for (module, text) in sources {
        add(module);
        add(text);
    }
    hex(&digest.finalize())[..32].to_owned()
}
