//! Digital filters equal to SciPy's: notch and Butterworth design, forward–backward filtering,
//! running median.

mod design;
mod filtfilt;
mod median;

pub use design::{Coefficients, DesignError, butterworth_band_pass, notch};
pub use filtfilt::{TooShort, filtfilt};
pub use median::running_median;
