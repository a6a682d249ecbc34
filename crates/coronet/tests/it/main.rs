//! The command through its arguments, output and exit codes.

#![expect(clippy::unwrap_used, reason = "tests")]

mod architecture;
mod caveats;
mod deidentify;
mod device;
mod evaluate;
mod explain;
mod finding_codes;
mod help;
mod inspect;
mod parts;
mod pipeline;
mod predict;
mod prepare;
mod pretest;
mod simulate;
mod sites;
mod support;
mod train;
mod usable;
mod windows;
