//! Reports as people type them: whole sentences, several vessels in one, branches beside vessels,
//! other organs, slips of the keyboard, full-width signs, two languages.

use crate::simulate::random::{chance, pick};
use crate::{Grade, Vessel};
use rand::{Rng, RngExt};

/// What one report says: the cell of each vessel, or one text on all of them.
pub(in crate::simulate) struct Messy {
    pub(in crate::simulate) cells: [String; 4],
    pub(in crate::simulate) report: String,
}

/// A report on these grades; `None` is a vessel that could not be assessed.
pub(in crate::simulate) fn report(random: &mut impl Rng, grades: &[Option<Grade>; 4]) -> Messy {
    let none = || std::array::from_fn(|_| String::new());
    match random.random_range(0..5u8) {
        0 => Messy {
            cells: grades.map(|grade| cell(random, grade)),
            report: String::new(),
        },
        1 => Messy {
            cells: none(),
            report: english_by_vessel(random, grades),
        },
        2 => Messy {
            cells: none(),
            report: english_by_finding(random, grades),
        },
        3 => Messy {
            cells: none(),
            report: chinese(random, grades),
        },
        _ => Messy {
            cells: none(),
            report: short(random, grades),
        },
    }
}

fn cell(random: &mut impl Rng, grade: Option<Grade>) -> String {
    let Some(grade) = grade else {
        let words = [
            "",
            "n.a.",
            "not evaluable (motion)",
            "伪影，无法评估",
            "non-diagnostic",
        ];
        return pick(random, &words).to_owned();
    };
    let words = match random.random_range(0..3u8) {
        0 => return percent(random, grade),
        1 => english_words(random, grade),
        _ => chinese_words(random, grade),
    };
    spoilt(random, &words)
}

/// Per cent as people write it.
fn percent(random: &mut impl Rng, grade: Grade) -> String {
    let (low, high, words): (u32, u32, &[&str]) = match grade {
        Grade::None => return pick(random, &["0", "0 %", "0%", "０％"]).to_owned(),
        Grade::Mild => (
            5,
            45,
            &["1-49%", "<50%", "25–49 %", "＜50％", "<25%", "&lt;50%"],
        ),
        Grade::Moderate => (
            50,
            65,
            &["50-69%", "50 - 69 %", "50％～69％", "between 50 and 69%"],
        ),
        Grade::Severe => (
            70,
            95,
            &[">70 %", "70-99%", "≥70%", "greater than 70%", "70%以上"],
        ),
        Grade::Occluded => return pick(random, &["100%", "100 %", "１００％"]).to_owned(),
    };
    if chance(random, 0.5) {
        return pick(random, words).to_owned();
    }
    let value = random.random_range(low..=high);
    match random.random_range(0..5u8) {
        0 => format!("{value} %"),
        1 => format!("approx. {value}%"),
        2 => format!("约{value}%"),
        3 => format!("{value},5 %"),
        _ => format!("{value}% stenosis"),
    }
}

fn english_words(random: &mut impl Rng, grade: Grade) -> String {
    let words: &[&str] = match grade {
        Grade::None => &[
            "no significant stenosis",
            "no plaque or stenosis",
            "no stenosis or occlusion",
            "widely patent",
            "unremarkable",
            "no evidence of stenosis",
        ],
        Grade::Mild => &[
            "mild stenosis",
            "minimal luminal narrowing",
            "calcified plaque with mild stenosis",
            "severe calcification causing mild stenosis",
            "mild (25-49%) narrowing",
        ],
        Grade::Moderate => &[
            "moderate stenosis",
            "mixed plaque causing moderate stenosis",
            "moderately narrowed",
            "moderate (50-69%) stenosis",
        ],
        Grade::Severe => &[
            "severe stenosis",
            "high-grade stenosis",
            "subtotal occlusion",
            "critical narrowing",
            "severe stenosis (>70%)",
            "severely narrowed",
        ],
        Grade::Occluded => &[
            "CTO",
            "totally occluded",
            "chronic total occlusion",
            "100% occlusion",
        ],
    };
    pick(random, words).to_owned()
}

fn chinese_words(random: &mut impl Rng, grade: Grade) -> String {
    let words: &[&str] = match grade {
        Grade::None => &[
            "未见明显狭窄",
            "管腔通畅",
            "未见狭窄及闭塞",
            "未见明显斑块、狭窄",
            "无明显狹窄",
        ],
        Grade::Mild => &[
            "钙化斑块，管腔轻度狭窄",
            "重度钙化伴轻度狭窄",
            "管腔狭窄＜50％",
            "轻微狭窄",
            "輕度狹窄",
        ],
        Grade::Moderate => &[
            "管腔中度狭窄",
            "混合斑块，管腔狭窄约60%",
            "中度狭窄（50%-69%）",
        ],
        Grade::Severe => &[
            "管腔重度狭窄",
            "狭窄约85％",
            "次全闭塞",
            "非钙化斑块，管腔重度狭窄（＞70％）",
            "几乎闭塞",
        ],
        Grade::Occluded => &["完全闭塞", "管腔闭塞", "慢性完全闭塞", "閉塞"],
    };
    pick(random, words).to_owned()
}

/// A slip of the keyboard now and then.
fn spoilt(random: &mut impl Rng, text: &str) -> String {
    const SLIPS: [(&str, &str); 7] = [
        ("severe", "sever"),
        ("moderate", "moderat"),
        ("stenosis", "stenois"),
        ("significant", "signficant"),
        ("occluded", "occuded"),
        ("minimal", "minmal"),
        ("occlusion", "oclusion"),
    ];
    let slip = SLIPS[random.random_range(0..SLIPS.len())];
    match chance(random, 0.15) {
        true => text.replacen(slip.0, slip.1, 1),
        false => text.to_owned(),
    }
}

fn name(random: &mut impl Rng, vessel: Vessel) -> &'static str {
    let names: &[&str] = match vessel {
        Vessel::Rca => &["RCA", "right coronary artery", "Right coronary"],
        Vessel::Lm => &["LM", "left main", "Left main stem", "LMCA"],
        Vessel::Lad => &[
            "LAD",
            "left anterior descending artery",
            "mid LAD",
            "proximal LAD",
        ],
        Vessel::Lcx => &["LCX", "left circumflex", "LCx", "circumflex artery"],
    };
    pick(random, names)
}

/// Something that grades no vessel: branches, calcium, other organs.
fn aside(random: &mut impl Rng) -> &'static str {
    let words = [
        "Calcium score 412.",
        "D1: severe stenosis.",
        "OM2 80%, PDA 60%.",
        "LVEF 60%.",
        "Severe aortic valve calcification.",
        "First diagonal of the LAD: moderate stenosis.",
        "Right-dominant system.",
        "No pericardial effusion.",
        "CAD-RADS 4A/P3.",
        "Ascending aorta normal.",
    ];
    pick(random, &words)
}

fn unassessed(random: &mut impl Rng) -> &'static str {
    pick(
        random,
        &[
            "not evaluable due to motion",
            "non-diagnostic",
            "poorly visualised",
        ],
    )
}

/// `LAD: severe stenosis.`, in any order, with asides.
fn english_by_vessel(random: &mut impl Rng, grades: &[Option<Grade>; 4]) -> String {
    let mut sentences: Vec<String> = Vec::new();
    for (vessel, grade) in Vessel::ALL.into_iter().zip(grades) {
        let words = match grade {
            Some(grade) => {
                let words = english_words(random, *grade);
                spoilt(random, &words)
            }
            None => unassessed(random).to_owned(),
        };
        let joint = pick(random, &[": ", " - ", ": ", " shows "]);
        let joint = if words.starts_with("not ") {
            ": "
        } else {
            joint
        };
        sentences.push(format!("{}{joint}{words}.", name(random, vessel)));
    }
    if chance(random, 0.5) {
        sentences.reverse();
    }
    sentences.push(aside(random).to_owned());
    sentences.join(pick(random, &[" ", "\n", "  "]))
}

/// `Severe stenosis of the LAD and RCA.`, vessels of one grade together.
fn english_by_finding(random: &mut impl Rng, grades: &[Option<Grade>; 4]) -> String {
    let mut sentences = vec![aside(random).to_owned()];
    for grade in Grade::ALL {
        let of =
            |(vessel, said): (Vessel, &Option<Grade>)| (*said == Some(grade)).then_some(vessel);
        let vessels: Vec<Vessel> = Vessel::ALL.into_iter().zip(grades).filter_map(of).collect();
        let names: Vec<&str> = vessels.iter().map(|vessel| name(random, *vessel)).collect();
        let Some((last, before)) = names.split_last() else {
            continue;
        };
        let finding = match grade {
            Grade::None => "No significant stenosis",
            Grade::Mild => "Mild stenosis",
            Grade::Moderate => "50-69% stenosis",
            Grade::Severe => "Severe stenosis (70-99%)",
            Grade::Occluded => "Total occlusion",
        };
        let list = match before.is_empty() {
            true => (*last).to_owned(),
            false => format!("{} and {last}", before.join(", ")),
        };
        sentences.push(format!("{finding} of the {list}."));
    }
    sentences.join(" ")
}

fn chinese(random: &mut impl Rng, grades: &[Option<Grade>; 4]) -> String {
    let mut sentences: Vec<String> = Vec::new();
    for (vessel, grade) in Vessel::ALL.into_iter().zip(grades) {
        let names: &[&str] = match vessel {
            Vessel::Rca => &["右冠状动脉", "右冠", "右冠状动脉近段", "右冠狀動脈"],
            Vessel::Lm => &["左主干", "左冠状动脉主干"],
            Vessel::Lad => &["左前降支", "前降支近段", "左冠状动脉前降支"],
            Vessel::Lcx => &["左回旋支", "回旋支", "左迴旋支"],
        };
        let words = match grade {
            Some(grade) => chinese_words(random, *grade),
            None => "运动伪影，无法评估".to_owned(),
        };
        let joint = pick(random, &["", "：", "管腔："]);
        sentences.push(format!("{}{joint}{words}", pick(random, names)));
    }
    let asides = [
        "对角支重度狭窄",
        "升主动脉增宽",
        "冠状动脉呈右优势型",
        "钙化积分320",
    ];
    sentences.push(pick(random, &asides).to_owned());
    let end = pick(random, &["；", "。", ";\n"]);
    sentences.join(end) + "。"
}

/// `RCA 30%, LM 0%, LAD 80%, D1 90%, LCX 50%`.
fn short(random: &mut impl Rng, grades: &[Option<Grade>; 4]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (vessel, grade) in Vessel::ALL.into_iter().zip(grades) {
        if let Some(grade) = grade {
            let joint = pick(random, &[" ", ": ", "="]);
            let percent = percent(random, *grade);
            // A bare 0 beside a name could be a calcium score.
            let percent = if percent == "0" { "0%" } else { &percent };
            parts.push(format!("{}{joint}{percent}", vessel.name()));
        }
        if vessel == Vessel::Lad && chance(random, 0.5) {
            parts.push("D1 90%".to_owned());
        }
    }
    parts.join(pick(random, &[", ", "; ", "\n", "，"]))
}
