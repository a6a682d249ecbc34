//! Clinical statistics on plain columns: scores and outcomes in, an [`Evaluation`] out.
//!
//! Knows nothing of ECGs, networks or files: a table comes in as bytes or as
//! columns. A statistic that is not defined is a value with a reason
//! ([`Statistic::Undefined`]), never a number.

pub mod calibration;
mod cluster;
mod compare;
mod config;
pub mod decision;
pub mod discrimination;
pub mod distribution;
mod evaluate;
mod evaluation;
mod linear;
pub mod operating;
pub mod pooling;
pub mod pretest;
pub mod proportion;
pub mod quantile;
pub mod reclassification;
pub mod regression;
pub mod sample_size;
mod score_table;
mod statistic;
pub mod survival;
mod tables;
pub mod trend;

pub use compare::{compare, compare_scores};
pub use config::{
    EvaluationConfig, FrozenThresholds, LabelRule, SubgroupFactor, SurvivalInterval, Targets,
};
pub use evaluate::{EvaluateError, evaluate};
pub use evaluation::{
    AddedValue, AnyVessel, Band, Baseline, Calibration, CalibrationBin, CalibrationPoint,
    CalibrationSummary, CentreEvaluation, Centres, Correlation, Cox, CoxTerm,
    CumulativeIncidencePoint, DecisionPoint, Distribution, Evaluation, Finding, FindingExample,
    FindingKind, FineGray, FineGrayTerm, FrozenRecalibration, GradeCounts, GradeSummary, GrayTests,
    GrayZone, GroupCharacteristics, GroupShare, HorizonEvaluation, HosmerLemeshow,
    LandmarkEvaluation, ModelComparison, NetBenefitComparison, NetReclassification, OperatingPoint,
    PrecisionRecallPoint, Pretest, PretestEvaluation, Proportion, Recalibrations, Reclassification,
    RocBandPoint, RocCurve, RocPoint, RuleOut, RuleOuts, SampleSize, ScoreComparison,
    ScoreHistogram, SexCounts, SmoothErrors, Stratum, Subgroup, SubgroupComparison, SurvivalAt,
    SurvivalDecision, SurvivalDecisionPoint, SurvivalEvaluation, SurvivalGroup, SurvivalPoint,
    SurvivalReclassification, TableOne, TargetGoal, TargetRow, ThresholdRow, Thresholds, Trend,
    VesselComparison, VesselEvaluation,
};
pub use score_table::{
    ClinicalColumns, ClinicalJoin, ScoreTable, ScoreTableError, Sex, VesselColumns,
};
pub use statistic::{Estimate, Statistic, Test, Undefined};
pub use tables::{Table, tables};
