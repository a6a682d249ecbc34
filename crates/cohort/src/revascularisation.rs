//! Whether a text of a CCTA says that the patient has had a stent or a bypass.

/// Words of a treatment that opens or bypasses a vessel.
const TREATED: [&str; 12] = [
    "stent",
    "cabg",
    "bypass",
    "graft",
    "angioplast",
    "revascularis",
    "revasculariz",
    "支架",
    "搭桥",
    "桥血管",
    "旁路移植",
    "冠脉介入",
];

/// The same, where they stand as words of their own.
const SHORT: [&str; 5] = ["pci", "ptca", "lima", "rima", "svg"];

/// Words by which a treatment is denied, asked about, or still to come.
const DENIED: [&str; 16] = [
    "denies",
    "recommend",
    "consider",
    "suggest",
    "candidate",
    "planned",
    "planning",
    "before ",
    "suitab",
    "无",
    "未",
    "否认",
    "没有",
    "建议",
    "拟",
    "考虑",
];

/// The same, where they stand as words of their own.
const NOT: [&str; 6] = ["no", "not", "without", "never", "nil", "for"];

/// Words that speak of the inside or the time after a treatment, whatever is denied of them.
const AFTER: [&str; 8] = [
    "in-stent",
    "instent",
    "in stent",
    "支架内",
    "支架术后",
    "支架植入术后",
    "搭桥术后",
    "介入术后",
];

/// Whether any clause of a text speaks of a stent or a bypass and does not deny it.
///
/// Clauses end at full stops, commas, semicolons and line ends. What is denied, planned or
/// recommended is no treatment that has been.
pub fn is_revascularised(text: &str) -> bool {
    let text = text.to_lowercase();
    let clauses = text.split([
        '.', ',', ';', '\n', '。', '，', '；', '、', '：', ':', '?', '？',
    ]);
    clauses.into_iter().any(|clause| {
        let words = || clause.split(|letter: char| !letter.is_alphanumeric());
        let is_word = |list: &[&str]| words().any(|word| list.contains(&word));
        let holds = |list: &[&str]| list.iter().any(|part| clause.contains(part));
        let is_treated = holds(&TREATED) || is_word(&SHORT);
        holds(&AFTER) || (is_treated && !holds(&DENIED) && !is_word(&NOT))
    })
}
