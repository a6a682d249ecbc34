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
    const PARTS: [&str; 60] = [
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
        "too small to",
        "too small for",
        "cannot be assessed",
        "cannot be evaluated",
        "can not be assessed",
        "could not be assessed",
        "not well seen",
        "not well visual",
        "not adequately",
        "not clearly seen",
        "not seen",
        "suboptimal",
        "evaluation limited",
        "evaluation is limited",
        "assessment is limited",
        "limits evaluation",
        "limits assessment",
        "limited by",
        "limited due to",
        "obscure",
        "显影不佳",
        "显影欠佳",
        "显影浅淡",
        "观察受限",
        "评价受限",
        "显示不清",
        "显示欠清",
        "显示欠佳",
        "图像质量差",
        "无法观察",
        "难以评",
        "伪影",
    ];
    PARTS.iter().any(|part| text.contains(part))
}

/// Suspicion, history, comparison, and vessels that have been treated.
pub(super) fn is_hedged(clause: &str) -> bool {
    const PARTS: [&str; 59] = [
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
        "ratio",
        "比值",
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
    const WORDS: [&str; 24] = [
        "pci",
        "ptca",
        "des",
        "bms",
        "isr",
        "cabg",
        "svg",
        "lima",
        "rima",
        "may",
        "might",
        "could",
        "vs",
        "versus",
        "prior",
        "near",
        "nearly",
        "almost",
        "old",
        "status",
        "now",
        "formerly",
        "earlier",
        "initially",
    ];
    let word = |word: &str| WORDS.contains(&word);
    PARTS.iter().any(|part| clause.contains(part))
        || clause
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|found| word(found) && !is_near_total(clause, found))
        || is_exception(clause)
        || is_dated(clause)
}

/// `80% in 2019`, `2019年重度狭窄`: of another day.
fn is_dated(clause: &str) -> bool {
    let is_year = |at: usize| {
        let year = clause.as_bytes().get(at..at + 4);
        year.is_some_and(|year| {
            (year.starts_with(b"19") || year.starts_with(b"20"))
                && year.iter().all(u8::is_ascii_digit)
        })
    };
    let behind = [" in ", "since "]
        .into_iter()
        .flat_map(|word| clause.match_indices(word).map(|(at, word)| at + word.len()));
    let before = clause
        .match_indices('年')
        .filter_map(|(at, _)| at.checked_sub(4));
    behind.chain(before).any(is_year)
}

/// `near total occlusion`, `nearly occluded`: a severity of its own.
fn is_near_total(clause: &str, word: &str) -> bool {
    matches!(word, "near" | "nearly" | "almost")
        && (clause.contains("occlu") || clause.contains("total"))
}

/// All is well except somewhere.
fn is_exception(clause: &str) -> bool {
    const PARTS: [&str; 4] = ["except", "apart from", "other than", "除"];
    let well = clause.contains(['∅', '⌀'])
        || ["normal", "patent", "通畅", "正常"]
            .iter()
            .any(|word| clause.contains(word));
    well && PARTS.iter().any(|part| clause.contains(part))
}

/// Whether a clause names disease of a vessel and does not deny it.
pub(super) fn names_disease(clause: &str) -> bool {
    const DISEASE: [&str; 12] = [
        "disease", "stenos", "narrow", "occlu", "lesion", "obstruct", "cad", "狭窄", "病变",
        "闭塞", "堵塞", "变窄",
    ];
    const DENIAL: [&str; 8] = [
        "no", "not", "without", "absence", "free", "nor", "neither", "lack",
    ];
    let denied = clause.contains(['未', '无', '没', '∅', '⌀', '⊘'])
        || clause.contains("negative for")
        || clause
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| DENIAL.contains(&word));
    !denied && DISEASE.iter().any(|word| clause.contains(word))
}

/// Origin, course and dominance: normal or not, that grades nothing.
pub(super) fn is_anatomy(clause: &str) -> bool {
    const STENOSIS: [&str; 33] = [
        "stenos",
        "narrow",
        "occlu",
        "disease",
        "lesion",
        "%",
        "∅",
        "⌀",
        "patent",
        "severe",
        "moderate",
        "mild",
        "minimal",
        "slight",
        "critical",
        "high grade",
        "high-grade",
        "total",
        "cto",
        "cad",
        "?",
        "狭窄",
        "闭塞",
        "堵塞",
        "通畅",
        "轻度",
        "轻微",
        "中度",
        "中等",
        "重度",
        "严重",
        "变窄",
        "病变",
    ];
    let has = |words: &[&str]| words.iter().any(|word| clause.contains(word));
    names_anatomy(clause) && !has(&STENOSIS)
}

/// Whether a clause has a word on where vessels begin and run.
pub(super) fn names_anatomy(clause: &str) -> bool {
    const ANATOMY: [&str; 25] = [
        "origin",
        "course",
        "dominan",
        "anatomy",
        "anatomic",
        "arise",
        "arising",
        "distribution",
        "configuration",
        "calib",
        " size",
        "size ",
        "sized",
        "variant",
        "起源",
        "走行",
        "走形",
        "开口",
        "优势",
        "发育",
        "分布",
        "管径",
        "内径",
        "变异",
        "起始",
    ];
    ANATOMY.iter().any(|word| clause.contains(word))
}
