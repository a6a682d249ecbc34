//! Three optimiser steps of the published surgery, made with PyTorch 2.15 on CPU with
//! dropout off, on every device; tolerance 1e-4 of each tensor's norm.

use crate::devices;
use burn::tensor::Device;
use coronet_model::{Architecture, DeviceChoice, NamedTensor, StateDict, Values, checkpoint};
use coronet_train::{Batch, GradientSurgery, Learner, Schedule, TaskWeighting, TrainConfig};
use std::path::{Path, PathBuf};

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn golden_folder() -> Option<PathBuf> {
    let root = std::env::var_os("CORONET_GOLDEN").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden"),
        PathBuf::from,
    );
    let folder = root.join("training");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no golden values at {} (set CORONET_GOLDEN)",
        folder.display()
    );
    None
}

fn section(all: &StateDict, prefix: &str) -> StateDict {
    let tensors = all
        .tensors
        .iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone())));
    StateDict {
        tensors: tensors.collect(),
    }
}

fn values(tensor: &NamedTensor) -> &[f32] {
    let Values::F32(values) = &tensor.values else {
        panic!("expected floating point")
    };
    values
}

/// The shape of the network a state dictionary was made from.
fn architecture(state: &StateDict) -> Architecture {
    let text = include_str!("../../../../examples/small.toml");
    let mut architecture = Architecture::from_toml(text).expect("the example");
    architecture.n_classes = state.tensors["dense.bias"].shape[0];
    architecture.norm = Some(true);
    architecture
}

fn check(folder: &Path, name: &str, device: &Device) {
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("settings");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let number = |key: &str| expected[key].as_f64().expect("a number");
    let all = checkpoint::read(&folder.join(format!("{name}.safetensors")))
        .expect("read")
        .state;
    let before = section(&all, "before.");
    let mut architecture = architecture(&before);
    architecture.dropout = number("dropout") as f32;
    let config = TrainConfig {
        learning_rate: number("lr"),
        weight_decay: number("weight_decay"),
        task_weighting: TaskWeighting::Uncertainty,
        gradient_surgery: GradientSurgery::Published,
        ..TrainConfig::default()
    };
    let schedule = Schedule {
        peak: config.learning_rate,
        warm_up_steps: number("warmup_steps") as usize,
        total_steps: number("total_steps") as usize,
        final_share: number("min_lr_ratio"),
    };
    let mut learner = Learner::new(&config, &architecture, &before, &[None; 4], device);
    let shape: [usize; 3] = all.tensors["x"]
        .shape
        .clone()
        .try_into()
        .expect("three dimensions");
    let tasks = architecture.n_classes;
    let labels: Vec<Vec<Option<bool>>> = values(&all.tensors["y"])
        .chunks(tasks)
        .map(|row| row.iter().map(|&label| Some(label > 0.5)).collect())
        .collect();
    let steps = expected["trace"].as_array().expect("steps").len();
    let rates: Vec<f64> = (0..steps).map(|step| schedule.rate(step)).collect();
    for (step, trace) in expected["trace"]
        .as_array()
        .expect("steps")
        .iter()
        .enumerate()
    {
        let rate = schedule.rate(step);
        assert!(
            (rate - trace["lr"].as_f64().expect("a rate")).abs() < 1e-12,
            "rate of step {step}"
        );
        let batch = Batch {
            windows: values(&all.tensors["x"]).to_vec(),
            shape: (shape[1], shape[2]),
            labels: labels.clone(),
        };
        let report = learner.step(&batch, rate, 0);
        let close = |got: f32, expected: &serde_json::Value, what: &str| {
            let expected = expected.as_f64().expect("a number");
            let error = (f64::from(got) - expected).abs() / expected.abs().max(1e-3);
            assert!(
                error < 1e-4,
                "{what} of step {step}: got {got}, expected {expected}"
            );
        };
        for task in 0..tasks {
            close(
                report.task_losses[task].expect("known"),
                &trace["task_loss"][task],
                "loss",
            );
        }
        close(report.gradient_norm, &trace["grad_norm"], "gradient norm");
        assert_eq!(
            report.conflicts as u64,
            trace["conflicts"].as_u64().expect("a count")
        );
        for (got, expected) in learner.log_variances().iter().zip(0..) {
            close(*got, &trace["log_vars"][expected as usize], "log-variance");
        }
    }
    assert_after(&learner.state(), &section(&all, "after."), &rates);
}

/// Compares tensor by tensor.
///
/// The bias of a convolution that a norm follows has a gradient of exactly zero: what is left
/// of it is rounding, which AdamW scales up to steps of the size of the rate. Such a bias may
/// therefore lie anywhere within the steps taken, in both programs, and the running mean
/// behind it follows with its momentum of 0.1.
fn assert_after(got: &StateDict, expected: &StateDict, rates: &[f64]) {
    let reach: f64 = 2.0 * rates.iter().sum::<f64>();
    let drift: f64 = (0..rates.len())
        .map(|step| 0.2 * rates[..step].iter().sum::<f64>())
        .sum();
    assert_eq!(got.tensors.len(), expected.tensors.len());
    for (name, expected) in &expected.tensors {
        let got = &got.tensors[name];
        if let Values::I64(counts) = &expected.values {
            assert_eq!(&got.values, &Values::I64(counts.clone()), "{name}");
            continue;
        }
        let ends = |names: [&str; 3]| names.iter().any(|end| name.ends_with(end));
        let free = if ends(["first_conv.conv.bias", "conv1.conv.bias", "conv2.conv.bias"]) {
            reach
        } else if ends([
            "first_bn.running_mean",
            "bn2.running_mean",
            "bn3.running_mean",
        ]) {
            drift
        } else {
            0.0
        };
        let norm = |values: &mut dyn Iterator<Item = f64>| {
            values.map(|value| value.powi(2)).sum::<f64>().sqrt()
        };
        let (got, expected) = (values(got), values(expected));
        let size = norm(&mut expected.iter().map(|&value| f64::from(value)));
        let apart = norm(&mut got.iter().zip(expected).map(|(got, expected)| {
            (f64::from(*got) - f64::from(*expected)).abs().max(free) - free
        }));
        assert!(apart <= 1e-4 * size, "{name}: {apart} of {size}");
    }
}

#[test]
fn golden_steps_on_every_device() {
    let Some(folder) = golden_folder() else {
        return;
    };
    let mut checked = 0;
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|kind| kind == "json") {
            let name = path.file_stem().expect("a name").to_string_lossy();
            for (choice, device) in devices() {
                check(&folder, &name, &device);
                // With derivatives recorded, the CPU takes the way of the other devices.
                if choice == DeviceChoice::Cpu {
                    check(&folder, &name, &device.autodiff());
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 0, "no golden values in {}", folder.display());
}
