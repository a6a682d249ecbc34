//! Why a score table is refused as a whole.

/// A score table whose structure cannot be understood.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreTableError {
    /// There is no header line.
    #[error(
        "score table is empty: expected a header with record_id and <vessel>_grade, <vessel>_prob"
    )]
    NoHeader,
    /// The first line is one of values.
    #[error(
        "table line 1: expected a header with names of columns, got values ({got}): is the header missing?"
    )]
    ValuesForHeader {
        /// The line.
        got: String,
    },
    /// A column that is needed is absent.
    #[error("table has no column `{column}`, got {got}")]
    MissingColumn {
        /// The column.
        column: &'static str,
        /// The columns there are.
        got: String,
    },
    /// No vessel has both of its columns.
    #[error(
        "score table has no vessel: expected at least one pair <vessel>_grade and <vessel>_prob, got {got}"
    )]
    NoVessel {
        /// The columns there are.
        got: String,
    },
    /// A clinical table cannot be joined.
    #[error("score table has no column `patient_id`: a clinical table is joined by patient")]
    NoPatients,
    /// A column occurs twice.
    #[error("score table has column `{column}` twice")]
    RepeatedColumn {
        /// The column.
        column: String,
    },
    /// A line is not UTF-8.
    #[error("score table line {line}: expected UTF-8 text")]
    NotUtf8 {
        /// The line; the header is line 1.
        line: u64,
    },
    /// The CSV reader gave up.
    #[error("score table is not CSV")]
    Csv(#[from] csv::Error),
}
