//! Training steps of the full network, and their parts that read every parameter.

use burn::tensor::Device;
use coronet_benches::{batch, config, network};
use coronet_model::Vector;
use coronet_train::{FlatAdamW, GradientSurgery, Learner, inner_products};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Parameters of the full network.
const PARAMETERS: usize = 30_669_364;

fn main() {
    divan::main();
}

fn step(bencher: divan::Bencher<'_, '_>, size: usize, surgery: GradientSurgery) {
    let (architecture, state) = network();
    let device = Device::flex();
    let mut learner = Learner::new(&config(surgery), &architecture, &state, &[None; 4], &device);
    let batch = batch(size);
    learner.step(&batch, 3e-5, 0);
    let mut seed = 0;
    bencher
        .counter(divan::counter::ItemsCount::new(size))
        .bench_local(|| {
            seed += 1;
            learner.step(&batch, 3e-5, seed)
        });
}

#[divan::bench(args = [8, 32], sample_count = 3, sample_size = 1)]
fn one_gradient(bencher: divan::Bencher<'_, '_>, size: usize) {
    step(bencher, size, GradientSurgery::Off);
}

#[divan::bench(args = [16], sample_count = 3, sample_size = 1)]
fn four_gradients(bencher: divan::Bencher<'_, '_>, size: usize) {
    step(bencher, size, GradientSurgery::Published);
}

fn gradients(count: usize) -> Vec<Vector> {
    let wave = |task: usize| (0..PARAMETERS).map(move |i| ((i * (task + 1)) as f32).sin());
    (0..count)
        .map(|task| Vector::Memory(wave(task).collect()))
        .collect()
}

#[divan::bench(args = [1, 4], sample_count = 10, sample_size = 1)]
fn adamw(bencher: divan::Bencher<'_, '_>, tasks: usize) {
    let gradients = gradients(tasks);
    let mut parameters = Vector::Memory(vec![0.1; PARAMETERS]);
    let mut optimizer = FlatAdamW::new(5e-4, PARAMETERS);
    let factors = vec![0.25; tasks];
    bencher.bench_local(|| optimizer.step(3e-5, &mut parameters, &gradients, &factors));
}

#[divan::bench(args = [1, 4], sample_count = 10, sample_size = 1)]
fn products_of_gradients(bencher: divan::Bencher<'_, '_>, tasks: usize) {
    let gradients = gradients(tasks);
    bencher.bench_local(|| inner_products(&gradients));
}
