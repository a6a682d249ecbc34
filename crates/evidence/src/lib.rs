//! How groups of patients differ in their waveforms, on plain arrays.
//!
//! - [`Patients`]: one waveform for each patient, from `[record][lead][sample]`.
//! - [`pairs_by_age_and_sex`]: pairs of the two groups alike in age and sex.
//! - [`bands`]: mean waveforms of the groups, with bootstrap bands by patient.
//! - [`cluster_test`]: where over time and leads the groups differ, multiplicity handled.
//! - [`features`]: which intervals and amplitudes differ, standardised and adjusted.
//! - [`shares`]: attribution by lead and wave, with intervals by patient.
//! - [`drivers`]: what sets the logits of patients apart, by lead and wave.
//!
//! Knows neither recordings nor networks nor files; seeds come in, and the number of threads
//! changes no result.

mod bands;
mod clusters;
mod drivers;
mod features;
mod labels;
mod least_squares;
mod matching;
mod patients;
mod resampling;
mod shares;

pub use bands::{Band, GroupBands, bands};
pub use clusters::{
    Cluster, ClusterSettings, ClusterTest, Design, Stretch, cluster_test, neighbours_of_12_leads,
};
pub use drivers::{Drivers, LeadWaveDriver, drivers, drivers_over_time};
pub use features::{Feature, FeatureDifference, features};
pub use matching::{Candidate, Pairs, pairs_by_age_and_sex};
pub use patients::{Patients, ShapeError, Waveforms};
pub use resampling::Resampling;
pub use shares::{LeadWaveShare, RecordShares, ShareTable, Wave, WaveSpan, record_shares, shares};
