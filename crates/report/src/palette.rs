//! One meaning, one colour: every ink of the figures, on white and on a dark page.
//!
//! Vessels and strata carry the hues of Okabe and Ito (Color Universal Design, 2008) or their
//! neighbours, so that they stay apart for colour-blind readers; no figure relies on hue alone.

/// What a mark stands for; decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ink {
    /// Text and axes.
    Plain,
    /// Secondary text.
    Muted,
    /// Reference lines: the diagonal, the overall value, treat-all.
    Reference,
    /// Hairlines and shaded ranges.
    Grid,
    /// The page behind the marks.
    Paper,
    /// Right coronary artery.
    Rca,
    /// Left main.
    Lm,
    /// Left anterior descending.
    Lad,
    /// Left circumflex.
    Lcx,
    /// Low stratum.
    Low,
    /// Intermediate stratum.
    Intermediate,
    /// High stratum.
    High,
}

impl Ink {
    /// Every ink, in the order of the style sheet.
    pub(crate) const ALL: [Ink; 12] = [
        Ink::Plain,
        Ink::Muted,
        Ink::Reference,
        Ink::Grid,
        Ink::Paper,
        Ink::Rca,
        Ink::Lm,
        Ink::Lad,
        Ink::Lcx,
        Ink::Low,
        Ink::Intermediate,
        Ink::High,
    ];

    /// The ink of a vessel by its name; other names are drawn in plain ink.
    pub(crate) fn of_vessel(name: &str) -> Ink {
        match name {
            "RCA" => Ink::Rca,
            "LM" => Ink::Lm,
            "LAD" => Ink::Lad,
            "LCX" => Ink::Lcx,
            _ => Ink::Plain,
        }
    }

    /// The ink of a stratum by its name; other names are drawn in plain ink.
    pub(crate) fn of_stratum(name: &str) -> Ink {
        match name {
            "low" => Ink::Low,
            "intermediate" => Ink::Intermediate,
            "high" => Ink::High,
            _ => Ink::Plain,
        }
    }

    /// Suffix of the CSS classes `s-…` (stroke) and `f-…` (fill).
    pub(crate) fn class(self) -> &'static str {
        match self {
            Ink::Plain => "ink",
            Ink::Muted => "muted",
            Ink::Reference => "reference",
            Ink::Grid => "grid",
            Ink::Paper => "paper",
            Ink::Rca => "rca",
            Ink::Lm => "lm",
            Ink::Lad => "lad",
            Ink::Lcx => "lcx",
            Ink::Low => "low",
            Ink::Intermediate => "intermediate",
            Ink::High => "high",
        }
    }

    /// Colour on white, written into every figure.
    pub(crate) fn light(self) -> &'static str {
        match self {
            Ink::Plain => "#1A1A1A",
            Ink::Muted => "#5C5C5C",
            Ink::Reference => "#8A8A8A",
            Ink::Grid => "#E3E3E3",
            Ink::Paper => "#FFFFFF",
            Ink::Rca => "#0072B2",
            Ink::Lm => "#CC79A7",
            Ink::Lad => "#D55E00",
            Ink::Lcx => "#009E73",
            Ink::Low => "#7FB3D5",
            Ink::Intermediate => "#E6AB02",
            Ink::High => "#B2182B",
        }
    }

    /// The same hue, lighter, for a dark page; applied by the page's style sheet.
    pub(crate) fn dark(self) -> &'static str {
        match self {
            Ink::Plain => "#E8E8E8",
            Ink::Muted => "#ABABAB",
            Ink::Reference => "#8F8F8F",
            Ink::Grid => "#3A3D40",
            Ink::Paper => "#16181A",
            Ink::Rca => "#4AA5DF",
            Ink::Lm => "#E29BC3",
            Ink::Lad => "#F58A3A",
            Ink::Lcx => "#2FC295",
            Ink::Low => "#7FB3D5",
            Ink::Intermediate => "#E6AB02",
            Ink::High => "#EE5A68",
        }
    }
}

/// The rules that recolour the figures inside a page shown in the dark scheme.
pub(crate) fn dark_rules() -> String {
    Ink::ALL
        .iter()
        .map(|ink| {
            let (class, colour) = (ink.class(), ink.dark());
            format!(".s-{class}{{stroke:{colour}}}.f-{class}{{fill:{colour}}}\n")
        })
        .collect()
}
