//! The preprocessing of a model, which is never mixed with another.

use super::Model;
use crate::printer::Hint;
use anyhow::Result;
use coronet_cohort::store::Store;
use coronet_ecg::quality::{self, NoSignal};
use coronet_ecg::{Finding, Notch, Preprocessed, Profile, WindowRule};
use coronet_formats::Recording;
use std::path::Path;

/// What of a model's own preprocessing was asked to be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Skipped {
    /// Nothing.
    Nothing,
    /// The profile of this name.
    OfModel(String),
    /// What the weights do not state.
    Unstated,
}

/// Findings that hold whatever the unit, the rate and the filters of the samples, which are not
/// known of an array that was preprocessed elsewhere.
const OF_ANY_SAMPLES: [&str; 2] = ["all-zero", "flat-lead"];

/// The finding of an ECG that cannot carry a stratum.
pub fn unusable_ecg(why: &str) -> Finding {
    Finding {
        code: quality::UNUSABLE_ECG.to_owned(),
        message: format!("no stratum is given: {why}"),
    }
}

/// The profile asked for, or that of the model; never another than the model's but `raw`.
pub(super) fn choose(asked: Option<&str>, of_model: Option<Profile>) -> Result<(Profile, Skipped)> {
    let asked = asked.map(Profile::named).transpose()?;
    match (asked, of_model) {
        (None, Some(profile)) => Ok((profile, Skipped::Nothing)),
        (None, None) => Ok((Profile::named("ecgfounder")?, Skipped::Nothing)),
        (Some(asked), Some(model)) if asked.hash() == model.hash() => Ok((model, Skipped::Nothing)),
        (Some(asked), Some(model)) if asked.name == "raw" => {
            Ok((asked, Skipped::OfModel(model.name)))
        }
        (Some(asked), Some(model)) => {
            let (expected, got) = told_apart(&model, &asked);
            Err(Hint::error(
                format!("--profile: expected {expected} (the model was trained on it), got {got}"),
                "leave --profile out, or give `raw` for arrays that are preprocessed already",
            ))
        }
        (Some(asked), None) if asked.name == "raw" => Ok((asked, Skipped::Unstated)),
        (Some(asked), None) => Ok((asked, Skipped::Nothing)),
    }
}

impl Model {
    /// The same model for other windows of the same preprocessing.
    ///
    /// # Errors
    ///
    /// If records stay whole, as by `raw`.
    pub fn with_windows(mut self, windows: WindowRule) -> Result<Model> {
        if self.profile.window == WindowRule::None {
            return Err(Hint::error(
                format!("profile {} takes no windows of records", self.profile.name),
                "leave --windows out",
            ));
        }
        self.profile = self.profile.with_windows(windows);
        Ok(self)
    }
    /// Refuses an ECG file where the model's own preprocessing was asked to be left out.
    ///
    /// # Errors
    ///
    /// If the model has a profile, `raw` was asked for, and the recording is no array.
    pub fn accepts(&self, recording: &Recording) -> Result<()> {
        match &self.skipped {
            Skipped::OfModel(profile) if !recording.is_array() => Err(Hint::error(
                format!(
                    "--profile raw: expected an array of samples preprocessed by {profile}, on which the model was trained, got an ECG ({}); leave --profile out",
                    recording.format
                ),
                "without --profile, ECGs are preprocessed as the model's own were",
            )),
            _ => Ok(()),
        }
    }

    /// What was found in a recording by its reader, in it, and on the way to the network, sorted.
    ///
    /// # Errors
    ///
    /// If it carries no signal.
    pub fn findings(
        &self,
        recording: &Recording,
        preprocessed: &Preprocessed,
    ) -> Result<Vec<Finding>, NoSignal> {
        let report = quality::assess(&recording.ecg);
        let windows = preprocessed.windows.iter();
        let windows = windows.map(|window| window.data.as_slice());
        if let Some(no_signal) = quality::no_signal(Some(&report), windows) {
            return Err(no_signal);
        }
        let skipped = self.preprocessing_skipped();
        let of_any_samples = skipped.is_some() && recording.is_array();
        let holds =
            |finding: &Finding| !of_any_samples || OF_ANY_SAMPLES.contains(&finding.code.as_str());
        let mut findings = recording.ecg.findings.clone();
        findings.extend_from_slice(&preprocessed.findings);
        findings.extend(report.findings.into_iter().filter(holds));
        findings.extend(skipped);
        findings.sort();
        findings.dedup();
        Ok(findings)
    }

    /// What is said of every answer where preprocessing was left out.
    fn preprocessing_skipped(&self) -> Option<Finding> {
        let trained = match &self.skipped {
            Skipped::Nothing => return None,
            Skipped::OfModel(profile) => format!("it was trained on windows of {profile}"),
            Skipped::Unstated => "its weights do not state what it was trained on".to_owned(),
        };
        Some(Finding {
            code: "preprocessing-skipped".to_owned(),
            message: format!("the network got the samples as they are (raw); {trained}"),
        })
    }

    /// Refuses a store of windows of another profile than the model's.
    ///
    /// # Errors
    ///
    /// If the hashes of the profiles differ.
    pub fn check_store(&self, path: &Path, store: &Store) -> Result<()> {
        let expected = &self.profile;
        if store.profile_hash() == expected.hash() {
            return Ok(());
        }
        let of_store = Profile::from_toml(store.profile_toml())?;
        let (name, got) = told_apart(expected, &of_store);
        Err(Hint::error(
            format!(
                "{}: expected windows of profile {name}, got {got}",
                path.display()
            ),
            match &self.skipped {
                Skipped::Nothing => prepared_so(expected),
                _ => "leave --profile out: windows of a store are preprocessed".to_owned(),
            },
        ))
    }
}

/// The names of two profiles, with the beginnings of their hashes where the names are the same.
fn told_apart(one: &Profile, other: &Profile) -> (String, String) {
    let name = |profile: &Profile| match one.name == other.name {
        true => format!("{} ({}…)", profile.name, &profile.hash()[..8]),
        false => profile.name.clone(),
    };
    (name(one), name(other))
}

/// The options of `coronet prepare` that give a profile.
fn prepared_so(profile: &Profile) -> String {
    let name = &profile.name;
    let hash = profile.hash();
    let notches = [
        (Notch::Hertz50, ""),
        (Notch::Hertz60, " --notch 60"),
        (Notch::None, " --notch none"),
    ];
    let windows = [
        (WindowRule::First, ""),
        (WindowRule::Every, " --windows every"),
    ];
    let options = notches.iter().flat_map(|(notch, option)| {
        let of_windows = |(rule, more)| (*notch, rule, format!("{option}{more}"));
        windows.map(of_windows)
    });
    let gives = |(notch, rule, _): &(Notch, WindowRule, String)| {
        let named = Profile::named(name);
        named.is_ok_and(|named| named.with_notch(*notch).with_windows(*rule).hash() == hash)
    };
    match options.into_iter().find(gives) {
        Some((.., options)) => format!("`coronet prepare … --profile {name}{options}`"),
        None => "the model's profile is none that `coronet prepare` offers".to_owned(),
    }
}
