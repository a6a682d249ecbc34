//! Which dataset holds the ECGs, and how its axes are ordered.

use crate::ReadErrorKind;
use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, Datatype};

/// Most leads of an exam.
const MOST_LEADS: u64 = 64;

/// Most samples of an exam: a day at 1000 Hz.
const MOST_SAMPLES: u64 = 86_400_000;

/// A data set whose rate and unit its description states and its files do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// CODE-15 % (Ribeiro et al. 2021): 400 Hz, mV, padded with 0 at both ends.
    Code15,
    /// SPH (Liu et al. 2022): 500 Hz, mV.
    Sph,
    /// Any other matrix of one ECG.
    Matrix,
}

impl Family {
    pub(super) fn name(self) -> &'static str {
        match self {
            Family::Code15 => "CODE-15 %",
            Family::Sph => "SPH",
            Family::Matrix => "no known data set",
        }
    }

    /// Hertz.
    pub(super) fn rate(self) -> f64 {
        match self {
            Family::Code15 => 400.0,
            Family::Sph | Family::Matrix => 500.0,
        }
    }
}

/// Axes of a dataset.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) family: Family,
    /// 2 for one exam, 3 for several.
    pub(super) rank: usize,
    pub(super) exams: usize,
    pub(super) leads: usize,
    pub(super) samples: usize,
    /// Whether samples follow each other, rather than leads.
    leads_first: bool,
    /// Bytes of a number in the file.
    width: u64,
}

impl Layout {
    /// Numbers of the dataset.
    pub(super) fn numbers(&self) -> u64 {
        let sides = [self.exams, self.leads, self.samples];
        sides
            .iter()
            .fold(1, |numbers, &side| numbers.saturating_mul(side as u64))
    }

    /// Bytes of the dataset without compression.
    pub(super) fn bytes(&self) -> u64 {
        self.numbers().saturating_mul(self.width)
    }

    /// Position of a number within its exam.
    pub(super) fn position(&self, lead: usize, sample: usize) -> usize {
        match self.leads_first {
            true => lead * self.samples + sample,
            false => sample * self.leads + lead,
        }
    }
}

/// The dataset of a known name and shape in a file; where there is none at its root, in the only
/// group that has one.
pub(super) fn within(root: &Group) -> Result<(Dataset, Layout), ReadErrorKind> {
    const GROUPS: usize = 256;
    let (groups, datasets) = root.members().map_err(|error| super::refused(&error))?;
    let missing = match find(datasets) {
        Err(missing) if !groups.is_empty() => missing,
        found => return found,
    };
    let mut found = Vec::new();
    for group in groups.iter().take(GROUPS) {
        let datasets = group.datasets().map_err(|error| super::refused(&error))?;
        found.extend(find(datasets).ok());
    }
    match found.len() {
        0 => Err(missing),
        1 => Ok(found.remove(0)),
        several => Err(ReadErrorKind::Element {
            element: "groups".to_string(),
            expected: "one with a dataset of ECGs".to_string(),
            got: format!("{several}"),
        }),
    }
}

/// The dataset of a known name and shape.
fn find(datasets: Vec<Dataset>) -> Result<(Dataset, Layout), ReadErrorKind> {
    const NAMES: [(&str, Family); 7] = [
        ("tracings", Family::Code15),
        ("ecg", Family::Sph),
        ("ECG", Family::Matrix),
        ("val", Family::Matrix),
        ("data", Family::Matrix),
        ("signal", Family::Matrix),
        ("signals", Family::Matrix),
    ];
    let mut there: Vec<String> = Vec::new();
    let mut best: Option<(usize, Dataset, Layout)> = None;
    for dataset in datasets {
        there.push(format!("{} {:?}", dataset.name(), dataset.shape()));
        let name = dataset.name().rsplit('/').next().unwrap_or_default();
        let known = NAMES.iter().position(|(known, _)| *known == name);
        let Some(place) = known else { continue };
        let nearer = best.as_ref().is_none_or(|(best, ..)| place < *best);
        if let (true, Some(layout)) = (nearer, layout(&dataset, NAMES[place].1)) {
            best = Some((place, dataset, layout));
        }
    }
    there.sort();
    best.map(|(_, dataset, layout)| (dataset, layout))
        .ok_or_else(|| ReadErrorKind::Element {
            element: "datasets".to_string(),
            expected: "numbers `tracings` [exams, samples, leads] or `ecg`, `val`, `data` or `signals` [leads, samples]"
                .to_string(),
            got: match there.is_empty() {
                true => "none".to_string(),
                false => there.join(", "),
            },
        })
}

/// The axes of numbers of two or three dimensions; of the last two the shorter counts the leads,
/// and twelve counts them always.
fn layout(dataset: &Dataset, family: Family) -> Option<Layout> {
    let width = match dataset.dtype() {
        Datatype::FloatingPoint { size, .. } if matches!(size, 2 | 4 | 8) => u64::from(*size),
        Datatype::FixedPoint { size, .. } if matches!(size, 1 | 2 | 4 | 8) => u64::from(*size),
        _ => return None,
    };
    let (exams, first, second) = match *dataset.shape() {
        [first, second] => (1, first, second),
        [exams, first, second] => (exams, first, second),
        _ => return None,
    };
    let leads_first = match (first, second) {
        (12, _) if family != Family::Code15 => true,
        (_, 12) => false,
        (first, second) => first < second,
    };
    let (leads, samples) = match leads_first {
        true => (first, second),
        false => (second, first),
    };
    let sound =
        exams > 0 && (1..=MOST_LEADS).contains(&leads) && (1..=MOST_SAMPLES).contains(&samples);
    sound.then_some(Layout {
        family,
        rank: dataset.shape().len(),
        exams: usize::try_from(exams).ok()?,
        leads: leads as usize,
        samples: samples as usize,
        leads_first,
        width,
    })
}
