//! Cox's model on ECG stratum, age and sex.

use super::follow_up::Followed;
use crate::config::EvaluationConfig;
use crate::distribution::{chi_squared_upper, normal_multiplier, normal_two_sided};
use crate::evaluation::{Cox, CoxTerm, FineGray, FineGrayTerm};
use crate::operating::RiskStratum;
use crate::score_table::{ScoreTable, Sex};
use crate::statistic::{Estimate, Statistic, Test};
use crate::survival::{CoxFit, Ties, concordance, cox, fine_gray};

const FEW_EVENTS_PER_TERM: usize = 10;

/// A named covariate over the records of the fit.
type Term = (&'static str, Vec<f64>);

/// Fits the model on the records that have age and sex, where the table has these columns.
pub(super) fn evaluate(
    table: &ScoreTable,
    records: &[Followed],
    ties: Ties,
    config: &EvaluationConfig,
) -> Statistic<Cox> {
    let (records, terms) = terms(table, records);
    if terms.is_empty() {
        return Statistic::undefined("one stratum only, and neither age nor sex");
    }
    let times: Vec<f64> = records.iter().map(|record| record.days).collect();
    let events: Vec<bool> = records.iter().map(Followed::has_event).collect();
    let columns: Vec<Vec<f64>> = terms.iter().map(|(_, column)| column.clone()).collect();
    cox(&times, &events, &columns, ties).map(|fit| {
        let names: Vec<&str> = terms.iter().map(|(name, _)| *name).collect();
        let c_index = concordance(&times, &events, &fit.linear_predictor).index();
        model(
            &fit,
            &names,
            events.iter().filter(|event| **event).count(),
            c_index,
            ties,
            config,
        )
    })
}

/// Covariates over the records that have all of them; the lowest stratum that occurs is
/// the reference.
fn terms(table: &ScoreTable, records: &[Followed]) -> (Vec<Followed>, Vec<Term>) {
    let male = table
        .sexes
        .as_ref()
        .map(|column| column.iter().map(|sex| sex.map(is_male)).collect());
    let extra: Vec<(&'static str, &Vec<Option<f64>>)> =
        [("age", table.ages.as_ref()), ("male", male.as_ref())]
            .into_iter()
            .filter_map(|(name, column)| Some((name, column?)))
            .filter(|(_, column)| column.iter().any(Option::is_some))
            .collect();
    let complete =
        |record: &&Followed| extra.iter().all(|(_, column)| column[record.row].is_some());
    let records: Vec<Followed> = records.iter().filter(complete).copied().collect();
    let occurs = |stratum: &RiskStratum| records.iter().any(|record| record.stratum == *stratum);
    let present = RiskStratum::ALL.into_iter().filter(occurs);
    let indicator = |stratum: RiskStratum| -> Term {
        let is = |record: &Followed| f64::from(u8::from(record.stratum == stratum));
        (stratum.name(), records.iter().map(is).collect())
    };
    let mut terms: Vec<Term> = present.skip(1).map(indicator).collect();
    for (name, column) in extra {
        terms.push((
            name,
            records
                .iter()
                .filter_map(|record| column[record.row])
                .collect(),
        ));
    }
    (records, terms)
}

fn is_male(sex: Sex) -> f64 {
    f64::from(u8::from(sex == Sex::Male))
}

fn model(
    fit: &CoxFit,
    names: &[&str],
    events: usize,
    c_index: Statistic<f64>,
    ties: Ties,
    config: &EvaluationConfig,
) -> Cox {
    let n = fit.linear_predictor.len();
    let (ties, method) = match ties {
        Ties::Efron => ("efron", "Cox, Efron, Wald interval"),
        Ties::Breslow => ("breslow", "Cox, Breslow, Wald interval"),
    };
    let z = normal_multiplier(config.confidence);
    let warning = (events < FEW_EVENTS_PER_TERM * names.len()).then(|| {
        format!(
            "only {events} events for {} terms: read with care",
            names.len()
        )
    });
    let term = |(place, name): (usize, &&str)| {
        let (coef, se) = (fit.coefficients[place], fit.covariance[place][place].sqrt());
        let limits = ((coef - z * se).exp(), (coef + z * se).exp());
        let hr = Estimate::interval(coef.exp(), limits, method, n);
        let hr = Estimate {
            warning: warning.clone(),
            ..hr
        };
        (
            (*name).to_owned(),
            CoxTerm {
                coef,
                se,
                p: normal_two_sided(coef / se),
                hr,
                proportional_hazards: fit.proportional_hazards[place].clone(),
            },
        )
    };
    let ratio = 2.0 * (fit.log_likelihood - fit.log_likelihood_null);
    let df = names.len() as f64;
    Cox {
        ties: ties.to_owned(),
        n,
        events,
        log_likelihood: fit.log_likelihood,
        log_likelihood_null: fit.log_likelihood_null,
        terms: names.iter().enumerate().map(term).collect(),
        likelihood_ratio: Test {
            statistic: ratio,
            df: Some(df),
            z: None,
            p: chi_squared_upper(ratio, df),
            method: "likelihood ratio".to_owned(),
        },
        c_index,
        proportional_hazards: fit.proportional_hazards_global.clone(),
    }
}

/// Fits Fine & Gray's model of event 1 on the same covariates.
pub(super) fn subdistribution(
    table: &ScoreTable,
    records: &[Followed],
    config: &EvaluationConfig,
) -> Statistic<FineGray> {
    let (records, terms) = terms(table, records);
    if terms.is_empty() {
        return Statistic::undefined("one stratum only, and neither age nor sex");
    }
    let times: Vec<f64> = records.iter().map(|record| record.days).collect();
    let codes: Vec<u8> = records.iter().map(|record| record.code).collect();
    let count = |code: u8| codes.iter().filter(|of| **of == code).count();
    let columns: Vec<Vec<f64>> = terms.iter().map(|(_, column)| column.clone()).collect();
    let z = normal_multiplier(config.confidence);
    fine_gray(&times, &codes, &columns).map(|fit| {
        let term = |(place, (name, _)): (usize, &Term)| {
            let (coef, se) = (fit.coefficients[place], fit.covariance[place][place].sqrt());
            let limits = ((coef - z * se).exp(), (coef + z * se).exp());
            let method = "Fine-Gray, Wald interval, sandwich variance";
            let term = FineGrayTerm {
                coef,
                se,
                p: normal_two_sided(coef / se),
                shr: Estimate::interval(coef.exp(), limits, method, times.len()),
            };
            ((*name).to_owned(), term)
        };
        FineGray {
            n: times.len(),
            events: count(1),
            competing: count(2),
            terms: terms.iter().enumerate().map(term).collect(),
        }
    })
}
