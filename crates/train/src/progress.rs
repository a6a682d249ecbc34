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
    #[error("{}: `{what}` does not belong to this run: start anew without --resume", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
}

/// Writes the figures of all epochs so far, then the checkpoint, each aside and renamed.
pub(crate) fn save(
    folder: &Path,
    mut learner: StateDict,
    standing: &Standing,
    identity: &str,
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
    put("identity", identity.bytes().map(i64::from).collect());
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
pub(crate) fn load(folder: &Path, identity: &str) -> Result<Option<Saved>, ProgressError> {
    let path = folder.join(CHECKPOINT);
    if !path.exists() {
        return Ok(None);
    }
    let state = checkpoint::read(&path)?.state;
    let foreign = |what: &str| ProgressError::Foreign {
        path: path.clone(),
        what: what.to_owned(),
    };
    let numbers = |name: &str| match state.tensors.get(name).map(|tensor| &tensor.values) {
        Some(Values::I64(values)) => Ok(values.clone()),
        _ => Err(foreign(name)),
    };
    let expected: Vec<i64> = identity.bytes().map(i64::from).collect();
    if numbers("identity")? != expected {
        return Err(foreign("identity"));
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
    let history = read_metrics(folder, epochs_done).ok_or_else(|| foreign(METRICS))?;
    Ok(Some((state, Standing { epochs_done, best }, history)))
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
