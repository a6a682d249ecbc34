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
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let certain = plain && (value == 0.0 || value > 5.0);
    let grade = Grade::from_per_cent(value).filter(|_| certain);
    Some(grade.map_or(NOT_UNDERSTOOD, |grade| GradeReading {
        grade: Some(grade),
        how: Understanding::PerCent,
    }))
}

/// Whether a clause is per cent and names neither a place nor anything else.
pub(super) fn is_alone(clause: &str) -> bool {
    clause.contains('%') && !clause.contains(char::is_alphabetic)
}

/// A CAD-RADS category, or two of one grade, with or without modifiers.
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
    let rest = ["category", "grade", "score", "class", "分级", "分类"]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
        .unwrap_or(rest);
    let rest = rest.trim_start_matches([' ', ':', '=', '-', '为']);
    let end = |rest: &str| {
        rest.find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len())
    };
    let (first, after) = rest.split_at(end(rest));
    let Some(grade) = category(first) else {
        return Clause::Doubtful;
    };
    let after = after.trim_start();
    let second = ["-", "/", "or ", "to ", "至", "~"]
        .iter()
        .find_map(|joint| after.strip_prefix(joint));
    let second = second.map(str::trim_start).unwrap_or_default();
    // Modifiers of CAD-RADS 2.0: a stent or a graft makes the category one of a treated vessel.
    if modifiers(after).any(|modifier| matches!(modifier, "s" | "g")) {
        return Clause::Doubtful;
    }
    let agrees = match second.starts_with(|c: char| c.is_ascii_digit()) {
        true => category(&second[..end(second)]) == Some(grade),
        false => true,
    };
    match agrees {
        true => Clause::Grade(grade, Understanding::CadRads),
        false => Clause::Doubtful,
    }
}

/// What stands behind a category between slashes or blanks.
fn modifiers(after: &str) -> impl Iterator<Item = &str> {
    let written = after.find(|c: char| !(c.is_ascii_alphanumeric() || "/+- ".contains(c)));
    after[..written.unwrap_or(after.len())].split(['/', ' ', '+', '-'])
}

/// Whether a text gives a category that the left main has from 50 % on, so that it may be moderate
/// as well as severe: `4B`, or `4` without its letter.
pub(super) fn is_of_left_main_from_half(text: &str) -> bool {
    let names = ["cad-rads", "cadrads", "cad rads", "cad_rads"];
    let category = |word: &str| matches!(word, "4b" | "4");
    let named = names.iter().any(|name| text.contains(name));
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    match named {
        true => words.any(category),
        false => text == "4b",
    }
}

fn category(text: &str) -> Option<Grade> {
    match text {
        "0" => Some(Grade::None),
        "1" | "2" => Some(Grade::Mild),
        "3" => Some(Grade::Moderate),
        "4" | "4a" | "4b" => Some(Grade::Severe),
        "5" => Some(Grade::Occluded),
        _ => None,
    }
}

/// Per cent of diameter, alone or as a range.
pub(super) fn per_cent(clause: &str) -> Clause {
    let clause = ["per cent", "percent", " pct"]
        .iter()
        .fold(clause.to_owned(), |text, word| text.replace(word, "%"));
    let Some(sign) = clause.rfind('%') else {
        return Clause::Silent;
    };
    if is_of_something_else(&clause) {
        return Clause::Doubtful;
    }
    let Some(numbers) = numbers(&clause, sign) else {
        return Clause::Doubtful;
    };
    match numbers.as_slice() {
        [number] => one(number.bound, number.value),
        [low, high] if is_range(&clause[low.end..high.start]) && low.bound == Bound::None => {
            match high.bound {
                Bound::None => range(low.value, high.value),
                _ => Clause::Doubtful,
            }
        }
        _ => Clause::Doubtful,
    }
}

/// Whether the per cent are of an area, a volume, a score, the heart's work, or of the lumen that
/// is left.
fn is_of_something_else(clause: &str) -> bool {
    const PARTS: [&str; 42] = [
        "area",
        "volume",
        "burden",
        "percentile",
        "ejection",
        "confidence",
        "probability",
        "risk",
        "cross-section",
        "面积",
        "射血分数",
        "负荷",
        "体积",
        "百分位",
        "概率",
        "residual",
        "remaining",
        "remnant",
        "patency",
        " open",
        "preserved",
        "lumen of",
        "diameter of",
        "reduced to",
        "narrowed to",
        "decreased to",
        "diminished to",
        "of its length",
        "of the length",
        "flow reduction",
        "残余",
        "残存",
        "残腔",
        "残留",
        "剩",
        "通畅率",
        "通畅度",
        "开放",
        "缩小至",
        "缩小到",
        "减小至",
        "变窄至",
    ];
    let word = |word: &str| matches!(word, "ef" | "lvef" | "ffr" | "ffrct" | "ctffr" | "hct");
    PARTS.iter().any(|part| clause.contains(part))
        || is_of_lumen(clause)
        || clause.split(|c: char| !c.is_ascii_alphanumeric()).any(word)
}

/// The lumen or its diameter without a word of narrowing: per cent of what is open, or of what is
/// not.
fn is_of_lumen(clause: &str) -> bool {
    const LUMEN: [&str; 6] = ["lumen", "luminal", "diameter", "管腔", "直径", "内径"];
    const NARROWING: [&str; 14] = [
        "irregular",
        "plaque",
        "stenos",
        "narrow",
        "reduc",
        "obstruct",
        "occlu",
        "loss",
        "disease",
        "lesion",
        "狭窄",
        "变窄",
        "闭塞",
        "堵塞",
    ];
    let has = |words: &[&str]| words.iter().any(|word| clause.contains(word));
    has(&LUMEN) && !has(&NARROWING)
}

/// What stands about a number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    None,
    /// `<`.
    Below,
    /// `≤`, `at most`.
    AtMost,
    /// `up to`, which names the worst place.
    UpTo,
    /// `>` or `≥`.
    Above,
    /// `nearly`: this number or a little less.
    Nearly,
}

/// A number of a clause by its bytes.
#[derive(Clone, Copy, Debug)]
struct Number {
    bound: Bound,
    value: f64,
    start: usize,
    end: usize,
}

/// The numbers up to the last sign that can be per cent; `None` where one cannot be read.
fn numbers(clause: &str, sign: usize) -> Option<Vec<Number>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(skip) = clause[at..sign].find(|c: char| c.is_ascii_digit()) {
        let start = at + skip;
        let length = clause[start..]
            .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '\u{b7}')
            .unwrap_or(clause.len() - start);
        let end = start + length;
        at = end.min(sign);
        let after = &clause[end..];
        if after.starts_with('e') && after[1..].starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (before, after) = (clause[..start].trim_end(), clause[end..].trim_start());
        if is_glued(&clause[..start]) || is_place(before, after) || is_measure(after) {
            continue;
        }
        found.push(Number {
            bound: bound(before, after),
            value: clause[start..end].parse().ok()?,
            start,
            end,
        });
    }
    Some(found)
}

/// `d1`, `p3`, `seg6`: a digit that belongs to a name.
fn is_glued(before: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_alphabetic())
}

/// A segment by its number.
fn is_place(before: &str, after: &str) -> bool {
    let named = ["#", "segment", "segments", "seg", "号", "第"];
    named.iter().any(|word| before.ends_with(word))
        || after.starts_with('段')
        || after.starts_with("号")
}

/// A length, an attenuation, a count.
fn is_measure(after: &str) -> bool {
    const UNITS: [&str; 14] = [
        "mm", "cm", "hu", "mg", "ml", "bpm", "years", "yrs", "毫米", "厘米", "个", "处", "支", "岁",
    ];
    UNITS.iter().any(|unit| {
        after.strip_prefix(unit).is_some_and(|rest| {
            !unit.is_ascii() || !rest.starts_with(|c: char| c.is_ascii_alphabetic())
        })
    })
}

fn bound(before: &str, after: &str) -> Bound {
    const BELOW: [&str; 11] = [
        "<",
        "less than",
        "below",
        "under",
        "lower than",
        "小于",
        "不足",
        "不到",
        "低于",
        "少于",
        "未达",
    ];
    const AT_MOST: [&str; 7] = [
        "≤",
        "<=",
        "=<",
        "at most",
        "not exceeding",
        "不超过",
        "小于等于",
    ];
    const ABOVE: [&str; 19] = [
        ">",
        "≥",
        ">=",
        "=>",
        "more than",
        "greater than",
        "above",
        "over",
        "at least",
        "exceeding",
        "exceeds",
        "in excess of",
        "higher than",
        "大于",
        "超过",
        "高于",
        "至少",
        "大于等于",
        "不低于",
    ];
    const NEARLY: [&str; 9] = [
        "nearly",
        "almost",
        "close to",
        "近",
        "接近",
        "将近",
        "just",
        "near",
        "approaching",
    ];
    const ABOVE_AFTER: [&str; 7] = [
        "or more",
        "or greater",
        "or higher",
        "or above",
        "以上",
        "+",
        "或以上",
    ];
    const BELOW_AFTER: [&str; 5] = ["以下", "以内", "or less", "or lower", "或以下"];
    let ends = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
    let after = after.trim_start_matches(['%', ' ']);
    let goes_on = |words: &[&str]| words.iter().any(|word| after.starts_with(word));
    match () {
        () if ends(&AT_MOST) => Bound::AtMost,
        () if before.ends_with("up to") => Bound::UpTo,
        () if ends(&ABOVE) || goes_on(&ABOVE_AFTER) => Bound::Above,
        () if ends(&BELOW) || goes_on(&BELOW_AFTER) => Bound::Below,
        () if ends(&NEARLY) => Bound::Nearly,
        () => Bound::None,
    }
}

/// Whether two numbers are joined as `a-b` or `a to b` by what stands between them.
fn is_range(between: &str) -> bool {
    let between = between.trim_matches(|c: char| c == '%' || c == ' ');
    matches!(between, "-" | "to" | "up to" | "至" | "到")
}

fn one(bound: Bound, value: f64) -> Clause {
    let on_border = matches!(value, 50.0 | 70.0 | 100.0);
    let grade = match bound {
        Bound::None => Grade::from_per_cent(value),
        Bound::Below if value > 1.0 && value <= 50.0 => Some(Grade::Mild),
        Bound::AtMost | Bound::UpTo if value > 1.0 && value < 50.0 => Some(Grade::Mild),
        Bound::UpTo if value > 50.0 && !on_border => Grade::from_per_cent(value),
        Bound::Nearly if !on_border => Grade::from_per_cent(value),
        Bound::Above if (70.0..100.0).contains(&value) => Some(Grade::Severe),
        _ => None,
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
