//! What attributes say of the samples.

use crate::Unit;
use coronet_ecg::Hertz;
use hdf5_reader::group::Group;
use hdf5_reader::{Attribute, Dataset};

/// Rate and unit, where an attribute of the dataset or of the file states them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stated {
    pub(super) rate: Option<Hertz>,
    pub(super) unit: Option<Unit>,
}

/// Names of an attribute that is a rate in hertz.
const RATES: [&str; 7] = [
    "fs",
    "sampling_rate",
    "sample_rate",
    "sampling_frequency",
    "sampling frequency",
    "sampling rate",
    "frequency",
];

/// Hertz that an ECG may have.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 10.0..=100_000.0;

impl Stated {
    /// What the attributes of a dataset say, or else those of its file. An attribute that cannot be
    /// read says nothing.
    pub(super) fn of(dataset: &Dataset, root: &Group) -> Stated {
        let mut attributes = dataset.attributes();
        attributes.extend(root.attributes().unwrap_or_default());
        let named = |names: &[&str]| {
            let known = |attribute: &&Attribute| {
                let own = attribute.name.trim();
                names.iter().any(|name| own.eq_ignore_ascii_case(name))
            };
            attributes.iter().filter(known).collect::<Vec<_>>()
        };
        let rates = named(&RATES).into_iter();
        let units = named(&["unit", "units"]).into_iter();
        Stated {
            rate: rates.filter_map(number).find_map(|hertz| {
                let plausible = Some(hertz).filter(|hertz| PLAUSIBLE.contains(hertz));
                plausible.and_then(Hertz::new)
            }),
            unit: units
                .filter_map(|unit| unit.read_string().ok())
                .find_map(|unit| Unit::parse(&unit)),
        }
    }
}

fn number(attribute: &Attribute) -> Option<f64> {
    let single = attribute.num_elements().ok()? == 1;
    attribute.read_as_f64().ok().filter(|_| single)
}
