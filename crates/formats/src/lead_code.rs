//! Numbers that SCP-ECG, ISO 11073-10101 and MFER share for leads.

use coronet_ecg::{Channel, Lead};

/// The channel of a lead code of EN 1064 (table of lead identification), of ISO 11073-10101, which
/// adds 131072, or of MFER; one that has no name there is called by its number.
pub(crate) fn channel(code: u32) -> Channel {
    named(code).unwrap_or_else(|| Channel::Other(format!("lead {code}")))
}

/// Whether a code says no more than that a lead follows: 0, or the bases of ISO 11073-10101.
pub(crate) fn is_unspecified(code: u32) -> bool {
    [0, 131_072, 131_328].contains(&code)
}

/// The same as [`channel`], or none where the code has no name.
pub(crate) fn named(code: u32) -> Option<Channel> {
    if let Some(lead) = Lead::from_scp_code(code) {
        return Some(Channel::Lead(lead));
    }
    let name = match code % 131_072 {
        9 => "V7",
        10 => "V2R",
        11 => "V3R",
        12 => "V4R",
        13 => "V5R",
        14 => "V6R",
        15 => "V7R",
        16 => "X",
        17 => "Y",
        18 => "Z",
        19 => "CC5",
        20 => "CM5",
        66 => "V8",
        67 => "V9",
        68 => "V8R",
        69 => "V9R",
        70 => "D",
        71 => "A",
        72 => "J",
        _ => return None,
    };
    Some(Channel::Other(name.to_string()))
}
