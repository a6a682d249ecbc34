//! Slips of the keyboard in the long words that decide a grade.

/// Words that are mended; each so long that no other word of a report is one slip away.
const WORDS: [&str; 14] = [
    "severe",
    "severely",
    "moderate",
    "moderately",
    "minimal",
    "occluded",
    "occlusion",
    "stenosis",
    "stenoses",
    "narrowing",
    "significant",
    "without",
    "subtotal",
    "evaluable",
];

/// Words that are one slip away and meant as they are.
const MEANT: [&str; 6] = [
    "stenosed",
    "occluder",
    "occludes",
    "occlusions",
    "narrowings",
    "moderated",
];

/// The text with such words spelt right.
pub(super) fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let length = rest[start..]
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        mended.push_str(&rest[..start]);
        mended.push_str(right(word));
        rest = &rest[start + length..];
    }
    mended.push_str(rest);
    mended
}

fn right(word: &str) -> &str {
    if word.len() < 5 || MEANT.contains(&word) || WORDS.contains(&word) {
        return word;
    }
    let near = |right: &&&str| is_one_slip(word.as_bytes(), right.as_bytes());
    WORDS.iter().find(near).map_or(word, |right| right)
}

/// Whether one letter was left out, added, changed, or swapped with the next.
fn is_one_slip(one: &[u8], other: &[u8]) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[same..], &other[same..]);
    match (one, other) {
        ([_, one @ ..], [_, other @ ..]) if one == other => true,
        ([_, one @ ..], other) if one == other => true,
        (one, [_, other @ ..]) if one == other => true,
        ([a, b, one @ ..], [c, d, other @ ..]) => a == d && b == c && one == other,
        _ => false,
    }
}
