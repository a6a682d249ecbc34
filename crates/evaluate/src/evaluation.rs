//! What an evaluation says: plain data with public fields, one value for every
//! number, table and figure of the report. As JSON it is `evaluation.json`.

mod baseline;
mod centre;
mod comparison;
mod finding;
mod group;
mod patient;
mod planning;
mod pretest;
mod recalibration;
mod survival;
mod threshold;
mod vessel;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use baseline::{Baseline, Distribution, GradeCounts, SexCounts};
pub use centre::{CentreEvaluation, Centres};
pub use comparison::{ModelComparison, NetBenefitComparison, ScoreComparison, VesselComparison};
pub use finding::{Finding, FindingExample, FindingKind};
pub use group::{GroupCharacteristics, GroupShare, TableOne};
pub use patient::{
    AddedValue, AnyVessel, GrayZone, NetReclassification, Reclassification, RuleOut, RuleOuts,
};
pub use planning::SampleSize;
pub use pretest::{Pretest, PretestEvaluation};
pub use recalibration::{CalibrationSummary, FrozenRecalibration, Recalibrations};
pub use survival::{
    Cox, CoxTerm, CumulativeIncidencePoint, FineGray, FineGrayTerm, GrayTests, HorizonEvaluation,
    LandmarkEvaluation, SurvivalAt, SurvivalDecision, SurvivalDecisionPoint, SurvivalEvaluation,
    SurvivalGroup, SurvivalPoint, SurvivalReclassification,
};
pub use threshold::{Proportion, TargetGoal, TargetRow, ThresholdRow};
pub use vessel::{
    Band, Calibration, CalibrationBin, CalibrationPoint, Correlation, DecisionPoint, GradeSummary,
    HosmerLemeshow, OperatingPoint, PrecisionRecallPoint, RocBandPoint, RocCurve, RocPoint,
    ScoreHistogram, SmoothErrors, Stratum, Subgroup, SubgroupComparison, Thresholds, Trend,
    VesselEvaluation,
};

use crate::config::EvaluationConfig;
use crate::statistic::Statistic;

/// Why a statistic with patients as units is not given beside the one with records as units.
pub(crate) const ONE_RECORD_EACH: &str = "every patient has one record";

/// Everything one evaluation found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Where the scores come from, e.g. `out-of-fold`; copied from the configuration.
    pub score_origin: String,
    /// The configuration that was used, in full.
    pub config: EvaluationConfig,
    /// What was imperfect in the table, and what was done about it.
    pub findings: Vec<Finding>,
    /// Caveats that concern the whole evaluation.
    pub warnings: Vec<String>,
    /// Analyses that were not done because columns are absent: name → reason.
    pub switched_off: IndexMap<String, String>,
    /// Who was studied.
    pub baseline: Baseline,
    /// Who was studied, by group.
    pub table_one: TableOne,
    /// Results per vessel, in report order: RCA, LM, LAD, LCX, then others as in the file.
    pub vessels: IndexMap<String, VesselEvaluation>,
    /// Pre-test probabilities: source, and models.
    pub pretest: Pretest,
    /// Results for "any vessel positive", with the pre-test probability.
    pub any_vessel: Statistic<AnyVessel>,
    /// Results of follow-up by ECG stratum, records taken as independent; see
    /// [`quoted_survival`](Self::quoted_survival).
    pub survival: Statistic<SurvivalEvaluation>,
    /// The same of one record a patient, the one followed longest; undefined where each has one record.
    pub survival_by_patient: Statistic<SurvivalEvaluation>,
}

impl Evaluation {
    /// The follow-up to be quoted: of one record a patient where one has several, since one event counts once.
    pub fn quoted_survival(&self) -> &Statistic<SurvivalEvaluation> {
        match self.survival_by_patient.reason() {
            Some(ONE_RECORD_EACH) => &self.survival,
            _ => &self.survival_by_patient,
        }
    }

    /// Does any patient have several records?
    pub fn clustered(&self) -> bool {
        let patients = self.baseline.patients.defined();
        patients.is_some_and(|patients| *patients < self.baseline.records)
    }
}
