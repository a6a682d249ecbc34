//! Beats: where the ventricles are excited, which beats look alike, and the median beat of them.
//!
//! All leads are looked at together. Work is done at one internal rate of 500 Hz, so every
//! recorded rate is treated alike. [`delineate`](crate::delineation::delineate) puts it together.

mod align;
mod detect;
mod kernel;
mod median;
mod spikes;
mod tracks;
mod unmeasured;

pub(crate) use align::{Class, align, correlation};
pub(crate) use detect::detect;
pub(crate) use kernel::{slope, smooth};
pub(crate) use median::{Template, levelled_medians, median, template};
pub(crate) use tracks::{RATE, Track, Tracks, prepare, samples};
pub use unmeasured::Unmeasured;
