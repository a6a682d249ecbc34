//! The methods, written from the configuration that was used and the facts of the run.

use super::view::Block;
use crate::Context;
use crate::number::{self, count, fixed, setting};
use crate::wording::{auc_bootstrap, covariates, decision_limits, event_definition, level};
use coronet_evaluate::{Evaluation, EvaluationConfig, SurvivalInterval};

pub(super) fn blocks(evaluation: &Evaluation, context: &Context) -> Vec<Block> {
    let mut blocks = vec![
        Block::paragraph(outcome(evaluation)),
        Block::paragraph(discrimination(evaluation)),
        Block::paragraph(thresholds(evaluation)),
        Block::paragraph(calibration(evaluation)),
        Block::paragraph(comparisons(&evaluation.config)),
    ];
    if evaluation.any_vessel.defined().is_some() {
        blocks.push(Block::paragraph(pretest(evaluation)));
    }
    if evaluation.quoted_survival().defined().is_some() {
        blocks.push(Block::paragraph(follow_up(evaluation)));
    }
    let by_centre = |vessel: &coronet_evaluate::VesselEvaluation| {
        let centres = vessel.centres.defined();
        centres.is_some_and(|found| found.centres.len() > 1)
    };
    if evaluation.vessels.values().any(by_centre) {
        blocks.push(Block::paragraph(CENTRES));
    }
    if context.comparison.is_some() {
        blocks.push(Block::paragraph(TWO_MODELS));
    }
    blocks.push(Block::paragraph(made_with(evaluation, context)));
    if !context.run_facts.is_empty() {
        blocks.push(Block::Heading {
            text: "Facts of the run".to_owned(),
        });
        let facts = context
            .run_facts
            .iter()
            .map(|fact| (fact.name.clone(), fact.value.clone()));
        blocks.push(Block::Facts {
            facts: facts.collect(),
        });
    }
    blocks
}

const CENTRES: &str = "Centres. Every centre (column site) is judged at the same thresholds; an update of its intercept, or of intercept and slope, is fitted on parts of its own patients and judged on the others. \
    Pooling by random effects (DerSimonian and Laird, Hartung–Knapp interval, its variance factor at least 1; prediction interval of one more centre with t of k − 2 degrees of freedom) on the logit scale for AUC, sensitivity and specificity and on the log scale for observed over expected events.";

const TWO_MODELS: &str = "Two models. Records are matched by record_id; paired DeLong test, paired bootstrap (stratified by class for areas, not stratified for net benefit), integrated discrimination improvement and net reclassification in its components with Wald intervals, all with patients as the units where one has several records; each model with its own thresholds unless these are frozen.";

/// One sentence from what was actually run.
fn made_with(evaluation: &Evaluation, context: &Context) -> String {
    let fact = |name: &str| {
        let mut facts = context.run_facts.iter();
        facts
            .find(|fact| fact.name == name)
            .map(|fact| fact.value.as_str())
    };
    let mut sentences = vec![format!(
        "Software. {}; statistics with {} bootstrap replicates from seed {}.",
        fact("Evaluated with").map_or_else(
            || "Evaluated with coronet".to_owned(),
            |version| format!("Evaluated with {version}")
        ),
        count(evaluation.config.bootstrap_replicates),
        evaluation.config.seed
    )];
    for (name, text) in [
        ("Score table", "The table of scores is"),
        ("Trained with", "The model was trained with"),
        ("Network", "The network has"),
        ("Initial weights", "Training started from weights"),
        ("Preprocessing profile", "Preprocessing profile"),
        ("Folds", "Cross-validation in folds:"),
        ("Epoch chosen", "Choice of the epoch:"),
        ("Training seed", "Training seed"),
    ] {
        if let Some(value) = fact(name) {
            sentences.push(format!("{text} {value}."));
        }
    }
    sentences.join(" ")
}

fn outcome(evaluation: &Evaluation) -> String {
    format!(
        "Outcome. An event is {} (label rule “{}”). A missing grade is left out, never counted as negative. Scores of origin “{}”. \
         Fewer than {} events in a class bring a warning, marked with a dagger where a single number has it; a statistic that is not defined is shown as such with its reason.",
        event_definition(evaluation.config.label_rule),
        evaluation.config.label_rule.name(),
        evaluation.score_origin,
        count(evaluation.config.few_events)
    )
}

fn discrimination(evaluation: &Evaluation) -> String {
    let beside = auc_bootstrap(evaluation).map_or_else(String::new, |method| {
        format!("; beside it, and as the band of the ROC curve, the {method}")
    });
    let clustered = match evaluation.clustered() {
        true => {
            " Patients have several records: patients are the independent units of these intervals and tests (Obuchowski’s variance)."
        }
        false => "",
    };
    let free = decision_limits(evaluation).map_or_else(String::new, |method| {
        format!(
            " Average precision, net benefit and interventions avoided depend on the share of events, so their limits are of a {method}, in which that share varies."
        )
    });
    format!(
        "Discrimination. Area under the ROC curve, ties counted as one half, with DeLong’s variance and a normal {} interval clipped to [0, 1]{beside}.{clustered} Average precision by the step rule.{free} Proportions with Wilson’s interval.",
        level(&evaluation.config)
    )
}

fn thresholds(evaluation: &Evaluation) -> String {
    let config = &evaluation.config;
    let vessels: Vec<String> = config
        .vessel_targets
        .iter()
        .map(|(name, targets)| {
            format!(
                "{name} {} and {}",
                setting(targets.rule_out_sensitivity),
                setting(targets.rule_in_specificity)
            )
        })
        .collect();
    let own = if vessels.is_empty() {
        String::new()
    } else {
        format!(" (by vessel: {})", vessels.join("; "))
    };
    let source = if config.frozen_thresholds.is_some() {
        "The thresholds were chosen elsewhere and are frozen; the targets they were to reach there need not be reached here."
    } else {
        "They were chosen on these scores."
    };
    format!(
        "Thresholds. Rule-out is the greatest score with a sensitivity of at least {}, rule-in the least score with a specificity of at least {}{own}, raised to rule-out where it would be lower. {source} \
         A vessel is low below rule-out, high from rule-in on, intermediate between; a patient’s stratum is the highest of the vessels.",
        setting(config.targets.rule_out_sensitivity),
        setting(config.targets.rule_in_specificity)
    )
}

fn calibration(evaluation: &Evaluation) -> String {
    let smoother = evaluation
        .vessels
        .values()
        .map(|vessel| vessel.calibration.smoother.as_str())
        .find(|smoother| !["", "none"].contains(smoother))
        .unwrap_or("not stated");
    let mut vessels = evaluation.vessels.values();
    let parts = vessels
        .next()
        .map_or("not stated", |vessel| vessel.recalibration.parts.as_str());
    format!(
        "Calibration. Logistic recalibration (slope and intercept), calibration-in-the-large with an offset, Wald intervals; observed over expected events with the interval of its logarithm; Brier score; the distance of the smoother ({smoother}) from the diagonal (ICI, E50, E90), and of LOESS of degree 2 beside it; calibration error over ten groups of equal count and of equal width; Spiegelhalter’s test, and Hosmer and Lemeshow’s with as many degrees of freedom as groups. \
         Every main number is of the probabilities as given. Recalibration (intercept; Platt; temperature; isotonic) is judged beside it, each record mapped by a function fitted on other records ({parts})."
    )
}

fn comparisons(config: &EvaluationConfig) -> String {
    let thresholds: Vec<String> = config
        .decision_thresholds
        .iter()
        .map(|t| setting(*t))
        .collect();
    format!(
        "Comparisons. Subgroups by unpaired DeLong tests of the interaction with Holm’s correction (and the false discovery rate of Benjamini and Hochberg beside it) within a vessel; age divided at {} years, the ECG–CCTA interval at {} days. \
         Trends over grades by Spearman, Kendall, Jonckheere–Terpstra and Kruskal–Wallis, corrected for ties, and over strata by Cochran and Armitage. Net benefit at {}.",
        fixed(config.age_cut, 0),
        fixed(config.interval_cut, 0),
        number::sentence_list(&thresholds)
    )
}

fn pretest(evaluation: &Evaluation) -> String {
    let config = &evaluation.config;
    format!(
        "Pre-test probability. Low up to {}, gray zone up to {}, high above; in the combined rule the ECG stratum decides inside the gray zone. Source of the pre-test probability: {}. Net reclassification is given in its components.",
        setting(config.pretest_low),
        setting(config.pretest_high),
        evaluation.pretest.source
    )
}

fn follow_up(evaluation: &Evaluation) -> String {
    let config = &evaluation.config;
    let survival = evaluation.quoted_survival().defined();
    let terms = survival
        .and_then(|survival| survival.cox.defined())
        .map_or_else(|| "the strata".to_owned(), covariates);
    let deaths = match survival.is_some_and(|survival| survival.competing > 0) {
        true => {
            " Kaplan–Meier, log-rank, Peto, Cox, Harrell’s and Uno’s concordance and the net reclassification count deaths of other causes as censored, so they speak of the event if nobody died otherwise; incidence, Gray, Fine–Gray, time-dependent AUC and Brier score and the decision curve by Aalen–Johansen count them as competing."
        }
        false => "",
    };
    let patients = match evaluation.survival_by_patient.defined() {
        Some(_) => " Of patients with several records the one followed longest counts.",
        None => "",
    };
    let transformation = match config.survival_interval {
        SurvivalInterval::LogLog => "log–log",
        SurvivalInterval::Log => "log",
        SurvivalInterval::Plain => "plain",
    };
    let horizons: Vec<String> = config.horizons.iter().map(|days| fixed(*days, 0)).collect();
    format!(
        "Follow-up. Kaplan–Meier with {transformation} intervals at {} days, log-rank test, Cox regression with Efron’s ties on {terms} with a test of constant hazard ratios, Harrell’s and Uno’s concordance; \
         Aalen–Johansen incidence, Gray’s test and Fine–Gray regression where deaths compete; time-dependent AUC and Brier score weighted by the inverse probability of not being censored.{deaths}{patients}",
        number::sentence_list(&horizons)
    )
}
