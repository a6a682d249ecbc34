//! Pairs of a high and a low patient alike in age and sex.

/// What a patient is matched by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Whether the patient is in the high group.
    pub high: bool,
    /// Age in years; patients without one are not matched.
    pub age: Option<f64>,
    /// Whether the patient is male; patients of unknown sex are not matched.
    pub male: Option<bool>,
}

/// Matched pairs by index, and how many could not be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// Index of the high and of the low patient of each pair.
    pub pairs: Vec<(usize, usize)>,
    /// Patients of the high group without a partner.
    pub unmatched_high: usize,
    /// Patients of the low group without a partner.
    pub unmatched_low: usize,
}

/// Pairs 1:1 of equal sex whose ages differ by at most `caliper` years.
///
/// Both groups are walked in order of age, pairing whenever the two ages are within the caliper;
/// no other pairing of these patients has more pairs. Ties keep the order of the input.
pub fn pairs_by_age_and_sex(candidates: &[Candidate], caliper: f64) -> Pairs {
    let mut pairs = Vec::new();
    for male in [true, false] {
        let (high, low) = (
            by_age(candidates, male, true),
            by_age(candidates, male, false),
        );
        let (mut i, mut j) = (0, 0);
        while i < high.len() && j < low.len() {
            let (one, two) = (high[i], low[j]);
            if (one.0 - two.0).abs() <= caliper {
                pairs.push((one.1, two.1));
                i += 1;
                j += 1;
            } else if one.0 < two.0 {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.sort_unstable();
    let high = candidates.iter().filter(|one| one.high).count();
    Pairs {
        unmatched_high: high - pairs.len(),
        unmatched_low: candidates.len() - high - pairs.len(),
        pairs,
    }
}

fn by_age(candidates: &[Candidate], male: bool, high: bool) -> Vec<(f64, usize)> {
    let mut ages: Vec<(f64, usize)> = candidates
        .iter()
        .enumerate()
        .filter(|(_, one)| one.high == high && one.male == Some(male))
        .filter_map(|(index, one)| Some((one.age.filter(|age| age.is_finite())?, index)))
        .collect();
    ages.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
    ages
}
