//! From a recording to the windows a network sees, by a profile.

use crate::filter::{Coefficients, DesignError, RunningMedian, TooShort};
use crate::missing::{bridge, count, survey};
use crate::normalise::Scale;
use crate::resample::Polyphase;
use crate::{
    Channel, Ecg, Filter, Finding, MissingLeads, Normalisation, Profile, ProfileError, Resampling,
    WindowRule, filter, resample,
};
use std::borrow::Cow;

/// Windows of one recording, with what the reader of the result should know.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessed {
    /// In order of time; at least one.
    pub windows: Vec<Window>,
    /// Findings of this step, not those of the recording.
    pub findings: Vec<Finding>,
}

/// One input of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Number of leads.
    pub leads: usize,
    /// Samples per lead.
    pub samples: usize,
    /// `[leads, samples]`, lead-major, all finite.
    pub data: Vec<f32>,
    /// Start within the recording in seconds.
    pub start_seconds: f64,
}

/// A recording that cannot be used with a profile, and why.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PreprocessError {
    /// Not all twelve leads are there.
    #[error(transparent)]
    Leads(#[from] MissingLeads),
    /// The recording has no sample.
    #[error("the recording holds no samples")]
    Empty,
    /// The signals of the recording differ in length.
    #[error("signal {signal} has {got} samples, expected {expected} as in the first")]
    Lengths {
        /// Which signal, counted from 0.
        signal: usize,
        /// Length of the first signal.
        expected: usize,
        /// Its length.
        got: usize,
    },
    /// The recording is shorter than the profile accepts.
    #[error("recording of {got:.2} s is too short, expected at least {expected} s")]
    TooShort {
        /// Least duration in seconds.
        expected: f64,
        /// Duration in seconds.
        got: f64,
    },
    /// A lead has more invalid samples than may be bridged.
    #[error(
        "{lead} has {samples} invalid samples, the longest run {longest_seconds:.3} s; \
         expected at most {maximum_share} of the record and {maximum_gap_seconds} s in a run"
    )]
    Missing {
        /// Name of the lead or channel.
        lead: String,
        /// Number of invalid samples.
        samples: usize,
        /// Longest run in seconds.
        longest_seconds: f64,
        /// Limit on the share.
        maximum_share: f64,
        /// Limit on a run in seconds.
        maximum_gap_seconds: f64,
    },
    /// A sample is too large for arithmetic to stay finite.
    #[error("{lead} holds {got:e} mV, expected magnitudes below {limit:e} mV")]
    Magnitude {
        /// Name of the lead or channel.
        lead: String,
        /// The largest magnitude in millivolts.
        got: f64,
        /// The limit in millivolts.
        limit: f64,
    },
    /// The sampling rate is outside what the profile can work with.
    #[error("sampling rate {got} Hz is not supported, expected 50 to 20000 Hz")]
    Rate {
        /// The rate in hertz.
        got: f64,
    },
    /// A filter of the profile does not exist at this rate.
    #[error(transparent)]
    Filter(#[from] DesignError),
    /// The record is shorter than the padding of the filter.
    #[error(transparent)]
    Padding(#[from] TooShort),
    /// The profile itself is not valid.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// Largest magnitude that is passed on, in millivolts; an ECG is below ten.
const MAGNITUDE_LIMIT: f64 = 1e6;

/// Applies a profile to a recording.
///
/// Order: leads by name, bridging of short gaps, filter at the recorded rate, resampling,
/// windows, normalisation over the recorded samples of each window, zero padding at the end (so
/// padding is 0 in the unit of the window). Where the profile keeps the record whole, a
/// recording without all twelve leads passes with the signals it has, in file order.
///
/// # Errors
///
/// When leads or samples are missing, the record is too short, or a filter does not exist at its
/// rate. Nothing is ever replaced by zeros in silence.
pub fn preprocess(ecg: &Ecg, profile: &Profile) -> Result<Preprocessed, PreprocessError> {
    profile.check()?;
    let mut findings = Vec::new();
    let (names, mut signals) = select(ecg, profile)?;
    check_shape(ecg, profile, &signals)?;
    fill(ecg, profile, &names, &mut signals, &mut findings)?;
    if let Some(chain) = &profile.filter {
        let chain = Chain::design(chain, ecg.rate.get(), &mut findings)?;
        chain.apply(&mut signals)?;
    }
    let rate = change_rate(ecg.rate.get(), profile, &mut signals, &mut findings);
    let cuts = cut(&signals, rate, profile);
    findings.extend(beyond(&cuts, &signals, rate));
    let mut windows = cuts
        .iter()
        .map(|cut| finish(cut, profile, &names, &mut findings))
        .collect();
    if profile.window == WindowRule::Every {
        findings.extend(leave_out_empty(&mut windows));
    }
    Ok(Preprocessed { windows, findings })
}

/// Leaves out windows of zeros where others hold a signal.
fn leave_out_empty(windows: &mut Vec<Window>) -> Option<Finding> {
    let all = windows.len();
    let holds_signal = |window: &Window| window.data.iter().any(|value| *value != 0.0);
    if !windows.iter().any(holds_signal) {
        return None;
    }
    windows.retain(holds_signal);
    let left = all - windows.len();
    (left > 0).then(|| Finding {
        code: "windows-left-out".to_string(),
        message: format!("{left} of {all} windows hold no signal and are not used"),
    })
}

/// Samples of one lead or channel, borrowed from the recording until a step changes them.
type Samples<'a> = Cow<'a, [f64]>;

fn select<'a>(
    ecg: &'a Ecg,
    profile: &Profile,
) -> Result<(Vec<String>, Vec<Samples<'a>>), PreprocessError> {
    match ecg.borrow_standard_leads() {
        Ok(millivolts) => {
            let names = crate::Lead::ALL.map(|lead| lead.name().to_string());
            Ok((names.to_vec(), Vec::from(millivolts)))
        }
        Err(_) if profile.window == WindowRule::None && !ecg.signals.is_empty() => {
            let name = |channel: &Channel| channel.name().to_string();
            Ok(ecg
                .signals
                .iter()
                .map(|signal| (name(&signal.channel), signal.millivolts.as_slice().into()))
                .unzip())
        }
        Err(missing) => Err(missing.into()),
    }
}

fn check_shape(
    ecg: &Ecg,
    profile: &Profile,
    signals: &[Samples<'_>],
) -> Result<(), PreprocessError> {
    let expected = signals.first().map_or(0, |signal| signal.len());
    if expected == 0 {
        return Err(PreprocessError::Empty);
    }
    if let Some(signal) = signals.iter().position(|signal| signal.len() != expected) {
        return Err(PreprocessError::Lengths {
            signal,
            expected,
            got: signals[signal].len(),
        });
    }
    let rate = ecg.rate.get();
    let works_with_rate = profile.filter.is_some() || profile.resampling != Resampling::None;
    if works_with_rate && !(50.0..=20_000.0).contains(&rate) {
        return Err(PreprocessError::Rate { got: rate });
    }
    let seconds = expected as f64 / rate;
    if profile.window != WindowRule::None && seconds < profile.minimum_seconds {
        return Err(PreprocessError::TooShort {
            expected: profile.minimum_seconds,
            got: seconds,
        });
    }
    Ok(())
}

fn fill(
    ecg: &Ecg,
    profile: &Profile,
    names: &[String],
    signals: &mut [Samples<'_>],
    findings: &mut Vec<Finding>,
) -> Result<(), PreprocessError> {
    for (name, signal) in names.iter().zip(signals) {
        let (largest, all_valid) = survey(signal);
        if largest > MAGNITUDE_LIMIT {
            return Err(PreprocessError::Magnitude {
                lead: name.clone(),
                got: largest,
                limit: MAGNITUDE_LIMIT,
            });
        }
        if all_valid {
            continue;
        }
        let missing = count(signal);
        let share = missing.samples as f64 / signal.len() as f64;
        let longest_seconds = missing.longest as f64 / ecg.rate.get();
        if share > profile.maximum_missing
            || longest_seconds > profile.maximum_gap_seconds
            || missing.samples == signal.len()
        {
            return Err(PreprocessError::Missing {
                lead: name.clone(),
                samples: missing.samples,
                longest_seconds,
                maximum_share: profile.maximum_missing,
                maximum_gap_seconds: profile.maximum_gap_seconds,
            });
        }
        bridge(signal.to_mut());
        findings.push(Finding {
            code: "gap-bridged".to_string(),
            message: format!(
                "{name}: {} invalid samples replaced by straight lines",
                missing.samples
            ),
        });
    }
    Ok(())
}

/// The filters of a profile at one rate.
struct Chain {
    linear: Vec<Coefficients>,
    median_width: Option<usize>,
}

impl Chain {
    fn design(
        filter: &Filter,
        rate: f64,
        findings: &mut Vec<Finding>,
    ) -> Result<Chain, DesignError> {
        let mut linear = Vec::new();
        if let Some(frequency) = filter.notch.hertz() {
            if 2.0 * frequency <= rate {
                linear.push(filter::notch(frequency, filter.notch_quality, rate)?);
            } else {
                findings.push(Finding {
                    code: "notch-skipped".to_string(),
                    message: format!(
                        "the notch at {frequency} Hz is above half of the sampling rate {rate} Hz"
                    ),
                });
            }
        }
        if let Some(band) = &filter.band_pass {
            let (low, high) = (band.low, band.high);
            linear.push(filter::butterworth_band_pass(band.order, low, high, rate)?);
        }
        Ok(Chain {
            linear,
            median_width: filter
                .median_seconds
                .map(|seconds| ((seconds * rate) as usize + 1) | 1),
        })
    }

    fn apply(&self, signals: &mut [Samples<'_>]) -> Result<(), TooShort> {
        filter::filtfilt_samples(&self.linear, signals)?;
        let Some(width) = self.median_width else {
            return Ok(());
        };
        let mut filter = RunningMedian::new(width);
        for four in signals.chunks_mut(4) {
            let equal = four.iter().map(|signal| &**signal).collect::<Vec<_>>();
            let baselines = filter.of(&equal);
            for (signal, baseline) in four.iter_mut().zip(&baselines) {
                for (sample, baseline) in signal.to_mut().iter_mut().zip(baseline) {
                    *sample -= baseline;
                }
            }
        }
        Ok(())
    }
}

/// Resamples in place and returns the rate of the result in hertz.
///
/// Rates whose ratio has no small terms are resampled linearly, with a finding.
fn change_rate(
    recorded: f64,
    profile: &Profile,
    signals: &mut [Samples<'_>],
    findings: &mut Vec<Finding>,
) -> f64 {
    if profile.resampling == Resampling::None || recorded == profile.rate {
        return recorded;
    }
    let polyphase = match (profile.resampling, resample::ratio(recorded, profile.rate)) {
        (Resampling::Polyphase, Some((1, 1))) => return profile.rate,
        (Resampling::Polyphase, Some((up, down))) if up.max(down) <= resample::LARGEST_TERM => {
            Polyphase::design(up, down)
        }
        _ => None,
    };
    if profile.resampling == Resampling::Polyphase && polyphase.is_none() {
        findings.push(Finding {
            code: "resampled-linearly".to_string(),
            message: format!(
                "{recorded} Hz and {} Hz have no ratio of small numbers, so that samples lie on \
                 straight lines between those recorded",
                profile.rate
            ),
        });
    }
    for signal in signals {
        *signal = Cow::Owned(match &polyphase {
            Some(polyphase) => polyphase.apply(signal),
            None => resample::linear(signal, recorded, profile.rate),
        });
    }
    profile.rate
}

/// Recorded samples of one window, before normalisation and padding.
struct Cut<'a> {
    signals: Vec<&'a [f64]>,
    samples: usize,
    start_seconds: f64,
}

fn cut<'a>(signals: &'a [Samples<'_>], rate: f64, profile: &Profile) -> Vec<Cut<'a>> {
    let length = signals.first().map_or(0, |signal| signal.len());
    let samples = match profile.window {
        WindowRule::None => length,
        WindowRule::First | WindowRule::Every => (profile.window_seconds * rate).round() as usize,
    };
    let count = match profile.window {
        WindowRule::None | WindowRule::First => 1,
        WindowRule::Every => (length / samples.max(1)).max(1),
    };
    (0..count)
        .map(|index| {
            let start = index * samples;
            let end = (start + samples).min(length);
            Cut {
                signals: signals.iter().map(|signal| &signal[start..end]).collect(),
                samples,
                start_seconds: start as f64 / rate,
            }
        })
        .collect()
}

fn finish(
    cut: &Cut<'_>,
    profile: &Profile,
    names: &[String],
    findings: &mut Vec<Finding>,
) -> Window {
    let scales: Vec<Option<Scale>> = match profile.normalisation {
        Normalisation::None => vec![Some(Scale::NONE); cut.signals.len()],
        Normalisation::Record => vec![Scale::of(&cut.signals); cut.signals.len()],
        Normalisation::Lead => cut.signals.chunks(1).map(Scale::of).collect(),
    };
    findings.extend(constant(&scales, profile, names, cut.start_seconds));
    findings.extend(padded(cut));
    let mut data = Vec::with_capacity(cut.samples * cut.signals.len());
    for (index, (signal, scale)) in cut.signals.iter().zip(scales).enumerate() {
        if let Some(scale) = scale {
            scale.extend(&mut data, signal);
        }
        data.resize((index + 1) * cut.samples, 0.0);
    }
    Window {
        leads: cut.signals.len(),
        samples: cut.samples,
        data,
        start_seconds: cut.start_seconds,
    }
}

fn constant(
    scales: &[Option<Scale>],
    profile: &Profile,
    names: &[String],
    start_seconds: f64,
) -> Option<Finding> {
    let constant: Vec<&str> = match profile.normalisation {
        Normalisation::Record => scales
            .first()
            .filter(|scale| scale.is_none())
            .map(|_| "every lead")
            .into_iter()
            .collect(),
        _ => names
            .iter()
            .zip(scales)
            .filter(|(_, scale)| scale.is_none())
            .map(|(name, _)| name.as_str())
            .collect(),
    };
    (!constant.is_empty()).then(|| Finding {
        code: "constant-signal".to_string(),
        message: format!(
            "no variation from {start_seconds:.1} s in {}, which became zeros",
            constant.join(", ")
        ),
    })
}

/// What of the record lies behind the last window; one sample is the rounding of its length.
fn beyond(cuts: &[Cut<'_>], signals: &[Samples<'_>], rate: f64) -> Option<Finding> {
    let recorded = signals.first().map_or(0, |signal| signal.len());
    let used: usize = cuts.iter().map(|cut| cut.samples).sum();
    (used + 1 < recorded).then(|| Finding {
        code: "record-cut".to_string(),
        message: format!(
            "0 to {} s are used, the rest of the {:.2} s recorded is not",
            used as f64 / rate,
            recorded as f64 / rate
        ),
    })
}

fn padded(cut: &Cut<'_>) -> Option<Finding> {
    let recorded = cut.signals.first().map_or(0, |signal| signal.len());
    (recorded < cut.samples).then(|| Finding {
        code: "zero-padded".to_string(),
        message: format!(
            "{} samples of {} are padding at the end",
            cut.samples - recorded,
            cut.samples
        ),
    })
}
