//! A free CCTA report, English or Chinese, as a grade of each vessel.
//!
//! The report is cut into sentences, a sentence into segments at commas and conjunctions. A segment
//! that names a place (`proximal LAD`, `左前降支`) and grades something is a statement of its own; one
//! that only names a place belongs to the statement after it (`LAD and RCA: normal`) or, where that
//! begins with its finding (`severe stenosis of the LAD and RCA`), before it; one that only grades
//! belongs to the place before it (`LAD: calcified plaque, severe stenosis`). A place that could
//! belong to two statements is not understood. What is said of a vessel is read by
//! [`read_grade`](crate::read_grade)'s rules and the worst grade counts. What is said of a branch, of
//! calcium, or of the patient as a whole (CAD-RADS) is not a statement on a vessel; that all (or all
//! other) coronary arteries are free of stenosis is one on every vessel that is not named otherwise,
//! unless anything in the report says that there is more disease than its statements name.

mod account;
mod places;
mod segments;
mod sentences;
mod statements;
mod words;

use crate::Grade;
use crate::grade_text::{GradeReading, Understanding};
use account::Account;
use places::Place;

/// What a report says of one vessel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VesselReading {
    /// The grade and how it was understood; [`Understanding::Missing`] where the report does not
    /// name the vessel or grades nothing of it.
    pub reading: GradeReading,
    /// The report's own words it was read from, parted by ` | `.
    pub text: String,
}

/// Reads a report; vessels in the order of [`Vessel::ALL`](crate::Vessel::ALL).
pub fn read_report(report: &str) -> [VesselReading; 4] {
    let mut account = Account::default();
    for sentence in sentences::of(report) {
        account.add(&sentence);
    }
    account.readings()
}

/// Whether a clause in plain form names a branch or something else than a vessel.
pub(crate) fn names_elsewhere(clause: &str) -> bool {
    places::find(clause)
        .iter()
        .any(|mention| match mention.place {
            Place::Branch | Place::LeftSystem | Place::LeftCoronary => true,
            Place::Other => !clause[mention.start..mention.end].starts_with("cad"),
            Place::Vessel(_) | Place::All | Place::Rest | Place::Nothing => false,
        })
}

impl VesselReading {
    /// The grade, if there is one.
    pub fn grade(&self) -> Option<Grade> {
        self.reading.grade
    }

    /// Whether the report says something of the vessel that is not understood.
    pub fn is_not_understood(&self) -> bool {
        self.reading.how == Understanding::NotUnderstood
    }
}
