//! CPU kernels for one-dimensional residual networks.
//!
//! Everything works on plain `f32` slices in the layout `[batch, channels, length]`
//! and runs on the current rayon pool; [`together`] keeps its threads for many calls. The
//! instruction set is chosen at run time
//! ([`instruction_set`]); the number of threads never changes a result, since every
//! sum is taken in an order that depends on the shapes alone.
//!
//! Knows nothing of tensors, automatic differentiation or ECGs.

pub mod activation;
pub mod blocks;
pub mod conv;
mod convolve;
mod crew;
mod gradient;
pub mod inference;
mod minimal_filter;
pub mod network;
mod packed;
mod product;
pub mod residual;
mod rowwise;
mod scratch;
mod simd;
mod strassen;
mod strip;

pub use crew::{each_chunk, together};
#[doc(hidden)]
pub use simd::choose_instruction_set;
pub use simd::{InstructionSet, instruction_set};
