//! A network that is asked why.

use super::integrated::{self, Completeness};
use super::method::{Method, MethodError};
use super::{grad_cam, gradient};
use crate::architecture::Architecture;
use crate::inference::Inference;
use crate::net1d::Net1d;
use crate::ops;
use crate::state_dict::StateDict;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Windows walked through the network at once.
const BATCH: usize = 16;

/// A network whose parameters are fixed, on a device with automatic differentiation.
#[derive(Debug)]
pub struct Explainer {
    recorded: Net1d,
    plain: Inference,
    device: Device,
    leads: usize,
    stages: usize,
    classes: usize,
}

/// What moves one logit of one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// One value per sample in logits, `[leads, samples]`, lead-major; positive speaks for the
    /// class. For gradients, logits per unit of the sample.
    pub values: Vec<f32>,
    /// The logit of the window.
    pub logit: f32,
    /// How far the values are from adding up to the logit's difference to the baseline; only
    /// integrated gradients promise that.
    pub completeness: Option<Completeness>,
}

impl Explainer {
    /// The network of `architecture` with the tensors of `state` on `device`.
    ///
    /// # Panics
    ///
    /// If a tensor is missing or of another shape; check with [`StateDict::coverage`].
    pub fn new(architecture: &Architecture, state: &StateDict, device: &Device) -> Explainer {
        let recording = device.clone().autodiff();
        Explainer {
            recorded: Net1d::new(architecture, state, &recording).no_grad(),
            plain: Inference::new(architecture, state, device),
            device: device.clone(),
            leads: architecture.in_channels,
            stages: architecture.filter_list.len(),
            classes: architecture.n_classes,
        }
    }

    /// Leads of a window.
    pub fn leads(&self) -> usize {
        self.leads
    }

    /// Stages of the network.
    pub fn stages(&self) -> usize {
        self.stages
    }

    /// Logits of one class.
    ///
    /// # Errors
    ///
    /// If a window or the class is not the network's.
    pub fn logits(&self, windows: &[&[f32]], class: usize) -> Result<Vec<f32>, MethodError> {
        let Some(samples) = self.samples(windows, class)? else {
            return Ok(Vec::new());
        };
        let logits = self.plain.score(windows, (self.leads, samples));
        Ok(logits.iter().map(|logits| logits[class]).collect())
    }

    /// Attribution of the logit of `class` in each of `windows`, `[leads, samples]` lead-major.
    ///
    /// # Errors
    ///
    /// If a window, the class or a setting of the method is not the network's.
    pub fn attribute(
        &self,
        windows: &[&[f32]],
        class: usize,
        method: &Method,
    ) -> Result<Vec<Attribution>, MethodError> {
        method.check(self.stages)?;
        let logits = self.logits(windows, class)?;
        let values: Vec<(Vec<f32>, Option<Completeness>)> = match method {
            Method::Gradient => plain(self.gradients(windows, class)),
            Method::GradientTimesInput => {
                let mut values = self.gradients(windows, class);
                for (values, window) in values.iter_mut().zip(windows) {
                    multiply(values, window);
                }
                plain(values)
            }
            Method::SmoothGradient {
                copies,
                noise,
                seed,
            } => {
                let smooth = |window: &&[f32]| self.smooth(window, class, *copies, *noise, *seed);
                plain(windows.iter().map(smooth).collect())
            }
            Method::IntegratedGradients { baseline, points } => windows
                .iter()
                .map(|window| {
                    let (values, completeness) =
                        integrated::integrate(self, window, class, *baseline, *points);
                    (values, Some(completeness))
                })
                .collect(),
            Method::GradCam { stage } => plain(self.grad_cams(windows, class, *stage)),
        };
        Ok(values
            .into_iter()
            .zip(logits)
            .map(|((values, completeness), logit)| Attribution {
                values,
                logit,
                completeness,
            })
            .collect())
    }

    /// Derivatives of one logit by every sample of checked windows.
    pub(super) fn gradients(&self, windows: &[&[f32]], class: usize) -> Vec<Vec<f32>> {
        let walk = |input: Tensor<3>| ops::to_vec(gradient(&self.recorded, input, class));
        self.in_batches(windows, walk)
    }

    /// Logits of checked windows.
    pub(super) fn score(&self, windows: &[&[f32]], class: usize) -> Vec<f32> {
        self.logits(windows, class)
            .expect("windows that were checked, this is a bug")
    }

    fn grad_cams(&self, windows: &[&[f32]], class: usize, stage: usize) -> Vec<Vec<f32>> {
        let walk = |input: Tensor<3>| ops::to_vec(grad_cam(&self.recorded, input, class, stage));
        let maps = self.in_batches(windows, walk);
        maps.iter()
            .zip(windows)
            .map(|(map, window)| draw_out(map, window.len() / self.leads).repeat(self.leads))
            .collect()
    }

    fn smooth(
        &self,
        window: &[f32],
        class: usize,
        copies: usize,
        noise: f32,
        seed: u64,
    ) -> Vec<f32> {
        let (low, high) = window
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), &value| {
                (low.min(value), high.max(value))
            });
        let deviation = f64::from(noise * (high - low).max(0.0));
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut mean = vec![0.0; window.len()];
        let mut left = copies;
        while left > 0 {
            let count = left.min(BATCH);
            let noisy: Vec<Vec<f32>> = (0..count)
                .map(|_| noisy(window, deviation, &mut random))
                .collect();
            let noisy: Vec<&[f32]> = noisy.iter().map(Vec::as_slice).collect();
            for gradient in self.gradients(&noisy, class) {
                add(&mut mean, &gradient, 1.0 / copies as f32);
            }
            left -= count;
        }
        mean
    }

    /// Walks windows of one shape through the network, and cuts the answer into one a window.
    fn in_batches(
        &self,
        windows: &[&[f32]],
        walk: impl Fn(Tensor<3>) -> Vec<f32>,
    ) -> Vec<Vec<f32>> {
        let recording = self.device.clone().autodiff();
        let mut all = Vec::with_capacity(windows.len());
        for windows in windows.chunks(BATCH) {
            let shape = [windows.len(), self.leads, windows[0].len() / self.leads];
            let data = TensorData::new(windows.concat(), shape);
            let values = walk(Tensor::<3>::from_data(data, &recording));
            all.extend(
                values
                    .chunks(values.len() / windows.len())
                    .map(<[f32]>::to_vec),
            );
        }
        all
    }

    /// Samples of checked windows; `None` where there is no window.
    pub(super) fn samples(
        &self,
        windows: &[&[f32]],
        class: usize,
    ) -> Result<Option<usize>, MethodError> {
        if class >= self.classes {
            return Err(MethodError {
                field: "class",
                expected: format!("0 to {}", self.classes - 1),
                got: class.to_string(),
            });
        }
        let Some(first) = windows.first() else {
            return Ok(None);
        };
        let fits = |window: &&&[f32]| {
            window.len() == first.len()
                && !window.is_empty()
                && window.len().is_multiple_of(self.leads)
        };
        match windows.iter().find(|window| !fits(window)) {
            None => Ok(Some(first.len() / self.leads)),
            Some(window) => Err(MethodError {
                field: "window",
                expected: format!("{} leads of {} values in all", self.leads, first.len()),
                got: window.len().to_string(),
            }),
        }
    }
}

fn plain(values: Vec<Vec<f32>>) -> Vec<(Vec<f32>, Option<Completeness>)> {
    values.into_iter().map(|values| (values, None)).collect()
}

fn multiply(values: &mut [f32], by: &[f32]) {
    for (value, by) in values.iter_mut().zip(by) {
        *value *= by;
    }
}

pub(super) fn add(to: &mut [f32], from: &[f32], factor: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}

/// A copy of `window` with normal noise (Box and Muller 1958).
pub fn noisy(window: &[f32], deviation: f64, random: &mut ChaCha8Rng) -> Vec<f32> {
    use rand::RngExt;
    window
        .iter()
        .map(|&value| {
            let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * random.random::<f64>()).cos();
            (f64::from(value) + deviation * normal) as f32
        })
        .collect()
}

/// A map drawn out to `samples`, each value standing over the middle of its span.
fn draw_out(map: &[f32], samples: usize) -> Vec<f32> {
    let step = samples as f64 / map.len() as f64;
    (0..samples)
        .map(|sample| {
            let at = ((sample as f64 + 0.5) / step - 0.5).clamp(0.0, (map.len() - 1) as f64);
            let (left, share) = (at.floor() as usize, at.fract() as f32);
            let right = (left + 1).min(map.len() - 1);
            map[left] * (1.0 - share) + map[right] * share
        })
        .collect()
}
