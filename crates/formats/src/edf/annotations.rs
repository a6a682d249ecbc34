//! Time-stamped annotation lists (EDF+ § 2.2.2).

/// What a data record's annotation signal says on the record itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Marks {
    /// Seconds from the start of the recording to that of the record.
    pub(super) onset: Option<f64>,
    /// Seconds to the end of the recording, where it lies in this record.
    pub(super) end: Option<f64>,
}

/// Text of the standard annotation at the end of a recording.
pub(super) const END: &str = "Recording ends";

/// Parses the bytes of an annotation signal in one record.
///
/// A list is `onset[\x15duration]\x14text\x14…\x14\0`; an empty first text gives the onset of the
/// record.
pub(super) fn marks(bytes: &[u8]) -> Marks {
    let mut marks = Marks::default();
    for list in bytes
        .split(|&byte| byte == 0)
        .filter(|list| !list.is_empty())
    {
        let mut parts = list.split(|&byte| byte == 0x14);
        let Some(onset) = parts.next().and_then(onset) else {
            continue;
        };
        let mut texts = parts.peekable();
        if marks.onset.is_none() && texts.peek().is_some_and(|text| text.is_empty()) {
            marks.onset = Some(onset);
        }
        if texts.any(|text| text == END.as_bytes()) {
            marks.end = Some(onset);
        }
    }
    marks
}

/// Seconds with their sign, before an optional duration.
fn onset(bytes: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(bytes.split(|&byte| byte == 0x15).next()?).ok()?;
    let seconds: f64 = text
        .starts_with(['+', '-'])
        .then(|| text.parse().ok())
        .flatten()?;
    seconds.is_finite().then_some(seconds)
}

/// The annotation signal of a record that begins after `onset` seconds.
pub(super) fn write(onset: &str, end: Option<&str>) -> String {
    let mut text = format!("+{onset}\u{14}\u{14}\0");
    if let Some(end) = end {
        text += &format!("+{end}\u{14}{END}\u{14}\0");
    }
    text
}
