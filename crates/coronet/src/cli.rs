//! Arguments as typed; what they mean is settled by each command.

use clap::{Parser, Subcommand};

use crate::commands::{
    convert, demo, evaluate, explain, inspect, predict, prepare, simulate, train, weights,
};

/// coronet reads resting 12-lead ECGs, fine-tunes an ECG foundation model on coronary CT
/// angiography findings, and evaluates it as a clinical study does.
///
/// Research use only: not a medical device, not for diagnosis.
#[derive(Debug, Parser)]
#[command(
    name = "coronet",
    version,
    max_term_width = 100,
    after_help = "\
Example: a whole study on simulated patients, in minutes
  coronet demo --out demo

Example: your own study
  coronet prepare manifest.csv --out store
  coronet train store --out run
  coronet evaluate run/scores.csv --out evaluation

Exit codes: 0 done, 1 done but some inputs failed (each named), 2 not done."
)]
pub struct Args {
    /// Print data, warnings and errors only.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate a cohort, prepare, train a small network, evaluate and report.
    Demo(demo::DemoArgs),
    /// Show what is in ECG files and what is wrong with them.
    Inspect(inspect::InspectArgs),
    /// Write an ECG in another format.
    Convert(convert::ConvertArgs),
    /// Write a simulated cohort with known truth.
    Simulate(simulate::SimulateArgs),
    /// Turn a manifest of ECGs into a store of preprocessed windows.
    Prepare(prepare::PrepareArgs),
    /// Cross-validate a network on a store.
    Train(train::TrainArgs),
    /// Score ECGs with a trained run or with weights.
    Predict(predict::PredictArgs),
    /// Evaluate a table of scores and write the report.
    Evaluate(evaluate::EvaluateArgs),
    /// Show which parts of an ECG move the network's answer.
    Explain(explain::ExplainArgs),
    /// Look into checkpoints, or convert them.
    Weights(weights::WeightsArgs),
}
