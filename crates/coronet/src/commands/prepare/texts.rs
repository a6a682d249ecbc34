//! How the wording of the CCTA table was understood: counted for the person, listed for the study.

use super::PrepareSettings;
use super::summary::print_flow_of;
use super::tables::Cohort;
use crate::output;
use crate::printer::Printer;
use anyhow::Result;
use coronet_cohort::store::{CCTA_FLOW, TEXTS};
use coronet_cohort::{GradeTally, Vessel};

/// Says how many texts were understood how and what became of the CCTAs, and writes both into the
/// store, every text with its grade.
///
/// Texts of a report may name the patient, so a store without identifiers holds no list.
///
/// # Errors
///
/// The list cannot be written.
pub(super) fn write(settings: &PrepareSettings, cohort: &Cohort, printer: &Printer) -> Result<()> {
    let Some(texts) = &cohort.texts else {
        return Ok(());
    };
    for (vessel, tally) in Vessel::ALL.iter().zip(texts) {
        let counts = tally.counts.iter();
        let counts: Vec<String> = counts
            .map(|(how, count)| format!("{} {count}", how.name()))
            .collect();
        printer.note(&format!("CCTA texts, {vessel}: {}", counts.join(", ")));
    }
    if let Some(flow) = &cohort.cctas {
        print_flow_of(flow, "in the table", "", printer);
        let json = serde_json::to_vec_pretty(flow)?;
        output::write(&settings.out.join(CCTA_FLOW), &json)?;
    }
    let path = settings.out.join(TEXTS);
    if settings.key.is_some() {
        return Ok(());
    }
    output::write(&path, &table(texts)?)?;
    printer.note(&format!("texts and their grades: {}", path.display()));
    Ok(())
}

/// One distinct text of a vessel a row.
fn table(texts: &[GradeTally; 4]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["vessel", "text", "understood_as", "grade", "count"])?;
    for (vessel, tally) in Vessel::ALL.iter().zip(texts) {
        for ((text, reading), count) in &tally.texts {
            let grade = reading.grade.map(|grade| grade.number().to_string());
            writer.write_record([
                vessel.name(),
                text,
                reading.how.name(),
                &grade.unwrap_or_default(),
                &count.to_string(),
            ])?;
        }
    }
    Ok(writer.into_inner()?)
}
