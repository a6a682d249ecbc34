//! The kernels' recorded pass and the tensor library give the same derivatives, on every
//! device, dropout included.

use crate::{devices, relative_difference};
use burn::tensor::Device;
use coronet_model::{
    Architecture, DeviceChoice, Dropping, NamedTensor, StateDict, Trainable, Values, Vector,
    Windows,
};
use std::collections::BTreeMap;

const BATCH: usize = 3;

fn architecture(norm: bool) -> Architecture {
    let text = format!(
        "in_channels = 2\nbase_filters = 6\nfilter_list = [8, 20]\nm_blocks_list = [2, 2]\n\
         kernel_size = 5\ngroups_width = 4\nn_classes = 3\nnorm = {norm}\ndropout = 0.3\n"
    );
    Architecture::from_toml(&text).expect("valid")
}

/// New weights, with norms that are not neutral.
fn state(architecture: &Architecture) -> StateDict {
    let mut state = StateDict::initial(architecture, 4);
    for (number, (name, NamedTensor { values, .. })) in state.tensors.iter_mut().enumerate() {
        if let (true, Values::F32(values)) = (name.contains("bn"), values) {
            for (i, value) in values.iter_mut().enumerate() {
                *value += 0.3 * ((number + 3 * i) as f32).sin();
            }
        }
    }
    state
}

fn wave(count: usize, step: f64) -> Vec<f32> {
    (0..count).map(|i| (step * i as f64).sin() as f32).collect()
}

fn to_memory(vector: &Vector) -> Vec<f32> {
    match vector {
        Vector::Memory(values) => values.clone(),
        Vector::Device(tensor) => {
            let data = tensor.as_ref().clone().into_data();
            data.try_into_vec().expect("single precision")
        }
    }
}

/// Gradients by parameter for each of two cotangents, and the tensors after the pass.
fn walk(norm: bool, samples: usize, learns: &dyn Fn(&str) -> bool, device: &Device) -> Walked {
    let architecture = architecture(norm);
    let mut network = Trainable::new(&architecture, &state(&architecture), learns, device);
    let values = wave(BATCH * 2 * samples, 0.37);
    let windows = Windows {
        values: &values,
        shape: [BATCH, 2, samples],
    };
    let dropping = Dropping {
        probability: 0.3,
        seed: 9,
    };
    let gradients = network.gradients(windows, dropping, &mut |logits| {
        let tilted = logits.iter().zip(wave(logits.len(), 0.9));
        vec![
            tilted.map(|(a, b)| a * b).collect(),
            wave(logits.len(), 1.7),
        ]
    });
    let named = gradients.iter().map(|gradient| {
        let all = to_memory(gradient);
        let part = |start: usize, len: usize| all[start..start + len].to_vec();
        let ranges = network.ranges().iter();
        ranges
            .map(|range| (range.name.clone(), part(range.start, range.len)))
            .collect()
    });
    (named.collect(), network.state())
}

/// The kernels against the tensor library on every device.
fn check(norm: bool, samples: usize, learns: &dyn Fn(&str) -> bool) {
    let kernels = walk(norm, samples, learns, &Device::flex());
    for (choice, device) in devices() {
        // With derivatives recorded, the CPU takes the way of the other devices.
        let device = match choice {
            DeviceChoice::Cpu => device.autodiff(),
            _ => device,
        };
        let what = format!("{choice}, norm {norm}, {samples} samples");
        compare(&kernels, &walk(norm, samples, learns, &device), &what);
    }
}

type Walked = (Vec<BTreeMap<String, Vec<f32>>>, StateDict);

fn compare((kernels, after): &Walked, (tensors, expected): &Walked, what: &str) {
    for (number, (got, expected)) in kernels.iter().zip(tensors).enumerate() {
        assert!(got.keys().eq(expected.keys()), "parameters that learn");
        let largest = expected
            .values()
            .flatten()
            .fold(0.0f32, |most, v| most.max(v.abs()));
        assert!(largest > 1e-3, "a gradient that says something");
        for (name, expected) in expected {
            let apart = got[name].iter().zip(expected).map(|(g, e)| (g - e).abs());
            let apart = apart.fold(0.0f32, f32::max) / largest;
            assert!(
                apart < 1e-4,
                "{name} of cotangent {number}, {what}: {apart}"
            );
        }
    }
    for (name, tensor) in &expected.tensors {
        match (&after.tensors[name].values, &tensor.values) {
            (Values::F32(got), Values::F32(expected)) => {
                assert!(
                    relative_difference(got, expected) < 1e-4,
                    "{name} after the pass, {what}"
                );
            }
            (got, expected) => assert_eq!(got, expected, "{name}, {what}"),
        }
    }
}

#[test]
fn all_parameters_learn_on_every_device() {
    for samples in [64, 37, 13] {
        check(true, samples, &|_| true);
    }
    check(false, 64, &|_| true);
}

#[test]
fn frozen_stages_work_as_in_inference_on_every_device() {
    let last = |name: &str| name.starts_with("stage_list.1.") || name.starts_with("dense.");
    check(true, 64, &last);
    check(true, 64, &|name| name.starts_with("dense."));
    check(false, 64, &last);
}
