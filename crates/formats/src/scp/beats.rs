//! Section 4: where the reference beat was subtracted, and which zones are not decimated
//! (EN 1064, 5.7).

use super::record::Section;
use crate::ReadErrorKind;

/// Beats of a record; samples are counted from 1 at the original rate.
pub(super) struct Beats {
    /// Sample of the reference beat at its fiducial point.
    pub(super) fiducial: u64,
    pub(super) beats: Vec<Beat>,
    /// First and last sample of each protected zone.
    pub(super) zones: Vec<(u64, u64)>,
}

/// One QRS complex.
pub(super) struct Beat {
    /// 0 for beats of the type of the reference beat.
    pub(super) kind: u64,
    /// First sample of the subtraction.
    pub(super) first: u64,
    pub(super) fiducial: u64,
    /// Last sample of the subtraction.
    pub(super) last: u64,
}

impl Beats {
    pub(super) fn parse(section: &Section<'_>) -> Result<Beats, ReadErrorKind> {
        let mut cursor = section.cursor();
        cursor.take(2, "length of the reference beat")?;
        let fiducial = cursor.unsigned(2, "fiducial point of the reference beat")?;
        let count = cursor.unsigned(2, "number of QRS complexes")?;
        let mut beats = Vec::new();
        for _ in 0..count {
            beats.push(Beat {
                kind: cursor.unsigned(2, "type of a beat")?,
                first: cursor.unsigned(4, "first sample of a subtraction")?,
                fiducial: cursor.unsigned(4, "fiducial point of a beat")?,
                last: cursor.unsigned(4, "last sample of a subtraction")?,
            });
        }
        let mut zones = Vec::new();
        for _ in 0..count {
            if cursor.left() < 8 {
                break;
            }
            let first = cursor.unsigned(4, "first sample of a protected zone")?;
            let last = cursor.unsigned(4, "last sample of a protected zone")?;
            zones.push((first, last));
        }
        Ok(Beats {
            fiducial,
            beats,
            zones,
        })
    }
}
