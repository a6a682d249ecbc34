//! Section 3: the leads and where each begins and ends (EN 1064, 5.6).

use super::record::Section;
use crate::ReadErrorKind;
use crate::bytes::at;
use crate::lead_code;
use coronet_ecg::Channel;

/// The leads of a record.
pub(super) struct Leads {
    pub(super) leads: Vec<StoredLead>,
    /// Whether the reference beat was subtracted from the rhythm.
    pub(super) subtracted: bool,
}

/// One lead; samples are counted from 1 at the original rate.
pub(super) struct StoredLead {
    pub(super) channel: Channel,
    pub(super) first: u64,
    pub(super) last: u64,
}

impl StoredLead {
    /// Samples of the lead.
    pub(super) fn length(&self) -> u64 {
        self.last - self.first + 1
    }
}

impl Leads {
    pub(super) fn parse(section: &Section<'_>) -> Result<Leads, ReadErrorKind> {
        let mut cursor = section.cursor();
        let count = cursor.unsigned(1, "number of leads")?;
        if count == 0 {
            let offset = section.offset as u64;
            return Err(at(offset, "number of leads", "at least one", count));
        }
        let flags = cursor.unsigned(1, "flags of section 3")?;
        let mut leads = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let offset = cursor.offset();
            let first = cursor.unsigned(4, "first sample of a lead")?;
            let last = cursor.unsigned(4, "last sample of a lead")?;
            if first == 0 || last < first {
                let expected = "a last sample that is not before the first, counted from 1";
                let got = format!("{first} to {last}");
                return Err(at(offset, "first and last sample of a lead", expected, got));
            }
            let code = cursor.unsigned(1, "lead identification")?;
            leads.push(StoredLead {
                channel: lead_code::channel(code as u32),
                first,
                last,
            });
        }
        Ok(Leads {
            leads,
            subtracted: flags & 1 == 1,
        })
    }
}
