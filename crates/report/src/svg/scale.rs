//! From data to user units along one axis, and round tick values.

/// A linear map of the data range onto a length of the drawing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    domain: (f64, f64),
    range: (f64, f64),
}

impl Scale {
    /// Maps `domain.0` to `range.0` and `domain.1` to `range.1`; an empty domain is widened.
    pub(crate) fn new(domain: (f64, f64), range: (f64, f64)) -> Scale {
        let (low, high) = domain;
        let domain = if high - low > 0.0 {
            domain
        } else {
            (low - 0.5, low + 0.5)
        };
        Scale { domain, range }
    }

    /// Where `value` lies in the drawing; not finite for values that are not.
    pub(crate) fn at(self, value: f64) -> f64 {
        let share = (value - self.domain.0) / (self.domain.1 - self.domain.0);
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// Where `value`, held inside the domain, lies in the drawing.
    pub(crate) fn clamped(self, value: f64) -> f64 {
        let (low, high) = self.domain;
        self.at(value.clamp(low.min(high), high.max(low)))
    }

    /// The two ends in the drawing.
    pub(crate) fn range(self) -> (f64, f64) {
        self.range
    }

    /// The two ends in the data.
    pub(crate) fn domain(self) -> (f64, f64) {
        self.domain
    }
}

/// Ticks at 1, 2 or 5 times a power of ten inside `[low, high]`, about `count` of them,
/// with the number of decimals their labels need.
pub(crate) fn nice_ticks(low: f64, high: f64, count: usize) -> (Vec<f64>, usize) {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || count == 0 {
        return (vec![low], 2);
    }
    let raw = span / count as f64;
    let magnitude = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| *step >= raw * 0.999)
        .unwrap_or(10.0 * magnitude);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let ticks = (first..=last).map(|index| index as f64 * step).collect();
    (ticks, decimals)
}
