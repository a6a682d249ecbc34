//! Time to event: Kaplan–Meier, log-rank, competing risks, Cox, concordance.
//!
//! Times are non-negative numbers of one unit. A record censored at the time of an
//! event is at risk for it.

mod concordance;
mod cox;
mod incidence;
mod kaplan_meier;
mod log_rank;

pub use concordance::{Concordance, concordance};
pub use cox::{CoxFit, cox_efron};
pub use incidence::{AalenJohansen, aalen_johansen};
pub use kaplan_meier::{KaplanMeier, KaplanMeierStep, kaplan_meier};
pub use log_rank::{LogRank, log_rank};

/// Positions of the records in ascending order of time.
fn by_time(times: &[f64]) -> Vec<u32> {
    crate::quantile::ascending(times)
}
