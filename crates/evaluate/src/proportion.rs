//! Proportions and their intervals, paired proportions, and corrections for many tests.

use crate::distribution::{chi_squared_upper, normal_multiplier};
use crate::statistic::{Estimate, Statistic, Test};

/// A proportion with Wilson's score interval (Wilson, JASA 22 (1927) 209), without
/// continuity correction. Undefined where there is nothing to divide by.
pub fn wilson(successes: usize, n: usize, confidence: f64) -> Statistic<Estimate> {
    if n == 0 {
        return Statistic::undefined("no records in the denominator");
    }
    let z = normal_multiplier(confidence);
    let (count, z2) = (n as f64, z * z);
    let value = successes as f64 / count;
    let middle = (value + z2 / (2.0 * count)) / (1.0 + z2 / count);
    let half = z / (1.0 + z2 / count)
        * (value * (1.0 - value) / count + z2 / (4.0 * count * count)).sqrt();
    // At 0 and 1 the exact limit is the proportion itself; rounding must not miss it.
    let low = if successes == 0 {
        0.0
    } else {
        (middle - half).max(0.0)
    };
    let high = if successes == n {
        1.0
    } else {
        (middle + half).min(1.0)
    };
    Statistic::Defined(Estimate::interval(value, (low, high), "Wilson", n))
}

/// A proportion with the interval of Clopper & Pearson (Biometrika 26 (1934) 404):
/// at least the stated coverage, usually more.
pub fn clopper_pearson(successes: usize, n: usize, confidence: f64) -> Statistic<Estimate> {
    use statrs::distribution::{Beta, ContinuousCDF};
    if n == 0 || successes > n {
        return Statistic::undefined("no records in the denominator");
    }
    let tail = (1.0 - confidence) / 2.0;
    let (x, failures) = (successes as f64, (n - successes) as f64);
    let quantile =
        |a: f64, b: f64, p: f64| Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p));
    let low = if successes == 0 {
        0.0
    } else {
        quantile(x, failures + 1.0, tail)
    };
    let high = if successes == n {
        1.0
    } else {
        quantile(x + 1.0, failures, 1.0 - tail)
    };
    Statistic::Defined(Estimate::interval(
        x / n as f64,
        (low, high),
        "Clopper-Pearson",
        n,
    ))
}

/// McNemar's test of two paired proportions, without continuity correction:
/// (b − c)² / (b + c), b and c the discordant counts (Psychometrika 12 (1947) 153).
/// Unreliable for b + c below about 25; undefined without discordant pairs.
pub fn mcnemar(b: usize, c: usize) -> Statistic<Test> {
    if b + c == 0 {
        return Statistic::undefined("no discordant pairs");
    }
    let difference = b.abs_diff(c) as f64;
    let statistic = difference * difference / (b + c) as f64;
    Statistic::Defined(Test {
        statistic,
        df: Some(1.0),
        z: None,
        p: chi_squared_upper(statistic, 1.0),
        method: "McNemar, no continuity correction".to_owned(),
    })
}

/// The exact test: twice the smaller binomial tail of b of b + c at ½, at most 1. For few discordant pairs.
pub fn mcnemar_exact(b: usize, c: usize) -> Statistic<Test> {
    if b + c == 0 {
        return Statistic::undefined("no discordant pairs");
    }
    let (n, least) = (b + c, b.min(c));
    // ln of C(n, k) / 2ⁿ, term by term.
    let mut log = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = log.exp();
    for k in 1..=least {
        log += ((n - k + 1) as f64 / k as f64).ln();
        tail += log.exp();
    }
    Statistic::Defined(Test {
        statistic: least as f64,
        df: None,
        z: None,
        p: (2.0 * tail).min(1.0),
        method: "McNemar, exact binomial".to_owned(),
    })
}

/// Difference of two paired proportions, first less second, with Newcombe's interval (Statistics in Medicine 17
/// (1998) 2635, method 10): Wilson's limits of both, joined by the correlation φ of the pairs.
///
/// `pairs` are the counts of yes in both, in the first alone, in the second alone, in neither. Undefined of no pairs.
pub fn paired_difference(pairs: [usize; 4], confidence: f64) -> Statistic<Estimate> {
    let [both, first, second, neither] = pairs;
    let n: usize = pairs.iter().sum();
    let limits = |yes: usize| -> Option<(f64, f64, f64)> {
        let share = wilson(yes, n, confidence);
        let share = share.defined()?;
        Some((share.value, share.low?, share.high?))
    };
    let (Some((p, l1, u1)), Some((q, l2, u2))) = (limits(both + first), limits(both + second))
    else {
        return Statistic::undefined("no pairs");
    };
    let [a, b, c, d] = [both, first, second, neither].map(|count| count as f64);
    let margins = (a + b) * (c + d) * (a + c) * (b + d);
    let product = a * d - b * c;
    let phi = match margins > 0.0 {
        true if product > 0.0 => (product - n as f64 / 2.0).max(0.0) / margins.sqrt(),
        true => product / margins.sqrt(),
        false => 0.0,
    };
    let reach = |x: f64, y: f64| (x * x - 2.0 * phi * x * y + y * y).max(0.0).sqrt();
    let value = (b - c) / n as f64;
    let limits = (value - reach(p - l1, u2 - q), value + reach(u1 - p, q - l2));
    Statistic::Defined(Estimate::interval(
        value,
        limits,
        "difference of paired proportions, Newcombe",
        n,
    ))
}

/// The same with Yates' continuity correction, (|b − c| − 1)² / (b + c), as printed by packages
/// that correct by default; conservative.
pub fn mcnemar_corrected(b: usize, c: usize) -> Statistic<Test> {
    mcnemar(b, c).map(|test| {
        let gap = (b.abs_diff(c) as f64 - 1.0).max(0.0);
        let statistic = gap * gap / (b + c) as f64;
        Test {
            statistic,
            p: chi_squared_upper(statistic, 1.0),
            method: "McNemar, continuity correction".to_owned(),
            ..test
        }
    })
}

/// Cohen's κ of two raters (Educ. Psychol. Meas. 20 (1960) 37), with the interval of its
/// large-sample variance (Fleiss, Cohen & Everitt, Psychol. Bull. 72 (1969) 323).
///
/// `table[i][j]` counts what the first rater put into category i and the second into j.
/// Depends on the prevalence. Undefined for a table that is not square or holds nothing, and where chance
/// agreement is complete.
pub fn cohen_kappa(table: &[Vec<usize>], confidence: f64) -> Statistic<Estimate> {
    let size = table.len();
    let n: usize = table.iter().flatten().sum();
    if n == 0 || table.iter().any(|row| row.len() != size) {
        return Statistic::undefined("no square table of counts");
    }
    let share = |row: usize, column: usize| table[row][column] as f64 / n as f64;
    let rows: Vec<f64> = (0..size)
        .map(|row| (0..size).map(|column| share(row, column)).sum())
        .collect();
    let columns: Vec<f64> = (0..size)
        .map(|column| (0..size).map(|row| share(row, column)).sum())
        .collect();
    let agreed: f64 = (0..size).map(|place| share(place, place)).sum();
    let chance: f64 = rows
        .iter()
        .zip(&columns)
        .map(|(row, column)| row * column)
        .sum();
    if chance >= 1.0 {
        return Statistic::undefined("both raters use one category only");
    }
    let kappa = (agreed - chance) / (1.0 - chance);
    let mut variance = -(kappa - chance * (1.0 - kappa)).powi(2);
    for row in 0..size {
        for column in 0..size {
            let term = if row == column {
                1.0 - (rows[row] + columns[row]) * (1.0 - kappa)
            } else {
                (1.0 - kappa) * (columns[row] + rows[column])
            };
            variance += share(row, column) * term * term;
        }
    }
    let variance = variance.max(0.0) / (n as f64 * (1.0 - chance).powi(2));
    let half = normal_multiplier(confidence) * variance.sqrt();
    Statistic::Defined(Estimate {
        variance: Some(variance),
        ..Estimate::interval(
            kappa,
            ((kappa - half).max(-1.0), (kappa + half).min(1.0)),
            "Cohen's kappa, large-sample interval",
            n,
        )
    })
}

/// p-values after Holm's step-down correction (Scand. J. Statist. 6 (1979) 65), in input order.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let order = crate::quantile::ascending(p_values);
    let mut corrected = vec![0.0; p_values.len()];
    let mut greatest = 0.0_f64;
    for (place, &test) in order.iter().enumerate() {
        let factor = (p_values.len() - place) as f64;
        greatest = greatest.max((factor * p_values[test as usize]).min(1.0));
        corrected[test as usize] = greatest;
    }
    corrected
}

/// p-values after Benjamini & Hochberg's step-up correction (JRSS B 57 (1995) 289), in input order.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let order = crate::quantile::ascending(p_values);
    let mut corrected = vec![0.0; p_values.len()];
    let mut least = 1.0_f64;
    for (place, &test) in order.iter().enumerate().rev() {
        let factor = p_values.len() as f64 / (place + 1) as f64;
        least = least.min(factor * p_values[test as usize]);
        corrected[test as usize] = least;
    }
    corrected
}
