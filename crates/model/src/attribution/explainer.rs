//! A network that is asked why.

use super::engine::Engine;
use super::integrated::{self, Completeness};
use super::method::{Method, MethodError};
use crate::architecture::Architecture;
use crate::inference::Inference;
use crate::state_dict::StateDict;
use burn::tensor::Device;
use coronet_kernels::{each_chunk, together};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Windows walked through the network at once.
const BATCH: usize = 16;

/// Windows times classes that are walked back at once, so that memory is bounded.
const WALKED_BACK: usize = 32;

/// The random stream of the first noisy copy; each has its own, apart from those of the trust
/// checks under equal seeds.
const FIRST_COPY: u64 = 1 << 32;

/// A network whose parameters are fixed, with its derivatives.
#[derive(Debug)]
pub struct Explainer {
    derivatives: Engine,
    plain: Inference,
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
        Explainer {
            derivatives: Engine::new(architecture, state, device),
            plain: Inference::new(architecture, state, device),
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
        let logits = self.logits_of_all(windows, &[class])?;
        Ok(logits.iter().map(|logits| logits[class]).collect())
    }

    /// Logits of all classes, `[window][class]`; `classes` are those asked about.
    fn logits_of_all(
        &self,
        windows: &[&[f32]],
        classes: &[usize],
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        Ok(match self.samples(windows, classes)? {
            Some(samples) => self.plain.score(windows, (self.leads, samples)),
            None => Vec::new(),
        })
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
        Ok(self.attribute_all(windows, &[class], method)?.remove(0))
    }

    /// Attribution of the logits of several classes, `[class][window]`: they share the network's
    /// passes, as far as the device allows.
    ///
    /// # Errors
    ///
    /// If a window, a class or a setting of the method is not the network's.
    pub fn attribute_all(
        &self,
        windows: &[&[f32]],
        classes: &[usize],
        method: &Method,
    ) -> Result<Vec<Vec<Attribution>>, MethodError> {
        method.check(self.stages)?;
        if classes.is_empty() {
            return Ok(Vec::new());
        }
        let logits = self.logits_of_all(windows, classes)?;
        let values = self.values(windows, classes, method);
        let with_logits = |(&class, values): (&usize, Vec<Values>)| {
            let of_window = |((values, completeness), logits): (Values, &Vec<f32>)| Attribution {
                values,
                logit: logits[class],
                completeness,
            };
            values.into_iter().zip(&logits).map(of_window).collect()
        };
        Ok(classes.iter().zip(values).map(with_logits).collect())
    }

    /// What the method gives, `[class][window]`.
    fn values(&self, windows: &[&[f32]], classes: &[usize], method: &Method) -> Vec<Vec<Values>> {
        match method {
            Method::Gradient => plain(self.gradients(windows, classes)),
            Method::GradientTimesInput => {
                let mut values = self.gradients(windows, classes);
                for values in &mut values {
                    for (values, window) in values.iter_mut().zip(windows) {
                        multiply(values, window);
                    }
                }
                plain(values)
            }
            Method::SmoothGradient {
                copies,
                noise,
                seed,
            } => {
                let smooth = |window: &&[f32]| self.smooth(window, classes, *copies, *noise, *seed);
                plain(by_class(windows.iter().map(smooth), classes.len()))
            }
            Method::IntegratedGradients { baseline, points } => {
                let integrate = |window: &&[f32]| {
                    integrated::integrate(self, window, classes, *baseline, *points)
                };
                let values = by_class(windows.iter().map(integrate), classes.len());
                let promised = |(values, completeness)| (values, Some(completeness));
                let of_class = |values: Vec<_>| values.into_iter().map(promised).collect();
                values.into_iter().map(of_class).collect()
            }
            Method::GradCam { stage } => plain(self.grad_cams(windows, classes, *stage)),
        }
    }

    /// Derivatives of logits by every sample of checked windows, `[class][window]`.
    pub(super) fn gradients(&self, windows: &[&[f32]], classes: &[usize]) -> Vec<Vec<Vec<f32>>> {
        let of_batch = |windows: &[&[f32]]| self.derivatives.by_windows(windows, classes);
        joined(windows.chunks(batch(classes)).map(of_batch), classes.len())
    }

    /// Logits of checked windows, `[window][class]`.
    pub(super) fn score(&self, windows: &[&[f32]]) -> Vec<Vec<f32>> {
        self.logits_of_all(windows, &[])
            .expect("windows that were checked, this is a bug")
    }

    fn grad_cams(&self, windows: &[&[f32]], classes: &[usize], stage: usize) -> Vec<Vec<Vec<f32>>> {
        let of_batch = |windows: &[&[f32]]| self.derivatives.grad_cam(windows, classes, stage);
        let mut maps = joined(windows.chunks(batch(classes)).map(of_batch), classes.len());
        for maps in &mut maps {
            for (map, window) in maps.iter_mut().zip(windows) {
                *map = draw_out(map, window.len() / self.leads).repeat(self.leads);
            }
        }
        maps
    }

    /// Mean derivatives over noisy copies, one for each class.
    fn smooth(
        &self,
        window: &[f32],
        classes: &[usize],
        copies: usize,
        noise: f32,
        seed: u64,
    ) -> Vec<Vec<f32>> {
        let (low, high) = window
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), &value| {
                (low.min(value), high.max(value))
            });
        let deviation = f64::from(noise * (high - low).max(0.0));
        let mut means = vec![vec![0.0; window.len()]; classes.len()];
        let mut made = 0;
        while made < copies {
            let count = (copies - made).min(BATCH);
            let mut noise = vec![0.0; count * window.len()];
            let fill = |number: usize, copy: &mut [f32]| {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                random.set_stream(FIRST_COPY + (made + number) as u64);
                copy.copy_from_slice(&noisy(window, deviation, &mut random));
            };
            together(|| each_chunk(&mut noise, window.len(), fill));
            let noisy: Vec<&[f32]> = noise.chunks_exact(window.len()).collect();
            for (mean, gradients) in means.iter_mut().zip(self.gradients(&noisy, classes)) {
                for gradient in gradients {
                    add(mean, &gradient, 1.0 / copies as f32);
                }
            }
            made += count;
        }
        means
    }

    /// Samples of checked windows; `None` where there is no window.
    pub(super) fn samples(
        &self,
        windows: &[&[f32]],
        classes: &[usize],
    ) -> Result<Option<usize>, MethodError> {
        if let Some(class) = classes.iter().find(|class| **class >= self.classes) {
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

/// Windows that are walked through the network at once for some classes.
fn batch(classes: &[usize]) -> usize {
    (WALKED_BACK / classes.len().max(1)).clamp(1, BATCH)
}

/// One value a sample, and how nearly they add up where that is promised.
type Values = (Vec<f32>, Option<Completeness>);

fn plain(values: Vec<Vec<Vec<f32>>>) -> Vec<Vec<Values>> {
    let of_class =
        |values: Vec<Vec<f32>>| values.into_iter().map(|values| (values, None)).collect();
    values.into_iter().map(of_class).collect()
}

/// `[window][class]` as `[class][window]`.
fn by_class<T>(windows: impl Iterator<Item = Vec<T>>, classes: usize) -> Vec<Vec<T>> {
    let one = |of_classes: Vec<T>| of_classes.into_iter().map(|value| vec![value]).collect();
    joined(windows.map(one), classes)
}

/// Batches of `[class][window]` one after the other.
fn joined<T>(batches: impl Iterator<Item = Vec<Vec<T>>>, classes: usize) -> Vec<Vec<T>> {
    let mut all: Vec<Vec<T>> = (0..classes).map(|_| Vec::new()).collect();
    for batch in batches {
        for (all, windows) in all.iter_mut().zip(batch) {
            all.extend(windows);
        }
    }
    all
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

/// A copy of `window` with normal noise (Box and Muller 1958, both numbers of each pair).
pub fn noisy(window: &[f32], deviation: f64, random: &mut ChaCha8Rng) -> Vec<f32> {
    use rand::RngExt;
    let mut copy = window.to_vec();
    for pair in copy.chunks_mut(2) {
        let radius = deviation * (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * random.random::<f64>()).sin_cos();
        for (value, direction) in pair.iter_mut().zip([cosine, sine]) {
            *value = (f64::from(*value) + radius * direction) as f32;
        }
    }
    copy
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
