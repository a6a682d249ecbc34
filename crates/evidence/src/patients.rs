//! One waveform for each patient.

use std::collections::BTreeMap;

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

    pub(crate) fn record(&self, record: usize) -> &'a [f32] {
        let size = self.leads * self.samples;
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

/// The mean waveform of each patient, and the group he is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Patients {
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
    /// `[patient][lead][sample]`.
    pub(crate) values: Vec<f32>,
}

impl Patients {
    /// Means over the records of each patient.
    ///
    /// `high` says for each record whether it is in the high group, `None` if in neither. Records
    /// in neither do not count; a patient with records in both is left out and counted, so that
    /// patients stay exchangeable.
    ///
    /// # Errors
    ///
    /// When the slices do not have one entry for each record.
    pub fn new(
        waveforms: Waveforms<'_>,
        patient: &[u32],
        high: &[Option<bool>],
    ) -> Result<Patients, ShapeError> {
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
        Ok(Patients::of_records(waveforms, &records, incomplete))
    }

    fn of_records(
        waveforms: Waveforms<'_>,
        records: &BTreeMap<u32, Vec<(usize, bool)>>,
        incomplete: usize,
    ) -> Patients {
        let mut patients = Patients {
            leads: waveforms.leads,
            samples: waveforms.samples,
            patient: Vec::new(),
            high: Vec::new(),
            records: Vec::new(),
            mixed: 0,
            incomplete,
            values: Vec::new(),
        };
        for (&patient, records) in records {
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
            let mean = mean(waveforms, records);
            patients.values.extend(mean);
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

    pub(crate) fn waveform(&self, patient: usize) -> &[f32] {
        &self.values[patient * self.size()..(patient + 1) * self.size()]
    }
}

fn mean(waveforms: Waveforms<'_>, records: &[(usize, bool)]) -> Vec<f32> {
    let mut sum = vec![0.0_f64; waveforms.leads * waveforms.samples];
    for &(record, _) in records {
        for (sum, &value) in sum.iter_mut().zip(waveforms.record(record)) {
            *sum += f64::from(value);
        }
    }
    let count = records.len() as f64;
    sum.into_iter().map(|sum| (sum / count) as f32).collect()
}
