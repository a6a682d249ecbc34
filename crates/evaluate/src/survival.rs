//! Time to event: Kaplan–Meier, log-rank, competing risks, Cox, concordance.
//!
//! Times are non-negative numbers of one unit. A record censored at the time of an
//! event is at risk for it.

mod censoring;
mod concordance;
mod cox;
mod fine_gray;
mod gray;
mod incidence;
mod kaplan_meier;
mod landmark;
mod log_rank;
mod score;

pub use censoring::CensoringSurvival;
pub use concordance::{Concordance, concordance, harrell_c, uno_c};
pub use cox::{CoxFit, Ties, baseline_hazard, cox, cox_efron};
pub use fine_gray::{FineGrayFit, fine_gray};
pub use gray::gray_test;
pub use incidence::{AalenJohansen, aalen_johansen};
pub use kaplan_meier::{KaplanMeier, KaplanMeierStep, kaplan_meier};
pub use landmark::landmark;
pub use log_rank::{LogRank, log_rank, weighted_log_rank};
pub use score::{AtHorizon, Scored};

/// Positions of the records in ascending order of time.
fn by_time(times: &[f64]) -> Vec<u32> {
    crate::quantile::ascending(times)
}
