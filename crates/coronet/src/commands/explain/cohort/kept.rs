//! What is kept of all ECGs: a few numbers of each in memory, the rest in files written aside.

use super::folder::{JOURNAL, Partial, ROWS};
use super::record::{OfClass, Record, measurement_names, samples, steps};
use super::rows::{Rows, RowsWriter};
use crate::output::hexadecimal;
use anyhow::Result;
use bytemuck::Pod;
use coronet_ecg::{Lead, Sex};
use coronet_evidence::{RecordShares, ShareTable, Waveforms};
use fs_err::{File, OpenOptions};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};

/// What is kept while ECGs are explained; about 10 kB of an ECG and 5 kB of each of its classes
/// go to files, and what became of it to a journal, so that a program that is broken off is
/// continued.
pub(super) struct KeptWriter {
    kept: Few,
    beats: RowsWriter<f32>,
    measured: RowsWriter<f64>,
    classes: Vec<ClassWriter>,
    journal: File,
}

/// What is kept in memory.
#[derive(Default)]
struct Few {
    patients: Vec<u32>,
    networks: Vec<u32>,
    control_networks: Vec<u32>,
    ages: Vec<Option<f64>>,
    sexes: Vec<Option<Sex>>,
}

struct ClassWriter {
    high: Vec<Option<bool>>,
    totals: RowsWriter<f64>,
    along_beat: RowsWriter<f32>,
    shares: RowsWriter<f64>,
    shuffled: RowsWriter<f64>,
    control: Option<RowsWriter<f64>>,
}

/// Whose ECG it is.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    /// Number of the patient.
    pub(super) patient: u32,
    pub(super) age: Option<f64>,
    pub(super) sex: Option<Sex>,
}

/// A line of the journal: what became of one ECG.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    /// Its place in the manifest or store.
    pub(super) ecg: usize,
    /// SHA-256 of its files; empty for a store, which has a hash of its own.
    pub(super) files: String,
    pub(super) outcome: Outcome,
}

/// What became of one ECG.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It was explained.
    Kept(Explained),
    /// It could not be explained.
    LeftOut {
        /// Why, without its name.
        reason: String,
        /// What is said of it.
        message: String,
    },
}

/// Of an ECG that was explained, what is not in the rows.
#[derive(Serialize, Deserialize)]
pub(super) struct Explained {
    /// Which network answered: its fold, or the number of folds for the mean of all.
    network: u32,
    /// The same of the control.
    control_network: u32,
    /// By class, whether the probability lies in the high or in the low stratum.
    high: Vec<Option<bool>>,
    /// Whether its window is one of those of the trust checks.
    pub(super) trusted: bool,
    /// SHA-256 of its rows.
    sha256: String,
}

impl KeptWriter {
    /// Files of ECGs of so many classes, new or left by a program that was broken off.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub(super) fn open(partial: &Partial, classes: usize, control: bool) -> Result<KeptWriter> {
        let class = |number| ClassWriter::open(partial, number, control);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        Ok(KeptWriter {
            kept: Few::default(),
            beats: rows(partial, "beats", Lead::ALL.len() * samples())?,
            measured: rows(partial, "measured", measurement_names("").len())?,
            classes: (0..classes).map(class).collect::<Result<_>>()?,
            journal: options.open(partial.file(JOURNAL))?,
        })
    }

    /// ECGs kept.
    pub(super) fn len(&self) -> usize {
        self.kept.patients.len()
    }

    /// Takes up what a program that was broken off has left, up to the first ECG that is not
    /// whole, or that `accepts` (told its number in the order of the journal) does not know again;
    /// forgets what comes after it.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or cut.
    pub(super) fn resume(
        &mut self,
        mut accepts: impl FnMut(usize, &Entry) -> Option<Owner>,
    ) -> Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut bytes = 0;
        let journal = BufReader::new(self.journal.try_clone()?);
        for line in journal.split(b'\n') {
            let line = line?;
            let Ok(entry) = serde_json::from_slice::<Entry>(&line) else {
                break;
            };
            let Some(owner) = accepts(entries.len(), &entry) else {
                break;
            };
            if !self.takes(&entry.outcome, owner) {
                break;
            }
            bytes += line.len() as u64 + 1;
            entries.push(entry);
        }
        self.journal.set_len(bytes)?;
        self.journal.seek(SeekFrom::Start(bytes))?;
        self.cut()?;
        Ok(entries)
    }

    /// Takes the rows of an ECG again; false where they are not those of the journal.
    fn takes(&mut self, outcome: &Outcome, owner: Owner) -> bool {
        let Outcome::Kept(explained) = outcome else {
            return true;
        };
        let mut hasher = Sha256::new();
        let mut whole = explained.high.len() == self.classes.len();
        whole &= self.beats.pass(&mut hasher);
        whole &= self.measured.pass(&mut hasher);
        for class in &mut self.classes {
            whole &= class.pass(&mut hasher);
        }
        whole &= hexadecimal(&hasher.finalize()) == explained.sha256;
        if whole {
            self.remember(owner, explained);
        }
        whole
    }

    fn remember(&mut self, owner: Owner, explained: &Explained) {
        self.kept.patients.push(owner.patient);
        self.kept.ages.push(owner.age);
        self.kept.sexes.push(owner.sex);
        self.kept.networks.push(explained.network);
        self.kept.control_networks.push(explained.control_network);
        for (class, &high) in self.classes.iter_mut().zip(&explained.high) {
            class.high.push(high);
        }
    }

    fn cut(&mut self) -> Result<()> {
        let rows = self.len();
        self.beats.cut(rows)?;
        self.measured.cut(rows)?;
        self.classes
            .iter_mut()
            .try_for_each(|class| class.cut(rows))
    }

    /// Keeps an ECG: its rows, then its line of the journal; says what the line is to hold.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub(super) fn push(&mut self, record: &Record, owner: Owner, trusted: bool) -> Result<Outcome> {
        let mut hasher = Sha256::new();
        self.beats.push(&record.beat, &mut hasher)?;
        let measured = record.measured.iter();
        let measured: Vec<f64> = measured.map(|value| value.unwrap_or(f64::NAN)).collect();
        self.measured.push(&measured, &mut hasher)?;
        for (writer, class) in self.classes.iter_mut().zip(&record.classes) {
            writer.push(class, &mut hasher)?;
        }
        let explained = Explained {
            network: record.network,
            control_network: record.control_network,
            high: record.classes.iter().map(|class| class.high).collect(),
            trusted,
            sha256: hexadecimal(&hasher.finalize()),
        };
        self.remember(owner, &explained);
        Ok(Outcome::Kept(explained))
    }

    /// Adds a line to the journal.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(super) fn note(&mut self, entry: &Entry) -> Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        Ok(self.journal.write_all(&line)?)
    }

    /// Everything that was kept.
    ///
    /// # Errors
    ///
    /// If a file cannot be mapped.
    pub(super) fn finish(self) -> Result<Kept> {
        Ok(Kept {
            patients: self.kept.patients,
            networks: self.kept.networks,
            control_networks: self.kept.control_networks,
            ages: self.kept.ages,
            sexes: self.kept.sexes,
            beats: self.beats.finish()?,
            measured: self.measured.finish()?,
            classes: self
                .classes
                .into_iter()
                .map(ClassWriter::finish)
                .collect::<Result<_>>()?,
        })
    }
}

/// The rows of a name, of so many numbers each.
fn rows<T: Pod>(partial: &Partial, name: &str, length: usize) -> Result<RowsWriter<T>> {
    RowsWriter::open(&partial.file(&format!("{name}{ROWS}")), length)
}

impl ClassWriter {
    fn open(partial: &Partial, number: usize, control: bool) -> Result<ClassWriter> {
        let leads = Lead::ALL.len();
        let name = |what: &str| format!("{number}-{what}");
        let shares = |what: &str| rows(partial, &name(what), RecordShares::size(leads));
        Ok(ClassWriter {
            high: Vec::new(),
            totals: rows(partial, &name("total"), 1)?,
            along_beat: rows(partial, &name("along-beat"), leads * steps())?,
            shares: shares("shares")?,
            shuffled: shares("shuffled")?,
            control: control.then(|| shares("control")).transpose()?,
        })
    }

    fn push(&mut self, class: &OfClass, hasher: &mut Sha256) -> Result<()> {
        self.totals.push(&[class.total], hasher)?;
        self.along_beat.push(&class.along_beat, hasher)?;
        self.shares.push(&class.shares.row(), hasher)?;
        self.shuffled.push(&class.shuffled.row(), hasher)?;
        match (&mut self.control, &class.control) {
            (Some(writer), Some(control)) => writer.push(&control.row(), hasher),
            _ => Ok(()),
        }
    }

    fn pass(&mut self, hasher: &mut Sha256) -> bool {
        let mut whole = self.totals.pass(hasher);
        whole &= self.along_beat.pass(hasher);
        whole &= self.shares.pass(hasher);
        whole &= self.shuffled.pass(hasher);
        match &mut self.control {
            Some(control) => whole & control.pass(hasher),
            None => whole,
        }
    }

    fn cut(&mut self, rows: usize) -> Result<()> {
        self.totals.cut(rows)?;
        self.along_beat.cut(rows)?;
        self.shares.cut(rows)?;
        self.shuffled.cut(rows)?;
        match &mut self.control {
            Some(control) => control.cut(rows),
            None => Ok(()),
        }
    }

    fn finish(self) -> Result<KeptClass> {
        Ok(KeptClass {
            high: self.high,
            totals: self.totals.finish()?,
            along_beat: self.along_beat.finish()?,
            shares: self.shares.finish()?,
            shuffled: self.shuffled.finish()?,
            control: self.control.map(RowsWriter::finish).transpose()?,
        })
    }
}

/// What was kept, one entry or row an ECG.
pub(super) struct Kept {
    /// Numbers of the patients.
    pub(super) patients: Vec<u32>,
    /// Which network answered: its fold, or the number of folds for the mean of all.
    pub(super) networks: Vec<u32>,
    /// The same of the control.
    pub(super) control_networks: Vec<u32>,
    pub(super) ages: Vec<Option<f64>>,
    pub(super) sexes: Vec<Option<Sex>>,
    beats: Rows<f32>,
    measured: Rows<f64>,
    /// By class.
    pub(super) classes: Vec<KeptClass>,
}

/// What was kept of one class.
pub(super) struct KeptClass {
    /// Whether the probability lies in the high or in the low stratum.
    pub(super) high: Vec<Option<bool>>,
    totals: Rows<f64>,
    along_beat: Rows<f32>,
    shares: Rows<f64>,
    shuffled: Rows<f64>,
    control: Option<Rows<f64>>,
}

impl Kept {
    /// ECGs.
    pub(super) fn len(&self) -> usize {
        self.patients.len()
    }

    /// Median beats around their alignment point.
    pub(super) fn beats(&self) -> Result<Waveforms<'_>> {
        let (leads, values) = (Lead::ALL.len(), self.beats.values());
        Ok(Waveforms::new(values, self.len(), leads, samples())?)
    }

    /// Measurement `number` of an ECG.
    pub(super) fn measured(&self, record: usize, number: usize) -> Option<f64> {
        let values = self.measured.values();
        let value = values[record * (values.len() / self.len()) + number];
        (!value.is_nan()).then_some(value)
    }
}

impl KeptClass {
    /// Sums of the attribution.
    pub(super) fn totals(&self) -> &[f64] {
        self.totals.values()
    }

    /// Attribution along the beat.
    pub(super) fn along_beat(&self) -> Result<Waveforms<'_>> {
        let (leads, values) = (Lead::ALL.len(), self.along_beat.values());
        Ok(Waveforms::new(values, self.high.len(), leads, steps())?)
    }

    /// Shares by the networks of the model.
    pub(super) fn shares(&self) -> Result<ShareTable<'_>> {
        self.table(&self.shares)
    }

    /// Shares by networks of shuffled weights.
    pub(super) fn shuffled(&self) -> Result<ShareTable<'_>> {
        self.table(&self.shuffled)
    }

    /// Shares by networks of shuffled labels, where there are any.
    pub(super) fn control(&self) -> Result<Option<ShareTable<'_>>> {
        self.control
            .as_ref()
            .map(|rows| self.table(rows))
            .transpose()
    }

    fn table<'a>(&'a self, rows: &'a Rows<f64>) -> Result<ShareTable<'a>> {
        let (records, leads) = (self.high.len(), Lead::ALL.len());
        Ok(ShareTable::new(rows.values(), records, leads)?)
    }
}
