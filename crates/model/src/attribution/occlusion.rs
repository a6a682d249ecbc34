//! Occlusion: what happens to a logit when a region is flattened (Zeiler and Fergus 2014).

use super::explainer::Explainer;
use super::method::MethodError;
use std::ops::Range;

/// Windows scored together.
const BATCH: usize = 32;

/// Spans of leads that are flattened together: a lead, a time span, or a wave in every beat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// Lead and samples of each span.
    pub spans: Vec<(usize, Range<usize>)>,
}

/// What stands in place of a flattened span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fill {
    /// The straight line between the samples on either side, so that no step is added.
    #[default]
    Line,
    /// Zero: the mean of a normalised window.
    Zero,
}

impl Region {
    /// Samples `range` of every one of `leads` leads.
    pub fn time(leads: usize, range: Range<usize>) -> Region {
        Region {
            spans: (0..leads).map(|lead| (lead, range.clone())).collect(),
        }
    }

    /// Samples `range` of one lead.
    pub fn lead(lead: usize, range: Range<usize>) -> Region {
        Region {
            spans: vec![(lead, range)],
        }
    }
}

impl Explainer {
    /// By how much the logit of `class` falls when each of `regions` is flattened.
    ///
    /// Positive means that the region speaks for the class. The network meets windows it was not
    /// trained on, so that small effects mean little.
    ///
    /// # Errors
    ///
    /// If the window, the class or a span is not the network's.
    pub fn occlusion(
        &self,
        window: &[f32],
        class: usize,
        regions: &[Region],
        fill: Fill,
    ) -> Result<Vec<f32>, MethodError> {
        Ok(self
            .occlusion_all(window, &[class], regions, fill)?
            .remove(0))
    }

    /// The same for several classes, `[class][region]`: they share the network's passes.
    ///
    /// # Errors
    ///
    /// If the window, a class or a span is not the network's.
    pub fn occlusion_all(
        &self,
        window: &[f32],
        classes: &[usize],
        regions: &[Region],
        fill: Fill,
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        self.samples(&[window], classes)?;
        let samples = window.len() / self.leads();
        for (lead, range) in regions.iter().flat_map(|region| &region.spans) {
            check(self.leads(), samples, *lead, range)?;
        }
        let whole = self.score(&[window]).remove(0);
        let mut effects: Vec<Vec<f32>> = vec![Vec::with_capacity(regions.len()); classes.len()];
        for regions in regions.chunks(BATCH) {
            let changed: Vec<Vec<f32>> = regions
                .iter()
                .map(|region| flatten(window, samples, region, fill))
                .collect();
            let changed: Vec<&[f32]> = changed.iter().map(Vec::as_slice).collect();
            for logits in self.score(&changed) {
                for (effects, &class) in effects.iter_mut().zip(classes) {
                    effects.push(whole[class] - logits[class]);
                }
            }
        }
        Ok(effects)
    }
}

fn check(
    leads: usize,
    samples: usize,
    lead: usize,
    range: &Range<usize>,
) -> Result<(), MethodError> {
    if lead < leads && range.start <= range.end && range.end <= samples {
        return Ok(());
    }
    Err(MethodError {
        field: "region",
        expected: format!("leads below {leads}, samples up to {samples}"),
        got: format!("lead {lead}, samples {}..{}", range.start, range.end),
    })
}

/// The window with the spans of `region` flattened.
pub(super) fn flatten(window: &[f32], samples: usize, region: &Region, fill: Fill) -> Vec<f32> {
    let mut changed = window.to_vec();
    for (lead, range) in &region.spans {
        let signal = &mut changed[lead * samples..(lead + 1) * samples];
        match fill {
            Fill::Zero => signal[range.clone()].fill(0.0),
            Fill::Line => line(signal, range.clone()),
        }
    }
    changed
}

/// Replaces a span by the line between its neighbours; at an end of the signal by the one there is.
fn line(signal: &mut [f32], range: Range<usize>) {
    let before = range.start.checked_sub(1).map(|index| signal[index]);
    let after = signal.get(range.end).copied();
    let (from, to) = match (before, after) {
        (Some(from), Some(to)) => (from, to),
        (Some(one), None) | (None, Some(one)) => (one, one),
        (None, None) => (0.0, 0.0),
    };
    let steps = (range.len() + 1) as f32;
    for (step, value) in signal[range].iter_mut().enumerate() {
        *value = from + (to - from) * (step + 1) as f32 / steps;
    }
}
