//! Made waveforms: smooth noise that is alike in neighbouring leads, with a planted difference.

use coronet_evidence::{Patients, RecordShares, Waveforms};

/// Pseudo-random numbers, equal everywhere.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Numbers {
        Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Uniform in 0..1.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (Box–Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

pub(crate) const LEADS: usize = 12;
pub(crate) const SAMPLES: usize = 60;

/// The waveforms of some patients, one each.
pub(crate) struct Cohort {
    values: Vec<f32>,
    count: usize,
    high: usize,
}

impl Cohort {
    pub(crate) fn patients(&self) -> Patients<'_> {
        let groups: Vec<Option<bool>> = (0..self.count)
            .map(|patient| Some(patient < self.high))
            .collect();
        let numbers: Vec<u32> = (0..self.count as u32).collect();
        let waveforms = Waveforms::new(&self.values, self.count, LEADS, SAMPLES).unwrap();
        Patients::new(waveforms, &numbers, &groups).unwrap()
    }
}

/// Records as they lie in a table.
pub(crate) fn rows(records: &[RecordShares]) -> Vec<f64> {
    records.iter().flat_map(RecordShares::row).collect()
}

/// `count` patients, the first `high` of them in the high group; `shift(lead, sample)` is added to
/// these.
pub(crate) fn cohort(
    seed: u64,
    count: usize,
    high: usize,
    shift: impl Fn(usize, usize) -> f64,
) -> Cohort {
    let mut numbers = Numbers::new(seed);
    let mut values = Vec::new();
    for patient in 0..count {
        let common = walk(&mut numbers);
        for lead in 0..LEADS {
            let own = walk(&mut numbers);
            for at in 0..SAMPLES {
                let planted = if patient < high { shift(lead, at) } else { 0.0 };
                values.push((common[at] + own[at] + planted) as f32);
            }
        }
    }
    Cohort {
        values,
        count,
        high,
    }
}

/// Noise with memory, standard deviation 1.
fn walk(numbers: &mut Numbers) -> Vec<f64> {
    let keep = 0.9_f64;
    let mut value = numbers.normal();
    (0..SAMPLES)
        .map(|_| {
            value = keep * value + (1.0 - keep * keep).sqrt() * numbers.normal();
            value
        })
        .collect()
}
