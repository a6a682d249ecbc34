//! Do the intervals hold the true value as often as they say? Seeded simulations of known truth.
//!
//! Binormal scores: negatives N(0, 1), positives N(1.5, 1), so the area is Φ(1.5/√2) and the logit of the
//! posterior is a straight line of the score. With 2000 simulations the Monte-Carlo error of a 95 % coverage
//! is 0.5 points; each test allows three of them, and half a point because the intervals are asymptotic.

use coronet_evaluate::SurvivalInterval;
use coronet_evaluate::calibration::{
    calibration_in_the_large, fit_platt, logistic_calibration, lowess, lowess_variances,
    observed_expected_interval, smooth_calibration, with_band,
};
use coronet_evaluate::discrimination::{
    Bootstrap, BootstrapIntervals, average_precision, bootstrap, delong,
};
use coronet_evaluate::distribution::normal_two_sided;
use coronet_evaluate::pooling::{Scale, pool};
use coronet_evaluate::proportion::wilson;
use coronet_evaluate::survival::{aalen_johansen, kaplan_meier};
use coronet_evaluate::{Estimate, Statistic};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SIMULATIONS: u64 = 2000;
const FIRST_SEED: u64 = 10_000;
const SHIFT: f64 = 1.5;
const RATE: f64 = 0.25;

struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    /// Box & Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Scores and classes with the true probability of each score, for this rate of events.
    fn binormal(&mut self, n: usize, rate: f64) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
        let (mut scores, mut classes, mut truth) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..n {
            let class = self.uniform() < rate;
            let score = self.normal() + if class { SHIFT } else { 0.0 };
            let logit = (rate / (1.0 - rate)).ln() + SHIFT * score - SHIFT * SHIFT / 2.0;
            scores.push(score);
            classes.push(class);
            truth.push(1.0 / (1.0 + (-logit).exp()));
        }
        (scores, classes, truth)
    }
}

/// Counts how often an interval holds the truth, states it, and compares with the nominal 95 %.
#[track_caller]
fn check(name: &str, truth: f64, tolerance: f64, interval: impl Fn(u64) -> Statistic<Estimate>) {
    let mut inside = 0;
    for seed in FIRST_SEED..FIRST_SEED + SIMULATIONS {
        let estimate = interval(seed);
        let estimate = estimate.defined().unwrap();
        let (low, high) = (estimate.low.unwrap(), estimate.high.unwrap());
        inside += u32::from(low <= truth && truth <= high);
    }
    let coverage = f64::from(inside) / SIMULATIONS as f64;
    eprintln!("coverage of {name}: {:.1} %", 100.0 * coverage);
    assert!(
        (coverage - 0.95).abs() <= tolerance,
        "{name}: coverage {coverage}"
    );
}

const ALLOWED: f64 = 0.02;

/// Φ(1.5/√2).
const AREA: f64 = 0.855_577_816_826_757_6;

#[test]
fn coverage_of_the_area() {
    check("AUC, DeLong", AREA, ALLOWED, |seed| {
        let (scores, classes, _) = Random::new(seed).binormal(600, RATE);
        delong(&scores, &classes).map(|delong| delong.estimate(0.95))
    });
    check("AUC, DeLong on the logit scale", AREA, ALLOWED, |seed| {
        let (scores, classes, _) = Random::new(seed).binormal(600, RATE);
        delong(&scores, &classes).and_then(|delong| delong.logit_estimate(0.95))
    });
}

#[test]
fn coverage_of_a_proportion() {
    check("proportion, Wilson", 0.1, ALLOWED, |seed| {
        let mut random = Random::new(seed);
        let count = (0..200).filter(|_| random.uniform() < 0.1).count();
        wilson(count, 200, 0.95)
    });
}

#[test]
fn coverage_of_calibration() {
    check("calibration slope", 1.0, ALLOWED, |seed| {
        let (_, classes, truth) = Random::new(seed).binormal(500, RATE);
        logistic_calibration(&truth, &classes, 0.95).map(|line| line.slope)
    });
    check("calibration-in-the-large", 0.0, ALLOWED, |seed| {
        let (_, classes, truth) = Random::new(seed).binormal(500, RATE);
        calibration_in_the_large(&truth, &classes, 0.95)
    });
    // A site with half the events: the same probabilities are too high by the gap of the prior logits.
    let gap = (0.125_f64 / 0.875).ln() - (RATE / (1.0 - RATE)).ln();
    check(
        "calibration-in-the-large at another prevalence",
        gap,
        ALLOWED,
        |seed| {
            let (scores, classes, _) = Random::new(seed).binormal(500, 0.125);
            let prior = (RATE / (1.0 - RATE)).ln();
            let given =
                |score: &f64| 1.0 / (1.0 + (-(prior + SHIFT * score - SHIFT * SHIFT / 2.0)).exp());
            let given: Vec<f64> = scores.iter().map(given).collect();
            calibration_in_the_large(&given, &classes, 0.95)
        },
    );
}

/// A map fitted on a large sample of the site repairs the shift: the expected events are right again. The
/// interval knows nothing of the map's own error, hence the large sample.
#[test]
fn coverage_of_observed_over_expected_after_recalibration() {
    let given = |score: &f64| {
        let logit = (RATE / (1.0 - RATE)).ln() + SHIFT * score - SHIFT * SHIFT / 2.0;
        1.0 / (1.0 + (-logit).exp())
    };
    let (scores, classes, _) = Random::new(99_999).binormal(200_000, 0.125);
    let map = fit_platt(&scores.iter().map(given).collect::<Vec<_>>(), &classes);
    let map = map.defined().unwrap();
    let recalibrated = |seed: u64| {
        let (scores, classes, _) = Random::new(seed).binormal(500, 0.125);
        let p: Vec<f64> = scores.iter().map(|score| map.apply(given(score))).collect();
        observed_expected_interval(&p, &classes, 0.95)
    };
    // The interval treats the expected number as fixed, though it varies with the patients
    // drawn: it is too wide by the share of variance that the model explains.
    check("O:E after recalibration", 1.0, 0.05, recalibrated);
    let mut shifted = 0;
    for seed in 0..100 {
        let (scores, classes, _) = Random::new(seed).binormal(500, 0.125);
        let p: Vec<f64> = scores.iter().map(given).collect();
        let ratio = observed_expected_interval(&p, &classes, 0.95);
        shifted += u32::from(ratio.defined().unwrap().high.unwrap() < 1.0);
    }
    assert!(shifted > 95, "the shift is seen in {shifted} of 100");
}

/// Exponential times to the event (hazard 1), to a competing one (½), and to censoring (0.7).
#[test]
fn coverage_of_survival() {
    let draw = |seed: u64| -> (Vec<f64>, Vec<u8>) {
        let mut random = Random::new(seed);
        let one = |_| {
            let times = [1.0, 0.5, 0.7].map(|hazard| -random.uniform().ln() / hazard);
            let least = times[0].min(times[1]).min(times[2]);
            let code = if least == times[0] {
                1
            } else if least == times[1] {
                2
            } else {
                0
            };
            (least, code)
        };
        (0..200).map(one).unzip()
    };
    for (name, interval) in [
        ("log-log", SurvivalInterval::LogLog),
        ("log", SurvivalInterval::Log),
        ("plain", SurvivalInterval::Plain),
    ] {
        let truth = (-0.5_f64).exp();
        check(&format!("Kaplan-Meier, {name}"), truth, ALLOWED, |seed| {
            let (times, codes) = draw(seed);
            let events: Vec<bool> = codes.iter().map(|code| *code == 1).collect();
            kaplan_meier(&times, &events, interval, 0.95).at(0.5)
        });
    }
    let truth = (1.0 - (-0.75_f64).exp()) / 1.5;
    check(
        "cumulative incidence, Aalen-Johansen",
        truth,
        ALLOWED,
        |seed| {
            let (times, codes) = draw(seed);
            aalen_johansen(&times, &codes).estimate(0.5, 1, times.len(), 0.95)
        },
    );
    let mean = 1.0 - (-0.5_f64).exp();
    check("restricted mean", mean, ALLOWED, |seed| {
        let (times, codes) = draw(seed);
        let events: Vec<bool> = codes.iter().map(|code| *code == 1).collect();
        kaplan_meier(&times, &events, SurvivalInterval::LogLog, 0.95).restricted_mean(0.5)
    });
}

/// Ten centres whose true values scatter: the Hartung–Knapp interval holds the mean of the centres.
#[test]
fn coverage_of_a_pooled_mean() {
    check("pooled mean, random effects", 1.0, ALLOWED, |seed| {
        let mut random = Random::new(seed);
        let centres: Vec<(f64, f64)> = (0..10)
            .map(|centre| {
                let variance = 0.01 + 0.005 * f64::from(centre);
                let truth = 1.0 + 0.2 * random.normal();
                (truth + variance.sqrt() * random.normal(), variance)
            })
            .collect();
        pool(&centres, Scale::Identity, 0.95).map(|pooled| pooled.random)
    });
}

/// Φ.
fn below(z: f64) -> f64 {
    let tail = normal_two_sided(z) / 2.0;
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// Bootstrap intervals of a cohort of `n` with this rate, at one threshold; patients have `each` records
/// of equal class and score.
fn bootstrapped(seed: u64, n: usize, rate: f64, threshold: f64, each: u32) -> BootstrapIntervals {
    let (_, classes, truth) = Random::new(seed).binormal(n / each as usize, rate);
    let repeat = |place: u32| (place / each) as usize;
    let patients: Vec<u32> = (0..n as u32).map(|place| place / each).collect();
    let scores: Vec<f64> = (0..n as u32).map(|place| truth[repeat(place)]).collect();
    let classes: Vec<bool> = (0..n as u32).map(|place| classes[repeat(place)]).collect();
    let settings = Bootstrap {
        replicates: 400,
        seed,
        confidence: 0.95,
    };
    let intervals = bootstrap(&scores, &classes, &patients, &[threshold], &settings);
    intervals.defined().unwrap().clone()
}

/// The share of positives is part of the sample, so net benefit and average precision vary with it.
#[test]
fn coverage_of_what_depends_on_the_share_of_positives() {
    const COHORTS: u64 = 300;
    for (n, rate, threshold, each) in [
        (1000, 0.1, 0.05, 1),
        (1500, 0.3, 0.15, 1),
        (2000, 0.1, 0.05, 2),
    ] {
        let logit = |p: f64| (p / (1.0 - p)).ln();
        let cut = (logit(threshold) - logit(rate) + SHIFT * SHIFT / 2.0) / SHIFT;
        let odds = threshold / (1.0 - threshold);
        let benefit = rate * below(SHIFT - cut) - (1.0 - rate) * below(-cut) * odds;
        let all = rate - (1.0 - rate) * odds;
        let (_, classes, truth) = Random::new(1).binormal(400_000, rate);
        let precision = *average_precision(&truth, &classes).defined().unwrap();
        let mut inside = [0; 4];
        for seed in FIRST_SEED..FIRST_SEED + COHORTS {
            let found = bootstrapped(seed, n, rate, threshold, each);
            let held = [
                (found.net_benefit[0], benefit),
                (found.advantage[0], benefit - all.max(0.0)),
                (found.interventions_avoided[0], (benefit - all) / odds),
                (found.average_precision.unwrap(), precision),
            ];
            for (count, ((low, high), truth)) in inside.iter_mut().zip(held) {
                *count += u64::from(low <= truth && truth <= high);
            }
        }
        let names = [
            "net benefit",
            "advantage",
            "interventions avoided",
            "average precision",
        ];
        for (name, count) in names.into_iter().zip(inside) {
            let coverage = count as f64 / COHORTS as f64;
            eprintln!(
                "coverage of {name}, n {n}, rate {rate}: {:.1} %",
                100.0 * coverage
            );
            assert!((0.90..=0.99).contains(&coverage), "{name}: {coverage}");
        }
    }
}

/// The band of the calibration curve, where probabilities are right: the truth is the diagonal.
#[test]
fn coverage_of_the_calibration_band() {
    const COHORTS: u64 = 300;
    for each in [1, 3] {
        let (mut inside, mut points) = ([0_u32; 3], 0);
        for seed in FIRST_SEED..FIRST_SEED + COHORTS {
            let (_, classes, truth) = Random::new(seed).binormal(800 / each, RATE);
            let repeat = |place: usize| place / each;
            let n = classes.len() * each;
            let p: Vec<f64> = (0..n).map(|place| truth[repeat(place)]).collect();
            let y: Vec<bool> = (0..n).map(|place| classes[repeat(place)]).collect();
            let patients: Vec<u32> = (0..n as u32).map(|place| place / each as u32).collect();
            let smooth = smooth_calibration(&p, &y, 20_000);
            let curve = &smooth.defined().unwrap().curve;
            let middle = curve.len() / 2;
            let curve = [curve[middle / 4], curve[middle], curve[middle + middle / 2]];
            let band = with_band(&curve, &p, &y, &patients, 0.95);
            for (count, point) in inside.iter_mut().zip(&band) {
                let (low, high) = (point.low.unwrap(), point.high.unwrap());
                *count += u32::from(low <= point.predicted && point.predicted <= high);
            }
            points += 1;
        }
        let coverage = inside.map(|count| f64::from(count) / f64::from(points));
        eprintln!("coverage of the calibration band, {each} records a patient: {coverage:?}");
        for coverage in coverage {
            assert!((0.88..=0.99).contains(&coverage), "{coverage}");
        }
    }
}

/// The weights of the smoother are its derivatives: moving one outcome moves the curve by its weight.
#[test]
fn the_variance_of_the_smoother_is_that_of_its_weights() {
    let x: Vec<f64> = (0..40).map(|i| f64::from(i * i % 97) / 97.0).collect();
    let y: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 3 % 2)).collect();
    let units: Vec<u32> = (0..40).collect();
    let smoothed = lowess(&x, &y, 2.0 / 3.0, 0.0);
    let mut at = x.clone();
    at.sort_by(f64::total_cmp);
    at.dedup();
    let found = lowess_variances(&x, &y, 2.0 / 3.0, &at, &units);
    for place in 0..40 {
        let found = found[at.iter().position(|of| *of == x[place]).unwrap()];
        assert!((found.0 - smoothed[place]).abs() < 1e-12);
        let weight = |moved: usize| {
            let mut other = y.clone();
            other[moved] += 1.0;
            lowess(&x, &other, 2.0 / 3.0, 0.0)[place] - smoothed[place]
        };
        let variance: f64 = (0..40)
            .map(|moved| (weight(moved) * (y[moved] - smoothed[moved])).powi(2))
            .sum();
        assert!((found.1 - variance).abs() < 1e-10, "{place}");
    }
}
