//! Every storage format and layout against wfdb-python.
//!
//! Samples, invalid samples, sum, first and last valid value of each signal, as
//! `wfdb.rdrecord(name, smooth_frames=False)` of wfdb 4.3.1 gives them; the sums of signals that
//! are slower than the leads are multiplied by the number of times each sample is repeated.

use crate::data::data;
use crate::made::{codes, scratch};
use coronet_ecg::Ecg;
use coronet_formats::{ReadErrorKind, ReadOptions, read};
use std::path::Path;

type Row = (usize, usize, f64, f64, f64);

fn check(path: &Path, rate: f64, findings: &[&str], expected: &[Row]) -> Ecg {
    let ecg = read(path, &ReadOptions::default()).unwrap().remove(0).ecg;
    let name = path.display();
    assert_eq!(codes(&ecg), findings, "{name}");
    assert_eq!(ecg.rate.get(), rate, "{name}");
    assert_eq!(ecg.signals.len(), expected.len(), "{name}");
    for (signal, &(samples, invalid, sum, first, last)) in ecg.signals.iter().zip(expected) {
        let what = format!("{name} {:?}", signal.channel);
        let valid: Vec<f64> = signal
            .millivolts
            .iter()
            .copied()
            .filter(|x| x.is_finite())
            .collect();
        assert_eq!(signal.millivolts.len(), samples, "{what}");
        assert_eq!(samples - valid.len(), invalid, "{what}");
        assert_eq!(valid.first().copied().unwrap_or(0.0), first, "{what}");
        assert_eq!(valid.last().copied().unwrap_or(0.0), last, "{what}");
        let got: f64 = valid.iter().sum();
        assert!(
            (got - sum).abs() < 1e-9 * sum.abs().max(1000.0),
            "{what}: {got} {sum}"
        );
    }
    ecg
}

#[test]
fn storage_formats() {
    let Some(folder) = data("formats/wfdb") else {
        return;
    };
    let expected = [
        (499, 0, 827.325, -10.235, 0.55),
        (499, 0, -3.75, -163.83, 157.905),
        (499, 0, -1.255, -163.825, 157.91),
        (499, 0, -2.585, -0.62, -0.185),
        (499, 0, 3.735, -163.815, 157.92),
        (499, 0, -34.12, -10.21, 0.8),
        (499, 0, -8.105, -2.525, 2.185),
        (499, 0, -10.725, -2.52, 2.19),
        (499, 0, -516_692.785, -41_942.995, 38_022.89),
        (499, 0, -134_022_007.865, -10_737_418.19, 9_726_862.645),
    ];
    check(&folder.join("binformats"), 200.0, &[], &expected);
    let expected = [
        (499, 0, -2.42, -0.635, -0.2),
        (499, 0, -3.75, -163.83, 157.905),
        (499, 0, -516_707.755, -41_943.025, 38_022.86),
    ];
    check(&folder.join("flacformats"), 200.0, &[], &expected);
    let expected = [
        (650_000, 0, -199_094.335, -0.145, -1.28),
        (650_000, 0, -124_172.38, -0.065, 0.0),
    ];
    let unit = ["unit-not-stated", "unit-not-stated"];
    check(&folder.join("100"), 360.0, &unit, &expected);
    let expected = [
        (
            1028,
            0,
            -118.655_172_413_793_11,
            -0.172_413_793_103_448_3,
            -0.241_379_310_344_827_6,
        ),
        (1028, 0, 183.208_333_333_333_31, 0.0, 0.25),
    ];
    check(&folder.join("3000003_0003"), 125.0, &[], &expected);
}

#[test]
fn matlab_files() {
    let Some(folder) = data("formats/wfdb") else {
        return;
    };
    let expected = [
        (
            82_500,
            0,
            -1_911.894_439_078_239,
            -0.023_595_970_746_515_798,
            -0.046_777_977_093_969_92,
        ),
        (
            82_500,
            0,
            67_753.729_562_737_66,
            0.867_585_551_330_798_5,
            0.761_501_901_140_684_4,
        ),
        (
            82_500,
            0,
            40_565.029_928_172_386,
            0.482_202_713_487_629_66,
            0.502_873_104_549_082_2,
        ),
    ];
    let found = ["not-a-voltage"];
    check(&folder.join("a103l"), 250.0, &found, &expected);
    check(&folder.join("a103l-no-len"), 250.0, &found, &expected);
}

#[test]
fn skews_and_frames() {
    let Some(folder) = data("formats/wfdb") else {
        return;
    };
    let third = (4000, 0, -1.19, -0.57, 0.12);
    let fourth = (4000, 0, -4.01, -0.66, 0.16);
    let first = (4000, 0, 1.14, 0.1, -0.26);
    let plain = [first, (4000, 0, 9.41, -0.08, -0.18), third, fourth];
    check(&folder.join("test01_00s"), 500.0, &[], &plain);
    let skewed = [first, (4000, 3, 9.61, -0.07, -0.18), third, fourth];
    check(
        &folder.join("test01_00s_skew"),
        500.0,
        &["skew-corrected"],
        &skewed,
    );
    let double = (8000, 0, 8.22, -0.08, 0.12);
    let repeated = (8000, 0, 2.0 * -4.01, -0.66, 0.16);
    let frame = [(8000, 0, 2.0 * 1.14, 0.1, -0.26), double, repeated];
    check(
        &folder.join("test01_00s_frame"),
        1000.0,
        &["initial-value-mismatch", "samples-repeated"],
        &frame,
    );
    let both = [(8000, 6, 2.0 * 0.8, 0.14, -0.26), double, repeated];
    let found = [
        "skew-corrected",
        "initial-value-mismatch",
        "samples-repeated",
    ];
    check(&folder.join("test01_00s_skewframe"), 1000.0, &found, &both);
}

/// Segments of fixed layout; in 041s the leads have four samples a frame, pressures one.
#[test]
fn segments_of_fixed_layout() {
    let Some(folder) = data("formats/wfdb/multi-segment") else {
        return;
    };
    let expected = [
        (
            225_000,
            9,
            5_426.075_405_523_893,
            -0.011_398_509_425_690_487,
            -0.103_901_797_457_255_58,
        ),
        (
            225_000,
            6,
            5_413.382_004_310_344,
            0.183_189_655_172_413_78,
            -0.0625,
        ),
        (225_000, 51, 2_259.117_6, -0.0368, 0.3968),
        (
            225_000,
            3,
            -332.645_987_654_321,
            0.008_719_135_802_469_136,
            0.034_413_580_246_913_58,
        ),
    ];
    let found = ["not-a-voltage", "not-a-voltage"];
    check(&folder.join("fixed1/v102s"), 250.0, &found, &expected);
    let expected = [
        (8000, 0, 64.178 + 65.105, 0.084, -0.018),
        (8000, 1, -12.5095 + 8.5075, 0.001, 0.0335),
        (8000, 0, -6.2335 + 6.581, 0.0775, 0.001),
        (8000, 0, 4.0 * (56_118.65 + 56_006.55), 67.9, 46.15),
        (8000, 0, 4.0 * (20_752.475 + 20_422.075), 28.825, 19.6875),
        (8000, 0, 4.0 * -(181.5355 + 179.3605), -0.4205, -0.1425),
        (8000, 0, 4.0 * -(260.288 + 245.012), 0.2005, -0.563),
    ];
    let unstated = ["unit-not-stated"; 5];
    let found = [
        &unstated[..3],
        &["not-a-voltage"; 2],
        &unstated[3..],
        &["samples-repeated"],
    ];
    let ecg = check(&folder.join("041s/041s"), 500.0, &found.concat(), &expected);
    assert_eq!(ecg.start.unwrap().to_string(), "1994-10-26T08:26:04");
}

/// The first minute of a record of variable layout, its later segments not being there.
#[test]
fn segments_of_variable_layout() {
    let Some(folder) = data("formats/wfdb/multi-segment/p000878") else {
        return;
    };
    let copy = scratch();
    for name in [
        "3269321_layout.hea",
        "3269321_0001.hea",
        "3269321_0001.dat",
        "3269321_0002.hea",
        "3269321_0002.dat",
    ] {
        std::fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    let text = "p/4 4 125 7500\n3269321_layout 0\n~ 3750\n3269321_0001 2000\n3269321_0002 1750\n";
    std::fs::write(copy.path().join("p.hea"), text).unwrap();
    let expected = [
        (
            7500,
            3946,
            1_801.917_647_058_823_6,
            0.584_313_725_490_196_1,
            0.745_098_039_215_686_3,
        ),
        (
            7500,
            5887,
            810.157_480_314_960_6,
            0.511_811_023_622_047_2,
            -0.401_574_803_149_606_3,
        ),
        (7500, 7500, 0.0, 0.0, 0.0),
        (7500, 7500, 0.0, 0.0, 0.0),
    ];
    let found = ["not-a-voltage", "gaps-between-segments"];
    check(&copy.path().join("p"), 125.0, &found, &expected);
    let whole = folder.join("p000878-2137-10-26-16-57.hea");
    let error = read(&whole, &ReadOptions::default()).unwrap_err();
    assert!(error.path.ends_with("3269321_0003.hea"), "{error}");
    assert!(matches!(error.kind, ReadErrorKind::Io(_)), "{error}");
}
