//! Every encoding of the binary formats, from files that are encoded in [`encoded`](crate::encoded).

use crate::encoded::*;
use crate::made::{codes, scratch};
use coronet_ecg::{Channel, Ecg, Lead, Sex};
use coronet_formats::{Leniency, ReadErrorKind, ReadOptions, read, read_bytes};

fn one(bytes: &[u8]) -> Ecg {
    read_bytes("x", bytes, &ReadOptions::default())
        .unwrap()
        .remove(0)
        .ecg
}

fn refused(bytes: &[u8]) -> ReadErrorKind {
    read_bytes("x", bytes, &ReadOptions::default()).unwrap_err()
}

fn lenient(bytes: &[u8]) -> Ecg {
    let options = ReadOptions {
        leniency: Leniency::Lenient,
        ..ReadOptions::default()
    };
    read_bytes("x", bytes, &options).unwrap().remove(0).ecg
}

/// Whole numbers that look like nothing in particular.
fn samples(leads: usize, length: usize) -> Vec<Vec<i16>> {
    let value = |lead: usize, at: usize| ((at * 37 + lead * 101) % 401) as i16 - 200;
    (0..leads)
        .map(|lead| (0..length).map(|at| value(lead, at)).collect())
        .collect()
}

fn check(ecg: &Ecg, samples: &[Vec<i16>], microvolts: f64) {
    assert_eq!(ecg.signals.len(), samples.len());
    for (signal, samples) in ecg.signals.iter().zip(samples) {
        assert_eq!(signal.millivolts.len(), samples.len());
        for (got, sample) in signal.millivolts.iter().zip(samples) {
            let expected = f64::from(*sample) * microvolts / 1000.0;
            assert!((got - expected).abs() < 1e-9, "{got} {expected}");
        }
    }
}

#[test]
fn mfer_of_both_byte_orders() {
    let samples = samples(12, 300);
    for little in [false, true] {
        let ecg = one(&mfer(little, &samples));
        check(&ecg, &samples, 2.5);
        assert_eq!(ecg.rate.get(), 500.0);
        for (signal, lead) in ecg.signals.iter().zip(Lead::ALL) {
            assert_eq!(signal.channel, Channel::Lead(lead));
        }
        assert_eq!(ecg.start, Some("2021-04-05T07:08:09.25".parse().unwrap()));
        let subject = &ecg.subject;
        assert_eq!((subject.age, subject.sex), (Some(61.0), Some(Sex::Female)));
        assert_eq!(subject.patient_id.as_deref(), Some("P 17"));
        assert_eq!(subject.name.as_deref(), Some("Test Ada"));
        assert_eq!(subject.birth_date, Some("1960-02-03".parse().unwrap()));
        assert_eq!(ecg.device.serial.as_deref(), Some("77"));
        assert_eq!(codes(&ecg), ["filters-stated"]);
    }
}

#[test]
fn mfer_blocks_sequences_and_frames() {
    let samples = samples(2, 120);
    let mut file = Mfer::new(true);
    file.item(0x0b, &[0, 0, 250]);
    file.item(0x0c, &[0, (-6_i8) as u8, 1]);
    file.item(0x05, &[2]);
    file.item(0x04, &[20]);
    file.lead(0, 1);
    file.lead(1, 2);
    let half = |range: std::ops::Range<usize>| -> Vec<Vec<i16>> {
        samples
            .iter()
            .map(|lead| lead[range.clone()].to_vec())
            .collect()
    };
    // Unsigned bytes 250 are a frequency of −6 Hz; a second byte makes it 250.
    let error = refused(&{
        let mut broken = Mfer::new(true);
        broken.bytes.clone_from(&file.bytes);
        broken.wave(20, &half(0..60));
        broken.bytes
    });
    assert!(error.to_string().contains("sampling interval"), "{error}");
    file.item(0x0b, &[0, 0, 250, 0]);
    file.wave(20, &half(0..60));
    file.wave(20, &half(60..120));
    let ecg = one(&file.bytes);
    check(&ecg, &samples, 1.0);
    assert_eq!(ecg.rate.get(), 250.0);
    assert_eq!(codes(&ecg), ["start-not-stated"]);
}

#[test]
fn mfer_faults_name_offset_and_field() {
    let samples = samples(12, 20);
    let whole = mfer(true, &samples);
    for length in 40..whole.len() - 2 {
        // Cut within the definitions or the samples: an error, or no frame at all.
        let error = refused(&whole[..length]);
        assert!(matches!(error, ReadErrorKind::Bytes { .. }), "{error}");
    }
    let mut nested = Mfer::new(true);
    let mut group = Vec::new();
    for _ in 0..20 {
        let mut outer = vec![0x67, group.len() as u8];
        outer.extend(&group);
        group = outer;
    }
    nested.bytes.extend(group);
    assert!(
        refused(&nested.bytes)
            .to_string()
            .contains("nested at most 8")
    );
    let mut packed = Mfer::new(true);
    packed.item(0x0e, &[1, 0]);
    assert!(matches!(
        refused(&packed.bytes),
        ReadErrorKind::NotSupported { .. }
    ));
}

#[test]
fn ishne_leads_resolution_and_checksum() {
    let samples = samples(3, 200);
    let whole = ishne(&[6, 11, 2], 2500, 200, &samples);
    let ecg = one(&whole);
    check(&ecg, &samples, 2.5);
    let channels: Vec<&Channel> = ecg.signals.iter().map(|signal| &signal.channel).collect();
    assert_eq!(
        channels[..2],
        [&Channel::Lead(Lead::II), &Channel::Lead(Lead::V1)]
    );
    assert_eq!(channels[2], &Channel::Other("X".to_string()));
    assert_eq!(ecg.start, Some("2021-04-05T07:08:09".parse().unwrap()));
    assert_eq!(ecg.subject.sex, Some(Sex::Female));
    assert_eq!(codes(&ecg), Vec::<&str>::new());

    let mut flipped = whole.clone();
    flipped[30] ^= 1;
    let error = refused(&flipped);
    assert!(error.to_string().starts_with("byte 8: checksum"), "{error}");
    assert_eq!(codes(&lenient(&flipped)), ["checksum-mismatch"]);
    assert!(matches!(
        refused(&whole[..whole.len() - 1]),
        ReadErrorKind::Truncated { .. }
    ));
    let mut longer = whole;
    longer.push(0);
    assert_eq!(codes(&one(&longer)), ["extra-bytes"]);
}

#[test]
fn matlab_4_matrices_of_either_byte_order() {
    let value = |lead: usize, at: usize| (lead * 100 + at) as f64 / 100.0;
    let places = || (0..40).flat_map(|at| (0..12).map(move |lead| (lead, at)));
    let little: Vec<u8> = places()
        .flat_map(|(lead, at)| value(lead, at).to_le_bytes())
        .collect();
    let big: Vec<u8> = places()
        .flat_map(|(lead, at)| (value(lead, at) as f32).to_be_bytes())
        .collect();
    let rate = mat4_matrix(40, [1, 1], "Fs", &[0x01, 0x01]);
    let unit: Vec<u8> = b"uV"
        .iter()
        .flat_map(|byte| f64::from(*byte).to_le_bytes())
        .collect();
    let unit = mat4_matrix(1, [1, 2], "unit", &unit);
    let matrix = mat4_matrix(0, [12, 40], "val", &little);
    let ecg = one(&[matrix.clone(), rate, unit].concat());
    assert_eq!(
        (ecg.rate.get(), ecg.len(), ecg.signals.len()),
        (257.0, 40, 12)
    );
    assert!((ecg.signals[3].millivolts[7] - value(3, 7) / 1000.0).abs() < 1e-12);
    assert_eq!(codes(&ecg), ["lead-not-stated"]);
    let ecg = one(&mat4_matrix(1010, [12, 40], "ecg", &big));
    assert!((ecg.signals[11].millivolts[39] - value(11, 39)).abs() < 1e-6);
    let found = ["unit-not-stated", "lead-not-stated", "rate-not-stated"];
    assert_eq!(codes(&ecg), found);

    let cut = refused(&matrix[..matrix.len() - 1]);
    assert!(cut.to_string().contains("numbers of a matrix"), "{cut}");
    let huge = refused(&mat4_matrix(0, [u32::MAX, u32::MAX], "val", &little));
    assert!(huge.to_string().contains("sides of a matrix"), "{huge}");
    let followed = refused(&[matrix, b"no matrix, but more than twenty bytes".to_vec()].concat());
    assert!(
        followed.to_string().contains("header of a matrix"),
        "{followed}"
    );
}

/// Whole numbers called `val` are the signals of a WFDB record, in units that its header states.
#[test]
fn matlab_4_signals_of_a_wfdb_record_need_their_header() {
    let folder = scratch();
    let path = folder.path().join("A0001.mat");
    let numbers = vec![1; 2 * 12 * 40];
    std::fs::write(&path, mat4_matrix(30, [12, 40], "val", &numbers)).unwrap();
    let error = read(&path, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("A0001.hea"), "{error}");
    let mut header = "A0001 12 500 40\n".to_owned();
    for lead in Lead::ALL {
        let name = lead.name();
        header += &format!("A0001.mat 16+24 1000/mV 16 0 257 0 0 {name}\n");
    }
    std::fs::write(path.with_extension("hea"), header).unwrap();
    let lenient = ReadOptions {
        leniency: Leniency::Lenient,
        ..ReadOptions::default()
    };
    let record = read(&path, &lenient).unwrap().remove(0);
    assert_eq!(record.format, "WFDB");
    assert!((record.ecg.signals[0].millivolts[0] - 0.257).abs() < 1e-12);
}

#[test]
fn matlab_matrices_and_structures() {
    let value = |lead: usize, at: usize| (lead * 100 + at) as f64;
    let numbers: Vec<u8> = (0..40)
        .flat_map(|at| (0..3).map(move |lead| value(lead, at)))
        .flat_map(f64::to_le_bytes)
        .collect();
    let matrix = mat_array(6, &[3, 40], "val", &[mat_element(9, &numbers)]);
    let rate = mat_array(6, &[1, 1], "Fs", &[mat_element(4, &257_u16.to_le_bytes())]);
    let letters = |text: &str| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        mat_array(4, &[1, text.len() as i32], "", &[mat_element(4, &units)])
    };
    let names = ["V2", "aVR", "resp"].map(letters).to_vec();
    let names = mat_array(1, &[1, 3], "leads", &names);
    let unit = mat_array(4, &[1, 2], "unit", &[mat_element(16, b"uV")]);
    let ecg = one(&mat_file(&[matrix, rate, names, unit]));
    assert_eq!((ecg.rate.get(), ecg.len()), (257.0, 40));
    let channels: Vec<&Channel> = ecg.signals.iter().map(|signal| &signal.channel).collect();
    assert_eq!(
        channels[..2],
        [&Channel::Lead(Lead::V2), &Channel::Lead(Lead::AVR)]
    );
    assert!((ecg.signals[1].millivolts[7] - 0.107).abs() < 1e-12);
    assert_eq!(codes(&ecg), Vec::<&str>::new());

    let text = mat_array(4, &[1, 2], "note", &[mat_element(16, b"no")]);
    let error = refused(&mat_file(&[text]));
    assert!(
        error.to_string().contains("one matrix of signals"),
        "{error}"
    );
    let mut cell = mat_array(6, &[0, 0], "", &[mat_element(9, &[])]);
    for _ in 0..40 {
        cell = mat_array(1, &[1, 1], "", &[cell]);
    }
    let error = refused(&mat_file(&[cell]));
    assert!(error.to_string().contains("nested at most 16"), "{error}");
    let huge = mat_array(6, &[i32::MAX, i32::MAX], "val", &[mat_element(9, &[0; 16])]);
    let error = refused(&mat_file(&[huge]));
    assert!(error.to_string().contains("numbers of an array"), "{error}");
    let bomb = mat_array(9, &[1, 1], "val", &[mat_element(2, &vec![0; 200 << 20])]);
    let error = refused(&mat_file(&[bomb]));
    assert!(matches!(error, ReadErrorKind::TooLarge { .. }), "{error}");
}

fn scp(leads: usize, head: [i64; 4], data: &[Vec<u8>], length: usize) -> Scp {
    Scp {
        sections: vec![
            (2, little(19_999, 2)),
            (3, scp_leads(&CODES[..leads], length, false)),
            (6, scp_data(head, data)),
        ],
    }
}

fn wide(samples: &[i16]) -> Vec<i64> {
    samples.iter().map(|sample| i64::from(*sample)).collect()
}

#[test]
fn scp_differences_with_and_without_codes() {
    let samples = samples(12, 333);
    for order in 0..3 {
        let head = [2500, 2000, order as i64, 0];
        let values: Vec<Vec<i64>> = samples
            .iter()
            .map(|lead| differences(&wide(lead), order))
            .collect();
        let coded: Vec<Vec<u8>> = values.iter().map(|lead| default_codes(lead)).collect();
        let record = scp(12, head, &coded, 333);
        let ecg = one(&record.record());
        check(&ecg, &samples, 2.5);
        assert_eq!(ecg.rate.get(), 500.0);
        assert_eq!(codes(&ecg), ["facts-missing", "start-not-stated"]);
        let plain: Vec<Vec<u8>> = values
            .iter()
            .map(|lead| lead.iter().flat_map(|value| little(*value, 2)).collect())
            .collect();
        let mut record = scp(12, head, &plain, 333);
        record.sections.remove(0);
        check(&one(&record.record()), &samples, 2.5);
    }
}

/// Two tables: in the first `0` is 1, `10` is −1 and `11` switches to the second, in which `0`
/// switches back and `1` introduces 16 bits.
#[test]
fn scp_tables_of_its_own() {
    let code = |prefix: u8, total: u8, mode: u8, base: i64, code: i64| {
        let mut bytes = vec![prefix, total, mode];
        bytes.extend(little(base, 2));
        bytes.extend(little(code, 4));
        bytes
    };
    let mut tables = little(2, 2);
    tables.extend(little(3, 2));
    tables.extend(code(1, 1, 1, 1, 0));
    tables.extend(code(2, 2, 1, -1, 0b01));
    tables.extend(code(2, 2, 0, 2, 0b11));
    tables.extend(little(2, 2));
    tables.extend(code(1, 1, 0, 1, 0));
    tables.extend(code(1, 17, 1, 0, 1));
    let bits = format!(
        "0{}11{}{}{}",
        "10",
        format_args!("1{:016b}", -300_i16),
        "0",
        "0"
    );
    let expected = [1, -1, -300, 1];
    let mut record = scp(1, [1000, 2000, 0, 0], &[packed(&bits)], 4);
    record.sections[0].1 = tables.clone();
    check(&one(&record.record()), &[expected.to_vec()], 1.0);
    // A code that begins with another one is refused.
    let clash = tables.len() - 9;
    tables[clash] = 2;
    tables[clash + 5] = 0;
    record.sections[0].1 = tables;
    let error = refused(&record.record());
    assert!(error.to_string().contains("Huffman code"), "{error}");
}

/// A rhythm of 40 samples of which 17 to 24 are protected: outside, means of four samples.
#[test]
fn scp_bimodal_compression_and_reference_beat() {
    let beats = |first: i64, last: i64, zones: bool| {
        let mut bytes = little(16, 2);
        bytes.extend(little(4, 2)); // fiducial point of the reference beat
        bytes.extend(little(1, 2));
        bytes.extend(little(0, 2));
        for value in [first, 20, last] {
            bytes.extend(little(value, 4));
        }
        if zones {
            bytes.extend(little(17, 4));
            bytes.extend(little(24, 4));
        }
        bytes
    };
    let reference: Vec<i64> = vec![0, 10, 50, 100, 50, 10, 0, -5];
    let stored: Vec<i64> = [4, 8, 12, 16]
        .into_iter()
        .chain(17..25)
        .chain([20, 24, 28, 32])
        .collect();
    let record = Scp {
        sections: vec![
            (2, little(19_999, 2)),
            (3, scp_leads(&[2], 40, true)),
            (4, beats(17, 24, true)),
            (
                5,
                scp_data([2000, 2000, 0, 0], &[default_codes(&reference)]),
            ),
            (
                6,
                scp_data(
                    [1000, 8000, 1, 1],
                    &[default_codes(&differences(&stored, 1))],
                ),
            ),
        ],
    };
    let ecg = one(&record.record());
    let lead: Vec<f64> = ecg.signals[0]
        .millivolts
        .iter()
        .map(|v| v * 1000.0)
        .collect();
    assert_eq!((ecg.rate.get(), lead.len()), (500.0, 40));
    // Middles of the first run lie at 1.5, 5.5, 9.5 and 13.5.
    let near = |at: usize, expected: f64| {
        assert!((lead[at] - expected).abs() < 1e-9, "{at}: {}", lead[at]);
    };
    near(0, 4.0);
    near(1, 4.0);
    near(2, 4.5);
    near(5, 7.5);
    near(15, 16.0);
    for at in 16..24 {
        near(at, (at + 1) as f64 + 2.0 * reference[at - 16] as f64);
    }
    near(24, 20.0);
    near(39, 32.0);
    let expected = ["facts-missing", "bimodal-compression", "start-not-stated"];
    let mut got = codes(&ecg);
    got.sort();
    let mut wanted = expected.to_vec();
    wanted.sort();
    assert_eq!(got, wanted);
}

/// Means of four samples each, of which the last codes are cut off.
#[test]
fn a_truncated_decimated_rhythm_ends_where_its_units_end() {
    let stored: Vec<i64> = (1..=10).map(|at| at * 4).collect();
    let mut codes = default_codes(&differences(&stored, 1));
    codes.truncate(codes.len() - 3);
    let record = Scp {
        sections: vec![
            (2, little(19_999, 2)),
            (3, scp_leads(&[2], 40, false)),
            (
                4,
                [little(16, 2), little(4, 2), little(0, 2), little(1, 2)].concat(),
            ),
            (5, scp_data([1000, 2000, 0, 0], &[default_codes(&[0, 0])])),
            (6, scp_data([1000, 8000, 1, 1], &[codes])),
        ],
    };
    let ecg = lenient(&record.record());
    assert!(
        crate::made::codes(&ecg).contains(&"truncated"),
        "{:?}",
        ecg.findings
    );
    let lead = &ecg.signals[0].millivolts;
    let valid = lead.iter().take_while(|sample| sample.is_finite()).count();
    assert_eq!((lead.len(), valid % 4), (40, 0));
    assert!(0 < valid && valid < 40 && lead[valid..].iter().all(|sample| sample.is_nan()));
}

#[test]
fn scp_checksums_sizes_and_pointers() {
    let samples = samples(12, 100);
    let coded: Vec<Vec<u8>> = samples
        .iter()
        .map(|lead| default_codes(&wide(lead)))
        .collect();
    let whole = scp(12, [2500, 2000, 0, 0], &coded, 100).record();
    let mut flipped = whole.clone();
    let last = flipped.len() - 3;
    flipped[last] ^= 4;
    assert!(
        refused(&flipped)
            .to_string()
            .starts_with("byte 0: checksum")
    );
    let found = lenient(&flipped);
    assert_eq!(
        codes(&found)[..2],
        ["checksum-mismatch", "checksum-mismatch"]
    );
    assert!(matches!(
        refused(&whole[..whole.len() - 4]),
        ReadErrorKind::Truncated { .. }
    ));
    // More samples than bits.
    let record = scp(12, [2500, 2000, 0, 0], &coded, 1 << 31);
    let error = refused(&record.record());
    assert!(error.to_string().contains("samples of a lead"), "{error}");
}
