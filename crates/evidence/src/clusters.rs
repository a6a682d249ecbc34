//! Cluster-based permutation test over time and leads.
//!
//! Maris & Oostenveld, J. Neurosci. Methods 164 (2007) 177. A t statistic at every lead and
//! sample; points beyond a threshold that hang together are a cluster; its mass, the sum of t, is
//! compared with the greatest mass of each permutation of the groups. The test as a whole keeps
//! its level whatever the number of points. A small p says that the groups differ, and a cluster
//! shows where it was seen; it does not prove the exact onset or extent of the difference
//! (Sassenhagen & Draschkow 2019).

use crate::labels::{Blob, blobs};
use crate::patients::Patients;
use crate::resampling::{Purpose, below, stream};
use coronet_evaluate::Statistic;
use rand::Rng;
use rayon::prelude::*;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Who is compared with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design<'a> {
    /// All patients of one group with all of the other; two-sample t with pooled variance, the
    /// labels permuted.
    Groups,
    /// Matched pairs `(high, low)` by index; paired t, the two of each pair exchanged.
    Pairs(&'a [(usize, usize)]),
}

/// Settings of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterSettings {
    /// Two-sided level of the pointwise t at which points join a cluster, such as 0.05. It moves
    /// the power between short strong and long weak differences, not the level of the test.
    pub joining: f64,
    /// Permutations.
    pub permutations: usize,
    /// Seed; equal seeds give equal p-values whatever the number of threads.
    pub seed: u64,
}

/// A stretch of time in one lead, in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Index of the lead.
    pub lead: usize,
    /// First sample.
    pub first: usize,
    /// Last sample.
    pub last: usize,
}

/// Points where the groups were seen to differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cluster {
    /// Where it is, in order of lead and time.
    pub stretches: Vec<Stretch>,
    /// Sum of t; above 0 where the high group lies higher.
    pub mass: f64,
    /// Points.
    pub points: usize,
    /// p-value, corrected for all points and both signs.
    pub p: f64,
}

/// Result of the test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClusterTest {
    /// t at every `[lead][sample]`, high minus low; 0 where nothing varies.
    pub t: Vec<f64>,
    /// Threshold of |t| at which points joined.
    pub threshold: f64,
    /// Clusters by ascending p, then by descending size of the mass.
    pub clusters: Vec<Cluster>,
    /// p-value of the test: that of the first cluster, or 1 without clusters.
    pub p: f64,
    /// Patients in the high and in the low group, or pairs twice.
    pub n: (usize, usize),
    /// What was done, in words.
    pub method: String,
}

/// Tests whether two groups differ anywhere.
///
/// `neighbours` lists for each lead the leads that border on it
/// ([`neighbours_of_12_leads`]); the relation is taken as it is, so list it both ways. p is
/// (1 + permutations with at least this mass) / (1 + permutations). Undefined with fewer than
/// three patients in a group (or pairs), without permutations, or when the neighbours do not fit.
pub fn cluster_test(
    patients: &Patients<'_>,
    design: Design<'_>,
    neighbours: &[Vec<usize>],
    settings: &ClusterSettings,
) -> Statistic<ClusterTest> {
    if let Some(problem) = problem(patients, design, neighbours, settings) {
        return Statistic::undefined(problem);
    }
    let data = Data::new(patients, design);
    let Ok(students) = StudentsT::new(0.0, 1.0, data.degrees_of_freedom()) else {
        return Statistic::undefined("no degrees of freedom");
    };
    let threshold = students.inverse_cdf(1.0 - settings.joining / 2.0);
    let found = |t: &[f64]| blobs(t, patients.samples, threshold, neighbours);
    let t = data.statistic(&data.observed);
    let greatest: Vec<f64> = (0..settings.permutations as u64)
        .into_par_iter()
        .map(|number| {
            let t = data.statistic(&data.permuted(settings.seed, number));
            let masses = found(&t).into_iter().map(|blob| blob.mass.abs());
            masses.fold(0.0, f64::max)
        })
        .collect();
    let mut clusters: Vec<Cluster> = found(&t)
        .into_iter()
        .map(|blob| cluster(&blob, patients.samples, &greatest))
        .collect();
    clusters.sort_by(|one, two| {
        let by_p = one.p.total_cmp(&two.p);
        by_p.then(two.mass.abs().total_cmp(&one.mass.abs()))
    });
    Statistic::Defined(ClusterTest {
        p: clusters.first().map_or(1.0, |cluster| cluster.p),
        threshold,
        n: data.counts,
        method: data.method(settings),
        t,
        clusters,
    })
}

/// Neighbours by the direction of the leads, in the order I, II, III, aVR, aVL, aVF, V1–V6: in the
/// frontal plane aVL – I – II – aVF – III, on the chest V1 – V2 – V3 – V4 – V5 – V6.
///
/// aVR looks from the opposite side, where the same difference has the other sign: it borders on
/// none.
pub fn neighbours_of_12_leads() -> Vec<Vec<usize>> {
    let (one, two, three, left, foot) = (0, 1, 2, 4, 5);
    let mut neighbours = vec![Vec::new(); 12];
    let frontal = [(left, one), (one, two), (two, foot), (foot, three)];
    let chest = (6..11).map(|lead| (lead, lead + 1));
    for (a, b) in frontal.into_iter().chain(chest) {
        neighbours[a].push(b);
        neighbours[b].push(a);
    }
    neighbours
}

fn problem(
    patients: &Patients<'_>,
    design: Design<'_>,
    neighbours: &[Vec<usize>],
    settings: &ClusterSettings,
) -> Option<String> {
    let (high, low) = patients.counts();
    let enough = match design {
        Design::Groups => high >= 3 && low >= 3,
        Design::Pairs(pairs) => pairs.len() >= 3,
    };
    let inside = |lead: &usize| *lead < patients.leads;
    let known = |pair: &(usize, usize)| pair.0.max(pair.1) < patients.high.len();
    if !enough {
        Some(format!(
            "{high} patients in the high and {low} in the low group, expected at least 3 each, \
             or 3 pairs"
        ))
    } else if settings.permutations == 0 {
        Some("no permutations were asked for".to_string())
    } else if !(settings.joining > 0.0 && settings.joining < 1.0) {
        Some(format!(
            "joining level {}, expected between 0 and 1",
            settings.joining
        ))
    } else if neighbours.len() != patients.leads || !neighbours.iter().flatten().all(inside) {
        Some(format!("neighbours do not fit {} leads", patients.leads))
    } else if matches!(design, Design::Pairs(pairs) if !pairs.iter().all(known)) {
        Some("a pair names a patient that is not there".to_string())
    } else {
        None
    }
}

fn cluster(blob: &Blob, samples: usize, greatest: &[f64]) -> Cluster {
    let as_great = greatest
        .iter()
        .filter(|&&mass| mass >= blob.mass.abs())
        .count();
    let runs = blob
        .points
        .chunk_by(|a, b| a + 1 == *b && a / samples == b / samples);
    Cluster {
        stretches: runs
            .map(|run| Stretch {
                lead: run[0] / samples,
                first: run[0] % samples,
                last: run[run.len() - 1] % samples,
            })
            .collect(),
        mass: blob.mass,
        points: blob.points.len(),
        p: (1 + as_great) as f64 / (1 + greatest.len()) as f64,
    }
}

/// The data as rows of which a permutation takes a signed sum.
///
/// Groups: centred waveforms of the patients, a row counts (weight 1) when it is in the smaller
/// group. Pairs: differences, each with its sign. Rows are made from the waveforms whenever they
/// are summed, so that no copy of the data is kept.
struct Data<'a> {
    patients: &'a Patients<'a>,
    design: Design<'a>,
    /// Mean over patients of each point.
    mean: Vec<f64>,
    /// Sum of squares of each point.
    squares: Vec<f64>,
    /// Weight of each row as observed.
    observed: Vec<i8>,
    /// Sign that makes the statistic high minus low.
    sign: f64,
    counts: (usize, usize),
}

impl<'a> Data<'a> {
    fn new(patients: &'a Patients<'a>, design: Design<'a>) -> Data<'a> {
        let counts = patients.counts();
        let smaller = counts.0 <= counts.1;
        let in_smaller = |high: &bool| i8::from(*high == smaller);
        let mut data = Data {
            mean: mean(patients),
            squares: Vec::new(),
            observed: match design {
                Design::Groups => patients.high.iter().map(in_smaller).collect(),
                Design::Pairs(pairs) => vec![1; pairs.len()],
            },
            sign: match design {
                Design::Groups if !smaller => -1.0,
                _ => 1.0,
            },
            counts: match design {
                Design::Groups => counts,
                Design::Pairs(pairs) => (pairs.len(), pairs.len()),
            },
            patients,
            design,
        };
        data.squares = data.squares();
        data
    }

    /// Makes a row.
    fn row(&self, row: usize, points: &mut [f32]) {
        let all = 0..points.len();
        match self.design {
            Design::Groups => {
                let values = self.patients.mean(row, all);
                for ((point, &value), mean) in points.iter_mut().zip(values.iter()).zip(&self.mean)
                {
                    *point = (f64::from(value) - mean) as f32;
                }
            }
            Design::Pairs(pairs) => {
                let (high, low) = pairs[row];
                let high = self.patients.mean(high, all.clone());
                let low = self.patients.mean(low, all);
                for ((point, high), low) in points.iter_mut().zip(high.iter()).zip(low.iter()) {
                    *point = high - low;
                }
            }
        }
    }

    fn squares(&self) -> Vec<f64> {
        let mut points = vec![0.0; self.patients.size()];
        let mut squares = vec![0.0_f64; self.patients.size()];
        for row in 0..self.observed.len() {
            self.row(row, &mut points);
            for (square, &value) in squares.iter_mut().zip(&points) {
                *square += f64::from(value) * f64::from(value);
            }
        }
        squares
    }

    fn paired(&self) -> bool {
        matches!(self.design, Design::Pairs(_))
    }

    fn degrees_of_freedom(&self) -> f64 {
        let rows = self.observed.len() as f64;
        if self.paired() {
            rows - 1.0
        } else {
            rows - 2.0
        }
    }

    /// Weights with the labels permuted (Fisher–Yates), or the pairs exchanged at random.
    fn permuted(&self, seed: u64, number: u64) -> Vec<i8> {
        let mut random = stream(seed, Purpose::Permutation, number);
        let mut weights = self.observed.clone();
        if self.paired() {
            for weight in &mut weights {
                *weight = if random.next_u64() >> 63 == 0 { 1 } else { -1 };
            }
        } else {
            for last in (1..weights.len()).rev() {
                weights.swap(last, below(&mut random, last + 1));
            }
        }
        weights
    }

    /// t at every point.
    fn statistic(&self, weights: &[i8]) -> Vec<f64> {
        let mut points = vec![0.0; self.patients.size()];
        let mut sums = vec![0.0_f64; self.patients.size()];
        for (row, &weight) in weights.iter().enumerate() {
            if weight == 0 {
                continue;
            }
            self.row(row, &mut points);
            let weight = f64::from(weight);
            for (sum, &value) in sums.iter_mut().zip(&points) {
                *sum += weight * f64::from(value);
            }
        }
        let rows = weights.len() as f64;
        let first = weights.iter().filter(|&&weight| weight == 1).count() as f64;
        let points = sums.iter().zip(&self.squares);
        if self.paired() {
            points
                .map(|(&sum, &square)| paired_t(sum, square, rows))
                .collect()
        } else {
            let t = |(&sum, &square): (&f64, &f64)| self.sign * pooled_t(sum, square, first, rows);
            points.map(t).collect()
        }
    }

    fn method(&self, settings: &ClusterSettings) -> String {
        let what = if self.paired() {
            "paired t"
        } else {
            "two-sample t, pooled variance"
        };
        format!(
            "cluster-based permutation test (Maris & Oostenveld 2007): {what}, joined at two-sided \
             {}, cluster mass, {} permutations of patients",
            settings.joining, settings.permutations
        )
    }
}

/// Mean over patients of each point.
fn mean(patients: &Patients<'_>) -> Vec<f64> {
    let count = patients.high.len() as f64;
    let mut mean = vec![0.0_f64; patients.size()];
    for patient in 0..patients.high.len() {
        let values = patients.mean(patient, 0..patients.size());
        for (sum, &value) in mean.iter_mut().zip(values.iter()) {
            *sum += f64::from(value) / count;
        }
    }
    mean
}

/// One-sample t of differences from their sum and sum of squares.
fn paired_t(sum: f64, square: f64, rows: f64) -> f64 {
    let within = square - sum * sum / rows;
    ratio(sum / rows, within / (rows - 1.0) / rows, square)
}

/// Two-sample t of centred values from the sum of the first group: the other's is its negative.
fn pooled_t(sum: f64, square: f64, first: f64, rows: f64) -> f64 {
    let second = rows - first;
    let within = square - sum * sum / first - sum * sum / second;
    let variance = within / (rows - 2.0) * (1.0 / first + 1.0 / second);
    ratio(sum / first + sum / second, variance, square)
}

/// Difference over its standard error; 0 where nothing varies but rounding.
fn ratio(difference: f64, variance: f64, square: f64) -> f64 {
    if variance > 1e-12 * square && variance > 0.0 {
        difference / variance.sqrt()
    } else {
        0.0
    }
}
