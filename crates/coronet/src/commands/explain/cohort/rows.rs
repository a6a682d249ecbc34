//! Rows of numbers that are too many for memory: written to a file, then mapped.

use anyhow::{Context, Result};
use bytemuck::Pod;
use memmap2::Mmap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::marker::PhantomData;
use std::path::Path;

/// Rows being written to a file without a name, which is gone when it is closed, whatever ends
/// the program.
pub(super) struct RowsWriter<T> {
    file: BufWriter<File>,
    values: PhantomData<T>,
}

impl<T: Pod> RowsWriter<T> {
    /// A new file in a folder.
    pub(super) fn new(folder: &Path) -> Result<RowsWriter<T>> {
        let file = tempfile::tempfile_in(folder)
            .with_context(|| format!("{}: no file can be written aside", folder.display()))?;
        Ok(RowsWriter {
            file: BufWriter::new(file),
            values: PhantomData,
        })
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &[T]) -> Result<()> {
        let written = self.file.write_all(bytemuck::cast_slice(row));
        written.context("what is kept of an ECG cannot be written aside")
    }

    /// The rows as they were written.
    pub(super) fn finish(self) -> Result<Rows<T>> {
        let file = self.file.into_inner().map_err(|error| error.into_error());
        let file = file.context("what is kept of the ECGs cannot be written aside")?;
        // SAFETY: the map is read-only, and the file has no name by which another program could
        // find and change it; its only handle ends here.
        let map = unsafe { Mmap::map(&file) }.context("a file written aside cannot be mapped")?;
        Ok(Rows {
            map,
            values: PhantomData,
        })
    }
}

/// Rows in a mapped file, in the order they were added.
pub(super) struct Rows<T> {
    map: Mmap,
    values: PhantomData<T>,
}

impl<T: Pod> Rows<T> {
    /// All values, row after row.
    pub(super) fn values(&self) -> &[T] {
        bytemuck::cast_slice(&self.map)
    }
}
