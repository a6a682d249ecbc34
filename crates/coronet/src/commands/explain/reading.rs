//! A picture in plain words: what, where, how sure; never a diagnosis.

use super::beat::{Share, Shares};
use super::record::ExplainedVessel;
use super::way::{Parts, Way};
use coronet_ecg::Lead;
use coronet_evidence::Wave;
use coronet_model::attribution::Method;
use serde::Serialize;

/// Cells that are named at most.
const NAMED: usize = 6;
/// Share of the attribution at which enough is named.
const ENOUGH: f64 = 0.4;

/// What speaks for and against a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Sureness {
    /// Largest relative error of completeness over the networks; integrated gradients only.
    pub(super) completeness_error: Option<f32>,
    /// Least rank correlation of the picture with itself after a shift of 10 ms and 2 % noise.
    pub(super) least_stability: Option<f64>,
    /// Probability by each network.
    pub(super) probabilities: Vec<f64>,
}

/// One paragraph on a vessel.
pub(super) fn of_vessel(vessel: &ExplainedVessel, way: &Way) -> String {
    let mut sentences = vec![answer(vessel)];
    match &vessel.shares {
        None => sentences.push("No part of the ECG moves this answer.".to_owned()),
        Some(shares) if !way.tells_waves_apart() => sentences.push(leads(shares, way)),
        Some(shares) if way.tells_leads_apart() => sentences.push(places(shares, way)),
        Some(shares) => sentences.push(times(shares)),
    }
    if let Some(sureness) = &vessel.sureness {
        sentences.extend(sure(sureness));
    }
    sentences.push(
        "This is what moves the network, not a diagnosis, and it does not locate a narrowing."
            .to_owned(),
    );
    sentences.join(" ")
}

/// The answer alone, where there is no picture.
pub(super) fn without_picture(vessel: &ExplainedVessel) -> String {
    format!("{} There is no picture to read it from.", answer(vessel))
}

/// How many networks answered, in words.
pub(super) fn networks(count: usize) -> String {
    match count {
        1 => "one".to_owned(),
        more => format!("mean of {more}"),
    }
}

/// How to read the page.
pub(super) fn aid(way: &Way) -> Vec<String> {
    let what = match way {
        Way::Occlusion { method } => match method {
            Parts::Leads => {
                "Occlusion flattens one lead at a time and notes by how much the logit falls; it does not tell the waves of a lead apart."
            }
            Parts::Time => {
                "Occlusion puts a straight line in the place of 100 ms of all leads and notes by how much the logit falls; it does not tell leads apart."
            }
            Parts::Waves => {
                "Occlusion puts a straight line in the place of one wave of one lead, in every beat, and notes by how much the logit falls. The network meets ECGs that it was not trained on."
            }
        },
        Way::Network(method) => of_method(method),
    };
    vec![
        what.to_owned(),
        "A share is the part of the summed magnitudes that falls on a lead and segment; its density compares it with the part of the ECG's samples there, so that 1 is what an even spread would give.".to_owned(),
        "A strong wash means that the network's answer depends on the signal there. It does not mean that the signal is abnormal, and an artery is not found by it.".to_owned(),
    ]
}

fn of_method(method: &Method) -> &'static str {
    match method {
        Method::Gradient => {
            "The gradient shows where a small change of the signal would move the logit."
        }
        Method::GradientTimesInput => {
            "Gradient times input is a first-order share of the logit for every sample."
        }
        Method::SmoothGradient { .. } => {
            "The smoothed gradient is the mean gradient over noisy copies of the ECG."
        }
        Method::IntegratedGradients { .. } => {
            "Integrated gradients share the difference between the network's logit for this ECG and for a flat line out over all samples."
        }
        Method::GradCam { .. } => {
            "Grad-CAM marks times, not leads: its values are the same in all leads."
        }
    }
}

fn answer(vessel: &ExplainedVessel) -> String {
    let stratum = match (vessel.stratum, &vessel.stratum_reason) {
        (Some(stratum), _) => format!(" ({stratum} stratum)"),
        (None, Some(reason)) => {
            let kind = reason.split(':').next().unwrap_or(reason);
            format!(" and no stratum ({kind})")
        }
        (None, None) => String::new(),
    };
    format!(
        "The network gives {} a probability of {:.3}{stratum}.",
        vessel.name, vessel.probability
    )
}

/// The densest cells with the most attribution, joined by segment.
fn places(shares: &Shares, way: &Way) -> String {
    let mut cells: Vec<(Lead, Wave, Share)> = Lead::ALL
        .into_iter()
        .flat_map(|lead| {
            let named = Wave::ALL.into_iter().filter(|&s| s != Wave::Rest);
            named.map(move |wave| (lead, wave))
        })
        .map(|(lead, wave)| (lead, wave, shares.at(lead, wave)))
        .filter(|(_, _, share)| share.density().is_some_and(|density| density > 1.0))
        .collect();
    cells.sort_by(|a, b| b.2.attribution.total_cmp(&a.2.attribution));
    let mut sum = Share::default();
    let mut chosen = Vec::new();
    for (lead, wave, share) in cells.into_iter().take(NAMED) {
        chosen.push((lead, wave));
        sum = sum.plus(share);
        if sum.attribution >= ENOUGH {
            break;
        }
    }
    if chosen.is_empty() {
        return "Its answer depends on no wave of the beat more than on the signal between them."
            .to_owned();
    }
    let of_wave = |wave: Wave| {
        let leads: Vec<&str> = Lead::ALL
            .into_iter()
            .filter(|&lead| chosen.contains(&(lead, wave)))
            .map(Lead::name)
            .collect();
        (!leads.is_empty()).then(|| format!("{} in {}", named(wave), list(&leads)))
    };
    let parts: Vec<String> = Wave::ALL.into_iter().filter_map(of_wave).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    format!(
        "It is moved most by the {}: {:.0} % of the attribution on {:.0} % of the samples{}.",
        list(&parts),
        100.0 * sum.attribution,
        100.0 * sum.area,
        direction(sum, way)
    )
}

/// The same for a way that cannot tell the waves of a lead apart.
fn leads(shares: &Shares, way: &Way) -> String {
    let mut leads: Vec<(Lead, Share)> = Lead::ALL
        .into_iter()
        .map(|lead| (lead, shares.sum(&[lead], &Wave::ALL)))
        .collect();
    leads.sort_by(|a, b| b.1.attribution.total_cmp(&a.1.attribution));
    let first = &leads[..3];
    let names: Vec<&str> = first.iter().map(|(lead, _)| lead.name()).collect();
    let sum = first
        .iter()
        .fold(Share::default(), |sum, (_, share)| sum.plus(*share));
    format!(
        "It is moved most by the leads {}: {:.0} % of the attribution{}.",
        list(&names),
        100.0 * sum.attribution,
        direction(sum, way)
    )
}

/// The same for a method that cannot tell leads apart.
fn times(shares: &Shares) -> String {
    let densest = Wave::ALL
        .into_iter()
        .map(|wave| (wave, shares.sum(&Lead::ALL, &[wave])))
        .max_by(|a, b| {
            let density = |share: &Share| share.density().unwrap_or(0.0);
            density(&a.1).total_cmp(&density(&b.1))
        });
    match densest {
        Some((wave, share)) => format!(
            "It is moved most at the time of the {}: {:.0} % of the attribution on {:.0} % of the samples.",
            named(wave),
            100.0 * share.attribution,
            100.0 * share.area
        ),
        None => String::new(),
    }
}

/// Whether the named parts raise or lower the answer; nothing of a derivative, whose sign says
/// which change of the signal would.
fn direction(share: Share, way: &Way) -> &'static str {
    if !way.adds_up() {
        return "";
    }
    let net = share.net / share.attribution.max(f64::MIN_POSITIVE);
    match net {
        net if net > 0.2 => ", which raises the answer",
        net if net < -0.2 => ", which lowers the answer",
        _ => ", which in part raises and in part lowers the answer",
    }
}

fn sure(sureness: &Sureness) -> Vec<String> {
    let mut sentences = Vec::new();
    let [low, high] = sureness
        .probabilities
        .iter()
        .fold([f64::MAX, f64::MIN], |[low, high], &p| {
            [low.min(p), high.max(p)]
        });
    if sureness.probabilities.len() > 1 {
        sentences.push(format!(
            "The {} networks of the run give {low:.3} to {high:.3}.",
            sureness.probabilities.len()
        ));
    }
    if let Some(error) = sureness.completeness_error {
        sentences.push(format!(
            "The values add up to the difference of the network's logit from that of the baseline within {:.1} % of it.",
            100.0 * error
        ));
    }
    if let Some(stability) = sureness.least_stability {
        let word = match stability {
            value if value >= 0.8 => "hardly changes",
            value if value >= 0.5 => "changes somewhat",
            _ => "changes much, so trust it little,",
        };
        sentences.push(format!(
            "The picture {word} when the ECG is shifted by 10 ms or 2 % noise is added (rank correlation at least {stability:.2})."
        ));
    }
    sentences
}

fn named(wave: Wave) -> &'static str {
    match wave {
        Wave::P => "P wave",
        Wave::PrSegment => "PR segment",
        Wave::Qrs => "QRS complex",
        Wave::StSegment => "ST segment",
        Wave::T => "T wave",
        Wave::Rest => "signal between the waves",
    }
}

fn list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
