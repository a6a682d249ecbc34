//! Preprocessing against arrays made with SciPy.

use coronet_ecg::{
    Channel, Device, Ecg, Hertz, Lead, Normalisation, Profile, Resampling, Signal, Subject,
    WindowRule, preprocess, resample,
};
use safetensors::SafeTensors;
use std::path::PathBuf;

fn golden() -> PathBuf {
    std::env::var_os("CORONET_GOLDEN").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden"),
        PathBuf::from,
    )
}

/// Every file of the folder with its rate; a whole number of samples in ten seconds gives it.
fn for_each(check: impl Fn(&str, &dyn Fn(&str) -> Option<Vec<Vec<f64>>>, f64)) {
    let folder = golden().join("preprocess");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no golden arrays at {}", folder.display());
        return;
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "safetensors")
        })
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no arrays in {}", folder.display());
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let get = |name: &str| tensors.tensor(name).ok().map(|tensor| rows(&tensor));
        let raw = get("raw_mv").unwrap();
        let rate = match get("raw_linear_500hz") {
            Some(resampled) => 500.0 * raw[0].len() as f64 / resampled[0].len() as f64,
            None => raw[0].len() as f64 / 10.0,
        };
        check(&path.display().to_string(), &get, rate);
    }
}

fn rows(tensor: &safetensors::tensor::TensorView<'_>) -> Vec<Vec<f64>> {
    let samples = tensor.shape()[1];
    let values: Vec<f64> = tensor
        .data()
        .chunks_exact(8)
        .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    values.chunks_exact(samples).map(<[f64]>::to_vec).collect()
}

fn ecg(raw: &[Vec<f64>], rate: f64) -> Ecg {
    Ecg {
        rate: Hertz::new(rate).unwrap(),
        signals: Lead::ALL
            .into_iter()
            .zip(raw)
            .map(|(lead, samples)| Signal {
                channel: Channel::Lead(lead),
                millivolts: samples.clone(),
            })
            .collect(),
        start: None,
        subject: Subject::default(),
        device: Device::default(),
        findings: Vec::new(),
    }
}

/// The profile with what this array leaves out switched off.
fn whole(name: &str, normalisation: Normalisation) -> Profile {
    Profile {
        resampling: Resampling::None,
        window: WindowRule::None,
        normalisation,
        ..Profile::named(name).unwrap()
    }
}

/// Windows are 32-bit; the relative step of those is 6e-8.
fn check_window(what: &str, ecg: &Ecg, profile: &Profile, expected: &[Vec<f64>]) {
    let done = preprocess(ecg, profile).unwrap();
    let got = &done.windows[0].data;
    let expected: Vec<f64> = expected.iter().flatten().copied().collect();
    assert_eq!(got.len(), expected.len(), "{what}");
    for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
        let error = (f64::from(*got) - expected).abs();
        let allowed = 1e-9 + 1.2e-7 * expected.abs();
        assert!(error <= allowed, "{what}, {at}: {got} {expected}");
    }
}

#[test]
fn golden_filter_in_double_precision() {
    for_each(|file, get, rate| {
        let (Some(raw), Some(clean)) = (get("raw_mv"), get("clean")) else {
            return;
        };
        let notch = coronet_ecg::filter::notch(50.0, 30.0, rate).unwrap();
        let band = coronet_ecg::filter::butterworth_band_pass(4, 0.67, 40.0, rate).unwrap();
        let width = ((0.4 * rate) as usize + 1) | 1;
        let mut worst = 0.0_f64;
        for (raw, clean) in raw.iter().zip(&clean) {
            let filtered = coronet_ecg::filter::filtfilt(&notch, raw).unwrap();
            let filtered = coronet_ecg::filter::filtfilt(&band, &filtered).unwrap();
            let median = coronet_ecg::filter::running_median(&filtered, width);
            for at in 0..raw.len() {
                worst = worst.max((filtered[at] - median[at] - clean[at]).abs());
            }
        }
        eprintln!("{file}: largest difference {worst:e} mV");
        assert!(worst < 1e-9, "{file}: {worst:e}");
    });
}

#[test]
fn golden_profiles() {
    for_each(|file, get, rate| {
        let ecg = ecg(&get("raw_mv").unwrap(), rate);
        let cases = [
            ("clean", "ecgfounder", Normalisation::None),
            ("clean_zscore_record", "ecgfounder", Normalisation::Record),
            ("raw_zscore_leads", "anyecg-ccta", Normalisation::Lead),
            ("raw_mv", "raw", Normalisation::None),
        ];
        for (key, name, normalisation) in cases {
            let Some(expected) = get(key) else { continue };
            let profile = whole(name, normalisation);
            check_window(&format!("{file} {key}"), &ecg, &profile, &expected);
        }
        if let Some(expected) = get("raw_linear_500hz") {
            let profile = Profile {
                normalisation: Normalisation::None,
                window: WindowRule::None,
                ..Profile::named("ecgfounder-eval").unwrap()
            };
            check_window(&format!("{file} linear"), &ecg, &profile, &expected);
        }
    });
}

#[test]
fn golden_linear_resampling_in_double_precision() {
    for_each(|file, get, rate| {
        let (Some(raw), Some(expected)) = (get("raw_mv"), get("raw_linear_500hz")) else {
            return;
        };
        for (raw, expected) in raw.iter().zip(&expected) {
            let got = resample::linear(raw, rate, 500.0);
            assert_eq!(got.len(), expected.len(), "{file}");
            for (got, expected) in got.iter().zip(expected) {
                assert!((got - expected).abs() < 1e-9, "{file}: {got} {expected}");
            }
        }
    });
}

/// The numbers of `reference-r/ecgfounder_filter.out`, read from the file where it is there.
#[test]
fn golden_filter_of_the_reference_output() {
    let path = golden().join("reference-r/ecgfounder_filter.out");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no {}", path.display());
        return;
    };
    let signal = reference_signal();
    let notch = coronet_ecg::filter::notch(50.0, 30.0, 500.0).unwrap();
    let band = coronet_ecg::filter::butterworth_band_pass(4, 0.67, 40.0, 500.0).unwrap();
    let filtered = coronet_ecg::filter::filtfilt(&notch, &signal).unwrap();
    let filtered = coronet_ecg::filter::filtfilt(&band, &filtered).unwrap();
    let median = coronet_ecg::filter::running_median(&filtered, 201);
    let mut rows = 0;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [at, "x", x, "bp", bp, "med", med, "out", out] = words[..] else {
            continue;
        };
        let at: usize = at.parse().unwrap();
        let expected = [x, bp, med, out].map(|word| word.parse::<f64>().unwrap());
        let got = [
            signal[at],
            filtered[at],
            median[at],
            filtered[at] - median[at],
        ];
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-9, "{line}: {got} {expected}");
        }
        rows += 1;
    }
    assert!(rows > 0, "no rows in {}", path.display());
}

/// The input of that script as NumPy computes it; the last place of a sine counts here.
fn reference_signal() -> Vec<f64> {
    let bytes = include_bytes!("../fixtures/reference_signal.f64");
    bytes
        .chunks_exact(8)
        .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
        .collect()
}
