//! Trust checks on a few windows of the cohort.

use super::record::{Networks, Trusted};
use super::stop_where_asked;
use crate::commands::explain::record::grid;
use crate::commands::explain::way::Way;
use anyhow::Result;
use coronet_evaluate::Statistic;
use coronet_explain::trust::{
    Agreement, Cascade, Disturbance, Likeness, Perturbation, Question, Stability, agreement,
    cascade, compared, perturbation, stability,
};
use coronet_model::attribution::Method;
use serde::Serialize;

/// Random orders that insertion and deletion are compared with.
const ORDERS: usize = 5;

/// Whether the pictures are about the network.
#[derive(Debug, Serialize)]
pub(in super::super) struct Trust {
    pub(in super::super) windows: usize,
    pub(in super::super) cascade: Cascade,
    /// Likeness to a network trained on shuffled labels, where one was given.
    pub(in super::super) label_randomised: Option<Likeness>,
    pub(in super::super) perturbation: Perturbation,
    pub(in super::super) agreement: Vec<Agreement>,
    pub(in super::super) stability: Vec<Stability>,
}

/// Asks the first network about windows that it has not learnt from.
///
/// Undefined where there is no such window, or the way is no method of the network.
pub(super) fn trust(
    networks: &Networks<'_>,
    class: usize,
    trusted: &[Trusted],
    seed: u64,
) -> Result<Statistic<Trust>> {
    let Some(method) = networks.model.way().method() else {
        let reason =
            "occlusion asks the network itself, so that there is nothing to check it against";
        return Ok(Statistic::undefined(reason));
    };
    let Some(first) = trusted.first() else {
        let reason = "no ECG that could be explained is unseen by the first fold of the run";
        return Ok(Statistic::undefined(reason));
    };
    let alike: Vec<&Trusted> = trusted
        .iter()
        .filter(|one| one.window.samples == first.window.samples)
        .collect();
    let windows: Vec<&[f32]> = alike.iter().map(|one| one.window.data.as_slice()).collect();
    let question = Question {
        explainer: networks.model.network(0),
        windows: &windows,
        class,
        method,
        grid: grid(&first.window, first.rate),
    };
    let found = question.attribute()?;
    let model = networks.model.model();
    let stages = model.architecture.filter_list.len();
    let methods: Vec<Method> = Method::NAMES
        .iter()
        .filter_map(|name| Way::named(name, stages)?.seeded(seed).method().cloned())
        .filter(Method::tells_leads_apart)
        .collect();
    let ten = (0.01 * first.rate).round() as i32;
    let disturbances = [
        Disturbance::Shift(-ten),
        Disturbance::Shift(ten),
        Disturbance::Noise(0.02),
    ];
    let network = (&model.architecture, &model.states[0]);
    let control = networks.control.map(|control| control.network(0));
    stop_where_asked()?;
    let cascade = cascade(&question, &found, network, &model.device, seed)?;
    let label_randomised = control
        .map(|other| compared(&question, &found, other))
        .transpose()?;
    stop_where_asked()?;
    let perturbation = perturbation(&question, &found, ORDERS, seed)?;
    stop_where_asked()?;
    let agreement = agreement(&question, &found, &methods)?;
    stop_where_asked()?;
    Ok(Statistic::Defined(Trust {
        windows: windows.len(),
        cascade,
        label_randomised,
        perturbation,
        agreement,
        stability: stability(&question, &found, &disturbances, seed)?,
    }))
}
