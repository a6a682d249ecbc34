//! `Net1d`, its configuration and its checkpoints.
//!
//! Knows nothing of patients or files of ECGs: arrays of millivolts in, logits out.
//! The device is a value ([`burn::tensor::Device`], named by a [`DeviceChoice`]); there is one
//! definition of the network.

mod architecture;
pub mod attribution;
pub mod checkpoint;
mod device;
mod flat;
mod floats;
mod inference;
mod layers;
mod net1d;
mod ops;
mod score;
mod state_dict;
mod tape;
mod trainable;

pub use architecture::{Architecture, ArchitectureError, BlockShape, VARIANTS};
pub use device::{DeviceChoice, DeviceError};
pub use flat::FlatRange;
pub use floats::Floats;
pub use inference::Inference;
pub use net1d::{BatchMoments, Net1d, Output, Pass, TrainingPass};
pub use ops::has_kernels;
pub use state_dict::{Coverage, Expected, NamedTensor, Role, StateDict, Values, expected_tensors};
pub use trainable::{Cotangents, Dropping, Trainable, Vector, Windows};
