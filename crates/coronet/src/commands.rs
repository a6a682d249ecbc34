//! One file per subcommand, each a function of its arguments and the printer.

pub mod convert;
pub mod demo;
pub mod evaluate;
pub mod explain;
pub mod inspect;
pub mod predict;
pub mod prepare;
pub mod simulate;
pub mod train;
pub mod weights;

use crate::cli::Command;
use crate::printer::Printer;
use anyhow::Result;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything was done.
    Done,
    /// Done, but some inputs failed; each has been named.
    DoneWithFailures,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        match status {
            Status::Done => ExitCode::SUCCESS,
            Status::DoneWithFailures => ExitCode::from(1),
        }
    }
}

/// Runs a subcommand.
///
/// # Errors
///
/// If the command could not be done.
pub fn run(command: Command, printer: &Printer) -> Result<Status> {
    match command {
        Command::Demo(args) => demo::run(args, printer),
        Command::Inspect(args) => inspect::run(&args, printer),
        Command::Convert(args) => convert::run(&args, printer),
        Command::Simulate(args) => simulate::run(&args, printer),
        Command::Prepare(args) => prepare::run(&args, printer),
        Command::Train(args) => train::run(&args, printer),
        Command::Predict(args) => predict::run(&args, printer),
        Command::Evaluate(args) => evaluate::run(&args, printer),
        Command::Explain(args) => explain::run(&args, printer),
        Command::Weights(args) => weights::run(&args, printer),
    }
}
