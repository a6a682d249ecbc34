//! Where golden values are, and comparisons with a stated tolerance.

use std::path::PathBuf;

/// The golden folder, or none with a visible message.
pub(crate) fn golden(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CORONET_GOLDEN").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden"),
        PathBuf::from,
    );
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: no golden values at {}", path.display());
    None
}

/// Asserts |got − expected| ≤ tolerance · max(1, |expected|), or relative to a tiny expected value.
#[track_caller]
pub(crate) fn close(name: &str, got: f64, expected: f64, tolerance: f64) {
    let scale = if expected.abs() < 1e-3 && expected != 0.0 {
        expected.abs()
    } else {
        expected.abs().max(1.0)
    };
    assert!(
        (got - expected).abs() <= tolerance * scale,
        "{name}: got {got:e}, expected {expected:e}"
    );
}

/// A CSV file of `golden/reference-r`, or none with a visible message.
pub(crate) fn table(name: &str) -> Option<Columns> {
    golden("reference-r").map(|folder| Columns::read(&folder.join(name)))
}

/// The value of a statistic that must be defined.
#[track_caller]
pub(crate) fn get<T: Clone>(statistic: &coronet_evaluate::Statistic<T>) -> T {
    statistic
        .defined()
        .unwrap_or_else(|| panic!("undefined: {:?}", statistic.reason()))
        .clone()
}

/// A CSV file as named text columns.
pub(crate) struct Columns(csv_lite::Table);

impl Columns {
    pub(crate) fn read(path: &std::path::Path) -> Self {
        Self(csv_lite::read(path))
    }

    pub(crate) fn text(&self, name: &str) -> Vec<String> {
        let place = self
            .0
            .header
            .iter()
            .position(|column| column == name)
            .unwrap();
        self.0.rows.iter().map(|row| row[place].clone()).collect()
    }

    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        self.text(name)
            .iter()
            .map(|cell| cell.parse().unwrap_or(f64::NAN))
            .collect()
    }
}

mod csv_lite {
    pub(crate) struct Table {
        pub(crate) header: Vec<String>,
        pub(crate) rows: Vec<Vec<String>>,
    }

    pub(crate) fn read(path: &std::path::Path) -> Table {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let header = reader
            .headers()
            .unwrap()
            .iter()
            .map(ToOwned::to_owned)
            .collect();
        let cells = |record: csv::StringRecord| record.iter().map(ToOwned::to_owned).collect();
        Table {
            header,
            rows: reader
                .records()
                .map(|record| cells(record.unwrap()))
                .collect(),
        }
    }
}
