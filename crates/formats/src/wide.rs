//! Texts of UTF-16, as spreadsheets of Windows save them.

/// A text that begins with a mark of its byte order, as UTF-8; `None` without the mark.
///
/// What is no UTF-16 becomes U+FFFD.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let little = match bytes.first_chunk()? {
        [0xff, 0xfe] => true,
        [0xfe, 0xff] => false,
        _ => return None,
    };
    let pairs = bytes[2..].as_chunks::<2>().0.iter();
    let units = pairs.map(|&pair| match little {
        true => u16::from_le_bytes(pair),
        false => u16::from_be_bytes(pair),
    });
    let letters = char::decode_utf16(units);
    Some(letters.map(|letter| letter.unwrap_or('\u{fffd}')).collect())
}
