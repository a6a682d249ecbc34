//! Digital filters equal to SciPy's: notch and Butterworth design, forward–backward filtering,
//! running median.

mod complex;
mod design;
mod filtfilt;
mod frames;
mod median;
mod steady_state;

pub use design::{Coefficients, DesignError, butterworth_band_pass, notch};
pub(crate) use filtfilt::filtfilt_samples;
pub use filtfilt::{TooShort, filtfilt, filtfilt_each};
pub(crate) use median::RunningMedian;
pub use median::running_median;
