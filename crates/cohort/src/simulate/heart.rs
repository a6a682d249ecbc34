//! The heart vector: a dipole whose three components are sums of Gaussian events in every beat.
//!
//! In the manner of the vectorcardiogram model of Sameni, Clifford, Jutten and Shamsollahi (EURASIP J Adv
//! Signal Process 2007:043407). Axes are Frank's: x to the left, y to the feet, z to the back; millivolts.

use super::random::{normal, uniform};
use rand::Rng;

/// Left, inferior, posterior, in millivolts.
pub(super) type Vector = [f64; 3];

/// A Gaussian deflection of the heart vector, timed from the R peak.
#[derive(Clone)]
pub(super) struct Event {
    /// Centre in seconds after R.
    at: f64,
    /// Standard deviation in seconds.
    width: f64,
    vector: Vector,
    /// Whether it moves with the QT interval.
    with_qt: bool,
}

impl Event {
    /// An event of the ST segment or the T wave.
    pub(super) fn repolarisation(at: f64, width: f64, vector: Vector) -> Event {
        Event {
            at,
            width,
            vector,
            with_qt: true,
        }
    }
}

/// P (right, then left atrium), septum, main QRS, posterior wall, basal end, T rise and T peak.
const BEAT: [(f64, f64, Vector, bool); 9] = [
    (-0.172, 0.018, [0.045, 0.075, -0.050], false),
    (-0.145, 0.019, [0.065, 0.050, 0.025], false),
    (-0.022, 0.0070, [-0.13, 0.02, -0.26], false),
    (-0.002, 0.0095, [0.95, 0.80, 0.15], false),
    (0.013, 0.0105, [0.45, 0.20, 0.72], false),
    (0.031, 0.0085, [-0.16, -0.12, 0.26], false),
    (0.205, 0.050, [0.080, 0.060, -0.075], true),
    (0.262, 0.038, [0.130, 0.100, -0.105], true),
    (0.296, 0.026, [0.060, 0.045, -0.045], true),
];

/// The heart of one patient.
pub(super) struct Heart {
    events: Vec<Event>,
    /// Mean distance of beats in seconds.
    interval: f64,
    /// Size of this heart's signals; ischaemia scales with it.
    scale: f64,
}

impl Heart {
    /// A heart with its own size, axis, wave amplitudes and rate.
    pub(super) fn draw(random: &mut impl Rng) -> Heart {
        let scale = (0.13 * normal(random)).exp();
        let turns = [0.10, 0.08, 0.14].map(|spread| spread * normal(random));
        let delay = 0.012 * normal(random);
        let t_wave = (0.12 * normal(random)).exp();
        let events = BEAT.map(|(at, width, vector, with_qt)| {
            let size = scale * (0.08 * normal(random)).exp() * if with_qt { t_wave } else { 1.0 };
            Event {
                at: if at < -0.1 { at - delay } else { at },
                width,
                vector: rotate(vector.map(|axis| axis * size), turns),
                with_qt,
            }
        });
        Heart {
            events: events.to_vec(),
            interval: 60.0 / (70.0 + 9.0 * normal(random)).clamp(50.0, 98.0),
            scale,
        }
    }

    /// Adds the events of ischaemia, in proportion to the size of the heart's signals.
    pub(super) fn add(&mut self, events: Vec<Event>) {
        let scaled = events.into_iter().map(|mut event| {
            event.vector = event.vector.map(|axis| axis * self.scale);
            event
        });
        self.events.extend(scaled);
    }

    /// The heart vector over time: `samples` at `rate` hertz.
    pub(super) fn beat(&self, random: &mut impl Rng, rate: f64, samples: usize) -> Vec<Vector> {
        let mut track = vec![[0.0; 3]; samples];
        let breathing = Breathing::draw(random);
        let mut at = -uniform(random, 0.0, self.interval);
        while at < samples as f64 / rate + 0.4 {
            let vary = 0.035 * breathing.wave(at) + 0.012 * normal(random);
            let interval = (self.interval * (1.0 + vary)).max(0.35);
            let stretch = (interval / 0.85).sqrt().clamp(0.75, 1.2);
            for event in &self.events {
                event.add_to(&mut track, rate, at, stretch);
            }
            at += interval;
        }
        breathing.sway(&mut track, rate);
        track
    }
}

impl Event {
    fn add_to(&self, track: &mut [Vector], rate: f64, beat: f64, stretch: f64) {
        const REACH: f64 = 5.0;
        let stretch = if self.with_qt { stretch } else { 1.0 };
        let (centre, width) = (beat + self.at * stretch, self.width * stretch);
        let first = ((centre - REACH * width) * rate).ceil().max(0.0) as usize;
        let last = ((centre + REACH * width) * rate).floor().max(-1.0) + 1.0;
        let last = (last as usize).min(track.len());
        for (index, value) in track.iter_mut().enumerate().take(last).skip(first) {
            let away = (index as f64 / rate - centre) / width;
            let size = (-0.5 * away * away).exp();
            for (axis, part) in value.iter_mut().zip(self.vector) {
                *axis += size * part;
            }
        }
    }
}

/// Breathing varies rate, amplitude and the frontal axis.
struct Breathing {
    hertz: f64,
    phase: f64,
}

impl Breathing {
    fn draw(random: &mut impl Rng) -> Breathing {
        Breathing {
            hertz: uniform(random, 0.18, 0.32),
            phase: uniform(random, 0.0, std::f64::consts::TAU),
        }
    }

    fn wave(&self, seconds: f64) -> f64 {
        (std::f64::consts::TAU * self.hertz * seconds + self.phase).sin()
    }

    fn sway(&self, track: &mut [Vector], rate: f64) {
        for (index, vector) in track.iter_mut().enumerate() {
            let wave = self.wave(index as f64 / rate);
            let sized = vector.map(|axis| axis * (1.0 + 0.04 * wave));
            *vector = rotate(sized, [0.0, 0.0, 0.03 * wave]);
        }
    }
}

/// Turns a vector about x, y and z in that order, by angles in radians.
fn rotate(vector: Vector, [about_x, about_y, about_z]: [f64; 3]) -> Vector {
    let turn = |a: f64, b: f64, angle: f64| {
        let (sine, cosine) = angle.sin_cos();
        (a * cosine - b * sine, a * sine + b * cosine)
    };
    let [x, y, z] = vector;
    let (y, z) = turn(y, z, about_x);
    let (z, x) = turn(z, x, about_y);
    let (x, y) = turn(x, y, about_z);
    [x, y, z]
}
