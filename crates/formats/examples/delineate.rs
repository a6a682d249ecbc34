//! Waves of the records of a folder as CSV on stdout, the seconds spent on delineation on stderr.
//!
//! `cargo run --release -p coronet-formats --example delineate -- FOLDER [RATE]`; with a rate the
//! records are resampled first. `benches/peers/delineation.py` compares the output with others.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use coronet_ecg::delineation::delineate;
use coronet_ecg::{Ecg, Hertz, resample};
use coronet_formats::{ReadOptions, list, read};
use std::error::Error;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("expected a folder of records")?;
    let rate = arguments
        .next()
        .map(|rate| rate.parse::<f64>())
        .transpose()?;
    let mut spent = Duration::ZERO;
    println!("record,lead,wave,onset,peak,offset,rate");
    for path in list(folder.as_ref())? {
        for mut record in read(&path, &ReadOptions::default())? {
            if let Some(rate) = rate {
                change_rate(&mut record.ecg, rate)?;
            }
            let start = Instant::now();
            let waves = delineate(&record.ecg);
            spent += start.elapsed();
            match waves {
                Ok(waves) => print(&record.record_id, &waves),
                Err(reason) => eprintln!("{}: {reason}", record.record_id),
            }
        }
    }
    eprintln!("{:.6}", spent.as_secs_f64());
    Ok(())
}

fn change_rate(ecg: &mut Ecg, rate: f64) -> Result<(), Box<dyn Error>> {
    let (up, down) = resample::ratio(ecg.rate.get(), rate).ok_or("no such rate")?;
    for signal in &mut ecg.signals {
        signal.millivolts = resample::polyphase(&signal.millivolts, up, down);
    }
    ecg.rate = Hertz::new(rate).ok_or("no such rate")?;
    Ok(())
}

fn print(record: &str, found: &coronet_ecg::delineation::Delineation) {
    for lead in &found.leads {
        for beat in &lead.beats {
            for (name, wave) in [("P", beat.p), ("QRS", beat.qrs), ("T", beat.t)] {
                if let Ok(wave) = wave {
                    println!(
                        "{record},{},{name},{},{},{},{}",
                        lead.lead.name(),
                        wave.onset,
                        wave.peak,
                        wave.offset,
                        found.rate.get(),
                    );
                }
            }
        }
    }
}
