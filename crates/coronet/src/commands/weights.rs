//! `coronet weights`: look into checkpoints, or convert them.

use crate::commands::Status;
use crate::printer::{Printer, counted};
use anyhow::{Context, Result, bail};
use coronet_model::checkpoint::{self, Checkpoint};
use coronet_model::{Architecture, Values};
use std::path::{Path, PathBuf};

/// Arguments of `weights`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  coronet weights inspect ecgfounder.pth --architecture examples/ecgfounder-12.toml
  coronet weights convert ecgfounder.pth ecgfounder.safetensors")]
pub struct WeightsArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with a checkpoint.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// List the tensors and how they fit a network.
    #[command(after_help = "\
Example:
  coronet weights inspect run/fold-0/weights.safetensors
  coronet weights inspect ecgfounder.pth --architecture examples/ecgfounder-12.toml")]
    Inspect {
        /// Checkpoint: .pth or safetensors.
        file: PathBuf,
        /// Network to compare with: a TOML file or a known name.
        #[arg(long)]
        architecture: Option<String>,
    },
    /// Write the network's tensors as safetensors, prefixes removed.
    #[command(after_help = "\
Example:
  coronet weights convert ecgfounder.pth ecgfounder.safetensors")]
    Convert {
        /// Checkpoint: .pth or safetensors.
        input: PathBuf,
        /// File to write.
        output: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
///
/// If a checkpoint cannot be read or written, or does not fit the network.
pub fn run(args: &WeightsArgs, printer: &Printer) -> Result<Status> {
    match &args.action {
        Action::Inspect { file, architecture } => inspect(file, architecture.as_deref(), printer),
        Action::Convert { input, output } => {
            let checkpoint = checkpoint::read(input)?;
            checkpoint::write(output, &checkpoint.state, checkpoint.header.as_ref())?;
            let count = checkpoint.state.tensors.len();
            let tensors = counted(count, "tensor", "tensors");
            printer.note(&format!("{tensors}: {}", output.display()));
            Ok(Status::Done)
        }
    }
}

fn inspect(file: &Path, architecture: Option<&str>, printer: &Printer) -> Result<Status> {
    let checkpoint = checkpoint::read(file)?;
    for (name, tensor) in &checkpoint.state.tensors {
        let kind = match tensor.values {
            Values::F32(_) => "f32",
            Values::I64(_) => "i64",
        };
        printer.data(&format!("{name}\t{kind}\t{:?}", tensor.shape));
    }
    summary(&checkpoint, printer);
    let architecture = match architecture {
        None => checkpoint
            .header
            .as_ref()
            .map(|header| header.architecture.clone()),
        Some(name) if !Path::new(name).exists() => Some(Architecture::named(name)?),
        Some(path) => {
            let text = fs_err::read_to_string(path)?;
            Some(Architecture::from_toml(&text).with_context(|| path.to_owned())?)
        }
    };
    let Some(architecture) = architecture else {
        return Ok(Status::Done);
    };
    let coverage = checkpoint.state.coverage(&architecture);
    let tensors = counted(coverage.matched.len(), "tensor matches", "tensors match");
    printer.note(&format!("{tensors} the architecture"));
    let lists = [
        ("missing", &coverage.missing),
        ("unexpected", &coverage.unexpected),
        ("of another shape", &coverage.misshaped),
    ];
    for (what, names) in lists {
        for name in names {
            printer.note(&format!("{what}: {name}"));
        }
    }
    if !coverage.is_complete() {
        bail!(
            "{}: the tensors are not those of the architecture",
            file.display()
        );
    }
    Ok(Status::Done)
}

fn summary(checkpoint: &Checkpoint, printer: &Printer) {
    let count: usize = checkpoint
        .state
        .tensors
        .values()
        .map(|tensor| match &tensor.values {
            Values::F32(values) => values.len(),
            Values::I64(_) => 0,
        })
        .sum();
    let tensors = counted(checkpoint.state.tensors.len(), "tensor", "tensors");
    let numbers = counted(count, "number", "numbers");
    printer.note(&format!("{tensors}, {numbers}"));
    for name in &checkpoint.beside {
        printer.note(&format!("beside the network: {name}"));
    }
    match checkpoint.state.trained_with_norm() {
        Some(true) => printer.note("norm layers: trained with"),
        Some(false) => printer.note("norm layers: never used in training; they will be skipped"),
        None => printer.note("norm layers: none"),
    }
    if let Some(header) = &checkpoint.header {
        printer.note(&format!(
            "labels {}, rule {}, profile {}",
            header.labels.join(", "),
            header.label_rule,
            header.profile_hash
        ));
        for (name, value) in &header.provenance {
            printer.note(&format!("{name}: {value}"));
        }
    }
}
