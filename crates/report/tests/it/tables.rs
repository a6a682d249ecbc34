//! Tables: CSV with all digits, reasons instead of numbers.

use crate::support::{evaluate_csv, evaluation, scores};
use coronet_report::{Cell, Context, Table, tables};

fn table(name: &str) -> Table {
    tables(&evaluation(), &Context::default())
        .into_iter()
        .find(|table| table.name == name)
        .unwrap()
}

#[test]
fn csv_holds_all_digits_and_limits() {
    let evaluation = evaluation();
    let auc = evaluation.vessels["RCA"].auc.defined().unwrap();
    let csv = table("discrimination").csv();
    let row = csv.lines().find(|line| line.starts_with("RCA,")).unwrap();
    let fields: Vec<&str> = row.split(',').collect();
    let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let field = |name: &str| fields[header.iter().position(|key| *key == name).unwrap()];
    assert_eq!(field("auc").parse::<f64>().unwrap(), auc.value);
    assert_eq!(field("auc_low").parse::<f64>().unwrap(), auc.low.unwrap());
    assert_eq!(field("auc_high").parse::<f64>().unwrap(), auc.high.unwrap());
}

#[test]
fn undefined_cells_are_empty_and_say_why() {
    let csv = table("discrimination").csv();
    let row = csv.lines().find(|line| line.starts_with("LM,")).unwrap();
    let reason = evaluation().vessels["LM"].auc.reason().unwrap().to_owned();
    assert!(row.contains(&format!("auc: {reason}")), "{row}");
    assert!(row.contains(",,,"), "{row}");
}

#[test]
fn rows_are_as_wide_as_their_head() {
    for table in tables(&evaluation(), &Context::default()) {
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{}", table.name);
        }
        assert!(!table.csv().contains("NaN"), "{}", table.name);
    }
}

#[test]
fn quotes_and_commas_survive_csv() {
    let table = Table {
        rows: vec![vec![Cell::Text("a, \"b\"\nc".to_owned())]],
        columns: table("cohort").columns[..1].to_vec(),
        ..table("cohort")
    };
    assert_eq!(
        table.csv(),
        "characteristic,caveats,undefined\n\"a, \"\"b\"\"\nc\",,\n"
    );
}

#[test]
fn csv_has_no_words_for_numbers_and_no_formulas() {
    let cells = |cells: Vec<Cell>| Table {
        columns: table("cohort").columns[..cells.len()].to_vec(),
        rows: vec![cells],
        ..table("cohort")
    };
    let limitless = Cell::Number {
        value: f64::INFINITY,
        shown: "–".to_owned(),
    };
    let csv = cells(vec![Cell::Text("=1+1".to_owned()), limitless]).csv();
    assert_eq!(csv, "characteristic,n,caveats,undefined\n'=1+1,,,\n");
}

#[test]
fn findings_name_lines_and_no_patients() {
    let csv = scores("site").replace("R7,P7,Nord,47,", "R7,P7,Nord,470,");
    let found = tables(&evaluate_csv(&csv), &Context::default());
    let findings = found.iter().find(|table| table.name == "findings").unwrap();
    assert!(findings.csv().contains("line 9: 470"), "{}", findings.csv());
    assert!(!findings.csv().contains("R7"), "{}", findings.csv());
}

#[test]
fn repeated_rows_name_no_identifiers() {
    let csv = scores("site");
    let line = csv.lines().find(|line| line.starts_with("R7,")).unwrap();
    let conflicting = line.replace(",47,", ",48,");
    let found = evaluate_csv(&format!("{csv}{conflicting}\n"));
    let got = &found
        .findings
        .iter()
        .find(|found| found.column == "record_id")
        .unwrap()
        .examples[0]
        .got;
    assert_eq!(got, "2 rows of it");
    let found = tables(&found, &Context::default());
    let findings = found.iter().find(|table| table.name == "findings").unwrap();
    assert!(findings.csv().contains("2 rows of it") && !findings.csv().contains("R7"));
}

#[test]
fn pretest_probabilities_are_per_cent_in_files_too() {
    let evaluation = evaluation();
    let found = tables(&evaluation, &Context::default());
    let median = evaluation
        .baseline
        .pretest_probability
        .defined()
        .unwrap()
        .median;
    let mut seen = 0;
    for name in ["baseline", "baseline-digits"] {
        let table = found.iter().find(|table| table.name == name).unwrap();
        let is_ptp = |row: &&Vec<Cell>| {
            row.iter().any(
                |cell| matches!(cell, Cell::Text(text) if text.contains("Pre-test probability, %")),
            )
        };
        for row in table.rows.iter().filter(is_ptp) {
            let holds = |cell: &Cell| matches!(cell, Cell::Number { value, .. } if (value - 100.0 * median).abs() < 1e-9);
            seen += usize::from(row.iter().any(holds));
        }
    }
    assert!(
        seen >= 2,
        "the median of all records, in per cent, in both tables"
    );
}

#[test]
fn a_table_that_leaves_the_page_says_what_restrains_it() {
    let context = Context {
        simulated: true,
        surrogate: true,
        ..Context::default()
    };
    for table in tables(&evaluation(), &context) {
        let csv = table.csv();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let header = reader.headers().unwrap().clone();
        assert_eq!(header.iter().filter(|key| *key == "data").count(), 1);
        assert_eq!(&header[header.len() - 1], "data", "{}", table.name);
        for record in reader.records() {
            let record = record.unwrap();
            assert_eq!(
                &record[record.len() - 1],
                "Simulated data; Surrogate labels"
            );
        }
    }
    for table in tables(&evaluation(), &Context::default()) {
        assert!(
            !table.csv().lines().next().unwrap().ends_with(",data"),
            "{}",
            table.name
        );
    }
}
