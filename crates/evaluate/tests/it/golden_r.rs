//! Numbers printed by R packages; each test names the output file they come from.

use coronet_evaluate::SurvivalInterval;
use coronet_evaluate::calibration::{
    Fitted, brier, calibration_in_the_large, hosmer_lemeshow, logistic_calibration, lowess,
    observed_expected, robust_lowess, scaled_brier, spiegelhalter,
};
use coronet_evaluate::decision::decision_curve;
use coronet_evaluate::discrimination::{
    DeLong, average_precision, delong, paired_difference, unpaired_difference,
};
use coronet_evaluate::operating::{operating_point, youden_threshold};
use coronet_evaluate::proportion::{benjamini_hochberg, clopper_pearson, holm, mcnemar, wilson};
use coronet_evaluate::reclassification::{integrated_discrimination, net_reclassification};
use coronet_evaluate::survival::{aalen_johansen, concordance, cox_efron, kaplan_meier, log_rank};
use coronet_evaluate::trend::{cochran_armitage, kruskal_wallis, spearman};

use crate::support::{Columns, close, get, table};

fn poor(asah: &Columns) -> Vec<bool> {
    asah.text("outcome")
        .iter()
        .map(|outcome| outcome == "Poor")
        .collect()
}

/// `roc.out`: aSAH, pROC 1.18.
#[test]
fn golden_r_delong_of_one_curve() {
    let Some(asah) = table("aSAH.csv") else {
        return;
    };
    for (marker, auc, low, high, variance) in [
        (
            "s100b",
            0.731368563686,
            0.630118211762,
            0.832618915610,
            0.00266868245717,
        ),
        (
            "ndka",
            0.611957994580,
            0.501244999272,
            0.722670989888,
            0.00319081054939,
        ),
        (
            "wfns",
            0.823678861789,
            0.748534887819,
            0.898822835758,
            0.00146991470882,
        ),
    ] {
        let estimate = get(&delong(&asah.numbers(marker), &poor(&asah))).estimate(0.95);
        close(marker, estimate.value, auc, 1e-11);
        close(marker, estimate.low.unwrap(), low, 1e-11);
        close(marker, estimate.high.unwrap(), high, 1e-11);
        close(marker, estimate.variance.unwrap(), variance, 1e-11);
    }
}

/// pROC's own tests (`test-cov.R`, `test-roc.test.R`) on aSAH.
#[test]
fn golden_r_delong_comparisons() {
    let Some(asah) = table("aSAH.csv") else {
        return;
    };
    let curve = |marker: &str| get(&delong(&asah.numbers(marker), &poor(&asah)));
    let (wfns, ndka, s100b) = (curve("wfns"), curve("ndka"), curve("s100b"));
    let paired = |a: &DeLong, b: &DeLong| get(&paired_difference(a, b, 0.95));
    close(
        "cov",
        paired(&wfns, &ndka).covariance,
        -0.000532967856762,
        1e-11,
    );
    close(
        "cov",
        paired(&ndka, &s100b).covariance,
        -0.000756164938057,
        1e-11,
    );
    let both = paired(&wfns, &s100b);
    close("cov", both.covariance, 0.00119615567376754, 1e-11);
    close("z", both.test.statistic, 2.20898359144091, 1e-11);
    close("p", both.test.p, 0.0271757822291882, 1e-11);
    close("low", both.difference.low.unwrap(), 0.01040617696, 1e-9);
    close("high", both.difference.high.unwrap(), 0.17421441925, 1e-9);
    close(
        "z",
        paired(&wfns, &ndka).test.statistic,
        2.79777591868904,
        1e-11,
    );
    close(
        "z",
        paired(&ndka, &s100b).test.statistic,
        -1.39077002573558,
        1e-11,
    );
    let unpaired = get(&unpaired_difference(&wfns, &s100b, 0.95)).test;
    close("D", unpaired.statistic, 1.43490640926908, 1e-11);
    close("p", unpaired.p, 0.152825378808796, 1e-10);
    assert_eq!(paired(&wfns, &wfns).test.p, 1.0);
}

/// `dca_subgroup.out`: s100b in men against women.
#[test]
fn golden_r_delong_subgroups() {
    let Some(asah) = table("aSAH.csv") else {
        return;
    };
    let curve = |gender: &str| {
        let rows: Vec<usize> = (0..113)
            .filter(|&row| asah.text("gender")[row] == gender)
            .collect();
        let scores: Vec<f64> = rows.iter().map(|&row| asah.numbers("s100b")[row]).collect();
        let classes: Vec<bool> = rows.iter().map(|&row| poor(&asah)[row]).collect();
        get(&delong(&scores, &classes))
    };
    let test = get(&unpaired_difference(&curve("Male"), &curve("Female"), 0.95)).test;
    close("D", test.statistic, 0.501880774327, 1e-11);
    close("df", test.df.unwrap(), 106.462550029, 1e-10);
    close("p", test.p, 0.616787759258, 1e-10);
}

/// `small_cases.out` (tiny ties), `roc.out` (Youden), `dca_subgroup.out` (average precision).
#[test]
fn golden_r_small_discrimination() {
    let scores = [0.1, 0.4, 0.35, 0.8, 0.35, 0.4, 0.8, 0.9, 0.65];
    let classes: Vec<bool> = (0..9).map(|row| row > 3).collect();
    let tiny = get(&delong(&scores, &classes)).estimate(0.95);
    close("auc", tiny.value, 0.725, 1e-12);
    close("variance", tiny.variance.unwrap(), 0.03552083333, 1e-9);
    close("low", tiny.low.unwrap(), 0.3556061471, 1e-9);
    assert_eq!(tiny.high, Some(1.0));
    let Some(asah) = table("aSAH.csv") else {
        return;
    };
    let (s100b, poor) = (asah.numbers("s100b"), poor(&asah));
    close(
        "ap",
        get(&average_precision(&s100b, &poor)),
        0.685620923172,
        1e-11,
    );
    let point = operating_point(&s100b, &poor, get(&youden_threshold(&s100b, &poor)), 0.95);
    assert_eq!(
        (point.tp, point.false_negative, point.tn, point.fp),
        (26, 15, 58, 14)
    );
}

/// `roc.out`: rank tests, proportions; `competing_score.out`: p.adjust.
#[test]
fn golden_r_trend_and_proportions() {
    let wilson = get(&wilson(35, 41, 0.95));
    close("Wilson", wilson.low.unwrap(), 0.715565419575, 1e-11);
    close("Wilson", wilson.high.unwrap(), 0.931157518587, 1e-11);
    let exact = get(&clopper_pearson(35, 41, 0.95));
    close("Clopper-Pearson", exact.low.unwrap(), 0.708269511983, 1e-9);
    close("Clopper-Pearson", exact.high.unwrap(), 0.944342636288, 1e-9);
    close("McNemar", get(&mcnemar(20, 10)).p, 0.0678891548618, 1e-11);
    let p_values = [0.01, 0.02, 0.03, 0.04, 0.05];
    for (got, expected) in holm(&p_values)
        .into_iter()
        .zip([0.05, 0.08, 0.09, 0.09, 0.09])
    {
        close("Holm", got, expected, 1e-12);
    }
    benjamini_hochberg(&p_values)
        .into_iter()
        .for_each(|p| close("BH", p, 0.05, 1e-12));
    let Some(asah) = table("aSAH.csv") else {
        return;
    };
    let (wfns, s100b) = (asah.numbers("wfns"), asah.numbers("s100b"));
    let rho = get(&spearman(&wfns, &s100b));
    close("rho", rho.value, 0.64952271792, 1e-10);
    close("p", rho.p, 7.12190334005e-15, 1e-9);
    let grades: Vec<u8> = wfns.iter().map(|grade| *grade as u8).collect();
    let kruskal = get(&kruskal_wallis(&grades, &s100b));
    close("Kruskal-Wallis", kruskal.statistic, 53.1242195727, 1e-11);
    close("p", kruskal.p, 8.02665784138e-11, 1e-10);
    let counts = |grade: f64| {
        let members: Vec<usize> = (0..113).filter(|&row| wfns[row] == grade).collect();
        (
            members.iter().filter(|&&row| poor(&asah)[row]).count(),
            members.len(),
        )
    };
    let trend = get(&cochran_armitage(&[1.0, 2.0, 3.0, 4.0, 5.0].map(counts)));
    close("Cochran-Armitage", trend.statistic, 34.1241046407, 1e-11);
    close("p", trend.p, 5.17067680792e-9, 1e-10);
}

/// `calibration_nri.out`: LOWESS of cars, no robustness iterations. R drops weights beyond
/// 0.999 of the radius and rounds those within 0.001 up to 1, hence 1e-6.
#[test]
fn golden_r_lowess_of_cars() {
    let Some(cars) = table("cars.csv") else {
        return;
    };
    let (speed, distance) = (cars.numbers("speed"), cars.numbers("dist"));
    let smooth = lowess(&speed, &distance, 2.0 / 3.0, 0.01 * 21.0);
    for (row, expected) in [
        (0, 3.44386376771),
        (2, 12.78433735536),
        (4, 15.95239255943),
        (26, 45.02107316855),
        (43, 71.21570952695),
        (49, 89.12751540568),
    ] {
        close("cars", smooth[row], expected, 1e-6);
    }
}

/// `calibration_nri.out`: LOWESS of cars with R's three robustness iterations; tolerance as above.
#[test]
fn golden_r_robust_lowess_of_cars() {
    let Some(cars) = table("cars.csv") else {
        return;
    };
    let (speed, distance) = (cars.numbers("speed"), cars.numbers("dist"));
    let smooth = robust_lowess(&speed, &distance, 2.0 / 3.0, 0.01 * 21.0, 3);
    for (row, expected) in [
        (0, 4.96545927719),
        (2, 13.12449503967),
        (10, 24.12927714893),
        (26, 40.43507456199),
        (43, 67.58582423143),
        (49, 84.32869809683),
    ] {
        close("cars", smooth[row], expected, 1e-6);
    }
    let narrow = robust_lowess(&speed, &distance, 0.2, 0.01 * 21.0, 3);
    for (row, expected) in [
        (0, 6.03040788454),
        (11, 21.52537248518),
        (49, 92.72514071072),
    ] {
        close("cars, a fifth of the points", narrow[row], expected, 1e-6);
    }
    let none = robust_lowess(&speed, &distance, 2.0 / 3.0, 0.01 * 21.0, 0);
    assert_eq!(none, lowess(&speed, &distance, 2.0 / 3.0, 0.01 * 21.0));
    let line: Vec<f64> = speed.iter().map(|speed| 3.0 * speed - 2.0).collect();
    for (fit, y) in robust_lowess(&speed, &line, 0.5, 0.0, 3).iter().zip(&line) {
        close("a straight line", *fit, *y, 1e-9);
    }
}

/// `calibration_nri.out` and `competing_score.out`: df_binary, as predicted and transformed
/// by plogis(0.5 + 0.7 · qlogis p).
#[test]
fn golden_r_calibration() {
    let Some(binary) = table("df_binary.csv") else {
        return;
    };
    let p = binary.numbers("cancerpredmarker");
    let y: Vec<bool> = binary
        .text("cancer")
        .iter()
        .map(|cancer| cancer == "TRUE")
        .collect();
    let shifted: Vec<f64> = p
        .iter()
        .map(|p| 1.0 / (1.0 + (-0.5 - 0.7 * (p / (1.0 - p)).ln()).exp()))
        .collect();
    close("C", get(&delong(&p, &y)).auc, 0.8606275378368, 1e-11);
    close("Brier", get(&brier(&p, &y)), 0.084929097797, 1e-11);
    close("scaled", get(&scaled_brier(&p, &y)), 0.294608822284, 1e-11);
    close(
        "z",
        get(&spiegelhalter(&p, &y)).statistic,
        -0.12976472221,
        1e-10,
    );
    let test = get(&hosmer_lemeshow(&p, &y, 10, Fitted::Here)).test;
    close("HL", test.statistic, 14.4006402172, 1e-10);
    close("HL p", test.p, 0.0719022521388, 1e-10);
    let line = get(&logistic_calibration(&shifted, &y, 0.95));
    close("slope", line.slope.value, 1.0 / 0.7, 1e-6);
    close("intercept", line.intercept.value, -0.7142856919, 1e-6);
    let large = get(&calibration_in_the_large(&shifted, &y, 0.95));
    close("CITL", large.value, -0.9198374776, 1e-9);
    close("CITL se", large.variance.unwrap().sqrt(), 0.115777868, 1e-6);
    close(
        "O:E",
        get(&observed_expected(&shifted, &y)),
        0.5487636358,
        1e-9,
    );
    close("Brier", get(&brier(&shifted, &y)), 0.1010478564, 1e-9);
    close(
        "z",
        get(&spiegelhalter(&shifted, &y)).statistic,
        -6.788584529,
        1e-9,
    );
    close(
        "HL",
        get(&hosmer_lemeshow(&shifted, &y, 10, Fitted::Here))
            .test
            .statistic,
        75.41456401,
        1e-9,
    );
}

/// `calibration_nri.out`: lowess(p, y, iter = 0) with R's delta and with delta 0.
#[test]
fn golden_r_lowess_errors() {
    let Some(binary) = table("df_binary.csv") else {
        return;
    };
    let p = binary.numbers("cancerpredmarker");
    let y: Vec<f64> = binary
        .text("cancer")
        .iter()
        .map(|cancer| f64::from(u8::from(cancer == "TRUE")))
        .collect();
    let range = p.iter().fold(0.0_f64, |most, p| most.max(*p))
        - p.iter().fold(1.0_f64, |least, p| least.min(*p));
    for (delta, mean, most) in [
        (0.01 * range, 0.0126533651057, 0.0458497674599),
        (0.0, 0.0127017023399, 0.0458497674599),
    ] {
        let smooth = lowess(&p, &y, 2.0 / 3.0, delta);
        let errors: Vec<f64> = smooth.iter().zip(&p).map(|(s, p)| (s - p).abs()).collect();
        close(
            "Eavg",
            errors.iter().sum::<f64>() / errors.len() as f64,
            mean,
            1e-7,
        );
        close(
            "Emax",
            errors.iter().fold(0.0_f64, |most, error| most.max(*error)),
            most,
            1e-7,
        );
    }
}

/// The decision curve that dcurves commits for df_binary (`clinical-reference`, C.4).
#[test]
fn golden_r_decision_curve() {
    let Some(binary) = table("df_binary.csv") else {
        return;
    };
    let p = binary.numbers("cancerpredmarker");
    let y: Vec<bool> = binary
        .text("cancer")
        .iter()
        .map(|cancer| cancer == "TRUE")
        .collect();
    let curve = decision_curve(&p, &y, &[0.05, 0.1, 0.2, 0.35]);
    let expected = [
        (0.1055438596, 0.0947368421),
        (0.0874074074, 0.0444444444),
        (0.0673333333, -0.0750000000),
        (0.0501538462, -0.3230769231),
    ];
    for (point, (model, treat_all)) in curve.iter().zip(expected) {
        close("model", point.model, model, 1e-9);
        close("treat all", point.treat_all, treat_all, 1e-9);
    }
}

/// `calibration_nri.out`: nribin and improveProb on pbc.
#[test]
fn golden_r_reclassification() {
    let Some(pbc) = table("pbc_nri.csv") else {
        return;
    };
    let (old, new) = (pbc.numbers("ps"), pbc.numbers("pn"));
    let events: Vec<bool> = pbc
        .numbers("event")
        .iter()
        .map(|event| *event == 1.0)
        .collect();
    let category = |p: f64| u8::from(p >= 0.2) + u8::from(p >= 0.4);
    let moves: Vec<i8> = old
        .iter()
        .zip(&new)
        .map(|(o, n)| category(*n).cmp(&category(*o)) as i8)
        .collect();
    let nri = get(&net_reclassification(&moves, &events, 0.95));
    close("NRI", nri.value, -0.0227272727273, 1e-9);
    close("NRI−", nri.nonevents, 0.0, 1e-12);
    close("se", nri.se, 0.0232754520424, 1e-9);
    close("z", get(&nri.z), -0.976448177498, 1e-10);
    close("p", get(&nri.p), 0.328842416846, 1e-10);
    let moves: Vec<i8> = old
        .iter()
        .zip(&new)
        .map(|(o, n)| n.total_cmp(o) as i8)
        .collect();
    let nri = get(&net_reclassification(&moves, &events, 0.95));
    close("continuous", nri.value, 0.03914141414141, 1e-11);
    close("se", nri.se, 0.13416127986612, 1e-11);
    let idi = get(&integrated_discrimination(&old, &new, &events, 0.95));
    close("IDI", idi.value, 0.0044379980364, 1e-9);
    close("se", idi.variance.unwrap().sqrt(), 0.00414202799027, 1e-9);
}

/// `survival.out`: Kaplan–Meier of lung, three intervals.
#[test]
fn golden_r_kaplan_meier() {
    let Some(lung) = table("lung.csv") else {
        return;
    };
    let (times, dead) = (lung.numbers("time"), dead(&lung));
    for (interval, low, high, median_low, median_high) in [
        (
            SurvivalInterval::Plain,
            0.3390285838,
            0.4794546651,
            284.0,
            361.0,
        ),
        (
            SurvivalInterval::Log,
            0.3447215818,
            0.4858376035,
            285.0,
            363.0,
        ),
        (
            SurvivalInterval::LogLog,
            0.3387142691,
            0.4783807676,
            284.0,
            361.0,
        ),
    ] {
        let curve = kaplan_meier(&times, &dead, interval, 0.95);
        let year = get(&curve.at(365.0));
        close("S", year.value, 0.4092416244600636, 1e-12);
        close("low", year.low.unwrap(), low, 1e-9);
        close("high", year.high.unwrap(), high, 1e-9);
        assert_eq!(curve.at_risk(365.0), 65);
        let median = get(&curve.median());
        assert_eq!(
            (median.value, median.low, median.high),
            (310.0, Some(median_low), Some(median_high))
        );
    }
    let alive: Vec<bool> = dead.iter().map(|dead| !dead).collect();
    let follow_up = get(&kaplan_meier(&times, &alive, SurvivalInterval::Log, 0.95).median());
    assert_eq!(
        (follow_up.value, follow_up.low, follow_up.high),
        (588.0, Some(511.0), Some(1010.0))
    );
}

fn dead(lung: &Columns) -> Vec<bool> {
    lung.numbers("status")
        .iter()
        .map(|status| *status == 2.0)
        .collect()
}

/// `survival.out` and `small_cases.out`: log-rank of lung and aml.
#[test]
fn golden_r_log_rank() {
    let Some(lung) = table("lung.csv") else {
        return;
    };
    let sex: Vec<usize> = lung
        .numbers("sex")
        .iter()
        .map(|sex| *sex as usize - 1)
        .collect();
    let test = get(&log_rank(&lung.numbers("time"), &dead(&lung), &sex, 2).test());
    close("χ²", test.statistic, 10.32674195, 1e-9);
    close("p", test.p, 0.00131116452, 1e-8);
    let status = lung.numbers("ph.ecog");
    let rows: Vec<usize> = (0..status.len()).filter(|&row| status[row] < 3.0).collect();
    let times: Vec<f64> = rows.iter().map(|&row| lung.numbers("time")[row]).collect();
    let died: Vec<bool> = rows.iter().map(|&row| dead(&lung)[row]).collect();
    let group: Vec<usize> = rows.iter().map(|&row| status[row] as usize).collect();
    let three = log_rank(&times, &died, &group, 3);
    close("χ²", get(&three.test()).statistic, 18.01209669, 1e-9);
    close("p", get(&three.test()).p, 0.000122665632, 1e-8);
    close("trend", get(&three.trend()).statistic, 16.44654323, 1e-9);
    close("trend p", get(&three.trend()).p, 5.004134615e-5, 1e-9);
    let Some(aml) = table("aml.csv") else { return };
    let status: Vec<bool> = aml
        .numbers("status")
        .iter()
        .map(|status| *status == 1.0)
        .collect();
    let arm: Vec<usize> = aml
        .text("x")
        .iter()
        .map(|x| usize::from(x != "Maintained"))
        .collect();
    let test = get(&log_rank(&aml.numbers("time"), &status, &arm, 2).test());
    close("aml", test.statistic, 3.396388699, 1e-9);
}

/// `survival.out` and `competing_score.out`: Cox (Efron) and concordance of lung. R stops at a
/// relative change of 1e-9 of the likelihood, hence 1e-8.
#[test]
fn golden_r_cox() {
    let Some(lung) = table("lung.csv") else {
        return;
    };
    let (times, dead) = (lung.numbers("time"), dead(&lung));
    let fit = get(&cox_efron(
        &times,
        &dead,
        &[lung.numbers("age"), lung.numbers("sex")],
    ));
    close("age", fit.coefficients[0], 0.01704533185, 1e-9);
    close("sex", fit.coefficients[1], -0.5132185171, 1e-8);
    close("se", fit.covariance[0][0].sqrt(), 0.009223273477, 1e-8);
    close("se", fit.covariance[1][1].sqrt(), 0.1674579624, 1e-9);
    close("null", fit.log_likelihood_null, -749.9098014, 1e-9);
    close("ll", fit.log_likelihood, -742.8482458, 1e-9);
    let pairs = concordance(&times, &dead, &fit.linear_predictor);
    assert_eq!(
        (pairs.concordant, pairs.discordant, pairs.tied),
        (11910, 7793, 311)
    );
    close("C", get(&pairs.index()), 0.602853, 1e-6);
    let status = lung.numbers("ph.ecog");
    let rows: Vec<usize> = (0..status.len())
        .filter(|&row| !status[row].is_nan())
        .collect();
    let pick = |values: &[f64]| rows.iter().map(|&row| values[row]).collect::<Vec<f64>>();
    let died: Vec<bool> = rows.iter().map(|&row| dead[row]).collect();
    let columns = [
        pick(&lung.numbers("age")),
        pick(&lung.numbers("sex")),
        pick(&status),
    ];
    let fit = get(&cox_efron(&pick(&times), &died, &columns));
    for (got, expected) in fit
        .coefficients
        .iter()
        .zip([0.011066765, -0.552612396, 0.463728475])
    {
        close("coefficient", *got, expected, 1e-8);
    }
    close(
        "LRT",
        2.0 * (fit.log_likelihood - fit.log_likelihood_null),
        30.50066877,
        1e-8,
    );
}

/// `survival.out` and `small_cases.out`: cumulative incidence of mgus2 and by hand.
#[test]
fn golden_r_aalen_johansen() {
    let hand = aalen_johansen(
        &[1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0],
        &[1, 0, 2, 1, 0, 1, 2, 0, 1, 0],
    );
    for (time, a, b) in [
        (1.0, 0.1, 0.0),
        (2.0, 0.1, 0.1),
        (3.0, 0.214286, 0.1),
        (5.0, 0.351429, 0.237143),
        (7.0, 0.557143, 0.237143),
    ] {
        let (first, second) = get(&hand.at(time));
        close("A", first, a, 1e-6);
        close("B", second, b, 1e-6);
    }
    let Some(mgus) = table("mgus2_cr.csv") else {
        return;
    };
    for (sex, days, pcm, death) in [
        ("F", 60.0, 0.0397896215, 0.2639651455),
        ("F", 120.0, 0.0738856644, 0.4804900458),
        ("F", 240.0, 0.1049406742, 0.6953078030),
        ("M", 60.0, 0.0293462845, 0.3676269856),
        ("M", 240.0, 0.0956507550, 0.7481278893),
    ] {
        let sexes = mgus.text("sex");
        let rows: Vec<usize> = (0..sexes.len()).filter(|&row| sexes[row] == sex).collect();
        let (times, codes) = (mgus.numbers("etime"), mgus.numbers("event"));
        let times: Vec<f64> = rows.iter().map(|&row| times[row]).collect();
        let codes: Vec<u8> = rows.iter().map(|&row| codes[row] as u8).collect();
        let (first, second) = get(&aalen_johansen(&times, &codes).at(days));
        close(sex, first, pcm, 1e-9);
        close(sex, second, death, 1e-9);
    }
}
