//! An ECG on paper: how it is drawn, and into which file.

use super::Reading;
use super::text;
use crate::output;
use crate::place::Place;
use crate::printer::{Hint, Printer};
use anyhow::Result;
use clap::ValueEnum;
use coronet_ecg::{Channel, Ecg, Lead, Sex, Signal};
use coronet_formats::Recording;
use coronet_report::ecg_paper::{self, Layout, Options};
use std::path::{Path, PathBuf};

/// Where and how one ECG is drawn.
#[derive(Clone, Debug, clap::Args)]
pub struct Drawing {
    /// Draw the ECG on paper into this SVG file, in true millimetres; for a single ECG.
    #[arg(long, value_name = "FILE.svg")]
    pub svg: Option<PathBuf>,
    /// The same as pixels, about 7.6 a millimetre.
    #[arg(long, value_name = "FILE.png")]
    pub png: Option<PathBuf>,
    /// Rows and columns: 3x4 has a rhythm strip below.
    #[arg(long, value_enum, default_value_t = LayoutChoice::ThreeByFour)]
    pub layout: LayoutChoice,
    /// Lead of the rhythm strip.
    #[arg(long, value_name = "LEAD", default_value = "II", value_parser = lead)]
    pub rhythm: Lead,
    /// Paper speed in mm/s.
    #[arg(long, value_name = "MM/S", default_value = "25", value_parser = positive)]
    pub speed: f64,
    /// Gain in mm/mV.
    #[arg(long, value_name = "MM/MV", default_value = "10", value_parser = positive)]
    pub gain: f64,
    /// First second that is drawn.
    #[arg(long, value_name = "SECOND", default_value = "0", value_parser = second)]
    pub from: f64,
}

/// Arrangement of the leads as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LayoutChoice {
    /// Three rows of four leads above a rhythm strip.
    #[value(name = "3x4")]
    ThreeByFour,
    /// Six rows of two leads.
    #[value(name = "6x2")]
    SixByTwo,
    /// Twelve rows.
    #[value(name = "12x1")]
    TwelveByOne,
}

fn lead(text: &str) -> Result<Lead, String> {
    Lead::parse(text).ok_or_else(|| "expected a lead such as II or V1".to_owned())
}

fn positive(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| value.is_finite());
    value
        .filter(|value| (1.0..=200.0).contains(value))
        .ok_or_else(|| "expected a number from 1 to 200".to_owned())
}

fn second(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| value.is_finite());
    value
        .filter(|value| *value >= 0.0)
        .ok_or_else(|| "expected a number of seconds".to_owned())
}

impl Drawing {
    fn targets(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let targets = [("svg", &self.svg), ("png", &self.png)];
        targets
            .into_iter()
            .filter_map(|(extension, path)| Some((extension, path.as_deref()?)))
    }

    /// Whether anything is to be drawn.
    pub(super) fn is_asked(&self) -> bool {
        self.targets().next().is_some()
    }

    /// Refuses a drawing that would replace something that is no drawing, or that has no one
    /// subject.
    pub(super) fn check(&self, files: &[PathBuf]) -> Result<()> {
        for (extension, path) in self.targets() {
            let is_right = path
                .extension()
                .is_some_and(|end| end.eq_ignore_ascii_case(extension));
            if !is_right {
                let path = path.display();
                let message = format!("expected a name that ends in .{extension}, got {path}");
                let hint = format!("write --{extension} FILE.{extension}");
                return Err(Hint::error(message, hint));
            }
        }
        match files.len() > 1 && self.is_asked() {
            true => Err(one_ecg_only(&format!("{} inputs", files.len()))),
            false => Ok(()),
        }
    }

    /// Draws the one ECG of the one file.
    pub(super) fn write(
        &self,
        paths: &[PathBuf],
        reading: &Reading,
        printer: &Printer,
    ) -> Result<()> {
        let [path] = paths else {
            return Err(one_ecg_only(&text::plural(paths.len(), "file")));
        };
        // A file that cannot be read is named as such with the rest.
        let Ok(recordings) = Place::of(path).read(&reading.options()) else {
            return Ok(());
        };
        let [recording] = recordings.as_slice() else {
            return Err(one_ecg_only(&text::plural(recordings.len(), "ECG")));
        };
        self.check_start(&recording.ecg)?;
        let svg = self.svg(recording);
        for (extension, path) in self.targets() {
            match extension {
                "png" => output::write(path, &coronet_report::png(&svg))?,
                _ => output::write(path, svg.as_bytes())?,
            }
            printer.note(&format!("wrote {}", path.display()));
        }
        Ok(())
    }

    /// Refuses to begin where the ECG is over.
    fn check_start(&self, ecg: &Ecg) -> Result<()> {
        let seconds = ecg.len() as f64 / ecg.rate.get();
        match self.from < seconds {
            true => Ok(()),
            false => Err(Hint::error(
                format!(
                    "--from: expected a time within the ECG, which lasts {} s, got {} s",
                    text::number(seconds, 2),
                    text::number(self.from, 2)
                ),
                "begin earlier, or leave --from out",
            )),
        }
    }

    fn svg(&self, recording: &Recording) -> String {
        let (ecg, derived) = completed(&recording.ecg);
        let options = Options {
            layout: match self.layout {
                LayoutChoice::ThreeByFour => Layout::ThreeByFour,
                LayoutChoice::SixByTwo => Layout::SixByTwo,
                LayoutChoice::TwelveByOne => Layout::TwelveByOne,
            },
            rhythm: self.rhythm,
            millimetres_per_second: self.speed,
            millimetres_per_millivolt: self.gain,
            start_seconds: self.from,
            title: Some(title(recording, &derived)),
            ..Options::default()
        };
        ecg_paper::draw(&ecg, &options)
    }
}

fn one_ecg_only(got: &str) -> anyhow::Error {
    let message = format!("--svg and --png draw one ECG, got {got}");
    Hint::error(message, "name a single file")
}

/// The ECG with the leads that follow from I and II, and their names.
fn completed(ecg: &Ecg) -> (Ecg, Vec<&'static str>) {
    let Ok(standard) = ecg.standard_leads() else {
        return (ecg.clone(), Vec::new());
    };
    let mut completed = ecg.clone();
    for &lead in &standard.derived {
        completed.signals.push(Signal {
            channel: Channel::Lead(lead),
            millivolts: standard.millivolts[lead.index()].clone(),
        });
    }
    let names = standard.derived.iter().map(|lead| lead.name()).collect();
    (completed, names)
}

/// `record · 61 years, female · 2021-03-04 05:06 · III, aVF derived from I and II`
fn title(recording: &Recording, derived: &[&str]) -> String {
    let ecg = &recording.ecg;
    let age = ecg
        .age()
        .map(|age| format!("{} years", text::number(age, 1)));
    let sex = ecg.subject.sex.map(|sex| match sex {
        Sex::Male => "male".to_owned(),
        Sex::Female => "female".to_owned(),
    });
    let patient: Vec<String> = age.into_iter().chain(sex).collect();
    let start = ecg
        .start
        .map(|start| start.strftime("%Y-%m-%d %H:%M").to_string());
    let derived = match derived.is_empty() {
        true => String::new(),
        false => format!("{} derived from I and II", derived.join(", ")),
    };
    let parts = [
        recording.record_id.clone(),
        patient.join(", "),
        start.unwrap_or_default(),
        derived,
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}
