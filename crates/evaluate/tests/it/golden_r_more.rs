//! Further numbers printed by R packages; each test names the output file they come from.

use coronet_evaluate::calibration::{
    Recalibration, equal_width_errors, fit_platt, isotonic_regression, loess_calibration,
    observed_expected_interval,
};
use coronet_evaluate::discrimination::delong;
use coronet_evaluate::pooling::{Scale, pool};
use coronet_evaluate::proportion::mcnemar_corrected;
use coronet_evaluate::reclassification::{
    Closed, NriEstimator, category_moves, difference_moves, net_reclassification,
    survival_net_reclassification,
};
use coronet_evaluate::regression::logistic_regression;
use coronet_evaluate::trend::{kendall, mann_whitney};

use crate::support::{close, get, table};

/// `roc.out`: interval on the logit scale, Hanley–McNeil, Kendall, Wilcoxon, McNemar.
#[test]
fn golden_r_intervals_and_rank_tests() {
    close(
        "McNemar",
        get(&mcnemar_corrected(20, 10)).p,
        0.100348246462,
        1e-11,
    );
    let Some(asah) = table("aSAH.csv") else {
        return;
    };
    let (s100b, wfns) = (asah.numbers("s100b"), asah.numbers("wfns"));
    let poor: Vec<bool> = asah.text("outcome").iter().map(|o| o == "Poor").collect();
    let curve = get(&delong(&s100b, &poor));
    let logit = get(&curve.logit_estimate(0.95));
    close("logit", logit.low.unwrap(), 0.619216938993, 1e-11);
    close("logit", logit.high.unwrap(), 0.820085749913, 1e-11);
    let hanley = curve.hanley_mcneil_estimate(0.95);
    close(
        "Hanley",
        hanley.variance.unwrap().sqrt(),
        0.0512480789341,
        1e-11,
    );
    let tau = get(&kendall(&wfns, &s100b));
    close("τ", tau.value, 0.52742481499, 1e-10);
    close("p", tau.p, 1.971459459e-13, 1e-8);
    let wilcoxon = get(&mann_whitney(&s100b, &poor));
    // R counts the other class: W = m n − U.
    close("W", 41.0 * 72.0 - wilcoxon.statistic, 793.0, 1e-12);
    close("p", wilcoxon.p, 4.45158089774e-5, 1e-10);
}

/// `calibration_nri.out` and `competing_score.out`: loess, equal-width bins, isotonic regression.
#[test]
fn golden_r_loess_and_bins() {
    let isotonic = isotonic_regression(&[1.0, 3.0, 2.0, 4.0, 3.5, 5.0], &[1.0; 6]);
    assert_eq!(isotonic, [1.0, 2.5, 2.5, 3.75, 3.75, 5.0]);
    let Some(binary) = table("df_binary.csv") else {
        return;
    };
    let p = binary.numbers("cancerpredmarker");
    let y: Vec<bool> = binary.text("cancer").iter().map(|c| c == "TRUE").collect();
    let map = Recalibration::Platt {
        intercept: 0.5,
        slope: 0.7,
    };
    let shifted: Vec<f64> = p.iter().map(|p| map.apply(*p)).collect();
    for (probabilities, expected) in [
        (
            &p,
            [
                0.0193647012441,
                0.0105379965996,
                0.0509410274708,
                0.140950165268,
            ],
        ),
        (
            &shifted,
            [0.118688486, 0.1092581965, 0.2091816868, 0.223468831],
        ),
    ] {
        let errors = get(&loess_calibration(probabilities, &y));
        for (got, expected) in [errors.ici, errors.e50, errors.e90, errors.e_max]
            .into_iter()
            .zip(expected)
        {
            close("loess", got, expected, 1e-9);
        }
    }
    let bins = get(&equal_width_errors(&p, &y, 10));
    close("ECE", bins.expected, 0.0218550072, 1e-9);
    close("MCE", bins.greatest, 0.220176814286, 1e-11);
    // Platt undoes the transformation of an in-sample fit.
    let back = get(&fit_platt(&shifted, &y));
    for (p, shifted) in p.iter().zip(&shifted) {
        close("recalibrated", back.apply(*shifted), *p, 1e-6);
    }
    // `glm(y ~ qlogis(p))`, printed to the accuracy of an in-sample fit, with standard errors.
    let logits: Vec<f64> = p.iter().map(|p| (p / (1.0 - p)).ln()).collect();
    let fit = get(&logistic_regression(&[logits], &y));
    close("intercept", fit.intercept, 0.0, 1e-6);
    close("slope", fit.coefficients[0], 1.0, 1e-6);
    // R takes its variance one step before its last.
    close("se", fit.standard_errors[0], 0.0957526395663, 1e-6);
    let ratio = get(&observed_expected_interval(&shifted, &y, 0.95));
    close("O:E", ratio.value, 0.5487636358, 1e-9);
}

/// `calibration_nri.out`: nribin by difference, nricens by both estimators.
#[test]
fn golden_r_other_reclassification() {
    let Some(pbc) = table("pbc_nri.csv") else {
        return;
    };
    let (old, new) = (pbc.numbers("ps"), pbc.numbers("pn"));
    let events: Vec<bool> = pbc.numbers("event").iter().map(|e| *e == 1.0).collect();
    let nri = |moves: &[i8]| get(&net_reclassification(moves, &events, 0.95));
    let by_difference = nri(&difference_moves(&old, &new, 0.02));
    close("NRI", by_difference.value, 0.0871212121212, 1e-11);
    close("NRI+", by_difference.events, 0.0454545454545, 1e-11);
    close("NRI−", by_difference.nonevents, 0.0416666666667, 1e-11);
    close(
        "continuous",
        nri(&difference_moves(&old, &new, 0.0)).value,
        0.0391414141414,
        1e-11,
    );
    let cuts = category_moves(&old, &new, &[0.2, 0.4], Closed::Left);
    close("NRI", nri(&cuts).value, -0.0227272727273, 1e-11);
    let Some(pbc) = table("pbc_surv_nri.csv") else {
        return;
    };
    let (old, new, times) = (pbc.numbers("a"), pbc.numbers("b"), pbc.numbers("time"));
    let events: Vec<bool> = pbc.numbers("ev").iter().map(|e| *e == 1.0).collect();
    let moves = category_moves(&old, &new, &[0.2, 0.4], Closed::Left);
    for (estimator, expected) in [
        (
            NriEstimator::KaplanMeier,
            [
                0.1102806765988,
                0.0512338118113,
                0.0590468647875,
                0.0634853755054,
                0.0122515636940,
            ],
        ),
        (
            NriEstimator::InverseProbability,
            [
                0.0859569491146,
                0.0512347268924,
                0.0347222222222,
                0.0642297301184,
                0.0129950032261,
            ],
        ),
    ] {
        let nri = get(&survival_net_reclassification(
            &times, &events, &moves, 2000.0, estimator,
        ));
        let got = [
            nri.value,
            nri.events,
            nri.nonevents,
            nri.up_events,
            nri.down_events,
        ];
        for (got, expected) in got.into_iter().zip(expected) {
            close("survival NRI", got, expected, 1e-9);
        }
    }
}

/// The thirteen BCG trials of Colditz et al. (JAMA 271 (1994) 698), log risk ratios, as
/// metafor pools them (`rma(method = "DL")`): τ² 0.3088, estimate −0.7141 (−1.0644 to −0.3638 by Wald),
/// Q 152.2330, I² 92.12 %; `test = "knha"` and equal effects as their formulas.
#[test]
fn golden_metafor_bcg() {
    let trials = [
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ];
    let centres: Vec<(f64, f64)> = trials
        .map(|(a, b, c, d)| [a, b, c, d].map(f64::from))
        .iter()
        .map(|[a, b, c, d]| {
            let ratio = (a / (a + b)) / (c / (c + d));
            (
                ratio.ln(),
                1.0 / a - 1.0 / (a + b) + 1.0 / c - 1.0 / (c + d),
            )
        })
        .collect();
    let pooled = get(&pool(&centres, Scale::Log, 0.95));
    close("τ²", pooled.tau_squared, 0.3088, 5e-5);
    close("random", pooled.random.value.ln(), -0.7141, 5e-5);
    close("Q", pooled.heterogeneity.statistic, 152.2330, 1e-6);
    close("I²", pooled.i_squared, 0.9212, 5e-5);
    close("fixed", pooled.fixed.value.ln(), -0.4303, 5e-5);
}
