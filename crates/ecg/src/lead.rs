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

    /// The lead a recording calls by this name, or `None` if it is not one of the twelve.
    ///
    /// Any case; `MDC_ECG_LEAD_II`, `ECG_II`, `Lead II`, `EKG V1`, `II (mV)` and the like.
    pub fn parse(name: &str) -> Option<Lead> {
        let name = name.split(['(', '[', '/']).next().unwrap_or(name);
        let mut rest = name.trim().to_ascii_lowercase();
        for unit in ["_mv", " mv", "_uv", " uv", "_µv", " µv"] {
            if let Some(shorter) = rest.strip_suffix(unit) {
                rest = shorter.trim_end().to_string();
            }
        }
        let mut word = rest.as_str();
        while let Some(shorter) = strip_prefix(word) {
            word = shorter;
        }
        Lead::ALL
            .into_iter()
            .find(|lead| word.eq_ignore_ascii_case(lead.name()))
    }

    /// The lead of a code of SCP-ECG (EN 1064, lead identification table): 1 I, 2 II, 3–8 V1–V6,
    /// 61 III, 62 aVR, 63 aVL, 64 aVF. MDC (ISO 11073-10101) codes are these plus 131072 for
    /// leads and plus 131328 for potentials of leads.
    pub fn from_scp_code(code: u32) -> Option<Lead> {
        const MDC_BASE: u32 = 131_072;
        const POTENTIAL: u32 = 256;
        let code = match code.checked_sub(MDC_BASE) {
            Some(code) => code.checked_sub(POTENTIAL).unwrap_or(code),
            None => code,
        };
        Some(match code {
            1 => Lead::I,
            2 => Lead::II,
            3 => Lead::V1,
            4 => Lead::V2,
            5 => Lead::V3,
            6 => Lead::V4,
            7 => Lead::V5,
            8 => Lead::V6,
            61 => Lead::III,
            62 => Lead::AVR,
            63 => Lead::AVL,
            64 => Lead::AVF,
            _ => return None,
        })
    }

    /// The place of this lead in every tensor, 0 to 11.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// `name` without one leading word that only says that a lead follows.
fn strip_prefix(name: &str) -> Option<&str> {
    [
        "mdc_ecg_elec_potl",
        "mdc_ecg_",
        "lead",
        "ecg",
        "ekg",
        "channel",
        "ch",
    ]
    .iter()
    .find_map(|prefix| name.strip_prefix(prefix))
    .map(|rest| rest.trim_start_matches(['_', '-', ' ', ':', '.']))
    .filter(|rest| !rest.is_empty())
}
