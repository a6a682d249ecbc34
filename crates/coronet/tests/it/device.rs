//! `--device`: what a build or a machine does not have is named, and nothing is computed.

use crate::support::{coronet, run};
use coronet::model::DeviceChoice;

const PREDICT: &[&str] = &["predict", "--weights", "weights.pth", "ecg.csv"];
const EXPLAIN: &[&str] = &[
    "explain",
    "--weights",
    "weights.pth",
    "ecg.csv",
    "--out",
    "answer.json",
];
const TRAIN: &[&str] = &["train", "store", "--out", "run"];

#[test]
fn a_device_that_this_build_does_not_have() {
    let folder = tempfile::tempdir().unwrap();
    let missing = DeviceChoice::ALL.into_iter();
    for device in missing.filter(|device| !device.is_built_in()) {
        let (name, word) = (device.name(), device.to_string());
        let expected = format!("this build has no `{name}`; build with --features {name}");
        for command in [PREDICT, EXPLAIN] {
            let command = [command, &["--device", &word]].concat();
            let said = run(coronet(folder.path()).args(&command), 2);
            assert!(said.stderr.contains(&expected), "{}", said.stderr);
            assert!(said.stdout.is_empty());
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_word_that_is_no_device() {
    let folder = tempfile::tempdir().unwrap();
    let expected = "expected cpu, wgpu, vulkan, metal, cuda:N or rocm:N, got `gpu`";
    for command in [PREDICT, EXPLAIN, TRAIN] {
        let command = [command, &["--device", "gpu"]].concat();
        let said = run(coronet(folder.path()).args(&command), 2);
        assert!(said.stderr.contains(expected), "{}", said.stderr);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
