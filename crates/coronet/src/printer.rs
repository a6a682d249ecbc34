//! All output of the command: data to stdout, talk to stderr.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

/// Where lines go.
#[derive(Clone, Debug)]
pub struct Printer {
    quiet: bool,
    /// Why a line of data could not be written.
    lost: Arc<OnceLock<String>>,
}

impl Printer {
    /// `quiet` leaves out notes, not data, warnings or errors.
    pub fn new(quiet: bool) -> Printer {
        Printer {
            quiet,
            lost: Arc::default(),
        }
    }

    /// A line of data. A reader that has gone away is not an error; see [`Printer::finish`] for others.
    pub fn data(&self, line: &str) {
        if let Err(error) = writeln!(io::stdout().lock(), "{line}") {
            self.lose(&error);
        }
    }

    /// Hands the last data on.
    ///
    /// # Errors
    ///
    /// If data could not be written, now or before, for another reason than that nobody reads it.
    pub fn finish(&self) -> anyhow::Result<()> {
        if let Err(error) = io::stdout().lock().flush() {
            self.lose(&error);
        }
        match self.lost.get() {
            None => Ok(()),
            Some(reason) => Err(Hint::error(
                format!("standard output: {reason}; what was written is not whole"),
                "is the disk full?",
            )),
        }
    }

    fn lose(&self, error: &io::Error) {
        if error.kind() != ErrorKind::BrokenPipe {
            self.lost.get_or_init(|| error.to_string());
        }
    }

    /// A line about what is going on.
    pub fn note(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }

    /// Something the user should know though the work goes on.
    pub fn warn(&self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "warning: {line}");
    }

    /// An error with its causes, and the hints that it carries.
    pub fn error(&self, error: &anyhow::Error) {
        let mut stderr = io::stderr().lock();
        let mut shown = error.to_string();
        let _ = writeln!(stderr, "error: {shown}");
        for cause in error.chain().skip(1) {
            let text = cause.to_string();
            if cause.downcast_ref::<Hint>().is_none() && !shown.contains(&text) {
                let _ = writeln!(stderr, "  caused by: {text}");
                shown = text;
            }
        }
        if let Some(hint) = error.downcast_ref::<Hint>() {
            let _ = writeln!(stderr, "hint: {}", hint.hint);
        }
    }

    /// Whether bars and other moving things may be drawn.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }
}

/// `1 record has`, `2 records have`.
pub fn counted(count: usize, one: &str, more: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {more}"),
    }
}

/// An error with advice.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Hint {
    /// What is wrong.
    pub message: String,
    /// What to try.
    pub hint: String,
}

impl Hint {
    /// An error that prints `hint` after its message.
    pub fn error(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        Hint {
            message: message.into(),
            hint: hint.into(),
        }
        .into()
    }
}
