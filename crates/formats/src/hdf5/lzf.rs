//! LZF, the compression that h5py brings along (filter 32000), after the description of LibLZF.
//!
//! A control byte below 32 is followed by that many literal bytes and one more. Any other says how
//! far back a copy begins, in its lower five bits and one further byte, and in its upper three how
//! long it is, less two; seven stands for seven and one more byte.

use hdf5_reader::error::{Error, Result};

/// The number of the filter.
pub(super) const FILTER: u16 = 32000;

/// The bytes that some bytes stand for, at most `most`.
///
/// # Errors
///
/// When they end within an instruction, copy from before their beginning, or stand for more.
pub(super) fn decompressed(bytes: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut plain: Vec<u8> = Vec::new();
    let mut rest = bytes;
    let wrong = |what: &str| Error::InvalidData(format!("LZF: {what}"));
    let cut = || wrong("the data end within an instruction");
    while let Some((&control, after)) = rest.split_first() {
        let control = usize::from(control);
        rest = after;
        let mut byte = || -> Result<usize> {
            let (&byte, after) = rest.split_first().ok_or_else(cut)?;
            rest = after;
            Ok(usize::from(byte))
        };
        if control < 32 {
            let (literals, after) = rest.split_at_checked(control + 1).ok_or_else(cut)?;
            plain.extend_from_slice(literals);
            rest = after;
        } else {
            let mut length = control >> 5;
            if length == 7 {
                length += byte()?;
            }
            let back = ((control & 31) << 8) + byte()? + 1;
            let start = plain.len().checked_sub(back);
            let start = start.ok_or_else(|| wrong("a copy from before the beginning"))?;
            for at in start..start + length + 2 {
                plain.push(plain[at]);
            }
        }
        if plain.len() > most {
            return Err(wrong("more than a chunk"));
        }
    }
    Ok(plain)
}
