//! Trust checks on a small network with weights anyone can rebuild.

use burn::tensor::Device;
use coronet_evaluate::{Estimate, Statistic};
use coronet_explain::trust::{
    Disturbance, Grid, Question, agreement, cascade, compared, perturbation, similarity, stability,
};
use coronet_model::attribution::{Baseline, Explainer, Method};
use coronet_model::{Architecture, StateDict};

const SAMPLES: usize = 500;
const GRID: Grid = Grid {
    leads: 12,
    samples: SAMPLES,
    cell: 25,
};
const METHOD: Method = Method::IntegratedGradients {
    baseline: Baseline::Zero,
    points: 33,
};

struct Fixture {
    architecture: Architecture,
    state: StateDict,
    explainer: Explainer,
    windows: Vec<Vec<f32>>,
}

impl Fixture {
    fn new() -> Fixture {
        let architecture = Architecture::named("nano").expect("known");
        let state = StateDict::initial(&architecture, 11);
        let explainer = Explainer::new(&architecture, &state, &Device::flex());
        Fixture {
            explainer,
            windows: (0..4).map(window).collect(),
            architecture,
            state,
        }
    }

    /// Asks `question` about the windows.
    fn ask<T>(&self, question: impl Fn(&Question<'_>) -> T) -> T {
        let windows: Vec<&[f32]> = self.windows.iter().map(Vec::as_slice).collect();
        question(&Question {
            explainer: &self.explainer,
            windows: &windows,
            class: 1,
            method: &METHOD,
            grid: GRID,
        })
    }
}

/// Beats once a second with a lead's own size, on a slow wave.
fn window(number: usize) -> Vec<f32> {
    (0..12 * SAMPLES)
        .map(|index| {
            let (lead, sample) = (index / SAMPLES, index % SAMPLES);
            let beat = ((sample + 37 * number) % 250) as f32 - 125.0;
            (-(beat / 6.0).powi(2)).exp() * (lead as f32 - 4.0)
                + 0.2 * (sample as f32 / 80.0 + lead as f32).sin()
        })
        .collect()
}

fn value(statistic: &Statistic<Estimate>) -> f64 {
    statistic.defined().expect("defined").value
}

#[test]
fn a_grid_covers_every_sample_once() {
    let cells = GRID.cells();
    assert_eq!(cells.len(), 12 * 20);
    let uneven = Grid { cell: 60, ..GRID };
    let covered: usize = uneven
        .cells()
        .iter()
        .flat_map(|cell| &cell.spans)
        .map(|(_, range)| range.len())
        .sum();
    assert_eq!(covered, 12 * SAMPLES);
    let sizes = uneven.sizes(&vec![-2.0; 12 * SAMPLES]);
    assert_eq!(sizes, vec![2.0; uneven.cells().len()]);
}

#[test]
fn a_picture_is_like_itself_and_unlike_its_opposite() {
    let picture: Vec<Vec<f64>> = (0..3)
        .map(|number| {
            (0..50)
                .map(|cell| f64::from((cell * 7 + number) % 50))
                .collect()
        })
        .collect();
    let opposite: Vec<Vec<f64>> = picture
        .iter()
        .map(|cells| cells.iter().map(|cell| -cell).collect())
        .collect();
    assert!((value(&similarity(&picture, &picture)) - 1.0).abs() < 1e-12);
    assert!((value(&similarity(&picture, &opposite)) + 1.0).abs() < 1e-12);
    let constant = vec![vec![1.0; 50]];
    let reason = similarity(&constant, &constant);
    assert!(
        reason
            .reason()
            .is_some_and(|reason| reason.contains("no window"))
    );
}

#[test]
fn a_cascade_ends_far_from_the_network_it_started_from() {
    let fixture = Fixture::new();
    let steps = fixture.ask(|question| {
        let network = (&fixture.architecture, &fixture.state);
        let found = question.attribute().expect("fits");
        cascade(question, &found, network, &Device::flex(), 1).expect("fits")
    });
    let (steps, chance) = (steps.steps, steps.chance);
    assert_eq!(steps.len(), 9);
    assert_eq!(steps[0].down_to, "dense");
    assert_eq!(steps[8].down_to, "first convolution");
    assert!(
        steps
            .iter()
            .all(|step| value(&step.likeness.similarity) <= 1.0)
    );
    let last = value(&steps[8].likeness.similarity);
    assert!(
        last < 0.9,
        "every layer is randomised and the picture stays: {last}"
    );
    // What follows the signal is alike by chance; signs and what the signal does not explain are not.
    assert!(value(&chance.similarity) > 0.3, "{chance:?}");
    for likeness in [&steps[8].likeness, &chance] {
        assert!(value(&likeness.signed).abs() < 0.35, "{likeness:?}");
        assert!(value(&likeness.beyond_signal) < value(&likeness.similarity));
    }
}

#[test]
fn integrated_gradients_beat_a_random_order() {
    let found = Fixture::new().ask(|question| {
        perturbation(question, &question.attribute().expect("fits"), 3, 7).expect("fits")
    });
    assert!(value(&found.deletion) > 0.0, "{found:?}");
    assert!(value(&found.insertion) > 0.0, "{found:?}");
    assert_eq!((found.cells, found.random_orders), (240, 3));
}

#[test]
fn no_disturbance_leaves_the_picture_and_a_larger_one_moves_it_more() {
    let disturbances = [
        Disturbance::Shift(0),
        Disturbance::Noise(0.0),
        Disturbance::Noise(0.02),
        Disturbance::Noise(1.0),
    ];
    let found = Fixture::new().ask(|question| {
        stability(
            question,
            &question.attribute().expect("fits"),
            &disturbances,
            3,
        )
        .expect("fits")
    });
    let of: Vec<f64> = found.iter().map(|found| value(&found.similarity)).collect();
    assert!(
        (of[0] - 1.0).abs() < 1e-9 && (of[1] - 1.0).abs() < 1e-9,
        "{of:?}"
    );
    assert!(of[2] > of[3], "{of:?}");
}

#[test]
fn agreement_is_between_every_two_methods() {
    let methods = [Method::Gradient, Method::GradientTimesInput, METHOD];
    let found = Fixture::new().ask(|question| {
        agreement(question, &question.attribute().expect("fits"), &methods).expect("fits")
    });
    let names: Vec<(&str, &str)> = found.iter().map(|pair| (pair.first, pair.second)).collect();
    assert_eq!(
        names,
        [
            ("gradient", "gradient-times-input"),
            ("gradient", "integrated-gradients"),
            ("gradient-times-input", "integrated-gradients"),
        ]
    );
    let shares = value(&found[2].similarity);
    assert!(
        shares > 0.3,
        "two shares of one logit hardly agree: {shares}"
    );
}

#[test]
fn a_network_is_wholly_like_itself_and_not_like_another() {
    let fixture = Fixture::new();
    let other = StateDict::initial(&fixture.architecture, 12);
    let other = Explainer::new(&fixture.architecture, &other, &Device::flex());
    let (same, different) = fixture.ask(|question| {
        let found = question.attribute().expect("fits");
        let with = |other| compared(question, &found, other).expect("fits");
        (with(question.explainer), with(&other))
    });
    for one in [&same.similarity, &same.signed, &same.beyond_signal] {
        assert!((value(one) - 1.0).abs() < 1e-9, "{same:?}");
    }
    assert!(value(&different.signed).abs() < 0.35, "{different:?}");
    assert!(value(&different.beyond_signal) < 0.8, "{different:?}");
}
