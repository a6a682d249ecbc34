//! What the segments of a sentence say together of which place.

use super::places::Place;
use super::segments::{self, Segment};
use crate::grade_text;
use std::ops::Range;

/// What a place of two possible statements is taken to say.
pub(super) const DOUBT: &str = "?";

/// What is said of a place.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) place: Place,
    /// In plain form.
    pub(super) text: String,
    /// The bytes of the sentence it was read from.
    pub(super) range: Range<usize>,
}

/// What a sentence in plain form says of which place.
pub(super) fn of(text: &str) -> Vec<Statement> {
    let mut segments = segments::of(text);
    leave_out_general(&mut segments);
    let divided = leave_out_division(&mut segments);
    let mut sentence = Sentence::default();
    for segment in &segments {
        let places = segment.places();
        match (places.is_empty(), segment.grades) {
            (false, true) if segment.is_finding_first() => sentence.finding_first(segment),
            (false, true) => sentence.place_first(segment),
            (false, false) if segment.is_only_places() => sentence.named(segment),
            (false, false) => sentence.described(segment),
            (true, true) => sentence.graded(segment),
            (true, false) => sentence.context(segment),
        }
    }
    let mut said = sentence.end();
    if is_interleaved(text) || divided == Division::Diseased {
        for statement in &mut said {
            DOUBT.clone_into(&mut statement.text);
        }
    }
    // `右优势型，未见异常` may be of the anatomy alone.
    if grade_text::names_anatomy(text) {
        for statement in said.iter_mut().filter(|said| said.place == Place::All) {
            if grade_text::denies_only_abnormality(&statement.text) {
                statement.text.clear();
            }
        }
    }
    if is_of_the_rest(text) {
        for statement in said.iter_mut().filter(|said| said.place == Place::All) {
            statement.place = Place::Rest;
        }
    }
    said
}

/// Places and findings in two lists of one order.
fn is_interleaved(sentence: &str) -> bool {
    sentence.contains("respectively") || sentence.contains("分别")
}

/// Whether what a sentence says of all coronary arteries is said of those not named otherwise.
fn is_of_the_rest(sentence: &str) -> bool {
    const WORDS: [&str; 7] = [
        "otherwise",
        "elsewhere",
        "except",
        "apart from",
        "other than",
        "除",
        "余",
    ];
    WORDS.iter().any(|word| sentence.contains(word))
}

/// `coronary` beside a vessel is no place of its own, nor is `其余` which may be other segments.
fn leave_out_general(segments: &mut [Segment]) {
    let special = |place: Place| matches!(place, Place::Vessel(_) | Place::Branch);
    let named = segments.iter().flat_map(Segment::places).any(special);
    for segment in segments.iter_mut().filter(|_| named) {
        let text = &segment.text;
        segment.mentions.retain(|mention| {
            !matches!(
                &text[mention.start..mention.end],
                "coronary" | "coronary artery" | "其余" | "冠脉" | "冠状动脉"
            ) || !matches!(mention.place, Place::All | Place::Rest)
                || text[..mention.start].contains('余')
        });
        segment.grades = grade_text::says_grade(&segments::bare(&segment.text, &segment.mentions));
    }
}

/// Words of a sentence and where they stand.
type Words = (String, Range<usize>);

/// Whether a sentence says into what a vessel divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Division {
    /// It does not.
    None,
    /// Yes, and nothing behind it is of one or the other.
    Plain,
    /// Yes, and what it says of disease may be said of one or the other.
    Diseased,
}

/// In `the left main bifurcates into the LAD and LCX, no stenosis` the LAD and the LCX are no
/// places of what is said.
fn leave_out_division(segments: &mut [Segment]) -> Division {
    const DIVIDES: [&str; 11] = [
        "furcates into",
        "furcating into",
        "divides into",
        "dividing into",
        "divided into",
        "gives rise to",
        "giving rise to",
        "gives off",
        "分为",
        "分出",
        "分叉为",
    ];
    let divides = |segment: &Segment| DIVIDES.iter().find_map(|word| segment.text.find(word));
    let found = segments.iter().enumerate();
    let Some((first, at)) = found.into_iter().find_map(|(n, s)| Some((n, divides(s)?))) else {
        return Division::None;
    };
    if grade_text::says_grade(&segments[first].text[at..]) {
        return Division::Diseased;
    }
    segments[first]
        .mentions
        .retain(|mention| mention.start < at);
    let mut division = Division::Plain;
    let mut listed = true;
    for segment in &mut segments[first + 1..] {
        listed &= segment.is_only_places() && !segment.mentions.is_empty();
        if listed {
            segment.mentions.clear();
        } else if segment.grades && segment.mentions.is_empty() {
            let of_both = ["both", "which", "all ", "each", "均"];
            match of_both.iter().any(|word| segment.text.contains(word)) {
                true => {
                    segment.grades = false;
                    segment.text.clear();
                }
                false if !grade_text::is_free(&segment.text) => division = Division::Diseased,
                false => {}
            }
        }
    }
    division
}

/// A sentence as far as it is read.
#[derive(Default)]
struct Sentence {
    said: Vec<Statement>,
    /// Places that wait for what is said of them.
    waiting: Vec<(Place, Range<usize>)>,
    /// Findings that wait for their place.
    findings: Vec<Words>,
    /// Places of the last statement.
    last: Vec<(Place, Range<usize>)>,
    /// What the last statement said, where its finding came first, so that places may follow.
    open: Option<Words>,
    /// Places that follow such a statement.
    following: Vec<(Place, Range<usize>)>,
}

impl Sentence {
    /// `severe stenosis of the LAD`.
    fn finding_first(&mut self, segment: &Segment) {
        self.close();
        let waiting = std::mem::take(&mut self.waiting);
        self.doubt(waiting);
        let mut said = inside(segment, true);
        if let Some(first) = said.first_mut() {
            for (text, range) in std::mem::take(&mut self.findings).into_iter().rev() {
                first.text = format!("{text}; {}", first.text);
                first.range = joined(&range, &first.range);
            }
        }
        self.open = said
            .last()
            .map(|said| (said.text.clone(), said.range.clone()));
        self.last = last_places(&said);
        self.said.extend(said);
    }

    /// `LAD: severe stenosis`.
    fn place_first(&mut self, segment: &Segment) {
        let following = std::mem::take(&mut self.following);
        self.doubt(following);
        let said = inside(segment, false);
        if let Some(first) = said.first() {
            let words = (first.text.clone(), first.range.clone());
            let waiting = std::mem::take(&mut self.waiting);
            self.say(&waiting, &words);
            if !std::mem::take(&mut self.findings).is_empty() {
                self.doubt(vec![(first.place, first.range.clone())]);
            }
        }
        self.open = None;
        self.last = last_places(&said);
        self.said.extend(said);
    }

    /// Places alone.
    fn named(&mut self, segment: &Segment) {
        let places = segment.places().into_iter();
        let places = places.map(|place| (place, segment.range.clone()));
        match self.open {
            Some(_) => self.following.extend(places),
            None => self.waiting.extend(places),
        }
    }

    /// A place with words that grade nothing, such as `LAD: calcified plaque`, which may be on the
    /// places that wait for their words too, as in `LAD and RCA calcified, mild stenosis`.
    fn described(&mut self, segment: &Segment) {
        self.close();
        self.open = None;
        let mut said = inside(segment, false);
        let findings = std::mem::take(&mut self.findings);
        if let Some(first) = said.first_mut() {
            self.found_before(first, findings, segment);
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.last = last_places(&said);
        if segment.is_signed() {
            let last = self.last.clone();
            self.doubt(last);
            self.doubt(waiting);
            return;
        }
        if let Some(first) = said.first() {
            let words = (first.text.clone(), first.range.clone());
            self.say(&waiting, &words);
        }
        self.last.extend(waiting);
        self.said.extend(said);
    }

    /// `severe, calcified stenosis of the LAD`: a severity that waits belongs to the stenosis; any
    /// other finding that waits may belong to the place or not.
    fn found_before(&self, said: &mut Statement, findings: Vec<Words>, segment: &Segment) {
        if findings.is_empty() || grade_text::is_anatomy(&segment.text) {
            return;
        }
        let texts: Vec<&str> = findings.iter().map(|(text, _)| text.as_str()).collect();
        let before = texts.join(" ");
        said.text = match segment.is_stenosis_first() && !grade_text::names_stenosis(&before) {
            true => format!("{before} {}", said.text),
            false => DOUBT.to_owned(),
        };
        for (_, range) in &findings {
            said.range = joined(range, &said.range);
        }
    }

    /// A finding alone.
    fn graded(&mut self, segment: &Segment) {
        self.close();
        let words = (segment.text.clone(), segment.range.clone());
        if !self.waiting.is_empty() {
            self.last = std::mem::take(&mut self.waiting);
        } else if self.last.is_empty() {
            self.findings.push(words);
            return;
        }
        self.open = None;
        let elsewhere = ["otherwise", "elsewhere"]
            .iter()
            .any(|word| words.0.contains(word));
        let text = match elsewhere && !grade_text::is_free(&words.0) {
            true => DOUBT,
            false => segments::trimmed(&words.0),
        };
        let last = self.last.clone();
        self.say(&last, &(text.to_owned(), words.1.clone()));
    }

    /// Words that grade nothing: kept with what they stand beside.
    fn context(&mut self, segment: &Segment) {
        if self.waiting.is_empty() && self.following.is_empty() {
            let text = segments::trimmed(&segment.text).to_owned();
            let last = self.last.clone();
            self.say(&last, &(text, segment.range.clone()));
        }
    }

    /// The places that follow the last statement belong to it.
    fn close(&mut self) {
        let following = std::mem::take(&mut self.following);
        if let Some(words) = self.open.clone() {
            self.last.extend(following.iter().cloned());
            self.say(&following, &words);
        }
    }

    fn say(&mut self, places: &[(Place, Range<usize>)], (text, range): &Words) {
        let said = places.iter().map(|(place, named)| Statement {
            place: *place,
            text: text.clone(),
            range: joined(named, range),
        });
        self.said.extend(said);
    }

    fn doubt(&mut self, places: Vec<(Place, Range<usize>)>) {
        let said = places.into_iter().map(|(place, range)| Statement {
            place,
            text: DOUBT.to_owned(),
            range,
        });
        self.said.extend(said);
    }

    fn end(mut self) -> Vec<Statement> {
        self.close();
        let waiting = std::mem::take(&mut self.waiting);
        // `Severe stenosis, mid LAD` is all that is said; after another statement it could be of
        // either.
        let words = match (self.findings.as_slice(), self.said.is_empty()) {
            ([], _) => (String::new(), None),
            ([(text, range)], true) => (text.clone(), Some(range.clone())),
            _ => (DOUBT.to_owned(), None),
        };
        let (text, range) = words;
        let said = waiting.into_iter().map(|(place, named)| Statement {
            place,
            text: text.clone(),
            range: range
                .as_ref()
                .map_or(named.clone(), |range| joined(range, &named)),
        });
        self.said.extend(said);
        self.said
    }
}

/// The bytes from the beginning of one part to the end of the other.
fn joined(one: &Range<usize>, other: &Range<usize>) -> Range<usize> {
    one.start.min(other.start)..one.end.max(other.end)
}

/// The places of the last statement of a segment.
fn last_places(said: &[Statement]) -> Vec<(Place, Range<usize>)> {
    let last = said.last().map(|said| (said.place, said.range.clone()));
    last.into_iter().collect()
}

/// What one segment says of the places in it: of one, all its words; of several, the words before
/// each or behind each.
fn inside(segment: &Segment, finding_first: bool) -> Vec<Statement> {
    let mentions: Vec<_> = segment
        .mentions
        .iter()
        .filter(|mention| mention.place != Place::Nothing)
        .collect();
    let statement = |place: Place, text: String| Statement {
        place,
        text,
        range: segment.range.clone(),
    };
    if let [only] = mentions.as_slice() {
        let bare = segments::bare(&segment.text, &segment.mentions);
        return vec![statement(only.place, bare)];
    }
    let text = &segment.text;
    let words = mentions.iter().enumerate().map(|(at, mention)| {
        let before = at.checked_sub(1).map_or(0, |at| mentions[at].end);
        let after = mentions.get(at + 1).map_or(text.len(), |next| next.start);
        let words = match finding_first {
            true if at + 1 == mentions.len() => {
                format!("{} {}", &text[before..mention.start], &text[mention.end..])
            }
            true => text[before..mention.start].to_owned(),
            false => text[mention.end..after].to_owned(),
        };
        segments::trimmed(&grade_text::marked(&words)).to_owned()
    });
    let words: Vec<String> = words.collect();
    let places: Vec<Place> = mentions.iter().map(|mention| mention.place).collect();
    let mut doubtful = match finding_first {
        true => vec![false; places.len()],
        false => said_of_the_next(&places, &words),
    };
    let graded = words.iter().any(|words| grade_text::says_grade(words));
    for (at, pair) in mentions.windows(2).enumerate().filter(|_| graded) {
        if is_joint(
            pair[0].place,
            &text[pair[0].end..pair[1].start],
            pair[1].place,
        ) {
            doubtful[at] = true;
            doubtful[at + 1] = true;
        }
    }
    let said = places.iter().zip(words).zip(doubtful);
    said.map(|((place, words), doubtful)| {
        let words = if doubtful { DOUBT.to_owned() } else { words };
        statement(*place, words)
    })
    .collect()
}

/// Whether two places are named as one, such as `LAD/D1` or `LM-LAD`: nobody knows in which of them
/// a finding lies.
fn is_joint(one: Place, between: &str, other: Place) -> bool {
    let between = between.trim();
    match (one, other) {
        (Place::Vessel(_), Place::Branch) => matches!(between, "/" | "-"),
        (Place::Vessel(one), Place::Vessel(other)) => {
            let to = [
                "-",
                "to",
                "to the",
                "into",
                "into the",
                "至",
                "延续至",
                "延伸至",
            ];
            one != other && to.contains(&between)
        }
        _ => false,
    }
}

/// Which of several places in one row might not be what the words behind them are said of.
///
/// `LAD 90% LCX 20%` is clear. In `LAD with 80% stenosis of its diagonal` the words before the last
/// name are said of that, and in `LAD to the occluded RCA` too: words that grade something and lead
/// up to the next name, or stand before a last name that has none, make both doubtful. Only a
/// branch may say where, as in `LAD: severe stenosis at the origin of D1`.
fn said_of_the_next(places: &[Place], words: &[String]) -> Vec<bool> {
    let mut doubtful = vec![false; places.len()];
    let grades: Vec<bool> = words
        .iter()
        .map(|words| grade_text::says_grade(words))
        .collect();
    let last = places.len().saturating_sub(1);
    for at in 0..last {
        let next = places[at + 1];
        let is_where = next == Place::Branch && says_where(&words[at]);
        if !grades[at] || next == places[at] || is_where {
            continue;
        }
        if reaches(&words[at]) {
            doubtful[at + 1] = true;
            continue;
        }
        let is_place = next != Place::Other;
        if leads_on(&words[at]) || (is_place && !grades[last]) {
            doubtful[at] = true;
            doubtful[at + 1] = true;
        }
    }
    doubtful
}

/// Whether words end by saying where a finding lies: `severe stenosis just proximal to the`.
fn says_where(words: &str) -> bool {
    const WHERE: [&str; 14] = [
        "at",
        "near",
        "after",
        "before",
        "beyond",
        "proximal to",
        "distal to",
        "opposite",
        "origin of",
        "ostium of",
        "take-off of",
        "takeoff of",
        "bifurcation of",
        "level of",
    ];
    let words = ["the", "first", "second", "third", "1st", "2nd"]
        .iter()
        .fold(words.trim_end(), |words, article| {
            words.strip_suffix(article).unwrap_or(words).trim_end()
        });
    let ends = |word: &str| {
        words
            .strip_suffix(word)
            .is_some_and(|before| before.ends_with(' '))
    };
    WHERE.iter().any(|word| ends(word))
}

/// Whether words end by saying how far a finding reaches: `severe stenosis extending into the`.
fn reaches(words: &str) -> bool {
    const INTO: [&str; 7] = [
        "involving",
        "累及",
        "extending into",
        "extending to",
        "extends into",
        "extends to",
        "延伸至",
    ];
    let behind = INTO.iter().find_map(|word| words.split_once(word));
    behind.is_some_and(|(_, behind)| grade_text::is_filler(behind))
}

/// Whether words lead up to the name behind them.
fn leads_on(words: &str) -> bool {
    const LINKS: [&str; 17] = [
        "of",
        "in",
        "at",
        "to",
        "into",
        "from",
        "within",
        "involving",
        "the",
        "its",
        "a",
        "an",
        "with",
        "than",
        "for",
        "via",
        "affecting",
    ];
    let last = words.split_whitespace().next_back();
    last.is_some_and(|last| LINKS.contains(&last))
}
