//! Mean waveforms of two groups with bootstrap bands by patient.

use crate::clusters::Design;
use crate::patients::Patients;
use crate::resampling::{Purpose, Resampling, below, stream};
use coronet_evaluate::Statistic;
use coronet_evaluate::quantile::{quantile, sorted};
use rayon::prelude::*;
use serde::Serialize;

/// A curve over `[lead][sample]` with a pointwise band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Band {
    /// The mean at each point.
    pub mean: Vec<f64>,
    /// Lower limit at each point.
    pub low: Vec<f64>,
    /// Upper limit at each point.
    pub high: Vec<f64>,
    /// Patients.
    pub n: usize,
}

/// Mean waveforms of both groups, and of their difference, high minus low.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupBands {
    /// The high group.
    pub high: Band,
    /// The low group.
    pub low: Band,
    /// High minus low.
    pub difference: Band,
    /// How the bands were made, in words.
    pub method: String,
}

/// Means with percentile bands (Efron & Tibshirani 1993): patients drawn within each group, or
/// matched pairs drawn as pairs, whose patients alone count then.
///
/// The bands hold point by point, not for the curve as a whole: where groups differ is the
/// question of [`cluster_test`](crate::cluster_test). Undefined with fewer than two patients in
/// a group or without replicates.
///
/// # Panics
///
/// If a pair names a patient that is not there.
pub fn bands(
    patients: &Patients<'_>,
    design: Design<'_>,
    settings: &Resampling,
) -> Statistic<GroupBands> {
    let members = members(patients, design);
    let [high, low] = [0, 1].map(|group| members[group].len());
    if high < 2 || low < 2 {
        return Statistic::undefined(format!(
            "{high} patients in the high and {low} in the low group, expected at least 2 each"
        ));
    }
    if settings.replicates == 0 {
        return Statistic::undefined("no bootstrap was asked for");
    }
    let paired = matches!(design, Design::Pairs(_));
    let sample = Sample {
        patients,
        members,
        paired,
        settings,
    };
    let mut curves = [(); 3].map(|()| Band {
        mean: Vec::new(),
        low: Vec::new(),
        high: Vec::new(),
        n: 0,
    });
    for lead in 0..patients.leads {
        sample.add_lead(lead, &mut curves);
    }
    let [mut first, mut second, mut difference] = curves;
    (first.n, second.n, difference.n) = (high, low, high + low);
    Statistic::Defined(GroupBands {
        high: first,
        low: second,
        difference,
        method: format!(
            "mean of patients; pointwise percentile bootstrap by {}, {} replicates, level {}",
            if paired {
                "matched pair"
            } else {
                "patient within groups"
            },
            settings.replicates,
            settings.confidence
        ),
    })
}

/// Patients of the high and of the low group; those of a pair at the same place.
fn members(patients: &Patients<'_>, design: Design<'_>) -> [Vec<usize>; 2] {
    match design {
        Design::Pairs(pairs) => [
            pairs.iter().map(|pair| pair.0).collect(),
            pairs.iter().map(|pair| pair.1).collect(),
        ],
        Design::Groups => [true, false].map(|group| {
            let inside = |patient: &usize| patients.high[*patient] == group;
            (0..patients.high.len()).filter(inside).collect()
        }),
    }
}

/// Who is drawn from, and how.
struct Sample<'a> {
    patients: &'a Patients<'a>,
    /// Patients of the high and of the low group; those of a pair at the same place.
    members: [Vec<usize>; 2],
    paired: bool,
    settings: &'a Resampling,
}

impl Sample<'_> {
    /// How often each patient is drawn in a replicate, group by group; pairs are drawn together.
    fn draw(&self, number: u64) -> [Vec<u32>; 2] {
        let mut random = stream(self.settings.seed, Purpose::Bands, number);
        let patients = self.patients.high.len();
        let mut drawn = [vec![0; patients], vec![0; patients]];
        for group in 0..if self.paired { 1 } else { 2 } {
            for _ in 0..self.members[group].len() {
                let place = below(&mut random, self.members[group].len());
                drawn[group][self.members[group][place]] += 1;
                if self.paired {
                    drawn[1][self.members[1][place]] += 1;
                }
            }
        }
        drawn
    }

    /// Patients are drawn anew for each lead, with the same numbers: draws of all replicates
    /// would take more memory than everything else.
    fn add_lead(&self, lead: usize, curves: &mut [Band; 3]) {
        let once: Vec<u32> = vec![1; self.patients.high.len()];
        let replicates: Vec<[Vec<f64>; 2]> = (0..self.settings.replicates as u64)
            .into_par_iter()
            .map(|number| {
                let drawn = self.draw(number);
                [0, 1].map(|group| self.mean(lead, group, &drawn[group]))
            })
            .collect();
        let observed = [0, 1].map(|group| self.mean(lead, group, &once));
        let (tail, head) = self.settings.tails();
        let minus = |pair: &[Vec<f64>; 2], at: usize| pair[0][at] - pair[1][at];
        for at in 0..self.patients.samples {
            let columns = [
                replicates.iter().map(|pair| pair[0][at]).collect(),
                replicates.iter().map(|pair| pair[1][at]).collect(),
                replicates
                    .iter()
                    .map(|pair| minus(pair, at))
                    .collect::<Vec<f64>>(),
            ];
            let means = [observed[0][at], observed[1][at], minus(&observed, at)];
            for ((curve, column), mean) in curves.iter_mut().zip(columns).zip(means) {
                let column = sorted(&column);
                curve.mean.push(mean);
                curve.low.push(quantile(&column, tail).unwrap_or(mean));
                curve.high.push(quantile(&column, head).unwrap_or(mean));
            }
        }
    }

    /// Mean of a group in a lead, each patient as often as he is drawn.
    fn mean(&self, lead: usize, group: usize, drawn: &[u32]) -> Vec<f64> {
        let samples = self.patients.samples;
        let points = lead * samples..(lead + 1) * samples;
        let members = &self.members[group];
        let mut sum = vec![0.0; samples];
        for &patient in members.iter().filter(|patient| drawn[**patient] > 0) {
            let weight = f64::from(drawn[patient]);
            let values = self.patients.mean(patient, points.clone());
            for (sum, &value) in sum.iter_mut().zip(values.iter()) {
                *sum += weight * f64::from(value);
            }
        }
        let count = members.len() as f64;
        sum.iter_mut().for_each(|sum| *sum /= count);
        sum
    }
}
