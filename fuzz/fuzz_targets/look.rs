//! Bytes → recordings in both modes, without a panic; what is read is well-formed.

use coronet_formats::{Leniency, ReadOptions, read_bytes};

/// Reads bytes that begin as `start` does, so that every input reaches the reader it is for.
pub fn look(start: &str, bytes: &[u8]) {
    let mut whole = start.as_bytes().to_vec();
    whole.extend_from_slice(bytes);
    for document in [bytes, &whole] {
        for leniency in [Leniency::Strict, Leniency::Lenient] {
            let options = ReadOptions {
                leniency,
                ..ReadOptions::default()
            };
            for record in read_bytes("f", document, &options).unwrap_or_default() {
                let length = record.ecg.len();
                assert!(length > 0);
                for signal in &record.ecg.signals {
                    assert_eq!(signal.millivolts.len(), length);
                    assert!(signal.millivolts.iter().all(|sample| !sample.is_infinite()));
                }
            }
        }
    }
}
