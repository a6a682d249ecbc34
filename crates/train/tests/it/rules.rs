//! Loss, surgery, schedule and tuning by their definitions.

#![expect(clippy::unwrap_used, reason = "tests")]

use burn::tensor::{Device, Tensor, TensorData};
use coronet_model::{Architecture, StateDict};
use coronet_train::{
    GradientSurgery, Learner, Schedule, Targets, TaskWeighting, TrainConfig, Tuning, merge,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn vector(values: &[f32]) -> Tensor<1> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), [values.len()]),
        &Device::flex(),
    )
}

fn merged(rule: GradientSurgery, gradients: &[&[f32]]) -> (Vec<f32>, usize) {
    let gradients = gradients.iter().map(|values| vector(values)).collect();
    let merged = merge(gradients, rule, &mut ChaCha8Rng::seed_from_u64(1));
    (
        merged.gradient.into_data().try_into_vec().unwrap(),
        merged.conflicts,
    )
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
    let device = Device::flex();
    let labels = [
        vec![Some(true), None],
        vec![Some(false), None],
        vec![None, None],
    ];
    let targets = Targets::new(&labels, 2, &device);
    assert_eq!(targets.known_tasks(), [0]);
    let logits = TensorData::new(vec![0.5f32, 9.0, -1.0, 9.0, 30.0, 9.0], [3, 2]);
    let losses = targets.losses(Tensor::from_data(logits, &device));
    let expected = ((1.0 + (-0.5f64).exp()).ln() + (1.0 + (-1.0f64).exp()).ln()) / 2.0;
    let losses: Vec<f32> = losses.into_data().try_into_vec().unwrap();
    assert_close(&losses, &[expected as f32, 0.0]);
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
    let input = TensorData::new(values, [2, 1, 40]);
    let input = Tensor::<3>::from_data(input, learner.device());
    learner.step(input, labels, 0.1, 0);
    let after = learner.network().state().tensors;
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
