//! Attempts on obligations, written down: in a file (`--events FILE`, a JSON object a line) or in memory, for a report.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;

use serde::Serialize;

use crate::failure::Failure;

/// Where attempts are written down.
#[derive(Default)]
pub struct Events {
    file: Option<Mutex<BufWriter<File>>>,
    lines: Option<Mutex<Vec<String>>>,
}

impl Events {
    /// Makes the file, in place of one that is there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        match File::create(path) {
            Ok(file) => Ok(Self { file: Some(Mutex::new(BufWriter::new(file))), lines: None }),
            Err(e) => Err(Failure::new(format!("cannot write events to {}: {e}", path.display()))),
        }
    }

    /// The same, and in memory as well.
    #[must_use]
    pub fn remembered(self) -> Self {
        Self { lines: Some(Mutex::default()), ..self }
    }

    /// Adds one. An error here is no reason to end a proof search: the file is shorter then.
    pub fn write(&self, event: &impl Serialize) {
        let Ok(line) = serde_json::to_string(event) else { return };
        if let Some(Ok(mut file)) = self.file.as_ref().map(Mutex::lock) {
            let _ = writeln!(file, "{line}").and_then(|()| file.flush());
        }
        if let Some(Ok(mut lines)) = self.lines.as_ref().map(Mutex::lock) {
            lines.push(line);
        }
    }

    /// Takes what is in memory, in order.
    pub fn take(&self) -> Vec<String> {
        let lines = self.lines.as_ref().and_then(|lines| lines.lock().ok());
        lines.map(|mut lines| std::mem::take(&mut *lines)).unwrap_or_default()
    }
}
