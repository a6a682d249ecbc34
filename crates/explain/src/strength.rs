//! Attribution as strengths that can be drawn.

/// Share of the steps that may be drawn at full strength, so that one spike does not pale the rest.
const FULL: f64 = 0.005;

/// Mean magnitude of `values`, `[leads, samples]`, over steps of `step` samples, from 0 to 1.
///
/// 1 is the magnitude that one step in two hundred reaches; nothing is drawn where all values are
/// zero. The last step of a lead may be shorter.
///
/// # Panics
///
/// If `values` cannot be cut into `leads` leads, or `step` is 0.
pub fn strengths(values: &[f32], leads: usize, step: usize) -> Vec<Vec<f64>> {
    assert!(
        leads > 0 && values.len().is_multiple_of(leads) && !values.is_empty(),
        "values of {leads} leads, got {}",
        values.len()
    );
    let mean = |step: &[f32]| {
        step.iter().map(|value| f64::from(value.abs())).sum::<f64>() / step.len() as f64
    };
    let means: Vec<Vec<f64>> = values
        .chunks(values.len() / leads)
        .map(|lead| lead.chunks(step).map(mean).collect())
        .collect();
    let mut sorted: Vec<f64> = means.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let full = sorted[((sorted.len() - 1) as f64 * (1.0 - FULL)).round() as usize];
    let strength = |mean: &f64| {
        if full > 0.0 {
            (mean / full).min(1.0)
        } else {
            0.0
        }
    };
    means
        .iter()
        .map(|lead| lead.iter().map(strength).collect())
        .collect()
}
