//! Does a score rise with an ordered grade?

use std::collections::BTreeMap;

use crate::distribution::{chi_squared_upper, normal_two_sided, student_two_sided};
use crate::evaluation::Correlation;
use crate::quantile::{RankCounter, ascending, distinct_places, midranks, runs, tie_term};
use crate::statistic::{Statistic, Test};

/// Spearman's rank correlation: Pearson's correlation of midranks, tested by
/// t = r √((n − 2)/(1 − r²)) with n − 2 degrees of freedom.
///
/// Undefined with fewer than three pairs or where one side is constant.
pub fn spearman(first: &[f64], second: &[f64]) -> Statistic<Correlation> {
    let n = first.len();
    if n < 3 {
        return Statistic::undefined("fewer than three records");
    }
    let (x, y) = (midranks(first), midranks(second));
    let mean = (n as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - mean) * (b - mean))
            .sum::<f64>()
    };
    let (xx, yy, xy) = (product(&x, &x), product(&y, &y), product(&x, &y));
    if xx <= 0.0 || yy <= 0.0 {
        return Statistic::undefined("all grades or all scores are equal");
    }
    let value = (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0);
    let df = n as f64 - 2.0;
    let t = value * (df / ((1.0 - value) * (1.0 + value))).sqrt();
    Statistic::Defined(Correlation {
        value,
        p: student_two_sided(t, df),
        n,
    })
}

/// Kendall's τ_b (Biometrika 33 (1945) 239): (concordant − discordant) / √((P − T₁)(P − T₂)),
/// P all pairs, T those tied on one side; O(n log n).
///
/// Tested by the normal approximation with the variance corrected for ties, without
/// continuity correction (Kendall, Rank Correlation Methods, 4.10). Undefined with fewer
/// than three pairs or where one side is constant.
pub fn kendall(first: &[f64], second: &[f64]) -> Statistic<Correlation> {
    let count = first.len();
    if count < 3 {
        return Statistic::undefined("fewer than three records");
    }
    let n = count as f64;
    let pairs = n * (n - 1.0) / 2.0;
    let (ties_x, ties_y) = (TieSums::of(first), TieSums::of(second));
    let (free_x, free_y) = (pairs - ties_x.pairs / 2.0, pairs - ties_y.pairs / 2.0);
    if free_x <= 0.0 || free_y <= 0.0 {
        return Statistic::undefined("all grades or all scores are equal");
    }
    let score = concordant_minus_discordant(first, second);
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - ties_x.cubic - ties_y.cubic) / 18.0
        + ties_x.triples * ties_y.triples / (9.0 * n * (n - 1.0) * (n - 2.0))
        + ties_x.pairs * ties_y.pairs / (2.0 * n * (n - 1.0));
    Statistic::Defined(Correlation {
        value: (score / (free_x * free_y).sqrt()).clamp(-1.0, 1.0),
        p: normal_two_sided(score / variance.sqrt()),
        n: count,
    })
}

/// Sums over runs of ties of t (t − 1), t (t − 1)(t − 2) and t (t − 1)(2t + 5).
struct TieSums {
    pairs: f64,
    triples: f64,
    cubic: f64,
}

impl TieSums {
    fn of(values: &[f64]) -> Self {
        let mut sums = Self {
            pairs: 0.0,
            triples: 0.0,
            cubic: 0.0,
        };
        let order = ascending(values);
        for run in runs(&order, values) {
            let t = run.len() as f64;
            sums.pairs += t * (t - 1.0);
            sums.triples += t * (t - 1.0) * (t - 2.0);
            sums.cubic += t * (t - 1.0) * (2.0 * t + 5.0);
        }
        sums
    }
}

/// Walks up the first variable and counts, for each record, those below it in both.
fn concordant_minus_discordant(first: &[f64], second: &[f64]) -> f64 {
    let places = distinct_places(second);
    let mut below = RankCounter::new(places.iter().max().map_or(0, |most| most + 1));
    let order = ascending(first);
    let mut score = 0.0;
    for run in runs(&order, first) {
        let members = || {
            order[run.clone()]
                .iter()
                .map(|&record| places[record as usize])
        };
        for place in members() {
            let (less, equal) = (below.below(place), below.at(place));
            score += less - (below.total() - less - equal);
        }
        members().for_each(|place| below.add(place, 1.0));
    }
    score
}

/// Mann and Whitney's test that neither class tends to have the higher score (Ann. Math.
/// Statist. 18 (1947) 50), tie-corrected, without continuity correction.
///
/// `statistic` is U of the positives, AUC · m · n. Its variance holds under the null
/// hypothesis only; the interval of the AUC comes from DeLong. Undefined with an empty class
/// or where all scores are equal.
pub fn mann_whitney(scores: &[f64], positive: &[bool]) -> Statistic<Test> {
    let n = scores.len() as f64;
    let m = positive.iter().filter(|class| **class).count() as f64;
    if m == 0.0 || m == n {
        return Statistic::undefined(crate::calibration::one_class(positive));
    }
    let ranks = midranks(scores);
    let sum: f64 = ranks
        .iter()
        .zip(positive)
        .filter(|(_, class)| **class)
        .map(|(rank, _)| rank)
        .sum();
    let (statistic, product) = (sum - m * (m + 1.0) / 2.0, m * (n - m));
    let variance = product / 12.0 * (n + 1.0 - tie_term(scores) / (n * (n - 1.0)));
    if variance <= 0.0 {
        return Statistic::undefined("all scores are equal");
    }
    let z = (statistic - product / 2.0) / variance.sqrt();
    Statistic::Defined(Test {
        statistic,
        df: None,
        z: Some(z),
        p: normal_two_sided(z),
        method: "Mann-Whitney, tie-corrected, no continuity correction".to_owned(),
    })
}

/// Jonckheere and Terpstra's test: the number of pairs of different grade in which the
/// higher grade has the higher score (ties ½), standardised with the variance corrected
/// for ties in the scores (Hollander & Wolfe, Nonparametric Statistical Methods, 6.2).
///
/// Two-sided, without continuity correction. Undefined with fewer than two grades or
/// where all scores are equal.
pub fn jonckheere_terpstra(grades: &[u8], scores: &[f64]) -> Statistic<Test> {
    let sizes = sizes(grades);
    if sizes.len() < 2 {
        return Statistic::undefined("fewer than two different grades");
    }
    let n = grades.len() as f64;
    let order = ascending(scores);
    let (mut below, mut statistic) = ([0.0_f64; 256], 0.0);
    let mut tie_sizes = Vec::new();
    for run in runs(&order, scores) {
        tie_sizes.push(run.len() as f64);
        let mut here: BTreeMap<u8, f64> = BTreeMap::new();
        order[run]
            .iter()
            .for_each(|&record| *here.entry(grades[record as usize]).or_default() += 1.0);
        for (&grade, &count) in &here {
            let lower =
                |counts: &BTreeMap<u8, f64>| counts.range(..grade).map(|(_, n)| n).sum::<f64>();
            let earlier: f64 = sizes
                .keys()
                .filter(|g| **g < grade)
                .map(|g| below[usize::from(*g)])
                .sum();
            statistic += count * (earlier + 0.5 * lower(&here));
        }
        here.iter()
            .for_each(|(grade, count)| below[usize::from(*grade)] += count);
    }
    let group_sizes: Vec<f64> = sizes.values().map(|size| *size as f64).collect();
    let mean = (n * n - group_sizes.iter().map(|size| size * size).sum::<f64>()) / 4.0;
    let variance = jonckheere_variance(n, &group_sizes, &tie_sizes);
    if variance <= 0.0 {
        return Statistic::undefined("all scores are equal");
    }
    let z = (statistic - mean) / variance.sqrt();
    let method = "Jonckheere-Terpstra, tie-corrected, two-sided".to_owned();
    Statistic::Defined(Test {
        statistic,
        df: None,
        z: Some(z),
        p: normal_two_sided(z),
        method,
    })
}

fn jonckheere_variance(n: f64, groups: &[f64], ties: &[f64]) -> f64 {
    let sum =
        |sizes: &[f64], term: fn(f64) -> f64| sizes.iter().map(|size| term(*size)).sum::<f64>();
    let cubic = |size: f64| size * (size - 1.0) * (2.0 * size + 5.0);
    let triples = |size: f64| size * (size - 1.0) * (size - 2.0);
    let pairs = |size: f64| size * (size - 1.0);
    let main = (cubic(n) - sum(groups, cubic) - sum(ties, cubic)) / 72.0;
    let third = if n > 2.0 {
        sum(groups, triples) * sum(ties, triples) / (36.0 * triples(n))
    } else {
        0.0
    };
    main + third + sum(groups, pairs) * sum(ties, pairs) / (8.0 * pairs(n))
}

/// Kruskal and Wallis' test that the scores of all grades have one distribution
/// (JASA 47 (1952) 583), corrected for ties, χ² with grades − 1 degrees of freedom.
///
/// Undefined with fewer than two grades or where all scores are equal.
pub fn kruskal_wallis(grades: &[u8], scores: &[f64]) -> Statistic<Test> {
    let sizes = sizes(grades);
    if sizes.len() < 2 {
        return Statistic::undefined("fewer than two different grades");
    }
    let n = grades.len() as f64;
    let correction = 1.0 - tie_term(scores) / (n * n * n - n);
    if correction <= 0.0 {
        return Statistic::undefined("all scores are equal");
    }
    let mut sums: BTreeMap<u8, f64> = BTreeMap::new();
    for (grade, rank) in grades.iter().zip(midranks(scores)) {
        *sums.entry(*grade).or_default() += rank - (n + 1.0) / 2.0;
    }
    let between: f64 = sums
        .iter()
        .map(|(grade, sum)| sum * sum / sizes[grade] as f64)
        .sum();
    let statistic = 12.0 / (n * (n + 1.0)) * between / correction;
    let df = sizes.len() as f64 - 1.0;
    let method = "Kruskal-Wallis, tie-corrected".to_owned();
    Statistic::Defined(Test {
        statistic,
        df: Some(df),
        z: None,
        p: chi_squared_upper(statistic, df),
        method,
    })
}

/// Cochran and Armitage's test of a trend in proportions over ordered groups with
/// scores 0, 1, 2, … (Armitage, Biometrics 11 (1955) 375): χ² with one degree of freedom.
///
/// `groups` holds (events, n). Undefined where all or none have the event, or one group only.
pub fn cochran_armitage(groups: &[(usize, usize)]) -> Statistic<Test> {
    let n: f64 = groups.iter().map(|(_, n)| *n as f64).sum();
    let rate = groups.iter().map(|(events, _)| *events as f64).sum::<f64>() / n;
    let (mut top, mut first, mut second) = (0.0, 0.0, 0.0);
    for (score, (events, size)) in groups.iter().enumerate() {
        let (score, size) = (score as f64, *size as f64);
        top += score * (*events as f64 - size * rate);
        first += size * score;
        second += size * score * score;
    }
    let variance = rate * (1.0 - rate) * (second - first * first / n);
    if variance.is_nan() || variance <= 0.0 {
        return Statistic::undefined("fewer than two groups, or the event in all or none");
    }
    let statistic = top * top / variance;
    let p = chi_squared_upper(statistic, 1.0);
    Statistic::Defined(Test {
        statistic,
        df: Some(1.0),
        z: None,
        p,
        method: "Cochran-Armitage".to_owned(),
    })
}

fn sizes(grades: &[u8]) -> BTreeMap<u8, usize> {
    let mut sizes = BTreeMap::new();
    grades
        .iter()
        .for_each(|grade| *sizes.entry(*grade).or_default() += 1);
    sizes
}
