//! The command through its arguments, output and exit codes.

mod evaluate;
mod inspect;
mod prepare;
mod simulate;
