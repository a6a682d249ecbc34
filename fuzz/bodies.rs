//! What each fuzz target does with its bytes, and a table of them: the targets and the bounded run
//! of the test suite call the same functions.
//!
//! A body panics where a promise of the readers is broken: what is read is well-formed, what was
//! written is read again with equal signals, and nothing else panics.

use coronet_ecg::Ecg;
use coronet_formats::{Container, Leniency, ReadOptions, Recording, dicom, edf, fhir};
use coronet_formats::{read, read_bytes, wfdb};
use std::path::{Path, PathBuf};

/// A target: its name, and what it does with bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets, one a reader, and one for annotation files.
pub(crate) const TARGETS: &[Target] = &[
    ("annotations", annotations),
    ("cardiosoft", cardiosoft),
    ("csv", csv),
    ("dicom", any),
    ("edf", any),
    ("fhir", fhir_observation),
    ("hdf5", hdf5),
    ("hl7", hl7),
    ("ishne", any),
    ("matlab", any),
    ("mfer", any),
    ("muse", muse),
    ("npy", npy),
    ("parquet", parquet),
    ("philips", philips),
    ("schiller", schiller),
    ("scp", any),
    ("text", text),
    ("wfdb", record),
];

/// Bytes of any format that is read from memory.
pub(crate) fn any(bytes: &[u8]) {
    both("x", |options| read_bytes("x", bytes, options).ok());
}

/// An annotation file of WFDB.
pub(crate) fn annotations(bytes: &[u8]) {
    let path = scratch("x.atr");
    std::fs::write(&path, bytes).expect("a scratch file");
    let _ = wfdb::annotations::read(&path);
}

/// GE CardioSoft XML.
pub(crate) fn cardiosoft(bytes: &[u8]) {
    begun("<CardiologyXML><StripData>", bytes);
}

/// A CSV table.
pub(crate) fn csv(bytes: &[u8]) {
    file("x.csv", bytes);
}

/// A FHIR Observation.
pub(crate) fn fhir_observation(bytes: &[u8]) {
    begun("{\"resourceType\":\"Observation\",", bytes);
}

/// An HDF5 file.
pub(crate) fn hdf5(bytes: &[u8]) {
    file("x.h5", bytes);
}

/// HL7 aECG.
pub(crate) fn hl7(bytes: &[u8]) {
    begun(
        "<AnnotatedECG xmlns=\"urn:hl7-org:v3\"><component><series>",
        bytes,
    );
}

/// GE MUSE XML.
pub(crate) fn muse(bytes: &[u8]) {
    begun(
        "<RestingECG><Waveform><WaveformType>Rhythm</WaveformType>",
        bytes,
    );
}

/// A NumPy array.
pub(crate) fn npy(bytes: &[u8]) {
    file("x.npy", bytes);
}

/// A table of Parquet.
pub(crate) fn parquet(bytes: &[u8]) {
    file("x.parquet", bytes);
    let _ = coronet_formats::parquet::read_cells(&scratch("x.parquet"));
}

/// Philips XML.
pub(crate) fn philips(bytes: &[u8]) {
    begun(
        "<restingecgdata xmlns=\"http://www3.medical.philips.com\">",
        bytes,
    );
}

/// Schiller XML.
pub(crate) fn schiller(bytes: &[u8]) {
    begun("<com.xiriuz.sema.xml.schillerEDI.SchillerEDI>", bytes);
}

/// Plain text.
pub(crate) fn text(bytes: &[u8]) {
    begun("Rhythm signal: ", bytes);
}

/// A WFDB record: the header up to the first zero byte, and the signal file `r.dat` after it.
pub(crate) fn record(bytes: &[u8]) {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    let signals = bytes.get(end + 1..).unwrap_or_default();
    let header = scratch("r.hea");
    std::fs::write(&header, &bytes[..end]).expect("a scratch file");
    std::fs::write(scratch("r.dat"), signals).expect("a scratch file");
    both("r", |options| read(&header, options).ok());
}

/// Bytes as they are, and as the end of a document that begins as `start` does, so that every
/// input reaches the reader it is for.
fn begun(start: &str, bytes: &[u8]) {
    any(bytes);
    let mut whole = start.as_bytes().to_vec();
    whole.extend_from_slice(bytes);
    any(&whole);
}

/// Bytes of a format that is read from a file.
fn file(name: &str, bytes: &[u8]) {
    let path = scratch(name);
    std::fs::write(&path, bytes).expect("a scratch file");
    both(name, |options| read(&path, options).ok());
    apart(name, &path);
}

/// A few ECGs at a time give what all of a file gives: as many, with equal samples.
fn apart(name: &str, path: &Path) {
    const FEW: usize = 64;
    let options = ReadOptions::default();
    let whole = read(path, &options);
    let Ok(container) = Container::open(path, &options) else {
        assert!(whole.is_err(), "{name}: read, and not opened");
        return;
    };
    let all: Vec<usize> = (0..container.parts().len().min(FEW)).collect();
    let parts = container.read(&all, &options);
    let parts: Vec<Recording> = parts.into_iter().flatten().collect();
    let Ok(whole) = whole else { return };
    if container.parts().len() <= FEW {
        assert_eq!(parts.len(), whole.len(), "{name}: other ECGs by parts");
    }
    for (part, one) in parts.iter().zip(&whole) {
        assert_eq!(part.record_id, one.record_id, "{name}");
        assert!(alike(&part.ecg, &one.ecg), "{name}: other samples by parts");
    }
}

/// A file of the scratch folder of this thread, which is used again by the next input.
fn scratch(name: &str) -> PathBuf {
    std::thread_local! {
        static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a scratch folder");
    }
    FOLDER.with(|folder| folder.path().join(name))
}

/// Reads strictly and leniently, and checks what comes out.
fn both(name: &str, read: impl Fn(&ReadOptions) -> Option<Vec<Recording>>) {
    for leniency in [Leniency::Strict, Leniency::Lenient] {
        let options = ReadOptions {
            leniency,
            ..ReadOptions::default()
        };
        for recording in read(&options).unwrap_or_default() {
            check(name, &recording.ecg);
        }
    }
}

/// Well-formed, and again equal once it has been written and read.
fn check(name: &str, ecg: &Ecg) {
    let length = ecg.len();
    assert!(length > 0 || ecg.signals.is_empty(), "{name}: no samples");
    for signal in &ecg.signals {
        assert_eq!(signal.millivolts.len(), length, "{name}: lengths differ");
        let infinite = |sample: &f64| sample.is_infinite();
        assert!(!signal.millivolts.iter().any(infinite), "{name}: infinite");
    }
    // Writing everything that is read again would be the time of the run.
    if length * ecg.signals.len() < 4096 {
        written(ecg);
    }
}

/// What one reading of a written ECG gives, a second one gives again: of amplitudes that a heart
/// can have, where the writer did not say that it rounded.
fn written(ecg: &Ecg) {
    let possible = |sample: &f64| sample.is_nan() || sample.abs() < 1000.0;
    let samples = ecg.signals.iter().flat_map(|signal| &signal.millivolts);
    let is_possible = samples.clone().all(possible);
    let rounded = |lost: Vec<coronet_ecg::Finding>| lost.iter().any(|f| f.code == "rounded");
    stable(ecg, |ecg, folder| {
        let options = wfdb::WriteOptions::default();
        let path = wfdb::write(folder, "again", ecg, &options).ok()?;
        Some((path, is_possible))
    });
    stable(ecg, |ecg, folder| {
        let path = folder.join("again.dcm");
        let lost = dicom::write(&path, ecg, &dicom::WriteOptions::default()).ok()?;
        Some((path, is_possible && !rounded(lost)))
    });
    stable(ecg, |ecg, folder| {
        let path = folder.join("again.edf");
        let lost = edf::write(&path, ecg).ok()?;
        Some((path, is_possible && !rounded(lost)))
    });
    stable(ecg, |ecg, folder| {
        let path = folder.join("again.json");
        let lost = fhir::write(&path, ecg, &fhir::WriteOptions::default()).ok()?;
        Some((path, is_possible && !rounded(lost)))
    });
}

/// Writes and reads twice; `write` gives the file and whether it holds the samples exactly.
fn stable(ecg: &Ecg, write: impl Fn(&Ecg, &Path) -> Option<(PathBuf, bool)>) {
    let folder = scratch("");
    let again = |ecg: &Ecg| {
        let (path, exact) = write(ecg, &folder)?;
        let read = read(&path, &ReadOptions::default());
        let mut recordings = read.expect("what was written is read");
        Some((recordings.remove(0).ecg, exact))
    };
    let Some((once, true)) = again(ecg) else {
        return;
    };
    if let Some((twice, true)) = again(&once) {
        assert!(alike(&once, &twice), "written again differs");
    }
}

/// Whether both have the same leads and, to a millionth of the greatest amplitude, the same samples.
fn alike(one: &Ecg, other: &Ecg) -> bool {
    let most = |ecg: &Ecg| {
        let samples = ecg.signals.iter().flat_map(|signal| &signal.millivolts);
        samples.fold(1.0_f64, |most, sample| most.max(sample.abs()))
    };
    let allowed = 1e-6 * most(one);
    let close = |a: &f64, b: &f64| (a.is_nan() && b.is_nan()) || (a - b).abs() <= allowed;
    one.signals.len() == other.signals.len()
        && one.signals.iter().zip(&other.signals).all(|(a, b)| {
            a.channel.name() == b.channel.name()
                && a.millivolts.len() == b.millivolts.len()
                && a.millivolts
                    .iter()
                    .zip(&b.millivolts)
                    .all(|(a, b)| close(a, b))
        })
}
