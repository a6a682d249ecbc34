//! English and Chinese words of severity.

use super::{Clause, Understanding};
use crate::Grade;

/// Texts by which a table says that a vessel was not assessed.
pub(super) fn is_missing(text: &str) -> bool {
    const WHOLE: [&str; 16] = [
        "",
        "-",
        "--",
        "/",
        "na",
        "n/a",
        "nan",
        "null",
        "n",
        "unknown",
        "missing",
        "cad-rads n",
        "无法评估",
        "未评估",
        "不详",
        "缺失",
    ];
    const PARTS: [&str; 11] = [
        "not evaluable",
        "non-evaluable",
        "not assessable",
        "not assessed",
        "non-diagnostic",
        "nondiagnostic",
        "not diagnostic",
        "artefact",
        "artifact",
        "无法评价",
        "伪影",
    ];
    WHOLE.contains(&text) || PARTS.iter().any(|part| text.contains(part))
}

/// Suspicion, and vessels that have been treated.
pub(super) fn is_hedged(clause: &str) -> bool {
    const PARTS: [&str; 25] = [
        "?",
        "possibl",
        "probabl",
        "suspect",
        "suspicio",
        "cannot",
        "can not",
        "unable",
        "likely",
        "exclude",
        "rule out",
        "ruled out",
        "stent",
        "bypass",
        "cabg",
        "graft",
        "可疑",
        "可能",
        "不除外",
        "待排",
        "支架",
        "术后",
        "搭桥",
        "考虑",
        "无法",
    ];
    PARTS.iter().any(|part| clause.contains(part))
}

/// A degree of calcification alone, which is none of stenosis.
fn is_calcium(clause: &str) -> bool {
    const STENOSIS: [&str; 9] = [
        "stenos", "narrow", "occlu", "obstruct", "lesion", "狭窄", "闭塞", "堵塞", "阻塞",
    ];
    let calcium = clause.contains("calcification") || clause.contains("钙化");
    let adverb = clause.contains("ly calcified");
    (calcium || adverb) && !STENOSIS.iter().any(|word| clause.contains(word))
}

pub(super) fn english(clause: &str) -> Clause {
    if is_calcium(clause) {
        return Clause::Silent;
    }
    let words: Vec<&str> = clause
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    let subtotal = has(&["subtotal", "subocclusion", "subocclusive"])
        || words
            .windows(2)
            .any(|pair| pair == ["sub", "total"] || pair == ["near", "total"]);
    let occluded = has(&["occluded", "occlusion", "cto"]) && !subtotal;
    let graded = [
        (
            Grade::Mild,
            has(&[
                "mild",
                "mildly",
                "minimal",
                "minimally",
                "slight",
                "slightly",
            ]),
        ),
        (Grade::Moderate, has(&["moderate", "moderately"])),
        (
            Grade::Severe,
            subtotal
                || has(&["severe", "severely", "critical"])
                || words.windows(2).any(|pair| pair == ["high", "grade"]),
        ),
        (Grade::Occluded, occluded),
    ];
    let denied = has(&["no", "not", "without"]);
    let normal = has(&[
        "normal",
        "none",
        "patent",
        "unremarkable",
        "clear",
        "negative",
    ]);
    let absent = (normal && !denied) || denies_stenosis(&words);
    decide(&graded, denied, absent, Understanding::English)
}

pub(super) fn chinese(clause: &str) -> Clause {
    if is_calcium(clause) {
        return Clause::Silent;
    }
    let has = |options: &[&str]| options.iter().any(|part| clause.contains(part));
    let subtotal = has(&["次全闭塞", "不完全闭塞", "不全闭塞", "次全堵塞", "近闭塞"]);
    let mixed = has(&["轻-中", "轻中", "中-重", "中重", "轻度-中", "中度-重"]);
    if mixed {
        return Clause::Doubtful;
    }
    let graded = [
        (Grade::Mild, has(&["轻度", "轻微"])),
        (Grade::Moderate, has(&["中度", "中等"])),
        (
            Grade::Severe,
            subtotal || has(&["重度", "严重", "高度狭窄"]),
        ),
        (Grade::Occluded, !subtotal && has(&["闭塞", "堵塞", "阻塞"])),
    ];
    let denied = has(&CHINESE_DENIALS);
    let normal = has(&["正常", "通畅"]) && !has(&["不通畅", "欠通畅", "不正常"]);
    let absent = (normal && !denied) || denies_chinese(clause);
    decide(&graded, denied, absent, Understanding::Chinese)
}

/// `no stenosis`, also with a word such as `significant` between.
fn denies_stenosis(words: &[&str]) -> bool {
    const BETWEEN: [&str; 15] = [
        "significant",
        "obvious",
        "evident",
        "definite",
        "evidence",
        "of",
        "any",
        "visible",
        "detectable",
        "appreciable",
        "relevant",
        "coronary",
        "luminal",
        "artery",
        "atherosclerotic",
    ];
    const DENIED: [&str; 7] = [
        "stenosis",
        "stenoses",
        "narrowing",
        "disease",
        "cad",
        "lesion",
        "plaque",
    ];
    words.iter().enumerate().any(|(at, word)| {
        let mut rest = words[at + 1..]
            .iter()
            .skip_while(|word| BETWEEN.contains(word));
        matches!(*word, "no" | "without") && rest.next().is_some_and(|word| DENIED.contains(word))
    })
}

const CHINESE_DENIALS: [&str; 4] = ["未见", "无", "没有", "未发现"];

/// `未见狭窄`, also with a word such as `明显` between.
fn denies_chinese(clause: &str) -> bool {
    const BETWEEN: [&str; 7] = ["明显", "显著", "明确", "确切", "有意义", "管腔", "的"];
    const DENIED: [&str; 3] = ["狭窄", "异常", "斑块"];
    CHINESE_DENIALS.iter().any(|denial| {
        clause.match_indices(denial).any(|(at, _)| {
            let mut rest = &clause[at + denial.len()..];
            while let Some(after) = BETWEEN.iter().find_map(|word| rest.strip_prefix(word)) {
                rest = after;
            }
            DENIED.iter().any(|word| rest.starts_with(word))
        })
    })
}

/// One severity that is not denied, or its absence; anything else is doubtful or silent.
fn decide(graded: &[(Grade, bool); 4], denied: bool, absent: bool, how: Understanding) -> Clause {
    let mut found = graded.iter().filter(|(_, is)| *is).map(|(grade, _)| *grade);
    match (found.next(), found.next()) {
        (Some(_), _) if denied || absent => Clause::Doubtful,
        (Some(_), Some(_)) => Clause::Doubtful,
        (Some(grade), None) => Clause::Grade(grade, how),
        (None, _) if absent => Clause::Grade(Grade::None, how),
        (None, _) if denied => Clause::Doubtful,
        (None, _) => Clause::Silent,
    }
}
