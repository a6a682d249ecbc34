//! A fold that is interrupted ends with the same weights as one that is not.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::devices;
use burn::tensor::Device;
use coronet_model::{Architecture, StateDict};
use coronet_train::{
    Event, Examples, FoldInputs, FoldPlan, FoldResult, GradientSurgery, Selection, TaskWeighting,
    TrainConfig, TrainError, train_fold,
};
use std::ops::ControlFlow;
use std::path::Path;

const SAMPLES: usize = 96;

/// Waves whose height is the label, with one label unknown now and then.
struct Waves {
    windows: Vec<Vec<f32>>,
    labels: Vec<Vec<Option<bool>>>,
}

impl Waves {
    fn new(count: usize) -> Waves {
        let windows = (0..count).map(|i| {
            let height = if i.is_multiple_of(3) { 1.5 } else { 0.5 };
            let value = |t: usize| height * (0.3 * t as f64 + i as f64).sin() as f32;
            (0..2 * SAMPLES).map(value).collect()
        });
        let label =
            |i: usize, task: usize| (i % 7 != task).then_some(i.is_multiple_of(3) != (task == 1));
        Waves {
            windows: windows.collect(),
            labels: (0..count).map(|i| vec![label(i, 0), label(i, 1)]).collect(),
        }
    }
}

impl Examples for Waves {
    fn shape(&self) -> (usize, usize) {
        (2, SAMPLES)
    }

    fn window(&self, index: usize) -> &[f32] {
        &self.windows[index]
    }

    fn labels(&self, index: usize) -> &[Option<bool>] {
        &self.labels[index]
    }
}

fn architecture() -> Architecture {
    let text = "in_channels = 2\nbase_filters = 4\nfilter_list = [4, 8]\nm_blocks_list = [1, 1]\n\
                kernel_size = 5\ngroups_width = 4\nn_classes = 2\nnorm = true\ndropout = 0.2\n";
    Architecture::from_toml(text).expect("valid")
}

fn config(gradient_surgery: GradientSurgery) -> TrainConfig {
    TrainConfig {
        epochs: 4,
        batch_size: 8,
        learning_rate: 0.01,
        task_weighting: TaskWeighting::Uncertainty,
        gradient_surgery,
        seed: 3,
        ..TrainConfig::default()
    }
}

fn train(
    config: &TrainConfig,
    folder: &Path,
    observe: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<FoldResult, TrainError> {
    train_on(&Device::flex(), "store", config, folder, observe)
}

fn train_on(
    device: &Device,
    data: &str,
    config: &TrainConfig,
    folder: &Path,
    observe: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<FoldResult, TrainError> {
    let examples = Waves::new(40);
    let plan = FoldPlan {
        fold: 1,
        train: (0..24).collect(),
        inner: (24..32).collect(),
        test: (32..40).collect(),
    };
    let architecture = architecture();
    let inputs = FoldInputs {
        config,
        architecture: &architecture,
        initial: &StateDict::initial(&architecture, 5),
        examples: &examples,
        data,
        plan: &plan,
        device,
        folder,
    };
    train_fold(inputs, observe)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn interrupted_at_any_step_and_resumed() {
    for surgery in [GradientSurgery::Off, GradientSurgery::Canonical] {
        let config = config(surgery);
        let whole = folder();
        let expected = train(&config, whole.path(), &mut |_| ControlFlow::Continue(())).unwrap();
        for stop_after in [1, 5, 8, 14] {
            let broken = folder();
            let mut seen = 0;
            let first = train(&config, broken.path(), &mut |_| {
                seen += 1;
                if seen > stop_after {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(matches!(first, Err(TrainError::Interrupted { fold: 1 })));
            let got = train(&config, broken.path(), &mut |_| ControlFlow::Continue(())).unwrap();
            assert_eq!(
                got.state.fingerprint(),
                expected.state.fingerprint(),
                "after {stop_after}"
            );
            assert_eq!(got.test_logits, expected.test_logits);
            assert_eq!(got.history, expected.history);
        }
    }
}

#[test]
fn interrupted_and_resumed_on_every_device() {
    let config = TrainConfig {
        epochs: 2,
        ..config(GradientSurgery::Published)
    };
    for (choice, device) in devices() {
        let of = |folder: &Path, observe: &mut dyn FnMut(Event) -> ControlFlow<()>| {
            train_on(&device, "store", &config, folder, observe)
        };
        let mut go_on = |_| ControlFlow::Continue(());
        let (whole, broken) = (folder(), folder());
        let expected = of(whole.path(), &mut go_on).unwrap();
        let mut seen = 0;
        let first = of(broken.path(), &mut |_| {
            seen += 1;
            match seen > 5 {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        assert!(matches!(first, Err(TrainError::Interrupted { fold: 1 })));
        let got = of(broken.path(), &mut go_on).unwrap();
        let same = got.state.fingerprint() == expected.state.fingerprint();
        assert!(same, "weights on {choice}");
        assert_eq!(got.test_logits, expected.test_logits, "logits on {choice}");
    }
}

#[test]
fn threads_do_not_change_a_weight() {
    let config = config(GradientSurgery::Published);
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let folder = folder();
            train(&config, folder.path(), &mut |_| ControlFlow::Continue(()))
                .unwrap()
                .state
        })
    };
    assert_eq!(of(1).fingerprint(), of(4).fingerprint());
}

#[test]
fn checkpoint_of_another_run_is_refused() {
    let folder = folder();
    let mut events = 0;
    let stopped = train(&config(GradientSurgery::Off), folder.path(), &mut |_| {
        events += 1;
        if events > 8 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(stopped.is_err());
    let mut other = config(GradientSurgery::Off);
    other.learning_rate = 0.02;
    let error = train(&other, folder.path(), &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(
        error.to_string().contains("another configuration"),
        "{error}"
    );
    let config = config(GradientSurgery::Off);
    let error = train_on(
        &Device::flex(),
        "another store",
        &config,
        folder.path(),
        &mut |_| ControlFlow::Continue(()),
    );
    let error = error.unwrap_err().to_string();
    let words = "another data: expected another stor, got store";
    assert!(error.contains(words), "{error}");
}

/// A rate at which every step throws the weights away.
fn too_fast(selection: Selection) -> TrainConfig {
    TrainConfig {
        epochs: 2,
        batch_size: 24,
        learning_rate: 1e30,
        warm_up: 0.0,
        selection,
        ..config(GradientSurgery::Off)
    }
}

#[test]
fn a_last_step_that_drives_the_weights_away_is_an_error() {
    for selection in [Selection::Inner, Selection::TestFold, Selection::LastEpoch] {
        let config = too_fast(selection);
        for _attempt in 0..2 {
            let folder = folder();
            let result = train(&config, folder.path(), &mut |_| ControlFlow::Continue(()));
            let error = result.unwrap_err();
            let diverged = matches!(
                error,
                TrainError::Diverged {
                    fold: 1,
                    epoch: 0,
                    ..
                }
            );
            assert!(diverged, "{selection:?}: {error}");
            let words = "fold 1, epoch 1: ";
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}

#[test]
fn learns_the_labels() {
    let mut config = config(GradientSurgery::Off);
    config.epochs = 15;
    config.patience = 15;
    let folder = folder();
    let result = train(&config, folder.path(), &mut |_| ControlFlow::Continue(())).unwrap();
    let best = result.history[result.best_epoch].inner_macro_auc.unwrap();
    assert!(best > 0.9, "inner AUC {best}");
    let first = result.history.first().unwrap().task_losses[0].unwrap();
    let last = result.history.last().unwrap().task_losses[0].unwrap();
    assert!(last < 0.7 * first, "loss from {first} to {last}");
}
