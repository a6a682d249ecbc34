//! The full network, windows to logits, and making it ready.

use burn::tensor::Device;
use coronet_benches::{SHAPE, network, windows};
use coronet_model::{Inference, Net1d};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 8, 32], sample_count = 10, sample_size = 1)]
fn packed(bencher: divan::Bencher<'_, '_>, batch: usize) {
    let (architecture, state) = network();
    let inference = Inference::new(&architecture, &state, &Device::flex());
    let values = windows(batch);
    let windows: Vec<&[f32]> = values.chunks(SHAPE.0 * SHAPE.1).collect();
    let mut logits = vec![0.0; batch * architecture.n_classes];
    inference.score_into(&windows, SHAPE, &mut logits);
    bencher
        .counter(divan::counter::ItemsCount::new(batch))
        .bench_local(|| inference.score_into(&windows, SHAPE, &mut logits));
}

/// The definition of the network for every device, on the CPU.
#[divan::bench(args = [1, 8], sample_count = 3, sample_size = 1)]
fn on_tensors(bencher: divan::Bencher<'_, '_>, batch: usize) {
    let (architecture, state) = network();
    let device = Device::flex();
    let network = Net1d::new(&architecture, &state, &device);
    let values = windows(batch);
    let windows: Vec<&[f32]> = values.chunks(SHAPE.0 * SHAPE.1).collect();
    bencher
        .counter(divan::counter::ItemsCount::new(batch))
        .bench_local(|| network.score(&windows, SHAPE, &device));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn packing(bencher: divan::Bencher<'_, '_>) {
    let (architecture, state) = network();
    bencher.bench_local(|| Inference::new(&architecture, &state, &Device::flex()));
}
