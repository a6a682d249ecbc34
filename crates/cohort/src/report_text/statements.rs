//! What the segments of a sentence say together of which place.

use super::places::{Mention, Place};
use super::segments::{self, Segment};
use crate::grade_text;

/// What a place of two possible statements is taken to say.
pub(super) const DOUBT: &str = "?";

/// A place and what is said of it, in plain form.
pub(super) type Statement = (Place, String);

/// What a sentence in plain form says of which place.
pub(super) fn of(text: &str) -> Vec<Statement> {
    let mut segments = segments::of(text);
    leave_out_general(&mut segments);
    let mut sentence = Sentence::default();
    for segment in &segments {
        let places = segment.places();
        match (places.is_empty(), segment.grades) {
            (false, true) if segment.is_finding_first() => sentence.finding_first(segment),
            (false, true) => sentence.place_first(segment),
            (false, false) if segment.is_answered() => sentence.answered(segment, places),
            (false, false) if segment.is_only_places() => sentence.named(places),
            (false, false) => sentence.described(segment),
            (true, true) => sentence.graded(&segment.text),
            (true, false) => sentence.context(&segment.text),
        }
    }
    let said = sentence.end();
    match is_interleaved(text) {
        true => said
            .into_iter()
            .map(|(place, _)| (place, DOUBT.to_owned()))
            .collect(),
        false => said,
    }
}

/// Places and findings in two lists of one order.
fn is_interleaved(sentence: &str) -> bool {
    sentence.contains("respectively") || sentence.contains("分别")
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
            ) || mention.place != Place::All
                || text[..mention.start].contains('余')
        });
        segment.grades = grade_text::says_grade(&segments::bare(&segment.text, &segment.mentions));
    }
}

/// A sentence as far as it is read.
#[derive(Default)]
struct Sentence {
    said: Vec<Statement>,
    /// Places that wait for what is said of them.
    waiting: Vec<Place>,
    /// Findings that wait for their place.
    findings: Vec<String>,
    /// Places of the last statement.
    last: Vec<Place>,
    /// What the last statement said, where its finding came first, so that places may follow.
    open: Option<String>,
    /// Places that follow such a statement.
    following: Vec<Place>,
}

impl Sentence {
    /// `severe stenosis of the LAD`.
    fn finding_first(&mut self, segment: &Segment) {
        self.close();
        self.doubt_waiting();
        let findings = std::mem::take(&mut self.findings);
        let mut said = inside(segment, true);
        if let Some((_, text)) = said.first_mut() {
            *text = findings
                .into_iter()
                .chain([text.clone()])
                .collect::<Vec<_>>()
                .join("; ");
        }
        self.open = said.last().map(|(_, text)| text.clone());
        self.last = last_places(&said);
        self.said.extend(said);
    }

    /// `LAD: severe stenosis`.
    fn place_first(&mut self, segment: &Segment) {
        let following = std::mem::take(&mut self.following);
        self.said
            .extend(following.into_iter().map(|place| (place, DOUBT.to_owned())));
        let said = inside(segment, false);
        let text = said
            .first()
            .map(|(_, text)| text.clone())
            .unwrap_or_default();
        let waiting = std::mem::take(&mut self.waiting);
        self.said
            .extend(waiting.into_iter().map(|place| (place, text.clone())));
        if !self.findings.is_empty() {
            self.findings.clear();
            self.said
                .extend(said.first().map(|(place, _)| (*place, DOUBT.to_owned())));
        }
        self.open = None;
        self.last = last_places(&said);
        self.said.extend(said);
    }

    /// A place alone.
    fn named(&mut self, places: Vec<Place>) {
        match self.open {
            Some(_) => self.following.extend(places),
            None => self.waiting.extend(places),
        }
    }

    /// A place with nothing behind it, such as `LAD:` in a row of such, or with a sign of which it
    /// is not known what it means, such as `LAD (-)`.
    fn answered(&mut self, segment: &Segment, places: Vec<Place>) {
        self.close();
        self.open = None;
        self.doubt_waiting();
        let text = match segment.is_empty() {
            true => "",
            false => DOUBT,
        };
        self.said
            .extend(places.iter().map(|place| (*place, text.to_owned())));
        self.last = places;
    }

    /// A place with words that grade nothing, such as `LAD: calcified plaque`.
    ///
    /// `severe, calcified stenosis of the LAD`: a severity that waits belongs to the stenosis; any
    /// other finding that waits may belong to the place or not.
    fn described(&mut self, segment: &Segment) {
        self.close();
        self.open = None;
        let mut said = inside(segment, false);
        // `LAD and RCA calcified, mild stenosis` is on both.
        let described = said.first().map(|(_, text)| text.clone());
        let waiting = std::mem::take(&mut self.waiting);
        let waiting = waiting
            .into_iter()
            .map(|place| (place, described.clone().unwrap_or_default()));
        let waiting: Vec<Statement> = waiting.collect();
        let findings = std::mem::take(&mut self.findings).join(" ");
        let about_anatomy = grade_text::is_anatomy(&segment.text);
        let pending = !findings.is_empty() && !about_anatomy;
        if let Some((_, text)) = said.first_mut().filter(|_| pending) {
            let belongs = segment.is_stenosis_first() && !grade_text::names_stenosis(&findings);
            *text = match belongs {
                true => format!("{findings} {text}"),
                false => DOUBT.to_owned(),
            };
        }
        self.last = waiting.iter().map(|(place, _)| *place).collect();
        self.last.extend(last_places(&said));
        self.said.extend(waiting.into_iter().chain(said));
    }

    /// A finding alone.
    fn graded(&mut self, text: &str) {
        self.close();
        if !self.waiting.is_empty() {
            self.last = std::mem::take(&mut self.waiting);
        } else if self.last.is_empty() {
            self.findings.push(text.to_owned());
            return;
        }
        self.open = None;
        let text = segments::trimmed(text).to_owned();
        let places = self.last.iter();
        self.said.extend(places.map(|place| (*place, text.clone())));
    }

    /// Words that grade nothing: kept with what they stand beside.
    fn context(&mut self, text: &str) {
        if self.waiting.is_empty() && self.following.is_empty() {
            let text = segments::trimmed(text).to_owned();
            let places = self.last.iter();
            self.said.extend(places.map(|place| (*place, text.clone())));
        }
    }

    /// The places that follow the last statement belong to it.
    fn close(&mut self) {
        let following = std::mem::take(&mut self.following);
        if let Some(text) = self.open.clone() {
            self.last.extend(&following);
            self.said
                .extend(following.into_iter().map(|place| (place, text.clone())));
        }
    }

    fn doubt_waiting(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.said
            .extend(waiting.into_iter().map(|place| (place, DOUBT.to_owned())));
    }

    fn end(mut self) -> Vec<Statement> {
        self.close();
        // `Severe stenosis, mid LAD` is all that is said; after another statement it could be of either.
        let text = match (self.findings.as_slice(), self.said.is_empty()) {
            ([], _) => String::new(),
            (findings, true) => findings.join("; "),
            (_, false) => DOUBT.to_owned(),
        };
        let waiting = std::mem::take(&mut self.waiting);
        self.said
            .extend(waiting.into_iter().map(|place| (place, text.clone())));
        self.said
    }
}

/// The places of the last statement of a segment.
fn last_places(said: &[Statement]) -> Vec<Place> {
    said.last().map(|(place, _)| *place).into_iter().collect()
}

/// What one segment says of the places in it: of one, all its words; of several, the words before
/// each or behind each.
fn inside(segment: &Segment, finding_first: bool) -> Vec<Statement> {
    let mentions: Vec<_> = segment
        .mentions
        .iter()
        .filter(|mention| mention.place != Place::Nothing)
        .collect();
    if let [only] = mentions.as_slice() {
        return vec![(only.place, segments::bare(&segment.text, &segment.mentions))];
    }
    let text = &segment.text;
    if !finding_first && is_of_later_place(text, &mentions) {
        let places = mentions.iter().map(|mention| mention.place);
        return places.map(|place| (place, DOUBT.to_owned())).collect();
    }
    let said = mentions.iter().enumerate().map(|(at, mention)| {
        let before = at.checked_sub(1).map_or(0, |at| mentions[at].end);
        let after = mentions.get(at + 1).map_or(text.len(), |next| next.start);
        let words = match finding_first {
            true if at + 1 == mentions.len() => {
                format!("{} {}", &text[before..mention.start], &text[mention.end..])
            }
            true => text[before..mention.start].to_owned(),
            false => text[mention.end..after].to_owned(),
        };
        (mention.place, segments::trimmed(&words).to_owned())
    });
    said.collect()
}

/// Whether what stands between two places may be said of the later one: `LCX dominant with severe
/// stenosis of the OM1`, where nothing behind the last place grades it.
fn is_of_later_place(text: &str, mentions: &[&Mention]) -> bool {
    let Some(last) = mentions.last() else {
        return false;
    };
    if grade_text::says_grade(segments::trimmed(&text[last.end..])) {
        return false;
    }
    mentions.windows(2).any(|pair| {
        let between = segments::trimmed(&text[pair[0].end..pair[1].start]);
        let same = pair[0].place == pair[1].place;
        let beside = match pair[1].place {
            Place::Branch => is_beside(between),
            _ => ends_with_any(between, &REACHING),
        };
        grade_text::says_grade(between) && !same && !beside
    })
}

/// Words between a finding and what it reaches into.
const REACHING: [&str; 3] = ["involving", "involving ostial", "累及"];

/// Whether words before a branch say only where something is: `… stenosis at the origin of D1`.
fn is_beside(before: &str) -> bool {
    const ENDS: [&str; 10] = [
        "at",
        "near",
        "after",
        "before",
        "beyond",
        "proximal to",
        "distal to",
        "including",
        "邻近",
        "发出",
    ];
    let mut words = before;
    for filler in ["the", "origin of", "takeoff of", "ostium of", "the"] {
        words = words.strip_suffix(filler).unwrap_or(words).trim_end();
    }
    ends_with_any(words, &ENDS) || ends_with_any(words, &REACHING)
}

fn ends_with_any(text: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| text.ends_with(end))
}
