//! Variances where patients are the independent units.

/// Variance of Σ parts, the parts of a patient added up first: I/(I − 1) Σᵢ (Σ parts of i)², I the patients.
///
/// `parts` are a statistic's influences divided by n, so they add up to 0. None with fewer than two patients.
pub(crate) fn variance_of_sums(parts: &[f64], patients: &[u32]) -> Option<f64> {
    let most = patients.iter().max().map_or(0, |most| *most as usize + 1);
    let mut sums: Vec<Option<f64>> = vec![None; most];
    for (part, patient) in parts.iter().zip(patients) {
        *sums[*patient as usize].get_or_insert(0.0) += part;
    }
    let units = sums.iter().flatten().count() as f64;
    let squares: f64 = sums.iter().flatten().map(|sum| sum * sum).sum();
    (units > 1.0).then(|| units / (units - 1.0) * squares)
}
