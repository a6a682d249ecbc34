//! The 12-lead ECG as a value, and pure functions on it.
//!
//! Knows nothing of files, clocks or randomness of its own: seeds come in.
//!
//! - [`Ecg`], [`Lead`]: what was recorded; [`Ecg::standard_leads`] gives the twelve by name.
//! - [`Profile`] and [`preprocess`](preprocess()): from a recording to the windows a network sees.
//! - [`filter`], [`resample`]: the linear algebra of it, equal to SciPy.
//! - [`quality`]: what is wrong with a recording, lead by lead.
//! - [`delineation`], [`measurements`], [`beats`]: beats, waves, median beats, intervals and amplitudes,
//!   each with the reason where it is undefined.
//! - [`augment`]: changed copies of a window for training.
//! - [`fingerprint`](fingerprint()): equal signals under different names.

pub mod augment;
pub mod beats;
pub mod delineation;
pub mod filter;
mod finding_codes;
mod fingerprint;
mod lead;
pub mod measurements;
mod missing;
mod normalise;
mod preprocess;
mod profile;
pub mod quality;
mod recording;
pub mod resample;
mod standard;
mod vector;

pub use finding_codes::FINDING_CODES;
pub use fingerprint::{Fingerprint, fingerprint};
pub use lead::Lead;
pub use preprocess::{PreprocessError, Preprocessed, Window, preprocess};
pub use profile::{
    BandPass, Filter, Normalisation, Notch, Profile, ProfileError, Resampling, WindowRule,
};
pub use recording::{Channel, Device, Ecg, Finding, Hertz, Sex, Signal, Subject};
pub use standard::{MissingLeads, StandardLeads};
