//! Sections 5 and 6: encoded samples of all leads (EN 1064, 5.8 and 5.9).

use super::huffman::Tables;
use super::record::Section;
use crate::ReadErrorKind;
use crate::bytes::{Endian, at};

/// The head of section 5 or 6, with the bytes of each lead.
pub(super) struct Encoded<'b> {
    /// Nanovolts a unit.
    pub(super) nanovolts: f64,
    /// Microseconds from sample to sample.
    pub(super) interval: u64,
    pub(super) difference: Difference,
    /// Whether bimodal compression is flagged (section 6).
    pub(super) bimodal: bool,
    pub(super) leads: Vec<&'b [u8]>,
    /// Offset of each lead in the file.
    pub(super) offsets: Vec<u64>,
}

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// As they are.
    None,
    /// The first sample, then first differences.
    First,
    /// The first two samples, then second differences.
    Second,
}

impl<'b> Encoded<'b> {
    pub(super) fn parse(section: &Section<'b>, leads: usize) -> Result<Encoded<'b>, ReadErrorKind> {
        let mut cursor = section.cursor();
        let offset = cursor.offset();
        let nanovolts = cursor.unsigned(2, "amplitude value multiplier")?;
        let interval = cursor.unsigned(2, "sample time interval")?;
        if nanovolts == 0 || interval == 0 {
            let got = format!("{nanovolts} nV, {interval} µs");
            let field = "amplitude value multiplier and sample time interval";
            return Err(at(offset, field, "more than 0", got));
        }
        let offset = cursor.offset();
        let difference = match cursor.unsigned(1, "difference encoding")? {
            0 => Difference::None,
            1 => Difference::First,
            2 => Difference::Second,
            other => return Err(at(offset, "difference encoding", "0, 1 or 2", other)),
        };
        let bimodal = cursor.unsigned(1, "bimodal compression")? == 1;
        let lengths: Vec<usize> = (0..leads)
            .map(|_| cursor.unsigned(2, "bytes of a lead"))
            .map(|length| length.map(|length| length as usize))
            .collect::<Result<_, _>>()?;
        let mut encoded = Encoded {
            nanovolts: nanovolts as f64,
            interval,
            difference,
            bimodal,
            leads: Vec::with_capacity(leads),
            offsets: Vec::with_capacity(leads),
        };
        for length in lengths {
            encoded.offsets.push(cursor.offset());
            encoded
                .leads
                .push(cursor.take(length, "samples of a lead")?);
        }
        Ok(encoded)
    }

    /// Most samples that the bytes of a lead can hold.
    pub(super) fn most(&self, lead: usize, tables: Option<&Tables>) -> u64 {
        let bytes = self.leads[lead].len();
        tables.map_or(bytes as u64 / 2, |tables| tables.most(bytes))
    }

    /// Decodes `count` samples of a lead, or as many as there are; 16-bit numbers where there are
    /// no tables.
    pub(super) fn decode(&self, lead: usize, tables: Option<&Tables>, count: usize) -> Vec<i64> {
        let bytes = self.leads[lead];
        let mut samples: Vec<i64> = match tables {
            Some(tables) => tables
                .decode(bytes, count)
                .into_iter()
                .map(i64::from)
                .collect(),
            None => bytes
                .chunks_exact(2)
                .take(count)
                .map(|two| Endian::Little.signed(two))
                .collect(),
        };
        match self.difference {
            Difference::None => {}
            Difference::First => {
                for at in 1..samples.len() {
                    samples[at] = samples[at].wrapping_add(samples[at - 1]);
                }
            }
            Difference::Second => {
                for at in 2..samples.len() {
                    let slope = samples[at - 1]
                        .wrapping_mul(2)
                        .wrapping_sub(samples[at - 2]);
                    samples[at] = samples[at].wrapping_add(slope);
                }
            }
        }
        samples
    }
}
