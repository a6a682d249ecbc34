//! The twelve standard leads by name.

use serde::{Deserialize, Serialize};

/// A lead of the standard 12-lead ECG, in the order every tensor of this project uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the standard lead names")]
pub enum Lead {
    I,
    II,
    III,
    #[serde(rename = "aVR")]
    AVR,
    #[serde(rename = "aVL")]
    AVL,
    #[serde(rename = "aVF")]
    AVF,
    V1,
    V2,
    V3,
    V4,
    V5,
    V6,
}

impl Lead {
    /// All leads in tensor order: I, II, III, aVR, aVL, aVF, V1–V6.
    pub const ALL: [Lead; 12] = [
        Lead::I,
        Lead::II,
        Lead::III,
        Lead::AVR,
        Lead::AVL,
        Lead::AVF,
        Lead::V1,
        Lead::V2,
        Lead::V3,
        Lead::V4,
        Lead::V5,
        Lead::V6,
    ];

    /// The usual spelling: `aVR`, `V1`, …
    pub fn name(self) -> &'static str {
        match self {
            Lead::I => "I",
            Lead::II => "II",
            Lead::III => "III",
            Lead::AVR => "aVR",
            Lead::AVL => "aVL",
            Lead::AVF => "aVF",
            Lead::V1 => "V1",
            Lead::V2 => "V2",
            Lead::V3 => "V3",
            Lead::V4 => "V4",
            Lead::V5 => "V5",
            Lead::V6 => "V6",
        }
    }
}
