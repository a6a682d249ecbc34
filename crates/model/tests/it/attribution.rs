//! Attribution: every method on a small network with weights anyone can rebuild.

use burn::tensor::Device;
use coronet_model::attribution::{
    Attribution, Baseline, Change, Explainer, Fill, LayerGroup, Method, Region, layer_groups,
    randomise,
};
use coronet_model::{Architecture, StateDict};

const SAMPLES: usize = 600;
const CLASS: usize = 2;

fn architecture() -> Architecture {
    Architecture::named("nano").expect("known")
}

fn state() -> StateDict {
    StateDict::initial(&architecture(), 3)
}

fn explainer() -> Explainer {
    Explainer::new(&architecture(), &state(), &Device::flex())
}

/// Twelve leads of a wave with a lead's own phase and a bump in the middle.
fn window(seed: usize) -> Vec<f32> {
    (0..12 * SAMPLES)
        .map(|index| {
            let (lead, sample) = (index / SAMPLES, index % SAMPLES);
            let time = sample as f32 / 100.0;
            let bump = (-((sample as f32 - 300.0) / 12.0).powi(2)).exp();
            (time * 7.0 + (lead + seed) as f32).sin() + bump * (lead as f32 - 5.0)
        })
        .collect()
}

fn attribute(method: &Method) -> Attribution {
    let found = explainer().attribute(&[&window(0)], CLASS, method);
    found.expect("a method that fits").remove(0)
}

#[test]
fn gradient_equals_finite_differences() {
    let explainer = explainer();
    let window = window(0);
    let gradient = attribute(&Method::Gradient).values;
    for lead in 0..12 {
        let range = lead * SAMPLES..(lead + 1) * SAMPLES;
        let squares: f64 = gradient[range.clone()]
            .iter()
            .map(|&value| f64::from(value).powi(2))
            .sum();
        // One step of fixed length along the gradient of this lead.
        let step = 0.01 / squares.sqrt() as f32;
        let moved = |by: f32| {
            let mut window = window.clone();
            for index in range.clone() {
                window[index] += by * gradient[index];
            }
            f64::from(explainer.logits(&[&window], CLASS).expect("fits")[0])
        };
        let difference = (moved(step) - moved(-step)) / f64::from(2.0 * step);
        // Max-pooling has kinks that a step crosses here and there.
        let error = (difference - squares).abs() / squares;
        assert!(
            error < 0.05,
            "lead {lead}: {difference} by differences, {squares} by the network"
        );
    }
}

#[test]
fn integrated_gradients_add_up_to_one_per_cent() {
    for baseline in [Baseline::Zero, Baseline::LeadMean] {
        let method = Method::IntegratedGradients {
            baseline,
            points: 1_025,
        };
        let completeness = attribute(&method).completeness.expect("is promised");
        let error = completeness.relative_error().expect("two different logits");
        assert!(error <= 0.01, "{baseline:?}: {completeness:?}");
        assert!(completeness.points <= 1_025);
    }
}

#[test]
fn answers_do_not_depend_on_the_company_in_a_batch() {
    let explainer = explainer();
    let windows: Vec<Vec<f32>> = (0..3).map(window).collect();
    let together: Vec<&[f32]> = windows.iter().map(Vec::as_slice).collect();
    for method in short_methods(explainer.stages()) {
        let name = method.name();
        let all = explainer
            .attribute(&together, CLASS, &method)
            .expect("fits");
        let one = explainer
            .attribute(&together[1..2], CLASS, &method)
            .expect("fits");
        let size = one[0].values.iter().fold(0.0f32, |a, b| a.max(b.abs()));
        assert!(size > 0.0 || name == "grad-cam", "{name} says nothing");
        for (a, b) in all[1].values.iter().zip(&one[0].values) {
            assert!((a - b).abs() <= 1e-5 * size, "{name}: {a} and {b}");
        }
    }
}

/// Methods as they are named, with few points and copies.
fn short_methods(stages: usize) -> Vec<Method> {
    let short = |name: &&str| match Method::named(name, stages).expect("known") {
        Method::SmoothGradient { noise, seed, .. } => Method::SmoothGradient {
            copies: 3,
            noise,
            seed,
        },
        Method::IntegratedGradients { baseline, .. } => Method::IntegratedGradients {
            baseline,
            points: 17,
        },
        other => other,
    };
    Method::NAMES.iter().map(short).collect()
}

fn nearly(one: &Attribution, two: &Attribution, tolerance: f32) -> bool {
    let size = one.values.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    let mut pairs = one.values.iter().zip(&two.values);
    pairs.all(|(a, b)| (a - b).abs() <= tolerance * size)
}

#[test]
fn classes_asked_together_get_what_each_gets_alone() {
    let explainer = explainer();
    let windows: Vec<Vec<f32>> = (0..2).map(window).collect();
    let windows: Vec<&[f32]> = windows.iter().map(Vec::as_slice).collect();
    let classes = [3, 0, 2];
    for method in short_methods(explainer.stages()) {
        let all = explainer.attribute_all(&windows, &classes, &method);
        for (found, class) in all.expect("fits").iter().zip(classes) {
            let alone = explainer.attribute(&windows, class, &method).expect("fits");
            assert_eq!(found.len(), alone.len());
            for (one, two) in alone.iter().zip(found) {
                let name = method.name();
                assert!(nearly(one, two, 1e-4), "{name} of class {class}");
                assert_eq!(one.logit, two.logit, "{name} of class {class}");
            }
        }
    }
    let regions = [Region::lead(0, 0..SAMPLES), Region::lead(7, 10..90)];
    let all = explainer.occlusion_all(windows[0], &classes, &regions, Fill::Line);
    for (found, class) in all.expect("fits").iter().zip(classes) {
        let alone = explainer.occlusion(windows[0], class, &regions, Fill::Line);
        assert_eq!(found, &alone.expect("fits"));
    }
}

#[test]
fn the_kernels_and_the_tensor_library_give_the_same_attributions() {
    let recorded = Device::flex().autodiff();
    let other = Explainer::new(&architecture(), &state(), &recorded);
    let explainer = explainer();
    let window = window(1);
    // Of two rules of integration that add up nearly as well, rounding decides.
    let mut methods = short_methods(explainer.stages());
    methods.retain(|method| !matches!(method, Method::IntegratedGradients { .. }));
    methods.extend((0..explainer.stages()).map(|stage| Method::GradCam { stage }));
    for method in methods {
        let one = explainer.attribute_all(&[&window], &[1, 2], &method);
        let two = other.attribute_all(&[&window], &[1, 2], &method);
        for (one, two) in one.expect("fits").iter().zip(&two.expect("fits")) {
            assert!(nearly(&one[0], &two[0], 1e-4), "{method:?}");
        }
    }
}

#[test]
fn grad_cam_of_any_stage_is_not_negative_and_equal_in_all_leads() {
    for stage in 0..7 {
        let found = attribute(&Method::GradCam { stage });
        assert!(
            found.values.iter().all(|&value| value >= 0.0),
            "stage {stage}"
        );
        let (first, rest) = found.values.split_at(SAMPLES);
        assert!(
            rest.chunks(SAMPLES).all(|lead| lead == first),
            "stage {stage}"
        );
    }
}

#[test]
fn smooth_gradients_repeat_for_a_seed_and_only_for_it() {
    let with = |seed| {
        attribute(&Method::SmoothGradient {
            copies: 4,
            noise: 0.1,
            seed,
        })
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1).values, with(2).values);
}

#[test]
fn occluding_nothing_does_nothing_and_everything_leaves_the_flat_window() {
    let explainer = explainer();
    let window = window(0);
    let all = Region::time(12, 0..SAMPLES);
    let effects = explainer
        .occlusion(&window, CLASS, &[Region::default(), all], Fill::Zero)
        .expect("fits");
    assert_eq!(effects[0], 0.0);
    let flat = vec![0.0; window.len()];
    let logits = explainer.logits(&[&window, &flat], CLASS).expect("fits");
    assert!((effects[1] - (logits[0] - logits[1])).abs() < 1e-5);
}

#[test]
fn a_line_takes_the_place_of_a_span_without_a_step() {
    let explainer = explainer();
    let straight: Vec<f32> = (0..12 * SAMPLES)
        .map(|index| (index % SAMPLES) as f32 / 100.0)
        .collect();
    let effects = explainer
        .occlusion(&straight, CLASS, &[Region::lead(4, 200..260)], Fill::Line)
        .expect("fits");
    assert!(
        effects[0].abs() < 1e-4,
        "a line for a line moved {effects:?}"
    );
}

#[test]
fn curves_run_between_the_window_and_the_flat_one() {
    let explainer = explainer();
    let window = window(0);
    let cells: Vec<Region> = (0..12)
        .flat_map(|lead| (0..6).map(move |part| Region::lead(lead, part * 100..(part + 1) * 100)))
        .collect();
    let flat = vec![0.0; window.len()];
    let ends = explainer.logits(&[&window, &flat], CLASS).expect("fits");
    for (change, ends) in [
        (Change::Deletion, [ends[0], ends[1]]),
        (Change::Insertion, [ends[1], ends[0]]),
    ] {
        let curve = explainer
            .curve(&window, CLASS, &cells, change, 9)
            .expect("fits");
        assert_eq!(curve.logits.len(), 10);
        let difference = (curve.logits[0] - ends[0]).abs() + (curve.logits[9] - ends[1]).abs();
        assert!(difference < 1e-5, "{change:?}: {curve:?}, ends {ends:?}");
        let (low, high) = curve
            .logits
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), &logit| {
                (low.min(logit), high.max(logit))
            });
        assert!((low..=high).contains(&curve.mean()));
    }
}

#[test]
fn randomising_goes_from_the_output_to_the_input() {
    let state = state();
    let groups = layer_groups(&architecture());
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names.first(), Some(&"dense"));
    assert_eq!(names.last(), Some(&"first convolution"));
    let changed = |groups: &[LayerGroup]| {
        let random = randomise(&state, groups, 5);
        let differs = |name: &&String| random.tensors[*name] != state.tensors[*name];
        state
            .tensors
            .keys()
            .filter(differs)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(changed(&[]), Vec::<String>::new());
    let head = changed(&groups[..1]);
    assert!(!head.is_empty() && head.iter().all(|name| name.starts_with("dense.")));
    let all = changed(&groups);
    for part in [
        "dense.weight",
        "first_conv.conv.weight",
        "stage_list.3.block_list.0.conv2.conv.weight",
    ] {
        assert!(
            all.iter().any(|name| name == part),
            "{part} keeps its weights"
        );
    }
    assert_eq!(randomise(&state, &groups, 5), randomise(&state, &groups, 5));
}

#[test]
fn what_does_not_fit_is_named() {
    let explainer = explainer();
    let window = window(0);
    let cases: [(&[&[f32]], usize, Method, &str); 6] = [
        (
            &[&window],
            4,
            Method::Gradient,
            "class: expected 0 to 3, got 4",
        ),
        (
            &[&window[1..]],
            0,
            Method::Gradient,
            "window: expected 12 leads",
        ),
        (
            &[&window, &window[..1_200]],
            0,
            Method::Gradient,
            "got 1200",
        ),
        (&[&[]], 0, Method::Gradient, "window: expected 12 leads"),
        (
            &[&window],
            0,
            Method::GradCam { stage: 7 },
            "stage: expected 0 to 6, got 7",
        ),
        (
            &[&window],
            0,
            Method::SmoothGradient {
                copies: 0,
                noise: 0.1,
                seed: 1,
            },
            "copies: expected at least 1, got 0",
        ),
    ];
    for (windows, class, method, expected) in cases {
        let error = explainer
            .attribute(windows, class, &method)
            .expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = explainer
        .occlusion(&window, 0, &[Region::lead(12, 0..5)], Fill::Zero)
        .expect_err("there is no lead 12");
    assert!(error.to_string().contains("lead 12"), "{error}");
    assert_eq!(
        explainer.attribute(&[], 0, &Method::Gradient),
        Ok(Vec::new())
    );
}
