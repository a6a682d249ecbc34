//! The ways of attribution of the command: those of the network, and occlusion.

use anyhow::Result;
use coronet_ecg::Window;
use coronet_evidence::WaveSpan;
use coronet_model::attribution::{Attribution, Explainer, Fill, Method, Region};
use serde::Serialize;

/// Samples that are flattened together when time is occluded: 100 ms at 500 Hz.
const TIME: usize = 50;

/// A way of attribution.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Way {
    /// By derivatives of the network.
    Network(Method),
    /// By what happens when a part is flattened.
    Occlusion {
        /// Which parts.
        method: Parts,
    },
}

/// What is flattened at once; a straight line takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Parts {
    /// One lead from end to end.
    #[serde(rename = "occlusion-leads")]
    Leads,
    /// 100 ms of all leads.
    #[serde(rename = "occlusion-time")]
    Time,
    /// One wave of one lead in every beat.
    #[serde(rename = "occlusion-waves")]
    Waves,
}

/// What a network says of one window.
pub(super) struct Answer {
    /// `[leads, samples]`, lead-major.
    pub(super) values: Vec<f32>,
    /// The logit.
    pub(super) logit: f32,
    /// Relative error of completeness, where it is promised.
    pub(super) completeness_error: Option<f32>,
}

impl Parts {
    const ALL: [Parts; 3] = [Parts::Leads, Parts::Time, Parts::Waves];

    fn name(self) -> &'static str {
        match self {
            Parts::Leads => "occlusion-leads",
            Parts::Time => "occlusion-time",
            Parts::Waves => "occlusion-waves",
        }
    }

    fn regions(self, window: &Window, spans: &[Vec<WaveSpan>]) -> Vec<Region> {
        let (leads, samples) = (window.leads, window.samples);
        match self {
            Parts::Leads => (0..leads)
                .map(|lead| Region::lead(lead, 0..samples))
                .collect(),
            Parts::Time => (0..samples)
                .step_by(TIME)
                .map(|from| Region::time(leads, from..(from + TIME).min(samples)))
                .collect(),
            Parts::Waves => spans
                .iter()
                .enumerate()
                .flat_map(|(lead, spans)| waves(lead, spans, samples))
                .collect(),
        }
    }
}

/// A region for each wave of a lead, in all of its beats.
fn waves(lead: usize, spans: &[WaveSpan], samples: usize) -> Vec<Region> {
    coronet_evidence::Wave::ALL
        .into_iter()
        .map(|wave| Region {
            spans: spans
                .iter()
                .filter(|span| span.wave == wave && span.first < samples)
                .map(|span| (lead, span.first..span.end.min(samples)))
                .collect(),
        })
        .filter(|region| !region.spans.is_empty())
        .collect()
}

impl Way {
    /// A way by name; `None` for names that are not known.
    pub(super) fn named(name: &str, stages: usize) -> Option<Way> {
        let parts = Parts::ALL.into_iter().find(|parts| parts.name() == name);
        parts
            .map(|method| Way::Occlusion { method })
            .or_else(|| Method::named(name, stages).map(Way::Network))
    }

    /// The same with the noise of a seed, where it has any.
    pub(super) fn seeded(self, seed: u64) -> Way {
        match self {
            Way::Network(Method::SmoothGradient { copies, noise, .. }) => {
                Way::Network(Method::SmoothGradient {
                    copies,
                    noise,
                    seed,
                })
            }
            other => other,
        }
    }

    /// Every name, in the order they are shown.
    pub(super) fn names() -> Vec<&'static str> {
        let occlusion = Parts::ALL.into_iter().map(Parts::name);
        Method::NAMES.into_iter().chain(occlusion).collect()
    }

    /// The name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Way::Network(method) => method.name(),
            Way::Occlusion { method } => method.name(),
        }
    }

    /// The method of the network, where it is one.
    pub(super) fn method(&self) -> Option<&Method> {
        match self {
            Way::Network(method) => Some(method),
            Way::Occlusion { .. } => None,
        }
    }

    /// Whether values differ between leads.
    pub(super) fn tells_leads_apart(&self) -> bool {
        match self {
            Way::Network(method) => method.tells_leads_apart(),
            Way::Occlusion { method } => *method != Parts::Time,
        }
    }

    /// Whether values differ between the waves of a lead.
    pub(super) fn tells_waves_apart(&self) -> bool {
        !matches!(
            self,
            Way::Occlusion {
                method: Parts::Leads
            }
        )
    }

    /// Whether the values are parts of the logit, so that they can be added up over a wave.
    pub(super) fn adds_up(&self) -> bool {
        match self {
            Way::Network(method) => !method.is_derivative() && method.tells_leads_apart(),
            Way::Occlusion { .. } => true,
        }
    }

    /// Asks one network about some classes of one window; an answer for each.
    ///
    /// The effect of a flattened part is spread evenly over its samples, so that it adds up again.
    ///
    /// # Errors
    ///
    /// If the window, a class or the method is not the network's.
    pub(super) fn ask(
        &self,
        network: &Explainer,
        window: &Window,
        classes: &[usize],
        spans: &[Vec<WaveSpan>],
    ) -> Result<Vec<Answer>> {
        Ok(match self {
            Way::Network(method) => {
                let found = network.attribute_all(&[&window.data], classes, method)?;
                found.into_iter().flatten().map(Answer::of).collect()
            }
            Way::Occlusion { method } => {
                let regions = method.regions(window, spans);
                let effects = network.occlusion_all(&window.data, classes, &regions, Fill::Line)?;
                let pairs = classes.iter().zip(effects);
                pairs
                    .map(|(&class, effects)| {
                        Ok(Answer {
                            values: spread(window, &regions, &effects),
                            logit: network.logits(&[&window.data], class)?[0],
                            completeness_error: None,
                        })
                    })
                    .collect::<Result<_>>()?
            }
        })
    }
}

impl Answer {
    fn of(found: Attribution) -> Answer {
        Answer {
            values: found.values,
            logit: found.logit,
            completeness_error: found.completeness.and_then(|found| found.relative_error()),
        }
    }
}

fn spread(window: &Window, regions: &[Region], effects: &[f32]) -> Vec<f32> {
    let mut values = vec![0.0; window.data.len()];
    for (region, effect) in regions.iter().zip(effects) {
        let size: usize = region.spans.iter().map(|(_, range)| range.len()).sum();
        for (lead, range) in &region.spans {
            let start = lead * window.samples;
            for value in &mut values[start + range.start..start + range.end] {
                *value += effect / size as f32;
            }
        }
    }
    values
}
