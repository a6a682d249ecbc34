//! CCTA wording in its many forms.

use coronet_cohort::{GradeTally, Understanding, Vessel, read_grade};

fn check(text: &str, expected: Option<u8>) {
    let reading = read_grade(text);
    let grade = reading.grade.map(|grade| grade.number());
    assert_eq!(grade, expected, "{text:?} was read as {reading:?}");
}

#[test]
fn per_cent_and_ranges() {
    for (text, grade) in [
        ("0%", 0),
        ("0", 0),
        ("1%", 1),
        ("25 %", 1),
        ("49%", 1),
        ("50%", 2),
        ("69.9%", 2),
        ("70%", 3),
        ("99%", 3),
        ("100%", 4),
        ("about 70%", 3),
        ("７０％", 3),
        ("约80%", 3),
        ("1-49%", 1),
        ("25–49 %", 1),
        ("50-69%", 2),
        ("50-70%", 2),
        ("50%～69%", 2),
        ("70% to 99%", 3),
        ("70-99 per cent", 3),
        ("<50%", 1),
        ("≥70%", 3),
        (">= 70%", 3),
        ("75", 3),
        ("stenosis 60%", 2),
        ("30% proximal, 80% mid", 3),
        ("severe stenosis (70-99%)", 3),
        ("狭窄约70%-99%", 3),
        ("less than 25%", 1),
    ] {
        check(text, Some(grade));
    }
    for text in [
        "40-60%",
        "≥50%",
        "<70%",
        "120%",
        "3",
        "2.5",
        "0.75",
        "70-50%",
        "50% severe",
        "%",
        "1e9%",
    ] {
        check(text, None);
    }
}

#[test]
fn cad_rads() {
    for (text, grade) in [
        ("CAD-RADS 0", 0),
        ("CAD-RADS 1", 1),
        ("cadrads 2", 1),
        ("CAD-RADS: 3", 2),
        ("CAD-RADS 4A/P2", 3),
        ("CAD RADS 4b", 3),
        ("CAD-RADS 5", 4),
        ("4A", 3),
        ("CAD-RADS 2.0: 3", 2),
        ("CAD‑RADS 3/HRP", 2),
    ] {
        check(text, Some(grade));
    }
    for text in [
        "CAD-RADS N",
        "CAD-RADS 6",
        "CAD-RADS",
        "CAD-RADS 4A/S stent",
    ] {
        check(text, None);
    }
}

#[test]
fn english_words() {
    for (text, grade) in [
        ("normal", 0),
        ("No stenosis.", 0),
        ("no significant stenosis", 0),
        ("patent", 0),
        ("no evidence of coronary artery disease", 0),
        ("Mild", 1),
        ("minimal stenosis", 1),
        ("calcified plaque, mild stenosis", 1),
        ("moderate stenosis", 2),
        ("SEVERE", 3),
        ("high-grade stenosis", 3),
        ("subtotal occlusion", 3),
        ("occluded", 4),
        ("CTO", 4),
        ("chronic total occlusion", 4),
        ("mild proximal stenosis; severe distal stenosis", 3),
        ("non-calcified plaque with mild stenosis", 1),
    ] {
        check(text, Some(grade));
    }
    for text in [
        "mild to moderate",
        "no severe stenosis",
        "no occlusion",
        "possible severe stenosis",
        "abnormal",
        "severe?",
        "cannot exclude severe stenosis",
        "stent patent",
        "in-stent restenosis, severe",
        "non-calcified plaque",
        "no calcified plaque",
        "not clear",
        "no change in stenosis",
        "LIMA graft patent",
        "stenosis",
        "hello",
        "severe calcification",
        "severely calcified plaque",
    ] {
        check(text, None);
        assert_eq!(read_grade(text).how, Understanding::NotUnderstood, "{text}");
    }
}

#[test]
fn chinese_words() {
    for (text, grade) in [
        ("未见明显狭窄", 0),
        ("未见狭窄", 0),
        ("无狭窄", 0),
        ("管腔通畅", 0),
        ("正常", 0),
        ("未见明显异常", 0),
        ("轻度狭窄", 1),
        ("管腔轻微狭窄", 1),
        ("中度狭窄", 2),
        ("重度狭窄", 3),
        ("严重狭窄", 3),
        ("次全闭塞", 3),
        ("完全堵塞", 4),
        ("完全闭塞", 4),
        ("近段轻度狭窄，远段重度狭窄", 3),
        ("钙化斑块，管腔轻度狭窄", 1),
        ("重度狭窄（约80%）", 3),
    ] {
        check(text, Some(grade));
    }
    for text in [
        "轻-中度狭窄",
        "轻至中度狭窄",
        "中重度狭窄",
        "可疑重度狭窄",
        "支架通畅",
        "未见重度狭窄",
        "不通畅",
        "无法明确狭窄程度",
        "未见钙化斑块",
        "重度狭窄不除外",
        "狭窄",
        "重度钙化",
    ] {
        check(text, None);
    }
}

#[test]
fn what_is_missing_is_told_from_what_is_not_understood() {
    let mut tally = GradeTally::default();
    for text in [
        "",
        " ",
        "NA",
        "-",
        "not evaluable",
        "motion artefact",
        "无法评估",
        "bovine",
        "bovine ",
        "70%",
    ] {
        tally.read(Vessel::Lad, text);
    }
    assert_eq!(tally.counts[&Understanding::Missing], 7);
    assert_eq!(tally.counts[&Understanding::NotUnderstood], 2);
    assert_eq!(tally.not_understood["bovine"], 2);
}

#[test]
fn no_text_makes_it_panic() {
    for text in [
        "%%%",
        "9".repeat(400).as_str(),
        "1.2.3%",
        "<%",
        "cad-rads ４ａ",
        "未见",
        "to%5-",
        "\u{0}％-％",
    ] {
        read_grade(text);
    }
}
