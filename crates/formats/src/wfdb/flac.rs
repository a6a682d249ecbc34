//! FLAC streams as signal files: one channel a signal, samples interleaved.

use crate::ReadErrorKind;
use flac_codec::decode::FlacSampleReader;
use flac_codec::metadata::Metadata;
use std::io::Read;

/// What the stream has to hold.
pub(super) struct Expected {
    /// Signals, and so channels.
    pub(super) signals: usize,
    /// Bits a sample.
    pub(super) bits: u32,
    /// Samples of each signal; all of the stream where absent.
    pub(super) samples: Option<u64>,
    /// Most samples of all signals together.
    pub(super) limit: u64,
}

/// Decodes a stream to samples with the signals interleaved.
///
/// # Errors
///
/// When the stream is not FLAC, has other channels or bits, or ends too early.
pub(super) fn decode(stream: impl Read, expected: &Expected) -> Result<Vec<i32>, ReadErrorKind> {
    let mut reader = FlacSampleReader::new(stream).map_err(broken)?;
    let (channels, bits) = (reader.channel_count(), reader.bits_per_sample());
    if usize::from(channels) != expected.signals || bits != expected.bits {
        return Err(ReadErrorKind::Bytes {
            offset: 0,
            field: "FLAC stream",
            expected: format!("{} channels of {} bits", expected.signals, expected.bits),
            got: format!("{channels} of {bits}"),
        });
    }
    let signals = expected.signals as u64;
    let wanted = expected
        .samples
        .map(|samples| samples.saturating_mul(signals));
    let most = wanted.unwrap_or(u64::MAX).min(expected.limit + 1);
    let mut samples: Vec<i32> = Vec::new();
    while (samples.len() as u64) < most {
        let block = reader.fill_buf().map_err(broken)?;
        if block.is_empty() {
            break;
        }
        let length = block.len();
        samples.extend_from_slice(block);
        reader.consume(length);
    }
    if samples.len() as u64 > expected.limit && wanted.is_none_or(|wanted| wanted > expected.limit)
    {
        return Err(ReadErrorKind::TooLarge {
            expected: expected.limit,
            got: samples.len() as u64,
        });
    }
    match wanted {
        Some(wanted) if (samples.len() as u64) < wanted => Err(ReadErrorKind::Bytes {
            offset: 0,
            field: "FLAC stream",
            expected: format!("{} samples a signal", wanted / signals),
            got: (samples.len() as u64 / signals).to_string(),
        }),
        Some(wanted) => {
            samples.truncate(wanted as usize);
            Ok(samples)
        }
        None => Ok(samples),
    }
}

fn broken(error: flac_codec::Error) -> ReadErrorKind {
    ReadErrorKind::Bytes {
        offset: 0,
        field: "FLAC stream",
        expected: "a stream that can be decoded".to_string(),
        got: error.to_string(),
    }
}
