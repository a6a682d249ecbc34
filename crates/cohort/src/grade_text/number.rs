//! Per cent and CAD-RADS.

use super::{Clause, GradeReading, NOT_UNDERSTOOD, Understanding};
use crate::Grade;

/// A cell that is nothing but a number: per cent where it can be nothing else.
pub(super) fn bare(text: &str) -> Option<GradeReading> {
    match text {
        "4a" | "4b" => {
            return Some(GradeReading {
                grade: Some(Grade::Severe),
                how: Understanding::CadRads,
            });
        }
        _ => {}
    }
    let value: f64 = text.parse().ok()?;
    let certain = value == 0.0 || value > 5.0;
    let grade = Grade::from_per_cent(value).filter(|_| certain);
    Some(grade.map_or(NOT_UNDERSTOOD, |grade| GradeReading {
        grade: Some(grade),
        how: Understanding::PerCent,
    }))
}

/// A CAD-RADS category, with or without a modifier after it.
pub(super) fn cad_rads(clause: &str) -> Clause {
    let names = ["cad-rads", "cadrads", "cad rads", "cad_rads"];
    let Some(rest) = names
        .iter()
        .find_map(|name| clause.find(name).map(|at| &clause[at + name.len()..]))
    else {
        return Clause::Silent;
    };
    let rest = rest.trim_start_matches([' ', ':', '=', '-']);
    // `CAD-RADS 2.0` names the edition, not the category.
    let rest = rest.strip_prefix("2.0").unwrap_or(rest);
    let rest = rest.trim_start_matches([' ', ':', '=', '-']);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
    let grade = match &rest[..end.unwrap_or(rest.len())] {
        "0" => Grade::None,
        "1" | "2" => Grade::Mild,
        "3" => Grade::Moderate,
        "4" | "4a" | "4b" => Grade::Severe,
        "5" => Grade::Occluded,
        _ => return Clause::Doubtful,
    };
    Clause::Grade(grade, Understanding::CadRads)
}

/// Per cent, alone or as a range.
pub(super) fn per_cent(clause: &str) -> Clause {
    let clause = clause.replace("per cent", "%").replace("percent", "%");
    let Some(sign) = clause.rfind('%') else {
        return Clause::Silent;
    };
    let Some(numbers) = numbers(&clause[..sign]) else {
        return Clause::Doubtful;
    };
    match numbers.as_slice() {
        [(bound, value)] => one(*bound, *value),
        [(Bound::None, low), (Bound::None, high)] if is_range(&clause) => range(*low, *high),
        _ => Clause::Doubtful,
    }
}

/// What stands before a number.
#[derive(Clone, Copy, PartialEq)]
enum Bound {
    None,
    /// `<` or `≤`.
    Below,
    /// `>` or `≥`.
    Above,
}

/// The numbers of a text with what stands before them; `None` where a number cannot be read.
fn numbers(text: &str) -> Option<Vec<(Bound, f64)>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let before = rest[..start].trim_end();
        let tail = &rest[start..];
        let length = tail
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(tail.len());
        let ends = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
        let bound = if ends(&[
            "<",
            "≤",
            "<=",
            "less than",
            "below",
            "under",
            "小于",
            "不足",
        ]) {
            Bound::Below
        } else if ends(&[
            ">",
            "≥",
            ">=",
            "more than",
            "above",
            "over",
            "at least",
            "大于",
            "超过",
        ]) {
            Bound::Above
        } else {
            Bound::None
        };
        found.push((bound, tail[..length].parse().ok()?));
        rest = &tail[length..];
    }
    Some(found)
}

/// Whether the two numbers of a clause are joined as `a-b` or `a to b`.
fn is_range(clause: &str) -> bool {
    let between: String = clause
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .skip_while(|c| c.is_ascii_digit() || matches!(c, '.' | '%' | ' '))
        .take_while(|c| !c.is_ascii_digit())
        .collect();
    matches!(between.trim(), "-" | "to")
}

fn one(bound: Bound, value: f64) -> Clause {
    let grade = match bound {
        Bound::None => Grade::from_per_cent(value),
        Bound::Below if value > 1.0 && value <= 50.0 => Some(Grade::Mild),
        Bound::Above if (70.0..100.0).contains(&value) => Some(Grade::Severe),
        Bound::Below | Bound::Above => None,
    };
    grade.map_or(Clause::Doubtful, |grade| {
        Clause::Grade(grade, Understanding::PerCent)
    })
}

/// A range within one grade; an upper bound on a border belongs to the grade below it.
fn range(low: f64, high: f64) -> Clause {
    let lower = Grade::from_per_cent(low);
    let upper = match high {
        50.0 if low < 50.0 => Some(Grade::Mild),
        70.0 if low < 70.0 => Some(Grade::Moderate),
        100.0 if low < 100.0 => Some(Grade::Severe),
        high => Grade::from_per_cent(high),
    };
    match (lower, upper) {
        (Some(lower), Some(upper)) if lower == upper && low <= high => {
            Clause::Grade(lower, Understanding::Range)
        }
        _ => Clause::Doubtful,
    }
}
