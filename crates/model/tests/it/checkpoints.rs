//! Checkpoints that fit, do not fit, or are no checkpoints.

use coronet_model::{Architecture, NamedTensor, StateDict, Values, checkpoint};
use std::path::PathBuf;

fn architecture() -> Architecture {
    let text = "in_channels = 2\nbase_filters = 4\nfilter_list = [4, 8]\nm_blocks_list = [1, 2]\n\
                kernel_size = 3\ngroups_width = 4\nn_classes = 3\n";
    Architecture::from_toml(text).expect("valid")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn round_trip_keeps_every_tensor() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let state = StateDict::initial(&architecture(), 7);
    checkpoint::write(&path, &state, None).expect("written");
    let read = checkpoint::read(&path).expect("read");
    assert_eq!(read.state, state);
    assert_eq!(read.strict(&path, &architecture()).expect("fits"), state);
}

#[test]
fn weights_stay_as_read_when_their_file_is_replaced() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let [old, new] = [1, 2].map(|seed| StateDict::initial(&architecture(), seed));
    checkpoint::write(&path, &old, None).expect("written");
    let read = checkpoint::read(&path).expect("read").state;
    checkpoint::write(&path, &new, None).expect("replaced");
    assert_eq!(read, old);
    assert_eq!(checkpoint::read(&path).expect("read").state, new);
}

#[test]
fn changing_weights_leaves_their_clones_and_their_file_alone() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let state = StateDict::initial(&architecture(), 7);
    checkpoint::write(&path, &state, None).expect("written");
    let read = checkpoint::read(&path).expect("read").state;
    let mut changed = read.clone();
    let tensor = changed.tensors.get_mut("dense.bias").expect("a bias");
    let Values::F32(values) = &mut tensor.values else {
        panic!("a bias has floats");
    };
    values[0] += 1.0;
    assert_ne!(changed, read);
    assert_eq!(read, state);
    assert_eq!(checkpoint::read(&path).expect("read").state, state);
}

#[test]
fn weights_between_the_places_for_numbers_are_read() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    for padding in 0..4 {
        let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
        let header = format!("{header}{}", " ".repeat(padding));
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.bytes());
        file.extend([1.5f32, -2.0].map(f32::to_le_bytes).as_flattened());
        std::fs::write(&path, file).expect("written");
        let state = checkpoint::read(&path).expect("read").state;
        let expected = Values::F32(vec![1.5, -2.0].into());
        assert_eq!(state.tensors["a"].values, expected, "{padding} bytes");
    }
}

#[test]
fn new_weights_follow_their_seed() {
    let of = |seed| StateDict::initial(&architecture(), seed).fingerprint();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn a_new_head_draws_other_numbers_than_a_new_network() {
    let whole = StateDict::initial(&architecture(), 1);
    let renewed = whole.clone().with_new_head(&architecture(), 1);
    let head = |state: &StateDict| state.tensors["dense.weight"].clone();
    assert_ne!(head(&renewed), head(&whole));
    let again = whole.clone().with_new_head(&architecture(), 1);
    assert_eq!(renewed, again);
    let other = whole.clone().with_new_head(&architecture(), 2);
    assert_ne!(head(&renewed), head(&other));
    let kept = |state: &StateDict| state.tensors["first_conv.conv.weight"].clone();
    assert_eq!(kept(&renewed), kept(&whole));
}

#[test]
fn thresholds_that_are_not_finite_are_not_written() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let thresholds = |rule_in| checkpoint::Thresholds {
        rule_out: 0.25,
        rule_in,
    };
    let header = |rule_in| checkpoint::WeightsHeader {
        format: 1,
        architecture: architecture(),
        labels: vec!["RCA".to_owned()],
        profile: String::new(),
        profile_hash: String::new(),
        label_rule: "severe".to_owned(),
        thresholds: [("RCA".to_owned(), thresholds(rule_in))].into(),
        provenance: [].into(),
    };
    let state = StateDict::initial(&architecture(), 7);
    let error = checkpoint::write(&path, &state, Some(&header(f64::NAN))).expect_err("refused");
    assert!(error.to_string().contains("threshold of RCA"), "{error}");
    assert!(!path.exists());
    checkpoint::write(&path, &state, Some(&header(0.75))).expect("written");
    let read = checkpoint::read(&path).expect("read").header;
    assert_eq!(read, Some(header(0.75)));
}

#[test]
fn the_folder_of_a_checkpoint_is_made() {
    let folder = folder();
    let path = folder.path().join("new/inside/w.safetensors");
    let state = StateDict::initial(&architecture(), 7);
    checkpoint::write(&path, &state, None).expect("written");
    assert_eq!(checkpoint::read(&path).expect("read").state, state);
}

#[test]
fn what_does_not_fit_is_listed() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let mut state = StateDict::initial(&architecture(), 7);
    state.tensors.remove("first_bn.bias");
    let other = NamedTensor {
        shape: vec![1],
        values: Values::F32(vec![0.0].into()),
    };
    state.tensors.insert("extra".to_owned(), other.clone());
    state.tensors.insert("dense.bias".to_owned(), other);
    checkpoint::write(&path, &state, None).expect("written");
    let read = checkpoint::read(&path).expect("read");
    let coverage = read.state.coverage(&architecture());
    assert_eq!(coverage.missing, ["first_bn.bias"]);
    assert_eq!(coverage.unexpected, ["extra"]);
    assert_eq!(coverage.misshaped, ["dense.bias: expected [3], got [1]"]);
    let error = read
        .strict(&path, &architecture())
        .expect_err("refused")
        .to_string();
    assert!(error.contains("1 missing (first_bn.bias)"), "{error}");
}

#[test]
fn only_the_head_may_be_replaced() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let mut other = architecture();
    other.n_classes = 150;
    let state = StateDict::initial(&other, 7);
    checkpoint::write(&path, &state, None).expect("written");
    let read = checkpoint::read(&path).expect("read");
    let (kept, renewed) = read
        .clone()
        .backbone(&path, &architecture(), 1)
        .expect("fits");
    assert!(renewed);
    assert_eq!(
        kept.tensors["first_bn.weight"],
        state.tensors["first_bn.weight"]
    );
    assert_eq!(kept.tensors["dense.bias"].shape, [3]);
    let mut wider = architecture();
    wider.base_filters = 3;
    assert!(read.backbone(&path, &wider, 1).is_err());
}

#[test]
fn files_that_are_no_checkpoints_are_refused() {
    let folder = folder();
    let good = folder.path().join("good.safetensors");
    checkpoint::write(&good, &StateDict::initial(&architecture(), 7), None).expect("written");
    let bytes = std::fs::read(&good).expect("read");
    let cases: [(&str, Vec<u8>); 5] = [
        ("empty", Vec::new()),
        ("text", b"not a checkpoint at all".to_vec()),
        ("truncated", bytes[..bytes.len() / 2].to_vec()),
        ("header only", bytes[..40].to_vec()),
        ("zip", b"PK\x03\x04 and no more".to_vec()),
    ];
    for (name, bytes) in cases {
        let path: PathBuf = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let error = checkpoint::read(&path).expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn values_that_are_not_finite_are_named() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let mut state = StateDict::initial(&architecture(), 7);
    let bad = Values::F32(vec![0.0, f32::NAN, 0.0].into());
    state.tensors.insert(
        "dense.bias".to_owned(),
        NamedTensor {
            shape: vec![3],
            values: bad,
        },
    );
    checkpoint::write(&path, &state, None).expect("written");
    let error = checkpoint::read(&path).expect_err("refused").to_string();
    assert!(
        error.contains("dense.bias") && error.contains("element 1"),
        "{error}"
    );
}

#[test]
fn networks_trained_without_norm_are_told_apart() {
    let mut state = StateDict::initial(&architecture(), 7);
    assert_eq!(state.trained_with_norm(), Some(false));
    let moved = NamedTensor {
        shape: vec![4],
        values: Values::F32(vec![0.1; 4].into()),
    };
    state
        .tensors
        .insert("first_bn.running_mean".to_owned(), moved);
    assert_eq!(state.trained_with_norm(), Some(true));
}

#[test]
fn networks_of_one_channel_are_refused() {
    let of = |filters: &str| {
        Architecture::from_toml(&format!(
            "in_channels = 2\nbase_filters = 1\nfilter_list = {filters}\nm_blocks_list = [1]\n\
             kernel_size = 3\ngroups_width = 1\nn_classes = 3\n"
        ))
    };
    let error = of("[1]").expect_err("nothing is left of half a channel");
    assert!(error.to_string().contains("2 or more"), "{error}");
    let smallest = of("[2]").expect("one channel is left");
    assert!(StateDict::initial(&smallest, 1).is_finite());
}

#[test]
fn absurd_architectures_are_refused() {
    let cases = [
        ("n_classes = 0", "n_classes"),
        ("stride = 7", "stride"),
        ("groups_width = 5", "filter_list"),
        ("dropout = 1.5", "dropout"),
        ("m_blocks_list = [1]", "m_blocks_list"),
        ("colour = 1", "colour"),
    ];
    for (line, field) in cases {
        let (key, _) = line.split_once(' ').expect("a key");
        let base = "in_channels = 2\nbase_filters = 4\nfilter_list = [4, 8]\nm_blocks_list = [1, 2]\n\
                    kernel_size = 3\ngroups_width = 4\nn_classes = 3";
        let kept: Vec<&str> = base.lines().filter(|text| !text.starts_with(key)).collect();
        let error = Architecture::from_toml(&format!("{}\n{line}\n", kept.join("\n")));
        let error = error.expect_err(line).to_string();
        assert!(error.contains(field), "{line}: {error}");
    }
}
