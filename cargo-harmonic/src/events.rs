//! `--events FILE`: attempts on obligations, a JSON object a line.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;

use serde::Serialize;

use crate::failure::Failure;

/// The file that attempts are written to.
pub struct Events {
    file: Mutex<BufWriter<File>>,
}

impl Events {
    /// Makes the file, in place of one that is there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        match File::create(path) {
            Ok(file) => Ok(Self { file: Mutex::new(BufWriter::new(file)) }),
            Err(e) => Err(Failure::new(format!("cannot write events to {}: {e}", path.display()))),
        }
    }

    /// Adds one. An error here is no reason to end a proof search: the file is shorter then.
    pub fn write(&self, event: &impl Serialize) {
        if let (Ok(mut file), Ok(line)) = (self.file.lock(), serde_json::to_string(event)) {
            let _ = writeln!(file, "{line}").and_then(|()| file.flush());
        }
    }
}
