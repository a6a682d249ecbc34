//! Preprocessing profiles: named, versioned, hashed, written as TOML.
//!
//! Order of the steps: leads by name → gaps → filter at the recorded rate → resampling →
//! window → normalisation of the window's samples → zero padding at the end.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Everything that turns a recording into what a network sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name of the recipe.
    pub name: String,
    /// Rises when the meaning of the recipe changes.
    pub version: u32,
    /// How the record comes to `rate` hertz.
    pub resampling: Resampling,
    /// Rate of the windows in hertz; unused when `resampling` is `none`.
    pub rate: f64,
    /// Which part of the record is used.
    pub window: WindowRule,
    /// Length of a window in seconds.
    pub window_seconds: f64,
    /// Shortest record that is padded rather than refused, in seconds.
    pub minimum_seconds: f64,
    /// Z-scores over what.
    pub normalisation: Normalisation,
    /// Greatest share of invalid samples of a lead that is bridged rather than refused, 0 to 1.
    pub maximum_missing: f64,
    /// Longest run of invalid samples that is bridged rather than refused, in seconds.
    pub maximum_gap_seconds: f64,
    /// Filters at the recorded rate; `None` leaves the signal as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
}

/// The chain notch → band-pass → minus running median; each step optional.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Mains frequency to remove.
    pub notch: Notch,
    /// Quality of the notch: its frequency over its −3 dB bandwidth.
    pub notch_quality: f64,
    /// Width of the running median that is subtracted, in seconds; absent: no such step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_seconds: Option<f64>,
    /// Butterworth band-pass; absent: no such step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band_pass: Option<BandPass>,
}

/// Mains frequency of the notch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notch {
    /// No notch.
    #[serde(rename = "none")]
    None,
    /// 50 Hz.
    #[serde(rename = "50")]
    Hertz50,
    /// 60 Hz.
    #[serde(rename = "60")]
    Hertz60,
}

impl Notch {
    /// The frequency in hertz, if there is one.
    pub fn hertz(self) -> Option<f64> {
        match self {
            Notch::None => None,
            Notch::Hertz50 => Some(50.0),
            Notch::Hertz60 => Some(60.0),
        }
    }
}

/// Butterworth band-pass applied forward and backward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandPass {
    /// Order of the low-pass prototype.
    pub order: usize,
    /// Lower corner in hertz.
    pub low: f64,
    /// Upper corner in hertz.
    pub high: f64,
}

/// Change of rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resampling {
    /// The recorded rate stays.
    None,
    /// Between shared end points, as published; [`crate::resample::linear`].
    Linear,
    /// Band-limited; [`crate::resample::polyphase`].
    Polyphase,
}

/// Which windows of a record are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowRule {
    /// The whole record of any length is one window.
    None,
    /// The first window; a shorter record is padded.
    First,
    /// Every whole window, end to end, but those in which no lead varies; a record shorter than
    /// one is padded.
    Every,
}

/// What is brought to mean 0 and standard deviation 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Nothing: millivolts.
    None,
    /// All leads of the window together.
    Record,
    /// Each lead of the window by itself.
    Lead,
}

/// A profile that does not exist or does not make sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// No profile has this name.
    #[error("no preprocessing profile named `{got}`, expected one of: {}", Profile::NAMES.join(", "))]
    Unknown {
        /// The name asked for.
        got: String,
    },
    /// The text is not a profile.
    #[error("preprocessing profile cannot be read: {message}")]
    Syntax {
        /// What the TOML reader said.
        message: String,
    },
    /// A field holds a value outside its range.
    #[error("preprocessing profile: `{field}` is {got}, expected {expected}")]
    Value {
        /// The field.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: f64,
    },
}

impl Profile {
    /// Names that [`Profile::named`] knows; the first is the default.
    pub const NAMES: [&'static str; 4] = ["ecgfounder", "anyecg-ccta", "ecgfounder-eval", "raw"];

    /// One of the built-in profiles.
    ///
    /// `ecgfounder`: notch 50 Hz, band-pass 0.67–40 Hz, minus running median, z-score of the
    /// record. `anyecg-ccta`: no filter, z-score of each lead. `ecgfounder-eval`: no filter,
    /// z-score of the record. `raw`: millivolts as they are, any length.
    ///
    /// # Errors
    ///
    /// When the name is not in [`Profile::NAMES`].
    pub fn named(name: &str) -> Result<Profile, ProfileError> {
        let plain = Profile {
            name: name.to_string(),
            version: 1,
            resampling: Resampling::Linear,
            rate: 500.0,
            window: WindowRule::First,
            window_seconds: 10.0,
            minimum_seconds: 5.0,
            normalisation: Normalisation::Record,
            maximum_missing: 0.02,
            maximum_gap_seconds: 0.2,
            filter: None,
        };
        match name {
            "ecgfounder" => Ok(Profile {
                filter: Some(Filter::published()),
                ..plain
            }),
            "anyecg-ccta" => Ok(Profile {
                normalisation: Normalisation::Lead,
                ..plain
            }),
            "ecgfounder-eval" => Ok(plain),
            "raw" => Ok(Profile {
                resampling: Resampling::None,
                window: WindowRule::None,
                normalisation: Normalisation::None,
                ..plain
            }),
            other => Err(ProfileError::Unknown {
                got: other.to_string(),
            }),
        }
    }

    /// The same profile with another mains notch; without effect where there is no filter.
    pub fn with_notch(mut self, notch: Notch) -> Profile {
        if let Some(filter) = &mut self.filter {
            filter.notch = notch;
        }
        self
    }

    /// The same profile with other windows; without effect where records stay whole.
    pub fn with_windows(mut self, windows: WindowRule) -> Profile {
        if self.window != WindowRule::None {
            self.window = windows;
        }
        self
    }

    /// SHA-256 over a canonical text of every field, in lower-case hexadecimal.
    ///
    /// Equal profiles have equal hashes; the hash does not depend on the layout of a TOML file.
    pub fn hash(&self) -> String {
        hexadecimal(&Sha256::digest(self.canonical()))
    }

    /// The profile as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a profile holds only numbers and words, this is a bug")
    }

    /// Reads a profile; unknown fields are refused.
    ///
    /// # Errors
    ///
    /// When the text is not TOML of this shape, or a value is out of range.
    pub fn from_toml(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text).map_err(|error| ProfileError::Syntax {
            message: error.to_string().trim_end().to_string(),
        })?;
        profile.check()?;
        Ok(profile)
    }

    /// Whether every number is in its range.
    ///
    /// # Errors
    ///
    /// Naming the first field that is not.
    pub fn check(&self) -> Result<(), ProfileError> {
        let within = |field, got: f64, low: f64, high: f64, expected| {
            if (low..=high).contains(&got) {
                Ok(())
            } else {
                Err(ProfileError::Value {
                    field,
                    expected,
                    got,
                })
            }
        };
        within("rate", self.rate, 50.0, 20_000.0, "50 to 20000 Hz")?;
        let seconds = "0.1 to 3600 s";
        within("window_seconds", self.window_seconds, 0.1, 3600.0, seconds)?;
        let minimum = self.minimum_seconds;
        within("minimum_seconds", minimum, 0.1, 3600.0, seconds)?;
        within(
            "maximum_missing",
            self.maximum_missing,
            0.0,
            0.5,
            "0 to 0.5",
        )?;
        let gap = self.maximum_gap_seconds;
        within("maximum_gap_seconds", gap, 0.0, 10.0, "0 to 10 s")?;
        let Some(filter) = &self.filter else {
            return Ok(());
        };
        let quality = filter.notch_quality;
        within("filter.notch_quality", quality, 0.1, 1000.0, "0.1 to 1000")?;
        if let Some(median) = filter.median_seconds {
            within("filter.median_seconds", median, 0.01, 60.0, "0.01 to 60 s")?;
        }
        if let Some(band) = &filter.band_pass {
            let order = band.order as f64;
            within("filter.band_pass.order", order, 1.0, 12.0, "1 to 12")?;
            within(
                "filter.band_pass.low",
                band.low,
                1e-3,
                1e4,
                "0.001 to 10000 Hz",
            )?;
            let above = "a frequency above `low`";
            let next = band.low.next_up();
            within("filter.band_pass.high", band.high, next, 1e4, above)?;
        }
        Ok(())
    }

    /// One `field=value` a line, floats in their shortest exact form, absent steps as `none`.
    fn canonical(&self) -> String {
        let Profile {
            name,
            version,
            resampling,
            rate,
            window,
            window_seconds,
            minimum_seconds,
            normalisation,
            maximum_missing,
            maximum_gap_seconds,
            filter,
        } = self;
        let mut text = format!(
            "name={name:?}\nversion={version}\nresampling={resampling:?}\nrate={rate:?}\n\
             window={window:?}\nwindow_seconds={window_seconds:?}\n\
             minimum_seconds={minimum_seconds:?}\nnormalisation={normalisation:?}\n\
             maximum_missing={maximum_missing:?}\nmaximum_gap_seconds={maximum_gap_seconds:?}\n"
        );
        let written = match filter {
            None => writeln!(text, "filter=none"),
            Some(Filter {
                notch,
                notch_quality,
                median_seconds,
                band_pass,
            }) => writeln!(
                text,
                "filter={notch:?},{notch_quality:?},{median_seconds:?},{:?}",
                band_pass
                    .as_ref()
                    .map(|BandPass { order, low, high }| (order, low, high))
            ),
        };
        written.expect("writing to a string cannot fail, this is a bug");
        text
    }
}

impl Filter {
    /// The published chain: notch 50 Hz Q 30, order 4 from 0.67 to 40 Hz, median of 0.4 s.
    pub fn published() -> Filter {
        Filter {
            notch: Notch::Hertz50,
            notch_quality: 30.0,
            median_seconds: Some(0.4),
            band_pass: Some(BandPass {
                order: 4,
                low: 0.67,
                high: 40.0,
            }),
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
