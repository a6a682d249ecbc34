//! From variables to a recording.

use super::array::{Array, Value};
use crate::finding::finding;
use crate::{ReadErrorKind, ReadOptions, Unit};
use coronet_ecg::{Channel, Device, Ecg, Finding, Hertz, Lead, Sex, Signal, Subject};

/// Rate of a file when neither it nor the caller states one, in hertz.
const DEFAULT_RATE: f64 = 500.0;

/// Most leads of a matrix.
const MOST_LEADS: usize = 64;

/// Names of matrices of signals, in order of preference.
const SIGNALS: [&str; 7] = ["val", "data", "ecg", "signal", "signals", "tracings", "x"];

pub(super) fn ecg(variables: &[Array], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let facts = Facts { variables };
    let (matrix, numbers) = facts.signals()?;
    let mut findings = Vec::new();
    let axes = Axes::of(matrix, &mut findings);
    let unit = unit(&facts, options, &mut findings);
    let channels = channels(&facts, axes.leads, &mut findings);
    let signals = channels
        .into_iter()
        .enumerate()
        .map(|(lead, channel)| Signal {
            channel,
            millivolts: (0..axes.samples)
                .map(|sample| unit.to_millivolts(numbers[axes.position(lead, sample)]))
                .map(|value| if value.is_finite() { value } else { f64::NAN })
                .collect(),
        })
        .collect();
    Ok(Ecg {
        rate: rate(&facts, options, &mut findings),
        signals,
        start: None,
        subject: facts.subject(),
        device: Device::default(),
        findings,
    })
}

/// The variables by name, those within structures too.
struct Facts<'a> {
    variables: &'a [Array],
}

impl<'a> Facts<'a> {
    /// All arrays, structures before their fields.
    fn all(&self) -> Vec<&'a Array> {
        let mut found = Vec::new();
        let mut open: Vec<&Array> = self.variables.iter().rev().collect();
        while let Some(array) = open.pop() {
            found.push(array);
            if let Value::Parts(parts) = &array.value {
                open.extend(parts.iter().rev());
            }
        }
        found
    }

    fn named(&self, names: &[&str]) -> Option<&'a Array> {
        let all = self.all();
        names.iter().find_map(|name| {
            all.iter()
                .find(|array| array.name.eq_ignore_ascii_case(name))
                .copied()
        })
    }

    fn number(&self, names: &[&str]) -> Option<f64> {
        match &self.named(names)?.value {
            Value::Numbers(numbers) if numbers.len() == 1 => Some(numbers[0]),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    fn text(&self, names: &[&str]) -> Option<&'a str> {
        match &self.named(names)?.value {
            Value::Text(text) => Some(text.trim()),
            _ => None,
        }
    }

    fn subject(&self) -> Subject {
        let sex = self.text(&["sex", "gender"]).map(str::to_ascii_lowercase);
        Subject {
            age: self.number(&["age"]).filter(|age| *age >= 0.0),
            sex: match sex.as_deref() {
                Some("male" | "m") => Some(Sex::Male),
                Some("female" | "f") => Some(Sex::Female),
                _ => None,
            },
            ..Subject::default()
        }
    }

    /// The matrix of signals.
    fn signals(&self) -> Result<(&'a Array, &'a [f64]), ReadErrorKind> {
        let matrices: Vec<(&Array, &[f64])> = self
            .all()
            .into_iter()
            .filter_map(|array| match &array.value {
                Value::Numbers(numbers) if is_signal(array) => Some((array, numbers.as_slice())),
                _ => None,
            })
            .collect();
        let preferred = SIGNALS.iter().find_map(|name| {
            matrices
                .iter()
                .find(|(array, _)| array.name.eq_ignore_ascii_case(name))
        });
        match (preferred, matrices.as_slice()) {
            (Some(found), _) => Ok(*found),
            (None, [only]) => Ok(*only),
            _ => {
                let mut there: Vec<String> = self
                    .all()
                    .iter()
                    .map(|array| format!("{} {:?}", array.name, array.sides))
                    .collect();
                there.truncate(20);
                Err(ReadErrorKind::Element {
                    element: "variables".to_string(),
                    expected: "one matrix of signals, or one called val, data or ecg".to_string(),
                    got: there.join(", "),
                })
            }
        }
    }
}

/// Two sides, the shorter one of at most 64, the longer one of at least 16.
fn is_signal(array: &Array) -> bool {
    match array.sides.as_slice() {
        [rows, columns] => {
            let (short, long) = (rows.min(columns), rows.max(columns));
            (1..=MOST_LEADS).contains(short) && *long >= 16
        }
        _ => false,
    }
}

/// Sizes and order of a matrix, which is stored column by column.
struct Axes {
    leads: usize,
    samples: usize,
    leads_first: bool,
}

impl Axes {
    fn of(matrix: &Array, findings: &mut Vec<Finding>) -> Axes {
        let (rows, columns) = (matrix.sides[0], matrix.sides[1]);
        let leads_first = rows <= columns;
        if !leads_first {
            let message = format!("{}: [{rows}, {columns}], a row a sample", matrix.name);
            findings.push(finding("samples-first", message));
        }
        Axes {
            leads: rows.min(columns),
            samples: rows.max(columns),
            leads_first,
        }
    }

    fn position(&self, lead: usize, sample: usize) -> usize {
        match self.leads_first {
            true => sample * self.leads + lead,
            false => lead * self.samples + sample,
        }
    }
}

fn unit(facts: &Facts<'_>, options: &ReadOptions, findings: &mut Vec<Finding>) -> Unit {
    let stated = facts.text(&["unit", "units"]).and_then(Unit::parse);
    stated.or(options.unit).unwrap_or_else(|| {
        let message = "the file states no unit, taken as mV";
        findings.push(finding("unit-not-stated", message));
        Unit::Millivolt
    })
}

/// Names in a cell array of as many texts as there are leads, else tensor order for twelve.
fn channels(facts: &Facts<'_>, leads: usize, findings: &mut Vec<Finding>) -> Vec<Channel> {
    let listed = facts.named(&["leads", "lead_names", "labels", "channels", "sig_name"]);
    if let Some(Array {
        value: Value::Parts(parts),
        ..
    }) = listed
        && parts.len() == leads
    {
        let names = parts.iter().map(|part| match &part.value {
            Value::Text(text) => Some(text.trim()),
            _ => None,
        });
        if let Some(names) = names.collect::<Option<Vec<&str>>>() {
            let channel = |name: &str| {
                Lead::parse(name).map_or_else(|| Channel::Other(name.to_string()), Channel::Lead)
            };
            return names.into_iter().map(channel).collect();
        }
    }
    let message = match leads {
        12 => "the file names no leads, taken in the order I, II, III, aVR, aVL, aVF, V1 to V6",
        _ => "the file names no leads",
    };
    findings.push(finding("lead-not-stated", message));
    (0..leads)
        .map(|lead| match leads {
            12 => Channel::Lead(Lead::ALL[lead]),
            _ => Channel::Other(format!("row {lead}")),
        })
        .collect()
}

fn rate(facts: &Facts<'_>, options: &ReadOptions, findings: &mut Vec<Finding>) -> Hertz {
    let names = [
        "fs",
        "sampling_frequency",
        "sampling_rate",
        "samplingrate",
        "sample_rate",
        "samplerate",
        "frequency",
    ];
    let stated = facts.number(&names).and_then(Hertz::new);
    if let Some(rate) = stated.or(options.rate) {
        return rate;
    }
    let message = format!("the file states no rate, taken as {DEFAULT_RATE} Hz");
    findings.push(finding("rate-not-stated", message));
    Hertz::new(DEFAULT_RATE).expect("500 Hz is a rate, this is a bug")
}
