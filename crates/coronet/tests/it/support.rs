//! Running the command as a person would.

use std::path::Path;
use std::process::Command;

/// What a command said.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The command, in `folder`.
pub(crate) fn coronet(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coronet"));
    command.current_dir(folder);
    command
}

/// Runs a command that must end with `code`.
pub(crate) fn run(command: &mut Command, code: i32) -> Said {
    let output = command.output().unwrap();
    let said = Said {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert_eq!(
        output.status.code(),
        Some(code),
        "{command:?}\n{}\n{}",
        said.stdout,
        said.stderr
    );
    said
}
