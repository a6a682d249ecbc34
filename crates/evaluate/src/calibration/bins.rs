//! Calibration by bins: expected calibration error, Hosmer and Lemeshow.

use crate::distribution::{chi_squared_upper, normal_multiplier};
use crate::evaluation::{CalibrationBin, HosmerLemeshow};
use crate::quantile::{ascending, quantile, runs, sorted};
use crate::statistic::{Estimate, Statistic, Test};

/// Bins of equal count, in order of probability; the first ones hold one record more
/// where the count does not divide.
///
/// A run of equal probabilities cut by an edge is shared out evenly, so that the
/// order of the records cannot matter. Fewer records than bins make fewer bins.
pub fn equal_count_bins(
    probabilities: &[f64],
    positive: &[bool],
    bins: usize,
    confidence: f64,
) -> Vec<CalibrationBin> {
    let n = probabilities.len();
    let shares = event_shares(probabilities, positive);
    let mut start = 0;
    let sizes = (0..bins)
        .map(|bin| n / bins + usize::from(bin < n % bins))
        .filter(|size| *size > 0);
    sizes
        .map(|size| {
            let members = &shares[start..start + size];
            start += size;
            let events: f64 = members.iter().map(|(_, share)| share).sum();
            let predicted = members.iter().map(|(p, _)| p).sum::<f64>() / size as f64;
            CalibrationBin {
                n: size,
                events,
                predicted,
                observed: shared_wilson(events, size, confidence),
            }
        })
        .collect()
}

/// Expected calibration error over equal-count bins: Σ nᵦ/n |observed rate − mean prediction|
/// (Naeini, Cooper & Hauskrecht, AAAI 2015). Depends on the binning; compare only like with like.
pub fn expected_calibration_error(bins: &[CalibrationBin]) -> Statistic<f64> {
    let n: usize = bins.iter().map(|bin| bin.n).sum();
    let gaps: f64 = bins
        .iter()
        .map(|bin| bin.n as f64 * (bin.observed.value - bin.predicted).abs())
        .sum();
    Statistic::finite(gaps / n as f64, "no records")
}

/// Errors over bins of equal width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EqualWidthErrors {
    /// Σ nᵦ/n |observed rate − mean prediction|.
    pub expected: f64,
    /// The greatest gap of a bin that holds records.
    pub greatest: f64,
}

/// Expected and maximum calibration error over bins of equal width on [0, 1], right-closed
/// (the first one also holds 0), empty bins left out.
///
/// Not the same number as over bins of equal count. A bin of few records makes the
/// greatest error large by chance. Undefined without records.
pub fn equal_width_errors(
    probabilities: &[f64],
    positive: &[bool],
    bins: usize,
) -> Statistic<EqualWidthErrors> {
    if probabilities.is_empty() || bins == 0 {
        return Statistic::undefined("no records");
    }
    let edges: Vec<f64> = (1..bins).map(|edge| edge as f64 / bins as f64).collect();
    let mut cells = vec![(0.0, 0.0, 0.0); bins];
    for (p, class) in probabilities.iter().zip(positive) {
        let cell = &mut cells[edges.partition_point(|edge| edge < p)];
        cell.0 += 1.0;
        cell.1 += f64::from(u8::from(*class));
        cell.2 += p;
    }
    let filled = cells.iter().filter(|(n, _, _)| *n > 0.0);
    let (expected, greatest) = filled.fold((0.0, 0.0_f64), |(sum, most), (n, events, p)| {
        let gap = (events - p).abs();
        (sum + gap, most.max(gap / n))
    });
    Statistic::Defined(EqualWidthErrors {
        expected: expected / probabilities.len() as f64,
        greatest,
    })
}

/// Where the probabilities of a Hosmer–Lemeshow test come from; it decides the degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitted {
    /// A model fitted on these records: groups − 2.
    Here,
    /// A model fitted on other records, as in validation: groups.
    Elsewhere,
}

/// Hosmer and Lemeshow's test (Applied Logistic Regression): χ² over groups between
/// type-7 quantiles of the probabilities, right-closed, equal edges merged; as many
/// degrees of freedom as `fitted` says.
///
/// Its result depends on the number of groups and on n; not for headlines.
/// Undefined with fewer than three groups or with a group in which nothing is expected.
pub fn hosmer_lemeshow(
    probabilities: &[f64],
    positive: &[bool],
    groups: usize,
    fitted: Fitted,
) -> Statistic<HosmerLemeshow> {
    let ordered = sorted(probabilities);
    let mut edges: Vec<f64> = (0..=groups)
        .filter_map(|edge| quantile(&ordered, edge as f64 / groups as f64))
        .collect();
    edges.dedup();
    let count = edges.len().saturating_sub(1);
    if count < 3 {
        return Statistic::undefined("fewer than three groups of different probabilities");
    }
    let mut cells = vec![(0.0, 0.0, 0.0); count];
    for (p, class) in probabilities.iter().zip(positive) {
        let group = edges[1..count].partition_point(|edge| edge < p);
        cells[group].0 += 1.0;
        cells[group].1 += f64::from(u8::from(*class));
        cells[group].2 += p;
    }
    let term = |(n, events, expected): &(f64, f64, f64)| {
        (events - expected).powi(2) / expected + (events - expected).powi(2) / (n - expected)
    };
    let statistic: f64 = cells.iter().map(term).sum();
    if !statistic.is_finite() {
        return Statistic::undefined("nothing, or everything, is expected in a group");
    }
    let (df, rule) = match fitted {
        Fitted::Here => (count - 2, "groups − 2"),
        Fitted::Elsewhere => (count, "groups"),
    };
    let df = df as f64;
    let p = chi_squared_upper(statistic, df);
    let method = format!("Hosmer-Lemeshow, quantile groups, {rule} degrees of freedom");
    Statistic::Defined(HosmerLemeshow {
        test: Test {
            statistic,
            df: Some(df),
            z: None,
            p,
            method,
        },
        groups: count,
    })
}

/// (probability, share of an event) in ascending order, ties sharing their events evenly.
fn event_shares(probabilities: &[f64], positive: &[bool]) -> Vec<(f64, f64)> {
    let order = ascending(probabilities);
    let mut shares = Vec::with_capacity(order.len());
    for run in runs(&order, probabilities) {
        let members = &order[run];
        let events = members
            .iter()
            .filter(|&&record| positive[record as usize])
            .count();
        let share = events as f64 / members.len() as f64;
        shares.extend(
            members
                .iter()
                .map(|&record| (probabilities[record as usize], share)),
        );
    }
    shares
}

/// Wilson's interval for a number of events that need not be whole.
fn shared_wilson(events: f64, n: usize, confidence: f64) -> Estimate {
    let z = normal_multiplier(confidence);
    let (count, z2) = (n as f64, z * z);
    let value = (events / count).clamp(0.0, 1.0);
    let middle = (value + z2 / (2.0 * count)) / (1.0 + z2 / count);
    let half = z / (1.0 + z2 / count)
        * (value * (1.0 - value) / count + z2 / (4.0 * count * count)).sqrt();
    Estimate::interval(
        value,
        ((middle - half).max(0.0), (middle + half).min(1.0)),
        "Wilson",
        n,
    )
}
