//! The checksum of ISHNE and SCP-ECG.

/// CRC-16 of CCITT: polynomial x¹⁶ + x¹² + x⁵ + 1, register preset to ones, not inverted.
pub(crate) fn crc16_ccitt(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |register: u16, &byte| {
        let index = usize::from((register >> 8) as u8 ^ byte);
        register << 8 ^ TABLE[index]
    })
}

const TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut register = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            let carry = register & 0x8000 != 0;
            register <<= 1;
            if carry {
                register ^= 0x1021;
            }
            bit += 1;
        }
        table[index] = register;
        index += 1;
    }
    table
}
