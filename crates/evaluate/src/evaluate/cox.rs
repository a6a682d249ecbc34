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
const NOTHING_DIFFERS: &str = "one stratum only, and neither age nor sex differs";

/// A named covariate over the records of the fit.
type Term = (&'static str, Vec<f64>);

/// What a model of follow-up is fitted on.
struct Design {
    /// Records that have all covariates.
    records: Vec<Followed>,
    /// Covariates that differ between these records.
    terms: Vec<Term>,
    /// The lowest stratum that occurs, to which the others are compared.
    reference: Option<RiskStratum>,
    /// Covariates that say the same of every record.
    constant: Vec<String>,
}

/// Fits the model on the records that have age and sex, where the table has these columns.
pub(super) fn evaluate(
    table: &ScoreTable,
    records: &[Followed],
    ties: Ties,
    config: &EvaluationConfig,
) -> Statistic<Cox> {
    let design = Design::of(table, records);
    if design.terms.is_empty() {
        return Statistic::undefined(NOTHING_DIFFERS);
    }
    let (times, events) = (design.times(), design.events());
    cox(&times, &events, &design.columns(), ties).map(|fit| {
        let c_index = concordance(&times, &events, &fit.linear_predictor).index();
        let events = events.iter().filter(|event| **event).count();
        model(&fit, &design, events, c_index, ties, config)
    })
}

impl Design {
    fn of(table: &ScoreTable, records: &[Followed]) -> Design {
        let male = table
            .sexes
            .as_ref()
            .map(|column| column.iter().map(|sex| sex.map(is_male)).collect());
        let extra: Vec<(&'static str, &Vec<Option<f64>>)> =
            [("age", table.ages.as_ref()), ("male", male.as_ref())]
                .into_iter()
                .filter_map(|(name, column)| Some((name, column?)))
                .collect();
        let complete =
            |record: &&Followed| extra.iter().all(|(_, column)| column[record.row].is_some());
        let records: Vec<Followed> = records.iter().filter(complete).copied().collect();
        let occurs = |stratum: &RiskStratum| records.iter().any(|of| of.stratum == *stratum);
        let mut present = RiskStratum::ALL.into_iter().filter(occurs);
        let reference = present.next();
        let indicator = |stratum: RiskStratum| -> Term {
            let is = |record: &Followed| f64::from(u8::from(record.stratum == stratum));
            (stratum.name(), records.iter().map(is).collect())
        };
        let mut terms: Vec<Term> = present.map(indicator).collect();
        for (name, column) in extra {
            let values = records.iter().filter_map(|record| column[record.row]);
            terms.push((name, values.collect()));
        }
        let (terms, constant): (Vec<Term>, Vec<Term>) = terms
            .into_iter()
            .partition(|(_, column)| column.iter().any(|value| *value != column[0]));
        Design {
            records,
            terms,
            reference,
            constant: constant
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
        }
    }

    fn times(&self) -> Vec<f64> {
        self.records.iter().map(|record| record.days).collect()
    }

    fn events(&self) -> Vec<bool> {
        self.records.iter().map(Followed::has_event).collect()
    }

    fn columns(&self) -> Vec<Vec<f64>> {
        self.terms
            .iter()
            .map(|(_, column)| column.clone())
            .collect()
    }

    fn reference_name(&self) -> Option<String> {
        self.reference.map(|stratum| stratum.name().to_owned())
    }
}

fn is_male(sex: Sex) -> f64 {
    f64::from(u8::from(sex == Sex::Male))
}

fn model(
    fit: &CoxFit,
    design: &Design,
    events: usize,
    c_index: Statistic<f64>,
    ties: Ties,
    config: &EvaluationConfig,
) -> Cox {
    let n = fit.linear_predictor.len();
    let count = design.terms.len();
    let (ties, method) = match ties {
        Ties::Efron => ("efron", "Cox, Efron, Wald interval"),
        Ties::Breslow => ("breslow", "Cox, Breslow, Wald interval"),
    };
    let z = normal_multiplier(config.confidence);
    let warning = (events < FEW_EVENTS_PER_TERM * count).then(|| {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let (of_events, of_terms) = (plural(events), plural(count));
        format!("only {events} event{of_events} for {count} term{of_terms}: read with care")
    });
    let term = |(place, (name, _)): (usize, &Term)| {
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
    let df = count as f64;
    Cox {
        ties: ties.to_owned(),
        n,
        events,
        log_likelihood: fit.log_likelihood,
        log_likelihood_null: fit.log_likelihood_null,
        reference: design.reference_name(),
        constant: design.constant.clone(),
        terms: design.terms.iter().enumerate().map(term).collect(),
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
    let design = Design::of(table, records);
    if design.terms.is_empty() {
        return Statistic::undefined(NOTHING_DIFFERS);
    }
    let times = design.times();
    let codes: Vec<u8> = design.records.iter().map(|record| record.code).collect();
    let count = |code: u8| codes.iter().filter(|of| **of == code).count();
    let z = normal_multiplier(config.confidence);
    fine_gray(&times, &codes, &design.columns()).map(|fit| {
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
            reference: design.reference_name(),
            constant: design.constant.clone(),
            terms: design.terms.iter().enumerate().map(term).collect(),
        }
    })
}
