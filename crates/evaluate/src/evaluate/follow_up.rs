//! Follow-up by ECG stratum.

use indexmap::IndexMap;

use super::{HighestVessel, cox, event_risk};
use crate::config::EvaluationConfig;
use crate::evaluation::{
    CumulativeIncidencePoint, GrayTests, LandmarkEvaluation, ONE_RECORD_EACH, SurvivalAt,
    SurvivalEvaluation, SurvivalGroup, SurvivalPoint,
};
use crate::operating::RiskStratum;
use crate::score_table::ScoreTable;
use crate::statistic::{Estimate, Statistic};
use crate::survival::{
    KaplanMeier, KaplanMeierStep, Ties, aalen_johansen, gray_test, harrell_c, kaplan_meier,
    landmark, log_rank, uno_c, weighted_log_rank,
};

/// Event codes of the score table.
pub(super) const MACE: u8 = 1;
pub(super) const COMPETING_DEATH: u8 = 2;

/// A record with follow-up and stratum.
#[derive(Clone, Copy)]
pub(super) struct Followed {
    /// Row in the table.
    pub(super) row: usize,
    pub(super) days: f64,
    pub(super) code: u8,
    pub(super) stratum: RiskStratum,
    /// The highest probability of the vessels.
    pub(super) risk: f64,
}

/// Evaluates follow-up where the table has it.
pub(super) fn evaluate(
    table: &ScoreTable,
    highest: &[Option<HighestVessel>],
    config: &EvaluationConfig,
) -> Statistic<SurvivalEvaluation> {
    let (Some(days), Some(codes)) = (&table.follow_up_days, &table.events) else {
        return Statistic::undefined("no record has follow_up_days and event");
    };
    of_records(table, &followed(days, codes, highest), config)
}

/// The same of one record a patient: the one followed longest, which is the earliest ECG where follow-up starts
/// with it; of several the one with the least identifier. Undefined where each patient has one record.
pub(super) fn evaluate_by_patient(
    table: &ScoreTable,
    highest: &[Option<HighestVessel>],
    config: &EvaluationConfig,
) -> Statistic<SurvivalEvaluation> {
    let (Some(days), Some(codes)) = (&table.follow_up_days, &table.events) else {
        return Statistic::undefined("no record has follow_up_days and event");
    };
    let records = followed(days, codes, highest);
    let (patients, _) = table.patient_numbers();
    let mut order = records.clone();
    order.sort_by(|a, b| {
        let key = |of: &Followed| (patients[of.row], &table.record_ids[of.row]);
        let longest = b.days.total_cmp(&a.days);
        let (first, second) = (key(a), key(b));
        (first.0.cmp(&second.0))
            .then(longest)
            .then(first.1.cmp(second.1))
    });
    order.dedup_by_key(|record| patients[record.row]);
    if order.len() == records.len() {
        return Statistic::undefined(ONE_RECORD_EACH);
    }
    order.sort_by_key(|record| record.row);
    of_records(table, &order, config)
}

fn of_records(
    table: &ScoreTable,
    records: &[Followed],
    config: &EvaluationConfig,
) -> Statistic<SurvivalEvaluation> {
    if records.is_empty() {
        return Statistic::undefined("no record has follow-up and a stratum");
    }
    let strata: Vec<usize> = records
        .iter()
        .map(|record| record.stratum as usize)
        .collect();
    let test = log_rank(
        &times(records),
        &events_of(records),
        &strata,
        RiskStratum::ALL.len(),
    );
    let events = count(records, MACE);
    let group_count = RiskStratum::ALL.len();
    let codes = codes_of(records);
    let gray = |code| gray_test(&times(records), &codes, &strata, group_count, code);
    let risk = event_risk::EventRisk::new(table, records);
    Statistic::Defined(SurvivalEvaluation {
        peto: weighted_log_rank(
            &times(records),
            &events_of(records),
            &strata,
            group_count,
            1.0,
        )
        .test(),
        gray: GrayTests {
            event: gray(MACE),
            competing: gray(COMPETING_DEATH),
        },
        cox_breslow: cox::evaluate(table, records, Ties::Breslow, config),
        fine_gray: cox::subdistribution(table, records, config),
        c_index_uno: c_index_uno(records, config),
        horizons: risk.horizons(config),
        decision: risk.decision(config),
        reclassification: event_risk::reclassification(table, records, config),
        landmark: landmark_evaluation(records, config),
        risk_source: risk.source.to_owned(),
        n: records.len(),
        events,
        competing: count(records, COMPETING_DEATH),
        median_follow_up: median_follow_up(records, config),
        log_rank: test.test(),
        log_rank_trend: test.trend(),
        groups: groups(records, config),
        cox: cox::evaluate(table, records, Ties::Efron, config),
        c_index: c_index(records, config),
        warnings: few_outcomes(events, config).into_iter().collect(),
    })
}

fn followed(
    days: &[Option<f64>],
    codes: &[Option<u8>],
    highest: &[Option<HighestVessel>],
) -> Vec<Followed> {
    let record = |row: usize| {
        let vessel = highest[row]?;
        let (stratum, risk) = (vessel.stratum, vessel.probability);
        Some(Followed {
            row,
            days: days[row]?,
            code: codes[row]?,
            stratum,
            risk,
        })
    };
    (0..highest.len()).filter_map(record).collect()
}

fn count(records: &[Followed], code: u8) -> usize {
    records.iter().filter(|record| record.code == code).count()
}

pub(super) fn times(records: &[Followed]) -> Vec<f64> {
    records.iter().map(|record| record.days).collect()
}

impl Followed {
    /// Did follow-up end with the event of interest?
    pub(super) fn has_event(&self) -> bool {
        self.code == MACE
    }
}

pub(super) fn events_of(records: &[Followed]) -> Vec<bool> {
    records.iter().map(Followed::has_event).collect()
}

/// Reverse Kaplan–Meier: the end of observation is the event (Schemper & Smith,
/// Controlled Clinical Trials 17 (1996) 343).
fn median_follow_up(records: &[Followed], config: &EvaluationConfig) -> Statistic<Estimate> {
    let ended: Vec<bool> = records.iter().map(|record| record.code == 0).collect();
    let curve = kaplan_meier(
        &times(records),
        &ended,
        config.survival_interval,
        config.confidence,
    );
    let median = curve.median();
    median.map(|median| Estimate {
        method: format!("reverse {}", median.method),
        ..median
    })
}

fn c_index(records: &[Followed], config: &EvaluationConfig) -> Statistic<Estimate> {
    let index = harrell_c(
        &times(records),
        &events_of(records),
        &risks_of(records),
        config.confidence,
    );
    index.map(|index| of_highest(index, records, config))
}

/// Pairs count up to the last horizon, where G is still known well.
fn c_index_uno(records: &[Followed], config: &EvaluationConfig) -> Statistic<Estimate> {
    let horizon = config.horizons.iter().copied().fold(0.0, f64::max);
    let horizon = if horizon > 0.0 {
        horizon
    } else {
        f64::INFINITY
    };
    let index = uno_c(
        &times(records),
        &events_of(records),
        &risks_of(records),
        horizon,
        config.confidence,
    );
    let pairs = match horizon.is_finite() {
        true => format!(", pairs before {horizon}"),
        false => String::new(),
    };
    let index = index.map(|index| of_highest(index, records, config));
    index.map(|index| Estimate {
        method: format!("{}{pairs}", index.method),
        ..index
    })
}

/// Names the score and what was done with deaths, and warns of few events.
fn of_highest(index: Estimate, records: &[Followed], config: &EvaluationConfig) -> Estimate {
    let deaths = match count(records, COMPETING_DEATH) {
        0 => "",
        _ => ", competing deaths censored",
    };
    Estimate {
        method: format!(
            "{}, of the highest probability of the vessels{deaths}",
            index.method
        ),
        warning: few_outcomes(count(records, MACE), config),
        ..index
    }
}

/// A caveat where fewer events than the configuration asks for went in.
pub(super) fn few_outcomes(events: usize, config: &EvaluationConfig) -> Option<String> {
    (events < config.few_events).then(|| {
        format!(
            "only {} (fewer than {}): read with care",
            if events == 1 {
                "1 event".to_owned()
            } else {
                format!("{events} events")
            },
            config.few_events
        )
    })
}

pub(super) fn risks_of(records: &[Followed]) -> Vec<f64> {
    records.iter().map(|record| record.risk).collect()
}

pub(super) fn codes_of(records: &[Followed]) -> Vec<u8> {
    records.iter().map(|record| record.code).collect()
}

/// The strata among those still followed at the landmark, times from then on.
fn landmark_evaluation(
    records: &[Followed],
    config: &EvaluationConfig,
) -> Statistic<LandmarkEvaluation> {
    let Some(days) = config.landmark_days else {
        return Statistic::undefined("no landmark was asked for");
    };
    let late: Vec<Followed> = landmark(&times(records), days)
        .into_iter()
        .map(|(record, rest)| Followed {
            days: rest,
            ..records[record]
        })
        .collect();
    if late.is_empty() {
        return Statistic::undefined(format!("no record is followed beyond {days}"));
    }
    let strata: Vec<usize> = late.iter().map(|record| record.stratum as usize).collect();
    let test = log_rank(
        &times(&late),
        &events_of(&late),
        &strata,
        RiskStratum::ALL.len(),
    );
    Statistic::Defined(LandmarkEvaluation {
        days,
        n: late.len(),
        events: count(&late, MACE),
        log_rank: test.test(),
        groups: groups(&late, config),
    })
}

fn groups(records: &[Followed], config: &EvaluationConfig) -> IndexMap<String, SurvivalGroup> {
    let members = |stratum: RiskStratum| {
        let members = records.iter().filter(|record| record.stratum == stratum);
        let members: Vec<Followed> = members.copied().collect();
        let curve = curve_of(&members, config);
        (!members.is_empty()).then_some((stratum.name(), members, curve))
    };
    let strata: Vec<_> = RiskStratum::ALL.into_iter().filter_map(members).collect();
    let reached = |days: &f64| {
        let mut curves = strata.iter().map(|(_, _, curve)| curve);
        *days > 0.0 && curves.all(|curve| curve.at(*days).defined().is_some())
    };
    let common = config.horizons.iter().copied().filter(reached);
    let common = common.max_by(f64::total_cmp);
    strata
        .iter()
        .map(|(name, members, curve)| {
            let group = group(members, curve, common, config);
            ((*name).to_owned(), group)
        })
        .collect()
}

fn curve_of(members: &[Followed], config: &EvaluationConfig) -> KaplanMeier {
    kaplan_meier(
        &times(members),
        &events_of(members),
        config.survival_interval,
        config.confidence,
    )
}

/// A stratum; its restricted mean runs to `common`, the last horizon that all strata reach.
fn group(
    members: &[Followed],
    curve: &KaplanMeier,
    common: Option<f64>,
    config: &EvaluationConfig,
) -> SurvivalGroup {
    let times = times(members);
    let codes = codes_of(members);
    let incidence = aalen_johansen(&times, &codes);
    let interval = |days, event| incidence.estimate(days, event, members.len(), config.confidence);
    let at = |&days: &f64| SurvivalAt {
        days,
        survival: curve.at(days),
        at_risk: curve.at_risk(days),
        cumulative_incidence: incidence.at(days).map(|(event, _)| event),
        competing_incidence: incidence.at(days).map(|(_, competing)| competing),
        cumulative_incidence_interval: interval(days, MACE),
        competing_incidence_interval: interval(days, COMPETING_DEATH),
    };
    let start = CumulativeIncidencePoint {
        days: 0.0,
        event: 0.0,
        competing: 0.0,
    };
    let steps = incidence
        .steps
        .iter()
        .map(|(days, event, competing)| CumulativeIncidencePoint {
            days: *days,
            event: *event,
            competing: *competing,
        });
    // The curve goes on, level, to the end of follow-up.
    let end = incidence.at(incidence.last).defined().copied();
    let reached = incidence.steps.last().map_or(0.0, |step| step.0);
    let end = end.filter(|_| incidence.last > reached);
    let end = end.map(|(event, competing)| CumulativeIncidencePoint {
        days: incidence.last,
        event,
        competing,
    });
    SurvivalGroup {
        n: members.len(),
        events: count(members, MACE),
        competing: count(members, COMPETING_DEATH),
        median: curve.median(),
        restricted_mean: common.map_or_else(
            || Statistic::undefined("no horizon is reached by every stratum"),
            |days| curve.restricted_mean(days),
        ),
        at: config.horizons.iter().map(at).collect(),
        incidence_curve: [start].into_iter().chain(steps).chain(end).collect(),
        curve: plotted(curve),
    }
}

/// Steps for plotting, from time 0.
fn plotted(curve: &KaplanMeier) -> Vec<SurvivalPoint> {
    let point = |step: &KaplanMeierStep| {
        let limits = curve.limits(step);
        SurvivalPoint {
            days: step.time,
            survival: step.survival,
            low: limits.map(|limits| limits.0),
            high: limits.map(|limits| limits.1),
            at_risk: step.at_risk,
            events: step.events,
            censored: step.censored,
        }
    };
    let needs_start = curve.steps.first().is_none_or(|step| step.time > 0.0);
    let start = SurvivalPoint {
        days: 0.0,
        survival: 1.0,
        low: None,
        high: None,
        at_risk: curve.n,
        events: 0,
        censored: 0,
    };
    needs_start
        .then_some(start)
        .into_iter()
        .chain(curve.steps.iter().map(point))
        .collect()
}
