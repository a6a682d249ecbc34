//! English words of severity.

use super::{Clause, Understanding, decide, denial};
use crate::Grade;

/// Words that say what is severe.
const STENOSIS: [&str; 17] = [
    "stenosis",
    "stenoses",
    "stenotic",
    "stenosed",
    "narrowing",
    "narrowings",
    "narrowed",
    "lesion",
    "lesions",
    "disease",
    "diseased",
    "cad",
    "obstruction",
    "obstructed",
    "occlusion",
    "occluded",
    "reduction",
];

/// Words that may stand beside a severity that is said of nothing else.
pub(super) const FILLERS: [&str; 42] = [
    "p",
    "m",
    "d",
    "pro",
    "proximal",
    "proximally",
    "prox",
    "mid",
    "middle",
    "distal",
    "distally",
    "dist",
    "ostial",
    "ostium",
    "segment",
    "segments",
    "seg",
    "portion",
    "third",
    "part",
    "in",
    "the",
    "of",
    "at",
    "a",
    "an",
    "is",
    "are",
    "it",
    "where",
    "focal",
    "diffuse",
    "tubular",
    "concentric",
    "eccentric",
    "grade",
    "degree",
    "to",
    "show",
    "shows",
    "has",
    "on",
];

/// What has a severity without being a stenosis.
const OTHERS: [&str; 21] = [
    "calcif",
    "irregular",
    "plaque",
    "ectas",
    "dilat",
    "tortuo",
    "hypertroph",
    "regurgit",
    "effusion",
    "remodel",
    "thicken",
    "dyspn",
    "atherom",
    "atheroscl",
    "bridg",
    "burden",
    "aneurysm",
    "motion",
    "chest",
    "angina",
    "pain",
];

pub(super) fn read(clause: &str) -> Clause {
    let absent = clause.contains([denial::ENGLISH, denial::ABNORMAL]);
    let words: Vec<&str> = clause
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let words = of_stenosis(&words);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    let pair = |one: &[&str], other: &[&str]| {
        words
            .windows(2)
            .any(|pair| one.contains(&pair[0]) && other.contains(&pair[1]))
    };
    let graded = graded(&words);
    let is_graded = graded.iter().any(|(_, is)| *is);
    // `at least moderate`, `more than mild`.
    let bounded = pair(&["at"], &["least", "most"])
        || pair(&["more", "less", "greater", "worse", "better"], &["than"])
        || pair(&["up"], &["to"]);
    let percent = clause.contains('%');
    if is_graded && bounded && !percent {
        return Clause::Doubtful;
    }
    let spoken = has(&STENOSIS) || words.iter().all(|word| is_bare(word));
    let denied = has(&[
        "no", "not", "without", "absence", "nor", "neither", "never", "free", "lack",
    ]) || pair(&["negative"], &["for"])
        || (pair(
            &["non"],
            &["occluded", "occlusion", "significant", "severe"],
        ));
    let normal = is_normal(&words, has(&STENOSIS));
    if is_graded && !spoken && !denied && !absent {
        // `severe plaque burden` grades something else.
        return Clause::Silent;
    }
    decide(
        &graded,
        denied,
        absent || (normal && !denied),
        Understanding::English,
    )
}

/// Words of a mild stenosis.
const MILD: [&str; 6] = [
    "mild",
    "mildly",
    "minimal",
    "minimally",
    "slight",
    "slightly",
];

/// Words of a moderate one.
const MODERATE: [&str; 3] = ["moderate", "moderately", "mod"];

fn graded(words: &[&str]) -> [(Grade, bool); 4] {
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    let pair = |one: &[&str], other: &[&str]| {
        words
            .windows(2)
            .any(|pair| one.contains(&pair[0]) && other.contains(&pair[1]))
    };
    let occlusion = ["total", "occlusion", "occluded", "occlusive"];
    let subtotal = has(&[
        "subtotal",
        "subtotally",
        "subocclusion",
        "subocclusive",
        "subtotalled",
    ]) || pair(&["sub"], &occlusion)
        || pair(&["near", "nearly", "almost", "virtually"], &occlusion)
        || pair(
            &["near", "nearly", "almost"],
            &["completely", "totally", "complete"],
        );
    [
        (Grade::Mild, has(&MILD)),
        (Grade::Moderate, has(&MODERATE)),
        (
            Grade::Severe,
            subtotal
                || has(&["severe", "severely", "critical", "sev"])
                || pair(&["high"], &["grade"]),
        ),
        (
            Grade::Occluded,
            has(&["occluded", "occlusion", "cto"]) && !subtotal,
        ),
    ]
}

/// The words without severities of something else, such as `severely calcified`.
fn of_stenosis<'w>(words: &[&'w str]) -> Vec<&'w str> {
    const MARKED: [&str; 4] = ["severe", "severely", "heavy", "heavily"];
    let other = |word: &&str| OTHERS.iter().any(|start| word.starts_with(start));
    // `severe calcified stenosis`: the calcium is only a kind of it.
    let of_other = |at: usize| {
        let mut after = words[at + 1..].iter().skip_while(|word| {
            matches!(
                **word,
                "non" | "noncalcified" | "diffuse" | "diffusely" | "focal" | "luminal"
            )
        });
        let first = after.next();
        let second = after.next();
        // `severe calcific disease` may mean the calcium.
        let is_stenosis = |word: &&str| STENOSIS.contains(word) && *word != "disease";
        first.is_some_and(other) && !second.is_some_and(is_stenosis)
    };
    let kept = |(at, word): (usize, &&'w str)| {
        let severity = MILD.contains(word) || MODERATE.contains(word) || MARKED.contains(word);
        (!(severity && of_other(at))).then_some(*word)
    };
    words.iter().enumerate().filter_map(kept).collect()
}

/// A severity, or a word that says where.
fn is_bare(word: &str) -> bool {
    const FURTHER: [&str; 11] = [
        "severe", "severely", "sev", "critical", "high", "subtotal", "cto", "chronic", "total",
        "totally", "near",
    ];
    FILLERS.contains(&word)
        || MILD.contains(&word)
        || MODERATE.contains(&word)
        || FURTHER.contains(&word)
        || word.bytes().all(|letter| letter.is_ascii_digit())
}

fn is_normal(words: &[&str], stenosis: bool) -> bool {
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    let remodelling = words.iter().any(|word| word.starts_with("remodel"));
    let qualified = has(&["near", "nearly", "almost", "abnormal"]);
    let none = has(&["none", "nil"]);
    let normal =
        has(&["normal", "none", "patent", "unremarkable", "clear", "nil"]) || words == ["negative"];
    (normal && !stenosis || none) && !remodelling && !qualified
}
