//! ECG paper: every sample drawn, gaps left, scale right.

use crate::support::parse;
use coronet_ecg::{Channel, Device, Ecg, Hertz, Lead, Signal, Subject};
use coronet_report::ecg_paper::{Layout, Options, Wash, draw};

fn ecg(leads: &[Lead], seconds: usize, sample: impl Fn(usize) -> f64) -> Ecg {
    let rate = 500;
    Ecg {
        rate: Hertz::new(f64::from(rate)).unwrap(),
        signals: leads
            .iter()
            .map(|lead| Signal {
                channel: Channel::Lead(*lead),
                millivolts: (0..seconds * rate as usize).map(&sample).collect(),
            })
            .collect(),
        start: None,
        subject: Subject::default(),
        device: Device::default(),
        findings: Vec::new(),
    }
}

/// The path data of every trace with its lead.
fn traces(svg: &str) -> Vec<(String, String)> {
    parse(svg)
        .descendants()
        .filter(|node| node.attribute("class") == Some("trace"))
        .map(|node| {
            (
                node.attribute("data-lead").unwrap().to_owned(),
                node.attribute("d").unwrap().to_owned(),
            )
        })
        .collect()
}

fn points(data: &str) -> usize {
    data.matches(['M', 'L']).count()
}

#[test]
fn every_sample_of_every_layout_is_drawn() {
    let ecg = ecg(&Lead::ALL, 10, |i| (i as f64 * 0.05).sin());
    for (layout, strips, samples) in [
        (Layout::ThreeByFour, 13, 1250),
        (Layout::SixByTwo, 12, 2500),
        (Layout::TwelveByOne, 12, 5000),
    ] {
        let svg = draw(
            &ecg,
            &Options {
                layout,
                ..Options::default()
            },
        );
        let traces = traces(&svg);
        assert_eq!(traces.len(), strips, "{layout:?}");
        for (lead, data) in &traces[..12] {
            assert!(points(data) >= samples, "{lead}: {}", points(data));
        }
    }
}

#[test]
fn a_spike_of_one_sample_keeps_its_height() {
    let ecg = ecg(&Lead::ALL, 10, |i| if i == 300 { 1.0 } else { 0.0 });
    let svg = draw(&ecg, &Options::default());
    let (_, data) = traces(&svg)
        .into_iter()
        .find(|(lead, _)| lead == "I")
        .unwrap();
    let heights: Vec<f64> = data
        .split(['M', 'L'])
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            piece
                .split("l0")
                .next()
                .unwrap()
                .split(' ')
                .nth(1)
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    let zero = heights[0];
    let least = heights.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(
        (zero - least - 10.0).abs() < 1e-9,
        "10 mm for 1 mV, got {}",
        zero - least
    );
}

#[test]
fn missing_leads_and_invalid_samples_leave_gaps() {
    let leads = [Lead::I, Lead::II];
    let ecg = ecg(&leads, 10, |i| {
        if (100..200).contains(&i) {
            f64::NAN
        } else {
            0.1
        }
    });
    let svg = draw(&ecg, &Options::default());
    assert!(svg.contains("V1 not recorded"));
    let (_, data) = traces(&svg)
        .into_iter()
        .find(|(lead, _)| lead == "I")
        .unwrap();
    assert_eq!(data.matches('M').count(), 2);
    assert!(!svg.contains("NaN"));
}

#[test]
fn short_empty_and_absurd_recordings_are_drawn_too() {
    for ecg in [
        ecg(&Lead::ALL, 3, |_| 0.2),
        ecg(&Lead::ALL, 0, |_| 0.0),
        ecg(&[], 0, |_| 0.0),
        ecg(&Lead::ALL, 10, |_| f64::INFINITY),
        ecg(&Lead::ALL, 10, |_| f64::NAN),
    ] {
        let svg = draw(&ecg, &Options::default());
        parse(&svg);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}

#[test]
fn impossible_options_fall_back_and_titles_are_escaped() {
    let ecg = ecg(&Lead::ALL, 10, |_| 0.0);
    let options = Options {
        millimetres_per_second: f64::NAN,
        millimetres_per_millivolt: -1.0,
        start_seconds: f64::INFINITY,
        title: Some("<script>".to_owned()),
        ..Options::default()
    };
    let svg = draw(&ecg, &options);
    parse(&svg);
    assert!(svg.contains("25 mm/s · 10 mm/mV"));
    assert!(!svg.contains("<script>"));
}

#[test]
fn a_strength_that_is_no_number_is_not_drawn() {
    let wash = |strength: f64| Options {
        wash: Some(Wash {
            strengths: vec![vec![strength; 8]; 12],
            steps_per_second: 10.0,
            start_seconds: 0.0,
            vessel: "LAD".to_owned(),
            meaning: "attribution".to_owned(),
        }),
        ..Options::default()
    };
    let ecg = ecg(&Lead::ALL, 10, |_| 0.0);
    let rectangles = |strength| draw(&ecg, &wash(strength)).matches("<rect").count();
    assert_eq!(rectangles(f64::NAN), rectangles(0.0));
    assert!(rectangles(0.5) > rectangles(0.0));
}
