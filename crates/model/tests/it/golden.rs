//! Expected outputs, made with PyTorch 2.15 on CPU: the small network on every device, tolerance
//! 1e-4 of the largest magnitude; the full-size network on the CPU alone, 1e-3 (see the README of
//! the golden values).

use crate::{devices, golden_folder, relative_difference};
use burn::tensor::{Device, Tensor, TensorData};
use coronet_model::attribution::{Explainer, Method, grad_cam, gradient};
use coronet_model::{
    Architecture, DeviceChoice, Inference, NamedTensor, Net1d, Pass, StateDict, Values, checkpoint,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn small() -> Architecture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/small.toml");
    Architecture::from_toml(&std::fs::read_to_string(path).expect("the example")).expect("valid")
}

fn tensors(path: &Path) -> BTreeMap<String, NamedTensor> {
    checkpoint::read(path)
        .expect("readable golden values")
        .state
        .tensors
}

fn values(tensor: &NamedTensor) -> &[f32] {
    let Values::F32(values) = &tensor.values else {
        panic!("expected floating point")
    };
    values
}

fn input(tensor: &NamedTensor, device: &Device) -> Tensor<3> {
    let shape: [usize; 3] = tensor.shape.clone().try_into().expect("three dimensions");
    Tensor::from_data(TensorData::new(values(tensor).to_vec(), shape), device)
}

fn to_vec<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("single precision")
}

/// Logits of a batch of windows.
fn scores(inference: &Inference, batch: &NamedTensor) -> Vec<f32> {
    let (leads, samples) = (batch.shape[1], batch.shape[2]);
    let windows: Vec<&[f32]> = values(batch).chunks(leads * samples).collect();
    inference.score(&windows, (leads, samples)).concat()
}

/// Checkpoints of the folder that hold a network, with the prefix of their outputs.
fn networks(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let kind = path.extension().unwrap_or_default();
        if (kind == "pth" || kind == "safetensors") && name != "io.safetensors" {
            found.push((
                path,
                if name.contains("plain") {
                    "plain"
                } else {
                    "norm"
                },
            ));
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no checkpoint in {}", folder.display());
    found
}

#[test]
fn golden_outputs_of_every_checkpoint_and_length_on_every_device() {
    let Some(folder) = golden_folder("net1d") else {
        return;
    };
    for (choice, device) in devices() {
        check_outputs(&folder, choice, &device);
    }
}

fn check_outputs(folder: &Path, choice: DeviceChoice, device: &Device) {
    let io = tensors(&folder.join("io.safetensors"));
    for (path, prefix) in networks(folder) {
        let state = checkpoint::read(&path).and_then(|found| found.strict(&path, &small()));
        let state = state.unwrap_or_else(|error| panic!("{error}"));
        let network = Net1d::new(&small(), &state, device);
        assert_eq!(network.uses_norm(), prefix == "norm", "{}", path.display());
        let inference = Inference::new(&small(), &state, device);
        let inputs = io.iter().filter(|(name, _)| name.starts_with('x'));
        for (name, tensor) in inputs {
            let scored = scores(&inference, tensor);
            let expected = values(&io[&format!("{prefix}_{name}_logits")]);
            let difference = relative_difference(&scored, expected);
            assert!(
                difference < 1e-4,
                "{} {name} inference on {choice}: {difference}",
                path.display()
            );
            let output = network.forward(input(tensor, device), &mut Pass::Inference);
            for (what, got) in [("logits", output.logits), ("features", output.features)] {
                let expected = values(&io[&format!("{prefix}_{name}_{what}")]);
                let difference = relative_difference(&to_vec(got), expected);
                assert!(
                    difference < 1e-4,
                    "{} {name} {what} on {choice}: {difference}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn golden_attributions_on_every_device() {
    let Some(folder) = golden_folder("net1d") else {
        return;
    };
    for (choice, device) in devices() {
        check_attributions(&folder, choice, &device);
    }
}

fn check_attributions(folder: &Path, choice: DeviceChoice, device: &Device) {
    let io = tensors(&folder.join("io.safetensors"));
    let (path, _) = networks(folder)
        .into_iter()
        .find(|(_, prefix)| *prefix == "norm")
        .expect("one");
    let state = checkpoint::read(&path).expect("readable").state;
    let network = Net1d::new(&small(), &state, &device.clone().autodiff());
    let first = input(&io["x5000"], device).narrow(0, 0, 1); // [1, 12, 5000]
    let lad = 2;
    let saliency = to_vec(gradient(&network, first.clone(), lad));
    let difference = relative_difference(&saliency, values(&io["saliency_lad"]));
    assert!(difference < 1e-4, "saliency on {choice}: {difference}");
    let map = to_vec(grad_cam(&network, first, lad, 6));
    let difference = relative_difference(&map, values(&io["gradcam_lad"]));
    assert!(difference < 1e-4, "Grad-CAM on {choice}: {difference}");
    let explainer = Explainer::new(&small(), &state, device);
    let window = &values(&io["x5000"])[..12 * 5000];
    let found = explainer.attribute(&[window], lad, &Method::Gradient);
    let found = found.expect("fits").remove(0).values;
    let difference = relative_difference(&found, values(&io["saliency_lad"]));
    assert!(difference < 1e-4, "explainer on {choice}: {difference}");
}

/// Weights by the rule that `full_recipe.json` states.
fn recipe(architecture: &Architecture) -> StateDict {
    let order = coronet_model::expected_tensors(architecture);
    let mut tensors = BTreeMap::new();
    let mut number = 0;
    for tensor in order {
        let count: usize = tensor.shape.iter().product();
        if tensor.name.ends_with("num_batches_tracked") {
            let values = Values::I64(vec![0]);
            tensors.insert(
                tensor.name,
                NamedTensor {
                    shape: tensor.shape,
                    values,
                },
            );
            continue;
        }
        let fan_in: usize = tensor.shape.iter().skip(1).product();
        let norm = tensor.name.contains("bn");
        let values = (0..count).map(|i| {
            let f = (0.7 * i as f64 + 1.3 * f64::from(number) + 0.1).sin();
            let value = match () {
                () if tensor.name.ends_with("running_mean") => 0.1 * f,
                () if tensor.name.ends_with("running_var") => 1.0 + 0.3 * f,
                () if norm && tensor.name.ends_with("weight") => 1.0 + 0.2 * f,
                () if norm => 0.1 * f,
                () if tensor.name.ends_with("weight") => f * 1.5 / (fan_in as f64).sqrt(),
                () => 0.05 * f,
            };
            value as f32
        });
        let values = Values::F32(values.collect());
        tensors.insert(
            tensor.name,
            NamedTensor {
                shape: tensor.shape,
                values,
            },
        );
        number += 1;
    }
    StateDict { tensors }
}

#[test]
fn golden_full_size_network() {
    let Some(folder) = golden_folder("net1d") else {
        return;
    };
    let path = folder.join("full_recipe.json");
    let text = std::fs::read_to_string(&path).expect("the recipe");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let list = |key: &str| -> Vec<f32> {
        let numbers = expected[key].as_array().expect("a list").iter();
        numbers
            .map(|number| number.as_f64().expect("a number") as f32)
            .collect()
    };
    let mut architecture = Architecture::named("ecgfounder-12").expect("known");
    architecture.norm = Some(true);
    let device = Device::flex();
    let state = recipe(&architecture);
    let network = Net1d::new(&architecture, &state, &device);
    let window: Vec<f32> = (0..12 * 5000)
        .map(|i| (0.013 * f64::from(i) + 20.0).sin() as f32)
        .collect();
    let scored = Inference::new(&architecture, &state, &device).score(&[&window], (12, 5000));
    let difference = relative_difference(&scored.concat(), &list("logits"));
    assert!(difference < 1e-3, "inference: {difference}");
    let input = Tensor::<3>::from_data(TensorData::new(window, [1, 12, 5000]), &device);
    let output = network.forward(input, &mut Pass::Inference);
    let difference = relative_difference(&to_vec(output.logits), &list("logits"));
    assert!(difference < 1e-3, "logits: {difference}");
    let features = to_vec(output.features);
    let difference = relative_difference(&features[..16], &list("features_first_16"));
    assert!(difference < 1e-3, "features: {difference}");
}

#[test]
fn full_size_network_has_the_published_number_of_parameters() {
    let architecture = Architecture::named("ecgfounder-12").expect("known");
    let count: usize = coronet_model::expected_tensors(&architecture)
        .iter()
        .filter(|tensor| tensor.role == coronet_model::Role::Parameter)
        .map(|tensor| tensor.shape.iter().product::<usize>())
        .sum();
    assert_eq!(count, 30_669_364);
}
