//! How much single beats show a wave of their median beat.

use super::span::Span;
use crate::beats::{correlation, samples};

/// A wave cut out of every beat of a class, each lead without its straight line.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    /// `[beat][lead][sample]`.
    beats: Vec<Vec<Vec<f64>>>,
    /// `[lead][sample]`, sum over beats.
    sum: Vec<Vec<f64>>,
}

impl Cuts {
    /// Cuts the wave, with 10 ms on each side, at each alignment point, out of the leads smoothed
    /// as suits the wave.
    pub(super) fn new(smoothed: &[Vec<f64>], places: &[usize], zero: usize, wave: Span) -> Cuts {
        let beats: Vec<Vec<Vec<f64>>> = places
            .iter()
            .map(|&place| {
                let leads = smoothed.iter();
                leads.map(|lead| cut(lead, place, zero, wave)).collect()
            })
            .collect();
        let mut sum = beats.first().cloned().unwrap_or_default();
        for beat in beats.iter().skip(1) {
            for (sum, lead) in sum.iter_mut().zip(beat) {
                for (sum, sample) in sum.iter_mut().zip(lead) {
                    *sum += sample;
                }
            }
        }
        Cuts { beats, sum }
    }

    /// Mean correlation over all leads of each beat with the sum of the other beats; `None`
    /// with fewer than three beats.
    pub(super) fn of_all_leads(&self) -> Option<f64> {
        let leads: Vec<usize> = (0..self.sum.len()).collect();
        self.of(&leads)
    }

    /// The same for one lead.
    pub(super) fn of_lead(&self, lead: usize) -> Option<f64> {
        self.of(&[lead])
    }

    fn of(&self, leads: &[usize]) -> Option<f64> {
        if self.beats.len() < 3 {
            return None;
        }
        let total: f64 = self
            .beats
            .iter()
            .map(|beat| self.with_others(beat, leads))
            .sum();
        Some(total / self.beats.len() as f64)
    }

    fn with_others(&self, beat: &[Vec<f64>], leads: &[usize]) -> f64 {
        let (mut product, mut own, mut others) = (0.0, 0.0, 0.0);
        for &lead in leads {
            for (sample, sum) in beat[lead].iter().zip(&self.sum[lead]) {
                let other = sum - sample;
                product += sample * other;
                own += sample * sample;
                others += other * other;
            }
        }
        let scale = (own * others).sqrt();
        if scale > 0.0 { product / scale } else { 0.0 }
    }
}

fn cut(signal: &[f64], place: usize, zero: usize, wave: Span) -> Vec<f64> {
    let margin = samples(0.01);
    let last = signal.len() - 1;
    let from = wave.onset.saturating_sub(margin);
    let mut cut: Vec<f64> = (from..=wave.offset + margin)
        .map(|at| signal[(place + at).saturating_sub(zero).min(last)])
        .collect();
    without_line(&mut cut);
    cut
}

/// Takes out the least-squares line.
pub(super) fn without_line(values: &mut [f64]) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    let middle = (count - 1.0) / 2.0;
    let (mut product, mut square) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        product += (at as f64 - middle) * value;
        square += (at as f64 - middle).powi(2);
    }
    let slope = if square > 0.0 { product / square } else { 0.0 };
    for (at, value) in values.iter_mut().enumerate() {
        *value -= mean + slope * (at as f64 - middle);
    }
}

/// Correlation over all leads of two stretches around a place each, without their lines.
pub(super) fn of_places(
    (one, at_one): (&[Vec<f64>], usize),
    (two, at_two): (&[Vec<f64>], usize),
    (before, after): (usize, usize),
) -> f64 {
    let stretch = |lead: &[f64], at: usize| {
        let start = at.saturating_sub(before);
        let mut part = lead[start..(at + after + 1).min(lead.len())].to_vec();
        without_line(&mut part);
        part
    };
    let all = |leads: &[Vec<f64>], at: usize| -> Vec<f64> {
        leads.iter().flat_map(|lead| stretch(lead, at)).collect()
    };
    correlation(&all(one, at_one), &all(two, at_two))
}
