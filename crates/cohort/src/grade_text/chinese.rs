//! Chinese words of severity.

use super::{Clause, Understanding, decide, denial};
use crate::Grade;

/// Words that say what is severe.
const STENOSIS: [&str; 6] = ["狭窄", "变窄", "闭塞", "堵塞", "阻塞", "stenosis"];

/// Words that may stand beside a severity that is said of nothing else.
const FILLERS: [&str; 34] = [
    "起始部",
    "起始段",
    "开口部",
    "近端",
    "远端",
    "末端",
    "主干",
    "全程",
    "各段",
    "管壁",
    "近段",
    "中段",
    "远段",
    "近中段",
    "中远段",
    "近",
    "中",
    "远",
    "段",
    "开口",
    "开口处",
    "管腔",
    "局限性",
    "弥漫性",
    "节段性",
    "程度",
    "为",
    "呈",
    "见",
    "可见",
    "约",
    "处",
    "的",
    "均",
];

pub(super) fn read(clause: &str) -> Clause {
    let own = of_stenosis(clause);
    let has = |options: &[&str]| options.iter().any(|part| own.contains(part));
    let mixed = [
        "轻-重",
        "轻重",
        "轻度-重",
        "轻度重",
        "轻至重",
        "轻到重",
        "轻度至重",
        "轻度到重",
        "轻-中",
        "轻中",
        "中-重",
        "中重",
        "轻度-中",
        "中度-重",
        "轻度中",
        "中度重",
        "轻至中",
        "中至重",
        "轻到中",
        "中到重",
        "轻度至中",
        "中度至重",
        "轻度到中",
        "中度到重",
    ];
    // `中度以上`, `至少中度`: this severity or another.
    let bounded = [
        "度以上",
        "度及以上",
        "度或以上",
        "度以下",
        "度及以下",
        "度或以下",
        "至少轻",
        "至少中",
        "至少重",
        "不超过轻",
        "不超过中",
    ];
    if has(&mixed) || has(&bounded) {
        return Clause::Doubtful;
    }
    let graded = graded(&own);
    let is_graded = graded.iter().any(|(_, is)| *is);
    let absent = clause.contains([denial::CHINESE, denial::ABNORMAL]);
    if is_graded && !has(&STENOSIS) && !is_alone(&own) {
        return Clause::Silent;
    }
    let denied = denies(&own);
    let normal = has(&["正常", "通畅"]) && !has(&["近正常", "大致正常"]);
    decide(
        &graded,
        denied,
        absent || (normal && !denied),
        Understanding::Chinese,
    )
}

fn graded(clause: &str) -> [(Grade, bool); 4] {
    let has = |options: &[&str]| options.iter().any(|part| clause.contains(part));
    let subtotal = has(&[
        "次全闭塞",
        "不完全闭塞",
        "不全闭塞",
        "次全堵塞",
        "次闭塞",
        "亚闭塞",
        "濒临闭塞",
        "趋于闭塞",
        "近于闭塞",
        "接近完全闭塞",
        "几近完全闭塞",
        "近闭塞",
        "几乎闭塞",
        "几近闭塞",
        "近乎闭塞",
        "接近闭塞",
        "几乎完全闭塞",
        "近完全闭塞",
        "几乎堵塞",
    ]);
    [
        (Grade::Mild, has(&["轻度", "轻微"])),
        (Grade::Moderate, has(&["中度", "中等"])),
        (
            Grade::Severe,
            subtotal || has(&["重度", "严重", "高度狭窄", "极重"]),
        ),
        (Grade::Occluded, !subtotal && has(&["闭塞", "堵塞", "阻塞"])),
    ]
}

/// The clause without severities of something else, such as `重度钙化`.
fn of_stenosis(clause: &str) -> String {
    const SEVERITIES: [&str; 7] = ["轻度", "轻微", "中度", "中等", "重度", "严重", "明显"];
    const OTHERS: [&str; 9] = [
        "钙化",
        "扩张",
        "迂曲",
        "反流",
        "粥样硬化",
        "斑块",
        "肥厚",
        "增厚",
        "强化",
    ];
    let mut own = clause.to_owned();
    for severity in SEVERITIES {
        for other in OTHERS {
            own = own.replace(&format!("{severity}{other}"), "");
        }
    }
    own
}

/// A text without words that only say where.
pub(super) fn without_fillers(clause: &str) -> String {
    without(clause, &FILLERS)
}

/// A text without some words.
fn without(text: &str, words: &[&str]) -> String {
    words
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(word, ""))
}

/// Whether a severity is the only thing said.
fn is_alone(clause: &str) -> bool {
    const SEVERITIES: [&str; 6] = ["轻度", "轻微", "中度", "中等", "重度", "严重"];
    let rest = without(clause, &SEVERITIES);
    !without_fillers(&rest).chars().any(char::is_alphabetic)
}

/// Whether anything but what is harmless is denied.
fn denies(clause: &str) -> bool {
    const HARMLESS: [&str; 23] = [
        "欠规整",
        "欠光滑",
        "欠光整",
        "欠均匀",
        "不规整",
        "不光整",
        "不到",
        "不足",
        "不超过",
        "不低于",
        "未达",
        "未超过",
        "非钙化",
        "不规则",
        "不均匀",
        "不均",
        "不光滑",
        "不完全闭塞",
        "不全闭塞",
        "不稳定",
        "不等",
        "不一",
        "无名",
    ];
    let rest = without(clause, &HARMLESS);
    rest.contains(['未', '无', '非', '不', '没', '欠', '否'])
}
