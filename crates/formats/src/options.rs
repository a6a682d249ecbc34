//! What the caller knows and the file may not say.

use coronet_ecg::Hertz;

/// Facts for files that do not state them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// Sampling rate of arrays, and of tables without a time column; 500 Hz with a finding when
    /// absent.
    pub rate: Option<Hertz>,
    /// Which axis of an array counts the leads.
    pub array_order: ArrayOrder,
    /// Unit of arrays, and of table columns that state none; millivolts when absent, with a
    /// finding except for arrays of floats.
    pub unit: Option<Unit>,
    /// What to do with a file that departs from its standard.
    pub leniency: Leniency,
}

/// What to do with a file that departs from its standard in a way that touches the signals.
///
/// Departures that cannot change a sample, a lead, the rate or a unit are findings either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leniency {
    /// The file is refused.
    #[default]
    Strict,
    /// What can be decoded is read, and each departure is a finding.
    Lenient,
}

/// Order of the last two axes of an array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArrayOrder {
    /// `[leads, samples]`.
    #[default]
    LeadsFirst,
    /// `[samples, leads]`.
    SamplesFirst,
}

/// A unit of voltage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// V.
    Volt,
    /// mV.
    Millivolt,
    /// µV.
    Microvolt,
    /// nV.
    Nanovolt,
}

impl Unit {
    /// Reads `mV`, `uV`, `µV`, `V`, `nV` in any case.
    pub fn parse(text: &str) -> Option<Unit> {
        match text.trim().to_lowercase().as_str() {
            "v" | "volt" | "volts" => Some(Unit::Volt),
            "mv" | "millivolt" | "millivolts" => Some(Unit::Millivolt),
            // Both the micro sign and the Greek letter are in use; lower case maps neither.
            "uv" | "\u{b5}v" | "\u{3bc}v" | "microvolt" | "microvolts" => Some(Unit::Microvolt),
            "nv" | "nanovolt" | "nanovolts" => Some(Unit::Nanovolt),
            _ => None,
        }
    }

    /// A value in this unit as millivolts.
    pub fn to_millivolts(self, value: f64) -> f64 {
        match self {
            Unit::Volt => value * 1e3,
            Unit::Millivolt => value,
            Unit::Microvolt => value / 1e3,
            Unit::Nanovolt => value / 1e6,
        }
    }
}
