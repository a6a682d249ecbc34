//! Free CCTA reports, English and Chinese: what is graded, and what is left alone.

use coronet_cohort::{Vessel, parse_ccta, read_report};

/// Grades in the order RCA, LM, LAD, LCX; `x` not understood, `-` nothing said.
fn check(report: &str, expected: &str) {
    let got: String = read_report(report)
        .iter()
        .map(|said| match (said.grade(), said.is_not_understood()) {
            (Some(grade), _) => char::from(b'0' + grade.number()),
            (None, true) => 'x',
            (None, false) => '-',
        })
        .collect();
    assert_eq!(got, expected, "{report}\n{:#?}", read_report(report));
}

#[test]
fn places_first() {
    check(
        "LM: no stenosis. LAD: severe stenosis (80%) of the proximal segment. LCX: mild stenosis. RCA: occluded.",
        "4031",
    );
    check("LAD 70%, LCx 30%, RCA normal, LM normal", "0031");
    check(
        "Left main: patent.\nLeft anterior descending artery: calcified plaque with moderate stenosis\n\
         Left circumflex and RCA: minimal stenosis",
        "1021",
    );
    check("pLAD 50-69% stenosis; mLAD 70-99% stenosis", "--3-");
    check("RCA/LCX: no significant stenosis", "0--0");
}

#[test]
fn findings_first() {
    check(
        "Severe stenosis of the proximal LAD and mild stenosis of the RCA.",
        "1-3-",
    );
    check(
        "There is moderate stenosis in the mid left circumflex artery.",
        "---2",
    );
    check(
        "Chronic total occlusion of the right coronary artery",
        "4---",
    );
    check("Mild stenosis of the LAD, LCX and RCA", "1-11");
}

#[test]
fn all_and_the_remaining() {
    check("No coronary stenosis.", "0000");
    check("Coronary arteries are normal", "0000");
    check("冠状动脉未见明显狭窄。", "0000");
    check(
        "LAD: severe stenosis. The remaining vessels are unremarkable.",
        "0030",
    );
    check("左前降支近段重度狭窄，其余冠脉未见明显狭窄。", "0030");
    // That something is there somewhere grades nothing.
    check("Severe stenosis of the coronary arteries", "----");
}

#[test]
fn chinese_reports() {
    check(
        "左主干未见狭窄。左前降支近段见混合斑块，管腔重度狭窄（约80%）；左回旋支轻度狭窄，右冠状动脉完全闭塞。",
        "4031",
    );
    check(
        "影像所见：左前降支中度狭窄；诊断意见：左前降支中度狭窄。",
        "--2-",
    );
    check("右冠状动脉及左回旋支管腔轻度狭窄", "1--1");
    check("前降支近段轻度狭窄，中段重度狭窄", "--3-");
}

#[test]
fn what_is_said_of_something_else_is_left_alone() {
    check("CAD-RADS 4A. LAD: mild stenosis", "--1-");
    check("LAD: mild stenosis; D1 severe stenosis", "--1-");
    check("前降支轻度狭窄，对角支重度狭窄", "--1-");
    check("Agatston score 412. LVEF 60%. RCA: 40%.", "1---");
    check("Ascending aorta normal.", "----");
    check(
        "RCA: CAD-RADS 4a/P3. LAD CAD-RADS 0. Overall CAD-RADS 4A",
        "3-0-",
    );
    check("冠状动脉起源正常，右冠状动脉走行正常", "----");
    check(
        "Normal origin of the LAD. Right coronary artery: normal",
        "0---",
    );
    check(
        "The patient had severe dyspnoea and a lad of 12 years",
        "----",
    );
}

#[test]
fn doubt_is_not_a_grade() {
    check("LAD: possible severe stenosis", "--x-");
    check("LAD: mild to moderate stenosis. RCA: normal", "0-x-");
    check("Stent in the LAD patent, RCA: no stenosis", "0-x-");
    check("左前降支支架术后，右冠状动脉未见狭窄", "0-x-");
    check("Mild stenosis of the LAD is not excluded", "--x-");
    check("LAD: not evaluable due to motion artefact", "----");
    check("LAD: not evaluable. LAD: mild stenosis", "--x-");
    check("", "----");
}

#[test]
fn a_table_may_have_reports_columns_or_both() {
    let table = "patient_id,performed_at,RCA,report\n\
                 1,2024-01-02,70%,\"RCA: normal. LAD: occluded\"\n\
                 2,2024-01-02,,RCA: normal\n\
                 3,2024-01-02,,\n";
    let ccta = parse_ccta("ccta.csv", table.as_bytes()).unwrap();
    let number = |row: usize, vessel: Vessel| ccta.rows[row].grades[vessel].map(|g| g.number());
    assert_eq!(
        (number(0, Vessel::Rca), number(0, Vessel::Lad)),
        (Some(3), Some(4))
    );
    assert_eq!(
        (number(1, Vessel::Rca), number(1, Vessel::Lad)),
        (Some(0), None)
    );
    assert_eq!(number(2, Vessel::Rca), None);
    let texts = &ccta.tally[0].texts;
    let ((_, reading), count) = texts.iter().find(|((text, _), _)| text == "70%").unwrap();
    assert_eq!((reading.grade.map(|g| g.number()), *count), (Some(3), 1));
    let lacking = parse_ccta(
        "ccta.csv",
        b"patient_id,performed_at,RCA\n1,2024-01-02,70%\n",
    );
    assert!(lacking.unwrap_err().to_string().contains("LM, LAD, LCX"));
}

/// What is shown of a report is what stands there.
#[test]
fn the_words_of_a_report_are_shown_as_they_are_written() {
    let words = |report: &str, vessel: Vessel| read_report(report)[vessel.index()].text.clone();
    let chinese = "左主干未见明显狭窄；左前降支近段管腔狭窄约７０％。右冠＜50％。";
    assert_eq!(words(chinese, Vessel::Lm), "左主干未见明显狭窄");
    assert_eq!(words(chinese, Vessel::Lad), "左前降支近段管腔狭窄约７０％");
    assert_eq!(words(chinese, Vessel::Rca), "右冠＜50％");
    assert_eq!(words(chinese, Vessel::Lcx), "");
    let english = "Impression: LAD  MODERAT stenosis. RCA=<50%.\nMid 20 %. Lungs clear";
    assert_eq!(words(english, Vessel::Rca), "RCA=<50% | Mid 20 %");
    assert_eq!(words(english, Vessel::Lad), "LAD  MODERAT stenosis");
    let short = "Prox. LAD mild stenosis. RCA normal.";
    assert_eq!(words(short, Vessel::Lad), "Prox. LAD mild stenosis");
    let all = "No coronary stenosis. LAD: Mild Stenosis";
    assert_eq!(words(all, Vessel::Lm), "No coronary stenosis");
}

#[test]
fn what_is_not_understood_is_listed_and_not_missing() {
    check("LAD: significant stenosis", "--x-");
    check("LAD: nonobstructive disease, RCA: normal", "0-x-");
    check("LAD: CAD-RADS 3/S", "--x-");
    check("RCA (-), LM (-), LAD (mild)", "xx1-");
    check("RCA: , LM: , LAD: mild", "--1-");
    check("回旋支病变", "---x");
}

#[test]
fn a_severity_stays_with_its_stenosis() {
    check("A focal, severe, calcified stenosis in the LAD", "--3-");
    check("Severe stenosis, mid LAD", "--3-");
    check("Severe disease, LAD tortuous", "--x-");
    check("前降支及右冠多发斑块，管腔轻度狭窄", "1-1-");
    check(
        "右冠状动脉（RCA）：近段见钙化斑块，管腔轻度狭窄；中远段未见狭窄。",
        "1---",
    );
}

/// The same words may be read in two ways, by what else a report says; each is listed by itself.
#[test]
fn equal_words_that_are_read_in_two_ways_are_listed_apart() {
    use coronet_cohort::{GradeReading, GradeTally, Understanding};
    let mut tally = GradeTally::default();
    let none = read_report("RCA: normal")[0].reading;
    let unclear = GradeReading {
        grade: None,
        how: Understanding::NotUnderstood,
    };
    for reading in [none, unclear, none] {
        tally.count("RCA: normal", reading);
    }
    let counts: Vec<usize> = tally.texts.values().copied().collect();
    assert_eq!(tally.texts.len(), 2);
    assert_eq!(counts.iter().sum::<usize>(), 3);
    assert_eq!(tally.texts[&("RCA: normal".to_owned(), none)], 2);
}
