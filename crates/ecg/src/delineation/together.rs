//! All leads as one curve.

/// Root mean square over leads of one curve of each.
pub(super) fn root_mean_square<L>(leads: &[L], curve: impl Fn(&L) -> &[f64]) -> Vec<f64> {
    let leads: Vec<&[f64]> = leads.iter().map(curve).collect();
    let length = leads.first().map_or(0, |lead| lead.len());
    let count = leads.len().max(1) as f64;
    (0..length)
        .map(|at| (leads.iter().map(|lead| lead[at] * lead[at]).sum::<f64>() / count).sqrt())
        .collect()
}
