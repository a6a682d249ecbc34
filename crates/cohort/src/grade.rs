//! Stenosis grades and the rules that turn them into labels.

use crate::Vessel;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Index, IndexMut};

/// Stenosis grade of one vessel on coronary CT angiography.
///
/// Written as a number 0–4 in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Grade {
    /// 0: no stenosis.
    None,
    /// 1: 1–49 %.
    Mild,
    /// 2: 50–69 %.
    Moderate,
    /// 3: 70–99 %.
    Severe,
    /// 4: 100 %.
    Occluded,
}

impl Grade {
    /// All grades in increasing order.
    pub const ALL: [Grade; 5] = [
        Grade::None,
        Grade::Mild,
        Grade::Moderate,
        Grade::Severe,
        Grade::Occluded,
    ];

    /// The grade as its number 0–4.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The grade of a number 0–4; `None` for any other.
    pub fn from_number(number: u8) -> Option<Grade> {
        Grade::ALL.get(usize::from(number)).copied()
    }

    /// The grade of a diameter stenosis in per cent; `None` outside 0–100.
    pub fn from_per_cent(per_cent: f64) -> Option<Grade> {
        match per_cent {
            0.0 => Some(Grade::None),
            p if 0.0 < p && p < 50.0 => Some(Grade::Mild),
            p if (50.0..70.0).contains(&p) => Some(Grade::Moderate),
            p if (70.0..100.0).contains(&p) => Some(Grade::Severe),
            100.0 => Some(Grade::Occluded),
            _ => None,
        }
    }

    /// The grade in one word.
    pub fn name(self) -> &'static str {
        match self {
            Grade::None => "none",
            Grade::Mild => "mild",
            Grade::Moderate => "moderate",
            Grade::Severe => "severe",
            Grade::Occluded => "occluded",
        }
    }
}

impl From<Grade> for u8 {
    fn from(grade: Grade) -> u8 {
        grade.number()
    }
}

impl TryFrom<u8> for Grade {
    type Error = String;

    fn try_from(number: u8) -> Result<Grade, String> {
        Grade::from_number(number).ok_or_else(|| format!("expected a grade 0–4, got {number}"))
    }
}

/// The grades of the four vessels of one patient; a missing grade is `None`, never "no stenosis".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grades(pub [Option<Grade>; 4]);

impl Grades {
    /// The labels of the four vessels under `rule`, in the order of [`Vessel::ALL`].
    pub fn labels(&self, rule: LabelRule) -> [Option<bool>; 4] {
        Vessel::ALL.map(|vessel| label(rule, vessel, self[vessel]))
    }

    /// Whether no vessel has a grade.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

impl Index<Vessel> for Grades {
    type Output = Option<Grade>;

    fn index(&self, vessel: Vessel) -> &Option<Grade> {
        &self.0[vessel.index()]
    }
}

impl IndexMut<Vessel> for Grades {
    fn index_mut(&mut self, vessel: Vessel) -> &mut Option<Grade> {
        &mut self.0[vessel.index()]
    }
}

/// Which grades count as positive.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum LabelRule {
    /// Grade ≥ 3 (70 % and more): the rule of the paper.
    #[default]
    Severe,
    /// Grade ≥ 2 (50 % and more).
    Obstructive,
    /// Grade ≥ 1 (any stenosis).
    Any,
    /// As CAD-RADS 4B grades the left main: LM at 50 % and more, the others at 70 % and more.
    #[serde(rename = "cad-rads-4b")]
    CadRads4b,
}

impl LabelRule {
    /// All rules.
    pub const ALL: [LabelRule; 4] = [
        LabelRule::Severe,
        LabelRule::Obstructive,
        LabelRule::Any,
        LabelRule::CadRads4b,
    ];

    /// The word used in configuration: `severe`, `obstructive`, `any`, `cad-rads-4b`.
    pub fn name(self) -> &'static str {
        match self {
            LabelRule::Severe => "severe",
            LabelRule::Obstructive => "obstructive",
            LabelRule::Any => "any",
            LabelRule::CadRads4b => "cad-rads-4b",
        }
    }

    /// The least grade of `vessel` that is positive.
    pub fn threshold(self, vessel: Vessel) -> Grade {
        match (self, vessel) {
            (LabelRule::Severe, _) => Grade::Severe,
            (LabelRule::Obstructive, _) | (LabelRule::CadRads4b, Vessel::Lm) => Grade::Moderate,
            (LabelRule::Any, _) => Grade::Mild,
            (LabelRule::CadRads4b, _) => Grade::Severe,
        }
    }
}

impl fmt::Display for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for LabelRule {
    type Err = UnknownLabelRule;

    fn from_str(text: &str) -> Result<LabelRule, UnknownLabelRule> {
        LabelRule::ALL
            .into_iter()
            .find(|rule| rule.name() == text)
            .ok_or_else(|| UnknownLabelRule {
                got: text.to_owned(),
            })
    }
}

/// A word that is not a label rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of severe, obstructive, any, cad-rads-4b, got {got:?}")]
pub struct UnknownLabelRule {
    /// The word as given.
    pub got: String,
}

/// The label of a vessel with this grade; a missing grade has no label.
pub fn label(rule: LabelRule, vessel: Vessel, grade: Option<Grade>) -> Option<bool> {
    grade.map(|grade| grade >= rule.threshold(vessel))
}
