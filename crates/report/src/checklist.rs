//! The TRIPOD+AI checklist (Collins et al., BMJ 385 (2024) e078378), as far as a run can answer it.
//!
//! Topics are named in own words. What only people know – funding, ethics, intended pathway – stays
//! open and says so.

mod items;

use crate::Context;
use crate::table::{Rows, Table};
use coronet_evaluate::Evaluation;

/// How far an item is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// By this report.
    Answered,
    /// In part; the authors complete it.
    Partly,
    /// By the authors alone.
    Open,
}

impl State {
    /// The word of the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Answered => "answered",
            State::Partly => "partly",
            State::Open => "open",
        }
    }
}

/// One item or sub-item.
pub(crate) struct Item {
    /// Its number in the statement, such as `12e`.
    pub(crate) number: &'static str,
    /// What it asks for.
    pub(crate) topic: &'static str,
    /// How far it is answered.
    pub(crate) state: State,
    /// Where, or what is missing.
    pub(crate) answer: String,
}

/// All 27 items with their parts.
pub(crate) fn items(evaluation: &Evaluation, context: &Context) -> Vec<Item> {
    items::all(evaluation, context)
}

/// The checklist as a table.
pub(crate) fn table(evaluation: &Evaluation, context: &Context) -> Table {
    Rows::of(items(evaluation, context))
        .text("item", "Item", |item| item.number)
        .text("topic", "Topic", |item| item.topic)
        .text("state", "State", |item| item.state.name())
        .text("answer", "Where, or what is missing", |item| {
            item.answer.clone()
        })
        .table(
            "tripod-ai",
            "TRIPOD+AI checklist. “Answered” and “partly” name the section of this report; “open” items are for the authors.",
        )
}
