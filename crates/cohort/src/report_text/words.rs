//! The person's own words: which part of a text a part of its plain form stands for.

use crate::grade_text;
use std::cell::OnceCell;
use std::ops::Range;

/// Most pairs of letters that are compared; a text with more is shown whole.
const MOST: usize = 1 << 18;

/// A text beside its plain form.
pub(super) struct Words {
    own: String,
    plain: String,
    /// For each letter of the plain form where it begins, and where the same letter stands in the
    /// text; absent where the two are too long to be laid beside each other.
    places: OnceCell<Option<Vec<Letter>>>,
}

/// A letter of a plain form: where it begins, and the bytes of the same letter in the text.
type Letter = (usize, Option<Range<usize>>);

impl Words {
    /// A text as the person wrote it.
    pub(super) fn new(own: &str) -> Words {
        Words {
            own: own.to_owned(),
            plain: grade_text::normalise(own),
            places: OnceCell::new(),
        }
    }

    /// Its plain form.
    pub(super) fn plain(&self) -> &str {
        &self.plain
    }

    /// The part of the text that these bytes of the plain form stand for.
    ///
    /// Both are laid beside each other by their longest common run of letters, which plain form
    /// keeps in order; what plain form has replaced, such as a denial, lies between its neighbours.
    pub(super) fn of(&self, range: &Range<usize>) -> &str {
        let places = self.places.get_or_init(|| aligned(&self.own, &self.plain));
        let Some(places) = places else {
            return self.own.trim();
        };
        let first = places.partition_point(|(at, _)| *at < range.start);
        let end = places.partition_point(|(at, _)| *at < range.end);
        // A blank may have been matched on either side of what was replaced.
        let letter = |(at, place): &Letter| {
            let place = place.clone()?;
            let blank = self.plain[*at..].starts_with(' ');
            (!blank).then_some(place)
        };
        let begins = places[..first].iter().rev().find_map(letter);
        let begins = begins.map_or(0, |before| before.end);
        let ends = places[end..].iter().find_map(letter);
        let ends = ends.map_or(self.own.len(), |behind| behind.start);
        let words = self.own.get(begins..ends).unwrap_or(&self.own);
        words.trim_matches(|c: char| c.is_whitespace() || ",，、;；。".contains(c))
    }
}

/// The letters of the plain form with their places in the text.
fn aligned(own: &str, plain: &str) -> Option<Vec<Letter>> {
    let own: Vec<(usize, char)> = own.char_indices().collect();
    let keys: Vec<char> = own
        .iter()
        .map(|(_, c)| grade_text::plain_letter(*c))
        .collect();
    let letters: Vec<char> = plain.chars().collect();
    let head = keys
        .iter()
        .zip(&letters)
        .take_while(|(a, b)| a == b)
        .count();
    let rest = (keys[head..].iter().rev()).zip(letters[head..].iter().rev());
    let tail = rest.take_while(|(a, b)| a == b).count();
    let (keys_inside, inside) = (
        &keys[head..keys.len() - tail],
        &letters[head..letters.len() - tail],
    );
    if keys_inside.len().saturating_mul(inside.len()) > MOST {
        return None;
    }
    let mut places: Vec<Option<usize>> = (0..head).map(Some).collect();
    places.resize(letters.len() - tail, None);
    for (at, place) in common_run(keys_inside, inside) {
        places[head + at] = Some(head + place);
    }
    places.extend((keys.len() - tail..keys.len()).map(Some));
    let bytes = |at: usize| own[at].0..own[at].0 + own[at].1.len_utf8();
    let starts = plain.char_indices().map(|(at, _)| at);
    Some(
        starts
            .zip(places.into_iter().map(|place| place.map(bytes)))
            .collect(),
    )
}

/// The longest common subsequence as pairs of places in `letters` and in `keys`.
fn common_run(keys: &[char], letters: &[char]) -> Vec<(usize, usize)> {
    let width = letters.len() + 1;
    // Length of the longest run of the rest from each pair of places.
    let mut longest = vec![0_u32; (keys.len() + 1) * width];
    for at in (0..keys.len()).rev() {
        for other in (0..letters.len()).rev() {
            longest[at * width + other] = match keys[at] == letters[other] {
                true => longest[(at + 1) * width + other + 1] + 1,
                false => longest[(at + 1) * width + other].max(longest[at * width + other + 1]),
            };
        }
    }
    let (mut at, mut other) = (0, 0);
    let mut pairs = Vec::new();
    while at < keys.len() && other < letters.len() {
        if keys[at] == letters[other] {
            pairs.push((other, at));
            (at, other) = (at + 1, other + 1);
        } else if longest[(at + 1) * width + other] >= longest[at * width + other + 1] {
            at += 1;
        } else {
            other += 1;
        }
    }
    pairs
}
