//! One waveform for each patient.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Waveforms `[record][lead][sample]` in one slice.
#[derive(Clone, Copy, Debug)]
pub struct Waveforms<'a> {
    values: &'a [f32],
    leads: usize,
    samples: usize,
}

/// Arrays that do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: got {got} values, expected {expected}")]
pub struct ShapeError {
    /// Which array.
    pub what: &'static str,
    /// Values that were expected.
    pub expected: usize,
    /// Values that came.
    pub got: usize,
}

impl<'a> Waveforms<'a> {
    /// A view of `records × leads × samples` values; a record without a value holds NaN.
    ///
    /// # Errors
    ///
    /// When the slice has another length.
    pub fn new(
        values: &'a [f32],
        records: usize,
        leads: usize,
        samples: usize,
    ) -> Result<Waveforms<'a>, ShapeError> {
        check("waveforms", records * leads * samples, values.len())?;
        Ok(Waveforms {
            values,
            leads,
            samples,
        })
    }

    /// Records.
    pub(crate) fn len(&self) -> usize {
        self.values.len().checked_div(self.size()).unwrap_or(0)
    }

    /// Values of a record.
    pub(crate) fn size(&self) -> usize {
        self.leads * self.samples
    }

    pub(crate) fn record(&self, record: usize) -> &'a [f32] {
        let size = self.size();
        &self.values[record * size..(record + 1) * size]
    }
}

pub(crate) fn check(what: &'static str, expected: usize, got: usize) -> Result<(), ShapeError> {
    if expected == got {
        Ok(())
    } else {
        Err(ShapeError {
            what,
            expected,
            got,
        })
    }
}

/// Who the patients are, whose waveforms they are, and the group each is in.
///
/// Waveforms stay where they came from: of a patient only the numbers of his records are kept.
#[derive(Clone, Debug)]
pub struct Patients<'a> {
    /// Leads of each waveform.
    pub leads: usize,
    /// Samples of each lead.
    pub samples: usize,
    /// The patient's number as it came, in ascending order.
    pub patient: Vec<u32>,
    /// Whether the patient is in the high group.
    pub high: Vec<bool>,
    /// The records whose mean each patient's waveform is, by their place in the input.
    pub records: Vec<Vec<usize>>,
    /// Patients left out since their records are in both groups.
    pub mixed: usize,
    /// Records left out since a sample is not finite.
    pub incomplete: usize,
    waveforms: Waveforms<'a>,
}

impl<'a> Patients<'a> {
    /// Groups records by patient.
    ///
    /// `high` says for each record whether it is in the high group, `None` if in neither. Records
    /// in neither do not count; a patient with records in both is left out and counted, so that
    /// patients stay exchangeable.
    ///
    /// # Errors
    ///
    /// When the slices do not have one entry for each record.
    pub fn new(
        waveforms: Waveforms<'a>,
        patient: &[u32],
        high: &[Option<bool>],
    ) -> Result<Patients<'a>, ShapeError> {
        let size = waveforms.leads * waveforms.samples;
        check("patients", waveforms.values.len(), patient.len() * size)?;
        check("groups", patient.len(), high.len())?;
        let mut records: BTreeMap<u32, Vec<(usize, bool)>> = BTreeMap::new();
        let mut incomplete = 0;
        for (record, (&patient, &high)) in patient.iter().zip(high).enumerate() {
            let Some(high) = high else { continue };
            if waveforms
                .record(record)
                .iter()
                .all(|value| value.is_finite())
            {
                records.entry(patient).or_default().push((record, high));
            } else {
                incomplete += 1;
            }
        }
        Ok(Patients::of_records(waveforms, records, incomplete))
    }

    fn of_records(
        waveforms: Waveforms<'a>,
        records: BTreeMap<u32, Vec<(usize, bool)>>,
        incomplete: usize,
    ) -> Patients<'a> {
        let mut patients = Patients {
            leads: waveforms.leads,
            samples: waveforms.samples,
            patient: Vec::new(),
            high: Vec::new(),
            records: Vec::new(),
            mixed: 0,
            incomplete,
            waveforms,
        };
        for (patient, records) in records {
            let high = records[0].1;
            if records.iter().any(|record| record.1 != high) {
                patients.mixed += 1;
                continue;
            }
            patients.patient.push(patient);
            patients.high.push(high);
            patients
                .records
                .push(records.iter().map(|record| record.0).collect());
        }
        patients
    }

    /// Patients in the high and in the low group.
    pub fn counts(&self) -> (usize, usize) {
        let high = self.high.iter().filter(|high| **high).count();
        (high, self.high.len() - high)
    }

    pub(crate) fn size(&self) -> usize {
        self.leads * self.samples
    }

    /// Points `[lead][sample]` of the mean of a patient's records.
    pub(crate) fn mean(&self, patient: usize, points: Range<usize>) -> Cow<'a, [f32]> {
        let records = &self.records[patient];
        if let [only] = records.as_slice() {
            return Cow::Borrowed(&self.waveforms.record(*only)[points]);
        }
        let mut sum = vec![0.0_f64; points.len()];
        for &record in records {
            let values = &self.waveforms.record(record)[points.clone()];
            for (sum, &value) in sum.iter_mut().zip(values) {
                *sum += f64::from(value);
            }
        }
        let count = records.len() as f64;
        Cow::Owned(sum.into_iter().map(|sum| (sum / count) as f32).collect())
    }
}
