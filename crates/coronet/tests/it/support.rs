//! Running the command as a person would.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A network that learns in a moment.
pub(crate) const NETWORK: &str = "\
[network]
in_channels = 12
base_filters = 4
filter_list = [4, 8]
m_blocks_list = [1, 1]
kernel_size = 8
groups_width = 4
n_classes = 4
norm = true
";

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

/// What the command says and how it ends, in `folder`.
pub(crate) fn output(folder: &Path, arguments: &[&str]) -> Output {
    coronet(folder).args(arguments).output().unwrap()
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

/// A folder of golden values: `CORONET_GOLDEN`, else beside the project; says so if absent.
pub(crate) fn golden(name: &str) -> Option<PathBuf> {
    beside("CORONET_GOLDEN", "golden", name)
}

/// A folder of real ECGs: `CORONET_DATA`, else beside the project; says so if absent.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    beside("CORONET_DATA", "data", name)
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn beside(variable: &str, kind: &str, name: &str) -> Option<PathBuf> {
    let root = std::env::var_os(variable).map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../../shared/{kind}")),
        PathBuf::from,
    );
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder.canonicalize().unwrap());
    }
    eprintln!("SKIPPED: nothing at {} (set {variable})", folder.display());
    None
}
