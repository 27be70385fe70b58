//! Progress of a verification on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Common;
use crate::terminal::say;

/// Progress over functions.
pub struct Meter {
    bar: ProgressBar,
    plain: bool,
}

impl Meter {
    /// A meter for this many functions.
    pub fn new(common: &Common, what: &str, total: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if common.quiet || !terminal { ProgressBar::hidden() } else { ProgressBar::new(total as u64) };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{bar:30}] {pos}/{len} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        let plain = !common.quiet && !terminal;
        if plain {
            say(format_args!("{what}: {total} function{}", if total == 1 { "" } else { "s" }));
        }
        Self { bar, plain }
    }
    /// One function is done.
    pub fn done(&self, function: &str, word: &str) {
        self.bar.inc(1);
        if self.plain {
            say(format_args!("  {function}: {word}"));
        }
    }
    /// One function is done, and nothing is to be said of it.
    pub fn quietly_done(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
