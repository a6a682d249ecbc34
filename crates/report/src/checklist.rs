//! The TRIPOD+AI checklist (Collins et al., BMJ 385 (2024) e078378), as far as a run can answer it.
//!
//! Topics are named in own words. What only people know – funding, ethics, intended pathway – stays
//! open and says so.

mod items;

use crate::Context;
use crate::table::{Cell, Kind, Table, columns};
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
    let rows = items(evaluation, context)
        .into_iter()
        .map(|item| {
            vec![
                Cell::Text(item.number.to_owned()),
                Cell::Text(item.topic.to_owned()),
                Cell::Text(item.state.name().to_owned()),
                Cell::Text(item.answer),
            ]
        })
        .collect();
    Table {
        name: "tripod-ai".to_owned(),
        caption: "TRIPOD+AI checklist. “Answered” and “partly” name the section of this report; “open” items are for the authors.".to_owned(),
        columns: columns(&[
            ("item", "Item", Kind::Text),
            ("topic", "Topic", Kind::Text),
            ("state", "State", Kind::Text),
            ("answer", "Where, or what is missing", Kind::Text),
        ]),
        rows,
    }
}
