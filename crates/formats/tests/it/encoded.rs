//! Files of formats that this crate reads and does not write, encoded here from their standards:
//! no outside file of MFER is at hand, and none of the rarer encodings of SCP-ECG.

/// Bytes of a number, least significant first.
pub(crate) fn little(value: i64, width: usize) -> Vec<u8> {
    value.to_le_bytes()[..width].to_vec()
}

/// CRC-16 of CCITT, bit by bit.
pub(crate) fn crc(bytes: &[u8]) -> u16 {
    let mut register = 0xffff_u16;
    for byte in bytes {
        register ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            let carry = register & 0x8000 != 0;
            register = register << 1 ^ if carry { 0x1021 } else { 0 };
        }
    }
    register
}

/// ISHNE 1.0: leads by code, resolution in nanovolts, samples `[lead][sample]`.
pub(crate) fn ishne(codes: &[i64], nanovolts: i64, rate: i64, samples: &[Vec<i16>]) -> Vec<u8> {
    let mut header = Vec::new();
    let mut put = |value: i64, width: usize| header.extend(little(value, width));
    put(6, 4); // bytes of the variable block
    put(samples[0].len() as i64, 4);
    put(522, 4);
    put(528, 4);
    put(1, 2);
    header.extend(padded("Ada", 40));
    header.extend(padded("Test", 40));
    header.extend(padded("P 17", 20));
    for value in [2, 1, 3, 2, 1960, 5, 4, 2021, 6, 4, 2021, 7, 8, 9] {
        header.extend(little(value, 2));
    }
    header.extend(little(codes.len() as i64, 2));
    for place in 0..12 {
        header.extend(little(codes.get(place).copied().unwrap_or(-9), 2));
    }
    for _ in 0..12 {
        header.extend(little(1, 2));
    }
    for place in 0..12 {
        let resolution = if place < codes.len() { nanovolts } else { -9 };
        header.extend(little(resolution, 2));
    }
    header.extend(little(0, 2));
    header.extend(padded("recorder", 40));
    header.extend(little(rate, 2));
    header.extend(vec![0; 80 + 80 + 88]);
    header.extend(b"block\0");
    let mut bytes = b"ISHNE1.0".to_vec();
    bytes.extend(crc(&header).to_le_bytes());
    bytes.extend(header);
    for at in 0..samples[0].len() {
        for lead in samples {
            bytes.extend(lead[at].to_le_bytes());
        }
    }
    bytes
}

fn padded(text: &str, width: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(width, 0);
    bytes
}

/// MATLAB 5: an array of a class with its dimensions, name and data elements.
pub(crate) fn mat_array(class: u8, sides: &[i32], name: &str, parts: &[Vec<u8>]) -> Vec<u8> {
    let flags: Vec<u8> = [u32::from(class), 0]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    let sides: Vec<u8> = sides.iter().flat_map(|side| side.to_le_bytes()).collect();
    let mut content = mat_element(6, &flags);
    content.extend(mat_element(5, &sides));
    content.extend(mat_element(1, name.as_bytes()));
    for part in parts {
        content.extend(part);
    }
    mat_element(14, &content)
}

/// A data element with its tag, small where it fits, padded to eight bytes.
pub(crate) fn mat_element(kind: u32, bytes: &[u8]) -> Vec<u8> {
    let mut element = Vec::new();
    if bytes.len() <= 4 && kind != 14 {
        element.extend((kind | (bytes.len() as u32) << 16).to_le_bytes());
        element.extend(bytes);
        element.resize(8, 0);
        return element;
    }
    element.extend(kind.to_le_bytes());
    element.extend((bytes.len() as u32).to_le_bytes());
    element.extend(bytes);
    element.resize(element.len().next_multiple_of(8), 0);
    element
}

/// A file of arrays, each in a compressed element.
pub(crate) fn mat_file(arrays: &[Vec<u8>]) -> Vec<u8> {
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write;
    let mut bytes = b"MATLAB 5.0 MAT-file, made for a test".to_vec();
    bytes.resize(124, b' ');
    bytes.extend([0x00, 0x01, b'I', b'M']);
    for array in arrays {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(array).unwrap();
        let packed = encoder.finish().unwrap();
        bytes.extend(15_u32.to_le_bytes());
        bytes.extend((packed.len() as u32).to_le_bytes());
        bytes.extend(packed);
    }
    bytes
}

/// MATLAB 4: a matrix of a type (with the thousands of its byte order), stored column by column.
pub(crate) fn mat4_matrix(kind: u32, sides: [u32; 2], name: &str, numbers: &[u8]) -> Vec<u8> {
    let big = kind >= 1000;
    let bytes = |word: u32| match big {
        true => word.to_be_bytes(),
        false => word.to_le_bytes(),
    };
    let words = [kind, sides[0], sides[1], 0, name.len() as u32 + 1];
    let mut matrix: Vec<u8> = words.into_iter().flat_map(bytes).collect();
    matrix.extend(name.as_bytes());
    matrix.push(0);
    matrix.extend(numbers);
    matrix
}

/// MFER: definitions in either byte order.
pub(crate) struct Mfer {
    pub(crate) little: bool,
    pub(crate) bytes: Vec<u8>,
}

impl Mfer {
    pub(crate) fn new(little: bool) -> Mfer {
        let mut preamble = b"MFR Standard 12-lead ECG".to_vec();
        preamble.resize(32, b' ');
        let mut file = Mfer {
            little,
            bytes: Vec::new(),
        };
        file.item(0x40, &preamble);
        file.item(0x01, &[u8::from(little)]);
        file
    }

    pub(crate) fn number(&self, value: i64, width: usize) -> Vec<u8> {
        let mut bytes = little(value, width);
        if !self.little {
            bytes.reverse();
        }
        bytes
    }

    pub(crate) fn item(&mut self, tag: u8, value: &[u8]) {
        self.bytes.extend(tlv(tag, None, value));
    }

    /// A lead code in the attributes of a channel.
    pub(crate) fn lead(&mut self, channel: u8, code: i64) {
        let lead = tlv(0x09, None, &self.number(code, 2));
        self.bytes.extend(tlv(0x3f, Some(channel), &lead));
    }

    /// Blocks of samples `[channel][sample]`.
    pub(crate) fn wave(&mut self, block: usize, samples: &[Vec<i16>]) {
        let mut data = Vec::new();
        for start in (0..samples[0].len()).step_by(block) {
            for channel in samples {
                for sample in &channel[start..start + block] {
                    data.extend(self.number(i64::from(*sample), 2));
                }
            }
        }
        self.item(0x1e, &data);
    }
}

pub(crate) fn tlv(tag: u8, channel: Option<u8>, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    bytes.extend(channel);
    match value.len() {
        short @ 0..=0x7f => bytes.push(short as u8),
        long => {
            bytes.push(0x84);
            bytes.extend((long as u32).to_be_bytes());
        }
    }
    bytes.extend(value);
    bytes
}

/// The standard twelve leads in tensor order by their SCP codes.
pub(crate) const CODES: [i64; 12] = [1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8];

/// A whole file of MFER, twelve leads at 500 Hz in units of 2.5 µV.
pub(crate) fn mfer(little: bool, samples: &[Vec<i16>]) -> Vec<u8> {
    let mut file = Mfer::new(little);
    let mut interval = vec![1, (-6_i8) as u8];
    interval.extend(file.number(2000, 2));
    file.item(0x0b, &interval);
    let mut resolution = vec![0, (-7_i8) as u8];
    resolution.extend(file.number(25, 2));
    file.item(0x0c, &resolution);
    file.item(0x0a, &[0]);
    let count = file.number(samples.len() as i64, 1);
    file.item(0x05, &count);
    let block = file.number(samples[0].len() as i64, 4);
    file.item(0x04, &block);
    let one = file.number(1, 2);
    file.item(0x06, &one);
    let wave = file.number(1, 2);
    file.item(0x08, &wave);
    let invalid = file.number(-32_768, 2);
    file.item(0x12, &invalid);
    for (channel, code) in CODES.iter().take(samples.len()).enumerate() {
        file.lead(channel as u8, *code);
    }
    file.item(0x81, b"Test^^Ada");
    file.item(0x82, b"P 17");
    file.item(0x84, &[2]);
    let mut age = vec![61];
    age.extend(file.number(0, 2));
    age.extend(file.number(1960, 2));
    age.extend([2, 3]);
    file.item(0x83, &age);
    let mut time = file.number(2021, 2);
    time.extend([4, 5, 7, 8, 9]);
    time.extend(file.number(250, 2));
    time.extend(file.number(0, 2));
    file.item(0x85, &time);
    file.item(0x17, b"Maker^M 1^1.2^77");
    file.item(0x11, b"HPF=0.05");
    file.wave(samples[0].len(), samples);
    file.item(0x80, &[]);
    file.bytes
}

/// SCP-ECG: what goes into a record.
pub(crate) struct Scp {
    /// Section 1 to 6, as far as there.
    pub(crate) sections: Vec<(u16, Vec<u8>)>,
}

impl Scp {
    /// The record with its pointers and checksums.
    pub(crate) fn record(&self) -> Vec<u8> {
        let table = 16 + 10 * 12;
        let mut index = 7 + table;
        let mut pointers = Vec::new();
        let mut body = Vec::new();
        for number in 0..12_u16 {
            let found = self.sections.iter().find(|(own, _)| *own == number);
            let length = match (number, found) {
                (0, _) => table,
                (_, Some((_, content))) => (16 + content.len()).next_multiple_of(2),
                (_, None) => 0,
            };
            let at = if number == 0 { 7 } else { index };
            pointers.extend(little(i64::from(number), 2));
            pointers.extend(little(length as i64, 4));
            pointers.extend(little(if length > 0 { at as i64 } else { 0 }, 4));
            if number > 0 && length > 0 {
                let (_, content) = found.unwrap();
                body.extend(section(number, content, length));
                index += length;
            }
        }
        let mut rest = Vec::new();
        rest.extend(little((6 + table + body.len()) as i64, 4));
        rest.extend(section(0, &pointers, table));
        rest.extend(body);
        let mut record = crc(&rest).to_le_bytes().to_vec();
        record.extend(rest);
        record
    }
}

fn section(number: u16, content: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.extend((length as u32).to_le_bytes());
    bytes.extend([20, 20]);
    bytes.extend(b"SCPECG");
    bytes.extend(content);
    bytes.resize(length - 2, 0);
    let mut whole = crc(&bytes).to_le_bytes().to_vec();
    whole.extend(bytes);
    whole
}

/// Section 3: leads of one length by their codes.
pub(crate) fn scp_leads(codes: &[i64], samples: usize, subtracted: bool) -> Vec<u8> {
    let mut bytes = vec![codes.len() as u8, 0x04 | u8::from(subtracted)];
    for code in codes {
        bytes.extend(little(1, 4));
        bytes.extend(little(samples as i64, 4));
        bytes.push(*code as u8);
    }
    bytes
}

/// Section 5 or 6: nanovolts, microseconds, difference, bimodal flag and the bytes of each lead.
pub(crate) fn scp_data(head: [i64; 4], leads: &[Vec<u8>]) -> Vec<u8> {
    let [nanovolts, interval, difference, bimodal] = head;
    let mut bytes = little(nanovolts, 2);
    bytes.extend(little(interval, 2));
    bytes.extend([difference as u8, bimodal as u8]);
    for lead in leads {
        bytes.extend(little(lead.len() as i64, 2));
    }
    bytes.extend(leads.concat());
    bytes
}

/// Differences of an order, the first samples as they are.
pub(crate) fn differences(samples: &[i64], order: usize) -> Vec<i64> {
    let mut values = samples.to_vec();
    for at in (order.max(1)..samples.len()).rev() {
        values[at] = match order {
            0 => samples[at],
            1 => samples[at] - samples[at - 1],
            _ => samples[at] - 2 * samples[at - 1] + samples[at - 2],
        };
    }
    values
}

/// Huffman codes of the default table.
pub(crate) fn default_codes(values: &[i64]) -> Vec<u8> {
    let mut bits = String::new();
    for value in values {
        match value.unsigned_abs() {
            0 => bits.push('0'),
            size @ 1..=8 => {
                bits += &"1".repeat(size as usize);
                bits += if *value > 0 { "00" } else { "01" };
            }
            _ if (-128..128).contains(value) => {
                bits += &format!("1111111110{:08b}", *value as i8);
            }
            _ => bits += &format!("1111111111{:016b}", *value as i16),
        }
    }
    packed(&bits)
}

/// Bits to bytes, the most significant first.
pub(crate) fn packed(bits: &str) -> Vec<u8> {
    let bits: Vec<u8> = bits.bytes().map(|bit| bit - b'0').collect();
    let mut bytes: Vec<u8> = bits
        .chunks(8)
        .map(|eight| {
            let joined = eight.iter().fold(0, |byte, bit| byte << 1 | bit);
            joined << (8 - eight.len())
        })
        .collect();
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}
