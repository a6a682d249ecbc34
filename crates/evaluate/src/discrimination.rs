//! How well a score tells positives from negatives.
//!
//! Higher scores always mean "more likely positive"; the direction is never
//! guessed. Scores are finite numbers, one per record, with an equally long
//! slice of classes.

mod average_precision;
mod bootstrap;
mod clustered;
mod delong;
mod interval;
mod roc;

pub use average_precision::average_precision;
pub use bootstrap::{
    Bootstrap, BootstrapIntervals, PairedIntervals, Weighted, bootstrap, paired_bootstrap, weighted,
};
pub use clustered::{
    ClusteredArea, clustered_area, clustered_paired_difference, clustered_unpaired_difference,
    several_records,
};
pub use delong::{AucDifference, DeLong, auc_of, delong, paired_difference, unpaired_difference};
pub use interval::hanley_mcneil_variance;
pub use roc::{precision_recall_curve, roc_curve};

/// Why discrimination is not defined for these classes, if it is not: fewer than two in a class.
pub fn class_problem(positive: &[bool]) -> Option<&'static str> {
    let positives = positive.iter().filter(|class| **class).count();
    match (positives, positive.len() - positives) {
        (0, 0) => Some("no records"),
        (0, _) => Some("no positive records"),
        (_, 0) => Some("no negative records"),
        (1, _) => Some("only one positive record"),
        (_, 1) => Some("only one negative record"),
        _ => None,
    }
}

/// What [`class_problem`] says, or that all records of a class are one patient's: one independent unit has no
/// spread.
fn unit_problem(positive: &[bool], patients: &[u32]) -> Option<&'static str> {
    let of_one = |class: bool| {
        let mut of_class = patients
            .iter()
            .zip(positive)
            .filter(|(_, own)| **own == class);
        let first = of_class.next();
        of_class.all(|(patient, _)| Some(patient) == first.map(|(patient, _)| patient))
    };
    let one_patient = || (of_one(true) || of_one(false)).then_some(ONE_PATIENT);
    class_problem(positive).or_else(one_patient)
}

/// Why a class whose records are all of one patient has no interval.
const ONE_PATIENT: &str = "all records of a class are of one patient";

/// Positives and negatives at each distinct score, from the highest score down.
pub(crate) fn steps(scores: &[f64], positive: &[bool]) -> Vec<Step> {
    let mut order = crate::quantile::ascending(scores);
    order.reverse();
    let mut steps: Vec<Step> = Vec::new();
    for &record in &order {
        let (score, class) = (scores[record as usize], positive[record as usize]);
        if steps.last().is_none_or(|step| step.score != score) {
            steps.push(Step {
                score,
                positives: 0,
                negatives: 0,
            });
        }
        if let Some(step) = steps.last_mut() {
            step.positives += usize::from(class);
            step.negatives += usize::from(!class);
        }
    }
    steps
}

/// Records of each class that share a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) score: f64,
    pub(crate) positives: usize,
    pub(crate) negatives: usize,
}
