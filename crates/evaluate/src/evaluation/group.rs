//! Who was studied, by group: the first table of a report.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::baseline::Distribution;
use super::threshold::Proportion;
use crate::statistic::Statistic;

/// Characteristics by group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableOne {
    /// `all`; `event` and `no event` (any vessel positive, among records with every grade);
    /// `site=…` where the table names sites.
    pub groups: IndexMap<String, GroupCharacteristics>,
    /// Standardised difference between `event` and `no event` by characteristic: difference of
    /// means (or proportions) over the pooled standard deviation √((s₁² + s₂²)/2) (Austin,
    /// Statistics in Medicine 28 (2009) 3083). Not a test.
    pub standardised_differences: IndexMap<String, Statistic<f64>>,
}

/// Characteristics of one group of records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupCharacteristics {
    /// Records.
    pub n: usize,
    /// Continuous characteristics: `age`, `interval_days`, `ptp`, `follow_up_days`.
    pub continuous: IndexMap<String, Statistic<Distribution>>,
    /// Yes/no characteristics: `male`, `normal_ecg`, then `<vessel> positive` for each vessel.
    pub categorical: IndexMap<String, Statistic<GroupShare>>,
}

/// How many of the records whose value is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupShare {
    /// Records with the characteristic.
    pub count: usize,
    /// Records whose value is known.
    pub known: usize,
    /// Records whose value is missing.
    pub missing: usize,
    /// count / known with Wilson's interval.
    pub share: Proportion,
}
