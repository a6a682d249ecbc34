//! Bytes → WFDB record → written → read again, with equal signals.
//!
//! The input is the header up to the first zero byte and the signal file `r.dat` after it.

#![no_main]

use coronet_ecg::fingerprint;
use coronet_formats::{ReadOptions, read, wfdb};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let signals = bytes.get(end + 1..).unwrap_or_default();
    let header = folder.path().join("r.hea");
    std::fs::write(&header, &bytes[..end]).expect("a scratch file");
    std::fs::write(folder.path().join("r.dat"), signals).expect("a scratch file");
    let Ok(records) = read(&header, &ReadOptions::default()) else {
        return;
    };
    for record in records {
        let options = wfdb::WriteOptions::default();
        let Ok(written) = wfdb::write(folder.path(), "again", &record.ecg, &options) else {
            continue;
        };
        let once = read(&written, &ReadOptions::default()).expect("what was written is read");
        wfdb::write(folder.path(), "again", &once[0].ecg, &options).expect("written twice");
        let twice = read(&written, &ReadOptions::default()).expect("what was written is read");
        assert_eq!(fingerprint(&once[0].ecg), fingerprint(&twice[0].ecg));
    }
});
