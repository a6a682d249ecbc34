//! The tensors of a network by name, apart from any device.

use crate::architecture::Architecture;
use crate::floats::Floats;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A tensor in memory, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Extent of every dimension; empty for a scalar.
    pub shape: Vec<usize>,
    /// Elements in row-major order.
    pub values: Values,
}

impl NamedTensor {
    fn holds_floats(&self) -> bool {
        matches!(self.values, Values::F32(_))
    }
}

/// Elements of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Single-precision numbers.
    F32(Floats),
    /// Integers (`num_batches_tracked`).
    I64(Vec<i64>),
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Learnt by gradient descent.
    Parameter,
    /// Running mean or variance of a norm.
    Statistic,
    /// Batches a norm has seen.
    Counter,
}

/// A tensor that an architecture asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Name as in the published checkpoints.
    pub name: String,
    /// Extent of every dimension.
    pub shape: Vec<usize>,
    /// What it is for.
    pub role: Role,
}

/// All tensors of a network by name, in the names' order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict {
    /// Tensors by name.
    pub tensors: BTreeMap<String, NamedTensor>,
}

/// How a state dictionary compares with what an architecture asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Names present with the right shape.
    pub matched: Vec<String>,
    /// Names asked for and not present.
    pub missing: Vec<String>,
    /// Names present and not asked for.
    pub unexpected: Vec<String>,
    /// Names with another shape or kind of element: `name: expected [..], got [..]`.
    pub misshaped: Vec<String>,
}

impl Coverage {
    /// Whether every tensor is there, in its shape, and no other.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshaped.is_empty()
    }
}

impl StateDict {
    /// Compares the tensors with those of `architecture`.
    pub fn coverage(&self, architecture: &Architecture) -> Coverage {
        let mut coverage = Coverage::default();
        let expected = expected_tensors(architecture);
        for tensor in &expected {
            match self.tensors.get(&tensor.name) {
                None => coverage.missing.push(tensor.name.clone()),
                Some(found) if found.shape != tensor.shape => coverage.misshaped.push(format!(
                    "{}: expected {:?}, got {:?}",
                    tensor.name, tensor.shape, found.shape
                )),
                Some(found) if tensor.role != Role::Counter && !found.holds_floats() => {
                    coverage.misshaped.push(format!(
                        "{}: expected floating-point numbers, got integers",
                        tensor.name
                    ))
                }
                Some(_) => coverage.matched.push(tensor.name.clone()),
            }
        }
        let known: std::collections::BTreeSet<&str> =
            expected.iter().map(|tensor| tensor.name.as_str()).collect();
        let unexpected = self
            .tensors
            .keys()
            .filter(|name| !known.contains(name.as_str()));
        coverage.unexpected = unexpected.cloned().collect();
        coverage
    }

    /// Whether the norm layers took part in training.
    ///
    /// A network trained with its norms skipped leaves every `num_batches_tracked` at 0 and
    /// the running statistics as built (mean 0, variance 1). `None` if no norm is present.
    pub fn trained_with_norm(&self) -> Option<bool> {
        let mut seen = false;
        for (name, tensor) in &self.tensors {
            let untouched = match &tensor.values {
                Values::I64(counts) if name.ends_with("num_batches_tracked") => {
                    counts.iter().all(|&count| count == 0)
                }
                Values::F32(means) if name.ends_with("running_mean") => {
                    means.iter().all(|&mean| mean == 0.0)
                }
                Values::F32(variances) if name.ends_with("running_var") => {
                    variances.iter().all(|&variance| variance == 1.0)
                }
                _ => continue,
            };
            seen = true;
            if !untouched {
                return Some(true);
            }
        }
        seen.then_some(false)
    }

    /// Whether a network of `architecture` with these tensors uses its norms: as the
    /// architecture says; where it is silent, as they were trained; else yes.
    pub fn uses_norm(&self, architecture: &Architecture) -> bool {
        let norm = architecture.norm.or_else(|| self.trained_with_norm());
        norm.unwrap_or(true)
    }

    /// The elements of a layer's tensor, if there is one.
    pub(crate) fn values_mut(&mut self, layer: &str, tensor: &str) -> Option<&mut Values> {
        let found = self.tensors.get_mut(&format!("{layer}.{tensor}"));
        found.map(|tensor| &mut tensor.values)
    }

    /// The elements of a tensor that must be present and hold floating-point numbers.
    pub(crate) fn floats(&self, name: &str) -> &[f32] {
        match self.tensors.get(name).map(|tensor| &tensor.values) {
            Some(Values::F32(values)) => values,
            Some(Values::I64(_)) => panic!("tensor `{name}` must hold floating-point numbers"),
            None => panic!("tensor `{name}` must be present"),
        }
    }

    /// Tensors of a new network: weights and biases uniform in `±1/√fan_in` (PyTorch's
    /// default for convolution and linear layers), norms neutral.
    pub fn initial(architecture: &Architecture, seed: u64) -> StateDict {
        StateDict {
            tensors: drawn(
                &expected_tensors(architecture),
                &mut ChaCha8Rng::seed_from_u64(seed),
            ),
        }
    }

    /// Replaces the head by a new one for `architecture`, whatever its shape was.
    pub fn with_new_head(mut self, architecture: &Architecture, seed: u64) -> StateDict {
        let is_head = |name: &str| name.starts_with("dense.");
        let mut head = expected_tensors(architecture);
        head.retain(|tensor| is_head(&tensor.name));
        self.tensors.retain(|name, _| !is_head(name));
        self.tensors.extend(drawn(&head, &mut head_stream(seed)));
        self
    }

    /// Whether every element is a finite number.
    pub fn is_finite(&self) -> bool {
        self.tensors.values().all(|tensor| match &tensor.values {
            Values::F32(values) => is_finite(values),
            Values::I64(_) => true,
        })
    }

    /// SHA-256 over names, shapes and elements, as hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for (name, tensor) in &self.tensors {
            digest.update(format!("{name}{:?}", tensor.shape));
            match &tensor.values {
                Values::F32(values) => {
                    let mut bytes = [[0; 4]; 1024];
                    for values in values.chunks(bytes.len()) {
                        let to = bytes.iter_mut().zip(values);
                        to.for_each(|(to, value)| *to = value.to_le_bytes());
                        digest.update(bytes[..values.len()].as_flattened());
                    }
                }
                Values::I64(values) => values.iter().for_each(|v| digest.update(v.to_le_bytes())),
            }
        }
        digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Whether every number is finite; looks at all of them, which vectors do faster than they find
/// the first that is not.
pub(crate) fn is_finite(values: &[f32]) -> bool {
    let magnitude = |value: &f32| value.abs().to_bits();
    let greatest = values.iter().map(magnitude).fold(0, u32::max);
    greatest < f32::INFINITY.to_bits()
}

/// The stream of new heads, named by four letters, so that a head is not what a whole new
/// network would begin with.
fn head_stream(seed: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::from(u32::from_be_bytes(*b"head")) << 32);
    random
}

/// New tensors, drawn one after the other.
fn drawn(expected: &[Expected], random: &mut ChaCha8Rng) -> BTreeMap<String, NamedTensor> {
    let fan_ins: BTreeMap<&str, usize> = expected
        .iter()
        .filter(|tensor| tensor.shape.len() > 1)
        .filter_map(|tensor| {
            let layer = tensor.name.strip_suffix(".weight")?;
            Some((layer, tensor.shape[1..].iter().product()))
        })
        .collect();
    let mut tensors = BTreeMap::new();
    for tensor in expected {
        let count = tensor.shape.iter().product();
        let layer = tensor.name.rsplit_once('.').map_or("", |(layer, _)| layer);
        let values = match (tensor.role, fan_ins.get(layer)) {
            (Role::Counter, _) => Values::I64(vec![0]),
            (Role::Parameter, Some(&fan_in)) => {
                let bound = 1.0 / (fan_in as f32).sqrt();
                let value = |_| random.random_range(-bound..bound);
                Values::F32((0..count).map(value).collect())
            }
            _ => Values::F32(vec![neutral(&tensor.name); count].into()),
        };
        let shape = tensor.shape.clone();
        tensors.insert(tensor.name.clone(), NamedTensor { shape, values });
    }
    tensors
}

fn neutral(name: &str) -> f32 {
    let one = name.ends_with(".weight") || name.ends_with(".running_var");
    if one { 1.0 } else { 0.0 }
}

/// Every tensor `architecture` asks for, in the order of a PyTorch state dictionary.
pub fn expected_tensors(architecture: &Architecture) -> Vec<Expected> {
    let mut list = List(Vec::new());
    let (base, kernel) = (architecture.base_filters, architecture.kernel_size);
    list.conv("first_conv.conv", [base, architecture.in_channels, kernel]);
    list.norm("first_bn", base);
    for block in architecture.blocks() {
        let at = format!("stage_list.{}.block_list.{}", block.stage, block.number);
        let (input, output) = (block.in_channels, block.out_channels);
        list.norm(&format!("{at}.bn1"), input);
        list.norm(&format!("{at}.bn2"), output);
        list.norm(&format!("{at}.bn3"), output);
        list.conv(&format!("{at}.conv1.conv"), [output, input, 1]);
        list.conv(
            &format!("{at}.conv2.conv"),
            [output, architecture.groups_width, kernel],
        );
        list.conv(&format!("{at}.conv3.conv"), [output, output, 1]);
        list.linear(&format!("{at}.se_fc1"), [output / 2, output]);
        list.linear(&format!("{at}.se_fc2"), [output, output / 2]);
    }
    list.linear("dense", [architecture.n_classes, architecture.features()]);
    list.0
}

struct List(Vec<Expected>);

impl List {
    fn push(&mut self, layer: &str, name: &str, shape: &[usize], role: Role) {
        let name = format!("{layer}.{name}");
        self.0.push(Expected {
            name,
            shape: shape.to_vec(),
            role,
        });
    }

    fn conv(&mut self, layer: &str, shape: [usize; 3]) {
        self.push(layer, "weight", &shape, Role::Parameter);
        self.push(layer, "bias", &shape[..1], Role::Parameter);
    }

    fn linear(&mut self, layer: &str, shape: [usize; 2]) {
        self.push(layer, "weight", &shape, Role::Parameter);
        self.push(layer, "bias", &shape[..1], Role::Parameter);
    }

    fn norm(&mut self, layer: &str, channels: usize) {
        self.push(layer, "weight", &[channels], Role::Parameter);
        self.push(layer, "bias", &[channels], Role::Parameter);
        self.push(layer, "running_mean", &[channels], Role::Statistic);
        self.push(layer, "running_var", &[channels], Role::Statistic);
        self.push(layer, "num_batches_tracked", &[], Role::Counter);
    }
}
