//! ECGs that cannot carry a stratum, and what a picture says of its network.

use crate::support::{Said, coronet, run};
use crate::usable::{HEADED, arrays, headed, sound, write};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn explain(folder: &Path, input: &str, out: &str, code: i32) -> Said {
    let mut command = coronet(folder);
    command.args(["explain", "--weights", HEADED, input, "--out", out]);
    run(command.args(["--method", "gradient"]), code)
}

fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

#[test]
fn an_ecg_without_any_signal_gets_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    for (input, reason) in [
        ("zero.npy", "every sample of every lead is zero"),
        ("flat.npy", "every lead is flat"),
    ] {
        let said = explain(at, input, "why.json", 1);
        assert!(said.stderr.contains(reason), "{}", said.stderr);
        assert!(!said.stderr.contains("probability"), "{}", said.stderr);
        let found = json(at, "why.json");
        assert_eq!(found["obstacle"], reason);
        assert!(found["vessels"].as_array().unwrap().is_empty(), "{found}");
        explain(at, input, "why.html", 1);
        let page = fs::read_to_string(at.join("why.html")).unwrap();
        assert!(page.contains(reason) && !page.contains("stratum"));
        explain(at, input, "why.svg", 1);
        let picture = fs::read_to_string(at.join("why.svg")).unwrap();
        assert!(picture.contains(reason) && picture.contains("simulated"));
    }
}

#[test]
fn an_unusable_ecg_gets_no_stratum_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    for (input, code, ending) in [
        ("hundredfold.npy", "implausible-amplitude", 0),
        ("flat-v2.npy", "flat-lead", 1),
    ] {
        let said = explain(at, input, "why.json", ending);
        let warning = format!("no stratum: unusable ECG: {code}");
        assert!(said.stderr.contains(&warning), "{}", said.stderr);
        assert!(said.stderr.contains("and no stratum (unusable ECG)"));
        for word in ["(low stratum)", "(high stratum)"] {
            assert!(!said.stderr.contains(word), "{}", said.stderr);
        }
        let found = json(at, "why.json");
        let vessels = found["vessels"].as_array().unwrap();
        assert_eq!(vessels.len(), 4);
        for vessel in vessels {
            assert!(vessel["stratum"].is_null(), "{vessel}");
            let reason = vessel["stratum_reason"].as_str().unwrap();
            assert!(reason.contains(code), "{reason}");
        }
        assert!(found["findings"].to_string().contains("unusable-ecg"));
        explain(at, input, "why.html", ending);
        let page = fs::read_to_string(at.join("why.html")).unwrap();
        assert!(page.contains("and no stratum (unusable ECG)"));
    }
    let said = explain(at, "sound.npy", "why.json", 0);
    assert!(!said.stderr.contains("no stratum"), "{}", said.stderr);
    let found = json(at, "why.json");
    assert!(found["vessels"][0]["stratum"].is_string());
    assert!(found["vessels"][0]["stratum_reason"].is_null());
}

#[test]
fn a_picture_that_leaves_its_page_says_what_its_network_learnt_from() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    explain(at, "sound.npy", "why.svg", 0);
    let picture = fs::read_to_string(at.join("why.svg")).unwrap();
    let words = "research use only – simulated";
    assert!(picture.contains(words), "{}", &picture[..2000]);
}

#[test]
fn unusable_ecgs_of_a_cohort_are_in_neither_stratum() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    headed(at, "ecgfounder-eval");
    arrays(at);
    let louder: Vec<f32> = sound(5000).iter().map(|value| 1.2 * value).collect();
    write(&at.join("louder.npy"), &louder);
    let strata = |second: &str, out: &str| {
        let manifest = format!("record_id,path,patient_id\nR1,sound.npy,P1\nR2,{second},P2\n");
        fs::write(at.join("manifest.csv"), manifest).unwrap();
        explain(at, "manifest.csv", out, 0);
        let found = json(at, &format!("{out}/explanation.json"));
        found["vessels"][0].to_string()
    };
    let reason = "fewer than two records in the high and low strata";
    assert!(strata("hundredfold.npy", "one").contains(reason));
    assert!(!strata("louder.npy", "two").contains(reason));
}
