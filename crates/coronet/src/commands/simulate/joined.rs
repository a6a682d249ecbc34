//! The manifest of a simulated cohort with findings and follow-up already joined.

use anyhow::Result;
use coronet_cohort::{
    Flow, Manifest, ManifestRow, PairingRule, Vessel, join_ccta, join_clinical, join_follow_up,
    parse_ccta, parse_clinical, parse_follow_up, parse_manifest,
};
use coronet_ecg::Sex;

/// Joins the four tables as `prepare` would by default; ECGs without a CCTA in the window go.
pub(super) fn join(
    manifest: &str,
    ccta: &str,
    clinical: &str,
    followup: &str,
) -> Result<Vec<ManifestRow>> {
    let rows = parse_manifest("manifest.csv", manifest.as_bytes())?.rows;
    let cctas = parse_ccta("ccta.csv", ccta.as_bytes())?.rows;
    let mut flow = Flow::new("ECGs", rows.len());
    let mut rows = join_ccta(rows, &cctas, PairingRule::default(), &mut flow).rows;
    let clinical = parse_clinical("clinical.csv", clinical.as_bytes())?;
    join_clinical(&mut rows, &clinical);
    let followup = parse_follow_up("followup.csv", followup.as_bytes())?;
    join_follow_up(&mut rows, &followup);
    Ok(rows)
}

/// The rows with every column of a manifest.
pub(super) fn csv(rows: &[ManifestRow]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(Manifest::COLUMNS)?;
    for row in rows {
        writer.write_record(cells(row))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// The cells of a row in the order of [`Manifest::COLUMNS`].
fn cells(row: &ManifestRow) -> [String; 16] {
    let facts = &row.facts;
    let [rca, lm, lad, lcx] =
        Vessel::ALL.map(|vessel| text(facts.grades[vessel].map(|grade| grade.number())));
    [
        row.record_id.clone(),
        row.path.clone(),
        facts.patient_id.clone(),
        text(facts.recorded_at),
        text(facts.age),
        text(facts.sex.map(|sex| match sex {
            Sex::Male => "M",
            Sex::Female => "F",
        })),
        text(facts.normal_ecg.map(u8::from)),
        text(facts.site.as_ref()),
        text(facts.interval_days),
        rca,
        lm,
        lad,
        lcx,
        text(facts.ptp),
        text(facts.follow_up_days),
        text(facts.event.map(|event| event.number())),
    ]
}

/// An empty cell where nothing is known.
fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
