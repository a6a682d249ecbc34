//! A manifest of real ECGs, where the data folder is at hand.

use coronet_cohort::{LabelRule, Vessel, folds, groups, leakage, parse_manifest};
use std::path::PathBuf;

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn the_territory_manifest_divides_into_folds_with_positives() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data = std::env::var_os("CORONET_DATA").map_or(default.into(), PathBuf::from);
    let file = data.join("ptbxl/territory.csv");
    let Ok(bytes) = std::fs::read(&file) else {
        eprintln!("SKIPPED: {} is not here", file.display());
        return;
    };
    let manifest = parse_manifest("territory.csv", &bytes).unwrap();
    assert!(manifest.has_grades() && !manifest.rows.is_empty());
    let labels: Vec<_> = manifest
        .rows
        .iter()
        .map(|row| row.facts.grades.labels(LabelRule::Any))
        .collect();
    let patients: Vec<&str> = manifest
        .rows
        .iter()
        .map(|row| row.facts.patient_id.as_str())
        .collect();
    let unknown = vec![""; patients.len()];
    let groups = groups(&patients, &unknown);
    let folds = folds::vessel_folds(&labels, &groups, 5, 1).unwrap();
    assert!(leakage::audit(&folds, &patients, &unknown).is_clean());
    for vessel in Vessel::ALL {
        let counts: Vec<usize> = (0..5)
            .map(|fold| {
                let inside = labels.iter().zip(&folds).filter(|(_, of)| **of == fold);
                inside
                    .filter(|(labels, _)| labels[vessel.index()] == Some(true))
                    .count()
            })
            .collect();
        let total: usize = counts.iter().sum();
        assert!(
            total < 5 || counts.iter().all(|&count| count > 0),
            "{vessel}: {counts:?}"
        );
    }
}
