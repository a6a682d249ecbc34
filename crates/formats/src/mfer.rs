//! MFER files (ISO 22077-1, medical waveform format encoding rules): a list of tagged definitions,
//! in force until they are given anew, and frames of samples.

mod definitions;
mod frame;
mod items;

use crate::finding::{check_signals, finding};
use crate::{ReadErrorKind, ReadOptions};
use coronet_ecg::Ecg;
use definitions::{Attributes, Definitions};
use std::rc::Rc;

pub(crate) use items::is_mfer;

/// How the format is called.
pub(crate) const NAME: &str = "MFER";

/// Most channels that are described anew for frames, over a whole file.
const MOST_DESCRIBED: usize = 1 << 18;

/// Reads the bytes of a file.
///
/// Frames of one layout that follow each other are one recording; frames of another layout, of
/// dominant beats, or channels that are no waveform are named in a finding. A sample is
/// (number + offset) · resolution.
///
/// # Errors
///
/// When a definition exceeds its file or contradicts another, rate or resolution is missing, or a
/// lead has no unit of voltage.
pub(crate) fn ecg(bytes: &[u8], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let mut definitions = Definitions::default();
    // Frames without a definition between them share the description of their channels.
    let (mut channels, mut left) = (None::<Rc<[Attributes]>>, MOST_DESCRIBED);
    let mut frames = Vec::new();
    let mut findings = Vec::new();
    let mut items = items::Items::new(bytes, 0, 0);
    while let Some(item) = items.next()? {
        match item.tag {
            items::WAVE => {
                let channels = match &channels {
                    Some(channels) => Rc::clone(channels),
                    None => channels
                        .insert(definitions.in_force(&item, &mut left)?)
                        .clone(),
                };
                frames.push(frame::Frame::of(&item, &definitions, channels)?);
            }
            _ => {
                definitions.take(&item)?;
                channels = None;
            }
        }
    }
    if items.left() > 0 {
        let message = format!("{} bytes after the end", items.left());
        findings.push(finding("extra-bytes", message));
    }
    let (rate, mut signals) = frame::signals(&frames, options, &mut findings)?;
    check_signals(&mut signals, NAME, options, &mut findings)?;
    if !definitions.filters.is_empty() {
        findings.push(finding("filters-stated", definitions.filters.join("; ")));
    }
    if let Some(skew) = definitions.skew {
        let message = format!("skew of {skew} ns, not corrected");
        findings.push(finding("channel-skew", message));
    }
    if definitions.start.is_none() {
        findings.push(finding("start-not-stated", "no measurement time"));
    }
    Ok(Ecg {
        rate,
        signals,
        start: definitions.start,
        subject: definitions.subject,
        device: definitions.device,
        findings,
    })
}
