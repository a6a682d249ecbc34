//! A table that `coronet predict` wrote: its own columns, and what it knows of its records.

use crate::printer::Hint;
use anyhow::Result;
use coronet_evaluate::{FindingKind, ScoreTable};

/// Records that the model has to do with, by the column `findings`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Predictions {
    /// Rows.
    pub(super) records: usize,
    /// Signals of the run's own data, scored by the fold that has not learnt from them.
    pub(super) seen: usize,
    /// Other ECGs of patients whom the run has learnt from.
    pub(super) of_known_patients: usize,
}

impl Predictions {
    /// Counts in the bytes of a table; nothing where it has no column `findings`.
    pub(super) fn of(table: &[u8]) -> Predictions {
        let mut found = Predictions::default();
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(table);
        let header = reader.headers().cloned().unwrap_or_default();
        let Some(column) = header.iter().position(|name| name == "findings") else {
            return found;
        };
        for row in reader.records().flatten() {
            let codes = row.get(column).unwrap_or_default();
            let has = |code: &str| codes.split(';').any(|found| found == code);
            found.records += 1;
            found.seen += usize::from(has("in-training-data"));
            found.of_known_patients += usize::from(has("patient-in-training-data"));
        }
        found
    }

    /// Where such scores come from; `None` where the model knows none of them.
    pub(super) fn origin(self) -> Option<&'static str> {
        match (self.seen, self.of_known_patients) {
            (0, 0) => None,
            (seen, 0) if seen == self.records => Some("out-of-fold"),
            _ => Some("partly of patients in the training data"),
        }
    }

    /// Refuses to call scores external that are not.
    ///
    /// # Errors
    ///
    /// If the configuration says `external` and the model knows some of the records.
    pub(super) fn refuse_external(self, stated: &str) -> Result<()> {
        if self.origin().is_none() || !stated.eq_ignore_ascii_case("external") {
            return Ok(());
        }
        let Predictions {
            records,
            seen,
            of_known_patients,
        } = self;
        Err(Hint::error(
            format!(
                "score_origin: expected scores of other patients for `external`, got {seen} of {records} records that the model's run has seen and {of_known_patients} of its patients"
            ),
            "leave those records out (column `findings`), or leave score_origin out",
        ))
    }

    /// What the report has to say of them.
    pub(super) fn warnings(self) -> Vec<String> {
        let mut warnings = Vec::new();
        let Predictions {
            records,
            seen,
            of_known_patients,
        } = self;
        if seen > 0 {
            warnings.push(format!(
                "{seen} of {records} records are signals of the run's own data (`in-training-data`), each scored by the fold that has not learnt from it: they are no external validation"
            ));
        }
        if of_known_patients > 0 {
            warnings.push(format!(
                "{of_known_patients} of {records} records are of patients in the training data (`patient-in-training-data`): their scores are too sure, and every number here is too favourable"
            ));
        }
        warnings
    }
}

/// Takes the columns that only `predict` writes out of those a table should not have.
pub(super) fn know_own_columns(table: &mut ScoreTable) {
    let vessels = &table.vessels;
    let is_own = |column: &str| {
        let vessel = ["_logit", "_stratum"]
            .iter()
            .find_map(|end| column.strip_suffix(end));
        ["stratum_reason", "findings"].contains(&column)
            || vessel.is_some_and(|vessel| vessels.contains_key(vessel))
    };
    table
        .findings
        .retain(|finding| finding.kind != FindingKind::UnknownColumn || !is_own(&finding.column));
}
