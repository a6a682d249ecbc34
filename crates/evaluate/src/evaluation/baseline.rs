//! Who was studied: counts and distributions of the score table.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::statistic::Statistic;

/// Counts and distributions of all records in the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Records in the table.
    pub records: usize,
    /// Distinct patients, a record without one counted as a patient of its own; undefined where the table names
    /// none.
    pub patients: Statistic<usize>,
    /// Age in years.
    pub age: Statistic<Distribution>,
    /// Counts by sex.
    pub sex: SexCounts,
    /// Records whose ECG was read as normal.
    pub normal_ecg: Statistic<usize>,
    /// Days between ECG and CCTA.
    pub interval_days: Statistic<Distribution>,
    /// Pre-test probability in [0, 1].
    pub pretest_probability: Statistic<Distribution>,
    /// Follow-up in days.
    pub follow_up_days: Statistic<Distribution>,
    /// Records per fold, where the table names folds.
    pub folds: IndexMap<String, usize>,
    /// Records per site, where the table names sites.
    pub sites: IndexMap<String, usize>,
    /// Grades per vessel.
    pub grades: IndexMap<String, GradeCounts>,
}

/// Counts by sex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SexCounts {
    /// Women.
    pub female: usize,
    /// Men.
    pub male: usize,
    /// Not stated or not readable.
    pub missing: usize,
}

/// Number of records per stenosis grade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeCounts {
    /// No stenosis.
    pub none: usize,
    /// 1–49 %.
    pub mild: usize,
    /// 50–69 %.
    pub moderate: usize,
    /// 70–99 %.
    pub severe: usize,
    /// 100 %.
    pub occluded: usize,
    /// No grade.
    pub missing: usize,
}

/// A summary of a numeric column. Quantiles are of type 7 (linear interpolation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Values present.
    pub n: usize,
    /// Values missing.
    pub missing: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation (n − 1), where n ≥ 2.
    pub sd: Statistic<f64>,
    /// Smallest value.
    pub minimum: f64,
    /// First quartile.
    pub first_quartile: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub third_quartile: f64,
    /// Greatest value.
    pub maximum: f64,
}
