//! How CCTA reports word the same finding: per cent, CAD-RADS, English, Chinese.

mod messy;

use super::random::{chance, pick};
use crate::Grade;
use rand::{Rng, RngExt};

pub(super) use messy::report as messy;

/// What the report says of the four vessels; one report keeps one style.
pub(super) fn report(random: &mut impl Rng, grades: &[Grade; 4], ungraded: f64) -> [String; 4] {
    let style = random.random_range(0..4u8);
    grades.map(|grade| {
        if chance(random, ungraded) {
            return pick(
                random,
                &["", "not evaluable", "motion artefact", "无法评估"],
            )
            .to_owned();
        }
        match style {
            0 => per_cent(random, grade),
            1 => cad_rads(random, grade).to_owned(),
            2 => english(random, grade).to_owned(),
            _ => chinese(random, grade).to_owned(),
        }
    })
}

fn per_cent(random: &mut impl Rng, grade: Grade) -> String {
    let (low, high) = match grade {
        Grade::None => return "0%".to_owned(),
        Grade::Mild => (5, 49),
        Grade::Moderate => (50, 69),
        Grade::Severe => (70, 99),
        Grade::Occluded => return "100%".to_owned(),
    };
    if chance(random, 0.3) {
        let low = if low == 5 { 1 } else { low };
        return format!("{low}-{high}%");
    }
    let value = (random.random_range(low..=high) / 5 * 5).max(low);
    format!("{value}%")
}

fn cad_rads(random: &mut impl Rng, grade: Grade) -> &'static str {
    let choices: &[&str] = match grade {
        Grade::None => &["CAD-RADS 0"],
        Grade::Mild => &["CAD-RADS 1", "CAD-RADS 2"],
        Grade::Moderate => &["CAD-RADS 3"],
        Grade::Severe => &["CAD-RADS 4A", "CAD-RADS 4a/P3"],
        Grade::Occluded => &["CAD-RADS 5"],
    };
    pick(random, choices)
}

fn english(random: &mut impl Rng, grade: Grade) -> &'static str {
    let choices: &[&str] = match grade {
        Grade::None => &["normal", "no stenosis", "No significant stenosis"],
        Grade::Mild => &[
            "mild stenosis",
            "minimal stenosis",
            "Mild, calcified plaque",
        ],
        Grade::Moderate => &["moderate stenosis", "Moderate narrowing"],
        Grade::Severe => &[
            "severe stenosis",
            "critical stenosis",
            "Severe proximal stenosis",
        ],
        Grade::Occluded => &["occluded", "total occlusion", "chronic total occlusion"],
    };
    pick(random, choices)
}

fn chinese(random: &mut impl Rng, grade: Grade) -> &'static str {
    let choices: &[&str] = match grade {
        Grade::None => &["未见明显狭窄", "未见狭窄", "无明显狭窄"],
        Grade::Mild => &["轻度狭窄", "轻微狭窄", "管腔轻度狭窄"],
        Grade::Moderate => &["中度狭窄", "管腔中度狭窄"],
        Grade::Severe => &["重度狭窄", "管腔重度狭窄", "严重狭窄"],
        Grade::Occluded => &["完全堵塞", "完全闭塞", "闭塞"],
    };
    pick(random, choices)
}
