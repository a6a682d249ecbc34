//! What a text says is not there: `no plaque, stenosis or occlusion` becomes one mark.
//!
//! The mark stands for the absence of stenosis. A list that denies only other things (occlusion,
//! calcification, thrombus) becomes another mark, which grades nothing. A denial of anything else (`no severe
//! stenosis`, `no plaque rupture`) stays as it is and makes its clause doubtful.

/// `no stenosis`.
pub(super) const ENGLISH: char = '∅';
/// `未见狭窄`.
pub(super) const CHINESE: char = '⌀';

/// `no abnormality`, `未见异常`: no stenosis, unless it is said of the origin or the course.
pub(super) const ABNORMAL: char = '⊘';

/// Something else that is not there.
const ELSEWISE: char = '∘';

/// The text with denials of stenosis as marks.
pub(crate) fn marked(text: &str) -> String {
    marked_chinese(&marked_english(&answered(text)))
}

/// A denial behind its noun, as a form puts it: `stenosis: none`.
fn answered(text: &str) -> String {
    const NOUNS: [&str; 3] = ["stenosis", "stenoses", "narrowing"];
    const SIGNS: [&str; 5] = [": ", ":", " - ", "=", " "];
    const ANSWERS: [&str; 7] = [
        "none",
        "absent",
        "nil",
        "not seen",
        "not present",
        "not detected",
        "not identified",
    ];
    let mut plain = text.to_owned();
    for noun in NOUNS.iter().filter(|noun| text.contains(**noun)) {
        for sign in SIGNS {
            for answer in ANSWERS {
                plain = plain.replace(&format!("{noun}{sign}{answer}"), &format!("no {noun}"));
            }
        }
    }
    plain
}

/// Words that open a denial.
const OPENINGS: [&str; 10] = [
    "no",
    "nil",
    "without",
    "absence of",
    "free of",
    "free from",
    "negative for",
    "lack of",
    "nor",
    "with no",
];

/// Words between the opening and what is denied.
const BETWEEN: [&str; 26] = [
    "significant",
    "sig",
    "signif",
    "obvious",
    "evident",
    "definite",
    "evidence",
    "of",
    "any",
    "visible",
    "detectable",
    "discernible",
    "appreciable",
    "relevant",
    "coronary",
    "luminal",
    "lumen",
    "artery",
    "arterial",
    "atherosclerotic",
    "focal",
    "other",
    "further",
    "additional",
    "apparent",
    "a",
];

const ABNORMALITY: [&str; 3] = ["abnormality", "abnormalities", "anomaly"];

const STENOSIS: [&str; 9] = [
    "stenosis",
    "stenoses",
    "narrowing",
    "disease",
    "cad",
    "lesion",
    "lesions",
    "plaque",
    "plaques",
];

/// What else is denied in lists; its absence grades nothing.
const ELSE: [&str; 12] = [
    "occlusion",
    "occlusions",
    "obstruction",
    "dissection",
    "aneurysm",
    "aneurysms",
    "thrombus",
    "thrombosis",
    "calcification",
    "calcifications",
    "calcium",
    "ectasia",
];

/// Nouns that make what stands before them a part of their name.
const COMPOUND: [&str; 8] = [
    "rupture",
    "progression",
    "ulceration",
    "change",
    "changes",
    "burden",
    "recurrence",
    "erosion",
];

fn marked_english(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let begins = !before.is_ascii_alphanumeric() && before != '-';
        let list = begins.then(|| list(rest)).flatten();
        match list {
            Some(list) => {
                marked.push_str(&list.mark());
                before = 'x';
                rest = &rest[list.end..];
            }
            None => {
                marked.push(letter);
                before = letter;
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    marked
}

/// What one denial covers.
struct List {
    /// Bytes of it.
    end: usize,
    stenosis: bool,
    abnormality: bool,
    coronary: bool,
    other: bool,
}

impl List {
    fn mark(&self) -> String {
        let mark = match (self.stenosis, self.abnormality) {
            (true, _) => ENGLISH,
            (false, true) => ABNORMAL,
            (false, false) => return ELSEWISE.to_string(),
        };
        let whose = match (self.other, self.coronary) {
            (true, _) => "remaining vessels ",
            (false, true) => "coronary ",
            (false, false) => "",
        };
        format!("{whose}{mark}")
    }
}

/// The denial at the start of a text.
fn list(text: &str) -> Option<List> {
    let opening = OPENINGS.iter().find(|opening| {
        text.strip_prefix(**opening)
            .is_some_and(|rest| rest.starts_with(' '))
    })?;
    let mut list: Option<List> = None;
    let (mut coronary, mut other, mut joined, mut comma) = (false, false, true, false);
    let mut at = opening.len();
    while let Some((word, start)) = next_word(text, at) {
        let gap = text[at..start].trim();
        let end = start + word.len();
        match gap {
            "" => {}
            "," | "/" => (joined, comma) = (true, true),
            _ => break,
        }
        at = end;
        if matches!(word, "or" | "and" | "nor") {
            (joined, comma) = (true, false);
        } else if BETWEEN.contains(&word) {
            coronary |= word == "coronary";
            other |= matches!(word, "other" | "further" | "additional");
        } else if joined
            && [&STENOSIS[..], &ELSE, &ABNORMALITY]
                .iter()
                .any(|of| of.contains(&word))
        {
            if !ends(&text[end..], comma) {
                break;
            }
            coronary |= word == "cad";
            let before = list.as_ref();
            list = Some(List {
                end,
                stenosis: STENOSIS.contains(&word) || before.is_some_and(|l| l.stenosis),
                abnormality: ABNORMALITY.contains(&word) || before.is_some_and(|l| l.abnormality),
                coronary,
                other,
            });
            joined = false;
        } else {
            break;
        }
    }
    list
}

/// Whether what is denied ends here: not as a part of another name, and after a bare comma only
/// where nothing but the list goes on.
fn ends(rest: &str, comma: bool) -> bool {
    let next = next_word(rest, 0).filter(|(_, start)| rest[..*start].trim().is_empty());
    match next {
        Some((word, _)) if COMPOUND.contains(&word) => false,
        Some((word, _)) => !comma || matches!(word, "or" | "and" | "nor"),
        None => true,
    }
}

fn next_word(text: &str, at: usize) -> Option<(&str, usize)> {
    let start = at + text[at..].find(|c: char| c.is_alphanumeric())?;
    let length = text[start..]
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(text.len() - start);
    (length > 0).then(|| (&text[start..start + length], start))
}

const OPENINGS_CHINESE: [&str; 7] = ["未见", "未发现", "未探及", "没有", "未显示", "无", "未查见"];
const BETWEEN_CHINESE: [&str; 13] = [
    "明显",
    "显著",
    "明确",
    "确切",
    "有意义",
    "管腔",
    "的",
    "任何",
    "局限性",
    "器质性",
    "冠脉",
    "冠状动脉",
    "血管",
];
const STENOSIS_CHINESE: [&str; 3] = ["狭窄", "斑块", "变窄"];
const ABNORMALITY_CHINESE: &str = "异常";
const ELSE_CHINESE: [&str; 9] = [
    "闭塞",
    "堵塞",
    "阻塞",
    "扩张",
    "钙化",
    "血栓",
    "夹层",
    "动脉瘤",
    "充盈缺损",
];
const JOINTS_CHINESE: [&str; 6] = ["、", "及", "或", "和", "与", "以及"];
const ENDINGS_CHINESE: [&str; 7] = ["征象", "改变", "表现", "性病变", "病变", "征", "影"];

fn marked_chinese(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        match list_chinese(rest) {
            Some((end, mark)) => {
                if ["冠脉", "冠状动脉"]
                    .iter()
                    .any(|word| rest[..end].contains(word))
                {
                    marked.push_str("冠脉");
                }
                marked.push(mark);
                rest = &rest[end..];
            }
            None => {
                marked.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    marked
}

/// Bytes of the denial at the start of a text, and the mark of what it denies.
fn list_chinese(text: &str) -> Option<(usize, char)> {
    let strip = |rest: &str, words: &[&str]| {
        let longest = words.iter().filter(|word| rest.starts_with(**word));
        longest.map(|word| word.len()).max()
    };
    let mut at = strip(text, &OPENINGS_CHINESE)?;
    let mut found: Option<(usize, char)> = None;
    loop {
        while let Some(length) = strip(&text[at..], &BETWEEN_CHINESE) {
            at += length;
        }
        let kinds: [(&[&str], char); 3] = [
            (&STENOSIS_CHINESE, CHINESE),
            (&[ABNORMALITY_CHINESE], ABNORMAL),
            (&ELSE_CHINESE, ELSEWISE),
        ];
        let denied = kinds
            .iter()
            .find_map(|(words, mark)| Some((strip(&text[at..], words)?, *mark)));
        let Some((length, mark)) = denied else {
            break;
        };
        at += length + strip(&text[at + length..], &ENDINGS_CHINESE).unwrap_or(0);
        let joint = strip(&text[at..], &JOINTS_CHINESE);
        let next = text[at..].chars().next();
        if joint.is_none() && next.is_some_and(|c| c.is_alphabetic() && !c.is_ascii()) {
            break;
        }
        let before = found.map_or(mark, |(_, before)| before);
        let strongest = [CHINESE, ABNORMAL]
            .into_iter()
            .find(|one| [mark, before].contains(one));
        found = Some((at, strongest.unwrap_or(ELSEWISE)));
        match joint {
            Some(length) => at += length,
            None => break,
        }
    }
    found
}
