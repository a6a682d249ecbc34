//! Why something could not be measured.

use serde::Serialize;

/// The reason why a beat, a wave or a measurement is undefined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "reason")]
#[non_exhaustive]
pub enum Unmeasured {
    /// The recording is too short.
    #[error("recording of {seconds:.2} s is too short, expected at least {least} s")]
    TooShort {
        /// Duration in seconds.
        seconds: f64,
        /// Least duration in seconds.
        least: f64,
    },
    /// The sampling rate is outside of what can be measured.
    #[error("sampling rate {hertz} Hz is not supported, expected 80 to 20000 Hz")]
    Rate {
        /// The rate in hertz.
        hertz: f64,
    },
    /// The lead is not stored.
    #[error("the lead is not stored")]
    LeadAbsent,
    /// The lead shows no signal.
    #[error("flat lead")]
    FlatLead,
    /// More than a tenth of the lead is invalid.
    #[error("more than 10 % of the samples are invalid")]
    MissingSamples,
    /// The lead holds values that no ECG has.
    #[error("a sample exceeds 1000 mV")]
    Magnitude,
    /// No heart beat was found.
    #[error("no beats found")]
    NoBeats,
    /// Fewer beats than the measurement needs.
    #[error("{beats} beats found, expected at least {least}")]
    TooFewBeats {
        /// Beats found.
        beats: usize,
        /// Beats needed.
        least: usize,
    },
    /// The ventricles are paced, so the QRS says nothing about conduction or infarction.
    #[error("paced rhythm")]
    PacedRhythm,
    /// Atrial fibrillation or flutter: there is no P wave.
    #[error("atrial fibrillation, no P wave")]
    AtrialFibrillation,
    /// No wave stands out where one is expected.
    #[error("no wave found")]
    NoWave,
    /// The wave lies outside of the recording or runs into its neighbour.
    #[error("the wave is not wholly visible")]
    NotVisible,
    /// The measurement has no meaning in this lead.
    #[error("not judged in this lead")]
    NotJudged,
    /// The points needed lie in the wrong order or too close together.
    #[error("the segment is too short to be measured")]
    SegmentTooShort,
}
