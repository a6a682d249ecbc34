//! The shape of a network, as configured.

use serde::{Deserialize, Serialize};

/// Shape of a [`Net1d`](crate::Net1d), keys named as in the published network.
///
/// `norm` is left open where a checkpoint shall decide (see
/// [`StateDict::trained_with_norm`](crate::StateDict::trained_with_norm)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Leads of the input.
    #[serde(alias = "leads")]
    pub in_channels: usize,
    /// Channels after the first convolution.
    pub base_filters: usize,
    /// Channels of each stage.
    pub filter_list: Vec<usize>,
    /// Blocks of each stage.
    pub m_blocks_list: Vec<usize>,
    /// Taps of the long convolutions.
    #[serde(default = "default_kernel", alias = "kernel")]
    pub kernel_size: usize,
    /// Stride of the first convolution and of the first block of each stage.
    #[serde(default = "default_stride")]
    pub stride: usize,
    /// Channels of a group of the grouped convolutions.
    #[serde(default = "default_groups_width")]
    pub groups_width: usize,
    /// Outputs.
    #[serde(alias = "classes")]
    pub n_classes: usize,
    /// Whether the norm layers are used; `None` where not stated.
    #[serde(default, alias = "use_bn", skip_serializing_if = "Option::is_none")]
    pub norm: Option<bool>,
    /// Share of activations dropped in training.
    #[serde(default = "default_dropout")]
    pub dropout: f32,
}

fn default_kernel() -> usize {
    16
}

fn default_stride() -> usize {
    2
}

fn default_groups_width() -> usize {
    16
}

fn default_dropout() -> f32 {
    0.5
}

/// Why an architecture cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchitectureError {
    /// The text is not a TOML table of the known keys.
    #[error("not an architecture: {0}")]
    Syntax(String),
    /// A name that no variant has.
    #[error("unknown architecture `{name}`: expected one of {known}")]
    UnknownName {
        /// Name asked for.
        name: String,
        /// The known names.
        known: String,
    },
    /// A value out of its range.
    #[error("field `{field}`: expected {expected}, got {got}")]
    Value {
        /// Name of the field.
        field: &'static str,
        /// What is accepted.
        expected: String,
        /// What was found.
        got: String,
    },
}

/// Names accepted by [`Architecture::named`].
pub const VARIANTS: [&str; 4] = ["ecgfounder-12", "ecgfounder-1", "small", "nano"];

impl Architecture {
    /// A known variant with four outputs.
    ///
    /// # Errors
    ///
    /// If `name` is not one of [`VARIANTS`].
    pub fn named(name: &str) -> Result<Architecture, ArchitectureError> {
        let founder = ([64, 160, 160, 400, 400, 1024, 1024], [2, 2, 2, 3, 3, 4, 4]);
        let (leads, base, (filters, blocks)) = match name {
            "ecgfounder-12" => (12, 64, founder),
            "ecgfounder-1" => (1, 64, founder),
            "small" => (
                12,
                16,
                ([16, 32, 32, 48, 48, 64, 64], [2, 1, 1, 2, 1, 1, 1]),
            ),
            "nano" => (
                12,
                16,
                ([16, 16, 16, 32, 32, 32, 32], [1, 1, 1, 1, 1, 1, 1]),
            ),
            _ => {
                let known = VARIANTS.join(", ");
                return Err(ArchitectureError::UnknownName {
                    name: name.to_owned(),
                    known,
                });
            }
        };
        Ok(Architecture {
            in_channels: leads,
            base_filters: base,
            filter_list: filters.to_vec(),
            m_blocks_list: blocks.to_vec(),
            kernel_size: default_kernel(),
            stride: default_stride(),
            groups_width: default_groups_width(),
            n_classes: 4,
            norm: None,
            dropout: default_dropout(),
        })
    }

    /// Reads and checks a TOML table.
    ///
    /// # Errors
    ///
    /// If a key is missing or unknown, or a value out of its range.
    pub fn from_toml(text: &str) -> Result<Architecture, ArchitectureError> {
        let architecture: Architecture =
            toml::from_str(text).map_err(|error| ArchitectureError::Syntax(error.to_string()))?;
        architecture.check()?;
        Ok(architecture)
    }

    /// Whether the network can be built.
    ///
    /// # Errors
    ///
    /// Names the first field that is out of its range.
    pub fn check(&self) -> Result<(), ArchitectureError> {
        let positive = [
            ("in_channels", self.in_channels),
            ("base_filters", self.base_filters),
            ("kernel_size", self.kernel_size),
            ("groups_width", self.groups_width),
            ("n_classes", self.n_classes),
        ];
        for (field, value) in positive {
            ensure(field, (1..=65_536).contains(&value), "1 to 65536", value)?;
        }
        ensure(
            "stride",
            (1..=2).contains(&self.stride),
            "1 or 2",
            self.stride,
        )?;
        let stages = self.filter_list.len();
        ensure(
            "filter_list",
            (1..=64).contains(&stages),
            "1 to 64 stages",
            stages,
        )?;
        let blocks = self.m_blocks_list.len();
        ensure(
            "m_blocks_list",
            blocks == stages,
            "one number a stage",
            blocks,
        )?;
        for &blocks in &self.m_blocks_list {
            ensure(
                "m_blocks_list",
                (1..=256).contains(&blocks),
                "1 to 256 blocks",
                blocks,
            )?;
        }
        let mut before = self.base_filters;
        for &filters in &self.filter_list {
            // The squeeze of a block halves its channels, so that one channel would leave none.
            let fits = filters >= before.max(2) && filters.is_multiple_of(self.groups_width);
            let expected = format!(
                "2 or more, multiples of groups_width {} that do not fall",
                self.groups_width
            );
            ensure("filter_list", fits && filters <= 65_536, &expected, filters)?;
            before = filters;
        }
        ensure(
            "dropout",
            (0.0..1.0).contains(&self.dropout),
            "0 to below 1",
            self.dropout,
        )
    }

    /// Channels of the last feature map.
    pub fn features(&self) -> usize {
        self.filter_list
            .last()
            .copied()
            .unwrap_or(self.base_filters)
    }

    /// Every block in order: its stage, its number in the stage, and its shape.
    pub fn blocks(&self) -> Vec<BlockShape> {
        let mut blocks = Vec::new();
        let mut in_channels = self.base_filters;
        for (stage, (&filters, &count)) in
            self.filter_list.iter().zip(&self.m_blocks_list).enumerate()
        {
            for number in 0..count {
                blocks.push(BlockShape {
                    stage,
                    number,
                    in_channels,
                    out_channels: filters,
                    stride: if number == 0 { self.stride } else { 1 },
                });
                in_channels = filters;
            }
        }
        blocks
    }
}

/// Shape of one residual block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockShape {
    /// Number of the stage, from 0.
    pub stage: usize,
    /// Number within the stage, from 0.
    pub number: usize,
    /// Channels of the block's input.
    pub in_channels: usize,
    /// Channels of its output.
    pub out_channels: usize,
    /// Stride of its grouped convolution.
    pub stride: usize,
}

fn ensure(
    field: &'static str,
    holds: bool,
    expected: &str,
    got: impl ToString,
) -> Result<(), ArchitectureError> {
    if holds {
        return Ok(());
    }
    Err(ArchitectureError::Value {
        field,
        expected: expected.to_owned(),
        got: got.to_string(),
    })
}
