//! What a store holds, for the person who made it.

use super::ecg::{self, Step};
use super::tables::ROW_STEP;
use crate::printer::{Printer, counted};
use coronet_cohort::store::{Store, StoreRow};
use coronet_cohort::{Flow, LabelRule, Vessel};
use coronet_ecg::quality::UNUSABLE_ECG;
use coronet_ecg::{Profile, WindowRule};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What was prepared.
#[derive(Clone, Debug, PartialEq)]
pub struct PrepareSummary {
    /// Where the store lies.
    pub store: PathBuf,
    /// Whether it was there already, made of equal inputs in an equal way.
    pub unchanged: bool,
    /// ECGs that an interrupted run had already done.
    pub resumed: usize,
    /// Where the grades come from: `simulated`, `none`, or the name of a table.
    pub label_source: String,
    /// Name of the preprocessing profile.
    pub profile: String,
    /// ECGs in the store.
    pub ecgs: usize,
    /// Windows in the store.
    pub windows: usize,
    /// Patients in the store.
    pub patients: usize,
    /// Rows of any table and ECGs that could not be used; exclusions by rule are not among them.
    pub failed: usize,
    /// The inclusion flow.
    pub flow: Flow,
    /// ECGs with a positive and with any grade under each rule, by vessel in the order of [`Vessel::ALL`].
    pub labels: BTreeMap<LabelRule, [VesselCounts; 4]>,
    /// ECGs of which the file does not state the rate or a unit, by the code of the finding.
    pub unstated: BTreeMap<String, usize>,
    /// ECGs of which a part is in no window, under which rule.
    pub cut: (usize, WindowRule),
    /// ECGs that are kept though they are unusable.
    pub unusable: Vec<String>,
    /// Equal signals under several names.
    pub equal_signals: Vec<EqualSignal>,
    /// ECGs whose file told what the manifest leaves empty, by column.
    pub from_file: BTreeMap<String, usize>,
    /// ECGs whose manifest and file contradict each other, by column: the record and the words.
    pub contradictions: BTreeMap<String, Vec<(String, String)>>,
}

/// Findings by which a rate or a unit was taken as usual, and what the person should know.
const UNSTATED: [(&str, &str); 2] = [
    (
        "rate-not-stated",
        "without a stated rate, which was taken as usual (500 Hz; 400 Hz in CODE-15 %); --rate says another",
    ),
    (
        "unit-not-stated",
        "without a stated unit, taken as mV; --unit says another",
    ),
];

/// Labels of one vessel, counted in ECGs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VesselCounts {
    /// Positive under the rule.
    pub positive: usize,
    /// With a grade.
    pub graded: usize,
}

/// One signal that several records hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EqualSignal {
    /// The records in order of the store.
    pub record_ids: Vec<String>,
    /// The patients they are filed under, sorted.
    pub patient_ids: Vec<String>,
}

impl PrepareSummary {
    pub(super) fn of_unchanged(store: &Store) -> PrepareSummary {
        PrepareSummary {
            unchanged: true,
            ..PrepareSummary::of_new(store, 0)
        }
    }

    pub(super) fn of_new(store: &Store, resumed: usize) -> PrepareSummary {
        let ecgs: Vec<&StoreRow> = store.rows().iter().filter(|row| row.window == 0).collect();
        let patients: BTreeSet<&str> = ecgs.iter().map(|row| &*row.facts.patient_id).collect();
        PrepareSummary {
            store: store.directory().to_owned(),
            unchanged: false,
            resumed,
            label_source: store.meta().label_source.clone(),
            profile: store.meta().profile.name.clone(),
            ecgs: ecgs.len(),
            windows: store.len(),
            patients: patients.len(),
            failed: failed(store.flow()),
            flow: store.flow().clone(),
            labels: LabelRule::ALL
                .map(|rule| (rule, counts(&ecgs, rule)))
                .into(),
            unstated: unstated(&ecgs),
            cut: cut(store, &ecgs),
            unusable: unusable(&ecgs),
            equal_signals: equal_signals(&ecgs),
            from_file: from_file(&ecgs),
            contradictions: contradictions(&ecgs),
        }
    }

    /// Whether no ECG has any grade, so that nothing can be learnt from the store.
    pub fn is_gradeless(&self) -> bool {
        let mut counts = self.labels.values().flatten();
        counts.all(|counts| counts.graded == 0)
    }

    /// Says what the store holds; where it is simulated, in every line.
    pub fn print(&self, printer: &Printer) {
        let label = match self.label_source.as_str() {
            "simulated" => "simulated: ",
            _ => "",
        };
        if self.unchanged {
            let store = self.store.display();
            printer.note(&format!("{label}{store} is unchanged; nothing was done"));
        }
        print_flow(&self.flow, label, printer);
        self.print_unusable(label, printer);
        let windows = match self.windows == self.ecgs {
            true => String::new(),
            false => format!(", {} windows", self.windows),
        };
        let kept = format!(
            "kept {} of {}{windows}",
            counted(self.ecgs, "ECG", "ECGs"),
            counted(self.patients, "patient", "patients")
        );
        self.print_cut(label, printer);
        printer.note(&format!("{label}{kept}; profile {}", self.profile));
        for (code, what) in UNSTATED {
            if let Some(count) = self.unstated.get(code) {
                let ecgs = counted(*count, "ECG", "ECGs");
                printer.warn(&format!("{label}{ecgs} {what}"));
            }
        }
        self.print_files(label, printer);
        self.print_labels(label, printer);
        self.print_equal_signals(label, printer);
        let store = self.store.display();
        let grades = &self.label_source;
        printer.note(&format!("{label}store: {store}; grades: {grades}"));
    }

    /// Says how many ECGs are longer than what is used of them.
    fn print_cut(&self, label: &str, printer: &Printer) {
        let are = counted(self.cut.0, "ECG is", "ECGs are");
        let hint = match self.cut.1 {
            WindowRule::First => "; --windows every takes every whole window",
            _ => "",
        };
        if self.cut.0 > 0 {
            printer.note(&format!(
                "{label}{are} longer than what is used (finding record-cut){hint}"
            ));
        }
    }

    /// Says how many ECGs are kept that carry no answer.
    fn print_unusable(&self, label: &str, printer: &Printer) {
        let count = self.unusable.len();
        if count > 0 {
            let are = counted(count, "ECG is", "ECGs are");
            let names = first(&self.unusable, ", ");
            printer.warn(&format!(
                "{label}{are} kept though `coronet inspect` calls such unusable: {names}; \
                 --exclude-findings {UNUSABLE_ECG} leaves them out"
            ));
        }
    }

    /// Says what the ECG files told beside the manifest, and what otherwise than it.
    fn print_files(&self, label: &str, printer: &Printer) {
        const SHOWN: usize = 5;
        let told = self.from_file.iter();
        let told: Vec<String> = told.map(|(column, n)| format!("{column} of {n}")).collect();
        if !told.is_empty() {
            let told = told.join(", ");
            printer.note(&format!("{label}taken from the ECG files: {told}"));
        }
        for (column, found) in &self.contradictions {
            let shown = found.iter().take(SHOWN).map(|(record, words)| {
                let words = words.strip_prefix(&format!("{column}: "));
                words.map_or_else(|| record.clone(), |words| format!("{record} ({words})"))
            });
            let mut shown: Vec<String> = shown.collect();
            if let Some(more @ 1..) = found.len().checked_sub(SHOWN) {
                shown.push(format!("{more} more"));
            }
            let (count, shown) = (found.len(), shown.join(", "));
            let files = counted(count, "ECG file contradicts", "ECG files contradict");
            printer.warn(&format!(
                "{label}{column}: {files} the manifest, which counts: {shown}"
            ));
        }
        if !self.contradictions.is_empty() {
            let column = "the column contradictions of table.csv lists them";
            let hint = "--exclude-findings patient-contradicted and the like leave them out";
            printer.note(&format!("{label}{column}; {hint}"));
        }
    }

    fn print_labels(&self, label: &str, printer: &Printer) {
        if self.is_gradeless() {
            return;
        }
        let header: String = Vessel::ALL
            .iter()
            .map(|vessel| format!("{:>12}", vessel.name()))
            .collect();
        printer.note(&format!("{label}{:<18}{header}", "positive/graded"));
        for (rule, counts) in &self.labels {
            let cells: String = counts
                .iter()
                .map(|counts| format!("{:>12}", format!("{}/{}", counts.positive, counts.graded)))
                .collect();
            printer.note(&format!("{label}  {:<16}{cells}", rule.name()));
        }
        let missing: String = self.labels[&LabelRule::Severe]
            .iter()
            .map(|counts| format!("{:>12}", self.ecgs - counts.graded))
            .collect();
        printer.note(&format!("{label}  {:<16}{missing}", "missing grade"));
    }

    fn print_equal_signals(&self, label: &str, printer: &Printer) {
        const SHOWN: usize = 20;
        for signal in self.equal_signals.iter().take(SHOWN) {
            let patients = match signal.patient_ids.as_slice() {
                [one] => format!("one patient, {one}"),
                several => format!("several patients: {}", first(several, ", ")),
            };
            let records = first(&signal.record_ids, " = ");
            printer.warn(&format!("{label}equal signals: {records} ({patients})"));
        }
        if let Some(more) = self.equal_signals.len().checked_sub(SHOWN + 1) {
            printer.warn(&format!("{label}and {} more equal signals", more + 1));
        }
        let across = self.equal_signals.iter();
        let across = across.filter(|signal| signal.patient_ids.len() > 1).count();
        printer.note(&format!(
            "{label}equal signals: {}, of which across patients: {across}; training keeps them in one fold",
            self.equal_signals.len()
        ));
    }
}

/// The first few names, and how many more there are.
fn first(names: &[String], between: &str) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(between);
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// Says how many ECGs each step left, and why the others went.
pub(super) fn print_flow(flow: &Flow, label: &str, printer: &Printer) {
    print_flow_of(flow, "in the manifest", label, printer);
}

/// The same of any flow, which starts with what is `place`.
pub(super) fn print_flow_of(flow: &Flow, place: &str, label: &str, printer: &Printer) {
    let (start, unit) = (flow.start, &flow.unit);
    printer.note(&format!("{label}{start} {unit} {place}"));
    for step in &flow.steps {
        for (reason, count) in &step.excluded {
            printer.note(&format!("{label}  left out {count}: {reason}"));
        }
        for (reservation, count) in &step.kept {
            printer.note(&format!("{label}  kept {count}: {reservation}"));
        }
    }
}

/// Rows and ECGs that could not be used.
fn failed(flow: &Flow) -> usize {
    let name = |step: Step| step.name(&BTreeSet::new());
    let failing = [
        ROW_STEP.to_owned(),
        name(Step::Read),
        name(Step::Preprocess),
    ];
    let steps = flow.steps.iter();
    steps
        .filter(|step| failing.contains(&step.name))
        .flat_map(|step| step.excluded.values())
        .sum()
}

fn counts(ecgs: &[&StoreRow], rule: LabelRule) -> [VesselCounts; 4] {
    let mut counts = [VesselCounts::default(); 4];
    for row in ecgs {
        for (counts, label) in counts.iter_mut().zip(row.facts.grades.labels(rule)) {
            counts.graded += usize::from(label.is_some());
            counts.positive += usize::from(label == Some(true));
        }
    }
    counts
}

fn unusable(ecgs: &[&StoreRow]) -> Vec<String> {
    let unusable = ecgs.iter().filter(|row| ecg::reservation(row).is_some());
    unusable.map(|row| row.record_id.clone()).collect()
}

fn cut(store: &Store, ecgs: &[&StoreRow]) -> (usize, WindowRule) {
    let profile = Profile::from_toml(store.profile_toml());
    let rule = profile.map_or(WindowRule::First, |profile| profile.window);
    let is_cut = |row: &&&StoreRow| row.findings.split(';').any(|code| code == "record-cut");
    (ecgs.iter().filter(is_cut).count(), rule)
}

fn unstated(ecgs: &[&StoreRow]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for code in ecgs.iter().flat_map(|row| row.findings.split(';')) {
        if UNSTATED.iter().any(|(unstated, _)| *unstated == code) {
            *counts.entry(code.to_owned()).or_insert(0) += 1;
        }
    }
    counts
}

fn from_file(ecgs: &[&StoreRow]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let columns = ecgs.iter().flat_map(|row| row.from_file.split(';'));
    for column in columns.filter(|column| !column.is_empty()) {
        *counts.entry(column.to_owned()).or_insert(0) += 1;
    }
    counts
}

fn contradictions(ecgs: &[&StoreRow]) -> BTreeMap<String, Vec<(String, String)>> {
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in ecgs {
        for words in row
            .contradictions
            .split("; ")
            .filter(|words| !words.is_empty())
        {
            let column = words.split(':').next().unwrap_or(words);
            let entry = (row.record_id.clone(), words.to_owned());
            found.entry(column.to_owned()).or_default().push(entry);
        }
    }
    found
}

fn equal_signals(ecgs: &[&StoreRow]) -> Vec<EqualSignal> {
    let mut of_signal: BTreeMap<&str, Vec<&StoreRow>> = BTreeMap::new();
    for row in ecgs.iter().filter(|row| !row.fingerprint.is_empty()) {
        of_signal.entry(&row.fingerprint).or_default().push(row);
    }
    let mut equal: Vec<EqualSignal> = of_signal
        .into_values()
        .filter(|rows| rows.len() > 1)
        .map(|rows| {
            let patients = rows.iter().map(|row| row.facts.patient_id.clone());
            let patients: BTreeSet<String> = patients.collect();
            EqualSignal {
                record_ids: rows.iter().map(|row| row.record_id.clone()).collect(),
                patient_ids: patients.into_iter().collect(),
            }
        })
        .collect();
    equal.sort_by(|a, b| a.record_ids.cmp(&b.record_ids));
    equal
}
