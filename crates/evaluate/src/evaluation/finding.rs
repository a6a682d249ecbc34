//! What was imperfect in a score table.

use serde::{Deserialize, Serialize};

/// One kind of imperfection in one column, with the rows that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of imperfection it is.
    pub kind: FindingKind,
    /// The column, or empty where the whole row is meant.
    pub column: String,
    /// Number of rows concerned (0 where the column as a whole is meant).
    pub count: usize,
    /// The first rows concerned, at most [`Finding::MOST_EXAMPLES`].
    pub examples: Vec<FindingExample>,
    /// What was expected instead.
    pub expected: String,
    /// What was done about it.
    pub consequence: String,
}

impl Finding {
    /// How many rows a finding names; `count` counts them all.
    pub const MOST_EXAMPLES: usize = 50;
}

/// A row that shows a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingExample {
    /// Record identifier as read, possibly empty.
    pub record_id: String,
    /// Line in the file; the header is line 1. 0 where two files are meant.
    pub line: u64,
    /// The text found.
    pub got: String,
}

/// The kinds of imperfection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A column this program has no meaning for; it is ignored.
    UnknownColumn,
    /// A vessel with a grade column but no probability column, or the reverse.
    IncompleteVessel,
    /// A row with fewer or more fields than the header.
    RaggedRow,
    /// A row without a record identifier.
    MissingIdentifier,
    /// Identical rows with one identifier; one is kept.
    RepeatedRecord,
    /// Different rows with one identifier; none is kept.
    ConflictingRecord,
    /// A probability that is missing.
    MissingProbability,
    /// A probability that is not a number in [0, 1].
    ImpossibleProbability,
    /// A grade that is missing.
    MissingGrade,
    /// A grade that is not 0, 1, 2, 3 or 4.
    ImpossibleGrade,
    /// An age that is not a number in [0, 120].
    ImpossibleAge,
    /// A sex that is neither M nor F.
    UnknownSex,
    /// A symptom that is not one of the known words.
    UnknownSymptom,
    /// A yes/no value that is neither 0 nor 1.
    ImpossibleFlag,
    /// A follow-up time that is not a number, or negative.
    ImpossibleFollowUp,
    /// An event code that is not 0, 1 or 2.
    UnknownEvent,
    /// A follow-up of zero days; kept, but it adds nothing after day 0.
    ZeroFollowUp,
    /// Follow-up time without event code, or the reverse.
    IncompleteFollowUp,
    /// An interval or another number that cannot be read.
    UnreadableNumber,
    /// Probabilities of exactly 0 or 1, which have no logit.
    CertainProbability,
    /// A vessel whose stratum is unknown because it has no thresholds.
    VesselWithoutThresholds,
    /// A record to which two tables give different grades.
    GradesDiffer,
    /// A record to which two tables give different patients.
    PatientsDiffer,
}

impl FindingKind {
    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownColumn => "unknown-column",
            Self::IncompleteVessel => "incomplete-vessel",
            Self::RaggedRow => "ragged-row",
            Self::MissingIdentifier => "missing-identifier",
            Self::RepeatedRecord => "repeated-record",
            Self::ConflictingRecord => "conflicting-record",
            Self::MissingProbability => "missing-probability",
            Self::ImpossibleProbability => "impossible-probability",
            Self::MissingGrade => "missing-grade",
            Self::ImpossibleGrade => "impossible-grade",
            Self::ImpossibleAge => "impossible-age",
            Self::UnknownSex => "unknown-sex",
            Self::UnknownSymptom => "unknown-symptom",
            Self::ImpossibleFlag => "impossible-flag",
            Self::ImpossibleFollowUp => "impossible-follow-up",
            Self::UnknownEvent => "unknown-event",
            Self::ZeroFollowUp => "zero-follow-up",
            Self::IncompleteFollowUp => "incomplete-follow-up",
            Self::UnreadableNumber => "unreadable-number",
            Self::CertainProbability => "certain-probability",
            Self::VesselWithoutThresholds => "vessel-without-thresholds",
            Self::GradesDiffer => "grades-differ",
            Self::PatientsDiffer => "patients-differ",
        }
    }
}
