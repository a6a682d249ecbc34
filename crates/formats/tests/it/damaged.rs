//! Damaged and hostile documents: an answer or an error in bounded time, never a panic.

use crate::data::data;
use coronet_formats::{Leniency, ReadErrorKind, ReadOptions, Recording, read_bytes};
use std::time::{Duration, Instant};

const FIXTURES: [&str; 14] = [
    "hl7-aecg/Example_aECG.xml",
    "hl7-aecg/hl7aecg_example.xml",
    "hl7-aecg/fda-examples/minimum_aecg.xml",
    "hl7-aecg/ptbxl_00001.hl7",
    "muse/MUSE_20080710_165457_96000.xml",
    "muse/example1.xml",
    "cardiosoft/example-XML1.xml",
    "schiller/schiller.xml",
    "philips-sierra/129DYPRG.XML",
    "philips-sierra/Philips103Example01.xml",
    "philips-sierra/2020-5-18_15-48-11.xml",
    "fhir/observation-example-sample-data.json",
    "text/J123456_10sec.txt",
    "text/testing_ecg.txt",
];

/// Longest time for one damaged file, against one that hangs: the whole ones take a few milliseconds.
const LIMIT: Duration = Duration::from_secs(120);

/// Reads in both modes; whatever is returned is well-formed.
fn look(bytes: &[u8]) -> Result<Vec<Recording>, ReadErrorKind> {
    let started = Instant::now();
    let mut strict = None;
    for leniency in [Leniency::Lenient, Leniency::Strict] {
        let options = ReadOptions {
            leniency,
            ..ReadOptions::default()
        };
        let result = read_bytes("f", bytes, &options);
        match &result {
            Ok(records) => {
                for ecg in records.iter().map(|record| &record.ecg) {
                    let whole =
                        |samples: &[f64]| samples.iter().all(|sample| !sample.is_infinite());
                    assert!(!ecg.is_empty());
                    for signal in &ecg.signals {
                        assert_eq!(signal.millivolts.len(), ecg.len());
                        assert!(whole(&signal.millivolts));
                    }
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        strict = Some(result);
    }
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
    strict.unwrap()
}

/// Numbers that look random and are the same in every run (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn cut_at_every_tenth() {
    let Some(formats) = data("formats") else {
        return;
    };
    for name in FIXTURES {
        let bytes = std::fs::read(formats.join(name)).unwrap();
        look(&bytes).unwrap();
        for tenth in 0..10 {
            let cut = look(&bytes[..bytes.len() * tenth / 10]);
            assert!(cut.is_err(), "{name}: {tenth} tenths are no whole file");
        }
    }
}

#[test]
fn flipped_overwritten_and_repeated() {
    let Some(formats) = data("formats") else {
        return;
    };
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for name in FIXTURES {
        let whole = std::fs::read(formats.join(name)).unwrap();
        for round in 0..24 {
            let mut bytes = whole.clone();
            // The head holds most of what is not samples.
            let reach = if round % 2 == 0 {
                bytes.len()
            } else {
                bytes.len().min(6000)
            };
            for _ in 0..=numbers.below(6) {
                let at = numbers.below(reach);
                match round % 3 {
                    0 => bytes[at] ^= 1 << numbers.below(8),
                    1 => bytes[at] = b"\0<>&\"9-eE \xff"[numbers.below(11)],
                    _ => {
                        let from = numbers.below(whole.len());
                        let piece = whole[from..whole.len().min(from + 200)].to_vec();
                        bytes.splice(at..at, piece);
                    }
                }
            }
            let _ = look(&bytes);
        }
    }
}

#[test]
fn samples_that_fail_their_checksum_are_refused_unless_lenient() {
    let with_sum = |sum: u32| {
        let sum = format!("<LeadDataCRC32>{sum}</LeadDataCRC32><WaveFormData>");
        muse("", "").replace("<WaveFormData>", &sum)
    };
    let read = |document: &str, leniency| {
        let options = ReadOptions {
            leniency,
            ..ReadOptions::default()
        };
        read_bytes("x", document.as_bytes(), &options)
    };
    let right = crc32fast::hash(&[100, 0, 0, 0, 156, 255]);
    assert!(read(&with_sum(right), Leniency::Strict).is_ok());
    let error = read(&with_sum(right ^ 1), Leniency::Strict)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&format!("expected the checksum {right}")),
        "{error}"
    );
    let ecg = read(&with_sum(right ^ 1), Leniency::Lenient)
        .unwrap()
        .remove(0)
        .ecg;
    let found = ecg
        .findings
        .iter()
        .any(|found| found.code == "checksum-mismatch");
    assert!(found, "{:?}", ecg.findings);
}

#[test]
fn a_date_of_birth_is_not_quoted() {
    let born = "A</PatientLastName><DateofBirth>31-12-1955</DateofBirth><PatientLastName>";
    let ecg = look(muse("", born).as_bytes()).unwrap().remove(0).ecg;
    assert_eq!(ecg.findings[0].code, "time-not-understood");
    assert!(
        !ecg.findings[0].message.contains("1955"),
        "{:?}",
        ecg.findings
    );
}

/// A MUSE document around whatever is given.
fn muse(before: &str, inside: &str) -> String {
    format!(
        "{before}<RestingECG><PatientDemographics><PatientLastName>{inside}</PatientLastName>\
         </PatientDemographics><Waveform><WaveformType>Rhythm</WaveformType>\
         <SampleBase>500</SampleBase><LeadData><LeadID>II</LeadID>\
         <LeadAmplitudeUnitsPerBit>4.88</LeadAmplitudeUnitsPerBit>\
         <LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>\
         <WaveFormData>ZAAAAJz/</WaveFormData></LeadData></Waveform></RestingECG>"
    )
}

fn refusal(document: &str) -> String {
    look(document.as_bytes()).unwrap_err().to_string()
}

#[test]
fn entities_are_not_expanded() {
    let mut laughs = String::from("<!DOCTYPE RestingECG [<!ENTITY l0 \"ha\">");
    for level in 1..40 {
        let inner = format!("&l{};", level - 1).repeat(10);
        laughs += &format!("<!ENTITY l{level} \"{inner}\">");
    }
    laughs += "]>";
    let error = refusal(&muse(&laughs, "&l39;"));
    assert!(
        error.contains("entity `l39`, which is not expanded"),
        "{error}"
    );
    let outside = "<!DOCTYPE RestingECG [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>";
    let error = refusal(&muse(outside, "&x;"));
    assert!(error.contains("entity `x`"), "{error}");
    let records = look(muse(outside, "A &amp; B&#x2013;C").as_bytes()).unwrap();
    assert_eq!(records[0].ecg.subject.name.as_deref(), Some("A & B–C"));
    let attribute = muse("", "x").replace("<LeadData>", "<LeadData a=\"&x;\">");
    assert!(
        refusal(&attribute).contains("XML at byte"),
        "{}",
        refusal(&attribute)
    );
}

#[test]
fn depth_and_number_are_bounded() {
    let deep = muse("", &"<a>".repeat(300_000));
    assert!(
        refusal(&deep).contains("nested deeper than 64"),
        "{}",
        refusal(&deep)
    );
    let many = muse("", &"<a/>".repeat(600_000));
    assert!(refusal(&many).contains("more than 500000 elements"));
    let attributes: String = (0..5000).map(|index| format!(" a{index}=\"1\"")).collect();
    let wide = muse("", &format!("<a{attributes}/>"));
    assert!(refusal(&wide).contains("more than 64 attributes"));
    let nested = format!("{{\"resourceType\":{}", "[".repeat(300_000));
    look(nested.as_bytes()).unwrap_err();
}

#[test]
fn what_is_declared_is_not_believed() {
    let counted = |count: &str| {
        let field = format!("<LeadSampleCountTotal>{count}</LeadSampleCountTotal><WaveFormData>");
        muse("", "x").replace("<WaveFormData>", &field)
    };
    assert!(look(counted("3").as_bytes()).is_ok());
    for count in ["2", "99999999999999999999", "1e300", "-3"] {
        let error = refusal(&counted(count));
        assert!(error.contains("bytes by LeadSampleCountTotal"), "{error}");
    }
    let philips = |samples: &str, leads: &str| {
        format!(
            "<restingecgdata xmlns=\"http://www3.medical.philips.com\"><documentinfo>\
             <documenttype>SierraECG</documenttype><documentversion>1.04</documentversion>\
             </documentinfo><dataacquisition><signalcharacteristics/></dataacquisition><waveforms>\
             <parsedwaveforms dataencoding=\"Base64\" compression=\"XLI\" numberofleads=\"{leads}\" \
             leadlabels=\"I II\" durationperchannel=\"1e18\" samplespersecond=\"500\" \
             resolution=\"5\">{samples}</parsedwaveforms></waveforms></restingecgdata>"
        )
    };
    // A chunk that says it has 4 GiB.
    let error = refusal(&philips("/////wEAAAAAAAAA", "1"));
    assert!(error.contains("of its 4294967295 bytes"), "{error}");
    let error = refusal(&philips("AAAA", "999999"));
    assert!(error.contains("at most 64 leads"), "{error}");
    let error = refusal(&philips("AAAA", "3"));
    assert!(error.contains("labels of 3 leads"), "{error}");
}

#[test]
fn encodings_are_those_declared() {
    let declared = |name: &str| {
        muse(
            &format!("<?xml version=\"1.0\" encoding=\"{name}\"?>"),
            "Bäré",
        )
    };
    let name = |bytes: &[u8]| look(bytes).unwrap()[0].ecg.subject.name.clone().unwrap();
    let units: Vec<u16> = declared("UTF-16").encode_utf16().collect();
    let little = |mark: &[u8]| {
        [
            mark,
            &units
                .iter()
                .flat_map(|unit| unit.to_le_bytes())
                .collect::<Vec<u8>>(),
        ]
        .concat()
    };
    let big = |mark: &[u8]| {
        [
            mark,
            &units
                .iter()
                .flat_map(|unit| unit.to_be_bytes())
                .collect::<Vec<u8>>(),
        ]
        .concat()
    };
    let latin: Vec<u8> = declared("ISO-8859-1")
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    let utf8 = declared("UTF-8").into_bytes();
    let cases = [
        little(b"\xff\xfe"),
        big(b"\xfe\xff"),
        little(b""),
        big(b""),
        latin,
        [b"\xef\xbb\xbf".to_vec(), utf8.clone()].concat(),
        utf8,
        muse("", "Bäré").into_bytes(),
    ];
    for bytes in &cases {
        assert_eq!(name(bytes), "Bäré");
    }
    let odd = &cases[0][..cases[0].len() - 1];
    assert!(
        look(odd)
            .unwrap_err()
            .to_string()
            .contains("half a UTF-16 code unit")
    );
    let broken = [
        b"\xff\xfe".as_slice(),
        &[0x3c, 0x00, 0x00, 0xd8, 0x3c, 0x00],
    ]
    .concat();
    look(&broken).unwrap_err();
    assert!(
        refusal(&declared("EBCDIC-CP-US")).contains("XML encoding is not supported: ebcdic-cp-us")
    );
    let wrong = [muse("", "B").into_bytes(), b"\xff\xff".to_vec()].concat();
    assert!(look(&wrong).unwrap_err().to_string().contains("not UTF-8"));
}

#[test]
fn a_made_document_gives_its_samples() {
    let ecg = look(muse("", "x").as_bytes()).unwrap().remove(0).ecg;
    let expected = [100.0, 0.0, -100.0].map(|count| count * 4.88 / 1000.0);
    assert_eq!(ecg.signals[0].millivolts, expected);
    let unstated = muse("", "x").replace("<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>", "");
    let ecg = look(unstated.as_bytes()).unwrap().remove(0).ecg;
    assert_eq!(ecg.findings[0].code, "unit-not-stated");
    let stranger = muse("", "x").replace("MICROVOLTS", "FURLONGS");
    assert!(refusal(&stranger).contains("expected a unit of voltage, got `FURLONGS`"));
}
