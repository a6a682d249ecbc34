//! What a CCTA table says of one vessel, as a grade: per cent, CAD-RADS, English or Chinese words.
//!
//! Reads the cell of one vessel, not a whole report. A text is brought into plain form, what it
//! denies is marked, it is cut into clauses, each clause is read alone, and the worst grade counts.
//! Anything doubtful — a severity that is denied or only suspected, a range across two grades,
//! stents and grafts, two statements that disagree — is not understood rather than guessed. Free
//! report text with several vessels is cut up by [`read_report`](crate::read_report).

mod chinese;
mod denial;
mod english;
mod hedges;
mod number;
mod plain;
mod spelling;

use crate::report_text;
use crate::{Grade, Vessel};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(crate) use denial::marked;
pub(crate) use plain::{normalise, plain_letter, unescape};

/// How a text was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Understanding {
    /// A diameter stenosis in per cent.
    PerCent,
    /// A range of per cent within one grade.
    Range,
    /// A CAD-RADS category.
    CadRads,
    /// English words.
    English,
    /// Chinese words.
    Chinese,
    /// The cell is empty or says that the vessel was not assessed.
    Missing,
    /// The text is not understood; counted, and never negative.
    NotUnderstood,
}

/// A text as a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GradeReading {
    /// The grade; `None` where the text is missing or not understood.
    pub grade: Option<Grade>,
    /// How it was understood.
    pub how: Understanding,
}

impl Understanding {
    /// The name of it in tables.
    pub fn name(self) -> &'static str {
        match self {
            Understanding::PerCent => "per-cent",
            Understanding::Range => "range",
            Understanding::CadRads => "cad-rads",
            Understanding::English => "english",
            Understanding::Chinese => "chinese",
            Understanding::Missing => "missing",
            Understanding::NotUnderstood => "not-understood",
        }
    }
}

/// How the texts of a table were understood, and which were not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GradeTally {
    /// Texts by how they were understood.
    pub counts: BTreeMap<Understanding, usize>,
    /// Each text that was not understood, with how often it occurs.
    pub not_understood: BTreeMap<String, usize>,
    /// Every distinct text and how it was read, with how often; a report's own words may be read in
    /// several ways, by what else it says.
    pub texts: BTreeMap<(String, GradeReading), usize>,
}

impl GradeTally {
    /// Reads what is said of a vessel and counts it.
    pub fn read(&mut self, vessel: Vessel, text: &str) -> Option<Grade> {
        self.count(text, read_grade_of(vessel, text))
    }

    /// Counts a text that was read as `reading`, and returns its grade.
    pub fn count(&mut self, text: &str, reading: GradeReading) -> Option<Grade> {
        *self.counts.entry(reading.how).or_insert(0) += 1;
        let text = text.trim();
        if reading.how == Understanding::NotUnderstood {
            *self.not_understood.entry(text.to_owned()).or_insert(0) += 1;
        }
        *self.texts.entry((text.to_owned(), reading)).or_insert(0) += 1;
        reading.grade
    }
}

/// Reads what a CCTA table says of one vessel.
///
/// Per cent: `70%`, `about 70 %`, `70-99%`, `<50%`, `≥70%`, and bare numbers of 0 and 6–100; a range must lie
/// within one grade, where a bound on the border of the next is not counted (`50-70%` is moderate).
/// CAD-RADS 0–5 per vessel: 0 none, 1 and 2 mild, 3 moderate, 4A and 4B severe, 5 occluded; N is missing.
/// Bare 1–5 could be a grade, a category or per cent and is not understood. A branch (`D1 90%`) is
/// not the vessel: its grade neither counts nor hides that it is worse. A text that grades one part
/// and could not assess another is not understood.
///
/// The left main is read by [`read_grade_of`].
pub fn read_grade(text: &str) -> GradeReading {
    let text = normalise(text);
    if hedges::is_missing(&text) {
        let graded =
            hedges::is_missing_words(&text) && graded([text.as_str()]).is_some_and(is_graded);
        return match graded {
            true => NOT_UNDERSTOOD,
            false => MISSING,
        };
    }
    if let Some(reading) = number::bare(&text) {
        return reading;
    }
    let (elsewhere, vessel): (Vec<&str>, Vec<&str>) =
        clauses(&text).partition(|clause| report_text::names_elsewhere(clause));
    let reading = graded(vessel).unwrap_or(NOT_UNDERSTOOD);
    let hides = |worst: Grade| {
        graded(elsewhere).is_some_and(|said| said.grade.is_none_or(|grade| grade > worst))
    };
    match reading.grade {
        Some(worst) if hides(worst) => NOT_UNDERSTOOD,
        _ => reading,
    }
}

/// Reads what a CCTA table says of this vessel: as [`read_grade`], but CAD-RADS 4 and 4B of the left
/// main, which begin at 50 % there, are not understood unless something else says how severe it is.
pub fn read_grade_of(vessel: Vessel, text: &str) -> GradeReading {
    of_vessel(vessel, read_grade(text), [normalise(text).as_str()])
}

fn of_vessel<'a>(
    vessel: Vessel,
    reading: GradeReading,
    texts: impl IntoIterator<Item = &'a str>,
) -> GradeReading {
    let is_open = vessel == Vessel::Lm
        && reading.how == Understanding::CadRads
        && reading.grade == Some(Grade::Severe);
    let texts: Vec<&str> = texts.into_iter().collect();
    let has = |is: fn(&str) -> bool| texts.iter().any(|text| is(text));
    let category = has(number::is_of_left_main_from_half);
    match is_open && category && !has(|text| text.contains('%')) {
        true => NOT_UNDERSTOOD,
        false => reading,
    }
}

/// What the plain texts on one vessel say together; missing where none grades it, and not understood
/// where there is disease of which none says how severe it is.
pub(crate) fn worst(vessel: Vessel, texts: &[&str]) -> GradeReading {
    let (missing, said): (Vec<&str>, Vec<&str>) =
        texts.iter().partition(|text| hedges::is_missing(text));
    let unassessed = missing.iter().any(|text| !text.is_empty());
    let graded = |texts: &[&str]| graded(texts.iter().copied());
    if unassessed && (!said.is_empty() || graded(&missing).is_some_and(is_graded)) {
        return NOT_UNDERSTOOD;
    }
    let is_on_it = |text: &&str| disease(text).is_some() || names_severity(text);
    let silent = match said.iter().any(is_on_it) {
        true => NOT_UNDERSTOOD,
        false => MISSING,
    };
    let reading = graded(&said).unwrap_or(silent);
    of_vessel(vessel, reading, said)
}

fn is_graded(reading: GradeReading) -> bool {
    reading.grade.is_some()
}

/// Whether a plain text says that there is no stenosis and nothing else.
pub(crate) fn is_free(text: &str) -> bool {
    graded([text]).is_some_and(|reading| reading.grade == Some(Grade::None))
}

/// Whether a plain text says anything on stenosis, understood or not.
pub(crate) fn says_grade(text: &str) -> bool {
    hedges::is_missing_words(text) || graded([text]).is_some()
}

/// Whether a plain text has a word for a severity, which may be of anything.
fn names_severity(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "sever", "moder", "mild", "minimal", "critical", "%", "轻度", "中度", "重度",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether a plain text has a word for a narrowed or open vessel, graded or not.
pub(crate) fn names_stenosis(text: &str) -> bool {
    const WORDS: [&str; 17] = [
        "stenos", "stenot", "narrow", "lesion", "disease", "obstruct", "occlu", "patent", "plaque",
        "狭窄", "变窄", "病变", "闭塞", "堵塞", "阻塞", "通畅", "斑块",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

/// Disease that a text says is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disease {
    /// Of this grade.
    Graded(Grade),
    /// Of a grade that is not said or not understood.
    Ungraded,
}

/// The worst disease that a plain text says is there; `None` where it says of none, or denies it.
pub(crate) fn disease(text: &str) -> Option<Disease> {
    let mut worst = None;
    for clause in clauses(text) {
        match (read_clause(clause), worst) {
            (Clause::Grade(Grade::None, _), _) => {}
            (Clause::Grade(grade, _), Some(Disease::Graded(other))) if other >= grade => {}
            (Clause::Grade(grade, _), _) => worst = Some(Disease::Graded(grade)),
            (Clause::Silent | Clause::Doubtful, None) if hedges::names_disease(clause) => {
                worst = Some(Disease::Ungraded);
            }
            (Clause::Silent | Clause::Doubtful, _) => {}
        }
    }
    worst
}

/// Whether a plain text is on where a vessel begins and runs, and on nothing else.
pub(crate) fn is_anatomy(text: &str) -> bool {
    clauses(text).all(hedges::is_anatomy)
}

/// Whether a text has a word on where vessels begin and run.
pub(crate) fn names_anatomy(text: &str) -> bool {
    hedges::names_anatomy(text)
}

/// Whether a plain text denies nothing but abnormality, which may be of the course of a vessel.
pub(crate) fn denies_only_abnormality(text: &str) -> bool {
    text.contains(denial::ABNORMAL) && !text.contains([denial::ENGLISH, denial::CHINESE])
}

/// Whether a plain text holds nothing but words that say where, such as `proximal segment of the`.
pub(crate) fn is_filler(text: &str) -> bool {
    let rest = chinese::without_fillers(text);
    rest.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .all(|word| english::FILLERS.contains(&word))
}

/// The worst grade of all clauses of all plain texts; `None` where none says anything on stenosis.
///
/// A CAD-RADS category grades the vessel as a whole, so it must agree with the worst of the rest.
fn graded<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<GradeReading> {
    let mut worst: Option<(Grade, Understanding)> = None;
    let mut category = None;
    let mut words = None;
    for clause in texts.into_iter().flat_map(clauses) {
        let read = read_clause(clause);
        let Some(said) = agreed(&read, number::is_alone(clause), words) else {
            return Some(NOT_UNDERSTOOD);
        };
        words = said;
        match read {
            Clause::Grade(grade, Understanding::CadRads) => {
                if category.is_some_and(|other| other != grade) {
                    return Some(NOT_UNDERSTOOD);
                }
                category = Some(grade);
            }
            Clause::Grade(grade, how) if worst.is_none_or(|(other, _)| grade > other) => {
                worst = Some((grade, how));
            }
            Clause::Grade(..) | Clause::Silent => {}
            Clause::Doubtful => return Some(NOT_UNDERSTOOD),
        }
    }
    let (grade, how) = match (category, worst) {
        (Some(category), Some((worst, _))) if category != worst => return Some(NOT_UNDERSTOOD),
        (Some(category), _) => (category, Understanding::CadRads),
        (None, worst) => worst?,
    };
    Some(GradeReading {
        grade: Some(grade),
        how,
    })
}

/// The severity in words that a clause leaves for the next; `None` where the clause is nothing but
/// per cent and says something else than the words before it, as in `moderate, 75%`.
fn agreed(read: &Clause, is_number: bool, words: Option<Grade>) -> Option<Option<Grade>> {
    match (read, words) {
        (Clause::Grade(grade, _), Some(words)) if is_number && *grade != words => None,
        (Clause::Grade(grade, Understanding::English | Understanding::Chinese), _) => {
            Some(Some(*grade).filter(|grade| *grade != Grade::None))
        }
        _ => Some(None),
    }
}

const NOT_UNDERSTOOD: GradeReading = GradeReading {
    grade: None,
    how: Understanding::NotUnderstood,
};

const MISSING: GradeReading = GradeReading {
    grade: None,
    how: Understanding::Missing,
};

/// What one clause says.
enum Clause {
    Grade(Grade, Understanding),
    /// Nothing on stenosis, such as `calcified plaque`.
    Silent,
    /// Something on stenosis that cannot be taken as a grade.
    Doubtful,
}

fn read_clause(clause: &str) -> Clause {
    if hedges::is_anatomy(clause) {
        return Clause::Silent;
    }
    if hedges::is_hedged(clause) {
        return Clause::Doubtful;
    }
    let readings = [
        number::cad_rads(clause),
        number::per_cent(clause),
        english::read(clause),
        chinese::read(clause),
    ];
    let mut found: Option<(Grade, Understanding)> = None;
    for reading in readings {
        match (reading, found) {
            (Clause::Doubtful, _) => return Clause::Doubtful,
            (Clause::Grade(grade, _), Some((other, _))) if grade != other => {
                return Clause::Doubtful;
            }
            (Clause::Grade(grade, how), None) => found = Some((grade, how)),
            _ => {}
        }
    }
    found.map_or(Clause::Silent, |(grade, how)| Clause::Grade(grade, how))
}

/// One severity that is not denied, or its absence; anything else is doubtful or silent.
fn decide(graded: &[(Grade, bool); 4], denied: bool, absent: bool, how: Understanding) -> Clause {
    let mut found = graded.iter().filter(|(_, is)| *is).map(|(grade, _)| *grade);
    match (found.next(), found.next()) {
        (Some(_), _) if denied || absent => Clause::Doubtful,
        (Some(_), Some(_)) => Clause::Doubtful,
        (Some(grade), None) => Clause::Grade(grade, how),
        (None, _) if absent && !denied => Clause::Grade(Grade::None, how),
        (None, _) if denied => Clause::Doubtful,
        (None, _) => Clause::Silent,
    }
}

fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', ',', '、', '\n'])
        .flat_map(|part| part.split(". "))
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" with "))
        .flat_map(|part| part.split(" but "))
        .map(|clause| clause.trim().trim_end_matches('.'))
        .filter(|clause| !clause.is_empty())
}
