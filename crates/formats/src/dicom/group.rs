//! One multiplex group of the waveform sequence.

use super::channel::Definition;
use super::stored::Interpretation;
use super::tags::{self, number, text, wrong};
use crate::ReadErrorKind;
use coronet_ecg::Hertz;
use dicom_object::{InMemDicomObject, Tag};

/// A group as it is described; its samples are not decoded yet.
pub(super) struct Group<'o> {
    /// Place in the sequence, for messages.
    pub(super) name: String,
    pub(super) label: Option<String>,
    /// Whether it was computed from another, as median beats are.
    pub(super) derived: bool,
    pub(super) rate: Hertz,
    pub(super) samples: usize,
    /// Milliseconds from the start of the recording.
    pub(super) offset: f64,
    pub(super) definitions: Vec<Definition>,
    pub(super) interpretation: Interpretation,
    pub(super) object: &'o InMemDicomObject,
}

/// Most channels of a group.
const MOST_CHANNELS: usize = 1024;

impl<'o> Group<'o> {
    pub(super) fn parse(
        object: &'o InMemDicomObject,
        index: usize,
    ) -> Result<Group<'o>, ReadErrorKind> {
        let name = format!("WaveformSequence[{index}]");
        let count = |tag, keyword: &str| -> Result<usize, ReadErrorKind> {
            let value = needed(object, tag, &name, keyword)?;
            let whole = value >= 1.0 && value.fract() == 0.0 && value <= f64::from(u32::MAX);
            whole.then_some(value as usize).ok_or_else(|| {
                wrong(
                    format!("{name}/{keyword}"),
                    "a whole number above 0",
                    value.to_string(),
                )
            })
        };
        let channels = count(tags::CHANNELS, "NumberOfWaveformChannels")?;
        let samples = count(tags::SAMPLES, "NumberOfWaveformSamples")?;
        let frequency = needed(object, tags::SAMPLING_FREQUENCY, &name, "SamplingFrequency")?;
        let rate = Hertz::new(frequency).ok_or_else(|| {
            let element = format!("{name}/SamplingFrequency");
            wrong(element, "a positive number", frequency.to_string())
        })?;
        let items = tags::items(object, tags::CHANNEL_DEFINITIONS).unwrap_or_default();
        if items.len() != channels || channels > MOST_CHANNELS {
            let element = format!("{name}/ChannelDefinitionSequence");
            let expected = format!("{channels} items, of at most {MOST_CHANNELS}");
            return Err(wrong(element, expected, items.len().to_string()));
        }
        let definitions = items
            .iter()
            .enumerate()
            .map(|(index, item)| Definition::parse(item, &name, index))
            .collect::<Result<_, _>>()?;
        let label = text(object, tags::GROUP_LABEL);
        Ok(Group {
            derived: is_derived(object, label.as_deref()),
            rate,
            samples,
            offset: number(object, tags::GROUP_TIME_OFFSET)
                .ok()
                .flatten()
                .unwrap_or(0.0),
            definitions,
            interpretation: Interpretation::of(object, &name)?,
            label,
            name,
            object,
        })
    }

    /// Seconds of the group.
    pub(super) fn seconds(&self) -> f64 {
        self.samples as f64 / self.rate.get()
    }

    /// What a person calls the group.
    pub(super) fn describe(&self) -> String {
        let label = self.label.as_deref().unwrap_or(match self.derived {
            true => "derived",
            false => "original",
        });
        format!("{label} ({:.3} s, {} Hz)", self.seconds(), self.rate.get())
    }
}

/// Derived by its originality, or by a label that speaks of beats.
fn is_derived(object: &InMemDicomObject, label: Option<&str>) -> bool {
    let label = label.unwrap_or_default().to_ascii_uppercase();
    let beats = [
        "MEDIAN",
        "AVERAGE",
        "REPRESENTATIVE",
        "DOMINANT",
        "TEMPLATE",
    ];
    text(object, tags::ORIGINALITY).as_deref() == Some("DERIVED")
        || beats.iter().any(|word| label.contains(word))
}

/// A number that must stand in the group.
fn needed(
    object: &InMemDicomObject,
    tag: Tag,
    name: &str,
    keyword: &str,
) -> Result<f64, ReadErrorKind> {
    let failed = |got: &str| wrong(format!("{name}/{keyword}"), "a number", got);
    match number(object, tag) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(failed("nothing")),
        Err(text) => Err(failed(&text)),
    }
}
