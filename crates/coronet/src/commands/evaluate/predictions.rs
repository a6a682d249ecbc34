//! A table that `coronet predict` wrote: its own columns, and what it knows of its records.

use super::labels;
use super::talk::counted;
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
    /// Other ECGs of patients whose identifiers the run has learnt from: the same persons, or a hospital that
    /// numbers its patients alike.
    pub(super) of_known_patients: usize,
}

impl Predictions {
    /// Counts in the bytes of a table; nothing where it has no column `findings`.
    pub(super) fn of(table: &[u8]) -> Predictions {
        let mut found = Predictions::default();
        let mut reader = labels::trimmed(table);
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
            (0, _) => Some("external, unless equal patient identifiers are the same persons"),
            _ => Some("partly of patients in the training data"),
        }
    }

    /// Refuses to call scores external that are not. Equal identifiers alone are no proof: who states `external`
    /// knows whether they are the same persons.
    ///
    /// # Errors
    ///
    /// If the configuration says `external` and the model knows some of the signals.
    pub(super) fn refuse_external(self, stated: &str) -> Result<()> {
        if self.seen == 0 || !stated.eq_ignore_ascii_case("external") {
            return Ok(());
        }
        let Predictions { records, seen, .. } = self;
        Err(Hint::error(
            format!(
                "score_origin: expected scores of other patients for `external`, got {seen} of {records} records that the model's run has seen"
            ),
            "leave those records out (column `findings`), or leave score_origin out",
        ))
    }

    /// What the report has to say of them, of scores whose origin is stated as `origin`.
    pub(super) fn warnings(self, origin: &str) -> Vec<String> {
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
        let known = counted(of_known_patients, "record");
        if of_known_patients > 0 && origin.eq_ignore_ascii_case("external") {
            warnings.push(format!(
                "{known} of {records} have patient identifiers of the training data (`patient-in-training-data`); the configuration states that they are other persons"
            ));
        } else if of_known_patients > 0 {
            warnings.push(format!(
                "{known} of {records} have patient identifiers of the training data (`patient-in-training-data`). If they are the same persons, their scores are too sure, and every number here is too favourable; if another hospital numbers its patients alike, say so: score_origin = \"external\" in --config"
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
        ["stratum_reason", "findings", "fingerprint"].contains(&column)
            || vessel.is_some_and(|vessel| vessels.contains_key(vessel))
    };
    table
        .findings
        .retain(|finding| finding.kind != FindingKind::UnknownColumn || !is_own(&finding.column));
}
