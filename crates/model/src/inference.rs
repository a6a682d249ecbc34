//! A network made ready to score windows, on any device.

use crate::architecture::Architecture;
use crate::layers::layers;
use crate::net1d::Net1d;
use crate::ops;
use crate::state_dict::StateDict;
use burn::tensor::Device;
use coronet_kernels::inference::{Output, Plan, Workspace};
use std::sync::{Mutex, PoisonError};

/// Windows that the network sees at once.
const BATCH: usize = 32;

/// A network without dropout and with the running statistics of its norms.
///
/// On the CPU its weights are packed once for the kernels and its buffers are kept, so that
/// scoring allocates nothing once it has seen its largest batch; on every other device it is a
/// [`Net1d`]. Callers may share it.
#[derive(Debug)]
pub struct Inference {
    engine: Engine,
    classes: usize,
}

#[derive(Debug)]
enum Engine {
    Kernels {
        plan: Box<Plan>,
        idle: Mutex<Vec<Buffers>>,
    },
    Composed {
        network: Box<Net1d>,
        device: Device,
    },
}

/// What one caller needs during a pass.
#[derive(Debug, Default)]
struct Buffers {
    input: Vec<f32>,
    features: Vec<f32>,
    workspace: Workspace,
}

impl Inference {
    /// Makes the network of `architecture` with the tensors of `state` ready on `device`.
    ///
    /// Norms are used as in [`Net1d::new`].
    ///
    /// # Panics
    ///
    /// If a tensor is missing or of another shape; check with [`StateDict::coverage`].
    pub fn new(architecture: &Architecture, state: &StateDict, device: &Device) -> Inference {
        let engine = if ops::has_kernels(device) {
            let names = layers(architecture, state.uses_norm(architecture));
            let network = names.map(&mut |name| state.floats(name));
            Engine::Kernels {
                plan: Box::new(Plan::new(&network)),
                idle: Mutex::default(),
            }
        } else {
            Engine::Composed {
                network: Box::new(Net1d::new(architecture, state, device)),
                device: device.clone(),
            }
        };
        Inference {
            engine,
            classes: architecture.n_classes,
        }
    }

    /// Logits of windows of one shape, `[window][class]`.
    ///
    /// Every window is `leads × samples` long, lead-major.
    ///
    /// # Panics
    ///
    /// If a window has another size.
    pub fn score(&self, windows: &[&[f32]], shape: (usize, usize)) -> Vec<Vec<f32>> {
        let mut logits = vec![0.0; windows.len() * self.classes];
        self.score_into(windows, shape, &mut logits);
        logits.chunks(self.classes).map(<[f32]>::to_vec).collect()
    }

    /// Fills `logits`, `[window, class]`, like [`Inference::score`].
    ///
    /// # Panics
    ///
    /// If a window or `logits` has another size.
    pub fn score_into(
        &self,
        windows: &[&[f32]],
        (leads, samples): (usize, usize),
        logits: &mut [f32],
    ) {
        assert_eq!(
            logits.len(),
            windows.len() * self.classes,
            "elements of the logits"
        );
        let sized = windows.iter().all(|window| window.len() == leads * samples);
        assert!(sized, "every window must have {leads} × {samples} values");
        match &self.engine {
            Engine::Kernels { plan, idle } => {
                let mut buffers = lock(idle).pop().unwrap_or_default();
                let batches = windows.chunks(BATCH);
                for (windows, logits) in batches.zip(logits.chunks_mut(BATCH * self.classes)) {
                    run(plan, windows, samples, &mut buffers, logits);
                }
                lock(idle).push(buffers);
            }
            Engine::Composed { network, device } => {
                let scored = network.score(windows, (leads, samples), device);
                for (to, from) in logits.chunks_mut(self.classes).zip(scored) {
                    to.copy_from_slice(&from);
                }
            }
        }
    }
}

fn run(plan: &Plan, windows: &[&[f32]], samples: usize, buffers: &mut Buffers, logits: &mut [f32]) {
    buffers.input.clear();
    for window in windows {
        buffers.input.extend_from_slice(window);
    }
    buffers
        .features
        .resize(windows.len() * plan.features(), 0.0);
    let output = Output {
        features: &mut buffers.features,
        logits,
    };
    plan.run(&buffers.input, samples, &mut buffers.workspace, output);
}

/// The buffers of nobody; a caller that panicked has left none behind.
fn lock(idle: &Mutex<Vec<Buffers>>) -> std::sync::MutexGuard<'_, Vec<Buffers>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
