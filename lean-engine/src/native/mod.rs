//! A Lean that is installed on this machine.
//!
//! It is faster and newer than the embedded one, but elaboration runs arbitrary code with the user's rights: nothing but the
//! gate on what a proof may contain stands between a searched proof and the machine.

mod find;
mod process;

#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::olean::{OleanError, Parts};
use crate::{Cancel, Engine, EngineError, Job, Limits, Report, Severity, Unfinished, messages};

pub use find::{MINIMUM_VERSION, Version};

/// How long `lean --version` and its like may take; `elan` may have to unpack a Lean first.
const ASKING: Duration = Duration::from_secs(60);

/// The engine that runs a `lean` executable.
#[derive(Clone, Debug)]
pub struct NativeEngine {
    lean: PathBuf,
    version: Version,
    core_library: PathBuf,
}

impl NativeEngine {
    /// Finds a Lean: `explicit` if it is given, else `lean` on `PATH`, else elan's.
    ///
    /// # Errors
    /// [`EngineError::NotReady`] if there is none, or it is older than [`MINIMUM_VERSION`]; the text says which was found.
    pub fn find(explicit: Option<&Path>) -> Result<Self, EngineError> {
        match explicit {
            Some(lean) => Self::open(lean),
            None => match find::candidates().into_iter().find(|lean| lean.is_file()) {
                Some(lean) => Self::open(&lean),
                None => Err(EngineError::NotReady(
                    "no `lean` on PATH and none of elan's; install Lean, name its path in the configuration, or use the \
                     embedded engine"
                        .to_owned(),
                )),
            },
        }
    }

    fn open(lean: &Path) -> Result<Self, EngineError> {
        let said = ask(lean, "--version")?;
        let Some(version) = Version::parse(&said) else {
            let said: String = said.chars().take(200).collect();
            return Err(EngineError::NotReady(format!("{} is no Lean: it says `{said}`", lean.display())));
        };
        if !version.is_supported() {
            let found = lean.display();
            return Err(EngineError::NotReady(format!(
                "{found} is Lean {version}; {MINIMUM_VERSION} or newer is needed"
            )));
        }
        let core_library = PathBuf::from(ask(lean, "--print-libdir")?);
        if !core_library.join("Init.olean").is_file() {
            let (lean, folder) = (lean.display(), core_library.display());
            return Err(EngineError::NotReady(format!(
                "{lean} names {folder} as its library, and Init.olean is not there"
            )));
        }
        // The executable itself, not elan's stand-in: quicker to start, and no other Lean in another folder.
        let real = ask(lean, "--print-prefix").ok().map(|prefix| Path::new(&prefix).join("bin").join(find::EXECUTABLE));
        let lean = real.filter(|real| real.is_file()).unwrap_or_else(|| lean.to_owned());
        Ok(Self { lean, version, core_library })
    }

    /// The executable.
    #[must_use]
    pub fn executable(&self) -> &Path {
        &self.lean
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }
}

/// The first line that Lean prints for `option`.
fn ask(lean: &Path, option: &str) -> Result<String, EngineError> {
    let limits = Limits { time: ASKING, output: 1 << 16, ..Limits::default() };
    let mut command = std::process::Command::new(lean);
    command.arg(option);
    let finished = process::run(command, &limits, &Cancel::default()).map_err(|failed| match failed.error {
        EngineError::Broken(reason) => EngineError::NotReady(format!("{} cannot be run: {reason}", lean.display())),
        other => other,
    })?;
    if finished.exit_code != 0 {
        let (lean, code) = (lean.display(), finished.exit_code);
        return Err(EngineError::NotReady(format!("`{lean} {option}` ended with status {code}")));
    }
    Ok(finished.stdout.lines().next().unwrap_or_default().trim().to_owned())
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl Engine for NativeEngine {
    fn describe(&self) -> String {
        format!("native {}", self.version)
    }

    fn check(&self, job: &Job, cancel: &Cancel) -> Result<Report, Unfinished> {
        let started = Instant::now();
        if !is_plain_name(&job.name) {
            return Err(EngineError::Broken(format!("`{}` is no module name", job.name)).into());
        }
        let broken = |e: std::io::Error| EngineError::Broken(e.to_string());
        let unwritable = |e: std::io::Error| EngineError::Scratch(e.to_string());
        let scratch = tempfile::Builder::new().prefix("harmonic-").tempdir().map_err(unwritable)?;
        let file = format!("{}.lean", job.name);
        let olean = format!("{}.olean", job.name);
        std::fs::write(scratch.path().join(&file), &job.text).map_err(unwritable)?;

        let folders = std::iter::once(&self.core_library).chain(&job.library);
        let absolute: Vec<PathBuf> = folders.map(std::path::absolute).collect::<Result<_, _>>().map_err(broken)?;
        let path = std::env::join_paths(&absolute)
            .map_err(|e| EngineError::Broken(format!("a library's folder cannot be searched: {e}")))?;
        let mut command = std::process::Command::new(&self.lean);
        command.current_dir(scratch.path()).env("LEAN_PATH", path).env_remove("LEAN_SYSROOT").arg("--json");
        // Lean counts in megabytes and stops by itself.
        command.arg(format!("--memory={}", (job.limits.memory >> 20).max(1)));
        if job.emit_olean {
            command.args(["-o", &olean]);
        }
        command.arg(&file);
        let finished = process::run(command, &job.limits, cancel)?;

        let messages = messages::parse(&finished.stdout);
        if finished.exit_code != 0 && !messages.iter().any(|message| message.severity == Severity::Error) {
            let said: Vec<&str> = finished.stderr.lines().filter(|line| !line.trim().is_empty()).take(5).collect();
            let (code, said) = (finished.exit_code, said.join("; "));
            let why = format!("Lean ended with status {code} and no error message: {said}");
            return Err(EngineError::Broken(why).into());
        }
        let olean = match job.emit_olean.then(|| Parts::read(&scratch.path().join(&olean))) {
            None => None,
            Some(Ok(parts)) => Some(parts.encode()),
            Some(Err(OleanError::Io { source, .. })) if source.kind() == ErrorKind::NotFound => None,
            Some(Err(e)) => return Err(EngineError::Broken(format!("compiled module: {e}")).into()),
        };
        Ok(Report { messages, exit_code: finished.exit_code, olean, elapsed: started.elapsed() })
    }

    fn core_library(&self) -> PathBuf {
        self.core_library.clone()
    }
}
