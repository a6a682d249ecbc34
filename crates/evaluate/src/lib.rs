//! Clinical statistics on plain columns: scores and outcomes in, an [`Evaluation`] out.
//!
//! Knows nothing of ECGs, networks or files: a table comes in as bytes or as
//! columns. A statistic that is not defined is a value with a reason
//! ([`Statistic::Undefined`]), never a number.

pub mod calibration;
mod config;
pub mod decision;
pub mod discrimination;
pub mod distribution;
mod evaluate;
mod evaluation;
mod linear;
pub mod operating;
pub mod proportion;
pub mod quantile;
pub mod reclassification;
mod score_table;
mod statistic;
pub mod survival;
mod tables;
pub mod trend;

pub use config::{EvaluationConfig, FrozenThresholds, LabelRule, SurvivalInterval, Targets};
pub use evaluate::{EvaluateError, evaluate};
pub use evaluation::{
    AnyVessel, Baseline, Calibration, CalibrationBin, CalibrationPoint, Correlation, Cox, CoxTerm,
    CumulativeIncidencePoint, DecisionPoint, Distribution, Evaluation, Finding, FindingExample,
    FindingKind, GradeCounts, GradeSummary, GrayZone, HosmerLemeshow, NetReclassification,
    OperatingPoint, PrecisionRecallPoint, Reclassification, RocBandPoint, RocCurve, RocPoint,
    RuleOut, RuleOuts, ScoreHistogram, SexCounts, Stratum, Subgroup, SubgroupComparison,
    SurvivalAt, SurvivalEvaluation, SurvivalGroup, SurvivalPoint, Thresholds, Trend,
    VesselEvaluation,
};
pub use score_table::{ScoreTable, ScoreTableError, Sex, VesselColumns};
pub use statistic::{Estimate, Statistic, Test, Undefined};
pub use tables::{Table, tables};
