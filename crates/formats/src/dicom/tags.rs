//! The elements that are read and written, and how to get at them.

use crate::ReadErrorKind;
use crate::bytes::stated;
use dicom_object::{InMemDicomObject, Tag};

pub(super) const SPECIFIC_CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
pub(super) const SOP_CLASS_UID: Tag = Tag(0x0008, 0x0016);
pub(super) const SOP_INSTANCE_UID: Tag = Tag(0x0008, 0x0018);
pub(super) const STUDY_DATE: Tag = Tag(0x0008, 0x0020);
pub(super) const CONTENT_DATE: Tag = Tag(0x0008, 0x0023);
pub(super) const ACQUISITION_DATE_TIME: Tag = Tag(0x0008, 0x002a);
pub(super) const STUDY_TIME: Tag = Tag(0x0008, 0x0030);
pub(super) const CONTENT_TIME: Tag = Tag(0x0008, 0x0033);
pub(super) const ACCESSION_NUMBER: Tag = Tag(0x0008, 0x0050);
pub(super) const MODALITY: Tag = Tag(0x0008, 0x0060);
pub(super) const MANUFACTURER: Tag = Tag(0x0008, 0x0070);
pub(super) const INSTITUTION_NAME: Tag = Tag(0x0008, 0x0080);
pub(super) const REFERRING_PHYSICIAN: Tag = Tag(0x0008, 0x0090);
pub(super) const CODE_VALUE: Tag = Tag(0x0008, 0x0100);
pub(super) const CODING_SCHEME: Tag = Tag(0x0008, 0x0102);
pub(super) const CODING_SCHEME_VERSION: Tag = Tag(0x0008, 0x0103);
pub(super) const CODE_MEANING: Tag = Tag(0x0008, 0x0104);
pub(super) const MODEL_NAME: Tag = Tag(0x0008, 0x1090);
pub(super) const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);
pub(super) const PATIENT_ID: Tag = Tag(0x0010, 0x0020);
pub(super) const PATIENT_BIRTH_DATE: Tag = Tag(0x0010, 0x0030);
pub(super) const PATIENT_SEX: Tag = Tag(0x0010, 0x0040);
pub(super) const PATIENT_AGE: Tag = Tag(0x0010, 0x1010);
pub(super) const PATIENT_SIZE: Tag = Tag(0x0010, 0x1020);
pub(super) const PATIENT_WEIGHT: Tag = Tag(0x0010, 0x1030);
pub(super) const ETHNIC_GROUP: Tag = Tag(0x0010, 0x2160);
pub(super) const SERIAL_NUMBER: Tag = Tag(0x0018, 0x1000);
pub(super) const SOFTWARE_VERSIONS: Tag = Tag(0x0018, 0x1020);
pub(super) const GROUP_TIME_OFFSET: Tag = Tag(0x0018, 0x1068);
pub(super) const STUDY_INSTANCE_UID: Tag = Tag(0x0020, 0x000d);
pub(super) const SERIES_INSTANCE_UID: Tag = Tag(0x0020, 0x000e);
pub(super) const STUDY_ID: Tag = Tag(0x0020, 0x0010);
pub(super) const SERIES_NUMBER: Tag = Tag(0x0020, 0x0011);
pub(super) const INSTANCE_NUMBER: Tag = Tag(0x0020, 0x0013);
pub(super) const ORIGINALITY: Tag = Tag(0x003a, 0x0004);
pub(super) const CHANNELS: Tag = Tag(0x003a, 0x0005);
pub(super) const SAMPLES: Tag = Tag(0x003a, 0x0010);
pub(super) const SAMPLING_FREQUENCY: Tag = Tag(0x003a, 0x001a);
pub(super) const GROUP_LABEL: Tag = Tag(0x003a, 0x0020);
pub(super) const CHANNEL_DEFINITIONS: Tag = Tag(0x003a, 0x0200);
pub(super) const CHANNEL_LABEL: Tag = Tag(0x003a, 0x0203);
pub(super) const CHANNEL_SOURCE: Tag = Tag(0x003a, 0x0208);
pub(super) const SENSITIVITY: Tag = Tag(0x003a, 0x0210);
pub(super) const SENSITIVITY_UNITS: Tag = Tag(0x003a, 0x0211);
pub(super) const SENSITIVITY_CORRECTION: Tag = Tag(0x003a, 0x0212);
pub(super) const BASELINE: Tag = Tag(0x003a, 0x0213);
pub(super) const TIME_SKEW: Tag = Tag(0x003a, 0x0214);
pub(super) const SAMPLE_SKEW: Tag = Tag(0x003a, 0x0215);
pub(super) const BITS_STORED: Tag = Tag(0x003a, 0x021a);
pub(super) const FILTER_LOW: Tag = Tag(0x003a, 0x0220);
pub(super) const FILTER_HIGH: Tag = Tag(0x003a, 0x0221);
pub(super) const FILTER_NOTCH: Tag = Tag(0x003a, 0x0222);
pub(super) const ACQUISITION_CONTEXT: Tag = Tag(0x0040, 0x0555);
pub(super) const WAVEFORM_SEQUENCE: Tag = Tag(0x5400, 0x0100);
pub(super) const BITS_ALLOCATED: Tag = Tag(0x5400, 0x1004);
pub(super) const INTERPRETATION: Tag = Tag(0x5400, 0x1006);
pub(super) const PADDING_VALUE: Tag = Tag(0x5400, 0x100a);
pub(super) const WAVEFORM_DATA: Tag = Tag(0x5400, 0x1010);

/// The items of a sequence.
pub(super) fn items(object: &InMemDicomObject, tag: Tag) -> Option<&[InMemDicomObject]> {
    object.get(tag)?.items()
}

/// The first item of a sequence.
pub(super) fn item(object: &InMemDicomObject, tag: Tag) -> Option<&InMemDicomObject> {
    items(object, tag)?.first()
}

/// The text of an element, trimmed, unless empty; several values parted by `\`.
pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let text = object.get(tag)?.value().primitive()?.to_str();
    let trimmed = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
    stated(trimmed.to_string())
}

/// The number of an element; of a text with several values the first. `Err` holds what is no
/// number.
pub(super) fn number(object: &InMemDicomObject, tag: Tag) -> Result<Option<f64>, String> {
    let Some(text) = text(object, tag) else {
        return Ok(None);
    };
    let first = text.split('\\').next().unwrap_or_default().trim();
    match first.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        _ => Err(text),
    }
}

/// The error about an element by its keyword.
pub(super) fn wrong(
    element: impl Into<String>,
    expected: impl Into<String>,
    got: impl Into<String>,
) -> ReadErrorKind {
    ReadErrorKind::Element {
        element: element.into(),
        expected: expected.into(),
        got: got.into(),
    }
}
