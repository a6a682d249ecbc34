//! Survival numbers printed by R packages; each test names the output file they come from.

use coronet_evaluate::SurvivalInterval;
use coronet_evaluate::decision::{RiskEstimator, survival_decision_curve};
use coronet_evaluate::survival::{
    AtHorizon, Ties, aalen_johansen, cox, fine_gray, gray_test, harrell_c, kaplan_meier, landmark,
    uno_c, weighted_log_rank,
};

use crate::support::{Columns, close, get, table};

/// riskRegression's influence functions differ by a small-sample factor.
const SE: f64 = 2e-3;

fn dead(lung: &Columns) -> Vec<bool> {
    lung.numbers("status")
        .iter()
        .map(|status| *status == 2.0)
        .collect()
}

/// `survival.out`: restricted mean and Peto's test (`rho = 1`) of lung.
#[test]
fn golden_r_restricted_mean_and_peto() {
    let Some(lung) = table("lung.csv") else {
        return;
    };
    let (times, dead) = (lung.numbers("time"), dead(&lung));
    let curve = kaplan_meier(&times, &dead, SurvivalInterval::Log, 0.95);
    let mean = get(&curve.restricted_mean(365.0));
    close("RMST", mean.value, 263.221866482, 1e-11);
    close("se", mean.variance.unwrap().sqrt(), 7.798859086, 1e-9);
    assert!(curve.restricted_mean(5000.0).reason().is_some());
    let sex: Vec<usize> = lung
        .numbers("sex")
        .iter()
        .map(|sex| *sex as usize - 1)
        .collect();
    let peto = get(&weighted_log_rank(&times, &dead, &sex, 2, 1.0).test());
    close("Peto", peto.statistic, 12.7141514, 1e-8);
}

/// `survival.out`: Breslow's ties, `cox.zph` (km) and the likelihood ratio of lung.
#[test]
fn golden_r_cox_breslow_and_zph() {
    let Some(lung) = table("lung.csv") else {
        return;
    };
    let (times, dead) = (lung.numbers("time"), dead(&lung));
    let columns = [lung.numbers("age"), lung.numbers("sex")];
    let fit = get(&cox(&times, &dead, &columns, Ties::Breslow));
    close("age", fit.coefficients[0], 0.0170128892, 1e-8);
    close("sex", fit.coefficients[1], -0.5125647915, 1e-8);
    close("se", fit.covariance[1][1].sqrt(), 0.1674620631, 1e-8);
    close("null", fit.log_likelihood_null, -750.1220189, 1e-9);
    close("ll", fit.log_likelihood, -743.0796542, 1e-9);
    let status = lung.numbers("ph.ecog");
    let rows: Vec<usize> = (0..status.len())
        .filter(|&row| !status[row].is_nan())
        .collect();
    let pick = |values: &[f64]| rows.iter().map(|&row| values[row]).collect::<Vec<f64>>();
    let died: Vec<bool> = rows.iter().map(|&row| dead[row]).collect();
    let columns = [pick(&columns[0]), pick(&columns[1]), pick(&status)];
    let fit = get(&cox(&pick(&times), &died, &columns, Ties::Efron));
    for (test, expected) in fit
        .proportional_hazards
        .iter()
        .zip([0.187988, 2.305437, 2.054249])
    {
        close("zph", get(test).statistic, expected, 2e-6);
    }
    let global = get(&fit.proportional_hazards_global);
    close("zph global", global.statistic, 4.463658, 1e-6);
    close("p", global.p, 0.21555, 5e-6);
}

/// `survival.out` and `competing_score.out`: concordance of lung with its standard error, and Uno's
/// weights (`timewt = "n/G2"`).
#[test]
fn golden_r_concordance() {
    let Some(lung) = table("lung.csv") else {
        return;
    };
    let (times, dead) = (lung.numbers("time"), dead(&lung));
    let columns = [lung.numbers("age"), lung.numbers("sex")];
    let risk = get(&cox(&times, &dead, &columns, Ties::Efron)).linear_predictor;
    let harrell = get(&harrell_c(&times, &dead, &risk, 0.95));
    close("C", harrell.value, 0.6028530029, 1e-9);
    close("se", harrell.variance.unwrap().sqrt(), 0.02549867777, 1e-8);
    let uno = get(&uno_c(&times, &dead, &risk, f64::INFINITY, 0.95));
    close("C", uno.value, 0.5960455, 1e-7);
    close("se", uno.variance.unwrap().sqrt(), 0.02339934, 1e-6);
}

/// `competing_score.out`: riskRegression's Score of two models of pbc at 2000 days.
#[test]
fn golden_r_score_at_a_horizon() {
    let Some(pbc) = table("pbc_surv_nri.csv") else {
        return;
    };
    let times = pbc.numbers("time");
    let codes: Vec<u8> = pbc.numbers("ev").iter().map(|event| *event as u8).collect();
    let (old, new) = (pbc.numbers("a"), pbc.numbers("b"));
    let at = get(&AtHorizon::new(&times, &codes, 2000.0));
    let (first, second) = (get(&at.auc(&old)), get(&at.auc(&new)));
    close("AUC", first.value, 0.8840218277, 1e-9);
    close("AUC", second.value, 0.8794740441, 1e-9);
    close("se", first.standard_error() / 0.02506386004, 1.0, SE);
    close("se", second.standard_error() / 0.02550651374, 1.0, SE);
    let (gap, test) = get(&second.difference(&first, 0.95));
    close("Δ", gap.value, -0.004547783566, 1e-9);
    close("p", test.p, 0.5541872419, 5e-3);
    let (first, second) = (at.brier(&old), at.brier(&new));
    close("Brier", first.value, 0.1250111670, 1e-9);
    close("Brier", second.value, 0.1238464294, 1e-9);
    close("se", first.standard_error() / 0.01212803490, 1.0, SE);
    let events: Vec<bool> = codes.iter().map(|code| *code == 1).collect();
    let curve = kaplan_meier(&times, &events, SurvivalInterval::Plain, 0.95);
    let null = 1.0 - get(&curve.at(2000.0)).value;
    close(
        "null",
        at.brier(&vec![null; times.len()]).value,
        0.2111581032,
        1e-9,
    );
}

/// `competing_score.out`, `survival.out`: Gray's test, Fine–Gray and variances of mgus2.
#[test]
fn golden_r_competing_risks() {
    let Some(mgus) = table("mgus2_cr.csv") else {
        return;
    };
    let (times, sexes) = (mgus.numbers("etime"), mgus.text("sex"));
    let codes: Vec<u8> = mgus
        .numbers("event")
        .iter()
        .map(|code| *code as u8)
        .collect();
    let male: Vec<usize> = sexes.iter().map(|sex| usize::from(sex == "M")).collect();
    for (code, statistic, p) in [
        (1, 1.194507825, 0.2744221567880),
        (2, 11.651259012, 0.0006415909764),
    ] {
        let test = get(&gray_test(&times, &codes, &male, 2, code));
        close("Gray", test.statistic, statistic, 1e-9);
        close("p", test.p, p, 1e-8);
    }
    let women: Vec<usize> = (0..times.len()).filter(|&row| male[row] == 0).collect();
    let pick = |rows: &[usize]| -> (Vec<f64>, Vec<u8>) {
        rows.iter().map(|&row| (times[row], codes[row])).unzip()
    };
    let (women_times, women_codes) = pick(&women);
    let curve = aalen_johansen(&women_times, &women_codes);
    for (time, pcm, death) in [
        (60.0, 0.007798334088, 0.01758069572),
        (120.0, 0.010769797376, 0.02080491452),
        (240.0, 0.014262957434, 0.02362533434),
    ] {
        let (first, second) = curve.variances_at(time);
        close("se pcm", first.sqrt() / pcm, 1.0, 1e-2);
        close("se death", second.sqrt() / death, 1.0, 1e-2);
    }
    let spike = mgus.numbers("mspike");
    let rows: Vec<usize> = (0..spike.len())
        .filter(|&row| !spike[row].is_nan())
        .collect();
    assert_eq!(rows.len(), 1373);
    let column = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&row| of(row)).collect::<Vec<f64>>();
    let ages = mgus.numbers("age");
    let columns = [
        column(&|row| ages[row]),
        column(&|row| male[row] as f64),
        column(&|row| spike[row]),
    ];
    let (times, codes) = pick(&rows);
    let fit = get(&fine_gray(&times, &codes, &columns));
    // crr prints four digits.
    for (got, crr) in fit.coefficients.iter().zip([-0.01694, -0.21360, 0.88850]) {
        close("crr", got / crr, 1.0, 3e-4);
    }
    for (place, crr) in [0.00583, 0.18520, 0.15520].into_iter().enumerate() {
        close(
            "crr se",
            fit.covariance[place][place].sqrt() / crr,
            1.0,
            9e-4,
        );
    }
}

/// `dca_subgroup.out` and dcurves' committed results: decision curves of df_surv.
#[test]
fn golden_r_survival_decision_curve() {
    let Some(surv) = table("df_surv.csv") else {
        return;
    };
    let (times, risks) = (surv.numbers("ttcancer"), surv.numbers("cancerpredmarker"));
    let codes: Vec<u8> = surv
        .text("cancer_cr")
        .iter()
        .map(|code| match code.as_str() {
            "diagnosed with cancer" => 1,
            "dead other causes" => 2,
            _ => 0,
        })
        .collect();
    for (estimator, prevalence, expected) in [
        (
            RiskEstimator::KaplanMeier,
            0.147287067743,
            [0.0839065626295, 0.0631459573799, 0.0544042777462],
        ),
        (
            RiskEstimator::AalenJohansen,
            0.141510159851,
            [0.0800722498092, 0.0604346584384, 0.0534996396005],
        ),
    ] {
        let thresholds = [0.1, 0.2, 0.3];
        let curve =
            survival_decision_curve(&times, &codes, &risks, &thresholds, 1.0, estimator, 0.95);
        for ((point, expected), t) in curve.iter().zip(expected).zip(thresholds) {
            let model = get(&point.model);
            close("net benefit", model.value, expected, 1e-11);
            assert!(model.low.unwrap() < expected && expected < model.high.unwrap());
            let odds = t / (1.0 - t);
            let all = prevalence - (1.0 - prevalence) * odds;
            close("treat all", get(&point.treat_all), all, 1e-10);
            close(
                "avoided",
                get(&point.interventions_avoided),
                (expected - all) / odds,
                1e-9,
            );
        }
    }
}

/// A landmark keeps those still followed, times from then on.
#[test]
fn a_landmark_keeps_the_later_ones() {
    assert_eq!(
        landmark(&[5.0, 30.0, 31.0, 400.0], 30.0),
        [(2, 1.0), (3, 370.0)]
    );
}
