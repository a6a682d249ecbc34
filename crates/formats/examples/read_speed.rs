//! Files a second of the readers, each file over and over for a second from the file system.
//!
//! `cargo run --release -p coronet-formats --example read_speed -- FILE…`

#![expect(clippy::print_stdout, reason = "a program")]

use coronet_formats::{ReadOptions, read};
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn main() -> Result<(), coronet_formats::ReadError> {
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        let format = read(&path, &ReadOptions::default())?[0].format;
        let started = Instant::now();
        let mut count = 0_u32;
        while started.elapsed() < Duration::from_secs(1) {
            read(&path, &ReadOptions::default())?;
            count += 1;
        }
        let each = f64::from(count) / started.elapsed().as_secs_f64();
        println!("{format}\t{}\t{each:.1}", path.display());
    }
    Ok(())
}
