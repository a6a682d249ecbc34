//! The deflated transfer syntax: the data set behind the file meta information is one raw deflate
//! stream of explicit little endian (PS3.5 A.5).

use super::bounds;
use crate::ReadErrorKind;
use crate::bytes::at;
use flate2::read::DeflateDecoder;
use std::io::Read;

/// What the transfer syntax is called.
pub(super) const UID: &str = "1.2.840.10008.1.2.1.99";

/// Explicit little endian, as long as [`UID`].
const PLAIN: &[u8; 22] = b"1.2.840.10008.1.2.1\0\0\0";

/// Most bytes of a data set.
const LIMIT: u64 = 1 << 28;

/// The file as one of explicit little endian; `None` where it is not deflated.
///
/// # Errors
///
/// When the stream is no deflate, or holds more than 256 MiB.
pub(super) fn inflated(bytes: &[u8]) -> Result<Option<Vec<u8>>, ReadErrorKind> {
    let (offset, uid, start) = bounds::transfer_syntax(bytes)?;
    if uid != UID {
        return Ok(None);
    }
    let mut plain = bytes[..start].to_vec();
    let offset = offset as usize;
    plain[offset..offset + PLAIN.len()].copy_from_slice(PLAIN);
    let mut decoder = DeflateDecoder::new(&bytes[start..]).take(LIMIT + 1);
    let wrong = |got: String| at(start as u64, "deflated data set", "a deflate stream", got);
    let size = decoder
        .read_to_end(&mut plain)
        .map_err(|error| wrong(error.to_string()))?;
    if size as u64 > LIMIT {
        let (expected, got) = (LIMIT, size as u64);
        return Err(ReadErrorKind::TooLarge { expected, got });
    }
    Ok(Some(plain))
}
