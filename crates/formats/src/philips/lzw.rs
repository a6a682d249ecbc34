//! The variant of LZW (Welch 1984) inside XLI: codes of a fixed 10 bits, high bit first.
//!
//! Codes 0–255 are bytes. Each code after the first adds the string before it with the first
//! byte of its own, as long as codes below 1023 are left; the dictionary then stays as it is. A
//! code that is about to be added is the string before with its own first byte behind it.

/// Bits of a code.
const BITS: u32 = 10;

/// Strings a dictionary can hold; 1023 is not used.
const CODES: usize = (1 << BITS) - 1;

/// Strings as chains: the last byte and the code of all before it.
struct Dictionary {
    prefix: Vec<u16>,
    last: Vec<u8>,
}

impl Dictionary {
    fn new() -> Dictionary {
        Dictionary {
            prefix: vec![0; 256],
            last: (0..=255).collect(),
        }
    }

    fn len(&self) -> usize {
        self.last.len()
    }

    /// Appends the string of a code to `out` and returns its first byte.
    fn write(&self, code: usize, out: &mut Vec<u8>) -> u8 {
        let start = out.len();
        let mut code = code;
        while code > 255 {
            out.push(self.last[code]);
            code = usize::from(self.prefix[code]);
        }
        out.push(self.last[code]);
        out[start..].reverse();
        out[start]
    }

    fn add(&mut self, prefix: usize, last: u8) {
        if self.len() < CODES {
            self.prefix.push(prefix as u16);
            self.last.push(last);
        }
    }
}

/// Decompresses, at most to `most` bytes; the error says what was wrong.
pub(super) fn decompress(bytes: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let mut dictionary = Dictionary::new();
    let mut out = Vec::new();
    let mut previous: Option<usize> = None;
    for code in codes(bytes) {
        let start = out.len();
        let known = code < dictionary.len();
        let first = match previous {
            _ if known => dictionary.write(code, &mut out),
            Some(previous) if code == dictionary.len() => {
                let first = dictionary.write(previous, &mut out);
                out.push(first);
                first
            }
            _ => return Err(format!("code {code} before it is defined")),
        };
        if let Some(previous) = previous {
            dictionary.add(previous, first);
        }
        previous = Some(code);
        if out.len() > most {
            let got = out.len().max(start);
            return Err(format!("more than {most} bytes, at least {got}"));
        }
    }
    Ok(out)
}

/// The codes of a bit stream; bits that do not fill a code are padding.
fn codes(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let (mut at, mut held, mut bits) = (0, 0_u32, 0_u32);
    std::iter::from_fn(move || {
        while bits < BITS {
            held = (held << 8) | u32::from(*bytes.get(at)?);
            at += 1;
            bits += 8;
        }
        bits -= BITS;
        let code = held >> bits;
        held &= (1 << bits) - 1;
        Some(code as usize)
    })
    .take_while(|&code| code < CODES)
}
