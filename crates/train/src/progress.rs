//! The files of a fold in progress: a checkpoint and the epochs' figures.

use crate::event::EpochReport;
use crate::learner::section;
use coronet_model::checkpoint::{self, CheckpointError};
use coronet_model::{NamedTensor, StateDict, Values};
use fs_err as fs;
use std::io::Write;
use std::path::{Path, PathBuf};

const CHECKPOINT: &str = "checkpoint.safetensors";
const METRICS: &str = "metrics.jsonl";

/// How far a fold has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Standing {
    /// Epochs completed.
    pub(crate) epochs_done: usize,
    /// The best epoch so far, with its criterion.
    pub(crate) best: Option<Best>,
}

/// The best epoch so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Best {
    pub(crate) epoch: usize,
    pub(crate) criterion: f64,
    pub(crate) state: StateDict,
}

/// Why a fold's files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgressError {
    /// A checkpoint could not be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A checkpoint of another run.
    #[error(
        "{}: the fold was begun with another {what}: expected {expected}, got {got}",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What this call is given, or its fingerprint.
        expected: String,
        /// What the fold was begun with.
        got: String,
    },
    /// A checkpoint without something it should hold.
    #[error("{}: expected the state of a fold, got none or another `{what}`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is not there or of another shape.
        what: String,
    },
}

/// What a fold is trained with, by name: texts that are equal where the same was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity(pub(crate) Vec<(&'static str, String)>);

/// Writes the figures of all epochs so far, then the checkpoint, each aside and renamed.
pub(crate) fn save(
    folder: &Path,
    mut learner: StateDict,
    standing: &Standing,
    identity: &Identity,
    history: &[EpochReport],
) -> Result<(), ProgressError> {
    write_metrics(folder, history)?;
    let mut put = |name: &str, values: Vec<i64>| {
        let shape = vec![values.len()];
        learner.tensors.insert(
            name.to_owned(),
            NamedTensor {
                shape,
                values: Values::I64(values),
            },
        );
    };
    put("epochs_done", vec![standing.epochs_done as i64]);
    for (what, text) in &identity.0 {
        let bytes = text.bytes().map(i64::from).collect();
        put(&format!("identity.{what}"), bytes);
    }
    if let Some(best) = &standing.best {
        put(
            "best_of",
            vec![best.epoch as i64, best.criterion.to_bits().cast_signed()],
        );
        for (name, tensor) in &best.state.tensors {
            learner
                .tensors
                .insert(format!("best.{name}"), tensor.clone());
        }
    }
    checkpoint::write(&folder.join(CHECKPOINT), &learner, None)?;
    Ok(())
}

fn write_metrics(folder: &Path, history: &[EpochReport]) -> Result<(), ProgressError> {
    let aside = folder.join(format!("{METRICS}.partial"));
    let mut file = std::io::BufWriter::new(fs::File::create(&aside)?);
    for report in history {
        let line = serde_json::to_string(report).map_err(std::io::Error::other)?;
        writeln!(file, "{line}")?;
    }
    file.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(fs::rename(aside, folder.join(METRICS))?)
}

/// What a fold's files hold: the learner's tensors, the standing, the epochs' figures.
pub(crate) type Saved = (StateDict, Standing, Vec<EpochReport>);

/// Reads what [`save`] wrote; `None` if there is no checkpoint yet.
pub(crate) fn load(folder: &Path, identity: &Identity) -> Result<Option<Saved>, ProgressError> {
    let path = folder.join(CHECKPOINT);
    if !path.exists() {
        return Ok(None);
    }
    let state = checkpoint::read(&path)?.state;
    let damaged = |what: &str| ProgressError::Damaged {
        path: path.clone(),
        what: what.to_owned(),
    };
    let numbers = |name: &str| match state.tensors.get(name).map(|tensor| &tensor.values) {
        Some(Values::I64(values)) => Ok(values.clone()),
        _ => Err(damaged(name)),
    };
    for (what, expected) in &identity.0 {
        let bytes = numbers(&format!("identity.{what}"))?;
        let got: String = bytes.iter().map(|&byte| byte as u8 as char).collect();
        if got != *expected {
            let (path, expected) = (path.clone(), short(expected));
            let got = short(&got);
            return Err(ProgressError::Foreign {
                path,
                what,
                expected,
                got,
            });
        }
    }
    let epochs_done = numbers("epochs_done")?.first().copied().unwrap_or(0) as usize;
    let best = match numbers("best_of").as_deref() {
        Ok(&[epoch, criterion]) => Some(Best {
            epoch: epoch as usize,
            criterion: f64::from_bits(criterion.cast_unsigned()),
            state: section(&state, "best."),
        }),
        _ => None,
    };
    let history = read_metrics(folder, epochs_done).ok_or_else(|| damaged(METRICS))?;
    Ok(Some((state, Standing { epochs_done, best }, history)))
}

/// As much of a fingerprint as a message needs.
fn short(text: &str) -> String {
    text.chars().take(12).collect()
}

fn read_metrics(folder: &Path, epochs: usize) -> Option<Vec<EpochReport>> {
    let text = fs::read_to_string(folder.join(METRICS)).ok()?;
    let history: Option<Vec<EpochReport>> = text
        .lines()
        .take(epochs)
        .map(|line| serde_json::from_str(line).ok())
        .collect();
    history.filter(|history| history.len() == epochs)
}

/// Removes the checkpoint of a fold that is complete.
pub(crate) fn remove_checkpoint(folder: &Path) -> Result<(), ProgressError> {
    match fs::remove_file(folder.join(CHECKPOINT)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
