//! Words that say that a vessel has been treated, and words that do not.

use coronet_cohort::{
    PairingRule, is_revascularised, join_ccta, join_clinical, parse_ccta, parse_clinical,
    parse_manifest,
};

#[test]
fn treatments_that_have_been() {
    for text in [
        "Patent stent in the proximal LAD, no in-stent restenosis",
        "No in-stent restenosis.",
        "s/p CABG, LIMA to LAD patent",
        "History: PCI 2015. RCA: mild stenosis",
        "LAD: stent, 30 %",
        "冠状动脉支架术后",
        "前降支支架内未见再狭窄",
        "CABG术后，桥血管通畅",
    ] {
        assert!(is_revascularised(text), "{text}");
    }
}

#[test]
fn treatments_that_have_not_been() {
    for text in [
        "",
        "80 %",
        "Severe stenosis of the LAD. RCA normal.",
        "No stent. Never had a bypass",
        "Severe LAD stenosis, recommend PCI",
        "suitable for stenting",
        "Refer for CABG",
        "无支架植入",
        "建议冠脉介入治疗",
        "Moderate stenosis; the patient denies previous stents",
        "upcin 3",
    ] {
        assert!(!is_revascularised(text), "{text}");
    }
}

#[test]
fn what_either_table_says_counts() {
    let manifest = "record_id,path,patient_id,recorded_at\n\
                    a,a,1,2024-01-01\nb,b,2,2024-01-01\nc,c,3,2024-01-01\nd,d,4,2024-01-01\n";
    let rows = parse_manifest("m", manifest.as_bytes()).unwrap().rows;
    let ccta = "patient_id,performed_at,RCA,LM,LAD,LCX\n1,2024-01-01,0,0,stent,0\n\
                2,2024-01-01,0,0,80,0\n3,2024-01-01,0,0,80,0\n4,2024-01-01,0,0,80,0\n";
    let ccta = parse_ccta("c", ccta.as_bytes()).unwrap();
    let mut flow = coronet_cohort::Flow::new("ECGs", 4);
    let mut rows = join_ccta(rows, &ccta.rows, PairingRule::default(), &mut flow).rows;
    let clinical = "patient_id,prior_revascularisation\n1,0\n2,1\n3,0\n";
    let clinical = parse_clinical("k", clinical.as_bytes()).unwrap();
    join_clinical(&mut rows, &clinical);
    let known: Vec<Option<bool>> = rows.iter().map(|row| row.prior_revascularisation).collect();
    assert_eq!(known, [Some(true), Some(true), Some(false), None]);
}
