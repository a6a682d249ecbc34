//! Names of vessels, branches and whole trees in reports.

use crate::Vessel;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One of the four vessels, whole or a segment of it.
    Vessel(Vessel),
    /// All coronary arteries, or all that are not named otherwise.
    All,
    /// The left coronary artery with its branches.
    Left,
    /// A branch of a vessel.
    Branch,
    /// Something that is no vessel but has a grade of its own.
    Other,
    /// Words that hold a name and mean no place, such as `other segments`.
    Nothing,
}

/// A name in a sentence, by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) place: Place,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Words that head a part of a report, in lower case.
pub(super) const HEADINGS: [&str; 18] = [
    "impression:",
    "impressions:",
    "conclusion:",
    "conclusions:",
    "findings:",
    "result:",
    "results:",
    "summary:",
    "检查所见:",
    "检查所见：",
    "影像所见:",
    "影像所见：",
    "诊断意见:",
    "诊断意见：",
    "诊断:",
    "诊断：",
    "结论:",
    "结论：",
];

/// Headings of what is asked and of how it was done, in lower case; the sentence behind them, or all
/// up to the next heading where there is one, finds nothing.
pub(super) const REQUESTS: [&str; 18] = [
    "indication:",
    "indications:",
    "clinical indication:",
    "clinical history:",
    "clinical question:",
    "clinical information:",
    "history:",
    "technique:",
    "comparison:",
    "reason for exam:",
    "临床诊断:",
    "临床诊断：",
    "病史:",
    "病史：",
    "检查方法:",
    "检查方法：",
    "检查目的:",
    "检查目的：",
];

/// Names in lower case; of names that begin at one place the longest counts.
const NAMES: &[(&str, Place)] = &[
    ("right coronary artery", Place::Vessel(Vessel::Rca)),
    ("right coronary", Place::Vessel(Vessel::Rca)),
    ("rca", Place::Vessel(Vessel::Rca)),
    ("prca", Place::Vessel(Vessel::Rca)),
    ("mrca", Place::Vessel(Vessel::Rca)),
    ("drca", Place::Vessel(Vessel::Rca)),
    ("右冠状动脉主干", Place::Vessel(Vessel::Rca)),
    ("右冠状动脉", Place::Vessel(Vessel::Rca)),
    ("右冠脉", Place::Vessel(Vessel::Rca)),
    ("右冠", Place::Vessel(Vessel::Rca)),
    ("left main coronary artery", Place::Vessel(Vessel::Lm)),
    ("left main coronary", Place::Vessel(Vessel::Lm)),
    ("left main stem", Place::Vessel(Vessel::Lm)),
    ("left main trunk", Place::Vessel(Vessel::Lm)),
    ("left main artery", Place::Vessel(Vessel::Lm)),
    ("left main", Place::Vessel(Vessel::Lm)),
    ("lmca", Place::Vessel(Vessel::Lm)),
    ("lms", Place::Vessel(Vessel::Lm)),
    ("lmt", Place::Vessel(Vessel::Lm)),
    ("lm", Place::Vessel(Vessel::Lm)),
    ("左冠状动脉主干", Place::Vessel(Vessel::Lm)),
    ("左冠脉主干", Place::Vessel(Vessel::Lm)),
    ("左冠主干", Place::Vessel(Vessel::Lm)),
    ("左主干", Place::Vessel(Vessel::Lm)),
    (
        "left anterior descending coronary artery",
        Place::Vessel(Vessel::Lad),
    ),
    (
        "left anterior descending artery",
        Place::Vessel(Vessel::Lad),
    ),
    ("left anterior descending", Place::Vessel(Vessel::Lad)),
    ("anterior descending", Place::Vessel(Vessel::Lad)),
    ("lad", Place::Vessel(Vessel::Lad)),
    ("plad", Place::Vessel(Vessel::Lad)),
    ("mlad", Place::Vessel(Vessel::Lad)),
    ("dlad", Place::Vessel(Vessel::Lad)),
    ("左前降支", Place::Vessel(Vessel::Lad)),
    ("前降支", Place::Vessel(Vessel::Lad)),
    (
        "left circumflex coronary artery",
        Place::Vessel(Vessel::Lcx),
    ),
    ("left circumflex artery", Place::Vessel(Vessel::Lcx)),
    ("left circumflex", Place::Vessel(Vessel::Lcx)),
    ("circumflex artery", Place::Vessel(Vessel::Lcx)),
    ("circumflex", Place::Vessel(Vessel::Lcx)),
    ("circ", Place::Vessel(Vessel::Lcx)),
    ("lcx", Place::Vessel(Vessel::Lcx)),
    ("plcx", Place::Vessel(Vessel::Lcx)),
    ("dlcx", Place::Vessel(Vessel::Lcx)),
    ("lcirc", Place::Vessel(Vessel::Lcx)),
    ("cx", Place::Vessel(Vessel::Lcx)),
    ("左回旋支", Place::Vessel(Vessel::Lcx)),
    ("回旋支", Place::Vessel(Vessel::Lcx)),
    ("左旋支", Place::Vessel(Vessel::Lcx)),
    ("coronary arteries", Place::All),
    ("coronary vessels", Place::All),
    ("coronary tree", Place::All),
    ("coronaries", Place::All),
    ("coronary artery", Place::All),
    ("coronary", Place::All),
    ("other vessels", Place::All),
    ("remaining vessels", Place::All),
    ("remaining coronary arteries", Place::All),
    ("other coronary arteries", Place::All),
    ("remaining arteries", Place::All),
    ("all vessels", Place::All),
    ("all arteries", Place::All),
    ("冠状动脉", Place::All),
    ("冠脉", Place::All),
    ("冠脉三支", Place::All),
    ("冠状动脉三支", Place::All),
    ("三支冠脉", Place::All),
    ("三支冠状动脉", Place::All),
    ("双侧冠状动脉", Place::All),
    ("双侧冠脉", Place::All),
    ("左右冠状动脉", Place::All),
    ("左右冠脉", Place::All),
    ("余冠状动脉", Place::All),
    ("余冠脉", Place::All),
    ("余各支", Place::All),
    ("余血管", Place::All),
    ("其余血管", Place::All),
    ("其他血管", Place::All),
    ("其余冠脉", Place::All),
    ("其余冠状动脉", Place::All),
    ("其余各支", Place::All),
    ("其余", Place::All),
    ("diagonal", Place::Branch),
    ("diagonals", Place::Branch),
    ("diag", Place::Branch),
    ("obtuse marginal", Place::Branch),
    ("obtuse marginals", Place::Branch),
    ("marginal", Place::Branch),
    ("marginals", Place::Branch),
    ("acute marginal", Place::Branch),
    ("om", Place::Branch),
    ("oms", Place::Branch),
    ("om1", Place::Branch),
    ("om2", Place::Branch),
    ("om3", Place::Branch),
    ("d1", Place::Branch),
    ("d2", Place::Branch),
    ("d3", Place::Branch),
    ("d4", Place::Branch),
    ("ramus", Place::Branch),
    ("ramus intermedius", Place::Branch),
    ("intermediate branch", Place::Branch),
    ("intermedius", Place::Branch),
    ("ri", Place::Branch),
    ("im", Place::Branch),
    ("septal", Place::Branch),
    ("septals", Place::Branch),
    ("septal branch", Place::Branch),
    ("posterior descending artery", Place::Branch),
    ("posterior descending", Place::Branch),
    ("posterolateral", Place::Branch),
    ("pda", Place::Branch),
    ("rpda", Place::Branch),
    ("lpda", Place::Branch),
    ("pd", Place::Branch),
    ("rpd", Place::Branch),
    ("plv", Place::Branch),
    ("plb", Place::Branch),
    ("rplb", Place::Branch),
    ("rpl", Place::Branch),
    ("plvb", Place::Branch),
    ("pl", Place::Branch),
    ("conus", Place::Branch),
    ("conus branch", Place::Branch),
    ("sinus node artery", Place::Branch),
    ("av node artery", Place::Branch),
    ("对角支", Place::Branch),
    ("钝缘支", Place::Branch),
    ("锐缘支", Place::Branch),
    ("边缘支", Place::Branch),
    ("中间支", Place::Branch),
    ("后降支", Place::Branch),
    ("左室后支", Place::Branch),
    ("左室后侧支", Place::Branch),
    ("后侧支", Place::Branch),
    ("左心室后支", Place::Branch),
    ("间隔支", Place::Branch),
    ("室间隔支", Place::Branch),
    ("圆锥支", Place::Branch),
    ("右室支", Place::Branch),
    ("窦房结支", Place::Branch),
    ("房室结支", Place::Branch),
    ("left coronary artery", Place::Left),
    ("left coronary arteries", Place::Left),
    ("left coronary system", Place::Left),
    ("left coronary", Place::Left),
    ("right coronary system", Place::Other),
    ("lca", Place::Left),
    ("左冠状动脉", Place::Left),
    ("左冠", Place::Left),
    ("左冠脉", Place::Left),
    ("cad-rads", Place::Other),
    ("cad rads", Place::Other),
    ("cadrads", Place::Other),
    ("cad_rads", Place::Other),
    ("lvef", Place::Other),
    ("ejection fraction", Place::Other),
    ("ef", Place::Other),
    ("agatston", Place::Other),
    ("agatston score", Place::Other),
    ("calcium score", Place::Other),
    ("coronary calcium", Place::Other),
    ("coronary calcium score", Place::Other),
    ("coronary artery calcium", Place::Other),
    ("coronary artery calcium score", Place::Other),
    ("cac", Place::Other),
    ("cacs", Place::Other),
    ("coronary sinus", Place::Other),
    ("aorta", Place::Other),
    ("aortic", Place::Other),
    ("aortic valve", Place::Other),
    ("aortic root", Place::Other),
    ("mitral", Place::Other),
    ("mitral valve", Place::Other),
    ("tricuspid", Place::Other),
    ("pulmonary", Place::Other),
    ("pulmonary artery", Place::Other),
    ("pulmonary arteries", Place::Other),
    ("pericardium", Place::Other),
    ("pericardial", Place::Other),
    ("myocardium", Place::Other),
    ("myocardial", Place::Other),
    ("left ventricle", Place::Other),
    ("left ventricular", Place::Other),
    ("right ventricle", Place::Other),
    ("left atrium", Place::Other),
    ("left atrial", Place::Other),
    ("lung", Place::Other),
    ("lungs", Place::Other),
    ("pleural", Place::Other),
    ("carotid", Place::Other),
    ("renal artery", Place::Other),
    ("升主动脉", Place::Other),
    ("主动脉", Place::Other),
    ("主动脉瓣", Place::Other),
    ("二尖瓣", Place::Other),
    ("三尖瓣", Place::Other),
    ("肺动脉", Place::Other),
    ("心包", Place::Other),
    ("左心室", Place::Other),
    ("左室", Place::Other),
    ("左心房", Place::Other),
    ("左房", Place::Other),
    ("右心房", Place::Other),
    ("右心室", Place::Other),
    ("射血分数", Place::Other),
    ("左室射血分数", Place::Other),
    ("钙化积分", Place::Other),
    ("冠脉钙化积分", Place::Other),
    ("冠状动脉钙化积分", Place::Other),
    ("颈动脉", Place::Other),
    ("冠状静脉窦", Place::Other),
    ("myocardial bridge", Place::Nothing),
    ("myocardial bridging", Place::Nothing),
    ("myocardial bridges", Place::Nothing),
    ("other segments", Place::Nothing),
    ("remaining segments", Place::Nothing),
    ("other segment", Place::Nothing),
    ("rest of the vessel", Place::Nothing),
    ("coronary artery disease", Place::Nothing),
    ("coronary disease", Place::Nothing),
    ("coronary heart disease", Place::Nothing),
    ("coronary cta", Place::Nothing),
    ("coronary ct", Place::Nothing),
    ("coronary ct angiography", Place::Nothing),
    ("coronary angiography", Place::Nothing),
    ("coronary computed tomography angiography", Place::Nothing),
    ("coronary calcification", Place::Nothing),
    ("coronary artery calcification", Place::Nothing),
    ("壁冠状动脉", Place::Nothing),
    ("冠状动脉粥样硬化", Place::Nothing),
    ("冠状动脉粥样硬化性心脏病", Place::Nothing),
    ("冠状动脉cta", Place::Nothing),
    ("冠脉cta", Place::Nothing),
    ("冠状动脉钙化", Place::Nothing),
    ("冠脉钙化", Place::Nothing),
    ("其余各段", Place::Nothing),
    ("其余节段", Place::Nothing),
    ("其余段", Place::Nothing),
    ("余各段", Place::Nothing),
    ("余节段", Place::Nothing),
    ("余段", Place::Nothing),
    ("其他节段", Place::Nothing),
    ("其余管腔", Place::Nothing),
];

/// All names of a sentence in order, none within another.
pub(super) fn find(sentence: &str) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let mut at = 0;
    while let Some(letter) = sentence[at..].chars().next() {
        match longest(sentence, at) {
            Some(mention) => {
                at = mention.end;
                if !is_category_of_last(sentence, &found, mention) {
                    found.push(mention);
                }
            }
            None => at += letter.len_utf8(),
        }
    }
    without_parents(sentence, without_repetitions(sentence, found))
}

/// A vessel by its second name, as in `右冠状动脉(RCA)`, is named once: its mention ends with the
/// bracket.
fn without_repetitions(sentence: &str, found: Vec<Mention>) -> Vec<Mention> {
    let mut kept: Vec<Mention> = Vec::new();
    for mention in found {
        let bracket = |last: &&mut Mention| {
            last.place == mention.place
                && sentence[last.end..mention.start].trim() == "("
                && sentence[mention.end..].trim_start().starts_with(')')
        };
        match kept.last_mut().filter(bracket) {
            Some(last) => {
                let close = sentence[mention.end..].find(')').unwrap_or(0);
                last.end = mention.end + close + 1;
            }
            None => kept.push(mention),
        }
    }
    kept
}

/// A vessel that only says whose branch is meant is no place: `LAD diagonal`, `diagonal of the LAD`.
fn without_parents(sentence: &str, found: Vec<Mention>) -> Vec<Mention> {
    let between = |left: &Mention, right: &Mention| sentence[left.end..right.start].trim();
    let kept = |&(at, mention): &(usize, &Mention)| {
        if !matches!(mention.place, Place::Vessel(_)) {
            return true;
        }
        let before = at.checked_sub(1).and_then(|at| found.get(at));
        let of_before = before
            .is_some_and(|other| other.place == Place::Branch && is_of(between(other, mention)));
        let after = found.get(at + 1);
        let of_after = after
            .is_some_and(|other| other.place == Place::Branch && is_its(between(mention, other)));
        !of_before && !of_after
    };
    let kept: Vec<Mention> = found
        .iter()
        .enumerate()
        .filter(kept)
        .map(|(_, mention)| *mention)
        .collect();
    kept
}

/// Between a branch and its vessel.
fn is_of(between: &str) -> bool {
    let mut words = between.split_whitespace().peekable();
    words
        .peek()
        .is_some_and(|word| matches!(*word, "of" | "off" | "from" | "branch" | "branches"))
        && words.all(|word| {
            matches!(
                word,
                "of" | "off"
                    | "from"
                    | "the"
                    | "branch"
                    | "branches"
                    | "artery"
                    | "proximal"
                    | "mid"
                    | "distal"
            )
        })
}

/// Between a vessel and its branch.
fn is_its(between: &str) -> bool {
    matches!(
        between,
        "" | "-"
            | "'s"
            | "的"
            | "第一"
            | "第二"
            | "第三"
            | "发出的"
            | "first"
            | "second"
            | "1st"
            | "2nd"
            | "artery"
    )
}

/// Whether a CAD-RADS category stands right behind a vessel, as in `LAD: CAD-RADS 3`; elsewhere it
/// is the category of the patient.
fn is_category_of_last(sentence: &str, found: &[Mention], mention: Mention) -> bool {
    let is_category = sentence[mention.start..mention.end].starts_with("cad");
    is_category
        && found.last().is_some_and(|last| {
            let between = sentence[last.end..mention.start].trim();
            matches!(last.place, Place::Vessel(_)) && matches!(between, "" | ":" | "-" | "=")
        })
}

/// The longest name that begins at a byte and, where it is Latin, stands as a word.
fn longest(sentence: &str, start: usize) -> Option<Mention> {
    let is_word_part = |letter: Option<char>| letter.is_some_and(|c| c.is_ascii_alphanumeric());
    let rest = &sentence[start..];
    let inside = is_word_part(sentence[..start].chars().next_back());
    let names = NAMES.iter().filter(|(name, _)| {
        let is_latin = name.is_ascii();
        let cut = || inside || is_word_part(rest[name.len()..].chars().next());
        rest.starts_with(name) && !(is_latin && cut())
    });
    names
        .max_by_key(|(name, _)| name.len())
        .map(|&(name, place)| Mention {
            place,
            start,
            end: start + name.len(),
        })
}
