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
    /// Any case; `MDC_ECG_LEAD_II`, `ECG_II`, `Lead II`, `EKG V1`, `Lead-V4`, `II (mV)` and the
    /// like. What stands in brackets is a unit of voltage or `Einthoven`, else the name is of
    /// another lead (`aVR (inverted)`, `I (Frank)`); so is one with a minus of its own (`-aVR`,
    /// `Lead -aVR`).
    pub fn parse(name: &str) -> Option<Lead> {
        let lower = name.trim().to_lowercase();
        let mut word = without_unit(&lower)?;
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

/// A name in lower case without the unit behind it; none where something else stands there.
fn without_unit(name: &str) -> Option<&str> {
    if let Some(open) = name.find(['(', '[', '/']) {
        let inside = name[open + 1..].trim_end_matches([')', ']']).trim();
        let says_no_more = inside == "einthoven" || is_voltage(inside);
        return says_no_more.then(|| name[..open].trim_end());
    }
    match name.rsplit_once(['_', ' ']) {
        Some((word, unit)) if is_voltage(unit) => Some(word.trim_end()),
        _ => Some(name),
    }
}

fn is_voltage(unit: &str) -> bool {
    // Both the micro sign and the Greek letter are in use.
    ["mv", "uv", "\u{b5}v", "\u{3bc}v", "nv", "v"].contains(&unit)
        || ["volt", "millivolt", "microvolt"].contains(&unit.trim_end_matches('s'))
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
    .map(after_separator)
    .filter(|rest| !rest.is_empty())
}

/// What follows the separator. A hyphen joined to the word before it or apart from both is one; a
/// hyphen joined to the name alone is its sign and stays.
fn after_separator(rest: &str) -> &str {
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let rest = rest.trim_start_matches(['_', ' ', ':', '.']);
    rest.strip_prefix("- ").map_or(rest, str::trim_start)
}
