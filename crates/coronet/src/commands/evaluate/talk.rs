//! What an evaluation says on the terminal.

use super::EvaluateSummary;
use crate::printer::Printer;
use coronet_evaluate::{
    Evaluation, EvaluationConfig, Finding, FindingExample, FindingKind, ScoreTable,
    VesselEvaluation,
};
use coronet_report::{Comparison, number};

/// Rows a finding names here; `evaluation.json` names more.
const MOST_EXAMPLES: usize = 10;

/// Says what is about to be done.
pub(super) fn start(table: &ScoreTable, config: &EvaluationConfig, printer: &Printer) {
    let patients = match table.patient_ids {
        Some(_) => format!(" of {}", counted(table.patient_numbers().1, "patient")),
        None => String::new(),
    };
    printer.note(&format!(
        "evaluating {}{patients}, label rule {}, {} bootstrap replicates",
        counted(table.len(), "record"),
        config.label_rule.name(),
        config.bootstrap_replicates
    ));
}

/// One line for each finding, with the first rows concerned.
pub(super) fn findings(findings: &[Finding], printer: &Printer) {
    for finding in findings {
        printer.warn(&finding_line(finding));
    }
}

/// What two tables say differently, and what was found in the second.
pub(super) fn comparison(comparison: &Comparison, printer: &Printer) {
    let (first, second) = (&comparison.first, &comparison.second);
    for finding in &comparison.result.disagreements {
        printer.warn(&format!("{first} and {second}: {}", finding_line(finding)));
    }
    for finding in &comparison.result.second_findings {
        printer.warn(&format!("{second}: {}", finding_line(finding)));
    }
}

/// Caveats of vessels and of the whole.
pub(super) fn warnings(evaluation: &Evaluation, printer: &Printer) {
    for (name, vessel) in &evaluation.vessels {
        for warning in &vessel.warnings {
            printer.warn(&format!("{name}: {warning}"));
        }
    }
    for warning in &evaluation.warnings {
        printer.warn(warning);
    }
}

/// Vessel, n, events and AUC as aligned lines below a head.
pub(super) fn table(evaluation: &Evaluation) -> Vec<String> {
    let names = evaluation.vessels.keys().map(|name| name.chars().count());
    let width = names.chain([6]).max().unwrap_or_default();
    let level = evaluation.config.confidence * 100.0;
    let head = format!(
        "{:width$}  {:>7}  {:>7}  AUC ({} % interval)",
        "vessel",
        "n",
        "events",
        trimmed(level)
    );
    let line = |(name, vessel): (&String, &VesselEvaluation)| {
        format!(
            "{name:width$}  {:>7}  {:>7}  {}",
            vessel.n,
            vessel.events,
            quoted_auc(vessel)
        )
    };
    [head]
        .into_iter()
        .chain(evaluation.vessels.iter().map(line))
        .collect()
}

/// The area as the report quotes it: with its interval, marked where it has a caveat, or why there is none.
pub(in super::super) fn quoted_auc(vessel: &VesselEvaluation) -> String {
    number::or_reason(vessel.quoted_auc(), |auc| number::estimate(auc, 3))
}

/// What the marks beside areas mean, a line for each marked area.
pub(in super::super) fn marks(evaluation: &Evaluation, printer: &Printer) {
    for (name, vessel) in &evaluation.vessels {
        let caveat = vessel
            .quoted_auc()
            .defined()
            .and_then(|auc| auc.warning.as_ref());
        if let Some(caveat) = caveat {
            printer.note(&format!("{} {name}: {caveat}", number::CAVEAT));
        }
    }
}

/// Where the report is and what to try next.
pub(super) fn closing(summary: &EvaluateSummary, printer: &Printer) {
    printer.note(&format!("report      {}", summary.report.display()));
    printer.note(&format!(
        "all numbers {} (figures and tables beside it)",
        summary.directory.join("evaluation.json").display()
    ));
    for command in &summary.next_commands {
        printer.note(&format!("next        {command}"));
    }
}

fn finding_line(finding: &Finding) -> String {
    let column = match finding.column.as_str() {
        "" => String::new(),
        column => format!("column {column}: "),
    };
    let kind = finding.kind.name().replace('-', " ");
    let rows = match finding.count {
        0 => String::new(),
        count => format!(" in {}", counted(count, "row")),
    };
    let mut line = format!(
        "{column}{kind}{rows}: expected {}; {}",
        finding.expected, finding.consequence
    );
    let examples: Vec<String> = named(finding).iter().map(example_text).collect();
    if !examples.is_empty() {
        line = format!("{line}\n  {}", examples.join("\n  "));
    }
    match finding.count.saturating_sub(examples.len()) {
        more if more > 0 && !examples.is_empty() => format!("{line}\n  and {more} more"),
        _ => line,
    }
}

/// The rows to name: the first of them; none where a grade is not known, which is no error.
fn named(finding: &Finding) -> &[FindingExample] {
    match finding.kind {
        FindingKind::MissingGrade => &[],
        _ => &finding.examples[..finding.examples.len().min(MOST_EXAMPLES)],
    }
}

fn example_text(example: &FindingExample) -> String {
    let got = match example.got.as_str() {
        "" => "nothing".to_owned(),
        got => format!("`{}`", clean(got)),
    };
    let record = clean(&example.record_id);
    match example.line {
        0 => format!("{record}: got {got}"),
        line => format!("line {line} ({record}): got {got}"),
    }
}

/// Text of a file without what would move the cursor, at most 60 characters of it.
fn clean(text: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut short: String = text.chars().take(60).map(visible).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// A percentage without needless zeros.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1 record`, `2 records`.
pub(super) fn counted(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}
