//! A pass of inference allocates nothing once its buffers have grown, but the few bytes with
//! which it asks each further thread to help.
//!
//! A binary of its own, since it counts what the whole process allocates.

use coronet_kernels::inference::{Output, Plan, Workspace};
use coronet_kernels::network::{Activation, Block, Convolution, Linear, Network, Norm};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, with a count of what is asked of it.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

fn count(bytes: usize) {
    ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    BYTES.fetch_add(bytes, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: as promised by the caller.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn convolution(
    [inputs, outputs]: [usize; 2],
    kernel: usize,
    stride: usize,
    groups: usize,
) -> Convolution<Vec<f32>> {
    Convolution {
        in_channels: inputs,
        out_channels: outputs,
        kernel,
        stride,
        groups,
        weight: vec![0.01; outputs * inputs / groups * kernel],
        bias: vec![0.1; outputs],
    }
}

fn linear(inputs: usize, outputs: usize) -> Linear<Vec<f32>> {
    Linear {
        inputs,
        outputs,
        weight: vec![0.01; inputs * outputs],
        bias: vec![0.1; outputs],
    }
}

fn activation(channels: usize) -> Activation<Vec<f32>> {
    Activation::NormSilu(Norm {
        weight: vec![1.0; channels],
        bias: vec![0.1; channels],
        mean: vec![0.2; channels],
        variance: vec![1.1; channels],
        epsilon: 1e-5,
    })
}

/// Stem and two blocks, the second with more weights than samples.
fn network() -> Network<Vec<f32>> {
    let block = |inputs: usize, outputs: usize| Block {
        activations: [inputs, outputs, outputs].map(activation),
        convolutions: [
            convolution([inputs, outputs], 1, 1, 1),
            convolution([outputs; 2], 16, 2, outputs / 16),
            convolution([outputs; 2], 1, 1, 1),
        ],
        squeeze: linear(outputs, outputs / 2),
        excite: linear(outputs / 2, outputs),
    };
    Network {
        stem: convolution([12, 32], 16, 2, 1),
        stem_activation: activation(32),
        blocks: vec![block(32, 64), block(64, 336)],
        head: linear(336, 4),
    }
}

#[test]
fn a_pass_allocates_nothing_after_the_first() {
    let network = network();
    let plan = Plan::new(&network.map(&mut |values| values.as_slice()));
    let (batch, length) = (3, 500);
    let input: Vec<f32> = (0..batch * 12 * length).map(|i| (i as f32).sin()).collect();
    let mut workspace = Workspace::default();
    let (mut features, mut logits) = (vec![0.0; batch * 336], vec![0.0; batch * 4]);
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| {
            let mut pass = || {
                let (features, logits) = (&mut features[..], &mut logits[..]);
                plan.run(&input, length, &mut workspace, Output { features, logits });
            };
            pass();
            // Threads of the pool set themselves up when they first steal work, which may be
            // in any pass; what a pass itself allocates would be there in every round.
            let counts = || [&ALLOCATIONS, &BYTES].map(|count| count.load(Ordering::Relaxed));
            let rounds = (0..10).map(|_| {
                let before = counts();
                (0..10).for_each(|_| pass());
                let after = counts();
                [after[0] - before[0], after[1] - before[1]]
            });
            let [allocations, bytes] = rounds.min().expect("rounds");
            let helpers = threads - 1;
            assert!(
                allocations <= 10 * helpers && bytes <= 10 * helpers * 64,
                "{allocations} allocations of {bytes} bytes in 10 passes of {threads} threads"
            );
        });
    }
}
