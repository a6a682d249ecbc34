//! All output of the command: data to stdout, talk to stderr.

use std::io::{self, IsTerminal, Write};

/// Where lines go.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    quiet: bool,
}

impl Printer {
    /// `quiet` leaves out notes, not data, warnings or errors.
    pub fn new(quiet: bool) -> Printer {
        Printer { quiet }
    }

    /// A line of data. A reader that has gone away is not an error.
    pub fn data(&self, line: &str) {
        let _ = writeln!(io::stdout().lock(), "{line}");
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
