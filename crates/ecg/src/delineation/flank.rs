//! Where the flank of a wave levels off.
//!
//! The rule of Martínez et al. (2004): from the steepest place of the flank outwards, the wave
//! ends where the slope has fallen to a share of the steepest slope.

/// The place before `peak` where the wave begins, not before `limit`; `slope` of the signal.
pub(super) fn onset(slope: &[f64], peak: usize, limit: usize, share: f64) -> usize {
    let outwards: Vec<f64> = (limit.min(peak)..peak)
        .rev()
        .map(|at| slope[at].abs())
        .collect();
    peak - levels_off(&outwards, share)
}

/// The place after `peak` where the wave is over, not after `limit`.
pub(super) fn offset(slope: &[f64], peak: usize, limit: usize, share: f64) -> usize {
    let limit = limit.min(slope.len()).max(peak + 1);
    let outwards: Vec<f64> = (peak + 1..limit).map(|at| slope[at].abs()).collect();
    peak + levels_off(&outwards, share)
}

/// Steps outwards until the steepness, past its greatest value, falls below a share of it.
fn levels_off(steepness: &[f64], share: f64) -> usize {
    let steepest = (0..steepness.len()).max_by(|&a, &b| {
        let order = steepness[a].total_cmp(&steepness[b]);
        order.then(b.cmp(&a))
    });
    let Some(steepest) = steepest else { return 0 };
    let limit = share * steepness[steepest];
    (steepest..steepness.len())
        .find(|&at| steepness[at] < limit)
        .unwrap_or(steepness.len())
}
