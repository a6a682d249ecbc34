//! Profiles as text and as hashes.

use coronet_ecg::{Notch, Profile, ProfileError};
use std::collections::BTreeSet;

#[test]
fn every_profile_survives_its_toml() {
    for name in Profile::NAMES {
        let profile = Profile::named(name).unwrap();
        let again = Profile::from_toml(&profile.to_toml()).unwrap();
        assert_eq!(again, profile);
        assert_eq!(again.hash(), profile.hash());
    }
}

#[test]
fn every_field_counts_in_the_hash() {
    let profile = Profile::named("ecgfounder").unwrap();
    let mut hashes = BTreeSet::from([profile.hash()]);
    for line in profile.to_toml().lines().filter(|line| line.contains('=')) {
        let (key, value) = line.split_once(" = ").unwrap();
        let other = match value {
            "\"linear\"" => "\"polyphase\"".to_string(),
            "\"first\"" => "\"every\"".to_string(),
            "\"record\"" => "\"lead\"".to_string(),
            "\"50\"" => "\"60\"".to_string(),
            text if text.starts_with('"') => "\"another\"".to_string(),
            number if number.contains('.') => format!("{}", number.parse::<f64>().unwrap() * 1.1),
            number => format!("{}", number.parse::<u32>().unwrap() + 1),
        };
        let text = profile.to_toml().replace(line, &format!("{key} = {other}"));
        let changed = Profile::from_toml(&text).unwrap();
        assert!(hashes.insert(changed.hash()), "{line} does not count");
    }
    assert!(hashes.len() > 15, "{}", hashes.len());
}

/// The hash is stored beside weights, so a change of it is a change of format.
#[test]
fn hashes_of_the_built_in_profiles_stay() {
    let hashes = Profile::NAMES.map(|name| Profile::named(name).unwrap().hash()[..16].to_string());
    assert_eq!(hashes, HASHES);
}

const HASHES: [&str; 4] = [
    "8fdb9ef88734140d",
    "f62481a67a22274a",
    "0029ab2f7d5ce6d8",
    "c1840da4bc12e47b",
];

#[test]
fn the_notch_can_be_60_or_none() {
    let published = Profile::named("ecgfounder").unwrap();
    let other = published.clone().with_notch(Notch::Hertz60);
    assert_ne!(published.hash(), other.hash());
    assert_eq!(Profile::from_toml(&other.to_toml()).unwrap(), other);
    let raw = Profile::named("raw").unwrap();
    assert_eq!(raw.clone().with_notch(Notch::Hertz60), raw);
}

#[test]
fn unknown_names_fields_and_values_are_refused() {
    let error = Profile::named("ecg-founder").unwrap_err();
    let message = "no preprocessing profile named `ecg-founder`, \
                   expected one of: ecgfounder, anyecg-ccta, ecgfounder-eval, raw";
    assert_eq!(error.to_string(), message);
    let text = Profile::named("ecgfounder").unwrap().to_toml();
    let unknown = format!("smoothing = 3\n{text}");
    assert!(matches!(
        Profile::from_toml(&unknown),
        Err(ProfileError::Syntax { .. })
    ));
    for (field, value) in [
        ("rate", "0.0"),
        ("rate", "nan"),
        ("window_seconds", "-1.0"),
        ("maximum_missing", "2.0"),
        ("low", "50.0"),
        ("order", "0"),
        ("notch", "\"55\""),
    ] {
        let changed: Vec<String> = text
            .lines()
            .map(|line| {
                if line.starts_with(&format!("{field} = ")) {
                    format!("{field} = {value}")
                } else {
                    line.to_string()
                }
            })
            .collect();
        assert!(Profile::from_toml(&changed.join("\n")).is_err(), "{field}");
    }
}
