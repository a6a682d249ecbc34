//! Recordings on which an attribution would mean nothing.

use coronet_ecg::Ecg;
use coronet_ecg::delineation::{Delineation, delineate};

/// The beats of a recording, or why a picture of it would mislead.
pub(super) fn beats(ecg: &Ecg) -> Result<Delineation, String> {
    let found = delineate(ecg).map_err(|reason| reason.to_string())?;
    if found.rhythm.paced {
        return Err(
            "pacing spikes before the complexes: their shape says nothing of the coronary arteries"
                .to_owned(),
        );
    }
    if let Some((lead, reason)) = found.unusable.first() {
        return Err(format!("lead {} cannot be used: {reason}", lead.name()));
    }
    Ok(found)
}
