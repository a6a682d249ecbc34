//! Evidence over the ECGs of a manifest, one after the other.

use super::ExplainArgs;
use super::beat::spans;
use super::cohort_page;
use super::obstacle;
use super::record::{CELL, Explainers, WINDOW_RATE};
use crate::commands::Status;
use crate::model_choice::probability;
use crate::printer::Printer;
use crate::{interrupt, output, progress};
use anyhow::{Context, Result, bail};
use coronet_cohort::simulate::lead_effects;
use coronet_cohort::{Facts, ManifestRow, Vessel, parse_manifest};
use coronet_ecg::delineation::Delineation;
use coronet_ecg::measurements::measure;
use coronet_ecg::{Lead, Sex, Window, preprocess};
use coronet_evaluate::{Estimate, Statistic};
use coronet_evidence::{
    Candidate, ClusterSettings, ClusterTest, Design, Feature, FeatureDifference, GroupBands,
    LeadWaveShare, Patients, RecordShares, Resampling, Wave, WaveSpan, Waveforms, bands,
    cluster_test, features, neighbours_of_12_leads, pairs_by_age_and_sex, record_shares, shares,
};
use coronet_explain::trust::{
    Agreement, CascadeStep, Disturbance, Grid, Perturbation, Question, Stability, agreement,
    cascade, mean_with_interval, perturbation, stability,
};
use coronet_formats::ReadOptions;
use coronet_model::attribution::Method;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Windows of the trust checks.
const TRUSTED: usize = 6;
/// Random orders that insertion and deletion are compared with.
const ORDERS: usize = 5;
/// Samples of a median beat before and after its alignment point, at 500 Hz.
const BEFORE: usize = 125;
const AFTER: usize = 250;
/// Years that matched patients may differ.
const CALIPER: f64 = 5.0;
/// Share of the largest effect at which a lead counts as changed by the simulation.
const CHANGED: f64 = 0.5;

/// Everything that was found.
#[derive(Debug, Serialize)]
pub(super) struct Evidence {
    pub(super) research_use_only: bool,
    pub(super) simulated: bool,
    pub(super) method: Method,
    pub(super) seed: u64,
    /// Rows of the manifest.
    pub(super) manifest_records: usize,
    /// Records explained.
    pub(super) explained: usize,
    /// Records left out, by reason.
    pub(super) left_out: BTreeMap<String, usize>,
    pub(super) vessels: Vec<VesselEvidence>,
}

/// What was found for one vessel.
#[derive(Debug, Serialize)]
pub(super) struct VesselEvidence {
    pub(super) vessel: String,
    /// Attribution by lead and wave, over patients.
    pub(super) shares: Statistic<Vec<LeadWaveShare>>,
    /// Mean share of the attribution, `[lead][wave]`, by a network whose every weight is shuffled,
    /// on the windows of the trust checks: what the shape of the signal alone draws.
    pub(super) shuffled: Vec<[f64; 6]>,
    /// Simulations only: attribution on what the simulator changed.
    pub(super) changed: Option<Changed>,
    pub(super) trust: Trust,
    /// Groups by the run's thresholds: high against low stratum.
    pub(super) beats: Statistic<Beats>,
    pub(super) features: Statistic<Vec<FeatureDifference>>,
}

/// Attribution on the ST segments and T waves of the leads that the simulator changed.
#[derive(Debug, Serialize)]
pub(super) struct Changed {
    pub(super) leads: Vec<&'static str>,
    /// Mean share of the attribution there.
    pub(super) attribution: Statistic<Estimate>,
    /// Mean share of the samples there.
    pub(super) area: f64,
    /// The same share with every weight of the network shuffled.
    pub(super) randomised: Statistic<Estimate>,
}

/// Whether the pictures are about the network.
#[derive(Debug, Serialize)]
pub(super) struct Trust {
    pub(super) windows: usize,
    pub(super) cascade: Vec<CascadeStep>,
    pub(super) perturbation: Perturbation,
    pub(super) agreement: Vec<Agreement>,
    pub(super) stability: Vec<Stability>,
}

/// Median beats of high and low.
#[derive(Debug, Serialize)]
pub(super) struct Beats {
    pub(super) design: &'static str,
    pub(super) bands: Statistic<GroupBands>,
    pub(super) test: Statistic<ClusterTest>,
}

/// A window of the trust checks, with the waves of its beats.
pub(super) struct Trusted {
    pub(super) window: Window,
    pub(super) spans: Vec<Vec<WaveSpan>>,
}

/// What is kept of one record.
struct Kept {
    patient: u32,
    facts: Facts,
    /// `[12, BEFORE + AFTER]`, NaN where there is no beat.
    beat: Vec<f32>,
    measured: Vec<(String, Option<f64>)>,
    /// By class: whether high or low, and shares.
    classes: Vec<(Option<bool>, RecordShares)>,
}

pub(super) fn run(
    args: &ExplainArgs,
    explainers: &Explainers<'_>,
    classes: &[usize],
    printer: &Printer,
) -> Result<Status> {
    let manifest = parse_manifest(
        &args.input.display().to_string(),
        &output::read(&args.input)?,
    )?;
    for problem in &manifest.problems {
        printer.warn(&problem.to_string());
    }
    let folder = args.input.parent().unwrap_or(Path::new(""));
    let chosen = spread(&manifest.rows, args.records);
    let bar = progress::bar(printer, "explain", chosen.len(), "ECGs");
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut kept = Vec::new();
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    let mut trusted: Vec<Trusted> = Vec::new();
    for row in chosen {
        if interrupt::asked() {
            bail!("interrupted after {} ECGs; nothing was written", kept.len());
        }
        let next = numbers.len() as u32;
        let patient = *numbers.entry(row.facts.patient_id.clone()).or_insert(next);
        match one(explainers, classes, folder, row, patient, &mut trusted) {
            Ok(found) => kept.push(found),
            Err(error) => {
                bar.suspend(|| printer.warn(&format!("{}: {error:#}", row.record_id)));
                *left_out.entry(error.root_cause().to_string()).or_default() += 1;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if kept.is_empty() {
        bail!("no ECG of {} could be explained", args.input.display());
    }
    let simulated = folder.join("simulation.json").is_file();
    let vessels = classes
        .iter()
        .enumerate()
        .map(|(index, &class)| vessel(args, explainers, (index, class), &kept, &trusted, simulated))
        .collect::<Result<_>>()?;
    let failed = left_out.values().sum::<usize>() + manifest.problems.len();
    let evidence = Evidence {
        research_use_only: true,
        simulated,
        method: explainers.method().clone(),
        seed: args.seed,
        manifest_records: manifest.rows.len(),
        explained: kept.len(),
        left_out,
        vessels,
    };
    cohort_page::write(&args.out, &evidence)?;
    printer.note(&format!(
        "{} of {} ECGs explained; the page is {}",
        evidence.explained,
        evidence.manifest_records,
        args.out.join("explanation.html").display()
    ));
    Ok(if failed == 0 {
        Status::Done
    } else {
        Status::DoneWithFailures
    })
}

/// At most `most` rows, spread evenly.
fn spread(rows: &[ManifestRow], most: usize) -> Vec<&ManifestRow> {
    let count = rows.len().min(most);
    (0..count)
        .map(|index| &rows[index * rows.len() / count])
        .collect()
}

fn one(
    explainers: &Explainers<'_>,
    classes: &[usize],
    folder: &Path,
    row: &ManifestRow,
    patient: u32,
    trusted: &mut Vec<Trusted>,
) -> Result<Kept> {
    let recordings = coronet_formats::read(&folder.join(&row.path), &ReadOptions::default())?;
    let [recording] = recordings.as_slice() else {
        bail!("expected one ECG in the file, got {}", recordings.len());
    };
    let found = obstacle::beats(&recording.ecg).map_err(|reason| anyhow::anyhow!(reason))?;
    let model = explainers.model();
    let preprocessed = preprocess(&recording.ecg, &model.profile)?;
    let window = preprocessed.windows.first().context("no window")?;
    let (networks, fold) = explainers.unspoilt(&recording.ecg);
    let spans = spans(&found, window.start_seconds, WINDOW_RATE);
    if trusted.len() < TRUSTED && fold.is_none_or(|fold| fold == 0) {
        trusted.push(Trusted {
            window: window.clone(),
            spans: spans.clone(),
        });
    }
    let of_class = |&class: &usize| -> Result<(Option<bool>, RecordShares)> {
        let (values, _) = explainers.mean_attribution(&networks, window, class)?;
        let shares = match record_shares(&values, Lead::ALL.len(), &spans)? {
            Statistic::Defined(shares) => shares,
            Statistic::Undefined(reason) => bail!("{}", reason.reason),
        };
        let mut logit = 0.0;
        for network in &networks {
            logit += f64::from(network.logits(&[&window.data], class)?[0]) / networks.len() as f64;
        }
        let probability = probability(logit);
        let limits = model.thresholds.get(&model.labels[class]);
        let high = limits.and_then(|limits| match probability {
            high if high >= limits.rule_in => Some(true),
            low if low < limits.rule_out => Some(false),
            _ => None,
        });
        Ok((high, shares))
    };
    Ok(Kept {
        patient,
        facts: row.facts.clone(),
        beat: median_beat(&found),
        measured: measured(&found),
        classes: classes.iter().map(of_class).collect::<Result<_>>()?,
    })
}

/// The median beat around its alignment point, NaN where there is none.
fn median_beat(found: &Delineation) -> Vec<f32> {
    let median = &found.median;
    let sample = |values: Option<&[f64]>, at: usize| -> f32 {
        let place = (median.zero + at).checked_sub(BEFORE);
        let value = place.and_then(|place| values?.get(place).copied());
        value.map_or(f32::NAN, |value| value as f32)
    };
    Lead::ALL
        .into_iter()
        .flat_map(|lead| {
            let values = median.lead(lead).map(|(values, _)| values);
            (0..BEFORE + AFTER)
                .map(move |at| sample(values, at))
                .collect::<Vec<f32>>()
        })
        .collect()
}

fn measured(found: &Delineation) -> Vec<(String, Option<f64>)> {
    let all = measure(found);
    let intervals = &all.intervals;
    let mut measured = vec![
        ("heart rate, 1/min".to_owned(), intervals.rate.ok()),
        ("PR, ms".to_owned(), intervals.pr.ok()),
        ("QRS, ms".to_owned(), intervals.qrs.ok()),
        (
            "QTc (Fridericia), ms".to_owned(),
            intervals.qtc_fridericia.ok(),
        ),
    ];
    for lead in &all.leads {
        let name = lead.lead.name();
        measured.push((format!("ST J+60 {name}, mV"), lead.st_60.ok()));
        measured.push((format!("T {name}, mV"), lead.t_amplitude.ok()));
    }
    measured
}

fn vessel(
    args: &ExplainArgs,
    explainers: &Explainers<'_>,
    (index, class): (usize, usize),
    kept: &[Kept],
    trusted: &[Trusted],
    simulated: bool,
) -> Result<VesselEvidence> {
    let resampling = Resampling {
        replicates: 500,
        seed: args.seed,
        confidence: 0.95,
    };
    let name = explainers.model().labels[class].clone();
    let of_records: Vec<RecordShares> = kept
        .iter()
        .map(|record| record.classes[index].1.clone())
        .collect();
    let patients: Vec<u32> = kept.iter().map(|record| record.patient).collect();
    let shuffled = explainers.shuffled(trusted, class)?;
    let changed = match Vessel::ALL.into_iter().find(|vessel| vessel.name() == name) {
        Some(vessel) if simulated => Some(changed(vessel, &of_records, &shuffled)),
        _ => None,
    };
    let (beats, features) = groups(args, index, kept, &resampling)?;
    Ok(VesselEvidence {
        shares: shares(&of_records, &patients, &resampling)?,
        shuffled: mean_shares(&shuffled),
        changed,
        trust: trust(explainers, class, trusted, args.seed)?,
        beats,
        features,
        vessel: name,
    })
}

/// Mean share of the attribution by lead and wave.
fn mean_shares(records: &[RecordShares]) -> Vec<[f64; 6]> {
    let mut mean = vec![[0.0; 6]; Lead::ALL.len()];
    for record in records {
        for (mean, lead) in mean.iter_mut().zip(&record.attribution) {
            for (mean, share) in mean.iter_mut().zip(lead) {
                *mean += share / records.len() as f64;
            }
        }
    }
    mean
}

/// Attribution on what the simulator changed, by the network and by one of shuffled weights.
fn changed(vessel: Vessel, records: &[RecordShares], shuffled: &[RecordShares]) -> Changed {
    let effects = lead_effects(vessel);
    let leads: Vec<Lead> = Lead::ALL
        .into_iter()
        .filter(|lead| effects[lead.index()].abs() >= CHANGED)
        .collect();
    let waves = [Wave::StSegment, Wave::T];
    let on = |cells: &[[f64; 6]]| -> f64 {
        let pairs = leads
            .iter()
            .flat_map(|lead| waves.map(move |wave| (lead, wave)));
        pairs
            .map(|(lead, wave)| cells[lead.index()][wave as usize])
            .sum()
    };
    let found: Vec<f64> = records
        .iter()
        .map(|record| on(&record.attribution))
        .collect();
    let areas: Vec<f64> = records.iter().map(|record| on(&record.area)).collect();
    let random: Vec<f64> = shuffled
        .iter()
        .map(|record| on(&record.attribution))
        .collect();
    let method = "mean share of the attribution, t interval over records";
    Changed {
        leads: leads.iter().map(|lead| lead.name()).collect(),
        attribution: mean_with_interval(&found, method),
        area: areas.iter().sum::<f64>() / areas.len() as f64,
        randomised: mean_with_interval(&random, method),
    }
}

fn trust(
    explainers: &Explainers<'_>,
    class: usize,
    trusted: &[Trusted],
    seed: u64,
) -> Result<Trust> {
    let first = trusted.first().map(|one| &one.window).context(
        "no ECG of the manifest is unseen by the run's first fold, so that trust cannot be checked",
    )?;
    let windows: Vec<&[f32]> = trusted
        .iter()
        .map(|one| one.window.data.as_slice())
        .collect();
    let question = Question {
        explainer: explainers.first(),
        windows: &windows,
        class,
        method: explainers.method(),
        grid: Grid {
            leads: first.leads,
            samples: first.samples,
            cell: CELL,
        },
    };
    let model = explainers.model();
    let stages = model.architecture.filter_list.len();
    let methods: Vec<Method> = Method::NAMES
        .iter()
        .filter_map(|name| Method::named(name, stages))
        .filter(Method::tells_leads_apart)
        .collect();
    let disturbances = [
        Disturbance::Shift(-5),
        Disturbance::Shift(5),
        Disturbance::Noise(0.02),
    ];
    Ok(Trust {
        windows: windows.len(),
        cascade: cascade(
            &question,
            (&model.architecture, &model.states[0]),
            &model.device,
            seed,
        )?,
        perturbation: perturbation(&question, ORDERS, seed)?,
        agreement: agreement(&question, &methods)?,
        stability: stability(&question, &disturbances, seed)?,
    })
}

/// Beats and measurements of the high against the low stratum.
fn groups(
    args: &ExplainArgs,
    index: usize,
    kept: &[Kept],
    resampling: &Resampling,
) -> Result<(Statistic<Beats>, Statistic<Vec<FeatureDifference>>)> {
    let high: Vec<Option<bool>> = kept.iter().map(|record| record.classes[index].0).collect();
    if high.iter().flatten().count() < 2 {
        let reason = "fewer than two records in the high and low strata of the model's thresholds";
        return Ok((Statistic::undefined(reason), Statistic::undefined(reason)));
    }
    let values: Vec<f32> = kept.iter().flat_map(|record| record.beat.clone()).collect();
    let waveforms = Waveforms::new(&values, kept.len(), Lead::ALL.len(), BEFORE + AFTER)?;
    let numbers: Vec<u32> = kept.iter().map(|record| record.patient).collect();
    let patients = Patients::new(waveforms, &numbers, &high)?;
    let of_patient = |patient: u32| kept.iter().find(|record| record.patient == patient);
    let candidates: Vec<Candidate> = patients
        .patient
        .iter()
        .zip(&patients.high)
        .map(|(&patient, &high)| candidate(of_patient(patient).map(|record| &record.facts), high))
        .collect();
    let pairs = pairs_by_age_and_sex(&candidates, CALIPER).pairs;
    let (design, name) = if args.matched {
        (
            Design::Pairs(&pairs),
            "pairs matched for age (5 years) and sex",
        )
    } else {
        (Design::Groups, "all patients of both strata")
    };
    let settings = ClusterSettings {
        joining: 0.05,
        permutations: 500,
        seed: args.seed,
    };
    let beats = Beats {
        design: name,
        bands: bands(&patients, resampling),
        test: cluster_test(&patients, design, &neighbours_of_12_leads(), &settings),
    };
    let rows: Vec<&Kept> = patients
        .patient
        .iter()
        .filter_map(|&patient| of_patient(patient))
        .collect();
    let names = rows.first().map_or(0, |record| record.measured.len());
    let all: Vec<Feature> = (0..names)
        .map(|number| Feature {
            name: rows[0].measured[number].0.clone(),
            values: rows
                .iter()
                .map(|record| record.measured[number].1)
                .collect(),
        })
        .collect();
    let covariates: Vec<Vec<f64>> = candidates
        .iter()
        .map(|one| {
            let male = one.male.map_or(f64::NAN, |male| f64::from(u8::from(male)));
            vec![one.age.unwrap_or(f64::NAN), male]
        })
        .collect();
    let found = features(&all, &patients.high, &covariates, resampling.confidence)?;
    Ok((Statistic::Defined(beats), Statistic::Defined(found)))
}

fn candidate(facts: Option<&Facts>, high: bool) -> Candidate {
    Candidate {
        high,
        age: facts.and_then(|facts| facts.age),
        male: facts
            .and_then(|facts| facts.sex)
            .map(|sex| sex == Sex::Male),
    }
}
