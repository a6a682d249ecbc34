//! The trace of one lead: a line through every sample, broken where samples are invalid.

use super::{Baseline, Options, label};
use coronet_ecg::{Ecg, Lead};
use std::fmt::Write as _;

/// One lead at one place of the paper.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strip {
    pub(super) lead: Lead,
    /// Row from the top.
    pub(super) row: usize,
    /// Left end in millimetres.
    pub(super) x: f64,
    /// First second of the recording shown.
    pub(super) from: f64,
    /// Seconds shown.
    pub(super) seconds: f64,
}

/// Draws name, start tick and trace of a strip around the height `centre`.
pub(super) fn draw_strip(
    svg: &mut String,
    ecg: &Ecg,
    strip: &Strip,
    centre: f64,
    options: &Options,
) {
    let x = strip.x;
    let name = strip.lead.name();
    match ecg.lead(strip.lead) {
        None => label(
            svg,
            x + 1.0,
            centre - 8.0,
            3.6,
            &format!("{name} not recorded"),
        ),
        Some(samples) => {
            let data = trace(samples, ecg.rate.get(), strip, centre, options);
            if !data.is_empty() {
                let width = options.trace_millimetres;
                let _ = writeln!(
                    svg,
                    r##"<path class="trace" data-lead="{name}" d="{data}" fill="none" stroke="#000" stroke-width="{width}" stroke-linejoin="round" stroke-linecap="round"/>"##
                );
            }
            label(svg, x + 1.0, centre - 8.0, 3.6, name);
        }
    }
    let (top, bottom) = (centre - 5.0, centre + 5.0);
    let _ = writeln!(
        svg,
        r##"<path d="M{x} {top}v2M{x} {bottom}v-2" fill="none" stroke="#000" stroke-width="0.2"/>"##
    );
}

/// Path data through all samples of the span, one command a sample, to 0.001 mm.
fn trace(samples: &[f64], rate: f64, strip: &Strip, centre: f64, options: &Options) -> String {
    let first = ((strip.from * rate).round().max(0.0) as usize).min(samples.len());
    let count = (strip.seconds * rate).round() as usize;
    // The first sample of the next span is drawn too, so that neighbouring strips meet.
    let last = first.saturating_add(count + 1).min(samples.len());
    let zero = match options.baseline {
        Baseline::Median => median(samples),
        Baseline::Zero => 0.0,
    };
    let mut data = String::with_capacity((last - first) * 14);
    let mut pen_down = false;
    for (index, &millivolts) in samples[first..last].iter().enumerate() {
        if !millivolts.is_finite() {
            pen_down = false;
            continue;
        }
        let x = strip.x + index as f64 / rate * options.millimetres_per_second;
        let y = centre - (millivolts - zero) * options.millimetres_per_millivolt;
        let (x, y) = (thousandth(x), thousandth(y));
        if pen_down {
            let _ = write!(data, "L{x} {y}");
        } else {
            // A zero-length line makes a sample between two gaps visible as a dot.
            let _ = write!(data, "M{x} {y}l0 0");
        }
        pen_down = true;
    }
    data
}

fn thousandth(value: f64) -> f64 {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// Median of the valid samples; zero where there is none.
fn median(samples: &[f64]) -> f64 {
    let mut valid: Vec<f64> = samples.iter().copied().filter(|s| s.is_finite()).collect();
    if valid.is_empty() {
        return 0.0;
    }
    let middle = valid.len() / 2;
    *valid.select_nth_unstable_by(middle, f64::total_cmp).1
}
