//! Text columns as typed columns, with a finding for every cell that is refused.

use indexmap::IndexMap;

use super::error::ScoreTableError;
use super::rows::{Complaint, Row, Rows};
use super::{ClinicalColumns, ScoreTable, Sex, VesselColumns};
use crate::evaluation::{Finding, FindingKind};
use crate::pretest::Symptom;

const PLAIN_COLUMNS: [&str; 12] = [
    "record_id",
    "patient_id",
    "fold",
    "site",
    "age",
    "sex",
    "normal_ecg",
    "interval_days",
    "ptp",
    "follow_up_days",
    "event",
    "event_risk",
];
/// Columns of the pre-test models, also of `clinical.csv`.
const CLINICAL_COLUMNS: [&str; 7] = [
    "symptom",
    "family_history",
    "smoking",
    "dyslipidaemia",
    "hypertension",
    "diabetes",
    "cacs",
];
const FIRST_VESSELS: [&str; 4] = ["RCA", "LM", "LAD", "LCX"];
const OLDEST: f64 = 120.0;
/// Of a column of probabilities at most one number in so many may lie outside of [0, 1].
const STRAY: usize = 10;

/// What the numbers of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Probability,
    PerCent,
    /// Another column of the table is in per cent.
    PerCentElsewhere,
    Unknown,
}

impl Scale {
    /// What is expected instead, of a column that is refused.
    fn complaint(self) -> &'static str {
        match self {
            Self::Probability => "a probability in [0, 1]",
            Self::PerCent => {
                "probabilities in [0, 1]; the column looks like per cent, of which 0.8 and 1 would be taken for 80 % and 100 %"
            }
            Self::PerCentElsewhere => {
                "probabilities in [0, 1]; another vessel's column looks like per cent, so that those up to 1 here may be per cent too"
            }
            Self::Unknown => {
                "probabilities in [0, 1]; so many numbers lie outside that those inside are no probabilities either"
            }
        }
    }
}

/// Builds the typed table.
pub(super) fn build(rows: &Rows) -> Result<ScoreTable, ScoreTableError> {
    let mut reader = Reader {
        rows,
        findings: rows.findings.clone(),
    };
    let vessels = reader.vessels()?;
    let text = |text: &str| Some(text.to_owned());
    let mut table = ScoreTable {
        record_ids: reader.plain("record_id").into_iter().flatten().collect(),
        patient_ids: Some(reader.plain("patient_id")).filter(|ids| ids.iter().any(Option::is_some)),
        folds: reader.optional(&note("fold", FindingKind::UnreadableNumber, "a name"), text),
        sites: reader.optional(&note("site", FindingKind::UnreadableNumber, "a name"), text),
        ages: reader.optional(
            &note("age", FindingKind::ImpossibleAge, "years in [0, 120]"),
            |text| number(text).filter(|age| (0.0..=OLDEST).contains(age)),
        ),
        sexes: reader.optional(
            &note("sex", FindingKind::UnknownSex, "M or F, male or female"),
            sex,
        ),
        normal_ecgs: reader.optional(
            &note("normal_ecg", FindingKind::ImpossibleFlag, "0 or 1"),
            flag,
        ),
        interval_days: reader.optional(
            &note("interval_days", FindingKind::UnreadableNumber, "days"),
            number,
        ),
        pretest_probabilities: reader.optional_probabilities("ptp"),
        event_risks: reader.optional_probabilities("event_risk"),
        vessels,
        ..ScoreTable::default()
    };
    reader.follow_up(&mut table);
    table.clinical = reader.clinical();
    table.findings = reader.findings;
    Ok(table)
}

/// What a file of one row a patient says: identifiers, clinical columns, pre-test probabilities.
pub(super) struct PatientColumns {
    pub(super) patients: Vec<String>,
    pub(super) clinical: ClinicalColumns,
    pub(super) pretest_probabilities: Option<Vec<Option<f64>>>,
    pub(super) findings: Vec<Finding>,
}

/// Builds the columns of a file of one row a patient.
pub(super) fn patients(rows: &Rows) -> PatientColumns {
    let mut reader = Reader {
        rows,
        findings: rows.findings.clone(),
    };
    let known = |name: &&String| {
        !(CLINICAL_COLUMNS.contains(&name.as_str())
            || ["patient_id", "ptp"].contains(&name.as_str()))
    };
    let unknown = rows.header.iter().filter(known);
    let findings = unknown.map(|column| {
        let expected = "a column of the clinical table";
        ignored_column(FindingKind::UnknownColumn, column.clone(), expected)
    });
    reader.findings.extend(findings);
    let clinical = reader.clinical();
    let pretest_probabilities = reader.optional_probabilities("ptp");
    PatientColumns {
        patients: reader.plain("patient_id").into_iter().flatten().collect(),
        clinical,
        pretest_probabilities,
        findings: reader.findings,
    }
}

/// Reads columns and collects findings on the way.
struct Reader<'a> {
    rows: &'a Rows,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    /// The cells of a column as text, empty ones missing.
    fn plain(&self, name: &str) -> Vec<Option<String>> {
        let Some(column) = self.rows.column(name) else {
            return Vec::new();
        };
        let cell = |row: &Row| Some(row.cells[column].to_owned()).filter(|text| !text.is_empty());
        self.rows.rows.iter().map(cell).collect()
    }

    /// A column if any of its cells holds a value.
    fn optional<T>(
        &mut self,
        complaint: &Complaint<'_>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<Option<T>>> {
        let values = self.cells(complaint, parse);
        values.iter().any(Option::is_some).then_some(values)
    }

    /// The cells of a column, none where the table does not have it; refused ones are missing and named.
    fn cells<T>(
        &mut self,
        complaint: &Complaint<'_>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<Option<T>> {
        let Some(column) = self.rows.column(complaint.column) else {
            return Vec::new();
        };
        let mut refused = Vec::new();
        let mut cell = |row: &Row| {
            let text = &row.cells[column];
            let value = match text.is_empty() {
                true => None,
                false => parse(&self.rows.with_point(text)),
            };
            if value.is_none() && !text.is_empty() {
                refused.push(self.rows.name(row, text));
            }
            value
        };
        let values = self.rows.rows.iter().map(&mut cell).collect();
        self.findings.extend(complaint.finding(&refused));
        values
    }

    /// A column of probabilities if any of its cells holds one; refused as a whole where it looks like something
    /// else.
    fn optional_probabilities(&mut self, name: &str) -> Option<Vec<Option<f64>>> {
        let complaint = note(
            name,
            FindingKind::ImpossibleProbability,
            "a probability in [0, 1]",
        );
        match self.scale(name) {
            Scale::Probability => self.optional(&complaint, probability),
            other => {
                let expected = other.complaint();
                let complaint = Complaint {
                    expected,
                    ..complaint
                };
                self.optional(&complaint, |_| None)
            }
        }
    }

    /// What most likely the numbers of a column are: of a column in per cent or of logits some lie in [0, 1] too,
    /// so more than one in [`STRAY`] outside of it leaves none to be trusted.
    fn scale(&self, name: &str) -> Scale {
        let cells = self.plain(name);
        let numbers: Vec<f64> = cells
            .iter()
            .flatten()
            .filter_map(|cell| number(&self.rows.with_point(cell)))
            .collect();
        let outside = numbers.iter().filter(|value| !(0.0..=1.0).contains(*value));
        let like_per_cent = numbers.iter().all(|value| (0.0..=100.0).contains(value));
        match STRAY * outside.count() > numbers.len() {
            false => Scale::Probability,
            true if like_per_cent => Scale::PerCent,
            true => Scale::Unknown,
        }
    }

    fn clinical(&mut self) -> ClinicalColumns {
        let words = Symptom::ALL.map(Symptom::name).join(", ");
        let symptoms = self.optional(
            &note("symptom", FindingKind::UnknownSymptom, &words),
            Symptom::parse,
        );
        let mut factor = |name| {
            self.optional(&note(name, FindingKind::ImpossibleFlag, "0 or 1"), |text| {
                flag(text)
            })
        };
        ClinicalColumns {
            symptoms,
            family_history: factor("family_history"),
            smoking: factor("smoking"),
            dyslipidaemia: factor("dyslipidaemia"),
            hypertension: factor("hypertension"),
            diabetes: factor("diabetes"),
            calcium: self.optional(
                &note("cacs", FindingKind::UnreadableNumber, "a score ≥ 0"),
                |text| number(text).filter(|score| *score >= 0.0),
            ),
        }
    }

    /// Names the rows where a cell is missing or refused so far.
    fn complain_missing<T>(&mut self, complaint: &Complaint<'_>, values: &[Option<T>]) {
        let Some(column) = self.rows.column(complaint.column) else {
            return;
        };
        let empty =
            |(row, value): &(&Row, &Option<T>)| value.is_none() && row.cells[column].is_empty();
        let rows: Vec<_> = self.rows.rows.iter().zip(values).filter(empty).collect();
        let named: Vec<_> = rows
            .into_iter()
            .map(|(row, _)| self.rows.name(row, ""))
            .collect();
        self.findings.extend(complaint.finding(&named));
    }

    fn vessels(&mut self) -> Result<IndexMap<String, VesselColumns>, ScoreTableError> {
        let names = self.vessel_names();
        if names.is_empty() {
            return Err(ScoreTableError::NoVessel {
                got: self.rows.header.join(", "),
            });
        }
        let scales = self.vessel_scales(&names);
        Ok(names
            .into_iter()
            .zip(scales)
            .map(|(name, scale)| {
                let columns = self.vessel(&name, scale);
                (name, columns)
            })
            .collect())
    }

    /// Vessels with both columns, in report order; half vessels and unknown columns are named.
    fn vessel_names(&mut self) -> Vec<String> {
        let has = |name: &str| self.rows.column(name).is_some();
        let (mut names, mut half, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for column in &self.rows.header {
            match column
                .strip_suffix("_grade")
                .or_else(|| column.strip_suffix("_prob"))
            {
                Some(name) if !name.is_empty() => {
                    if !(has(&format!("{name}_grade")) && has(&format!("{name}_prob"))) {
                        half.push(column.clone());
                    } else if !names.iter().any(|known| known == name) {
                        names.push(name.to_owned());
                    }
                }
                _ if PLAIN_COLUMNS.contains(&column.as_str())
                    || CLINICAL_COLUMNS.contains(&column.as_str()) => {}
                _ => unknown.push(column.clone()),
            }
        }
        for (kind, columns, expected) in [
            (
                FindingKind::IncompleteVessel,
                half,
                "both <vessel>_grade and <vessel>_prob",
            ),
            (
                FindingKind::UnknownColumn,
                unknown,
                "a column of the score table",
            ),
        ] {
            self.findings.extend(
                columns
                    .into_iter()
                    .map(|column| ignored_column(kind, column, expected)),
            );
        }
        let place = |name: &String| {
            FIRST_VESSELS
                .iter()
                .position(|first| first == name)
                .unwrap_or(4)
        };
        names.sort_by_key(place);
        names
    }

    /// What the probabilities of each vessel are; where one is in per cent, no other is trusted.
    fn vessel_scales(&self, names: &[String]) -> Vec<Scale> {
        let scale = |name: &String| self.scale(&format!("{name}_prob"));
        let mut scales: Vec<Scale> = names.iter().map(scale).collect();
        if scales.contains(&Scale::PerCent) {
            let doubtful = scales
                .iter_mut()
                .filter(|scale| **scale == Scale::Probability);
            doubtful.for_each(|scale| *scale = Scale::PerCentElsewhere);
        }
        scales
    }

    fn vessel(&mut self, name: &str, scale: Scale) -> VesselColumns {
        let (grade, prob) = (format!("{name}_grade"), format!("{name}_prob"));
        let consequence = format!("row left out of the analyses of {name}");
        let complaint = |kind, column, expected| Complaint {
            kind,
            column,
            expected,
            consequence: &consequence,
        };
        let impossible = complaint(FindingKind::ImpossibleGrade, &grade, "0, 1, 2, 3 or 4");
        let grades = self.cells(&impossible, |text| whole(text, 4));
        self.complain_missing(
            &complaint(FindingKind::MissingGrade, &grade, "a grade"),
            &grades,
        );
        let impossible = complaint(FindingKind::ImpossibleProbability, &prob, scale.complaint());
        let usable = |text: &str| probability(text).filter(|_| scale == Scale::Probability);
        let probabilities = self.cells(&impossible, usable);
        self.complain_missing(
            &complaint(FindingKind::MissingProbability, &prob, "a probability"),
            &probabilities,
        );
        VesselColumns {
            grades,
            probabilities,
        }
    }

    fn follow_up(&mut self, table: &mut ScoreTable) {
        let left_out = "row left out of the analyses of follow-up";
        let complaint = |kind, column, expected| Complaint {
            kind,
            column,
            expected,
            consequence: left_out,
        };
        let days = complaint(
            FindingKind::ImpossibleFollowUp,
            "follow_up_days",
            "days ≥ 0",
        );
        let days = self.cells(&days, |text| number(text).filter(|days| *days >= 0.0));
        let code = complaint(FindingKind::UnknownEvent, "event", "0, 1 or 2");
        let events = self.cells(&code, |text| whole(text, 2));
        let rows = || self.rows.rows.iter().zip(days.iter().zip(&events));
        let half: Vec<_> = rows()
            .filter(|(_, (days, event))| days.is_some() != event.is_some())
            .map(|(row, (days, _))| {
                self.rows.name(
                    row,
                    if days.is_some() {
                        "no event"
                    } else {
                        "no time"
                    },
                )
            })
            .collect();
        let zero: Vec<_> = rows()
            .filter(|(_, (days, _))| **days == Some(0.0))
            .map(|(row, _)| self.rows.name(row, "0"))
            .collect();
        self.findings.extend(
            complaint(
                FindingKind::IncompleteFollowUp,
                "event",
                "both time and event",
            )
            .finding(&half),
        );
        let zero_days = Complaint {
            consequence: "kept; the row is at risk on day 0 only",
            ..complaint(FindingKind::ZeroFollowUp, "follow_up_days", "days > 0")
        };
        self.findings.extend(zero_days.finding(&zero));
        table.follow_up_days = Some(days).filter(|cells| cells.iter().any(Option::is_some));
        table.events = Some(events).filter(|cells| cells.iter().any(Option::is_some));
    }
}

impl Rows {
    fn name(&self, row: &Row, got: &str) -> (String, u64, String) {
        let record_id = row.cells[self.id].to_owned();
        (record_id, row.line, got.to_owned())
    }
}

fn note<'a>(column: &'a str, kind: FindingKind, expected: &'a str) -> Complaint<'a> {
    Complaint {
        kind,
        column,
        expected,
        consequence: "value left out, as if it were missing",
    }
}

fn ignored_column(kind: FindingKind, column: String, expected: &str) -> Finding {
    Finding {
        kind,
        column,
        count: 0,
        examples: Vec::new(),
        expected: expected.to_owned(),
        consequence: "column ignored".to_owned(),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn probability(text: &str) -> Option<f64> {
    // −0.0 would sort apart from 0.0.
    number(text)
        .filter(|p| (0.0..=1.0).contains(p))
        .map(|p| p + 0.0)
}

/// A whole number from 0 to `most`, also as written by tables of floats (`3.0`).
fn whole(text: &str, most: u8) -> Option<u8> {
    let value = number(text)?;
    (0..=most).find(|whole| f64::from(*whole) == value)
}

/// Sex in the words that a manifest may use too.
fn sex(text: &str) -> Option<Sex> {
    match text.to_lowercase().as_str() {
        "m" | "male" | "男" => Some(Sex::Male),
        "f" | "female" | "女" => Some(Sex::Female),
        _ => None,
    }
}

/// Yes or no in the words that a manifest may use too.
fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => whole(text, 1).map(|flag| flag == 1),
    }
}
