//! What a file says of one of its ECGs, apart from the samples.

use coronet_ecg::Subject;
use jiff::civil::DateTime;

/// One ECG of a file that may hold several.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is called within the file: `1111` of `exams.hdf5#1111`.
    pub name: String,
    /// What its recording is called; see [`Recording::record_id`](crate::Recording::record_id).
    pub record_id: String,
    /// When it was recorded, where the file says so beside the samples.
    pub start: Option<DateTime>,
    /// Whose it is, where the file says so beside the samples.
    pub subject: Subject,
}
