//! Numbers as people read them: fixed decimals, a true minus, intervals, p-values, counts.

use coronet_evaluate::{Estimate, Proportion, Statistic};

/// A number with fixed decimals and a true minus sign; an en dash for anything not finite.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().any(|c| c.is_ascii_digit() && c != '0') => format!("−{rest}"),
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// A share as per cent, such as `41.3%`.
pub(crate) fn percent(share: f64, decimals: usize) -> String {
    format!("{}%", fixed(share * 100.0, decimals))
}

/// A setting as per cent with the decimals it has, at most six: `2.5%`, `99.5%`, `15%`.
pub(crate) fn setting(share: f64) -> String {
    let text = format!("{:.6}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A count with thousands separated, such as `1,479`.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `p = 0.026` or `p < 0.001`, with spaces that do not break.
pub fn p_equals(p: f64) -> String {
    let text = p_value(p);
    match text.strip_prefix('<') {
        Some(bound) => format!("p\u{a0}<\u{a0}{}", bound.trim_start()),
        None => format!("p\u{a0}=\u{a0}{text}"),
    }
}

/// A p-value for a table: three decimals, or `< 0.001`.
pub(crate) fn p_value(p: f64) -> String {
    if p.is_finite() && p < 0.001 {
        "<\u{a0}0.001".to_owned()
    } else {
        fixed(p, 3)
    }
}

/// The mark of a number with a caveat of its own, and what it means.
pub const CAVEAT: char = '†';
/// See [`CAVEAT`].
pub(crate) const CAVEAT_MEANS: &str = "† A caveat goes with this number – few events in a class, no event yet, or no spread; its interval is no statement of certainty. The tables name it.";

/// `0.927 (0.909–0.944)`; the value alone where there is no interval; marked where it has a caveat.
pub fn estimate(estimate: &Estimate, decimals: usize) -> String {
    let show = |value: f64| fixed(value, decimals);
    with_interval(estimate, show, "")
}

/// `41.3% (38.2–44.4)`.
pub fn estimate_percent(estimate: &Estimate, decimals: usize) -> String {
    let show = |value: f64| fixed(value * 100.0, decimals);
    with_interval(estimate, show, "%")
}

/// A statistic shown by `show`, or `undefined: reason`.
pub fn or_reason<T>(statistic: &Statistic<T>, show: impl FnOnce(&T) -> String) -> String {
    match statistic {
        Statistic::Defined(value) => show(value),
        Statistic::Undefined(undefined) => format!("undefined: {}", undefined.reason),
    }
}

/// A list in a sentence: `a`, `a and b`, `a, b and c`.
pub(crate) fn sentence_list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 event`, `2 events`.
pub(crate) fn counted(n: usize, singular: &str, plural: &str) -> String {
    let noun = if n == 1 { singular } else { plural };
    format!("{} {noun}", count(n))
}

/// `0.026 (−0.010 to 0.062)`, of a value and its limits.
pub(crate) fn range(value: f64, limits: (f64, f64), decimals: usize) -> String {
    spread(value, limits, |value| fixed(value, decimals), "")
}

/// `41.3% (38.2–44.4)`, of a share.
pub(crate) fn proportion(found: &Proportion, decimals: usize) -> String {
    let show = |value: f64| fixed(value * 100.0, decimals);
    spread(found.value, (found.low, found.high), show, "%")
}

fn with_interval(estimate: &Estimate, show: impl Fn(f64) -> String, unit: &str) -> String {
    let mut shown = match estimate.low.zip(estimate.high) {
        Some(limits) => spread(estimate.value, limits, show, unit),
        None => format!("{}{unit}", show(estimate.value)),
    };
    if estimate.warning.is_some() {
        shown.push(CAVEAT);
    }
    shown
}

fn spread(value: f64, (low, high): (f64, f64), show: impl Fn(f64) -> String, unit: &str) -> String {
    let separator = if low < 0.0 || high < 0.0 {
        " to "
    } else {
        "–"
    };
    format!(
        "{}{unit} ({}{separator}{})",
        show(value),
        show(low),
        show(high)
    )
}
