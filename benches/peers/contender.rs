//! This project at one work beside its peers: `contender WORK FOLDER`.
//!
//! Speaks as `worker.py` does: says what it answers once it is ready, does the work once for
//! every line `go`, and ends with its peak of memory; every answer is a line of JSON.

#![expect(
    clippy::print_stdout,
    reason = "lines on stdout are what it is asked for"
)]

use burn::tensor::Device;
use coronet_benches::{SHAPE, architecture, config};
use coronet_ecg::{Profile, preprocess};
use coronet_evaluate::discrimination::{Bootstrap, bootstrap};
use coronet_formats::{ReadOptions, read};
use coronet_model::{Inference, StateDict, Values, checkpoint};
use coronet_train::{Batch, GradientSurgery, Learner};
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Step = Box<dyn FnMut()>;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, work, folder] = arguments.as_slice() else {
        panic!("usage: contender WORK FOLDER");
    };
    let (answer, mut step) = work_of(work, Path::new(folder));
    let ready = serde_json::json!({"answer": answer, "version": env!("CARGO_PKG_VERSION")});
    println!("{ready}");
    for line in std::io::stdin().lock().lines() {
        if line.expect("lines of text").trim() != "go" {
            break;
        }
        let start = Instant::now();
        step();
        println!(
            "{}",
            serde_json::json!({"seconds": start.elapsed().as_secs_f64()})
        );
    }
    println!(
        "{}",
        serde_json::json!({"peak_megabytes": peak_megabytes()})
    );
}

fn work_of(work: &str, folder: &Path) -> (Vec<f64>, Step) {
    let (kind, batch) = work.split_once('-').unwrap_or((work, "0"));
    let batch: usize = batch.parse().expect("a batch size");
    match kind {
        "inference" => inference(folder, batch),
        "training" => training(folder, batch, GradientSurgery::Off),
        "surgery" => training(folder, batch, GradientSurgery::Published),
        "preprocessing" => preprocessing(folder),
        "reading" => reading(folder),
        "bootstrap" => bootstrapping(folder),
        _ => panic!("unknown work `{work}`"),
    }
}

fn arrays(folder: &Path, name: &str) -> Vec<f32> {
    let mut all = tensors(folder, "arrays.safetensors").tensors;
    match all.remove(name).map(|found| found.values) {
        Some(Values::F32(values)) => values.into_vec(),
        _ => panic!("no array `{name}`"),
    }
}

fn tensors(folder: &Path, file: &str) -> StateDict {
    let found = checkpoint::read(&folder.join(file));
    found.unwrap_or_else(|error| panic!("{error}")).state
}

fn inference(folder: &Path, batch: usize) -> (Vec<f64>, Step) {
    let state = tensors(folder, "weights.safetensors");
    let inference = Inference::new(&architecture(), &state, &Device::flex());
    drop(state);
    let values = arrays(folder, "x");
    let size = SHAPE.0 * SHAPE.1;
    let score = move || {
        let windows: Vec<&[f32]> = values.chunks(size).take(batch).collect();
        inference.score(&windows, SHAPE).concat()
    };
    let answer = score().into_iter().map(f64::from).collect();
    (
        answer,
        Box::new(move || {
            score();
        }),
    )
}

fn training(folder: &Path, size: usize, surgery: GradientSurgery) -> (Vec<f64>, Step) {
    let state = tensors(folder, "weights.safetensors");
    let tasks = architecture().n_classes;
    let mut windows = arrays(folder, "x");
    windows.truncate(size * SHAPE.0 * SHAPE.1);
    let labels = arrays(folder, "y");
    let labels = labels.chunks(tasks).take(size);
    let batch = Batch {
        windows,
        shape: SHAPE,
        labels: labels
            .map(|row| row.iter().map(|&label| Some(label > 0.5)).collect())
            .collect(),
    };
    let learner = |dropout: f32| {
        let mut architecture = architecture();
        architecture.dropout = dropout;
        let unknown = vec![None; tasks];
        Learner::new(
            &config(surgery),
            &architecture,
            &state,
            &unknown,
            &Device::flex(),
        )
    };
    let report = learner(0.0).step(&batch, 3e-5, 0);
    let losses = report.task_losses.iter().flatten();
    let mut answer: Vec<f64> = losses.copied().map(f64::from).collect();
    answer.push(f64::from(report.gradient_norm));
    let mut learner = learner(0.5);
    drop(state);
    let mut seed = 0;
    (
        answer,
        Box::new(move || {
            seed += 1;
            learner.step(&batch, 3e-5, seed);
        }),
    )
}

fn preprocessing(folder: &Path) -> (Vec<f64>, Step) {
    let records = read(&folder.join("record"), &ReadOptions::default());
    let ecg = records
        .unwrap_or_else(|error| panic!("{error}"))
        .remove(0)
        .ecg;
    let profile = Profile::named("ecgfounder").expect("a known profile");
    let step = move || preprocess(&ecg, &profile).expect("a whole record");
    let windows = step().windows;
    let answer = windows[0].data.chunks(SHAPE.1);
    let answer = answer.flat_map(|lead| lead.iter().step_by(250).copied());
    (
        answer.map(f64::from).collect(),
        Box::new(move || {
            step();
        }),
    )
}

fn reading(folder: &Path) -> (Vec<f64>, Step) {
    let path = folder.join("record");
    let step = move || {
        read(&path, &ReadOptions::default())
            .expect("a record")
            .remove(0)
            .ecg
    };
    let answer = step().signals;
    let answer = answer
        .iter()
        .flat_map(|signal| signal.millivolts.iter().step_by(250).copied());
    (
        answer.collect(),
        Box::new(move || {
            step();
        }),
    )
}

fn bootstrapping(folder: &Path) -> (Vec<f64>, Step) {
    let scores: Vec<f64> = arrays(folder, "scores")
        .into_iter()
        .map(f64::from)
        .collect();
    let positive: Vec<bool> = arrays(folder, "positive")
        .iter()
        .map(|&p| p > 0.5)
        .collect();
    let patients: Vec<u32> = (0..scores.len() as u32).collect();
    let settings = Bootstrap {
        replicates: 2000,
        seed: 1,
        confidence: 0.95,
    };
    let step = move || {
        let intervals = bootstrap(&scores, &positive, &patients, &[], &settings);
        intervals.defined().expect("two classes").auc
    };
    let (low, high) = step();
    (
        vec![low, high],
        Box::new(move || {
            step();
        }),
    )
}

/// The most memory that this process has had at once.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1024.0
}
