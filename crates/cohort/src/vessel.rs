//! The four coronary arteries that are studied.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One of the four major coronary arteries, in the order every table and every network output uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Vessel {
    /// Right coronary artery.
    #[serde(rename = "RCA")]
    Rca,
    /// Left main stem.
    #[serde(rename = "LM")]
    Lm,
    /// Left anterior descending artery.
    #[serde(rename = "LAD")]
    Lad,
    /// Left circumflex artery.
    #[serde(rename = "LCX")]
    Lcx,
}

impl Vessel {
    /// All vessels in order: RCA, LM, LAD, LCX.
    pub const ALL: [Vessel; 4] = [Vessel::Rca, Vessel::Lm, Vessel::Lad, Vessel::Lcx];

    /// The abbreviation used in columns: `RCA`, `LM`, `LAD`, `LCX`.
    pub fn name(self) -> &'static str {
        match self {
            Vessel::Rca => "RCA",
            Vessel::Lm => "LM",
            Vessel::Lad => "LAD",
            Vessel::Lcx => "LCX",
        }
    }

    /// The name in words, for reports.
    pub fn long_name(self) -> &'static str {
        match self {
            Vessel::Rca => "right coronary artery",
            Vessel::Lm => "left main stem",
            Vessel::Lad => "left anterior descending artery",
            Vessel::Lcx => "left circumflex artery",
        }
    }

    /// Position in [`Vessel::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The column that holds this vessel's grade, such as `RCA_grade`.
    pub fn grade_column(self) -> &'static str {
        match self {
            Vessel::Rca => "RCA_grade",
            Vessel::Lm => "LM_grade",
            Vessel::Lad => "LAD_grade",
            Vessel::Lcx => "LCX_grade",
        }
    }
}

impl fmt::Display for Vessel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Vessel {
    type Err = UnknownVessel;

    fn from_str(text: &str) -> Result<Vessel, UnknownVessel> {
        Vessel::ALL
            .into_iter()
            .find(|vessel| vessel.name().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownVessel {
                got: text.to_owned(),
            })
    }
}

/// A word that is not a vessel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of RCA, LM, LAD, LCX, got {got:?}")]
pub struct UnknownVessel {
    /// The word as given.
    pub got: String,
}
