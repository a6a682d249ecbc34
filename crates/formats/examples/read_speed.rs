//! Milliseconds to read each file, the fastest of several times: `read_speed TIMES FILE…`.
//!
//! The Python packages one would use otherwise are measured beside it by
//! `benches/peers/formats.py`.

#![expect(clippy::print_stdout, reason = "the result")]

use coronet_formats::{ReadOptions, read};
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let times: usize = arguments.next().ok_or("how many times?")?.parse()?;
    for file in arguments {
        let mut fastest = f64::INFINITY;
        let mut samples = 0;
        for _ in 0..times {
            let begin = Instant::now();
            let records = read(Path::new(&file), &ReadOptions::default())?;
            fastest = fastest.min(begin.elapsed().as_secs_f64());
            let signals = records.iter().flat_map(|record| &record.ecg.signals);
            samples = signals.map(|signal| signal.millivolts.len()).sum();
        }
        println!("{file}\t{samples}\t{:.4}", fastest * 1e3);
    }
    Ok(())
}
