//! Storage formats of signal(5).

/// A storage format that can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// First differences, 8-bit two's complement.
    Difference8,
    /// 16-bit two's complement, least significant byte first.
    Little16,
    /// 16-bit two's complement, most significant byte first.
    Big16,
    /// 24-bit two's complement, least significant byte first.
    Little24,
    /// 32-bit two's complement, least significant byte first.
    Little32,
    /// 8-bit offset binary.
    Offset8,
    /// 16-bit offset binary, least significant byte first.
    Offset16,
    /// Two 12-bit samples in three bytes.
    Packed212,
    /// Three 10-bit samples in four bytes, as two words with the third sample split.
    Packed310,
    /// Three 10-bit samples in four bytes, consecutive.
    Packed311,
    /// A FLAC stream with a channel for each signal.
    Flac {
        /// Bits a sample.
        bits: u32,
    },
}

impl Format {
    pub(super) fn of(number: u32) -> Option<Format> {
        Some(match number {
            8 => Format::Difference8,
            16 => Format::Little16,
            24 => Format::Little24,
            32 => Format::Little32,
            61 => Format::Big16,
            80 => Format::Offset8,
            160 => Format::Offset16,
            212 => Format::Packed212,
            310 => Format::Packed310,
            311 => Format::Packed311,
            508 => Format::Flac { bits: 8 },
            516 => Format::Flac { bits: 16 },
            524 => Format::Flac { bits: 24 },
            _ => return None,
        })
    }

    /// Bytes that hold `samples` samples; `None` when that is beyond 64 bits. A FLAC stream is
    /// compressed and takes at least none.
    pub(super) fn bytes(self, samples: u64) -> Option<u64> {
        match self {
            Format::Difference8 | Format::Offset8 => Some(samples),
            Format::Little16 | Format::Big16 | Format::Offset16 => samples.checked_mul(2),
            Format::Little24 => samples.checked_mul(3),
            Format::Little32 => samples.checked_mul(4),
            Format::Packed212 => samples.checked_mul(3).map(|bits| bits.div_ceil(2)),
            Format::Packed310 => Some((samples / 3).checked_mul(4)? + 2 * (samples % 3)),
            Format::Packed311 => Some((samples / 3).checked_mul(4)? + [0, 2, 3][rest(samples)]),
            Format::Flac { .. } => Some(0),
        }
    }

    /// Whole samples in `bytes` bytes; none of a FLAC stream, whose length is inside it.
    pub(super) fn samples(self, bytes: u64) -> u64 {
        match self {
            Format::Difference8 | Format::Offset8 => bytes,
            Format::Little16 | Format::Big16 | Format::Offset16 => bytes / 2,
            Format::Little24 => bytes / 3,
            Format::Little32 => bytes / 4,
            Format::Packed212 => bytes / 3 * 2 + bytes % 3 / 2,
            Format::Packed310 => bytes / 4 * 3 + bytes % 4 / 2,
            Format::Packed311 => bytes / 4 * 3 + [0, 0, 1, 2][(bytes % 4) as usize],
            Format::Flac { .. } => 0,
        }
    }

    /// The value that marks an invalid sample; differences have none.
    pub(super) fn invalid(self) -> Option<i32> {
        match self {
            Format::Difference8 => None,
            Format::Little16 | Format::Big16 | Format::Offset16 => Some(-32_768),
            Format::Little24 => Some(-8_388_608),
            Format::Little32 => Some(i32::MIN),
            Format::Offset8 => Some(-128),
            Format::Packed212 => Some(-2048),
            Format::Packed310 | Format::Packed311 => Some(-512),
            Format::Flac { bits } => Some(-1 << (bits - 1)),
        }
    }

    /// Decodes `count` samples; `bytes` holds at least [`Format::bytes`] of them. Nothing of a
    /// FLAC stream, which [`super::flac`] decodes.
    pub(super) fn decode(self, bytes: &[u8], count: usize) -> Vec<i32> {
        let mut samples: Vec<i32> = match self {
            Format::Difference8 => bytes.iter().map(|&byte| i32::from(byte as i8)).collect(),
            Format::Offset8 => bytes.iter().map(|&byte| i32::from(byte) - 128).collect(),
            Format::Little16 => pairs(bytes, i16::from_le_bytes).map(i32::from).collect(),
            Format::Big16 => pairs(bytes, i16::from_be_bytes).map(i32::from).collect(),
            Format::Offset16 => pairs(bytes, u16::from_le_bytes)
                .map(|value| i32::from(value) - 32_768)
                .collect(),
            Format::Little24 => bytes
                .chunks_exact(3)
                .map(|three| i32::from_le_bytes([0, three[0], three[1], three[2]]) >> 8)
                .collect(),
            Format::Little32 => bytes
                .chunks_exact(4)
                .map(|four| i32::from_le_bytes([four[0], four[1], four[2], four[3]]))
                .collect(),
            Format::Packed212 => bytes.chunks(3).flat_map(unpack_212).collect(),
            Format::Packed310 => bytes.chunks(4).flat_map(unpack_310).collect(),
            Format::Packed311 => bytes.chunks(4).flat_map(unpack_311).collect(),
            Format::Flac { .. } => Vec::new(),
        };
        samples.truncate(count);
        samples
    }
}

fn rest(samples: u64) -> usize {
    (samples % 3) as usize
}

fn pairs<T>(bytes: &[u8], convert: fn([u8; 2]) -> T) -> impl Iterator<Item = T> {
    bytes
        .chunks_exact(2)
        .map(move |two| convert([two[0], two[1]]))
}

/// Sign-extends the low `bits` bits.
fn extend(value: u32, bits: u32) -> i32 {
    ((value << (32 - bits)) as i32) >> (32 - bits)
}

/// The bytes of a chunk as a number, absent ones zero.
fn word(chunk: &[u8]) -> u32 {
    chunk.iter().enumerate().fold(0, |word, (index, &byte)| {
        word | u32::from(byte) << (8 * index)
    })
}

/// signal(5), format 212: the low nibble of the second byte belongs to the first sample.
fn unpack_212(chunk: &[u8]) -> [i32; 2] {
    let word = word(chunk);
    [
        extend(word & 0xfff, 12),
        extend((word >> 16 & 0xff) | (word >> 4 & 0xf00), 12),
    ]
}

/// signal(5), format 310: bits 1–10 of each word, and the five high bits of both.
fn unpack_310(chunk: &[u8]) -> [i32; 3] {
    let (low, high) = (word(chunk) & 0xffff, word(chunk) >> 16);
    [
        extend(low >> 1 & 0x3ff, 10),
        extend(high >> 1 & 0x3ff, 10),
        extend((low >> 11) | (high >> 11) << 5, 10),
    ]
}

/// signal(5), format 311: bits 0–9, 10–19 and 20–29.
fn unpack_311(chunk: &[u8]) -> [i32; 3] {
    let word = word(chunk);
    [0, 10, 20].map(|shift| extend(word >> shift & 0x3ff, 10))
}
