//! The command through its arguments, output and exit codes.

#![expect(clippy::unwrap_used, reason = "tests")]

mod evaluate;
mod inspect;
mod prepare;
mod simulate;
