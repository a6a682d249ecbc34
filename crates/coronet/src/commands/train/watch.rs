//! Training as seen on the terminal.

use crate::interrupt;
use crate::printer::Printer;
use crate::progress;
use coronet_cohort::Vessel;
use coronet_train::{EpochReport, Event, Selection, TrainConfig};
use indicatif::ProgressBar;
use std::ops::ControlFlow;
use std::time::Instant;

/// A bar over all epochs of all folds, with losses, AUC, rate and speed.
#[derive(Debug)]
pub(super) struct Watch {
    printer: Printer,
    bar: ProgressBar,
    epochs: usize,
    /// What the AUC of an epoch is measured on.
    judged_by: &'static str,
    ecgs: usize,
    since: Instant,
}

impl Watch {
    /// Begins to watch.
    pub(super) fn new(printer: &Printer, folds: usize, config: &TrainConfig) -> Watch {
        let epochs = config.epochs;
        let bar = progress::bar(printer, "train", folds * epochs, "epochs");
        Watch {
            printer: printer.clone(),
            bar,
            epochs,
            judged_by: match config.selection {
                Selection::TestFold => "AUC on the test fold",
                Selection::Inner | Selection::LastEpoch => "inner AUC",
            },
            ecgs: 0,
            since: Instant::now(),
        }
    }

    /// Shows an event; breaks off when the user has asked to.
    pub(super) fn see(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::FoldStarted {
                fold, from_epoch, ..
            } => {
                self.bar
                    .set_position((fold * self.epochs + from_epoch) as u64);
                if from_epoch > 0 {
                    let line = format!("fold {fold}: goes on after epoch {from_epoch}");
                    self.tell(&line);
                }
            }
            Event::StepFinished {
                ecgs,
                task_losses,
                rate,
                ..
            } => {
                self.ecgs += ecgs;
                let speed = self.ecgs as f64 / self.since.elapsed().as_secs_f64().max(1e-9);
                let losses = per_vessel(task_losses.iter().map(|loss| loss.map(f64::from)));
                self.bar
                    .set_message(format!("loss {losses}  rate {rate:.1e}  {speed:.0} ECG/s"));
            }
            Event::EpochFinished(report) => self.epoch(&report),
            Event::FoldFinished { fold, best_epoch } => {
                self.bar.set_position(((fold + 1) * self.epochs) as u64);
                self.tell(&format!("fold {fold}: kept epoch {}", best_epoch + 1));
            }
        }
        match interrupt::asked() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn epoch(&mut self, report: &EpochReport) {
        self.bar.inc(1);
        let speed = self.ecgs as f64 / self.since.elapsed().as_secs_f64().max(1e-9);
        let macro_auc = report
            .inner_macro_auc
            .map_or("–".to_owned(), |auc| format!("{auc:.3}"));
        let auc = per_vessel(report.inner_auc.iter().copied());
        let losses = per_vessel(report.task_losses.iter().copied());
        let mark = if report.best { " *" } else { "" };
        self.tell(&format!(
            "fold {} epoch {:>3}  loss {losses}  {} {auc}, mean {macro_auc}  rate {:.1e}  {speed:.0} ECG/s{mark}",
            report.fold,
            report.epoch + 1,
            self.judged_by,
            report.rate,
        ));
        self.ecgs = 0;
        self.since = Instant::now();
    }

    /// A fold that an earlier call has finished.
    pub(super) fn skip(&mut self, fold: usize) {
        self.bar.set_position(((fold + 1) * self.epochs) as u64);
        self.tell(&format!("fold {fold}: done before"));
    }

    /// Takes the bar away.
    pub(super) fn close(self) {
        self.bar.finish_and_clear();
    }

    fn tell(&self, line: &str) {
        self.bar.suspend(|| self.printer.note(line));
    }
}

fn per_vessel(values: impl Iterator<Item = Option<f64>>) -> String {
    let each: Vec<String> = Vessel::ALL
        .iter()
        .zip(values)
        .map(|(vessel, value)| match value {
            Some(value) => format!("{} {value:.3}", vessel.name()),
            None => format!("{} –", vessel.name()),
        })
        .collect();
    each.join(" ")
}
