//! The `coronet` command.

use clap::Parser;
use coronet::cli::Args;
use coronet::printer::Printer;
use std::process::ExitCode;

/// Training makes and drops tensors of megabytes at every step. The system's allocator gives
/// their pages back each time; this one keeps them, which saves a third of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let printer = Printer::new(args.quiet);
    coronet::interrupt::install();
    let done = coronet::commands::run(args.command, &printer)
        .and_then(|status| printer.finish().map(|()| status));
    match done {
        Ok(status) => status.into(),
        Err(error) => {
            printer.error(&error);
            ExitCode::from(2)
        }
    }
}
