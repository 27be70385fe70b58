//! What the translator says of a probe.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::diagnostic::Diagnostic;
use harmonic_translator::front::load;
use harmonic_translator::translate::translate;

/// Stack of a thread that translates, as large as that of a main thread.
const STACK: usize = 8 << 20;

/// What came of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its functions `probe` are translated.
    Supported,
    /// One of them is refused.
    Refused { code: &'static str, message: String, help: Option<String> },
}

impl From<&Diagnostic> for Verdict {
    fn from(d: &Diagnostic) -> Self {
        Verdict::Refused { code: d.code, message: d.message.clone(), help: d.help.clone() }
    }
}

/// The configuration that probes are read for: as far as they depend on it, that of this machine.
pub(crate) fn cfg() -> CfgSet {
    let mut cfg = CfgSet::new();
    cfg.insert_value("target_endian", if cfg!(target_endian = "little") { "little" } else { "big" });
    cfg
}

/// What the translator says of the functions `probe` of a crate with this text.
///
/// # Errors
/// If there is none that is to be verified, or one is neither translated nor refused.
pub(crate) fn verdict(text: &str) -> Result<Verdict, String> {
    let whole = format!("use harmonic::*;\n{text}");
    let (program, _, errors) = load("src/lib.rs", &cfg(), &|path| match path {
        "src/lib.rs" => Ok(whole.clone().into_bytes()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    });
    let (translation, refused) = translate(&program);
    let provable = translation.provable();
    let mut found = false;
    for (i, f) in program.functions.iter().enumerate() {
        if f.path.rsplit("::").next() != Some("probe") {
            continue;
        }
        found = true;
        let late = refused.iter().find(|(id, _)| id.0 == i).and_then(|(_, all)| all.first());
        if let Some(d) = f.diagnostics.first().or(late) {
            return Ok(d.into());
        }
        if f.spec.is_some() && !provable.contains_key(f.path.as_str()) {
            return Err(format!("`{}` is neither translated nor refused", f.path));
        }
    }
    match errors.first() {
        Some(error) => Ok(error.into()),
        None if found => Ok(Verdict::Supported),
        None => Err("it has no function `probe`".into()),
    }
}

/// The verdicts of texts, on all processors.
pub(crate) fn verdicts(texts: &[String]) -> Vec<Result<Verdict, String>> {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get());
    let broke = || Err("the translator broke".to_owned());
    let mut out: Vec<_> = texts.iter().map(|_| broke()).collect();
    let work = || {
        let mut own = vec![];
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(text) = texts.get(i) else { return own };
            own.push((i, catch_unwind(|| verdict(text)).unwrap_or_else(|_| broke())));
        }
    };
    std::thread::scope(|scope| {
        let thread = || std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let threads: Vec<_> = (0..workers).flat_map(|_| thread()).collect();
        for (i, verdict) in threads.into_iter().flat_map(|t| t.join()).flatten() {
            out[i] = verdict;
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_translated_or_refused() {
        assert_eq!(verdict("#[spec]\nfn probe(x: u8) -> u8 { x }"), Ok(Verdict::Supported));
        let refused = verdict("#[spec]\nfn probe(x: f64) -> f64 { x + x }");
        assert!(matches!(refused, Ok(Verdict::Refused { code: "H0217", .. })), "{refused:?}");
        assert!(verdict("#[spec]\nfn other() {}").is_err());
    }
}
