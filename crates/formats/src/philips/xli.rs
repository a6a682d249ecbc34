//! XLI, the compression of Philips ECG files: one chunk a lead, second differences in LZW.
//!
//! A chunk begins with the size of its data (32 bit, low byte first), two bytes, and the first
//! value of the correction (16 bit). Its data decompress to the high bytes of all samples and
//! then the low bytes. The first two samples stand as they are; each further one is
//! x[n] = 2 x[n−1] − x[n−2] − c[n−1] with c[n] = stored[n] − 64. III and the augmented leads are
//! stored as what is left of them after the other limb leads.

use super::lzw::decompress;

/// Most samples of a lead: ten minutes at 1000 Hz.
const MOST_SAMPLES: usize = 600_000;

/// Bytes before the data of a chunk.
const HEADER: usize = 8;

/// The leads of which the last four are stored as what is left of them.
const LIMB_LEADS: [&str; 6] = ["I", "II", "III", "aVR", "aVL", "aVF"];

/// Samples of the leads of these names, in the order of the file.
pub(super) fn decode(bytes: &[u8], names: &[String]) -> Result<Vec<Vec<i16>>, String> {
    let leads = names.len();
    let mut in_order = LIMB_LEADS.iter().zip(names);
    if (3..6).contains(&leads) || !in_order.all(|(lead, name)| name.eq_ignore_ascii_case(lead)) {
        return Err(format!(
            "leads {}, where the limb leads are only known to be undone as {} before all others",
            names.join(" "),
            LIMB_LEADS.join(" ")
        ));
    }
    let mut rest = bytes;
    let mut decoded = Vec::with_capacity(leads.min(64));
    for index in 0..leads {
        let Some((header, after)) = rest.split_at_checked(HEADER) else {
            return Err(format!("{index} of {leads} leads"));
        };
        let size = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let correction = i16::from_le_bytes([header[6], header[7]]);
        let Some((chunk, after)) = after.split_at_checked(size) else {
            return Err(format!(
                "lead {index} of {} of its {size} bytes",
                after.len()
            ));
        };
        let stored = halves(&decompress(chunk, 2 * MOST_SAMPLES)?);
        decoded.push(undo_differences(stored, correction));
        rest = after;
    }
    if let [first, second, third, right, left, foot, ..] = decoded.as_mut_slice() {
        undo_limb_leads(first, second, third, [right, left, foot]);
    }
    Ok(decoded)
}

/// High bytes of all samples, then low bytes.
fn halves(bytes: &[u8]) -> Vec<i16> {
    let (high, low) = bytes.split_at(bytes.len().div_ceil(2));
    let low = low.iter().chain(std::iter::once(&0));
    high.iter()
        .zip(low)
        .map(|(&high, &low)| i16::from_be_bytes([high, low]))
        .collect()
}

fn undo_differences(mut stored: Vec<i16>, correction: i16) -> Vec<i16> {
    let mut correction = correction;
    for at in 2..stored.len() {
        let (before, last) = (stored[at - 2], stored[at - 1]);
        let sample = last
            .wrapping_add(last)
            .wrapping_sub(before)
            .wrapping_sub(correction);
        correction = stored[at].wrapping_sub(64);
        stored[at] = sample;
    }
    stored
}

/// III = II − I − stored, aVR = −stored − ⌊(I + II)/2⌋, aVL = ⌊(I − III)/2⌋ − stored,
/// aVF = ⌊(II + III)/2⌋ − stored.
fn undo_limb_leads(
    first: &[i16],
    second: &[i16],
    third: &mut [i16],
    augmented: [&mut Vec<i16>; 3],
) {
    let [right, left, foot] = augmented;
    let halved = |sum: i32| sum.div_euclid(2);
    let limbs = first.iter().zip(second).zip(third);
    let mut rest = right.iter_mut().zip(left.iter_mut()).zip(foot.iter_mut());
    for ((&first, &second), third) in limbs {
        let (one, two) = (i32::from(first), i32::from(second));
        let three = two - one - i32::from(*third);
        *third = three as i16;
        let Some(((right, left), foot)) = rest.next() else {
            return;
        };
        *right = (-i32::from(*right) - halved(one + two)) as i16;
        *left = (halved(one - three) - i32::from(*left)) as i16;
        *foot = (halved(two + three) - i32::from(*foot)) as i16;
    }
}
