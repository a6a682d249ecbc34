//! ECGs that get a reason in place of a picture: paced, without beats, at too low a rate, and
//! without one of the twelve leads.

use super::{explain, prepare};
use crate::support::run;
use std::fs;
use std::path::Path;

const LEADS: [&str; 12] = [
    "I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6",
];
/// Height of R in each lead, in millivolts.
const HEIGHTS: [f64; 12] = [0.6, 1.0, 0.4, -0.8, 0.1, 0.7, -0.5, 0.3, 0.7, 1.1, 1.2, 0.9];
/// Samples from beat to beat, at 500 Hz.
const INTERVAL: usize = 400;

/// P, QRS and T of a beat in millivolts, `sample` after its start, in a lead of this height.
fn beat(sample: usize, height: f64) -> f64 {
    let bump = |centre: f64, width: f64| (-((sample as f64 - centre) / width).powi(2)).exp();
    height * (bump(200.0, 6.0) + 0.25 * bump(330.0, 20.0)) + 0.1 * height.abs() * bump(120.0, 14.0)
}

/// The same with a spike of one sample before the complex.
fn paced(sample: usize, height: f64) -> f64 {
    let spike = if sample == 182 { height.signum() } else { 0.0 };
    beat(sample, height) + spike
}

/// Values without any order, of the size of noise.
fn noise(sample: usize, lead: usize) -> f64 {
    let mixed = (sample * 12 + lead + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 40) as f64 / (1 << 24) as f64 - 0.5) * 0.1
}

/// Ten seconds at `rate`, a divisor of 500 Hz, of the leads at `columns`.
fn write(path: &Path, rate: usize, columns: &[usize], value: impl Fn(usize, usize) -> f64) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    let heads = columns.iter().map(|&lead| format!("{} (mV)", LEADS[lead]));
    let heads: Vec<String> = ["time (s)".to_owned()].into_iter().chain(heads).collect();
    writer.write_record(&heads).unwrap();
    for number in 0..10 * rate {
        let sample = number * 500 / rate;
        let time = format!("{:.3}", number as f64 / rate as f64);
        let cells = columns
            .iter()
            .map(|&lead| format!("{:.4}", value(sample, lead)));
        let cells: Vec<String> = [time].into_iter().chain(cells).collect();
        writer.write_record(&cells).unwrap();
    }
}

#[test]
fn paced_beatless_slow_and_incomplete_ecgs_get_a_reason_in_place_of_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    prepare(folder, 2);
    let all: Vec<usize> = (0..12).collect();
    let without_v3: Vec<usize> = all.iter().copied().filter(|&lead| lead != 8).collect();
    let at = |name: &str| folder.join(name);
    let own = |sample: usize, lead: usize| beat(sample % INTERVAL, HEIGHTS[lead]);
    write(&at("sound.csv"), 500, &all, own);
    write(&at("paced.csv"), 500, &all, |sample, lead| {
        paced(sample % INTERVAL, HEIGHTS[lead])
    });
    write(&at("noise.csv"), 500, &all, noise);
    write(&at("slow.csv"), 50, &all, own);
    write(&at("incomplete.csv"), 500, &without_v3, own);

    let more = ["--vessel", "LAD", "--method", "gradient"];
    run(&mut explain(folder, "sound.csv", "sound.svg", &more), 0);
    let picture = fs::read_to_string(at("sound.svg")).unwrap();
    assert!(picture.contains("class=\"trace\""), "no ECG is drawn");
    for (input, reason) in [
        ("paced.csv", "pacing spikes before the complexes"),
        ("noise.csv", "no beats"),
        ("slow.csv", "sampling rate 50 Hz is not supported"),
        ("incomplete.csv", "missing: V3"),
    ] {
        let said = run(&mut explain(folder, input, "why.svg", &more), 1);
        assert!(said.stderr.contains("no picture: "), "{}", said.stderr);
        assert!(said.stderr.contains(reason), "{}", said.stderr);
        let picture = fs::read_to_string(at("why.svg")).unwrap();
        assert!(picture.contains("no picture") && !picture.contains("class=\"trace\""));
        run(&mut explain(folder, input, "why.png", &more), 1);
        run(&mut explain(folder, input, "why.html", &more), 1);
        let page = fs::read_to_string(at("why.html")).unwrap();
        assert!(
            page.contains(reason) && !page.contains("<figure"),
            "{input}"
        );
        run(&mut explain(folder, input, "why.json", &more), 1);
        let json: serde_json::Value =
            serde_json::from_slice(&fs::read(at("why.json")).unwrap()).unwrap();
        assert!(
            json["obstacle"].as_str().unwrap().contains(reason),
            "{json}"
        );
    }
}
