//! Names of vessels, branches and whole trees in reports.

use crate::Vessel;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One of the four vessels, whole or a segment of it.
    Vessel(Vessel),
    /// All coronary arteries, or all that are not named otherwise.
    All,
    /// A branch, a graft, or something that is no vessel but has a grade of its own.
    Other,
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

/// Names in lower case; of names that begin at one place the longest counts.
const NAMES: [(&str, Place); 72] = [
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
    ("left main stem", Place::Vessel(Vessel::Lm)),
    ("left main trunk", Place::Vessel(Vessel::Lm)),
    ("left main artery", Place::Vessel(Vessel::Lm)),
    ("left main", Place::Vessel(Vessel::Lm)),
    ("lmca", Place::Vessel(Vessel::Lm)),
    ("lms", Place::Vessel(Vessel::Lm)),
    ("lm", Place::Vessel(Vessel::Lm)),
    ("左冠状动脉主干", Place::Vessel(Vessel::Lm)),
    ("左冠脉主干", Place::Vessel(Vessel::Lm)),
    ("左主干", Place::Vessel(Vessel::Lm)),
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
    ("left circumflex artery", Place::Vessel(Vessel::Lcx)),
    ("left circumflex", Place::Vessel(Vessel::Lcx)),
    ("circumflex artery", Place::Vessel(Vessel::Lcx)),
    ("circumflex", Place::Vessel(Vessel::Lcx)),
    ("lcx", Place::Vessel(Vessel::Lcx)),
    ("plcx", Place::Vessel(Vessel::Lcx)),
    ("dlcx", Place::Vessel(Vessel::Lcx)),
    ("cx", Place::Vessel(Vessel::Lcx)),
    ("左回旋支", Place::Vessel(Vessel::Lcx)),
    ("回旋支", Place::Vessel(Vessel::Lcx)),
    ("coronary arteries", Place::All),
    ("coronaries", Place::All),
    ("coronary artery", Place::All),
    ("coronary", Place::All),
    ("other vessels", Place::All),
    ("remaining vessels", Place::All),
    ("all vessels", Place::All),
    ("冠状动脉", Place::All),
    ("冠脉", Place::All),
    ("余各支", Place::All),
    ("其余", Place::All),
    ("diagonal", Place::Other),
    ("obtuse marginal", Place::Other),
    ("marginal", Place::Other),
    ("ramus", Place::Other),
    ("septal", Place::Other),
    ("posterior descending", Place::Other),
    ("pda", Place::Other),
    ("plv", Place::Other),
    ("om1", Place::Other),
    ("om2", Place::Other),
    ("d1", Place::Other),
    ("d2", Place::Other),
    ("lima", Place::Other),
    ("对角支", Place::Other),
    ("钝缘支", Place::Other),
    ("中间支", Place::Other),
    ("后降支", Place::Other),
    ("左室后支", Place::Other),
    ("左冠状动脉", Place::Other),
    ("cad-rads", Place::Other),
    ("cad rads", Place::Other),
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
    found
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
