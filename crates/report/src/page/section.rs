//! The sections of the page in reading order; an analysis that was not done says why.

use super::methods;
use super::view::{Block, Section};
use crate::checklist::{self, State};
use crate::figure::{Figure, figures};
use crate::number::CAVEAT_MEANS;
use crate::table::{Table, tables};
use crate::wording::{file_stem, sentence};
use crate::{Context, model_card, statement};
use coronet_evaluate::Evaluation;

/// Figures and tables of one evaluation, found by name.
struct Parts {
    figures: Vec<Figure>,
    tables: Vec<Table>,
}

impl Parts {
    fn figure(&self, name: &str) -> Option<Block> {
        let figure = self.figures.iter().find(|figure| figure.name == name)?;
        Some(Block::figure(figure))
    }

    fn table(&self, name: &str) -> Option<Block> {
        let table = self.tables.iter().find(|table| table.name == name)?;
        Some(Block::table(table))
    }
}

pub(super) fn sections(evaluation: &Evaluation, context: &Context) -> Vec<Section> {
    let parts = Parts {
        figures: figures(evaluation, context),
        tables: tables(evaluation, context),
    };
    let mut sections = results_of_vessels(evaluation, context, &parts);
    sections.extend(results_of_patients(evaluation, context, &parts));
    sections.extend(about(evaluation, context, &parts));
    sections.retain(|section| !section.blocks.is_empty());
    sections.iter_mut().for_each(explain_marks);
    sections
}

/// Says what the mark means after the last sentence that has it.
fn explain_marks(section: &mut Section) {
    if let Some(last) = section.blocks.iter().rposition(Block::is_marked) {
        let meaning = Block::paragraph(CAVEAT_MEANS);
        section.blocks.insert(last + 1, meaning);
    }
}

fn results_of_vessels(evaluation: &Evaluation, context: &Context, parts: &Parts) -> Vec<Section> {
    vec![
        section(
            "cohort-section",
            "Cohort and patient flow",
            cohort(context, parts),
        ),
        section("results", "Results by vessel", results(evaluation, parts)),
        section("normal-ecgs", "Normal ECGs", normal_ecgs(evaluation)),
        section(
            "strata-section",
            "Operating points and strata",
            strata(evaluation, parts),
        ),
        section(
            "thresholds-section",
            "Threshold table and curves",
            with_parts(
                parts,
                Vec::new(),
                &["thresholds"],
                &["thresholds", "threshold-targets"],
            ),
        ),
        section(
            "calibration-section",
            "Calibration",
            calibration(evaluation, parts),
        ),
        section(
            "grades-section",
            "Grade of stenosis",
            with_parts(
                parts,
                list(statement::grades(evaluation)),
                &["grades"],
                &["trend", "grades"],
            ),
        ),
        section(
            "subgroups-section",
            "Subgroups",
            subgroups(evaluation, parts),
        ),
        section(
            "centres-section",
            "Centres and external validation",
            centres(evaluation, context, parts),
        ),
        section("decisions", "Decision curves", decisions(evaluation, parts)),
    ]
}

fn results_of_patients(evaluation: &Evaluation, context: &Context, parts: &Parts) -> Vec<Section> {
    vec![
        section(
            "pretest",
            "Pre-test probability",
            pretest(evaluation, parts),
        ),
        section(
            "comparison-section",
            "Two models compared",
            comparison(context, parts),
        ),
        section(
            "follow-up-section",
            "Follow-up",
            follow_up(evaluation, parts),
        ),
    ]
}

/// What drives the predictions: shares by lead and wave, beats of high and low, trust checks.
fn drivers(context: &Context, parts: &Parts) -> Vec<Block> {
    let Some(explanation) = &context.explanation else {
        return Vec::new();
    };
    let mut blocks = vec![Block::paragraph(
        "Which leads and waves set the predictions of patients apart, how the beats of the high and of the low stratum differ, and whether the picture is about the network. It says what moves the network, not what is wrong with a heart, and it does not locate a narrowing.",
    )];
    blocks.extend(explanation.findings.iter().map(|finding| Block::Warning {
        text: sentence(finding),
    }));
    blocks.push(Block::Facts {
        facts: explanation.facts.clone(),
    });
    blocks.extend(parts.figure("drivers"));
    for vessel in &explanation.vessels {
        blocks.push(Block::Heading {
            text: vessel.vessel.clone(),
        });
        blocks.push(Block::paragraph(vessel.reading.clone()));
        blocks.extend(parts.figure(&file_stem(&format!("beats-{}", vessel.vessel))));
        blocks.extend(parts.table(&file_stem(&format!("trust-{}", vessel.vessel))));
    }
    blocks
}

fn about(evaluation: &Evaluation, context: &Context, parts: &Parts) -> Vec<Section> {
    vec![
        section(
            "explanation-section",
            "What drives the predictions",
            drivers(context, parts),
        ),
        section(
            "training-section",
            "Training course",
            parts.figure("training").into_iter().collect(),
        ),
        section("methods", "Methods", methods::blocks(evaluation, context)),
        section("configuration", "Configuration", configuration(context)),
        section(
            "warnings",
            "Findings and warnings",
            warnings(evaluation, parts),
        ),
        section("model-card", "Model card", card(evaluation, context)),
        section(
            "checklist",
            "Reporting checklist (TRIPOD+AI)",
            reporting(evaluation, context, parts),
        ),
        section("next", "What to do next", next(context)),
    ]
}

fn section(id: &'static str, title: &'static str, blocks: Vec<Block>) -> Section {
    Section { id, title, blocks }
}

fn with_parts(
    parts: &Parts,
    mut blocks: Vec<Block>,
    figures: &[&str],
    tables: &[&str],
) -> Vec<Block> {
    blocks.extend(figures.iter().filter_map(|name| parts.figure(name)));
    blocks.extend(tables.iter().filter_map(|name| parts.table(name)));
    blocks
}

fn list(items: Vec<String>) -> Vec<Block> {
    if items.is_empty() {
        Vec::new()
    } else {
        vec![Block::List { items }]
    }
}

fn results(evaluation: &Evaluation, parts: &Parts) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        blocks.extend(vessel.warnings.iter().map(|warning| Block::Warning {
            text: format!("{name}: {}", sentence(warning)),
        }));
    }
    if let Some(any) = evaluation.any_vessel.defined() {
        let auc = crate::number::or_reason(&any.auc, |auc| crate::number::estimate(auc, 3));
        blocks.push(Block::paragraph(format!(
            "Any vessel, by the highest of the probabilities: AUC {auc}; {} records, {} with an event in at least one vessel.",
            crate::number::count(any.n),
            crate::number::count(any.events)
        )));
    }
    with_parts(
        parts,
        blocks,
        &["roc", "precision-recall"],
        &["discrimination", "auc-intervals", "sample-size"],
    )
}

fn normal_ecgs(evaluation: &Evaluation) -> Vec<Block> {
    let items: Vec<String> = evaluation
        .vessels
        .iter()
        .filter_map(|(name, vessel)| statement::normal_ecg(name, vessel))
        .collect();
    if items.is_empty() {
        return not_done(evaluation, &["normal ECGs"]);
    }
    let mut blocks = vec![Block::paragraph(
        "Does the score say more than a physician reads from the same ECG? The AUC among ECGs read as normal, with its interval:",
    )];
    blocks.extend(list(items));
    blocks
}

fn strata(evaluation: &Evaluation, parts: &Parts) -> Vec<Block> {
    let items = evaluation
        .vessels
        .iter()
        .filter_map(|(name, vessel)| statement::operating_points(name, vessel))
        .collect();
    with_parts(
        parts,
        list(items),
        &["strata"],
        &["strata", "operating-points", "confusion"],
    )
}

fn calibration(evaluation: &Evaluation, parts: &Parts) -> Vec<Block> {
    let items = evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| statement::calibration(name, vessel))
        .collect();
    with_parts(
        parts,
        list(items),
        &["calibration"],
        &[
            "calibration",
            "calibration-errors",
            "calibration-tests",
            "recalibration",
        ],
    )
}

fn subgroups(evaluation: &Evaluation, parts: &Parts) -> Vec<Block> {
    let blocks = list(statement::subgroups(evaluation));
    let any = evaluation
        .vessels
        .values()
        .any(|vessel| !vessel.subgroups.is_empty());
    let figures: &[&str] = if any { &["subgroups"] } else { &[] };
    with_parts(
        parts,
        blocks,
        figures,
        &["subgroups", "subgroup-performance", "subgroup-comparisons"],
    )
}

fn decisions(evaluation: &Evaluation, parts: &Parts) -> Vec<Block> {
    let items: Vec<String> = evaluation
        .vessels
        .iter()
        .filter_map(|(name, vessel)| statement::decision(name, vessel))
        .collect();
    let mut blocks = Vec::new();
    if !items.is_empty() {
        blocks.push(Block::paragraph(statement::decision_thresholds(evaluation)));
        blocks.extend(list(items));
    }
    with_parts(
        parts,
        blocks,
        &["decision-curves", "interventions-avoided"],
        &["decision-curves"],
    )
}

fn centres(evaluation: &Evaluation, context: &Context, parts: &Parts) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !context.frozen_from.is_empty() {
        blocks.push(Block::paragraph(format!(
            "External validation. Thresholds, and the recalibration where it was fitted, were frozen beforehand, on {}, and are used unchanged. \
             A centre with another rate of events shifts calibration and predictive values; sensitivity and specificity should hold.",
            context.frozen_from
        )));
    }
    blocks.extend(list(statement::frozen(evaluation)));
    blocks.extend(list(statement::centres(evaluation)));
    with_parts(
        parts,
        blocks,
        &["centres", "centres-calibration"],
        &["centres", "centres-calibration", "centres-pooled"],
    )
}

fn comparison(context: &Context, parts: &Parts) -> Vec<Block> {
    let Some(comparison) = &context.comparison else {
        return Vec::new();
    };
    let mut blocks: Vec<Block> = statement::comparison(comparison)
        .into_iter()
        .map(Block::paragraph)
        .collect();
    let disagreements = statement::disagreements(comparison).into_iter();
    blocks.extend(disagreements.map(|text| Block::Warning {
        text: sentence(&text),
    }));
    for (name, vessel) in &comparison.result.vessels {
        blocks.extend(vessel.scores.warnings.iter().map(|warning| Block::Warning {
            text: format!("{name}: {}", sentence(warning)),
        }));
    }
    with_parts(
        parts,
        blocks,
        &["comparison"],
        &[
            "comparison",
            "comparison-reclassification",
            "comparison-net-benefit",
        ],
    )
}

fn pretest(evaluation: &Evaluation, parts: &Parts) -> Vec<Block> {
    let Some(any) = evaluation.any_vessel.defined() else {
        let reason = evaluation
            .any_vessel
            .reason()
            .unwrap_or("no reason was given");
        return vec![Block::paragraph(format!("Not done: {reason}."))];
    };
    let mut blocks: Vec<Block> = statement::pretest(any)
        .into_iter()
        .map(Block::paragraph)
        .collect();
    blocks.extend(any.warnings.iter().map(|warning| Block::Warning {
        text: sentence(warning),
    }));
    with_parts(
        parts,
        blocks,
        &[],
        &[
            "rule-out",
            "reclassification",
            "pretest-models",
            "added-value",
            "added-value-reclassification",
        ],
    )
}

fn follow_up(evaluation: &Evaluation, parts: &Parts) -> Vec<Block> {
    let Some(survival) = evaluation.quoted_survival().defined() else {
        let reason = evaluation
            .quoted_survival()
            .reason()
            .unwrap_or("no reason was given");
        return vec![Block::paragraph(format!("Not done: {reason}."))];
    };
    let mut blocks: Vec<Block> = statement::follow_up(survival)
        .into_iter()
        .map(Block::paragraph)
        .collect();
    if evaluation.survival_by_patient.defined().is_some() {
        blocks.insert(0, Block::paragraph("Patients have several records: follow-up is of one record a patient, the one followed longest, so that an event counts once."));
    }
    blocks.extend(survival.warnings.iter().map(|warning| Block::Warning {
        text: sentence(warning),
    }));
    with_parts(
        parts,
        blocks,
        &["kaplan-meier", "cumulative-incidence", "survival-decision"],
        &[
            "follow-up",
            "follow-up-tests",
            "cox",
            "fine-gray",
            "time-dependent",
            "survival-decision",
            "landmark",
        ],
    )
}

fn cohort(context: &Context, parts: &Parts) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !context.flow.is_empty() {
        blocks.push(Block::Flow {
            steps: context.flow.clone(),
        });
    }
    with_parts(parts, blocks, &[], &["baseline"])
}

fn configuration(context: &Context) -> Vec<Block> {
    if context.configuration.is_empty() {
        return Vec::new();
    }
    vec![
        Block::paragraph("What this evaluation was asked to do, as a file for --config:"),
        Block::Code {
            text: context.configuration.clone(),
        },
    ]
}

fn reporting(evaluation: &Evaluation, context: &Context, parts: &Parts) -> Vec<Block> {
    let items = checklist::items(evaluation, context);
    let count = |state: State| items.iter().filter(|item| item.state == state).count();
    let text = format!(
        "Of the checklist’s {} entries this report answers {} and {} in part; {} are open and for the authors.",
        items.len(),
        count(State::Answered),
        count(State::Partly),
        count(State::Open)
    );
    with_parts(parts, vec![Block::paragraph(text)], &[], &["tripod-ai"])
}

fn warnings(evaluation: &Evaluation, parts: &Parts) -> Vec<Block> {
    let mut blocks: Vec<Block> = evaluation
        .warnings
        .iter()
        .map(|warning| Block::Warning {
            text: sentence(warning),
        })
        .collect();
    if !evaluation.switched_off.is_empty() {
        blocks.push(Block::paragraph("Analyses that were not done, and why:"));
        let facts = evaluation
            .switched_off
            .iter()
            .map(|(name, reason)| (name.replace('_', " "), reason.clone()));
        blocks.push(Block::Facts {
            facts: facts.collect(),
        });
    }
    if evaluation.findings.is_empty() {
        blocks.push(Block::paragraph(
            "Nothing imperfect was found in the table of scores.",
        ));
    }
    with_parts(parts, blocks, &[], &["findings"])
}

fn card(evaluation: &Evaluation, context: &Context) -> Vec<Block> {
    let mut blocks = Vec::new();
    for section in model_card::sections(evaluation, context) {
        blocks.push(Block::Heading {
            text: section.title.to_owned(),
        });
        blocks.push(Block::List {
            items: section.items,
        });
    }
    blocks
}

fn next(context: &Context) -> Vec<Block> {
    if context.next_commands.is_empty() {
        return Vec::new();
    }
    vec![Block::Commands {
        commands: context.next_commands.clone(),
    }]
}

fn not_done(evaluation: &Evaluation, names: &[&str]) -> Vec<Block> {
    let reason = names
        .iter()
        .find_map(|name| evaluation.switched_off.get(*name));
    reason
        .map(|reason| Block::paragraph(format!("Not done: {reason}.")))
        .into_iter()
        .collect()
}
