//! Checkpoint files: PyTorch archives and safetensors, told apart by content.
//!
//! PyTorch files are parsed, never executed: only tensors are taken from the pickle.

use crate::architecture::{Architecture, ArchitectureError};
use crate::floats::{FileBytes, Floats};
use crate::state_dict::{Coverage, NamedTensor, StateDict, Values, is_finite};
use fs_err as fs;
use pytorch_reader::{DType, PytorchReader};
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Key of the header in the metadata of a safetensors file.
const HEADER_KEY: &str = "coronet";

/// What is known of a set of weights, stored beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsHeader {
    /// Version of this header.
    pub format: u32,
    /// Shape of the network.
    pub architecture: Architecture,
    /// What each output stands for.
    pub labels: Vec<String>,
    /// Preprocessing profile as a TOML text.
    pub profile: String,
    /// Hash of the profile.
    pub profile_hash: String,
    /// Rule that made the labels from grades.
    pub label_rule: String,
    /// Thresholds per label, where they have been chosen.
    pub thresholds: BTreeMap<String, Thresholds>,
    /// Where the weights come from: seeds, data, versions.
    pub provenance: BTreeMap<String, String>,
}

/// Thresholds of one output.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Probabilities below are of the low stratum.
    pub rule_out: f64,
    /// Probabilities from here on are of the high stratum.
    pub rule_in: f64,
}

/// A checkpoint as read.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The network's tensors, prefixes removed.
    pub state: StateDict,
    /// What coronet wrote beside them, if it wrote the file.
    pub header: Option<WeightsHeader>,
    /// Names of tensors that lie beside the network (an optimiser's, a loss's).
    pub beside: Vec<String>,
}

/// Why a checkpoint was not read or does not fit.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct CheckpointError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub kind: CheckpointErrorKind,
}

/// Kinds of [`CheckpointError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointErrorKind {
    /// The file could not be read or written.
    #[error("cannot access the file: {0}")]
    Io(#[source] std::io::Error),
    /// Neither safetensors nor a PyTorch archive.
    #[error("not a checkpoint: expected safetensors or a PyTorch file ({0})")]
    Format(String),
    /// A tensor of a type that no network has.
    #[error("tensor `{name}`: expected floating point or integers, got {got}")]
    ElementType {
        /// Name of the tensor.
        name: String,
        /// Type found.
        got: String,
    },
    /// A tensor holds a value that is not finite.
    #[error("tensor `{name}`: expected finite values, got {got} at element {index}")]
    NotFinite {
        /// Name of the tensor.
        name: String,
        /// Value found.
        got: f32,
        /// Its place.
        index: usize,
    },
    /// A threshold to be written is not finite; JSON has no such number.
    #[error("threshold of {label}: expected a finite number, got {got}")]
    Threshold {
        /// What the threshold is of.
        label: String,
        /// Value found.
        got: f64,
    },
    /// What stands beside the weights is no network that can be built.
    #[error("header of the weights: {0}")]
    Architecture(#[from] ArchitectureError),
    /// The tensors are not those of the architecture.
    #[error("does not fit the architecture: {}", describe(.0))]
    Coverage(Box<Coverage>),
}

fn describe(coverage: &Coverage) -> String {
    let mut parts = vec![format!("{} tensors match", coverage.matched.len())];
    let lists = [
        ("missing", &coverage.missing),
        ("unexpected", &coverage.unexpected),
        ("of another shape", &coverage.misshaped),
    ];
    for (what, names) in lists {
        if let Some(first) = names.first() {
            let more = if names.len() > 1 { ", …" } else { "" };
            parts.push(format!("{} {what} ({first}{more})", names.len()));
        }
    }
    parts.join(", ")
}

/// Reads a checkpoint, whatever its layout.
///
/// # Errors
///
/// If the file is neither safetensors nor a PyTorch archive, is damaged, or holds values
/// that are not finite.
pub fn read(path: &Path) -> Result<Checkpoint, CheckpointError> {
    let fail = |kind| CheckpointError {
        path: path.to_owned(),
        kind,
    };
    let (tensors, header) = read_tensors(path).map_err(fail)?;
    if let Some(header) = &header {
        let checked = header.architecture.check();
        checked.map_err(|error| fail(error.into()))?;
    }
    let (state, beside) = unwrap_layers(tensors);
    for (name, tensor) in &state.tensors {
        check_finite(name, tensor).map_err(fail)?;
    }
    Ok(Checkpoint {
        state,
        header,
        beside,
    })
}

type Tensors = BTreeMap<String, NamedTensor>;

fn read_tensors(path: &Path) -> Result<(Tensors, Option<WeightsHeader>), CheckpointErrorKind> {
    let length = fs::metadata(path).map_err(CheckpointErrorKind::Io)?.len();
    let mut start = [0u8; 9];
    let read = {
        use std::io::Read;
        let mut file = fs::File::open(path).map_err(CheckpointErrorKind::Io)?;
        file.read(&mut start).map_err(CheckpointErrorKind::Io)?
    };
    let header_length =
        u64::from_le_bytes(start[..8].try_into().expect("eight bytes, this is a bug"));
    let safetensors = read == 9 && start[8] == b'{' && header_length <= length.saturating_sub(8);
    if safetensors {
        let bytes = whole(path).map_err(CheckpointErrorKind::Io)?;
        return read_safetensors(&Arc::new(bytes));
    }
    read_pytorch(path).map(|tensors| (tensors, None))
}

#[cfg(unix)]
fn whole(path: &Path) -> std::io::Result<FileBytes> {
    let file = fs::File::open(path)?;
    // SAFETY: the map is read-only. Weights are written aside and renamed whole, and no part of
    // this program changes a finished file; if another program cuts it short while it is mapped,
    // the operating system ends the process on access, which is the documented limit of any
    // memory map.
    unsafe { FileBytes::map(file.file()) }
}

#[cfg(not(unix))]
fn whole(path: &Path) -> std::io::Result<FileBytes> {
    fs::read(path)
}

fn read_safetensors(
    bytes: &Arc<FileBytes>,
) -> Result<(Tensors, Option<WeightsHeader>), CheckpointErrorKind> {
    let format = |error: &dyn std::fmt::Display| CheckpointErrorKind::Format(error.to_string());
    let (_, metadata) =
        safetensors::SafeTensors::read_metadata(bytes).map_err(|error| format(&error))?;
    let header = match metadata
        .metadata()
        .as_ref()
        .and_then(|map| map.get(HEADER_KEY))
    {
        Some(text) => Some(serde_json::from_str(text).map_err(|error| format(&error))?),
        None => None,
    };
    let file = safetensors::SafeTensors::deserialize(bytes).map_err(|error| format(&error))?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        let kind = match view.dtype() {
            Dtype::F64 => DType::F64,
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            Dtype::I64 => DType::I64,
            Dtype::I32 => DType::I32,
            other => {
                let got = format!("{other:?}");
                return Err(CheckpointErrorKind::ElementType {
                    name: name.to_owned(),
                    got,
                });
            }
        };
        let values = lent(bytes, kind, view.data());
        let values = values.map_or_else(|| decode(name, kind, view.data()), Ok)?;
        tensors.insert(
            name.to_owned(),
            NamedTensor {
                shape: view.shape().to_vec(),
                values,
            },
        );
    }
    Ok((tensors, header))
}

fn read_pytorch(path: &Path) -> Result<Tensors, CheckpointErrorKind> {
    let format = |error: &dyn std::fmt::Display| CheckpointErrorKind::Format(error.to_string());
    let reader = PytorchReader::new(path).map_err(|error| format(&error))?;
    let mut tensors = BTreeMap::new();
    for (name, tensor) in reader.into_tensors() {
        let bytes = tensor.read().map_err(|error| format(&error))?;
        let values = decode(&name, tensor.dtype(), &bytes)?;
        tensors.insert(
            name,
            NamedTensor {
                shape: tensor.shape().to_vec(),
                values,
            },
        );
    }
    Ok(tensors)
}

/// Values of a part of the file, left where they lie if that is how they are read.
fn lent(file: &Arc<FileBytes>, kind: DType, part: &[u8]) -> Option<Values> {
    let start = part.as_ptr().addr().checked_sub(file.as_ptr().addr())?;
    let floats = Floats::lent(file, start..start + part.len());
    floats.filter(|_| kind == DType::F32).map(Values::F32)
}

fn decode(name: &str, kind: DType, bytes: &[u8]) -> Result<Values, CheckpointErrorKind> {
    fn each<const N: usize, T, A: FromIterator<T>>(
        bytes: &[u8],
        value: impl Fn([u8; N]) -> T,
    ) -> A {
        bytes
            .as_chunks::<N>()
            .0
            .iter()
            .map(|chunk| value(*chunk))
            .collect()
    }
    Ok(match kind {
        DType::F32 => Values::F32(each(bytes, f32::from_le_bytes)),
        DType::F64 => Values::F32(each(bytes, |b| f64::from_le_bytes(b) as f32)),
        DType::F16 => Values::F32(each(bytes, |b| half_to_f32(u16::from_le_bytes(b)))),
        DType::BF16 => Values::F32(each(bytes, |b| {
            f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)
        })),
        DType::I64 => Values::I64(each(bytes, i64::from_le_bytes)),
        DType::I32 => Values::I64(each(bytes, |b| i64::from(i32::from_le_bytes(b)))),
        other => {
            let got = format!("{other:?}");
            return Err(CheckpointErrorKind::ElementType {
                name: name.to_owned(),
                got,
            });
        }
    })
}

/// IEEE 754 binary16 as single precision.
fn half_to_f32(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1F);
    let fraction = f32::from(bits & 0x3FF) / 1024.0;
    sign * match exponent {
        0 => fraction * 2f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

/// Takes the network out of the dictionaries and wrappers it was saved in.
fn unwrap_layers(tensors: Tensors) -> (StateDict, Vec<String>) {
    let container = ["state_dict.", "model."]
        .into_iter()
        .find(|prefix| tensors.keys().any(|name| name.starts_with(prefix)));
    let mut state = StateDict::default();
    let mut beside = Vec::new();
    for (name, tensor) in tensors {
        let Some(mut inner) = container.map_or(Some(&*name), |prefix| name.strip_prefix(prefix))
        else {
            beside.push(name);
            continue;
        };
        let wrappers = ["module.", "_orig_mod.", "model."];
        while let Some(rest) = wrappers
            .iter()
            .find_map(|wrapper| inner.strip_prefix(wrapper))
        {
            inner = rest;
        }
        state.tensors.insert(inner.to_owned(), tensor);
    }
    (state, beside)
}

fn check_finite(name: &str, tensor: &NamedTensor) -> Result<(), CheckpointErrorKind> {
    let Values::F32(values) = &tensor.values else {
        return Ok(());
    };
    if is_finite(values) {
        return Ok(());
    }
    let bad = values.iter().position(|value| !value.is_finite());
    bad.map_or(Ok(()), |index| {
        Err(CheckpointErrorKind::NotFinite {
            name: name.to_owned(),
            got: values[index],
            index,
        })
    })
}

impl Checkpoint {
    /// The tensors, if they are exactly those of `architecture`.
    ///
    /// # Errors
    ///
    /// Lists how many tensors match, are missing, unexpected or of another shape.
    pub fn strict(
        self,
        path: &Path,
        architecture: &Architecture,
    ) -> Result<StateDict, CheckpointError> {
        let coverage = self.state.coverage(architecture);
        if coverage.is_complete() {
            return Ok(self.state);
        }
        let kind = CheckpointErrorKind::Coverage(Box::new(coverage));
        Err(CheckpointError {
            path: path.to_owned(),
            kind,
        })
    }

    /// The backbone, which must be complete; the head too where it fits, else a new one.
    ///
    /// The second value says whether the head was replaced.
    ///
    /// # Errors
    ///
    /// If any tensor but `dense.*` is missing, unexpected or of another shape.
    pub fn backbone(
        self,
        path: &Path,
        architecture: &Architecture,
        seed: u64,
    ) -> Result<(StateDict, bool), CheckpointError> {
        if self.state.coverage(architecture).is_complete() {
            return Ok((self.state, false));
        }
        let header = self.header;
        let state = self.state.with_new_head(architecture, seed);
        let renewed = Checkpoint {
            state,
            header,
            beside: self.beside,
        };
        renewed
            .strict(path, architecture)
            .map(|state| (state, true))
    }
}

/// Writes weights as safetensors, readable by PyTorch, aside and then renamed; makes the folder
/// where it is not there.
///
/// # Errors
///
/// If a threshold of the header is not finite or the file cannot be written; nothing is left
/// behind then.
pub fn write(
    path: &Path,
    state: &StateDict,
    header: Option<&WeightsHeader>,
) -> Result<(), CheckpointError> {
    write_tensors(path, state, header).map_err(|kind| CheckpointError {
        path: path.to_owned(),
        kind,
    })
}

fn write_tensors(
    path: &Path,
    state: &StateDict,
    header: Option<&WeightsHeader>,
) -> Result<(), CheckpointErrorKind> {
    let format = |error: &dyn std::fmt::Display| CheckpointErrorKind::Format(error.to_string());
    // One entry at most: the writer keeps no order among several, and equal weights shall
    // make equal files.
    let metadata = match header {
        Some(header) => {
            check_thresholds(header)?;
            let text = serde_json::to_string(header).map_err(|error| format(&error))?;
            HashMap::from([(HEADER_KEY.to_owned(), text)])
        }
        None => HashMap::from([("format".to_owned(), "pt".to_owned())]),
    };
    let bytes: Vec<(&String, Dtype, &NamedTensor, Vec<u8>)> = state
        .tensors
        .iter()
        .map(|(name, tensor)| match &tensor.values {
            Values::F32(values) => (
                name,
                Dtype::F32,
                tensor,
                values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ),
            Values::I64(values) => (
                name,
                Dtype::I64,
                tensor,
                values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ),
        })
        .collect();
    let mut views = Vec::with_capacity(bytes.len());
    for (name, kind, tensor, data) in &bytes {
        let view = TensorView::new(*kind, tensor.shape.clone(), data);
        views.push((name.as_str(), view.map_err(|error| format(&error))?));
    }
    let file = safetensors::serialize(views, Some(metadata)).map_err(|error| format(&error))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(CheckpointErrorKind::Io)?;
    let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(CheckpointErrorKind::Io)?;
    aside.write_all(&file).map_err(CheckpointErrorKind::Io)?;
    make_readable(aside.as_file()).map_err(CheckpointErrorKind::Io)?;
    aside
        .persist(path)
        .map_err(|error| CheckpointErrorKind::Io(error.error))?;
    Ok(())
}

fn check_thresholds(header: &WeightsHeader) -> Result<(), CheckpointErrorKind> {
    for (label, thresholds) in &header.thresholds {
        for got in [thresholds.rule_out, thresholds.rule_in] {
            if !got.is_finite() {
                let label = label.clone();
                return Err(CheckpointErrorKind::Threshold { label, got });
            }
        }
    }
    Ok(())
}

/// Temporary files are private; weights are as readable as any other file.
#[cfg(unix)]
fn make_readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
