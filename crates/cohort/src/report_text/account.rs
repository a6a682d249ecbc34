//! What all sentences of a report say together of each vessel.

use super::VesselReading;
use super::places::{self, Place};
use super::segments;
use super::sentences::Sentence;
use super::statements::{self, DOUBT, Statement};
use crate::grade_text::{self, Disease, GradeReading, Understanding};
use crate::{Grade, Vessel};

/// Words on something, in plain form and as the person wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    text: String,
    words: String,
}

/// Disease that is somewhere, without a place among the vessels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Claim {
    /// How severe, where that is said and understood.
    grade: Option<Grade>,
    /// In how many vessels at least.
    vessels: usize,
    /// In all of them.
    everywhere: bool,
}

/// A report as far as it is read.
#[derive(Default)]
pub(super) struct Account {
    /// What is said of each vessel, in the order of [`Vessel::ALL`].
    vessels: [Vec<Said>; 4],
    /// What is said of branches.
    branches: Vec<Said>,
    /// What is said of the left coronary artery, and whether that is all of the left side.
    left: Vec<(Said, Place)>,
    /// What is said of all vessels.
    all: Vec<Said>,
    /// What is said of those that are not named otherwise.
    rest: Vec<Said>,
    /// That there is no stenosis, without a place.
    nowhere: Vec<Said>,
    claims: Vec<Claim>,
    /// Places of the last sentence that names any.
    last: Vec<Place>,
    /// Which vessels a statement has graded so far.
    graded: [bool; 4],
}

impl Account {
    /// Adds what a sentence says.
    pub(super) fn add(&mut self, sentence: &Sentence) {
        if sentence.begins_part {
            self.last.clear();
        }
        let statements = statements::of(&sentence.text);
        if statements.is_empty() {
            self.add_placeless(sentence);
            return;
        }
        self.last.clear();
        for said in &statements {
            if !self.last.contains(&said.place) {
                self.last.push(said.place);
            }
        }
        for Statement { place, text, range } in statements {
            let words = sentence.words(&range);
            self.say(place, Said { text, words });
        }
    }

    fn say(&mut self, place: Place, said: Said) {
        match place {
            Place::Vessel(vessel) => {
                let reading = grade_text::worst(vessel, &[said.text.as_str()]);
                self.graded[vessel.index()] |= reading.grade.is_some();
                self.vessels[vessel.index()].push(said);
            }
            Place::Branch => self.branches.push(said),
            Place::LeftSystem | Place::LeftCoronary => self.left.push((said, place)),
            Place::All | Place::Rest => {
                self.claims.extend(claim(&said.text));
                let general = match place {
                    Place::All => &mut self.all,
                    _ => &mut self.rest,
                };
                general.push(said);
            }
            Place::Other | Place::Nothing => {}
        }
    }

    /// A sentence that names no place goes on about the one before it, is said of the patient, or
    /// says that there is nothing anywhere.
    fn add_placeless(&mut self, sentence: &Sentence) {
        let whole = 0..sentence.text.len();
        let said = |text: &str| Said {
            text: text.to_owned(),
            words: sentence.words(&whole),
        };
        if goes_on(sentence) && !self.last.is_empty() {
            let free = grade_text::is_free(&sentence.text);
            let last = self.last.clone();
            for &place in &last {
                match last.len() {
                    1 => self.say(place, said(&sentence.text)),
                    // That there is nothing more changes no grade that is known.
                    _ if free && self.is_graded(place) => {}
                    _ => self.say(place, said(DOUBT)),
                }
            }
            return;
        }
        if !is_of_request(&sentence.text) {
            self.claims.extend(claim(&sentence.text));
        }
        if is_bare_absence(&sentence.text) {
            self.nowhere.push(said(&sentence.text));
        }
    }

    /// Whether a vessel has a grade of its own so far.
    fn is_graded(&self, place: Place) -> bool {
        match place {
            Place::Vessel(vessel) => self.graded[vessel.index()],
            _ => true,
        }
    }

    fn texts(&self, vessel: Vessel) -> Vec<&str> {
        let said = self.vessels[vessel.index()].iter();
        said.map(|said| said.text.as_str()).collect()
    }

    /// Whether anything is said of the stenosis of a vessel itself, understood or not.
    fn is_named(&self, vessel: Vessel) -> bool {
        let texts = self.texts(vessel);
        texts.into_iter().any(grade_text::says_grade)
    }

    /// Grades of the vessels.
    pub(super) fn readings(mut self) -> [VesselReading; 4] {
        self.hand_down_left();
        let free = self.free();
        Vessel::ALL.map(|vessel| {
            let said = &self.vessels[vessel.index()];
            let silent = said.iter().all(|said| grade_text::is_anatomy(&said.text));
            match free.as_ref().filter(|_| silent) {
                Some(free) => reading(vessel, std::slice::from_ref(free)),
                None => reading(vessel, said),
            }
        })
    }

    /// Disease of the left coronary artery lies in one of its three vessels, and nobody knows which;
    /// that the left side is free is said of all three.
    fn hand_down_left(&mut self) {
        const LEFT: [Vessel; 3] = [Vessel::Lm, Vessel::Lad, Vessel::Lcx];
        let unnamed: Vec<Vessel> = LEFT.into_iter().filter(|v| !self.is_named(*v)).collect();
        for (said, place) in &self.left {
            let free = grade_text::is_free(&said.text);
            let diseased = !free && (said.text == DOUBT || claim(&said.text).is_some());
            let text = match (free, place) {
                (true, Place::LeftSystem) => said.text.clone(),
                // Where none of the three is named, all of the left side is meant.
                (true, _) if unnamed.len() == LEFT.len() => said.text.clone(),
                _ if diseased => DOUBT.to_owned(),
                _ => continue,
            };
            for vessel in &unnamed {
                self.vessels[vessel.index()].push(Said {
                    text: text.clone(),
                    words: said.words.clone(),
                });
            }
        }
    }

    /// The statement by which a vessel that is not named has no stenosis.
    fn free(&self) -> Option<Said> {
        let is_named = Vessel::ALL.into_iter().any(|vessel| self.is_named(vessel));
        let is_free = |said: &&Said| grade_text::is_free(&said.text);
        let vessels = Vessel::ALL.map(|vessel| grade_text::worst(vessel, &self.texts(vessel)));
        if !self.explains_claims(&vessels) {
            return None;
        }
        let rest = self.rest.iter().find(is_free).filter(|_| is_named);
        // All are free, and yet one is not: one of the two is meant otherwise.
        let branches = self.branches();
        let mut found = vessels.iter().copied().chain(branches);
        let contradicted = found.any(|one| one.grade >= Some(Grade::Moderate));
        let all = self.all.iter().find(is_free).filter(|_| !contradicted);
        let nothing_else = !is_named && self.branches.is_empty() && self.claims.is_empty();
        let nowhere = self.nowhere.first();
        let nowhere = nowhere.filter(|_| nothing_else && self.left.is_empty());
        rest.or(all).or(nowhere).cloned()
    }

    /// The grades of the branches, which have no rules of their own.
    fn branches(&self) -> impl Iterator<Item = GradeReading> {
        let texts = self.branches.iter().map(|said| said.text.as_str());
        texts.map(|text| grade_text::worst(Vessel::Lad, &[text]))
    }

    /// Whether what is said of the vessels and branches accounts for all disease said of the
    /// patient.
    fn explains_claims(&self, vessels: &[GradeReading; 4]) -> bool {
        let branches = self.branches();
        let diseased = |reading: &GradeReading| {
            reading.how == Understanding::NotUnderstood || reading.grade > Some(Grade::None)
        };
        let count = vessels.iter().filter(|reading| diseased(reading)).count();
        let found: Vec<Option<Grade>> = (vessels.iter().copied().chain(branches))
            .filter(diseased)
            .map(|reading| reading.grade)
            .collect();
        let open = found.contains(&None);
        let worst = found.iter().flatten().max();
        self.claims.iter().all(|claim| {
            let severe_enough = !found.is_empty() && (open || worst >= claim.grade.as_ref());
            !claim.everywhere && claim.vessels <= count.max(1) && severe_enough
        })
    }
}

fn reading(vessel: Vessel, said: &[Said]) -> VesselReading {
    let texts: Vec<&str> = said.iter().map(|said| said.text.as_str()).collect();
    let mut words: Vec<&str> = Vec::new();
    for said in said {
        if !said.words.is_empty() && words.last() != Some(&said.words.as_str()) {
            words.push(&said.words);
        }
    }
    VesselReading {
        reading: grade_text::worst(vessel, &texts),
        text: words.join(" | "),
    }
}

/// Whether a sentence without a place is said of the vessel before it.
///
/// `Mid 90 %.` and `Severe stenosis.` go on about the vessel before them; what is said of the
/// patient (`severe three-vessel disease`) does not, nor does a new line unless it names a segment.
fn goes_on(sentence: &Sentence) -> bool {
    const SEGMENTS: [&str; 13] = [
        "prox", "mid", "dist", "ostia", "ostium", "seg", "#", "the prox", "the mid", "the dist",
        "近", "中段", "远段",
    ];
    const OF_PATIENT: [&str; 15] = [
        "study",
        "exam",
        "quality",
        "scan",
        "image",
        "图像",
        "检查",
        "disease",
        "cad",
        "vessel",
        "overall",
        "patient",
        "病变",
        "冠心病",
        "支",
    ];
    let text = &sentence.text;
    let begins = SEGMENTS.iter().any(|word| text.starts_with(word));
    let of_patient = OF_PATIENT.iter().any(|word| text.contains(word));
    let goes_on = begins || !(sentence.begins_line || of_patient);
    goes_on && grade_text::says_grade(text)
}

/// What a text without a vessel claims of disease.
fn claim(text: &str) -> Option<Claim> {
    const EVERYWHERE: [&str; 8] = [
        "all ", "every ", "diffus", "均", "各支", "普遍", "弥漫", "广泛",
    ];
    let vessels = vessels_of(text);
    let grade = match (text == DOUBT, grade_text::disease(text), vessels) {
        (true, ..) => None,
        (false, Some(Disease::Graded(grade)), _) => Some(grade),
        (false, Some(Disease::Ungraded), _) => None,
        (false, None, 0) => return None,
        (false, None, _) => None,
    };
    Some(Claim {
        grade,
        vessels: vessels.max(1),
        everywhere: EVERYWHERE.iter().any(|word| text.contains(word)),
    })
}

/// `two-vessel disease`, `三支病变`: how many vessels; 0 where no number is said.
fn vessels_of(text: &str) -> usize {
    const COUNTS: [(&str, usize); 24] = [
        ("single vessel", 1),
        ("one vessel", 1),
        ("1 vessel", 1),
        ("two vessel", 2),
        ("double vessel", 2),
        ("2 vessel", 2),
        ("multivessel", 2),
        ("multi vessel", 2),
        ("three vessel", 3),
        ("triple vessel", 3),
        ("3 vessel", 3),
        ("four vessel", 4),
        ("单支病变", 1),
        ("单支血管病变", 1),
        ("双支病变", 2),
        ("两支病变", 2),
        ("二支病变", 2),
        ("双支血管病变", 2),
        ("多支病变", 2),
        ("多支血管病变", 2),
        ("三支病变", 3),
        ("三支血管病变", 3),
        ("3支病变", 3),
        ("2支病变", 2),
    ];
    let text = text.replace('-', " ");
    let counts = COUNTS.iter().filter(|(words, _)| text.contains(words));
    counts.map(|(_, count)| *count).max().unwrap_or(0)
}

/// Whether a sentence is on why the patient came.
fn is_of_request(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "history",
        "risk factor",
        "referred",
        "chest pain",
        "indication",
        "family",
        "angina",
        "dyspn",
        "evaluation",
        "to evaluate",
        "to assess",
        "rule out",
        "r/o",
        "query",
        "heart disease",
        "病史",
        "症状",
        "胸痛",
        "胸闷",
        "排除",
        "待查",
        "家族",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether a sentence says that there is no stenosis and nothing else: `no stenosis seen`,
/// `冠状动脉CTA未见异常`, `normal coronary CT angiography`.
fn is_bare_absence(text: &str) -> bool {
    const MARKS: [char; 3] = ['∅', '⌀', '⊘'];
    const WORDS: [&str; 24] = [
        "there",
        "is",
        "are",
        "seen",
        "identified",
        "detected",
        "noted",
        "demonstrated",
        "present",
        "found",
        "at",
        "all",
        "on",
        "this",
        "the",
        "study",
        "examination",
        "exam",
        "scan",
        "of",
        "in",
        "within",
        "a",
        "an",
    ];
    const CHINESE: [&str; 14] = [
        "检查",
        "扫描",
        "成像",
        "血管",
        "提示",
        "显示",
        "示",
        "平扫",
        "增强",
        "及",
        "管腔",
        "各段",
        "均",
        "未见明显",
    ];
    let mentions = places::find(text);
    let of_scan = mentions.iter().any(|mention| {
        let name = &text[mention.start..mention.end];
        mention.place == Place::Nothing && (name.contains("ct") || name.contains("angiogra"))
    });
    let bare = segments::bare(text, &mentions);
    let is_marked = bare.contains(MARKS);
    let is_normal = of_scan && (bare.contains("normal") || bare.contains("正常"));
    let rest = CHINESE.iter().fold(bare.replace(MARKS, " "), |text, word| {
        text.replace(word, "")
    });
    let rest = if is_normal {
        rest.replace("正常", "")
    } else {
        rest
    };
    let mut words = rest
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let only = words.all(|word| WORDS.contains(&word) || (is_normal && word == "normal"));
    (is_marked || is_normal) && only
}
