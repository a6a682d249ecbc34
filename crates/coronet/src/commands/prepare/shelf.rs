//! Files of several ECGs, kept open while rows ask for their ECGs.

use super::ecg::{self, Left};
use crate::place::Place;
use coronet_formats::{Container, ReadError, ReadOptions, Recording};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files that are open at a time; of those that are in memory as a whole, one.
const MOST: usize = 32;

/// Open files, each opened once while rows that follow each other ask for it.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    open: BTreeMap<PathBuf, Container>,
}

/// The ECG of a row, or why there is none.
pub(super) type Taken = Result<Recording, Left>;

impl Shelf {
    /// Reads the ECGs that places name within files, those of a file together; `None` stands for
    /// a place that is a file of its own, or is absent.
    pub(super) fn read(
        &mut self,
        places: &[Option<Place>],
        options: &ReadOptions,
    ) -> Vec<Option<Taken>> {
        let mut of_file: BTreeMap<&Path, Vec<(usize, &str)>> = BTreeMap::new();
        for (at, place) in places.iter().enumerate() {
            let Some(place) = place else { continue };
            if let Some(name) = &place.part {
                of_file.entry(&place.file).or_default().push((at, name));
            }
        }
        let mut taken = vec![None; places.len()];
        for (file, wanted) in of_file {
            match self.open(file, options) {
                Ok(()) => self.take(file, &wanted, options, &mut taken),
                Err(error) => {
                    let left = ecg::unread(&error);
                    wanted
                        .iter()
                        .for_each(|&(at, _)| taken[at] = Some(Err(left.clone())));
                }
            }
        }
        taken
    }

    fn take(
        &self,
        file: &Path,
        wanted: &[(usize, &str)],
        options: &ReadOptions,
        taken: &mut [Option<Taken>],
    ) {
        let container = &self.open[file];
        let mut of_part: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &(at, name) in wanted {
            match container.find(name) {
                Ok(part) => of_part.entry(part).or_default().push(at),
                Err(unnamed) => taken[at] = Some(Err(ecg::unnamed(file, &unnamed))),
            }
        }
        let parts: Vec<usize> = of_part.keys().copied().collect();
        let answers = container.read(&parts, options);
        for (answer, rows) in answers.into_iter().zip(of_part.values()) {
            let answer = answer.map_err(|error| ecg::unread(&error));
            rows.iter().for_each(|&at| taken[at] = Some(answer.clone()));
        }
    }

    /// Opens a file that is not open, and closes others where they are too many.
    fn open(&mut self, file: &Path, options: &ReadOptions) -> Result<(), ReadError> {
        if self.open.contains_key(file) {
            return Ok(());
        }
        let container = Container::open(file, options)?;
        if container.is_held() {
            self.open.retain(|_, other| !other.is_held());
        }
        if self.open.len() >= MOST {
            self.open.clear();
        }
        self.open.insert(file.to_owned(), container);
        Ok(())
    }
}
