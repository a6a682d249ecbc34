//! Areas under the ROC curve where patients have several records.
//!
//! Obuchowski, Biometrics 53 (1997) 567: DeLong's placements are summed within patients, who are
//! independent of each other; their records need not be. With one record a patient every number is DeLong's.

use crate::distribution::{
    normal_multiplier, normal_two_sided, student_multiplier, student_two_sided,
};
use crate::statistic::{Estimate, Statistic, Test};

use super::{AucDifference, DeLong, ONE_PATIENT, delong};

/// An area with what each patient adds to its variance.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusteredArea {
    /// P(X > Y) + ½ P(X = Y), over records.
    pub auc: f64,
    /// Variance with patients as the independent units.
    pub variance: f64,
    /// By patient: number, and sum of placements less the area among positives and among negatives.
    parts: Vec<(u32, f64, f64)>,
    positives: Units,
    negatives: Units,
}

/// Records of a class, and patients who have any.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Units {
    records: f64,
    /// I/(I − 1) of the I patients.
    factor: f64,
}

impl Units {
    fn new(records: usize, patients: usize) -> Self {
        Self {
            records: records as f64,
            factor: factor(patients),
        }
    }
}

/// I/(I − 1); 1 of one patient, who has no spread.
fn factor(patients: usize) -> f64 {
    let patients = patients as f64;
    patients / (patients - 1.0).max(1.0)
}

/// Has any patient more than one of these records?
pub fn several_records(patients: &[u32]) -> bool {
    let mut patients = patients.to_vec();
    patients.sort_unstable();
    patients.windows(2).any(|pair| pair[0] == pair[1])
}

/// Area and variance; `patients` numbers each record's patient.
///
/// Undefined with fewer than two records in a class, and where all records of a class are one patient's.
pub fn clustered_area(
    scores: &[f64],
    positive: &[bool],
    patients: &[u32],
) -> Statistic<ClusteredArea> {
    delong(scores, positive).and_then(|area| of_placements(&area, positive, patients))
}

fn of_placements(area: &DeLong, positive: &[bool], patients: &[u32]) -> Statistic<ClusteredArea> {
    let mut order: Vec<usize> = (0..positive.len()).collect();
    let (mut of_positives, mut of_negatives) = (
        area.positive_placements.iter(),
        area.negative_placements.iter(),
    );
    let placements: Vec<f64> = positive
        .iter()
        .filter_map(|class| match class {
            true => of_positives.next(),
            false => of_negatives.next(),
        })
        .copied()
        .collect();
    order.sort_by_key(|&record| patients[record]);
    let (mut parts, mut with): (Vec<(u32, f64, f64)>, [usize; 2]) = (Vec::new(), [0, 0]);
    for of_patient in order.chunk_by(|a, b| patients[*a] == patients[*b]) {
        let sum = |class: bool| -> f64 {
            let own = of_patient
                .iter()
                .filter(|&&record| positive[record] == class);
            own.map(|&record| placements[record] - area.auc).sum()
        };
        for (class, count) in [true, false].into_iter().zip(&mut with) {
            *count += usize::from(of_patient.iter().any(|&record| positive[record] == class));
        }
        parts.push((patients[of_patient[0]], sum(true), sum(false)));
    }
    if with.contains(&1) {
        return Statistic::undefined(ONE_PATIENT);
    }
    let mut result = ClusteredArea {
        auc: area.auc,
        variance: 0.0,
        parts,
        positives: Units::new(area.positive_placements.len(), with[0]),
        negatives: Units::new(area.negative_placements.len(), with[1]),
    };
    result.variance = result.covariance(&result);
    Statistic::Defined(result)
}

impl ClusteredArea {
    /// The area with its normal interval, clipped to [0, 1].
    pub fn estimate(&self, confidence: f64) -> Estimate {
        let half = normal_multiplier(confidence) * self.variance.max(0.0).sqrt();
        let clip = |limit: f64| limit.clamp(0.0, 1.0);
        let limits = (clip(self.auc - half), clip(self.auc + half));
        let warning = (self.variance <= 0.0).then(|| {
            "no variance between placements: the interval is no statement of certainty".to_owned()
        });
        Estimate {
            variance: Some(self.variance.max(0.0)),
            warning,
            ..Estimate::interval(
                self.auc,
                limits,
                "ties ½, DeLong with patients as units (Obuchowski), normal interval clipped to [0, 1]",
                self.n(),
            )
        }
    }

    /// Records.
    fn n(&self) -> usize {
        (self.positives.records + self.negatives.records) as usize
    }

    /// Covariance with another area, from the patients that both have.
    fn covariance(&self, other: &Self) -> f64 {
        let (mut positives, mut negatives, mut across) = (0.0, 0.0, 0.0);
        let mut others = other.parts.iter().peekable();
        for (patient, positive, negative) in &self.parts {
            while others.next_if(|(number, _, _)| number < patient).is_some() {}
            if let Some((_, x, y)) = others.next_if(|(number, _, _)| number == patient) {
                positives += positive * x;
                negatives += negative * y;
                across += positive * y / (self.positives.records * other.negatives.records)
                    + negative * x / (self.negatives.records * other.positives.records);
            }
        }
        let scaled = |sum: f64, own: Units, others: Units| {
            (own.factor * others.factor).sqrt() * sum / (own.records * others.records)
        };
        let all = (factor(self.parts.len()) * factor(other.parts.len())).sqrt();
        scaled(positives, self.positives, other.positives)
            + scaled(negatives, self.negatives, other.negatives)
            + all * across
    }
}

/// Two areas on the same records: first minus second, normal interval and Z test.
///
/// Undefined where Δ ≠ 0 has no variance.
pub fn clustered_paired_difference(
    first: &ClusteredArea,
    second: &ClusteredArea,
    confidence: f64,
) -> Statistic<AucDifference> {
    let method = "paired DeLong, patients as units (Obuchowski)";
    difference(first, second, None, confidence, method)
}

/// Two areas on different records, of which some may be of the same patients: first minus
/// second, t with Satterthwaite's degrees of freedom in patients.
///
/// Undefined where Δ ≠ 0 has no variance.
pub fn clustered_unpaired_difference(
    first: &ClusteredArea,
    second: &ClusteredArea,
    confidence: f64,
) -> Statistic<AucDifference> {
    let share = |of: &ClusteredArea| of.variance * of.variance / (of.parts.len() as f64 - 1.0);
    let df = (first.variance + second.variance).powi(2) / (share(first) + share(second));
    let method = "unpaired DeLong, patients as units (Obuchowski), t with Satterthwaite's degrees of freedom";
    difference(first, second, Some(df), confidence, method)
}

fn difference(
    first: &ClusteredArea,
    second: &ClusteredArea,
    df: Option<f64>,
    confidence: f64,
    method: &str,
) -> Statistic<AucDifference> {
    let covariance = first.covariance(second);
    let value = first.auc - second.auc;
    let variance = (first.variance + second.variance - 2.0 * covariance).max(0.0);
    if variance <= f64::EPSILON * (first.variance + second.variance) && value != 0.0 {
        return Statistic::undefined("the difference of the areas has no variance");
    }
    let statistic = if value == 0.0 {
        0.0
    } else {
        value / variance.sqrt()
    };
    let (multiplier, p) = match df {
        Some(df) => (
            student_multiplier(confidence, df),
            student_two_sided(statistic, df),
        ),
        None => (normal_multiplier(confidence), normal_two_sided(statistic)),
    };
    let half = multiplier * variance.sqrt();
    let n = if df.is_some() {
        first.n() + second.n()
    } else {
        first.n()
    };
    Statistic::Defined(AucDifference {
        difference: Estimate {
            variance: Some(variance),
            ..Estimate::interval(value, (value - half, value + half), method, n)
        },
        test: Test {
            statistic,
            df,
            z: df.is_none().then_some(statistic),
            p,
            method: method.to_owned(),
        },
        covariance,
    })
}
