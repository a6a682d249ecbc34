//! What is kept of one ECG of a cohort.

use super::source::{Loaded, Source};
use crate::commands::explain::beat::spans;
use crate::commands::explain::obstacle;
use crate::commands::explain::record::{Explainers, MeanAnswer, Unspoilt};
use crate::model_choice::{Model, probability};
use anyhow::{Result, bail};
use coronet_ecg::delineation::Delineation;
use coronet_ecg::measurements::measure;
use coronet_ecg::{Lead, Window};
use coronet_evaluate::Statistic;
use coronet_evidence::{RecordShares, WaveSpan, record_shares};
use coronet_model::attribution::Explainer;

/// Milliseconds of a beat that are compared, before and after its alignment point; the median
/// beat of a heart at up to 133 a minute reaches so far.
pub(super) const BEFORE: f64 = 240.0;
pub(super) const AFTER: f64 = 400.0;
/// Milliseconds between two samples of a median beat.
pub(super) const SAMPLE: f64 = 4.0;
/// Milliseconds of one step of the attribution along the beat.
pub(super) const STEP: f64 = 20.0;

/// Samples of a lead of a median beat.
pub(super) fn samples() -> usize {
    ((BEFORE + AFTER) / SAMPLE) as usize
}

/// Steps of a lead along the beat.
pub(super) fn steps() -> usize {
    ((BEFORE + AFTER) / STEP) as usize
}

/// The networks that are asked about every ECG.
pub(super) struct Networks<'a> {
    /// Those of the model.
    pub(super) model: &'a Explainers<'a>,
    /// The same with every weight shuffled.
    pub(super) shuffled: &'a Explainers<'a>,
    /// Those of a run that was trained on shuffled labels.
    pub(super) control: Option<&'a Explainers<'a>>,
}

/// What one ECG says.
pub(super) struct Record {
    /// Which network answered: its fold, or the number of folds for the mean of all.
    pub(super) network: u32,
    /// The same of the control.
    pub(super) control_network: u32,
    /// `[lead][sample]` of the median beat, NaN where there is none.
    pub(super) beat: Vec<f32>,
    /// Measurements in the order of [`measurement_names`].
    pub(super) measured: Vec<Option<f64>>,
    /// By class.
    pub(super) classes: Vec<OfClass>,
    /// Its window, where the first network, and that of the control, may be asked about it.
    pub(super) trusted: Option<Trusted>,
}

/// What it says of one class.
pub(super) struct OfClass {
    /// Whether the probability lies in the high or in the low stratum; an unusable ECG is of none.
    pub(super) high: Option<bool>,
    pub(super) shares: RecordShares,
    /// `[lead][step]`: attribution added up over the beats of the commonest shape.
    pub(super) along_beat: Vec<f32>,
    /// Sum of the attribution.
    pub(super) total: f64,
    /// By networks of shuffled weights.
    pub(super) shuffled: RecordShares,
    /// By networks of shuffled labels.
    pub(super) control: Option<RecordShares>,
}

/// A window of the trust checks.
pub(super) struct Trusted {
    pub(super) window: Window,
    pub(super) rate: f64,
}

impl Trusted {
    pub(super) fn of(loaded: Loaded) -> Trusted {
        Trusted {
            window: loaded.window,
            rate: loaded.rate,
        }
    }
}

/// An ECG with its beats, before any network is asked.
pub(super) struct Read {
    loaded: Loaded,
    found: Delineation,
}

/// Reads an ECG and finds its beats.
///
/// # Errors
///
/// If it cannot be read, or a picture of it would mislead.
pub(super) fn read(source: &Source, index: usize, model: &Model) -> Result<Read> {
    let loaded = source.load(index, model)?;
    let found = obstacle::beats(&loaded.ecg).map_err(|reason| anyhow::anyhow!(reason))?;
    Ok(Read { loaded, found })
}

/// Explains one ECG.
pub(super) fn explain(networks: &Networks<'_>, classes: &[usize], read: Read) -> Result<Record> {
    let Read { loaded, found } = read;
    let spans = spans(&found, loaded.window.start_seconds, loaded.rate);
    let asked = unspoilt(networks.model, &loaded);
    let of_classes = of_classes(networks, &asked, classes, &loaded, (&found, &spans))?;
    let all = networks.model.model().states.len();
    let control = networks.control.map_or(0, |control| {
        let all = control.model().states.len();
        unspoilt(control, &loaded).fold.unwrap_or(all)
    });
    let of_control = networks
        .control
        .map(|control| unspoilt(control, &loaded).fold);
    let unseen = |fold: Option<usize>| fold.is_none_or(|fold| fold == 0);
    let trusted = unseen(asked.fold) && of_control.is_none_or(unseen);
    Ok(Record {
        network: asked.fold.unwrap_or(all) as u32,
        control_network: control as u32,
        beat: median_beat(&found, loaded.scale),
        measured: measured(&found, loaded.scale),
        classes: of_classes,
        trusted: trusted.then(|| Trusted::of(loaded)),
    })
}

fn unspoilt<'a>(explainers: &'a Explainers<'_>, loaded: &Loaded) -> Unspoilt<'a> {
    explainers.unspoilt(&loaded.fingerprint, Some(&loaded.facts.patient_id))
}

fn of_classes(
    networks: &Networks<'_>,
    asked: &Unspoilt<'_>,
    classes: &[usize],
    loaded: &Loaded,
    (found, spans): (&Delineation, &[Vec<WaveSpan>]),
) -> Result<Vec<OfClass>> {
    let ask = |of: &Explainers<'_>, by: &[&Explainer]| of.mean(by, &loaded.window, classes, spans);
    let answers = ask(networks.model, &asked.networks)?;
    // One shuffled network is enough: a mean of several would average away what each draws.
    let number = asked.fold.unwrap_or(0);
    let shuffled = ask(networks.shuffled, &[networks.shuffled.network(number)])?;
    let control = networks
        .control
        .map(|control| ask(control, &unspoilt(control, loaded).networks))
        .transpose()?;
    let places = places(found, loaded);
    let stratum = |class: usize, answer: &MeanAnswer| match loaded.unusable {
        true => None,
        false => high(networks.model.model(), class, answer),
    };
    let of_class = |(index, &class): (usize, &usize)| {
        let answer = &answers[index];
        let values = &answer.values;
        let control = control.as_ref().map(|control| &control[index]);
        Ok(OfClass {
            high: stratum(class, answer),
            shares: shares(answer, spans)?,
            along_beat: along_beat(values, &loaded.window, &places, loaded.rate),
            total: values.iter().map(|&value| f64::from(value)).sum(),
            shuffled: shares(&shuffled[index], spans)?,
            control: control.map(|control| shares(control, spans)).transpose()?,
        })
    };
    classes.iter().enumerate().map(of_class).collect()
}

/// Whether an answer lies in the high or in the low stratum of a class.
fn high(model: &Model, class: usize, answer: &MeanAnswer) -> Option<bool> {
    let limits = model.thresholds.get(&model.labels[class])?;
    match probability(answer.logit()) {
        high if high >= limits.rule_in => Some(true),
        low if low < limits.rule_out => Some(false),
        _ => None,
    }
}

/// Alignment points of the beats of the commonest shape, in samples of the window.
fn places(found: &Delineation, loaded: &Loaded) -> Vec<f64> {
    let place = |place: usize| {
        let seconds = place as f64 / found.rate.get() - loaded.window.start_seconds;
        seconds * loaded.rate
    };
    let beats = found.beats.iter().filter(|beat| beat.shape == 0);
    beats.map(|beat| place(beat.place)).collect()
}

fn shares(answer: &MeanAnswer, spans: &[Vec<WaveSpan>]) -> Result<RecordShares> {
    match record_shares(&answer.values, Lead::ALL.len(), spans)? {
        Statistic::Defined(shares) => Ok(shares),
        Statistic::Undefined(reason) => bail!("{}", reason.reason),
    }
}

/// Attribution by step from the alignment points, added up over beats.
fn along_beat(values: &[f32], window: &Window, places: &[f64], rate: f64) -> Vec<f32> {
    let steps = steps();
    let step = STEP / 1000.0 * rate;
    let before = BEFORE / 1000.0 * rate;
    let mut sums = vec![0.0; window.leads * steps];
    for (lead, values) in values.chunks(window.samples).enumerate() {
        for place in places {
            for number in 0..steps {
                let edge = |number: usize| {
                    let at = place - before + number as f64 * step;
                    (at.round().max(0.0) as usize).min(window.samples)
                };
                let part = &values[edge(number)..edge(number + 1)];
                sums[lead * steps + number] += part.iter().sum::<f32>();
            }
        }
    }
    sums
}

/// The median beat around its alignment point, NaN where there is none.
fn median_beat(found: &Delineation, scale: f64) -> Vec<f32> {
    let median = &found.median;
    let samples_each = ((SAMPLE / 1000.0 * median.rate).round() as usize).max(1);
    let before = (BEFORE / 1000.0 * median.rate).round() as usize;
    let value = |values: &[f64], at: usize| -> f32 {
        let from = (median.zero + at * samples_each).checked_sub(before);
        let part = from.and_then(|from| values.get(from..from + samples_each));
        part.map_or(f32::NAN, |part| {
            (scale * part.iter().sum::<f64>() / part.len() as f64) as f32
        })
    };
    let mut beat = Vec::with_capacity(Lead::ALL.len() * samples());
    for lead in Lead::ALL {
        let values = median.lead(lead).map_or(&[][..], |(values, _)| values);
        beat.extend((0..samples()).map(|at| value(values, at)));
    }
    beat
}

/// Names of the measurements; amplitudes in `unit`.
pub(super) fn measurement_names(unit: &str) -> Vec<String> {
    let mut names: Vec<String> = [
        "heart rate, 1/min",
        "PR, ms",
        "QRS, ms",
        "QTc (Fridericia), ms",
    ]
    .map(str::to_owned)
    .to_vec();
    for lead in Lead::ALL {
        names.push(format!("ST J+60 {}, {unit}", lead.name()));
        names.push(format!("T {}, {unit}", lead.name()));
    }
    names
}

fn measured(found: &Delineation, scale: f64) -> Vec<Option<f64>> {
    let all = measure(found);
    let intervals = &all.intervals;
    let mut measured = vec![
        intervals.rate.ok(),
        intervals.pr.ok(),
        intervals.qrs.ok(),
        intervals.qtc_fridericia.ok(),
    ];
    for lead in Lead::ALL {
        let own = all.leads.iter().find(|own| own.lead == lead);
        let scaled = |value: Option<f64>| value.map(|value| scale * value);
        measured.push(scaled(own.and_then(|own| own.st_60.ok())));
        measured.push(scaled(own.and_then(|own| own.t_amplitude.ok())));
    }
    measured
}
