//! Words that say nothing can be said: not assessed, only suspected, treated, or of something else.

/// Texts by which a table says that a vessel was not assessed.
pub(super) fn is_missing(text: &str) -> bool {
    const WHOLE: [&str; 28] = [
        "",
        "-",
        "--",
        "/",
        ".",
        "na",
        "n/a",
        "n.a.",
        "nan",
        "null",
        "n",
        "nd",
        "unknown",
        "missing",
        "not applicable",
        "not done",
        "not reported",
        "not recorded",
        "none reported",
        "cad-rads n",
        "cad-rads: n",
        "无法评估",
        "未评估",
        "不详",
        "缺失",
        "未报告",
        "无数据",
        "未描述",
    ];
    WHOLE.contains(&text) || is_missing_words(text)
}

/// Whether a text says in words that it could not be assessed.
pub(super) fn is_missing_words(text: &str) -> bool {
    const PARTS: [&str; 33] = [
        "not evaluable",
        "non-evaluable",
        "non evaluable",
        "nonevaluable",
        "unevaluable",
        "not evaluated",
        "not assessable",
        "not assessed",
        "unassessable",
        "non-diagnostic",
        "nondiagnostic",
        "non diagnostic",
        "not diagnostic",
        "not visualised",
        "not visualized",
        "poorly visual",
        "poorly seen",
        "not interpretable",
        "uninterpretable",
        "limited evaluation",
        "limited assessment",
        "artefact",
        "artifact",
        "无法评价",
        "无法诊断",
        "无法判断",
        "不能评价",
        "不能评估",
        "显示不清",
        "显示欠清",
        "显示欠佳",
        "图像质量差",
        "伪影",
    ];
    PARTS.iter().any(|part| text.contains(part))
}

/// Suspicion, history, comparison, and vessels that have been treated.
pub(super) fn is_hedged(clause: &str) -> bool {
    const PARTS: [&str; 57] = [
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
        "question",
        "equivocal",
        "uncertain",
        "borderline",
        "indeterminate",
        "presum",
        "stent",
        "bypass",
        "graft",
        "angioplast",
        "revascular",
        "recanal",
        "previous",
        "histor",
        "resolved",
        "regress",
        "compress",
        "systol",
        "respectively",
        "partial",
        "可疑",
        "可能",
        "不除外",
        "待排",
        "支架",
        "术后",
        "搭桥",
        "桥血管",
        "考虑",
        "无法",
        "不能",
        "再通",
        "收缩期",
        "受压",
        "压迫",
        "分别",
        "部分",
        "尚通畅",
        "较前",
        "陈旧",
        "既往",
        "疑似",
        "怀疑",
        "倾向",
        "或不",
    ];
    const WORDS: [&str; 20] = [
        "pci", "ptca", "des", "bms", "isr", "cabg", "svg", "lima", "rima", "may", "might", "could",
        "vs", "versus", "prior", "near", "nearly", "almost", "old", "status",
    ];
    let word = |word: &str| WORDS.contains(&word);
    PARTS.iter().any(|part| clause.contains(part))
        || clause
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|found| word(found) && !is_near_total(clause, found))
        || is_exception(clause)
}

/// `near total occlusion`, `nearly occluded`: a severity of its own.
fn is_near_total(clause: &str, word: &str) -> bool {
    matches!(word, "near" | "nearly" | "almost")
        && (clause.contains("occlu") || clause.contains("total"))
}

/// All is well except somewhere.
fn is_exception(clause: &str) -> bool {
    const PARTS: [&str; 4] = ["except", "apart from", "other than", "除"];
    let well = clause.contains(['∅', '⌀', '⊝'])
        || ["normal", "patent", "通畅", "正常"]
            .iter()
            .any(|word| clause.contains(word));
    well && PARTS.iter().any(|part| clause.contains(part))
}

/// Origin, course and dominance: normal or not, that grades nothing.
pub(super) fn is_anatomy(clause: &str) -> bool {
    const ANATOMY: [&str; 16] = [
        "origin", "course", "dominan", "anatomy", "calib", "in size", "variant", "起源", "走行",
        "走形", "开口", "优势", "发育", "分布", "管径", "内径",
    ];
    const STENOSIS: [&str; 12] = [
        "stenos", "narrow", "occlu", "disease", "%", "∅", "⌀", "狭窄", "闭塞", "堵塞", "通畅",
        "管腔",
    ];
    let has = |words: &[&str]| words.iter().any(|word| clause.contains(word));
    has(&ANATOMY) && !has(&STENOSIS)
}
