//! The evidence of a cohort as a folder: page, JSON, figures and tables.

use super::Evidence;
use super::folder::Partial;
use super::groups::Beats;
use super::section::{findings, section};
use super::trust::Trust;
use super::vessel::{Recovery, VesselEvidence};
use crate::commands::explain::beat::short_name;
use crate::commands::explain::reading;
use crate::output;
use anyhow::Result;
use coronet_ecg::Lead;
use coronet_evaluate::{Estimate, Statistic};
use coronet_evidence::{Drivers, FeatureDifference, LeadWaveDriver, LeadWaveShare};
use coronet_report::{
    Cell, CohortExplanation, Explanation, Figure, Rows, Table, VesselExplanation,
    explanation_figures, explanation_page, explanation_tables, number,
};
use std::path::Path;

/// Rows of a table that the page shows; the CSV file has them all.
const SHOWN: usize = 12;
/// Cells that a sentence names.
const NAMED: usize = 3;

/// Writes `explanation.html`, `explanation.json`, `section.json`, `figures/` and `tables/`.
pub(super) fn write(partial: Partial, evidence: &Evidence) -> Result<()> {
    let readings: Vec<String> = evidence.vessels.iter().map(sentences).collect();
    let section = section(evidence, &readings);
    let context = evidence.limits.context();
    let figures = explanation_figures(&section).into_iter();
    let figures: Vec<Figure> = figures.map(|figure| figure.stamped(&context)).collect();
    partial.finish(|out| {
        fs_err::create_dir(out.join("tables"))?;
        for table in all_tables(evidence, &section) {
            let table = table.stamped(&context);
            let path = out.join("tables").join(format!("{}.csv", table.name));
            output::write(&path, table.csv().as_bytes())?;
        }
        write_figures(&out.join("figures"), &figures)?;
        write_json(&out.join("explanation.json"), evidence)?;
        write_json(&out.join("section.json"), &section)?;
        let page = explanation_page(&page(evidence, &section, &figures));
        output::write(&out.join("explanation.html"), page.as_bytes())
    })
}

fn write_figures(folder: &Path, figures: &[Figure]) -> Result<()> {
    fs_err::create_dir(folder)?;
    for figure in figures {
        let path = |ending: &str| folder.join(format!("{}.{ending}", figure.name));
        output::write(&path("svg"), figure.svg.as_bytes())?;
        output::write(&path("png"), &figure.png())?;
    }
    Ok(())
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let mut json = serde_json::to_vec_pretty(value)?;
    json.push(b'\n');
    output::write(path, &json)
}

fn page(evidence: &Evidence, section: &CohortExplanation, figures: &[Figure]) -> Explanation {
    let context = evidence.limits.context();
    let figure = |name: &str| figures.iter().find(|figure| figure.name == name).cloned();
    let mut reading_aid = vec![
        "A driver is a lead and part of the beat whose share of the logit goes with the logit from patient to patient: covariance over variance, so that the shares of all add up to 100 %. What is large in everybody counts nothing.".to_owned(),
    ];
    reading_aid.extend(reading::aid(&evidence.method));
    Explanation {
        title: "What moves the network in this cohort".to_owned(),
        stamps: evidence.limits.stamps(),
        facts: section.facts.clone(),
        findings: findings(evidence),
        figures: figure("drivers").into_iter().collect(),
        vessels: evidence
            .vessels
            .iter()
            .zip(&section.vessels)
            .map(|(vessel, shown)| VesselExplanation {
                vessel: vessel.vessel.clone(),
                reading: shown.reading.clone(),
                picture: None,
                figures: figure(&format!("beats-{}", vessel.vessel))
                    .into_iter()
                    .collect(),
                tables: tables(vessel, section)
                    .into_iter()
                    .map(|table| table.stamped(&context))
                    .collect(),
            })
            .collect(),
        reading_aid,
    }
}

/// The tables of a vessel on the page, cut to what is worth reading.
fn tables(vessel: &VesselEvidence, section: &CohortExplanation) -> Vec<Table> {
    let of_section = explanation_tables(section);
    let named = |name: &str| {
        let name = format!("{name}-{}", vessel.vessel);
        of_section.iter().find(|table| table.name == name).cloned()
    };
    let mut tables: Vec<Table> = named("drivers")
        .map(|table| cut(table, SHOWN))
        .into_iter()
        .collect();
    tables.extend(recovery_table(vessel));
    tables.extend(named("trust"));
    if let Statistic::Defined(features) = &vessel.features {
        tables.push(feature_table(&vessel.vessel, features, SHOWN));
    }
    tables
}

fn cut(table: Table, most: usize) -> Table {
    let more = table.rows.len() > most;
    Table {
        caption: match more {
            true => format!(
                "{} The first {most}; the file of the folder has all.",
                table.caption
            ),
            false => table.caption,
        },
        rows: table.rows.into_iter().take(most).collect(),
        ..table
    }
}

/// Every table, whole.
fn all_tables(evidence: &Evidence, section: &CohortExplanation) -> Vec<Table> {
    let mut tables = explanation_tables(section);
    for vessel in &evidence.vessels {
        tables.extend(recovery_table(vessel));
        if let Statistic::Defined(shares) = &vessel.shares {
            tables.push(magnitude_table(&vessel.vessel, shares, &vessel.shuffled));
        }
        if let Statistic::Defined(features) = &vessel.features {
            tables.push(feature_table(&vessel.vessel, features, usize::MAX));
        }
    }
    tables
}

fn sentences(vessel: &VesselEvidence) -> String {
    let mut sentences = vec![match &vessel.drivers {
        Statistic::Defined(drivers) => on_drivers(drivers),
        Statistic::Undefined(reason) => format!(
            "What sets the predictions of patients apart is not defined: {}.",
            reason.reason
        ),
    }];
    sentences.extend(
        vessel
            .changed
            .as_ref()
            .map(|found| on_recovery(found, "The simulator changes")),
    );
    sentences.extend(
        vessel
            .territory
            .as_ref()
            .map(|found| on_recovery(found, "The vessel's usual territory is seen in")),
    );
    match &vessel.trust {
        Statistic::Defined(trust) => sentences.extend(on_trust(trust)),
        Statistic::Undefined(reason) => {
            sentences.push(format!("Trust was not checked: {}.", reason.reason));
        }
    }
    sentences.push(match &vessel.beats {
        Statistic::Defined(beats) => on_beats(beats),
        Statistic::Undefined(reason) => format!(
            "Beats of high and low were not compared: {}.",
            reason.reason
        ),
    });
    sentences.join(" ")
}

/// The greatest drivers.
fn on_drivers(drivers: &Drivers) -> String {
    let mut cells: Vec<&LeadWaveDriver> = drivers.cells.iter().collect();
    cells.sort_by(|a, b| b.share.value.total_cmp(&a.share.value));
    let named: Vec<String> = cells
        .iter()
        .take(NAMED)
        .map(|cell| {
            format!(
                "{} in {}, {}",
                short_name(cell.wave),
                Lead::ALL[cell.lead].name(),
                number::estimate_percent(&cell.share, 0)
            )
        })
        .collect();
    format!(
        "The predictions of {} patients are set apart most by {}: shares of the variance of the logit.",
        number::count(drivers.n),
        named.join("; ")
    )
}

fn on_recovery(found: &Recovery, what: &str) -> String {
    let share = |statistic: &Statistic<Estimate>| {
        number::or_reason(statistic, |found| number::estimate_percent(found, 0))
    };
    let waves: Vec<&str> = found.waves.iter().map(|&wave| short_name(wave)).collect();
    let control = match &found.label_randomised {
        Some(control) => format!(", trained on shuffled labels {}", share(control)),
        None => String::new(),
    };
    format!(
        "{what} {} of {}: {} of the differences come from there, on {:.0}% of the samples; with shuffled weights {}{control}.",
        waves.join(", "),
        found.leads.join(", "),
        share(&found.attribution),
        100.0 * found.area,
        share(&found.randomised)
    )
}

fn on_trust(trust: &Trust) -> Vec<String> {
    let shown = |statistic: &Statistic<Estimate>| {
        number::or_reason(statistic, |found| number::estimate(found, 2))
    };
    let mut sentences = Vec::new();
    if let Some(last) = trust.cascade.steps.last() {
        sentences.push(format!(
            "With all weights shuffled, pictures of single ECGs keep a rank correlation to themselves of {} with signs and of {} in sizes; two networks of shuffled weights already have {} in sizes in common, which is the signal's own shape ({} ECGs).",
            shown(&last.likeness.signed),
            shown(&last.likeness.similarity),
            shown(&trust.cascade.chance.similarity),
            trust.windows
        ));
    }
    sentences.push(format!(
        "Flattening what is marked first lowers the logit by {} more than a random order, on average over the curve.",
        shown(&trust.perturbation.deletion)
    ));
    sentences
}

fn on_beats(beats: &Beats) -> String {
    match &beats.test {
        Statistic::Defined(test) => format!(
            "Median beats of the high ({}) and the low stratum ({}), {}: cluster permutation test {}, over all vessels {} (Holm).",
            number::count(test.n.0),
            number::count(test.n.1),
            beats.design,
            number::p_equals(test.p),
            number::p_equals(beats.over_vessels(test.p))
        ),
        Statistic::Undefined(reason) => {
            format!(
                "Beats of high and low were not compared: {}.",
                reason.reason
            )
        }
    }
}

/// What falls on the leads and waves that are named beforehand.
fn recovery_table(vessel: &VesselEvidence) -> Option<Table> {
    let rows = [
        ("changed by the simulator", vessel.changed.as_ref()),
        ("usual territory", vessel.territory.as_ref()),
    ];
    let rows: Vec<(&str, &Recovery)> = rows
        .into_iter()
        .filter_map(|(name, found)| Some((name, found?)))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let control = rows.iter().any(|row| row.1.label_randomised.is_some());
    let waves = |found: &Recovery| -> Vec<&str> {
        found.waves.iter().map(|&wave| short_name(wave)).collect()
    };
    let table = Rows::of(rows)
        .text("what", "What", |row| row.0)
        .text("leads", "Leads", |row| row.1.leads.join(" "))
        .text("waves", "Waves", |row| waves(row.1).join(" "))
        .interval("share", "Share", |row| {
            Cell::percentage(&row.1.attribution, 1)
        })
        .number("samples_percent", "Samples, %", |row| {
            Cell::number(100.0 * row.1.area, 1)
        })
        .interval("shuffled", "Shuffled weights", |row| {
            Cell::percentage(&row.1.randomised, 1)
        });
    let table = match control {
        true => table.interval("shuffled_labels", "Shuffled labels", |row| {
            let found = row.1.label_randomised.as_ref();
            found.map_or(Cell::Empty, |found| Cell::percentage(found, 1))
        }),
        false => table,
    };
    let table = table
        .interval("magnitude", "Magnitude", |row| {
            Cell::percentage(&row.1.magnitude, 1)
        })
        .interval("magnitude_shuffled", "Magnitude, shuffled", |row| {
            Cell::percentage(&row.1.magnitude_randomised, 1)
        });
    Some(table.table(
        &format!("territory-{}", vessel.vessel),
        format!(
            "What falls on leads and waves that were named beforehand, {}: share in the variance of the logit between patients, of the samples, and of the magnitude of the attribution, each with the same of networks whose every weight is shuffled. Magnitude follows the size of the signal and tells little of the network.",
            vessel.vessel
        ),
    ))
}

/// Least share of the attribution of a cell that is shown first.
const NOTABLE: f64 = 0.01;

/// How much more of the attribution a cell gets than by a network of shuffled weights.
fn over_shuffled(share: &LeadWaveShare, shuffled: &[[f64; 6]]) -> Option<f64> {
    let chance = shuffled[share.lead][share.wave as usize];
    (chance > 0.0).then(|| share.attribution.value / chance)
}

/// Cells by what was learnt: those with a notable share first, by falling ratio to shuffled weights.
fn most_learnt<'a>(shares: &'a [LeadWaveShare], shuffled: &[[f64; 6]]) -> Vec<&'a LeadWaveShare> {
    let rank = |share: &LeadWaveShare| {
        let notable = share.attribution.value >= NOTABLE;
        (notable, over_shuffled(share, shuffled).unwrap_or(0.0))
    };
    let mut cells: Vec<&LeadWaveShare> = shares.iter().collect();
    cells.sort_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    cells
}

fn magnitude_table(vessel: &str, shares: &[LeadWaveShare], shuffled: &[[f64; 6]]) -> Table {
    Rows::of(most_learnt(shares, shuffled))
        .text("lead", "Lead", |share| Lead::ALL[share.lead].name())
        .text("wave", "Wave", |share| short_name(share.wave))
        .interval("attribution", "Attribution", |share| {
            Cell::percentage(&Statistic::Defined(share.attribution.clone()), 1)
        })
        .number("samples_percent", "Samples, %", |share| {
            Cell::number(100.0 * share.area, 1)
        })
        .interval("density", "Density", |share| Cell::estimate(&share.ratio, 2))
        .number("shuffled_percent", "Shuffled, %", |share| {
            Cell::number(100.0 * shuffled[share.lead][share.wave as usize], 1)
        })
        .number("over_shuffled", "Ratio", |share| {
            match over_shuffled(share, shuffled) {
                Some(ratio) => Cell::number(ratio, 2),
                None => Cell::Undefined("shuffled weights put nothing there".to_owned()),
            }
        })
        .table(
            &format!("magnitude-{vessel}"),
            format!(
                "Magnitude of the attribution of {vessel} by lead and wave: means over patients with percentile bootstrap intervals by patient; beside it the share that a network of shuffled weights puts there, which is what the signal's own shape draws. Cells with at least 1 % first, by the ratio of the two."
            ),
        )
}

fn feature_table(vessel: &str, features: &[FeatureDifference], most: usize) -> Table {
    let p = |feature: &FeatureDifference| feature.p.defined().copied().unwrap_or(f64::INFINITY);
    let mut sorted: Vec<&FeatureDifference> = features.iter().collect();
    sorted.sort_by(|a, b| p(a).total_cmp(&p(b)));
    Rows::of(sorted.into_iter().take(most))
        .text("measurement", "Measurement", |feature| feature.name.clone())
        .text("n", "n high / low", |feature| {
            format!("{} / {}", feature.n.0, feature.n.1)
        })
        .interval("standardised", "Difference, SD", |feature| {
            Cell::estimate(&feature.standardised, 2)
        })
        .interval("adjusted", "Adjusted, SD", |feature| {
            Cell::estimate(&feature.adjusted, 2)
        })
        .number("p_holm", "p (Holm)", |feature| match &feature.p_holm {
            Statistic::Defined(p) => Cell::p(*p),
            Statistic::Undefined(reason) => Cell::Undefined(reason.reason.clone()),
        })
        .table(
            &format!("measurements-{vessel}"),
            format!(
                "Measurements of the high against the low stratum of {vessel}, in all patients of both: standardised differences, adjusted for age and sex, Holm's correction over all measurements."
            ),
        )
}
