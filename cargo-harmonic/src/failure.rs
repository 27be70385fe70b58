//! Why the tool could not do its work (exit status 2).

use std::fmt;

/// A failure of the tool, not of a function.
#[derive(Debug)]
pub struct Failure {
    /// What happened, lower case, without a full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Whether it is only that the reader of the output closed it, of which nothing need be said.
    pub reader_left: bool,
}

impl Failure {
    /// A failure with its message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, reader_left: false }
    }
    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
