//! Beats and measurements of the high against the low stratum.

use super::kept::Kept;
use super::record::measurement_names;
use anyhow::Result;
use coronet_ecg::Sex;
use coronet_evaluate::Statistic;
use coronet_evidence::{
    Candidate, ClusterSettings, ClusterTest, Design, Feature, FeatureDifference, GroupBands,
    Patients, Resampling, bands, cluster_test, features, neighbours_of_12_leads,
    pairs_by_age_and_sex,
};
use serde::Serialize;

/// Years that matched patients may differ.
const CALIPER: f64 = 5.0;
/// Permutations of the cluster test.
const PERMUTATIONS: usize = 500;

/// Median beats of high and low.
#[derive(Debug, Serialize)]
pub(in super::super) struct Beats {
    /// Who was compared.
    pub(in super::super) design: &'static str,
    /// Patients left out since their records are in both strata.
    pub(in super::super) mixed: usize,
    /// Records left out since their median beat is not whole, as of a heart above 133 a minute.
    pub(in super::super) incomplete: usize,
    /// Patients of the high and of the low stratum without a partner, where pairs were compared.
    pub(in super::super) unmatched: Option<(usize, usize)>,
    pub(in super::super) bands: Statistic<GroupBands>,
    pub(in super::super) test: Statistic<ClusterTest>,
    /// p-value of the test after Holm's correction over the vessels.
    pub(in super::super) p_over_vessels: Option<f64>,
}

impl Beats {
    /// A p-value of the test after Holm's correction over the vessels: that of a cluster grows by
    /// as much as that of the whole test.
    pub(in super::super) fn over_vessels(&self, p: f64) -> f64 {
        let whole = self.test.defined().map(|test| test.p);
        let factor = match (self.p_over_vessels, whole) {
            (Some(corrected), Some(p)) if p > 0.0 => corrected / p,
            _ => 1.0,
        };
        (p * factor).min(1.0)
    }
}

/// What of the command decides the comparison.
pub(super) struct GroupSettings {
    /// Compare pairs of equal sex and like age.
    pub(super) matched: bool,
    /// Unit of amplitudes.
    pub(super) unit: &'static str,
    /// Whether the model has thresholds that part the strata.
    pub(super) thresholds: bool,
    pub(super) resampling: Resampling,
}

/// Compares the strata of class `index`; a patient counts once, with the mean of the records that
/// are in one stratum and have a whole median beat.
pub(super) fn groups(
    index: usize,
    kept: &Kept,
    settings: &GroupSettings,
) -> Result<(Statistic<Beats>, Statistic<Vec<FeatureDifference>>)> {
    let high = &kept.classes[index].high;
    if high.iter().flatten().count() < 2 {
        let reason = match settings.thresholds {
            true => "fewer than two records in the high and low strata of the model's thresholds",
            false => "the model has no thresholds, hence no strata",
        };
        return Ok((Statistic::undefined(reason), Statistic::undefined(reason)));
    }
    let patients = Patients::new(kept.beats()?, &kept.patients, high)?;
    let candidates: Vec<Candidate> = (0..patients.high.len())
        .map(|patient| candidate(kept, &patients, patient))
        .collect();
    let matching = pairs_by_age_and_sex(&candidates, CALIPER);
    let (design, name, unmatched) = if settings.matched {
        (
            Design::Pairs(&matching.pairs),
            "pairs matched for age (5 years) and sex",
            Some((matching.unmatched_high, matching.unmatched_low)),
        )
    } else {
        (Design::Groups, "all patients of both strata", None)
    };
    let test = ClusterSettings {
        joining: 0.05,
        permutations: PERMUTATIONS,
        seed: settings.resampling.seed,
    };
    let beats = Beats {
        design: name,
        mixed: patients.mixed,
        incomplete: patients.incomplete,
        unmatched,
        bands: bands(&patients, design, &settings.resampling),
        test: cluster_test(&patients, design, &neighbours_of_12_leads(), &test),
        p_over_vessels: None,
    };
    let all = measurements(kept, &patients, settings.unit);
    let covariates: Vec<Vec<f64>> = candidates
        .iter()
        .map(|one| {
            let male = one.male.map_or(f64::NAN, |male| f64::from(u8::from(male)));
            vec![one.age.unwrap_or(f64::NAN), male]
        })
        .collect();
    let confidence = settings.resampling.confidence;
    let found = features(all, &patients.high, &covariates, confidence)?;
    Ok((Statistic::Defined(beats), Statistic::Defined(found)))
}

/// The measurements of every patient: means over the records his waveform is made of.
fn measurements<'a>(
    kept: &'a Kept,
    patients: &'a Patients<'_>,
    unit: &str,
) -> impl Iterator<Item = Feature> + use<'a> {
    let mean = |records: &Vec<usize>, number: usize| {
        mean(records.iter().map(|&record| kept.measured(record, number)))
    };
    let names = measurement_names(unit).into_iter().enumerate();
    names.map(move |(number, name)| Feature {
        name,
        values: patients
            .records
            .iter()
            .map(|records| mean(records, number))
            .collect(),
    })
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (count, sum) = values
        .flatten()
        .fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    (count > 0.0).then(|| sum / count)
}

fn candidate(kept: &Kept, patients: &Patients<'_>, patient: usize) -> Candidate {
    let records = || patients.records[patient].iter();
    Candidate {
        high: patients.high[patient],
        age: mean(records().map(|&record| kept.ages[record])),
        male: records()
            .find_map(|&record| kept.sexes[record])
            .map(|sex| sex == Sex::Male),
    }
}
