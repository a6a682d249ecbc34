//! Differences of features, plain and at equal covariates.

use crate::made::Numbers;
use coronet_evidence::{Feature, FeatureDifference, features};

fn one(name: &str, values: Vec<f64>) -> Feature {
    Feature {
        name: name.to_string(),
        values: values.into_iter().map(Some).collect(),
    }
}

/// 400 patients: age is higher in the high group; `QT` grows with age only, `ST` differs itself.
fn cohort() -> (Vec<Feature>, Vec<bool>, Vec<Vec<f64>>) {
    let mut numbers = Numbers::new(4);
    let high: Vec<bool> = (0..400).map(|patient| patient % 2 == 0).collect();
    let age = |numbers: &mut Numbers, high: bool| {
        55.0 + 10.0 * f64::from(u8::from(high)) + 8.0 * numbers.normal()
    };
    let ages: Vec<f64> = high.iter().map(|&high| age(&mut numbers, high)).collect();
    let qt = ages
        .iter()
        .map(|age| 380.0 + age + 5.0 * numbers.normal())
        .collect();
    let st = high
        .iter()
        .map(|&high| -0.05 * f64::from(u8::from(high)) + 0.05 * numbers.normal())
        .collect();
    let noise = (0..400).map(|_| numbers.normal()).collect();
    let all = vec![one("QT", qt), one("ST", st), one("noise", noise)];
    (all, high, ages.into_iter().map(|age| vec![age]).collect())
}

#[test]
fn adjustment_takes_out_age_and_leaves_the_rest() {
    let (all, high, ages) = cohort();
    let found = features(all.clone(), &high, &ages, 0.95).unwrap();
    let value = |one: &FeatureDifference| {
        (
            one.standardised.defined().unwrap().clone(),
            one.adjusted.defined().unwrap().clone(),
        )
    };
    let (plain, adjusted) = value(&found[0]);
    assert!(plain.low.unwrap() > 0.5, "{plain:?}");
    assert!(adjusted.value.abs() < 0.2, "{adjusted:?}");
    let (plain, adjusted) = value(&found[1]);
    assert!((plain.value + 1.0).abs() < 0.25 && (adjusted.value + 1.0).abs() < 0.3);
    assert!(found[1].p_holm.defined().unwrap() < &1e-6);
    let p = |one: &FeatureDifference| *one.p.defined().unwrap();
    assert!((found[1].p_holm.defined().unwrap() - 3.0 * p(&found[1])).abs() < 1e-12);
    assert!(found[1].p_false_discovery.defined() <= found[1].p_holm.defined());
}

/// Two samples worked by hand: 1, 2, 3, 4 and 2, 4, 6, 8: means 2.5 and 5, variances 5/3 and 20/3.
#[test]
fn numbers_of_the_book() {
    let values = vec![1.0, 2.0, 3.0, 4.0, 2.0, 4.0, 6.0, 8.0];
    let high = [true, true, true, true, false, false, false, false];
    let none = vec![Vec::new(); 8];
    let found = features([one("x", values)], &high, &none, 0.95)
        .unwrap()
        .remove(0);
    let d = -2.5 / ((5.0 / 3.0 + 20.0 / 3.0) / 2.0_f64).sqrt();
    let standardised = found.standardised.defined().unwrap();
    assert!((standardised.value - d).abs() < 1e-12);
    let half = 1.959_963_984_540_054 * (0.5 + d * d / 16.0_f64).sqrt();
    assert!((standardised.high.unwrap() - (d + half)).abs() < 1e-9);
    // Student's two-sample t with 6 degrees of freedom: −1.7321, p 0.1340.
    assert!((found.adjusted.defined().unwrap().value - d).abs() < 1e-12);
    assert!((found.p.defined().unwrap() - 0.134_0).abs() < 5e-5);
}

#[test]
fn undefined_says_why() {
    let high = [true, true, false, false];
    let all = [
        Feature {
            name: "rare".to_string(),
            values: vec![Some(1.0), None, Some(2.0), Some(f64::NAN)],
        },
        one("constant", vec![1.0; 4]),
    ];
    let found = features(all.clone(), &high, &vec![Vec::new(); 4], 0.95).unwrap();
    assert_eq!(found[0].n, (1, 1));
    assert!(
        found[0]
            .standardised
            .reason()
            .unwrap()
            .contains("fewer than 2")
    );
    assert!(
        found[1]
            .adjusted
            .reason()
            .unwrap()
            .contains("does not vary")
    );
    assert!(found[0].p_holm.reason().is_some());
    let same = features(
        [one("x", vec![1.0, 2.0, 3.0, 5.0])],
        &high,
        &[vec![1.0], vec![1.0], vec![0.0], vec![0.0]],
        0.95,
    );
    assert!(
        same.unwrap()[0]
            .adjusted
            .reason()
            .unwrap()
            .contains("covariates")
    );
    assert!(features(all.clone(), &high[..3], &vec![Vec::new(); 3], 0.95).is_err());
}

#[test]
fn a_covariate_that_does_not_vary_or_is_not_there_is_left_out_and_named() {
    let (all, high, covariates) = cohort();
    let alone: Vec<Vec<f64>> = covariates.iter().map(|row| row[..1].to_vec()).collect();
    let expected = features(all.clone(), &high, &alone, 0.95).unwrap();
    for constant in [1.0, f64::NAN] {
        let more: Vec<Vec<f64>> = alone.iter().map(|row| vec![row[0], constant]).collect();
        let found = features(all.clone(), &high, &more, 0.95).unwrap();
        let [one, two] = [&expected[0], &found[0]].map(|one| one.adjusted.defined().unwrap());
        assert!((one.value - two.value).abs() < 1e-12, "{two:?}");
        assert_eq!(one.n, two.n);
        assert!(
            two.method.contains("1 covariates that do not vary"),
            "{}",
            two.method
        );
    }
}
