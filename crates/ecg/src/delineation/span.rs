//! A wave as three places on a common axis.

/// Onset, peak and offset in samples of whatever the wave was found on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) onset: usize,
    pub(super) peak: usize,
    pub(super) offset: usize,
}

impl Span {
    /// Each place moved a share of the way to another wave's: `ends` for onset and offset. The
    /// peak stays between them.
    pub(super) fn towards(self, other: Span, ends: (f64, f64), peak: f64) -> Span {
        let onset = mix(self.onset, other.onset, ends.0);
        let offset = mix(self.offset, other.offset, ends.1);
        Span {
            onset,
            peak: mix(self.peak, other.peak, peak).clamp(onset, offset.max(onset)),
            offset: offset.max(onset),
        }
    }
}

fn mix(one: usize, two: usize, share: f64) -> usize {
    (one as f64 + share * (two as f64 - one as f64)).round() as usize
}

/// The median over waves, place by place; `None` of none.
pub(super) fn median(spans: &[Span]) -> Option<Span> {
    let middle = |pick: fn(&Span) -> usize| {
        let mut places: Vec<usize> = spans.iter().map(pick).collect();
        places.sort_unstable();
        places.get(places.len() / 2).copied()
    };
    Some(Span {
        onset: middle(|span| span.onset)?,
        peak: middle(|span| span.peak)?,
        offset: middle(|span| span.offset)?,
    })
}
