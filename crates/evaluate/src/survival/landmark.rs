//! Follow-up from a landmark on.

/// Positions of the records still followed, without any event, after `at`, with their times from
/// then on.
///
/// Avoids counting a group's members as survivors of the time before they could be known to belong to
/// it (Anderson, Cain & Gelber, J. Clin. Oncol. 1 (1983) 710). Says nothing of earlier events.
pub fn landmark(times: &[f64], at: f64) -> Vec<(usize, f64)> {
    let late = times.iter().enumerate().filter(|(_, time)| **time > at);
    late.map(|(record, time)| (record, time - at)).collect()
}
