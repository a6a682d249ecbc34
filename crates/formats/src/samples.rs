//! Lists of samples in text.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Finite numbers parted by white space and the given letters; the first wrong word is the error.
///
/// Empty places between two separators are passed over.
pub(crate) fn numbers(text: &str, separators: &[char]) -> Result<Vec<f64>, String> {
    let mut values = Vec::with_capacity(text.len() / 4);
    for word in
        text.split(|letter: char| letter.is_ascii_whitespace() || separators.contains(&letter))
    {
        if word.is_empty() {
            continue;
        }
        let whole = word.parse::<i32>().map(f64::from);
        let value = whole.or_else(|_| word.parse::<f64>());
        match value {
            Ok(value) if value.is_finite() => values.push(value),
            _ => return Err(word.chars().take(20).collect()),
        }
    }
    Ok(values)
}

/// The bytes of Base64 text with white space anywhere and padding at will.
pub(crate) fn base64(text: &str) -> Result<Vec<u8>, String> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let letters: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    GeneralPurpose::new(&STANDARD, CONFIG)
        .decode(letters)
        .map_err(|error| error.to_string())
}

/// Signed 16-bit numbers, low byte first.
pub(crate) fn little_endian_16(bytes: &[u8]) -> impl ExactSizeIterator<Item = i16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|&pair| i16::from_le_bytes(pair))
}
