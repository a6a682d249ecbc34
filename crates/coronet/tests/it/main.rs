//! The command as a person runs it: exit code, what it says, what it writes.

mod prepare;
mod simulate;
