//! What is kept of all ECGs: a few numbers of each in memory, the rest in files written aside.

use super::record::{OfClass, Record, samples, steps};
use super::rows::{Rows, RowsWriter};
use anyhow::Result;
use coronet_ecg::{Lead, Sex};
use coronet_evidence::{ShareTable, Waveforms};
use std::path::Path;

/// What is kept while ECGs are explained; about 10 kB of an ECG and 5 kB of each of its classes
/// go to files.
pub(super) struct KeptWriter {
    kept: Few,
    beats: RowsWriter<f32>,
    measured: RowsWriter<f64>,
    classes: Vec<ClassWriter>,
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
    totals: Vec<f64>,
    along_beat: RowsWriter<f32>,
    shares: RowsWriter<f64>,
    shuffled: RowsWriter<f64>,
    control: Option<RowsWriter<f64>>,
}

impl KeptWriter {
    /// Room for ECGs of so many classes, with files in a folder.
    ///
    /// # Errors
    ///
    /// If no file can be written there.
    pub(super) fn new(folder: &Path, classes: usize, control: bool) -> Result<KeptWriter> {
        let class = || ClassWriter::new(folder, control);
        Ok(KeptWriter {
            kept: Few::default(),
            beats: RowsWriter::new(folder)?,
            measured: RowsWriter::new(folder)?,
            classes: (0..classes).map(|_| class()).collect::<Result<_>>()?,
        })
    }

    /// ECGs kept.
    pub(super) fn len(&self) -> usize {
        self.kept.patients.len()
    }

    /// Keeps an ECG.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub(super) fn push(&mut self, record: &Record) -> Result<()> {
        self.kept.patients.push(record.patient);
        self.kept.networks.push(record.network);
        self.kept.control_networks.push(record.control_network);
        self.kept.ages.push(record.age);
        self.kept.sexes.push(record.sex);
        self.beats.push(&record.beat)?;
        let measured = record.measured.iter();
        let measured: Vec<f64> = measured.map(|value| value.unwrap_or(f64::NAN)).collect();
        self.measured.push(&measured)?;
        for (writer, class) in self.classes.iter_mut().zip(&record.classes) {
            writer.push(class)?;
        }
        Ok(())
    }

    /// Everything that was kept.
    ///
    /// # Errors
    ///
    /// If a file cannot be written or mapped.
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

impl ClassWriter {
    fn new(folder: &Path, control: bool) -> Result<ClassWriter> {
        Ok(ClassWriter {
            high: Vec::new(),
            totals: Vec::new(),
            along_beat: RowsWriter::new(folder)?,
            shares: RowsWriter::new(folder)?,
            shuffled: RowsWriter::new(folder)?,
            control: control.then(|| RowsWriter::new(folder)).transpose()?,
        })
    }

    fn push(&mut self, class: &OfClass) -> Result<()> {
        self.high.push(class.high);
        self.totals.push(class.total);
        self.along_beat.push(&class.along_beat)?;
        self.shares.push(&class.shares.row())?;
        self.shuffled.push(&class.shuffled.row())?;
        match (&mut self.control, &class.control) {
            (Some(writer), Some(control)) => writer.push(&control.row()),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<KeptClass> {
        Ok(KeptClass {
            high: self.high,
            totals: self.totals,
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
    /// Sums of the attribution.
    pub(super) totals: Vec<f64>,
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
    /// Attribution along the beat.
    pub(super) fn along_beat(&self) -> Result<Waveforms<'_>> {
        let (leads, values) = (Lead::ALL.len(), self.along_beat.values());
        Ok(Waveforms::new(values, self.totals.len(), leads, steps())?)
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
        let (records, leads) = (self.totals.len(), Lead::ALL.len());
        Ok(ShareTable::new(rows.values(), records, leads)?)
    }
}
