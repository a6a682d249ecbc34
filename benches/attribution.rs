//! What each way of attribution costs beside the gradients it needs.
//!
//! Prints a table: milliseconds of one window, gradients it needs, milliseconds of as many
//! gradients of as many windows, and the ratio; medians of rounds in turn. Occlusion needs no
//! gradients and is told in forward passes.

#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

use burn::tensor::Device;
use coronet_benches::{SHAPE, windows};
use coronet_model::attribution::{Explainer, Fill, Method, Region};
use coronet_model::{Architecture, StateDict};
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let named = std::env::args().skip(1).find(|name| !name.starts_with('-'));
    for name in ["nano", "ecgfounder-12"] {
        if named.as_deref().is_none_or(|named| named == name) {
            table(name, if name == "nano" { 7 } else { 3 });
        }
    }
}

fn table(name: &str, rounds: usize) {
    let architecture = Architecture::named(name).expect("known");
    let state = StateDict::initial(&architecture, 1);
    let explainer = Explainer::new(&architecture, &state, &Device::flex());
    let window = windows(1);
    let stages = architecture.filter_list.len();
    println!("{name}: method, gradients, ms, ms of the gradients alone, ratio");
    for method in Method::NAMES {
        let method = Method::named(method, stages).expect("known");
        let needed = gradients(&explainer, &window, &method);
        let copies = vec![window.as_slice(); needed];
        let mut of_method = Vec::new();
        let mut of_gradients = Vec::new();
        for _ in 0..rounds {
            of_method.push(milliseconds(|| {
                explainer.attribute(&[&window], 0, &method).expect("fits");
            }));
            of_gradients.push(milliseconds(|| {
                explainer
                    .attribute(&copies, 0, &Method::Gradient)
                    .expect("fits");
            }));
        }
        let (one, other) = (median(of_method), median(of_gradients));
        println!(
            "  {:22} {needed:4} {one:9.1} {other:9.1} {:6.2}",
            method.name(),
            one / other
        );
    }
    occlusion(&explainer, &window, rounds);
}

/// Gradients that a method takes of one window.
fn gradients(explainer: &Explainer, window: &[f32], method: &Method) -> usize {
    match method {
        Method::SmoothGradient { copies, .. } => *copies,
        Method::IntegratedGradients { .. } => {
            let found = explainer.attribute(&[window], 0, method).expect("fits");
            found[0].completeness.map_or(1, |found| found.points)
        }
        _ => 1,
    }
}

fn occlusion(explainer: &Explainer, window: &[f32], rounds: usize) {
    let (leads, samples) = SHAPE;
    let regions: Vec<Region> = (0..leads)
        .map(|lead| Region::lead(lead, 0..samples))
        .collect();
    let copies = vec![window; leads + 1];
    let occluded = median(
        (0..rounds)
            .map(|_| {
                milliseconds(|| {
                    explainer
                        .occlusion(window, 0, &regions, Fill::Line)
                        .expect("fits");
                })
            })
            .collect(),
    );
    let passes = median(
        (0..rounds)
            .map(|_| {
                milliseconds(|| {
                    explainer.logits(&copies, 0).expect("fits");
                })
            })
            .collect(),
    );
    println!(
        "  occlusion-leads: {occluded:.1} ms, {} forward passes alone {passes:.1} ms, ratio {:.2}",
        leads + 1,
        occluded / passes
    );
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    1000.0 * start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
