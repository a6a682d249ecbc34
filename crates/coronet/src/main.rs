//! The `coronet` command.

use clap::Parser;
use coronet::cli::Args;
use coronet::printer::Printer;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let printer = Printer::new(args.quiet);
    coronet::interrupt::install();
    match coronet::commands::run(args.command, &printer) {
        Ok(status) => status.into(),
        Err(error) => {
            printer.error(&error);
            ExitCode::from(2)
        }
    }
}
