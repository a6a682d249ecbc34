//! Loss, surgery, schedule and tuning by their definitions.

#![expect(clippy::unwrap_used, reason = "tests")]

use burn::tensor::Device;
use coronet_model::{Architecture, StateDict};
use coronet_train::{
    Batch, GradientSurgery, Learner, Schedule, Targets, TaskWeighting, TrainConfig, Tuning, combine,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a rule makes of gradients, with the number of conflicts.
fn merged(rule: GradientSurgery, gradients: &[&[f32]]) -> (Vec<f32>, usize) {
    let product = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(a, b)| f64::from(a * b));
        products.sum()
    };
    let products: Vec<Vec<f64>> = gradients
        .iter()
        .map(|a| gradients.iter().map(|b| product(a, b)).collect())
        .collect();
    let combined = combine(&products, rule, &mut ChaCha8Rng::seed_from_u64(1));
    let element = |i: usize| -> f32 {
        let parts = gradients.iter().zip(&combined.factors);
        parts.map(|(gradient, factor)| factor * gradient[i]).sum()
    };
    let gradient: Vec<f32> = (0..gradients[0].len()).map(element).collect();
    let norm = product(&gradient, &gradient).sqrt();
    assert!(
        (combined.norm - norm).abs() < 1e-6,
        "norm of the combination"
    );
    (gradient, combined.conflicts)
}

fn assert_close(got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-6, "{got} for {expected}");
    }
}

#[test]
fn surgery_on_two_opposing_gradients() {
    let (a, b): (&[f32], &[f32]) = (&[1.0, 0.0], &[-1.0, 1.0]);
    let (gradient, conflicts) = merged(GradientSurgery::Off, &[a, b]);
    assert_close(&gradient, &[0.0, 1.0]);
    assert_eq!(conflicts, 0);
    // a loses its part along b: (1, 0) + (−1, 1) / 2; b comes later and stays.
    let (gradient, conflicts) = merged(GradientSurgery::Published, &[a, b]);
    assert_close(&gradient, &[(0.5 - 1.0) / 2.0, (0.5 + 1.0) / 2.0]);
    assert_eq!(conflicts, 1);
    // Both lose their part along the other's original.
    let (gradient, conflicts) = merged(GradientSurgery::Canonical, &[a, b]);
    assert_close(&gradient, &[0.5, 0.5 + 1.0]);
    assert_eq!(conflicts, 2);
}

#[test]
fn surgery_leaves_gradients_that_agree() {
    let gradients: [&[f32]; 3] = [&[1.0, 0.0], &[1.0, 1.0], &[0.0, 2.0]];
    for (rule, expected) in [
        (GradientSurgery::Off, [2.0, 3.0]),
        (GradientSurgery::Published, [2.0 / 3.0, 1.0]),
        (GradientSurgery::Canonical, [2.0, 3.0]),
    ] {
        let (gradient, conflicts) = merged(rule, &gradients);
        assert_close(&gradient, &expected);
        assert_eq!(conflicts, 0);
    }
}

#[test]
fn missing_grades_have_no_part_in_the_loss() {
    let labels = [
        vec![Some(true), None],
        vec![Some(false), None],
        vec![None, None],
    ];
    let targets = Targets::new(&labels, 2);
    assert_eq!(targets.known_tasks(), [0]);
    let logits = [0.5f32, 9.0, -1.0, 9.0, 30.0, 9.0];
    let losses = targets.losses(&logits);
    let expected = ((1.0 + (-0.5f64).exp()).ln() + (1.0 + (-1.0f64).exp()).ln()) / 2.0;
    assert_close(&losses, &[expected as f32, 0.0]);
}

#[test]
fn derivative_of_the_loss_is_its_slope() {
    let labels = [
        vec![Some(true), None],
        vec![Some(false), Some(false)],
        vec![None, Some(true)],
    ];
    let targets = Targets::new(&labels, 2);
    let logits = [0.5f32, 3.0, -1.0, 2.0, 4.0, -0.3];
    let weights = [2.0f32, 0.5];
    let objective = |logits: &[f32]| -> f32 {
        let losses = targets.losses(logits);
        losses
            .iter()
            .zip(weights)
            .map(|(loss, weight)| loss * weight)
            .sum()
    };
    let derivative = targets.derivative(&logits, &weights);
    for i in 0..logits.len() {
        let moved = |by: f32| {
            let mut logits = logits;
            logits[i] += by;
            objective(&logits)
        };
        let slope = (moved(0.01) - moved(-0.01)) / 0.02;
        assert!(
            (derivative[i] - slope).abs() < 1e-4,
            "{i}: {} for {slope}",
            derivative[i]
        );
    }
}

#[test]
fn rate_rises_from_zero_and_falls_by_a_cosine() {
    let schedule = Schedule {
        peak: 2.0,
        warm_up_steps: 4,
        total_steps: 14,
        final_share: 0.01,
    };
    assert_eq!([0, 1, 4].map(|step| schedule.rate(step)), [0.0, 0.5, 2.0]);
    assert!((schedule.rate(9) - 2.0 * (0.01 + 0.99 / 2.0)).abs() < 1e-12);
    assert!((schedule.rate(14) - 0.02).abs() < 1e-12);
    assert!((schedule.rate(99) - 0.02).abs() < 1e-12);
}

fn architecture() -> Architecture {
    let text = "in_channels = 1\nbase_filters = 4\nfilter_list = [4, 4]\nm_blocks_list = [1, 1]\n\
                kernel_size = 3\ngroups_width = 4\nn_classes = 2\nnorm = true\ndropout = 0.0\n";
    Architecture::from_toml(text).unwrap()
}

/// Names of the tensors that one step changes.
fn changed(tuning: Tuning, labels: &[Vec<Option<bool>>]) -> Vec<String> {
    let config = TrainConfig {
        tuning,
        task_weighting: TaskWeighting::Equal,
        gradient_surgery: GradientSurgery::Off,
        ..TrainConfig::default()
    };
    let before = StateDict::initial(&architecture(), 1);
    let mut learner = Learner::new(
        &config,
        &architecture(),
        &before,
        &[None; 2],
        &Device::flex(),
    );
    let values: Vec<f32> = (0..2 * 40)
        .map(|i| (0.3 * f64::from(i)).sin() as f32)
        .collect();
    let batch = Batch {
        windows: values,
        shape: (1, 40),
        labels: labels.to_vec(),
    };
    learner.step(&batch, 0.1, 0);
    let after = learner.state().tensors;
    before
        .tensors
        .into_iter()
        .filter(|(name, old)| after[name] != *old)
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn frozen_layers_stay_as_they_were() {
    let labels = [vec![Some(true), Some(false)], vec![Some(false), Some(true)]];
    assert_eq!(
        changed(Tuning::Head, &labels),
        ["dense.bias", "dense.weight"]
    );
    let last = changed(Tuning::Stages(1), &labels);
    assert!(
        last.iter()
            .all(|name| name.starts_with("dense.") || name.starts_with("stage_list.1."))
    );
    assert!(
        last.iter()
            .any(|name| name == "stage_list.1.block_list.0.bn2.running_mean")
    );
    assert!(
        changed(Tuning::Full, &labels)
            .iter()
            .any(|name| name == "first_conv.conv.weight")
    );
}

#[test]
fn nothing_is_learnt_without_a_label() {
    let labels = [vec![None, None], vec![None, None]];
    assert!(changed(Tuning::Full, &labels).is_empty());
}

#[test]
fn values_out_of_range_are_named() {
    let text = |line: &str| {
        let config: TrainConfig = toml::from_str(line).unwrap();
        config.check().unwrap_err().to_string()
    };
    assert_eq!(
        text("epochs = 0"),
        "field `epochs`: expected 1 to 1000000, got 0"
    );
    assert_eq!(
        text("layer_decay = 0.0"),
        "field `layer_decay`: expected above 0 to 1, got 0"
    );
    assert!(toml::from_str::<TrainConfig>("epoch = 3").is_err());
}
