//! Recordings on which an attribution would mean nothing.

use coronet_ecg::delineation::{Delineation, delineate};
use coronet_ecg::{Channel, Ecg};

/// Seconds around the alignment point of a beat in which beats are held against their median.
const COMPLEX: (f64, f64) = (0.04, 0.06);
/// Least typical correlation of a beat with the median beat; peaks of noise do not repeat.
const REPEATS: f64 = 0.6;

/// The beats of a recording, or why a picture of it would mislead.
pub(super) fn beats(ecg: &Ecg) -> Result<Delineation, String> {
    let found = delineate(ecg).map_err(|reason| reason.to_string())?;
    if found.rhythm.paced {
        return Err(
            "pacing spikes before the complexes: their shape says nothing of the coronary arteries"
                .to_owned(),
        );
    }
    if let Some((lead, reason)) = found.unusable.first() {
        return Err(format!("lead {} cannot be used: {reason}", lead.name()));
    }
    match repeats(ecg, &found) {
        Some(typical) if typical >= REPEATS => Ok(found),
        Some(typical) => Err(format!(
            "no beats that repeat: what looks like complexes correlates by {typical:.2} with their median, expected at least {REPEATS}"
        )),
        None => Err("no beats that repeat: fewer than two look alike".to_owned()),
    }
}

/// Median correlation, over the beats of the commonest shape, of the complexes in all leads with
/// the median beat less their own part in it; `None` with fewer than two such beats.
fn repeats(ecg: &Ecg, found: &Delineation) -> Option<f64> {
    let rate = found.rate.get();
    let median = &found.median;
    let step = 1.0 / median.rate;
    let count = ((COMPLEX.0 + COMPLEX.1) / step) as usize;
    let offset = |number: usize| number as f64 * step - COMPLEX.0;
    let complex = |values: &[f64], place: f64, rate: f64| -> Option<Vec<f64>> {
        let at = |number: usize| {
            let place = (place + offset(number) * rate).round();
            let value = (place >= 0.0).then(|| values.get(place as usize))??;
            value.is_finite().then_some(*value)
        };
        let cut: Vec<f64> = (0..count).map(at).collect::<Option<_>>()?;
        let mean = cut.iter().sum::<f64>() / count as f64;
        Some(cut.into_iter().map(|value| value - mean).collect())
    };
    let beats = found.beats.iter().filter(|beat| beat.shape == 0);
    let alike = beats.clone().count() as f64;
    if alike < 2.0 {
        return None;
    }
    let mut of_beats: Vec<f64> = Vec::new();
    for beat in beats {
        let (mut product, mut squares) = (0.0, (0.0, 0.0));
        for signal in &ecg.signals {
            let Channel::Lead(lead) = signal.channel else {
                continue;
            };
            let Some((typical, _)) = median.lead(lead) else {
                continue;
            };
            let own = complex(&signal.millivolts, beat.place as f64, rate);
            let typical = complex(typical, median.zero as f64, median.rate);
            for (a, b) in own.iter().flatten().zip(typical.iter().flatten()) {
                let others = (alike * b - a) / (alike - 1.0);
                product += a * others;
                squares.0 += a * a;
                squares.1 += others * others;
            }
        }
        if squares.0 > 0.0 && squares.1 > 0.0 {
            of_beats.push(product / (squares.0 * squares.1).sqrt());
        }
    }
    of_beats.sort_by(f64::total_cmp);
    of_beats.get(of_beats.len() / 2).copied()
}
